//! The variational autoencoder against itself in double precision, and against the exact likelihood where there is one.

use super::plain::{self, Matrix, Tensors, sigmoid};
use laddernet::models::rbm::Units;
use laddernet::models::vae::{Vae, VaeSettings};
use laddernet::models::{Encode, Reconstruct, Start};
use laddernet::optimiser::{Descent, Update};
use laddernet::training::{Batch, Costs, DIVERGENCE, Model, RECONSTRUCTION};
use laddernet::{Dataset, Isa, Precision, Scaling, Threads, Values};
use laddernet_math::normal::{Stream, standard_normal};
use laddernet_math::random::Purpose;
use std::f64::consts::TAU;

/// Several hidden layers, one, none; Bernoulli and Gaussian outputs.
fn kinds() -> [(&'static str, VaeSettings); 4] {
    let gaussian = |layers: &[usize]| VaeSettings { output: Units::Gaussian, ..VaeSettings::of(layers) };
    [
        ("two hidden layers", VaeSettings::of(&[70, 65, 40, 33])),
        ("one hidden layer, means", gaussian(&[70, 40, 5])),
        ("nothing hidden", VaeSettings::of(&[70, 37])),
        ("nothing hidden, means", gaussian(&[40, 3])),
    ]
}

/// With every parameter random.
pub fn random(settings: &VaeSettings) -> Vae {
    let mut model = Vae::new(settings.clone(), 3).unwrap();
    plain::shake(model.parameters_mut());
    model
}

/// Rows between 0 and 1.
fn inputs(rows: usize, columns: usize) -> Matrix {
    let mut seed = 7;
    let mut next = || f64::from(plain::number(&mut seed).abs().min(1.0));
    (0..rows).map(|_| (0..columns).map(|_| next()).collect()).collect()
}

fn dataset(x: &Matrix) -> Dataset {
    let values = Values::F32(x.iter().flatten().map(|&x| x as f32).collect());
    Dataset::new(values, vec![None; x.len()], Vec::new(), vec![x[0].len()], Scaling::NONE).unwrap()
}

/// `h W + b`.
fn layer(t: &Tensors, name: &str, h: &[f64]) -> Vec<f64> {
    let (w, b) = (&t[&format!("{name}.weight")], &t[&format!("{name}.bias")]);
    let sum = |j: usize| b[j] + h.iter().enumerate().map(|(k, x)| x * w[k * b.len() + j]).sum::<f64>();
    (0..b.len()).map(sum).collect()
}

fn rectified(h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(|x| x.max(0.0)).collect()
}

/// Mean and log variance of the code of a row.
fn distribution(t: &Tensors, s: &VaeSettings, x: &[f64]) -> [Vec<f64>; 2] {
    let top = s.layers.len() - 1;
    let h = (1..top).fold(x.to_vec(), |h, l| rectified(layer(t, &format!("encoder.{l}"), &h)));
    [layer(t, &format!("encoder.{top}"), &h), layer(t, &format!("log_variance.{top}"), &h)]
}

/// The sums that come into the output units.
fn output(t: &Tensors, s: &VaeSettings, z: &[f64]) -> Vec<f64> {
    let top = s.layers.len() - 1;
    let h = (1..top).rev().fold(z.to_vec(), |h, l| rectified(layer(t, &format!("decoder.{l}"), &h)));
    layer(t, "decoder.0", &h)
}

/// Reconstruction, without the constant of Gaussian outputs, and divergence of a row.
fn row_costs(t: &Tensors, s: &VaeSettings, x: &[f64], epsilon: &[f64]) -> [f64; 2] {
    let [mu, v] = distribution(t, s, x);
    let z: Vec<f64> = (0..mu.len()).map(|j| mu[j] + (v[j] / 2.0).exp() * epsilon[j]).collect();
    let value = |(&x, y): (&f64, f64)| match s.output {
        Units::Bernoulli => -(x * sigmoid(y).ln() + (1.0 - x) * (1.0 - sigmoid(y)).ln()),
        Units::Gaussian => (x - y).powi(2) / 2.0,
    };
    let divergence = mu.iter().zip(&v).map(|(mu, v)| (mu * mu + v.exp() - 1.0 - v) / 2.0).sum();
    [x.iter().zip(output(t, s, &z)).map(value).sum(), divergence]
}

/// Both costs of a batch.
fn costs(t: &Tensors, s: &VaeSettings, x: &Matrix, epsilon: &Matrix) -> [f64; 2] {
    let each = x.iter().zip(epsilon).map(|(x, epsilon)| row_costs(t, s, x, epsilon));
    each.fold([0.0; 2], |sum, row| [0, 1].map(|i| sum[i] + row[i] / x.len() as f64))
}

fn epsilon(stream: Stream, rows: usize, units: usize) -> Matrix {
    plain::read(&standard_normal(Isa::available()[0], stream, rows, units))
}

/// Reference: central finite differences of the plain cost, for about fifteen values of each parameter.
#[test]
fn costs_and_gradients() {
    for (name, settings) in kinds() {
        let (x, top) = (inputs(12, settings.layers[0]), settings.layers.len() - 1);
        let model = random(&settings);
        let stream = Stream { seed: 5, purpose: Purpose::CodeSample, step: 9, layer: top as u16 };
        let epsilon = epsilon(stream, 12, settings.layers[top]);
        let mut t = plain::tensors(&model.parameters());
        let expected = costs(&t, &settings, &x, &epsilon);
        let total: f64 = expected.iter().sum();
        let differences = plain::differences(&mut t, |t| costs(t, &settings, &x, &epsilon).iter().sum());
        for isa in Isa::available() {
            let (threads, mut model) = (Threads::with_isa(2, isa).unwrap(), model.clone());
            let batch = Batch { x: plain::panels(&x), labels: Vec::new(), weights: None };
            // Room for more rows than there are, as for a short batch.
            let mut buffers = model.buffers(0, 17, Precision::F32);
            let found = model.costs(&threads, &mut buffers, &batch, 5, 9);
            for (cost, expected) in [RECONSTRUCTION, DIVERGENCE].into_iter().zip(expected) {
                let found = found.of(cost).unwrap();
                assert!((found - expected).abs() < 1e-5 * expected, "{name}: {cost} {found} {expected}");
            }
            assert!((found.total - total).abs() < 1e-5 * total, "{name}: {} {total}", found.total);
            model.gradients(&threads, &mut buffers, &batch, Update::Keep);
            plain::compare(&format!("{name}, {}", isa.name()), &model.parameters(), &differences, total);
        }
    }
}

/// Missing cells of a table count nothing. Reference: a cost without them.
#[test]
fn values_without_weight_cost_nothing() {
    let settings = VaeSettings { output: Units::Gaussian, ..VaeSettings::of(&[40, 35, 3]) };
    let (mut x, mut model, threads) = (inputs(12, 40), random(&settings), Threads::new(1).unwrap());
    let mut of = |x: &Matrix, weights: &Matrix| -> (Costs, Vec<Vec<f32>>) {
        let batch = Batch { x: plain::panels(x), labels: Vec::new(), weights: Some(plain::panels(weights)) };
        let mut buffers = model.buffers(0, 12, Precision::F32);
        let costs = model.costs(&threads, &mut buffers, &batch, 5, 9);
        model.gradients(&threads, &mut buffers, &batch, Update::Keep);
        (costs, model.parameters().0.iter().map(|p| p.gradients()).collect())
    };
    let ones = vec![vec![1.0; 40]; 12];
    let mut without = ones.clone();
    without.iter_mut().for_each(|row| row[7] = 0.0);
    let (all, of_all) = of(&x, &ones);
    let (fewer, of_fewer) = of(&x, &without);
    assert!(fewer.of(RECONSTRUCTION) < all.of(RECONSTRUCTION) && fewer.of(DIVERGENCE) == all.of(DIVERGENCE));
    let output = of_all.len() - 1 - 2; // decoder.0.bias stands before decoder.1
    assert!(of_all[output].len() == 40 && of_all[output][7] != 0.0 && of_fewer[output][7] == 0.0);
    x.iter_mut().for_each(|row| row[7] = 0.0);
    assert!(of(&x, &without).0 != fewer, "what is missing is seen all the same");
}

/// Reference: the network in double precision; for bounds also the samples of the kernel's stream.
#[test]
fn codes_reconstructed_rows_and_bounds_are_those_of_the_plain_network() {
    let threads = Threads::new(2).unwrap();
    for (name, settings) in kinds() {
        let (x, top) = (inputs(250, settings.layers[0]), settings.layers.len() - 1);
        let (model, data) = (random(&settings), dataset(&x));
        let t = plain::tensors(&model.parameters());
        let codes = model.codes(&data, top, &threads).unwrap();
        let reconstructed = model.reconstructed(&data, &threads);
        assert!(model.decode(&codes, &threads).unwrap() == reconstructed, "{name}: rows from their codes");
        let bounds = model.lower_bounds(&data, 3, 8, &threads);
        assert!(bounds == model.lower_bounds(&data, 3, 8, &Threads::new(1).unwrap()), "{name}");
        assert!(bounds != model.lower_bounds(&data, 3, 9, &threads), "{name}");
        for r in [0, 5, 239, 240, 249] {
            let [mu, _] = distribution(&t, &settings, &x[r]);
            for (c, mu) in mu.iter().enumerate() {
                assert!((f64::from(codes.input(r, c)) - mu).abs() < 1e-4 * mu.abs().max(1.0), "{name}: code");
            }
            for (c, y) in output(&t, &settings, &mu).into_iter().enumerate() {
                let y = if settings.output == Units::Bernoulli { sigmoid(y) } else { y };
                let found = f64::from(reconstructed[r * settings.layers[0] + c]);
                assert!((found - y).abs() < 1e-4 * y.abs().max(1.0), "{name}: row {found} {y}");
            }
            let of_sample = |k: u16| {
                let (block, row) = (r / 240, r % 240);
                let stream = Stream { seed: 8, purpose: Purpose::BoundSample, step: block as u32, layer: k };
                let epsilon = epsilon(stream, 240, settings.layers[top]);
                row_costs(&t, &settings, &x[r], &epsilon[row]).iter().sum::<f64>()
            };
            let constant = if settings.output == Units::Gaussian { x[r].len() as f64 * TAU.ln() / 2.0 } else { 0.0 };
            let expected = -(0..3).map(of_sample).sum::<f64>() / 3.0 - constant;
            assert!((bounds[r] - expected).abs() < 1e-4 * expected.abs(), "{name}: {} {expected}", bounds[r]);
        }
    }
}

/// With nothing hidden and Gaussian outputs it is the model of probabilistic principal components with a variance of 1 (Tipping and
/// Bishop 1999), whose likelihood is known: no parameters have a bound above it, and where the variance of the rows is 1 outside of two
/// directions, the best ones have it (Lucas, Tucker, Grosse, Norouzi 2019). Reference: that maximum, in closed form.
#[test]
fn without_hidden_layers_it_comes_to_the_likelihood_of_principal_components_and_not_above() {
    // Rows whose covariance is diagonal: six columns, of which two vary more than the noise of the model.
    let variances = [9.0, 4.0, 0.5, 0.25, 0.25, 0.1f64];
    let rows = 64;
    // Columns of a Hadamard matrix have mean 0 and no correlation.
    let sign = |r: usize, c: usize| if (r & (c + 1)).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
    let x: Matrix = (0..rows).map(|r| (0..6).map(|c| variances[c].sqrt() * sign(r, c)).collect()).collect();
    let spread: f64 = variances[..2].iter().map(|v| v.ln() + 1.0).sum::<f64>() + variances[2..].iter().sum::<f64>();
    let exact = -(6.0 * TAU.ln() + spread) / 2.0;

    let threads = Threads::new(1).unwrap();
    let settings = VaeSettings { output: Units::Gaussian, ..VaeSettings::of(&[6, 2]) };
    let mut model = Vae::new(settings, 2).unwrap();
    let data = dataset(&x);
    let bound = |model: &Vae| model.lower_bounds(&data, 200, 1, &threads).iter().sum::<f64>() / rows as f64;
    let first = bound(&model);
    let batch = Batch { x: plain::panels(&x), labels: Vec::new(), weights: None };
    let mut buffers = model.buffers(0, rows, Precision::F32);
    let mut adam = Descent::adam(threads.isa(), model.parameters_mut());
    let steps = 6000;
    for step in 0..steps {
        model.costs(&threads, &mut buffers, &batch, 1, step);
        let rate = 0.01 * (1.0 - step as f32 / steps as f32);
        model.gradients(&threads, &mut buffers, &batch, adam.step(rate));
    }
    let last = bound(&model);
    // 12 800 samples of a row's cost, which varies by about 1.
    assert!(first < exact - 1.0 && last > exact - 0.05 && last < exact + 0.03, "{first} {last} {exact}");
}

/// Reference: the decoder in double precision for the kernel's normal numbers; and the code of the row before.
#[test]
fn a_walk_begins_with_a_sample_of_the_model_and_goes_from_code_to_row() {
    let (name, settings) = &kinds()[0];
    let (model, threads) = (random(settings), Threads::new(2).unwrap());
    let t = plain::tensors(&model.parameters());
    let mut steps = Vec::new();
    model.walk(Start::Random(5), 2, None, 4, &threads, &mut |_, likely| steps.push(likely.to_vec()));
    let stream = Stream { seed: 4, purpose: Purpose::Gibbs, step: 0, layer: 3 };
    for (r, z) in epsilon(stream, 5, 33).iter().enumerate() {
        for (c, y) in output(&t, settings, z).into_iter().enumerate() {
            assert!((f64::from(steps[0][r * 70 + c]) - sigmoid(y)).abs() < 1e-4, "{name}");
        }
    }
    let x = inputs(5, 70);
    model.walk(Start::Rows(&dataset(&x)), 1, None, 4, &threads, &mut |_, likely| steps.push(likely.to_vec()));
    for (r, epsilon) in epsilon(stream, 5, 33).iter().enumerate() {
        let [mu, v] = distribution(&t, settings, &x[r]);
        let z: Vec<f64> = (0..33).map(|j| mu[j] + (v[j] / 2.0).exp() * epsilon[j]).collect();
        for (c, y) in output(&t, settings, &z).into_iter().enumerate() {
            assert!((f64::from(steps[2][r * 70 + c]) - sigmoid(y)).abs() < 1e-4, "{name}");
        }
    }
}
