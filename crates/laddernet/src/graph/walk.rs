//! Where random walks from the labelled rows of each class get to.
//!
//! ```text
//! u <- rows of class c, each 1 / their number        steps times:  u <- W D^(-1) u
//! ```
//! A walk along edges, each taken in proportion to its weight, leaves the neighbourhood of a row but not, in a few steps, the group that it
//! belongs to. So it says of an odd row which group it hangs on to, where its own place among the groups is a matter of chance.

use super::error::GraphError;
use super::source::Source;
use super::spread::{inverse, spread};
use super::weights::Graph;
use laddernet_math::Threads;

/// The probability that a walk from the rows of each class is at each row after so many steps: row-major `[n, classes]`. Each class has sum 1,
/// but for rows without an edge.
///
/// # Errors
/// When labelled rows do not fit the graph, or a class has none.
pub fn walk(
    graph: &Graph,
    source: &Source<'_>,
    classes: usize,
    steps: usize,
    threads: &Threads,
) -> Result<Vec<f64>, GraphError> {
    let labelled = source.check(graph, classes)?;
    let mut of_class = vec![0.0; classes];
    let each = || labelled.rows.iter().zip(&labelled.classes).zip(&labelled.weights);
    each().for_each(|((_, &class), weight)| of_class[usize::from(class)] += weight);
    let mut u = vec![0.0; graph.rows() * classes];
    for ((&row, &class), weight) in each() {
        u[row * classes + usize::from(class)] = weight / of_class[usize::from(class)];
    }
    let mut next = u.clone();
    for _ in 0..steps {
        for (u, d) in u.chunks_exact_mut(classes).zip(graph.degrees()) {
            u.iter_mut().for_each(|u| *u *= inverse(*d));
        }
        spread(graph, classes, threads, &u, &mut next, |_, _| ());
        std::mem::swap(&mut u, &mut next);
    }
    Ok(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: from the end of a path of three rows a walk is in the middle, then at either end.
    #[test]
    fn a_walk_takes_edges_in_proportion_to_their_weights() {
        let graph = Graph::of_edges(3, &[(0, 1, 1.0), (1, 2, 3.0)]).unwrap();
        let source = Source { rows: &[0, 2], classes: &[0, 1], weights: None };
        let found = walk(&graph, &source, 2, 2, &Threads::new(1).unwrap()).unwrap();
        let expected = [0.25, 0.25, 0.0, 0.0, 0.75, 0.75];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
    }
}
