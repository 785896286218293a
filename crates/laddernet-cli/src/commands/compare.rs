//! `laddernet compare`: models in one table, on the same splits of the same data.

use super::{train, watch_for_interrupts};
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::progress::{self, View};
use crate::screen::Screen;
use laddernet::models::{Facts, Kind};
use laddernet::split::LabelCount;
use laddernet::training::Flow;
use laddernet_data::Source;
use laddernet_run::RunError;
use laddernet_run::folder::files;
use laddernet_run::record::{self, Status};
use laddernet_run::settings::{DataFacts, plain_name};
use laddernet_run::tables::Seeds;
use laddernet_run::tables::compare::{Compared, Comparison, markdown, plain, table, usual_models};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "Examples:
  laddernet compare
      the digits inside the program, 40 labels, three seeds
  laddernet compare --data mnist --labels 100 --seeds 1..10
  laddernet compare --models sdae,dbn,full --seeds 1";

/// Train the ladder beside pretrained and baseline models, and show every run
///
/// Models that learn from the labels alone, pretrained stacks and the ladder, each with its own settings, on the same
/// labelled rows. It may be stopped and called again: what has ended is kept.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Compare {
    /// digits, mnist, or idx:IMAGES,LABELS[,TEST_IMAGES,TEST_LABELS]
    #[arg(long, default_value = "digits")]
    data: Source,
    #[command(flatten)]
    data_dir: DataDir,
    /// How many rows keep their label: a number, or 'all' [default: 4 a class of small rows, else 10]
    #[arg(long)]
    labels: Option<LabelCount>,
    /// Which models [default: labels alone, pretrained stacks and the ladder]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', value_parser = train::classifier_parser())]
    models: Vec<&'static Kind>,
    /// Seeds, as 1..10 or 1,2,5 [default: --seed, else 1..3]
    #[arg(long)]
    seeds: Option<Seeds>,
    /// Another length of the trainings than each model's own
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Folder of the run folders [default: runs/compare-<data>]
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    checkpoints: Checkpoints,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    data: String,
    labels: String,
    out: &'a PathBuf,
    /// Whether every training that was asked for has ended.
    complete: bool,
    models: &'a [Compared],
}

pub fn run(args: Compare, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    if let Source::Own(path) = &args.data {
        let message = format!(
            "--data: found '{}', a file of your own: expected digits, mnist, or idx:IMAGES,LABELS[,...]. 'laddernet train {0}' compares \
             the ladder with the labels alone by itself",
            path.display()
        );
        return Err(Failure::new(Exit::Usage, message));
    }
    let threads = common.threads()?;
    let data = args.data.to_string();
    let comparison = Comparison {
        labels: args.labels.map_or_else(|| usual_labels(&args.data, args.data_dir.data_dir.as_deref()), Ok)?,
        data: args.data,
        data_dir: args.data_dir.data_dir,
        models: if args.models.is_empty() { usual_models() } else { once_each(&args.models) },
        seeds: args.seeds.map_or_else(|| common.seed.map_or(vec![1, 2, 3], |seed| vec![seed]), |seeds| seeds.0),
        epochs: args.epochs,
        out: args.out.unwrap_or_else(|| Path::new("runs").join(format!("compare-{}", plain_name(&data)))),
    };
    let trials = comparison.trials()?;
    let bars = progress::bars();
    let interrupt = watch_for_interrupts(screen, &bars)?;
    let mut done = Vec::new();
    for (i, trial) in trials.iter().enumerate() {
        if interrupt.exit().is_some() {
            break;
        }
        let name = format!("{} with seed {} ({} of {})", trial.kind, trial.seed, i + 1, trials.len());
        let mut view = View::new(screen, bars.clone(), name, String::new(), false);
        let summary = record::finish(&trial.task, args.checkpoints.checkpoint_every, &threads, &mut |p| {
            view.show(p);
            if interrupt.exit().is_none() { Flow::Continue } else { Flow::Stop }
        })?;
        view.end();
        if let (Status::Diverged, Some(message)) = (summary.status, &summary.message) {
            screen.caution(&format!("{} with seed {}: {message}", trial.kind, trial.seed));
        }
        done.push((trial.kind, summary));
    }
    let signal = interrupt.end();
    let complete = done.len() == trials.len() && done.iter().all(|(_, s)| s.status != Status::Interrupted);
    let lines = table(&comparison.models, comparison.labels, &done);
    let document = Document {
        schema: "laddernet.compare/2",
        data,
        labels: comparison.labels.to_string(),
        out: &comparison.out,
        complete,
        models: &lines,
    };
    let title = format!("{}, {} labels", document.data, document.labels);
    let json = serde_json::to_string_pretty(&document).expect("a table is plain numbers and text");
    for (name, text) in [("compare.json", json + "\n"), ("compare.md", markdown(&title, &lines))] {
        let path = comparison.out.join(name);
        files::write(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
    }
    screen.result(&plain(&lines))?;
    screen.document(&document)?;
    screen.say(&format!("Written to {} and compare.json", comparison.out.join("compare.md").display()));
    Ok(match signal {
        Some(_) if !complete => Exit::of(Status::Interrupted, signal),
        _ => Exit::Ok,
    })
}

/// As many labels as a training on these rows has unless said otherwise.
fn usual_labels(data: &Source, data_dir: Option<&Path>) -> Result<LabelCount, Failure> {
    let DataFacts { features, classes, .. } = DataFacts::from(&data.load(data_dir)?.train);
    Ok(Facts::of(features, classes).label_count())
}

/// Models, without those that were named before.
fn once_each(models: &[&'static Kind]) -> Vec<&'static Kind> {
    let mut once = Vec::new();
    models.iter().for_each(|kind| {
        if !once.contains(kind) {
            once.push(*kind);
        }
    });
    once
}
