//! The flags of `laddernet train` that say a setting: a line each, with the setting's path.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use laddernet::split::LabelCount;
use laddernet_data::Source;
use laddernet_run::settings::Recipe;
use toml::Value;

/// A flag, and the setting that it says.
struct Flag {
    name: &'static str,
    /// Its paths in the tree of settings; most have one.
    paths: &'static [&'static str],
    heading: &'static str,
    value: Kind,
    help: &'static str,
}

/// What stands behind a flag.
enum Kind {
    /// A value of this name in the help, parsed so.
    Of(&'static str, fn(&str) -> Result<Value, String>),
    /// The same, perhaps several times: the setting is a list.
    List(&'static str, fn(&str) -> Result<Value, String>),
    /// Nothing: the setting is true, or false.
    Is(bool),
}

const DATA: &str = "Data";
const FILES: &str = "Own files (mostly found from them)";
const MODEL: &str = "Model";
const TRAINING: &str = "Training";
const BASELINE: &str = "Baseline";
const RBM: &str = "RBMs";
const AUTOENCODER: &str = "Autoencoders";
const STACK: &str = "Pretrained models";

const fn flag(
    name: &'static str,
    paths: &'static [&'static str],
    heading: &'static str,
    value: Kind,
    help: &'static str,
) -> Flag {
    Flag { name, paths, heading, value, help }
}

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    flag("data", &["data.source"], DATA, Kind::Of("DATA", source), "A file or folder, digits, mnist, or idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]] [default: digits]"),
    flag("labels", &["data.labels"], DATA, Kind::Of("N|all", labels), "Rows that keep their label: a number, or 'all' [default: all of own data; else 4 a class of small rows, or 10]"),
    flag("validation", &["data.validation"], DATA, Kind::Of("N", whole), "Training rows kept apart to choose settings by"),
    flag("target", &["data.target"], DATA, Kind::Of("COLUMN", word), "Column of the labels [default: one called target, label, class, y or the like]"),
    flag("unlabelled", &["data.unlabelled"], DATA, Kind::List("FILE", word), "A further file, whose rows have no label; may be given again"),
    flag("test", &["data.test"], DATA, Kind::Of("none|SHARE|FILE", word), "Test rows: a file, a share of the labelled rows, or none [default: a fifth from 1000 labels on, else none: cross-validation]"),
    flag("unlabelled-as", &["data.unlabelled_as"], DATA, Kind::List("WORD", word), "A word that stands for 'no label', besides an empty cell, NA, ?, unlabelled, -1 and the like"),
    flag("drop", &["data.drop"], DATA, Kind::List("COLUMN", word), "A column that is not learned from; may be given again"),
    flag("header", &["data.read.header"], FILES, Kind::Is(true), "The first line names the columns"),
    flag("no-header", &["data.read.header"], FILES, Kind::Is(false), "It does not"),
    flag("delimiter", &["data.read.delimiter"], FILES, Kind::Of("CHAR", word), "What stands between cells: comma, semicolon, tab, bar, space, or the character"),
    flag("decimal-comma", &["data.read.decimal_comma"], FILES, Kind::Is(true), "1,5 is a number"),
    flag("date-order", &["data.read.date_order"], FILES, Kind::Of("dmy|mdy", word), "How dates such as 03/04/2024 are read"),
    flag("sheet", &["data.read.sheet"], FILES, Kind::Of("NAME", word), "Sheet of a workbook [default: the first]"),
    flag("x", &["data.read.x"], FILES, Kind::Of("KEY", word), "Key of the rows in an NPZ file"),
    flag("y", &["data.read.y"], FILES, Kind::Of("KEY|FILE", word), "Key of the labels in an NPZ file, or the file of labels beside an NPY file"),
    flag("size", &["data.read.size"], FILES, Kind::Of("HxW", word), "Height and width to which pictures are brought"),
    flag("skip-bad", &["data.read.skip_bad"], FILES, Kind::Is(true), "Leave damaged pictures out, and list them"),
    flag("strict", &["data.read.strict"], FILES, Kind::Is(true), "A cell that does not fit its column is an error"),
    flag("few-labels", &["model.few_labels"], MODEL, Kind::Of("auto|on|off", word), "Ladder: group the rows first, and label sure rows of each group besides [default: off]; auto: where labels are few and the groups fit"),
    flag("moments", &["model.moments"], MODEL, Kind::Of("ROWS", word), "Ladder: rows whose mean and variance normalise the labelled rows of a step: own, unlabelled or both"),
    flag("hidden", &["model.hidden"], MODEL, Kind::Of("SIZES", sizes), "Units of the hidden layers alone, as 250-100: for tables, whose columns say the inputs"),
    flag("layers", &["model.layers"], MODEL, Kind::Of("SIZES", sizes), "Units of each layer, the input first, as 784-1000-500-10"),
    flag("denoising-weights", &["model.denoising_weights"], MODEL, Kind::Of("W,...", numbers), "Ladder: weight of each layer's denoising cost, the input first, as 1000,10,0.1"),
    flag("input-noise", &["model.input_noise"], MODEL, Kind::Of("S", number), "Ladder: standard deviation of the noise on the input"),
    flag("noise", &["model.noise"], MODEL, Kind::Of("S", number), "Ladder: standard deviation of the noise on the layers above"),
    flag("no-lateral", &["model.lateral"], MODEL, Kind::Is(false), "Ladder: no lateral connections; the decoder sees only what comes from above"),
    flag("statistics", &["model.statistics"], MODEL, Kind::Of("ROWS", word), "Ladder: rows whose mean and variance are used in predictions: labelled, unlabelled, both or chosen"),
    flag("visible", &["model.visible"], MODEL, Kind::Of("UNITS", word), "Other models: bernoulli for values from 0 to 1, gaussian for values of any size, which are standardised"),
    flag("epochs", &["training.epochs"], TRAINING, Kind::Of("N", whole), "Passes over the unlabelled rows"),
    flag("batch", &["training.labelled_batch", "training.unlabelled_batch"], TRAINING, Kind::Of("N", whole), "Rows in a step: labelled ones, and as many unlabelled ones"),
    flag("labelled-batch", &["training.labelled_batch"], TRAINING, Kind::Of("N", whole), "Labelled rows in a step"),
    flag("unlabelled-batch", &["training.unlabelled_batch"], TRAINING, Kind::Of("N", whole), "Unlabelled rows in a step"),
    flag("learning-rate", &["training.learning_rate"], TRAINING, Kind::Of("R", number), "Initial learning rate"),
    flag("decay-start", &["training.decay_start"], TRAINING, Kind::Of("SHARE", number), "Share of the epochs after which the learning rate falls linearly to zero"),
    flag("optimiser", &["training.optimiser"], TRAINING, Kind::Of("NAME", word), "adam, or momentum:0.9 for gradient descent"),
    flag("weight-decay", &["training.weight_decay"], TRAINING, Kind::Of("SHARE", number), "Share of every weight that a step removes at a learning rate of 1"),
    flag("precision", &["training.precision"], TRAINING, Kind::Of("P", precision), "Matrix products: f32, bf16, or auto: bf16 where that is faster"),
    flag("baseline", &["baseline.train"], BASELINE, Kind::Is(true), "Also train the same encoder on the labels alone"),
    flag("no-baseline", &["baseline.train"], BASELINE, Kind::Is(false), "Do not, where it is the default (small rows)"),
    flag("baseline-noise", &["baseline.noise"], BASELINE, Kind::Of("S", number), "Standard deviation of the baseline's noise above the input"),
    flag("baseline-epochs", &["baseline.epochs"], BASELINE, Kind::Of("N", whole), "The baseline's epochs [default: as many as the model's]"),
    flag("pretraining-epochs", &["model.pretraining.epochs"], STACK, Kind::Of("N", whole), "Epochs in which each layer is pretrained; 0: random weights"),
    flag("pretraining-rate", &["model.pretraining.learning_rate"], STACK, Kind::Of("R", number), "Initial learning rate of each layer, but of RBMs with Gaussian units"),
    flag("code-rate", &["model.pretraining.code_rate"], STACK, Kind::Of("R", number), "Initial learning rate of RBMs with Gaussian units: visible ones, or those of a linear code"),
    flag("top-epochs", &["model.pretraining.top_epochs"], STACK, Kind::Of("N", whole), "Epochs in which the classes alone are trained, before all layers together"),
    flag("dropout", &["model.classifier.dropout"], STACK, Kind::Of("SHARE", number), "Dropout of a classifier's hidden units"),
    flag("input-corruption", &["model.classifier.corruption"], STACK, Kind::Of("HOW", word), "Corruption of a classifier's rows: none, masking:0.2, salt-and-pepper:0.1 or gaussian:0.3"),
    flag("keep-layers", &["output.keep_layers"], STACK, Kind::Is(true), "Keep the pretrained layers in the run folder, for other trainings to begin with"),
    flag("sweeps", &["model.rbm.sweeps"], RBM, Kind::Of("K", whole), "Gibbs sweeps in a step: the k of CD-k and PCD-k"),
    flag("chains", &["model.rbm.chains"], RBM, Kind::Of("N", whole), "Persistent chains (PCD); 0: chains begin at the rows (CD)"),
    flag("centring", &["model.rbm.centring"], RBM, Kind::Of("SHARE", number), "Share of a step in the moving means at which units are centred; 0: they are not"),
    flag("binarise", &["model.rbm.binarise"], RBM, Kind::Of("HOW", word), "How values become states of Bernoulli units: stochastic, threshold or none"),
    flag("sparsity", &["model.rbm.sparsity"], RBM, Kind::Of("SHARE", number), "Share of rows for which a hidden unit is to be on; 0: no sparsity"),
    flag("corruption", &["model.autoencoder.corruption"], AUTOENCODER, Kind::Of("HOW", word), "Noise on the input: none, masking:0.25, salt-and-pepper:0.4 or gaussian:0.3"),
    flag("emphasis", &["model.autoencoder.emphasis"], AUTOENCODER, Kind::Of("W:W", word), "Weights of corrupted and of other values in the cost, as 1:0.5"),
    flag("tied", &["model.autoencoder.tied"], AUTOENCODER, Kind::Is(true), "The decoder uses the encoder's weights, transposed"),
    flag("code", &["model.autoencoder.code"], AUTOENCODER, Kind::Of("KIND", word), "Units of the code: logistic or linear"),
    flag("cost", &["model.autoencoder.cost"], AUTOENCODER, Kind::Of("COST", word), "What is minimised for values from 0 to 1: cross-entropy or squared-error"),
    flag("walkback", &["model.autoencoder.walkback"], AUTOENCODER, Kind::Of("N", whole), "Steps of walkback training: how often a row is reconstructed"),
];

/// What the flags say, each with the paths of its setting.
#[derive(Clone, Debug, Default)]
pub struct SettingFlags {
    said: Vec<(&'static str, &'static str, Value)>,
}

impl SettingFlags {
    /// Says it all in a recipe.
    pub fn apply(&self, recipe: &mut Recipe) {
        self.said.iter().for_each(|(_, path, value)| recipe.set(path, value.clone()));
    }

    /// The flag that was given for a setting, or for one of a section.
    pub fn flag_of(&self, key: &str) -> Option<&'static str> {
        let is_of = |path: &str| path == key || path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        self.said.iter().find(|(_, path, _)| is_of(path)).map(|(flag, ..)| *flag)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(said(matches, |_| true))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flags alone that say something of the data.
#[derive(Clone, Debug, Default)]
pub struct DataFlags(pub SettingFlags);

/// Those that say something of a user's own files; what these are is an argument of its own.
fn of_data(flag: &Flag) -> bool {
    (flag.heading == DATA || flag.heading == FILES) && !["data", "labels", "validation", "test"].contains(&flag.name)
}

impl FromArgMatches for DataFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(DataFlags(said(matches, of_data)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for DataFlags {
    fn augment_args(command: Command) -> Command {
        augmented(command, of_data)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What those of the flags say.
fn said(matches: &ArgMatches, which: fn(&Flag) -> bool) -> SettingFlags {
    let mut said = Vec::new();
    for flag in FLAGS.iter().filter(|flag| which(flag)) {
        let value = match flag.value {
            Kind::Of(..) => matches.get_one::<Value>(flag.name).cloned(),
            Kind::List(..) => {
                let values = matches.get_many::<Value>(flag.name);
                values.map(|values| Value::from(values.cloned().collect::<Vec<_>>()))
            }
            Kind::Is(what) => matches.get_flag(flag.name).then_some(Value::from(what)),
        };
        if let Some(value) = value {
            said.extend(flag.paths.iter().map(|path| (flag.name, *path, value.clone())));
        }
    }
    SettingFlags { said }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        augmented(command, |_| true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The command with those of the flags.
fn augmented(mut command: Command, which: fn(&Flag) -> bool) -> Command {
    for flag in FLAGS.iter().filter(|flag| which(flag)) {
        let arg = Arg::new(flag.name).long(flag.name).help(flag.help).help_heading(flag.heading);
        // Of two flags for one switch, the last holds.
        let others = FLAGS.iter().filter(|other| other.paths == flag.paths && other.name != flag.name);
        let arg = match flag.value {
            Kind::Of(name, parse) => arg.value_name(name).value_parser(parse).allow_hyphen_values(true),
            Kind::List(name, parse) => {
                arg.value_name(name).value_parser(parse).allow_hyphen_values(true).action(ArgAction::Append)
            }
            Kind::Is(_) => arg.action(ArgAction::SetTrue).overrides_with_all(others.map(|other| other.name)),
        };
        command = command.arg(arg);
    }
    command
}

/// A setting by its path, as `model.noise=0.2`.
pub fn assignment(text: &str) -> Result<(String, Value), String> {
    let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE, such as model.noise=0.2")?;
    let path = path.trim();
    if path.is_empty() || path.split('.').any(str::is_empty) || path.contains(char::is_control) {
        return Err("expected PATH=VALUE, such as model.noise=0.2".into());
    }
    if path.split('.').next() == Some("format_version") {
        return Err("format_version is no setting".into());
    }
    let value = value.trim();
    match toml::from_str::<toml::Table>(&format!("value = {value}")) {
        Ok(mut table) => match table.remove("value") {
            Some(value) if table.is_empty() => Ok((path.to_owned(), value)),
            _ => Err("expected one setting; more are said by more of --set".into()),
        },
        Err(_) if text.contains(char::is_control) => Err("expected a value in one line".into()),
        // A bare word is a text.
        Err(_) => Ok((path.to_owned(), Value::from(value))),
    }
}

/// As TOML holds it: the shortest decimal that is this number, so that 0.1 stays 0.1.
fn number(text: &str) -> Result<Value, String> {
    let number: f32 = text.parse().map_err(|_| format!("'{text}' is no number"))?;
    Ok(Value::Float(number.to_string().parse().unwrap_or(f64::from(number))))
}

fn numbers(text: &str) -> Result<Value, String> {
    text.split(',').map(|part| number(part.trim())).collect::<Result<Vec<_>, _>>().map(Value::from)
}

fn whole(text: &str) -> Result<Value, String> {
    let found: u64 = text.parse().map_err(|_| format!("'{text}' is no whole number of 0 or more"))?;
    // More than TOML has numbers for are as many too many.
    Ok(Value::from(i64::try_from(found).unwrap_or(i64::MAX)))
}

/// Layer sizes joined by dashes.
pub fn sizes(text: &str) -> Result<Value, String> {
    let size = |part: &str| match part.parse::<u64>() {
        Ok(0) | Err(_) => Err(format!("'{part}' in '{text}' is no layer size: expected sizes such as 784-1000-500-10")),
        Ok(n) => Ok(Value::from(i64::try_from(n).unwrap_or(i64::MAX))),
    };
    text.split('-').map(size).collect::<Result<Vec<_>, _>>().map(Value::from)
}

#[allow(clippy::unnecessary_wraps)] // As the other parsers.
fn word(text: &str) -> Result<Value, String> {
    Ok(Value::from(text))
}

fn labels(text: &str) -> Result<Value, String> {
    match text.parse::<LabelCount>()? {
        LabelCount::Count(n) => whole(&n.to_string()),
        LabelCount::All => word("all"),
    }
}

fn source(text: &str) -> Result<Value, String> {
    text.parse::<Source>().map(|source| Value::from(source.to_string())).map_err(|e| e.to_string())
}

/// A precision, or 'auto'.
pub fn precision(text: &str) -> Result<Value, String> {
    match text {
        "auto" | "f32" | "bf16" => word(text),
        _ => Err(format!("'{text}' is no precision; known: auto, f32, bf16")),
    }
}

#[cfg(test)]
mod tests;
