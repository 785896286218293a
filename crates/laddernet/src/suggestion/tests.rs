//! Rows to label: which come first, and that they are none that have a label.

use super::*;
use crate::dataset::{Scaling, Values};

/// Rows around centres far apart, so many of each, interleaved as they come: each centre's rows follow one another.
fn around(centres: &[(f32, f32, usize)]) -> Dataset {
    let mut values = Vec::new();
    for (c, &(x, y, rows)) in centres.iter().enumerate() {
        for row in 0..rows {
            // A spiral: the first row is nearest to all others.
            let (angle, radius) = ((row * 7 + c) as f32, 0.02 * row as f32);
            values.extend([x + radius * angle.cos(), y + radius * angle.sin()]);
        }
    }
    of(values, 2)
}

fn of(values: Vec<f32>, features: usize) -> Dataset {
    let rows = values.len() / features;
    Dataset::new(Values::F32(values), vec![None; rows], vec!["a".into()], vec![features], Scaling::NONE).unwrap()
}

fn threads(count: usize) -> Threads {
    Threads::new(count).unwrap()
}

fn rows(data: &Dataset, labelled: &[usize], count: usize) -> Vec<usize> {
    suggest(data, labelled, count, 1, &threads(1)).unwrap().into_iter().map(|s| s.row).collect()
}

/// Four clusters of 60, 50, 40 and 30 rows; where one has a label, the others are asked for, the largest first.
#[test]
fn clusters_without_a_label_come_first_and_the_largest_of_them() {
    let data = around(&[(0.0, 0.0, 60), (50.0, 0.0, 50), (0.0, 50.0, 40), (50.0, 50.0, 30)]);
    let cluster = |row: usize| [60, 110, 150, 180].iter().position(|end| row < *end).unwrap();
    let found = suggest(&data, &[70], 3, 1, &threads(1)).unwrap();
    assert_eq!(found.iter().map(|s| cluster(s.row)).collect::<Vec<_>>(), [0, 2, 3]);
    let shares: Vec<f64> = found.iter().map(|s| (s.stands_for * 180.0).round()).collect();
    assert_eq!(shares, [60.0, 40.0, 30.0]);
    // Typical: in the dense middle of its cluster, not at its rim.
    for (s, begins) in found.iter().zip([0, 110, 150]) {
        assert!(s.row - begins < 12, "{s:?}");
    }
}

#[test]
fn a_row_with_a_label_is_never_suggested_and_none_twice() {
    let data = around(&[(0.0, 0.0, 12), (9.0, 0.0, 8)]);
    let labelled = [0, 3, 13];
    let found = rows(&data, &labelled, 100);
    assert_eq!(found.len(), 17);
    assert!(found.iter().all(|row| !labelled.contains(row)));
    let mut once = found.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), 17);
}

#[test]
fn the_same_rows_for_any_number_of_threads() {
    let values = (0..3000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e7).collect();
    let data = of(values, 3);
    let one = suggest(&data, &[5], 40, 7, &threads(1)).unwrap();
    assert_eq!(one, suggest(&data, &[5], 40, 7, &threads(3)).unwrap());
    assert_ne!(one, suggest(&data, &[5], 40, 8, &threads(1)).unwrap());
}

/// Of many rows a sample is looked at; where most have a label, too, there is room for those that have none.
#[test]
fn of_many_rows_some_without_a_label_are_found() {
    let n = MOST_ROWS + 3000;
    let data = of((0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32).collect(), 1);
    for labelled in [2, n - 50] {
        let labelled: Vec<usize> = (0..labelled).collect();
        let found = rows(&data, &labelled, 5);
        assert!(found.len() == 5 && found.iter().all(|row| *row >= labelled.len()), "{found:?}");
    }
}

#[test]
fn rows_that_are_all_equal_are_suggested_all_the_same() {
    assert_eq!(rows(&of(vec![1.0; 30], 3), &[], 4).len(), 4);
}

#[test]
fn nothing_to_suggest_is_no_error() {
    assert_eq!(rows(&of(vec![1.0, 2.0], 1), &[0, 1], 4), [] as [usize; 0]);
    assert_eq!(rows(&of(vec![1.0, 2.0], 1), &[], 0), [] as [usize; 0]);
}

#[test]
fn rows_that_are_no_numbers_are_refused() {
    let too_few = suggest(&of(vec![1.0], 1), &[], 1, 1, &threads(1)).unwrap_err();
    assert!(matches!(too_few, GraphError::TooFew { rows: 1, .. }), "{too_few:?}");
}

/// k-means on what can be enumerated: of all partitions of six numbers into two clusters none has a smaller sum of squares.
#[test]
fn clusters_have_the_least_sum_of_squares_of_all_partitions() {
    let numbers = [0.0f32, 0.4, 1.1, 5.0, 5.2, 9.0];
    let sum = |of: &dyn Fn(usize) -> usize| {
        (0..2)
            .map(|cluster| {
                let members: Vec<f64> = (0..6).filter(|&i| of(i) == cluster).map(|i| f64::from(numbers[i])).collect();
                let mean = members.iter().sum::<f64>() / members.len().max(1) as f64;
                members.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
            })
            .sum::<f64>()
    };
    let least = (1..63usize).map(|mask| sum(&|i| mask >> i & 1)).fold(f64::INFINITY, f64::min);
    let found = kmeans::clusters(&of(numbers.to_vec(), 1), 2, 1, &threads(1));
    assert!((sum(&|i| found[i]) - least).abs() < 1e-9, "{found:?}");
}
