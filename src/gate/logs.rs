//! Logs of failed jobs: which may be read, and which of their lines tell what went wrong.
//!
//! A gate hands out the addresses of logs, and they are somebody else's words: they are read
//! without credentials, from the gate's own server and those that the project lists, and never
//! from a private address unless the gate has one itself.

use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::LazyLock;

use regex::Regex;

use crate::error::{Error, Result};
use crate::http::{Client, Request};
use crate::names::{Scheme, ServerUrl, is_invisible};

/// The file that a Zuul job's output is in, below its log's address (Zuul documentation, "Job
/// Output").
const OUTPUT: &str = "job-output.txt";

/// What a log tells of a failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The line that says most.
    pub headline: Option<String>,
    /// That line and others like it, in their order.
    pub lines: Vec<String>,
}

/// Where logs may be read from.
#[derive(Debug, Clone)]
pub struct Shelf<'a> {
    /// The gate.
    pub gate: &'a ServerUrl,
    /// Servers that the project lists.
    pub others: &'a [ServerUrl],
}

impl Shelf<'_> {
    /// The server and the path of a log; an error where it may not be read. Pure.
    pub fn place(&self, address: &str) -> Result<(ServerUrl, Request)> {
        let refused = |why: &str| {
            Error::refused(format!("the log is not read from where the gate says it is: {why}"))
                .hint("`gate.logs` in .reviewconf lists servers that logs may be read from")
        };
        let url = url::Url::parse(address).map_err(|_| refused("that is no address"))?;
        let origin: Result<ServerUrl, _> = url.origin().ascii_serialization().parse();
        let origin = origin.map_err(|_| refused("that is no web address"))?;
        let known = std::iter::once(self.gate).chain(self.others);
        if origin.scheme() == Scheme::Ssh || !known.into_iter().any(|server| server.origin() == origin.origin()) {
            return Err(refused(&format!("{} is neither the gate nor listed", origin.origin())));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("there is a name or password in it"));
        }
        let path = url.path().trim_start_matches('/');
        let file = path.rsplit('/').next().unwrap_or_default();
        let path = if path.is_empty() || path.ends_with('/') {
            format!("{path}{OUTPUT}")
        } else if file.contains('.') {
            path.to_owned()
        } else {
            format!("{path}/{OUTPUT}")
        };
        let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok((origin, Request { query, ..Request::get(path) }))
    }

    /// Reads a log.
    pub fn read(&self, client: &Client<'_>, address: &str) -> Result<Failure> {
        let (server, request) = self.place(address)?;
        self.check_network(&server)?;
        let response = client.send(&server, "", &request, None)?;
        if !response.is_success() || response.is_html() {
            return Err(Error::unknown(format!("there is no log at {} (HTTP {})", server.origin(), response.status)));
        }
        Ok(pick(&response.text()))
    }

    /// A name that is public may lead to a machine that only this network sees.
    fn check_network(&self, server: &ServerUrl) -> Result<()> {
        let addresses = |server: &ServerUrl| {
            let port = server.port().unwrap_or(if server.scheme() == Scheme::Https { 443 } else { 80 });
            let host = server.host().trim_start_matches('[').trim_end_matches(']').to_owned();
            (host, port).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect::<Vec<IpAddr>>())
        };
        if server.origin() == self.gate.origin() {
            return Ok(());
        }
        let unknown = |_| Error::unknown(format!("the name {} could not be resolved", server.host()));
        let private = addresses(server).map_err(unknown)?.into_iter().any(is_private);
        let allowed = || addresses(self.gate).is_ok_and(|found| found.into_iter().any(is_private));
        if private && !allowed() {
            return Err(Error::refused(format!(
                "the log is not read: {} leads to an address of a private network, and the gate has none",
                server.host()
            )));
        }
        Ok(())
    }
}

/// Addresses that only this machine, or this network, reaches (RFC 1918, RFC 4193, RFC 6890).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(IpAddr::V4(v4)),
            None => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
        },
    }
}

/// As many lines as a person reads at a glance.
const MOST_LINES: usize = 5;

/// What begins a line that names a failure: compilers, test runners, shells, git, Python, Rust, Go.
static STRONG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(E  +\S|FAILED \S|FAIL: |--- FAIL|ERROR: |ERROR \[|FLAKE|fatal: |fatal error|error(\[\w+\])?: |thread '.*' panicked|.*\w(Error|Exception): |.*: (fatal )?error: |.*: command not found|.*: No such file)").ok()
});

/// Words that a line about a failure holds.
static WEAK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(errors?|fail(ed|ure|ures|s)?|fatal|exception|panicked|timed out|timeout|refused|unreachable|killed|denied|cannot|not found)\b").ok()
});

/// Lines that hold such words and tell nothing: counts of zero, the playbook's own frame.
static NOISE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(^\W*(error|failed|fatal|failure)\W*$|\b(0|no) (errors?|failures?|failed)\b|\b(errors?|failures?|failed)[=:]\s*0\b|"(msg|failed|rc|stderr\w*|stdout\w*)":|^(PLAY|TASK|RUN|POST-RUN|PRE-RUN)\b|ignore_errors)"#).ok()
});

/// The lines of a job's output that say what went wrong.
pub fn pick(log: &str) -> Failure {
    let matches =
        |regex: &LazyLock<Option<Regex>>, line: &str| regex.as_ref().is_some_and(|regex| regex.is_match(line));
    let mut found: Vec<(u8, String)> = Vec::new();
    let mut before_the_end: Option<String> = None;
    let mut previous = String::new();
    for line in log.lines() {
        let line = plain(line);
        if line.is_empty() {
            continue;
        }
        // Ansible writes `ERROR` alone after what a task printed last, and `pyflow serve` its verdict.
        if matches!(&*line, "ERROR" | "pyflow: FAILURE") && !previous.is_empty() {
            before_the_end = Some(previous.clone());
        }
        if is_frame(&line) {
            continue;
        }
        let weight = match () {
            () if matches(&NOISE, &line) => 0,
            () if matches(&STRONG, &line) => 2,
            () if matches(&WEAK, &line) => 1,
            () => 0,
        };
        // Of lines that weigh the same the last ones stay: what stops a job comes at its end.
        if weight > 0 && found.last().is_none_or(|(_, last)| *last != line) {
            found.push((weight, line.clone()));
            if found.len() > MOST_LINES * 20 {
                let lightest = found.iter().position(|(w, _)| *w == 1).unwrap_or(0);
                found.remove(lightest);
            }
        }
        previous = line;
    }
    let strong = found.iter().filter(|(weight, _)| *weight == 2).count();
    let wanted = if strong > 0 { 2 } else { 1 };
    let chosen: Vec<String> = found.into_iter().filter(|(weight, _)| *weight == wanted).map(|(_, line)| line).collect();
    let lines = chosen[chosen.len().saturating_sub(MOST_LINES)..].to_vec();
    let headline = if strong > 0 { lines.last().cloned() } else { before_the_end.or_else(|| lines.last().cloned()) };
    let lines = if lines.is_empty() { headline.iter().cloned().collect() } else { lines };
    Failure { headline, lines }
}

/// What `pyflow serve` writes before and after a job's own lines, whatever came of it.
fn is_frame(line: &str) -> bool {
    line.strip_prefix("pyflow: ").is_some_and(|said| {
        ["job ", "commit ", "ended after "].iter().any(|begin| said.starts_with(begin))
            || said.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

/// The longest line that is shown, in characters.
const LONGEST: usize = 200;

/// A line without the time and the machine in front of it, and without what a terminal would obey.
fn plain(line: &str) -> String {
    // `2026-11-20 03:44:37.123456 | node | text`
    let mut rest = line.get(..LONGEST * 8).unwrap_or(line);
    if rest.starts_with(|c: char| c.is_ascii_digit())
        && let Some((stamp, text)) = rest.split_once(" | ")
        && stamp.len() < 40
    {
        rest = text.split_once(" | ").filter(|(node, _)| !node.contains(' ')).map_or(text, |(_, text)| text);
    }
    let text = console::strip_ansi_codes(rest);
    let visible: String = text
        .chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|&c| !c.is_control() && !is_invisible(c))
        .collect();
    let visible = visible.trim_end();
    // `E   assert` keeps its place; other lines need none.
    let visible = if visible.starts_with("E ") { visible } else { visible.trim_start() };
    match visible.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &visible[..end]),
        None => visible.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Shelf, is_private, pick};
    use crate::names::ServerUrl;

    fn server(text: &str) -> ServerUrl {
        text.parse().unwrap()
    }

    #[test]
    fn failing_lines_are_picked_out() {
        for (log, headline) in [
            (
                "2026-11-20 03:44:37.1 | TASK [run]\n2026-11-20 03:44:38.1 | localhost | 3f2a Add a thing\n2026-11-20 03:44:39.1 | localhost | FLAKE: connection to mirror timed out\n2026-11-20 03:44:39.2 | localhost | ERROR\n2026-11-20 03:44:39.2 | localhost | {\n2026-11-20 03:44:39.2 | localhost |   \"msg\": \"non-zero return code\",\n2026-11-20 03:44:39.2 | localhost | }\n",
                "FLAKE: connection to mirror timed out",
            ),
            (
                "collecting\n    def test_x():\nE   AssertionError: 1 != 2\nFAILED tests/test_x.py::test_x - AssertionError: 1 != 2\n=== 1 failed, 20 passed ===\n",
                "FAILED tests/test_x.py::test_x - AssertionError: 1 != 2",
            ),
            (
                "building\nsrc/x.c:3:1: error: expected ';'\nmake: *** [x.o] Error 1\n",
                "src/x.c:3:1: error: expected ';'",
            ),
            ("a\n\u{1b}[31merror: could not compile `x`\u{1b}[0m\n", "error: could not compile `x`"),
            ("fetching\nConnection refused by mirror\n0 errors\n", "Connection refused by mirror"),
            ("no word for it\nERROR\n", "no word for it"),
            (
                "pyflow: job error for 1,1 on main\nx uses f\npyflow: ended after 0.1 s: exit status: 1\npyflow: FAILURE\n",
                "x uses f",
            ),
            ("mirror timed out\npyflow: ended after 0.1 s: exit status: 1\npyflow: FAILURE\n", "mirror timed out"),
        ] {
            assert_eq!(pick(log).headline.as_deref(), Some(headline), "{log}");
        }
        assert_eq!(pick("fine\n0 failures\nPLAY RECAP\n"), super::Failure::default());
        assert!(pick(&"error: x\n".repeat(100_000)).lines.len() <= 5);
    }

    #[test]
    fn logs_come_from_known_servers_only() {
        let (gate, others) = (server("https://zuul.example.org/z"), [server("https://logs.example.org")]);
        let shelf = Shelf { gate: &gate, others: &others };
        let path = |address: &str| {
            shelf.place(address).map(|(server, request)| format!("{} {}", server.origin(), request.path))
        };
        assert_eq!(path("https://logs.example.org/a/77f1/").unwrap(), "https://logs.example.org a/77f1/job-output.txt");
        assert_eq!(path("https://logs.example.org/a/77f1").unwrap(), "https://logs.example.org a/77f1/job-output.txt");
        assert_eq!(path("https://zuul.example.org/x/console.log").unwrap(), "https://zuul.example.org x/console.log");
        for bad in [
            "https://evil.example/a/",
            "http://logs.example.org/a/",
            "https://logs.example.org:444/a/",
            "https://me:pw@logs.example.org/a/",
            "file:///etc/passwd",
            "ssh://logs.example.org/a",
            "stream/77f1",
            "",
        ] {
            assert!(shelf.place(bad).is_err(), "{bad}");
        }
        for (address, private) in [
            ("10.0.0.1", true),
            ("169.254.169.254", true),
            ("127.0.0.1", true),
            ("100.64.0.1", true),
            ("::1", true),
            ("::ffff:192.168.0.1", true),
            ("fd00::1", true),
            ("8.8.8.8", false),
            ("2001:4860::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_log_makes_it_panic_or_reaches_a_terminal(log in "(\\PC|\n|\u{1b}\\[3[0-9]m|error: |[\\x00-\\x9f]| \\| |2026|E   ){0,60}") {
            let failure = pick(&log);
            for line in failure.lines.iter().chain(&failure.headline) {
                prop_assert!(!line.chars().any(|c| c.is_control() || crate::names::is_invisible(c)), "{line:?}");
                prop_assert!(line.chars().count() <= super::LONGEST + 1);
            }
        }
    }
}
