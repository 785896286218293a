//! Times learning on a graph, and prints one line of JSON: seconds for the neighbours, the graph, Poisson learning and PoissonMBO.
//!
//! `cargo run --release -p laddernet --example graph_time -- --rows 60000 --features 20 --threads 2`, or with rows of a file of f32 numbers and
//! their classes in a file of bytes, which also tells the error: `-- --values codes.f32 --features 20 --classes classes.u8`.

use laddernet::Threads;
use laddernet::graph::{
    Graph, MboSettings, Neighbours, PoissonSettings, Sizes, Source, Start, cut, poisson, poisson_mbo,
};
use std::time::Instant;

const CLASSES: usize = 10;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let word = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1));
    let number = |name: &str, default: usize| word(name).map_or(default, |v| v.parse().expect("a number"));
    let features = number("--features", 20);
    let (values, classes) = match word("--values") {
        None => made_up(number("--rows", 60_000), features),
        Some(path) => {
            let bytes = std::fs::read(path).expect("a file of numbers");
            let values = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            let classes = std::fs::read(word("--classes").expect("--classes")).expect("a file of classes");
            (values, classes.into_iter().map(u16::from).collect())
        }
    };
    let threads = Threads::new(number("--threads", 2)).expect("threads");
    let per_class = number("--labels", CLASSES) / CLASSES;
    let mut rows = Vec::new();
    for class in 0..CLASSES as u16 {
        let skip = number("--draw", 0) * per_class;
        rows.extend((0..classes.len()).filter(|&r| classes[r] == class).skip(skip).take(per_class));
    }
    let labels: Vec<u16> = rows.iter().map(|&row| classes[row]).collect();
    let source = Source { rows: &rows, classes: &labels, weights: None };

    let mut times = Vec::new();
    let mut start = Instant::now();
    let mut lap = || times.push(std::mem::replace(&mut start, Instant::now()).elapsed().as_secs_f64());
    let neighbours = Neighbours::of_matrix(&values, features, number("--k", 10), &threads).expect("neighbours");
    lap();
    let graph = Graph::of(&neighbours);
    lap();
    let solution = poisson(&graph, &source, CLASSES, &PoissonSettings::default(), &threads).expect("a solution");
    lap();
    let sizes = match word("--sizes").map(String::as_str) {
        Some("equal") => Sizes::within(CLASSES, 0.1, 0.1),
        _ => Sizes::within(CLASSES, 0.085, 0.115),
    };
    let settings = MboSettings::default();
    let grouping = poisson_mbo(&graph, &source, &sizes, Start::Poisson, &settings, &threads).expect("a grouping");
    lap();
    let cut = cut(&graph, &grouping.labels, CLASSES).expect("labels of this graph").total;
    let wrong = |found: &[u16]| {
        100.0 * found.iter().zip(&classes).filter(|(a, b)| a != b).count() as f64 / classes.len() as f64
    };
    let sure = grouping.sure(0.7).expect("a share").concat();
    let wrong_sure = sure.iter().filter(|&&row| grouping.labels[row] != classes[row]).count();
    println!(
        "{{\"rows\":{},\"features\":{features},\"edges\":{},\"components\":{},\"neighbours_s\":{:.2},\"graph_s\":{:.2},\"poisson_s\":{:.2},\
         \"mbo_s\":{:.2},\"steps\":{},\"projections\":{},\"sizes_reached\":{},\"cut\":{cut:.4},\"poisson_error_percent\":{:.2},\
         \"mbo_error_percent\":{:.2},\"sure_error_percent\":{:.2},\"threads\":{},\"isa\":\"{}\"}}",
        graph.rows(),
        graph.edges(),
        graph.components().count,
        times[0],
        times[1],
        times[2],
        times[3],
        solution.steps,
        grouping.projections,
        grouping.sizes_reached,
        wrong(&solution.labels(None).expect("labels")),
        wrong(&grouping.labels),
        100.0 * wrong_sure as f64 / sure.len() as f64,
        threads.count(),
        threads.isa().name()
    );
}

/// Classes in turn, each around a point of its own.
fn made_up(rows: usize, features: usize) -> (Vec<f32>, Vec<u16>) {
    let noise = |i: usize| ((i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f32 / (1 << 24) as f32 - 0.5;
    let normal = |i: usize| (0..6).map(|j| noise(i * 7919 + j * 104_729)).sum::<f32>();
    let value = |r: usize, c: usize| 0.6 * normal(r % CLASSES * 1000 + c) + normal(10_000_019 + r * features + c);
    let values = (0..rows).flat_map(|r| (0..features).map(move |c| value(r, c))).collect();
    (values, (0..rows).map(|r| (r % CLASSES) as u16).collect())
}
