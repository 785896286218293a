//! Each rule on a tree that keeps it and on trees that break it: a check that cannot fail checks nothing.

use super::*;
use crate::tidy::tree;

type Rule = fn(&Tree) -> Vec<Finding>;

fn keeps(rule: Rule, path: &str, text: &str) {
    let found = rule(&tree(&[(path, text)]));
    assert!(found.is_empty(), "{path}: {text}: {found:?}");
}

/// The rule finds exactly one breach, on `line`.
fn breaks(rule: Rule, path: &str, text: &str, line: usize) {
    let found = rule(&tree(&[(path, text)]));
    assert_eq!(found.len(), 1, "{path}: {text}: {found:?}");
    assert_eq!((found[0].path.as_str(), found[0].line), (path, line), "{text}");
}

const FIT: &str = "crates/laddernet/src/training/trainer.rs";
const GEMM: &str = "crates/laddernet-math/src/gemm.rs";

#[test]
fn a_core_that_reaches_outside_is_found() {
    for word in [
        "std::fs::read(p)",
        "File::open(p)",
        "std::time::now()",
        "Instant::now()",
        "std::env::var(v)",
        "println!()",
        "eprintln!()",
        "print!()",
        "dbg!(x)",
        "static mut X: u8 = 0;",
        "thread_local! {}",
        "OnceLock::new()",
        "LazyLock::new(f)",
        "static COUNT: AtomicUsize = AtomicUsize::new(0);",
        "io::stdout()",
        "std::net::lookup()",
        "std::process::exit(1)",
        "use std::{fmt, fs};",
    ] {
        breaks(core_is_quiet, FIT, &format!("//! Doc.\n{word}\n"), 2);
        breaks(core_is_quiet, GEMM, &format!("//! Doc.\n\n{word}\n"), 3);
        keeps(core_is_quiet, "crates/laddernet-run/src/lib.rs", word);
        keeps(core_is_quiet, "crates/laddernet/tests/it/golden.rs", word);
        keeps(core_is_quiet, FIT, &format!("#[cfg(test)]\nmod tests {{ fn f() {{ {word} }} }}\n"));
        keeps(core_is_quiet, FIT, &format!("// {word}\n"));
    }
    keeps(core_is_quiet, FIT, "fn f(s: &'static str) -> io::Result<()> { use std::{fmt, sync}; }");
}

#[test]
fn unsafe_outside_the_kernels_is_found() {
    breaks(unsafe_stays_in_math, FIT, "\nunsafe { x() }", 2);
    breaks(unsafe_stays_in_math, "crates/laddernet-data/tests/t.rs", "unsafe { x() }", 1);
    keeps(unsafe_stays_in_math, GEMM, "unsafe { x() }");
    keeps(unsafe_stays_in_math, FIT, "// unsafe\nlet x = \"unsafe\"; let unsafe_code = 1;");
}

#[test]
fn unsafe_without_a_reason_is_found() {
    breaks(unsafe_says_why, GEMM, "fn f() {\n    unsafe { x() }\n}", 2);
    breaks(unsafe_says_why, GEMM, "// SAFETY: the lengths are checked.\n\nfn f() {\n    unsafe { x() }\n}", 4);
    breaks(unsafe_says_why, GEMM, "#[inline]\nunsafe fn f() {}", 2);
    breaks(unsafe_says_why, GEMM, "// SAFETY: a.\nunsafe { a() }\nlet b = 1;\nunsafe { c() }", 4);
    breaks(unsafe_says_why, GEMM, "#[cfg(test)]\nmod tests { fn f() { unsafe { x() } } }", 2);
    keeps(unsafe_says_why, GEMM, "fn f() {\n    // SAFETY: the lengths are checked.\n    unsafe { x() }\n}");
    keeps(unsafe_says_why, GEMM, "/// Adds.\n///\n/// # Safety\n/// Needs AVX2.\n#[inline]\npub unsafe fn f() {}");
    keeps(unsafe_says_why, GEMM, "// SAFETY: the caller checked the\n// processor.\nunsafe { a() };\nunsafe { b() };");
    keeps(unsafe_says_why, GEMM, "// SAFETY: it is long.\nlet x =\n    unsafe { a() };");
    keeps(unsafe_says_why, GEMM, "struct K { f: unsafe fn(u8) }\n#[unsafe(no_mangle)]\nfn g() {}");
}

#[test]
fn a_second_training_loop_is_found() {
    for word in ["Descent::adam(isa, p)", "use laddernet_math::adam::adam;", "use laddernet_math::momentum::momentum;"]
    {
        let rule = only_the_trainer_steps_the_optimiser;
        breaks(rule, "crates/laddernet/src/models/ladder.rs", word, 1);
        breaks(rule, "crates/laddernet-run/src/lib.rs", word, 1);
        keeps(rule, FIT, word);
        breaks(rule, "crates/laddernet-run/src/bench/mod.rs", word, 1);
        keeps(rule, "crates/laddernet/src/optimiser.rs", word);
    }
    keeps(only_the_trainer_steps_the_optimiser, "crates/laddernet-data/src/cache.rs", "hasher.update(bytes)");
}

#[test]
fn code_that_asks_for_a_model_is_found() {
    breaks(only_models_know_models, "crates/laddernet-run/src/record/run.rs", "\nif kind == \"gsn\" {}", 2);
    breaks(only_models_know_models, "crates/laddernet/src/session.rs", "matches!(name, \"full\")", 1);
    keeps(only_models_know_models, "crates/laddernet/src/models/list.rs", "\"gsn\": Gsn");
    keeps(only_models_know_models, "crates/laddernet-run/src/lib.rs", "\"full of words\"");
    keeps(
        only_models_know_models,
        "crates/laddernet-run/src/lib.rs",
        "#[cfg(test)]\nmod tests { const K: &str = \"gsn\"; }",
    );
    keeps(only_models_know_models, "crates/laddernet-run/tests/it/a.rs", "\"gsn\"");
}

#[test]
fn a_library_that_names_a_flag_is_found() {
    breaks(libraries_name_no_flag, FIT, "\nlet message = \"choose another with --out\";", 2);
    keeps(libraries_name_no_flag, FIT, "/// See --out.\nlet a = \"----\"; // --out");
    keeps(libraries_name_no_flag, "crates/laddernet-cli/src/exit.rs", "\"choose another with --out\"");
}

#[test]
fn an_opened_test_set_is_found() {
    for word in ["test.open()", "Sealed::open(test)"] {
        breaks(only_the_final_evaluation_opens_the_test_set, "crates/laddernet-run/src/train.rs", word, 1);
        breaks(only_the_final_evaluation_opens_the_test_set, FIT, word, 1);
        keeps(only_the_final_evaluation_opens_the_test_set, "crates/laddernet/src/evaluation.rs", word);
    }
    keeps(only_the_final_evaluation_opens_the_test_set, "crates/laddernet-data/src/idx.rs", "File::open(p); o.open(p)");
}

#[test]
fn a_draw_without_a_purpose_is_found() {
    breaks(draws_have_a_purpose, FIT, "let bits = philox([0; 4], [0; 2]);", 1);
    breaks(draws_have_a_purpose, "crates/laddernet-run/src/lib.rs", "rand::random()", 1);
    keeps(draws_have_a_purpose, GEMM, "philox([0; 4], [0; 2])");
    keeps(draws_have_a_purpose, FIT, "permutation(seed, Purpose::HoldOut, 0, n)");
}

#[test]
fn a_hash_map_in_the_core_is_found() {
    breaks(nothing_hangs_on_hash_order, FIT, "let m: HashMap<u8, u8>;", 1);
    breaks(nothing_hangs_on_hash_order, GEMM, "\nlet m = HashSet::new();", 2);
    keeps(nothing_hangs_on_hash_order, FIT, "let m: BTreeMap<u8, u8>;");
    keeps(nothing_hangs_on_hash_order, "crates/laddernet-cli/src/main.rs", "HashMap::new()");
}

#[test]
fn a_format_that_knows_a_model_is_found() {
    breaks(formats_and_models_do_not_meet, "crates/laddernet-data/src/idx.rs", "use laddernet::models::Kind;", 1);
    breaks(formats_and_models_do_not_meet, "crates/laddernet-data/src/idx.rs", "fn f(l: &Ladder)", 1);
    breaks(formats_and_models_do_not_meet, "crates/laddernet/src/models/ladder.rs", "idx::read()", 1);
    keeps(formats_and_models_do_not_meet, "crates/laddernet-data/src/idx.rs", "use laddernet::Dataset;");
    keeps(formats_and_models_do_not_meet, "crates/laddernet/src/models/ladder.rs", "use crate::Dataset; // not idx");
}

#[test]
fn a_download_elsewhere_is_found() {
    breaks(only_fetch_downloads, "crates/laddernet-run/src/lib.rs", "ureq::get(url)", 1);
    breaks(only_fetch_downloads, "crates/laddernet-data/src/cache.rs", "use ureq;", 1);
    keeps(only_fetch_downloads, "crates/laddernet-data/src/fetch.rs", "ureq::get(url)");
    keeps(only_fetch_downloads, "crates/laddernet-data/src/fetch/mirror.rs", "ureq::get(url)");
}

#[test]
fn a_thick_command_line_is_found() {
    breaks(cli_is_thin, "crates/laddernet-cli/src/main.rs", "use laddernet_math::Panel;", 1);
    keeps(cli_is_thin, "crates/laddernet-cli/src/main.rs", "use laddernet_run::train;");
}

#[test]
fn a_file_without_a_sentence_is_found() {
    breaks(files_say_what_they_are_for, FIT, "use std::fmt;\n//! Late.", 1);
    breaks(files_say_what_they_are_for, FIT, "//!\n", 1);
    breaks(files_say_what_they_are_for, "xtask/src/x.rs", "", 1);
    keeps(files_say_what_they_are_for, FIT, "//! The one training loop.\n");
    keeps(files_say_what_they_are_for, "fuzz/fuzz_targets/idx.rs", "#![no_main]\n//! Any bytes as an IDX file.\n");
}

#[test]
fn a_path_of_one_machine_is_found() {
    breaks(no_paths_of_one_machine, FIT, "//! Doc.\nlet p = \"/tmp/x\";", 2);
    breaks(no_paths_of_one_machine, FIT, "// see /work/shared", 1);
    breaks(no_paths_of_one_machine, "crates/laddernet-cli/src/main.rs", "/// `/home/me/data`", 1);
    keeps(no_paths_of_one_machine, "crates/laddernet-cli/tests/it/train.rs", "let p = \"/tmp/x\";");
    keeps(no_paths_of_one_machine, FIT, "#[cfg(test)]\nmod tests { const P: &str = \"/tmp\"; }");
    keeps(no_paths_of_one_machine, FIT, "let p = format!(\"{base}/work/x\"); // a/tmp, /workers");
}
