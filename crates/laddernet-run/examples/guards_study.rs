//! How well trainings that went wrong are recognised without their hidden labels, draw by draw, as lines of JSON: the error on the rows whose label a
//! training did not see, and what it is warned of. No test row is read, no group is made before a training.
//!
//! `cargo run --release -p laddernet-run --example guards_study -- digits --labels 10,20 --draws 10`
//!
//! The first word is `digits` or a file of rows that all have a label. `--first N` is the first draw.

use laddernet::Threads;
use laddernet::evaluation::most_probable;
use laddernet::session::GroupCheck;
use laddernet::training::Flow;
use laddernet_run::record::Prepared;
use laddernet_run::settings::Recipe;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let data = arguments.first().expect("which data?");
    let said = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    let number = |name: &str, usual: u64| said(name).map_or(usual, |v| v.parse().expect("a number"));
    let threads = Threads::new(number("--threads", 1) as usize).expect("threads");
    let first = number("--first", 1);
    for labels in said("--labels").map_or("10", String::as_str).split(',') {
        for seed in first..first + number("--draws", 10) {
            let recipe = format!(
                "[data]\nsource = \"{data}\"\nlabels = {labels}\n[model]\nkind = \"full\"\n[training]\nseed = {seed}\n[baseline]\ntrain = false\n"
            );
            let prepared = Prepared::load(&Recipe::from_toml(&recipe).expect("a recipe")).expect("rows");
            let session = prepared.session();
            let trained = session.train_model(None, &threads, &mut |_| Flow::Continue).expect("a training");
            let (model, split) = (&*trained.model, session.split());
            let hidden: Vec<usize> =
                split.unlabelled.iter().copied().filter(|row| split.labelled.binary_search(row).is_err()).collect();
            let rows = session.rows().select(&hidden);
            let classifier = model.classify().expect("a classifier");
            let predicted = most_probable(&classifier.probabilities(&rows, &threads), rows.classes());
            let (mut of_class, mut right) = (vec![0usize; rows.classes()], vec![0usize; rows.classes()]);
            for (label, predicted) in rows.labels().iter().zip(&predicted) {
                let label = label.expect("a label") as usize;
                of_class[label] += 1;
                right[label] += usize::from(*predicted as usize == label);
            }
            let share = |(right, of): (&usize, &usize)| 100.0 * *right as f64 / (*of).max(1) as f64;
            let all = share((&right.iter().sum(), &hidden.len()));
            let (contradicted, unfit) = match session.check_by_groups(model, &threads) {
                Some(GroupCheck::Contradicts(found)) => (Some(100.0 * found.predicted_so), None),
                Some(GroupCheck::Unfit(reason)) => (None, Some(reason)),
                Some(GroupCheck::Agrees) | None => (None, None),
            };
            println!(
                "{}",
                serde_json::json!({
                    "labels": labels, "draw": seed, "error_percent": 100.0 - all,
                    "worst_class_percent": right.iter().zip(&of_class).filter(|(_, of)| **of > 0).map(share).fold(100.0, f64::min),
                    "warning": session.warning(model, &threads),
                    "contradicted_so_percent": contradicted, "groups_unfit": unfit,
                })
            );
        }
    }
}
