//! Each command on the page `docs/own-data.md`, on small files of the names that it uses.

use super::csv;
use crate::common::{BINARY, Place};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const PAGE: &str = include_str!("../../../../../docs/own-data.md");

/// The page's table of customers, as CSV. Two files of the same rows, made by other programs, lie beside this one.
fn customers(rows: std::ops::Range<usize>, separator: &str, point: &str) -> String {
    let mut text = ["id", "age", "income", "plan", "since", "newsletter", "churn"].join(separator) + "\n";
    for i in rows {
        let leaves = i % 2;
        let age = if i % 17 == 3 { String::new() } else { (25 + 20 * leaves + i * 7 % 15).to_string() };
        let income = format!("{}{point}5", 1000 + 900 * leaves + i * 37 % 500);
        let plan = [["basic", "basic", "plus"], ["plus", "family", "family"]][leaves][i * 5 % 3];
        let since = format!("{}-{:02}-{:02}", 2010 + 6 * leaves + i * 11 % 5, 1 + i * 5 % 12, 1 + i * 13 % 28);
        let newsletter = if i % 3 == 0 { "yes" } else { "no" };
        let churn = if i % 80 < 30 { ["stays", "leaves"][leaves] } else { "" };
        let cells = [&(i + 1000).to_string(), &age, &income, plan, &since, newsletter, churn];
        text += &(cells.join(separator) + "\n");
    }
    text
}

/// What is measured of row `i`, in two classes.
fn measured(i: usize) -> [f32; 4] {
    [1, 2, 3, 5].map(|k| (i % 2 * 3) as f32 + (i * k * 7 % 11) as f32 / 11.0)
}

/// An NPY file of version 1.0, described by numpy's documentation ("NEP 1").
fn npy(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values);
    bytes
}

/// A grey picture of 8 x 8 pixels, bright above or below.
fn picture(path: &Path, i: usize) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut encoder = png::Encoder::new(std::fs::File::create(path).unwrap(), 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    let bright = |at: usize| if (at < 32) == i.is_multiple_of(2) { 180 } else { 20 };
    let pixels: Vec<u8> = (0..64).map(|at| (bright(at) + i * (at + 3) * 7 % 50) as u8).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
}

fn files() -> Place {
    let place = Place::new();
    let whole = customers(0..80, ",", ".");
    place.write("customers.csv", &whole);
    place.write("customers.tsv", customers(0..80, "\t", "."));
    place.write("kunden.csv", customers(0..80, ";", ","));
    place.write("new.csv", customers(200..230, ",", "."));
    place.write("more.csv", customers(110..150, ",", "."));
    place.write("test.csv", customers(160..190, ",", "."));
    for (name, bytes) in [
        ("customers.csv.gz", &include_bytes!("customers.csv.gz")[..]),
        ("customers.parquet", include_bytes!("customers.parquet")),
        ("more.parquet", include_bytes!("more.parquet")),
        ("customers.xlsx", include_bytes!("customers.xlsx")),
        ("set.npz", include_bytes!("set.npz")),
    ] {
        place.write(name, bytes);
    }
    std::fs::create_dir(place.path("years")).unwrap();
    place.write("years/2023.parquet", include_bytes!("customers.parquet"));
    place.write("years/2024.parquet", include_bytes!("more.parquet"));
    let survey = csv(&["age", "income", "since", "y"], 0..60).replace(",y\n", ",answer\n").replace(",\n", ",unknown\n");
    place.write("survey.csv", survey);

    let values: Vec<u8> = (0..80).flat_map(measured).flat_map(f32::to_le_bytes).collect();
    place.write("X.npy", npy("<f4", "(80, 4)", &values));
    let labels: Vec<u8> = (0..80).flat_map(|i| if i < 30 { i % 2 } else { -1_i64 }.to_le_bytes()).collect();
    place.write("y.npy", npy("<i8", "(80,)", &labels));

    let mut listed = "file,label\n".to_owned();
    for i in 0..60 {
        let class = ["cat", "dog"][i % 2];
        let folder = if i < 20 { format!("pictures/labelled/{class}") } else { "pictures/unlabelled".into() };
        picture(&place.path(&format!("{folder}/{i}.png")), i);
        picture(&place.path(&format!("photos/{class}/{i}.png")), i);
        picture(&place.path(&format!("listed/{i}.png")), i);
        if i < 20 {
            writeln!(listed, "{i}.png,{class}").unwrap();
        }
    }
    place.write("listed/labels.csv", listed);

    let mut arff = "@relation customers\n@attribute age numeric\n@attribute income numeric\n\
                    @attribute plan {basic,plus,family}\n@attribute churn {stays,leaves}\n@data\n"
        .to_owned();
    for line in whole.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').map(|cell| if cell.is_empty() { "?" } else { cell }).collect();
        writeln!(arff, "{},{},{},{}", cells[1], cells[2], cells[3], cells[6]).unwrap();
    }
    place.write("customers.arff", arff);
    let mut libsvm = String::new();
    for i in 0..60 {
        let label = if i < 30 { (i % 2).to_string() } else { "-1".into() };
        let values = measured(i);
        writeln!(libsvm, "{label} 1:{} 2:{} 4:{}", values[0], values[1], values[3]).unwrap();
    }
    place.write("rows.libsvm", libsvm);
    place
}

/// The lines of the page's blocks of commands.
fn commands() -> Vec<&'static str> {
    let mut blocks = PAGE.split("```sh\n");
    blocks.next();
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines.map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A training is cut down to a few epochs, and to two threads; each line is otherwise run as it stands.
#[test]
fn each_command_of_the_page_works() {
    let place = files();
    let shell = "laddernet() { if [ \"$1\" = train ]; then \"$BINARY\" \"$@\" --epochs 3 --threads 2; else \"$BINARY\" \"$@\"; fi; }\n";
    let commands = commands();
    assert!(commands.len() > 30, "{commands:?}");
    let run = |line: &str| {
        let mut command = Command::new("sh");
        command.current_dir(place.path("")).args(["-c", &format!("{shell}{line}")]).env("BINARY", BINARY);
        let output = command.env_remove("LADDERNET_DATA_DIR").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !said.contains("panicked"), "{line}: {said}");
        said + &String::from_utf8_lossy(&output.stdout)
    };
    // In the page's order: runs that are asked later are made first.
    for line in commands {
        let said = run(line);
        if line.contains("laddernet train") {
            assert!(said.contains("rows without") || line.contains("photos/"), "{line}: {said}");
            assert!(said.contains("Run folder"), "{line}: {said}");
            let verdict = ["rows helped.", "rows did not help.", "rows helped cannot be told with"];
            assert!(verdict.iter().any(|verdict| said.contains(verdict)), "{line}: {said}");
        }
    }
    for name in ["filled.csv", "predictions.csv", "imputed.csv", "strict.csv"] {
        assert!(place.path(name).is_file(), "{name}");
    }
    the_same_rows_are_the_same_in_every_format(&place);
    more_rows_are_all_read(&place);
}

/// What a model is asked about does not depend on the file's format.
fn the_same_rows_are_the_same_in_every_format(place: &Place) {
    let of = |file: &str| {
        let output = place.laddernet(&["predict", "runs/churn", file]).output().unwrap();
        assert!(output.status.success(), "{file}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let own = of("customers.csv");
    for file in ["customers.csv.gz", "customers.tsv", "kunden.csv", "customers.parquet", "customers.xlsx"] {
        assert!(of(file) == own, "{file}");
    }
    let columns = |run: &str| place.json(&["inspect", run])["columns"].clone();
    for run in ["gz", "tsv", "kunden", "said", "parquet", "xlsx", "pipe"] {
        assert_eq!(columns(&format!("runs/{run}")), columns("runs/csv"), "{run}");
    }
    assert_eq!(columns("runs/npy"), columns("runs/npz"));
}

/// A folder is all its files, for a training and for a model.
fn more_rows_are_all_read(place: &Place) {
    let rows = |run: &str| place.json(&["show", run])["summary"]["training_rows"].clone();
    assert_eq!((rows("runs/csv"), rows("runs/years"), rows("runs/more")), (80.into(), 140.into(), 180.into()));
    for command in ["predict", "label", "reconstruct"] {
        let output = place.laddernet(&[command, "runs/churn", "years"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 141, "{command}");
    }
}
