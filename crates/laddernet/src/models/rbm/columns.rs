//! What the columns of the data say on their own: the biases of units that know no more.

use super::{Rbm, RbmError, Units};
use crate::dataset::Dataset;
use crate::parameters::write_vectors;

impl Rbm {
    /// Lets the visible biases alone say how the columns of the data are (Hinton 2010, section 8.1): Bernoulli units are on as
    /// often, one row counted on and another off besides, so that no bias is infinite; Gaussian ones have the mean.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn with_visible_means(self, data: &Dataset) -> Result<Self, RbmError> {
        let rows: Vec<usize> = (0..data.rows()).collect();
        self.with_visible_means_of(data, &rows)
    }

    /// The same of these rows alone.
    pub(super) fn with_visible_means_of(mut self, data: &Dataset, rows: &[usize]) -> Result<Self, RbmError> {
        self.check_features(data)?;
        let biases: Vec<f32> = self.independent_biases(data, rows, 1.0);
        write_vectors(&biases, 1, biases.len(), &mut self.visible_bias.value);
        Ok(self)
    }

    /// The biases of visible units that see no others, with `prior` rows counted on and as many off.
    pub(super) fn independent_biases(&self, data: &Dataset, rows: &[usize], prior: f64) -> Vec<f32> {
        let n = rows.len() as f64;
        let bias = |sum: f64| match self.visible_units {
            Units::Bernoulli => ((sum + prior) / (n - sum + prior)).ln() as f32,
            Units::Gaussian => (sum / n) as f32,
        };
        column_sums(data, rows).into_iter().map(bias).collect()
    }
}

/// The sum of the inputs of each column of these rows.
fn column_sums(data: &Dataset, rows: &[usize]) -> Vec<f64> {
    let mut sums = vec![0f64; data.features()];
    let mut row = vec![0f32; data.features()];
    for &r in rows {
        data.copy_row(r, &mut row);
        sums.iter_mut().zip(&row).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    sums
}
