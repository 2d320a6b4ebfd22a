//! The documents of `pyflow cla`.

use serde::Serialize;

use crate::cla::{Answer, Part, Person, Reply};
use crate::error::Kind;

/// Whose agreements are on file.
#[derive(Debug, Serialize)]
pub struct Cla {
    /// Who keeps them: `roundup`, `gerrit`, `status`, `file`, `none`.
    pub registry: &'static str,
    /// Its address, or the file's path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The branch that the stack should land on, where the stack was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Why this branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_reason: Option<String>,
    /// The page where people sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_url: Option<String>,
    /// Whom it is about.
    pub identities: Vec<IdentityRow>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// One person.
#[derive(Debug, Serialize)]
pub struct IdentityRow {
    /// As the commits have it.
    pub name: String,
    /// As the commits have it; empty where somebody was named by login.
    pub email: String,
    /// What the registry says.
    pub answer: Answer,
    /// Whether an agreement of theirs is needed for the change.
    pub needed: bool,
    /// What they have to do with the change.
    pub parts: Vec<Part>,
    /// The commits that name them, oldest first.
    pub commits: Vec<String>,
    /// Their account in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Whether the registry calls them a core developer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_developer: Option<bool>,
    /// What they were found by, where that is not `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_by: Option<String>,
    /// When it was asked, where the answer is remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remembered_from: Option<String>,
    /// What there is to say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What helps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl IdentityRow {
    /// A person, and what was said of them.
    pub fn new(person: &Person, reply: &Reply, remembered_from: Option<jiff::Timestamp>, counts: bool) -> Self {
        Self {
            name: person.name.clone(),
            email: person.email.clone(),
            answer: reply.answer,
            needed: reply.needed && counts,
            parts: person.parts.iter().copied().collect(),
            commits: person.commits.iter().map(ToString::to_string).collect(),
            account: reply.account.clone(),
            core_developer: reply.core_developer,
            found_by: reply.found_by.clone(),
            remembered_from: remembered_from.map(|time| time.to_string()),
            text: reply.text.clone(),
            hints: reply.hints.clone(),
        }
    }
}

/// An agreement that was signed.
#[derive(Debug, Serialize)]
pub struct Signing {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The agreement.
    pub agreement: String,
    /// Where its text is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The server that has it.
    pub server: String,
    /// Who signs.
    pub account: String,
    /// `signed`, or `unchanged` where it was signed before.
    pub result: SigningResult,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningResult {
    /// It is on file now; in a plan, it would be.
    Signed,
    /// It was on file before.
    Unchanged,
}
