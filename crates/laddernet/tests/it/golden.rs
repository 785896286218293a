//! The ladder against an independent program in double precision: `tests/golden/` holds its inputs and answers
//! (costs, every gradient, five steps of Adam). Norm of the difference over norm stays below 1e-4 in f32, on every
//! instruction set of this machine.

use laddernet::models::ladder::{Buffers, Noise};
use laddernet::models::{Ladder, LadderSettings};
use laddernet::optimiser::{Descent, Update};
use laddernet::tensor::Tensor;
use laddernet::training::{Batch, Costs, DENOISING, SUPERVISED};
use laddernet::{Isa, Precision, Threads};
use laddernet_math::Panels;
use safetensors::SafeTensors;
use serde_json::Value;

struct Case {
    name: String,
    facts: Value,
    bytes: Vec<u8>,
}

impl Case {
    fn read(name: &str) -> Case {
        let path = |ending: &str| format!("{}/tests/golden/{name}.{ending}", env!("CARGO_MANIFEST_DIR"));
        let facts = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
        Case { name: name.into(), facts, bytes: std::fs::read(path("safetensors")).unwrap() }
    }

    fn numbers(&self, key: &str) -> Vec<f64> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let data = tensors.tensor(key).unwrap_or_else(|e| panic!("{}: {key}: {e}", self.name)).data().to_vec();
        let long = key.ends_with(".y");
        data.chunks_exact(8)
            .map(|b| {
                let b: [u8; 8] = b.try_into().unwrap();
                if long { i64::from_le_bytes(b) as f64 } else { f64::from_le_bytes(b) }
            })
            .collect()
    }

    fn list(&self, key: &str) -> Vec<f64> {
        self.facts[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
    }

    fn settings(&self) -> LadderSettings {
        let noise = self.facts["noise_std"].as_f64().unwrap() as f32;
        LadderSettings {
            layers: self.list("sizes").iter().map(|&x| x as usize).collect(),
            denoising_weights: self.list("denoising_weights").iter().map(|&x| x as f32).collect(),
            input_noise: noise,
            noise,
            ..LadderSettings::default()
        }
    }

    fn panels(&self, key: &str, columns: usize) -> Panels {
        let values: Vec<f32> = self.numbers(key).iter().map(|&x| x as f32).collect();
        let mut panels = Panels::new(values.len() / columns, columns);
        values.chunks_exact(columns).enumerate().for_each(|(r, row)| panels.set_row(r, row));
        panels
    }

    fn model(&self) -> Ladder {
        let mut model = Ladder::new(self.settings(), 0).unwrap();
        for parameter in model.parameters_mut() {
            let values: Vec<f32> =
                self.numbers(&format!("param.{}", parameter.path())).iter().map(|&x| x as f32).collect();
            parameter.set_values(&values);
        }
        model
    }

    fn step(&self, model: &mut Ladder, buffers: &mut Buffers, step: usize, threads: &Threads) -> Costs {
        self.step_with(model, buffers, step, threads, Update::Keep)
    }

    fn step_with(
        &self,
        model: &mut Ladder,
        buffers: &mut Buffers,
        step: usize,
        threads: &Threads,
        update: Update,
    ) -> Costs {
        let layers = self.settings().layers;
        let key = |what: &str| format!("step{step}.{what}");
        let labelled = self.panels(&key("x_labelled"), layers[0]);
        let unlabelled = self.panels(&key("x_unlabelled"), layers[0]);
        let mut x = Panels::new(labelled.rows() + unlabelled.rows(), layers[0]);
        let mut row = vec![0.0; layers[0]];
        for r in 0..x.rows() {
            match r.checked_sub(labelled.rows()) {
                None => labelled.read_row(r, &mut row),
                Some(u) => unlabelled.read_row(u, &mut row),
            }
            x.set_row(r, &row);
        }
        let labels = self.numbers(&key("y")).iter().map(|&y| y as u32).collect();
        let noise: Vec<Panels> =
            layers.iter().enumerate().map(|(l, &m)| self.panels(&key(&format!("noise.{l}")), m)).collect();
        let batch = Batch { x, labels, weights: None };
        let costs = model.costs(threads, buffers, &batch, Noise::Given(&noise));
        model.gradients(threads, buffers, &batch, update);
        costs
    }

    fn buffers(&self) -> Buffers {
        let rows = |key: &str| self.facts[key].as_u64().unwrap() as usize;
        Buffers::new(&self.settings(), rows("labelled"), rows("unlabelled"), Precision::F32)
    }

    fn check_costs(&self, costs: &Costs, step: usize) {
        let close = |what: &str, found: f64, expected: f64| {
            let error = (found - expected).abs() / expected.abs();
            assert!(error < 1e-4, "{} step {step}, {what}: {found}, expected {expected}", self.name);
        };
        let number = |what: &str| self.facts[&format!("step{step}.{what}")].as_f64().unwrap();
        close("supervised cost", costs.of(SUPERVISED).unwrap(), number("supervised_cost"));
        close("total cost", costs.total, number("total_cost"));
        for (l, expected) in self.list(&format!("step{step}.denoising_costs")).iter().enumerate() {
            match costs.at(DENOISING, l) {
                Some(found) => close(&format!("denoising cost {l}"), found, *expected),
                None => assert!(expected.is_nan(), "{}: no denoising cost of layer {l}", self.name),
            }
        }
    }

    fn check(&self, kind: &str, path: &str, found: &[f32], bound: f64) {
        let expected = self.numbers(&format!("{kind}.{path}"));
        assert_eq!(found.len(), expected.len());
        let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let size = norm(&mut expected.iter().copied());
        let off = norm(&mut found.iter().zip(&expected).map(|(&f, e)| f64::from(f) - e));
        assert!(off <= bound * size.max(1e-9), "{} {kind} {path}: off by {off:e} of {size:e}", self.name);
    }
}

fn every_isa() -> impl Iterator<Item = Threads> {
    Isa::available().into_iter().map(|isa| Threads::with_isa(2, isa).unwrap())
}

fn gradients(name: &str) {
    let case = Case::read(name);
    for threads in every_isa() {
        let (mut model, mut buffers) = (case.model(), case.buffers());
        let costs = case.step(&mut model, &mut buffers, 0, &threads);
        case.check_costs(&costs, 0);
        for parameter in &model.parameters().0 {
            case.check("grad", parameter.path(), &parameter.gradients(), 1e-4);
        }
    }
}

#[test]
fn full() {
    gradients("full");
}

#[test]
fn top() {
    gradients("gamma");
}

#[test]
fn bottom() {
    gradients("bottom");
}

#[test]
fn fewer_labelled_than_unlabelled_rows() {
    gradients("unequal");
}

/// Also: with the official initial values, the first step gives the decoder's weights no gradient.
#[test]
fn official_initial_values() {
    gradients("init");
    let case = Case::read("init");
    let (mut model, mut buffers) = (case.model(), case.buffers());
    let threads = Threads::new(1).unwrap();
    case.step(&mut model, &mut buffers, 0, &threads);
    for parameter in model.parameters().0.iter().filter(|p| p.path().starts_with("decoder")) {
        assert!(parameter.gradients().iter().all(|&g| g == 0.0), "{}", parameter.path());
    }
    // Ours are the same, but for the random weights.
    let ours = Ladder::new(case.settings(), 1).unwrap();
    for (ours, theirs) in ours.parameters().0.iter().zip(&model.parameters().0) {
        assert_eq!((ours.path(), ours.shape()), (theirs.path(), theirs.shape()));
        if !ours.path().ends_with("weight") {
            assert_eq!(ours.values(), theirs.values(), "{}", ours.path());
        }
    }
}

#[test]
fn five_steps_of_adam() {
    let case = Case::read("adam");
    for threads in every_isa() {
        let (mut model, mut buffers) = (case.model(), case.buffers());
        let mut adam = Descent::adam(threads.isa(), model.parameters_mut());
        for step in 0..5 {
            let rate = case.facts[&format!("step{step}.learning_rate")].as_f64().unwrap() as f32;
            let costs = case.step_with(&mut model, &mut buffers, step, &threads, adam.step(rate));
            case.check_costs(&costs, step);
        }
        for parameter in &model.parameters().0 {
            case.check("after", parameter.path(), &parameter.values(), 1e-4);
        }
    }
}

/// The list of tensors that a model file must hold is the list that a model gives.
#[test]
fn tensor_shapes_are_those_of_the_model() {
    for name in ["full", "gamma", "bottom"] {
        let case = Case::read(name);
        let tensors: Vec<Tensor> = case.model().tensors();
        let expected: Vec<_> = tensors.into_iter().map(|t| (t.path, t.shape)).collect();
        let shapes = Ladder::tensor_shapes(&case.settings());
        let parameters: Vec<_> = shapes.into_iter().filter(|(p, _)| !p.starts_with("statistics")).collect();
        assert_eq!(parameters, expected);
    }
}
