//! `[gate]`: what tests approved changes together and merges them, and how it is asked again.

use std::fmt;
use std::str::FromStr;

use super::sourced::Sourced;
use super::values::Text;
use crate::gate::zuul::TenantName;
use crate::names::{Malformed, ServerUrl};

/// The table, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GateTable {
    /// The system.
    pub kind: Option<Sourced<GateKind>>,
    /// Its address.
    pub url: Option<Sourced<ServerUrl>>,
    /// The tenant there.
    pub tenant: Option<Sourced<TenantName>>,
    /// The word that the check pipeline's comment trigger wants.
    pub recheck: Option<Sourced<Text>>,
    /// How a change gets back into the gate.
    pub reverify: Option<Sourced<Reverify>>,
    /// Whether a recheck has to say why.
    pub reason: Option<Sourced<ReasonRule>>,
    /// Servers that job logs may be read from, besides the gate's own.
    pub logs: Option<Sourced<Vec<ServerUrl>>>,
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateSettings {
    /// The system.
    pub system: GateSystem,
    /// The word that the check pipeline's comment trigger wants.
    pub recheck: Sourced<Text>,
    /// How a change gets back into the gate.
    pub reverify: Sourced<Reverify>,
    /// Whether a recheck has to say why.
    pub reason: Sourced<ReasonRule>,
    /// Servers that job logs may be read from, besides the gate's own.
    pub logs: Sourced<Vec<ServerUrl>>,
}

/// The gate, with what each system needs to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateSystem {
    /// There is none, or nobody said.
    None,
    /// The review server merges by itself what has all its votes.
    Review,
    /// Zuul.
    Zuul {
        /// Its address.
        url: Sourced<ServerUrl>,
        /// The tenant; `None` on a site whose address is one tenant's.
        tenant: Option<Sourced<TenantName>>,
    },
}

/// The system that a gate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GateKind {
    /// Zuul, and what speaks its protocol.
    Zuul,
    /// The review server's own.
    Review,
    /// None.
    None,
}

impl fmt::Display for GateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zuul => "zuul",
            Self::Review => "review",
            Self::None => "none",
        })
    }
}

impl FromStr for GateKind {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "zuul" => Ok(Self::Zuul),
            "review" => Ok(Self::Review),
            "none" => Ok(Self::None),
            _ => Err(Malformed("the kinds that this pyflow understands are `zuul`, `review` and `none`")),
        }
    }
}

/// How a change that did not merge gets back into the gate. Zuul has no word for it: each site has
/// its own trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reverify {
    /// The approver gives the votes of `review.approve` again.
    Revote,
    /// Over the gate's own interface, with a token that may.
    Enqueue,
    /// A comment that begins with this word.
    Comment(Text),
}

impl fmt::Display for Reverify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revote => f.write_str("revote"),
            Self::Enqueue => f.write_str("enqueue"),
            Self::Comment(word) => write!(f, "comment:{word}"),
        }
    }
}

impl FromStr for Reverify {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match (text, text.strip_prefix("comment:")) {
            ("revote", _) => Ok(Self::Revote),
            ("enqueue", _) => Ok(Self::Enqueue),
            (_, Some(word)) => word.parse().map(Self::Comment),
            _ => Err(Malformed("`revote`, `enqueue` or `comment:WORD` is wanted")),
        }
    }
}

/// Whether a recheck has to say why it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonRule {
    /// It has to.
    Required,
    /// It may.
    Optional,
}

impl fmt::Display for ReasonRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::Optional => "optional",
        })
    }
}

impl FromStr for ReasonRule {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "required" => Ok(Self::Required),
            "optional" => Ok(Self::Optional),
            _ => Err(Malformed("`required` or `optional` is wanted")),
        }
    }
}

/// Where a gate is reached: Zuul speaks HTTP only.
pub(super) fn address(text: &str) -> Result<ServerUrl, Malformed> {
    let url: ServerUrl = text.parse()?;
    if url.scheme() == crate::names::Scheme::Ssh {
        return Err(Malformed("an https address is wanted"));
    }
    Ok(url)
}

/// What job logs are read from when nobody says otherwise is the gate alone; more servers than this
/// no site has.
pub(super) const MOST_LOG_SERVERS: usize = 16;
