//! Plans for rows made up and loaded, refusals, and a small measurement.

use super::*;
use laddernet::models::ModelKind;

fn plan(recipe: &str, features: Option<usize>, rows: Option<usize>) -> Result<Plan, RunError> {
    Plan::new(Request { recipe: Recipe::from_toml(recipe).unwrap(), features, rows })
}

fn epoch(recipe: &str, rows: usize) -> (usize, usize, usize) {
    let Epoch { steps, labelled, unlabelled, .. } = plan(recipe, None, Some(rows)).unwrap().epoch;
    (steps, labelled, unlabelled)
}

#[test]
fn without_a_word_it_is_the_network_of_the_survey() {
    let plan = plan("", None, None).unwrap();
    assert_eq!(plan.config().layers, [784, 1000, 500, 250, 250, 250, 10]);
    assert_eq!((plan.config().model, plan.data.as_str()), (ModelKind::Full, "random data"));
    assert_eq!(plan.epoch, Epoch { rows: 60_000, steps: 600, cut: 100, labelled: 100, unlabelled: 100 });
}

/// Witness: batches of even size by hand, as the training loop cuts them.
#[test]
fn an_epoch_is_cut_as_in_a_training() {
    assert_eq!(epoch("", 150), (2, 100, 75));
    assert_eq!(epoch("", 30), (1, 30, 30));
    assert_eq!(epoch("", 1), (1, 1, 1));
    assert_eq!(epoch("model = 'mlp'\nlabelled_batch = 7", 1000), (10, 7, 0));
    assert_eq!(epoch("unlabelled_batch = 4000", 4_000_000_000), (1_000_000, 100, 4000));
    let digits = plan("data = 'digits'", None, None).unwrap();
    assert_eq!(digits.epoch, Epoch { rows: 1438, steps: 15, cut: 96, labelled: 40, unlabelled: 96 });
}

#[test]
fn sizes_that_make_no_training_are_named() {
    for (recipe, features, rows, word) in [
        ("", None, Some(0), "rows is 0"),
        ("", None, Some(5_000_000_000), "rows is 5000000000"),
        ("", Some(0), None, "size of 0"),
        ("", Some(100_000), None, "expected 1 to 65536"),
        ("", Some(usize::MAX), None, "GiB of memory"),
        ("layers = [20, 10]", Some(30), None, "the rows of random data have 30 values"),
        ("layers = [20]", None, None, "too few"),
        ("layers = [20, 1]", None, None, "at least 2"),
        ("unlabelled_batch = 4000000000", None, None, "GiB of memory"),
        ("labelled_batch = 0", None, None, "labelled_batch is 0"),
    ] {
        let message = plan(recipe, features, rows).err().expect(word).to_string();
        assert!(message.contains(word), "{word}: {message}");
    }
}

#[test]
fn every_model_is_measured() {
    for kind in ModelKind::ALL {
        let recipe = format!("model = '{kind}'\nlayers = [40, 30, 5]\nprecision = 'f32'");
        let found = plan(&recipe, None, Some(70)).unwrap().measure(0.01, &Threads::new(2).unwrap()).unwrap();
        let unlabelled = if kind == ModelKind::Mlp { 0 } else { 70 };
        assert_eq!((found.labelled_rows_per_step, found.unlabelled_rows_per_step), (70, unlabelled));
        assert!(found.steps >= AT_LEAST && found.ms_per_step > 0.0 && found.product_limit_gflops > 0.0, "{found:?}");
        assert!(found.ms_per_step_minimum <= found.ms_per_step_lower_quartile);
        assert!(found.ms_per_step_upper_quartile >= found.ms_per_step);
        assert_eq!(found.parts_ms.combinator > 0.0, kind != ModelKind::Mlp);
        let of_an_epoch = found.ms_per_step / 1e3; // of one step
        assert!((found.seconds_per_epoch - of_an_epoch).abs() < 1e-12);
        assert!((found.seconds_per_150_epochs - 150.0 * of_an_epoch).abs() < 1e-9);
    }
}

#[test]
fn times_are_read_by_rank() {
    let times = Times::new(vec![3.0, 1.0, 2.0, 5.0, 4.0]);
    assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|share| times.at(share)), [1.0, 2.0, 3.0, 4.0, 5.0]);
}
