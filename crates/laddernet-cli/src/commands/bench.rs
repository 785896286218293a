//! `laddernet bench`: how long a training step takes here, and where the time goes.

use super::train::{Sizes, model_parser, sizes};
use crate::args::{Common, DataDir};
use crate::exit::{Exit, Failure};
use crate::screen::Screen;
use laddernet::models::ModelKind;
use laddernet::split::LabelCount;
use laddernet_data::Source;
use laddernet_run::bench::{Benchmark, Plan, Request};
use laddernet_run::precision::PrecisionChoice;
use laddernet_run::recipe::Recipe;
use laddernet_run::written::layers_name;

const EXAMPLES: &str = "Examples:
  laddernet bench
      the survey's network, 100 + 100 rows a step
  laddernet bench --threads 1 --precision f32
  laddernet bench --data digits --seconds 2
  laddernet bench --features 3072 --rows 50000
  laddernet bench --json

With --json, parts_ms and the names that begin with ms are
milliseconds a step: median, minimum and quartiles. GFLOP
are 10^9 operations.";

/// Enough for hundreds of steps of the survey's network.
const SECONDS: f64 = 5.0;

/// Measure how long a training step takes, and where the time goes
///
/// Nothing is kept. The steps are those of 'train', on rows made up or loaded. The parts of a step are then measured
/// each alone, outside the step, so they show where the time goes and are no exact account.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, args_override_self = true)]
pub struct Bench {
    /// Rows of digits, mnist, or idx:IMAGES[,LABELS[,TEST_IMAGES,TEST_LABELS]] [default: rows made up]
    #[arg(long)]
    data: Option<Source>,
    #[command(flatten)]
    data_dir: DataDir,
    /// Values a row, of rows made up [default: 784]
    #[arg(long, value_name = "F", conflicts_with = "data")]
    features: Option<usize>,
    /// Rows that an epoch passes over, of rows made up [default: 60000]
    #[arg(long, value_name = "N", conflicts_with = "data")]
    rows: Option<usize>,
    /// Seconds to measure; very long steps take more [default: 5]
    #[arg(long, value_name = "S", value_parser = seconds)]
    seconds: Option<f64>,

    /// Which network: where it denoises [default: full]
    #[arg(long, value_parser = model_parser(), help_heading = "Model")]
    model: Option<ModelKind>,
    /// Units of each layer [default: as train, 784-1000-500-250-250-250-10 for rows made up]
    #[arg(long, value_name = "SIZES", value_parser = sizes, help_heading = "Model")]
    layers: Option<Sizes>,

    /// How many loaded rows keep their label: a number, or 'all' [default: as train]
    #[arg(long, requires = "data", help_heading = "Training")]
    labels: Option<LabelCount>,
    /// Labelled rows a step, at most [default: 100]
    #[arg(long, value_name = "N", help_heading = "Training")]
    labelled_batch: Option<usize>,
    /// Unlabelled rows a step, at most [default: 100]
    #[arg(long, value_name = "N", help_heading = "Training")]
    unlabelled_batch: Option<usize>,
    /// Matrix products of the training: f32, bf16, or auto: bf16 where that is faster
    #[arg(long, value_name = "P", help_heading = "Training")]
    precision: Option<PrecisionChoice>,
}

pub fn run(args: Bench, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let seconds = args.seconds.unwrap_or(SECONDS);
    let plan = Plan::new(args.into_request(common))?;
    let threads = common.threads()?;
    let config = plan.config();
    screen.say(&format!("Measuring for {seconds} s: {}, {}", config.model, layers_name(&config.layers)));
    let found = plan.measure(seconds, &threads)?;
    screen.result(&report(&found))?;
    screen.document(&found)?;
    Ok(Exit::Ok)
}

impl Bench {
    fn into_request(self, common: &Common) -> Request {
        let recipe = Recipe {
            data: self.data,
            data_dir: self.data_dir.data_dir,
            model: self.model,
            labels: self.labels,
            layers: self.layers.map(|sizes| sizes.0),
            labelled_batch: self.labelled_batch,
            unlabelled_batch: self.unlabelled_batch,
            precision: self.precision,
            seed: common.seed,
            ..Recipe::default()
        };
        Request { recipe, features: self.features, rows: self.rows }
    }
}

fn report(b: &Benchmark) -> String {
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let mut text = format!("Model     {}, {}\n", b.model, layers_name(&b.layers));
    text += &format!(
        "Data      {}\n          {} labelled + {} unlabelled rows a step\n",
        b.data, b.labelled_rows_per_step, b.unlabelled_rows_per_step
    );
    text += &format!(
        "Machine   {} thread{}, {}, products in {}\n\n",
        b.threads,
        plural(b.threads),
        b.instructions,
        b.precision
    );
    let digits = digits(b.ms_per_step);
    text += &format!("A step    {:.digits$} ms (median of {})\n", b.ms_per_step, b.steps);
    text += &format!(
        "          fastest {:.digits$}, half of them {:.digits$} to {:.digits$}\n",
        b.ms_per_step_minimum, b.ms_per_step_lower_quartile, b.ms_per_step_upper_quartile
    );
    text += &format!("          {:.1} steps/s, {:.0} rows/s\n", b.steps_per_second, b.rows_per_second);
    text += &format!(
        "An epoch  {} ({} row{}, {} step{})\n",
        duration(b.seconds_per_epoch),
        b.rows_per_epoch,
        plural(b.rows_per_epoch),
        b.steps_per_epoch,
        plural(b.steps_per_epoch)
    );
    text += &format!("          {} for 150 epochs\n", duration(b.seconds_per_150_epochs));
    text += &format!("Products  {:.3} GFLOP a step\n", b.product_gflop_per_step);
    text += &format!("          {:.1} GFLOP/s at most here,\n", b.product_limit_gflops);
    text += &format!("          which would take {:.1} % of the step\n\n", b.product_limit_percent);
    text += &parts(b);
    if b.busy {
        text += "\nThe machine seems busy: step times spread widely.\nMeasure again when nothing else runs.\n";
    }
    text
}

fn parts(b: &Benchmark) -> String {
    let (p, digits) = (&b.parts_ms, digits(b.ms_per_step));
    let mut text = format!("{:<34} {:>10} {:>8}\n", "Where a step's time goes", "ms", "%");
    let mut line = |name: &str, part: f64| {
        text += &format!("  {name:<32} {part:>10.digits$} {:>8.1}\n", 100.0 * part / b.ms_per_step);
    };
    line("matrix products", p.products);
    line("Adam", p.adam);
    line("noise", p.noise);
    line("normalisation", p.normalisation);
    line("decoder's combinator and costs", p.combinator);
    line("everything else, and waiting", p.everything_else);
    line("a step", b.ms_per_step);
    text + "Each part was measured alone; the last is what is left.\n"
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
