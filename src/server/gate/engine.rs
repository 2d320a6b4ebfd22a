//! The queues: what is tested on top of what, when it is merged, and what starts again.
//!
//! A state machine without clock, disk or threads: inputs come in, effects come out, and whoever
//! drives it does them and tells how they went. The rules are those of Zuul's pipeline managers
//! (`zuul/manager/__init__.py`, `dependent.py`, `ChangeQueue` in `zuul/model.py`), where each has its
//! reason; order is the order of approval.

mod exchange;
mod item;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha1::{Digest, Sha1};

pub(crate) use exchange::{Effect, Ending, Input, NotLanded, Onto, Outcome, Prepared, Unmergeable};
pub(crate) use item::Candidate;
use item::{Item, Merge, Run, Set, State};
pub(crate) use window::WindowRules;

use super::model::{BuildRecord, ChangeRef, Id, Pipeline, Reason, Subject, Verdict};
use super::snapshot::{ItemView, QueueView};
use crate::server::change::Moment;

/// Where identities come from: unique as long as no two servers begin with the same seed.
#[derive(Debug)]
struct Ids {
    seed: u128,
    next: u64,
}

impl Ids {
    fn give(&mut self) -> Id {
        self.next += 1;
        let mut hash = Sha1::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.next.to_be_bytes());
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Id(u128::from_be_bytes(bytes))
    }
}

/// One queue.
#[derive(Debug)]
struct Queue {
    pipeline: Pipeline,
    name: String,
    branch: String,
    window: usize,
    items: Vec<Item>,
}

impl Queue {
    fn is_gate_of(&self, name: &str, branch: &str) -> bool {
        self.pipeline == Pipeline::Gate && self.name == name && self.branch == branch
    }
}

/// All queues.
#[derive(Debug)]
pub(crate) struct Engine {
    queues: Vec<Queue>,
    slots: usize,
    rules: WindowRules,
    ids: Ids,
    now: Moment,
    effects: Vec<Effect>,
}

impl Engine {
    /// An engine with nothing in it. At most `slots` jobs run at once.
    pub(crate) fn new(seed: u128, slots: usize, rules: WindowRules) -> Self {
        Self { queues: Vec::new(), slots, rules, ids: Ids { seed, next: 0 }, now: 0, effects: Vec::new() }
    }

    /// Gives a queue of the gate the window that it had before a restart.
    pub(crate) fn restore_window(&mut self, name: &str, branch: &str, window: usize) {
        let at = self.gate_queue(name, branch);
        self.queues[at].window = self.rules.bounded(window);
    }

    /// Takes in what has happened, all of it before anything is decided.
    pub(crate) fn apply(&mut self, inputs: impl IntoIterator<Item = Input>, now: Moment) -> Vec<Effect> {
        self.now = now;
        for input in inputs {
            self.take(input);
        }
        loop {
            let mut changed = false;
            for queue in 0..self.queues.len() {
                changed |= self.process(queue);
            }
            if !changed {
                break;
            }
        }
        // A queue of the gate keeps its window; those of `check` are made for one change.
        self.queues.retain(|q| q.pipeline == Pipeline::Gate || !q.items.is_empty());
        self.start_jobs();
        std::mem::take(&mut self.effects)
    }

    /// Whether a pipeline holds this patch set.
    pub(crate) fn holds(&self, pipeline: Pipeline, change: ChangeRef) -> bool {
        self.changes(pipeline).any(|c| c == change)
    }

    /// Whether a change may enter: no patch set of it is there (one that is landing stays, though there
    /// is a newer one), and in the gate all that it needs is ahead.
    pub(crate) fn takes(&self, pipeline: Pipeline, candidate: &Candidate) -> bool {
        let is_there = self.changes(pipeline).any(|held| held.number == candidate.subject.change.number);
        let queue = self.queues.iter().find(|q| q.is_gate_of(&candidate.queue, &candidate.subject.branch));
        let ahead = |need| queue.is_some_and(|q| q.items.iter().any(|i| i.candidate.subject.change == need));
        !is_there && (pipeline == Pipeline::Check || candidate.needs.iter().all(|need| ahead(*need)))
    }

    /// The patch sets in a pipeline.
    pub(crate) fn changes(&self, pipeline: Pipeline) -> impl Iterator<Item = ChangeRef> {
        self.entered(pipeline).map(|(change, _)| change)
    }

    /// The same in their order, and when each has entered.
    pub(crate) fn entered(&self, pipeline: Pipeline) -> impl Iterator<Item = (ChangeRef, Moment)> {
        let queues = self.queues.iter().filter(move |q| q.pipeline == pipeline);
        queues.flat_map(|q| q.items.iter().map(|i| (i.candidate.subject.change, i.enqueued)))
    }

    /// What there is to see. `estimate` tells how long a job takes.
    pub(crate) fn view(&self, estimate: &dyn Fn(&Subject, &str) -> Option<f64>) -> Vec<QueueView> {
        let order = |queue: &&Queue| Pipeline::ALL.iter().position(|p| *p == queue.pipeline);
        let mut queues: Vec<&Queue> = self.queues.iter().filter(|q| !q.items.is_empty()).collect();
        queues.sort_by_key(order);
        let view = |queue: &Queue| QueueView {
            pipeline: queue.pipeline,
            name: queue.name.clone(),
            branch: (queue.pipeline == Pipeline::Gate).then(|| queue.branch.clone()),
            window: queue.window,
            items: views(&queue.items, estimate),
        };
        queues.into_iter().map(view).collect()
    }

    /// The windows of the gate's queues, by name and branch.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (&str, &str, usize)> {
        let gate = self.queues.iter().filter(|q| q.pipeline == Pipeline::Gate);
        gate.map(|q| (q.name.as_str(), q.branch.as_str(), q.window))
    }

    fn gate_queue(&mut self, name: &str, branch: &str) -> usize {
        if let Some(at) = self.queues.iter().position(|q| q.is_gate_of(name, branch)) {
            return at;
        }
        self.queues.push(Queue {
            pipeline: Pipeline::Gate,
            name: name.to_owned(),
            branch: branch.to_owned(),
            window: self.rules.start,
            items: Vec::new(),
        });
        self.queues.len() - 1
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Enqueue { pipeline, candidate, enqueued } => self.enqueue(pipeline, candidate, enqueued),
            Input::Leave { pipeline, change } => self.leave(pipeline, change),
            Input::Promote { changes } => self.promote(&changes),
            Input::Prepared { set, result } => self.prepared(set, result),
            Input::Started { build } => self.started(build),
            Input::Finished { build, verdict, detail, log } => self.finished(build, verdict, detail, log),
            Input::Landed { set, result } => self.landed(set, result),
        }
    }

    fn enqueue(&mut self, pipeline: Pipeline, candidate: Arc<Candidate>, enqueued: Option<Moment>) {
        if !self.takes(pipeline, &candidate) {
            return;
        }
        let change = candidate.subject.change;
        let at = match pipeline {
            Pipeline::Check => {
                let branch = candidate.subject.branch.clone();
                self.queues.push(Queue { pipeline, name: String::new(), branch, window: 0, items: Vec::new() });
                self.queues.len() - 1
            }
            Pipeline::Gate => self.gate_queue(&candidate.queue, &candidate.subject.branch),
        };
        if enqueued.is_none() {
            self.effects.push(Effect::Announce { pipeline, subject: candidate.subject.clone() });
        }
        let item = Item::new(self.ids.give(), candidate, enqueued.unwrap_or(self.now));
        self.queues[at].items.push(item);
        if pipeline == Pipeline::Gate {
            // As with Zuul's `supersedes`: the gate's word is the one that counts, and a late answer
            // of `check` must not overwrite its vote.
            self.leave(Pipeline::Check, change);
        }
    }

    fn leave(&mut self, pipeline: Pipeline, change: ChangeRef) {
        for queue in (0..self.queues.len()).filter(|q| self.queues[*q].pipeline == pipeline).collect::<Vec<_>>() {
            let is_it = |i: &Item| i.candidate.subject.change == change && !i.landing;
            if let Some(at) = self.queues[queue].items.iter().position(is_it) {
                self.remove(queue, at, Outcome::Dequeued);
            }
        }
    }

    /// As in Zuul, items from the first difference on are new ones; only the time of entry stays.
    fn promote(&mut self, changes: &[ChangeRef]) {
        let holds = |q: &Queue| {
            q.pipeline == Pipeline::Gate && q.items.iter().any(|i| changes.contains(&i.candidate.subject.change))
        };
        for at in 0..self.queues.len() {
            if !holds(&self.queues[at]) {
                continue;
            }
            let order = promoted_order(&self.queues[at].items, changes);
            let Some(first) = order.iter().enumerate().position(|(place, old)| place != *old) else { continue };
            let mut restarted = Vec::new();
            for place in first..self.queues[at].items.len() {
                restarted.extend(self.cancel(at, place));
            }
            let old = std::mem::take(&mut self.queues[at].items);
            let mut old: Vec<Option<Item>> = old.into_iter().map(Some).collect();
            let mut items = Vec::with_capacity(old.len());
            for (place, from) in order.into_iter().enumerate() {
                let Some(item) = old[from].take() else { continue };
                items.push(if place < first { item } else { item.again(self.ids.give()) });
            }
            let queue = &mut self.queues[at];
            queue.items = items;
            let (queue, branch) = (queue.name.clone(), queue.branch.clone());
            if !restarted.is_empty() {
                self.effects.push(Effect::Reset { queue, branch, changes: restarted });
            }
            // Its jobs get the free slots first.
            self.queues[..=at].rotate_right(1);
        }
    }

    /// The item with this buildset.
    fn find_set(&self, set: Id) -> Option<(usize, usize)> {
        self.find(|item| item.set.as_ref().is_some_and(|s| s.id == set))
    }

    fn find(&self, wanted: impl Fn(&Item) -> bool) -> Option<(usize, usize)> {
        let mut queues = self.queues.iter().enumerate();
        queues.find_map(|(q, queue)| queue.items.iter().position(&wanted).map(|i| (q, i)))
    }

    fn prepared(&mut self, set: Id, result: Result<Prepared, Unmergeable>) {
        let Some((queue, at)) = self.find_set(set) else { return };
        let item = &mut self.queues[queue].items[at];
        let jobs = Arc::clone(&item.candidate.jobs);
        let Some(set) = &mut item.set else { return };
        match result {
            Ok(Prepared { onto, commit, files }) => {
                set.merge = Merge::Ready { onto, commit };
                set.runs = jobs.iter().filter(|job| job.wanted_for(&files)).map(Run::new).collect();
            }
            Err(Unmergeable::Conflict) => set.merge = Merge::Conflict,
            Err(Unmergeable::NotOnTip) => set.merge = Merge::NotOnTip,
            Err(Unmergeable::Trouble(why)) => set.merge = Merge::Trouble(why),
        }
    }

    fn run(&mut self, build: Id) -> Option<(&mut Set, usize)> {
        let runs = |item: &Item| item.set.as_ref().and_then(|s| s.running(build));
        let (queue, at) = self.find(|item| runs(item).is_some())?;
        let item = &mut self.queues[queue].items[at];
        let run = runs(item)?;
        item.set.as_mut().map(|set| (set, run))
    }

    fn started(&mut self, build: Id) {
        let now = self.now;
        if let Some((set, run)) = self.run(build)
            && let State::Running { started, .. } = &mut set.runs[run].state
        {
            *started = Some(now);
        }
    }

    fn finished(&mut self, build: Id, verdict: Verdict, detail: Option<String>, log: bool) {
        let now = self.now;
        let Some((set, at)) = self.run(build) else { return };
        let run = &mut set.runs[at];
        let State::Running { queued, started, .. } = run.state else { return };
        let again = verdict != Verdict::Success && run.tries < run.job.settings.attempts;
        let result = if again { Verdict::Retry } else { verdict };
        set.builds.push(BuildRecord {
            uuid: build,
            job: run.job.name.clone(),
            result,
            voting: run.job.settings.voting,
            last: !again,
            started: Some(started.unwrap_or(queued)),
            ended: now,
            detail,
            log,
        });
        run.state = if again {
            State::Waiting
        } else {
            State::Over { build: Some(build), verdict, queued: Some(queued), started, ended: now }
        };
    }

    fn landed(&mut self, set: Id, result: Result<(), NotLanded>) {
        let Some((queue, at)) = self.find_set(set) else { return };
        self.queues[queue].items[at].landing = false;
        match result {
            Ok(()) => {
                let merged = self.queues[queue].items.remove(at);
                for item in &mut self.queues[queue].items {
                    if item.ahead == Some(merged.id) {
                        item.ahead = None;
                    }
                }
                let change = merged.candidate.subject.change;
                for item in self.queues.iter_mut().flat_map(|q| &mut q.items) {
                    item.needs.retain(|need| *need != change);
                }
                let rules = self.rules;
                let queue = &mut self.queues[queue];
                queue.window = rules.after_success(queue.window);
            }
            Err(NotLanded::TipMoved) => {
                let mut restarted = Vec::new();
                self.reset(queue, at, &mut restarted);
                self.tell_reset(queue, restarted);
            }
            Err(NotLanded::Gone) => self.remove(queue, at, Outcome::Dequeued),
            // As in Zuul, what the review server refuses does not shrink the window.
            Err(NotLanded::Refused(why)) => self.remove(queue, at, Outcome::Refused(why)),
        }
    }

    /// Takes an item out and tells how it ended. Those behind it find out when they are processed.
    fn remove(&mut self, queue: usize, at: usize, outcome: Outcome) {
        let fresh = self.ids.give();
        self.stop(queue, at);
        let pipeline = self.queues[queue].pipeline;
        let item = self.queues[queue].items.remove(at);
        self.effects.push(Effect::Report { ending: item.ending(pipeline, outcome, fresh) });
    }

    /// Ends the running builds of an item; tells whether any job had begun.
    fn stop(&mut self, queue: usize, at: usize) -> bool {
        let now = self.now;
        let Some(set) = &mut self.queues[queue].items[at].set else { return false };
        let begun = set.runs.iter().any(|run| run.tries > 0);
        for run in &mut set.runs {
            if let State::Running { build, queued, started } = run.state {
                self.effects.push(Effect::Kill { build });
                set.builds.push(BuildRecord {
                    uuid: build,
                    job: run.job.name.clone(),
                    result: Verdict::Canceled,
                    voting: run.job.settings.voting,
                    last: true,
                    started: Some(started.unwrap_or(queued)),
                    ended: now,
                    detail: None,
                    log: false,
                });
                let (verdict, queued) = (Verdict::Canceled, Some(queued));
                run.state = State::Over { build: Some(build), verdict, queued, started, ended: now };
            }
        }
        begun
    }

    /// Ends an item's builds and forgets its merge; the change, where jobs of it had begun.
    fn cancel(&mut self, queue: usize, at: usize) -> Option<ChangeRef> {
        let begun = self.stop(queue, at);
        let item = &mut self.queues[queue].items[at];
        item.set = None;
        begun.then_some(item.candidate.subject.change)
    }

    /// Lets an item, and everything that is tested on top of it, begin again.
    fn reset(&mut self, queue: usize, at: usize, restarted: &mut Vec<ChangeRef>) {
        if let Some(change) = self.cancel(queue, at) {
            self.queues[queue].items[at].resets += 1;
            restarted.push(change);
        }
        let id = self.queues[queue].items[at].id;
        for behind in at + 1..self.queues[queue].items.len() {
            let item = &self.queues[queue].items[behind];
            if item.ahead == Some(id) && item.set.is_some() && !item.landing {
                self.reset(queue, behind, restarted);
            }
        }
    }

    fn tell_reset(&mut self, queue: usize, changes: Vec<ChangeRef>) {
        if !changes.is_empty() {
            let (queue, branch) = (self.queues[queue].name.clone(), self.queues[queue].branch.clone());
            self.effects.push(Effect::Reset { queue, branch, changes });
        }
    }

    /// Looks at every item of a queue once, from the front (Zuul's `_processOneItem`); tells whether
    /// another look is needed.
    fn process(&mut self, queue: usize) -> bool {
        let mut changed = false;
        let mut restarted = Vec::new();
        // The nearest item ahead that is not failing: what the next one is tested on.
        let mut base: Option<Id> = None;
        let mut at = 0;
        while at < self.queues[queue].items.len() {
            let this = &mut self.queues[queue];
            let active = this.window == 0 || at < this.window;
            let item = &mut this.items[at];
            item.active = active;
            if item.landing {
                // On its way to the branch: nothing ahead can undo it any more.
                base = Some(item.id);
                at += 1;
                continue;
            }
            let failing = match self.needs(queue, at) {
                Needs::Gone(change) => {
                    self.shrink(queue);
                    self.remove(queue, at, Outcome::NeedsGone(change));
                    changed = true;
                    continue;
                }
                Needs::Failing => {
                    restarted.extend(self.cancel(queue, at));
                    self.queues[queue].items[at].ahead = base;
                    vec![Reason::NeededFailing]
                }
                Needs::There => {
                    if self.queues[queue].items[at].ahead != base {
                        self.reset(queue, at, &mut restarted);
                        self.queues[queue].items[at].ahead = base;
                    }
                    if active && self.queues[queue].items[at].set.is_none() {
                        self.prepare(queue, at);
                    }
                    self.queues[queue].items[at].skip_what_cannot_run(self.now);
                    self.queues[queue].items[at].failures()
                }
            };
            let item = &mut self.queues[queue].items[at];
            item.failing.clone_from(&failing);
            if item.ahead.is_none() && item.is_complete() {
                match (failing.is_empty(), self.queues[queue].pipeline) {
                    (true, Pipeline::Gate) => self.land(queue, at),
                    (true, Pipeline::Check) => {
                        self.remove(queue, at, Outcome::Passed);
                        changed = true;
                        continue;
                    }
                    (false, _) => {
                        let outcome = self.queues[queue].items[at].failed_outcome();
                        self.shrink(queue);
                        self.remove(queue, at, outcome);
                        changed = true;
                        continue;
                    }
                }
            }
            if failing.is_empty() {
                base = Some(self.queues[queue].items[at].id);
            }
            at += 1;
        }
        self.tell_reset(queue, restarted);
        changed
    }

    fn shrink(&mut self, queue: usize) {
        let queue = &mut self.queues[queue];
        if queue.pipeline == Pipeline::Gate {
            queue.window = self.rules.after_failure(queue.window);
        }
    }

    /// How the changes below an item stand. In `check` nothing is asked of them.
    fn needs(&self, queue: usize, at: usize) -> Needs {
        if self.queues[queue].pipeline == Pipeline::Check {
            return Needs::There;
        }
        let (ahead, rest) = self.queues[queue].items.split_at(at);
        let mut found = Needs::There;
        for need in &rest[0].needs {
            match ahead.iter().find(|i| i.candidate.subject.change == *need) {
                None => return Needs::Gone(*need),
                Some(item) if !item.failing.is_empty() => found = Needs::Failing,
                Some(_) => {}
            }
        }
        found
    }

    /// Asks for the merge of an item, once what is ahead of it in its own project has one.
    fn prepare(&mut self, queue: usize, at: usize) {
        let items = &self.queues[queue].items;
        let item = &items[at];
        let mut onto = Onto::Tip;
        let mut ahead = item.ahead;
        while let Some(id) = ahead {
            let Some(other) = items.iter().find(|i| i.id == id) else { break };
            if other.candidate.subject.project == item.candidate.subject.project {
                let Some(Merge::Ready { commit, .. }) = other.set.as_ref().map(|s| &s.merge) else { return };
                onto = Onto::Commit(*commit);
                break;
            }
            ahead = other.ahead;
        }
        let set = self.ids.give();
        let pipeline = self.queues[queue].pipeline;
        let item = &mut self.queues[queue].items[at];
        item.set = Some(Set::new(set));
        let subject = item.candidate.subject.clone();
        self.effects.push(Effect::Prepare { set, pipeline, subject, onto });
    }

    fn land(&mut self, queue: usize, at: usize) {
        let pipeline = self.queues[queue].pipeline;
        let item = &mut self.queues[queue].items[at];
        let Some(Set { id, merge: Merge::Ready { onto, commit }, .. }) = item.set else { return };
        item.landing = true;
        let ending = item.ending(pipeline, Outcome::Passed, id);
        self.effects.push(Effect::Land { set: id, onto, commit, ending });
    }

    /// Fills the free slots: the gate before `check`, and in it the front of each queue first.
    fn start_jobs(&mut self) {
        let running = |q: &Queue| q.items.iter().map(Item::running).sum::<usize>();
        let mut free = self.slots.saturating_sub(self.queues.iter().map(running).sum());
        if free == 0 {
            return;
        }
        let mut order: BTreeSet<(bool, usize, usize)> = BTreeSet::new();
        for (q, queue) in self.queues.iter().enumerate() {
            let ready = queue.items.iter().enumerate().filter(|(_, item)| item.active && item.is_ready());
            order.extend(ready.map(|(at, _)| (queue.pipeline != Pipeline::Gate, at, q)));
        }
        for (_, at, queue) in order {
            let pipeline = self.queues[queue].pipeline;
            let item = &mut self.queues[queue].items[at];
            let subject = &item.candidate.subject;
            let Some(set) = &mut item.set else { continue };
            let Merge::Ready { onto, commit } = set.merge else { continue };
            for run in 0..set.runs.len() {
                if free == 0 {
                    return;
                }
                if !set.may_start(run) {
                    continue;
                }
                free -= 1;
                let build = self.ids.give();
                let job = set.start(run, build, self.now);
                self.effects.push(Effect::Start { build, pipeline, subject: subject.clone(), job, onto, commit });
            }
        }
    }
}

fn views(items: &[Item], estimate: &dyn Fn(&Subject, &str) -> Option<f64>) -> Vec<ItemView> {
    let mut behind: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for item in items {
        if let Some(ahead) = item.ahead {
            behind.entry(ahead).or_default().push(item.id);
        }
    }
    items.iter().map(|item| item.view(behind.remove(&item.id).unwrap_or_default(), estimate)).collect()
}

/// How what an item needs stands.
enum Needs {
    /// Merged, or ahead and well.
    There,
    /// One is failing.
    Failing,
    /// One has left.
    Gone(ChangeRef),
}

/// The new order of a queue, as places in the old one: what is landing, the promoted with what they
/// need, then the rest.
fn promoted_order(items: &[Item], changes: &[ChangeRef]) -> Vec<usize> {
    fn put(items: &[Item], at: usize, order: &mut Vec<usize>) {
        if order.contains(&at) {
            return;
        }
        for need in &items[at].needs {
            if let Some(below) = items[..at].iter().position(|i| i.candidate.subject.change == *need) {
                put(items, below, order);
            }
        }
        order.push(at);
    }
    let mut order: Vec<usize> = (0..items.len()).filter(|at| items[*at].landing).collect();
    for change in changes {
        if let Some(at) = items.iter().position(|i| i.candidate.subject.change == *change) {
            put(items, at, &mut order);
        }
    }
    for at in 0..items.len() {
        put(items, at, &mut order);
    }
    order
}

#[cfg(test)]
mod tests;
