//! Learning by contrast: gradients against the exact ones, and trainings in the one loop.

use super::{Plain, grey, panels, rows};
use laddernet::fit::{Checkpoint, Event, FitSettings, Flow, fit_from};
use laddernet::models::rbm::{Binarise, Chain, Contrast, ContrastiveRbm, Rbm};
use laddernet::optimiser::{Descent, Update};
use laddernet::split::Split;
use laddernet::{Dataset, Isa, Precision, Scaling, Threads};
use laddernet_math::Panels;

/// Gradients of the mean of `F(v) + ln Z` over the rows, weight by weight, by sums over all states in f64: row-major
/// weights, visible biases, hidden biases.
fn exact_gradients(plain: &Plain, data: &[usize]) -> [Vec<f64>; 3] {
    let (visible, hidden) = (plain.a.len(), plain.b.len());
    let weight = |v: usize, h: usize| plain.minus_energy(v, h).exp();
    let mut machine = vec![0.0; 1 << visible];
    let z: f64 = (0..1 << visible).flat_map(|v| (0..1 << hidden).map(move |h| (v, h))).map(|(v, h)| weight(v, h)).sum();
    (0..1 << visible).for_each(|v| machine[v] = (0..1 << hidden).map(|h| weight(v, h)).sum::<f64>() / z);
    let hidden_given = |v: usize, j: usize| {
        let on: f64 = (0..1 << hidden).filter(|h| h >> j & 1 == 1).map(|h| weight(v, h)).sum();
        on / (0..1 << hidden).map(|h| weight(v, h)).sum::<f64>()
    };
    let mut out = [vec![0.0; visible * hidden], vec![0.0; visible], vec![0.0; hidden]];
    let terms = data.iter().map(|&v| (v, -1.0 / data.len() as f64)).chain(machine.iter().copied().enumerate());
    for (v, share) in terms {
        for j in 0..hidden {
            let h = share * hidden_given(v, j);
            out[2][j] += h;
            (0..visible).filter(|i| v >> i & 1 == 1).for_each(|i| out[0][i * hidden + j] += h);
        }
        (0..visible).filter(|i| v >> i & 1 == 1).for_each(|i| out[1][i] += share);
    }
    out
}

/// The gradients of one step, not applied.
fn gradients(rbm: &mut Rbm, x: &Panels, settings: &Contrast, seed: u64, threads: &Threads) -> [Vec<f32>; 3] {
    let mut buffers = settings.buffers(rbm, x.rows(), Precision::F32);
    rbm.contrast(threads, &mut buffers, x, settings, seed, 0);
    rbm.gradients(threads, &buffers, settings, Update::Keep);
    let parameters = rbm.parameters().0;
    [0, 1, 2].map(|i| parameters[i].gradients())
}

/// As the chains grow longer, the mean gradient of many seeds comes to the exact one, from the data or from coins; with
/// offsets, to that of the centred machine, `gW - mu gb' - ga lambda'`. Witness: all states, in f64; these in turn finite
/// differences of the likelihood.
#[test]
fn gradients_come_to_the_exact_ones_as_chains_grow() {
    let plain = Plain::new(5, 4, 1.5);
    let data: Vec<usize> = vec![3, 17, 30, 8, 3, 21, 12];
    let exact = exact_gradients(&plain, &data);
    let threads = Threads::new(2).unwrap();
    let cost = |plain: &Plain| {
        let rbm = plain.rbm();
        let f = rbm.free_energies(&rows(5, data.iter().copied()), &threads).unwrap();
        f.iter().sum::<f64>() / f.len() as f64 + rbm.ln_partition(&threads).unwrap()
    };
    let h = 1e-2;
    for k in [0, 7, 19] {
        let at = |d: f32| {
            let mut moved = Plain { w: plain.w.clone(), a: plain.a.clone(), b: plain.b.clone() };
            moved.w[k] += d;
            cost(&moved)
        };
        assert!(((at(h) - at(-h)) / (2.0 * f64::from(h)) - exact[0][k]).abs() < 1e-4);
    }
    // The offsets of a first step: the means of the data's units.
    let on = |x: bool| f64::from(u8::from(x)) / data.len() as f64;
    let mu: Vec<f64> = (0..5).map(|i| data.iter().map(|v| on(v >> i & 1 == 1)).sum()).collect();
    let weight = |v: usize, h: usize| plain.minus_energy(v, h).exp();
    let given = |v: usize, j: usize| -> f64 {
        let of_all: f64 = (0..16).map(|h| weight(v, h)).sum();
        (0..16).filter(|h| h >> j & 1 == 1).map(|h| weight(v, h)).sum::<f64>() / of_all
    };
    let lambda: Vec<f64> = (0..4).map(|j| data.iter().map(|&v| given(v, j)).sum::<f64>() / data.len() as f64).collect();
    let x = panels(&data, 5);
    let mut rbm = plain.rbm();
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        for (chain, offset_share) in [
            (Chain::Data, None),
            (Chain::Data, Some(0.01)),
            (Chain::Persistent(40), None),
            (Chain::Persistent(40), Some(0.01)),
        ] {
            let mut exact = exact.clone();
            if offset_share.is_some() {
                let [gw, ga, gb] = &mut exact;
                (0..20).for_each(|k| gw[k] -= mu[k / 4] * gb[k % 4] + ga[k / 4] * lambda[k % 4]);
            }
            let off = |sweeps: u16, seeds: u64, rbm: &mut Rbm| {
                let settings = Contrast { sweeps, chain, offset_share, binarise: Binarise::None, sparsity: None };
                let mut mean = exact.clone().map(|g| vec![0.0; g.len()]);
                for seed in 0..seeds {
                    for (mean, found) in mean.iter_mut().zip(gradients(rbm, &x, &settings, seed, &threads)) {
                        mean.iter_mut().zip(found).for_each(|(m, g)| *m += f64::from(g) / seeds as f64);
                    }
                }
                let squares = mean.iter().flatten().zip(exact.iter().flatten()).map(|(m, e)| (m - e).powi(2));
                squares.sum::<f64>().sqrt()
            };
            let (one, many) = (off(1, 4000, &mut rbm), off(30, 4000, &mut rbm));
            assert!(many < 0.02 && many < one / 2.0, "{} {chain:?} {offset_share:?}: {one} {many}", isa.name());
        }
    }
}

/// On the eight pictures of bars and stripes, two by two, no machine does better than the entropy of their frequencies:
/// -1.732868 a row. Centring comes nearer in the same steps.
#[test]
fn bars_and_stripes_are_learned_to_their_entropy() {
    let data: Vec<usize> = vec![0b0000, 0b0000, 0b1111, 0b1111, 0b0011, 0b1100, 0b0101, 0b1010];
    let threads = Threads::new(2).unwrap();
    let learned = |chain, sweeps, offset_share, rate: f32| {
        let settings = Contrast { sweeps, chain, offset_share, ..Contrast::default() };
        let mut rbm = Rbm::new(4, 12, 1).unwrap();
        let x = panels(&data.repeat(8), 4);
        let mut buffers = settings.buffers(&rbm, x.rows(), Precision::F32);
        let mut adam = Descent::adam(threads.isa(), rbm.parameters_mut());
        let steps = 6000;
        for step in 0..steps {
            let rate = rate * (1.0 - step as f32 / steps as f32);
            rbm.contrast(&threads, &mut buffers, &x, &settings, 1, step);
            rbm.gradients(&threads, &buffers, &settings, adam.step(rate));
        }
        let f = rbm.free_energies(&rows(4, data.iter().copied()), &threads).unwrap();
        -f.iter().sum::<f64>() / 8.0 - rbm.ln_partition(&threads).unwrap()
    };
    for (chain, sweeps, rate) in [(Chain::Persistent(640), 5, 0.002), (Chain::Data, 10, 0.01)] {
        let (centred, plain) = (learned(chain, sweeps, Some(0.05), rate), learned(chain, sweeps, None, rate));
        assert!(centred < -1.732_867 && centred > -1.77, "{chain:?}: {centred}");
        assert!(plain < centred && plain > -2.0, "{chain:?}: {plain} {centred}");
    }
}

/// Neither the number of threads changes a bit, nor do padding columns learn anything.
#[test]
fn learning_is_the_same_for_any_number_of_threads() {
    let data: Vec<usize> = (0..50).map(|r| r * 613 % (1 << 20)).collect();
    let steps = |isa: Isa, threads: usize, chain| {
        let threads = Threads::with_isa(threads, isa).unwrap();
        let settings = Contrast { sweeps: 2, chain, ..Contrast::default() };
        let mut rbm = Rbm::new(20, 70, 3).unwrap();
        let x = panels(&data, 20);
        let mut buffers = settings.buffers(&rbm, 60, isa.precision());
        let mut adam = Descent::adam(isa, rbm.parameters_mut());
        for step in 0..5 {
            rbm.contrast(&threads, &mut buffers, &x, &settings, 1, step);
            rbm.gradients(&threads, &buffers, &settings, adam.step(0.01));
        }
        rbm.parameters().0.iter().map(|p| p.values()).collect::<Vec<_>>()
    };
    for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
        for chain in [Chain::Data, Chain::Persistent(33)] {
            let one = steps(isa, 1, chain);
            assert!(one == steps(isa, 2, chain) && one == steps(isa, 3, chain), "{} {chain:?}", isa.name());
            assert!(one.iter().flatten().all(|x| x.is_finite()));
        }
    }
}

fn fitted(contrast: &Contrast, isa: Isa, from: Option<&Checkpoint>) -> (ContrastiveRbm, Vec<Checkpoint>, Vec<f64>) {
    let (data, threads) = (grey(70, 40), Threads::with_isa(2, isa).unwrap());
    // Other initial values than those of the training that is gone on with: they must not matter.
    let rbm = Rbm::new(40, 33, if from.is_some() { 2 } else { 1 }).unwrap();
    let mut model = ContrastiveRbm { rbm, contrast: contrast.clone() };
    let split = Split { labelled: vec![], unlabelled: (0..70).collect(), validation: vec![] };
    let settings = FitSettings { epochs: 5, unlabelled_batch: 20, learning_rate: 0.02, ..FitSettings::default() };
    let (mut checkpoints, mut errors) = (Vec::new(), Vec::new());
    let report = fit_from(from, &mut model, &data, &split, &settings, &threads, &mut |event| {
        if let Event::Epoch(report, standing) = event {
            errors.push(report.denoising_costs[0].unwrap());
            checkpoints.push(standing.checkpoint());
        }
        Flow::Go
    });
    assert_eq!(report.unwrap().steps, 20);
    (model, checkpoints, errors)
}

/// Chains and offsets are part of what is saved.
#[test]
fn a_training_goes_on_from_a_checkpoint_to_the_same_bits() {
    for chain in [Chain::Data, Chain::Persistent(30)] {
        for isa in Isa::available().into_iter().chain(Isa::available_bf16()) {
            let contrast = Contrast { chain, ..Contrast::default() };
            let (whole, checkpoints, errors) = fitted(&contrast, isa, None);
            assert!(errors[4] < 0.8 * errors[0], "{errors:?}");
            let bits = |model: &ContrastiveRbm| model.rbm.parameters().0.iter().map(|p| p.values()).collect::<Vec<_>>();
            for (i, checkpoint) in checkpoints.iter().enumerate() {
                let (model, later, _) = fitted(&contrast, isa, Some(checkpoint));
                assert!(bits(&model) == bits(&whole), "{chain:?} on {}, epoch {}", isa.name(), i + 1);
                assert!(later == checkpoints[i + 1..], "{chain:?} on {}, epoch {}", isa.name(), i + 1);
            }
        }
    }
}

/// The error of a row, rebuilt from its hidden units' probabilities, by hand; and of the first rows alone.
#[test]
fn the_rebuilt_rows_error_is_that_of_the_formulas() {
    let plain = Plain::new(5, 4, 1.5);
    let data: Vec<usize> = (0..20).map(|r| r * 11 % 32).collect();
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let (w, a, b) = (&plain.w, &plain.a, &plain.b);
    let on = |v: usize, i: usize| (v >> i & 1) as f64;
    let error = |v: usize| -> f64 {
        let h = |j: usize| sigmoid((0..5).map(|i| on(v, i) * f64::from(w[i * 4 + j])).sum::<f64>() + f64::from(b[j]));
        let h = [0, 1, 2, 3].map(h);
        let back = |i: usize| sigmoid((0..4).map(|j| h[j] * f64::from(w[i * 4 + j])).sum::<f64>() + f64::from(a[i]));
        (0..5).map(|i| (on(v, i) - back(i)).powi(2)).sum()
    };
    let expected = data[..16].iter().map(|&v| error(v)).sum::<f64>() / 16.0;
    let (rbm, x, settings) = (plain.rbm(), panels(&data, 5), Contrast::default());
    for isa in Isa::available() {
        let threads = Threads::with_isa(2, isa).unwrap();
        let mut buffers = settings.buffers(&rbm, x.rows(), Precision::F32);
        let found = rbm.contrast(&threads, &mut buffers, &x, &settings, 1, 0);
        assert!((found - expected).abs() < 1e-5, "{}: {found} {expected}", isa.name());
    }
}

#[test]
fn rows_that_are_no_probabilities_and_rates_that_break_it_are_named() {
    let threads = Threads::new(2).unwrap();
    let mut model = ContrastiveRbm { rbm: Rbm::new(40, 33, 1).unwrap(), contrast: Contrast::default() };
    let split = Split { labelled: vec![], unlabelled: (0..70).collect(), validation: vec![] };
    let settings = FitSettings { epochs: 2, unlabelled_batch: 20, ..FitSettings::default() };
    let mut fit = |data: &Dataset, split: &Split, settings: &FitSettings| {
        fit_from(None, &mut model, data, split, settings, &threads, &mut |_| Flow::Go).unwrap_err().to_string()
    };
    let message = fit(&grey(70, 40).with_scaling(Scaling::NONE), &split, &settings);
    assert!(message.contains("row 0") && message.contains("230"), "{message}");
    let message = fit(&grey(70, 39), &split, &settings);
    assert!(message.contains("39 values a row, but the first layer has 40 units"), "{message}");
    let none = Split { unlabelled: vec![], ..split.clone() };
    assert!(fit(&grey(70, 40), &none, &settings).contains("no row to learn from"));
    let message = fit(&grey(70, 40), &split, &FitSettings { learning_rate: 1e38, ..settings });
    assert!(message.contains("diverged at step") && message.contains("smaller learning rate"), "{message}");
    assert!(model.rbm.parameters().0.iter().all(|p| p.values().iter().all(|x| x.is_finite())));
}
