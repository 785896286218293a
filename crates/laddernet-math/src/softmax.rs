//! Softmax over the classes of a row, with the cross-entropy and both derivatives.
//!
//! The cost is computed from logits by log-sum-exp, so a confident mistake costs much and never becomes infinite.

use crate::panels::{Panels, Row, WIDTH, panels_of};
use crate::simd::{functions, kernel};
use std::ops::Range;

kernel! {
    /// Turns logits into probabilities, in place, for the given rows, and writes each row's log-sum-exp.
    pub fn softmax<S>(s, a: &mut Panels, rows: Range<usize>, log_sum_exp: &mut [f64]) {
        assert_eq!(rows.len(), log_sum_exp.len());
        let columns = a.columns();
        for (row, lse) in rows.zip(log_sum_exp) {
            let mut largest = f32::NEG_INFINITY;
            for c in 0..columns {
                largest = largest.max(a.get(row, c));
            }
            let mut sum = 0f64;
            for j in 0..panels_of(columns) {
                let used = (columns - j * WIDTH).min(WIDTH);
                let values = &mut a.panel_mut(j)[row];
                let e = functions::exp(s, s.sub(s.load(values), s.splat(largest)));
                s.store(e, values);
                values.0[used..].fill(0.0);
                sum += values.0[..used].iter().map(|&x| f64::from(x)).sum::<f64>();
            }
            let scale = s.splat((1.0 / sum) as f32);
            for j in 0..panels_of(columns) {
                let values = &mut a.panel_mut(j)[row];
                s.store(s.mul(s.load(values), scale), values);
            }
            *lse = f64::from(largest) + sum.ln();
        }
    }
}

/// The gradient of the mean cross-entropy with respect to the logits: `(p - onehot(label)) / n`, in place of the
/// probabilities in the first `labels.len()` rows of `p`.
pub fn cross_entropy_backward(p: &mut Panels, labels: &[u32]) {
    let per_row = 1.0 / labels.len() as f32;
    for j in 0..p.count() {
        for (row, &label) in p.panel_mut(j).iter_mut().zip(labels) {
            if label as usize / WIDTH == j {
                row.0[label as usize % WIDTH] -= 1.0;
            }
            row.0.iter_mut().for_each(|x| *x *= per_row);
        }
    }
}

/// Turns `d`, the gradient with respect to the probabilities `p`, into that of the logits, in place:
/// `p (d - sum(p d))`. `d` and `p` share shape; only `rows` are touched, with `d` starting at row 0.
pub fn softmax_backward(p: &Panels, rows: Range<usize>, d: &mut Panels) {
    for (r, row) in rows.enumerate() {
        let mut dot = 0f64;
        for j in 0..p.count() {
            dot += dot_row(&p.panel(j)[row], &d.panel(j)[r]);
        }
        for j in 0..p.count() {
            let p = p.panel(j)[row];
            let d = &mut d.panel_mut(j)[r];
            d.0.iter_mut().zip(p.0).for_each(|(d, p)| *d = p * (*d - dot as f32));
        }
    }
}

fn dot_row(a: &Row, b: &Row) -> f64 {
    a.0.iter().zip(b.0).map(|(&a, b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Isa;

    /// Reference: softmax, its log-sum-exp and its derivative in f64, with few and with many classes.
    #[test]
    fn softmax_agrees_with_double_precision() {
        for isa in Isa::available() {
            for columns in [2, 10, 40] {
                let logits: Vec<f32> = (0..columns).map(|c| (c * 7 % 11) as f32 * 3.0 - 12.0).collect();
                let mut p = Panels::new(2, columns);
                p.set_row(0, &logits);
                p.set_row(1, &logits.iter().map(|x| x * 10.0).collect::<Vec<_>>());
                let mut lse = [0.0; 2];
                softmax(isa, &mut p, 0..2, &mut lse);
                for (r, factor) in [1.0, 10.0].into_iter().enumerate() {
                    let x: Vec<f64> = logits.iter().map(|&x| f64::from(x) * factor).collect();
                    let top = x.iter().copied().fold(f64::MIN, f64::max);
                    let expected = top + x.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
                    assert!((lse[r] - expected).abs() < 1e-5, "{} {expected}", lse[r]);
                    for c in 0..columns {
                        assert!((f64::from(p.get(r, c)) - (x[c] - expected).exp()).abs() < 1e-6);
                    }
                }
                let mut d = Panels::new(1, columns);
                d.set_row(0, &(0..columns).map(|c| (c as f32).sin()).collect::<Vec<_>>());
                let before: Vec<f64> = (0..columns).map(|c| f64::from(d.get(0, c))).collect();
                softmax_backward(&p, 0..1, &mut d);
                let dot: f64 = (0..columns).map(|c| before[c] * f64::from(p.get(0, c))).sum();
                for c in 0..columns {
                    let expected = f64::from(p.get(0, c)) * (before[c] - dot);
                    assert!((f64::from(d.get(0, c)) - expected).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn cross_entropy_gradient_by_hand() {
        let mut p = Panels::new(2, 3);
        p.set_row(0, &[0.2, 0.5, 0.3]);
        p.set_row(1, &[0.1, 0.1, 0.8]);
        cross_entropy_backward(&mut p, &[1, 2]);
        let expected = [0.1, -0.25, 0.15, 0.05, 0.05, -0.1];
        for (i, e) in expected.iter().enumerate() {
            assert!((p.get(i / 3, i % 3) - e).abs() < 1e-7);
        }
    }
}
