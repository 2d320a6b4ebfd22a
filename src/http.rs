//! HTTP for every room that talks to a server: one client, its limits, and its errors.
//!
//! It knows no server's dialect: paths, JSON prefixes and status meanings belong to the adapters.
//! An answer of any status is an answer ([`Response`]); an error here means that there is none, or
//! none that can be read, and is always of kind `unknown`: never a yes, never a no.

use std::error::Error as StdError;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::blocking as net;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::error::{Context as _, Error, Result};
use crate::names::{Scheme, ServerUrl, is_invisible};
use crate::observe::Observe;
use crate::secret::{Credential, Held, Role};

/// What is asked of a server, as data: a plan shows it and the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Verb.
    pub method: Method,
    /// Path below the server's URL, encoded, without a leading slash.
    pub path: String,
    /// Query parameters, not encoded yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
}

/// The verbs in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something.
    Post,
    /// Sets something.
    Put,
    /// Removes something.
    Delete,
}

impl Method {
    /// As it is written in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl Request {
    /// A read of `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), query: Vec::new(), body: None }
    }

    /// A POST of JSON.
    pub fn post(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { method: Method::Post, path: path.into(), query: Vec::new(), body: Some(body) }
    }

    /// A PUT of JSON.
    pub fn put(path: impl Into<String>, body: serde_json::Value) -> Self {
        Self { method: Method::Put, path: path.into(), query: Vec::new(), body: Some(body) }
    }

    /// A DELETE.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::Delete, path: path.into(), query: Vec::new(), body: None }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Media type without parameters, lowercase; empty where the server named none.
    pub content_type: String,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// The largest answer that is read; anything longer is nonsense for the calls that pyflow makes.
pub const MAX_BODY: usize = 32 << 20;

/// How much is read of an answer that only its first line matters of: an error's text, or a page
/// for people. The rest stays unread and the connection is closed.
const MAX_PAGE: usize = 64 << 10;

/// The longest piece of a server's words that an error message quotes, in characters.
const MAX_QUOTE: usize = 300;

impl Response {
    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether the server calls its answer JSON.
    pub fn is_json(&self) -> bool {
        self.content_type == "application/json" || self.content_type.ends_with("+json")
    }

    /// Whether the server sent a page for people.
    pub fn is_html(&self) -> bool {
        matches!(self.content_type.as_str(), "text/html" | "application/xhtml+xml")
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The first line of what the server said, for an error message: no control or invisible
    /// characters, at most 300 characters. `None` for HTML and for an empty body.
    pub fn first_line(&self) -> Option<String> {
        let start = &self.body[..self.body.len().min(MAX_PAGE)];
        let text = String::from_utf8_lossy(start);
        if self.is_html() || text.trim_start().starts_with('<') {
            return None;
        }
        let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
        let visible: String = line.chars().filter(|&c| !c.is_control() && !is_invisible(c)).collect();
        match visible.char_indices().nth(MAX_QUOTE) {
            Some((end, _)) => Some(format!("{}…", &visible[..end])),
            None => Some(visible).filter(|line| !line.is_empty()),
        }
    }
}

/// How long a server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first packet to an open connection.
    pub connect: Duration,
    /// From the request to the last byte of the answer.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Three SYN retransmissions (1, 2 and 4 s) fit; a host that is silent for longer is down.
            connect: Duration::from_secs(10),
            // The slowest calls in use (a Gerrit query with submit requirements on a cold cache)
            // take a few seconds; a person waits half a minute before the network is suspected.
            total: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// The limits that `PYFLOW_HTTP_TIMEOUT` asks for: a number of seconds, fractions allowed, for
    /// the whole request. Anything else is an error of kind `usage`.
    pub fn from_seconds(text: &str) -> Result<Self> {
        let total = text.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        match total {
            // A year: a clock that it is added to stays a clock.
            Some(total) if !total.is_zero() && total.as_secs() <= 366 * 24 * 3600 => {
                Ok(Self { connect: Self::default().connect.min(total), total })
            }
            _ => {
                Err(Error::usage(format!("PYFLOW_HTTP_TIMEOUT is `{}`, which is not a number of seconds", text.trim())))
            }
        }
    }
}

/// Speaks to servers over HTTP. Making one costs nothing; what it needs is built with the first
/// request and shared by its clones. It must not be used inside an async runtime.
#[derive(Clone)]
pub struct Client<'a> {
    observe: &'a dyn Observe,
    limits: Limits,
    role: Role,
    plain: Arc<OnceLock<net::Client>>,
    tls: Arc<OnceLock<net::Client>>,
    /// Held while one is built: the first requests run at the same time.
    building: Arc<Mutex<()>>,
}

/// Redirects that a GET follows on its own server. Gerrit and the forges need one (a moved
/// project, a trailing slash); more is a loop.
const MAX_REDIRECTS: usize = 3;

impl<'a> Client<'a> {
    /// A client; nothing is built and nothing sent yet. Its messages call the other side "review
    /// server" until [`Self::for_role`] says something else.
    pub fn new(observe: &'a dyn Observe, limits: Limits) -> Self {
        Self {
            observe,
            limits,
            role: Role::Review,
            plain: Arc::default(),
            tls: Arc::default(),
            building: Arc::default(),
        }
    }

    /// The same client for messages about another role's server.
    #[must_use]
    pub fn for_role(&self, role: Role) -> Self {
        Self { role, ..self.clone() }
    }

    /// Sends `request` to the path `prefix` below `server` and reads the answer, whatever its
    /// status.
    ///
    /// The credential goes out as Basic (RFC 7617), or as Bearer (RFC 6750) where its user name is
    /// empty; one that is bound to another server is not sent: that is an error of kind
    /// `credentials`. A GET follows up to three redirects on the same origin; a redirect to another
    /// origin is an error, and nothing is sent there. Every failure to get an answer is an error of
    /// kind `unknown`.
    pub fn send(
        &self,
        server: &ServerUrl,
        prefix: &str,
        request: &Request,
        credential: Option<&Credential>,
    ) -> Result<Response> {
        if let Some(credential) = credential
            && !credential.is_for(server)
        {
            return Err(Error::credentials(format!("the credential is for {}, not for {server}", credential.origin()))
                .hint("`pyflow auth login` stores one for this server"));
        }
        let client = self.client(server)?;
        let deadline = Instant::now() + self.limits.total;
        let mut url = address(server, prefix, request)?;
        for _ in 0..=MAX_REDIRECTS {
            let started = Instant::now();
            let outcome = self.once(client, server, &url, request, credential, deadline);
            let took = started.elapsed().as_millis();
            let method = request.method.as_str();
            match &outcome {
                Ok((answer, _)) => self.observe.trace(&format!(
                    "{method} {url} -> {} {}, {} bytes, {took} ms",
                    answer.status,
                    if answer.content_type.is_empty() { "(no type)" } else { &answer.content_type },
                    answer.body.len(),
                )),
                Err(error) => self.observe.trace(&format!("{method} {url} -> {error}, {took} ms")),
            }
            let (answer, location) = outcome?;
            match location {
                Some(location) => url = self.redirected(server, request, &url, &location)?,
                None => return Ok(answer),
            }
        }
        Err(self.nonsense(server, "redirects in a circle").hint(CHECK_URL))
    }

    /// The same as whoever this credential belongs to, or as nobody. Where the server refuses one
    /// that git's helper filled, another takes its place, once; nothing was done for somebody whom
    /// the server does not know, so that it can be asked again.
    pub fn send_as(&self, server: &ServerUrl, prefix: &str, request: &Request, held: &Held<'_>) -> Result<Response> {
        let credential = held.current();
        let response = self.send(server, prefix, request, credential)?;
        match credential.filter(|_| response.status == 401).and_then(|refused| held.instead_of(refused)) {
            Some(other) => self.send(server, prefix, request, Some(other)),
            None => Ok(response),
        }
    }

    /// What the other side is to the project.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The client for this server's scheme, built when it is first needed.
    fn client(&self, server: &ServerUrl) -> Result<&net::Client> {
        let cell = match server.scheme() {
            Scheme::Https => &self.tls,
            Scheme::Http => &self.plain,
            Scheme::Ssh => {
                return Err(Error::state(format!("{server} is an ssh address, and this needs http"))
                    .hint("set `review.url` to the server's https address"));
            }
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        // It guards nothing that a panic could leave half done.
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        // The provider is process-wide, and even a plain client panics without one. Somebody
        // else having installed it first is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = net::Client::builder()
            .connect_timeout(self.limits.connect)
            .timeout(self.limits.total)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("pyflow/", env!("CARGO_PKG_VERSION")));
        let builder = match server.scheme() {
            Scheme::Https => builder.https_only(true),
            // Plain http is for this machine alone: no proxy may see it, and reading the system's
            // certificates would be most of the time that the client takes to build.
            Scheme::Http | Scheme::Ssh => builder.no_proxy().tls_certs_only(std::iter::empty()),
        };
        let client = builder.build().or_error(|| {
            Error::state("HTTP could not be set up")
                .hint("the system's certificates could not be read; SSL_CERT_FILE names a file with others")
        })?;
        Ok(cell.get_or_init(|| client))
    }

    /// One request and its answer, or the address that it points to instead.
    fn once(
        &self,
        client: &net::Client,
        server: &ServerUrl,
        url: &Url,
        request: &Request,
        credential: Option<&Credential>,
        deadline: Instant,
    ) -> Result<(Response, Option<String>)> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = client
            .request(method, url.clone())
            .timeout(deadline.saturating_duration_since(Instant::now()))
            .header(reqwest::header::ACCEPT, "application/json");
        if let Some(credential) = credential {
            let secret = credential.secret.expose_secret();
            builder = match credential.user.as_str() {
                "" => builder.bearer_auth(secret),
                user => builder.basic_auth(user, Some(secret)),
            };
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let mut answer = builder.send().map_err(|e| self.unreachable(server, &e))?;

        let header = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let kind = header(reqwest::header::CONTENT_TYPE).unwrap_or_default();
        let location = header(reqwest::header::LOCATION).filter(|_| answer.status().is_redirection());
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let mut response = Response {
            status: answer.status().as_u16(),
            content_type: kind
                .chars()
                .filter(char::is_ascii_graphic)
                .take(100)
                .collect::<String>()
                .to_ascii_lowercase(),
            body: Vec::new(),
        };
        if location.is_none() {
            let whole = response.is_success() && !response.is_html();
            self.read(
                server,
                &mut answer,
                if whole { MAX_BODY } else { MAX_PAGE },
                whole,
                deadline,
                &mut response.body,
            )?;
        }
        Ok((response, location))
    }

    /// Reads at most `most` bytes; more is an error where the whole answer is wanted.
    fn read(
        &self,
        server: &ServerUrl,
        from: &mut net::Response,
        most: usize,
        whole: bool,
        deadline: Instant,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        let mut chunk = [0; 16 << 10];
        loop {
            // The library's own limit starts anew with each read; a server that trickles would
            // never meet it.
            if Instant::now() >= deadline {
                return Err(self.late(server));
            }
            let got = match from.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(got) => got,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if is_timeout(&e) => return Err(self.late(server)),
                Err(e) => {
                    return Err(self
                        .nonsense(server, "cut the connection in the middle of its answer")
                        .because(e)
                        .hint(TRY_AGAIN));
                }
            };
            let room = most - into.len();
            into.extend_from_slice(&chunk[..got.min(room)]);
            if got > room {
                if whole {
                    let told = format!("sent more than {} MiB, which is not an answer to this", MAX_BODY >> 20);
                    return Err(self.nonsense(server, &told).hint(CHECK_URL));
                }
                return Ok(());
            }
        }
    }

    /// Where a redirect leads, if that is the same server.
    fn redirected(&self, server: &ServerUrl, request: &Request, from: &Url, location: &str) -> Result<Url> {
        let Ok(mut url) = from.join(location) else {
            return Err(self.nonsense(server, "redirects to something that is not a URL").hint(CHECK_URL));
        };
        if url.origin() != from.origin() {
            let place = url.origin();
            let place = if place.is_tuple() { place.ascii_serialization() } else { format!("{}:", url.scheme()) };
            return Err(self
                .nonsense(server, &format!("redirects to {place}; nothing was sent there"))
                .hint(CHECK_URL));
        }
        if request.method != Method::Get {
            let told = format!("answered a {} with a redirect, which is not followed", request.method.as_str());
            return Err(self.nonsense(server, &told).hint(CHECK_URL));
        }
        // A user name in the address would become a credential that nobody chose.
        let cleared = url.set_username("").is_ok() && url.set_password(None).is_ok();
        url.set_fragment(None);
        if cleared { Ok(url) } else { Err(self.nonsense(server, "redirects to something that is not a URL")) }
    }

    fn called(&self, server: &ServerUrl) -> String {
        format!("{} {server}", self.role.label())
    }

    fn nonsense(&self, server: &ServerUrl, told: &str) -> Error {
        Error::unknown(format!("{} {told}", self.called(server)))
    }

    fn late(&self, server: &ServerUrl) -> Error {
        self.nonsense(server, &format!("did not answer within {} s", self.limits.total.as_secs_f32())).hint(TRY_AGAIN)
    }

    /// What kept an answer from arriving, in words.
    fn unreachable(&self, server: &ServerUrl, error: &reqwest::Error) -> Error {
        let lost = |why: &str| Error::unknown(format!("{} could not be reached: {why}", self.called(server)));
        let words = chain_words(error);
        if let Some(tls) = find::<rustls::Error>(error) {
            return match tls {
                rustls::Error::InvalidCertificate(why) => {
                    lost(&format!("its certificate is not trusted ({})", certificate_words(why))).hint(
                        "where the server has a certificate of its own authority, SSL_CERT_FILE names the file that holds it",
                    )
                }
                other => lost(&format!("no secure connection ({other})"))
                    .hint("check the URL: is this port one that speaks https?"),
            };
        }
        if words.contains("tunnel") {
            return lost("the proxy did not let it through").because(anyhow::anyhow!(words)).hint(
                "the proxy comes from HTTPS_PROXY, or from the system's settings; NO_PROXY names hosts without one",
            );
        }
        if words.contains("dns error") {
            return lost("its name could not be resolved")
                .hint(format!("is `{}` right, and is the network up?", server.host()));
        }
        if let Some(io) = find::<io::Error>(error) {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => {
                    return lost("connection refused").hint("is the server running, and is the port right?");
                }
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
                    return lost("no route to it").hint("is the network up?");
                }
                _ => {}
            }
        }
        if error.is_timeout() {
            return if error.is_connect() {
                lost(&format!("no connection within {} s", self.limits.connect.as_secs_f32())).hint(TRY_AGAIN)
            } else {
                self.late(server)
            };
        }
        if error.is_connect() {
            return lost("the connection failed").because(anyhow::anyhow!(words)).hint(TRY_AGAIN);
        }
        if words.contains("invalid HTTP") {
            return self
                .nonsense(server, "answered with something that is not HTTP")
                .because(anyhow::anyhow!(words))
                .hint("check the URL: is this port one that speaks http?");
        }
        self.nonsense(server, "closed the connection without an answer").because(anyhow::anyhow!(words)).hint(TRY_AGAIN)
    }
}

const TRY_AGAIN: &str = "try again; what has arrived is not lost: `pyflow status` shows it";
const CHECK_URL: &str = "check the URL in .reviewconf; `pyflow setup --check` tries it";

/// The whole address of a request.
fn address(server: &ServerUrl, prefix: &str, request: &Request) -> Result<Url> {
    let base = match prefix.trim_matches('/') {
        "" => request.path.trim_start_matches('/').to_owned(),
        prefix => format!("{prefix}/{}", request.path.trim_start_matches('/')),
    };
    let wrong = || Error::state(format!("`{base}` is not a path on {server}"));
    // The parser would resolve these, and the request would leave the server's own folder.
    let climbs = |part: &str| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if base.split(['/', '\\']).any(climbs) || base.contains(['?', '#']) {
        return Err(wrong());
    }
    let mut url = Url::parse(&server.join(&base)).or_error(wrong)?;
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

/// The first error of type `T` below `error`, looking into the errors that I/O errors carry, which
/// their own `source` skips.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    if let Some(found) = error.downcast_ref::<T>()
        && !is_wrapper(error)
    {
        return Some(found);
    }
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return find(inner);
    }
    find(error.source()?)
}

/// Whether this is an I/O error that only carries another error.
fn is_wrapper(error: &(dyn StdError + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|io| io.get_ref().is_some())
}

fn is_timeout(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
        || error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>()).is_some_and(reqwest::Error::is_timeout)
}

/// What an error and the errors below it say, without addresses.
fn chain_words(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        words.push(error.to_string());
        next = error.source();
    }
    words.dedup();
    words.join(": ")
}

fn certificate_words(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError as E;
    match why {
        E::UnknownIssuer => "its issuer is unknown to this system".to_owned(),
        E::Expired | E::ExpiredContext { .. } => "it has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is for another name".to_owned(),
        E::Revoked => "it was revoked".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
