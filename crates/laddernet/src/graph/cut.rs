//! How well a partition cuts a graph where it is thin, without any label: a number to compare partitions of one graph by.
//!
//! ```text
//! cut_c = sum of w_ij, i in class c, j not      vol_c = sum of d_i, i in class c      sum_c cut_c / vol_c
//! ```
//! Shi and Malik, "Normalized Cuts and Image Segmentation", PAMI 2000.

use super::error::GraphError;
use super::grouping::NO_CLASS;
use super::weights::Graph;

/// The normalised cut of a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The share of each class's weight that leaves it, from 0 to 1: `[classes]`. A class without rows has 1, as one whose edges all leave.
    pub by_class: Vec<f64>,
    /// Their sum: the smaller, the better.
    pub total: f64,
}

/// The normalised cut of a graph by these classes, one a row; rows of [`NO_CLASS`] are outside of every class.
///
/// # Errors
/// When there is not one class a row, or a row has a class that is not there.
pub fn cut(graph: &Graph, labels: &[u16], classes: usize) -> Result<Cut, GraphError> {
    if labels.len() != graph.rows() {
        return Err(GraphError::Count { what: "labels", found: labels.len(), of: "rows", expected: graph.rows() });
    }
    let known = |&class: &u16| class == NO_CLASS || usize::from(class) < classes;
    if let Some(row) = labels.iter().position(|class| !known(class)) {
        return Err(GraphError::NoClass { row, class: labels[row], classes });
    }
    let (mut leaving, mut volume) = (vec![0.0; classes], vec![0.0; classes]);
    for (row, &class) in labels.iter().enumerate().filter(|(_, class)| **class != NO_CLASS) {
        let (columns, weights) = graph.of_row(row);
        let others = columns.iter().zip(weights).filter(|(other, _)| labels[**other as usize] != class);
        leaving[usize::from(class)] += others.map(|(_, w)| w).sum::<f64>();
        volume[usize::from(class)] += graph.degrees()[row];
    }
    let share = |(cut, volume): (&f64, &f64)| if *volume > 0.0 { cut / volume } else { 1.0 };
    let by_class: Vec<f64> = leaving.iter().zip(&volume).map(share).collect();
    let total = by_class.iter().sum();
    Ok(Cut { by_class, total })
}
