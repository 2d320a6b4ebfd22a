//! One table: what Gerrit, git and ssh say when something is refused, and what it means here.
//!
//! Sources: Gerrit Documentation, "Error Messages", and the recorded answers of Gerrit 3.13 and 3.4.
//! What is not in the table is shown as it came and never guessed at. Whether a change was created
//! all the same is not decided here: a refused push may have done so.

use crate::checkout::push::{PushReport, RefVerdict};
use crate::error::{Error, Kind};
use crate::names::{ServerUrl, is_invisible};

/// One row. `*` in `says` stands for any text, possibly none; `{1}` in the other fields for what the
/// first `*` stood for, and so on, and `{server}` in the message of [`BEFORE`] for its address.
struct Row {
    says: &'static str,
    kind: Kind,
    message: &'static str,
    hints: &'static [&'static str],
}

const fn row(says: &'static str, kind: Kind, message: &'static str, hints: &'static [&'static str]) -> Row {
    Row { says, kind, message, hints }
}

const AGAIN: &str = "try again: what has arrived is found out first";
const LOOK: &str = "`pyflow status` shows where the change is";

/// Reasons in `[remote rejected] (…)`. The first row that fits counts.
const REASONS: &[Row] = &[
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
    row("see help", Kind::Refused, "the review server printed the list of its push options", &[]),
];

/// What is said before anything is sent: by Gerrit (over ssh, in git's advertisement), by git's
/// transports and by ssh.
const BEFORE: &[Row] = &[
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
    row("* unavailable", Kind::Refused, "there is no project `{1}`, or you may not see it", &[PROJECT]),
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
    row("*returned error: 4*", Kind::Refused, "the review server refused the connection: HTTP 4{2}", &[PROJECT]),
    row("*returned error: 5*", Kind::Unknown, "the review server failed: HTTP 5{2}", &[AGAIN]),
    row("*Could not resolve host*", Kind::Unknown, "the review server's name could not be resolved", &[NETWORK]),
    row("*Name or service not known*", Kind::Unknown, "the review server's name could not be resolved", &[NETWORK]),
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
];

const WHO: &str = "check `--reviewer` and `--cc`: a user name, a registered address or a group";
const PROJECT: &str = "check `review.project` and who you are: `pyflow setup`, `pyflow auth status`";
const LOGIN: &str = "sign in with a token or HTTP password: `pyflow auth login`";
const NETWORK: &str = "check the network and `review.url`: `pyflow setup`";
const HASHES: &str = "the server's repository names objects by another hash than this one";
const CLONE: &str = "clone the server's repository, and bring your commits there with `git format-patch` and `git am`";
const CERTIFICATES: &str = "check the address, and the certificates that git trusts (`http.sslCAInfo`)";
const ELSEWHERE: &str = "the review server {server} redirects elsewhere, which is not followed";
const CUT: &str = "the connection to the review server was cut";

/// What a push that did not succeed means.
pub fn explain_push(report: &PushReport, server: &ServerUrl) -> Error {
    if let Some(rejected) = report.refs.iter().find(|r| r.flag == '!') {
        return explain_rejection(rejected, report, server);
    }
    if let Some(said) = report.refused_by_hook() {
        return explain_hook(&said);
    }
    let remote = report.remote.iter().map(String::as_str);
    let talk = report.own_words().chain(ssh_words(report)).chain(remote);
    explain_talk(talk, server).unwrap_or_else(|| {
        let first = report.own_words().map(plain).next();
        let error = match first {
            Some(line) => Error::unknown(format!("the push did not get through: {}", words(&line))),
            None => Error::unknown("the push ended without a word"),
        };
        with_remote_lines(error.hint(AGAIN), report)
    })
}

/// Where the connection never came about, no hook has run, and everything was said by git or ssh.
fn ssh_words(report: &PushReport) -> impl Iterator<Item = &str> {
    let before = report.own_words().any(|line| line == "fatal: Could not read from remote repository.");
    report.local.iter().map(String::as_str).filter(move |_| before)
}

/// The person's own `pre-push` hook said no; the server was not asked.
fn explain_hook(said: &[&str]) -> Error {
    let lines = said.iter().map(|line| plain(line.trim())).filter(|line| !line.is_empty());
    let told = lines.take(3).collect::<Vec<_>>().join(" / ");
    Error::state(if told.is_empty() {
        "your pre-push hook refused, and did not say why".to_owned()
    } else {
        format!("your pre-push hook refused: {told}")
    })
    .hint("do what it asks for, then try again; nothing was sent")
    .hint("where the hook is: `git rev-parse --git-path hooks/pre-push`")
}

/// Whether git was turned away over HTTP without a reason. One request for
/// `PROJECT/info/refs?service=git-receive-pack` gives it: see [`explain_forbidden`].
pub fn is_bare_forbidden(report: &PushReport) -> bool {
    report.refs.is_empty() && report.own_words().any(is_forbidden)
}

/// The same in what a fetch said.
pub fn is_forbidden(talk: &str) -> bool {
    talk.contains("returned error: 403")
}

/// The reason in the body that comes with git's bare 403: pkt-lines, one of them `ERR …`
/// (gitprotocol-pack(5)).
pub fn explain_forbidden(body: &[u8], server: &ServerUrl) -> Option<Error> {
    let text = error_packet(body)?;
    let text = String::from_utf8_lossy(text);
    explain_talk(text.lines(), server).or_else(|| {
        let line = text.lines().map(plain).find(|l| !l.is_empty())?;
        Some(Error::refused(format!("the review server refused: {line}")))
    })
}

fn error_packet(mut body: &[u8]) -> Option<&[u8]> {
    loop {
        let length = std::str::from_utf8(body.get(..4)?).ok()?;
        let length = usize::from_str_radix(length, 16).ok()?;
        // 0000 to 0003 are marks without content.
        let (packet, rest) = body.split_at_checked(length.max(4))?;
        if let Some(text) = packet[4..].strip_prefix(b"ERR ") {
            return Some(text);
        }
        body = rest;
    }
}

/// What a refused REST request was told, in one line.
pub(super) fn explain_request(said: &str) -> Error {
    if let Some([who, ..]) = captures("Account '*' not found*", said).as_deref() {
        return Error::refused(format!("the review server knows nobody called `{who}`")).hint(WHO);
    }
    if let Some([label, value]) = captures("Applying label \"*\": * is restricted", said).as_deref() {
        return Error::refused(format!("you may not give {label} the value {value} here"));
    }
    Error::refused(format!("the review server refused: {said}"))
}

/// What a fetch that did not succeed means.
pub(super) fn explain_fetch(talk: &str, server: &ServerUrl) -> Error {
    explain_talk(talk.lines(), server).unwrap_or_else(|| {
        let lines = || talk.lines().map(plain).filter(|l| !l.is_empty());
        let own = lines().find(|l| l.starts_with("fatal: ") || l.starts_with("error: "));
        match own.or_else(|| lines().next()) {
            Some(line) => Error::unknown(format!("nothing could be fetched: {}", words(&line))),
            None => Error::unknown("the fetch ended without a word"),
        }
        .hint(NETWORK)
    })
}

/// What ssh said when a query over it failed.
pub(super) fn explain_ssh(stderr: &str, server: &ServerUrl) -> Error {
    explain_talk(stderr.lines(), server).unwrap_or_else(|| {
        let line = stderr.lines().map(plain).find(|l| !l.is_empty());
        match line {
            Some(line) => Error::unknown(format!("the review server could not be asked over ssh: {}", words(&line))),
            None => Error::unknown("the review server could not be asked over ssh"),
        }
        .hint(NETWORK)
    })
}

fn explain_rejection(rejected: &RefVerdict, report: &PushReport, server: &ServerUrl) -> Error {
    let summary = plain(&rejected.summary.replace(['\n', '\r'], " "));
    let (by, reason) = match summary.split_once('(') {
        Some((by, rest)) => (by.trim(), rest.strip_suffix(')').unwrap_or(rest).trim().to_owned()),
        None => ("", summary.trim().to_owned()),
    };
    for row in REASONS {
        if let Some(found) = captures(row.says, &reason) {
            let found = found.iter().map(|f| shown(f, server)).collect::<Vec<_>>();
            return with_remote_lines(error(row, &found), report);
        }
    }
    if by == "[rejected]" {
        // git's own word, before anything was asked of the server.
        return Error::refused(format!("git did not push: {reason}"));
    }
    with_remote_lines(Error::refused(format!("the server refused the push: {reason}")), report)
}

/// The row that fits the most: rows are tried in order, each on all lines.
fn explain_talk<'a>(lines: impl Iterator<Item = &'a str>, server: &ServerUrl) -> Option<Error> {
    let lines = lines.map(|l| plain(l.trim())).filter(|l| !l.is_empty()).collect::<Vec<_>>();
    for row in BEFORE {
        for line in &lines {
            let Some(found) = captures(row.says, words(line)) else { continue };
            let mut error = error(row, &found.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>());
            error.message = error.message.replace("{server}", &server.to_string());
            if row.says.starts_with("No Contributor Agreement") {
                let url = found.get(2).map(|u| u.trim()).filter(|u| super::is_ours(server, u));
                error = error.hint(match url {
                    Some(url) => format!("sign it at {url}, then try again"),
                    None => "sign it on the review server, under Settings, Agreements; then try again".to_owned(),
                });
            }
            return Some(error);
        }
    }
    None
}

fn error(row: &Row, found: &[String]) -> Error {
    let mut error = Error::new(row.kind, fill(row.message, found));
    for hint in row.hints {
        error = error.hint(fill(hint, found));
    }
    error
}

/// git's and Gerrit's prefixes in front of the words that matter.
fn words(mut line: &str) -> &str {
    loop {
        let rest = ["remote:", "fatal:", "error:", "ERROR:", "ERR "].iter().find_map(|p| line.strip_prefix(p));
        match rest.or_else(|| line.strip_prefix("remote error:")) {
            Some(rest) => line = rest.trim_start(),
            None => return line,
        }
    }
}

/// A change's address in a reason is kept only where it is the server's own.
fn shown(text: &str, server: &ServerUrl) -> String {
    let is_url = text.starts_with("http://") || text.starts_with("https://");
    if !is_url || super::is_ours(server, text) {
        return text.to_owned();
    }
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The server's own explanation goes along as the cause.
fn with_remote_lines(error: Error, report: &PushReport) -> Error {
    let lines = report.remote.iter().flat_map(|l| l.split('\r')).map(|l| plain(l.trim()));
    let told =
        lines.filter(|l| !l.is_empty() && !l.starts_with("Processing changes")).take(MAX_TOLD).collect::<Vec<_>>();
    if told.is_empty() { error } else { error.because(anyhow::anyhow!("the server said: {}", told.join(" / "))) }
}

/// Enough for every explanation that Gerrit gives; a hook may print pages.
const MAX_TOLD: usize = 12;

/// Text of a server inside a message: no control characters, nothing invisible, no end of a line
/// that has none.
pub(super) fn plain(text: &str) -> String {
    let mut shown = text.chars().filter(|c| !c.is_control() && !is_invisible(*c));
    let mut out: String = shown.by_ref().take(MAX_LINE).collect();
    if shown.next().is_some() {
        out.push('…');
    }
    out
}

/// The longest line of a server's words that is kept, in characters.
const MAX_LINE: usize = 1000;

/// What each `*` of the pattern stands for; the shortest that fits, except for the last.
fn captures<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split('*');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let parts = parts.collect::<Vec<_>>();
    let mut found = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        let last = at + 1 == parts.len();
        let place = if last {
            rest.len().checked_sub(part.len()).filter(|p| rest.get(*p..) == Some(part))
        } else {
            rest.find(part)
        };
        let place = place?;
        found.push(&rest[..place]);
        rest = &rest[place + part.len()..];
    }
    rest.is_empty().then_some(found)
}

fn fill(template: &str, found: &[String]) -> String {
    let mut out = template.to_owned();
    for (at, text) in found.iter().enumerate() {
        out = out.replace(&format!("{{{}}}", at + 1), text);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{captures, explain_forbidden, explain_push, explain_ssh, is_bare_forbidden};
    use crate::checkout::push::{PushReport, RefVerdict};
    use crate::error::Kind;
    use crate::names::ServerUrl;

    fn server() -> ServerUrl {
        "http://127.0.0.1:8080".parse().expect("a URL")
    }

    fn rejected(reason: &str) -> PushReport {
        PushReport {
            exit_code: Some(1),
            refs: vec![RefVerdict {
                flag: '!',
                source: "HEAD".into(),
                target: "refs/for/master".into(),
                summary: format!("[remote rejected] ({reason})"),
            }],
            ..PushReport::default()
        }
    }

    fn local(lines: &[&str]) -> PushReport {
        PushReport {
            exit_code: Some(128),
            local: lines.iter().map(|l| (*l).to_owned()).collect(),
            ..PushReport::default()
        }
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a row for each row of the table")]
    fn every_recorded_reason_has_its_meaning() {
        use Kind::{Refused, Unknown};
        let cases = [
            ("no new changes", Refused, "the review server has these commits already"),
            (
                "commit cc8b79e: missing Change-Id in message footer",
                Refused,
                "commit cc8b79e has no Change-Id in the last paragraph of its message",
            ),
            (
                "commit cc8b79e: invalid Change-Id line format in message footer",
                Refused,
                "the Change-Id of commit cc8b79e is malformed",
            ),
            (
                "commit cc8b79e: multiple Change-Id lines in message footer",
                Refused,
                "commit cc8b79e has more than one Change-Id",
            ),
            (
                "commit cc8b79e: Change-Id must be in message footer",
                Refused,
                "the Change-Id of commit cc8b79e is not in the last paragraph of its message",
            ),
            (
                "commit cc8b79e: missing subject; Change-Id must be in message footer",
                Refused,
                "the message of commit cc8b79e is a Change-Id and nothing else",
            ),
            (
                "same Change-Id in multiple changes.\nSquash the commits with the same Change-Id or ensure Change-Ids are unique for each commit",
                Refused,
                "two commits of the stack have the same Change-Id",
            ),
            ("branch nosuch not found", Refused, "the review server has no branch `nosuch` in this project"),
            (
                "change http://127.0.0.1:8080/c/plain/+/5 closed",
                Refused,
                "the change http://127.0.0.1:8080/c/plain/+/5 is closed: it was merged or abandoned",
            ),
            (
                "change https://evil.example/c/plain/+/5 closed",
                Refused,
                "the change 5 is closed: it was merged or abandoned",
            ),
            (
                "commit d4067d5: invalid committer",
                Refused,
                "the committer's address of commit d4067d5 is not registered in your account",
            ),
            ("no common ancestry", Refused, "the commits share no history with the branch on the review server"),
            ("implicit merges detected", Refused, "the stack is based on another branch, which it would merge along"),
            (
                "prohibited by Gerrit: not permitted: update",
                Refused,
                "the review server does not permit this push: update",
            ),
            (
                "prohibited by Gerrit: not permitted: update by submit on refs/heads/master",
                Refused,
                "you may not submit to refs/heads/master",
            ),
            ("\"--foo\" is not a valid option", Refused, "the review server knows no push option `--foo`"),
            (
                "\"WHAT\" is not a valid value for \"--notify\"",
                Refused,
                "the review server does not take `WHAT` for `--notify`",
            ),
            ("label \"Nope\" is not a configured label", Refused, "there is no label `Nope` here"),
            ("label \"Code-Review\": 5 is not a valid value", Refused, "the label `Code-Review` has no value 5"),
            (
                "applying label \"Code-Review\": 2 is restricted",
                Refused,
                "you may not give Code-Review the value 2 here",
            ),
            (
                "the options 'wip' and 'ready' are mutually exclusive",
                Refused,
                "a change cannot be work in progress and ready at once",
            ),
            ("topic can't contain quotation marks.", Refused, "topic can't contain quotation marks"),
            ("expected SHA1 for option --base: b4cca42", Refused, "the base must be a full commit id, not `b4cca42`"),
            (
                "Account 'nobody' not found\nnobody does not identify a registered user or group",
                Refused,
                "the review server knows nobody called `nobody`, and nothing was uploaded",
            ),
            ("reviewer user identifier is required", Refused, "a reviewer's name is empty"),
            (
                "conflict",
                Refused,
                "the review server could not merge it because of a conflict; the change may have been created all the same",
            ),
            (
                "internal server error",
                Unknown,
                "the review server failed; whether it took the commits is not known yet",
            ),
            (
                "internal error",
                Unknown,
                "the review server failed, as it does when a change is pushed twice at the same time",
            ),
            ("duplicate request", Unknown, "the review server got two pushes for review in one"),
            (
                "Client Provided Deadline Exceeded (client.timeout=1ms)",
                Unknown,
                "the review server did not finish within the deadline that was set",
            ),
            ("see help", Refused, "the review server printed the list of its push options"),
            ("a word\u{1b}[2J never heard", Refused, "the server refused the push: a word[2J never heard"),
        ];
        for (reason, kind, message) in cases {
            let error = explain_push(&rejected(reason), &server());
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
        }
    }

    #[test]
    fn the_servers_explanation_goes_along() {
        let mut report = rejected("commit d4067d5: invalid committer");
        report.remote = vec![
            "Processing changes: refs: 1        \rProcessing changes: refs: 1, done            ".into(),
            "ERROR: commit d4067d5: email address x@y is not registered in your account        ".into(),
            String::new(),
        ];
        let error = explain_push(&report, &server());
        assert_eq!(
            error.causes(),
            ["the server said: ERROR: commit d4067d5: email address x@y is not registered in your account"]
        );
    }

    #[test]
    fn what_is_refused_before_anything_is_sent() {
        use Kind::{Credentials, Refused, Unknown};
        let cla = "fatal: No Contributor Agreement on file for user Bob Baker <bob@example.com> (id=1000002)http://127.0.0.1:8080/settings#Agreements";
        let error = explain_push(&local(&[cla, "fatal: Could not read from remote repository."]), &server());
        assert_eq!(error.message, "no contributor agreement is on file for Bob Baker <bob@example.com>");
        assert_eq!(error.hints, ["sign it at http://127.0.0.1:8080/settings#Agreements, then try again"]);
        let other: ServerUrl = "https://review.example.org".parse().expect("a URL");
        assert!(!explain_push(&local(&[cla]), &other).hints[0].contains("127.0.0.1"));

        let cases = [
            ("fatal: Upload denied for project 'locked'", Refused, "you may not upload to the project `locked`"),
            ("fatal: project nosuch not found", Refused, "there is no project `nosuch`, or you may not see it"),
            ("fatal: Project not found: secret", Refused, "there is no project `secret`, or you may not see it"),
            (
                "alice@127.0.0.1: Permission denied (publickey).",
                Credentials,
                "the review server accepted none of your ssh keys",
            ),
            (
                "fatal: Authentication failed for 'http://127.0.0.1:8080/a/plain/'",
                Credentials,
                "the review server did not accept the credentials",
            ),
            (
                "fatal: could not read Username for 'http://127.0.0.1:8080': terminal prompts disabled",
                Credentials,
                "there are no credentials for the review server",
            ),
            (
                "fatal: unable to access 'http://127.0.0.1:8080/a/cla-proj/': The requested URL returned error: 403",
                Refused,
                "the review server forbids it and does not say why",
            ),
            (
                "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 502",
                Unknown,
                "the review server failed: HTTP 502",
            ),
            (
                "ssh: connect to host 127.0.0.1 port 29418: Connection refused",
                Unknown,
                "the review server http://127.0.0.1:8080 could not be reached: connection refused",
            ),
            (
                "fatal: unable to access 'https://x/': Could not resolve host: x",
                Unknown,
                "the review server's name could not be resolved",
            ),
            ("fatal: the remote end hung up unexpectedly", Unknown, "the connection to the review server was cut"),
            ("fatal: something new", Unknown, "the push did not get through: something new"),
        ];
        for (line, kind, message) in cases {
            // ssh's own lines come without a prefix, and git's word on them follows.
            let ssh = "fatal: Could not read from remote repository.";
            let lines = if line.starts_with("fatal: ") { vec![line] } else { vec![line, ssh] };
            let error = explain_push(&local(&lines), &server());
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
        }
        assert_eq!(explain_push(&PushReport::default(), &server()).kind, Unknown);
        assert_eq!(explain_ssh("kex_exchange_identification: x\n", &server()).kind, Unknown);
    }

    #[test]
    fn a_fetch_is_read_with_the_same_table() {
        use Kind::{Credentials, Refused, State, Unknown};
        for (talk, kind, message) in [
            (
                "fatal: project nosuch not found\nfatal: Could not read from remote repository.",
                Refused,
                "there is no project `nosuch`, or you may not see it",
            ),
            (
                "fatal: unable to access 'x': The requested URL returned error: 403",
                Refused,
                "the review server forbids it and does not say why",
            ),
            (
                "Host key verification failed.\nfatal: Could not read from remote repository.",
                Unknown,
                "ssh does not know the review server's host key",
            ),
            (
                "fatal: Authentication failed for 'http://127.0.0.1:8080/a/plain/'",
                Credentials,
                "the review server did not accept the credentials",
            ),
            (
                "fatal: '/nowhere' does not appear to be a git repository\nfatal: Could not read from remote repository.",
                State,
                "there is no git repository at the remote's address",
            ),
            ("talk\nfatal: something new", Unknown, "nothing could be fetched: something new"),
            ("", Unknown, "the fetch ended without a word"),
        ] {
            let error = super::explain_fetch(talk, &server());
            assert_eq!((error.kind, error.message.as_str()), (kind, message));
        }
    }

    #[test]
    fn what_a_hook_prints_is_not_the_servers_word() {
        let failed = "error: failed to push some refs to 'http://127.0.0.1:8080/a/plain'";
        let hook = |lines: &[&str]| {
            let report = PushReport { exit_code: Some(1), ..local(&[lines, &[failed]].concat()) };
            explain_push(&report, &server())
        };
        let error = hook(&["Connection refused by policy", "returned error: 401", "a\u{1b}[2Jb", "more"]);
        assert_eq!(error.kind, Kind::State);
        assert_eq!(
            error.message,
            "your pre-push hook refused: Connection refused by policy / returned error: 401 / a[2Jb"
        );
        assert_eq!(hook(&[]).message, "your pre-push hook refused, and did not say why");
        // A hook that lets the push go on, and has nothing to do with its end.
        let late = local(&["Permission denied (tests)", "fatal: the remote end hung up unexpectedly"]);
        assert_eq!(explain_push(&late, &server()).message, "the connection to the review server was cut");
        let late = local(&["project tests not found", "fatal: something new"]);
        assert_eq!(explain_push(&late, &server()).message, "the push did not get through: something new");
    }

    #[test]
    fn the_body_behind_a_bare_403_is_read() {
        let recorded = |body: &[u8]| explain_forbidden(body, &server()).expect("a reason").message;
        assert!(is_bare_forbidden(&local(&["fatal: unable to access 'x': The requested URL returned error: 403"])));
        assert_eq!(
            recorded(include_bytes!("../../../fixtures/gerrit-3.13/receive-pack-cla-proj.txt")),
            "no contributor agreement is on file for Bob Baker <bob@example.com>"
        );
        assert_eq!(
            recorded(include_bytes!("../../../fixtures/gerrit-3.13/receive-pack-locked.txt")),
            "you may not upload to the project `locked`"
        );
        assert_eq!(
            recorded(include_bytes!("../../../fixtures/gerrit-3.13/receive-pack-nosuch.txt")),
            "there is no project `nosuch`, or you may not see it"
        );
        assert_eq!(recorded(b"000dERR other"), "the review server refused: other");
        for body in [&b""[..], b"<html>", b"0000", b"ffffERR x", b"0004", b"00"] {
            assert!(explain_forbidden(body, &server()).is_none());
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        assert_eq!(captures("a*c", "abc"), Some(vec!["b"]));
        assert_eq!(captures("*x*", "x"), Some(vec!["", ""]));
        assert_eq!(captures("a", "ab"), None);
        assert_eq!(captures("* z", "a z z"), Some(vec!["a z"]));
    }
}
