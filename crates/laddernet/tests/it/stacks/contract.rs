//! The contract of a model, for those of this folder: it memorises, it is the same to the bit for any number of threads and
//! from a checkpoint on, and it says what is wrong instead of continuing.

use super::{kinds, stripes};
use laddernet::evaluation::evaluate;
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings};
use laddernet::models::classifier::{Classifier, Learning};
use laddernet::models::corruption::Corruption;
use laddernet::optimiser::Optimiser;
use laddernet::split::Split;
use laddernet::training::{Checkpoint, Event, FitError, FitSettings, Flow, Model, fit_from};
use laddernet::{Dataset, Isa, Scaling, Threads, Values};

fn everyone(rows: usize) -> Split {
    Split { labelled: (0..rows).collect(), unlabelled: (0..rows).collect(), validation: vec![] }
}

fn fit_settings(epochs: usize) -> FitSettings {
    FitSettings { epochs, labelled_batch: 32, unlabelled_batch: 32, learning_rate: 0.01, ..Default::default() }
}

fn autoencoders() -> Vec<(String, Autoencoder)> {
    let model = |(name, settings): (&str, AutoencoderSettings)| {
        let seed = 5;
        (name.to_owned(), Autoencoder::new(settings, seed).unwrap())
    };
    kinds(40).into_iter().map(model).collect()
}

fn classifiers() -> Vec<(String, Classifier)> {
    let new = || Classifier::new(&[40, 35, 33, 3], 5);
    let (mut corrupted, mut stacked) = (new(), Classifier::over(autoencoders()[2].1.up().to_vec(), 40, 3));
    (corrupted.corruption, corrupted.dropout) = (Corruption::Masking(0.2), 0.3);
    stacked.learning = Learning::TopAlone;
    vec![
        ("classifier".into(), new()),
        ("classifier of corrupted rows".into(), corrupted),
        ("top alone".into(), stacked),
    ]
}

/// Bit for bit what a model has learned.
fn bits(model: &impl Model) -> Vec<(String, Vec<u32>)> {
    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect();
    model.parameters().0.iter().map(|p| (p.path().to_owned(), bits(p.values()))).collect()
}

/// Five epochs, from a checkpoint on or from the start, and the checkpoint of each.
fn train<M: Model + Clone>(
    model: &M,
    settings: &FitSettings,
    threads: &Threads,
    from: Option<&Checkpoint>,
) -> (M, Vec<Checkpoint>) {
    let (data, mut model, mut checkpoints) = (stripes(90), model.clone(), Vec::new());
    if from.is_some() {
        // Other initial values than those of the training that is resumed: they must not matter.
        model.parameters_mut().into_iter().for_each(|p| p.set_values(&vec![0.1; p.count()]));
    }
    let report = fit_from(from, &mut model, &data, &everyone(90), settings, threads, &mut |event| {
        if let Event::Epoch(_, state) = event {
            checkpoints.push(state.checkpoint());
        }
        Flow::Continue
    });
    assert_eq!(report.unwrap().epochs, settings.epochs);
    (model, checkpoints)
}

fn is_the_same_for_any_number_of_threads_and_from_a_checkpoint_on(name: &str, model: &(impl Model + Clone)) {
    for optimiser in [Optimiser::Adam, Optimiser::Momentum(0.9)] {
        let settings = FitSettings { optimiser, weight_decay: 0.01, ..fit_settings(4) };
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let threads = |n| Threads::with_isa(n, isa).unwrap();
            let settings = FitSettings { precision: isa.precision(), ..settings.clone() };
            let (whole, checkpoints) = train(model, &settings, &threads(1), None);
            assert!(bits(&whole) != bits(model), "{name}");
            for n in [2, 3] {
                assert!(bits(&train(model, &settings, &threads(n), None).0) == bits(&whole), "{name}, {}", isa.name());
            }
            for (i, checkpoint) in checkpoints.iter().enumerate() {
                let (again, later) = train(model, &settings, &threads(2), Some(checkpoint));
                assert!(bits(&again) == bits(&whole), "{name} on {}, epoch {}", isa.name(), i + 1);
                assert!(later == checkpoints[i + 1..], "{name} on {}, epoch {}", isa.name(), i + 1);
            }
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads_and_from_a_checkpoint_on() {
    for (name, model) in &autoencoders() {
        is_the_same_for_any_number_of_threads_and_from_a_checkpoint_on(name, model);
    }
    for (name, model) in classifiers() {
        is_the_same_for_any_number_of_threads_and_from_a_checkpoint_on(&name, &model);
    }
}

fn learn<M: Model + Clone>(model: &M, rows: usize, settings: &FitSettings) -> Result<M, (M, FitError)> {
    let (mut model, threads) = (model.clone(), Threads::new(2).unwrap());
    match fit_from(None, &mut model, &stripes(rows), &everyone(rows), settings, &threads, &mut |_| Flow::Continue) {
        Ok(_) => Ok(model),
        Err(error) => Err((model, error)),
    }
}

#[test]
fn a_few_rows_are_memorised() {
    let (data, threads) = (stripes(7), Threads::new(2).unwrap());
    let settings = FitSettings { decay_start: 0.5, ..fit_settings(1500) };
    for (name, model) in autoencoders() {
        let model = Autoencoder::new(
            AutoencoderSettings { corruption: Corruption::None, walkback: 1, ..model.settings().clone() },
            5,
        );
        let model = learn(&model.unwrap(), 7, &settings).unwrap();
        let mean = |c: usize| (0..7).map(|r| f64::from(data.input(r, c))).sum::<f64>() / 7.0;
        let from_mean = |r: usize| (0..40).map(|c| (f64::from(data.input(r, c)) - mean(c)).powi(2)).sum::<f64>();
        for (r, error) in model.squared_errors(&data, &threads).into_iter().enumerate() {
            assert!(error < 0.01 * from_mean(r), "{name}: {error} of {}", from_mean(r));
        }
    }
    for (name, model) in classifiers() {
        let model = learn(&model, 33, &fit_settings(200)).unwrap();
        assert_eq!(evaluate(&model, &stripes(33), &threads).errors, 0, "{name}");
    }
}

fn diverges_and_keeps_a_model(name: &str, model: &(impl Model + Clone)) {
    let settings = FitSettings { learning_rate: f32::MAX, ..fit_settings(4) };
    let Err((left, error)) = learn(model, 90, &settings) else { panic!("{name} does not diverge") };
    let FitError::Diverged { kept: 0, value, .. } = error else { panic!("{name}: {error}") };
    assert!(!value.is_finite() && bits(&left) == bits(model), "{name}: {error}");
}

#[test]
fn divergence_keeps_a_model() {
    for (name, model) in &autoencoders() {
        diverges_and_keeps_a_model(name, model);
    }
    for (name, model) in &classifiers() {
        diverges_and_keeps_a_model(name, model);
    }
}

#[test]
fn the_top_alone_leaves_the_layers_below_as_they_are() {
    let (_, model) = classifiers().pop().unwrap();
    let settings = FitSettings { weight_decay: 0.1, ..fit_settings(3) };
    let (before, after) = (bits(&model), bits(&learn(&model, 33, &settings).unwrap()));
    let top = before.len() - 2;
    assert!(before[..top] == after[..top] && before[top] != after[top] && before[top + 1] != after[top + 1]);
}

/// Twice as bright as a probability can be, or of another length, or without labels.
#[test]
fn rows_that_cannot_be_learned_from_are_refused() {
    let bright = stripes(30).with_scaling(Scaling::by(2.0));
    let unnamed =
        Dataset::new(Values::F32(vec![0.5; 80]), vec![None; 2], vec!["a".into()], vec![40], Scaling::NONE).unwrap();
    let threads = Threads::new(1).unwrap();
    let split = Split { labelled: vec![], ..everyone(2) };
    let refused = |model: &mut Autoencoder, data: &Dataset| {
        let result = fit_from(None, model, data, &split, &fit_settings(1), &threads, &mut |_| Flow::Continue);
        result.map_err(|e| e.to_string())
    };
    for (name, mut model) in autoencoders() {
        assert!(refused(&mut model, &unnamed).is_ok(), "{name}");
        let found = refused(&mut model, &bright);
        match name.contains("means") {
            true => assert!(found.is_ok(), "{name}: means may be any number"),
            false => {
                let message = found.unwrap_err();
                assert!(message.contains("row 0") && message.contains("expected 0 to 1"), "{message}");
            }
        }
    }
    let mut narrow = Autoencoder::new(AutoencoderSettings::of(&[39, 5]), 1).unwrap();
    assert!(refused(&mut narrow, &unnamed).unwrap_err().contains("40 values a row, but the first layer has 39"));
    let (_, mut model) = classifiers().remove(0);
    let mut refused = |corruption, dropout, split: &Split| {
        (model.corruption, model.dropout) = (corruption, dropout);
        let found = fit_from(None, &mut model, &stripes(9), split, &fit_settings(1), &threads, &mut |_| Flow::Continue);
        found.unwrap_err().to_string()
    };
    assert!(
        refused(Corruption::Masking(2.0), 0.0, &everyone(9))
            .contains("corruption is masking 2: expected a share of 0 to 1")
    );
    assert!(refused(Corruption::None, 1.0, &everyone(9)).contains("dropout is 1: expected 0 or more and below 1"));
    assert!(refused(Corruption::None, f32::NAN, &everyone(9)).contains("dropout is NaN"));
    assert!(refused(Corruption::None, 0.0, &split).contains("no labelled row"));
    let (_, mut over_linear) = classifiers().pop().unwrap();
    over_linear.dropout = 0.5;
    let found = fit_from(None, &mut over_linear, &stripes(9), &everyone(9), &fit_settings(1), &threads, &mut |_| {
        Flow::Continue
    });
    assert!(found.unwrap_err().to_string().contains("layer 3 is linear"));
}
