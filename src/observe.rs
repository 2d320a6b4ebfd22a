//! Progress, talk and questions, as a trait that `ui` implements and `main` hands in.
//!
//! Rooms below the commands know this trait and nothing of the terminal. It has no notion of
//! colour, width or layout.

use crate::error::Result;

/// What a room may tell the person, or ask, while it works.
pub trait Observe: Sync {
    /// Work that takes a while begins; the progress line goes when the guard is dropped.
    /// Nothing is drawn for work shorter than about 250 ms.
    fn working(&self, what: &str) -> Box<dyn Working>;

    /// A sentence for the person that is not the result.
    fn note(&self, text: &str);

    /// Something that the person should look at; work goes on.
    fn warn(&self, text: &str);

    /// A line that only `--verbose` shows: a git command line, an HTTP request. Callers have
    /// removed secrets from it.
    fn trace(&self, text: &str);

    /// Whether a question can be answered: a terminal on stdin, and no `--no-input`.
    fn can_ask(&self) -> bool;

    /// Asks yes or no. `flag` is what answers it without a terminal; where nothing can be asked
    /// the error (kind `usage`) names it.
    fn confirm(&self, question: &str, flag: &str) -> Result<bool>;

    /// Asks for a line of text.
    fn ask(&self, question: &str, default: Option<&str>, flag: &str) -> Result<String>;

    /// Asks for a secret; nothing is echoed.
    fn ask_secret(&self, question: &str, flag: &str) -> Result<secrecy::SecretString>;
}

/// Work in progress; the line on the terminal ends when this is dropped.
pub trait Working {
    /// How much of it is done, for work whose size is known.
    fn progress(&self, done: u64, of: u64);
}

/// Says nothing and can ask nothing: for work inside the program that no person follows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

struct Nothing;

impl Working for Nothing {
    fn progress(&self, _done: u64, _of: u64) {}
}

impl Observe for Silent {
    fn working(&self, _what: &str) -> Box<dyn Working> {
        Box::new(Nothing)
    }

    fn note(&self, _text: &str) {}

    fn warn(&self, _text: &str) {}

    fn trace(&self, _text: &str) {}

    fn can_ask(&self) -> bool {
        false
    }

    fn confirm(&self, question: &str, flag: &str) -> Result<bool> {
        Err(nobody(question, flag))
    }

    fn ask(&self, question: &str, _default: Option<&str>, flag: &str) -> Result<String> {
        Err(nobody(question, flag))
    }

    fn ask_secret(&self, question: &str, flag: &str) -> Result<secrecy::SecretString> {
        Err(nobody(question, flag))
    }
}

fn nobody(question: &str, flag: &str) -> crate::error::Error {
    crate::error::Error::usage(format!("nobody can be asked: {question}")).hint(flag)
}
