//! A stage of a training on a few rows, timed step by step, and the parts of its step.

use super::times::{AT_LEAST, Times, milliseconds};
use super::{PART_SHARE, PartTime, Plan, STEPS_SHARE, StageTimes};
use crate::error::RunError;
use laddernet::models::step::StepShape;
use laddernet::session::SessionError;
use laddernet::split::Split;
use laddernet::tensor::Tensor;
use laddernet::training::{Course, Event, FitSettings, Flow, Place, SUPERVISED, Stage, StageEvent, TrainingError};
use laddernet::{Dataset, Threads};
use std::time::Instant;

/// Steps of an epoch here: few, so that what a training does after an epoch takes little time.
const STEPS: usize = 20;
/// Values of such an epoch at most, unless the fewest steps take more.
const VALUES: usize = 1 << 28;
/// A share of the time in which the first steps are not counted.
const WARM_UP: f64 = 0.1;
/// Nothing diverges at this rate. No step at all would be the same work, but a rate of 0 is refused.
const RATE: f32 = 1e-9;

/// Steps that were timed.
struct Steps {
    times: Times,
    labelled: usize,
    unlabelled: usize,
    /// The parameters of this stage and of those before it, for the next one.
    done: Vec<Tensor>,
}

impl Plan {
    /// Measures the stages one after the other, which share the time.
    pub(super) fn stages(&self, seconds: f64, limit: f64, threads: &Threads) -> Result<Vec<StageTimes>, RunError> {
        let stages = self.config.model.spec().stages(&self.config.training);
        let (seconds, mut done) = (seconds / stages.len() as f64, Vec::new());
        let mut measured = Vec::new();
        for index in 0..stages.len() {
            let steps = self.time_steps(&stages, index, done, seconds * STEPS_SHARE, threads)?;
            measured.push(self.of_stage(&stages[index], index, &steps, (seconds * PART_SHARE, limit), threads));
            done = steps.done;
        }
        Ok(measured)
    }

    /// Seconds of a training without stages: the median of several.
    pub(super) fn at_once(&self, seconds: f64, threads: &Threads) -> Result<f64, RunError> {
        let train = || self.session.train_model(None, threads, &mut |_| Flow::Continue);
        train().map_err(RunError::session(&self.data))?;
        Ok(Times::of(seconds, || drop(train())).median() / 1e3)
    }

    /// The time between one step and the next; the first of each epoch is left out.
    fn time_steps(
        &self,
        stages: &[Stage],
        index: usize,
        done: Vec<Tensor>,
        seconds: f64,
        threads: &Threads,
    ) -> Result<Steps, RunError> {
        let (data, split, fit) = self.few_steps(&stages[index].fit);
        let is_last = index + 1 == stages.len();
        let mut stages = stages.to_vec();
        stages[index].fit = fit;
        let place = Place { stage: index, done, checkpoint: None };
        let (mut times, mut before, mut first) = (Vec::new(), None, None);
        let (mut labelled, mut all, mut done) = (0, 0, Vec::new());
        let mut listener = |event: StageEvent<'_>| {
            let now = Instant::now();
            let passed = now.duration_since(*first.get_or_insert(now)).as_secs_f64();
            let enough = |times: &[f64]| times.len() >= AT_LEAST && passed > seconds;
            let stop = match event.event {
                Event::Step(step) => {
                    if let Some(before) = before.replace(now).filter(|_| passed > WARM_UP * seconds) {
                        times.push(milliseconds(before, now));
                    }
                    labelled = if step.costs.of(SUPERVISED).is_some() { split.labelled.len() } else { 0 };
                    all = (step.rows / step.step as u64) as usize;
                    is_last && enough(&times)
                }
                Event::Epoch(_, state) => {
                    before = None;
                    if !is_last && enough(&times) {
                        let own = |t: Tensor| Tensor { path: format!("stage{}.{}", index + 1, t.path), ..t };
                        done = event.done.iter().cloned().chain(state.tensors().into_iter().map(own)).collect();
                    }
                    !is_last && enough(&times)
                }
            };
            if stop { Flow::Stop } else { Flow::Continue }
        };
        let refused = |e: TrainingError| RunError::session(&self.data)(SessionError::Training(e));
        let name = stages[index].name.clone();
        let report = {
            let course = Course::new(stages, Some(&place), &data, &split, threads, &mut listener);
            let mut course = course.map_err(refused)?;
            self.config.model.spec().train(&self.config.training, &mut course).map_err(refused)?;
            course.report()
        };
        match report.diverged {
            Some(source) => Err(refused(TrainingError::Stage { stage: name, source })),
            None => Ok(Steps { times: Times::new(times), labelled, unlabelled: all - labelled, done }),
        }
    }

    /// A short epoch of full steps, without an end: the listener ends it.
    fn few_steps(&self, fit: &FitSettings) -> (Dataset, Split, FitSettings) {
        let split = self.session.split();
        let unlabelled = largest(self.rows, fit.unlabelled_batch);
        let labelled = largest(split.labelled.len(), fit.labelled_batch);
        let steps = (VALUES / (unlabelled * self.session.rows().features())).clamp(AT_LEAST, STEPS);
        let rows = split.labelled[..labelled].iter();
        let rows: Vec<usize> = rows.chain(split.unlabelled.iter().cycle().take(steps * unlabelled)).copied().collect();
        let split = Split {
            labelled: (0..labelled).collect(),
            unlabelled: (labelled..rows.len()).collect(),
            validation: vec![],
        };
        let fit = FitSettings {
            epochs: u32::MAX as usize / STEPS,
            labelled_batch: labelled.max(1),
            unlabelled_batch: unlabelled,
            learning_rate: RATE,
            ..fit.clone()
        };
        (self.session.rows().select(&rows), split, fit)
    }

    fn of_stage(
        &self,
        Stage { name, fit, .. }: &Stage,
        stage: usize,
        steps: &Steps,
        (seconds_of_a_part, limit): (f64, f64),
        threads: &Threads,
    ) -> StageTimes {
        let Steps { times, labelled, unlabelled, .. } = steps;
        let (labelled, unlabelled, ms) = (*labelled, *unlabelled, times.median());
        let (mut parts, mut flop) = (Vec::new(), 0);
        let shape = StepShape { stage, fit, labelled, unlabelled, threads };
        self.config.model.spec().step_parts(&shape, &mut |part| {
            flop += part.flop;
            parts.push(PartTime { part: part.name, ms: Times::of(seconds_of_a_part, part.work).median() });
        });
        if !parts.is_empty() {
            let alone: f64 = parts.iter().map(|part| part.ms).sum();
            // 0 where the parts took longer alone than the whole step.
            parts.push(PartTime { part: "everything else, and waiting", ms: (ms - alone).max(0.0) });
        }
        let gflop = (flop > 0).then_some(flop as f64 / 1e9);
        let steps_per_epoch = self.rows.div_ceil(fit.unlabelled_batch);
        let seconds_per_epoch = steps_per_epoch as f64 * ms / 1e3;
        StageTimes {
            stage: name.clone(),
            labelled_rows_per_step: labelled,
            unlabelled_rows_per_step: unlabelled,
            steps: times.count(),
            ms_per_step: ms,
            ms_per_step_minimum: times.at(0.0),
            ms_per_step_lower_quartile: times.at(0.25),
            ms_per_step_upper_quartile: times.at(0.75),
            busy: times.busy(),
            steps_per_second: 1e3 / ms,
            rows_per_second: 1e3 / ms * (labelled + unlabelled) as f64,
            steps_per_epoch,
            seconds_per_epoch,
            epochs: fit.epochs,
            seconds: fit.epochs as f64 * seconds_per_epoch,
            product_gflop_per_step: gflop,
            product_limit_percent: gflop.map(|gflop| 100.0 * gflop / limit / (ms / 1e3)),
            parts,
        }
    }
}

/// Rows of the largest batch, as the training loop cuts them: batches of even size.
pub(super) fn largest(rows: usize, batch: usize) -> usize {
    rows.div_ceil(rows.div_ceil(batch).max(1))
}
