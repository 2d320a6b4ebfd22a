//! Picks in memory: what `git cherry-pick` would come to, by git's own merge, without a checkout.
//!
//! A pick is a three-way merge of trees: the original's parent is the base, the original one side,
//! the target the other (git's sequencer.c, `do_pick_commit`). `merge-tree` wants commits, and
//! before git 2.40 finds the base by itself; so the three trees become three commits of nobody's,
//! of which two have the third as their parent. Nothing refers to them; git removes them in time.

use super::Checkout;
use super::merge::merged;
use super::object::Commit;
use super::write::hash_objects;
use crate::error::{Error, Result};
use crate::names::CommitId;

/// What came of a pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// The tree that it makes.
    Clean(String),
    /// What it changes is there already.
    Nothing,
    /// These files conflict.
    Conflicts(Conflicts),
}

/// Files that conflict, and what git made of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts {
    /// The files, by name.
    pub files: Vec<String>,
    /// The tree with conflict markers in it.
    pub tree: String,
    /// What the markers of either side are labelled with.
    pub labels: [CommitId; 2],
}

/// The parent that a commit is compared with. Of a merge `mainline` says which, counted from 1;
/// `None` where the commit has none.
pub fn base(commit: &Commit, mainline: Option<usize>) -> Result<Option<&CommitId>> {
    let (id, subject) = (commit.id.short(), commit.subject());
    match (commit.parents.as_slice(), mainline) {
        (parents @ [_, _, ..], Some(number)) => {
            let parent = number.checked_sub(1).and_then(|at| parents.get(at));
            parent.map(Some).ok_or_else(|| {
                Error::usage(format!(
                    "{id} ({subject}) is a merge of {} commits, and has no parent {number}",
                    parents.len()
                ))
                .hint(format!("`git show --no-patch {id}` lists its parents"))
            })
        }
        ([], _) => Ok(None),
        ([parent], _) => Ok(Some(parent)),
        (parents, None) => Err(Error::usage(format!(
            "{id} ({subject}) is a merge of {} commits: which of them is the line that it was merged into?",
            parents.len()
        ))
        .hint("most often the first: `--mainline 1`; `git show --no-patch` lists them")),
    }
}

impl Checkout<'_> {
    /// Picks what leads from `base` to `theirs` onto `ours`: trees, and the tree that comes of it.
    pub fn pick(&self, ours: &str, base: &str, theirs: &str) -> Result<Picked> {
        let bytes = |tree: &str, parent: Option<&CommitId>| {
            let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
            format!("tree {tree}\n{parent}author pyflow <> 0 +0000\ncommitter pyflow <> 0 +0000\n\npick\n").into_bytes()
        };
        let shared = bytes(base, None);
        let parent = self.format.commit_id(&shared);
        let sides = [ours, theirs].map(|tree| bytes(tree, Some(&parent)));
        let labels = [self.format.commit_id(&sides[0]), self.format.commit_id(&sides[1])];
        let [one, other] = sides;
        hash_objects(&self.git, &[shared, one, other])?;
        // The attributes are the target's (git-merge-tree(1) reads those of the work tree; a git that
        // does not know the variable, before 2.41, still does).
        let git = self.git.clone().with_env("GIT_ATTR_SOURCE", ours);
        let merge = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
        let output = git.output(merge.into_iter().chain([labels[0].as_str(), labels[1].as_str()]))?;
        match (output.status.code(), merged(&output)) {
            (Some(0), Some((tree, _))) if tree == ours => Ok(Picked::Nothing),
            (Some(0), Some((tree, _))) => Ok(Picked::Clean(tree)),
            (Some(1), Some((tree, files))) => Ok(Picked::Conflicts(Conflicts { files, tree, labels })),
            // git's rename detection has run into its own assertions (merge-ort.c, up to 2.39 at least).
            (None, _) => Err(Error::unknown(format!(
                "git crashed while it tried the pick: {}",
                output.talk().lines().next().unwrap_or("it said nothing")
            ))
            .hint("a newer git may know better; without its search for renames: `git config merge.renames false`")),
            _ => {
                let talk = output.talk();
                let first = talk.lines().next().unwrap_or("git merge-tree said nothing").trim_start_matches("fatal: ");
                let error = Error::state(format!("git could not try the pick: {first}"));
                Err(if self.shallow {
                    error.hint("this clone does not have the whole history: `git fetch --unshallow`")
                } else {
                    error.hint("`git fsck` tells whether the repository is whole")
                })
            }
        }
    }

    /// The tree of a commit; that of nothing where there is none.
    pub fn tree_of(&self, commit: Option<&CommitId>) -> Result<String> {
        match commit {
            Some(commit) if self.shallow && !self.read().has(commit) => Err(Error::state(format!(
                "{} is not in this clone, which does not have the whole history",
                commit.short()
            ))
            .hint("`git fetch --unshallow` fetches it")),
            Some(commit) => Ok(self.read().commit(commit)?.tree),
            None => self.git.feed(["mktree"], b""),
        }
    }

    /// The same tree with files at other places, or with other content.
    pub fn tree_with(&self, tree: &str, edits: &[Edit]) -> Result<String> {
        let folder = tempfile::tempdir()
            .map_err(|error| Error::state("the temporary folder cannot be written to").because(error))?;
        let git = self.git.clone().with_env("GIT_INDEX_FILE", folder.path().join("index"));
        git.read(["read-tree", tree])?;
        let mut input = Vec::new();
        for edit in edits {
            // git-update-index(1), "Using --index-info": mode 0 removes.
            if let Some(from) = &edit.from {
                input.extend_from_slice(format!("0 {}\t{from}\0", "0".repeat(edit.blob.len())).as_bytes());
            }
            input.extend_from_slice(format!("{} {}\t{}\0", edit.mode, edit.blob, edit.path).as_bytes());
        }
        git.feed(["update-index", "-z", "--index-info"], &input)?;
        git.read(["write-tree"])
    }

    /// Stores the content of a file.
    pub fn store(&self, content: &[u8]) -> Result<String> {
        self.git.feed(["hash-object", "-w", "--no-filters", "--stdin"], content)
    }
}

/// A file of a tree that gets another place or content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where it was, if that is another place.
    pub from: Option<String>,
    /// Where it is.
    pub path: String,
    /// git's mode: `100644`.
    pub mode: String,
    /// git's name for its content.
    pub blob: String,
}
