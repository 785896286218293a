//! A training run of the lineage: its stages, what is to be known of the model, and the folder that tells of both.

use super::layers::{Keeper, Layers};
use super::{LineageConfig, LineageRecipe};
use crate::checkpoint::{Identity, Saved};
use crate::config::ConfigError;
use crate::error::RunError;
use crate::evaluate::variance;
use crate::folder::{self, RunFolder};
use crate::model_file::{self, ModelCard};
use crate::monitors::{MachineMonitors, Monitor};
use crate::precision::instructions;
use crate::prepare::{Prepared, check_classes, check_inputs, shape_of, with_parts};
use crate::progress::{Listener, Log, Phase, Watch};
use crate::proportions;
use crate::run::in_folder;
use crate::summary::{StageSummary, Status, Summary};
use laddernet::evaluation::{final_evaluation, final_measure, final_squared_error, squared_error};
use laddernet::fit::{Event, FitError};
use laddernet::lineage::{self, LineageError, Purpose, Stage, StageReport, Trained};
use laddernet::models::pca::Pca;
use laddernet::models::rbm::Units;
use laddernet::{Dataset, Threads, split};
use laddernet_data::Loaded;
use std::path::Path;

/// Rows of more values have no principal components beside them, which would take longer than the training.
const MOST_FEATURES: usize = 2000;

/// Completes a recipe for these data and draws the parts.
///
/// # Errors
/// When the settings make no training, do not fit the data, or the data are not what a model learns from.
pub fn prepare(recipe: LineageRecipe, loaded: Loaded) -> Result<Prepared<LineageConfig>, RunError> {
    if recipe.model().purpose() == Purpose::Classes {
        check_classes(&loaded, &recipe.model())?;
    }
    let config = recipe.resolve(&shape_of(&loaded))?;
    let (name, gaussian) = (loaded.name.clone(), config.visible == Units::Gaussian);
    if !gaussian {
        check_inputs(&loaded)?;
    }
    let draw = |training: &Dataset| match config.labels {
        Some(labels) => split::draw(training, labels, config.validation, config.seed),
        None => split::draw_without_labels(training.rows(), config.validation, config.seed),
    };
    let mut prepared = with_parts(config.clone(), loaded, draw)?;
    if gaussian {
        prepared = prepared.standardised(&name)?;
    }
    // Steps are numbered in 32 bits; a later stage is not to fail after hours in an earlier one.
    let settings = config.lineage();
    for stage in settings.stages() {
        let learning = settings.learning(stage);
        let (epochs, steps) = (learning.epochs, learning.steps_an_epoch(&prepared.split));
        if epochs.checked_mul(steps).is_none_or(|steps| u32::try_from(steps).is_err()) {
            let most = u32::MAX;
            let message = format!("{epochs} epochs of {steps} steps for {stage}: expected at most {most} steps in all");
            return Err(ConfigError(message).into());
        }
    }
    Ok(prepared)
}

/// Trains, measures, and fills the run folder at `target`, as [`crate::run::train`] does for a ladder; `layers` are those of
/// another training, so that they need not learn again.
///
/// # Errors
/// When the settings make no model or other layers than those given, the folder may not be written (unless `force` says so), or the disk is full.
/// What stood at `target` is then still there.
pub fn train(
    prepared: Prepared<LineageConfig>,
    layers: Option<Layers>,
    target: &Path,
    force: bool,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    RunFolder::check(target, force)?;
    prepared.config.lineage().check().map_err(FitError::Settings)?;
    let saved = layers.map(|layers| layers.begin(&prepared, target)).transpose()?;
    let folder = RunFolder::begin(target, force)?;
    if let Some(saved) = &saved {
        // Killed at once, it goes on from the layers as well.
        let written = saved.write(&folder, &Identity::of(&prepared));
        if let Err(e) = written {
            folder.abandon();
            return Err(e);
        }
    }
    in_new_folder(folder, true, prepared, saved, checkpoint_every, threads, listener)
}

/// The same in a folder that is there, from what was saved of the training, if anything was.
pub(crate) fn go_on(
    folder: RunFolder,
    prepared: Prepared<LineageConfig>,
    saved: Option<Saved>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let fresh = saved.is_none();
    in_new_folder(folder, fresh, prepared, saved, checkpoint_every, threads, listener)
}

fn in_new_folder(
    folder: RunFolder,
    fresh: bool,
    prepared: Prepared<LineageConfig>,
    saved: Option<Saved>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let toml = prepared.config.to_toml();
    // What is written for the model besides its values is far less than this. Layers that are kept were machines, or
    // autoencoders with a way down of their own.
    let files = if prepared.config.keeps_layers() { 3 } else { 1 };
    let standards = prepared.standards.as_ref().map_or(0, |standards| 2 * standards.means().len());
    let room = vec![1; files * (4 * (parameters(&prepared.config) + standards) + (64 << 10))];
    in_folder(folder, fresh, &toml, &room, |folder| {
        train_in(folder, prepared, saved, checkpoint_every, threads, listener)
    })
}

fn train_in(
    folder: &mut RunFolder,
    prepared: Prepared<LineageConfig>,
    saved: Option<Saved>,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let Prepared { config, training, split, .. } = &prepared;
    let settings = config.lineage();
    let mut summary = Summary::begun(&prepared, parameters(config), threads);
    let identity = Identity::of(&prepared);
    let place = saved.as_ref().map(Saved::place);
    let so_far = saved.as_ref().map_or((0.0, 0.0), |s| (s.seconds, s.step_seconds));
    let mut keeper = config.keeps_layers().then(|| Keeper::new(config, so_far));
    let fast = threads.using(instructions(threads, config.precision)?);
    // Of stages that are not gone through again it was not kept.
    let mut costs: Vec<Option<f64>> = vec![None; settings.stages().len()];
    let monitor =
        (settings.kind.purpose() == Purpose::Density).then(|| Monitor::new(training, config.visible, split, threads));
    // Where the data lie is the machine's own affair.
    let of_their_own = identity.with_config(&LineageConfig { data_dir: None, ..config.clone() });
    let log = Log { folder, identity, every: checkpoint_every };
    let mut watch = Watch::new(Phase::Model, config.epochs, vec![1.0], saved.as_ref(), Some(log), listener);
    let result = lineage::train(&settings, place.as_ref(), training, split, &fast, &mut |told| {
        let monitors = match (&told.event, &monitor) {
            (Event::Epoch(_, standing), Some(monitor)) => monitor.look(standing),
            _ => None,
        };
        if let Event::Epoch(e, _) = &told.event {
            costs[told.index] = Some(e.denoising_costs.first().copied().flatten().unwrap_or(e.supervised_cost));
        }
        if let Some(keeper) = &mut keeper {
            keeper.hear(&told, (watch.seconds(), watch.step_seconds()));
        }
        watch.hear_stage(told, monitors)
    });
    let (seconds, step_seconds) = (watch.seconds(), watch.step_seconds());
    let (last, trouble) = watch.end();
    let (model, report) = result.map_err(refused)?;
    let told = |(stage, &cost): (&StageReport, &Option<f64>)| StageSummary {
        stage: stage.stage.to_string(),
        epochs: stage.epochs,
        cost,
    };
    summary.stages = report.stages.iter().zip(&costs).map(told).collect();
    (summary.epochs, summary.steps, summary.seconds) = (report.epochs(), report.steps(), seconds);
    summary.ms_per_step = (summary.steps > 0).then(|| 1000.0 * step_seconds / summary.steps as f64);
    let in_work = report.stages.last().map_or(Stage::Whole, |last| last.stage);
    let many = settings.stages().len() > 1;
    (summary.status, summary.message) = match &report.diverged {
        Some(e) => (Status::Diverged, Some(if many { format!("{in_work}: {e}") } else { e.to_string() })),
        None if report.stopped => {
            let of = if many { format!(" in the training of {in_work}") } else { String::new() };
            (Status::Interrupted, Some(format!("interrupted{of}")))
        }
        None => (Status::Finished, None),
    };
    let card = card(&prepared, summary.epochs, summary.steps);
    let bytes = model_file::to_bytes(&card, prepared.standards.as_deref(), &model.tensors());
    folder.free_room_for_model()?;
    folder.write(folder::MODEL, &bytes)?;
    if let Some(layers) = keeper.and_then(|keeper| keeper.file(&of_their_own)) {
        folder.write(folder::LAYERS, &layers)?;
    }
    if let Some(last) = last {
        // A layer that is pre-trained has no supervised cost.
        summary.supervised_cost = last.denoising_costs.is_empty().then_some(last.supervised_cost);
        summary.denoising_costs = last.denoising_costs;
        summary.validation_error_percent = last.validation_error_percent;
    }
    // Before its last stage a model has not learned what it is for.
    if summary.status != Status::Diverged && in_work == Stage::Whole {
        measure(&mut summary, &model, &prepared, threads);
    }
    if let (Status::Finished, Trained::Classifier(classifier)) = (summary.status, &model) {
        summary.warning = proportions::warning(classifier, training, split, threads);
    }
    if let (Some(monitor), Trained::Rbm(rbm), Status::Finished) = (&monitor, &model, summary.status) {
        let monitors = monitor.of(rbm);
        summary.warning = monitors.as_ref().and_then(MachineMonitors::warning);
        summary.machine = monitors;
    }
    let end = trouble.is_none() && summary.status == Status::Finished;
    summary.run_dir = if trouble.is_some() { folder.partial() } else { folder.place(end) }.display().to_string();
    if let Some(trouble) = &trouble {
        summary.message = Some(trouble.to_string());
    }
    crate::run::write_summary(folder, &summary)?;
    trouble.map_or(Ok(summary), Err)
}

/// What the final evaluation says: the error of a classifier, the squared error of an autoencoder beside that of as many
/// principal components.
fn measure(summary: &mut Summary, model: &Trained, prepared: &Prepared<LineageConfig>, threads: &Threads) {
    let test = prepared.test.clone();
    match model {
        Trained::Classifier(classifier) => {
            let error = final_evaluation(classifier, test, threads).error_percent();
            summary.test_error_percent = error.is_finite().then_some(error);
        }
        Trained::Autoencoder(autoencoder) => {
            let (error, variance) =
                final_measure(test.clone(), |rows| (squared_error(autoencoder, rows, threads), variance(rows)));
            summary.test_squared_error = Some(error);
            if summary.status == Status::Finished && error >= variance {
                summary.warning = Some(format!(
                    "it rebuilds rows no better than their mean in every row's place would, {error:.3} squared against \
                     {variance:.3}: train longer, or with a lower learning rate"
                ));
            }
            let held = &prepared.split.validation;
            summary.validation_squared_error =
                (!held.is_empty()).then(|| squared_error(autoencoder, &prepared.training.select(held), threads));
            // As many directions as the code has units, where they are fewer than the values of a row.
            let code = prepared.config.layers[prepared.config.layers.len() - 1];
            let learned = || prepared.training.select(&prepared.split.unlabelled);
            if code < prepared.training.features() && prepared.training.features() <= MOST_FEATURES {
                let pca = Pca::fit(&learned(), code, threads).ok();
                summary.pca_squared_error = pca.map(|pca| final_squared_error(&pca, test, threads));
            }
        }
        Trained::Rbm(_) => {}
    }
}

fn refused(e: LineageError) -> RunError {
    match e {
        LineageError::Settings(message) => FitError::Settings(message).into(),
        LineageError::Stage { stage, source: FitError::Settings(message) } => {
            FitError::Settings(if stage == Stage::Whole { message } else { format!("{stage}: {message}") }).into()
        }
        other => RunError::Unable(other.to_string()),
    }
}

fn card(prepared: &Prepared<LineageConfig>, epochs: usize, steps: usize) -> ModelCard {
    // Where the data lie is the machine's own affair.
    let lineage = LineageConfig { data_dir: None, ..prepared.config.clone() };
    ModelCard { lineage: Some(Box::new(lineage)), ..ModelCard::of(prepared, epochs, steps, "none") }
}

/// Trainable values of the model.
fn parameters(config: &LineageConfig) -> usize {
    config.lineage().tensor_shapes().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}
