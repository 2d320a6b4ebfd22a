//! One error shape for the whole program: a kind (which decides the exit code), a message, hints.
//!
//! What servers and git say is translated into this once, at the edge where it arrives. Rendering
//! is `ui`'s work; nothing here writes to the terminal.

use std::fmt;

/// The result of everything that can fail for a reason a person should read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not happen. Each kind has one exit code, listed in the manual page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The answer is no: a check found something, the gate failed.
    No,
    /// Wrong usage, or a name that means several things.
    Usage,
    /// Configuration, the pin, or the state of the checkout.
    State,
    /// The server refused, or would refuse.
    Refused,
    /// Could not be reached, or answered nonsense. Never read as yes or no.
    Unknown,
    /// Stopped half-way for a person, for example at a conflict.
    Stopped,
    /// Credentials are missing or were rejected.
    Credentials,
    /// A time limit ran out before what was waited for.
    NotYet,
    /// Interrupted; what was in flight can be resumed.
    Interrupted,
}

impl Kind {
    /// The exit code of the process.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::No => 1,
            Self::Usage => 2,
            Self::State => 3,
            Self::Refused => 4,
            Self::Unknown => 5,
            Self::Stopped => 6,
            Self::Credentials => 7,
            Self::NotYet => 8,
            Self::Interrupted => 130,
        }
    }

    /// The name that `--format json` prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Usage => "usage",
            Self::State => "state",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::Stopped => "stopped",
            Self::Credentials => "credentials",
            Self::NotYet => "not-yet",
            Self::Interrupted => "interrupted",
        }
    }

    /// Where several outcomes apply, the one that the process ends with:
    /// 130, 6, 7, 5, 4, 3, 2, 1, 8.
    const fn weight(self) -> u8 {
        match self {
            Self::Interrupted => 9,
            Self::Stopped => 8,
            Self::Credentials => 7,
            Self::Unknown => 6,
            Self::Refused => 5,
            Self::State => 4,
            Self::Usage => 3,
            Self::No => 2,
            Self::NotYet => 1,
        }
    }

    /// The more important of two outcomes.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }
}

/// What went wrong, in words for the person, with the commands that help.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// One sentence without a full stop: what happened, and where the value came from.
    pub message: String,
    /// Each one thing to do next; printed as `hint: …`.
    pub hints: Vec<String>,
    /// The underlying error, if there is one that helps.
    pub cause: Option<anyhow::Error>,
}

impl Error {
    /// An error without hints yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), cause: None }
    }

    /// Kind `usage`, exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Kind `state`, exit code 3.
    pub fn state(message: impl Into<String>) -> Self {
        Self::new(Kind::State, message)
    }

    /// Kind `refused`, exit code 4.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Kind `unknown`, exit code 5.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(Kind::Unknown, message)
    }

    /// Kind `credentials`, exit code 7.
    pub fn credentials(message: impl Into<String>) -> Self {
        Self::new(Kind::Credentials, message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The messages of the underlying errors, outermost first.
    pub fn causes(&self) -> Vec<String> {
        self.cause.iter().flat_map(anyhow::Error::chain).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(AsRef::as_ref)
    }
}

/// Gives a foreign error a kind and a message of ours at the place where it arrives.
pub trait Context<T> {
    /// The foreign error becomes the cause of one of ours.
    fn or_error(self, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> Context<T> for std::result::Result<T, E> {
    fn or_error(self, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|cause| error().because(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_most_important_outcome_decides_the_exit_code() {
        use Kind::{Credentials, Interrupted, No, NotYet, Refused, State, Stopped, Unknown, Usage};
        let order = [Interrupted, Stopped, Credentials, Unknown, Refused, State, Usage, No, NotYet];
        for pair in order.windows(2) {
            assert_eq!(pair[0].or(pair[1]), pair[0]);
            assert_eq!(pair[1].or(pair[0]), pair[0]);
        }
    }
}
