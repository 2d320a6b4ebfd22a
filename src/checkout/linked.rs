//! Linked work trees of pyflow's own (git-worktree(1)), in which a person resolves a conflict with
//! git's usual state: `git status`, editors and `git cherry-pick --continue` know it. The person's
//! own work tree is not touched.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::Checkout;
use super::exec::Git;
use super::object::Signature;
use super::write::NewCommit;
use crate::error::{Context as _, Error, Result};
use crate::names::CommitId;

/// A linked work tree.
pub struct Linked<'a> {
    path: PathBuf,
    /// Runs git in it.
    git: Git<'a>,
    /// Runs git in the repository that it belongs to.
    home: Git<'a>,
}

/// How a linked work tree stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where its HEAD is.
    pub head: CommitId,
    /// Whether a cherry-pick is under way in it.
    pub picking: bool,
    /// Paths that git calls unmerged.
    pub unmerged: Vec<String>,
    /// Tracked files that differ from what is staged.
    pub unstaged: Vec<String>,
}

/// Unmerged paths that one side has changed and the other has removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OneSided {
    /// Those that the target does not have.
    pub absent: Vec<String>,
    /// Those that the pick removes.
    pub removed: Vec<String>,
}

/// A conflict marker that was left in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl<'a> Checkout<'a> {
    /// A work tree that stays: the first of the repository's (the main one, unless that is bare) that
    /// does not lie below this folder of pyflow's own.
    pub fn lasting_worktree(&self, own: &Path) -> Result<PathBuf> {
        let text = self.git.output(["worktree", "list", "--porcelain", "-z"])?;
        let mut found = None;
        for field in text.stdout.split(|b| *b == 0) {
            if let Some(path) = field.strip_prefix(b"worktree ") {
                let path = PathBuf::from(std::ffi::OsStr::from_bytes(path));
                if found.is_some() {
                    break;
                }
                found = (!path.starts_with(own) && path.is_dir()).then_some(path);
            } else if field == b"bare" {
                found = None;
            }
        }
        found.ok_or_else(|| {
            Error::state("every work tree of this repository is one of a backport")
                .hint("make one to work in: `git worktree add FOLDER`")
        })
    }

    /// The linked work tree at this place, whether it is there or not.
    pub fn linked(&self, path: &Path) -> Linked<'a> {
        // From the common folder: the work tree that pyflow runs in may be the one that goes. Hooks are
        // for what a person does; none of these checkouts is.
        let home = Git::new(&self.common_dir, self.git.observe()).with_git_dir(&self.common_dir);
        let quiet = |git: Git<'a>| git.with_setting("core.hooksPath=/dev/null").with_env("GIT_OPTIONAL_LOCKS", "0");
        Linked { path: path.to_owned(), git: quiet(Git::new(path, self.git.observe())), home: quiet(home) }
    }
}

impl Linked<'_> {
    /// Whether it is there.
    pub fn exists(&self) -> bool {
        self.path.join(".git").is_file()
    }

    /// Whether something lies in its place that git does not know as a work tree: its `.git` file is
    /// the first that git writes there.
    pub fn is_severed(&self) -> bool {
        let is_empty = || self.path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        !self.exists() && self.path.symlink_metadata().is_ok() && !is_empty()
    }

    /// Makes it, with this commit checked out and no branch.
    pub fn add(&self, commit: &CommitId) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)
                .or_error(|| Error::state(format!("{} cannot be made", folder.display())))?;
        }
        let arguments = ["worktree", "add", "--quiet", "--detach", "--force", "--"].map(Into::into);
        let place = [self.path.clone().into_os_string(), commit.as_str().into()];
        self.home.read(arguments.into_iter().chain(place)).map(drop)
    }

    /// Moves it to this commit, whatever is in it.
    pub fn reset(&self, commit: &CommitId) -> Result<()> {
        self.git.read(["reset", "--quiet", "--hard", commit.as_str()]).map(drop)
    }

    /// Picks a commit, which is expected to stop at a conflict, with this message prepared.
    pub fn pick(&self, commit: &CommitId, mainline: Option<usize>, message: &[u8]) -> Result<()> {
        let git = self.git.clone().with_setting("advice.mergeConflict=false").with_env("GIT_EDITOR", ":");
        let mut arguments = vec!["cherry-pick".to_owned(), "--allow-empty".to_owned()];
        arguments.extend(mainline.iter().map(|number| format!("--mainline={number}")));
        arguments.push(commit.to_string());
        let output = git.output(&arguments)?;
        if output.status.success() {
            return Ok(());
        }
        let place = self.git_path("CHERRY_PICK_HEAD")?;
        if !place.exists() {
            let talk = output.talk();
            let said = talk.lines().next().unwrap_or("git said nothing");
            return Err(Error::state(format!("`git cherry-pick` in {} failed: {said}", self.path.display())));
        }
        let place = self.git_path("MERGE_MSG")?;
        std::fs::write(&place, message).or_error(|| Error::state(format!("{} cannot be written", place.display())))
    }

    fn git_path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.path.join(self.git.read(["rev-parse", "--git-path", name])?))
    }

    /// How it stands.
    pub fn standing(&self) -> Result<Standing> {
        let head = self.git.read(["rev-parse", "--verify", "HEAD^{commit}"])?;
        let head =
            head.parse().map_err(|_| Error::unknown(format!("git printed {head:?} where a commit id was expected")))?;
        let unmerged = self.names(&["diff", "--name-only", "--diff-filter=U", "-z", "--no-relative"])?;
        let mut unstaged = self.names(&["diff", "--name-only", "-z", "--no-relative", "--no-ext-diff"])?;
        unstaged.retain(|name| !unmerged.contains(name));
        Ok(Standing { head, picking: self.git_path("CHERRY_PICK_HEAD")?.exists(), unmerged, unstaged })
    }

    /// Files of which one side has nothing, so that no marker shows the conflict.
    pub fn one_sided(&self) -> Result<OneSided> {
        // git-ls-files(1): `MODE OBJECT STAGE<TAB>PATH`; stage 1 is the base, 2 this side, 3 the other.
        let mut stages: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in self.names(&["ls-files", "--unmerged", "-z", "--full-name"])? {
            if let Some((facts, path)) = record.split_once('\t') {
                let stage = facts.rsplit(' ').next().unwrap_or_default().to_owned();
                stages.entry(path.to_owned()).or_default().push(stage);
            }
        }
        let only = |wanted: [&str; 2]| -> Vec<String> {
            stages.iter().filter(|(_, stages)| **stages == wanted).map(|(path, _)| path.clone()).collect()
        };
        Ok(OneSided { absent: only(["1", "3"]), removed: only(["1", "2"]) })
    }

    /// The tree that is staged; an error while paths are unmerged.
    pub fn staged(&self) -> Result<String> {
        self.git.read(["write-tree"])
    }

    fn names(&self, arguments: &[&str]) -> Result<Vec<String>> {
        let output = self.git.output(arguments)?;
        if !output.status.success() {
            return Err(Error::state(format!(
                "git does not tell how {} stands: {}",
                self.path.display(),
                output.talk()
            )));
        }
        let names = output.stdout.split(|b| *b == 0).filter(|name| !name.is_empty());
        let mut names: Vec<String> = names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        names.dedup();
        Ok(names)
    }

    /// Conflict markers left in these files. Links and folders hold none.
    pub fn markers(&self, files: &[String]) -> Result<Vec<Marker>> {
        let mut found = Vec::new();
        for (file, path) in self.places(files)? {
            if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                continue;
            }
            let bytes = std::fs::read(&path).or_error(|| Error::state(format!("{} cannot be read", path.display())))?;
            let first = bytes.split(|b| *b == b'\n').position(is_marker);
            found.extend(first.map(|at| Marker { file, line: at + 1 }));
        }
        Ok(found)
    }

    /// Where files are. A name that is not UTF-8 is known by what can be shown of it only; every file
    /// that looks so is meant.
    fn places(&self, files: &[String]) -> Result<Vec<(String, PathBuf)>> {
        let (odd, plain): (Vec<&String>, Vec<&String>) = files.iter().partition(|file| file.contains('\u{fffd}'));
        let mut found: Vec<_> = plain.into_iter().map(|file| (file.clone(), self.path.join(file))).collect();
        if !odd.is_empty() {
            let listed = self.git.output(["ls-files", "-z"])?;
            for name in listed.stdout.split(|b| *b == 0) {
                let shown = String::from_utf8_lossy(name).into_owned();
                if odd.contains(&&shown) {
                    found.push((shown, self.path.join(std::ffi::OsStr::from_bytes(name))));
                }
            }
        }
        Ok(found)
    }

    /// Everything in it that git does not ignore, as a commit on its HEAD: for the trash.
    pub fn snapshot(&self, message: &str, author: &Signature) -> Result<CommitId> {
        let folder = tempfile::tempdir().or_error(|| Error::state("the temporary folder cannot be written to"))?;
        let index = folder.path().join("index");
        let own = self.git_path("index")?;
        if own.exists() {
            std::fs::copy(&own, &index).or_error(|| Error::state(format!("{} cannot be read", own.display())))?;
        }
        let git = self.git.clone().with_env("GIT_INDEX_FILE", &index);
        git.read(["add", "--all", "--", "."])?;
        let tree = git.read(["write-tree"])?;
        let head = self.git.read(["rev-parse", "--verify", "HEAD^{commit}"])?;
        let parents = [head.parse().map_err(|_| Error::unknown("git printed no commit id"))?];
        let (message, author) = (message.as_bytes(), author.in_utf8());
        NewCommit { tree: &tree, parents: &parents, message, author, encoding: None, sign: false }.write(&self.home)
    }

    /// Takes it away, whatever is in it, and what git knows of it.
    pub fn remove(&self) -> Result<()> {
        let remove = || {
            let arguments = ["worktree", "remove", "--force", "--force", "--"].map(Into::into);
            self.home.output(arguments.into_iter().chain([self.path.clone().into_os_string()]))
        };
        let output = remove()?;
        if self.path.exists() {
            // One that was only half made: without its folder git lets go of it, too.
            std::fs::remove_dir_all(&self.path)
                .or_error(|| Error::state(format!("{} cannot be removed: {}", self.path.display(), output.talk())))?;
            remove()?;
        }
        self.home.read(["worktree", "prune"]).map(drop)
    }
}

/// `<<<<<<< `, `||||||| `, `>>>>>>> `, as git writes them (git-merge(1), "HOW CONFLICTS ARE
/// PRESENTED"). A line of `=` alone may as well be a heading.
fn is_marker(line: &[u8]) -> bool {
    [b"<<<<<<<", b"|||||||", b">>>>>>>"]
        .iter()
        .any(|mark| line.strip_prefix(*mark).is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\r'))))
}

#[cfg(test)]
mod tests {
    use super::is_marker;

    #[test]
    fn markers_and_what_looks_like_them() {
        for line in ["<<<<<<< HEAD", "<<<<<<<", "||||||| base", ">>>>>>> 1234567 (Fix)\r"] {
            assert!(is_marker(line.as_bytes()), "{line}");
        }
        for line in ["=======", "<<<<<<<<", " <<<<<<< HEAD", ">>>>>>", "<<<<<<<x", ""] {
            assert!(!is_marker(line.as_bytes()), "{line}");
        }
    }
}
