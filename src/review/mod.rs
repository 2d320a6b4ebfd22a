//! Review servers: the model in the field's words, the seam, and one folder for each system.
//!
//! An adapter does not act. It says what is to be done (`deliver`), and one executor does it,
//! journals it and resumes it, for every system alike. What a system cannot do is refused in the
//! plan, never half-way.

pub mod checks;
pub mod execute;
pub mod gerrit;
pub mod model;

use crate::checkout::push::PushReport;
use crate::error::{Error, Result};
use crate::http::Request;
use model::{Change, Delivery, Draft, Identity, Step, Submitted, View};

/// Which changes are wanted.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only changes of the person whose credentials are in use.
    pub mine: bool,
    /// Only changes this person reviews.
    pub reviewer: Option<String>,
    /// Only changes of this topic.
    pub topic: Option<String>,
    /// Only changes for this branch.
    pub branch: Option<String>,
    /// In the server's own query language, added to the rest.
    pub raw: Option<String>,
    /// At most so many; the server's own limit pages below it.
    pub limit: Option<usize>,
    /// With what was said about each.
    pub messages: bool,
}

/// A change as a person names it, resolved as far as that is possible without the server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChangeName {
    /// `1841` or `1841,3`.
    Number {
        /// Change number.
        number: u64,
        /// Patch set, where one was named.
        patch_set: Option<u32>,
    },
    /// A Change-Id.
    ChangeId(String),
    /// A commit that is, or was, a patch set.
    Commit(crate::names::CommitId),
    /// The changes that the server itself picked from the change with this number.
    PicksOf(u64),
}

/// A vote to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// Labels and values.
    pub votes: Vec<(crate::names::LabelName, i32)>,
    /// A comment to go with it.
    pub message: Option<String>,
}

/// The id of the change that a commit's message names, by the rules of the servers that this pyflow
/// knows; `None` where it names none, or several. Pure, and needs no server at hand.
pub fn named_change(message: &[u8]) -> Option<String> {
    gerrit::change_id::footer(message).id().map(String::from)
}

/// A deployment's review server.
pub trait ReviewServer: Sync {
    /// What this system is called.
    fn name(&self) -> &'static str;

    /// What the server calls its own version; also shows that it answers at all.
    fn version(&self) -> Result<String>;

    /// The change that an address of this server is about. Pure; an error of kind `usage` where it
    /// is about none, another server's, or another project's.
    fn name_in_url(&self, text: &str) -> Result<ChangeName>;

    /// Whether this is the id of a change, as it stands in a commit's message. Pure.
    fn is_change_id(&self, text: &str) -> bool;

    /// The category in which the project's checks vote; it is theirs, and no approval. Pure.
    fn checks_label(&self) -> &'static str;

    /// The branch that the project's HEAD names; `None` where the server does not tell.
    fn default_branch(&self) -> Result<Option<String>>;

    /// The commit that a branch of the project is at; `None` where the server does not tell.
    fn branch_tip(&self, branch: &crate::names::BranchName) -> Result<Option<crate::names::CommitId>>;

    /// Whether the server is asked as somebody, not as nobody.
    fn is_authenticated(&self) -> bool;

    /// The id of the change that a commit with this message belongs to; with it the message to
    /// send, where the id has to be added to it. Pure. An error where the message is one that the
    /// server would refuse.
    fn change_id(&self, commit: &crate::names::CommitId, message: &[u8]) -> Result<(String, Option<Vec<u8>>)>;

    /// Who the credentials belong to; `None` when asking as nobody.
    fn identity(&self) -> Result<Option<Identity>>;

    /// What the server knows of these commits: one authenticated read.
    fn locate(&self, drafts: &[Draft], target: &crate::names::BranchName) -> Result<View>;

    /// The plan. Pure: no I/O, and the same input gives the same steps.
    fn deliver(&self, delivery: &Delivery, view: &View) -> Result<Vec<Step>>;

    /// One read by pushed commit that decides number, patch set and action of each draft.
    /// `None` for a commit that the server does not have.
    fn settle(&self, drafts: &[Draft], before: &View) -> Result<Vec<Option<Submitted>>>;

    /// Does one request of a plan and translates a refusal. An error, too, where the server took it
    /// and dropped a part: a vote that its echo does not have.
    fn call(&self, request: &Request) -> Result<serde_json::Value>;

    /// What a push that did not succeed means, with hints.
    fn explain_push(&self, report: &PushReport) -> Error;

    /// What it means that a fetch did not succeed, from what git, ssh and the server said.
    fn explain_fetch(&self, talk: &str) -> Error;

    /// What the server said beside its verdict that a person should see: warnings, lost votes.
    fn remarks(&self, report: &PushReport) -> Vec<String>;

    /// Changes that match, newest first, with votes and requirements.
    fn list(&self, query: &Query) -> Result<Vec<Change>>;

    /// The changes of these names, each with everything `status` shows, in the order asked; every
    /// name may match none or several.
    fn find(&self, names: &[ChangeName]) -> Result<Vec<Vec<Change>>>;

    /// Steps that merge exactly `patch_set` of `change`, as the server itself does. Pure.
    fn merge(&self, change: &Change, patch_set: u32) -> Result<Vec<Step>>;

    /// Merged changes of a branch that bear any of these hashtags.
    fn marked(&self, branch: &crate::names::BranchName, hashtags: &[String]) -> Result<Vec<Change>>;

    /// Steps that give `ballot` to exactly `patch_set` of `change`. Pure.
    fn vote(&self, change: &Change, patch_set: u32, ballot: &Ballot) -> Result<Vec<Step>>;
}
