//! The tables that README.md and papers/ show, rendered from what was measured.

use crate::results::{Inference, Measured, StatisticsRun};
use crate::training::{CurvePoint, Training, cell_of};
use crate::{beside, pretrained, speed};
use laddernet::models::kind;
use laddernet_run::settings::{Recipe, layers_text};
use laddernet_run::tables::{Cell, Measure, Rendered, Table};

/// The body of the table called `name`; `None` when there is no such table.
pub fn render(name: &str, measured: &Measured) -> Option<String> {
    let table = match name {
        "digits" => digits(measured),
        "mnist" => mnist(measured),
        "few-labels" => few_labels(measured),
        "curve" => curve(measured),
        "statistics" => statistics(measured),
        "inferences" => inferences(&measured.inferences),
        "step-time" => speed::step_time(&measured.step_times),
        "rbm-time" => speed::rbm_time(&measured.rbm_times),
        "growth" => speed::growth(&measured.growth),
        "pretrained" => pretrained::all(measured),
        "pretrained-few" => pretrained::few_labels(measured),
        "pretrained-brief" => pretrained::brief(measured),
        "python" => beside::python(&measured.beside_python),
        "promises" => speed::promises(&measured.promises),
        _ => return None,
    };
    Some(if table.is_empty() { "Not measured yet.\n".into() } else { table })
}

/// Ten seeds on the embedded digits: every run, then mean, median and worst.
fn digits(measured: &Measured) -> String {
    let groups = groups(measured, "digits");
    let several = groups.len() > 1;
    let tables = groups.into_iter().map(|runs| {
        let first = runs[0];
        let mut out = String::new();
        if several {
            out += &format!(
                "{} labels, `{}`, {}, {} epochs:\n\n",
                first.labels.as_ref().map_or("no".to_owned(), ToString::to_string),
                first.model,
                layers_text(&first.layers),
                first.epochs
            );
        }
        out += "| seed | ladder, test error % | same encoder, labels alone % |\n|---|---|---|\n";
        for run in &runs {
            let (ladder, alone) = (percent(run.test_error_percent), percent(run.baseline_error_percent));
            out += &format!("| {} | {ladder} | {alone} |\n", run.seed);
        }
        let ladder: Vec<f64> = runs.iter().filter_map(|r| r.test_error_percent).collect();
        let alone: Vec<f64> = runs.iter().filter_map(|r| r.baseline_error_percent).collect();
        for (what, of) in [("mean", mean as fn(&[f64]) -> Option<f64>), ("median", median), ("worst", worst)] {
            out += &format!("| **{what}** | **{}** | {} |\n", percent(of(&ladder)), percent(of(&alone)));
        }
        out
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// The cells of the ladder's papers, each with all of its runs, as `laddernet reproduce` shows them.
fn mnist(measured: &Measured) -> String {
    let groups = groups(measured, "mnist");
    let mut cells: Vec<Cell> = groups.iter().map(|runs| cell_of(runs, Measure::TestErrorPercent)).collect();
    // A table a network and length; within it the order stays.
    cells.sort_by(|a, b| b.layers.cmp(&a.layers).then(b.epochs.cmp(&a.epochs)));
    let columns = Table::find("survey-2").map_or(&[][..], |table| &table.columns);
    if cells.is_empty() { String::new() } else { Rendered { cells: &cells, columns }.markdown() }
}

/// Ladders whose rows were grouped first, beside those that were trained as long without: every draw, a line a number of labels.
fn few_labels(measured: &Measured) -> String {
    let groups = groups(measured, "mnist");
    let count = |runs: &[&Training]| runs[0].labels.as_ref().and_then(|labels| labels.to_string().parse::<u64>().ok());
    let mut grouped: Vec<&Vec<&Training>> = groups.iter().filter(|runs| !runs[0].stages.is_empty()).collect();
    grouped.sort_by_key(|runs| count(runs));
    let errors = |runs: &[&Training], seeds: &[u64]| {
        let of_seeds = runs.iter().filter(|run| seeds.contains(&run.seed));
        of_seeds.filter_map(|run| run.test_error_percent).collect::<Vec<f64>>()
    };
    let line = |runs: &&Vec<&Training>| {
        let (first, as_long) = (runs[0], runs[0].stages.last()?.epochs);
        let is_plain = |other: &&Vec<&Training>| {
            let other = other[0];
            other.stages.is_empty()
                && other.epochs == as_long
                && (&other.model, &other.layers, &other.labels) == (&first.model, &first.layers, &first.labels)
        };
        let seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
        // No other draws of the labels than those with groups.
        let plain = groups.iter().find(is_plain).map(|plain| errors(plain, &seeds)).unwrap_or_default();
        let own = errors(runs, &seeds);
        let worst = own.iter().copied().fold(f64::NAN, f64::max);
        Some(format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            count(runs)?,
            each(&own),
            percent(mean(&own)),
            percent(Some(worst)),
            if plain.is_empty() { "-".to_owned() } else { each(&plain) },
            percent(mean(&plain))
        ))
    };
    let lines: String = grouped.iter().filter_map(line).collect();
    let head = "| labels of MNIST | with groups, test error % of every draw | mean | worst | without | mean |\n|---|---|---|---|---|---|\n";
    if lines.is_empty() { String::new() } else { head.to_owned() + &lines }
}

/// The reference run's curve beside ours, run by run, where trainings of the same setting have one.
fn curve(measured: &Measured) -> String {
    let runs: Vec<&Training> = measured.trainings.iter().filter(|t| t.is_of_curve()).collect();
    if runs.is_empty() || measured.reference.is_empty() {
        return String::new();
    }
    let at = |points: &[CurvePoint], epoch: usize| {
        percent(points.iter().find(|p| p.epoch == epoch).map(|p| p.test_error_percent))
    };
    let seeds: Vec<String> = runs.iter().map(|r| format!("seed {}", r.seed)).collect();
    let mut out =
        format!("| epoch | reference run | {} |\n|---|---|{}\n", seeds.join(" | "), "---|".repeat(runs.len()));
    for point in &measured.reference {
        let ours: Vec<String> = runs.iter().map(|r| at(&r.test_error_curve, point.epoch)).collect();
        out += &format!("| {} | {:.2} | {} |\n", point.epoch, point.test_error_percent, ours.join(" | "));
    }
    out
}

/// Validation errors of the same networks with statistics from labelled and from unlabelled rows, every run.
fn statistics(measured: &Measured) -> String {
    let mut runs: Vec<&StatisticsRun> = measured.statistics.iter().flat_map(|s| &s.runs).collect();
    runs.sort_by_key(|r| (r.labels, r.epochs, r.seed));
    let mut out = String::new();
    for cell in runs.chunk_by(|a, b| (a.labels, a.epochs) == (b.labels, b.epochs)) {
        if out.is_empty() {
            out +=
                "| labels | epochs | statistics from | validation error %, every run | mean |\n|---|---|---|---|---|\n";
        }
        let labelled: Vec<f64> = cell.iter().map(|r| r.validation_error_percent.labelled).collect();
        let unlabelled: Vec<f64> = cell.iter().map(|r| r.validation_error_percent.unlabelled).collect();
        for (from, errors) in [("labelled rows", labelled), ("unlabelled rows", unlabelled)] {
            out += &format!(
                "| {} | {} | {from} | {} | {} |\n",
                cell[0].labels,
                cell[0].epochs,
                each(&errors),
                percent(mean(&errors))
            );
        }
    }
    out
}

/// Trainings with something left out, a line a condition and every run in it, a column a number of labels.
fn inferences(lines: &[Inference]) -> String {
    let mut conditions: Vec<&str> = Vec::new();
    let mut labels: Vec<&str> = Vec::new();
    for line in lines {
        if !conditions.contains(&&*line.condition) {
            conditions.push(&line.condition);
        }
        if !labels.contains(&&*line.labels) {
            labels.push(&line.labels);
        }
    }
    let Some(first) = lines.first() else { return String::new() };
    let heads: Vec<String> =
        labels.iter().map(|l| if *l == "all" { "all labels".into() } else { format!("{l} labels") }).collect();
    let mut out = format!("Test error in percent after {} epochs, mean and every run:\n\n", first.epochs);
    out += &format!("| | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(labels.len()));
    for condition in conditions {
        let cell = |labels: &&str| {
            let of = |l: &&Inference| l.condition == condition && l.labels == *labels;
            let errors: Vec<f64> = lines.iter().filter(of).map(|l| l.test_error_percent).collect();
            format!("{} ({})", percent(mean(&errors)), each(&errors))
        };
        out += &format!("| {condition} | {} |\n", labels.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    out
}

/// The trainings of ladders and their baselines on `data`, those of one cell together.
fn groups<'a>(measured: &'a Measured, data: &str) -> Vec<Vec<&'a Training>> {
    let family = Recipe::default().kind().map(|usual| usual.family).unwrap_or_default();
    let is_one = |t: &&Training| kind(&t.model).is_some_and(|kind| kind.family == family);
    let mut groups: Vec<Vec<&Training>> = Vec::new();
    for run in measured.trainings.iter().filter(|t| t.data == data && !t.is_of_curve()).filter(is_one) {
        match groups.last_mut() {
            Some(group) if group[0].cell() == run.cell() => group.push(run),
            _ => groups.push(vec![run]),
        }
    }
    groups
}

fn each(errors: &[f64]) -> String {
    errors.iter().map(|e| format!("{e:.2}")).collect::<Vec<_>>().join(", ")
}

fn percent(value: Option<f64>) -> String {
    value.map_or("—".into(), |v| format!("{v:.2}"))
}

pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    (n > 0).then(|| (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0)
}

fn worst(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{EitherHalf, StatisticsStudy};
    use crate::training::tests::run_of;
    use crate::training::{Labels, Stage};

    fn run(data: &str, seed: u64, error: f64, alone: Option<f64>) -> Training {
        Training {
            data: data.into(),
            model: "full".into(),
            layers: vec![64, 10],
            labels: Some(Labels::Count(40)),
            seed,
            test_error_percent: Some(error),
            baseline_error_percent: alone,
            ..Training::default()
        }
    }

    #[test]
    fn nothing_measured_says_so() {
        for name in [
            "digits",
            "mnist",
            "curve",
            "statistics",
            "step-time",
            "pretrained",
            "pretrained-few",
            "pretrained-brief",
            "few-labels",
        ] {
            assert_eq!(render(name, &Measured::default()).unwrap(), "Not measured yet.\n");
        }
        assert_eq!(render("stray", &Measured::default()), None);
    }

    /// Only trainings that are alike but for the groups stand beside each other.
    #[test]
    fn trainings_by_groups_stand_beside_those_without() {
        let stage = |epochs| Stage { stage: "the whole".into(), epochs };
        let of = |seed, error, stages: Vec<Stage>, epochs| Training {
            stages,
            epochs,
            labels: Some(Labels::Count(10)),
            ..run("mnist", seed, error, None)
        };
        let grouped = |seed, error| of(seed, error, vec![stage(40), stage(65)], 105);
        let trainings = vec![
            grouped(1, 1.0),
            grouped(2, 1.2),
            of(1, 17.0, vec![], 65),
            of(2, 31.0, vec![], 65),
            of(3, 2.0, vec![], 65),
            of(1, 9.0, vec![], 150),
        ];
        let text = few_labels(&Measured { trainings, ..Measured::default() });
        assert!(text.ends_with("| 10 | 1.00, 1.20 | 1.10 | 1.20 | 17.00, 31.00 | 24.00 |\n"), "{text}");
    }

    /// Means, medians and worst of four numbers, by hand.
    #[test]
    fn digits_by_hand() {
        let errors = [(1, 2.0, 10.0), (2, 1.0, 20.0), (3, 7.0, 30.0), (4, 4.0, 40.0)];
        let trainings = errors.map(|(seed, e, alone)| run("digits", seed, e, Some(alone))).to_vec();
        let table = render("digits", &Measured { trainings, ..Measured::default() }).unwrap();
        assert!(table.contains("| 3 | 7.00 | 30.00 |\n"), "{table}");
        assert!(table.contains("| **mean** | **3.50** | 25.00 |\n| **median** | **3.00** | 25.00 |\n"), "{table}");
        assert!(table.ends_with("| **worst** | **7.00** | 40.00 |\n"), "{table}");
    }

    #[test]
    fn mnist_shows_every_run_beside_the_papers() {
        let long = |seed, error| run_of("survey-2-full-40", seed, error);
        let trainings = vec![run_of("fast-full-40", 1, 9.0), long(1, 1.5), long(2, 2.5), run_of("dbn-40", 1, 30.0)];
        let table = render("mnist", &Measured { trainings, ..Measured::default() }).unwrap();
        assert!(table.starts_with("784-1000-500-250-250-250-10, 150 epochs:\n"), "{table}");
        assert!(table.contains("| full | 40 | 2.00 | 0.71 | 2.00 | 2.50 | 2 |"), "{table}");
        assert!(table.contains("| 1.27 | - | 1: 1.50, 2: 2.50 |\n\n"), "{table}");
        assert!(table.ends_with("| 1.27 | - | 1: 9.00 |\n") && !table.contains("dbn"), "{table}");
    }

    #[test]
    fn inferences_by_hand() {
        let line = |condition: &str, labels: &str, error| Inference {
            condition: condition.into(),
            labels: labels.into(),
            epochs: 15,
            test_error_percent: error,
        };
        let lines = vec![
            line("as published", "100", 1.0),
            line("no noise", "100", 30.0),
            line("as published", "all", 0.5),
            line("as published", "100", 2.0),
        ];
        let table = render("inferences", &Measured { inferences: lines, ..Measured::default() }).unwrap();
        assert!(table.contains("after 15 epochs"), "{table}");
        assert!(table.contains("| | 100 labels | all labels |\n"), "{table}");
        assert!(
            table.contains("| as published | 1.50 (1.00, 2.00) | 0.50 (0.50) |\n| no noise | 30.00 (30.00) |"),
            "{table}"
        );
    }

    #[test]
    fn curves_stand_side_by_side() {
        let point = |epoch, test_error_percent| CurvePoint { epoch, test_error_percent };
        let mut ours = run("mnist", 3, 1.7, None);
        ours.test_error_curve = vec![point(1, 12.0), point(2, 8.0)];
        let measured =
            Measured { trainings: vec![ours], reference: vec![point(1, 12.7), point(5, 3.97)], ..Measured::default() };
        let table = render("curve", &measured).unwrap();
        assert!(table.ends_with("| 1 | 12.70 | 12.00 |\n| 5 | 3.97 | — |\n"), "{table}");
    }

    #[test]
    fn statistics_by_hand() {
        let one = |seed, labelled, unlabelled| StatisticsRun {
            labels: 40,
            seed,
            epochs: 20,
            validation_error_percent: EitherHalf { labelled, unlabelled },
        };
        let runs = vec![one(2, 3.0, 2.0), one(1, 2.0, 1.0)];
        let study = StatisticsStudy { format: 1, commit: "abc".into(), machine: "cpu".into(), runs };
        let table = render("statistics", &Measured { statistics: vec![study], ..Measured::default() }).unwrap();
        let expected =
            "| 40 | 20 | labelled rows | 2.00, 3.00 | 2.50 |\n| 40 | 20 | unlabelled rows | 1.00, 2.00 | 1.50 |\n";
        assert!(table.ends_with(expected), "{table}");
    }
}
