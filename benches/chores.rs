//! The chores before review beside the Python tools that they replace: whole processes, in one run,
//! alternating, medians. `cargo bench --bench chores`; the tools are named by
//! `PYFLOW_PEER_BLURB` (`tests/real/peers.sh env`) and `PYFLOW_REINDENT` (`tests/real/peers.sh cpython`),
//! and what needs one that is not named is reported as not run.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "this bench uses a part of it")]
#[path = "stage/server.rs"]
mod server;

use server::Server;

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");

/// Runs of each measurement; the Python tools take seconds.
const RUNS: usize = 9;
const PEER_RUNS: usize = 3;
/// As in the design's budgets.
const FRAGMENTS: usize = 2000;
const FILES: usize = 5000;
const COMMITS: usize = 5;

fn main() {
    // `cargo test --benches` and `cargo bench -- --list` only want to know that it builds.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    news(folder.path());
    patchcheck(folder.path());
    checks(folder.path());
}

fn peer(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.exists())
}

fn command(program: impl AsRef<std::ffi::OsStr>, dir: &Path) -> Command {
    let mut command = Command::new(program);
    let config = dir.parent().unwrap().join("gitconfig");
    if !config.exists() {
        std::fs::write(&config, "[user]\n\tname = Alice Able\n\temail = alice@example.com\n").unwrap();
    }
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", config).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("PYFLOW_KEYRING", "off").env("PYFLOW_REVIEW_USER", "alice").env("PYFLOW_REVIEW_TOKEN", "alice-pw");
    command
}

/// How long it takes; it must end with one of these codes.
fn time(command: &mut Command, codes: &[i32]) -> Duration {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    let took = began.elapsed();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{command:?}\n{text}");
    took
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort_unstable();
    all[all.len() / 2].as_secs_f64() * 1000.0
}

fn git(dir: &Path, arguments: &[&str]) {
    time(command("git", dir).args(arguments), &[0]);
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// One result beside the peer's.
fn told(what: &str, ours: f64, peer: Option<(&str, f64)>) {
    match peer {
        Some((name, theirs)) => {
            println!("{what}: {ours:.1} ms; {name} {theirs:.1} ms ({:.0} times as long)", theirs / ours);
        }
        None => println!("{what}: {ours:.1} ms; the peer was not run: its variable is not set"),
    }
}

/// A tree that blurb takes for CPython's.
fn news(folder: &Path) {
    let dir = folder.join("news");
    write(&dir.join("README.rst"), "This is Python version 3.15.0 alpha 1\n=====================================\n");
    write(&dir.join("LICENSE"), "A. HISTORY OF THE SOFTWARE\n==========================\n");
    for name in ["Include/Python.h", "Python/ceval.c"] {
        write(&dir.join(name), "\n");
    }
    let sections = ["Library", "Core_and_Builtins", "Tests", "Documentation", "C_API", "Windows"];
    for number in 0..FRAGMENTS {
        let section = sections[number % sections.len()];
        let name = format!("2026-01-{:02}-00-00-00.gh-issue-{}.{number:06}.rst", number % 28 + 1, 100_000 + number);
        let text = format!(
            "Fix :func:`spam.eggs{number}`, which did not look at the last\nargument where it was given by name. Patch by A. Able.\n"
        );
        write(&dir.join("Misc/NEWS.d/next").join(section).join(name), &text);
    }
    git(&dir, &["init", "-q"]);
    let blurb = peer("PYFLOW_PEER_BLURB");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        ours.push(time(command(PYFLOW, &dir).args(["news", "merge", "--force", "ours"]), &[0]));
        if let Some(blurb) = blurb.as_ref().filter(|_| run < PEER_RUNS) {
            theirs.push(time(command(blurb, &dir).args(["merge", "--forced", "theirs"]), &[0]));
        }
    }
    if blurb.is_some() {
        let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
        assert!(read("ours") == read("theirs"), "the files differ");
    }
    let theirs = blurb.map(|_| ("blurb merge", median(theirs)));
    told(&format!("news merge, {FRAGMENTS} fragments"), median(ours), theirs);
}

fn patchcheck(folder: &Path) {
    let dir = folder.join("tree");
    let mut text = String::new();
    for number in 0..40 {
        let _ = write!(
            text,
            "def f{number}(a, b):\n    # The sum.\n    if a:\n        return (a +\n                b)\n    return \"{number}\"\n\n\n"
        );
    }
    let text = text.trim_end().to_owned() + "\n";
    for number in 0..FILES {
        write(&dir.join(format!("d{}/f{number}.py", number / 100)), &text);
    }
    let conf = "version = 1\n[review]\nurl = \"https://review.example.org\"\nproject = \"p\"\n[patchcheck]\npreset = \"cpython\"\n";
    write(&dir.join(".reviewconf"), conf);
    git(&dir, &["init", "-q"]);
    git(&dir, &["add", "."]);
    git(&dir, &["commit", "-q", "-m", "Files"]);
    let reindent = peer("PYFLOW_REINDENT");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        ours.push(time(command(PYFLOW, &dir).args(["patchcheck", "--all"]), &[0]));
        if let Some(reindent) = reindent.as_ref().filter(|_| run < 1) {
            theirs.push(time(command("python3", &dir).arg(reindent).args(["-d", "-r", "."]), &[0]));
        }
    }
    let theirs = reindent.map(|_| ("reindent.py -d -r (one run)", median(theirs)));
    told(&format!("patchcheck --all, {FILES} files of {} kB", text.len() / 1000), median(ours), theirs);
}

/// What the checks add to a dry run of submit; the target is looked up at the same time.
fn checks(folder: &Path) {
    let (server, url) = Server::with_alice(folder.join("server"), &["init", "--project", "plain", "--branch", "main"]);
    let clone = folder.join("clone");
    let with_password = url.replacen("://", "://alice:alice-pw@", 1) + "/a/plain";
    git(server.dir(), &["clone", "-q", "-o", "gerrit", &with_password, &clone.to_string_lossy()]);
    write(
        &clone.join(".reviewconf"),
        &format!(
            "version = 1\n[review]\nurl = \"{url}\"\nproject = \"plain\"\nbranch = \"main\"\n[cla]\nkind = \"file\"\npath = \"signed\"\n[news]\nstyle = \"blurb\"\nrequired = true\n[patchcheck]\npreset = \"cpython\"\n"
        ),
    );
    write(&clone.join(".git/info/exclude"), ".reviewconf\n");
    for number in 0..COMMITS {
        write(&clone.join(format!("f{number}.py")), "def f(a):\n    return a\n");
        let fragment = format!("Misc/NEWS.d/next/Library/2026-01-01-00-00-00.gh-issue-12345{number}.aaaaa{number}.rst");
        write(&clone.join(fragment), "Fix it.\n");
        git(&clone, &["add", "."]);
        git(&clone, &["commit", "-q", "-m", &format!("gh-12345{number}: Fix it")]);
    }
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let left_out = ["--no-verify=patchcheck", "--no-verify=news", "--no-verify=cla", "--no-verify=merge"];
    let submit = || {
        let mut command = command(PYFLOW, &clone);
        command.env("PYFLOW_REVIEW_TOKEN_FOR", &url).args(["submit", "-n"]);
        command
    };
    for _ in 0..RUNS * 3 {
        with.push(time(&mut submit(), &[0]));
        without.push(time(submit().args(left_out), &[0]));
    }
    let (with, without) = (median(with), median(without));
    println!(
        "checks of submit, {COMMITS} commits: {with:.1} ms with, {without:.1} ms without patchcheck, news, cla and merge: {:+.1} ms",
        with - without
    );
}
