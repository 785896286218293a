//! Principal components.

use super::{plain, stripes};
use laddernet::evaluation::squared_error;
use laddernet::models::Activation;
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings, Output};
use laddernet::models::pca::Pca;
use laddernet::split::Split;
use laddernet::training::{FitSettings, Flow, fit};
use laddernet::{Dataset, Isa, Scaling, Threads, Values};

/// Rows of six values that vary most in two directions.
pub fn flat(rows: usize) -> Dataset {
    let mut seed = 3;
    let mut row = || {
        let [a, b] = [0, 1].map(|_| plain::number(&mut seed));
        [a + b, a - b, 0.5 * a, 0.3 * b, -a, 0.2].map(|x| 0.5 + 0.3 * x + 0.05 * plain::number(&mut seed))
    };
    let values = (0..rows).flat_map(|_| row()).collect();
    Dataset::new(Values::F32(values), vec![None; rows], vec![], vec![6], Scaling::NONE).unwrap()
}

/// Reference: the definition in double precision. Each direction is an eigenvector of the rows' covariance with its variance,
/// directions are orthogonal, and the mean squared error is the sum of the variances left out.
#[test]
fn directions_are_those_in_which_rows_vary() {
    for data in [flat(50), stripes(301)] {
        let features = data.features();
        let x = plain::matrix(&data);
        let n = data.rows() as f64;
        let mean: Vec<f64> = (0..features).map(|c| x.iter().map(|row| row[c]).sum::<f64>() / n).collect();
        let covariance = |i: usize, j: usize| x.iter().map(|r| (r[i] - mean[i]) * (r[j] - mean[j])).sum::<f64>() / n;
        let of = |isa, k| Pca::fit(&data, k, &Threads::with_isa(2, isa).unwrap()).unwrap();
        for isa in Isa::available() {
            let pca = of(isa, 4);
            assert_eq!((pca.count(), pca.components().len(), pca.variances().len()), (4, 4 * features, features));
            assert!(pca.mean().iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-12));
            assert!(pca.variances().windows(2).all(|v| v[0] >= v[1]));
            let u: Vec<&[f64]> = pca.components().chunks_exact(features).collect();
            for i in 0..4 {
                for j in 0..4 {
                    let dot: f64 = u[i].iter().zip(u[j]).map(|(a, b)| a * b).sum();
                    assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j} {dot}");
                }
                for row in 0..features {
                    let image: f64 = (0..features).map(|c| covariance(row, c) * u[i][c]).sum();
                    assert!((image - pca.variances()[i] * u[i][row]).abs() < 1e-6, "{}", isa.name());
                }
            }
            let threads = Threads::with_isa(3, isa).unwrap();
            let error = squared_error(&pca, &data, &threads);
            assert!((error - pca.variances()[4..].iter().sum::<f64>()).abs() < 1e-6, "{error}");
            assert!(Pca::fit(&data, 4, &threads).unwrap() == pca);
            let rebuilt = pca.reconstructed(&data, &threads);
            let codes = pca.codes(&data, &threads).unwrap();
            assert_eq!((codes.rows(), codes.features(), codes.labels()), (data.rows(), 4, data.labels()));
            let squares: f64 =
                rebuilt.iter().zip(x.iter().flatten()).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum::<f64>() / n;
            assert!((squares - error).abs() < 1e-6);
            for c in 0..features {
                let by_hand = mean[c] + (0..4).map(|i| f64::from(codes.input(7, i)) * u[i][c]).sum::<f64>();
                assert!((f64::from(rebuilt[7 * features + c]) - by_hand).abs() < 1e-5);
            }
        }
        for k in [0, features + 1] {
            let message = Pca::fit(&data, k, &Threads::new(1).unwrap()).unwrap_err().to_string();
            assert!(message.contains(&format!("{k} components")) && message.contains("expected 1 to"), "{message}");
        }
        assert!(squared_error(&of(Isa::detect(), features), &data, &Threads::new(1).unwrap()) < 1e-9);
    }
}

/// A linear autoencoder comes to the error of the components, and below it cannot (Baldi and Hornik 1989).
#[test]
fn a_linear_autoencoder_comes_to_the_error_of_the_components() {
    let (data, threads) = (flat(60), Threads::new(2).unwrap());
    let best = squared_error(&Pca::fit(&data, 2, &threads).unwrap(), &data, &threads);
    for tied in [false, true] {
        let settings = AutoencoderSettings {
            tied,
            code: Activation::Linear,
            output: Output::Gaussian,
            ..AutoencoderSettings::of(&[6, 2])
        };
        let mut model = Autoencoder::new(settings, 1).unwrap();
        let split = Split { labelled: vec![], unlabelled: (0..60).collect(), validation: vec![] };
        let settings = FitSettings { epochs: 20_000, learning_rate: 0.01, decay_start: 0.3, ..Default::default() };
        fit(&mut model, &data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
        let found = squared_error(&model, &data, &threads);
        assert!(found > best * (1.0 - 1e-6) && found < best * 1.001, "tied {tied}: {found} for {best}");
    }
}
