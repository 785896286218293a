//! Rows that fit are taken, any others are refused with their place.

use super::*;

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| i.to_string()).collect()
}

#[test]
fn counts_labels_and_values_are_checked() {
    let new = |v: Vec<f32>, l: Vec<Option<u32>>| Dataset::new(Values::F32(v), l, names(2), vec![2], Scaling::NONE);
    assert!(new(vec![0.0; 4], vec![Some(0), None]).is_ok());
    assert_eq!(new(vec![0.0; 3], vec![None]), Err(DatasetError::Ragged { values: 3, features: 2 }));
    assert_eq!(new(vec![0.0; 4], vec![None]), Err(DatasetError::LabelCount { labels: 1, rows: 2 }));
    assert_eq!(new(vec![0.0; 4], vec![None, Some(2)]), Err(DatasetError::LabelRange { row: 1, label: 2, classes: 2 }));
    assert!(matches!(
        new(vec![0.0, 1.0, 0.5, f32::NAN], vec![None; 2]),
        Err(DatasetError::NotFinite { row: 1, column: 1, .. })
    ));
    assert_eq!(new(vec![], vec![]), Err(DatasetError::Empty { rows: 0, features: 2 }));
}

#[test]
fn pixels_given_as_floats_are_refused() {
    let d = Dataset::new(Values::F32(vec![0.0, 254.0]), vec![None], vec![], vec![2], Scaling::NONE).unwrap();
    let message = d.check_unit_interval().unwrap_err().to_string();
    assert!(message.contains("row 0, column 1") && message.contains("255"), "{message}");
    let d = Dataset::new(Values::U8(vec![0, 254]), vec![None], vec![], vec![2], Scaling::BYTES).unwrap();
    d.check_unit_interval().unwrap();
    assert!((d.input(0, 1) - 254.0 / 255.0).abs() < 1e-6);
}
