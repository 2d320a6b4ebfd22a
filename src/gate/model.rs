//! A gate's world in the field's words, whatever the system: pipelines, queues, items, jobs, and
//! what it has reported.
//!
//! Adapters fill these; `commands` and `ui` read them. Pure. What is not known stays not known:
//! only what was said in so many words counts as passed.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

/// The queues as they stood at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The administrators have stopped something.
    pub paused: Option<Paused>,
    /// In the gate's own order.
    pub pipelines: Vec<Pipeline>,
}

/// What the administrators have stopped, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paused {
    /// What does not happen meanwhile.
    pub what: Stopped,
    /// Their own words.
    pub reason: Option<String>,
}

/// What a paused gate does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// Votes, comments and patch sets are thrown away: they have to be given again later.
    Discarding,
    /// Votes, comments and patch sets wait.
    Triggers,
    /// Jobs go on, and nothing is reported or merged.
    Results,
}

/// A way through the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// `check`, `gate` …
    pub name: String,
    /// What it is for.
    pub kind: PipelineKind,
    /// Queues that hold something.
    pub queues: Vec<Queue>,
}

/// What a pipeline is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PipelineKind {
    /// Tests changes together, in order, and merges them.
    Gate,
    /// Tests each change by itself.
    Check,
    /// Looks at what has merged, or something else that no change waits for.
    Other,
}

/// Changes that are tested together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name; `None` for the queue of one change in a check pipeline.
    pub name: Option<String>,
    /// How many of its first items are worked on.
    pub window: Window,
    /// In the order in which they merge.
    pub items: Vec<Item>,
}

/// How many of a queue's first items are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// So many.
    Items(u32),
    /// All.
    Unlimited,
    /// The gate did not say.
    Unknown,
}

/// One change, or several that only merge together, on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The gate's own name for it; another one after a promotion.
    pub id: String,
    /// `Some(false)`: only there for others to stand on; it never counts.
    pub live: Option<bool>,
    /// `Some(false)`: outside the window.
    pub active: Option<bool>,
    /// The changes; usually one.
    pub changes: Vec<ItemChange>,
    /// What it is tested on top of.
    pub base: Base,
    /// When it came in.
    pub enqueued: Option<Timestamp>,
    /// How long its jobs still take, as the gate guesses; `None` where it cannot.
    pub eta: Option<Duration>,
    /// Why it will not merge; `None` where the gate did not say whether there are any.
    pub reasons: Option<Vec<String>>,
    /// What is run.
    pub jobs: Vec<Job>,
}

/// What an item is tested on top of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// The branch as it is.
    Branch,
    /// Another item, by its id.
    Item(String),
    /// The gate did not say.
    Unknown,
}

/// A change in an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// The project, as the review server calls it.
    pub project: String,
    /// The same with the server's name in front of it.
    pub canonical: Option<String>,
    /// The number.
    pub number: u64,
    /// The patch set.
    pub patch_set: Option<u32>,
}

impl ItemChange {
    /// Whether it is this change.
    pub fn is(&self, project: &str, number: u64) -> bool {
        let long = self.canonical.as_deref().and_then(|name| name.split_once('/')).map(|(_, name)| name);
        self.number == number && (self.project == project || long == Some(project))
    }

    /// `1841,3`
    pub fn name(&self) -> String {
        match self.patch_set {
            Some(patch_set) => format!("{},{patch_set}", self.number),
            None => self.number.to_string(),
        }
    }
}

/// One job of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: JobState,
    /// `Some(false)`: its result does not count.
    pub voting: Option<bool>,
    /// The gate's own word for its result, or for what it waits for.
    pub word: Option<String>,
    /// How long it has run.
    pub elapsed: Option<Duration>,
    /// How long it still takes, as the gate guesses.
    pub remaining: Option<Duration>,
    /// Where its log, or a page about it, is.
    pub url: Option<String>,
    /// The gate's own name for this run; another one after a reset.
    pub run: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Has not started.
    Waiting,
    /// Runs.
    Running,
    /// Runs, and has already failed.
    Failing,
    /// Done, and well.
    Passed,
    /// Done, and not well.
    Failed,
    /// Is not run.
    Skipped,
    /// Was stopped by the gate: it will be run again.
    Canceled,
    /// A word that this version does not know, or none.
    Unknown,
}

impl JobState {
    /// The state that Zuul's word for a result means (Zuul documentation, "Build Status").
    pub fn of_result(word: &str) -> Self {
        match word {
            "SUCCESS" => Self::Passed,
            "SKIPPED" => Self::Skipped,
            "CANCELED" | "DEQUEUED" => Self::Canceled,
            // It is run again.
            "RETRY" => Self::Waiting,
            "FAILURE" | "POST_FAILURE" | "RETRY_LIMIT" | "TIMED_OUT" | "NODE_FAILURE" | "MERGE_CONFLICT"
            | "MERGE_FAILURE" | "MERGER_FAILURE" | "DISK_FULL" | "ABORTED" | "ERROR" | "SECRET_EXPOSURE"
            | "CONFIG_ERROR" | "EXCEPTION" | "NO_HANDLE" | "LOST" => Self::Failed,
            _ => Self::Unknown,
        }
    }

    /// Whether nothing more comes.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Passed | Self::Failed | Self::Skipped | Self::Canceled)
    }
}

/// Where a change is on its way through the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateState {
    /// Nowhere, and nothing has been reported.
    None,
    /// It waits for its jobs.
    Queued,
    /// It waits for others to leave.
    OutsideWindow,
    /// Its jobs run.
    Running,
    /// It will not merge; it stays until those before it are done.
    Failing,
    /// Every job that counts has passed.
    Passed,
    /// It left without being merged.
    Failed,
    /// Landed.
    Merged,
    /// Not known.
    Unknown,
}

impl Job {
    /// Whether a failure of it matters. What is not known to be without a vote has one.
    pub fn counts(&self) -> bool {
        self.voting != Some(false)
    }
}

impl Item {
    /// Whether it is on its way itself, and not only there for others to stand on.
    pub fn counts(&self) -> bool {
        self.live != Some(false)
    }

    /// Where it is on its way.
    pub fn state(&self) -> GateState {
        let jobs = || self.jobs.iter().filter(|job| job.counts());
        if self.reasons.as_ref().is_some_and(|reasons| !reasons.is_empty())
            || jobs().any(|job| matches!(job.state, JobState::Failed | JobState::Failing))
        {
            return GateState::Failing;
        }
        if self.active == Some(false) {
            return GateState::OutsideWindow;
        }
        let moves = self.jobs.iter().any(|job| job.state == JobState::Running || job.state.is_over());
        if !self.jobs.iter().all(|job| job.state.is_over()) {
            let known = jobs().all(|job| job.state != JobState::Unknown);
            return match (moves, known) {
                (true, _) => GateState::Running,
                (false, true) => GateState::Queued,
                (false, false) => GateState::Unknown,
            };
        }
        // Everything is over. Only what was said counts as passed.
        let fine = jobs().all(|job| matches!(job.state, JobState::Passed | JobState::Skipped))
            && jobs().any(|job| job.state == JobState::Passed);
        let sure = self.live == Some(true) && self.active == Some(true) && self.reasons.is_some();
        match (self.jobs.is_empty(), fine && sure) {
            (true, _) => GateState::Queued,
            (false, true) => GateState::Passed,
            (false, false) if jobs().any(|job| job.state == JobState::Canceled) => GateState::Queued,
            (false, false) => GateState::Unknown,
        }
    }

    /// Jobs that have started and are not over.
    pub fn running(&self) -> usize {
        self.jobs.iter().filter(|job| matches!(job.state, JobState::Running | JobState::Failing)).count()
    }
}

/// Where an item of a change is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// The queue.
    pub queue: &'a Queue,
    /// Which of its items, from 0.
    at: usize,
}

impl<'a> Place<'a> {
    /// The item.
    pub fn item(&self) -> &'a Item {
        &self.queue.items[self.at]
    }

    /// Counts from 1, among the items that are on their way themselves.
    pub fn position(&self) -> usize {
        self.queue.items[..=self.at].iter().filter(|item| item.counts()).count()
    }

    /// How many items of the queue are on their way themselves.
    pub fn length(&self) -> usize {
        self.queue.items.iter().filter(|item| item.counts()).count()
    }

    /// How many must leave before it is worked on.
    pub fn outside_by(&self) -> Option<usize> {
        match self.queue.window {
            Window::Items(size) => (self.at + 1).checked_sub(usize::try_from(size).ok()?).filter(|by| *by > 0),
            Window::Unlimited | Window::Unknown => None,
        }
    }

    /// What it is tested on top of, as people name it: `1840,2`.
    pub fn base(&self) -> Option<String> {
        let Base::Item(id) = &self.item().base else { return None };
        let ahead = self.queue.items.iter().find(|item| item.id == *id)?;
        ahead.changes.first().map(ItemChange::name)
    }

    /// The items behind it.
    pub fn behind(&self) -> &'a [Item] {
        &self.queue.items[self.at + 1..]
    }

    /// The items before it.
    pub fn ahead(&self) -> &'a [Item] {
        &self.queue.items[..self.at]
    }
}

impl Snapshot {
    /// Every place where this change is on its way itself; the pipelines that merge come first.
    pub fn places(&self, project: &str, number: u64) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for pipeline in &self.pipelines {
            for queue in &pipeline.queues {
                for (at, item) in queue.items.iter().enumerate() {
                    if item.counts() && item.changes.iter().any(|change| change.is(project, number)) {
                        places.push(Place { pipeline, queue, at });
                    }
                }
            }
        }
        places.sort_by_key(|place| match place.pipeline.kind {
            PipelineKind::Gate => 0,
            PipelineKind::Check => 1,
            PipelineKind::Other => 2,
        });
        places
    }

    /// What a pipeline of this name is for; `None` where there is no such pipeline.
    pub fn kind(&self, pipeline: &str) -> Option<PipelineKind> {
        self.pipelines.iter().find(|known| known.name == pipeline).map(|known| known.kind)
    }

    /// The pipelines of a kind.
    pub fn of_kind(&self, kind: PipelineKind) -> impl Iterator<Item = &Pipeline> {
        self.pipelines.iter().filter(move |pipeline| pipeline.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Base, GateState, Item, Job, JobState};

    fn job(state: JobState, voting: Option<bool>) -> Job {
        Job { name: "unit".to_owned(), state, voting, word: None, elapsed: None, remaining: None, url: None, run: None }
    }

    fn item(jobs: Vec<Job>) -> Item {
        Item {
            id: "a".to_owned(),
            live: Some(true),
            active: Some(true),
            changes: Vec::new(),
            base: Base::Branch,
            enqueued: None,
            eta: None,
            reasons: Some(Vec::new()),
            jobs,
        }
    }

    #[test]
    fn the_state_of_an_item() {
        use JobState::{Canceled, Failed, Failing, Passed, Running, Skipped, Unknown, Waiting};
        let with = |states: &[(JobState, Option<bool>)]| {
            item(states.iter().map(|(state, voting)| job(*state, *voting)).collect()).state()
        };
        let (voting, silent) = (Some(true), Some(false));
        for (jobs, state) in [
            (&[][..], GateState::Queued),
            (&[(Waiting, voting)], GateState::Queued),
            (&[(Waiting, voting), (Running, voting)], GateState::Running),
            (&[(Waiting, voting), (Passed, voting)], GateState::Running),
            (&[(Passed, voting), (Failed, silent)], GateState::Passed),
            (&[(Passed, voting), (Skipped, voting)], GateState::Passed),
            (&[(Failed, silent)], GateState::Unknown),
            (&[(Skipped, voting)], GateState::Unknown),
            (&[(Passed, voting), (Failing, voting)], GateState::Failing),
            (&[(Waiting, voting), (Failed, None)], GateState::Failing),
            (&[(Canceled, voting), (Passed, voting)], GateState::Queued),
            (&[(Unknown, voting)], GateState::Unknown),
            (&[(Unknown, voting), (Passed, voting)], GateState::Running),
        ] {
            assert_eq!(with(jobs), state, "{jobs:?}");
        }
        let all_passed = item(vec![job(Passed, voting)]);
        assert_eq!(
            Item { active: Some(false), jobs: Vec::new(), ..all_passed.clone() }.state(),
            GateState::OutsideWindow
        );
        let reasons = Some(vec!["it has a merge conflict".to_owned()]);
        assert_eq!(Item { reasons, ..all_passed }.state(), GateState::Failing);
    }

    fn states() -> impl Strategy<Value = JobState> {
        use JobState::{Canceled, Failed, Failing, Passed, Running, Skipped, Unknown, Waiting};
        proptest::sample::select(vec![Waiting, Running, Failing, Passed, Failed, Skipped, Canceled, Unknown])
    }

    proptest! {
        /// Taking a word away from what a gate said never makes it passed.
        #[test]
        fn what_is_not_said_is_never_passed(
            jobs in proptest::collection::vec((states(), proptest::option::of(any::<bool>())), 0..5),
            live in proptest::option::of(any::<bool>()), active in proptest::option::of(any::<bool>()),
            reasons in proptest::option::of(Just(Vec::<String>::new())), forget in 0_usize..8,
        ) {
            let whole = Item {
                live, active, reasons,
                ..item(jobs.into_iter().map(|(state, voting)| job(state, voting)).collect())
            };
            let mut less = whole.clone();
            match forget {
                0 => less.live = None,
                1 => less.active = None,
                2 => less.reasons = None,
                3 => less.jobs.clear(),
                at => if let Some(job) = less.jobs.get_mut(at - 4) { job.state = JobState::Unknown },
            }
            if whole.state() != GateState::Passed {
                prop_assert_ne!(less.state(), GateState::Passed);
            }
            if forget < 4 {
                prop_assert_ne!(less.state(), GateState::Passed);
            }
        }
    }
}
