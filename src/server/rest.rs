//! Gerrit's REST, in Gerrit's shapes and words (documentation pages `rest-api*`; seen on Gerrit 3.13).
//!
//! Takes paths apart and finds the room; answers are made in the modules below.

mod accounts;
mod actions;
mod changes;
mod cherrypick;
mod edits;
mod json;
mod projects;
mod review;

use std::sync::Arc;

use axum::http::{StatusCode, header, request::Parts};
use axum::response::Response;
use serde_json::Value;

use super::Server;
use super::accounts::{Account, Accounts};
use super::http::{text, with_type};

/// What a request asks, taken apart.
pub(super) struct Call<'a> {
    server: &'a Server,
    /// GET, PUT, …; HEAD is GET.
    method: &'a str,
    /// The parameters in their order.
    query: Vec<(String, String)>,
    /// The body; `Null` where there is none.
    body: Value,
    /// Who asks.
    me: Option<&'a Account>,
    /// Everybody.
    accounts: Arc<Accounts>,
}

impl Call<'_> {
    /// The values of a parameter.
    fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.query.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The last value of one of these parameters.
    fn one<'b>(&'b self, names: &[&str]) -> Option<&'b str> {
        self.query.iter().rev().find(|(n, _)| names.contains(&n.as_str())).map(|(_, v)| v.as_str())
    }

    /// A text field of the body.
    fn field(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// Who asks, or Gerrit's refusal.
    fn login(&self) -> Result<&Account, Refusal> {
        self.me.ok_or_else(|| Refusal::new(403, "Authentication required"))
    }
}

/// An answer that is not an error.
enum Reply {
    Json(u16, Value),
    Empty,
    Text(&'static str, Vec<u8>),
}

/// An error of the protocol.
enum Refusal {
    Text(u16, String),
    Json(u16, Value),
}

impl Refusal {
    fn new(status: u16, text: impl Into<String>) -> Self {
        Self::Text(status, text.into())
    }

    /// 404 in Gerrit's words: unknown or invisible.
    fn not_found(what: impl std::fmt::Display) -> Self {
        Self::Text(404, format!("Not found: {what}"))
    }
}

impl From<crate::error::Error> for Refusal {
    fn from(_: crate::error::Error) -> Self {
        Self::new(500, "Internal server error")
    }
}

impl From<git2::Error> for Refusal {
    fn from(_: git2::Error) -> Self {
        Self::new(500, "Internal server error")
    }
}

type Answer = Result<Reply, Refusal>;

#[expect(clippy::unnecessary_wraps, reason = "it ends functions that can fail")]
fn ok(value: impl Into<Value>) -> Answer {
    Ok(Reply::Json(200, value.into()))
}

/// Answers a request for `path`, which has neither the leading slash nor `a/`.
pub(super) fn answer(server: &Server, parts: &Parts, path: &str, me: Option<&Account>, body: &[u8]) -> Response {
    let answer = json_body(parts, body).and_then(|body| {
        let method = if parts.method == "HEAD" { "GET" } else { parts.method.as_str() };
        let call = Call { server, method, query: parameters(parts), body, me, accounts: server.accounts.read() };
        let segments = segments(path).ok_or_else(|| Refusal::new(404, "Not Found"))?;
        dispatch(&call, &segments.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let status = |code| StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match answer {
        Ok(Reply::Json(code, value)) | Err(Refusal::Json(code, value)) => json_response(status(code), &value),
        Ok(Reply::Empty) => {
            let mut response = Response::new(axum::body::Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Ok(Reply::Text(content_type, words)) => with_type(StatusCode::OK, content_type, words),
        Err(Refusal::Text(code, words)) => text(status(code), words),
    }
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let mut out = b")]}'\n".to_vec();
    let _into_memory = serde_json::to_writer(&mut out, value);
    out.push(b'\n');
    with_type(status, "application/json;charset=utf-8", out)
}

/// The body as JSON. Gerrit takes text as a comment; we do not, since a page elsewhere could send it.
fn json_body(parts: &Parts, body: &[u8]) -> Result<Value, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(415, "Send JSON as application/json"));
    }
    match serde_json::from_slice(body) {
        Ok(value @ (Value::Object(_) | Value::Null)) => Ok(value),
        _ => Err(Refusal::new(400, "Invalid application/json in request")),
    }
}

fn parameters(parts: &Parts) -> Vec<(String, String)> {
    url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

/// The parts between slashes, decoded. `%7E` is not taken for `~` (seen on Gerrit 3.13).
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|part| {
            let kept = part.replace("%7E", "%257E").replace("%7e", "%257e");
            let decoded = percent_encoding::percent_decode_str(&kept).decode_utf8().ok()?.into_owned();
            (!decoded.chars().any(char::is_control)).then_some(decoded)
        })
        .collect()
}

fn dispatch(call: &Call<'_>, path: &[&str]) -> Answer {
    match path {
        ["config", "server", rest @ ..] => accounts::config(call, rest),
        ["accounts", rest @ ..] => accounts::accounts(call, rest),
        ["projects", rest @ ..] => projects::projects(call, rest),
        ["changes", rest @ ..] => changes::changes(call, rest),
        ["tools", "hooks", "commit-msg"] if call.method == "GET" => {
            Ok(Reply::Text("text/plain", COMMIT_MSG.as_bytes().to_vec()))
        }
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

/// Adds a Change-Id to commit messages; written for this server, POSIX shell and git only.
const COMMIT_MSG: &str = include_str!("commit-msg.sh");
