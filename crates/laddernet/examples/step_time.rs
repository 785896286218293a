//! Times training steps of the authors' six-layer network on random data and prints one line of JSON.
//!
//! `cargo run --release -p laddernet --example step_time -- --steps 50 --threads 2 --precision bf16 --limit`

use laddernet::models::ladder::{Buffers, Noise, Variant};
use laddernet::models::{Ladder, LadderSettings};
use laddernet::optimiser::Descent;
use laddernet::training::Batch;
use laddernet::{Isa, Threads};
use laddernet_math::Panels;
use laddernet_math::operand::product_rate;
use laddernet_math::random::Purpose;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let number = |name: &str, default: usize| option(name).map_or(default, |v| v.parse().expect("a number"));
    let (steps, threads, rows) = (number("--steps", 50), number("--threads", 2), number("--batch", 100));
    let variant: Variant = option("--model").map_or(Variant::Full, |m| m.parse().expect("a model"));
    let isa = match (option("--isa"), option("--precision").as_deref().unwrap_or("f32")) {
        (Some(name), _) => Isa::available().into_iter().chain(Isa::available_bf16()).find(|i| i.name() == name),
        (None, "f32") => Some(Isa::detect()),
        (None, "bf16") => Isa::detect_bf16(),
        (None, word) => panic!("--precision {word}: expected f32 or bf16"),
    };
    let Some(isa) = isa else {
        eprintln!("this processor has no such instructions");
        std::process::exit(2);
    };

    let mut settings = LadderSettings::default();
    settings.denoising_weights = variant.authors_weights(Some(100), settings.layers.len());
    let unlabelled = if settings.uses_unlabelled() { rows } else { 0 };
    let threads = Threads::with_isa(threads, isa).expect("threads");
    let product_gflop = settings.product_flop(rows, unlabelled) as f64 / 1e9;
    let mut model = Ladder::new(settings, 1).expect("settings");
    let mut buffers = Buffers::new(model.settings(), rows, unlabelled, threads.precision());
    let mut adam = Descent::adam(isa, model.parameters_mut());
    let mut x = Panels::new(rows + unlabelled, 784);
    let mut row = vec![0f32; 784];
    for r in 0..x.rows() {
        row.iter_mut().enumerate().for_each(|(c, v)| *v = ((r * 31 + c * 17 + r * c) % 97) as f32 / 97.0);
        x.set_row(r, &row);
    }
    let batch = Batch { x, labels: (0..rows).map(|r| (r % 10) as u32).collect(), weights: None };

    let mut times = Vec::new();
    let warm_up = 5;
    for step in 0..steps + warm_up {
        let start = Instant::now();
        let noise = Noise::Drawn { seed: 1, purpose: Purpose::TrainingNoise, step: step as u32 };
        model.costs(&threads, &mut buffers, &batch, noise);
        model.gradients(&threads, &mut buffers, &batch, adam.step(0.002));
        if step >= warm_up {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    let limit = arguments.iter().any(|a| a == "--limit").then(|| limit(&threads));
    println!(
        "{{\"ms_per_step_median\":{:.3},\"ms_per_step_min\":{:.3},\"steps\":{steps},\"threads\":{},\"isa\":\"{}\",\
         \"precision\":\"{}\",\"model\":\"{variant}\",\"product_gflop\":{product_gflop:.4}{}}}",
        times[times.len() / 2],
        times[0],
        threads.count(),
        isa.name(),
        option("--precision").unwrap_or("f32".into()),
        limit.map_or(String::new(), |l| format!(",\"product_limit_gflops\":{l:.1}"))
    );
}

/// GFLOP/s of the product kernel on all threads, with operands in their caches: the best of several rounds.
fn limit(threads: &Threads) -> f64 {
    let work = product_rate(threads);
    (0..20)
        .map(|_| {
            let start = Instant::now();
            let flop = work();
            flop as f64 / start.elapsed().as_secs_f64() / 1e9
        })
        .fold(0.0, f64::max)
}
