//! The merge gate's times: how much it adds to the jobs' own, and what speculation saves.
//!
//! `cargo bench --bench gate`. One server, one run of each; jobs are shell lines, without a sandbox and,
//! where bubblewrap works, with it. Each job gets a checkout, so file systems tell: of ext4 without a journal
//! nearly all of a long queue's time is the search for inodes that were not freed lately. `TMPDIR=/dev/shm` leaves
//! that out.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

mod stage;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use stage::{SLOTS, Stage, change_id, git, median, numbers, row};

/// As many changes as slots.
const CHANGES: u32 = SLOTS;
/// A queue that is long.
const MANY: u32 = 200;
/// Commits of the stack.
const STACK: u32 = 50;
/// How often what is quick is done.
const RUNS: usize = 5;

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
        let stage = Stage::new(sandbox, &[]);
        println!("{CHANGES} approved changes, sandbox {sandbox}");
        let own = median((0..RUNS).map(|_| land(&stage, "quick", CHANGES, None).as_secs_f64()).collect());
        row("jobs that do nothing: the gate's own, a change", own / f64::from(CHANGES), Some(0.2));
        row("jobs of 5 s", land(&stage, "slow", CHANGES, None).as_secs_f64(), Some(12.0));
        row("the same, the third fails", land(&stage, "slow", CHANGES, Some(3)).as_secs_f64(), None);
    }
    let stage = Stage::new("none", &[]);
    println!("{MANY} approved changes, sandbox none, in {}", std::env::temp_dir().display());
    let own = land(&stage, "quick", MANY, None).as_secs_f64();
    row("jobs that do nothing: the gate's own, a change", own / f64::from(MANY), Some(0.2));
    let stage = Stage::new("none", &[]);
    println!("a stack of {STACK} commits");
    let runs: Vec<(f64, f64)> = (0..RUNS).map(|_| stack(&stage)).collect();
    row("pushed for review", median(runs.iter().map(|r| r.0).collect()), Some(0.5));
    row("all approved but the top one; that one, and landed", median(runs.iter().map(|r| r.1).collect()), None);
}

/// Commits a file that is like no other.
fn commit(dir: &Path, file: &str) {
    let id = change_id();
    std::fs::write(dir.join(file), &id).unwrap();
    git("carol", dir, &["add", "."]);
    git("carol", dir, &["commit", "-q", "-m", &format!("Write {file}\n\nChange-Id: {id}")]);
}

/// Pushes HEAD; the numbers of its changes.
fn push(dir: &Path) -> Vec<u32> {
    numbers(&git("carol", dir, &["push", "origin", "HEAD:refs/for/main"]))
}

/// From the first approval until all are merged, or thrown out.
fn land(stage: &Stage, project: &str, count: u32, broken: Option<u32>) -> Duration {
    let dir = stage.clone("carol", project);
    let mut numbers = Vec::new();
    for at in 1..=count {
        git("carol", &dir, &["checkout", "-q", "--detach", "origin/HEAD"]);
        let file = if broken == Some(at) { "FAIL".to_owned() } else { format!("file-{at}") };
        commit(&dir, &file);
        numbers.extend(push(&dir));
    }
    let began = Instant::now();
    for number in &numbers {
        stage.approve(*number);
    }
    for (at, number) in (1..).zip(&numbers) {
        stage.wait(*number, if broken == Some(at) { "Build failed" } else { "MERGED" });
    }
    began.elapsed()
}

/// Seconds until a stack is pushed, and until it has landed, without a job, once its last change is approved.
fn stack(stage: &Stage) -> (f64, f64) {
    let dir = stage.clone("carol", "quick");
    for at in 0..STACK {
        commit(&dir, &format!("stack-{at}"));
    }
    let began = Instant::now();
    let numbers = push(&dir);
    let pushed = began.elapsed();
    assert_eq!(numbers.len(), STACK as usize);
    let (last, below) = numbers.split_last().unwrap();
    for number in below {
        stage.approve(*number);
    }
    let began = Instant::now();
    stage.approve(*last);
    stage.wait(*last, "MERGED");
    (pushed.as_secs_f64(), began.elapsed().as_secs_f64())
}
