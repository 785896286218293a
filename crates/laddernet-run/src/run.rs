//! A training run: the model, then the same encoder on the labelled rows alone, and the folder that tells of both.

use crate::checkpoint::{self, Identity, Saved};
use crate::config::Config;
use crate::error::RunError;
use crate::folder::{self, RunFolder};
use crate::model_file::{self, ModelCard};
use crate::precision::instructions;
use crate::prepare::{Common, Prepared, Settings};
use crate::progress::{Listener, Log, Phase, Watch};
use crate::proportions;
use crate::summary::{Status, Summary};
use crate::written::statistics_name;
use laddernet::evaluation::final_evaluation;
use laddernet::fit::{self, Checkpoint, FitError};
use laddernet::models::{Ladder, LadderSettings};
use laddernet::{Sealed, Threads};
use std::path::{Path, PathBuf};

/// The run folder's name unless one is given: `runs/<data>-<model>-<labels>-seed<seed>`.
pub fn default_folder(config: &(impl Settings + ?Sized), data_name: &str) -> PathBuf {
    let Common { model, labels, seed, .. } = config.common();
    let labels = labels.map_or(String::new(), |labels| format!("-{labels}"));
    Path::new("runs").join(format!("{}-{model}{labels}-seed{seed}", plain_name(data_name)))
}

/// The name of data as a part of a folder's name.
pub fn plain_name(data_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    data_name.chars().map(plain).take(60).collect()
}

/// Least seconds between two checkpoints, unless one is chosen: a training loses no more by a kill, or an epoch where
/// that is longer, and small networks are not slowed by the disk.
pub const CHECKPOINT_EVERY: f64 = 1.0;

/// Trains, evaluates, and fills the run folder at `target`. A checkpoint is written at the end of an epoch, when the last
/// one is `checkpoint_every` seconds old. A training that is stopped or diverges is a result, too:
/// see [`Summary::status`].
///
/// # Errors
/// When the settings make no network, the folder may not be written (unless `force` says so), or the disk is full.
/// What stood at `target` is then still there.
pub fn train(
    prepared: Prepared,
    target: &Path,
    force: bool,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    RunFolder::check(target, force)?;
    let model = new_ladder(&prepared.config, threads)?;
    let folder = RunFolder::begin(target, force)?;
    train_from(folder, prepared, model, None, checkpoint_every, threads, listener)
}

/// The same in a folder that is there, from what was saved of the training, if anything was.
pub(crate) fn train_from(
    folder: RunFolder,
    prepared: Prepared,
    model: Ladder,
    saved: Option<Saved>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let fresh = saved.is_none();
    let (toml, room) =
        (prepared.config.to_toml(), model_file::to_bytes(&card(&prepared, &model, 0, 0), None, &model.tensors()));
    in_folder(folder, fresh, &toml, &room, |folder| {
        train_in(folder, prepared, model, saved, checkpoint_every, threads, listener)
    })
}

/// Settings first; then room for the model is tried, so that a full disk is found before the training, not after.
/// `work` fills the folder, which then gets its name.
pub(crate) fn in_folder(
    mut folder: RunFolder,
    fresh: bool,
    config: &str,
    room: &[u8],
    work: impl FnOnce(&mut RunFolder) -> Result<Summary, RunError>,
) -> Result<Summary, RunError> {
    if let Err(e) = folder.write(folder::CONFIG, config.as_bytes()).and_then(|()| folder.keep_room(room)) {
        return Err(if fresh { abandoned(folder, e) } else { folder.left(e) });
    }
    match work(&mut folder) {
        Ok(summary) => {
            let place = folder.finish(summary.status == Status::Finished)?;
            if summary.status != Status::Interrupted {
                checkpoint::remove_all(&place)?;
            }
            Ok(summary)
        }
        Err(e @ (RunError::Fit(_) | RunError::Unable(_))) if fresh => Err(abandoned(folder, e)),
        Err(e) => Err(folder.left(e)),
    }
}

fn abandoned(folder: RunFolder, error: RunError) -> RunError {
    folder.abandon();
    error
}

fn train_in(
    folder: &mut RunFolder,
    prepared: Prepared,
    mut model: Ladder,
    saved: Option<Saved>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let mut summary = Summary::begun(&prepared, model.parameters().count(), threads);
    let log = Log { folder, identity: Identity::of(&prepared), every: checkpoint_every };
    let Config { epochs, denoising_weights, .. } = &prepared.config;
    let watch = Watch::new(Phase::Model, *epochs, denoising_weights.clone(), saved.as_ref(), Some(log), listener);
    let from = saved.as_ref().map(|s| &s.checkpoint);
    let main = watched(&mut model, &prepared, &prepared.config, from, threads, watch)?;
    let bytes = model_file::to_bytes(&card(&prepared, &model, main.epochs, main.steps), None, &model.tensors());
    folder.free_room_for_model()?;
    folder.write(folder::MODEL, &bytes)?;
    summary.status = main.status;
    summary.message = main.message;
    (summary.epochs, summary.steps, summary.seconds) = (main.epochs, main.steps, main.seconds);
    summary.ms_per_step = (main.steps > 0).then(|| 1000.0 * main.step_seconds / main.steps as f64);
    if let Some(last) = main.last {
        summary.supervised_cost = Some(last.supervised_cost);
        summary.denoising_costs = last.denoising_costs;
        summary.validation_error_percent = last.validation_error_percent;
    }
    if main.status != Status::Diverged {
        summary.test_error_percent = error_percent(&model, &prepared.test, threads);
    }
    if main.status == Status::Finished {
        summary.warning = proportions::warning(&model, &prepared.training, &prepared.split, threads);
    }
    if let Some(trouble) = main.trouble {
        summary.message = Some(trouble.to_string());
        summary.run_dir = folder.partial().display().to_string();
        write_summary(folder, &summary)?;
        return Err(trouble);
    }
    if main.status == Status::Finished && prepared.config.baseline {
        compare(&mut summary, &prepared, threads, listener)?;
    }
    summary.run_dir = folder.place(summary.status == Status::Finished).display().to_string();
    write_summary(folder, &summary)?;
    Ok(summary)
}

pub(crate) fn write_summary(folder: &RunFolder, summary: &Summary) -> Result<(), RunError> {
    let text = serde_json::to_string_pretty(summary).expect("a summary is plain numbers and text");
    folder.free_room()?;
    folder.write(folder::SUMMARY, format!("{text}\n").as_bytes())
}

/// The same encoder, the same labelled rows, the same seed, and nothing else.
fn compare(
    summary: &mut Summary,
    prepared: &Prepared,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<(), RunError> {
    let config = prepared.config.supervised_alone();
    let mut model = new_ladder(&config, threads)?;
    let watch = Watch::new(Phase::Comparison, config.epochs, config.denoising_weights.clone(), None, None, listener);
    let outcome = watched(&mut model, prepared, &config, None, threads, watch)?;
    summary.status = outcome.status;
    summary.message = outcome.message.map(|m| format!("the comparison on the labels alone: {m}"));
    summary.supervised_seconds = Some(outcome.seconds);
    if outcome.status == Status::Finished {
        summary.supervised_error_percent = error_percent(&model, &prepared.test, threads);
    }
    Ok(())
}

/// What a fit gave, whichever way it ended.
struct Outcome {
    status: Status,
    message: Option<String>,
    epochs: usize,
    steps: usize,
    seconds: f64,
    step_seconds: f64,
    last: Option<fit::EpochReport>,
    /// Why the log of epochs could not be written, which ends a training.
    trouble: Option<RunError>,
}

fn watched(
    model: &mut Ladder,
    prepared: &Prepared,
    config: &Config,
    from: Option<&Checkpoint>,
    threads: &Threads,
    mut watch: Watch<'_, '_>,
) -> Result<Outcome, RunError> {
    let threads = &threads.using(instructions(threads, config.precision)?);
    let Prepared { training, split, .. } = prepared;
    let result = fit::fit_from(from, model, training, split, &config.fit(), threads, &mut |event| watch.hear(event));
    let (seconds, step_seconds) = (watch.seconds(), watch.step_seconds());
    let (last, trouble) = watch.end();
    let (status, message, epochs, steps) = match result {
        Ok(report) if report.stopped => {
            let epoch = (report.epochs + 1).min(config.epochs);
            let message = format!("interrupted in epoch {epoch} of {}", config.epochs);
            (Status::Interrupted, Some(message), report.epochs, report.steps)
        }
        Ok(report) => (Status::Finished, None, report.epochs, report.steps),
        Err(e @ FitError::Diverged { step, kept, .. }) => (Status::Diverged, Some(e.to_string()), kept, step),
        Err(e) => return Err(e.into()),
    };
    Ok(Outcome { status, message, epochs, steps, seconds, step_seconds, last, trouble })
}

pub(crate) fn new_ladder(config: &Config, threads: &Threads) -> Result<Ladder, RunError> {
    Ladder::with_isa(config.ladder(), config.seed, threads.isa()).map_err(|e| FitError::Settings(e.to_string()).into())
}

/// `None` where the test rows have no label, so that JSON need not say NaN.
fn error_percent(model: &Ladder, test: &Sealed, threads: &Threads) -> Option<f64> {
    let error = final_evaluation(model, test.clone(), threads).error_percent();
    error.is_finite().then_some(error)
}

fn card(prepared: &Prepared, model: &Ladder, epochs: usize, steps: usize) -> ModelCard {
    let LadderSettings { denoising_weights, input_noise, noise, lateral, .. } = model.settings().clone();
    ModelCard {
        format_version: model_file::LADDER_FORMAT,
        denoising_weights,
        input_noise: Some(input_noise),
        noise: Some(noise),
        lateral,
        ..ModelCard::of(prepared, epochs, steps, statistics_name(prepared.config.statistics))
    }
}
