//! Gerrit's REST interface: how a request is sent, what answers mean, and queries page by page.
//!
//! Sources: Gerrit Documentation, "REST API" (prefix, status codes) and "REST API - Changes"
//! (`_more_changes`, `S`, options). Sockets and credentials are behind [`Transport`].

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answers::plain;
use super::wire::{ChangeInfo, Depth};
use crate::error::{Context as _, Error, Kind, Result};
use crate::http::{Client, Method, Request, Response};
use crate::names::ServerUrl;
use crate::secret::Held;

/// How requests reach the server.
pub trait Transport: Sync {
    /// Sends one request and returns whatever the server answered, errors included. With
    /// `authenticated` the path gets Gerrit's `a/` prefix and the credentials go along: without that
    /// prefix Gerrit ignores them. Only transport failures are errors here (kind `unknown`).
    fn send(&self, request: &Request, authenticated: bool) -> Result<Response>;
}

/// The real thing: HTTP to one server, with the credentials for it.
pub struct Http<'a> {
    /// Sends.
    pub client: Client<'a>,
    /// The server, with its path prefix.
    pub server: ServerUrl,
    /// Who asks; a request that wants to be authenticated goes without where there is none, and
    /// the server says so.
    pub credential: Arc<Held<'a>>,
}

impl Transport for Http<'_> {
    fn send(&self, request: &Request, authenticated: bool) -> Result<Response> {
        if !authenticated {
            return self.client.send(&self.server, "", request, None);
        }
        self.client.send_as(&self.server, "a/", request, &self.credential)
    }
}

/// The REST side of a Gerrit server.
pub(super) struct Rest<'a> {
    pub(super) transport: Box<dyn Transport + 'a>,
    pub(super) authenticated: bool,
}

/// Before the JSON of every answer, so that it cannot be run as a script ("REST API", "Output Format").
const XSSI: &[u8] = b")]}'";

/// Longest query string, encoded, that goes into one request: proxies commonly end a request line
/// at 8 KiB.
const MAX_QUERY: usize = 6000;

/// A server that says "more" so often is not to be believed; the default limit of a page is 500.
const MAX_PAGES: usize = 40;

/// What is asked of each change ("REST API - Changes", "Query Options"). Actions are never asked
/// for: they cost the server 45 ms a change.
const fn options(depth: Depth) -> &'static [&'static str] {
    match depth {
        Depth::Identity => &["ALL_REVISIONS", "DETAILED_ACCOUNTS"],
        Depth::People => &["ALL_REVISIONS", "DETAILED_ACCOUNTS", "DETAILED_LABELS"],
        // Who approved or rejected is told with `LABELS` alone ("REST API", `LabelInfo`).
        Depth::FullLegacy => &["ALL_REVISIONS", "CURRENT_COMMIT", "DETAILED_ACCOUNTS", "DETAILED_LABELS", "LABELS"],
        Depth::Full => {
            &["ALL_REVISIONS", "CURRENT_COMMIT", "DETAILED_ACCOUNTS", "DETAILED_LABELS", "SUBMIT_REQUIREMENTS"]
        }
        Depth::StoryLegacy => {
            &["ALL_REVISIONS", "CURRENT_COMMIT", "DETAILED_ACCOUNTS", "DETAILED_LABELS", "LABELS", "MESSAGES"]
        }
        Depth::Story => &[
            "ALL_REVISIONS",
            "CURRENT_COMMIT",
            "DETAILED_ACCOUNTS",
            "DETAILED_LABELS",
            "SUBMIT_REQUIREMENTS",
            "MESSAGES",
        ],
    }
}

impl Rest<'_> {
    /// Sends a request and reads its JSON; no content (204, or an empty body) is `null`.
    pub(super) fn json(&self, request: &Request) -> Result<Value> {
        let response = self.transport.send(request, self.authenticated)?;
        read(&response, self.authenticated)
    }

    fn typed<T: DeserializeOwned>(&self, request: &Request) -> Result<T> {
        serde_json::from_value(self.json(request)?).or_error(nonsense)
    }

    pub(super) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.typed(&Request::get(path))
    }

    /// The changes that match any of the queries, each once, in the order told. All queries go in
    /// one request where the length allows it. The depth says what the server was able to tell.
    pub(super) fn query(
        &self,
        queries: &[String],
        depth: Depth,
        limit: Option<usize>,
    ) -> Result<(Vec<ChangeInfo>, Depth)> {
        match self.pages(queries, depth, limit) {
            // Gerrit 3.4: 400 `"SUBMIT_REQUIREMENTS" is not a valid value for "-o"`; labels tell there.
            Err(error) if error.message.contains("\"SUBMIT_REQUIREMENTS\"") && depth.legacy() != depth => {
                Ok((self.pages(queries, depth.legacy(), limit)?, depth.legacy()))
            }
            other => other.map(|list| (list, depth)),
        }
    }

    fn pages(&self, queries: &[String], depth: Depth, limit: Option<usize>) -> Result<Vec<ChangeInfo>> {
        let mut out: Vec<ChangeInfo> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for chunk in chunks(queries) {
            let lists: Vec<Vec<ChangeInfo>> = match chunk {
                // One query is answered by a list of changes, several by a list of lists.
                [only] => vec![self.typed(&request(std::slice::from_ref(only), depth, limit, 0))?],
                several => self.typed(&request(several, depth, limit, 0))?,
            };
            if lists.len() != chunk.len() {
                return Err(nonsense());
            }
            for (query, mut list) in chunk.iter().zip(lists) {
                let (mut start, mut pages) = (0, 1);
                loop {
                    let more = list.last().is_some_and(|c| c.more_changes);
                    start += list.len();
                    out.extend(list.into_iter().filter(|c| seen.insert(c.number)));
                    if !more || limit.is_some_and(|l| start >= l) {
                        break;
                    }
                    if pages == MAX_PAGES {
                        return Err(Error::unknown("the review server's list of changes has no end")
                            .hint("narrow it down: `pyflow list --branch`, `--topic`, `--limit`"));
                    }
                    list = self.typed(&request(std::slice::from_ref(query), depth, limit.map(|l| l - start), start))?;
                    pages += 1;
                }
            }
        }
        if let Some(limit) = limit {
            out.truncate(limit);
        }
        Ok(out)
    }
}

fn request(queries: &[String], depth: Depth, limit: Option<usize>, start: usize) -> Request {
    let mut request = Request::get("changes/");
    for query in queries {
        request = request.param("q", query);
    }
    for option in options(depth) {
        request = request.param("o", *option);
    }
    // `n=0` would mean the server's own limit.
    if let Some(limit) = limit.filter(|l| *l > 0) {
        request = request.param("n", limit.to_string());
    }
    if start > 0 {
        request = request.param("S", start.to_string());
    }
    request
}

/// Parts the queries so that no request gets longer than [`MAX_QUERY`]; a longer one goes alone.
fn chunks(queries: &[String]) -> Vec<&[String]> {
    let mut out = Vec::new();
    let (mut from, mut length) = (0, 0);
    for (at, query) in queries.iter().enumerate() {
        let own = percent_encoding::utf8_percent_encode(query, percent_encoding::NON_ALPHANUMERIC)
            .map(str::len)
            .sum::<usize>()
            + "&q=".len();
        if at > from && length + own > MAX_QUERY {
            out.push(&queries[from..at]);
            (from, length) = (at, 0);
        }
        length += own;
    }
    if from < queries.len() {
        out.push(&queries[from..]);
    }
    out
}

fn read(response: &Response, authenticated: bool) -> Result<Value> {
    if !response.is_success() {
        return Err(refusal(response, authenticated));
    }
    if response.body.is_empty() {
        return Ok(Value::Null);
    }
    if !response.is_json() {
        return Err(not_gerrit(response));
    }
    let json = response.body.strip_prefix(XSSI).unwrap_or(&response.body);
    serde_json::from_slice(json).or_error(nonsense)
}

fn nonsense() -> Error {
    Error::unknown("the review server's answer could not be understood")
        .hint("check that `review.url` is the address of a Gerrit server: `pyflow setup`")
}

fn not_gerrit(response: &Response) -> Error {
    let kind = match response.content_type.as_str() {
        _ if response.is_html() => "a page for people",
        "" => "something",
        kind => kind,
    };
    let status = if response.is_success() { String::new() } else { format!(" HTTP {}", response.status) };
    Error::unknown(format!("the review server answered{status} with {} instead of JSON", plain(kind)))
        .hint("check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`")
}

/// What an answer outside of 2xx means. Gerrit explains itself in text/plain, reviewer input errors
/// in JSON with `error`; anything else (a proxy's HTML) is not Gerrit's word and proves nothing.
fn refusal(response: &Response, authenticated: bool) -> Error {
    let said = said(response);
    match response.status {
        401 if authenticated => sign_in("the review server did not accept the credentials"),
        401 => sign_in("the review server wants to know who asks, and there are no credentials"),
        // An anonymous request for something that needs an account is answered so, not with 401.
        403 | 400 if !authenticated && said.as_deref().is_some_and(wants_login) => {
            sign_in("the review server wants to know who asks")
        }
        400 | 402..=407 | 409..=428 => match said {
            None => not_gerrit(response),
            Some(text) => {
                let error = super::answers::explain_request(&text);
                match response.status {
                    404 if authenticated => error.hint("it does not exist, or you may not see it"),
                    403 if authenticated => error.hint("`pyflow auth status` shows who you are there"),
                    404 | 403 if !authenticated => error.hint("sign in to see more: `pyflow auth login`"),
                    409 => error.hint("`pyflow status` shows how the change stands now"),
                    _ if error.hints.is_empty() => error.hint("`--verbose` shows what was asked of it"),
                    _ => error,
                }
            }
        },
        300..=399 => Error::unknown(format!("the review server sent us elsewhere (HTTP {})", response.status))
            .hint("check `review.url`, its scheme and path prefix: `pyflow setup`"),
        status => {
            let what = if status == 429 { "has too much to do" } else { "failed" };
            let error = Error::unknown(format!("the review server {what} (HTTP {status})"))
                .hint("try again in a moment; what has arrived is not lost: `pyflow status` shows it");
            match said {
                Some(text) => error.because(anyhow::anyhow!("it said: {text}")),
                None => error,
            }
        }
    }
}

fn sign_in(message: &str) -> Error {
    Error::new(Kind::Credentials, message).hint("sign in with a token or HTTP password: `pyflow auth login`")
}

fn wants_login(said: &str) -> bool {
    ["Authentication required", "Must be signed-in", "requires login"].iter().any(|w| said.contains(w))
}

/// The first line of the server's own words, without control characters.
fn said(response: &Response) -> Option<String> {
    if response.content_type == "text/plain" {
        return response.first_line();
    }
    let json = response.body.strip_prefix(XSSI).unwrap_or(&response.body);
    let value = serde_json::from_slice::<Value>(json).ok().filter(|_| response.is_json())?;
    let text = reviewer_error(&value)?;
    text.lines().map(|l| plain(l.trim())).find(|l| !l.is_empty())
}

/// The `error` of `ReviewerResult` and `ReviewResult`; inside a review, that of a reviewer says more.
pub(super) fn reviewer_error(value: &Value) -> Option<String> {
    let inner = value.get("reviewers").and_then(Value::as_object);
    let inner = inner.and_then(|all| all.values().find_map(|r| r.get("error").and_then(Value::as_str)));
    inner.or_else(|| value.get("error").and_then(Value::as_str)).map(str::to_owned)
}

/// Whether a request asks for nothing to be changed.
pub(super) fn is_read(request: &Request) -> bool {
    request.method == Method::Get
}

/// Recorded answers in place of a server, for this room's tests.
#[cfg(test)]
pub(super) mod recorded {
    use std::sync::Mutex;

    use super::{Request, Response, Result, Transport};
    use crate::error::Error;

    /// Answers in the order given, and what was asked.
    #[derive(Default)]
    pub(in super::super) struct Recorded {
        answers: Mutex<std::collections::VecDeque<Response>>,
        pub(in super::super) asked: Mutex<Vec<(Request, bool)>>,
    }

    impl Recorded {
        pub(in super::super) fn new(answers: impl IntoIterator<Item = Response>) -> Self {
            Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
        }
    }

    pub(in super::super) fn json(body: &str) -> Response {
        Response { status: 200, content_type: "application/json".into(), body: body.into() }
    }

    pub(in super::super) fn text(status: u16, body: &str) -> Response {
        Response { status, content_type: "text/plain".into(), body: body.into() }
    }

    impl Transport for &Recorded {
        fn send(&self, request: &Request, authenticated: bool) -> Result<Response> {
            self.asked.lock().expect("no panic").push((request.clone(), authenticated));
            self.answers.lock().expect("no panic").pop_front().ok_or_else(|| Error::unknown("not recorded"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::recorded::{Recorded, json, text};
    use super::{Depth, MAX_PAGES, Rest, chunks};
    use crate::error::Kind;
    use crate::http::{Request, Response};

    macro_rules! fixture {
        ($name:literal) => {
            include_str!(concat!("../../../fixtures/gerrit-3.13/", $name))
        };
    }

    fn error(response: Response, authenticated: bool) -> crate::error::Error {
        let recorded = Recorded::new([response]);
        let rest = Rest { transport: Box::new(&recorded), authenticated };
        rest.json(&Request::get("x")).expect_err("an error")
    }

    /// What a person reads of an answer: as somebody, and as nobody where that differs.
    fn told(response: &Response) -> String {
        let read = |authenticated| {
            let error = error(response.clone(), authenticated);
            let hints = error.hints.iter().map(|hint| format!("\n    hint: {hint}"));
            let causes = error.causes().into_iter().map(|cause| format!("\n    {cause}"));
            let more = causes.chain(hints).collect::<String>();
            format!("  {}: {}{more}\n", error.kind.name(), error.message)
        };
        let (somebody, nobody) = (read(true), read(false));
        let nobody = if nobody == somebody { String::new() } else { format!("  as nobody\n{nobody}") };
        let kind = &response.content_type;
        format!("{} {kind} {:?}\n{somebody}{nobody}", response.status, response.text())
    }

    #[test]
    fn recorded_errors_get_their_kind_and_words() {
        let answers = [
            text(401, fixture!("error-401.txt")),
            text(403, fixture!("error-403.txt")),
            text(403, fixture!("error-anonymous-self.txt")),
            text(404, fixture!("error-404.txt")),
            text(409, fixture!("error-409.txt")),
            text(400, fixture!("error-400-operator.txt")),
            Response { status: 400, ..json(fixture!("reviewer-unknown.json")) },
            text(422, "Base change not found: 999999\n"),
            text(409, "a\u{1b}[31mb\n"),
            text(500, "Internal server error\n"),
            text(429, "slow down\n"),
            text(302, ""),
        ];
        insta::assert_snapshot!(answers.iter().map(told).collect::<String>(), @r#"
        401 text/plain "Unauthorized"
          credentials: the review server did not accept the credentials
            hint: sign in with a token or HTTP password: `pyflow auth login`
          as nobody
          credentials: the review server wants to know who asks, and there are no credentials
            hint: sign in with a token or HTTP password: `pyflow auth login`
        403 text/plain "submit not permitted\n"
          refused: the review server refused: submit not permitted
            hint: `pyflow auth status` shows who you are there
          as nobody
          refused: the review server refused: submit not permitted
            hint: sign in to see more: `pyflow auth login`
        403 text/plain "Must be signed-in to use this operator\n"
          refused: the review server refused: Must be signed-in to use this operator
            hint: `pyflow auth status` shows who you are there
          as nobody
          credentials: the review server wants to know who asks
            hint: sign in with a token or HTTP password: `pyflow auth login`
        404 text/plain "Not found: 999999\n"
          refused: the review server refused: Not found: 999999
            hint: it does not exist, or you may not see it
          as nobody
          refused: the review server refused: Not found: 999999
            hint: sign in to see more: `pyflow auth login`
        409 text/plain "change is not work in progress\n"
          refused: the review server refused: change is not work in progress
            hint: `pyflow status` shows how the change stands now
        400 text/plain "Unsupported operator nosuchop:1\n"
          refused: the review server refused: Unsupported operator nosuchop:1
            hint: `--verbose` shows what was asked of it
        400 application/json ")]}'\n{\"input\":\"nobody\",\"error\":\"Account \\u0027nobody\\u0027 not found\\nnobody does not identify a registered user or group\"}\n"
          refused: the review server knows nobody called `nobody`
            hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
        422 text/plain "Base change not found: 999999\n"
          refused: the review server refused: Base change not found: 999999
            hint: `--verbose` shows what was asked of it
        409 text/plain "a\u{1b}[31mb\n"
          refused: the review server refused: a[31mb
            hint: `pyflow status` shows how the change stands now
        500 text/plain "Internal server error\n"
          unknown: the review server failed (HTTP 500)
            it said: Internal server error
            hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
        429 text/plain "slow down\n"
          unknown: the review server has too much to do (HTTP 429)
            it said: slow down
            hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
        302 text/plain ""
          unknown: the review server sent us elsewhere (HTTP 302)
            hint: check `review.url`, its scheme and path prefix: `pyflow setup`
        "#);
    }

    #[test]
    fn what_is_not_gerrits_proves_nothing() {
        let html = |status| Response { status, content_type: "text/html".into(), body: b"<html>no</html>".to_vec() };
        let answers = [html(200), html(401), html(403), html(404), html(502), json("<html>"), text(200, "OK")];
        insta::assert_snapshot!(answers.iter().map(told).collect::<String>(), @r#"
        200 text/html "<html>no</html>"
          unknown: the review server answered with a page for people instead of JSON
            hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
        401 text/html "<html>no</html>"
          credentials: the review server did not accept the credentials
            hint: sign in with a token or HTTP password: `pyflow auth login`
          as nobody
          credentials: the review server wants to know who asks, and there are no credentials
            hint: sign in with a token or HTTP password: `pyflow auth login`
        403 text/html "<html>no</html>"
          unknown: the review server answered HTTP 403 with a page for people instead of JSON
            hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
        404 text/html "<html>no</html>"
          unknown: the review server answered HTTP 404 with a page for people instead of JSON
            hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
        502 text/html "<html>no</html>"
          unknown: the review server failed (HTTP 502)
            hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
        200 application/json "<html>"
          unknown: the review server's answer could not be understood
            expected value at line 1 column 1
            hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
        200 text/plain "OK"
          unknown: the review server answered with text/plain instead of JSON
            hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
        "#);
        let recorded = Recorded::new([json("")]);
        let rest = Rest { transport: Box::new(&recorded), authenticated: true };
        assert!(rest.json(&Request::get("x")).expect("nothing, as after a DELETE").is_null());
    }

    #[test]
    fn several_queries_share_a_request() {
        let recorded = Recorded::new([json(fixture!("query-several.json"))]);
        let rest = Rest { transport: Box::new(&recorded), authenticated: true };
        let queries = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let (list, depth) = rest.query(&queries, Depth::Identity, None).expect("changes");
        assert_eq!(depth, Depth::Identity);
        assert_eq!(list.iter().map(|c| c.number).collect::<Vec<_>>(), [2, 3]);
        let asked = recorded.asked.lock().expect("no panic");
        assert_eq!(asked.len(), 1);
        assert!(asked[0].1);
        assert_eq!(asked[0].0.query.iter().filter(|(name, _)| name == "q").count(), 3);
    }

    #[test]
    fn pages_are_followed_and_bounded() {
        let page = |number, more| json(&format!(")]}}'\n[{{\"_number\":{number},\"_more_changes\":{more}}}]"));
        let recorded = Recorded::new([json(fixture!("query-more.json")), page(2, true), page(1, false)]);
        let rest = Rest { transport: Box::new(&recorded), authenticated: true };
        let (list, _) = rest.query(&["q".to_owned()], Depth::Identity, None).expect("changes");
        assert_eq!(list.len(), 3);
        let starts = recorded.asked.lock().expect("no panic");
        let starts = starts.iter().map(|(r, _)| r.query.iter().find(|p| p.0 == "S").map(|p| p.1.clone()));
        assert_eq!(starts.collect::<Vec<_>>(), [None, Some("1".into()), Some("2".into())]);

        let recorded = Recorded::new((1..=MAX_PAGES + 1).map(|n| page(n, true)));
        let rest = Rest { transport: Box::new(&recorded), authenticated: true };
        assert_eq!(rest.query(&["q".to_owned()], Depth::Identity, None).expect_err("endless").kind, Kind::Unknown);
    }

    #[test]
    fn an_old_server_is_asked_again_without_requirements() {
        let refusal = text(400, "\"SUBMIT_REQUIREMENTS\" is not a valid value for \"-o\"\n");
        let recorded = Recorded::new([refusal, json(fixture!("query-none.json"))]);
        let rest = Rest { transport: Box::new(&recorded), authenticated: true };
        let (list, depth) = rest.query(&["q".to_owned()], Depth::Full, None).expect("changes");
        assert!(list.is_empty());
        assert_eq!(depth, Depth::FullLegacy);
    }

    #[test]
    fn long_lists_of_queries_are_parted() {
        let queries = vec!["x".repeat(2500); 5];
        assert_eq!(chunks(&queries).iter().map(|c| c.len()).collect::<Vec<_>>(), [2, 2, 1]);
        assert!(chunks(&[]).is_empty());
        assert_eq!(chunks(&["x".repeat(9000)]).len(), 1);
    }
}
