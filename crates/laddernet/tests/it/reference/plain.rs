//! The ladder once more, in double precision, row by row and without a thought for speed: the reference for layers wider
//! than a panel and for whatever the golden files do not hold.

use laddernet::models::ladder::MomentsOf;
use laddernet::models::{Ladder, LadderSettings};
use laddernet_math::Panels;
use std::collections::BTreeMap;

/// Rows of numbers.
pub type Matrix = Vec<Vec<f64>>;
/// Tensors by path, row-major.
pub type Tensors = BTreeMap<String, Vec<f64>>;

pub fn tensors(model: &Ladder) -> Tensors {
    model.tensors().into_iter().map(|t| (t.path, t.values.into_iter().map(f64::from).collect())).collect()
}

pub fn panels(a: &Matrix, columns: usize) -> Panels {
    let mut panels = Panels::new(a.len(), columns);
    for (r, row) in a.iter().enumerate() {
        panels.set_row(r, &row.iter().map(|&x| x as f32).collect::<Vec<_>>());
    }
    panels
}

/// Numbers in -scale..scale that f32 holds exactly.
pub fn numbers(rows: usize, columns: usize, scale: f64, seed: &mut u64) -> Matrix {
    let mut next = || {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((((*seed >> 33) as f64 / (1u64 << 30) as f64 - 1.0) * scale) as f32)
    };
    (0..rows).map(|_| (0..columns).map(|_| next()).collect()).collect()
}

fn product(a: &Matrix, w: &[f64], outputs: usize) -> Matrix {
    let dot = |row: &[f64], j: usize| row.iter().enumerate().map(|(k, x)| x * w[k * outputs + j]).sum();
    a.iter().map(|row| (0..outputs).map(|j| dot(row, j)).collect()).collect()
}

/// Mean and standard deviation of each column.
pub fn moments(a: &Matrix) -> Vec<(f64, f64)> {
    let n = a.len() as f64;
    let column = |j: usize| {
        let mean = a.iter().map(|r| r[j]).sum::<f64>() / n;
        let var = a.iter().map(|r| (r[j] - mean).powi(2)).sum::<f64>() / n;
        (mean, (var + 1e-10).sqrt())
    };
    (0..a[0].len()).map(column).collect()
}

fn normalised(a: &Matrix, moments: &[(f64, f64)]) -> Matrix {
    a.iter().map(|r| r.iter().zip(moments).map(|(x, (mean, sigma))| (x - mean) / sigma).collect()).collect()
}

pub fn softmax(a: &[f64]) -> Vec<f64> {
    let top = a.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = a.iter().map(|x| (x - top).exp()).sum();
    a.iter().map(|x| (x - top).exp() / sum).collect()
}

/// One pass of the encoder.
pub struct Encoded {
    /// Of layers 0..=L, with noise where there is some.
    pub z: Vec<Matrix>,
    /// Of layers 1..=L, before noise.
    pub moments: Vec<Vec<(f64, f64)>>,
    pub logits: Matrix,
}

/// The encoder with the batch's own moments, or with stored ones; `noise[l][first + row]` is added.
pub fn encode(
    t: &Tensors,
    layers: &[usize],
    x: &Matrix,
    noise: Option<(&[Matrix], usize)>,
    stored: Option<&[Vec<(f64, f64)>]>,
) -> Encoded {
    let add = |mut a: Matrix, l: usize| {
        if let Some((noise, first)) = noise {
            for (row, noise) in a.iter_mut().zip(&noise[l][first..]) {
                row.iter_mut().zip(noise).for_each(|(x, n)| *x += n);
            }
        }
        a
    };
    let top = layers.len() - 1;
    let mut h = add(x.clone(), 0);
    let (mut z, mut all) = (vec![h.clone()], Vec::new());
    for l in 1..=top {
        let pre = product(&h, &t[&format!("encoder.{l}.weight")], layers[l]);
        let m = stored.map_or_else(|| moments(&pre), |s| s[l - 1].clone());
        z.push(add(normalised(&pre, &m), l));
        all.push(m);
        let beta = &t[&format!("encoder.{l}.bias")];
        let activate = |j: usize, z: f64| match l == top {
            true => t[&format!("encoder.{l}.scale")][j] * (z + beta[j]),
            false => (z + beta[j]).max(0.0),
        };
        h = z[l].iter().map(|r| r.iter().enumerate().map(|(j, &z)| activate(j, z)).collect()).collect();
    }
    Encoded { z, moments: all, logits: h }
}

/// The total cost of a batch: labelled rows first. `cells` are what the inputs of unlabelled rows count for at layer 0; 1 each without.
pub fn cost(
    t: &Tensors,
    s: &LadderSettings,
    x: &Matrix,
    labels: &[u32],
    noise: &[Matrix],
    cells: Option<&Matrix>,
) -> f64 {
    let (m, top, n_l) = (&s.layers, s.layers.len() - 1, labels.len());
    let (labelled, unlabelled) = (x[..n_l].to_vec(), x[n_l..].to_vec());
    let mut total = 0.0;
    // The corrupted unlabelled rows, then the corrupted labelled ones, by the moments that the settings name.
    let of_own = |rows: &Matrix, first| encode(t, m, rows, Some((noise, first)), None);
    let moments_of = if unlabelled.is_empty() { MomentsOf::Own } else { s.moments };
    let shared = match moments_of {
        MomentsOf::Own => None,
        MomentsOf::Unlabelled => Some(of_own(&unlabelled, n_l).moments),
        MomentsOf::Both => Some(of_own(x, 0).moments),
    };
    if n_l > 0 {
        let logits = encode(t, m, &labelled, Some((noise, 0)), shared.as_deref()).logits;
        let log_p = |(a, &y): (&Vec<f64>, &u32)| softmax(a)[y as usize].ln();
        total -= logits.iter().zip(labels).map(log_p).sum::<f64>() / n_l as f64;
    }
    let Some(lowest) = s.denoising_weights.iter().position(|&w| w > 0.0) else { return total };
    if unlabelled.is_empty() {
        return total;
    }
    let corrupted = encode(t, m, &unlabelled, Some((noise, n_l)), shared.as_deref());
    let clean = encode(t, m, &unlabelled, None, None);
    let mut u: Matrix = corrupted.logits.iter().map(|a| softmax(a)).collect();
    for l in (lowest..=top).rev() {
        u = normalised(&u, &moments(&u));
        let a = |i: usize, j: usize| t[&format!("combinator.{l}")][(i - 1) * m[l] + j];
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let g = |z: f64, u: f64, j: usize| {
            let mu = a(1, j) * sigmoid(a(2, j) * u + a(3, j)) + a(4, j) * u + a(5, j);
            let upsilon = a(6, j) * sigmoid(a(7, j) * u + a(8, j)) + a(9, j) * u + a(10, j);
            (z - mu) * upsilon + mu
        };
        let rows = corrupted.z[l].iter().zip(&u);
        let z_hat: Matrix = rows.map(|(z, u)| (0..m[l]).map(|j| g(z[j], u[j], j)).collect()).collect();
        let compared = if l == 0 { z_hat.clone() } else { normalised(&z_hat, &clean.moments[l - 1]) };
        let counts = |r: usize, j: usize| cells.filter(|_| l == 0).map_or(1.0, |cells| cells[r][j]);
        let square = |r: usize, j: usize| counts(r, j) * (compared[r][j] - clean.z[l][r][j]).powi(2);
        let squares: f64 = (0..u.len()).flat_map(|r| (0..m[l]).map(move |j| (r, j))).map(|(r, j)| square(r, j)).sum();
        total += f64::from(s.denoising_weights[l]) * squares / (u.len() * m[l]) as f64;
        if l > lowest {
            u = product(&z_hat, &t[&format!("decoder.{}.weight", l - 1)], m[l - 1]);
        }
    }
    total
}
