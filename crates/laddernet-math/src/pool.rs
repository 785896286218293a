//! A fork-join that costs microseconds: the caller works too, workers wait in a short spin and then sleep.
//!
//! A loop is published as a numbered job; whoever is awake takes its indices from a shared counter. The caller closes
//! the job when no index is left and waits only for workers that joined it, so a worker that the system has put
//! aside (more threads than cores, another program) costs its help and nothing else.
#![allow(unsafe_code, reason = "a loop's borrowed body is lent to workers until the loop has ended")]

use std::any::Any;
use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, TryLockError};
use std::thread::JoinHandle;

/// Turns of a spin before a worker sleeps: some tens of microseconds, about the gap between two loops of a step.
const SPINS: u32 = 2000;
/// Turns after which a caller that waits for a joined worker offers its core at each further turn.
const PATIENCE: u32 = 4000;

const OPEN: usize = 1 << 15;
const JOINED: usize = OPEN - 1;
const NUMBER: usize = 1 << 16; // the job's number stands above the other two

type Body<'a> = dyn Fn(usize) + Sync + 'a;

/// Worker threads that help a caller with its loops.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held while a loop runs: a loop inside a loop, or from another thread, runs in its caller alone.
    busy: Mutex<()>,
}

struct Shared {
    /// The job's number, whether it is open, and how many workers joined it.
    state: AtomicUsize,
    finished: AtomicUsize,
    next: AtomicUsize,
    job: UnsafeCell<Option<Job>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// How many sleep or are about to; the lock and the bell of those who do.
    sleepers: AtomicUsize,
    sleep: Mutex<()>,
    bell: Condvar,
    ends: std::sync::atomic::AtomicBool,
}

#[derive(Clone, Copy)]
struct Job {
    body: *const Body<'static>,
    count: usize,
}

// SAFETY: `job` is written only while no job is open and every worker that joined the last one has finished it, and
// read only by workers that joined an open one; `state` and `finished` order the two.
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointer inside refers to a body that is `Sync`.
unsafe impl Send for Shared {}

impl Pool {
    /// A pool in which `count` threads work: the caller and `count - 1` workers.
    pub fn new(count: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            state: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            job: UnsafeCell::new(None),
            panic: Mutex::new(None),
            sleepers: AtomicUsize::new(0),
            sleep: Mutex::new(()),
            bell: Condvar::new(),
            ends: false.into(),
        });
        let mut pool = Pool { shared, workers: Vec::new(), busy: Mutex::new(()) };
        for i in 1..count.clamp(1, JOINED) {
            let shared = Arc::clone(&pool.shared);
            let builder = std::thread::Builder::new().name(format!("laddernet-{i}"));
            pool.workers.push(builder.spawn(move || shared.work())?);
        }
        Ok(pool)
    }

    /// Number of threads, the caller included.
    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `body(i)` once for each `i < count`, in any order, on any thread; returns when all have returned.
    ///
    /// # Panics
    /// With the first panic of `body`.
    pub fn run(&self, count: usize, body: &Body<'_>) {
        let busy = if count > 1 && !self.workers.is_empty() { self.try_busy() } else { None };
        let Some(_busy) = busy else {
            return (0..count).for_each(body);
        };
        let shared = &*self.shared;
        // SAFETY: only the lifetime changes. The pointer is used between the opening and the end of this call alone:
        // a worker uses it only after joining the open job, and this call waits for every one that joined.
        let body_for_workers = unsafe { std::mem::transmute::<*const Body<'_>, *const Body<'static>>(body) };
        shared.next.store(0, Relaxed);
        shared.finished.store(0, Relaxed);
        // SAFETY: no job is open, and nobody is inside the last one: see `Shared`.
        unsafe { *shared.job.get() = Some(Job { body: body_for_workers, count }) };
        let number = (shared.state.load(Relaxed) & !(NUMBER - 1)).wrapping_add(NUMBER);
        shared.state.store(number | OPEN, SeqCst);
        if shared.sleepers.load(SeqCst) > 0 {
            drop(ignore_poison(&shared.sleep));
            shared.bell.notify_all();
        }
        // Closes and waits also when the caller's own share panics.
        let own = catch_unwind(AssertUnwindSafe(|| shared.take_indices(body, count)));
        let joined = shared.state.fetch_and(!OPEN, SeqCst) & JOINED;
        let mut turns = 0;
        while shared.finished.load(Acquire) != joined {
            turns += 1;
            if turns < PATIENCE { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
        let theirs = ignore_poison(&shared.panic).take();
        if let Some(panic) = own.err().or(theirs) {
            resume_unwind(panic);
        }
    }

    fn try_busy(&self) -> Option<MutexGuard<'_, ()>> {
        match self.busy.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.ends.store(true, SeqCst);
        drop(ignore_poison(&self.shared.sleep));
        self.shared.bell.notify_all();
        for worker in self.workers.drain(..) {
            // A worker hands panics of a body on and has none of its own.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn take_indices(&self, body: &Body<'_>, count: usize) {
        loop {
            let i = self.next.fetch_add(1, Relaxed);
            if i >= count {
                return;
            }
            body(i);
        }
    }

    fn work(&self) {
        let mut seen = 0;
        while let Some(state) = self.wait_for_news(seen) {
            seen = state & !(NUMBER - 1);
            if !self.join(seen) {
                continue;
            }
            // SAFETY: joined while it was open, so the caller waits for `finished` before it writes or returns.
            let result = unsafe {
                let Job { body, count } = (*self.job.get()).expect("an open job");
                catch_unwind(AssertUnwindSafe(|| self.take_indices(&*body, count)))
            };
            if let Err(panic) = result {
                // The others need not go on: the caller will panic.
                self.next.store(usize::MAX / 2, Relaxed);
                let mut first = ignore_poison(&self.panic);
                match &*first {
                    None => *first = Some(panic),
                    // Dropping a payload may panic again, and the caller waits for the line below.
                    Some(_) => std::mem::forget(panic),
                }
            }
            self.finished.fetch_add(1, Release);
        }
    }

    /// Counts this worker in, if the job with this number is still open.
    fn join(&self, number: usize) -> bool {
        let still_open = |state: usize| (state & !JOINED == number | OPEN).then(|| state + 1);
        self.state.fetch_update(SeqCst, SeqCst, still_open).is_ok()
    }

    /// The state with an open job of another number than `seen`; none when the pool ends.
    fn wait_for_news(&self, seen: usize) -> Option<usize> {
        let news = || {
            let state = self.state.load(SeqCst);
            (state & OPEN != 0 && state & !(NUMBER - 1) != seen).then_some(state)
        };
        for _ in 0..SPINS {
            if let Some(state) = news() {
                return Some(state);
            }
            std::hint::spin_loop();
        }
        self.sleepers.fetch_add(1, SeqCst);
        let mut asleep = ignore_poison(&self.sleep);
        let found = loop {
            if self.ends.load(SeqCst) {
                break None;
            }
            if let Some(state) = news() {
                break Some(state);
            }
            asleep = self.bell.wait(asleep).unwrap_or_else(|poisoned| poisoned.into_inner());
        };
        drop(asleep);
        self.sleepers.fetch_sub(1, SeqCst);
        found
    }
}

fn ignore_poison<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_once_for_any_number_of_threads() {
        for threads in [1, 2, 3, 9] {
            let pool = Pool::new(threads).unwrap();
            assert_eq!(pool.count(), threads);
            for count in (0..40).chain([1000]) {
                let seen: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
                pool.run(count, &|i| {
                    seen[i].fetch_add(1, Relaxed);
                });
                assert!(seen.iter().all(|n| n.load(Relaxed) == 1), "{threads} threads, {count}");
            }
        }
    }

    #[test]
    fn loops_inside_loops_and_from_several_threads() {
        let pool = Pool::new(2).unwrap();
        let sum = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        pool.run(5, &|i| {
                            pool.run(4, &|j| {
                                sum.fetch_add(i * j, Relaxed);
                            });
                        });
                    }
                });
            }
        });
        assert_eq!(sum.load(Relaxed), 3 * 200 * 10 * 6);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let pool = Pool::new(3).unwrap();
        for bad in [0, 7, 99] {
            let panic = catch_unwind(AssertUnwindSafe(|| {
                pool.run(100, &|i| {
                    if i == bad {
                        panic!("index {i}");
                    }
                });
            }));
            assert_eq!(panic.unwrap_err().downcast_ref::<String>().unwrap(), &format!("index {bad}"));
        }
        let sum = AtomicUsize::new(0);
        pool.run(10, &|i| {
            sum.fetch_add(i, Relaxed);
        });
        assert_eq!(sum.load(Relaxed), 45);
    }

    #[test]
    fn sleeping_workers_wake_up_and_end() {
        let pool = Pool::new(2).unwrap();
        for _ in 0..5 {
            std::thread::sleep(std::time::Duration::from_millis(3));
            let both = std::sync::Barrier::new(2);
            // Only two threads together get past the barrier.
            pool.run(2, &|_| {
                both.wait();
            });
        }
    }
}
