//! What is to be said of a grouping: whether it was used, why not, and whose label would say most of what is in doubt.

use super::grouping::ranks;
use super::{FewLabels, Groups};
use serde::{Deserialize, Serialize};

/// Labelled rows that the partition contradicts, as a share, from which on it does not fit.
const CONTRADICTED: f64 = 0.15;
/// The share of the rows whose class must be the same by another graph. On satimage, where groups do not help, it is 76 to 87 %; on the digits,
/// optdigits and MNIST mostly 95 to 99 % (`results/LOG.md`).
const AGREE: f64 = 0.9;
/// Classes whose edges leave them to this part are no groups.
const OPEN: f64 = 0.25;
/// Evidence in nats by which names must be decided.
const DECIDED: f64 = 0.75;

/// Two groups or more whose names are in doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InDoubt {
    /// The classes whose names could be exchanged.
    pub classes: Vec<u16>,
    /// The row of the data, from 0, without a label, whose label would say most: it settles an exchange of two names.
    pub row: usize,
}

/// How rows were grouped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grouped {
    /// Whether anchors were drawn from the groups.
    pub used: bool,
    /// Why not, where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Rows that were grouped.
    pub rows: usize,
    /// Of how many they are a sample, where not all were grouped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_of: Option<usize>,
    /// Rows that were labelled besides the given ones.
    pub anchors: usize,
    /// Labelled rows that are in another group than their own class's, as rows of the data from 0.
    pub contradicted: Vec<usize>,
    /// The share of its edges that leaves each group, from 0 to 1.
    pub cut: Vec<f64>,
    /// The share of each class among all rows.
    pub shares: Vec<f64>,
    /// Whether the shares are within the bounds that were set.
    pub shares_within: bool,
    /// Names in doubt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_doubt: Option<InDoubt>,
    /// The least share of the rows that are in the same class by a graph of fewer or of more neighbours.
    pub graphs_agree: f64,
    /// Of the rows of each group, the share that the trained model predicts as its class; of a training that came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_so: Option<Vec<f64>>,
}

impl Grouped {
    /// What groups say of themselves and of the labels. `rows` are the rows of the data that were grouped, `labelled` places among them,
    /// `names` those of the classes.
    pub fn new(
        groups: &Groups,
        rows: &[usize],
        labelled: &[(usize, u16)],
        names: &[String],
        settings: &FewLabels,
    ) -> Self {
        let is_other = |&&(row, class): &&(usize, u16)| groups.free[row] != class;
        let contradicted: Vec<usize> = labelled.iter().filter(is_other).map(|&(row, _)| rows[row]).collect();
        let mut grouped = Grouped {
            used: true,
            reason: None,
            rows: rows.len(),
            sample_of: None,
            anchors: 0,
            contradicted,
            cut: groups.cut.by_class.clone(),
            shares: groups.grouping.shares.clone(),
            shares_within: groups.grouping.sizes_reached,
            in_doubt: in_doubt(groups, rows, labelled),
            graphs_agree: groups.agreement,
            predicted_so: None,
        };
        grouped.reason = grouped.unfit(labelled.len(), names).filter(|_| settings.only_if_it_fits);
        grouped.used = grouped.reason.is_none();
        grouped
    }

    /// Of rows that make no groups, for this reason.
    pub(crate) fn passed_over(reason: String, rows: usize) -> Self {
        Grouped {
            used: false,
            reason: Some(reason),
            rows,
            sample_of: None,
            anchors: 0,
            contradicted: Vec::new(),
            cut: Vec::new(),
            shares: Vec::new(),
            shares_within: false,
            in_doubt: None,
            graphs_agree: 0.0,
            predicted_so: None,
        }
    }

    /// The same with rows as the data count them: `from` says which row of the data each of a part of them is.
    #[must_use]
    pub(crate) fn of_the_data(mut self, from: &[usize]) -> Self {
        let rows = self.contradicted.iter_mut().chain(self.in_doubt.as_mut().map(|doubt| &mut doubt.row));
        rows.for_each(|row| *row = from[*row]);
        self
    }

    /// Why the groups do not fit the data.
    fn unfit(&self, labels: usize, names: &[String]) -> Option<String> {
        let wrong = self.contradicted.len();
        if wrong as f64 > CONTRADICTED * labels as f64 {
            return Some(format!("{wrong} of {labels} labelled rows are in the group of another class"));
        }
        if self.graphs_agree < AGREE {
            return Some(format!(
                "graphs of fewer and of more neighbours agree on the classes of only {:.0} % of the rows",
                100.0 * self.graphs_agree
            ));
        }
        if !self.shares_within {
            return Some("no groups of the expected sizes were found".to_owned());
        }
        let (class, open) = self.cut.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        (*open > OPEN).then(|| {
            format!("{:.0} % of the edges of the group of class '{}' lead out of it", 100.0 * open, names[class])
        })
    }
}

/// The first class without a label that could name a group.
pub(crate) fn unnamed(labelled: &[(usize, u16)], classes: usize) -> Option<usize> {
    (0..classes).find(|&class| labelled.iter().all(|&(_, of)| usize::from(of) != class))
}

/// That there is one.
pub(crate) fn no_label(labelled: &[(usize, u16)], names: &[String]) -> Option<String> {
    let class = unnamed(labelled, names.len())?;
    Some(format!("class '{}' has no labelled row to name a group by", names[class]))
}

/// Where names could be exchanged: of the rows without a label the surest one of the first of these groups.
fn in_doubt(groups: &Groups, rows: &[usize], labelled: &[(usize, u16)]) -> Option<InDoubt> {
    let named = &groups.named;
    if named.margin >= DECIDED || named.next_best.is_empty() {
        return None;
    }
    let classes: Vec<u16> = named.next_best.iter().map(|&group| named.class_of[usize::from(group)]).collect();
    let sure = ranks(&groups.grouping);
    let has_label = |row: usize| labelled.iter().any(|&(other, _)| other == row);
    let is_of = |&row: &usize| groups.free[row] == classes[0] && !has_label(row);
    let row = (0..rows.len()).filter(is_of).max_by(|&a, &b| sure[a].total_cmp(&sure[b]))?;
    Some(InDoubt { row: rows[row], classes })
}
