//! Plans for rows made up and loaded, refusals, and a small measurement of every model.

use super::stage::largest;
use super::*;
use laddernet::models::KINDS;
use laddernet::training::Stage;

fn plan(recipe: &str, features: Option<usize>, rows: Option<usize>) -> Result<Plan, RunError> {
    Plan::new(Request { recipe: Recipe::from_toml(recipe).unwrap(), features, rows })
}

#[test]
fn unless_said_otherwise_it_is_the_network_of_the_survey() {
    let plan = plan("", None, None).unwrap();
    assert_eq!(plan.config().layers(), [784, 1000, 500, 250, 250, 250, 10]);
    assert_eq!((plan.config().kind().name, plan.data.as_str(), plan.rows), ("full", "random data", 60_000));
    let training = &plan.config().training;
    assert_eq!((training.epochs, training.labelled_batch, training.unlabelled_batch), (150, 100, 100));
}

/// Reference: batches of even size by hand, as the training loop cuts them.
#[test]
fn an_epoch_is_cut_as_in_a_training() {
    assert_eq!(
        [(60_000, 100), (150, 100), (30, 100), (1438, 100), (0, 100)].map(|(n, m)| largest(n, m)),
        [100, 75, 30, 96, 0]
    );
    let plan = plan("[data]\nsource = 'digits'", None, None).unwrap();
    assert_eq!((plan.rows, plan.session.split().labelled.len()), (1438, 40));
}

#[test]
fn sizes_that_make_no_training_are_named() {
    for (recipe, features, rows, word) in [
        ("", None, Some(0), "rows is 0"),
        ("", None, Some(5_000_000_000), "rows is 5000000000"),
        ("", Some(0), None, "features is 0"),
        ("", Some(100_000), None, "1 to 65536 units"),
        ("", Some(usize::MAX), None, "expected 1 to 4294967295"),
        ("[model]\nlayers = [20, 10]", Some(30), None, "the rows have 30 values"),
        ("[model]\nlayers = [20]", None, None, "2 to 64 sizes"),
        ("[model]\nlayers = [20, 1]", None, None, "at least 2 units"),
        ("[model]\nlayers = [20, 0]", None, None, "1 to 65536 units"),
        ("[training]\nunlabelled_batch = 4000000000", None, None, "GiB of memory"),
        ("[training]\nlabelled_batch = 0", None, None, "labelled_batch is 0"),
        ("[model]\nkind = 'fulll'", None, None, "is no model"),
    ] {
        let message = plan(recipe, features, rows).err().expect(word).to_string();
        assert!(message.contains(word), "{word}: {message}");
    }
}

/// The limit of the products is measured once, below: it takes longest.
#[test]
fn every_model_is_measured() {
    let threads = Threads::new(2).unwrap();
    for kind in KINDS {
        let facts = DataFacts::of_rows(40, 5);
        let layers = match (Recipe::of(kind).resolve(facts).unwrap().layers().len(), kind.takes_labels()) {
            (2, true) => "40, 5",
            (_, true) => "40, 30, 5",
            (_, false) => "40, 30",
        };
        let recipe = format!("[model]\nkind = '{kind}'\nlayers = [{layers}]\n[training]\nprecision = 'f32'");
        let plan = plan(&recipe, None, Some(70)).unwrap();
        let planned = plan.config().model.spec().stages(&plan.config().training);
        let found = plan.stages(0.01, 100.0, &threads).unwrap();
        assert_eq!(found.len(), planned.len(), "{kind}");
        if planned.is_empty() {
            assert!(plan.at_once(0.01, &threads).unwrap() > 0.0, "{kind}");
        }
        for (s, Stage { name, fit, .. }) in found.iter().zip(&planned) {
            assert_eq!((&s.stage, s.epochs), (name, fit.epochs));
            let (labelled, unlabelled) = (s.labelled_rows_per_step, s.unlabelled_rows_per_step);
            assert!(labelled == 0 || labelled == fit.labelled_batch.min(70), "{kind}: {s:?}");
            assert!(unlabelled == 0 || unlabelled == largest(70, fit.unlabelled_batch), "{kind}: {s:?}");
            assert_eq!(labelled > 0, kind.takes_labels() && !name.starts_with("layer"), "{kind}: {s:?}");
            assert!(s.steps >= times::AT_LEAST && s.ms_per_step > 0.0, "{s:?}");
            assert!(s.ms_per_step_minimum <= s.ms_per_step_lower_quartile);
            assert!(s.ms_per_step_upper_quartile >= s.ms_per_step);
            assert_eq!(s.steps_per_epoch, 70_usize.div_ceil(fit.unlabelled_batch));
            let of_an_epoch = s.ms_per_step / 1e3 * s.steps_per_epoch as f64;
            assert!((s.seconds_per_epoch - of_an_epoch).abs() < 1e-9);
            assert!((s.seconds - of_an_epoch * s.epochs as f64).abs() < 1e-6);
            let (gflop, percent) = s.product_gflop_per_step.zip(s.product_limit_percent).expect("products");
            assert!((percent - gflop / s.ms_per_step * 1e3).abs() < 1e-6, "at 100 GFLOP/s: {s:?}");
            assert!(s.parts.len() >= 3 && s.parts.iter().all(|part| part.ms >= 0.0), "{kind}: {s:?}");
        }
    }
}

/// A stage that comes after another one stands on its layer.
#[test]
fn rows_that_are_loaded_are_measured_stage_by_stage() {
    let recipe = "[data]\nsource = 'digits'\n[model]\nkind = 'dbn'\nlayers = [64, 20, 15, 10]";
    let plan = plan(&format!("{recipe}\n[training]\nprecision = 'f32'"), None, None).unwrap();
    let found = plan.measure(0.01, &Threads::new(1).unwrap()).unwrap();
    let rows = |s: &StageTimes| (s.stage.clone(), s.labelled_rows_per_step, s.unlabelled_rows_per_step);
    let whole = |labelled| (Stage::WHOLE.to_owned(), labelled, 0);
    let expected = [("layer 1".into(), 0, 20), ("layer 2".into(), 0, 20), ("the top layer".into(), 20, 0), whole(20)];
    assert_eq!(found.stages.iter().map(rows).collect::<Vec<_>>(), expected);
    assert_eq!((found.stages[0].steps_per_epoch, found.rows_per_epoch), (72, 1438));
    assert_eq!((found.schema, found.model, found.threads), (SCHEMA, "dbn", 1));
    assert!(found.product_limit_gflops > 0.0);
    assert_eq!(found.seconds_per_training, found.stages.iter().map(|stage| stage.seconds).sum::<f64>());
}
