//! The costs of a reconstructed row, each with its derivative, from the sums that come into the output units.
//!
//! ```text
//! logistic units, cross-entropy   sum_i w_i (softplus(a_i) - x_i a_i)        d/da_i = w_i (sigmoid(a_i) - x_i)
//! linear units, squared error     sum_i w_i (a_i - x_i)^2                    d/da_i = 2 w_i (a_i - x_i)
//! logistic units, squared error   sum_i w_i (y_i - x_i)^2, y = sigmoid(a)    d/da_i = 2 w_i (y_i - x_i) y_i (1 - y_i)
//! ```
//! The weights `w` are 1 unless some values count more than others.

use crate::panels::Row;
use crate::simd::{functions, kernel};

kernel! {
    /// For one panel: turns `z`, sums without their bias, into `scale` times the derivative of the cross-entropy, and writes
    /// to `cost` the sum of each column over the rows. `weights` may be empty. Padding becomes 0.
    pub fn cross_entropy<S>(
        s,
        scale: f32,
        bias: &Row,
        used: usize,
        x: &[Row],
        weights: &[Row],
        z: &mut [Row],
        cost: &mut Row,
    ) {
        assert!(x.len() == z.len() && (weights.is_empty() || weights.len() == z.len()));
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (scale, bias, zero, one) = (s.splat(scale), s.load(bias), s.splat(0.0), s.splat(1.0));
        let mut sum = zero;
        for (r, (x, z)) in x.iter().zip(z).enumerate() {
            let w = weights.get(r).map_or(inside, |w| s.mul(inside, s.load(w)));
            let (x, a) = (s.load(x), s.add(s.load(z), bias));
            let positive = s.max(a, zero);
            let e = functions::exp(s, s.sub(s.sub(a, positive), positive)); // e^-|a|
            let softplus = s.add(positive, functions::ln(s, s.add(one, e)));
            sum = s.fma(s.sub(softplus, s.mul(x, a)), w, sum);
            let d = s.sub(functions::sigmoid(s, a), x);
            s.store(s.mul(s.mul(d, w), scale), z);
        }
        s.store(sum, cost);
    }
}

kernel! {
    /// The same for the squared error of linear units.
    pub fn squared_error<S>(
        s,
        scale: f32,
        bias: &Row,
        used: usize,
        x: &[Row],
        weights: &[Row],
        z: &mut [Row],
        cost: &mut Row,
    ) {
        assert!(x.len() == z.len() && (weights.is_empty() || weights.len() == z.len()));
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (scale, bias) = (s.splat(2.0 * scale), s.load(bias));
        let mut sum = s.splat(0.0);
        for (r, (x, z)) in x.iter().zip(z).enumerate() {
            let w = weights.get(r).map_or(inside, |w| s.mul(inside, s.load(w)));
            let d = s.sub(s.add(s.load(z), bias), s.load(x));
            let weighted = s.mul(d, w);
            sum = s.fma(d, weighted, sum);
            s.store(s.mul(weighted, scale), z);
        }
        s.store(sum, cost);
    }
}

kernel! {
    /// The same for the squared error of logistic units.
    pub fn logistic_squared_error<S>(
        s,
        scale: f32,
        bias: &Row,
        used: usize,
        x: &[Row],
        weights: &[Row],
        z: &mut [Row],
        cost: &mut Row,
    ) {
        assert!(x.len() == z.len() && (weights.is_empty() || weights.len() == z.len()));
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (scale, bias, one) = (s.splat(2.0 * scale), s.load(bias), s.splat(1.0));
        let mut sum = s.splat(0.0);
        for (r, (x, z)) in x.iter().zip(z).enumerate() {
            let w = weights.get(r).map_or(inside, |w| s.mul(inside, s.load(w)));
            let y = functions::sigmoid(s, s.add(s.load(z), bias));
            let d = s.sub(y, s.load(x));
            let weighted = s.mul(d, w);
            sum = s.fma(d, weighted, sum);
            let slope = s.mul(y, s.sub(one, y));
            s.store(s.mul(s.mul(weighted, slope), scale), z);
        }
        s.store(sum, cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::simd::Isa;

    /// Reference: the formulas in f64.
    #[test]
    fn costs_and_derivatives_agree_with_double_precision() {
        let rows = 7;
        let number = |k: usize| ((k * 37 + 11) % 101) as f32 / 50.0 - 1.0;
        let row = |of: usize, r: usize| Row(std::array::from_fn(|c| number(of * 1000 + r * WIDTH + c)));
        let z: Vec<Row> = (0..rows).map(|r| Row(row(0, r).0.map(|x| 9.0 * x))).collect();
        let x: Vec<Row> = (0..rows).map(|r| Row(row(1, r).0.map(|x| x.abs()))).collect();
        let weights: Vec<Row> = (0..rows).map(|r| Row(row(2, r).0.map(|x| x.abs()))).collect();
        let bias = row(3, 0);
        for isa in Isa::available() {
            let kernels = [cross_entropy, squared_error, logistic_squared_error];
            for (which, weights) in (0..3).flat_map(|which| [(which, &[][..]), (which, &weights)]) {
                let (mut d, mut cost) = (z.clone(), Row::ZERO);
                kernels[which](isa, 0.5, &bias, 30, &x, weights, &mut d, &mut cost);
                for c in 0..WIDTH {
                    let mut sum = 0.0;
                    for r in 0..rows {
                        let inside = f64::from(u8::from(c < 30));
                        let w = inside * weights.get(r).map_or(1.0, |w| f64::from(w.0[c]));
                        let (a, x) = (f64::from(z[r].0[c]) + f64::from(bias.0[c]), f64::from(x[r].0[c]));
                        let y = 1.0 / (1.0 + (-a).exp());
                        let (cost, derivative) = match which {
                            0 => (a.max(0.0) + (-a.abs()).exp().ln_1p() - x * a, y - x),
                            1 => ((a - x).powi(2), 2.0 * (a - x)),
                            _ => ((y - x).powi(2), 2.0 * (y - x) * y * (1.0 - y)),
                        };
                        sum += w * cost;
                        assert!((f64::from(d[r].0[c]) - 0.5 * w * derivative).abs() < 1e-5, "{}", isa.name());
                    }
                    assert!((f64::from(cost.0[c]) - sum).abs() < 1e-5 * sum.max(10.0), "{} {sum}", cost.0[c]);
                }
            }
        }
    }
}
