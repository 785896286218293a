//! The listeners of a training that is recorded, and how they are composed: the clock, the log, the checkpoints, the pretrained
//! layers to be kept, and whoever shows the progress.

use super::checkpoint::{self, Identity};
use super::clock::Clock;
use super::layers::Keeper;
use super::progress::{Listener, Progress};
use super::summary::{CostSummary, costs_of};
use crate::error::RunError;
use crate::folder::RunFolder;
use crate::model_file::SavedModel;
use laddernet::models::Monitor;
use laddernet::models::rbm::RbmMonitors;
use laddernet::session::Phase;
use laddernet::tensor::Tensor;
use laddernet::training::{EpochReport, Event, Flow, StageEvent, TrainingState};
use serde::Serialize;

/// Seconds that are waited for the end of an epoch when a training is to stop.
const BRIEF: f64 = 1.0;

/// One line of `metrics.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    epoch: usize,
    step: usize,
    cost: f64,
    costs: Vec<CostSummary>,
    learning_rate: f32,
    rows_per_second: f64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_error_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rbm: Option<RbmMonitors>,
}

/// Writes a line an epoch.
pub(super) struct Log<'a> {
    pub monitor: Option<&'a dyn Monitor>,
}

impl Log<'_> {
    fn epoch(
        &self,
        folder: &mut RunFolder,
        event: &StageEvent<'_>,
        (e, state): (&EpochReport, &dyn TrainingState),
        (rows_per_second, seconds): (f64, f64),
    ) -> Result<(), RunError> {
        let line = Line {
            stage: (event.stages > 1).then_some(&event.stage.name),
            epoch: e.epoch,
            step: e.step,
            cost: e.costs.total,
            costs: costs_of(&e.costs),
            learning_rate: e.learning_rate,
            rows_per_second,
            seconds,
            validation_error_percent: e.validation_error_percent,
            rbm: self.monitor.and_then(|monitor| monitor.look(&state.tensors())),
        };
        folder.log(&serde_json::to_string(&line).expect("a line is numbers and text"))
    }
}

/// Writes a checkpoint at the end of an epoch, when the last one is old enough or the training stops.
pub(super) struct Checkpoints {
    pub identity: Identity,
    /// Least seconds between two.
    pub every: f64,
    /// When the last one was written, in seconds of the training.
    pub saved_at: f64,
}

impl Checkpoints {
    fn epoch(
        &mut self,
        folder: &RunFolder,
        event: &StageEvent<'_>,
        state: &dyn TrainingState,
        clock: &Clock,
        stopping: bool,
    ) -> Result<(), RunError> {
        let seconds = clock.seconds();
        if stopping || seconds - self.saved_at >= self.every {
            let place = (event.index, event.done);
            checkpoint::write(folder, &self.identity, (seconds, clock.step_seconds()), &state.checkpoint(), place)?;
            self.saved_at = seconds;
        }
        Ok(())
    }
}

/// What is written into the folder of a training.
pub(super) struct Records<'a> {
    pub folder: &'a mut RunFolder,
    pub log: Log<'a>,
    pub checkpoints: Checkpoints,
    pub layers: Option<Keeper>,
}

/// Makes the model of its tensors, after so many epochs and steps of all stages.
pub(super) type Make<'a> = &'a dyn Fn(Vec<Tensor>, (usize, usize)) -> SavedModel;

/// All listeners of one training; one that is not recorded has the clock and the progress alone.
pub(super) struct Listeners<'a, 'p, 'l> {
    pub phase: Phase,
    pub clock: Clock,
    pub records: Option<Records<'a>>,
    pub progress: &'p mut Listener<'l>,
    /// For who asks for the model as it stands.
    pub make: Option<Make<'a>>,
    /// Whether the training is to stop at the end of the epoch.
    stopping: bool,
    /// The last epoch of each stage.
    pub last: Vec<Option<EpochReport>>,
    /// Why something could not be written, which ends a training.
    pub trouble: Option<RunError>,
}

impl<'a, 'p, 'l> Listeners<'a, 'p, 'l> {
    pub fn new(phase: Phase, clock: Clock, records: Option<Records<'a>>, progress: &'p mut Listener<'l>) -> Self {
        Listeners { phase, clock, records, progress, make: None, stopping: false, last: Vec::new(), trouble: None }
    }

    pub fn on_event(&mut self, event: StageEvent<'_>) -> Flow {
        self.clock.on_event(&event);
        if let Some(keeper) = self.records.as_mut().and_then(|records| records.layers.as_mut()) {
            keeper.on_event(&event, (self.clock.seconds(), self.clock.step_seconds()));
        }
        match event.event {
            Event::Step(s) => {
                if self.show(&event, (s.rows, s.step, s.total_steps), None) == Flow::Continue {
                    return Flow::Continue;
                }
                // Nothing of a brief epoch is lost where it comes to its end and is kept.
                let takes = self.clock.epoch_takes(s.step, s.total_steps, event.stage.fit.epochs);
                self.stopping = self.records.is_some() && takes < BRIEF;
                if self.stopping { Flow::Continue } else { Flow::Stop }
            }
            Event::Epoch(e, state) => self.epoch(&event, e, state).unwrap_or_else(|trouble| {
                // What cannot be written ends the training; what was learned is not lost by it.
                self.trouble = Some(trouble);
                Flow::Stop
            }),
        }
    }

    /// The line first: at a checkpoint of an epoch, its line is there.
    fn epoch(&mut self, event: &StageEvent<'_>, e: &EpochReport, state: &dyn TrainingState) -> Result<Flow, RunError> {
        let times = (self.clock.end_epoch(e.rows), self.clock.seconds());
        self.last.resize(event.stages, None);
        self.last[event.index] = Some(e.clone());
        if let Some(Records { folder, log, .. }) = &mut self.records {
            log.epoch(folder, event, (e, state), times)?;
        }
        let (make, done) = (self.make, self.done());
        let model = make.map(|make| move || make(state.as_it_stands(), done));
        let model = model.as_ref().filter(|_| event.index + 1 == event.stages);
        let shown =
            self.show(event, (e.rows, e.step, e.total_steps), model.map(|model| model as &dyn Fn() -> SavedModel));
        let flow = if self.stopping { Flow::Stop } else { shown };
        if let Some(Records { folder, checkpoints, .. }) = &mut self.records {
            checkpoints.epoch(folder, event, state, &self.clock, flow == Flow::Stop)?;
        }
        Ok(flow)
    }

    /// Epochs and steps of all stages so far.
    fn done(&self) -> (usize, usize) {
        let epochs = self.last.iter().flatten();
        epochs.fold((0, 0), |(epochs, steps), last| (epochs + last.epoch, steps + last.step))
    }

    fn show(
        &mut self,
        event: &StageEvent<'_>,
        (rows, step, total_steps): (u64, usize, usize),
        model: Option<&dyn Fn() -> SavedModel>,
    ) -> Flow {
        let pace = self.clock.pace(rows, step, total_steps);
        (self.progress)(&Progress { model, ..Progress::of(self.phase, event, pace) })
    }
}
