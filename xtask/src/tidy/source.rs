//! Rust source as the rules see it: comments, strings and tests blanked, every byte at its place.

use std::ops::Range;

/// One file in four readings of equal length.
pub struct Source {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// Comments and the insides of strings blanked.
    pub code: String,
    /// `code` without what is compiled for tests only.
    pub live: String,
    /// `text` without what is compiled for tests only.
    pub shipped: String,
}

impl Source {
    /// Reads `text`. A file of `tests/`, `benches/` or `examples/`, or named `tests.rs`, is no live code.
    pub fn new(path: &str, text: &str) -> Self {
        let code = mask(text);
        let apart = ["/tests/", "/benches/", "/examples/", "/tests.rs"].iter().any(|part| path.contains(part));
        let tests = if apart { Vec::from([whole(text)]) } else { test_items(&code) };
        let live = blank(&code, &tests);
        let shipped = blank(text, &tests);
        Source { path: path.into(), text: text.into(), code, live, shipped }
    }

    /// The line, from 1, of a byte offset.
    pub fn line(&self, offset: usize) -> usize {
        1 + self.code.as_bytes()[..offset].iter().filter(|&&b| b == b'\n').count()
    }
}

/// Offsets where `needle` stands as a word of its own (a needle that begins or ends with a letter is not found
/// inside a longer name).
pub fn mentions(hay: &str, needle: &str) -> Vec<usize> {
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = hay.as_bytes();
    let (first, last) = (needle.as_bytes().first(), needle.as_bytes().last());
    let free = |at: usize| {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        let inside_a_name = word(first) && word(before) || word(last) && word(bytes.get(at + needle.len()));
        !inside_a_name
    };
    hay.match_indices(needle).map(|(at, _)| at).filter(|&at| free(at)).collect()
}

/// Blanks comments, strings and characters; newlines stay.
fn mask(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < bytes.len() {
        let end = opaque_end(bytes, i);
        if end > i {
            push_blank(&mut out, &bytes[i..end]);
            i = end;
        } else {
            push_code(&mut out, bytes[i]);
            i += 1;
        }
    }
    out
}

fn push_code(out: &mut String, byte: u8) {
    out.push(if byte.is_ascii() { byte as char } else { ' ' });
}

fn push_blank(out: &mut String, bytes: &[u8]) {
    out.extend(bytes.iter().map(|&b| if b == b'\n' { '\n' } else { ' ' }));
}

/// Where the comment, string or character that begins at `i` ends; `i` itself when none begins here.
fn opaque_end(b: &[u8], i: usize) -> usize {
    let starts = |s: &[u8]| b[i..].starts_with(s);
    let in_word = i > 0 && (b[i - 1].is_ascii_alphanumeric() || b[i - 1] == b'_');
    if starts(b"//") {
        return find(b, i, b"\n");
    }
    if starts(b"/*") {
        return block_comment_end(b, i);
    }
    if b[i] == b'r' && (!in_word || b[i - 1] == b'b' || b[i - 1] == b'c') {
        let hashes = b[i + 1..].iter().take_while(|&&c| c == b'#').count();
        if b.get(i + 1 + hashes) == Some(&b'"') {
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            return (find(b, i + hashes + 2, &close) + close.len()).min(b.len());
        }
    }
    match b[i] {
        b'"' => quoted_end(b, i, b'"'),
        // A character, not a lifetime: an escape, or a closing quote within one UTF-8 character.
        b'\'' if b.get(i + 1) == Some(&b'\\') => quoted_end(b, i, b'\''),
        b'\'' => {
            let width = match b.get(i + 1) {
                Some(0..=0x7f) => 1,
                Some(0..=0xdf) => 2,
                Some(0..=0xef) => 3,
                _ => 4,
            };
            if b.get(i + 1 + width) == Some(&b'\'') { i + 2 + width } else { i }
        }
        _ => i,
    }
}

fn find(b: &[u8], from: usize, what: &[u8]) -> usize {
    let from = from.min(b.len());
    b[from..].windows(what.len()).position(|w| w == what).map_or(b.len(), |at| from + at)
}

fn block_comment_end(b: &[u8], mut i: usize) -> usize {
    let mut depth = 0;
    while i < b.len() {
        match &b[i..] {
            [b'/', b'*', ..] => (depth, i) = (depth + 1, i + 2),
            [b'*', b'/', ..] => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn quoted_end(b: &[u8], mut i: usize, quote: u8) -> usize {
    i += 1;
    while i < b.len() && b[i] != quote {
        i += if b[i] == b'\\' { 2 } else { 1 };
    }
    (i + 1).min(b.len())
}

/// The items under `#[cfg(test)]`: from the attribute to the closing brace or semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attribute = "#[cfg(test)]";
    code.match_indices(attribute).map(|(start, _)| start..block_end(code, start + attribute.len())).collect()
}

/// Where the item that begins at `start` ends: behind its closing brace or semicolon.
pub fn block_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    for (i, b) in code.bytes().enumerate().skip(start) {
        match b {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && (b == b'}' || b == b';') {
            return i + 1;
        }
    }
    code.len()
}

fn whole(text: &str) -> Range<usize> {
    0..text.len()
}

fn blank(text: &str, ranges: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for range in ranges {
        for b in &mut bytes[range.clone()] {
            if *b != b'\n' {
                *b = b' ';
            }
        }
    }
    // Ranges end at ASCII bytes, so no character is cut.
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_blank() {
        let text = "let a = \"std::fs\"; // std::fs\nlet b = r#\"x \" std::fs\"#; /* std::fs /* */ std::fs */ let c = '\"'; let d: &'a str = b\"\\\"std::fs\"; std::fs";
        let code = mask(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(mentions(&code, "std::fs"), vec![text.len() - 7]);
        assert!(code.contains("&'a str"));
    }

    #[test]
    fn test_modules_are_not_live() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b(z: [u8; 2]) { if x { y() } }\n}\n#[cfg(test)]\nuse z;\nfn c() {}\n";
        let source = Source::new("crates/x/src/lib.rs", text);
        assert!(source.live.contains("fn a") && source.live.contains("fn c"));
        assert!(!source.live.contains("fn b") && !source.live.contains("use z"));
        assert_eq!(source.line(source.live.find("fn c").unwrap()), 8);
        assert!(Source::new("crates/x/tests/t.rs", text).live.trim().is_empty());
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(mentions("print!(); eprint!(); my_print!()", "print!"), vec![0]);
        assert_eq!(mentions("HashMapper HashMap", "HashMap"), vec![11]);
        assert_eq!(mentions("test.open() reopen()", ".open()"), vec![4]);
    }
}
