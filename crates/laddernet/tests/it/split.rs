//! Which rows are labelled, unlabelled, kept for validation, and held out.

use crate::stripes;
use laddernet::split::{LabelCount, SplitError, draw, hold_out};

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
    assert_eq!(refused(10), SplitError::Unbalanced { asked: 10, classes: 3 });
    let few = data.select(&[0, 1, 3, 4, 6, 7, 9, 2]);
    let error = draw(&few, LabelCount::Count(6), 0, 1).unwrap_err();
    assert_eq!(error, SplitError::ClassTooSmall { class: "c".into(), found: 1, needed: 2 });
    let (train, test) = hold_out(90, 5, 1).unwrap();
    assert_eq!((train.len(), test.len()), (72, 18));
    assert!(test.iter().all(|r| !train.contains(r)));
}
