//! Many tasks, several at a time.

use super::grid::TableTask;
use super::measure;
use crate::error::{FailureKind, RunError};
use crate::folder;
use crate::record::{self, Listener, Progress, Status, Summary, Task};
use laddernet::Threads;
use laddernet::training::Flow;
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};
use std::thread;

/// How tasks are done.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    /// Least seconds between two checkpoints.
    pub checkpoint_every: f64,
    /// The threads of each job: as many trainings go on at a time as there are entries.
    pub threads: &'a [Threads],
}

/// What a job reports of a task; from its own thread.
pub enum News<'a> {
    /// A step was done.
    Progress(&'a Progress),
    /// It is over.
    Over(&'a Result<Summary, RunError>),
}

/// What is left to do.
struct Queue {
    waiting: VecDeque<usize>,
    /// Run folders that are being filled here.
    in_work: BTreeSet<PathBuf>,
    /// Run folders that another process is filling.
    elsewhere: BTreeSet<PathBuf>,
    done: Vec<(usize, Result<Summary, RunError>)>,
}

/// Does tasks in their order; one that begins with the layers of another waits for that. Each is reported by its place among them,
/// and the answer may be to stop: then those in work are saved, and no other is begun. A task that fails does not keep the next ones
/// from being done, unless the disk is what failed. What came of the tasks that were begun is returned in their order.
pub fn perform_all(
    tasks: &[&TableTask],
    jobs: Jobs<'_>,
    on_news: &(dyn Fn(usize, News<'_>) -> Flow + Sync),
) -> Vec<Result<Summary, RunError>> {
    let queue = Queue {
        waiting: (0..tasks.len()).collect(),
        in_work: BTreeSet::new(),
        elsewhere: BTreeSet::new(),
        done: Vec::new(),
    };
    let (queue, changed) = (Mutex::new(queue), Condvar::new());
    let held = "nothing panics while it is held";
    thread::scope(|scope| {
        for threads in jobs.threads {
            let (queue, changed) = (&queue, &changed);
            scope.spawn(move || {
                while let Some((place, elsewhere)) = next(queue, changed, tasks) {
                    let mut listener = |p: &Progress| on_news(place, News::Progress(p));
                    let result = match elsewhere {
                        Some(layers) => Err(RunError::Busy(layers)),
                        None => perform(tasks[place], jobs.checkpoint_every, threads, &mut listener),
                    };
                    let stop = match &result {
                        Ok(summary) => summary.status == Status::Interrupted,
                        Err(e) => e.kind() == FailureKind::Io,
                    };
                    let stop = on_news(place, News::Over(&result)) == Flow::Stop || stop;
                    let mut queue = queue.lock().expect(held);
                    let folder = &tasks[place].task.folder;
                    queue.in_work.remove(folder);
                    if matches!(result, Err(RunError::Busy(_))) {
                        queue.elsewhere.insert(folder.clone());
                    }
                    if stop {
                        queue.waiting.clear();
                    }
                    queue.done.push((place, result));
                    changed.notify_all();
                }
            });
        }
    });
    let mut done = queue.into_inner().expect(held).done;
    done.sort_by_key(|&(place, _)| place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The next task to do; it is left to another process where that is at work on the layers that it begins with.
fn next(queue: &Mutex<Queue>, changed: &Condvar, tasks: &[&TableTask]) -> Option<(usize, Option<PathBuf>)> {
    let held = "nothing panics while it is held";
    let layers = |place: usize| tasks[place].task.layers_of.as_ref();
    let mut queue = queue.lock().expect(held);
    loop {
        let is_free = |&place: &usize| layers(place).is_none_or(|run| !queue.in_work.contains(run));
        if let Some(at) = queue.waiting.iter().position(is_free) {
            let place = queue.waiting.remove(at)?;
            queue.in_work.insert(tasks[place].task.folder.clone());
            return Some((place, layers(place).filter(|run| queue.elsewhere.contains(*run)).cloned()));
        }
        if queue.waiting.is_empty() {
            return None;
        }
        queue = changed.wait(queue).expect(held);
    }
}

/// Brings a task to its end, and evaluates what was trained where its figure needs that.
fn perform(
    TableTask { task, entry, .. }: &TableTask,
    checkpoint_every: f64,
    threads: &Threads,
    listener: &mut Listener<'_>,
) -> Result<Summary, RunError> {
    let mut finish = |layers_of: Option<&Path>| {
        let task = Task { layers_of: layers_of.map(Path::to_owned), ..task.clone() };
        record::finish(&task, checkpoint_every, threads, listener)
    };
    let layers_there = task.layers_of.as_deref().filter(|run| run.join(folder::LAYERS).is_file());
    let summary = match finish(layers_there) {
        // Pretrained anew they are the same, or those of this machine's precision.
        Err(RunError::OtherLayers { .. }) => finish(None)?,
        result => result?,
    };
    if summary.status == Status::Finished {
        measure::evaluate(&task.folder, &task.recipe, &entry.measures, threads)?;
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
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
}
