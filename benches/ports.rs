//! `pyflow ports --local` over 5,000 commits on three branches: the whole process.
//!
//! `cargo bench --bench ports`. A tenth of the fixes has no counterpart, so that what they change is
//! compared, too.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");
const RUNS: usize = 15;

/// Commits of each branch since they parted.
const BRANCHES: [(&str, usize); 3] = [("main", 3000), ("3.14", 1000), ("3.13", 1000)];

const REVIEWCONF: &str = "version = 1\n[review]\nurl = \"https://review.example.org\"\nproject = \"p\"\n\
[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` only want to know that it builds.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    history(folder.path());
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run(folder.path())).collect();
    times.sort_unstable();
    let [best, median] = [times[0], times[RUNS / 2]].map(|time| time.as_secs_f64() * 1000.0);
    println!("ports --local, 5,000 commits on three branches: median of {RUNS} {median:.0} ms, best {best:.0} ms");
}

fn run(folder: &Path) -> Duration {
    let began = Instant::now();
    let output =
        Command::new(PYFLOW).args(["ports", "--local", "--format", "json"]).current_dir(folder).output().unwrap();
    let took = began.elapsed();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let counts = &document["counts"];
    assert_eq!((counts["found"].as_u64(), counts["missing"].as_u64()), (Some(1800), Some(200)), "{counts}");
    took
}

/// Every fix of a maintenance branch changes a file of its own; nine of ten have a counterpart, by
/// each kind of evidence in turn.
fn history(folder: &Path) {
    git(folder, &["init", "-q"]);
    std::fs::write(folder.join(".reviewconf"), REVIEWCONF).unwrap();
    let mut stream =
        String::from("commit refs/remotes/gerrit/main\nmark :1\ncommitter A <a@example.org> 1 +0000\ndata 4\nBase\n");
    let mut mark = 1;
    for (branch, count) in BRANCHES {
        if branch != "main" {
            let _ = writeln!(stream, "reset refs/remotes/gerrit/{branch}\nfrom :1\n");
        }
        for number in 0..count {
            mark += 1;
            let (message, text) = commit(branch, number);
            let file = format!("Lib/{}/{number}.py", number % 50);
            let _ = write!(
                stream,
                "commit refs/remotes/gerrit/{branch}\nmark :{mark}\nauthor A <a@example.org> {number} +0000\n\
                 committer A <a@example.org> {number} +0000\ndata {}\n{message}\nM 644 inline {file}\ndata {}\n{text}\n",
                message.len(),
                text.len()
            );
        }
    }
    let mut import = Command::new("git");
    import.args(["fast-import", "--quiet"]).current_dir(folder).stdin(Stdio::piped());
    let mut child = import.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    git(folder, &["symbolic-ref", "HEAD", "refs/heads/work"]);
    git(folder, &["update-ref", "refs/heads/work", "refs/remotes/gerrit/main"]);
}

fn commit(branch: &str, number: usize) -> (String, String) {
    let lines: Vec<String> = (0..20).map(|line| format!("line {line} of {number}\n")).collect();
    let text = lines.concat();
    let id = format!("\n\nChange-Id: I{number:040x}");
    let on_main = branch == "main";
    match number % 10 {
        0 => (format!("Only on {branch} {number}"), format!("{text}{branch}\n")),
        1..=3 => (format!("Fix {number}{id}"), text),
        4..=6 if on_main => (format!("gh-{number}: Fix (GH-{number})"), text),
        4..=6 => (format!("[{branch}] gh-{number}: Fix (GH-{number}) (#9{number})"), text),
        _ => (format!("Fix {number} in other words for {branch}"), text),
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    assert!(Command::new("git").args(arguments).current_dir(folder).status().unwrap().success());
}
