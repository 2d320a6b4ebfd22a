//! Brings branches of the remote up to date, or looks at one without writing anything. What a
//! server's refusal means is not known here.

use std::time::SystemTime;

use super::Checkout;
use super::exec::Git;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId, RemoteName};

/// Why nothing was fetched.
#[derive(Debug)]
pub enum Failure {
    /// In words already: git could not be started, or there is no such branch.
    Known(Error),
    /// What git, ssh and the server said.
    Talk(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Known(error)
    }
}

/// A fetch of what is named and of nothing else, with nothing written that nobody asked for. Without
/// the empty `--refmap` git goes by the remote's own refspecs as well (git-fetch(1)), and
/// `+refs/heads/*:refs/heads/*` among them would overwrite the person's branches.
const FETCH: [&str; 7] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-recurse-submodules",
    "--refmap=",
];

/// Fetches every branch into its tracking ref, and nothing else.
pub fn fetch_all(git: &Git<'_>, remote: &RemoteName) -> Result<(), Failure> {
    fetch_objects(git, remote, [all_branches(remote)])
}

fn all_branches(remote: &RemoteName) -> String {
    format!("+refs/heads/*:refs/remotes/{remote}/*")
}

/// Fetches a branch into its tracking ref, and nothing else.
pub fn fetch(git: &Git<'_>, remote: &RemoteName, branch: &BranchName) -> Result<(), Failure> {
    fetch_several(git, remote, std::slice::from_ref(branch)).map(drop)
}

/// Fetches several branches into their tracking refs at once, and nothing else. The answer names
/// those that the remote does not have.
pub fn fetch_several(git: &Git<'_>, remote: &RemoteName, branches: &[BranchName]) -> Result<Vec<BranchName>, Failure> {
    let run = |branches: &[&BranchName]| {
        let mut arguments: Vec<String> = FETCH.map(str::to_owned).into();
        arguments.extend(["--end-of-options".to_owned(), remote.to_string()]);
        arguments.extend(branches.iter().map(|branch| format!("+{}:{}", branch.full(), branch.tracking(remote))));
        git.output(arguments)
    };
    let output = run(&branches.iter().collect::<Vec<_>>())?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    if !output.talk().contains("couldn't find remote ref") {
        return Err(Failure::Talk(output.talk()));
    }
    // One that is not there spoils the whole fetch, so the others are fetched without it.
    let there = listed(git, remote, branches)?;
    let (there, missing): (Vec<_>, Vec<_>) =
        branches.iter().partition(|branch| there.iter().any(|(known, _)| known == *branch));
    let [first, ..] = missing.as_slice() else { return Err(Failure::Talk(output.talk())) };
    if there.is_empty() {
        return Err(no_such_branch(git, remote, first).into());
    }
    let output = run(&there)?;
    if !output.status.success() {
        return Err(Failure::Talk(output.talk()));
    }
    Ok(missing.into_iter().cloned().collect())
}

/// The commits that several branches of the remote are at, without moving any ref. Objects that
/// are missing here go where `git` writes.
pub fn peek_several(
    git: &Git<'_>,
    remote: &RemoteName,
    branches: &[BranchName],
    has: impl Fn(&CommitId) -> bool,
) -> Result<Vec<(BranchName, CommitId)>, Failure> {
    let found = listed(git, remote, branches)?;
    if found.is_empty()
        && let Some(first) = branches.first()
    {
        return Err(no_such_branch(git, remote, first).into());
    }
    let unknown: Vec<&BranchName> = found.iter().filter(|(_, commit)| !has(commit)).map(|(branch, _)| branch).collect();
    if !unknown.is_empty() {
        fetch_objects(git, remote, unknown.iter().map(|branch| branch.full().to_string()))?;
    }
    Ok(found)
}

/// Fetches what these refs of the remote hold; no ref moves here.
pub fn fetch_objects(
    git: &Git<'_>,
    remote: &RemoteName,
    refs: impl IntoIterator<Item = String>,
) -> Result<(), Failure> {
    let mut arguments: Vec<String> = FETCH.map(str::to_owned).into();
    arguments.extend(["--end-of-options".to_owned(), remote.to_string()]);
    arguments.extend(refs);
    let output = git.output(arguments)?;
    if output.status.success() { Ok(()) } else { Err(Failure::Talk(output.talk())) }
}

/// Which of these branches the remote has, and where they are.
fn listed(git: &Git<'_>, remote: &RemoteName, branches: &[BranchName]) -> Result<Vec<(BranchName, CommitId)>, Failure> {
    let mut arguments = ["ls-remote", "--quiet", "--end-of-options", remote.as_str()].map(str::to_owned).to_vec();
    arguments.extend(branches.iter().map(|branch| branch.full().to_string()));
    let output = git.output(arguments)?;
    if !output.status.success() {
        return Err(Failure::Talk(output.talk()));
    }
    let text = output.text();
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    // A pattern of ls-remote fits longer names, too; only the very name counts.
    let found = branches.iter().filter_map(|branch| {
        let (id, _) = lines.iter().find(|(_, name)| *name == branch.full().as_str())?;
        Some((branch.clone(), id.parse().ok()?))
    });
    Ok(found.collect())
}

/// The commit that a branch of the remote is at, without moving any ref. Objects that are missing
/// here go where `git` writes: see `Checkout::look_only`.
pub fn peek(
    git: &Git<'_>,
    remote: &RemoteName,
    branch: &BranchName,
    has: impl Fn(&CommitId) -> bool,
) -> Result<CommitId, Failure> {
    let found = peek_several(git, remote, std::slice::from_ref(branch), has)?;
    match found.into_iter().next() {
        Some((_, commit)) => Ok(commit),
        None => Err(no_such_branch(git, remote, branch).into()),
    }
}

/// The heads of all branches of the remote, with their history: needed where a stack holds merges,
/// which may bring commits of any branch. Tracking refs move; with `look_only` nothing does, and
/// objects go where `git` writes.
pub fn heads(git: &Git<'_>, remote: &RemoteName, look_only: bool) -> Result<Vec<CommitId>, Failure> {
    let listed = git.output(["ls-remote", "--quiet", "--heads", "--end-of-options", remote.as_str()])?;
    if !listed.status.success() {
        return Err(Failure::Talk(listed.talk()));
    }
    let listed = listed.text();
    let lines = || listed.lines().filter_map(|line| line.split_once('\t'));
    // A pattern needs a ref to go to; where none may move, each branch is named.
    let wanted: Vec<String> =
        if look_only { lines().map(|(_, name)| name.to_owned()).collect() } else { vec![all_branches(remote)] };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut arguments = FETCH.to_vec();
    arguments.extend(["--end-of-options", remote.as_str()]);
    arguments.extend(wanted.iter().map(String::as_str));
    let fetched = git.output(arguments)?;
    if !fetched.status.success() {
        return Err(Failure::Talk(fetched.talk()));
    }
    Ok(lines().filter_map(|(id, _)| id.parse().ok()).collect())
}

fn no_such_branch(git: &Git<'_>, remote: &RemoteName, branch: &BranchName) -> Error {
    // A page that answers to everything looks to git like a repository of the old protocol that
    // holds nothing: that is no answer about the branch.
    let all = git.output(["ls-remote", "--quiet", "--end-of-options", remote.as_str()]);
    if !all.is_ok_and(|all| all.status.success() && all.text().contains("\trefs/")) {
        return Error::unknown(format!(
            "the remote {remote} does not show any branch, so {branch} could not be fetched"
        ))
        .hint(format!("is its address right? `git ls-remote {remote}` shows what is there"));
    }
    Error::refused(format!("there is no branch {branch} on the remote {remote}"))
        .hint(format!("`git ls-remote --heads {remote}` lists the branches that are there"))
        .hint("name the branch that the change should land on: `pyflow submit BRANCH`")
}

/// When a branch of the remote was last known to be as its tracking ref has it: the ref, its log or
/// `FETCH_HEAD` was written then. `None` where none of them tells.
pub fn last(checkout: &Checkout<'_>, remote: &RemoteName, branch: &BranchName) -> Option<SystemTime> {
    let tracking = branch.tracking(remote);
    let common = &checkout.common_dir;
    let files = [
        checkout.git_dir.join("FETCH_HEAD"),
        common.join("logs").join(tracking.as_str()),
        common.join(tracking.as_str()),
    ];
    files.iter().filter_map(|file| file.metadata().ok()?.modified().ok()).max()
}
