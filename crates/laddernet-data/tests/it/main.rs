//! What formats, models and training give together, one binary for all.

mod flipped;
mod measures;
