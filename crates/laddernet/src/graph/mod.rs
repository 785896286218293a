//! Learning on a graph of nearest neighbours: few labels spread over all rows, labelled or not.
//!
//! ```text
//! rows -> Neighbours (k nearest of each) -> Graph (weights W, degrees D, L = D - W)
//! Poisson learning      L u = sum_j delta_j (y_j - y_bar)'
//! PoissonMBO            u <- u - dt (L u - mu b), many times; then classes of given sizes; and again
//! ```
//! Calder, Cook, Thorpe, Slepcev, "Poisson Learning: Graph Based Semi-Supervised Learning At Very Low Label Rates", ICML 2020. The
//! answers are for the rows of the graph alone: a model that predicts other rows learns from them in turn.
//!
//! Rows and classes are counted from 0. No result depends on the number of threads.

mod cut;
mod error;
mod grouping;
mod mbo;
mod neighbours;
mod poisson;
mod regroup;
mod sizes;
mod source;
mod spread;
mod walk;
mod weights;

pub use cut::{Cut, cut};
pub use error::GraphError;
pub use grouping::{Grouping, NO_CLASS};
pub use mbo::{MboSettings, Start, poisson_mbo};
pub use neighbours::Neighbours;
pub use poisson::{Poisson, PoissonSettings, poisson};
pub use regroup::{Regrouped, regroup};
pub use sizes::Sizes;
pub use source::Source;
pub use walk::walk;
pub use weights::{Components, Graph};
