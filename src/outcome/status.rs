//! The documents of `pyflow status` and `pyflow list`.

use serde::Serialize;

use super::change::{ChangeRow, VoteRow};
use crate::review::model::{ChangeState, RequirementStatus};
use crate::review::next::Blocker;

/// Where changes are.
#[derive(Debug, Serialize)]
pub struct Status {
    /// Oldest of the stack first; for `--mine` newest first.
    pub changes: Vec<StatusRow>,
    /// What was asked about; only where there is nothing to show does it matter.
    #[serde(skip)]
    pub scope: Scope,
    /// Whether everything was visible.
    pub visibility: Visibility,
    /// Whether the CLA registry calls this person a core developer, who may approve; `None` where
    /// that is not remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_developer: Option<bool>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What `status` was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The commits of this branch, or changes that were named.
    Stack,
    /// This person's open changes.
    Mine,
}

/// As whom the server was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// With credentials.
    Full,
    /// Without: private changes and projects do not show.
    Anonymous,
}

/// One change.
#[derive(Debug, Serialize)]
pub struct StatusRow {
    /// The change.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// The review server's part; `None` for a commit that has not been sent.
    pub review: Option<Review>,
    /// What stands between this change and the target.
    pub blockers: Vec<Blocker>,
    /// The one thing to do next, for this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What the review server says of a change.
#[derive(Debug, Serialize)]
pub struct Review {
    /// Open, merged or abandoned.
    pub state: ChangeState,
    /// Marked as work in progress.
    pub work_in_progress: bool,
    /// Private.
    pub private: bool,
    /// Owner's name.
    pub owner: String,
    /// The newest patch set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// The patch set that the local commit is; `None` where it is none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_patch_set: Option<u32>,
    /// What must be fulfilled; `null` where the server does not tell.
    pub requirements: Option<Vec<RequirementRow>>,
    /// Votes that are not zero.
    pub votes: Vec<VoteRow>,
    /// Comment threads that wait; `null` where the server does not tell.
    pub unresolved: Option<u32>,
    /// Whether it merges with the target as last fetched; `null` where that is not known.
    pub merges: Option<bool>,
    /// Topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Time of the last change, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
}

/// One requirement.
#[derive(Debug, Serialize)]
pub struct RequirementRow {
    /// Its name.
    pub name: String,
    /// Whether it is fulfilled.
    pub status: RequirementStatus,
    /// The site's explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Open changes.
#[derive(Debug, Serialize)]
pub struct List {
    /// Newest first.
    pub changes: Vec<ListRow>,
    /// Whether everything was visible.
    pub visibility: Visibility,
}

/// One open change.
#[derive(Debug, Serialize)]
pub struct ListRow {
    /// The change.
    #[serde(flatten)]
    pub change: ChangeRow,
    /// Owner's name.
    pub owner: String,
    /// Topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Marked as work in progress.
    pub work_in_progress: bool,
    /// Votes that are not zero.
    pub votes: Vec<VoteRow>,
    /// Comment threads that wait; `null` where the server does not tell.
    pub unresolved: Option<u32>,
    /// Time of the last change, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The same, in seconds before now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
}
