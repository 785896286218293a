//! The threads that share the work of a step.

use std::sync::Arc;

/// A pool of worker threads, handed to whatever computes. No result depends on their number.
#[derive(Clone)]
pub struct Threads {
    pool: Arc<rayon::ThreadPool>,
}

impl Threads {
    /// A pool of `count` threads (at least one).
    ///
    /// # Errors
    /// When the system refuses to start them.
    pub fn new(count: usize) -> std::io::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count.max(1)).build().map_err(std::io::Error::other)?;
        Ok(Threads { pool: Arc::new(pool) })
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// Runs `work` inside the pool, so that the parallel loops in it use these threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}
