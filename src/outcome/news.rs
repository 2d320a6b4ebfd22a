//! The documents of `pyflow news`.

use serde::Serialize;

use crate::error::Kind;
use crate::news::StyleName;
use crate::news::check::Finding;

/// A fragment that was written, or would be.
#[derive(Debug, Serialize)]
pub struct Added {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The kind of fragment.
    pub style: StyleName,
    /// From the top of the tree.
    pub file: String,
    /// What it holds.
    pub content: String,
    /// The issue that it names.
    pub issue: String,
    /// Where the issue was found, where nobody named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_source: Option<String>,
    /// Whether it is in the index.
    pub staged: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// The kind of fragments.
    pub style: StyleName,
    /// The branch or commit that was compared with; `null` for the whole tree.
    pub target: Option<String>,
    /// Why this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_reason: Option<String>,
    /// Fragments that were looked at.
    pub fragments: Vec<String>,
    /// What is wrong with them, or missing.
    pub findings: Vec<Finding>,
    /// What helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Whether text is written for a CI system.
    #[serde(skip)]
    pub annotations: bool,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// The news in one file.
#[derive(Debug, Serialize)]
pub struct Merged {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The file.
    pub file: String,
    /// `created`, `updated` or `unchanged`.
    pub action: WriteAction,
    /// How many fragments it holds.
    pub fragments: usize,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WriteAction {
    /// It is new.
    Created,
    /// Its content is another.
    Updated,
    /// It held this already, and was not touched.
    Unchanged,
}

/// The news of a release.
#[derive(Debug, Serialize)]
pub struct Released {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The version.
    pub version: String,
    /// The file that was written.
    pub file: String,
    /// What it holds, for a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Fragments that it was made of.
    pub fragments: Vec<String>,
    /// Whether the fragments are gone.
    pub removed: bool,
    /// Whether file and removals are in the index.
    pub staged: bool,
}
