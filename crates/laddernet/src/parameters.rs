//! The trainable parameters of a model, by path and in a fixed order, each beside its gradient.

use crate::optimiser::update::Update;
use laddernet_math::half::{Pairs, pack_pairs};
use laddernet_math::normal::{Stream, standard_normal};
use laddernet_math::operand::{Operand, Weights, gradient};
use laddernet_math::parts::Parts;
use laddernet_math::random::Purpose;
use laddernet_math::tiles::{self, Tiles};
use laddernet_math::{Isa, Precision, Row, Threads, WIDTH, groups, panels_of};

/// A named parameter: a weight matrix in tiles, or one or more vectors over the units of a layer in panels.
#[derive(Clone, Debug)]
pub struct Parameter {
    path: String,
    layout: Layout,
    /// The values, in the layout of the kernels.
    pub(crate) value: Vec<Row>,
    /// The gradient of the last batch, in the same layout; a matrix has none while an optimiser takes each piece of
    /// it as soon as it is computed.
    pub(crate) gradient: Vec<Row>,
    training: Training,
}

/// What a parameter carries while it is trained; empty otherwise.
#[derive(Clone, Debug, Default)]
struct Training {
    /// What the optimiser remembers, Adam's two moments: as many rows as the value.
    moments: [Vec<Row>; 2],
    /// The matrix rounded to bf16 for its product forward, in step with the value.
    rounded: Vec<Pairs>,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Matrix { inputs: usize, outputs: usize },
    Vector { units: usize },
    Vectors { count: usize, units: usize },
}

/// The values that a parameter begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// All 0.
    Zero,
    /// All 1.
    One,
    /// 1 in these of several vectors, else 0.
    OneIn(&'static [usize]),
    /// Of a matrix: normal numbers of mean 0.
    Normal {
        /// Which random numbers.
        purpose: Purpose,
        /// The layer that they are for.
        layer: u16,
        /// Their standard deviation.
        deviation: f32,
    },
}

/// Path, shape and initial values of a parameter, without its memory: the one place where a model's structure is written, from
/// which parameters, shapes and file layout follow.
#[derive(Clone, Debug)]
pub struct Declaration {
    path: String,
    layout: Layout,
    initial: Initial,
}

impl Declaration {
    /// A matrix `[inputs, outputs]`.
    pub fn matrix(path: String, inputs: usize, outputs: usize, initial: Initial) -> Self {
        Declaration { path, layout: Layout::Matrix { inputs, outputs }, initial }
    }

    /// A vector `[units]`.
    pub fn vector(path: String, units: usize, initial: Initial) -> Self {
        Declaration { path, layout: Layout::Vector { units }, initial }
    }

    /// Vectors `[count, units]`.
    pub fn vectors(path: String, count: usize, units: usize, initial: Initial) -> Self {
        Declaration { path, layout: Layout::Vectors { count, units }, initial }
    }

    /// Its path and shape.
    pub fn shape(&self) -> (String, Vec<usize>) {
        (self.path.clone(), self.layout.shape())
    }

    /// The parameter, all 0: its values are to be read.
    pub fn zeros(self) -> Parameter {
        Parameter::new(self.path, self.layout)
    }

    /// The parameter with its initial values, drawn from `seed` with these instructions where they are random.
    pub fn drawn(self, seed: u64, isa: Isa) -> Parameter {
        let initial = self.initial;
        let mut parameter = self.zeros();
        match initial {
            Initial::Zero => {}
            Initial::One => parameter.set_values(&vec![1.0; parameter.count()]),
            Initial::OneIn(vectors) => {
                let units = *parameter.shape().last().expect("vectors have units");
                let mut values = vec![0.0; parameter.count()];
                vectors.iter().for_each(|v| values[v * units..(v + 1) * units].fill(1.0));
                parameter.set_values(&values);
            }
            Initial::Normal { purpose, layer, deviation } => {
                let stream = Stream { seed, purpose, step: 0, layer };
                parameter.draw_normal(isa, stream, deviation);
            }
        }
        parameter
    }
}

impl Layout {
    fn shape(self) -> Vec<usize> {
        match self {
            Layout::Matrix { inputs, outputs } => vec![inputs, outputs],
            Layout::Vector { units } => vec![units],
            Layout::Vectors { count, units } => vec![count, units],
        }
    }

    /// Rows of 32 values that the kernels want.
    fn rows(self) -> usize {
        match self {
            Layout::Matrix { inputs, outputs } => tiles::storage(inputs, outputs),
            Layout::Vector { units } => panels_of(units),
            Layout::Vectors { count, units } => panels_of(units) * count,
        }
    }
}

impl Parameter {
    /// A matrix `[inputs, outputs]` of zeros.
    pub fn matrix(path: String, inputs: usize, outputs: usize) -> Self {
        Self::new(path, Layout::Matrix { inputs, outputs })
    }

    /// A vector `[units]` of zeros.
    pub fn vector(path: String, units: usize) -> Self {
        Self::new(path, Layout::Vector { units })
    }

    /// Vectors `[count, units]` of zeros.
    pub fn vectors(path: String, count: usize, units: usize) -> Self {
        Self::new(path, Layout::Vectors { count, units })
    }

    fn new(path: String, layout: Layout) -> Self {
        let rows = layout.rows();
        let gradient = if matches!(layout, Layout::Matrix { .. }) { 0 } else { rows };
        Parameter {
            path,
            layout,
            value: vec![Row::ZERO; rows],
            gradient: vec![Row::ZERO; gradient],
            training: Training::default(),
        }
    }

    /// Its path: `encoder.1.weight`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Gives it another path.
    pub(crate) fn rename(&mut self, path: String) {
        self.path = path;
    }

    /// A value that is not finite, if there is one.
    pub(crate) fn not_finite(&self) -> Option<f32> {
        self.value.iter().flat_map(|row| row.0).find(|x| !x.is_finite())
    }

    /// Its shape.
    pub fn shape(&self) -> Vec<usize> {
        self.layout.shape()
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
    ///
    /// # Panics
    /// For a matrix whose gradient went to an optimiser instead.
    pub fn gradients(&self) -> Vec<f32> {
        assert_eq!(self.gradient.len(), self.value.len(), "{} keeps no gradient", self.path);
        self.read(&self.gradient)
    }

    /// Takes what products of this precision and an optimiser need before its first step: moments of zero.
    pub(crate) fn begin_training(&mut self, isa: Isa) {
        let rows = self.value.len();
        for moment in &mut self.training.moments {
            moment.clear();
            moment.resize(rows, Row::ZERO);
        }
        self.round(isa);
    }

    /// Gives back what only a training needs.
    pub(crate) fn end_training(&mut self) {
        self.training = Training::default();
        if let Layout::Matrix { .. } = self.layout {
            self.gradient = Vec::new();
        }
    }

    /// Brings the rounded copies in step with the value.
    pub(crate) fn round(&mut self, isa: Isa) {
        let matrix = matches!(self.layout, Layout::Matrix { .. }) && isa.precision() == Precision::Bf16;
        self.training.rounded = if matrix { self.rounded(isa) } else { Vec::new() };
    }

    /// The values for bf16 products.
    pub(crate) fn rounded(&self, isa: Isa) -> Vec<Pairs> {
        let mut rounded = vec![Pairs::ZERO; self.value.len() / 2];
        pack_pairs(isa, &self.value, &mut rounded);
        rounded
    }

    /// For a parameter that a batch has nothing to say about.
    pub(crate) fn zero_gradient(&mut self) {
        let rows = self.value.len();
        self.gradient.clear();
        self.gradient.resize(rows, Row::ZERO);
    }

    /// Applies the gradient of a vector. That of a matrix is applied while it is computed.
    pub(crate) fn update(&mut self, isa: Isa, update: Update) {
        if let Update::Step(step) = update {
            let [m, v] = &mut self.training.moments;
            step.apply(isa, &self.gradient, &mut self.value, [m, v]);
        }
    }

    /// Sets the values from row-major ones.
    ///
    /// # Panics
    /// When their number is not [`Parameter::count`].
    pub fn set_values(&mut self, values: &[f32]) {
        assert_eq!(values.len(), self.count(), "values of {}", self.path);
        self.training = Training::default();
        self.value = self.rows_of(values);
    }

    /// Draws a matrix: normal numbers of this standard deviation.
    pub(crate) fn draw_normal(&mut self, isa: Isa, stream: Stream, deviation: f32) {
        let [inputs, outputs] = self.shape()[..] else { panic!("{} is no matrix", self.path) };
        let normal = standard_normal(isa, stream, inputs, outputs);
        let place = |k: usize| (k / outputs, k % outputs);
        let values: Vec<f32> = (0..inputs * outputs).map(place).map(|(i, o)| normal.get(i, o) * deviation).collect();
        self.set_values(&values);
    }

    /// The values as products read them.
    pub(crate) fn weights(&self) -> Weights<'_> {
        Weights { tiles: self.tiles(), rounded: &self.training.rounded }
    }

    /// The values as a weight matrix.
    pub(crate) fn tiles(&self) -> Tiles<'_> {
        match self.layout {
            Layout::Matrix { inputs, outputs } => Tiles::new(&self.value, inputs, outputs),
            _ => panic!("{} is no matrix", self.path),
        }
    }

    /// What the optimiser remembers; empty unless in training.
    pub(crate) fn moments(&self) -> &[Vec<Row>; 2] {
        &self.training.moments
    }

    /// Takes value and moments, row-major, from an earlier training; [`Parameter::round`] must follow.
    pub(crate) fn restore(&mut self, value: &[f32], moments: [&Vec<f32>; 2]) {
        self.value = self.rows_of(value);
        self.training.moments = moments.map(|moment| self.rows_of(moment));
    }

    /// Row-major numbers in the layout of the value.
    pub(crate) fn rows_of(&self, values: &[f32]) -> Vec<Row> {
        let mut rows = vec![Row::ZERO; self.value.len()];
        match self.layout {
            Layout::Matrix { inputs, outputs } => tiles::pack(values, inputs, outputs, &mut rows),
            Layout::Vector { units } => write_vectors(values, 1, units, &mut rows),
            Layout::Vectors { count, units } => write_vectors(values, count, units, &mut rows),
        }
        rows
    }

    /// Numbers in the layout of the value, row-major.
    pub(crate) fn read(&self, rows: &[Row]) -> Vec<f32> {
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

/// Tiles of a gradient that are computed, and then applied, at a time: few, so that they stay in the first cache.
const TILES: usize = 8;

/// For `out = a W` and `d`, the gradient of `out`: the gradient of `W`, which `update` takes while it is in the cache.
///
/// Task `p` owns the weights of 32 inputs. It calls `first(p, weights, parts)` with part `p` of `parts`, while these
/// weights, a row of tiles, are as they were: the place for the gradient of `a`, and for what follows from 32 columns
/// of it.
pub(crate) fn matrix_backward<P: Parts>(
    threads: &Threads,
    weight: &mut Parameter,
    a: &Operand,
    d: &Operand,
    update: Update,
    parts: P,
    first: impl Fn(usize, &[Row], P::Item) + Sync,
) {
    let isa = threads.isa();
    let kept = if update == Update::Keep { weight.value.len() } else { 0 };
    weight.gradient.resize(kept, Row::ZERO);
    let row = panels_of(weight.shape()[1]) * WIDTH;
    let Parameter { value, gradient: kept, training: Training { moments: [m, v], rounded }, .. } = weight;
    // One row of tiles each; 0 for what is not there.
    let if_any = |rows: &[Row]| if rows.is_empty() { 0 } else { row };
    let (kept_row, moment_row) = (if_any(kept), if_any(m));
    let pairs_row = if rounded.is_empty() { 0 } else { row / 2 };
    let own = (
        (groups(value, row), groups(m, moment_row), groups(v, moment_row)),
        (groups(rounded, pairs_row), groups(kept, kept_row)),
    );
    threads.for_each((own, parts), |p, (((value, m, v), (rounded, kept)), part)| {
        first(p, value, part);
        let Update::Step(step) = update else { return gradient(isa, a, p, d, 0, [&[]; 2], kept) };
        let mut tiles = [Row::ZERO; TILES * WIDTH];
        for start in (0..row).step_by(tiles.len()) {
            let at = start..row.min(start + tiles.len());
            let tiles = &mut tiles[..at.len()];
            gradient(isa, a, p, d, start / WIDTH, [&m[at.clone()], &v[at.clone()]], tiles);
            step.decay(isa, &mut value[at.clone()]);
            step.apply(isa, tiles, &mut value[at.clone()], [&mut m[at.clone()], &mut v[at.clone()]]);
            if !rounded.is_empty() {
                pack_pairs(isa, &value[at.clone()], &mut rounded[at.start / 2..at.end / 2]);
            }
        }
    });
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
