//! The nearest neighbours of each row, exactly.
//!
//! ```text
//! |x - y|^2 = |x|^2 + |y|^2 - 2 x'y  >=  (1 - c) |x|^2 + (1 - c) |y|^2 - 2 x'y  in f32, rounding included
//! ```
//! The product of two blocks of rows gives the lower bound on the right for all pairs of them at once. A pair whose bound is above the
//! k-th distance found so far is done with; the distance of any other is summed from differences in f64. So a product only rules
//! out, and no rounding of it changes a neighbour. Memory is that of the answer and of one block.

use super::error::GraphError;
use crate::dataset::Dataset;
use laddernet_math::product::product;
use laddernet_math::tiles::Column;
use laddernet_math::{Panels, Row, Threads, WIDTH, groups, panels_of};

/// Rows whose neighbours one task looks for.
const QUERIES: usize = 240;
/// Bytes of the rows that all tasks compare theirs with before the next ones.
const BLOCK: usize = 4 << 20;

/// The `k` nearest other rows of each row by Euclidean distance, the nearest first; of equally near ones the first rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    k: usize,
    rows: Vec<u32>,    // [n, k]
    squared: Vec<f64>, // [n, k]
}

impl Neighbours {
    /// The neighbours among the rows of a dataset, by their inputs.
    ///
    /// # Errors
    /// When there are no two rows, or `k` is 0 or not below their number.
    pub fn of(data: &Dataset, k: usize, threads: &Threads) -> Result<Self, GraphError> {
        let read = |row: usize, out: &mut [f32]| data.copy_row(row, out);
        search(&read, data.rows(), data.features(), k, threads)
    }

    /// The nearest `k` of them alone.
    ///
    /// # Panics
    /// When there are fewer, or `k` is 0.
    #[must_use]
    pub fn nearest(&self, k: usize) -> Self {
        assert!((1..=self.k).contains(&k), "{k} of {} neighbours", self.k);
        let rows = self.rows.chunks_exact(self.k).flat_map(|row| &row[..k]).copied().collect();
        let squared = self.squared.chunks_exact(self.k).flat_map(|row| &row[..k]).copied().collect();
        Neighbours { k, rows, squared }
    }

    /// The neighbours among the rows of a row-major matrix, `[n, features]`.
    ///
    /// # Errors
    /// When it is no such matrix, a value is not finite, or `k` is 0 or not below the number of rows.
    pub fn of_matrix(values: &[f32], features: usize, k: usize, threads: &Threads) -> Result<Self, GraphError> {
        if features == 0 || values.is_empty() {
            return Err(GraphError::TooFew { rows: values.len() / features.max(1), features });
        }
        if !values.len().is_multiple_of(features) {
            return Err(GraphError::Ragged { values: values.len(), features });
        }
        let read = |row: usize, out: &mut [f32]| out.copy_from_slice(&values[row * features..][..features]);
        search(&read, values.len() / features, features, k, threads)
    }

    /// Neighbours of each row.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows.len() / self.k
    }

    /// The neighbours of a row, the nearest first: `[k]`.
    pub fn of_row(&self, row: usize) -> &[u32] {
        &self.rows[row * self.k..][..self.k]
    }

    /// Their squared distances, `[k]`, in the units of the values, squared.
    pub fn squared_distances(&self, row: usize) -> &[f64] {
        &self.squared[row * self.k..][..self.k]
    }
}

/// The rows as products read them: moved to their mean and scaled by a power of two, so that norms are at most about 1.
struct Centred<'a, R> {
    read: &'a R,
    mean: Vec<f64>,
    scale: f64,
    slack: f64, // (1 - c) of the formula
}

impl<'a, R: Fn(usize, &mut [f32]) + Sync> Centred<'a, R> {
    fn new(read: &'a R, rows: usize, features: usize) -> Result<Self, GraphError> {
        let (mut x, mut mean) = (vec![0.0_f32; features], vec![0.0_f64; features]);
        for row in 0..rows {
            read(row, &mut x);
            if let Some(column) = x.iter().position(|x| !x.is_finite()) {
                return Err(GraphError::NotFinite { row, column, value: x[column] });
            }
            mean.iter_mut().zip(&x).for_each(|(m, &x)| *m += f64::from(x) / rows as f64);
        }
        let mut largest = 0.0_f64;
        for row in 0..rows {
            read(row, &mut x);
            largest = largest.max(x.iter().zip(&mean).map(|(&x, m)| (f64::from(x) - m).powi(2)).sum());
        }
        let scale = if largest > 0.0 { (-largest.sqrt().log2().ceil()).exp2() } else { 1.0 };
        // Rounding of x, of the products of a chain, and of |y|^2, each at most 2^-24 of (|x| + |y|)^2 <= 2 |x|^2 + 2 |y|^2.
        let slack = 1.0 - (features + 8) as f64 * f64::from(f32::EPSILON);
        Ok(Centred { read, mean, scale, slack })
    }

    /// Writes the row, as it is and as products read it, and gives `(1 - c) |x|^2`.
    fn copy(&self, row: usize, x: &mut [f32], scaled: &mut [f32]) -> f64 {
        (self.read)(row, x);
        for ((out, &x), m) in scaled.iter_mut().zip(&*x).zip(&self.mean) {
            *out = ((f64::from(x) - m) * self.scale) as f32;
        }
        self.slack * scaled.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>()
    }
}

fn search<R: Fn(usize, &mut [f32]) + Sync>(
    read: &R,
    n: usize,
    features: usize,
    k: usize,
    threads: &Threads,
) -> Result<Neighbours, GraphError> {
    if n >= u32::MAX as usize {
        return Err(GraphError::Rows { rows: n });
    }
    if n < 2 {
        return Err(GraphError::TooFew { rows: n, features });
    }
    if !(1..n).contains(&k) {
        return Err(GraphError::NeighbourCount { k, rows: n });
    }
    let isa = threads.isa().in_single_precision();
    let data = Centred::new(read, n, features)?;
    let (mut rows, mut squared) = (vec![u32::MAX; n * k], vec![f64::INFINITY; n * k]); // [n, k]

    // A column more: 1 beside (1 - c) |y|^2. Groups of 32 rows come in a scattered order, since rows that come nearer and nearer
    // would each have to be looked at.
    let inner = features + 1;
    let group = panels_of(inner) * WIDTH; // rows of panels that hold 32 rows of the data
    let count = n.div_ceil(WIDTH);
    let step = scattering(count);
    let at_once = (BLOCK / (group * size_of::<Row>())).clamp(1, count);
    let mut block = vec![Row::ZERO; at_once * group];
    for first in (0..count).step_by(at_once) {
        let order: Vec<usize> = (first..count.min(first + at_once)).map(|g| g * step % count).collect();
        threads.for_each(groups(&mut block[..order.len() * group], group), |g, out| {
            let (mut x, mut y) = (vec![0.0; features], vec![0.0; features]);
            for lane in 0..WIDTH {
                let row = order[g] * WIDTH + lane;
                let norm = if row < n { data.copy(row, &mut x, &mut y) as f32 } else { f32::MAX };
                out.iter_mut().zip(&y).for_each(|(out, y)| out.0[lane] = -2.0 * y);
                out[features].0[lane] = norm;
            }
        });
        let block = &block;
        threads.for_each(
            (groups(&mut rows, QUERIES * k), groups(&mut squared, QUERIES * k)),
            |task, (rows, squared)| {
                let mut queries = Queries::new(&data, task * QUERIES, n, rows, squared);
                let mut bounds = vec![Row::ZERO; queries.panels.rows()];
                for (tiles, &g) in block.chunks_exact(group).zip(&order) {
                    product(isa, &queries.panels, 0, Column::contiguous(tiles, inner), &mut bounds);
                    for (q, bounds) in bounds.iter().enumerate() {
                        let limit = queries.limits[q];
                        if bounds.0.iter().map(|&bound| u32::from(bound <= limit)).sum::<u32>() > 0 {
                            queries.look(q, bounds, g * WIDTH);
                        }
                    }
                }
            },
        );
    }
    Ok(Neighbours { k, rows, squared })
}

/// A step through `0..count` that visits each once, far from the one before: near the golden section, without a common divisor.
fn scattering(count: usize) -> usize {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let near = (count as f64 * 0.618) as usize;
    (near.max(1)..).find(|&step| divisor(step, count) == 1).expect("a prime is near")
}

/// Rows that look for their neighbours, and what they have found so far.
struct Queries<'a, R> {
    data: &'a Centred<'a, R>,
    first: usize,
    n: usize,
    k: usize,
    panels: Panels,         // [queries, features + 1], the last column 1
    values: Vec<f32>,       // [queries, features], as they are
    norms: Vec<f64>,        // [queries], (1 - c) |x|^2
    limits: Vec<f32>,       // [queries], what a bound without |x|^2 may be
    other: Vec<f32>,        // [features]
    rows: &'a mut [u32],    // [queries, k]
    squared: &'a mut [f64], // [queries, k]
}

impl<'a, R: Fn(usize, &mut [f32]) + Sync> Queries<'a, R> {
    fn new(data: &'a Centred<'a, R>, first: usize, n: usize, rows: &'a mut [u32], squared: &'a mut [f64]) -> Self {
        let (features, count) = (data.mean.len(), QUERIES.min(n - first));
        let k = rows.len() / count;
        let mut panels = Panels::new(count, features + 1);
        let (mut values, mut scaled) = (vec![0.0; count * features], vec![1.0; features + 1]);
        let mut norms = vec![0.0; count];
        for q in 0..count {
            norms[q] = data.copy(first + q, &mut values[q * features..][..features], &mut scaled[..features]);
            panels.set_row(q, &scaled);
        }
        let (limits, other) = (vec![0.0; count], vec![0.0; features]);
        let mut queries = Queries { data, first, n, k, panels, values, norms, limits, other, rows, squared };
        (0..count).for_each(|q| queries.limit(q));
        queries
    }

    /// What a bound may be: that of the farthest neighbour so far, rounded up, and what numbers too small for f32 may have lost.
    fn limit(&mut self, q: usize) {
        let farthest = self.squared[(q + 1) * self.k - 1] * self.data.scale.powi(2);
        let lost = self.other.len() as f64 * 16.0 * f64::from(f32::MIN_POSITIVE);
        self.limits[q] = ((farthest - self.norms[q] + lost) as f32).next_up();
    }

    /// Looks at the rows from `from` on whose bounds are low enough.
    #[cold]
    fn look(&mut self, q: usize, bounds: &Row, from: usize) {
        let (features, k) = (self.other.len(), self.k);
        for (row, &bound) in (from..self.n).zip(&bounds.0) {
            if bound > self.limits[q] || row == self.first + q {
                continue;
            }
            let (rows, squared) = (&mut self.rows[q * k..][..k], &mut self.squared[q * k..][..k]);
            let farthest = (squared[k - 1], rows[k - 1]);
            if (0.0, row as u32) >= farthest {
                continue;
            }
            (self.data.read)(row, &mut self.other);
            let x = &self.values[q * features..][..features];
            let difference = |(&x, &y): (&f32, &f32)| (f64::from(x) - f64::from(y)).powi(2);
            let found = (x.iter().zip(&self.other).map(difference).sum::<f64>(), row as u32);
            if found < farthest {
                let nearer = |(d, row): (&f64, &u32)| (*d, *row) < found;
                let place = squared.iter().zip(&*rows).take_while(|&pair| nearer(pair)).count();
                rows[place..].rotate_right(1);
                squared[place..].rotate_right(1);
                (squared[place], rows[place]) = found;
                self.limit(q);
            }
        }
    }
}
