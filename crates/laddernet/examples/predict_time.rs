//! Times predictions of the authors' six-layer network and prints one line of JSON: milliseconds for many rows, for one,
//! and how many bytes of memory the process holds.
//!
//! `cargo run --release -p laddernet --example predict_time -- --rows 10000 --threads 2 --precision bf16`

use laddernet::models::{Ladder, LadderSettings};
use laddernet::split::Split;
use laddernet::training::{FitSettings, Flow, fit};
use laddernet::{Dataset, Isa, Scaling, Threads, Values};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let value = arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1));
        value.map_or(default, |v| v.parse().expect("a number"))
    };
    let word = arguments.iter().position(|a| a == "--precision").and_then(|i| arguments.get(i + 1));
    let isa = match word.map_or("f32", String::as_str) {
        "f32" => Isa::detect(),
        "bf16" => Isa::detect_bf16().expect("a processor with bf16 products"),
        word => panic!("--precision {word}: expected f32 or bf16"),
    };
    let threads = Threads::with_isa(number("--threads", 2), isa).expect("threads");
    let many = pixels(number("--rows", 10_000));
    let one = pixels(1);

    // A model predicts once it has statistics: one step gives them.
    let mut model = Ladder::new(LadderSettings::default(), 1).expect("settings");
    let (data, rows): (_, Vec<usize>) = (pixels(100), (0..100).collect());
    let split = Split { labelled: rows.clone(), unlabelled: rows, validation: vec![] };
    let settings = FitSettings { epochs: 1, ..FitSettings::default() };
    fit(&mut model, &data, &split, &settings, &threads.in_single_precision(), &mut |_| Flow::Continue)
        .expect("a training");

    let time = |data: &Dataset, turns: usize| {
        let mut times: Vec<f64> = (0..turns)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(model.probabilities(data, &threads));
                start.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[turns / 2]
    };
    let (of_many, of_one) = (time(&many, 15), time(&one, 500));
    println!(
        "{{\"rows\":{},\"ms\":{of_many:.2},\"ms_of_one_row\":{of_one:.3},\"threads\":{},\"isa\":\"{}\"}}",
        many.rows(),
        threads.count(),
        isa.name()
    );
}

fn pixels(rows: usize) -> Dataset {
    let values = (0..rows * 784).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let labels = (0..rows).map(|r| Some((r % 10) as u32)).collect();
    let names = (0..10).map(|c| c.to_string()).collect();
    Dataset::new(Values::U8(values), labels, names, vec![784], Scaling::BYTES).expect("a dataset")
}
