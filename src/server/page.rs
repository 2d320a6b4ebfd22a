//! The pages for people: the queues as they move, changes with what they wait for, builds and logs.
//!
//! Written here as HTML, without a build step and without a script that is needed. Everything that
//! comes from people goes through [`Html::text`]; markup is `&'static str`, so nothing else can be.

mod build;
mod change;
mod home;
mod html;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::Response;

use super::Server;
use super::accounts::{Account, Accounts};
use super::change::Moment;
use super::gate::model::Id;
use super::http::{text, with_type};
use html::Html;

/// Only what this server itself serves; no script, style or frame of anybody else, and no forms.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's style and its one script; below a name that no project can have.
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// What a page needs to know.
struct Call<'a> {
    server: &'a Server,
    me: Option<&'a Account>,
    accounts: std::sync::Arc<Accounts>,
    /// What stands before every address: the path of the canonical URL, and `/a` for who has signed in.
    root: String,
    query: Vec<(String, String)>,
    now: Moment,
}

impl Call<'_> {
    fn sees(&self, project: &str) -> bool {
        self.server.store.project(project).is_some_and(|p| self.server.sees(self.me, p))
    }

    /// A person's name.
    fn person(&self, id: u32) -> String {
        self.accounts.get(id).map_or_else(|| format!("user {id}"), |a| a.display_name().to_owned())
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Whether a path is a page's. Everything else is the dialects'.
pub(super) fn is_page(path: &str) -> bool {
    path.is_empty() || ["c/", "t/", "logs/", "-/"].iter().any(|start| path.starts_with(start))
}

/// Answers with a page, a log, or 404.
pub(super) fn answer(server: &Server, parts: &Parts, path: &str, forced: bool, me: Option<&Account>) -> Response {
    if !matches!(parts.method.as_str(), "GET" | "HEAD") {
        return text(StatusCode::METHOD_NOT_ALLOWED, "Pages are only read");
    }
    match path {
        "-/page.css" => return fixed("text/css; charset=utf-8", STYLE),
        "-/page.js" => return fixed("text/javascript; charset=utf-8", SCRIPT),
        _ => {}
    }
    if me.is_none() && !server.anonymous_read {
        return super::http::unauthorized();
    }
    let call = Call {
        server,
        me,
        accounts: server.accounts.read(),
        root: format!("{}{}", server.prefix, if forced { "/a" } else { "" }),
        query: url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        now: super::change::now(),
    };
    let segments: Vec<&str> = path.split('/').collect();
    let page = match segments[..] {
        [""] => Some(home::page(&call)),
        ["t", tenant] | ["t", tenant, "status" | ""] if is_tenant(&call, tenant) => Some(home::page(&call)),
        ["t", tenant, "build", uuid] if is_tenant(&call, tenant) => id(uuid).and_then(|id| build::build(&call, id)),
        ["t", tenant, "buildset", uuid] if is_tenant(&call, tenant) => {
            id(uuid).and_then(|id| build::buildset(&call, id))
        }
        ["c", ref project @ .., "+", number] | ["c", ref project @ .., "+", number, _] => {
            change::page(&call, &project.join("/"), number)
        }
        ["logs", uuid, "job-output.txt"] => return id(uuid).map_or_else(nothing, |id| build::log(&call, id)),
        ["logs", uuid] | ["logs", uuid, ""] => id(uuid).and_then(|id| build::build(&call, id)),
        _ => None,
    };
    page.map_or_else(|| missing(&call), |html| shown(StatusCode::OK, html))
}

fn is_tenant(call: &Call<'_>, name: &str) -> bool {
    call.server.settings.gate.tenant == name
}

fn id(text: &str) -> Option<Id> {
    text.parse().ok()
}

fn nothing() -> Response {
    text(StatusCode::NOT_FOUND, "Not Found")
}

fn missing(call: &Call<'_>) -> Response {
    let mut html = Html::page(&call.root, "Not found");
    html.raw("<p>There is nothing at this address, or nothing that you may see.</p>");
    shown(StatusCode::NOT_FOUND, html)
}

fn shown(status: StatusCode, html: Html) -> Response {
    let mut response = with_type(status, "text/html; charset=utf-8", html.finish());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn fixed(content_type: &'static str, content: &'static str) -> Response {
    let mut response = with_type(StatusCode::OK, content_type, Body::from(content));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

/// `2 h 5 min`, `42 s`.
fn duration(milliseconds: i64) -> String {
    let seconds = milliseconds.max(0) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) if h < 48 => format!("{h} h {m} min"),
        (h, ..) => format!("{} days", h / 24),
    }
}

/// `2026-11-20 03:44`, UTC.
fn date(moment: Moment) -> String {
    let stamp = jiff::Timestamp::from_second(moment.div_euclid(1000)).unwrap_or_default();
    stamp.strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        for (seconds, wanted) in
            [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (49 * 3600, "2 days"), (-5, "0 s")]
        {
            assert_eq!(duration(seconds * 1000), wanted);
        }
    }

    #[test]
    fn pages_have_addresses_of_their_own() {
        for path in ["", "c/plain/+/1", "t/pyflow/build/x", "logs/x", "-/page.css"] {
            assert!(is_page(path), "{path}");
        }
        for path in ["changes/", "projects/", "config/server/version", "tools/hooks/commit-msg", "api/info"] {
            assert!(!is_page(path), "{path}");
        }
    }
}
