//! Gibbs chains have the machine's own distribution: as numbers, and as states that are drawn.

use super::{Plain, rows};
use laddernet::models::rbm::{Binarise, Rbm};
use laddernet::models::trained::Start;
use laddernet::{Dataset, Isa, Threads};

/// Visible and hidden units of the machine, and the states of either side.
const UNITS: usize = 3;
const STATES: usize = 1 << UNITS;

type Flow = [[f64; STATES]; STATES];

/// All biases and weights count: to leave out those of either side moves the distribution.
fn machine() -> Plain {
    let w = vec![1.2, -0.8, 0.5, -0.6, 1.0, 0.9, 0.4, 0.7, -1.1];
    Plain { w, a: vec![0.9, -0.6, 0.8], b: vec![-0.3, 0.6, -0.7] }
}

/// Reference: `p(v)` from the energies of all states, in f64.
fn probabilities(plain: &Plain) -> [f64; STATES] {
    let weights: [f64; STATES] =
        std::array::from_fn(|v| (0..STATES).map(|h| plain.minus_energy(v, h).exp()).sum::<f64>());
    let z = weights.iter().sum::<f64>();
    weights.map(|weight| weight / z)
}

/// How likely each state is when its units are on with these probabilities, independently.
fn products(means: &[f64]) -> [f64; STATES] {
    let unit = |state: usize, i: usize| if state >> i & 1 == 1 { means[i] } else { 1.0 - means[i] };
    std::array::from_fn(|state| (0..UNITS).map(|i| unit(state, i)).product())
}

fn product(a: &Flow, b: &Flow) -> Flow {
    std::array::from_fn(|r| std::array::from_fn(|c| (0..STATES).map(|k| a[r][k] * b[k][c]).sum()))
}

/// The transition matrix of a sweep, `T(v -> v') = sum over h of p(h | v) p(v' | h)`, from conditional probabilities in f64.
fn transitions(plain: &Plain) -> Flow {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let weight = |i: usize, j: usize| f64::from(plain.w[i * UNITS + j]);
    let sum = |state: usize, bias: f32, weight: &dyn Fn(usize) -> f64| -> f64 {
        f64::from(bias) + (0..UNITS).map(|k| (state >> k & 1) as f64 * weight(k)).sum::<f64>()
    };
    let of = |state: usize, biases: &[f32], weight: &dyn Fn(usize, usize) -> f64| {
        let mean = |unit: usize| sigmoid(sum(state, biases[unit], &|k| weight(k, unit)));
        products(&(0..UNITS).map(mean).collect::<Vec<_>>())
    };
    let up = std::array::from_fn(|v| of(v, &plain.b, &weight));
    let down = std::array::from_fn(|h| of(h, &plain.a, &|j, i| weight(i, j)));
    product(&up, &down)
}

/// The same from what the library tells of all states of either side.
fn library_transitions(rbm: &Rbm, threads: &Threads) -> Flow {
    let all = rows(UNITS, 0..STATES);
    let of = |means: Vec<f32>| -> Flow {
        let means: Vec<f64> = means.into_iter().map(f64::from).collect();
        std::array::from_fn(|state| products(&means[state * UNITS..][..UNITS]))
    };
    product(&of(rbm.codes(&all, threads).unwrap()), &of(rbm.visible_means(&all, threads).unwrap()))
}

/// A sweep leaves the machine's distribution as it is, and as much goes from one state to another as comes back: by the full
/// transition matrix, with nothing drawn. References: for the matrix in f64 the energies of all states, within 1e-12; for the
/// library's conditional probabilities, which are f32, its own free energies and partition function.
#[test]
fn a_sweep_leaves_the_distribution_as_it_is() {
    let balanced = |p: &[f64], t: &Flow, bound: f64, name: &str| {
        for to in 0..STATES {
            let after: f64 = (0..STATES).map(|v| p[v] * t[v][to]).sum();
            assert!((after - p[to]).abs() < bound, "{name}, state {to}: {} becomes {after}", p[to]);
            for from in 0..to {
                let (there, back) = (p[from] * t[from][to], p[to] * t[to][from]);
                assert!((there - back).abs() < bound, "{name}, {from} to {to}: {there}, back {back}");
            }
        }
    };
    let plain = machine();
    balanced(&probabilities(&plain), &transitions(&plain), 1e-12, "in f64");
    for isa in Isa::available() {
        let (rbm, threads) = (plain.rbm(), Threads::with_isa(2, isa).unwrap());
        let (t, ln_z) = (library_transitions(&rbm, &threads), rbm.ln_partition(&threads).unwrap());
        let f = rbm.free_energies(&rows(UNITS, 0..STATES), &threads).unwrap();
        let p: Vec<f64> = f.into_iter().map(|f| (-f - ln_z).exp()).collect();
        balanced(&p, &t, 1e-6, isa.name());
    }
}

/// The states of rows, as numbers.
fn numbered(data: &Dataset) -> Vec<usize> {
    let state = |r: usize| (0..UNITS).map(|i| usize::from(data.input(r, i) == 1.0) << i).sum();
    (0..data.rows()).map(state).collect()
}

/// What chi-square with so many degrees of freedom exceeds once in ten thousand times (Wilson and Hilferty 1931).
fn seldom_exceeded(freedom: usize) -> f64 {
    let share = 2.0 / (9.0 * freedom as f64);
    freedom as f64 * (1.0 - share + 3.719 * share.sqrt()).powi(3)
}

/// Chains that have come to rest go from state to state as often as the matrix says, and as often back. References: the flow
/// `p(v) T(v -> v')` of all states in f64, and the counts themselves, turned round; chi-square with a false alarm in ten
/// thousand, of one sweep and of three, whose states between are drawn as well. The seed is fixed.
#[test]
fn drawn_states_flow_back_as_often_as_they_flow() {
    let (plain, chains) = (machine(), 40_000);
    let (rbm, p, t) = (plain.rbm(), probabilities(&plain), transitions(&plain));
    let thrice = product(&product(&t, &t), &t);
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        let drawn = |start, sweeps, seed| {
            let likely: Vec<f32> = rbm.sample(start, sweeps, None, seed, &threads).unwrap();
            let rows: Vec<Vec<f64>> =
                likely.chunks_exact(UNITS).map(|r| r.iter().map(|&x| x.into()).collect()).collect();
            Binarise::Stochastic.rows(&super::reference::dataset_of(&rows), seed, &threads)
        };
        let rest = drawn(Start::Random(chains), 30, 1);
        for (sweeps, t) in [(1, &t), (3, &thrice)] {
            let mut counts = [[0.0; STATES]; STATES];
            let (from, to) = (numbered(&rest), numbered(&drawn(Start::Rows(&rest), sweeps, 2)));
            from.into_iter().zip(to).for_each(|(from, to)| counts[from][to] += 1.0);
            let (mut expected, mut turned) = (0.0, 0.0);
            for from in 0..STATES {
                for to in 0..STATES {
                    let mean = chains as f64 * p[from] * t[from][to];
                    assert!(mean > 10.0, "too seldom for chi-square: {mean}");
                    expected += (counts[from][to] - mean).powi(2) / mean;
                    if from < to {
                        let (there, back): (f64, f64) = (counts[from][to], counts[to][from]);
                        turned += (there - back).powi(2) / (there + back);
                    }
                }
            }
            let place = format!("{}, {sweeps} sweeps: {expected} and {turned}", isa.name());
            eprintln!("{place}");
            assert!(expected < seldom_exceeded(STATES * STATES - 1), "{place}");
            assert!(turned < seldom_exceeded(STATES * (STATES - 1) / 2), "{place}");
        }
    }
}
