//! Pretrained layers that one training keeps and others begin with.

use crate::common::{Place, idx};
use std::fs;

const STACK: [&str; 11] = [
    "train",
    "--quiet",
    "--layers",
    "64-30-20-10",
    "--pretraining-epochs",
    "3",
    "--top-epochs",
    "2",
    "--threads",
    "1",
    "--keep-layers",
];

/// Reference: the training that pre-trains its layers itself, from the settings that the other leaves in its folder.
#[test]
fn a_training_over_kept_layers_is_the_one_that_pretrains_them_itself() {
    let place = Place::new();
    let bytes = |run: &str| fs::read(place.path(run).join("model.safetensors")).unwrap();
    for model in ["dbn", "sdae", "deep-autoencoder"] {
        let layers = if model == "deep-autoencoder" { "64-30-5" } else { "64-30-20-10" };
        let stack = format!("stack-{model}");
        let all: Vec<&str> = STACK.iter().map(|&word| if word == "64-30-20-10" { layers } else { word }).collect();
        let all: Vec<&str> =
            all.iter().filter(|w| model != "deep-autoencoder" || !["--top-epochs", "2"].contains(w)).copied().collect();
        let begun = place.json(&[&*all, &["--model", model, "--epochs", "4", "--out", &stack]].concat());
        assert!(place.list(&stack).contains(&"layers.safetensors".to_owned()), "{model}");

        let (over, again) = (format!("over-{model}"), format!("again-{model}"));
        let other = ["train", "--quiet", "--layers-of", &stack, "--epochs", "6", "--out", &over];
        let labels: &[&str] = if model == "deep-autoencoder" { &[] } else { &["--labels", "100"] };
        let summary = place.json(&[&other, labels].concat());
        assert_eq!(summary["model"], model);
        assert_eq!(summary["stages"].as_array().unwrap().len(), begun["stages"].as_array().unwrap().len());
        assert!(!place.list(&over).contains(&"layers.safetensors".to_owned()), "asked for by the first alone");
        let recipe = format!("{over}/config.toml");
        let alone = place.json(&["train", "--quiet", "--recipe", &recipe, "--out", &again]);
        assert!(bytes(&over) == bytes(&again), "{model}");
        assert_eq!(alone["steps"], summary["steps"], "{model}");
        // It is another training than the first.
        assert!(bytes(&over) != bytes(&stack), "{model}");
    }
}

#[test]
fn layers_that_do_not_fit_are_refused_and_nothing_is_written() {
    let place = Place::new();
    place.json(&[&STACK[..], &["--model", "dbn", "--epochs", "4", "--out", "stack"]].concat());
    let over = ["train", "--quiet", "--out", "over", "--layers-of", "stack"];
    for (more, word) in [
        (&["--sparsity", "0.2"][..], "they learned with model.rbm.sparsity = 0.1, not 0.2"),
        (&["--layers", "64-30-19-10"], "they are of 64-30-20 units, not 64-30-19"),
        (&["--pretraining-epochs", "4"], "model.pretraining.epochs = 3, not 4"),
        (&["--validation", "100"], "data.validation = 0, not 100"),
        (&["--seed", "7"], "rows that seed 7 holds out: use training.seed = 1"),
        (&["--model", "full"], "the pretrained layers are of a model 'dbn'"),
        (&["--model", "sae"], "the pretrained layers are of a model 'dbn'"),
        (&["--layers", "64-30-20-10-10"], "they are of 64-30-20 units, not 64-30-20-10"),
    ] {
        place.refuses(2, word, &[&over[..], more].concat());
        assert!(place.list(".").iter().all(|name| !name.starts_with("over")), "{more:?}");
    }
    place.json(&["train", "--quiet", "--epochs", "1", "--layers", "64-10", "--out", "without"]);
    let none = ["train", "--layers-of", "without", "--out", "over"];
    place.refuses(
        2,
        "without keeps no pretrained layers: name the run folder of a training with output.keep_layers",
        &none,
    );
    place.refuses(2, "or --keep-layers", &none);
    place.refuses(4, "nowhere: there is no such run folder", &["train", "--layers-of", "nowhere", "--out", "over"]);
    place.refuses(
        2,
        "the pretrained layers are of a model 'dbn'",
        &["train", "--layers-of", "stack", "--model", "full"],
    );
    place.refuses(
        2,
        "stack would be replaced: choose another folder",
        &[&over[..1], &["--out", "stack", "--force", "--layers-of", "stack"]].concat(),
    );
    let keep = ["train", "--model", "dbn", "--keep-layers", "--pretraining-epochs", "0", "--out", "over"];
    place.refuses(2, "has no pretrained layers: leave it out (--keep-layers)", &keep);
    let path = place.path("stack/layers.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    place.refuses(4, "is damaged", &over);
}

/// Data with test rows of their own give every seed the same training rows, of which other ones are labelled.
#[test]
fn one_stack_serves_many_samples_of_labels_where_no_row_is_held_out() {
    let place = Place::new();
    let values: Vec<u8> = (0..200 * 16).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let labels: Vec<u8> = (0..200).map(|row| row % 4).collect();
    place.write("rows", idx(&[200, 4, 4], &values));
    place.write("labels", idx(&[200], &labels));
    let data = "idx:rows,labels,rows,labels";
    let first = ["train", "--quiet", "--data", data, "--model", "dbn", "--layers", "16-12-4", "--labels", "8"];
    place.json(&[&first[..], &["--pretraining-epochs", "2", "--epochs", "2", "--keep-layers", "--out", "s"]].concat());
    let over = ["train", "--quiet", "--layers-of", "s", "--labels", "8"];
    let bytes = |run: &str| fs::read(place.path(run).join("model.safetensors")).unwrap();
    place.json(&[&over[..], &["--epochs", "2", "--seed", "2", "--out", "two"]].concat());
    place.json(&["train", "--quiet", "--recipe", "two/config.toml", "--out", "again"]);
    assert!(bytes("two") == bytes("again"));
    place.json(&[&over[..], &["--epochs", "2", "--seed", "3", "--out", "three"]].concat());
    assert!(bytes("two") != bytes("three"));
    // Without the test rows a fifth of the rows is held out, which the layers have seen.
    place.refuses(
        2,
        "learned from other training rows",
        &[&over[..], &["--data", "idx:rows,labels", "--out", "f"]].concat(),
    );

    // Killed before any checkpoint of its own, it has its layers all the same.
    #[cfg(unix)]
    {
        let long = ["--epochs", "200", "--seed", "2", "--checkpoint-every", "1000", "--out", "killed"];
        place.is_killed_in_a_write(24, &[&over[..], &long].concat());
        place.laddernet(&["resume", "killed", "--quiet"]).assert().success();
        let log = fs::read_to_string(place.path("killed/metrics.jsonl")).unwrap();
        assert!(log.contains("the whole") && !log.contains("layer 1"), "{log}");
    }
}

/// Reference: the training that nobody disturbs.
#[cfg(unix)]
#[test]
fn a_training_that_is_killed_and_resumed_keeps_the_same_layers() {
    let place = Place::new();
    let all =
        |out: &'static str| [&STACK[..], &["--model", "dbn", "--seed", "3", "--epochs", "400", "--out", out]].concat();
    place.json(&all("whole"));
    let tensors = |run: &str| {
        let bytes = fs::read(place.path(run).join("layers.safetensors")).unwrap();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    assert_eq!(tensors("whole").len(), 4 * (64 * 30 + 64 + 30 + 30 * 20 + 30 + 20));
    place.is_killed_in_a_write(150, &[&all("killed")[..], &["--checkpoint-every", "0"]].concat());
    // Its layers are the stages 0 and 1, the classes 2, the whole 3.
    assert!(place.list("killed.partial").iter().any(|name| name.starts_with("checkpoint-stage003-")));
    place.laddernet(&["resume", "killed", "--quiet"]).assert().success();
    assert!(tensors("killed") == tensors("whole"));
}
