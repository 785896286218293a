//! The units of a variational autoencoder's code: a normal distribution each, whose mean and log variance depend on the row. A sample
//! of it, its divergence from the standard normal distribution, and both derivatives (Kingma and Welling 2014, appendix B).
//!
//! ```text
//! z = mu + sigma epsilon,  epsilon ~ N(0, 1)        KL(N(mu, sigma^2) || N(0, 1)) = (mu^2 + sigma^2 - 1 - ln sigma^2) / 2
//! ```
//! A log variance outside of -30..=30 counts as the nearer end, so that no exponential overflows; the derivatives are those at that
//! end, and so lead back.

use crate::normal::{Stream, four_rows};
use crate::panels::{Row, WIDTH};
use crate::simd::{functions, kernel};

/// No log variance is below minus this, or above it.
pub const MOST_LOG_VARIANCE: f32 = 30.0;

kernel! {
    /// For panel `panel` of a matrix of `columns` columns: adds `bias` to the sums `log_var`, in place, holds them to the range, and
    /// writes samples `z` of the rows' distributions, `noise = sigma epsilon` within them, and to `divergence` the sum of each column
    /// over the rows. Padding becomes 0. Rows are counted from the first of `mean`.
    pub fn sample<S>(
        s,
        stream: Stream,
        panel: usize,
        columns: usize,
        mean: &[Row],
        bias: &Row,
        log_var: &mut [Row],
        z: &mut [Row],
        noise: &mut [Row],
        divergence: &mut Row,
    ) {
        assert!([log_var.len(), z.len(), noise.len()] == [mean.len(); 3], "rows of a sample");
        let used = columns.saturating_sub(panel * WIDTH);
        let inside = s.load(&Row(std::array::from_fn(|c| if c < used { 1.0 } else { 0.0 })));
        let (bias, half, one) = (s.load(bias), s.splat(0.5), s.splat(1.0));
        let (least, most) = (s.splat(-MOST_LOG_VARIANCE), s.splat(MOST_LOG_VARIANCE));
        let mut sum = s.splat(0.0);
        let outputs = log_var.chunks_mut(4).zip(z.chunks_mut(4)).zip(noise.chunks_mut(4));
        for (group, (mean, ((log_var, z), noise))) in mean.chunks(4).zip(outputs).enumerate() {
            let epsilon = four_rows(s, stream, panel, group);
            for (r, epsilon) in epsilon.into_iter().enumerate().take(mean.len()) {
                let mu = s.load(&mean[r]);
                // In this order a NaN comes through.
                let held = s.max(least, s.min(most, s.add(s.load(&log_var[r]), bias)));
                let v = s.mul(held, inside);
                let sigma = functions::exp(s, s.mul(v, half));
                let away = s.mul(s.mul(sigma, epsilon), inside);
                let variance = s.sub(s.sub(s.mul(sigma, sigma), one), v);
                sum = s.fma(s.fma(mu, mu, variance), half, sum);
                s.store(v, &mut log_var[r]);
                s.store(away, &mut noise[r]);
                s.store(s.add(mu, away), &mut z[r]);
            }
        }
        s.store(sum, divergence);
    }
}

kernel! {
    /// The derivatives of a cost that reads the samples, plus `scale` times the divergence: turns `d` from the gradient of `z` into
    /// that of the means, in place, and writes that of the log variances, and those of both biases, the sums over the rows.
    pub fn sample_backward<S>(
        s,
        scale: f32,
        mean: &[Row],
        log_var: &[Row],
        noise: &[Row],
        d: &mut [Row],
        d_log_var: &mut [Row],
        d_mean_bias: &mut Row,
        d_log_var_bias: &mut Row,
    ) {
        assert!([log_var.len(), noise.len(), d.len(), d_log_var.len()] == [mean.len(); 4], "rows of a sample");
        let (scale, half, one) = (s.splat(scale), s.splat(0.5), s.splat(1.0));
        let (mut of_means, mut of_variances) = (s.splat(0.0), s.splat(0.0));
        for r in 0..mean.len() {
            let dz = s.load(&d[r]);
            let d_mean = s.fma(s.load(&mean[r]), scale, dz);
            let sigma = functions::exp(s, s.mul(s.load(&log_var[r]), half));
            let above_one = s.sub(s.mul(sigma, sigma), one);
            let d_variance = s.mul(s.fma(above_one, scale, s.mul(dz, s.load(&noise[r]))), half);
            of_means = s.add(of_means, d_mean);
            of_variances = s.add(of_variances, d_variance);
            s.store(d_mean, &mut d[r]);
            s.store(d_variance, &mut d_log_var[r]);
        }
        s.store(of_means, d_mean_bias);
        s.store(of_variances, d_log_var_bias);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::standard_normal;
    use crate::random::Purpose;
    use crate::simd::Isa;

    const STREAM: Stream = Stream { seed: 3, purpose: Purpose::CodeSample, step: 7, layer: 2 };

    fn rows(n: usize, by: usize) -> Vec<Row> {
        (0..n).map(|r| Row(std::array::from_fn(|c| ((r * 31 + c * 17 + by) % 29) as f32 / 7.0 - 2.0))).collect()
    }

    /// Closed form, in f64.
    fn divergence(mu: f64, v: f64) -> f64 {
        (mu * mu + v.exp() - 1.0 - v) / 2.0
    }

    /// Reference: the normal numbers of the same stream, which have a test of their own, the closed form in f64, and its finite
    /// differences. The cost that reads the samples is `sum_r weight_r z_r`.
    #[test]
    fn samples_divergences_and_derivatives_agree_with_double_precision() {
        let (n, scale) = (11, 0.25);
        let (mut mean, sums) = (rows(n, 0), rows(n, 5));
        mean.iter_mut().for_each(|row| row.0[8..].fill(0.0)); // as a product leaves padding
        let bias = Row(std::array::from_fn(|c| if c < 8 { c as f32 / 10.0 } else { 0.0 }));
        let weight = |r: usize| r as f64 / 4.0 - 1.0;
        for isa in Isa::available() {
            let epsilon = standard_normal(isa, STREAM, n, 40);
            let (mut v, mut z, mut noise, mut kl) = (sums.clone(), rows(n, 1), rows(n, 2), Row::ZERO);
            v.iter_mut().for_each(|row| row.0[8..].fill(0.0));
            sample(isa, STREAM, 1, 40, &mean, &bias, &mut v, &mut z, &mut noise, &mut kl);
            let mut d: Vec<Row> =
                (0..n).map(|r| Row(std::array::from_fn(|c| if c < 8 { weight(r) as f32 } else { 0.0 }))).collect();
            let (mut d_v, mut d_mean_bias, mut d_v_bias) = (rows(n, 3), Row::ZERO, Row::ZERO);
            sample_backward(isa, scale, &mean, &v, &noise, &mut d, &mut d_v, &mut d_mean_bias, &mut d_v_bias);
            for c in 0..WIDTH {
                let (mut all, mut all_mean, mut all_v) = (0.0, 0.0, 0.0);
                for r in 0..n {
                    if c >= 8 {
                        let padding = [z[r], noise[r], v[r], d[r], d_v[r]];
                        assert!(padding.iter().all(|row| row.0[c] == 0.0), "{}", isa.name());
                        continue;
                    }
                    let (mu, log_var) = (f64::from(mean[r].0[c]), f64::from(sums[r].0[c]) + f64::from(bias.0[c]));
                    let epsilon = f64::from(epsilon.get(r, 32 + c));
                    let sample = |mu: f64, v: f64| mu + (v / 2.0).exp() * epsilon;
                    let cost = |mu: f64, v: f64| weight(r) * sample(mu, v) + f64::from(scale) * divergence(mu, v);
                    assert!((f64::from(z[r].0[c]) - sample(mu, log_var)).abs() < 1e-5, "{}", isa.name());
                    let h = 1e-5;
                    let by_mean = (cost(mu + h, log_var) - cost(mu - h, log_var)) / (2.0 * h);
                    let by_v = (cost(mu, log_var + h) - cost(mu, log_var - h)) / (2.0 * h);
                    assert!((f64::from(d[r].0[c]) - by_mean).abs() < 1e-5, "{}", isa.name());
                    assert!((f64::from(d_v[r].0[c]) - by_v).abs() < 1e-5, "{}", isa.name());
                    all += divergence(mu, log_var);
                    all_mean += by_mean;
                    all_v += by_v;
                }
                for (found, expected) in [(kl.0[c], all), (d_mean_bias.0[c], all_mean), (d_v_bias.0[c], all_v)] {
                    assert!((f64::from(found) - expected).abs() < 1e-4, "{} {found} {expected}", isa.name());
                }
            }
        }
    }

    /// Reference: the mean of `ln q(z) - ln p(z)` over 400 000 samples, within five of its standard errors.
    #[test]
    fn the_divergence_is_the_mean_of_the_difference_of_log_densities() {
        let (isa, n) = (Isa::detect(), 400_000);
        let (mu, log_var) = (0.7, -0.9);
        let (mean, mut v) = (vec![Row([mu; WIDTH]); n], vec![Row([log_var; WIDTH]); n]);
        let (mut z, mut noise, mut kl) = (vec![Row::ZERO; n], vec![Row::ZERO; n], Row::ZERO);
        sample(isa, STREAM, 0, 1, &mean, &Row::ZERO, &mut v, &mut z, &mut noise, &mut kl);
        let (mu, log_var) = (f64::from(mu), f64::from(log_var));
        let difference = |z: f64| (z * z - (z - mu).powi(2) / log_var.exp() - log_var) / 2.0;
        let all: Vec<f64> = z.iter().map(|row| difference(f64::from(row.0[0]))).collect();
        let average = all.iter().sum::<f64>() / n as f64;
        let error = (all.iter().map(|x| (x - average).powi(2)).sum::<f64>()).sqrt() / n as f64;
        let exact = divergence(mu, log_var);
        assert!((average - exact).abs() < 5.0 * error, "{average} {exact} {error}");
        sample(isa, STREAM, 0, 1, &mean[..8], &Row::ZERO, &mut v[..8], &mut z[..8], &mut noise[..8], &mut kl);
        assert!((f64::from(kl.0[0]) / 8.0 - exact).abs() < 1e-6, "{} {exact}", kl.0[0]);
    }

    #[test]
    fn far_log_variances_are_held_and_what_is_no_number_comes_through() {
        for isa in Isa::available() {
            for (sum, held) in [(1e30f32, 30.0f32), (-1e30, -30.0), (f32::INFINITY, 30.0)] {
                let (mean, mut v) = ([Row::ZERO], [Row([sum; WIDTH])]);
                let (mut z, mut noise, mut kl) = ([Row::ZERO], [Row::ZERO], Row::ZERO);
                sample(isa, STREAM, 0, 32, &mean, &Row::ZERO, &mut v, &mut z, &mut noise, &mut kl);
                assert!(v[0].0 == [held; WIDTH] && kl.0.iter().chain(&z[0].0).all(|x| x.is_finite()), "{}", isa.name());
            }
            let (mean, mut v) = ([Row::ZERO], [Row([f32::NAN; WIDTH])]);
            let (mut z, mut noise, mut kl) = ([Row::ZERO], [Row::ZERO], Row::ZERO);
            sample(isa, STREAM, 0, 32, &mean, &Row::ZERO, &mut v, &mut z, &mut noise, &mut kl);
            assert!(kl.0.iter().all(|x| x.is_nan()), "{}", isa.name());
        }
    }
}
