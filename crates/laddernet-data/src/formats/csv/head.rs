//! The beginning of a table of text: what is skipped, what delimits, what names the columns.

use super::header::{First, could_name, counts_up, decide};
use super::numbers::{Comma, comma, figures, pointed};
use super::sample::{Begin, Sample};
use super::split::{Delimiter, MOST_COLUMNS};
use super::{CsvOptions, sample};
use crate::error::DataError;
use crate::formats::text::{LONGEST, Lines};
use crate::rows::{Texts, unlike};

/// Bytes, and lines, that are looked at before the first row is read.
const BYTES: usize = 1 << 18;
const LINES: usize = 20;

/// What was found.
pub(super) struct Head {
    pub(super) delimiter: Delimiter,
    /// Where the first row begins: bytes and lines from the beginning.
    pub(super) begin: (usize, u64),
    /// Names of the columns, unlike one another.
    pub(super) names: Vec<String>,
    /// Rows end with a delimiter, and so in an empty cell that no column has.
    pub(super) trailing: bool,
    /// Numbers have a decimal comma.
    pub(super) decimal_comma: bool,
    pub(super) notes: Vec<String>,
}

/// The lines before the first row.
#[derive(Default)]
struct Top {
    at: usize,
    line: u64,
    /// The first and the last line that begin with `#`.
    first_comment: Option<(usize, u64)>,
    comment: Option<(usize, u64)>,
    comments: usize,
    /// What the line `sep=;` of spreadsheets says.
    separator: Option<Delimiter>,
}

/// Looks at the text from the place of `lines`, which does not move.
pub(super) fn look(lines: &mut Lines, options: &CsvOptions) -> Result<Head, DataError> {
    loop {
        let rest = lines.rest();
        let enough = rest.len() >= BYTES
            && memchr::memchr_iter(lines.terminator(), rest.as_bytes()).take(LINES).count() == LINES;
        if enough || rest.len() > LONGEST || !lines.grow()? {
            break;
        }
    }
    lines.line_length()?;
    loop {
        let head = of_beginning(lines, options)?;
        // A first row of many lines may not be there to its end.
        if !head.names.is_empty() || lines.rest().len() > LONGEST || !lines.grow()? {
            return Ok(head);
        }
    }
}

fn of_beginning(lines: &Lines, options: &CsvOptions) -> Result<Head, DataError> {
    let begin = Begin { text: lines.rest(), ended: lines.ended(), terminator: lines.terminator() };
    let mut top = Top::of(&begin);
    let name = lines.name();
    if top.at == begin.text.len() {
        return Err(match top.comments {
            0 => DataError::Empty { name: name.into(), expected: "a table: lines of cells".into() },
            _ => DataError::Format {
                name: name.into(),
                place: "the whole file".into(),
                found: "only lines that begin with '#', which are taken for comments".into(),
                expected: "rows of cells".into(),
            },
        });
    }
    let mut notes = Vec::new();
    let without_comma = options.decimal_comma == Some(true);
    let delimiter = options.delimiter.or(top.separator).or_else(|| begin.delimiter(top.at, without_comma));
    let delimiter = delimiter.unwrap_or(Delimiter::Byte(if without_comma { b';' } else { b',' }));
    let (first, next) = begin.line(top.at);
    if first.starts_with('|') && delimiter != Delimiter::Byte(b'|') {
        let below = begin.sample(next, top.line + 1, delimiter);
        let with = begin.sample(top.at, top.line, delimiter);
        if !below.rows.is_empty() && with.rows.first().is_none_or(|row| row.len() != below.width()) {
            notes.push(format!("line {} begins with '|' and is no row: it was left out", top.line + 1));
            (top.at, top.line) = (next, top.line + 1);
        }
    }
    let sample = begin.sample(top.at, top.line, delimiter);
    if sample.rows.iter().any(|row| row.len() > MOST_COLUMNS) {
        return Err(too_many(name, sample.lines[0] + 1));
    }
    let comment = Comment::of(&begin, &top, delimiter, sample.width());
    let (sample, comment) = match comment {
        Comment::Row => {
            top.back_to_rows(&begin, delimiter, sample.width());
            (begin.sample(top.at, top.line, delimiter), None)
        }
        Comment::Names(names) => (sample, Some(names)),
        Comment::None => (sample, None),
    };
    match top.comments {
        0 => {}
        1 => notes.push("a line at the top that begins with '#' was taken for a comment".into()),
        n => notes.push(format!("{n} lines at the top that begin with '#' were taken for comments")),
    }
    let mut head =
        Head { delimiter, begin: (top.at, top.line), names: Vec::new(), trailing: false, decimal_comma: false, notes };
    head.name_columns(&sample, comment, options.header, name)?;
    head.find_decimal_comma(&sample, options.decimal_comma);
    Ok(head)
}

/// The error of more columns than a table can have.
pub(super) fn too_many(name: &str, line: u64) -> DataError {
    let expected = format!("at most {MOST_COLUMNS}; is the delimiter another one?");
    DataError::Columns { name: name.into(), line, found: MOST_COLUMNS + 1, expected }
}

impl Top {
    fn of(begin: &Begin) -> Self {
        let mut top = Top::default();
        while top.at < begin.text.len() {
            let (line, next) = begin.line(top.at);
            let line = line.trim_end_matches('\r');
            if line.starts_with('#') {
                top.comment = Some((top.at, top.line));
                top.first_comment = top.first_comment.or(top.comment);
                top.comments += 1;
            } else if !sample::blank(line, Delimiter::Byte(b'\t')) {
                let separator = line.strip_prefix("sep=").filter(|rest| rest.len() == 1).and_then(Delimiter::parse);
                if top.at > 0 || separator.is_none() {
                    break;
                }
                top.separator = separator;
            }
            (top.at, top.line) = (next, top.line + 1);
        }
        top
    }

    /// Goes back to the first of the last lines with `#` that are all rows.
    fn back_to_rows(&mut self, begin: &Begin, delimiter: Delimiter, width: usize) {
        let (end, Some((mut at, mut line))) = (self.at, self.first_comment) else { return };
        let (mut rows, mut first) = (0, None);
        while at < end {
            let (content, next) = begin.line(at);
            if content.starts_with('#') {
                match is_row(content, &begin.only(content), delimiter, width) {
                    true => (first, rows) = (first.or(Some((at, line))), rows + 1),
                    false => (first, rows) = (None, 0),
                }
            }
            (at, line) = (next, line + 1);
        }
        if let Some(first) = first {
            (self.at, self.line) = first;
            self.comments -= rows;
        }
    }
}

/// Whether a line that begins with `#` is a row all the same: as many cells as the others, and figures among them.
fn is_row(content: &str, line: &Begin, delimiter: Delimiter, width: usize) -> bool {
    let sample = line.sample(0, 0, delimiter);
    let row = sample.rows.first().filter(|row| row.len() == width && !content.starts_with("# "));
    row.is_some_and(|row| row.iter().skip(1).any(figures))
}

/// What the last line that begins with `#` is.
enum Comment {
    /// Names of columns: `#id,age`, `# x y`, or `#,name,type` whose first column is called `#`.
    Names(Texts),
    /// A row: `#ff0000,1,2`.
    Row,
    /// A comment.
    None,
}

impl Comment {
    fn of(begin: &Begin, top: &Top, delimiter: Delimiter, width: usize) -> Self {
        let Some((at, _)) = top.comment.filter(|_| width > 1) else { return Comment::None };
        let (content, _) = begin.line(at);
        let line = begin.only(content);
        if is_row(content, &line, delimiter, width) {
            return Comment::Row;
        }
        let cells = |line: Begin| line.sample(0, 0, delimiter).rows.into_iter().next().unwrap_or_default();
        // The hash may stand by itself before the names: `# x y`.
        let bare = cells(begin.only(content.trim_start_matches('#').trim()));
        let whole = cells(line);
        let names = if bare.len() == width && !bare.get(0).is_empty() { bare } else { whole };
        if names.len() == width && could_name(&names) { Comment::Names(names) } else { Comment::None }
    }
}

impl Head {
    /// Finds the names of the columns in the first row, in a comment, or nowhere.
    fn name_columns(
        &mut self,
        sample: &Sample,
        comment: Option<Texts>,
        said: Option<bool>,
        name: &str,
    ) -> Result<(), DataError> {
        let width = sample.width();
        // A quote that is never closed, say: whoever reads the first row says so.
        let Some(first) = sample.rows.first() else { return Ok(()) };
        let rows: Vec<&Texts> = sample.rows[1..].iter().filter(|row| row.len() == width).collect();
        let empty_ends = width > 1 && !rows.is_empty() && rows.iter().all(|row| row.get(width - 1).is_empty());
        let (aligned, trailing) = match first.len() {
            _ if said == Some(false) => (None, false),
            // A row that lost a cell.
            n if n + 1 == width && !empty_ends && first.iter().all(figures) => (None, false),
            // R writes no name for the names of rows.
            n if n + 1 == width && !empty_ends => {
                (Some(std::iter::once("").chain(first.iter()).collect::<Texts>()), false)
            }
            n if n + 1 == width => (Some(first.clone()), true),
            n if n == width && empty_ends && first.get(n - 1).is_empty() => {
                (Some(first.iter().take(n - 1).collect()), true)
            }
            n if n == width => (Some(first.clone()), false),
            n if n == width + 1 && first.get(width).is_empty() => (Some(first.iter().take(width).collect()), false),
            _ => (None, false),
        };
        let cut: Vec<Texts> = match &aligned {
            Some(aligned) if aligned.len() < width => {
                rows.iter().map(|row| row.iter().take(aligned.len()).collect()).collect()
            }
            _ => Vec::new(),
        };
        let rows = if cut.is_empty() { rows } else { cut.iter().collect() };
        let verdict = aligned.as_ref().map(|aligned| (decide(aligned, &rows), counts_up(&rows)));
        let named = match (said, verdict) {
            (Some(said), _) => said,
            (None, Some((First::Names { .. }, _))) => true,
            (None, _) => false,
        };
        let decided = !matches!(verdict, Some((First::Row, _)));
        if let Some(names) = comment.filter(|_| said != Some(false) && !(named && decided)) {
            self.notes.push(format!("names of the columns were taken from the comment above them: {}", list(&names)));
            self.names = unlike(names.iter().map(str::to_owned).collect());
            return Ok(());
        }
        if !named {
            self.names = unlike(vec![String::new(); width]);
            if said.is_none() {
                let last = self.names.last().map_or("", String::as_str);
                self.notes.push(format!(
                    "the first line ({}) was taken for a row, not for names: columns are called column1 to {last}",
                    list(first)
                ));
            }
            return Ok(());
        }
        let Some(aligned) = aligned else {
            let expected = format!("{width}, as in the rows under it");
            return Err(DataError::Columns {
                name: name.into(),
                line: sample.lines[0] + 1,
                found: first.len(),
                expected,
            });
        };
        if said.is_none() && verdict.is_some_and(|(verdict, _)| verdict == First::Names { sure: false }) {
            self.notes.push(format!("the first line was taken for names of columns: {}", list(&aligned)));
        }
        self.begin = sample.second;
        self.trailing = trailing;
        self.names = unlike(aligned.iter().map(str::to_owned).collect());
        self.say_renamed(&aligned, verdict.is_some_and(|(_, index)| index));
        Ok(())
    }

    fn say_renamed(&mut self, given: &Texts, index: bool) {
        for (place, (given, name)) in given.iter().zip(&self.names).enumerate().filter(|(_, (a, b))| a != b).take(5) {
            self.notes.push(match given {
                "" if place == 0 && index => {
                    format!("the first column has no name and counts the rows (an index of pandas or R?): it is called {name}")
                }
                "" => format!("column {} has no name: it is called {name}", place + 1),
                _ => format!("column {} is called {given}, as one before it: it is called {name} here", place + 1),
            });
        }
    }

    /// Numbers have a decimal comma where some can be nothing else and none has a point. Where all could be thousands set apart,
    /// semicolons decide: they delimit where commas are taken.
    fn find_decimal_comma(&mut self, sample: &Sample, said: Option<bool>) {
        if let Some(said) = said {
            self.decimal_comma = said;
            return;
        }
        if self.delimiter == Delimiter::Byte(b',') {
            return;
        }
        let cells = || sample.rows.iter().flat_map(Texts::iter);
        let with = |kind: Comma| cells().find(|cell| comma(cell) == Some(kind));
        let semicolons = self.delimiter == Delimiter::Byte(b';');
        let example = with(Comma::Decimal).or_else(|| with(Comma::PerhapsThousands).filter(|_| semicolons));
        if let Some(example) = example
            && !cells().any(pointed)
        {
            self.decimal_comma = true;
            let read = example.replace(',', ".");
            self.notes.push(format!("numbers have a decimal comma: {example} was read as {read}"));
        }
    }
}

/// The first few of some cells, for a message.
fn list(cells: &Texts) -> String {
    let shown: Vec<String> = cells.iter().take(4).map(|cell| cell.chars().take(20).collect()).collect();
    shown.join(", ") + if cells.len() > 4 { ", ..." } else { "" }
}
