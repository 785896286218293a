//! `laddernet show`: what a run was and what it gave.

use super::{RunArg, training_text};
use crate::exit::{Exit, Failure};
use crate::screen::{Screen, WIDTH, plain, wrapped};
use laddernet::models::Ability;
use laddernet::training::DENOISING;
use laddernet_run::model_file::{self, ModelCard, SavedModel};
use laddernet_run::record::{Status, Summary, config_if_any};
use laddernet_run::settings::{Config, layers_text};
use serde::Serialize;

const EXAMPLES: &str = "Examples:
  laddernet show runs/digits-full-40-seed1
  laddernet show model.safetensors --json";

/// Show a run: settings, parameters of each layer, costs, errors
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Show {
    #[command(flatten)]
    run: RunArg,
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    model: ModelCard,
    /// Whether the model standardises its rows.
    standardised: bool,
    layers: Vec<Layer>,
    /// These two are missing for a model file alone.
    settings: Option<Config>,
    summary: Option<Summary>,
}

#[derive(Serialize)]
struct Layer {
    layer: usize,
    units: usize,
    parameters: usize,
    /// Of a ladder.
    #[serde(skip_serializing_if = "Option::is_none")]
    denoising_weight: Option<f32>,
    denoising_cost: Option<f64>,
}

pub fn run(args: Show, screen: &Screen) -> Result<Exit, Failure> {
    let run = &args.run.run;
    let saved = model_file::open(run)?;
    let (settings, summary) = (config_if_any(run)?, Summary::read(run)?);
    let document = Document {
        schema: "laddernet.show/2",
        layers: layers(&saved, summary.as_ref()),
        standardised: saved.preprocessing.is_standardised(),
        model: saved.card,
        settings,
        summary,
    };
    screen.result(&report(&run.display().to_string(), &document))?;
    screen.document(&document)?;
    Ok(Exit::Ok)
}

fn layers(saved: &SavedModel, summary: Option<&Summary>) -> Vec<Layer> {
    let shapes = saved.model.parameters().shapes();
    let of = |path: &str| saved.model.layer_of(path);
    let weights = saved.card.model.spec().denoising_weights();
    let cost_at = |layer: usize| {
        let costs = &summary?.costs;
        costs.iter().find(|cost| cost.name == DENOISING && cost.layer == Some(layer)).map(|cost| cost.value)
    };
    let count = |layer| {
        let of_layer = shapes.iter().filter(|(path, _)| of(path) == Some(layer));
        of_layer.map(|(_, shape)| shape.iter().product::<usize>()).sum()
    };
    let layer = |(layer, &units): (usize, &usize)| Layer {
        layer,
        units,
        parameters: count(layer),
        denoising_weight: weights.get(layer).copied(),
        denoising_cost: cost_at(layer),
    };
    saved.layers().iter().enumerate().map(layer).collect()
}

fn report(run: &str, d: &Document) -> String {
    let (card, trained) = (&d.model, &d.model.trained);
    let hash: String = plain(&trained.sha256).chars().take(12).collect();
    let mut text = format!("Run       {run}\n");
    text += &format!("Model     {}, {}\n", card.model.kind(), layers_text(card.model.spec().layers()));
    text += &format!("Data      {}, SHA-256 {hash}...\n", plain(&trained.data));
    text += &format!(
        "Trained   {} labels, {} epochs, {} steps, seed {}\n",
        plain(&trained.labels),
        trained.epochs,
        trained.steps,
        trained.seed
    );
    if let Some(s) = &d.summary {
        text += &results(s);
    }
    text += &format!("\n{:>5} {:>6} {:>11}", "layer", "units", "parameters");
    text += if d.layers.iter().any(|l| l.denoising_weight.is_some()) { "     weight  denoising cost\n" } else { "\n" };
    for l in &d.layers {
        text += &format!("{:>5} {:>6} {:>11}", l.layer, l.units, l.parameters);
        if let Some(weight) = l.denoising_weight {
            let cost = l.denoising_cost.map_or("-".to_owned(), |c| format!("{c:.5}"));
            text += &format!(" {weight:>10} {cost:>15}");
        }
        text += "\n";
    }
    let parameters: usize = d.layers.iter().map(|l| l.parameters).sum();
    text += &format!("{:>5} {:>6} {parameters:>11}\n", "all", "");
    let names: Vec<String> = card.class_names.iter().take(20).map(|name| plain(name)).collect();
    let more = if card.class_names.len() > 20 { ", ..." } else { "" };
    text += "\n";
    if card.model.kind().can(Ability::Classify) {
        text += &format!("Classes   {}{more}\n", names.join(", "));
    }
    let how = if d.standardised { ",\n          standardised by the training rows" } else { "" };
    text += &format!("Rows      shape {:?}, scaled by {}{how}\n", card.row_shape, card.scale);
    // A model file alone has the settings of the model.
    let of_model = || toml::to_string(&card.model).unwrap_or_default();
    text += "\nSettings\n";
    let settings = d.settings.as_ref().map_or_else(of_model, Config::to_toml);
    settings.lines().filter(|line| !line.starts_with('#')).for_each(|line| text += &format!("  {line}\n"));
    text
}

/// A message under its name, in as many lines as it takes.
fn sentence(name: &str, message: &str) -> String {
    let lines = wrapped(&plain(message), WIDTH - 10);
    format!("{name:<10}{}\n", lines.trim_end().replace('\n', &format!("\n{:10}", "")))
}

fn results(s: &Summary) -> String {
    let part = format!("the {} ({} rows)", s.test_part, s.test_rows);
    let status = match s.status {
        Status::Finished => "finished",
        Status::Interrupted => "interrupted",
        Status::Diverged => "diverged",
    };
    let mut text = format!("Status    {status}\n");
    if let Some(message) = &s.message {
        text += &sentence("Note", message);
    }
    if let Some(warning) = &s.warning {
        text += &sentence("Warning", warning);
    }
    if let Some(reason) = &s.groups_unfit {
        text += &sentence("Note", &training_text::ungrouped(reason));
    }
    if let Some(e) = s.test_error_percent {
        text += &format!("Error     {e:.2} % on {part}\n");
    }
    if let Some(e) = s.baseline_error_percent {
        text += &format!("          {e:.2} % of the baseline on the labels alone\n");
    }
    if let Some(e) = s.validation_error_percent {
        text += &format!("          {e:.2} % on {} validation rows\n", s.validation_rows);
    }
    if let Some(e) = s.test_squared_error {
        let how = if s.standardised { "standardised " } else { "" };
        let part = format!("{} ({} rows)", s.test_part, s.test_rows);
        text += &format!("Error     {e:.3} squared a {how}row, {part}\n");
    }
    if let Some(e) = s.validation_squared_error {
        text += &format!("          {e:.3} squared, {} validation rows\n", s.validation_rows);
    }
    if let Some(e) = s.pca_squared_error {
        text += &format!("          {e:.3} squared, as many principal components\n");
    }
    if let Some(m) = &s.rbm {
        text += &training_text::rbm(m);
    }
    for stage in &s.stages {
        let cost = stage.cost.map_or("-".to_owned(), |c| format!("{c:.4}"));
        text += &format!("Stage     {}: {} epochs, cost {cost} in the last\n", stage.stage, stage.epochs);
    }
    for cost in s.costs.iter().filter(|cost| cost.layer.is_none()) {
        text += &format!("Cost      {:.5} {} (mean of the last epoch)\n", cost.value, cost.name);
    }
    let speed = s.ms_per_step.map_or(String::new(), |ms| format!(", {ms:.1} ms a step"));
    let plural = if s.threads == 1 { "" } else { "s" };
    text + &format!("Time      {:.1} s on {} thread{plural}{speed}\n", s.seconds, s.threads)
}
