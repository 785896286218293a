//! Settings with gaps: a TOML file, or what was said on the command line.

use super::few_labels::FEW_LABELS;
use super::{
    Config, ConfigError, DataFacts, DataSection, FORMAT_VERSION, OutputSection, folder_text, has_baseline, old, read,
    shipped, tree,
};
use crate::folder::files;
use laddernet::Isa;
use laddernet::SettingsError;
use laddernet::models::{Defaults, Facts, KINDS, Kind, ModelSettings, USUAL};
use laddernet::session::RowSettings;
use laddernet::split::LabelCount;
use laddernet::text::precision_name;
use laddernet::training::FitSettings;
use laddernet_data::Source;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Settings, each of which may be missing: a tree of the keys of [`Config`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recipe {
    said: Table,
    /// Keys of older formats that were found, each with its path today.
    renamed: Vec<(&'static str, &'static str)>,
    /// Why the first thing that could not be said could not.
    refused: Option<ConfigError>,
    /// What it has from a recipe for another model, and that model.
    inherited: Option<(&'static Kind, Table)>,
}

/// In the place of a model's name: which one is trained is left open.
pub const AUTO: &str = "auto";

impl Recipe {
    /// A recipe that says only the model.
    pub fn of(kind: &Kind) -> Self {
        let mut recipe = Recipe::default();
        recipe.set("model.kind", kind.name.into());
        recipe
    }

    /// Reads the text of a recipe, or of a run's `config.toml`, of any format.
    ///
    /// # Errors
    /// When it is no TOML, or of a newer format. Whether its keys and values are known is found out by [`Recipe::resolve`].
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let old::Converted { mut table, renamed } = old::converted(tree::parse(text)?)?;
        table.remove("format_version");
        Ok(Recipe { said: table, renamed, ..Recipe::default() })
    }

    /// A recipe by the name under which the program ships it, or from a file (anything with a dot or a slash).
    ///
    /// # Errors
    /// When the file cannot be read, no recipe has the name, or the text is no recipe.
    pub fn find(name: &str) -> Result<Self, ConfigError> {
        if name.contains(['.', '/', std::path::MAIN_SEPARATOR]) {
            let unreadable =
                |e: std::io::Error| ConfigError::Unreadable { name: name.to_owned(), reason: e.to_string() };
            let text = files::short_text(Path::new(name)).map_err(unreadable)?;
            return Self::from_toml(&text).map_err(|e| ConfigError::In { name: name.to_owned(), source: Box::new(e) });
        }
        match shipped::shipped(name) {
            Some(recipe) => Self::from_toml(recipe.text),
            None => Err(ConfigError::NoSuchRecipe { name: name.to_owned(), nearest: shipped::nearest_to(name) }),
        }
    }

    /// Says a setting by its path, such as `model.noise`. What cannot be said there is refused by [`Recipe::resolve`].
    pub fn set(&mut self, path: &str, value: Value) {
        if let Err(refused) = tree::set(&mut self.said, path, value) {
            self.refused.get_or_insert(refused);
        }
    }

    /// Takes back what it says at a path.
    pub fn unset(&mut self, path: &str) {
        tree::remove(&mut self.said, path);
    }

    /// Says a whole number.
    ///
    /// # Errors
    /// When TOML has no such number.
    pub fn set_whole(
        &mut self,
        path: &str,
        number: impl TryInto<i64> + Copy + std::fmt::Display,
    ) -> Result<(), ConfigError> {
        let whole =
            number.try_into().map_err(|_| SettingsError::value(path, number, format!("at most {}", i64::MAX)))?;
        self.set(path, whole.into());
        Ok(())
    }

    /// Says how many rows keep their label.
    ///
    /// # Errors
    /// As [`Recipe::set_whole`].
    pub fn set_labels(&mut self, labels: LabelCount) -> Result<(), ConfigError> {
        match labels {
            LabelCount::Count(n) => self.set_whole("data.labels", n),
            LabelCount::All => {
                self.set("data.labels", "all".into());
                Ok(())
            }
        }
    }

    /// What it says at a path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        tree::get(&self.said, path)
    }

    /// Keys of older formats that it was read from, each with its path today.
    pub fn renamed(&self) -> &[(&'static str, &'static str)] {
        &self.renamed
    }

    /// Whether it is left open which model is trained: of a user's own data unless one is named, and where `auto` is said.
    ///
    /// # Errors
    /// When the data cannot be understood.
    pub fn leaves_model_open(&self) -> Result<bool, ConfigError> {
        match self.get("model.kind") {
            Some(kind) => Ok(kind.as_str() == Some(AUTO)),
            None => Ok(self.source()?.is_own()),
        }
    }

    /// Which model; the ladder, where it is left open.
    ///
    /// # Errors
    /// When there is no such model.
    pub fn kind(&self) -> Result<&'static Kind, ConfigError> {
        let name = match self.get("model.kind") {
            None => USUAL.name,
            Some(Value::String(name)) if name == AUTO => USUAL.name,
            Some(Value::String(name)) => name,
            Some(Value::Table(_)) => return Err(ConfigError::NoSection { key: "model.kind".to_owned() }),
            Some(other) => return Err(SettingsError::value("model.kind", other, "a name in quotes").into()),
        };
        read::kind_of(name)
    }

    /// What it says of the data, the defaults filled in that do not follow from them.
    ///
    /// # Errors
    /// When a key is unknown or a value unfit.
    pub fn data(&self) -> Result<DataSection, ConfigError> {
        let mut known = Table::new();
        tree::set(&mut known, "data.source", self.source()?.to_string().into())?;
        tree::set(&mut known, "data.validation", 0.into())?;
        let mut all = known.clone();
        if let Some(said) = self.get("data") {
            tree::merge(&mut all, Table::from_iter([("data".to_owned(), said.clone())]));
        }
        read::data(&all, &known)
    }

    /// What decides which rows are which, before it is known what learns from them.
    ///
    /// # Errors
    /// As [`Recipe::data`], and when the seed is none.
    pub fn row_settings(&self, data: DataFacts) -> Result<RowSettings, ConfigError> {
        let section = self.data()?;
        let kind = self.kind()?;
        let seed = match self.get("training.seed") {
            None => FitSettings::default().seed,
            Some(Value::Integer(seed)) if *seed >= 0 => *seed as u64,
            Some(other) => {
                return Err(SettingsError::value("training.seed", other, "a whole number, 0 or more").into());
            }
        };
        let labels = match section.labels {
            Some(labels) => labels,
            None => self.usual_labels(&section.source, &self.facts(data)?),
        };
        Ok(RowSettings {
            labels: kind.takes_labels().then_some(labels),
            validation: section.validation,
            held_out: section.held_out(),
            table: section.table(),
            seed,
        })
    }

    /// Own data use all labels that are there; of others a few are kept, as the experiment wants it.
    fn usual_labels(&self, source: &Source, facts: &Facts) -> LabelCount {
        if source.is_own() { LabelCount::All } else { facts.label_count() }
    }

    /// Where the rows come from: the embedded digits unless said otherwise.
    ///
    /// # Errors
    /// When what is said names no data.
    pub fn source(&self) -> Result<Source, ConfigError> {
        match self.get("data.source") {
            None => Ok(Source::default()),
            Some(Value::String(text)) => text.parse().map_err(|e| unfit("data.source", e)),
            Some(Value::Table(_)) => Err(ConfigError::NoSection { key: "data.source".to_owned() }),
            Some(other) => Err(SettingsError::value("data.source", other, "a name in quotes").into()),
        }
    }

    /// The folder of the data, where one is said.
    pub fn data_dir(&self) -> Option<&Path> {
        self.get("data.dir").and_then(Value::as_str).map(Path::new)
    }

    /// The same with the data in this folder, where one is given.
    ///
    /// # Errors
    /// When a file cannot hold its name.
    pub fn in_folder(mut self, data_dir: Option<PathBuf>) -> Result<Self, ConfigError> {
        if let Some(folder) = data_dir {
            self.set("data.dir", folder_text(&folder)?.into());
        }
        Ok(self)
    }

    /// These settings over those of `base`. What `base` says for the sake of its own model does not hold for another one.
    ///
    /// # Errors
    /// When the two are of models that have other settings.
    pub fn over(self, base: Recipe) -> Result<Recipe, ConfigError> {
        let mut all = base.clone();
        all.refused = all.refused.or_else(|| self.refused.clone());
        if let Some(key) = tree::below_value(&base.said, &self.said) {
            all.refused.get_or_insert(ConfigError::NoSection { key });
        }
        if self.get("model.kind").is_some() {
            let (model, of_base) = (self.kind()?, base.kind()?);
            if model.family != of_base.family && tree::get(&base.said, "model").is_some() {
                return Err(ConfigError::OtherFamily { recipe: of_base.name, model: model.name });
            }
            if model != of_base {
                model.own.iter().chain(of_base.own).for_each(|key| all.unset(&format!("model.{key}")));
                all.unset("baseline.train");
                all.inherited = Some((of_base, all.said.clone()));
            }
        }
        // What both say is not from the base.
        if let Some((_, inherited)) = &mut all.inherited {
            for path in tree::leaves(&self.said) {
                tree::remove(inherited, &path);
            }
        }
        tree::merge(&mut all.said, self.said);
        all.renamed.extend(self.renamed);
        Ok(all)
    }

    /// Fills every gap with the defaults of the model for such data.
    ///
    /// # Errors
    /// When a key is unknown, or a setting makes no training.
    pub fn resolve(&self, data: DataFacts) -> Result<Config, ConfigError> {
        if let Some(refused) = &self.refused {
            return Err(refused.clone());
        }
        let kind = self.kind()?;
        if let Some(all) = self.with_all_layers(kind, data)? {
            return all.resolve(data);
        }
        if let Some(section) = self.with_few_labels(kind, data)? {
            return section.resolve(data);
        }
        let facts = self.facts(data)?;
        let defaults = self.defaults(kind, &facts)?;
        let mut said = self.said.clone();
        if !has_baseline(kind, &facts) {
            if tree::get(&said, "baseline.train").and_then(Value::as_bool) == Some(true) {
                let conflict = format!("a model '{kind}' has no baseline");
                return Err(SettingsError::conflict("baseline.train", true, conflict, "leave it out").into());
            }
            if let Some(idle) = said.remove("baseline") {
                // It is left out, but has to be one.
                let mut beside = Recipe::default();
                beside.set("baseline", idle);
                beside.resolve(DataFacts::of_rows(64, 10))?;
            }
        }
        if let Some(Value::String(word)) = tree::get(&said, "training.precision")
            && word == "auto"
        {
            tree::set(&mut said, "training.precision", precision_name(Isa::fastest_precision()).into())?;
        }
        let mut all = defaults.clone();
        tree::merge(&mut all, said);
        // However they were said.
        all.insert("format_version".to_owned(), i64::from(FORMAT_VERSION).into());
        if let Some(Value::Table(model)) = all.get_mut("model") {
            model.insert("kind".to_owned(), kind.name.into());
        }
        let mut config = read::config(&all, &defaults).map_err(|e| self.foreign(e, kind))?;
        if let Some(baseline) = &mut config.baseline {
            baseline.epochs = baseline.epochs.or(Some(config.training.epochs));
        }
        config.check()?;
        Ok(config)
    }

    /// All settings that a model has on such data, as far as nothing is said of them.
    fn defaults(&self, kind: &Kind, facts: &Facts) -> Result<Table, ConfigError> {
        let Defaults { model, training, baseline } = ModelSettings::defaults(kind, facts);
        let mut all = Table::new();
        let table = |of: Result<Table, toml::ser::Error>| Value::Table(of.expect("settings are numbers and text"));
        all.insert("format_version".to_owned(), i64::from(FORMAT_VERSION).into());
        all.insert("model".to_owned(), table(Table::try_from(&model)));
        all.insert("training".to_owned(), table(Table::try_from(&training)));
        all.insert("output".to_owned(), table(Table::try_from(OutputSection::default())));
        if let Some(baseline) = &baseline {
            all.insert("baseline".to_owned(), table(Table::try_from(baseline)));
        }
        tree::set(&mut all, "data.source", self.source()?.to_string().into())?;
        tree::set(&mut all, "data.validation", 0.into())?;
        if kind.takes_labels() && self.get("data.labels").is_none() {
            let mut labels = Recipe::default();
            labels.set_labels(self.usual_labels(&self.source()?, facts))?;
            tree::merge(&mut all, labels.said);
        }
        Ok(all)
    }

    /// A section that other models have is no part of this one; any other unknown key is a slip.
    fn foreign(&self, error: ConfigError, kind: &'static Kind) -> ConfigError {
        let ConfigError::UnknownKey { key, .. } = &error else { return error };
        let others = KINDS.iter().filter(|other| other.name != kind.name);
        let facts = Facts::of(2, 2);
        let has = |other: &&Kind| {
            let model = Table::try_from(ModelSettings::defaults(other, &facts).model).unwrap_or_default();
            key.strip_prefix("model.").is_some_and(|key| tree::get(&model, key).is_some())
        };
        if !others.copied().any(|other| has(&other)) {
            return error;
        }
        match &self.inherited {
            Some((of_base, inherited)) if tree::get(inherited, key) == self.get(key) => {
                ConfigError::OtherFamily { recipe: of_base.name, model: kind.name }
            }
            _ => ConfigError::ForeignKey { key: key.clone(), kind: kind.name.to_owned() },
        }
    }

    /// What the defaults follow from.
    pub(super) fn facts(&self, data: DataFacts) -> Result<Facts, ConfigError> {
        let labels = match self.get("data.labels") {
            Some(Value::Integer(n)) => usize::try_from(*n).ok().map(LabelCount::Count),
            Some(Value::String(word)) => Some(word.parse().map_err(|e| unfit("data.labels", e))?),
            _ => None,
        };
        let size = |value: &Value| value.as_integer().and_then(|n| usize::try_from(n).ok());
        let layers = self.get("model.layers").and_then(Value::as_array);
        // What holds no sizes is refused when the settings are read.
        let layers = layers.and_then(|layers| layers.iter().map(size).collect::<Option<Vec<usize>>>());
        let standardised = self.get("model.visible").and_then(Value::as_str) == Some("gaussian");
        let DataFacts { features, classes, rows, table, .. } = data;
        let layers = layers.filter(|layers| !layers.is_empty());
        let standardised = standardised || table.is_some() && self.get("model.visible").is_none();
        let few_labels = self.get(FEW_LABELS).is_some();
        Ok(Facts { features, classes, labels, layers, standardised, rows, table, few_labels })
    }
}

fn unfit(key: &str, reason: impl std::fmt::Display) -> ConfigError {
    ConfigError::Unfit { key: key.to_owned(), reason: reason.to_string() }
}
