//! The options that every command has, or several.

use crate::exit::{Exit, Failure};
use clap::Args;
use laddernet::{Isa, Threads};
use laddernet_run::record::CHECKPOINT_EVERY;
use std::path::PathBuf;

/// Names the instructions to compute with in place of the best that this processor has, so that bits can be compared with
/// those of another one.
const INSTRUCTIONS: &str = "LADDERNET_INSTRUCTIONS";

/// What every command understands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Everywhere")]
pub struct Common {
    /// Print exactly one JSON document to standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// No messages and no progress; results and errors stay
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Seed of all random numbers [default: 1]
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads to use; no result depends on it [default: the processor's cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// No colours; NO_COLOR or TERM=dumb in the environment say the same
    #[arg(long, global = true)]
    pub no_color: bool,
}

/// Where data are looked for.
#[derive(Args, Clone, Debug)]
pub struct DataDir {
    /// Folder of the data sets [default: $LADDERNET_DATA_DIR, else laddernet in the user's cache]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
}

/// How often a training is kept.
#[derive(Args, Clone, Debug)]
pub struct Checkpoints {
    /// Least seconds between two checkpoints, which are written at the end of an epoch; 0: after each
    #[arg(long, value_name = "S", default_value_t = CHECKPOINT_EVERY, value_parser = seconds)]
    pub checkpoint_every: f64,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(s) if f64::is_finite(s) && s >= 0.0 => Ok(s),
        _ => Err("expected a number of seconds, 0 or more".into()),
    }
}

impl Common {
    /// The threads that were asked for, or one for each core that this process may use.
    pub fn threads(&self) -> Result<Threads, Failure> {
        start(self.thread_count())
    }

    /// The same shared by so many trainings at a time.
    pub fn threads_for(&self, jobs: usize) -> Result<Vec<Threads>, Failure> {
        (0..jobs).map(|_| start((self.thread_count() / jobs).max(1))).collect()
    }

    /// So many threads were asked for, or are there.
    pub fn thread_count(&self) -> usize {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(|| num_cpus::get_physical().clamp(1, available), usize::from)
    }
}

/// Threads with the best instructions of this processor, or with those that [`INSTRUCTIONS`] names.
fn start(count: usize) -> Result<Threads, Failure> {
    let isa = match std::env::var_os(INSTRUCTIONS) {
        None => Isa::detect(),
        Some(name) => {
            let known: Vec<Isa> = Isa::available().into_iter().chain(Isa::available_bf16()).collect();
            known.iter().copied().find(|isa| name == isa.name()).ok_or_else(|| {
                let known = known.iter().map(|isa| isa.name()).collect::<Vec<_>>().join(", ");
                let message = format!(
                    "{INSTRUCTIONS}: '{}' names no instructions that this processor has; it has {known}",
                    name.to_string_lossy()
                );
                Failure::new(Exit::Usage, message)
            })?
        }
    };
    Threads::with_isa(count, isa).map_err(|e| Failure::new(Exit::Other, format!("cannot start the threads: {e}")))
}
