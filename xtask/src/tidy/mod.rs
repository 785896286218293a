//! The house's invariants as code: each is an absence, and each has a test that shows it can fail.

mod house;
mod rules;
mod source;

use anyhow::{Context, Result, bail};
use source::Source;
use std::fmt;
use std::fs;
use std::path::Path;

/// Lines from which on a file is worth a talk; a warning, not a failure.
const LONG: usize = 400;

/// Folders that hold no source of ours.
const SKIPPED: [&str; 11] = [
    "target",
    ".git",
    ".venv",
    ".venv-tables",
    ".venv-python",
    "runs",
    "corpus",
    "artifacts",
    "__pycache__",
    "node_modules",
    "shared",
];

/// What the rules look at.
#[derive(Default)]
pub struct Tree {
    /// Every Rust file.
    sources: Vec<Source>,
    /// Path and text of every `Cargo.toml`.
    manifests: Vec<(String, String)>,
    /// Path and text of every document of `papers/`.
    papers: Vec<(String, String)>,
    /// Every path, folders too.
    paths: Vec<String>,
}

/// One breach of a rule.
#[derive(Debug, PartialEq)]
pub struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Applies every rule to the tree at `root`.
pub fn run(root: &Path) -> Result<()> {
    let mut tree = Tree::default();
    tree.read(root, "")?;
    for source in &tree.sources {
        let lines = source.text.lines().count();
        if lines > LONG {
            eprintln!("warning: {}: {lines} lines; can it be split by meaning?", source.path);
        }
    }
    let findings: Vec<Finding> = rules::ALL.iter().chain(house::ALL).flat_map(|rule| rule(&tree)).collect();
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            eprintln!(
                "xtask: tidy: {} rules, {} Rust files: ok",
                rules::ALL.len() + house::ALL.len(),
                tree.sources.len()
            );
            Ok(())
        }
        n => bail!("tidy: {n} breaches of the house rules (STYLE.md says why each stands)"),
    }
}

impl Tree {
    fn read(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
        let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if SKIPPED.contains(&name.as_str()) || kind.is_symlink() {
                continue;
            }
            self.paths.push(path.clone());
            if kind.is_dir() {
                self.read(&entry.path(), &format!("{path}/"))?;
            } else if name.ends_with(".rs") || name == "Cargo.toml" || path.starts_with("papers/") {
                let text = fs::read_to_string(entry.path()).with_context(|| format!("cannot read {path}"))?;
                self.add(&path, &text);
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, text: &str) {
        if path.ends_with(".rs") {
            self.sources.push(Source::new(path, text));
        } else if path.ends_with("Cargo.toml") {
            self.manifests.push((path.into(), text.into()));
        } else {
            self.papers.push((path.into(), text.into()));
        }
    }

    /// The sources under a folder.
    fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a Source> {
        self.sources.iter().filter(move |s| s.path.starts_with(folder))
    }
}

/// A small tree for the rules' own tests.
#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::default();
    for (path, text) in files {
        tree.paths.push((*path).into());
        tree.add(path, text);
    }
    tree
}
