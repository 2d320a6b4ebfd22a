//! A real Zuul in front of a real Gerrit: `PYFLOW_REAL_ZUUL` is its address (`tests/real/zuul.sh`).
//! Its queues are everybody's, so one story is told at a time.

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::sandbox::snapshot::validate;
use crate::sandbox::{Clone, Kind, Project, Run, World};

/// A name, and what happens.
type Story = (&'static str, fn(&World));

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let stories: [Story; 4] = [
        ("checked, approved, landed", landed),
        ("flaky, and rechecked with its reason", rechecked),
        ("five in a queue", queued),
        ("private and paused", private_and_paused),
    ];
    let there = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(_), Some(url)) = (there("PYFLOW_REAL_ZUUL"), there("PYFLOW_REAL_GERRIT_313")) else {
        absent.push("not run: zuul (PYFLOW_REAL_ZUUL or PYFLOW_REAL_GERRIT_313 is not set)".to_owned());
        return Vec::new();
    };
    let kind = Kind::Gerrit { version: "3.13".to_owned(), url: url.trim_end_matches('/').to_owned() };
    stories
        .into_iter()
        .map(|(name, story)| {
            let kind = kind.clone();
            Trial::test(format!("zuul: {name}"), move || {
                let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                story(&World::new(&kind));
                Ok(())
            })
        })
        .collect()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// A clone that has accepted the gate.
fn clone<'w>(world: &'w World, name: &str, project: &str) -> Clone<'w> {
    let project = Project { name: project.to_owned(), branch: "master".to_owned() };
    let clone = world.user(name).clone(&project);
    let conf =
        clone.reviewconf(&project).replace("[review]\n", "[review]\napprove = { Code-Review = 2, Workflow = 1 }\n");
    let gate = format!(
        "\n[gate]\nkind = \"zuul\"\nurl = \"{}\"\ntenant = \"gate-tenant\"\nreason = \"required\"\nlogs = [\"{}\"]\n",
        variable("PYFLOW_REAL_ZUUL"),
        variable("PYFLOW_REAL_ZUUL_LOGS")
    );
    clone.write(".reviewconf", &(conf + &gate));
    drop(clone.pyflow("setup --yes").success());
    clone
}

/// Runs it with the administrators' token.
fn admin<'w>(clone: &Clone<'w>, words: &str) -> Run<'w> {
    with_token(clone, words, &variable("PYFLOW_REAL_ZUUL_TOKEN"))
}

fn with_token<'w>(clone: &Clone<'w>, words: &str, token: &str) -> Run<'w> {
    clone.pyflow_with(words, |command: &mut Command| {
        command.env("PYFLOW_GATE_TOKEN", token);
    })
}

fn gate(clone: &Clone<'_>, number: u64) -> Value {
    let document = clone.pyflow(&format!("status --format json {number}")).json();
    document["changes"][0]["gate"].clone()
}

/// Waits until the gate shows what is wanted of a change.
#[track_caller]
fn until(clone: &Clone<'_>, number: u64, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let gate = gate(clone, number);
        if wanted(&gate) {
            return gate;
        }
        assert!(began.elapsed() < Duration::from_secs(90), "change {number} is not {what}: {gate:#}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// The events of a watch, each of which fits its form.
fn events(run: &Run<'_>) -> Vec<String> {
    let parsed = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("one event a line"));
    parsed
        .map(|event| {
            validate(&event);
            event["event"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// One change of its own on top of the branch.
fn change(clone: &Clone<'_>, world: &World, files: &[(&str, &str)]) -> u64 {
    let name = format!("c{}-{}", world.unique(), std::process::id());
    clone.fetch();
    clone.git(["checkout", "-q", "-B", &name, "gerrit/master", "--no-track"]);
    for (file, content) in files {
        clone.write(file, content);
        clone.git(["add", "--", file]);
    }
    clone.commit_file(&format!("Change {name}"), &format!("{name}.txt"), &name);
    clone.submit_one("")
}

fn landed(world: &World) {
    let (alice, carol) = (clone(world, "alice", "solo"), clone(world, "carol", "solo"));
    let number = change(&alice, world, &[]);
    let tested = alice.pyflow("status --until tested --timeout 60s --format json").success();
    assert_eq!(events(&tested).last().map(String::as_str), Some("end"));
    let waits = alice.pyflow("status --format json").success().json();
    let row = &waits["changes"][0];
    assert_eq!(row["gate"]["state"], "passed");
    assert_eq!(row["gate"]["last"][0]["pipeline"], "check");
    // The gate's own label is not what it waits for.
    let texts: Vec<&str> = row["blockers"].as_array().unwrap().iter().map(|b| b["text"].as_str().unwrap()).collect();
    assert!(texts.iter().all(|text| !text.contains("Verified")), "{texts:?}");
    drop(carol.pyflow(&format!("approve {number},1")).success());
    let merged = alice.pyflow("status --until merged --timeout 60s --format json").success();
    let told = events(&merged);
    assert!(told.contains(&"merged".to_owned()) && told.last().is_some_and(|last| last == "end"), "{told:?}");
    // What has landed is refused, and nothing is sent.
    for words in ["recheck --bug 1", "gate enqueue", "gate promote"] {
        let refused = admin(&alice, &format!("{words} {number}")).ends_with(4);
        assert!(refused.stderr.contains("is merged"), "{}", refused.stderr);
    }
    // Submitted, approved and followed in one go, by somebody who may.
    let name = format!("land-{}", std::process::id());
    carol.git(["checkout", "-q", "-B", &name, "gerrit/master", "--no-track"]);
    carol.commit_file("Land it", &format!("{name}.txt"), "x");
    let document = carol.pyflow("submit --land --format json").success().json();
    assert_eq!(document["landing"]["changes"][0]["state"], "merged");
}

fn rechecked(world: &World) {
    let (alice, carol) = (clone(world, "alice", "proj-a"), clone(world, "carol", "proj-a"));
    let number = change(&alice, world, &[("FLAKE", &format!("{}-{}", std::process::id(), world.unique()))]);
    drop(alice.pyflow("status --until tested --timeout 60s").success());
    drop(carol.pyflow(&format!("approve {number},1")).success());
    let failed = alice.pyflow("status --until merged --timeout 90s --format json").ends_with(1);
    assert!(events(&failed).contains(&"failed".to_owned()), "{}", failed.stdout);
    let document = alice.pyflow("status --logs --format json").success().json();
    let row = &document["changes"][0];
    assert_eq!(row["gate"]["state"], "failed");
    let blocker = row["blockers"].as_array().unwrap().iter().find(|b| b["kind"] == "failed").unwrap();
    assert_eq!(
        blocker["text"],
        "unit failed: `FLAKE: connection to mirror timed out`, in gate; the approver (Carol Core) must vote again"
    );
    // Bare ones are refused here; and only who may approve brings it back into the gate.
    let bare = carol.pyflow(&format!("recheck {number}")).ends_with(2);
    assert!(bare.stderr.contains("a recheck has to say why (.reviewconf:"), "{}", bare.stderr);
    let not_mine = alice.pyflow("recheck --bug 41").ends_with(4);
    assert!(not_mine.stderr.contains("you may not vote Code-Review+2"), "{}", not_mine.stderr);
    let plan = carol.pyflow(&format!("recheck {number} --bug 41 --dry-run --format json")).success().json();
    assert_eq!((&plan["again"], &plan["effect"]), (&Value::from("merge"), &Value::Null));
    let asked = carol.pyflow(&format!("recheck {number} --bug 41 --reason slow --format json")).success().json();
    assert_eq!((&asked["effect"], &asked["reason"]), (&Value::from("seen"), &Value::from("bug 41: slow")));
    // While it runs it is not asked for again.
    drop(carol.pyflow(&format!("recheck {number} --bug 41")).ends_with(4));
    drop(alice.pyflow("status --until merged --timeout 90s").success());
    // The checks have a word of their own, and what was said before is remembered.
    let other = change(&alice, world, &[]);
    drop(alice.pyflow("status --until tested --timeout 60s").success());
    let nothing = alice.pyflow("recheck --bug 7").ends_with(4);
    assert!(nothing.stderr.contains("nothing has failed"), "{}", nothing.stderr);
    let forced = alice.pyflow("recheck --bug 7 --force --format json").success().json();
    assert_eq!((&forced["again"], &forced["effect"]), (&Value::from("checks"), &Value::from("seen")));
    drop(alice.pyflow("status --until tested --timeout 60s").success());
    let again = alice.pyflow(&format!("recheck {other} --reason again --force -n --format json")).success().json();
    assert_eq!(again["earlier"][0]["text"], "recheck bug 7");
    world.server.abandon("alice", other);
}

fn queued(world: &World) {
    let (alice, carol) = (clone(world, "alice", "proj-a"), clone(world, "carol", "proj-a"));
    let slow = [("SLEEP", "120")];
    let numbers: Vec<u64> = (0..5)
        .map(|at| {
            if at == 1 {
                change(&alice, world, &[("SLEEP", "120"), ("FAIL", "")])
            } else {
                change(&alice, world, &slow)
            }
        })
        .collect();
    let all = numbers.iter().map(|number| format!("{number},1")).collect::<Vec<_>>().join(" ");
    for number in &numbers {
        drop(alice.pyflow(&format!("status {number} --until tested --timeout 60s")).success());
    }
    drop(carol.pyflow(&format!("approve {all}")).success());
    let last = until(&alice, numbers[4], "in the queue", |gate| gate["items"][0]["position"] == 5);
    // The window is what earlier failures have made of it.
    let window = last["items"][0]["window"].as_u64().unwrap();
    assert_eq!((&last["state"], &last["items"][0]["outside_by"]), (&"outside-window".into(), &(5 - window).into()));
    let second = until(&alice, numbers[1], "failing", |gate| gate["state"] == "failing");
    assert_eq!(second["items"][0]["reasons"][0], "at least one job failed");
    // Who comes after it is tested on what is before it.
    let base = format!("{},1", numbers[0]);
    until(&alice, numbers[2], "on the first", |gate| gate["items"][0]["base"] == base.as_str());

    // Promotion of the last: told first, asked about, refused to those who may not, done, and seen.
    let fifth = numbers[4];
    let plan = admin(&carol, &format!("gate promote {fifth} -n --format json")).success().json();
    assert_eq!(plan["cost"]["items"], 4);
    assert!(plan["cost"]["running_jobs"].as_u64().unwrap() > 0, "{plan:#}");
    assert!(admin(&carol, &format!("gate promote {fifth}")).ends_with(2).stderr.contains("--yes"));
    let requeue = variable("PYFLOW_REAL_ZUUL_REQUEUE_TOKEN");
    drop(with_token(&carol, &format!("gate promote {fifth} --yes"), &requeue).ends_with(4));
    drop(with_token(&carol, &format!("gate promote {fifth} --yes"), "garbage").ends_with(7));
    drop(carol.pyflow(&format!("gate promote {fifth} --yes")).ends_with(7));
    let done = admin(&carol, &format!("gate promote {fifth} --yes --format json")).success().json();
    // The projects share the queue with whatever else is there.
    let at = |out: &Value| (out["effect"] == "seen").then(|| out["text"].as_str().unwrap().to_owned());
    assert!(at(&done).is_some_and(|text| text.starts_with("it is 1 of ")), "{done:#}");
    let head = admin(&carol, &format!("gate promote {fifth} --format json")).success().json();
    assert_eq!(head["effect"], "already");

    // What cannot be put there is told, and not asked.
    let unapproved = change(&alice, world, &[]);
    let refused = admin(&alice, &format!("gate enqueue {unapproved}")).ends_with(4);
    assert!(refused.stderr.contains("needs Code-Review"), "{}", refused.stderr);
    assert!(admin(&alice, "gate enqueue 99999").ends_with(4).stderr.contains("shows no change"));
    alice.amend("again.txt", "x");
    alice.submit("");
    assert!(admin(&alice, &format!("gate enqueue {unapproved},1")).ends_with(4).stderr.contains("is not the newest"));
    let elsewhere = clone(world, "alice", "proj-b");
    assert!(admin(&elsewhere, &format!("gate enqueue {fifth}")).ends_with(4).stderr.contains("shows no change"));
    world.server.abandon("alice", unapproved);

    for number in &numbers {
        let out = admin(&carol, &format!("gate dequeue {number} --yes --format json")).success().json();
        assert_ne!(out["effect"], "not-seen", "{out:#}");
    }
    let gone = alice.pyflow(&format!("status {fifth} --format json")).success().json();
    // Taken out without a word: everything is there, and nothing runs.
    let kinds: Vec<&str> =
        gone["changes"][0]["blockers"].as_array().unwrap().iter().map(|b| b["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.last(), Some(&"not-started"), "{kinds:?}");
    let back = admin(&carol, &format!("gate enqueue {fifth} --format json")).success().json();
    assert!(at(&back).is_some_and(|text| text.starts_with("it is ") && text.ends_with(" in gate")), "{back:#}");
    drop(admin(&carol, &format!("gate dequeue {fifth} --yes")).success());
    for number in numbers {
        world.server.abandon("alice", number);
    }
}

fn private_and_paused(world: &World) {
    let alice = clone(world, "alice", "solo");
    change(&alice, world, &[]);
    let pause = |paused: bool| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let body = serde_json::json!({"trigger_queue_discarding": false, "trigger_queue_paused": paused,
            "result_queue_paused": false, "reason": if paused { Some("mirror is down") } else { None }, "info": null});
        let url = format!("{}/api/tenant/gate-tenant/state", variable("PYFLOW_REAL_ZUUL"));
        let request = client.post(url).bearer_auth(variable("PYFLOW_REAL_ZUUL_TOKEN"));
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    };
    pause(true);
    let began = Instant::now();
    let text = loop {
        let run = alice.pyflow("status").success();
        if run.stdout.contains("paused") || began.elapsed() > Duration::from_secs(20) {
            break run.stdout;
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    pause(false);
    assert!(text.contains("gate paused by the administrators; votes and comments wait: mirror is down"), "{text}");

    let conf = std::fs::read_to_string(alice.dir.join(".reviewconf")).unwrap();
    alice.write(".reviewconf", &conf.replace("gate-tenant", "private-tenant"));
    // Another tenant than was accepted: nothing is sent anywhere.
    drop(alice.pyflow("status").ends_with(3));
    drop(with_token(&alice, "setup --yes", &variable("PYFLOW_REAL_ZUUL_TOKEN")).success());
    let unknown = alice.pyflow("status --format json").ends_with(7).json();
    assert_eq!(unknown["changes"][0]["gate"]["state"], "unknown");
    let seen = admin(&alice, "status --format json").success().json();
    assert_ne!(seen["changes"][0]["gate"]["state"], "unknown");
}
