//! A table is trained again: it may be stopped, shared, listed, and ends in every run beside the published figures.

use crate::common::{BINARY, Place};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Two cells and two seeds in a moment.
const GRID: [&str; 9] =
    ["reproduce", "digits", "--models", "full,mlp", "--seeds", "1..2", "--epochs", "3", "--checkpoint-every=0"];

fn models(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| {
            let model = fs::read(entry.path().join("model.safetensors")).unwrap();
            (entry.file_name().into_string().unwrap(), model)
        })
        .collect();
    found.sort();
    found
}

fn ids(place: &Place) -> Vec<String> {
    let output = place.laddernet(&GRID).arg("--list").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_table_is_trained_once_and_shows_every_run() {
    let place = Place::new();
    let output = place.laddernet(&GRID).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().all(|line| line.chars().count() <= 60), "{table}");
    let folder = place.path("runs/reproduce");
    let first = models(&folder);
    assert_eq!(first.len(), 4);
    let document: Value = serde_json::from_slice(&fs::read(folder.join("digits.json")).unwrap()).unwrap();
    let cells = document["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 2);
    for cell in cells {
        let draws: Vec<f64> =
            cell["draws"].as_array().unwrap().iter().map(|d| d["test_error_percent"].as_f64().unwrap()).collect();
        assert_eq!(draws.len(), 2);
        let mean = (draws[0] + draws[1]) / 2.0;
        assert!((cell["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
        assert_eq!(cell["worst"].as_f64(), Some(draws[0].max(draws[1])));
        let shown = format!("{} 40: 1: {:.2}, 2: {:.2}", cell["model"].as_str().unwrap(), draws[0], draws[1]);
        assert!(table.contains(&shown), "{shown} in {table}");
    }
    // Each run is what its run folder says.
    for task in document["tasks"].as_array().unwrap() {
        let summary = fs::read(place.path(task["run_dir"].as_str().unwrap()).join("summary.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        let cell = cells.iter().find(|cell| cell["model"] == summary["model"]).unwrap();
        let draw = cell["draws"].as_array().unwrap().iter().find(|draw| draw["seed"] == summary["seed"]).unwrap();
        assert_eq!(draw["test_error_percent"], summary["test_error_percent"]);
    }

    // A second call trains nothing, and neither does --render; a lost run is trained again, to the same bits.
    let stamp = |name: &str| fs::metadata(folder.join(name).join("model.safetensors")).unwrap().modified().unwrap();
    let before: Vec<_> = first.iter().map(|(name, _)| stamp(name)).collect();
    assert_eq!(place.laddernet(&GRID).output().unwrap().stdout, table.as_bytes());
    assert_eq!(place.laddernet(&GRID).arg("--render").output().unwrap().stdout, table.as_bytes());
    // Without --seeds the rendered table has every run there is.
    let unsaid: Vec<&str> = GRID.into_iter().filter(|word| !["--seeds", "1..2"].contains(word)).collect();
    assert_eq!(place.laddernet(&unsaid).arg("--render").output().unwrap().stdout, table.as_bytes());
    assert_eq!(first.iter().map(|(name, _)| stamp(name)).collect::<Vec<_>>(), before);
    fs::remove_dir_all(folder.join(&first[0].0)).unwrap();
    let page = place.laddernet(&GRID).arg("--render").output().unwrap();
    assert!(String::from_utf8_lossy(&page.stderr).contains("1 of 4 trainings have not come to their end"));
    place.laddernet(&GRID).args(["--jobs", "3", "--threads", "3"]).assert().success();
    assert!(models(&folder) == first);
}

#[test]
fn tasks_of_the_list_make_the_same_table() {
    let place = Place::new();
    let ids = ids(&place);
    assert_eq!(ids.len(), 4);
    place.laddernet(&GRID).args(["--out", "whole"]).assert().success();
    for id in &ids {
        let summary = place.json(&[&GRID[..], &["--task", id, "--out", "parts"]].concat());
        assert_eq!(summary["status"], "finished");
        // Done before: told again, not trained again.
        assert_eq!(place.json(&[&GRID[..], &["--task", id, "--out", "parts"]].concat()), summary);
    }
    assert!(models(&place.path("whole")) == models(&place.path("parts")));
    place.refuses(2, "no task of digits with these options", &[&GRID[..], &["--task", "x"]].concat());
    place.refuses(2, "no cell full-41", &["reproduce", "digits", "--labels", "41"]);
    place.refuses(2, "no seed", &["reproduce", "digits", "--seeds", "2..1"]);
    place.refuses(2, "epochs is 0", &["reproduce", "digits", "--epochs", "0"]);
}

fn start(place: &Place, more: &[&str]) -> Child {
    let mut command = Command::new(BINARY);
    command.current_dir(place.path(".")).args(GRID).args(more).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Processes that share a folder, one of which is killed again and again, come to the whole table together.
#[test]
fn several_processes_share_a_folder_and_one_is_killed() {
    let place = Place::new();
    let long = ["--epochs", "20", "--out", "shared", "--quiet"];
    let mut others: Vec<Child> = (0..2).map(|_| start(&place, &long)).collect();
    let mut at_work = 0;
    for milliseconds in [30, 60, 90, 120, 150, 40, 80] {
        let mut killed = start(&place, &long);
        std::thread::sleep(Duration::from_millis(milliseconds));
        at_work += usize::from(killed.try_wait().unwrap().is_none());
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    assert!(at_work > 0, "all were done before they were killed");
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    // What the killed one had taken is left to do.
    place.laddernet(&GRID).args(long).assert().success();
    place.laddernet(&GRID).args(["--epochs", "20", "--out", "alone", "--quiet"]).assert().success();
    assert!(models(&place.path("shared")) == models(&place.path("alone")));
    assert!(place.list("shared").iter().all(|name| !name.ends_with(".partial")), "{:?}", place.list("shared"));
    for (name, _) in models(&place.path("shared")) {
        assert!(!place.list(format!("shared/{name}")).contains(&"lock".to_owned()));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_all_jobs_and_a_second_call_goes_on() {
    let place = Place::new();
    let long = ["--epochs", "100", "--jobs", "2", "--quiet"];
    let mut child = start(&place, &long);
    let began = Instant::now();
    while place.list("runs/reproduce").len() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let document: Value = serde_json::from_slice(&fs::read(place.path("runs/reproduce/digits.json")).unwrap()).unwrap();
    assert!(document["tasks"].as_array().unwrap().iter().any(|task| task["state"] == "begun"));
    place.laddernet(&GRID).args(long).assert().success();
    place.laddernet(&GRID).args(long).args(["--out", "whole"]).assert().success();
    assert!(models(&place.path("runs/reproduce")) == models(&place.path("whole")));
}

/// A folder that was renamed by hand would tell of another training.
#[test]
fn a_run_of_other_settings_is_not_taken_for_the_task() {
    let place = Place::new();
    let ids = ids(&place);
    place.laddernet(&GRID).assert().success();
    let at = |id: &str| place.path("runs/reproduce").join(id);
    fs::remove_dir_all(at(&ids[0])).unwrap();
    fs::rename(at(&ids[2]), at(&ids[0])).unwrap();
    place.refuses(4, "a training of other settings", &[&GRID[..], &["--render"]].concat());
}

mod needs_hyperqueue {
    use super::*;

    /// The script of the documentation, on a server with two workers on this machine.
    #[test]
    #[ignore = "needs a Python with HyperQueue: set HYPERQUEUE_PYTHON"]
    fn hyperqueue_runs_the_tasks() {
        let python = std::env::var_os("HYPERQUEUE_PYTHON").expect("HYPERQUEUE_PYTHON names no Python");
        let place = Place::new();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/run_on_hyperqueue.py");
        let mut command = Command::new(python);
        // The server keeps its files in the user's folder.
        command.current_dir(place.path(".")).env("HOME", place.path(".")).arg(script).arg(BINARY).args(GRID);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("have not come to their end"), "{said}");
        place.laddernet(&GRID).args(["--out", "alone"]).assert().success();
        assert!(models(&place.path("runs/reproduce")) == models(&place.path("alone")));
    }
}
