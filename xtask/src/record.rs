//! From a run folder to `results/NAME.json`: the error, and all that is needed to get it again.

use anyhow::{Result, bail};
use std::path::Path;

/// `cargo xtask record RUN [NAME]`.
pub fn run(_root: &Path, _args: &[&str]) -> Result<()> {
    bail!("not yet")
}
