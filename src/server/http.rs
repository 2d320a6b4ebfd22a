//! HTTP: who asks, which room answers, how big a request may be.
//!
//! Git's three addresses go to `upload` and `receive`, `api/` to `zuul`, pages to `page`, the rest to `rest`. Paths are taken apart
//! here and by hand: project names hold slashes, and Gerrit treats `%2F` and `~` in its own way.

use std::future::poll_fn;
use std::io::{Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::ListenerExt;
use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use futures_core::Stream;
use tempfile::SpooledTempFile;
use tokio::net::TcpListener;

use super::Server;
use super::accounts::Account;
use super::store::Project;
use crate::error::{Context, Error, Result};

/// Pushes up to this size stay in memory.
const SPOOL: usize = 1024 * 1024;
/// The largest REST body: a review with some hundred comments.
const MAX_REST: u64 = 4 * 1024 * 1024;
/// The largest request for a fetch: haves of a large repository.
const MAX_FETCH: u64 = 32 * 1024 * 1024;
/// Credentials with and without padding: clients differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);
/// How long a client may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(60);

/// Answers requests until a signal comes.
pub(super) async fn run(listener: TcpListener, server: Arc<Server>, grace: Duration) -> Result<()> {
    let router = Router::new().fallback(handle).with_state(server);
    let listener = listener.tap_io(|stream| {
        let _best_effort = stream.set_nodelay(true);
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        signal().await;
        let _receiver_may_be_gone = stop.send(());
    });
    let deadline = async move {
        let _sent_or_dropped = stopped.await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        result = serving => result.or_error(|| Error::state("the server stopped")),
        () = deadline => Ok(()),
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    let _waited = tokio::signal::ctrl_c().await;
}

/// A text answer.
pub(super) fn text(status: StatusCode, words: impl Into<String>) -> Response {
    let mut words = words.into();
    words.push('\n');
    with_type(status, "text/plain;charset=utf-8", words)
}

/// An answer of some type.
pub(super) fn with_type(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("deny"));
    response
}

pub(super) fn unauthorized() -> Response {
    let mut response = with_type(StatusCode::UNAUTHORIZED, "text/plain;charset=iso-8859-1", "Unauthorized");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Gerrit Code Review\""));
    response
}

/// What a request says about who sends it.
enum Login {
    Nobody,
    Bad,
    Is(Box<Account>),
}

impl Login {
    fn account(self) -> Option<Account> {
        match self {
            Self::Is(account) => Some(*account),
            Self::Nobody | Self::Bad => None,
        }
    }
}

fn login(server: &Server, headers: &HeaderMap) -> Login {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Login::Nobody };
    let credentials = value
        .to_str()
        .ok()
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, code)| BASE64.decode(code.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((name, token)) = credentials.as_deref().and_then(|c| c.split_once(':')) else { return Login::Bad };
    server.accounts.read().authenticate(name, token).map_or(Login::Bad, |account| Login::Is(Box::new(account.clone())))
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    if let Some(refusal) = foreign(&server, request.headers()) {
        return refusal;
    }
    let path = request.uri().path().to_owned();
    let Some(path) = path.strip_prefix(&server.prefix).filter(|p| p.starts_with('/')) else {
        return text(StatusCode::NOT_FOUND, "Not Found");
    };
    let (path, forced) = path.strip_prefix("/a/").map_or((&path[1..], false), |rest| (rest, true));
    let login = login(&server, request.headers());
    if forced && !matches!(login, Login::Is(_)) {
        return unauthorized();
    }
    for (ending, service) in [
        ("/info/refs", Service::Advertise),
        ("/git-upload-pack", Service::Upload),
        ("/git-receive-pack", Service::Receive),
    ] {
        if let Some(project) = path.strip_suffix(ending) {
            return git(server, request, project.to_owned(), service, login).await;
        }
    }
    if let Some(rest) = path.strip_prefix("api/").filter(|_| !forced) {
        let rest = rest.to_owned();
        return blocking(server, request, move |server, parts, body| super::zuul::answer(server, parts, &rest, body))
            .await;
    }
    if super::page::is_page(path) {
        let account = if forced { login.account() } else { bearer(&server, request.headers()) };
        let path = path.to_owned();
        return blocking(server, request, move |server, parts, _| {
            super::page::answer(server, parts, &path, forced, account.as_ref())
        })
        .await;
    }
    // Seen on Gerrit 3.13: without /a/ REST takes no notice of credentials.
    let account = if forced { login.account() } else { None };
    rest(server, request, path.to_owned(), account).await
}

/// Refuses what was meant for another host (DNS rebinding), or comes from a page of another one.
fn foreign(server: &Server, headers: &HeaderMap) -> Option<Response> {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if !server.hosts.iter().any(|h| h.eq_ignore_ascii_case(host)) {
        return Some(text(StatusCode::MISDIRECTED_REQUEST, "This server does not answer for that host"));
    }
    let origin = headers.get(header::ORIGIN)?.to_str().unwrap_or_default();
    let ours = origin
        .split_once("://")
        .is_some_and(|(_, authority)| server.hosts.iter().any(|h| h.eq_ignore_ascii_case(authority)));
    if ours { None } else { Some(text(StatusCode::FORBIDDEN, "Requests from other sites are not allowed")) }
}

/// Reads a body to a file or to memory; `None` where it is larger than allowed or breaks off.
async fn spool(body: Body, limit: u64) -> Option<SpooledTempFile> {
    let mut stream = body.into_data_stream();
    let mut file = tempfile::spooled_tempfile(SPOOL);
    let mut size = 0_u64;
    loop {
        let next = poll_fn(|context| Pin::new(&mut stream).poll_next(context));
        match tokio::time::timeout(SILENCE, next).await.ok()? {
            None => break,
            Some(chunk) => {
                let chunk = chunk.ok()?;
                size += chunk.len() as u64;
                if size > limit {
                    return None;
                }
                file.write_all(&chunk).ok()?;
            }
        }
    }
    file.seek(SeekFrom::Start(0)).ok()?;
    Some(file)
}

const TOO_LARGE: &str = "The request is too large, or broke off";

/// Whose token a client of the gate shows, who reads logs and pages with it as well.
fn bearer(server: &Server, headers: &HeaderMap) -> Option<Account> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    server.accounts.read().by_token(token.trim()).cloned()
}

async fn rest(server: Arc<Server>, request: Request, path: String, account: Option<Account>) -> Response {
    blocking(server, request, move |server, parts, body| {
        super::rest::answer(server, parts, &path, account.as_ref(), body)
    })
    .await
}

/// Reads the body, and lets a thread of its own answer.
async fn blocking(
    server: Arc<Server>,
    request: Request,
    respond: impl FnOnce(&Server, &Parts, &[u8]) -> Response + Send + 'static,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some(mut body) = spool(body, MAX_REST).await else { return text(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE) };
    let answer = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let _all_in_memory = body.read_to_end(&mut bytes);
        respond(&server, &parts, &bytes)
    });
    answer.await.unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Advertise,
    Upload,
    Receive,
}

/// `ERR` in the advertisement with status 403: git hides it over HTTP, clients of ours ask for it.
fn refused(service: &str, words: &str) -> Response {
    let mut out = Vec::new();
    super::pktline::line(&mut out, format!("# service={service}\n").as_bytes());
    super::pktline::flush(&mut out);
    super::pktline::line(&mut out, format!("ERR {words}").as_bytes());
    let content_type = if service == "git-receive-pack" {
        "application/x-git-receive-pack-advertisement"
    } else {
        "application/x-git-upload-pack-advertisement"
    };
    with_type(StatusCode::FORBIDDEN, content_type, out)
}

async fn git(server: Arc<Server>, request: Request, project: String, service: Service, login: Login) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let name = match service {
        Service::Advertise if query.split('&').any(|q| q == "service=git-receive-pack") => "git-receive-pack",
        Service::Advertise if query.split('&').any(|q| q == "service=git-upload-pack") => "git-upload-pack",
        Service::Advertise => return text(StatusCode::FORBIDDEN, "Only smart HTTP is spoken here"),
        Service::Upload => "git-upload-pack",
        Service::Receive => "git-receive-pack",
    };
    if matches!(login, Login::Bad) {
        return unauthorized();
    }
    let account = login.account();
    let Ok(decoded) = percent_encoding::percent_decode_str(&project).decode_utf8() else {
        return text(StatusCode::NOT_FOUND, "Not Found");
    };
    let project_name = decoded.strip_suffix(".git").unwrap_or(&decoded).to_owned();
    let project = server.store.project(&project_name).filter(|p| server.sees(account.as_ref(), p)).cloned();
    if account.is_none() && (name == "git-receive-pack" || project.is_none()) {
        return unauthorized();
    }
    let Some(project) = project else { return refused(name, &format!("{project_name} unavailable")) };
    if name == "git-receive-pack" {
        let Some(account) = account else { return unauthorized() };
        if let Some(words) = may_not_push(&server, &project, &account) {
            return refused(name, &words);
        }
        return push(server, request, project, account, service).await;
    }
    fetch(server, request, project, service).await
}

/// Why this account can push nothing at all here, in Gerrit's words.
pub(super) fn may_not_push(server: &Server, project: &Project, account: &Account) -> Option<String> {
    if project.settings.closed_for_review {
        return Some(format!("\nUpload denied for project '{}'", project.name));
    }
    let agreement = project.settings.contributor_agreement.as_ref()?;
    if account.agreements.contains(agreement) {
        return None;
    }
    Some(format!(
        "\nNo Contributor Agreement on file for user {} (id={}){}settings#Agreements",
        account.name_email(),
        account.id,
        server.base_url
    ))
}

async fn push(
    server: Arc<Server>,
    request: Request,
    project: Arc<Project>,
    account: Account,
    service: Service,
) -> Response {
    let failed = |_| text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    if service == Service::Advertise {
        let answer = tokio::task::spawn_blocking(move || super::receive::advertise(&server, &project, &account));
        return match answer.await {
            Ok(Ok(bytes)) => with_type(StatusCode::OK, "application/x-git-receive-pack-advertisement", bytes),
            _ => text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
        };
    }
    let zipped = is_zipped(request.headers());
    // The pack's own limit, and room for the commands before it.
    let limit = server.settings.receive.max_pack + MAX_REST;
    let Some(body) = spool(request.into_body(), limit).await else {
        return text(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE);
    };
    let answer = tokio::task::spawn_blocking(move || {
        let bytes = if zipped {
            super::receive::receive(&server, &project, &account, &mut flate2::read::GzDecoder::new(body).take(limit))
        } else {
            let mut body = body;
            super::receive::receive(&server, &project, &account, &mut body)
        };
        with_type(StatusCode::OK, "application/x-git-receive-pack-result", bytes)
    });
    answer.await.unwrap_or_else(failed)
}

fn is_zipped(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"gzip") || v == "x-gzip")
}

async fn fetch(server: Arc<Server>, request: Request, project: Arc<Project>, service: Service) -> Response {
    let protocol = request.headers().get("git-protocol").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let zipped = is_zipped(request.headers());
    let mut body = None;
    if service == Service::Upload {
        let Some(file) = spool(request.into_body(), MAX_FETCH).await else {
            return text(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE);
        };
        let mut bytes = Vec::new();
        let read = if zipped {
            flate2::read::GzDecoder::new(file).take(MAX_FETCH).read_to_end(&mut bytes)
        } else {
            let mut file = file;
            file.read_to_end(&mut bytes)
        };
        if read.is_err() {
            return text(StatusCode::BAD_REQUEST, "The request cannot be unpacked");
        }
        body = Some(bytes);
    }
    match super::upload::start(&server.store.git, &project, protocol.as_deref(), body) {
        Ok(output) => {
            let content_type = if service == Service::Upload {
                "application/x-git-upload-pack-result"
            } else {
                "application/x-git-upload-pack-advertisement"
            };
            with_type(StatusCode::OK, content_type, Body::from_stream(output))
        }
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error"),
    }
}
