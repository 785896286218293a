//! Where words go: data to standard output, messages to standard error, and no colour where none is wanted.

use crate::args::Common;
use crate::exit::{Exit, Failure};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// What may be said, and how.
#[derive(Clone, Copy)]
pub struct Screen {
    json: bool,
    quiet: bool,
    colour: bool,
    animate: bool,
}

/// The document that `--json` gives when there is no result.
#[derive(Serialize)]
struct ErrorDocument<'a> {
    schema: &'static str,
    exit_code: u8,
    message: &'a str,
}

impl Screen {
    pub fn new(common: &Common) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stderr().is_terminal() && !dumb;
        Screen {
            json: common.json,
            quiet: common.quiet,
            colour: terminal && !common.no_color && !set("NO_COLOR"),
            animate: terminal && !common.quiet,
        }
    }

    /// Whether one JSON document is wanted on standard output.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Whether a progress bar may move.
    pub fn animate(&self) -> bool {
        self.animate
    }

    /// Whether messages may be coloured.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// A message, unless nobody wants any.
    pub fn say(&self, message: &str) {
        if !self.quiet {
            // Nobody is left to be told when standard error is closed.
            let _ = writeln!(io::stderr(), "{message}");
        }
    }

    /// A message about what went wrong; never suppressed.
    pub fn warn(&self, message: &str) {
        let (on, off) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}error:{off} {message}");
    }

    /// The failure's message, and with `--json` its document.
    pub fn fail(&self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        self.warn(&failure.message);
        if self.json {
            print_error_document(failure.exit, &failure.message);
        }
    }

    /// The result in words, unless a document is wanted.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { write_out(|out| out.write_all(text.as_bytes())) }
    }

    /// The result as one document, if that is wanted.
    ///
    /// # Errors
    /// When standard output takes no more.
    pub fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(document).map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
        write_out(|out| writeln!(out, "{text}"))
    }
}

/// Writes to standard output.
///
/// # Errors
/// When it takes no more. A closed pipe is none: who closed it has seen enough, and the exit code stays what it was.
pub fn write_out(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer would only fail again.
            drop(out.into_parts());
            Ok(())
        }
        written => written.map_err(Failure::stdout),
    }
}

/// Prints the document of a failure; for when there is no [`Screen`] yet, too.
pub fn print_error_document(exit: Exit, message: &str) {
    let document = ErrorDocument { schema: "laddernet.error/1", exit_code: exit as u8, message };
    if let Ok(text) = serde_json::to_string_pretty(&document) {
        // The exit code says the same to whoever has closed the pipe.
        let _ = write_out(|out| writeln!(out, "{text}"));
    }
}

/// Text from a file, without what would steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// How the user called this program, for lines that say what to type next.
pub fn program() -> String {
    // `cargo run` sets this, and then the program is on no search path.
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        let release = if cfg!(debug_assertions) { "" } else { " --release" };
        return format!("cargo run{release} --");
    }
    std::env::args_os().next().map_or("laddernet".into(), |name| name.to_string_lossy().into_owned())
}
