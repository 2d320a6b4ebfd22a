//! Questions to the person, on the terminal's error stream, so that data can go into a pipe.
//!
//! Whether somebody is there is decided before; what is said when nobody is, too ([`nobody`]).

use std::io;

use console::Term;
use dialoguer::{Input, Select};
use secrecy::SecretString;

use super::sanitise::clean;
use crate::error::{Error, Kind, Result};

/// The error for a question that nobody can answer.
pub(super) fn nobody(question: &str, flag: &str) -> Error {
    Error::usage(format!("a question, and nobody to ask: {}", clean(question)))
        .hint(format!("without a terminal, or with --no-input, {flag} is the answer"))
}

/// Yes or no; enter alone is no.
pub(super) fn confirm(question: &str, flag: &str) -> Result<bool> {
    let answer = Input::<String>::new()
        .with_prompt(format!("{} [y/N]", clean(question)))
        .allow_empty(true)
        .validate_with(|text: &String| yes_or_no(text).map(|_| ()).ok_or("please answer y or n"))
        .interact_text_on(&Term::stderr())
        .map_err(|e| failed(e, question, flag))?;
    Ok(yes_or_no(&answer).unwrap_or(false))
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "y" | "yes" => Some(true),
        "" | "n" | "no" => Some(false),
        _ => None,
    }
}

/// A line of text.
pub(super) fn ask(question: &str, default: Option<&str>, flag: &str) -> Result<String> {
    let input = Input::<String>::new().with_prompt(clean(question));
    let input = match default {
        Some(default) => input.default(clean(default).into_owned()),
        None => input,
    };
    input.interact_text_on(&Term::stderr()).map_err(|e| failed(e, question, flag))
}

/// One of several, with the arrow keys.
pub(super) fn choose(question: &str, choices: &[String], flag: &str) -> Result<usize> {
    let choices: Vec<_> = choices.iter().map(|choice| clean(choice)).collect();
    Select::new()
        .with_prompt(clean(question))
        .items(&choices)
        .default(0)
        .interact_on(&Term::stderr())
        .map_err(|e| failed(e, question, flag))
}

fn failed(error: dialoguer::Error, question: &str, flag: &str) -> Error {
    let dialoguer::Error::IO(error) = error;
    failed_io(error, question, flag)
}

fn failed_io(error: io::Error, question: &str, flag: &str) -> Error {
    match error.kind() {
        io::ErrorKind::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
        io::ErrorKind::NotConnected | io::ErrorKind::UnexpectedEof => nobody(question, flag),
        _ => nobody(question, flag).because(error),
    }
}

/// A secret, with nothing echoed.
pub(super) fn ask_secret(question: &str, flag: &str) -> Result<SecretString> {
    let term = Term::stderr();
    let read =
        term.write_str(&format!("{}: ", clean(question))).and_then(|()| term.flush()).and_then(|()| read_secret());
    // The newline that ended the answer was not echoed either.
    drop(term.write_line(""));
    read.map_err(|e| failed_io(e, question, flag))
}

/// One line from the terminal on stdin. Ctrl-C is read as a character that ends the line, not as
/// a signal, which would end the program with the echo still off (dialoguer's own prompt does).
fn read_secret() -> io::Result<SecretString> {
    use std::io::Read as _;

    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
    use secrecy::zeroize::Zeroizing;

    const CTRL_C: u8 = 3;

    /// What the terminal was set to before.
    struct Before(Termios);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
        }
    }

    let before = Before(tcgetattr(io::stdin())?);
    let mut silent = before.0.clone();
    silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG);
    silent.local_modes.insert(LocalModes::ICANON);
    silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
    tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;

    let mut line = Zeroizing::new(Vec::new());
    for byte in io::stdin().lock().bytes() {
        match byte? {
            b'\n' | b'\r' => {
                let text = std::str::from_utf8(&line).map_err(|_| io::Error::other("it is not UTF-8"))?;
                return Ok(SecretString::from(text));
            }
            CTRL_C => return Err(io::ErrorKind::Interrupted.into()),
            byte => line.push(byte),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::{nobody, yes_or_no};
    use crate::error::Kind;

    #[test]
    fn answers() {
        for yes in ["y", "Y", "yes", " Yes "] {
            assert_eq!(yes_or_no(yes), Some(true));
        }
        for no in ["", "n", "No"] {
            assert_eq!(yes_or_no(no), Some(false));
        }
        assert_eq!(yes_or_no("maybe"), None);
        let error = nobody("Push \u{1b}[2J?", "--yes");
        assert_eq!((error.kind, error.message.as_str()), (Kind::Usage, "a question, and nobody to ask: Push ?"));
        assert!(error.hints[0].contains("--yes"));
    }
}
