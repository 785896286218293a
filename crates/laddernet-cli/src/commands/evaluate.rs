//! `laddernet evaluate`: the error of a saved model, its confusion matrix, and the recall of each class.

use super::{RunAndData, threads};
use crate::args::Common;
use crate::exit::{Exit, Failure};
use crate::screen::{Screen, WIDTH, plain};
use laddernet_run::evaluate::{Evaluated, evaluate};
use laddernet_run::saved;
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  laddernet evaluate runs/digits-full-40-seed1
      on the fifth that training held out
  laddernet evaluate RUN --data idx:images.gz,labels.gz
  laddernet evaluate RUN --max-error 5
      a gate for scripts: exit code 6 above 5 %";

/// Say how good a model is on rows that it has not learned from
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES, allow_negative_numbers = true)]
pub struct Evaluate {
    #[command(flatten)]
    of: RunAndData,
    /// End with exit code 6 when the error is above this
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    max_error: Option<f64>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    data: &'a str,
    part: laddernet_run::prepare::TestPart,
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

pub fn run(args: Evaluate, common: &Common, screen: &Screen) -> Result<Exit, Failure> {
    let saved = saved::model(&args.of.run.run)?;
    let loaded = args.of.load(&saved)?;
    let evaluated = evaluate(&saved, loaded, &threads(common)?)?;
    let e = &evaluated.evaluation;
    screen.document(&Document {
        schema: "laddernet.evaluate/1",
        data: &evaluated.data,
        part: evaluated.part,
        learned_from: evaluated.learned_from,
        rows: e.rows,
        errors: e.errors,
        error_percent: e.error_percent(),
        class_names: &saved.card.class_names,
        confusion: &e.confusion,
        recall: e.recall(),
        max_error_percent: args.max_error,
    })?;
    screen.result(&report(&evaluated, &saved.card.class_names))?;
    if evaluated.learned_from {
        screen.caution("these are rows it was trained on: on rows it has not seen the error is larger");
    }
    match args.max_error {
        Some(most) if e.error_percent() > most => {
            screen.warn(&format!("the error, {:.2} %, is above the {most} % of --max-error", e.error_percent()));
            Ok(Exit::Gate)
        }
        _ => Ok(Exit::Ok),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if percent >= 0.0 => Ok(percent),
        _ => Err(format!("'{text}' is no error to compare with: expected a number of percent, 0 or more")),
    }
}

fn report(evaluated: &Evaluated, class_names: &[String]) -> String {
    let Evaluated { data, part, evaluation: e, .. } = evaluated;
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
