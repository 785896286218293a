//! The whole way through the binary: train, evaluate, predict, reconstruct, show; and the same bits every time.

use crate::common::{Place, idx};
use serde_json::{Value, json};

#[test]
fn from_the_digits_to_predictions_and_pictures() {
    let place = Place::new();
    let summary = place.json(&["train", "--layers", "64-60-30-10", "--epochs", "15"]);
    assert_eq!(summary["schema"], "laddernet.train/2");
    assert_eq!((&summary["epochs"], &summary["steps"]), (&json!(15), &json!(15 * 15)));
    assert_eq!(summary["run_dir"], "runs/digits-full-40-seed1");
    assert_eq!(summary["labelled_rows"], 40);
    assert_eq!(summary["unlabelled_rows"], 1438);
    assert_eq!(summary["test_rows"], 359);
    let number = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name}: {summary}"));
    assert!(number("seconds") > 0.0 && number("ms_per_step") > 0.0);
    let (ladder, alone) = (number("test_error_percent"), number("baseline_error_percent"));
    assert!(ladder < 25.0 && alone < 50.0, "{ladder} {alone}");

    let run = "runs/digits-full-40-seed1";
    assert_eq!(
        place.list(run),
        ["config.toml", "labelled_rows.json", "metrics.jsonl", "model.safetensors", "summary.json"]
    );
    assert_eq!(place.list("runs").len(), 1);
    let metrics = std::fs::read_to_string(place.path(run).join("metrics.jsonl")).unwrap();
    let lines: Vec<Value> = metrics.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 15);
    let cost = |line: usize, name: &str| -> Vec<f64> {
        let costs = lines[line]["costs"].as_array().unwrap().iter().filter(|cost| cost["name"] == name);
        costs.map(|cost| cost["value"].as_f64().unwrap()).collect()
    };
    assert_eq!((cost(14, "denoising").len(), cost(14, "supervised").len()), (4, 1));
    assert_eq!(lines[14]["costs"][1]["layer"], 0);
    assert!(cost(0, "supervised") > cost(14, "supervised"));

    // The labelled rows are written down: four of each class.
    let text = std::fs::read(place.path(run).join("labelled_rows.json")).unwrap();
    let labelled: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!((&labelled["schema"], &labelled["data"]), (&json!("laddernet.labelled_rows/1"), &json!("digits")));
    let digits = laddernet_data::digits::load();
    let mut of_class = [0; 10];
    for row in labelled["rows"].as_array().unwrap() {
        of_class[digits.labels()[row.as_u64().unwrap() as usize].unwrap() as usize] += 1;
    }
    assert_eq!(of_class, [4; 10]);

    // The saved model gives the error of the summary, from the folder and from the file alone.
    for model in [run, "runs/digits-full-40-seed1/model.safetensors"] {
        let evaluation = place.json(&["evaluate", model]);
        assert_eq!(evaluation["schema"], "laddernet.evaluate/1");
        assert_eq!(evaluation["error_percent"], summary["test_error_percent"]);
        assert_eq!((&evaluation["part"], &evaluation["rows"]), (&json!("held_out_fifth"), &json!(359)));
    }

    place.laddernet(&["predict", run, "digits", "-o", "out.csv"]).assert().success().stdout("");
    let csv = std::fs::read_to_string(place.path("out.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("row,class,p_0,p_1,p_2,p_3,p_4,p_5,p_6,p_7,p_8,p_9"));
    assert_eq!(lines.clone().count(), 1797);
    for line in lines.take(20) {
        let p: Vec<f32> = line.split(',').skip(2).map(|p| p.parse().unwrap()).collect();
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{line}");
    }
    let standard_output = place.laddernet(&["predict", run, "digits"]).output().unwrap().stdout;
    assert_eq!(standard_output, csv.as_bytes());
    assert_eq!(place.json(&["predict", run, "digits"])["predictions"][1796]["row"], 1796);

    let grid = place.json(&["reconstruct", run, "digits", "-o", "grid.png", "--noise", "0.3,0.8", "--rows", "3"]);
    let levels = grid["levels"].as_array().unwrap();
    assert_eq!(levels.len(), 2);
    assert!(levels[1]["corrupted_distance"].as_f64() > levels[1]["reconstructed_distance"].as_f64());
    let png = std::fs::read(place.path("grid.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");

    let shown = place.json(&["show", run]);
    assert_eq!(shown["layers"][1]["units"], 60);
    let of_layers: u64 = shown["layers"].as_array().unwrap().iter().map(|l| l["parameters"].as_u64().unwrap()).sum();
    assert_eq!(json!(of_layers), summary["parameters"]);
    assert_eq!(shown["summary"], summary);
    let text = String::from_utf8(place.laddernet(&["show", run]).output().unwrap().stdout).unwrap();
    assert!(text.contains("of the baseline on the labels alone") && text.contains("denoising_weights"), "{text}");
}

#[test]
fn same_seed_same_bits_for_one_two_and_three_threads() {
    let place = Place::new();
    let bytes = |name: &str, more: &[&str]| {
        let run = place.train(name, &[&["--model", "full"], more].concat());
        std::fs::read(run.join("model.safetensors")).unwrap()
    };
    let one = bytes("one", &["--threads", "1"]);
    assert!(one == bytes("two", &["--threads", "2"]));
    assert!(one == bytes("three", &["--threads", "3"]));
    assert!(one != bytes("seed", &["--seed", "2"]));
    // A run's own settings repeat it.
    let config = place.path("runs/one/config.toml");
    assert!(one == bytes("again", &["--recipe", config.to_str().unwrap()]));
}

#[test]
fn every_model_trains_and_all_labels_do() {
    let place = Place::new();
    for model in ["full", "top", "gamma", "sigma", "bottom", "mlp"] {
        let run = place.train(model, &["--model", model, "--epochs", "2", "--validation", "100"]);
        let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
        let summary: Value = serde_json::from_str(&summary).unwrap();
        assert!(summary["validation_error_percent"].as_f64().unwrap() < 95.0, "{model}");
    }
    place.train("all", &["--labels", "all", "--epochs", "1"]);
    let file = std::fs::read_to_string(place.path("runs/sigma/config.toml")).unwrap();
    assert!(file.contains("kind = \"top\"") && file.contains("validation = 100"), "{file}");
    place.refuses(4, "cannot reconstruct rows", &["reconstruct", "runs/top", "digits"]);
}

#[test]
fn a_recipe_by_name_names_the_run_and_a_run_takes_another_model() {
    let place = Place::new();
    let train = ["train", "--recipe", "survey-2-full-40", "--data", "digits", "--layers", "64-20-10", "--epochs", "1"];
    let summary = place.json(&[&train[..], &["--denoising-weights", "1,1,1"]].concat());
    assert_eq!(summary["run_dir"], "runs/survey-2-full-40-seed1");

    let config = place.train("a", &["--baseline"]).join("config.toml");
    for model in ["mlp", "top"] {
        let other = ["train", "--recipe", config.to_str().unwrap(), "--model", model, "--epochs", "1", "--out", model];
        assert_eq!(place.json(&other)["model"], model);
    }
}

/// Three rows a class, so that a fifth can be held out and every class keeps one row.
#[test]
fn any_pair_of_idx_files_works() {
    let place = Place::new();
    let pixels: Vec<u8> = (0..60).flat_map(|i| [if i % 2 == 0 { 250 } else { 5 }, i, 128, 0]).collect();
    let labels: Vec<u8> = (0..60).map(|i| i % 2).collect();
    place.write("images", idx(&[60, 2, 2], &pixels));
    place.write("labels", idx(&[60], &labels));
    let train = ["train", "--data", "idx:images,labels", "--layers", "4-8-2", "--labels", "4", "--epochs", "40"];
    let summary = place.json(&train);
    assert_eq!(summary["test_rows"], 12);
    // These are small rows, as the digits are.
    assert!(summary["baseline_error_percent"].is_number());
    let run = summary["run_dir"].as_str().unwrap();
    assert_eq!(run, "runs/idx-images-labels-full-4-seed1");
    // The same rows under another name are known by their digest; other rows are evaluated all.
    assert_eq!(place.json(&["evaluate", run])["rows"], 12);
    place.write("more", idx(&[60, 2, 2], &pixels.iter().map(|p| p ^ 1).collect::<Vec<_>>()));
    assert_eq!(place.json(&["evaluate", run, "--data", "idx:more,labels"])["part"], "all_rows");
    assert_eq!(place.json(&["predict", run, "images"])["rows"], 60);
    place.write("rows.csv", "250,7,128,0\n5,8,128,0\n");
    assert_eq!(place.json(&["predict", run, "rows.csv"])["rows"], 2);
    // From a pipe, too.
    for (bytes, rows) in [(&b"250,7,128,0\n"[..], 1), (&idx(&[3, 2, 2], &[9; 12]), 3)] {
        let output = place.laddernet(&["predict", run, "-", "--json"]).write_stdin(bytes).output().unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["rows"], rows);
    }
    let refused = place.laddernet(&["predict", run, "-"]).write_stdin("1,2\n").output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("standard input, line 1: found 2 columns"));
    // The data of the training have changed under its name.
    std::fs::copy(place.path("more"), place.path("images")).unwrap();
    place.refuses(3, "--data", &["evaluate", run]);
}

#[test]
fn recipes_data_completions_and_manual_are_documents_too() {
    let place = Place::new();
    let recipes = place.json(&["train", "--list-recipes"]);
    assert_eq!(recipes["recipes"][0]["name"], "autoencoder-squares");
    let data = place.json(&["data", "list"]);
    assert_eq!((&data["data"][0]["available"], &data["data"][1]["available"]), (&json!(true), &json!(false)));
    assert!(place.json(&["completions", "bash"])["text"].as_str().unwrap().contains("reconstruct"));
    assert!(place.json(&["man"])["text"].as_str().unwrap().starts_with(".ie"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        place.laddernet(&["completions", shell]).assert().success();
    }
    let page = place.laddernet(&["man", "train"]).output().unwrap().stdout;
    assert!(String::from_utf8(page).unwrap().contains("list\\-recipes"));
}

#[test]
fn doubts_about_a_classifier_are_told() {
    let place = Place::new();
    let train = |out: &str, more: &[&str]| {
        let arguments = ["train", "--quiet", "--no-baseline", "--out", out];
        let output = place.laddernet(&arguments).args(more).output().unwrap();
        assert!(output.status.success());
        (String::from_utf8(output.stderr).unwrap(), place.json(&["show", out])["summary"]["warning"].clone())
    };
    // A net that has hardly learned is wrong on the rows that it learned from.
    let (said, kept) = train("hardly", &["--labels", "10", "--epochs", "1", "--layers", "64-5-10"]);
    assert!(said.starts_with("warning: it predicts ") && said.contains("of its own 10 labelled rows"), "{said}");
    assert!(kept.is_string(), "{kept}");
    let (said, kept) = train("well", &["--epochs", "30"]);
    assert!(said.is_empty() && kept.is_null(), "{said}, {kept}");
}
