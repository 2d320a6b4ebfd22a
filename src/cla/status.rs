//! The status that a bot sets on a commit, by its context: GitHub's and Gitea's combined status
//! (`GET …/commits/SHA/status`), of which the bot's own line counts and not the sum of all.
//!
//! A bot looks at the newest commit of what was uploaded, and tells of everybody in it.

use serde_json::Value;

use super::web::Web;
use super::{Answer, ClaRegistry, Part, Person, Reply};
use crate::error::{Error, Result};
use crate::http::Request;
use crate::names::CommitId;

/// The statuses of a repository's commits.
pub struct Statuses<'a> {
    /// The repository in its forge's API.
    pub web: Web<'a>,
    /// The name of the status.
    pub context: String,
    /// The stack as it was sent, or would be; oldest first.
    pub commits: Vec<CommitId>,
}

/// Commits that are looked at for a status, the newest first.
const MOST: usize = 10;

impl ClaRegistry for Statuses<'_> {
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>> {
        let (at, newest) = match self.newest()? {
            Some((at, reply)) => (Some(at), reply),
            None => (None, Reply::saying(Answer::Unknown, self.none_yet())),
        };
        let seen = at.map_or(&[][..], |at| &self.commits[..=at]);
        let reply = |person: &Person| {
            if person.parts.contains(&Part::Named) {
                return Reply::could_not_ask(
                    &Error::usage("a commit status tells of commits, not of people")
                        .hint("without names the stack is asked about: `pyflow cla`"),
                );
            }
            // `user.email` may be in no commit, and what came after is not in the bot's answer.
            if person.commits.iter().any(|commit| seen.contains(commit)) {
                newest.clone()
            } else {
                Reply::saying(Answer::Unknown, self.none_yet())
            }
        };
        Ok(people.iter().map(reply).collect())
    }
}

impl Statuses<'_> {
    /// Whether the account that asks may see the repository.
    pub fn admits(&self) -> Result<()> {
        let response = self.web.send(&Request::get(""))?;
        match response.status {
            200..=299 => Ok(()),
            404 => Err(Error::unknown(format!("the forge shows no repository at {}", self.web.server))
                .hint("check `cla.url`: it is the repository's address in the forge's API")
                .hint(format!("or is it private? {}", self.web.sign_in()))),
            _ => Err(self.web.refusal(&response)),
        }
    }

    /// The newest commit that has the status, and what it says.
    fn newest(&self) -> Result<Option<(usize, Reply)>> {
        let mut is_there = false;
        for (at, commit) in self.commits.iter().enumerate().rev().take(MOST) {
            let request = Request::get(format!("commits/{commit}/status")).param("per_page", "100");
            let response = self.web.send(&request)?;
            // A commit that is not there: GitHub says 422, Gitea 404.
            if matches!(response.status, 404 | 422) {
                continue;
            }
            if !response.is_success() {
                return Err(self.web.refusal(&response));
            }
            is_there = true;
            if let Some(reply) = self.read(&super::web::read(&response)?)? {
                return Ok(Some((at, reply)));
            }
        }
        // A repository that is not shown has none of the commits, either.
        if !is_there {
            self.admits()?;
        }
        Ok(None)
    }

    fn read(&self, combined: &Value) -> Result<Option<Reply>> {
        let list = match &combined["statuses"] {
            Value::Array(list) => list.as_slice(),
            Value::Null if combined.is_object() => &[],
            _ => return Err(Error::unknown("the forge's answer about a commit's statuses could not be understood")),
        };
        let Some(status) = list.iter().find(|status| status["context"].as_str() == Some(&self.context)) else {
            return Ok(None);
        };
        // GitHub's field is `state`, Gitea's `status`.
        let word = status["state"].as_str().or_else(|| status["status"].as_str()).unwrap_or_default();
        let answer = match word {
            "success" => Answer::Signed,
            "failure" => Answer::NotSigned,
            "pending" => Answer::Unknown,
            _ => Answer::CouldNotAsk,
        };
        let about = status["description"].as_str().filter(|text| !text.is_empty());
        let about = about.map(|text| format!(" ({text})")).unwrap_or_default();
        let text = format!("set to {}{about}", if word.is_empty() { "nothing" } else { word });
        let page = status["target_url"].as_str().filter(|url| url.starts_with("https://"));
        let hints = page.filter(|_| answer != Answer::Signed).map(|page| format!("more about it: {page}"));
        Ok(Some(Reply { hints: hints.into_iter().collect(), ..Reply::saying(answer, text) }))
    }

    fn none_yet(&self) -> String {
        format!("no status `{}` is on these commits yet; the bot answers after an upload", self.context)
    }
}
