//! Neighbours against brute force: all distances from differences in f64, sorted by distance and row.

use super::{clouds, noise, threads};
use laddernet::graph::Neighbours;
use laddernet::{Dataset, Isa, Scaling, Threads, Values};

fn brute_force(values: &[f32], features: usize, k: usize) -> Vec<Vec<(f64, u32)>> {
    let rows: Vec<&[f32]> = values.chunks_exact(features).collect();
    let distance = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum();
    let of_row = |(i, x): (usize, &&[f32])| {
        let others = (0..rows.len()).filter(|&j| j != i);
        let mut all: Vec<(f64, u32)> = others.map(|j| (distance(x, rows[j]), j as u32)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all.truncate(k);
        all
    };
    rows.iter().enumerate().map(of_row).collect()
}

fn agree(what: &str, values: &[f32], features: usize, k: usize) {
    let expected = brute_force(values, features, k);
    for isa in Isa::available() {
        let found = Neighbours::of_matrix(values, features, k, &Threads::with_isa(2, isa).unwrap()).unwrap();
        assert_eq!((found.rows(), found.k()), (expected.len(), k));
        for (row, expected) in expected.iter().enumerate() {
            let pairs = found.squared_distances(row).iter().copied().zip(found.of_row(row).iter().copied());
            assert_eq!(&pairs.collect::<Vec<_>>(), expected, "{what}, {}, row {row}", isa.name());
        }
    }
}

#[test]
fn random_rows() {
    for (rows, features, k) in [(2, 1, 1), (5, 3, 4), (33, 31, 3), (300, 32, 10), (517, 20, 10), (260, 130, 7)] {
        agree("random", &clouds(rows, features, 3, 1.0, rows).0, features, k);
    }
}

/// Whole numbers from 0 to 2: many rows are equal, and many distances.
#[test]
fn ties_and_duplicates() {
    for (rows, features, k) in [(70, 2, 9), (400, 3, 10), (300, 8, 5)] {
        let values: Vec<f32> = (0..rows * features).map(|i| (3.0 * (noise(i) + 0.5)).floor()).collect();
        agree("ties", &values, features, k);
    }
    agree("one row many times", &vec![1.5; 300 * 4], 4, 6);
}

/// Distances that f32 cannot tell from rounding: far from the origin, rows of very different length, numbers whose squares f32 cannot hold.
#[test]
fn cancellation_and_range() {
    let rows = 200;
    let random = |scale: f32| (0..rows * 5).map(move |i| scale * noise(i));
    agree("far away", &random(1e-2).map(|x| x + 1e4).collect::<Vec<_>>(), 5, 8);
    agree(
        "two places",
        &random(1e-3).enumerate().map(|(i, x)| x + (i / 5 % 2 * 4000) as f32).collect::<Vec<_>>(),
        5,
        8,
    );
    agree("large", &random(3e38).collect::<Vec<_>>(), 5, 8);
    agree("small", &random(1e-40).collect::<Vec<_>>(), 5, 8);
    let growing = |(i, x): (usize, f32)| x * 10f32.powi((i / 5 % 60) as i32 - 30);
    agree("all lengths", &random(1.0).enumerate().map(growing).collect::<Vec<_>>(), 5, 8);
}

#[test]
fn rows_in_order() {
    agree("ascending", &(0..700).map(|i| i as f32).collect::<Vec<_>>(), 1, 4);
}

#[test]
fn datasets_give_the_neighbours_of_their_inputs() {
    let bytes: Vec<u8> = (0..90 * 4).map(|i| (255.0 * (noise(i) + 0.5)) as u8).collect();
    let inputs: Vec<f32> = bytes.iter().map(|&b| f32::from(b) * Scaling::BYTES.scale).collect();
    let names = vec!["a".to_owned()];
    let data = Dataset::new(Values::U8(bytes), vec![None; 90], names, vec![2, 2], Scaling::BYTES).unwrap();
    let of_matrix = Neighbours::of_matrix(&inputs, 4, 5, &threads(1)).unwrap();
    assert_eq!(Neighbours::of(&data, 5, &threads(1)).unwrap(), of_matrix);
}
