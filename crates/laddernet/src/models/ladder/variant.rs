//! The networks of the survey's tables, and the settings that the authors gave to each.

use crate::few_labels::FewLabels;
use crate::models::kind::{Ability, Facts, Kind};
use crate::text::words;

/// One encoder, and how much of the decoder is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Denoising cost at every layer.
    Full,
    /// Denoising cost at the top layer alone (the literature's Gamma model, the survey's Sigma).
    Top,
    /// Denoising cost at the input layer alone.
    Bottom,
    /// No decoder: the supervised baseline, with noise at every layer.
    Mlp,
}

impl Variant {
    /// Every model, in the order of the survey's tables.
    pub const ALL: [Variant; 4] = [Variant::Full, Variant::Top, Variant::Bottom, Variant::Mlp];

    /// The variant that a kind of the family `ladder` is.
    pub(super) fn of(kind: &Kind) -> Self {
        Variant::ALL.into_iter().find(|variant| variant.kind() == kind).unwrap_or(Variant::Full)
    }

    /// What it is to the rest of the program.
    pub fn kind(self) -> &'static Kind {
        match self {
            Variant::Full => &FULL,
            Variant::Top => &TOP,
            Variant::Bottom => &BOTTOM,
            Variant::Mlp => &MLP,
        }
    }

    /// The authors' weights of the denoising costs on MNIST, from layer 0 up to `layers - 1` (so one weight for
    /// each entry of a size list such as 784-1000-500-250-250-250-10), for this many labels (`None` = all).
    ///
    /// Source: the command lines of CuriousAI/ladder for 50, 100, 1000 and all labels; numbers in between take
    /// the row of the next larger count that was published (40 labels take the 50-label weights).
    pub fn authors_weights(self, labels: Option<usize>, layers: usize) -> Vec<f32> {
        let labels = labels.unwrap_or(usize::MAX);
        let mut weights = vec![0.0; layers];
        match self {
            Variant::Full => {
                let [input, first, rest] = match labels {
                    0..=50 => [2000.0, 20.0, 0.1],
                    51..=100 => [1000.0, 10.0, 0.1],
                    101..=1000 => [2000.0, 20.0, 0.1],
                    _ => [1000.0, 1.0, 0.01],
                };
                weights.fill(rest);
                weights[0] = input;
                if layers > 1 {
                    weights[1] = first;
                }
            }
            Variant::Top => {
                weights[layers - 1] = match labels {
                    0..=100 => 0.5,
                    101..=1000 => 10.0,
                    _ => 2.0,
                }
            }
            Variant::Bottom => {
                weights[0] = match labels {
                    0..=100 => 5000.0,
                    _ => 2000.0,
                }
            }
            Variant::Mlp => {}
        }
        weights
    }

    /// How rows are grouped first, where they are to be and there is a decoder to learn from them.
    pub(super) fn few_labels(self, facts: &Facts) -> Option<FewLabels> {
        (facts.few_labels && self != Variant::Mlp).then(|| FewLabels::defaults(facts))
    }

    /// The authors' standard deviation of the noise above the input layer (the input's is always 0.3, and 0.5
    /// for the baseline): 0.2 for the full ladder at 101 to 1000 labels, 0.5 for the baseline, else 0.3.
    pub fn authors_noise(self, labels: Option<usize>) -> f32 {
        match (self, labels) {
            (Variant::Mlp, _) => 0.5,
            (Variant::Full, Some(101..=1000)) => 0.2,
            _ => 0.3,
        }
    }
}

words!(Variant, "ladder", { Full: "full", Top: "top", Bottom: "bottom", Mlp: "mlp" });

const LADDER: Kind = Kind {
    name: "",
    aliases: &[],
    about: "",
    abilities: &[Ability::Classify, Ability::Encode],
    unlabelled: true,
    family: "ladder",
    own: &["denoising_weights", "noise", "statistics", "moments"],
};
/// With a decoder that reaches the input.
const TO_THE_INPUT: &[Ability] = &[Ability::Classify, Ability::Reconstruct, Ability::Encode];

/// See [`Variant::Full`].
pub const FULL: Kind =
    Kind { name: "full", about: "ladder: a denoising cost at every layer", abilities: TO_THE_INPUT, ..LADDER };
/// See [`Variant::Top`].
pub const TOP: Kind = Kind {
    name: "top",
    aliases: &["gamma", "sigma"],
    about: "ladder: a denoising cost at the top layer alone (also called gamma, sigma)",
    ..LADDER
};
/// See [`Variant::Bottom`].
pub const BOTTOM: Kind =
    Kind { name: "bottom", about: "ladder: a denoising cost at the input alone", abilities: TO_THE_INPUT, ..LADDER };
/// See [`Variant::Mlp`].
pub const MLP: Kind =
    Kind { name: "mlp", about: "the ladder's encoder trained on the labels alone", unlabelled: false, ..LADDER };

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: the survey's Table III and section 1.8's command lines.
    #[test]
    fn weights_of_the_tables() {
        let six = |k: Variant, l| k.authors_weights(l, 7);
        assert_eq!(six(Variant::Full, Some(100)), [1000.0, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(six(Variant::Full, Some(40)), [2000.0, 20.0, 0.1, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(six(Variant::Full, None), [1000.0, 1.0, 0.01, 0.01, 0.01, 0.01, 0.01]);
        assert_eq!(six(Variant::Top, Some(1000)), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
        assert_eq!(six(Variant::Bottom, None), [2000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(six(Variant::Mlp, None), [0.0; 7]);
        assert!(TOP.is_called("gamma") && Variant::of(&TOP) == Variant::Top);
    }
}
