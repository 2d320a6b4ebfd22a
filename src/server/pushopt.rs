//! Push options of `refs/for/…`: reading `%a,b` and `-o a`, refusing in Gerrit's words (seen on Gerrit 3.13).
//!
//! Knows names and syntax only; whether an account, a label or a right exists is judged elsewhere.

use std::collections::BTreeSet;

/// What the options of a push ask for.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that people type")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Topic of every change.
    pub topic: Option<String>,
    /// Hashtags to add.
    pub hashtags: BTreeSet<String>,
    /// Reviewers to add, as typed.
    pub reviewers: Vec<String>,
    /// People in copy to add, as typed.
    pub cc: Vec<String>,
    /// Votes to give.
    pub labels: Vec<(String, i8)>,
    /// Patch set description and message.
    pub message: Option<String>,
    /// Work in progress from now on.
    pub wip: bool,
    /// Ready for review from now on.
    pub ready: bool,
    /// Private: this server refuses it.
    pub private: bool,
    /// No more private.
    pub remove_private: bool,
    /// Merge at once: refused.
    pub submit: bool,
    /// Record what is merged already: refused.
    pub merged: bool,
    /// A change edit: refused.
    pub edit: bool,
    /// Commits below which nothing is new.
    pub base: Vec<String>,
    /// `%help` was asked for.
    pub help: bool,
}

/// Options whose value this server need not know: there is no mail, and nobody is traced.
const IGNORED_VALUES: [&str; 8] = [
    "notify-to",
    "notify-cc",
    "notify-bcc",
    "push-justification",
    "trace",
    "custom-keyed-value",
    "deadline",
    "message-id",
];
/// Flags without an effect here.
const IGNORED_FLAGS: [&str; 6] = [
    "publish-comments",
    "no-publish-comments",
    "np",
    "skip-validation",
    "ignore-automatic-attention-set-rules",
    "create-cod-token",
];
/// Values of `notify`.
const NOTIFY: [&str; 4] = ["NONE", "OWNER", "OWNER_REVIEWERS", "ALL"];

/// Reads the options of one ref: those after `%` first, then those of `-o`, so that `-o` wins.
pub(super) fn parse(after_percent: Option<&str>, with_o: &[String]) -> Result<Options, String> {
    let mut options = Options::default();
    for part in after_percent.into_iter().flat_map(|p| p.split(',')).filter(|p| !p.is_empty()) {
        one(&mut options, part)?;
    }
    for option in with_o {
        one(&mut options, option)?;
    }
    if options.wip && options.ready {
        return Err("the options 'wip' and 'ready' are mutually exclusive".into());
    }
    if options.private && options.remove_private {
        return Err("the options 'private' and 'remove-private' are mutually exclusive".into());
    }
    Ok(options)
}

fn one(options: &mut Options, text: &str) -> Result<(), String> {
    let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v)));
    let name = name.strip_prefix("--").unwrap_or(name);
    let wanted = || value.map(str::to_owned).ok_or_else(|| format!("Option \"--{name}\" takes an operand"));
    let flag = || match value {
        None | Some("true" | "on" | "yes" | "1") => Ok(true),
        Some("false" | "off" | "no" | "0") => Ok(false),
        Some(_) => Err(format!("invalid boolean \"{text}\"")),
    };
    match name {
        "topic" => {
            let topic = wanted()?;
            if topic.contains('"') {
                return Err("topic can't contain quotation marks.".into());
            }
            options.topic = Some(topic.trim().to_owned()).filter(|t| !t.is_empty());
        }
        "t" | "hashtag" => {
            let tag = wanted()?;
            let tag = tag.trim().trim_start_matches('#').trim();
            if tag.contains(',') {
                return Err("hashtags may not contain commas".into());
            }
            if !tag.is_empty() {
                options.hashtags.insert(tag.to_owned());
            }
        }
        "r" | "reviewer" => options.reviewers.push(wanted()?),
        "cc" => options.cc.push(wanted()?),
        "l" | "label" => options.labels.push(label(&wanted()?)?),
        "m" | "message" => options.message = Some(decoded(&wanted()?)).filter(|m| !m.is_empty()),
        "wip" | "work-in-progress" => options.wip = flag()?,
        "ready" => options.ready = flag()?,
        "private" => options.private = flag()?,
        "remove-private" => options.remove_private = flag()?,
        "submit" => options.submit = flag()?,
        "merged" => options.merged = flag()?,
        "edit" | "e" => options.edit = flag()?,
        "base" => {
            let base = wanted()?;
            if base.len() != 40 || !base.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(format!("expected SHA1 for option --base: {base}"));
            }
            options.base.push(base.to_ascii_lowercase());
        }
        "notify" => {
            let value = wanted()?;
            if !NOTIFY.contains(&value.to_ascii_uppercase().as_str()) {
                return Err(format!("\"{value}\" is not a valid value for \"--notify\""));
            }
        }
        "help" | "h" => options.help = true,
        _ if IGNORED_VALUES.contains(&name) => {}
        _ if IGNORED_FLAGS.contains(&name) => {
            flag()?;
        }
        _ => return Err(format!("\"--{name}\" is not a valid option")),
    }
    Ok(())
}

/// `Code-Review+1`, `Code-Review=-1`, `Code-Review` (= +1), `-Verified` (= 0).
fn label(text: &str) -> Result<(String, i8), String> {
    if let Some(name) = text.strip_prefix('-') {
        return Ok((name.to_owned(), 0));
    }
    let bad = || format!("\"{text}\" is not a valid value for \"--label\"");
    if let Some((name, value)) = text.split_once('=') {
        return Ok((name.to_owned(), value.parse().map_err(|_| bad())?));
    }
    // A sign followed by digits at the end is the value; label names contain '-' themselves.
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let sign = text.len() - digits;
    if digits > 0 && sign > 0 && matches!(text.as_bytes()[sign - 1], b'+' | b'-') {
        return Ok((text[..sign - 1].to_owned(), text[sign - 1..].parse().map_err(|_| bad())?));
    }
    Ok((text.to_owned(), 1))
}

/// `m=`: `_` and `+` are spaces, `%XX` is decoded unless there is a bare `%` (seen on Gerrit 3.13).
fn decoded(text: &str) -> String {
    let spaced = text.replace(['_', '+'], " ");
    let well_formed = spaced
        .match_indices('%')
        .all(|(at, _)| spaced.as_bytes().get(at + 1..at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)));
    if !well_formed {
        return spaced;
    }
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map_or_else(|_| spaced.clone(), std::borrow::Cow::into_owned)
}

/// The answer to `%help`.
pub(super) const HELP: &str = "\nHelp for refs/for/branch:\n
--base COMMIT             : merge base of changes
--cc CC                   : add user as CC to changes
--hashtag (-t) HASHTAG    : add hashtag to changes
--label (-l) LABEL+VALUE  : label(s) to assign (defaults to +1 if no value provided)
--message (-m) MESSAGE    : Comment message to apply to the review
--notify NOTIFY           : Notify handling (without an effect on this server)
--ready                   : mark change as ready
--remove-private          : remove privacy flag from updated change
--reviewer (-r) REVIEWER  : add reviewer to changes
--topic NAME              : attach topic to changes
--wip (--work-in-progress): mark change as work in progress
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_from_both_places() {
        let o = [
            "topic=b, c/é".to_owned(),
            "r=bob".into(),
            "t=#x".into(),
            "m=hello_there%21".into(),
            "l=Code-Review".into(),
        ];
        let options = parse(Some("topic=a,wip,l=Code-Review-1"), &o).unwrap();
        assert_eq!(options.topic.as_deref(), Some("b, c/é"));
        assert!(options.wip && options.hashtags.contains("x"));
        assert_eq!(options.message.as_deref(), Some("hello there!"));
        assert_eq!(options.labels, [("Code-Review".to_owned(), -1), ("Code-Review".to_owned(), 1)]);
    }

    #[test]
    fn bad_options_in_gerrits_words() {
        let table = [
            ("foo", "\"--foo\" is not a valid option"),
            ("foo=bar", "\"--foo\" is not a valid option"),
            ("notify=WHAT", "\"WHAT\" is not a valid value for \"--notify\""),
            ("topic=a\"b", "topic can't contain quotation marks."),
            ("base=b4cca42", "expected SHA1 for option --base: b4cca42"),
            ("wip,ready", "the options 'wip' and 'ready' are mutually exclusive"),
        ];
        for (text, wanted) in table {
            assert_eq!(parse(Some(text), &[]).unwrap_err(), wanted);
        }
    }

    #[test]
    fn messages_are_decoded_as_gerrit_does() {
        for (text, wanted) in
            [("a_b+c", "a b c"), ("a%5Fb", "a_b"), ("100%_sure", "100% sure"), ("é", "é"), ("%zz", "%zz")]
        {
            assert_eq!(decoded(text), wanted);
        }
    }

    #[test]
    fn label_values() {
        for (text, name, value) in [
            ("Code-Review+2", "Code-Review", 2),
            ("Verified-1", "Verified", -1),
            ("X", "X", 1),
            ("-X", "X", 0),
            ("X=2", "X", 2),
            ("L2", "L2", 1),
        ] {
            assert_eq!(label(text).unwrap(), (name.to_owned(), value));
        }
    }
}
