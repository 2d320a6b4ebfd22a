//! From what happens on changes to what the engine is told: who may enter a pipeline, and who leaves.
//!
//! Approval is a fact of the change, not of a message: whatever makes it approved lets it in, once.
//! After a failure it takes a new vote, the word of `reverify`, or somebody who enqueues it.

use std::collections::HashSet;
use std::sync::Arc;

use git2::{Oid, Repository};

use super::engine::{Candidate, Input};
use super::jobs::Jobs;
use super::model::{ChangeRef, Pipeline, Subject};
use super::saved::SavedItem;
use super::{State, locked, report};
use crate::server::Server;
use crate::server::change::{Change, Message, Moment, Status};
use crate::server::settings::{MergeWhen, SubmitType};
use crate::server::store::{Project, branch_tip};
use crate::server::{labels, receive};

/// Milliseconds before the queues were last saved in which an upload may not have come into them.
const MARGIN: Moment = 60_000;

/// Why a request to the gate had no effect. Zuul says `true` to all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// There is no such change in this project.
    Unknown,
    /// The project has no jobs: its changes are merged as soon as they are approved.
    NoJobs,
    /// There is a newer patch set.
    Old,
    /// It is merged or abandoned.
    Closed,
    /// Votes are missing, comments unresolved, or work is in progress.
    NotApproved,
    /// A change below it has not landed and is not in the gate.
    Needs(u32),
    /// What it is based on is not a current patch set of any open change.
    Outdated,
    /// It is in the pipeline already.
    There,
    /// It is not in the pipeline.
    NotThere,
    /// This server does not merge.
    Never,
}

impl NotTaken {
    /// In words, for a person.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Unknown => "there is no such change in this project".to_owned(),
            Self::NoJobs => "this project has no jobs: its changes are merged once they are approved".to_owned(),
            Self::Old => "there is a newer patch set".to_owned(),
            Self::Closed => "the change is closed".to_owned(),
            Self::NotApproved => "the change is not approved".to_owned(),
            Self::Needs(number) => format!("it needs change {number}, which has not landed and is not in the gate"),
            Self::Outdated => "it is based on a commit that is not going to land".to_owned(),
            Self::There => "it is there already".to_owned(),
            Self::NotThere => "it is not there".to_owned(),
            Self::Never => "this server does not merge".to_owned(),
        }
    }
}

/// What happened to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    /// It has a new patch set.
    Uploaded,
    /// Anything else.
    Edited,
}

/// The current patch set of a change.
fn current(change: &Change) -> ChangeRef {
    ChangeRef { number: change.number, patch_set: change.current().number }
}

impl Server {
    /// Looks at changes of a project that are not what they were; `by` is who did it.
    pub(crate) fn changed(&self, project: &Project, numbers: &[u32], by: u32, happened: Happened) {
        let Some(jobs) = self.gate.jobs_of(&project.name) else {
            self.look_for_merges(project, by);
            return;
        };
        let mut state = locked(&self.gate.state);
        let mut inputs = Vec::new();
        for number in numbers {
            if let Some(change) = self.change(*number) {
                self.notice(&mut state, &change, jobs, happened, &mut inputs);
            }
        }
        self.gate.drive(&mut state, inputs);
        self.let_in(&mut state);
        self.gate.commit(&mut state);
    }

    /// Looks at what a person said with a review, after [`Server::changed`]: a positive vote, also one
    /// given again, or a word that pipelines know.
    pub(crate) fn reviewed(&self, number: u32, voted: bool, words: &str) {
        let Some(change) = self.change(number) else { return };
        let Some(jobs) = self.gate.jobs_of(&change.project) else { return };
        let mut state = locked(&self.gate.state);
        if report::begins_with(words, &self.settings.gate.recheck) {
            self.check(&mut state, &change, jobs);
        }
        if (voted || report::begins_with(words, &self.settings.gate.reverify)) && !state.waiting.contains(&number) {
            state.waiting.push(number);
        }
        self.let_in(&mut state);
        self.gate.commit(&mut state);
    }

    /// `enqueue`: into `check` any open change, into the gate an approved one.
    pub(crate) fn gate_enqueue(&self, project: &str, pipeline: Pipeline, wanted: ChangeRef) -> Result<(), NotTaken> {
        let change = self.change(wanted.number).filter(|c| c.project == project).ok_or(NotTaken::Unknown)?;
        let jobs = self.gate.jobs_of(project).ok_or(NotTaken::NoJobs)?;
        if change.status != Status::New {
            return Err(NotTaken::Closed);
        }
        if current(&change) != wanted {
            return Err(NotTaken::Old);
        }
        let mut state = locked(&self.gate.state);
        if state.engine.changes(pipeline).any(|held| held.number == wanted.number) {
            return Err(NotTaken::There);
        }
        let candidate = self.candidate(&change, jobs, pipeline)?;
        if let Some(need) = missing(&state, &candidate).filter(|_| pipeline == Pipeline::Gate) {
            return Err(NotTaken::Needs(need));
        }
        self.gate.drive(&mut state, vec![Input::Enqueue { pipeline, candidate, enqueued: None }]);
        self.let_in(&mut state);
        self.gate.commit(&mut state);
        Ok(())
    }

    /// `dequeue`: out of a pipeline without a word.
    pub(crate) fn gate_dequeue(&self, project: &str, pipeline: Pipeline, wanted: ChangeRef) -> Result<(), NotTaken> {
        self.change(wanted.number).filter(|c| c.project == project).ok_or(NotTaken::Unknown)?;
        let mut state = locked(&self.gate.state);
        let was_waiting = pipeline == Pipeline::Gate && state.waiting.contains(&wanted.number);
        if was_waiting {
            state.waiting.retain(|number| *number != wanted.number);
        } else if !state.engine.holds(pipeline, wanted) {
            return Err(NotTaken::NotThere);
        }
        self.gate.drive(&mut state, vec![Input::Leave { pipeline, change: wanted }]);
        self.gate.commit(&mut state);
        Ok(())
    }

    /// `promote`: to the front of their queues, in this order. In `check` there is no order.
    pub(crate) fn gate_promote(&self, pipeline: Pipeline, wanted: &[ChangeRef]) -> Result<(), NotTaken> {
        let mut state = locked(&self.gate.state);
        if !wanted.iter().any(|change| state.engine.holds(pipeline, *change)) {
            return Err(NotTaken::NotThere);
        }
        if pipeline == Pipeline::Gate {
            self.gate.drive(&mut state, vec![Input::Promote { changes: wanted.to_vec() }]);
            self.gate.commit(&mut state);
        }
        Ok(())
    }

    fn change(&self, number: u32) -> Option<Arc<Change>> {
        self.store.index().get(number).cloned()
    }

    /// What a change's new state means for its place in the pipelines.
    fn notice(&self, state: &mut State, change: &Change, jobs: &Jobs, happened: Happened, inputs: &mut Vec<Input>) {
        let (number, now) = (change.number, current(change));
        let settings = self.store.project(&change.project).map(|p| &p.settings);
        let approved = settings.is_some_and(|s| labels::approved(change, s));
        for pipeline in Pipeline::ALL {
            let stays = change.status == Status::New && (pipeline == Pipeline::Check || approved);
            let held = state.engine.changes(pipeline).filter(|held| held.number == number);
            let gone = held.filter(|held| *held != now || !stays);
            inputs.extend(gone.map(|change| Input::Leave { pipeline, change }));
        }
        if !approved {
            state.approved.remove(&number);
            state.waiting.retain(|n| *n != number);
        } else if state.approved.insert(number, now.patch_set) != Some(now.patch_set)
            && !state.waiting.contains(&number)
        {
            state.waiting.push(number);
        }
        if happened == Happened::Uploaded && change.status == Status::New {
            inputs.extend(self.check_input(change, jobs));
        }
    }

    fn check_input(&self, change: &Change, jobs: &Jobs) -> Option<Input> {
        let pipeline = Pipeline::Check;
        let has_jobs = !jobs.of(pipeline, &change.branch).is_empty();
        let candidate = has_jobs.then(|| self.candidate(change, jobs, pipeline))?.ok()?;
        Some(Input::Enqueue { pipeline, candidate, enqueued: None })
    }

    fn check(&self, state: &mut State, change: &Change, jobs: &Jobs) {
        if change.status == Status::New {
            let input = self.check_input(change, jobs);
            self.gate.drive(state, input.into_iter().collect());
        }
    }

    /// Lets those into the gate that wait and whose time has come. One that enters may be what
    /// another one waits for; one whose older patch set is just landing waits for what comes of that.
    pub(super) fn let_in(&self, state: &mut State) {
        let pipeline = Pipeline::Gate;
        let mut waiting: Vec<Arc<Candidate>> = Vec::new();
        for number in &state.waiting {
            let candidate = self.change(*number).and_then(|change| {
                let jobs = self.gate.jobs_of(&change.project)?;
                self.candidate(&change, jobs, pipeline).ok()
            });
            waiting.extend(candidate.filter(|c| !state.engine.holds(pipeline, c.subject.change)));
        }
        while let Some(at) = waiting.iter().position(|candidate| state.engine.takes(pipeline, candidate)) {
            let candidate = waiting.remove(at);
            self.gate.drive(state, vec![Input::Enqueue { pipeline, candidate, enqueued: None }]);
        }
        state.waiting = waiting.iter().map(|candidate| candidate.subject.change.number).collect();
    }

    /// A change as the engine takes it.
    fn candidate(&self, change: &Change, jobs: &Jobs, pipeline: Pipeline) -> Result<Arc<Candidate>, NotTaken> {
        let project = self.store.project(&change.project).ok_or(NotTaken::Unknown)?;
        let needs = project.with(|repository| Ok(self.needs(repository, project, change)));
        let needs = needs.unwrap_or(Err(NotTaken::Unknown));
        let needs = match pipeline {
            Pipeline::Check => needs.unwrap_or_default(),
            Pipeline::Gate => {
                if self.settings.gate.merge == MergeWhen::Never {
                    return Err(NotTaken::Never);
                }
                if !labels::approved(change, &project.settings) {
                    return Err(NotTaken::NotApproved);
                }
                needs?
            }
        };
        let accounts = self.accounts.read();
        Ok(Arc::new(Candidate {
            subject: Subject {
                change: current(change),
                project: change.project.clone(),
                branch: change.branch.clone(),
            },
            owner: accounts.get(change.owner).map(|a| a.username.clone()).unwrap_or_default(),
            queue: project.settings.queue.clone().unwrap_or_else(|| change.project.clone()),
            needs,
            jobs: jobs.of(pipeline, &change.branch),
        }))
    }

    /// The open changes below a change, nearest first.
    fn needs(&self, repository: &Repository, project: &Project, change: &Change) -> Result<Vec<ChangeRef>, NotTaken> {
        let tip = branch_tip(repository, &change.branch).ok_or(NotTaken::Unknown)?;
        let not_landed = not_landed(repository, change, tip).map_err(|_| NotTaken::Unknown)?;
        let index = self.store.index();
        let mut needs: Vec<ChangeRef> = Vec::new();
        let parents = |change: &Change| -> Vec<String> {
            change.current().commit.parents.iter().map(|p| p.commit.clone()).collect()
        };
        let mut todo = parents(change);
        while let Some(parent) = todo.pop() {
            let id = Oid::from_str(&parent).map_err(|_| NotTaken::Outdated)?;
            if !not_landed.contains(&id) {
                continue;
            }
            let numbers = index.with_commit(&parent);
            let mut changes = numbers.into_iter().filter_map(|n| index.get(n));
            let below = changes.find(|c| c.project == change.project && c.branch == change.branch);
            match below {
                // What has landed is a copy of it, which a rebase made, and this is copied after it:
                // its own difference alone. Anywhere else an old patch set would come along unseen.
                Some(below) if below.status == Status::Merged && is_copied(project, change) => {}
                Some(below) if below.status == Status::New && below.current().commit.id == parent => {
                    if !needs.contains(&current(below)) {
                        needs.push(current(below));
                        todo.extend(parents(below));
                    }
                }
                // Nobody's change: it comes from another branch by a merge.
                None if receive::on_a_branch(repository, id) => {}
                _ => return Err(NotTaken::Outdated),
            }
        }
        Ok(needs)
    }

    /// What a server before this one left: its queues in their order, and what was stored while it
    /// was being killed.
    pub(super) fn restore(&self) {
        let mut state = locked(&self.gate.state);
        let saved = state.saved.clone();
        for (name, branch, size) in &saved.windows {
            state.engine.restore_window(name, branch, *size);
        }
        for item in &saved.items {
            let Some(change) = self.change(item.change.number) else { continue };
            let Some(jobs) = self.gate.jobs_of(&change.project) else { continue };
            let ended = has_ended(&change, item, self.gate.account);
            if change.status != Status::New || current(&change) != item.change || ended {
                continue;
            }
            let Ok(candidate) = self.candidate(&change, jobs, item.pipeline) else { continue };
            if item.pipeline == Pipeline::Check || missing(&state, &candidate).is_none() {
                let enqueued = Some(item.enqueued);
                self.gate.drive(&mut state, vec![Input::Enqueue { pipeline: item.pipeline, candidate, enqueued }]);
            } else if !state.waiting.contains(&change.number) {
                // What it stood on has left: it waits for it, as it would have been let in after it.
                state.waiting.push(change.number);
            }
        }
        let open: Vec<Arc<Change>> =
            self.store.index().all().filter(|c| c.status == Status::New).map(Arc::clone).collect();
        for change in open {
            let Some(jobs) = self.gate.jobs_of(&change.project) else { continue };
            let since = saved.as_of - MARGIN;
            let lately = saved.as_of > 0 && change.current().created >= since;
            let unseen = lately
                && !has_spoken(&change, Pipeline::Check, self.gate.account)
                && !state.engine.holds(Pipeline::Check, current(&change))
                && !state.engine.holds(Pipeline::Gate, current(&change));
            let happened = if unseen { Happened::Uploaded } else { Happened::Edited };
            let mut inputs = Vec::new();
            self.notice(&mut state, &change, jobs, happened, &mut inputs);
            self.gate.drive(&mut state, inputs);
        }
        self.let_in(&mut state);
        self.gate.commit(&mut state);
    }
}

/// Whether a change lands as a copy of its own commit, without what that is based on.
fn is_copied(project: &Project, change: &Change) -> bool {
    project.settings.submit_type == SubmitType::RebaseIfNecessary && change.current().commit.parents.len() == 1
}

/// What a pipeline itself has said on a change. Others can use its tag.
fn words_of(change: &Change, pipeline: Pipeline, gate: u32) -> impl DoubleEndedIterator<Item = &Message> {
    change.messages.iter().filter(move |m| m.author == Some(gate) && m.tag.as_deref() == Some(pipeline.tag()))
}

/// Whether a pipeline has said anything about the current patch set.
fn has_spoken(change: &Change, pipeline: Pipeline, gate: u32) -> bool {
    words_of(change, pipeline, gate).any(|m| m.patch_set == change.current().number)
}

/// Whether a pipeline has told how a patch set ended that entered it then.
fn has_ended(change: &Change, item: &SavedItem, gate: u32) -> bool {
    let told = words_of(change, item.pipeline, gate).next_back();
    told.is_some_and(|m| m.when > item.enqueued && !is_start(&m.text, item.pipeline))
}

/// Whether a message only says that a pipeline has begun.
fn is_start(text: &str, pipeline: Pipeline) -> bool {
    text.ends_with(&format!("Starting {} jobs.", pipeline.name()))
}

/// What a change's history has and its branch does not. In one walk: asked about each commit of a deep
/// stack, git would go down the branch as often.
fn not_landed(repository: &Repository, change: &Change, tip: Oid) -> Result<HashSet<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.push(Oid::from_str(&change.current().commit.id)?)?;
    walk.hide(tip)?;
    walk.collect()
}

/// A change below this one that is not in the gate.
fn missing(state: &State, candidate: &Candidate) -> Option<u32> {
    candidate.needs.iter().find(|need| !state.engine.holds(Pipeline::Gate, **need)).map(|need| need.number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;

    #[test]
    fn only_the_gate_itself_tells_how_a_change_ended() {
        let (gate, bob, pipeline) = (9, 2, Pipeline::Gate);
        let item = SavedItem { pipeline, change: ChangeRef { number: 1, patch_set: 1 }, enqueued: 10 };
        let mut change = sample(1);
        change.say(Some(gate), Some(pipeline.tag()), "Patch Set 1: Verified-2\n\nBuild failed.", 9);
        change.say(Some(gate), Some(pipeline.tag()), "Patch Set 1:\n\nStarting gate jobs.", 11);
        change.say(Some(bob), Some(pipeline.tag()), "Patch Set 1:\n\nBuild failed.", 12);
        assert!(!has_ended(&change, &item, gate));
        change.say(Some(bob), Some(Pipeline::Check.tag()), "Patch Set 1:\n\nStarting check jobs.", 12);
        assert_eq!([pipeline, Pipeline::Check].map(|p| has_spoken(&change, p, gate)), [true, false]);
        change.say(Some(gate), Some(pipeline.tag()), "Patch Set 1: Verified-2\n\nBuild failed.", 13);
        change.say(Some(bob), Some(pipeline.tag()), "Patch Set 1:\n\nStarting gate jobs.", 14);
        assert!(has_ended(&change, &item, gate));
    }
}
