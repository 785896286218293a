//! How far a training is: a bar where a terminal can show one, else a plain line every so often.

use crate::screen::Screen;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use laddernet::session::{Phase, Trial};
use laddernet::training::{Event, SUPERVISED, StageEvent};
use laddernet_run::record::Progress;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Between two plain lines, at the ends of epochs.
const EVERY: Duration = Duration::from_secs(5);
/// Within an epoch that takes long.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);

/// Shows one training after the other.
pub struct View<'a> {
    screen: &'a Screen,
    /// What the two trainings are called.
    names: [String; 2],
    /// The place of the bar, through which another thread may say something beside it.
    bars: MultiProgress,
    /// Whether others show their trainings beside it: then each line says whose it is.
    among_others: bool,
    shown: Option<Shown>,
}

struct Shown {
    phase: Phase,
    stage: Option<(usize, String)>,
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Option<Instant>,
    /// Known only where an epoch ends, shown until the next one does.
    validation: Option<f64>,
}

/// The place of bars on standard error.
pub fn bars() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10))
}

impl<'a> View<'a> {
    /// What is said while it shows something goes through the `suspend` of its bars.
    pub fn new(screen: &'a Screen, bars: MultiProgress, model: String, baseline: String, among_others: bool) -> Self {
        View { screen, names: [model, baseline], bars, among_others, shown: None }
    }

    pub fn show(&mut self, p: &Progress<'_>) {
        if self.shown.as_ref().is_none_or(|s| s.phase != p.phase || s.stage != p.stage) {
            self.end();
            self.begin(p);
        }
        let Some(shown) = &mut self.shown else { return };
        let name = &self.names[usize::from(p.phase == Phase::Baseline)];
        let whose = if self.among_others { format!("{name} ") } else { String::new() };
        shown.validation = p.validation_error_percent.or(shown.validation);
        let validation = shown.validation.map_or(String::new(), |e| format!(", validation {e:.2} %"));
        let now = format!("{}, {} left{validation}", numbers(p), clock(p.seconds_left));
        if let Some(bar) = &shown.bar {
            bar.set_prefix(format!("{whose}epoch {}/{}", p.epoch, p.epochs));
            bar.set_message(now);
            bar.set_position(p.step as u64);
            return;
        }
        let since = shown.last_line.map(|last| last.elapsed());
        let due = match p.epoch_ended {
            true => since.is_none_or(|since| since >= EVERY) || p.epoch == p.epochs,
            false => since.unwrap_or(shown.started.elapsed()) >= AT_LEAST_EVERY,
        };
        if due {
            shown.last_line = Some(Instant::now());
            let Progress { epoch, epochs, .. } = p;
            self.screen.say(&format!("  {whose}epoch {epoch}/{epochs}, {now}"));
        }
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        let Some(shown) = self.shown.take() else { return };
        if let Some(bar) = shown.bar {
            bar.finish_and_clear();
            self.bars.remove(&bar);
            self.bars.suspend(|| self.screen.say(&format!("  {} s", shown.started.elapsed().as_secs())));
        }
    }

    fn begin(&mut self, p: &Progress<'_>) {
        let name = &self.names[usize::from(p.phase == Phase::Baseline)];
        let of = p.stage.as_ref().map_or(String::new(), |(_, stage)| format!(", {stage}"));
        self.bars.suspend(|| self.screen.say(&format!("Training {name}{of}")));
        let bar = self.screen.animate().then(|| {
            let bar = self.bars.add(ProgressBar::new(p.total_steps as u64));
            bar.set_style(style(self.screen.colour()));
            bar
        });
        self.shown = Some(Shown {
            phase: p.phase,
            stage: p.stage.clone(),
            bar,
            started: Instant::now(),
            last_line: None,
            validation: None,
        });
    }
}

/// Shows how far the trainings of a cross-validation are, all of them as one.
pub struct Trials {
    bar: Option<ProgressBar>,
    bars: MultiProgress,
    trainings: usize,
    /// Of each training, the share that is done.
    done: Mutex<Vec<((usize, usize), f64)>>,
}

impl Trials {
    /// Of so many trainings.
    pub fn new(screen: &Screen, bars: MultiProgress, trainings: usize) -> Self {
        let bar = screen.animate().then(|| {
            let bar = bars.add(ProgressBar::new(1000));
            bar.set_style(style(screen.colour()));
            bar
        });
        Trials { bar, bars, trainings, done: Mutex::default() }
    }

    /// One of them came further.
    pub fn show(&self, trial: Trial, event: &StageEvent<'_>) {
        let Some(bar) = &self.bar else { return };
        let (Event::Epoch(at, _), Ok(mut done)) = (&event.event, self.done.lock()) else { return };
        let share = (event.index as f64 + at.step as f64 / at.total_steps.max(1) as f64) / event.stages as f64;
        let key = (trial.fold, trial.model);
        match done.iter_mut().find(|(of, _)| *of == key) {
            Some((_, found)) => *found = share,
            None => done.push((key, share)),
        }
        let sum: f64 = done.iter().map(|(_, share)| share).sum();
        bar.set_prefix("cross-validation");
        bar.set_position((1000.0 * sum / self.trainings as f64) as u64);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            self.bars.remove(bar);
        }
    }
}

/// Two lines: the bar as wide as the terminal, and numbers cut to it.
fn style(colour: bool) -> ProgressStyle {
    let bar = if colour { "{wide_bar:.cyan/blue}" } else { "{wide_bar}" };
    ProgressStyle::with_template(&format!("  {{prefix}} {bar}\n  {{wide_msg}}"))
        .expect("the template is a constant")
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

/// The costs (supervised + the others, where there are both) and the speed.
fn numbers(p: &Progress<'_>) -> String {
    let total = p.costs.total;
    let cost = match p.costs.of(SUPERVISED) {
        Some(supervised) if total > supervised => format!("{} + {}", short(supervised), short(total - supervised)),
        _ => short(total),
    };
    format!("cost {cost}, {} rows/s", short(p.rows_per_second))
}

/// Four digits or so, in at most six characters.
fn short(x: f64) -> String {
    match x.abs() {
        x if x < 10.0 => format!("{x:.4}"),
        x if x < 1000.0 => format!("{x:.1}"),
        x if x < 10_000.0 => format!("{x:.0}"),
        x if x < 1e7 => format!("{:.0}k", x / 1e3),
        _ => format!("{x:.0e}"),
    }
}

/// Minutes and seconds, or hours, minutes and seconds.
pub fn clock(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        hours => format!("{hours}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_short() {
        assert_eq!([0.12345, 139.011, 4567.8, 47_065.9, 1e30].map(short), ["0.1235", "139.0", "4568", "47k", "1e30"]);
        assert_eq!([clock(0.4), clock(61.0), clock(3725.0)], ["0:00", "1:01", "1:02:05"]);
    }
}
