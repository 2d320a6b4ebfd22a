//! A server written by hand, so that it can be as wrong as real ones are.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::json;

use super::{Client, Limits, MAX_BODY, MAX_PAGE, Request, Response};
use crate::error::{Error, Kind, Result};
use crate::names::ServerUrl;
use crate::observe::{Observe, Working};
use crate::secret::{Credential, Role, Source};

/// Keeps what `--verbose` would show.
#[derive(Default)]
struct Traced(Mutex<Vec<String>>);

struct NoLine;

impl Working for NoLine {}

impl Observe for Traced {
    fn working(&self, _what: &str) -> Box<dyn Working> {
        Box::new(NoLine)
    }
    fn note(&self, _text: &str) {}
    fn warn(&self, _text: &str) {}
    fn trace(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn can_ask(&self) -> bool {
        false
    }
    fn confirm(&self, _question: &str, _flag: &str) -> Result<bool> {
        Err(Error::usage("nobody"))
    }
    fn choose(&self, _question: &str, _default: &[String], _flag: &str) -> Result<usize> {
        Err(Error::usage("nobody"))
    }
    fn ask(&self, _question: &str, _default: Option<&str>, _flag: &str) -> Result<String> {
        Err(Error::usage("nobody"))
    }
    fn ask_secret(&self, _question: &str, _flag: &str) -> Result<SecretString> {
        Err(Error::usage("nobody"))
    }
}

/// What a server received, one entry a request.
type Received = Arc<Mutex<Vec<String>>>;

/// Answers each connection by `answer`, which gets its number, counted from 0.
fn server(answer: impl Fn(usize, &mut TcpStream) + Send + 'static) -> (ServerUrl, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let received = Received::default();
    let record = Arc::clone(&received);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = request(&mut stream);
            record.lock().unwrap().push(request);
            answer(number, &mut stream);
        }
    });
    (url, received)
}

fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(got @ 1..) = stream.read(&mut chunk) {
        text.extend_from_slice(&chunk[..got]);
        let said = String::from_utf8_lossy(&text).to_lowercase();
        let Some((head, body)) = said.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |n| n.parse().unwrap()) {
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn says(text: &'static str) -> impl Fn(usize, &mut TcpStream) + Send + 'static {
    move |_, stream| drop(stream.write_all(text.as_bytes()))
}

fn credential(server: &ServerUrl) -> Credential {
    Credential::new(server, "alice", SecretString::from("s3cret"), Source::Environment)
}

/// Short enough for tests of silence, long enough for a busy machine to answer.
fn short() -> Limits {
    Limits::from_seconds("0.4").unwrap()
}

fn fails(server: &ServerUrl, request: &Request, limits: Limits) -> Error {
    let traced = Traced::default();
    let error = Client::new(&traced, limits).send(server, "", request, None).unwrap_err();
    assert_eq!(error.kind, Kind::Unknown, "{error:?}");
    assert!(!error.hints.is_empty());
    error
}

#[test]
fn a_request_arrives_as_it_was_meant_and_leaves_no_secret_behind() {
    let (url, received) = server(says(
        "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=UTF-8\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
    ));
    let based: ServerUrl = format!("{url}/r").parse().unwrap();
    let traced = Traced::default();
    let client = Client::new(&traced, Limits::default());
    let request = Request::post("changes/", json!({"a": 1})).param("q", "is:open a&b=c é").param("n", "");
    let answer = client.send(&based, "/a/", &request, Some(&credential(&url))).unwrap();
    assert!(answer.is_success() && answer.is_json() && !answer.is_html());
    assert_eq!((answer.content_type.as_str(), &*answer.text()), ("application/json", "{}"));

    let got = received.lock().unwrap().concat();
    assert!(got.starts_with("POST /r/a/changes/?q=is%3Aopen+a%26b%3Dc+%C3%A9&n= HTTP/1.1\r\n"), "{got}");
    let got = got.to_lowercase();
    // base64 of alice:s3cret, in lower case.
    assert!(got.contains("authorization: basic ywxpy2u6cznjcmv0\r\n"), "{got}");
    assert!(got.contains(concat!("user-agent: pyflow/", env!("CARGO_PKG_VERSION"), "\r\n")), "{got}");
    assert!(got.contains("content-type: application/json\r\n") && got.ends_with("{\"a\":1}"), "{got}");

    let told = traced.0.lock().unwrap().join("\n");
    assert!(told.starts_with("POST http://127.0.0.1:") && told.contains(" -> 200 application/json, 2 bytes"), "{told}");
    assert!(!told.contains("s3cret") && !told.contains("Basic"));

    let bearer = Credential::new(&url, "", SecretString::from("t0ken"), Source::Environment);
    client.send(&url, "", &Request::get("x"), Some(&bearer)).unwrap();
    assert!(received.lock().unwrap()[1].to_lowercase().contains("authorization: bearer t0ken\r\n"));
}

#[test]
fn a_credential_goes_to_its_own_server_only() {
    let (url, received) = server(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    let other = "https://review.example.org".parse().unwrap();
    let traced = Traced::default();
    let client = Client::new(&traced, short());
    let error = client.send(&url, "", &Request::get("x"), Some(&credential(&other))).unwrap_err();
    assert_eq!(error.kind, Kind::Credentials);
    assert!(received.lock().unwrap().is_empty());
}

#[test]
fn paths_stay_below_the_server() {
    let (url, received) = server(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    let traced = Traced::default();
    let client = Client::new(&traced, short());
    for path in ["../x", "a/%2e%2E/x", "a/..", "a?b", "a#b", "a\\..\\b"] {
        let error = client.send(&url, "a", &Request::get(path), None).unwrap_err();
        assert_eq!(error.kind, Kind::State, "{path}");
    }
    assert!(received.lock().unwrap().is_empty());
    let ssh = "ssh://review.example.org:29418".parse().unwrap();
    assert_eq!(client.send(&ssh, "", &Request::get("x"), None).unwrap_err().kind, Kind::State);
}

#[test]
fn an_unknown_name_is_told() {
    // RFC 6761, 6.4: this name never resolves. A proxy of the machine, or a lack of certificates,
    // may come before; then there is no answer either.
    let url = "https://review.invalid".parse().unwrap();
    let traced = Traced::default();
    let error = Client::new(&traced, Limits::default()).send(&url, "", &Request::get("x"), None).unwrap_err();
    let proxied =
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].iter().any(|v| std::env::var_os(v).is_some());
    if error.kind == Kind::Unknown && !proxied {
        assert!(error.message.ends_with("could not be reached: its name could not be resolved"), "{error:?}");
    }
}

#[test]
fn refused_connections_are_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url: ServerUrl = format!("http://127.0.0.1:{port}").parse().unwrap();
    let error = fails(&url, &Request::get("x"), Limits::default());
    assert_eq!(error.message, format!("review server {url} could not be reached: connection refused"));

    let traced = Traced::default();
    let gate = Client::new(&traced, Limits::default()).for_role(Role::Gate);
    let error = gate.send(&url, "", &Request::get("x"), None).unwrap_err();
    assert!(error.message.starts_with("gate http://"), "{error}");
    assert!(traced.0.lock().unwrap()[0].contains("connection refused"));
}

#[test]
fn silence_ends_with_the_limit() {
    let (url, _) = server(|_, _| thread::sleep(Duration::from_secs(20)));
    let started = Instant::now();
    let error = fails(&url, &Request::get("x"), short());
    assert!(error.message.ends_with("did not answer within 0.4 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_trickle_ends_with_the_limit_too() {
    let (url, _) = server(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"));
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let started = Instant::now();
    let error = fails(&url, &Request::get("x"), short());
    assert!(error.message.ends_with("did not answer within 0.4 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn answers_that_are_cut_are_no_answers() {
    let (url, _) =
        server(says("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":"));
    let error = fails(&url, &Request::get("x"), Limits::default());
    assert!(error.message.ends_with("cut the connection in the middle of its answer"), "{error}");
    for (text, told) in [
        ("", "closed the connection without an answer"),
        ("HTTP/1.1 200", "closed the connection without an answer"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "answered with something that is not HTTP"),
    ] {
        let (url, _) = server(says(text));
        let error = fails(&url, &Request::get("x"), Limits::default());
        assert!(error.message.ends_with(told), "{text:?}: {error}");
    }
}

#[test]
fn a_page_of_ten_megabytes_is_not_read_to_its_end() {
    for head in [
        "500 Oops\r\nContent-Type: text/html",
        "200 OK\r\nContent-Type: text/html",
        "502 Oops\r\nContent-Type: text/plain",
    ] {
        let (sent, rest) = std::sync::mpsc::channel();
        let (url, _) = server(move |_, stream| {
            drop(stream.write_all(format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", 10 << 20).as_bytes()));
            let page = vec![b'x'; 10 << 20];
            sent.send(stream.write_all(&page).is_ok()).unwrap();
        });
        let traced = Traced::default();
        let client = Client::new(&traced, Limits::default());
        let answer = client.send(&url, "", &Request::get("x"), None).unwrap();
        assert_eq!(answer.body.len(), MAX_PAGE);
        drop(client);
        assert!(!rest.recv().unwrap(), "the whole page was taken");
    }
}

#[test]
fn an_answer_without_end_is_no_answer() {
    let (url, _) = server(|_, stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"));
        let chunk = vec![b' '; 1 << 20];
        while stream.write_all(&chunk).is_ok() {}
    });
    let error = fails(&url, &Request::get("x"), Limits::default());
    assert!(error.message.contains(&format!("sent more than {} MiB", MAX_BODY >> 20)), "{error}");
}

#[test]
fn redirects_to_another_origin_carry_nothing_there() {
    for method in [Request::get("x"), Request::post("x", json!({"secret": 1})), Request::delete("x")] {
        let (elsewhere, arrived) = server(says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        // The same host with another port is another origin.
        let answer = format!("HTTP/1.1 307 Go\r\nLocation: {elsewhere}/steal\r\nContent-Length: 0\r\n\r\n");
        let (url, _) = server(move |_, stream| drop(stream.write_all(answer.as_bytes())));
        let traced = Traced::default();
        let client = Client::new(&traced, Limits::default());
        let error = client.send(&url, "", &method, Some(&credential(&url))).unwrap_err();
        assert_eq!(error.kind, Kind::Unknown);
        assert!(error.message.ends_with(&format!("redirects to {elsewhere}; nothing was sent there")), "{error}");
        assert!(arrived.lock().unwrap().is_empty());
    }
    for location in ["https://127.0.0.1/x", "//evil.example.org/", "ftp://x/", "javascript:alert(1)", "http://[::bad"] {
        let (url, received) = server(move |_, stream| {
            drop(write!(stream, "HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));
        });
        fails(&url, &Request::get("x"), Limits::default());
        assert_eq!(received.lock().unwrap().len(), 1);
    }
}

#[test]
fn redirects_on_the_same_server_are_followed_three_times_by_reads() {
    let hops = |hops: usize| {
        server(move |number, stream| {
            let text = if number < hops {
                format!("HTTP/1.1 302 Go\r\nLocation: /hop{number}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            } else {
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
                    .to_owned()
            };
            drop(stream.write_all(text.as_bytes()));
        })
    };
    let traced = Traced::default();
    let client = Client::new(&traced, Limits::default());
    let (url, received) = hops(3);
    assert_eq!(client.send(&url, "", &Request::get("x"), Some(&credential(&url))).unwrap().text(), "ok");
    assert_eq!(received.lock().unwrap().len(), 4);
    assert!(received.lock().unwrap()[3].starts_with("GET /hop2 "));

    let (url, received) = hops(100);
    let error = fails(&url, &Request::get("x"), Limits::default());
    assert!(error.message.ends_with("redirects in a circle"), "{error}");
    assert_eq!(received.lock().unwrap().len(), 4);

    let (url, received) = hops(1);
    fails(&url, &Request::put("x", json!({})), Limits::default());
    assert_eq!(received.lock().unwrap().len(), 1);
}

#[test]
fn a_certificate_that_nobody_signed_is_refused_in_plain_words() {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    drop(rustls::crypto::ring::default_provider().install_default());
    let certificate = CertificateDer::from_pem_slice(include_bytes!("../../fixtures/tls/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../fixtures/tls/key.pem")).unwrap();
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: ServerUrl = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&arrived);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = stream.unwrap();
            let mut words = [0; 100];
            if let Ok(got) = rustls::Stream::new(&mut connection, &mut stream).read(&mut words) {
                record.lock().unwrap().extend_from_slice(&words[..got]);
            }
        }
    });
    let traced = Traced::default();
    let client = Client::new(&traced, Limits::default());
    let error = client.send(&url, "", &Request::get("x"), Some(&credential(&url))).unwrap_err();
    if error.kind == Kind::State {
        // A machine without any certificates: refused before, which is as safe.
        assert!(error.hints[0].contains("SSL_CERT_FILE"));
    } else {
        assert_eq!(error.kind, Kind::Unknown);
        assert!(error.message.contains("could not be reached: its certificate is not trusted"), "{error}");
        assert!(error.hints[0].contains("SSL_CERT_FILE"));
    }
    assert!(arrived.lock().unwrap().is_empty());
}

#[test]
fn plain_http_on_an_https_port_is_told() {
    let (plain, received) = server(says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    let url: ServerUrl = plain.to_string().replace("http:", "https:").parse().unwrap();
    let traced = Traced::default();
    let error = Client::new(&traced, short()).send(&url, "", &Request::get("x"), Some(&credential(&url))).unwrap_err();
    assert!(matches!(error.kind, Kind::Unknown | Kind::State), "{error:?}");
    assert!(!received.lock().unwrap().concat().contains("uthorization"));
}

#[test]
fn limits_are_seconds() {
    assert_eq!(Limits::from_seconds("2").unwrap().connect, Duration::from_secs(2));
    assert_eq!(Limits::from_seconds("100").unwrap().connect, Duration::from_secs(10));
    for bad in ["", "0", "-1", "x", "nan", "inf", "1e99"] {
        assert_eq!(Limits::from_seconds(bad).unwrap_err().kind, Kind::Usage, "{bad}");
    }
}

fn answered(content_type: &str, body: &[u8]) -> Response {
    Response { status: 400, content_type: content_type.to_owned(), body: body.to_vec() }
}

#[test]
fn what_a_server_says_is_quoted_in_one_line() {
    let line = |kind, body: &[u8]| answered(kind, body).first_line();
    assert_eq!(line("text/plain", b"\n  no \x1b[31msuch\x07 change \nmore"), Some("no [31msuch change".to_owned()));
    assert_eq!(line("text/html", b"<h1>no</h1>"), None);
    assert_eq!(line("text/plain", b"  <!DOCTYPE html>"), None);
    assert_eq!(line("text/plain", b" \n"), None);
    assert_eq!(line("", &vec![b'x'; 1000]).unwrap().chars().count(), 301);
    assert_eq!(line("", b"\xff!"), Some("\u{fffd}!".to_owned()));
}

proptest! {
    #[test]
    fn no_answer_makes_the_quotation_panic_or_unsafe(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Some(line) = answered("text/plain", &body).first_line() {
            prop_assert!(!line.chars().any(|c| c.is_control() || crate::names::is_invisible(c)));
        }
    }
}
