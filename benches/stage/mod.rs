//! A server with a merge gate in a process of its own, and people who use it: what the benches of the
//! gate and of the store share.

#![allow(dead_code, reason = "two benches share this room, and each uses its own part of it")]

pub(crate) mod server;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use server::Server;

pub(crate) const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");
/// How many jobs run at once.
pub(crate) const SLOTS: u32 = 8;

/// A line of the result, with its budget where it has one.
pub(crate) fn row(what: &str, seconds: f64, budget: Option<f64>) {
    let shown = |time: f64| if time < 0.95 { format!("{:.1} ms", time * 1000.0) } else { format!("{time:.2} s") };
    let judged = budget.map_or_else(String::new, |most| {
        format!("{:>10}  {}", shown(most), if seconds < most { "within" } else { "OVER" })
    });
    println!("  {what:<48} {:>10}{judged}", shown(seconds));
}

pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds that something takes; the median of so many.
pub(crate) fn timed(runs: usize, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let began = Instant::now();
        work();
        began.elapsed().as_secs_f64()
    };
    median((0..runs).map(once).collect())
}

pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

/// Runs git as somebody.
pub(crate) fn git(name: &str, dir: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/nowhere").env("GIT_TERMINAL_PROMPT", "0");
    command.args(["-c", &format!("user.name={name}"), "-c", &format!("user.email={name}@example.com")]).args(words);
    run(&mut command)
}

/// A Change-Id that no other change has.
pub(crate) fn change_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("I{:040x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The numbers in what a push for review was answered.
pub(crate) fn numbers(said: &str) -> Vec<u32> {
    let numbers = said.split("/+/").skip(1);
    numbers.map(|rest| rest.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

/// A running server.
pub(crate) struct Stage {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) client: reqwest::blocking::Client,
    server: Server,
}

impl Stage {
    /// Projects `quick` and `slow` with one job each, that does nothing or takes five seconds. Changes
    /// to files named `stack-…` get no job. carol is in `core`.
    pub(crate) fn new(sandbox: &str, people: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let server = Server::new(folder.path().join("server"));
        let mut stage = Self { folder, url: String::new(), client, server };
        for project in ["quick", "slow"] {
            let words = ["--requirement", "Code-Review", "--submit-type", "merge-always"];
            stage.server.run(&[&["init", "--project", project], &words[..]].concat());
        }
        for name in people {
            stage.server.add_user(name, &[]);
        }
        stage.server.add_user("carol", &["--group", "core"]);
        let path = stage.dir().join("server.toml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text = text.replace("sandbox = \"bubblewrap\"", &format!("sandbox = \"{sandbox}\"\nslots = {SLOTS}"));
        for (project, script) in [("quick", "true"), ("slow", "sleep 5; test ! -e FAIL")] {
            let _fits = writeln!(
                text,
                "[projects.{project}.jobs.unit]\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]\npipelines = [\"gate\"]\nignore-files = [\"stack-*\"]"
            );
        }
        std::fs::write(path, text).unwrap();
        stage.start();
        stage
    }

    /// The server's folder.
    pub(crate) fn dir(&self) -> PathBuf {
        self.server.dir().to_owned()
    }

    /// Starts the server, which is not up; tells how long it took until it could be used.
    pub(crate) fn start(&mut self) -> Duration {
        let (url, took) = self.server.start();
        self.url = url;
        took
    }

    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }

    /// A line of the server's `/proc/PID/status`, in kilobytes.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let id = self.server.id().unwrap();
        let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// A fresh clone for somebody.
    pub(crate) fn clone(&self, name: &str, project: &str) -> PathBuf {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let dir = self.folder.path().join(format!("{project}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let url = format!("{}/a/{project}", self.url.replacen("://", &format!("://{name}:{name}-pw@"), 1));
        git(name, self.folder.path(), &["clone", "-q", &url, &dir.display().to_string()]);
        dir
    }

    /// A request with somebody's token; the answer, if it was a good one.
    pub(crate) fn ask(&self, name: &str, path: &str, body: Option<&str>) -> Result<String, String> {
        let url = format!("{}/{path}", self.url);
        let request = match body {
            None => self.client.get(&url),
            Some(body) => self.client.post(&url).header("content-type", "application/json").body(body.to_owned()),
        };
        let answer = request.basic_auth(name, Some(format!("{name}-pw"))).send().map_err(|e| format!("{path}: {e}"))?;
        let status = answer.status();
        let text = answer.text().map_err(|e| format!("{path}: {e}"))?;
        if status.is_success() { Ok(text) } else { Err(format!("{path}: {status} {text}")) }
    }

    pub(crate) fn approve(&self, number: u32) {
        let path = format!("a/changes/{number}/revisions/current/review");
        self.ask("carol", &path, Some(r#"{"labels":{"Code-Review":2}}"#)).unwrap();
    }

    /// Waits until a change says something.
    pub(crate) fn wait(&self, number: u32, words: &str) {
        while !self.ask("carol", &format!("a/changes/{number}/?o=MESSAGES"), None).unwrap().contains(words) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
