//! From codes and a few labels to a named partition of the rows.

use super::FewLabels;
use super::naming::{Named, name};
use crate::dataset::Dataset;
use crate::graph::{
    Cut, Graph, GraphError, Grouping, NO_CLASS, Neighbours, Sizes, Source, Start, cut, poisson_mbo, regroup, walk,
};
use laddernet_math::Threads;

/// Rows in named groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// The class of each row and how sure it is, the labels being sources.
    pub grouping: Grouping,
    /// The normalised cut of each class.
    pub cut: Cut,
    /// The class that each row has in the partition that no label but a name has touched: what the labels can be held against.
    pub without_labels: Vec<u16>,
    /// How the labels named it.
    pub named: Named,
    /// Pairs of classes that were cut anew.
    pub cut_anew: usize,
}

impl Groups {
    /// Of the rows of each group, the share that has this class by another's `predicted`, one a row.
    ///
    /// # Panics
    /// When there is not a prediction for each row.
    pub fn agreement(&self, predicted: &[u32]) -> Vec<f64> {
        assert_eq!(predicted.len(), self.without_labels.len(), "predictions");
        let (mut rows, mut same) = (vec![0usize; self.grouping.classes()], vec![0usize; self.grouping.classes()]);
        for (&group, &class) in self.without_labels.iter().zip(predicted).filter(|(group, _)| **group != NO_CLASS) {
            rows[usize::from(group)] += 1;
            same[usize::from(group)] += usize::from(u32::from(group) == class);
        }
        same.iter().zip(rows).map(|(&same, rows)| same as f64 / rows.max(1) as f64).collect()
    }
}

/// Steps of the walks that name groups: they leave the neighbourhood of an odd row, and hardly its group.
const WALK: usize = 40;
/// The probability of a group that no walk gets to.
const NEVER: f64 = 1e-3;
/// Classes of sizes that are far from alike are believed where their normalised cut is smaller than this part of that of equal ones: small
/// groups can always be cut off somewhere.
const FAR_BETTER: f64 = 0.5;

/// The graph of codes, one a row.
///
/// # Errors
/// When there are fewer than two rows, or a code is not finite.
pub fn graph(codes: &Dataset, settings: &FewLabels, threads: &Threads) -> Result<Graph, GraphError> {
    let neighbours = settings.neighbours.min(codes.rows().saturating_sub(1));
    Ok(Graph::of(&Neighbours::of(codes, neighbours, threads)?))
}

/// Groups the rows of a graph into so many classes. `labelled` are rows and their classes.
///
/// # Errors
/// When a class has no labelled row, or there are too few rows.
pub fn group(
    graph: &Graph,
    classes: usize,
    labelled: &[(usize, u16)],
    settings: &FewLabels,
    threads: &Threads,
) -> Result<Groups, GraphError> {
    let mbo = settings.mbo();
    let (rows, of): (Vec<usize>, Vec<u16>) = labelled.iter().copied().unzip();
    let source = Source { rows: &rows, classes: &of, weights: None };
    let walked = walk(graph, &source, classes, WALK, threads)?;
    let named = |groups: &[u16]| name(classes, &evidence(&walked, groups, &of, classes));
    let contradicted = |groups: &[u16]| {
        let named = named(groups);
        let is_other = |&&(row, class): &&(usize, u16)| {
            groups[row] != NO_CLASS && named.class_of[usize::from(groups[row])] != class
        };
        labelled.iter().filter(is_other).count()
    };
    let found = |sizes: &Sizes| {
        let from_labels = poisson_mbo(graph, &source, sizes, Start::Poisson, &mbo, threads)?;
        regroup(graph, from_labels, sizes, &mbo, &contradicted, threads)
    };
    let mut sizes = settings.sizes(classes);
    let mut best = found(&sizes)?;
    if let Some(wide) = settings.wide_sizes(classes) {
        let other = found(&wide)?;
        if other.cut.total < FAR_BETTER * best.cut.total {
            (best, sizes) = (other, wide);
        }
    }
    let found = best;
    let named = named(&found.grouping.labels);
    let call = |group: &u16| if *group == NO_CLASS { NO_CLASS } else { named.class_of[usize::from(*group)] };
    let without_labels: Vec<u16> = found.grouping.labels.iter().map(call).collect();
    let grouping = poisson_mbo(graph, &source, &sizes, Start::Labels(&without_labels), &mbo, threads)?;
    let cut = cut(graph, &grouping.labels, classes)?;
    Ok(Groups { grouping, cut, without_labels, named, cut_anew: found.pairs.len() })
}

/// What the labels say of the names of groups: for each labelled row of a class the logarithm of the probability that a walk from the
/// class ends in the group. `[groups, classes]`.
fn evidence(walked: &[f64], groups: &[u16], labelled: &[u16], classes: usize) -> Vec<f64> {
    let mut visits = vec![0.0; classes * classes];
    for (of_row, &group) in walked.chunks_exact(classes).zip(groups).filter(|(_, group)| **group != NO_CLASS) {
        let of_group = &mut visits[usize::from(group) * classes..][..classes];
        of_group.iter_mut().zip(of_row).for_each(|(sum, visits)| *sum += visits);
    }
    let labels = |class: usize| labelled.iter().filter(|other| usize::from(**other) == class).count() as f64;
    let log = |(at, visits): (usize, &f64)| labels(at % classes) * (visits + NEVER).ln();
    visits.iter().enumerate().map(log).collect()
}

/// How sure each row is beside the others of its group: 0 the least, 1 the most.
pub(super) fn ranks(grouping: &Grouping) -> Vec<f64> {
    let mut ranks = vec![0.0; grouping.labels.len()];
    for rows in grouping.sure(1.0).expect("a share of 1") {
        let last = rows.len().saturating_sub(1).max(1) as f64;
        rows.iter().enumerate().for_each(|(place, &row)| ranks[row] = 1.0 - place as f64 / last);
    }
    ranks
}
