//! What Gerrit says during a push (`remote:` lines), picked apart for showing.
//!
//! It decides nothing: whether a change was created or updated is read from the server afterwards
//! (`settle`), since these words come from a stream that a cut connection ends anywhere.

use crate::names::ServerUrl;

/// The parts of the talk that a person wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Changes in the order told: parents first.
    pub changes: Vec<Mentioned>,
    /// What follows `warning: `.
    pub warnings: Vec<String>,
    /// What follows `ERROR: ` or `error: `.
    pub errors: Vec<String>,
    /// Votes that the new patch set has lost: `Code-Review+2 by Carol Core`.
    pub outdated: Vec<String>,
}

/// A change that the server named.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is one suffix, and they come in any combination")]
pub struct Mentioned {
    /// Where it is looked at; `None` where the server named another server's address.
    pub url: Option<String>,
    /// Change number, from the URL.
    pub number: Option<u64>,
    /// Subject, cut at 80 columns by the server.
    pub subject: String,
    /// Suffix `[NEW]`; no suffix means updated.
    pub new: bool,
    /// Suffix `[WIP]`.
    pub work_in_progress: bool,
    /// Suffix `[PRIVATE]`.
    pub private: bool,
    /// Suffix `[EDIT]`.
    pub edit: bool,
}

/// Reads the lines, without their `remote: ` prefix. Gerrit pads each with eight spaces and parts
/// progress lines by carriage returns.
pub fn read(lines: &[String], server: &ServerUrl) -> Remarks {
    let mut remarks = Remarks::default();
    let mut in_outdated = false;
    for line in lines.iter().flat_map(|l| l.split(['\r', '\n'])) {
        let line = line.trim();
        let line = line.strip_prefix("remote:").map_or(line, str::trim);
        if line.is_empty() {
            continue;
        }
        if line.starts_with("The following approvals got outdated") {
            in_outdated = true;
        } else if let Some(vote) = line.strip_prefix("* ").filter(|_| in_outdated) {
            remarks.outdated.push(vote.to_owned());
        } else if let Some(change) = mentioned(line, server) {
            remarks.changes.push(change);
        } else if let Some(text) = line.strip_prefix("warning: ") {
            remarks.warnings.push(text.to_owned());
        } else if let Some(text) = line.strip_prefix("ERROR: ").or_else(|| line.strip_prefix("error: ")) {
            remarks.errors.push(text.to_owned());
        } else {
            in_outdated = false;
        }
    }
    remarks
}

fn mentioned(line: &str, server: &ServerUrl) -> Option<Mentioned> {
    let (url, mut subject) = line.split_once(' ')?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    let number = url.rsplit('/').next()?.parse().ok()?;
    let mut change = Mentioned {
        url: super::is_ours(server, url).then(|| url.to_owned()),
        number: Some(number),
        subject: String::new(),
        new: false,
        work_in_progress: false,
        private: false,
        edit: false,
    };
    loop {
        subject = subject.trim_end();
        if let Some(rest) = subject.strip_suffix(" [NEW]").filter(|_| !change.new) {
            (subject, change.new) = (rest, true);
        } else if let Some(rest) = subject.strip_suffix(" [WIP]").filter(|_| !change.work_in_progress) {
            (subject, change.work_in_progress) = (rest, true);
        } else if let Some(rest) = subject.strip_suffix(" [PRIVATE]").filter(|_| !change.private) {
            (subject, change.private) = (rest, true);
        } else if let Some(rest) = subject.strip_suffix(" [EDIT]").filter(|_| !change.edit) {
            (subject, change.edit) = (rest, true);
        } else {
            break;
        }
    }
    subject.trim().clone_into(&mut change.subject);
    Some(change)
}

#[cfg(test)]
mod tests {
    use super::{Remarks, read};
    use crate::names::ServerUrl;

    fn recorded(text: &str) -> Remarks {
        let lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
        read(&lines, &server())
    }

    fn server() -> ServerUrl {
        "http://127.0.0.1:8080".parse().expect("a URL")
    }

    #[test]
    fn recorded_pushes_are_read() {
        let new = recorded(include_str!("../../../fixtures/gerrit-3.13/push-new-stack.stderr.txt"));
        let seen = new.changes.iter().map(|c| (c.number, c.new, c.subject.as_str())).collect::<Vec<_>>();
        assert_eq!(
            seen,
            [(Some(2), true, "first of the recorded stack"), (Some(3), true, "second of the recorded stack")]
        );
        assert_eq!(new.changes[0].url.as_deref(), Some("http://127.0.0.1:8080/c/plain/+/2"));

        let update = recorded(include_str!("../../../fixtures/gerrit-3.13/push-update-outdated-votes.stderr.txt"));
        assert!(!update.changes[0].new);
        assert_eq!(update.outdated, ["Code-Review+2 by Carol Core"]);

        let hidden = recorded(include_str!("../../../fixtures/gerrit-3.13/push-wip-private.stderr.txt"));
        let first = &hidden.changes[0];
        assert!(first.new && first.work_in_progress && first.private && !first.edit);
        assert_eq!(first.subject, "wip one");

        let over = recorded(include_str!("../../../fixtures/gerrit-3.13/push-over-bob.stderr.txt"));
        assert_eq!(over.warnings, ["fcac342: no files changed, author changed, message updated"]);
    }

    #[test]
    fn another_servers_address_is_not_shown() {
        let lines = ["  https://evil.example/c/plain/+/3 subject [NEW]        ".to_owned()];
        let remarks = read(&lines, &server());
        assert_eq!(remarks.changes[0].url, None);
        assert_eq!(remarks.changes[0].number, Some(3));
    }
}
