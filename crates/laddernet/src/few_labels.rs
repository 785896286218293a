//! Few labels: the rows are grouped, the labels name the groups, and sure rows of each group are labelled besides for the training of a ladder.
//!
//! ```text
//! rows -> codes of a variational autoencoder -> graph of nearest neighbours
//!      -> classes spread from the labels (PoissonMBO), and then with no label to hold them
//!      -> pairs of classes cut anew while the normalised cut falls -> a partition
//!      -> the labels name its groups -> anchors: rows that the partition is sure of -> the ladder, on all rows
//! ```
//! The labels begin a partition, name its groups, and object to a new cut that contradicts them; they do not hold rows in their classes. So
//! where their draw was unlucky, the normalised cut, which reads no label, shows and mends it. Labels and anchors are learned from alike; all
//! rows are unlabelled ones as before, the unsure ones among them.

mod anchors;
mod grouping;
mod naming;
mod report;

pub(crate) use grouping::labelled_places;
pub use grouping::{Groups, graphs, group, sample};
pub use naming::{Named, name};
pub use report::{Grouped, InDoubt};
pub(crate) use report::{no_label, unnamed};

use crate::error::SettingsError;
use crate::graph::{MboSettings, Sizes};
use crate::models::kind::Facts;
use crate::models::rbm::Units;
use crate::models::vae::VaeSettings;
use crate::training::{FitSettings, Stage};
use serde::{Deserialize, Serialize};

/// How rows are grouped, and what is taken from the groups: the section `model.few_labels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FewLabels {
    /// Whether the groups are passed over where they do not fit the labels, or hang together too much: the ladder then learns as without this
    /// section, but for other random numbers where codes were learned.
    pub only_if_it_fits: bool,
    /// Units of the hidden layers and of the code of the variational autoencoder; none: the inputs themselves are the codes.
    pub codes: Vec<usize>,
    /// Its passes over the rows.
    pub epochs: usize,
    /// Its rows a step, at most.
    pub batch: usize,
    /// Its initial learning rate.
    pub learning_rate: f32,
    /// Its seed, so that several trainings can share its codes; that of the training where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Rows that are grouped besides the labelled ones, at most; 200 000 where it is not said. Of more they are a sample; the ladder still learns
    /// from all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Neighbours of each row in the graph.
    pub neighbours: usize,
    /// The share of each class among all rows, where it is known; else all are taken to be alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_shares: Option<Vec<f64>>,
    /// How far the share of a class may be from that, as a part of it.
    pub class_shares_within: f64,
    /// Rows that are labelled besides, of all classes together.
    pub anchors: usize,
    /// The share of each group that anchors are drawn from: the rows that are surest.
    pub sure: f64,
}

/// Labels a class up to which they are few.
const FEW: usize = 20;
/// Names are found among all assignments of groups to classes, whose cost grows with the third power of their number and more.
const MOST_CLASSES: usize = 100;

impl Default for FewLabels {
    fn default() -> Self {
        FewLabels {
            only_if_it_fits: true,
            codes: vec![400, 20],
            epochs: 40,
            batch: 128,
            learning_rate: 0.001,
            seed: None,
            rows: None,
            neighbours: 10,
            class_shares: None,
            class_shares_within: 0.12,
            anchors: 1000,
            sure: 0.7,
        }
    }
}

/// The least share of a class of which nothing is known, as a part of that of equal classes.
const LEAST_SHARE: f64 = 0.1;
/// Rows that are grouped besides the labelled ones unless said otherwise: their exact neighbours take half a minute on one core.
const MOST_ROWS: usize = 200_000;
/// Steps in which classes get their sizes, where they can: groups that fit need some hundred.
const MOST_STEPS: usize = 300;
/// Steps in which the codes of a table are learned, about.
const STEPS: usize = 4000;
/// What the codes are of, as a stage of a training.
const CODES: &str = "the codes";

impl FewLabels {
    /// Whether such data have few labels, and not too many classes to name.
    pub fn are_for(facts: &Facts) -> bool {
        facts.classes <= MOST_CLASSES && facts.labelled().is_some_and(|labels| labels <= FEW * facts.classes)
    }

    /// The settings for such data unless said otherwise.
    pub fn defaults(facts: &Facts) -> Self {
        let usual = FewLabels::default();
        FewLabels {
            // Distances of short rows say more than those of their codes.
            codes: if facts.small() { Vec::new() } else { usual.codes.clone() },
            epochs: facts.epochs(usual.epochs, STEPS, usual.batch),
            ..usual
        }
    }

    /// # Errors
    /// When they group nothing; keys are relative to the section.
    pub fn check(&self, classes: usize, training: &FitSettings) -> Result<(), SettingsError> {
        if classes > MOST_CLASSES {
            let conflict = format!("there are {classes} classes, and groups are named for at most {MOST_CLASSES}");
            return Err(SettingsError::conflict("anchors", self.anchors, conflict, "leave the section out"));
        }
        if self.codes.contains(&0) {
            let expected = "at least 1 unit each, as [400, 20], or none";
            return Err(SettingsError::value("codes", format!("{:?}", self.codes), expected));
        }
        if self.most_rows() < 2 {
            return Err(SettingsError::value("rows", self.most_rows(), "at least 2, as 200000"));
        }
        if self.neighbours == 0 {
            return Err(SettingsError::value("neighbours", 0, "at least 1, as 10"));
        }
        if self.anchors < classes {
            return Err(SettingsError::value("anchors", self.anchors, format!("at least {classes}, one a class")));
        }
        if !(self.sure > 0.0 && self.sure <= 1.0) {
            return Err(SettingsError::value("sure", self.sure, "a share above 0 and up to 1, as 0.7"));
        }
        if !(0.0..1.0).contains(&self.class_shares_within) {
            let expected = "0 to below 1, as 0.12: shares within 12 % of what is expected";
            return Err(SettingsError::value("class_shares_within", self.class_shares_within, expected));
        }
        if let Some(shares) = &self.class_shares {
            let fits = shares.len() == classes
                && shares.iter().all(|share| *share > 0.0)
                && (shares.iter().sum::<f64>() - 1.0).abs() < 0.01;
            if !fits {
                let expected = format!("{classes} shares above 0, one a class, which are 1 together");
                return Err(SettingsError::value("class_shares", format!("{shares:?}"), expected));
            }
        }
        let Some(stage) = self.stage(training) else { return Ok(()) };
        stage.fit.check().map_err(|e| if e.key().ends_with("_batch") { e.renamed("batch") } else { e })
    }

    /// Rows that are grouped besides the labelled ones, at most.
    pub fn most_rows(&self) -> usize {
        self.rows.unwrap_or(MOST_ROWS)
    }

    /// The stage that learns the codes, where they are learned.
    pub fn stage(&self, training: &FitSettings) -> Option<Stage> {
        let fit = FitSettings {
            epochs: self.epochs,
            labelled_batch: self.batch,
            unlabelled_batch: self.batch,
            learning_rate: self.learning_rate,
            decay_start: FitSettings::default().decay_start,
            optimiser: FitSettings::default().optimiser,
            weight_decay: 0.0,
            precision: training.precision,
            seed: self.seed.unwrap_or(training.seed),
        };
        let stage = Stage::new(0, CODES, fit).said_in("model.few_labels", "model.few_labels.epochs");
        (!self.codes.is_empty()).then_some(stage)
    }

    /// The network of the codes, for rows of so many inputs.
    pub fn network(&self, features: usize, output: Units) -> VaeSettings {
        let layers = [&[features], &self.codes[..]].concat();
        VaeSettings { layers, output }
    }

    /// The bounds of the classes' shares where nothing is known of them and they are far from alike; none where they are known.
    pub fn wide_sizes(&self, classes: usize) -> Option<Sizes> {
        let alike = 1.0 / classes as f64;
        let (lower, upper) = (LEAST_SHARE * alike, 1.0 - (classes - 1) as f64 * LEAST_SHARE * alike);
        self.class_shares.is_none().then(|| Sizes::within(classes, lower, upper))
    }

    /// The bounds of the classes' shares.
    pub fn sizes(&self, classes: usize) -> Sizes {
        let shares = self.class_shares.clone().unwrap_or_else(|| vec![1.0; classes]);
        let all: f64 = shares.iter().sum();
        let shares: Vec<f64> = shares.iter().map(|share| share / all).collect();
        let (low, high) = (1.0 - self.class_shares_within, 1.0 + self.class_shares_within);
        Sizes {
            lower: shares.iter().map(|share| low * share).collect(),
            upper: shares.iter().map(|share| (high * share).min(1.0)).collect(),
        }
    }

    /// How far classes spread.
    pub fn mbo(&self) -> MboSettings {
        MboSettings { most_steps: MOST_STEPS, ..MboSettings::default() }
    }
}
