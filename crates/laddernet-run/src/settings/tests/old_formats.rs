//! Settings of formats 1 and 2, partial and complete, are the settings that they were.

use super::{at, resolved};
use crate::settings::{Config, Recipe, tree};
use std::fs;
use std::path::Path;

/// Reference: the same settings in today's keys.
#[test]
fn partial_settings_of_formats_1_and_2_are_the_same_settings() {
    for (old, new) in [
        ("", ""),
        (
            "data = 'digits'\ndata_dir = '/data'\nlabels = 20\nvalidation = 30\nmodel = 'gamma'\nlayers = [64, 20, 10]\n\
             denoising_weights = [0, 0, 2]\ninput_noise = 0.1\nnoise = 0.2\nlateral = false\nstatistics = 'labelled'\nepochs = 3\n\
             labelled_batch = 5\nunlabelled_batch = 6\nlearning_rate = 0.1\ndecay_start = 0.5\nprecision = 'f32'\nseed = 4\n\
             baseline = true\nbaseline_noise = 0.6\nbaseline_epochs = 2",
            "[data]\nsource = 'digits'\ndir = '/data'\nlabels = 20\nvalidation = 30\n[model]\nkind = 'top'\nlayers = [64, 20, 10]\n\
             denoising_weights = [0, 0, 2]\ninput_noise = 0.1\nnoise = 0.2\nlateral = false\nstatistics = 'labelled'\n[training]\n\
             epochs = 3\nlabelled_batch = 5\nunlabelled_batch = 6\nlearning_rate = 0.1\ndecay_start = 0.5\nprecision = 'f32'\n\
             seed = 4\n[baseline]\ntrain = true\nnoise = 0.6\nepochs = 2",
        ),
        (
            "model = 'dbn'\nvisible = 'gaussian'\nbatch = 7\noptimiser = 'momentum 0.5'\nweight_decay = 0.1\n[pretraining]\nepochs = 2\n\
             batch = 9\nkeep = true\ncode_rate = 0.2\n[machines]\nsweeps = 3\n[classifier]\ndropout = 0.5",
            "[model]\nkind = 'dbn'\nvisible = 'gaussian'\n[model.pretraining]\nepochs = 2\nbatch = 9\ncode_rate = 0.2\n[model.rbm]\n\
             sweeps = 3\n[model.classifier]\ndropout = 0.5\n[training]\nlabelled_batch = 7\nunlabelled_batch = 7\n\
             optimiser = 'momentum 0.5'\nweight_decay = 0.1\n[output]\nkeep_layers = true",
        ),
        (
            "format_version = 2\nmodel = 'sae'\n[pretraining]\ncode_rate = 0.2\n[autoencoders]\ntied = true",
            "[model]\nkind = 'sae'\n[model.autoencoder]\ntied = true",
        ),
    ] {
        assert_eq!(resolved(old).unwrap(), resolved(new).unwrap(), "{old}");
    }
    let renamed = Recipe::from_toml("epochs = 3\nmodel = 'dbn'\n[machines]\nsweeps = 2").unwrap();
    let renamed: Vec<_> = renamed.renamed().to_vec();
    assert!(
        renamed.contains(&("machines", "model.rbm")) && renamed.contains(&("epochs", "training.epochs")),
        "{renamed:?}"
    );
    assert_eq!(Recipe::from_toml("[training]\nepochs = 3").unwrap().renamed(), []);
}

/// Reference: what stands in the old file, key by key.
#[test]
fn complete_settings_of_formats_1_and_2_are_read_whole() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../laddernet-cli/tests/old/runs");
    let mut formats = [0; 4];
    for run in fs::read_dir(runs).unwrap() {
        let text = fs::read_to_string(run.unwrap().path().join("config.toml")).unwrap();
        let old: toml::Table = toml::from_str(&text).unwrap();
        let config = Config::from_toml(&text).unwrap_or_else(|e| panic!("{e}:\n{text}"));
        formats[usize::try_from(old["format_version"].as_integer().unwrap()).unwrap()] += 1;
        for (key, path) in [
            ("data", "data.source"),
            ("labels", "data.labels"),
            ("validation", "data.validation"),
            ("layers", "model.layers"),
            ("model", "model.kind"),
            ("denoising_weights", "model.denoising_weights"),
            ("noise", "model.noise"),
            ("epochs", "training.epochs"),
            ("batch", "training.unlabelled_batch"),
            ("labelled_batch", "training.labelled_batch"),
            ("learning_rate", "training.learning_rate"),
            ("seed", "training.seed"),
            ("precision", "training.precision"),
            ("machines.sparsity", "model.rbm.sparsity"),
            ("autoencoders.corruption", "model.autoencoder.corruption"),
            ("classifier.dropout", "model.classifier.dropout"),
            ("pretraining.top_epochs", "model.pretraining.top_epochs"),
            ("pretraining.keep", "output.keep_layers"),
        ] {
            let (was, is) = (tree::get(&old, key), at(&config, path));
            let left_out = was.is_none() || was == Some(&toml::Value::Boolean(false));
            assert!(is.as_ref() == was || left_out, "{key}: {was:?}, {is:?}\n{text}");
        }
        // Written as format 3, it is the same.
        assert_eq!(Config::from_toml(&config.to_toml()).unwrap(), config);
    }
    assert!(formats[1] >= 6 && formats[2] >= 10, "{formats:?}");
    // Complete settings lack nothing.
    let lacking = Config::from_toml("format_version = 1\nmodel = 'full'").unwrap_err().to_string();
    assert!(lacking.contains("missing field"), "{lacking}");
}

#[test]
fn a_setting_is_said_by_one_of_its_names() {
    for (text, old, today) in [
        ("epochs = 1\n[training]\nepochs = 2", "epochs", "training.epochs"),
        (
            "[machines]\nsweeps = 2\n[model]\nkind = 'dbn'\n[model.rbm]\nsweeps = 3",
            "machines.sweeps",
            "model.rbm.sweeps",
        ),
        ("labels = 20\n[data]\nlabels = 20", "labels", "data.labels"),
        ("[pretraining]\nkeep = true\n[output]\nkeep_layers = true", "pretraining.keep", "output.keep_layers"),
    ] {
        let refused = resolved(text).unwrap_err().to_string();
        let wanted = format!("{old} and {today} are the same setting: leave one out");
        assert_eq!(refused, wanted, "{text}");
    }
    // What fills two settings leaves the one that is said.
    let batch = resolved("batch = 7\n[training]\nlabelled_batch = 5").unwrap();
    assert_eq!(
        (at(&batch, "training.labelled_batch"), at(&batch, "training.unlabelled_batch")),
        (Some(5.into()), Some(7.into()))
    );
    // Two old sections that are parts of one of today.
    let parts = resolved("[machines]\nsweeps = 2\n[model]\nkind = 'dbn'\n[model.rbm]\nchains = 3").unwrap();
    assert_eq!((at(&parts, "model.rbm.sweeps"), at(&parts, "model.rbm.chains")), (Some(2.into()), Some(3.into())));
}

#[test]
fn a_format_is_a_whole_number_from_1_to_3() {
    for format in ["'3'", "3.0", "-1", "0", "true", "[3]"] {
        let text = format!("format_version = {format}");
        for refused in [resolved(&text).unwrap_err(), Config::from_toml(&text).unwrap_err()] {
            assert!(refused.to_string().ends_with("expected a whole number from 1 to 3"), "{format}: {refused}");
        }
    }
    assert!((1..=3).all(|format| resolved(&format!("format_version = {format}")).is_ok()));
}
