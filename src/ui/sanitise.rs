//! Text from servers, files and git, made safe to show.
//!
//! A terminal obeys what it is sent: titles, colours, cursor moves, links, answers typed back
//! (ECMA-48). What is shown has none of that, nor characters that show nothing or turn the reading
//! direction round (Unicode TR 36). Nothing is ever hidden: where a sequence has no end, its text
//! stays.

use std::borrow::Cow;

use crate::names::is_invisible;

/// `text` as one line: control sequences and invisible characters are gone, line breaks and tabs
/// are spaces.
pub fn clean(text: &str) -> Cow<'_, str> {
    cleaned(text, false)
}

/// The same for text of several lines: `\n` and `\t` stay, `\r\n` is `\n`.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    cleaned(text, true)
}

/// Whether a character must not reach a terminal by itself.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

fn cleaned(text: &str, lines: bool) -> Cow<'_, str> {
    let stays = |c: char| lines && matches!(c, '\n' | '\t');
    let Some(first) = text.find(|c| is_unsafe(c) && !stays(c)) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\u{1b}' => match after.chars().next() {
                Some('[') => control_sequence(&after[1..]),
                Some(']' | 'P' | 'X' | '^' | '_') => control_string(&after[1..]),
                // ESC, intermediate bytes, one final byte: character sets, resets.
                Some(' '..='/') => {
                    let tail = after.trim_start_matches(|c| (' '..='/').contains(&c));
                    tail.strip_prefix(|c| ('0'..='~').contains(&c)).unwrap_or(tail)
                }
                Some('0'..='~') => &after[1..],
                _ => after,
            },
            '\u{9b}' => control_sequence(after),
            '\u{9d}' | '\u{90}' | '\u{98}' | '\u{9e}' | '\u{9f}' => control_string(after),
            '\r' if after.starts_with('\n') => after,
            c if stays(c) => {
                out.push(c);
                after
            }
            '\n' | '\t' | '\r' => {
                out.push(' ');
                after
            }
            c if is_unsafe(c) => after,
            c => {
                out.push(c);
                after
            }
        };
    }
    Cow::Owned(out)
}

/// What follows `ESC [` … final byte; ECMA-48, 5.4.
fn control_sequence(text: &str) -> &str {
    let tail = text.trim_start_matches(|c| ('0'..='?').contains(&c)).trim_start_matches(|c| (' '..='/').contains(&c));
    tail.strip_prefix(|c| ('@'..='~').contains(&c)).unwrap_or(text)
}

/// What follows `ESC ]` … BEL or ST, and its likes; ECMA-48, 5.6.
fn control_string(text: &str) -> &str {
    let end = |c: char| matches!(c, '\u{7}' | '\u{9c}' | '\u{1b}' | '\n');
    match text.find(end) {
        Some(at) if text[at..].starts_with("\u{1b}\\") => &text[at + 2..],
        Some(at) if text[at..].starts_with('\u{7}') => &text[at + 1..],
        Some(at) if text[at..].starts_with('\u{9c}') => &text[at + '\u{9c}'.len_utf8()..],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Cow, clean, clean_lines, is_unsafe};

    #[test]
    fn sequences_go_and_words_stay() {
        for (hostile, shown) in [
            ("plain", "plain"),
            ("a\u{1b}[31mred\u{1b}[0m", "ared"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("\u{1b}]8;;http://evil\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{9b}2Jx\u{9d}0;t\u{9c}y", "xy"),
            ("\u{1b}]0;never ends", "0;never ends"),
            ("\u{1b}[", ""),
            ("\u{1b}[31", "31"),
            ("\u{1b}(Bx\u{1b}cy", "xy"),
            ("one\r\ntwo\tthree\rfour", "one two three four"),
            ("a\u{202e}b\u{200b}c\u{feff}", "abc"),
            ("\u{8}\u{7f}\u{0}", ""),
            ("é 日本 🎉", "é 日本 🎉"),
        ] {
            assert_eq!(clean(hostile), shown, "{hostile:?}");
        }
        assert_eq!(clean_lines("a\r\n\tb\u{1b}[1m\n"), "a\n\tb\n");
        assert!(matches!(clean("é"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in "(\\PC|[\\x00-\\x9f]|\u{1b}[\\[\\]P_(]|[0-9;?]|[\u{200b}-\u{202f}]){0,60}") {
            let line = clean(&text);
            prop_assert!(!line.chars().any(is_unsafe));
            prop_assert_eq!(clean(&line), line.clone());
            let lines = clean_lines(&text);
            prop_assert!(!lines.chars().any(|c| is_unsafe(c) && !matches!(c, '\n' | '\t')));
            prop_assert_eq!(clean_lines(&lines), lines.clone());
        }
    }
}
