//! Bad input of every kind: its message, its exit code, and everything left as it was.

use crate::common::{BINARY, Place, SMALL, heeding, idx};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn usage_is_2() {
    let place = Place::new();
    for (word, more) in [
        ("--labels", &["--labels", "0"][..]),
        ("2000 labels", &["--labels", "2000"]),
        ("at least 10", &["--labels", "9"]),
        ("neither a number", &["--labels", "many"]),
        (
            "model.layers is 784-20-10, but the rows have 64 values: start them with 64 (--layers)",
            &["--layers", "784-20-10"],
        ),
        ("model.layers is 64-20-9, but there are 10 classes: end them with 10 (--layers)", &["--layers", "64-20-9"]),
        ("no layer size", &["--layers", "64-x-10"]),
        ("about 161 GiB of memory", &["--layers", "64-65536-65536-10"]),
        ("training.epochs is 4000000000, of 15 steps each", &["--epochs", "4000000000"]),
        ("memory", &["--unlabelled-batch", "4000000000"]),
        ("model.denoising_weights is -1,1,1", &["--layers", "64-20-10", "--denoising-weights", "-1,1,1"]),
        ("model.denoising_weights is 1,2: expected 5 weights", &["--denoising-weights", "1,2"]),
        ("training.epochs is 0", &["--epochs", "0"]),
        ("training.learning_rate is -1", &["--learning-rate", "-1"]),
        ("top", &["--model", "topp"]),
        ("no data source", &["--data", "cifar"]),
        ("no recipe", &["--recipe", "survey-9"]),
        ("cannot read the recipe", &["--recipe", "nowhere.toml"]),
        ("hold out fewer (--validation)", &["--validation", "1438"]),
        ("no run folder", &["--out", ".", "--force"]),
        ("1..=1024", &["--threads", "0"]),
        ("--epoch", &["--epoch", "3"]),
        ("training.seed is 18446744073709551615", &["--seed", "18446744073709551615"]),
    ] {
        place.refuses(2, word, &[&["train"], more].concat());
    }
    assert_eq!(place.list("runs"), [""; 0]);
    place.write("newer.toml", "format_version = 4\nsomething_new = 1\n");
    place.refuses(2, "use a newer laddernet", &["train", "--recipe", "newer.toml"]);
    place.write("typo.toml", "epoch = 3\n");
    place.refuses(2, "no setting 'epoch' (did you mean 'training.epochs'?)", &["train", "--recipe", "typo.toml"]);
    place.refuses(2, "no setting 'model.nosie' (did you mean 'model.noise'?)", &["train", "--set", "model.nosie=0.2"]);
}

#[test]
fn a_run_folder_is_not_overwritten_without_force() {
    let place = Place::new();
    let run = place.train("a", &[]);
    let before = std::fs::read(run.join("summary.json")).unwrap();
    place.refuses(2, "--force", &["train", "--out", "runs/a"]);
    assert_eq!(std::fs::read(run.join("summary.json")).unwrap(), before);
    // Not even with it, when the new one does not get that far.
    place.refuses(2, "layers", &["train", "--out", "runs/a", "--force", "--layers", "1-2"]);
    assert_eq!(std::fs::read(run.join("summary.json")).unwrap(), before);
    place.train("a", &["--force", "--seed", "5"]);
    assert_ne!(std::fs::read(run.join("summary.json")).unwrap(), before);
    assert_eq!(place.list("runs"), ["a"]);
}

#[test]
fn bad_data_are_3() {
    let place = Place::new();
    place.train("a", &["--epochs", "1"]);
    let train = |images: &[u8], word: &str| {
        place.write("images", images);
        place.refuses(3, word, &["train", "--data", "idx:images,labels", "--layers", "4-2"]);
    };
    place.write("labels", idx(&[2], &[0, 1]));
    let good = idx(&[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8]);
    train(&[], "empty");
    train(&good[..good.len() - 1], "cut short");
    train(&[&good[..], &[0]].concat(), "goes on after");
    train(b"<html>not found</html>", "IDX");
    train(&idx(&[1, 2, 2], &[0; 4]), "one label");
    place.write("labels", idx(&[2], &[7, 7]));
    train(&good, "every label is '7'");
    place.write("labels", idx(&[2], &[0, 1]));
    place.refuses(3, "nowhere", &["train", "--data", "idx:nowhere,labels"]);
    place.refuses(3, "laddernet data fetch mnist", &["train", "--data", "mnist"]);
    assert_eq!(place.list("runs"), ["a"]);

    place.refuses(3, "missing.csv", &["predict", "runs/a", "missing.csv"]);
    place.write("bytes.csv", (0..64).map(|i| (4 * i).to_string()).collect::<Vec<_>>().join(","));
    place.refuses(3, "expected", &["predict", "runs/a", "bytes.csv", "-o", "out.csv"]);
    place.write("short.csv", "1,2,3\n");
    place.refuses(3, "3", &["predict", "runs/a", "short.csv", "-o", "out.csv"]);
    place.write("images", &good);
    place.refuses(3, "64", &["evaluate", "runs/a", "--data", "idx:images,labels"]);
    place.refuses(3, "no row 5000", &["reconstruct", "runs/a", "digits", "--first", "5000"]);
    place.refuses(3, "--shape", &["reconstruct", "runs/a", "digits", "--shape", "9x9"]);
    assert!(!place.path("out.csv").exists() && !place.path("grid.png").exists());
}

#[test]
fn bad_models_are_4() {
    let place = Place::new();
    let run = place.train("a", &["--epochs", "1"]);
    let good = std::fs::read(run.join("model.safetensors")).unwrap();
    let model = |bytes: &[u8], word: &str| {
        place.write("m.safetensors", bytes);
        for command in
            [&["show", "m.safetensors"][..], &["evaluate", "m.safetensors"], &["predict", "m.safetensors", "digits"]]
        {
            place.refuses(4, word, command);
        }
    };
    model(&[], "no model file");
    model(&good[..good.len() - 4], "damaged");
    model(&[&u64::MAX.to_le_bytes()[..], &good[8..]].concat(), "header claims");
    let text = good.windows(20).position(|w| w.starts_with(b"\\\"format_version\\\":3")).unwrap();
    let mut newer = good.clone();
    newer[text + 19] = b'9';
    model(&newer, "use a newer laddernet");
    place.refuses(4, "no such run folder", &["show", "nowhere"]);
    place.refuses(4, "model.safetensors", &["show", "."]);
    std::fs::write(run.join("config.toml"), "format_version = 4\n").unwrap();
    place.refuses(4, "use a newer laddernet", &["show", "runs/a"]);
}

#[test]
fn divergence_is_5_and_keeps_a_model() {
    let place = Place::new();
    let output = place.laddernet(&["train", "--learning-rate", "1e30", "--json"]).args(SMALL).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((summary["status"].as_str(), &summary["test_error_percent"]), (Some("diverged"), &Value::Null));
    assert!(summary["message"].as_str().unwrap().contains("in layer"), "{summary}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("diverged at step"));
    let run = summary["run_dir"].as_str().unwrap();
    place.laddernet(&["show", run]).assert().success();
    // It is as it began: nobody is answered by it.
    for asked in [&["predict", run, "digits"][..], &["evaluate", run], &["codes", run, "digits"]] {
        place.refuses(4, "has learned nothing", asked);
    }
}

/// Whoever reads may go before there is anything to read; the exit code is told all the same.
#[test]
fn a_closed_pipe_hides_no_failure() {
    let place = Place::new();
    let into_nothing = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.current_dir(place.path("")).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    let diverge = [&["train", "--learning-rate", "1e30", "--out", "d"][..], &SMALL].concat();
    assert_eq!(into_nothing(&[&diverge[..], &["--json"]].concat()), Some(5));
    assert_eq!(into_nothing(&[&diverge[..], &["--force"]].concat()), Some(5));
    place.train("a", &["--epochs", "1"]);
    assert_eq!(into_nothing(&["evaluate", "runs/a", "--max-error", "0"]), Some(6));
    assert_eq!(into_nothing(&["evaluate", "runs/a", "--max-error", "0", "--json"]), Some(6));
    assert_eq!(into_nothing(&["train", "--labels", "0", "--json"]), Some(2));
    assert_eq!(into_nothing(&["evaluate", "runs/a", "--json"]), Some(0));
}

#[cfg(feature = "fetch")]
#[test]
fn a_data_folder_that_cannot_be_written_is_7() {
    let place = Place::new();
    place.write("file", "no folder");
    for folder in ["file", "file/data"] {
        let fetch = ["data", "fetch", "mnist", "--data-dir", folder, "--mirror", "http://127.0.0.1:9/"];
        place.refuses(7, "cannot create", &fetch);
    }
}

/// Nothing listens on the discard port.
#[cfg(feature = "fetch")]
#[test]
fn a_download_that_fails_is_1() {
    let place = Place::new();
    let fetch = ["data", "fetch", "mnist", "--data-dir", "data", "--mirror", "http://127.0.0.1:9/"];
    place.refuses(1, "could not fetch", &fetch);
    assert!(!place.list("data/mnist").iter().any(|name| name.ends_with(".gz")));
}

#[cfg(not(feature = "fetch"))]
#[test]
fn a_download_without_the_feature_is_1() {
    let place = Place::new();
    place.refuses(1, "built without the feature `fetch`", &["data", "fetch", "mnist", "--data-dir", "data"]);
    assert!(!place.path("data").exists());
}

#[test]
fn the_gate_is_6() {
    let place = Place::new();
    place.train("a", &["--epochs", "1"]);
    place.laddernet(&["evaluate", "runs/a", "--max-error", "100"]).assert().success();
    place.laddernet(&["evaluate", "runs/a", "--max-error", "0", "--quiet"]).assert().code(6);
    for nonsense in ["nan", "-1", "five"] {
        place.refuses(2, "expected a number of percent", &["evaluate", "runs/a", "--max-error", nonsense]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_7_and_leaves_nothing() {
    let place = Place::new();
    // A limit on the size of files stands in for a full disk: 8 blocks, settings fit and a model does not.
    let train = |more: &str| format!("trap '' XFSZ; ulimit -f 8; exec {BINARY} train --epochs 1 --out runs/a {more}");
    let output = Command::new("sh").current_dir(place.path("")).args(["-c", &train("")]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("cannot write"), "{said}");
    assert_eq!(place.list("runs"), [""; 0]);

    place.train("a", &["--epochs", "1"]);
    let before = std::fs::read(place.path("runs/a/model.safetensors")).unwrap();
    let output = Command::new("sh").current_dir(place.path("")).args(["-c", &train("--force")]).output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(place.list("runs"), ["a"]);
    assert_eq!(std::fs::read(place.path("runs/a/model.safetensors")).unwrap(), before);

    let full = std::fs::File::create("/dev/full").unwrap();
    let show = Command::new(BINARY).arg("show").arg(place.path("runs/a")).stdout(full).stderr(Stdio::null()).status();
    assert_eq!(show.unwrap().code(), Some(7));
}

/// The model fits and the log of a thousand epochs does not.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_while_training_costs_no_model() {
    let place = Place::new();
    let train = "train --layers 64-8-10 --epochs 1000 --out a --quiet --no-baseline";
    let limited = format!("trap '' XFSZ; ulimit -f 48; exec {BINARY} {train}");
    let output = Command::new("sh").current_dir(place.path("")).args(["-c", &limited]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("metrics.jsonl") && said.contains("left in a.partial"), "{said}");
    assert!(!place.path("a").exists());
    assert!(place.json(&["evaluate", "a.partial"])["error_percent"].is_number());
    place.refuses(2, "did not end left a.partial", &["train", "--out", "a"]);
}

#[cfg(unix)]
#[test]
fn a_signal_saves_what_there_is() {
    for (signal, code) in [("HUP", 129), ("INT", 130), ("TERM", 143)] {
        let place = Place::new();
        let mut child = heeding("HUP", 1, BINARY)
            .current_dir(place.path(""))
            .args(["train", "--epochs", "1000000", "--layers", "64-20-10", "--out", "a"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        said.by_ref().map(Result::unwrap).find(|line| line.contains("epoch 1/")).unwrap();
        Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(said.map(Result::unwrap).any(|line| line.contains("saving what was learned")));
        // With the checkpoint of its last whole epoch.
        let files = place.list("a");
        assert!(files.len() == 6 && files[0].starts_with("checkpoint-"), "{files:?}");
        let summary = place.json(&["show", "a"])["summary"].clone();
        assert_eq!(summary["status"], "interrupted");
        // Of a training that did not come to its end no test row is read, unless somebody asks.
        assert!(summary["test_error_percent"].is_null() && summary["baseline_error_percent"].is_null());
        assert!(place.json(&["evaluate", "a"])["error_percent"].is_number());
        let epochs = summary["epochs"].as_u64().unwrap();
        // What was learned is there again; what cannot be gone on with stays what it is.
        std::fs::rename(place.path("a/config.toml"), place.path("config.toml")).unwrap();
        place.write("a/config.toml", "seed = 'no'");
        place.refuses(4, "config.toml", &["resume", "a"]);
        place.refuses(2, "is resumed with the seed", &["resume", "a", "--seed", "3"]);
        std::fs::rename(place.path("config.toml"), place.path("a/config.toml")).unwrap();
        assert_eq!(place.list("a"), files);
        let mut child = Command::new(BINARY)
            .current_dir(place.path(""))
            .args(["resume", "a"])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let resuming = said.by_ref().map(Result::unwrap).find(|line| line.contains("Resuming after epoch")).unwrap();
        assert!(resuming.contains(&format!("epoch {epochs} of")), "{resuming}");
        let again = format!("epoch {}/", epochs + 1);
        said.by_ref().map(Result::unwrap).find(|line| line.contains(&again)).unwrap();
        // It is stopped once more.
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(place.json(&["show", "a"])["summary"]["epochs"].as_u64().unwrap() > epochs);
    }
}

/// The last step is taken and the statistics for prediction are gathered, at which nobody asks for signals.
#[cfg(unix)]
#[test]
fn a_signal_after_the_last_step_is_answered_too() {
    let place = Place::new();
    let mut child = Command::new(BINARY)
        .current_dir(place.path(""))
        .args(["train", "--epochs", "1", "--layers", "64-1500-1500-10", "--no-baseline", "--out", "a"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    said.by_ref().map(Result::unwrap).find(|line| line.contains("epoch 1/1")).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(said.map(Result::unwrap).any(|line| line.contains("saving what was learned")));
    assert_eq!(place.json(&["show", "a"])["summary"]["status"], "finished");
}

/// Under `nohup` a closed terminal is no reason to stop.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let place = Place::new();
    let train = "train --epochs 1000000 --layers 64-20-10 --out a";
    let mut child = Command::new("sh")
        .current_dir(place.path(""))
        .args(["-c", &format!("trap '' HUP; exec {BINARY} {train}")])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    said.by_ref().map(Result::unwrap).find(|line| line.contains("epoch 1/")).unwrap();
    let kill = |signal: &str| Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    kill("-HUP");
    said.by_ref().map(Result::unwrap).find(|line| line.contains("epoch ")).unwrap();
    kill("-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn failures_are_documents_with_json() {
    let place = Place::new();
    for (code, arguments) in
        [(2, &["train", "--labels", "0"][..]), (2, &["train", "--lables"]), (4, &["show", "nowhere"])]
    {
        let output = place.laddernet(arguments).arg("--json").output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&document["schema"], &document["exit_code"]), (&"laddernet.error/1".into(), &code.into()));
    }
}
