//! A machine of one Gaussian unit, of which everything is known in closed form.

use super::reference::{dataset_of, panels_of};
use laddernet::models::rbm::{Binarise, Chain, Contrast, Rbm, Units};
use laddernet::optimiser::Descent;
use laddernet::{Isa, Precision, Threads};

const LN_2_PI: f64 = 1.837_877_066_409_345_5;

fn machine(w: f32, a: f32, b: f32) -> Rbm {
    Rbm::from_values(&[w], &[a], &[b]).unwrap().with_units(Units::Gaussian, Units::Bernoulli).unwrap()
}

/// Weight, visible bias, hidden bias.
fn values(rbm: &Rbm) -> [f64; 3] {
    let parameters = rbm.parameters().0;
    [0, 1, 2].map(|i| f64::from(parameters[i].values()[0]))
}

/// With the unit integrated out the hidden one is on with the odds `e^(b + a w + w^2 / 2)`.
fn ln_odds([w, a, b]: [f64; 3]) -> f64 {
    b + a * w + w * w / 2.0
}

/// What such a machine believes: two normal distributions of variance 1 around `a` and `a + w`; mean and variance.
fn moments(of: [f64; 3]) -> (f64, f64) {
    let ([w, a, _], p) = (of, 1.0 / (1.0 + (-ln_odds(of)).exp()));
    (a + w * p, 1.0 + w * w * p * (1.0 - p))
}

/// Rows around these means by turns, with normal deviations: Box and Muller over a lattice.
fn normal_rows(means: &[f64]) -> Vec<Vec<f64>> {
    let n = 3000;
    let around = |i: usize| means[i % means.len()];
    let angle = |i: usize| std::f64::consts::TAU * (i as f64 * 0.618_033_988_749_895).fract();
    (0..n).map(|i| vec![around(i) + (-2.0 * ((i as f64 + 0.5) / n as f64).ln()).sqrt() * angle(i).cos()]).collect()
}

fn mean(x: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = x.len() as f64;
    x.sum::<f64>() / n
}

/// Reference: the integral over the visible unit and the sum over the hidden one, by hand:
/// `ln Z = ln sqrt(2 pi) + ln(1 + e^(b + a w + w^2 / 2))`; free energies of the two normal distributions.
#[test]
fn one_unit_has_the_partition_function_of_two_normal_distributions() {
    let rows: Vec<Vec<f64>> = (-8..=8).map(|x| vec![f64::from(x) / 2.0]).collect();
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        for (w, a, b) in [(0.0, 3.0, -1.0), (2.5, -1.5, 0.25), (-4.0, 2.0, 1.0)] {
            let rbm = machine(w, a, b);
            let of = values(&rbm);
            let expected = LN_2_PI / 2.0 + ln_odds(of).exp().ln_1p();
            let ln_z = rbm.ln_partition(&threads).unwrap();
            assert!((ln_z - expected).abs() < 1e-6, "{} {of:?}: {ln_z} {expected}", isa.name());
            let p = 1.0 / (1.0 + (-ln_odds(of)).exp());
            let normal = |x: f64, mean: f64| (-(x - mean).powi(2) / 2.0 - LN_2_PI / 2.0).exp();
            for (f, row) in rbm.free_energies(&dataset_of(&rows), &threads).unwrap().iter().zip(&rows) {
                let density = (1.0 - p) * normal(row[0], of[1]) + p * normal(row[0], of[1] + of[0]);
                assert!((-f - ln_z - density.ln()).abs() < 1e-4, "{} {of:?} {row:?}: {f}", isa.name());
            }
        }
    }
}

/// A machine that knows nothing of the rows finds their mean, and the deviation 1 that its units have; of two modes it finds
/// both. References: the rows' mean and variance, against the machine's in closed form; the likelihood of the distribution that
/// the rows come from, which is one of those that the machine can have.
#[test]
fn one_unit_learns_where_its_rows_are() {
    let threads = Threads::new(2).unwrap();
    for (means, modes) in [(&[3.0][..], "one mode"), (&[-1.5, -1.5, 1.5], "two modes")] {
        let rows = normal_rows(means);
        let data = dataset_of(&rows);
        let mu = mean(rows.iter().map(|r| r[0]));
        let densities = |x: f64| mean(means.iter().map(|mean| (-(x - mean).powi(2) / 2.0 - LN_2_PI / 2.0).exp()));
        let truth = mean(rows.iter().map(|r| densities(r[0]).ln()));
        let variance = mean(rows.iter().map(|r| (r[0] - mu).powi(2)));
        for (chain, offset_share) in
            [(Chain::Persistent(500), None), (Chain::Persistent(500), Some(0.05)), (Chain::Data, None)]
        {
            let settings = Contrast { sweeps: 5, chain, offset_share, binarise: Binarise::None, sparsity: None };
            let (mut rbm, x) = (machine(0.5, 0.0, 0.0), panels_of(&rows));
            let mut buffers = settings.buffers(&rbm, rows.len(), Precision::F32);
            let mut adam = Descent::adam(threads.isa(), rbm.parameters_mut());
            let steps = 1500;
            for step in 0..steps {
                let rate = 0.05 * (1.0 - step as f32 / steps as f32);
                rbm.contrast(&threads, &mut buffers, &x, &settings, 1, step);
                rbm.gradients(&threads, &buffers, &settings, adam.step(rate));
            }
            let (found_mu, found_variance) = moments(values(&rbm));
            let likelihood =
                -mean(rbm.free_energies(&data, &threads).unwrap().into_iter()) - rbm.ln_partition(&threads).unwrap();
            let place = format!(
                "{modes} {chain:?} {offset_share:?}: {:?}, mean {found_mu} of {mu}, variance {found_variance} of \
                 {variance}, {likelihood} nats",
                values(&rbm)
            );
            eprintln!("{place}");
            assert!((found_mu - mu).abs() < 0.05, "{place}");
            assert!((found_variance - variance).abs() < 0.03 * variance, "{place}");
            assert!((likelihood - truth).abs() < 0.003, "{place} {truth}");
        }
    }
}
