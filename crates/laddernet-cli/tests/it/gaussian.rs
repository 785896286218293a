//! Rows of values of any size: Gaussian visible units, from the training to what is asked of the model.

use crate::common::{Place, idx};
use serde_json::Value;
use std::fs;

const ROWS: usize = 300;
/// Windows of 12 values of 2 sensors.
const SHAPE: [u32; 3] = [ROWS as u32, 12, 2];

/// Value `t` of a sensor's window, in units of its own: three classes of waves around a level far from 0.
fn window(row: usize, i: usize) -> f64 {
    let (class, t, sensor) = (row % 3, i / 2, i % 2);
    let noise = f64::from((row * 7919 + i * 104_729) as u32 % 1000) / 1000.0 - 0.5;
    let phase = (row % 7) as f64 / 20.0;
    let wave = (std::f64::consts::TAU * (t as f64 * (class + 1) as f64 / 12.0 + phase)).sin();
    let (level, size) = [(1013.25, 40.0), (-3.0, 0.02)][sensor];
    level + size * (wave + noise)
}

/// The windows as an IDX file of 32-bit numbers, each `scale` times as large and `shift` higher, and their classes.
fn windows(place: &Place, name: &str, (scale, shift): (f64, f64)) {
    let mut bytes = vec![0, 0, 0x0d, 3];
    SHAPE.iter().for_each(|n| bytes.extend(n.to_be_bytes()));
    for row in 0..ROWS {
        (0..24).for_each(|i| bytes.extend(((window(row, i) * scale + shift) as f32).to_be_bytes()));
    }
    place.write(name, bytes);
    let classes: Vec<u8> = (0..ROWS).map(|row| (row % 3) as u8).collect();
    place.write("classes", idx(&[ROWS as u32], &classes));
}

const MODELS: [(&str, &[&str]); 7] = [
    ("rbm", &["--layers", "24-30"]),
    ("dbn", &["--layers", "24-30-20-3", "--pretraining-epochs", "50", "--labels", "30"]),
    ("deep-autoencoder", &["--layers", "24-30-5", "--pretraining-epochs", "50"]),
    ("autoencoder", &["--layers", "24-10", "--corruption", "masking:0.2"]),
    ("sae", &["--layers", "24-30-20-3", "--pretraining-epochs", "50", "--labels", "30"]),
    ("sdae", &["--layers", "24-30-20-3", "--pretraining-epochs", "50", "--labels", "30"]),
    ("net", &["--layers", "24-30-20-3", "--labels", "30"]),
];

fn train<'a>(model: &'a str, data: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all =
        ["train", "--model", model, "--data", data, "--out", out, "--visible", "gaussian", "--quiet", "--threads", "1"];
    all.into_iter().chain(["--epochs", "300"]).chain(more.iter().copied()).collect()
}

/// References: the class of every window, and the same windows in other units, which are the same rows once standardised.
#[test]
fn every_model_learns_from_windows_in_any_unit() {
    let place = Place::new();
    windows(&place, "windows", (1.0, 0.0));
    windows(&place, "others", (4.0, 0.0));
    for (model, more) in MODELS {
        let summary = place.json(&train(model, "idx:windows,classes", model, more));
        assert_eq!(summary["status"], "finished", "{model}");
        let other = place.json(&train(model, "idx:others,classes", "other", &[more, &["--force"]].concat()));
        let number = |of: &Value, key: &str| of[key].as_f64();
        match number(&summary, "test_error_percent") {
            Some(error) => {
                assert!(error < 5.0, "{model}: {error} %");
                assert_eq!(Some(error), number(&other, "test_error_percent"), "{model}");
                let evaluated = place.json(&["evaluate", model]);
                assert_eq!(number(&evaluated, "error_percent"), Some(error), "{model}");
            }
            None if model == "rbm" => {
                let left_out = summary["rbm"]["unexplained"].as_f64().unwrap();
                assert!(left_out < 0.5, "{model}: {left_out}");
                assert!(summary["rbm"]["pseudo_likelihood"].is_null());
            }
            None => {
                // Of 24 values with variance 1.
                let error = number(&summary, "test_squared_error").unwrap();
                assert!(error < 8.0, "{model}: {summary}");
                assert!((error - number(&other, "test_squared_error").unwrap()).abs() < 0.05, "{model}");
            }
        }
        // Its settings give it again, to the bit.
        let recipe = format!("{model}/config.toml");
        place.json(&["train", "--recipe", &recipe, "--out", "again", "--force", "--quiet"]);
        let file = |run: &str| fs::read(place.path(run).join("model.safetensors")).unwrap();
        assert!(file(model) == file("again"), "{model}");
    }
}

#[test]
fn rows_are_standardised_as_those_of_the_training_wherever_they_come_from() {
    let place = Place::new();
    windows(&place, "windows", (1.0, 0.0));
    for (model, more) in MODELS.into_iter().filter(|(model, _)| ["rbm", "dbn", "deep-autoencoder"].contains(model)) {
        place.json(&train(model, "idx:windows,classes", model, more));
    }
    let csv: String = (0..ROWS)
        .map(|row| (0..24).map(|i| (window(row, i) as f32).to_string()).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    place.write("windows.csv", csv);
    let of = |command: &str, model: &str, rows: &str, key: &str| place.json(&[command, model, rows])[key].clone();
    let predicted = of("predict", "dbn", "windows", "predictions");
    assert_eq!(predicted, of("predict", "dbn", "windows.csv", "predictions"));
    let right = |(row, p): (usize, &Value)| p["class"].as_str() == Some(&*(row % 3).to_string());
    assert!(predicted.as_array().unwrap().iter().enumerate().filter(|&p| right(p)).count() > 285);
    assert_eq!(of("codes", "rbm", "windows", "codes"), of("codes", "rbm", "windows.csv", "codes"));

    // The reconstruction of clean rows is off by what the training's final evaluation says, and a sheet of it is no black square.
    let grid = place.json(&[
        "reconstruct",
        "deep-autoencoder",
        "windows",
        "--shape",
        "12x2",
        "--noise",
        "0",
        "-o",
        "grid.png",
    ]);
    assert!(grid["levels"][0]["reconstructed_distance"].as_f64().is_some_and(|off| off < 0.7), "{grid}");
    for name in ["grid.png", "chains.png"] {
        if name == "chains.png" {
            place.laddernet(&["sample", "rbm", "--shape", "12x2", "-o", name]).assert().success();
        }
        let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(place.path(name)).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let mut shades = [false; 256];
        pixels.iter().for_each(|&p| shades[usize::from(p)] = true);
        assert!(shades.iter().filter(|&&there| there).count() > 40, "{name}: shades of grey");
    }

    let likelihood = place.json(&["likelihood", "rbm", "--temperatures", "1000"]);
    assert_eq!(likelihood["binarised"], "none");
    // Four fifths of the rows and all of them have nearly the same deviations.
    let deviation = |i: usize| {
        let mean = (0..ROWS).map(|row| window(row, i)).sum::<f64>() / ROWS as f64;
        ((0..ROWS).map(|row| (window(row, i) - mean).powi(2)).sum::<f64>() / ROWS as f64).sqrt()
    };
    let (nats, of_all) =
        (likelihood["ln_deviations"].as_f64().unwrap(), (0..24).map(|i| deviation(i).ln()).sum::<f64>());
    assert!((nats - of_all).abs() < 0.5, "{nats} {of_all}");
    let test = |key: &str| likelihood["test"][key].as_f64().unwrap();
    // Independent units of variance 1 have 24 ln sqrt(2 pi e) = -34.05; the RBM finds the waves.
    assert!(test("forward") > -33.0 && (test("forward") - test("reverse")).abs() < 1.0, "{likelihood}");

    for (code, word, arguments) in [
        (
            2,
            "the visible units are Gaussian and take rows as they are",
            &["likelihood", "rbm", "--binarise", "threshold"][..],
        ),
        (4, "cannot draw samples: its rows are standardised", &["likelihood", "deep-autoencoder"]),
        (
            4,
            "cannot draw samples: its rows are standardised",
            &["sample", "deep-autoencoder", "--input", "windows", "--shape", "12x2"],
        ),
        (3, "windows-short.csv", &["predict", "dbn", "windows-short.csv"]),
        (3, "found \"x\": expected a number", &["predict", "dbn", "windows-word.csv"]),
        (3, "line 1, column 1: found \"1e39\": expected a finite number", &["predict", "dbn", "windows-wild.csv"]),
    ] {
        place.write("windows-short.csv", "1,2\n");
        let row = |first: &str| format!("{first}{}\n", ",0".repeat(23));
        place.write("windows-word.csv", row("1") + &row("x"));
        place.write("windows-wild.csv", row("1e39"));
        place.refuses(code, word, arguments);
    }
    // Rows far beyond those of the training are rows; values that no number holds once they are standardised are named.
    place.write("far.csv", format!("{}\n", vec!["1e30"; 24].join(",")));
    place.json(&["predict", "dbn", "far.csv"]);
    place.write("too-far.csv", format!("{}\n", vec!["3e38"; 24].join(",")));
    let too_far =
        "too-far.csv: row 0, column 1 holds 300000000000000000000000000000000000000 where the training rows have mean";
    place.refuses(3, too_far, &["predict", "dbn", "too-far.csv"]);
    // Rows are counted as in the file, wherever one begins to draw.
    let fine: String = (0..24).map(|i| window(0, i).to_string()).collect::<Vec<_>>().join(",") + "\n";
    place.write("late.csv", fine.repeat(3) + &fs::read_to_string(place.path("too-far.csv")).unwrap());
    place.refuses(
        3,
        "late.csv: row 3, column 1",
        &["reconstruct", "deep-autoencoder", "late.csv", "--first", "2", "--shape", "12x2"],
    );
}

/// Reference: the same numbers, whatever type a file keeps them in.
#[test]
fn the_same_numbers_are_the_same_rows_in_every_file() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..ROWS * 24).map(|i| (window(i / 24, i % 24 / 2 * 2) - 930.0) as u8).collect();
    let header = |kind: u8| [vec![0, 0, kind, 2], (ROWS as u32).to_be_bytes().to_vec(), vec![0, 0, 0, 24]].concat();
    let reals = bytes.iter().flat_map(|&b| f32::from(b).to_be_bytes());
    let whole = bytes.iter().flat_map(|&b| i16::from(b).to_be_bytes());
    place.write("u1", [header(8), bytes.clone()].concat());
    place.write("i2", header(0x0b).into_iter().chain(whole).collect::<Vec<u8>>());
    place.write("f4", header(0x0d).into_iter().chain(reals).collect::<Vec<u8>>());
    let line = |row: &[u8]| row.iter().map(u8::to_string).collect::<Vec<_>>().join(",") + "\n";
    place.write("rows.csv", bytes.chunks(24).map(line).collect::<String>());
    let classes: Vec<u8> = (0..ROWS).map(|row| (row % 3) as u8).collect();
    place.write("classes", idx(&[ROWS as u32], &classes));
    let files = ["u1", "i2", "f4", "rows.csv"];
    for (model, key) in [("dbn", "predictions"), ("rbm", "codes")] {
        let command = if model == "dbn" { "predict" } else { "codes" };
        let more = MODELS.iter().find(|(name, _)| *name == model).unwrap().1;
        for data in ["u1", "f4"] {
            place.json(&train(model, &format!("idx:{data},classes"), "of", &[more, &["--force"]].concat()));
            let told = files.map(|file| place.json(&[command, "of", file])[key].clone());
            assert!(told[0].as_array().is_some_and(|rows| rows.len() == ROWS), "{model}");
            assert!(told.iter().all(|t| *t == told[0]), "{model} trained on {data}");
        }
    }
    // As data to be measured by, too: by all rows, for the last model has learned from none with such classes.
    place.write("classes", idx(&[ROWS as u32], &[0; ROWS]));
    let measured = ["u1", "i2", "f4"].map(|file| {
        let data = format!("idx:{file},classes");
        place.json(&["likelihood", "of", "--data", &data, "--temperatures", "50"])["test"]["minus_free_energy"].clone()
    });
    assert!(measured[0].is_number() && measured.iter().all(|m| *m == measured[0]), "{measured:?}");
}

/// Counts of seconds since 1970 beside columns that never change.
#[test]
fn columns_far_from_0_and_constant_ones_are_taken() {
    let place = Place::new();
    let row = |row: usize| {
        let class = row % 3;
        let noise = (row * 7919 % 100) as f32;
        [1.7e9 + 1e5 * class as f32 + 100.0 * noise, 42.5, -1e-6 * class as f32 + 1e-9 * noise, 0.0]
    };
    let table = |name: &str, row: &dyn Fn(usize) -> [f32; 4]| {
        let header = [vec![0, 0, 0x0d, 2], (ROWS as u32).to_be_bytes().to_vec(), vec![0, 0, 0, 4]].concat();
        let values = (0..ROWS).flat_map(row).flat_map(f32::to_be_bytes);
        place.write(name, header.into_iter().chain(values).collect::<Vec<u8>>());
    };
    table("rows", &row);
    let classes: Vec<u8> = (0..ROWS).map(|row| (row % 3) as u8).collect();
    place.write("classes", idx(&[ROWS as u32], &classes));
    let more = ["--layers", "4-20-3", "--labels", "30"];
    let summary = place.json(&train("net", "idx:rows,classes", "of", &more));
    assert!(summary["test_error_percent"].as_f64().unwrap() < 2.0, "{summary}");
    // A column that was the same in all rows tells nothing, whatever it holds later.
    let last = |first: [f32; 4]| first.map(|x| x.to_string()).join(",") + "\n";
    let [a, _, c, d] = row(1);
    place.write("as-ever.csv", last(row(1)));
    place.write("other.csv", last([a, -7e4, c, d + 1.0]));
    let of = |rows: &str| place.json(&["predict", "of", rows])["predictions"].clone();
    assert_eq!(of("as-ever.csv"), of("other.csv"));

    table("same", &|_| [1.7e9, 42.5, 0.1, 0.0]);
    place.refuses(3, "idx:same,classes: every column is the same", &train("net", "idx:same,classes", "none", &more));
    // Rows to learn from and those held out are named as they stand in the file.
    let messages: Vec<String> = (0..12)
        .map(|wild| {
            table("wild", &|r| if r == wild { [0.0, 0.0, f32::MAX, 0.0] } else { row(r) });
            let arguments = train("rbm", "idx:wild,classes", "none", &["--layers", "4-5", "--epochs", "1", "--force"]);
            let output = place.laddernet(&arguments).output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            let named = message.contains(&format!("idx:wild,classes: row {wild}, column 2 holds"));
            assert!(output.status.success() || named, "{wild}: {message}");
            message
        })
        .collect();
    assert!(messages.iter().any(|message| message.contains("row")), "rows held out are standardised by the others");
    place.json(&train("rbm", "idx:rows,classes", "energy", &["--layers", "4-5"]));
    table("wild", &|r| if r == 7 { [0.0, 0.0, 1e25, 0.0] } else { row(r) });
    let wild = ["likelihood", "energy", "--data", "idx:wild,classes"];
    place.refuses(3, "classes: row 7 has a free energy beyond all numbers", &wild);
}

/// The rates of the two kinds of RBM in a stack are two options: each changes the layers it is for.
#[test]
fn rbms_with_gaussian_units_have_a_rate_of_their_own() {
    let place = Place::new();
    windows(&place, "windows", (1.0, 0.0));
    let more = ["--layers", "24-30-20-3", "--labels", "30", "--pretraining-epochs", "3", "--epochs", "1", "--force"];
    let model = |option: &[&str]| {
        place.json(&train("dbn", "idx:windows,classes", "of", &[&more[..], option].concat()));
        fs::read(place.path("of/model.safetensors")).unwrap()
    };
    let plain = model(&[]);
    assert!(plain != model(&["--pretraining-rate", "0.2"]) && plain != model(&["--code-rate", "0.01"]));
}

#[test]
fn what_gaussian_units_are_not_for_is_refused() {
    let place = Place::new();
    windows(&place, "windows", (1.0, 0.0));
    let data = "idx:windows,classes";
    for (code, word, arguments) in [
        (3, "--visible gaussian", &["train", "--model", "rbm", "--data", data][..]),
        (2, "leave the visible ones Bernoulli", &["train", "--model", "gsn", "--data", data, "--visible", "gaussian"]),
        (2, "'real' is no kind of visible unit", &["train", "--model", "rbm", "--data", data, "--visible", "real"]),
        (2, "set binarise to none", &["train", "--model", "rbm", "--visible", "gaussian", "--binarise", "threshold"]),
        (2, "--visible", &["train", "--model", "full", "--visible", "gaussian"]),
    ] {
        place.refuses(code, word, arguments);
        assert!(place.list("runs").is_empty(), "{arguments:?}");
    }
    place.json(&train("dbn", data, "stack", &["--layers", "24-30-20-3", "--labels", "30", "--keep-layers"]));
    let over = ["train", "--layers-of", "stack", "--labels", "30", "--data", data, "--out", "over", "--quiet"];
    place.refuses(3, "--visible gaussian", &[&over[..], &["--visible", "bernoulli"]].concat());
    let summary = place.json(&[&over[..], &["--epochs", "300"]].concat());
    assert!(summary["test_error_percent"].as_f64().unwrap() < 5.0, "{summary}");
}

/// A killed training standardises its rows again as before: reference, one that was left alone.
#[cfg(unix)]
#[test]
fn a_killed_training_is_resumed_to_the_same_bits() {
    let place = Place::new();
    windows(&place, "windows", (1.0, 0.0));
    let more = ["--layers", "24-8-6-3", "--labels", "30", "--pretraining-epochs", "50"];
    let of = |out| train("dbn", "idx:windows,classes", out, &more);
    place.is_killed_in_a_write(60, &[&of("killed")[..], &["--checkpoint-every", "0"]].concat());
    assert!(place.list("killed.partial").iter().any(|name| name.starts_with("checkpoint-stage")));
    place.json(&["resume", "killed", "--quiet"]);
    place.json(&of("whole"));
    let file = |run: &str| fs::read(place.path(run).join("model.safetensors")).unwrap();
    assert!(file("killed") == file("whole"));
}
