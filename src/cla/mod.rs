//! Contributor agreements: whose identity counts, and what the registry that keeps the agreements
//! says of it. A file for each system.
//!
//! There are four answers, and only one of them is yes: who is not known, and who could not be
//! asked about, has not signed as far as anybody can tell. Nothing here prints, and nothing decides
//! what an answer is good for.

mod clacheck;
mod gerrit;
pub mod identity;
mod list;
pub mod memory;
mod roundup;
mod status;
mod web;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
pub use clacheck::Clacheck;
pub use gerrit::{Agreements, Offer};
pub use identity::{Handle, Login, Part, Person, Rule};
pub use list::List;
pub use roundup::Roundup;
pub use status::Statuses;
pub use web::Web;

/// What is known of one person's agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Signed.
    Signed,
    /// Known to the registry, and has not signed.
    NotSigned,
    /// The registry knows nobody like that.
    Unknown,
    /// No answer, or none that can be understood.
    CouldNotAsk,
}

impl Answer {
    /// For people, and at the beginning of a line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::NotSigned => "not signed",
            Self::Unknown => "unknown",
            Self::CouldNotAsk => "could not ask",
        }
    }

    /// Of two names of one person, the one that has signed counts: registries see accounts, and it
    /// is enough that one of them has. Where none has, a question that failed may have been the one.
    fn or(self, other: Self) -> Self {
        let weight = |answer| match answer {
            Self::Signed => 3,
            Self::CouldNotAsk => 2,
            Self::NotSigned => 1,
            Self::Unknown => 0,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

/// What a registry said of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Whether an agreement is asked for at all; where it is not, no answer stops anything.
    pub needed: bool,
    /// The account that it is about.
    pub account: Option<String>,
    /// Whether the registry calls the person a core developer; `None` where it does not tell.
    pub core_developer: Option<bool>,
    /// What the person was found by, where that is not the address in the commits.
    pub found_by: Option<String>,
    /// What there is to say about it.
    pub text: Option<String>,
    /// What helps.
    pub hints: Vec<String>,
}

impl Reply {
    /// Nothing but the answer.
    pub const fn plain(answer: Answer) -> Self {
        Self {
            answer,
            needed: true,
            account: None,
            core_developer: None,
            found_by: None,
            text: None,
            hints: Vec::new(),
        }
    }

    /// The answer with a sentence about it.
    fn saying(answer: Answer, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::plain(answer) }
    }

    /// No answer, and why.
    pub fn could_not_ask(why: &Error) -> Self {
        Self {
            answer: Answer::CouldNotAsk,
            text: Some(why.message.clone()),
            hints: why.hints.clone(),
            ..Self::plain(Answer::CouldNotAsk)
        }
    }
}

/// A deployment's keeper of contributor agreements.
pub trait ClaRegistry: Sync {
    /// What the registry says of these people, in their order. An error means that it was of no use
    /// to ask about the others, too.
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>>;
}

/// Asks, and makes what went wrong an answer.
pub fn ask(registry: &dyn ClaRegistry, people: &[Person]) -> Vec<Reply> {
    if people.is_empty() {
        return Vec::new();
    }
    let nobody = |why: &Error| vec![Reply::could_not_ask(why); people.len()];
    match registry.ask(people) {
        Ok(replies) if replies.len() == people.len() => replies,
        Ok(_) => nobody(&Error::unknown("the CLA registry answered about others than it was asked about")),
        Err(why) => nobody(&why),
    }
}

/// Answers by the person's names, in their order; the first one that has signed ends it.
fn by_handles(person: &Person, mut ask: impl FnMut(&Handle) -> Result<Reply>) -> Result<Reply> {
    let mut best = Reply::plain(Answer::Unknown);
    for handle in &person.handles {
        let reply = ask(handle)?;
        if best.answer.or(reply.answer) != best.answer {
            let other = !person.email.is_empty() && !handle.is_email(&person.email);
            let found_by = other.then(|| handle.to_string());
            best = Reply { found_by, ..reply };
        }
        if best.answer == Answer::Signed {
            break;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests;
