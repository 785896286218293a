//! Runs of the ladder's lineage: Boltzmann machines, deep belief networks, autoencoders, generative stochastic networks.
//!
//! Their settings are of another kind than a ladder's, and so are their recipes; data, splits, seeds, run folders,
//! checkpoints, model files and commands are the same.

mod config;
mod defaults;
mod layers;
mod recipe;
mod run;
mod written;

pub use config::{AutoencoderConfig, ClassifierConfig, LineageConfig, MachineConfig, PretrainingConfig, is_part};
pub use layers::{Layers, layers_of};
pub use recipe::LineageRecipe;
pub(crate) use run::go_on;
pub use run::{prepare, train};
pub use written::binarise_from;
pub(crate) use written::binarise_name;
