//! The types of configured values that no other room knows, and how each is read from one string.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::names::{self, BranchName, LabelName, Malformed, is_invisible};
use crate::observe::ColorChoice;

/// The system that a review server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewKind {
    /// Gerrit, and what speaks its protocol.
    Gerrit,
}

impl fmt::Display for ReviewKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gerrit => f.write_str("gerrit"),
        }
    }
}

impl FromStr for ReviewKind {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "gerrit" => Ok(Self::Gerrit),
            _ => Err(Malformed("the kind that this pyflow understands is `gerrit`")),
        }
    }
}

/// How far the counterpart of a fix must have come, so that the fix may land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Counterpart {
    /// It has landed.
    Merged,
    /// It has landed, or has the votes of `review.approve`.
    Approved,
    /// It has landed, or is under review.
    Open,
}

impl fmt::Display for Counterpart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Merged => "merged",
            Self::Approved => "approved",
            Self::Open => "open",
        })
    }
}

impl FromStr for Counterpart {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "merged" => Ok(Self::Merged),
            "approved" => Ok(Self::Approved),
            "open" => Ok(Self::Open),
            _ => Err(Malformed("`merged`, `approved` or `open` is wanted")),
        }
    }
}

/// The votes that `pyflow approve` gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approve(BTreeMap<LabelName, i32>);

impl Approve {
    /// More labels than any site has; a bound for hostile files.
    pub const MOST: usize = 32;
    /// What label values may be; Gerrit's own sites use -2 to +2.
    pub const VALUES: std::ops::RangeInclusive<i32> = -10..=10;

    /// From labels and values.
    pub fn new(votes: impl IntoIterator<Item = (LabelName, i32)>) -> Result<Self, Malformed> {
        let mut map = BTreeMap::new();
        for (label, value) in votes {
            if !Self::VALUES.contains(&value) {
                return Err(Malformed("a vote is a number from -10 to 10"));
            }
            if map.insert(label, value).is_some() {
                return Err(Malformed("a label stands there twice"));
            }
        }
        if map.len() > Self::MOST {
            return Err(Malformed("there are more than 32 labels"));
        }
        Ok(Self(map))
    }

    /// Labels and values, by name.
    pub fn votes(&self) -> impl Iterator<Item = (&LabelName, i32)> {
        self.0.iter().map(|(label, value)| (label, *value))
    }

    /// Whether nothing would be voted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `Code-Review=2, Workflow=1`
impl fmt::Display for Approve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (label, value)) in self.0.iter().enumerate() {
            write!(f, "{}{label}={value}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// `Code-Review=2,Workflow=+1`
impl FromStr for Approve {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::new(text.split(',').map(|part| names::vote(part.trim())).collect::<Result<Vec<_>, Malformed>>()?)
    }
}

/// A branch that changes are sent to. git allows `%` in a branch's name; behind it a review server
/// reads options (`refs/for/main%submit`), and there is no way to say that none are meant.
pub(crate) fn target(text: &str) -> Result<BranchName, Malformed> {
    if text.contains('%') {
        return Err(Malformed("`%` is not allowed: options for the server would begin there"));
    }
    text.parse()
}

/// One line of text without surprises: a topic, a reviewer, a hashtag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl FromStr for Text {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed("it is empty"));
        }
        if text.len() > 255 {
            return Err(Malformed("it is longer than 255 bytes"));
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(Malformed("control and invisible characters are not allowed"));
        }
        if text.trim() != text || text.starts_with('-') {
            return Err(Malformed("it must not start with a space or `-`, nor end with a space"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// git's own words for `color.ui`: a boolean is allowed, and `true` means `auto`.
pub(super) fn color_choice(text: &str) -> Result<ColorChoice, Malformed> {
    match text.to_ascii_lowercase().as_str() {
        "auto" | "true" | "yes" | "on" | "1" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" | "false" | "no" | "off" | "0" => Ok(ColorChoice::Never),
        _ => Err(Malformed("`auto`, `always` or `never` is wanted")),
    }
}
