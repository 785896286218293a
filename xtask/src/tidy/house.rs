//! Rules on the tree itself: which crate leans on which, and what a file may be called.

use super::source::{Source, block_end, mentions};
use super::{Finding, Tree};
use crate::needs::NEEDS;
use std::ops::Range;

/// Every rule of this file.
pub const ALL: &[fn(&Tree) -> Vec<Finding>] =
    &[crates_lean_one_way, nothing_is_called_utils, named_tests_exist, ignored_tests_have_a_need];

/// The crates in order; each may use only those before it.
/// The Python module comes last, because the command line tool is in it.
const ORDER: [&str; 6] =
    ["laddernet-math", "laddernet", "laddernet-data", "laddernet-run", "laddernet-cli", "laddernet-py"];

/// laddernet-math <- laddernet <- laddernet-data <- laddernet-run <- laddernet-cli <- laddernet-py, in every table of dependencies.
fn crates_lean_one_way(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in &tree.manifests {
        let Some(folder) = path.strip_prefix("crates/").and_then(|p| p.strip_suffix("/Cargo.toml")) else { continue };
        let report = |line: usize, message: String| Finding { path: path.clone(), line, message };
        let Some(own) = ORDER.iter().position(|name| *name == folder) else {
            found.push(report(
                1,
                format!("`{folder}` has no place in the order of the crates (xtask/src/tidy/house.rs)"),
            ));
            continue;
        };
        let mut in_dependencies = false;
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            // `[dependencies]`, `[dev-dependencies]`, `[target.'..'.dependencies]`, `[dependencies.NAME]`
            if let Some(header) = line.strip_prefix('[') {
                in_dependencies = header.contains("dependencies");
            }
            let name = line.trim_start_matches('[').split(['=', ' ', ']']).next().unwrap_or("");
            let name = name.rsplit("dependencies.").next().unwrap_or(name).split('.').next().unwrap_or("");
            if let Some(other) = ORDER.iter().position(|n| *n == name)
                && in_dependencies
                && other >= own
            {
                found.push(report(
                    i + 1,
                    format!("`{folder}` may not lean on `{name}`: the order is {}", ORDER.join(" <- ")),
                ));
            }
        }
    }
    found
}

/// A name says what is inside; `utils` says nothing.
fn nothing_is_called_utils(tree: &Tree) -> Vec<Finding> {
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split('.').next().unwrap_or(name).to_lowercase()
    };
    let empty = |path: &&String| ["util", "utils", "helper", "helpers", "misc"].contains(&stem(path).as_str());
    let report = |path: &String| Finding {
        path: path.clone(),
        line: 1,
        message: "this name does not say what is inside; split by meaning".into(),
    };
    tree.paths.iter().filter(empty).map(report).collect()
}

/// A sheet that names the tests guarding something, between `<!-- tests -->` and `<!-- end -->`, names tests there
/// are: `FILE::TEST`, the file's stem (or what its stem begins with, before `_tests`) and the function.
fn named_tests_exist(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in &tree.papers {
        let mut inside = false;
        for (i, line) in text.lines().enumerate() {
            inside = (inside || line.contains("<!-- tests -->")) && !line.contains("<!-- end -->");
            for (file, test) in line.split('`').skip(1).step_by(2).filter_map(|token| token.split_once("::")) {
                if inside && !test_exists(tree, file, test) {
                    let message = format!("there is no test `{test}` in a file `{file}`");
                    found.push(Finding { path: path.clone(), line: i + 1, message });
                }
            }
        }
    }
    found
}

fn test_exists(tree: &Tree, file: &str, test: &str) -> bool {
    let head = format!("fn {test}(");
    tree.sources.iter().any(|source| {
        let mut parts = source.path.trim_end_matches(".rs").trim_end_matches("_tests").rsplit('/');
        parts.any(|part| part == file) && source.code.contains(&head)
    })
}

/// A test that lacks what it needs is ignored and says why, in a module that is named after the need: so it is never
/// counted as passed, and `cargo xtask test` finds it where the need is met.
fn ignored_tests_have_a_need(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.sources {
        let modules: Vec<_> = NEEDS.iter().flat_map(|need| modules(source, need.module)).collect();
        for at in mentions(&source.code, "#[ignore") {
            let report = |message: String| Finding { path: source.path.clone(), line: source.line(at), message };
            if !source.text[at..].starts_with("#[ignore = \"needs ") {
                found.push(report("an ignored test says why: `#[ignore = \"needs ...\"]`".into()));
            }
            if !modules.iter().any(|module| module.contains(&at)) {
                let known: Vec<&str> = NEEDS.iter().map(|need| need.module).collect();
                found.push(report(format!("an ignored test stands in one of these modules: {}", known.join(", "))));
            }
        }
    }
    found
}

/// Where the modules of this name stand.
fn modules(source: &Source, name: &str) -> Vec<Range<usize>> {
    let head = format!("mod {name} {{");
    mentions(&source.code, &head).into_iter().map(|at| at..block_end(&source.code, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_crate_may_not_lean_to_the_right() {
        let good = "[dependencies]\nladdernet-math.workspace = true\nserde = \"1\"\n";
        assert!(crates_lean_one_way(&tree(&[("crates/laddernet/Cargo.toml", good)])).is_empty());
        for bad in [
            "[dependencies]\nladdernet-run.workspace = true\n",
            "[dev-dependencies]\nladdernet-data = { path = \"../laddernet-data\" }\n",
            "[dependencies.laddernet-cli]\npath = \"../laddernet-cli\"\n",
            "[target.'cfg(unix)'.dependencies]\nladdernet-run = \"1\"\n",
        ] {
            let found = crates_lean_one_way(&tree(&[("crates/laddernet/Cargo.toml", bad)]));
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
        }
        let own_name = "[package]\nname = \"laddernet\"\n[features]\nladdernet-run = []\n";
        assert!(crates_lean_one_way(&tree(&[("crates/laddernet/Cargo.toml", own_name)])).is_empty());
        assert_eq!(crates_lean_one_way(&tree(&[("crates/stray/Cargo.toml", "")])).len(), 1);
    }

    #[test]
    fn a_file_called_utils_is_found() {
        let found = nothing_is_called_utils(&tree(&[("bench/utils.py", ""), ("crates/laddernet/src/fit.rs", "")]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].to_string(), "bench/utils.py:1: this name does not say what is inside; split by meaning");
        assert_eq!(
            nothing_is_called_utils(&tree(&[("crates/laddernet/src/utils/mod.rs", ""), ("a/utils", "")])).len(),
            1
        );
    }

    #[test]
    fn a_test_that_is_only_named_is_found() {
        let golden = ("crates/laddernet/tests/it/golden.rs", "#[test]\nfn full() {}");
        let sheet = |text| tree(&[golden, ("papers/a.md", text)]);
        let text = "`x::y`\n<!-- tests -->\n| 1 | `golden::full` |\n| 2 | `golden::gone` |\n<!-- end -->\n`x::y`\n";
        let found = named_tests_exist(&sheet(text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].to_string(), "papers/a.md:4: there is no test `gone` in a file `golden`");
        assert!(named_tests_exist(&sheet("<!-- tests -->\n`golden::full`\n<!-- end -->")).is_empty());
    }

    #[test]
    fn a_test_that_is_ignored_without_a_need_is_found() {
        let found = |text| ignored_tests_have_a_need(&tree(&[("crates/laddernet/tests/it/x.rs", text)]));
        let good = "mod needs_mnist {\n    #[test]\n    #[ignore = \"needs MNIST\"]\n    fn f() { g() }\n}\n";
        assert!(found(good).is_empty());
        for bad in [
            "#[test]\n#[ignore = \"needs MNIST\"]\nfn f() {}\n",
            "mod needs_rain {\n    #[test]\n    #[ignore = \"needs rain\"]\n    fn f() {}\n}\n",
            "mod needs_mnist {\n    #[test]\n    #[ignore = \"slow\"]\n    fn f() {}\n}\n",
            "mod needs_mnist {\n    #[test]\n    #[ignore]\n    fn f() {}\n}\n",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}");
        }
        let behind = format!("{good}#[ignore = \"needs MNIST\"]\nfn h() {{}}\n");
        assert_eq!(found(&behind)[0].line, 6);
    }
}
