//! The merge gate's times: how much it adds to the jobs' own, and what speculation saves.
//!
//! `cargo bench --bench gate`. One server, one run of each; jobs are shell lines, without a sandbox and,
//! where bubblewrap works, with it.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");
/// As many changes, and as many slots.
const CHANGES: u32 = 8;
/// Commits of the stack.
const STACK: u32 = 50;

fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let works = Command::new("bwrap").args(["--unshare-user", "--ro-bind", "/", "/", "true"]).output();
    let mut sandboxes = vec!["none"];
    if works.is_ok_and(|output| output.status.success()) {
        sandboxes.push("bubblewrap");
    } else {
        println!("not run: jobs in bubblewrap (it is not there, or does not work here)");
    }
    for sandbox in sandboxes {
        let stage = Stage::new(sandbox);
        println!("sandbox {sandbox}");
        let took = stage.land("quick", false);
        println!(
            "  {CHANGES} changes, jobs that do nothing  {:>7.2} s, {:.3} s a change",
            secs(took),
            secs(took) / f64::from(CHANGES)
        );
        println!("  {CHANGES} changes, jobs of 5 s           {:>7.2} s", secs(stage.land("slow", false)));
        println!("  the same, the third fails       {:>7.2} s", secs(stage.land("slow", true)));
    }
    let stage = Stage::new("none");
    stage.stack();
}

fn secs(time: Duration) -> f64 {
    time.as_secs_f64()
}

struct Stage {
    folder: tempfile::TempDir,
    url: String,
    server: Child,
    client: reqwest::blocking::Client,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{text}");
    text
}

fn git(dir: &Path, words: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/nowhere").env("GIT_TERMINAL_PROMPT", "0");
    command.args(["-c", "user.name=Carol", "-c", "user.email=carol@example.com"]).args(words);
    run(&mut command)
}

/// Commits a file that is like no other.
fn commit(dir: &Path, file: &str) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    std::fs::write(dir.join(file), format!("{:?}", Instant::now())).unwrap();
    git(dir, &["add", "."]);
    let id = format!("{:040x}", COUNT.fetch_add(1, Ordering::Relaxed));
    git(dir, &["commit", "-q", "-m", &format!("Write {file}\n\nChange-Id: I{id}")]);
}

/// Pushes HEAD; the numbers of its changes.
fn push(dir: &Path) -> Vec<u32> {
    let said = git(dir, &["push", "origin", "HEAD:refs/for/main"]);
    let numbers = said.split("/+/").skip(1);
    numbers.map(|rest| rest.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

impl Stage {
    fn new(sandbox: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("server");
        let serve = |words: &str| {
            let mut command = Command::new(PYFLOW);
            command.arg("serve").args(words.split_whitespace()).arg("--dir").arg(&dir);
            command
        };
        for project in ["quick", "slow"] {
            run(&mut serve(&format!("init --project {project} --requirement Code-Review --submit-type merge-always")));
        }
        let mut add = serve("user add carol --email carol@example.com --group core --token-stdin");
        let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"carol-pw").unwrap();
        assert!(child.wait().unwrap().success());
        let path = dir.join("server.toml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        text = text.replace("sandbox = \"bubblewrap\"", &format!("sandbox = \"{sandbox}\"\nslots = {CHANGES}"));
        for (project, script) in [("quick", "true"), ("slow", "sleep 5; test ! -e FAIL")] {
            let _fits = writeln!(
                text,
                "[projects.{project}.jobs.unit]\ncommand = [\"/bin/sh\", \"-c\", \"{script}\"]\npipelines = [\"gate\"]\nignore-files = [\"stack-*\"]"
            );
        }
        std::fs::write(path, text).unwrap();
        let ready = folder.path().join("ready");
        let mut command = serve(&format!("--listen 127.0.0.1:0 --ready-file {}", ready.display()));
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !ready.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let url = std::fs::read_to_string(ready).unwrap().trim().trim_end_matches('/').to_owned();
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        Self { folder, url, server, client }
    }

    fn clone(&self, project: &str) -> PathBuf {
        let dir = self
            .folder
            .path()
            .join(format!("{project}-{:?}", Instant::now()).replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        let url = self.url.replacen("://", "://carol:carol-pw@", 1) + "/a/" + project;
        git(self.folder.path(), &["clone", "-q", &url, &dir.display().to_string()]);
        dir
    }

    fn approve(&self, number: u32) {
        let url = format!("{}/a/changes/{number}/revisions/current/review", self.url);
        let request = self.client.post(url).basic_auth("carol", Some("carol-pw"));
        let answer = request.header("content-type", "application/json").body(r#"{"labels":{"Code-Review":2}}"#).send();
        assert!(answer.unwrap().status().is_success());
    }

    fn wait(&self, number: u32, words: &str) {
        let url = format!("{}/a/changes/{number}/?o=MESSAGES", self.url);
        loop {
            let text = self.client.get(&url).basic_auth("carol", Some("carol-pw")).send().unwrap().text().unwrap();
            if text.contains(words) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// From the first approval until all are merged, or thrown out.
    fn land(&self, project: &str, third_fails: bool) -> Duration {
        let dir = self.clone(project);
        let mut numbers = Vec::new();
        for at in 1..=CHANGES {
            git(&dir, &["checkout", "-q", "--detach", "origin/HEAD"]);
            let file = if third_fails && at == 3 { "FAIL".to_owned() } else { format!("file-{at}") };
            commit(&dir, &file);
            numbers.extend(push(&dir));
        }
        let began = Instant::now();
        for number in &numbers {
            self.approve(*number);
        }
        for (at, number) in numbers.iter().enumerate() {
            self.wait(*number, if third_fails && at == 2 { "Build failed" } else { "MERGED" });
        }
        began.elapsed()
    }

    /// A stack is pushed, and lands without a job.
    fn stack(&self) {
        let dir = self.clone("quick");
        for at in 0..STACK {
            commit(&dir, &format!("stack-{at}"));
        }
        let began = Instant::now();
        let numbers = push(&dir);
        println!(
            "a stack of {} commits\n  pushed for review               {:>7.2} s",
            numbers.len(),
            secs(began.elapsed())
        );
        for number in &numbers[..numbers.len() - 1] {
            self.approve(*number);
        }
        let began = Instant::now();
        self.approve(numbers[numbers.len() - 1]);
        self.wait(numbers[numbers.len() - 1], "MERGED");
        println!("  the last approved and landed    {:>7.2} s", secs(began.elapsed()));
    }
}
