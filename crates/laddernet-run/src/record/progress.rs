//! How far a training is, for whoever shows it.

use super::clock::Pace;
use crate::model_file::SavedModel;
use laddernet::session::Phase;
use laddernet::training::{Costs, Event, Flow, StageEvent};

/// Reported after every step and every epoch.
pub struct Progress<'a> {
    /// The model's training, or the baseline's.
    pub phase: Phase,
    /// Of a training in stages: which, from 0, and its name.
    pub stage: Option<(usize, String)>,
    /// The epoch, from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Steps taken.
    pub step: usize,
    /// Steps in all.
    pub total_steps: usize,
    /// Costs of the step, or their means over the epoch where one just ended.
    pub costs: Costs,
    /// Error on the validation rows in percent, where an epoch just ended and there are any.
    pub validation_error_percent: Option<f64>,
    /// Whether an epoch just ended.
    pub epoch_ended: bool,
    /// Where an epoch of the last stage just ended: the model as if the training ended here, computed for who asks. Before that stage a model
    /// cannot do what it is for.
    pub model: Option<&'a dyn Fn() -> SavedModel>,
    /// Rows a second so far.
    pub rows_per_second: f64,
    /// Estimated seconds until the last step.
    pub seconds_left: f64,
}

/// Is shown how far the training is, and answers continue or stop.
pub type Listener<'a> = dyn FnMut(&Progress<'_>) -> Flow + 'a;

impl Progress<'_> {
    /// Of an event, at this pace.
    pub(super) fn of(phase: Phase, event: &StageEvent<'_>, pace: Pace) -> Self {
        let (epoch, step, total_steps, costs) = match event.event {
            Event::Step(s) => (s.epoch, s.step, s.total_steps, &s.costs),
            Event::Epoch(e, _) => (e.epoch, e.step, e.total_steps, &e.costs),
        };
        let ended = if let Event::Epoch(e, _) = event.event { Some(e) } else { None };
        Progress {
            phase,
            stage: (event.stages > 1).then(|| (event.index, event.stage.name.clone())),
            epoch,
            epochs: event.stage.fit.epochs,
            step,
            total_steps,
            costs: costs.clone(),
            validation_error_percent: ended.and_then(|e| e.validation_error_percent),
            epoch_ended: ended.is_some(),
            model: None,
            rows_per_second: pace.rows_per_second,
            seconds_left: pace.seconds_left,
        }
    }
}
