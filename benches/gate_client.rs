//! `pyflow status` with a gate: how long a status document of 500 items takes to read, and whole
//! processes beside curl, zuul-client and git-review that ask the same.
//!
//! `cargo bench --bench gate-client`. The review server is the embedded one, the gate a recorded
//! document; zuul-client asks the embedded one, which tells of few builds. `PYFLOW_PEER_ZUUL_CLIENT`
//! and `PYFLOW_PEER_GIT_REVIEW` name the peers; what is missing, or fails, is reported as not run.
//! Figures are medians.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyflow::error::Result;
use pyflow::gate::Gate as _;
use pyflow::gate::zuul::{Transport, Zuul};
use pyflow::http::{Request, Response};
use serde_json::{Value, json};

#[allow(dead_code, reason = "this bench uses a part of it")]
#[path = "stage/server.rs"]
mod server;

use server::Server;

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");
const RUNS: usize = 31;
const STACK: usize = 10;

fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let small = document(&[]);
    let large = document(&(0..500).collect::<Vec<_>>());
    read(&large);
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in [("an idle gate", small), ("500 items", large)] {
        let home = folder.path().join(name.replace(' ', "-"));
        std::fs::create_dir_all(&home).unwrap();
        status(&home, name, body);
    }
}

/// A status document with these changes in the gate, each with eight jobs.
fn document(numbers: &[u64]) -> Vec<u8> {
    let whole: Value = serde_json::from_str(include_str!("../fixtures/zuul-14/status-gate-6-changes.json")).unwrap();
    let pipelines = whole["pipelines"].as_array().unwrap();
    let at = pipelines.iter().position(|pipeline| pipeline["name"] == "gate").unwrap();
    let item = whole["pipelines"][at]["change_queues"][0]["heads"][0][1].clone();
    let items: Vec<Value> = numbers
        .iter()
        .map(|number| {
            let mut item = item.clone();
            item["id"] = format!("{number:032x}").into();
            item["refs"][0]["id"] = format!("{},1", 10_000 + number).into();
            let job = item["jobs"][0].clone();
            // Real sites have long names and addresses; so that the document has its 5 MB.
            let jobs = (0..8).map(|at| {
                let mut job = job.clone();
                job["name"] = format!("tempest-integrated-networking-and-compute-py3-{at}").into();
                job["report_url"] = format!("https://zuul.example.org/t/openstack/build/{at:0>400}").into();
                job
            });
            item["jobs"] = jobs.collect();
            item
        })
        .collect();
    let mut whole = whole.clone();
    whole["pipelines"][at]["change_queues"] = if items.is_empty() {
        json!([])
    } else {
        json!([{"name": "integrated", "branch": null, "window": 20, "heads": [items]}])
    };
    serde_json::to_vec(&whole).unwrap()
}

struct Recorded<'d>(&'d [u8]);

impl Transport for Recorded<'_> {
    fn send(&self, _request: &Request, _token: bool) -> Result<Response> {
        Ok(Response { status: 200, content_type: "application/json".to_owned(), body: self.0.to_vec() })
    }

    fn has_token(&self) -> Result<bool> {
        Ok(false)
    }
}

fn read(body: &[u8]) {
    let zuul = Zuul::new("http://127.0.0.1".parse().unwrap(), None, "proj-b".parse().unwrap(), Recorded(body));
    let mut times = Vec::new();
    let mut found = 0;
    for _ in 0..RUNS {
        let began = Instant::now();
        let snapshot = zuul.look().unwrap();
        found = (0..10).map(|number| snapshot.places("proj-b", 10_000 + number * 50).len()).sum();
        times.push(began.elapsed());
    }
    println!("a document of {} kB and 500 items, ten changes found in it ({found})", body.len() / 1000);
    println!("  read and searched   {:7.2} ms", median(&mut times));
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// Answers every request with one document; the address, without an end.
fn gate(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = Arc::new(body);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let body = Arc::clone(&body);
            std::thread::spawn(move || {
                let mut lines = BufReader::new(&stream).lines();
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let mut stream = &stream;
                stream.write_all(head.as_bytes()).ok();
                stream.write_all(&body).ok();
            });
        }
    });
    url
}

fn run(command: &mut Command) -> Duration {
    let began = Instant::now();
    let output = command.output().unwrap();
    let took = began.elapsed();
    let (said, told) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{command:?}: {said}{told}");
    took
}

fn status(home: &Path, name: &str, body: Vec<u8>) {
    let init = ["init", "--project", "plain", "--branch", "master", "--requirement", "Code-Review"];
    let (_server, url) = Server::with_alice(home.join("server"), &init);
    let gate = gate(body);
    std::fs::write(home.join("gitconfig"), "[user]\n\tname = Alice\n\temail = alice@example.com\n").unwrap();
    let command = |program: &str, dir: &Path| {
        let mut command = Command::new(program);
        command.current_dir(dir).env("GIT_CONFIG_GLOBAL", home.join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("PYFLOW_REVIEW_USER", "alice").env("PYFLOW_REVIEW_TOKEN", "alice-pw").env("PYFLOW_KEYRING", "off");
        command.env("PYFLOW_REVIEW_TOKEN_FOR", &url);
        command
    };
    let remote = format!("{url}/a/plain").replacen("://", "://alice:alice-pw@", 1);
    run(command("git", home).args(["clone", "-q", "-o", "gerrit", &remote, "clone"]));
    let dir = home.join("clone");
    run(command("git", &dir).args(["remote", "set-url", "gerrit", &format!("{url}/a/plain")]));
    let conf = format!(
        "version = 1\n[review]\nurl = \"{url}\"\nproject = \"plain\"\nbranch = \"master\"\n[gate]\nkind = \"zuul\"\nurl = \"{gate}\"\ntenant = \"bench\"\n"
    );
    std::fs::write(dir.join(".reviewconf"), conf).unwrap();
    std::fs::write(dir.join(".git/info/exclude"), ".reviewconf\n").unwrap();
    for number in 0..STACK {
        std::fs::write(dir.join(format!("f{number}")), "x\n").unwrap();
        run(command("git", &dir).args(["add", "."]));
        run(command("git", &dir).args(["commit", "-q", "-m", &format!("Commit {number}")]));
    }
    run(command(PYFLOW, &dir).args(["setup", "--yes"]));
    run(command(PYFLOW, &dir).args(["submit", "--yes"]));
    let query = format!(
        "{url}/a/changes/?q=owner:self&o=ALL_REVISIONS&o=CURRENT_COMMIT&o=DETAILED_ACCOUNTS&o=DETAILED_LABELS&o=SUBMIT_REQUIREMENTS&o=MESSAGES"
    );
    let (me, emails) = (format!("{url}/a/accounts/self"), format!("{url}/a/accounts/self/emails"));
    let status_url = format!("{gate}/api/status");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        // One curl, all requests at the same time.
        let mut curl = command("curl", &dir);
        curl.args(["-sf", "-Z", "-u", "alice:alice-pw", &query, &me, &emails, &status_url]);
        theirs.push(run(&mut curl));
        ours.push(run(command(PYFLOW, &dir).arg("status")));
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    println!("status of a stack of {STACK}, {name}");
    println!("  curl, the same      {theirs:7.2} ms");
    println!("  pyflow status       {ours:7.2} ms   {:+.2} ms, {:.2} times curl", ours - theirs, ours / theirs);
    // git-review finds the password in the remote's address.
    run(command("git", &dir).args(["remote", "set-url", "gerrit", &remote]));
    run(command("git", &dir).args(["config", "gitreview.remote", "gerrit"]));
    peer("PYFLOW_PEER_GIT_REVIEW", "git review -l", ours, |path| {
        let mut command = command(&path.to_string_lossy(), &dir);
        command.arg("-l");
        command
    });
    peer("PYFLOW_PEER_ZUUL_CLIENT", "zuul-client builds", ours, |path| {
        let mut command = command(&path.to_string_lossy(), &dir);
        command.args(["--zuul-url", &url, "builds", "--tenant", "pyflow"]);
        command
    });
}

fn peer(variable: &str, name: &str, ours: f64, command: impl Fn(PathBuf) -> Command) {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else {
        println!("  not run: {name} ({variable} is not set)");
        return;
    };
    let mut times = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let output = command(PathBuf::from(&path)).output().unwrap();
        times.push(began.elapsed());
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            println!("  not run: {name} (it failed: {})", said.lines().last().unwrap_or_default());
            return;
        }
    }
    let theirs = median(&mut times);
    println!("  {name:<19} {theirs:7.2} ms   {:.1} times pyflow status", theirs / ours);
}
