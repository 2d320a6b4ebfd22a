//! Servers that fail: at every phase of a submit, in every way that real ones do. The exit code is
//! the documented one, nothing changes here, the credentials go nowhere else, and the next submit
//! does what this one could not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::kill::actions;
use crate::sandbox::proxy::{Asked, Fault, Proxy};
use crate::sandbox::{Clone, Random, Run, World, server, soak};

/// What a submit asks a server for, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Identity,
    Locate,
    Fetch,
    /// Before the commits are on their way.
    PushBegins,
    /// The commits are on their way.
    Push,
    Settle,
}

impl Phase {
    fn is(self, asked: &Asked, pushed: bool) -> bool {
        let path = asked.path.as_str();
        let query = path.starts_with("/a/changes/") && asked.method == "GET";
        match self {
            Self::Identity => path == "/a/accounts/self",
            Self::Locate => query && !pushed,
            Self::Fetch => path.ends_with("git-upload-pack"),
            Self::PushBegins => path.ends_with("service=git-receive-pack"),
            Self::Push => path.ends_with("/git-receive-pack"),
            Self::Settle => query && pushed,
        }
    }
}

/// The fault in this phase, at every request of it.
fn in_phase(phase: Phase, fault: Fault) -> impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static {
    let pushed = AtomicBool::new(false);
    move |asked| {
        let hit = phase.is(asked, pushed.load(Ordering::SeqCst));
        pushed.fetch_or(Phase::Push.is(asked, false), Ordering::SeqCst);
        hit.then(|| fault.clone())
    }
}

/// A fault, and the exit codes: where Gerrit's REST answers so, and where git's HTTP does.
struct Case {
    name: &'static str,
    fault: Fault,
    rest: i32,
    git: i32,
}

const PAGE: &str = "<html><head><title>Sorry</title></head><body>Something is wrong</body></html>";

fn cases(elsewhere: &str) -> Vec<Case> {
    let case = |name, fault, rest, git| Case { name, fault, rest, git };
    let page = |status| Fault::answer(status, "text/html; charset=utf-8", PAGE);
    let words = |status, text: &str| Fault::answer(status, "text/plain; charset=utf-8", text);
    let json = |text: &str| Fault::answer(200, "application/json; charset=utf-8", text);
    vec![
        case("drop", Fault::Drop, 5, 5),
        case("cut", Fault::CutAnswer, 5, 5),
        case("hang", Fault::Hang, 5, 5),
        case("garbage", Fault::Answer(b"SSH-2.0-OpenSSH_9.2\r\n\0\0\0".to_vec()), 5, 5),
        case("401", words(401, "Unauthorized"), 7, 7),
        case("403", words(403, "not permitted here"), 4, 4),
        case("404", words(404, "Not found: here"), 4, 4),
        case("409", words(409, "it is in conflict"), 4, 4),
        case("500", words(500, "Internal server error"), 5, 5),
        case("503, page", page(503), 5, 5),
        case("429", words(429, "slow down"), 5, 5),
        case("page", page(200), 5, 5),
        case("403, page", page(403), 5, 4),
        case("404, page", page(404), 5, 4),
        case("elsewhere", Fault::redirect(elsewhere), 5, 5),
        case("large page", Fault::answer(200, "text/html", "<p>".repeat(10 << 18)), 5, 5),
        case("large JSON", json(&format!(")]}}'\n[{}1]", "1,".repeat(5 << 20))), 5, 5),
        case("large error", words(500, &"no ".repeat(10 << 18)), 5, 5),
        case("number", json(")]}'\n7"), 5, 5),
        case("wrong types", json(")]}'\n{\"_number\": \"one\", \"name\": [], \"_account_id\": {}}"), 5, 5),
        case("wrong types, list", json(")]}'\n[{\"_number\": \"one\", \"project\": 7, \"revisions\": []}]"), 5, 5),
        case("truncated JSON", json(")]}'\n[{\"_number\": 1, \"project\": "), 5, 5),
        case("not UTF-8", Fault::answer(200, "application/json", b")]}'\n[\"\xff\xfe\"]"), 5, 5),
        case("deep JSON", json(&format!(")]}}'\n{}", "[".repeat(1 << 20))), 5, 5),
    ]
}

/// Another host. It keeps what it is sent.
struct Elsewhere {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/somewhere", listener.local_addr().expect("an address"));
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let record = Arc::clone(&heard);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut bytes = [0; 4096];
                let got = stream.read(&mut bytes).unwrap_or(0);
                record.lock().expect("no panic").push(String::from_utf8_lossy(&bytes[..got]).into_owned());
                let answer = "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self { url, heard }
    }

    #[track_caller]
    fn heard_no_secret(&self, told: &str) {
        for request in &*self.heard.lock().expect("no panic") {
            assert!(!request.to_lowercase().contains("authorization"), "{told}: {request}");
        }
    }
}

/// One run with little patience, whose output is searched for secrets.
#[track_caller]
fn impatient<'w>(clone: &Clone<'w>, words: &str, told: &str) -> Run<'w> {
    let run = clone.pyflow_with(words, |command| {
        command.env("PYFLOW_HTTP_TIMEOUT", "1");
    });
    let said = format!("{}{}", run.stdout, run.stderr);
    // `alice:alice-pw` in base64, without what the padding changes.
    for secret in [server::password("alice").as_str(), "YWxpY2U6YWxpY2Ut"] {
        assert!(!said.contains(secret), "{told}: a secret is told:\n{said}");
    }
    assert!(!said.contains("panicked") && !said.to_lowercase().contains("<html"), "{told}:\n{said}");
    assert!(said.len() < 20_000, "{told}: {} bytes are said", said.len());
    run
}

#[track_caller]
fn fails(run: &Run<'_>, code: i32, told: &str) {
    assert_eq!(run.code, Some(code), "{told}:\n{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("error: ") && run.stderr.contains("hint: "), "{told}: no hint\n{}", run.stderr);
}

/// Faults before anything has reached the server. The answer is what a person reads, by fault.
fn before_anything_arrives(phase: Phase) -> String {
    let world = World::embedded();
    let project = world.project();
    let (proxy, elsewhere) = (Proxy::to(&world), Elsewhere::new());
    let clone = world.user("alice").clone(&project);
    proxy.stand_before(&clone);
    clone.commit("Fix the parser");
    if phase == Phase::Fetch {
        world.moves_on(&project);
    }
    let (head, belongings, refs) = (clone.head(), clone.belongings(), world.server.refs(&project));
    let mut read = String::new();
    for case in cases(&elsewhere.url) {
        let told = format!("{phase:?}, {}", case.name);
        proxy.plan(in_phase(phase, case.fault));
        let run = impatient(&clone, "submit --verbose", &told);
        let rest = matches!(phase, Phase::Identity | Phase::Locate | Phase::Settle);
        fails(&run, if rest { case.rest } else { case.git }, &told);
        let lines = run.stderr.lines().skip_while(|line| !line.starts_with("error: "));
        for line in std::iter::once(case.name).chain(lines) {
            read.extend(line.chars().take(200).chain(['\n']));
        }
        assert!(proxy.asked().iter().any(|asked| phase.is(asked, false)), "{told}: it was never asked");
        elsewhere.heard_no_secret(&told);
        assert!(!rest || elsewhere.heard.lock().expect("no panic").is_empty(), "{told}: another host was asked");
        assert_eq!(clone.head(), head, "{told}");
        assert_eq!(clone.belongings(), belongings, "{told}");
        assert_eq!(clone.git(["for-each-ref", "refs/pyflow"]), "", "{told}");
        assert!(!clone.dir.join(".git/pyflow/submit.json").exists(), "{told}");
        assert_eq!(world.server.refs(&project), refs, "{told}: something was sent");
    }
    proxy.heal();
    assert_eq!(actions(&clone.submit("")), ["created"]);
    assert_eq!(actions(&clone.submit("")), ["unchanged"]);
    let elsewhere = elsewhere.url.trim_end_matches("/somewhere");
    read.replace(&proxy.url(), "$PROXY").replace(elsewhere, "$ELSEWHERE")
}

#[test]
fn at_identity() {
    drop(before_anything_arrives(Phase::Identity));
}

#[test]
fn at_locate() {
    insta::assert_snapshot!(before_anything_arrives(Phase::Locate), @r#"
    drop
    error: review server $PROXY closed the connection without an answer
      caused by: client error (SendRequest): connection closed before message completed
    hint: try again; what has arrived is not lost: `pyflow status` shows it
    cut
    error: review server $PROXY cut the connection in the middle of its answer
      caused by: request or response body error
      caused by: error reading a body from connection
      caused by: end of file before message length reached
    hint: try again; what has arrived is not lost: `pyflow status` shows it
    hang
    error: review server $PROXY did not answer within 1 s
    hint: try again; what has arrived is not lost: `pyflow status` shows it
    garbage
    error: review server $PROXY answered with something that is not HTTP
      caused by: client error (SendRequest): invalid HTTP version parsed
    hint: check the URL: is this port one that speaks http?
    401
    error: the review server did not accept the credentials
    hint: sign in with a token or HTTP password: `pyflow auth login`
    403
    error: the review server refused: not permitted here
    hint: `pyflow auth status` shows who you are there
    404
    error: the review server refused: Not found: here
    hint: it does not exist, or you may not see it
    409
    error: the review server refused: it is in conflict
    hint: `pyflow status` shows how the change stands now
    500
    error: the review server failed (HTTP 500)
      caused by: it said: Internal server error
    hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
    503, page
    error: the review server failed (HTTP 503)
    hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
    429
    error: the review server has too much to do (HTTP 429)
      caused by: it said: slow down
    hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
    page
    error: the review server answered with a page for people instead of JSON
    hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
    403, page
    error: the review server answered HTTP 403 with a page for people instead of JSON
    hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
    404, page
    error: the review server answered HTTP 404 with a page for people instead of JSON
    hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
    elsewhere
    error: review server $PROXY redirects to $ELSEWHERE; nothing was sent there
    hint: check the URL in .reviewconf; `pyflow setup --check` tries it
    large page
    error: the review server answered with a page for people instead of JSON
    hint: check that `review.url` is the address of a Gerrit server, with its path prefix: `pyflow setup`
    large JSON
    error: the review server's answer could not be understood
      caused by: invalid type: integer `1`, expected struct ChangeInfo
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    large error
    error: the review server failed (HTTP 500)
      caused by: it said: no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no n
    hint: try again in a moment; what has arrived is not lost: `pyflow status` shows it
    number
    error: the review server's answer could not be understood
      caused by: invalid type: integer `7`, expected a sequence
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    wrong types
    error: the review server's answer could not be understood
      caused by: invalid type: map, expected a sequence
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    wrong types, list
    error: the review server's answer could not be understood
      caused by: invalid type: string "one", expected u64
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    truncated JSON
    error: the review server's answer could not be understood
      caused by: EOF while parsing a value at line 2 column 27
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    not UTF-8
    error: the review server's answer could not be understood
      caused by: invalid unicode code point at line 2 column 3
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    deep JSON
    error: the review server's answer could not be understood
      caused by: recursion limit exceeded at line 2 column 128
    hint: check that `review.url` is the address of a Gerrit server: `pyflow setup`
    "#);
}

#[test]
fn at_fetch() {
    drop(before_anything_arrives(Phase::Fetch));
}

#[test]
fn at_the_beginning_of_the_push() {
    insta::assert_snapshot!(before_anything_arrives(Phase::PushBegins), @"
    drop
    error: the connection to the review server was cut
    hint: try again: what has arrived is found out first
    cut
    error: the connection to the review server was cut
    hint: try again: what has arrived is found out first
    hang
    error: the review server $PROXY stopped answering
    hint: check the network and `review.url`: `pyflow setup`
    garbage
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    401
    error: the review server did not accept the credentials
    hint: sign in with a token or HTTP password: `pyflow auth login`
    403
    error: the review server forbids it and does not say why
    hint: the usual causes: a contributor agreement that is missing, no right to push, or a project that does not exist
    404
    error: there is no such project at the remote's address
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    409
    error: the review server refused git's request: HTTP 409
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    500
    error: the review server failed: HTTP 500
    hint: try again: what has arrived is found out first
    503, page
    error: the review server failed: HTTP 503
    hint: try again: what has arrived is found out first
    429
    error: the review server has too much to do: HTTP 429
    hint: try again: what has arrived is found out first
    page
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    403, page
    error: the review server forbids it and does not say why
    hint: the usual causes: a contributor agreement that is missing, no right to push, or a project that does not exist
    404, page
    error: there is no such project at the remote's address
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    elsewhere
    error: the review server $PROXY redirects elsewhere, which is not followed
    hint: check the network and `review.url`: `pyflow setup`
    large page
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    large JSON
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    large error
    error: the push did not get through
      caused by: the server said: no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no no
    hint: try again: what has arrived is found out first
    number
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    wrong types
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    wrong types, list
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    truncated JSON
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    not UTF-8
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    deep JSON
    error: what answers at the remote's address is no git server
    hint: check the network and `review.url`: `pyflow setup`
    ");
}

/// The push has arrived; what came of it cannot be read. That is unknown, whatever was said.
#[test]
fn at_settle() {
    let world = World::embedded();
    let project = world.project();
    let (proxy, elsewhere) = (Proxy::to(&world), Elsewhere::new());
    let template = world.user("alice").clone(&project);
    proxy.stand_before(&template);
    for case in cases(&elsewhere.url) {
        let told = format!("settle, {}", case.name);
        let clone = template.copy();
        clone.commit("Fix the parser");
        let (head, belongings) = (clone.head(), clone.belongings());
        proxy.plan(in_phase(Phase::Settle, case.fault));
        let run = impatient(&clone, "submit", &told);
        fails(&run, if case.rest == 7 { 7 } else { 5 }, &told);
        assert!(
            run.stderr.contains("the push went through") && run.stderr.contains("`pyflow submit` again"),
            "{told}: {}",
            run.stderr
        );
        assert_eq!((clone.head(), clone.belongings()), (head, belongings), "{told}");
        proxy.heal();
        let done = clone.submit("");
        assert_eq!(actions(&done), ["created"], "{told}: {done:#}");
        assert_eq!(done["changes"][0]["patch_set"], 1, "{told}: {done:#}");
        assert!(!proxy.asked().iter().any(|asked| Phase::Push.is(asked, false)), "{told}: it was sent twice");
        assert_eq!(done["changes"][0]["commit"], clone.head(), "{told}");
    }
    assert!(elsewhere.heard.lock().expect("no panic").is_empty());
}

/// The push arrives, and git is not told so: settle decides.
#[test]
fn at_the_answer_to_the_push() {
    let world = World::embedded();
    let project = world.project();
    let proxy = Proxy::to(&world);
    let template = world.user("alice").clone(&project);
    proxy.stand_before(&template);
    for fault in [Fault::DropAnswer, Fault::CutAnswer] {
        let clone = template.copy();
        clone.commit("Fix the parser");
        let told = format!("{fault:?}");
        proxy.plan(in_phase(Phase::Push, fault));
        let run = impatient(&clone, "submit --format json", &told);
        assert_eq!(run.code, Some(0), "{told}: {}", run.stderr);
        let done = run.json();
        assert_eq!(actions(&done), ["created"], "{told}");
        assert_eq!(done["changes"][0]["commit"], clone.head(), "{told}");
    }
    for (fault, code) in [
        (Fault::Drop, 5),
        (Fault::Hang, 5),
        (Fault::answer(500, "text/plain", "no"), 5),
        (Fault::answer(200, "text/html", PAGE), 5),
        (Fault::answer(401, "text/plain", "no"), 7),
        (Fault::answer(403, "text/plain", "no"), 4),
    ] {
        let clone = template.copy();
        clone.commit("Fix the parser");
        let (told, head) = (format!("{fault:?}"), clone.head());
        proxy.plan(in_phase(Phase::Push, fault));
        fails(&impatient(&clone, "submit", &told), code, &told);
        assert_eq!(clone.head(), head, "{told}");
        proxy.heal();
        assert_eq!(actions(&clone.submit("")), ["created"], "{told}");
    }
}

/// Answers that are well formed and not about what was asked.
#[test]
fn answers_about_something_else() {
    let world = World::embedded();
    let project = world.project();
    let proxy = Proxy::to(&world);
    let template = world.user("alice").clone(&project);
    proxy.stand_before(&template);
    let other = Fault::Change(|body| {
        let text = String::from_utf8_lossy(&body).into_owned();
        text.replace("\"project\":\"", "\"project\":\"other-").into_bytes()
    });
    let empty = Fault::answer(200, "application/json", ")]}'\n[]");
    for fault in [other.clone(), empty] {
        let clone = template.copy();
        clone.commit("Fix the parser");
        let told = format!("{fault:?}");
        proxy.plan(in_phase(Phase::Settle, fault));
        let run = impatient(&clone, "submit", &told);
        fails(&run, 5, &told);
        proxy.heal();
        let done = clone.submit("");
        assert_eq!(actions(&done), ["created"], "{told}");
        assert!(!proxy.asked().iter().any(|asked| Phase::Push.is(asked, false)), "{told}: it was sent twice");
    }
    // A change of another project is not this one, and is not updated.
    let clone = template.copy();
    clone.commit("Fix the parser");
    clone.submit("");
    clone.amend("Fixtheparser.txt", "better");
    proxy.plan(in_phase(Phase::Locate, other));
    let planned = impatient(&clone, "submit -n --format json", "another project").success().json();
    assert_eq!(actions(&planned), ["created"]);
    // An answer without the line that keeps browsers from running it is still an answer.
    let plain = Fault::Change(|body| body.strip_prefix(b")]}'\n").unwrap_or(&body).to_vec());
    proxy.plan(move |asked| {
        asked.path.starts_with("/a/").then(|| plain.clone()).filter(|_| !asked.path.contains("git"))
    });
    let done = impatient(&clone, "submit --format json", "no prefix").success().json();
    assert_eq!(actions(&done), ["updated"]);
}

/// A request of the plan fails after the push: the commits are there, and that is told.
#[test]
fn at_a_request_after_the_push() {
    let world = World::embedded();
    let project = world.project();
    let proxy = Proxy::to(&world);
    let template = world.user("alice").clone(&project);
    proxy.stand_before(&template);
    for (fault, code) in [
        (Fault::Drop, 5),
        (Fault::answer(500, "text/plain", "no"), 5),
        (Fault::answer(401, "text/plain", "no"), 7),
        (Fault::answer(409, "text/plain", "it is in conflict"), 4),
    ] {
        let clone = template.copy();
        clone.commit("Fix the parser");
        clone.commit("Test the parser");
        let numbers = Clone::numbers(&clone.submit(""));
        clone.amend("Testtheparser.txt", "better");
        let told = format!("a request that ends with {code}");
        proxy.plan(move |asked| asked.path.ends_with("/topic").then(|| fault.clone()));
        let run = impatient(&clone, "submit --topic parser", &told);
        if code == 4 {
            // The answer is there; the rest of the submit is an outcome.
            assert_eq!(run.code, Some(4), "{told}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains("the commits are on the server"), "{told}: {}", run.stdout);
            assert!(run.stdout.contains("it is in conflict"), "{told}: {}", run.stdout);
        } else {
            fails(&run, code, &told);
            assert!(run.stderr.contains("the commits are on the server"), "{told}: {}", run.stderr);
        }
        proxy.heal();
        let done = clone.submit("--topic parser");
        assert_eq!(done["changes"][1]["patch_set"], 2, "{told}: {done:#}");
        for number in numbers {
            assert_eq!(world.server.change(number)["topic"], "parser", "{told}");
        }
        assert_eq!(clone.git(["for-each-ref", "refs/pyflow/flight"]), "", "{told}");
    }
}

#[test]
fn a_certificate_that_nobody_signed() {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let certificate = include_bytes!("../../fixtures/tls/certificate.pem");
    let certificate = CertificateDer::from_pem_slice(certificate).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../fixtures/tls/key.pem")).expect("a key");
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.expect("a configuration"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let record = Arc::clone(&heard);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut words = [0; 100];
            if let Ok(got) = rustls::Stream::new(&mut connection, &mut stream).read(&mut words) {
                record.lock().expect("no panic").extend_from_slice(&words[..got]);
            }
        }
    });
    let conf = clone.reviewconf(&project).replace(&world.server.url(), &url);
    clone.write(".reviewconf", &conf);
    clone.git(["remote", "set-url", "gerrit", &format!("{url}/a/{}", project.name)]);
    for words in ["submit", "submit -n", "status", "list"] {
        let run = impatient(&clone, words, words);
        // A machine without any certificates is told so before anything is sent.
        let code = if run.code == Some(3) && run.stderr.contains("SSL_CERT_FILE") { 3 } else { 5 };
        fails(&run, code, words);
    }
    assert!(heard.lock().expect("no panic").is_empty());
}

/// Nobody listens: every command that needs a server says so.
#[test]
fn nobody_listens() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    clone.submit("");
    clone.amend("Fixtheparser.txt", "better");
    world.server.kill();
    let belongings = clone.belongings();
    for words in ["submit", "submit -n", "status", "list", "vote HEAD Code-Review=1", "approve", "setup --check"] {
        let run = impatient(&clone, words, words);
        assert_eq!(run.code, Some(5), "{words}: {}{}", run.stdout, run.stderr);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains("hint: ") || said.contains("\nnext: "), "{words}: {said}");
    }
    assert_eq!(clone.belongings(), belongings);
}

/// A random fault at a random request, several times; then all is well. `PYFLOW_SOAK=N` does it N
/// times as often.
#[test]
fn faults_anywhere() {
    let world = World::embedded();
    let project = world.project();
    let (proxy, elsewhere) = (Proxy::to(&world), Elsewhere::new());
    let template = world.user("alice").clone(&project);
    proxy.stand_before(&template);
    let mut random = Random::new();
    for round in 0..3 * soak() {
        let clone = template.copy();
        clone.commit("Fix the parser");
        clone.commit("Test the parser");
        let belongings = clone.belongings();
        let mut told = format!("seed {}, round {round}:", random.seed);
        for _ in 0..3 {
            let case = cases(&elsewhere.url).swap_remove(random.below(23));
            let (at, fault) = (random.below(10), case.fault);
            told = format!("{told} {} {at}", case.name);
            proxy.plan(move |asked| (asked.number == at).then(|| fault.clone()));
            let run = impatient(&clone, "submit", &told);
            assert!(matches!(run.code, Some(0 | 4 | 5 | 7)), "{told}: {}{}", run.stdout, run.stderr);
            assert_eq!(clone.belongings(), belongings, "{told}");
        }
        proxy.heal();
        let done = clone.submit("");
        for change in done["changes"].as_array().expect("changes") {
            assert_eq!(change["patch_set"], 1, "{told}: {done:#}");
        }
        assert_eq!(done["changes"][1]["commit"], clone.head(), "{told}");
        assert_eq!(clone.git(["for-each-ref", "refs/pyflow/flight"]), "", "{told}");
    }
    elsewhere.heard_no_secret("random");
}
