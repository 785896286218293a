//! Free energies and partition functions, against brute force over all states.

use super::{Plain, numbers, rows};
use laddernet::Threads;
use laddernet::models::rbm::{Annealed, Annealing, AnnealingError, Estimate, Rbm, RbmError};

/// Reference: the sums over all states of both sides, in f64.
#[test]
fn free_energies_and_partition_functions_are_those_of_all_states() {
    for (visible, hidden) in [(1, 1), (4, 3), (3, 6), (12, 2), (2, 12)] {
        let plain = Plain::new(visible, hidden, 2.0);
        let (rbm, threads) = (plain.rbm(), Threads::new(2).unwrap());
        let sums: Vec<f64> =
            (0..1 << visible).map(|v| (0..1 << hidden).map(|h| plain.minus_energy(v, h).exp()).sum()).collect();
        let found = rbm.free_energies(&rows(visible, 0..1 << visible), &threads).unwrap();
        for (f, sum) in found.iter().zip(&sums) {
            assert!((-f - sum.ln()).abs() < 1e-5, "{visible} x {hidden}: {f} {}", sum.ln());
        }
        let z: f64 = sums.iter().sum();
        assert!((rbm.ln_partition(&threads).unwrap() - z.ln()).abs() < 1e-10, "{visible} x {hidden}");
        // The probabilities of all rows sum to one.
        let total: f64 = found.iter().map(|f| (-f - z.ln()).exp()).sum();
        assert!((total - 1.0).abs() < 1e-5);
    }
}

/// Reference: independent units, `ln Z = hidden ln 2 + sum of softplus(a)`, whatever the sizes; the enumeration goes over
/// the smaller side, 13 units here, more than stand in one task.
#[test]
fn without_weights_units_are_independent() {
    let (a, threads) = (numbers(40, 3.0, 5), Threads::new(2).unwrap());
    let softplus: f64 = a.iter().map(|&a| f64::from(a).exp().ln_1p()).sum();
    let expected = 13.0 * std::f64::consts::LN_2 + softplus;
    let rbm = Rbm::from_values(&vec![0.0; 40 * 13], &a, &[0.0; 13]).unwrap();
    assert!((rbm.ln_partition(&threads).unwrap() - expected).abs() < 1e-10);
    let turned = Rbm::from_values(&vec![0.0; 40 * 13], &[0.0; 13], &a).unwrap();
    assert!((turned.ln_partition(&threads).unwrap() - expected).abs() < 1e-10);
    let far = Rbm::from_values(&vec![0.0; 30 * 784], &vec![0.0; 784], &[0.0; 30]).unwrap();
    let message = far.ln_partition(&threads).unwrap_err().to_string();
    assert!(message.contains("2^30 states") && message.contains("about 42 minutes"), "{message}");
}

/// Forwards, annealing is unbiased for Z and not for its logarithm, which is too low on average; backwards it is too
/// high. Reference: the exact ln Z; the bound is four standard errors of 200 estimates.
#[test]
fn annealing_is_unbiased_for_the_partition_function() {
    let plain = Plain::new(10, 8, 3.0);
    let (rbm, threads) = (plain.rbm(), Threads::new(2).unwrap());
    let exact = rbm.ln_partition(&threads).unwrap();
    let data = rows(10, (0..1024).step_by(3));
    let betas: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
    let runs: Vec<_> = (0..200)
        .map(|seed| {
            let settings = Annealing { chains: 10, betas: betas.clone(), burn_in: 50, seed };
            rbm.anneal(&data, &settings, &threads).unwrap()
        })
        .collect();
    let mean_and_error = |x: Vec<f64>| {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        (mean, (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt())
    };
    let (ratio, error) = mean_and_error(runs.iter().map(|r| (r.forward.ln_z - exact).exp()).collect());
    assert!((ratio - 1.0).abs() < 4.0 * error && error < 0.1, "{ratio} +- {error}");
    let (low, _) = mean_and_error(runs.iter().map(|r| r.forward.ln_z).collect());
    let (high, _) = mean_and_error(runs.iter().map(|r| r.reverse.ln_z).collect());
    assert!(low < exact && exact < high, "{low} {exact} {high}");
    // More temperatures bring both together.
    let fine =
        Annealing { chains: 100, betas: (0..=2000).map(|i| f64::from(i) / 2000.0).collect(), burn_in: 100, seed: 1 };
    let found = rbm.anneal(&data, &fine, &threads).unwrap();
    for estimate in [&found.forward, &found.reverse] {
        assert!((estimate.ln_z - exact).abs() < 0.05, "{found:?} {exact}");
        assert!(estimate.three_sigma.0 < exact && exact < estimate.three_sigma.1, "{found:?} {exact}");
    }
    assert!(!found.collapsed() && !found.disagree());
    let one = rbm.anneal(&data, &fine, &Threads::new(3).unwrap()).unwrap();
    assert_eq!(one, found, "the number of threads changes a bit");
    assert_ne!(rbm.anneal(&data, &Annealing { seed: 2, ..fine }, &threads).unwrap(), found);
}

/// Reference: the exact ln Z, which neither direction comes near in one leap from the base rate to a machine of large weights.
#[test]
fn estimates_that_are_not_to_be_trusted_say_so() {
    let plain = Plain::new(12, 10, 6.0);
    let (rbm, threads) = (plain.rbm(), Threads::new(2).unwrap());
    let (exact, data) = (rbm.ln_partition(&threads).unwrap(), rows(12, (0..4096).step_by(7)));
    let with = |betas: usize, chains: usize| {
        let betas = (0..betas).map(|i| i as f64 / (betas - 1) as f64).collect();
        rbm.anneal(&data, &Annealing { chains, betas, burn_in: 50, seed: 1 }, &threads).unwrap()
    };
    let leap = with(2, 100);
    assert!(leap.collapsed() && leap.forward.effective_chains.min(leap.reverse.effective_chains) < 10.0, "{leap:?}");
    assert!((leap.forward.ln_z - exact).abs().max((leap.reverse.ln_z - exact).abs()) > 3.0, "{leap:?} {exact}");
    // Two chains may happen to agree.
    assert!(with(2, 2).collapsed());
    let slow = with(20_000, 100);
    assert!(!slow.collapsed() && !slow.disagree() && (slow.forward.ln_z - exact).abs() < 0.5, "{slow:?} {exact}");
    // Sure of themselves, and apart.
    let at = |ln_z: f64| Estimate { ln_z, three_sigma: (ln_z - 0.1, ln_z + 0.1), effective_chains: 90.0 };
    let of = |forward: f64, reverse: f64| Annealed { forward: at(forward), reverse: at(reverse), chains: 100 };
    assert_eq!([of(1.0, 1.3), of(1.3, 1.0), of(1.0, 1.1)].map(|a| a.disagree()), [true, true, false]);
}

#[test]
fn what_fits_no_machine_is_refused() {
    let of = |w: &[f32], a: &[f32], b: &[f32]| Rbm::from_values(w, a, b).unwrap_err().to_string();
    assert_eq!(of(&[], &[], &[1.0]), "0 visible and 1 hidden units: expected at least 1 of each");
    assert_eq!(of(&[1.0], &[1.0, 1.0], &[1.0]), "1 values of the weights: expected 2");
    assert!(of(&[1.0, f32::NAN], &[1.0, 1.0], &[1.0]).contains("value 1 of the weights is NaN"));
    let (rbm, threads) = (Plain::new(3, 2, 1.0).rbm(), Threads::new(1).unwrap());
    let (data, short) = (rows(3, 0..8), rows(2, 0..4));
    assert_eq!(rbm.free_energies(&short, &threads), Err(RbmError::Features { found: 2, expected: 3 }));
    for (settings, word) in [
        (Annealing { chains: 1, ..Annealing::default() }, "1 chains"),
        (Annealing { betas: vec![0.0, 0.5], ..Annealing::default() }, "from 0 to 1"),
        (Annealing { betas: vec![0.0, 0.5, 0.5, 1.0], ..Annealing::default() }, "temperature 2 is 0.5 after 0.5"),
        (Annealing { betas: vec![0.0, f64::NAN, 1.0], ..Annealing::default() }, "temperature 1 is NaN after 0"),
    ] {
        match rbm.anneal(&data, &settings, &threads) {
            Err(AnnealingError::Settings(message)) => assert!(message.contains(word), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(rbm.anneal(&short, &Annealing::default(), &threads).is_err());
}
