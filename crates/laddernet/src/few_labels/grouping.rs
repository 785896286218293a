//! From codes and a few labels to a named partition of the rows.

use super::FewLabels;
use super::naming::{Named, name};
use crate::dataset::Dataset;
use crate::graph::{
    Cut, Graph, GraphError, Grouping, NO_CLASS, Neighbours, Sizes, Source, Start, cut, poisson_mbo, regroup,
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
    let votes = |groups: &[u16], sure: &dyn Fn(usize) -> f64| {
        let vote = |&(row, class): &(usize, u16)| (groups[row] != NO_CLASS).then(|| (groups[row], class, sure(row)));
        labelled.iter().filter_map(vote).collect::<Vec<_>>()
    };
    let found = |sizes: &Sizes| {
        let from_labels = poisson_mbo(graph, &source, sizes, Start::Poisson, &mbo, threads)?;
        let first = from_labels.labels.clone();
        let contradicted = |groups: &[u16]| {
            let votes = votes(groups, &|_| 1.0);
            let named = name(classes, &votes, &spread_over(&first, groups, classes));
            votes.iter().filter(|(group, class, _)| named.class_of[usize::from(*group)] != *class).count()
        };
        let regrouped = regroup(graph, from_labels, sizes, &mbo, &contradicted, threads)?;
        Ok::<_, GraphError>((regrouped, first))
    };
    let mut sizes = settings.sizes(classes);
    let (mut found_best, mut first) = found(&sizes)?;
    if let Some(wide) = settings.wide_sizes(classes) {
        let (other, of_other) = found(&wide)?;
        if other.cut.total < FAR_BETTER * found_best.cut.total {
            (found_best, first, sizes) = (other, of_other, wide);
        }
    }
    let found = found_best;
    let sure = ranks(&found.grouping);
    let groups = &found.grouping.labels;
    let named = name(classes, &votes(groups, &|row| sure[row]), &spread_over(&first, groups, classes));
    let call = |group: &u16| if *group == NO_CLASS { NO_CLASS } else { named.class_of[usize::from(*group)] };
    let without_labels: Vec<u16> = found.grouping.labels.iter().map(call).collect();
    let grouping = poisson_mbo(graph, &source, &sizes, Start::Labels(&without_labels), &mbo, threads)?;
    let cut = cut(graph, &grouping.labels, classes)?;
    Ok(Groups { grouping, cut, without_labels, named, cut_anew: found.pairs.len() })
}

/// Of the rows of each group, the share that `spread` calls each class: `[groups, classes]`.
fn spread_over(spread: &[u16], groups: &[u16], classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes * classes];
    let rows = groups.iter().zip(spread).filter(|(group, class)| **group != NO_CLASS && **class != NO_CLASS);
    rows.for_each(|(&group, &class)| shares[usize::from(group) * classes + usize::from(class)] += 1.0);
    for of_group in shares.chunks_exact_mut(classes) {
        let all: f64 = of_group.iter().sum();
        of_group.iter_mut().for_each(|share| *share /= all.max(1.0));
    }
    shares
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
