//! The Python package beside what people use in Python: the table of what `bench/python.py` measured.

use crate::results::Machine;
use serde::Deserialize;
use std::fmt::Write;

/// What `bench/python.py` measured on one machine.
#[derive(Clone, Debug, Deserialize)]
pub struct Beside {
    machine: Machine,
    lines: Vec<Line>,
}

/// One contender in one measure; what the measure does not say is not there.
#[derive(Clone, Debug, Default, Deserialize)]
struct Line {
    measure: String,
    who: String,
    mean: Option<f64>,
    deviation: Option<f64>,
    worst: Option<f64>,
    seconds: Option<f64>,
    of_pytorch: Option<f64>,
    of_scikit_learn: Option<f64>,
    outcome: Option<String>,
    error_percent: Option<f64>,
    megabytes: Option<f64>,
    commit: String,
    date: String,
}

/// Measures of seconds: which, what is done, and whom the last column is relative to.
const SECONDS: [(&str, &str, &str); 3] = [
    ("fit", "a fit on the digits, 40 labels, 64-500-250-100-10, 30 epochs", "PyTorch's"),
    ("rbm", "an RBM of 500 units fitted to MNIST for one epoch", "scikit-learn's"),
    ("predict", "`predict_proba` of 10 000 rows, 784-1000-500-250-250-250-10", "scikit-learn's"),
];

/// A table a measure and machine.
pub fn python(machines: &[Beside]) -> String {
    machines.iter().map(of_machine).collect::<Vec<_>>().join("\n")
}

fn of_machine(beside: &Beside) -> String {
    let of = |measure: &'static str| beside.lines.iter().filter(move |line| line.measure == measure);
    let mut out = format!("{}, {} cores:\n", beside.machine.cpu, beside.machine.cores);
    // Contenders that were measured at another time keep their lines.
    let stamp = |measure| {
        let mut stamps: Vec<String> = of(measure).map(|line| format!("{} (`{}`)", line.date, line.commit)).collect();
        stamps.dedup();
        stamps.join(", ")
    };
    let number = |n: Option<f64>| n.map_or("-".to_owned(), |n| format!("{n:.2}"));
    if of("digits").next().is_some() {
        let _ = write!(
            out,
            "\n| digits, 40 labels, ten draws, 359 held rows; {} | error % | worst | seconds of a fit |\n|---|---|---|---|\n",
            stamp("digits")
        );
        for line in of("digits") {
            let (mean, deviation, worst) = (number(line.mean), number(line.deviation), number(line.worst));
            let _ = writeln!(out, "| {} | {mean} ± {deviation} | {worst} | {} |", line.who, number(line.seconds));
        }
    }
    for (measure, what, whose) in SECONDS {
        if of(measure).next().is_none() {
            continue;
        }
        let _ = write!(out, "\n| {what}; {} | median s | of {whose} |\n|---|---|---|\n", stamp(measure));
        for line in of(measure) {
            let ratio = line.of_pytorch.or(line.of_scikit_learn);
            let _ = writeln!(out, "| {} | {} | {} |", line.who, number(line.seconds), number(ratio));
        }
    }
    if of("large").next().is_some() {
        let _ = write!(
            out,
            "\n| 700 000 rows of 15 numbers, 100 labels; {} | how it ended | s |\n|---|---|---|\n",
            stamp("large")
        );
        for line in of("large") {
            let error = line.error_percent.map(|error| format!("{error:.1} % of the rows wrong"));
            let outcome = error.or_else(|| line.outcome.clone()).unwrap_or_default();
            let seconds = line.seconds.map_or("-".to_owned(), |seconds| format!("{seconds:.1}"));
            let _ = writeln!(out, "| {} | {outcome} | {seconds} |", line.who);
        }
    }
    let import = of("import").find_map(|line| line.seconds);
    let wheel = of("import").find_map(|line| line.megabytes);
    if let (Some(seconds), Some(megabytes)) = (import, wheel) {
        let _ = write!(
            out,
            "\n`import laddernet` takes {seconds:.3} s beyond numpy and scikit-learn; the wheel has {megabytes:.1} MB.\n"
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_has_a_table_and_what_was_not_measured_none() {
        let line = |measure: &str, who: &str| Line {
            measure: measure.into(),
            who: who.into(),
            commit: "abc".into(),
            date: "2026-11-28".into(),
            ..Line::default()
        };
        let lines = vec![
            Line { mean: Some(4.54), deviation: Some(1.8), worst: Some(7.5), ..line("digits", "ours") },
            Line { seconds: Some(1.6), of_pytorch: Some(0.15), ..line("fit", "ours") },
            Line { outcome: Some("no end in 900 s".into()), ..line("large", "knn") },
        ];
        let machine = Machine { cpu: "A processor".into(), cores: 2 };
        let text = python(&[Beside { machine, lines }]);
        assert!(text.starts_with("A processor, 2 cores:\n"), "{text}");
        assert!(text.contains("| ours | 4.54 ± 1.80 | 7.50 | - |\n"), "{text}");
        assert!(text.contains("| median s | of PyTorch's |\n|---|---|---|\n| ours | 1.60 | 0.15 |\n"), "{text}");
        assert!(text.contains("| knn | no end in 900 s | - |\n"), "{text}");
        assert!(!text.contains("scikit-learn"), "{text}");
        assert_eq!(python(&[]), "");
    }
}
