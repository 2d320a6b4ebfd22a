//! Tries merges in memory: git's own merge, into a scratch object store that is thrown away.

use std::ffi::OsString;
use std::path::Path;

use super::exec::Git;
use crate::error::{Context as _, Error, Result};
use crate::names::CommitId;

/// An object store of its own that sees the repository's objects and receives what is new, so
/// that nothing is written to the repository.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// Makes an empty one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().or_error(|| Error::state("the temporary folder cannot be written to"))?;
        Ok(Self { folder })
    }

    /// Where its objects are.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A git that reads the repository's objects and writes here (git(1), `GIT_OBJECT_DIRECTORY`).
    pub fn git<'a>(&self, git: &Git<'a>, common_dir: &Path) -> Git<'a> {
        let mut alternates = OsString::from("\"");
        let objects = common_dir.join("objects");
        // git reads a quoted path with C's escapes: colons separate paths otherwise.
        alternates.push(objects.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\""));
        alternates.push("\"");
        git.clone()
            .with_env("GIT_OBJECT_DIRECTORY", self.path())
            .with_env("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates)
            .with_env("GIT_OPTIONAL_LOCKS", "0")
    }
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
            parts.next();
            let mut files: Vec<String> = parts.filter(|name| !name.is_empty()).collect();
            files.dedup();
            Ok(Merge::Conflicts(files))
        }
        _ => Ok(Merge::NotTried(output.talk().lines().next().unwrap_or("git merge-tree said nothing").to_owned())),
    }
}
