//! A training run of the lineage: its stages, what is to be known of the model, and the folder that tells of both.

use super::{LineageConfig, LineageRecipe};
use crate::checkpoint::{Identity, Saved};
use crate::error::RunError;
use crate::folder::{self, RunFolder};
use crate::model_file::{self, ModelCard, Provenance};
use crate::monitors::{MachineMonitors, Monitor};
use crate::precision::{instructions, precision_name};
use crate::prepare::{Prepared, check_inputs, shape_of, with_parts};
use crate::progress::{Listener, Log, Phase, Watch};
use crate::proportions;
use crate::run::in_folder;
use crate::summary::{SCHEMA, StageSummary, Status, Summary};
use laddernet::evaluation::{final_evaluation, final_squared_error};
use laddernet::fit::{Event, FitError};
use laddernet::lineage::{self, LineageError, Place, Purpose, Stage, Trained};
use laddernet::models::pca::Pca;
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
    let config = recipe.resolve(&shape_of(&loaded))?;
    check_inputs(&loaded.name, &loaded.train)?;
    let draw = |training: &Dataset| match config.labels {
        Some(labels) => split::draw(training, labels, config.validation, config.seed),
        None => split::draw_without_labels(training.rows(), config.validation, config.seed),
    };
    with_parts(config.clone(), config.seed, loaded, draw)
}

/// Trains, measures, and fills the run folder at `target`, as [`crate::run::train`] does for a ladder.
///
/// # Errors
/// When the settings make no model, the folder may not be written (unless `force` says so), or the disk is full.
/// What stood at `target` is then still there.
pub fn train(
    prepared: Prepared<LineageConfig>,
    target: &Path,
    force: bool,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    RunFolder::check(target, force)?;
    prepared.config.lineage().check().map_err(FitError::Settings)?;
    let folder = RunFolder::begin(target, force)?;
    go_on(folder, prepared, None, checkpoint_every, threads, listener)
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
    let toml = prepared.config.to_toml();
    let values: usize =
        prepared.config.lineage().tensor_shapes().iter().map(|(_, s)| s.iter().product::<usize>()).sum();
    // What is written for the model besides its values is far less than this.
    let room = vec![1; 4 * values + (64 << 10)];
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
    let mut summary = empty_summary(&prepared, threads);
    let identity = Identity::of(&prepared);
    let place =
        saved.as_ref().map(|s| Place { stage: s.stage, done: s.done.clone(), checkpoint: s.checkpoint.clone() });
    let fast = threads.using(instructions(config.precision)?);
    let mut stages: Vec<StageSummary> = Vec::new();
    let monitor = (settings.kind.purpose() == Purpose::Density).then(|| Monitor::new(training, split, threads));
    let log = Log { folder, identity, every: checkpoint_every };
    let mut watch = Watch::new(Phase::Model, config.epochs, vec![1.0], saved.as_ref(), Some(log), listener);
    let result = lineage::train(&settings, place.as_ref(), training, split, &fast, &mut |told| {
        if stages.last().is_none_or(|last| last.stage != told.stage.to_string()) {
            stages.push(StageSummary { stage: told.stage.to_string(), epochs: 0, cost: None });
        }
        let monitors = match (&told.event, &monitor) {
            (Event::Epoch(_, standing), Some(monitor)) => monitor.look(standing),
            _ => None,
        };
        if let (Event::Epoch(e, _), Some(stage)) = (&told.event, stages.last_mut()) {
            stage.epochs = e.epoch;
            let supervised = e.denoising_costs.is_empty();
            stage.cost = if supervised { Some(e.supervised_cost) } else { e.denoising_costs[0] };
        }
        watch.hear_stage(told, monitors)
    });
    let (seconds, step_seconds) = (watch.seconds(), watch.step_seconds());
    let (last, trouble) = watch.end();
    let (model, report) = result.map_err(refused)?;
    // What the stages cost that were done before the training was gone on with was not kept.
    let all = settings.stages();
    let done_before = all[..saved.as_ref().map_or(0, |s| s.stage)].iter().map(|&stage| StageSummary {
        stage: stage.to_string(),
        epochs: settings.learning(stage).epochs,
        cost: None,
    });
    summary.stages = done_before.chain(stages).collect();
    (summary.epochs, summary.steps, summary.seconds) = (report.epochs, report.steps, seconds);
    summary.ms_per_step = (report.steps > 0).then(|| 1000.0 * step_seconds / report.steps as f64);
    (summary.status, summary.message) = match &report.diverged {
        Some((stage, e)) => (Status::Diverged, Some(format!("{stage}: {e}"))),
        None if report.stopped => {
            let stage = summary.stages.last().map_or("", |s| &s.stage);
            (Status::Interrupted, Some(format!("interrupted in the training of {stage}")))
        }
        None => (Status::Finished, None),
    };
    let card = card(&prepared, summary.epochs, summary.steps);
    let bytes = model_file::to_bytes(&card, &model.tensors());
    folder.free_room_for_model()?;
    folder.write(folder::MODEL, &bytes)?;
    if let Some(last) = last {
        // A layer that is pre-trained has no supervised cost.
        summary.supervised_cost = last.denoising_costs.is_empty().then_some(last.supervised_cost);
        summary.denoising_costs = last.denoising_costs;
        summary.validation_error_percent = last.validation_error_percent;
    }
    // Before its last stage a model has not learned what it is for.
    let whole = summary.stages.last().is_some_and(|last| last.stage == Stage::Whole.to_string());
    if summary.status != Status::Diverged && whole {
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
            summary.test_squared_error = Some(final_squared_error(autoencoder, test.clone(), threads));
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
    let Prepared { config, training, .. } = prepared;
    ModelCard {
        format_version: model_file::FORMAT_VERSION,
        laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
        model: config.model.to_string(),
        layers: config.layers.clone(),
        denoising_weights: Vec::new(),
        input_noise: None,
        noise: None,
        lateral: true,
        // Where the data lie is the machine's own affair.
        lineage: Some(Box::new(LineageConfig { data_dir: None, ..config.clone() })),
        class_names: training.class_names().to_vec(),
        row_shape: training.row_shape().to_vec(),
        scale: training.scaling().scale,
        trained: Provenance {
            data: config.data.to_string(),
            sha256: prepared.sha256.clone(),
            train_sha256: Some(prepared.train_sha256.clone()),
            labels: config.labels.map_or("no".to_owned(), |labels| labels.to_string()),
            seed: config.seed,
            epochs,
            steps,
            statistics: "none".to_owned(),
        },
    }
}

fn empty_summary(prepared: &Prepared<LineageConfig>, threads: &Threads) -> Summary {
    let Prepared { config, split, test, test_part, .. } = prepared;
    let shapes = config.lineage().tensor_shapes();
    Summary {
        schema: SCHEMA.to_owned(),
        status: Status::Finished,
        message: None,
        warning: None,
        run_dir: String::new(),
        data: config.data.to_string(),
        model: config.model.to_string(),
        layers: config.layers.clone(),
        parameters: shapes.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum(),
        training_rows: split.unlabelled.len(),
        labelled_rows: split.labelled.len(),
        unlabelled_rows: split.unlabelled.len(),
        validation_rows: split.validation.len(),
        test_rows: test.rows(),
        test_part: *test_part,
        precision: precision_name(config.precision).to_owned(),
        instructions: instructions(config.precision).ok().map(|isa| isa.name().to_owned()),
        seed: config.seed,
        threads: threads.count(),
        laddernet_version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Summary::default()
    }
}
