//! Learning on a graph, against brute force, dense solutions in double precision, the authors' program, and itself.

mod answers;
mod authors;
mod errors;
mod neighbours;
mod properties;

use laddernet::Threads;
use laddernet::graph::{Graph, Neighbours, Source};

fn threads(count: usize) -> Threads {
    Threads::new(count).unwrap()
}

/// A number from -0.5 to 0.5 for each place.
fn noise(i: usize) -> f32 {
    let mixed = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32 / (1 << 24) as f32 - 0.5
}

/// Rows of `classes` clouds in turn, `[rows, features]`, and their classes.
fn clouds(rows: usize, features: usize, classes: usize, apart: f32, seed: usize) -> (Vec<f32>, Vec<u16>) {
    let normal = |i: usize| (0..4).map(|j| noise(i * 4 + j + seed * 1_000_003)).sum::<f32>();
    let value = |r: usize, c: usize| apart * normal(r % classes * 100 + c) + normal(100_000 + r * features + c);
    let values = (0..rows).flat_map(|r| (0..features).map(move |c| value(r, c))).collect();
    (values, (0..rows).map(|r| (r % classes) as u16).collect())
}

fn graph_of(values: &[f32], features: usize, k: usize) -> Graph {
    Graph::of(&Neighbours::of_matrix(values, features, k, &threads(2)).unwrap())
}

fn source<'a>(rows: &'a [usize], classes: &'a [u16]) -> Source<'a> {
    Source { rows, classes, weights: None }
}
