//! The names under which a user asks for a model of the lineage.

use std::fmt;
use std::str::FromStr;

/// The models that the survey sets the ladder against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineageKind {
    /// A restricted Boltzmann machine.
    Rbm,
    /// A deep belief network: stacked machines, fine-tuned as a classifier (Hinton and Salakhutdinov 2006; that of Hinton,
    /// Osindero and Teh 2006 has labels in its top machine and is generative); see `papers/dbn.md`.
    Dbn,
    /// Stacked machines, folded out and fine-tuned as an autoencoder.
    DeepAutoencoder,
    /// An autoencoder, or a denoising one; the survey's equation 2 with the cross-entropy in the square's place.
    Autoencoder,
    /// Stacked autoencoders, fine-tuned as a classifier.
    Sae,
    /// Stacked denoising autoencoders, fine-tuned as a classifier.
    Sdae,
    /// A generative stochastic network of one hidden state: a denoising autoencoder trained by walkback (Bengio, Yao, Alain,
    /// Vincent 2013); see `papers/gsn.md`.
    Gsn,
    /// The same classifier from random weights.
    Net,
}

/// What a trained model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Telling classes apart.
    Classes,
    /// Rebuilding rows from codes.
    Rebuilding,
    /// Saying how likely rows are.
    Density,
}

impl LineageKind {
    /// Every model, in the order of the story.
    pub const ALL: [LineageKind; 8] = [
        LineageKind::Rbm,
        LineageKind::Dbn,
        LineageKind::DeepAutoencoder,
        LineageKind::Autoencoder,
        LineageKind::Sae,
        LineageKind::Sdae,
        LineageKind::Gsn,
        LineageKind::Net,
    ];

    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            LineageKind::Rbm => "rbm",
            LineageKind::Dbn => "dbn",
            LineageKind::DeepAutoencoder => "deep-autoencoder",
            LineageKind::Autoencoder => "autoencoder",
            LineageKind::Sae => "sae",
            LineageKind::Sdae => "sdae",
            LineageKind::Gsn => "gsn",
            LineageKind::Net => "net",
        }
    }

    /// What it is, for a list.
    pub fn about(self) -> &'static str {
        match self {
            LineageKind::Rbm => "restricted Boltzmann machine",
            LineageKind::Dbn => "deep belief network: stacked machines, fine-tuned to tell classes",
            LineageKind::DeepAutoencoder => "stacked machines, folded out and fine-tuned to rebuild rows",
            LineageKind::Autoencoder => "autoencoder, plain or denoising",
            LineageKind::Sae => "stacked autoencoders, fine-tuned to tell classes",
            LineageKind::Sdae => "stacked denoising autoencoders, fine-tuned likewise",
            LineageKind::Gsn => "generative stochastic network, trained by walkback",
            LineageKind::Net => "the classifier of dbn, sae and sdae from random weights",
        }
    }

    /// What the trained model is for.
    pub fn purpose(self) -> Purpose {
        match self {
            LineageKind::Rbm => Purpose::Density,
            LineageKind::DeepAutoencoder | LineageKind::Autoencoder | LineageKind::Gsn => Purpose::Rebuilding,
            LineageKind::Dbn | LineageKind::Sae | LineageKind::Sdae | LineageKind::Net => Purpose::Classes,
        }
    }

    /// Whether its layers are pre-trained unless one says otherwise.
    pub fn is_stack(self) -> bool {
        matches!(self, LineageKind::Dbn | LineageKind::DeepAutoencoder | LineageKind::Sae | LineageKind::Sdae)
    }

    /// Whether Boltzmann machines are a part of it.
    pub fn has_machines(self) -> bool {
        matches!(self, LineageKind::Rbm | LineageKind::Dbn | LineageKind::DeepAutoencoder)
    }
}

impl fmt::Display for LineageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for LineageKind {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        LineageKind::ALL.into_iter().find(|kind| kind.name() == s).ok_or_else(|| {
            let names: Vec<&str> = LineageKind::ALL.iter().map(|kind| kind.name()).collect();
            format!("'{s}' is no model; known: {}", names.join(", "))
        })
    }
}
