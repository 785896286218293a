//! Trainings of the models before the ladder on MNIST, to find settings by, as lines of JSON.
//!
//! * `classify`: layers pre-trained by `--stack sae`, `sdae` or `dbn`, or not at all (`none`), then fine-tuned.
//! * `deep`: an autoencoder 784-1000-500-250-30 unrolled from machines (`--stack dbn`) or from random weights (`none`).
//! * `gsn`: a denoising autoencoder of one layer trained by walkback, its samples judged by a Parzen window estimate.
//!
//! The last 10 000 training rows are kept apart to choose by. `--final` trains on all rows with what was chosen, and then
//! alone looks at the test rows. `--keep FILE` keeps pre-trained layers there for the next run.
//!
//! `cargo run --release -p laddernet-data --example stack_study -- classify --stack sdae --labels 100 --seeds 1,2,3`

use laddernet::evaluation::evaluate;
use laddernet::fit::{Event, FitSettings, Flow, fit};
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings, Corruption};
use laddernet::models::classifier::{Classifier, Learning};
use laddernet::models::rbm::{Binarise, Chain, Contrast, ContrastiveRbm, Rbm};
use laddernet::models::{Activation, Dense, Model};
use laddernet::optimiser::Optimiser;
use laddernet::split::{LabelCount, Split, draw};
use laddernet::{Dataset, Isa, Threads};
use laddernet_data::{idx, locate};
use std::collections::BTreeMap;
use std::time::Instant;

/// Rows kept apart at the end of the training rows.
const VALIDATION: usize = 10_000;

fn main() {
    let options = Options::read();
    let isa = match &*options.text("precision", "bf16") {
        "f32" => Isa::detect(),
        _ => Isa::detect_bf16().unwrap_or(Isa::detect()),
    };
    let threads = Threads::with_isa(options.number("threads", 2.0) as usize, isa).expect("threads");
    let files = locate::mnist(None).expect("MNIST, in LADDERNET_DATA_DIR or the cache");
    let all = idx::read_pair(&files.train_images, Some(&files.train_labels)).expect("training rows");
    let (train, judge, on) = if options.flag("final") {
        let test = idx::read_pair(&files.test_images, Some(&files.test_labels)).expect("test rows");
        (all, test, "test")
    } else {
        let cut = all.rows() - VALIDATION;
        let rows = |from: usize, to: usize| all.select(&(from..to).collect::<Vec<_>>());
        (rows(0, cut), rows(cut, all.rows()), "validation")
    };
    for seed in options.text("seeds", "1").split(',').map(|seed| seed.parse().expect("a seed")) {
        let study = Study { options: &options, threads: &threads, train: &train, judge: &judge, seed };
        let start = Instant::now();
        let found = match &*options.study {
            "classify" => study.classify(),
            "deep" => study.deep(),
            _ => panic!("expected 'classify' or 'deep'"),
        };
        let seconds = start.elapsed().as_secs_f64();
        println!("{{{},\"seed\":{seed},\"seconds\":{seconds:.0},\"on\":\"{on}\",{found}}}", options.json());
    }
}

struct Study<'a> {
    options: &'a Options,
    threads: &'a Threads,
    train: &'a Dataset,
    judge: &'a Dataset,
    seed: u64,
}

/// A pre-trained layer, as it was trained.
enum Layer {
    Machine(Box<Rbm>),
    Autoencoder(Autoencoder),
}

impl Layer {
    fn up(&self) -> Dense {
        match self {
            Layer::Machine(rbm) => rbm.up(),
            Layer::Autoencoder(model) => model.up()[0].clone(),
        }
    }
}

impl Study<'_> {
    /// Layers over the rows, each learned from the codes of the one below.
    fn pretrained(&self, sizes: &[usize], stack: &str) -> Vec<Layer> {
        if stack == "none" {
            return Vec::new();
        }
        let keep = self.options.text("keep", "");
        if let Ok(bytes) = std::fs::read(&keep) {
            return self.read_layers(sizes, stack, &bytes);
        }
        let o = self.options;
        let mut settings = FitSettings {
            epochs: o.number("pre-epochs", 10.0) as usize,
            unlabelled_batch: o.number("batch", 100.0) as usize,
            decay_start: 0.5,
            seed: self.seed,
            ..FitSettings::default()
        };
        let mut layers: Vec<Layer> = Vec::new();
        let mut data = None;
        for (l, pair) in sizes.windows(2).enumerate() {
            let start = Instant::now();
            let rows = data.as_ref().unwrap_or(self.train);
            let mut layer = self.untrained(pair, stack, l);
            match &mut layer {
                Layer::Machine(rbm) => {
                    settings.optimiser = Optimiser::Momentum(0.9);
                    settings.learning_rate = o.number("pre-rate", 0.05);
                    settings.weight_decay = 2e-4;
                    let contrast = Contrast {
                        sweeps: 1,
                        chain: Chain::Data,
                        offset_share: Some(0.01),
                        binarise: Binarise::None,
                        sparsity: None,
                    };
                    let mut model = ContrastiveRbm { rbm: (**rbm).clone(), contrast };
                    self.learn(&mut model, rows, &settings, "rebuilding");
                    **rbm = model.rbm;
                }
                Layer::Autoencoder(model) => {
                    settings.learning_rate = o.number("pre-rate", 0.001);
                    self.learn(model, rows, &settings, "rebuilding");
                }
            }
            data = Some(layer.up().codes(rows, self.threads));
            eprintln!("layer {} learned, {:.0} s", l + 1, start.elapsed().as_secs_f64());
            layers.push(layer);
        }
        if !keep.is_empty() {
            self.write_layers(&layers, &keep);
        }
        layers
    }

    fn untrained(&self, pair: &[usize], stack: &str, l: usize) -> Layer {
        let seed = self.seed + 1000 * l as u64;
        if stack == "dbn" {
            return Layer::Machine(Box::new(Rbm::new(pair[0], pair[1], seed).expect("a machine")));
        }
        let share = if stack == "sdae" { self.options.number("noise", 0.25) } else { 0.0 };
        let corruption = if share > 0.0 { Corruption::Masking(share) } else { Corruption::None };
        let settings = AutoencoderSettings { tied: true, corruption, ..AutoencoderSettings::of(pair) };
        Layer::Autoencoder(Autoencoder::new(settings, seed).expect("an autoencoder"))
    }

    fn write_layers(&self, layers: &[Layer], path: &str) {
        let mut bytes = Vec::new();
        for layer in layers {
            let parameters = match layer {
                Layer::Machine(rbm) => rbm.parameters(),
                Layer::Autoencoder(model) => model.parameters(),
            };
            parameters.0.iter().for_each(|p| bytes.extend(p.values().iter().flat_map(|x| x.to_le_bytes())));
        }
        std::fs::write(path, bytes).expect("a file to write");
    }

    fn read_layers(&self, sizes: &[usize], stack: &str, bytes: &[u8]) -> Vec<Layer> {
        let mut values = bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four bytes")));
        let layers = sizes.windows(2).enumerate().map(|(l, pair)| {
            let mut layer = self.untrained(pair, stack, l);
            let parameters = match &mut layer {
                Layer::Machine(rbm) => rbm.parameters_mut(),
                Layer::Autoencoder(model) => model.parameters_mut(),
            };
            for p in parameters {
                let read: Vec<f32> = values.by_ref().take(p.count()).collect();
                p.set_values(&read);
            }
            layer
        });
        layers.collect()
    }

    fn learn(&self, model: &mut impl Model, rows: &Dataset, settings: &FitSettings, what: &str) {
        let split = Split { labelled: vec![], unlabelled: (0..rows.rows()).collect(), validation: vec![] };
        fit(model, rows, &split, settings, self.threads, &mut |event| {
            if let Event::Epoch(e, _) = event {
                eprintln!("{what} {} {:.4}", e.epoch, e.denoising_costs[0].unwrap_or(f64::NAN));
            }
            Flow::Go
        })
        .expect("a training that ends");
    }

    fn classify(&self) -> String {
        let o = self.options;
        let sizes: Vec<usize> = std::iter::once(784)
            .chain(o.text("sizes", "1000,1000,1000").split(',').map(|m| m.parse().expect("a size")))
            .collect();
        let stack = o.text("stack", "sdae");
        let layers = self.pretrained(&sizes, &stack);
        let pretrained = !layers.is_empty();
        let mut model = match pretrained {
            true => Classifier::over(layers.iter().map(Layer::up).collect(), 784, 10),
            false => Classifier::new(&[&sizes[..], &[10]].concat(), self.seed),
        };
        let count: LabelCount = o.text("labels", "all").parse().expect("a number of labels");
        let drawn = draw(self.train, count, 0, self.seed).expect("so many labels");
        let split = Split { unlabelled: vec![], ..drawn };
        let settings = FitSettings {
            epochs: o.number("epochs", 30.0) as usize,
            labelled_batch: o.number("batch", 100.0) as usize,
            learning_rate: o.number("rate", 0.0005),
            weight_decay: o.number("decay", 0.0),
            decay_start: o.number("decay-start", 0.0),
            optimiser: match o.number("momentum", -1.0) {
                momentum if momentum >= 0.0 => Optimiser::Momentum(momentum),
                _ => Optimiser::Adam,
            },
            seed: self.seed,
            ..FitSettings::default()
        };
        let run = |model: &mut Classifier, settings: &FitSettings| {
            let mut errors = Vec::new();
            fit(model, self.train, &split, settings, self.threads, &mut |event| {
                if let Event::Epoch(e, standing) = event
                    && (e.epoch == settings.epochs || e.epoch.is_multiple_of(settings.epochs.div_ceil(8)))
                {
                    let mut now = Classifier::new(&[&sizes[..], &[10]].concat(), 0);
                    let tensors = standing.checkpoint().tensors;
                    for p in now.parameters_mut() {
                        let path = format!("value.{}", p.path());
                        p.set_values(&tensors.iter().find(|t| t.path == path).expect("a parameter").values);
                    }
                    let error = evaluate(&now, self.judge, self.threads).error_percent();
                    eprintln!("fine {} cost {:.5} error {error:.2}", e.epoch, e.supervised_cost);
                    errors.push(format!("[{},{error:.2}]", e.epoch));
                }
                Flow::Go
            })
            .expect("a training that ends");
            errors.join(",")
        };
        let top = o.number("top-epochs", 0.0) as usize;
        if top > 0 && pretrained {
            model.learning = Learning::TopAlone;
            run(&mut model, &FitSettings { epochs: top, learning_rate: 0.002, ..settings.clone() });
            model.learning = Learning::AllLayers;
        }
        let start = Instant::now();
        model.corruption = o.corruption("input");
        model.dropout = o.number("dropout", 0.0);
        let curve = run(&mut model, &settings);
        let error = evaluate(&model, self.judge, self.threads).error_percent();
        format!(
            "\"fine_seconds\":{:.0},\"error_percent\":{error:.2},\"curve\":[{curve}]",
            start.elapsed().as_secs_f64()
        )
    }

    fn deep(&self) -> String {
        let o = self.options;
        let layers = [784, 1000, 500, 250, 30];
        let settings = AutoencoderSettings {
            code: Activation::Linear,
            tied: o.text("tied", "no") == "yes",
            corruption: o.corruption("input"),
            ..AutoencoderSettings::of(&layers)
        };
        let mut model = Autoencoder::new(settings, self.seed).expect("an autoencoder");
        let stack = o.text("stack", "none");
        let start = Instant::now();
        if stack == "dbn" {
            let machines = self.pretrained(&layers[..4], "dbn");
            let below = machines.iter().fold(None, |rows: Option<Dataset>, layer| {
                Some(layer.up().codes(rows.as_ref().unwrap_or(self.train), self.threads))
            });
            // The code, from an autoencoder of one layer: linear units over the probabilities below.
            let code =
                AutoencoderSettings { code: Activation::Linear, tied: true, ..AutoencoderSettings::of(&[250, 30]) };
            let mut code = Autoencoder::new(code, self.seed).expect("an autoencoder");
            let settings = FitSettings { epochs: 10, learning_rate: 0.001, seed: self.seed, ..FitSettings::default() };
            self.learn(&mut code, &below.expect("three machines"), &settings, "code");
            let rbms: Vec<Rbm> = machines
                .into_iter()
                .map(|layer| match layer {
                    Layer::Machine(rbm) => *rbm,
                    Layer::Autoencoder(_) => panic!("asked for machines"),
                })
                .collect();
            let lower = Autoencoder::unrolled(&rbms, AutoencoderSettings::of(&[])).expect("a stack");
            let mut values: BTreeMap<String, Vec<f32>> =
                lower.parameters().0.iter().map(|p| (p.path().to_owned(), p.values())).collect();
            for (from, to) in [("encoder.1.weight", "encoder.4.weight"), ("encoder.1.bias", "encoder.4.bias")] {
                values.insert(to.into(), value(&code, from));
            }
            let weight = value(&code, "encoder.1.weight");
            values.insert("decoder.3.weight".into(), (0..250 * 30).map(|k| weight[k % 250 * 30 + k / 250]).collect());
            values.insert("decoder.3.bias".into(), value(&code, "decoder.0.bias"));
            model.parameters_mut().into_iter().for_each(|p| p.set_values(&values[p.path()]));
        }
        let pre_seconds = start.elapsed().as_secs_f64();
        let before = mean(&model.squared_errors(self.judge, self.threads));
        let settings = FitSettings {
            epochs: o.number("epochs", 30.0) as usize,
            unlabelled_batch: o.number("batch", 100.0) as usize,
            learning_rate: o.number("rate", 0.001),
            weight_decay: o.number("decay", 0.0),
            decay_start: o.number("decay-start", 0.0),
            seed: self.seed,
            ..FitSettings::default()
        };
        self.learn(&mut model, self.train, &settings, "fine");
        let after = mean(&model.squared_errors(self.judge, self.threads));
        let on_train = mean(&model.squared_errors(self.train, self.threads));
        format!(
            "\"pre_seconds\":{pre_seconds:.0},\"squared_error_before\":{before:.3},\"squared_error\":{after:.3},\"squared_error_train\":{on_train:.3}"
        )
    }
}

fn value(model: &Autoencoder, path: &str) -> Vec<f32> {
    model.parameters().0.iter().find(|p| p.path() == path).expect("a parameter").values()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// `STUDY --name value ...`
struct Options {
    study: String,
    given: BTreeMap<String, String>,
}

impl Options {
    fn read() -> Self {
        let mut arguments = std::env::args().skip(1);
        let study = arguments.next().expect("which study");
        let mut given = BTreeMap::new();
        while let Some(name) = arguments.next() {
            let name = name.strip_prefix("--").expect("--name value").to_owned();
            let value = if name == "final" { String::new() } else { arguments.next().expect("a value") };
            given.insert(name, value);
        }
        Options { study, given }
    }

    fn flag(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    fn text(&self, name: &str, otherwise: &str) -> String {
        self.given.get(name).cloned().unwrap_or(otherwise.to_owned())
    }

    fn number(&self, name: &str, otherwise: f32) -> f32 {
        self.given.get(name).map_or(otherwise, |x| x.parse().expect("a number"))
    }

    /// `masking:0.25`, `salt:0.4`, `gaussian:0.3`
    fn corruption(&self, name: &str) -> Corruption {
        let given = self.text(name, "");
        let Some((kind, amount)) = given.split_once(':') else { return Corruption::None };
        let amount = amount.parse().expect("a number");
        match kind {
            "masking" => Corruption::Masking(amount),
            "salt" => Corruption::SaltAndPepper(amount),
            "gaussian" => Corruption::Gaussian(amount),
            _ => panic!("expected masking, salt or gaussian"),
        }
    }

    /// What was asked for.
    fn json(&self) -> String {
        let given = self.given.iter().filter(|(name, _)| !["keep", "seeds", "final", "threads"].contains(&&***name));
        let given: String = given.map(|(name, value)| format!(",\"{name}\":\"{value}\"")).collect();
        format!("\"study\":\"{}\"{given}", self.study)
    }
}
