//! What Gerrit answers, as lenient types, and how it becomes the model.
//!
//! Sources: Gerrit Documentation, "REST API - Changes" (`ChangeInfo` and its parts) and "gerrit
//! query" (one JSON object a line). A field that is missing is false, empty or unknown; fields that
//! pyflow does not use are ignored. `submit_records` are not read: since labels no longer block by
//! themselves Gerrit 3.13 says `OK` there although nothing is fulfilled.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::checkout::object::Signature;
use crate::names::{CommitId, ServerUrl};
use crate::review::model::{Account, Change, ChangeState, Message, PatchSet, Requirement, RequirementStatus, Vote};

/// How much was asked for, and so what an absent field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Patch sets only.
    Identity,
    /// Reviewers and votes too.
    People,
    /// Labels and submit requirements too.
    Full,
    /// The same from a server older than 3.5, which has no submit requirements.
    FullLegacy,
    /// All of that, and what was said.
    Story,
    /// The same from a server older than 3.5.
    StoryLegacy,
}

impl Depth {
    /// The same without submit requirements.
    pub(super) const fn legacy(self) -> Self {
        match self {
            Self::Full => Self::FullLegacy,
            Self::Story => Self::StoryLegacy,
            Self::Identity | Self::People | Self::FullLegacy | Self::StoryLegacy => self,
        }
    }
}

/// `ChangeInfo`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "as the server spells them")]
pub(super) struct ChangeInfo {
    id: String,
    project: String,
    branch: String,
    topic: Option<String>,
    hashtags: Vec<String>,
    change_id: Option<String>,
    subject: String,
    status: String,
    created: Option<String>,
    updated: Option<String>,
    unresolved_comment_count: Option<u32>,
    work_in_progress: bool,
    is_private: bool,
    contains_git_conflicts: bool,
    #[serde(rename = "_number")]
    pub(super) number: u64,
    owner: AccountInfo,
    labels: BTreeMap<String, LabelInfo>,
    reviewers: BTreeMap<String, Vec<AccountInfo>>,
    attention_set: BTreeMap<String, AttentionInfo>,
    /// The values that the caller may vote, as text: `" 0"`, `"+1"`.
    permitted_labels: BTreeMap<String, Vec<String>>,
    messages: Vec<MessageInfo>,
    current_revision: Option<String>,
    revisions: BTreeMap<String, RevisionInfo>,
    submit_requirements: Option<Vec<RequirementInfo>>,
    cherry_pick_of_change: Option<u64>,
    #[serde(rename = "_more_changes")]
    pub(super) more_changes: bool,
}

/// `AccountInfo`; over ssh there is no `_account_id`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct AccountInfo {
    #[serde(rename = "_account_id")]
    account_id: Option<u64>,
    name: Option<String>,
    email: Option<String>,
    username: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct LabelInfo {
    all: Vec<ApprovalInfo>,
    approved: Option<AccountInfo>,
    rejected: Option<AccountInfo>,
    optional: bool,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct ApprovalInfo {
    /// Absent: may not vote; 0: has not voted.
    value: Option<i32>,
    #[serde(flatten)]
    by: AccountInfo,
}

/// `ChangeMessageInfo`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct MessageInfo {
    tag: Option<String>,
    author: AccountInfo,
    date: Option<String>,
    message: String,
    #[serde(rename = "_revision_number")]
    patch_set: Option<u32>,
}

impl MessageInfo {
    fn into_message(self) -> Message {
        Message {
            tag: self.tag,
            author: self.author.into_account(),
            patch_set: self.patch_set,
            time: self.date.as_deref().and_then(timestamp),
            text: self.message,
        }
    }
}

/// The highest value of each label.
fn highest(permitted: BTreeMap<String, Vec<String>>) -> Vec<(String, i32)> {
    let value = |text: &String| text.trim().parse::<i32>().ok();
    permitted.into_iter().filter_map(|(label, values)| Some((label, values.iter().filter_map(value).max()?))).collect()
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct AttentionInfo {
    account: AccountInfo,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct RevisionInfo {
    #[serde(rename = "_number")]
    number: u32,
    created: Option<String>,
    uploader: AccountInfo,
    commit: Option<CommitInfo>,
    conflicts: Option<ConflictsInfo>,
    #[serde(rename = "ref")]
    fetch_ref: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct ConflictsInfo {
    contains_conflicts: bool,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct CommitInfo {
    parents: Vec<ParentInfo>,
    message: Option<String>,
    author: Option<PersonInfo>,
}

/// `GitPersonInfo`: the time is UTC, the zone is in minutes.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct PersonInfo {
    name: String,
    email: String,
    date: String,
    tz: i64,
}

impl PersonInfo {
    /// As git writes it: `SECONDS ZONE`.
    fn signature(self) -> Option<Signature> {
        let seconds = timestamp(&self.date)?.as_second();
        let (sign, minutes) = (if self.tz < 0 { '-' } else { '+' }, self.tz.unsigned_abs());
        let when = format!("{seconds} {sign}{:02}{:02}", minutes / 60, minutes % 60);
        Some(Signature { name: self.name, email: self.email, when })
    }
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct ParentInfo {
    commit: String,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct RequirementInfo {
    name: String,
    description: Option<String>,
    status: String,
}

/// `BranchInfo` of `projects/NAME/branches/BRANCH`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct BranchInfo {
    #[serde(rename = "ref")]
    pub(super) name: String,
    pub(super) revision: String,
}

/// `EmailInfo` of `accounts/self/emails`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct EmailInfo {
    pub(super) email: String,
    pub(super) pending_confirmation: bool,
}

impl AccountInfo {
    pub(super) fn into_account(self) -> Account {
        let known = [&self.username, &self.email, &self.name];
        let id = match self.account_id {
            Some(number) => number.to_string(),
            None => known.into_iter().flatten().next().cloned().unwrap_or_default(),
        };
        Account { id, name: self.name, email: self.email, username: self.username }
    }
}

impl ChangeInfo {
    pub(super) fn into_change(self, server: &ServerUrl, depth: Depth) -> Change {
        let owner = self.owner.into_account();
        let requirements = match depth {
            Depth::Identity | Depth::People => None,
            Depth::Full | Depth::Story => self.submit_requirements.map(requirements),
            Depth::FullLegacy | Depth::StoryLegacy => Some(requirements_of_labels(&self.labels)),
        };
        let current_revision = self.current_revision;
        let mut contains_conflicts = self.contains_git_conflicts;
        let mut patch_sets = Vec::with_capacity(self.revisions.len());
        let mut current_patch_set = None;
        for (commit, revision) in self.revisions {
            // Not a commit id: an `edit` revision of a newer server, or nonsense; neither is a patch set.
            let Ok(id) = commit.parse::<CommitId>() else { continue };
            if revision.number == 0 {
                continue;
            }
            if current_revision.as_deref() == Some(id.as_str()) {
                current_patch_set = Some(revision.number);
                contains_conflicts |= revision.conflicts.is_some_and(|c| c.contains_conflicts);
            }
            let commit = revision.commit.unwrap_or_default();
            patch_sets.push(PatchSet {
                number: revision.number,
                commit: id,
                uploader: revision.uploader.into_account(),
                created: revision.created.as_deref().and_then(timestamp),
                parents: parents(commit.parents.iter().map(|p| p.commit.as_str())),
                message: commit.message,
                author: commit.author.and_then(PersonInfo::signature),
                fetch_ref: revision.fetch_ref.and_then(|name| name.parse().ok()),
            });
        }
        patch_sets.sort_by_key(|p| p.number);
        let mut votes = Vec::new();
        for (label, info) in self.labels {
            for approval in info.all {
                if let Some(value) = approval.value.filter(|v| *v != 0) {
                    votes.push(Vote { label: label.clone(), value, by: approval.by.into_account() });
                }
            }
        }
        let mut people = self.reviewers;
        let mut others = |state: &str| {
            let listed = people.remove(state).unwrap_or_default();
            listed.into_iter().map(AccountInfo::into_account).filter(|a| a.id != owner.id).collect::<Vec<_>>()
        };
        Change {
            id: self.id,
            number: self.number,
            change_id: self.change_id,
            url: Some(super::change_url(server, &self.project, self.number)),
            project: self.project,
            branch: short_branch(&self.branch),
            subject: self.subject,
            topic: self.topic.filter(|t| !t.is_empty()),
            hashtags: self.hashtags,
            state: state(&self.status),
            work_in_progress: self.work_in_progress,
            private: self.is_private,
            created: self.created.as_deref().and_then(timestamp),
            updated: self.updated.as_deref().and_then(timestamp),
            patch_sets,
            current_patch_set,
            requirements,
            votes,
            unresolved: self.unresolved_comment_count,
            contains_conflicts,
            reviewers: others("REVIEWER"),
            cc: others("CC"),
            attention: self.attention_set.into_values().map(|a| a.account.into_account()).collect(),
            may_vote: highest(self.permitted_labels),
            messages: self.messages.into_iter().map(MessageInfo::into_message).collect(),
            picked_from: self.cherry_pick_of_change,
            owner,
        }
    }
}

fn short_branch(branch: &str) -> String {
    branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned()
}

fn parents<'a>(commits: impl Iterator<Item = &'a str>) -> Vec<CommitId> {
    commits.filter_map(|c| c.parse().ok()).collect()
}

/// `ChangeStatus`; `DRAFT` and words to come are unknown.
fn state(status: &str) -> ChangeState {
    match status {
        "NEW" | "SUBMITTED" => ChangeState::Open,
        "MERGED" => ChangeState::Merged,
        "ABANDONED" => ChangeState::Abandoned,
        _ => ChangeState::Unknown,
    }
}

/// `2026-11-20 15:18:52.000000000`, always UTC ("REST API", "Timestamp").
fn timestamp(text: &str) -> Option<Timestamp> {
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// `SubmitRequirementResultInfo.status`; the order of the list is not stable, so it is made so.
fn requirements(list: Vec<RequirementInfo>) -> Vec<Requirement> {
    let mut out = list
        .into_iter()
        .map(|info| Requirement {
            status: match info.status.as_str() {
                "SATISFIED" | "OVERRIDDEN" | "FORCED" => RequirementStatus::Satisfied,
                "UNSATISFIED" => RequirementStatus::Unsatisfied,
                "NOT_APPLICABLE" => RequirementStatus::NotApplicable,
                _ => RequirementStatus::Unknown,
            },
            name: info.name,
            description: info.description.filter(|d| !d.is_empty()),
        })
        .collect::<Vec<_>>();
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// Before 3.5 labels themselves block, unless they are optional.
fn requirements_of_labels(labels: &BTreeMap<String, LabelInfo>) -> Vec<Requirement> {
    labels
        .iter()
        .filter(|(_, info)| !info.optional)
        .map(|(name, info)| {
            let fulfilled = info.approved.is_some() && info.rejected.is_none();
            let status = if fulfilled { RequirementStatus::Satisfied } else { RequirementStatus::Unsatisfied };
            Requirement { name: name.clone(), status, description: None }
        })
        .collect()
}

/// One line of `gerrit query --format=JSON`: a change, the statistics at the end, or an error.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct QueryLine {
    /// `stats` or `error`; absent in changes.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) message: Option<String>,
    pub(super) more_changes: bool,
    project: String,
    branch: String,
    topic: Option<String>,
    /// The Change-Id here, not the change's id of the REST API.
    id: Option<String>,
    number: Number,
    subject: String,
    owner: AccountInfo,
    url: Option<String>,
    hashtags: Vec<String>,
    created_on: Option<i64>,
    last_updated: Option<i64>,
    status: String,
    wip: bool,
    private: bool,
    current_patch_set: Option<PatchSetLine>,
    patch_sets: Vec<PatchSetLine>,
    all_reviewers: Vec<AccountInfo>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct PatchSetLine {
    number: Number,
    revision: String,
    parents: Vec<String>,
    uploader: AccountInfo,
    #[serde(rename = "ref")]
    fetch_ref: Option<String>,
    created_on: Option<i64>,
    approvals: Vec<ApprovalLine>,
}

#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
struct ApprovalLine {
    #[serde(rename = "type")]
    label: String,
    value: Number,
    by: AccountInfo,
}

/// Numbers are JSON numbers since 2.15 and strings before; vote values are strings still.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Number {
    Plain(i64),
    Text(String),
}

impl Default for Number {
    fn default() -> Self {
        Self::Plain(0)
    }
}

impl Number {
    fn get<T: TryFrom<i64>>(&self) -> Option<T> {
        let number = match self {
            Self::Plain(number) => *number,
            Self::Text(text) => text.parse().ok()?,
        };
        T::try_from(number).ok()
    }
}

impl PatchSetLine {
    fn patch_set(&self) -> Option<PatchSet> {
        Some(PatchSet {
            number: self.number.get::<u32>().filter(|n| *n > 0)?,
            commit: self.revision.parse().ok()?,
            uploader: self.uploader.clone().into_account(),
            created: self.created_on.and_then(|s| Timestamp::from_second(s).ok()),
            parents: parents(self.parents.iter().map(String::as_str)),
            fetch_ref: self.fetch_ref.as_ref().and_then(|name| name.parse().ok()),
            message: None,
            author: None,
        })
    }
}

impl QueryLine {
    /// `None` where the line is no change with a number.
    pub(super) fn into_change(self, server: &ServerUrl) -> Option<Change> {
        let number = self.number.get::<u64>().filter(|n| *n > 0)?;
        let owner = self.owner.into_account();
        let mut patch_sets = self.patch_sets.iter().filter_map(PatchSetLine::patch_set).collect::<Vec<_>>();
        let current = self.current_patch_set.as_ref().and_then(PatchSetLine::patch_set);
        let current_patch_set = current.as_ref().map(|p| p.number);
        if let Some(current) = current
            && !patch_sets.iter().any(|p| p.number == current.number)
        {
            patch_sets.push(current);
        }
        patch_sets.sort_by_key(|p| p.number);
        let approvals = self.current_patch_set.map(|p| p.approvals).unwrap_or_default();
        let votes = approvals
            .into_iter()
            .filter_map(|a| {
                let value = a.value.get::<i32>().filter(|v| *v != 0)?;
                Some(Vote { label: a.label, value, by: a.by.into_account() })
            })
            .collect();
        let reviewers = self.all_reviewers.into_iter().map(AccountInfo::into_account).filter(|a| a.id != owner.id);
        Some(Change {
            id: format!("{}~{number}", self.project),
            number,
            change_id: self.id,
            url: self.url.filter(|u| super::is_ours(server, u)),
            project: self.project,
            branch: short_branch(&self.branch),
            subject: self.subject,
            topic: self.topic.filter(|t| !t.is_empty()),
            hashtags: self.hashtags,
            state: state(&self.status),
            work_in_progress: self.wip,
            private: self.private,
            created: self.created_on.and_then(|s| Timestamp::from_second(s).ok()),
            updated: self.last_updated.and_then(|s| Timestamp::from_second(s).ok()),
            patch_sets,
            current_patch_set,
            requirements: None,
            votes,
            unresolved: None,
            contains_conflicts: false,
            reviewers: reviewers.collect(),
            cc: Vec::new(),
            attention: Vec::new(),
            may_vote: Vec::new(),
            messages: Vec::new(),
            picked_from: None,
            owner,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ChangeInfo, Depth, QueryLine, timestamp};
    use crate::names::ServerUrl;
    use crate::review::model::RequirementStatus::{NotApplicable, Satisfied, Unknown, Unsatisfied};
    use crate::review::model::{Account, ChangeState};

    fn server() -> ServerUrl {
        "http://127.0.0.1:8080".parse().expect("a URL")
    }

    fn recorded(text: &str) -> Vec<ChangeInfo> {
        serde_json::from_str(text.strip_prefix(")]}'\n").expect("Gerrit's prefix")).expect("changes")
    }

    #[test]
    fn a_recorded_change_is_read() {
        let mut list = recorded(include_str!("../../../fixtures/gerrit-3.13/query-full.json"));
        let change = list.remove(0).into_change(&server(), Depth::Full);
        assert_eq!((change.number, change.id.as_str()), (3, "plain~3"));
        assert_eq!(change.url.as_deref(), Some("http://127.0.0.1:8080/c/plain/+/3"));
        assert_eq!(change.state, ChangeState::Open);
        assert_eq!(change.patch_sets.iter().map(|p| p.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(change.current().map(|p| p.uploader.display()), Some("Alice Able"));
        assert_eq!(change.patch_sets[2].uploader.display(), "Bob Baker");
        let mut votes = change.votes.iter().map(|v| (v.label.as_str(), v.value, v.by.display())).collect::<Vec<_>>();
        votes.sort_unstable();
        assert_eq!(votes, [("Code-Review", -1, "Alice Able"), ("Code-Review", 2, "Carol Core")]);
        let reviewers = change.reviewers.iter().map(Account::display).collect::<Vec<_>>();
        assert_eq!(reviewers, ["Bob Baker", "Carol Core"], "the owner is not a reviewer");
        assert_eq!(change.created.map(|t| t.to_string()).as_deref(), Some("2026-11-20T16:54:09Z"));
        assert_eq!(change.unresolved, Some(0));
        let requirements = change.requirements.expect("told");
        let statuses = requirements.iter().map(|r| (r.name.as_str(), r.status)).collect::<Vec<_>>();
        assert_eq!(
            statuses,
            [
                ("Code-Review", Satisfied),
                ("No-Unresolved-Comments", NotApplicable),
                ("Verified", NotApplicable),
                ("Workflow", NotApplicable)
            ]
        );
        let mut list = recorded(include_str!("../../../fixtures/gerrit-3.13/query-wip-private.json"));
        let change = list.remove(0).into_change(&server(), Depth::Full);
        assert!(change.work_in_progress && change.private);
    }

    #[test]
    fn statuses_of_requirements_are_never_guessed() {
        let info: ChangeInfo = serde_json::from_value(json!({
            "_number": 1,
            "submit_requirements": [
                {"name": "a", "status": "OVERRIDDEN"}, {"name": "b", "status": "FORCED"},
                {"name": "c", "status": "ERROR"}, {"name": "d", "status": "NEW_WORD"}, {"name": "e"},
            ],
            "submit_records": [{"status": "OK"}],
        }))
        .expect("lenient");
        let list = info.clone().into_change(&server(), Depth::Full).requirements.expect("told");
        assert_eq!(
            list.iter().map(|r| r.status).collect::<Vec<_>>(),
            [Satisfied, Satisfied, Unknown, Unknown, Unknown]
        );
        assert_eq!(info.into_change(&server(), Depth::Identity).requirements, None);
    }

    #[test]
    fn an_old_server_tells_by_its_labels() {
        let info: ChangeInfo = serde_json::from_value(json!({
            "id": "plain~master~I12", "_number": 1,
            "labels": {
                "Code-Review": {"approved": {"_account_id": 1}, "all": []},
                "Verified": {"approved": {"_account_id": 1}, "rejected": {"_account_id": 2}},
                "Workflow": {},
                "Other": {"optional": true},
            },
        }))
        .expect("lenient");
        let list = info.into_change(&server(), Depth::FullLegacy).requirements.expect("derived");
        let seen = list.iter().map(|r| (r.name.as_str(), r.status)).collect::<Vec<_>>();
        assert_eq!(seen, [("Code-Review", Satisfied), ("Verified", Unsatisfied), ("Workflow", Unsatisfied)]);
    }

    #[test]
    fn recorded_lines_of_a_query_over_ssh_are_read() {
        let text = include_str!("../../../fixtures/gerrit-3.13/ssh-query.jsonl");
        let lines = text.lines().map(|l| serde_json::from_str::<QueryLine>(l).expect("a line")).collect::<Vec<_>>();
        let changes = lines.into_iter().filter_map(|l| l.into_change(&server())).collect::<Vec<_>>();
        assert_eq!(changes.iter().map(|c| c.number).collect::<Vec<_>>(), [3, 4, 2]);
        let change = &changes[0];
        assert_eq!(change.current_patch_set, Some(4));
        assert_eq!(change.patch_sets[2].uploader.id, "bob");
        assert_eq!(change.requirements, None);
        assert_eq!(change.votes.len(), 2);
        assert!(changes[1].work_in_progress && changes[1].private);
        let other: ServerUrl = "https://review.example.org".parse().expect("a URL");
        let line = text.lines().next().expect("a line");
        let line: QueryLine = serde_json::from_str(line).expect("a line");
        assert_eq!(line.into_change(&other).and_then(|c| c.url), None);
    }

    #[test]
    fn timestamps_are_utc() {
        let read = |t| timestamp(t).map(|t| t.to_string());
        assert_eq!(read("2026-11-20 15:18:52.000000000").as_deref(), Some("2026-11-20T15:18:52Z"));
        assert_eq!(read("2026-11-20 15:18:52.123000000").as_deref(), Some("2026-11-20T15:18:52.123Z"));
        assert_eq!(read("yesterday"), None);
    }
}
