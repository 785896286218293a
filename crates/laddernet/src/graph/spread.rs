//! The product of the weights with scores, `W u`, where all the time goes.
//!
//! Rows of scores are contiguous, `[n, classes]`, so an edge adds one short run of numbers to another. In f32 a product would take half the
//! time, but then rounding decides between classes of nearly the same score, and another order of the rows is another answer.

use super::weights::Graph;
use laddernet_math::{Threads, groups};

/// Rows of a task.
pub(super) const ROWS: usize = 256;

/// `out = W u`, and then `finish(first row, out)` for each block of at most [`ROWS`] rows while it is in the cache.
/// `u` and `out` are `[n, classes]`.
pub(super) fn spread(
    graph: &Graph,
    classes: usize,
    threads: &Threads,
    u: &[f64],
    out: &mut [f64],
    finish: impl Fn(usize, &mut [f64]) + Sync,
) {
    assert_eq!((u.len(), out.len()), (graph.rows() * classes, u.len()), "scores");
    threads.for_each(groups(out, ROWS * classes), |task, out| {
        let first = task * ROWS;
        macro_rules! sums {
            ($($c:literal)*) => {
                match classes {
                    $($c => sums_of::<$c>(graph, first, u, out),)*
                    _ => sums(graph, first, classes, u, out),
                }
            };
        }
        sums!(2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
        finish(first, out);
    });
}

/// With the number of classes known, a row's sums stay in registers.
fn sums_of<const C: usize>(graph: &Graph, first: usize, u: &[f64], out: &mut [f64]) {
    let u = u.as_chunks::<C>().0;
    for (row, out) in (first..).zip(out.as_chunks_mut::<C>().0) {
        let (columns, weights) = graph.of_row(row);
        let mut sum = [0.0; C];
        for (&column, &w) in columns.iter().zip(weights) {
            let u = &u[column as usize];
            for c in 0..C {
                sum[c] += w * u[c];
            }
        }
        *out = sum;
    }
}

fn sums(graph: &Graph, first: usize, classes: usize, u: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (row, out) in (first..).zip(out.chunks_exact_mut(classes)) {
        let (columns, weights) = graph.of_row(row);
        for (&column, &w) in columns.iter().zip(weights) {
            let u = &u[column as usize * classes..][..classes];
            out.iter_mut().zip(u).for_each(|(sum, u)| *sum += w * u);
        }
    }
}

/// `sum_i a_ic b_ic / d_i` for each class `c`: blocks of rows are summed alone and then in their order, so the threads change nothing.
/// A row without an edge counts nothing.
pub(super) fn products(a: &[f64], b: &[f64], d: Option<&[f64]>, classes: usize, threads: &Threads) -> Vec<f64> {
    let n = a.len() / classes;
    let mut blocks = vec![0.0; n.div_ceil(ROWS) * classes];
    threads.for_each(groups(&mut blocks, classes), |task, sums| {
        let last = n.min((task + 1) * ROWS);
        for row in task * ROWS..last {
            let factor = d.map_or(1.0, |d| inverse(d[row]));
            let at = row * classes..(row + 1) * classes;
            for ((sum, a), b) in sums.iter_mut().zip(&a[at.clone()]).zip(&b[at]) {
                *sum += a * b * factor;
            }
        }
    });
    let mut total = vec![0.0; classes];
    for block in blocks.chunks_exact(classes) {
        total.iter_mut().zip(block).for_each(|(total, sum)| *total += sum);
    }
    total
}

/// `1 / d`, and 0 for a row without an edge.
pub(super) fn inverse(d: f64) -> f64 {
    if d > 0.0 { 1.0 / d } else { 0.0 }
}
