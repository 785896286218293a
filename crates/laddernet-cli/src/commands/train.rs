//! `laddernet train`: from a recipe to a run folder.

use super::lineage_args::LineageArgs;
use super::told::{introduction, next, report};
use super::watch_for_interrupts;
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::progress::{self, View};
use crate::screen::Screen;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use laddernet::Threads;
use laddernet::dataset::DatasetError;
use laddernet::fit::{Flow, StatisticsFrom};
use laddernet::lineage::{LineageKind, Purpose};
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use laddernet_run::config::ConfigError;
use laddernet_run::folder::RunFolder;
use laddernet_run::lineage::{self, Layers, LineageRecipe, is_part};
use laddernet_run::precision::PrecisionChoice;
use laddernet_run::prepare::{Prepared, Settings, prepare};
use laddernet_run::progress::Listener;
use laddernet_run::recipe::Recipe;
use laddernet_run::recipes;
use laddernet_run::run;
use laddernet_run::summary::{Status, Summary};
use laddernet_run::written::{layers_from, statistics_from};
use laddernet_run::{AnyRecipe, Kind, RunError};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "Examples:
  laddernet train
      the digits inside the program, 40 labels
  laddernet train --data mnist --labels 100
  laddernet train --recipe survey-2-full-100 --seed 2
  laddernet train --data mnist --model top --labels all
  laddernet train --data idx:images.gz,labels.gz
  laddernet train --model rbm --data mnist --validation 10000
  laddernet train --model sdae --data mnist --labels 1000 --corruption masking:0.25
  laddernet train --recipe runs/a/config.toml --out runs/b
      repeat a run";

/// Train a network and keep it in a run folder
///
/// Without any option: the full ladder on the digits inside the program, with 40 labels, beside the same encoder
/// trained on these labels alone. Settings that are not given come from the recipe, then from the authors.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true, allow_negative_numbers = true)]
pub struct Train {
    /// digits, mnist, or idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]] [default: digits]
    #[arg(long)]
    data: Option<Source>,
    #[command(flatten)]
    data_dir: DataDir,
    /// Settings from a recipe of the program, or from a file (.toml)
    #[arg(long, value_name = "NAME|FILE")]
    recipe: Option<String>,
    /// List the recipes of the program, and end
    #[arg(long)]
    list_recipes: bool,
    /// Run folder [default: runs/<data>-<model>-<labels>-seed<seed>, or runs/<recipe>-seed<seed>]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace a run folder that exists, once the new one is complete
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    checkpoints: Checkpoints,

    /// Which model: a ladder by where it denoises, or one of those before it [default: full]
    #[arg(long, value_parser = kind_parser(), help_heading = "Model")]
    model: Option<Kind>,
    /// Units of each layer, as 784-1000-500-10
    #[arg(long, value_name = "SIZES", value_parser = sizes, help_heading = "Model")]
    layers: Option<Sizes>,
    /// Weight of each layer's denoising cost, the input first, as 1000,10,0.1
    #[arg(long, value_name = "W,...", value_delimiter = ',', allow_hyphen_values = true, help_heading = "Model")]
    denoising_weights: Option<Vec<f32>>,
    /// Standard deviation of a ladder's noise on the input
    #[arg(long, value_name = "S", help_heading = "Model")]
    input_noise: Option<f32>,
    /// Standard deviation of the noise on the layers above
    #[arg(long, value_name = "S", help_heading = "Model")]
    noise: Option<f32>,
    /// Leave out the lateral connections: the decoder sees only what comes from above
    #[arg(long, help_heading = "Model")]
    no_lateral: bool,

    /// How many rows keep their label: a number, or 'all' [default: 40 of the digits, else 10 a class]
    #[arg(long, help_heading = "Training")]
    labels: Option<LabelCount>,
    /// Passes over the unlabelled rows
    #[arg(long, value_name = "N", help_heading = "Training")]
    epochs: Option<usize>,
    /// Labelled rows a step, at most
    #[arg(long, value_name = "N", help_heading = "Training")]
    labelled_batch: Option<usize>,
    /// Unlabelled rows a step, at most
    #[arg(long, value_name = "N", help_heading = "Training")]
    unlabelled_batch: Option<usize>,
    /// Initial learning rate
    #[arg(long, value_name = "R", help_heading = "Training")]
    learning_rate: Option<f32>,
    /// Share of the epochs after which the learning rate falls to zero
    #[arg(long, value_name = "SHARE", help_heading = "Training")]
    decay_start: Option<f32>,
    /// Rows that give the statistics for prediction: labelled or unlabelled
    #[arg(long, value_name = "ROWS", value_parser = statistics_from, help_heading = "Training")]
    statistics: Option<StatisticsFrom>,
    /// Matrix products of the training: f32, bf16, or auto: bf16 where that is faster
    #[arg(long, value_name = "P", help_heading = "Training")]
    precision: Option<PrecisionChoice>,
    /// Training rows kept apart to choose settings by
    #[arg(long, value_name = "N", help_heading = "Training")]
    validation: Option<usize>,

    /// Also train the same encoder on the labels alone
    #[arg(long, overrides_with = "no_baseline", help_heading = "Comparison")]
    baseline: bool,
    /// Do not, where it is the default (digits)
    #[arg(long, overrides_with = "baseline", help_heading = "Comparison")]
    no_baseline: bool,
    /// The comparison's noise above the input
    #[arg(long, value_name = "S", help_heading = "Comparison")]
    baseline_noise: Option<f32>,
    /// The comparison's epochs [default: as many as the model's]
    #[arg(long, value_name = "N", help_heading = "Comparison")]
    baseline_epochs: Option<usize>,

    #[command(flatten)]
    lineage: LineageArgs,
}

/// Layer sizes; a type of their own, since clap takes a vector for an option that may be repeated.
#[derive(Clone, Debug)]
pub(super) struct Sizes(pub(super) Vec<usize>);

pub fn run(args: Train, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    if args.list_recipes {
        return list_recipes(screen);
    }
    let threads = common.threads()?;
    let (out, force, checkpoint_every) = (args.out.clone(), args.force, args.checkpoints.checkpoint_every);
    if let Some(out) = &out {
        RunFolder::check(out, force)?;
    }
    let layers = args.lineage.layers_of.as_deref().map(lineage::layers_of).transpose()?;
    let by_name = args.recipe.clone().filter(|recipe| recipes::text_of(recipe).is_some());
    let recipe = args.into_recipe(common, layers.as_ref())?;
    let loaded = recipe.source().map_err(RunError::from)?.load(recipe.data_dir())?;
    let name = loaded.name.clone();
    let place = |config: &dyn Settings| {
        out.unwrap_or_else(|| match by_name {
            // Recipes may differ in what the longer name does not say.
            Some(recipe) => Path::new("runs").join(format!("{recipe}-seed{}", config.common().seed)),
            None => run::default_folder(config, &name),
        })
    };
    match recipe {
        AnyRecipe::Ladder(recipe) => {
            let prepared = prepare(*recipe, loaded)?;
            let out = place(&prepared.config);
            conduct(&name, prepared, &threads, screen, |prepared, listener| {
                run::train(prepared, &out, force, checkpoint_every, &threads, listener)
            })
        }
        AnyRecipe::Lineage(recipe) => {
            let model = recipe.model();
            let prepared = lineage::prepare(recipe, loaded).map_err(|e| refused_rows(e, model))?;
            let out = place(&prepared.config);
            conduct(&name, prepared, &threads, screen, |prepared, listener| {
                lineage::train(prepared, layers, &out, force, checkpoint_every, &threads, listener)
            })
        }
    }
}

/// Which models take values of any size, where those of these rows are the reason.
fn refused_rows(error: RunError, model: LineageKind) -> Failure {
    let values = matches!(error, RunError::Dataset { source: DatasetError::OutsideUnitInterval { .. }, .. });
    let mut failure = Failure::from(error);
    if values && model != LineageKind::Gsn {
        failure.message += ". Values of any size are for Gaussian visible units: --visible gaussian";
    }
    failure
}

/// Runs a training that is prepared, shows how far it is, lets signals stop it, and says what came out.
pub(super) fn conduct<C: Settings>(
    name: &str,
    prepared: Prepared<C>,
    threads: &Threads,
    screen: &Screen,
    train: impl FnOnce(Prepared<C>, &mut Listener<'_>) -> Result<Summary, RunError>,
) -> Result<Exit, Failure> {
    screen.say(&introduction(name, &prepared, threads.count()));
    let (model, labels) = (prepared.config.common().model, prepared.split.labelled.len());
    let bars = progress::bars();
    let comparison = format!("the same encoder on the {labels} labels alone");
    let mut view = View::new(screen, bars.clone(), format!("the {model} network"), comparison, false);
    let interrupt = watch_for_interrupts(screen, &bars)?;
    let result = train(prepared, &mut |p| {
        view.hear(p);
        if interrupt.exit().is_none() { Flow::Go } else { Flow::Stop }
    });
    view.end();
    let signal = interrupt.end();
    let summary = result?;
    let exit = Exit::of(summary.status, signal);
    if let (Status::Diverged, Some(message)) = (summary.status, &summary.message) {
        screen.warn(message);
    }
    if let Some(warning) = &summary.warning {
        screen.caution(warning);
    }
    let written = screen.document(&summary).and_then(|()| screen.result(&report(&summary)));
    match written {
        // How the training went matters more than who could read of it.
        Err(failure) if exit != Exit::Ok => screen.warn(&failure.message),
        written => written?,
    }
    screen.say(&next(&summary));
    Ok(exit)
}

impl Train {
    /// What the command line says, over what the recipe says.
    fn into_recipe(self, common: &Common, layers: Option<&Layers>) -> Result<AnyRecipe, Failure> {
        let base = self.recipe.as_deref().map(AnyRecipe::find).transpose()?;
        let base = base.or_else(|| layers.map(|layers| AnyRecipe::Lineage(layers.recipe())));
        let kind = self.model.or(base.as_ref().map(AnyRecipe::kind)).unwrap_or(Kind::Ladder(ModelKind::Full));
        let refused = |message: String| Err(Failure::new(Exit::Usage, message));
        if let Some(of) = layers.map(Layers::model).filter(|of| kind != Kind::Lineage(*of)) {
            return refused(format!("the layers are of a model '{of}': none of another begins with them, as '{kind}'"));
        }
        match (kind, base) {
            (Kind::Ladder(model), Some(AnyRecipe::Lineage(recipe))) => refused(format!(
                "the recipe is for a model '{}': nothing of it holds for --model {model}",
                recipe.model()
            )),
            (Kind::Lineage(model), Some(AnyRecipe::Ladder(recipe))) => {
                let of = recipe.model.unwrap_or(ModelKind::Full);
                refused(format!("the recipe is for a model '{of}': nothing of it holds for --model {model}"))
            }
            (Kind::Ladder(model), base) => match self.lineage.first_said() {
                Some(option) => refused(format!("--{option} is for the models before the ladder, not for '{model}'")),
                None => {
                    let base = if let Some(AnyRecipe::Ladder(recipe)) = base { *recipe } else { Recipe::default() };
                    Ok(AnyRecipe::Ladder(Box::new(self.into_ladder(common, base))))
                }
            },
            (Kind::Lineage(model), base) => match self.first_said_of_a_ladder() {
                Some(option) => {
                    refused(format!("--{option} is for ladders, and a model '{model}' is none: leave it out"))
                }
                None => {
                    let labels = self.labels.is_some() && !is_part("labels", model);
                    if let Some(option) = self.lineage.first_foreign(model).or(labels.then_some("labels")) {
                        return refused(format!("--{option} is no option of a model '{model}': leave it out"));
                    }
                    let base =
                        if let Some(AnyRecipe::Lineage(recipe)) = base { recipe } else { LineageRecipe::new(model) };
                    let recipe = self.into_lineage(common, base.with_model(model)).map_err(RunError::from)?;
                    Ok(AnyRecipe::Lineage(recipe))
                }
            },
        }
    }

    /// An option that only ladders have.
    fn first_said_of_a_ladder(&self) -> Option<&'static str> {
        let said = [
            ("denoising-weights", self.denoising_weights.is_some()),
            ("input-noise", self.input_noise.is_some()),
            ("noise", self.noise.is_some()),
            ("no-lateral", self.no_lateral),
            ("labelled-batch", self.labelled_batch.is_some()),
            ("unlabelled-batch", self.unlabelled_batch.is_some()),
            ("statistics", self.statistics.is_some()),
            ("baseline", self.baseline),
            ("baseline-noise", self.baseline_noise.is_some()),
            ("baseline-epochs", self.baseline_epochs.is_some()),
        ];
        said.into_iter().find(|(_, said)| *said).map(|(option, _)| option)
    }

    fn into_lineage(self, common: &Common, mut recipe: LineageRecipe) -> Result<LineageRecipe, ConfigError> {
        self.labels.map_or(Ok(()), |labels| recipe.say_labels(labels))?;
        common.seed.map_or(Ok(()), |seed| recipe.say_whole("seed", seed))?;
        for (key, number) in [("epochs", self.epochs), ("validation", self.validation)] {
            number.map_or(Ok(()), |number| recipe.say_whole(key, number))?;
        }
        let mut say = |key: &str, value: Option<toml::Value>| {
            if let Some(value) = value {
                recipe.say(key, value);
            }
        };
        say("data", self.data.map(|data| data.to_string().into()));
        say("data_dir", self.data_dir.data_dir.map(|folder| folder.to_string_lossy().into_owned().into()));
        // More units than TOML has numbers for are as many too many.
        let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        say("layers", self.layers.map(|sizes| sizes.0.into_iter().map(whole).collect::<Vec<_>>().into()));
        say("learning_rate", self.learning_rate.map(number));
        say("decay_start", self.decay_start.map(number));
        say("precision", self.precision.map(|p| p.to_string().into()));
        for (_, key, value) in self.lineage.said() {
            say(key, value);
        }
        Ok(recipe)
    }

    fn into_ladder(self, common: &Common, base: Recipe) -> Recipe {
        let model = self.model.and_then(|kind| if let Kind::Ladder(model) = kind { Some(model) } else { None });
        let said = Recipe {
            format_version: None,
            data: self.data,
            data_dir: self.data_dir.data_dir,
            model,
            labels: self.labels,
            layers: self.layers.map(|sizes| sizes.0),
            denoising_weights: self.denoising_weights,
            input_noise: self.input_noise,
            noise: self.noise,
            lateral: self.no_lateral.then_some(false),
            epochs: self.epochs,
            labelled_batch: self.labelled_batch,
            unlabelled_batch: self.unlabelled_batch,
            learning_rate: self.learning_rate,
            decay_start: self.decay_start,
            statistics: self.statistics,
            precision: self.precision,
            validation: self.validation,
            seed: common.seed,
            baseline: (self.baseline || self.no_baseline).then_some(self.baseline),
            baseline_noise: self.baseline_noise,
            baseline_epochs: self.baseline_epochs,
        };
        said.or(base)
    }
}

fn list_recipes(screen: &Screen) -> Result<Exit, Failure> {
    #[derive(serde::Serialize)]
    struct Entry {
        name: &'static str,
        about: &'static str,
    }
    #[derive(serde::Serialize)]
    struct Document {
        schema: &'static str,
        recipes: Vec<Entry>,
    }
    let entries: Vec<Entry> =
        recipes::ALL.iter().map(|&(name, text)| Entry { name, about: recipes::about(text) }).collect();
    let lines: String = entries.iter().map(|e| format!("{}\n    {}\n", e.name, e.about)).collect();
    screen.result(&lines)?;
    screen.document(&Document { schema: "laddernet.recipes/1", recipes: entries })?;
    Ok(Exit::Ok)
}

/// The ladders by name, so that help, completions and spelling advice know them.
pub(super) fn model_parser() -> impl TypedValueParser<Value = ModelKind> {
    let values = ModelKind::ALL.into_iter().map(|kind| value(Kind::Ladder(kind)));
    PossibleValuesParser::new(values).map(|name| name.parse().expect("only names of models are let through"))
}

/// All models, likewise.
pub(super) fn kind_parser() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::all().map(value))
        .map(|name| name.parse().expect("only names of models are let through"))
}

/// Those that tell classes apart.
pub(super) fn classifier_parser() -> impl TypedValueParser<Value = Kind> {
    let classifies = |kind: &Kind| !matches!(kind, Kind::Lineage(kind) if kind.purpose() != Purpose::Classes);
    PossibleValuesParser::new(Kind::all().filter(classifies).map(value))
        .map(|name| name.parse().expect("only names of models are let through"))
}

fn value(kind: Kind) -> PossibleValue {
    let about = match kind {
        Kind::Ladder(ModelKind::Full) => "a denoising cost at every layer",
        Kind::Ladder(ModelKind::Top) => "at the top layer alone (also called gamma, sigma)",
        Kind::Ladder(ModelKind::Bottom) => "at the input alone",
        Kind::Ladder(ModelKind::Mlp) => "none: the supervised comparison",
        Kind::Lineage(kind) => kind.about(),
    };
    PossibleValue::new(kind.name()).aliases(kind.aliases()).help(about)
}

/// As TOML holds it: the shortest decimal that is this number, so that 0.1 stays 0.1.
pub(super) fn number(x: f32) -> toml::Value {
    toml::Value::Float(x.to_string().parse().unwrap_or(f64::from(x)))
}

pub(super) fn sizes(text: &str) -> Result<Sizes, String> {
    layers_from(text).map(Sizes)
}
