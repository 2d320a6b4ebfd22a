//! The gate's part of `pyflow status`, with a gate that is made of recorded answers: what is shown,
//! how often it is asked, and what is said when it is down, slow, flaps, or answers half.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::sandbox::snapshot::validate;
use crate::sandbox::{Clone, Project, Run, World};

/// What the gate does with a request.
#[derive(Clone)]
enum Answer {
    /// This document.
    Json(Value),
    /// These bytes, as they go over the wire.
    Raw(Vec<u8>),
    /// Half of this document.
    Half(Value),
    /// Nothing, for longer than anybody waits.
    Slow,
}

type Plan = Arc<Mutex<Box<dyn Fn(usize) -> Answer + Send>>>;

/// A gate that answers as it is told.
struct Recorded {
    address: SocketAddr,
    plan: Plan,
    asked: Arc<AtomicUsize>,
}

impl Recorded {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan: Plan = Arc::new(Mutex::new(Box::new(move |_| answer.clone())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (own, count) = (Arc::clone(&plan), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let answer = own.lock().unwrap()(number);
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(&stream).lines();
                    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                    let head = |length: usize| {
                        format!(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                        )
                    };
                    let bytes = match answer {
                        Answer::Json(document) => {
                            let body = document.to_string();
                            [head(body.len()).as_bytes(), body.as_bytes()].concat()
                        }
                        Answer::Half(document) => {
                            let body = document.to_string();
                            [head(body.len()).as_bytes(), &body.as_bytes()[..body.len() / 2]].concat()
                        }
                        Answer::Raw(bytes) => bytes,
                        Answer::Slow => {
                            std::thread::sleep(std::time::Duration::from_secs(5));
                            Vec::new()
                        }
                    };
                    (&stream).write_all(&bytes).ok();
                });
            }
        });
        Self { address, plan, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From here on it answers so; requests are counted from 0.
    fn plan(&self, plan: impl Fn(usize) -> Answer + Send + 'static) {
        *self.plan.lock().unwrap() = Box::new(plan);
        self.asked.store(0, Ordering::SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn job(name: &str, voting: bool, result: Option<&str>, started: bool, waits: Option<&str>) -> Value {
    json!({"name": name, "voting": voting, "result": result, "start_time": if started { json!(1.0) } else { Value::Null },
        "elapsed_time": if started { json!(65_000) } else { Value::Null }, "estimated_time": 200.0, "remaining_time": 135_000,
        "waiting_status": waits, "pre_fail": false, "uuid": format!("{name}-1"), "report_url": "http://127.0.0.1:1/x"})
}

fn item(project: &Project, number: u64, ahead: Option<u64>, jobs: &[Value], active: bool) -> Value {
    let ahead = ahead.map(|number| format!("i{number}"));
    json!({"id": format!("i{number}"), "live": true, "active": active, "failing_reasons": [], "item_ahead": ahead,
        "items_behind": [], "remaining_time": if active { json!(135_000) } else { Value::Null }, "enqueue_time": 1_795_146_456_098_u64,
        "refs": [{"id": format!("{number},1"), "project": project.name, "project_canonical": format!("127.0.0.1/{}", project.name)}],
        "jobs": jobs})
}

/// A status document with these items in the gate's only queue.
fn queue(items: &[Value], window: u32) -> Value {
    let queues =
        if items.is_empty() { json!([]) } else { json!([{"name": "integrated", "window": window, "heads": [items]}]) };
    json!({"zuul_version": "14.3.0", "pipelines": [
        {"name": "check", "manager": "independent", "change_queues": []},
        {"name": "gate", "manager": "dependent", "change_queues": queues}]})
}

/// A clone whose project has this gate.
fn clone<'w>(world: &'w World, project: &Project, gate: &str) -> Clone<'w> {
    let clone = world.user("alice").clone(project);
    let conf = clone.reviewconf(project);
    clone.write(".reviewconf", &(conf + &format!("\n[gate]\nkind = \"zuul\"\nurl = \"{gate}\"\ntenant = \"t\"\n")));
    // The person says yes.
    let setup = clone.pyflow("setup --yes").success();
    assert!(setup.stdout.contains("the gate at"), "{}{}", setup.stdout, setup.stderr);
    clone
}

/// The lines about the gate, which do not depend on the review server.
fn about_the_gate(run: &Run<'_>) -> String {
    let snapshot = run.snapshot();
    let from = snapshot.find("  gate ").unwrap_or_default();
    snapshot[from..].to_owned()
}

#[test]
fn a_stack_in_the_gate() {
    let world = World::embedded();
    let project = world.project();
    let gate = Recorded::start(Answer::Json(queue(&[], 20)));
    let alice = clone(&world, &project, &gate.url());
    let numbers: Vec<u64> = {
        for at in 0..10 {
            alice.commit(&format!("Commit {at}"));
        }
        Clone::numbers(&alice.submit("--yes"))
    };
    // One question to each, whatever the number of changes.
    gate.plan(|_| Answer::Json(queue(&[], 20)));
    let run = alice.pyflow("status --format json -v").success();
    let status: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(status["changes"].as_array().unwrap().len(), 10);
    assert_eq!(gate.asked(), 1);
    let queries = run.stderr.lines().filter(|line| line.contains("GET ") && line.contains("/changes/")).count();
    assert_eq!(queries, 1, "{}", run.stderr);

    let jobs = vec![
        job("unit", true, None, true, None),
        job("lint", false, Some("SUCCESS"), true, None),
        job("docs", true, None, false, Some("dependencies: unit")),
    ];
    let (first, second, third) = (numbers[0], numbers[1], numbers[2]);
    let items = [
        item(&project, first, None, &[job("unit", true, Some("SUCCESS"), true, None)], true),
        item(&project, second, Some(first), &jobs, true),
        item(&project, third, Some(second), &[], false),
    ];
    let document = queue(&items, 2);
    gate.plan(move |_| Answer::Json(document.clone()));
    let run = alice.pyflow(&format!("status {second}")).success();
    insta::assert_snapshot!(about_the_gate(&run), @"
    gate running, 2 of 3 in the queue integrated, on top of #1,1, about 2 min left
      unit  runs    1 min of about 3 min
      lint  passed                 1 min  non-voting
      docs  waits                         dependencies: unit
    - needs Code-Review: At least one Code-Review +2 and no -2
    next: nothing for you to do now; the gate is at work
    ");
    let run = alice.pyflow(&format!("status {third}")).success();
    insta::assert_snapshot!(about_the_gate(&run), @"
    gate outside the window, 3 of 3 in the queue integrated, on top of #2,1, 1 more must leave first
    - needs Code-Review: At least one Code-Review +2 and no -2
    next: nothing for you to do now; the gate is at work
    ");
    let row = &alice.pyflow(&format!("status {third} --format json")).success().json()["changes"][0];
    assert_eq!((&row["gate"]["state"], &row["gate"]["items"][0]["outside_by"]), (&json!("outside-window"), &json!(1)));
    assert_eq!(row["gate"]["items"][0]["base"], json!(format!("{second},1")));

    // A gate whose clocks disagree: what would be negative, or lies ahead, is not known.
    let mut skewed = item(&project, first, None, &jobs[..1], true);
    skewed["remaining_time"] = json!(-5000);
    skewed["enqueue_time"] = json!(4_102_444_800_000_u64);
    skewed["jobs"][0]["elapsed_time"] = json!(-3000);
    let document = queue(&[skewed], 2);
    let before = queue(&items, 2);
    gate.plan(move |_| Answer::Json(document.clone()));
    insta::assert_snapshot!(about_the_gate(&alice.pyflow(&format!("status {first}")).success()), @"
    gate running, 1 of 1 in the queue integrated, time left unknown
      unit  runs
    - needs Code-Review: At least one Code-Review +2 and no -2
    next: nothing for you to do now; the gate is at work
    ");
    gate.plan(move |_| Answer::Json(before.clone()));

    // What is asked of a gate is looked up first; a token is not there.
    let refused = alice.pyflow(&format!("gate promote {second} --yes")).ends_with(4);
    assert!(refused.stderr.contains("change 2 needs 1, which is before it in gate"), "{}", refused.stderr);
    let refused = alice.pyflow(&format!("gate dequeue {second} --yes")).ends_with(7);
    assert!(refused.stderr.contains("token for the gate"), "{}", refused.stderr);
    let recheck = alice.pyflow(&format!("recheck {second} --bug 3")).ends_with(4);
    assert!(recheck.stderr.contains("is in gate already"), "{}", recheck.stderr);
}

#[test]
fn a_gate_in_trouble() {
    let world = World::embedded();
    let project = world.project();
    let gate = Recorded::start(Answer::Json(queue(&[], 20)));
    let alice = clone(&world, &project, &gate.url());
    alice.commit("Fix the parser");
    let number = alice.submit_one("");
    let running = {
        let job = job("unit", true, None, true, None);
        queue(&[item(&project, number, None, &[job], true)], 20)
    };
    let html = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 26\r\nConnection: close\r\n\r\n<html><h1>502</h1></html>\r".to_vec();
    let short = |words: &str| {
        alice.pyflow_with(words, |command| {
            command.env("PYFLOW_HTTP_TIMEOUT", "0.5");
        })
    };
    // What is known is shown, what is not is called unknown.
    for (answer, says) in [
        (Answer::Raw(html.clone()), "the gate failed (HTTP 502)"),
        (Answer::Half(running.clone()), "cut the connection in the middle of its answer"),
        (Answer::Slow, "did not answer within 0.5 s"),
        (Answer::Json(json!({})), "tells of no pipelines"),
        (Answer::Raw(Vec::new()), "closed the connection without an answer"),
    ] {
        gate.plan(move |_| answer.clone());
        let run = short("status --format json").ends_with(5);
        let document = run.json();
        let row = &document["changes"][0];
        assert_eq!((&row["gate"]["state"], &row["review"]["state"]), (&json!("unknown"), &json!("open")), "{says}");
        assert!(document["warnings"].to_string().contains(says), "{says}: {document:#}");
        let kinds: Vec<&str> =
            row["blockers"].as_array().unwrap().iter().map(|b| b["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&"unknown"), "{kinds:?}");
        drop(short("recheck --bug 1").ends_with(5));
    }

    // It flaps: that is told once each way, and the watch goes on until its time is out.
    let document = running.clone();
    gate.plan(move |number| if number == 1 { Answer::Raw(html.clone()) } else { Answer::Json(document.clone()) });
    let watched = short("status --watch --timeout 8s --format json").ends_with(8);
    let events: Vec<Value> = watched.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(validate);
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["start", "unreachable", "reachable", "end"], "{}", watched.stdout);
    assert!(gate.asked() <= 9, "{} questions in 8 s", gate.asked());

    // The review server is down, and the gate is up.
    gate.plan(move |_| Answer::Json(running.clone()));
    world.server.kill();
    let run = short(&format!("status {number} --format json")).ends_with(5);
    let row = &run.json()["changes"][0];
    assert_eq!((&row["review"], &row["gate"]["state"]), (&Value::Null, &json!("running")));
    assert_eq!(row["blockers"][0]["kind"], "unknown");
    // A watch waits for it, whatever it follows.
    let watched = short("status --mine --until merged --timeout 1s --format json").ends_with(5);
    assert_eq!(event_words(&watched), ["unreachable", "end"], "{}", watched.stdout);
}

/// The words of the events.
fn event_words(run: &Run<'_>) -> Vec<String> {
    let events = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.map(|event| event["event"].as_str().unwrap().to_owned()).collect()
}

/// A change that has ended is in no list of open ones; a watch that has seen it tells how it ended.
#[test]
fn my_changes_are_followed_to_their_end() {
    let world = World::embedded();
    let project = world.project();
    let gate = Recorded::start(Answer::Json(queue(&[], 20)));
    let alice = clone(&world, &project, &gate.url());
    alice.commit("Fix the parser");
    let number = alice.submit_one("");
    gate.plan(|_| Answer::Json(queue(&[], 20)));
    let run = alice.pyflow_watched(
        "status --mine --until merged --timeout 60s --format json",
        |_| {},
        |_| {
            // The second round has begun: the change was seen in the first.
            while gate.asked() < 2 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            world.server.abandon("alice", number);
        },
    );
    let run = run.ends_with(1);
    assert_eq!(event_words(&run), ["start", "abandoned", "end"], "{}", run.stdout);
}

/// A gate of its own takes tokens of its own: stored after it has accepted one, and forgotten again.
#[test]
fn a_token_for_the_gate() {
    let world = World::embedded();
    let project = world.project();
    let gate = Recorded::start(Answer::Json(queue(&[], 20)));
    let alice = clone(&world, &project, &gate.url());
    let says = |run: Run<'_>, wanted: &str| {
        assert!(run.stdout.contains(wanted), "{wanted}: {}{}", run.stdout, run.stderr);
    };
    let login = || alice.feed("auth login --role gate --with-token --insecure-storage", "t0ken\n", |_| {});
    let none = format!("there is no token for {}", gate.url());
    says(alice.pyflow("auth status --role gate").ends_with(7), &none);

    let refusal = json!({"description": "Auth Token could not be decoded", "error": "X", "realm": "r"}).to_string();
    let refusal = format!(
        "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{refusal}",
        refusal.len()
    );
    let no = Answer::Raw(refusal.into_bytes());
    let refused = no.clone();
    gate.plan(move |_| refused.clone());
    assert!(login().ends_with(7).stderr.contains("did not accept the token: Auth Token could not be decoded"));
    says(alice.pyflow("auth status --role gate").ends_with(7), &none);

    let rights = json!({"zuul": {"permissions": {"read": true, "enqueue": true, "dequeue": true}, "scope": ["t"]}});
    gate.plan(move |_| Answer::Json(rights.clone()));
    says(login().success(), "accepts the token, which allows to enqueue and dequeue; stored in the credentials file");
    let status = alice.pyflow("auth status --role gate --format json").success().json();
    assert_eq!((&status["role"], &status["answer"]), (&json!("gate"), &json!("accepted")));
    assert_eq!(status["source"], "the credentials file");
    gate.plan(move |_| no.clone());
    says(alice.pyflow("auth status --role gate").ends_with(7), "the gate did not accept the token");
    says(alice.pyflow("auth logout --role gate").success(), "removed what was stored");
    says(alice.pyflow("auth status --role gate").ends_with(7), &none);
}
