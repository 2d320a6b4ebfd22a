//! One table: what Gerrit, git and ssh say when something is refused, and what it means here.
//!
//! Sources: Gerrit Documentation, "Error Messages", and the recorded answers of Gerrit 3.13 and 3.4.
//! What is not in the table is shown as it came and never guessed at. Whether a change was created
//! all the same is not decided here: a refused push may have done so.

mod table;

use self::table::{AGAIN, BEFORE, NETWORK, REASONS, Row, UNAVAILABLE, WHO};
use crate::checkout::push::{PushReport, RefVerdict};
use crate::error::Error;
use crate::names::{ServerUrl, is_invisible};

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
            None if report.remote.is_empty() => Error::unknown("the push ended without a word"),
            None => Error::unknown("the push did not get through"),
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
    if by == "[remote failure]" {
        // git(1) push's porcelain: the other end did not report a status. That is no refusal.
        return with_remote_lines(
            Error::unknown(format!("the review server did not say what came of the push: {reason}")),
            report,
        );
    }
    with_remote_lines(Error::refused(format!("the review server refused the push: {reason}")), report)
}

/// The row that fits the most: rows are tried in order, each on all lines.
fn explain_talk<'a>(lines: impl Iterator<Item = &'a str>, server: &ServerUrl) -> Option<Error> {
    let lines = lines.map(|l| plain(l.trim())).filter(|l| !l.is_empty()).collect::<Vec<_>>();
    for row in BEFORE {
        for line in &lines {
            let Some(found) = captures(row.says, words(line)) else { continue };
            if row.says == UNAVAILABLE && found[0].contains(' ') {
                continue; // "cannot fork() for …: Resource temporarily unavailable" is no project's
            }
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
mod tests;
