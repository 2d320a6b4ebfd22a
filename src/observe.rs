//! Progress, talk and questions, as a trait that `ui` implements and `main` hands in.
//!
//! Rooms below the commands know this trait and nothing of the terminal. It has no notion of
//! colour, width or layout.

use crate::error::Result;

/// The time. `PYFLOW_NOW` (RFC 3339) sets it, so that output can be compared.
pub fn now() -> jiff::Timestamp {
    std::env::var("PYFLOW_NOW").ok().and_then(|text| text.parse().ok()).unwrap_or_else(jiff::Timestamp::now)
}

/// What a room may tell the person, or ask, while it works.
pub trait Observe: Sync {
    /// Work that takes a while begins; the progress line goes when the guard is dropped.
    /// Nothing is drawn for work shorter than about 250 ms.
    fn working(&self, what: &str) -> Box<dyn Working>;

    /// A child is about to run that may ask for a password on the terminal: nothing is drawn until
    /// the guard is dropped.
    fn child_may_ask(&self) -> Box<dyn Aside> {
        Box::new(())
    }

    /// A sentence for the person that is not the result.
    fn note(&self, text: &str);

    /// Something that the person should look at; work goes on.
    fn warn(&self, text: &str);

    /// A line that only `--verbose` shows: a git command line, an HTTP request. Callers have
    /// removed secrets from it.
    fn trace(&self, text: &str);

    /// The person's own choice of colours, which holds where no option made another.
    fn prefer_color(&self, _choice: ColorChoice) {}

    /// Columns of the terminal that talk goes to; `None` where it is none.
    fn width(&self) -> Option<usize> {
        None
    }

    /// Whether a question can be answered: a terminal on stdin, and no `--no-input`.
    fn can_ask(&self) -> bool;

    /// Asks yes or no. `flag` is what answers it without a terminal; where nothing can be asked
    /// the error (kind `usage`) names it.
    fn confirm(&self, question: &str, flag: &str) -> Result<bool>;

    /// Asks for one of several; the answer is its index. The first one is where the cursor stands.
    fn choose(&self, question: &str, choices: &[String], flag: &str) -> Result<usize>;

    /// Asks for a line of text.
    fn ask(&self, question: &str, default: Option<&str>, flag: &str) -> Result<String>;

    /// Asks for a secret; nothing is echoed.
    fn ask_secret(&self, question: &str, flag: &str) -> Result<secrecy::SecretString>;
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Work in progress; the line on the terminal ends when this is dropped.
pub trait Working {}

/// The terminal is left to somebody else until this is dropped.
pub trait Aside {}

impl Aside for () {}
