//! One contract for every model in the list: it can memorise, it is the same to the bit for any number of threads, a
//! saved model predicts the same, a row's answer is its own, and it says what is wrong instead of going on.

use crate::stripes;
use laddernet::evaluation::{evaluate, final_evaluation};
use laddernet::fit::{Checkpoint, Event, FitError, FitSettings, Flow, StatisticsFrom, fit, fit_from};
use laddernet::models::{Ladder, LadderSettings, ModelKind};
use laddernet::split::{LabelCount, Split, SplitError, draw, hold_out};
use laddernet::{Dataset, Isa, Scaling, Sealed, Threads, Values};

fn settings(kind: ModelKind) -> LadderSettings {
    let layers = vec![20, 35, 12, 3];
    let denoising_weights = kind.authors_weights(Some(100), layers.len()).iter().map(|w| w / 100.0).collect();
    LadderSettings { layers, denoising_weights, input_noise: 0.1, noise: 0.1, lateral: true }
}

fn fit_settings(epochs: usize) -> FitSettings {
    FitSettings { epochs, labelled_batch: 16, unlabelled_batch: 32, learning_rate: 0.01, ..Default::default() }
}

fn trained(kind: ModelKind, data: &Dataset, labels: LabelCount, epochs: usize, threads: &Threads) -> Ladder {
    let mut model = Ladder::new(settings(kind), 5).unwrap();
    let split = draw(data, labels, 0, 5).unwrap();
    fit(&mut model, data, &split, &fit_settings(epochs), threads, &mut |_| Flow::Go).unwrap();
    model
}

fn bits(model: &Ladder) -> Vec<(String, Vec<u32>)> {
    model.tensors().into_iter().map(|t| (t.path, t.values.iter().map(|v| v.to_bits()).collect())).collect()
}

#[test]
fn every_model_memorises_33_rows() {
    let (data, threads) = (stripes(33), Threads::new(2).unwrap());
    for kind in ModelKind::ALL {
        let model = trained(kind, &data, LabelCount::All, 60, &threads);
        assert_eq!(evaluate(&model, &data, &threads).errors, 0, "{kind}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let data = stripes(90);
    for kind in ModelKind::ALL {
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let with = |n| bits(&trained(kind, &data, LabelCount::Count(9), 3, &Threads::with_isa(n, isa).unwrap()));
            let one = with(1);
            assert!(one == with(2) && one == with(3), "{kind} on {}", isa.name());
        }
    }
}

/// A training of five epochs, with the checkpoint of each, from one of them on.
fn from_checkpoint(kind: ModelKind, isa: Isa, from: Option<&Checkpoint>) -> (Ladder, Vec<Checkpoint>) {
    let (data, threads) = (stripes(90), Threads::with_isa(2, isa).unwrap());
    // Other initial values than those of the training that is gone on with: they must not matter.
    let mut model = Ladder::new(settings(kind), if from.is_some() { 6 } else { 5 }).unwrap();
    let split = draw(&data, LabelCount::Count(9), 0, 5).unwrap();
    let mut checkpoints = Vec::new();
    let report = fit_from(from, &mut model, &data, &split, &fit_settings(5), &threads, &mut |event| {
        if let Event::Epoch(_, standing) = event {
            checkpoints.push(standing.checkpoint());
        }
        Flow::Go
    });
    assert_eq!(report.unwrap().epochs, 5);
    (model, checkpoints)
}

#[test]
fn a_training_goes_on_from_a_checkpoint_to_the_same_bits() {
    for kind in ModelKind::ALL {
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let (whole, checkpoints) = from_checkpoint(kind, isa, None);
            assert_eq!(checkpoints.len(), 5);
            for (i, checkpoint) in checkpoints.iter().enumerate() {
                let (model, later) = from_checkpoint(kind, isa, Some(checkpoint));
                assert!(bits(&model) == bits(&whole), "{kind} on {}, epoch {}", isa.name(), i + 1);
                assert!(later == checkpoints[i + 1..], "{kind} on {}, epoch {}", isa.name(), i + 1);
            }
        }
    }
}

#[test]
fn a_foreign_or_damaged_checkpoint_is_refused() {
    let isa = Isa::detect();
    let (_, checkpoints) = from_checkpoint(ModelKind::Full, isa, None);
    let good = &checkpoints[1];
    let refusal = |change: &dyn Fn(&mut Checkpoint)| {
        let mut checkpoint = good.clone();
        change(&mut checkpoint);
        let (data, threads) = (stripes(90), Threads::new(1).unwrap());
        let mut model = Ladder::new(settings(ModelKind::Full), 5).unwrap();
        let split = draw(&data, LabelCount::Count(9), 0, 5).unwrap();
        let from = Some(&checkpoint);
        let result = fit_from(from, &mut model, &data, &split, &fit_settings(5), &threads, &mut |_| Flow::Go);
        result.unwrap_err().to_string()
    };
    assert!(
        refusal(&|c| c.step += 1).contains("it is of epoch 2 and step 7, but this training has 5 epochs of 3 steps")
    );
    assert!(refusal(&|c| c.epoch = 9).contains("epoch 9"));
    assert!(refusal(&|c| c.last_good_epoch = 3).contains("epoch 2"));
    assert!(refusal(&|c| drop(c.tensors.pop())).contains("is missing"));
    assert!(refusal(&|c| c.tensors[0].shape.reverse()).contains("has shape [35, 20]: expected [20, 35]"));
    assert!(
        refusal(&|c| c.tensors[2].values[3] = f32::NAN).contains("'second_moment.encoder.1.weight' holds NaN at 3")
    );
    assert!(
        refusal(&|c| c.tensors.push(laddernet::models::Tensor { path: "x".into(), ..c.tensors[0].clone() }))
            .contains("'x'")
    );
}

#[test]
fn another_seed_is_another_model() {
    let (data, threads) = (stripes(30), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(6), 0, 1).unwrap();
    let with = |init, run| {
        let mut model = Ladder::new(settings(ModelKind::Full), init).unwrap();
        let settings = FitSettings { seed: run, ..fit_settings(1) };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Go).unwrap();
        bits(&model)
    };
    assert!(with(1, 1) == with(1, 1) && with(1, 1) != with(2, 1) && with(1, 1) != with(1, 2));
}

#[test]
fn a_saved_model_predicts_the_same_and_a_row_for_itself() {
    let (data, threads) = (stripes(301), Threads::new(2).unwrap());
    for kind in ModelKind::ALL {
        let model = trained(kind, &data, LabelCount::Count(30), 2, &threads);
        let tensors = model.tensors();
        let shapes: Vec<_> = tensors.iter().map(|t| (t.path.clone(), t.shape.clone())).collect();
        assert_eq!(shapes, Ladder::tensor_shapes(model.settings()), "{kind}");
        let back = Ladder::from_tensors(model.settings().clone(), tensors).unwrap();
        let all = model.probabilities(&data, &threads);
        assert_eq!(all, back.probabilities(&data, &threads), "{kind}");
        let in_bf16 = Isa::available_bf16().into_iter().map(|isa| Threads::with_isa(2, isa).unwrap());
        for threads in in_bf16.chain([threads.clone()]) {
            let own = model.probabilities(&data, &threads);
            let code = |rows: &Dataset| model.codes(rows, 1, &threads).unwrap();
            let codes = code(&data);
            for row in [0, 7, 239, 240, 300] {
                let alone = code(&data.select(&[row]));
                assert!((0..codes.features()).all(|j| alone.input(0, j) == codes.input(row, j)), "{kind}, row {row}");
                let one = model.probabilities(&data.select(&[row]), &threads);
                assert_eq!(one, own[row * 3..row * 3 + 3], "{kind}, {}, row {row}", threads.isa().name());
            }
            let sums = own.chunks_exact(3).map(|p| p.iter().sum::<f32>());
            assert!(sums.into_iter().all(|s| (s - 1.0).abs() < 1e-5));
            let farthest = own.iter().zip(&all).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(farthest < 0.03, "{kind}, {}: {farthest}", threads.isa().name());
        }
    }
}

#[test]
fn the_decoder_removes_noise() {
    let (data, threads) = (stripes(120), Threads::new(2).unwrap());
    let model = trained(ModelKind::Full, &data, LabelCount::Count(30), 60, &threads);
    let r = model.reconstruct(&data, 0.3, 1, &threads);
    let distance = |a: &[f32]| a.iter().zip(&r.clean).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    assert!(distance(&r.reconstructed) < 0.5 * distance(&r.corrupted));
    let again = Ladder::from_tensors(model.settings().clone(), model.tensors()).unwrap();
    assert_eq!(r, again.reconstruct(&data, 0.3, 1, &threads));
    assert!(!Ladder::new(settings(ModelKind::Top), 1).unwrap().can_reconstruct());
}

#[test]
fn a_listener_stops_and_the_model_is_kept() {
    let (data, threads) = (stripes(90), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    let mut model = Ladder::new(settings(ModelKind::Full), 1).unwrap();
    let mut steps = 0;
    let report = fit(&mut model, &data, &split, &fit_settings(10), &threads, &mut |event| {
        steps += usize::from(matches!(event, Event::Step(_)));
        if steps == 5 { Flow::Stop } else { Flow::Go }
    })
    .unwrap();
    assert_eq!((report.steps, report.epochs, report.stopped), (5, 1, true));
    assert!(evaluate(&model, &data, &threads).rows == 90);
}

#[test]
fn divergence_names_step_layer_and_quantity_and_keeps_a_model() {
    let (data, threads) = (stripes(90), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    for kind in ModelKind::ALL {
        let mut model = Ladder::new(settings(kind), 1).unwrap();
        let initial: Vec<_> = model.parameters().0.iter().map(|p| p.values()).collect();
        let settings = FitSettings { learning_rate: 1e30, ..fit_settings(4) };
        let error = fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Go).unwrap_err();
        let FitError::Diverged { step, epoch, layer, kept, value, .. } = error else { panic!("{error}") };
        assert!(step == 2 && epoch == 1 && layer > 0 && kept == 0 && !value.is_finite(), "{kind}: {error}");
        let kept: Vec<_> = model.parameters().0.iter().map(|p| p.values()).collect();
        assert_eq!(initial, kept);
        assert!(model.probabilities(&data, &threads).iter().all(|p| p.is_finite()));
    }
}

#[test]
fn statistics_from_either_half() {
    let (data, threads) = (stripes(90), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    let with = |statistics| {
        let mut model = Ladder::new(settings(ModelKind::Full), 1).unwrap();
        fit(&mut model, &data, &split, &FitSettings { statistics, ..fit_settings(1) }, &threads, &mut |_| Flow::Go)
            .unwrap();
        model
    };
    let (labelled, unlabelled) = (with(StatisticsFrom::Labelled), with(StatisticsFrom::Unlabelled));
    let mean =
        |model: &Ladder| model.tensors().into_iter().find(|t| t.path == "statistics.clean.1.mean").unwrap().values;
    assert_ne!(mean(&labelled), mean(&unlabelled));
    // Witness: the first layer's statistics from the labelled rows by hand, in f64 (one batch of 9 rows).
    let weight = labelled.parameters().0[0].values();
    let pre = |row: usize, unit: usize| -> f64 {
        (0..20).map(|k| f64::from(data.input(row, k)) * f64::from(weight[k * 35 + unit])).sum()
    };
    let sigma = labelled.tensors().into_iter().find(|t| t.path == "statistics.clean.1.sigma").unwrap().values;
    for unit in 0..35 {
        let z: Vec<f64> = split.labelled.iter().map(|&row| pre(row, unit)).collect();
        let expected = z.iter().sum::<f64>() / 9.0;
        let var = z.iter().map(|z| (z - expected).powi(2)).sum::<f64>() / 8.0;
        assert!((f64::from(mean(&labelled)[unit]) - expected).abs() < 1e-5);
        assert!((f64::from(sigma[unit]) - var.sqrt()).abs() < 1e-5);
    }
}

#[test]
fn a_supervised_model_does_not_see_unlabelled_rows() {
    let threads = Threads::new(1).unwrap();
    let (data, mut other) = (stripes(90), stripes(90));
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    let Values::F32(mut values) = other.values().clone() else { panic!() };
    (0..90).filter(|r| !split.labelled.contains(r)).for_each(|r| values[r * 20..(r + 1) * 20].fill(0.5));
    other = Dataset::new(
        Values::F32(values),
        other.labels().to_vec(),
        other.class_names().to_vec(),
        vec![20],
        Scaling::NONE,
    )
    .unwrap();
    let run = |data: &Dataset| {
        let mut model = Ladder::new(settings(ModelKind::Mlp), 1).unwrap();
        fit(&mut model, data, &split, &fit_settings(2), &threads, &mut |_| Flow::Go).unwrap();
        bits(&model)
    };
    assert!(run(&data) == run(&other));
}

#[test]
fn settings_that_do_not_fit_are_refused_before_anything_changes() {
    let (data, threads) = (stripes(30), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(6), 0, 1).unwrap();
    let refused = |layers: Vec<usize>, settings: FitSettings, split: &Split| {
        let denoising_weights = vec![1.0; layers.len()];
        let mut model = Ladder::new(LadderSettings { layers, denoising_weights, ..Default::default() }, 1).unwrap();
        let before = bits(&model);
        let error = fit(&mut model, &data, split, &settings, &threads, &mut |_| Flow::Go).unwrap_err();
        assert!(before == bits(&model) && matches!(error, FitError::Settings(_)));
        error.to_string()
    };
    assert!(refused(vec![21, 3], fit_settings(1), &split).contains("20 values a row"));
    assert!(refused(vec![20, 2], fit_settings(1), &split).contains("3 classes"));
    assert!(refused(vec![20, 3], fit_settings(0), &split).contains("epochs is 0"));
    let nan = FitSettings { learning_rate: f32::NAN, ..fit_settings(1) };
    assert!(refused(vec![20, 3], nan, &split).contains("learning rate is NaN"));
    let late = FitSettings { decay_start: 67.0, ..fit_settings(1) };
    assert!(refused(vec![20, 3], late, &split).contains("67"));
    let nobody = Split { labelled: vec![], unlabelled: vec![], validation: vec![] };
    assert!(refused(vec![20, 3], fit_settings(1), &nobody).contains("no row"));
    for (layers, what) in [(vec![20], "1 layer"), (vec![20, 0, 3], "layer 1 has 0"), (vec![20, 1], "at least 2")] {
        let denoising_weights = vec![0.0; layers.len()];
        let error = LadderSettings { layers, denoising_weights, ..Default::default() }.check().unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
}

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

#[test]
fn the_sealed_test_set_is_opened_by_the_final_evaluation() {
    let (data, threads) = (stripes(33), Threads::new(1).unwrap());
    let model = trained(ModelKind::Mlp, &data, LabelCount::All, 60, &threads);
    let test = Sealed::new(stripes(60));
    assert_eq!((test.rows(), final_evaluation(&model, test, &threads).rows), (60, 60));
}

/// Trap 9 of the list of ways in which ports go wrong: a double softmax floors the cost at ln(e + 9) - 1 = 1.46.
#[test]
fn the_supervised_cost_goes_to_zero() {
    let (data, threads) = (stripes(33), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::All, 0, 1).unwrap();
    let mut model = Ladder::new(settings(ModelKind::Mlp), 1).unwrap();
    let mut last = f64::NAN;
    fit(&mut model, &data, &split, &fit_settings(150), &threads, &mut |event| {
        if let Event::Epoch(e, _) = event {
            last = e.supervised_cost;
        }
        Flow::Go
    })
    .unwrap();
    assert!(last < 0.05, "{last}");
}
