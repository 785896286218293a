//! Any text as a recipe for any model, resolved for small data: answered without a panic.
#![no_main]

use laddernet_run::AnyRecipe;
use laddernet_run::recipe::DataShape;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let shape = DataShape { name: "rows".into(), features: 64, classes: 10 };
    match AnyRecipe::from_toml(text) {
        Ok(AnyRecipe::Ladder(recipe)) => drop(recipe.resolve(&shape)),
        Ok(AnyRecipe::Lineage(recipe)) => drop(recipe.resolve(&shape)),
        Err(_) => {}
    }
});
