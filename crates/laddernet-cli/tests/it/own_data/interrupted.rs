//! A training on a user's own data that is interrupted and resumed.

use super::{COLUMNS, csv};
use crate::common::{BINARY, Place, heeding};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Small, with a checkpoint at each epoch and far more epochs than pass before a signal comes.
const TRAINING: [&str; 12] = [
    "train",
    "data.csv",
    "--set",
    "model.layers=[12,20,2]",
    "--set",
    "model.denoising_weights=[10.0,1.0,0.1]",
    "--epochs",
    "1500",
    "--checkpoint-every",
    "0",
    "--threads",
    "2",
];

/// Starts a training, waits for a line, and sends SIGINT.
fn interrupt(place: &Place, out: &str, at: &str) {
    let mut child = heeding("INT", 2, BINARY)
        .current_dir(place.path(""))
        .args(TRAINING)
        .args(["--out", out])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    said.by_ref().map(Result::unwrap).find(|line| line.contains(at)).expect(at);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
}

#[test]
fn an_interrupted_training_is_resumed_to_the_same_bits() {
    let place = Place::new();
    place.write("data.csv", csv(&COLUMNS, 0..60));
    place.laddernet(&TRAINING).args(["--out", "whole", "--quiet"]).assert().success();
    interrupt(&place, "run", "epoch 1/");
    let interrupted = place.json(&["show", "run"])["summary"].clone();
    assert_eq!(interrupted["status"], "interrupted");
    assert!(interrupted["epochs"].as_u64().unwrap() < 1500);
    // With fewer threads, too.
    place.laddernet(&["resume", "run", "--threads", "1", "--quiet"]).assert().success();
    // A kill in the middle of a write of the log: blocks of 512 bytes.
    let killed = [&TRAINING[..], &["--out", "killed", "--quiet"]].concat();
    place.is_killed_in_a_write(100, &killed);
    assert!(!place.path("killed").exists());
    place.laddernet(&["resume", "killed", "--quiet"]).assert().success();
    let model = |run: &str| std::fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(model("run") == model("whole") && model("killed") == model("whole"));
    let summary = |run: &str| {
        let mut summary = place.json(&["show", run])["summary"].clone();
        let keys: Vec<String> = summary.as_object().unwrap().keys().cloned().collect();
        let same = keys.iter().filter(|key| !["run_dir", "seconds", "ms_per_step", "threads"].contains(&&***key));
        same.map(|key| (key.clone(), summary[key].take())).collect::<Vec<_>>()
    };
    assert_eq!(summary("run"), summary("whole"));
    assert_eq!(summary("killed"), summary("whole"));
}

/// Nothing is learned yet, and so nothing is left.
#[test]
fn an_interrupted_estimate_leaves_nothing() {
    let place = Place::new();
    place.write("data.csv", csv(&COLUMNS, 0..60));
    interrupt(&place, "run", "Estimating");
    assert_eq!(place.list(""), ["data.csv"]);
}

/// Other rows under the same name are no rows to go on with.
#[test]
fn rows_that_changed_are_not_gone_on_with() {
    let place = Place::new();
    let whole = csv(&COLUMNS, 0..60);
    place.write("data.csv", &whole);
    interrupt(&place, "run", "epoch 1/");
    let before = place.list("run");
    place.write("data.csv", whole.replacen("1900.50", "1901.50", 1));
    place.refuses(4, "data.csv", &["resume", "run"]);
    std::fs::remove_file(place.path("data.csv")).unwrap();
    place.refuses(3, "data.csv", &["resume", "run"]);
    assert_eq!(place.list("run"), before);
    place.write("data.csv", whole);
    place.laddernet(&["resume", "run", "--quiet"]).assert().success();
}
