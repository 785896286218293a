//! Learning by contrast: gradients against the exact ones, and trainings in the one loop.

use super::{Plain, grey, panels, rows};
use laddernet::models::rbm::{Chain, Contrast, ContrastiveRbm, Rbm};
use laddernet::optimiser::Descent;
use laddernet::split::Split;
use laddernet::training::{Checkpoint, Event, FitSettings, Flow, RECONSTRUCTION, fit_from};
use laddernet::{Dataset, Isa, Precision, Scaling, Threads};

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
    // Other initial values than those of the training that is resumed: they must not matter.
    let rbm = Rbm::new(40, 33, if from.is_some() { 2 } else { 1 }).unwrap();
    let mut model = ContrastiveRbm { rbm, contrast: contrast.clone() };
    let split = Split { labelled: vec![], unlabelled: (0..70).collect(), validation: vec![] };
    let settings = FitSettings {
        epochs: 5,
        unlabelled_batch: 20,
        learning_rate: 0.02,
        precision: isa.precision(),
        ..FitSettings::default()
    };
    let (mut checkpoints, mut errors) = (Vec::new(), Vec::new());
    let report = fit_from(from, &mut model, &data, &split, &settings, &threads, &mut |event| {
        if let Event::Epoch(report, state) = event {
            errors.push(report.costs.of(RECONSTRUCTION).unwrap());
            checkpoints.push(state.checkpoint());
        }
        Flow::Continue
    });
    assert_eq!(report.unwrap().steps, 20);
    (model, checkpoints, errors)
}

/// Chains and offsets are part of what is saved.
#[test]
fn a_training_resumes_from_a_checkpoint_to_the_same_bits() {
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

/// The error of a row, reconstructed from its hidden units' probabilities, by hand; and of the first rows alone.
#[test]
fn the_reconstructed_rows_error_is_that_of_the_formulas() {
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
        fit_from(None, &mut model, data, split, settings, &threads, &mut |_| Flow::Continue).unwrap_err().to_string()
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
