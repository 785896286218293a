//! Tests of `compare`.

use super::*;
use laddernet::models::kind;

#[test]
fn a_table_by_hand_fits_sixty_columns() {
    let summary = |seed, error: Option<f64>, seconds| Summary {
        seed,
        test_error_percent: error,
        seconds,
        parameters: 123_456,
        ..Summary::default()
    };
    let (net, full) = (kind("net").unwrap(), kind("full").unwrap());
    let done = vec![
        (net, summary(1, Some(2.0), 1.0)),
        (full, summary(1, Some(1.0), 9.0)),
        (net, summary(2, Some(4.0), 3.0)),
        (net, summary(3, None, 2.0)),
        (net, Summary { status: Status::Interrupted, ..summary(4, Some(9.0), 2.0) }),
    ];
    let lines = table(&usual_models(), LabelCount::Count(40), &done);
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].cell.mean, lines[0].cell.median, lines[0].cell.worst), (Some(3.0), Some(3.0), Some(4.0)));
    assert_eq!((lines[0].seconds, lines[0].cell.runs.len()), (Some(2.0), 3));
    let text = plain(&lines);
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    assert!(text.ends_with("  net: 1: 2.00, 2: 4.00, 3: diverged\n  full: 1: 1.00\n"), "{text}");
    let page = markdown("digits, 40 labels", &lines);
    assert!(page.starts_with("# digits, 40 labels\n\nTest error in percent"), "{page}");
    assert!(page.contains("| net | 3.00 | 3.00 | 4.00 | 2.0 | 123456 | 1: 2.00, 2: 4.00, 3: diverged |\n"));
}

#[test]
fn what_predicts_no_classes_is_not_compared() {
    let comparison = Comparison {
        data: "digits".parse().unwrap(),
        data_dir: None,
        labels: LabelCount::Count(40),
        models: vec![kind("rbm").unwrap()],
        seeds: vec![1],
        epochs: None,
        out: "out".into(),
    };
    assert!(comparison.trials().unwrap_err().to_string().contains("'rbm' predicts no classes"));
    let names: Vec<&str> = usual_models().iter().map(|kind| kind.name).collect();
    assert_eq!(names, ["net", "mlp", "sae", "sdae", "dbn", "top", "bottom", "full"]);
    let usual = Comparison { models: usual_models(), seeds: vec![1, 2], ..comparison };
    assert_eq!(usual.trials().unwrap().len(), 16);
}
