//! The trainable parameters of a model, by path and in a fixed order, each beside its gradient.

use laddernet_math::product::{product, weight_gradient};
use laddernet_math::tiles::{self, Column, Tiles, transpose_row};
use laddernet_math::{Isa, Panels, Row, WIDTH, for_each, groups, panels_of};

/// A named parameter: a weight matrix in tiles, or one or more vectors over the units of a layer in panels.
#[derive(Clone, Debug)]
pub struct Parameter {
    path: String,
    layout: Layout,
    /// The values, in the layout of the kernels.
    pub(crate) value: Vec<Row>,
    /// The gradient of the last batch, in the same layout.
    pub(crate) gradient: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Matrix { inputs: usize, outputs: usize },
    Vector { units: usize },
    Vectors { count: usize, units: usize },
}

impl Parameter {
    /// A matrix `[inputs, outputs]` of zeros.
    pub fn matrix(path: String, inputs: usize, outputs: usize) -> Self {
        Self::new(path, Layout::Matrix { inputs, outputs }, tiles::storage(inputs, outputs))
    }

    /// A vector `[units]` of zeros.
    pub fn vector(path: String, units: usize) -> Self {
        Self::new(path, Layout::Vector { units }, panels_of(units))
    }

    /// Vectors `[count, units]` of zeros.
    pub fn vectors(path: String, count: usize, units: usize) -> Self {
        Self::new(path, Layout::Vectors { count, units }, panels_of(units) * count)
    }

    fn new(path: String, layout: Layout, rows: usize) -> Self {
        Parameter { path, layout, value: vec![Row::ZERO; rows], gradient: vec![Row::ZERO; rows] }
    }

    /// Its path: `encoder.1.weight`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its shape.
    pub fn shape(&self) -> Vec<usize> {
        match self.layout {
            Layout::Matrix { inputs, outputs } => vec![inputs, outputs],
            Layout::Vector { units } => vec![units],
            Layout::Vectors { count, units } => vec![count, units],
        }
    }

    /// Number of trainable values.
    pub fn count(&self) -> usize {
        self.shape().iter().product()
    }

    /// The values, row-major.
    pub fn values(&self) -> Vec<f32> {
        self.read(&self.value)
    }

    /// The gradient of the last batch, row-major.
    pub fn gradients(&self) -> Vec<f32> {
        self.read(&self.gradient)
    }

    /// Sets the values from row-major ones.
    ///
    /// # Panics
    /// When their number is not [`Parameter::count`].
    pub fn set_values(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.count(), "values of {}", self.path);
        match self.layout {
            Layout::Matrix { inputs, outputs } => tiles::pack(values, inputs, outputs, &mut self.value),
            Layout::Vector { units } => write_vectors(values, 1, units, &mut self.value),
            Layout::Vectors { count, units } => write_vectors(values, count, units, &mut self.value),
        }
    }

    /// The values as a weight matrix.
    pub(crate) fn tiles(&self) -> Tiles<'_> {
        match self.layout {
            Layout::Matrix { inputs, outputs } => Tiles::new(&self.value, inputs, outputs),
            _ => panic!("{} is no matrix", self.path),
        }
    }

    fn read(&self, rows: &[Row]) -> Vec<f32> {
        match self.layout {
            Layout::Matrix { inputs, outputs } => tiles::unpack(rows, inputs, outputs),
            Layout::Vector { units } => read_vectors(rows, 1, units),
            Layout::Vectors { count, units } => read_vectors(rows, count, units),
        }
    }
}

/// Vectors are stored panel after panel, in a panel vector after vector.
pub(crate) fn write_vectors(values: &[f32], count: usize, units: usize, rows: &mut [Row]) {
    rows.fill(Row::ZERO);
    for (i, vector) in values.chunks_exact(units).enumerate() {
        for (j, chunk) in vector.chunks(WIDTH).enumerate() {
            rows[j * count + i].0[..chunk.len()].copy_from_slice(chunk);
        }
    }
}

pub(crate) fn read_vectors(rows: &[Row], count: usize, units: usize) -> Vec<f32> {
    let value = |i: usize, unit: usize| rows[unit / WIDTH * count + i].0[unit % WIDTH];
    (0..count).flat_map(|i| (0..units).map(move |unit| value(i, unit))).collect()
}

/// All parameters of a model in their fixed order.
pub struct Parameters<'a>(pub Vec<&'a Parameter>);

impl Parameters<'_> {
    /// Path and shape of each, in order.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        self.0.iter().map(|p| (p.path.clone(), p.shape())).collect()
    }

    /// Number of trainable values.
    pub fn count(&self) -> usize {
        self.0.iter().map(|p| p.count()).sum()
    }
}

/// For `out = a W`: the gradient of `W`, and that of `a` where it is wanted. Task `j` owns 32 inputs.
pub(crate) fn matrix_backward(
    isa: Isa,
    weight: &mut Parameter,
    a: &Panels,
    d: &Panels,
    transposed: &mut [Row],
    d_a: Option<&mut Panels>,
) {
    let [inputs, outputs] = weight.shape()[..] else { panic!("a weight is a matrix") };
    let row = panels_of(outputs) * WIDTH;
    let used = |j: usize| (inputs - j * WIDTH).min(WIDTH);
    let mut gradient = std::mem::take(&mut weight.gradient);
    match d_a {
        None => for_each(groups(&mut gradient, row), |j, gradient| {
            weight_gradient(isa, a.panel(j), used(j), d, gradient);
        }),
        Some(d_a) => {
            let tiles = weight.tiles();
            let transposed = groups(&mut transposed[..panels_of(inputs) * row], row);
            for_each((groups(&mut gradient, row), d_a.panels_mut(), transposed), |j, (gradient, d_a, transposed)| {
                transpose_row(isa, tiles.row(j), transposed);
                product(isa, d, 0..d.rows(), Column::contiguous(transposed, outputs), d_a);
                weight_gradient(isa, a.panel(j), used(j), d, gradient);
            });
        }
    }
    weight.gradient = gradient;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_in_and_come_out() {
        for mut p in [
            Parameter::matrix("w".into(), 40, 33),
            Parameter::vector("b".into(), 70),
            Parameter::vectors("a".into(), 10, 35),
        ] {
            let values: Vec<f32> = (0..p.count()).map(|i| i as f32).collect();
            p.set_values(&values);
            assert_eq!(p.values(), values);
        }
    }
}
