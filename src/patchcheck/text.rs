//! What is wrong in every text: conflict markers, bidirectional control characters, too large a
//! file; and the whitespace of text and reStructuredText.

use super::lines::{End, Lines, is_blank, stripped};
use super::{Examined, Finding, Language, Level};

/// Larger files in a repository are more often a mistake than meant; half of what most hosting
/// services warn of would be too little for generated tables.
pub const LARGE: usize = 1024 * 1024;

/// git looks so far for a NUL byte to tell binary files (`buffer_is_binary` in its xdiff-interface.c).
const BINARY_PREFIX: usize = 8000;

/// Whether this is no text.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(BINARY_PREFIX)].contains(&0)
}

/// What is wrong whatever the language.
pub(super) fn everywhere(language: Option<Language>, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if bytes.len() > LARGE {
        let text = format!("the file has {} KiB", bytes.len() / 1024);
        findings.push(Finding::told(None, "size", Level::Warn, text));
    }
    if is_binary(bytes) {
        return findings;
    }
    let mut number = 1;
    let mut rest = bytes;
    while !rest.is_empty() {
        if matches!(rest[0], b'<' | b'>' | b'|')
            && let Some(marker) = conflict_marker(rest)
        {
            let text = format!("a conflict marker was left behind: {marker}");
            findings.push(Finding::told(Some(number), "conflict-marker", Level::Require, text));
        }
        let length = rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1);
        if let Some(name) = bidi(&rest[..length]) {
            // In code the order on the screen can hide what is executed (CVE-2021-42574).
            let code = matches!(language, Some(Language::Python | Language::C));
            let level = if code { Level::Require } else { Level::Warn };
            findings.push(Finding::told(
                Some(number),
                "bidi",
                level,
                format!("an invisible {name} reorders this line on the screen"),
            ));
        }
        rest = &rest[length..];
        number += 1;
    }
    findings
}

/// What git writes at the start and the end of a conflict: seven characters, a space, a name. Its
/// `=======` is left out: it underlines headings in more files than conflicts are left in.
fn conflict_marker(line: &[u8]) -> Option<&'static str> {
    ["<<<<<<<", "|||||||", ">>>>>>>"].into_iter().find(|marker| {
        line.strip_prefix(marker.as_bytes())
            .is_some_and(|rest| rest.first() == Some(&b' ') && rest.get(1).is_some_and(|b| !b.is_ascii_whitespace()))
    })
}

/// The embeddings, overrides and isolates of Unicode Standard Annex #9, section 2, in UTF-8.
fn bidi(line: &[u8]) -> Option<&'static str> {
    let mut from = 0;
    while let Some(at) = line[from..].iter().position(|b| *b == 0xe2) {
        let at = from + at;
        from = at + 1;
        return Some(match line.get(at + 1..at + 3) {
            Some([0x80, 0xaa]) => "U+202A LEFT-TO-RIGHT EMBEDDING",
            Some([0x80, 0xab]) => "U+202B RIGHT-TO-LEFT EMBEDDING",
            Some([0x80, 0xac]) => "U+202C POP DIRECTIONAL FORMATTING",
            Some([0x80, 0xad]) => "U+202D LEFT-TO-RIGHT OVERRIDE",
            Some([0x80, 0xae]) => "U+202E RIGHT-TO-LEFT OVERRIDE",
            Some([0x81, 0xa6]) => "U+2066 LEFT-TO-RIGHT ISOLATE",
            Some([0x81, 0xa7]) => "U+2067 RIGHT-TO-LEFT ISOLATE",
            Some([0x81, 0xa8]) => "U+2068 FIRST STRONG ISOLATE",
            Some([0x81, 0xa9]) => "U+2069 POP DIRECTIONAL ISOLATE",
            _ => continue,
        });
    }
    None
}

/// The whitespace of text.
///
/// patchcheck.py repaired documentation with `\s+(\r?\n)$`, which also turned CRLF into LF and left
/// the last line alone where no newline ended it; here the newlines stay, and the last line gets one.
pub(super) fn examine(language: Language, bytes: &[u8]) -> Examined {
    let blank = |byte| is_blank(byte) || (language == Language::Rst && matches!(byte, 0x0b | 0x0c));
    let lines = Lines::split(bytes);
    if lines.is_unclear() {
        return Examined { findings: lines.mixed().into_iter().collect(), repaired: None };
    }
    let mut out = Writer::new(bytes, &lines);
    for (at, (line, end)) in lines.lines.iter().enumerate() {
        let kept = stripped(line, blank);
        if kept.len() < line.len() {
            out.findings.push(Finding::blank(at + 1, "trailing-space", "blanks at the end of the line"));
        }
        out.line(at + 1, kept, *end);
    }
    out.done(bytes)
}

/// Puts the lines of a repaired file together.
pub(super) struct Writer {
    out: Vec<u8>,
    usual: End,
    pub(super) findings: Vec<Finding>,
}

impl Writer {
    pub(super) fn new(bytes: &[u8], lines: &Lines<'_>) -> Self {
        let findings = lines.mixed().into_iter().collect();
        Self { out: Vec::with_capacity(bytes.len() + 1), usual: lines.usual_end(), findings }
    }

    /// One more line, ended as most are.
    pub(super) fn line(&mut self, number: usize, content: &[u8], end: End) {
        self.out.extend_from_slice(content);
        if end == End::None {
            self.findings.push(Finding::blank(number, "final-newline", "no newline ends the last line"));
        }
        self.out.extend_from_slice(self.usual.bytes());
    }

    pub(super) fn done(self, before: &[u8]) -> Examined {
        let repaired = (self.out != before).then_some(self.out);
        Examined { findings: self.findings, repaired }
    }
}
