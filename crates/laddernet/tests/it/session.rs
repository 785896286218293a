//! The one door: the test rows are read once, by a training that came to its end; what does not fit is refused with its key; and a
//! trainer driven by hand is the loop itself.

use crate::cases::{named, small};
use crate::{striped, stripes};
use laddernet::dataset::{DatasetError, Preprocessing, PreprocessingError, TableSettings};
use laddernet::evaluation::{evaluate, most_probable};
use laddernet::models::pca::Pca;
use laddernet::models::{Ability, Baseline, KINDS, Ladder, LadderSettings};
use laddernet::optimiser::learning_rate;
use laddernet::session::{
    FOLDS, GroupCheck, HeldOut, Outcome, Phase, Session, SessionError, Settings, TestPart, Trial, parts,
};
use laddernet::split::{LabelCount, Split, SplitError, draw, folds};
use laddernet::table::{Column, ColumnKind};
use laddernet::training::{
    Batch, Course, Event, FitSettings, Flow, StageEvent, Trainer, TrainingError, TrainingRows, fit,
};
use laddernet::{Dataset, Isa, Scaling, Sealed, Threads, Values};
use laddernet_math::Panels;
use laddernet_math::random::{Purpose, permutation};
use serde_json::json;
use std::sync::Mutex;

/// A small model of this kind, and a baseline where there is one.
fn settings(name: &str) -> Settings {
    let case = named(name);
    let takes_labels = case.kind().takes_labels();
    let baseline = case.spec().baseline(0.1).map(|_| Baseline { train: true, noise: 0.1, epochs: Some(2) });
    let labels = takes_labels.then_some(LabelCount::Count(9));
    Settings {
        labels,
        validation: 10,
        held_out: HeldOut::Fifth,
        table: TableSettings::default(),
        model: case.model,
        training: case.training,
        baseline,
    }
}

fn session(settings: Settings, test: Option<Sealed>) -> Session {
    Session::new(settings, stripes(90), test).unwrap()
}

/// Trains, stopped at the step of that number, of the phase.
fn outcome(session: Session, stop: Option<(Phase, usize)>) -> Outcome {
    let mut steps = 0;
    let trained = session.train(&Threads::new(1).unwrap(), &mut |phase, event| {
        steps +=
            usize::from(matches!(event.event, Event::Step(_)) && stop.is_some_and(|(in_phase, _)| in_phase == phase));
        if stop.is_some_and(|(_, at)| steps == at) { Flow::Stop } else { Flow::Continue }
    });
    trained.unwrap()
}

/// Pretrained layers read no label: a cross-validation learns them once, and is wrong on the same rows as trainings from the start are.
#[test]
fn a_cross_validation_pretrains_once() {
    let threads = Threads::new(1).unwrap();
    let few =
        json!({"codes": [16, 4], "epochs": 3, "batch": 32, "neighbours": 6, "anchors": 9, "class_shares_within": 0.2});
    for case in [named("dbn"), named("sae"), named("full").with("few_labels", few)] {
        let settings = Settings { model: case.model.clone(), ..settings(case.kind().name) };
        let session = session(Settings { validation: 0, ..settings.clone() }, None);
        let epochs = Mutex::new(vec![0; case.spec().stages(&settings.training).len()]);
        let listener = |_: Trial, event: StageEvent<'_>| {
            let is_epoch = matches!(event.event, Event::Epoch(..));
            epochs.lock().unwrap()[event.index] += usize::from(is_epoch);
            Flow::Continue
        };
        let workers = [threads.clone(), threads.clone()];
        let trials = session.cross_validate(std::slice::from_ref(&settings), &workers, &listener).unwrap();
        let (spec, training, split) = (case.spec(), &settings.training, session.split());
        let folds = folds(session.rows(), &split.labelled, FOLDS, training.seed);
        let expected: Vec<usize> = (0..)
            .zip(spec.stages(training))
            .map(|(index, stage)| stage.fit.epochs * if index < spec.pretrained_layers() { 1 } else { folds.len() })
            .collect();
        assert_eq!(*epochs.lock().unwrap(), expected, "{}", case.kind());

        let mut wrong = Vec::new();
        for fold in &folds {
            let labelled = split.labelled.iter().copied().filter(|row| !fold.contains(row)).collect();
            let split = Split { labelled, ..split.clone() };
            let mut go_on = |_: StageEvent<'_>| Flow::Continue;
            let stages = spec.stages(training);
            let mut course = Course::new(stages, None, session.rows(), &split, &threads, &mut go_on).unwrap();
            let model = spec.train(training, &mut course).unwrap();
            let held = session.rows().select(fold);
            let classifier = model.classify().unwrap();
            let predicted = most_probable(&classifier.probabilities(&held, &threads), classifier.classes());
            wrong.extend(predicted.iter().zip(held.labels()).map(|(class, label)| Some(*class) != *label));
        }
        assert_eq!(trials.wrong, [wrong], "{}", case.kind());

        // Who says "stop" while layers are learned is not asked again.
        let asked = Mutex::new(0);
        let stop_once = |_: Trial, _: StageEvent<'_>| {
            *asked.lock().unwrap() += 1;
            if *asked.lock().unwrap() == 1 { Flow::Stop } else { Flow::Continue }
        };
        let trials = session.cross_validate(std::slice::from_ref(&settings), &workers, &stop_once).unwrap();
        assert!(trials.stopped && *asked.lock().unwrap() == 1, "{}", case.kind());
    }
}

/// A training that ends reads the test rows once, for model and baseline together.
#[test]
fn test_rows_are_opened_once_by_a_finished_training() {
    for kind in KINDS {
        for own in [true, false] {
            let test = own.then(|| Sealed::new(stripes(60)));
            let session = session(settings(kind.name), test);
            let (openings, rows) = (session.test().unwrap().openings(), session.test().unwrap().rows());
            assert_eq!((openings.count(), rows), (0, if own { 60 } else { 18 }), "{kind}");
            let Outcome { report, baseline, measures, .. } = outcome(session, None);
            assert!(!report.stopped && report.diverged.is_none() && report.reached_last_stage(), "{kind}");
            assert_eq!(measures.error.as_ref().map(|error| error.rows), kind.takes_labels().then_some(rows), "{kind}");
            let of_baseline = measures.baseline_error.as_ref().map(|error| error.rows);
            assert_eq!(of_baseline, baseline.is_some().then_some(rows), "{kind}");
            assert_eq!(baseline.is_some(), kind.family == "ladder", "{kind}");
            // A density or a bound has no measure that needs no further decision.
            let reconstructs = !kind.takes_labels() && kind.can(Ability::SquaredErrors);
            assert_eq!(measures.reconstruction.as_ref().map(|r| r.rows), reconstructs.then_some(rows), "{kind}");
            assert_eq!(openings.count(), usize::from(kind.takes_labels() || reconstructs), "{kind}");
        }
    }
}

#[test]
fn test_rows_stay_sealed_where_a_training_is_stopped_or_diverges() {
    for name in ["full", "autoencoder", "dbn", "deep-autoencoder", "rbm"] {
        let stopped = session(settings(name), Some(Sealed::new(stripes(60))));
        let openings = stopped.test().unwrap().openings();
        let found = outcome(stopped, Some((Phase::Model, 2)));
        assert!(found.report.stopped && found.baseline.is_none() && found.measures == Default::default(), "{name}");
        assert_eq!(openings.count(), 0, "{name}");

        let mut wild = settings(name);
        wild.training.learning_rate = 1e38;
        let diverged = session(wild, None);
        let openings = diverged.test().unwrap().openings();
        let found = outcome(diverged, None);
        assert!(found.report.diverged.is_some() && found.measures == Default::default(), "{name}");
        assert_eq!(openings.count(), 0, "{name}");
    }
    // The model came to its end, its baseline did not.
    let session = session(settings("full"), None);
    let openings = session.test().unwrap().openings();
    let Outcome { report, baseline, measures, .. } = outcome(session, Some((Phase::Baseline, 1)));
    assert!(!report.stopped && baseline.unwrap().report.stopped && measures == Default::default());
    assert_eq!(openings.count(), 0);
}

/// What is never asked for does not open them either: sessions, splits, monitors, warnings, validation.
#[test]
fn nothing_but_the_measures_opens_the_test_rows() {
    let threads = Threads::new(1).unwrap();
    for kind in KINDS {
        let session = session(settings(kind.name), None);
        let openings = session.test().unwrap().openings();
        let trained = session.train_model(None, &threads, &mut |_| Flow::Continue).unwrap();
        let baseline = session.train_baseline(&threads, &mut |_| Flow::Continue).unwrap();
        session.warning(&*trained.model, &threads);
        let error = session.validation_squared_error(&*trained.model, &threads);
        let can = trained.model.reconstruct().is_some_and(|model| model.squared_errors().is_some());
        assert_eq!(error.is_some(), can, "{kind}");
        if let Some(monitor) = session.monitor(&threads) {
            assert!(monitor.look(&trained.model.tensors()).is_some(), "{kind}");
        }
        assert_eq!(openings.count(), 0, "{kind}");
        let measures = session.measure(&*trained.model, baseline.as_ref().map(|b| &*b.model), &threads);
        let none = measures == Default::default();
        assert_eq!(openings.count(), usize::from(!none), "{kind}");
    }
}

/// The measures are those of the rows, computed by hand from the session's own parts.
#[test]
fn measures_are_those_of_the_held_out_rows() {
    let threads = Threads::new(2).unwrap();
    let (data, settings) = (stripes(90), settings("full"));
    let found = outcome(session(settings.clone(), None), None);
    let by_hand = parts(data.clone(), None, settings.training.seed).unwrap();
    assert_eq!((by_hand.test_part, by_hand.training.rows()), (TestPart::HeldOutFifth, 72));
    let from = by_hand.from.unwrap();
    let held: Vec<usize> = (0..90).filter(|row| !from.contains(row)).collect();
    let expected = evaluate(found.model.classify().unwrap(), &data.select(&held), &threads);
    assert_eq!(found.measures.error.unwrap(), expected);
    let baseline = found.baseline.unwrap();
    assert_eq!(baseline.report.epochs(), 2);
    let expected = evaluate(baseline.model.classify().unwrap(), &data.select(&held), &threads);
    assert_eq!(found.measures.baseline_error.unwrap(), expected);

    let settings = self::settings("deep-autoencoder");
    let found = outcome(session(settings.clone(), None), None);
    let errors = found.model.reconstruct().unwrap().squared_errors().unwrap();
    let held = data.select(&held);
    let measured = found.measures.reconstruction.unwrap();
    let expected = laddernet::evaluation::squared_error(errors, &held, &threads);
    assert!((measured.squared_errors[0] - expected).abs() < 1e-9 * expected);
    // Beside as many principal components as the code has units, fitted on what the model learned from.
    let session = session(settings, None);
    let learned = session.rows().select(&session.split().unlabelled);
    let pca = Pca::fit(&learned, 4, &threads).unwrap();
    let expected = laddernet::evaluation::squared_error(&pca, &held, &threads);
    assert!((measured.squared_errors[1] - expected).abs() < 1e-9 * expected && measured.squared_errors.len() == 2);
}

/// Values of any size: what a session standardises by is fitted on the rows that are learned from, and travels with the model.
#[test]
fn inputs_of_gaussian_units_are_standardised_by_the_rows_learned_from() {
    let data = stripes(90).with_scaling(Scaling::by(100.0));
    let mut settings = settings("autoencoder");
    settings.model = named("autoencoder").with("visible", "gaussian").model;
    let session = Session::new(settings, data.clone(), None).unwrap();
    let standards = session.preprocessing().encoding.standards().unwrap().clone();
    let (rows, learned) = (session.rows().clone(), session.split().unlabelled.clone());
    for c in 0..20 {
        let x: Vec<f64> = learned.iter().map(|&r| f64::from(rows.input(r, c))).collect();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let var = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        assert!(
            mean.abs() < 1e-5 && ((var - 1.0).abs() < 1e-4 || standards.deviations()[c] == 0.0),
            "{c}: {mean} {var}"
        );
    }
    let Outcome { preprocessing, model, .. } = outcome(session, None);
    let inputs = preprocessing.apply(&data, 20).unwrap();
    let threads = Threads::new(1).unwrap();
    assert_eq!(model.encode().unwrap().codes(&inputs, 1, &threads).unwrap().rows(), 90);
    assert!(matches!(
        preprocessing.apply(&striped(9, 21, 3), 20),
        Err(PreprocessingError::Features { found: 21, expected: 20 })
    ));
}

/// Of a model that has exchanged two classes, one is reported, with a row whose label shows it; of a right one, and where labels are not few, none.
#[test]
fn a_lost_class_contradicts_its_group() {
    let (threads, data) = (Threads::new(1).unwrap(), stripes(240));
    let exchange = |label: &Option<u32>| label.map(|class| [0, 2, 1][class as usize]);
    let labels: Vec<Option<u32>> = data.labels().iter().map(exchange).collect();
    let exchanged = data.clone().with_labels(labels, data.class_names().to_vec()).unwrap();
    let session = |name: &str, count: usize, rows: &Dataset| {
        let settings = Settings { labels: Some(LabelCount::Count(count)), ..settings(name) };
        Session::new(settings, rows.clone(), None).unwrap()
    };
    let means = |rows: &Dataset| {
        session("nearest-mean", 6, rows).train_model(None, &threads, &mut |_| Flow::Continue).unwrap().model
    };
    let (right, wrong, own) = (means(&data), means(&exchanged), session("full", 6, &data));
    assert_eq!(own.check_by_groups(&*right, &threads), Some(GroupCheck::Agrees));
    let Some(GroupCheck::Contradicts(found)) = own.check_by_groups(&*wrong, &threads) else { panic!("nothing found") };
    assert_eq!((found.class, found.other, found.predicted_so), (1, 2, 0.0));
    assert!(data.labels()[found.row] == Some(1) && !own.labelled_rows().contains(&found.row), "{found:?}");
    assert_eq!(session("mlp", 6, &data).check_by_groups(&*wrong, &threads), None);
    assert_eq!(session("full", 90, &data).check_by_groups(&*wrong, &threads), None);
    assert_eq!(session("nearest-mean", 6, &data).check_by_groups(&*wrong, &threads), None);
    // Labels that have nothing to do with how the rows lie.
    let labels = (0..240).map(|row| Some(row / 80)).collect();
    let mixed = data.clone().with_labels(labels, data.class_names().to_vec()).unwrap();
    let check = session("full", 6, &mixed).check_by_groups(&*right, &threads);
    assert!(matches!(check, Some(GroupCheck::Unfit(_))), "{check:?}");
}

/// Bytes that do not fill 0..=255, of a format that does not say what they mean: the largest that is learned from becomes 1.
#[test]
fn the_largest_of_few_assumed_bytes_becomes_1() {
    let of = |most: u8, scaling| {
        let bytes = (0..90 * 20).map(|i| if i % 3 == 0 { most } else { most / 3 }).collect();
        let labels = (0..90).map(|row| Some(row % 3)).collect();
        let names = ["a", "b", "c"].map(str::to_owned).to_vec();
        Dataset::new(Values::U8(bytes), labels, names, vec![20], scaling).unwrap()
    };
    let assumed = Scaling::BYTES.assumed();
    let all: Vec<usize> = (0..90).collect();
    for (most, scale) in
        [(1, 1.0), (16, 1.0 / 16.0), (100, 0.01), (127, 1.0 / 127.0), (128, 1.0 / 255.0), (0, 1.0 / 255.0)]
    {
        let of_assumed = Preprocessing::scaled(&of(most, assumed), &all).unwrap();
        assert_eq!((of_assumed.scale, of_assumed.note().is_some()), (scale, (1..128).contains(&most)), "{most}");
        let said = Preprocessing::scaled(&of(most, Scaling::BYTES), &all).unwrap();
        assert_eq!((said.scale, said.largest), (1.0 / 255.0, None), "{most}");
    }
    for kind in ["full", "rbm"] {
        let session = Session::new(settings(kind), of(1, assumed), Some(Sealed::new(of(1, assumed)))).unwrap();
        assert_eq!((session.preprocessing().scale, session.rows().input(0, 0)), (1.0, 1.0));
    }
    // Rows that come later: as the training's, somewhat above its largest, far above it.
    let sixteen = Preprocessing::scaled(&of(16, assumed), &all).unwrap();
    let input = |most| sixteen.apply(&of(most, assumed), 20).map(|rows| rows.input(0, 0));
    assert_eq!([8, 16, 24].map(|most| input(most).unwrap()), [0.5, 1.0, 1.0]);
    let message = input(25).unwrap_err().to_string();
    assert!(message.contains("row 0, column 0 holds 25") && message.contains("learned from is 16"), "{message}");
    let ones = Preprocessing::scaled(&of(1, assumed), &all).unwrap();
    assert_eq!(ones.apply(&of(1, assumed), 20).unwrap().input(0, 0), 1.0);
    assert!(ones.apply(&of(2, assumed), 20).is_err() && ones.apply_to_own(of(255, assumed)).is_err());
    // A model that was trained on inputs takes bytes as pictures.
    let inputs = Preprocessing { scale: 1.0, largest: None, ..ones };
    assert_eq!(inputs.apply(&of(255, assumed), 20).unwrap().input(0, 0), 1.0);
}

/// A table of pixels is the same pictures in another file: the same inputs, the same training.
#[test]
fn columns_of_grey_values_train_as_bytes_do() {
    const PIXELS: usize = 256;
    let pixel = |i: usize| ((i * 2_654_435_761) >> 9) as u8 / (1 + (i / PIXELS) % 3 * (i % PIXELS / 100)) as u8;
    let bytes: Vec<u8> = (0..90 * PIXELS).map(pixel).collect();
    let cells = bytes.iter().map(|&byte| f32::from(byte)).collect();
    let labels: Vec<Option<u32>> = (0..90).map(|row| Some(row % 3)).collect();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    let column = |i: usize| Column { name: format!("pixel{i}"), kind: ColumnKind::Number };
    let table = Dataset::of_cells((0..PIXELS).map(column).collect(), cells, labels.clone(), names.clone()).unwrap();
    let pictures = Dataset::new(Values::U8(bytes), labels, names, vec![PIXELS], Scaling::BYTES).unwrap();
    let model = named("full").with("layers", vec![PIXELS, 6, 5, 3]).model;
    let settings = Settings { model, ..settings("full") };
    let trained = [table, pictures].map(|rows| {
        let found = outcome(Session::new(settings.clone(), rows, None).unwrap(), None);
        (found.model.tensors(), found.measures.error)
    });
    assert!(trained[0].1.is_some());
    assert_eq!(trained[0], trained[1]);
}

#[test]
fn labels_of_one_class_are_refused_by_what_tells_classes_apart() {
    let one = stripes(90).with_labels(vec![Some(0); 90], vec!["7".into()]).unwrap();
    let message = Session::new(settings("full"), one.clone(), None).err().unwrap().to_string();
    assert!(message.starts_with("every label is '7', and a model 'full' tells classes apart"), "{message}");
    Session::new(settings("autoencoder"), one, None).unwrap();
}

/// Labels are counted by the classes of the file at hand; a model's classes may be others, or stand in another order.
#[test]
fn labels_are_told_by_the_names_of_their_classes() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let data = |of: &[&str]| {
        let labels = vec![Some(0), None, Some(1)];
        Dataset::new(Values::U8(vec![0; 3]), labels, names(of), vec![1], Scaling::BYTES).unwrap()
    };
    let known = names(&["1", "3", "8"]);
    let of = |classes: &[&str]| data(classes).of_classes(&known).map(|data| data.labels().to_vec());
    assert_eq!(of(&["3", "8"]), Ok(vec![Some(1), None, Some(2)]));
    assert_eq!(of(&["1", "3"]), Ok(vec![Some(0), None, Some(1)]));
    assert_eq!(of(&["8", "1", "9"]), Ok(vec![Some(2), None, Some(0)]), "a class without rows may be any");
    let message = of(&["1", "9"]).unwrap_err().to_string();
    assert!(message.contains("row 2 has class '9'") && message.contains("1, 3, 8"), "{message}");
}

#[test]
fn defaults_of_every_kind_make_a_session() {
    let data = stripes(90);
    for kind in KINDS {
        let settings = Settings::of(kind.name, &data, LabelCount::Count(9)).unwrap();
        settings.check().unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(settings.labels.is_some(), kind.takes_labels(), "{kind}");
        assert_eq!(settings.model.kind(), *kind);
        Session::new(settings, data.clone(), None).unwrap_or_else(|e| panic!("{kind}: {e}"));
    }
    let message = Settings::of("perceptron", &data, LabelCount::All).unwrap_err().to_string();
    assert!(
        message.starts_with("'perceptron' is no model; known: full, top, ") && message.contains("net"),
        "{message}"
    );
    assert!(Settings::of("gamma", &data, LabelCount::All).is_ok(), "another name of 'top'");
}

#[test]
fn misfits_are_refused_with_their_key() {
    let refused = |settings: Settings, data: Dataset| Session::new(settings, data, None).err().expect("refused");
    let key = |settings: Settings| match refused(settings, stripes(90)) {
        SessionError::Settings(error) => {
            assert_eq!(error.to_string().split(' ').next(), Some(error.key()), "{error}");
            error.key().to_owned()
        }
        error => panic!("{error}"),
    };
    let with = |name: &str, change: &dyn Fn(&mut Settings)| {
        let mut settings = settings(name);
        change(&mut settings);
        settings
    };
    for kind in KINDS {
        let layers = small(kind).spec().layers().to_vec();
        let wide = [&[21], &layers[1..]].concat();
        assert_eq!(key(with(kind.name, &|s| s.model = small(kind).with("layers", wide.clone()).model)), "model.layers");
        if kind.takes_labels() {
            let more = [&layers[..layers.len() - 1], &[4]].concat();
            let more = with(kind.name, &|s| s.model = small(kind).with("layers", more.clone()).model);
            assert_eq!(key(more), "model.layers", "{kind}");
            assert_eq!(key(with(kind.name, &|s| s.labels = None)), "data.labels", "{kind}");
        } else {
            assert_eq!(key(with(kind.name, &|s| s.labels = Some(LabelCount::All))), "data.labels", "{kind}");
        }
        assert_eq!(key(with(kind.name, &|s| s.training.epochs = 0)), "training.epochs", "{kind}");
        if small(kind).takes_steps() {
            let many = with(kind.name, &|s| s.training.epochs = u32::MAX as usize);
            assert_eq!(key(many), "training.epochs", "{kind}");
            let huge = with(kind.name, &|s| s.training.unlabelled_batch = u32::MAX as usize);
            assert_eq!(key(huge), "training.unlabelled_batch", "{kind}");
        }
        assert_eq!(key(with(kind.name, &|s| s.training.learning_rate = f32::NAN)), "training.learning_rate", "{kind}");
        assert_eq!(key(with(kind.name, &|s| s.training.unlabelled_batch = 0)), "training.unlabelled_batch", "{kind}");
        if small(kind).spec().baseline(0.1).is_none() {
            let baseline = Some(Baseline { train: true, noise: 0.1, epochs: None });
            assert_eq!(key(with(kind.name, &|s| s.baseline = baseline.clone())), "baseline.train", "{kind}");
        } else {
            let of = |noise, epochs| Some(Baseline { train: true, noise, epochs });
            assert_eq!(key(with(kind.name, &|s| s.baseline = of(-1.0, None))), "baseline.noise", "{kind}");
            assert_eq!(key(with(kind.name, &|s| s.baseline = of(0.1, Some(0)))), "baseline.epochs", "{kind}");
            let many = of(0.1, Some(u32::MAX as usize));
            assert_eq!(key(with(kind.name, &|s| s.baseline = many.clone())), "baseline.epochs", "{kind}");
        }
    }
    assert_eq!(key(with("full", &|s| s.model = named("full").with("noise", -1.0).model)), "model.noise");
    let weights = named("top").with("denoising_weights", vec![1.0, 0.0, 0.0, 1.0]).model;
    assert_eq!(key(with("top", &|s| s.model = weights.clone())), "model.denoising_weights");
    let statistics = named("mlp").with("statistics", "unlabelled").model;
    assert_eq!(key(with("mlp", &|s| s.model = statistics.clone())), "model.statistics");
    let rate = named("dbn").with("pretraining.learning_rate", 0.0).model;
    assert_eq!(key(with("dbn", &|s| s.model = rate.clone())), "model.pretraining.learning_rate");
    let top = named("dbn").with("pretraining.top_epochs", u32::MAX).model;
    assert_eq!(key(with("dbn", &|s| s.model = top.clone())), "model.pretraining.top_epochs");
    let epochs = named("dbn").with("pretraining.epochs", u32::MAX).model;
    assert_eq!(key(with("dbn", &|s| s.model = epochs.clone())), "model.pretraining.epochs");

    // What the data are not.
    let data = stripes(90);
    let unnamed = Dataset::new(data.values().clone(), vec![None; 90], vec![], vec![20], Scaling::NONE).unwrap();
    let message = refused(settings("full"), unnamed).to_string();
    assert!(
        message.contains("no row has a label") && message.contains("rbm, deep-autoencoder, autoencoder, gsn"),
        "{message}"
    );
    let error = refused(settings("full"), data.select(&[0, 1, 2]));
    assert_eq!(error, SessionError::TooFewRows { rows: 3, least: 5 });
    let error = refused(with("full", &|s| s.labels = Some(LabelCount::Count(93))), data.clone());
    assert!(matches!(error, SessionError::Split(SplitError::TooManyLabels { asked: 93, .. })), "{error}");
    let error = refused(with("full", &|s| s.validation = 72), data.clone());
    assert!(matches!(error, SessionError::Split(SplitError::NothingLeft { .. })), "{error}");
    // A row is counted as the data count it, wherever the parts put it.
    let Values::F32(mut values) = data.values().clone() else { panic!() };
    values[77 * 20 + 3] = 2.0;
    let bright =
        Dataset::new(Values::F32(values), data.labels().to_vec(), data.class_names().to_vec(), vec![20], Scaling::NONE);
    let bright = bright.unwrap();
    let at = |error: SessionError, of_test_rows: bool| {
        let expected = PreprocessingError::Value(DatasetError::OutsideUnitInterval { row: 77, column: 3, input: 2.0 });
        assert_eq!(error, SessionError::Rows { of_test_rows, source: expected });
        assert_eq!(error.to_string().starts_with("test rows: row 77, column 3 is 2"), of_test_rows, "{error}");
    };
    for name in ["full", "dbn", "rbm", "autoencoder"] {
        if name != "full" {
            at(refused(settings(name), bright.clone()), false);
        }
        at(Session::new(settings(name), data.clone(), Some(Sealed::new(bright.clone()))).err().unwrap(), true);
    }
    // A ladder takes values of any size.
    assert!(Session::new(settings("full"), bright, None).unwrap().preprocessing().is_standardised());
    let same = Dataset::new(Values::F32(vec![0.5; 90 * 20]), vec![None; 90], vec![], vec![20], Scaling::NONE).unwrap();
    let gaussian = named("rbm").with("visible", "gaussian").model;
    let error = refused(with("rbm", &|s| s.model = gaussian.clone()), same);
    assert_eq!(error, SessionError::Rows { of_test_rows: false, source: PreprocessingError::Constant });
}

/// A session resumed from any of its places ends in the same bits.
#[test]
fn a_session_resumes() {
    let threads = Threads::new(1).unwrap();
    for name in ["full", "sdae"] {
        let session = session(settings(name), None);
        let mut places = Vec::new();
        let whole = session.train_model(None, &threads, &mut |event| {
            if let Event::Epoch(_, state) = event.event {
                let checkpoint = Some(state.checkpoint());
                places.push(laddernet::training::Place { stage: event.index, done: event.done.to_vec(), checkpoint });
            }
            Flow::Continue
        });
        let whole = whole.unwrap();
        for place in &places {
            let again = session.train_model(Some(place), &threads, &mut |_| Flow::Continue).unwrap();
            assert!(again.model.tensors() == whole.model.tensors() && again.report == whole.report, "{name}");
        }
        let beyond = laddernet::training::Place { stage: 9, ..places[0].clone() };
        let error = session.train_model(Some(&beyond), &threads, &mut |_| Flow::Continue).err().unwrap();
        assert!(matches!(error, SessionError::Training(TrainingError::NoSuchStage { stage: 10, .. })), "{error}");
    }
}

/// What the program on the front page trains (`examples/arrays.rs`, which runs as a doctest) knows most points from few labels:
/// those that were not labelled, too.
#[test]
fn two_circles_are_told_apart_by_few_labels() {
    let program = include_str!("../../examples/arrays.rs");
    assert!(program.contains("(i < 40)") && program.contains("epochs = 30"), "the same here as there");
    let point = |i: usize| {
        let (angle, radius) = (i as f32 * 2.4, [0.2, 0.45][i % 2]);
        [0.5 + radius * angle.cos(), 0.5 + radius * angle.sin()]
    };
    let values: Vec<f32> = (0..500).flat_map(point).collect();
    let class = |i: usize| i as u32 % 2;
    let names = || vec!["inner".to_owned(), "outer".to_owned()];
    let of = |labels| Dataset::new(Values::F32(values.clone()), labels, names(), vec![2], Scaling::NONE).unwrap();
    let data = of((0..500).map(|i| (i < 40).then_some(class(i))).collect());
    let all = of((0..500).map(|i| Some(class(i))).collect());
    let mut settings = Settings::of("full", &data, LabelCount::All).unwrap();
    settings.training.epochs = 30;
    let threads = Threads::new(2).unwrap();
    let outcome = Session::new(settings, data, None).unwrap().train(&threads, &mut |_, _| Flow::Continue).unwrap();
    let inputs = outcome.preprocessing.apply(&all, 2).unwrap();
    let found = evaluate(outcome.model.classify().unwrap(), &inputs, &threads);
    println!("{} errors in {}", found.errors, found.rows);
    assert!(found.rows == 500 && found.error_percent() < 5.0, "{} errors", found.errors);
}

/// A trainer driven by hand over the batches of a split, its state taken out and put into another, gives the bits of `fit`.
#[test]
fn a_trainer_driven_by_hand_gives_the_bits_of_fit() {
    let (data, threads) = (stripes(40), Threads::with_isa(1, Isa::detect()).unwrap());
    let case = named("full");
    let laddernet::models::ModelSettings::Full(ladder) = case.model else { panic!("a full ladder") };
    let split = draw(&data, LabelCount::All, 0, 5).unwrap();
    // All labels, so that both halves are the same rows in the same order.
    let settings = FitSettings { labelled_batch: 16, unlabelled_batch: 16, epochs: 3, ..case.training };
    let new = |ladder: &LadderSettings, seed| Ladder::new(ladder.clone(), seed).unwrap();
    let mut fitted = new(&ladder, 5);
    let mut snapshots = Vec::new();
    let mut checkpoints = Vec::new();
    fit(&mut fitted, &data, &split, &settings, &threads, &mut |event| {
        if let Event::Epoch(_, state) = event {
            snapshots.push(state.tensors());
            checkpoints.push(state.checkpoint());
        }
        Flow::Continue
    })
    .unwrap();

    let rows = TrainingRows { data: &data, split: &split, settings: &settings };
    let batch = |epoch: usize, i: usize| {
        let order = permutation(5, Purpose::UnlabelledOrder, epoch as u32, 40);
        let own = &order[i * 40 / 3..(i + 1) * 40 / 3];
        let (mut x, mut row) = (Panels::new(2 * own.len(), 20), vec![0.0; 20]);
        for (r, &from) in own.iter().chain(own).enumerate() {
            data.copy_row(from, &mut row);
            x.set_row(r, &row);
        }
        Batch { x, labels: own.iter().map(|&r| data.labels()[r].unwrap()).collect(), weights: None }
    };
    let epoch = |trainer: &mut Trainer<'_, Ladder>| {
        let epoch = trainer.epoch() + 1;
        let rate = learning_rate(settings.learning_rate, settings.decay_start, settings.epochs, epoch);
        (0..3).for_each(|i| drop(trainer.step(&batch(epoch, i), rate).unwrap()));
        trainer.end_epoch(rows).unwrap();
    };
    let mut first = new(&ladder, 5);
    let mut trainer = Trainer::new(&mut first, (14, 14), &settings, &threads);
    epoch(&mut trainer);
    assert_eq!((trainer.epoch(), trainer.steps(), trainer.rows()), (1, 3, 80));
    assert_eq!(trainer.checkpoint(), checkpoints[0]);
    assert_eq!(trainer.tensors(), snapshots[0]);
    // The model as it stands predicts, and the training is not disturbed by that.
    let snapshot = trainer.snapshot(rows);
    assert!(snapshot.probabilities(&data, &threads).iter().all(|p| p.is_finite()));
    assert_eq!(trainer.checkpoint(), checkpoints[0]);
    epoch(&mut trainer);
    let checkpoint = trainer.checkpoint();
    assert_eq!(checkpoint, checkpoints[1]);
    // Into another, whose initial values do not matter.
    let mut second = new(&ladder, 6);
    let mut trainer = Trainer::new(&mut second, (14, 14), &settings, &threads);
    trainer.restore(&checkpoint).unwrap();
    assert_eq!((trainer.epoch(), trainer.steps(), trainer.rows()), (2, 6, 160));
    epoch(&mut trainer);
    assert_eq!(trainer.snapshot(rows).tensors(), fitted.tensors());
    trainer.finish(rows).unwrap();
    assert_eq!(second.tensors(), fitted.tensors());
    // What is not of this training is refused.
    let mut other = new(&LadderSettings { layers: vec![20, 34, 12, 3], ..ladder }, 5);
    let mut trainer = Trainer::new(&mut other, (14, 14), &settings, &threads);
    assert!(trainer.restore(&checkpoint).unwrap_err().to_string().contains("[20, 35]: expected [20, 34]"));
}
