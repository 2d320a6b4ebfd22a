//! One change in a queue: its merge, its jobs, and how they stand. No decisions about other items.

use std::sync::Arc;

use git2::Oid;

use super::{Ending, Outcome};
use crate::server::change::Moment;
use crate::server::gate::jobs::Job;
use crate::server::gate::model::{BuildRecord, ChangeRef, Id, Pipeline, Reason, Subject, Verdict};
use crate::server::gate::snapshot::{ItemView, JobView, Waiting};

/// A change that may enter a pipeline.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// The patch set, project and branch.
    pub subject: Subject,
    /// The user name of its owner.
    pub owner: String,
    /// The queue that its project shares with others, or has alone.
    pub queue: String,
    /// Changes below it that have not landed, nearest first.
    pub needs: Vec<ChangeRef>,
    /// The jobs of this pipeline on its branch.
    pub jobs: Arc<[Arc<Job>]>,
}

/// A candidate in a queue.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: Id,
    pub(super) candidate: Arc<Candidate>,
    /// Of what it needs, that which has not landed yet.
    pub(super) needs: Vec<ChangeRef>,
    pub(super) enqueued: Moment,
    pub(super) ahead: Option<Id>,
    pub(super) active: bool,
    pub(super) failing: Vec<Reason>,
    pub(super) set: Option<Set>,
    pub(super) resets: u32,
    /// The branch is being moved to its commit.
    pub(super) landing: bool,
}

/// An item's jobs on one base.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) id: Id,
    pub(super) merge: Merge,
    pub(super) runs: Vec<Run>,
    /// What is over, in the order in which it ended.
    pub(super) builds: Vec<BuildRecord>,
}

/// How its merge stands.
#[derive(Debug)]
pub(super) enum Merge {
    Preparing,
    Ready { onto: Oid, commit: Oid },
    Conflict,
    NotOnTip,
    Trouble(String),
}

/// One job of a set.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) job: Arc<Job>,
    pub(super) tries: u32,
    pub(super) state: State,
}

/// How a job stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    Waiting,
    Running { build: Id, queued: Moment, started: Option<Moment> },
    Over { build: Option<Id>, verdict: Verdict, queued: Option<Moment>, started: Option<Moment>, ended: Moment },
}

impl Run {
    pub(super) fn new(job: &Arc<Job>) -> Self {
        Self { job: Arc::clone(job), tries: 0, state: State::Waiting }
    }

    fn verdict(&self) -> Option<Verdict> {
        if let State::Over { verdict, .. } = self.state { Some(verdict) } else { None }
    }
}

impl Set {
    pub(super) fn new(id: Id) -> Self {
        Self { id, merge: Merge::Preparing, runs: Vec::new(), builds: Vec::new() }
    }

    /// The run of a build that is running.
    pub(super) fn running(&self, wanted: Id) -> Option<usize> {
        self.runs.iter().position(|run| matches!(run.state, State::Running { build, .. } if build == wanted))
    }

    /// The jobs that a run waits for. One that this change does not get is not waited for.
    fn unmet(&self, run: usize) -> impl Iterator<Item = &Run> {
        let needs = &self.runs[run].job.settings.needs;
        self.runs.iter().filter(|other| needs.contains(&other.job.name) && other.verdict() != Some(Verdict::Success))
    }

    pub(super) fn may_start(&self, run: usize) -> bool {
        matches!(self.runs[run].state, State::Waiting) && self.unmet(run).next().is_none()
    }

    pub(super) fn start(&mut self, run: usize, build: Id, now: Moment) -> Arc<Job> {
        let run = &mut self.runs[run];
        run.tries += 1;
        run.state = State::Running { build, queued: now, started: None };
        Arc::clone(&run.job)
    }
}

impl Item {
    pub(super) fn new(id: Id, candidate: Arc<Candidate>, enqueued: Moment) -> Self {
        let needs = candidate.needs.clone();
        Self {
            id,
            candidate,
            needs,
            enqueued,
            ahead: None,
            active: false,
            failing: Vec::new(),
            set: None,
            resets: 0,
            landing: false,
        }
    }

    /// The same change as a new item.
    pub(super) fn again(self, id: Id) -> Self {
        Self { needs: self.needs, resets: self.resets + 1, ..Self::new(id, self.candidate, self.enqueued) }
    }

    /// Jobs whose needs have failed are over before they began.
    pub(super) fn skip_what_cannot_run(&mut self, now: Moment) {
        let Some(set) = &mut self.set else { return };
        loop {
            let lost = |run: usize| {
                if !matches!(set.runs[run].state, State::Waiting) {
                    return None;
                }
                let failed = set.unmet(run).find(|other| other.verdict().is_some())?;
                Some((run, format!("Skipped due to failed job {}", failed.job.name)))
            };
            let Some((at, detail)) = (0..set.runs.len()).find_map(lost) else { return };
            let run = &mut set.runs[at];
            let verdict = Verdict::Skipped;
            run.state = State::Over { build: None, verdict, queued: None, started: None, ended: now };
            // A build that never was has an address all the same; Zuul gives it one, too.
            let uuid = Id(set.id.0 ^ (u128::try_from(at).unwrap_or_default() + 1));
            set.builds.push(BuildRecord {
                uuid,
                job: run.job.name.clone(),
                result: verdict,
                voting: run.job.settings.voting,
                last: true,
                started: None,
                ended: now,
                detail: Some(detail),
                log: false,
            });
        }
    }

    /// What speaks against it.
    pub(super) fn failures(&self) -> Vec<Reason> {
        let Some(set) = &self.set else { return Vec::new() };
        let failed = |run: &Run| run.job.settings.voting && run.verdict().is_some_and(|v| v != Verdict::Success);
        match set.merge {
            Merge::Conflict => vec![Reason::Conflict],
            Merge::NotOnTip | Merge::Trouble(_) => vec![Reason::DidNotMerge],
            _ if set.runs.iter().any(failed) => vec![Reason::JobFailed],
            _ => Vec::new(),
        }
    }

    /// How it ends, given that something speaks against it.
    pub(super) fn failed_outcome(&self) -> Outcome {
        match self.set.as_ref().map(|s| &s.merge) {
            Some(Merge::Conflict) => Outcome::Conflict,
            Some(Merge::NotOnTip) => Outcome::NotOnTip,
            Some(Merge::Trouble(why)) => Outcome::Trouble(why.clone()),
            _ => Outcome::Failed,
        }
    }

    /// Whether nothing more is going to happen to it.
    pub(super) fn is_complete(&self) -> bool {
        self.set.as_ref().is_some_and(|set| match set.merge {
            Merge::Preparing => false,
            Merge::Conflict | Merge::NotOnTip | Merge::Trouble(_) => true,
            Merge::Ready { .. } => set.runs.iter().all(|run| run.verdict().is_some()),
        })
    }

    /// Whether jobs could start.
    pub(super) fn is_ready(&self) -> bool {
        self.set.as_ref().is_some_and(|set| matches!(set.merge, Merge::Ready { .. }))
    }

    /// How many of its jobs have a slot.
    pub(super) fn running(&self) -> usize {
        let runs = self.set.iter().flat_map(|set| &set.runs);
        runs.filter(|run| matches!(run.state, State::Running { .. })).count()
    }

    /// How it ended. `fresh` names the buildset of an item that never had one.
    pub(super) fn ending(&self, pipeline: Pipeline, outcome: Outcome, fresh: Id) -> Ending {
        let place = |build: &BuildRecord| {
            let jobs = self.candidate.jobs.iter();
            jobs.clone().position(|job| job.name == build.job).unwrap_or(jobs.len())
        };
        let mut builds = self.set.as_ref().map(|s| s.builds.clone()).unwrap_or_default();
        builds.sort_by_key(place);
        let commit = self.set.as_ref().and_then(Set::commit);
        Ending {
            pipeline,
            item: self.id,
            buildset: self.set.as_ref().map_or(fresh, |s| s.id),
            subject: self.candidate.subject.clone(),
            enqueued: self.enqueued,
            commit,
            builds,
            outcome,
        }
    }

    /// What there is to see of it, and of those that are tested on top of it.
    pub(super) fn view(&self, behind: Vec<Id>, estimate: &dyn Fn(&Subject, &str) -> Option<f64>) -> ItemView {
        let estimate = |job: &str| estimate(&self.candidate.subject, job);
        let jobs = |set: &Set| match set.merge {
            // Which of them it gets is known once the merge is there.
            Merge::Preparing => self.candidate.jobs.iter().map(|job| waiting_for_merge(job)).collect(),
            _ => (0..set.runs.len()).map(|run| set.job(run, estimate(&set.runs[run].job.name))).collect(),
        };
        ItemView {
            id: self.id,
            subject: self.candidate.subject.clone(),
            owner: self.candidate.owner.clone(),
            needs: self.needs.clone(),
            enqueued: self.enqueued,
            active: self.active,
            ahead: self.ahead,
            behind,
            failing: self.failing.clone(),
            buildset: self.set.as_ref().map(|s| s.id),
            commit: self.set.as_ref().and_then(Set::commit),
            resets: self.resets,
            jobs: self.set.as_ref().map(jobs).unwrap_or_default(),
        }
    }
}

fn waiting_for_merge(job: &Job) -> JobView {
    JobView {
        name: job.name.clone(),
        voting: job.settings.voting,
        dependencies: job.settings.needs.clone(),
        tries: 0,
        result: None,
        build: None,
        waiting: Some(Waiting::Merge),
        queued: None,
        started: None,
        ended: None,
        estimated: None,
    }
}

impl Set {
    fn commit(&self) -> Option<Oid> {
        if let Merge::Ready { commit, .. } = self.merge { Some(commit) } else { None }
    }

    fn job(&self, at: usize, estimated: Option<f64>) -> JobView {
        let run = &self.runs[at];
        let (result, build, queued, started, ended) = match run.state {
            State::Waiting => (None, None, None, None, None),
            State::Running { build, queued, started } => (None, Some(build), Some(queued), started, None),
            State::Over { build, verdict, queued, started, ended } => {
                (Some(verdict), build, queued, started, Some(ended))
            }
        };
        let waiting = matches!(run.state, State::Waiting).then(|| {
            let unmet: Vec<String> = self.unmet(at).map(|other| other.job.name.clone()).collect();
            if unmet.is_empty() { Waiting::Slot } else { Waiting::Dependencies(unmet) }
        });
        JobView {
            name: run.job.name.clone(),
            voting: run.job.settings.voting,
            dependencies: run.job.settings.needs.clone(),
            tries: run.tries,
            result,
            build,
            waiting,
            queued,
            started,
            ended,
            estimated,
        }
    }
}
