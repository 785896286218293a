//! How few labels are learned, said in a word: `auto` and `on` stand for a section of the settings, `off` for none.

use super::{ConfigError, DataFacts, Recipe};
use laddernet::SettingsError;
use laddernet::few_labels::FewLabels;
use laddernet::models::{Facts, Kind, ModelSettings};
use laddernet::split::LabelCount;
use toml::{Table, Value};

/// The word, or the section.
pub(super) const FEW_LABELS: &str = "model.few_labels";
/// The setting of the section that the words differ in.
const ONLY_IF_IT_FITS: &str = "model.few_labels.only_if_it_fits";

impl Recipe {
    /// The same with a section in the place of a word, or with neither; nothing where it says no word.
    pub(super) fn with_few_labels(&self, kind: &Kind, data: DataFacts) -> Result<Option<Recipe>, ConfigError> {
        let word = match self.get(FEW_LABELS) {
            None | Some(Value::Table(_)) => return Ok(None),
            Some(word) => word.as_str().unwrap_or_default(),
        };
        let mut recipe = self.clone();
        recipe.unset(FEW_LABELS);
        let facts = recipe.facts(data)?;
        let only_if_it_fits = match word {
            "off" => return Ok(Some(recipe)),
            "auto" => true,
            "on" => false,
            _ => {
                let expected = "auto, on, off, or a section";
                return Err(SettingsError::value(FEW_LABELS, self.get(FEW_LABELS).expect("said"), expected).into());
            }
        };
        let with = Facts { few_labels: true, ..facts.clone() };
        let model = Table::try_from(ModelSettings::defaults(kind, &with).model).unwrap_or_default();
        if !model.contains_key("few_labels") {
            let conflict = format!("model '{kind}' groups no rows");
            let hint = "leave it out, or train the ladder 'full', 'top' or 'bottom'";
            return Err(SettingsError::conflict(FEW_LABELS, format!("'{word}'"), conflict, hint).into());
        }
        // All labels that there are may be few; other defaults do not follow from that.
        let labels = match (facts.labels, data.labelled) {
            (Some(LabelCount::All), Some(labelled)) => Some(LabelCount::Count(labelled)),
            (labels, _) => labels,
        };
        if !only_if_it_fits || FewLabels::are_for(&Facts { labels, ..facts }) {
            recipe.set(ONLY_IF_IT_FITS, only_if_it_fits.into());
        }
        Ok(Some(recipe))
    }
}
