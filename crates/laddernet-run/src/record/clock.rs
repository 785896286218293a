//! The listener that measures time: of the training, of its steps, of the stage and the epoch in progress.

use super::checkpoint::Saved;
use laddernet::training::{Event, StageEvent};
use std::time::Instant;

/// Measures how long a training takes, also over interruptions.
pub(super) struct Clock {
    /// Seconds that the training had taken before it was resumed.
    before: f64,
    started: Instant,
    last_step: f64,
    stage: Option<usize>,
    began: Began,
    epoch_began: (f64, u64),
    /// The stage that was resumed, until it reports; it may have come to its end before.
    resumed_in: Option<usize>,
}

/// Where the stage in progress began, before the training was resumed or after.
#[derive(Clone, Copy, Default)]
struct Began {
    seconds: f64,
    step: usize,
    rows: u64,
}

/// How fast a stage is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub rows_per_second: f64,
    pub seconds_left: f64,
}

impl Clock {
    /// Of a training that begins, or is resumed.
    pub fn new(saved: Option<&Saved>) -> Self {
        let (before, last_step, rows) = saved.map_or((0.0, 0.0, 0), |s| (s.seconds, s.step_seconds, s.checkpoint.rows));
        Clock {
            before,
            started: Instant::now(),
            last_step,
            stage: None,
            began: Began::default(),
            epoch_began: (before, rows),
            resumed_in: saved.map(|s| s.stage),
        }
    }

    /// Seconds that the training has taken.
    pub fn seconds(&self) -> f64 {
        self.before + self.started.elapsed().as_secs_f64()
    }

    /// Seconds up to the last step: without the statistics for prediction, which are computed after it.
    pub fn step_seconds(&self) -> f64 {
        self.last_step
    }

    pub fn on_event(&mut self, event: &StageEvent<'_>) {
        let seconds = self.seconds();
        if self.stage != Some(event.index) {
            // Rows and seconds of a stage that is resumed are not counted again.
            let rows = if self.resumed_in == Some(event.index) { self.epoch_began.1 } else { 0 };
            self.resumed_in = None;
            let step = if let Event::Step(s) = &event.event { s.step - 1 } else { 0 };
            self.began = Began { seconds, step, rows };
            self.epoch_began = (seconds, rows);
            self.stage = Some(event.index);
        }
        if let Event::Step(_) = &event.event {
            self.last_step = seconds;
        }
    }

    /// Of the stage, after so many of its rows and steps.
    pub fn pace(&self, rows: u64, step: usize, total_steps: usize) -> Pace {
        let left = total_steps.saturating_sub(step) as f64;
        let seconds = self.seconds() - self.began.seconds;
        let steps = step.saturating_sub(self.began.step).max(1) as f64;
        Pace {
            rows_per_second: rows.saturating_sub(self.began.rows) as f64 / seconds.max(1e-9),
            seconds_left: left * seconds / steps,
        }
    }

    /// About how many seconds an epoch takes.
    pub fn epoch_takes(&self, step: usize, total_steps: usize, epochs: usize) -> f64 {
        let a_step = (self.seconds() - self.began.seconds) / step.saturating_sub(self.began.step).max(1) as f64;
        a_step * total_steps as f64 / epochs.max(1) as f64
    }

    /// An epoch is over, after so many rows of the stage: how many it took in a second.
    pub fn end_epoch(&mut self, rows: u64) -> f64 {
        let (seconds_before, rows_before) = self.epoch_began;
        let seconds = self.seconds();
        self.epoch_began = (seconds, rows);
        rows.saturating_sub(rows_before) as f64 / (seconds - seconds_before).max(1e-9)
    }
}
