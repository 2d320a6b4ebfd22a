//! A file as lines and what ends each of them, so that a repaired file has the ends it had.

use super::{Finding, Level};

/// What ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Unix.
    Lf,
    /// Windows.
    CrLf,
    /// Old Macintosh, and Python takes it.
    Cr,
    /// The file ends here.
    None,
}

impl End {
    pub(super) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Cr => b"\r",
            Self::None => b"",
        }
    }
}

/// The lines of a file. An empty file has none, and a newline at the end begins no new one.
pub(super) struct Lines<'a> {
    pub(super) lines: Vec<(&'a [u8], End)>,
    counts: [usize; 3],
}

impl<'a> Lines<'a> {
    /// Splits at `\n`, `\r\n` and `\r`, as Python reads its source.
    pub(super) fn split(bytes: &'a [u8]) -> Self {
        let mut lines = Vec::with_capacity(bytes.len() / 32 + 1);
        let mut counts = [0; 3];
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let (end, at) = match at {
                None => (End::None, rest.len()),
                Some(at) if rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n') => (End::CrLf, at),
                Some(at) if rest[at] == b'\r' => (End::Cr, at),
                Some(at) => (End::Lf, at),
            };
            match end {
                End::Lf => counts[0] += 1,
                End::CrLf => counts[1] += 1,
                End::Cr => counts[2] += 1,
                End::None => {}
            }
            lines.push((&rest[..at], end));
            rest = &rest[at + end.bytes().len()..];
        }
        Self { lines, counts }
    }

    /// What most lines end with; where none says anything, `\n`.
    pub(super) fn usual_end(&self) -> End {
        let [lf, crlf, cr] = self.counts;
        if cr > lf && cr > crlf {
            End::Cr
        } else if crlf > lf {
            End::CrLf
        } else {
            End::Lf
        }
    }

    /// Lone carriage returns beside other ends: what was meant is not clear.
    pub(super) fn is_unclear(&self) -> bool {
        let [lf, crlf, cr] = self.counts;
        cr > 0 && lf + crlf > 0
    }

    /// The finding where lines end in different ways.
    pub(super) fn mixed(&self) -> Option<Finding> {
        let usual = self.usual_end();
        if self.counts.iter().filter(|count| **count > 0).count() < 2 {
            return None;
        }
        let first = self.lines.iter().position(|(_, end)| *end != usual && *end != End::None);
        let line = first.map(|at| at + 1);
        if self.is_unclear() {
            let text = "lines end in different ways, some with a lone carriage return";
            return Some(Finding::told(line, "newlines", Level::Require, text));
        }
        let text = match usual {
            End::CrLf => "this line ends with LF, most end with CRLF",
            _ => "this line ends with CRLF, most end with LF",
        };
        let mut finding = Finding::told(line, "newlines", Level::Require, text);
        finding.repaired = true;
        Some(finding)
    }
}

/// Without the bytes at the end that `blank` names.
pub(super) fn stripped(line: &[u8], blank: impl Fn(u8) -> bool) -> &[u8] {
    let length = line.iter().rposition(|b| !blank(*b)).map_or(0, |at| at + 1);
    &line[..length]
}

/// Spaces and tabs.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Columns to the next tab stop; both of CPython's tools use eight.
pub(super) const fn to_tab_stop(column: usize) -> usize {
    8 - column % 8
}
