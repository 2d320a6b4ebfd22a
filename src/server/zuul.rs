//! Zuul's REST, in Zuul's shapes and words (`zuul/web/__init__.py`; seen on Zuul 14.3): what is in the
//! gate, what was built, and the verbs of those who may move the queue.
//!
//! Takes paths apart, finds out who asks, and says no as Zuul does: JSON for 401, nothing for 403, a
//! page for everything else. One server is one tenant.

mod actions;
mod builds;
mod config;
mod status;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;
use serde_json::{Value, json};

use super::Server;
use super::accounts::Account;
use super::change::Moment;
use super::gate::model::ChangeRef;
use super::http::with_type;
use super::store::Project;

/// The version of Zuul whose dialect this is.
const DIALECT: &str = "14.3.0";

/// What a request says of who sends it.
enum Token {
    None,
    NotBearer,
    Unknown,
    Is(Box<Account>),
}

impl Token {
    fn read(server: &Server, headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Self::None };
        let parts = value.to_str().ok().and_then(|v| v.split_once(' '));
        match parts {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                let accounts = server.accounts.read();
                accounts.by_token(token.trim()).map_or(Self::Unknown, |a| Self::Is(Box::new(a.clone())))
            }
            _ => Self::NotBearer,
        }
    }
}

/// A request, taken apart.
struct Call<'a> {
    server: &'a Server,
    token: &'a Token,
    query: Vec<(String, String)>,
    is_json: bool,
    body: &'a [u8],
}

impl Call<'_> {
    /// Who asks, as far as reading goes: a bad token is nobody's.
    fn reader(&self) -> Option<&Account> {
        match self.token {
            Token::Is(account) => Some(account),
            Token::None | Token::NotBearer | Token::Unknown => None,
        }
    }

    /// Who asks, where it matters.
    fn account(&self) -> Result<&Account, No> {
        match self.token {
            Token::Is(account) => Ok(account),
            Token::None => Err(No::who("MissingAuthError", "Missing \"Authorization\" header")),
            Token::NotBearer => {
                Err(No::who("InvalidAuthFormat", "\"Authorization\" header must start with \"Bearer\""))
            }
            Token::Unknown => Err(No::who("AuthTokenUndecodedException", "Auth Token could not be decoded")),
        }
    }

    /// Whether everything may be read by whoever asks; else a token is needed.
    fn may_read(&self) -> Result<(), No> {
        if self.server.anonymous_read { Ok(()) } else { self.account().map(|_| ()) }
    }

    /// The values of a parameter.
    fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.query.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A project by its short or its canonical name, if whoever asks may see it.
    fn project(&self, name: &str) -> Result<&Project, No> {
        let host = format!("{}/", host(self.server));
        let short = name.strip_prefix(&host).unwrap_or(name);
        let found = self.server.store.project(short).filter(|p| self.server.sees(self.reader(), p));
        found.map(AsRef::as_ref).ok_or_else(|| No::page(404, "Unknown project"))
    }

    /// Whether whoever asks may see a project.
    fn sees(&self, project: &str) -> bool {
        self.server.store.project(project).is_some_and(|p| self.server.sees(self.reader(), p))
    }
}

/// A refusal in Zuul's forms.
enum No {
    /// 401.
    Who { error: &'static str, description: &'static str },
    /// 403.
    Right,
    /// The rest.
    Page { status: u16, text: &'static str },
}

impl No {
    fn who(error: &'static str, description: &'static str) -> Self {
        Self::Who { error, description }
    }

    fn page(status: u16, text: &'static str) -> Self {
        Self::Page { status, text }
    }
}

type Answer = Result<Value, No>;

/// The name that stands before projects in their canonical names.
fn host(server: &Server) -> String {
    let rest = server.base_url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    url::Url::parse(&server.base_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| authority.to_owned())
}

/// Answers a request for `path`, which begins behind `api/`.
pub(super) fn answer(server: &Server, parts: &Parts, path: &str, body: &[u8]) -> Response {
    let token = Token::read(server, &parts.headers);
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let call = Call {
        server,
        token: &token,
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        is_json: essence.eq_ignore_ascii_case("application/json"),
        body,
    };
    let decoded: Option<Vec<String>> = path
        .trim_end_matches('/')
        .split('/')
        .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().ok().map(std::borrow::Cow::into_owned))
        .collect();
    let decoded = decoded.unwrap_or_default();
    let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
    let answer = match parts.method.as_str() {
        "GET" | "HEAD" => read(&call, &segments),
        "POST" => write(&call, &segments),
        _ => Err(No::page(405, "Specified method is invalid for this resource")),
    };
    match answer {
        Ok(value) => json_answer(StatusCode::OK, &value),
        Err(no) => refusal(server, &no),
    }
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    with_type(status, "application/json; charset=utf-8", value.to_string())
}

fn refusal(server: &Server, no: &No) -> Response {
    match no {
        No::Who { error, description } => {
            let realm = host(server);
            let body = json!({"description": description, "error": error, "realm": realm});
            let mut response = json_answer(StatusCode::UNAUTHORIZED, &body);
            // As Zuul writes it: quotes inside are not escaped.
            let challenge =
                format!("Bearer realm=\"{realm}\"       error=\"{error}\"       error_description=\"{description}\"");
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
        No::Right => with_type(StatusCode::FORBIDDEN, "text/html;charset=utf-8", ""),
        No::Page { status, text } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let page = format!(
                "<!DOCTYPE html>\n<html>\n<head>\n    <title>{status}</title>\n</head>\n    <body>\n        <h2>{status}</h2>\n        <p>{text}</p>\n    </body>\n</html>\n"
            );
            with_type(status, "text/html;charset=utf-8", page)
        }
    }
}

fn read(call: &Call<'_>, path: &[&str]) -> Answer {
    match path {
        ["info"] => Ok(config::info(call, None)),
        ["tenants"] => Ok(json!([{"name": call.server.settings.gate.tenant}])),
        ["connections"] => Ok(config::connections(call)),
        ["components"] => Ok(config::components()),
        ["authorizations"] => actions::root_authorizations(call),
        // Zuul answers this one for tenants that are not there, too.
        ["tenant", name, "info"] => Ok(config::info(call, Some(name))),
        ["tenant", name, rest @ ..] => {
            known_tenant(call, name)?;
            if rest != ["authorizations"] {
                call.may_read()?;
            }
            read_tenant(call, rest)
        }
        _ => Err(No::page(404, "Not Found")),
    }
}

fn read_tenant(call: &Call<'_>, path: &[&str]) -> Answer {
    match path {
        ["authorizations"] => actions::authorizations(call),
        ["status"] => Ok(status::status(call)),
        ["status", "change", id] => Ok(status::of_change(call, id)),
        ["projects"] => Ok(config::projects(call)),
        ["project", name @ ..] => config::project(call, &name.join("/")),
        ["pipelines"] => Ok(config::pipelines()),
        ["jobs"] => Ok(config::jobs(call)),
        ["job", name] => config::job(call, name),
        ["pipeline", pipeline, "project", rest @ .., "freeze-jobs"] => config::freeze_jobs(call, pipeline, rest),
        ["builds"] => builds::builds(call),
        ["build", uuid] => builds::build(call, uuid),
        ["buildsets"] => builds::buildsets(call),
        ["buildset", uuid] => builds::buildset(call, uuid),
        ["tenant-status"] => Ok(json!({"config_error_count": 0})),
        // What this server has none of.
        ["config-errors" | "semaphores" | "labels" | "nodes" | "nodeset-requests" | "autohold" | "system-events"] => {
            Ok(json!([]))
        }
        _ => Err(No::page(404, "Not Found")),
    }
}

fn write(call: &Call<'_>, path: &[&str]) -> Answer {
    let ["tenant", name, rest @ ..] = path else { return Err(No::page(404, "Not Found")) };
    known_tenant(call, name)?;
    match rest {
        ["project", project @ .., "enqueue"] => actions::enqueue(call, &project.join("/")),
        ["project", project @ .., "dequeue"] => actions::dequeue(call, &project.join("/")),
        ["promote"] => actions::promote(call),
        _ => Err(No::page(404, "Not Found")),
    }
}

fn known_tenant(call: &Call<'_>, name: &str) -> Result<(), No> {
    if name == call.server.settings.gate.tenant { Ok(()) } else { Err(No::page(404, "Unknown tenant")) }
}

/// `2026-11-20T03:44:37`: UTC, without saying so.
fn iso(moment: Moment) -> String {
    let seconds = jiff::Timestamp::from_second(moment.div_euclid(1000)).unwrap_or_default();
    seconds.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The address of a change.
fn change_url(call: &Call<'_>, project: &str, change: ChangeRef) -> String {
    format!("{}c/{project}/+/{}", call.server.base_url, change.number)
}
