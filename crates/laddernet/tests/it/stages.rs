//! What only a training of several stages has: layers that are pretrained one on the other, kept for other trainings, and broken each
//! by a rate of its own; and what of the settings belongs to which stage.

use crate::cases::{Case, bits, every_model, named, small, stacks, trained_by_steps};
use laddernet::evaluation::evaluate;
use laddernet::models::KINDS;
use laddernet::split::LabelCount;
use laddernet::split::draw;
use laddernet::training::{FitError, Flow, Place, Stage, TrainingError};
use laddernet::{SettingsError, Threads};

fn is_layer(stage: &Stage) -> bool {
    stage.name.starts_with("layer ")
}

#[test]
fn every_model_goes_through_its_stages_in_order() {
    let threads = Threads::new(2).unwrap();
    for case in every_model() {
        let (name, stages) = (case.name(), case.spec().stages(&case.training));
        let layers = stages.iter().filter(|stage| is_layer(stage)).count();
        assert_eq!(layers, case.spec().pretrained_layers(), "{name}");
        let expected = match case.kind().name {
            "dbn" | "sae" | "sdae" => (2, 2 * 3 + 2 + 4),
            "deep-autoencoder" => (3, 3 * 3 + 4),
            _ if stages.is_empty() => (0, 0),
            _ => (0, 4),
        };
        let (_, report, places) = case.course(None, &threads);
        assert_eq!((layers, report.epochs()), expected, "{name}");
        assert_eq!((report.planned, places.len()), (stages.len(), report.epochs()), "{name}");
        let names: Vec<&str> = report.stages.iter().map(|stage| &*stage.name).collect();
        assert_eq!(names, stages.iter().map(|stage| &*stage.name).collect::<Vec<_>>(), "{name}");
        let by_hand = (1..=layers).map(|l| format!("layer {l}"));
        let top = (expected.1 - 3 * layers > 4).then(|| "the top layer".to_owned());
        let whole = (!stages.is_empty()).then(|| Stage::WHOLE.to_owned());
        assert_eq!(names, by_hand.chain(top).chain(whole).collect::<Vec<_>>(), "{name}");
        // Stages share no random number.
        let mut seeds: Vec<u64> = stages.iter().map(|stage| stage.fit.seed).collect();
        seeds.dedup();
        assert_eq!(seeds.len(), stages.len(), "{name}");
        assert!(places.windows(2).all(|p| p[0].stage <= p[1].stage && p[0].done.len() <= p[1].done.len()), "{name}");
        assert!(places.iter().all(|place| place.done.is_empty() == (place.stage == 0)), "{name}");
    }
}

/// Other trainings of the same layers begin where those ended. Reference: the training that has them from the beginning.
#[test]
fn layers_serve_trainings_of_other_seeds() {
    let threads = Threads::new(2).unwrap();
    for case in stacks() {
        let (kind, layers) = (case.kind(), case.spec().pretrained_layers());
        let first = case.with("pretraining.seed", 5);
        let other = first.trained(|training| training.seed = 9);
        let (_, _, places) = first.course(None, &threads);
        let (model, report, own) = other.course(None, &threads);
        let begin = places.iter().find(|place| place.stage == layers).unwrap();
        let begin = Place { checkpoint: None, ..begin.clone() };
        assert!(own.iter().any(|place| place.stage == layers && place.done == begin.done), "{kind}: the same layers");
        let (over, same, _) = other.course(Some(&begin), &threads);
        assert!(bits(&*over) == bits(&*model), "{kind}");
        assert_eq!(same, report, "{kind}");
        assert!(bits(&*model) != first.bits(&threads), "{kind}: another seed, another model");
        // Where it is not said, the seed is that of the training.
        assert!(case.bits(&threads) == first.bits(&threads), "{kind}");
    }
}

#[test]
fn saved_layers_of_another_training_are_refused() {
    let threads = Threads::new(1).unwrap();
    for case in stacks() {
        let (kind, layers) = (case.kind(), case.spec().pretrained_layers());
        let (_, _, places) = case.course(None, &threads);
        let begin = places.iter().find(|place| place.stage == layers).unwrap();
        let data = case.rows(90);
        let refusal = |place: Place| {
            let result = case.train(Some(&place), (&data, &case.split(&data)), &threads, &mut |_| Flow::Continue);
            result.err().unwrap_or_else(|| panic!("{kind}: it is resumed"))
        };
        let error = refusal(Place { done: begin.done[1..].to_vec(), ..begin.clone() });
        assert!(matches!(&error, TrainingError::Saved { stage, .. } if stage == "layer 1"), "{kind}: {error}");
        let message = error.to_string();
        assert!(
            message.contains("what was saved of layer 1 cannot be used: tensor '") && message.contains("is missing")
        );
        let mut done = begin.done.clone();
        done[0].shape.reverse();
        assert!(refusal(Place { done, ..begin.clone() }).to_string().contains("[35, 20]: expected [20, 35]"), "{kind}");
    }
}

/// Each setting changes what is learned.
#[test]
fn no_setting_is_skipped() {
    let threads = Threads::new(2).unwrap();
    for kind in KINDS {
        let case = small(kind);
        let base = case.bits(&threads);
        let mut changes = 0;
        let mut changed = |key: &str, value: serde_json::Value| {
            let Some(other) = case.taking(key, &value) else { return };
            assert!(other.model != case.model, "{kind} {key}: it is {value} already");
            assert!(base != other.bits(&threads), "{kind}: {key} = {value}");
            changes += 1;
        };
        changed("autoencoder.corruption", "masking 0.3".into());
        changed("autoencoder.corruption", "gaussian 0.1".into());
        changed("autoencoder.emphasis", "1 0.5".into());
        changed("autoencoder.tied", (kind.name != "gsn").into());
        changed("autoencoder.code", "linear".into());
        changed("autoencoder.walkback", 2.into());
        changed("classifier.dropout", 0.5.into());
        changed("classifier.corruption", "gaussian 0.1".into());
        changed("pretraining.epochs", 2.into());
        changed("pretraining.batch", 20.into());
        changed("pretraining.learning_rate", 0.02.into());
        changed("pretraining.decay_start", 0.0.into());
        changed("pretraining.optimiser", "momentum 0.5".into());
        changed("pretraining.weight_decay", 0.01.into());
        changed("pretraining.top_epochs", 1.into());
        changed("rbm.sweeps", 2.into());
        changed("rbm.chains", 10.into());
        changed("rbm.centring", 0.1.into());
        changed("rbm.binarise", "stochastic".into());
        changed("rbm.sparsity", 0.05.into());
        changed("visible", "gaussian".into());
        changed("noise", 0.2.into());
        changed("input_noise", 0.2.into());
        let mut layers = case.spec().layers().to_vec();
        if layers.len() > 2 {
            layers[1] += 1;
            changed("layers", layers.into());
        }
        if kind.unlabelled {
            changed("lateral", false.into());
            changed("statistics", "labelled".into());
        }
        assert!(changes > usize::from(case.takes_steps()), "{kind}");
        if case.has("pretraining.epochs") {
            // The seed of the layers alone.
            assert!(base != case.with("pretraining.seed", 6).bits(&threads), "{kind}");
        }
    }
    // The rate of RBMs with Gaussian units is theirs alone.
    let linear = named("deep-autoencoder").with("autoencoder.code", "linear");
    assert!(linear.bits(&threads) != linear.with("pretraining.code_rate", 0.002).bits(&threads));
    let dbn = named("dbn").with("visible", "gaussian");
    let rate = |case: &Case, stage: usize| case.spec().stages(&case.training)[stage].fit.learning_rate;
    assert_eq!([rate(&dbn, 0), rate(&dbn, 1), rate(&dbn, 3)], [0.005, 0.01, 0.01]);
    assert_eq!([0, 1, 2].map(|stage| rate(&linear, stage)), [0.01, 0.01, 0.005]);
    // What a stage of the whole has is the training's; the top learns by its settings.
    let whole = &dbn.spec().stages(&dbn.training)[3].fit;
    assert_eq!((whole.epochs, whole.labelled_batch), (4, 16));
    let top = &dbn.spec().stages(&dbn.training)[2].fit;
    assert_eq!((top.epochs, top.labelled_batch, top.unlabelled_batch), (2, 16, 32));
}

/// Without pretraining, every stack of a classifier is the same network; with it, it learns the classes from another beginning.
#[test]
fn stacks_without_pretraining_are_the_net() {
    let threads = Threads::new(2).unwrap();
    for case in stacks() {
        let kind = case.kind();
        let longer = |case: &Case| case.trained(|training| training.epochs = 60);
        let random = longer(&case.with("pretraining.epochs", 0));
        assert_eq!((random.spec().pretrained_layers(), random.spec().stages(&random.training).len()), (0, 1), "{kind}");
        let (model, ..) = longer(&case).course(None, &threads);
        assert!(random.bits(&threads) != bits(&*model), "{kind}");
        if let Some(classifier) = model.classify() {
            assert_eq!(evaluate(classifier, &case.rows(90), &threads).errors, 0, "{kind}");
            assert!(random.bits(&threads) == longer(&named("net")).bits(&threads), "{kind}");
        }
    }
}

/// Each model, with a rate that breaks its layers' training and with one that breaks that of the whole, says what broke and keeps
/// the model of before.
#[test]
fn divergence_in_any_stage_is_named_and_keeps_a_finite_model() {
    let threads = Threads::new(1).unwrap();
    for case in trained_by_steps() {
        let (name, data) = (case.name(), case.rows(90));
        let stack = case.spec().pretrained_layers() > 0;
        let of_rbms = case.has("rbm.sweeps");
        for (pretraining, rate) in [(true, 1e38), (false, 1e38), (true, 1e6), (false, 1e6)] {
            let of_rbm = case.kind().name == "rbm" || pretraining && stack && of_rbms;
            let bounded = of_rbm && name.contains("UnitInterval");
            // Steps of other models at the smaller rate may do anything.
            if rate == 1e6 && !bounded {
                continue;
            }
            let mut broken = case.clone();
            match pretraining && stack {
                true => {
                    broken = broken.with("pretraining.learning_rate", rate);
                    if of_rbms {
                        broken = broken.with("pretraining.code_rate", rate);
                    }
                }
                false => broken.training.learning_rate = rate as f32,
            }
            let trained = broken.train(None, (&data, &case.split(&data)), &threads, &mut |_| Flow::Continue);
            let (model, report) = trained.unwrap();
            let stage = report.stages.last().unwrap();
            println!("{name} {}, rate {rate}: {:?}", stage.name, report.diverged);
            let Some(FitError::Diverged { quantity, value, kept: 0, .. }) = report.diverged else {
                panic!("{name}: {:?}", report.diverged)
            };
            if rate == 1e6 {
                // Every value is finite, but rows are far less likely than 20 coins, which have -13.9 nats.
                assert!(quantity.contains("pseudo-likelihood") && value < -1386.0, "{name}: {quantity} {value}");
            } else {
                assert!(!value.is_finite() && !quantity.is_empty(), "{name}: {quantity} {value}");
            }
            assert_eq!(stage.name == "layer 1", pretraining && stack, "{name}");
            assert_eq!(report.reached_last_stage(), !(pretraining && stack) && report.stages.len() == report.planned);
            assert!(model.tensors().iter().all(|t| t.values.iter().all(|v| v.is_finite())), "{name}");
        }
    }
}

#[test]
fn what_makes_no_training_is_named() {
    let refusal = |case: Case| {
        let error = case.spec().check(case.kind(), &case.training).unwrap_err();
        assert!(matches!(error, SettingsError::Value { .. } | SettingsError::Conflict { .. }), "{error}");
        error.to_string()
    };
    let [rbm, dbn, deep, gsn, sdae] = ["rbm", "dbn", "deep-autoencoder", "gsn", "sdae"].map(named);
    assert!(refusal(sdae.with("layers", vec![20])).contains("layers is 20: expected at least 3 sizes"));
    let message = refusal(sdae.with("layers", vec![20, 3]));
    assert!(message.contains("so that there is a layer to pretrain, as 784-500-10"), "{message}");
    assert!(
        refusal(sdae.with("layers", vec![20, 0, 3])).contains("20-0-3: expected at least 3 sizes of at least 1 unit")
    );
    assert!(refusal(rbm.with("layers", vec![20, 9, 3])).contains("20-9-3: expected 2 sizes, visible and hidden units"));
    let message = refusal(sdae.with("autoencoder.corruption", "masking 1.5"));
    assert!(message.contains("autoencoder.corruption is masking 1.5: expected a share of 0 to 1"), "{message}");
    assert!(refusal(gsn.with("autoencoder.walkback", 0)).contains("autoencoder.walkback is 0: expected at least 1"));
    assert!(refusal(gsn.with("visible", "gaussian")).contains("leave the visible ones Bernoulli"));
    let stochastic = |case: &Case| case.with("visible", "gaussian").with("rbm.binarise", "stochastic");
    assert!(
        refusal(stochastic(&rbm))
            .contains("rbm.binarise is stochastic, but Gaussian visible units take rows as they are")
    );
    assert_eq!(stochastic(&dbn).check(), Ok(()));
    let message = refusal(deep.with("autoencoder.corruption", "masking 0.2"));
    assert!(message.contains("a model 'deep-autoencoder' learns from rows as they are"), "{message}");
    assert!(refusal(deep.with("pretraining.top_epochs", 1)).contains("has no classes on top: leave it 0"));
    let message = refusal(sdae.with("autoencoder.code", "linear"));
    assert!(message.contains("units of a classifier, which are logistic: leave it logistic"), "{message}");
    let message = refusal(sdae.with("pretraining.code_rate", 0.1));
    assert!(
        message.contains("pretraining.code_rate is 0.1, but no RBM is part of this model: leave it out"),
        "{message}"
    );
    let both = deep.with("layers", vec![20, 4]).with("autoencoder.code", "linear").with("visible", "gaussian");
    assert!(refusal(both).contains("Gaussian visible and Gaussian hidden units"));
    let salty = sdae.with("visible", "gaussian").with("classifier.corruption", "salt-and-pepper 0.2");
    assert!(refusal(salty).contains("classifier.corruption is salt-and-pepper 0.2, but salt and pepper are 0 and 1"));
    assert!(refusal(dbn.with("pretraining.learning_rate", -1.0)).contains("pretraining.learning_rate is -1: expected"));
    assert!(refusal(dbn.with("pretraining.batch", 0)).contains("pretraining.batch is 0: expected 1 to"));
    assert!(refusal(dbn.with("pretraining.optimiser", "momentum 1")).contains("pretraining.optimiser is momentum 1"));
    assert!(refusal(dbn.with("pretraining.weight_decay", 1e3)).contains("pretraining.weight_decay is 1000 at a"));
    assert!(
        refusal(dbn.with("classifier.dropout", 1.0))
            .contains("classifier.dropout is 1: expected 0 or more and below 1")
    );
    assert!(refusal(rbm.with("rbm.sweeps", 0)).contains("rbm.sweeps is 0: expected 1 to 30000"));
    assert!(refusal(rbm.with("rbm.centring", 2.0)).contains("rbm.centring is 2: expected 0 to 1"));
    assert!(refusal(rbm.with("rbm.sparsity", 1.5)).contains("rbm.sparsity is 1.5: expected 0, or between 0 and 1"));
    // Stages are checked as trainings are, before the first begins.
    let late = sdae.trained(|training| training.learning_rate = f32::NAN);
    let stages = late.spec().stages(&late.training);
    let checks: Vec<bool> = stages.iter().map(|stage| stage.fit.check().is_ok()).collect();
    assert_eq!(checks, [true, true, false, false]);
    let wide = sdae.with("layers", vec![21, 9, 3]);
    let (data, threads) = (sdae.rows(30), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(30), 0, 5).unwrap();
    let error = wide.train(None, (&data, &split), &threads, &mut |_| Flow::Continue).err().unwrap();
    assert!(matches!(&error, TrainingError::Stage { stage, .. } if stage == "layer 1"), "{error}");
}
