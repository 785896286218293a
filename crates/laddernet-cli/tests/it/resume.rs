//! A training that is killed goes on, and comes to the same model.

use crate::common::{BINARY, Place};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A small training whose checkpoints are a good part of its time, so that kills fall into them, too.
const TRAINING: [&str; 11] = [
    "--layers",
    "64-24-10",
    "--epochs",
    "150",
    "--validation",
    "100",
    "--checkpoint-every",
    "0",
    "--threads",
    "2",
    "--quiet",
];

fn train(place: &Place, name: &str, more: &[&str]) -> Vec<u8> {
    place.laddernet(&["train", "--no-baseline", "--out", name]).args(TRAINING).args(more).assert().success();
    fs::read(place.path(name).join("model.safetensors")).unwrap()
}

/// Starts the program, kills it after a while, and says whether it was still at work.
fn killed_after(place: &Place, arguments: &[&str], microseconds: u64) -> bool {
    let mut command = Command::new(BINARY);
    command.current_dir(place.path(".")).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_micros(microseconds));
    let at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    at_work
}

fn checkpoints(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("checkpoint-"));
    names.sort();
    names
}

#[test]
fn two_hundred_kills_change_no_bit() {
    let place = Place::new();
    let whole = train(&place, "whole", &[]);
    let log = |name: &str| fs::read_to_string(place.path(name).join("metrics.jsonl")).unwrap();
    let epochs = |log: &str| -> Vec<String> {
        let line = |line: &str| {
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let object = line.as_object_mut().unwrap();
            object.retain(|key, _| key != "seconds" && key != "rows_per_second");
            line.to_string()
        };
        log.lines().map(line).collect()
    };
    let mut random = 1_u64;
    let mut wait = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % 300_000
    };
    let (mut kills, mut trainings) = (0, 0);
    while kills < 200 {
        trainings += 1;
        let name = format!("run{trainings}");
        let begin: Vec<&str> = ["train", "--no-baseline", "--out", &name].into_iter().chain(TRAINING).collect();
        let go_on = ["resume", &*name, "--checkpoint-every", "0", "--threads", "1", "--quiet"];
        while !place.path(&name).join("summary.json").exists() {
            let begun = place.path(&format!("{name}.partial/config.toml")).exists();
            kills += u32::from(killed_after(&place, if begun { &go_on } else { &begin }, wait()));
            assert!(checkpoints(&place.path(&format!("{name}.partial"))).len() <= 3, "one more than are kept, at most");
        }
        place.laddernet(&go_on).assert().success();
        assert!(fs::read(place.path(&name).join("model.safetensors")).unwrap() == whole, "after {kills} kills");
        assert_eq!(epochs(&log(&name)), epochs(&log("whole")));
        assert_eq!(checkpoints(&place.path(&name)), [""; 0]);
        assert!(!place.path(&format!("{name}.partial")).exists());
    }
    assert!(trainings > 1);
}

#[test]
fn a_damaged_checkpoint_is_passed_over_and_all_damaged_are_refused() {
    let place = Place::new();
    let whole = train(&place, "whole", &[]);
    for (name, all) in [("run1", false), ("run2", true)] {
        let partial = format!("{name}.partial");
        let begin: Vec<&str> = ["train", "--no-baseline", "--out", name].into_iter().chain(TRAINING).collect();
        let mut command = Command::new(BINARY);
        let mut child = command.current_dir(place.path(".")).args(begin).stdout(Stdio::null()).spawn().unwrap();
        while checkpoints(&place.path(&partial)).len() < 2 {
            assert!(child.try_wait().unwrap().is_none(), "too slow to be killed in time");
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!place.path(name).exists(), "too slow to be killed in time");
        // A kill between the saving of one and the removing of the oldest leaves three.
        let there = checkpoints(&place.path(&partial));
        for file in there.iter().rev().take(if all { there.len() } else { 1 }) {
            let path = place.path(&partial).join(file);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
        if all {
            place.refuses(4, "the checkpoint is damaged", &["resume", name]);
            assert_eq!(checkpoints(&place.path(&partial)), there, "nothing is lost");
        } else {
            place.laddernet(&["resume", name, "--quiet"]).assert().success();
            assert!(fs::read(place.path(name).join("model.safetensors")).unwrap() == whole);
        }
    }
}

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

    let begin: Vec<&str> = ["train", "--no-baseline", "--out", "b"].into_iter().chain(TRAINING).collect();
    let mut patience = 150_000;
    while checkpoints(&place.path("b.partial")).is_empty() {
        assert!(!place.path("b").exists(), "too slow to be killed in time");
        let _ = fs::remove_dir_all(place.path("b.partial"));
        killed_after(&place, &begin, patience);
        patience += 50_000;
    }
    place.refuses(2, "laddernet resume", &["train", "--out", "b"]);
    let config = place.path("b.partial/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace("epochs = 150", "epochs = 151")).unwrap();
    place.refuses(4, "its settings are not those of config.toml", &["resume", "b"]);
    fs::write(&config, "epochs = 'many'").unwrap();
    place.refuses(4, "config.toml", &["resume", "b"]);
    fs::write(&config, text).unwrap();
    place.laddernet(&["resume", "b.partial", "--quiet"]).assert().success();
    assert!(fs::read(place.path("b/model.safetensors")).unwrap() == model);
}
