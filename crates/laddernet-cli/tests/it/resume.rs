//! A training that is killed is resumed, and comes to the same model.

use crate::common::Place;
use std::fs;
use std::path::Path;

/// A small training with a log longer than its checkpoints, of which there is one an epoch.
const TRAINING: [&str; 13] = [
    "--layers",
    "64-8-10",
    "--epochs",
    "250",
    "--unlabelled-batch",
    "700",
    "--validation",
    "100",
    "--checkpoint-every",
    "0",
    "--threads",
    "2",
    "--quiet",
];
/// Blocks of 512 bytes that its log has in its midst.
#[cfg(unix)]
const MIDST: usize = 100;

fn train(place: &Place, name: &str, more: &[&str]) -> Vec<u8> {
    place.laddernet(&["train", "--no-baseline", "--out", name]).args(TRAINING).args(more).assert().success();
    fs::read(place.path(name).join("model.safetensors")).unwrap()
}

/// As far as its middle.
#[cfg(unix)]
fn kill(place: &Place, name: &str) {
    let begin = [&["train", "--no-baseline", "--out", name][..], &TRAINING].concat();
    place.is_killed_in_a_write(MIDST, &begin);
    assert!(!place.path(name).exists() && checkpoints(&place.path(&format!("{name}.partial"))).len() == 2);
}

#[cfg(unix)]
fn checkpoints(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("checkpoint-"));
    names.sort();
    names
}

/// What a kill after each other change of the disk leaves is tested in the library, without killing anything.
#[cfg(unix)]
#[test]
fn kills_change_no_bit() {
    let place = Place::new();
    let whole = train(&place, "whole", &[]);
    let epochs = |name: &str| -> Vec<String> {
        let log = fs::read_to_string(place.path(name).join("metrics.jsonl")).unwrap();
        let line = |line: &str| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let object = line.as_object_mut().unwrap();
            object.retain(|key, _| key != "seconds" && key != "rows_per_second");
            line.to_string()
        };
        log.lines().map(line).collect()
    };
    kill(&place, "run");
    let resume = ["resume", "run", "--checkpoint-every", "0", "--threads", "1", "--quiet"];
    place.is_killed_in_a_write(MIDST + MIDST / 2, &resume);
    assert_eq!(checkpoints(&place.path("run.partial")).len(), 2);
    place.laddernet(&resume).assert().success();
    assert!(fs::read(place.path("run/model.safetensors")).unwrap() == whole);
    assert_eq!(epochs("run"), epochs("whole"));
    assert_eq!(epochs("run").len(), 250);
    assert_eq!(place.list("run"), place.list("whole"));
    assert!(!place.path("run.partial").exists());
}

#[cfg(unix)]
#[test]
fn a_damaged_checkpoint_is_skipped_and_all_damaged_are_refused() {
    let place = Place::new();
    let whole = train(&place, "whole", &[]);
    kill(&place, "run");
    let partial = place.path("run.partial");
    let there = checkpoints(&partial);
    let damage = |file: &String| {
        let mut bytes = fs::read(partial.join(file)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(partial.join(file), bytes).unwrap();
    };
    let kept = there.iter().map(|file| fs::read(partial.join(file)).unwrap()).collect::<Vec<_>>();
    there.iter().for_each(damage);
    place.refuses(4, "the checkpoint is damaged", &["resume", "run"]);
    assert_eq!(checkpoints(&partial), there, "nothing is lost");
    // The older one whole.
    fs::write(partial.join(&there[0]), &kept[0]).unwrap();
    place.laddernet(&["resume", "run", "--quiet"]).assert().success();
    assert!(fs::read(place.path("run/model.safetensors")).unwrap() == whole);
}

#[cfg(unix)]
#[test]
fn what_does_not_fit_or_is_not_there_is_refused() {
    let place = Place::new();
    place.refuses(4, "no unfinished training at nowhere", &["resume", "nowhere"]);
    fs::create_dir(place.path("thesis")).unwrap();
    place.write("thesis/chapter.tex", "");
    place.refuses(4, "no unfinished training at thesis", &["resume", "thesis"]);
    assert!(place.path("thesis/chapter.tex").exists());

    let model = train(&place, "a", &[]);
    let said = place.laddernet(&["resume", "a"]).output().unwrap();
    assert!(said.status.success() && String::from_utf8_lossy(&said.stderr).contains("there is nothing to do"));
    assert!(fs::read(place.path("a/model.safetensors")).unwrap() == model);

    kill(&place, "b");
    place.refuses(2, "laddernet resume", &["train", "--out", "b"]);
    let config = place.path("b.partial/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("epochs = 250", "epochs = 251")).unwrap();
    place.refuses(4, "restore config.toml", &["resume", "b"]);
    fs::write(&config, "epochs = 'many'").unwrap();
    place.refuses(4, "config.toml", &["resume", "b"]);
    fs::write(&config, text).unwrap();
    place.laddernet(&["resume", "b.partial", "--quiet"]).assert().success();
    assert!(fs::read(place.path("b/model.safetensors")).unwrap() == model);
}
