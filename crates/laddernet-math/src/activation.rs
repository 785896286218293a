//! Bias and rectifier of a hidden layer, bias and scale of the top layer, logistic and linear units, with their derivatives.

use crate::panels::Row;
use crate::simd::kernel;

kernel! {
    /// `h = max(z + beta, 0)`
    pub fn relu<S>(s, z: &[Row], beta: &Row, h: &mut [Row]) {
        assert_eq!(z.len(), h.len());
        let (beta, zero) = (s.load(beta), s.splat(0.0));
        for (h, z) in h.iter_mut().zip(z) {
            // In this order a NaN comes through.
            s.store(s.max(zero, s.add(s.load(z), beta)), h);
        }
    }
}

kernel! {
    /// The same in place of `z`; padding of both stays 0.
    pub fn relu_in_place<S>(s, beta: &Row, z: &mut [Row]) {
        let (beta, zero) = (s.load(beta), s.splat(0.0));
        for z in z {
            s.store(s.max(zero, s.add(s.load(z), beta)), z);
        }
    }
}

kernel! {
    /// Turns `d` from the gradient of `h` into that of `z`, in place (zero where `h` is zero), and writes the
    /// gradient of `beta`, the sum over the rows.
    pub fn relu_backward<S>(s, h: &[Row], d: &mut [Row], d_beta: &mut Row) {
        assert_eq!(h.len(), d.len());
        let mut sum = s.splat(0.0);
        for (d, h) in d.iter_mut().zip(h) {
            let masked = s.where_positive(s.load(h), s.load(d));
            sum = s.add(sum, masked);
            s.store(masked, d);
        }
        s.store(sum, d_beta);
    }
}

kernel! {
    /// `a = gamma (z + beta)`: the top layer's bias comes before its scale.
    pub fn shift_scale<S>(s, z: &[Row], beta: &Row, gamma: &Row, a: &mut [Row]) {
        assert_eq!(z.len(), a.len());
        let (beta, gamma) = (s.load(beta), s.load(gamma));
        for (a, z) in a.iter_mut().zip(z) {
            s.store(s.mul(gamma, s.add(s.load(z), beta)), a);
        }
    }
}

kernel! {
    /// Turns `d` from the gradient of `a` into that of `z`, in place, and writes those of `beta` and `gamma`.
    pub fn shift_scale_backward<S>(
        s,
        z: &[Row],
        beta: &Row,
        gamma: &Row,
        d: &mut [Row],
        d_beta: &mut Row,
        d_gamma: &mut Row,
    ) {
        assert_eq!(z.len(), d.len());
        let (beta, gamma) = (s.load(beta), s.load(gamma));
        let (mut sum_beta, mut sum_gamma) = (s.splat(0.0), s.splat(0.0));
        for (d, z) in d.iter_mut().zip(z) {
            let da = s.load(d);
            let dz = s.mul(da, gamma);
            sum_gamma = s.fma(da, s.add(s.load(z), beta), sum_gamma);
            sum_beta = s.add(sum_beta, dz);
            s.store(dz, d);
        }
        s.store(sum_beta, d_beta);
        s.store(sum_gamma, d_gamma);
    }
}

kernel! {
    /// `d += more`
    pub fn add<S>(s, more: &[Row], d: &mut [Row]) {
        assert_eq!(more.len(), d.len());
        for (d, more) in d.iter_mut().zip(more) {
            s.store(s.add(s.load(d), s.load(more)), d);
        }
    }
}

kernel! {
    /// `z + bias`, in place of `z`; columns from `used` on, which are padding, become 0.
    pub fn linear<S>(s, bias: &Row, used: usize, z: &mut [Row]) {
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let bias = s.load(bias);
        for z in z {
            s.store(s.mul(s.add(s.load(z), bias), inside), z);
        }
    }
}

kernel! {
    /// Turns `d` from the gradient of `h = sigmoid(z + bias)` into that of `z`, `d h (1 - h)`, in place, and writes that of
    /// the bias, the sum over the rows. Where units were dropped, `h` is 0 for these and `sigmoid(z + bias) / kept` for the
    /// others, with `kept` the share of those; else `kept` is 1.
    pub fn logistic_backward<S>(s, kept: f32, h: &[Row], d: &mut [Row], d_bias: &mut Row) {
        assert_eq!(h.len(), d.len());
        let (one, kept, mut sum) = (s.splat(1.0), s.splat(kept), s.splat(0.0));
        for (d, h) in d.iter_mut().zip(h) {
            let h = s.load(h);
            let dz = s.mul(s.load(d), s.mul(h, s.sub(one, s.mul(kept, h))));
            sum = s.add(sum, dz);
            s.store(dz, d);
        }
        s.store(sum, d_bias);
    }
}

kernel! {
    /// The gradient of the bias of `h = z + bias`: the sum of `d` over the rows.
    pub fn linear_backward<S>(s, d: &[Row], d_bias: &mut Row) {
        let mut sum = s.splat(0.0);
        for d in d {
            sum = s.add(sum, s.load(d));
        }
        s.store(sum, d_bias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WIDTH;
    use crate::bernoulli::logistic;
    use crate::simd::Isa;

    /// Reference: finite differences in f64 of `sum_r weight_r h_r`.
    #[test]
    fn derivatives_of_logistic_and_linear_units() {
        let z: Vec<Row> =
            (0..5).map(|r| Row(std::array::from_fn(|c| ((r * 31 + c * 17) % 29) as f32 / 7.0 - 2.0))).collect();
        let bias = Row(std::array::from_fn(|c| c as f32 / 16.0 - 1.0));
        let weight = |r: usize| r as f64 - 1.5;
        let d: Vec<Row> = (0..5).map(|r| Row([weight(r) as f32; WIDTH])).collect();
        for isa in Isa::available() {
            let (mut h, mut dz, mut d_bias) = (z.clone(), d.clone(), Row::ZERO);
            logistic(isa, 1.0, &bias, 31, &mut h);
            logistic_backward(isa, 1.0, &h, &mut dz, &mut d_bias);
            let (mut line, mut d_line) = (z.clone(), Row::ZERO);
            linear(isa, &bias, 31, &mut line);
            linear_backward(isa, &d, &mut d_line);
            for c in 0..31 {
                let sigmoid = |r: usize, by: f64| {
                    let a = f64::from(z[r].0[c]) + f64::from(bias.0[c]) + by;
                    1.0 / (1.0 + (-a).exp())
                };
                let slope = |r: usize| (sigmoid(r, 1e-5) - sigmoid(r, -1e-5)) / 2e-5;
                for r in 0..5 {
                    assert!((f64::from(dz[r].0[c]) - weight(r) * slope(r)).abs() < 1e-6);
                    assert_eq!(line[r].0[c], z[r].0[c] + bias.0[c]);
                }
                let sum: f64 = (0..5).map(|r| weight(r) * slope(r)).sum();
                assert!((f64::from(d_bias.0[c]) - sum).abs() < 1e-6, "{}", isa.name());
                assert_eq!(d_line.0[c], 2.5);
            }
            assert_eq!((h[0].0[31], line[0].0[31]), (0.0, 0.0));
        }
    }
}
