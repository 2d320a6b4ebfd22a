//! Contributor agreements of a Gerrit server: those of the account that asks, whether the project
//! wants one, and signing (Gerrit Documentation, "REST API - Accounts", "List Contributor
//! Agreements", "Sign Contributor Agreement"; "REST API - Projects", "Get Config").

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::web::Web;
use super::{Answer, ClaRegistry, Person, Reply};
use crate::error::{Error, Result};
use crate::http::Request;
use crate::names::ProjectName;

/// The agreements of one server, for one project.
pub struct Agreements<'a> {
    /// The server.
    pub web: Web<'a>,
    /// The project.
    pub project: ProjectName,
}

/// An agreement that the server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Where its text is.
    pub url: Option<String>,
    /// Whether it can be signed by a request; others are signed on paper.
    pub online: bool,
}

/// Gerrit's answer where `auth.contributorAgreements` is off.
const OFF: u16 = 405;

impl ClaRegistry for Agreements<'_> {
    /// Whoever is asked about, Gerrit tells of the account that asks, which is the one that uploads.
    fn ask(&self, people: &[Person]) -> Result<Vec<Reply>> {
        let (signed, wanted) = std::thread::scope(|scope| {
            let wanted = scope.spawn(|| self.is_wanted());
            (self.signed(), wanted.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let reply = reply(signed?.as_deref(), wanted?, &self.project);
        Ok(vec![reply; people.len()])
    }
}

/// `signed` is `None` where the server has agreements switched off.
fn reply(signed: Option<&[String]>, wanted: bool, project: &ProjectName) -> Reply {
    let reply = match signed {
        Some([]) => Reply::plain(Answer::NotSigned),
        Some(names) => Reply::saying(Answer::Signed, names.join(", ")),
        None if wanted => Reply {
            hints: vec!["ask the server's administrators: pushes are refused, and nobody can sign".to_owned()],
            ..Reply::saying(Answer::NotSigned, "the server has agreements switched off, and the project asks for one")
        },
        None => Reply::saying(Answer::Unknown, "the server has agreements switched off"),
    };
    if wanted || reply.answer == Answer::Signed {
        return Reply { needed: wanted, ..reply };
    }
    let text = reply.text.map(|text| format!("; {text}")).unwrap_or_default();
    Reply { needed: false, text: Some(format!("project {project} asks for no agreement{text}")), ..reply }
}

impl Agreements<'_> {
    /// Whether the project asks for one: the project's own setting, else the one above it.
    fn is_wanted(&self) -> Result<bool> {
        let project = utf8_percent_encode(self.project.as_str(), NON_ALPHANUMERIC);
        let config = self.web.json(&Request::get(format!("projects/{project}/config")))?;
        let setting = &config["use_contributor_agreements"];
        match setting["configured_value"].as_str() {
            Some("TRUE") => Ok(true),
            Some("FALSE") => Ok(false),
            Some("INHERIT") => Ok(setting["inherited_value"].as_bool().unwrap_or_default()),
            // Gerrit leaves it out where agreements are of no concern to the server.
            None if setting.is_null() => Ok(false),
            _ => Err(nonsense()),
        }
    }

    /// The names of the agreements that the account has signed.
    pub fn signed(&self) -> Result<Option<Vec<String>>> {
        if !self.web.is_authenticated() {
            return Err(Error::credentials("the review server tells of agreements only to those who sign in")
                .hint("`pyflow auth login` stores a password or token"));
        }
        let response = self.web.send(&Request::get("accounts/self/agreements"))?;
        if response.status == OFF {
            return Ok(None);
        }
        if !response.is_success() {
            return Err(self.web.refusal(&response));
        }
        let list = super::web::read(&response)?;
        let names = list.as_array().and_then(|list| list.iter().map(name).collect());
        names.map(Some).ok_or_else(nonsense)
    }

    /// The agreements that the server has; none where they are switched off.
    pub fn offers(&self) -> Result<Vec<Offer>> {
        let info = self.web.json(&Request::get("config/server/info"))?;
        let list = info["auth"]["contributor_agreements"].as_array().cloned().unwrap_or_default();
        list.iter().map(|entry| offer(entry, &self.web)).collect::<Option<_>>().ok_or_else(nonsense)
    }

    /// Signs, and reads back whether the server has it on file.
    pub fn sign(&self, agreement: &str) -> Result<()> {
        self.web.json(&Request::put("accounts/self/agreements", json!({ "name": agreement })))?;
        if self.signed()?.is_some_and(|signed| signed.iter().any(|name| name == agreement)) {
            return Ok(());
        }
        Err(Error::unknown(format!("the review server took the signature, and does not have {agreement} on file")))
    }
}

fn name(entry: &Value) -> Option<String> {
    entry["name"].as_str().map(str::to_owned)
}

fn offer(entry: &Value, web: &Web<'_>) -> Option<Offer> {
    // As in `gerrit.config`: an address, or a path below the server.
    let url = entry["url"].as_str().filter(|url| !url.is_empty());
    let url = url.map(|url| if url.contains("://") { url.to_owned() } else { web.server.join(url) });
    Some(Offer {
        name: name(entry)?,
        description: entry["description"].as_str().unwrap_or_default().to_owned(),
        url,
        online: entry["auto_verify_group"].is_object(),
    })
}

fn nonsense() -> Error {
    Error::unknown("the review server's answer about contributor agreements could not be understood")
}
