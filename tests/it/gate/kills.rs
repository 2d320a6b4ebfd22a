//! The server is killed, stopped, started twice: nothing is lost, nothing runs on, nothing untested lands.

use std::process::Command;
use std::time::Duration;

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

/// `kill -9` at random moments while changes come in and are approved: what was acknowledged is
/// there, the queue goes on, and the branch holds only what passed.
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
    let kills = if std::env::var_os("CI").is_some() { 20 } else { 3 } * soak();
    let mut approved = Vec::new();
    for round in 0..kills {
        for at in 0..4 {
            let name = format!("{}-{round}-{at}", if random.below(4) == 0 { "broken" } else { "file" });
            let number = stage.push_change(&name, &[(name.as_str(), "")]);
            stage.approve(number);
            approved.push((number, name));
        }
        std::thread::sleep(Duration::from_millis(random.below(400) as u64));
        world.server.kill_and_restart();
        for (number, name) in &approved {
            let change = stage.change(*number);
            let vote = change["labels"]["Code-Review"]["approved"].is_object();
            assert!(vote, "seed {}: the vote on {name} is lost: {change:#}", random.seed);
        }
    }
    let told = |number: u64| {
        let said = stage.said(number);
        said.iter().any(|m| m.contains("Build failed (gate")) || stage.status(number) == "MERGED"
    };
    for (number, name) in &approved {
        stage.wait(&format!("seed {}: {name} is forgotten", random.seed), || told(*number));
        let lands = name.starts_with("file");
        // One that stood behind a broken one may have been in its way; it is tried again without it.
        assert_eq!(stage.status(*number) == "MERGED", lands, "seed {}: {name}\n{}", random.seed, stage.log());
    }
    let passed = std::fs::read_to_string(&passed).expect("a file");
    let root = stage.server_git(&["rev-list", "--max-parents=0", "main"]);
    for commit in stage.server_git(&["rev-list", "--first-parent", "main"]).lines().filter(|c| *c != root) {
        assert!(passed.lines().any(|p| p == commit), "seed {}: {commit} did not pass", random.seed);
    }
    stage.wait("nothing runs", || running(&mark).is_empty());
}
