//! Restricted Boltzmann machines.

mod chains;
mod gaussian;
mod gradients;
mod learning;
mod likelihood;
mod noise;
mod published;
mod reference;
mod units;

use laddernet::models::rbm::Rbm;
use laddernet::{Dataset, Scaling, Values};
use laddernet_math::Panels;

/// Numbers between -scale and scale.
fn numbers(n: usize, scale: f32, seed: u32) -> Vec<f32> {
    let value = |i: u32| (i.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
    (0..n as u32).map(|i| scale * value(i * 7 + 1)).collect()
}

struct Plain {
    w: Vec<f32>,
    a: Vec<f32>,
    b: Vec<f32>,
}

impl Plain {
    fn new(visible: usize, hidden: usize, scale: f32) -> Self {
        Plain { w: numbers(visible * hidden, scale, 1), a: numbers(visible, 1.0, 2), b: numbers(hidden, 1.0, 3) }
    }

    fn rbm(&self) -> Rbm {
        Rbm::from_values(&self.w, &self.a, &self.b).unwrap()
    }

    /// `-E(v, h)` for the states that are the bits of two numbers.
    fn minus_energy(&self, v: usize, h: usize) -> f64 {
        let on = |state: usize, unit: usize| (state >> unit & 1) as f64;
        let bias = |state: usize, bias: &[f32]| {
            bias.iter().enumerate().map(|(i, &x)| on(state, i) * f64::from(x)).sum::<f64>()
        };
        let hidden = self.b.len();
        let weights = self.w.iter().enumerate().map(|(k, &w)| on(v, k / hidden) * on(h, k % hidden) * f64::from(w));
        bias(v, &self.a) + bias(h, &self.b) + weights.sum::<f64>()
    }
}

fn rows(visible: usize, states: impl Iterator<Item = usize>) -> Dataset {
    let values: Vec<u8> = states.flat_map(|v| (0..visible).map(move |i| (v >> i & 1) as u8)).collect();
    dataset(values, visible)
}

fn dataset(values: Vec<u8>, visible: usize) -> Dataset {
    let n = values.len() / visible;
    Dataset::new(Values::U8(values), vec![None; n], vec!["none".into()], vec![visible], Scaling::NONE).unwrap()
}

fn panels(rows: &[usize], visible: usize) -> Panels {
    let mut x = Panels::new(rows.len(), visible);
    for (r, &v) in rows.iter().enumerate() {
        let row: Vec<f32> = (0..visible).map(|i| (v >> i & 1) as f32).collect();
        x.set_row(r, &row);
    }
    x
}

/// Rows of grey values with something to learn: one of two halves is bright.
fn grey(rows: usize, visible: usize) -> Dataset {
    let bright = |r: usize, c: usize| r.is_multiple_of(2) == (c < visible / 2);
    let values = (0..rows * visible).map(|k| if bright(k / visible, k % visible) { 230 } else { 20 + (k % 7) as u8 });
    let scaling = Scaling::by(1.0 / 255.0);
    Dataset::new(Values::U8(values.collect()), vec![None; rows], vec!["none".into()], vec![visible], scaling).unwrap()
}
