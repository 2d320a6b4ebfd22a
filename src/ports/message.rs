//! What a commit message says about other commits and other branches.
//!
//! Sources: git-cherry-pick(1) (`-x`), git-revert(1), Gerrit's "Revert" and "Cherry Pick" buttons,
//! the titles that GitHub's squash merge and `cherry_picker` make (`[3.13] gh-1: Spam (GH-2) (#3)`).
//! It reads; the messages of backports are written by [`crate::backport::message`].

use crate::checkout::trailers;

/// The trailer that says why a fix stays where it is.
pub const FORWARD_PORT: &str = "Forward-Port";

/// The trailer that asks for backports: `Backport-To: 3.13, 3.12`.
pub const BACKPORT_TO: &str = "Backport-To";

/// What one message says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// First line, for people.
    pub subject: String,
    /// The same, taken apart.
    pub title: Title,
    /// Ids, perhaps abbreviated, of the commits that it was picked from.
    pub picked_from: Vec<String>,
    /// Ids of the commits that it takes back.
    pub reverts: Vec<String>,
    /// Whether it says that no forward-port is needed.
    pub disclaimer: Option<Disclaimer>,
    /// Branches that it should be backported to, as they are written.
    pub backport_to: Vec<String>,
}

/// A subject line without what differs between the clones of one change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Title {
    /// Lower case, single blanks, no `[3.13]` in front, no `(#12)` behind.
    pub text: String,
    /// Whether a `[3.13]` stood in front.
    pub prefixed: bool,
    /// Numbers behind it, in their order: `(GH-2) (#3)`.
    pub numbers: Vec<u64>,
    /// Whether the text itself begins with an issue's number: `gh-1:`, `bpo-1:`, `Issue #1:`.
    pub names_issue: bool,
}

/// What the trailer `Forward-Port` comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclaimer {
    /// Not needed, for this reason.
    Reason(String),
    /// Not needed, and no reason is given.
    NoReason,
    /// Something else stands there.
    NotUnderstood(String),
    /// The line stands above the last paragraph, where trailers are not looked for.
    Misplaced,
}

impl Said {
    /// Reads a message; one in another encoding is read as well as it goes.
    pub fn read(message: &[u8]) -> Self {
        let text = String::from_utf8_lossy(message);
        let subject = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned();
        let trailers = trailers(message);
        let backport_to = trailers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(BACKPORT_TO));
        let backport_to = backport_to.flat_map(|(_, value)| value.split([',', ' ', '\t']));
        Self {
            title: Title::read(&subject),
            picked_from: origins(&text),
            reverts: reverts(&text),
            disclaimer: disclaimer(message, &trailers),
            backport_to: backport_to.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            subject,
        }
    }
}

impl Title {
    fn read(subject: &str) -> Self {
        let mut rest = subject.trim();
        let mut prefixed = false;
        while let Some(after) = branch_prefix(rest) {
            rest = after;
            prefixed = true;
        }
        let mut numbers = Vec::new();
        while let Some((before, number)) = number_behind(rest) {
            rest = before;
            numbers.insert(0, number);
        }
        let text = rest.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        Self { names_issue: names_issue(&text), text, prefixed, numbers }
    }
}

/// `[3.13] rest`: a name without blanks and with a digit, as branches of releases have.
fn branch_prefix(text: &str) -> Option<&str> {
    let (name, rest) = text.strip_prefix('[')?.split_once(']')?;
    let is_branch = name.bytes().any(|b| b.is_ascii_digit()) && !name.contains(char::is_whitespace);
    is_branch.then(|| rest.trim_start())
}

/// `text (GH-12)`, `text (#12)`.
fn number_behind(text: &str) -> Option<(&str, u64)> {
    let (before, inside) = text.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let digits = inside.strip_prefix('#').or_else(|| {
        let (head, digits) = inside.split_at_checked(3)?;
        head.eq_ignore_ascii_case("gh-").then_some(digits)
    })?;
    Some((before.trim_end(), number(digits)?))
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// `gh-1: x`, `bpo-1: x`, `#1: x`, `Issue #1: x`, `Bug 1 - x` (in lower case).
fn names_issue(text: &str) -> bool {
    let text = text.strip_prefix("issue ").or_else(|| text.strip_prefix("bug ")).unwrap_or(text);
    let text = ["gh-", "bpo-", "bug-", "#"].iter().find_map(|mark| text.strip_prefix(mark)).unwrap_or(text);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && text[digits..].trim_start().starts_with([':', '-', ','])
}

/// Ids, perhaps abbreviated, of the commits that a message says it was picked from, first to last.
pub fn origins(text: &str) -> Vec<String> {
    text.lines().filter_map(picked_from).collect()
}

/// `(cherry picked from commit ID)`; also with the words that people put in its place.
fn picked_from(line: &str) -> Option<String> {
    let inside = line.trim().strip_prefix('(')?.strip_suffix(')')?;
    let verbs = ["cherry picked", "cherry-picked", "backported", "forward-ported", "forward ported", "ported"];
    let rest = verbs.iter().find_map(|verb| inside.strip_prefix(verb))?;
    commit_id(rest.trim_start().strip_prefix("from ")?.trim_start().trim_start_matches("commit ").trim())
}

/// Ids, perhaps abbreviated, of the commits that a message takes back: `This reverts commit ID.`, also
/// where lines were wrapped (git-revert(1), Gerrit's button). A revert of several names each.
pub fn reverts(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for three in words.windows(4) {
        let [this, reverts, commit, id] = three else { continue };
        let says = this.eq_ignore_ascii_case("this")
            && reverts.eq_ignore_ascii_case("reverts")
            && commit.eq_ignore_ascii_case("commit");
        if let (true, Some(id)) = (says, commit_id(id.trim_end_matches(['.', ',', ';', ')']))) {
            found.push(id);
        }
    }
    found
}

/// Seven digits are the least that people write.
fn commit_id(text: &str) -> Option<String> {
    let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    (hex && (7..=64).contains(&text.len())).then(|| text.to_ascii_lowercase())
}

/// Keys and values of the trailers; a line that begins with a blank goes on with the one before
/// (git-interpret-trailers(1)).
fn trailers(message: &[u8]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
    let lines = trailers::lines(message);
    let mut found: Vec<(String, String)> = Vec::new();
    for line in trailers::block(&lines).and_then(|start| lines.get(start..)).unwrap_or_default() {
        if let (true, Some((_, value))) = (line[0].is_ascii_whitespace(), found.last_mut()) {
            value.push(' ');
            value.push_str(&text(line));
        } else if let (Some(key), Some(value)) = (trailers::key(line), trailers::value(line)) {
            found.push((text(key), text(value)));
        }
    }
    found
}

/// Of several trailers the one that says most.
fn disclaimer(message: &[u8], trailers: &[(String, String)]) -> Option<Disclaimer> {
    let is_ours = |key: &str| key.eq_ignore_ascii_case(FORWARD_PORT);
    let read: Vec<Disclaimer> =
        trailers.iter().filter(|(key, _)| is_ours(key)).map(|(_, value)| Disclaimer::read(value)).collect();
    let reason = read.iter().find(|said| matches!(said, Disclaimer::Reason(_)));
    if let Some(said) = reason.or(read.first()) {
        return Some(said.clone());
    }
    let key = FORWARD_PORT.to_ascii_lowercase();
    let below = trailers::lines(message);
    below.iter().skip(1).any(|line| trailers::has_key(line, key.as_bytes())).then_some(Disclaimer::Misplaced)
}

impl Disclaimer {
    /// `not-needed (REASON)`.
    fn read(value: &str) -> Self {
        let lower = value.to_ascii_lowercase();
        let Some(rest) = ["not-needed", "not needed"].iter().find_map(|mark| lower.strip_prefix(mark)).filter(|rest| {
            // `not-neededness` is another word.
            !rest.starts_with(|c: char| c.is_alphanumeric())
        }) else {
            return Self::NotUnderstood(value.to_owned());
        };
        // ASCII lower case has the length of what it was made from.
        let reason = value[value.len() - rest.len()..].trim();
        let inside = reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')')).unwrap_or(reason);
        let reason = inside.trim_start_matches([':', '-', ',', ' ']).trim();
        if reason.chars().any(char::is_alphanumeric) { Self::Reason(reason.to_owned()) } else { Self::NoReason }
    }

    /// The reason, where there is one: nothing less releases from a forward-port.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Reason(reason) => Some(reason),
            Self::NoReason | Self::NotUnderstood(_) | Self::Misplaced => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Disclaimer, Said, Title};

    fn said(message: &str) -> Said {
        Said::read(message.as_bytes())
    }

    #[test]
    fn titles_are_taken_apart() {
        for (subject, text, prefixed, numbers, names_issue) in [
            ("gh-1: Fix spam (GH-2)", "gh-1: fix spam", false, vec![2], true),
            ("[3.13] gh-1: Fix  spam (GH-2) (#3)", "gh-1: fix spam", true, vec![2, 3], true),
            ("[3.12][3.13] bpo-12345: x (gh-7)", "bpo-12345: x", true, vec![7], true),
            ("[stable/2024.1] Fix it", "fix it", true, vec![], false),
            ("[WIP] Fix it (#1)", "[wip] fix it", false, vec![1], false),
            ("Issue #12: x", "issue #12: x", false, vec![], true),
            ("Bug 12 - x", "bug 12 - x", false, vec![], true),
            ("12 angry men", "12 angry men", false, vec![], false),
            ("f(x) (see #3)", "f(x) (see #3)", false, vec![], false),
            ("x (#99999999999999999999)", "x (#99999999999999999999)", false, vec![], false),
        ] {
            let expected = Title { text: text.to_owned(), prefixed, numbers, names_issue };
            assert_eq!(said(subject).title, expected, "{subject}");
        }
    }

    #[test]
    fn origins_of_a_pick() {
        let id = "1234567890abcdef1234567890abcdef12345678";
        for (line, found) in [
            (format!("(cherry picked from commit {id})"), Some(id)),
            (format!("  (cherry-picked from commit {id})  "), Some(id)),
            (format!("(backported from commit {})", &id[..12]), Some(&id[..12])),
            (format!("(cherry picked from {id})"), Some(id)),
            ("(cherry picked from commit 123)".to_owned(), None),
            ("(cherry picked from commit nonsense)".to_owned(), None),
            (format!("> (cherry picked from commit {id})"), None),
        ] {
            let message = format!("x\n\nbody\n{line}\n\nChange-Id: I0\n");
            assert_eq!(said(&message).picked_from, found.into_iter().map(str::to_owned).collect::<Vec<_>>(), "{line}");
        }
    }

    #[test]
    fn what_a_revert_takes_back() {
        let (one, two) = ("a".repeat(40), "b".repeat(40));
        let message = format!("Revert \"x\"\n\nThis reverts commit {one}.\nThis reverts\ncommit {two}, reversing\n");
        assert_eq!(said(&message).reverts, [one, two]);
        assert!(said("This reverts commit to the old way\n").reverts.is_empty());
    }

    #[test]
    fn disclaimers() {
        let reason = |text: &str| Some(Disclaimer::Reason(text.to_owned()));
        for (message, expected) in [
            ("x\n\nForward-Port: not-needed (the code is gone)\n", reason("the code is gone")),
            ("x\n\nforward-port: Not needed: gone (since 3.14)\nChange-Id: I1\n", reason("gone (since 3.14)")),
            ("x\n\nForward-Port: not-needed (the code\n  is gone)\n", reason("the code is gone")),
            ("x\n\nForward-Port: not-needed\n", Some(Disclaimer::NoReason)),
            ("x\n\nForward-Port: not-needed ()\n", Some(Disclaimer::NoReason)),
            ("x\n\nForward-Port: later\n", Some(Disclaimer::NotUnderstood("later".to_owned()))),
            ("x\n\nForward-Port: not-needed (a)\n\nmore\n", Some(Disclaimer::Misplaced)),
            ("Forward-Port: not-needed (a)\n", None),
            ("x\n\nForward-Port: no\nForward-Port: not-needed (a)\n", reason("a")),
            ("x\n\nbody\n", None),
        ] {
            assert_eq!(said(message).disclaimer, expected, "{message:?}");
        }
    }

    #[test]
    fn backports_that_are_asked_for() {
        assert_eq!(said("x\n\nBackport-To: 3.13, 3.12\nBackport-To: 3.4\n").backport_to, ["3.13", "3.12", "3.4"]);
        assert!(said("x\n\nBackport-To: 3.13\n\nmore\n").backport_to.is_empty());
    }

    proptest! {
        #[test]
        fn any_message_can_be_read(message in proptest::collection::vec(any::<u8>(), 0..400)) {
            let said = Said::read(&message);
            prop_assert!(!said.subject.contains('\n'));
        }

        #[test]
        fn a_backport_has_the_title_of_its_origin(text in "[a-z][a-z ]{0,20}[a-z]", pr in 1_u64..99999, own in 1_u64..99999) {
            let origin = said(&format!("gh-7: {text} (GH-{pr})")).title;
            let clone = said(&format!("[3.13] gh-7: {text} (GH-{pr}) (#{own})")).title;
            prop_assert_eq!(origin.text, clone.text);
            prop_assert_eq!(clone.numbers, vec![pr, own]);
        }
    }
}
