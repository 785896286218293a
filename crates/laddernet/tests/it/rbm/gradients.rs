//! Gradients by contrast against the exact ones.

use super::reference::{Exact, Gradients, KINDS, panels_of, some_rows};
use super::{Plain, panels};
use laddernet::models::rbm::{Binarise, Chain, Contrast, Rbm, Sparsity, Units};
use laddernet::optimiser::Update;
use laddernet::{Isa, Precision, Threads};
use laddernet_math::Panels;

/// The gradients of one step, not applied, from buffers for at least so many rows.
fn gradients(
    rbm: &mut Rbm,
    x: &Panels,
    settings: &Contrast,
    seed: u64,
    rows: usize,
    threads: &Threads,
) -> [Vec<f32>; 3] {
    let mut buffers = settings.buffers(rbm, rows, Precision::F32);
    rbm.contrast(threads, &mut buffers, x, settings, seed, 0);
    rbm.gradients(threads, &buffers, settings, Update::Keep);
    let parameters = rbm.parameters().0;
    [0, 1, 2].map(|i| parameters[i].gradients())
}

/// How far the mean gradient of some seeds is from what it should be.
fn distance(rbm: &mut Rbm, x: &Panels, settings: &Contrast, rows: usize, exact: &Gradients, threads: &Threads) -> f64 {
    const SEEDS: u64 = 3000;
    let mut mean = exact.clone().map(|g| vec![0.0; g.len()]);
    for seed in 0..SEEDS {
        for (mean, found) in mean.iter_mut().zip(gradients(rbm, x, settings, seed, rows, threads)) {
            mean.iter_mut().zip(found).for_each(|(m, g)| *m += f64::from(g) / SEEDS as f64);
        }
    }
    mean.iter().flatten().zip(exact.iter().flatten()).map(|(m, e)| (m - e).powi(2)).sum::<f64>().sqrt()
}

/// Of the centred machine: `gW - mu gb' - ga lambda'`.
fn centred(exact: &Exact, rows: &[Vec<f64>]) -> Gradients {
    let n = rows.len() as f64;
    // The offsets of a first step: the means of the data's units.
    let means = |of: &dyn Fn(&[f64]) -> Vec<f64>| {
        let all: Vec<Vec<f64>> = rows.iter().map(|v| of(v)).collect();
        (0..all[0].len()).map(|i| all.iter().map(|x| x[i]).sum::<f64>() / n).collect::<Vec<f64>>()
    };
    let (mu, lambda) = (means(&|v| v.to_vec()), means(&|v| exact.hidden_means(v)));
    let [mut gw, ga, gb] = exact.gradients(rows);
    let hidden = gb.len();
    gw.iter_mut()
        .enumerate()
        .for_each(|(k, g)| *g -= mu[k / hidden] * gb[k % hidden] + ga[k / hidden] * lambda[k % hidden]);
    [gw, ga, gb]
}

/// Reference of the reference: central differences of the exact log-likelihood, every parameter, in f64.
#[test]
fn exact_gradients_are_those_of_the_likelihood() {
    for units in KINDS {
        let exact = Exact::new(&Plain::new(5, 4, 0.8), units);
        let rows = some_rows(units.0, 7, 5);
        let gradients = exact.gradients(&rows);
        for (which, gradient) in gradients.iter().enumerate() {
            for (k, g) in gradient.iter().enumerate() {
                let at = |d: f64| {
                    let mut moved = exact.clone();
                    let Exact { w, a, b, .. } = &mut moved;
                    [w, a, b][which][k] += d;
                    moved.cost(&rows)
                };
                let found = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((found - g).abs() < 1e-6, "{units:?} {which} {k}: {found} {g}");
            }
        }
    }
}

/// As the chains grow longer, the mean gradient of many seeds comes to the exact one, step by step, from the data or from
/// chains that know nothing; with offsets, to that of the centred machine. Reference: sums over all states, in f64.
#[test]
fn gradients_come_to_the_exact_ones_as_chains_grow() {
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        for (units, scale) in KINDS.into_iter().zip([2.0, 0.8, 0.8]) {
            let exact = Exact::new(&Plain::new(5, 4, scale), units);
            let rows = some_rows(units.0, 7, 5);
            let (mut rbm, x) = (exact.rbm(), panels_of(&rows));
            for (chain, offset_share) in [
                (Chain::Data, None),
                (Chain::Data, Some(0.01)),
                (Chain::Persistent(40), None),
                (Chain::Persistent(40), Some(0.01)),
            ] {
                let expected = if offset_share.is_some() { centred(&exact, &rows) } else { exact.gradients(&rows) };
                let mut off = |sweeps| {
                    let settings = Contrast { sweeps, chain, offset_share, binarise: Binarise::None, sparsity: None };
                    distance(&mut rbm, &x, &settings, 7, &expected, &threads)
                };
                let (one, few, many) = (off(1), off(3), off(25));
                let place = format!("{} {units:?} {chain:?} {offset_share:?}: {one} {few} {many}", isa.name());
                eprintln!("{place}");
                assert!(many < 0.04 && many < few.max(0.04) && few < one / 1.3, "{place}");
            }
        }
    }
}

/// A short last batch says the same as it would alone: the chains count alike, however many rows stand beside them.
/// Reference: the exact gradient of its rows.
#[test]
fn a_short_batch_has_its_own_exact_gradient() {
    let exact = Exact::new(&Plain::new(5, 4, 1.0), KINDS[0]);
    let rows = some_rows(Units::Bernoulli, 3, 5);
    let threads = Threads::new(2).unwrap();
    for (chain, most) in [(Chain::Persistent(40), 20), (Chain::Persistent(40), 100), (Chain::Data, 20)] {
        let settings = Contrast { sweeps: 20, chain, offset_share: None, binarise: Binarise::None, sparsity: None };
        let off = distance(&mut exact.rbm(), &panels_of(&rows), &settings, most, &exact.gradients(&rows), &threads);
        assert!(off < 0.03, "{chain:?} {most}: {off}");
    }
}

/// Reference: central differences of the cross-entropy in f64. With rows that are all alike and no memory the running mean is
/// each row's probability, and the derivative is that of the formula.
#[test]
fn the_gradient_of_sparsity_is_that_of_its_cross_entropy() {
    let exact = Exact::new(&Plain::new(5, 4, 1.0), KINDS[0]);
    let row: Vec<f64> = vec![1.0, 0.0, 1.0, 1.0, 0.0];
    let (x, threads) = (panels(&[0b01101; 6], 5), Threads::new(2).unwrap());
    let sparsity = Sparsity { target: 0.2, strength: 0.7, decay: 0.0 };
    let of = |sparsity| {
        let settings = Contrast { offset_share: None, sparsity, ..Contrast::default() };
        gradients(&mut exact.rbm(), &x, &settings, 1, 6, &threads)
    };
    let (with, without) = (of(Some(sparsity)), of(None));
    let penalty = |moved: &Exact| -> f64 {
        let of = |q: f64| -0.2 * q.ln() - 0.8 * (1.0 - q).ln();
        0.7 * moved.hidden_means(&row).into_iter().map(of).sum::<f64>()
    };
    for which in [0, 2] {
        for k in 0..with[which].len() {
            let at = |d: f64| {
                let mut moved = exact.clone();
                let Exact { w, a, b, .. } = &mut moved;
                [w, a, b][which][k] += d;
                penalty(&moved)
            };
            let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
            let found = f64::from(with[which][k] - without[which][k]);
            assert!((found - expected).abs() < 1e-5, "{which} {k}: {found} {expected}");
        }
    }
    assert_eq!(with[1], without[1], "the visible biases have no part in it");
}

/// The mean gradient of a row alone in the batch is as that of the row twice.
#[test]
fn rows_count_by_their_share() {
    let (plain, threads) = (Plain::new(5, 4, 1.0), Threads::new(1).unwrap());
    let settings = Contrast { offset_share: None, binarise: Binarise::None, ..Contrast::default() };
    let of = |rows: &[usize]| gradients(&mut plain.rbm(), &panels(rows, 5), &settings, 1, 8, &threads);
    for (once, twice) in of(&[9, 22]).iter().flatten().zip(of(&[9, 22, 9, 22]).iter().flatten()) {
        assert!((once - twice).abs() < 1e-6, "{once} {twice}");
    }
}
