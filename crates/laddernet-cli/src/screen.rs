//! Where words go: data to standard output, messages to standard error, and no colour where none is wanted.

use crate::args::Common;
use crate::exit::{Exit, Failure};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// What a narrow terminal shows of a line.
pub const WIDTH: usize = 60;

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

    /// A message, unless none are wanted.
    pub fn say(&self, message: &str) {
        if !self.quiet {
            // Nobody reads a standard error that is closed.
            let _ = writeln!(io::stderr(), "{}", plain_lines(message));
        }
    }

    /// A message about what went wrong; never suppressed.
    pub fn warn(&self, message: &str) {
        let (on, off) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}error:{off} {}", plain_lines(message));
    }

    /// A message about what may be wrong; never suppressed.
    pub fn caution(&self, message: &str) {
        let (on, off) = if self.colour { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
        let text = wrapped(&format!("warning: {}", plain_lines(message)), WIDTH);
        let _ = write!(io::stderr(), "{on}warning:{off}{}", &text["warning:".len()..]);
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
        if self.json { Ok(()) } else { write_out(|out| out.write_all(plain_lines(text).as_bytes())) }
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

/// As [`plain`], for text of several lines: whatever names and values have found their way into it.
fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// A word of a command line to type next: quoted where a shell would take it for something else.
pub fn shell_word(text: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || "_-./:,+@%=".contains(c) || (cfg!(windows) && c == '\\');
    if !text.is_empty() && text.chars().all(harmless) {
        return text.to_owned();
    }
    if cfg!(windows) { format!("\"{}\"", plain(text)) } else { format!("'{}'", plain(text).replace('\'', "'\\''")) }
}

/// Text with lines of at most `width` characters, as far as its words allow; each line keeps its own indent.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let mut column = 0;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if column > indent && column + 1 + length > width {
                out.push('\n');
                column = 0;
            }
            let space = if column == 0 { indent } else { 1 };
            out.extend(std::iter::repeat_n(' ', space));
            out += word;
            column += space + length;
        }
        out.push('\n');
    }
    out
}

/// How the user called this program, for lines that say what to type next.
pub fn program() -> String {
    // `cargo run` sets this, and then the program is on no search path.
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() {
        let release = if cfg!(debug_assertions) { "" } else { " --release" };
        return format!("cargo run{release} --");
    }
    std::env::args_os().next().map_or("laddernet".into(), |name| shell_word(&name.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_steers_no_terminal_and_no_shell() {
        assert_eq!(plain("a\x1b[2Jb\r\u{9b}c"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
        assert_eq!(shell_word("runs/digits-full-40_1.5"), "runs/digits-full-40_1.5");
        if cfg!(unix) {
            assert_eq!(["my run", "it's", "$(x)", ""].map(shell_word), ["'my run'", "'it'\\''s'", "'$(x)'", "''"]);
        }
    }

    #[test]
    fn lines_are_wrapped_at_words_and_keep_their_indent() {
        assert_eq!(wrapped("one two three\n  four five six\n", 9), "one two\nthree\n  four\n  five\n  six\n");
        assert_eq!(wrapped("unbreakable", 5), "unbreakable\n");
    }
}
