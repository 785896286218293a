//! The names under which a user asks for a model, and the denoising weights that the authors gave to each.

use std::fmt;
use std::str::FromStr;

/// The networks of the survey's tables: one encoder, and how much of the decoder is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// Denoising cost at every layer.
    Full,
    /// Denoising cost at the top layer alone (the literature's Gamma model, the survey's Sigma).
    Top,
    /// Denoising cost at the input layer alone.
    Bottom,
    /// No decoder: the supervised baseline, with noise at every layer.
    Mlp,
}

impl ModelKind {
    /// Every model, in the order of the survey's tables.
    pub const ALL: [ModelKind; 4] = [ModelKind::Full, ModelKind::Top, ModelKind::Bottom, ModelKind::Mlp];

    /// The name in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            ModelKind::Full => "full",
            ModelKind::Top => "top",
            ModelKind::Bottom => "bottom",
            ModelKind::Mlp => "mlp",
        }
    }

    /// Other names that are understood.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            ModelKind::Top => &["gamma", "sigma"],
            _ => &[],
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
            ModelKind::Full => {
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
            ModelKind::Top => {
                weights[layers - 1] = match labels {
                    0..=100 => 0.5,
                    101..=1000 => 10.0,
                    _ => 2.0,
                }
            }
            ModelKind::Bottom => {
                weights[0] = match labels {
                    0..=100 => 5000.0,
                    _ => 2000.0,
                }
            }
            ModelKind::Mlp => {}
        }
        weights
    }

    /// The authors' standard deviation of the noise above the input layer (the input's is always 0.3, and 0.5
    /// for the baseline): 0.2 for the full ladder at 101 to 1000 labels, 0.5 for the baseline, else 0.3.
    pub fn authors_noise(self, labels: Option<usize>) -> f32 {
        match (self, labels) {
            (ModelKind::Mlp, _) => 0.5,
            (ModelKind::Full, Some(101..=1000)) => 0.2,
            _ => 0.3,
        }
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ModelKind {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        let known = |k: &&ModelKind| k.name() == s || k.aliases().contains(&s);
        ModelKind::ALL.iter().find(known).copied().ok_or_else(|| {
            let names: Vec<&str> = ModelKind::ALL.iter().map(|k| k.name()).collect();
            format!("'{s}' is no model; known: {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Witness: the survey's Table III and section 1.8's command lines.
    #[test]
    fn weights_of_the_tables() {
        let six = |k: ModelKind, l| k.authors_weights(l, 7);
        assert_eq!(six(ModelKind::Full, Some(100)), [1000.0, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(six(ModelKind::Full, Some(40)), [2000.0, 20.0, 0.1, 0.1, 0.1, 0.1, 0.1]);
        assert_eq!(six(ModelKind::Full, None), [1000.0, 1.0, 0.01, 0.01, 0.01, 0.01, 0.01]);
        assert_eq!(six(ModelKind::Top, Some(1000)), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0]);
        assert_eq!(six(ModelKind::Bottom, None), [2000.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(six(ModelKind::Mlp, None), [0.0; 7]);
        assert_eq!("gamma".parse(), Ok(ModelKind::Top));
    }
}
