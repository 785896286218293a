//! How fast the products of one core are, on operands that lie ready: a product, and the gradient of its weights, in GFLOP/s.
//!
//! `cargo run --release -p laddernet-math --example product_time -- [avx2]`

use laddernet_math::product::{product, weight_gradient};
use laddernet_math::tiles::{Tiles, pack, storage};
use laddernet_math::{Isa, Panels, Row, WIDTH, panels_of};
use std::time::Instant;

/// Rows, inputs and outputs.
const SHAPES: [(usize, usize, usize); 5] =
    [(100, 784, 1000), (200, 784, 1000), (2000, 784, 1000), (200, 1000, 500), (200, 250, 250)];
/// The fastest of so many rounds counts, each of so many operations at least.
const ROUNDS: usize = 9;
const OPERATIONS: f64 = 2e9;

fn main() {
    let named = std::env::args().nth(1);
    let is_it = |isa: &Isa| named.as_deref().is_none_or(|name| isa.name() == name);
    let isa = Isa::available().into_iter().rfind(is_it).expect("an instruction set of this processor");
    println!("{}, one thread", isa.name());
    for (n, k, m) in SHAPES {
        let operations = 2.0 * n as f64 * k as f64 * m as f64;
        let fastest = |call: &mut dyn FnMut()| {
            let calls = (OPERATIONS / operations).ceil();
            let round = |_| {
                let start = Instant::now();
                (0..calls as usize).for_each(|_| call());
                start.elapsed().as_secs_f64() / calls
            };
            operations / (0..ROUNDS).map(round).fold(f64::MAX, f64::min) / 1e9
        };
        let number = |i: usize| (i % 13) as f32 * 0.01;
        let (mut a, mut out) = (Panels::new(n, k), Panels::new(n, m));
        let row: Vec<f32> = (0..k).map(number).collect();
        (0..n).for_each(|r| a.set_row(r, &row));
        let mut data = vec![Row::ZERO; storage(k, m)];
        pack(&(0..k * m).map(number).collect::<Vec<f32>>(), k, m, &mut data);
        let tiles = Tiles::new(&data, k, m);
        let forward = fastest(&mut || {
            (0..out.count()).for_each(|j| product(isa, &a, 0, tiles.column(j), out.panel_mut(j)));
        });
        let (mut gradient, length) = (vec![Row::ZERO; storage(k, m)], panels_of(m) * WIDTH);
        let backward = fastest(&mut || {
            for (p, tiles) in gradient.chunks_exact_mut(length).enumerate() {
                let used = (k - p * WIDTH).min(WIDTH);
                for (j, tile) in tiles.chunks_exact_mut(WIDTH).enumerate() {
                    weight_gradient(isa, a.panel(p), used, out.panel(j), [&[], &[]], tile);
                }
            }
        });
        println!("{n} x {k} x {m}: product {forward:.1}, gradient {backward:.1}");
    }
}
