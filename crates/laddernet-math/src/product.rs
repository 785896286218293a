//! Matrix products on panels: `out = a b` for 32 output columns, and the gradient of a weight matrix.
//!
//! Every element is one chain of multiply-adds over the inner index in ascending order, whatever the number of rows
//! computed together: a row's bits do not depend on its neighbours.

use crate::ahead::ask;
use crate::panels::{Panels, Row, WIDTH, panels_of};
use crate::simd::{Simd, kernel};
use crate::tiles::Column;
use std::ops::Range;

/// Tiles of the right operand that all rows go through before the next ones: they stay in the first cache meanwhile, and
/// the next ones come nearer.
pub(crate) const PART: usize = 4;

/// Rows of a weight gradient's operands between two questions for the memory ahead.
const ASK: usize = 8;

/// Rows of a weight gradient's operands that all inputs go through before the next ones: they stay in the first cache meanwhile.
const ROWS: usize = 112;

/// The inner panels `0..count` in parts of `size`.
pub(crate) fn parts(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(size).map(move |from| from..count.min(from + size))
}

kernel! {
    /// `out[r] = sum_k a[r, k] * b[k, :]` for 32 columns, of which this call takes the rows of `b`, from inner panel
    /// `from` on. Unless `from` is 0, sums go on from what is in `out`.
    ///
    /// `a` is `[n, k]`, `out` has `n` rows.
    pub fn product<S>(s, a: &Panels, from: usize, b: Column<'_>, out: &mut [Row]) {
        assert!(a.columns() - from * WIDTH >= b.inputs(), "inner sizes of a product");
        assert_eq!(a.rows(), out.len(), "rows of a product");
        let panels = panels_of(b.inputs());
        let blocks = a.rows().div_ceil(S::PRODUCT_ROWS);
        for part in parts(panels, PART) {
            let next = part.end..panels.min(part.end + PART);
            let next_row = |r: usize| &b.tile(next.start + r / WIDTH)[r % WIDTH];
            let mut first = 0;
            let mut out = &mut *out;
            macro_rules! blocks {
                ($($r:literal)*) => {$(
                    if $r <= S::PRODUCT_ROWS {
                        while out.len() >= $r {
                            let (now, later) = out.split_at_mut($r);
                            let now = now.try_into().expect("split at the length");
                            ask(next_row, next.len() * WIDTH, (first / S::PRODUCT_ROWS).min(blocks - 1), blocks);
                            block::<S, $r>(s, a, from, first, b, part.clone(), now);
                            first += $r;
                            out = later;
                        }
                    }
                )*};
            }
            blocks!(12 8 6 4 3 2 1);
        }
    }
}

#[inline(always)]
fn block<S: Simd, const R: usize>(
    s: S,
    a: &Panels,
    from: usize,
    first: usize,
    b: Column<'_>,
    part: Range<usize>,
    out: &mut [Row; R],
) {
    for columns in 0..S::PARTS {
        let mut sum = [s.splat_part(0.0); R];
        if from + part.start > 0 {
            for r in 0..R {
                sum[r] = s.load_part(&out[r], columns);
            }
        }
        for p in part.clone() {
            let a: &[Row; R] = a.panel(from + p)[first..first + R].try_into().expect("R rows");
            let tile = b.tile(p);
            let used = (b.inputs() - p * WIDTH).min(WIDTH);
            for k in 0..used {
                let row = s.load_part(&tile[k], columns);
                for r in 0..R {
                    sum[r] = s.fma_part(s.splat_part(a[r].0[k]), row, sum[r]);
                }
            }
        }
        for r in 0..R {
            s.store_part(sum[r], &mut out[r], columns);
        }
    }
}

kernel! {
    /// The gradient of a tile of a weight matrix: `out[k, :] = sum_r a[r, k] * d[r, :]`.
    ///
    /// `a` is the panel of the 32 inputs (`used` of them real) for all rows, `d` a panel of the gradient of the
    /// product, `out` a tile. Padding rows become zero. Rows `ahead` will be read next.
    pub fn weight_gradient<S>(s, a: &[Row], used: usize, d: &[Row], ahead: [&[Row]; 2], out: &mut [Row]) {
        assert_eq!(a.len(), d.len(), "rows of a weight gradient");
        assert_eq!(out.len(), WIDTH, "rows of a tile");
        out.fill(Row::ZERO);
        let shares = used * a.len().div_ceil(ROWS);
        for (turn, (a, d)) in a.chunks(ROWS).zip(d.chunks(ROWS)).enumerate() {
            let mut first = 0;
            macro_rules! blocks {
                ($($r:literal)*) => {$(
                    if $r <= S::PRODUCT_ROWS {
                        while used - first >= $r {
                            let tile = &mut out[first..first + $r];
                            let at = |share: usize, rows: &[Row]| rows.len() * (turn * used + share) / shares;
                            let ahead = ahead.map(|rows| &rows[at(first, rows)..at(first + $r, rows)]);
                            gradient_block::<S, $r>(s, a, first, d, ahead, tile.try_into().expect("sliced so"));
                            first += $r;
                        }
                    }
                )*};
            }
            blocks!(12 8 6 4 3 2 1);
        }
    }
}

#[inline(always)]
fn gradient_block<S: Simd, const R: usize>(
    s: S,
    a: &[Row],
    first: usize,
    d: &[Row],
    ahead: [&[Row]; 2],
    out: &mut [Row; R],
) {
    let (d, turns) = (&d[..a.len()], a.len().div_ceil(ASK));
    for columns in 0..S::PARTS {
        let mut sum: [S::Part; R] = std::array::from_fn(|r| s.load_part(&out[r], columns));
        for turn in 0..turns {
            if columns == 0 {
                ahead.iter().for_each(|rows| ask(|r| &rows[r], rows.len(), turn, turns));
            }
            for row in turn * ASK..(turn * ASK + ASK).min(a.len()) {
                let a: &[f32; R] = a[row].0[first..first + R].try_into().expect("R columns");
                let d = s.load_part(&d[row], columns);
                for r in 0..R {
                    sum[r] = s.fma_part(s.splat_part(a[r]), d, sum[r]);
                }
            }
        }
        for r in 0..R {
            s.store_part(sum[r], &mut out[r], columns);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Isa;
    use crate::tiles::{Tiles, pack, storage, transpose_tiles, unpack};

    fn numbers(n: usize, seed: u32) -> Vec<f32> {
        (0..n).map(|i| ((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 8e6 - 1.0).collect()
    }

    fn panels(values: &[f32], rows: usize, columns: usize) -> Panels {
        let mut p = Panels::new(rows, columns);
        (0..rows).for_each(|r| p.set_row(r, &values[r * columns..(r + 1) * columns]));
        p
    }

    /// Reference: the triple loop in f64.
    fn naive(a: &[f32], b: &[f32], n: usize, k: usize, m: usize) -> Vec<f64> {
        let mut c = vec![0f64; n * m];
        for r in 0..n {
            for i in 0..k {
                for j in 0..m {
                    c[r * m + j] += f64::from(a[r * k + i]) * f64::from(b[i * m + j]);
                }
            }
        }
        c
    }

    #[test]
    fn products_and_gradients_agree_with_the_triple_loop() {
        for isa in Isa::available() {
            for (n, k, m) in
                [(1, 1, 1), (13, 33, 31), (25, 64, 70), (40, 100, 32), (7, 5, 3), (3, 600, 290), (250, 33, 31)]
            {
                let (a, w) = (numbers(n * k, 1), numbers(k * m, 2));
                let mut data = vec![Row::ZERO; storage(k, m)];
                pack(&w, k, m, &mut data);
                let tiles = Tiles::new(&data, k, m);
                let a_panels = panels(&a, n, k);
                let mut out = Panels::new(n, m);
                for j in 0..out.count() {
                    product(isa, &a_panels, 0, tiles.column(j), out.panel_mut(j));
                }
                let expected = naive(&a, &w, n, k, m);
                let close = |x: f32, y: f64| (f64::from(x) - y).abs() < 1e-5 * (k.max(n) as f64).sqrt();
                for r in 0..n {
                    for c in 0..m {
                        assert!(close(out.get(r, c), expected[r * m + c]), "{} {n} {k} {m}", isa.name());
                    }
                }
                // Gradients: inputs = out w^T, weights = a^T out.
                let d = out.clone();
                let d_values: Vec<f32> =
                    (0..n).flat_map(|r| (0..m).map(move |c| (r, c))).map(|(r, c)| d.get(r, c)).collect();
                let mut wt = vec![0.0; k * m];
                let mut at = vec![0.0; n * k];
                for i in 0..k {
                    (0..m).for_each(|j| wt[j * k + i] = w[i * m + j]);
                    (0..n).for_each(|r| at[i * n + r] = a[r * k + i]);
                }
                let expected_in = naive(&d_values, &wt, n, m, k);
                let expected_w = naive(&at, &d_values, k, n, m);
                let mut grad = vec![Row([7.0; WIDTH]); storage(k, m)];
                let row_length = panels_of(m) * WIDTH;
                for p in 0..panels_of(k) {
                    let mut scratch = vec![Row::ZERO; row_length];
                    transpose_tiles(isa, tiles.row(p), &mut scratch);
                    let mut din = vec![Row([8.0; WIDTH]); n];
                    product(isa, &d, 0, Column::contiguous(&scratch, m), &mut din);
                    let used = (k - p * WIDTH).min(WIDTH);
                    for r in 0..n {
                        for c in 0..used {
                            let expected = expected_in[r * k + p * WIDTH + c];
                            assert!((f64::from(din[r].0[c]) - expected).abs() < 1e-4 * expected.abs().max(10.0));
                        }
                        assert!(din[r].0[used..].iter().all(|&x| x == 0.0));
                    }
                    for (j, tile) in grad[p * row_length..(p + 1) * row_length].chunks_exact_mut(WIDTH).enumerate() {
                        weight_gradient(
                            isa,
                            a_panels.panel(p),
                            used,
                            d.panel(j),
                            [&a_panels.panel(0)[..n / 2], &[]],
                            tile,
                        );
                    }
                }
                for (x, y) in unpack(&grad, k, m).iter().zip(&expected_w) {
                    assert!((f64::from(*x) - y).abs() < 1e-4 * y.abs().max(10.0));
                }
                assert!(grad.iter().all(|r| r.0.iter().all(|&x| x != 7.0)), "padding is written");
            }
        }
    }

    #[test]
    fn a_rows_bits_do_not_depend_on_its_neighbours() {
        let (n, k) = (29, 77);
        let a = panels(&numbers(n * k, 3), n, k);
        let mut data = vec![Row::ZERO; storage(k, 32)];
        pack(&numbers(k * 32, 4), k, 32, &mut data);
        let tiles = Tiles::new(&data, k, 32);
        for isa in Isa::available() {
            let mut all = vec![Row::ZERO; n];
            product(isa, &a, 0, tiles.column(0), &mut all);
            for r in 0..n {
                let mut one = [Row::ZERO];
                let row: Vec<f32> = (0..k).map(|c| a.get(r, c)).collect();
                product(isa, &panels(&row, 1, k), 0, tiles.column(0), &mut one);
                assert_eq!(one[0], all[r]);
            }
        }
    }

    /// However many rows go through the first cache at once: one chain of multiply-adds in the order of the rows.
    #[test]
    fn a_gradients_bits_are_those_of_one_chain() {
        let (n, k, m) = (250, 20, 32);
        let (a, d) = (numbers(n * k, 5), numbers(n * m, 6));
        let (a_panels, d_panels) = (panels(&a, n, k), panels(&d, n, m));
        for isa in Isa::available() {
            let mut out = vec![Row([7.0; WIDTH]); WIDTH];
            let (rows, ahead) = (a_panels.panel(0), [&a_panels.panel(0)[..70], &d_panels.panel(0)[..3]]);
            weight_gradient(isa, rows, k, d_panels.panel(0), ahead, &mut out);
            for i in 0..k {
                for j in 0..m {
                    let chain = (0..n).fold(0.0_f32, |sum, r| match isa.name() {
                        "portable" => a[r * k + i] * d[r * m + j] + sum,
                        _ => a[r * k + i].mul_add(d[r * m + j], sum),
                    });
                    assert_eq!(out[i].0[j].to_bits(), chain.to_bits(), "{} {i} {j}", isa.name());
                }
            }
        }
    }
}
