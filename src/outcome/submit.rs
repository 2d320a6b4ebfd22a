//! The document of `pyflow submit`.

use serde::Serialize;

use super::change::{ChangeRow, MoveRow};
use crate::error::Kind;
use crate::gate::model::GateState;
use crate::review::checks::{Check, Finding, Verdict};
use crate::review::model::{Action, Step};

/// What was sent, or would be.
#[derive(Debug, Serialize)]
pub struct Submit {
    /// Whether nothing was sent: it was a dry run, or a check stopped it.
    pub planned: bool,
    /// Whether only the plan was asked for.
    #[serde(skip)]
    pub dry_run: bool,
    /// The branch that the changes should land on.
    pub target: String,
    /// Why this branch.
    pub target_reason: String,
    /// The git remote.
    pub remote: String,
    /// Oldest first.
    pub changes: Vec<Sent>,
    /// What was looked at before.
    pub checks: Vec<CheckRow>,
    /// Steps of the plan; empty once they are done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What was set on changes beside the push, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// Branches that moved, because Change-Ids were added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MoveRow>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What the server said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// What came of `--land`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub landing: Option<Landing>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// What came of following the changes to their end.
#[derive(Debug, Serialize)]
pub struct Landing {
    /// The changes that were approved.
    pub approved: Vec<u64>,
    /// Why others were not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_approved: Vec<String>,
    /// Each change, and where it is.
    pub changes: Vec<Landed>,
    /// What to do next, where something is left to be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl Submit {
    /// Whether a check stopped it, so that nothing was sent.
    pub fn stopped(&self) -> bool {
        self.checks.iter().any(|check| check.result == Verdict::Stop)
    }
}

/// One change that was followed.
#[derive(Debug, Serialize)]
pub struct Landed {
    /// The number.
    pub number: u64,
    /// Where it is at the gate.
    pub state: GateState,
}

/// One commit of the stack, and the change that it is.
#[derive(Debug, Serialize)]
pub struct Sent {
    /// The change.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// The patch set that the commit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// What happens to the change.
    pub action: Action,
}

/// One check.
#[derive(Debug, Serialize)]
pub struct CheckRow {
    /// Its name.
    pub name: &'static str,
    /// What came of it.
    pub result: Verdict,
    /// What was found.
    pub findings: Vec<FindingRow>,
}

/// One thing that a check found.
#[derive(Debug, Serialize)]
pub struct FindingRow {
    /// `warning` or `stop`.
    pub result: Verdict,
    /// The commit that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// In words.
    pub text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl From<&Check> for CheckRow {
    fn from(check: &Check) -> Self {
        Self {
            name: check.name.as_str(),
            result: check.result,
            findings: check.findings.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        Self {
            result: finding.verdict,
            commit: finding.commit.as_ref().map(ToString::to_string),
            text: finding.text.clone(),
            hints: finding.hints.clone(),
        }
    }
}
