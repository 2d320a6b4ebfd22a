//! Where an f-string ends. Its fields hold any expression, the same quotes and newlines included
//! (PEP 701); what cannot be read like that is left to the rules of other strings.

use super::scan::{StringEnd, is_name, is_prefix, string_end};

/// Deeper nesting is nobody's code; Python itself stops at 150.
const DEEPEST: usize = 40;

/// The position behind the f-string whose prefix begins at `begin`.
pub(super) fn end(text: &[u8], begin: usize, prefix: usize, depth: usize) -> Option<usize> {
    let open = begin + prefix;
    let quote = *text.get(open)?;
    let triple = text[open..].starts_with(&[quote; 3]);
    let raw = text[begin..open].iter().any(|b| matches!(b, b'r' | b'R'));
    let string = Outer { text, quote, triple, raw };
    let mut at = open + if triple { 3 } else { 1 };
    loop {
        if let Some(length) = string.closes(at) {
            return Some(at + length);
        }
        at = match text.get(at)? {
            b'{' if text.get(at + 1) == Some(&b'{') => at + 2,
            b'{' => string.field(at + 1, depth)?,
            _ => string.literal(at)?,
        };
    }
}

/// The string whose parts are read.
struct Outer<'a> {
    text: &'a [u8],
    quote: u8,
    triple: bool,
    raw: bool,
}

impl Outer<'_> {
    fn closes(&self, at: usize) -> Option<usize> {
        if self.triple {
            self.text[at..].starts_with(&[self.quote; 3]).then_some(3)
        } else {
            (self.text.get(at) == Some(&self.quote)).then_some(1)
        }
    }

    /// Behind one character of the literal part.
    fn literal(&self, at: usize) -> Option<usize> {
        match self.text.get(at)? {
            b'\\' => match self.text.get(at + 1)? {
                b'{' | b'}' => Some(at + 1),
                // A character by its name, in braces.
                b'N' if !self.raw && self.text.get(at + 2) == Some(&b'{') => {
                    let length = self.text[at..].iter().position(|b| matches!(b, b'}' | b'\n'))?;
                    Some(at + length + 1)
                }
                _ => Some(at + 2),
            },
            b'\n' if !self.triple => None,
            _ => Some(at + 1),
        }
    }

    /// Behind the brace that closes the field whose expression begins at `at`.
    fn field(&self, mut at: usize, depth: usize) -> Option<usize> {
        if depth > DEEPEST {
            return None;
        }
        let mut open = 0_usize;
        loop {
            match self.text.get(at)? {
                b'}' if open == 0 => return Some(at + 1),
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' => open = open.checked_sub(1)?,
                b':' if open == 0 => return self.format(at + 1, depth),
                b'#' => {
                    at += self.text[at..].iter().position(|b| *b == b'\n')?;
                    continue;
                }
                b'"' | b'\'' => {
                    at = self.inner_string(at, 0, depth)?;
                    continue;
                }
                byte if is_name(*byte) => {
                    let length = self.text[at..].iter().position(|b| !is_name(*b))?;
                    let quoted = matches!(self.text.get(at + length), Some(b'"' | b'\''));
                    at = if quoted && is_prefix(&self.text[at..at + length]) {
                        self.inner_string(at, length, depth)?
                    } else {
                        at + length
                    };
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Behind a string in an expression.
    fn inner_string(&self, begin: usize, prefix: usize, depth: usize) -> Option<usize> {
        if self.text[begin..begin + prefix].iter().any(|b| matches!(b, b'f' | b'F' | b't' | b'T')) {
            return end(self.text, begin, prefix, depth + 1);
        }
        match string_end(self.text, begin, prefix) {
            StringEnd::Closed(end) => Some(end),
            _ => None,
        }
    }

    /// Behind the brace that closes the field whose format begins at `at`.
    fn format(&self, mut at: usize, depth: usize) -> Option<usize> {
        loop {
            if self.closes(at).is_some() {
                return None;
            }
            at = match self.text.get(at)? {
                b'}' => return Some(at + 1),
                b'{' => self.field(at + 1, depth + 1)?,
                _ => self.literal(at)?,
            };
        }
    }
}
