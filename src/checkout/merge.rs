//! Tries merges in memory: git's own merge, into a scratch object store that is thrown away.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::exec::Git;
use crate::error::{Context as _, Error, Result};
use crate::names::CommitId;

/// An object store of its own that sees the repository's objects and receives what is new, so
/// that nothing is written to the repository.
pub struct Scratch {
    folder: tempfile::TempDir,
    times: OnceCell<Vec<(PathBuf, SystemTime)>>,
}

impl Scratch {
    /// Makes an empty one.
    pub fn new() -> Result<Self> {
        let folder = tempfile::tempdir().or_error(|| Error::state("the temporary folder cannot be written to"))?;
        Ok(Self { folder, times: OnceCell::new() })
    }

    /// Where its objects are.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Remembers how old the repository's objects are. git makes one that it would have to write, and
    /// that is there already, look new (object-file.c, `freshen_file`), also through an alternate; at
    /// the end of this value they get their age back.
    pub fn keep_times(&self, common_dir: &Path) {
        self.times.get_or_init(|| {
            let mut found = Vec::new();
            let folders = std::fs::read_dir(common_dir.join("objects")).into_iter().flatten().flatten();
            for folder in folders.filter(|folder| folder.file_name() != "info") {
                for file in std::fs::read_dir(folder.path()).into_iter().flatten().flatten() {
                    if let Ok(time) = file.metadata().and_then(|metadata| metadata.modified()) {
                        found.push((file.path(), time));
                    }
                }
            }
            found
        });
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

impl Drop for Scratch {
    fn drop(&mut self) {
        for (path, time) in self.times.take().into_iter().flatten() {
            let changed =
                std::fs::metadata(&path).and_then(|metadata| metadata.modified()).is_ok_and(|now| now != time);
            // What cannot be set back stays as git left it, which harms nothing.
            if changed && let Ok(file) = std::fs::File::open(&path) {
                file.set_modified(time).ok();
            }
        }
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
