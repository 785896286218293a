//! What can be asked of a trained model: how good it is, what it predicts, its codes, how likely it finds rows.

pub mod codes;
mod csv_text;
pub mod evaluate;
mod imputation;
pub mod likelihood;
mod originals;
pub mod parzen;
pub mod predictions;
pub mod rebuilt;
pub mod suggestion;
pub mod tables;

/// What to do about rows that overflow.
const NEAR: &str = "expected values in the units of the training's, and near them";
