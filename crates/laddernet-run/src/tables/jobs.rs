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
    Progress(&'a Progress<'a>),
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
                    let mut listener = |p: &Progress<'_>| on_news(place, News::Progress(p));
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
mod tests;
