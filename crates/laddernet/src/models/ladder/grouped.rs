//! A ladder that is trained on more labels than it was given: rows are grouped first, and sure ones of each group are labelled besides.

use super::Ladder;
use crate::dataset::Dataset;
use crate::evaluation::most_probable;
use crate::few_labels::{FewLabels, Grouped, Groups, graphs, group, labelled_places, no_label, sample, unnamed};
use crate::graph::GraphError;
use crate::models::rbm::Units;
use crate::models::trained::Encode;
use crate::models::vae::Vae;
use crate::training::{Course, TrainingError};

/// Trains the codes and then the ladder.
///
/// # Errors
/// When a stage does not fit the rows, or they make no groups although these are wanted in any case.
pub(super) fn train(few: &FewLabels, course: &mut Course<'_>, ladder: &mut Ladder) -> Result<(), TrainingError> {
    let (data, split, last) = (course.data, course.split, course.stages() - 1);
    let classes = ladder.classes();
    let sampled = sample(&split.unlabelled, &split.labelled, few.most_rows(), course.stage(last).fit.seed);
    let labelled = labelled_places(data, &sampled, &split.labelled);
    if let Some(class) = unnamed(&labelled, classes).filter(|_| !few.only_if_it_fits) {
        // Known before anything is trained.
        return Err(GraphError::Unlabelled { class, classes }.into());
    }
    let sample_of = (sampled.len() < split.unlabelled.len()).then_some(split.unlabelled.len());
    let rows = data.select(&sampled);
    let groups = codes(few, &rows, course).and_then(|codes| {
        let Some(codes) = codes else { return Ok(None) };
        let graphs = graphs(&codes, few, course.threads)?;
        Ok(Some(group(&graphs, classes, &labelled, few, course.threads)?))
    });
    let groups = match groups {
        Ok(Some(groups)) => groups,
        Ok(None) => return Ok(()),
        Err(e @ (TrainingError::Groups(_) | TrainingError::Codes { .. })) if few.only_if_it_fits => {
            let reason = no_label(&labelled, data.class_names()).unwrap_or_else(|| e.to_string());
            course.tell(Grouped { sample_of, ..Grouped::passed_over(reason, sampled.len()) });
            return course.train(last, data, ladder);
        }
        Err(e) => return Err(e),
    };
    let grouped = Grouped { sample_of, ..Grouped::new(&groups, &sampled, &labelled, data.class_names(), few) };
    with_anchors(few, &groups, grouped, (&sampled, &rows), course, ladder)
}

/// The codes of rows: their inputs where none are learned; nothing where learning them was stopped or diverged.
fn codes(few: &FewLabels, rows: &Dataset, course: &mut Course<'_>) -> Result<Option<Dataset>, TrainingError> {
    if course.stages() == 1 {
        return Ok(Some(rows.clone()));
    }
    let data = course.data;
    // Rows of the validation, too, have to be what the network takes.
    let output = if data.check_unit_interval().is_ok() { Units::Bernoulli } else { Units::Gaussian };
    let vae = Vae::with_isa(few.network(data.features(), output), course.stage(0).fit.seed, course.threads.isa());
    let mut vae = vae.map_err(|e| e.under("model.few_labels"))?;
    course.train(0, data, &mut vae)?;
    if course.is_over() {
        return Ok(None);
    }
    let codes = vae.codes(rows, vae.last_layer(), course.threads).map(Some);
    codes.map_err(|source| TrainingError::Codes { stage: course.stage(0).name.clone(), source })
}

/// Trains the ladder with anchors, if groups are used, and asks whether it sees the groups as they are named. The rows that were grouped are given
/// by their numbers in the data, and themselves.
fn with_anchors(
    few: &FewLabels,
    groups: &Groups,
    mut grouped: Grouped,
    (places, rows): (&[usize], &Dataset),
    course: &mut Course<'_>,
    ladder: &mut Ladder,
) -> Result<(), TrainingError> {
    let (data, split, last) = (course.data, course.split, course.stages() - 1);
    let (mut labels, mut with_anchors) = (data.labels().to_vec(), split.clone());
    if grouped.used {
        let anchors = groups.anchors(few, course.stage(last).fit.seed)?;
        let is_new = |(place, class): (usize, u16)| {
            let row = places[place];
            split.labelled.binary_search(&row).is_err().then_some((row, class))
        };
        for (row, class) in anchors.into_iter().filter_map(is_new) {
            labels[row] = Some(u32::from(class));
            with_anchors.labelled.push(row);
            grouped.anchors += 1;
        }
        with_anchors.labelled.sort_unstable();
    }
    let labelled = data.clone().with_labels(labels, data.class_names().to_vec()).expect("classes of the data");
    let trained = course.train_on(last, &labelled, &with_anchors, ladder);
    if trained.is_ok() && !course.is_over() {
        let predicted = most_probable(&ladder.probabilities(rows, course.threads), ladder.classes());
        grouped.predicted_so = Some(groups.predicted_so(&predicted));
    }
    course.tell(grouped);
    trained
}
