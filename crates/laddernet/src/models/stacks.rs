//! Models whose layers are pretrained one by one, each on the codes of the one below, before the whole is fine-tuned (Hinton and
//! Salakhutdinov 2006; Bengio, Lamblin, Popovici, Larochelle 2007; Vincent et al. 2010); and the classifier without pretraining.
//!
//! ```text
//! layer 1 on the rows -> layer 2 on its codes -> ... -> the classes alone -> the whole
//! ```

mod autoencoders;
mod classifier;
mod pretraining;
mod rbms;
mod unrolled;

pub use autoencoders::{SAE, SDAE, SaeSpec};
pub use classifier::{ClassifierSection, NET, NetSpec};
pub use pretraining::PretrainingSection;
pub use rbms::{DBN, DbnSpec};
pub use unrolled::{DEEP_AUTOENCODER, DeepAutoencoderSpec};
