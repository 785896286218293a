//! `laddernet bench`: its document, its words on a narrow terminal, and what it refuses.

use crate::common::Place;
use serde_json::json;

/// A small network that is measured in a moment.
const SHORT: [&str; 7] = ["bench", "--layers", "40-30-5", "--rows", "1000", "--seconds", "0.1"];

#[test]
fn the_document_keeps_its_names() {
    let place = Place::new();
    let arguments = [&SHORT[..], &["--threads", "2", "--precision", "f32", "--unlabelled-batch", "30"]].concat();
    let found = place.json(&arguments);
    let said = [
        ("schema", json!("laddernet.bench/1")),
        ("data", json!("random data")),
        ("model", json!("full")),
        ("layers", json!([40, 30, 5])),
        ("threads", json!(2)),
        ("precision", json!("f32")),
        ("labelled_rows_per_step", json!(100)),
        ("unlabelled_rows_per_step", json!(30)),
        ("rows_per_epoch", json!(1000)),
        ("steps_per_epoch", json!(34)),
    ];
    for (name, value) in &said {
        assert_eq!(&found[name], value, "{name}");
    }
    let measured = [
        "steps",
        "ms_per_step",
        "ms_per_step_minimum",
        "ms_per_step_lower_quartile",
        "ms_per_step_upper_quartile",
        "steps_per_second",
        "rows_per_second",
        "seconds_per_epoch",
        "seconds_per_150_epochs",
        "product_gflop_per_step",
        "product_limit_gflops",
        "product_limit_percent",
    ];
    for name in measured {
        assert!(found[name].as_f64().unwrap() > 0.0, "{name}: {found}");
    }
    assert!(found["instructions"].is_string() && found["busy"].is_boolean());
    let parts = found["parts_ms"].as_object().unwrap();
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(names, ["adam", "combinator", "everything_else", "noise", "normalisation", "products"]);
    assert!(parts.values().all(|ms| ms.as_f64().unwrap() >= 0.0));
    // These, "instructions", "busy" and "parts_ms", and nothing else.
    assert_eq!(found.as_object().unwrap().len(), said.len() + measured.len() + 3);
}

#[test]
fn it_speaks_narrowly_and_keeps_nothing() {
    let place = Place::new();
    let digits = ["bench", "--data", "digits", "--seconds", "0.1", "--model", "bottom"];
    for arguments in [&SHORT[..], &digits, &[&SHORT[..], &["--model", "mlp"]].concat()] {
        let output = place.laddernet(arguments).output().unwrap();
        assert!(output.status.success());
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        for line in text.lines() {
            assert!(line.chars().count() <= 60, "{line}");
        }
        for word in ["Machine", "median", "rows/s", "150 epochs", "GFLOP/s", "matrix products", "measured alone"] {
            assert!(text.contains(word), "{word}: {text}");
        }
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
        ("size of 0", &["--features", "0"]),
        ("GiB of memory", &["--features", "18446744073709551615"]),
        ("the rows of random data have 30 values", &["--features", "30", "--layers", "20-10"]),
        ("about 161 GiB of memory", &["--layers", "64-65536-65536-10"]),
        ("no layer size", &["--layers", "64-0-10"]),
        ("too few", &["--layers", "64"]),
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
        ("layers start with 784", &["--data", "digits", "--layers", "784-20-10"]),
        ("1..=1024", &["--threads", "0"]),
    ] {
        place.refuses(2, word, &[&["bench"], more].concat());
    }
    place.refuses(3, "laddernet data fetch mnist", &["bench", "--data", "mnist"]);
}
