//! Times training steps of the authors' six-layer network on random data and prints one line of JSON.
//!
//! `cargo run --release -p laddernet --example step_time -- --steps 50 --threads 2`

use laddernet::models::{Batch, Buffers, Ladder, LadderSettings, ModelKind, Noise};
use laddernet::optimiser::Adam;
use laddernet::{Isa, Threads};
use laddernet_math::Panels;
use laddernet_math::random::Purpose;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let number = |name: &str, default: usize| option(name).map_or(default, |v| v.parse().expect("a number"));
    let (steps, threads, rows) = (number("--steps", 50), number("--threads", 2), number("--batch", 100));
    let kind: ModelKind = option("--model").map_or(ModelKind::Full, |m| m.parse().expect("a model"));
    let isa = option("--isa").map_or(Isa::detect(), |name| {
        Isa::available().into_iter().find(|i| i.name() == name).expect("an instruction set of this processor")
    });

    let mut settings = LadderSettings::default();
    settings.denoising_weights = kind.authors_weights(Some(100), settings.layers.len());
    let unlabelled = if settings.uses_unlabelled() { rows } else { 0 };
    let threads = Threads::with_isa(threads, isa).expect("threads");
    let mut model = Ladder::new(settings, 1).expect("settings");
    let mut buffers = Buffers::new(model.settings(), rows, unlabelled);
    let mut adam = Adam::new(&model.parameters().0);
    let mut x = Panels::new(rows + unlabelled, 784);
    let mut row = vec![0f32; 784];
    for r in 0..x.rows() {
        row.iter_mut().enumerate().for_each(|(c, v)| *v = ((r * 31 + c * 17 + r * c) % 97) as f32 / 97.0);
        x.set_row(r, &row);
    }
    let batch = Batch { x, labels: (0..rows).map(|r| (r % 10) as u32).collect() };

    let mut times = Vec::new();
    let warm_up = 5;
    for step in 0..steps + warm_up {
        let start = Instant::now();
        threads.run(|| {
            let noise = Noise::Drawn { seed: 1, purpose: Purpose::TrainingNoise, step: step as u32 };
            model.costs_and_gradients(isa, &mut buffers, &batch, noise);
            adam.update(isa, 0.002, model.parameters_mut());
        });
        if step >= warm_up {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"ms_per_step_median\":{:.3},\"ms_per_step_min\":{:.3},\"steps\":{steps},\"threads\":{},\"isa\":\"{}\",\"model\":\"{kind}\"}}",
        times[times.len() / 2],
        times[0],
        threads.count(),
        isa.name()
    );
}
