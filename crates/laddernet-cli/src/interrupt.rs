//! Ctrl-C and its like: the first asks the training to stop after its step, the second ends the program at once.

use crate::exit::Exit;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How late an answer to a signal may be.
const PATIENCE: Duration = Duration::from_millis(50);

/// Remembers the first signal, and answers it even while nobody asks.
pub struct Interrupt {
    /// The exit code that it stands for; 0 when there was none.
    signal: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    answerer: JoinHandle<()>,
}

impl Interrupt {
    /// Takes the signals over for the rest of the program's life; `answer` runs once, on a thread of its own, when
    /// the first one has come.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn watch(answer: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let signal = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for (number, exit) in signals() {
            // In this order: the second signal finds the flag that the first one set.
            flag::register_conditional_shutdown(number, exit as i32, Arc::clone(&again))?;
            flag::register(number, Arc::clone(&again))?;
            flag::register_usize(number, Arc::clone(&signal), exit as usize)?;
        }
        let over = Arc::new(AtomicBool::new(false));
        let (heard, ended) = (Arc::clone(&signal), Arc::clone(&over));
        let answerer = thread::Builder::new().name("signals".into()).spawn(move || {
            loop {
                // In this order, so that a signal which came before the end is answered.
                let last = ended.load(Ordering::SeqCst);
                if heard.load(Ordering::SeqCst) != 0 {
                    return answer();
                }
                if last {
                    return;
                }
                thread::park_timeout(PATIENCE);
            }
        })?;
        Ok(Interrupt { signal, over, answerer })
    }

    /// How the program is to end, if there was a signal.
    pub fn exit(&self) -> Option<Exit> {
        let code = self.signal.load(Ordering::SeqCst);
        signals().map(|(_, exit)| exit).find(|&exit| exit as usize == code)
    }

    /// As [`Interrupt::exit`], once the answer is out.
    pub fn end(self) -> Option<Exit> {
        let exit = self.exit();
        self.over.store(true, Ordering::SeqCst);
        self.answerer.thread().unpark();
        // An answer that panicked has said so itself.
        let _ = self.answerer.join();
        exit
    }
}

/// The signals that ask for an end, with their exit codes.
fn signals() -> impl Iterator<Item = (i32, Exit)> {
    let asked = [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)];
    #[cfg(unix)]
    let hangup = (!ignores_hangup()).then_some((signal_hook::consts::SIGHUP, Exit::HungUp));
    #[cfg(not(unix))]
    let hangup = None;
    asked.into_iter().chain(hangup)
}

/// Whether this program was started to outlive its terminal, as `nohup` does: then a closed terminal ends nothing.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    use std::io::IsTerminal;
    use std::sync::OnceLock;
    static IGNORED: OnceLock<bool> = OnceLock::new();
    *IGNORED.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        match mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
            Some(mask) => mask & (1 << (signal_hook::consts::SIGHUP - 1)) != 0,
            // Where the system does not tell: nohup leaves no terminal to write to.
            None => !io::stderr().is_terminal(),
        }
    })
}
