//! The models before the ladder, row by row beside the papers, and the ladder beside them where labels are few.

use super::document;
use super::line::{FEW, LADDER, Line, lines, or_dash};
use crate::results::{Labels, Measured};
use std::fmt::Write;

/// Every row whose draws had all labels or needed none, each in its own unit.
pub fn all_rows(measured: &Measured) -> String {
    let lines = lines(measured, false);
    if lines.is_empty() {
        return String::new();
    }
    let mut out = "| model | layers | measured | mean ± deviation | median | worst | draws | minutes | the papers | every draw (seed: figure) |\n".to_owned();
    out += &format!("|{}\n", "---|".repeat(10));
    for line in &lines {
        let Line { title, layers, unit, papers, .. } = line;
        let [spread, median, worst, draws, minutes] = line.statistics();
        let _ = writeln!(
            out,
            "| {title} | {layers} | {unit} | {spread} | {median} | {worst} | {draws} | {minutes} | {papers} | {} |",
            line.every_draw()
        );
    }
    out + &notes(measured)
}

/// Test errors with few labels, the full ladder beside the models before it.
pub fn few_labels(measured: &Measured) -> String {
    let lines = lines(measured, true);
    if lines.is_empty() {
        return String::new();
    }
    let mut out = "| labels | model | layers | mean ± deviation, % | median | worst | draws | minutes | the papers | every draw (seed: error) |\n".to_owned();
    out += &format!("|{}\n", "---|".repeat(10));
    for line in &lines {
        let Line { title, layers, labels, papers, .. } = line;
        let labels = labels.as_ref().map_or("-".into(), ToString::to_string);
        let [spread, median, worst, draws, minutes] = line.statistics();
        let _ = writeln!(
            out,
            "| {labels} | {title} | {layers} | {spread} | {median} | {worst} | {draws} | {minutes} | {papers} | {} |",
            line.every_draw()
        );
    }
    out
}

/// Both tables with fewer columns.
pub fn brief(measured: &Measured) -> String {
    let (all, few) = (lines(measured, false), lines(measured, true));
    let mut tables = Vec::new();
    if !all.is_empty() {
        let mut out = "| model | measured | mean ± deviation | worst | draws | minutes | the papers |\n".to_owned();
        out += &format!("|{}\n", "---|".repeat(7));
        for line in &all {
            let [spread, _, worst, draws, minutes] = line.statistics();
            let Line { title, unit, papers, .. } = line;
            let warning = line.warning();
            let _ =
                writeln!(out, "| {title} | {unit} | {spread} | {worst} | {draws}{warning} | {minutes} | {papers} |");
        }
        tables.push(out);
    }
    if !few.is_empty() {
        let mut titles: Vec<&str> = Vec::new();
        for line in &few {
            if !titles.contains(&&*line.title) {
                titles.push(&line.title);
            }
        }
        let mut out = "Test error in percent with few labels, mean ± deviation of so many draws:\n\n".to_owned();
        out += "| model | 40 labels | 100 labels | 1000 labels | the papers, by labels |\n|---|---|---|---|---|\n";
        // The ladder last, whatever it has draws of.
        titles.sort_by_key(|title| *title == LADDER);
        for title in titles {
            let of_labels = FEW.map(|labels| {
                let is_it = |l: &&Line| l.title == title && l.labels == Some(Labels::Count(labels));
                (labels, few.iter().find(is_it))
            });
            let cells = of_labels
                .map(|(_, line)| line.map_or("-".into(), |l| format!("{} of {}", l.statistics()[0], l.draws.len())));
            let papers = of_labels.into_iter().filter_map(|(labels, line)| {
                let line = line.filter(|line| line.papers != "-")?;
                Some(format!("{labels}: {}", line.papers))
            });
            let _ = writeln!(
                out,
                "| {title} | {} | {} |",
                cells.join(" | "),
                or_dash(papers.collect::<Vec<_>>().join("; "))
            );
        }
        tables.push(out);
    }
    if !tables.is_empty() {
        tables.push("Every draw, with its settings: [results/](results/README.md#the-lineage-on-mnist).\n".into());
    }
    tables.join("\n")
}

/// What belongs to a likelihood: how sure the estimates are.
fn notes(measured: &Measured) -> String {
    let documents: Vec<_> = measured.lineage.iter().filter_map(|(_, d)| d.likelihood.as_ref()).collect();
    let numbers = |paths| documents.iter().filter_map(|d| document::number(d, paths)).collect::<Vec<f64>>();
    let fewest = |paths| numbers(paths).into_iter().reduce(f64::min);
    let mut out = String::new();
    if let (Some(forwards), Some(backwards)) = (fewest(document::CHAINS_FORWARDS), fewest(document::CHAINS_BACKWARDS)) {
        let of = range(&numbers(document::CHAINS));
        out += &format!(
            "\nAnnealing forwards flatters a machine and annealing backwards does the contrary; of {of} chains, at least \
             {forwards:.0} count forwards and {backwards:.0} backwards. Rows are binarised stochastically.\n"
        );
    }
    let sigma: Vec<f64> = numbers(document::SIGMA).iter().map(|sigma| (1000.0 * sigma).round() / 1000.0).collect();
    if !sigma.is_empty() {
        let (sigma, samples) = (range(&sigma), range(&numbers(document::SAMPLES)));
        let mut chosen_by: Vec<&str> = documents.iter().filter_map(|d| document::width_chosen_by(d)).collect();
        chosen_by.sort_unstable();
        chosen_by.dedup();
        let chosen_by = chosen_by.join(" or ");
        let error = numbers(document::PARZEN_ERROR).into_iter().reduce(f64::max);
        let error = error.map(|e| format!(", standard error of a draw at most {e:.1}")).unwrap_or_default();
        out += &format!(
            "\nParzen windows of sigma {sigma} (chosen by {chosen_by} rows) around {samples} samples{error}. Their nats do \
             not compare with those of annealing.\n"
        );
    }
    out
}

/// The only value, or the smallest and the largest.
fn range(values: &[f64]) -> String {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    match values {
        [] => "-".into(),
        _ if low == high => format!("{low}"),
        _ => format!("{low} to {high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::SIX_LAYERS;
    use super::super::tests::dbn_100;
    use super::super::{Draw, Published, rows};
    use super::*;
    use crate::results::Training;
    use serde_json::json;

    fn published() -> Vec<Published> {
        serde_json::from_str(include_str!("../../../papers/lineage.json")).unwrap()
    }

    /// A draw of a machine that needs no labels.
    fn unlabelled(row: &str, model: &str, seed: u64, likelihood: serde_json::Value) -> (String, Draw) {
        let (_, draw) = dbn_100(seed, 0.0);
        let draw = Draw {
            row: row.into(),
            model: model.into(),
            layers: vec![784, 500],
            labels: None,
            test_error_percent: None,
            likelihood: Some(likelihood),
            ..draw
        };
        (format!("{row}-seed{seed}"), draw)
    }

    fn machine(seed: u64, forward: f64, reverse: f64, chains: f64, collapsed: bool) -> (String, Draw) {
        let document = json!({
            "binarised": "stochastic", "chains": 100, "collapsed": collapsed,
            "forward": {"effective_chains": chains}, "reverse": {"effective_chains": chains + 1.0},
            "test": {"forward": forward, "reverse": reverse},
        });
        unlabelled("rbm-500-2min", "rbm", seed, document)
    }

    fn of(lineage: Vec<(String, Draw)>) -> Measured {
        super::super::check(&lineage).unwrap();
        Measured { lineage, published: published(), ..Measured::default() }
    }

    /// Witness: by hand; the deviation of 20 and 24 and 25 is the root of 7.
    #[test]
    fn statistics_with_few_labels_by_hand() {
        let mut measured = of(vec![dbn_100(1, 20.0), dbn_100(2, 25.0), dbn_100(3, 24.0)]);
        let expected = "| 23.00 ± 2.65 | 24.00 | 25.00 | 3 | 2.0 | RBM 18.30 (Bondarenko's boltzmann-machines) \
                        | [1](lineage/dbn-100-seed1.json): 20.00, [2](lineage/dbn-100-seed2.json): 25.00, \
                        [3](lineage/dbn-100-seed3.json): 24.00 |\n";
        let table = few_labels(&measured);
        assert!(table.ends_with(expected), "{table}");
        assert!(table.contains("| 100 | Boltzmann machines, stacked (DBN) | 784-500-500-2000-10 |"), "{table}");
        assert_eq!(all_rows(&measured), "");
        // The ladder of the survey's settings stands beside it; one of another length does not.
        let ladder = |name: &str, epochs, error| Training {
            name: name.into(),
            format: 1,
            data: "mnist".into(),
            model: "full".into(),
            layers: SIX_LAYERS.into(),
            labels: Labels::Count(100),
            seed: 1,
            epochs,
            config: String::new(),
            commit: String::new(),
            machine: String::new(),
            threads: 2,
            test_error_percent: error,
            supervised_error_percent: None,
            seconds: 600.0,
            curve: Vec::new(),
            test_error_curve: Vec::new(),
            note: None,
        };
        measured.trainings = vec![ladder("ours", 150, 1.25), ladder("fast", 65, 9.0)];
        let expected =
            "| 1.25 | 1.25 | 1.25 | 1 | 10 | 1.07 (the survey), 1.06 (Rasmus et al. 2015) | [1](ours.json): 1.25 |\n";
        let table = few_labels(&measured);
        assert!(table.ends_with(expected), "{table}");
        let brief = brief(&measured);
        assert!(
            brief.contains("| Boltzmann machines, stacked (DBN) | - | 23.00 ± 2.65 of 3 | - | 100: RBM 18.30 (Bon"),
            "{brief}"
        );
        assert!(brief.contains("| **full ladder** | - | 1.25 of 1 | - | 100: 1.07 (the survey), "), "{brief}");
        // It comes last in the brief table, also where it alone has draws of the fewest labels.
        measured.trainings.push(Training { labels: Labels::Count(40), ..ladder("forty", 150, 2.0) });
        let text = super::brief(&measured);
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
        assert!(at("| Boltzmann machines") < at("| **full ladder** | 2.00 of 1 | 1.25 of 1 |"), "{text}");
        // Without a draw of the models before it, the ladder has its own table.
        assert_eq!(few_labels(&Measured { lineage: Vec::new(), ..measured }), "");
    }

    #[test]
    fn nats_rise_and_stand_in_both_directions() {
        let measured = of(vec![machine(1, -100.0, -104.0, 63.2, false), machine(2, -98.0, -140.0, 4.0, true)]);
        let table = all_rows(&measured);
        let papers = "CD1 -125.53, CD3 -105.50, CD25 -86.34 (Salakhutdinov and Murray 2008)";
        let forwards = format!(
            "annealed forwards | -99.00 ± 1.41 | -99.00 | -100.00 | 2 | 1.5 | {papers} | [1](lineage/rbm-500-2min-seed1.json): -100.00, "
        );
        assert!(table.contains(&forwards), "{table}");
        assert!(table.contains("annealed backwards | -122.00 ± 25.46 | -122.00 | -140.00 | 2 | 1.5 | - |"), "{table}");
        assert!(table.contains("[2](lineage/rbm-500-2min-seed2.json): -98.00, collapsed |"), "{table}");
        assert!(table.contains("of 100 chains, at least 4 count forwards and 5 backwards"), "{table}");
        assert!(brief(&measured).contains("| -99.00 ± 1.41 | -100.00 | 2, 1 collapsed | 1.5 | CD1 -125.53"), "{table}");
    }

    #[test]
    fn windows_and_components_have_their_units() {
        let parzen = json!({"parzen": {"test_nats": 151.0, "standard_error": 1.25, "sigma": 0.2,
            "sigma_chosen_by": "training", "samples": 10000}});
        let gsn = unlabelled("gsn-plain", "gsn", 1, parzen);
        let (_, mut deep) = unlabelled("deep-autoencoder", "deep-autoencoder", 1, json!(null));
        deep.likelihood = None;
        deep.layers = vec![784, 1000, 30];
        deep.stages.insert(0, super::super::Stage { stage: "layer 1".into(), epochs: 10 });
        (deep.test_squared_error, deep.pca_squared_error) = (Some(2.84), Some(13.866));
        let table = all_rows(&of(vec![gsn, ("deep".into(), deep)]));
        assert!(table.contains("Parzen window | 151.00 | 151.00 | 151.00 | 1 |"), "{table}");
        assert!(table.contains("one layer about 50 (Yao's GSN code)"), "{table}");
        assert!(
            table.contains("| 784-1000-30 | squared error a test row | 2.84 | 2.84 | 2.84 | 1 | 1.0 | 3.00 ("),
            "{table}"
        );
        assert!(
            table.contains(
                "| 30 principal components | - | squared error a test row | 13.87 | 13.87 | 13.87 | 1 | - | 13.87 ("
            ),
            "{table}"
        );
        assert!(
            table.contains(
                "sigma 0.2 (chosen by training rows) around 10000 samples, standard error of a draw at most 1.2"
            ),
            "{table}"
        );
    }

    #[test]
    fn every_published_figure_stands_beside_a_row_that_measures_it() {
        let published = published();
        for paper in &published {
            for row in &paper.rows {
                assert!(rows::find(row).unwrap().measures.contains(&paper.measure), "{paper:?}");
            }
            assert!(!paper.rows.is_empty() && paper.printed.chars().any(|c| c.is_ascii_digit()), "{paper:?}");
        }
        assert_eq!(published.len(), 20);
    }
}
