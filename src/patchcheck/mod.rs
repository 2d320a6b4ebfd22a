//! The chores before review that can be decided from the files alone: whitespace, conflict markers
//! and their like, and rules of the kind "a change to this wants a change to that".
//!
//! Pure: bytes in, findings and repaired bytes out. Nothing here reads a file, runs git or prints;
//! which files are looked at is the caller's business. It succeeds CPython's `Tools/patchcheck`
//! with `reindent.py` and `untabify.py`, and decides as they do, but for what is listed at
//! [`python`] and [`c`].

pub mod c;
pub mod encoding;
pub mod glob;
mod lines;
pub mod python;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod text;

use std::borrow::Cow;

use serde::Serialize;

pub use glob::{Pattern, Patterns};
pub use rules::{Answer, Checker, Preset, Rules, Scope, TouchRule, Whitespace};

/// How a file's whitespace is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// As `reindent.py` does: four columns for each level, no tabs.
    Python,
    /// Tabs become spaces, as `untabify.py` does.
    C,
    /// Blanks at the end of lines go, form feeds among them.
    Rst,
    /// Blanks at the end of lines go.
    Text,
}

impl Language {
    /// All of them, as `.reviewconf` names them.
    pub const ALL: [(&'static str, Self); 4] =
        [("python", Self::Python), ("c", Self::C), ("rst", Self::Rst), ("text", Self::Text)];
}

/// How much a finding weighs. The order is that of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something to think of.
    Remind,
    /// Probably wrong.
    Warn,
    /// Has to be put right before review.
    Require,
}

impl Level {
    /// All of them, as `.reviewconf` names them.
    pub const ALL: [(&'static str, Self); 3] =
        [("remind", Self::Remind), ("warn", Self::Warn), ("require", Self::Require)];
}

/// One thing that was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Counts from 1; `None` where it is about the file.
    pub line: Option<usize>,
    /// `trailing-space`, `tab`, `indentation` …
    pub rule: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// In words.
    pub text: Cow<'static, str>,
    /// Whether the repaired bytes are without it.
    pub repaired: bool,
}

impl Finding {
    /// Whitespace that is repaired.
    pub(crate) fn blank(line: usize, rule: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { line: Some(line), rule, level: Level::Require, text: text.into(), repaired: true }
    }

    /// Something that a person has to look at.
    pub(crate) fn told(
        line: Option<usize>,
        rule: &'static str,
        level: Level,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { line, rule, level, text: text.into(), repaired: false }
    }
}

/// What came of looking at a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examined {
    /// By line.
    pub findings: Vec<Finding>,
    /// The file without what could be repaired; `None` where there is nothing to repair.
    pub repaired: Option<Vec<u8>>,
}

/// Looks at a file's bytes. Without a language only what is wrong in every text is looked for:
/// conflict markers, bidirectional control characters, size.
pub fn examine(language: Option<Language>, bytes: &[u8]) -> Examined {
    let mut findings = text::everywhere(language, bytes);
    let mut repaired = None;
    if let Some(language) = language
        && !text::is_binary(bytes)
    {
        let judged = match language {
            Language::Python => python::examine(bytes),
            Language::C => c::examine(bytes),
            Language::Rst | Language::Text => text::examine(language, bytes),
        };
        findings.extend(judged.findings);
        repaired = judged.repaired;
    }
    findings.sort_by_key(|finding| finding.line);
    Examined { findings, repaired }
}
