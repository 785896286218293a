//! What is said about a training: before it begins, of its result, and what to do next.

use crate::screen::{program, shell_word};
use laddernet::lineage::{LineageKind, Purpose};
use laddernet::models::ModelKind;
use laddernet_run::Kind;
use laddernet_run::monitors::MachineMonitors;
use laddernet_run::precision::precision_name;
use laddernet_run::prepare::{Common, Prepared, Settings};
use laddernet_run::summary::{Status, Summary};
use laddernet_run::written::layers_name;

/// What will be done, before it begins.
pub fn introduction<C: Settings>(name: &str, prepared: &Prepared<C>, threads: usize) -> String {
    let Prepared { config, training, split, test, test_part, .. } = prepared;
    let Common { model, layers, seed, precision, .. } = config.common();
    let rows = training.rows() + test.rows();
    let mut text = format!(
        "Data    {name}: {rows} rows of {} values, {} classes\n        {} unlabelled, {} of them labelled\n",
        training.features(),
        training.classes(),
        split.unlabelled.len(),
        split.labelled.len()
    );
    if !split.validation.is_empty() {
        text += &format!("        {} for validation\n", split.validation.len());
    }
    text += &format!("        {} held out for the final error ({test_part})\n", test.rows());
    let plural = if threads == 1 { "" } else { "s" };
    text += &format!(
        "Model   {model}, {}\n        seed {seed}, {threads} thread{plural}, {}",
        layers_name(layers),
        precision_name(precision)
    );
    text
}

/// What is known of a machine, in lines.
pub fn machine(m: &MachineMonitors) -> String {
    let of = if m.of_validation_rows { "validation rows" } else { "training rows" };
    let how = if m.unexplained.is_some() { "standardised".to_owned() } else { format!("binarised {}", m.binarised) };
    let mut text = format!("Of {of}, {how}\n");
    if let Some(nats) = m.pseudo_likelihood {
        text += &format!("  {:<38} {nats:>8.2} nats\n", "pseudo-likelihood (every unit flipped)");
    }
    if let Some(share) = m.unexplained {
        text += &format!("  {:<38} {:>8.2} %\n", "variance that rebuilt rows leave out", 100.0 * share);
    }
    if let Some(gap) = m.free_energy_gap {
        text += &format!("  {:<38} {gap:>8.2} nats\n", "free energy above that of training rows");
    }
    let idle = format!("never on {}, never off {} of {}", m.dead_units, m.saturated_units, m.hidden_units);
    text + &format!("  hidden units {idle}\n")
}

/// What the model of a run is for.
pub fn purpose(s: &Summary) -> Purpose {
    match s.model.parse() {
        Ok(Kind::Lineage(kind)) => kind.purpose(),
        _ => Purpose::Classes,
    }
}

/// What came out.
pub fn report(s: &Summary) -> String {
    let percent = |e: Option<f64>| e.map_or("-".to_owned(), |e| format!("{e:.2} %"));
    let model = match s.model.parse() {
        Ok(Kind::Lineage(LineageKind::Net) | Kind::Ladder(ModelKind::Mlp)) => {
            format!("{}, {} labels alone", s.model, s.labelled_rows)
        }
        // No layer was pre-trained.
        Ok(Kind::Lineage(_)) if !s.stages.iter().any(|stage| stage.stage.starts_with("layer")) => {
            format!("{} from random weights, {} labels", s.model, s.labelled_rows)
        }
        Ok(Kind::Lineage(_)) => format!("{}, {} labels + {} unlabelled", s.model, s.labelled_rows, s.unlabelled_rows),
        _ => format!("{} ladder, {} labels + {} unlabelled", s.model, s.labelled_rows, s.unlabelled_rows),
    };
    let part = format!("{} ({} rows)", s.test_part, s.test_rows);
    let mut text = match (s.test_squared_error, &s.machine) {
        (Some(error), _) => {
            let how = if s.standardised { "standardised " } else { "" };
            let mut text = format!("Squared error a {how}row, {part}\n");
            text +=
                &format!("  {:<44} {error:>8.3}\n", format!("{}, code of {}", s.model, s.layers[s.layers.len() - 1]));
            if let Some(pca) = s.pca_squared_error {
                text += &format!("  {:<44} {pca:>8.3}\n", "as many principal components");
            }
            text
        }
        (None, Some(m)) => machine(m),
        (None, None) if purpose(s) == Purpose::Classes => {
            format!("Error on the {part}\n  {model:<44} {:>8}\n", percent(s.test_error_percent))
        }
        // Of a training that did not come to its end.
        (None, None) => String::new(),
    };
    if s.supervised_error_percent.is_some() {
        let alone = format!("same encoder, the {} labels alone", s.labelled_rows);
        text += &format!("  {alone:<44} {:>8}\n", percent(s.supervised_error_percent));
    }
    let speed = s.ms_per_step.map_or(String::new(), |ms| format!(", {ms:.1} ms a step"));
    let plural = if s.epochs == 1 { "" } else { "s" };
    text += &format!("Training    {} epoch{plural}, {} steps, {:.1} s{speed}\n", s.epochs, s.steps, s.seconds);
    text + &format!("Run folder  {}\n", s.run_dir)
}

pub fn next(s: &Summary) -> String {
    let (program, run) = (program(), shell_word(&s.run_dir));
    let mut text = format!("Next\n  {program} show {run}\n");
    if s.status == Status::Interrupted {
        return text + &format!("  {program} resume {run}");
    }
    let purpose = purpose(s);
    if purpose == Purpose::Density || s.model == LineageKind::Gsn.name() {
        return text + &format!("  {program} likelihood {run}\n  {program} sample {run} -o samples.png");
    }
    let input = if s.data == "digits" { "digits" } else { "INPUT" };
    if purpose == Purpose::Rebuilding {
        return text
            + &format!(
                "  {program} reconstruct {run} {input} -o grid.png\n  {program} codes {run} {input} -o codes.csv"
            );
    }
    if s.data == "digits" {
        if s.model == "full" || s.model == "bottom" {
            text += &format!("  {program} reconstruct {run} digits -o grid.png\n");
        }
        return text + &format!("  {program} predict {run} digits -o out.csv");
    }
    text + &format!("  {program} evaluate {run}\n  {program} predict {run} INPUT -o out.csv")
}
