//! `laddernet evaluate`: the error of a saved model, its confusion matrix, and the recall of each class; of an autoencoder, how
//! near reconstructions are; of a variational one, how likely rows are at least.

use super::RunAndData;
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::{Screen, WIDTH, plain};
use laddernet::evaluation::{Evaluation, ReconstructionMeasures};
use laddernet::models::Ability;
use laddernet::session::TestPart;
use laddernet_data::Source;
use laddernet_data::formats::open::FileOptions;
use laddernet_run::RunError;
use laddernet_run::answers::evaluate::{BoundMeasures, Evaluated, Outcome, evaluate, evaluate_file, evaluate_held_out};
use laddernet_run::answers::tables::Question;
use laddernet_run::model_file;
use laddernet_run::record::config_if_any;
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  laddernet evaluate runs/digits-full-40-seed1
      on the fifth that training held out
  laddernet evaluate RUN --data idx:images.gz,labels.gz
  laddernet evaluate RUN --data more.csv
      of a table: every row of the file that has a label
  laddernet evaluate RUN --max-error 5
      a gate for scripts: exit code 6 above 5 %";

/// Say how good a model is on rows that it has not learned from
///
/// Of a classifier: the share of rows that it gets wrong, and which class it takes for which. Of an autoencoder: the squared error
/// of a reconstructed row, summed over its values, and the share of the rows' variance that this is. Of a variational autoencoder: a
/// lower bound on the log-likelihood of a row, in nats, by ten samples of its code.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, allow_negative_numbers = true)]
pub struct Evaluate {
    #[command(flatten)]
    of: RunAndData,
    /// End with exit code 6 when the error is above this; of an autoencoder, when it loses more of the rows' variance
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_error: Option<f64>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    data: &'a str,
    part: TestPart,
    /// Whether these are rows that the model was trained on.
    learned_from: bool,
    rows: usize,
    errors: usize,
    error_percent: f64,
    class_names: &'a [String],
    /// `confusion[label][predicted]`.
    confusion: &'a [Vec<usize>],
    recall: Vec<Option<f64>>,
    max_error_percent: Option<f64>,
}

/// Of an autoencoder.
#[derive(Serialize)]
struct ReconstructionDocument<'a> {
    schema: &'static str,
    data: &'a str,
    part: TestPart,
    /// Whether these are rows that the model was trained on.
    learned_from: bool,
    rows: usize,
    /// Of a row, summed over its values.
    squared_error: f64,
    /// The same of the rows' mean in every row's place.
    variance: f64,
    variance_lost_percent: Option<f64>,
    max_error_percent: Option<f64>,
}

/// Of a variational autoencoder.
#[derive(Serialize)]
struct BoundDocument<'a> {
    schema: &'static str,
    data: &'a str,
    part: TestPart,
    /// Whether these are rows that the model was trained on.
    learned_from: bool,
    rows: usize,
    /// Lower bound on the log-likelihood of a row in nats, the mean of the rows.
    bound: f64,
    /// Of that mean.
    standard_error: Option<f64>,
    /// Samples of each row's code.
    samples: u16,
}

pub fn run(args: Evaluate, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let saved = model_file::open(&args.of.run.run)?;
    if !saved.kind().can(Ability::Classify) && saved.kind().can(Ability::Density) {
        let message = format!(
            "a model '{}' has no errors to count: laddernet likelihood says how likely it finds rows",
            saved.kind()
        );
        return Err(Failure::new(Exit::Model, message));
    }
    if args.max_error.is_some() && saved.kind().can(Ability::Bound) {
        let message = format!("a model '{}' has no errors in percent to hold against --max-error", saved.kind());
        return Err(Failure::new(Exit::Model, message));
    }
    let threads = common.threads()?;
    let config = config_if_any(&args.of.run.run)?.filter(|config| config.data.source.is_own());
    let evaluated = match (&args.of.data, config) {
        (Some(Source::Own(path)), config) if saved.card.table.is_some() => {
            let read = config.map(|config| config.data.read).unwrap_or_default();
            let files = FileOptions { x: None, y: None, ..read.options().map_err(RunError::from)? };
            let (evaluated, answered) =
                evaluate_file(&Question { saved: &saved, path, files: &files, threads: &threads })?;
            answered.warnings.iter().for_each(|warning| screen.caution(warning));
            evaluated
        }
        (None, Some(config)) => evaluate_held_out(&saved, config, &threads)?,
        _ => evaluate(&saved, args.of.load(&saved)?, &threads)?,
    };
    let Evaluated { data, part, learned_from, outcome } = &evaluated;
    let (schema, max_error_percent) = ("laddernet.evaluate/1", args.max_error);
    let what = match outcome {
        Outcome::Classes(e) => {
            screen.document(&Document {
                schema,
                data,
                part: *part,
                learned_from: *learned_from,
                rows: e.rows,
                errors: e.errors,
                error_percent: e.error_percent(),
                class_names: &saved.card.class_names,
                confusion: &e.confusion,
                recall: e.recall(),
                max_error_percent,
            })?;
            screen.result(&report(&evaluated, e, &saved.card.class_names))?;
            "the error"
        }
        Outcome::Reconstruction(r) => {
            screen.document(&ReconstructionDocument {
                schema,
                data,
                part: *part,
                learned_from: *learned_from,
                rows: r.rows,
                squared_error: r.squared_errors[0],
                variance: r.variance,
                variance_lost_percent: r.variance_lost_percent(),
                max_error_percent,
            })?;
            screen.result(&reconstruction(&evaluated, r, saved.preprocessing.is_standardised()))?;
            "the share of the variance that is lost"
        }
        Outcome::Bound(b) => {
            screen.document(&BoundDocument {
                schema,
                data,
                part: *part,
                learned_from: *learned_from,
                rows: b.rows,
                bound: b.nats,
                standard_error: b.standard_error,
                samples: b.samples,
            })?;
            screen.result(&bound(&evaluated, b, saved.preprocessing.is_standardised()))?;
            "the bound"
        }
    };
    if *learned_from {
        let worse = if matches!(outcome, Outcome::Bound(_)) { "bound is lower" } else { "error is larger" };
        screen.caution(&format!("these are rows it was trained on: on rows it has not seen the {worse}"));
    }
    match (args.max_error, outcome.error_percent()) {
        (Some(most), Some(error)) if error > most => {
            screen.warn(&format!("{what}, {error:.2} %, is above the {most} % of --max-error"));
            Ok(Exit::Gate)
        }
        (Some(most), None) => {
            let message =
                format!("all rows are alike: no share of their variance to hold against the {most} % of --max-error");
            Err(Failure::new(Exit::Data, message))
        }
        _ => Ok(Exit::Ok),
    }
}

fn reconstruction(evaluated: &Evaluated, r: &ReconstructionMeasures, standardised: bool) -> String {
    let Evaluated { data, part, .. } = evaluated;
    let (kind, data) = (if standardised { "standardised " } else { "" }, plain(data));
    let mut text = format!("Squared error a {kind}row, {part} of {data} ({} rows)\n", r.rows);
    let figure = |what: &str, figure: f64| format!("  {what:<44} {figure:>8.3}\n");
    text += &figure("reconstructed from its code", r.squared_errors[0]);
    text += &figure("the mean of these rows in its place", r.variance);
    if let Some(percent) = r.variance_lost_percent() {
        text += &format!("  {:<44} {percent:>8.2} %\n", "share of the variance that is lost");
    }
    text
}

fn bound(evaluated: &Evaluated, b: &BoundMeasures, standardised: bool) -> String {
    let Evaluated { data, part, .. } = evaluated;
    let (kind, data) = (if standardised { "standardised " } else { "" }, plain(data));
    let error = b.standard_error.map_or(String::new(), |error| format!(" +- {error:.2}"));
    let mut text = format!("Log-likelihood of a {kind}row, {part} of {data} ({} rows)\n", b.rows);
    text += &format!("  {:<44} {:>8.2}{error}\n", "at least, mean of the rows, nats", b.nats);
    text + &format!("  {:<44} {:>8}\n", "samples of each row's code", b.samples)
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if percent >= 0.0 => Ok(percent),
        _ => Err(format!("'{text}' is no error to compare with: expected a number of percent, 0 or more")),
    }
}

fn report(evaluated: &Evaluated, e: &Evaluation, class_names: &[String]) -> String {
    let Evaluated { data, part, .. } = evaluated;
    let mut text =
        format!("Error {:.2} %: {} of {} rows ({part} of {})\n\n", e.error_percent(), e.errors, e.rows, plain(data));
    let names: Vec<String> = class_names.iter().map(|name| plain(name).chars().take(12).collect()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let digits = e.confusion.iter().flatten().max().map_or(1, |n| n.to_string().len());
    let cell = 1 + digits.max(longest.min(5)).max(2);
    let recall = |class: usize| match e.recall()[class] {
        Some(share) => format!("{:>9.1}", 100.0 * share),
        None => format!("{:>9}", "-"),
    };
    if longest + names.len() * cell + 9 > WIDTH {
        let label = longest.max(5);
        text += &format!("{:<label$} {:>8}\n", "label", "recall %");
        for (class, name) in names.iter().enumerate() {
            text += &format!("{name:<label$}{}\n", recall(class));
        }
        return text + &most_confused(&e.confusion, &names);
    }
    text += &format!("A line for each label, a column for each prediction\n{:<longest$}", "");
    for name in &names {
        text += &format!("{:>cell$}", name.chars().take(cell - 1).collect::<String>());
    }
    text += " recall %\n";
    for (class, name) in names.iter().enumerate() {
        text += &format!("{name:<longest$}");
        for (predicted, &count) in e.confusion[class].iter().enumerate() {
            let shown = if count == 0 && class != predicted { ".".to_owned() } else { count.to_string() };
            text += &format!("{shown:>cell$}");
        }
        text += &format!("{}\n", recall(class));
    }
    text
}

/// For more classes than a terminal has columns.
fn most_confused(confusion: &[Vec<usize>], names: &[String]) -> String {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (label, row) in confusion.iter().enumerate() {
        pairs.extend(row.iter().enumerate().filter(|&(p, &n)| p != label && n > 0).map(|(p, &n)| (n, label, p)));
    }
    pairs.sort_by_key(|&(n, label, predicted)| (std::cmp::Reverse(n), label, predicted));
    let mut text = "\nMost often confused (label, taken for, rows)\n".to_owned();
    for (n, label, predicted) in pairs.into_iter().take(10) {
        text += &format!("{:<12}  {:<12}  {n:>6}\n", names[label], names[predicted]);
    }
    text
}
