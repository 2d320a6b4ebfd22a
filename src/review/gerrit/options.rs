//! Push options: what `submit` asks besides the commits, spelled as Gerrit's `git push -o` values.
//!
//! One value carries one option: with `-o` Gerrit takes commas and spaces literally (Gerrit
//! Documentation, "Uploading Changes", push options), so only what it would read otherwise is
//! refused here. Nothing is sent.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::names::is_invisible;
use crate::review::model::{Notify, Readiness, SubmitOptions};

/// Options that merge a change, or skip rules that everybody else keeps: never sent. `e` is the short
/// name of `edit` (Gerrit's `ReceiveCommits`, `@Option` aliases).
const FORBIDDEN: [&str; 6] = ["submit", "merged", "edit", "e", "skip-validation", "create-cod-token"];
/// How validation plugins spell "not for me": `uploadvalidator~skip`.
const SKIPS: &str = "~skip";

/// One `-o` value for each thing that is asked, in a fixed order.
pub fn push_options(options: &SubmitOptions) -> Result<Vec<String>> {
    check(options)?;
    let mut out = Vec::new();
    if let Some(topic) = &options.topic {
        out.push(format!("topic={topic}"));
    }
    out.extend(options.hashtags.iter().map(|tag| format!("t={}", plain_hashtag(tag))));
    out.extend(options.reviewers.iter().map(|who| format!("r={who}")));
    out.extend(options.cc.iter().map(|who| format!("cc={who}")));
    out.extend(options.labels.iter().map(|(label, value)| format!("l={label}{value:+}")));
    if let Some(message) = &options.message {
        out.push(format!("m={}", encode_message(message)));
    }
    match options.readiness {
        Readiness::Unchanged => {}
        Readiness::WorkInProgress => out.push("wip".to_owned()),
        Readiness::Ready => out.push("ready".to_owned()),
    }
    match options.private {
        None => {}
        Some(true) => out.push("private".to_owned()),
        Some(false) => out.push("remove-private".to_owned()),
    }
    if let Some(notify) = options.notify {
        out.push(format!("notify={}", notify_word(notify)));
    }
    out.extend(options.base.iter().map(|commit| format!("base={commit}")));
    out.extend(options.raw.iter().cloned());
    Ok(out)
}

/// Refuses what no plan may hold, with the name of the flag that it came from.
pub fn check(options: &SubmitOptions) -> Result<()> {
    if let Some(topic) = &options.topic {
        check_text(topic, "--topic")?;
        // The server's words, for the push and for REST alike.
        if topic.contains('"') {
            return Err(Error::usage("--topic: topic can't contain quotation marks"));
        }
    }
    for tag in &options.hashtags {
        check_text(plain_hashtag(tag), "--hashtag")?;
        // The push splits at commas, REST says "hashtags may not contain commas".
        if tag.contains(',') {
            return Err(Error::usage(format!("--hashtag: `{tag}` holds a comma"))
                .hint("give each hashtag a --hashtag of its own"));
        }
    }
    for who in &options.reviewers {
        check_text(who, "--reviewer")?;
    }
    for who in &options.cc {
        check_text(who, "--cc")?;
    }
    if let Some(message) = &options.message {
        if message.trim().is_empty() {
            return Err(Error::usage("--message is empty"));
        }
        // Percent-encoded on its way; a NUL would still end up in the server's log and mail.
        if message.contains('\0') {
            return Err(Error::usage("--message holds a NUL character"));
        }
    }
    options.raw.iter().try_for_each(|raw| check_raw(raw))
}

fn check_text(value: &str, flag: &str) -> Result<()> {
    if value.trim().is_empty() {
        return Err(Error::usage(format!("{flag} is empty")));
    }
    if value.chars().any(|c| c.is_control() || is_invisible(c)) {
        let shown = value.escape_debug();
        return Err(Error::usage(format!("{flag}: `{shown}` holds control or invisible characters")));
    }
    Ok(())
}

/// A free `-o`. Gerrit takes `--name` for `name` too (3.13 accepts `-o --topic=x`), so dashes and
/// case do not hide an option that is refused.
fn check_raw(raw: &str) -> Result<()> {
    check_text(raw, "-o")?;
    let key = raw.split('=').next().unwrap_or_default();
    let name = key.trim_start_matches('-').to_ascii_lowercase().replace('_', "-");
    if FORBIDDEN.contains(&name.as_str()) || name.ends_with(SKIPS) {
        return Err(Error::usage(format!("-o: `{name}` merges or skips rules and is never sent"))
            .hint("`pyflow submit` sends for review; `pyflow approve` asks the gate to merge"));
    }
    let shape = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '~' | '.');
    if name.is_empty() || key.starts_with('-') || !key.chars().all(shape) {
        return Err(Error::usage(format!("-o: `{}` is not an option's name", key.escape_debug()))
            .hint("write `-o name` or `-o name=value`, one option each"));
    }
    Ok(())
}

/// The server drops leading `#` as well.
pub(super) fn plain_hashtag(tag: &str) -> &str {
    tag.trim_start_matches('#').trim()
}

/// Gerrit decodes `m=` only: `_` and `+` stand for spaces, so everything that is not a letter or a
/// digit is percent-encoded ("Uploading Changes", "Patch Set Description").
fn encode_message(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    for byte in message.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Gerrit's word for whom to tell (`NotifyHandling`).
pub(super) const fn notify_word(notify: Notify) -> &'static str {
    match notify {
        Notify::None => "NONE",
        Notify::Owner => "OWNER",
        Notify::OwnerReviewers => "OWNER_REVIEWERS",
        Notify::All => "ALL",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::push_options;
    use crate::error::Kind;
    use crate::review::model::{Notify, Readiness, SubmitOptions};

    #[test]
    fn every_option_is_spelled_as_gerrit_wants_it() {
        let options = SubmitOptions {
            topic: Some("a,b c/é%x".into()),
            hashtags: vec!["#one".into(), "two".into()],
            reviewers: vec!["bob".into(), "Bob Baker <bob@example.com>".into()],
            cc: vec!["core-developers".into()],
            readiness: Readiness::WorkInProgress,
            private: Some(false),
            labels: [("Code-Review", 1), ("Verified", -1), ("Workflow", 0)]
                .map(|(label, value)| (label.parse().expect("a label"), value))
                .into(),
            message: Some("a_b+c d%!\né".into()),
            notify: Some(Notify::OwnerReviewers),
            base: vec!["0".repeat(40).parse().expect("a commit")],
            raw: vec!["publish-comments".into(), "hashtag=x".into(), "plugin~word".into()],
        };
        let expected = [
            "topic=a,b c/é%x",
            "t=one",
            "t=two",
            "r=bob",
            "r=Bob Baker <bob@example.com>",
            "cc=core-developers",
            "l=Code-Review+1",
            "l=Verified-1",
            "l=Workflow+0",
            "m=a%5Fb%2Bc%20d%25%21%0A%C3%A9",
            "wip",
            "remove-private",
            "notify=OWNER_REVIEWERS",
            "base=0000000000000000000000000000000000000000",
            "publish-comments",
            "hashtag=x",
            "plugin~word",
        ];
        assert_eq!(push_options(&options).expect("options"), expected);
    }

    #[test]
    fn what_merges_skips_or_smuggles_is_refused() {
        for raw in [
            "submit",
            "SUBMIT",
            "Submit=true",
            "submit=false",
            "--submit",
            "-submit",
            "--submit=true",
            "merged",
            "edit",
            "e",
            "-e",
            "E=true",
            "uploadvalidator~skip",
            "UploadValidator~Skip=1",
            "skip-validation",
            "skip_validation",
            "SKIP-VALIDATION=1",
            "create-cod-token",
            "%submit",
            "topic%submit=x",
            "wip,submit",
            "a b=c",
            "",
            "  ",
            "=x",
            "--topic=x",
            "topic=a\nsubmit",
            "topic=a\rb",
            "topic=a\0b",
            "topic=\u{202e}x",
        ] {
            let options = SubmitOptions { raw: vec![raw.into()], ..SubmitOptions::default() };
            assert_eq!(push_options(&options).expect_err(raw).kind, Kind::Usage, "{raw:?}");
        }
    }

    #[test]
    fn values_that_the_server_would_refuse_are_refused_with_their_flag() {
        let refused = |options: SubmitOptions| push_options(&options).expect_err("refused").message;
        let topic = |t: &str| SubmitOptions { topic: Some(t.into()), ..SubmitOptions::default() };
        assert_eq!(refused(topic("a\"b")), "--topic: topic can't contain quotation marks");
        assert_eq!(refused(topic(" ")), "--topic is empty");
        assert!(refused(topic("a\nb")).starts_with("--topic: "));
        let tags = SubmitOptions { hashtags: vec!["a,b".into()], ..SubmitOptions::default() };
        assert_eq!(refused(tags), "--hashtag: `a,b` holds a comma");
        let who = SubmitOptions { reviewers: vec!["a\nsubmit".into()], ..SubmitOptions::default() };
        assert!(refused(who).starts_with("--reviewer: "));
    }

    proptest! {
        #[test]
        fn no_value_becomes_another_option(
            topic in prop::option::of(".*"),
            hashtags in prop::collection::vec(".{0,8}", 0..3),
            reviewers in prop::collection::vec(".{0,8}", 0..3),
            cc in prop::collection::vec("[a-z%,= \n#-]{0,8}", 0..3),
            label in prop::option::of("[A-Za-z][A-Za-z-]{0,8}"),
            message in prop::option::of(".*"),
            raw in prop::option::of("[a-z%,= \n-]{0,12}"),
        ) {
            let options = SubmitOptions {
                topic, hashtags, reviewers, cc, message,
                labels: label.iter().map(|l| (l.parse().expect("a label"), 1)).collect(),
                raw: raw.into_iter().collect(),
                ..SubmitOptions::default()
            };
            let mut keys = Vec::new();
            keys.extend(options.topic.iter().map(|_| "topic="));
            keys.extend(options.hashtags.iter().map(|_| "t="));
            keys.extend(options.reviewers.iter().map(|_| "r="));
            keys.extend(options.cc.iter().map(|_| "cc="));
            keys.extend(options.labels.iter().map(|_| "l="));
            keys.extend(options.message.iter().map(|_| "m="));
            keys.extend(options.raw.iter().map(String::as_str));
            if let Ok(out) = push_options(&options) {
                prop_assert_eq!(out.len(), keys.len());
                for (value, key) in out.iter().zip(keys) {
                    prop_assert!(value.starts_with(key), "{value:?} {key:?}");
                    prop_assert!(!value.contains(['\n', '\r', '\0']));
                }
            }
        }
    }
}
