//! What a summary says of the groups that few labels named.

use laddernet::few_labels::Grouped;
use laddernet::session::ContradictedGroup;
use serde::{Deserialize, Serialize};

/// How rows were grouped before few labels were learned. Rows are rows of the data, from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FewLabelsSummary {
    /// Whether rows were labelled besides.
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
    /// The part of the rows that are in the same class by a graph of fewer or of more neighbours.
    pub graphs_agree_percent: f64,
    /// Labelled rows that are in the group of another class.
    pub contradicted: Vec<usize>,
    /// Each group, by the class that names it.
    pub groups: Vec<Group>,
    /// Names that the labels hardly decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_doubt: Option<Doubt>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The class that names it.
    pub class: String,
    /// Its part of all rows.
    pub percent: f64,
    /// The part of its edges that leads out of it.
    pub edges_out_percent: f64,
    /// The part of its rows that the trained model predicts as its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_so_percent: Option<f64>,
}

/// Groups whose names could be exchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Their classes.
    pub classes: Vec<String>,
    /// A row without a label, whose label would say most: it settles an exchange of two names.
    pub row: usize,
}

impl FewLabelsSummary {
    /// Of what a training says, with the names of its classes.
    pub(super) fn new(grouped: &Grouped, names: &[String]) -> Self {
        let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
        let group = |class: usize| Group {
            class: name(class),
            percent: 100.0 * grouped.shares[class],
            edges_out_percent: 100.0 * grouped.cut[class],
            predicted_so_percent: grouped.predicted_so.as_ref().map(|shares| 100.0 * shares[class]),
        };
        FewLabelsSummary {
            used: grouped.used,
            reason: grouped.reason.clone(),
            rows: grouped.rows,
            sample_of: grouped.sample_of,
            anchors: grouped.anchors,
            graphs_agree_percent: 100.0 * grouped.graphs_agree,
            contradicted: grouped.contradicted.clone(),
            groups: (0..grouped.shares.len()).map(group).collect(),
            in_doubt: grouped.in_doubt.as_ref().map(|doubt| Doubt {
                classes: doubt.classes.iter().map(|&class| name(usize::from(class))).collect(),
                row: doubt.row,
            }),
        }
    }

    /// Classes in a sentence.
    pub fn list(&self, classes: &[String]) -> String {
        classes.iter().map(|class| format!("'{class}'")).collect::<Vec<_>>().join(", ")
    }

    /// What may be wrong with a model that was trained so.
    pub(super) fn warning(&self) -> Option<String> {
        let is_lost = |group: &&Group| group.predicted_so_percent.is_some_and(|percent| percent < 90.0);
        let lost: Vec<String> = self.groups.iter().filter(is_lost).map(|group| group.class.clone()).collect();
        (self.used && !lost.is_empty()).then(|| {
            format!(
                "the model and the groups that the rows fall into differ on {}: one of the two is wrong there; label some more rows of these \
                 classes",
                self.list(&lost)
            )
        })
    }
}

/// A group of rows whose labels and predictions are of different classes, of a ladder that was trained without groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contradiction {
    /// The class of its labels, and the one that the model predicts for most of its other rows.
    pub classes: [String; 2],
    /// Of the rows that are surest of the group, the part that is predicted as the class of its labels.
    pub predicted_so_percent: f64,
    /// A row of the data, from 0, without a label, whose label would say which of the two is right.
    pub row: usize,
}

impl Contradiction {
    /// Of what a session found, with the names of its classes.
    pub(super) fn new(found: &ContradictedGroup, names: &[String]) -> Self {
        let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| class.to_string());
        Contradiction {
            classes: [found.class, found.other].map(name),
            predicted_so_percent: 100.0 * found.predicted_so,
            row: found.row,
        }
    }

    /// In a sentence.
    pub(super) fn warning(&self) -> String {
        let [class, other] = &self.classes;
        format!(
            "it may have lost class '{class}': of the surest rows in the group of class '{class}' it predicts only {:.0} % as \
             '{class}', and most others as '{other}'. Train it with few_labels 'on', which learns from such groups; or label \
             row {} of the data (from 0), which says whether the group is right",
            self.predicted_so_percent, self.row
        )
    }
}
