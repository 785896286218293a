//! `laddernet train`: from a recipe to a run folder.

use super::training_text::{introduction, next, own_text, report};
use super::watch_for_interrupts;
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::flags::{SettingFlags, assignment};
use crate::progress::{self, View};
use crate::screen::Screen;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use laddernet::Threads;
use laddernet::models::{Ability, KINDS, Kind, kind};
use laddernet::session::SessionError;
use laddernet::split::SplitError;
use laddernet::training::{Flow, TrainingError};
use laddernet_data::Source;
use laddernet_run::RunError;
use laddernet_run::folder::RunFolder;
use laddernet_run::record::estimate::Candidates;
use laddernet_run::record::{self, Layers, Listener, Options, Prepared, Status, Summary, layers_of};
use laddernet_run::settings::{AUTO, RECIPES, Recipe, shipped};
use std::path::{Path, PathBuf};
use toml::Value;

const EXAMPLES: &str = "Examples:
  laddernet train
      the digits inside the program, 40 labels
  laddernet train customers.csv --target churn
      a table of your own, some of whose rows have a label
  laddernet train labelled.csv --unlabelled more.csv --target y --test test.csv
  laddernet train pictures/
      pictures in labelled/<class>/ and unlabelled/, or as for torchvision
  laddernet train --data mnist --labels 100
  laddernet train --recipe survey-2-full-100 --seed 2
  laddernet train --data mnist --model top --labels all
  laddernet train --data idx:images.gz,labels.gz
  laddernet train --model rbm --data mnist
  laddernet train --model sdae --corruption masking:0.25
  laddernet train --set model.noise=0.2
      any setting by its path in config.toml
  laddernet train --recipe runs/a/config.toml --out runs/b
      repeat a run";

/// Train a model and keep it in a run folder
///
/// Without any option: the full ladder on the digits inside the program, with 40 labels, beside the same encoder
/// trained on these labels alone. Settings that are not given come from the recipe, then from the model's defaults.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true, allow_negative_numbers = true)]
pub struct Train {
    /// A table (CSV, Parquet, .xlsx, ARFF, LIBSVM), arrays (NPY, NPZ), a folder of pictures or of Parquet files, or '-' for standard input
    #[arg(value_name = "DATA", value_parser = clap::value_parser!(Source), conflicts_with = "data")]
    own: Option<Source>,
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
    #[command(flatten)]
    data_dir: DataDir,
    /// Any setting by its path in config.toml, as model.noise=0.2; may be given again
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, Value)>,
    /// Which model [default: full; of own data auto: full, unless the labels alone are better]
    #[arg(long, value_parser = choice_parser(), help_heading = "Model")]
    model: Option<Choice>,
    #[command(flatten)]
    settings: SettingFlags,
    /// Begin with the pretrained layers of a run folder that keeps them, as for other labels
    #[arg(long, value_name = "RUN", help_heading = "Pretrained models")]
    layers_of: Option<PathBuf>,
}

pub fn run(args: Train, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    if args.list_recipes {
        return list_recipes(screen);
    }
    let threads = common.threads()?;
    if let Some(out) = &args.out {
        RunFolder::check(out, args.force)?;
    }
    let layers = args.layers_of.as_deref().map(layers_of).transpose()?;
    let recipe = args.recipe(common, layers.as_ref())?;
    hint_at_renamed(&recipe, screen);
    let prepared = Prepared::load(&recipe).map_err(|e| args.explain(e))?;
    if let Some(text) = own_text(&prepared) {
        screen.say(&text);
    }
    let prepared = match prepared.candidates(&recipe).map_err(|e| args.explain(e))? {
        None => prepared,
        Some(candidates) => estimated(prepared, &candidates, common, screen)?,
    };
    let out = args.out.clone().unwrap_or_else(|| match args.recipe.as_deref().and_then(shipped) {
        // Recipes may differ in what the longer name does not say.
        Some(recipe) => Path::new("runs").join(format!("{}-seed{}", recipe.name, prepared.config().training.seed)),
        None => prepared.config().default_folder(),
    });
    let options = Options { force: args.force, checkpoint_every: args.checkpoints.checkpoint_every, layers };
    conduct(prepared, &threads, screen, |prepared, listener| record::train(prepared, &out, options, &threads, listener))
}

/// Cross-validates before the training, shows how far that is, and lets signals stop it: then nothing was begun.
fn estimated(
    prepared: Prepared,
    candidates: &Candidates,
    common: &Common,
    screen: &Screen,
) -> Result<Prepared, Failure> {
    let trainings = candidates.count() * prepared.session().fold_count();
    let workers = common.threads_for(common.thread_count().min(trainings.max(1)))?;
    let bars = progress::bars();
    let interrupt = watch_for_interrupts(screen, &bars)?;
    let labels = prepared.session().split().labelled.len();
    screen.say(&format!("Estimating the error from the {labels} labels, with and without the unlabelled rows"));
    let view = progress::Trials::new(screen, bars, trainings);
    let found = prepared.estimated(candidates, &workers, &|trial, event| {
        view.show(trial, &event);
        if interrupt.exit().is_none() { Flow::Continue } else { Flow::Stop }
    });
    view.end();
    let signal = interrupt.end();
    found?.ok_or_else(|| {
        let exit = Exit::of(Status::Interrupted, signal);
        Failure::new(exit, "interrupted before the training began: nothing was written")
    })
}

/// Runs a training that is prepared, shows how far it is, lets signals stop it, and says what came out.
pub(super) fn conduct(
    prepared: Prepared,
    threads: &Threads,
    screen: &Screen,
    train: impl FnOnce(Prepared, &mut Listener<'_>) -> Result<Summary, RunError>,
) -> Result<Exit, Failure> {
    screen.say(&introduction(&prepared, threads.count()));
    let (model, labels) = (prepared.config().kind(), prepared.session().split().labelled.len());
    let bars = progress::bars();
    let baseline = format!("the baseline on the {labels} labels alone");
    let mut view = View::new(screen, bars.clone(), format!("the model '{model}'"), baseline, false);
    let interrupt = watch_for_interrupts(screen, &bars)?;
    let result = train(prepared, &mut |p| {
        view.show(p);
        if interrupt.exit().is_none() { Flow::Continue } else { Flow::Stop }
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

/// Keys of older formats are read for ever, but people edit recipes and should know the new names.
pub(super) fn hint_at_renamed(recipe: &Recipe, screen: &Screen) {
    if let Some((old, today)) = recipe.renamed().first() {
        let more = if recipe.renamed().len() > 1 { "; other keys have new names, too" } else { "" };
        screen.say(&format!("hint: the recipe is of an older format: '{old}' is called '{today}' today{more}"));
    }
}

impl Train {
    /// What the command line says, over what the recipe says.
    fn recipe(&self, common: &Common, layers: Option<&Layers>) -> Result<Recipe, Failure> {
        let base = self.recipe.as_deref().map(Recipe::find).transpose()?;
        let base = base.or_else(|| layers.map(Layers::recipe)).unwrap_or_default();
        let mut said = Recipe::default();
        if let Some(Choice(name)) = self.model {
            said.set("model.kind", name.into());
        }
        if let Some(source) = &self.own {
            said.set("data.source", source.to_string().into());
        }
        self.settings.apply(&mut said);
        if let Some(seed) = common.seed {
            said.set_whole("training.seed", seed)?;
        }
        self.set.iter().for_each(|(path, value)| said.set(path, value.clone()));
        if let Some(layers) = layers {
            let kind = if said.get("model.kind").is_some() { said.kind()? } else { base.kind()? };
            let of = layers.kind();
            if kind != of {
                let message =
                    format!("the pretrained layers are of a model '{of}': a model '{kind}' does not begin with them");
                return Err(Failure::new(Exit::Usage, message));
            }
        }
        Ok(said.over(base)?.in_folder(self.data_dir.data_dir.clone())?)
    }

    /// The failure, with the flag that said the setting.
    fn explain(&self, error: RunError) -> Failure {
        let key = match &error {
            RunError::Config(e) => e.key(),
            RunError::Session { source, .. } => match &**source {
                SessionError::Settings(e) | SessionError::Training(TrainingError::Settings(e)) => Some(e.key()),
                SessionError::Split(SplitError::NothingLeft { .. }) => Some("data.validation"),
                SessionError::Split(_) => Some("data.labels"),
                _ => None,
            },
            _ => None,
        };
        // What --set says holds, whatever a flag says.
        let is_set = |key: &str| self.set.iter().any(|(path, _)| path.starts_with(key) || key.starts_with(&**path));
        let flag = key.filter(|key| !is_set(key)).and_then(|key| self.settings.flag_of(key));
        let unsaid = key == Some("data.target") && flag.is_none();
        let mut failure = Failure::from(error);
        if let Some(flag) = flag {
            failure.message += &format!(" (--{flag})");
        } else if unsaid {
            failure.message += ": name it by --target COLUMN";
        }
        failure
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
    let entries: Vec<Entry> = RECIPES.iter().map(|recipe| Entry { name: recipe.name, about: recipe.about() }).collect();
    let lines: String = entries.iter().map(|e| format!("{}\n    {}\n", e.name, e.about)).collect();
    screen.result(&lines)?;
    screen.document(&Document { schema: "laddernet.recipes/1", recipes: entries })?;
    Ok(Exit::Ok)
}

/// All models by name, so that help, completions and spelling advice know them.
pub(super) fn kind_parser() -> impl TypedValueParser<Value = &'static Kind> {
    parser_of(|_| true)
}

/// Those that predict classes.
pub(super) fn classifier_parser() -> impl TypedValueParser<Value = &'static Kind> {
    parser_of(|kind| kind.can(Ability::Classify))
}

/// The name of a model, or `auto`.
#[derive(Clone, Copy, Debug)]
struct Choice(&'static str);

fn choice_parser() -> impl TypedValueParser<Value = Choice> {
    let open = PossibleValue::new(AUTO)
        .help("left open: the ladder, unless cross-validation says that the labels alone are better");
    let value = |kind: &&'static Kind| PossibleValue::new(kind.name).aliases(kind.aliases).help(kind.about);
    PossibleValuesParser::new(std::iter::once(open).chain(KINDS.iter().map(value)))
        .map(|name| Choice(kind(&name).map_or(AUTO, |kind| kind.name)))
}

fn parser_of(which: fn(&Kind) -> bool) -> impl TypedValueParser<Value = &'static Kind> {
    let value = |kind: &&'static Kind| PossibleValue::new(kind.name).aliases(kind.aliases).help(kind.about);
    PossibleValuesParser::new(KINDS.iter().filter(|kind| which(kind)).map(value))
        .map(|name| kind(&name).expect("only names of models are accepted"))
}
