//! The merge gate: what is tested, on what, and when it is merged.
//!
//! `engine` decides and does nothing else. `intake` turns what happens on changes into its inputs,
//! `effects` does what it says, with `checkout`, `sandbox`, `limits` and `run` for jobs and
//! `server::merge` for merges. `model`, `snapshot` and `history` are what readers (the Zuul dialect,
//! the page) see.

mod checkout;
mod effects;
pub(crate) mod engine;
mod events;
pub(crate) mod history;
mod intake;
pub(crate) mod jobs;
pub(super) mod limits;
pub(crate) mod model;
mod orphans;
mod report;
mod run;
mod sandbox;
mod saved;
pub(crate) mod snapshot;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) use effects::start;
use engine::{Effect, Ending, Engine, Input, Outcome, WindowRules};
use events::Events;
use history::History;
pub(crate) use intake::{Happened, NotTaken};
use jobs::Jobs;
use model::{BuildsetRecord, Id, Pipeline};
pub(super) use run::PATH;
use saved::{Saved, SavedItem};
use snapshot::Snapshot;

use super::accounts::{self, AccountsFile, CI, NewAccount};
use super::change;
use super::settings::Settings;
use crate::error::{Context, Error, Result};

/// How long jobs may take to end when the server does.
const GRACE: Duration = Duration::from_secs(5);

/// The gate of a server.
#[derive(Debug)]
pub(crate) struct Gate {
    folder: PathBuf,
    /// By project; those without jobs are not here.
    jobs: BTreeMap<String, Jobs>,
    walls: sandbox::Walls,
    /// Whom it speaks as.
    account: u32,
    state: Mutex<State>,
    snapshot: RwLock<Arc<Snapshot>>,
    history: Mutex<Option<History>>,
    events: Mutex<Option<Events>>,
    builds: Mutex<BTreeMap<Id, Arc<run::Handle>>>,
    /// To the thread that does the effects.
    work: Mutex<Option<Sender<Effect>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
    stopping: AtomicBool,
    /// Why no job runs.
    pub(super) blocked: Option<String>,
}

/// What only one at a time may change.
#[derive(Debug)]
struct State {
    engine: Engine,
    /// Approved patch sets that were taken notice of, by number.
    approved: BTreeMap<u32, u32>,
    /// Those that are to enter the gate as soon as what they need is there; in order.
    waiting: Vec<u32>,
    /// What the engine wants done, once the queues are saved.
    effects: Vec<Effect>,
    /// Those that have left a pipeline, until it is said on their changes. They are saved like those in
    /// it: a server that is killed before that tests them again.
    untold: Vec<SavedItem>,
    saved: Saved,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Opens the gate's folder; ends what jobs of a server before this one have left. The folder
    /// exists only where some project has jobs.
    pub(super) fn open(dir: &Path, settings: &Settings, accounts: &AccountsFile) -> Result<Self> {
        let mut jobs = BTreeMap::new();
        for (name, project) in &settings.projects {
            let read =
                Jobs::read(&project.jobs).map_err(|why| Error::state(format!("server.toml: project {name}: {why}")))?;
            if !read.is_empty() {
                jobs.insert(name.clone(), read);
            }
        }
        let gate = &settings.gate;
        let dir = std::path::absolute(dir).or_error(|| Error::state("no current folder"))?;
        let folder = dir.join("gate");
        let walls = walls(settings, &dir);
        let (mut account, mut blocked, mut history, mut events, mut saved) = (0, None, None, None, Saved::default());
        if !jobs.is_empty() {
            for name in ["logs", "running", "work"] {
                let path = folder.join(name);
                std::fs::create_dir_all(&path)
                    .or_error(|| Error::state(format!("cannot create {}", path.display())))?;
            }
            orphans::end_all(&folder)?;
            let work = folder.join("work");
            for left in std::fs::read_dir(&work).into_iter().flatten().flatten() {
                checkout::remove(&left.path());
            }
            account = account_of(accounts, &gate.account)?;
            blocked = walls.broken();
            history = Some(History::open(&folder)?);
            events = Some(Events::open(&folder, events::MOST)?);
            saved = Saved::read(&folder)?.unwrap_or_default();
        }
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let slots = if blocked.is_some() { 0 } else { gate.slots.unwrap_or(processors) };
        let rules = WindowRules { start: gate.window, floor: gate.window_floor, ceiling: gate.window_ceiling };
        let state = State {
            engine: Engine::new(seed()?, slots, rules),
            approved: saved.approved.clone(),
            waiting: saved.waiting.clone(),
            effects: Vec::new(),
            untold: Vec::new(),
            saved,
        };
        Ok(Self {
            folder,
            jobs,
            walls,
            account,
            state: Mutex::new(state),
            snapshot: RwLock::new(Arc::new(Snapshot { queues: Vec::new(), paused: blocked.clone() })),
            history: Mutex::new(history),
            events: Mutex::new(events),
            builds: Mutex::default(),
            work: Mutex::default(),
            worker: Mutex::default(),
            stopping: AtomicBool::new(false),
            blocked,
        })
    }

    /// The queues as they are now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is over, newest first.
    pub(crate) fn history(&self) -> Vec<Arc<BuildsetRecord>> {
        locked(&self.history).as_ref().map(History::newest_first).unwrap_or_default()
    }

    /// Where the output of a build is, while it runs and after that.
    pub(crate) fn log(&self, build: Id) -> PathBuf {
        history::log_path(&self.folder, build)
    }

    /// The jobs of a project; `None` where approval alone decides.
    pub(crate) fn jobs_of(&self, project: &str) -> Option<&Jobs> {
        self.jobs.get(project)
    }

    /// Ends all jobs, and everything that the gate does.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        let began = Instant::now();
        drop(locked(&self.work).take());
        if let Some(worker) = locked(&self.worker).take() {
            let _ended = worker.join();
        }
        loop {
            let builds: Vec<_> = locked(&self.builds).values().cloned().collect();
            if builds.is_empty() || began.elapsed() > GRACE {
                return;
            }
            for build in builds {
                build.kill();
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets the engine take something in.
    fn drive(&self, state: &mut State, inputs: Vec<Input>) {
        if !self.stopping.load(Ordering::SeqCst) {
            let effects = state.engine.apply(inputs, change::now());
            state.untold.extend(effects.iter().filter_map(|effect| match effect {
                Effect::Report { ending } => untold(ending),
                _ => None,
            }));
            state.effects.extend(effects);
        }
    }

    /// Saves the queues, shows them, and has everything done that the engine wants: in this order,
    /// so that nothing is begun that a kill would make forgotten.
    fn commit(&self, state: &mut State) {
        let now = change::now();
        let mut next = Self::to_save(state);
        if !next.says_the_same(&state.saved) {
            match next.write(&self.folder, now) {
                Ok(()) => state.saved = next,
                // It is tried again with whatever happens next.
                Err(error) => self.event(&format!("the queues cannot be saved: {error}")),
            }
        }
        let history = locked(&self.history);
        let estimate = |subject: &model::Subject, job: &str| history.as_ref()?.estimate(subject, job);
        let snapshot = Snapshot { queues: state.engine.view(&estimate), paused: self.blocked.clone() };
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        drop(history);
        let work = locked(&self.work);
        for effect in state.effects.drain(..) {
            if let Some(work) = &*work {
                let _gone_when_stopping = work.send(effect);
            }
        }
    }

    fn to_save(state: &State) -> Saved {
        let items = Pipeline::ALL.into_iter().flat_map(|pipeline| {
            let entered = state.engine.entered(pipeline);
            entered.map(move |(change, enqueued)| SavedItem { pipeline, change, enqueued })
        });
        let window = |(name, branch, size): (&str, &str, usize)| (name.to_owned(), branch.to_owned(), size);
        Saved {
            windows: state.engine.windows().map(window).collect(),
            items: state.untold.iter().cloned().chain(items).collect(),
            approved: state.approved.clone(),
            waiting: state.waiting.clone(),
            ..Saved::default()
        }
    }

    /// Writes a line to the gate's own log.
    pub(crate) fn event(&self, words: &str) {
        if let Some(events) = &mut *locked(&self.events) {
            events.say(words);
        }
    }
}

/// What is to be saved of an item that has left, until its end is told; of one that was taken out nothing
/// is told.
fn untold(ending: &Ending) -> Option<SavedItem> {
    let Ending { pipeline, enqueued, ref subject, ref outcome, .. } = *ending;
    (*outcome != Outcome::Dequeued).then_some(SavedItem { pipeline, change: subject.change, enqueued })
}

fn walls(settings: &Settings, dir: &Path) -> sandbox::Walls {
    sandbox::Walls::new(settings.gate.sandbox, &settings.gate.readable, dir)
}

/// Why no job of this configuration can run on this machine; `None`: they can, or there are none.
pub(super) fn blocked(settings: &Settings, dir: &Path) -> Option<String> {
    let any = settings.projects.values().any(|project| !project.jobs.is_empty());
    any.then(|| walls(settings, dir).broken())?
}

/// The account that the gate speaks as. One that is made here has a token that nobody knows.
fn account_of(accounts: &AccountsFile, name: &str) -> Result<u32> {
    if let Some(account) = accounts.load()?.find(name) {
        return Ok(account.id);
    }
    let new = NewAccount {
        username: name.to_owned(),
        full_name: "Merge gate".to_owned(),
        groups: vec![CI.to_owned()],
        ..NewAccount::default()
    };
    accounts.add(&new, &accounts::new_token()?)
}

fn seed() -> Result<u128> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| Error::state(format!("no random numbers: {e}")))?;
    Ok(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::engine::{Candidate, Unmergeable};
    use super::model::{ChangeRef, Subject};
    use super::*;

    #[test]
    fn what_is_not_said_yet_is_saved_and_what_could_not_be_saved_is_saved_later() {
        let dir = tempfile::tempdir().unwrap();
        let gate = Gate::open(dir.path(), &Settings::default(), &AccountsFile::new(dir.path())).unwrap();
        let mut state = locked(&gate.state);
        let change = ChangeRef { number: 1, patch_set: 1 };
        let candidate = Arc::new(Candidate {
            subject: Subject { change, project: "p".into(), branch: "main".into() },
            owner: "alice".into(),
            queue: "p".into(),
            needs: Vec::new(),
            jobs: Arc::new([]),
        });
        let enqueue = Input::Enqueue { pipeline: Pipeline::Gate, candidate, enqueued: Some(5) };
        gate.drive(&mut state, vec![enqueue]);
        let merge =
            state.effects.iter().find_map(|e| if let Effect::Prepare { set, .. } = e { Some(*set) } else { None });
        let conflict = Input::Prepared { set: merge.unwrap(), result: Err(Unmergeable::Conflict) };
        gate.drive(&mut state, vec![conflict]);
        // There is no folder yet, as on a full disk there is no room.
        gate.commit(&mut state);
        assert_eq!(Saved::read(&gate.folder).unwrap(), None);
        std::fs::create_dir(&gate.folder).unwrap();
        gate.commit(&mut state);
        let saved = Saved::read(&gate.folder).unwrap().unwrap();
        assert_eq!(saved.items, [SavedItem { pipeline: Pipeline::Gate, change, enqueued: 5 }]);
    }
}
