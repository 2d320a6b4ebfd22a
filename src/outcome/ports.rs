//! The document of `pyflow ports`.

use serde::Serialize;

use super::change::ChangeRow;
use crate::config::Counterpart;
use crate::error::Kind;
use crate::ports::PortState;
use crate::ports::Role;

/// Which fixes have their counterpart where they need one.
#[derive(Debug, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "one is data, the others say how the text form looks")]
pub struct Ports {
    /// The branches, the default branch first, then the newest.
    pub branches: Vec<BranchRow>,
    /// How far a counterpart must have come (`ports.counterpart`).
    pub counterpart: Counterpart,
    /// Whether the review server was asked: without it, what is under review does not show.
    pub asked: bool,
    /// Each fix of a maintenance branch, and each one that is marked for backport.
    pub rows: Vec<PortRow>,
    /// How many rows came to what.
    pub counts: Counts,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Whether the exit code answers.
    #[serde(skip)]
    pub check: bool,
    /// Whether rows in order are shown, too.
    #[serde(skip)]
    pub all: bool,
    /// Whether the text form is Markdown.
    #[serde(skip)]
    pub markdown: bool,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One branch.
#[derive(Debug, Serialize)]
pub struct BranchRow {
    /// Its name.
    pub branch: String,
    /// What it is for.
    pub role: Role,
    /// The commit that it was looked at; `null` where it is not in this clone.
    pub commit: Option<String>,
}

/// How many rows came to what.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// With a counterpart that has come far enough.
    pub found: usize,
    /// With one that is under review.
    pub waiting: usize,
    /// With something that looks like one.
    pub likely: usize,
    /// With none.
    pub missing: usize,
    /// Said to need none.
    pub not_needed: usize,
    /// Taken back on their own branch.
    pub taken_back: usize,
}

/// One fix.
#[derive(Debug, Serialize)]
pub struct PortRow {
    /// `forward`: from a maintenance branch to those after it; `backport`: marked for older ones.
    pub direction: Direction,
    /// The fix; its branch is where it was found.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// What it comes to.
    pub result: RowResult,
    /// The same in words, where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why no forward-port is needed, from the trailer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What each branch has of it, the default branch first.
    pub ports: Vec<PortCell>,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// Which way a fix goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a maintenance branch to those after it.
    Forward,
    /// From the default branch to older ones.
    Backport,
}

/// What a fix comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowResult {
    /// Its counterpart has come far enough.
    Found,
    /// Its counterpart is under review.
    Waiting,
    /// Something looks like it; nothing proves that it is.
    Likely,
    /// It has none, or one that was taken back.
    Missing,
    /// It says why it needs none.
    NotNeeded,
    /// It was taken back on its own branch, or takes back something that only this branch had.
    TakenBack,
}

/// What one branch has of a fix.
#[derive(Debug, Serialize)]
pub struct PortCell {
    /// The branch.
    pub branch: String,
    /// How the counterpart stands.
    pub state: PortState,
    /// The counterpart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<ChangeRow>,
    /// By what it is known, the strongest first.
    pub evidence: Vec<EvidenceRow>,
    /// The commit that took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<String>,
}

/// One piece of evidence.
#[derive(Debug, Serialize)]
pub struct EvidenceRow {
    /// `same-commit`, `change-id`, `cherry-picked`, `server-pick`, `title`, `patch-id`, `through`, `likely`.
    pub kind: &'static str,
    /// Whether it proves that both are one change.
    pub proof: bool,
    /// In words.
    pub text: String,
}

impl PortRow {
    /// Whether it wants a look.
    pub fn is_open(&self) -> bool {
        match self.result {
            RowResult::NotNeeded | RowResult::TakenBack => false,
            RowResult::Found => self.ports.iter().any(|port| port.state <= PortState::Likely),
            RowResult::Waiting | RowResult::Likely | RowResult::Missing => true,
        }
    }
}

impl Counts {
    /// Counts these rows.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r PortRow>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row.result {
                RowResult::Found => &mut counts.found,
                RowResult::Waiting => &mut counts.waiting,
                RowResult::Likely => &mut counts.likely,
                RowResult::Missing => &mut counts.missing,
                RowResult::NotNeeded => &mut counts.not_needed,
                RowResult::TakenBack => &mut counts.taken_back,
            } += 1;
        }
        counts
    }
}
