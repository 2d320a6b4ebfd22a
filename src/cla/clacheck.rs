//! The page `user?@template=clacheck` of a Roundup tracker, which anybody may ask by GitHub names
//! (PEP 512, "Deciding on the CLA"; the answer is JSON whatever its type says).
//!
//! `true` is signed, `false` is an account that has not, `null` is no account.

use serde_json::{Map, Value};

use super::web::Web;
use super::{Answer, ClaRegistry, Handle, Login, Person, Reply, by_handles};
use crate::error::{Error, Result};
use crate::http::Request;

/// A tracker with such a page.
pub struct Clacheck<'a> {
    /// Its server, asked as nobody.
    pub web: Web<'a>,
}

impl ClaRegistry for Clacheck<'_> {
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>> {
        let mut logins: Vec<&Login> = Vec::new();
        for login in people.iter().flat_map(|person| &person.handles).filter_map(login) {
            if !logins.contains(&login) {
                logins.push(login);
            }
        }
        let answers = if logins.is_empty() { Map::new() } else { self.names(&logins)? };
        people.iter().map(|person| reply(person, &answers)).collect()
    }
}

impl Clacheck<'_> {
    /// One question for all of them.
    fn names(&self, logins: &[&Login]) -> Result<Map<String, Value>> {
        let names: Vec<&str> = logins.iter().map(|login| login.as_str()).collect();
        let request = Request::get("user").param("@template", "clacheck").param("github_names", names.join(","));
        match self.web.json(&request)? {
            Value::Object(answers) => Ok(answers),
            _ => Err(nonsense()),
        }
    }
}

const fn login(handle: &Handle) -> Option<&Login> {
    match handle {
        Handle::Login(login) => Some(login),
        Handle::Email(_) => None,
    }
}

fn reply(person: &Person, answers: &Map<String, Value>) -> Result<Reply> {
    if !person.handles.iter().any(|handle| login(handle).is_some()) {
        let why = Error::credentials(format!(
            "without credentials the tracker is asked by GitHub name, and that of {} is not known",
            person.display()
        ))
        .hint("your own: `git config pyflow.cla.login NAME`")
        .hint("signed in you can ask by address: `pyflow auth login --role cla`");
        return Ok(Reply::could_not_ask(&why));
    }
    by_handles(person, |handle| {
        let Some(login) = login(handle) else { return Ok(Reply::plain(Answer::Unknown)) };
        // The keys are the names as they were sent.
        let answer = match answers.get(login.as_str()) {
            Some(Value::Bool(true)) => Answer::Signed,
            Some(Value::Bool(false)) => Answer::NotSigned,
            Some(Value::Null) => Answer::Unknown,
            Some(_) | None => return Err(nonsense()),
        };
        Ok(Reply::plain(answer))
    })
}

fn nonsense() -> Error {
    Error::unknown("the tracker's answer about contributor forms could not be understood")
        .hint("does the tracker have the page `user?@template=clacheck`?")
}
