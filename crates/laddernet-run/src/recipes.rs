//! The recipes that ship inside the program, one for each cell of the tables that it can run again.

/// A recipe's name and the text of its file in `recipes/`.
macro_rules! embedded {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../recipes/", $name, ".toml")))
    };
}

/// Name and text of every recipe, in the order of the tables.
pub const ALL: &[(&str, &str)] = &[
    embedded!("digits-full-40"),
    embedded!("digits-top-40"),
    embedded!("digits-bottom-40"),
    embedded!("digits-mlp-40"),
    embedded!("fast"),
    embedded!("fast-full-40"),
    embedded!("fast-full-100"),
    embedded!("survey-2-full-40"),
    embedded!("survey-2-full-50"),
    embedded!("survey-2-full-100"),
    embedded!("survey-2-full-1000"),
    embedded!("survey-2-full-all"),
    embedded!("survey-2-top-40"),
    embedded!("survey-2-top-50"),
    embedded!("survey-2-top-100"),
    embedded!("survey-2-top-1000"),
    embedded!("survey-2-top-all"),
    embedded!("survey-2-bottom-40"),
    embedded!("survey-2-bottom-50"),
    embedded!("survey-2-bottom-100"),
    embedded!("survey-2-bottom-1000"),
    embedded!("survey-2-bottom-all"),
    embedded!("survey-2-mlp-40"),
    embedded!("survey-2-mlp-100"),
    embedded!("survey-2-mlp-1000"),
    embedded!("survey-2-mlp-all"),
    embedded!("survey-4-full-100"),
    embedded!("survey-4-full-1000"),
    embedded!("survey-4-full-all"),
    embedded!("survey-4-top-100"),
    embedded!("survey-4-top-1000"),
    embedded!("survey-4-top-all"),
    embedded!("survey-4-bottom-100"),
    embedded!("survey-4-bottom-1000"),
    embedded!("survey-4-bottom-all"),
    embedded!("dbn-40"),
    embedded!("dbn-100"),
    embedded!("dbn-100-no-dropout"),
    embedded!("dbn-1000"),
    embedded!("dbn-1000-no-dropout"),
    embedded!("dbn-all"),
    embedded!("sae-40"),
    embedded!("sae-100"),
    embedded!("sae-1000"),
    embedded!("sae-all"),
    embedded!("sdae-40"),
    embedded!("sdae-100"),
    embedded!("sdae-1000"),
    embedded!("sdae-all"),
    embedded!("net-40"),
    embedded!("net-100"),
    embedded!("net-100-no-dropout"),
    embedded!("net-1000"),
    embedded!("net-1000-no-dropout"),
    embedded!("net-all"),
    embedded!("deep-autoencoder"),
    embedded!("deep-autoencoder-random"),
    embedded!("gsn-walkback"),
    embedded!("gsn-plain"),
    embedded!("rbm-500-2min"),
    embedded!("rbm-500-5min"),
];

/// The text of the recipe with this name.
pub fn text_of(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|&(_, text)| text)
}

/// What a recipe says of itself: its first line.
pub fn about(text: &'static str) -> &'static str {
    text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::kind::AnyRecipe;
    use crate::lineage::LineageConfig;
    use crate::recipe::{DataShape, Recipe};
    use std::collections::BTreeSet;

    fn resolved(text: &str) -> Config {
        let mnist = DataShape { name: "mnist".into(), features: 784, classes: 10 };
        Recipe::from_toml(text).unwrap().resolve(&mnist).unwrap()
    }

    #[test]
    fn the_list_and_the_folder_agree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../recipes");
        let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect();
        assert_eq!(files, ALL.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    #[test]
    fn the_cells_of_the_preset_differ_in_their_labels_alone() {
        for labels in [40, 100] {
            let cell = text_of(&format!("fast-full-{labels}")).unwrap();
            assert_eq!(resolved(cell), resolved(&format!("{}labels = {labels}", text_of("fast").unwrap())));
        }
    }

    fn in_stages(name: &str) -> LineageConfig {
        let mnist = DataShape { name: "mnist".into(), features: 784, classes: 10 };
        let Ok(AnyRecipe::Lineage(recipe)) = AnyRecipe::find(name) else { panic!("{name}") };
        recipe.resolve(&mnist).unwrap()
    }

    /// What the layers of a stack follow from, but for the training's own seed.
    fn stack(name: &str) -> LineageConfig {
        let mut config = in_stages(name);
        (config.labels, config.epochs) = (None, 1);
        if let Some(pretraining) = &mut config.pretraining {
            (pretraining.seed, pretraining.keep) = (Some(config.seed), false);
        }
        config
    }

    #[test]
    fn stacks_with_few_labels_are_those_with_all_and_nets_are_theirs() {
        for kind in ["dbn", "sae", "sdae", "net"] {
            let all = stack(&format!("{kind}-all"));
            assert_eq!(all.model.name(), kind);
            assert_eq!(in_stages(&format!("{kind}-all")).pretraining.is_some_and(|p| p.keep), kind != "net");
            for labels in ["40", "100", "1000"] {
                let name = format!("{kind}-{labels}");
                assert_eq!(in_stages(&name).labels.unwrap().to_string(), labels);
                let shared = in_stages(&name).pretraining.map(|p| p.seed);
                assert_eq!(
                    shared,
                    (kind != "net").then_some(Some(1)),
                    "{name}: one stack for every draw of the labels"
                );
                assert_eq!(stack(&name), all, "{name}");
            }
        }
        let [net, dbn] = ["net-100", "dbn-100"].map(in_stages);
        assert_eq!((net.layers, net.classifier, net.epochs), (dbn.layers, dbn.classifier, dbn.epochs));
        let [random, deep] = ["deep-autoencoder-random", "deep-autoencoder"].map(in_stages);
        assert_eq!((&random.layers, random.epochs), (&deep.layers, deep.epochs));
        assert_eq!(random.lineage().pretraining, None);
        let [plain, walkback] = ["gsn-plain", "gsn-walkback"].map(in_stages);
        assert_eq!(plain.autoencoders.map(|a| a.walkback), Some(1));
        assert_eq!(walkback.autoencoders.map(|a| a.walkback), Some(5));
        for name in ["rbm-500-2min", "rbm-500-5min"] {
            assert_eq!(in_stages(name).layers, [784, 500]);
        }
    }

    /// Witness: the survey's Table III and the authors' command lines (ladder.md, section 1.8); layer by layer
    /// from the input up, with the last entry repeated for the layers above.
    #[test]
    fn every_recipe_has_the_authors_weights() {
        let weights = |model: &str, labels: &str| -> (Vec<f32>, f32) {
            match (model, labels) {
                ("full", "40" | "50") => (vec![2000.0, 20.0, 0.1], 0.3),
                ("full", "100") => (vec![1000.0, 10.0, 0.1], 0.3),
                ("full", "1000") => (vec![2000.0, 20.0, 0.1], 0.2),
                ("full", "all") => (vec![1000.0, 1.0, 0.01], 0.3),
                ("bottom", "40" | "50" | "100") => (vec![5000.0, 0.0, 0.0], 0.3),
                ("bottom", _) => (vec![2000.0, 0.0, 0.0], 0.3),
                ("top", "40" | "50" | "100") => (vec![0.0, 0.0, 0.0, 0.5], 0.3),
                ("top", "1000") => (vec![0.0, 0.0, 0.0, 10.0], 0.3),
                ("top", _) => (vec![0.0, 0.0, 0.0, 2.0], 0.3),
                ("mlp", _) => (vec![0.0, 0.0, 0.0], 0.5),
                other => panic!("{other:?}"),
            }
        };
        let survey: Vec<_> = ALL.iter().filter(|(name, _)| name.starts_with("survey-")).collect();
        for (name, text) in &survey {
            let parts: Vec<&str> = name.split('-').collect();
            let &[_, table, model, labels] = &parts[..] else { panic!("{name}") };
            let config = resolved(text);
            let layers: &[usize] =
                if table == "2" { &[784, 1000, 500, 250, 250, 250, 10] } else { &[784, 1000, 500, 250, 10] };
            assert_eq!(config.layers, layers, "{name}");
            assert_eq!((config.model.name(), config.labels.to_string().as_str()), (model, labels), "{name}");
            let (mut expected, noise) = weights(model, labels);
            if expected.len() == 3 {
                expected.resize(layers.len(), expected[2]);
            } else {
                expected.splice(3..3, vec![0.0; layers.len() - 4]);
            }
            assert_eq!(config.denoising_weights, expected, "{name}");
            assert_eq!((config.input_noise, config.noise), (0.3, noise), "{name}");
            assert_eq!((config.epochs, config.learning_rate, config.decay_start), (150, 0.002, 0.67), "{name}");
            assert_eq!((config.labelled_batch, config.unlabelled_batch), (100, 100), "{name}");
            assert!(!config.baseline, "{name}");
            assert!(about(text).contains("labels"), "{name}");
        }
        assert_eq!(survey.len(), 3 * 5 + 4 + 3 * 3);
    }
}
