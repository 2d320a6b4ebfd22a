//! The documents of `pyflow status` and `pyflow list`.

use serde::Serialize;

use super::change::{ChangeRow, VoteRow};
use crate::error::Kind;
use crate::gate::model::{GateState, JobState, Paused};
use crate::gate::next::Blocker;
use crate::gate::report::Verdict;
use crate::gate::watch::EventKind;
use crate::review::model::{ChangeState, RequirementStatus};

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
    /// Why it ended with another exit code than 0: what is not known, or how a watch ended.
    #[serde(skip)]
    pub exit: Option<Kind>,
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
    /// The gate's part; `None` where the project has none, and for a commit that has not been sent.
    pub gate: Option<Gate>,
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

/// Where a change is at the gate.
#[derive(Debug, Serialize)]
pub struct Gate {
    /// In one word.
    pub state: GateState,
    /// What the administrators have stopped.
    pub paused: Option<Paused>,
    /// Where it is; those that merge come first.
    pub items: Vec<ItemRow>,
    /// The newest report of each pipeline, newest first.
    pub last: Vec<ReportRow>,
}

/// A change in a queue.
#[derive(Debug, Serialize)]
pub struct ItemRow {
    /// The pipeline.
    pub pipeline: String,
    /// The queue; `null` where it has no name.
    pub queue: Option<String>,
    /// Always true: what is there only for others to stand on is not shown.
    pub live: bool,
    /// How far it is.
    pub state: GateState,
    /// The patch set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// Counts from 1.
    pub position: usize,
    /// How many are in the queue.
    pub length: usize,
    /// How many of the queue are worked on; `null` where there is no limit, or it is not known.
    pub window: Option<u32>,
    /// How many must leave before it is worked on; left out where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside_by: Option<usize>,
    /// What it is tested on top of; `null` for the branch itself, and where that is not known.
    pub base: Option<String>,
    /// How long it still takes, as the gate guesses; `null` where it cannot.
    pub eta_seconds: Option<u64>,
    /// When it came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enqueued: Option<String>,
    /// Why it will not merge.
    pub reasons: Vec<String>,
    /// What is run.
    pub jobs: Vec<JobRow>,
}

/// A job of an item.
#[derive(Debug, Serialize)]
pub struct JobRow {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: JobState,
    /// Whether its result counts; `null` where that is not known.
    pub voting: Option<bool>,
    /// The gate's word for its result, or for what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// How long it has run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_seconds: Option<u64>,
    /// How long it still takes, as the gate guesses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_seconds: Option<u64>,
    /// Its log, or a page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What a pipeline reported last.
#[derive(Debug, Serialize)]
pub struct ReportRow {
    /// The pipeline.
    pub pipeline: String,
    /// What came of it.
    pub verdict: Verdict,
    /// The patch set that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The same, in seconds before now; left out where this machine's clock says that it is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<u64>,
    /// A page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What was run.
    pub jobs: Vec<ReportedJobRow>,
}

/// A job in a report.
#[derive(Debug, Serialize)]
pub struct ReportedJobRow {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub state: JobState,
    /// The gate's word for that.
    pub word: String,
    /// Whether its result counts.
    pub voting: bool,
    /// How long it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Its log, or a page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Lines of its log that tell what failed, where it was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// Something that a watch saw.
#[derive(Debug, Serialize)]
pub struct Event {
    /// `pyflow/status-event/1`
    pub schema: &'static str,
    /// When it was seen here.
    pub time: String,
    /// The change; `null` for what is about a server.
    pub number: Option<u64>,
    /// A word for programs.
    pub event: EventKind,
    /// Where the change is at the gate; `null` for what is about a server.
    pub state: Option<GateState>,
    /// In words.
    pub text: String,
}

impl Event {
    /// The name of the form.
    pub const SCHEMA: &str = "pyflow/status-event/1";
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
