//! What can be known and drawn of a machine without its partition function.

use super::{Plain, dataset, grey, numbers, rows};
use laddernet::models::rbm::{Binarise, RbmError};
use laddernet::models::trained::Start;
use laddernet::{Dataset, Isa, Threads};

/// Reference: conditional probabilities from the energies of all states, in f64. More rows than one task takes, and more
/// units than a panel on either side.
#[test]
fn pseudo_likelihoods_are_those_of_all_flips() {
    let plain = Plain::new(7, 3, 1.5);
    let (rbm, threads) = (plain.rbm(), Threads::new(2).unwrap());
    let found = rbm.pseudo_likelihoods(&rows(7, 0..128), &threads).unwrap();
    let weight = |v: usize| -> f64 { (0..8).map(|h| plain.minus_energy(v, h).exp()).sum() };
    for (v, found) in found.iter().enumerate() {
        let expected: f64 = (0..7).map(|i| (weight(v) / (weight(v) + weight(v ^ 1 << i))).ln()).sum();
        assert!((found - expected).abs() < 1e-5, "{v:b}: {found} {expected}");
    }
    // Of a large machine, by free energies: ln P(v_i | others) = -ln(1 + e^(F(v) - F(flipped))).
    let plain = Plain::new(70, 45, 0.4);
    let (rbm, v) = (plain.rbm(), numbers(70, 1.0, 9).iter().map(|&x| u8::from(x > 0.0)).collect::<Vec<_>>());
    let flipped = (0..70).flat_map(|i| (0..70).map(move |c| (i, c))).map(|(i, c)| v[c] ^ u8::from(c == i));
    let f = rbm.free_energies(&dataset(v.iter().copied().chain(flipped).collect(), 70), &threads).unwrap();
    let expected: f64 = f[1..].iter().map(|flipped| -(f[0] - flipped).exp().ln_1p()).sum();
    let found = rbm.pseudo_likelihoods(&dataset(v, 70), &threads).unwrap()[0];
    assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    let grey = rbm.pseudo_likelihoods(&grey(3, 70), &threads).unwrap_err().to_string();
    assert!(grey.contains("row 0") && grey.contains("expected 0 or 1"), "{grey}");
}

#[test]
fn codes_are_the_hidden_units_probabilities_and_idle_units_are_found() {
    let mut plain = Plain::new(40, 37, 0.5);
    (plain.b[5], plain.b[36]) = (-40.0, 40.0);
    let (rbm, threads) = (plain.rbm(), Threads::new(2).unwrap());
    let data = grey(130, 40);
    let codes = rbm.codes(&data, &threads).unwrap();
    for (r, j) in [(0, 0), (59, 31), (60, 32), (129, 35), (64, 5)] {
        let z: f64 = (0..40).map(|i| f64::from(data.input(r, i)) * f64::from(plain.w[i * 37 + j])).sum();
        let expected = 1.0 / (1.0 + (-z - f64::from(plain.b[j])).exp());
        assert!((f64::from(codes[r * 37 + j]) - expected).abs() < 1e-5, "{r} {j}");
    }
    let idle = rbm.idle_units(&data, &threads).unwrap();
    assert!(idle.dead.contains(&5) && idle.saturated.contains(&36) && !idle.dead.contains(&0), "{idle:?}");
    assert_eq!(rbm.codes(&grey(3, 39), &threads), Err(RbmError::Features { found: 39, expected: 40 }));
}

#[test]
fn grey_values_become_states_in_three_ways() {
    let (data, threads) = (grey(3000, 40), Threads::new(2).unwrap());
    let cut = Binarise::Threshold.rows(&data, 1, &threads);
    assert!((0..40).all(|c| cut.input(0, c) == f32::from(u8::from(c < 20))));
    let drawn = Binarise::Stochastic.rows(&data, 1, &threads);
    let share = (0..3000).step_by(2).map(|r| f64::from(drawn.input(r, 3))).sum::<f64>() / 1500.0;
    assert!((share - 230.0 / 255.0).abs() < 0.03, "{share}");
    let bits = |d: &Dataset| (0..40).map(|c| d.input(7, c)).collect::<Vec<_>>();
    assert_eq!(bits(&drawn), bits(&Binarise::Stochastic.rows(&data, 1, &Threads::new(1).unwrap())));
    assert_ne!(bits(&drawn), bits(&Binarise::Stochastic.rows(&data, 2, &threads)));
    assert_eq!(bits(&data), bits(&Binarise::None.rows(&data, 1, &threads)));
    assert_eq!((drawn.rows(), drawn.row_shape()), (3000, data.row_shape()));
}

/// Reference: the means of the visible units over all states, in f64; with units held, over the states that agree with them.
#[test]
fn long_chains_come_to_the_machines_own_means() {
    let plain = Plain::new(5, 4, 1.0);
    let (rbm, chains) = (plain.rbm(), 20_000);
    let weight = |v: usize| -> f64 { (0..16).map(|h| plain.minus_energy(v, h).exp()).sum() };
    let mean_of = |i: usize, agrees: &dyn Fn(usize) -> bool| -> f64 {
        let states = || (0..32).filter(|&v| agrees(v));
        states().filter(|v| v >> i & 1 == 1).map(weight).sum::<f64>() / states().map(weight).sum::<f64>()
    };
    let means = |rows: &[f32]| -> Vec<f64> {
        (0..5).map(|i| rows.iter().skip(i).step_by(5).map(|&x| f64::from(x)).sum::<f64>() / chains as f64).collect()
    };
    let pattern = rows(5, std::iter::repeat_n(0b01101, chains));
    let held = [true, false, false, true, false];
    for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
        let (threads, tolerance) = (Threads::with_isa(2, isa).unwrap(), 0.01);
        let free = means(&rbm.sample(Start::Random(chains), 30, None, 1, &threads).unwrap());
        let painted = means(&rbm.sample(Start::Rows(&pattern), 30, Some(&held), 1, &threads).unwrap());
        for i in 0..5 {
            assert!((free[i] - mean_of(i, &|_| true)).abs() < tolerance, "{} {i}: {free:?}", isa.name());
            let given = mean_of(i, &|v| v & 0b01001 == 0b01001);
            assert!((painted[i] - given).abs() < tolerance, "{} {i}: {painted:?} {given}", isa.name());
        }
        assert_eq!((painted[0], painted[3]), (1.0, 1.0));
    }
    let with = |n| rbm.sample(Start::Random(70), 3, None, 1, &Threads::new(n).unwrap()).unwrap();
    assert!(with(1) == with(2) && with(1) == with(3));
    let threads = Threads::new(1).unwrap();
    let refused = |start, held| rbm.sample(start, 1, held, 1, &threads).unwrap_err().to_string();
    assert_eq!(refused(Start::Random(1), Some(&held[..4])), "4 values of the held units: expected 5");
    assert!(refused(Start::Rows(&grey(2, 6)), None).contains("rows of 6 values for 5 visible units"));
}
