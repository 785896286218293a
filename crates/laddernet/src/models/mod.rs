//! The models, one folder each, and the list of them.

pub mod autoencoder;
pub mod classifier;
pub mod corruption;
mod dense;
pub mod kind;
pub mod ladder;
pub mod list;
pub mod memory;
pub mod nearest_mean;
mod noisy;
pub mod pca;
pub mod rbm;
pub mod stacks;
pub mod step;
pub mod trained;
pub mod vae;

pub(crate) use dense::rows_of;
pub use dense::{Activation, Dense};
pub use kind::{
    Ability, Baseline, Defaults, Definition, Facts, Inputs, Kind, Monitor, PretrainedFrom, Spec, TableFacts, is_small,
};
pub use ladder::{Ladder, LadderSettings};
pub use list::{KINDS, ModelSettings, USUAL, kind};
pub use trained::{
    Bound, Density, Encode, LowerBounds, Reconstruct, Reconstruction, Sample, Start, StateEnergies, TrainedModel,
};
