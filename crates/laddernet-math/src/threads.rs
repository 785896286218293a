//! The threads that share the work of a step, and the instructions they use.

use crate::parts::Parts;
use crate::pool::Pool;
use crate::simd::{Isa, Precision};
use std::sync::Arc;

/// Threads and their instruction set, handed to whatever computes. No result depends on the number of threads.
#[derive(Clone)]
pub struct Threads {
    pool: Arc<Pool>,
    isa: Isa,
}

impl Threads {
    /// `count` threads (at least one) with the best instruction set of this processor, in single precision.
    ///
    /// # Errors
    /// When the system refuses to start them.
    pub fn new(count: usize) -> std::io::Result<Self> {
        Self::with_isa(count, Isa::detect())
    }

    /// The same with a chosen instruction set.
    ///
    /// # Errors
    /// When the system refuses to start the threads.
    pub fn with_isa(count: usize, isa: Isa) -> std::io::Result<Self> {
        Ok(Threads { pool: Arc::new(Pool::new(count)?), isa })
    }

    /// The same threads with another instruction set.
    pub fn using(&self, isa: Isa) -> Self {
        Threads { pool: Arc::clone(&self.pool), isa }
    }

    /// The same threads with products in single precision.
    pub fn in_single_precision(&self) -> Self {
        self.using(self.isa.in_single_precision())
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.pool.count()
    }

    /// The instruction set that kernels use.
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// The precision of its matrix products.
    pub fn precision(&self) -> Precision {
        self.isa.precision()
    }

    /// Runs `task(j, parts j)` for every `j`, shared among the threads; inside a task it runs in that task's thread.
    /// `parts` is a tuple of what each task may write: `(a.panels_mut(), b.panels_mut())`.
    ///
    /// A task's result depends on `j` and its parts alone, so the number of threads changes no bit.
    pub fn for_each<P: Parts>(&self, parts: P, task: impl Fn(usize, P::Item) + Sync) {
        // A count without end says that all parts are empty, as those of a matrix without rows are.
        let count = if parts.count() == usize::MAX { 0 } else { parts.count() };
        self.pool.run(count, &|j| {
            // SAFETY: the pool calls this once for each j below the count.
            #[allow(unsafe_code, reason = "takes each part once")]
            let part = unsafe { parts.take(j) };
            task(j, part);
        });
    }
}
