//! Against a plain ladder in double precision: gradients by finite differences where layers are wider than a panel,
//! and whatever a training does around the gradients (drawn noise, schedule, Adam, statistics, prediction).

mod plain;

use laddernet::models::ladder::{Buffers, MomentsOf, Noise, StatisticsFrom, Variant};
use laddernet::models::{Ladder, LadderSettings};
use laddernet::optimiser::{Descent, Update, learning_rate};
use laddernet::split::Split;
use laddernet::training::{Batch, DENOISING, Event, FitError, FitSettings, Flow, SUPERVISED, fit};
use laddernet::{Dataset, Isa, Precision, Scaling, Threads, Values};
use laddernet_math::Panels;
use laddernet_math::normal::{Stream, standard_normal};
use laddernet_math::random::{Purpose, permutation};
use plain::{Matrix, Tensors, numbers, panels, tensors};

fn settings(layers: &[usize], weights: &[f32]) -> LadderSettings {
    LadderSettings {
        layers: layers.to_vec(),
        denoising_weights: weights.to_vec(),
        input_noise: 0.3,
        noise: 0.3,
        ..LadderSettings::default()
    }
}

/// A model with every parameter random, and the same in f64.
fn random_model(settings: &LadderSettings) -> (Ladder, Tensors) {
    let mut model = Ladder::new(settings.clone(), 3).unwrap();
    let mut seed = 99;
    for p in model.parameters_mut() {
        let shift = numbers(1, p.count(), 0.3, &mut seed);
        let values: Vec<f32> = p.values().iter().zip(&shift[0]).map(|(&v, &s)| v + s as f32).collect();
        p.set_values(&values);
    }
    let tensors = tensors(&model);
    (model, tensors)
}

/// Reference: central finite differences of the plain cost, for about fifteen values of each parameter.
fn gradients(name: &str, layers: &[usize], weights: &[f32], n_l: usize, n_u: usize) {
    gradients_of(name, &settings(layers, weights), n_l, n_u, None);
}

/// The same where the cells of the input may count for different amounts in the cost of layer 0.
fn gradients_of(name: &str, settings: &LadderSettings, n_l: usize, n_u: usize, cells: Option<&Matrix>) {
    let layers = &settings.layers;
    let classes = layers[layers.len() - 1];
    let mut seed = 7;
    let x = numbers(n_l + n_u, layers[0], 1.0, &mut seed);
    let noise: Vec<Matrix> = layers.iter().map(|&m| numbers(n_l + n_u, m, 0.5, &mut seed)).collect();
    let labels: Vec<u32> = (0..n_l).map(|r| ((r * 17 + 5) % classes) as u32).collect();
    let given: Vec<Panels> = noise.iter().zip(layers).map(|(n, &m)| panels(n, m)).collect();
    let (model, mut tensors) = random_model(settings);
    let expected = plain::cost(&tensors, settings, &x, &labels, &noise, cells);

    let mut differences = Vec::new();
    for p in &model.parameters().0 {
        for i in (0..p.count()).step_by((p.count() / 15).max(1)) {
            let mut at = |h: f64| {
                tensors.get_mut(p.path()).unwrap()[i] += h;
                plain::cost(&tensors, settings, &x, &labels, &noise, cells)
            };
            let h = 1e-6;
            let (up, down) = (at(h), at(-2.0 * h));
            at(h);
            differences.push((p.path().to_string(), i, (up - down) / (2.0 * h)));
        }
    }
    for isa in Isa::available() {
        let (threads, mut model) = (Threads::with_isa(2, isa).unwrap(), model.clone());
        // Room for more rows than there are, as for a short batch.
        let mut buffers = Buffers::new(settings, n_l + 3, n_u + 5, Precision::F32);
        let batch =
            Batch { x: panels(&x, layers[0]), labels: labels.clone(), weights: cells.map(|w| panels(w, layers[0])) };
        let costs = model.costs_and_gradients(&threads, &mut buffers, &batch, Noise::Given(&given));
        assert!((costs.total - expected).abs() < 1e-5 * expected, "{name}: {} {expected}", costs.total);
        for p in &model.parameters().0 {
            let found = p.gradients();
            let of = differences.iter().filter(|(path, ..)| path == p.path());
            let (mut off, mut size) = (0.0, 0.0);
            for (_, i, e) in of {
                off += (f64::from(found[*i]) - e).powi(2);
                size += e * e;
            }
            let bound = 1e-4 * size.sqrt() + 1e-7 * expected.max(1.0);
            assert!(off.sqrt() < bound, "{name} {} {}: off by {} of {}", isa.name(), p.path(), off.sqrt(), size.sqrt());
        }
    }
}

#[test]
fn layers_wider_than_a_panel() {
    gradients("full", &[70, 65, 40, 33], &[1000.0, 10.0, 0.1, 0.1], 12, 15);
}

/// bf16 rounds each operand to 8 bits, so gradients differ from those above by about a percent; a wrong operand or a
/// copy that is behind its weights differs by much more. The second step sees weights that Adam has moved.
#[test]
fn bf16_products_give_nearly_the_same_steps() {
    let (layers, n_l, n_u) = ([70, 65, 40, 33], 70, 75);
    let settings = settings(&layers, &[1000.0, 10.0, 0.1, 0.1]);
    let mut seed = 7;
    let x = numbers(n_l + n_u, layers[0], 1.0, &mut seed);
    let batch =
        Batch { x: panels(&x, layers[0]), labels: (0..n_l as u32).map(|r| r * 17 % 33).collect(), weights: None };
    let (model, _) = random_model(&settings);
    let steps = |isa: Isa, threads: usize| {
        let (threads, mut model) = (Threads::with_isa(threads, isa).unwrap(), model.clone());
        let mut buffers = Buffers::new(&settings, n_l + 3, n_u + 5, isa.precision());
        let mut adam = Descent::adam(isa, model.parameters_mut());
        let mut costs = Vec::new();
        for step in 0..3 {
            let noise = Noise::Drawn { seed: 3, purpose: Purpose::TrainingNoise, step };
            costs.push(model.costs(&threads, &mut buffers, &batch, noise).total);
            let update = if step < 2 { adam.step(0.002) } else { Update::Keep };
            model.gradients(&threads, &mut buffers, &batch, update);
        }
        let gradients: Vec<Vec<f32>> = model.parameters().0.iter().map(|p| p.gradients()).collect();
        (costs, gradients)
    };
    let (costs, gradients) = steps(Isa::detect(), 1);
    for isa in Isa::available_bf16() {
        let (found_costs, found) = steps(isa, 1);
        for (a, b) in found_costs.iter().zip(&costs) {
            assert!((a - b).abs() < 0.01 * b, "{}: {found_costs:?} for {costs:?}", isa.name());
        }
        for ((a, b), p) in found.iter().zip(&gradients).zip(&model.parameters().0) {
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let (aa, ab, bb) = (dot(a, a), dot(a, b), dot(b, b));
            let (cosine, ratio) = (ab / (aa * bb).sqrt(), (aa / bb).sqrt());
            assert!(cosine > 0.99 && (ratio - 1.0).abs() < 0.05, "{} {}: {cosine} {ratio}", isa.name(), p.path());
        }
        assert!(found == steps(isa, 3).1, "{}: the number of threads changes a bit", isa.name());
    }
}

/// Some cells count more, some less, some not at all, as those of columns with many inputs and missing ones.
#[test]
fn cells_that_count_for_different_amounts() {
    let mut seed = 5;
    let mut cells = numbers(11, 40, 1.0, &mut seed);
    cells.iter_mut().flatten().for_each(|w| *w = if *w < 0.0 { 0.0 } else { 3.0 * *w });
    gradients_of("weighted", &settings(&[40, 35, 33], &[10.0, 1.0, 0.1]), 9, 11, Some(&cells));
    gradients_of("weighted bottom", &settings(&[40, 35], &[10.0, 0.0]), 0, 11, Some(&cells));
}

#[test]
fn one_half_empty() {
    gradients("no labelled row", &[12, 40, 35], &[10.0, 1.0, 0.1], 0, 9);
    gradients("no unlabelled row", &[12, 40, 35], &[10.0, 1.0, 0.1], 9, 0);
}

#[test]
fn decoders_of_every_depth() {
    gradients("one layer", &[70, 40], &[10.0, 1.0], 9, 11);
    gradients("one layer, bottom", &[70, 40], &[10.0, 0.0], 9, 11);
    gradients("to the middle", &[33, 40, 36, 34], &[0.0, 1.0, 0.0, 0.1], 9, 11);
    gradients("top", &[33, 40, 36, 34], &[0.0, 0.0, 0.0, 1.0], 9, 11);
    gradients("none", &[33, 40, 36, 34], &[0.0; 4], 9, 4);
}

/// The labelled rows' gradient reaches the moments of other rows, and through them these rows, in every cost.
#[test]
fn moments_of_the_unlabelled_rows_or_of_both_halves() {
    for moments in [MomentsOf::Unlabelled, MomentsOf::Both] {
        let with = |layers: &[usize], weights: &[f32], n_l, n_u| {
            let settings = LadderSettings { moments, ..settings(layers, weights) };
            gradients_of(&format!("moments {moments}, {weights:?}, {n_l} + {n_u} rows"), &settings, n_l, n_u, None);
        };
        with(&[70, 65, 40, 33], &[1000.0, 10.0, 0.1, 0.1], 12, 15);
        with(&[33, 40, 36, 34], &[0.0, 0.0, 0.0, 1.0], 9, 11);
        with(&[33, 40, 36, 34], &[10.0, 0.0, 0.0, 0.0], 9, 11);
        with(&[33, 40, 36, 34], &[0.0; 4], 9, 11);
        with(&[12, 40, 35], &[10.0, 1.0, 0.1], 0, 9);
        // Nothing but their own moments is there.
        with(&[12, 40, 35], &[10.0, 1.0, 0.1], 9, 0);
    }
}

/// Nothing of a layer comes through beside what comes from above: `upsilon` keeps its 0, while all else is trained by the
/// gradients of the formula with that 0.
#[test]
fn without_lateral_connections_a_layer_is_reconstructed_from_above_alone() {
    let with = settings(&[40, 35, 12, 3], &[10.0, 1.0, 0.1, 0.1]);
    let without = LadderSettings { lateral: false, ..with.clone() };
    let x = numbers(20, 40, 1.0, &mut 5);
    let batch = Batch { x: panels(&x, 40), labels: (0..8).map(|r| r % 3).collect(), weights: None };
    let threads = Threads::new(2).unwrap();
    let steps = |settings: &LadderSettings, steps: u32| {
        let (mut model, mut buffers) =
            (Ladder::new(settings.clone(), 3).unwrap(), Buffers::new(settings, 8, 12, Precision::F32));
        let mut adam = Descent::adam(threads.isa(), model.parameters_mut());
        for step in 0..=steps {
            let noise = Noise::Drawn { seed: 3, purpose: Purpose::TrainingNoise, step };
            model.costs(&threads, &mut buffers, &batch, noise);
            let update = if step < steps { adam.step(0.01) } else { Update::Keep };
            model.gradients(&threads, &mut buffers, &batch, update);
        }
        model
    };
    let (free, bound) = (steps(&with, 0), steps(&without, 0));
    for (f, b) in free.parameters().0.iter().zip(&bound.parameters().0) {
        let (f, mut b, units) = (f.gradients(), b.gradients(), b.shape()[b.shape().len() - 1]);
        if b.len() == 10 * units {
            assert!(f[5 * units..].iter().any(|&g| g != 0.0) && b[5 * units..].iter().all(|&g| g == 0.0));
            b[5 * units..].copy_from_slice(&f[5 * units..]);
        }
        assert_eq!(f, b);
    }
    let trained = steps(&without, 5);
    for p in trained.parameters().0.iter().filter(|p| p.path().starts_with("combinator")) {
        let (values, units) = (p.values(), p.shape()[1]);
        let vector = |a: usize| &values[(a - 1) * units..a * units];
        assert!([6, 8, 9, 10].iter().all(|&a| vector(a).iter().all(|&v| v == 0.0)), "{}", p.path());
        assert!([1, 4, 5].iter().any(|&a| vector(a).iter().any(|&v| v != 0.0)), "{}", p.path());
    }
}

/// Drawn noise is a standard normal times its layer's deviation: the input's own at layer 0, the other one on every
/// layer above, the top included; and another for each step.
#[test]
fn drawn_noise_has_its_layers_deviation() {
    let settings =
        LadderSettings { input_noise: 0.2, noise: 0.7, ..settings(&[20, 35, 12, 3], &[10.0, 1.0, 0.1, 0.1]) };
    let (model, _) = random_model(&settings);
    let threads = Threads::new(1).unwrap();
    let x = numbers(20, 20, 1.0, &mut 5);
    let costs = |noise: Noise<'_>| {
        let (mut model, mut buffers) = (model.clone(), Buffers::new(&settings, 8, 12, Precision::F32));
        let batch = Batch { x: panels(&x, 20), labels: (0..8).map(|r| r % 3).collect(), weights: None };
        model.costs_and_gradients(&threads, &mut buffers, &batch, noise)
    };
    let (seed, purpose) = (11, Purpose::TrainingNoise);
    let drawn = |step| costs(Noise::Drawn { seed, purpose, step });
    let given: Vec<Panels> = (0..4)
        .map(|l| {
            let stream = Stream { seed, purpose, step: 4, layer: l as u16 };
            let mut noise = standard_normal(threads.isa(), stream, 20, settings.layers[l]);
            let deviation = if l == 0 { 0.2 } else { 0.7 };
            for j in 0..noise.count() {
                noise.panel_mut(j).iter_mut().flat_map(|r| &mut r.0).for_each(|x| *x *= deviation);
            }
            noise
        })
        .collect();
    let (found, expected) = (drawn(4), costs(Noise::Given(&given)));
    let close = |a: f64, b: f64| (a - b).abs() < 1e-5 * b.abs();
    let of_supervised = [&found, &expected].map(|costs| costs.of(SUPERVISED).unwrap());
    assert!(close(of_supervised[0], of_supervised[1]), "{found:?} {expected:?}");
    for l in 0..4 {
        let [a, b] = [&found, &expected].map(|costs| costs.at(DENOISING, l).unwrap());
        assert!(close(a, b), "{found:?} {expected:?}");
    }
    assert_ne!(drawn(4), drawn(5));
}

/// A confident mistake costs its logits' distance: no probability is rounded to zero before its logarithm.
#[test]
fn a_confident_mistake_has_its_true_cost() {
    let settings = settings(&[2, 2], &[0.0, 0.0]);
    let mut model = Ladder::new(settings.clone(), 1).unwrap();
    for p in model.parameters_mut() {
        let values = match p.path() {
            "encoder.1.weight" => vec![1.0, -1.0, 0.0, 0.0],
            "encoder.1.scale" => vec![100.0, 100.0],
            _ => vec![0.0; p.count()],
        };
        p.set_values(&values);
    }
    // Two rows normalise to +-1, so the logits are +-100 and each row is labelled wrongly.
    let batch = Batch { x: panels(&vec![vec![1.0, 0.0], vec![-1.0, 0.0]], 2), labels: vec![1, 0], weights: None };
    let (threads, mut buffers) = (Threads::new(1).unwrap(), Buffers::new(&settings, 2, 0, Precision::F32));
    let costs = model.costs_and_gradients(&threads, &mut buffers, &batch, Noise::Silent);
    let found = costs.of(SUPERVISED).unwrap();
    assert!((found - 200.0).abs() < 1e-3, "{found}");
}

fn dataset(rows: usize, features: usize) -> Dataset {
    let x = numbers(rows, features, 1.0, &mut 21);
    let values = x.iter().flatten().map(|&v| v as f32).collect();
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let labels = (0..rows).map(|r| Some(r as u32 % 3)).collect();
    Dataset::new(Values::F32(values), labels, names, vec![features], Scaling::NONE).unwrap()
}

fn all_rows(n: usize) -> Split {
    Split { labelled: (0..n).collect(), unlabelled: (0..n).collect(), validation: vec![] }
}

/// `fit` is: each epoch's order, the drawn noise of each step, Adam kept over epochs, the schedule's rate, the last
/// parameters. Replayed by hand, to the bit.
#[test]
fn fit_is_its_parts() {
    let (data, threads) = (dataset(30, 20), Threads::new(1).unwrap());
    let ladder = LadderSettings { noise: 0.1, ..settings(&[20, 35, 3], &[10.0, 1.0, 0.1]) };
    let settings = FitSettings { epochs: 4, decay_start: 0.25, learning_rate: 0.01, seed: 9, ..Default::default() };
    let (mut fitted, mut rates) = (Ladder::new(ladder.clone(), 2).unwrap(), Vec::new());
    fit(&mut fitted, &data, &all_rows(30), &settings, &threads, &mut |event| {
        if let Event::Epoch(e, _) = event {
            rates.push(e.learning_rate);
        }
        Flow::Continue
    })
    .unwrap();
    assert_eq!(rates[..2], [0.01, 0.01]);
    assert!(rates[2] < rates[1] && rates[3] < rates[2], "{rates:?}");

    let mut model = Ladder::new(ladder.clone(), 2).unwrap();
    let (mut adam, mut buffers) =
        (Descent::adam(threads.isa(), model.parameters_mut()), Buffers::new(&ladder, 30, 30, Precision::F32));
    for step in 0..4 {
        let order = permutation(9, Purpose::UnlabelledOrder, step + 1, 30);
        let mut x = Panels::new(60, 20);
        let mut row = vec![0.0; 20];
        for (r, &from) in order.iter().chain(&order).enumerate() {
            data.copy_row(from, &mut row);
            x.set_row(r, &row);
        }
        let batch = Batch { x, labels: order.iter().map(|&r| data.labels()[r].unwrap()).collect(), weights: None };
        let rate = learning_rate(0.01, 0.25, 4, step as usize + 1);
        let noise = Noise::Drawn { seed: 9, purpose: Purpose::TrainingNoise, step };
        model.costs(&threads, &mut buffers, &batch, noise);
        model.gradients(&threads, &mut buffers, &batch, adam.step(rate));
    }
    for (a, b) in fitted.parameters().0.iter().zip(&model.parameters().0) {
        assert_eq!(a.values(), b.values(), "{}", a.path());
    }
}

/// Statistics are those of the clean path, averaged over shuffled batches with n / (n - 1), and prediction uses them:
/// both against the plain encoder in f64.
#[test]
fn statistics_and_prediction_agree_with_double_precision() {
    let (data, threads) = (dataset(60, 20), Threads::new(2).unwrap());
    for kind in Variant::ALL {
        let weights: Vec<f32> = kind.authors_weights(Some(100), 4).iter().map(|w| w / 100.0).collect();
        let ladder = settings(&[20, 35, 40, 3], &weights);
        let settings =
            FitSettings { epochs: 3, labelled_batch: 30, unlabelled_batch: 30, seed: 4, ..Default::default() };
        let mut model = Ladder::new(ladder.clone(), 1).unwrap();
        fit(&mut model, &data, &all_rows(60), &settings, &threads, &mut |_| Flow::Continue).unwrap();
        let t = tensors(&model);
        let order = permutation(4, Purpose::StatisticsOrder, 0, 60);
        let row = |r: usize| (0..20).map(|c| f64::from(data.input(r, c))).collect::<Vec<_>>();
        let batches = order
            .chunks(30)
            .map(|rows| plain::encode(&t, &ladder.layers, &rows.iter().map(|&r| row(r)).collect(), None, None).moments);
        let batches: Vec<_> = batches.collect();
        let stored: Vec<Vec<(f64, f64)>> = (0..3)
            .map(|l| {
                let of = |name: &str| &t[&format!("statistics.clean.{}.{name}", l + 1)];
                of("mean").iter().copied().zip(of("sigma").iter().copied()).collect()
            })
            .collect();
        for l in 0..3 {
            for (j, &(mean, sigma)) in stored[l].iter().enumerate() {
                let expected = batches.iter().map(|b| b[l][j].0).sum::<f64>() / 2.0;
                let var = batches.iter().map(|b| b[l][j].1.powi(2)).sum::<f64>() / 2.0 * 30.0 / 29.0;
                assert!((mean - expected).abs() < 1e-4 * var.sqrt().max(1.0), "{kind} layer {l}: {mean} {expected}");
                assert!((sigma - var.sqrt()).abs() < 1e-4 * var.sqrt(), "{kind} layer {l}: {sigma} {}", var.sqrt());
            }
        }
        let x: Matrix = (0..60).map(row).collect();
        let logits = plain::encode(&t, &ladder.layers, &x, None, Some(&stored)).logits;
        let found = model.probabilities(&data, &threads);
        for (p, logits) in found.chunks_exact(3).zip(&logits) {
            for (p, expected) in p.iter().zip(plain::softmax(logits)) {
                assert!((f64::from(*p) - expected).abs() < 1e-4, "{kind}: {p} {expected}");
            }
        }
        // Each hidden layer's code from the one below: relu of the normalised sums and the bias.
        let mut below = x;
        for (l, units) in [(1, 35), (2, 40)] {
            let (weight, bias) = (&t[&format!("encoder.{l}.weight")], &t[&format!("encoder.{l}.bias")]);
            let codes = model.codes(&data, l, &threads).unwrap();
            assert_eq!((codes.features(), codes.labels()), (units, data.labels()));
            for (r, row) in below.iter_mut().enumerate() {
                let unit = |j: usize| {
                    let z: f64 = row.iter().enumerate().map(|(i, x)| x * weight[i * units + j]).sum();
                    let (mean, sigma) = stored[l - 1][j];
                    ((z - mean) / sigma + bias[j]).max(0.0)
                };
                *row = (0..units).map(unit).collect();
                for (j, &expected) in row.iter().enumerate() {
                    assert!((f64::from(codes.input(r, j)) - expected).abs() < 1e-3, "{kind}, layer {l}, row {r}");
                }
            }
        }
    }
}

/// Rows sorted by class, in the file or in the list of labelled rows, give no other statistics than shuffled ones:
/// a batch of one class would have too small a spread.
#[test]
fn statistics_do_not_come_from_batches_of_one_class() {
    let shuffled = dataset(90, 20);
    let mut by_class: Vec<usize> = (0..90).collect();
    by_class.sort_by_key(|&r| shuffled.labels()[r]);
    let separate = |d: &Dataset| {
        // Classes far apart, so that a batch of one class is narrow.
        let mut values: Vec<f32> = (0..90).flat_map(|r| (0..20).map(move |c| d.input(r, c))).collect();
        for (r, row) in values.chunks_mut(20).enumerate() {
            row.iter_mut().for_each(|x| *x += 10.0 * d.labels()[r].unwrap() as f32);
        }
        Dataset::new(Values::F32(values), d.labels().to_vec(), d.class_names().to_vec(), vec![20], Scaling::NONE)
            .unwrap()
    };
    let sorted = separate(&shuffled.select(&by_class));
    let threads = Threads::new(1).unwrap();
    for from in [StatisticsFrom::Labelled, StatisticsFrom::Unlabelled] {
        let settings = FitSettings { epochs: 1, labelled_batch: 30, unlabelled_batch: 30, ..Default::default() };
        let ladder = LadderSettings { statistics: from, ..self::settings(&[20, 8, 3], &[1.0, 1.0, 0.1]) };
        let mut model = Ladder::new(ladder, 1).unwrap();
        fit(&mut model, &sorted, &all_rows(90), &settings, &threads, &mut |_| Flow::Continue).unwrap();
        let t = tensors(&model);
        let x: Matrix = (0..90).map(|r| (0..20).map(|c| f64::from(sorted.input(r, c))).collect()).collect();
        let whole = &plain::encode(&t, &[20, 8, 3], &x, None, None).moments[0];
        for (sigma, (_, expected)) in t["statistics.clean.1.sigma"].iter().zip(whole) {
            assert!(*sigma > 0.8 * expected, "{sigma} {expected}");
        }
    }
}

/// One step an epoch: the step that explodes is the last of its epoch, and must not become the model that is kept.
#[test]
fn an_exploding_last_step_is_not_kept() {
    let (data, threads) = (dataset(30, 20), Threads::new(1).unwrap());
    for (epochs, learning_rate) in [(4, 1e30), (1, 1e30), (1, 1e38)] {
        let ladder = settings(&[20, 40, 3], &[10.0, 1.0, 0.1]);
        let mut model = Ladder::new(ladder.clone(), 1).unwrap();
        let initial: Vec<_> = model.parameters().0.iter().map(|p| p.values()).collect();
        let settings = FitSettings { epochs, learning_rate, ..Default::default() };
        let error = fit(&mut model, &data, &all_rows(30), &settings, &threads, &mut |_| Flow::Continue).unwrap_err();
        let FitError::Diverged { kept, .. } = error else { panic!("{error}") };
        assert_eq!(kept, 0, "{error}");
        assert!(initial.iter().eq(model.parameters().0.iter().map(|p| p.values()).collect::<Vec<_>>().iter()));
        Ladder::from_tensors(ladder, model.tensors()).unwrap();
    }
}

#[test]
fn hostile_tensors_and_settings_are_refused() {
    let (data, threads) = (dataset(30, 20), Threads::new(1).unwrap());
    let ladder = settings(&[20, 8, 3], &[1.0, 1.0, 0.1]);
    let mut model = Ladder::new(ladder.clone(), 1).unwrap();
    let most = u32::MAX as usize;
    let huge = FitSettings { epochs: 1, labelled_batch: most, unlabelled_batch: most, ..Default::default() };
    fit(&mut model, &data, &all_rows(30), &huge, &threads, &mut |_| Flow::Continue).unwrap();
    for batch in [0, most + 1, usize::MAX / 64, usize::MAX] {
        for (labelled, unlabelled) in [(batch, 1), (1, batch)] {
            let settings = FitSettings { labelled_batch: labelled, unlabelled_batch: unlabelled, ..huge.clone() };
            let error =
                fit(&mut model, &data, &all_rows(30), &settings, &threads, &mut |_| Flow::Continue).unwrap_err();
            assert!(error.to_string().contains("labelled_batch is") && error.to_string().contains("1 to 4294967295"));
        }
    }
    for bad in [-1.0, 0.0, 1e-44, f32::NAN] {
        let mut tensors = model.tensors();
        tensors.iter_mut().find(|t| t.path == "statistics.clean.1.sigma").unwrap().values[3] = bad;
        let error = Ladder::from_tensors(ladder.clone(), tensors).err().expect("refused");
        let message = error.to_string();
        assert!(message.contains("statistics.clean.1.sigma") && message.contains("at 3"), "{message}");
    }
    let long = FitSettings { epochs: usize::MAX, ..Default::default() };
    assert!(fit(&mut model, &data, &all_rows(30), &long, &threads, &mut |_| Flow::Continue).is_err());
    let outside = Split { labelled: vec![30], ..all_rows(30) };
    assert!(fit(&mut model, &data, &outside, &FitSettings::default(), &threads, &mut |_| Flow::Continue).is_err());
    let wide = self::settings(&[64, 65_536, 65_536, 10], &[0.0; 4]);
    assert!(wide.check().unwrap_err().to_string().contains("weights"));
    let heavy = self::settings(&[20, 3], &[3e38, 0.0]);
    let error = heavy.check().unwrap_err();
    assert!(error.key() == "denoising_weights" && error.to_string().contains("expected 0 to 1000000000"), "{error}");
}
