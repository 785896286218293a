//! Tests of `cell`.

use super::super::table::figures_of;
use super::*;

fn runs(measure: Measure, values: &[(u64, Option<f64>, f64)]) -> Cell {
    let run = |&(seed, value, minutes): &(u64, Option<f64>, f64)| CellRun {
        seed,
        measure,
        value,
        seconds: 60.0 * minutes,
        ..CellRun::default()
    };
    Cell::of(measure, values.iter().map(run).collect())
}

#[test]
fn statistics_by_hand() {
    let error = Measure::TestErrorPercent;
    let cell = runs(error, &[(3, Some(9.0), 11.0), (1, Some(1.0), 10.0), (2, Some(2.0), 30.0), (4, None, 0.1)]);
    assert_eq!((cell.mean, cell.median, cell.worst, cell.minutes), (Some(4.0), Some(2.0), Some(9.0), Some(11.0)));
    // (9 + 4 + 25) / 2 = 19.
    assert!((cell.deviation.unwrap() - 19f64.sqrt()).abs() < 1e-12);
    let cell = Cell { published: figures_of("survey-2-full-100", error), ..cell };
    assert!((cell.worse_than("the survey").unwrap() - 2.93).abs() < 1e-12);
    assert_eq!(cell.papers(), "1.07 (the survey), 1.06±0.37 (Rasmus et al. 2015)");
    assert_eq!(cell.every_run(), "1: 1.00, 2: 2.00, 3: 9.00, 4: diverged");
    let json = serde_json::to_value(&cell.runs[0]).unwrap();
    assert_eq!(json, serde_json::json!({"seed": 1, "test_error_percent": 1.0, "seconds": 600.0}));
    let none = runs(error, &[(1, None, 1.0)]);
    assert_eq!((none.mean, none.deviation, none.median, none.worse_than("the survey")), (None, None, None, None));
    let two = runs(error, &[(1, Some(2.0), 1.0), (2, Some(1.0), 2.0)]);
    assert_eq!((two.median, two.minutes), (Some(1.5), Some(1.5)));
    // More nats are better; components take no training.
    let nats = runs(Measure::Forwards, &[(1, Some(-100.0), 1.0), (2, Some(-98.0), 2.0)]);
    assert_eq!((nats.worst, &*nats.spread()), (Some(-100.0), "-99.00 ± 1.41"));
    let pca = Cell { layers: vec![784, 30], ..runs(Measure::PcaSquaredError, &[(1, Some(13.87), 1.0)]) };
    assert_eq!((pca.minutes, &*pca.title(), &*pca.layers_text()), (None, "30 principal components", "-"));
}
