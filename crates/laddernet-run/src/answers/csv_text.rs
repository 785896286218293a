//! Lines of CSV that every reader takes as they are meant, and no spreadsheet as formulas.

use std::fmt::Display;
use std::io::{self, Write};

/// A line that is being written.
#[derive(Default)]
pub(super) struct Line {
    text: String,
    begun: bool,
    /// Cells so far that were put behind a quote.
    pub guarded: usize,
}

impl Line {
    /// A cell of words of ours or of the model's classes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.cell(text, is_formula(text))
    }

    /// A cell as it stands in the user's file: untouched, but for one that is a formula and no number.
    pub fn original(&mut self, text: &str) -> &mut Self {
        let formula = is_formula(text);
        self.guarded += usize::from(formula);
        self.cell(text, formula)
    }

    /// A number.
    pub fn number(&mut self, number: impl Display) -> &mut Self {
        self.cell(&number.to_string(), false)
    }

    /// A cell that is no formula.
    pub fn plain(&mut self, text: &str) -> &mut Self {
        self.cell(text, false)
    }

    fn cell(&mut self, text: &str, guard: bool) -> &mut Self {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push(',');
        }
        let quote = text.contains([',', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ');
        if quote {
            self.text.push('"');
        }
        if guard {
            self.text.push('\'');
        }
        match text.contains('"') {
            true => self.text.push_str(&text.replace('"', "\"\"")),
            false => self.text.push_str(text),
        }
        if quote {
            self.text.push('"');
        }
        self
    }

    /// Ends the line, which is written with the next one.
    pub fn keep(&mut self) {
        // A line of one empty cell would be none.
        if self.text.is_empty() || self.text.ends_with('\n') {
            self.text.push_str("\"\"");
        }
        self.text.push('\n');
        self.begun = false;
    }

    /// Writes the line and those that were kept, and begins the next.
    ///
    /// # Errors
    /// As the writer says.
    pub fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.keep();
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

/// Whether a spreadsheet would calculate it; a number, and a dash alone, are none.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.len() > 1 && text.parse::<f64>().is_err()
}

/// A number as a person writes it: whole ones without a point, the shortest decimals that read back.
pub(super) fn number_text(x: f64) -> String {
    let short = x as f32;
    // A number of 32 bits is meant where it is one.
    if f64::from(short) == x && x.fract() != 0.0 { short.to_string() } else { x.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fill: impl FnOnce(&mut Line)) -> (String, usize) {
        let (mut line, mut out) = (Line::default(), Vec::new());
        fill(&mut line);
        line.end(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), line.guarded)
    }

    #[test]
    fn cells_are_quoted_and_formulas_guarded() {
        let all = line(|l| {
            l.original("-5").original("=1+1").original("a,b").original("say \"x\"").original("-");
        });
        assert_eq!(all, ("-5,'=1+1,\"a,b\",\"say \"\"x\"\"\",-\n".into(), 1));
        assert_eq!(
            line(|l| {
                l.text("=cmd");
            })
            .0,
            "'=cmd\n"
        );
        assert_eq!(
            line(|l| {
                l.original("");
            })
            .0,
            "\"\"\n"
        );
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.1, f64::from(0.1f32), -2.5e10].map(number_text), ["1", "0.1", "0.1", "-25000000000"]);
    }
}
