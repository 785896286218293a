//! Hidden layers that are said alone, where it is the rows that say how many inputs and classes there are.

use super::{ConfigError, DataFacts, Recipe};
use laddernet::SettingsError;
use laddernet::models::Kind;
use toml::Value;

/// In the place of `model.layers`: the hidden layers alone.
const HIDDEN: &str = "model.hidden";

impl Recipe {
    /// The same with all layers said in the place of the hidden ones alone; nothing where it does not say these.
    pub(super) fn with_all_layers(&self, kind: &Kind, data: DataFacts) -> Result<Option<Recipe>, ConfigError> {
        let Some(said) = self.get(HIDDEN) else { return Ok(None) };
        let sizes = said.as_array().filter(|hidden| hidden.iter().all(Value::is_integer));
        let unfit = || SettingsError::value(HIDDEN, said, "units of the hidden layers, as [250, 100]");
        let mut layers = sizes.ok_or_else(unfit)?.clone();
        if self.get("model.layers").is_some() {
            let conflict = "model.layers says the hidden layers, too";
            return Err(SettingsError::conflict(HIDDEN, "set", conflict, "leave one of the two out").into());
        }
        layers.insert(0, Value::Integer(data.features as i64));
        if kind.takes_labels() {
            layers.push(Value::Integer(data.classes as i64));
        }
        let mut recipe = self.clone();
        recipe.unset(HIDDEN);
        recipe.set("model.layers", layers.into());
        Ok(Some(recipe))
    }
}
