//! What changed between two commits, and what a commit's tree holds. libgit2 answers; where it
//! cannot, git's plumbing does. Renames are told as what they are for a tree: one file gone,
//! one new.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use git2::Tree;

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
/// The mode of a folder in a tree.
const FOLDER: i32 = 0o040_000;

impl Reader<'_> {
    /// The files in which `to` differs from `from`, by path.
    pub fn changed(&self, from: &CommitId, to: &CommitId) -> Result<Vec<ChangedFile>> {
        if let Some(repository) = &self.library {
            let differences = || -> Result<Vec<ChangedFile>, git2::Error> {
                let tree = |commit| repository.find_commit(oid(commit)?)?.tree();
                let mut found = Vec::new();
                compare(repository, Some(&tree(from)?), Some(&tree(to)?), &[], &mut found)?;
                found.sort_by(|one, other| one.name().cmp(other.name()));
                Ok(found)
            };
            if let Ok(found) = differences() {
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

/// What a tree has under a name: whose id, and its mode.
type Entry = (git2::Oid, i32);

/// What two trees differ in, below `folder`. Folders that are the same are not opened: libgit2's own
/// comparison reads every tree of both, which in a repository of 50,000 files takes 24 ms a commit.
fn compare(
    repository: &git2::Repository,
    old: Option<&Tree<'_>>,
    new: Option<&Tree<'_>>,
    folder: &[u8],
    found: &mut Vec<ChangedFile>,
) -> Result<(), git2::Error> {
    let names = |tree: Option<&Tree<'_>>| -> BTreeMap<Vec<u8>, Entry> {
        let entries = tree.into_iter().flat_map(Tree::iter);
        entries.map(|entry| (entry.name_bytes().to_vec(), (entry.id(), entry.filemode()))).collect()
    };
    let (mut olds, news) = (names(old), names(new));
    let mut pairs: Vec<(Vec<u8>, Option<Entry>, Option<Entry>)> = Vec::new();
    for (name, new) in news {
        let old = olds.remove(&name);
        if old != Some(new) {
            pairs.push((name, old, Some(new)));
        }
    }
    pairs.extend(olds.into_iter().map(|(name, old)| (name, Some(old), None)));
    for (name, old, new) in pairs {
        let path = [folder, &name].concat();
        let subtree = |side: Option<Entry>| {
            side.filter(|(_, mode)| *mode == FOLDER).map(|(id, _)| repository.find_tree(id)).transpose()
        };
        let folders = (subtree(old)?, subtree(new)?);
        if folders.0.is_some() || folders.1.is_some() {
            let below = [&path[..], b"/"].concat();
            compare(repository, folders.0.as_ref(), folders.1.as_ref(), &below, found)?;
        }
        let file = |side: Option<Entry>| {
            let (id, mode) = side.filter(|(_, mode)| *mode != FOLDER)?;
            let plain = u32::try_from(mode).is_ok_and(|mode| PLAIN.contains(&mode));
            Some(TreeFile { path: path_of(&path), blob: id.to_string(), plain })
        };
        let (was, now) = (file(old), file(new));
        let change = match (&was, &now) {
            (None, None) => continue,
            (None, Some(_)) => Change::Added,
            (Some(_), None) => Change::Deleted,
            (Some(_), Some(_)) => Change::Modified,
        };
        found.push(ChangedFile { path: path_of(&path), change, was, now });
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// Names that sort otherwise as folders than as files, and files where others have folders.
    const NAMES: [&str; 9] = ["a", "a.b", "a/b", "a/b/c", "a-b/c", "a0", "d/e/f", "d/e/g", "d/\u{e9}"];
    const MODES: [u32; 4] = [0o100_644, 0o100_755, 0o120_000, 0o160_000];

    fn tree(repository: &git2::Repository, files: &[(usize, usize, u8)]) -> git2::Oid {
        let mut index = repository.index().unwrap();
        index.clear().unwrap();
        for (name, mode, content) in files {
            let zero = git2::IndexTime::new(0, 0);
            let mut entry = git2::IndexEntry {
                ctime: zero,
                mtime: zero,
                dev: 0,
                ino: 0,
                mode: MODES[*mode],
                uid: 0,
                gid: 0,
                file_size: 0,
                id: git2::Oid::from_bytes(&[*content + 1; 20]).unwrap(),
                flags: 0,
                flags_extended: 0,
                path: NAMES[*name].as_bytes().to_vec(),
            };
            if MODES[*mode] != 0o160_000 {
                entry.id = repository.blob(&[*content]).unwrap();
            }
            index.add(&entry).unwrap();
        }
        index.write_tree().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn two_trees_differ_in_what_git_says(
            old in prop::collection::vec((0..NAMES.len(), 0..MODES.len(), 0..3u8), 0..8),
            new in prop::collection::vec((0..NAMES.len(), 0..MODES.len(), 0..3u8), 0..8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let repository = git2::Repository::init_bare(folder.path()).unwrap();
            let (old, new) = (tree(&repository, &old), tree(&repository, &new));
            let mut found = Vec::new();
            let [from, to] = [old, new].map(|id| repository.find_tree(id).unwrap());
            compare(&repository, Some(&from), Some(&to), &[], &mut found).unwrap();
            found.sort_by(|one, other| one.name().cmp(other.name()));
            let said = Command::new("git")
                .args(["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev"])
                .args([old.to_string(), new.to_string()])
                .current_dir(folder.path())
                .output()
                .unwrap();
            prop_assert!(said.status.success());
            let fields: Vec<&[u8]> = said.stdout.split(|b| *b == 0).filter(|field| !field.is_empty()).collect();
            let mut told: Vec<ChangedFile> = fields
                .chunks(2)
                .map(|pair| raw_record(&String::from_utf8_lossy(pair[0]), pair[1]).unwrap())
                .collect();
            told.sort_by(|one, other| one.name().cmp(other.name()));
            prop_assert_eq!(found, told);
        }
    }
}
