//! Bias and rectifier of a hidden layer, bias and scale of the top layer, with their derivatives.

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
