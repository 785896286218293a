//! Many tasks, several at a time.

use super::task::{Task, perform};
use crate::error::{FailureKind, RunError};
use crate::progress::Progress;
use crate::summary::{Status, Summary};
use laddernet::Threads;
use laddernet::fit::Flow;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

/// How tasks are done.
#[derive(Clone, Copy)]
pub struct Jobs<'a> {
    /// The folder of their run folders.
    pub out: &'a Path,
    /// The folder of the data, where one is given.
    pub data_dir: Option<&'a Path>,
    /// Least seconds between two checkpoints.
    pub checkpoint_every: f64,
    /// The threads of each job: as many trainings go on at a time as there are entries.
    pub threads: &'a [Threads],
}

/// What a job says of a task; from its own thread.
pub enum News<'a> {
    /// A step was done.
    Progress(&'a Progress),
    /// It is over.
    Over(&'a Result<Summary, RunError>),
}

/// Does tasks in their order. Each is heard of by its place among them, and the answer may be to stop: then those in
/// work are saved, and no other is begun. A task that fails does not keep the next ones from being done, unless the
/// disk is what failed. What came of the tasks that were begun is given back in their order.
pub fn perform_all(
    tasks: &[&Task],
    jobs: Jobs<'_>,
    hear: &(dyn Fn(usize, News<'_>) -> Flow + Sync),
) -> Vec<Result<Summary, RunError>> {
    let waiting = Mutex::new(tasks.iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for threads in jobs.threads {
            let (waiting, done) = (&waiting, &done);
            scope.spawn(move || {
                while let Some((place, task)) = taken(waiting) {
                    let Jobs { out, data_dir, checkpoint_every, .. } = jobs;
                    let mut listener = |p: &Progress| hear(place, News::Progress(p));
                    let result = perform(task, out, data_dir, checkpoint_every, threads, &mut listener);
                    let stop = match &result {
                        Ok(summary) => summary.status == Status::Interrupted,
                        Err(e) => e.kind() == FailureKind::Io,
                    };
                    if hear(place, News::Over(&result)) == Flow::Stop || stop {
                        // Nobody takes another one.
                        while taken(waiting).is_some() {}
                    }
                    done.lock().expect("nothing panics while it is held").push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nothing panics while it is held");
    done.sort_by_key(|&(place, _)| place);
    done.into_iter().map(|(_, result)| result).collect()
}

fn taken<T>(waiting: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    waiting.lock().expect("nothing panics while it is held").next()
}
