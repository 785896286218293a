//! Tests of `table`.

use super::*;

/// Reference: the papers, by hand.
#[test]
fn figures_are_found_wherever_they_stand() {
    let first = |recipe: &str, by: &str| {
        let found = figures_of(recipe, Measure::TestErrorPercent);
        found.into_iter().find(|figure| figure.by == by).map(|figure| (figure.value.unwrap(), figure.deviation))
    };
    let (survey, rasmus) = ("the survey", "Rasmus et al. 2015");
    assert_eq!(first("survey-2-full-40", survey), Some((1.27, None)));
    assert_eq!(first("survey-2-top-all", survey), Some((0.9, None)));
    assert_eq!(first("survey-4-bottom-100", survey), Some((1.308, None)));
    assert_eq!(first("survey-2-full-100", rasmus), Some((1.06, Some(0.37))));
    assert_eq!(first("fast-full-100", rasmus), Some((1.06, Some(0.37))));
    assert_eq!(first("survey-2-full-40", rasmus), None);
    assert_eq!(first("survey-4-full-100", rasmus), None);
    let about = figures_of("gsn-plain", Measure::Parzen);
    assert_eq!((about[0].value, &*about[0].printed), (Some(50.0), "about 50"));
    assert_eq!(figures_of("deep-autoencoder", Measure::PcaSquaredError)[0].value, Some(13.87));
    assert_eq!(figures_of("deep-autoencoder", Measure::TestSquaredError).len(), 1);
    let all: Vec<&Figure> = ALL.iter().flat_map(|table| &table.entries).flat_map(|entry| &entry.published).collect();
    assert_eq!(all.iter().filter(|figure| figure.by == survey).count(), 21);
    assert_eq!(all.iter().filter(|figure| figure.by == rasmus).count(), 13);
    assert!(all.iter().all(|figure| figure.value.is_some()));
}

#[test]
fn every_cell_is_a_training_that_its_measures_fit() {
    for table in tables() {
        for entry in &table.entries {
            let kind = entry.kind().unwrap();
            assert_eq!(entry.recipe.is_some(), table.is_complete(), "{}", table.name);
            for measure in &entry.measures {
                assert!(kind.can(measure.needs()), "{}: {kind} by {measure}", table.name);
            }
            let measured = |figure: &Figure| figure.measure.is_none_or(|m| entry.measures.contains(&m));
            assert!(!entry.measures.is_empty() && entry.published.iter().all(measured));
            assert!(entry.layers_of.as_deref().is_none_or(|of| table.entry(of).is_some()));
            if let (Some(recipe), Some(by), false) = (&entry.recipe, &table.against, entry.extra) {
                let figures = figures_of(recipe, entry.measures[0]);
                // The survey has 40 labels where the ladder's authors have 50.
                assert!(figures.iter().any(|figure| figure.by == *by), "{}: {recipe}", table.name);
            }
        }
    }
}
