//! What only a ladder has: a decoder that removes noise, statistics from either half, and its own seeds; and how it behaves in the loop.

use crate::stripes;
use laddernet::evaluation::evaluate;
use laddernet::models::ladder::{MomentsOf, StatisticsFrom, Variant};
use laddernet::models::{Facts, Ladder, LadderSettings, ModelSettings, Spec, TrainedModel, USUAL};
use laddernet::split::{LabelCount, Split, draw};
use laddernet::training::{Event, FitError, FitSettings, Flow, RowsError, SUPERVISED, fit};
use laddernet::{Dataset, Isa, Precision, Scaling, Threads, Values};

fn settings(kind: Variant) -> LadderSettings {
    let layers = vec![20, 35, 12, 3];
    let denoising_weights = kind.authors_weights(Some(100), layers.len()).iter().map(|w| w / 100.0).collect();
    LadderSettings { layers, denoising_weights, input_noise: 0.1, noise: 0.1, ..LadderSettings::default() }
}

fn fit_settings(epochs: usize) -> FitSettings {
    FitSettings { epochs, labelled_batch: 16, unlabelled_batch: 32, learning_rate: 0.01, ..Default::default() }
}

fn trained(kind: Variant, data: &Dataset, labels: LabelCount, epochs: usize, threads: &Threads) -> Ladder {
    let mut model = Ladder::new(settings(kind), 5).unwrap();
    let split = draw(data, labels, 0, 5).unwrap();
    fit(&mut model, data, &split, &fit_settings(epochs), threads, &mut |_| Flow::Continue).unwrap();
    model
}

fn bits(model: &Ladder) -> Vec<(String, Vec<u32>)> {
    model.tensors().into_iter().map(|t| (t.path, t.values.iter().map(|v| v.to_bits()).collect())).collect()
}

#[test]
fn another_seed_is_another_model() {
    let (data, threads) = (stripes(30), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(6), 0, 1).unwrap();
    let with = |init, run| {
        let mut model = Ladder::new(settings(Variant::Full), init).unwrap();
        let settings = FitSettings { seed: run, ..fit_settings(1) };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
        bits(&model)
    };
    assert!(with(1, 1) == with(1, 1) && with(1, 1) != with(2, 1) && with(1, 1) != with(1, 2));
}

#[test]
fn every_variant_memorises_33_rows() {
    let (data, threads) = (stripes(33), Threads::new(2).unwrap());
    for variant in Variant::ALL {
        let model = trained(variant, &data, LabelCount::All, 60, &threads);
        assert_eq!(evaluate(&model, &data, &threads).errors, 0, "{variant}");
    }
}

/// The precision of the products is the settings', whatever the threads' instructions are.
#[test]
fn the_settings_say_the_precision() {
    let data = stripes(90);
    let split = draw(&data, LabelCount::Count(9), 0, 5).unwrap();
    for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
        let of = |isa: Isa, precision| {
            let mut model = Ladder::new(settings(Variant::Full), 5).unwrap();
            let settings = FitSettings { precision, ..fit_settings(2) };
            let threads = Threads::with_isa(1, isa).unwrap();
            fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
            bits(&model)
        };
        let single = of(isa, Precision::F32);
        assert!(single == of(isa.in_single_precision(), Precision::F32), "{}", isa.name());
        if let Some(in_bf16) = isa.in_precision(Precision::Bf16) {
            let found = of(isa, Precision::Bf16);
            assert!(found == of(in_bf16, Precision::Bf16) && found != single, "{}", isa.name());
        }
    }
}

#[test]
fn the_decoder_removes_noise() {
    let (data, threads) = (stripes(120), Threads::new(2).unwrap());
    let model = trained(Variant::Full, &data, LabelCount::Count(30), 60, &threads);
    let r = model.reconstruct(&data, 0.3, 1, &threads);
    let distance = |a: &[f32]| a.iter().zip(&r.clean).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    assert!(distance(&r.reconstructed) < 0.5 * distance(&r.corrupted));
    let again = Ladder::from_tensors(model.settings().clone(), model.tensors()).unwrap();
    assert_eq!(r, again.reconstruct(&data, 0.3, 1, &threads));
    assert!(!Ladder::new(settings(Variant::Top), 1).unwrap().can_reconstruct());
}

#[test]
fn a_listener_stops_and_the_model_is_kept() {
    let (data, threads) = (stripes(90), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    let mut model = Ladder::new(settings(Variant::Full), 1).unwrap();
    let mut steps = 0;
    let report = fit(&mut model, &data, &split, &fit_settings(10), &threads, &mut |event| {
        steps += usize::from(matches!(event, Event::Step(_)));
        if steps == 5 { Flow::Stop } else { Flow::Continue }
    })
    .unwrap();
    assert_eq!((report.steps, report.epochs, report.stopped), (5, 1, true));
    assert!(evaluate(&model, &data, &threads).rows == 90);
}

#[test]
fn divergence_names_step_layer_and_quantity_and_keeps_a_model() {
    let (data, threads) = (stripes(90), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(9), 0, 1).unwrap();
    for kind in Variant::ALL {
        let mut model = Ladder::new(settings(kind), 1).unwrap();
        let initial: Vec<_> = model.parameters().0.iter().map(|p| p.values()).collect();
        let settings = FitSettings { learning_rate: 1e30, ..fit_settings(4) };
        let error = fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap_err();
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
        let mut model = Ladder::new(LadderSettings { statistics, ..settings(Variant::Full) }, 1).unwrap();
        fit(&mut model, &data, &split, &fit_settings(1), &threads, &mut |_| Flow::Continue).unwrap();
        model
    };
    let (labelled, unlabelled) = (with(StatisticsFrom::Labelled), with(StatisticsFrom::Unlabelled));
    let mean =
        |model: &Ladder| model.tensors().into_iter().find(|t| t.path == "statistics.clean.1.mean").unwrap().values;
    assert_ne!(mean(&labelled), mean(&unlabelled));
    // Reference: the first layer's statistics from the labelled rows by hand, in f64 (one batch of 9 rows).
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

/// Two classes that differ in which half of a row is bright, `minority` of 200 rows of the second; noise from a small generator.
fn halves(minority: usize) -> Dataset {
    let mut seed = 12_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f32 / (1u64 << 31) as f32
    };
    let class = |row: usize| usize::from(row % 20 < minority / 10);
    let values = (0..200).flat_map(|row| (0..20).map(move |column| (row, column)));
    let values = values.map(|(row, column)| {
        let mean = if column / 10 == class(row) { 0.78 } else { 0.12 };
        (mean + 0.6 * (next() + next() - 1.0)).clamp(0.0, 1.0)
    });
    let labels = (0..200).map(|row| Some(class(row) as u32)).collect();
    let names = ["a", "b"].map(String::from).to_vec();
    Dataset::new(Values::F32(values.collect()), labels, names, vec![20], Scaling::NONE).unwrap()
}

/// Even labels, one unlabelled row in twenty of the second class. By their own moments the labelled rows stand elsewhere than the
/// rows that are predicted; by moments of both halves, or with chosen statistics, they do not.
#[test]
fn uneven_classes_among_the_unlabelled_rows() {
    let (data, threads) = (halves(10), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(10), 0, 1).unwrap();
    let errors = |moments, statistics| {
        let of = LadderSettings {
            layers: vec![20, 40, 20, 2],
            denoising_weights: vec![500.0, 5.0, 0.1, 0.1],
            input_noise: 0.2,
            noise: 0.2,
            moments,
            statistics,
            ..settings(Variant::Full)
        };
        let mut model = Ladder::new(of, 1).unwrap();
        let settings = FitSettings { unlabelled_batch: 50, ..fit_settings(100) };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
        (evaluate(&model, &data, &threads).errors, model.doubt())
    };
    let (own, doubt) = errors(MomentsOf::Own, StatisticsFrom::Unlabelled);
    assert!(doubt.is_some_and(|doubt| doubt.contains("set statistics to 'chosen'")));
    let (chosen, doubt) = errors(MomentsOf::Own, StatisticsFrom::Chosen);
    assert_eq!(doubt, None);
    let (both, doubt) = errors(MomentsOf::Both, StatisticsFrom::Both);
    assert_eq!(doubt, None);
    assert!(own > 10 && chosen <= 2 && both <= 2, "{own}, {chosen}, {both} of 200");
}

/// Statistics of both halves are the moments of labelled and unlabelled rows in one batch; chosen ones are one half's, whichever
/// predict the labelled rows better.
#[test]
fn statistics_of_both_halves_and_chosen_ones() {
    let (data, threads) = (halves(20), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(10), 0, 1).unwrap();
    let with = |moments, statistics, epochs| {
        let layers = vec![20, 35, 2];
        let of = LadderSettings {
            layers,
            denoising_weights: vec![10.0, 1.0, 0.1],
            moments,
            statistics,
            ..settings(Variant::Full)
        };
        let mut model = Ladder::new(of, 1).unwrap();
        let settings = FitSettings { unlabelled_batch: 200, ..fit_settings(epochs) };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
        model
    };
    let tensor = |model: &Ladder, path: &str| model.tensors().into_iter().find(|t| t.path == path).unwrap().values;
    // Reference: the first layer's moments by hand, in f64: one batch of 10 + 200 rows.
    let both = with(MomentsOf::Both, StatisticsFrom::Both, 1);
    let weight = both.parameters().0[0].values();
    let (mean, sigma) = (tensor(&both, "statistics.clean.1.mean"), tensor(&both, "statistics.clean.1.sigma"));
    for unit in 0..35 {
        let sum = |row: usize| -> f64 {
            (0..20).map(|k| f64::from(data.input(row, k)) * f64::from(weight[k * 35 + unit])).sum()
        };
        let z: Vec<f64> = split.labelled.iter().copied().chain(0..200).map(sum).collect();
        let expected = z.iter().sum::<f64>() / 210.0;
        let var = z.iter().map(|z| (z - expected).powi(2)).sum::<f64>() / 209.0;
        assert!((f64::from(mean[unit]) - expected).abs() < 1e-5, "{} {expected}", mean[unit]);
        assert!((f64::from(sigma[unit]) - var.sqrt()).abs() < 1e-5, "{} {}", sigma[unit], var.sqrt());
    }
    let again = Ladder::from_tensors(both.settings().clone(), both.tensors()).unwrap();
    assert_eq!(both.reconstruct(&data, 0.1, 1, &threads), again.reconstruct(&data, 0.1, 1, &threads));

    let [labelled, unlabelled, chosen] = [StatisticsFrom::Labelled, StatisticsFrom::Unlabelled, StatisticsFrom::Chosen]
        .map(|statistics| with(MomentsOf::Own, statistics, 20));
    let of = |model: &Ladder| tensor(model, "statistics.clean.1.mean");
    let cost = |model: &Ladder| -> f64 {
        let p = model.probabilities(&data.select(&split.labelled), &threads);
        let each = split.labelled.iter().zip(p.chunks_exact(2));
        -each.map(|(&row, p)| f64::from(p[data.labels()[row].unwrap() as usize]).ln()).sum::<f64>()
    };
    assert_ne!(of(&labelled), of(&unlabelled));
    let better = if cost(&unlabelled) > cost(&labelled) { &labelled } else { &unlabelled };
    assert_eq!(of(&chosen), of(better));
    assert_eq!(chosen.chosen_statistics(), Some(better.settings().statistics));
    assert_eq!((unlabelled.chosen_statistics(), labelled.chosen_statistics()), (None, None));
}

/// Two classes far apart in one column: with the authors' weights of rows of 784 values, all was predicted wrong.
#[test]
fn default_weights_fit_rows_of_few_values() {
    let of = |features: usize| {
        let facts =
            Facts { labels: Some(LabelCount::Count(8)), layers: Some(vec![features, 50, 2]), ..Facts::of(features, 2) };
        let ModelSettings::Full(settings) = ModelSettings::defaults(USUAL, &facts).model else { panic!("a ladder") };
        settings
    };
    assert_eq!(of(64).denoising_weights, [2000.0, 20.0, 0.1]);
    assert_eq!(of(784).denoising_weights, [2000.0, 20.0, 0.1]);
    assert_eq!(of(16).denoising_weights, [500.0, 5.0, 0.1]);
    assert_eq!(of(1).denoising_weights, [31.25, 0.3125, 0.1]);

    let threads = Threads::new(1).unwrap();
    let value = |row: usize| 0.3 + 0.4 * (row % 2) as f32 + 0.1 * ((row * 7919) % 1000) as f32 / 1000.0;
    let values = Values::F32((0..200).map(value).collect());
    let names = ["a", "b"].map(String::from).to_vec();
    let labels = (0..200).map(|row| Some(row as u32 % 2)).collect();
    let data = Dataset::new(values, labels, names, vec![1], Scaling::NONE).unwrap();
    for seed in 1..=4 {
        let split = draw(&data, LabelCount::Count(8), 0, seed).unwrap();
        let mut model = Ladder::new(of(1), seed).unwrap();
        let settings = FitSettings { epochs: 240, seed, ..FitSettings::default() };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
        let errors = evaluate(&model, &data, &threads).errors;
        assert!(errors <= 2, "seed {seed}: {errors} of 200");
    }
}

/// A row is normalised in a prediction as it was in training, or the settings are refused.
#[test]
fn moments_and_statistics_that_do_not_go_together_are_refused() {
    let refused = |kind: &str, moments, statistics| {
        let of = LadderSettings { moments, statistics, ..settings(Variant::Full) };
        let denoising_weights = if kind == "mlp" { vec![0.0; 4] } else { of.denoising_weights.clone() };
        let of = LadderSettings { denoising_weights, ..of };
        Spec::check(&of, laddernet::models::kind(kind).unwrap(), &fit_settings(1)).err().map(|e| e.to_string())
    };
    use MomentsOf::{Both, Own, Unlabelled};
    for statistics in [StatisticsFrom::Labelled, StatisticsFrom::Unlabelled, StatisticsFrom::Chosen] {
        assert_eq!(refused("full", Own, statistics), None);
    }
    assert_eq!(refused("full", Unlabelled, StatisticsFrom::Unlabelled), None);
    assert_eq!(refused("full", Both, StatisticsFrom::Both), None);
    assert_eq!(refused("mlp", Own, StatisticsFrom::Labelled), None);
    for (kind, moments, statistics, parts) in [
        ("full", Own, StatisticsFrom::Both, ["statistics", "moments is 'own'", "set moments to 'both'"]),
        (
            "full",
            Unlabelled,
            StatisticsFrom::Labelled,
            ["moments", "statistics is 'labelled'", "set statistics to 'unlabelled'"],
        ),
        ("full", Both, StatisticsFrom::Chosen, ["moments", "statistics is 'chosen'", "set statistics to 'both'"]),
        ("mlp", Own, StatisticsFrom::Chosen, ["statistics", "sees no unlabelled row", "leave it 'labelled'"]),
        ("mlp", Both, StatisticsFrom::Labelled, ["moments", "sees no unlabelled row", "leave it 'own'"]),
    ] {
        let message = refused(kind, moments, statistics).unwrap();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}

#[test]
fn settings_that_do_not_fit_are_refused_before_anything_changes() {
    let (data, threads) = (stripes(30), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::Count(6), 0, 1).unwrap();
    let refused = |layers: Vec<usize>, settings: FitSettings, split: &Split| {
        let denoising_weights = vec![1.0; layers.len()];
        let mut model = Ladder::new(LadderSettings { layers, denoising_weights, ..Default::default() }, 1).unwrap();
        let before = bits(&model);
        let error = fit(&mut model, &data, split, &settings, &threads, &mut |_| Flow::Continue).unwrap_err();
        assert!(before == bits(&model));
        error
    };
    let rows = |error: FitError| match error {
        FitError::Rows(error) => error,
        error => panic!("{error}"),
    };
    let setting = |error: FitError| match error {
        FitError::Settings(error) => error.to_string(),
        error => panic!("{error}"),
    };
    let error = rows(refused(vec![21, 3], fit_settings(1), &split));
    assert_eq!(error, RowsError::Features { found: 20, expected: 21 });
    assert!(error.to_string().contains("20 values a row"));
    let error = rows(refused(vec![20, 2], fit_settings(1), &split));
    assert_eq!(error, RowsError::Classes { found: 3, expected: 2 });
    assert!(error.to_string().contains("3 classes"));
    assert!(setting(refused(vec![20, 3], fit_settings(0), &split)).contains("epochs is 0: expected 1 to"));
    let nan = FitSettings { learning_rate: f32::NAN, ..fit_settings(1) };
    assert!(setting(refused(vec![20, 3], nan, &split)).contains("learning_rate is NaN: expected a number above 0"));
    let late = FitSettings { decay_start: 67.0, ..fit_settings(1) };
    assert!(
        setting(refused(vec![20, 3], late, &split))
            .contains("decay_start is 67: expected a share of the epochs, 0 to 1")
    );
    let nobody = Split { labelled: vec![], unlabelled: vec![], validation: vec![] };
    let error = rows(refused(vec![20, 3], fit_settings(1), &nobody));
    assert!(error == RowsError::Empty && error.to_string().contains("no row to learn from"));
    for (layers, what) in [
        (vec![20], "layers is 20: expected 2 to 64 sizes"),
        (vec![20, 0, 3], "layers is 20-0-3: expected 1 to 65536 units a layer"),
        (vec![20, 1], "layers is 20-1: expected at least 2 units in the last layer"),
    ] {
        let denoising_weights = vec![0.0; layers.len()];
        let error = LadderSettings { layers, denoising_weights, ..Default::default() }.check().unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    let few = LadderSettings { layers: vec![20, 3], denoising_weights: vec![1.0], ..Default::default() };
    let message = few.check().unwrap_err().to_string();
    assert!(message.contains("denoising_weights is 1: expected 2 weights, one for each layer"), "{message}");
    let loud = LadderSettings { noise: f32::NAN, ..LadderSettings::default() };
    assert!(loud.check().unwrap_err().to_string().contains("noise is NaN: expected a standard deviation, 0 or more"));
}

/// Trap 9 of the list of ways in which ports go wrong: a double softmax floors the cost at ln(e + 9) - 1 = 1.46.
#[test]
fn the_supervised_cost_goes_to_zero() {
    let (data, threads) = (stripes(33), Threads::new(1).unwrap());
    let split = draw(&data, LabelCount::All, 0, 1).unwrap();
    let mut model = Ladder::new(settings(Variant::Mlp), 1).unwrap();
    let mut last = f64::NAN;
    fit(&mut model, &data, &split, &fit_settings(150), &threads, &mut |event| {
        if let Event::Epoch(e, _) = event {
            last = e.costs.of(SUPERVISED).unwrap();
        }
        Flow::Continue
    })
    .unwrap();
    assert!(last < 0.05, "{last}");
}
