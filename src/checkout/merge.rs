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
    /// These files conflict; none where git cannot say which, as with a folder renamed to several places.
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
    Ok(judge(&output))
}

fn judge(output: &Output) -> Merge {
    match output.status.code() {
        Some(0) => Merge::Clean,
        Some(1) => match merged(output) {
            Some((_, files)) => Merge::Conflicts(files),
            None => not_tried(output),
        },
        _ => not_tried(output),
    }
}

/// What `git merge-tree --name-only --no-messages -z` printed: the tree, and the files in conflict. Without
/// a tree it is a failure of git's, such as a store it cannot read. Without a file it can be a conflict
/// all the same (git-merge-tree(1), "MISTAKES TO AVOID"): the exit code tells.
pub(super) fn merged(output: &Output) -> Option<(String, Vec<String>)> {
    let mut parts = output.stdout.split(|b| *b == 0).map(|name| String::from_utf8_lossy(name).into_owned());
    let tree = parts.next().filter(|tree| !tree.is_empty())?;
    let mut files: Vec<String> = parts.filter(|name| !name.is_empty()).collect();
    files.sort();
    files.dedup();
    Some((tree, files))
}

fn not_tried(output: &Output) -> Merge {
    Merge::NotTried(output.talk().lines().next().unwrap_or("git merge-tree said nothing").to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn the_code_tells_and_not_the_list_of_files() {
        let tree = "af356e6460519c473753d40cc2282777069fa981\0";
        let judged = |code: i32, stdout: String, stderr: &str| {
            let status = ExitStatus::from_raw(code << 8);
            judge(&Output { status, stdout: stdout.into_bytes(), stderr: stderr.as_bytes().to_vec() })
        };
        assert_eq!(judged(0, tree.into(), ""), Merge::Clean);
        assert_eq!(judged(1, format!("{tree}one\0one\0two\0"), ""), Merge::Conflicts(vec!["one".into(), "two".into()]));
        // A folder that was renamed to two places.
        assert_eq!(judged(1, tree.into(), ""), Merge::Conflicts(Vec::new()));
        let talk = "merge-tree: 12 - not something we can merge";
        assert_eq!(judged(1, String::new(), talk), Merge::NotTried(talk.into()));
        assert_eq!(judged(128, String::new(), "fatal: x"), Merge::NotTried("fatal: x".into()));
    }
}
