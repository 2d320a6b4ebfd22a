//! A Roundup tracker over its REST interface, with the fields that bugs.python.org had:
//! `contrib_form`, `iscommitter` and `github` (Roundup documentation, "REST API"; seen on 2.6.0).
//!
//! `property=value` is a search for a part of it that does not look at case, so what comes back is
//! compared here. Booleans are 1, 0 and null. A field that the account may not see is left out, and
//! a search in one is refused.

use serde_json::{Map, Value};

use super::identity::same_address;
use super::web::Web;
use super::{Answer, ClaRegistry, Handle, Person, Reply, by_handles};
use crate::error::{Error, Result};
use crate::http::Request;

/// A tracker.
pub struct Roundup<'a> {
    /// Its server.
    pub web: Web<'a>,
}

/// More users than an address is a part of.
const PAGE: usize = 200;
/// Questions at the same time: trackers are small machines.
const AT_ONCE: usize = 4;

impl ClaRegistry for Roundup<'_> {
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>> {
        let [first, others @ ..] = people else { return Ok(Vec::new()) };
        // One alone at first: a wrong password that is tried four times locks the account for minutes.
        let mut replies = vec![self.person(first)?];
        for some in others.chunks(AT_ONCE) {
            let answers: Vec<Result<Reply>> = std::thread::scope(|scope| {
                let asked: Vec<_> = some.iter().map(|person| scope.spawn(|| self.person(person))).collect();
                asked.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
            });
            replies.extend(answers.into_iter().map(|a| a.unwrap_or_else(|why| Reply::could_not_ask(&why))));
        }
        Ok(replies)
    }
}

impl Roundup<'_> {
    /// Whether the account that asks may look for addresses: a search in which nobody is wanted.
    pub fn admits(&self) -> Result<()> {
        let asks = self.web.credential.current().map(|credential| credential.user.clone()).unwrap_or_default();
        self.search("address", &asks, |_| true).map(drop)
    }

    fn person(&self, person: &Person) -> Result<Reply> {
        by_handles(person, |handle| match handle {
            Handle::Email(email) => {
                let found = self.search("address", email, |user| is(user, email))?;
                if !found.is_empty() {
                    return reply(&found);
                }
                reply(&self.search("alternate_addresses", email, |user| is_alternate(user, email))?)
            }
            Handle::Login(login) => {
                let found = self.search("github", login.as_str(), |user| {
                    user.get("github").and_then(Value::as_str).is_some_and(|github| login.is(github.trim()))
                })?;
                reply(&found)
            }
        })
    }

    /// The users in whose `property` this text is, and for whom `fits` says the same.
    fn search(
        &self,
        property: &str,
        text: &str,
        fits: impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<Vec<Map<String, Value>>> {
        let request = Request::get("rest/data/user")
            .param(property, text)
            .param("@fields", "username,address,alternate_addresses,github,contrib_form,iscommitter")
            .param("@page_size", PAGE.to_string());
        let response = self.web.send(&request)?;
        // A tracker without the field has nobody known by it (400 `Field github is not valid`).
        if response.status == 400 && response.text().contains(&format!("Field {property} is not valid")) {
            return Ok(Vec::new());
        }
        if !response.is_success() {
            return Err(self.web.refusal(&response));
        }
        let found = users(&super::web::read(&response)?)?;
        if found.iter().any(|user| !user.contains_key(property)) {
            return Err(unseen(property));
        }
        let many = found.len() >= PAGE;
        let found: Vec<_> = found.into_iter().filter(|user| fits(user)).collect();
        if many && found.is_empty() {
            return Err(Error::unknown(format!("{text} is a part of more than {PAGE} entries in the tracker")));
        }
        Ok(found)
    }
}

/// `{"data": {"collection": […]}}`
fn users(answer: &Value) -> Result<Vec<Map<String, Value>>> {
    let list = answer["data"]["collection"].as_array();
    let users = list.and_then(|list| list.iter().map(|user| user.as_object().cloned()).collect());
    users.ok_or_else(|| {
        Error::unknown("the tracker's list of users could not be understood")
            .hint("check `cla.url`: the tracker's address, as `https://bugs.example.org/tracker`")
    })
}

fn is(user: &Map<String, Value>, email: &str) -> bool {
    user.get("address").and_then(Value::as_str).is_some_and(|address| same_address(address.trim(), email))
}

/// One address a line.
fn is_alternate(user: &Map<String, Value>, email: &str) -> bool {
    let addresses = user.get("alternate_addresses").and_then(Value::as_str).unwrap_or_default();
    addresses.lines().any(|address| same_address(address.trim(), email))
}

/// Several accounts of one person: that one of them has signed is enough, as it was for the tracker.
fn reply(users: &[Map<String, Value>]) -> Result<Reply> {
    let mut best = Reply::plain(Answer::Unknown);
    for user in users {
        let answer = if flag(user, "contrib_form")? { Answer::Signed } else { Answer::NotSigned };
        if best.answer.or(answer) != best.answer {
            let account = user.get("username").and_then(Value::as_str).map(str::to_owned);
            let core_developer = flag(user, "iscommitter").ok();
            best = Reply { account, core_developer, ..Reply::plain(answer) };
        }
    }
    Ok(best)
}

/// A flag that nobody has set is no.
fn flag(user: &Map<String, Value>, name: &str) -> Result<bool> {
    match user.get(name) {
        None => Err(unseen(name)),
        Some(Value::Null) => Ok(false),
        Some(Value::Bool(set)) => Ok(*set),
        Some(Value::Number(number)) if number.as_u64() == Some(1) => Ok(true),
        Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(false),
        Some(_) => Err(Error::unknown(format!("the tracker's `{name}` is neither yes nor no"))),
    }
}

fn unseen(field: &str) -> Error {
    Error::refused(format!("the tracker does not show `{field}` of its users to the account that asks"))
        .hint("its administrators can give the account the right to view it")
}
