//! The table of pretrained and baseline models, whole and in brief, and the ladder beside them where labels are few.

use crate::results::Measured;
use crate::training::{Training, cells_of};
use laddernet_run::tables::{Cell, Rendered, Table};
use serde_json::Value;

/// The table of `papers/` that these trainings make up.
const TABLE: &str = "pretrained-mnist";

/// Its cells, of trainings with few labels or of the others, each run with a link from `results/`.
fn cells(measured: &Measured, few: bool) -> Vec<Cell> {
    let Some(table) = Table::find(TABLE) else { return Vec::new() };
    let is_few = |cell: &Cell| cell.labels.as_ref().is_some_and(|labels| labels.parse::<u64>().is_ok());
    let mut cells = cells_of(table, &measured.trainings);
    cells.retain(|cell| is_few(cell) == few);
    if cells.iter().all(is_extra) {
        return Vec::new();
    }
    for cell in &mut cells {
        let recipe = cell.recipe.clone();
        for run in &mut cell.runs {
            let is_it = |t: &&Training| t.recipe() == recipe.as_deref() && t.seed == run.seed;
            run.link = measured.trainings.iter().find(is_it).map(|t| format!("{}.json", t.name));
        }
    }
    cells
}

/// Whether a cell stands beside the others, and not for itself.
fn is_extra(cell: &Cell) -> bool {
    let entry = Table::find(TABLE).zip(cell.recipe.as_deref()).and_then(|(table, recipe)| table.entry(recipe));
    entry.is_some_and(|entry| entry.extra)
}

/// Every cell whose runs had all labels or needed none, each in its own unit.
pub fn all(measured: &Measured) -> String {
    let cells = cells(measured, false);
    if cells.is_empty() {
        String::new()
    } else {
        Rendered { cells: &cells, columns: &[] }.markdown() + &notes(measured)
    }
}

/// Test errors with few labels.
pub fn few_labels(measured: &Measured) -> String {
    let cells = cells(measured, true);
    if cells.is_empty() { String::new() } else { Rendered { cells: &cells, columns: &[] }.markdown() }
}

/// Both with fewer columns.
pub fn brief(measured: &Measured) -> String {
    let (all, few) = (cells(measured, false), cells(measured, true));
    let mut tables = Vec::new();
    if !all.is_empty() {
        let mut out = "| model | measured | mean ± deviation | worst | runs | minutes | the papers |\n".to_owned();
        out += &format!("|{}\n", "---|".repeat(7));
        for cell in &all {
            let [_, _, _, worst, runs, minutes] = cell.statistics();
            let collapsed = match cell.runs.iter().filter(|run| run.warning.is_some()).count() {
                0 => String::new(),
                n => format!(", {n} collapsed"),
            };
            let (title, measure, spread, papers) = (cell.title(), cell.measure, cell.spread(), cell.papers());
            out +=
                &format!("| {title} | {measure} | {spread} | {worst} | {runs}{collapsed} | {minutes} | {papers} |\n");
        }
        tables.push(out);
    }
    if !few.is_empty() {
        tables.push(by_labels(&few));
    }
    if !tables.is_empty() {
        let more =
            "Every run, with its settings: [results/](results/README.md#pretrained-and-baseline-models-on-mnist).\n";
        tables.push(more.to_owned());
    }
    tables.join("\n")
}

/// A line a model, a column a number of labels.
fn by_labels(cells: &[Cell]) -> String {
    let mut labels: Vec<&str> = cells.iter().filter_map(|cell| cell.labels.as_deref()).collect();
    labels.sort_by_key(|labels| labels.parse::<u64>().unwrap_or(u64::MAX));
    labels.dedup();
    let mut titles: Vec<String> = Vec::new();
    // What stands beside the others comes last, whatever it has runs of.
    let (extra, own): (Vec<&Cell>, Vec<&Cell>) = cells.iter().partition(|cell| is_extra(cell));
    for title in own.iter().chain(&extra).map(|cell| cell.title()) {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let heads: Vec<String> = labels.iter().map(|labels| format!("{labels} labels")).collect();
    let mut out = "Test error in percent with few labels, mean ± deviation of so many runs:\n\n".to_owned();
    out +=
        &format!("| model | {} | the papers, by labels |\n|{}\n", heads.join(" | "), "---|".repeat(labels.len() + 2));
    for title in titles {
        let find = |of: &&str| cells.iter().find(|cell| cell.title() == title && cell.labels.as_deref() == Some(of));
        let cell = |of: &&str| find(of).map_or("-".into(), |c| format!("{} of {}", c.spread(), c.runs.len()));
        let paper = |of: &&str| {
            let cell = find(of).filter(|cell| !cell.published.is_empty())?;
            Some(format!("{of}: {}", cell.papers()))
        };
        let papers: Vec<String> = labels.iter().filter_map(paper).collect();
        let papers = if papers.is_empty() { "-".to_owned() } else { papers.join("; ") };
        out += &format!("| {title} | {} | {papers} |\n", labels.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    out
}

/// What belongs to a likelihood: how sure the estimates are.
fn notes(measured: &Measured) -> String {
    let documents: Vec<&Value> = measured.trainings.iter().filter_map(|t| t.likelihood.as_ref()).collect();
    let numbers = |at: &str| documents.iter().filter_map(|d| d.pointer(at)?.as_f64()).collect::<Vec<f64>>();
    let fewest = |at: &str| numbers(at).into_iter().reduce(f64::min);
    let mut out = String::new();
    if let (Some(forwards), Some(backwards)) =
        (fewest("/forward/effective_chains"), fewest("/reverse/effective_chains"))
    {
        out += &format!(
            "\nAnnealing forwards flatters an RBM and annealing backwards does the contrary; of {} chains, at least \
             {forwards:.0} count forwards and {backwards:.0} backwards. Rows are binarised stochastically.\n",
            range(&numbers("/chains"))
        );
    }
    let sigma: Vec<f64> = numbers("/parzen/sigma").iter().map(|sigma| (1000.0 * sigma).round() / 1000.0).collect();
    if !sigma.is_empty() {
        let of = |d: &&Value| Some(d.pointer("/parzen/sigma_chosen_by")?.as_str()?.to_owned());
        let mut chosen_by: Vec<String> = documents.iter().filter_map(of).collect();
        chosen_by.sort_unstable();
        chosen_by.dedup();
        let error = numbers("/parzen/standard_error").into_iter().reduce(f64::max);
        out += &format!(
            "\nParzen windows of sigma {} (chosen by {} rows) around {} samples{}. Their nats do not compare with those of \
             annealing.\n",
            range(&sigma),
            chosen_by.join(" or "),
            range(&numbers("/parzen/samples")),
            error.map(|e| format!(", standard error of a run at most {e:.1}")).unwrap_or_default()
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
    use super::*;
    use crate::training::tests::run_of;
    use serde_json::json;

    fn of(trainings: Vec<Training>) -> Measured {
        Measured { trainings, ..Measured::default() }
    }

    /// Reference: by hand; the deviation of 20 and 24 and 25 is the root of 7.
    #[test]
    fn few_labels_by_hand() {
        let mut trainings = vec![run_of("dbn-100", 1, 20.0), run_of("dbn-100", 2, 25.0), run_of("dbn-100", 3, 24.0)];
        let expected = "| RBMs, stacked (DBN) | 100 | 784-1000-1000-1000-10 | test error % | 23.00 ± 2.65 | 24.00 | 25.00 | 3 | \
                        2.0 | RBM 18.30 (Bondarenko's boltzmann-machines) | [1](dbn-100-seed1.json): 20.00, \
                        [2](dbn-100-seed2.json): 25.00, [3](dbn-100-seed3.json): 24.00 |\n";
        let table = few_labels(&of(trainings.clone()));
        assert!(table.ends_with(expected), "{table}");
        assert_eq!(all(&of(trainings.clone())), "");
        // The ladder of the survey's settings stands beside it; one of other settings does not.
        let ladder = [run_of("survey-2-full-100", 1, 1.25), run_of("survey-2-full-40", 1, 2.0)];
        trainings.extend(ladder.clone());
        trainings.push(run_of("fast-full-100", 1, 9.0));
        let measured = of(trainings);
        let table = few_labels(&measured);
        assert!(table.contains("| 1.25 | 1.25 | 1.25 | 1 | 1.0 | 1.07 (the survey), 1.06±0.37 (Rasmus et al. 2015) |"));
        assert!(!table.contains("9.00"), "{table}");
        let text = brief(&measured);
        assert!(text.contains("| RBMs, stacked (DBN) | - | 23.00 ± 2.65 of 3 | 100: RBM 18.30 (Bon"), "{text}");
        let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
        assert!(at("| RBMs, stacked") < at("| **full ladder** | 2.00 of 1 | 1.25 of 1 | 40: 1.27 (the survey); 100: "));
        // Alone, the ladder has its own table.
        assert_eq!(few_labels(&of(ladder.to_vec())), "");
    }

    #[test]
    fn every_figure_has_its_unit() {
        let nats = |seed, forward: f64, reverse: f64, chains: f64, collapsed: bool| Training {
            likelihood: Some(json!({
                "binarised": "stochastic", "chains": 100, "collapsed": collapsed,
                "forward": {"effective_chains": chains}, "reverse": {"effective_chains": chains + 1.0},
                "test": {"forward": forward, "reverse": reverse},
            })),
            ..run_of("rbm-500-2min", seed, 0.0)
        };
        let parzen = json!({"parzen": {"test_nats": 151.0, "standard_error": 1.25, "sigma": 0.2,
            "sigma_chosen_by": "training", "samples": 10000}});
        let gsn = Training { likelihood: Some(parzen), ..run_of("gsn-plain", 1, 0.0) };
        let (test_squared_error, pca_squared_error) = (Some(2.84), Some(13.866));
        let deep = Training { test_squared_error, pca_squared_error, ..run_of("deep-autoencoder", 1, 0.0) };
        let rbms = [nats(1, -100.0, -104.0, 63.2, false), nats(2, -98.0, -140.0, 4.0, true)];
        let measured = of(rbms.into_iter().chain([gsn, deep]).collect());
        let (table, text) = (all(&measured), brief(&measured));
        let shown = |what: &str| assert!(table.contains(what), "{what} in {table}");
        shown(
            "annealed forwards | -99.00 ± 1.41 | -99.00 | -100.00 | 2 | 1.5 | CD1 -125.53, CD3 -105.50, CD25 -86.34 (",
        );
        shown("annealed backwards | -122.00 ± 25.46 | -122.00 | -140.00 | 2 | 1.5 | - |");
        shown("[2](rbm-500-2min-seed2.json): -98.00, collapsed |");
        shown("of 100 chains, at least 4 count forwards and 5 backwards");
        shown("Parzen window | 151.00 | 151.00 | 151.00 | 1 | 1.0 | one layer about 50 (Yao's GSN code)");
        shown("| squared error a test row | 2.84 | 2.84 | 2.84 | 1 | 1.0 | 3.00 (");
        shown("| 30 principal components | - | - | squared error a test row | 13.87 | 13.87 | 13.87 | 1 | - | 13.87 (");
        shown("sigma 0.2 (chosen by training rows) around 10000 samples, standard error of a run at most 1.2");
        assert!(text.contains("| -99.00 ± 1.41 | -100.00 | 2, 1 collapsed | 1.5 | CD1 -125.53"), "{text}");
    }
}
