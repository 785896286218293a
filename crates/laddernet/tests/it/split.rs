//! Which rows are labelled, unlabelled, kept for validation, and held out.

use crate::stripes;
use laddernet::Dataset;
use laddernet::split::{LabelCount, SplitError, draw, folds, hold_out, hold_out_labelled};

#[test]
fn splits_are_balanced_seeded_and_refused_by_name() {
    let data = stripes(90);
    let split = draw(&data, LabelCount::Count(9), 20, 3).unwrap();
    let per_class = |c| split.labelled.iter().filter(|&&r| data.labels()[r] == Some(c)).count();
    assert_eq!([per_class(0), per_class(1), per_class(2)], [3, 3, 3]);
    assert!(split.labelled.iter().all(|r| split.unlabelled.contains(r)));
    assert!(split.validation.iter().all(|r| !split.unlabelled.contains(r)));
    assert_eq!((split.unlabelled.len(), split.validation.len()), (70, 20));
    assert_eq!(split, draw(&data, LabelCount::Count(9), 20, 3).unwrap());
    assert_ne!(split.labelled, draw(&data, LabelCount::Count(9), 20, 4).unwrap().labelled);
    let refused = |n| draw(&data, LabelCount::Count(n), 0, 1).unwrap_err();
    assert_eq!(refused(0), SplitError::NoLabels);
    assert_eq!(refused(93), SplitError::TooManyLabels { asked: 93, rows: 90 });
    assert_eq!(refused(2), SplitError::FewerThanClasses { asked: 2, classes: 3 });
    let (train, test) = hold_out(90, 5, 1).unwrap();
    assert_eq!((train.len(), test.len()), (72, 18));
    assert!(test.iter().all(|r| !train.contains(r)));
}

fn of_class(data: &Dataset, rows: &[usize], class: u32) -> usize {
    rows.iter().filter(|&&row| data.labels()[row] == Some(class)).count()
}

/// Any number of labels, from classes of any size.
#[test]
fn classes_need_neither_be_even_nor_divide_the_labels() {
    let data = stripes(90);
    let labelled = draw(&data, LabelCount::Count(10), 0, 1).unwrap().labelled;
    assert_eq!([0, 1, 2].map(|c| of_class(&data, &labelled, c)), [4, 3, 3]);
    // One row of the last class: the others give what it lacks.
    let few = data.select(&[0, 1, 3, 4, 6, 7, 9, 2]);
    let labelled = draw(&few, LabelCount::Count(6), 0, 1).unwrap().labelled;
    let counts = [0, 1, 2].map(|c| of_class(&few, &labelled, c));
    assert_eq!((counts[2], counts.iter().sum::<usize>(), counts[0].abs_diff(counts[1]) <= 1), (1, 6, true));
}

/// Ten rows of `a`, five of `b`, one of `c`, and many without a label.
fn uneven() -> Dataset {
    let data = stripes(90);
    let of = |class: usize, n: usize| (0..n).map(move |i| 3 * i + class);
    let rows: Vec<usize> = of(0, 10).chain(of(1, 5)).chain(of(2, 1)).collect();
    let rest = data.select(&(60..90).collect::<Vec<_>>()).without_labels();
    let (labelled, mut labels) = (data.select(&rows), data.select(&rows).labels().to_vec());
    labels.extend(rest.labels());
    let values = [labelled, rest].into_iter().flat_map(|part| {
        (0..part.rows()).flat_map(move |row| {
            (0..part.features())
                .map({
                    let part = part.clone();
                    move |c| part.input(row, c)
                })
                .collect::<Vec<_>>()
        })
    });
    let names = data.class_names().to_vec();
    Dataset::new(laddernet::Values::F32(values.collect()), labels, names, vec![20], laddernet::Scaling::NONE).unwrap()
}

#[test]
fn what_is_held_out_of_own_data_has_a_label_and_leaves_every_class() {
    let data = uneven();
    let held_out = hold_out_labelled(&data, 0.4, 1).unwrap();
    assert_eq!([0, 1, 2].map(|c| of_class(&data, &held_out, c)), [4, 2, 0]);
    assert_eq!(hold_out_labelled(&data, 0.4, 1).unwrap(), held_out);
    for share in [0.0, 1.0, 0.01, f32::NAN] {
        assert!(matches!(hold_out_labelled(&data, share, 1), Err(SplitError::Share { labelled: 16, .. })), "{share}");
    }
    let split = draw(&data, LabelCount::All, 6, 1).unwrap();
    assert_eq!([0, 1, 2].map(|c| of_class(&data, &split.validation, c)), [4, 2, 0]);
    assert_eq!((split.labelled.len(), split.unlabelled.len()), (10, 40));
    assert_eq!(draw(&data, LabelCount::All, 16, 1), Err(SplitError::NothingLeft { held_out: 16, rows: 16 }));
}

#[test]
fn folds_spread_each_class_and_a_single_row_is_always_learned_from() {
    let data = uneven();
    let labelled: Vec<usize> = (0..16).collect();
    let parts = folds(&data, &labelled, 5, 1);
    assert_eq!(parts.iter().map(|fold| of_class(&data, fold, 0)).collect::<Vec<_>>(), [2; 5]);
    assert_eq!(parts.iter().map(|fold| of_class(&data, fold, 1)).collect::<Vec<_>>(), [1; 5]);
    assert!(parts.iter().all(|fold| !fold.contains(&15)));
}
