//! A partition improved two classes at a time: where labels were unlucky, one class may hold half of two, and no diffusion moves it out of
//! there.
//!
//! ```text
//! PoissonMBO without a source from the given classes; and then, as long as it helps:
//! rows of two classes that share many edges, a graph of their own:  S = D^(-1/2) W D^(-1/2)
//! v the eigenvector of its second largest eigenvalue     f = D^(-1/2) v     cut where sorted f cuts least, within the sizes
//! then PoissonMBO of the two from there, without a source, and if their normalised cut falls, of all classes; kept if that of the whole falls
//! ```
//! The relaxed normalised cut of two classes: Shi and Malik, PAMI 2000. Where a cut falls little, the labels may object: see [`regroup`].

use super::cut::{Cut, cut};
use super::error::GraphError;
use super::grouping::{Grouping, NO_CLASS};
use super::mbo::{MboSettings, Start, poisson_mbo};
use super::sizes::Sizes;
use super::source::Source;
use super::weights::Graph;
use laddernet_math::Threads;
use nalgebra::{DMatrix, SymmetricEigen};

/// Steps of Lanczos' iteration. The second eigenvalue of two classes stands well apart from the third.
const STEPS: usize = 80;
/// New cuts that are tried on the whole graph, a class, and at most.
const TRIES: usize = 2;
const MOST_TRIES: usize = 40;
/// The part of the two classes' own cut by which a new one has to be smaller, to be tried on the whole graph.
const WORTH_A_TRY: f64 = 0.95;
/// A new partition is kept if its cut is smaller than this part of the old one...
const BETTER: f64 = 0.99;
/// ... and, if more labelled rows contradict it, than this part for each of them: they may be odd rows of their class.
const BETTER_THAN_A_LABEL: f64 = 0.8;

/// A partition that no pair of its classes improves.
#[derive(Clone, Debug, PartialEq)]
pub struct Regrouped {
    /// The partition.
    pub grouping: Grouping,
    /// Its normalised cut.
    pub cut: Cut,
    /// The pairs of classes that were cut anew, in this order.
    pub pairs: Vec<(u16, u16)>,
}

/// The partition that these classes, one a row, become without a source, so that no row is held to a class; with pairs of classes cut anew as
/// long as that makes the normalised cut of the whole smaller. `mbo` says how far classes spread. `contradicted` counts the labelled
/// rows that a partition contradicts, one class a row; where these become more, the cut has to be smaller by a fifth for each.
///
/// # Errors
/// When the classes are not those of `sizes`, there is not one a row, or there are fewer rows than classes.
pub fn regroup(
    graph: &Graph,
    labels: &[u16],
    sizes: &Sizes,
    mbo: &MboSettings,
    contradicted: &dyn Fn(&[u16]) -> usize,
    threads: &Threads,
) -> Result<Regrouped, GraphError> {
    let free = |graph: &Graph, labels: &[u16], sizes: &Sizes| without_source(graph, labels, sizes, mbo, threads);
    let (grouping, whole) = free(graph, labels, sizes)?;
    let mut found = Regrouped { grouping, cut: whole, pairs: Vec::new() };
    // Classes that are groups need a few; the bound is for graphs that show none.
    let mut tries = (TRIES * sizes.classes()).min(MOST_TRIES);
    while let Some(better) = better(graph, &found, sizes, contradicted, &mut tries, &free)? {
        found = better;
    }
    Ok(found)
}

/// PoissonMBO from these classes with no weight on labelled rows, and the normalised cut.
fn without_source(
    graph: &Graph,
    labels: &[u16],
    sizes: &Sizes,
    mbo: &MboSettings,
    threads: &Threads,
) -> Result<(Grouping, Cut), GraphError> {
    let classes: Vec<u16> = (0..sizes.classes() as u16).collect();
    // Any rows will do that are reached: they have no weight.
    let reached = labels.iter().enumerate().filter(|(_, class)| **class != NO_CLASS);
    let rows: Vec<usize> = reached.map(|(row, _)| row).take(classes.len()).collect();
    let source = Source { rows: &rows, classes: &classes, weights: None };
    let mbo = MboSettings { mu: 0.0, ..mbo.clone() };
    let grouping = poisson_mbo(graph, &source, sizes, Start::Labels(labels), &mbo, threads)?;
    let whole = cut(graph, &grouping.labels, classes.len())?;
    Ok((grouping, whole))
}

/// What classes become without a source, and the normalised cut.
type Free<'a> = dyn Fn(&Graph, &[u16], &Sizes) -> Result<(Grouping, Cut), GraphError> + 'a;

/// The first pair of classes, of those that share most edges, whose new cut makes that of the whole smaller.
fn better(
    graph: &Graph,
    now: &Regrouped,
    sizes: &Sizes,
    contradicted: &dyn Fn(&[u16]) -> usize,
    tries: &mut usize,
    free: &Free<'_>,
) -> Result<Option<Regrouped>, GraphError> {
    let (labels, classes) = (&now.grouping.labels, now.grouping.classes());
    let before = contradicted(labels);
    for pair in near(graph, labels, classes) {
        if *tries == 0 {
            break;
        }
        let Some(anew) = halves(graph, labels, pair, &now.grouping.shares, sizes, free)? else { continue };
        *tries -= 1;
        let (grouping, whole) = free(graph, &anew, sizes)?;
        let more = contradicted(&grouping.labels).saturating_sub(before);
        let least = BETTER.min(BETTER_THAN_A_LABEL.powi(more as i32));
        if whole.total < least * now.cut.total {
            let mut pairs = now.pairs.clone();
            pairs.push(pair);
            return Ok(Some(Regrouped { grouping, cut: whole, pairs }));
        }
    }
    Ok(None)
}

/// Pairs of classes, those first whose edges to each other are the largest part of the smaller one's.
fn near(graph: &Graph, labels: &[u16], classes: usize) -> Vec<(u16, u16)> {
    let (mut between, mut volume) = (vec![0.0; classes * classes], vec![0.0; classes]);
    for (row, &class) in labels.iter().enumerate().filter(|(_, class)| **class != NO_CLASS) {
        let (columns, weights) = graph.of_row(row);
        for (&other, w) in columns.iter().zip(weights) {
            let other = labels[other as usize];
            if other != NO_CLASS {
                between[usize::from(class) * classes + usize::from(other)] += w;
            }
        }
        volume[usize::from(class)] += graph.degrees()[row];
    }
    let share = |&(a, b): &(usize, usize)| between[a * classes + b] / volume[a].min(volume[b]).max(f64::MIN_POSITIVE);
    let mut pairs: Vec<(usize, usize)> = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b))).collect();
    pairs.retain(|pair| share(pair) > 0.0);
    pairs.sort_by(|p, q| share(q).total_cmp(&share(p)));
    pairs.truncate(2 * classes);
    pairs.into_iter().map(|(a, b)| (a as u16, b as u16)).collect()
}

/// The labels with two classes cut anew, each keeping the name of the one that it holds more of; nothing where the two alone show that it
/// would cut no less.
fn halves(
    graph: &Graph,
    labels: &[u16],
    (a, b): (u16, u16),
    shares: &[f64],
    sizes: &Sizes,
    free: &Free<'_>,
) -> Result<Option<Vec<u16>>, GraphError> {
    let two = Two::of(graph, labels, (a, b));
    let n = two.rows.len();
    if n < 4 {
        return Ok(None);
    }
    // 0 for `a`, 1 for `b`.
    let old: Vec<u16> = two.rows.iter().map(|&row| u16::from(labels[row] == b)).collect();
    let mut f = two.second(STEPS);
    let mean = |class: u16| {
        let of = old.iter().zip(&f).filter(|(old, _)| **old == class);
        let (sum, count) = of.fold((0.0, 0usize), |(sum, count), (_, f)| (sum + f, count + 1));
        sum / count.max(1) as f64
    };
    if mean(0) < mean(1) {
        f.iter_mut().for_each(|f| *f = -*f);
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| f[j].total_cmp(&f[i]));
    let sizes = two_sizes(sizes, usize::from(a), usize::from(b), shares);
    let at = |share: f64| (share * n as f64).round() as usize;
    let least = at(sizes.lower[0]).clamp(1, n - 1);
    let most = at(sizes.upper[0]).clamp(least, n - 1);
    let before = cut(&two.graph, &old, 2)?.total;
    let (best, rows_of_a) = two.least_cut(&order, least, most);
    if best >= WORTH_A_TRY * before {
        return Ok(None);
    }
    let mut anew = vec![1; n];
    order[..rows_of_a].iter().for_each(|&i| anew[i] = 0);
    // Most new cuts go back to the old one as soon as they may, which the two alone show at a small part of the cost.
    if free(&two.graph, &anew, &sizes)?.1.total >= BETTER * before {
        return Ok(None);
    }
    let mut whole = labels.to_vec();
    two.rows.iter().zip(anew).for_each(|(&row, side)| whole[row] = if side == 0 { a } else { b });
    Ok(Some(whole))
}

/// The bounds of two classes within the rows that they have together.
fn two_sizes(sizes: &Sizes, a: usize, b: usize, shares: &[f64]) -> Sizes {
    let both = (shares[a] + shares[b]).max(f64::MIN_POSITIVE);
    let lower = (sizes.lower[a].max(both - sizes.upper[b]) / both).clamp(0.0, 1.0);
    let upper = (sizes.upper[a].min(both - sizes.lower[b]) / both).clamp(lower, 1.0);
    Sizes { lower: vec![lower, 1.0 - upper], upper: vec![upper, 1.0 - lower] }
}

/// The graph of the rows of two classes, of its largest component.
struct Two {
    rows: Vec<usize>,
    graph: Graph,
}

impl Two {
    fn of(graph: &Graph, labels: &[u16], (a, b): (u16, u16)) -> Self {
        let rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == a || labels[row] == b).collect();
        let both = graph.of_rows(&rows);
        let components = both.components();
        let mut count = vec![0usize; components.count];
        components.of.iter().for_each(|&of| count[of as usize] += 1);
        let largest = (0..components.count).rev().max_by_key(|&of| count[of]).unwrap_or(0);
        let within: Vec<usize> = (0..rows.len()).filter(|&i| components.of[i] as usize == largest).collect();
        Two { graph: both.of_rows(&within), rows: within.into_iter().map(|i| rows[i]).collect() }
    }

    /// `D^(-1/2) v`, with `v` the eigenvector of the second largest eigenvalue of `D^(-1/2) W D^(-1/2)`: the largest is 1, and its eigenvector
    /// `D^(1/2) 1` is kept out of Lanczos' iteration, which is orthogonalised in full.
    fn second(&self, steps: usize) -> Vec<f64> {
        let n = self.rows.len();
        let root: Vec<f64> = self.graph.degrees().iter().map(|d| d.sqrt()).collect();
        let first = unit(root.clone());
        // Any start will do that is not orthogonal to the answer.
        let mut q = (0..n).map(|i| ((i * i) as f64 * 0.618_034).sin()).collect::<Vec<f64>>();
        let mut basis: Vec<Vec<f64>> = Vec::new();
        let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
        take_out(&mut q, &first);
        q = unit(q);
        while basis.len() < steps.min(n - 1) {
            let mut next: Vec<f64> = (0..n)
                .map(|i| {
                    let (columns, weights) = self.graph.of_row(i);
                    let ends = columns.iter().map(|&j| j as usize).zip(weights);
                    ends.map(|(j, w)| w * q[j] / root[j]).sum::<f64>() / root[i]
                })
                .collect();
            diagonal.push(dot(&next, &q));
            basis.push(q);
            // Twice is enough.
            for _ in 0..2 {
                take_out(&mut next, &first);
                basis.iter().for_each(|q| take_out(&mut next, q));
            }
            let length = dot(&next, &next).sqrt();
            if length < 1e-10 {
                break;
            }
            beside.push(length);
            q = unit(next);
        }
        let k = basis.len();
        let tridiagonal = DMatrix::from_fn(k, k, |i, j| match i.abs_diff(j) {
            0 => diagonal[i],
            1 => beside[i.min(j)],
            _ => 0.0,
        });
        let eigen = SymmetricEigen::new(tridiagonal);
        let largest = (0..k).max_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j])).expect("a step");
        let coefficients = eigen.eigenvectors.column(largest);
        let value = |i: usize| basis.iter().zip(coefficients.iter()).map(|(q, c)| c * q[i]).sum::<f64>() / root[i];
        (0..n).map(value).collect()
    }

    /// The least normalised cut of the first rows in this order against the others, and how many they are: of `least..=most`.
    fn least_cut(&self, order: &[usize], least: usize, most: usize) -> (f64, usize) {
        let (all, mut inside) = (self.graph.degrees().iter().sum::<f64>(), vec![false; order.len()]);
        let (mut leaving, mut volume, mut best) = (0.0, 0.0, (f64::INFINITY, least));
        for (place, &i) in order.iter().enumerate().take(most) {
            let (columns, weights) = self.graph.of_row(i);
            for (&j, w) in columns.iter().zip(weights) {
                leaving += if inside[j as usize] { -w } else { *w };
            }
            inside[i] = true;
            volume += self.graph.degrees()[i];
            let here = normalised(leaving, volume, all - volume);
            if place + 1 >= least && here < best.0 {
                best = (here, place + 1);
            }
        }
        best
    }
}

fn normalised(leaving: f64, volume: f64, others: f64) -> f64 {
    if volume > 0.0 && others > 0.0 { leaving / volume + leaving / others } else { 2.0 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(mut a: Vec<f64>) -> Vec<f64> {
    let length = dot(&a, &a).sqrt();
    a.iter_mut().for_each(|a| *a /= length);
    a
}

/// Removes from `a` what lies along `q`, which has length 1.
fn take_out(a: &mut [f64], q: &[f64]) {
    let along = dot(a, q);
    a.iter_mut().zip(q).for_each(|(a, q)| *a -= along * q);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of rows, joined densely within, and each to the next one by a few edges.
    fn blocks(count: usize, rows: usize) -> Graph {
        let mut edges = Vec::new();
        let at = |block: usize, i: usize| (block * rows + i) as u32;
        for block in 0..count {
            for i in 0..rows {
                for step in [1, 2, 5] {
                    edges.push((at(block, i), at(block, (i + step) % rows), 1.0));
                }
            }
            if block + 1 < count {
                edges.extend((0..2).map(|i| (at(block, i), at(block + 1, i + 3), 0.3)));
            }
        }
        Graph::of_edges(count * rows, &edges).unwrap()
    }

    #[test]
    fn two_halves_of_two_classes_become_the_classes() {
        let graph = blocks(4, 40);
        // Classes 1 and 2 each hold half of the second and half of the third block.
        let labels = (0..160).map(|row| match row / 40 {
            0 => 0,
            3 => 3,
            _ => 1 + u16::from(row % 40 >= 20),
        });
        let wrong: Vec<u16> = labels.collect();
        let threads = Threads::new(1).unwrap();
        let sizes = Sizes::within(4, 0.2, 0.3);
        // A step of diffusion moves no border far: what is mended, the new cut has mended.
        let mbo = MboSettings { inner: 1, ..MboSettings::default() };
        let before = cut(&graph, &wrong, 4).unwrap().total;
        let (still, _) = without_source(&graph, &wrong, &sizes, &mbo, &threads).unwrap();
        assert!(cut(&graph, &still.labels, 4).unwrap().total > before / 2.0);
        let found = regroup(&graph, &wrong, &sizes, &mbo, &|_| 0, &threads).unwrap();
        assert_eq!(found.pairs, [(1, 2)]);
        assert!(found.cut.total < before / 4.0, "{} {before}", found.cut.total);
        let blocks: Vec<u16> = (0..4).map(|block| found.grouping.labels[block * 40]).collect();
        assert!((0..160).all(|row| found.grouping.labels[row] == blocks[row / 40]), "{:?}", found.grouping.labels);
        // What is right stays as it is, and what no label would have stays, too.
        let again = regroup(&graph, &found.grouping.labels, &sizes, &mbo, &|_| 0, &threads).unwrap();
        assert!(again.pairs.is_empty() && again.grouping.labels == found.grouping.labels);
        let objected = |labels: &[u16]| if labels == still.labels { 0 } else { 100 };
        assert!(regroup(&graph, &wrong, &sizes, &mbo, &objected, &threads).unwrap().pairs.is_empty());
    }

    /// Against the eigenvectors of the whole matrix.
    #[test]
    fn the_second_eigenvector_is_that_of_the_dense_matrix() {
        let graph = blocks(2, 30);
        let labels: Vec<u16> = (0..60).map(|row| u16::from(row >= 30)).collect();
        let two = Two::of(&graph, &labels, (0, 1));
        assert_eq!(two.graph, graph);
        let found = two.second(STEPS);
        let (mut dense, degrees) = (DMatrix::zeros(60, 60), graph.degrees());
        for i in 0..60 {
            let (columns, weights) = graph.of_row(i);
            columns.iter().map(|&j| j as usize).zip(weights).for_each(|(j, w)| {
                dense[(i, j)] = w / (degrees[i] * degrees[j]).sqrt();
            });
        }
        let eigen = SymmetricEigen::new(dense);
        let mut order: Vec<usize> = (0..60).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
        let exact: Vec<f64> = (0..60).map(|i| eigen.eigenvectors[(i, order[1])] / degrees[i].sqrt()).collect();
        let cosine = dot(&unit(found), &unit(exact)).abs();
        assert!((cosine - 1.0).abs() < 1e-8, "{cosine}");
    }
}
