//! What the server bears: fifty people who push and look at once, and ten thousand stored changes.
//!
//! `cargo bench --bench load`. The people need a minute (`PYFLOW_LOAD_SECONDS`); one in four changes is
//! approved and goes through the gate meanwhile. An answer that nobody asked for ends the bench.

#![allow(clippy::print_stdout, reason = "a bench is a program whose output is its result")]
#![allow(clippy::unwrap_used, reason = "in a bench a panic is the report")]

mod stage;

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use git2::{ObjectType, Oid, Repository, Signature, Time};
use serde_json::{Value, json};
use stage::{PYFLOW, Stage, change_id, git, median, numbers, row, run, timed};

const PEOPLE: usize = 50;
const CHANGES: u32 = 10_000;
/// So many of them are open, all of one person.
const OPEN: u32 = 100;
const RUNS: usize = 15;

fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let seconds = std::env::var("PYFLOW_LOAD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    crowd(Duration::from_secs(seconds));
    stored();
}

/// What one person did: seconds of each push and of each question, and the approved changes.
#[derive(Default)]
struct Done {
    pushes: Vec<f64>,
    questions: Vec<f64>,
    approved: Vec<u32>,
}

fn crowd(time: Duration) {
    let people: Vec<String> = (0..PEOPLE).map(|at| format!("person{at}")).collect();
    let stage = Stage::new("none", &people);
    println!("{PEOPLE} people who push and look for {} s", time.as_secs());
    let megabytes = |name: &str| stage.memory(name) / 1024;
    let before = megabytes("VmRSS");
    let began = Instant::now();
    let all = Mutex::new(Done::default());
    std::thread::scope(|scope| {
        for name in &people {
            let (stage, all) = (&stage, &all);
            scope.spawn(move || {
                let done = person(stage, name, began, time);
                let mut all = all.lock().unwrap();
                all.pushes.extend(done.pushes);
                all.questions.extend(done.questions);
                all.approved.extend(done.approved);
            });
        }
        for quarter in 1..=4 {
            std::thread::sleep((time * quarter / 4).saturating_sub(began.elapsed()));
            let (memory, threads) = (megabytes("VmRSS"), stage.memory("Threads"));
            println!("  after {:>3} s: {memory} MB, {threads} threads", began.elapsed().as_secs());
        }
    });
    let all = all.into_inner().unwrap();
    for number in &all.approved {
        stage.wait(*number, "MERGED");
    }
    let landed = began.elapsed().saturating_sub(time).as_secs_f64();
    println!("  {} pushes, {} questions, no error", all.pushes.len(), all.questions.len());
    println!("  memory: {before} MB at the start, {} MB now, {} MB at most", megabytes("VmRSS"), megabytes("VmHWM"));
    row("the last of the approved has landed after the end", landed, None);
    let (slowest, pushes) = (all.pushes.iter().copied().fold(0.0, f64::max), median(all.pushes));
    row("a push, half of them took less than", pushes, None);
    row("the slowest push", slowest, None);
    let (slowest, questions) = (all.questions.iter().copied().fold(0.0, f64::max), median(all.questions));
    row("a question, half of them took less than", questions, None);
    row("the slowest question", slowest, None);
}

/// Pushes a change, looks at it, at the queues and at the list, and begins again.
fn person(stage: &Stage, name: &str, began: Instant, time: Duration) -> Done {
    let dir = stage.clone(name, "quick");
    let repository = Repository::open(&dir).unwrap();
    let tip = repository.refname_to_id("refs/remotes/origin/main").unwrap();
    let mut done = Done::default();
    while began.elapsed() < time {
        let commit = commit(&repository, name, tip);
        let pushing = Instant::now();
        let said = git(name, &dir, &["push", "origin", &format!("{commit}:refs/for/main")]);
        done.pushes.push(pushing.elapsed().as_secs_f64());
        let number = numbers(&said)[0];
        if number.is_multiple_of(4) {
            stage.approve(number);
            done.approved.push(number);
        }
        for path in [
            &format!("a/changes/{number}/detail"),
            "api/tenant/pyflow/status",
            "a/changes/?q=owner:self+status:open&n=25&o=CURRENT_REVISION&o=DETAILED_LABELS&o=MESSAGES",
            "",
        ] {
            let asking = Instant::now();
            stage.ask(name, path, None).unwrap();
            done.questions.push(asking.elapsed().as_secs_f64());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    done
}

/// A commit of one more file.
fn commit(repository: &Repository, name: &str, below: Oid) -> Oid {
    let id = change_id();
    let below = repository.find_commit(below).unwrap();
    let mut tree = repository.treebuilder(Some(&below.tree().unwrap())).unwrap();
    tree.insert(&id, repository.blob(id.as_bytes()).unwrap(), 0o100_644).unwrap();
    let tree = repository.find_tree(tree.write().unwrap()).unwrap();
    let who = Signature::now(name, &format!("{name}@example.com")).unwrap();
    repository.commit(None, &who, &who, &format!("Write {id}\n\nChange-Id: {id}"), &tree, &[&below]).unwrap()
}

fn stored() {
    let mut stage = Stage::new("none", &[]);
    let dir = stage.clone("carol", "quick");
    std::fs::write(dir.join("first"), "first\n").unwrap();
    git("carol", &dir, &["add", "."]);
    git("carol", &dir, &["commit", "-q", "-m", &format!("Write a file\n\nChange-Id: {}", change_id())]);
    git("carol", &dir, &["push", "-q", "origin", "HEAD:refs/for/main"]);
    stage.stop();
    multiply(&stage.dir().join("projects/quick.git"));
    println!("{CHANGES} changes stored, {OPEN} of them open");
    let start = median(
        (0..RUNS)
            .map(|_| {
                stage.stop();
                stage.start().as_secs_f64()
            })
            .collect(),
    );
    row("start", start, Some(1.0));
    println!("  memory: {} MB", stage.memory("VmRSS") / 1024);
    let ask = |path: &str| timed(RUNS, || drop(stage.ask("carol", path, None).unwrap()));
    row("the gate's status", ask("api/tenant/pyflow/status"), Some(0.02));
    row("one change in full", ask("a/changes/5000/detail"), None);
    row(
        "my open changes, 25 of them",
        ask("a/changes/?q=owner:self+status:open&n=25&o=ALL_REVISIONS&o=MESSAGES"),
        None,
    );
    row("a query that looks at all of them", ask("a/changes/?q=message:nothing+age:1h"), None);
    row("the page", ask(""), None);
    status(&stage, &dir);
}

/// Stores the change of this repository again and again, each with a commit of its own.
fn multiply(path: &Path) {
    let repository = Repository::open_bare(path).unwrap();
    let first = repository.find_reference("refs/changes/01/1/meta").unwrap().peel_to_tree().unwrap();
    let first = first.get_name("change.json").unwrap().id();
    let first: Value = serde_json::from_slice(repository.find_blob(first).unwrap().content()).unwrap();
    let commit = repository.find_reference("refs/changes/01/1/1").unwrap().peel_to_commit().unwrap();
    let (tree, parent) = (commit.tree().unwrap(), commit.parent(0).unwrap());
    // All objects in one pack, and all refs in one file, as the server leaves them when it is idle.
    let odb = repository.odb().unwrap();
    let pack = odb.add_new_mempack_backend(999).unwrap();
    let mut refs: Vec<(String, Oid)> = vec![("refs/heads/main".into(), parent.id())];
    let who =
        |at: u32| Signature::new("carol", "carol@example.com", &Time::new(1_700_000_000 + i64::from(at), 0)).unwrap();
    for number in 1..=CHANGES {
        let (who, id) = (who(number), change_id());
        let message = format!("Write a file, {number}\n\nChange-Id: {id}\n");
        let own = repository.commit(None, &who, &who, &message, &tree, &[&parent]).unwrap();
        let mut change = first.clone();
        change["number"] = number.into();
        change["key"] = id.into();
        let facts = &mut change["patch_sets"][0]["commit"];
        facts["id"] = own.to_string().into();
        facts["subject"] = format!("Write a file, {number}").into();
        facts["message"] = message.into();
        if number <= CHANGES - OPEN {
            change["status"] = "MERGED".into();
            change["submitted"] =
                json!({"by": change["owner"], "when": change["updated"], "submission_id": number.to_string()});
        }
        let blob = odb.write(ObjectType::Blob, change.to_string().as_bytes()).unwrap();
        let mut meta = repository.treebuilder(None).unwrap();
        meta.insert("change.json", blob, 0o100_644).unwrap();
        let meta = repository.find_tree(meta.write().unwrap()).unwrap();
        let meta = repository.commit(None, &who, &who, "Upload patch set 1", &meta, &[]).unwrap();
        let place = format!("refs/changes/{:02}/{number}", number % 100);
        refs.extend([(format!("{place}/1"), own), (format!("{place}/meta"), meta)]);
    }
    let mut bytes = git2::Buf::new();
    pack.dump(&repository, &mut bytes).unwrap();
    pack.reset().unwrap();
    let mut writer = odb.packwriter().unwrap();
    std::io::Write::write_all(&mut writer, &bytes).unwrap();
    writer.commit().unwrap();
    refs.sort();
    std::fs::remove_dir_all(path.join("refs/changes")).unwrap();
    let lines = refs.iter().map(|(name, id)| format!("{id} {name}\n"));
    let text = format!("# pack-refs with: peeled fully-peeled sorted \n{}", lines.collect::<String>());
    std::fs::write(path.join("packed-refs"), text).unwrap();
    run(Command::new("git").arg("--git-dir").arg(path).args(["fsck", "--connectivity-only", "--no-dangling"]));
}

/// `pyflow status` as a whole process, of a stack of three.
fn status(stage: &Stage, dir: &Path) {
    let home = stage.folder.path();
    std::fs::write(home.join("gitconfig"), "[user]\n\tname = carol\n\temail = carol@example.com\n").unwrap();
    let pyflow = |words: &[&str]| {
        let mut command = Command::new(PYFLOW);
        command.current_dir(dir).args(words).env("GIT_CONFIG_GLOBAL", home.join("gitconfig"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("PYFLOW_KEYRING", "off");
        command.env("PYFLOW_REVIEW_USER", "carol").env("PYFLOW_REVIEW_TOKEN", "carol-pw");
        command
    };
    git("carol", dir, &["remote", "set-url", "origin", &format!("{}/a/quick", stage.url)]);
    git("carol", dir, &["checkout", "-q", "--detach", "origin/main"]);
    for at in 1..=3 {
        std::fs::write(dir.join(format!("part-{at}")), "x\n").unwrap();
        git("carol", dir, &["add", "."]);
        git("carol", dir, &["commit", "-q", "-m", &format!("Part {at}")]);
    }
    run(pyflow(&["setup", "--yes", "--url", &stage.url, "--project", "quick", "--branch", "main"])
        .args(["--remote", "origin"]));
    run(&mut pyflow(&["submit", "--yes"]));
    row("pyflow status, the whole process", timed(RUNS, || drop(run(&mut pyflow(&["status"])))), Some(0.02));
}
