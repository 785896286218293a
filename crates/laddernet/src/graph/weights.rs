//! The graph: rows joined to their neighbours by weights, as a sparse symmetric matrix.
//!
//! ```text
//! w_ij = exp(-4 |x_i - x_j|^2 / d_k(i)^2) for the k nearest j of i, d_k(i) the distance of the k-th        W <- (W + W') / 2
//! d_i = sum_j w_ij                                                                                         L = D - W
//! ```
//! Calder et al. 2020, section 3, and their program. Where `d_k(i)` is 0, the row has k duplicates, and their weight is 1.

use super::error::GraphError;
use super::neighbours::Neighbours;

/// A weighted graph without direction or loops. Memory is 12 bytes for each end of an edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    offsets: Vec<usize>, // [n + 1], where the edges of each row begin
    columns: Vec<u32>,   // [edges, twice], ascending in a row
    weights: Vec<f64>,   // [edges, twice]
    degrees: Vec<f64>,   // [n]
}

impl Graph {
    /// The graph of nearest neighbours.
    pub fn of(neighbours: &Neighbours) -> Self {
        let half = |row: usize| {
            let squared = neighbours.squared_distances(row);
            let largest = squared[squared.len() - 1];
            let weight = move |&d: &f64| if largest > 0.0 { (-4.0 * (d / largest)).exp() / 2.0 } else { 0.5 };
            neighbours.of_row(row).iter().zip(squared.iter().map(weight)).map(move |(&to, w)| (row as u32, to, w))
        };
        Self::join(neighbours.rows(), || (0..neighbours.rows()).flat_map(half))
    }

    /// A graph of `rows` rows and edges `(row, other row, weight)`, each given once; those between the same two rows are added.
    ///
    /// # Errors
    /// When an edge joins a row to itself or to one that is not there, or its weight is not a finite number above 0.
    pub fn of_edges(rows: usize, edges: &[(u32, u32, f64)]) -> Result<Self, GraphError> {
        if rows >= u32::MAX as usize {
            return Err(GraphError::Rows { rows });
        }
        for (edge, &(from, to, weight)) in edges.iter().enumerate() {
            let (from, to) = (from as usize, to as usize);
            if from == to || from.max(to) >= rows || !(weight > 0.0 && weight.is_finite()) {
                return Err(GraphError::Edge { edge, from, to, weight, rows });
            }
        }
        Ok(Self::join(rows, || edges.iter().copied()))
    }

    /// Each edge at both of its ends; sums in the order of the edges, so `w_ij` and `w_ji` are the same.
    fn join<I: Iterator<Item = (u32, u32, f64)>>(rows: usize, edges: impl Fn() -> I) -> Self {
        let mut starts = vec![0_usize; rows + 1];
        edges().for_each(|(from, to, _)| [from, to].iter().for_each(|&end| starts[end as usize + 1] += 1));
        (0..rows).for_each(|r| starts[r + 1] += starts[r]);
        let mut ends = vec![(0_u32, 0.0_f64); starts[rows]];
        let mut next = starts.clone();
        for (from, to, weight) in edges() {
            for (end, other) in [(from, to), (to, from)] {
                ends[next[end as usize]] = (other, weight);
                next[end as usize] += 1;
            }
        }
        let mut graph = Graph { offsets: vec![0], columns: Vec::new(), weights: Vec::new(), degrees: Vec::new() };
        for r in 0..rows {
            let ends = &mut ends[starts[r]..starts[r + 1]];
            ends.sort_by_key(|end| end.0);
            for same in ends.chunk_by(|a, b| a.0 == b.0) {
                graph.columns.push(same[0].0);
                graph.weights.push(same.iter().map(|end| end.1).sum());
            }
            graph.close_row();
        }
        graph
    }

    /// The graph of some of the rows, which are ascending, and of the edges between them.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        const OUTSIDE: u32 = u32::MAX;
        let mut place = vec![OUTSIDE; self.rows()];
        (0..).zip(rows).for_each(|(i, &row)| place[row] = i);
        let mut graph = Graph { offsets: vec![0], columns: Vec::new(), weights: Vec::new(), degrees: Vec::new() };
        for &row in rows {
            let (columns, weights) = self.of_row(row);
            let ends = columns.iter().zip(weights).map(|(&other, &w)| (place[other as usize], w));
            for (other, w) in ends.filter(|(other, _)| *other != OUTSIDE) {
                graph.columns.push(other);
                graph.weights.push(w);
            }
            graph.close_row();
        }
        graph
    }

    /// The edges from the last offset on are those of one more row.
    fn close_row(&mut self) {
        self.degrees.push(self.weights[self.offsets[self.degrees.len()]..].iter().sum());
        self.offsets.push(self.columns.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.degrees.len()
    }

    /// Number of edges, each counted once.
    pub fn edges(&self) -> usize {
        self.columns.len() / 2
    }

    /// The rows that a row is joined to, ascending, and the weights: a row of `W`.
    #[inline]
    pub fn of_row(&self, row: usize) -> (&[u32], &[f64]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.columns[range.clone()], &self.weights[range])
    }

    /// The sum of each row's weights, `[n]`.
    pub fn degrees(&self) -> &[f64] {
        &self.degrees
    }

    /// Which rows hang together.
    pub fn components(&self) -> Components {
        const NONE: u32 = u32::MAX;
        let (mut of, mut count) = (vec![NONE; self.rows()], 0);
        let mut open = Vec::new();
        for first in 0..self.rows() {
            if of[first] != NONE {
                continue;
            }
            of[first] = count;
            open.push(first);
            while let Some(row) = open.pop() {
                for &next in self.of_row(row).0 {
                    if of[next as usize] == NONE {
                        of[next as usize] = count;
                        open.push(next as usize);
                    }
                }
            }
            count += 1;
        }
        Components { of, count: count as usize }
    }
}

/// The parts of a graph that no edge joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// The component of each row, numbered in the order of their first rows: `[n]`.
    pub of: Vec<u32>,
    /// How many there are.
    pub count: usize,
}

impl Components {
    /// Whether each component holds one of these rows, `[components]`.
    pub(super) fn that_hold(&self, rows: impl Iterator<Item = usize>) -> Vec<bool> {
        let mut hold = vec![false; self.count];
        rows.for_each(|row| hold[self.of[row] as usize] = true);
        hold
    }
}
