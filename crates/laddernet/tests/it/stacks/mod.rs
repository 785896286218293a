//! Autoencoders, classifiers over pretrained layers, and what they are held against.

mod contract;
mod corruption;
mod gradients;
mod parzen;
mod pca;
mod plain;
mod rows;
mod vae;

use laddernet::Dataset;
use laddernet::models::Activation;
use laddernet::models::autoencoder::{Autoencoder, AutoencoderSettings, Output};
use laddernet::models::corruption::{Corruption, Emphasis};

/// Three classes of noisy stripes, 40 columns, values in 0..=1.
fn stripes(rows: usize) -> Dataset {
    crate::striped(rows, 40, 4)
}

/// One of each kind: tied or not, deep or not, every unit, corruption, emphasis and walkback.
fn kinds(input: usize) -> Vec<(&'static str, AutoencoderSettings)> {
    let of = |layers: &[usize]| AutoencoderSettings::of(&[&[input], layers].concat());
    let emphasis = Emphasis { corrupted: 1.0, others: 0.25 };
    vec![
        ("one layer", of(&[37])),
        ("one tied layer", AutoencoderSettings { tied: true, ..of(&[37]) }),
        ("three layers", AutoencoderSettings { code: Activation::Linear, ..of(&[65, 40, 33]) }),
        ("three tied layers", AutoencoderSettings { tied: true, code: Activation::Linear, ..of(&[65, 40, 33]) }),
        ("means", AutoencoderSettings { output: Output::Gaussian, code: Activation::Linear, ..of(&[37]) }),
        ("squares", AutoencoderSettings { output: Output::BernoulliSquares, ..of(&[37]) }),
        (
            "tied squares, masked, emphasis",
            AutoencoderSettings {
                tied: true,
                output: Output::BernoulliSquares,
                corruption: Corruption::Masking(0.25),
                emphasis,
                ..of(&[65, 33])
            },
        ),
        (
            "tied means, noise",
            AutoencoderSettings {
                tied: true,
                output: Output::Gaussian,
                corruption: Corruption::Gaussian(0.2),
                ..of(&[65, 33])
            },
        ),
        (
            "masked, emphasis",
            AutoencoderSettings { tied: true, corruption: Corruption::Masking(0.25), emphasis, ..of(&[37]) },
        ),
        (
            "salt and pepper, emphasis, means",
            AutoencoderSettings {
                output: Output::Gaussian,
                corruption: Corruption::SaltAndPepper(0.4),
                emphasis,
                ..of(&[37])
            },
        ),
        ("walkback", AutoencoderSettings { corruption: Corruption::SaltAndPepper(0.4), walkback: 3, ..of(&[37]) }),
        (
            "tied deep walkback, emphasis",
            AutoencoderSettings {
                tied: true,
                corruption: Corruption::Masking(0.3),
                emphasis,
                walkback: 2,
                ..of(&[65, 33])
            },
        ),
    ]
}

/// With every parameter random.
fn random(settings: &AutoencoderSettings) -> Autoencoder {
    let mut model = Autoencoder::new(settings.clone(), 3).unwrap();
    plain::shake(model.parameters_mut());
    model
}
