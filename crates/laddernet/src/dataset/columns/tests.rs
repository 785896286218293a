//! Cells become inputs as said, and go back; whole rows, parts of rows and other orders say the same.

use super::super::{Dataset, Preprocessing, PreprocessingError, TableSettings};
use super::*;
use proptest::prelude::*;

const NAN: f32 = f32::NAN;

fn words(list: &[&str]) -> ColumnKind {
    ColumnKind::Words(list.iter().map(|word| (*word).to_owned()).collect())
}

fn table(columns: Vec<(&str, ColumnKind)>, rows: &[&[f32]]) -> Dataset {
    let columns = columns.into_iter().map(|(name, kind)| Column { name: name.into(), kind }).collect();
    Dataset::of_cells(columns, rows.concat(), vec![None; rows.len()], vec![]).unwrap()
}

fn fitted(data: Dataset) -> (Dataset, Preprocessing) {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let fitted = Preprocessing::of_table(&data, &rows, &TableSettings::default()).unwrap();
    (fitted.apply_to_own(data).unwrap(), fitted)
}

fn plans(of: &Preprocessing) -> &[ColumnPlan] {
    of.encoding.columns().unwrap().plans()
}

fn inputs(data: &Dataset, row: usize) -> Vec<f32> {
    let mut out = vec![0.0; data.features()];
    data.copy_row(row, &mut out);
    out
}

fn weights(data: &Dataset, row: usize) -> Vec<f32> {
    let mut out = vec![0.0; data.features()];
    data.copy_weights(row, 0, &mut out);
    out
}

#[test]
fn each_kind_has_its_inputs() {
    let yes_no = ColumnKind::Boolean { no: "no".into(), yes: "yes".into() };
    let columns = vec![
        ("n", ColumnKind::Number),
        ("gaps", ColumnKind::Number),
        ("colour", words(&["red", "green", "blue"])),
        ("two", words(&["a", "b"])),
        ("flag", yes_no),
    ];
    let (data, of) = fitted(table(
        columns,
        &[
            &[1.0, 5.0, 0.0, 0.0, 1.0],
            &[3.0, NAN, 2.0, 1.0, 0.0],
            &[1.0, 7.0, 2.0, NAN, NAN],
            &[3.0, 6.0, NAN, 0.0, 1.0],
        ],
    ));
    assert_eq!(data.features(), 1 + 2 + 2 + 1 + 1);
    // One standard deviation, clipped softly: 1 / sqrt(1 + 1/9).
    let one = 1.0 / (10.0f32 / 9.0).sqrt();
    let deviation = (2.0f32 / 3.0).sqrt();
    let low = -1.0 / deviation / (1.0 + 1.0 / (deviation * deviation * 9.0)).sqrt();
    let close = |found: Vec<f32>, expected: &[f32]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    };
    close(inputs(&data, 0), &[-one, low, 0.0, 0.0, 1.0, -1.0, 1.0]); // blue is the commonest colour
    close(inputs(&data, 1), &[one, 0.0, 1.0, 1.0, 0.0, 1.0, -1.0]);
    close(inputs(&data, 3), &[one, 0.0, 0.0, 0.0, 0.0, -1.0, 1.0]);
    // Five columns of 7 inputs: 7/5 a column, shared by its inputs; nothing for what is missing, but for the input that says so.
    close(weights(&data, 0), &[1.4, 0.7, 0.7, 0.7, 0.7, 1.4, 1.4]);
    close(weights(&data, 1), &[1.4, 0.0, 0.7, 0.7, 0.7, 1.4, 1.4]);
    close(weights(&data, 3), &[1.4, 0.7, 0.7, 0.0, 0.0, 1.4, 1.4]);
    // Back to the user's units; of a missing cell, what the inputs say.
    let columns = of.encoding.columns().unwrap();
    close(columns.decode(&inputs(&data, 0)), &[1.0, 5.0, 0.0, 0.0, 1.0]);
    assert_eq!(columns.decode(&inputs(&data, 1))[1], 6.0);
}

#[test]
fn dates_turn_with_week_and_day_and_year() {
    let rows: Vec<Vec<f32>> = (0..400).map(|day| vec![day as f32 + 0.25 * (day % 4) as f32]).collect();
    let rows: Vec<&[f32]> = rows.iter().map(|row| &row[..]).collect();
    let (data, of) = fitted(table(vec![("when", ColumnKind::Date)], &rows));
    assert_eq!(data.features(), 7);
    let (monday, next) = (inputs(&data, 2), inputs(&data, 9)); // 2000-01-03 and a week later
    assert!((monday[3] - next[3]).abs() < 1e-5 && (monday[4] - 1.0).abs() < 1e-5, "{monday:?} {next:?}");
    assert!((inputs(&data, 6)[6] + 1.0).abs() < 1e-3 && inputs(&data, 4)[6] > 0.999, "{:?}", inputs(&data, 6));
    let back = of.encoding.columns().unwrap().decode(&inputs(&data, 100));
    assert!((back[0] - 100.0).abs() < 0.01, "{back:?}");
}

#[test]
fn what_tells_nothing_is_dropped_and_says_why() {
    let many: Vec<String> = (0..30).map(|i| format!("name {i}")).collect();
    let columns = vec![
        ("x", ColumnKind::Number),
        ("same", ColumnKind::Number),
        ("constant", ColumnKind::Number),
        ("empty", words(&[])),
        ("names", ColumnKind::Words(many)),
        ("text", ColumnKind::Text),
        ("nearly", ColumnKind::Number),
    ];
    let rows: Vec<Vec<f32>> = (0..30)
        .map(|i| vec![i as f32 / 7.0, i as f32 / 7.0, 4.0, NAN, i as f32, 0.0, if i == 3 { NAN } else { 1.0 }])
        .collect();
    let rows: Vec<&[f32]> = rows.iter().map(|row| &row[..]).collect();
    let (data, of) = fitted(table(columns, &rows));
    let dropped: Vec<_> = plans(&of)
        .iter()
        .filter_map(|plan| match &plan.treatment {
            Treatment::Dropped(why) => Some((plan.column.name.as_str(), why.clone())),
            _ => None,
        })
        .collect();
    let expected = [
        ("same", Dropped::SameAs("x".into())),
        ("constant", Dropped::Constant),
        ("empty", Dropped::AllMissing),
        ("names", Dropped::AllDifferent),
        ("text", Dropped::Text),
    ];
    assert_eq!(dropped, expected);
    // Of one value with gaps, the gaps are what tells.
    assert_eq!((inputs(&data, 3)[1..].to_vec(), inputs(&data, 4)[1..].to_vec()), (vec![0.0, 1.0], vec![0.0, 0.0]));
    let asked = TableSettings { drop: vec!["x".into(), "same".into(), "nearly".into()] };
    let rows: Vec<usize> = (0..30).collect();
    let error = Preprocessing::of_table(&data, &rows, &asked).unwrap_err();
    assert!(matches!(&error, PreprocessingError::NoColumn(why) if why.contains("'x': the settings say so")), "{error}");
}

#[test]
fn of_many_words_the_commonest_are_kept_and_the_rest_is_other() {
    let list: Vec<String> = (0..50).map(|i| format!("w{i}")).collect();
    let rows: Vec<Vec<f32>> = (0..200).map(|i| vec![if i < 100 { 49.0 } else { (i % 50) as f32 }]).collect();
    let rows: Vec<&[f32]> = rows.iter().map(|row| &row[..]).collect();
    let (data, of) = fitted(table(vec![("w", ColumnKind::Words(list))], &rows));
    assert_eq!((data.features(), inputs(&data, 0)[0]), (40, 1.0));
    let Treatment::OneOf { words, other: true } = &plans(&of)[0].treatment else { panic!() };
    assert_eq!((words.len(), words[0], words[1]), (39, 49, 0));
    let rare = (0..200).find(|&row| !words.contains(&(data.cells(row)[0] as u32))).unwrap();
    assert_eq!(inputs(&data, rare)[39], 1.0);
}

#[test]
fn a_word_that_was_never_seen_is_none_of_the_known_and_counts_nothing() {
    let columns = || vec![("n", ColumnKind::Number), ("w", words(&["a", "b", "c"]))];
    let (_, of) = fitted(table(columns(), &[&[1.0, 0.0], &[2.0, 1.0], &[3.0, 2.0]]));
    let new = table(columns(), &[&[2.0, NAN]]);
    let new = of.apply(&new, 4).unwrap();
    assert_eq!((inputs(&new, 0), weights(&new, 0)), (vec![0.0; 4], vec![2.0, 0.0, 0.0, 0.0]));
    let other = table(vec![("m", ColumnKind::Number)], &[&[2.0]]);
    assert!(matches!(of.apply(&other, 4), Err(PreprocessingError::OtherColumns { .. })));
}

#[test]
fn numbers_of_every_size_are_inputs() {
    let (data, _) = fitted(table(vec![("n", ColumnKind::Number)], &[&[0.0], &[1.0], &[3e38], &[-3e38]]));
    for row in 0..4 {
        assert!(inputs(&data, row)[0].abs() <= 3.0, "{:?}", inputs(&data, row));
    }
    assert!(Dataset::of_cells(vec![], vec![], vec![], vec![]).is_err());
}

/// Cells beyond the fences count as if they were there. Reference: moments of the clipped cells, by hand.
#[test]
fn outliers_leave_the_others_their_room() {
    type Cells = fn(usize) -> f32;
    let even = |row: usize| (row % 10) as f32;
    let columns: [(&str, Cells, f32, f32); 6] = [
        // Quartiles 2 and 7: fences at -13 and 22.
        ("amount", |row| if row == 7 { 1e6 } else { (row % 10) as f32 }, -13.0, 22.0),
        ("loss", |row| if row % 50 == 7 { -1e6 } else { (row % 10) as f32 }, -13.0, 22.0),
        // Both quartiles are 0, the last hundredth is 2.
        (
            "count",
            |row| {
                if row < 320 {
                    0.0
                } else if row < 399 {
                    2.0
                } else {
                    50.0
                }
            },
            0.0,
            2.0,
        ),
        // The hundredths, too: only outliers vary.
        ("rare", |row| if row < 399 { 0.0 } else { 1.0 }, 0.0, 1.0),
        ("constant but for gaps", |_| 3.0, 3.0, 3.0),
        ("even", |row| (row % 10) as f32, 0.0, 9.0),
    ];
    let cell = |row: usize, column: usize| if row == 399 && column > 3 { NAN } else { columns[column].1(row) };
    let cells: Vec<[f32; 6]> = (0..400).map(|row| std::array::from_fn(|column| cell(row, column))).collect();
    let rows: Vec<&[f32]> = cells.iter().map(|row| &row[..]).collect();
    let named = columns.map(|(name, ..)| (name, ColumnKind::Number)).to_vec();
    let (_, preprocessing) = fitted(table(named, &rows));
    for (column, (name, _, low, high)) in columns.iter().enumerate() {
        let Treatment::Number { mean, deviation, .. } = plans(&preprocessing)[column].treatment else {
            panic!("{name}")
        };
        let clipped =
            cells.iter().map(|row| row[column]).filter(|x| !x.is_nan()).map(|x| f64::from(x.clamp(*low, *high)));
        let n = clipped.clone().count() as f64;
        let expected = clipped.clone().sum::<f64>() / n;
        let spread = (clipped.map(|x| (x - expected).powi(2)).sum::<f64>() / n).sqrt();
        assert!((f64::from(mean) - expected).abs() < 1e-4, "{name}: {mean} {expected}");
        assert!((f64::from(deviation) - spread).abs() < 1e-4, "{name}: {deviation} {spread}");
    }
    // Eight columns of one unit: they stay as they were.
    let cells: Vec<[f32; 8]> =
        (0..400).map(|row| std::array::from_fn(|column| if row == 9 * column { 60.0 } else { even(row) })).collect();
    let rows: Vec<&[f32]> = cells.iter().map(|row| &row[..]).collect();
    let named = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| (name, ColumnKind::Number)).to_vec();
    let (_, preprocessing) = fitted(table(named, &rows));
    let Treatment::Number { mean, .. } = plans(&preprocessing)[0].treatment else { panic!("a number") };
    let expected = cells.iter().map(|row| row[0]).sum::<f32>() / 400.0;
    assert!((mean - expected).abs() < 1e-4, "{mean} {expected}");
}

#[test]
fn rows_are_taken_out_in_place() {
    let mut data = table(vec![("n", ColumnKind::Number)], &[&[0.0], &[1.0], &[2.0], &[3.0]]);
    let taken = data.take_out(&[1, 2]);
    let cells = |data: &Dataset| (0..data.rows()).map(|row| data.cells(row)[0]).collect::<Vec<_>>();
    assert_eq!((cells(&taken), cells(&data)), (vec![1.0, 2.0], vec![0.0, 3.0]));
}

proptest! {
    /// Rows of cells come back from their inputs; parts of a row are those of the whole; a plan that was written is read back.
    #[test]
    fn cells_go_and_come_back(rows in proptest::collection::vec((-1e4f32..1e4, 0u8..4, 0u8..2, 0f32..9000.0), 2..40)) {
        let columns = vec![
            ("n", ColumnKind::Number),
            ("w", words(&["a", "b", "c", "d"])),
            ("t", words(&["x", "y"])),
            ("d", ColumnKind::Date),
        ];
        let cells: Vec<Vec<f32>> =
            rows.iter().map(|(n, w, t, d)| vec![*n, f32::from(*w), f32::from(*t), *d]).collect();
        let cells: Vec<&[f32]> = cells.iter().map(|row| &row[..]).collect();
        let data = table(columns, &cells);
        let all: Vec<usize> = (0..data.rows()).collect();
        let Ok(of) = Preprocessing::of_table(&data, &all, &TableSettings::default()) else { return Ok(()) };
        let text = serde_json::to_string(plans(&of)).unwrap();
        let read = Columns::new(serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(&read, of.encoding.columns().unwrap());
        let data = of.apply_to_own(data).unwrap();
        for row in all {
            let whole = inputs(&data, row);
            prop_assert!(whole.iter().all(|x| x.is_finite() && x.abs() <= 3.0));
            for first in 0..whole.len() {
                let mut part = [9.0; 3];
                data.copy_columns(row, first, &mut part);
                let expected: Vec<f32> = (first..first + 3).map(|i| whole.get(i).copied().unwrap_or(0.0)).collect();
                prop_assert_eq!(&part[..], &expected[..]);
                let (mut weights_part, whole_weights) = ([9.0; 2], weights(&data, row));
                data.copy_weights(row, first, &mut weights_part);
                prop_assert_eq!(weights_part[0], whole_weights[first]);
            }
            let back = read.decode(&whole);
            for (column, (&cell, back)) in data.cells(row).iter().zip(back).enumerate() {
                match &read.plans()[column].treatment {
                    Treatment::Dropped(_) => prop_assert!(back.is_nan()),
                    Treatment::Number { deviation, .. } | Treatment::Date { deviation, .. } => {
                        prop_assert!((back - cell).abs() <= 0.002 * deviation + 1e-3 * cell.abs(), "{} {}", back, cell);
                    }
                    _ => prop_assert_eq!(back, cell),
                }
            }
        }
    }
}
