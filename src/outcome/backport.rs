//! The document of `pyflow backport`.

use serde::Serialize;

use crate::backport::session::{Backport, Source};
use crate::error::Kind;
use crate::ports::Role;
use crate::review::model::{Action, Step};

/// What became of backports, or would.
#[derive(Debug, Serialize)]
pub struct Backports {
    /// Whether this is only a plan.
    pub planned: bool,
    /// What was asked for.
    pub request: Asked,
    /// One for each change and branch.
    pub branches: Vec<BranchRow>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// `pyflow backport BRANCH…`
    Start,
    /// `--continue`
    Continue,
    /// `--skip`
    Skip,
    /// `--abort`
    Abort,
    /// `--list`
    List,
}

/// One change on its way to one branch.
#[derive(Debug, Serialize)]
pub struct BranchRow {
    /// The branch.
    pub branch: String,
    /// What the project has it for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What came of it.
    pub result: Result,
    /// What is cloned.
    pub origin: OriginRow,
    /// The commit that was made; of several, the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// First line of its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Number of its change on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Where a person looks at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The patch set that the commit is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// What happened to the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The local branch that holds it (`--no-push`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_branch: Option<String>,
    /// Where a conflict is resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worktree: Option<String>,
    /// Files that conflict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// Commits that touched the same lines, and that the branch lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Why it ended like this, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// What to look at, although it went on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What would be sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// What is cloned.
#[derive(Debug, Clone, Serialize)]
pub struct OriginRow {
    /// The commit; of several, the newest.
    pub commit: String,
    /// First line of its message.
    pub subject: String,
    /// How many commits there are.
    pub commits: usize,
    /// Number of its change on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Where a person looks at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl From<&Source> for OriginRow {
    fn from(source: &Source) -> Self {
        let last = source.last();
        Self {
            commit: last.commit.to_string(),
            subject: last.subject.clone(),
            commits: source.commits.len(),
            number: source.number,
            url: source.url.clone(),
        }
    }
}

/// What came of one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Result {
    /// It is on the server, for review.
    Pushed,
    /// It is picked, and not on the server: a local branch has it, it would be sent, or the sending
    /// waits for `--continue`.
    Ready,
    /// It conflicts.
    Conflict,
    /// The branch has it, or there is a change for it.
    Already,
    /// It is not done, and nothing was begun.
    Refused,
    /// It was given up or left out; what was there is in the trash.
    Dropped,
}

/// A commit that touched the same lines, and that the branch lacks.
#[derive(Debug, Clone, Serialize)]
pub struct Missing {
    /// The commit.
    pub commit: String,
    /// First line of its message.
    pub subject: String,
    /// The file.
    pub file: String,
}

impl BranchRow {
    /// A row about which nothing is known yet but this.
    pub fn new(branch: &str, result: Result, source: &Source) -> Self {
        Self {
            branch: branch.to_owned(),
            role: None,
            result,
            origin: source.into(),
            commit: None,
            subject: None,
            number: None,
            url: None,
            patch_set: None,
            action: None,
            local_branch: None,
            worktree: None,
            conflicts: Vec::new(),
            missing: Vec::new(),
            text: None,
            hints: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// A row for a backport that was begun.
    pub fn of(backport: &Backport, result: Result) -> Self {
        Self::new(backport.branch.as_str(), result, &backport.source)
    }
}
