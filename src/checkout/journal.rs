//! What pyflow remembers in the common git directory: the lock, what is in flight, and what can
//! be undone.
//!
//! Every file is replaced as a whole, after its new content has reached the disk, so that a kill
//! or a full disk leaves the old one. The commits that a file names are held by `refs/pyflow/…`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::moves::RefMove;
use crate::error::{Context as _, Error, Result};
use crate::observe::Observe;

/// How long a second pyflow waits for the first one in the same clone.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// pyflow's folder in the common git directory.
#[derive(Debug, Clone)]
pub struct StateDir {
    path: PathBuf,
}

/// Held while pyflow acts on a clone; a second one waits. The operating system releases it when
/// the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl StateDir {
    /// The folder below this common git directory.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where `name` is kept.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Takes the lock; waits a little for another pyflow in the same clone.
    pub fn lock(&self, observe: &dyn Observe) -> Result<Lock> {
        self.create()?;
        let path = self.file("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .or_error(|| Error::state(format!("{} cannot be opened", path.display())).hint(WRITABLE))?;
        let began = Instant::now();
        let mut working = None;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(fs::TryLockError::WouldBlock) if began.elapsed() < LOCK_PATIENCE => {
                    working.get_or_insert_with(|| observe.working("waiting for another pyflow in this clone"));
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(fs::TryLockError::WouldBlock) => {
                    return Err(Error::state("another pyflow is at work in this clone")
                        .hint("wait until it has finished, then try again"));
                }
                Err(fs::TryLockError::Error(error)) => {
                    return Err(Error::state(format!("{} cannot be locked", path.display())).because(error));
                }
            }
        }
    }

    /// Reads a text file of ours; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<String>> {
        let path = self.file(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::state(format!("{} cannot be read", path.display())).because(error)),
        }
    }

    /// Reads a JSON file of ours; `None` where there is none.
    pub fn load<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.file(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::state(format!("{} cannot be read", path.display())).because(error)),
        };
        serde_json::from_slice(&text)
            .map(Some)
            .or_error(|| Error::state(format!("{} was written by another version of pyflow, or is damaged", path.display())).hint("finish with the version that wrote it, or move the file away: your commits are in your branch and under refs/pyflow/"))
    }

    /// Replaces a JSON file of ours.
    pub fn save<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let text = serde_json::to_vec_pretty(value).or_error(|| Error::state("the journal could not be written"))?;
        self.replace(name, &text)
    }

    /// Replaces a file of ours as a whole.
    pub fn replace(&self, name: &str, content: &[u8]) -> Result<()> {
        self.create()?;
        replace_file(&self.file(name), content)
    }

    /// Removes a file of ours; one that is not there is fine.
    pub fn remove(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::state(format!("{} cannot be removed", self.file(name).display())).because(error))
            }
            _ => Ok(()),
        }
    }

    /// Appends to the log of moves that `pyflow undo` reads.
    pub fn log_moves(&self, entry: &UndoEntry) -> Result<()> {
        let mut entries: Vec<UndoEntry> = self.load(UNDO)?.unwrap_or_default();
        entries.push(entry.clone());
        let excess = entries.len().saturating_sub(MAX_UNDO);
        entries.drain(..excess);
        self.save(UNDO, &entries)
    }

    /// Replaces the log of moves.
    pub fn replace_moves(&self, entries: &[UndoEntry]) -> Result<()> {
        self.save(UNDO, &entries)
    }

    /// The log of moves, oldest first.
    pub fn moves(&self) -> Result<Vec<UndoEntry>> {
        Ok(self.load(UNDO)?.unwrap_or_default())
    }

    fn create(&self) -> Result<()> {
        fs::create_dir_all(&self.path)
            .or_error(|| Error::state(format!("{} cannot be made", self.path.display())).hint(WRITABLE))
    }
}

const WRITABLE: &str = "is the disk full, or the folder read-only?";

const UNDO: &str = "undo.json";

/// So many moves can be undone; `moves::hold` holds where they came from.
const MAX_UNDO: usize = 100;

/// Moves of refs that one command made and announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoEntry {
    /// When.
    pub time: jiff::Timestamp,
    /// The command, for people: `submit`.
    pub command: String,
    /// What moved.
    pub moves: Vec<RefMove>,
}

/// Replaces a file: written beside it, brought to the disk, renamed over it.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<()> {
    let broken = || Error::state(format!("{} cannot be written", path.display())).hint(WRITABLE);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).or_error(broken)?;
    file.write_all(content).or_error(broken)?;
    file.as_file().sync_all().or_error(broken)?;
    file.persist(path).or_error(broken)?;
    Ok(())
}
