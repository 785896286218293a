//! The options of `laddernet train` that only the models before the ladder have.

use super::train::number;
use laddernet::lineage::LineageKind;
use laddernet_run::lineage::is_part;
use toml::Value;

/// Words and numbers; what they may be is found out with the recipe.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Models before the ladder")]
pub struct LineageArgs {
    /// Units of a row: bernoulli for values from 0 to 1, or gaussian for values of any size, which are standardised (not for a gsn)
    #[arg(long, value_name = "UNITS")]
    visible: Option<String>,
    /// Rows a step, at most
    #[arg(long, value_name = "N")]
    batch: Option<u32>,
    /// adam, or momentum:0.9 for gradient descent
    #[arg(long, value_name = "NAME")]
    optimiser: Option<String>,
    /// Share of every weight that a step takes away at a learning rate of 1
    #[arg(long, value_name = "SHARE")]
    weight_decay: Option<f32>,
    /// Passes over the rows for each layer, before the whole learns; 0: from random weights
    #[arg(long, value_name = "N")]
    pretraining_epochs: Option<u32>,
    /// Initial learning rate of each layer, but for machines with Gaussian units
    #[arg(long, value_name = "R")]
    pretraining_rate: Option<f32>,
    /// Initial learning rate of a stack's machines with Gaussian units: visible ones, or those of a linear code
    #[arg(long, value_name = "R")]
    code_rate: Option<f32>,
    /// Epochs in which the classes alone learn, after the layers and before the whole
    #[arg(long, value_name = "N")]
    top_epochs: Option<u32>,
    /// Share of the hidden units that a classifier's rows do without while it learns
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f32>,
    /// What is done to a classifier's rows while it learns: none, masking:0.2, salt-and-pepper:0.1 or gaussian:0.3
    #[arg(long, value_name = "HOW")]
    input_corruption: Option<String>,
    /// Keep the layers as they are before the whole learns, for other trainings to begin with
    #[arg(long)]
    keep_layers: bool,
    /// Begin with the pre-trained layers of a run folder that keeps them, as with other labels
    #[arg(long, value_name = "RUN")]
    pub(super) layers_of: Option<std::path::PathBuf>,
    /// Gibbs sweeps a step of a Boltzmann machine: the k of CD-k
    #[arg(long, value_name = "K")]
    sweeps: Option<u16>,
    /// Persistent chains of a Boltzmann machine; 0: chains begin at the rows
    #[arg(long, value_name = "N")]
    chains: Option<u32>,
    /// Share of a step in the means at which units are centred; 0: they are not
    #[arg(long, value_name = "SHARE")]
    centring: Option<f32>,
    /// How values become states of Bernoulli units: stochastic, threshold or none
    #[arg(long, value_name = "HOW")]
    binarise: Option<String>,
    /// Share of rows for which a hidden unit of a machine is to be on
    #[arg(long, value_name = "SHARE")]
    sparsity: Option<f32>,
    /// What autoencoders see: none, masking:0.25, salt-and-pepper:0.4 (of values from 0 to 1) or gaussian:0.3
    #[arg(long, value_name = "HOW")]
    corruption: Option<String>,
    /// Weights of corrupted and of other values in the cost, as 1:0.5
    #[arg(long, value_name = "W:W")]
    emphasis: Option<String>,
    /// Autoencoders go down by the weights of the way up
    #[arg(long)]
    tied: bool,
    /// Units of an autoencoder's code: logistic or linear
    #[arg(long, value_name = "KIND")]
    code: Option<String>,
    /// How often a gsn rebuilds a row, each time from what the last rebuilding makes likely
    #[arg(long, value_name = "N")]
    walkback: Option<u16>,
}

impl LineageArgs {
    /// Each option: its name, the key of the setting, and what was said.
    pub fn said(&self) -> [(&'static str, &'static str, Option<Value>); 21] {
        let whole = |n: Option<u32>| n.map(|n| Value::from(i64::from(n)));
        let word = |text: &Option<String>| text.clone().map(Value::from);
        let real = |x: Option<f32>| x.map(number);
        [
            ("visible", "visible", word(&self.visible)),
            ("batch", "batch", whole(self.batch)),
            ("optimiser", "optimiser", word(&self.optimiser)),
            ("weight-decay", "weight_decay", real(self.weight_decay)),
            ("pretraining-epochs", "pretraining.epochs", whole(self.pretraining_epochs)),
            ("pretraining-rate", "pretraining.learning_rate", real(self.pretraining_rate)),
            ("code-rate", "pretraining.code_rate", real(self.code_rate)),
            ("top-epochs", "pretraining.top_epochs", whole(self.top_epochs)),
            ("dropout", "classifier.dropout", real(self.dropout)),
            ("input-corruption", "classifier.corruption", word(&self.input_corruption)),
            ("keep-layers", "pretraining.keep", self.keep_layers.then_some(Value::from(true))),
            ("sweeps", "machines.sweeps", whole(self.sweeps.map(u32::from))),
            ("chains", "machines.chains", whole(self.chains)),
            ("centring", "machines.centring", real(self.centring)),
            ("binarise", "machines.binarise", word(&self.binarise)),
            ("sparsity", "machines.sparsity", real(self.sparsity)),
            ("corruption", "autoencoders.corruption", word(&self.corruption)),
            ("emphasis", "autoencoders.emphasis", word(&self.emphasis)),
            ("tied", "autoencoders.tied", self.tied.then_some(Value::from(true))),
            ("code", "autoencoders.code", word(&self.code)),
            ("walkback", "autoencoders.walkback", whole(self.walkback.map(u32::from))),
        ]
    }

    /// The first option that was given and is no part of a model.
    pub fn first_foreign(&self, model: LineageKind) -> Option<&'static str> {
        let foreign = |(_, key, value): &(&str, &str, Option<Value>)| value.is_some() && !is_part(key, model);
        self.said().into_iter().find(foreign).map(|(option, ..)| option)
    }

    /// The first option that was given.
    pub fn first_said(&self) -> Option<&'static str> {
        if self.layers_of.is_some() {
            return Some("layers-of");
        }
        self.said().into_iter().find(|(.., value)| value.is_some()).map(|(option, ..)| option)
    }
}
