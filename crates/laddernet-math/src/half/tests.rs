//! Layouts, rounding and products, against double precision and by hand.

use super::*;

fn numbers(n: usize, seed: u32) -> Vec<Row> {
    let value = |i: usize| ((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 8e6 - 1.0;
    (0..n).map(|r| Row(std::array::from_fn(|c| value(r * WIDTH + c)))).collect()
}

/// Reference: rounding to the nearest of the two neighbours, by comparing distances in f64.
fn bf16(x: f32) -> f32 {
    let below = f32::from_bits(x.to_bits() & 0xffff_0000);
    let above = f32::from_bits((x.to_bits() & 0xffff_0000).wrapping_add(0x1_0000));
    let (to_below, to_above) = ((f64::from(x) - f64::from(below)).abs(), (f64::from(above) - f64::from(x)).abs());
    let even = below.to_bits() >> 16 & 1 == 0;
    if to_below < to_above || to_below == to_above && even { below } else { above }
}

fn all() -> Vec<Isa> {
    let kinds = Isa::available().into_iter().map(|isa| Isa { products: Products::Bf16Portable, ..isa });
    kinds.chain(Isa::available_bf16()).collect()
}

#[test]
fn rounding_is_to_the_nearest_even() {
    // Halfway between two neighbours: 1 + 1 and 1 + 3 units of 2^-8.
    for x in [1.0, 257.0 / 256.0, 259.0 / 256.0, -257.0 / 256.0, 3.1e-39, 0.1, -7.3e20, 0.0, 1.9999] {
        for isa in all() {
            let mut out = [Halves::ZERO];
            pack_rows(isa, &[Row([x; WIDTH])], &mut out);
            let expected = bf16(x).to_bits() >> 16;
            assert_eq!(out[0].0, [expected << 16 | expected; 16], "{x} {}", isa.name());
        }
    }
}

#[test]
fn layouts_hold_each_element_in_its_place() {
    let at = |x: &Row, c: usize| bf16(x.0[c]).to_bits() >> 16;
    for isa in all() {
        for rows in [1, 31, 32, 45] {
            let x = numbers(rows, 5);
            let get = |r: usize, c: usize| x.get(r).map_or(0, |x| at(x, c));
            let padded = rows.next_multiple_of(WIDTH);
            let (mut a, mut t) = (vec![Halves([7; 16]); padded], vec![Halves([7; 16]); padded]);
            let mut p = vec![Pairs([7; WIDTH]); padded / 2];
            pack_rows(isa, &x, &mut a);
            pack_across(isa, &x, &mut t);
            pack_pairs(isa, &x, &mut p);
            for r in 0..padded {
                for c in 0..WIDTH {
                    let half = |word: u32, odd: usize| word >> (16 * odd) & 0xffff;
                    assert_eq!(half(a[r].0[c / 2], c % 2), get(r, c));
                    assert_eq!(half(p[r / 2].0[c], r % 2), get(r, c));
                    assert_eq!(half(t[r / 32 * 32 + c].0[r % 32 / 2], r % 2), get(r, c));
                }
            }
        }
    }
}

/// Reference: sums in f64 of the rounded operands, for all three products of a layer.
#[test]
fn products_agree_with_double_precision() {
    for isa in Isa::available_bf16() {
        for (n, k_panels, m_panels) in [(1usize, 1, 1), (13, 2, 1), (32, 3, 2), (50, 2, 3), (75, 1, 2), (33, 9, 17)] {
            let padded = n.next_multiple_of(WIDTH);
            let a: Vec<Vec<Row>> = (0..k_panels).map(|p| numbers(n, 3 + p as u32)).collect();
            let d: Vec<Vec<Row>> = (0..m_panels).map(|j| numbers(n, 30 + j as u32)).collect();
            let w: Vec<Vec<Row>> = (0..k_panels * m_panels).map(|i| numbers(WIDTH, 300 + i as u32)).collect();
            let mut left = vec![Halves::ZERO; k_panels * padded];
            let mut across = left.clone();
            for p in 0..k_panels {
                pack_rows(isa, &a[p], &mut left[p * padded..][..padded]);
                pack_across(isa, &a[p], &mut across[p * padded..][..padded]);
            }
            let (mut d_left, mut d_pairs) =
                (vec![Halves::ZERO; m_panels * padded], vec![Pairs::ZERO; m_panels * padded / 2]);
            for j in 0..m_panels {
                pack_rows(isa, &d[j], &mut d_left[j * padded..][..padded]);
                pack_pairs(isa, &d[j], &mut d_pairs[j * padded / 2..][..padded / 2]);
            }
            let w_rows = w.concat();
            let mut forward = vec![Pairs([7; WIDTH]); w.len() * TILE_PAIRS];
            let mut backward = forward.clone();
            pack_pairs(isa, &w_rows, &mut forward);
            pack_transposed(isa, &w_rows, &mut backward);
            let x = |r: usize, k: usize| f64::from(bf16(a[k / 32][r].0[k % 32]));
            let g = |r: usize, m: usize| f64::from(bf16(d[m / 32][r].0[m % 32]));
            let v = |k: usize, m: usize| f64::from(bf16(w[k / 32 * m_panels + m / 32][k % 32].0[m % 32]));
            let (k, m) = (k_panels * 32, m_panels * 32);
            let check = |out: &[Row], r: usize, c: usize, expected: f64| {
                let found = f64::from(out[r].0[c]);
                let tolerance = 2e-5 + 2e-6 * expected.abs(); // some units of the last of f32's 24 bits
                assert!((found - expected).abs() < tolerance, "{} {n} {k} {m}: {found} for {expected}", isa.name());
            };
            for j in 0..m_panels {
                let mut out = vec![Row([9.0; WIDTH]); n];
                let right = Right::new(&forward[j * TILE_PAIRS..], m_panels * TILE_PAIRS);
                multiply(isa, Left::new(&left, padded), 0, right, k_panels, &mut out);
                for r in 0..n {
                    for c in 0..32 {
                        check(&out, r, c, (0..k).map(|i| x(r, i) * v(i, j * 32 + c)).sum());
                    }
                }
            }
            for p in 0..k_panels {
                let mut out = vec![Row([9.0; WIDTH]); n];
                let right = Right::new(&backward[p * m_panels * TILE_PAIRS..], TILE_PAIRS);
                // In two calls, as a caller does that packs a part at a time.
                let first = m_panels / 2;
                multiply(isa, Left::new(&d_left, padded), 0, right, first, &mut out);
                let rest = Right::new(&backward[(p * m_panels + first) * TILE_PAIRS..], TILE_PAIRS);
                multiply(isa, Left::new(&d_left, padded), first, rest, m_panels - first, &mut out);
                let mut tiles = vec![Row([9.0; WIDTH]); m_panels * WIDTH];
                let left = Left::new(&across[p * padded..][..padded], WIDTH);
                multiply(isa, left, 0, Right::several(&d_pairs, padded / 2), padded / WIDTH, &mut tiles);
                for c in 0..32 {
                    for r in 0..n {
                        check(&out, r, c, (0..m).map(|i| g(r, i) * v(p * 32 + c, i)).sum());
                    }
                    for i in 0..m_panels * WIDTH {
                        let (j, i_in) = (i / WIDTH, i % WIDTH);
                        check(&tiles, i, c, (0..n).map(|r| x(r, p * 32 + i_in) * g(r, j * 32 + c)).sum());
                    }
                }
            }
        }
    }
}

#[test]
fn sizes_that_wrap_are_refused() {
    let (left, right) = (vec![Halves::ZERO; WIDTH], vec![Pairs::ZERO; TILE_PAIRS]);
    for isa in Isa::available_bf16() {
        for (from, blocks, stride) in [(0, usize::MAX / 32 + 2, 16), (usize::MAX, 1, 16), (0, 3, usize::MAX / 2 + 1)] {
            let refused = std::panic::catch_unwind(|| {
                let (left, right) = (Left::new(&left, WIDTH), Right::new(&right, stride));
                multiply(isa, left, from, right, blocks, &mut [Row::ZERO]);
            });
            assert!(refused.is_err(), "{} {from} {blocks} {stride}", isa.name());
        }
    }
}

#[test]
fn a_rows_bits_do_not_depend_on_its_neighbours() {
    let x = numbers(75, 1);
    let mut w = vec![Pairs::ZERO; TILE_PAIRS];
    pack_pairs(Isa::detect(), &numbers(WIDTH, 2), &mut w);
    for isa in Isa::available_bf16() {
        let product = |x: &[Row]| {
            let mut left = vec![Halves::ZERO; x.len().next_multiple_of(WIDTH)];
            pack_rows(isa, x, &mut left);
            let mut out = vec![Row::ZERO; x.len()];
            multiply(isa, Left::new(&left, left.len()), 0, Right::new(&w, TILE_PAIRS), 1, &mut out);
            out
        };
        let all = product(&x);
        for r in 0..x.len() {
            assert_eq!(product(&x[r..r + 1])[0], all[r], "{} {r}", isa.name());
        }
    }
}
