//! `laddernet resume`: bring a training that was killed or interrupted to its end.

use super::{train, training_text};
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet_run::record::{Found, Prepared, open};
use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  laddernet resume runs/mnist-full-100-seed1
  laddernet resume runs/mnist-full-100-seed1 --data-dir /data/mnist --threads 4";

/// Resume a training that was killed or interrupted
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
        let message =
            format!("--seed {seed}: a training is resumed with the seed that it was begun with; leave it out");
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
            screen.result(&training_text::report(&summary))?;
            return Ok(Exit::of(summary.status, None));
        }
    };
    let prepared = Prepared::again(unfinished.config().clone().in_folder(args.data_dir.data_dir)?)?;
    let stages = prepared.config().model.spec().stages(&prepared.config().training);
    let done = unfinished.epochs_done();
    screen.say(&match &stages[..] {
        // It was killed before it had anything to save.
        [] => "Resuming from the beginning".to_owned(),
        [only] => format!("Resuming after epoch {done} of {}", only.fit.epochs),
        all => {
            let stage = &all[unfinished.stages_done().min(all.len() - 1)];
            format!("Resuming the training of {}, after epoch {done} of {}", stage.name, stage.fit.epochs)
        }
    });
    train::conduct(prepared, &threads, screen, |prepared, listener| {
        unfinished.resume(prepared, args.checkpoints.checkpoint_every, &threads, listener)
    })
}
