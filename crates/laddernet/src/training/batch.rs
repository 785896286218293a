//! One batch of rows, and what it costs.

use laddernet_math::Panels;

/// Labelled rows, then unlabelled rows. Either part may be empty.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Inputs `[labelled + unlabelled, features]`, the labelled rows first.
    pub x: Panels,
    /// Labels of the labelled rows.
    pub labels: Vec<u32>,
    /// What each input of the unlabelled rows counts for in the cost of reconstructions, `[unlabelled, features]`; 1 each, where there are
    /// none. See [`Dataset::copy_weights`](crate::Dataset::copy_weights).
    pub weights: Option<Panels>,
}

impl Batch {
    /// Number of unlabelled rows.
    pub fn unlabelled(&self) -> usize {
        self.x.rows() - self.labels.len()
    }
}

/// Name of the cost that compares predicted classes with labels: mean cross-entropy, in nats.
pub const SUPERVISED: &str = "supervised";
/// Name of the ladder's cost at a layer: mean squared error of a denoised unit.
pub const DENOISING: &str = "denoising";
/// Name of the cost that compares a row with its reconstruction: summed over its values, mean of the rows.
pub const RECONSTRUCTION: &str = "reconstruction";
/// Name of the cost of a code: the divergence of its distribution, given a row, from the one before any row is seen, in nats, mean of
/// the rows.
pub const DIVERGENCE: &str = "divergence";

/// One named term of a cost, before weighting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// What it is, such as [`SUPERVISED`].
    pub name: &'static str,
    /// The layer that it stands at, 0 = input, where a model has one at each.
    pub layer: Option<usize>,
    /// Its value before weighting.
    pub value: f64,
    /// Its weight in the sum that is minimised.
    pub weight: f32,
}

/// The costs of one batch, or their means over an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Costs {
    /// The terms, in a fixed order.
    pub terms: Vec<Cost>,
    /// The weighted sum that is minimised.
    pub total: f64,
}

impl Costs {
    /// A single term of weight 1.
    pub fn single(name: &'static str, value: f64) -> Self {
        Costs { terms: vec![Cost { name, layer: None, value, weight: 1.0 }], total: value }
    }

    /// The term of this name, of the lowest layer where there are several.
    pub fn of(&self, name: &str) -> Option<f64> {
        self.terms.iter().find(|cost| cost.name == name).map(|cost| cost.value)
    }

    /// The term of this name at a layer.
    pub fn at(&self, name: &str, layer: usize) -> Option<f64> {
        self.terms.iter().find(|cost| cost.name == name && cost.layer == Some(layer)).map(|cost| cost.value)
    }
}

/// Running means of the costs of an epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Means {
    steps: f64,
    sums: Costs,
}

impl Means {
    pub fn add(&mut self, costs: &Costs) {
        self.steps += 1.0;
        self.sums.total += costs.total;
        for cost in &costs.terms {
            let same = |sum: &&mut Cost| (sum.name, sum.layer) == (cost.name, cost.layer);
            match self.sums.terms.iter_mut().find(same) {
                Some(sum) => sum.value += cost.value,
                None => self.sums.terms.push(*cost),
            }
        }
    }

    /// The means so far, from which the next epoch starts anew.
    pub fn take(&mut self) -> Costs {
        let Means { steps, mut sums } = std::mem::take(self);
        sums.total /= steps;
        sums.terms.iter_mut().for_each(|cost| cost.value /= steps);
        sums
    }
}
