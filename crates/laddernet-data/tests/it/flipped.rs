//! Digits and their negatives: what centring of Boltzmann machines is for.

use laddernet::Threads;
use laddernet::dataset::{Dataset, Scaling, Values};
use laddernet::models::rbm::{Binarise, Chain, Contrast, ContrastiveRbm, Rbm};
use laddernet::optimiser::Optimiser;
use laddernet::split::Split;
use laddernet::training::{FitSettings, Flow, fit};
use laddernet_data::digits;

const PIXELS: usize = 64;
const HIDDEN: usize = 16;

/// White for black.
fn negative(data: &Dataset) -> Dataset {
    let values = (0..data.rows() * PIXELS).map(|k| u8::from(data.input(k / PIXELS, k % PIXELS) == 0.0)).collect();
    let (labels, names) = (data.labels().to_vec(), data.class_names().to_vec());
    Dataset::new(Values::U8(values), labels, names, vec![PIXELS], Scaling::NONE).unwrap()
}

/// The mean log-likelihood of the rows that a machine has learned, by the exact partition function.
fn likelihood(data: &Dataset, offset_share: Option<f32>, optimiser: Optimiser, learning_rate: f32, seed: u64) -> f64 {
    let threads = Threads::new(2).unwrap();
    let chain = Chain::Persistent(100);
    let contrast = Contrast { sweeps: 1, chain, offset_share, binarise: Binarise::None, sparsity: None };
    let mut model = ContrastiveRbm { rbm: Rbm::new(PIXELS, HIDDEN, seed).unwrap(), contrast };
    let split = Split { labelled: vec![], unlabelled: (0..data.rows()).collect(), validation: vec![] };
    let settings =
        FitSettings { epochs: 40, unlabelled_batch: 100, optimiser, learning_rate, seed, ..FitSettings::default() };
    fit(&mut model, data, &split, &settings, &threads, &mut |_| Flow::Continue).unwrap();
    let f = model.rbm.free_energies(data, &threads).unwrap();
    -f.iter().sum::<f64>() / f.len() as f64 - model.rbm.ln_partition(&threads).unwrap()
}

/// A centred machine learns the negatives of pictures as well as the pictures; one without offsets knows hardly more of them
/// than how often each pixel is white. References: the exact partition function, and others on MNIST with as many hidden units:
/// -142.6 and -142.1 centred, -149 and -183 not (PyDeep; Melchior, Fischer, Wiskott 2016).
#[test]
fn centred_machines_learn_negatives_as_well() {
    let threads = Threads::new(2).unwrap();
    let digits = Binarise::Threshold.rows(&digits::load(), 1, &threads);
    let negatives = negative(&digits);
    for (optimiser, rate) in [(Optimiser::Momentum(0.0), 0.1), (Optimiser::Adam, 0.01)] {
        for seed in [1, 2] {
            let both = |share| [&digits, &negatives].map(|data| likelihood(data, share, optimiser, rate, seed));
            let ([centred, centred_negative], [plain, plain_negative]) = (both(Some(0.01)), both(None));
            let place = format!(
                "{optimiser:?}, seed {seed}: centred {centred} and {centred_negative}, else {plain} and {plain_negative}"
            );
            eprintln!("{place}");
            assert!((centred - centred_negative).abs() < 0.2, "{place}");
            assert!(plain_negative < plain - 2.0 && plain_negative < centred_negative - 2.0, "{place}");
        }
    }
}
