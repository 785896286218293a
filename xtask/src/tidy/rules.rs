//! Rules on Rust source: the quiet core, `unsafe`, the one training loop, the sealed test set, who knows models, and the rest.

use super::source::{Source, mentions};
use super::{Finding, Tree};
use laddernet::models::KINDS;

/// Every rule of this file.
pub const ALL: &[fn(&Tree) -> Vec<Finding>] = &[
    core_is_quiet,
    unsafe_stays_in_math,
    unsafe_says_why,
    only_the_trainer_steps_the_optimiser,
    only_the_final_evaluation_opens_the_test_set,
    draws_have_a_purpose,
    nothing_hangs_on_hash_order,
    formats_and_models_do_not_meet,
    only_models_know_models,
    libraries_name_no_flag,
    only_fetch_downloads,
    cli_is_thin,
    files_say_what_they_are_for,
    no_paths_of_one_machine,
];

const MATH: &str = "crates/laddernet-math/";
const CORE: &str = "crates/laddernet/";
const DATA: &str = "crates/laddernet-data/";
const RUN: &str = "crates/laddernet-run/";
const CLI: &str = "crates/laddernet-cli/";

/// Words that reach outside a computation, and what they reach.
const OUTSIDE: &[(&str, &str)] = &[
    ("std::fs", "opens no file"),
    ("File", "opens no file"),
    ("std::net", "opens no connection"),
    ("std::process", "starts no process"),
    ("std::time", "reads no clock"),
    ("Instant", "reads no clock"),
    ("SystemTime", "reads no clock"),
    ("std::env", "reads no environment"),
    ("available_parallelism", "reads no environment"),
    ("print!", "prints nothing"),
    ("println!", "prints nothing"),
    ("eprint!", "prints nothing"),
    ("eprintln!", "prints nothing"),
    ("dbg!", "prints nothing"),
    ("stdout", "prints nothing"),
    ("stderr", "prints nothing"),
    ("static mut", "keeps no global state"),
    ("thread_local!", "keeps no global state"),
    ("lazy_static!", "keeps no global state"),
    ("OnceLock", "keeps no global state"),
    ("LazyLock", "keeps no global state"),
    ("OnceCell", "keeps no global state"),
    ("LazyCell", "keeps no global state"),
    ("static", "keeps no global state (write `const`)"),
];

/// Modules of `std` that may not be named inside `use std::{...}` either.
const OUTSIDE_MODULES: [&str; 5] = ["fs", "net", "process", "time", "env"];

fn finding(source: &Source, offset: usize, message: impl Into<String>) -> Finding {
    Finding { path: source.path.clone(), line: source.line(offset), message: message.into() }
}

/// Every live mention of `word` in `source` is a finding.
fn forbid(source: &Source, word: &str, message: &str) -> Vec<Finding> {
    mentions(&source.live, word).into_iter().map(|at| finding(source, at, message)).collect()
}

/// laddernet-math and laddernet: no file, clock, environment, output or global state.
fn core_is_quiet(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.under(MATH).chain(tree.under(CORE)) {
        for (word, law) in OUTSIDE {
            for at in mentions(&source.live, word) {
                // `'static` is a lifetime, `static mut` has its own line in the list.
                let lifetime = source.live[..at].ends_with('\'');
                if *word == "static" && (lifetime || source.live[at..].starts_with("static mut")) {
                    continue;
                }
                found.push(finding(source, at, format!("the core {law}, but here stands `{word}`")));
            }
        }
        for at in mentions(&source.live, "std::{") {
            let group = &source.live[at..source.live[at..].find(';').map_or(source.live.len(), |end| at + end)];
            for module in OUTSIDE_MODULES.iter().filter(|m| !mentions(group, m).is_empty()) {
                found.push(finding(source, at, format!("the core is quiet, but here stands `std::{{{module}}}`")));
            }
        }
    }
    found
}

/// `unsafe` stands in laddernet-math alone, tests included.
fn unsafe_stays_in_math(tree: &Tree) -> Vec<Finding> {
    let others = tree.sources.iter().filter(|s| !s.path.starts_with(MATH));
    let words = others.flat_map(|s| mentions(&s.code, "unsafe").into_iter().map(move |at| (s, at)));
    words.map(|(s, at)| finding(s, at, "`unsafe` belongs into laddernet-math alone")).collect()
}

/// Each `unsafe` of laddernet-math has its reason in a `// SAFETY:` comment (for a function, also `# Safety`
/// in its documentation) just above. Neighbouring lines with `unsafe` share one comment.
fn unsafe_says_why(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.under(MATH) {
        let text: Vec<&str> = source.text.lines().collect();
        for at in mentions(&source.code, "unsafe") {
            let after = source.code[at + "unsafe".len()..].trim_start();
            let is_type = ["fn(", "extern(", "extern \"C\" fn("].iter().any(|s| after.starts_with(s));
            let is_attribute = after.starts_with('(');
            if is_type || is_attribute {
                continue;
            }
            let line = source.line(at) - 1; // from 0
            if !says_why(&text, line) {
                found.push(finding(source, at, "`unsafe` without a `// SAFETY:` comment just above"));
            }
        }
    }
    found
}

fn says_why(text: &[&str], line: usize) -> bool {
    let reason = |l: &str| l.contains("SAFETY:") || l.contains("# Safety");
    if reason(text[line]) {
        return true;
    }
    for above in text[..line].iter().rev().map(|l| l.trim()) {
        if above.starts_with("//") && reason(above) {
            return true;
        }
        let goes_on = above.starts_with("//") || above.starts_with("#[") || !mentions(above, "unsafe").is_empty();
        // `let x =` or a macro's opening before a block on its own line.
        if !goes_on && !above.ends_with('=') && !above.ends_with('(') {
            return false;
        }
    }
    false
}

/// The optimiser's step is taken by the trainer alone: nobody else can name it.
fn only_the_trainer_steps_the_optimiser(tree: &Tree) -> Vec<Finding> {
    // The parts of a step are timed alone, over numbers that are no model's.
    let allowed = [
        "crates/laddernet/src/training/trainer.rs",
        "crates/laddernet/src/optimiser.rs",
        "crates/laddernet/src/optimiser/descent.rs",
        "crates/laddernet/src/optimiser/update.rs",
        "crates/laddernet/src/parameters.rs",
        "crates/laddernet/src/models/step.rs",
    ];
    let others = tree.under("crates/").filter(|s| !allowed.contains(&s.path.as_str()) && !s.path.starts_with(MATH));
    let words = ["Descent", "laddernet_math::adam", "laddernet_math::momentum", "descent.step("];
    let message = "only the trainer steps an optimiser; listen to its events instead";
    others.flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// A sealed test set is opened in `evaluation.rs` alone.
fn only_the_final_evaluation_opens_the_test_set(tree: &Tree) -> Vec<Finding> {
    let others = tree.under("crates/").filter(|s| s.path != "crates/laddernet/src/evaluation.rs");
    let words = [".open()", "Sealed::open"];
    let message = "only the final evaluation opens a sealed test set; nothing is chosen by it";
    others.flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// Random bits come from a stream with a named purpose: the raw generator is called in laddernet-math alone, and
/// no other generator is used.
fn draws_have_a_purpose(tree: &Tree) -> Vec<Finding> {
    let words = ["philox", "rand::", "fastrand::", "getrandom"];
    let message = "a draw needs a named purpose: take a stream of laddernet_math::random";
    let others = tree.under("crates/").filter(|s| !s.path.starts_with(MATH));
    others.flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// Maps and sets of the core have an order.
fn nothing_hangs_on_hash_order(tree: &Tree) -> Vec<Finding> {
    let words = ["HashMap", "HashSet"];
    let message = "the order of a hash map is random: take a Vec or a BTreeMap";
    let core = tree.under(MATH).chain(tree.under(CORE));
    core.flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// No format knows a model, no model a format.
fn formats_and_models_do_not_meet(tree: &Tree) -> Vec<Finding> {
    let model_words = ["laddernet::models", "Ladder", "laddernet::training", "laddernet::evaluation"];
    let format_words = ["laddernet_data", "idx::", "csv::", "flate2", "png::", "safetensors"];
    let formats = tree.under(DATA).flat_map(|s| {
        model_words
            .iter()
            .flat_map(move |word| forbid(s, word, "a format turns bytes into a Dataset and knows no model"))
    });
    let models = tree.under("crates/laddernet/src/models").flat_map(|s| {
        format_words.iter().flat_map(move |word| forbid(s, word, "a model sees a Dataset and knows no format"))
    });
    formats.chain(models).collect()
}

/// Outside `models/` no code asks which model it is; which one is trained unless another is named is said in one place.
fn only_models_know_models(tree: &Tree) -> Vec<Finding> {
    let allowed = ["crates/laddernet/src/models/"];
    let others = tree.under("crates/").filter(|s| s.path.contains("/src/"));
    let mut found = Vec::new();
    for source in others.filter(|s| !allowed.iter().any(|place| s.path.starts_with(place))) {
        for kind in KINDS {
            let literal = format!("\"{}\"", kind.name);
            for (at, _) in source.shipped.match_indices(&literal) {
                found.push(finding(
                    source,
                    at,
                    format!("{literal}: only models/ knows a model; ask for what it can do"),
                ));
            }
        }
    }
    found
}

/// No library message names a flag: the command line adds what to do there. How to repeat a run stands in its settings.
fn libraries_name_no_flag(tree: &Tree) -> Vec<Finding> {
    let libraries = [MATH, CORE, DATA, RUN].into_iter().flat_map(|folder| tree.under(folder));
    let mut found = Vec::new();
    for source in libraries.filter(|s| s.path != "crates/laddernet-run/src/settings/mod.rs") {
        for (at, _) in source.shipped.match_indices("--") {
            let line = source.shipped[..at].rsplit('\n').next().unwrap_or_default();
            let word = source.shipped[at + 2..].starts_with(|c: char| c.is_ascii_lowercase());
            if word && !line.ends_with('-') && !line.contains("//") {
                found.push(finding(
                    source,
                    at,
                    "a library knows no flags: say the setting, and let the command line hint",
                ));
            }
        }
    }
    found
}

/// The client for downloads is named in laddernet-data's `fetch` alone.
fn only_fetch_downloads(tree: &Tree) -> Vec<Finding> {
    let others = tree.sources.iter().filter(|s| !s.path.starts_with("crates/laddernet-data/src/fetch"));
    let words = ["ureq", "TcpStream"];
    let message = "nothing is downloaded but by `data fetch`: the network belongs into laddernet-data/src/fetch";
    others.flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// The command line converts arguments and results; the mathematics is two floors below.
fn cli_is_thin(tree: &Tree) -> Vec<Finding> {
    let words = ["laddernet_math", "safetensors"];
    let message = "the command line only converts arguments and results";
    tree.under(CLI).flat_map(|s| words.iter().flat_map(|word| forbid(s, word, message))).collect()
}

/// A file opens with `//!` and what it is for.
fn files_say_what_they_are_for(tree: &Tree) -> Vec<Finding> {
    let silent = |s: &&Source| {
        let first = s.text.lines().find(|l| !l.trim().is_empty() && !l.starts_with("#!")).unwrap_or("");
        !first.starts_with("//!") || first.trim_end().len() < "//! A word.".len()
    };
    tree.sources.iter().filter(silent).map(|s| finding(s, 0, "a file opens with `//!` and what it is for")).collect()
}

/// What is shipped names no folder of the machine it was written on.
fn no_paths_of_one_machine(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in [MATH, CORE, DATA, RUN, CLI].into_iter().flat_map(|folder| tree.under(folder)) {
        for folder in ["/work", "/tmp", "/home", "/root", "/Users"] {
            for at in mentions(&source.shipped, folder) {
                let before = source.shipped[..at].chars().next_back().unwrap_or(' ');
                if !before.is_alphanumeric() && !"._-/)}".contains(before) {
                    found.push(finding(source, at, format!("`{folder}` is a path of one machine")));
                }
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
