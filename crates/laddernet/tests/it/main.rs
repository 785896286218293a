//! The library against its references, one binary for all.

mod cases;
mod contract;
mod few_labels;
mod golden;
mod graph;
mod ladder;
mod pinned;
mod rbm;
mod reference;
mod session;
mod split;
mod stacks;
mod stages;

use laddernet::{Dataset, Scaling, Values};

/// Three classes of noisy stripes, each `width` columns wide, values in 0..=1.
fn striped(rows: usize, columns: usize, width: usize) -> Dataset {
    let value = |r: usize, c: usize| {
        let noise = (r * 7919 + c * 104_729 + r * c * 31) % 1000;
        0.8 * f32::from(u8::from((c / width) % 3 == r % 3)) + noise as f32 / 5000.0
    };
    let values = (0..rows).flat_map(|r| (0..columns).map(move |c| value(r, c))).collect();
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let labels = (0..rows).map(|r| Some(r as u32 % 3)).collect();
    Dataset::new(Values::F32(values), labels, names, vec![columns], Scaling::NONE).unwrap()
}

/// The same, 20 columns.
fn stripes(rows: usize) -> Dataset {
    striped(rows, 20, 3)
}
