//! A training in progress: model, optimiser, buffers and place, as an object that takes one step at a time.
//!
//! [`fit`](super::fit) is a trainer, the batches of a split and a listener. Whoever has other batches, such as rows that arrive
//! later, drives a trainer directly.

use super::checkpoint::LastGood;
use super::{Batch, Checkpoint, Costs, FitError, FitSettings, Model, NotFinite, TrainingRows, TrainingState};
use crate::optimiser::Descent;
use crate::tensor::{Tensor, tensors_of};
use laddernet_math::Threads;

/// A training in progress.
pub struct Trainer<'m, M: Model> {
    model: &'m mut M,
    buffers: M::Buffers,
    descent: Descent,
    threads: Threads,
    seed: u64,
    epoch: usize,
    step: usize,
    rows: u64,
    /// What to fall back to when values overflow.
    good: LastGood,
    /// Whether the values at the end of the last epoch become the ones to fall back to once a batch has gone through
    /// them: finite parameters may still overflow.
    epoch_ended: bool,
}

impl<'m, M: Model> Trainer<'m, M> {
    /// A training that begins, with batches of at most so many labelled and unlabelled rows.
    pub fn new(
        model: &'m mut M,
        (labelled, unlabelled): (usize, usize),
        settings: &FitSettings,
        threads: &Threads,
    ) -> Self {
        let buffers = model.buffers(labelled, unlabelled, threads.precision());
        let descent = Descent::new(threads.isa(), settings.optimiser, settings.weight_decay, model.parameters_mut());
        let good = LastGood::of(0, model);
        let (threads, seed) = (threads.clone(), settings.seed);
        Trainer { model, buffers, descent, threads, seed, epoch: 0, step: 0, rows: 0, good, epoch_ended: false }
    }

    /// Takes the state of an earlier training of the same model, of which the initial values do not matter.
    ///
    /// # Errors
    /// When the tensors are not those of such a training; the model is then not to be used.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), FitError> {
        self.good = checkpoint.restore(self.model, &mut self.buffers)?;
        self.descent.resume(self.threads.isa(), checkpoint.step, self.model.parameters_mut());
        (self.epoch, self.step, self.rows) = (checkpoint.epoch, checkpoint.step, checkpoint.rows);
        self.epoch_ended = true;
        Ok(())
    }

    /// Epochs ended.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Steps taken.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Rows processed.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a step along the gradients of a batch.
    ///
    /// # Errors
    /// When a quantity becomes NaN or infinite: which. The parameters are then those before the step; see
    /// [`Trainer::fall_back`].
    pub fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<Costs, NotFinite> {
        let (threads, seed) = (&self.threads, self.seed);
        let costs = self.model.costs(threads, &mut self.buffers, batch, seed, self.step as u32);
        self.step += 1;
        self.rows += batch.x.rows() as u64;
        if let Some(what) = self.model.not_finite_in(&self.buffers, &costs) {
            return Err(what);
        }
        if std::mem::take(&mut self.epoch_ended) {
            self.good = LastGood::of(self.epoch, self.model);
        }
        self.model.gradients(threads, &mut self.buffers, batch, self.descent.step(learning_rate));
        Ok(costs)
    }

    /// Ends an epoch.
    ///
    /// # Errors
    /// When the model has diverged although every value is finite: what shows it.
    pub fn end_epoch(&mut self, rows: TrainingRows<'_>) -> Result<(), NotFinite> {
        if let Some(what) = self.model.diverged(rows, &self.threads) {
            return Err(what);
        }
        self.epoch += 1;
        self.epoch_ended = true;
        Ok(())
    }

    /// The model, in the middle of its training.
    pub fn model(&mut self) -> &mut M {
        self.model
    }

    /// A copy of the model as it stands, with what a prediction needs.
    pub fn snapshot(&self, rows: TrainingRows<'_>) -> M
    where
        M: Clone,
    {
        let mut model = self.model.clone();
        finalise(&mut model, rows, &self.threads);
        model
    }

    /// A copy of the parameters alone.
    pub fn tensors(&self) -> Vec<Tensor> {
        tensors_of(&self.model.parameters())
    }

    /// A copy of all that the training needs to resume.
    pub fn checkpoint(&self) -> Checkpoint {
        let place = (self.epoch, self.step, self.rows);
        Checkpoint::of(place, &self.model.parameters(), &self.good, self.model.state(&self.buffers))
    }

    /// Ends the training after something became NaN or infinite: the model takes the parameters of the last good epoch.
    pub fn fall_back(self, (layer, quantity, value): NotFinite, rows: TrainingRows<'_>) -> FitError {
        let Trainer { model, good, threads, step, .. } = self;
        let kept = good.restore(model);
        finalise(model, rows, &threads);
        let epoch = step.div_ceil(rows.settings.steps_per_epoch(rows.split).max(1));
        FitError::Diverged { step, epoch, layer, quantity, value, kept, hint: model.hint() }
    }

    /// Ends the training: the model gets what a prediction needs.
    ///
    /// # Errors
    /// [`FitError::Diverged`] when the model holds a value that is not finite.
    pub fn finish(self, rows: TrainingRows<'_>) -> Result<(), FitError> {
        finalise(self.model, rows, &self.threads);
        match self.model.not_finite() {
            Some(what) => Err(self.fall_back(what, rows)),
            None => Ok(()),
        }
    }
}

/// A training at the end of an epoch, and its rows.
pub(super) struct EpochEnd<'a, 'm, M: Model>(pub &'a Trainer<'m, M>, pub TrainingRows<'a>);

impl<M: Model> TrainingState for EpochEnd<'_, '_, M> {
    fn tensors(&self) -> Vec<Tensor> {
        self.0.tensors()
    }

    fn as_it_stands(&self) -> Vec<Tensor> {
        self.0.model.as_it_stands(self.1, &self.0.threads)
    }

    fn checkpoint(&self) -> Checkpoint {
        self.0.checkpoint()
    }
}

/// Gives back what only a training needs, and computes what a prediction needs.
fn finalise(model: &mut impl Model, rows: TrainingRows<'_>, threads: &Threads) {
    model.parameters_mut().into_iter().for_each(|p| p.end_training());
    model.finalise(rows, threads);
}
