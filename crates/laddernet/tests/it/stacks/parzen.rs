//! The Parzen window estimate.

use super::{plain, stripes};
use laddernet::parzen::{Parzen, ParzenError};
use laddernet::{Isa, Threads};
use std::f64::consts::PI;

/// Reference: the formula in double precision.
#[test]
fn likelihoods_are_those_of_the_formula_and_a_row_stands_for_itself() {
    let (samples, data) = (stripes(100), stripes(301).select(&(60..301).collect::<Vec<_>>()));
    let (s, x) = (plain::matrix(&samples), plain::matrix(&data));
    let parzen = Parzen::new(&samples);
    for sigma in [0.05, 0.2, 3.0] {
        let expected = |x: &Vec<f64>| {
            let distance = |s: &Vec<f64>| s.iter().zip(x).map(|(s, x)| (s - x).powi(2)).sum::<f64>();
            let terms: Vec<f64> = s.iter().map(|s| -distance(s) / (2.0 * sigma * sigma)).collect();
            let top = terms.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = terms.iter().map(|t| (t - top).exp()).sum();
            top + sum.ln() - 100f64.ln() - 40.0 * (sigma * (2.0 * PI).sqrt()).ln()
        };
        let expected: Vec<f64> = x.iter().map(expected).collect();
        let own = parzen.log_likelihoods(&data, sigma, &Threads::new(1).unwrap()).unwrap();
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let threads = Threads::with_isa(3, isa).unwrap();
            let found = parzen.log_likelihoods(&data, sigma, &threads).unwrap();
            for (a, b) in found.iter().zip(&expected) {
                // Squared distances of f32 products, about 1e-6 of some ten.
                assert!((a - b).abs() < 1e-5 / (sigma * sigma), "{}: {a} {b}", isa.name());
            }
            if isa.in_single_precision() == Isa::detect() {
                assert!(found == own);
            }
            for row in [0, 59, 60, 240] {
                let one = parzen.log_likelihoods(&data.select(&[row]), sigma, &threads).unwrap();
                assert!(one == [found[row]], "{}, row {row}", isa.name());
            }
        }
        let n = expected.len() as f64;
        let mean = expected.iter().sum::<f64>() / n;
        let error = (expected.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        let found = parzen.estimate(&data, sigma, &Threads::new(2).unwrap()).unwrap();
        assert!((found.mean - mean).abs() < 0.01 && (found.standard_error - error).abs() < 0.01, "{found:?}");
        assert_eq!((found.rows, found.samples, found.sigma), (241, 100, sigma));
    }
}

/// The widest and the narrowest window are worse than one between; the chosen one is the best of the grid by its own estimates.
#[test]
fn the_width_is_the_best_of_the_grid() {
    let (samples, data) = (stripes(100), stripes(200).select(&(100..200).collect::<Vec<_>>()));
    let (parzen, threads) = (Parzen::new(&samples), Threads::new(2).unwrap());
    let grid = [0.001, 0.05, 0.1, 0.2, 5.0];
    let (sigma, found) = parzen.choose_sigma(&data, &grid, &threads).unwrap();
    let best = found.iter().map(|e| e.mean).fold(f64::MIN, f64::max);
    assert!(sigma > 0.001 && sigma < 5.0);
    for (&width, estimate) in grid.iter().zip(&found) {
        assert_eq!(*estimate, parzen.estimate(&data, width, &threads).unwrap());
        assert_eq!(estimate.mean == best, width == sigma);
    }
    assert_eq!(parzen.choose_sigma(&data, &[], &threads), Err(ParzenError::NoSigma));
    for sigma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let message = parzen.estimate(&data, sigma, &threads).unwrap_err().to_string();
        assert!(message.contains("expected a standard deviation above 0"), "{message}");
    }
    let narrow = Parzen::new(&super::pca::flat(5));
    let message = narrow.estimate(&data, 0.2, &threads).unwrap_err().to_string();
    assert!(message.contains("40 values, but samples of 6"), "{message}");
}
