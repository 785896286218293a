//! Tests of `jobs`.

use super::super::table::Table;
use super::super::{Choice, Grid, Measure};
use super::*;
use crate::record::Standing;
use std::fs;

/// Small trainings on the digits by recipes that are for MNIST.
const SMALL: &str = r#"
about = "small"
rows = { features = 64, classes = 10 }

[[cell]]
recipe = "dbn-all"
set = { "data.source" = "digits", "model.layers" = [64, 8, 10], "model.pretraining.epochs" = 2, "training.epochs" = 1 }

[[cell]]
recipe = "dbn-100"
seeds = 2
set = { "data.source" = "digits", "model.layers" = [64, 8, 10], "model.pretraining.epochs" = 2, "training.epochs" = 1 }
layers_of = "dbn-all"

[[cell]]
recipe = "rbm-500-2min"
set = { "data.source" = "digits", "model.layers" = [64, 4], "training.epochs" = 1 }
measures = ["forwards", "backwards"]
"#;

#[test]
fn layers_are_shared_and_likelihoods_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let table: Table = toml::from_str(SMALL).unwrap();
    let table: &'static Table = Box::leak(Box::new(table));
    let choice = Choice { out: folder.path().join("shared"), ..Choice::default() };
    let grid = Grid::new(table, &choice).unwrap();
    assert_eq!(grid.tasks.len(), 4);
    let tasks: Vec<&TableTask> = grid.tasks.iter().collect();
    let threads = [Threads::new(1).unwrap(), Threads::new(1).unwrap()];
    let jobs = Jobs { checkpoint_every: 1.0, threads: &threads };
    let all = |tasks: &[&TableTask]| {
        let results = perform_all(tasks, jobs, &|_, _| Flow::Continue);
        assert_eq!(results.len(), tasks.len());
        assert!(results.iter().all(|result| result.as_ref().unwrap().status == Status::Finished));
    };
    // It was trained, but how likely it finds the rows is not known.
    let rbm = tasks[2];
    record::finish(&rbm.task, 1.0, &threads[0], &mut |_| Flow::Continue).unwrap();
    assert!(matches!(rbm.standing().unwrap(), Standing::Begun));
    all(&tasks);
    assert!(tasks.iter().all(|task| matches!(task.standing().unwrap(), Standing::Ended(_))));
    let cells = grid.cells().unwrap();
    let sizes: Vec<(Measure, usize)> = cells.iter().map(|cell| (cell.measure, cell.runs.len())).collect();
    let error = Measure::TestErrorPercent;
    assert_eq!(sizes, [(error, 1), (error, 2), (Measure::Forwards, 1), (Measure::Backwards, 1)]);
    assert!(cells.iter().all(|cell| cell.mean.is_some_and(f64::is_finite)));
    assert_eq!(table.seeds_below(&choice.out).0, [1, 2]);
    // Without the layers of another training: the same bits. The last one has seed 2, which holds other rows of the digits out:
    // it could not begin with layers that have seen them.
    let alone = Grid::new(table, &Choice { out: folder.path().join("alone"), ..choice.clone() }).unwrap();
    all(&[&alone.tasks[1]]);
    let model = |task: &TableTask| fs::read(task.task.folder.join(folder::MODEL)).unwrap();
    assert!(model(&alone.tasks[1]) == model(tasks[1]) && alone.tasks[1].id == tasks[1].id);
    let metrics = |task: &TableTask| fs::read_to_string(task.task.folder.join(folder::METRICS)).unwrap();
    let pretrained = [&alone.tasks[1], tasks[1], tasks[3]].map(|task| metrics(task).contains("layer 1"));
    assert_eq!(pretrained, [true, false, true]);
}
