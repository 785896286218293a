//! What is done to rows before they are reconstructed: how much of them, where, and anew each time.

use super::plain::{self, Matrix};
use super::random;
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings, Output};
use laddernet::models::corruption::{Corruption, Emphasis};
use laddernet::training::{Batch, Model};
use laddernet::{Precision, Threads};

fn batch(x: &Matrix) -> Batch {
    Batch { x: plain::panels(x), labels: Vec::new(), weights: None }
}

fn cost(settings: &AutoencoderSettings, x: &Matrix, seed: u64, step: u32) -> f64 {
    let (model, threads) = (random(settings), Threads::new(2).unwrap());
    let mut buffers = model.buffers(0, x.len(), Precision::F32);
    model.costs(&threads, &mut buffers, &batch(x), seed, step).total
}

/// A network of zeros gives 0, so the squared error of rows of ones is the number of values, and with emphasis the weight of
/// each: shares and weights can be read off. Reference: counting.
#[test]
fn shares_and_weights_stand_in_the_cost() {
    let (rows, columns, share) = (400, 50, 0.3);
    let x: Matrix = vec![vec![1.0; columns]; rows];
    let threads = Threads::new(2).unwrap();
    for corruption in [Corruption::Masking(0.3), Corruption::SaltAndPepper(0.3)] {
        for (corrupted, others) in [(1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (3.0, 0.5)] {
            let emphasis = Emphasis { corrupted, others };
            let settings = AutoencoderSettings {
                output: Output::Gaussian,
                corruption,
                emphasis,
                ..AutoencoderSettings::of(&[columns, 8])
            };
            let mut model = random(&settings);
            model.parameters_mut().into_iter().for_each(|p| p.set_values(&vec![0.0; p.count()]));
            let mut buffers = model.buffers(0, rows, Precision::F32);
            let found = model.costs(&threads, &mut buffers, &batch(&x), 1, 1).total / columns as f64;
            let expected = f64::from(share * corrupted + (1.0 - share) * others);
            // Five standard deviations of the share that was hit.
            let off = 5.0 * f64::from((corrupted - others).abs()) * (0.21 / (rows * columns) as f64).sqrt() + 1e-6;
            assert!((found - expected).abs() <= off, "{corruption:?} {emphasis:?}: {found} {expected}");
        }
    }
}

/// Another step and another seed corrupt other places; the same do the same. Without corruption neither matters.
#[test]
fn every_step_corrupts_anew() {
    let x: Matrix = (0..30).map(|r| (0..40).map(|c| f64::from(u8::from((r + c) % 3 == 0))).collect()).collect();
    for corruption in [Corruption::Masking(0.3), Corruption::SaltAndPepper(0.3), Corruption::Gaussian(0.3)] {
        let settings = AutoencoderSettings { corruption, ..AutoencoderSettings::of(&[40, 20]) };
        let at = |seed, step| cost(&settings, &x, seed, step);
        assert!(at(1, 1) == at(1, 1) && at(1, 1) != at(1, 2) && at(1, 1) != at(2, 1), "{corruption:?}");
    }
    let settings = AutoencoderSettings::of(&[40, 20]);
    assert_eq!(cost(&settings, &x, 1, 1), cost(&settings, &x, 2, 2));
}

/// The cost of `k` steps of walkback is the mean of those of a row's first, second ... kth state, each against the row itself;
/// the first state is the row. Reference: the plain network, which walks by itself.
#[test]
fn walkback_starts_at_the_row_and_draws_each_state() {
    let x: Matrix = (0..60).map(|r| (0..40).map(|c| f64::from(u8::from((r + c) % 3 == 0))).collect()).collect();
    let of = |corruption, walkback| {
        let settings = AutoencoderSettings { corruption, walkback, ..AutoencoderSettings::of(&[40, 20]) };
        let t = plain::tensors(&random(&settings).parameters());
        let seen = plain::seen(&t, &settings, &x, 4, 2);
        let costs = plain::costs(&t, &settings, &x, &seen);
        assert_eq!(costs.len(), usize::from(walkback));
        let found = cost(&settings, &x, 4, 2);
        let mean = costs.iter().sum::<f64>() / costs.len() as f64;
        assert!((found - mean).abs() < 1e-5 * mean, "{found} {costs:?}");
        (seen, costs)
    };
    let (seen, costs) = of(Corruption::None, 4);
    assert_eq!(seen[0].0, x);
    for k in 1..4 {
        assert!(seen[k].0.iter().flatten().all(|&v| v == 0.0 || v == 1.0));
        assert!(seen[k].0 != seen[k - 1].0 && costs[k] != costs[k - 1]);
    }
    // Rows alike walk to states of their own.
    assert!((0..57).any(|r| x[r] == x[r + 3] && seen[1].0[r] != seen[1].0[r + 3]));
    let (_, once) = of(Corruption::Masking(0.25), 1);
    let (_, often) = of(Corruption::Masking(0.25), 3);
    assert_eq!(once[0], often[0]);
}

#[test]
fn settings_that_make_no_autoencoder_say_what_would() {
    let refused = |settings: AutoencoderSettings| Autoencoder::new(settings, 1).unwrap_err();
    let of = || AutoencoderSettings::of(&[40, 20]);
    let emphasis = |corrupted, others| Emphasis { corrupted, others };
    for (settings, key, message) in [
        (AutoencoderSettings::of(&[40]), "layers", "is 40: expected at least 2 sizes"),
        (
            AutoencoderSettings::of(&[40, 0, 3]),
            "layers",
            "is 40-0-3: expected at least 2 sizes, the input and the code, of at least 1 unit",
        ),
        (AutoencoderSettings { walkback: 0, ..of() }, "walkback", "is 0: expected at least 1"),
        (AutoencoderSettings { walkback: 2, output: Output::Gaussian, ..of() }, "walkback", "set it to 1"),
        (
            AutoencoderSettings { corruption: Corruption::Masking(1.5), ..of() },
            "corruption",
            "1.5: expected a share of 0 to 1",
        ),
        (
            AutoencoderSettings { corruption: Corruption::SaltAndPepper(f32::NAN), ..of() },
            "corruption",
            "NaN: expected a share of 0 to 1",
        ),
        (
            AutoencoderSettings { corruption: Corruption::Gaussian(-1.0), ..of() },
            "corruption",
            "-1: expected a standard deviation",
        ),
        (
            AutoencoderSettings { emphasis: emphasis(f32::INFINITY, 1.0), ..of() },
            "emphasis",
            "is inf 1: expected two weights, each 0 or more",
        ),
        (AutoencoderSettings { emphasis: emphasis(1.0, -2.0), ..of() }, "emphasis", "is 1 -2: expected two weights"),
    ] {
        let found = refused(settings);
        assert!(found.key() == key && found.to_string().contains(message), "{found}");
    }
}
