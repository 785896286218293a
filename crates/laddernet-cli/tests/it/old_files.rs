//! Files of the first users, for ever: run folders that an old program wrote (`old/`) are opened, asked and resumed, and
//! answer as they did then.
//!
//! Witness: the program that wrote them, whose answers lie in `old/expected/`. A later program may say more, and nothing else: a
//! number, a key or a row that changes is a finding. Sums in double precision may differ by the system's logarithm.

use crate::common::{Place, hash_of_picture, hash_of_tensors};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// What every run is asked. Those that it refuses are pinned by their exit code alone.
const ASKED: &[&str] = &[
    "show RUN --json",
    "evaluate RUN --json",
    "predict RUN rows.csv",
    "predict RUN rows.csv --json --out table.csv",
    "codes RUN rows.csv",
    "codes RUN rows.csv --json --out table.csv",
    "codes RUN rows.csv --layer 1",
    "codes RUN rows.csv --free-energy --json",
    "codes RUN rows.csv --squared-error --json",
    "reconstruct RUN rows.csv --rows 3 -o picture.png --json",
    "likelihood RUN --json --chains 10",
    "likelihood RUN --json --chains 10 --estimate --temperatures 30",
    "likelihood RUN --json --chains 10 --samples 60 --burn-in 5",
    "sample RUN -o picture.png --json --chains 3 --pictures 3 --every 2",
    "sample RUN -o picture.png --json --pictures 2 --every 3 --input rows.csv --hold top --chains 2",
    "filters RUN -o picture.png --json --units 6",
    "filters RUN -o picture.png --json --layer 2",
    "resume RUN --json",
];

/// What a layers file serves: its run, and the training that begins with its layers.
const OVER_LAYERS: &[(&str, &str)] = &[
    ("dbn", "train --layers-of RUN --labels 100 --epochs 3 --out over"),
    ("dbn-gaussian", "train --layers-of RUN --labels 100 --epochs 3 --out over"),
    ("sdae", "train --layers-of RUN --labels 100 --epochs 3 --out over"),
    ("deep-autoencoder", "train --layers-of RUN --epochs 3 --out over"),
];

/// The documents that an old program wrote, with the keys of today: `laddernet.train/2` and `laddernet.show/2` name costs, baseline
/// and RBM by what they are, and hold settings as a tree. That settings mean what they meant is tested by their trainings below.
fn with_todays_keys(mut expected: Value) -> Value {
    let Some(document) = expected.get_mut("document") else { return expected };
    match document["schema"].as_str() {
        Some("laddernet.show/1") => {
            document["schema"] = "laddernet.show/2".into();
            let model = document["model"].clone();
            document["model"] = json!({
                "model": {"kind": model["model"], "layers": model["layers"]},
                "class_names": model["class_names"], "row_shape": model["row_shape"], "scale": model["scale"],
            });
            let settings = document["settings"].take();
            if !settings.is_null() {
                document["settings"] = json!({
                    "data": {"source": settings["data"]}, "model": {"kind": model["model"]},
                    "training": {"epochs": settings["epochs"], "seed": settings["seed"]},
                });
            }
            if !document["summary"].is_null() {
                summary_with_todays_keys(&mut document["summary"]);
            }
        }
        Some("laddernet.train/1") => summary_with_todays_keys(document),
        _ => {}
    }
    expected
}

fn summary_with_todays_keys(summary: &mut Value) {
    let summary = summary.as_object_mut().unwrap();
    summary.insert("schema".into(), "laddernet.train/2".into());
    for (old, today) in [
        ("supervised_error_percent", "baseline_error_percent"),
        ("supervised_seconds", "baseline_seconds"),
        ("machine", "rbm"),
    ] {
        if let Some(value) = summary.remove(old) {
            summary.insert(today.into(), value);
        }
    }
    let is_classifier = !summary["test_error_percent"].is_null() || !summary["supervised_cost"].is_null();
    let mut costs = Vec::new();
    if let Some(value) = summary.remove("supervised_cost").filter(|value| !value.is_null()) {
        costs.push(json!({"name": "supervised", "value": value}));
    }
    let denoising = summary.remove("denoising_costs").unwrap_or_default();
    for (layer, value) in denoising.as_array().into_iter().flatten().enumerate().filter(|(_, value)| !value.is_null()) {
        costs.push(match is_classifier {
            true => json!({"name": "denoising", "layer": layer, "value": value}),
            false => json!({"name": "reconstruction", "value": value}),
        });
    }
    summary.insert("costs".into(), costs.into());
}

fn old() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old")
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(old().join(folder)).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Copies a folder of files, so that nothing is written where the old ones lie.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A place with this old run and the rows.
fn place_with(kind: &str, name: &str) -> Place {
    let place = Place::new();
    copy(&old().join(kind).join(name), &place.path(name));
    fs::copy(old().join("rows.csv"), place.path("rows.csv")).unwrap();
    place
}

/// The answer to a command: its exit code; of one that succeeds the document or the table, and the picture.
fn answer(place: &Place, command: &str) -> Value {
    let arguments: Vec<&str> = command.split(' ').collect();
    let picture = place.path("picture.png");
    let _ = fs::remove_file(&picture);
    let output = place.portable(&arguments).args(["--quiet", "--threads", "1"]).output().unwrap();
    let mut answer = Map::new();
    answer.insert("exit".into(), output.status.code().into());
    if output.status.success() {
        let said = String::from_utf8(output.stdout).unwrap();
        match serde_json::from_str::<Value>(&said) {
            Ok(document) if arguments.contains(&"--json") => answer.insert("document".into(), document),
            _ => answer.insert("table".into(), said.into()),
        };
        if picture.exists() {
            answer.insert("picture".into(), hash_of_picture(&picture).into());
        }
    }
    answer.into()
}

/// What is expected of a run: commands with their answers.
fn expected(name: &str) -> Map<String, Value> {
    let path = old().join("expected").join(format!("{name}.json"));
    let Ok(text) = fs::read_to_string(&path) else { return Map::new() };
    serde_json::from_str(&text).unwrap()
}

/// All that is asked of old folders: a name in `expected/`, the command, and how it is answered.
type Question = (String, String, Box<dyn Fn() -> Value + Send>);

fn questions() -> Vec<Question> {
    let mut all: Vec<Question> = Vec::new();
    for name in names("runs") {
        for command in ASKED {
            let (name, asked) = (name.clone(), command.replace("RUN", &name));
            let key = (*command).to_owned();
            all.push((name.clone(), key, Box::new(move || answer(&place_with("runs", &name), &asked))));
        }
    }
    for (name, command) in OVER_LAYERS {
        all.push(((*name).to_owned(), (*command).to_owned(), Box::new(move || over_layers(name, command))));
    }
    for name in names("interrupted") {
        all.push((name.clone(), "show RUN --json".to_owned(), {
            let name = name.clone();
            Box::new(move || answer(&place_with("interrupted", &name), &format!("show {name} --json")))
        }));
    }
    all
}

/// The tensors of a training over the layers that an old run keeps.
fn over_layers(name: &str, command: &str) -> Value {
    let place = place_with("runs", name);
    let command = command.replace("RUN", name);
    let output =
        place.portable(&command.split(' ').collect::<Vec<_>>()).args(["--quiet", "--precision", "f32"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    json!({ "tensors": hash_of_tensors(place.path("over/model.safetensors")) })
}

/// Where `found` lacks what is expected, or has something else; more than that it may say.
fn lost(path: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(found) => lost(&format!("{path}.{key}"), value, found, differences),
                    None => differences.push(format!("{path}.{key} is lost")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| lost(&format!("{path}[{i}]"), a, b, differences));
        }
        (Value::Number(a), Value::Number(b)) => {
            let [a, b] = [a, b].map(|number| number.as_f64().unwrap());
            if (a - b).abs() > 1e-9 * a.abs() {
                differences.push(format!("{path} was {a} and is {b}"));
            }
        }
        (a, b) if a == b => {}
        (a, b) => differences.push(format!("{path} was {a} and is {b}")),
    }
}

/// Does it for all, two at a time: most of it is waiting for processes to begin.
fn two_at_a_time<T: Send>(all: Vec<T>, work: impl Fn(T) -> Vec<String> + Sync) -> Vec<String> {
    let mut halves = [Vec::new(), Vec::new()];
    all.into_iter().enumerate().for_each(|(i, one)| halves[i % 2].push(one));
    let work = &work;
    std::thread::scope(|scope| {
        let [a, b] = halves.map(|half| scope.spawn(move || half.into_iter().flat_map(work).collect::<Vec<_>>()));
        [a.join().unwrap(), b.join().unwrap()].concat()
    })
}

#[test]
fn old_folders_answer_as_they_did() {
    if std::env::var_os("LADDERNET_WRITE_EXPECTED").is_some() {
        write_what_is_expected();
    }
    let differences = two_at_a_time(questions(), |(name, command, ask)| {
        let mut differences = Vec::new();
        match expected(&name).get(&command) {
            Some(expected) => {
                let expected = with_todays_keys(expected.clone());
                lost(&format!("{name}: {command}: "), &expected, &ask(), &mut differences);
            }
            None => {
                differences.push(format!("{name}: {command}: nothing is expected; old/README.md says how to add it"))
            }
        }
        differences
    });
    assert!(differences.is_empty(), "of what old programs answered, this is lost:\n{}", differences.join("\n"));
}

/// For people, in words that may change: the model is named. A model file alone is opened like the folder that it is of.
#[test]
fn old_folders_are_shown_and_their_model_files_stand_alone() {
    let differences = two_at_a_time(names("runs"), |name| {
        let place = place_with("runs", &name);
        let summary: Value =
            serde_json::from_slice(&fs::read(place.path(&name).join("summary.json")).unwrap()).unwrap();
        let output = place.portable(&["show", &name]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let model = summary["model"].as_str().unwrap();
        assert!(output.status.success() && said.contains(model) && said.contains("64-12"), "{name}: {said}");
        let file = format!("{name}/model.safetensors");
        assert_eq!(answer(&place, &format!("show {file} --json"))["exit"], 0, "{name}");
        let mut differences = Vec::new();
        for command in ["predict RUN rows.csv", "codes RUN rows.csv"] {
            let of_folder = answer(&place, &command.replace("RUN", &name));
            lost(
                &format!("{file}: {command}"),
                &of_folder,
                &answer(&place, &command.replace("RUN", &file)),
                &mut differences,
            );
        }
        // Documents hold what tables hold.
        for (command, rows, values) in [("predict", "predictions", "/probabilities"), ("codes", "codes", "")] {
            let of = |more: &str| answer(&place, &format!("{command} {name} rows.csv{more}"));
            let (table, document) = (of(""), of(" --json"));
            let lines = table["table"].as_str().unwrap_or_default().lines().skip(1);
            for (r, line) in lines.enumerate() {
                let row = document["document"][rows][r].pointer(values).and_then(Value::as_array).unwrap();
                let said: Vec<f64> = row.iter().map(|number| number.as_f64().unwrap()).collect();
                let numbers: Vec<f64> = line.split(',').rev().take(said.len()).map(|x| x.parse().unwrap()).collect();
                if !said.iter().eq(numbers.iter().rev()) {
                    differences.push(format!("{name}: {command}: row {r} is {line} and {said:?}"));
                }
            }
        }
        differences
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Witness: the old model file itself, which its settings give again.
#[test]
fn old_settings_give_the_same_model_again() {
    let differences = two_at_a_time(names("runs"), |name| {
        let place = place_with("runs", &name);
        let recipe = format!("{name}/config.toml");
        let command = ["train", "--quiet", "--recipe", &recipe, "--out", "again", "--threads", "2"];
        let output = place.portable(&command).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let mut files = vec!["model.safetensors"];
        files.extend(place.path(&name).join("layers.safetensors").exists().then_some("layers.safetensors"));
        let moved = files.iter().filter(|file| {
            let of = |run: &str| hash_of_tensors(place.path(run).join(file));
            of(&name) != of("again")
        });
        moved.map(|file| format!("{name}/{file}")).collect()
    });
    assert!(differences.is_empty(), "{differences:?}");
}

/// Witness: the whole training from the same settings. A later program may refuse what another began, by a message that says so and
/// nothing lost; it may not come to another model.
#[test]
fn interrupted_trainings_come_to_the_same_end() {
    let differences = two_at_a_time(names("interrupted"), |name| {
        let place = place_with("interrupted", &name);
        if name.ends_with(".partial") {
            // Room that the program kept for its model.
            fs::create_dir(place.path(&name).join("ballast")).unwrap();
            place.write(&format!("{name}/ballast/model.safetensors"), [1; 100]);
        }
        let before = place.list(&name);
        let recipe = format!("{name}/config.toml");
        let whole = place.portable(&["train", "--quiet", "--recipe", &recipe, "--out", "whole"]).output().unwrap();
        assert!(whole.status.success(), "{name}: {}", String::from_utf8_lossy(&whole.stderr));
        let run = name.trim_end_matches(".partial");
        let resumed = place.portable(&["resume", run, "--quiet", "--threads", "2"]).output().unwrap();
        let said = String::from_utf8_lossy(&resumed.stderr);
        let of = |run: &str| hash_of_tensors(place.path(run).join("model.safetensors"));
        let mut differences = Vec::new();
        match resumed.status.code() {
            Some(0) if of(run) == of("whole") => {}
            Some(0) => differences.push(format!("{name} came to another model")),
            Some(4) if said.contains("checkpoint") && place.list(&name) == before => {}
            code => differences.push(format!("{name}: {code:?} {said}")),
        }
        let own = format!("{name} whole");
        let known = expected("interrupted").get(&own).cloned();
        if known.as_ref().and_then(Value::as_str) != Some(&of("whole")) {
            differences.push(format!("the whole training of {name} was {known:?} and is {}", of("whole")));
        }
        differences
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Adds what is missing in `old/expected/` and writes nothing over.
fn write_what_is_expected() {
    let folder = old().join("expected");
    let write = |name: &str, all: &Map<String, Value>| {
        let lines: Vec<String> = all.iter().map(|(key, value)| format!("{}: {value}", json!(key))).collect();
        fs::write(folder.join(format!("{name}.json")), format!("{{\n{}\n}}\n", lines.join(",\n"))).unwrap();
    };
    fs::create_dir_all(&folder).unwrap();
    for (name, command, ask) in questions() {
        let mut all = expected(&name);
        if !all.contains_key(&command) {
            all.insert(command, ask());
            write(&name, &all);
        }
    }
    let mut all = expected("interrupted");
    for name in names("interrupted") {
        let key = format!("{name} whole");
        if !all.contains_key(&key) {
            let place = place_with("interrupted", &name);
            let recipe = format!("{name}/config.toml");
            let train = ["train", "--quiet", "--recipe", &recipe, "--out", "whole"];
            assert!(place.portable(&train).output().unwrap().status.success());
            all.insert(key, hash_of_tensors(place.path("whole/model.safetensors")).into());
        }
    }
    write("interrupted", &all);
}
