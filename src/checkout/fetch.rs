//! Brings one branch of the remote up to date, or looks at it without writing anything.

use super::exec::{Git, Output};
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId, RemoteName};

/// Fetches a branch into its tracking ref, and nothing else.
pub fn fetch(git: &Git<'_>, remote: &RemoteName, branch: &BranchName) -> Result<()> {
    let refspec = format!("+{}:{}", branch.full(), branch.tracking(remote));
    let output = git.output([
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
        "--end-of-options",
        remote.as_str(),
        &refspec,
    ])?;
    if output.status.success() { Ok(()) } else { Err(explain(git, &output, remote, branch)) }
}

/// The commit that a branch of the remote is at, without moving any ref. Objects that are missing
/// here go where `git` writes: see `Checkout::look_only`.
pub fn peek(
    git: &Git<'_>,
    remote: &RemoteName,
    branch: &BranchName,
    has: impl Fn(&CommitId) -> bool,
) -> Result<CommitId> {
    let output = git.output(["ls-remote", "--quiet", "--end-of-options", remote.as_str(), branch.full().as_str()])?;
    if !output.status.success() {
        return Err(explain(git, &output, remote, branch));
    }
    let text = output.text();
    let Some(commit) = text.lines().find_map(|line| {
        let (id, name) = line.split_once('\t')?;
        (name == branch.full().as_str()).then(|| id.parse::<CommitId>().ok())?
    }) else {
        return Err(no_such_branch(git, remote, branch));
    };
    if !has(&commit) {
        let output = git.output([
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--refmap=",
            "--end-of-options",
            remote.as_str(),
            branch.full().as_str(),
        ])?;
        if !output.status.success() {
            return Err(explain(git, &output, remote, branch));
        }
    }
    Ok(commit)
}

/// The heads of all branches of the remote, with their history: needed where a stack holds merges,
/// which may bring commits of any branch. Tracking refs move; with `look_only` nothing does, and
/// objects go where `git` writes.
pub fn heads(git: &Git<'_>, remote: &RemoteName, look_only: bool) -> Result<Vec<CommitId>> {
    let all = if look_only { "refs/heads/*".to_owned() } else { format!("+refs/heads/*:refs/remotes/{remote}/*") };
    let mut arguments = vec![
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
    ];
    if look_only {
        arguments.push("--refmap=");
    }
    arguments.extend(["--end-of-options", remote.as_str(), &all]);
    let fetched = git.output(arguments)?;
    if !fetched.status.success() {
        return Err(transport_error(&fetched.talk(), &format!("fetching from the remote {remote}")));
    }
    let listed = git.output(["ls-remote", "--quiet", "--heads", "--end-of-options", remote.as_str()])?;
    if !listed.status.success() {
        return Err(transport_error(&listed.talk(), &format!("listing the branches of the remote {remote}")));
    }
    Ok(listed.text().lines().filter_map(|line| line.split('\t').next()?.parse().ok()).collect())
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

fn explain(git: &Git<'_>, output: &Output, remote: &RemoteName, branch: &BranchName) -> Error {
    let talk = output.talk();
    if talk.contains("couldn't find remote ref") {
        return no_such_branch(git, remote, branch);
    }
    transport_error(&talk, &format!("fetching {branch} from the remote {remote}"))
}

/// Reads what git says when it could not talk to a server at all.
pub fn transport_error(talk: &str, doing: &str) -> Error {
    let fatal: Vec<&str> =
        talk.lines().filter_map(|line| line.strip_prefix("fatal: ").or(line.strip_prefix("error: "))).collect();
    let first = fatal.first().copied().or(talk.lines().find(|l| !l.trim().is_empty())).unwrap_or("git said nothing");
    let any = |words: &[&str]| words.iter().any(|word| talk.contains(word));
    if any(&[
        "Authentication failed",
        "Permission denied (",
        "could not read Username",
        "could not read Password",
        "terminal prompts disabled",
    ]) {
        let why = if any(&["could not read Username", "could not read Password", "terminal prompts disabled"]) {
            "there are no credentials for the server"
        } else {
            "the server did not accept who you are"
        };
        return Error::credentials(format!("{doing} failed: {why} ({first})"))
            .hint("`pyflow auth login` stores a password or token for http")
            .hint("for ssh, `ssh-add -l` shows which keys are offered");
    }
    if any(&["Host key verification failed", "REMOTE HOST IDENTIFICATION HAS CHANGED"]) {
        return Error::credentials(format!("{doing} failed: the server's ssh host key is not the one you know"))
            .hint("connect once with `ssh` and compare the fingerprint before you accept it");
    }
    if any(&["does not appear to be a git repository", "No such remote"])
        && !talk.contains("Could not read from remote")
    {
        return Error::state(format!("{doing} failed: {first}"))
            .hint("`pyflow setup` checks the remote and sets it up");
    }
    if any(&["mismatched algorithms", "does not support algorithm"]) {
        return Error::state(format!(
            "{doing} failed: the server's repository names objects by another hash than this one"
        ))
        .hint("clone the server's repository, and bring your commits there with `git format-patch` and `git am`");
    }
    // Gerrit answers 403 (404 where nobody is signed in) for a project that is not there, and for
    // one that this person may not see.
    if any(&["returned error: 403", "returned error: 404", "repository not found", "Project not found", "' not found"])
    {
        return Error::refused(format!("{doing} failed: there is no such project, or you may not see it ({first})"))
            .hint("check the project's name and who you are: `pyflow setup`, `pyflow auth status`");
    }
    if talk.contains("returned error: 4") && !talk.contains("returned error: 429") {
        return Error::refused(format!("{doing} failed: {first}"))
            .hint("`pyflow setup --check` compares the remote with the configuration");
    }
    let kind_unknown = Error::unknown(format!("{doing} failed: {first}"));
    if any(&["SSL certificate", "certificate verify failed", "server certificate"]) {
        return kind_unknown
            .hint("the server's certificate is not trusted here; git's `http.sslCAInfo` names another authority");
    }
    kind_unknown.hint("check the network and the remote's URL: `git remote -v`")
}
