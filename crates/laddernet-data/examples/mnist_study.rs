//! Three measurements on MNIST that a normal training must not make, as lines of JSON:
//!
//! * `curve`: the test error after every epoch, to be held against a published curve. Nothing is chosen by it.
//! * `statistics`: with 10 000 training rows kept for validation, the validation error of the same trained network
//!   with normalisation statistics from labelled and from unlabelled rows.
//! * `average`: on the same rows, the validation error of the last parameters and of their average over the ends of the
//!   epochs in the last third of the training.
//!
//! All take `--precision bf16`, and the last also `--decay-start SHARE`.
//!
//! `cargo run --release -p laddernet-data --example mnist_study -- curve --labels 100 --epochs 20 --seeds 1,2,3`

use laddernet::evaluation::evaluate;
use laddernet::models::ladder::{StatisticsFrom, estimate_statistics};
use laddernet::models::{Facts, Ladder, LadderSettings, ModelSettings, USUAL};
use laddernet::split::{LabelCount, Split, draw};
use laddernet::training::{Event, FitSettings, Flow, TrainingRows, TrainingState, fit};
use laddernet::{Dataset, Isa, Threads, Values};
use laddernet_data::{idx, locate};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let study = arguments.get(1).cloned().unwrap_or_default();
    let labels: usize = option("--labels").map_or(100, |v| v.parse().expect("a number"));
    let epochs: usize = option("--epochs").map_or(20, |v| v.parse().expect("a number"));
    let seeds: Vec<u64> =
        option("--seeds").unwrap_or("1".into()).split(',').map(|v| v.parse().expect("a number")).collect();
    let isa = match option("--precision").as_deref() {
        Some("bf16") => Isa::detect_bf16().expect("a processor with bf16 products"),
        _ => Isa::detect(),
    };
    let count = option("--threads").map_or(2, |v| v.parse().expect("a number"));
    let threads = Threads::with_isa(count, isa).expect("threads");

    let files = locate::mnist(None).expect("MNIST, in LADDERNET_DATA_DIR or the cache");
    let train = idx::read_pair(&files.train_images, Some(&files.train_labels)).expect("training rows");
    let test = idx::read_pair(&files.test_images, Some(&files.test_labels)).expect("test rows");
    for seed in seeds {
        let start = Instant::now();
        let facts = Facts { labels: Some(LabelCount::Count(labels)), ..Facts::of(train.features(), train.classes()) };
        let ModelSettings::Full(authors) = ModelSettings::defaults(USUAL, &facts).model else { panic!("the ladder") };
        let mut model = Ladder::new(authors.clone(), seed).unwrap();
        let mut settings = FitSettings { epochs, seed, precision: isa.precision(), ..Default::default() };
        match study.as_str() {
            "curve" => {
                let data = joined(&train, &test);
                let split = Split {
                    validation: (train.rows()..data.rows()).collect(),
                    ..draw(&train, LabelCount::Count(labels), 0, seed).unwrap()
                };
                let mut curve = Vec::new();
                fit(&mut model, &data, &split, &settings, &threads, &mut |event| {
                    if let Event::Epoch(e, _) = event {
                        let error = e.validation_error_percent.unwrap();
                        eprintln!("seed {seed} epoch {} test error {error:.2} %", e.epoch);
                        curve.push(format!("{{\"epoch\":{},\"test_error_percent\":{error:.2}}}", e.epoch));
                    }
                    Flow::Continue
                })
                .unwrap();
                let seconds = start.elapsed().as_secs_f64();
                let curve = curve.join(",");
                println!(
                    "{{\"labels\":{labels},\"seed\":{seed},\"epochs\":{epochs},\"seconds\":{seconds:.0},\"test_error_curve\":[{curve}]}}"
                );
            }
            "statistics" => {
                let split = draw(&train, LabelCount::Count(labels), 10_000, seed).unwrap();
                let without = Split { validation: vec![], ..split.clone() };
                fit(&mut model, &train, &without, &settings, &threads, &mut |_| Flow::Continue).unwrap();
                let validation = train.select(&split.validation);
                let error = |statistics| {
                    let of = LadderSettings { statistics, ..authors.clone() };
                    let mut model = Ladder::from_tensors(of, model.tensors()).unwrap();
                    let rows = TrainingRows { data: &train, split: &without, settings: &settings };
                    estimate_statistics(&mut model, rows, &threads);
                    evaluate(&model, &validation, &threads).error_percent()
                };
                let (labelled, unlabelled) = (error(StatisticsFrom::Labelled), error(StatisticsFrom::Unlabelled));
                println!(
                    "{{\"labels\":{labels},\"seed\":{seed},\"epochs\":{epochs},\"validation_error_percent\":{{\"labelled\":{labelled:.2},\"unlabelled\":{unlabelled:.2}}}}}"
                );
            }
            "average" => {
                let split = draw(&train, LabelCount::Count(labels), 10_000, seed).unwrap();
                let without = Split { validation: vec![], ..split.clone() };
                if let Some(share) = option("--decay-start") {
                    settings.decay_start = share.parse().expect("a number");
                }
                let mut average = Average::default();
                fit(&mut model, &train, &without, &settings, &threads, &mut |event| {
                    if let Event::Epoch(e, state) = event
                        && 3 * e.epoch > 2 * epochs
                    {
                        average.add(state);
                    }
                    Flow::Continue
                })
                .unwrap();
                let validation = train.select(&split.validation);
                let last = evaluate(&model, &validation, &threads).error_percent();
                average.put_into(&mut model);
                let rows = TrainingRows { data: &train, split: &without, settings: &settings };
                estimate_statistics(&mut model, rows, &threads);
                let averaged = evaluate(&model, &validation, &threads).error_percent();
                println!(
                    "{{\"labels\":{labels},\"seed\":{seed},\"epochs\":{epochs},\"decay_start\":{},\"validation_error_percent\":{{\"last\":{last:.2},\"averaged\":{averaged:.2}}}}}",
                    settings.decay_start
                );
            }
            _ => panic!("expected 'curve', 'statistics' or 'average'"),
        }
        std::io::stdout().flush().expect("standard output");
    }
}

/// The mean of parameters at several epochs, by path.
#[derive(Default)]
struct Average {
    sums: BTreeMap<String, Vec<f64>>,
    count: usize,
}

impl Average {
    fn add(&mut self, state: &dyn TrainingState) {
        self.count += 1;
        for tensor in state.checkpoint().tensors {
            let Some(path) = tensor.path.strip_prefix("value.") else { continue };
            let sums = self.sums.entry(path.to_owned()).or_insert_with(|| vec![0.0; tensor.values.len()]);
            sums.iter_mut().zip(&tensor.values).for_each(|(sum, &value)| *sum += f64::from(value));
        }
    }

    fn put_into(&self, model: &mut Ladder) {
        for parameter in model.parameters_mut() {
            let sums = self.sums.get(parameter.path()).expect("at least one epoch");
            let mean: Vec<f32> = sums.iter().map(|sum| (sum / self.count as f64) as f32).collect();
            parameter.set_values(&mean);
        }
    }
}

/// The rows of both, so that the test rows can stand where a training would have validation rows.
fn joined(train: &Dataset, test: &Dataset) -> Dataset {
    let (Values::U8(a), Values::U8(b)) = (train.values(), test.values()) else { panic!("MNIST is bytes") };
    let values = Values::U8(a.iter().chain(b).copied().collect());
    let labels = train.labels().iter().chain(test.labels()).copied().collect();
    Dataset::new(values, labels, train.class_names().to_vec(), train.row_shape().to_vec(), train.scaling()).unwrap()
}
