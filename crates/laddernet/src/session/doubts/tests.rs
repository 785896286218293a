//! The doubts about a classifier, each by hand.

use super::*;

fn names() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

#[test]
fn own_rows_that_are_predicted_wrong_are_told() {
    let labels = [0, 0, 0, 0, 1, 1, 1, 1];
    let told = |of_model: [u32; 8], of_witness: [u32; 8]| OwnRows::compared(&labels, &of_model, &of_witness).told();
    assert_eq!(told(labels, labels), None);
    let all_wrong = told([1, 1, 1, 1, 0, 0, 0, 0], labels).unwrap();
    assert!(
        all_wrong.contains("8 of its own 8 labelled rows wrong") && all_wrong.contains("wrong on 0:"),
        "{all_wrong}"
    );
    // Of twenty, four are chance and five are not; nor are five where the witness misses three.
    let twenty = [0; 20];
    let wrong = |n: usize| -> Vec<u32> { (0..20).map(|r| u32::from(r < n)).collect() };
    assert!(OwnRows::compared(&twenty, &wrong(4), &twenty).told().is_none());
    assert!(OwnRows::compared(&twenty, &wrong(5), &twenty).told().is_some());
    assert!(OwnRows::compared(&twenty, &wrong(5), &wrong(3)).told().is_none());
}

#[test]
fn what_the_witness_cannot_explain_is_told() {
    let labels: Vec<u32> = (0..20).map(|r| r % 2).collect();
    let of_witness: Vec<u32> = (0..1000).map(|r| u32::from(r % 20 == 0)).collect();
    let of_model = |differ: usize| -> Vec<u32> { (0..1000).map(|r| of_witness[r] ^ u32::from(r < differ)).collect() };
    // A witness that misses none of 20: the upper end of Wilson's interval is 4 / 24.
    let told = |differ, missed: usize| {
        let left_out: Vec<bool> = (0..20).map(|r| r < missed).collect();
        differing(&of_model(differ), &of_witness, &labels, &left_out, 2)
    };
    assert_eq!(told(200, 0), None);
    let message = told(400, 0).unwrap();
    assert!(
        message.contains("wrong on 23 % of the unlabelled rows or more: on 40 %")
            && message.contains("0 % of labelled"),
        "{message}"
    );
    assert_eq!(told(400, 6), None);
    // Wrong on one class alone, which most of the rows are of: Wilson's interval ends at 71 % for half of 20.
    let half_of_zeros: Vec<bool> = (0..20).map(|r| r % 4 == 0).collect();
    assert_eq!(differing(&of_model(700), &of_witness, &labels, &half_of_zeros, 2), None);
}

/// Reference: by hand, from the formula of Wilson's interval.
#[test]
fn wilsons_interval() {
    assert!((most(0.0, 20.0) - 4.0 / 24.0).abs() < 1e-12);
    // (0.5 + 2/96 + 2 sqrt(0.25/96 + 1/96^2)) / (1 + 4/96) = (0.520833 + 0.104166) / 1.041667
    assert!((most(0.5, 96.0) - 0.6).abs() < 1e-3);
}

#[test]
fn a_lost_class_is_told_and_small_differences_are_not() {
    let rows = |counts: [usize; 3]| -> Vec<u32> {
        (0..3).flat_map(|class| std::iter::repeat_n(class as u32, counts[class])).collect()
    };
    let labels = rows([10, 10, 10]);
    let told = |model, witness| lost(&rows(model), &rows(witness), &labels, &names());
    assert_eq!(told([250, 350, 400], [300, 300, 400]), None);
    let message = told([10, 500, 490], [300, 300, 400]).unwrap();
    assert!(message.contains("'a' 1.0 % against 30.0 %. The training"), "{message}");
    // A class that is rare for both, however many labels it has.
    assert_eq!(told([10, 500, 490], [12, 498, 490]), None);
    // Of ten rows none may be of a class by chance.
    assert_eq!(told([0, 5, 5], [2, 4, 4]), None);
    assert_eq!(told([0, 500, 500], [0, 500, 500]), None);
}
