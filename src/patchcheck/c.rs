//! The whitespace of C and its headers: tabs become spaces up to the next multiple of eight, as
//! `untabify.py` has it, and blanks at the end of lines go.
//!
//! Where the tool is wrong: it also rewrites tabs inside string and character literals, which
//! changes the program. Here they are told and stay. (A tab inside a comment is no literal.)

use super::encoding::MARK;
use super::lines::{Lines, is_blank, stripped, to_tab_stop};
use super::text::Writer;
use super::{Examined, Finding, Level};

/// Where a line begins or goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    LineComment,
    BlockComment,
    Literal(u8),
}

pub(super) fn examine(bytes: &[u8]) -> Examined {
    let lines = Lines::split(bytes);
    if lines.is_unclear() {
        return Examined { findings: lines.mixed().into_iter().collect(), repaired: None };
    }
    let mut out = Writer::new(bytes, &lines);
    let mut state = State::Code;
    let mut content = Vec::new();
    for (at, (line, end)) in lines.lines.iter().enumerate() {
        let kept = stripped(line, is_blank);
        if kept.len() < line.len() {
            out.findings.push(Finding::blank(at + 1, "trailing-space", "blanks at the end of the line"));
        }
        content.clear();
        // A byte order mark takes no column.
        let mark = if at == 0 && kept.starts_with(MARK) { MARK.len() } else { 0 };
        content.extend_from_slice(&kept[..mark]);
        let tabs = untabify(&kept[mark..], &mut state, &mut content);
        if tabs.outside {
            out.findings.push(Finding::blank(at + 1, "tab", "a tab, where spaces are wanted"));
        }
        if tabs.inside {
            let text = "a tab in a literal; write `\\t`";
            out.findings.push(Finding::told(Some(at + 1), "string-blanks", Level::Warn, text));
        }
        out.line(at + 1, &content, *end);
    }
    out.done(bytes)
}

struct Tabs {
    outside: bool,
    inside: bool,
}

/// Copies a line with its tabs expanded, and leaves in `state` how the next one begins.
fn untabify(line: &[u8], state: &mut State, out: &mut Vec<u8>) -> Tabs {
    let mut tabs = Tabs { outside: false, inside: false };
    let mut column = 0;
    let mut rest = line;
    let continued = line.last() == Some(&b'\\');
    while let Some((&byte, after)) = rest.split_first() {
        let next = after.first().copied();
        let mut length = 1;
        match (*state, byte) {
            (State::Code, b'/') if next == Some(b'/') => *state = State::LineComment,
            (State::Code, b'/') if next == Some(b'*') => {
                *state = State::BlockComment;
                length = 2;
            }
            (State::Code, b'"' | b'\'') => *state = State::Literal(byte),
            (State::BlockComment, b'*') if next == Some(b'/') => {
                *state = State::Code;
                length = 2;
            }
            // The escaped character is copied with it, unless the line ends there.
            (State::Literal(_), b'\\') if next.is_some_and(|b| b != b'\t') => length = 2,
            (State::Literal(quote), _) if byte == quote => *state = State::Code,
            _ => {}
        }
        if byte == b'\t' {
            let width = to_tab_stop(column);
            if matches!(state, State::Literal(_)) {
                tabs.inside = true;
                out.push(b'\t');
            } else {
                tabs.outside = true;
                out.resize(out.len() + width, b' ');
            }
            column += width;
        } else {
            out.extend_from_slice(&rest[..length]);
            // Columns count characters: the later bytes of one in UTF-8 add nothing.
            column += rest[..length].iter().filter(|b| **b & 0xc0 != 0x80).count();
        }
        rest = &rest[length..];
    }
    // A literal ends with its line (an apostrophe in `#error` opens none), but for `\` at its end.
    if !continued && matches!(state, State::LineComment | State::Literal(_)) {
        *state = State::Code;
    }
    tabs
}
