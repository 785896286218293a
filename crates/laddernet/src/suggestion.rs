//! Rows whose labels would teach most, where few rows have one: typical rows of what no label stands for yet.
//!
//! ```text
//! clusters      as many as there are labelled rows and rows to suggest, by k-means
//! typicality    1 / (mean distance to the 20 nearest rows)
//! a suggestion  the most typical row of the cluster with the fewest labelled or suggested rows, of equals the largest
//! ```
//! TypiClust: Hacohen, Dekel and Weinshall, "Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets", ICML 2022, with its
//! constants. What a model is unsure of is no guide while it has few labels: it is sure of what it has wrong (`results/LOG.md`).

mod kmeans;

use crate::dataset::Dataset;
use crate::graph::{GraphError, Neighbours};
use kmeans::clusters;
use laddernet_math::Threads;
use laddernet_math::random::{Purpose, permutation};

/// Clusters, at most.
const MOST_CLUSTERS: usize = 500;
/// Neighbours that say how typical a row is.
const NEIGHBOURS: usize = 20;
/// Rows below which a cluster is nothing to speak for.
const SMALL_CLUSTER: usize = 5;
/// Rows that are looked at: more are a sample.
pub const MOST_ROWS: usize = 10_000;

/// A row worth a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suggestion {
    /// The row.
    pub row: usize,
    /// The share of all rows that are in its cluster, from 0 to 1.
    pub stands_for: f64,
}

/// Rows to label, the first to begin with: `count` of them, or as many as there are without a label. `data` are rows as near to each other as they
/// are alike, inputs or codes; `labelled` are those that have a label. Of more than [`MOST_ROWS`] rows a sample is
/// looked at, those with a label first up to a half; it follows from `seed`, as the clusters do.
///
/// # Errors
/// When there are no two rows, or one has a value that is no number.
///
/// # Panics
/// When a labelled row is none of the data.
pub fn suggest(
    data: &Dataset,
    labelled: &[usize],
    count: usize,
    seed: u64,
    threads: &Threads,
) -> Result<Vec<Suggestion>, GraphError> {
    let mut has_label = vec![false; data.rows()];
    labelled.iter().for_each(|&row| has_label[row] = true);
    let order = permutation(seed, Purpose::Suggestion, 0, data.rows()).into_iter();
    let (mut looked_at, mut open): (Vec<usize>, Vec<usize>) = order.partition(|&row| has_label[row]);
    // As many without a label as there is room for, and at least half.
    looked_at.truncate(MOST_ROWS - open.len().min(MOST_ROWS / 2));
    open.truncate(MOST_ROWS - looked_at.len());
    looked_at.append(&mut open);
    looked_at.sort_unstable();
    let rows = data.select(&looked_at);
    let n = rows.rows();
    let neighbours = Neighbours::of(&rows, NEIGHBOURS.min(n.saturating_sub(1)), threads)?;
    let distance = |row: usize| neighbours.squared_distances(row).iter().map(|d| d.sqrt()).sum::<f64>();
    let distances: Vec<f64> = (0..n).map(distance).collect();

    let known = looked_at.iter().filter(|&&row| has_label[row]).count();
    let of = clusters(&rows, (known + count).clamp(1, MOST_CLUSTERS.min(n)), seed, threads);
    let mut found: Vec<Cluster> = (0..of.iter().max().map_or(0, |last| last + 1)).map(|_| Cluster::default()).collect();
    for (place, &cluster) in of.iter().enumerate() {
        let cluster = &mut found[cluster];
        cluster.rows += 1;
        match has_label[looked_at[place]] {
            true => cluster.labels += 1,
            false => cluster.open.push(place),
        }
    }
    // The most typical last, where it is taken from; of equals the first row.
    let by_typicality = |a: &usize, b: &usize| distances[*b].total_cmp(&distances[*a]).then(b.cmp(a));
    found.iter_mut().for_each(|cluster| cluster.open.sort_by(by_typicality));
    let mut suggestions = Vec::with_capacity(count.min(n));
    while suggestions.len() < count {
        let open = found.iter_mut().filter(|cluster| !cluster.open.is_empty());
        let Some(cluster) = open.min_by_key(|c| (c.rows < SMALL_CLUSTER, c.labels, std::cmp::Reverse(c.rows))) else {
            break;
        };
        let place = cluster.open.pop().expect("an open row");
        cluster.labels += 1;
        suggestions.push(Suggestion { row: looked_at[place], stands_for: cluster.rows as f64 / n as f64 });
    }
    Ok(suggestions)
}

/// A cluster of rows, by their places.
#[derive(Default)]
struct Cluster {
    rows: usize,
    labels: usize,
    open: Vec<usize>,
}

#[cfg(test)]
mod tests;
