//! Makes copies of commits with other messages, and moves refs with their expected old values.
//!
//! The work tree and the index are never touched: a copy has the tree of its original.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;

use super::exec::Git;
use super::object::{Commit, ObjectFormat, Stored};
use crate::error::{Context as _, Error, Result};
use crate::names::{CommitId, RefName};

/// One commit of a stack and the commit that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The commit as it is in the person's branch.
    pub original: Commit,
    /// The same commit, or its copy. Not known before writing where the copy is signed.
    pub commit: CommitId,
    /// Parents of the commit that stands for it.
    pub parents: Vec<CommitId>,
    /// Its message.
    pub message: Vec<u8>,
    /// Whether it is a copy, which has to be written.
    pub copied: bool,
    /// Whether the copy needs a signature because its original has one.
    pub resign: bool,
}

/// Which commits stand for a stack when `message` gives some of them another message. A commit
/// whose parent is copied is copied as well. Pure: nothing is written.
pub fn plan(commits: &[Commit], format: ObjectFormat, message: impl Fn(&Commit) -> Option<Vec<u8>>) -> Vec<Rewrite> {
    let mut copies: BTreeMap<CommitId, CommitId> = BTreeMap::new();
    commits
        .iter()
        .map(|commit| {
            let parents: Vec<CommitId> = commit.parents.iter().map(|p| copies.get(p).unwrap_or(p).clone()).collect();
            let new_message = message(commit);
            let is_copy = new_message.is_some() || parents != commit.parents;
            let message = new_message.unwrap_or_else(|| commit.message.clone());
            let id = if is_copy { format.commit_id(&commit.rewritten(&parents, &message)) } else { commit.id.clone() };
            copies.insert(commit.id.clone(), id.clone());
            Rewrite {
                original: commit.clone(),
                commit: id,
                parents,
                message,
                copied: is_copy,
                resign: is_copy && commit.signed,
            }
        })
        .collect()
}

/// Writes the copies of a plan. Where originals are signed, git signs their copies, and the ids
/// in the answer differ from the plan's.
pub fn write(git: &Git<'_>, format: ObjectFormat, rewrites: Vec<Rewrite>) -> Result<Vec<Rewrite>> {
    if rewrites.iter().any(|rewrite| rewrite.resign) {
        return write_signed(git, format, rewrites);
    }
    let copies: Vec<&Rewrite> = rewrites.iter().filter(|rewrite| rewrite.copied).collect();
    let objects: Vec<Vec<u8>> = copies.iter().map(|r| r.original.rewritten(&r.parents, &r.message)).collect();
    let written = hash_objects(git, &objects)?;
    if written.iter().ne(copies.iter().map(|copy| &copy.commit)) {
        return Err(Error::unknown("git stored a commit under another id than its bytes have"));
    }
    Ok(rewrites)
}

fn write_signed(git: &Git<'_>, format: ObjectFormat, rewrites: Vec<Rewrite>) -> Result<Vec<Rewrite>> {
    let mut copies: BTreeMap<CommitId, CommitId> = BTreeMap::new();
    let mut done = Vec::with_capacity(rewrites.len());
    for mut rewrite in rewrites {
        rewrite.parents = rewrite.original.parents.iter().map(|p| copies.get(p).unwrap_or(p).clone()).collect();
        if rewrite.resign {
            rewrite.commit = commit_signed(git, &rewrite)?;
        } else if rewrite.copied {
            let bytes = rewrite.original.rewritten(&rewrite.parents, &rewrite.message);
            hash_objects(git, std::slice::from_ref(&bytes))?;
            rewrite.commit = format.commit_id(&bytes);
        }
        copies.insert(rewrite.original.id.clone(), rewrite.commit.clone());
        done.push(rewrite);
    }
    Ok(done)
}

fn commit_signed(git: &Git<'_>, rewrite: &Rewrite) -> Result<CommitId> {
    let original = &rewrite.original;
    let unusual = original.unusual_headers();
    if !unusual.is_empty() {
        return Err(Error::state(format!(
            "the copy of {} with a Change-Id cannot be signed: it would lose its {}",
            original.id.short(),
            unusual.join(", ")
        ))
        .hint("add the Change-Id yourself: `git commit --amend`, or install the server's commit-msg hook"));
    }
    let git = as_person(git, "COMMITTER", original.stored_committer());
    let new = NewCommit {
        tree: &original.tree,
        parents: &rewrite.parents,
        message: &rewrite.message,
        author: original.stored_author(),
        encoding: original.encoding(),
        sign: true,
    };
    new.write(&git).map_err(|why| {
        Error::state(format!("the copy of {} with a Change-Id could not be signed: {why}", original.id.short()))
            .hint("add the Change-Id yourself: `git commit --amend`, or install the server's commit-msg hook")
    })
}

/// A commit that is made new. The committer is whom git's configuration, or its environment, says.
#[derive(Debug, Clone)]
pub struct NewCommit<'c> {
    /// Its tree.
    pub tree: &'c str,
    /// Its parents.
    pub parents: &'c [CommitId],
    /// Its message.
    pub message: &'c [u8],
    /// Who wrote what it changes, and when.
    pub author: Stored<'c>,
    /// The encoding of the message and of names; `None` is UTF-8.
    pub encoding: Option<String>,
    /// Whether git signs it.
    pub sign: bool,
}

impl NewCommit<'_> {
    /// Writes it; no ref moves.
    pub fn write(&self, git: &Git<'_>) -> Result<CommitId> {
        let encoding = self.encoding.as_deref().unwrap_or("UTF-8");
        let mut arguments = vec!["-c".to_owned(), format!("i18n.commitEncoding={encoding}"), "commit-tree".to_owned()];
        arguments.extend(self.sign.then(|| "-S".to_owned()));
        for parent in self.parents {
            arguments.extend(["-p".to_owned(), parent.to_string()]);
        }
        arguments.extend(["-F".to_owned(), "-".to_owned(), self.tree.to_owned()]);
        let git = as_person(git, "AUTHOR", self.author);
        let (_, output) = git.feed_output(&arguments, self.message)?;
        if output.status.success() {
            return output.text().parse().map_err(|_| Error::unknown("`git commit-tree` printed no commit id"));
        }
        let talk = output.talk();
        let said = talk.lines().find(|line| line.starts_with("fatal: ") || line.starts_with("error: "));
        let said = said.or(talk.lines().find(|line| !line.trim().is_empty())).unwrap_or("git said nothing");
        let error = Error::state(said.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned());
        Err(if talk.contains("user.email") || talk.contains("ident") {
            error.hint("tell git who you are: `git config user.name NAME` and `git config user.email ADDRESS`")
        } else {
            error
        })
    }
}

/// git with `GIT_AUTHOR_NAME` and its kin; the `@` keeps it from taking the time for anything else
/// (git-commit(1), "DATE FORMATS").
fn as_person<'a>(git: &Git<'a>, role: &str, who: Stored<'_>) -> Git<'a> {
    git.clone()
        .with_env(format!("GIT_{role}_NAME"), OsStr::from_bytes(who.name))
        .with_env(format!("GIT_{role}_EMAIL"), OsStr::from_bytes(who.email))
        .with_env(format!("GIT_{role}_DATE"), OsStr::from_bytes(&[b"@", who.when].concat()))
}

/// Stores commit objects, all in one process, and returns their ids in order.
pub(super) fn hash_objects(git: &Git<'_>, objects: &[Vec<u8>]) -> Result<Vec<CommitId>> {
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let broken = || Error::state("the temporary folder cannot be written to");
    let folder = tempfile::tempdir().or_error(broken)?;
    let mut list = Vec::new();
    for (number, bytes) in objects.iter().enumerate() {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, bytes).or_error(broken)?;
        writeln!(list, "{}", path.display()).or_error(broken)?;
    }
    let text = git.feed(["hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths"], &list)?;
    text.lines()
        .map(|line| line.parse().map_err(|_| Error::unknown("`git hash-object` printed no commit id")))
        .collect()
}

/// Moves of refs that happen together or not at all (git-update-ref(1), `--stdin`).
#[derive(Debug, Default)]
pub struct RefTransaction {
    commands: Vec<u8>,
    reason: Option<String>,
}

impl RefTransaction {
    /// An empty one; `reason` goes into the reflogs.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { commands: Vec::new(), reason: Some(reason.into()) }
    }

    /// Sets a ref that is pyflow's own, whatever it held.
    pub fn set(&mut self, name: &RefName, new: &CommitId) {
        self.line(&format!("update {name}\0{new}\0\0"));
    }

    /// Makes a ref; the transaction fails where there is one of this name.
    pub fn create(&mut self, name: &RefName, new: &CommitId) {
        self.line(&format!("create {name}\0{new}\0"));
    }

    /// Moves a ref from `old` to `new`; the transaction fails where it holds something else.
    pub fn advance(&mut self, name: &RefName, old: &CommitId, new: &CommitId) {
        self.line(&format!("update {name}\0{new}\0{old}\0"));
    }

    /// Moves a detached HEAD.
    pub fn advance_head(&mut self, old: &CommitId, new: &CommitId) {
        self.line("option no-deref\0");
        self.line(&format!("update HEAD\0{new}\0{old}\0"));
    }

    /// Removes a ref that is pyflow's own; one that is not there is fine.
    pub fn remove(&mut self, name: &RefName) {
        self.line(&format!("delete {name}\0\0"));
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Carries it out; all of it or nothing.
    pub fn commit(self, git: &Git<'_>) -> Result<()> {
        if self.commands.is_empty() {
            return Ok(());
        }
        let mut arguments = vec!["update-ref".to_owned()];
        if let Some(reason) = self.reason {
            arguments.extend(["-m".to_owned(), reason]);
        }
        arguments.extend(["-z".to_owned(), "--stdin".to_owned()]);
        // Without an explicit end git commits whatever it has read when its input ends, and a kill
        // of pyflow may end that anywhere.
        let input = [b"start\0", self.commands.as_slice(), b"prepare\0commit\0"].concat();
        git.feed(&arguments, &input).map(drop)
    }

    fn line(&mut self, text: &str) {
        self.commands.extend_from_slice(text.as_bytes());
    }
}
