//! `laddernet bench`: how long a training step takes here, and where the time goes.

use super::train::kind_parser;
use crate::args::{Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::flags::{precision, sizes};
use crate::screen::Screen;
use laddernet::models::Kind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use laddernet_run::bench::{Benchmark, Plan, Request, StageTimes};
use laddernet_run::settings::{ConfigError, Recipe, layers_text};
use toml::Value;

const EXAMPLES: &str = "Examples:
  laddernet bench
      the survey's network, 100 + 100 rows a step
  laddernet bench --threads 1 --precision f32
  laddernet bench --data digits --seconds 2
  laddernet bench --features 3072 --rows 50000
  laddernet bench --json

With --json, ms in parts and the names that begin with ms
are milliseconds a step: median, minimum and quartiles.
GFLOP are 10^9 operations.";

/// Enough for hundreds of steps of the survey's network.
const SECONDS: f64 = 5.0;

/// Measure how long a training step takes, and where the time goes
///
/// Nothing is kept. The steps are those of 'train', on rows made up or loaded, of one stage after the other where the
/// model is trained in several. The parts of a step are then measured each alone, outside the step, so they show where
/// the time goes and are no exact account.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true)]
pub struct Bench {
    /// Rows of digits, mnist, idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]], or a file of your own [default: rows made up]
    #[arg(long)]
    data: Option<Source>,
    /// Column of the labels, of a file of your own [default: one called target, label, class, y or the like]
    #[arg(long, value_name = "COLUMN", requires = "data")]
    target: Option<String>,
    #[command(flatten)]
    data_dir: DataDir,
    /// Values a row, of rows made up [default: 784]
    #[arg(long, value_name = "F", conflicts_with = "data")]
    features: Option<usize>,
    /// Rows of an epoch, of rows made up [default: 60000]
    #[arg(long, value_name = "N", conflicts_with = "data")]
    rows: Option<usize>,
    /// Seconds to measure; very long steps take more [default: 5]
    #[arg(long, value_name = "S", value_parser = seconds)]
    seconds: Option<f64>,

    /// Which model [default: full]
    #[arg(long, value_parser = kind_parser(), help_heading = "Model")]
    model: Option<&'static Kind>,
    /// Units of each layer [default: as train, 784-1000-500-250-250-250-10 for rows made up]
    #[arg(long, value_name = "SIZES", value_parser = sizes, help_heading = "Model")]
    layers: Option<Value>,

    /// How many loaded rows keep their label: a number, or 'all' [default: as train]
    #[arg(long, requires = "data", help_heading = "Training")]
    labels: Option<LabelCount>,
    /// Labelled rows a step, at most [default: as train]
    #[arg(long, value_name = "N", help_heading = "Training")]
    labelled_batch: Option<usize>,
    /// Unlabelled rows a step, at most [default: as train]
    #[arg(long, value_name = "N", help_heading = "Training")]
    unlabelled_batch: Option<usize>,
    /// Matrix products of the training: f32, bf16, or auto: bf16 where that is faster
    #[arg(long, value_name = "P", value_parser = precision, help_heading = "Training")]
    precision: Option<Value>,
}

pub fn run(args: Bench, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let seconds = args.seconds.unwrap_or(SECONDS);
    let plan = Plan::new(args.into_request(common)?)?;
    let threads = common.threads()?;
    let config = plan.config();
    screen.say(&format!("Measuring for {seconds} s: {}, {}", config.kind(), layers_text(config.layers())));
    let found = plan.measure(seconds, &threads)?;
    screen.result(&report(&found))?;
    screen.document(&found)?;
    Ok(Exit::Ok)
}

impl Bench {
    fn into_request(self, common: &Common) -> Result<Request, ConfigError> {
        let mut recipe = Recipe::default();
        for (path, value) in [
            ("data.source", self.data.map(|source| source.to_string().into())),
            ("data.target", self.target.map(Value::from)),
            ("model.kind", self.model.map(|kind| kind.name.into())),
            ("model.layers", self.layers),
            ("training.precision", self.precision),
        ] {
            value.into_iter().for_each(|value| recipe.set(path, value));
        }
        for (path, number) in [
            ("training.labelled_batch", self.labelled_batch.map(|n| n as u64)),
            ("training.unlabelled_batch", self.unlabelled_batch.map(|n| n as u64)),
            ("training.seed", common.seed),
        ] {
            number.map(|number| recipe.set_whole(path, number)).transpose()?;
        }
        self.labels.map(|labels| recipe.set_labels(labels)).transpose()?;
        let recipe = recipe.in_folder(self.data_dir.data_dir)?;
        Ok(Request { recipe, features: self.features, rows: self.rows })
    }
}

fn report(b: &Benchmark) -> String {
    let mut text = format!("Model     {}, {}\n", b.model, layers_text(&b.layers));
    text += &format!("Data      {}\n", b.data);
    text += &format!("Machine   {}, {}, products in {}\n", count(b.threads, "thread"), b.instructions, b.precision);
    for s in &b.stages {
        text += "\n";
        if b.stages.len() > 1 {
            text += &format!("Stage     {}\n", s.stage);
        }
        text += &stage(b, s);
    }
    match b.stages.len() {
        0 => text += &format!("\nTraining  {}, all at once\n", duration(b.seconds_per_training)),
        1 => {}
        _ => text += &format!("\nTraining  {} for all stages\n", duration(b.seconds_per_training)),
    }
    if b.stages.iter().any(|s| !s.parts.is_empty()) {
        text += "\nEach part was measured alone; the last is what is left.\n";
    }
    if b.stages.iter().any(|s| s.busy) {
        text += "\nThe machine seems busy: step times spread widely.\nMeasure again when nothing else runs.\n";
    }
    text
}

fn stage(b: &Benchmark, s: &StageTimes) -> String {
    let digits = digits(s.ms_per_step);
    let mut text = format!("A step    {:.digits$} ms (median of {})\n", s.ms_per_step, s.steps);
    text += &format!(
        "          fastest {:.digits$}, half of them {:.digits$} to {:.digits$}\n",
        s.ms_per_step_minimum, s.ms_per_step_lower_quartile, s.ms_per_step_upper_quartile
    );
    text += &format!(
        "          {} labelled + {} unlabelled rows\n          {:.1} steps/s, {:.0} rows/s\n",
        s.labelled_rows_per_step, s.unlabelled_rows_per_step, s.steps_per_second, s.rows_per_second
    );
    text += &format!(
        "An epoch  {} ({}, {})\n          {} for {}\n",
        duration(s.seconds_per_epoch),
        count(b.rows_per_epoch, "row"),
        count(s.steps_per_epoch, "step"),
        duration(s.seconds),
        count(s.epochs, "epoch")
    );
    if let Some((gflop, percent)) = s.product_gflop_per_step.zip(s.product_limit_percent) {
        text += &format!("Products  {gflop:.3} GFLOP a step\n");
        text += &format!("          {:.1} GFLOP/s at most here,\n", b.product_limit_gflops);
        text += &format!("          which would take {percent:.1} % of the step\n");
    }
    if !s.parts.is_empty() {
        text += &format!("\n{:<34} {:>10} {:>8}\n", "Where a step's time goes", "ms", "%");
        let parts = s.parts.iter().map(|part| (part.part, part.ms)).chain([("a step", s.ms_per_step)]);
        for (name, ms) in parts {
            text += &format!("  {name:<32} {ms:>10.digits$} {:>8.1}\n", 100.0 * ms / s.ms_per_step);
        }
    }
    text
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Digits after the point that milliseconds of this size deserve.
fn digits(ms: f64) -> usize {
    match ms {
        ms if ms < 10.0 => 3,
        ms if ms < 100.0 => 2,
        _ => 1,
    }
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let refused = || format!("'{text}' is no time to measure: expected 0.1 to 3600 seconds");
    text.parse().ok().filter(|s| (0.1..=3600.0).contains(s)).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_and_the_time_to_measure_is_checked() {
        assert_eq!([0.0005, 23.456, 1234.56].map(digits), [3, 2, 1]);
        assert_eq!([4.8, 12.34, 723.4, 7384.0].map(duration), ["4.80 s", "12.3 s", "12 min 3 s", "2 h 3 min"]);
        assert_eq!(seconds("2.5"), Ok(2.5));
        for nonsense in ["0", "-1", "nan", "inf", "1e9", "five"] {
            assert!(seconds(nonsense).unwrap_err().contains("0.1 to 3600"));
        }
    }
}
