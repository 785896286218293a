//! Tables that are odd and legal, and test rows that are none: what is said of them.

use super::{COLUMNS, call, csv, csv_with, train};
use crate::common::{Place, idx};

fn rows(change: impl Fn(usize, &str) -> Option<String>) -> String {
    csv_with(&COLUMNS, 0..60, change)
}

/// What is odd and legal is learned from, and said.
#[test]
fn odd_tables_are_learned_from_and_said() {
    let labels = |of: fn(usize) -> &'static str| rows(move |row, name| (name == "y").then(|| of(row).to_owned()));
    let cases: [(&str, String, &[&str], &[&str]); 10] = [
        (
            "a column without a value",
            rows(|_, name| (name == "income").then(String::new)),
            &[],
            &["'income' not used: it has no value in any row", "4 of 5 are learned from"],
        ),
        (
            "a constant",
            rows(|_, name| (name == "income").then(|| "7".into())),
            &[],
            &["'income' not used: it has one value in all rows"],
        ),
        (
            "a column twice",
            csv_with(&["age", "age", "income", "y"], 0..60, |_, _| None),
            &[],
            &["column 2 is called age, as one before it", "'age.2' not used: it is the same as 'age'"],
        ),
        (
            "labels on every row",
            labels(|row| if row % 3 == 0 { "a" } else { "b" }),
            &[],
            &["60 in 2 classes", "a 20, b 40"],
        ),
        (
            "a class of one label",
            labels(|row| if row == 7 { "c" } else { ["a", "b", ""][row % 3] }),
            &[],
            &["'c'", "one label"],
        ),
        (
            "-1 beside numbers",
            labels(|row| ["0", "1", "-1"][row % 3]),
            &[],
            &["40 in 2 classes", "20 rows without: -1 20"],
        ),
        (
            "other words for no label",
            labels(|row| ["a", "b", "?", "NA", "", "unlabelled"][row % 6]),
            &[],
            &["20 in 2 classes", "40 rows without:", "empty cell 10", "? 10", "NA 10", "unlabelled 10"],
        ),
        (
            "none and unknown are classes",
            labels(|row| ["none", "unknown", ""][row % 3]),
            &[],
            &["none 20, unknown 20", "20 rows without"],
        ),
        (
            "unless it is said",
            labels(|row| ["a", "b", "unknown"][row % 3]),
            &["--unlabelled-as", "unknown"],
            &["a 20, b 20", "20 rows without: unknown 20"],
        ),
        (
            "a word among numbers",
            rows(|row, name| (row == 6 && name == "income").then(|| "oops".to_owned())),
            &[],
            &["'income'", "'oops' (line 8)"],
        ),
    ];
    for (what, text, more, words) in cases {
        let place = Place::new();
        place.write("data.csv", text);
        let said = train(&place, "data.csv", "run", more);
        assert_eq!(said.code, 0, "{what}: {}", said.err);
        for word in words {
            assert!(said.err.contains(word), "{what}: '{word}' is in: {}", said.err);
        }
    }
}

/// What the training took for "no label" is none when labels are filled in, also by the model file alone.
#[test]
fn a_word_that_stands_for_no_label_is_filled_in() {
    let place = Place::new();
    let text = rows(|row, name| (name == "y").then(|| ["a", "b", "unknown"][row % 3].to_owned()));
    place.write("data.csv", text);
    assert_eq!(train(&place, "data.csv", "run", &["--unlabelled-as", "unknown"]).code, 0);
    std::fs::copy(place.path("run/model.safetensors"), place.path("alone.safetensors")).unwrap();
    for model in ["run", "alone.safetensors"] {
        let said = call(&place, &["label", model, "data.csv"]);
        assert_eq!(said.code, 0, "{}", said.err);
        for (row, line) in said.out.lines().skip(1).enumerate() {
            let added: Vec<&str> = line.rsplit(',').take(4).collect();
            let given = row % 3 < 2;
            assert_eq!(added[0], if given { "true" } else { "false" }, "{line}");
            assert_eq!(added[3], if given { ["a", "b"][row % 3] } else { added[2] }, "{line}");
        }
    }
}

/// A column whose labelled rows are older than the others is named; one that has a value in hardly any row is not, wherever that row is.
#[test]
fn columns_in_which_the_labelled_rows_are_others_are_named() {
    let place = Place::new();
    let change = |row: usize, name: &str| match (name, row) {
        ("age", 0..30) => Some((80 + row % 15).to_string()),
        ("age", _) => Some((25 + row * 7 % 15).to_string()),
        // Of many rows every third is looked at, and so is 9.
        ("rare", 4) => Some("1".into()),
        ("rare", 9) => Some("0.001".into()),
        ("rare", _) => Some("0".into()),
        _ => None,
    };
    place.write("t.csv", csv_with(&["age", "rare", "y"], 0..25_000, change));
    let said = train(&place, "t.csv", "run", &["--model", "mlp", "--hidden", "4", "--test", "none"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("the labelled rows are not like the others"), "{}", said.err);
    assert!(said.err.contains("'age' by +") && !said.err.contains("'rare' by"), "{}", said.err);
}

#[test]
fn test_rows_that_are_learned_from_are_told() {
    let place = Place::new();
    place.write("train.csv", csv(&COLUMNS, 0..60));
    let others = csv_with(&COLUMNS, 60..70, |_, name| (name == "y").then(|| "stays".into()));
    let others = others.split_once('\n').unwrap().1;
    place.write("test.csv", csv(&COLUMNS, 20..30) + others);
    let said = train(&place, "train.csv", "run", &["--test", "test.csv"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("10 test rows are the same as rows that are learned from"), "{}", said.err);
    assert!(said.out.contains("(20 rows)"), "{}", said.out);
    // The files have not changed, and the part is the same.
    let evaluated = place.json(&["evaluate", "run"]);
    assert_eq!(evaluated["rows"], 20, "{evaluated}");
}

/// Without test rows every labelled row is learned from, and there is nothing to evaluate on but these.
#[test]
fn rows_that_were_learned_from_are_no_held_out_part() {
    let place = super::trained();
    let said = call(&place, &["evaluate", "run"]);
    assert!(!said.out.contains("held-out"), "{}", said.out);
    match said.code {
        0 => assert!(said.err.contains("trained on"), "{}", said.err),
        code => assert!((2..=3).contains(&code) && said.err.contains("name a file with labels"), "{}", said.err),
    }
}

/// A step is measured on the rows that a training would have: the columns encoded, the labels not among them.
#[test]
fn a_step_is_measured_on_own_rows_and_models_are_not_compared_on_them() {
    let place = Place::new();
    place.write("rows.csv", rows(|_, _| None));
    let found = place.json(&["bench", "--data", "rows.csv", "--target", "y", "--model", "mlp", "--seconds", "0.1"]);
    let layers: Vec<u64> = found["layers"].as_array().unwrap().iter().map(|size| size.as_u64().unwrap()).collect();
    assert_eq!((layers.first(), layers.last()), (Some(&12), Some(&2)), "{found}");
    place.refuses(2, "found 'rows.csv', a file of your own", &["compare", "--data", "rows.csv"]);
}

/// Pictures as a table with a header are what they are as IDX files: with the same settings the same costs, but for the rounding of a division.
#[test]
fn pictures_in_a_table_are_pictures() {
    let place = Place::new();
    let (side, rows) = (18, 90);
    // A bright bar at one of three places, on a black rim.
    let pixel = |row: usize, at: usize| {
        let (y, x) = (at / side, at % side);
        let rim = y == 0 || x == 0 || y == side - 1 || x == side - 1;
        let bar = x / 6 == row % 3;
        if rim { 0 } else { ((row * 7919 + at * 104_729) % 97) as u8 + if bar { 158 } else { 0 } }
    };
    let mut table: String = (0..side * side).map(|at| format!("pixel{at},")).collect::<String>() + "label\n";
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for at in 0..side * side {
            values.push(pixel(row, at));
            table += &format!("{},", pixel(row, at));
        }
        labels.push((row % 3) as u8);
        table += &format!("{}\n", row % 3);
    }
    place.write("t.csv", table);
    place.write("images", idx(&[rows as u32, side as u32, side as u32], &values));
    place.write("labels", idx(&[rows as u32], &labels));
    let same = ["--hidden", "40-20", "--epochs", "3", "--labels", "all", "--no-baseline", "--statistics", "unlabelled"];
    let of = |more: &[&str]| place.json(&[&["train", "--model", "full"], more, &same[..]].concat());
    let pictures = of(&["--data", "idx:images,labels,images,labels", "--out", "i"]);
    let columns = of(&["t.csv", "--test", "none", "--out", "c"]);
    assert_eq!(columns["layers"], pictures["layers"]);
    let costs = |summary: &serde_json::Value| -> Vec<f64> {
        summary["costs"].as_array().unwrap().iter().map(|cost| cost["value"].as_f64().unwrap()).collect()
    };
    for (a, b) in costs(&columns).iter().zip(costs(&pictures)) {
        assert!((a - b).abs() < 1e-3 * b.abs(), "{a} {b}");
    }
}
