//! Few labels by groups: what is grouped, what the labels name, what is labelled besides, and where it is passed over.

use crate::cases::{Case, bits, named};
use crate::stripes;
use laddernet::evaluation::evaluate;
use laddernet::few_labels::{FewLabels, Grouped, graphs, group, sample};
use laddernet::split::{LabelCount, Split, draw};
use laddernet::training::{Course, FitSettings, Flow, Stage};
use laddernet::{Dataset, Scaling, Threads, Values};
use serde_json::json;

/// The small ladder with groups first.
fn case() -> Case {
    named("full").with(
        "few_labels",
        json!({"codes": [16, 4], "epochs": 3, "batch": 32, "neighbours": 6, "anchors": 60, "class_shares_within": 0.2}),
    )
}

fn settings() -> FewLabels {
    FewLabels { neighbours: 6, anchors: 30, ..FewLabels::default() }
}

/// Stripes with so many rows of each class, in a fixed disorder.
fn uneven(counts: [usize; 3]) -> Dataset {
    let all = stripes(3 * counts.iter().max().unwrap());
    let mut taken = [0; 3];
    let rows: Vec<usize> = (0..all.rows())
        .filter(|row| {
            let class = all.labels()[*row].unwrap() as usize;
            taken[class] += 1;
            taken[class] <= counts[class]
        })
        .collect();
    all.select(&rows)
}

fn grouped(data: &Dataset, split: &Split, settings: &FewLabels) -> (Vec<u16>, Grouped) {
    let threads = Threads::new(1).unwrap();
    let labelled: Vec<(usize, u16)> =
        split.labelled.iter().map(|&row| (row, data.labels()[row].unwrap() as u16)).collect();
    let graphs = graphs(data, settings, &threads).unwrap();
    let groups = group(&graphs, data.classes(), &labelled, settings, &threads).unwrap();
    let report = Grouped::new(&groups, &split.unlabelled, &labelled, data.class_names(), settings);
    (groups.grouping.labels, report)
}

#[test]
fn one_label_a_class_groups_all_rows() {
    let data = stripes(240);
    for seed in 0..5 {
        let split = draw(&data, LabelCount::Count(3), 0, seed).unwrap();
        let (labels, report) = grouped(&data, &split, &settings());
        assert!((0..240).all(|row| data.labels()[row] == Some(u32::from(labels[row]))), "seed {seed}");
        assert!(report.used && report.contradicted.is_empty() && report.in_doubt.is_none(), "{report:?}");
    }
}

#[test]
fn a_training_learns_codes_first_and_labels_sure_rows_besides() {
    let (case, threads, data) = (case(), Threads::new(2).unwrap(), stripes(300));
    let split = draw(&data, LabelCount::Count(3), 0, 5).unwrap();
    let train = |threads: &Threads| {
        let mut continued = |_: laddernet::training::StageEvent<'_>| Flow::Continue;
        let stages = case.spec().stages(&case.training);
        let mut course = Course::new(stages, None, &data, &split, threads, &mut continued).unwrap();
        let model = case.spec().train(&case.training, &mut course).unwrap();
        (model, course.report())
    };
    let (model, report) = train(&threads);
    let names: Vec<&str> = report.stages.iter().map(|stage| &*stage.name).collect();
    assert_eq!(names, ["the codes", Stage::WHOLE]);
    let grouped = report.grouped.unwrap();
    assert!(grouped.used && grouped.anchors > 50, "{grouped:?}");
    assert!(grouped.predicted_so.unwrap().iter().all(|share| *share > 0.9));
    let error = evaluate(model.classify().unwrap(), &data, &threads).error_percent();
    assert!(error < 5.0, "{error} %");
    assert_eq!(bits(&*model), bits(&*train(&Threads::new(1).unwrap()).0));
}

/// Of many rows a part is grouped, with all labelled ones; the ladder learns from all.
#[test]
fn of_many_rows_a_sample_is_grouped() {
    let rows: Vec<usize> = (0..1000).map(|row| 3 * row).collect();
    let labelled = [0, 30, 2997];
    assert_eq!(sample(&rows, &labelled, 997, 1), rows);
    let taken = sample(&rows, &labelled, 100, 1);
    assert!(taken.len() == 103 && taken.is_sorted() && taken.iter().all(|row| rows.contains(row)), "{taken:?}");
    assert!(labelled.iter().all(|row| taken.contains(row)), "{taken:?}");
    assert_ne!(sample(&rows, &labelled, 100, 2), taken);

    let (case, threads, data) = (case().with("few_labels.rows", json!(90)), Threads::new(1).unwrap(), stripes(300));
    let split = draw(&data, LabelCount::Count(3), 0, 5).unwrap();
    let mut continued = |_: laddernet::training::StageEvent<'_>| Flow::Continue;
    let stages = case.spec().stages(&case.training);
    let mut course = Course::new(stages, None, &data, &split, &threads, &mut continued).unwrap();
    let model = case.spec().train(&case.training, &mut course).unwrap();
    let report = course.report();
    assert_eq!(report.stages[1].steps, case.training.epochs * case.training.steps_per_epoch(&split));
    let grouped = report.grouped.unwrap();
    assert_eq!((grouped.used, grouped.rows, grouped.sample_of), (true, 93, Some(300)));
    let error = evaluate(model.classify().unwrap(), &data, &threads).error_percent();
    assert!(error < 5.0, "{error} %");
}

#[test]
fn a_training_comes_to_the_same_bits_from_any_place() {
    let (case, threads) = (case(), Threads::new(1).unwrap());
    let (whole, report, places) = case.course(None, &threads);
    assert_eq!((report.planned, report.stages.len()), (2, 2));
    for place in &places {
        let (resumed, again, _) = case.course(Some(place), &threads);
        assert_eq!(bits(&*whole), bits(&*resumed), "stage {}", place.stage);
        assert_eq!(again.grouped, report.grouped);
    }
}

#[test]
fn groups_that_the_labels_contradict_are_passed_over() {
    let data = stripes(240);
    let names = data.class_names().to_vec();
    // Labels that say nothing of the rows.
    let labels = (0..240).map(|row| Some(((row * row + row / 7) % 3) as u32)).collect();
    let data = data.with_labels(labels, names).unwrap();
    let split = draw(&data, LabelCount::Count(30), 0, 1).unwrap();
    let (_, report) = grouped(&data, &split, &settings());
    assert!(!report.used && report.reason.is_some(), "{report:?}");
    // Whoever wants them all the same has them.
    let always = FewLabels { only_if_it_fits: false, ..settings() };
    assert!(grouped(&data, &split, &always).1.used);
}

/// Classes of 80, 15 and 5 %: groups of equal sizes would be wrong.
#[test]
fn uneven_classes_are_not_forced_into_equal_groups() {
    let data = uneven([240, 45, 15]);
    for seed in 0..3 {
        let split = draw(&data, LabelCount::Count(6), 0, seed).unwrap();
        let (labels, report) = grouped(&data, &split, &settings());
        let right = (0..300).filter(|&row| data.labels()[row] == Some(u32::from(labels[row]))).count();
        assert!(!report.used || right > 295, "seed {seed}: {right} of 300, {report:?}");
        // Known shares are as good as equal ones.
        let known = FewLabels { class_shares: Some(vec![0.8, 0.15, 0.05]), ..settings() };
        let (labels, report) = grouped(&data, &split, &known);
        let right = (0..300).filter(|&row| data.labels()[row] == Some(u32::from(labels[row]))).count();
        assert!(report.used && right > 295, "seed {seed}: {right} of 300, {report:?}");
    }
}

/// A class without a labelled row has no name: `auto` learns as without groups, who insists is told.
#[test]
fn a_class_without_a_label_is_no_reason_to_fail() {
    let (threads, data) = (Threads::new(1).unwrap(), stripes(120));
    let all = draw(&data, LabelCount::Count(12), 0, 5).unwrap();
    let labelled = all.labelled.iter().copied().filter(|&row| data.labels()[row] != Some(2)).collect();
    let split = Split { labelled, ..all };
    let train = |case: &Case| {
        let mut continued = |_: laddernet::training::StageEvent<'_>| Flow::Continue;
        let stages = case.spec().stages(&case.training);
        let mut course = Course::new(stages, None, &data, &split, &threads, &mut continued).unwrap();
        case.spec().train(&case.training, &mut course).map(|_| course.report())
    };
    let case = case().with("few_labels.codes", json!([]));
    let grouped = train(&case).unwrap().grouped.unwrap();
    assert!(!grouped.used && grouped.reason.is_some(), "{grouped:?}");
    assert!(train(&case.with("few_labels.only_if_it_fits", false)).is_err());
}

/// Two classes in rows that make one cloud, a label each: whatever the names, they could be the other way round.
#[test]
fn a_name_in_doubt_asks_for_a_row_that_has_no_label() {
    let value =
        |row: usize, column: usize| ((row * 7919 + column * 104_729 + row * column * 31) % 1000) as f32 / 1000.0;
    let values = (0..200).flat_map(|row| (0..3).map(move |column| value(row, column))).collect();
    let labels = (0..200).map(|row| Some(row as u32 % 2)).collect();
    let names = vec!["a".to_owned(), "b".to_owned()];
    let data = Dataset::new(Values::F32(values), labels, names, vec![3], Scaling::NONE).unwrap();
    let mut doubts = 0;
    for seed in 0..20 {
        let split = draw(&data, LabelCount::Count(2), 0, seed).unwrap();
        if let Some(doubt) = grouped(&data, &split, &settings()).1.in_doubt {
            assert_eq!(doubt.classes.len(), 2);
            assert!(!split.labelled.contains(&doubt.row), "seed {seed}: row {}", doubt.row);
            doubts += 1;
        }
    }
    assert!(doubts > 0);
}

/// Classes of 60, 30 and 10 %, whose shares are known; labels that lie in each other's groups begin with the names the wrong way round.
#[test]
fn shares_are_those_of_the_classes_and_not_of_the_groups() {
    let data = uneven([180, 90, 30]);
    let known = FewLabels { class_shares: Some(vec![0.6, 0.3, 0.1]), ..settings() };
    for seed in 0..5 {
        let split = draw(&data, LabelCount::Count(6), 0, seed).unwrap();
        let (labels, report) = grouped(&data, &split, &known);
        let right = (0..300).filter(|&row| data.labels()[row] == Some(u32::from(labels[row]))).count();
        assert!(right > 295 && report.used, "seed {seed}: {right} of 300, {report:?}");
    }
    // One class with nearly all rows, and shares that are 1 but for rounding.
    for shares in [vec![0.95, 0.03, 0.02], vec![0.5, 0.3, 0.199]] {
        let shares = FewLabels { class_shares: Some(shares), class_shares_within: 0.0, ..settings() };
        assert!(shares.check(3, &FitSettings::default()).is_ok());
        let split = draw(&data, LabelCount::Count(6), 0, 1).unwrap();
        grouped(&data, &split, &shares);
    }
    let many = FewLabels { anchors: 1000, ..settings() };
    assert!(many.check(101, &FitSettings::default()).unwrap_err().to_string().contains("at most 100"));
}

/// A value above 1 in a row of the validation alone: the network of the codes takes all rows.
#[test]
fn rows_of_the_validation_are_rows_that_codes_must_take() {
    let (threads, mut values) = (Threads::new(1).unwrap(), Vec::new());
    let data = stripes(120);
    let mut row = vec![0.0; 20];
    for at in 0..120 {
        data.copy_row(at, &mut row);
        values.extend(row.iter().map(|x| if at == 119 { x + 1.0 } else { *x }));
    }
    let (labels, names) = (data.labels().to_vec(), data.class_names().to_vec());
    let data = Dataset::new(Values::F32(values), labels, names, vec![20], Scaling::NONE).unwrap();
    let all = draw(&data, LabelCount::Count(6), 0, 5).unwrap();
    let unlabelled: Vec<usize> = (0..119).collect();
    let labelled = all.labelled.into_iter().filter(|row| *row < 119).collect();
    let split = Split { labelled, unlabelled, validation: vec![119] };
    let case = case();
    let mut continued = |_: laddernet::training::StageEvent<'_>| Flow::Continue;
    let stages = case.spec().stages(&case.training);
    let mut course = Course::new(stages, None, &data, &split, &threads, &mut continued).unwrap();
    case.spec().train(&case.training, &mut course).map(drop).unwrap();
}

#[test]
fn settings_that_group_nothing_are_named() {
    let case = case();
    for (key, value) in [
        ("codes", json!([0])),
        ("rows", json!(1)),
        ("neighbours", json!(0)),
        ("anchors", json!(1)),
        ("sure", json!(0.0)),
        ("class_shares_within", json!(1.0)),
        ("class_shares", json!([0.5, 0.5])),
        ("epochs", json!(0)),
        ("learning_rate", json!(-1.0)),
    ] {
        let error = case.with(&format!("few_labels.{key}"), value).check().unwrap_err();
        assert_eq!(error.key(), format!("few_labels.{key}"), "{error}");
    }
    let alone = named("mlp").with("few_labels", json!({}));
    assert!(alone.check().unwrap_err().to_string().contains("sees no unlabelled row"));
}

/// A row alone, rows all alike, and more classes than rows of a group.
#[test]
fn rows_that_make_no_groups_are_no_panic() {
    let threads = Threads::new(1).unwrap();
    let flat = |rows: usize| {
        let labels = (0..rows).map(|row| Some(row as u32 % 2)).collect();
        let names = vec!["a".to_owned(), "b".to_owned()];
        Dataset::new(Values::F32(vec![0.5; 3 * rows]), labels, names, vec![3], Scaling::NONE).unwrap()
    };
    assert!(graphs(&flat(1), &settings(), &threads).is_err());
    for rows in [2, 3, 50] {
        let data = flat(rows);
        let split = draw(&data, LabelCount::Count(2), 0, 1).unwrap();
        let (labels, _) = grouped(&data, &split, &settings());
        assert_eq!(labels.len(), rows);
    }
}
