//! An activation (or its gradient) as products read it: f32 panels, and with bf16 products their rounded copies.

use crate::half::{
    self, Halves, Left, Pairs, Right, TILE_PAIRS, multiply, pack_across, pack_pairs, pack_rows, pack_transposed,
};
use crate::panels::{Panels, Row, WIDTH, panels_of};
use crate::parts::{Chunks, Parts, groups};
use crate::product::{self, parts, product, weight_gradient};
use crate::simd::{Isa, Precision};
use crate::threads::Threads;
use crate::tiles::{Column, Tiles, transpose_tiles};
use std::ops::{Deref, DerefMut};

/// Which products read a matrix, besides the one over its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The input of a layer whose weights do not change: none.
    Fixed,
    /// The input of a layer: the left operand of the gradient of the weights.
    Input,
    /// The gradient of a layer's product: the right operand of the gradient of the weights.
    Gradient,
}

/// A matrix `[rows, columns]` that products read. Its panels are written by parallel tasks, and each task ends with
/// [`OperandPanel::pack`].
pub struct Operand {
    values: Panels,
    role: Role,
    // bf16 copies, empty in single precision. Rows are padded to a multiple of 32 for each panel.
    halves: Vec<Halves>, // of the rows
    across: Vec<Halves>, // of the columns, of an input
    pairs: Vec<Pairs>,   // of two rows, of a gradient
}

impl Operand {
    /// A matrix of zeros with the copies that products of this precision read.
    pub fn new(precision: Precision, role: Role, rows: usize, columns: usize) -> Self {
        let padded = match precision {
            Precision::F32 => 0,
            Precision::Bf16 => rows.next_multiple_of(WIDTH) * panels_of(columns),
        };
        let across = if role == Role::Input { padded } else { 0 };
        let pairs = if role == Role::Gradient { padded / 2 } else { 0 };
        Operand {
            values: Panels::new(rows, columns),
            role,
            halves: vec![Halves::ZERO; padded],
            across: vec![Halves::ZERO; across],
            pairs: vec![Pairs::ZERO; pairs],
        }
    }

    /// Takes another number of rows, at most as many as at first; contents are unspecified afterwards.
    pub fn set_rows(&mut self, rows: usize) {
        self.values.set_rows(rows);
    }

    /// The values alone; they must still go through [`Operand::panels_mut`] and be packed before a product reads them.
    pub fn values_mut(&mut self) -> &mut Panels {
        &mut self.values
    }

    /// All panels, to be written by parallel tasks.
    pub fn panels_mut(&mut self) -> OperandPanels<'_> {
        let padded = if self.halves.is_empty() { 0 } else { self.values.rows().next_multiple_of(WIDTH) };
        let in_role = |role, length| if self.role == role { length } else { 0 };
        OperandPanels {
            halves: groups(&mut self.halves, padded),
            across: groups(&mut self.across, in_role(Role::Input, padded)),
            pairs: groups(&mut self.pairs, in_role(Role::Gradient, padded / 2)),
            values: self.values.panels_mut(),
        }
    }

    fn padded(&self) -> usize {
        self.rows().next_multiple_of(WIDTH)
    }

    fn left(&self) -> Left<'_> {
        Left::new(&self.halves[..self.padded() * self.count()], self.padded())
    }
}

/// The values in single precision.
impl Deref for Operand {
    type Target = Panels;

    fn deref(&self) -> &Panels {
        &self.values
    }
}

/// The panels of an [`Operand`], one for each task.
pub struct OperandPanels<'a> {
    values: Chunks<'a, Row>,
    halves: Chunks<'a, Halves>,
    across: Chunks<'a, Halves>,
    pairs: Chunks<'a, Pairs>,
}

// SAFETY: its members keep the promise.
#[allow(unsafe_code, reason = "made of disjoint pieces")]
unsafe impl<'a> Parts for OperandPanels<'a> {
    type Item = OperandPanel<'a>;

    fn count(&self) -> usize {
        self.values.count()
    }

    // SAFETY: the caller takes each piece below the count once, as the trait asks.
    unsafe fn take(&self, j: usize) -> OperandPanel<'a> {
        // SAFETY: handed on. The copies may hold more panels than there are, never fewer.
        unsafe {
            OperandPanel {
                values: self.values.take(j),
                halves: self.halves.take(j),
                across: self.across.take(j),
                pairs: self.pairs.take(j),
            }
        }
    }
}

/// One panel of an [`Operand`], to write.
pub struct OperandPanel<'a> {
    values: &'a mut [Row],
    halves: &'a mut [Halves],
    across: &'a mut [Halves],
    pairs: &'a mut [Pairs],
}

impl OperandPanel<'_> {
    /// Rounds the finished values for the products; in single precision there is nothing to do.
    pub fn pack(self, isa: Isa) {
        if self.halves.is_empty() {
            return;
        }
        pack_rows(isa, self.values, self.halves);
        if !self.across.is_empty() {
            pack_across(isa, self.values, self.across);
        }
        if !self.pairs.is_empty() {
            pack_pairs(isa, self.values, self.pairs);
        }
    }
}

impl Deref for OperandPanel<'_> {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        self.values
    }
}

impl DerefMut for OperandPanel<'_> {
    fn deref_mut(&mut self) -> &mut [Row] {
        self.values
    }
}

/// A weight matrix as products read it.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    /// The values.
    pub tiles: Tiles<'a>,
    /// With bf16 products the tiles as right operands, 16 pairs for each in the same order, by [`pack_pairs`]; empty in
    /// single precision. The gradient of an input does not read it.
    pub rounded: &'a [Pairs],
}

/// `out[r] = sum_k a[r, k] w[k, :]` for output panel `j`. `a` is `[n, k]`, `out` has `n` rows.
pub fn forward(isa: Isa, a: &Operand, w: Weights<'_>, j: usize, out: &mut [Row]) {
    match isa.precision() {
        Precision::F32 => product(isa, a, 0, w.tiles.column(j), out),
        Precision::Bf16 => {
            assert_eq!(a.columns(), w.tiles.inputs(), "inner sizes of a product");
            let stride = panels_of(w.tiles.outputs()) * TILE_PAIRS;
            multiply(isa, a.left(), 0, Right::new(&w.rounded[j * TILE_PAIRS..], stride), a.count(), out);
        }
    }
}

/// `out[r] = sum_m d[r, m] w[:, m]` for the input panel whose row of tiles is `w`: the gradient of a product's left
/// operand. A few tiles are transposed at a time: they are used while they are in the first cache, and the optimiser
/// reads the same tiles next, so a transposed copy of all weights would only cost memory traffic.
pub fn backward(isa: Isa, d: &Operand, w: &[Row], out: &mut [Row]) {
    assert_eq!(d.count() * WIDTH, w.len(), "inner sizes of a product");
    match isa.precision() {
        Precision::F32 => {
            let mut transposed = [Row::ZERO; product::PART * WIDTH];
            for part in parts(d.count(), product::PART) {
                let tiles = &w[part.start * WIDTH..part.end * WIDTH];
                transpose_tiles(isa, tiles, &mut transposed);
                let inputs = (d.columns() - part.start * WIDTH).min(tiles.len());
                product(isa, d, part.start, Column::contiguous(&transposed[..tiles.len()], inputs), out);
            }
        }
        Precision::Bf16 => {
            let mut transposed = [Pairs::ZERO; half::PART * TILE_PAIRS];
            for part in parts(d.count(), half::PART) {
                pack_transposed(isa, &w[part.start * WIDTH..part.end * WIDTH], &mut transposed);
                multiply(isa, d.left(), part.start, Right::new(&transposed, TILE_PAIRS), part.len(), out);
            }
        }
    }
}

/// `out[k, :] = sum_r a[r, k] d[r, :]` for the tiles of input panel `p` and output panels from `j` on, as many as
/// `out` has room for; padding becomes zero. Rows `ahead`, as many as `out` or none, will be read next.
pub fn gradient(isa: Isa, a: &Operand, p: usize, d: &Operand, j: usize, ahead: [&[Row]; 2], out: &mut [Row]) {
    assert_eq!(a.rows(), d.rows(), "rows of a weight gradient");
    match isa.precision() {
        Precision::F32 => {
            let used = (a.columns() - p * WIDTH).min(WIDTH);
            for (i, out) in out.chunks_exact_mut(WIDTH).enumerate() {
                let ahead = ahead.map(|rows| rows.get(i * WIDTH..(i + 1) * WIDTH).unwrap_or_default());
                weight_gradient(isa, a.panel(p), used, d.panel(j + i), ahead, out);
            }
        }
        Precision::Bf16 if a.rows() == 0 => out.fill(Row::ZERO),
        Precision::Bf16 => {
            let (padded, tiles) = (a.padded(), out.len() / WIDTH);
            let left = Left::new(&a.across[p * padded..(p + 1) * padded], WIDTH);
            let right = Right::several(&d.pairs[j * padded / 2..(j + tiles) * padded / 2], padded / 2);
            multiply(isa, left, 0, right, padded / WIDTH, out);
        }
    }
}

/// What the product kernel can do at most: a closure that multiplies operands which stay in the cache, on all threads,
/// and returns its floating-point operations. Timed by the caller, it is the limit that a step is compared with.
pub fn product_rate(threads: &Threads) -> impl Fn() -> u64 {
    const ROWS: usize = 288;
    const INNER: usize = 512;
    const TASKS: usize = 8;
    const TURNS: usize = 40;
    let (isa, threads) = (threads.isa(), threads.clone());
    let mut a = Operand::new(isa.precision(), Role::Input, ROWS, INNER);
    threads.for_each(a.panels_mut(), |j, mut panel| {
        panel.iter_mut().for_each(|row| *row = Row([1.0 / (j + 1) as f32; WIDTH]));
        panel.pack(isa);
    });
    let tiles = vec![Row([0.5; WIDTH]); crate::tiles::storage(INNER, WIDTH)];
    let mut rounded = vec![Pairs::ZERO; tiles.len() / 2];
    pack_pairs(isa, &tiles, &mut rounded);
    let tasks = TASKS * threads.count();
    let out = std::sync::Mutex::new(vec![Row::ZERO; ROWS * tasks]);
    move || {
        let w = Weights { tiles: Tiles::new(&tiles, INNER, WIDTH), rounded: &rounded };
        let mut out = out.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        threads.for_each(groups(&mut out, ROWS), |_, out| (0..TURNS).for_each(|_| forward(isa, &a, w, 0, out)));
        2 * (ROWS * INNER * WIDTH * tasks * TURNS) as u64
    }
}
