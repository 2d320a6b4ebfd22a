//! Names, configuration and layout; the bytes are compared with towncrier itself in `tests/real`.

use super::Towncrier;
use super::config::{fnmatch, parse};
use super::render::{Release, release};
use crate::news::{Draft, Place, Style as _};

fn style(text: &str) -> Towncrier {
    Towncrier { config: parse(Some(&format!("[tool.towncrier]\n{text}")), None).unwrap().unwrap() }
}

#[test]
fn names_are_read_from_the_end() {
    let style = style("directory = \"news\"");
    for (name, expected) in [
        ("123.feature", Some(("123", "feature", 0))),
        ("0042.bugfix.rst", Some(("42", "bugfix", 0))),
        ("123.feature.2.md", Some(("123", "feature", 2))),
        ("fix-1.2.3.feature", Some(("fix-1.2.3", "feature", 0))),
        ("+abc.misc", Some(("", "misc", 0))),
        ("feature", None),
        ("123.spam", None),
    ] {
        let parsed = style.parse(name);
        assert_eq!(parsed.as_ref().map(|n| (n.issue.as_str(), n.kind.as_str(), n.counter)), expected, "{name}");
    }
    assert_eq!(style.place("news/README.rst"), Place::Aside);
    assert_eq!(style.place("news/1.feature"), Place::Fragment);
    assert_eq!(style.place("NEWS.rst"), Place::Release);
    assert_eq!(style.place("src/news/1.feature"), Place::Elsewhere);
    assert!(fnmatch("*.txt", "a.txt") && fnmatch("a?c*", "abcd") && !fnmatch("a?c", "ac") && fnmatch("**", ""));
}

#[test]
fn a_path_out_of_the_tree_is_refused() {
    for text in [
        "directory = \"../x\"",
        "directory = \"/etc\"",
        "filename = \"../NEWS\"",
        "directory = \".git/hooks\"",
        "directory = \"a\\\\..\\\\..\\\\b\"",
        "directory = \"c:/x\"",
        "directory = \"a\\u001bb\"",
        "[[tool.towncrier.section]]\nname = \"x\"\npath = \"../..\"",
        "singlefile = true",
        "wrap = \"x\"",
        "directory = 1",
        "issue_pattern = \"(\"",
    ] {
        assert!(parse(Some(&format!("[tool.towncrier]\n{text}")), None).is_err(), "{text}");
    }
    assert_eq!(parse(None, Some("[project]\nname = \"x\"")).unwrap(), None);
}

#[test]
fn a_new_fragment_has_a_name_of_its_own() {
    let style = style("directory = \"news\"");
    let draft = |issue: &str, kind: &str| Draft {
        issue: issue.to_owned(),
        kind: Some(kind.to_owned()),
        text: "Text".to_owned(),
        random: [1, 2, 3, 4],
        ..Draft::default()
    };
    let path =
        |issue: &str, kind: &str| style.compose(&draft(issue, kind), &|p| p == "news/12.feature.rst").map(|f| f.path);
    assert_eq!(path("12", "feature").unwrap(), "news/12.feature.1.rst");
    assert_eq!(path("+", "misc").unwrap(), "news/+01020304.misc.rst");
    for (issue, kind) in [("12", "spam"), ("1.2", "feature"), ("../1", "feature"), ("", "feature"), ("-1", "feature")] {
        assert!(path(issue, kind).is_err(), "{issue} {kind}");
    }
}

#[test]
fn a_version_in_both_layouts() {
    let fragments = [
        ("news/12.feature.rst".to_owned(), "Add spam.\n".to_owned()),
        ("news/3.feature.rst".to_owned(), "Add spam.\n".to_owned()),
        ("news/7.misc.rst".to_owned(), String::new()),
    ];
    let at = Release { version: "1.0", date: "2026-11-20" };
    let made = release(&style("directory = \"news\"\nname = \"Spam\""), &at, &fragments, None).unwrap();
    assert_eq!(made.path, "NEWS.rst");
    assert_eq!(
        made.content,
        "Spam 1.0 (2026-11-20)\n=====================\n\nFeatures\n--------\n\n- Add spam. (#3, #12)\n\n\nMisc\n----\n\n- #7\n"
    );
    let markdown = release(
        &style("directory = \"news\"\nfilename = \"NEWS.md\""),
        &at,
        &fragments,
        Some("<!-- towncrier release notes start -->\n\nold\n"),
    )
    .unwrap();
    assert_eq!(
        markdown.content,
        "\n\n<!-- towncrier release notes start -->\n\n# 1.0 (2026-11-20)\n\n## Features\n\n- Add spam. (#3, #12)\n\n## Misc\n\n- #7\n\n\nold\n"
    );
    let own = release(&style("directory = \"news\"\ntemplate = \"x.jinja\""), &at, &fragments, None).unwrap_err();
    assert!(own.hints[0].contains("towncrier build --version 1.0"));
}
