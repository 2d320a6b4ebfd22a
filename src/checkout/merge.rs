//! Tries merges in memory: git's own merge, into a scratch object store that is thrown away.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::sync::OnceLock;

use super::exec::{Git, Output};
use super::times::ObjectTimes;
use crate::error::{Context as _, Error, Result};
use crate::names::CommitId;

/// An object store of its own that sees the repository's objects and receives what is new, so
/// that nothing is written to the repository.
pub struct Scratch {
    folder: tempfile::TempDir,
    /// Put back when the store is thrown away.
    times: OnceLock<ObjectTimes>,
}

impl Scratch {
    /// Makes an empty one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().or_error(|| Error::state("the temporary folder cannot be written to"))?;
        Ok(Self { folder, times: OnceLock::new() })
    }

    /// Where its objects are.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A git that reads the repository's objects and writes here (git(1), `GIT_OBJECT_DIRECTORY`).
    pub fn git<'a>(&self, git: &Git<'a>, common_dir: &Path) -> Git<'a> {
        let objects = common_dir.join("objects");
        self.times.get_or_init(|| ObjectTimes::of(&objects));
        git.clone()
            .with_env("GIT_OBJECT_DIRECTORY", self.path())
            .with_env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted(objects.as_os_str()))
            .with_env("GIT_OPTIONAL_LOCKS", "0")
    }
}

/// As git reads a path in quotes, with C's escapes: colons separate paths otherwise.
fn quoted(path: &OsStr) -> OsString {
    let mut out = vec![b'"'];
    for byte in path.as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
    OsString::from_vec(out)
}

/// What came of a merge that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merge {
    /// It merges.
    Clean,
    /// These files conflict.
    Conflicts(Vec<String>),
    /// The two share no history.
    Unrelated,
    /// git could not try it, and said this.
    NotTried(String),
}

/// Merges two commits as `git merge` would (git-merge-tree(1), `--write-tree`).
pub fn try_merge(git: &Git<'_>, ours: &CommitId, theirs: &CommitId) -> Result<Merge> {
    let output = git.output([
        "merge-tree",
        "--write-tree",
        "--name-only",
        "--no-messages",
        "-z",
        ours.as_str(),
        theirs.as_str(),
    ])?;
    match output.status.code() {
        Some(0) => Ok(Merge::Clean),
        Some(1) => {
            let mut parts = output.stdout.split(|b| *b == 0).map(|name| String::from_utf8_lossy(name).into_owned());
            let tree = parts.next().unwrap_or_default();
            let mut files: Vec<String> = parts.filter(|name| !name.is_empty()).collect();
            files.dedup();
            // The same code without a tree is a failure of git's, such as a store it cannot read; a
            // conflict without a file is one between folders.
            Ok(if tree.is_empty() { not_tried(&output) } else { Merge::Conflicts(files) })
        }
        _ => Ok(not_tried(&output)),
    }
}

fn not_tried(output: &Output) -> Merge {
    Merge::NotTried(output.talk().lines().next().unwrap_or("git merge-tree said nothing").to_owned())
}
