//! What the columns of the data say on their own: means, deviations, and the biases of units that know no more.

use super::{Rbm, RbmError, Units};
use crate::dataset::{Dataset, DatasetError, Scaling, Values};
use crate::parameters::write_vectors;
use laddernet_math::WIDTH;

/// Means and standard deviations of columns, to standardise rows for Gaussian visible units.
#[derive(Clone, Debug, PartialEq)]
pub struct Standards {
    /// Of each column.
    pub means: Vec<f32>,
    /// Of each column; 1 where all rows are alike, so that their value becomes 0.
    pub deviations: Vec<f32>,
}

impl Standards {
    /// Those of some rows, the training's.
    pub fn of(data: &Dataset) -> Self {
        let n = data.rows() as f64;
        let means: Vec<f64> = column_sums(data, |_, x| x).into_iter().map(|sum| sum / n).collect();
        let squares = column_sums(data, |column, x| (x - means[column]).powi(2));
        let deviation = |sum: f64| if sum > 0.0 { (sum / n).sqrt() as f32 } else { 1.0 };
        Standards {
            deviations: squares.into_iter().map(deviation).collect(),
            means: means.into_iter().map(|mean| mean as f32).collect(),
        }
    }

    /// Rows less the means, over the deviations. Labels and shapes stay.
    ///
    /// # Errors
    /// When a value becomes too large for f32.
    ///
    /// # Panics
    /// When rows have another length.
    pub fn rows(&self, data: &Dataset) -> Result<Dataset, DatasetError> {
        let columns = data.features();
        assert_eq!(columns, self.means.len(), "values a row");
        let mut values = vec![0.0; data.rows() * columns];
        for (row, out) in values.chunks_exact_mut(columns).enumerate() {
            data.copy_row(row, out);
            for (x, (mean, deviation)) in out.iter_mut().zip(self.means.iter().zip(&self.deviations)) {
                *x = (*x - mean) / deviation;
            }
        }
        let (labels, names) = (data.labels().to_vec(), data.class_names().to_vec());
        Dataset::new(Values::F32(values), labels, names, data.row_shape().to_vec(), Scaling::NONE)
    }
}

impl Rbm {
    /// Lets the visible biases alone say how the columns of the data are (Hinton 2010, section 8.1): Bernoulli units are on as
    /// often, one row counted on and another off besides, so that no bias is infinite; Gaussian ones have the mean.
    ///
    /// # Errors
    /// When rows have another length than there are visible units.
    pub fn with_visible_means(mut self, data: &Dataset) -> Result<Self, RbmError> {
        self.check_features(data)?;
        let biases: Vec<f32> = self.independent_biases(data, 1.0);
        write_vectors(&biases, 1, biases.len(), &mut self.visible_bias.value);
        Ok(self)
    }

    /// The biases of visible units that see no others, with `prior` rows counted on and as many off.
    pub(super) fn independent_biases(&self, data: &Dataset, prior: f64) -> Vec<f32> {
        let n = data.rows() as f64;
        let bias = |sum: f64| match self.visible_units {
            Units::Bernoulli => ((sum + prior) / (n - sum + prior)).ln() as f32,
            Units::Gaussian => (sum / n) as f32,
        };
        column_sums(data, |_, x| x).into_iter().map(bias).collect()
    }
}

/// The sum of `of(column, value)` over the rows of each column.
fn column_sums(data: &Dataset, of: impl Fn(usize, f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0f64; data.features()];
    let mut buffer = [0f32; WIDTH];
    for row in 0..data.rows() {
        for (p, sums) in sums.chunks_mut(WIDTH).enumerate() {
            data.copy_columns(row, p * WIDTH, &mut buffer);
            sums.iter_mut().zip(&buffer).enumerate().for_each(|(c, (sum, &x))| *sum += of(p * WIDTH + c, f64::from(x)));
        }
    }
    sums
}
