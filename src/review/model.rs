//! A review server's world in the field's words, whatever the system: changes, patch sets, votes.
//!
//! Adapters fill these; `commands` and `ui` read them. Nothing here talks to anybody.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checkout::object::Signature;
use crate::names::{BranchName, CommitId, LabelName, RefName};

/// One reviewable unit on the review server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the server's API calls it; opaque.
    pub id: String,
    /// The number that people say.
    pub number: u64,
    /// What ties the patch sets, and the clones on other branches, together (Gerrit's Change-Id).
    pub change_id: Option<String>,
    /// Where a person looks at it.
    pub url: Option<String>,
    /// Project on the server.
    pub project: String,
    /// The target branch.
    pub branch: String,
    /// First line of the current patch set's message.
    pub subject: String,
    /// The server's name for a group of changes.
    pub topic: Option<String>,
    /// Tags, without `#`.
    pub hashtags: Vec<String>,
    /// Open, merged or abandoned.
    pub state: ChangeState,
    /// Marked as work in progress.
    pub work_in_progress: bool,
    /// Visible to its owner and reviewers only.
    pub private: bool,
    /// Who made it.
    pub owner: Account,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When anything about it changed last.
    pub updated: Option<Timestamp>,
    /// Known patch sets, oldest first; at least the current one where the query asked for it.
    pub patch_sets: Vec<PatchSet>,
    /// Number of the newest patch set.
    pub current_patch_set: Option<u32>,
    /// What must be fulfilled before it can merge; `None` where the server does not tell
    /// (a query over ssh): unknown, not "none".
    pub requirements: Option<Vec<Requirement>>,
    /// Votes on the current patch set that are not zero.
    pub votes: Vec<Vote>,
    /// Comment threads that wait for an answer; `None` where the server does not tell.
    pub unresolved: Option<u32>,
    /// The current patch set holds conflict markers that the server committed.
    pub contains_conflicts: bool,
    /// Reviewers, without the owner.
    pub reviewers: Vec<Account>,
    /// Those who only listen.
    pub cc: Vec<Account>,
    /// Whose attention it waits for.
    pub attention: Vec<Account>,
    /// The highest value that whoever asks may vote in each category; empty where the server does
    /// not tell.
    pub may_vote: Vec<(String, i32)>,
    /// What people and programs have said about it, oldest first; empty where the server was not
    /// asked.
    pub messages: Vec<Message>,
    /// The change that the server itself picked this one from, by its number.
    pub picked_from: Option<u64>,
}

impl Change {
    /// A change of which only this is known: it had this number and this newest patch set.
    pub fn seen_before(number: u64, patch_set: u32) -> Self {
        Self {
            id: number.to_string(),
            number,
            change_id: None,
            url: None,
            project: String::new(),
            branch: String::new(),
            subject: String::new(),
            topic: None,
            hashtags: Vec::new(),
            state: ChangeState::Unknown,
            work_in_progress: false,
            private: false,
            owner: Account::default(),
            created: None,
            updated: None,
            patch_sets: Vec::new(),
            current_patch_set: Some(patch_set),
            requirements: None,
            votes: Vec::new(),
            unresolved: None,
            contains_conflicts: false,
            reviewers: Vec::new(),
            cc: Vec::new(),
            attention: Vec::new(),
            may_vote: Vec::new(),
            messages: Vec::new(),
            picked_from: None,
        }
    }

    /// Whether whoever asks may give this vote.
    pub fn may_give(&self, label: &str, value: i32) -> bool {
        self.may_vote.iter().any(|(known, highest)| known == label && *highest >= value)
    }

    /// The newest patch set, where it is known.
    pub fn current(&self) -> Option<&PatchSet> {
        let number = self.current_patch_set?;
        self.patch_sets.iter().find(|p| p.number == number)
    }

    /// The patch set that is this commit.
    pub fn patch_set_of(&self, commit: &CommitId) -> Option<&PatchSet> {
        self.patch_sets.iter().find(|p| p.commit == *commit)
    }
}

/// Whether a change can still get patch sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeState {
    /// Under review.
    Open,
    /// Landed.
    Merged,
    /// Given up; can be restored.
    Abandoned,
    /// A state that this version of pyflow does not know.
    Unknown,
}

/// One uploaded version of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchSet {
    /// Counts from 1.
    pub number: u32,
    /// Its commit.
    pub commit: CommitId,
    /// Who sent it; not always the author or the change's owner.
    pub uploader: Account,
    /// When it was sent.
    pub created: Option<Timestamp>,
    /// Parents of the commit; empty where the server was not asked.
    pub parents: Vec<CommitId>,
    /// The ref that it can be fetched by.
    pub fetch_ref: Option<RefName>,
    /// The commit's message; `None` where the server was not asked, or does not tell.
    pub message: Option<String>,
    /// Its author, likewise.
    pub author: Option<Signature>,
}

impl PatchSet {
    /// What `git fetch` takes to get it.
    pub fn fetch(&self) -> &str {
        self.fetch_ref.as_ref().map_or(self.commit.as_str(), RefName::as_str)
    }
}

/// A person or program as the server knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// The server's number or name for the account; decides equality of people.
    pub id: String,
    /// Full name.
    pub name: Option<String>,
    /// Preferred address.
    pub email: Option<String>,
    /// Login name.
    pub username: Option<String>,
}

impl Account {
    /// The best known name for people.
    pub fn display(&self) -> &str {
        [&self.name, &self.username, &self.email].into_iter().flatten().next().map_or(&self.id, |s| s)
    }
}

/// One person's vote in one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// `Code-Review`, `Verified` …
    pub label: String,
    /// Never 0: that is no vote.
    pub value: i32,
    /// Who voted.
    pub by: Account,
}

/// What somebody said about a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// What kind of program said it: `autogenerated:…`; `None` for people.
    pub tag: Option<String>,
    /// Who said it.
    pub author: Account,
    /// The patch set that it is about.
    pub patch_set: Option<u32>,
    /// When.
    pub time: Option<Timestamp>,
    /// The words.
    pub text: String,
}

/// Something that must be fulfilled before a change can merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its name, often that of a label.
    pub name: String,
    /// Whether it is fulfilled.
    pub status: RequirementStatus,
    /// The site's explanation.
    pub description: Option<String>,
}

/// Whether a requirement is fulfilled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequirementStatus {
    /// Fulfilled, or overridden by somebody who may.
    Satisfied,
    /// Not yet.
    Unsatisfied,
    /// Does not concern this change.
    NotApplicable,
    /// The server could not tell, or said a word that this version does not know.
    Unknown,
}

/// The person whose credentials are in use, with the addresses that the server knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The account.
    pub account: Account,
    /// All registered addresses; `None` where the server was not asked or does not tell.
    pub emails: Option<Vec<String>>,
}

/// A commit of the stack, as a review server needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The commit in the person's branch.
    pub original: CommitId,
    /// The commit that is sent: the same one, or its copy with a Change-Id.
    pub commit: CommitId,
    /// Parents of the commit that is sent.
    pub parents: Vec<CommitId>,
    /// The Change-Id in its message.
    pub change_id: String,
    /// First line of the message.
    pub subject: String,
    /// Address of the committer, which some servers check.
    pub committer_email: String,
}

/// What the server knows of a list of drafts.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Who asks; `None` where the server was asked as nobody.
    pub me: Option<Identity>,
    /// For each draft, in its order, what bears its Change-Id.
    pub located: Vec<Located>,
    /// Whether merged and foreign changes were visible: `false` when asked without credentials.
    pub authenticated: bool,
    /// The branch that was asked about; `None` in a view that no server gave.
    pub target: Option<BranchName>,
}

impl View {
    /// The same knowledge, seen from another target.
    #[must_use]
    pub fn for_target(&self, target: &BranchName) -> Self {
        let located = self.located.iter().map(|located| {
            let (mut there, elsewhere): (Vec<Change>, Vec<Change>) =
                located.changes().cloned().partition(|change| change.branch == target.as_str());
            Located { change: if there.is_empty() { None } else { Some(there.swap_remove(0)) }, elsewhere }
        });
        Self { located: located.collect(), target: Some(target.clone()), ..self.clone() }
    }
}

/// The changes that bear one draft's Change-Id.
#[derive(Debug, Clone, Default)]
pub struct Located {
    /// The change in this project on the target branch.
    pub change: Option<Change>,
    /// Changes with the same Change-Id on other branches of this project.
    pub elsewhere: Vec<Change>,
}

impl Located {
    /// All of them.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.change.iter().chain(&self.elsewhere)
    }
}

/// What `submit` asks of the server besides the commits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SubmitOptions {
    /// Groups the changes.
    pub topic: Option<String>,
    /// Tags, without `#`.
    pub hashtags: Vec<String>,
    /// People or groups that should review.
    pub reviewers: Vec<String>,
    /// People or groups that should know.
    pub cc: Vec<String>,
    /// Work in progress, ready, or as it is.
    pub readiness: Readiness,
    /// `Some(true)`: private; `Some(false)`: not any more.
    pub private: Option<bool>,
    /// Votes to give with the push.
    pub labels: Vec<(LabelName, i32)>,
    /// Description of the patch set.
    pub message: Option<String>,
    /// Who gets mail.
    pub notify: Option<Notify>,
    /// Commits that are not part of the submission although the target lacks them.
    pub base: Vec<CommitId>,
    /// Options handed through as they are; the plan has refused those that merge or skip rules.
    pub raw: Vec<String>,
}

/// Whether a change asks for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Leave it as it is on the server; new changes are ready.
    #[default]
    Unchanged,
    /// Mark as work in progress.
    WorkInProgress,
    /// Mark as ready for review.
    Ready,
}

/// Who gets mail about an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Notify {
    /// Nobody.
    None,
    /// The owner.
    Owner,
    /// Owner and reviewers.
    OwnerReviewers,
    /// Everybody who watches.
    All,
}

/// Everything that `deliver` needs to make its plan.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The commits, oldest first.
    pub drafts: Vec<Draft>,
    /// Where they want to land.
    pub target: BranchName,
    /// What else is asked.
    pub options: SubmitOptions,
}

/// One step of a plan. The executor does nothing that no step says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Push one commit to one ref of the review server.
    Push {
        /// The commit.
        source: CommitId,
        /// The ref on the server; not a `RefName` of ours: `refs/for/…` is the server's word.
        target: String,
        /// Push options (`git push -o`), each as the server wants it spelled.
        options: Vec<String>,
        /// What the ref must hold on the server for this to go on; `None` for refs that take
        /// pushes but hold nothing.
        expect: Option<CommitId>,
    },
    /// One request, with a few words for the plan ("set the topic of 1841").
    Call {
        /// The request.
        request: crate::http::Request,
        /// What it does, for people.
        purpose: String,
    },
    /// Note in this clone which patch sets it has sent, so that a newer one is recognised.
    Remember {
        /// For each draft its Change-Id and the commit that was sent.
        sent: Vec<(String, CommitId)>,
    },
}

/// What came of a submission, for one commit.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The draft.
    pub draft: Draft,
    /// The change it became, as the server told after the push.
    pub change: Change,
    /// The patch set that the draft's commit is.
    pub patch_set: u32,
    /// What happened to the change.
    pub action: Action,
    /// A patch set by somebody else that arrived between `locate` and the push, and is no longer
    /// the current one.
    pub buried: Option<PatchSet>,
}

/// What a submission did to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A new change.
    Created,
    /// A new patch set.
    Updated,
    /// The server had this commit already.
    Unchanged,
}
