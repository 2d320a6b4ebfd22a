//! The golden vectors: printed by blurb 2.3.0.

use super::Blurb;
use super::news::{order, release};
use super::text::{Entry, Metadata, Rules, cve, nonce, parse, wrap_body};
use crate::news::{Draft, Style as _};

const RULES: Rules = Rules { lowest_issue: 32426 };

#[test]
fn bodies_and_nonces() {
    let long = "a".repeat(90);
    for (body, wrapped, expected) in [
        ("Hello world!\n", "Hello world!\n".to_owned(), "WcoO-p"),
        ("x\ty tab", "x       y tab\n".to_owned(), "sHW6FB"),
        (
            "Fix :func:`spam`.  Two spaces after.\nSecond line.",
            "Fix :func:`spam`.  Two spaces after. Second line.\n".to_owned(),
            "lcLIV4",
        ),
        (&format!("{long} b"), format!("{long}\nb\n"), "gv4F--"),
    ] {
        let body = wrap_body(body.trim_end(), "", "");
        assert_eq!(body, wrapped);
        assert_eq!(nonce(&body), expected, "{body:?}");
    }
}

#[test]
fn lists_and_literal_blocks_stay() {
    let text = "* one\n* two\n\nSee::\n\n    code   here\n\nand   more\ntext";
    assert_eq!(wrap_body(text, "", ""), "* one\n* two\n\nSee::\n\n    code   here\n\nand   more text\n");
    assert_eq!(wrap_body("* one\n* two\n\nplain", "- ", "  "), "- * one\n  * two\n\n  plain\n");
}

#[test]
fn what_is_refused() {
    for (text, rule) in [
        ("", "empty"),
        ("..\n", "metadata"),
        (".. gh-issue: 123456\n.. section: Library\n\nx\n..\n", "empty"),
        (".. gh-issue: 123456\n.. section: Library\n\nbpo-1: x\n", "body"),
        (".. gh-issue: 123456\n.. section: Library\n\nIssue #1: x\n", "body"),
        (".. gh-issue: 123456\n.. section: Library\n\nGH-1: x\n", "body"),
        (".. gh-issue: 123456\n.. section: Library\n\n- x\n", "body"),
        (".. gh-issue\n.. section: Library\n\nx\n", "metadata"),
        (".. gh-issue: 123456\n.. gh-issue: 123457\n.. section: Library\n\nx\n", "metadata"),
        (".. gh-issue:\n.. section: Library\n\nx\n", "issue"),
        (".. gh-issue: abc\n.. section: Library\n\nx\n", "issue"),
        (".. gh-issue: 1_000_000\n.. section: Library\n\nx\n", "issue"),
        (".. gh-issue: 32425\n.. section: Library\n\nx\n", "issue"),
        (".. section: Library\n\nx\n", "issue"),
        (".. gh-issue: 123456\n\nx\n", "section"),
        (".. gh-issue: 123456\n.. section: Spam\n\nx\n", "section"),
        (".. gh-issue: 123456\n.. section: Security\n.. cve: 2026\n\nx\n", "metadata"),
        (".. gh-issue: 123456\n.. section: Library\n.. cve: CVE-2026-1234\n\nx\n", "metadata"),
        (".. gh-issue: 123456\n.. section: Security\n#.. cve: CVE-2026-1234\n\nx\n", "metadata"),
        (".. gh-issue: 123456\n.. section: Security\n# .. CVE : 2026-1234\n\nx\n", "metadata"),
    ] {
        let refused = parse(text.as_bytes(), Metadata::new(), RULES);
        assert_eq!(refused.as_ref().map_err(|p| p.rule.as_str()), Err(rule), "{text:?}");
    }
    for good in [
        ".. bpo: 0\n.. section: Library\n\nx\n",
        ".. GH-Issue: 123456\n.. Section: Library\n\nx\n",
        ".. gh-issue: 123456\n.. section: Security\n#.. cve:\n\nx\n",
        ".. no changes: True\n.. gh-issue: 0\n.. section: Library\n\nx\n",
        ".. gh-issue: 123456\r\n.. section: Library\r\n\r\nx\r\n",
    ] {
        assert_eq!(parse(good.as_bytes(), Metadata::new(), RULES).map(|entries| entries.len()), Ok(1), "{good:?}");
    }
    let late = parse(b".. bpo: 0\n.. section: Library\n\nx\n..\n\n.. bpo: y\n", Metadata::new(), RULES);
    assert_eq!(late.unwrap_err().line, Some(6));
}

#[test]
fn names_of_cves_and_order_of_versions() {
    assert_eq!(cve(" cve-2026-12345 ").as_deref(), Some("CVE-2026-12345"));
    assert_eq!(cve("2026-1234").as_deref(), Some("CVE-2026-1234"));
    for bad in ["", "CVE-2026", "CVE-26-1234", "CVE-2026-123", "CVE 2026-1234", "CVE-2026-1234x"] {
        assert_eq!(cve(bad), None, "{bad}");
    }
    let sorted = ["3.4.0a1", "3.4.0b2", "3.4.0b10", "3.4.0rc1", "3.4.0", "3.4.1", "3.5.0a1", "3.10.0", "next"];
    let mut shuffled = sorted;
    shuffled.reverse();
    shuffled.sort_by_cached_key(|version| order(version));
    assert_eq!(shuffled, sorted);
    assert_eq!(order("3.5"), order("3.5.0"));
}

#[test]
fn a_new_entry_is_blurbs() {
    let draft = Draft {
        issue: "123456".to_owned(),
        section: Some("Core and Builtins".to_owned()),
        text: "Hello world!".to_owned(),
        date: "2026-11-20-12-00-00".to_owned(),
        ..Draft::default()
    };
    let file = Blurb::default().compose(&draft, &|_| false).unwrap();
    assert_eq!(file.path, "Misc/NEWS.d/next/Core_and_Builtins/2026-11-20-12-00-00.gh-issue-123456.WcoO-p.rst");
    assert_eq!(file.content, "Hello world!\n");
    let with = |text: &str, cve: Option<&str>| {
        let section = Some(if cve.is_some() { "Security" } else { "Library" }.to_owned());
        Blurb::default()
            .compose(&Draft { text: text.to_owned(), cve: cve.map(str::to_owned), section, ..draft.clone() }, &|_| {
                false
            })
    };
    assert_eq!(with("x", Some("CVE-2026-1234")).unwrap().content, ".. cve: CVE-2026-1234\n\nx\n");
    for bad in ["", " \n", "# comment", ".. x: y\n\nz", "a\n..\nb", "gh-1: x", "- x"] {
        assert!(with(bad, None).is_err(), "{bad:?}");
    }
}

#[test]
fn a_release_that_could_not_be_read_again_is_refused() {
    let path = |n: u32| format!("Misc/NEWS.d/next/Library/2026-01-0{n}.gh-issue-123456.abcdef.rst");
    let style = Blurb::default();
    let file = |n: u32, text: String| style.source(path(n), text.as_bytes());
    let good =
        style.release("3.15.0a1", "2026-11-20", &[file(1, "One.\n".to_owned()), file(2, "Two.\n".to_owned())]).unwrap();
    assert_eq!(good.path, "Misc/NEWS.d/3.15.0a1.rst");
    assert_eq!(
        good.content,
        ".. date: 2026-01-02\n.. gh-issue: 123456\n.. nonce: abcdef\n.. release date: 2026-11-20\n.. section: Library\n\nTwo.\n\n..\n\n\
         .. date: 2026-01-01\n.. gh-issue: 123456\n.. nonce: abcdef\n.. section: Library\n\nOne.\n"
    );
    // Wrapping leaves `..` alone on a line, which ends an entry; blurb has written the file and
    // removed the fragments before it notices.
    let long = "x".repeat(75);
    assert!(style.release("3.15.0a1", "2026-11-20", &[file(1, format!("{long} .. {long}\n"))]).is_err());
    for version in ["../x", "next", "3.15/0", "4.0", "3.15.0\u{1b}"] {
        assert!(style.release(version, "2026-11-20", &[]).is_err(), "{version}");
    }
    let none: Vec<Entry> = Vec::new();
    assert!(release("3.15.0a1", "2026-11-20", none).contains("There were no new changes in version 3.15.0a1."));
}
