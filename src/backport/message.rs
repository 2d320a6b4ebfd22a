//! What the message of a backport says, and what messages say of where a commit came from. Pure and
//! on bytes: a message may be in any encoding that ASCII is part of.
//!
//! The line of origin is the one that `git cherry-pick -x` writes, at the place where it writes it.
//! Change-Ids are the review server's business: its adapter adds them afterwards.

use crate::checkout::trailers;
use crate::names::{BranchName, CommitId};
use crate::ports::message as read;

/// What a site wants in messages, beside the line of origin, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub struct Rules {
    /// The branch in front of the subject: `[3.4] Fix the parser`.
    pub prefix: bool,
    /// `Co-authored-by:` with the author of the original.
    pub co_author: bool,
    /// `#12345` becomes `GH-12345`, as `cherry_picker` has it: on a server that merges by squashing,
    /// `#` and the number of a pull request would link to something else.
    pub gh_numbers: bool,
}

/// The commit that is picked, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'o> {
    /// The original.
    pub commit: &'o CommitId,
    /// Its author: `Name <address>`.
    pub author: &'o str,
    /// The branch that gets it.
    pub branch: &'o BranchName,
    /// Branches of the project; their names in brackets go from the front of the subject.
    pub branches: &'o [BranchName],
}

const PICKED: &[u8] = b"(cherry picked from commit ";

/// The message of the backport. Given its own result it changes nothing.
pub fn compose(message: &[u8], rules: Rules, origin: &Origin<'_>) -> Vec<u8> {
    let mut message = if rules.gh_numbers { gh_numbers(message) } else { message.to_vec() };
    if rules.prefix {
        message = prefixed(&message, origin);
    }
    if rules.co_author && !names_co_author(&message, origin.author) {
        message = with_trailer(&message, format!("Co-authored-by: {}", origin.author).as_bytes());
    }
    if origins(&message).contains(origin.commit) {
        return message;
    }
    with_trailer(&message, &[PICKED, origin.commit.as_str().as_bytes(), b")"].concat())
}

/// The message of a change that holds conflict markers: nobody takes it for finished.
pub fn with_conflicts(message: &[u8], files: &[String]) -> Vec<u8> {
    let lines = trailers::lines(message);
    let at = lines.iter().position(|line| !trailers::is_blank(line)).unwrap_or(0);
    let mut out = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if number == at {
            out.extend_from_slice(b"WIP: ");
        }
        out.extend_from_slice(line);
        if number == at {
            end_line(&mut out);
            out.extend_from_slice(b"\nThese files hold conflict markers:\n");
            for file in files {
                out.extend_from_slice(format!("* {file}\n").as_bytes());
            }
        }
    }
    end_line(&mut out);
    out
}

/// The commits that a message says it was picked from, first to last. Abbreviated ids name nothing
/// here.
pub fn origins(message: &[u8]) -> Vec<CommitId> {
    read::origins(&String::from_utf8_lossy(message)).iter().filter_map(|id| id.parse().ok()).collect()
}

/// The subject without the branches in brackets in front of it: `[3.4] Fix` is `Fix`. Other
/// brackets, `[WIP]`, belong to it.
pub fn without_prefix<'s>(subject: &'s str, branches: &[BranchName]) -> &'s str {
    let mut rest = subject.trim_start();
    while let Some((name, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        if !is_version(name) && !branches.iter().any(|branch| branch.as_str() == name) {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// `3.4`, `3.14.1`
fn is_version(name: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.contains('.') && name.split('.').all(number)
}

fn prefixed(message: &[u8], origin: &Origin<'_>) -> Vec<u8> {
    let start = message.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(message.len());
    let end = message[start..].iter().position(|b| *b == b'\n').map_or(message.len(), |at| start + at);
    // What cannot be read as text, and all behind it, stays as it is, byte for byte.
    let line = &message[start..end];
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default(),
    };
    let kept = without_prefix(text, origin.branches);
    let gone = text.len() - kept.len();
    let prefix = format!("[{}] ", origin.branch);
    [&message[..start], prefix.as_bytes(), &message[start + gone..]].concat()
}

/// Whether the message names this person as a co-author already, by address.
fn names_co_author(message: &[u8], author: &str) -> bool {
    let address = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).to_lowercase();
        let inside = text.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>'));
        inside.map(|(address, _)| address.trim().to_owned())
    };
    let wanted = address(author.as_bytes());
    trailers::lines(message)
        .into_iter()
        .filter(|line| trailers::has_key(line, b"co-authored-by"))
        .any(|line| trailers::value(line).and_then(address) == wanted)
}

/// The message with one more line where its trailers are, or in a paragraph of its own.
fn with_trailer(message: &[u8], trailer: &[u8]) -> Vec<u8> {
    let lines = trailers::lines(message);
    let mut out = lines.concat();
    end_line(&mut out);
    let eol: &[u8] = if lines.first().is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
    if trailers::block(&lines).is_none() && !ends_with_footer(&lines) {
        out.extend_from_slice(eol);
    }
    out.extend_from_slice(trailer);
    out.extend_from_slice(eol);
    out
}

/// git asks for nothing but trailers in the last paragraph (or a quarter, beside lines of its own);
/// Gerrit reads any line of it that looks like one (`JGit`'s `FooterLine`). A paragraph below it would
/// hide them.
fn ends_with_footer(lines: &[&[u8]]) -> bool {
    let Some(start) = lines.iter().rposition(|line| trailers::is_blank(line)) else { return false };
    lines[start + 1..].iter().any(|line| trailers::key(line).is_some_and(|key| key.contains(&b'-')))
}

fn end_line(out: &mut Vec<u8>) {
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
}

/// `\B#(?=[1-9][0-9]{4,}\b)`, `cherry_picker`'s rule: five digits or more, the first no zero, and
/// nothing of a word right before or after.
fn gh_numbers(message: &[u8]) -> Vec<u8> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut out = Vec::with_capacity(message.len());
    for (at, byte) in message.iter().copied().enumerate() {
        let after = &message[at + 1..];
        let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
        let is_number = byte == b'#'
            && digits >= 5
            && after[0] != b'0'
            && !after.get(digits).copied().is_some_and(is_word)
            && !at.checked_sub(1).is_some_and(|before| is_word(message[before]));
        if is_number { out.extend_from_slice(b"GH-") } else { out.push(byte) }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Origin, Rules, compose, origins, with_conflicts, without_prefix};
    use crate::names::{BranchName, CommitId};

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";
    const CPYTHON: Rules = Rules { prefix: true, co_author: true, gh_numbers: true };

    fn composed(message: &[u8], rules: Rules) -> Vec<u8> {
        let (commit, branch): (CommitId, BranchName) = (ID.parse().unwrap(), "3.13".parse().unwrap());
        let branches = ["main".parse().unwrap(), "3.14".parse().unwrap(), "next/3".parse().unwrap()];
        let origin =
            Origin { commit: &commit, author: "Elmar Ritsch <e@example.org>", branch: &branch, branches: &branches };
        compose(message, rules, &origin)
    }

    fn text(message: &str, rules: Rules) -> String {
        String::from_utf8(composed(message.as_bytes(), rules)).unwrap().replace(ID, "ID")
    }

    /// What is replaced when a name is read as text is longer than what was there.
    #[test]
    fn a_subject_that_is_no_text_stays_as_it_is() {
        let branch: BranchName = "3.13".parse().unwrap();
        let odd: BranchName = "\u{fffd}\u{fffd}".parse().unwrap();
        let commit: CommitId = ID.parse().unwrap();
        let branches = [odd];
        let origin = Origin { commit: &commit, author: "A <a@example.org>", branch: &branch, branches: &branches };
        let picked = compose(b"[\xff\xff] x\n", CPYTHON, &origin);
        assert!(picked.starts_with(b"[3.13] [\xff\xff] x\n"), "{}", String::from_utf8_lossy(&picked));
    }

    #[test]
    fn the_line_of_origin_stands_where_git_writes_it() {
        for (message, expected) in [
            ("Fix spam", "Fix spam\n\n(cherry picked from commit ID)\n"),
            ("Fix spam\n\n* detail\n\n\n", "Fix spam\n\n* detail\n\n(cherry picked from commit ID)\n"),
            ("Fix\n\nChange-Id: I1\n", "Fix\n\nChange-Id: I1\n(cherry picked from commit ID)\n"),
            (
                "Fix\n\nBug: 1\n(cherry picked from commit 12)\n",
                "Fix\n\nBug: 1\n(cherry picked from commit 12)\n(cherry picked from commit ID)\n",
            ),
            // git would put a paragraph below this one, and Gerrit lose sight of the Change-Id.
            ("Fix\n\nSee below\nChange-Id: I1\n", "Fix\n\nSee below\nChange-Id: I1\n(cherry picked from commit ID)\n"),
            ("Fix\r\n\r\nBug: 1\r\n", "Fix\r\n\r\nBug: 1\r\n(cherry picked from commit ID)\r\n"),
            ("Bug: 1\n", "Bug: 1\n\n(cherry picked from commit ID)\n"),
        ] {
            assert_eq!(text(message, Rules::default()), expected, "{message:?}");
        }
    }

    #[test]
    fn a_site_may_want_what_cpython_has() {
        for (message, expected) in [
            (
                "gh-1: Fix (#67890)",
                "[3.13] gh-1: Fix (GH-67890)\n\nCo-authored-by: Elmar Ritsch <e@example.org>\n(cherry picked from commit ID)\n",
            ),
            (
                "[3.14] [3.12] Fix\n",
                "[3.13] Fix\n\nCo-authored-by: Elmar Ritsch <e@example.org>\n(cherry picked from commit ID)\n",
            ),
            (
                "[WIP] Fix\n\nCo-Authored-By: E. R. <E@example.org>\n",
                "[3.13] [WIP] Fix\n\nCo-Authored-By: E. R. <E@example.org>\n(cherry picked from commit ID)\n",
            ),
            (
                "Fix\n\nCo-authored-by: Somebody <s@example.org>\nSigned-off-by: Other <o@example.org>\n",
                "[3.13] Fix\n\nCo-authored-by: Somebody <s@example.org>\nSigned-off-by: Other <o@example.org>\nCo-authored-by: Elmar Ritsch <e@example.org>\n(cherry picked from commit ID)\n",
            ),
        ] {
            assert_eq!(text(message, CPYTHON), expected, "{message:?}");
        }
        let latin = composed(b"[3.14] caf\xe9 #12345\n", CPYTHON);
        assert!(latin.starts_with(b"[3.13] caf\xe9 GH-12345\n\n"), "{latin:?}");
    }

    #[test]
    fn numbers_of_pull_requests() {
        for (message, expected) in [
            ("#12345", "GH-12345"),
            ("(#12345), #67890.", "(GH-12345), GH-67890."),
            ("#1234", "#1234"),
            ("#01234", "#01234"),
            ("bpo#12345", "bpo#12345"),
            ("#12345x", "#12345x"),
            ("##12345", "#GH-12345"),
            ("é#12345", "é#12345"),
        ] {
            let composed = text(message, Rules { gh_numbers: true, ..Rules::default() });
            assert_eq!(composed.lines().next(), Some(expected), "{message}");
        }
    }

    #[test]
    fn brackets_in_front_of_a_subject() {
        let branches = ["next/3".parse().unwrap()];
        for (subject, expected) in [
            ("Fix", "Fix"),
            ("[3.4] Fix", "Fix"),
            ("[3.4][3.4.1]  [next/3] Fix", "Fix"),
            ("[WIP] Fix", "[WIP] Fix"),
            ("[3] Fix", "[3] Fix"),
            ("[3.] Fix", "[3.] Fix"),
            ("[3.4", "[3.4"),
        ] {
            assert_eq!(without_prefix(subject, &branches), expected);
        }
    }

    #[test]
    fn where_a_commit_says_it_came_from() {
        let message = format!(
            "Fix\n\nThis reverts commit {ID}.\n\n(cherry picked from commit {ID})\n(cherry picked from commit 12)\n"
        );
        assert_eq!(origins(message.as_bytes()).len(), 1);
    }

    #[test]
    fn conflict_markers_are_told_in_the_subject() {
        let marked = with_conflicts(b"Fix\n\nBug: 1\n", &["a.py".to_owned()]);
        assert_eq!(
            String::from_utf8_lossy(&marked),
            "WIP: Fix\n\nThese files hold conflict markers:\n* a.py\n\nBug: 1\n"
        );
    }

    proptest! {
        #[test]
        fn composing_twice_is_composing_once(
            message in "([A-Za-z#0-9: .()\\[\\]-]{0,20}(\n|\r\n)){0,6}",
            prefix: bool, co_author: bool, gh_numbers: bool,
        ) {
            let rules = Rules { prefix, co_author, gh_numbers };
            let once = composed(message.as_bytes(), rules);
            prop_assert_eq!(&composed(&once, rules), &once);
            prop_assert_eq!(origins(&once).len(), 1);
        }

        #[test]
        fn any_bytes_can_be_composed(message in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(origins(&composed(&message, CPYTHON)).len(), 1);
        }
    }
}
