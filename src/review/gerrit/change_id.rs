//! Change-Ids: the footer that ties a commit to its change, by Gerrit's rules and on bytes.
//!
//! It reads footers as the server does (`JGit`'s `FooterLine`, Gerrit's `CommitValidators`) and writes
//! them where Gerrit's commit-msg hook would. It rewrites no commits and asks no server.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::checkout::trailers;
use crate::names::{CommitId, Malformed};

/// `I` and 40 lowercase hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeId(String);

impl ChangeId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChangeId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_prefix('I').unwrap_or_default();
        if digits.len() != 40 || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Malformed("`I` and 40 lowercase hexadecimal digits are wanted"));
        }
        // EGit's placeholder; Gerrit refuses it (`CommitValidators`, "invalid placeholder ID").
        if digits.bytes().all(|b| b == b'0') {
            return Err(Malformed("only zeros are a placeholder, not a Change-Id"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ChangeId {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<ChangeId> for String {
    fn from(id: ChangeId) -> Self {
        id.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a commit message says about its change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Footer {
    /// Nothing.
    Missing,
    /// Exactly one Change-Id, as a `Change-Id:` or a `Link:` footer.
    One(ChangeId),
    /// One, but not of the form that the server takes.
    Malformed(Malformed),
    /// More than one `Change-Id:` line, or several `Link:` lines that name changes.
    Several,
    /// A `Change-Id:` line above the last paragraph, where the server does not look.
    NotInFooter,
    /// The message is a `Change-Id:` line and has no subject.
    OnlyLine,
}

impl Footer {
    /// The id, where there is exactly one that the server takes.
    pub fn id(self) -> Option<ChangeId> {
        match self {
            Self::One(id) => Some(id),
            _ => None,
        }
    }
}

/// The id that a commit without one gets: the same commit gets the same id everywhere, so that a
/// second try finds the change of the first.
pub fn derive(commit: &CommitId) -> ChangeId {
    let mut hash = Sha1::new();
    hash.update(b"pyflow\0");
    hash.update(commit.as_str());
    ChangeId(format!("I{}", hex::encode(hash.finalize())))
}

/// Reads a commit message as Gerrit does.
///
/// `Link: <url>/id/I…` counts where there is no `Change-Id:` line; whether its URL is the server's
/// own is the server's to say (Gerrit Documentation, "commit-msg Hook", `gerrit.reviewUrl`).
pub fn footer(message: &[u8]) -> Footer {
    let lines = footer_lines(message);
    let of =
        |key: &str| lines.iter().filter(|l| l.0.eq_ignore_ascii_case(key.as_bytes())).map(|l| l.1).collect::<Vec<_>>();
    match of("Change-Id").as_slice() {
        [] => {}
        [value] => return parse(value).map_or_else(Footer::Malformed, Footer::One),
        _ => return Footer::Several,
    }
    let named = of("Link").into_iter().filter_map(link_target).collect::<Vec<_>>();
    match named.as_slice() {
        [] => {}
        [id] => return Footer::One(id.clone()),
        _ => return Footer::Several,
    }
    if message.starts_with(b"Change-Id:") {
        return Footer::OnlyLine;
    }
    if message.windows(b"\nChange-Id:".len()).any(|w| w == b"\nChange-Id:") {
        return Footer::NotInFooter;
    }
    Footer::Missing
}

fn parse(value: &[u8]) -> Result<ChangeId, Malformed> {
    std::str::from_utf8(value.trim_ascii()).map_err(|_| Malformed("it is not UTF-8"))?.parse()
}

/// The id in `<url>/id/I<40 hex>`.
fn link_target(value: &[u8]) -> Option<ChangeId> {
    let value = std::str::from_utf8(value.trim_ascii()).ok()?;
    let (before, id) = value.rsplit_once("/id/")?;
    if before.is_empty() { None } else { id.parse().ok() }
}

/// Keys and values of the last paragraph, as `JGit`'s `FooterLine.fromMessage` finds them: the first
/// line is never a footer, paragraphs are parted by two newlines with nothing between, a key is
/// ASCII letters, digits and `-`, and a line that starts with a space goes on with the one before.
fn footer_lines(message: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut end = message.len();
    while end > 0 && matches!(message[end - 1], b'\n' | b' ') {
        end -= 1;
    }
    let mut body = next_line(message, 0);
    while message.get(body) == Some(&b' ') {
        body = next_line(message, body);
    }
    let mut start = end;
    while start > body && !(start >= 2 && message[start - 1] == b'\n' && message[start - 2] == b'\n') {
        start -= 1;
    }
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let line = &message[at..];
        let key = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        if line.get(key) != Some(&b':') {
            at = next_line(message, at);
            continue;
        }
        let mut stop = next_line(message, at);
        while message.get(stop) == Some(&b' ') {
            stop = next_line(message, stop);
        }
        found.push((&line[..key], message[at + key + 1..stop].trim_ascii()));
        at = stop;
    }
    found
}

fn next_line(text: &[u8], from: usize) -> usize {
    text[from..].iter().position(|b| *b == b'\n').map_or(text.len(), |n| from + n + 1)
}

/// The message with a `Change-Id:` footer where Gerrit's commit-msg hook puts it: in the last
/// paragraph where that is one of trailers (git-interpret-trailers(1)), before the first
/// `Signed-off-by:` and else at the end; otherwise in a paragraph of its own.
///
/// All other lines stay as they are, byte for byte, whatever their encoding; blank lines at the end
/// go. The line ends of the subject line (LF or CRLF) are kept for the new ones.
pub fn add_to(message: &[u8], id: &ChangeId) -> Vec<u8> {
    let eol: &[u8] = if message[..next_line(message, 0)].ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
    let lines = trailers::lines(message);
    let trailer = [b"Change-Id: ", id.as_str().as_bytes(), eol].concat();
    let ended = lines.last().is_none_or(|l| l.ends_with(b"\n"));
    let mut out = Vec::with_capacity(message.len() + trailer.len() + 4);
    if let Some(start) = trailers::block(&lines) {
        let place =
            (start..lines.len()).find(|at| trailers::has_key(lines[*at], b"signed-off-by")).unwrap_or(lines.len());
        for (at, line) in lines.iter().enumerate() {
            if at == place {
                out.extend_from_slice(&trailer);
            }
            out.extend_from_slice(line);
        }
        if place == lines.len() {
            if !ended {
                out.extend_from_slice(eol);
            }
            out.extend_from_slice(&trailer);
        } else if !ended {
            out.extend_from_slice(eol);
        }
    } else {
        out.extend(lines.concat());
        if !ended {
            out.extend_from_slice(eol);
        }
        out.extend_from_slice(eol);
        out.extend_from_slice(&trailer);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;

    use super::{ChangeId, Footer, add_to, derive, footer};

    const ID: &str = "I0123456789abcdef0123456789abcdef01234567";

    fn id() -> ChangeId {
        ID.parse().expect("a Change-Id")
    }

    #[test]
    fn derived_ids_depend_on_the_commit_alone() {
        let commit = "a".repeat(40).parse().expect("a commit id");
        // printf 'pyflow\0aaaa…' | sha1sum
        assert_eq!(derive(&commit), derive(&commit));
        assert_eq!(derive(&commit).as_str().len(), 41);
        assert_eq!(derive(&commit).as_str(), "I63b16fe90be3bc897cf733903edde23fba4082b1");
    }

    #[test]
    fn footers_are_read_as_gerrit_reads_them() {
        let one = Footer::One(id());
        let digits = Footer::Malformed(crate::names::Malformed("`I` and 40 lowercase hexadecimal digits are wanted"));
        let zeros = Footer::Malformed(crate::names::Malformed("only zeros are a placeholder, not a Change-Id"));
        let cases: Vec<(String, Footer)> = vec![
            (String::new(), Footer::Missing),
            ("subject\n".into(), Footer::Missing),
            ("subject\n\nbody\n".into(), Footer::Missing),
            (format!("subject\n\nChange-Id: {ID}\n"), one.clone()),
            (format!("subject\n\nChange-Id: {ID}"), one.clone()),
            (format!("subject\n\nchange-id:{ID}  \n\n\n"), one.clone()),
            (format!("subject\n\nbody\n\nBug: 1\nChange-Id: {ID}\nSigned-off-by: a <a@b>\n"), one.clone()),
            (format!("subject\nChange-Id: {ID}\n"), one.clone()),
            (format!("subject\n\nnot a trailer\nChange-Id: {ID}\nnor this\n"), one.clone()),
            (format!("subject\r\n\r\nbody\r\n\r\nChange-Id: {ID}\r\n"), one.clone()),
            (format!("subject\n\nLink: https://review.example.org/r/id/{ID}\n"), one.clone()),
            (format!("subject\n\nLink: https://example.org/x\nChange-Id: {ID}\n"), one),
            ("subject\n\nLink: https://example.org/x\n".into(), Footer::Missing),
            ("subject\n\nChange-Id: I123\n".into(), digits.clone()),
            (format!("subject\n\nChange-Id: {}\n", ID.to_uppercase()), digits.clone()),
            (format!("subject\n\nChange-Id: I{}\n", "0".repeat(40)), zeros),
            ("subject\n\nChange-Id:\n".into(), digits),
            (format!("subject\n\nChange-Id: {ID}\nChange-Id: {ID}\n"), Footer::Several),
            (format!("subject\n\nChange-Id: {ID}\n\nmore text\n"), Footer::NotInFooter),
            (format!("Change-Id: {ID}\n"), Footer::OnlyLine),
        ];
        for (message, expected) in cases {
            assert_eq!(footer(message.as_bytes()), expected, "{message:?}");
        }
    }

    #[test]
    fn the_footer_goes_where_the_hook_puts_it() {
        let cases = [
            ("s", format!("s\n\nChange-Id: {ID}\n")),
            ("s\n\n\n", format!("s\n\nChange-Id: {ID}\n")),
            ("", format!("\nChange-Id: {ID}\n")),
            ("s\n\nb\n", format!("s\n\nb\n\nChange-Id: {ID}\n")),
            ("s\n\nb\n\nBug: 1\n", format!("s\n\nb\n\nBug: 1\nChange-Id: {ID}\n")),
            ("s\n\nBug: 1\nSigned-off-by: a <a@b>", format!("s\n\nBug: 1\nChange-Id: {ID}\nSigned-off-by: a <a@b>\n")),
            ("s\n\nBug: 1\n more\n", format!("s\n\nBug: 1\n more\nChange-Id: {ID}\n")),
            ("s\n\nBug: 1\ntext\n", format!("s\n\nBug: 1\ntext\n\nChange-Id: {ID}\n")),
            (
                "s\n\nSigned-off-by: a <a@b>\n(cherry picked from commit 12)\n",
                format!("s\n\nChange-Id: {ID}\nSigned-off-by: a <a@b>\n(cherry picked from commit 12)\n"),
            ),
            ("Bug: 1\n", format!("Bug: 1\n\nChange-Id: {ID}\n")),
            ("s\r\n\r\nBug: 1\r\n", format!("s\r\n\r\nBug: 1\r\nChange-Id: {ID}\r\n")),
            ("s\n\n# a comment is text here\n", format!("s\n\n# a comment is text here\n\nChange-Id: {ID}\n")),
            (
                "s\n\n# ------------------------ >8 ------------------------\nx\n",
                format!("s\n\n# ------------------------ >8 ------------------------\nx\n\nChange-Id: {ID}\n"),
            ),
        ];
        for (message, expected) in cases {
            let added = add_to(message.as_bytes(), &id());
            assert_eq!(String::from_utf8_lossy(&added), expected, "{message:?}");
            assert_eq!(footer(&added), Footer::One(id()), "{message:?}");
        }
        let latin = add_to(b"caf\xe9\n\nna\xefve\n", &id());
        assert!(latin.starts_with(b"caf\xe9\n\nna\xefve\n\nChange-Id: "));
    }

    fn interpret(message: &[u8], options: &[&str], trailer: &str) -> Vec<u8> {
        // In a stored message `#` is text; a comment character that no message here holds says so.
        let mut child = Command::new("git")
            .args(["-c", "core.commentChar=\u{1}"])
            .args(options)
            .args(["interpret-trailers", "--no-divider", "--trailer", trailer])
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", std::env::temp_dir().join("no-such-configuration"))
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git");
        child.stdin.take().expect("a pipe").write_all(message).expect("written");
        child.wait_with_output().expect("git").stdout
    }

    /// The hook's two steps: a sentinel `Signed-off-by` at the end, then ours before the first one.
    fn as_the_hook(message: &[u8]) -> String {
        let marked = interpret(message, &[], "Signed-off-by: SENTINEL");
        let added = interpret(&marked, &["-c", "trailer.where=before"], &format!("Signed-off-by: Change-Id: {ID}"));
        String::from_utf8_lossy(&added)
            .lines()
            .filter(|l| *l != "Signed-off-by: SENTINEL")
            .map(|l| l.replace("Signed-off-by: Change-Id: ", "Change-Id: ") + "\n")
            .collect()
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            Just("Bug: 12".to_owned()),
            Just("Issue: x".to_owned()),
            Just("Signed-off-by: a <a@b>".to_owned()),
            Just("(cherry picked from commit 0123)".to_owned()),
            Just(" continued".to_owned()),
            Just("text here".to_owned()),
            Just("# hash".to_owned()),
            Just("---".to_owned()),
            // git takes any beginning of `Signed-off-by` for it; we do not.
            "[a-rt-z][a-z]{0,5}( [a-zé:]{1,4})?",
        ]
    }

    /// Each case runs git twice.
    const CASES: u32 = 64;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(CASES))]
        #[test]
        fn the_place_is_the_hooks(subject in "[a-z]{1,8}", lines in prop::collection::vec(line(), 0..9)) {
            let message = format!("{subject}\n\n{}\n", lines.join("\n"));
            let ours = String::from_utf8(add_to(message.as_bytes(), &id())).expect("text");
            let hook = as_the_hook(message.as_bytes());
            // git spells the other trailers anew (`a :` becomes `a: `, continued lines are joined);
            // we leave them alone.
            let spelling = |text: &str| text.trim_end().replace("\n ", "").replace(' ', "");
            prop_assert_eq!(spelling(&ours), spelling(&hook), "{:?}", message);
        }
    }

    proptest! {
        #[test]
        fn adding_changes_nothing_else(message in prop::collection::vec(any::<u8>(), 0..200)) {
            let added = add_to(&message, &id());
            let line = format!("Change-Id: {ID}");
            let at = added.windows(line.len()).position(|w| w == line.as_bytes()).expect("the footer");
            let end = at + line.len() + usize::from(added[at + line.len()] == b'\r') + 1;
            let rest = [&added[..at], &added[end..]].concat();
            prop_assert_eq!(rest.trim_ascii_end(), message.trim_ascii_end());
        }

        #[test]
        fn adding_gives_one(lines in prop::collection::vec(line(), 0..9), crlf: bool) {
            let message = lines.join(if crlf { "\r\n" } else { "\n" });
            prop_assert_eq!(footer(&add_to(message.as_bytes(), &id())), Footer::One(id()), "{:?}", message);
        }

        #[test]
        fn any_bytes_can_be_read(message in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(footer(&message));
        }
    }
}
