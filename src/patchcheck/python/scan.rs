//! Where statements, comments and string literals of a Python file begin and end: as much of the
//! language's lexical analysis as indentation needs.
//!
//! What it takes for a token is what the `tokenize` module of Python 3.11 does, with which
//! `reindent.py` decides, also where a file is wrong; PEP 701's f-strings are understood besides.

use super::fstring;
use crate::patchcheck::lines::to_tab_stop;

/// A statement or a line with nothing but a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its first line, counted from 1.
    pub(super) line: usize,
    /// How deep it is nested; `None` for a comment.
    pub(super) level: Option<usize>,
}

/// A string literal with a tab or a newline in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Literal {
    /// Position of its first byte in the joined lines.
    pub(super) start: usize,
    /// Position behind its last byte.
    pub(super) end: usize,
    /// Line of its first byte.
    pub(super) first_line: usize,
    /// Line of its last byte.
    pub(super) last_line: usize,
    /// Whether it is a statement of its own: what documentation is.
    pub(super) doc: bool,
}

/// A file that is no Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Counts from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) text: &'static str,
}

/// A file, divided.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// By line.
    pub(super) statements: Vec<Statement>,
    /// By position.
    pub(super) literals: Vec<Literal>,
    /// Where each line begins in the joined lines.
    pub(super) starts: Vec<usize>,
    /// The last line that a backslash before it made part of a statement; 0 where there is none.
    pub(super) continuation: usize,
}

/// The white space that a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Indentation {
    /// In bytes.
    pub(super) length: usize,
    /// In columns, with tabs expanded; a form feed takes one.
    pub(super) width: usize,
    /// Spaces at the very front once tabs are expanded: up to a form feed.
    pub(super) spaces: usize,
    /// What nesting is decided by: a form feed begins it anew (Python's reference, 2.1.8).
    pub(super) column: usize,
}

impl Indentation {
    pub(super) fn of(line: &[u8]) -> Self {
        let mut found = Self::default();
        let mut in_front = true;
        for byte in line {
            let width = match byte {
                b' ' => 1,
                b'\t' => to_tab_stop(found.width),
                0x0c => {
                    in_front = false;
                    found.length += 1;
                    found.width += 1;
                    found.column = 0;
                    continue;
                }
                _ => break,
            };
            found.length += 1;
            found.width += width;
            found.column += width;
            if in_front {
                found.spaces += width;
            }
        }
        found
    }

    /// Writes it with tabs expanded and moved by `shift` columns, as far as there are spaces.
    pub(super) fn write(&self, line: &[u8], shift: isize, out: &mut Vec<u8>) {
        let front = self.spaces.saturating_add_signed(shift);
        out.resize(out.len() + front, b' ');
        let mut column = 0;
        let mut in_front = true;
        for byte in &line[..self.length] {
            let width = if *byte == b'\t' { to_tab_stop(column) } else { 1 };
            column += width;
            in_front &= *byte != 0x0c;
            match byte {
                0x0c => out.push(0x0c),
                _ if !in_front => out.resize(out.len() + width, b' '),
                _ => {}
            }
        }
    }
}

impl Scan {
    /// Divides lines that have no blanks at their ends.
    pub(super) fn new(lines: &[&[u8]]) -> Result<Self, Wrong> {
        let mut text = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
        let mut starts = Vec::with_capacity(lines.len());
        for line in lines {
            starts.push(text.len());
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        let mut scanner = Scanner {
            text: &text,
            at: 0,
            line: 1,
            depth: 0,
            continued: false,
            fresh: true,
            indented: false,
            indents: vec![0],
            tokens: 0,
            lone_string: None,
            scan: Self::default(),
        };
        scanner.file()?;
        let mut scan = scanner.scan;
        scan.starts = starts;
        Ok(scan)
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    /// Open brackets; more closed than opened is below zero, as `tokenize` counts.
    depth: isize,
    /// The line before ended with a backslash.
    continued: bool,
    /// The next token begins a statement.
    fresh: bool,
    /// This line decides the nesting, and is not at the margin.
    indented: bool,
    /// Columns of the enclosing blocks; the level is one less than their number.
    indents: Vec<usize>,
    /// Tokens of this statement so far.
    tokens: usize,
    /// The literal that is this statement's first token.
    lone_string: Option<usize>,
    scan: Scan,
}

impl Scanner<'_> {
    fn file(&mut self) -> Result<(), Wrong> {
        while self.at < self.text.len() {
            if self.depth == 0 && !self.continued {
                let leading = Indentation::of(&self.text[self.at..]);
                self.at += leading.length;
                match self.text[self.at] {
                    b'\n' => {
                        self.newline();
                        continue;
                    }
                    b'#' => {
                        self.comment();
                        self.newline();
                        continue;
                    }
                    _ => self.indent(leading.column)?,
                }
                self.indented = leading.column > 0;
            } else {
                self.indented = false;
            }
            self.continued = false;
            self.rest_of_line()?;
        }
        if self.depth != 0 || self.continued {
            let line = self.scan.statements.iter().rev().find(|s| s.level.is_some()).map_or(1, |s| s.line);
            return Err(Wrong { line, text: "a statement that begins here does not end" });
        }
        Ok(())
    }

    fn indent(&mut self, column: usize) -> Result<(), Wrong> {
        let deepest = |indents: &[usize]| indents.last().copied().unwrap_or(0);
        if column > deepest(&self.indents) {
            self.indents.push(column);
            self.fresh = true;
        }
        while column < deepest(&self.indents) {
            if !self.indents.contains(&column) {
                return Err(Wrong { line: self.line, text: "this line is indented like none of the blocks around it" });
            }
            self.indents.pop();
            self.fresh = true;
        }
        Ok(())
    }

    fn rest_of_line(&mut self) -> Result<(), Wrong> {
        loop {
            match self.text[self.at] {
                b' ' | b'\t' | 0x0c => self.at += 1,
                b'\n' => {
                    if self.depth <= 0 {
                        self.end_statement();
                    }
                    self.newline();
                    return Ok(());
                }
                b'#' => self.comment(),
                b'\\' if self.text.get(self.at + 1) == Some(&b'\n') => {
                    // An indented backslash alone decides the nesting, so the statement moves with it.
                    // The tool lets such a line move with the statement before, and comes to another
                    // result when it is run again.
                    if self.fresh && self.indented {
                        self.fresh = false;
                        self.statement();
                    }
                    self.continued = true;
                    self.at += 1;
                    self.newline();
                    self.scan.continuation = self.line;
                    return Ok(());
                }
                b'"' | b'\'' => {
                    if self.string(0)? {
                        return Ok(());
                    }
                }
                b'0'..=b'9' => {
                    self.token();
                    self.skip(|b| is_name(b) || b == b'.');
                }
                byte if is_name(byte) => {
                    let length = self.text[self.at..].iter().position(|b| !is_name(*b)).unwrap_or(0);
                    let quote = self.text.get(self.at + length);
                    if matches!(quote, Some(b'"' | b'\'')) && is_prefix(&self.text[self.at..self.at + length]) {
                        if self.string(length)? {
                            return Ok(());
                        }
                    } else {
                        self.token();
                        self.at += length;
                    }
                }
                byte => {
                    self.token();
                    self.depth += match byte {
                        b'(' | b'[' | b'{' => 1,
                        b')' | b']' | b'}' => -1,
                        _ => 0,
                    };
                    self.at += 1;
                }
            }
        }
    }

    /// The next line. Every line ends with a newline here.
    fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
    }

    fn comment(&mut self) {
        if self.fresh {
            self.scan.statements.push(Statement { line: self.line, level: None });
        }
        self.skip(|b| b != b'\n');
    }

    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|b| !wanted(*b)).unwrap_or(rest.len());
    }

    /// A token begins here, and perhaps a statement with it.
    fn token(&mut self) {
        if self.fresh {
            self.fresh = false;
            self.statement();
        }
        self.tokens += 1;
    }

    fn statement(&mut self) {
        self.scan.statements.push(Statement { line: self.line, level: Some(self.indents.len() - 1) });
    }

    fn end_statement(&mut self) {
        self.fresh = true;
        if let (1, Some(at)) = (self.tokens, self.lone_string)
            && let Some(literal) = self.scan.literals.get_mut(at)
        {
            literal.doc = true;
        }
        self.tokens = 0;
        self.lone_string = None;
    }

    /// A string whose quote stands behind a prefix of this length. Returns whether the line ended
    /// within it without the statement's end.
    fn string(&mut self, prefix: usize) -> Result<bool, Wrong> {
        let begin = self.at;
        self.token();
        let end = match string_end(self.text, begin, prefix) {
            StringEnd::Closed(end) => end,
            // `tokenize` takes the quote alone for a token that is in error, and goes on behind it.
            StringEnd::Unclosed => {
                self.at += prefix + 1;
                return Ok(false);
            }
            StringEnd::Dropped(end) => {
                self.line += newlines(&self.text[begin..end]);
                self.at = end;
                return Ok(true);
            }
            StringEnd::EndOfFile => {
                return Err(Wrong { line: self.line, text: "a string that begins here does not end" });
            }
        };
        let content = &self.text[begin..end];
        let lines = newlines(content);
        if lines > 0 || content.contains(&b'\t') {
            let prefix = &self.text[begin..begin + prefix];
            // An escape that makes, joins or widens lines has moving change more than indentation.
            let raw = prefix.iter().any(|b| matches!(b, b'r' | b'R'));
            let escapes = |pair: &[u8]| pair[0] == b'\\' && b"\nntrfvx01234567".contains(&pair[1]);
            let moves = raw || !content.windows(2).any(escapes);
            if self.tokens == 1 && moves && prefix.iter().all(|b| matches!(b, b'r' | b'R' | b'u' | b'U')) {
                self.lone_string = Some(self.scan.literals.len());
            }
            let (first_line, last_line) = (self.line, self.line + lines);
            self.scan.literals.push(Literal { start: begin, end, first_line, last_line, doc: false });
        }
        self.line += lines;
        self.at = end;
        Ok(false)
    }
}

/// Where a string literal ends.
pub(super) enum StringEnd {
    /// Behind its closing quote.
    Closed(usize),
    /// The first line ends before it does.
    Unclosed,
    /// A later line does; `tokenize` drops everything up to here.
    Dropped(usize),
    /// Nowhere.
    EndOfFile,
}

/// Where the string ends whose prefix begins at `begin`.
pub(super) fn string_end(text: &[u8], begin: usize, prefix: usize) -> StringEnd {
    let open = begin + prefix;
    let quote = text[open];
    let triple = text[open..].starts_with(&[quote; 3]);
    if text[begin..open].iter().any(|b| matches!(b, b'f' | b'F' | b't' | b'T'))
        && let Some(end) = fstring::end(text, begin, prefix, 0)
    {
        return StringEnd::Closed(end);
    }
    let mut at = open + if triple { 3 } else { 1 };
    let mut first = true;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => {
                first &= text.get(at + 1) != Some(&b'\n');
                at += 2;
            }
            _ if byte == quote && !triple => return StringEnd::Closed(at + 1),
            _ if byte == quote && text[at..].starts_with(&[quote; 3]) => return StringEnd::Closed(at + 3),
            b'\n' if !triple && first => return StringEnd::Unclosed,
            // Looked at by itself, the line's end says that the string goes on.
            b'\n' if !triple && text[at - 1] != b'\\' => return StringEnd::Dropped(at + 1),
            _ => at += 1,
        }
    }
    if triple || !first { StringEnd::EndOfFile } else { StringEnd::Unclosed }
}

fn newlines(text: &[u8]) -> usize {
    text.split(|b| *b == b'\n').count() - 1
}

/// A byte of a name; what is not ASCII is taken for a letter, which changes no structure.
pub(super) const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// What may stand in front of a quote (Python's reference, 2.4.1, and PEP 750's `t`).
pub(super) fn is_prefix(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_slice(), b"r" | b"u" | b"b" | b"f" | b"t" | b"br" | b"rb" | b"fr" | b"rf" | b"tr" | b"rt")
}
