//! What is drawn for one place is drawn for no other: rows of a batch, steps, sweeps and seeds.

use super::reference::{dataset_of, panels_of};
use laddernet::models::rbm::{Binarise, Chain, Contrast, Rbm};
use laddernet::models::trained::Start;
use laddernet::optimiser::Update;
use laddernet::{Dataset, Isa, Precision, Threads};

/// Units of each side; a correlation is a mean over so many.
const UNITS: usize = 800;

/// Five standard deviations: independent coins exceed this correlation once in 1.7 million pairs. The seeds are fixed.
fn bound() -> f64 {
    5.0 / (UNITS as f64).sqrt()
}

/// Signs: of a coin, 1 or -1.
type Coins = Vec<f64>;

/// No two are alike, nor is any of them the other turned round. Reference: independent coins.
fn assert_unrelated(what: &str, all: &[Coins]) {
    for (i, a) in all.iter().enumerate() {
        assert!(a.len() == UNITS && a.iter().all(|x| x.abs() == 1.0), "{what} {i} are no coins");
        for (j, b) in all.iter().enumerate().skip(i + 1) {
            let together = a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / UNITS as f64;
            assert!(together.abs() < bound(), "{what} {i} and {j} have the correlation {together}");
        }
    }
}

fn coins(x: &[f32], middle: f32) -> Coins {
    x.iter().map(|&x| if x > middle { 1.0 } else { -1.0 }).collect()
}

/// Each hidden unit sees one visible unit, hardly: all are nearly coins, and the probability of a visible unit tells the
/// state of its hidden one.
fn faint() -> Rbm {
    let mut w = vec![0.0; UNITS * UNITS];
    (0..UNITS).for_each(|i| w[i * UNITS + i] = 0.02);
    Rbm::from_values(&w, &[-0.01; UNITS], &[-0.01; UNITS]).unwrap()
}

fn alike(rows: usize, value: f64) -> Vec<Vec<f64>> {
    vec![vec![value; UNITS]; rows]
}

#[test]
fn grey_rows_are_binarised_each_for_itself() {
    let (grey, threads) = (dataset_of(&alike(40, 0.5)), Threads::new(2).unwrap());
    let rows = |data: &Dataset, rows: usize| -> Vec<Coins> {
        (0..rows).map(|r| coins(&(0..UNITS).map(|c| data.input(r, c)).collect::<Vec<_>>(), 0.5)).collect()
    };
    let of = |seed| Binarise::Stochastic.rows(&grey, seed, &threads);
    let mut all = rows(&of(1), 40);
    [2, 3, 1 << 32].into_iter().for_each(|seed| all.extend(rows(&of(seed), 5)));
    assert_unrelated("rows and seeds", &all);
}

/// Chains that begin alike: their hidden states after one sweep, after more, and of other seeds.
#[test]
fn chains_sweeps_and_seeds_draw_each_for_itself() {
    let (rbm, start) = (faint(), dataset_of(&alike(20, 0.0)));
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        let of = |sweeps, seed, chains: usize| -> Vec<Coins> {
            let likely = rbm.sample(Start::Rows(&start), sweeps, None, seed, &threads).unwrap();
            likely.chunks_exact(UNITS).take(chains).map(|row| coins(row, 0.5)).collect()
        };
        let all: Vec<Coins> = [(1, 1, 20), (2, 1, 5), (3, 1, 5), (1, 2, 5), (2, 2, 5)]
            .into_iter()
            .flat_map(|(k, s, n)| of(k, s, n))
            .collect();
        assert_unrelated(&format!("{}: chains, sweeps and seeds", isa.name()), &all);
    }
}

/// What a step of learning draws: the gradient of the visible biases is the mean of the chains' states less that of the rows.
/// Chains in a batch: with a vector of draws for all of them the mean would be as far from one half as one chain is, as a tenth
/// of it is here. Reference: the variance of a mean of coins, a quarter over their number.
#[test]
fn steps_of_learning_draw_each_for_itself() {
    let threads = Threads::new(2).unwrap();
    let settings = |sweeps, chain, binarise| Contrast { sweeps, chain, offset_share: None, binarise, sparsity: None };
    // The gradients of some steps one after the other.
    let of = |settings: &Contrast, rows: usize, seed, steps: u32| -> Vec<Vec<f32>> {
        let (mut rbm, x) = (faint(), panels_of(&alike(rows, 0.5)));
        let mut buffers = settings.buffers(&rbm, rows, Precision::F32);
        let gradient = |step| {
            rbm.contrast(&threads, &mut buffers, &x, settings, seed, step);
            rbm.gradients(&threads, &buffers, settings, Update::Keep);
            rbm.parameters().0[1].gradients()
        };
        (0..steps).map(gradient).collect()
    };
    for (chain, name) in [(Chain::Data, "from the data"), (Chain::Persistent(1), "persistent")] {
        let mut all: Vec<Coins> = Vec::new();
        for (sweeps, seed) in [(1, 1), (2, 1), (1, 2)] {
            let found = of(&settings(sweeps, chain, Binarise::None), 1, seed, 6);
            all.extend(found.iter().map(|gradient| coins(gradient, 0.0)));
        }
        assert_unrelated(&format!("{name}: steps, sweeps and seeds"), &all);
    }
    let variance = |of: &[f32]| of.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / UNITS as f64;
    // Rows as they are give the chains' part alone, drawn ones their own as well; neither is the other's draws again.
    for chain in [Chain::Data, Chain::Persistent(100)] {
        for (binarise, parts) in [(Binarise::None, 1.0), (Binarise::Stochastic, 2.0)] {
            for gradient in of(&settings(1, chain, binarise), 100, 1, 3) {
                let (found, expected) = (variance(&gradient), parts * 0.25 / 100.0);
                // Five standard deviations of a variance of so many.
                let off = 5.0 * (2.0 / UNITS as f64).sqrt() * expected;
                assert!((found - expected).abs() < off, "{chain:?} {binarise:?}: {found} {expected}");
            }
        }
    }
}
