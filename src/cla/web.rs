//! How registries are asked over HTTP, and what it means where they do not answer.

use std::sync::Arc;

use serde_json::Value;

use crate::error::{Context as _, Error, Result};
use crate::http::{Client, Request, Response};
use crate::names::ServerUrl;
use crate::secret::{Held, Role};

/// One server, asked as whoever the credential belongs to, or as nobody.
pub struct Web<'a> {
    /// Sends.
    pub client: Client<'a>,
    /// The server, with its path.
    pub server: ServerUrl,
    /// Before every path; Gerrit's `a/`.
    pub prefix: &'static str,
    /// Who asks.
    pub credential: Arc<Held<'a>>,
}

impl Web<'_> {
    /// Whether there is a credential.
    pub fn is_authenticated(&self) -> bool {
        self.credential.current().is_some()
    }

    /// Whatever the server answers.
    pub(super) fn send(&self, request: &Request) -> Result<Response> {
        self.client.send_as(&self.server, self.prefix, request, &self.credential)
    }

    /// The answer as JSON, whatever it calls itself; a refusal is an error.
    pub(super) fn json(&self, request: &Request) -> Result<Value> {
        let response = self.send(request)?;
        if response.is_success() { read(&response) } else { Err(self.refusal(&response)) }
    }

    /// What a status outside of 2xx means.
    pub(super) fn refusal(&self, response: &Response) -> Error {
        let who = format!("{} {}", self.client.role().label(), self.server);
        let said = said(response).map(|text| format!(": {text}")).unwrap_or_default();
        match response.status {
            401 => {
                let from = self.credential.current().map(|credential| credential.source.label());
                let from = from.map(|from| format!(" (from {from})")).unwrap_or_default();
                Error::credentials(format!("{who} did not accept the credentials{from}{said}")).hint(self.sign_in())
            }
            403 if !self.is_authenticated() => {
                Error::credentials(format!("{who} wants to know who asks")).hint(self.sign_in())
            }
            403 => Error::refused(format!("{who} refused{said}")).hint("the account that asks lacks a right there"),
            429 => Error::unknown(format!("{who} takes no more questions for now{said}"))
                .hint("wait as long as it says; every further try may make it longer"),
            status => Error::unknown(format!("{who} answered with HTTP {status}{said}")),
        }
    }

    /// How to become somebody who is known there.
    pub(super) fn sign_in(&self) -> String {
        let role = self.client.role();
        let with = if role == Role::Review { "a token or HTTP password" } else { "a password or token" };
        format!("sign in with {with}: `pyflow auth login{}`", role.option())
    }
}

/// JSON, with or without Gerrit's guard before it.
pub(super) fn read(response: &Response) -> Result<Value> {
    let body = response.body.strip_prefix(b")]}'").unwrap_or(&response.body);
    serde_json::from_slice(body).or_error(|| {
        Error::unknown("the CLA registry answered with something that is not JSON")
            .hint("check `cla.url`: is it the registry's own address, with its path?")
    })
}

/// What the server said: a line of text, or the message in Roundup's, Gitea's and GitHub's errors.
fn said(response: &Response) -> Option<String> {
    if !response.is_json() {
        return response.first_line();
    }
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    let text = value["error"]["msg"].as_str().or_else(|| value["message"].as_str())?;
    let text = Response { content_type: "text/plain".to_owned(), body: text.into(), ..response.clone() };
    text.first_line()
}
