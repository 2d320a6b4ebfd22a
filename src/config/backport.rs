//! `[backport]`: what the project wants in the messages of backports, and what they take over from
//! their originals.

use std::str::FromStr;

pub use super::news::TreePath;
use super::sourced::Sourced;
use crate::backport::message::Rules;
use crate::names::Malformed;

/// The table, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackportTable {
    /// Whether subjects begin with the branch.
    pub prefix: Option<Sourced<bool>>,
    /// Whether the author is named in a trailer.
    pub co_author: Option<Sourced<bool>>,
    /// Whether `#12345` becomes `GH-12345`.
    pub gh_numbers: Option<Sourced<bool>>,
    /// What is taken over.
    pub carry: Option<Sourced<Vec<Carried>>>,
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackportSettings {
    /// What messages look like.
    pub rules: Rules,
    /// What is taken over.
    pub carry: Sourced<Vec<Carried>>,
}

/// What a backport can take over from its original on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carried {
    /// The topic.
    Topic,
    /// Those who review it.
    Reviewers,
    /// The hashtags.
    Hashtags,
}

impl Carried {
    /// All of it, which is the default.
    pub const ALL: [Self; 3] = [Self::Topic, Self::Reviewers, Self::Hashtags];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Reviewers => "reviewers",
            Self::Hashtags => "hashtags",
        }
    }
}

impl FromStr for Carried {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let found = Self::ALL.into_iter().find(|carried| carried.as_str() == text);
        found.ok_or(Malformed("`topic`, `reviewers` or `hashtags` is wanted"))
    }
}
