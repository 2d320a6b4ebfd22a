//! The whitespace of Python, decided as CPython's `Tools/scripts/reindent.py` decides it: four
//! columns for each level of indentation, no tabs, no blanks at the end of lines, no blank lines
//! at the end of the file. Comments move with what they probably belong to, and the further lines
//! of a statement with its first.
//!
//! Where the tool is wrong, this differs from it:
//! - What stands inside a string literal stays as it is; blanks at the end of its lines and tabs
//!   are told. The tool rewrites them, which changes the program (python/cpython#92266). Only a
//!   docstring without escaped blanks or newlines moves with its statement and loses blanks at the end of its
//!   lines, as there; tabs behind its text stay.
//! - LF and CRLF in one file become what most lines have; the tool refuses such a file.
//! - f-strings may hold the quotes that delimit them (PEP 701), as since Python 3.12.
//! - What cannot be divided into tokens is told with its line; the tool ends with a traceback.
//! - An empty line at the end stays where a backslash stands before it: without it, that is no program.
//! - A statement that begins behind an indented line with nothing but a backslash moves with that
//!   line, which decides its nesting; the tool needs several runs for it.
//! - A byte order mark and the cookie `utf8` fit together; the tool knows `utf-8` only.
//! - Encodings of several bytes other than UTF-8 are told and left alone.

mod fstring;
mod indent;
mod scan;

use super::encoding::Encoding;
use super::lines::{End, Lines, is_blank, stripped, to_tab_stop};
use super::{Examined, Finding, Level};
use indent::shifts;
use scan::{Indentation, Literal, Scan};

pub(super) fn examine(bytes: &[u8]) -> Examined {
    let encoding = match Encoding::detect(bytes) {
        Ok(encoding) => encoding,
        Err(unknown) => return only(Finding::told(Some(unknown.line), "encoding", Level::Warn, unknown.text)),
    };
    let (mark, text) = bytes.split_at(encoding.skipped());
    let lines = Lines::split(text);
    let mixed = lines.mixed();
    if lines.is_unclear() {
        return Examined { findings: mixed.into_iter().collect(), repaired: None };
    }
    let kept: Vec<&[u8]> = lines.lines.iter().map(|(line, _)| stripped(line, is_blank)).collect();
    let scan = match Scan::new(&kept) {
        Ok(scan) => scan,
        Err(wrong) => {
            let text = format!("its whitespace cannot be judged: {}", wrong.text);
            return only(Finding::told(Some(wrong.line), "syntax", Level::Warn, text));
        }
    };
    let mut file = File { encoding, lines: &lines, kept: &kept, scan: &scan, findings: mixed.into_iter().collect() };
    let mut out = Vec::with_capacity(bytes.len() + 64);
    out.extend_from_slice(mark);
    file.write(&mut out);
    let repaired = (out != bytes).then_some(out);
    Examined { findings: file.findings, repaired }
}

fn only(finding: Finding) -> Examined {
    Examined { findings: vec![finding], repaired: None }
}

/// A file that is being put together again.
struct File<'a> {
    encoding: Encoding,
    lines: &'a Lines<'a>,
    /// The lines without blanks at their ends.
    kept: &'a [&'a [u8]],
    scan: &'a Scan,
    findings: Vec<Finding>,
}

impl File<'_> {
    fn write(&mut self, out: &mut Vec<u8>) {
        let mut count = self.kept.iter().rposition(|line| !line.is_empty()).map_or(0, |at| at + 1);
        // Python wants a line behind a backslash, if only an empty one.
        if count > 0 && self.scan.continuation == count + 1 {
            count += 1;
        }
        let usual = self.lines.usual_end();
        let shifts = shifts(self.kept, &self.scan.statements, count);
        for &(line, have, want) in &shifts.moved {
            let text = format!("indented by {have} columns, {want} are wanted");
            self.findings.push(Finding::blank(line, "indentation", text));
        }
        let mut literals = self.scan.literals.iter().peekable();
        for (at, shift) in shifts.by_line.iter().enumerate() {
            let number = at + 1;
            // Those that end on an earlier line are behind us.
            while literals.next_if(|literal| literal.last_line < number).is_some() {}
            let here = literals.clone().take_while(|literal| literal.first_line <= number);
            self.line(number, *shift, &here, out);
            if self.lines.lines[at].1 == End::None {
                self.findings.push(Finding::blank(number, "final-newline", "no newline ends the last line"));
            }
            out.extend_from_slice(usual.bytes());
        }
        if count < self.kept.len() {
            self.findings.push(Finding::blank(count + 1, "final-newline", "blank lines at the end of the file"));
            let blank = self.lines.lines[count..].iter().position(|(line, _)| !line.is_empty());
            if let Some(at) = blank {
                self.findings.push(Finding::blank(count + at + 1, "trailing-space", "blanks at the end of the line"));
            }
        }
    }

    /// Writes one line: moved, without tabs, but as it is where it is inside a literal.
    fn line<'l>(
        &mut self,
        number: usize,
        shift: isize,
        literals: &(impl Iterator<Item = &'l Literal> + Clone),
        out: &mut Vec<u8>,
    ) {
        let (raw, kept) = (self.lines.lines[number - 1].0, self.kept[number - 1]);
        let blanks = raw.len() > kept.len();
        if shift == 0 && !blanks && !kept.contains(&b'\t') {
            out.extend_from_slice(kept);
            return;
        }
        let goes_on_inside = literals.clone().any(|l| l.first_line <= number && number < l.last_line && !l.doc);
        let content = if goes_on_inside { raw } else { kept };
        if blanks && !goes_on_inside {
            self.findings.push(Finding::blank(number, "trailing-space", "blanks at the end of the line"));
        } else if blanks {
            let text = "blanks at the end of a line of a string";
            self.findings.push(Finding::told(Some(number), "string-blanks", Level::Warn, text));
        }

        let begins_inside = literals.clone().any(|l| l.first_line < number && !l.doc);
        let mut at = 0;
        let mut column = 0;
        let mut expanded = false;
        if !begins_inside {
            let leading = Indentation::of(content);
            at = leading.length;
            column = leading.width;
            expanded = content[..at].contains(&b'\t');
            if !content.is_empty() {
                leading.write(content, shift, out);
            }
        }
        let start = self.scan.starts[number - 1];
        let mut kept_tab = false;
        while at < content.len() {
            let length = content[at..].iter().position(|b| *b == b'\t').unwrap_or(content.len() - at);
            out.extend_from_slice(&content[at..at + length]);
            column += self.encoding.characters(&content[at..at + length]);
            at += length;
            if at == content.len() {
                break;
            }
            let width = to_tab_stop(column);
            let position = start + at;
            if literals.clone().any(|l| l.start < position && position < l.end) || at >= kept.len() {
                out.push(b'\t');
                kept_tab |= at < kept.len();
            } else {
                out.resize(out.len() + width, b' ');
                expanded = true;
            }
            column += width;
            at += 1;
        }
        if expanded {
            self.findings.push(Finding::blank(number, "tab", "a tab, where spaces are wanted"));
        }
        if kept_tab {
            let text = "a tab in a string; write `\\t`";
            self.findings.push(Finding::told(Some(number), "string-blanks", Level::Warn, text));
        }
    }
}

/// Lines on which a string literal keeps its blanks, for comparison with the tool.
#[cfg(test)]
pub(super) fn spared_lines(bytes: &[u8]) -> std::collections::BTreeSet<usize> {
    let lines = Lines::split(bytes);
    let kept: Vec<&[u8]> = lines.lines.iter().map(|(line, _)| stripped(line, is_blank)).collect();
    let scan = Scan::new(&kept).unwrap_or_default();
    let mut spared = std::collections::BTreeSet::new();
    for literal in &scan.literals {
        // A docstring keeps the tabs behind its text.
        spared.extend(literal.first_line..=literal.last_line);
    }
    spared
}
