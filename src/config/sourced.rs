//! A value and where it came from, so that every message can say which line to change.
//!
//! Also the one way in which text from files is quoted in messages: nothing that a stranger
//! wrote reaches a terminal with its control characters.

use std::fmt;

use crate::error::{Error, Kind};
use crate::names::is_invisible;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value from somewhere.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// A value that nobody gave.
    pub const fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// Another value that comes from the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: f(self.value), origin: self.origin }
    }
}

/// Where a value came from. Displayed as a person would write it down: `.reviewconf:3`,
/// `git config pyflow.review.remote`, `PYFLOW_REVIEW_REMOTE`, `--remote`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A checked-in file: data from a stranger.
    File {
        /// The path as people know it: `.reviewconf`.
        path: String,
        /// Counts from 1.
        line: usize,
    },
    /// git's configuration.
    GitConfig {
        /// The full key.
        key: String,
        /// The file that holds it, where git told.
        file: Option<String>,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        name: String,
    },
    /// An option on the command line.
    CommandLine {
        /// Its name, with dashes.
        flag: String,
    },
    /// The URL of a git remote.
    Remote {
        /// The remote's name.
        name: String,
    },
}

impl Origin {
    /// The kind of the error that a bad value from here is.
    const fn kind(&self) -> Kind {
        if matches!(self, Self::CommandLine { .. }) { Kind::Usage } else { Kind::State }
    }

    /// An error about something that stands here: `.reviewconf:3: WHAT`.
    pub(crate) fn error(&self, what: impl fmt::Display) -> Error {
        Error::new(self.kind(), format!("{self}: {what}"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::GitConfig { key, file: _ } => write!(f, "git config {}", clean(key)),
            Self::Environment { name } => f.write_str(name),
            Self::CommandLine { flag } => f.write_str(flag),
            Self::Remote { name } => write!(f, "the URL of remote {}", clean(name)),
        }
    }
}

/// Something that the person should know, although work goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub origin: Origin,
    /// One sentence without a full stop.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.text)
    }
}

/// `text` with visible escapes for what a terminal would obey or not show.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// A value in backquotes, for messages: harmless, short, and without what may be a password.
pub(crate) fn quoted(text: &str) -> String {
    /// Enough to recognise a value by.
    const LONGEST: usize = 60;
    let text = without_userinfo(text);
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{}`", clean(&short))
}

/// Where a URL has something before an `@`, it goes: it may be a password.
fn without_userinfo(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}***{}", &text[..scheme + 3], &text[at..]),
        _ => text.to_owned(),
    }
}

/// The known word that `word` was probably meant to be, as an ending for messages.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// Below this, a suggestion is more often odd than helpful (measured on swapped letters,
    /// a missing letter and a wrong ending).
    const ALIKE: f64 = 0.78;
    let word = word.to_lowercase();
    let score = |known: &str| {
        let contained = word.len() >= 4 && (word.contains(known) || known.contains(&word));
        if contained { 0.9 } else { strsim::jaro_winkler(&word, known) }
    };
    known
        .into_iter()
        .map(|known| (score(known), known))
        .filter(|(score, _)| *score >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| format!("; did you mean `{known}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Origin, did_you_mean, quoted};

    #[test]
    fn origins_read_as_a_person_writes_them() {
        let file = Origin::File { path: ".reviewconf".into(), line: 3 };
        assert_eq!(file.to_string(), ".reviewconf:3");
        let git = Origin::GitConfig { key: "pyflow.review.remote".into(), file: None };
        assert_eq!(git.to_string(), "git config pyflow.review.remote");
    }

    #[test]
    fn quoted_text_is_harmless_and_keeps_no_password() {
        assert_eq!(quoted("a\u{1b}[31m\u{202e}"), "`a\\u{1b}[31m\\u{202e}`");
        assert_eq!(quoted("https://alice:secret@example.org/x"), "`https://***@example.org/x`");
        assert_eq!(quoted("https://alice:se@cr@et@example.org"), "`https://***@example.org`");
        assert!(quoted(&"x".repeat(1000)).len() < 80);
    }

    #[test]
    fn typing_errors_get_a_suggestion_and_other_words_none() {
        let known = ["host", "port", "project", "defaultbranch"];
        assert_eq!(did_you_mean("hostname", known), "; did you mean `host`?");
        assert_eq!(did_you_mean("projcet", known), "; did you mean `project`?");
        assert_eq!(did_you_mean("DefaultBranch", known), "; did you mean `defaultbranch`?");
        assert_eq!(did_you_mean("zzz", known), "");
    }
}
