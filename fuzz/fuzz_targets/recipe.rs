//! Any text as a recipe: answered without a panic.
#![no_main]

use laddernet_run::recipe::Recipe;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Recipe::from_toml(text);
});
