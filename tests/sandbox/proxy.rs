//! A proxy in front of a world's server that does harm on purpose: to single requests, or to the
//! program that sends them. It speaks one request a connection, which is all that it needs.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Clone, World};

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Counts from 0, since the last [`Proxy::plan`].
    pub number: usize,
    /// Verb.
    pub method: String,
    /// Path and query, as they were sent.
    pub path: String,
    /// Whether an `Authorization` header came with it.
    pub authorized: bool,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection is closed without an answer; the server never hears of the request.
    Drop,
    /// The server does what it was asked; its answer never arrives.
    DropAnswer,
    /// The server does what it was asked; half of its answer arrives.
    CutAnswer,
    /// Nothing comes back until the proxy ends, or the client gives up.
    Hang,
    /// The server is not asked; this is the answer, as it goes over the wire.
    Answer(Vec<u8>),
    /// The server's own answer, with its body changed.
    Change(fn(Vec<u8>) -> Vec<u8>),
    /// The client is killed; the server never hears of the request.
    KillBefore,
    /// The client is killed; the request goes on to the server all the same.
    KillWhile,
    /// The server does what it was asked, then the client is killed.
    KillAfter,
}

impl Fault {
    /// An answer with this status, media type and body.
    pub fn answer(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {status} Whatever\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        Self::Answer([head.as_bytes(), body].concat())
    }

    /// A redirect to another place.
    pub fn redirect(to: &str) -> Self {
        Self::Answer(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into_bytes(),
        )
    }
}

/// Says what happens to each request.
type Plan = Box<dyn Fn(&Asked) -> Option<Fault> + Send + Sync>;

struct Shared {
    upstream: String,
    plan: Mutex<Arc<Plan>>,
    asked: Mutex<Vec<Asked>>,
    open: AtomicUsize,
    victim: AtomicU32,
    over: AtomicBool,
}

/// A running proxy; it ends with its value.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy to the world's server that changes nothing yet.
    pub fn to(world: &World) -> Self {
        let upstream = world.server.url().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            upstream,
            plan: Mutex::new(Arc::new(Box::new(|_| None))),
            asked: Mutex::default(),
            open: AtomicUsize::new(0),
            victim: AtomicU32::new(0),
            over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.over.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&own);
                shared.open.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    // A client that goes away in the middle is the point of all this.
                    serve(&shared, &stream).ok();
                    stream.shutdown(Shutdown::Both).ok();
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, shared }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From here on this happens to requests, and they are counted from 0.
    pub fn plan(&self, plan: impl Fn(&Asked) -> Option<Fault> + Send + Sync + 'static) {
        let plan: Plan = Box::new(plan);
        *self.shared.plan.lock().expect("no panic") = Arc::new(plan);
        self.shared.asked.lock().expect("no panic").clear();
    }

    /// From here on nothing happens to requests.
    pub fn heal(&self) {
        self.plan(|_| None);
    }

    /// What was asked since the last plan.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no panic").clone()
    }

    /// Who is killed by the faults that kill.
    pub fn victim(&self, process: u32) {
        self.shared.victim.store(process, Ordering::SeqCst);
    }

    /// Waits until no request is under way: children of a killed program have come to their end.
    pub fn settle(&self) {
        let began = Instant::now();
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "a request does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Makes a clone speak to its server through this proxy.
    pub fn stand_before(&self, clone: &Clone<'_>) {
        let server = clone.person.world.server.url();
        let conf = std::fs::read_to_string(clone.dir.join(".reviewconf")).expect("a .reviewconf");
        clone.person.world.front.replace(Some(self.url()));
        clone.write(".reviewconf", &conf.replace(&server, &self.url()));
        let remote = clone.git(["config", "remote.gerrit.url"]);
        clone.git(["remote", "set-url", "gerrit", &remote.replace(&server, &self.url())]);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // The listener waits in `accept`; this wakes it.
        TcpStream::connect(self.address).ok();
    }
}

fn serve(shared: &Shared, mut client: &TcpStream) -> std::io::Result<()> {
    let (head, body) = read_request(client)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let authorized = head.to_ascii_lowercase().contains("\r\nauthorization:");
    let asked = {
        let mut all = shared.asked.lock().expect("no panic");
        let asked = Asked { number: all.len(), method, path, authorized };
        all.push(asked.clone());
        asked
    };
    let plan = Arc::clone(&shared.plan.lock().expect("no panic"));
    match plan(&asked) {
        None => client.write_all(&forward(shared, &head, &body)?),
        Some(Fault::Drop) => Ok(()),
        Some(Fault::DropAnswer) => forward(shared, &head, &body).map(drop),
        Some(Fault::CutAnswer) => {
            let answer = forward(shared, &head, &body)?;
            let start = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(0, |at| at + 4);
            client.write_all(&answer[..usize::midpoint(start, answer.len())])
        }
        Some(Fault::Hang) => {
            while !shared.over.load(Ordering::SeqCst) && !is_gone(client) {
                std::thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        }
        Some(Fault::Answer(answer)) => client.write_all(&answer),
        Some(Fault::Change(change)) => {
            let answer = forward(shared, &head, &body)?;
            let start = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(0, |at| at + 4);
            let body = change(dechunk(&answer[..start], &answer[start..]));
            let kept = String::from_utf8_lossy(&answer[..start]).into_owned();
            let kept: Vec<&str> = kept
                .split("\r\n")
                .filter(|line| {
                    let line = line.to_ascii_lowercase();
                    !line.is_empty() && !line.starts_with("content-length:") && !line.starts_with("transfer-encoding:")
                })
                .collect();
            let head = format!("{}\r\nContent-Length: {}\r\n\r\n", kept.join("\r\n"), body.len());
            client.write_all(&[head.as_bytes(), &body].concat())
        }
        Some(Fault::KillBefore) => {
            kill(shared);
            Ok(())
        }
        Some(Fault::KillWhile) => {
            kill(shared);
            client.write_all(&forward(shared, &head, &body)?)
        }
        Some(Fault::KillAfter) => {
            let answer = forward(shared, &head, &body)?;
            kill(shared);
            client.write_all(&answer)
        }
    }
}

fn kill(shared: &Shared) {
    let victim = shared.victim.load(Ordering::SeqCst);
    assert!(victim > 1, "nobody to kill was named");
    super::kill(victim);
}

/// Whether the client has closed its side; a request that is complete is followed by nothing else.
fn is_gone(client: &TcpStream) -> bool {
    client.set_nonblocking(true).ok();
    let gone = matches!(client.peek(&mut [0]), Ok(0));
    client.set_nonblocking(false).ok();
    gone
}

/// One request: its head with the empty line, and its body as it came.
fn read_request(mut client: &TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 << 10];
    let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let start = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        let got = client.read(&mut chunk)?;
        if got == 0 {
            return Err(cut());
        }
        bytes.extend_from_slice(&chunk[..got]);
    };
    let head = String::from_utf8_lossy(&bytes[..start]).into_owned();
    let mut body = bytes.split_off(start);
    let lower = head.to_ascii_lowercase();
    let length = header(&lower, "content-length").and_then(|n| n.parse::<usize>().ok());
    let is_whole = |body: &[u8]| match length {
        Some(length) => body.len() >= length,
        None if header(&lower, "transfer-encoding").is_some() => body.ends_with(b"0\r\n\r\n"),
        None => true,
    };
    if header(&lower, "expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    while !is_whole(&body) {
        let got = client.read(&mut chunk)?;
        if got == 0 {
            return Err(cut());
        }
        body.extend_from_slice(&chunk[..got]);
    }
    Ok((head, body))
}

fn header<'h>(lower: &'h str, name: &str) -> Option<&'h str> {
    lower.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// The server's whole answer, which says that the connection ends with it.
fn forward(shared: &Shared, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(&shared.upstream)?;
    let kept = head.trim_end().split("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("host:") && !line.starts_with("connection:") && !line.starts_with("expect:")
    });
    let kept: Vec<&str> = kept.collect();
    let head = format!("{}\r\nHost: {}\r\nConnection: close\r\n\r\n", kept.join("\r\n"), shared.upstream);
    server.write_all(head.as_bytes())?;
    server.write_all(body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}

/// The body without the marks of chunked transfer.
fn dechunk(head: &[u8], body: &[u8]) -> Vec<u8> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if header(&head, "transfer-encoding").is_none() {
        return body.to_vec();
    }
    let (mut out, mut rest) = (Vec::new(), body);
    while let Some(at) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..at]), 16).unwrap_or(0);
        let Some(chunk) = rest.get(at + 2..at + 2 + size).filter(|chunk| !chunk.is_empty()) else { break };
        out.extend_from_slice(chunk);
        rest = rest.get(at + 4 + size..).unwrap_or_default();
    }
    out
}
