//! What goes into the engine, and what comes out of it.

use std::sync::Arc;

use git2::Oid;

use super::Candidate;
use crate::server::change::Moment;
use crate::server::gate::jobs::Job;
use crate::server::gate::model::{BuildRecord, ChangeRef, Id, Pipeline, Subject, Verdict};

/// Something that has happened.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    /// A change is to enter a pipeline. Ignored where it is there already, and in the gate where a
    /// change that it needs is not ahead. `enqueued` is given by what comes back: then nothing is announced.
    Enqueue { pipeline: Pipeline, candidate: Arc<Candidate>, enqueued: Option<Moment> },
    /// A change is to leave: taken out, a new patch set, abandoned, no longer approved.
    Leave { pipeline: Pipeline, change: ChangeRef },
    /// These changes are to be merged first, in this order; changes that they need come along.
    Promote { changes: Vec<ChangeRef> },
    /// A merge has been made, or cannot be.
    Prepared { set: Id, result: Result<Prepared, Unmergeable> },
    /// A build's command runs.
    Started { build: Id },
    /// A build is over.
    Finished { build: Id, verdict: Verdict, detail: Option<String>, log: bool },
    /// The branch has moved, or could not be moved.
    Landed { set: Id, result: Result<(), NotLanded> },
}

/// A merge that is ready to be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prepared {
    /// What it was made on.
    pub onto: Oid,
    /// The commit.
    pub commit: Oid,
    /// The files that the change touches.
    pub files: Vec<String>,
}

/// Why there is no merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmergeable {
    /// It conflicts with what is there.
    Conflict,
    /// The project only fast-forwards, and it is not on top of what is there.
    NotOnTip,
    /// It could not be tried.
    Trouble(String),
}

/// Why a branch did not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotLanded {
    /// The branch is not where it was when the merge was made.
    TipMoved,
    /// The change is no longer what was tested, or closed: it leaves without a word.
    Gone,
    /// It is refused.
    Refused(String),
}

/// Something to do.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// A change has entered a pipeline: say so on it.
    Announce { pipeline: Pipeline, subject: Subject },
    /// Make a merge.
    Prepare { set: Id, pipeline: Pipeline, subject: Subject, onto: Onto },
    /// Run a job on a commit.
    Start { build: Id, pipeline: Pipeline, subject: Subject, job: Arc<Job>, onto: Oid, commit: Oid },
    /// End a build, with all its processes.
    Kill { build: Id },
    /// Move the branch from `onto` to `commit`, and say so on the change in the same step.
    Land { set: Id, onto: Oid, commit: Oid, ending: Ending },
    /// An item has left: keep its builds, and say so on the change unless it was dequeued.
    Report { ending: Ending },
    /// These changes' jobs start again; for the log.
    Reset { queue: String, branch: String, changes: Vec<ChangeRef> },
}

/// On what a merge is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Onto {
    /// The branch as it is.
    Tip,
    /// What is being tested ahead.
    Commit(Oid),
}

/// How an item ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ending {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The item.
    pub item: Id,
    /// Its last buildset.
    pub buildset: Id,
    /// The change.
    pub subject: Subject,
    /// When it had entered.
    pub enqueued: Moment,
    /// The commit that was tested.
    pub commit: Option<Oid>,
    /// Its builds.
    pub builds: Vec<BuildRecord>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All voting jobs succeeded.
    Passed,
    /// A voting job did not.
    Failed,
    /// It conflicts with its branch, or what is ahead.
    Conflict,
    /// It is not on top of its branch, and the project only fast-forwards.
    NotOnTip,
    /// Its merge could not be tried.
    Trouble(String),
    /// A change that it needs has left.
    NeedsGone(ChangeRef),
    /// Its jobs passed, and the merge was refused.
    Refused(String),
    /// It was taken out.
    Dequeued,
}

impl Outcome {
    /// The buildset's result.
    pub(crate) const fn verdict(&self) -> Verdict {
        match self {
            Self::Passed => Verdict::Success,
            Self::Failed | Self::NeedsGone(_) => Verdict::Failure,
            Self::Conflict | Self::NotOnTip => Verdict::MergeConflict,
            Self::Trouble(_) => Verdict::NodeFailure,
            Self::Refused(_) => Verdict::MergeFailure,
            Self::Dequeued => Verdict::Dequeued,
        }
    }
}
