//! From codes and a few labels to a named partition of the rows.

use super::FewLabels;
use super::naming::{Named, assign, name};
use crate::dataset::Dataset;
use crate::graph::{
    Cut, Graph, GraphError, Grouping, NO_CLASS, Neighbours, Regrouped, Sizes, Source, Start, cut, poisson_mbo, regroup,
    walk,
};
use laddernet_math::Threads;
use laddernet_math::random::{Purpose, permutation};

/// Rows in named groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    /// The class of each row and how sure it is, the labels being sources.
    pub grouping: Grouping,
    /// The normalised cut of each class.
    pub cut: Cut,
    /// The class that each row has in the partition that no label holds: labels have begun it and named its groups. They can be held against it.
    pub free: Vec<u16>,
    /// How the labels named it.
    pub named: Named,
    /// Pairs of classes that were cut anew.
    pub cut_anew: usize,
    /// Whether each row is in the same class by every graph.
    pub agreed: Vec<bool>,
    /// The least share of the rows that are in the same class by another graph.
    pub agreement: f64,
}

impl Groups {
    /// Of the rows of each group, the share that has this class by another's `predicted`, one a row.
    ///
    /// # Panics
    /// When there is not a prediction for each row.
    pub fn predicted_so(&self, predicted: &[u32]) -> Vec<f64> {
        assert_eq!(predicted.len(), self.free.len(), "predictions");
        let (mut rows, mut same) = (vec![0usize; self.grouping.classes()], vec![0usize; self.grouping.classes()]);
        for (&group, &class) in self.free.iter().zip(predicted).filter(|(group, _)| **group != NO_CLASS) {
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

/// Neighbours of the graphs besides the first, as parts of its neighbours: groups that only one of them shows are none.
const OTHERS: [f64; 2] = [0.6, 1.6];

/// The rows to group, in their order: the labelled ones of `rows`, and of the others all, or `most` at random. The time that exact neighbours take
/// grows with the square of their number, and what is wanted of groups are some rows of each. `rows` and `labelled` are sorted.
pub fn sample(rows: &[usize], labelled: &[usize], most: usize, seed: u64) -> Vec<usize> {
    let (mut taken, others): (Vec<usize>, Vec<usize>) =
        rows.iter().partition(|row| labelled.binary_search(row).is_ok());
    if others.len() <= most {
        return rows.to_vec();
    }
    let order = permutation(seed, Purpose::GroupedRows, 0, others.len());
    taken.extend(order.into_iter().take(most).map(|place| others[place]));
    taken.sort_unstable();
    taken
}

/// The labelled rows, as places among the sampled ones, and their classes. All are sorted.
pub(crate) fn labelled_places(data: &Dataset, sampled: &[usize], labelled: &[usize]) -> Vec<(usize, u16)> {
    let of_row = |row: &usize| {
        let place = sampled.binary_search(row).ok()?;
        Some((place, u16::try_from(data.labels()[*row]?).ok()?))
    };
    labelled.iter().filter_map(of_row).collect()
}

/// The graphs of codes, one code a row: the first of as many neighbours as the settings say, the others of fewer and of more.
///
/// # Errors
/// When there are fewer than two rows, or a code is not finite.
pub fn graphs(codes: &Dataset, settings: &FewLabels, threads: &Threads) -> Result<Vec<Graph>, GraphError> {
    let most = codes.rows().saturating_sub(1);
    let other = |part: f64| (part * settings.neighbours as f64).round().max(1.0) as usize;
    let mut counts = vec![settings.neighbours.min(most)];
    counts.extend(OTHERS.map(other).map(|count| count.min(most)));
    let neighbours = Neighbours::of(codes, counts.iter().copied().max().unwrap_or(1), threads)?;
    Ok(counts.into_iter().map(|count| Graph::of(&neighbours.nearest(count))).collect())
}

/// Groups the rows into so many classes by the first of some graphs of them, and asks the others whether they see the same. `labelled` are rows
/// and their classes.
///
/// # Errors
/// When a class has no labelled row, or there are too few rows.
///
/// # Panics
/// When there is no graph.
pub fn group(
    graphs: &[Graph],
    classes: usize,
    labelled: &[(usize, u16)],
    settings: &FewLabels,
    threads: &Threads,
) -> Result<Groups, GraphError> {
    let (rows, of): (Vec<usize>, Vec<u16>) = labelled.iter().copied().unzip();
    let labels = Labels { rows: &rows, of: &of, classes };
    let (graph, others) = graphs.split_first().expect("a graph");
    let mut sizes = settings.sizes(classes);
    let mut found = labels.partition(graph, &sizes, settings, threads)?;
    if let Some(wide) = settings.wide_sizes(classes) {
        let other = labels.partition(graph, &wide, settings, threads)?;
        if other.regrouped.cut.total < FAR_BETTER * found.regrouped.cut.total {
            (found, sizes) = (other, wide);
        }
    }
    let grouping = labels.spread(graph, &sizes, Start::Labels(&found.classes), settings, threads)?;
    let (mut agreed, mut agreement) = (vec![true; grouping.labels.len()], 1.0f64);
    for other in others {
        let start = labels.partition(other, &sizes, settings, threads)?.classes;
        let other = labels.spread(other, &sizes, Start::Labels(&start), settings, threads)?.labels;
        let same: Vec<bool> = grouping.labels.iter().zip(&other).map(|(own, other)| own == other).collect();
        agreement = agreement.min(same.iter().filter(|same| **same).count() as f64 / same.len().max(1) as f64);
        agreed.iter_mut().zip(same).for_each(|(all, same)| *all &= same);
    }
    let cut = cut(graph, &grouping.labels, classes)?;
    let (cut_anew, named, free) = (found.regrouped.pairs.len(), found.named, found.classes);
    Ok(Groups { grouping, cut, free, named, cut_anew, agreed, agreement })
}

/// The labelled rows, and their classes.
struct Labels<'a> {
    rows: &'a [usize],
    of: &'a [u16],
    classes: usize,
}

/// A partition whose groups have names.
struct Partition {
    regrouped: Regrouped,
    named: Named,
    classes: Vec<u16>,
}

impl Labels<'_> {
    fn source(&self) -> Source<'_> {
        Source { rows: self.rows, classes: self.of, weights: None }
    }

    /// The classes that spread from the labels.
    fn spread(
        &self,
        graph: &Graph,
        sizes: &Sizes,
        start: Start<'_>,
        settings: &FewLabels,
        threads: &Threads,
    ) -> Result<Grouping, GraphError> {
        poisson_mbo(graph, &self.source(), sizes, start, &settings.mbo(), threads)
    }

    /// The partition that these become when no label holds them, with pairs cut anew and named.
    fn partition(
        &self,
        graph: &Graph,
        sizes: &Sizes,
        settings: &FewLabels,
        threads: &Threads,
    ) -> Result<Partition, GraphError> {
        let walked = walk(graph, &self.source(), self.classes, WALK, threads)?;
        let evidence = |groups: &[u16]| evidence(&walked, groups, self.of, self.classes);
        let contradicted = |groups: &[u16]| {
            let class_of = assign(self.classes, &evidence(groups));
            let is_other =
                |(&row, &class): (&usize, &u16)| groups[row] != NO_CLASS && class_of[usize::from(groups[row])] != class;
            self.rows.iter().zip(self.of).filter(|&labelled| is_other(labelled)).count()
        };
        let regrouped = |from: &[u16]| {
            let regrouped = regroup(graph, from, sizes, &settings.mbo(), &contradicted, threads)?;
            let named = name(self.classes, &evidence(&regrouped.grouping.labels));
            let call = |group: &u16| if *group == NO_CLASS { NO_CLASS } else { named.class_of[usize::from(*group)] };
            let classes = regrouped.grouping.labels.iter().map(call).collect();
            Ok::<_, GraphError>(Partition { regrouped, named, classes })
        };
        let first = self.spread(graph, sizes, Start::Poisson, settings, threads)?;
        let found = regrouped(&first.labels)?;
        // A group that gets another name gets other bounds of its size, too.
        let exchanged =
            (0..).zip(&found.named.class_of).any(|(group, &class)| !sizes.are_alike(group, usize::from(class)));
        if exchanged { regrouped(&found.classes) } else { Ok(found) }
    }
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
