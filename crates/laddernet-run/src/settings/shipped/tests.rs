//! Tests of `shipped`.

use super::*;
use crate::settings::{Config, ConfigError, DataFacts, Recipe, tree};
use std::collections::BTreeSet;
use toml::Value;

/// Of rows like those that the recipe names.
fn resolved(recipe: &Recipe) -> Config {
    let features = if recipe.source().unwrap().to_string() == "digits" { 64 } else { 784 };
    recipe.resolve(DataFacts::of_rows(features, 10)).unwrap()
}

fn config(name: &str) -> Config {
    resolved(&Recipe::find(name).unwrap())
}

fn at(config: &Config, path: &str) -> Option<Value> {
    tree::get(&tree::parse(&config.to_toml()).unwrap(), path).cloned()
}

fn number(config: &Config, path: &str) -> f64 {
    at(config, path).and_then(|value| value.as_float()).unwrap_or_else(|| panic!("{path} of {}", config.to_toml()))
}

#[test]
fn the_list_and_the_folder_agree_and_every_recipe_makes_a_training() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
    let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
    assert_eq!(files, RECIPES.iter().map(|recipe| recipe.name.to_owned()).collect());
    for recipe in RECIPES {
        let found = Recipe::find(recipe.name).unwrap();
        assert_eq!(found.renamed(), [], "{} is of today's format", recipe.name);
        config(recipe.name);
        assert!(recipe.about().ends_with('.') || recipe.about().ends_with(':'), "{}", recipe.about());
    }
    let ConfigError::NoSuchRecipe { nearest, .. } = Recipe::find("survey-2-ful-40").unwrap_err() else { panic!() };
    assert_eq!(nearest.as_deref(), Some("survey-2-full-40"));
}

#[test]
fn the_cells_of_the_preset_differ_in_their_labels_alone() {
    for labels in [40, 100] {
        let mut fast = Recipe::find("fast").unwrap();
        fast.set("data.labels", labels.into());
        assert_eq!(config(&format!("fast-full-{labels}")), resolved(&fast));
    }
}

/// What the layers of a stack follow from, but for the training's own seed.
fn stack(name: &str) -> Config {
    let mut recipe = Recipe::find(name).unwrap();
    for path in ["training.epochs", "output", "data.labels", "model.pretraining.seed"] {
        recipe.unset(path);
    }
    resolved(&recipe)
}

#[test]
fn stacks_with_few_labels_are_those_with_all_and_nets_are_theirs() {
    for kind in ["dbn", "sae", "sdae", "net"] {
        let all = format!("{kind}-all");
        assert_eq!(config(&all).kind().name, kind);
        assert_eq!(config(&all).output.keep_layers, kind != "net");
        for labels in ["40", "100", "1000"] {
            let name = format!("{kind}-{labels}");
            assert_eq!(config(&name).data.labels.unwrap().to_string(), labels);
            let seed = at(&config(&name), "model.pretraining.seed");
            // One stack for every sample of labels: that of the first seed, which has all.
            assert_eq!(seed, (kind != "net").then(|| Value::from(1)), "{name}");
            assert_eq!(config(&all).training.seed, 1);
            assert_eq!(stack(&name), stack(&all), "{name}");
        }
    }
    let [net, dbn] = ["net-100", "dbn-100"].map(config);
    assert_eq!((net.layers(), net.training.epochs), (dbn.layers(), dbn.training.epochs));
    assert_eq!(at(&net, "model.classifier"), at(&dbn, "model.classifier"));
    let [random, deep] = ["deep-autoencoder-random", "deep-autoencoder"].map(config);
    assert_eq!((random.layers(), random.training.epochs), (deep.layers(), deep.training.epochs));
    assert_eq!(random.model.spec().pretrained_layers(), 0);
    assert!(deep.model.spec().pretrained_layers() > 0);
    let walkback = |name| at(&config(name), "model.autoencoder.walkback");
    assert_eq!((walkback("gsn-plain"), walkback("gsn-walkback")), (Some(1.into()), Some(5.into())));
    for name in ["rbm-500-2min", "rbm-500-5min"] {
        assert_eq!(config(name).layers(), [784, 500]);
    }
}

/// Reference: the survey's Table III and the authors' command lines (ladder.md, section 1.8); layer by layer
/// from the input up, with the last entry repeated for the layers above.
#[test]
fn every_recipe_has_the_authors_weights() {
    let weights = |model: &str, labels: &str| -> (Vec<f32>, f64) {
        match (model, labels) {
            ("full", "40" | "50") => (vec![2000.0, 20.0, 0.1], 0.3),
            ("full", "100") => (vec![1000.0, 10.0, 0.1], 0.3),
            ("full", "1000") => (vec![2000.0, 20.0, 0.1], 0.2),
            ("full", "all") => (vec![1000.0, 1.0, 0.01], 0.3),
            ("bottom", "40" | "50" | "100") => (vec![5000.0, 0.0, 0.0], 0.3),
            ("bottom", _) => (vec![2000.0, 0.0, 0.0], 0.3),
            ("top", "40" | "50" | "100") => (vec![0.0, 0.0, 0.0, 0.5], 0.3),
            ("top", "1000") => (vec![0.0, 0.0, 0.0, 10.0], 0.3),
            ("top", _) => (vec![0.0, 0.0, 0.0, 2.0], 0.3),
            ("mlp", _) => (vec![0.0, 0.0, 0.0], 0.5),
            other => panic!("{other:?}"),
        }
    };
    let survey: Vec<_> = RECIPES.iter().filter(|recipe| recipe.name.starts_with("survey-")).collect();
    for recipe in &survey {
        let name = recipe.name;
        let parts: Vec<&str> = name.split('-').collect();
        let &[_, table, model, labels] = &parts[..] else { panic!("{name}") };
        let config = config(name);
        let layers: &[usize] =
            if table == "2" { &[784, 1000, 500, 250, 250, 250, 10] } else { &[784, 1000, 500, 250, 10] };
        assert_eq!(config.layers(), layers, "{name}");
        assert_eq!((config.kind().name, &*config.data.labels.unwrap().to_string()), (model, labels), "{name}");
        let (mut expected, noise) = weights(model, labels);
        if expected.len() == 3 {
            expected.resize(layers.len(), expected[2]);
        } else {
            expected.splice(3..3, vec![0.0; layers.len() - 4]);
        }
        assert_eq!(config.model.spec().denoising_weights(), expected, "{name}");
        let noises = (number(&config, "model.input_noise"), number(&config, "model.noise"));
        assert_eq!(noises, (0.3, noise), "{name}");
        assert_eq!(config.training.epochs, 150, "{name}");
        assert_eq!(number(&config, "training.learning_rate"), 0.002, "{name}");
        assert_eq!(number(&config, "training.decay_start"), 0.67, "{name}");
        let batches = (config.training.labelled_batch, config.training.unlabelled_batch);
        assert_eq!(batches, (100, 100), "{name}");
        assert!(!config.baseline.as_ref().is_some_and(|baseline| baseline.train), "{name}");
        assert!(recipe.about().contains("labels"), "{name}");
    }
    assert_eq!(survey.len(), 3 * 5 + 4 + 3 * 3);
}
