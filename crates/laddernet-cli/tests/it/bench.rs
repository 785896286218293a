//! `laddernet bench`: its document, its words on a narrow terminal, and what it refuses.

use crate::common::Place;
use serde_json::{Value, json};

/// A small network that is measured in a moment.
const SHORT: [&str; 7] = ["bench", "--layers", "40-30-5", "--rows", "1000", "--seconds", "0.1"];

#[test]
fn the_document_keeps_its_names() {
    let place = Place::new();
    let arguments = [&SHORT[..], &["--threads", "2", "--precision", "f32", "--unlabelled-batch", "30"]].concat();
    let found = place.json(&arguments);
    let stage = found["stages"][0].clone();
    let names_of = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let expect = |of: &Value, said: &[(&str, Value)], measured: &[&str], more: &[&str]| {
        said.iter().for_each(|(name, value)| assert_eq!(&of[name], value, "{name}"));
        measured.iter().for_each(|name| assert!(of[name].as_f64().unwrap() > 0.0, "{name}: {of}"));
        let mut names: Vec<&str> = said.iter().map(|(name, _)| *name).chain([measured, more].concat()).collect();
        names.sort_unstable();
        assert_eq!(names_of(of), names);
    };
    let said = [
        ("schema", json!("laddernet.bench/2")),
        ("data", json!("random data")),
        ("model", json!("full")),
        ("layers", json!([40, 30, 5])),
        ("threads", json!(2)),
        ("precision", json!("f32")),
        ("rows_per_epoch", json!(1000)),
    ];
    expect(&found, &said, &["product_limit_gflops", "seconds_per_training"], &["instructions", "stages"]);
    let said = [
        ("stage", json!("the whole")),
        ("labelled_rows_per_step", json!(100)),
        ("unlabelled_rows_per_step", json!(30)),
        ("steps_per_epoch", json!(34)),
        ("epochs", json!(200)),
    ];
    let measured = [
        "steps",
        "ms_per_step",
        "ms_per_step_minimum",
        "ms_per_step_lower_quartile",
        "ms_per_step_upper_quartile",
        "steps_per_second",
        "rows_per_second",
        "seconds_per_epoch",
        "seconds",
        "product_gflop_per_step",
        "product_limit_percent",
    ];
    expect(&stage, &said, &measured, &["busy", "parts"]);
    let parts = stage["parts"].as_array().unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part["part"].as_str().unwrap()).collect();
    let ladder = ["matrix products", "optimiser", "noise", "normalisation", "combinators and their costs"];
    assert_eq!(names, [&ladder[..], &["everything else, and waiting"]].concat());
    assert!(parts.iter().all(|part| part["ms"].as_f64().unwrap() >= 0.0));
}

#[test]
fn it_speaks_narrowly_and_keeps_nothing() {
    let place = Place::new();
    let digits = ["bench", "--data", "digits", "--seconds", "0.1", "--model", "bottom"];
    let stages = ["bench", "--data", "digits", "--seconds", "0.1", "--model", "dbn"];
    for arguments in [&SHORT[..], &digits, &stages, &[&SHORT[..], &["--model", "mlp"]].concat()] {
        let output = place.laddernet(arguments).output().unwrap();
        assert!(output.status.success());
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for line in text.lines() {
            assert!(line.chars().count() <= 60, "{line}");
        }
        for word in ["Machine", "median", "rows/s", " epochs", "GFLOP/s", "matrix products", "measured alone"] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!(text.contains("Stage     layer 2") && text.contains("for all stages"), arguments == stages);
    }
    assert_eq!(place.list("").len(), 0);
}

#[test]
fn what_cannot_be_measured_is_2_and_missing_data_are_3() {
    let place = Place::new();
    for (word, more) in [
        ("rows is 0", &["--rows", "0"][..]),
        ("rows is 5000000000", &["--rows", "5000000000"]),
        ("invalid value", &["--rows", "99999999999999999999"]),
        ("features is 0", &["--features", "0"]),
        ("1 to 4294967295", &["--features", "18446744073709551615"]),
        ("the rows have 30 values", &["--features", "30", "--layers", "20-10"]),
        ("about 161 GiB of memory", &["--layers", "64-65536-65536-10"]),
        ("no layer size", &["--layers", "64-0-10"]),
        ("2 to 64 sizes", &["--layers", "64"]),
        ("labelled_batch is 0", &["--labelled-batch", "0"]),
        ("unlabelled_batch is 0", &["--unlabelled-batch", "0"]),
        ("memory", &["--unlabelled-batch", "4000000000"]),
        ("0.1 to 3600", &["--seconds", "0"]),
        ("0.1 to 3600", &["--seconds", "nan"]),
        ("full", &["--model", "fulll"]),
        ("bf16", &["--precision", "f16"]),
        ("no data source", &["--data", "cifar"]),
        ("cannot be used with", &["--data", "digits", "--rows", "10"]),
        ("--data", &["--labels", "10"]),
        ("the rows have 64 values", &["--data", "digits", "--layers", "784-20-10"]),
        ("1..=1024", &["--threads", "0"]),
    ] {
        place.refuses(2, word, &[&["bench"], more].concat());
    }
    place.refuses(3, "laddernet data fetch mnist", &["bench", "--data", "mnist"]);
}
