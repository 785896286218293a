//! `laddernet suggest`: rows without a label, typical ones, and first the one that decides a name.

use crate::common::Place;
use serde_json::{Value, json};
use std::fs;

fn text(place: &Place, arguments: &[&str]) -> String {
    let output = place.laddernet(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn rows(document: &Value) -> Vec<u64> {
    document["suggestions"].as_array().unwrap().iter().map(|s| s["row"].as_u64().unwrap()).collect()
}

#[test]
fn digits_that_had_no_label_are_suggested_and_the_deciding_one_first() {
    let place = Place::new();
    place.json(&["train", "--labels", "20", "--epochs", "2", "--no-baseline", "--few-labels", "auto", "--out", "run"]);
    let found = place.json(&["suggest", "run", "digits", "-n", "25"]);
    let of_the_run: Value =
        serde_json::from_str(&fs::read_to_string(place.path("run/labelled_rows.json")).unwrap()).unwrap();
    let suggested = rows(&found);
    assert_eq!((suggested.len(), &found["labelled"], &found["rows"]), (25, &json!(20), &json!(1797)));
    for row in of_the_run["rows"].as_array().unwrap() {
        assert!(!suggested.contains(&row.as_u64().unwrap()), "{row} has a label");
    }
    let first = &found["suggestions"][0];
    assert!(first["probability"].as_f64() >= first["next_probability"].as_f64() && first["class"] != first["next"]);
    assert!(first["stands_for_percent"].as_f64().unwrap() > 1.0, "{first}");

    // A run that cannot tell two groups by their names.
    let path = place.path("run/summary.json");
    let mut summary: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let open =
        (0..1797).find(|row| !suggested.contains(row) && !of_the_run["rows"].as_array().unwrap().contains(&json!(row)));
    summary["few_labels"]["in_doubt"] = json!({ "classes": ["4", "9"], "row": open.unwrap() });
    fs::write(&path, summary.to_string()).unwrap();
    let found = place.json(&["suggest", "run", "digits", "-n", "3"]);
    assert_eq!(rows(&found)[0], open.unwrap());
    assert_eq!((rows(&found).len(), &found["suggestions"][0]["names"]), (3, &json!(["4", "9"])));
    let said = text(&place, &["suggest", "run", "digits", "-n", "3"]);
    assert!(said.contains("says whether its group of rows is 4 or 9"), "{said}");

    fs::write(&path, "{").unwrap();
    place.refuses(4, "damaged", &["suggest", "run", "digits"]);
}

#[test]
fn rows_of_a_table_come_as_they_stand() {
    let place = Place::new();
    let mut table = String::from("a,row,y\n");
    for row in 0..120 {
        let (left, label) = (row % 3 == 0, if row < 6 { ["x", "=y", "=y"][row % 3] } else { "" });
        table += &format!("{},{},{label}\n", if left { 1.0 } else { 5.0 } + f64::from(row as u32 % 7) / 10.0, row * 2);
    }
    fs::write(place.path("t.csv"), &table).unwrap();
    text(&place, &["train", "t.csv", "--epochs", "2", "--test", "none", "--out", "run"]);
    let said = text(&place, &["suggest", "run", "t.csv", "-n", "4"]);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "row_,a,row,y,predicted,probability,next,next_probability,why");
    assert_eq!(lines.len(), 5, "{said}");
    let of_the_file: Vec<&str> = table.lines().collect();
    for line in &lines[1..] {
        let (row, rest) = line.split_once(',').unwrap();
        let row: usize = row.parse().unwrap();
        assert!(row >= 6, "row {row} has a label");
        assert!(rest.starts_with(of_the_file[row + 1]), "{line}");
        assert!(rest.contains("'=y"), "a class that a spreadsheet would take for a formula: {line}");
    }
    // All of them, when more are asked for than there are; none twice.
    text(&place, &["suggest", "run", "t.csv", "-n", "1000", "-o", "all.csv"]);
    let all = fs::read_to_string(place.path("all.csv")).unwrap();
    let mut open: Vec<usize> =
        all.lines().skip(1).map(|line| line.split(',').next().unwrap().parse().unwrap()).collect();
    open.sort_unstable();
    assert_eq!(open, (6..120).collect::<Vec<_>>());
    place.refuses(2, "from 1 on", &["suggest", "run", "t.csv", "-n", "0"]);
    place.refuses(2, "standard input is read once", &["suggest", "run", "-"]);
}
