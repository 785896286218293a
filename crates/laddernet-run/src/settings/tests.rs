//! Settings are read back as written, and laid over each other.

use super::*;
use laddernet::models::{Ability, KINDS, kind};

mod old_formats;
mod refused;
mod said;

const DIGITS: DataFacts = DataFacts { features: 64, classes: 10, rows: None, labelled: None, table: None };

fn resolved(text: &str) -> Result<Config, ConfigError> {
    Recipe::from_toml(text).and_then(|recipe| recipe.resolve(DIGITS))
}

fn refusal(text: &str) -> String {
    resolved(text).map(|config| config.to_toml()).expect_err(text).to_string()
}

/// What stands at a path of the settings.
fn at(config: &Config, path: &str) -> Option<toml::Value> {
    tree::get(&config.table(), path).cloned()
}

#[test]
fn settings_of_every_model_read_back_as_written_and_serve_as_a_recipe() {
    for kind in KINDS {
        let mut texts = vec![format!("[model]\nkind = '{kind}'\n[training]\nseed = 9223372036854775807")];
        if kind.can(Ability::Classify) {
            texts.push(format!("[data]\nlabels = 'all'\nvalidation = 7\n[model]\nkind = '{kind}'"));
        }
        let gaussian = format!("[model]\nkind = '{kind}'\nvisible = 'gaussian'");
        if resolved(&gaussian).is_ok() {
            texts.push(gaussian);
        }
        for text in texts {
            let config = resolved(&text).unwrap();
            assert_eq!(config.kind(), *kind);
            assert_eq!(Config::from_toml(&config.to_toml()).unwrap(), config, "{text}");
            assert_eq!(resolved(&config.to_toml()).unwrap(), config, "{text}");
            assert!(config.to_toml().contains("format_version = 3"), "{text}");
        }
    }
    let visible =
        KINDS.iter().filter(|kind| resolved(&format!("[model]\nkind = '{kind}'\nvisible = 'gaussian'")).is_ok());
    assert!(visible.count() >= 7, "models of standardised rows");
}

#[test]
fn what_is_said_holds_and_the_rest_stays() {
    let text = "[model]\nkind = 'sdae'\n[model.autoencoder]\ncorruption = 'gaussian 0.2'\n[model.pretraining]\nepochs = 3\n\
                [model.classifier]\ndropout = 0.5\ncorruption = 'masking 0.1'\n[training]\nepochs = 7";
    let (config, base) = (resolved(text).unwrap(), resolved("[model]\nkind = 'sdae'").unwrap());
    for (path, value) in [
        ("training.epochs", toml::Value::from(7)),
        ("model.autoencoder.corruption", "gaussian 0.2".into()),
        ("model.pretraining.epochs", 3.into()),
        ("model.classifier.dropout", 0.5.into()),
        ("model.classifier.corruption", "masking 0.1".into()),
    ] {
        assert_eq!(at(&config, path), Some(value), "{path}");
    }
    assert_eq!(config.layers(), base.layers());
    let mut recipe = Recipe::of(kind("rbm").unwrap());
    recipe.set("model.rbm.sweeps", 5.into());
    recipe.set_whole("training.seed", 9_u64).unwrap();
    let config = recipe.resolve(DIGITS).unwrap();
    assert_eq!((at(&config, "model.rbm.sweeps"), config.training.seed), (Some(5.into()), 9));
}

#[test]
fn large_settings_that_fit_are_taken() {
    for text in
        ["[model]\nlayers = [64, 8192, 8192, 10]", "[training]\nunlabelled_batch = 60000\nlabelled_batch = 60000"]
    {
        resolved(text).unwrap();
    }
}

#[test]
fn an_unknown_key_is_named_with_the_nearest() {
    for (text, key, nearest) in [
        ("[data]\nlables = 40", "data.lables", Some("data.labels")),
        ("[training]\nepoch = 3", "training.epoch", Some("training.epochs")),
        ("[modell]\nkind = 'full'", "modell", Some("model")),
        ("[model]\nnosie = 0.3", "model.nosie", Some("model.noise")),
        (
            "[model]\nkind = 'dbn'\n[model.pretraining]\ntop_epoch = 3",
            "model.pretraining.top_epoch",
            Some("model.pretraining.top_epochs"),
        ),
        // Of another section, and of none.
        ("learning_rat = 0.1", "learning_rat", Some("training.learning_rate")),
        ("[training]\nxyz = 3", "training.xyz", None),
    ] {
        match resolved(text).unwrap_err() {
            ConfigError::UnknownKey { key: found, nearest: near, known } => {
                assert_eq!((&*found, near.as_deref()), (key, nearest), "{text}");
                assert!(!known.split(", ").any(|word| word == "kind"), "{known}");
                let training = found.starts_with("training.");
                assert!(!training || known.contains("epochs, ") && !known.ends_with("training"), "{known}");
            }
            other => panic!("{text}: {other}"),
        }
    }
    assert!(refusal("[data]\nlables = 40").contains("did you mean 'data.labels'?"));
}

#[test]
fn another_model_leaves_what_was_chosen_for_the_first() {
    let over = |said: &str, base: &str| {
        Recipe::from_toml(said)
            .unwrap()
            .over(Recipe::from_toml(base).unwrap())
            .and_then(|recipe| recipe.resolve(DIGITS))
    };
    let full = resolved("[training]\nepochs = 7\nseed = 3\n[baseline]\ntrain = true").unwrap();
    for model in ["top", "bottom", "mlp"] {
        let said = format!("[model]\nkind = '{model}'");
        let config = over(&said, &full.to_toml()).unwrap();
        assert_eq!((config.kind().name, config.training.epochs, config.training.seed), (model, 7, 3));
        let own = resolved(&format!("{said}\n[training]\nepochs = 7\nseed = 3")).unwrap();
        for path in ["model.denoising_weights", "model.noise", "model.statistics", "baseline.train"] {
            assert_eq!(at(&config, path), at(&own, path), "{path} of {model}");
        }
    }
    // What was not chosen for its sake stays; the same model keeps all, also by another of its names; and what is said holds for any.
    let wide = resolved("[model]\nlayers = [64, 99, 10]\ninput_noise = 0.7").unwrap();
    let top = over("[model]\nkind = 'top'", &wide.to_toml()).unwrap();
    assert_eq!((top.layers(), at(&top, "model.input_noise")), (&[64, 99, 10][..], Some(0.7.into())));
    assert_eq!(over("[model]\nkind = 'full'", &full.to_toml()).unwrap(), full);
    assert_eq!(over("[model]\nkind = 'gamma'", &top.to_toml()).unwrap(), top);
    assert!(over("[model]\nkind = 'mlp'\n[baseline]\ntrain = true", &full.to_toml()).is_err());
    // Models of other settings.
    for (said, base) in [("dbn", "full"), ("full", "dbn"), ("rbm", "dbn"), ("gsn", "sae")] {
        let base = resolved(&format!("[model]\nkind = '{base}'")).unwrap().to_toml();
        let refused = over(&format!("[model]\nkind = '{said}'"), &base).unwrap_err();
        assert!(matches!(refused, ConfigError::OtherFamily { model, .. } if model == said), "{refused}");
    }
    // A recipe that says nothing of its model serves any.
    assert_eq!(over("[model]\nkind = 'dbn'", "[data]\nlabels = 20").unwrap().data.labels, Some(LabelCount::Count(20)));
}

#[test]
fn baselines_follow_their_model() {
    let of = |text: &str| resolved(text).unwrap().baseline;
    // On small rows beside a ladder, with as many epochs.
    let usual = of("[training]\nepochs = 9").unwrap();
    assert_eq!((usual.train, usual.epochs), (true, Some(9)));
    assert_eq!(of("[training]\nepochs = 9\n[baseline]\nepochs = 4\ntrain = false").unwrap().epochs, Some(4));
    let mnist = Recipe::default().resolve(DataFacts::of_rows(784, 10)).unwrap();
    assert!(!mnist.baseline.unwrap().train);
    for model in ["mlp", "rbm", "dbn", "net"] {
        assert_eq!(of(&format!("[model]\nkind = '{model}'")), None, "{model}");
        // Said to have none, it has none.
        assert_eq!(of(&format!("[model]\nkind = '{model}'\n[baseline]\ntrain = false\nnoise = 0.3")), None, "{model}");
        assert!(refusal(&format!("[model]\nkind = '{model}'\n[baseline]\ntrain = true")).contains("has no baseline"));
    }
}

#[test]
fn the_fingerprint_is_of_the_training_alone() {
    let print = |text: &str, open| resolved(text).unwrap().fingerprint(open);
    let own = "[model]\nkind = 'dbn'\n[training]\nprecision = 'f32'\n";
    for same in ["[data]\ndir = '/elsewhere'", "[output]\nkeep_layers = true", "[data]\nsource = 'digits'"] {
        assert_eq!(print(&format!("{own}{same}"), false), print(own, false), "{same}");
    }
    for other in [
        "[data]\nlabels = 50",
        "[data]\nvalidation = 1",
        "[model.classifier]\ndropout = 0.1",
        "[model.pretraining]\nseed = 1",
    ] {
        assert_ne!(print(&format!("{own}{other}"), true), print(own, true), "{other}");
    }
    // A baseline that is not trained has settings, but no part in the training.
    let full = "[baseline]\ntrain = false\n";
    assert_eq!(print(&format!("{full}noise = 0.1\nepochs = 3"), true), print(full, true));
    assert_ne!(print("[baseline]\ntrain = true\nnoise = 0.1", true), print("[baseline]\ntrain = true", true));
    assert_ne!(print(&format!("{own}seed = 2"), false), print(own, false));
    let bf16 = own.replace("f32", "bf16");
    assert_ne!(print(&bf16, false), print(own, false));
    assert_eq!(print(&bf16, true), print(own, true));
}

#[test]
fn a_difference_is_a_path_and_both_values() {
    let [a, b] = ["0.1", "0.2"].map(|noise| resolved(&format!("[model]\nnoise = {noise}")).unwrap());
    assert_eq!(a.difference(&b, &[]), Some(("model.noise".into(), "0.1".into(), "0.2".into())));
    assert_eq!((a.difference(&a, &[]), a.difference(&b, &["model.noise"])), (None, None));
}

#[test]
fn words_read_back_as_written() {
    for word in ["none", "masking 0.25", "salt-and-pepper 0.4", "gaussian 0.3"] {
        let text = |key: &str| format!("[model]\nkind = 'sdae'\n[model.{key}]\ncorruption = '{word}'");
        let config = resolved(&text("classifier")).unwrap();
        assert_eq!(at(&config, "model.classifier.corruption"), Some(word.into()));
        let colon = resolved(&text("classifier").replace(' ', ":").replace(":=:", " = ")).unwrap();
        assert_eq!(colon, config, "as on the command line");
    }
    for word in ["", "masking", "masking x", "none 1", "gauss 1"] {
        let text = format!("[model]\nkind = 'sdae'\n[model.classifier]\ncorruption = '{word}'");
        assert!(refusal(&text).contains("no corruption"), "{word}");
    }
    for word in ["adam", "momentum 0.9"] {
        let config = resolved(&format!("[training]\noptimiser = '{word}'"));
        let of_stack = resolved(&format!("[model]\nkind = 'net'\n[training]\noptimiser = '{word}'")).unwrap();
        assert_eq!(at(&of_stack, "training.optimiser"), Some(word.into()));
        assert!(config.is_ok() || word != "adam");
    }
    assert!(refusal("[model]\nkind = 'sdae'\n[model.autoencoder]\nemphasis = '1'").contains("1"));
}

#[test]
fn a_run_folder_is_named_after_its_training() {
    let name = |text: &str| resolved(text).unwrap().default_folder().display().to_string();
    assert_eq!(name(""), "runs/digits-full-40-seed1");
    assert_eq!(
        name("[data]\nlabels = 'all'\n[model]\nkind = 'dbn'\n[training]\nseed = 3"),
        "runs/digits-dbn-all-seed3"
    );
    assert_eq!(name("[model]\nkind = 'rbm'"), "runs/digits-rbm-seed1");
    assert_eq!(name("[data]\nsource = 'idx:a/b.gz,c'\nlabels = 20"), "runs/idx-a-b-gz-c-full-20-seed1");
}

/// The number of inputs of a table is not known before its columns are encoded, but hidden layers are chosen all the same.
#[test]
fn hidden_layers_are_said_alone() {
    let recipe = |text: &str| Recipe::from_toml(text).unwrap().resolve(DataFacts::of_rows(7, 3));
    assert_eq!(recipe("[model]\nhidden = [20, 5]").unwrap().layers(), [7, 20, 5, 3]);
    assert_eq!(recipe("[model]\nkind = 'rbm'\nhidden = [20]").unwrap().layers(), [7, 20]);
    for (text, word) in [
        ("[model]\nhidden = [20]\nlayers = [7, 20, 3]", "leave one of the two out"),
        ("[model]\nhidden = ['a']", "units of the hidden layers"),
        ("[model]\nhidden = 5", "units of the hidden layers"),
    ] {
        let message = recipe(text).unwrap_err().to_string();
        assert!(message.contains("model.hidden") && message.contains(word), "{message}");
    }
}
