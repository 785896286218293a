//! A ladder of few labels that was trained without groups is compared with groups of its rows. Where it has lost a class, or holds half of two,
//! its costs do not show it and its probabilities are high, but rows that lie together have different classes.

use super::Session;
use crate::evaluation::{Classify, most_probable};
use crate::few_labels::{FewLabels, Grouped, graphs, group, labelled_places, no_label, sample};
use crate::models::TrainedModel;
use crate::models::kind::{Facts, is_small};
use crate::split::LabelCount;
use laddernet_math::Threads;

/// Rows that are grouped besides the labelled ones.
const ROWS: usize = 2000;
/// Pairs of more classes take longer than the training of a table, above all where there are no groups: 26 classes half a minute. Of 10 classes
/// that are groups it takes a second, of 10 that are none three.
const MOST_CLASSES: usize = 12;
/// A class is as good as lost if less than this share of its group's surest rows is predicted as this class. Of trainings on the digits that ended
/// well, the least of the ten shares was 82 to 100 % (`results/LOG.md`).
const LOST: f64 = 0.75;
/// Labels a class up to which it is said that groups do not fit, since then little else can show a lost class.
const HANDFUL: usize = 5;

/// What groups of some rows say of a ladder that was trained without them.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupCheck {
    /// They fit the labels, and the model predicts no group's surest rows as another class.
    Agrees,
    /// The group that the model contradicts most.
    Contradicts(ContradictedGroup),
    /// They do not fit the labels, for this reason, so that a lost class does not show.
    Unfit(String),
}

/// A group whose rows a model predicts as another class than that of its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct ContradictedGroup {
    /// The class of its labels.
    pub class: usize,
    /// The class that the model predicts for most of its other rows.
    pub other: usize,
    /// Of the rows that are surest of the group, the share that the model predicts as its class.
    pub predicted_so: f64,
    /// A row of the data, from 0, without a label: the surest one that the model predicts as the other class.
    pub row: usize,
}

impl Session {
    /// Compares a ladder with groups of some rows. Nothing where labels are not few, rows are long, or classes are more than twelve; it says
    /// nothing of a model that was trained with groups.
    pub fn check_by_groups(&self, model: &dyn TrainedModel, threads: &Threads) -> Option<GroupCheck> {
        let (classifier, split) = (model.classify()?, &self.split);
        let (classes, labels) = (classifier.classes(), split.labelled.len());
        let facts = Facts { labels: Some(LabelCount::Count(labels)), ..Facts::of(self.rows.features(), classes) };
        let spec = self.settings.model.spec();
        let is_ladder = spec.uses_unlabelled() && !spec.denoising_weights().is_empty();
        // Where nearly all rows have a label, groups have nothing to say.
        let are_few = FewLabels::are_for(&facts) && 2 * labels < split.unlabelled.len();
        if !is_ladder || !are_few || !is_small(self.rows.features()) || classes > MOST_CLASSES {
            return None;
        }
        let found = self.contradicted(classifier, threads);
        let unfit = |reason: String| (labels <= HANDFUL * classes).then_some(GroupCheck::Unfit(reason));
        found.map_or_else(unfit, |found| Some(found.map_or(GroupCheck::Agrees, GroupCheck::Contradicts)))
    }

    /// The group that a classifier contradicts most, if any; or why there are no groups that fit.
    fn contradicted(&self, classifier: &dyn Classify, threads: &Threads) -> Result<Option<ContradictedGroup>, String> {
        let (split, classes) = (&self.split, classifier.classes());
        let few = FewLabels { codes: Vec::new(), ..FewLabels::default() };
        let places = sample(&split.unlabelled, &split.labelled, ROWS, self.settings.training.seed);
        let rows = self.rows.select(&places);
        let labelled = labelled_places(&self.rows, &places, &split.labelled);
        if let Some(reason) = no_label(&labelled, rows.class_names()) {
            return Err(reason);
        }
        let groups = graphs(&rows, &few, threads)
            .and_then(|graphs| group(&graphs, classes, &labelled, &few, threads))
            .map_err(|e| e.to_string())?;
        if let Some(reason) = Grouped::new(&groups, &places, &labelled, rows.class_names(), &few).reason {
            return Err(reason);
        }
        let predicted = most_probable(&classifier.probabilities(&rows, threads), classes);
        let sure = groups.sure(&few).map_err(|e| e.to_string())?;
        let of_group = |(class, sure): (usize, &Vec<usize>)| {
            let in_group = |&&place: &&usize| usize::from(groups.free[place]) == class;
            let sure: Vec<usize> = sure.iter().filter(in_group).copied().collect();
            let mut counts = vec![0usize; classes];
            sure.iter().for_each(|&place| counts[predicted[place] as usize] += 1);
            let other = (0..classes).filter(|&other| other != class).max_by_key(|&other| counts[other])?;
            let predicted_so = counts[class] as f64 / sure.len().max(1) as f64;
            // The surest rows stand first.
            let has_label = |place: usize| labelled.iter().any(|&(other, _)| other == place);
            let is_open = |place: &&usize| predicted[**place] as usize == other && !has_label(**place);
            let place = *sure.iter().find(is_open).filter(|_| predicted_so < LOST)?;
            let row = self.from.as_ref().map_or(places[place], |from| from[places[place]]);
            Some(ContradictedGroup { class, other, predicted_so, row })
        };
        let found = sure.iter().enumerate().filter_map(of_group);
        Ok(found.min_by(|a, b| a.predicted_so.total_cmp(&b.predicted_so)))
    }
}
