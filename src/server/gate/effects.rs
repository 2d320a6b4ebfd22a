//! Does what the engine wants: merges, jobs, landings, words on changes. One thread, in order; each
//! job has a thread of its own. How it went goes back to the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use git2::{Oid, Repository};

use super::checkout::Checkout;
use super::engine::{Effect, Ending, Input, NotLanded, Onto, Outcome, Prepared, Unmergeable};
use super::jobs::Job;
use super::locked;
use super::model::{ChangeRef, Id, Pipeline, Subject, Verdict};
use super::report::{self, Addresses};
use super::run::{Build, Ended, Handle, Yard};
use crate::error::{Context, Error, Result};
use crate::server::change::{self, Change, Moment, Status};
use crate::server::merge::{self, Cannot, Share};
use crate::server::store::{Project, branch_tip};
use crate::server::{Server, labels};

/// Begins: restores the queues and starts the thread.
pub(crate) fn start(server: &Arc<Server>) {
    if server.gate.jobs.is_empty() {
        return;
    }
    let (send, receive) = channel();
    *locked(&server.gate.work) = Some(send);
    let worker = {
        let server = Arc::clone(server);
        std::thread::spawn(move || work(&server, &receive))
    };
    *locked(&server.gate.worker) = Some(worker);
    server.restore();
}

fn work(server: &Arc<Server>, effects: &Receiver<Effect>) {
    // Who has entered a pipeline: jobs begin before it is said, and a whole stack says it in one step.
    let mut entered: Vec<(Pipeline, Subject)> = Vec::new();
    loop {
        let next = effects.try_recv().or_else(|_nothing_to_do| {
            server.announce(&mut entered);
            effects.recv()
        });
        let Ok(effect) = next else { return };
        if server.gate.stopping.load(std::sync::atomic::Ordering::SeqCst) {
            return;
        }
        match effect {
            Effect::Announce { pipeline, subject } => entered.push((pipeline, subject)),
            Effect::Land { .. } | Effect::Report { .. } => {
                server.announce(&mut entered);
                server.perform(effect);
            }
            other => server.perform(other),
        }
    }
}

impl Server {
    /// Tells the engine something.
    fn tell(&self, input: Input) {
        let landed = matches!(input, Input::Landed { .. });
        let mut state = locked(&self.gate.state);
        self.gate.drive(&mut state, vec![input]);
        if landed {
            self.let_in(&mut state);
        }
        self.gate.commit(&mut state);
    }

    fn perform(self: &Arc<Self>, effect: Effect) {
        match effect {
            Effect::Announce { pipeline, subject } => self.announce(&mut vec![(pipeline, subject)]),
            Effect::Prepare { set, pipeline, subject, onto } => {
                let result = self.prepare(pipeline, &subject, onto);
                self.tell(Input::Prepared { set, result });
            }
            Effect::Start { build, pipeline, subject, job, onto, commit } => {
                self.start_build(build, pipeline, subject, job, onto, commit);
            }
            Effect::Kill { build } => {
                if let Some(handle) = locked(&self.gate.builds).get(&build) {
                    handle.kill();
                }
            }
            Effect::Land { set, onto, commit, ending } => {
                let result = self.land(onto, commit, &ending);
                let words = match &result {
                    Ok(()) => format!("landed as {commit}"),
                    Err(NotLanded::TipMoved) => "tested again: the branch has moved".to_owned(),
                    Err(NotLanded::Gone) => "left the gate".to_owned(),
                    Err(NotLanded::Refused(why)) => format!("did not land: {why}"),
                };
                self.gate.event(&format!("gate {}: {} {words}", ending.subject.branch, ending.subject.change));
                self.tell(Input::Landed { set, result });
            }
            Effect::Report { ending } => self.report(&ending),
            Effect::Reset { queue, branch, changes } => {
                let changes: Vec<String> = changes.iter().map(ChangeRef::to_string).collect();
                self.gate.event(&format!("gate {branch}: reset of queue {queue}: {} start again", changes.join(" ")));
            }
        }
    }

    fn note_failure(&self, subject: &Subject, result: Result<()>) {
        if let Err(error) = result {
            let causes = error.causes().join(": ");
            self.gate.event(&format!("{}: {}: {causes}", subject.change, error.message));
        }
    }

    /// Says on changes that they have entered a pipeline; those of a project in one step.
    fn announce(&self, entered: &mut Vec<(Pipeline, Subject)>) {
        while let Some((_, first)) = entered.first().cloned() {
            let of_it = |(_, subject): &mut (Pipeline, Subject)| subject.project == first.project;
            let together: Vec<_> = entered.extract_if(.., of_it).collect();
            let told = self.on_changes(together.iter().map(|(_, subject)| subject), "Begin", |change, now| {
                let number = change.number;
                for (pipeline, _) in together.iter().filter(|(_, subject)| subject.change.number == number) {
                    report::announce(change, *pipeline, self.gate.account, now);
                }
            });
            self.note_failure(&first, told);
        }
    }

    /// Changes the changes of one project that are still what the gate has seen: all or none.
    fn on_changes<'a>(
        &self,
        subjects: impl Iterator<Item = &'a Subject>,
        why: &str,
        mut edit: impl FnMut(&mut Change, Moment),
    ) -> Result<()> {
        let writing = self.store.write();
        let (index, now) = (self.store.index(), change::now());
        let mut changes: BTreeMap<u32, Change> = BTreeMap::new();
        for subject in subjects {
            if let Some(change) = index.get(subject.change.number)
                && change.status == Status::New
                && change.current().number == subject.change.patch_set
            {
                changes.insert(change.number, Change::clone(change));
            }
        }
        let Some(first) = changes.values().next() else { return Ok(()) };
        let project = self.store.project(&first.project).ok_or_else(|| Error::state("the project is gone"))?;
        for change in changes.values_mut() {
            edit(change, now);
        }
        let changes = changes.into_values().map(|change| (change, why.to_owned())).collect();
        drop(index);
        project.with(|repository| writing.store(project, repository, changes, Vec::new()))
    }

    fn addresses(&self) -> Addresses<'_> {
        Addresses { base_url: &self.base_url, tenant: &self.settings.gate.tenant }
    }

    fn keep(&self, ending: &Ending) {
        if let Some(history) = &mut *locked(&self.gate.history)
            && let Err(error) = history.keep(report::record(ending, change::now()))
        {
            self.gate.event(&format!("{}: {}", ending.subject.change, error.message));
        }
    }

    fn report(&self, ending: &Ending) {
        let (pipeline, subject) = (ending.pipeline.name(), &ending.subject);
        self.gate.event(&format!(
            "{pipeline} {}: {} ended: {}",
            subject.branch,
            subject.change,
            ending.outcome.verdict().name()
        ));
        if ending.outcome == Outcome::Dequeued {
            if !ending.builds.is_empty() {
                self.keep(ending);
            }
            return;
        }
        self.keep(ending);
        let told = self.on_changes(std::iter::once(subject), "Report", |change, now| {
            report::tell(change, ending, self.addresses(), self.gate.account, now);
        });
        if told.is_ok() {
            let mut state = locked(&self.gate.state);
            let told = super::untold(ending);
            state.untold.retain(|item| Some(item) != told.as_ref());
            self.gate.commit(&mut state);
        }
        self.note_failure(subject, told);
    }

    fn prepare(&self, pipeline: Pipeline, subject: &Subject, onto: Onto) -> Result<Prepared, Unmergeable> {
        let trouble = |error: Error| {
            let mut words = vec![error.message.clone()];
            words.extend(error.causes());
            Unmergeable::Trouble(words.join(": "))
        };
        let gone = |what: &str| Unmergeable::Trouble(format!("the {what} is gone"));
        let project = self.store.project(&subject.project).ok_or_else(|| gone("project"))?;
        let change = self.store.index().get(subject.change.number).cloned().ok_or_else(|| gone("change"))?;
        if change.current().number != subject.change.patch_set {
            return Err(gone("patch set"));
        }
        let share = if pipeline == Pipeline::Gate { Share::Own } else { Share::Stack };
        let made = project.with(|repository| {
            let onto = match onto {
                Onto::Commit(commit) => Some(commit),
                Onto::Tip => branch_tip(repository, &subject.branch),
            };
            let Some(onto) = onto else { return Ok(Err(gone("branch"))) };
            let prepared = merge::prepare(&self.store.git, project, repository, &change, share, onto)?;
            Ok(match prepared {
                Ok(merge::Prepared { onto, commit }) => {
                    Ok(Prepared { onto, commit, files: touched(repository, &change)? })
                }
                Err(Cannot::Conflict) => Err(Unmergeable::Conflict),
                Err(Cannot::NotOnTip) => Err(Unmergeable::NotOnTip),
            })
        });
        made.unwrap_or_else(|error| Err(trouble(error)))
    }

    /// Moves the branch to what passed, if the change and its approvals are still what they were.
    fn land(&self, onto: Oid, commit: Oid, ending: &Ending) -> Result<(), NotLanded> {
        let project = self.store.project(&ending.subject.project).ok_or(NotLanded::Gone)?;
        let landed = project.with(|repository| Ok(self.land_in(project, repository, onto, commit, ending)));
        landed.unwrap_or_else(|error| Err(NotLanded::Refused(error.message)))
    }

    fn land_in(
        &self,
        project: &Project,
        repository: &Repository,
        onto: Oid,
        commit: Oid,
        ending: &Ending,
    ) -> Result<(), NotLanded> {
        let subject = &ending.subject;
        let lock = self.queue.lock();
        let writing = self.store.write();
        let change = self.store.index().get(subject.change.number).cloned().ok_or(NotLanded::Gone)?;
        if change.status != Status::New || change.current().number != subject.change.patch_set {
            return Err(NotLanded::Gone);
        }
        if branch_tip(repository, &subject.branch) != Some(onto) {
            return Err(NotLanded::TipMoved);
        }
        if !labels::approved(&change, &project.settings) {
            return Err(NotLanded::Refused("it is no longer approved".to_owned()));
        }
        let by = self.approver(&change, self.gate.account);
        let mut change = Change::clone(&change);
        report::tell(&mut change, ending, self.addresses(), self.gate.account, change::now());
        if !labels::submittable(&change, &project.settings) {
            return Err(NotLanded::Refused("somebody vetoed it".to_owned()));
        }
        // Before the branch moves, so that its builds are known whatever happens then; and not before it is
        // known that it may, so that nothing is said to have landed that is tested again.
        self.keep(ending);
        let prepared = merge::Prepared { onto, commit };
        merge::land(&lock, &writing, project, repository, change, &prepared, by)
            .map_err(|error| NotLanded::Refused(error.message))?;
        drop((writing, lock));
        locked(&self.gate.state).approved.remove(&subject.change.number);
        Ok(())
    }

    fn start_build(
        self: &Arc<Self>,
        id: Id,
        pipeline: Pipeline,
        subject: Subject,
        job: Arc<Job>,
        onto: Oid,
        commit: Oid,
    ) {
        let handle = Arc::new(Handle::default());
        locked(&self.gate.builds).insert(id, Arc::clone(&handle));
        let server = Arc::clone(self);
        let run = move || {
            let build = Build { id, pipeline, subject: &subject, job: &job, onto, commit };
            let (Ended { verdict, detail, log }, checkout) = server.run_build(&build, &handle);
            server.tell(Input::Finished { build: id, verdict, detail, log });
            drop(checkout);
            locked(&server.gate.builds).remove(&id);
        };
        if std::thread::Builder::new().spawn(run).is_err() {
            locked(&self.gate.builds).remove(&id);
            let detail = Some("there is no thread for it".to_owned());
            self.tell(Input::Finished { build: id, verdict: Verdict::NodeFailure, detail, log: false });
        }
    }

    fn run_build(&self, build: &Build<'_>, handle: &Handle) -> (Ended, Option<Checkout>) {
        let Some(project) = self.store.project(&build.subject.project) else {
            let detail = Some("the project is gone".to_owned());
            return (Ended { verdict: Verdict::NodeFailure, detail, log: false }, None);
        };
        let yard = Yard {
            folder: &self.gate.folder,
            git: &self.store.git,
            walls: &self.gate.walls,
            max_log: self.settings.gate.max_log,
        };
        let (mut ended, checkout) = yard.run(build, project, handle, &|| self.tell(Input::Started { build: build.id }));
        if !report::is_answer(ended.verdict) && ended.detail.is_none() {
            ended.detail = Some("it was ended".to_owned());
        }
        (ended, checkout)
    }
}

/// The files that a change itself touches, under their old and their new names.
fn touched(repository: &Repository, change: &Change) -> Result<Vec<String>> {
    let failed = || Error::state("cannot read what the change touches");
    let read = || -> Result<Vec<String>, git2::Error> {
        let commit = repository.find_commit(Oid::from_str(&change.current().commit.id)?)?;
        let old = commit.parents().next().map(|p| p.tree()).transpose()?;
        let diff = repository.diff_tree_to_tree(old.as_ref(), Some(&commit.tree()?), None)?;
        let sides = diff.deltas().flat_map(|delta| {
            let path = |file: git2::DiffFile<'_>| file.path_bytes().map(|p| String::from_utf8_lossy(p).into_owned());
            [path(delta.old_file()), path(delta.new_file())].into_iter().flatten()
        });
        let mut files: Vec<String> = sides.collect();
        files.sort();
        files.dedup();
        Ok(files)
    };
    read().or_error(failed)
}
