//! `laddernet resume`: go on with a training that was killed or interrupted.

use super::{told, train};
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::prepare::prepare;
use laddernet_run::resume::{Found, open};
use laddernet_run::{AnyRecipe, RunError, lineage};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet resume runs/mnist-full-100-seed1
  laddernet resume runs/mnist-full-100-seed1 --data-dir /data/mnist --threads 4";

/// Go on with a training that was killed or interrupted
///
/// From its last checkpoint, which a training writes at the end of each epoch, to the same model, bit for bit, that it
/// would have come to without the interruption. The settings are those it was begun with; the number of threads may be
/// another. A training that came to its end is left as it is.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Resume {
    /// Run folder of an interrupted training, or the name that a killed one was to have
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    data_dir: DataDir,
    #[command(flatten)]
    checkpoints: Checkpoints,
}

pub fn run(args: Resume, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    if let Some(seed) = common.seed {
        let message = format!("--seed {seed}: a training goes on with the seed that it was begun with; leave it out");
        return Err(Failure::new(Exit::Usage, message));
    }
    let threads = common.threads()?;
    let unfinished = match open(&args.run)? {
        Found::Unfinished(unfinished) => unfinished,
        Found::Ended(mut summary) => {
            // It may have been moved.
            summary.run_dir = args.run.display().to_string();
            screen.say(&format!("{} came to its end before: there is nothing to do.", args.run.display()));
            screen.document(&*summary)?;
            screen.result(&told::report(&summary))?;
            return Ok(Exit::of(summary.status, None));
        }
    };
    let recipe = unfinished.recipe().in_folder(args.data_dir.data_dir);
    let loaded = recipe.source().map_err(RunError::from)?.load(recipe.data_dir())?;
    let (name, every) = (loaded.name.clone(), args.checkpoints.checkpoint_every);
    let (done, stages) = (unfinished.epochs_done(), unfinished.stages_done());
    match recipe {
        AnyRecipe::Ladder(recipe) => {
            let prepared = prepare(*recipe, loaded)?;
            screen.say(&format!("Going on after epoch {done} of {}", prepared.config.epochs));
            train::conduct(&name, prepared, &threads, screen, |prepared, listener| {
                unfinished.go_on(prepared, every, &threads, listener)
            })
        }
        AnyRecipe::Lineage(recipe) => {
            let prepared = lineage::prepare(recipe, loaded)?;
            let all = prepared.config.lineage().stages();
            screen.say(&format!("Going on in the training of {}, after epoch {done}", all[stages.min(all.len() - 1)]));
            train::conduct(&name, prepared, &threads, screen, |prepared, listener| {
                unfinished.go_on_in_stages(prepared, every, &threads, listener)
            })
        }
    }
}
