//! Python's rules for text, as far as the bytes that blurb and towncrier write depend on them.
//!
//! Written from the documentation of `str` and `textwrap` (docs.python.org/3/library/textwrap.html)
//! and compared with the tools themselves on generated texts. Lengths count code points, as
//! Python's do, not columns of a terminal.

use std::borrow::Cow;

/// `str.isspace`: Unicode's white space, and the four separators that Unicode leaves out.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip`
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip`
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// What reading a file in text mode makes of its line ends ("universal newlines").
pub(super) fn universal_newlines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// `str.splitlines(keepends=True)`: more characters end a line than a newline.
pub(super) fn lines_with_ends(text: &str) -> Vec<&str> {
    let ends = |c: char| {
        matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|&(_, c)| ends(c)) {
        let mut end = at + c.len_utf8();
        if c == '\r' && rest[end..].starts_with('\n') {
            end += 1;
        }
        lines.push(&rest[..end]);
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Length as Python counts it.
pub(super) fn length(text: &str) -> usize {
    text.chars().count()
}

/// The margins of `textwrap.fill`, with `break_long_words=False` and `break_on_hyphens=False`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Margins<'a> {
    /// Longest line.
    pub width: usize,
    /// In front of the first line.
    pub initial: &'a str,
    /// In front of the others.
    pub subsequent: &'a str,
}

/// The white space of `textwrap`, which is less than that of `str.strip`.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | b' ')
}

/// Whether a run is one of blanks.
fn are_blanks(chunk: &str) -> bool {
    chunk.bytes().next().is_some_and(is_blank)
}

/// What [`fill`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// The lines.
    pub text: String,
    /// Whether it is certain to come out the same when it is filled again, without its first indent.
    pub settled: bool,
}

/// `textwrap.fill`: a chunk is a run of blanks or of anything else; a line takes chunks while they
/// fit, begins and ends without white space, and a chunk that is too long gets a line to itself.
pub(super) fn fill(text: &str, margins: Margins<'_>) -> Filled {
    let text = expand_tabs(text);
    let width_of: fn(&str) -> usize = if text.is_ascii() { str::len } else { length };
    let white = |chunk: &&str| chunk.chars().all(is_space);
    let (mut out, mut settled) = (String::with_capacity(text.len() + text.len() / 8), true);
    // Filled again, a break is a blank as wide as the break itself and the indent behind it. Where it took
    // the place of a wider one, a word may fit then that did not before.
    let mut dropped = 0;
    let mut drop = |chunk: &str, dropped: &mut usize| {
        *dropped += width_of(chunk);
        settled &= *dropped <= 1 + width_of(margins.subsequent);
    };
    // White space that is no blank goes at the end of one line, and stays in the midst of another.
    let mut odd = false;
    let mut rest = Chunks(&text).inspect(|chunk| odd |= !are_blanks(chunk) && white(chunk)).peekable();
    while rest.peek().is_some() {
        let begin = out.len();
        let indent = if begin == 0 { margins.initial } else { margins.subsequent };
        let width = margins.width.saturating_sub(width_of(indent));
        if begin > 0 {
            out.push('\n');
            // Leading blanks of the whole text stay; of a later line they go.
            if let Some(chunk) = rest.next_if(white) {
                drop(chunk, &mut dropped);
            }
        }
        out.push_str(indent);
        let (mut taken, mut count, mut last) = (0, 0, None);
        while let Some(chunk) = rest.next_if(|chunk| count == 0 || taken + width_of(chunk) <= width) {
            last = Some((out.len(), chunk));
            if are_blanks(chunk) {
                out.extend(std::iter::repeat_n(' ', chunk.len()));
            } else {
                out.push_str(chunk);
            }
            taken += width_of(chunk);
            count += 1;
        }
        dropped = 0;
        if let Some((at, chunk)) = last.filter(|(_, chunk)| white(chunk)) {
            out.truncate(at);
            drop(chunk, &mut dropped);
            count -= 1;
        }
        if count == 0 {
            out.truncate(begin);
        }
    }
    Filled { text: out, settled: settled && !odd }
}

/// Tabs to the next multiple of eight.
fn expand_tabs(text: &str) -> Cow<'_, str> {
    if !text.contains('\t') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out.into()
}

/// Runs of blanks, and runs of anything else.
struct Chunks<'t>(&'t str);

impl<'t> Iterator for Chunks<'t> {
    type Item = &'t str;
    fn next(&mut self) -> Option<&'t str> {
        let blank = are_blanks(self.0);
        let end = self.0.bytes().position(|byte| is_blank(byte) != blank).unwrap_or(self.0.len());
        let (chunk, rest) = self.0.split_at(end);
        self.0 = rest;
        (!chunk.is_empty()).then_some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Margins, fill, lines_with_ends, strip, strip_end, universal_newlines};

    fn at(width: usize, text: &str) -> String {
        fill(text, Margins { width, initial: "", subsequent: "" }).text
    }

    #[test]
    fn filling_is_textwraps() {
        // Expected values printed by CPython 3.11.
        assert_eq!(at(10, "aaa bbb  ccc ddd"), "aaa bbb\nccc ddd");
        assert_eq!(at(10, "  aaa bbb"), "  aaa bbb");
        assert_eq!(at(5, "a-b-c-d-e-f xx"), "a-b-c-d-e-f\nxx");
        assert_eq!(at(10, "x\ty"), "x       y");
        assert_eq!(at(4, "日本 日本語"), "日本\n日本語");
        // A no-break space separates nothing, and is white space all the same.
        assert_eq!(at(5, "aaaa \u{a0} bbbb"), "aaaa\n bbbb");
        assert_eq!(at(10, ""), "");
        assert_eq!(fill("one two", Margins { width: 6, initial: "- ", subsequent: "  " }).text, "- one\n  two");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_settled_stays(text in "[ab日]{1,3}([ \t\n\u{a0}\u{1c}]{1,4}[ab日\u{a0}]{1,9}){0,12}", width in 4_usize..14, hang in 0_usize..3) {
            let margins = Margins { width, initial: &"- "[..hang.min(2)], subsequent: &"  "[..hang.min(2)] };
            let once = fill(strip(&text), margins);
            let trimmed = strip_end(&once.text);
            let again = fill(strip(trimmed.strip_prefix(margins.initial).unwrap_or(trimmed)), margins).text;
            prop_assert!(!once.settled || strip_end(&again) == trimmed, "{trimmed:?} becomes {again:?}");
        }
    }

    #[test]
    fn line_ends_and_white_space() {
        assert_eq!(universal_newlines("a\r\nb\rc\n"), "a\nb\nc\n");
        assert_eq!(lines_with_ends("a\r\nb\u{2028}c\u{85}"), ["a\r\n", "b\u{2028}", "c\u{85}"]);
        assert_eq!(strip("\u{1f}\u{a0}x\u{85}"), "x");
    }
}
