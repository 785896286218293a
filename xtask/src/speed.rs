//! The tables of how fast things are, and of what users rely on.

use crate::results::{Growth, Milliseconds, Promise, Promises, Ratio, RbmTime, StepTime};

/// Milliseconds a training step, ours beside PyTorch's, measured in alternation in one run.
pub fn step_time(machines: &[StepTime]) -> String {
    let tables = machines.iter().filter(|m| m.quiet && !m.milliseconds.is_empty()).map(|m| {
        let mut out = format!(
            "{}, {} of {} cores, PyTorch {}, {} (`{}`):\n\n| a training step of 100 + 100 rows | median ms | fastest ms | spread of the rounds ms | of PyTorch as people write it | of PyTorch's best |\n|---|---|---|---|---|---|\n",
            m.machine.cpu, m.threads, m.machine.cores, m.torch, m.date, m.commit
        );
        let pytorch = m.milliseconds.iter().filter(|c| c.name.starts_with("PyTorch"));
        let (written, best) = (m.milliseconds[0].median, pytorch.map(|c| c.median).fold(f64::INFINITY, f64::min));
        for Milliseconds { name, median, min, spread } in &m.milliseconds {
            let (of_written, of_best) = (median / written, median / best);
            out += &format!("| {name} | {median:.1} | {min:.1} | {spread:.1} | {of_written:.2} | {of_best:.2} |\n");
        }
        for (name, ours) in &m.ours {
            out += &format!(
                "\nA step of {name} ({}) reaches {:.0} % of what its product kernel does on operands in the cache.",
                ours.isa,
                ours.share_of_limit * 100.0
            );
        }
        out += if m.ours.is_empty() { "" } else { "\n" };
        out
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// What grows, how it is called, and what is measured.
pub const AXES: [(&str, &str, &str); 4] = [
    ("features", "Values a row", "milliseconds a step"),
    ("width", "Units of the widest layer", "milliseconds a step"),
    ("batch", "Labelled rows a step, and as many unlabelled", "milliseconds a step"),
    ("rows", "Training rows", "seconds an epoch"),
];

/// Costs of steps and epochs as one thing grows, with the picture of the same.
pub fn growth(machines: &[(String, Growth)]) -> String {
    let of = |(name, growth): &(String, Growth)| {
        let Growth { machine, commit, date, lines } = growth;
        let mut out = format!(
            "{}, {} cores, {date} (`{commit}`). In brackets: the most memory that the process held.\n\n![Costs as data and networks grow](results/{name}.svg)\n",
            machine.cpu, machine.cores
        );
        for (axis, title, unit) in AXES {
            let mut values: Vec<u64> = lines.iter().filter(|l| l.axis == axis).map(|l| l.value).collect();
            values.sort_unstable();
            values.dedup();
            let columns = [("f32", 1), ("f32", 2), ("bf16", 1), ("bf16", 2)];
            out += &format!(
                "\n| {title} ({unit}) | {} |\n|---|{}\n",
                columns.map(|(p, t)| format!("{p}, {t} {}", if t == 1 { "thread" } else { "threads" })).join(" | "),
                "---|".repeat(columns.len())
            );
            for value in values {
                let cell = |(precision, threads): (&str, usize)| {
                    let found = lines
                        .iter()
                        .find(|l| (&*l.axis, l.value, &*l.precision, l.threads) == (axis, value, precision, threads));
                    let Some(line) = found else { return "—".into() };
                    let memory = line.megabytes_at_most.map(|m| format!(" ({m} MB)"));
                    let digits = usize::from(line.cost() < 100.0) + usize::from(line.cost() < 10.0);
                    format!("{:.digits$}{}", line.cost(), memory.unwrap_or_default())
                };
                out += &format!("| {value} | {} |\n", columns.map(cell).join(" | "));
            }
        }
        out
    };
    machines.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// Ratios that users rely on, and times of predictions.
pub fn promises(machines: &[(String, Promises)]) -> String {
    let of = |(_, p): &(String, Promises)| {
        let mut out = format!("{}, {} cores, {} (`{}`):\n", p.machine.cpu, p.machine.cores, p.date, p.commit);
        out += &format!(
            "\n| two threads | {} |\n|---|{}\n",
            p.found.keys().cloned().collect::<Vec<_>>().join(" | "),
            "---|".repeat(p.found.len())
        );
        let mut line = |what: &str, of: &dyn Fn(&Promise) -> String| {
            out += &format!("| {what} | {} |\n", p.found.values().map(of).collect::<Vec<_>>().join(" | "));
        };
        let ratio = |r: &Ratio| format!("{:.2} ({:.1} to {:.1} ms)", r.ratio, r.plain_ms, r.changed_ms);
        line("a step of Top, against Full", &|p| ratio(&p.top_against_full));
        line("a step of Bottom, against Full", &|p| ratio(&p.bottom_against_full));
        line("four threads on two cores, against two", &|p| ratio(&p.four_threads_against_two));
        line("the other core kept busy, against quiet", &|p| ratio(&p.busy_core_against_quiet));
        line("predicting many rows", &|p| format!("{} rows: {:.0} ms", p.prediction.rows, p.prediction.ms));
        line("predicting one row", &|p| format!("{:.2} ms", p.prediction.ms_of_one_row));
        out
    };
    machines.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// Seconds an epoch of an RBM, ours beside scikit-learn's, by turns in one run.
pub fn rbm_time(machines: &[RbmTime]) -> String {
    let tables = machines.iter().filter(|m| m.quiet).map(|m| {
        let mut out = format!(
            "{}, {} cores, scikit-learn {}, {} (`{}`):\n\n| an epoch of PCD-1 on MNIST, 784 x 500 units, batches of 100 | median s | of scikit-learn's |\n|---|---|---|\n",
            m.machine.cpu, m.machine.cores, m.scikit_learn, m.date, m.commit
        );
        for epoch in &m.epochs {
            out += &format!("| {} | {:.2} | {:.2} |\n", epoch.name, epoch.median_seconds, epoch.median_ratio);
        }
        out
    });
    tables.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Machine, RbmEpoch};

    #[test]
    fn a_loaded_machine_proves_nothing() {
        let mut time = StepTime {
            machine: Machine { cpu: "A processor".into(), cores: 2 },
            threads: 2,
            torch: "2.11.0".into(),
            commit: "abc".into(),
            date: "2026-11-23".into(),
            quiet: true,
            ours: Default::default(),
            milliseconds: vec![
                Milliseconds { name: "PyTorch".into(), median: 40.08, min: 39.0, spread: 0.5 },
                Milliseconds { name: "laddernet".into(), median: 20.04, min: 19.0, spread: 0.5 },
            ],
        };
        assert!(step_time(std::slice::from_ref(&time)).ends_with("| laddernet | 20.0 | 19.0 | 0.5 | 0.50 | 0.50 |\n"));
        time.quiet = false;
        assert_eq!(step_time(&[time]), "");
    }

    #[test]
    fn an_rbm_beside_scikit_learn() {
        let epoch =
            |name: &str, median_seconds, median_ratio| RbmEpoch { name: name.into(), median_seconds, median_ratio };
        let mut time = RbmTime {
            machine: Machine { cpu: "A processor".into(), cores: 2 },
            scikit_learn: "1.9".into(),
            commit: "abc".into(),
            date: "2026-11-26".into(),
            quiet: true,
            epochs: vec![epoch("theirs", 2.0, 1.0), epoch("ours", 0.5, 0.25)],
        };
        assert!(rbm_time(std::slice::from_ref(&time)).ends_with("| theirs | 2.00 | 1.00 |\n| ours | 0.50 | 0.25 |\n"));
        time.quiet = false;
        assert_eq!(rbm_time(&[time]), "");
    }
}
