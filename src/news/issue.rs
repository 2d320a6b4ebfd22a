//! The issue that a branch's name, a subject or an option names. Text in, number out.

use crate::error::{Error, Result};

/// The issue of an option, in the spellings that blurb takes (`12345`, `gh-12345`, `GH-12345`,
/// `#12345`, the issue's page), `bpo-12345`, and the page of an issue on any other server.
pub fn given(text: &str) -> Result<String> {
    let text = text.trim();
    let rest = text.strip_prefix("gh-").or_else(|| text.strip_prefix("GH-")).or_else(|| text.strip_prefix('#'));
    if let Some(number) = digits(rest.unwrap_or(text)) {
        return Ok(number);
    }
    if let Some(number) = text.strip_prefix("bpo-").and_then(digits) {
        return Ok(format!("bpo-{number}"));
    }
    if let Some((page, number)) = text.rsplit_once('/')
        && page.ends_with("/issues")
        && let Some(number) = digits(number)
    {
        return Ok(number);
    }
    Err(Error::usage(format!("`{text}` is not the number of an issue"))
        .hint("write `--issue 123456`, `--issue gh-123456`, or the address of its page"))
}

/// ASCII digits, without zeros in front.
fn digits(text: &str) -> Option<String> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.trim_start_matches('0'))?;
    (!number.is_empty() && number.len() <= 18).then(|| number.to_owned())
}

/// The issues that a subject names, in order: `gh-12345: …`, `bpo-123: …`, `Issue #12: …`,
/// `Fixes #12`. `(GH-777)` and `(#777)` at its end are the pull request's number.
pub fn in_subject(subject: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = "";
    for word in subject.split(|c: char| c.is_whitespace() || c == ',') {
        let pull_request = word.starts_with("(GH-") || word.starts_with("(#");
        let word = word.trim_start_matches(['(', '[']);
        if !pull_request && let Some(issue) = named(word, announces(before)) {
            found.push(issue);
        }
        before = word;
    }
    found.dedup();
    found
}

fn announces(word: &str) -> bool {
    let word = word.trim_end_matches(':').to_ascii_lowercase();
    ["issue", "fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves", "resolved"].contains(&&*word)
}

/// `gh-1:`, `bpo-1`, or, after a word like `Fixes`, `#1`.
fn named(word: &str, announced: bool) -> Option<String> {
    let number = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        digits(&rest[..end])
    };
    let after = |prefix: &str| {
        word.get(..prefix.len()).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &word[prefix.len()..])
    };
    match (after("gh-"), after("bpo-"), after("#")) {
        (Some(rest), _, _) => number(rest),
        (_, Some(rest), _) => number(rest).map(|number| format!("bpo-{number}")),
        (_, _, Some(rest)) if announced => number(rest),
        _ => None,
    }
}

/// The issue that a branch is named after: `gh-12345-spam`, `issue12345`, `alice/bpo-123`.
pub fn in_branch(branch: &str) -> Option<String> {
    let name = branch.rsplit('/').next().unwrap_or(branch).to_ascii_lowercase();
    let (prefix, rest) = ["gh", "issues", "issue", "bpo"].iter().find_map(|p| Some((*p, name.strip_prefix(p)?)))?;
    let rest = rest.trim_start_matches(['-', '_', '#']);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = digits(&rest[..end])?;
    Some(if prefix == "bpo" { format!("bpo-{number}") } else { number })
}

#[cfg(test)]
mod tests {
    use super::{given, in_branch, in_subject};

    #[test]
    fn spellings_of_an_option() {
        // blurb's own list of good ones (tests/test_add.py of 2.3.0), and some of ours.
        for good in [
            "12345",
            "gh-12345",
            "GH-12345",
            "#12345",
            " 12345 ",
            " #12345 ",
            "   gh-12345   ",
            "012345",
            "https://github.com/python/cpython/issues/12345",
            "github.com/python/cpython/issues/12345",
            "https://git.example.org/a/b/issues/12345",
            "  https://github.com/python/cpython/issues/12345 ",
        ] {
            assert_eq!(given(good).unwrap(), "12345", "{good}");
        }
        assert_eq!(given("bpo-123").unwrap(), "bpo-123");
        for bad in [
            "",
            "0",
            "abc",
            "Gh-123",
            "gH-123",
            "gh- 123",
            "gh -123",
            "gh-",
            "bpo-",
            "#",
            "##12",
            "-12",
            "1_000",
            "12.5",
            "gh-abc",
            "١٢٣",
            "https://github.com/python/cpython/issues/",
            "12345 67",
            "https://github.com/python/cpython/pull/12345",
            "https://github.com/python/cpython/issues/12345?x=1",
            "https://github.com/python/cpython/issues/12345#note",
            "9999999999999999999",
        ] {
            assert!(given(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn subjects_and_branches() {
        for (subject, expected) in [
            ("gh-12345: Fix spam (GH-777)", &["12345"][..]),
            ("[3.14] gh-12345: Fix spam (GH-777) (#778)", &["12345"]),
            ("GH-12345: Fix spam", &["12345"]),
            ("bpo-42: Fix spam", &["bpo-42"]),
            ("Issue #12: x", &["12"]),
            ("Fix spam, fixes #12 and gh-13.", &["12", "13"]),
            ("gh-1, gh-2: both", &["1", "2"]),
            ("Fix spam (#777)", &[]),
            ("Speed up the sigh-32 path", &[]),
            ("Use #12 bolts", &[]),
        ] {
            assert_eq!(in_subject(subject), expected, "{subject}");
        }
        for (branch, expected) in [
            ("gh-12345", Some("12345")),
            ("alice/gh-12345-spam", Some("12345")),
            ("issue12345", Some("12345")),
            ("GH_7_x", Some("7")),
            ("bpo-99-y", Some("bpo-99")),
            ("fix-3-bugs", None),
            ("3.14", None),
            ("ghost-12", None),
            ("backport-abc-3.13", None),
        ] {
            assert_eq!(in_branch(branch).as_deref(), expected, "{branch}");
        }
    }
}
