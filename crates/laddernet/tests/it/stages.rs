//! One contract for every model of the lineage: its stages learn, it goes on from any place to the same bits, a saved
//! model is the same model, and what makes no training is refused.

use crate::stripes;
use laddernet::evaluation::evaluate;
use laddernet::fit::{Event, FitError, Flow};
use laddernet::lineage::{Learning, Lineage, LineageError, LineageKind, Place, Purpose, Report, Stage, Trained, train};
use laddernet::models::Activation;
use laddernet::models::autoencoder::{Corruption, Emphasis};
use laddernet::models::rbm::{Binarise, Chain, Contrast, Units};
use laddernet::optimiser::Optimiser;
use laddernet::split::{LabelCount, Split, draw, draw_without_labels};
use laddernet::{Dataset, Isa, Standards, Threads};
use std::sync::Arc;

fn settings(kind: LineageKind) -> Lineage {
    let learning = |epochs| Learning {
        epochs,
        batch: 16,
        learning_rate: 0.01,
        decay_start: 0.5,
        optimiser: Optimiser::Adam,
        weight_decay: 0.0,
    };
    let layers = match kind {
        LineageKind::Rbm | LineageKind::Autoencoder | LineageKind::Gsn => vec![20, 35],
        LineageKind::DeepAutoencoder => vec![20, 35, 12, 4],
        _ => vec![20, 35, 12, 3],
    };
    Lineage {
        kind,
        layers,
        visible: Units::Bernoulli,
        pretraining: kind.is_stack().then(|| learning(3)),
        code_rate: 0.005,
        top_epochs: 2,
        training: learning(4),
        contrast: Contrast {
            sweeps: 1,
            chain: if kind == LineageKind::Rbm { Chain::Persistent(20) } else { Chain::Data },
            offset_share: Some(0.01),
            binarise: Binarise::None,
            sparsity: None,
        },
        corruption: Corruption::Masking(0.2),
        emphasis: Emphasis::default(),
        tied: kind == LineageKind::Gsn,
        code: Activation::Logistic,
        walkback: 3,
        input_corruption: Corruption::None,
        dropout: 0.0,
        seed: 5,
        pretraining_seed: 5,
    }
}

/// Each model, and each that takes them with Gaussian visible units besides.
fn every_model() -> Vec<Lineage> {
    let gaussian = LineageKind::ALL.into_iter().filter(|kind| *kind != LineageKind::Gsn).map(|kind| {
        let visible = Units::Gaussian;
        Lineage { visible, code_rate: 0.001, ..settings(kind) }
    });
    LineageKind::ALL.into_iter().map(settings).chain(gaussian).collect()
}

/// Stripes as the model takes them.
fn rows_for(settings: &Lineage) -> Dataset {
    let data = stripes(90);
    match settings.visible {
        Units::Bernoulli => data,
        Units::Gaussian => {
            let standards = Standards::of(&data, &(0..90).collect::<Vec<_>>());
            data.standardised(&Arc::new(standards)).unwrap()
        }
    }
}

fn split(kind: LineageKind, data: &Dataset) -> Split {
    match kind.purpose() {
        Purpose::Classes => draw(data, LabelCount::Count(30), 0, 5).unwrap(),
        _ => draw_without_labels(data.rows(), 0, 5).unwrap(),
    }
}

fn bits(model: &Trained) -> Vec<(String, Vec<u32>)> {
    model.tensors().into_iter().map(|t| (t.path, t.values.iter().map(|v| v.to_bits()).collect())).collect()
}

/// The trained model, and every place that the training came through.
fn course(settings: &Lineage, from: Option<&Place>, threads: &Threads) -> (Trained, Report, Vec<Place>) {
    let data = rows_for(settings);
    let split = split(settings.kind, &data);
    let mut places = Vec::new();
    let (model, report) = train(settings, from, &data, &split, threads, &mut |told| {
        if let Event::Epoch(_, standing) = told.event {
            places.push(Place { stage: told.index, done: told.done.to_vec(), checkpoint: Some(standing.checkpoint()) });
        }
        Flow::Go
    })
    .unwrap();
    (model, report, places)
}

#[test]
fn every_model_goes_through_its_stages_and_goes_on_from_any_place_to_the_same_bits() {
    for settings in every_model() {
        let kind = settings.kind;
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let with = |n| Threads::with_isa(n, isa).unwrap();
            let (model, report, places) = course(&settings, None, &with(2));
            let layers = settings.stages().iter().filter(|stage| matches!(stage, Stage::Layer(_))).count();
            let expected = match kind {
                LineageKind::Dbn | LineageKind::Sae | LineageKind::Sdae => (2, 2 * 3 + 2 + 4),
                LineageKind::DeepAutoencoder => (3, 3 * 3 + 4),
                _ => (0, 4),
            };
            assert_eq!((layers, report.epochs()), expected, "{kind}");
            assert_eq!((places.len(), report.stopped), (report.epochs(), false), "{kind}");
            assert_eq!(report.stages.iter().map(|s| s.stage).collect::<Vec<_>>(), settings.stages(), "{kind}");
            assert!(bits(&model) == bits(&course(&settings, None, &with(1)).0), "{kind} on {}", isa.name());
            for (i, place) in places.iter().enumerate() {
                let (again, same, later) = course(&settings, Some(place), &with(3));
                assert_eq!(same, report, "{kind}, place {i}");
                assert!(bits(&again) == bits(&model), "{kind} on {}, place {i}", isa.name());
                assert!(later == places[i + 1..], "{kind} on {}, place {i}", isa.name());
            }
        }
    }
}

/// Other trainings of the same layers begin where those ended: witness, the training that has them from the beginning.
#[test]
fn layers_serve_trainings_of_other_seeds() {
    let threads = Threads::new(2).unwrap();
    for kind in LineageKind::ALL.into_iter().filter(|kind| kind.is_stack()) {
        let first = settings(kind);
        let other = Lineage { seed: 9, ..settings(kind) };
        let (_, _, places) = course(&first, None, &threads);
        let (model, report, own) = course(&other, None, &threads);
        let layers = first.stages().iter().filter(|stage| matches!(stage, Stage::Layer(_))).count();
        let begin = places.iter().find(|place| place.stage == layers).unwrap();
        let begin = Place { checkpoint: None, ..begin.clone() };
        assert!(own.iter().any(|place| place.stage == layers && place.done == begin.done), "{kind}: the same layers");
        let (over, same, _) = course(&other, Some(&begin), &threads);
        assert!(bits(&over) == bits(&model), "{kind}");
        assert_eq!(same, report, "{kind}");
        assert!(bits(&model) != bits(&course(&first, None, &threads).0), "{kind}: another seed, another model");
    }
}

/// What a model is told changes what it learns.
#[test]
fn no_setting_is_passed_over() {
    let threads = Threads::new(2).unwrap();
    let bits_of = |settings: &Lineage| bits(&course(settings, None, &threads).0);
    let (sdae, gsn) = (settings(LineageKind::Sdae), settings(LineageKind::Gsn));
    assert!(bits_of(&sdae) != bits_of(&Lineage { corruption: Corruption::Masking(0.3), ..sdae.clone() }));
    assert!(bits_of(&gsn) != bits_of(&Lineage { walkback: 1, ..gsn.clone() }));
    assert!(bits_of(&gsn) != bits_of(&Lineage { corruption: Corruption::Masking(0.3), ..gsn.clone() }));
    for kind in LineageKind::ALL.into_iter().filter(|kind| kind.purpose() == Purpose::Classes) {
        let plain = settings(kind);
        let base = bits_of(&plain);
        assert!(base != bits_of(&Lineage { dropout: 0.5, ..plain.clone() }), "{kind}");
        assert!(base != bits_of(&Lineage { input_corruption: Corruption::Gaussian(0.1), ..plain.clone() }), "{kind}");
        let stack = plain.pretraining.is_some();
        assert_eq!(base != bits_of(&Lineage { pretraining_seed: 6, ..plain.clone() }), stack, "{kind}");
        // Stacked autoencoders that are not denoising ones see their rows as they are.
        let other = Lineage { corruption: Corruption::Masking(0.3), ..plain.clone() };
        assert_eq!(base != bits_of(&other), kind == LineageKind::Sdae, "{kind}");
    }
}

#[test]
fn a_saved_model_is_the_same_and_its_shapes_are_known_before() {
    for model in every_model() {
        let kind = model.kind;
        for tied in [false, true] {
            let settings = Lineage { tied, ..model.clone() };
            let (model, ..) = course(&settings, None, &Threads::new(1).unwrap());
            let tensors = model.tensors();
            let shapes: Vec<_> = tensors.iter().map(|t| (t.path.clone(), t.shape.clone())).collect();
            assert_eq!(shapes, settings.tensor_shapes(), "{kind}");
            assert!(bits(&settings.from_tensors(tensors.clone()).unwrap()) == bits(&model), "{kind}");
            let message = settings.from_tensors(tensors[1..].to_vec()).unwrap_err().to_string();
            assert!(message.contains("is missing"), "{message}");
        }
    }
}

/// Gaussian visible units learn rows of any size: each model that goes down again rebuilds standardised rows far better than their
/// means do, whose squared error is 1 a value that varies; and the lowest machine learns at the rate of its own.
#[test]
fn gaussian_units_rebuild_standardised_rows() {
    let threads = Threads::new(2).unwrap();
    for kind in [LineageKind::Rbm, LineageKind::DeepAutoencoder, LineageKind::Autoencoder] {
        let mut settings =
            Lineage { visible: Units::Gaussian, corruption: Corruption::None, code_rate: 0.01, ..settings(kind) };
        settings.training.epochs = 60;
        let data = rows_for(&settings);
        let (model, ..) = course(&settings, None, &threads);
        let rebuilt = model.reconstruct(&data, 0.0, 1, &threads).unwrap();
        let error = |a: &[f32]| -> f64 { a.iter().zip(&rebuilt.clean).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let (found, of_means) = (error(&rebuilt.reconstructed), error(&vec![0.0; rebuilt.clean.len()]));
        println!("{kind}: {found} of {of_means}");
        assert!(found < 0.7 * of_means, "{kind}: {found} of {of_means}");
    }
    let dbn = Lineage { visible: Units::Gaussian, ..settings(LineageKind::Dbn) };
    assert_eq!(dbn.learning(Stage::Layer(1)).learning_rate, 0.005);
    assert_eq!(dbn.learning(Stage::Layer(2)).learning_rate, 0.01);
}

/// Stages learn: the classifiers know all rows of an easy task from 30 labels, and pre-training is a part of it: another
/// length of it gives another model.
#[test]
fn classifiers_learn_the_classes() {
    let (data, threads) = (stripes(90), Threads::new(2).unwrap());
    for kind in LineageKind::ALL.into_iter().filter(|kind| kind.purpose() == Purpose::Classes) {
        let longer = |mut settings: Lineage| {
            settings.training.epochs = 60;
            settings
        };
        let (model, ..) = course(&longer(settings(kind)), None, &threads);
        let Trained::Classifier(classifier) = &model else { panic!("{kind} tells classes") };
        assert_eq!(evaluate(classifier, &data, &threads).errors, 0, "{kind}");
        if kind.is_stack() {
            let random = Lineage { pretraining: None, ..longer(settings(kind)) };
            let (other, ..) = course(&random, None, &threads);
            assert!(bits(&other) != bits(&model), "{kind}");
            // Without it, every kind is the same network.
            assert!(bits(&other) == bits(&course(&longer(settings(LineageKind::Net)), None, &threads).0), "{kind}");
        }
    }
}

#[test]
fn a_stopped_training_gives_the_model_as_far_as_it_came() {
    let data = stripes(90);
    for kind in LineageKind::ALL {
        let settings = settings(kind);
        for stop in [1, 20, 60] {
            let mut steps = 0;
            let (model, report) =
                train(&settings, None, &data, &split(kind, &data), &Threads::new(1).unwrap(), &mut |told| {
                    steps += usize::from(matches!(told.event, Event::Step(_)));
                    if steps == stop { Flow::Stop } else { Flow::Go }
                })
                .unwrap();
            let shapes: Vec<_> = model.tensors().into_iter().map(|t| (t.path, t.shape)).collect();
            assert_eq!(shapes, settings.tensor_shapes(), "{kind}");
            assert_eq!(
                (report.steps(), report.stopped),
                if steps < stop { (steps, false) } else { (stop, true) },
                "{kind}"
            );
        }
    }
}

/// Each model, with a rate that breaks its layers' training and with one that breaks that of the whole, says what broke and keeps
/// the model of before.
#[test]
fn divergence_in_any_stage_is_named_and_keeps_a_finite_model() {
    for settings in every_model() {
        let (kind, data) = (settings.kind, rows_for(&settings));
        for (pretraining, rate) in [(true, 1e38), (false, 1e38), (true, 1e6), (false, 1e6)] {
            let of_machine = kind == LineageKind::Rbm || pretraining && kind.is_stack() && kind.has_machines();
            let bounded = of_machine && settings.visible == Units::Bernoulli;
            // Steps of other models at the smaller rate may do anything.
            if rate == 1e6 && !bounded {
                continue;
            }
            let mut settings = settings.clone();
            match settings.pretraining.as_mut().filter(|_| pretraining) {
                Some(learning) => {
                    learning.learning_rate = rate;
                    settings.code_rate = rate;
                }
                None => settings.training.learning_rate = rate,
            }
            let (model, report) =
                train(&settings, None, &data, &split(kind, &data), &Threads::new(1).unwrap(), &mut |_| Flow::Go)
                    .unwrap();
            let stage = report.stages.last().unwrap().stage;
            println!("{kind} {:?} {stage}, rate {rate}: {:?}", settings.visible, report.diverged);
            let Some(FitError::Diverged { quantity, value, kept: 0, .. }) = report.diverged else {
                panic!("{kind}: {:?}", report.diverged)
            };
            if rate == 1e6 {
                // Every value is finite, but rows are far less likely than 20 coins, which have -13.9 nats.
                assert!(quantity.contains("pseudo-likelihood") && value < -1386.0, "{kind}: {quantity} {value}");
            } else {
                assert!(!value.is_finite() && !quantity.is_empty(), "{kind}: {quantity} {value}");
            }
            assert_eq!(matches!(stage, Stage::Layer(1)), pretraining && kind.is_stack(), "{kind}");
            assert!(model.tensors().iter().all(|t| t.values.iter().all(|v| v.is_finite())), "{kind}");
        }
    }
}

#[test]
fn what_makes_no_training_is_named() {
    let base = || settings(LineageKind::Sdae);
    let refusal = |settings: Lineage| settings.check().unwrap_err();
    assert!(refusal(Lineage { layers: vec![20], ..base() }).contains("too few"));
    assert!(refusal(Lineage { layers: vec![20, 3], ..base() }).contains("leave no layer to pre-train"));
    assert!(refusal(Lineage { layers: vec![20, 0, 3], ..base() }).contains("size of 0"));
    assert!(refusal(Lineage { layers: vec![20, 9, 3], ..settings(LineageKind::Rbm) }).contains("for one machine"));
    assert!(refusal(Lineage { corruption: Corruption::Masking(1.5), ..base() }).contains("corrupted values is 1.5"));
    assert!(refusal(Lineage { walkback: 0, ..settings(LineageKind::Gsn) }).contains("0 steps of walkback"));
    let gaussian = |kind| Lineage { visible: Units::Gaussian, ..settings(kind) };
    assert!(refusal(gaussian(LineageKind::Gsn)).contains("leave the visible ones Bernoulli"));
    let binarised = Contrast { binarise: Binarise::Stochastic, ..Contrast::default() };
    assert!(
        refusal(Lineage { contrast: binarised.clone(), ..gaussian(LineageKind::Rbm) }).contains("set binarise to none")
    );
    assert_eq!(Lineage { contrast: binarised, ..gaussian(LineageKind::Dbn) }.check(), Ok(()));
    let both = Lineage { layers: vec![20, 4], code: Activation::Linear, ..gaussian(LineageKind::DeepAutoencoder) };
    assert!(refusal(both).contains("Gaussian visible and Gaussian hidden units"));
    let mut settings = base();
    settings.pretraining.as_mut().unwrap().epochs = 0;
    assert!(refusal(settings).contains("the epochs of layer 1 are 0"));
    let mut settings = base();
    settings.training.learning_rate = f32::NAN;
    assert!(refusal(settings).contains("the learning rate of the top layer is NaN"));
    let mut settings = base();
    settings.training.optimiser = Optimiser::Momentum(1.0);
    assert!(refusal(settings).contains("momentum"));
    let chains = Contrast { chain: Chain::Persistent(0), ..Contrast::default() };
    assert!(refusal(Lineage { contrast: chains, ..base() }).contains("0 persistent chains"));
    let (data, threads) = (stripes(30), Threads::new(1).unwrap());
    let wide = Lineage { layers: vec![21, 9, 3], ..base() };
    let error = train(&wide, None, &data, &split(LineageKind::Sdae, &data), &threads, &mut |_| Flow::Go).unwrap_err();
    assert!(matches!(error, LineageError::Stage { stage: Stage::Layer(1), .. }), "{error}");
}
