//! From the run folder of a model before the ladder to a draw.

use super::rows;
use super::{Draw, check};
use crate::record::Run;
use crate::results::{FORMAT, Labels};
use anyhow::Result;
use serde_json::Value;

/// The draw that a run is, beside those that are there, and the name of its file below `results/`. Without a row, it is
/// the one that the run's settings or its folder's name say.
pub fn draw_of(
    run: Run,
    [commit, machine]: [String; 2],
    likelihood: Option<Value>,
    row: Option<&str>,
    name: Option<&str>,
    there: Vec<(String, Draw)>,
) -> Result<(String, Draw)> {
    let Run { summary, config, folder } = run;
    let labels = match summary.labelled_rows {
        0 => None,
        n if n == summary.training_rows => Some(Labels::All("all".into())),
        n => Some(Labels::Count(n)),
    };
    let mut draw = Draw {
        format: FORMAT,
        row: String::new(),
        data: summary.data,
        model: summary.model,
        layers: summary.layers,
        labels,
        seed: summary.seed,
        epochs: summary.epochs,
        stages: summary.stages,
        config,
        commit,
        machine,
        threads: summary.threads,
        test_error_percent: summary.test_error_percent,
        test_squared_error: summary.test_squared_error,
        pca_squared_error: summary.pca_squared_error,
        likelihood: likelihood.map(|document| of_run(document, &folder)).transpose()?,
        seconds: summary.seconds,
        note: None,
    };
    // A recipe's run folder is called after it.
    let recipe = folder.rsplit_once("-seed").map_or(&*folder, |(recipe, _)| recipe);
    draw.row = match row {
        Some(row) => rows::find(row)?.name,
        None => rows::row_of(&draw, recipe)?.name,
    };
    let name = name.map_or_else(|| format!("{}-seed{}", draw.row, draw.seed), str::to_owned);
    let mut draws = there;
    draws.push((name, draw));
    check(&draws)?;
    let (name, draw) = draws.pop().expect("it was pushed above");
    Ok((format!("lineage/{name}"), draw))
}

/// The document without the path of the run, which is the machine's own affair.
fn of_run(mut document: Value, folder: &str) -> Result<Value> {
    let Value::Object(keys) = &mut document else { anyhow::bail!("a likelihood is an object of JSON") };
    if let Some(Value::String(path)) = keys.remove("run") {
        let other = std::path::Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some(other) = other.filter(|other| other != folder) {
            anyhow::bail!("the likelihood is of the run {other}, not of {folder}");
        }
    }
    Ok(document)
}
