//! What trained models make of rows: codes, rebuilt rows, chains, probabilities.

use super::plain::{self, Matrix};
use super::{kinds, random, stripes};
use laddernet::evaluation::Classify;
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings, Output};
use laddernet::models::classifier::Classifier;
use laddernet::models::corruption::Corruption;
use laddernet::models::rbm::Rbm;
use laddernet::training::Model;
use laddernet::{Dataset, Isa, Scaling, Threads, Values};

fn values(data: &Dataset) -> Vec<f32> {
    let Values::F32(values) = data.values() else { panic!("codes are numbers") };
    values.clone()
}

fn far(a: &[f32], b: &Matrix) -> f64 {
    assert_eq!(a.len(), b.iter().flatten().count());
    a.iter().zip(b.iter().flatten()).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max)
}

/// Reference: the plain network. A row gives the same bits alone, whatever the number of threads, and in whatever precision the
/// training was.
#[test]
fn codes_and_reconstructed_rows_are_those_of_the_plain_network_and_a_row_stands_for_itself() {
    let data = stripes(301);
    for (name, settings) in kinds(40) {
        let (model, threads) = (random(&settings), Threads::new(2).unwrap());
        let t = plain::tensors(&model.parameters());
        let sums = plain::reconstructed_sums(&t, &settings, &plain::matrix(&data));
        let output = |z: &f64| if settings.output != Output::Gaussian { plain::sigmoid(*z) } else { *z };
        let expected: Matrix = sums.iter().map(|row| row.iter().map(output).collect()).collect();
        let reconstructed = model.reconstructed(&data, &threads);
        assert!(far(&reconstructed, &expected) < 1e-5, "{name}");
        let codes = model.codes(&data, &threads).unwrap();
        let code = *settings.layers.last().unwrap();
        assert_eq!((codes.rows(), codes.features(), codes.labels()), (301, code, data.labels()), "{name}");
        let errors = model.squared_errors(&data, &threads);
        for isa in Isa::available_bf16().into_iter().chain([Isa::detect()]) {
            let threads = Threads::with_isa(3, isa).unwrap();
            if isa.in_single_precision() == Isa::detect() {
                assert!(model.reconstructed(&data, &threads) == reconstructed, "{name}");
                assert!(values(&model.codes(&data, &threads).unwrap()) == values(&codes), "{name}");
            }
            for row in [0, 7, 239, 240, 300] {
                let one = data.select(&[row]);
                let at = |n: usize| row * n..(row + 1) * n;
                assert!(
                    model.reconstructed(&one, &threads) == reconstructed[at(40)],
                    "{name}, {}, row {row}",
                    isa.name()
                );
                assert!(values(&model.codes(&one, &threads).unwrap()) == values(&codes)[at(code)], "{name}, row {row}");
                let squares = (0..40).map(|c| (expected[row][c] - f64::from(data.input(row, c))).powi(2));
                assert!((errors[row] - squares.sum::<f64>()).abs() < 1e-4 * errors[row], "{name}, row {row}");
            }
        }
    }
}

/// Reference: the plain network.
#[test]
fn probabilities_are_those_of_the_plain_network_and_a_row_stands_for_itself() {
    let (data, threads) = (stripes(301), Threads::new(2).unwrap());
    let sizes = [40, 65, 33, 3];
    let mut model = Classifier::new(&sizes, 3);
    plain::shake(Model::parameters_mut(&mut model));
    // What is done to rows in training does not touch a prediction.
    model.corruption = Corruption::Masking(0.9);
    model.dropout = 0.9;
    let t = plain::tensors(&Model::parameters(&model));
    let all = model.probabilities(&data, &threads);
    assert!(far(&all, &plain::probabilities(&t, &sizes, &plain::matrix(&data), &[])) < 1e-5);
    for row in [0, 7, 239, 240, 300] {
        assert!(model.probabilities(&data.select(&[row]), &threads) == all[row * 3..row * 3 + 3]);
    }
}

fn rbms() -> Vec<Rbm> {
    let mut seed = 17;
    let mut numbers = |n: usize| (0..n).map(|_| plain::number(&mut seed)).collect::<Vec<f32>>();
    [[40, 65], [65, 33]].map(|[v, h]| Rbm::from_values(&numbers(v * h), &numbers(v), &numbers(h)).unwrap()).to_vec()
}

/// Before it is fine-tuned, the network is the rbms' own way up, bit for bit, and down again by mean fields. Reference of
/// the way down: `sigmoid(a + W h)` in double precision.
#[test]
fn an_unrolled_stack_goes_up_and_down_as_its_rbms_do() {
    let (data, threads, rbms) = (stripes(50), Threads::new(2).unwrap(), rbms());
    for tied in [false, true] {
        let settings = AutoencoderSettings { tied, ..AutoencoderSettings::of(&[]) };
        let model = Autoencoder::unrolled(&rbms, settings).unwrap();
        assert_eq!(model.settings().layers, [40, 65, 33]);
        let up = rbms.iter().fold(data.clone(), |data, rbm| {
            let codes = Values::F32(rbm.codes(&data, &threads).unwrap());
            Dataset::new(codes, vec![None; 50], vec![], vec![rbm.hidden()], Scaling::NONE).unwrap()
        });
        assert!(values(&model.codes(&data, &threads).unwrap()) == values(&up), "tied {tied}");
        let mut h = plain::matrix(&up);
        for rbm in rbms.iter().rev() {
            let parameters = rbm.parameters().0;
            let (w, a) = (parameters[0].values(), parameters[1].values());
            let unit = |h: &[f64], i: usize| {
                let sum = h.iter().enumerate().map(|(j, h)| h * f64::from(w[i * rbm.hidden() + j])).sum::<f64>();
                plain::sigmoid(f64::from(a[i]) + sum)
            };
            h = h.iter().map(|h| (0..rbm.visible()).map(|i| unit(h, i)).collect()).collect();
        }
        assert!(far(&model.reconstructed(&data, &threads), &h) < 1e-5, "tied {tied}");
    }
    let refused = |rbms: &[Rbm]| Autoencoder::unrolled(rbms, AutoencoderSettings::of(&[])).unwrap_err().to_string();
    assert!(refused(&[]).contains("expected at least one"));
    let twice = [rbms[1].clone(), rbms[0].clone()];
    assert!(refused(&twice).contains("RBM 2 with 40 visible units over 33 units"));
}

/// A walk is the plain one: from the row, corrupt, rebuild, draw. A chain that forgets nothing and is sure of its output
/// stays; samples are the chain's steps, chain after chain.
#[test]
fn a_walk_starts_at_its_row_and_draws_its_states() {
    let (data, threads) = (stripes(4), Threads::new(2).unwrap());
    let settings =
        AutoencoderSettings { corruption: Corruption::SaltAndPepper(0.3), ..AutoencoderSettings::of(&[40, 33]) };
    let model = random(&settings);
    let mut seen = Vec::new();
    model.walk(&data, 6, 1, &threads, &mut |step, likely| seen.push((step, likely.to_vec())));
    assert_eq!(seen.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    // Without corruption the first step is the rows rebuilt.
    let quiet = random(&AutoencoderSettings::of(&[40, 33]));
    let mut first = Vec::new();
    quiet.walk(&data, 2, 1, &threads, &mut |_, likely| first.push(likely.to_vec()));
    assert!(first[0] == quiet.reconstructed(&data, &threads) && first[1] != first[0]);
    let again = model.samples(&data, 6, 2, 1, &threads);
    assert_eq!((again.rows(), again.features()), (12, 40));
    for (chain, k) in [(0, 0), (0, 2), (3, 1)] {
        let row = chain * 3 + k;
        let found: Vec<f32> = (0..40).map(|c| again.input(row, c)).collect();
        assert!(found == seen[2 * k + 1].1[chain * 40..(chain + 1) * 40], "chain {chain}, sample {k}");
    }
    for n in [1, 3] {
        assert!(model.samples(&data, 6, 2, 1, &Threads::new(n).unwrap()) == again);
    }
    assert!(model.samples(&data, 6, 2, 2, &threads) != again);
}

/// The walk's states are drawn with the probabilities that it tells. Reference: frequencies, within five deviations, on a
/// network that sees nothing: each output unit is on with its own probability.
#[test]
fn states_are_drawn_with_their_probabilities() {
    let threads = Threads::new(2).unwrap();
    let mut model = Autoencoder::new(AutoencoderSettings::of(&[3, 3]), 1).unwrap();
    // Up: unit i sees value i alone, strongly. Down: weights small, so that the code is read off the probabilities.
    for p in model.parameters_mut() {
        match p.path() {
            "encoder.1.weight" => p.set_values(&[60.0, 0.0, 0.0, 0.0, 60.0, 0.0, 0.0, 0.0, 60.0]),
            "encoder.1.bias" => p.set_values(&[-30.0; 3]),
            "decoder.0.weight" => p.set_values(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
            _ => p.set_values(&[-1.0, 0.0, 1.0]),
        }
    }
    let rows = 20_000;
    let start =
        Dataset::new(Values::F32(vec![0.0; rows * 3]), vec![None; rows], vec![], vec![3], Scaling::NONE).unwrap();
    let mut seen = Vec::new();
    model.walk(&start, 2, 7, &threads, &mut |_, likely| seen.push(likely.to_vec()));
    for (i, bias) in [-1.0, 0.0, 1.0].into_iter().enumerate() {
        let p = plain::sigmoid(bias);
        assert!((f64::from(seen[0][i]) - p).abs() < 1e-6);
        // One above its bias where the state was on.
        let on = seen[1].iter().skip(i).step_by(3).filter(|&&q| f64::from(q) > plain::sigmoid(bias + 0.5)).count();
        let deviation = (p * (1.0 - p) * rows as f64).sqrt();
        assert!((on as f64 - p * rows as f64).abs() < 5.0 * deviation, "{on} for {}", p * rows as f64);
    }
}
