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

/// The margins of `textwrap.wrap`, with `break_long_words=False` and `break_on_hyphens=False`.
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
const BLANKS: [char; 6] = ['\t', '\n', '\u{b}', '\u{c}', '\r', ' '];

/// `textwrap.wrap`: a chunk is a run of blanks or of anything else; a line takes chunks while they
/// fit, begins and ends without white space, and a chunk that is too long gets a line to itself.
pub(super) fn wrap(text: &str, margins: Margins<'_>) -> Vec<String> {
    let text = expand_blanks(text);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = Chunks(&text).peekable();
    while rest.peek().is_some() {
        let indent = if lines.is_empty() { margins.initial } else { margins.subsequent };
        let width = margins.width.saturating_sub(length(indent));
        // Leading blanks of the whole text stay; of a later line they go.
        if !lines.is_empty() {
            rest.next_if(|chunk| strip(chunk).is_empty());
        }
        let mut line: Vec<&str> = Vec::new();
        let mut taken = 0;
        while let Some(chunk) = rest.next_if(|chunk| taken + length(chunk) <= width) {
            taken += length(chunk);
            line.push(chunk);
        }
        if line.is_empty()
            && let Some(long) = rest.next()
        {
            line.push(long);
        }
        if line.last().is_some_and(|last| strip(last).is_empty()) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(format!("{indent}{}", line.concat()));
        }
    }
    lines
}

/// Tabs to the next multiple of eight, any other blank to a space.
fn expand_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                out.push(' ');
                column = 0;
            }
            c => {
                out.push(if BLANKS.contains(&c) { ' ' } else { c });
                column += 1;
            }
        }
    }
    out
}

/// Runs of spaces, and runs of anything else.
struct Chunks<'t>(&'t str);

impl<'t> Iterator for Chunks<'t> {
    type Item = &'t str;
    fn next(&mut self) -> Option<&'t str> {
        let blank = self.0.starts_with(' ');
        let end = self.0.find(|c| (c == ' ') != blank).unwrap_or(self.0.len());
        let (chunk, rest) = self.0.split_at(end);
        self.0 = rest;
        (!chunk.is_empty()).then_some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::{Margins, lines_with_ends, strip, universal_newlines, wrap};

    fn at(width: usize, text: &str) -> Vec<String> {
        wrap(text, Margins { width, initial: "", subsequent: "" })
    }

    #[test]
    fn wrapping_is_textwraps() {
        // Expected values printed by CPython 3.11.
        assert_eq!(at(10, "aaa bbb  ccc ddd"), ["aaa bbb", "ccc ddd"]);
        assert_eq!(at(10, "  aaa bbb"), ["  aaa bbb"]);
        assert_eq!(at(5, "a-b-c-d-e-f xx"), ["a-b-c-d-e-f", "xx"]);
        assert_eq!(at(10, "x\ty"), ["x       y"]);
        assert_eq!(at(4, "日本 日本語"), ["日本", "日本語"]);
        // A no-break space separates nothing, and is white space all the same.
        assert_eq!(at(5, "aaaa \u{a0} bbbb"), ["aaaa", " bbbb"]);
        assert_eq!(at(10, ""), Vec::<String>::new());
        assert_eq!(wrap("one two", Margins { width: 6, initial: "- ", subsequent: "  " }), ["- one", "  two"]);
    }

    #[test]
    fn line_ends_and_white_space() {
        assert_eq!(universal_newlines("a\r\nb\rc\n"), "a\nb\nc\n");
        assert_eq!(lines_with_ends("a\r\nb\u{2028}c\u{85}"), ["a\r\n", "b\u{2028}", "c\u{85}"]);
        assert_eq!(strip("\u{1f}\u{a0}x\u{85}"), "x");
    }
}
