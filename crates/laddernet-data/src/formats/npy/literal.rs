//! The few Python literals that headers of NPY files are made of: dictionaries, tuples and lists, text, whole numbers, truth values.

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(u64),
    Truth(bool),
    /// A tuple or a list.
    Many(Vec<Value>),
    Dictionary(Vec<(String, Value)>),
}

/// Deeper literals stand in no header; a bound keeps the recursion short.
const DEEPEST: usize = 8;

/// The literal that `text` is, and nothing behind it.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut rest = Rest(text);
    let value = rest.value(0)?;
    rest.space();
    rest.0.is_empty().then_some(value)
}

struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn space(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// Whether `mark` comes next; it is taken.
    fn take(&mut self, mark: &str) -> bool {
        self.space();
        let rest = self.0.strip_prefix(mark);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.0.chars().next()? {
            '{' => self.dictionary(depth),
            '(' => self.many("(", ")", depth),
            '[' => self.many("[", "]", depth),
            '\'' | '"' => self.text().map(Value::Text),
            'T' => self.take("True").then_some(Value::Truth(true)),
            'F' => self.take("False").then_some(Value::Truth(false)),
            _ => self.number(),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        let mut entries = Vec::new();
        if !self.take("{") {
            return None;
        }
        while !self.take("}") {
            self.space();
            let key = self.text()?;
            if !self.take(":") {
                return None;
            }
            entries.push((key, self.value(depth + 1)?));
            if !self.take(",") {
                return self.take("}").then_some(Value::Dictionary(entries));
            }
        }
        Some(Value::Dictionary(entries))
    }

    fn many(&mut self, open: &str, close: &str, depth: usize) -> Option<Value> {
        let mut values = Vec::new();
        if !self.take(open) {
            return None;
        }
        while !self.take(close) {
            values.push(self.value(depth + 1)?);
            if !self.take(",") {
                return self.take(close).then_some(Value::Many(values));
            }
        }
        Some(Value::Many(values))
    }

    fn text(&mut self) -> Option<String> {
        let quote = self.0.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut text = String::new();
        let mut letters = self.0.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => match letters.next()?.1 {
                    plain @ ('\\' | '\'' | '"') => text.push(plain),
                    // Other escapes stand in no name that anyone would give.
                    _ => return None,
                },
                end if end == quote => {
                    self.0 = &self.0[at + end.len_utf8()..];
                    return Some(text);
                }
                letter => text.push(letter),
            }
        }
        None
    }

    fn number(&mut self) -> Option<Value> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        // Python 2 wrote long numbers as 3L.
        self.0 = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok().map(Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn literals_are_read() {
        let text = "{'descr': [('a', '<f8'), (\"b's\", '|S3')], 'fortran_order': False, 'shape': (3L,), }";
        let Some(Value::Dictionary(entries)) = parse(text) else { panic!() };
        let field = |name: &str, kind: &str| Value::Many(vec![Value::Text(name.into()), Value::Text(kind.into())]);
        assert_eq!(entries[0], ("descr".into(), Value::Many(vec![field("a", "<f8"), field("b's", "|S3")])));
        assert_eq!(entries[1].1, Value::Truth(false));
        assert_eq!(entries[2].1, Value::Many(vec![Value::Number(3)]));
        assert_eq!(parse("()"), Some(Value::Many(vec![])));
    }

    #[test]
    fn anything_else_is_none() {
        let deep = "[".repeat(1000);
        for text in
            ["", "{", "{'a'}", "(1, 2", "(1 2)", "-1", "None", "'a", "1 1", "99999999999999999999", "'\\x41'", &deep]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[{}()\\[\\]'\":,TFrue0-9 L\\\\a]{0,60}") {
            let _ = parse(&text);
        }
    }
}
