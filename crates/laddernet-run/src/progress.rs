//! How far a training is: the fit's events, timed, logged to the run folder, and told to whoever listens.

use crate::checkpoint::{self, Identity, Saved};
use crate::error::RunError;
use crate::folder::RunFolder;
use crate::monitors::MachineMonitors;
use laddernet::fit::{EpochReport, Event, Flow, Standing};
use laddernet::lineage::StageEvent;
use laddernet::models::Tensor;
use serde::Serialize;
use std::time::Instant;

/// Which of a run's two trainings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The model itself.
    Model,
    /// The same encoder on the labelled rows alone.
    Comparison,
}

/// Told after every step.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which training.
    pub phase: Phase,
    /// Of a training in stages: which, from 0, and what it is called.
    pub stage: Option<(usize, String)>,
    /// The epoch, from 1.
    pub epoch: usize,
    /// Epochs in all.
    pub epochs: usize,
    /// Steps taken.
    pub step: usize,
    /// Steps in all.
    pub total_steps: usize,
    /// The supervised cost: of the step, or the mean of the epoch where one just ended.
    pub supervised_cost: f64,
    /// The denoising costs, weighted and summed, likewise.
    pub denoising_cost: f64,
    /// Error on the validation rows, where an epoch just ended and there are any.
    pub validation_error_percent: Option<f64>,
    /// Whether an epoch just ended.
    pub epoch_ended: bool,
    /// Rows taken in a second so far.
    pub rows_per_second: f64,
    /// Seconds until the last step, if it goes on as it went.
    pub seconds_left: f64,
}

/// Hears how far the training is and answers go on or stop.
pub type Listener<'a> = dyn FnMut(&Progress) -> Flow + 'a;

/// One line of `metrics.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    epoch: usize,
    step: usize,
    supervised_cost: f64,
    denoising_costs: &'a [Option<f64>],
    learning_rate: f32,
    rows_per_second: f64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_error_percent: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<MachineMonitors>,
}

/// Seconds that are waited for the end of an epoch when a training is to stop.
const BRIEF: f64 = 1.0;

/// Stands between a fit and its listener.
pub(crate) struct Watch<'a, 'l> {
    phase: Phase,
    stage: Option<(usize, String)>,
    epochs: usize,
    weights: Vec<f32>,
    /// Seconds that the training had taken before it was gone on with.
    before: f64,
    started: Instant,
    epoch_started: (f64, u64),
    last_step: f64,
    log: Option<Log<'a>>,
    listener: &'a mut Listener<'l>,
    /// Where the stage in work began, before the training was gone on with or after.
    stage_began: Begun,
    /// The stage that was gone on with, until it tells of itself; it may have come to its end before.
    gone_on_in: Option<usize>,
    monitors: Option<MachineMonitors>,
    /// When the last checkpoint was written, in seconds of the fit.
    saved_at: f64,
    /// Whether the training is to stop at the end of the epoch.
    stopping: bool,
    last: Option<EpochReport>,
    trouble: Option<RunError>,
}

/// Where a stage began.
#[derive(Clone, Copy, Default)]
struct Begun {
    seconds: f64,
    step: usize,
    rows: u64,
}

/// Where a training writes down how far it is, and of what it is a part.
pub(crate) struct Log<'a> {
    pub folder: &'a mut RunFolder,
    pub identity: Identity,
    /// Least seconds between two checkpoints.
    pub every: f64,
}

impl<'a, 'l> Watch<'a, 'l> {
    /// Of a training that begins, or goes on from what was saved.
    pub fn new(
        phase: Phase,
        epochs: usize,
        weights: Vec<f32>,
        saved: Option<&Saved>,
        log: Option<Log<'a>>,
        listener: &'a mut Listener<'l>,
    ) -> Self {
        let (before, last_step, rows) = saved.map_or((0.0, 0.0, 0), |s| (s.seconds, s.step_seconds, s.checkpoint.rows));
        Watch {
            phase,
            stage: None,
            epochs,
            weights,
            stage_began: Begun::default(),
            gone_on_in: saved.map(|s| s.stage),
            monitors: None,
            before,
            started: Instant::now(),
            epoch_started: (before, rows),
            last_step,
            saved_at: before,
            stopping: false,
            log,
            listener,
            last: None,
            trouble: None,
        }
    }

    /// Seconds that the fit has taken.
    pub fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }

    /// Seconds up to the last step: what the steps took, without the statistics that are gathered after them.
    pub fn step_seconds(&self) -> f64 {
        self.last_step
    }

    /// The last epoch, and what went wrong with the log.
    pub fn end(self) -> (Option<EpochReport>, Option<RunError>) {
        (self.last, self.trouble)
    }

    /// A stage of a training in stages tells of itself.
    pub fn hear_stage(&mut self, told: StageEvent<'_>, monitors: Option<MachineMonitors>) -> Flow {
        self.monitors = monitors;
        if self.stage.as_ref().is_none_or(|(index, _)| *index != told.index) {
            self.epochs = told.epochs;
            let seconds = self.seconds();
            // Of a stage that is gone on with, the rows and seconds before are not counted again.
            let rows = if self.gone_on_in == Some(told.index) { self.epoch_started.1 } else { 0 };
            self.gone_on_in = None;
            let step = if let Event::Step(s) = &told.event { s.step - 1 } else { 0 };
            self.stage_began = Begun { seconds, step, rows };
            self.epoch_started = (seconds, rows);
            self.stage = Some((told.index, told.stage.to_string()));
        }
        self.hear_with(told.event, (told.index, told.done))
    }

    pub fn hear(&mut self, event: Event<'_>) -> Flow {
        self.hear_with(event, (0, &[]))
    }

    fn hear_with(&mut self, event: Event<'_>, place: (usize, &[Tensor])) -> Flow {
        let seconds = self.seconds();
        match event {
            Event::Step(s) => {
                self.last_step = seconds;
                let progress = Progress {
                    epoch: s.epoch,
                    supervised_cost: s.supervised_cost,
                    denoising_cost: self.weighted(&s.denoising_costs),
                    ..self.frame(seconds, s.rows, s.step, s.total_steps)
                };
                if (self.listener)(&progress) == Flow::Go {
                    return Flow::Go;
                }
                // Nothing of a brief epoch is lost where it comes to its end and is kept.
                self.stopping = self.log.is_some() && self.epoch_takes(seconds, s.step, s.total_steps) < BRIEF;
                if self.stopping { Flow::Go } else { Flow::Stop }
            }
            Event::Epoch(e, standing) => self.epoch(e, standing, seconds, place).unwrap_or_else(|trouble| {
                // What cannot be written ends the training; what was learned is not lost by it.
                self.trouble = Some(trouble);
                Flow::Stop
            }),
        }
    }

    /// The line first: at a checkpoint of an epoch, its line is there.
    fn epoch(
        &mut self,
        e: &EpochReport,
        standing: &Standing<'_>,
        seconds: f64,
        place: (usize, &[Tensor]),
    ) -> Result<Flow, RunError> {
        self.write_line(e, seconds)?;
        let progress = Progress {
            epoch: e.epoch,
            supervised_cost: e.supervised_cost,
            denoising_cost: self.weighted(&e.denoising_costs),
            validation_error_percent: e.validation_error_percent,
            epoch_ended: true,
            ..self.frame(seconds, e.rows, e.step, e.total_steps)
        };
        let flow = (self.listener)(&progress);
        let flow = if self.stopping { Flow::Stop } else { flow };
        let due = |every: f64| flow == Flow::Stop || seconds - self.saved_at >= every;
        if let Some(Log { folder, identity, .. }) = self.log.as_mut().filter(|log| due(log.every)) {
            checkpoint::write(folder, identity, seconds, self.last_step, &standing.checkpoint(), place)?;
            self.saved_at = seconds;
        }
        Ok(flow)
    }

    /// About how many seconds an epoch takes.
    fn epoch_takes(&self, seconds: f64, step: usize, total_steps: usize) -> f64 {
        let Begun { seconds: began, step: done, .. } = self.stage_began;
        let a_step = (seconds - began) / step.saturating_sub(done).max(1) as f64;
        a_step * total_steps as f64 / self.epochs.max(1) as f64
    }

    /// What does not depend on the kind of event.
    fn frame(&self, seconds: f64, rows: u64, step: usize, total_steps: usize) -> Progress {
        let left = total_steps.saturating_sub(step) as f64;
        let Begun { seconds: before, step: done, rows: taken } = self.stage_began;
        let (seconds, rows, steps) = (seconds - before, rows.saturating_sub(taken), step.saturating_sub(done));
        Progress {
            phase: self.phase,
            stage: self.stage.clone(),
            epoch: 0,
            epochs: self.epochs,
            step,
            total_steps,
            supervised_cost: 0.0,
            denoising_cost: 0.0,
            validation_error_percent: None,
            epoch_ended: false,
            rows_per_second: rows as f64 / seconds.max(1e-9),
            seconds_left: left * seconds / steps.max(1) as f64,
        }
    }

    fn weighted(&self, costs: &[Option<f64>]) -> f64 {
        costs.iter().zip(&self.weights).map(|(cost, &weight)| cost.unwrap_or(0.0) * f64::from(weight)).sum()
    }

    fn write_line(&mut self, e: &EpochReport, seconds: f64) -> Result<(), RunError> {
        let (seconds_before, rows_before) = self.epoch_started;
        self.epoch_started = (seconds, e.rows);
        self.last = Some(e.clone());
        let Some(Log { folder, .. }) = self.log.as_mut() else { return Ok(()) };
        let line = Line {
            stage: self.stage.as_ref().map(|(_, name)| &**name),
            epoch: e.epoch,
            step: e.step,
            supervised_cost: e.supervised_cost,
            denoising_costs: &e.denoising_costs,
            learning_rate: e.learning_rate,
            rows_per_second: (e.rows - rows_before) as f64 / (seconds - seconds_before).max(1e-9),
            seconds,
            validation_error_percent: e.validation_error_percent,
            machine: self.monitors.take(),
        };
        folder.log(&serde_json::to_string(&line).expect("a line is plain numbers"))
    }
}
