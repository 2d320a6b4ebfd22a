//! Changes in git: loading them, and storing new states in atomic ref transactions.
//!
//! A change's state is the tree at `refs/changes/NN/N/meta`, its versions are `refs/changes/NN/N/PS`.
//! Whoever writes holds [`Writing`], of which there is one per server: numbers are never given twice
//! and nothing is judged on what another push is just changing. No network happens under it.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use git2::{Oid, Repository};

use super::change::{self, Change};
use super::git::{Git, RefMove};
use super::handles::Handles;
use super::index::Index;
use super::repair;
use super::settings::{ProjectSettings, Settings};
use crate::error::{Context, Error, Result};

/// The file of the snapshot in the tree of a meta commit.
const SNAPSHOT: &str = "change.json";

/// One project.
#[derive(Debug)]
pub(super) struct Project {
    /// Its name.
    pub name: String,
    /// Its bare repository.
    pub path: PathBuf,
    /// What `server.toml` says of it.
    pub settings: ProjectSettings,
    handles: Handles,
}

impl Project {
    /// A project with its repository.
    pub(super) fn new(name: String, path: PathBuf, settings: ProjectSettings) -> Self {
        Self { name, path, settings, handles: Handles::default() }
    }

    /// Opens the repository.
    pub(super) fn open(&self) -> Result<Repository> {
        Repository::open_bare(&self.path)
            .or_error(|| Error::state(format!("cannot open the repository of {}", self.name)))
    }

    /// Works with a handle that may know the history already.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Repository) -> Result<T>) -> Result<T> {
        self.handles.with(|| self.open(), work)
    }

    /// Tells handles that packs have been replaced.
    pub(super) fn repacked(&self) {
        self.handles.renew();
    }
}

/// The commit of a branch.
pub(super) fn branch_tip(repository: &Repository, branch: &str) -> Option<Oid> {
    repository.refname_to_id(&format!("refs/heads/{branch}")).ok()
}

/// The folder of a project's repository.
pub(super) fn project_path(dir: &Path, name: &str) -> PathBuf {
    dir.join("projects").join(format!("{name}.git"))
}

#[derive(Debug)]
struct Counter {
    next: u32,
    /// When somebody last held the right to write.
    used: Option<Instant>,
}

/// Everything that is stored.
#[derive(Debug)]
pub(super) struct Store {
    /// How git is run.
    pub git: Git,
    projects: BTreeMap<String, Arc<Project>>,
    /// The changes as they are now. Never locked for longer than it takes to hand them out.
    index: Mutex<Arc<Index>>,
    /// First come, first served: of fifty who push at once none waits for ever.
    writing: tokio::sync::Mutex<Counter>,
    /// On the folder, for as long as this process and the gits that it starts move refs in it.
    lock: File,
}

impl Store {
    /// Opens all projects and reads all changes.
    /// `lock` is this process's on the folder.
    pub(super) fn open(dir: &Path, settings: &Settings, lock: File) -> Result<Self> {
        let git = Git::new(dir)?;
        let mut index = Index::default();
        let mut projects = BTreeMap::new();
        for (name, settings) in &settings.projects {
            let path = std::path::absolute(project_path(dir, name)).or_error(|| Error::state("no current folder"))?;
            let project = Project::new(name.clone(), path, settings.clone());
            load(&git, &project, &lock, &mut index)?;
            projects.insert(name.clone(), Arc::new(project));
        }
        let last = index.last_number().max(last_number_elsewhere(&dir.join("projects"), &projects));
        let writing = tokio::sync::Mutex::new(Counter { next: last + 1, used: None });
        Ok(Self { git, projects, index: Mutex::new(Arc::new(index)), writing, lock })
    }

    /// A project by name.
    pub(super) fn project(&self, name: &str) -> Option<&Arc<Project>> {
        self.projects.get(name)
    }

    /// All projects by name.
    pub(super) fn projects(&self) -> impl Iterator<Item = &Arc<Project>> {
        self.projects.values()
    }

    /// The changes as they are at this moment. A value, no lock: whoever has it can take its time, ask
    /// for it again, and keeps nobody from writing.
    pub(super) fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for the right to write: on a thread that may block, not on one of the runtime.
    pub(super) fn write(&self) -> Writing<'_> {
        let mut counter = self.writing.blocking_lock();
        counter.used = Some(Instant::now());
        Writing { store: self, counter }
    }

    /// When somebody last began to write, if anybody did since the start.
    pub(super) fn last_write(&self) -> Option<Instant> {
        self.writing.blocking_lock().used
    }
}

/// The right to write, held by one at a time.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    store: &'a Store,
    counter: tokio::sync::MutexGuard<'a, Counter>,
}

impl Writing<'_> {
    /// A number that no change has.
    pub(super) fn next_number(&mut self) -> u32 {
        let number = self.counter.next;
        self.counter.next += 1;
        number
    }

    /// Stores new states of changes of one project, with the refs that go with them: all or nothing.
    pub(super) fn store(
        &self,
        project: &Project,
        repository: &Repository,
        changes: Vec<(Change, String)>,
        mut moves: Vec<RefMove>,
    ) -> Result<()> {
        let mut stored = Vec::with_capacity(changes.len());
        for (mut change, why) in changes {
            moves.push(self::stored(repository, &mut change, &why)?);
            stored.push(Arc::new(change));
        }
        self.store.git.move_refs(&project.path, &moves, &self.store.lock)?;
        let mut index = self.store.index.lock().unwrap_or_else(PoisonError::into_inner);
        // Copied where somebody is reading: what they have stays as it was.
        let index = Arc::make_mut(&mut index);
        for change in stored {
            index.put(change);
        }
        Ok(())
    }
}

/// Writes a new state of a change; the move that makes it the one that holds.
fn stored(repository: &Repository, change: &mut Change, why: &str) -> Result<RefMove> {
    let meta = write_meta(repository, change, why).or_error(|| Error::state("cannot write a change"))?;
    let old = change.meta.replace(meta).unwrap_or(Oid::ZERO_SHA1);
    Ok(RefMove { name: change.meta_ref(), new: meta, old })
}

/// Writes a snapshot as a commit on top of the last one.
fn write_meta(repository: &Repository, change: &Change, why: &str) -> Result<Oid, git2::Error> {
    let json = serde_json::to_vec(change).map_err(|e| git2::Error::from_str(&e.to_string()))?;
    let mut tree = repository.treebuilder(None)?;
    tree.insert(SNAPSHOT, repository.blob(&json)?, 0o100_644)?;
    let tree = repository.find_tree(tree.write()?)?;
    let who = git2::Signature::new("pyflow", "pyflow@localhost", &git2::Time::new(change::now() / 1000, 0))?;
    let parent = change.meta.map(|oid| repository.find_commit(oid)).transpose()?;
    repository.commit(None, &who, &who, why, &tree, &parent.iter().collect::<Vec<_>>())
}

/// The highest number in repositories that `server.toml` does not name: they may come back, and a number
/// means one change for ever.
fn last_number_elsewhere(folder: &Path, projects: &BTreeMap<String, Arc<Project>>) -> u32 {
    let mut last = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let named = std::path::absolute(&path).is_ok_and(|path| projects.values().any(|p| p.path == path));
        if named || !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        last = last.max(match Repository::open_bare(&path) {
            Ok(repository) => repair::last_number(&repository).unwrap_or(0),
            // The folder of projects with a slash in their names.
            Err(_) => last_number_elsewhere(&path, projects),
        });
    }
    last
}

/// Reads the changes of a project, and puts right what a stop in mid-transaction left.
fn load(git: &Git, project: &Project, lock: &File, index: &mut Index) -> Result<()> {
    let failed = || Error::state(format!("cannot read the changes of {}", project.name));
    remove_stale_locks(&project.path.join("refs"));
    let _gone = std::fs::remove_file(project.path.join("packed-refs.lock"));
    let mut refs = HashMap::new();
    for reference in project.open()?.references_glob("refs/changes/*").or_error(failed)? {
        let reference = reference.or_error(failed)?;
        if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
            refs.insert(name.to_owned(), target);
        }
    }
    let metas: Vec<(&String, Oid)> =
        refs.iter().filter(|(name, _)| name.ends_with("/meta")).map(|(name, target)| (name, *target)).collect();
    let mut changes = read_metas(project, &metas).map_err(|why| failed().because(why))?;
    let repository = project.open()?;
    let landed = repair::landed(&repository, &mut changes)?;
    let mut moves = repair::patch_sets(&refs, &changes);
    for at in landed {
        moves.push(stored(&repository, &mut changes[at], "Merge")?);
    }
    git.move_refs(&project.path, &moves, lock)?;
    for change in changes {
        if let Some(other) = index.get(change.number) {
            let (number, one, two) = (change.number, &other.project, &project.name);
            return Err(Error::state(format!("{one} and {two} both have a change {number}")).hint(format!(
                "a number means one change on a server: take one of the two out of server.toml, or serve {two} from a folder of its own"
            )));
        }
        index.put(Arc::new(change));
    }
    Ok(())
}

/// Reads snapshots, on all processors: with some thousand changes it is most of what a start does.
fn read_metas(project: &Project, metas: &[(&String, Oid)]) -> anyhow::Result<Vec<Change>> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let read = |part: &[(&String, Oid)]| -> anyhow::Result<Vec<Change>> {
        let repository = Repository::open_bare(&project.path)?;
        part.iter()
            .map(|(name, meta)| read_meta(&repository, *meta).map_err(|why| why.context((*name).clone())))
            .collect()
    };
    let parts = metas.chunks(metas.len().div_ceil(processors).max(100));
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || read(part))).collect();
        let mut all = Vec::with_capacity(metas.len());
        for thread in threads {
            all.extend(thread.join().map_err(|_| anyhow::anyhow!("a thread broke off"))??);
        }
        Ok(all)
    })
}

fn read_meta(repository: &Repository, meta: Oid) -> anyhow::Result<Change> {
    let tree = repository.find_commit(meta)?.tree()?;
    let entry = tree.get_name(SNAPSHOT).ok_or_else(|| anyhow::anyhow!("no {SNAPSHOT}"))?;
    let blob = repository.find_blob(entry.id())?;
    let mut change: Change = serde_json::from_slice(blob.content())?;
    anyhow::ensure!(change.format <= change::FORMAT, "written by a newer pyflow (format {})", change.format);
    anyhow::ensure!(!change.patch_sets.is_empty(), "no patch set");
    change.meta = Some(meta);
    Ok(change)
}

/// Lock files that a killed git left; the directory lock says that nobody else writes here.
fn remove_stale_locks(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            remove_stale_locks(&path);
        } else if path.extension().is_some_and(|e| e == "lock") {
            let _gone = std::fs::remove_file(path);
        }
    }
}
