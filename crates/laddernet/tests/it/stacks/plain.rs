//! Autoencoder and classifier once more, in double precision, row by row: the reference of costs and gradients.

use laddernet::models::Activation;
use laddernet::models::autoencoder::{AutoencoderSettings, Output};
use laddernet::models::corruption::Corruption;
use laddernet::parameters::{Parameter, Parameters};
use laddernet::{Dataset, Isa};
use laddernet_math::bernoulli::draw;
use laddernet_math::corruption::{mask, salt_and_pepper};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Row, WIDTH};
use std::collections::BTreeMap;

/// Rows of numbers.
pub type Matrix = Vec<Vec<f64>>;
/// Tensors by path, row-major.
pub type Tensors = BTreeMap<String, Vec<f64>>;

pub fn tensors(parameters: &Parameters<'_>) -> Tensors {
    let values = |p: &&Parameter| (p.path().to_owned(), p.values().into_iter().map(f64::from).collect());
    parameters.0.iter().map(values).collect()
}

/// Adds numbers between -0.3 and 0.3 to every parameter.
pub fn shake(parameters: Vec<&mut Parameter>) {
    let mut seed = 99u64;
    for p in parameters {
        let values: Vec<f32> = p.values().iter().map(|v| v + 0.3 * number(&mut seed)).collect();
        p.set_values(&values);
    }
}

/// Between -1 and 1.
pub fn number(seed: &mut u64) -> f32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*seed >> 33) as f64 / f64::from(1u32 << 30) - 1.0) as f32
}

pub fn matrix(data: &Dataset) -> Matrix {
    let row = |r| (0..data.features()).map(|c| f64::from(data.input(r, c))).collect();
    (0..data.rows()).map(row).collect()
}

pub fn panels(a: &Matrix) -> Panels {
    let mut panels = Panels::new(a.len(), a[0].len());
    for (r, row) in a.iter().enumerate() {
        panels.set_row(r, &row.iter().map(|&x| x as f32).collect::<Vec<_>>());
    }
    panels
}

pub fn read(panels: &Panels) -> Matrix {
    let row = |r| (0..panels.columns()).map(|c| f64::from(panels.get(r, c))).collect();
    (0..panels.rows()).map(row).collect()
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn activated(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Logistic => sigmoid(x),
        Activation::Linear => x,
        Activation::Rectified => x.max(0.0),
    }
}

/// `a W + b`, where the element of `W` for an input and an output stands at `at(input, output)`.
fn sums(a: &Matrix, w: &[f64], at: impl Fn(usize, usize) -> usize, b: &[f64]) -> Matrix {
    let sum = |row: &[f64], j: usize| b[j] + row.iter().enumerate().map(|(k, x)| x * w[at(k, j)]).sum::<f64>();
    a.iter().map(|row| (0..b.len()).map(|j| sum(row, j)).collect()).collect()
}

fn map(a: Matrix, f: impl Fn(f64) -> f64) -> Matrix {
    a.into_iter().map(|row| row.into_iter().map(&f).collect()).collect()
}

/// The sums `z` that come into the output units.
pub fn reconstructed_sums(t: &Tensors, s: &AutoencoderSettings, x: &Matrix) -> Matrix {
    let (m, top) = (&s.layers, s.layers.len() - 1);
    let mut h = x.clone();
    for l in 1..=top {
        let outputs = m[l];
        let sum =
            sums(&h, &t[&format!("encoder.{l}.weight")], |k, j| k * outputs + j, &t[&format!("encoder.{l}.bias")]);
        h = map(sum, |x| activated(if l == top { s.code } else { Activation::Logistic }, x));
    }
    for l in (0..top).rev() {
        let bias = &t[&format!("decoder.{l}.bias")];
        let (above, here) = (m[l + 1], m[l]);
        let sum = match s.tied {
            true => sums(&h, &t[&format!("encoder.{}.weight", l + 1)], |k, j| j * above + k, bias),
            false => sums(&h, &t[&format!("decoder.{l}.weight")], |k, j| k * here + j, bias),
        };
        h = if l == 0 { sum } else { map(sum, sigmoid) };
    }
    h
}

/// What the network sees in each step of walkback, and how much each value counts there. Draws are those of the kernels.
pub fn seen(t: &Tensors, s: &AutoencoderSettings, x: &Matrix, seed: u64, step: u32) -> Vec<(Matrix, Matrix)> {
    let (isa, columns) = (Isa::available()[0], s.layers[0]);
    let stream = |purpose, k: u16| Stream { seed, purpose, step, layer: k };
    type OfPanel<'a> = &'a dyn Fn(usize, &[Row], &mut [Row]);
    let each = |from: &Matrix, f: OfPanel<'_>| {
        let (from, mut to) = (panels(from), Panels::new(from.len(), columns));
        (0..columns.div_ceil(WIDTH)).for_each(|p| f(p, from.panel(p), to.panel_mut(p)));
        read(&to)
    };
    let mut state = x.clone();
    let mut all = Vec::new();
    for k in 0..s.walkback {
        let noise = stream(Purpose::Corruption, k);
        let corrupted = each(&state, &|p, x, out| match s.corruption {
            Corruption::None => out.copy_from_slice(x),
            Corruption::Masking(share) => mask(isa, noise, p, share, x, out),
            Corruption::SaltAndPepper(share) => salt_and_pepper(isa, noise, p, columns, share, x, out),
            Corruption::Gaussian(deviation) => add_noise(isa, noise, p, columns, deviation, x, out),
        });
        let ones: Matrix = vec![vec![1.0; columns]; x.len()];
        let kept = match s.corruption {
            Corruption::None => ones,
            Corruption::Gaussian(_) => map(ones, |_| 0.0),
            Corruption::Masking(share) | Corruption::SaltAndPepper(share) => {
                each(&ones, &|p, x, out| mask(isa, noise, p, share, x, out))
            }
        };
        let weigh = |kept: f64| f64::from(if kept > 0.0 { s.emphasis.others } else { s.emphasis.corrupted });
        let likely = map(reconstructed_sums(t, s, &corrupted), sigmoid);
        all.push((corrupted, map(kept, weigh)));
        state = each(&likely, &|p, x, out| {
            out.copy_from_slice(x);
            draw(isa, stream(Purpose::Walkback, k + 1), p, columns, out);
        });
    }
    all
}

/// The cost of each step of walkback, a row.
pub fn costs(t: &Tensors, s: &AutoencoderSettings, x: &Matrix, seen: &[(Matrix, Matrix)]) -> Vec<f64> {
    let of_value = |x: f64, z: f64| match s.output {
        Output::Bernoulli => z.max(0.0) + (-z.abs()).exp().ln_1p() - x * z,
        Output::BernoulliSquares => (sigmoid(z) - x).powi(2),
        Output::Gaussian => (z - x).powi(2),
    };
    let of_step = |(corrupted, weights): &(Matrix, Matrix)| {
        let z = reconstructed_sums(t, s, corrupted);
        let value = |(r, c): (usize, usize)| weights[r][c] * of_value(x[r][c], z[r][c]);
        let places = (0..x.len()).flat_map(|r| (0..x[0].len()).map(move |c| (r, c)));
        places.map(value).sum::<f64>() / x.len() as f64
    };
    seen.iter().map(of_step).collect()
}

/// Probabilities of a classifier of logistic layers under a softmax; `dropped[l - 1]` multiplies hidden layer `l`.
pub fn probabilities(t: &Tensors, sizes: &[usize], x: &Matrix, dropped: &[Matrix]) -> Matrix {
    let mut h = x.clone();
    for l in 1..sizes.len() {
        let outputs = sizes[l];
        let sum = sums(&h, &t[&format!("layer.{l}.weight")], |k, j| k * outputs + j, &t[&format!("layer.{l}.bias")]);
        h = if l == sizes.len() - 1 { sum } else { map(sum, sigmoid) };
        if let Some(dropped) = dropped.get(l - 1) {
            h.iter_mut().flatten().zip(dropped.iter().flatten()).for_each(|(h, d)| *h *= d);
        }
    }
    let softmax = |a: &Vec<f64>| {
        let sum: f64 = a.iter().map(|x| x.exp()).sum();
        a.iter().map(|x| x.exp() / sum).collect()
    };
    h.iter().map(softmax).collect()
}

/// What the hidden layers of a classifier are multiplied with when a share of their units is dropped.
pub fn dropped(sizes: &[usize], rows: usize, share: f32, seed: u64, step: u32) -> Vec<Matrix> {
    let of_layer = |l: usize| {
        let stream = Stream { seed, purpose: Purpose::Corruption, step, layer: l as u16 };
        let (ones, mut kept) = (panels(&vec![vec![1.0; sizes[l]]; rows]), Panels::new(rows, sizes[l]));
        (0..ones.count()).for_each(|p| mask(Isa::available()[0], stream, p, share, ones.panel(p), kept.panel_mut(p)));
        map(read(&kept), |kept| kept / f64::from(1.0 - share))
    };
    (1..sizes.len() - 1).map(of_layer).collect()
}

/// Central finite differences for about fifteen values of each parameter: `(path, index, derivative)`.
pub fn differences(t: &mut Tensors, cost: impl Fn(&Tensors) -> f64) -> Vec<(String, usize, f64)> {
    let counts: Vec<(String, usize)> = t.iter().map(|(path, values)| (path.clone(), values.len())).collect();
    let mut out = Vec::new();
    for (path, count) in counts {
        for i in (0..count).step_by((count / 15).max(1)) {
            let mut at = |h: f64| {
                t.get_mut(&path).unwrap()[i] += h;
                cost(t)
            };
            let h = 1e-6;
            let (up, down) = (at(h), at(-2.0 * h));
            at(h);
            out.push((path.clone(), i, (up - down) / (2.0 * h)));
        }
    }
    out
}

/// Holds gradients against [`differences`], parameter by parameter.
pub fn compare(what: &str, parameters: &Parameters<'_>, differences: &[(String, usize, f64)], cost: f64) {
    for p in &parameters.0 {
        let found = p.gradients();
        let (mut off, mut size, mut count) = (0.0, 0.0, 0);
        for (_, i, e) in differences.iter().filter(|(path, ..)| path == p.path()) {
            off += (f64::from(found[*i]) - e).powi(2);
            size += e * e;
            count += 1;
        }
        let bound = 1e-4 * size.sqrt() + 1e-7 * cost.max(1.0);
        assert!(count > 0 && off.sqrt() < bound, "{what} {}: off by {} of {}", p.path(), off.sqrt(), size.sqrt());
    }
}
