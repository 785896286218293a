//! What a trained model does with files that are not quite like the one that it learned from.

use super::{COLUMNS, Said, call, cell, csv, csv_with, train, trained};
use crate::common::Place;
use serde_json::Value;

fn predict(place: &Place, name: &str, text: &str, more: &[&str]) -> Said {
    place.write(name, text);
    call(place, &[&["predict", "run", name][..], more].concat())
}

/// The lines of predictions, without the first.
fn lines(said: &Said) -> Vec<&str> {
    assert_eq!(said.code, 0, "{}", said.err);
    said.out.lines().skip(1).collect()
}

fn in_cell(row: usize, column: &str, text: &str) -> impl Fn(usize, &str) -> Option<String> {
    move |at, name| (at == row && name == column).then(|| text.to_owned())
}

/// Each of these files gives the predictions of the file that was learned from, bit for bit, and says so much.
#[test]
fn what_does_not_matter_changes_no_bit() {
    let place = trained();
    let own = call(&place, &["predict", "run", "train.csv"]);
    assert_eq!(lines(&own).len(), 60);
    let reversed: Vec<&str> = COLUMNS.into_iter().rev().collect();
    let mixed = ["member", "extra", "y", "plan", "age", "more", "since", "income"];
    let whole = csv(&COLUMNS, 0..60);
    let cases = [
        ("another order", csv(&reversed, 0..60), None),
        ("one more column", csv(&[&COLUMNS[..], &["extra"]].concat(), 0..60), Some("not used: column 'extra'")),
        ("more columns", csv(&mixed, 0..60), Some("not used: columns 'extra', 'more'")),
        ("no target", csv(&COLUMNS[..5], 0..60), Some("column 'y' is not in the file")),
        ("a target without a label", csv_with(&COLUMNS, 0..60, |_, name| (name == "y").then(String::new)), None),
        ("a byte order mark", format!("\u{feff}{whole}"), None),
        ("line ends of Windows", whole.replace('\n', "\r\n"), None),
        ("semicolons", whole.replace(',', ";").replace("a; b", "a, b"), None),
        ("a blank last line", format!("{whole}\n"), None),
        ("numbers written otherwise", whole.replace(".50", ".5"), None),
    ];
    for (what, text, note) in cases {
        let said = predict(&place, "other.csv", &text, &[]);
        assert!(said.code == 0 && said.out == own.out, "{what}: {}", said.err);
        match note {
            Some(note) => assert_eq!(said.err.matches(note).count(), 1, "{what}: {}", said.err),
            None => assert!(!said.err.contains("note: not used"), "{what}: {}", said.err),
        }
        assert!(!said.err.contains("warning"), "{what}: {}", said.err);
    }
}

#[test]
fn a_row_alone_has_the_bits_that_it_has_among_others() {
    let place = trained();
    let own = call(&place, &["predict", "run", "train.csv"]);
    for row in [0, 4, 29, 59] {
        let alone = predict(&place, "alone.csv", &csv(&COLUMNS, row..row + 1), &[]);
        let bits = |line: &str| line.split_once(',').unwrap().1.to_owned();
        assert_eq!(bits(lines(&alone)[0]), bits(lines(&own)[row]), "row {row}");
    }
}

#[test]
fn a_model_file_copied_alone_predicts_the_same() {
    let place = trained();
    let own = call(&place, &["predict", "run", "train.csv"]);
    std::fs::rename(place.path("run/model.safetensors"), place.path("m.safetensors")).unwrap();
    std::fs::remove_dir_all(place.path("run")).unwrap();
    let alone = call(&place, &["predict", "m.safetensors", "train.csv"]);
    assert!(alone.code == 0 && alone.out == own.out, "{}", alone.err);
    assert_eq!(call(&place, &["label", "m.safetensors", "train.csv"]).code, 0);
    assert_eq!(call(&place, &["reconstruct", "m.safetensors", "train.csv"]).code, 0);
}

#[test]
fn missing_columns_are_all_named_with_the_nearest_spelling() {
    let place = trained();
    let text = csv(&["age", "plan", "member"], 0..9).replacen("age,plan,member", "Age,plan,members", 1);
    place.write("other.csv", text);
    for command in ["predict", "label", "reconstruct"] {
        let said = call(&place, &[command, "run", "other.csv", "-o", "out.csv"]);
        assert_eq!(said.code, 3, "{command}: {}", said.err);
        for name in ["'age' (is it 'Age'?)", "'income'", "'since'", "'member' (is it 'members'?)", "other.csv"] {
            assert!(said.err.contains(name), "{command}, {name}: {}", said.err);
        }
        assert!(!place.path("out.csv").exists(), "{command}");
    }
}

/// The share of such cells decides whether it is a note or a warning; with `--strict` the first is refused, and nothing is written.
#[test]
fn cells_that_do_not_fit_are_counted_warned_of_or_refused() {
    let place = trained();
    let said_of = |rows: usize, column: &str, text: &str, more: &[&str]| {
        let text = csv_with(&COLUMNS, 0..rows, in_cell(6, column, text));
        predict(&place, "other.csv", &text, more)
    };
    for (column, found, what, expected) in [
        ("plan", "gold", "a word that was not there before", "a word that the column had before"),
        ("member", "perhaps", "a word that was not there before", "'no' or 'yes'"),
        ("age", "oops", "no number", "a number"),
        ("income", "1.2.3", "no number", "a number"),
        ("since", "some day", "no date", "a date"),
    ] {
        let missing = said_of(60, column, "", &[]);
        let few = said_of(60, column, found, &[]);
        // As if the cell were empty, and known words stay what they are.
        assert_eq!(lines(&few), lines(&missing), "{column}");
        let cells = (0..60).filter(|&row| !cell(row, column).is_empty()).count();
        let sentence = format!("warning: column '{column}': 1 of {cells} cells holds {what}");
        assert!(few.err.contains(&sentence) && few.err.contains(&format!("'{found}' (line 8)")), "{}", few.err);
        assert!(!missing.err.contains("warning"), "{}", missing.err);

        let many = said_of(200, column, found, &[]);
        let cells = (0..200).filter(|&row| !cell(row, column).is_empty()).count();
        let sentence = format!("note: column '{column}': 1 of {cells} cells holds {what}");
        assert!(many.err.contains(&sentence) && !many.err.contains("warning"), "{}", many.err);

        let strict = said_of(200, column, found, &["--strict", "-o", "out.csv"]);
        assert_eq!(strict.code, 3, "{}", strict.err);
        let sentence = format!("other.csv, line 8, column '{column}': found '{found}': expected {expected}");
        assert!(strict.err.contains(&sentence), "{}", strict.err);
        assert!(!place.path("out.csv").exists());
    }
    // What cannot be a number at all is refused even without it.
    let inf = said_of(60, "age", "inf", &["-o", "out.csv"]);
    assert!(inf.code == 3 && inf.err.contains("line 8, column 'age': found 'inf'"), "{}", inf.err);
    assert!(!place.path("out.csv").exists());
}

/// Of the labels, a third are 'leaves'.
#[test]
fn a_row_without_a_value_gets_the_shares_of_the_classes_and_a_mark() {
    let place = trained();
    let text = csv_with(&COLUMNS, 0..9, |row, _| (row == 4).then(String::new));
    let said = predict(&place, "other.csv", &text, &[]);
    let of: Vec<&str> = lines(&said)[4].split(',').collect();
    assert_eq!((of[1], of[4]), ("stays", "no value"));
    let p: Vec<f32> = of[2..4].iter().map(|p| p.parse().unwrap()).collect();
    assert!((p[0] - 1.0 / 3.0).abs() < 1e-6 && (p[1] - 2.0 / 3.0).abs() < 1e-6, "{p:?}");
    assert!(said.err.contains("warning: rows without any value: 1"), "{}", said.err);
    assert!(lines(&said).iter().enumerate().all(|(row, line)| row == 4 || line.ends_with(',')));
}

#[test]
fn a_file_and_the_run_say_the_same_columns() {
    let place = trained();
    let (file, run) = (place.json(&["inspect", "train.csv"]), place.json(&["inspect", "run"]));
    assert_eq!(file["schema"], "laddernet.inspect/1");
    for key in ["columns", "target", "classes", "inputs"] {
        assert!(!file[key].is_null() && file[key] == run[key], "{key}: {} and {}", file[key], run[key]);
    }
    let summary: Value = serde_json::from_slice(&std::fs::read(place.path("run/summary.json")).unwrap()).unwrap();
    assert_eq!(summary["own"]["columns"], file["columns"]);
    assert_eq!(place.json(&["inspect", "run/model.safetensors"])["columns"], file["columns"]);
}

#[test]
fn labels_are_filled_in_beside_what_stood_there() {
    let place = trained();
    // Columns in another order, some that the model does not know, spellings that a number would lose.
    let columns = ["note", "y", "member", "age", "code", "since", "plan", "income"];
    let text = csv_with(&columns, 0..60, |row, name| match name {
        "note" => Some(["\"with, comma\"", "\"two words\"", "007"][row % 3].to_owned()),
        "code" => Some("1.500".to_owned()),
        _ => None,
    });
    place.write("other.csv", &text);
    let said = call(&place, &["label", "run", "other.csv", "-o", "filled.csv"]);
    assert!(said.code == 0 && said.out.is_empty(), "{}", said.err);
    let filled = std::fs::read_to_string(place.path("filled.csv")).unwrap();
    let predictions = call(&place, &["predict", "run", "other.csv"]);
    let mut of_rows = filled.lines();
    let first = of_rows.next().unwrap();
    assert_eq!(first, columns.join(",") + ",y_filled,y_predicted,y_probability,y_given");
    assert_eq!(of_rows.clone().count(), 60);
    for (row, (line, original)) in of_rows.zip(text.lines().skip(1)).enumerate() {
        // A formula stands behind a quote, and all else is as it was.
        let original = original.replace("=1+1", "'=1+1").replace("\"two words\"", "two words");
        let added = line.strip_prefix(&original).unwrap_or_else(|| panic!("{line} begins with {original}"));
        let added: Vec<&str> = added.split(',').skip(1).collect();
        let class = lines(&predictions)[row].split(',').nth(1).unwrap();
        let label = cell(row, "y");
        let filled = if label.is_empty() { class } else { &label };
        assert_eq!(added[..2], [filled, class], "row {row}");
        assert_eq!(added[3], if label.is_empty() { "false" } else { "true" }, "row {row}");
        assert!((0.5..=1.0).contains(&added[2].parse::<f32>().unwrap()), "{line}");
    }
    let guarded = text.matches("=1+1").count();
    assert!(said.err.contains(&format!("{guarded} cells that a spreadsheet would take for formulas")), "{}", said.err);
}

/// Names of classes, columns and words go out behind a quote where a spreadsheet would calculate them.
#[test]
fn formulas_are_guarded_wherever_they_come_from() {
    let place = trained();
    let text = csv(&COLUMNS, 0..60).replace("leaves", "@leaves").replace("member", "-member");
    place.write("evil.csv", text);
    assert_eq!(train(&place, "evil.csv", "evil", &["--quiet"]).code, 0);
    for command in ["predict", "label", "reconstruct"] {
        let said = call(&place, &[command, "evil", "evil.csv"]);
        assert_eq!(said.code, 0, "{command}: {}", said.err);
        for line in said.out.lines() {
            for cell in line.split(',').map(|cell| cell.trim_matches('"')) {
                let is_number = cell.parse::<f64>().is_ok();
                assert!(is_number || !cell.starts_with(['=', '+', '-', '@']), "{command}: {line}");
            }
        }
        if command != "reconstruct" {
            assert!(said.out.contains("'@leaves"), "{command}: {}", said.out);
        }
    }
}

/// A label that the model does not know is the user's all the same.
#[test]
fn a_given_label_is_never_written_over() {
    let place = trained();
    place.write("other.csv", csv_with(&COLUMNS, 0..9, in_cell(4, "y", "unheard_of")));
    let said = call(&place, &["label", "run", "other.csv"]);
    let line = said.out.lines().nth(5).unwrap();
    let added: Vec<&str> = line.rsplitn(5, ',').collect();
    assert_eq!((added[3], added[0]), ("unheard_of", "true"), "{line}");
    assert!(said.err.contains("a label that the model does not know: 1"), "{}", said.err);
}

/// Missing cells are filled in, in the column's own units, and the others stay as they were.
#[test]
fn missing_cells_are_imputed() {
    let place = trained();
    let said = call(&place, &["reconstruct", "run", "train.csv"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let text = csv(&COLUMNS, 0..60);
    let mut imputed = 0;
    for (row, (line, original)) in said.out.lines().zip(text.lines()).enumerate().skip(1) {
        let (age, rest) = line.split_once(',').unwrap();
        let (old_age, old_rest) = original.split_once(',').unwrap();
        assert!(rest.starts_with(&old_rest.replace("=1+1", "'=1+1")), "{line} and {original}");
        match old_age {
            "" => imputed += usize::from((25.0..60.0).contains(&age.parse::<f64>().unwrap())),
            _ => assert_eq!(age, old_age, "row {row}"),
        }
    }
    assert_eq!(imputed, text.lines().filter(|line| line.starts_with(',')).count());
    assert!(imputed > 2);
}
