//! The names of settings in formats 1 and 2, and their paths today.

/// Each key of format 1 and 2, and its path today. A section moves with all its keys.
pub(super) const RENAMED: &[(&str, &[&str])] = &[
    ("data", &["data.source"]),
    ("data_dir", &["data.dir"]),
    ("labels", &["data.labels"]),
    ("validation", &["data.validation"]),
    ("model", &["model.kind"]),
    ("layers", &["model.layers"]),
    ("visible", &["model.visible"]),
    ("denoising_weights", &["model.denoising_weights"]),
    ("input_noise", &["model.input_noise"]),
    ("noise", &["model.noise"]),
    ("lateral", &["model.lateral"]),
    ("statistics", &["model.statistics"]),
    ("pretraining", &["model.pretraining"]),
    ("machines", &["model.rbm"]),
    ("autoencoders", &["model.autoencoder"]),
    ("classifier", &["model.classifier"]),
    ("epochs", &["training.epochs"]),
    ("batch", &["training.labelled_batch", "training.unlabelled_batch"]),
    ("labelled_batch", &["training.labelled_batch"]),
    ("unlabelled_batch", &["training.unlabelled_batch"]),
    ("learning_rate", &["training.learning_rate"]),
    ("decay_start", &["training.decay_start"]),
    ("optimiser", &["training.optimiser"]),
    ("weight_decay", &["training.weight_decay"]),
    ("precision", &["training.precision"]),
    ("seed", &["training.seed"]),
    ("baseline", &["baseline.train"]),
    ("baseline_noise", &["baseline.noise"]),
    ("baseline_epochs", &["baseline.epochs"]),
];

/// Those of them that are sections.
const SECTIONS: &[&str] = &["pretraining", "machines", "autoencoders", "classifier"];

/// The path today of a key of format 1 or 2, also of one in a section.
pub(super) fn today(path: &str) -> Option<String> {
    let renamed = |(old, paths): &(&str, &[&str])| {
        let below = path.strip_prefix(old)?;
        (below.is_empty() || below.starts_with('.') && SECTIONS.contains(old)).then(|| format!("{}{below}", paths[0]))
    };
    RENAMED.iter().find_map(renamed)
}
