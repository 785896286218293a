//! What must not be lost, mistaken or passed over in silence: results on a full disk, inputs, scales, rows once seen.

use crate::common::{Place, SMALL, idx};
use serde_json::Value;

/// The digits as IDX files of bytes 0 to 16, every `step`-th row.
fn digits(place: &Place, images: &str, labels: &str, step: usize) {
    let digits = laddernet_data::digits::load();
    let rows: Vec<usize> = (0..digits.rows()).step_by(step).collect();
    let pixel = |row: usize| (0..64).map(move |i| (row, i));
    let scale = digits.scaling().scale;
    let pixels: Vec<u8> =
        rows.iter().flat_map(|&row| pixel(row)).map(|(r, i)| (digits.input(r, i) / scale).round() as u8).collect();
    let classes: Vec<u8> = rows.iter().map(|&row| digits.labels()[row].unwrap() as u8).collect();
    place.write(images, idx(&[rows.len() as u32, 8, 8], &pixels));
    place.write(labels, idx(&[rows.len() as u32], &classes));
}

#[test]
fn evaluation_and_prediction_scale_bytes_alike() {
    let place = Place::new();
    place.train("a", &[]);
    digits(&place, "images", "labels", 3);
    let evaluated = place.json(&["evaluate", "runs/a", "--data", "idx:images,labels"]);
    let predicted = place.json(&["predict", "runs/a", "images"]);
    let labels = std::fs::read(place.path("labels")).unwrap();
    let rows = predicted["predictions"].as_array().unwrap();
    let wrong =
        |(row, &label): (&Value, &u8)| row["class"].as_str().and_then(|class| class.parse().ok()) != Some(label);
    let errors = rows.iter().zip(&labels[8..]).filter(|&(r, l)| wrong((r, l))).count();
    assert_eq!(evaluated["errors"].as_u64(), Some(errors as u64));
    assert!(evaluated["error_percent"].as_f64().unwrap() < 60.0, "{evaluated}");
}

#[test]
fn rows_of_the_training_are_called_so() {
    let place = Place::new();
    digits(&place, "images", "labels", 2);
    digits(&place, "test", "test-labels", 3);
    let data = "idx:images,labels,test,test-labels";
    place.train("a", &["--data", data, "--labels", "40"]);
    for (data, learned) in [(data, false), ("idx:images,labels", true), ("idx:test,test-labels", false)] {
        let output = place.laddernet(&["evaluate", "runs/a", "--data", data, "--json"]).output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["learned_from"], learned, "{data}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("these are rows it was trained on"), learned, "{data}: {said}");
    }
    // The digits of the program are scaled by 1/16, and so are these bytes, the largest of which is 16.
    place.json(&["evaluate", "runs/a", "--data", "digits"]);
    place.json(&["predict", "runs/a", "digits"]);
    // Bytes that fill 0 to 255 are scaled by 1/255.
    let darker = std::fs::read(place.path("images")).unwrap();
    place.write("pictures", [&darker[..16], &darker[16..].iter().map(|b| b * 15).collect::<Vec<u8>>()].concat());
    place.train("b", &["--data", "idx:pictures,labels", "--labels", "40"]);
    place.refuses(3, "scaled by", &["evaluate", "runs/b", "--data", "digits"]);
    place.refuses(3, "scaled by", &["predict", "runs/b", "digits"]);
    place.refuses(3, "the largest value that was learned from is 16", &["predict", "runs/a", "pictures"]);
}

/// Reference: the same rows times 255, which have the same inputs.
#[test]
fn rows_of_0_and_1_are_learned_from_as_black_and_white_pictures_are() {
    let place = Place::new();
    digits(&place, "images", "labels", 2);
    let file = std::fs::read(place.path("images")).unwrap();
    let of =
        |white: u8| [&file[..16], &file[16..].iter().map(|b| white * u8::from(*b > 7)).collect::<Vec<u8>>()].concat();
    place.write("ones", of(1));
    place.write("white", of(255));
    let told = ["ones", "white"].map(|name| {
        place.train(name, &["--data", &format!("idx:{name},labels"), "--labels", "40"]);
        let run = format!("runs/{name}");
        place.json(&["evaluate", &run]);
        place.json(&["predict", &run, name])["predictions"].clone()
    });
    assert!(told[0].as_array().is_some_and(|rows| rows.len() > 800) && told[0] == told[1]);
    place.refuses(3, "the largest value that was learned from is 1:", &["predict", "runs/ones", "white"]);
}

/// Labels from 1 with a gap, rows without one, and later files whose classes are fewer and so are counted otherwise.
#[test]
fn classes_are_named_by_the_labels_that_occur() {
    let place = Place::new();
    digits(&place, "images", "labels", 2);
    let with = |name: &str, kept: &[u8]| {
        let file = std::fs::read(place.path("labels")).unwrap();
        let labels: Vec<u8> = file[8..].iter().map(|label| if kept.contains(label) { *label } else { 255 }).collect();
        place.write(name, [&file[..8], &labels].concat());
    };
    with("some", &[1, 3, 8]);
    with("eights", &[8]);
    with("others", &[3, 4]);
    let layers = ["--data", "idx:images,some", "--labels", "30", "--layers", "64-30-3"];
    place.train("a", &layers);
    let told = |data: &str| place.json(&["evaluate", "runs/a", "--data", &format!("idx:images,{data}")]);
    assert_eq!(told("some")["class_names"], serde_json::json!(["1", "3", "8"]));
    let eights = told("eights");
    let recall = eights["recall"].as_array().unwrap();
    assert!(recall[0].is_null() && recall[1].is_null() && recall[2].is_number(), "{eights}");
    let others = ["evaluate", "runs/a", "--data", "idx:images,others"];
    place.refuses(3, "has class '4', but the classes that were learned are 1, 3, 8", &others);
}

#[test]
fn an_index_in_front_of_the_pixels_is_left_out_and_said() {
    let place = Place::new();
    place.train("a", &["--epochs", "1"]);
    let digits = laddernet_data::digits::load();
    let row = |row: usize| (0..64).map(|i| (16.0 * digits.input(row, i)).to_string()).collect::<Vec<_>>().join(",");
    let header = (0..64).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    place.write("bare.csv", format!("{}\n{}\n", row(0), row(1)));
    place.write("pandas.csv", format!(",{header}\n0,{}\n1,{}\n", row(0), row(1)));
    let of = |file: &str| place.json(&["predict", "runs/a", file])["predictions"].clone();
    assert!(of("bare.csv").as_array().is_some_and(|rows| rows.len() == 2));
    assert_eq!(of("bare.csv"), of("pandas.csv"));
    let said = |file: &str| String::from_utf8(place.laddernet(&["predict", "runs/a", file]).output().unwrap().stderr);
    let note = "pandas.csv: column 1 ('column1') counts the rows and was left out";
    assert!(said("pandas.csv").unwrap().contains(note) && !said("bare.csv").unwrap().contains("column"));
}

#[test]
fn an_output_is_not_written_over_its_input() {
    let place = Place::new();
    place.train("a", &["--epochs", "1"]);
    let rows = place.write("rows.csv", vec!["1"; 64].join(","));
    place.refuses(2, "is the input", &["predict", "runs/a", "rows.csv", "-o", "./rows.csv"]);
    place.refuses(2, "is the input", &["reconstruct", "runs/a", "rows.csv", "-o", "rows.csv"]);
    assert_eq!(std::fs::read_to_string(rows).unwrap().len(), 127);
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read_and_what_is_wrong_is_named() {
    let place = Place::new();
    let run = place.train("a", &["--epochs", "1"]);
    place.refuses(2, "no regular file", &["train", "--recipe", "/dev/zero"]);
    place.refuses(4, "no regular file", &["show", "/dev/zero"]);
    let said = String::from_utf8(place.laddernet(&["show", "runs/a"]).output().unwrap().stdout).unwrap();
    assert!(said.contains("Status    finished"), "{said}");
    let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
    let at = |text: &str, word: &str| {
        std::fs::write(run.join("summary.json"), text).unwrap();
        place.refuses(4, word, &["show", "runs/a"]);
    };
    at(&summary.replace("laddernet.train/2", "laddernet.train/3"), "summary.json: it is of schema laddernet.train/3");
    at("{", "summary.json: it is damaged (EOF");
    at(&" ".repeat(2 << 20), "at most 1048576 are read");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_settings_cannot_hold_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let folder = std::ffi::OsStr::from_bytes(b"\xff");
    let output = place.laddernet(&["train", "--data-dir"]).arg(folder).args(SMALL).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("expected a path in UTF-8"), "{said}");
    assert_eq!(place.list("runs"), [""; 0]);
}

#[cfg(target_os = "linux")]
mod needs_mount {
    use super::*;
    use crate::common::BINARY;
    use std::process::Command;

    #[test]
    #[ignore = "needs permission to mount a small disk"]
    fn a_disk_that_fills_during_the_training_costs_no_model() {
        let place = Place::new();
        let disk = place.path("disk");
        std::fs::create_dir(&disk).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&disk).output();
        assert!(mount.is_ok_and(|output| output.status.success()), "no permission to mount a small disk");
        let mut command = Command::new(BINARY);
        command.args(["train", "--quiet", "--no-baseline", "--out", "disk/a"]).args(SMALL).args(["--epochs", "5000"]);
        let mut child = command.current_dir(place.path("")).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let partial = disk.join("a.partial");
        while std::fs::metadata(partial.join("metrics.jsonl")).map_or(0, |about| about.len()) == 0 {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        // The training waits meanwhile, so that it cannot give way to the one that fills the disk.
        let signal = |name: &str| {
            assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success())
        };
        signal("-STOP");
        // Fails when the disk is full, which is what it is for.
        let _ = std::fs::write(disk.join("other"), vec![1; 2 << 20]);
        signal("-CONT");
        let output = child.wait_with_output().unwrap();
        let shown = Command::new(BINARY).args(["show", "--json"]).arg(&partial).output().unwrap();
        let log = std::fs::read_to_string(partial.join("metrics.jsonl"));
        Command::new("umount").arg(&disk).status().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(7), "{said}");
        assert!(said.contains("was left in"), "{said}");
        let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
        assert_eq!(shown["summary"]["status"], "interrupted", "{said}");
        for line in log.unwrap().lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
}
