//! A training that is recorded: settings first, then the session, the model file, the baseline, and last the measures, for which
//! alone the test rows are read.

use super::checkpoint::{self, Identity, Saved};
use super::clock::Clock;
use super::estimate::Estimate;
use super::few_labels::{Contradiction, FewLabelsSummary};
use super::labelled_rows::LabelledRows;
use super::layers::{Keeper, Layers};
use super::listeners::{Checkpoints, Listeners, Log, Records};
use super::own::OwnSummary;
use super::prepared::Prepared;
use super::progress::Listener;
use super::summary::{StageSummary, Status, Summary, costs_of};
use crate::error::RunError;
use crate::folder::{self, RunFolder};
use crate::model_file::{self, ModelCard, Origin, SavedModel};
use crate::settings::layers_text;
use laddernet::Threads;
use laddernet::session::{GroupCheck, Measures, Phase, Session, SessionError, Trained};
use laddernet::tensor::Tensor;
use laddernet::training::{Checkpoint, EpochReport, Place, Report, StageReport};
use std::path::Path;

/// Least seconds between two checkpoints, unless one is chosen: a training loses no more by a kill, or an epoch where
/// that is longer, and small networks are not slowed by the disk.
pub const CHECKPOINT_EVERY: f64 = 1.0;

/// How a training is recorded.
pub struct Options {
    /// Whether a run folder at its place is replaced.
    pub force: bool,
    /// Least seconds between two checkpoints, which are written at the end of an epoch.
    pub checkpoint_every: f64,
    /// Pretrained layers of another training, with which it begins.
    pub layers: Option<Layers>,
}

impl Default for Options {
    fn default() -> Self {
        Options { force: false, checkpoint_every: CHECKPOINT_EVERY, layers: None }
    }
}

/// Trains, measures, and fills the run folder at `target`. A training that is stopped or diverges is a result, too: see
/// [`Summary::status`]. Only one that came to its end is measured on the test rows.
///
/// # Errors
/// When the folder may not be written, the pretrained layers are not those of the training, or the disk is full.
/// What stood at `target` is then still there.
pub fn train(
    prepared: Prepared,
    target: &Path,
    options: Options,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let saved = options.layers.map(|layers| layers.begin(&prepared, target)).transpose()?;
    let folder = RunFolder::begin(target, options.force)?;
    if let Some(saved) = &saved
        // Killed at once, it is resumed with the layers as well.
        && let Err(e) = saved.write(&folder, &Identity::of(&prepared))
    {
        folder.abandon();
        return Err(e);
    }
    in_folder(folder, prepared, saved, true, options.checkpoint_every, threads, listener)
}

/// The same without a run folder: gives the model with all that its file would say. It begins with the parameters of `begin`, where such
/// is given: of a model of the same kind and layers, which is trained in one stage.
///
/// # Errors
/// When the training cannot begin.
pub fn train_in_memory(
    prepared: Prepared,
    begin: Option<&SavedModel>,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<(Summary, SavedModel), RunError> {
    if let Some(model) = begin.filter(|model| model.layers() != prepared.config.layers()) {
        let (theirs, own) = (layers_text(model.layers()), layers_text(prepared.config.layers()));
        let reason = format!(
            "the model to go on with has layers {theirs}, but these settings and rows make {own}: expected the same"
        );
        return Err(RunError::Argument(reason));
    }
    let beginning = |model: &SavedModel| Checkpoint::beginning(&model.model.parameters());
    let place = begin.map(|model| Place { stage: 0, done: Vec::new(), checkpoint: Some(beginning(model)) });
    record(None, prepared, (None, place), f64::INFINITY, threads, listener)
}

/// The same in a folder that is there, from what was saved of the training, if anything was. A fresh folder goes when the training
/// cannot begin.
pub(super) fn in_folder(
    mut folder: RunFolder,
    prepared: Prepared,
    saved: Option<Saved>,
    fresh: bool,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let mut prepared = prepared;
    if !fresh && prepared.estimate.is_none() {
        match Estimate::read(folder.partial()) {
            Ok(estimate) => prepared.estimate = estimate,
            Err(e) => return Err(folder.left(e)),
        }
    }
    let begun = begin(&folder, &prepared);
    if let Err(e) = begun {
        return Err(if fresh { abandoned(folder, e) } else { folder.left(e) });
    }
    let place = saved.as_ref().map(Saved::place);
    match record(Some(&mut folder), prepared, (saved, place), checkpoint_every, threads, listener) {
        Ok((summary, _)) => {
            let place = folder.finish(summary.status == Status::Finished)?;
            if summary.status != Status::Interrupted {
                checkpoint::remove_all(&place)?;
            }
            Ok(summary)
        }
        Err(e @ RunError::Session { .. }) if fresh => Err(abandoned(folder, e)),
        Err(e) => Err(folder.left(e)),
    }
}

fn abandoned(folder: RunFolder, error: RunError) -> RunError {
    folder.abandon();
    error
}

/// Settings first; then room for the model is tried, so that a full disk is found before the training, not after.
fn begin(folder: &RunFolder, prepared: &Prepared) -> Result<(), RunError> {
    let Prepared { config, session, origin, .. } = prepared;
    folder.write(folder::CONFIG, config.to_toml().as_bytes())?;
    if config.kind().takes_labels() {
        let Origin { name, sha256, .. } = origin.clone();
        let rows = session.labelled_rows();
        let text = serde_json::to_string(&LabelledRows::new(name, sha256, rows)).expect("numbers and text");
        folder.write(folder::LABELLED, text.as_bytes())?;
    }
    if let Some(estimate) = &prepared.estimate {
        let text = serde_json::to_string_pretty(estimate).expect("numbers and text");
        folder.write(folder::ESTIMATE, text.as_bytes())?;
    }
    folder.keep_room(&room(prepared))
}

/// As many bytes as the files of the model will have.
fn room(prepared: &Prepared) -> Vec<u8> {
    let Prepared { config, session, origin, .. } = prepared;
    let card = ModelCard::of(config, session, origin, (usize::MAX, usize::MAX), true);
    let zeros = |(path, shape): (String, Vec<usize>)| Tensor { path, values: vec![0.0; shape.iter().product()], shape };
    let tensors: Vec<Tensor> = config.model.spec().tensor_shapes().into_iter().map(zeros).collect();
    let file = model_file::to_bytes(&card, session.preprocessing().encoding.standards(), &tensors);
    // Layers that are kept may have decoders of their own.
    file.repeat(if config.output.keep_layers { 3 } else { 1 })
}

fn record(
    mut folder: Option<&mut RunFolder>,
    prepared: Prepared,
    (saved, place): (Option<Saved>, Option<Place>),
    checkpoint_every: f64,
    threads: &Threads,
    progress: &mut Listener<'_>,
) -> Result<(Summary, SavedModel), RunError> {
    let identity = Identity::of(&prepared);
    let Prepared { config, session, origin, own, estimate } = prepared;
    let refuse = |e: SessionError| RunError::session(&origin.name)(e);
    let mut summary = Summary::begun(&config, &session, &origin.name, threads);
    summary.own = own.as_ref().map(|own| OwnSummary::new(own, &session));
    summary.estimate = estimate;
    let monitor = session.monitor(threads);
    let so_far = saved.as_ref().map_or((0.0, 0.0), |saved| (saved.seconds, saved.step_seconds));
    let records = folder.as_deref_mut().map(|folder| Records {
        folder,
        log: Log { monitor: monitor.as_deref() },
        checkpoints: Checkpoints { identity: identity.clone(), every: checkpoint_every, saved_at: so_far.0 },
        layers: Keeper::new(&config, saved.as_ref()),
    });
    let make = |tensors: Vec<Tensor>, done: (usize, usize)| SavedModel {
        card: ModelCard::of(&config, &session, &origin, done, false),
        preprocessing: session.preprocessing().clone(),
        model: config.model.spec().from_tensors(tensors).expect("tensors of this model"),
    };
    let mut listeners = Listeners::new(Phase::Model, Clock::new(saved.as_ref()), records, progress);
    listeners.make = Some(&make);
    let trained = session.train_model(place.as_ref(), threads, &mut |event| listeners.on_event(event));
    let Listeners { clock, records, last, trouble, .. } = listeners;
    let layers = records.and_then(|records| records.layers);
    let (seconds, step_seconds) = (clock.seconds(), clock.step_seconds());
    let Trained { model, report } = trained.map_err(&refuse)?;
    summary.parameters = model.parameters().count();
    summary.seconds = seconds;
    describe(&mut summary, &report, &last);
    let names = session.rows().class_names();
    summary.few_labels = report.grouped.as_ref().map(|grouped| FewLabelsSummary::new(grouped, names));
    summary.ms_per_step = (summary.steps > 0).then(|| 1000.0 * step_seconds / summary.steps as f64);

    // The model first: whatever comes after it, it is not lost.
    let card = ModelCard::of(&config, &session, &origin, (summary.epochs, summary.steps), report.untrained());
    let trained = SavedModel { card, preprocessing: session.preprocessing().clone(), model };
    let model = &*trained.model;
    if let Some(folder) = &mut folder {
        folder.free_room_for_model()?;
        folder.write(folder::MODEL, &trained.to_bytes())?;
        if let Some(layers) = layers.and_then(|layers| layers.file(&identity.elsewhere())) {
            folder.write(folder::LAYERS, &layers)?;
        }
        if let Some(trouble) = trouble {
            summary.message = Some(trouble.to_string());
            summary.run_dir = folder.partial().display().to_string();
            write_summary(folder, &summary)?;
            return Err(trouble);
        }
    }
    // In memory, a training that was stopped is one that was to end there.
    let wanted = summary.status == Status::Finished || folder.is_none() && summary.status == Status::Interrupted;
    if wanted {
        summary.rbm = monitor.as_ref().and_then(|monitor| monitor.look(&model.tensors()));
        let of_monitors = summary.rbm.as_ref().and_then(laddernet::models::rbm::RbmMonitors::warning);
        let of_groups = summary.few_labels.as_ref().and_then(FewLabelsSummary::warning);
        // A training that was stopped is not kept waiting.
        if summary.few_labels.is_none() && summary.status == Status::Finished {
            match session.check_by_groups(model, threads) {
                Some(GroupCheck::Contradicts(found)) => {
                    summary.contradicted_group = Some(Contradiction::new(&found, names));
                }
                Some(GroupCheck::Unfit(reason)) => summary.groups_unfit = Some(reason),
                Some(GroupCheck::Agrees) | None => {}
            }
        }
        let contradiction = summary.contradicted_group.as_ref().map(Contradiction::warning);
        let warnings = [session.warning(model, threads).or(of_groups), contradiction, of_monitors];
        let warnings: Vec<String> = warnings.into_iter().flatten().collect();
        summary.warning = (!warnings.is_empty()).then(|| warnings.join(". Besides, "));
        if let (Some(own), Some(percent)) = (&mut summary.own, session.predicted_percent(model, threads)) {
            let classes = own.classes.iter_mut().zip(percent);
            classes.for_each(|(class, percent)| class.predicted_percent = Some(percent));
        }
        // Where no epoch told it.
        let of_validation = || session.validation_error_percent(model, threads);
        summary.validation_error_percent = summary.validation_error_percent.or_else(of_validation);
        summary.validation_squared_error = session.validation_squared_error(model, threads);
    }
    if summary.status == Status::Finished {
        let baseline = train_baseline(&mut summary, &session, threads, progress).map_err(&refuse)?;
        if summary.status == Status::Finished {
            let baseline = baseline.as_ref().map(|baseline| &*baseline.model);
            measured(&mut summary, session.measure(model, baseline, threads));
        }
    }
    if let Some(folder) = folder {
        summary.run_dir = folder.place(summary.status == Status::Finished).display().to_string();
        write_summary(folder, &summary)?;
    }
    Ok((summary, trained))
}

/// Says in the summary how the training went.
fn describe(summary: &mut Summary, report: &Report, last: &[Option<EpochReport>]) {
    (summary.epochs, summary.steps) = (report.epochs(), report.steps());
    let many = report.planned > 1;
    let in_progress = report.stages.last().map_or("", |stage| &stage.name);
    let of = if many { format!(" in the training of {in_progress}") } else { String::new() };
    (summary.status, summary.message) = match &report.diverged {
        Some(e) => (Status::Diverged, Some(if many { format!("{in_progress}: {e}") } else { e.to_string() })),
        None if report.stopped => {
            let epoch = report.stages.last().map_or(0, |stage| stage.epochs) + 1;
            (Status::Interrupted, Some(format!("interrupted in epoch {epoch}{of}")))
        }
        None => (Status::Finished, None),
    };
    let epoch_of = |index: usize| last.get(index).and_then(Option::as_ref);
    if many {
        let stage = |(index, stage): (usize, &StageReport)| StageSummary {
            stage: stage.name.clone(),
            epochs: stage.epochs,
            cost: epoch_of(index).map(|epoch| epoch.costs.total),
        };
        summary.stages = report.stages.iter().enumerate().map(stage).collect();
    }
    if let Some(epoch) = last.iter().flatten().last() {
        summary.costs = costs_of(&epoch.costs);
        summary.validation_error_percent = epoch.validation_error_percent;
    }
}

/// The baseline, where there is one; what stopped it stopped the training.
fn train_baseline(
    summary: &mut Summary,
    session: &Session,
    threads: &Threads,
    progress: &mut Listener<'_>,
) -> Result<Option<Trained>, SessionError> {
    if session.test().is_none() {
        // It could not be measured; the cross-validation has compared the two.
        return Ok(None);
    }
    let mut listeners = Listeners::new(Phase::Baseline, Clock::new(None), None, progress);
    let trained = session.train_baseline(threads, &mut |event| listeners.on_event(event))?;
    let Some(trained) = trained else { return Ok(None) };
    summary.baseline_seconds = Some(listeners.clock.seconds());
    let mut of_baseline = Summary::default();
    describe(&mut of_baseline, &trained.report, &[]);
    summary.status = of_baseline.status;
    summary.message = of_baseline.message.map(|message| format!("the baseline on the labels alone: {message}"));
    Ok(Some(trained))
}

fn measured(summary: &mut Summary, measures: Measures) {
    // Test rows without labels give no error; JSON knows no NaN.
    let percent = |e: laddernet::evaluation::Evaluation| Some(e.error_percent()).filter(|e| e.is_finite());
    summary.test_error_percent = measures.error.and_then(percent);
    summary.baseline_error_percent = measures.baseline_error.and_then(percent);
    summary.comparison = measures.comparison;
    if let Some(reconstruction) = measures.reconstruction {
        let mut errors = reconstruction.squared_errors.into_iter();
        (summary.test_squared_error, summary.pca_squared_error) = (errors.next(), errors.next());
    }
}

fn write_summary(folder: &RunFolder, summary: &Summary) -> Result<(), RunError> {
    let text = serde_json::to_string_pretty(summary).expect("a summary is numbers and text");
    folder.free_room()?;
    folder.write(folder::SUMMARY, format!("{text}\n").as_bytes())
}
