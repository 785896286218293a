//! What a projection says: the class of each row, and how sure it is.

use super::error::GraphError;

/// The class of a row that no labelled row reaches.
pub const NO_CLASS: u16 = u16::MAX;

/// Rows in classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The class of each row, `[n]`; [`NO_CLASS`] where none reaches it.
    pub labels: Vec<u16>,
    /// The scores before the last projection, row-major `[n, classes]`.
    pub scores: Vec<f64>,
    /// How sure each row is, `[n]`: the largest of its scores minus the second, scaled and weighed as the projection sees them. 0 where no
    /// class reaches it.
    pub margins: Vec<f64>,
    /// The share of each class among the rows that have one, `[classes]`.
    pub shares: Vec<f64>,
    /// Whether the shares lie within the sizes that were asked for.
    pub sizes_reached: bool,
    /// Projections that were made: fewer than asked for where nothing changed any more.
    pub projections: usize,
}

impl Grouping {
    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.shares.len()
    }

    /// The rows with the largest margins: this share of the rows of each class, from 0 to 1 and rounded up, the surest first; of equally sure
    /// ones the first rows. `[classes]`, rows.
    ///
    /// # Errors
    /// When the share is not from 0 to 1.
    pub fn sure(&self, share: f64) -> Result<Vec<Vec<usize>>, GraphError> {
        if !(0.0..=1.0).contains(&share) {
            let (what, expected) = ("the share of sure rows of class", "a number from 0 to 1");
            return Err(GraphError::Number { what, at: 0, value: share, expected });
        }
        let mut sure = vec![Vec::new(); self.classes()];
        for (row, &class) in self.labels.iter().enumerate().filter(|(_, class)| **class != NO_CLASS) {
            sure[usize::from(class)].push(row);
        }
        for rows in &mut sure {
            rows.sort_by(|&a, &b| self.margins[b].total_cmp(&self.margins[a]));
            rows.truncate((share * rows.len() as f64).ceil() as usize);
        }
        Ok(sure)
    }
}

/// The class of the largest `weight * score`; of equal ones the first.
pub(super) fn largest(scores: &[f64], weights: &[f64]) -> u16 {
    let mut best = (f64::NEG_INFINITY, 0);
    for (c, (u, w)) in scores.iter().zip(weights).enumerate() {
        let u = u * w;
        if u > best.0 {
            best = (u, c);
        }
    }
    best.1 as u16
}
