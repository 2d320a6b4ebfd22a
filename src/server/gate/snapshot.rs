//! The gate as it is at one moment, for everybody who only looks: the dialects and the page.
//!
//! A value without locks: whoever has it can take its time. Everything that Zuul's `/status` shows
//! is here or follows from it and the time of asking.

use git2::Oid;

use super::model::{ChangeRef, Id, Pipeline, Reason, Subject, Verdict};
use crate::server::change::Moment;

/// Both pipelines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// Queues with something in them. In `check` each change has one of its own.
    pub queues: Vec<QueueView>,
    /// Why no job runs, if none does: no sandbox on this machine.
    pub paused: Option<String>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QueueView {
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// The shared queue's name, or the project's; empty in `check`.
    pub name: String,
    /// Its branch; `None` in `check`.
    pub branch: Option<String>,
    /// How many of its items may have jobs; 0: all.
    pub window: usize,
    /// Its items in the order in which they are to be merged.
    pub items: Vec<ItemView>,
}

impl QueueView {
    /// The items as Zuul cuts them: a new part begins at every item that has none ahead.
    pub(crate) fn heads(&self) -> Vec<&[ItemView]> {
        let mut heads = Vec::new();
        let mut from = 0;
        for at in 1..=self.items.len() {
            if at == self.items.len() || self.items[at].ahead.is_none() {
                heads.push(&self.items[from..at]);
                from = at;
            }
        }
        heads
    }
}

/// One change in a queue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ItemView {
    /// Its identity. A promotion gives a new one.
    pub id: Id,
    /// The change.
    pub subject: Subject,
    /// The user name of the change's owner.
    pub owner: String,
    /// Changes below it that have not landed, nearest first. In `check`, Zuul shows them ahead of
    /// it as items that are not live.
    pub needs: Vec<ChangeRef>,
    /// When it entered the pipeline.
    pub enqueued: Moment,
    /// Whether it is inside the window.
    pub active: bool,
    /// The item that it is tested on top of: the nearest one ahead that is not failing.
    pub ahead: Option<Id>,
    /// The items that are tested on top of it.
    pub behind: Vec<Id>,
    /// Why it is not going to be merged; empty: nothing is known against it.
    pub failing: Vec<Reason>,
    /// Its buildset; `zuul_ref` is `Z` and this. `None` before its merge is being prepared.
    pub buildset: Option<Id>,
    /// The commit that its jobs run on.
    pub commit: Option<Oid>,
    /// How often its jobs had to start again.
    pub resets: u32,
    /// Its jobs; empty before its merge is prepared.
    pub jobs: Vec<JobView>,
}

/// One job of an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JobView {
    /// Its name.
    pub name: String,
    /// Whether it counts.
    pub voting: bool,
    /// Jobs that must succeed before.
    pub dependencies: Vec<String>,
    /// How often it was started.
    pub tries: u32,
    /// How it ended.
    pub result: Option<Verdict>,
    /// The running or the last build.
    pub build: Option<Id>,
    /// Why it has not started.
    pub waiting: Option<Waiting>,
    /// When it got a slot.
    pub queued: Option<Moment>,
    /// When its command started.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Seconds that it took the last times; `None`: no history.
    pub estimated: Option<f64>,
}

/// Why a job has not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Jobs that it needs are not over.
    Dependencies(Vec<String>),
    /// The merge is being prepared.
    Merge,
    /// All slots are taken.
    Slot,
}

impl Waiting {
    /// Zuul's words (`waiting_status`).
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Dependencies(names) => format!("dependencies: {}", names.join(", ")),
            Self::Merge => "repo state".to_owned(),
            Self::Slot => "executor".to_owned(),
        }
    }
}

impl Snapshot {
    /// Every live item of a change, in whatever pipeline, with its queue.
    pub(crate) fn of_change(&self, number: u32) -> impl Iterator<Item = (&QueueView, &ItemView)> {
        let items = self.queues.iter().flat_map(|queue| queue.items.iter().map(move |item| (queue, item)));
        items.filter(move |(_, item)| item.subject.change.number == number)
    }
}
