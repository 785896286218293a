//! Weight matrices `[inputs, outputs]` as tiles of 32 x 32.
//!
//! Tile `(p, j)` holds the rows `32 p ..` and columns `32 j ..`; tiles of the same `p` are neighbours. A product reads
//! a column of tiles, the gradient of the inputs reads (and the gradient of the weights writes) a row of tiles,
//! which is one contiguous slice, so parallel tasks own it.

use crate::panels::{Row, WIDTH, panels_of};
use crate::simd::kernel;

/// Rows of storage for a matrix `[inputs, outputs]`.
pub fn storage(inputs: usize, outputs: usize) -> usize {
    panels_of(inputs) * panels_of(outputs) * WIDTH
}

/// A view of a weight matrix.
#[derive(Clone, Copy)]
pub struct Tiles<'a> {
    data: &'a [Row],
    inputs: usize,
    outputs: usize,
}

impl<'a> Tiles<'a> {
    /// Takes `storage(inputs, outputs)` rows as a matrix.
    pub fn new(data: &'a [Row], inputs: usize, outputs: usize) -> Self {
        assert_eq!(data.len(), storage(inputs, outputs), "storage of a {inputs} x {outputs} matrix");
        Tiles { data, inputs, outputs }
    }

    /// Number of inputs (rows).
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs (columns).
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The right-hand side of a product for output panel `j`: all inputs, 32 outputs.
    pub fn column(&self, j: usize) -> Column<'a> {
        Column { data: &self.data[j * WIDTH..], stride: panels_of(self.outputs) * WIDTH, inputs: self.inputs }
    }

    /// The tiles of input panel `p`: 32 inputs, all outputs.
    pub fn row(&self, p: usize) -> &'a [Row] {
        let length = panels_of(self.outputs) * WIDTH;
        &self.data[p * length..(p + 1) * length]
    }
}

/// 32 columns of a right-hand side, 32 rows after 32 rows.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    data: &'a [Row],
    stride: usize,
    inputs: usize,
}

impl<'a> Column<'a> {
    /// Contiguous tiles with `inputs` rows in use, as [`transpose_tiles`] writes them.
    pub fn contiguous(data: &'a [Row], inputs: usize) -> Self {
        Column { data, stride: WIDTH, inputs }
    }

    /// Number of rows.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Rows `32 p ..`.
    #[inline(always)]
    pub(crate) fn tile(&self, p: usize) -> &'a [Row; WIDTH] {
        let at = p * self.stride;
        self.data[at..at + WIDTH].try_into().expect("a tile has 32 rows")
    }
}

kernel! {
    /// Transposes each of some neighbouring tiles of a row: with [`Column::contiguous`] the result is the right-hand side of the
    /// product with the transposed matrix, for 32 of its columns.
    pub fn transpose_tiles<S>(s, row: &[Row], out: &mut [Row]) {
        for (tile, out) in row.chunks_exact(WIDTH).zip(out.chunks_exact_mut(WIDTH)) {
            let (tile, out) = (tile.try_into(), out.try_into());
            s.transpose_tile(tile.expect("32 rows"), out.expect("32 rows"));
        }
    }
}

/// Writes a row-major `[inputs, outputs]` matrix into tiles; padding becomes zero.
pub fn pack(values: &[f32], inputs: usize, outputs: usize, data: &mut [Row]) {
    assert_eq!(values.len(), inputs * outputs);
    data.fill(Row::ZERO);
    for k in 0..inputs {
        for j in 0..panels_of(outputs) {
            let chunk = &values[k * outputs + j * WIDTH..(k * outputs + (j + 1) * WIDTH).min((k + 1) * outputs)];
            data[index(k, j, outputs)].0[..chunk.len()].copy_from_slice(chunk);
        }
    }
}

/// Reads tiles as a row-major `[inputs, outputs]` matrix.
pub fn unpack(data: &[Row], inputs: usize, outputs: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(inputs * outputs);
    for k in 0..inputs {
        for j in 0..panels_of(outputs) {
            let width = WIDTH.min(outputs - j * WIDTH);
            values.extend_from_slice(&data[index(k, j, outputs)].0[..width]);
        }
    }
    values
}

fn index(k: usize, j: usize, outputs: usize) -> usize {
    (k / WIDTH * panels_of(outputs) + j) * WIDTH + k % WIDTH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Isa;

    #[test]
    fn packing_is_undone_and_pads_with_zeros() {
        for (inputs, outputs) in [(1, 1), (33, 65), (64, 32), (7, 100)] {
            let values: Vec<f32> = (0..inputs * outputs).map(|i| i as f32 + 1.0).collect();
            let mut data = vec![Row([9.0; WIDTH]); storage(inputs, outputs)];
            pack(&values, inputs, outputs, &mut data);
            assert_eq!(unpack(&data, inputs, outputs), values);
            let total: f64 = data.iter().flat_map(|r| r.0).map(f64::from).sum();
            assert_eq!(total, values.iter().map(|&v| f64::from(v)).sum::<f64>(), "padding is zero");
        }
    }

    #[test]
    fn transposed_rows() {
        let (inputs, outputs) = (40, 70);
        let values: Vec<f32> = (0..inputs * outputs).map(|i| i as f32).collect();
        let mut data = vec![Row::ZERO; storage(inputs, outputs)];
        pack(&values, inputs, outputs, &mut data);
        let tiles = Tiles::new(&data, inputs, outputs);
        for isa in Isa::available() {
            for p in 0..2 {
                let mut out = vec![Row::ZERO; tiles.row(p).len()];
                transpose_tiles(isa, tiles.row(p), &mut out);
                for m in 0..outputs {
                    for k in p * 32..(p * 32 + 32).min(inputs) {
                        assert_eq!(out[m].0[k - p * 32], values[k * outputs + m]);
                    }
                }
            }
        }
    }
}
