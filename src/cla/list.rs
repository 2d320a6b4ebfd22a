//! A file in the tree that lists who has signed: an address, `Name <address>` or `@login` a line,
//! `#` for comments. It is the whole register: who does not stand in it has not signed.
//!
//! It is read from the target, so that nobody signs for themselves by a change to it.

use super::identity::{name_and_address, same_address};
use super::{Answer, ClaRegistry, Handle, Login, Person, Reply, by_handles};
use crate::error::{Error, Result};

/// The file, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List(Vec<Handle>);

impl List {
    /// Reads it; `path` is what messages call it.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self> {
        let broken = |line: usize, what: &str| {
            Error::state(format!("{path}:{line}: {what}"))
                .hint("a line is `alice@example.org`, `Alice <alice@example.org>` or `@alice`")
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            broken(line, "this is not UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut handles = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let login = line.strip_prefix('@').and_then(|login| login.parse::<Login>().ok()).map(Handle::Login);
            let email = || name_and_address(line).map(|(_, email)| Handle::Email(email));
            let handle = login.or_else(email);
            handles.push(handle.ok_or_else(|| broken(number + 1, "this is not an address"))?);
        }
        Ok(Self(handles))
    }

    fn has(&self, handle: &Handle) -> bool {
        self.0.iter().any(|listed| match (listed, handle) {
            (Handle::Email(listed), Handle::Email(email)) => same_address(listed, email),
            (Handle::Login(listed), Handle::Login(login)) => listed.is(login.as_str()),
            _ => false,
        })
    }
}

impl ClaRegistry for List {
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>> {
        let answer = |handle: &Handle| if self.has(handle) { Answer::Signed } else { Answer::NotSigned };
        people.iter().map(|person| by_handles(person, |handle| Ok(Reply::plain(answer(handle))))).collect()
    }
}
