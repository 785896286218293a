//! What a setting that was said wrongly is answered.

use super::{DIGITS, resolved};
use crate::settings::{ConfigError, Recipe, tree};
use laddernet::SettingsError;

/// What is answered to settings said one by one, each by its path.
fn answer(said: &[&str]) -> ConfigError {
    let mut recipe = Recipe::default();
    for text in said {
        let (path, value) = text.split_once('=').unwrap();
        let mut table = tree::parse(&format!("value = {value}")).unwrap();
        recipe.set(path, table.remove("value").unwrap());
    }
    recipe.resolve(DIGITS).map(|config| config.to_toml()).expect_err(&said.join(" "))
}

#[test]
fn a_setting_of_another_section_or_an_older_format_is_suggested() {
    for (said, key, wanted) in [
        ("noise=0.2", "noise", "model.noise"),
        ("epochs=2", "epochs", "training.epochs"),
        ("model.epochs=3", "model.epochs", "training.epochs"),
        ("training.noise=3", "training.noise", "model.noise"),
        ("labels=3", "labels", "data.labels"),
        ("keep_layers=true", "keep_layers", "output.keep_layers"),
        ("machines.sweeps=2", "machines.sweeps", "model.rbm.sweeps"),
        ("baseline_epochs=2", "baseline_epochs", "baseline.epochs"),
        ("batch=2", "batch", "training.labelled_batch"),
        ("modle.kind='dbn'", "modle", "model"),
    ] {
        match answer(&[said]) {
            ConfigError::UnknownKey { key: found, nearest, .. } => {
                assert_eq!((&*found, nearest.as_deref()), (key, Some(wanted)), "{said}");
            }
            other => panic!("{said}: {other}"),
        }
    }
    let refused = answer(&["model.kind='dbn'", "model.sweeps=2"]);
    assert!(refused.to_string().contains("did you mean 'model.rbm.sweeps'?"), "{refused}");
}

#[test]
fn nothing_is_said_below_a_value() {
    for (said, key) in [
        (&["model.kind.x=3"][..], "model.kind"),
        (&["model.kind='full'", "model.kind.x=3"], "model.kind"),
        (&["training.epochs.x=3"], "training.epochs"),
        (&["training.epochs=2", "training.epochs.x=3"], "training.epochs"),
        (&["data.labels=20", "data.labels.z=2"], "data.labels"),
        (&["data.source.z=2"], "data.source"),
        (&["baseline.epochs.z=2"], "baseline.epochs"),
        (&["model.layers.z.y=2"], "model.layers"),
        (&["training={epochs={x=3}}"], "training.epochs"),
        (&["training=3", "training.epochs=2"], "training"),
    ] {
        let refused = answer(said);
        assert_eq!(refused, ConfigError::NoSection { key: key.into() }, "{said:?}: {refused}");
    }
    // Nor below a value of the recipe.
    let base = Recipe::from_toml("training = 3").unwrap();
    let mut over = Recipe::default();
    over.set("training.epochs", 3.into());
    let refused = over.over(base).and_then(|recipe| recipe.resolve(DIGITS)).unwrap_err();
    assert_eq!(refused.to_string(), "training is a value, not a section");
}

#[test]
fn a_section_is_said_over_what_was_said() {
    let mut recipe = Recipe::default();
    recipe.set("training.epochs", 3.into());
    recipe.set("training", tree::parse("seed = 4").unwrap().into());
    let config = recipe.resolve(DIGITS).unwrap();
    assert_eq!((config.training.epochs, config.training.seed), (3, 4));
}

#[test]
fn a_value_of_another_type_is_named_in_plain_words() {
    const WHOLE: &str = "a whole number, 0 or more";
    for (said, key, wanted) in [
        (&["model.layers='64-30-10'"][..], "model.layers", "a list, as [64, 30, 10]"),
        (&["model.layers=[64, 'x', 10]"], "model.layers", "a list of whole numbers, as [64, 30, 10]"),
        (&["model.layers=[64, -1, 10]"], "model.layers", "a list of whole numbers, as [64, 30, 10]"),
        (&["model.denoising_weights=[1, 'x']"], "model.denoising_weights", "a list of numbers, as [1000, 10, 0.1]"),
        (&["model='mlp'"], "model", "a section, with the setting model.kind"),
        (&["data='mnist'"], "data", "a section, with the setting data.source"),
        (&["training=[]"], "training", "a section"),
        (&["training=[1, 10]"], "training", "a section"),
        (&["output=[true]"], "output", "a section"),
        (&["output.keep_layers=1"], "output.keep_layers", "true or false"),
        (&["training.epochs=-1"], "training.epochs", WHOLE),
        (&["training.epochs=3.0"], "training.epochs", WHOLE),
        (&["data.validation='x'"], "data.validation", WHOLE),
        (&["data.labels=-1"], "data.labels", "a number of labels, or the word all"),
        (&["data.dir=1"], "data.dir", "a word"),
        (&["model.noise='abc'"], "model.noise", "a number"),
        (&["model.lateral='no'"], "model.lateral", "true or false"),
        (&["model.statistics=3"], "model.statistics", "a word"),
        (&["baseline.epochs='x'"], "baseline.epochs", WHOLE),
        (&["model.kind='dbn'", "model.pretraining.seed=-1"], "model.pretraining.seed", WHOLE),
        (&["model.kind='dbn'", "model.pretraining.code_rate='x'"], "model.pretraining.code_rate", "a number"),
        (&["model.kind='sdae'", "model.autoencoder.cost=1"], "model.autoencoder.cost", "a word"),
        // Of a section that this model has no use for.
        (&["model.kind='mlp'", "baseline=true"], "baseline", "a section, with the setting baseline.train"),
        (&["model.kind='rbm'", "baseline.noise='x'"], "baseline.noise", "a number"),
    ] {
        match answer(said) {
            ConfigError::Setting(SettingsError::Value { key: found, expected, .. }) => {
                assert_eq!((&*found, &*expected), (key, wanted), "{said:?}");
            }
            other => panic!("{said:?}: {other}"),
        }
    }
    let unknown = answer(&["model.kind='rbm'", "baseline.nois=0.1"]).to_string();
    assert!(unknown.contains("did you mean 'baseline.noise'?"), "{unknown}");
    // A whole number is a number, too.
    resolved("[model]\nnoise = 1\ndenoising_weights = [0, 0, 0, 0, 1]").unwrap();
}

#[test]
fn a_word_that_is_none_is_answered_with_its_setting() {
    for (said, key) in [
        (&["model.statistics='some'"][..], "model.statistics"),
        (&["training.optimiser='sgd'"], "training.optimiser"),
        (&["training.precision='f64'"], "training.precision"),
        (&["data.labels='some'"], "data.labels"),
        (&["data.source='cifar'"], "data.source"),
        (&["model.kind='rbm'", "training.epochs=3", "model.visible='real'"], "model.visible"),
        (&["model.kind='sdae'", "model.classifier.corruption='gauss'"], "model.classifier.corruption"),
    ] {
        let refused = answer(said);
        assert_eq!(refused.key(), Some(key), "{refused}");
        assert!(refused.to_string().starts_with(&format!("{key}: ")), "{refused}");
        assert!(!refused.to_string().contains('\n'), "{refused}");
    }
}

#[test]
fn what_a_base_says_of_another_model_is_the_fault_of_the_base() {
    let base = "[model]\nkind = 'dbn'\n[model.rbm]\nsweeps = 2\n[training]\nepochs = 2";
    let over = |said: &str| {
        Recipe::from_toml(said)
            .unwrap()
            .over(Recipe::from_toml(base).unwrap())
            .and_then(|recipe| recipe.resolve(DIGITS))
            .map(|config| config.to_toml())
            .unwrap_err()
    };
    let refused = over("[model]\nkind = 'sdae'");
    assert_eq!(refused, ConfigError::OtherFamily { recipe: "dbn", model: "sdae" });
    // What was said beside it is the fault of who said it.
    for own in ["[model]\nkind = 'sdae'\nnoise = 0.1", "[model]\nkind = 'sdae'\n[model.rbm]\nsweeps = 3"] {
        assert!(matches!(over(own), ConfigError::ForeignKey { .. } | ConfigError::OtherFamily { .. }), "{own}");
    }
    assert!(matches!(over("[model]\nkind = 'sdae'\n[model.rbm]\nsweeps = 3"), ConfigError::ForeignKey { .. }));
}
