//! The commands that hand over to cargo.

use crate::{docs, needs, tidy};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Formatting, clippy, tidy rules, stale tables and documentation; stops at the first that fails.
pub fn lint(root: &Path) -> Result<()> {
    cargo(root, &["fmt", "--all", "--check"], &[])?;
    cargo(root, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    // The command line without its default feature, too; with it, the whole workspace has it.
    let bare = ["clippy", "-p", "laddernet-cli", "--no-default-features", "--all-targets", "--", "-D", "warnings"];
    cargo(root, &bare, &[])?;
    tidy::run(root)?;
    docs::check(root)?;
    // The library and the binary have one name, so only libraries are documented: they are what others read.
    cargo(root, &["doc", "--workspace", "--lib", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])
}

/// All tests of the workspace, and first those that need what is here (without arguments only). The dev profile optimises
/// what computes (see Cargo.toml), compiles faster than release, and keeps the overflow checks and debug assertions.
/// The last lines are the test runner's own summary.
pub fn test(root: &Path, args: &[&str]) -> Result<()> {
    if args.is_empty() {
        needs::test(|args| command(root, args))?;
    }
    cargo(root, &[&["test", "--workspace"], args].concat(), &[])
}

fn cargo(root: &Path, args: &[&str], environment: &[(&str, &str)]) -> Result<()> {
    let status = command(root, args).envs(environment.iter().copied()).status().context("cannot start cargo")?;
    if !status.success() {
        bail!("`cargo {}` failed ({status})", args.join(" "));
    }
    Ok(())
}

fn command(root: &Path, args: &[&str]) -> Command {
    eprintln!("xtask: cargo {}", args.join(" "));
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root).args(args);
    // What cargo said of this crate would be told to others' build scripts, which would take it for a change and build anew.
    let is_ours = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_ours)) {
        command.env_remove(name);
    }
    command
}
