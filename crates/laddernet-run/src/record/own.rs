//! What a summary says of a user's own data: rows, labels, and what became of each column.

use laddernet::Dataset;
use laddernet::dataset::{ColumnPlan, Treatment};
use laddernet::session::Session;
use laddernet::table::ColumnKind;
use laddernet_data::own::AboutOwn;
use serde::{Deserialize, Serialize};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnSummary {
    /// The column of labels.
    pub target: Option<String>,
    /// Whether it was named, and not taken for its name.
    pub target_was_named: bool,
    /// Labelled rows of each class.
    pub classes: Vec<ClassCount>,
    /// What stood in the place of the label in unlabelled rows, and in how many.
    pub unlabelled: Vec<MarkCount>,
    /// What became of each column.
    pub columns: Vec<ColumnSummary>,
    /// What else was found and decided, a sentence each.
    pub notes: Vec<String>,
}

/// Labelled rows of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The class.
    pub class: String,
    /// Rows.
    pub rows: usize,
    /// Its share of what the model predicts for the unlabelled rows, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_percent: Option<f64>,
}

/// Unlabelled rows with a mark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkCount {
    /// What stood there.
    pub mark: String,
    /// Rows.
    pub rows: usize,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: String,
    /// What becomes of it, in words.
    pub becomes: String,
    /// Inputs that it gives.
    pub inputs: usize,
}

impl OwnSummary {
    pub(crate) fn new(about: &AboutOwn, session: &Session) -> Self {
        let plans = session.preprocessing().encoding.columns().map(|columns| columns.plans()).unwrap_or_default();
        let mut own = OwnSummary::of_plans(about, plans, session.rows());
        let shifts = session.shifts();
        if !shifts.is_empty() {
            let shown = shifts.iter().take(5).map(|shift| format!("'{}' by {:+.1}", shift.column, shift.deviations));
            let shown: Vec<String> = shown.collect();
            let more = if shifts.len() > 5 { format!(" and {} more", shifts.len() - 5) } else { String::new() };
            own.notes.push(format!(
                "the labelled rows are not like the others, in deviations of the column: {}{more}. What the labels teach may not hold for \
                 the rest",
                shown.join(", ")
            ));
        }
        own
    }

    pub(crate) fn of_plans(about: &AboutOwn, plans: &[ColumnPlan], rows: &Dataset) -> Self {
        let mut notes = about.notes.clone();
        if about.test_rows_learned_from > 0 {
            notes.push(format!(
                "{} test rows are the same as rows that are learned from: the test error is too low by what that makes",
                about.test_rows_learned_from
            ));
        }
        let single = about.counts.iter().filter(|(_, rows)| *rows == 1).map(|(class, _)| format!("'{class}'"));
        let single: Vec<String> = single.collect();
        if !single.is_empty() {
            let more = if single.len() > 10 { format!(" and {} more", single.len() - 10) } else { String::new() };
            notes.push(format!("classes with one label alone: {}{more}", single[..single.len().min(10)].join(", ")));
        }
        notes.extend(plans.iter().enumerate().filter_map(|(column, plan)| id_note(plan, column, rows)));
        OwnSummary {
            target: about.target.clone(),
            target_was_named: about.target_was_named,
            classes: about
                .counts
                .iter()
                .map(|(class, rows)| ClassCount { class: class.clone(), rows: *rows, predicted_percent: None })
                .collect(),
            unlabelled: about
                .unlabelled
                .iter()
                .map(|(mark, rows)| MarkCount { mark: mark.clone(), rows: *rows })
                .collect(),
            columns: plans.iter().map(ColumnSummary::of).collect(),
            notes,
        }
    }
}

impl ColumnSummary {
    /// Of a fitted column.
    pub fn of(plan: &ColumnPlan) -> Self {
        let and_gaps = |missing: bool| if missing { ", and whether it is missing" } else { "" };
        let becomes = match &plan.treatment {
            // Models of before `Grey` have numbers that are not clipped.
            Treatment::Number { mean: 0.0, deviation: highest, clip: 1e6.., missing }
            | Treatment::Grey { highest, missing } => {
                format!("a grey value, divided by {highest}{}", and_gaps(*missing))
            }
            Treatment::Number { mean, deviation, missing, .. } => {
                let mean = f64::from(*mean) + plan.column.kind.origin();
                format!("standardised (mean {mean:.4}, deviation {deviation:.4}){}", and_gaps(*missing))
            }
            Treatment::Two => "-1 or 1".to_owned(),
            Treatment::OneOf { words, other: false } => format!("one of {} words", words.len()),
            Treatment::OneOf { words, other: true } => {
                format!("one of the {} commonest words, or another", words.len())
            }
            Treatment::Date { year, week, day, missing, .. } => {
                let parts = [(*year, "year"), (*week, "week"), (*day, "day")];
                let parts: Vec<&str> = parts.into_iter().filter_map(|(is, part)| is.then_some(part)).collect();
                let places = if parts.is_empty() { String::new() } else { format!(", place in {}", parts.join(", ")) };
                format!("days, standardised{places}{}", and_gaps(*missing))
            }
            Treatment::Dropped(why) => format!("not used: {why}"),
        };
        let kind = match &plan.column.kind {
            ColumnKind::Words(words) => format!("words ({} different)", words.len()),
            kind => kind.to_string(),
        };
        ColumnSummary { name: plan.column.name.clone(), kind, becomes, inputs: plan.treatment.width() }
    }
}

/// A running number tells nothing of a new row, but is not dropped unasked: in time series and the like it may.
fn id_note(plan: &ColumnPlan, column: usize, rows: &Dataset) -> Option<String> {
    if !matches!(plan.treatment, Treatment::Number { missing: false, .. }) || rows.rows() < 20 {
        return None;
    }
    let first = rows.cells(0)[column];
    let runs = (0..rows.rows()).all(|row| rows.cells(row)[column] == first + row as f32);
    let named =
        ["id", "uuid", "index", "no", "row", "number"].contains(&plan.column.name.to_ascii_lowercase().as_str());
    (runs || named)
        .then(|| format!("column '{}' looks like a running number or an id: drop it, if it is one", plan.column.name))
}
