//! The ladder as the training loop sees it.

use super::estimate::{clean_statistics, estimate_statistics};
use super::{Buffers, Ladder, Noise};
use crate::dataset::Dataset;
use crate::evaluation::evaluate;
use crate::optimiser::Update;
use crate::parameters::{Parameter, Parameters};
use crate::tensor::Tensor;
use crate::training::{Batch, Costs, Model, NotFinite, TrainingRows};
use laddernet_math::random::Purpose;
use laddernet_math::{Precision, Threads};

impl Model for Ladder {
    type Buffers = Buffers;

    fn parameters(&self) -> Parameters<'_> {
        self.parameters()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Parameter> {
        self.parameters_mut()
    }

    fn features(&self) -> usize {
        self.settings.layers[0]
    }

    fn classes(&self) -> Option<usize> {
        Some(self.classes())
    }

    fn uses_unlabelled(&self) -> bool {
        self.settings.uses_unlabelled()
    }

    fn buffers(&self, labelled: usize, unlabelled: usize, precision: Precision) -> Buffers {
        Buffers::new(&self.settings, labelled, unlabelled, precision)
    }

    fn costs(&self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, seed: u64, step: u32) -> Costs {
        let noise = Noise::Drawn { seed, purpose: Purpose::TrainingNoise, step };
        self.costs(threads, buffers, batch, noise)
    }

    fn gradients(&mut self, threads: &Threads, buffers: &mut Buffers, batch: &Batch, update: Update) {
        self.gradients(threads, buffers, batch, update);
    }

    fn not_finite_in(&self, buffers: &Buffers, costs: &Costs) -> Option<NotFinite> {
        buffers.not_finite(costs)
    }

    fn hint(&self) -> &'static str {
        "a smaller learning rate or smaller denoising weights"
    }

    fn not_finite(&self) -> Option<NotFinite> {
        self.not_finite()
    }

    fn finalise(&mut self, rows: TrainingRows<'_>, threads: &Threads) {
        estimate_statistics(self, rows, threads);
    }

    fn as_it_stands(&self, rows: TrainingRows<'_>, threads: &Threads) -> Vec<Tensor> {
        let mut ladder = self.clone();
        estimate_statistics(&mut ladder, rows, threads);
        ladder.tensors()
    }

    fn validation_error(&mut self, validation: &Dataset, rows: TrainingRows<'_>, threads: &Threads) -> Option<f64> {
        let statistics = clean_statistics(self, rows, threads).finish();
        self.set_statistics(statistics);
        Some(evaluate(self, validation, &threads.in_single_precision()).error_percent())
    }
}
