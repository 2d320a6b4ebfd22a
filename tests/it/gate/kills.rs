//! The server is killed, stopped, started twice: nothing is lost, nothing runs on, nothing untested lands.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use super::{Stage, job};
use crate::sandbox::{PYFLOW, Random, World, soak};

/// Processes of jobs of this world.
fn running(mark: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let ours = all.filter(|entry| {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        environment.split(|b| *b == 0).any(|variable| variable == format!("MARK={mark}").as_bytes())
    });
    ours.map(|entry| {
        String::from_utf8_lossy(&std::fs::read(entry.path().join("cmdline")).unwrap_or_default()).into_owned()
    })
    .filter(|line| !line.is_empty())
    .collect()
}

#[test]
fn a_stop_and_a_kill_keep_the_queue_and_end_the_jobs() {
    let world = World::embedded();
    let go = world.path("go");
    let mark = world.path("mark").display().to_string();
    // It ignores what can be ignored.
    let script = format!("trap '' TERM HUP INT; while [ ! -e {} ]; do sleep 0.02; done", go.display());
    let keys = format!("environment = {{ MARK = \"{mark}\" }}");
    let stage = Stage::new(&world, "sandbox = \"none\"\nslots = 2", &job("unit", &keys, &script));
    let numbers: Vec<u64> = ["one", "two", "three"].iter().map(|name| stage.push_change(name, &[(name, "")])).collect();
    let checked = stage.push_change("four", &[("four", "")]);
    for number in [numbers[1], numbers[0], numbers[2]] {
        stage.approve(number);
    }
    stage.wait("jobs run", || running(&mark).len() >= 2);
    let order = |stage: &Stage<'_>| {
        let saved: serde_json::Value = serde_json::from_str(&stage.queues()).expect("JSON");
        saved["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|i| format!("{} {}", i["pipeline"], i["change"]))
            .collect::<Vec<_>>()
    };
    let before = order(&stage);
    assert_eq!(before.len(), 4, "{before:?}");

    let second =
        Command::new(PYFLOW).args(["serve", "--listen", "127.0.0.1:0", "--dir"]).arg(world.server.file("")).output();
    let second = second.expect("it starts");
    assert_eq!(second.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&second.stderr).contains("another process uses "));

    world.server.kill();
    stage.wait("the jobs end with their server", || running(&mark).is_empty());
    world.server.kill_and_restart();
    assert_eq!(order(&stage), before);
    stage.wait("jobs run again", || !running(&mark).is_empty());
    world.server.restart();
    assert_eq!(order(&stage), before);
    std::fs::write(&go, "").expect("a file");
    stage.wait_merged(&numbers);
    assert_eq!(stage.landed("main"), ["two", "one", "three"].map(|name| format!("Merge \"{name}\"")));
    stage.wait("check ends", || stage.verified(checked) == 1);
    stage.wait("nothing runs", || running(&mark).is_empty());
}

/// What somebody was told that it is stored.
struct Told {
    number: u64,
    name: String,
    comment: bool,
    vote: bool,
}

impl Told {
    /// One that has some jobs fail and some pass; `None`: the server is gone.
    fn pushed(stage: &Stage<'_>, name: String) -> Option<Self> {
        stage.clone.git(["checkout", "-q", "--detach", "gerrit/main"]);
        stage.commit(&name, &[(name.as_str(), "one line\n")]);
        let run = stage.clone.try_git(["push", &stage.url(), "HEAD:refs/for/main"]);
        if run.code != Some(0) {
            assert!(!run.stderr.contains("rejected"), "{}", run.stderr);
            return None;
        }
        let number = run.stderr.rsplit("/+/").next()?.split_whitespace().next()?.parse().ok()?;
        Some(Self { number, name, comment: false, vote: false })
    }

    /// Comments, then votes; `None`: the server is gone.
    fn reviewed(&mut self, stage: &Stage<'_>) -> Option<()> {
        let (name, path) = (&self.name, format!("changes/{}/revisions/current/review", self.number));
        let comment = json!({ "message": format!("About {name}"), "comments": { name: [{ "line": 1, "message": format!("Why {name}?") }] } });
        for (done, body) in [(&mut self.comment, comment), (&mut self.vote, json!({ "labels": { "Code-Review": 2 } }))]
        {
            let (status, words) = stage.world.server.ask("carol", "POST", &path, Some(&body))?;
            assert_eq!(status, 200, "{words}");
            *done = true;
        }
        Some(())
    }

    fn is_there(&self, stage: &Stage<'_>, seed: u64) {
        let Self { number, name, comment, vote } = self;
        let change = stage.change(*number);
        assert_eq!(change["subject"], *name, "seed {seed}");
        if *comment {
            let inline = stage.world.server.rest("carol", "GET", &format!("changes/{number}/comments"), None);
            let said = change["messages"].to_string();
            assert!(said.contains(&format!("About {name}")), "seed {seed}: the message on {name} is lost: {change:#}");
            assert_eq!(
                inline[name][0]["message"],
                format!("Why {name}?"),
                "seed {seed}: the comment on {name} is lost: {inline:#}"
            );
        }
        let voted = change["labels"]["Code-Review"]["approved"].is_object();
        assert!(voted || !vote, "seed {seed}: the vote on {name} is lost: {change:#}");
    }
}

/// `kill -9` at random moments, of a start as well, while somebody pushes, comments and approves: what
/// was acknowledged is there, no job runs on, the queue goes on, and the branch holds only what passed.
#[test]
fn killed_at_any_moment_it_goes_on() {
    let world = World::embedded();
    let passed = world.path("passed");
    let mark = world.path("mark").display().to_string();
    let script =
        format!("ls broken-* >/dev/null 2>&1 && exit 1; sleep 0.05; git rev-parse HEAD >> {}", passed.display());
    let keys = format!("environment = {{ MARK = \"{mark}\" }}");
    let stage = Stage::new(&world, "sandbox = \"none\"\nslots = 3", &job("unit", &keys, &script));
    let mut random = Random::new();
    let seed = random.seed;
    let mut told: Vec<Told> = Vec::new();
    for round in 0..2 * soak() {
        let before = told.len();
        let moment = Duration::from_millis(random.below(800) as u64);
        let killed = world.server.kill_after(move || std::thread::sleep(moment));
        for at in 0.. {
            let name = format!("{}-{round}-{at}", if random.below(4) == 0 { "broken" } else { "file" });
            let Some(mut pushed) = Told::pushed(&stage, name) else { break };
            let goes_on = pushed.reviewed(&stage);
            told.push(pushed);
            if goes_on.is_none() {
                break;
            }
        }
        killed.join().expect("it is killed");
        world.server.kill();
        stage.wait("the jobs end with their server", || running(&mark).is_empty());
        if random.below(3) == 0 {
            world.server.kill_while_it_starts(Duration::from_millis(random.below(150) as u64));
        }
        world.server.kill_and_restart();
        for told in &told[before..] {
            told.is_there(&stage, seed);
        }
    }
    let ended = |number: u64| {
        let said = stage.said(number);
        said.iter().any(|m| m.contains("Build failed (gate")) || stage.status(number) == "MERGED"
    };
    for told in &told {
        told.is_there(&stage, seed);
        let Told { number, name, vote, .. } = told;
        if *vote {
            stage.wait(&format!("seed {seed}: {name} is forgotten"), || ended(*number));
            // One that stood behind a broken one may have been in its way; it is tried again without it.
            assert_eq!(
                stage.status(*number) == "MERGED",
                name.starts_with("file"),
                "seed {seed}: {name}\n{}",
                stage.log()
            );
        }
    }
    let passed = std::fs::read_to_string(&passed).unwrap_or_default();
    let root = stage.server_git(&["rev-list", "--max-parents=0", "main"]);
    for commit in stage.server_git(&["rev-list", "--first-parent", "main"]).lines().filter(|c| *c != root) {
        assert!(passed.lines().any(|p| p == commit), "seed {seed}: {commit} did not pass");
    }
    stage.wait("nothing runs", || running(&mark).is_empty());
}

/// Lets the server find a git that does this before it moves refs, and is like any other beside that.
fn let_git(world: &World, first: &str) {
    let bin = world.path("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let path = std::env::var("PATH").expect("PATH");
    let script = format!(
        "#!/bin/sh\nPATH={path}\ncd {}\ncase \" $* \" in *' update-ref '*) {first};; esac\nexec git \"$@\"\n",
        world.path("").display()
    );
    std::fs::write(bin.join("git"), script).expect("a file");
    std::fs::set_permissions(bin.join("git"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    world.server.search_only(&bin);
}

/// Kills the server when a file appears.
fn kill_at(world: &World, file: &str) -> std::thread::JoinHandle<()> {
    let file = world.path(file);
    world.server.kill_after(move || {
        while !file.exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
    })
}

/// A git that moves refs may outlive the server that started it. The next server waits for it, and
/// then knows what it has stored.
#[test]
fn the_last_git_of_a_killed_server_ends_before_the_next_one_begins() {
    let world = World::embedded();
    let stage = Stage::new(&world, "sandbox = \"none\"", "");
    let_git(&world, "touch begun; sleep 0.7");
    world.server.kill_and_restart();
    stage.commit("Fix the parser", &[("file.txt", "")]);
    let killed = kill_at(&world, "begun");
    assert_ne!(stage.clone.try_git(["push", &stage.url(), "HEAD:refs/for/main"]).code, Some(0), "nobody said so");
    killed.join().expect("it is killed");
    world.server.kill_and_restart();
    stage.approve(1);
    stage.wait_merged(&[1]);
}

/// Killed when a job has failed and nothing is said of it yet: it is tested again, not forgotten.
#[test]
fn what_has_ended_and_was_not_told_is_tested_again() {
    let world = World::embedded();
    let go = world.path("go");
    let script = format!("while [ ! -e {} ]; do sleep 0.02; done; exit 1", go.display());
    let stage = Stage::new(&world, "sandbox = \"none\"", &job("unit", "pipelines = [\"gate\"]", &script));
    let_git(&world, "[ ! -e go ] || { touch begun; sleep 0.2; exit 1; }");
    world.server.kill_and_restart();
    let number = stage.push_change("Fix the parser", &[("file.txt", "")]);
    stage.approve(number);
    stage.wait("the job runs", || stage.said(number).len() == 1);
    let killed = kill_at(&world, "begun");
    std::fs::write(&go, "").expect("a file");
    killed.join().expect("it is killed");
    world.server.kill();
    let saved = stage.queues();
    assert_eq!(saved.matches("\"change\"").count(), 1, "{saved}");
    let_git(&world, ":");
    world.server.kill_and_restart();
    stage.wait("it is told", || stage.reports(number) == 1);
    stage.wait("nothing is left to tell", || stage.is_idle());
    // One that is killed when it is told, and not saved yet, does not begin again.
    world.server.kill();
    std::fs::write(world.server.file("gate/queue.json"), saved).expect("a file");
    world.server.kill_and_restart();
    assert_eq!((stage.reports(number), stage.is_idle()), (1, true), "{}", stage.queues());
}
