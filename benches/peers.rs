//! Whole processes side by side: pyflow, git-review and bare git, in one run, against one server.
//!
//! `cargo bench --bench peers` runs it against the embedded server. `PYFLOW_PEER_GIT_REVIEW` names
//! git-review (`tests/real/peers.sh`), `PYFLOW_BENCH_GERRIT` the URL of a real Gerrit with a project
//! `plain` (`tests/real/gerrit.sh`); without them what needs them is reported as not run. Runs
//! alternate between the programs, so that load falls on all alike; figures are medians, ratios are
//! of medians.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[path = "peers/backport.rs"]
mod backport;
#[allow(dead_code, reason = "this bench uses a part of it")]
#[path = "stage/server.rs"]
mod server;

use server::Server;

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");

/// Runs of each whole-submit measurement; each one makes changes on the server.
const RUNS: usize = 15;
/// Runs of a measurement of start-up alone.
const STARTS: usize = 60;

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` only want to know that it builds.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // A word on the command line chooses one measurement.
    let only_backport = std::env::args().any(|argument| argument == "backport");
    if only_backport {
        let stage = Stage { folder: folder.path().to_owned(), url: String::new(), project: String::new() };
        return backport::measure(folder.path(), &|program, dir| stage.command(program, dir));
    }
    start();
    let (server, url, project) = server(folder.path());
    let stage = Stage { folder: folder.path().to_owned(), url, project };
    for commits in [1, 20] {
        submit(&stage, commits);
    }
    if std::env::var_os("PYFLOW_BENCH_GERRIT").is_none() {
        behind(&stage);
    }
    large(&stage);
    drop(server);
    backport::measure(folder.path(), &|program, dir| stage.command(program, dir));
}

/// One program's times.
struct Times {
    name: &'static str,
    all: Vec<Duration>,
}

impl Times {
    fn new(name: &'static str) -> Self {
        Self { name, all: Vec::new() }
    }

    fn add(&mut self, time: Duration) {
        self.all.push(time);
    }

    fn median(&self) -> f64 {
        let mut all = self.all.clone();
        all.sort_unstable();
        all[all.len() / 2].as_secs_f64() * 1000.0
    }

    fn print(&self, baseline: Option<&Self>) {
        let ratio = baseline.map(|b| format!("  {:6.2} x {}", self.median() / b.median(), b.name)).unwrap_or_default();
        let excess = baseline.map(|b| format!("  {:+8.1} ms", self.median() - b.median())).unwrap_or_default();
        println!("  {:<28} {:>8.1} ms{excess}{ratio}", self.name, self.median());
    }
}

fn time(command: &mut Command) -> Duration {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let took = began.elapsed();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    took
}

fn git_review() -> Option<PathBuf> {
    std::env::var_os("PYFLOW_PEER_GIT_REVIEW").map(PathBuf::from).filter(|path| path.exists())
}

fn start() {
    println!("start (medians of {STARTS})");
    let mut git = Times::new("git --version");
    let mut version = Times::new("pyflow --version");
    let mut help = Times::new("pyflow --help");
    let mut peer = Times::new("git-review --version");
    for _ in 0..STARTS {
        git.add(time(Command::new("git").arg("--version")));
        version.add(time(Command::new(PYFLOW).arg("--version")));
        help.add(time(Command::new(PYFLOW).arg("--help")));
    }
    git.print(None);
    version.print(Some(&git));
    help.print(Some(&git));
    match git_review() {
        Some(path) => {
            for _ in 0..STARTS / 6 {
                peer.add(time(Command::new(path.as_path()).arg("--version")));
            }
            peer.print(Some(&git));
        }
        None => println!("  not run: git-review (PYFLOW_PEER_GIT_REVIEW is not set)"),
    }
}

/// The server's process, if it is ours; its URL; the project.
fn server(folder: &Path) -> (Option<Server>, String, String) {
    if let Ok(url) = std::env::var("PYFLOW_BENCH_GERRIT") {
        println!("server: Gerrit at {url}");
        return (None, url.trim_end_matches('/').to_owned(), "plain".to_owned());
    }
    println!("server: pyflow serve");
    let init = ["init", "--project", "plain", "--branch", "master", "--requirement", "Code-Review"];
    let (server, url) = Server::with_alice(folder.join("server"), &init);
    (Some(server), url, "plain".to_owned())
}

struct Stage {
    folder: PathBuf,
    url: String,
    project: String,
}

impl Stage {
    /// A fresh clone with so many new commits, in a folder of its own.
    fn clone(&self, name: &str, commits: usize) -> PathBuf {
        let dir = self.folder.join(name);
        let remote = format!("{}/a/{}", self.url, self.project);
        let with_password = remote.replacen("://", "://alice:alice-pw@", 1);
        time(self.command("git", &self.folder).args(["clone", "-q", "-o", "gerrit", &with_password, name]));
        let conf = format!(
            "version = 1\n[review]\nkind = \"gerrit\"\nurl = \"{}\"\nproject = \"{}\"\nbranch = \"master\"\n",
            self.url, self.project
        );
        std::fs::write(dir.join(".reviewconf"), conf).unwrap();
        let host = self.url.trim_start_matches("http://");
        let (host, port) = host.split_once(':').unwrap_or((host, "80"));
        let review = format!(
            "[gerrit]\nscheme=http\nhost={host}\nport={port}\nproject=a/{}\ndefaultbranch=master\ndefaultremote=gerrit\n",
            self.project
        );
        std::fs::write(dir.join(".gitreview"), review).unwrap();
        std::fs::write(dir.join(".git/info/exclude"), ".reviewconf\n.gitreview\n").unwrap();
        for (key, value) in [("user.name", "Alice Able"), ("user.email", "alice@example.com")] {
            time(self.command("git", &dir).args(["config", key, value]));
        }
        for number in 0..commits {
            std::fs::write(dir.join(format!("{name}-{number}")), format!("{number}\n")).unwrap();
            time(self.command("git", &dir).args(["add", "."]));
            self.commit(&dir, &format!("{name} commit {number}"));
        }
        dir
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, dir: &Path) -> Command {
        let mut command = Command::new(program);
        let config = self.folder.join("gitconfig");
        if !config.exists() {
            std::fs::write(&config, "[advice]\n\tdetachedHead = false\n").unwrap();
        }
        command
            .current_dir(dir)
            .env("GIT_CONFIG_GLOBAL", config)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command.env("PYFLOW_REVIEW_USER", "alice").env("PYFLOW_REVIEW_TOKEN", "alice-pw").env("PYFLOW_KEYRING", "off");
        command.env("PYFLOW_REVIEW_TOKEN_FOR", &self.url);
        command
    }

    /// Plain pushes find the password in the remote's URL; pyflow must bring its own.
    fn without_password(&self, dir: &Path) {
        let remote = format!("{}/a/{}", self.url, self.project);
        time(self.command("git", dir).args(["remote", "set-url", "gerrit", &remote]));
    }

    /// A clone in which the first of the new commits brings the many files.
    fn large_clone(&self, name: &str) -> PathBuf {
        let dir = self.clone(name, 0);
        for number in 0..FILES {
            let folder = dir.join(format!("{name}/d{}", number / 500));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("f{number}")), format!("{name} {number}\n")).unwrap();
        }
        for number in 0..STACK {
            std::fs::write(dir.join(format!("{name}/d0/n{number}")), format!("{number}\n")).unwrap();
            let changed = if number == 0 { name.to_owned() } else { format!("{name}/d0") };
            time(self.command("git", &dir).args(["add", &changed]));
            self.commit(&dir, &format!("{name} commit {number}"));
        }
        dir
    }

    /// What is staged, under a Change-Id that nothing had before.
    fn commit(&self, dir: &Path, subject: &str) {
        let id = format!("{:0>40}", format!("{:x}", fnv(&format!("{subject} {:?}", Instant::now()))));
        time(self.command("git", dir).args(["commit", "-q", "-m", &format!("{subject}\n\nChange-Id: I{id}")]));
    }

    fn fetch(&self, dir: &Path) -> Duration {
        time(self.command("git", dir).args(["fetch", "-q", "gerrit", "+refs/heads/master:refs/remotes/gerrit/master"]))
    }

    fn query(&self, dir: &Path) -> Duration {
        let query = format!("{}/a/changes/?q=owner:self&n=1", self.url);
        time(self.command("curl", dir).args(["-sf", "-u", "alice:alice-pw", &query]))
    }

    /// fetch, push and one query: what a person with git and curl would do at least.
    fn bare(&self, dir: &Path) -> Duration {
        let fetched = self.fetch(dir);
        fetched
            + time(self.command("git", dir).args(["push", "-q", "gerrit", "HEAD:refs/for/master"]))
            + self.query(dir)
    }

    fn tracked(&self, dir: &Path) -> Vec<u8> {
        self.command("git", dir).args(["rev-parse", "refs/remotes/gerrit/master"]).output().unwrap().stdout
    }

    /// A change of somebody's is sent, approved and merged.
    fn lands(&self, name: &str) {
        let dir = self.clone(name, 1);
        time(self.command("git", &dir).args(["push", "-q", "gerrit", "HEAD:refs/for/master"]));
        let change = format!("{}/a/changes/{}", self.url, self.change_id(&dir));
        let vote = ["-H", "Content-Type: application/json", "-d", "{\"labels\": {\"Code-Review\": 2}}"];
        let sign = ["-sf", "-u", "alice:alice-pw"];
        let review = format!("{change}/revisions/current/review");
        time(self.command("curl", &dir).args(sign).args(vote).arg(review));
        let is_merged = || {
            let said = self.command("curl", &dir).args(sign).arg(&change).output().unwrap().stdout;
            String::from_utf8_lossy(&said).contains("\"status\":\"MERGED\"")
        };
        while !is_merged() {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn change_id(&self, dir: &Path) -> String {
        let format = "--format=%(trailers:key=Change-Id,valueonly,separator=)";
        let said = self.command("git", dir).args(["log", "-1", format]).output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// The server has each of the newest commits, as the only patch set of one change.
    fn has_arrived(&self, dir: &Path, commits: usize) {
        let said = self
            .command("git", dir)
            .args(["log", &format!("-{commits}"), "--format=%H %(trailers:key=Change-Id,valueonly,separator=)"])
            .output()
            .unwrap();
        let log = String::from_utf8(said.stdout).unwrap();
        let mine: Vec<(&str, &str)> = log.lines().map(|line| line.split_once(' ').unwrap()).collect();
        assert_eq!(mine.len(), commits, "{log}");
        for mine in mine.chunks(20) {
            let terms: Vec<String> = mine.iter().map(|(_, id)| format!("change:{id}")).collect();
            let query = format!("{}/a/changes/?q={}&o=ALL_REVISIONS&n=100", self.url, terms.join("+OR+"));
            let said = self.command("curl", dir).args(["-sf", "-u", "alice:alice-pw", &query]).output().unwrap();
            let text = String::from_utf8(said.stdout).unwrap();
            let there: Vec<serde_json::Value> = serde_json::from_str(text.trim_start_matches(")]}'")).unwrap();
            assert_eq!(there.len(), mine.len(), "a change is missing, or there twice: {}", dir.display());
            for (commit, id) in mine {
                let change = there.iter().find(|change| change["change_id"] == *id).unwrap();
                let revisions = change["revisions"].as_object().unwrap();
                assert!(revisions.len() == 1 && revisions.contains_key(*commit), "{commit}: {change:#}");
            }
        }
    }
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn submit(stage: &Stage, commits: usize) {
    println!("submit of {commits} (medians of {RUNS}, new changes each time)");
    let mut bare = Times::new("git fetch + push + curl");
    let mut pyflow = Times::new("pyflow submit");
    let mut peer = Times::new("git review");
    let mut sent = Vec::new();
    for run in 0..RUNS {
        let dir = stage.clone(&format!("bare-{commits}-{run}"), commits);
        bare.add(stage.bare(&dir));
        sent.push(dir);
        let dir = stage.clone(&format!("pyflow-{commits}-{run}"), commits);
        stage.without_password(&dir);
        pyflow.add(time(stage.command(PYFLOW, &dir).args(["submit", "--yes"])));
        sent.push(dir);
        if let Some(path) = git_review() {
            let dir = stage.clone(&format!("peer-{commits}-{run}"), commits);
            time(stage.command("git", &dir).args(["config", "gitreview.remote", "gerrit"]));
            peer.add(time(stage.command(path, &dir).args(["-y"])));
            sent.push(dir);
        }
    }
    for dir in sent {
        stage.has_arrived(&dir, commits);
    }
    bare.print(None);
    pyflow.print(Some(&bare));
    if peer.all.is_empty() {
        println!("  not run: git review (PYFLOW_PEER_GIT_REVIEW is not set)");
    } else {
        peer.print(Some(&bare));
        let share = (pyflow.median() - bare.median()) / (peer.median() - bare.median());
        println!("  pyflow's excess over bare git is {share:.2} of git-review's");
    }
}

/// A submit of one commit while somebody's change has landed since the last fetch.
fn behind(stage: &Stage) {
    println!("submit of 1, its target has moved (medians of {RUNS})");
    let mut bare = Times::new("git fetch + push + curl");
    let mut pyflow = Times::new("pyflow submit");
    for run in 0..RUNS {
        let dir = stage.clone(&format!("behind-bare-{run}"), 1);
        stage.lands(&format!("landed-bare-{run}"));
        bare.add(stage.bare(&dir));
        let dir = stage.clone(&format!("behind-{run}"), 1);
        stage.without_password(&dir);
        stage.lands(&format!("landed-{run}"));
        let before = stage.tracked(&dir);
        pyflow.add(time(stage.command(PYFLOW, &dir).args(["submit", "--yes"])));
        assert_ne!(before, stage.tracked(&dir), "nothing was fetched");
    }
    bare.print(None);
    pyflow.print(Some(&bare));
}

/// Files of the large repository, and commits of its stack.
const FILES: usize = 50_000;
const STACK: usize = 200;
/// Runs of the large measurement.
const LARGE: usize = 3;

fn large(stage: &Stage) {
    println!("submit of {STACK} commits in {FILES} files (medians of {LARGE}, new files and changes each time)");
    let mut bare = Times::new("git fetch + push + curl");
    let mut pyflow = Times::new("pyflow submit, new");
    let mut idle = Times::new("git fetch + curl");
    let mut again = Times::new("pyflow submit, nothing new");
    for run in 0..LARGE {
        let dir = stage.large_clone(&format!("large-bare-{run}"));
        bare.add(stage.bare(&dir));
        idle.add(stage.fetch(&dir) + stage.query(&dir));
        stage.has_arrived(&dir, STACK);
        let dir = stage.large_clone(&format!("large-pyflow-{run}"));
        stage.without_password(&dir);
        pyflow.add(time(stage.command(PYFLOW, &dir).args(["submit", "--yes"])));
        again.add(time(stage.command(PYFLOW, &dir).args(["submit", "--yes"])));
        stage.has_arrived(&dir, STACK);
    }
    bare.print(None);
    pyflow.print(Some(&bare));
    idle.print(None);
    again.print(Some(&idle));
}
