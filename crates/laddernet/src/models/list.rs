//! The one list of models. Help, settings, tables and contract tests read it; nothing else asks which model it is.

use super::kind::{Defaults, Definition, Facts, Kind, Spec};
use super::{autoencoder, ladder, nearest_mean, rbm, stacks, vae};
use serde::{Deserialize, Deserializer, Serialize};

/// A line a model: its name, the variant of [`ModelSettings`], the type of its settings, and what it is to the rest of the program.
macro_rules! models {
    ($($name:literal: $variant:ident($settings:ty) = $kind:path),+ $(,)?) => {
        /// The section `model` of the settings: `kind` says which model, the other keys are its own.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        #[allow(missing_docs)] // Said at the settings of each.
        pub enum ModelSettings {
            $(#[serde(rename = $name)] $variant($settings)),+
        }

        /// Every kind of model, in the order of lists and tables.
        pub const KINDS: &[&Kind] = &[$(&$kind),+];

        impl ModelSettings {
            /// Which model.
            pub fn kind(&self) -> &'static Kind {
                match self { $(ModelSettings::$variant(_) => &$kind),+ }
            }

            /// Reads the settings of a model of this kind from its own keys, `kind` not among them: errors know the path within.
            ///
            /// # Errors
            /// As the format's.
            pub fn of_kind<'de, D: Deserializer<'de>>(kind: &Kind, keys: D) -> Result<Self, D::Error> {
                $(if *kind == $kind {
                    return <$settings>::deserialize(keys).map(ModelSettings::$variant);
                })+
                unreachable!("every kind is in the list")
            }

            /// What they are asked.
            pub fn spec(&self) -> &dyn Spec {
                match self { $(ModelSettings::$variant(settings) => settings),+ }
            }

            /// The settings that a model of this kind has on such data unless said otherwise.
            pub fn defaults(kind: &Kind, facts: &Facts) -> Defaults<ModelSettings> {
                $(if *kind == $kind {
                    let Defaults { model, training, baseline } = <$settings>::defaults(&$kind, facts);
                    return Defaults { model: ModelSettings::$variant(model), training, baseline };
                })+
                unreachable!("every kind is in the list")
            }
        }
    };
}

models! {
    "full": Full(ladder::LadderSettings) = ladder::FULL,
    "top": Top(ladder::LadderSettings) = ladder::TOP,
    "bottom": Bottom(ladder::LadderSettings) = ladder::BOTTOM,
    "mlp": Mlp(ladder::LadderSettings) = ladder::MLP,
    "rbm": Rbm(rbm::RbmSpec) = rbm::RBM,
    "dbn": Dbn(stacks::DbnSpec) = stacks::DBN,
    "deep-autoencoder": DeepAutoencoder(stacks::DeepAutoencoderSpec) = stacks::DEEP_AUTOENCODER,
    "autoencoder": Autoencoder(autoencoder::AutoencoderSpec) = autoencoder::AUTOENCODER,
    "sae": Sae(stacks::SaeSpec) = stacks::SAE,
    "sdae": Sdae(stacks::SaeSpec) = stacks::SDAE,
    "gsn": Gsn(autoencoder::AutoencoderSpec) = autoencoder::GSN,
    "vae": Vae(vae::VaeSpec) = vae::VAE,
    "net": Net(stacks::NetSpec) = stacks::NET,
    "nearest-mean": NearestMean(nearest_mean::NearestMeanSpec) = nearest_mean::NEAREST_MEAN,
}

/// The model that is trained unless another is named.
pub const USUAL: &Kind = &ladder::FULL;

/// The kind of this name, or of one of its other names.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.is_called(name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_settings_are_the_kinds_names() {
        let facts = Facts::of(64, 10);
        for &kind in KINDS {
            let Defaults { model, training, .. } = ModelSettings::defaults(kind, &facts);
            assert_eq!(model.kind(), kind);
            model.spec().check(kind, &training).unwrap();
            let json = serde_json::to_value(&model).unwrap();
            assert_eq!(json["kind"], kind.name);
            assert_eq!(serde_json::from_value::<ModelSettings>(json).unwrap(), model);
        }
    }
}
