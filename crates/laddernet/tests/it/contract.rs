//! One contract for every kind in the list: it learns, it is the same to the bit for any number of threads and from any place of its
//! training on, its tensors are the whole model, a row's answer is its own, it can do what its kind says, and it says what is wrong
//! instead of continuing.

use crate::cases::{Case, bits, classifiers, every_model, small, trained_by_steps};
use laddernet::dataset::TableSettings;
use laddernet::evaluation::evaluate;
use laddernet::models::kind::Ability;
use laddernet::models::trained::Start;
use laddernet::models::{KINDS, TrainedModel};
use laddernet::session::{HeldOut, Settings};
use laddernet::split::{LabelCount, Split, draw};
use laddernet::tensor::Tensor;
use laddernet::training::{Checkpoint, Event, FitError, FitSettings, Flow, Place, RowsError, TrainingError};
use laddernet::{Dataset, Isa, Scaling, SettingsError, Threads, Values};

/// Every instruction set of this processor.
fn every_isa() -> impl Iterator<Item = Isa> {
    Isa::available().into_iter().chain(Isa::available_bf16())
}

/// A classifier knows 33 rows by heart, and all 90 from the labels of 30. What reconstructs rows, whether in 0..=1 or standardised,
/// does so far better than their means would; a density has them far more likely than coins.
#[test]
fn every_model_learns() {
    let threads = Threads::new(2).unwrap();
    let mut decoding = 0;
    for case in every_model() {
        // Corruption in the training leaves a distance to the rows themselves.
        let plain = case.taking("autoencoder.corruption", &"none".into()).unwrap_or(case);
        let case = plain.trained(|training| (training.epochs, training.unlabelled_batch) = (150, 16));
        let name = case.name();
        let train = |data: &Dataset, split: &Split| {
            case.train(None, (data, split), &threads, &mut |_| Flow::Continue).unwrap().0
        };
        if case.kind().takes_labels() {
            let few = case.rows(33);
            let model = train(&few, &draw(&few, LabelCount::All, 0, 5).unwrap());
            assert_eq!(evaluate(model.classify().unwrap(), &few, &threads).errors, 0, "{name}");
            let data = case.rows(90);
            let model = train(&data, &case.split(&data));
            assert_eq!(evaluate(model.classify().unwrap(), &data, &threads).errors, 0, "{name}");
            continue;
        }
        let data = case.rows(90);
        let model = train(&data, &case.split(&data));
        let r = model.reconstruct().unwrap().reconstruct(&data, 0.0, 1, &threads);
        assert_eq!(r.clean, r.corrupted, "{name}");
        let means: Vec<f32> = (0..20).map(|c| r.clean.iter().skip(c).step_by(20).sum::<f32>() / 90.0).collect();
        let squares =
            |a: &mut dyn Iterator<Item = f32>| -> f64 { a.zip(&r.clean).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let found = squares(&mut r.reconstructed.iter().copied());
        let of_means = squares(&mut means.iter().copied().cycle());
        println!("{name}: {found} of {of_means}");
        assert!(found < 0.7 * of_means, "{name}: {found} of {of_means}");
        let encoder = model.encode().unwrap();
        let codes = encoder.codes(&data, encoder.last_layer(), &threads).unwrap();
        if let Some(decoded) = model.reconstruct().unwrap().decode(&codes, &threads) {
            assert!(decoded == r.reconstructed, "{name}: rows from their codes");
            decoding += 1;
        }
    }
    assert!(decoding >= 4, "{decoding} models decode");
}

/// Also: stages, epochs and steps are reported the same.
#[test]
fn threads_change_no_bit_and_a_training_resumes_from_any_place_to_the_same_bits() {
    for case in every_model() {
        let name = case.name();
        for isa in every_isa() {
            let with = |n| Threads::with_isa(n, isa).unwrap();
            let (model, report, places) = case.course(None, &with(2));
            assert_eq!(
                (places.len(), report.stopped, report.diverged.as_ref()),
                (report.epochs(), false, None),
                "{name}"
            );
            assert!(report.reached_last_stage(), "{name}");
            for n in [1, 3] {
                assert!(case.bits(&with(n)) == bits(&*model), "{name} on {}, {n} threads", isa.name());
            }
            for (i, place) in places.iter().enumerate() {
                let (again, same, later) = case.course(Some(place), &with(3));
                assert_eq!(same, report, "{name}, place {i}");
                assert!(bits(&*again) == bits(&*model), "{name} on {}, place {i}", isa.name());
                assert!(later == places[i + 1..], "{name} on {}, place {i}", isa.name());
            }
        }
    }
}

/// Asked at the end of every epoch, which changes nothing; at the end of the last one it is the trained model.
#[test]
fn a_model_as_it_stands_is_the_one_of_a_training_that_ended_there() {
    let threads = Threads::new(2).unwrap();
    for case in trained_by_steps() {
        let (name, data) = (case.name(), case.rows(90));
        let mut standing = Vec::new();
        let (model, _) = case
            .train(None, (&data, &case.split(&data)), &threads, &mut |event| {
                if let (Event::Epoch(_, state), true) = (event.event, event.index + 1 == event.stages) {
                    standing.push(case.spec().from_tensors(state.as_it_stands()).unwrap());
                }
                Flow::Continue
            })
            .unwrap();
        assert!(bits(&*model) == case.bits(&threads), "{name}: asking changed it");
        assert!(bits(standing.last().unwrap().as_ref()) == bits(&*model), "{name}");
        assert!(bits(standing[0].as_ref()) != bits(&*model), "{name}: nothing was learned after the first epoch");
        let mut epochs = 0;
        let stopped = case.train(None, (&data, &case.split(&data)), &threads, &mut |event| {
            let is_last = matches!(event.event, Event::Epoch(..)) && event.index + 1 == event.stages;
            epochs += usize::from(is_last);
            if is_last && epochs == 2 { Flow::Stop } else { Flow::Continue }
        });
        assert!(bits(standing[1].as_ref()) == bits(&*stopped.unwrap().0), "{name}: stopped after two epochs");
    }
}

/// The initial values of the training that is resumed do not matter: those are of another seed here.
#[test]
fn what_is_resumed_begins_with_the_saved_values() {
    let threads = Threads::new(1).unwrap();
    for case in trained_by_steps() {
        let (_, _, places) = case.course(None, &threads);
        let last = places.last().unwrap();
        let other = case.trained(|training| training.seed = 6);
        let (model, _, later) = other.course(Some(last), &threads);
        assert!(later.is_empty());
        let of = |prefix: &str| -> Vec<Tensor> {
            let tensors = last.checkpoint.as_ref().unwrap().tensors.iter();
            let own = tensors.filter_map(|t| Some(Tensor { path: t.path.strip_prefix(prefix)?.into(), ..t.clone() }));
            own.collect()
        };
        let saved = of("value.");
        assert!(!saved.is_empty());
        for p in &model.parameters().0 {
            let saved = saved.iter().find(|t| t.path == p.path()).unwrap();
            assert_eq!(saved.values, p.values(), "{}", case.name());
        }
    }
}

#[test]
fn a_foreign_or_damaged_checkpoint_is_refused() {
    let threads = Threads::new(1).unwrap();
    for case in trained_by_steps() {
        let name = case.name();
        let (_, _, places) = case.course(None, &threads);
        let stages = case.spec().stages(&case.training).len();
        let good = places.iter().find(|place| place.stage + 1 == stages).unwrap();
        let data = case.rows(90);
        let split = case.split(&data);
        let from = |place: &Place| {
            let result = case.train(Some(place), (&data, &split), &threads, &mut |_| Flow::Continue);
            result.err().unwrap_or_else(|| panic!("{name}: it is resumed")).to_string()
        };
        let refusal = |change: &dyn Fn(&mut Checkpoint)| {
            let mut place = good.clone();
            change(place.checkpoint.as_mut().unwrap());
            from(&place)
        };
        let steps = case.training.steps_per_epoch(&split);
        let message = refusal(&|c| c.step += 1);
        let expected = format!("of epoch 1 and step {}, but this training has 4 epochs of {steps} steps", steps + 1);
        assert!(message.contains(&expected), "{name}: {message}");
        assert!(refusal(&|c| c.epoch = 9).contains("epoch 9"), "{name}");
        assert!(refusal(&|c| c.last_good_epoch = 3).contains("epoch 1"), "{name}");
        assert!(refusal(&|c| drop(c.tensors.remove(0))).contains("is missing"), "{name}");
        let message = refusal(&|c| c.tensors[0].shape.reverse());
        assert!(message.contains("has shape [35, 20]: expected [20, 35]"), "{name}: {message}");
        let message = refusal(&|c| c.tensors[2].values[3] = f32::NAN);
        assert!(message.contains("'second_moment.") && message.contains("holds NaN at 3"), "{name}: {message}");
        assert!(refusal(&|c| c.tensors.push(Tensor { path: "x".into(), ..c.tensors[0].clone() })).contains("'x'"));
        assert!(refusal(&|c| c.tensors.push(c.tensors[0].clone())).contains("is there twice"), "{name}");
        let message = from(&Place { stage: stages, ..good.clone() });
        assert!(message.contains(&format!("stage {} of {stages}: there is no such stage", stages + 1)), "{message}");
    }
}

#[test]
fn another_seed_is_another_model() {
    let threads = Threads::new(2).unwrap();
    for case in every_model() {
        let of = |seed| case.trained(|training| training.seed = seed).bits(&threads);
        assert!(of(1) == of(1), "{}", case.name());
        assert_eq!(of(1) != of(2), case.takes_steps(), "{}", case.name());
    }
}

/// All that a model says of rows, each a number of values a row.
fn answers(model: &dyn TrainedModel, data: &Dataset, threads: &Threads) -> Vec<(&'static str, usize, Vec<f64>)> {
    let mut found = Vec::new();
    let wide = |values: Vec<f32>| values.into_iter().map(f64::from).collect::<Vec<f64>>();
    if let Some(model) = model.classify() {
        found.push(("probabilities", model.classes(), wide(model.probabilities(data, threads))));
    }
    if let Some(model) = model.encode() {
        for layer in 0..=model.last_layer() {
            let codes = model.codes(data, layer, threads).unwrap();
            assert_eq!((codes.rows(), codes.labels()), (data.rows(), data.labels()));
            let units = codes.features();
            let values = (0..data.rows()).flat_map(|r| (0..units).map(move |c| (r, c)));
            found.push(("codes", units, values.map(|(r, c)| codes.input(r, c).into()).collect()));
        }
    }
    if let Some(model) = model.reconstruct() {
        found.push(("rows", data.features(), wide(model.reconstruct(data, 0.0, 1, threads).reconstructed)));
        if let Some(model) = model.squared_errors() {
            found.push(("squared errors", 1, model.squared_errors(data, threads)));
        }
    }
    if let Some(model) = model.density() {
        found.push(("free energies", 1, model.free_energies(data, threads)));
    }
    found
}

/// Also: its shapes are known without it.
#[test]
fn saved_tensors_are_the_whole_model_and_a_row_stands_for_itself() {
    for case in every_model() {
        let name = case.name();
        let threads = Threads::new(2).unwrap();
        let data = case.rows(301);
        let (model, _) = case.train(None, (&data, &case.split(&data)), &threads, &mut |_| Flow::Continue).unwrap();
        let tensors = model.tensors();
        let shapes: Vec<_> = tensors.iter().map(|t| (t.path.clone(), t.shape.clone())).collect();
        assert_eq!(shapes, case.spec().tensor_shapes(), "{name}");
        let reversed = tensors.iter().rev().cloned().collect();
        let back = case.spec().from_tensors(reversed).unwrap();
        assert!(bits(&*back) == bits(&*model), "{name}");
        let all = answers(&*model, &data, &threads);
        assert!(all == answers(&*back, &data, &threads), "{name}");
        // A row's answer has the same bits alone, whatever the precision of the training was.
        let in_bf16 = Isa::available_bf16().into_iter().map(|isa| Threads::with_isa(3, isa).unwrap());
        for threads in in_bf16.chain([threads.clone()]) {
            let own = answers(&*model, &data, &threads);
            for row in [0, 7, 239, 240, 300] {
                for ((what, n, alone), (_, _, own)) in answers(&*model, &data.select(&[row]), &threads).iter().zip(&own)
                {
                    assert!(
                        *alone == own[row * n..(row + 1) * n],
                        "{name} on {}: {what}, row {row}",
                        threads.isa().name()
                    );
                }
            }
            for ((what, n, own), (_, _, all)) in own.iter().zip(&all) {
                if *what == "probabilities" {
                    let sums = own.chunks_exact(*n).map(|p| p.iter().sum::<f64>());
                    assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5), "{name}");
                }
                let farthest = own.iter().zip(all).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max);
                assert!(farthest < 0.03, "{name} on {}: {what} off by {farthest}", threads.isa().name());
            }
        }
        let refusal = |tensors: Vec<Tensor>| case.spec().from_tensors(tensors).err().expect("refused").to_string();
        assert!(refusal(tensors[1..].to_vec()).contains("is missing"), "{name}");
        let mut damaged = tensors.clone();
        damaged[0].values[1] = f32::INFINITY;
        assert!(refusal(damaged).contains("holds inf at 1"), "{name}");
        let mut turned = tensors.clone();
        turned[0].shape.reverse();
        let misshapen = format!("has shape {:?}: expected {:?}", turned[0].shape, tensors[0].shape);
        assert!(refusal(turned).contains(&misshapen), "{name}");
        let mut more = tensors.clone();
        more.push(Tensor { path: "x".into(), ..tensors[0].clone() });
        assert!(refusal(more).contains("'x'"), "{name}");
    }
}

/// What a listing of kinds says of a model is what it can do.
#[test]
fn a_model_can_do_what_its_kind_lists() {
    let threads = Threads::new(1).unwrap();
    for case in every_model() {
        let name = case.name();
        let (model, ..) = case.course(None, &threads);
        let can = |ability| match ability {
            Ability::Classify => model.classify().is_some(),
            Ability::Reconstruct => model.reconstruct().is_some(),
            Ability::SquaredErrors => model.reconstruct().is_some_and(|model| model.squared_errors().is_some()),
            Ability::Encode => model.encode().is_some(),
            Ability::Density => model.density().is_some(),
            Ability::Bound => model.bound().is_some(),
            Ability::Sample => model.sample().is_some(),
        };
        for ability in [
            Ability::Classify,
            Ability::Reconstruct,
            Ability::SquaredErrors,
            Ability::Encode,
            Ability::Density,
            Ability::Bound,
            Ability::Sample,
        ] {
            // An autoencoder of standardised rows has no probabilities to draw its states from.
            let has_no_states = !case.kind().can(Ability::Density) && !case.kind().can(Ability::Bound);
            if name.contains("Standardised") && ability == Ability::Sample && has_no_states {
                assert!(!can(ability), "{name}");
                continue;
            }
            assert_eq!(can(ability), case.kind().can(ability), "{name}: {ability}");
        }
        for p in &model.parameters().0 {
            assert!(model.layer_of(p.path()).is_some_and(|l| l < case.spec().layers().len()), "{name}: {}", p.path());
        }
        if let Some(encoder) = model.encode() {
            let weights = encoder.weights();
            assert!(!weights.is_empty() && weights[0].0.shape[0] == 20, "{name}");
        }
    }
}

/// Chains: as many rows each time, anew for another seed, the same for any number of threads; where some values can be held, they are.
#[test]
fn samples_are_drawn_from_the_seed_alone() {
    let threads = Threads::new(2).unwrap();
    for case in every_model() {
        let (name, data) = (case.name(), case.rows(90));
        let (model, ..) = case.course(None, &threads);
        let Some(model) = model.sample() else { continue };
        let some = data.select(&[3, 4, 5, 6, 7]);
        let walk = |start: Start<'_>, held: Option<&[bool]>, seed, n| {
            let mut steps = Vec::new();
            model.walk(start, 6, 2, held, seed, &Threads::new(n).unwrap(), &mut |likely| steps.push(likely.to_vec()));
            steps
        };
        for start in [Start::Random(5), Start::Rows(&some)] {
            let found = walk(start, None, 1, 1);
            assert!(found.len() == 3 && found.iter().all(|likely| likely.len() == 5 * 20), "{name}");
            assert!(found == walk(start, None, 1, 2) && found != walk(start, None, 2, 1), "{name}");
        }
        if model.can_hold() {
            let held: Vec<bool> = (0..20).map(|c| c % 2 == 0).collect();
            for likely in walk(Start::Rows(&some), Some(&held), 1, 1) {
                let is_kept = |k: usize| !held[k % 20] || likely[k] == some.input(k / 20, k % 20);
                assert!((0..100).all(is_kept), "{name}");
            }
        }
    }
}

#[test]
fn a_listener_stops_and_the_model_is_as_far_as_it_came() {
    for case in every_model() {
        let (name, data) = (case.name(), case.rows(90));
        for stop in [1, 5, 20, 60] {
            let (mut steps, mut after) = (0, 0);
            let trained = case.train(None, (&data, &case.split(&data)), &Threads::new(1).unwrap(), &mut |event| {
                after += usize::from(steps >= stop);
                steps += usize::from(matches!(event.event, Event::Step(_)));
                if steps >= stop { Flow::Stop } else { Flow::Continue }
            });
            let (model, report) = trained.unwrap();
            let shapes: Vec<_> = model.tensors().into_iter().map(|t| (t.path, t.shape)).collect();
            assert_eq!(shapes, case.spec().tensor_shapes(), "{name}");
            // The end of a training that is stopped there is its end.
            if steps >= stop && after == 0 {
                assert_eq!((report.steps(), report.stopped), (stop, true), "{name}");
            }
            if steps < stop {
                assert_eq!((report.steps(), report.stopped), (steps, false), "{name}");
            }
            assert!(
                answers(&*model, &data, &Threads::new(1).unwrap())
                    .iter()
                    .all(|(_, _, a)| a.iter().all(|x| x.is_finite()))
            );
        }
    }
}

/// A rate that breaks the first stage: what broke is named, the model is the one of before, and it answers.
#[test]
fn divergence_is_named_and_keeps_a_model() {
    let threads = Threads::new(1).unwrap();
    for case in trained_by_steps() {
        let (name, data) = (case.name(), case.rows(90));
        let mut broken = case.trained(|training| training.learning_rate = 1e38);
        for key in ["pretraining.learning_rate", "pretraining.code_rate"] {
            broken = if broken.has(key) { broken.with(key, 1e38) } else { broken };
        }
        let split = case.split(&data);
        let (model, report) = broken.train(None, (&data, &split), &threads, &mut |_| Flow::Continue).unwrap();
        let Some(FitError::Diverged { step, epoch, quantity, value, kept: 0, hint, .. }) = report.diverged else {
            panic!("{name}: {:?}", report.diverged)
        };
        assert!(
            !value.is_finite() && !quantity.is_empty() && hint.contains("smaller learning rate"),
            "{name}: {quantity} {value}"
        );
        assert!(step >= 1 && epoch >= 1 && (report.stages.len(), report.stages[0].epochs) == (1, 0), "{name}");
        assert!(model.tensors().iter().all(|t| t.values.iter().all(|v| v.is_finite())), "{name}");
        assert!(answers(&*model, &data, &threads).iter().all(|(_, _, a)| a.iter().all(|x| x.is_finite())), "{name}");
        // Initial values are kept: those of a training that is stopped at once, where a single stage is all.
        if report.planned == 1 {
            let mut initial = None;
            let still = case.trained(|training| training.learning_rate = 1e-30);
            still
                .train(None, (&data, &split), &threads, &mut |event| {
                    if let Event::Epoch(_, state) = event.event {
                        initial.get_or_insert(state.tensors());
                    }
                    Flow::Continue
                })
                .unwrap();
            let initial = initial.unwrap();
            for p in &model.parameters().0 {
                let expected = &initial.iter().find(|t| t.path == p.path()).unwrap().values;
                assert!(p.values().iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{name}: {}", p.path());
            }
        }
    }
}

/// What a model of labels alone learns does not depend on rows without a label; of the others it does.
#[test]
fn only_what_says_so_learns_from_unlabelled_rows() {
    let threads = Threads::new(1).unwrap();
    for case in classifiers() {
        let data = case.rows(90);
        let split = case.split(&data);
        let Values::F32(mut values) = data.values().clone() else { panic!() };
        (0..90).filter(|r| !split.labelled.contains(r)).for_each(|r| values[r * 20..(r + 1) * 20].fill(0.5));
        let (labels, names) = (data.labels().to_vec(), data.class_names().to_vec());
        let other = Dataset::new(Values::F32(values), labels, names, vec![20], Scaling::NONE).unwrap();
        let of =
            |data: &Dataset| bits(&*case.train(None, (data, &split), &threads, &mut |_| Flow::Continue).unwrap().0);
        assert_eq!(of(&data) != of(&other), case.kind().unlabelled, "{}", case.name());
    }
    assert!(KINDS.iter().all(|kind| kind.takes_labels() || kind.unlabelled));
}

/// Of the settings of a training.
type Change = dyn Fn(&mut FitSettings);

/// Rows of another length, more classes, no rows, rows that are not there, and what no training is.
#[test]
fn settings_and_rows_that_do_not_fit_are_refused() {
    let threads = Threads::new(1).unwrap();
    for case in every_model() {
        let (name, data) = (case.name(), case.rows(30));
        let split = case.split(&data);
        let refusal = |case: &Case, data: &Dataset, split: &Split| {
            let mut events = 0;
            let result = case.train(None, (data, split), &threads, &mut |_| {
                events += 1;
                Flow::Continue
            });
            let error = result.err().unwrap_or_else(|| panic!("{name}: it is trained"));
            assert_eq!(events, 0, "{name}: {error}");
            error
        };
        let mut layers = case.spec().layers().to_vec();
        layers[0] = 21;
        let rows_of = |error: TrainingError| match error {
            TrainingError::Stage { source: FitError::Rows(rows), .. } | TrainingError::Rows(rows) => rows,
            error => panic!("{name}: {error}"),
        };
        let error = rows_of(refusal(&case.with("layers", layers.clone()), &data, &split));
        assert_eq!(error, RowsError::Features { found: 20, expected: 21 }, "{name}");
        let nobody = Split { labelled: vec![], unlabelled: vec![], validation: vec![] };
        let error = rows_of(refusal(&case, &data, &nobody));
        assert!(matches!(error, RowsError::NoLabels | RowsError::Empty), "{name}: {error}");
        let mut outside = split.clone();
        outside.unlabelled.push(30);
        for outside in [outside, Split { validation: vec![30], ..split.clone() }] {
            let error = rows_of(refusal(&case, &data, &outside));
            assert_eq!(error, RowsError::NoSuchRow { row: 30, rows: 30 }, "{name}");
            assert!(error.to_string().contains("the split names row 30, but the data have 30 rows"));
        }
        if case.takes_steps() && case.spec().pretrained_layers() == 0 {
            let changes: [(&str, &Change); 5] = [
                ("training.epochs", &|t| t.epochs = 0),
                ("training.learning_rate", &|t| t.learning_rate = f32::NAN),
                ("training.decay_start", &|t| t.decay_start = 67.0),
                ("training.unlabelled_batch", &|t| t.unlabelled_batch = 0),
                ("training.weight_decay", &|t| t.weight_decay = -1.0),
            ];
            for (key, change) in changes {
                match refusal(&case.trained(change), &data, &split) {
                    TrainingError::Settings(e) => assert_eq!(e.key(), key, "{name}: {e}"),
                    error => panic!("{name}: {error}"),
                }
            }
        }
        if case.kind().takes_labels() {
            let labels: Vec<_> = data.labels().iter().map(|label| label.filter(|&label| label < 2)).collect();
            let names = ["a", "b", "c", "d"].map(String::from).to_vec();
            let four = Dataset::new(data.values().clone(), labels, names, vec![20], Scaling::NONE).unwrap();
            if case.spec().pretrained_layers() == 0 {
                let message = refusal(&case, &four, &split).to_string();
                assert!(message.contains("4 classes") && message.contains("3 units"), "{name}: {message}");
                let unnamed = data.clone().without_labels();
                let message = refusal(&case, &unnamed, &split).to_string();
                assert!(message.contains("as labelled, but it has no label"), "{name}: {message}");
            }
        }
    }
}

/// What no kind takes, each with the key of the setting.
#[test]
fn settings_that_make_no_model_are_named() {
    for kind in KINDS {
        let case = small(kind);
        let key = |case: Case| match case.spec().check(kind, &case.training) {
            Ok(()) => "none".to_owned(),
            Err(error) => {
                let message = error.to_string();
                let is_whole = matches!(error, SettingsError::Value { .. } | SettingsError::Conflict { .. });
                assert!(!is_whole || message.starts_with(error.key()), "{message}");
                error.key().to_owned()
            }
        };
        assert_eq!(key(case.clone()), "none", "{kind}");
        assert_eq!(key(case.with("layers", vec![20])), "layers", "{kind}");
        assert_eq!(key(case.with("layers", Vec::<usize>::new())), "layers", "{kind}");
        let mut layers = case.spec().layers().to_vec();
        layers[1] = 0;
        assert_eq!(key(case.with("layers", layers)), "layers", "{kind}");
        let huge = case.with("layers", {
            let mut layers = case.spec().layers().to_vec();
            layers[0] = 60_000;
            layers[1] = 60_000;
            layers
        });
        // Of any size for a trained model that is read; a training asks what it takes.
        let labels = kind.takes_labels().then_some(LabelCount::Count(3));
        let training = huge.training;
        let huge = Settings {
            labels,
            validation: 0,
            held_out: HeldOut::Fifth,
            table: TableSettings::default(),
            model: huge.model,
            training,
            baseline: None,
        };
        assert_eq!(huge.check().unwrap_err().key(), "model.layers", "{kind}");
    }
}
