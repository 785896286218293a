//! The threads that share the work of a step, and the instructions they use.

use crate::simd::Isa;
use std::sync::Arc;

/// A pool of worker threads and their instruction set, handed to whatever computes. No result depends on the
/// number of threads.
#[derive(Clone)]
pub struct Threads {
    pool: Arc<rayon::ThreadPool>,
    isa: Isa,
}

impl Threads {
    /// A pool of `count` threads (at least one) with the best instruction set of this processor.
    ///
    /// # Errors
    /// When the system refuses to start them.
    pub fn new(count: usize) -> std::io::Result<Self> {
        Self::with_isa(count, Isa::detect())
    }

    /// The same with a chosen instruction set, for tests and comparisons.
    ///
    /// # Errors
    /// When the system refuses to start the threads.
    pub fn with_isa(count: usize, isa: Isa) -> std::io::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count.max(1)).build().map_err(std::io::Error::other)?;
        Ok(Threads { pool: Arc::new(pool), isa })
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.pool.current_num_threads()
    }

    /// The instruction set that kernels use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Runs `work` inside the pool, so that the parallel loops in it use these threads.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}
