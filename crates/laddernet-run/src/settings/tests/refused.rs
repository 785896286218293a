//! What makes no training, and the word by which it is refused.

use super::{DIGITS, resolved};
use crate::settings::Recipe;

/// In the keys of formats 1 and 2, in those of today, and what the message must say.
#[rustfmt::skip]
const REFUSED: &[(&str, &str, &str)] = &[
    ("layers = []", "[model]\nlayers = []", "model.layers is "),
    ("layers = [64]", "[model]\nlayers = [64]", "model.layers is 64"),
    ("layers = [64, 0, 10]", "[model]\nlayers = [64, 0, 10]", "model.layers is 64-0-10"),
    ("denoising_weights = [1.0, 1.0]", "[model]\ndenoising_weights = [1.0, 1.0]", "model.denoising_weights is 1,1: expected 5 weights"),
    ("denoising_weights = [1, 1, 1, 1, -1]", "[model]\ndenoising_weights = [1, 1, 1, 1, -1]", "model.denoising_weights is 1,1,1,1,-1"),
    ("model = 'top'\ndenoising_weights = [1, 0, 0, 0, 1]", "[model]\nkind = 'top'\ndenoising_weights = [1, 0, 0, 0, 1]", "no denoising cost"),
    ("model = 'mlp'\nbaseline = true", "[model]\nkind = 'mlp'\n[baseline]\ntrain = true", "a model 'mlp' has no baseline"),
    ("epochs = 0", "[training]\nepochs = 0", "training.epochs is 0"),
    ("epochs = 4294967296", "[training]\nepochs = 4294967296", "training.epochs is 4294967296: expected 1 to 4294967295"),
    ("unlabelled_batch = 9223372036854775807", "[training]\nunlabelled_batch = 9223372036854775807", "GiB of memory"),
    ("layers = [64, 65536, 65536, 10]", "[model]\nlayers = [64, 65536, 65536, 10]", "model.layers 64-65536-65536-10 would take about 161 GiB"),
    ("layers = [64, 9223372036854775807, 9223372036854775807, 10]", "[model]\nlayers = [64, 9223372036854775807, 9223372036854775807, 10]", "GiB of memory"),
    ("labelled_batch = 4000000000", "[training]\nlabelled_batch = 4000000000", "training.labelled_batch 4000000000 would take"),
    ("noise = -0.1", "[model]\nnoise = -0.1", "model.noise is -0.1"),
    ("noise = nan", "[model]\nnoise = nan", "model.noise is NaN"),
    ("learning_rate = 0.0", "[training]\nlearning_rate = 0.0", "training.learning_rate is 0"),
    ("decay_start = 1.5", "[training]\ndecay_start = 1.5", "training.decay_start is 1.5"),
    ("format_version = 4\nnew_key = 1", "format_version = 4\n[new]\nkey = 1", "use a newer laddernet"),
    ("epoch = 3", "[training]\nepoch = 3", "did you mean 'training.epochs'?"),
    ("labels = 'some'", "[data]\nlabels = 'some'", "neither a number"),
    ("model = 'fulll'", "[model]\nkind = 'fulll'", "'fulll' is no model; known: full, "),
    ("seed = -1", "[training]\nseed = -1", "-1"),
    ("data = 7", "[data]\nsource = 7", "data.source is 7: expected a name in quotes"),
    ("data = 'cifar'", "[data]\nsource = 'cifar'", "data.source: 'cifar' is no data source"),
    ("model = 'dbn'\nlayers = [64, 10]", "[model]\nkind = 'dbn'\nlayers = [64, 10]", "model.layers is 64-10"),
    ("model = 'rbm'\nlayers = []", "[model]\nkind = 'rbm'\nlayers = []", "model.layers is : expected 2 sizes"),
    ("model = 'rbm'\nlayers = [64, 9, 8]", "[model]\nkind = 'rbm'\nlayers = [64, 9, 8]", "model.layers is 64-9-8: expected 2 sizes"),
    ("model = 'rbm'\nlayers = [64, 10000000000]", "[model]\nkind = 'rbm'\nlayers = [64, 10000000000]", "GiB of memory"),
    ("model = 'rbm'\nlabels = 40", "[data]\nlabels = 40\n[model]\nkind = 'rbm'", "data.labels is 40, but a model 'rbm' is unsupervised"),
    ("model = 'rbm'\nbaseline = true", "[model]\nkind = 'rbm'\n[baseline]\ntrain = true", "a model 'rbm' has no baseline"),
    ("model = 'sae'\n[machines]\nsweeps = 2", "[model]\nkind = 'sae'\n[model.rbm]\nsweeps = 2", "model.rbm is no part of a model 'sae'"),
    ("model = 'net'\n[pretraining]\nepochs = 2", "[model]\nkind = 'net'\n[model.pretraining]\nepochs = 2", "model.pretraining is no part of a model 'net'"),
    ("model = 'dbn'\nnoise = 0.3", "[model]\nkind = 'dbn'\nnoise = 0.3", "model.noise is no part of a model 'dbn'"),
    ("model = 'full'\nvisible = 'gaussian'", "[model]\nkind = 'full'\nvisible = 'gaussian'", "model.visible is no part of a model 'full'"),
    ("model = 'dbn'\n[machines]\nsweep = 2", "[model]\nkind = 'dbn'\n[model.rbm]\nsweep = 2", "did you mean 'model.rbm.sweeps'?"),
    ("model = 'dbn'\nmachines = 2", "[model]\nkind = 'dbn'\nrbm = 2", "model.rbm is 2: expected a section"),
    ("model = 'dbn'\nepochs = 0", "[model]\nkind = 'dbn'\n[training]\nepochs = 0", "training.epochs is 0"),
    ("model = 'dbn'\nepochs = 5000000000", "[model]\nkind = 'dbn'\n[training]\nepochs = 5000000000", "expected 1 to 4294967295"),
    ("model = 'dbn'\noptimiser = 'sgd'", "[model]\nkind = 'dbn'\n[training]\noptimiser = 'sgd'", "'sgd' is no optimiser"),
    ("model = 'dbn'\nlearning_rate = nan", "[model]\nkind = 'dbn'\n[training]\nlearning_rate = nan", "training.learning_rate is NaN"),
    ("model = 'dbn'\n[pretraining]\nlearning_rate = -1.0", "[model]\nkind = 'dbn'\n[model.pretraining]\nlearning_rate = -1.0", "model.pretraining.learning_rate is -1"),
    ("model = 'dbn'\n[machines]\nsweeps = 0", "[model]\nkind = 'dbn'\n[model.rbm]\nsweeps = 0", "model.rbm.sweeps is 0"),
    ("model = 'dbn'\n[machines]\ncentring = 2.0", "[model]\nkind = 'dbn'\n[model.rbm]\ncentring = 2.0", "model.rbm.centring is 2"),
    ("model = 'sdae'\n[autoencoders]\ncorruption = 'masking 2'", "[model]\nkind = 'sdae'\n[model.autoencoder]\ncorruption = 'masking 2'", "model.autoencoder.corruption is masking 2"),
    ("model = 'gsn'\n[autoencoders]\nwalkback = 0", "[model]\nkind = 'gsn'\n[model.autoencoder]\nwalkback = 0", "model.autoencoder.walkback is 0"),
    ("model = 'sdae'\n[autoencoders]\nwalkback = 2", "[model]\nkind = 'sdae'\n[model.autoencoder]\nwalkback = 2", "a model 'sdae' is trained without walkback"),
    ("model = 'sae'\n[autoencoders]\ncorruption = 'masking 0.25'", "[model]\nkind = 'sae'\n[model.autoencoder]\ncorruption = 'masking 0.25'", "or train a denoising model, such as 'autoencoder' or 'sdae'"),
    ("model = 'autoencoder'\n[autoencoders]\nemphasis = '1 0'", "[model]\nkind = 'autoencoder'\n[model.autoencoder]\nemphasis = '1 0'", "model.autoencoder.emphasis is 1 0"),
    ("model = 'sdae'\n[autoencoders]\nemphasis = '1 0'\ncorruption = 'gaussian 0.2'", "[model]\nkind = 'sdae'\n[model.autoencoder]\nemphasis = '1 0'\ncorruption = 'gaussian 0.2'", "there are not both"),
    ("model = 'dbn'\n[classifier]\ndropout = 1.0", "[model]\nkind = 'dbn'\n[model.classifier]\ndropout = 1.0", "model.classifier.dropout is 1"),
    ("model = 'dbn'\n[classifier]\ncorruption = 'masking 2'", "[model]\nkind = 'dbn'\n[model.classifier]\ncorruption = 'masking 2'", "model.classifier.corruption is masking 2"),
    ("model = 'rbm'\n[classifier]\ndropout = 0.5", "[model]\nkind = 'rbm'\n[model.classifier]\ndropout = 0.5", "model.classifier is no part of a model 'rbm'"),
    ("model = 'gsn'\nseed = -1", "[model]\nkind = 'gsn'\n[training]\nseed = -1", "-1"),
    ("model = 'gsn'\nprecision = 'f64'", "[model]\nkind = 'gsn'\n[training]\nprecision = 'f64'", "no precision"),
    ("model = 'rbm'\nvisible = 'real'", "[model]\nkind = 'rbm'\nvisible = 'real'", "'real' is no kind of visible unit"),
    ("model = 'rbm'\nvisible = 1", "[model]\nkind = 'rbm'\nvisible = 1", "model.visible is 1: expected a word"),
    ("model = 'gsn'\nvisible = 'gaussian'", "[model]\nkind = 'gsn'\nvisible = 'gaussian'", "leave the visible ones Bernoulli"),
    ("model = 'rbm'\nvisible = 'gaussian'\n[machines]\nbinarise = 'threshold'", "[model]\nkind = 'rbm'\nvisible = 'gaussian'\n[model.rbm]\nbinarise = 'threshold'", "set binarise to none"),
    ("model = 'sdae'\nvisible = 'gaussian'\n[autoencoders]\ncorruption = 'salt-and-pepper 0.1'", "[model]\nkind = 'sdae'\nvisible = 'gaussian'\n[model.autoencoder]\ncorruption = 'salt-and-pepper 0.1'", "no such ends"),
    ("model = 'net'\nvisible = 'gaussian'\n[classifier]\ncorruption = 'salt-and-pepper 0.1'", "[model]\nkind = 'net'\nvisible = 'gaussian'\n[model.classifier]\ncorruption = 'salt-and-pepper 0.1'", "no such ends"),
    ("model = 'sae'\n[autoencoders]\ncode = 'linear'", "[model]\nkind = 'sae'\n[model.autoencoder]\ncode = 'linear'", "leave it logistic"),
    ("model = 'dbn'\n[pretraining]\nepochs = 0\nkeep = true", "[model]\nkind = 'rbm'\n[output]\nkeep_layers = true", "has no pretrained layers"),
];

#[test]
fn what_makes_no_training_is_named() {
    let mut wrong = Vec::new();
    for (old, new, word) in REFUSED {
        for text in [*old, *new] {
            let found = resolved(text).map(|config| config.to_toml()).map_err(|e| e.to_string());
            if !found.as_ref().is_err_and(|message| message.contains(word)) {
                wrong.push(format!("{text}\n  wanted {word}\n  found {found:?}\n"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    // A flag on a section that is none.
    let mut damaged = Recipe::from_toml("[model]\nkind = 'dbn'\nrbm = 2").unwrap();
    damaged.set("model.rbm.sweeps", 3.into());
    assert_eq!(damaged.resolve(DIGITS).unwrap_err().to_string(), "model.rbm is a value, not a section");
}
