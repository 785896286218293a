//! Recorded trainings: brought to their end from wherever they stand, measured only there, and read again in every format.

mod kills;

use super::{
    Found, Options, Prepared, Standing, Status, Summary, Task, checkpoint, finish, layers_of, open, standing, train,
};
use crate::error::RunError;
use crate::folder;
use crate::settings::Recipe;
use laddernet::Threads;
use laddernet::tensor::Tensor;
use laddernet::training::{Checkpoint, Flow};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const SMALL: &str = "[model]\nlayers = [64, 5, 10]\n[training]\nepochs = 3\nunlabelled_batch = 400\nprecision = 'f32'\n\
                     [baseline]\nepochs = 1";

fn task(folder: &Path, more: &[(&str, toml::Value)]) -> Task {
    let mut recipe = Recipe::from_toml(SMALL).unwrap();
    more.iter().for_each(|(path, value)| recipe.set(path, value.clone()));
    Task { recipe, folder: folder.to_owned(), layers_of: None }
}

fn threads() -> Threads {
    Threads::new(1).unwrap()
}

fn ended(task: &Task) -> Summary {
    finish(task, 0.0, &threads(), &mut |_| Flow::Continue).unwrap()
}

/// Stopped at the end of its first epoch.
fn stopped(task: &Task) -> Summary {
    finish(task, 0.0, &threads(), &mut |p| if p.epoch_ended { Flow::Stop } else { Flow::Continue }).unwrap()
}

fn read(path: PathBuf) -> Vec<u8> {
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn a_task_is_brought_to_its_end_from_wherever_it_stands() {
    let place = tempfile::tempdir().unwrap();
    let (whole, other) = (task(&place.path().join("whole"), &[]), task(&place.path().join("other"), &[]));
    assert!(matches!(standing(&whole), Ok(Standing::Absent)));
    let summary = ended(&whole);
    assert_eq!((summary.status, summary.epochs), (Status::Finished, 3));
    assert!(summary.test_error_percent.is_some() && summary.baseline_error_percent.is_some());
    assert!(matches!(standing(&whole), Ok(Standing::Ended(found)) if *found == summary));
    assert_eq!(ended(&whole), summary, "nothing is done again");

    // One that was stopped is measured on no test row.
    let half = stopped(&other);
    assert_eq!((half.status, half.epochs), (Status::Interrupted, 1));
    assert_eq!((half.test_error_percent, half.baseline_error_percent, &half.warning), (None, None, &None));
    assert!(half.message.as_ref().is_some_and(|message| message.contains("interrupted in epoch 2")), "{half:?}");
    assert!(matches!(standing(&other), Ok(Standing::Begun)));
    let Ok(Found::Unfinished(unfinished)) = open(&other.folder) else { panic!("it is to be resumed") };
    assert_eq!((unfinished.epochs_done(), unfinished.stages_done()), (1, 0));
    drop(unfinished);
    assert!(matches!(standing(&other), Ok(Standing::Begun)), "nothing came of it");
    let end = ended(&other);
    assert_eq!(
        (end.status, end.steps, end.test_error_percent),
        (summary.status, summary.steps, summary.test_error_percent)
    );
    let model = |task: &Task| read(task.folder.join(folder::MODEL));
    assert!(model(&other) == model(&whole));
    assert_eq!(read(other.folder.join(folder::LABELLED)), read(whole.folder.join(folder::LABELLED)));
}

#[test]
fn a_folder_of_another_training_is_refused_by_the_setting_that_differs() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("run");
    ended(&task(&folder, &[]));
    for more in [
        &[("data.dir", "/elsewhere".into())][..],
        // Left open, it may have been any.
        &[("training.precision", "auto".into())],
    ] {
        assert!(matches!(standing(&task(&folder, more)), Ok(Standing::Ended(_))), "{more:?}");
    }
    for (path, value, own, found) in [
        ("model.noise", toml::Value::from(0.7), "0.7", "0.2"),
        ("training.seed", 2.into(), "2", "1"),
        ("data.labels", 50.into(), "50", "40"),
        ("training.precision", "bf16".into(), "\"bf16\"", "\"f32\""),
    ] {
        let other = task(&folder, &[(path, value)]);
        match finish(&other, 0.0, &threads(), &mut |_| Flow::Continue) {
            Err(e @ RunError::OtherSettings { .. }) => {
                assert!(e.to_string().contains(&format!("{path} is {found}, not {own}")), "{e}");
            }
            other => panic!("{path}: {other:?}"),
        }
    }
}

#[test]
fn a_training_that_diverges_is_measured_on_no_test_row_and_keeps_a_model() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let summary = ended(&task(&run, &[("training.learning_rate", 1e30.into())]));
    assert_eq!((summary.status, summary.test_error_percent), (Status::Diverged, None));
    assert!(summary.message.is_some() && run.join(folder::MODEL).is_file());
    assert_eq!(Summary::read(&run).unwrap(), Some(summary));
}

#[test]
fn the_labelled_rows_are_written_down() {
    let place = tempfile::tempdir().unwrap();
    let run = place.path().join("run");
    let recipe = Recipe::from_toml(SMALL).unwrap();
    let prepared = Prepared::load(&recipe).unwrap();
    let rows = prepared.session().labelled_rows();
    train(prepared, &run, Options::default(), &threads(), &mut |_| Flow::Stop).unwrap();
    let text = read(run.join(folder::LABELLED));
    let document: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(document["rows"], json!(rows));
    let digits = laddernet_data::digits::load();
    let mut of_class = [0; 10];
    rows.iter().for_each(|&row| of_class[digits.labels()[row].unwrap() as usize] += 1);
    assert_eq!(of_class, [4; 10]);
}

/// Reference: the keys of the old documents.
#[test]
fn summaries_of_the_schema_before_are_read() {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../laddernet-cli/tests/old/runs");
    for run in fs::read_dir(runs).unwrap() {
        let run = run.unwrap().path();
        let old: Value = serde_json::from_slice(&read(run.join(folder::SUMMARY))).unwrap();
        assert_eq!(old["schema"], "laddernet.train/1");
        let summary = Summary::read(&run).unwrap().unwrap();
        assert_eq!((&*summary.schema, Some(&*summary.model)), ("laddernet.train/2", old["model"].as_str()));
        assert_eq!(summary.test_error_percent, old["test_error_percent"].as_f64());
        assert_eq!(summary.baseline_error_percent, old["supervised_error_percent"].as_f64());
        assert_eq!(summary.rbm.is_some(), old["machine"].is_object());
        let costs = old["denoising_costs"].as_array().into_iter().flatten().filter(|cost| cost.is_number()).count();
        if old["test_error_percent"].is_number() {
            assert_eq!(summary.cost("supervised"), old["supervised_cost"].as_f64());
            assert_eq!(summary.costs.iter().filter(|cost| cost.name == "denoising").count(), costs);
        } else {
            assert!(summary.cost("reconstruction").is_some() && summary.cost("supervised").is_none(), "{summary:?}");
        }
    }
    let place = tempfile::tempdir().unwrap();
    assert_eq!(Summary::read(place.path()).unwrap(), None);
    for (text, word) in [
        ("{", "it is damaged (EOF"),
        ("{}", "it has no schema"),
        ("{\"schema\": \"laddernet.train/9\"}", "it is of schema laddernet.train/9"),
        ("{\"schema\": \"laddernet.train/2\"}", "missing field"),
        ("{\"schema\": \"laddernet.train/1\", \"denoising_costs\": 7}", "missing field"),
    ] {
        fs::write(place.path().join(folder::SUMMARY), text).unwrap();
        let message = Summary::read(place.path()).unwrap_err().to_string();
        assert!(message.contains("summary.json") && message.contains(word), "{text}: {message}");
    }
}

#[test]
fn a_checkpoint_is_read_whole_or_refused() {
    let prepared = Prepared::load(&Recipe::from_toml(SMALL).unwrap()).unwrap();
    let tensor =
        |path: &str| Tensor { path: path.to_owned(), shape: vec![2, 3], values: vec![0.5, 1.0, -2.0, 0.0, 3.0, 9.0] };
    let state = Checkpoint { epoch: 2, step: 9, rows: 70, last_good_epoch: 1, tensors: vec![tensor("a"), tensor("b")] };
    let identity = checkpoint::Identity::of(&prepared);
    let bytes = checkpoint::to_bytes(&identity, (1.5, 1.25), &state, (1, &[tensor("stage1.c")]));
    let saved = checkpoint::parse(&bytes).unwrap();
    assert_eq!((&saved.checkpoint, saved.stage, &saved.done), (&state, 1, &vec![tensor("stage1.c")]));
    assert_eq!((saved.seconds, saved.step_seconds), (1.5, 1.25));
    for end in 0..bytes.len() {
        assert!(checkpoint::parse(&bytes[..end]).is_err(), "cut after {end} bytes");
    }
    let values = bytes.len() - 3 * 6 * 4;
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        let read = checkpoint::parse(&flipped);
        assert!(at < values || read.is_err(), "byte {at}");
    }
    // At a place of this training, and at others.
    let stage = prepared.config().model.spec().stages(&prepared.config().training).remove(0);
    let steps = stage.fit.steps_per_epoch(prepared.session().split());
    let at = |state: Checkpoint, seconds: f64, stage: usize| {
        checkpoint::parse(&checkpoint::to_bytes(&identity, (seconds, 1.0), &state, (stage, &[]))).unwrap()
    };
    let state = Checkpoint { epoch: 1, step: steps, rows: 20, last_good_epoch: 1, ..state };
    let saved = at(state.clone(), 1.5, 0);
    saved.check(&prepared).unwrap();
    for wrong in [
        at(Checkpoint { epoch: 99, step: 99 * steps, ..state.clone() }, 1.5, 0),
        at(Checkpoint { step: steps + 1, ..state.clone() }, 1.5, 0),
        at(Checkpoint { rows: u64::MAX, ..state.clone() }, 1.5, 0),
        at(Checkpoint { last_good_epoch: 2, ..state.clone() }, 1.5, 0),
        at(state.clone(), -1e300, 0),
        at(state.clone(), 1.5, 7),
    ] {
        assert!(wrong.check(&prepared).unwrap_err().to_string().contains("it is damaged"));
    }
    // Of another training.
    for more in [("training.epochs", toml::Value::from(4)), ("training.seed", 2.into())] {
        let other = Prepared::load(&task(Path::new("run"), std::slice::from_ref(&more)).recipe).unwrap();
        let message = saved.check(&other).unwrap_err().to_string();
        assert!(message.contains(more.0) && message.contains("restore config.toml"), "{message}");
    }
    // Where the rows lie does not matter.
    let moved = Prepared::load(&task(Path::new("run"), &[("data.dir", "/elsewhere".into())]).recipe).unwrap();
    saved.check(&moved).unwrap();
}

#[test]
fn layers_that_are_not_kept_are_not_found() {
    let place = tempfile::tempdir().unwrap();
    assert!(matches!(layers_of(&place.path().join("nowhere")), Err(RunError::Document { .. })));
    assert!(matches!(layers_of(place.path()), Err(RunError::NoLayers(_))));
    fs::write(place.path().join(folder::LAYERS), "no layers").unwrap();
    let message = layers_of(place.path()).err().unwrap().to_string();
    assert!(message.contains("layers.safetensors") && message.contains("damaged"), "{message}");
}
