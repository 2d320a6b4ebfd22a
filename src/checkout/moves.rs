//! Moves of branches, and of a detached HEAD, that a command makes and announces.
//!
//! A branch is the same for all work trees of a repository; HEAD is each work tree's own. Neither
//! is moved from anything but the value that it is expected to have.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Checkout;
use super::journal::UndoEntry;
use super::read::{Head, Reader};
use super::write::RefTransaction;
use crate::error::{Error, Result};
use crate::names::{CommitId, RefName};

/// What moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A branch.
    Branch(RefName),
    /// HEAD of the work tree with this git directory, while it is on no branch.
    DetachedHead(PathBuf),
}

/// A move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefMove {
    /// What moves.
    pub place: Place,
    /// From here.
    pub old: CommitId,
    /// To here.
    pub new: CommitId,
}

/// Where something that moves is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// At a commit.
    At(CommitId),
    /// It cannot be seen from here: another work tree's HEAD.
    OtherWorktree,
    /// It is not there any more: a branch that was deleted, a HEAD that is on a branch now.
    Gone,
}

impl Place {
    /// The name, for people and documents.
    pub fn name(&self) -> &str {
        match self {
            Self::Branch(name) => name.as_str(),
            Self::DetachedHead(_) => "HEAD",
        }
    }

    /// What HEAD of this checkout is as a place.
    pub fn of_head(checkout: &Checkout<'_>, head: &Head) -> Option<Self> {
        match head {
            Head::Branch(branch, _) => Some(Self::Branch(branch.full())),
            Head::Detached(_) => Some(Self::DetachedHead(checkout.git_dir.clone())),
            Head::Unborn(_) => None,
        }
    }

    /// Where it is now.
    pub fn position(&self, checkout: &Checkout<'_>) -> Result<Position> {
        Ok(match self {
            Self::Branch(name) => checkout.read().resolve(name)?.map_or(Position::Gone, Position::At),
            Self::DetachedHead(git_dir) if *git_dir != checkout.git_dir => Position::OtherWorktree,
            Self::DetachedHead(_) => match checkout.read().head()? {
                Head::Detached(commit) => Position::At(commit),
                Head::Branch(..) | Head::Unborn(_) => Position::Gone,
            },
        })
    }
}

/// The other work tree that has this branch checked out, and whose HEAD would move along with it. git
/// moves no branch under another work tree either (git-branch(1), `--force`).
pub fn held_elsewhere(checkout: &Checkout<'_>, branch: &RefName) -> Result<Option<PathBuf>> {
    if matches!(checkout.read().head()?, Head::Branch(own, _) if own.full() == *branch) {
        return Ok(None);
    }
    let told = checkout.git.output(["for-each-ref", "--format=%(worktreepath)", "--", branch.as_str()])?;
    if !told.status.success() {
        return Err(Error::unknown(format!("git does not tell which work trees there are: {}", told.talk())));
    }
    let path = told.stdout.trim_ascii_end();
    Ok((!path.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(path))))
}

/// Below this, the commits that moves which can be undone came from are held; a reflog alone may be
/// switched off.
const UNDO: &str = "refs/pyflow/undo/";

/// Holds where these moves came from, and lets go of what no move names any more.
pub fn hold(refs: &mut RefTransaction, reader: &Reader<'_>, entries: &[UndoEntry]) -> Result<()> {
    let named: BTreeSet<&CommitId> = entries.iter().flat_map(|entry| &entry.moves).map(|moved| &moved.old).collect();
    let mut held = BTreeSet::new();
    for (name, commit) in reader.refs(UNDO)? {
        if named.contains(&commit) {
            held.insert(commit);
        } else {
            refs.remove(&name);
        }
    }
    for commit in named.into_iter().filter(|commit| !held.contains(commit) && reader.has(commit)) {
        refs.set(&format!("{UNDO}{commit}").parse().expect("a constant and an id make a ref name"), commit);
    }
    Ok(())
}

impl RefMove {
    /// The same move, back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { place: self.place.clone(), old: self.new.clone(), new: self.old.clone() }
    }

    /// Adds the move to a transaction. For HEAD the caller has looked that it is detached: git
    /// compares only the commit.
    pub fn add_to(&self, refs: &mut RefTransaction) {
        match &self.place {
            Place::Branch(name) => refs.advance(name, &self.old, &self.new),
            Place::DetachedHead(_) => refs.advance_head(&self.old, &self.new),
        }
    }
}
