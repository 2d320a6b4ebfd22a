//! The table itself: what is said, what it means, what helps.

use crate::error::Kind;

/// One row. `*` in `says` stands for any text, possibly none; `{1}` in the other fields for what the
/// first `*` stood for, and so on, and `{server}` in the message of [`BEFORE`] for its address.
pub(super) struct Row {
    pub(super) says: &'static str,
    pub(super) kind: Kind,
    pub(super) message: &'static str,
    pub(super) hints: &'static [&'static str],
}

const fn row(says: &'static str, kind: Kind, message: &'static str, hints: &'static [&'static str]) -> Row {
    Row { says, kind, message, hints }
}

/// What git's daemon, and Gerrit's, say of a project that is not there, or not for everybody.
pub(super) const UNAVAILABLE: &str = "* unavailable";
pub(super) const AGAIN: &str = "try again: what has arrived is found out first";
const LOOK: &str = "`pyflow status` shows where the change is";

/// Reasons in `[remote rejected] (…)`. The first row that fits counts.
pub(super) const REASONS: &[Row] = &[
    row("no new changes", Kind::Refused, "the review server has these commits already", &[LOOK]),
    row(
        "commit *: missing Change-Id in message footer",
        Kind::Refused,
        "commit {1} has no Change-Id in the last paragraph of its message",
        &["`pyflow submit` adds the missing ones itself; a plain `git push` does not"],
    ),
    row(
        "commit *: invalid Change-Id line format in message footer",
        Kind::Refused,
        "the Change-Id of commit {1} is malformed",
        &[
            "take the line out of the message (`git commit --amend`, `git rebase -i`), then `pyflow submit` adds a new one",
        ],
    ),
    row(
        "commit *: multiple Change-Id lines in message footer",
        Kind::Refused,
        "commit {1} has more than one Change-Id",
        &["leave only the one of the change that the commit is for (`git commit --amend`, `git rebase -i`)"],
    ),
    row(
        "commit *: Change-Id must be in message footer",
        Kind::Refused,
        "the Change-Id of commit {1} is not in the last paragraph of its message",
        &["move the line to the end of the message (`git commit --amend`, `git rebase -i`)"],
    ),
    row(
        "commit *: missing subject; Change-Id must be in message footer",
        Kind::Refused,
        "the message of commit {1} is a Change-Id and nothing else",
        &["write a subject line, an empty line and then the Change-Id (`git commit --amend`)"],
    ),
    row(
        "same Change-Id in multiple changes.*",
        Kind::Refused,
        "two commits of the stack have the same Change-Id",
        &["squash them into one, or take the Change-Id out of one of them (`git rebase -i`)"],
    ),
    row(
        "branch * not found",
        Kind::Refused,
        "the review server has no branch `{1}` in this project",
        &["name the branch to land on: `pyflow submit TARGET`"],
    ),
    row(
        "change * closed",
        Kind::Refused,
        "the change {1} is closed: it was merged or abandoned",
        &["restore it on the server, or take the Change-Id out of the commit's message to make a new change", LOOK],
    ),
    row(
        "commit *: invalid committer",
        Kind::Refused,
        "the committer's address of commit {1} is not registered in your account",
        &[
            "register the address in the server's settings",
            "or commit again as a registered one: set `git config user.email`, then `git commit --amend --no-edit --reset-author`",
        ],
    ),
    row(
        "commit *: invalid author",
        Kind::Refused,
        "the author's address of commit {1} is not registered in your account",
        &["register the address in the server's settings"],
    ),
    row(
        "no common ancestry",
        Kind::Refused,
        "the commits share no history with the branch on the review server",
        &["check that this is the right project: `pyflow setup`"],
    ),
    row(
        "implicit merges detected",
        Kind::Refused,
        "the stack is based on another branch, which it would merge along",
        &["rebase it onto the branch that it should land on, or name the right one: `pyflow submit TARGET`"],
    ),
    row(
        "prohibited by Gerrit: not permitted: update by submit on *",
        Kind::Refused,
        "you may not submit to {1}",
        &["send for review without `-o submit`: `pyflow submit`"],
    ),
    row(
        "prohibited by Gerrit: not permitted: *",
        Kind::Refused,
        "the review server does not permit this push: {1}",
        &["send for review instead: `pyflow submit`"],
    ),
    row("\"*\" is not a valid option", Kind::Refused, "the review server knows no push option `{1}`", &["check `-o`"]),
    row(
        "\"*\" is not a valid value for \"*\"",
        Kind::Refused,
        "the review server does not take `{1}` for `{2}`",
        &["check `-o`"],
    ),
    row(
        "label \"*\" is not a configured label",
        Kind::Refused,
        "there is no label `{1}` here",
        &["`pyflow status` lists the labels of a change; check `--label`"],
    ),
    row("label \"*\": * is not a valid value", Kind::Refused, "the label `{1}` has no value {2}", &["check `--label`"]),
    row(
        "applying label \"*\": * is restricted",
        Kind::Refused,
        "you may not give {1} the value {2} here",
        &["leave the vote out, or give one that you may: `pyflow vote`"],
    ),
    row(
        "the options 'wip' and 'ready' are mutually exclusive",
        Kind::Refused,
        "a change cannot be work in progress and ready at once",
        &["give one of `--wip` and `--ready`"],
    ),
    row(
        "topic can't contain quotation marks.",
        Kind::Refused,
        "topic can't contain quotation marks",
        &["check `--topic`"],
    ),
    row(
        "expected SHA1 for option --base: *",
        Kind::Refused,
        "the base must be a full commit id, not `{1}`",
        &["check `--base` and `-o base=…`"],
    ),
    row(
        "Account '*' not found*",
        Kind::Refused,
        "the review server knows nobody called `{1}`, and nothing was uploaded",
        &[WHO],
    ),
    row(
        "* does not identify a registered user or group",
        Kind::Refused,
        "the review server knows nobody called `{1}`, and nothing was uploaded",
        &[WHO],
    ),
    row(
        "reviewer user identifier is required",
        Kind::Refused,
        "a reviewer's name is empty",
        &["check `--reviewer` and `--cc`"],
    ),
    row(
        "conflict",
        Kind::Refused,
        "the review server could not merge it because of a conflict; the change may have been created all the same",
        &[LOOK],
    ),
    row(
        "internal server error",
        Kind::Unknown,
        "the review server failed; whether it took the commits is not known yet",
        &[AGAIN],
    ),
    row(
        "internal error",
        Kind::Unknown,
        "the review server failed, as it does when a change is pushed twice at the same time",
        &[AGAIN],
    ),
    row("duplicate request", Kind::Unknown, "the review server got two pushes for review in one", &[AGAIN]),
    row(
        "Client Provided Deadline Exceeded *",
        Kind::Unknown,
        "the review server did not finish within the deadline that was set",
        &["leave `-o deadline=…` out, or give it more time"],
    ),
    row(
        "see help",
        Kind::Refused,
        "the review server printed the list of its push options",
        &["`-o help` asks for it, and sends nothing; leave it out"],
    ),
];

/// What is said before anything is sent: by Gerrit (over ssh, in git's advertisement), by git's
/// transports and by ssh.
pub(super) const BEFORE: &[Row] = &[
    row(
        "No Contributor Agreement on file for user * (id=*)*",
        Kind::Refused,
        "no contributor agreement is on file for {1}",
        // The URL, where it is the server's own, is added as a hint.
        &[],
    ),
    row(
        "Upload denied for project '*'",
        Kind::Refused,
        "you may not upload to the project `{1}`",
        &["ask the project's owners for the right to push for review"],
    ),
    row("Project not found: *", Kind::Refused, "there is no project `{1}`, or you may not see it", &[PROJECT]),
    row("project * not found", Kind::Refused, "there is no project `{1}`, or you may not see it", &[PROJECT]),
    row(UNAVAILABLE, Kind::Refused, "there is no project `{1}`, or you may not see it", &[PROJECT]),
    row(
        "*Host key verification failed*",
        Kind::Unknown,
        "ssh does not know the review server's host key",
        &["connect once by hand (`ssh -p PORT USER@HOST`) and compare the key that it shows"],
    ),
    row(
        "*Permission denied (*",
        Kind::Credentials,
        "the review server accepted none of your ssh keys",
        &[
            "check that your public key is in the server's settings, and that the agent holds it: `ssh-add -l`",
            "check the user name in the remote's URL: `pyflow setup`",
        ],
    ),
    row(
        "*Too many authentication failures*",
        Kind::Credentials,
        "the review server accepted none of your ssh keys",
        &["offer only the right key: `IdentitiesOnly yes` and `IdentityFile` in ~/.ssh/config"],
    ),
    row(
        "*Authentication failed for *",
        Kind::Credentials,
        "the review server did not accept the credentials",
        &[LOGIN],
    ),
    row(
        "*could not read Username for *",
        Kind::Credentials,
        "there are no credentials for the review server",
        &[LOGIN],
    ),
    row(
        "*could not read Password for *",
        Kind::Credentials,
        "there are no credentials for the review server",
        &[LOGIN],
    ),
    row("*returned error: 401*", Kind::Credentials, "the review server did not accept the credentials", &[LOGIN]),
    row(
        "*returned error: 403*",
        Kind::Refused,
        "the review server forbids it and does not say why",
        &[
            "the usual causes: a contributor agreement that is missing, no right to push, or a project that does not exist",
        ],
    ),
    row("*returned error: 3*", Kind::Unknown, ELSEWHERE, &[NETWORK]),
    row("*unable to update url base from redirection*", Kind::Unknown, ELSEWHERE, &[NETWORK]),
    row("repository '*' not found", Kind::Refused, "there is no such project at the remote's address", &[PROJECT]),
    row("*returned error: 429*", Kind::Unknown, "the review server has too much to do: HTTP 429", &[AGAIN]),
    row("*returned error: 404*", Kind::Refused, "there is no such project at the remote's address", &[PROJECT]),
    row("*returned error: 4*", Kind::Refused, "the review server refused git's request: HTTP 4{2}", &[PROJECT]),
    row("*returned error: 5*", Kind::Unknown, "the review server failed: HTTP 5{2}", &[AGAIN]),
    row("*Could not resolve host*", Kind::Unknown, "the review server's name could not be resolved", &[NETWORK]),
    row(
        "*Connection refused*",
        Kind::Unknown,
        "the review server {server} could not be reached: connection refused",
        &[NETWORK],
    ),
    row(
        "*Connection timed out*",
        Kind::Unknown,
        "the review server {server} could not be reached: no answer",
        &[NETWORK],
    ),
    row(
        "*Operation timed out*",
        Kind::Unknown,
        "the review server {server} could not be reached: no answer",
        &[NETWORK],
    ),
    row("*Operation too slow*", Kind::Unknown, "the review server {server} stopped answering", &[NETWORK]),
    row(
        "*Connection to * timed out*",
        Kind::Unknown,
        "the review server {server} could not be reached: no answer",
        &[NETWORK],
    ),
    row("*Network is unreachable*", Kind::Unknown, "the review server {server} could not be reached", &[NETWORK]),
    row("*No route to host*", Kind::Unknown, "the review server {server} could not be reached", &[NETWORK]),
    row("*Failed to connect to*", Kind::Unknown, "the review server {server} could not be reached", &[NETWORK]),
    row(
        "*SSL certificate problem*",
        Kind::Unknown,
        "the review server's certificate was not accepted",
        &[CERTIFICATES],
    ),
    row("*mismatched algorithms*", Kind::State, HASHES, &[CLONE]),
    row("*does not support algorithm*", Kind::State, HASHES, &[CLONE]),
    row(
        "*certificate verification failed*",
        Kind::Unknown,
        "the review server's certificate was not accepted",
        &[CERTIFICATES],
    ),
    row(
        "*does not appear to be a git repository*",
        Kind::State,
        "there is no git repository at the remote's address",
        &["`pyflow setup` checks the remote and sets it up"],
    ),
    row("*Connection reset*", Kind::Unknown, CUT, &[AGAIN]),
    row("*Broken pipe*", Kind::Unknown, CUT, &[AGAIN]),
    row("*unexpected disconnect*", Kind::Unknown, CUT, &[AGAIN]),
    row("*hung up unexpectedly*", Kind::Unknown, CUT, &[AGAIN]),
    row("*early EOF*", Kind::Unknown, CUT, &[AGAIN]),
    row("*RPC failed*", Kind::Unknown, CUT, &[AGAIN]),
    row("*Empty reply from server*", Kind::Unknown, CUT, &[AGAIN]),
    row("*transfer closed with *", Kind::Unknown, CUT, &[AGAIN]),
    row("*Received HTTP/0.9 *", Kind::Unknown, NO_GIT, &[NETWORK]),
    row("*not valid: is this a git repository?*", Kind::Unknown, NO_GIT, &[NETWORK]),
    // git-http-push(1), which git tries where the answer is none of a git server's.
    row("Cannot access URL *", Kind::Unknown, NO_GIT, &[NETWORK]),
];

pub(super) const WHO: &str = "check `--reviewer` and `--cc`: a user name, a registered address or a group";
const PROJECT: &str = "check `review.project` and who you are: `pyflow setup`, `pyflow auth status`";
const LOGIN: &str = "sign in with a token or HTTP password: `pyflow auth login`";
pub(super) const NETWORK: &str = "check the network and `review.url`: `pyflow setup`";
const HASHES: &str = "the server's repository names objects by another hash than this one";
const CLONE: &str = "clone the server's repository, and bring your commits there with `git format-patch` and `git am`";
const CERTIFICATES: &str = "check the address, and the certificates that git trusts (`http.sslCAInfo`)";
const ELSEWHERE: &str = "the review server {server} redirects elsewhere, which is not followed";
const NO_GIT: &str = "what answers at the remote's address is no git server";
const CUT: &str = "the connection to the review server was cut";
