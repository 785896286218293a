//! A ladder that is trained on more labels than it was given: rows are grouped first, and sure ones of each group are labelled besides.

use super::Ladder;
use crate::evaluation::most_probable;
use crate::few_labels::{FewLabels, Grouped, graphs, group};
use crate::models::rbm::Units;
use crate::models::trained::Encode;
use crate::models::vae::Vae;
use crate::training::{Course, TrainingError};

/// Trains the codes and then the ladder.
///
/// # Errors
/// When a stage does not fit the rows, or they make no groups.
pub(super) fn train(few: &FewLabels, course: &mut Course<'_>, ladder: &mut Ladder) -> Result<(), TrainingError> {
    let (data, split, last) = (course.data, course.split, course.stages() - 1);
    let rows = data.select(&split.unlabelled);
    let codes = if last == 0 {
        rows
    } else {
        let output = if rows.check_unit_interval().is_ok() { Units::Bernoulli } else { Units::Gaussian };
        let (isa, seed) = (course.threads.isa(), course.stage(0).fit.seed);
        let vae = Vae::with_isa(few.network(data.features(), output), seed, isa);
        let mut vae = vae.map_err(|e| e.under("model.few_labels"))?;
        course.train(0, data, &mut vae)?;
        if course.is_over() {
            return Ok(());
        }
        let codes = vae.codes(&rows, vae.last_layer(), course.threads);
        codes.map_err(|source| TrainingError::Codes { stage: course.stage(0).name.clone(), source })?
    };
    let of_row = |row: &usize| {
        let place = split.unlabelled.binary_search(row).ok()?;
        Some((place, u16::try_from(data.labels()[*row]?).ok()?))
    };
    let labelled: Vec<(usize, u16)> = split.labelled.iter().filter_map(of_row).collect();
    let groups = graphs(&codes, few, course.threads)
        .and_then(|graphs| group(&graphs, ladder.classes(), &labelled, few, course.threads));
    let groups = match groups {
        Ok(groups) => groups,
        Err(e) if few.only_if_it_fits => {
            course.tell(Grouped::passed_over(e.to_string(), split.unlabelled.len()));
            return course.train(last, data, ladder);
        }
        Err(e) => return Err(e.into()),
    };
    let mut grouped = Grouped::new(&groups, &split.unlabelled, &labelled, few);
    let (mut labels, mut with_anchors) = (data.labels().to_vec(), split.clone());
    if grouped.used {
        let anchors = groups.anchors(few, course.stage(last).fit.seed)?;
        let is_new = |(place, class): (usize, u16)| {
            let row = split.unlabelled[place];
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
        let rows = data.select(&split.unlabelled);
        let predicted = most_probable(&ladder.probabilities(&rows, course.threads), ladder.classes());
        grouped.predicted_so = Some(groups.predicted_so(&predicted));
    }
    course.tell(grouped);
    trained
}
