//! Any text as a recipe for any model, resolved for small data: answered without a panic. Settings that are accepted are read back as
//! they were written.
#![no_main]

use laddernet_run::settings::{Config, DataFacts, Recipe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(recipe) = Recipe::from_toml(text) else { return };
    if let Ok(config) = recipe.resolve(DataFacts::of_rows(64, 10)) {
        assert_eq!(Config::from_toml(&config.to_toml()), Ok(config));
    }
});
