//! The document of `pyflow patchcheck`.

use serde::Serialize;

use crate::error::Kind;
use crate::patchcheck::{Answer, Level};

/// What was found in files.
#[derive(Debug, Serialize)]
pub struct Patchcheck {
    /// The branch that the change should land on, where it was what counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why this branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_reason: Option<String>,
    /// The commit that files were compared with; `None` for every file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// How many files were looked at.
    pub files: usize,
    /// By file and line, then by rule.
    pub findings: Vec<FindingRow>,
    /// What the project's rules say of the change as a whole.
    pub rules: Vec<RuleRow>,
    /// Files that were repaired.
    pub repaired: Vec<String>,
    /// Whether repairs were asked for.
    #[serde(skip)]
    pub fix: bool,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
pub struct FindingRow {
    /// From the top of the tree; `null` where it is about the change as a whole.
    pub file: Option<String>,
    /// Counts from 1; `null` where it is about the file.
    pub line: Option<usize>,
    /// `trailing-space`, `tab`, `indentation` …, or the id of a rule.
    pub rule: String,
    /// How much it weighs.
    pub level: Level,
    /// In words.
    pub text: String,
    /// Whether the file is without it now.
    pub fixed: bool,
    /// Whether `--fix` takes care of it.
    pub fixable: bool,
}

/// One rule.
#[derive(Debug, Serialize)]
pub struct RuleRow {
    /// Its name.
    pub id: String,
    /// What it asks.
    pub text: String,
    /// What it comes to.
    pub answer: Answer,
    /// How much it weighs.
    pub level: Level,
    /// Whether it asks of every change.
    pub always: bool,
}
