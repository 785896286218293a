//! Times of the same work, done again and again.

use std::time::Instant;

/// What is timed at least, however long it takes.
pub(super) const AT_LEAST: usize = 3;
/// Quartiles that are further apart than this share of the median tell of other programs at work.
const BUSY: f64 = 0.2;

/// Milliseconds, the shortest first.
pub(super) struct Times(Vec<f64>);

impl Times {
    /// At least one time.
    pub fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Times(times)
    }

    /// Does the work for so many seconds, after once unmeasured.
    pub fn of(seconds: f64, mut work: impl FnMut()) -> Self {
        work();
        let first = Instant::now();
        let mut times = Vec::new();
        while times.len() < AT_LEAST || first.elapsed().as_secs_f64() < seconds {
            let before = Instant::now();
            work();
            times.push(milliseconds(before, Instant::now()));
        }
        Times::new(times)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time that this share of the others does not exceed.
    pub fn at(&self, share: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }

    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// Whether they spread so widely that other programs must have been at work.
    pub fn busy(&self) -> bool {
        self.at(0.75) - self.at(0.25) > BUSY * self.median()
    }
}

/// Never 0, so that a rate stays finite.
pub(super) fn milliseconds(from: Instant, to: Instant) -> f64 {
    (to.duration_since(from).as_secs_f64() * 1e3).max(1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_rank() {
        let times = Times::new(vec![3.0, 1.0, 2.0, 5.0, 4.0]);
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| times.at(share)), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!(times.busy() && !Times::new(vec![1.0, 1.1, 1.0]).busy());
    }
}
