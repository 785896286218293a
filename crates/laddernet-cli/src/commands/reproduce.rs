//! `laddernet reproduce`: a published table, trained again, every run shown.

use super::train::kind_parser;
use super::training_text::report;
use super::watch_for_interrupts;
use crate::args::{Checkpoints, Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::progress::{self, View, clock};
use crate::screen::Screen;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use laddernet::models::Kind;
use laddernet::split::LabelCount;
use laddernet::text::precision_from;
use laddernet::training::Flow;
use laddernet_run::RunError;
use laddernet_run::folder::files;
use laddernet_run::record::{Standing, Status, Summary};
use laddernet_run::tables::{
    Cell, Choice, Grid, Jobs, News, Rendered, Seeds, Table, TableError, TableTask, perform_all, tables,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const EXAMPLES: &str = "Examples:
  laddernet reproduce digits --seeds 1..10
      minutes, and needs no data
  laddernet reproduce survey-2 --labels 40,100 --models full --seeds 1..10
  laddernet reproduce pretrained-mnist --recipes dbn-all,dbn-100
  laddernet reproduce survey-2 --render
      the table of what is finished
  laddernet reproduce survey-2 --list
      a task a line, for a cluster:
  laddernet reproduce survey-2 --task ID";

/// Train a published table again and show every run beside the published figures
///
/// A run folder a cell and seed. What is finished is kept, what was interrupted is resumed from its last checkpoint, so the
/// command may be stopped and called again, and any number of processes may share the folder. Likelihoods are computed
/// after the training and kept in the run folder. At the end the table is printed, and written to the folder as <TABLE>.md
/// and <TABLE>.json.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true)]
pub struct Reproduce {
    /// Which table
    #[arg(value_name = "TABLE", value_parser = table_parser())]
    table: &'static Table,
    /// Numbers of labels, as 40,100,all [default: the table's]
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    labels: Vec<LabelCount>,
    /// Models, as full,mlp [default: the table's]
    #[arg(long, value_name = "MODEL,...", value_delimiter = ',', value_parser = kind_parser())]
    models: Vec<&'static Kind>,
    /// Cells by their recipes, as dbn-all,dbn-100, instead of labels and models
    #[arg(long, value_name = "RECIPE,...", value_delimiter = ',', conflicts_with_all = ["labels", "models"])]
    recipes: Vec<String>,
    /// Seeds, as 1..10 or 1,2,5 [default: --seed, else the table's; with --render all there are]
    #[arg(long, value_name = "SEEDS")]
    seeds: Option<Seeds>,
    /// Another length of the trainings than the table's
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Matrix products of the training: f32, bf16, or auto: bf16 where that is faster
    #[arg(long, value_name = "P", default_value = "auto", value_parser = ["auto", "f32", "bf16"])]
    precision: String,
    /// Trainings at a time, which share the threads
    #[arg(short, long, value_name = "J", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// Folder of the run folders
    #[arg(short, long, value_name = "DIR", default_value = "runs/reproduce")]
    out: PathBuf,
    #[command(flatten)]
    data_dir: DataDir,
    #[command(flatten)]
    checkpoints: Checkpoints,

    /// Print the ids of the tasks, a line each, and end
    #[arg(long, group = "instead", help_heading = "Instead of training all")]
    list: bool,
    /// Do this task of the list alone
    #[arg(long, value_name = "ID", group = "instead", help_heading = "Instead of training all")]
    task: Option<String>,
    /// Train nothing; print and write the table of what is finished
    #[arg(long, group = "instead", help_heading = "Instead of training all")]
    render: bool,
    /// Exit code 6 if a mean is above the published figure by more than this, in percent
    #[arg(long, value_name = "PERCENT", value_parser = tolerance, conflicts_with_all = ["list", "task"])]
    tolerance: Option<f64>,
}

fn table_parser() -> impl TypedValueParser<Value = &'static Table> {
    let value = |table: &'static Table| PossibleValue::new(table.name).help(&*table.about);
    PossibleValuesParser::new(tables().iter().filter(|table| table.is_complete()).map(value))
        .map(|name| Table::find(&name).expect("only names of tables are accepted"))
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(t) if f64::is_finite(t) && t >= 0.0 => Ok(t),
        _ => Err("expected a number of percent, 0 or more".into()),
    }
}

/// What `--json` prints and `<TABLE>.json` holds.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    table: &'a str,
    /// The cells with their finished runs, beside the published figures.
    cells: &'a [Cell],
    tasks: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    recipe: Option<&'a str>,
    seed: u64,
    run_dir: String,
    /// `ended`, `begun` or `absent`.
    state: &'static str,
}

pub fn run(args: Reproduce, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let choice = Choice {
        labels: args.labels.clone(),
        models: args.models.clone(),
        recipes: args.recipes.clone(),
        seeds: seeds(&args, common),
        epochs: args.epochs,
        // What is no precision is `auto`.
        precision: precision_from(&args.precision).ok(),
        data_dir: args.data_dir.data_dir.clone(),
        out: args.out.clone(),
    };
    let grid = Grid::new(args.table, &choice)?;
    if args.list {
        let ids: String = grid.tasks.iter().map(|task| format!("{}\n", task.id)).collect();
        screen.document(&document(&grid, &[])?)?;
        screen.result(&ids)?;
        return Ok(Exit::Ok);
    }
    if let Some(id) = &args.task {
        return one(&args, grid.task(id).ok_or_else(|| no_task(&grid, id))?, common, screen);
    }
    let all: Vec<&TableTask> = grid.tasks.iter().collect();
    let exit = if args.render { Exit::Ok } else { train(&args, &all, common, screen)?.1 };
    let cells = grid.cells()?;
    let (document, rendered) = (document(&grid, &cells)?, Rendered { cells: &cells, columns: &args.table.columns });
    write(&args.out, args.table.name, &rendered, &document)?;
    screen.document(&document)?;
    screen.result(&rendered.plain())?;
    let unfinished = document.tasks.iter().filter(|task| task.state != "ended").count();
    if unfinished > 0 {
        screen.say(&format!("{unfinished} of {} trainings have not come to their end", grid.tasks.len()));
    }
    let page = args.out.join(args.table.name).with_extension("md");
    screen.say(&format!("Written to {}", page.display()));
    Ok(if exit == Exit::Ok { gate(&args, &cells, screen) } else { exit })
}

/// What was asked for; a table that is only rendered shows every run there is.
fn seeds(args: &Reproduce, common: &Common) -> Option<Seeds> {
    let said = args.seeds.clone().or(common.seed.map(|seed| Seeds(vec![seed])));
    said.or_else(|| Some(args.table.seeds_below(&args.out)).filter(|seeds| args.render && !seeds.0.is_empty()))
}

/// One task of the list, as a cluster calls for it; what has ended before is reported again.
fn one(args: &Reproduce, task: &TableTask, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let (mut results, exit) = train(args, &[task], common, screen)?;
    if let Some(Ok(summary)) = results.pop() {
        screen.document(&summary)?;
        screen.result(&report(&summary))?;
    }
    Ok(exit)
}

fn no_task(grid: &Grid, id: &str) -> Failure {
    let table = grid.table.name;
    let message = format!(
        "no task of {table} with these options is called '{id}': `laddernet reproduce {table} --list` with the same \
         options names them"
    );
    Failure::new(Exit::Usage, message)
}

/// Does the tasks and reports them; what came of each, and how that ends the program.
fn train(
    args: &Reproduce,
    tasks: &[&TableTask],
    common: &Common,
    screen: &Screen,
) -> Result<(Vec<Result<Summary, RunError>>, Exit), Failure> {
    let jobs = usize::from(args.jobs).min(tasks.len()).max(1);
    let threads = common.threads_for(jobs)?;
    let bars = progress::bars();
    let interrupt = watch_for_interrupts(screen, &bars)?;
    let views: Mutex<BTreeMap<usize, View<'_>>> = Mutex::new(BTreeMap::new());
    let on_news = |place: usize, news: News<'_>| {
        let (task, number) = (tasks[place], format!("[{}/{}] {}", place + 1, tasks.len(), tasks[place].id));
        let mut views = views.lock().expect("nothing panics while it is held");
        match news {
            News::Progress(p) => {
                let baseline = format!("the baseline of {}", task.id);
                let begun = || View::new(screen, bars.clone(), number, baseline, jobs > 1);
                views.entry(place).or_insert_with(begun).show(p);
            }
            News::Over(result) => {
                if let Some(mut view) = views.remove(&place) {
                    view.end();
                }
                bars.suspend(|| match result {
                    Ok(summary) => {
                        screen.say(&format!("{number}: {}", outcome(summary)));
                        if let Some(warning) = &summary.warning {
                            screen.caution(&format!("{}: {warning}", task.id));
                        }
                    }
                    Err(RunError::Busy(_)) => screen.say(&format!("{number}: another process is at work on it")),
                    Err(e) => screen.warn(&format!("{}: {e}", task.id)),
                });
            }
        }
        if interrupt.exit().is_none() { Flow::Continue } else { Flow::Stop }
    };
    let how = Jobs { checkpoint_every: args.checkpoints.checkpoint_every, threads: &threads };
    let results = perform_all(tasks, how, &on_news);
    let signal = interrupt.end();
    let failed = results.iter().find_map(|result| match result {
        Ok(summary) => Some(Exit::of(summary.status, None)).filter(|&exit| exit != Exit::Ok),
        Err(RunError::Busy(_)) => None,
        Err(e) => Some(Exit::from(e.kind())),
    });
    Ok((results, signal.or(failed).unwrap_or(Exit::Ok)))
}

/// A line about a training that is over.
fn outcome(summary: &Summary) -> String {
    let error = summary.test_error_percent.map_or("no test error".to_owned(), |e| format!("test error {e:.2} %"));
    match summary.status {
        Status::Finished => format!("{error}, {}", clock(summary.seconds)),
        Status::Interrupted | Status::Diverged => summary.message.clone().unwrap_or(error),
    }
}

fn document<'a>(grid: &'a Grid, cells: &'a [Cell]) -> Result<Document<'a>, Failure> {
    let entry = |task: &'a TableTask| {
        let state = match task.standing()? {
            Standing::Ended(_) => "ended",
            Standing::Begun => "begun",
            Standing::Absent => "absent",
        };
        let (recipe, seed) = (task.entry.recipe.as_deref(), task.config.training.seed);
        Ok(Entry { id: &task.id, recipe, seed, run_dir: task.task.folder.display().to_string(), state })
    };
    let tasks = grid.tasks.iter().map(entry).collect::<Result<_, RunError>>()?;
    Ok(Document { schema: "laddernet.reproduce/2", table: grid.table.name, cells, tasks })
}

/// Writes the table as a page and as a document.
fn write(out: &Path, name: &str, rendered: &Rendered<'_>, document: &Document<'_>) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(document).map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
    std::fs::create_dir_all(out).map_err(RunError::io("make", out))?;
    for (ending, text) in [("md", rendered.markdown()), ("json", format!("{json}\n"))] {
        let path = out.join(name).with_extension(ending);
        files::write(&path, text.as_bytes()).map_err(RunError::io("write", &path))?;
    }
    Ok(())
}

/// Whether every mean is as low as is asked for.
fn gate(args: &Reproduce, cells: &[Cell], screen: &Screen) -> Exit {
    let (Some(tolerance), Some(by)) = (args.tolerance, &args.table.against) else { return Exit::Ok };
    let above: Vec<String> = cells
        .iter()
        .filter_map(|cell| cell.worse_than(by).filter(|&above| above > tolerance).map(|above| (cell, above)))
        .map(|(cell, above)| format!("{} by {above:.2}", cell.model_and_labels()))
        .collect();
    if above.is_empty() {
        return Exit::Ok;
    }
    screen.warn(&format!("above the published figure by more than {tolerance} %: {}", above.join(", ")));
    Exit::Gate
}

impl From<TableError> for Failure {
    fn from(e: TableError) -> Self {
        RunError::from(e).into()
    }
}
