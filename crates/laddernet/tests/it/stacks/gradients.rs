//! Costs and gradients, against finite differences in double precision.

use super::plain::{self, Matrix};
use super::{kinds, random, stripes};
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings};
use laddernet::models::classifier::{Classifier, Learning};
use laddernet::models::vae::VaeSettings;
use laddernet::optimiser::{Descent, Update};
use laddernet::training::{Batch, Costs, Model, RECONSTRUCTION, SUPERVISED};
use laddernet::{Isa, Precision, Threads};

/// Rows between 0 and 1.
fn inputs(rows: usize, columns: usize) -> Matrix {
    let mut seed = 7;
    let mut next = || f64::from(plain::number(&mut seed).abs().min(1.0));
    (0..rows).map(|_| (0..columns).map(|_| next()).collect()).collect()
}

fn unlabelled(x: &Matrix) -> Batch {
    Batch { x: plain::panels(x), labels: Vec::new(), weights: None }
}

/// Reference: central finite differences of the plain cost, for about fifteen values of each parameter.
#[test]
fn of_autoencoders() {
    let x = inputs(12, 70);
    for (name, settings) in kinds(70) {
        let model = random(&settings);
        let mut t = plain::tensors(&model.parameters());
        let seen = plain::seen(&t, &settings, &x, 5, 9);
        let cost = |t: &_| {
            let costs = plain::costs(t, &settings, &x, &seen);
            costs.iter().sum::<f64>() / costs.len() as f64
        };
        let expected = cost(&t);
        let differences = plain::differences(&mut t, cost);
        for isa in Isa::available() {
            let (threads, mut model) = (Threads::with_isa(2, isa).unwrap(), model.clone());
            // Room for more rows than there are, as for a short batch.
            let mut buffers = model.buffers(0, 17, Precision::F32);
            let costs = model.costs(&threads, &mut buffers, &unlabelled(&x), 5, 9);
            assert!((costs.total - expected).abs() < 1e-5 * expected, "{name}: {} {expected}", costs.total);
            assert_eq!(costs, Costs::single(RECONSTRUCTION, costs.total));
            model.gradients(&threads, &mut buffers, &unlabelled(&x), Update::Keep);
            plain::compare(&format!("{name}, {}", isa.name()), &model.parameters(), &differences, expected);
        }
    }
}

fn classifier(sizes: &[usize]) -> Classifier {
    let mut model = Classifier::new(sizes, 3);
    plain::shake(model.parameters_mut());
    model
}

/// Reference: central finite differences of the plain cost. With the top alone learning, its gradient is the same, and that
/// of the layers below zero.
#[test]
fn of_classifiers() {
    for (sizes, dropout) in
        [(&[70, 65, 40, 33][..], 0.0), (&[70, 40, 3], 0.0), (&[40, 33], 0.0), (&[70, 65, 40, 33], 0.4)]
    {
        let x = inputs(12, sizes[0]);
        let labels: Vec<u32> = (0..9).map(|r| r * 17 % sizes[sizes.len() - 1] as u32).collect();
        let mut model = classifier(sizes);
        model.dropout = dropout;
        let dropped = plain::dropped(sizes, 9, dropout, 5, 9);
        let mut t = plain::tensors(&model.parameters());
        let cost = |t: &_| {
            let p = plain::probabilities(t, sizes, &x[..9].to_vec(), &dropped);
            -labels.iter().zip(p).map(|(&label, p)| p[label as usize].ln()).sum::<f64>() / 9.0
        };
        let expected = cost(&t);
        let differences = plain::differences(&mut t, cost);
        for isa in Isa::available() {
            let (threads, mut model) = (Threads::with_isa(2, isa).unwrap(), model.clone());
            let mut buffers = model.buffers(14, 0, Precision::F32);
            // Rows without a label stand below the labelled ones and are skipped.
            let batch = Batch { x: plain::panels(&x), labels: labels.clone(), weights: None };
            let costs = model.costs(&threads, &mut buffers, &batch, 5, 9);
            assert!((costs.total - expected).abs() < 1e-5 * expected, "{} {expected}", costs.total);
            assert_eq!(costs, Costs::single(SUPERVISED, costs.total));
            model.gradients(&threads, &mut buffers, &batch, Update::Keep);
            plain::compare(isa.name(), &model.parameters(), &differences, expected);
            let all: Vec<Vec<f32>> = model.parameters().0.iter().map(|p| p.gradients()).collect();
            model.learning = Learning::TopAlone;
            model.costs(&threads, &mut buffers, &batch, 5, 9);
            model.gradients(&threads, &mut buffers, &batch, Update::Keep);
            let top_alone: Vec<Vec<f32>> = model.parameters().0.iter().map(|p| p.gradients()).collect();
            let top = all.len() - 2;
            assert!(top_alone[top..] == all[top..]);
            assert!(top_alone[..top].iter().flatten().all(|&g| g == 0.0));
        }
    }
}

/// A tied weight is used on the way up and on the way down, and its gradient is the sum of both. Reference: the untied
/// network whose way down has the same weights, transposed.
#[test]
fn of_tied_weights_is_the_sum_of_both_ways() {
    let threads = Threads::new(2).unwrap();
    let x = inputs(20, 70);
    for layers in [&[70, 40][..], &[70, 65, 40, 33]] {
        let settings = AutoencoderSettings { tied: true, ..AutoencoderSettings::of(layers) };
        let mut tied = random(&settings);
        let mut untied = Autoencoder::new(AutoencoderSettings { tied: false, ..settings }, 8).unwrap();
        let transposed = |values: &[f32], rows: usize| -> Vec<f32> {
            let columns = values.len() / rows;
            (0..values.len()).map(|k| values[k % rows * columns + k / rows]).collect()
        };
        let values: Vec<(String, Vec<f32>)> =
            tied.parameters().0.iter().map(|p| (p.path().to_owned(), p.values())).collect();
        let of = |path: &str| &values.iter().find(|(p, _)| p == path).unwrap().1;
        for p in untied.parameters_mut() {
            match p.path().strip_prefix("decoder.").and_then(|rest| rest.strip_suffix(".weight")) {
                Some(l) => {
                    let above = l.parse::<usize>().unwrap() + 1;
                    p.set_values(&transposed(of(&format!("encoder.{above}.weight")), p.shape()[1]));
                }
                None => p.set_values(of(p.path())),
            }
        }
        for model in [&mut tied, &mut untied] {
            let mut buffers = model.buffers(0, 20, Precision::F32);
            model.costs(&threads, &mut buffers, &unlabelled(&x), 1, 1);
            model.gradients(&threads, &mut buffers, &unlabelled(&x), Update::Keep);
        }
        let untied = untied.parameters();
        let gradient = |path: &str| untied.0.iter().find(|p| p.path() == path).unwrap();
        for p in tied.parameters().0 {
            let mut expected = gradient(p.path()).gradients();
            if let Some(l) = p.path().strip_prefix("encoder.").and_then(|rest| rest.strip_suffix(".weight")) {
                let down = gradient(&format!("decoder.{}.weight", l.parse::<usize>().unwrap() - 1));
                let more = transposed(&down.gradients(), down.shape()[0]);
                assert!(more.iter().any(|&g| g.abs() > 1e-4));
                expected.iter_mut().zip(more).for_each(|(e, m)| *e += m);
            }
            let off = p.gradients().iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let size = expected.iter().fold(0.0f32, |m, e| m.max(e.abs()));
            assert!(off < 1e-5 * size, "{}: off by {off} of {size}", p.path());
        }
    }
}

/// Three steps of Adam: costs and last gradients.
fn three_steps(model: &impl ThreeSteps, isa: Isa, batch: &Batch) -> (Vec<f64>, Vec<Vec<f32>>) {
    model.three(&Threads::with_isa(2, isa).unwrap(), batch)
}

/// A model that takes three steps of its own copy.
trait ThreeSteps {
    fn three(&self, threads: &Threads, batch: &Batch) -> (Vec<f64>, Vec<Vec<f32>>);
}

impl<M: Model + Clone> ThreeSteps for M {
    fn three(&self, threads: &Threads, batch: &Batch) -> (Vec<f64>, Vec<Vec<f32>>) {
        let mut model = self.clone();
        let (n_l, n_u) = (batch.labels.len(), batch.x.rows() - batch.labels.len());
        let mut buffers = model.buffers(n_l + 3, n_u + 5, threads.precision());
        let mut adam = Descent::adam(threads.isa(), model.parameters_mut());
        let mut costs = Vec::new();
        for step in 0..3 {
            costs.push(model.costs(threads, &mut buffers, batch, 3, step).total);
            let update = if step < 2 { adam.step(0.002) } else { Update::Keep };
            model.gradients(threads, &mut buffers, batch, update);
        }
        (costs, model.parameters().0.iter().map(|p| p.gradients()).collect())
    }
}

fn near(name: &str, [a, b]: [&(Vec<f64>, Vec<Vec<f32>>); 2]) {
    for (a, b) in a.0.iter().zip(&b.0) {
        assert!((a - b).abs() < 0.01 * b, "{name}: {a} for {b}");
    }
    for (i, (a, b)) in a.1.iter().zip(&b.1).enumerate() {
        let norm = |x: &mut dyn Iterator<Item = f32>| x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let off = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
        assert!(off < 0.05 * norm(&mut b.iter().copied()), "{name}, parameter {i}: off by {off}");
    }
}

/// bf16 rounds each operand to 8 bits; a wrong operand, or a copy that is behind its weights, differs by much more.
#[test]
fn bf16_products_give_nearly_the_same_steps() {
    let batch = unlabelled(&inputs(75, 70));
    for isa in Isa::available_bf16() {
        // States of walkback that were drawn by nearly the same probabilities are others.
        for (name, settings) in kinds(70).into_iter().filter(|(_, settings)| settings.walkback == 1) {
            let model = random(&settings);
            near(name, [&three_steps(&model, isa, &batch), &three_steps(&model, Isa::detect(), &batch)]);
        }
        for layers in [&[70, 65, 40, 33][..], &[70, 37]] {
            let model = super::vae::random(&VaeSettings::of(layers));
            near("vae", [&three_steps(&model, isa, &batch), &three_steps(&model, Isa::detect(), &batch)]);
        }
        let data = stripes(75);
        let batch = Batch {
            x: plain::panels(&plain::matrix(&data)),
            labels: data.labels().iter().flatten().copied().collect(),
            weights: None,
        };
        let model = classifier(&[40, 65, 33, 3]);
        near("classifier", [&three_steps(&model, isa, &batch), &three_steps(&model, Isa::detect(), &batch)]);
    }
}
