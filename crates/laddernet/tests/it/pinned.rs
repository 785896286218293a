//! The bits of every model, pinned: each kind, and each setting that changes a computation, is trained for a moment, and the
//! hash of what it learned and answers is held against the table.
//!
//! Reference: the program itself on the day the table was written, which says nothing of what is right (the other tests do) and
//! everything of what has moved. A changed hash is a finding, not a number to update: find the line that moved the bits.
//!
//! Portable instructions in single precision, so that the table holds on every processor. What the library is called by stands
//! in [`outcome`] alone: when a name or a signature there changes, change it there, and no hash.

use laddernet::models::autoencoder::{AutoencoderSection, AutoencoderSpec};
use laddernet::models::corruption::{Corruption, Emphasis};
use laddernet::models::ladder::{StatisticsFrom, Variant};
use laddernet::models::rbm::{Binarise, RbmSection, RbmSpec, Units};
use laddernet::models::stacks::{
    ClassifierSection, DbnSpec, DeepAutoencoderSpec, NetSpec, PretrainingSection, SaeSpec,
};
use laddernet::models::trained::Start;
use laddernet::models::vae::VaeSpec;
use laddernet::models::{Activation, KINDS, Kind, LadderSettings, ModelSettings, kind};
use laddernet::optimiser::Optimiser;
use laddernet::split::{LabelCount, draw, draw_without_labels};
use laddernet::tensor::Tensor;
use laddernet::training::{Course, DENOISING, EpochReport, Event, FitSettings, Flow, RECONSTRUCTION, SUPERVISED};
use laddernet::{Dataset, Isa, Scaling, Standards, Threads, Values};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Name of a training, hash of its tensors, hash of its answers: the first half of a SHA-256 each.
#[rustfmt::skip]
const PINNED: &[(&str, &str, &str)] = &[
    ("full", "1460643981df003b1f0bfc28a6226250", "5c013622dfb81c034bcd17a052688b3f"),
    ("top", "ebcd030915814511f1a044713b6a1c49", "9ea1fe4090bfd6760705567282bfb1e6"),
    ("bottom", "c1207dac29a43c02a75d46a0b24eba21", "56c3adc9e40d10cddc3ff51698019a28"),
    ("mlp", "40e143a640f351974140f2b6abfaa412", "68122787d9101dd3ae48a75514eac9b2"),
    ("full without lateral", "f935514b1e1ca935f95b7945b468e4f3", "9a5df7f73ed5d7f430a74051130e3e3b"),
    ("full of all labels", "adac47a027e4f5a26a8b1503ce4825e3", "36bcb06bca390469f7ad8158ddbf5e61"),
    ("full of bytes", "63a128f23719781e29820b2c93edcc4f", "03ba65c2e3336e367ec26f86a208f2a6"),
    ("full by momentum", "9ff1db839f71ff49502a0aefab5c0250", "cf26bca260f72f8325f29fa67a4378b0"),
    ("full with weight decay", "bc8961e8ed7c7f974a3a6565fc27d4c0", "5d59208e756f4ede260a62326498616f"),
    ("full statistics of labelled rows", "9685e08354800f79d5900fadc8f3a0e4", "6e4164c5e45de3ad8238e9ef610e8cf4"),
    ("mlp of all labels", "28756e2a460eb596f847929fae784984", "69c8111ac07fb30a43de31754b4262a8"),
    ("rbm", "8921fa6bb777093fcd1e9e2debe06738", "68c27d0a97fc02b20f6f28065b4a137f"),
    ("dbn", "2a8ebc4ee24c4564003ca5f1520c5120", "a518ff94b30a2f2ce82f5c5bd1bc2dcf"),
    ("deep-autoencoder", "2f2d29a00aaa1d9445d5d2b2df2cf660", "f660c47c3b5a3969b79138160c3e4c88"),
    ("autoencoder", "2a755f651b851af17690bde72a8c5d57", "a55c1a57a0637e47408c77fad678e538"),
    ("sae", "53a625950bf814d1434d1230dba21c36", "c06a78a676702edd674b8e8cd2b1dce4"),
    ("sdae", "f24f32c4dc41e0c93c154cc59597589d", "5b3703a33914868fc07422fb0e4b6a0b"),
    ("gsn", "e9a76ac682f076db133b7c0a453e911d", "a08d5e94e3497b677ebc4113d53276dd"),
    ("net", "092e999678070eb905f53e8fc6428a45", "5ccb72bc3ebf3c520cc9a25711d1edd7"),
    ("vae", "0cef1bdd9d4a9b9ac524006b2e19f4b4", "8880466109c53d8d9e41212e7313d8cc"),
    ("vae by momentum", "cf424dcd87f174b1f205d54eab4c1e3f", "fe416b88e0c1a07a039f78c07d0ada6b"),
    ("vae gaussian", "8b8a387f2cf0b5d416c5d46cd4507f6c", "7c99d7b7b4da879639463e02153af987"),
    ("rbm by momentum", "d92b3743374e83238aca3d64d3fe74fa", "65b8a084dcdf05089da9a06caacad92c"),
    ("rbm gaussian", "678923f920703c79ef25314be035dab9", "ca4c235934e4b0373e822cdbc669caeb"),
    ("rbm pcd", "827213be867fb4cbe5339b2f19c75ca0", "77ab37e0928674ad0499b65351aece26"),
    ("rbm cd-3", "ec29f6b91547b84a0f256006effe933b", "39a6e9f6069b0cbba0d0445cecd31904"),
    ("rbm not centred", "6e114232cb25385be664f161921776f6", "7bcef858afc65223f2124e715236b66a"),
    ("rbm sparse", "bb6128b5f13067a812a7245c7cc9a12d", "1b897ec409e477b8384eb0c4f8132bda"),
    ("rbm stochastic", "fe7604e7a9d4a2cc7f81a4a4cf0b1b5d", "ff3ada3901235c230a53820f2be3846b"),
    ("rbm threshold", "51e2f0f1cbee2213956354b27f39a8d8", "75bf6cd76edb8c7d0d66998f935759b7"),
    ("dbn by momentum", "f3617d28fe153b3af3d838977207d40c", "18768ab5812727b3811062414367b4ad"),
    ("dbn gaussian", "898897619739096885159aac823bb0fc", "7a4047234097fc1d276272040c8ec003"),
    ("dbn from random weights", "092e999678070eb905f53e8fc6428a45", "5ccb72bc3ebf3c520cc9a25711d1edd7"),
    ("dbn pcd", "4fbde6bff5b76261037110585b814b51", "1735961e5f42bc6d67fdda34aa6cbf92"),
    ("dbn cd-3", "eb0d9d93950a2ee4439c842eafff409e", "426cf9fb905b0f5e3c9487fb2b2a229a"),
    ("dbn not centred", "d15522cef609aba4dfc1b9f8ecfd88b5", "a51b65ef28e2449b79bd14d358b9324e"),
    ("dbn sparse", "a1d2db538bec8a553d5961e8031ba44b", "ce1974ec091d56b2120e1ec5463f3541"),
    ("dbn stochastic", "1c4f5f3655907b50df48c688c65419b3", "e27f8680fcddb1b24c1c070dcef88600"),
    ("dbn threshold", "0ab1c8f655160fd6acdb289b4dabfa94", "351683f2de878f3a9310eddfaacd2e88"),
    ("dbn dropout", "c54f36330c0be3ae6a70f3b5f4a561e3", "d06db743616b51c43c5c6f6e890b58c8"),
    ("dbn corrupted input", "aac202949f31badbe10609fa439630ae", "b8c9c16bc0772978e4c2e978f3f76992"),
    ("dbn masked input", "3137b959e25487810ef5dc672059bf49", "c761e0d42a870696d671dc820696f776"),
    ("deep-autoencoder by momentum", "7581706543bce4385a0f417d5b23a2d0", "04c5712d61d5aa6f319bb05eec79bf1e"),
    ("deep-autoencoder gaussian", "7ceec84eea492fa988293f4132a440b5", "913cc13393cb357f3c56e59e53d18183"),
    ("deep-autoencoder from random weights", "da7d3d778b6592707c1cbe115bd4fe90", "1fad54a7d43614f8d31c0d55b1123879"),
    ("deep-autoencoder pcd", "efa47f35121b08006e01eb4b84e9c5bd", "f439c38aa85a0e39cb07bb0e4e793aed"),
    ("deep-autoencoder cd-3", "32fd77b15032f118eeed24300bd2f5b9", "9449c6866f47ae89bffdc78891a1712f"),
    ("deep-autoencoder not centred", "f96165a76b21403e2476793796b482c2", "8cf967b2f4de5062d726d0a9d8d5c1db"),
    ("deep-autoencoder sparse", "65e1633f088e48ff446745c0d739ec07", "63a07c43924dd4ad7df1bbd1f8eb72c2"),
    ("deep-autoencoder stochastic", "37e4c70319792d95e9f8be041efcc58d", "634190b209cbcd35fcdb7e01226240fa"),
    ("deep-autoencoder threshold", "fdf21dd5f0b67a1187ffc39145bd21f2", "b82072495598c26c012f6adc01250db4"),
    ("autoencoder by momentum", "fc5ef6849b07dfd83d5b9880cd3080e1", "612eb54a2a1e50a9acd5f6e806b498c4"),
    ("autoencoder gaussian", "643906c76029cebd82f2df8f2a8988c6", "3a6b8e70eb3b92673012f2672cc572d9"),
    ("sae by momentum", "33c9e1f53bb667ec476051c18b90785a", "643f6bef0e44d83285ccaf7774a80a09"),
    ("sae gaussian", "f770541c12fc4539e3d0fd35f6d3f3a3", "4e4710bba58a74444ec416af526032d0"),
    ("sae from random weights", "092e999678070eb905f53e8fc6428a45", "5ccb72bc3ebf3c520cc9a25711d1edd7"),
    ("sae dropout", "bff1567d76667ec57c38e96222ab400d", "c6746fed541e695803464f4789de2cea"),
    ("sae corrupted input", "c62cad5ed02a399f2fcf8698c7341716", "69fb02b12201d01275cd7448f2dbb498"),
    ("sae masked input", "e27823fa022dfe6295b57f6215c67a7b", "1ff3c3ebb8455474a4f3b42324d70336"),
    ("sdae by momentum", "b703fe361e8f622d0ddbcc0c330287d6", "bfb21ac68d8abc6457d372c17ef5a932"),
    ("sdae gaussian", "fb254cbf6ab08df02ff118c3ab68f635", "406a907f62e3a190f72951caa8e8241e"),
    ("sdae from random weights", "092e999678070eb905f53e8fc6428a45", "5ccb72bc3ebf3c520cc9a25711d1edd7"),
    ("sdae dropout", "d25f06e19940324c625cb95c6d6eb7c2", "ef9cffd71b8bb6920b25a8ac373e91f1"),
    ("sdae corrupted input", "ed7edaf9469d16bc4ed1635e4ab0491e", "8061ab9be0bcabb8b72f03c20063d9aa"),
    ("sdae masked input", "04a5ecd57b22af9cf891ef1139812ba5", "175115a92eb5a342d93233dabcc18a60"),
    ("gsn by momentum", "91b51af908cdca123d26f1a78d6e3a36", "a20f1b06ccf9471fb7ef50ef8f4948f2"),
    ("net by momentum", "90875eb9310ac91dad932da5f2d1da8f", "b27a0bf2278167772ab4d0e8b5b68058"),
    ("net gaussian", "e88e36694b83e1336ae95e20b14e60b5", "b39de4be36b53911e682e016d8944674"),
    ("net dropout", "d7e9241ec80d74789fcfd62a4f9c8d36", "d75c39bb225e283b372a00880657d3b8"),
    ("net corrupted input", "0c9cf235a0b7932263f0968faf9394ac", "5453f27eb58e5434a07d1e031ea09211"),
    ("net masked input", "d4d69414a9925f85754b96c872bc8cc0", "507f9632eb57dd0c3893c858be5220e6"),
    ("rbm gaussian pcd", "2378424ef9613e3f4802b835507e49f1", "cf2b8d08477127eae51bc49a373b4d2b"),
    ("dbn without the top alone", "49f19962e3b190d22bfde8477799ee86", "54b14c8182a4ad5624cd28a4f1c7ee50"),
    ("deep-autoencoder linear code", "e187dbf86fba74bbbcb01a41a533748a", "bf3d6c733f4f016042048680509c0bf8"),
    ("deep-autoencoder tied", "ee240a4e8c1352400a7dc67a9f1d8590", "2b87d9a5a42443891e35a159f93abd22"),
    ("autoencoder salt and pepper", "221ac0c251deb4de91acc458ef2880d1", "c279f95112408c978a2b4b327a9de015"),
    ("autoencoder gaussian noise", "50d4a8d9d984cd5b4442d3eaf596e2a4", "b13b72109c896b8877ed41268a903bcc"),
    ("autoencoder uncorrupted", "5593c6f0855cc76ae8a6a431421137f6", "d52492123432795fc44e71cc149ada8f"),
    ("autoencoder emphasis", "40cb220ba6a991ac4475bac387189645", "336ed6cdc32c86f69dfbb261d19388f8"),
    ("autoencoder other way down", "77f09fd42430ca472d3f5327d9aa59c4", "f57543bceed350535c2c6ce194dc37cd"),
    ("sdae salt and pepper", "7c75177f583485083c4aad97e974c824", "f128b5a305d7a1843019d6364e456e60"),
    ("sdae gaussian noise", "4aa3b3b543481f58f94f9561ddbb24fe", "80131791d626ac202332b7f74b016741"),
    ("sdae uncorrupted", "53a625950bf814d1434d1230dba21c36", "c06a78a676702edd674b8e8cd2b1dce4"),
    ("sdae emphasis", "653e52397f32eda1ca4cb163f1460da1", "0c347ab91cac5da36586e3291291dd58"),
    ("sdae other way down", "a7b91ba728a03f41b1241f875f4580b5", "4e60d577b43aa1b20204037cf3da7f7b"),
    ("gsn salt and pepper", "d770904d3b06606dbcc5778ce7076389", "7ce1eb87f937793e38e6f73508332a90"),
    ("gsn gaussian noise", "4f35a4625169dc7aec08c2f669858a54", "b1d9ec4725552689a7830999488b1e57"),
    ("gsn uncorrupted", "8b20aab56d1b019863da08f6b8081742", "063dea8aa4db138f743e5d5a9fd14ba8"),
    ("gsn emphasis", "36e53e67ffef70cfad3ea9e7ca8ff563", "0724106f6efbe7cf12bcae55a22285c8"),
    ("gsn other way down", "e19e66fb97da0e0e567eb6b0dd122682", "a55abc8d50cf9d13b1cbf4770a673210"),
    ("sae tied", "9cb2ee97e6b182f42d79596abe558f8c", "520d14380a0402f647caad783d9075eb"),
    ("autoencoder linear code", "c060b6909380b9162b1e5f1a6a8d6f61", "d3c3e97773b38b65546cf8f032620f0a"),
    ("autoencoder of three layers", "425accc2c3b9b8c3e16d9bdcd9499a84", "f67f6904cf48b4562fd8d4c0dd63def0"),
    ("gsn without walkback", "77f09fd42430ca472d3f5327d9aa59c4", "f57543bceed350535c2c6ce194dc37cd"),
];

const A_FINDING: &str = "a changed hash is a finding, not a number to update: find the line that moved the bits";

/// What is trained, and on what.
struct Task {
    model: ModelSettings,
    training: FitSettings,
    labels: LabelCount,
    data: Dataset,
}

/// What came out: the tensors of the model file, what the model makes of rows, and the costs of each epoch.
struct Outcome {
    tensors: Vec<Tensor>,
    answers: Vec<(String, Vec<f32>)>,
}

/// Trains and asks. The only place that knows how the library is called.
fn outcome(task: &Task, threads: &Threads) -> Outcome {
    let Task { model: settings, training, labels, data } = task;
    let (kind, spec) = (settings.kind(), settings.spec());
    let is_ladder = kind.family == "ladder";
    let mut costs = Vec::new();
    let mut on_epoch = |epoch: &EpochReport| {
        costs.push(epoch.costs.of(SUPERVISED).unwrap_or(0.0) as f32);
        match is_ladder {
            true => {
                costs.extend((0..spec.layers().len()).map(|l| epoch.costs.at(DENOISING, l).map_or(-1.0, |x| x as f32)))
            }
            false => costs.extend(epoch.costs.of(RECONSTRUCTION).map(|cost| cost as f32)),
        }
        costs.extend(epoch.validation_error_percent.map(|error| error as f32));
    };
    let split = match kind.takes_labels() {
        true => draw(data, *labels, 7, 5).unwrap(),
        false => draw_without_labels(data.rows(), 7, 5).unwrap(),
    };
    let mut listener = |event: laddernet::training::StageEvent<'_>| {
        if let Event::Epoch(epoch, _) = event.event {
            on_epoch(epoch);
        }
        Flow::Continue
    };
    let mut course = Course::new(spec.stages(training), None, data, &split, threads, &mut listener).unwrap();
    let model = spec.train(training, &mut course).unwrap();

    let mut answers: Vec<(String, Vec<f32>)> = Vec::new();
    let mut answer = |name: &str, values: Vec<f32>| answers.push((name.to_owned(), values));
    let probabilities = model.classify().map(|model| model.probabilities(data, threads));
    if is_ladder {
        answer("probabilities", probabilities.clone().unwrap());
    }
    let encoder = model.encode().unwrap();
    for layer in 1..=encoder.last_layer() {
        answer("codes", inputs(&encoder.codes(data, layer, threads).unwrap()));
    }
    if let Some(model) = model.reconstruct() {
        let found = model.reconstruct(data, 0.3, 4, threads);
        answer("corrupted", found.corrupted);
        answer("reconstructed", found.reconstructed);
    }
    if let Some(probabilities) = probabilities.filter(|_| !is_ladder) {
        answer("probabilities", probabilities);
    }
    let some = data.select(&[0, 1, 2, 3]);
    if let Some(errors) = model.reconstruct().and_then(|model| model.squared_errors()) {
        answer("squared errors", in_single(&errors.squared_errors(data, threads)));
        if let Some(model) = model.sample() {
            let mut chains = vec![Vec::new(); 4];
            model.walk(Start::Rows(&some), 6, 2, None, 4, threads, &mut |likely| {
                chains.iter_mut().zip(likely.chunks_exact(20)).for_each(|(chain, row)| chain.extend_from_slice(row));
            });
            answer("samples", chains.concat());
        }
    }
    if let Some(density) = model.density() {
        answer("free energies", in_single(&density.free_energies(data, threads)));
        let held: Vec<bool> = (0..20).map(|column| column < 10).collect();
        let last = |start: Start<'_>, held: Option<&[bool]>| {
            let mut last = Vec::new();
            model.sample().unwrap().walk(start, 3, 3, held, 4, threads, &mut |likely| last = likely.to_vec());
            last
        };
        answer("samples", last(Start::Random(4), None));
        answer("painted", last(Start::Rows(&some), Some(&held)));
    }
    answer("costs", costs);
    Outcome { tensors: model.tensors(), answers }
}

/// All values as a model sees them.
fn inputs(data: &Dataset) -> Vec<f32> {
    (0..data.rows()).flat_map(|r| (0..data.features()).map(move |c| data.input(r, c))).collect()
}

/// Sums in double precision, rounded so that the last bits of the system's logarithm do not matter.
fn in_single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&x| x as f32).collect()
}

/// A value between 0 and 1 at each place, without a generator.
fn value(row: usize, column: usize) -> f32 {
    let noise = (row * 7919 + column * 104_729 + row * column * 31) % 1000;
    0.8 * f32::from(u8::from((column / 3) % 3 == row % 3)) + noise as f32 / 5000.0
}

/// Three classes of noisy stripes, 20 columns; rows of a part batch at the end.
fn stripes() -> Dataset {
    let values = (0..90).flat_map(|r| (0..20).map(move |c| value(r, c))).collect();
    dataset(Values::F32(values), Scaling::NONE)
}

/// The same as bytes, as IDX files hold them.
fn stripes_of_bytes() -> Dataset {
    let values = (0..90).flat_map(|r| (0..20).map(move |c| (255.0 * value(r, c)) as u8)).collect();
    dataset(Values::U8(values), Scaling::by(1.0 / 255.0))
}

fn dataset(values: Values, scaling: Scaling) -> Dataset {
    let names = ["a", "b", "c"].map(String::from).to_vec();
    let labels = (0..90).map(|r| Some(r as u32 % 3)).collect();
    Dataset::new(values, labels, names, vec![4, 5], scaling).unwrap()
}

fn rows_for(visible: Units) -> Dataset {
    match visible {
        Units::Bernoulli => stripes(),
        Units::Gaussian => {
            let data = stripes();
            let standards = Standards::of(&data, &(0..90).collect::<Vec<_>>());
            data.standardised(&Arc::new(standards)).unwrap()
        }
    }
}

/// Two panels in the first hidden layer, and steps that end in a part of a batch.
fn ladder(variant: Variant) -> (LadderSettings, FitSettings) {
    let layers = vec![20, 35, 12, 3];
    let denoising_weights = variant.authors_weights(Some(100), layers.len()).iter().map(|w| w / 100.0).collect();
    let statistics = StatisticsFrom::Unlabelled;
    let settings =
        LadderSettings { layers, denoising_weights, input_noise: 0.1, noise: 0.15, statistics, ..Default::default() };
    let fitting = FitSettings {
        epochs: 2,
        labelled_batch: 16,
        unlabelled_batch: 32,
        learning_rate: 0.01,
        decay_start: 0.5,
        seed: 5,
        ..Default::default()
    };
    (settings, fitting)
}

/// The settings of a model that is no ladder: those of its kind are taken from here.
#[derive(Clone)]
struct Others {
    layers: Vec<usize>,
    visible: Units,
    pretraining: PretrainingSection,
    training: FitSettings,
    rbm: RbmSection,
    autoencoder: AutoencoderSection,
    classifier: ClassifierSection,
}

fn is_stack(kind: &Kind) -> bool {
    ["dbn", "deep-autoencoder", "sae", "sdae"].contains(&kind.name)
}

fn has_rbms(kind: &Kind) -> bool {
    ["rbm", "dbn", "deep-autoencoder"].contains(&kind.name)
}

fn others(kind: &Kind) -> Others {
    let layers = match kind.name {
        "rbm" | "autoencoder" | "gsn" => vec![20, 35],
        "deep-autoencoder" | "vae" => vec![20, 35, 12, 4],
        _ => vec![20, 35, 12, 3],
    };
    Others {
        layers,
        visible: Units::Bernoulli,
        pretraining: PretrainingSection {
            epochs: 2,
            batch: 16,
            learning_rate: 0.02,
            decay_start: 0.5,
            optimiser: Optimiser::Adam,
            weight_decay: 0.0,
            code_rate: Some(0.001).filter(|_| has_rbms(kind)),
            top_epochs: if kind.takes_labels() { 1 } else { 0 },
            seed: Some(6),
        },
        training: FitSettings {
            epochs: 2,
            labelled_batch: 16,
            unlabelled_batch: 16,
            learning_rate: 0.01,
            decay_start: 0.5,
            seed: 5,
            ..FitSettings::default()
        },
        rbm: RbmSection {
            sweeps: 1,
            chains: 0,
            centring: 0.01,
            binarise: Binarise::None,
            sparsity: 0.0,
            sparsity_strength: 0.1,
        },
        autoencoder: AutoencoderSection {
            // The others learn from rows as they are.
            corruption: match kind.name {
                "autoencoder" | "gsn" | "sdae" => Corruption::Masking(0.2),
                _ => Corruption::None,
            },
            emphasis: Emphasis::default(),
            tied: kind.name == "gsn",
            code: Activation::Logistic,
            walkback: if kind.name == "gsn" { 3 } else { 1 },
            ..AutoencoderSection::default()
        },
        classifier: ClassifierSection { corruption: Corruption::None, dropout: 0.0 },
    }
}

fn task(kind: &Kind, of: Others) -> Task {
    let Others { layers, visible, pretraining, training, rbm, autoencoder, classifier } = of;
    let model = match kind.name {
        "rbm" => ModelSettings::Rbm(RbmSpec { layers, visible, rbm }),
        "dbn" => ModelSettings::Dbn(DbnSpec { layers, visible, pretraining, rbm, classifier }),
        "deep-autoencoder" => {
            ModelSettings::DeepAutoencoder(DeepAutoencoderSpec { layers, visible, pretraining, rbm, autoencoder })
        }
        "autoencoder" => ModelSettings::Autoencoder(AutoencoderSpec { layers, visible, autoencoder }),
        "gsn" => ModelSettings::Gsn(AutoencoderSpec { layers, visible, autoencoder }),
        "sae" => ModelSettings::Sae(SaeSpec { layers, visible, pretraining, autoencoder, classifier }),
        "sdae" => ModelSettings::Sdae(SaeSpec { layers, visible, pretraining, autoencoder, classifier }),
        "vae" => ModelSettings::Vae(VaeSpec { layers, visible }),
        "net" => ModelSettings::Net(NetSpec { layers, visible, classifier }),
        name => panic!("a model '{name}' is added: pin it"),
    };
    Task { model, training, labels: LabelCount::Count(30), data: rows_for(visible) }
}

/// Every training. The first word of a name is that of its kind.
fn tasks() -> Vec<(String, Task)> {
    let mut tasks = Vec::new();
    let nine = LabelCount::Count(9);
    let of_variant = |variant: Variant, settings| match variant {
        Variant::Full => ModelSettings::Full(settings),
        Variant::Top => ModelSettings::Top(settings),
        Variant::Bottom => ModelSettings::Bottom(settings),
        Variant::Mlp => ModelSettings::Mlp(settings),
    };
    for variant in Variant::ALL {
        let (settings, training) = ladder(variant);
        let model = of_variant(variant, settings);
        tasks.push((variant.to_string(), Task { model, training, labels: nine, data: stripes() }));
    }
    let mut of_ladder = |name: &str, data: Dataset, labels, change: &dyn Fn(&mut LadderSettings, &mut FitSettings)| {
        let variant = name.split(' ').next().unwrap().parse().unwrap();
        let (mut settings, mut training) = ladder(variant);
        change(&mut settings, &mut training);
        tasks.push((name.to_owned(), Task { model: of_variant(variant, settings), training, labels, data }));
    };
    of_ladder("full without lateral", stripes(), nine, &|settings, _| settings.lateral = false);
    of_ladder("full of all labels", stripes(), LabelCount::All, &|_, _| ());
    of_ladder("full of bytes", stripes_of_bytes(), nine, &|_, _| ());
    of_ladder("full by momentum", stripes(), nine, &|_, fitting| fitting.optimiser = Optimiser::Momentum(0.9));
    of_ladder("full with weight decay", stripes(), nine, &|_, fitting| fitting.weight_decay = 0.01);
    let of_labelled = |of: &mut LadderSettings, _: &mut FitSettings| of.statistics = StatisticsFrom::Labelled;
    of_ladder("full statistics of labelled rows", stripes(), nine, &of_labelled);
    of_ladder("mlp of all labels", stripes(), LabelCount::All, &|_, _| ());

    let is_pinned = |kind: &Kind| PINNED.iter().any(|(name, ..)| *name == kind.name);
    let no_ladders = || KINDS.iter().copied().filter(|kind| kind.family != "ladder" && is_pinned(kind));
    for kind in no_ladders() {
        tasks.push((kind.to_string(), task(kind, others(kind))));
    }
    let mut of_others = |name: &str, change: &dyn Fn(&mut Others)| {
        let kind = kind(name.split(' ').next().unwrap()).unwrap();
        let mut settings = others(kind);
        change(&mut settings);
        tasks.push((name.to_owned(), task(kind, settings)));
    };
    // The same change to every kind that takes it.
    for kind in no_ladders() {
        let name = |what: &str| format!("{kind} {what}");
        of_others(&name("by momentum"), &|o| {
            (o.training.optimiser, o.training.weight_decay) = (Optimiser::Momentum(0.9), 0.002);
            (o.pretraining.optimiser, o.pretraining.weight_decay) = (Optimiser::Momentum(0.9), 0.002);
        });
        if kind.name != "gsn" {
            of_others(&name("gaussian"), &|o| o.visible = Units::Gaussian);
        }
        if is_stack(kind) {
            of_others(&name("from random weights"), &|o| o.pretraining.epochs = 0);
        }
        if has_rbms(kind) {
            of_others(&name("pcd"), &|o| o.rbm.chains = 20);
            of_others(&name("cd-3"), &|o| o.rbm.sweeps = 3);
            of_others(&name("not centred"), &|o| o.rbm.centring = 0.0);
            of_others(&name("sparse"), &|o| o.rbm.sparsity = 0.05);
            of_others(&name("stochastic"), &|o| o.rbm.binarise = Binarise::Stochastic);
            of_others(&name("threshold"), &|o| o.rbm.binarise = Binarise::Threshold);
        }
        if kind.takes_labels() {
            of_others(&name("dropout"), &|o| o.classifier.dropout = 0.4);
            of_others(&name("corrupted input"), &|o| o.classifier.corruption = Corruption::Gaussian(0.2));
            of_others(&name("masked input"), &|o| o.classifier.corruption = Corruption::Masking(0.2));
        }
    }
    of_others("rbm gaussian pcd", &|o| (o.visible, o.rbm.chains) = (Units::Gaussian, 20));
    of_others("dbn without the top alone", &|o| o.pretraining.top_epochs = 0);
    of_others("deep-autoencoder linear code", &|o| o.autoencoder.code = Activation::Linear);
    of_others("deep-autoencoder tied", &|o| o.autoencoder.tied = true);
    for kind in ["autoencoder", "sdae", "gsn"] {
        let name = |what: &str| format!("{kind} {what}");
        of_others(&name("salt and pepper"), &|o| o.autoencoder.corruption = Corruption::SaltAndPepper(0.3));
        of_others(&name("gaussian noise"), &|o| o.autoencoder.corruption = Corruption::Gaussian(0.2));
        of_others(&name("uncorrupted"), &|o| o.autoencoder.corruption = Corruption::None);
        of_others(&name("emphasis"), &|o| o.autoencoder.emphasis = Emphasis { corrupted: 1.0, others: 0.4 });
        of_others(&name("other way down"), &|o| o.autoencoder.tied = !o.autoencoder.tied);
    }
    of_others("sae tied", &|o| o.autoencoder.tied = true);
    of_others("autoencoder linear code", &|o| o.autoencoder.code = Activation::Linear);
    of_others("autoencoder of three layers", &|o| o.layers = vec![20, 35, 12, 4]);
    of_others("gsn without walkback", &|o| o.autoencoder.walkback = 1);
    tasks
}

fn half_of(hash: Sha256) -> String {
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of path, shape and bits of each tensor, in their order.
fn of_tensors(tensors: &[Tensor]) -> String {
    let mut hash = Sha256::new();
    for tensor in tensors {
        hash.update(format!("{} {:?}\n", tensor.path, tensor.shape));
        tensor.values.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    half_of(hash)
}

/// Of name, number and bits of each answer, in their order.
fn of_answers(answers: &[(String, Vec<f32>)]) -> String {
    let mut hash = Sha256::new();
    for (name, values) in answers {
        hash.update(format!("{name} {}\n", values.len()));
        values.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    half_of(hash)
}

#[test]
fn no_bit_of_any_model_has_moved() {
    let portable = Isa::available()[0];
    assert_eq!(portable.name(), "portable");
    let tasks = tasks();
    for (name, Task { model, training, .. }) in &tasks {
        training.check().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(name.starts_with(model.kind().name));
    }
    let mut moved = Vec::new();
    for (name, task) in &tasks {
        let [one, two] = [1, 2].map(|count| {
            let outcome = outcome(task, &Threads::with_isa(count, portable).unwrap());
            (of_tensors(&outcome.tensors), of_answers(&outcome.answers))
        });
        assert_eq!(one, two, "{name}: one thread and two");
        let found = (name.as_str(), one.0.as_str(), one.1.as_str());
        if !PINNED.contains(&found) {
            moved.push(format!("    {found:?},"));
        }
    }
    assert!(moved.is_empty(), "{A_FINDING}\nof {} trainings these have moved:\n{}", tasks.len(), moved.join("\n"));
    assert_eq!(PINNED.len(), tasks.len(), "the table names a training that is not there");
}

/// Trainings that are the same by what they are: without corruption denoising autoencoders are plain ones, without pretraining
/// each stack is a net, and a chain of one step is an autoencoder.
const THE_SAME: [&[&str]; 3] = [
    &["sae", "sdae uncorrupted"],
    &["dbn from random weights", "net", "sae from random weights", "sdae from random weights"],
    &["autoencoder other way down", "gsn without walkback"],
];

/// A kind that was pinned goes on to exist under its name, and a setting that is pinned changes what is learned.
#[test]
fn the_kinds_of_the_table_exist_and_its_settings_matter() {
    for (name, ..) in PINNED {
        let name = name.split(' ').next().unwrap();
        assert!(kind(name).is_some_and(|kind| kind.name == name), "there is no model '{name}' any more");
    }
    for (name, tensors, _) in PINNED {
        let mut same: Vec<&str> =
            PINNED.iter().filter(|(_, other, _)| other == tensors).map(|(name, ..)| *name).collect();
        same.sort_unstable();
        assert!(same == [*name] || THE_SAME.contains(&&*same), "{same:?}");
    }
}
