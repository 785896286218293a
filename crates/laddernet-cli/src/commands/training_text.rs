//! What is said about a training: before it begins, of its result, and what to do next.

use crate::screen::{WIDTH, program, shell_word, wrapped};
use laddernet::models::rbm::RbmMonitors;
use laddernet::models::{Ability, kind};
use laddernet::session::Comparison;
use laddernet::text::precision_name;
use laddernet_data::Source;
use laddernet_run::record::estimate::{Estimate, verdict};
use laddernet_run::record::few_labels::FewLabelsSummary;
use laddernet_run::record::own::{ClassCount, OwnSummary};
use laddernet_run::record::{Prepared, Status, Summary};
use laddernet_run::settings::layers_text;

/// What will be done, before it begins.
pub fn introduction(prepared: &Prepared, threads: usize) -> String {
    let (config, session) = (prepared.config(), prepared.session());
    let (training, split, test) = (session.rows(), session.split(), session.test());
    let (name, rows) = (prepared.data(), training.rows() + test.map_or(0, laddernet::Sealed::rows));
    let values = if prepared.own().is_some() { "inputs" } else { "values" };
    let mut text = format!(
        "Data    {name}: {rows} rows of {} {values}, {} classes\n        {} unlabelled, {} of them labelled\n",
        training.features(),
        training.classes(),
        split.unlabelled.len(),
        split.labelled.len()
    );
    if !split.validation.is_empty() {
        text += &format!("        {} for validation\n", split.validation.len());
    }
    if let Some(test) = test {
        text += &format!("        {} held out for the final error ({})\n", test.rows(), session.test_part());
    }
    if let Some(note) = session.preprocessing().note() {
        text += &format!("        {note}\n");
    }
    let plural = if threads == 1 { "" } else { "s" };
    text += &format!(
        "Model   {}, {}\n        seed {}, {threads} thread{plural}, {}",
        config.kind(),
        layers_text(config.layers()),
        config.training.seed,
        precision_name(config.training.precision)
    );
    text
}

/// What was found in a user's own data, before anything is trained.
pub fn own_text(prepared: &Prepared) -> Option<String> {
    Some(own(&prepared.own_summary()?))
}

/// The same of a summary.
pub fn own(of: &OwnSummary) -> String {
    let labelled: usize = of.classes.iter().map(|class| class.rows).sum();
    let mut text = String::new();
    if let Some(target) = &of.target {
        let how = if of.target_was_named { "" } else { " (taken for its name)" };
        text += &format!("Labels  column '{target}'{how}: {labelled} in {} classes\n", of.classes.len());
        let shown = of.classes.iter().take(12).map(|class| format!("{} {}", class.class, class.rows));
        let mut shown: Vec<String> = shown.collect();
        if of.classes.len() > 12 {
            shown.push(format!("and {} more classes", of.classes.len() - 12));
        }
        text += &format!("        {}\n", shown.join(", "));
        let unlabelled: usize = of.unlabelled.iter().map(|mark| mark.rows).sum();
        let marks: Vec<String> = of.unlabelled.iter().map(|mark| format!("{} {}", mark.mark, mark.rows)).collect();
        match marks.is_empty() {
            true => {}
            false => text += &format!("        {unlabelled} rows without: {}\n", marks.join(", ")),
        }
    }
    let used = of.columns.iter().filter(|column| column.inputs > 0).count();
    if !of.columns.is_empty() {
        let inputs: usize = of.columns.iter().map(|column| column.inputs).sum();
        text += &format!("Columns {used} of {} are learned from, inputs: {inputs}\n", of.columns.len());
        for column in of.columns.iter().filter(|column| column.inputs == 0).take(10) {
            text += &format!("        '{}' {}\n", column.name, column.becomes);
        }
    }
    for note in &of.notes {
        text += &format!("Note    {note}\n");
    }
    text.trim_end().to_owned()
}

/// What is known of an RBM, in lines.
pub fn rbm(m: &RbmMonitors) -> String {
    let of = if m.of_validation_rows { "validation rows" } else { "training rows" };
    let how = if m.unexplained.is_some() { "standardised".to_owned() } else { format!("binarised {}", m.binarised) };
    let mut text = format!("Of {of}, {how}\n");
    if let Some(nats) = m.pseudo_likelihood {
        text += &format!("  {:<38} {nats:>8.2} nats\n", "pseudo-likelihood (every unit flipped)");
    }
    if let Some(share) = m.unexplained {
        text += &format!("  {:<38} {:>8.2} %\n", "variance that reconstructions lose", 100.0 * share);
    }
    if let Some(gap) = m.free_energy_gap {
        text += &format!("  {:<38} {gap:>8.2} nats\n", "free energy above that of training rows");
    }
    let idle = format!("never on {}, never off {} of {}", m.dead_units, m.saturated_units, m.hidden_units);
    text + &format!("  hidden units {idle}\n")
}

/// Whether the model of a run can do this.
fn can(s: &Summary, ability: Ability) -> bool {
    kind(&s.model).is_some_and(|kind| kind.can(ability))
}

/// What came out.
pub fn report(s: &Summary) -> String {
    let percent = |e: Option<f64>| e.map_or("-".to_owned(), |e| format!("{e:.2} %"));
    let model = match s.uses_unlabelled {
        true => format!("{}, {} labels + {} unlabelled", s.model, s.labelled_rows, s.unlabelled_rows),
        false => format!("{}, {} labels alone", s.model, s.labelled_rows),
    };
    let part = format!("{} ({} rows)", s.test_part, s.test_rows);
    let mut text = match (s.test_squared_error, &s.rbm) {
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
        (None, Some(m)) => rbm(m),
        (None, None) if s.status == Status::Finished && can(s, Ability::Classify) && s.test_rows == 0 => {
            s.estimate.as_ref().map_or(String::new(), estimate)
        }
        (None, None) if s.status == Status::Finished && can(s, Ability::Classify) => {
            format!("Error on the {part}\n  {model:<44} {:>8}\n", percent(s.test_error_percent))
        }
        // Of a training that did not come to its end nothing is measured.
        (None, None) => String::new(),
    };
    if s.baseline_error_percent.is_some() {
        let alone = format!("baseline: same encoder, {} labels alone", s.labelled_rows);
        text += &format!("  {alone:<44} {:>8}\n", percent(s.baseline_error_percent));
    }
    if s.test_rows > 0
        && let Some(comparison) = &s.comparison
    {
        text += &compared(comparison, s.labelled_rows);
    }
    if let Some(own) = s.own.as_ref().filter(|own| (1..=12).contains(&own.classes.len())) {
        let labels: usize = own.classes.iter().map(|class| class.rows).sum();
        let share = |class: &ClassCount| {
            let of_labels = 100.0 * class.rows as f64 / labels.max(1) as f64;
            Some(format!("{} {:.0} ({of_labels:.0})", class.class, class.predicted_percent?))
        };
        let shares: Option<Vec<String>> = own.classes.iter().map(share).collect();
        if let Some(shares) = shares {
            text += &format!("  predicted, % (among the labels): {}\n", shares.join(", "));
        }
    }
    if let Some(chosen) = s.estimate.as_ref().and_then(fallen_back) {
        text += &chosen;
    }
    if let Some(few_labels) = &s.few_labels {
        text += &grouped(few_labels);
    }
    if let Some(reason) = &s.groups_unfit {
        text += &format!("{}\n", wrapped(&ungrouped(reason), WIDTH).trim_end());
    }
    let speed = s.ms_per_step.map_or(String::new(), |ms| format!(", {ms:.1} ms a step"));
    let plural = if s.epochs == 1 { "" } else { "s" };
    text += &format!("Training    {} epoch{plural}, {} steps, {:.1} s{speed}\n", s.epochs, s.steps, s.seconds);
    text + &format!("Run folder  {}\n", s.run_dir)
}

/// That nothing shows a lost class.
pub fn ungrouped(reason: &str) -> String {
    format!(
        "Not checked for lost classes: the rows fall into no clear groups ({reason}). Label more rows: 'suggest' names some"
    )
}

/// What was made of groups of rows.
fn grouped(s: &FewLabelsSummary) -> String {
    let sample = s.sample_of.map_or(String::new(), |of| format!(", a sample of the {of}"));
    let mut text = match &s.reason {
        Some(reason) if s.sample_of.is_some() => {
            format!("Groups      of {} rows{sample}: not used, {reason}\n", s.rows)
        }
        Some(reason) => format!("Groups      not used: {reason}\n"),
        None => {
            format!("Groups      {} of {} rows{sample}; {} rows labelled besides\n", s.groups.len(), s.rows, s.anchors)
        }
    };
    if let Some(doubt) = &s.in_doubt {
        text += &format!(
            "  the labels hardly decide which group is which of {}: label row {} of the data (from 0)\n",
            s.list(&doubt.classes),
            doubt.row
        );
    }
    text
}

/// What cross-validation says.
fn estimate(e: &Estimate) -> String {
    let mut text = format!("Error by {}\n", e.how());
    let names = ["with the unlabelled rows", "the same network, labels alone"];
    for (name, model) in names.iter().zip(&e.models) {
        text += &format!("  {name:<32} {}\n", model.error);
    }
    text + &compared(&e.comparison, e.rows)
}

/// How two models differ, and what follows.
fn compared(c: &Comparison, labels: usize) -> String {
    let gain = c.gain;
    let difference = format!("{:.1} points ({:.1} to {:.1})", gain.percent, gain.low, gain.high);
    format!("  {:<22} {difference}\n  {}\n", "better by, 95 %", verdict(c, labels))
}

/// That the labels alone were better, where that decided.
fn fallen_back(e: &Estimate) -> Option<String> {
    let chosen = e.chosen.as_ref().filter(|chosen| e.models.first().is_some_and(|model| model.model != **chosen))?;
    Some(format!("  So the model was trained on the labels alone ({chosen}); name a model to have another.\n"))
}

pub fn next(s: &Summary) -> String {
    let (program, run) = (program(), shell_word(&s.run_dir));
    let mut text = format!("Next\n  {program} show {run}\n");
    if s.status == Status::Interrupted {
        return text + &format!("  {program} resume {run}");
    }
    let in_doubt = s.contradicted_group.is_some() || s.groups_unfit.is_some();
    if let Some(own) = &s.own
        && can(s, Ability::Classify)
    {
        let data = if s.data == "-" { "FILE".to_owned() } else { shell_word(&s.data) };
        if in_doubt {
            text += &format!("  {program} suggest {run} {data} -o to-label.csv\n");
        }
        text += &format!("  {program} label {run} {data} -o filled.csv");
        if can(s, Ability::Reconstruct) && !own.columns.is_empty() {
            text += &format!("\n  {program} reconstruct {run} {data} -o imputed.csv");
        }
        return text;
    }
    let input = s.data.parse::<Source>().ok().and_then(|source| source.input_word()).unwrap_or("INPUT");
    if can(s, Ability::Classify) {
        if in_doubt {
            text += &format!("  {program} suggest {run} {input} -o to-label.csv\n");
        }
        if can(s, Ability::Reconstruct) {
            text += &format!("  {program} reconstruct {run} {input} -o grid.png\n");
        } else {
            text += &format!("  {program} evaluate {run}\n");
        }
        return text + &format!("  {program} predict {run} {input} -o out.csv");
    }
    if can(s, Ability::Sample) {
        text += &format!("  {program} likelihood {run}\n  {program} sample {run} -o samples.png\n");
    }
    text + &format!("  {program} codes {run} {input} -o codes.csv")
}
