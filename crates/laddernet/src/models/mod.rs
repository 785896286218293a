//! The models, one file each, and the list of their names that help, settings and contract tests read.

pub mod autoencoder;
pub mod classifier;
mod dense;
mod kind;
pub mod ladder;
mod model;
pub mod pca;
pub mod rbm;

pub(crate) use dense::rows_of;
pub use dense::{Activation, Dense};
pub use kind::ModelKind;
pub use ladder::{
    Batch, Buffers, Costs, Ladder, LadderSettings, Noise, Reconstruction, SettingsError, Tensor, TensorError,
};
pub use model::{Model, NotFinite, take_tensors, tensors_of};
