//! A change, a vote and the move of a ref, as every document shows them.

use serde::Serialize;

use crate::checkout::moves::RefMove;
use crate::review::model::{Change, Vote};

/// A change. Keys that a change does not have are left out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChangeRow {
    /// What the server's API calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number that people say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Gerrit's Change-Id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change_id: Option<String>,
    /// Where a person looks at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// First line of the message.
    pub subject: String,
    /// The target branch; left out where no server tells one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub branch: String,
    /// The commit on the server, or here where there is none on the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl From<&Change> for ChangeRow {
    fn from(change: &Change) -> Self {
        Self {
            id: Some(change.id.clone()),
            number: Some(change.number),
            change_id: change.change_id.clone(),
            url: change.url.clone(),
            subject: change.subject.clone(),
            branch: change.branch.clone(),
            commit: change.current().map(|patch_set| patch_set.commit.to_string()),
        }
    }
}

/// A vote.
#[derive(Debug, Clone, Serialize)]
pub struct VoteRow {
    /// `Code-Review`, `Verified` …
    pub label: String,
    /// The value.
    pub value: i32,
    /// Who voted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl From<&Vote> for VoteRow {
    fn from(vote: &Vote) -> Self {
        Self { label: vote.label.clone(), value: vote.value, by: Some(vote.by.display().to_owned()) }
    }
}

/// The move of a ref.
#[derive(Debug, Clone, Serialize)]
pub struct MoveRow {
    /// Full name.
    #[serde(rename = "ref")]
    pub name: String,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

impl From<&RefMove> for MoveRow {
    fn from(moved: &RefMove) -> Self {
        Self { name: moved.place.name().to_owned(), old: moved.old.to_string(), new: moved.new.to_string() }
    }
}
