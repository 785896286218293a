//! k-means by Lloyd's iteration, from centres that are drawn far from each other (k-means++: Arthur and Vassilvitskii, SODA 2007).

use crate::dataset::Dataset;
use laddernet_math::random::{Purpose, uniform};
use laddernet_math::{Threads, groups};

/// Beginnings, of which the one with the least sum of squares is taken.
const BEGINNINGS: u32 = 3;
/// Steps of each, at most.
const STEPS: usize = 50;
/// Rows a task.
const TASK: usize = 256;

/// The cluster of each row, `k` of them or fewer: `[rows]`. The same for any number of threads.
pub fn clusters(data: &Dataset, k: usize, seed: u64, threads: &Threads) -> Vec<usize> {
    let (n, features) = (data.rows(), data.features());
    let mut values = vec![0.0; n * features]; // [rows, features]
    threads.for_each(groups(&mut values, features), |row, out| data.copy_row(row, out));
    let rows = Rows { values: &values, features, threads };
    let beginning = |attempt: u32| rows.lloyd(rows.far_apart(k, seed, attempt * k as u32));
    let tried = (0..BEGINNINGS).map(beginning);
    tried.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(of, _)| of).unwrap_or_default()
}

struct Rows<'a> {
    values: &'a [f32],
    features: usize,
    threads: &'a Threads,
}

impl Rows<'_> {
    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.features..][..self.features]
    }

    /// Rows to begin with: each is drawn with a probability in proportion to its squared distance from the nearest before it. Fewer than `k` where
    /// all others are equal to one of them.
    fn far_apart(&self, k: usize, seed: u64, first: u32) -> Vec<f32> {
        let n = self.values.len() / self.features;
        let mut nearest = vec![f64::from(f32::MAX); n];
        let mut centres = Vec::with_capacity(k * self.features);
        let mut next = Some((uniform(seed, Purpose::Suggestion, first) * n as f64) as usize);
        for index in first + 1.. {
            let Some(row) = next else { break };
            let centre = self.row(row);
            centres.extend_from_slice(centre);
            if centres.len() == k * self.features {
                break;
            }
            self.threads.for_each(groups(&mut nearest, TASK), |task, nearest| {
                for (at, nearest) in nearest.iter_mut().enumerate() {
                    *nearest = nearest.min(squared(self.row(task * TASK + at), centre));
                }
            });
            let mut left = uniform(seed, Purpose::Suggestion, index) * nearest.iter().sum::<f64>();
            let takes = |d: &f64| {
                left -= d;
                left < 0.0
            };
            next = nearest.iter().position(takes).or_else(|| nearest.iter().rposition(|&d| d > 0.0));
        }
        centres
    }

    /// The cluster of each row, and the sum of the squared distances from their means.
    fn lloyd(&self, mut centres: Vec<f32>) -> (Vec<usize>, f64) {
        let (n, k) = (self.values.len() / self.features, centres.len() / self.features);
        let (mut of, mut distances) = (vec![usize::MAX; n], vec![0.0; n]);
        for _ in 0..STEPS {
            let before = of.clone();
            self.threads.for_each((groups(&mut of, TASK), groups(&mut distances, TASK)), |task, (of, distances)| {
                for (at, (of, distance)) in of.iter_mut().zip(distances).enumerate() {
                    let row = self.row(task * TASK + at);
                    let to = centres.chunks_exact(self.features).map(|centre| squared(row, centre));
                    let nearest = to.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).expect("a centre");
                    (*of, *distance) = nearest;
                }
            });
            if of == before {
                break;
            }
            let (mut sums, mut rows) = (vec![0.0f64; centres.len()], vec![0usize; k]);
            for (row, &cluster) in of.iter().enumerate() {
                rows[cluster] += 1;
                let sums = &mut sums[cluster * self.features..][..self.features];
                sums.iter_mut().zip(self.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
            }
            // A cluster that has lost all its rows stays where it is.
            for (cluster, &rows) in rows.iter().enumerate().filter(|(_, rows)| **rows > 0) {
                let of = cluster * self.features..(cluster + 1) * self.features;
                let mean = sums[of.clone()].iter().map(|sum| (sum / rows as f64) as f32);
                centres[of].iter_mut().zip(mean).for_each(|(centre, mean)| *centre = mean);
            }
        }
        let sum = distances.iter().sum();
        (of, sum)
    }
}

/// The squared distance, in chains that a processor adds at once.
fn squared(a: &[f32], b: &[f32]) -> f64 {
    const CHAINS: usize = 16;
    let mut sums = [0.0f32; CHAINS];
    let (a_chunks, b_chunks) = (a.chunks_exact(CHAINS), b.chunks_exact(CHAINS));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    f64::from(sums.iter().sum::<f32>() + rest)
}
