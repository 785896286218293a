//! Classes of given sizes: scores are weighed by class until the shares of the classes lie within their bounds.
//!
//! ```text
//! score scaled to 0..1 over all rows        class of row i = argmax_c w_c score_ic        w_c <- w_c - 0.1 (share_c - aim_c),  w <- w / w_0
//! ```
//! Calder et al. 2020, section 2.3, and their program, where the aim is the known share; it is stopped when no share is farther than 0.001 from
//! it. Here it is the nearest share inside of the bounds. Two differences from that program: labels are those that were found within
//! the bounds, where it takes one step more; and no weight falls below 1e-6, so that none becomes negative.

use super::error::GraphError;
use super::grouping::{Grouping, NO_CLASS, largest};
use super::spread::ROWS;
use laddernet_math::{Threads, groups};
use serde::{Deserialize, Serialize};

/// Steps after which the sizes are given up.
pub(super) const MOST_STEPS: usize = 10_000;
/// Bounds that are closer than twice this are taken as far apart as this from their middle.
const TOLERANCE: f64 = 1e-3;
/// What a share away from its aim takes from the weight.
const STEP: f64 = 0.1;
const LEAST_WEIGHT: f64 = 1e-6;

/// The bounds of each class's share of all rows, each from 0 to 1: `[classes]`. Equal bounds are known shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// The least share of each class; together at most 1.
    pub lower: Vec<f64>,
    /// The largest share of each class; together at least 1.
    pub upper: Vec<f64>,
}

/// What a share may be, and where it is led.
struct Band {
    allowed: (f64, f64),
    aim: (f64, f64),
}

impl Sizes {
    /// Shares that are known.
    pub fn known(shares: Vec<f64>) -> Self {
        Sizes { lower: shares.clone(), upper: shares }
    }

    /// Every class between these shares.
    pub fn within(classes: usize, lower: f64, upper: f64) -> Self {
        Sizes { lower: vec![lower; classes], upper: vec![upper; classes] }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.lower.len()
    }

    /// Whether two classes have the same bounds.
    pub fn are_alike(&self, a: usize, b: usize) -> bool {
        self.lower[a] == self.lower[b] && self.upper[a] == self.upper[b]
    }

    /// Checks the bounds for so many classes.
    ///
    /// # Errors
    /// When there is not one of each a class, one is not from 0 to 1, a lower bound is above the upper one, or no shares within them add up to 1.
    pub fn check(&self, classes: usize) -> Result<(), GraphError> {
        for (what, bounds) in [("lower shares", &self.lower), ("upper shares", &self.upper)] {
            if bounds.len() != classes {
                return Err(GraphError::Count { what, found: bounds.len(), of: "classes", expected: classes });
            }
        }
        let number = |what, at, value, expected| Err(GraphError::Number { what, at, value, expected });
        for (at, (&lower, &upper)) in self.lower.iter().zip(&self.upper).enumerate() {
            if !(0.0..=1.0).contains(&lower) {
                return number("the lower share of class", at, lower, "a number from 0 to 1");
            }
            if !(lower..=1.0).contains(&upper) {
                return number("the upper share of class", at, upper, "a number from the lower share to 1");
            }
        }
        let (least, most): (f64, f64) = (self.lower.iter().sum(), self.upper.iter().sum());
        if least > 1.0 + TOLERANCE {
            return Err(GraphError::Shares { which: "lower", sum: least, expected: "at most 1" });
        }
        if most < 1.0 - TOLERANCE {
            return Err(GraphError::Shares { which: "upper", sum: most, expected: "at least 1" });
        }
        Ok(())
    }

    fn bands(&self, rows: usize) -> Vec<Band> {
        // Less than a row away, since shares are of whole rows.
        let tolerance = TOLERANCE.max((1.0 - 1e-9) / rows.max(1) as f64);
        let band = |(&lower, &upper): (&f64, &f64)| {
            let middle = f64::midpoint(lower, upper);
            let allowed = (lower.min(middle - tolerance), upper.max(middle + tolerance));
            // Inside of the bounds, so that a share that comes nearer and nearer gets there.
            let aim = ((lower + TOLERANCE).min(middle), (upper - TOLERANCE).max(middle));
            Band { allowed, aim }
        };
        self.lower.iter().zip(&self.upper).map(band).collect()
    }

    /// The classes of these scores, `[n, classes]`, of the rows that are reached. `weights` are those of the classes, to begin with and
    /// to go on with.
    pub(super) fn project(
        &self,
        scores: Vec<f64>,
        reached: &[bool],
        weights: &mut [f64],
        most_steps: usize,
        threads: &Threads,
    ) -> Grouping {
        let classes = self.classes();
        let scaled = Scaled::new(&scores, reached, classes);
        let mut labels = vec![NO_CLASS; reached.len()];
        let bands = self.bands(scaled.rows);
        let (mut shares, mut sizes_reached) = (vec![0.0; classes], false);
        for step in 0..=most_steps {
            shares = scaled.choose(weights, &mut labels, threads);
            let inside = |(share, band): (&f64, &Band)| (band.allowed.0..=band.allowed.1).contains(share);
            sizes_reached = shares.iter().zip(&bands).all(inside);
            if sizes_reached || step == most_steps {
                break;
            }
            for ((w, share), band) in weights.iter_mut().zip(&shares).zip(&bands) {
                *w = (*w - STEP * (share - share.clamp(band.aim.0, band.aim.1))).max(LEAST_WEIGHT);
            }
            let first = weights[0];
            weights.iter_mut().for_each(|w| *w /= first);
        }
        let margins = scaled.margins(weights);
        Grouping { labels, scores, margins, shares, sizes_reached, projections: 1 }
    }
}

/// Scores scaled to 0..1 over all rows that are reached.
struct Scaled<'a> {
    scores: Vec<f64>, // [n, classes]
    reached: &'a [bool],
    rows: usize, // that are reached
    classes: usize,
}

impl<'a> Scaled<'a> {
    fn new(scores: &[f64], reached: &'a [bool], classes: usize) -> Self {
        let of_rows = || scores.chunks_exact(classes).zip(reached).filter(|(_, reached)| **reached);
        let bounds = |(least, most): (f64, f64), u: &f64| (least.min(*u), most.max(*u));
        let (least, most) = of_rows().flat_map(|(u, _)| u).fold((f64::INFINITY, f64::NEG_INFINITY), bounds);
        let scale = if most > least { 1.0 / (most - least) } else { 0.0 };
        let scaled = scores.iter().map(|u| (u - least) * scale).collect();
        Scaled { scores: scaled, reached, rows: of_rows().count(), classes }
    }

    /// Writes the class of each row, and gives the share of each.
    fn choose(&self, weights: &[f64], labels: &mut [u16], threads: &Threads) -> Vec<f64> {
        let blocks = labels.len().div_ceil(ROWS);
        let mut counts = vec![0_u32; blocks * self.classes];
        threads.for_each((groups(labels, ROWS), groups(&mut counts, self.classes)), |task, (labels, counts)| {
            let rows = task * ROWS..;
            let scores = self.scores[task * ROWS * self.classes..].chunks_exact(self.classes);
            for ((row, label), u) in rows.zip(labels).zip(scores) {
                if self.reached[row] {
                    *label = largest(u, weights);
                    counts[usize::from(*label)] += 1;
                }
            }
        });
        let count = |c| counts.iter().skip(c).step_by(self.classes).map(|&n| u64::from(n)).sum::<u64>();
        (0..self.classes).map(|c| count(c) as f64 / self.rows.max(1) as f64).collect()
    }

    fn margins(&self, weights: &[f64]) -> Vec<f64> {
        let margin = |(u, reached): (&[f64], &bool)| {
            let mut two = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for score in u.iter().zip(weights).map(|(u, w)| u * w) {
                two = if score > two.0 { (score, two.0) } else { (two.0, two.1.max(score)) };
            }
            if *reached { two.0 - two.1 } else { 0.0 }
        };
        self.scores.chunks_exact(self.classes).zip(self.reached).map(margin).collect()
    }
}
