//! What changed between two commits, and what a commit's tree holds. libgit2 answers; where it
//! cannot, git's plumbing does. Renames are told as what they are for a tree: one file gone,
//! one new.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::read::{Reader, oid};
use crate::error::{Error, Result};
use crate::names::CommitId;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// Its content or its mode is another.
    Modified,
    /// It is gone.
    Deleted,
}

/// One changed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// From the top of the tree; any bytes but NUL.
    pub path: PathBuf,
    /// What happened to it.
    pub change: Change,
    /// What it was; `None` where it is new.
    pub was: Option<TreeFile>,
    /// What it is now; `None` where it is gone.
    pub now: Option<TreeFile>,
}

impl ChangedFile {
    /// The path as git has it.
    pub fn name(&self) -> &[u8] {
        self.path.as_os_str().as_bytes()
    }

    /// git's name for what it held before; `None` where there was no plain file.
    pub fn old_content(&self) -> Option<&str> {
        self.was.as_ref().and_then(TreeFile::content)
    }

    /// git's name for what it holds; `None` where there is no plain file now.
    pub fn new_content(&self) -> Option<&str> {
        self.now.as_ref().and_then(TreeFile::content)
    }
}

/// A file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// From the top of the tree.
    pub path: PathBuf,
    /// git's name for its content.
    pub blob: String,
    /// Whether it is a file; links and submodules are not.
    pub plain: bool,
}

impl TreeFile {
    /// git's name for the content of a plain file.
    pub fn content(&self) -> Option<&str> {
        self.plain.then_some(self.blob.as_str())
    }
}

const PLAIN: [u32; 2] = [0o100_644, 0o100_755];

impl Reader<'_> {
    /// The files in which `to` differs from `from`, by path.
    pub fn changed(&self, from: &CommitId, to: &CommitId) -> Result<Vec<ChangedFile>> {
        if let Some(repository) = &self.library {
            let diff = || -> Result<Vec<ChangedFile>, git2::Error> {
                let tree = |commit| repository.find_commit(oid(commit)?)?.tree();
                let mut options = git2::DiffOptions::new();
                // What a submodule's configuration hides is a change of the tree all the same.
                options.ignore_submodules(false).skip_binary_check(true);
                let diff = repository.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), Some(&mut options))?;
                Ok(diff.deltas().filter_map(|delta| changed_file(&delta)).collect())
            };
            if let Ok(found) = diff() {
                return Ok(found);
            }
        }
        let arguments = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from.as_str(), to.as_str()];
        self.raw_diff(&arguments)
    }

    /// The files in which what is staged differs from `from`, by path.
    pub fn staged(&self, from: &CommitId) -> Result<Vec<ChangedFile>> {
        self.raw_diff(&["diff-index", "--cached", "-z", "--raw", "--no-renames", "--no-abbrev", from.as_str()])
    }

    fn raw_diff(&self, arguments: &[&str]) -> Result<Vec<ChangedFile>> {
        let output = self.git.output(arguments)?;
        if !output.status.success() {
            return Err(Error::state(format!("git does not tell what changed: {}", output.talk())));
        }
        let mut fields = output.stdout.split(|b| *b == 0).filter(|field| !field.is_empty());
        let mut found = Vec::new();
        while let (Some(facts), Some(path)) = (fields.next(), fields.next()) {
            found.push(raw_record(&String::from_utf8_lossy(facts), path)?);
        }
        Ok(found)
    }

    /// The files below a folder of a commit's tree; none where there is no such folder.
    pub fn files_below(&self, commit: &CommitId, folder: &str) -> Result<Vec<TreeFile>> {
        let output = self.git.output([
            "--literal-pathspecs",
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            commit.as_str(),
            "--",
            folder,
        ])?;
        if !output.status.success() {
            return Err(Error::state(format!("git does not list {folder} of {}: {}", commit.short(), output.talk())));
        }
        let records = output.stdout.split(|b| *b == 0).filter(|record| !record.is_empty());
        records
            .map(|record| {
                let tab = record.iter().position(|b| *b == b'\t').unwrap_or(record.len());
                let facts = String::from_utf8_lossy(&record[..tab]).into_owned();
                let mut words = facts.split(' ');
                let mode = words.next().and_then(|mode| u32::from_str_radix(mode, 8).ok()).unwrap_or_default();
                let blob = words.nth(1).unwrap_or_default().to_owned();
                let path = path_of(record.get(tab + 1..).unwrap_or_default());
                Ok(TreeFile { path, blob, plain: PLAIN.contains(&mode) })
            })
            .collect()
    }

    /// The content of a plain file at a commit; `None` where there is none of this name.
    pub fn file_at(&self, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>> {
        if let Some(repository) = &self.library
            && let Ok(found) = file_in(repository, commit, path)
        {
            return Ok(found);
        }
        let found = self.files_below(commit, path)?.into_iter().find(|file| file.path.as_os_str() == path);
        found.filter(|file| file.plain).map(|file| self.blob(&file.blob)).transpose()
    }

    /// The content that git has by this name.
    pub fn blob(&self, id: &str) -> Result<Vec<u8>> {
        if let Some(repository) = &self.library
            && let Ok(id) = id.parse::<CommitId>()
            && let Ok(blob) = oid(&id).and_then(|id| repository.find_blob(id))
        {
            return Ok(blob.content().to_vec());
        }
        let output = self.git.output(["cat-file", "blob", id])?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(Error::state(format!("the file content {id} is not in this repository")).hint("`git fsck` tells more"))
        }
    }
}

/// What [`Reader::file_at`] tells, without a process.
fn file_in(repository: &git2::Repository, commit: &CommitId, path: &str) -> Result<Option<Vec<u8>>, git2::Error> {
    let tree = repository.find_commit(oid(commit)?)?.tree()?;
    let entry = match tree.get_path(Path::new(path)) {
        Ok(entry) => entry,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let plain = u32::try_from(entry.filemode()).is_ok_and(|mode| PLAIN.contains(&mode));
    plain.then(|| Ok(repository.find_blob(entry.id())?.content().to_vec())).transpose()
}

fn path_of(bytes: &[u8]) -> PathBuf {
    OsString::from_vec(bytes.to_vec()).into()
}

fn changed_file(delta: &git2::DiffDelta<'_>) -> Option<ChangedFile> {
    let change = match delta.status() {
        git2::Delta::Added => Change::Added,
        git2::Delta::Deleted => Change::Deleted,
        git2::Delta::Unmodified => return None,
        _ => Change::Modified,
    };
    let (old, new) = (delta.old_file(), delta.new_file());
    let path = path_of(if change == Change::Deleted { &old } else { &new }.path_bytes()?);
    let side = |file: &git2::DiffFile<'_>| {
        let plain = matches!(file.mode(), git2::FileMode::Blob | git2::FileMode::BlobExecutable);
        TreeFile { path: path.clone(), blob: file.id().to_string(), plain }
    };
    let (was, now) = (change != Change::Added, change != Change::Deleted);
    let (was, now) = (was.then(|| side(&old)), now.then(|| side(&new)));
    Some(ChangedFile { path, change, was, now })
}

/// `:OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS`, as git-diff-tree(1), "Raw output format", describes it.
fn raw_record(facts: &str, path: &[u8]) -> Result<ChangedFile> {
    let words: Vec<&str> = facts.trim_start_matches(':').split(' ').collect();
    let [old_mode, mode, old_blob, blob, status] = words.as_slice() else {
        return Err(Error::unknown(format!("git printed {facts:?} where a changed file was expected")));
    };
    let change = match status.chars().next() {
        Some('A') => Change::Added,
        Some('D') => Change::Deleted,
        _ => Change::Modified,
    };
    let path = path_of(path);
    let side = |mode: &str, blob: &str| {
        let plain = u32::from_str_radix(mode, 8).is_ok_and(|mode| PLAIN.contains(&mode));
        TreeFile { path: path.clone(), blob: blob.to_owned(), plain }
    };
    let was = (change != Change::Added).then(|| side(old_mode, old_blob));
    let now = (change != Change::Deleted).then(|| side(mode, blob));
    Ok(ChangedFile { path, change, was, now })
}
