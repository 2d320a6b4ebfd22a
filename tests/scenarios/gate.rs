//! The gate as a person meets it: the same stories in front of a real Zuul (`tests/real/zuul.sh`)
//! and of the embedded server.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::snapshot::validate;
use crate::sandbox::{Clone, Project, Run, World};

/// A project whose jobs do what its files say: `unit`, `lint` without a vote, `docs` after `unit`.
/// They sleep as long as `SLEEP` says, and fail where there is a `FAIL`; `unit` fails the first time
/// for each content of `FLAKE`. The checks pass.
pub struct Site {
    /// Changes are made here.
    pub project: Project,
    /// The same gate has this one, too.
    pub other: Project,
    /// `[gate]` in `.reviewconf`, without the rules.
    pub gate: String,
    /// What approves a change.
    pub approve: &'static str,
    /// A token that may do anything.
    pub admin: String,
    /// One that may only put changes in and take them out.
    pub requeue: String,
    /// How a promotion ends without a token for it.
    pub without: i32,
}

impl Site {
    fn as_admin<'w>(&self, clone: &Clone<'w>, words: &str) -> Run<'w> {
        with_token(clone, words, &self.admin)
    }
}

/// A clone that has accepted the gate.
pub fn clone<'w>(world: &'w World, name: &str, site: &Site, project: &Project) -> Clone<'w> {
    let clone = world.user(name).clone(project);
    let conf = clone.reviewconf(project).replace("[review]\n", &format!("[review]\napprove = {}\n", site.approve));
    let gate = format!("\n[gate]\nkind = \"zuul\"\nreason = \"required\"\n{}\n", site.gate);
    clone.write(".reviewconf", &(conf + &gate));
    drop(clone.pyflow("setup --yes").success());
    clone
}

/// Runs it with this token for the gate.
pub fn with_token<'w>(clone: &Clone<'w>, words: &str, token: &str) -> Run<'w> {
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
        std::thread::sleep(Duration::from_millis(200));
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

/// A name that no other story on the same server uses.
fn unique() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{}-{}", COUNT.fetch_add(1, Ordering::Relaxed), std::process::id())
}

/// One change of its own on top of the branch.
pub fn change(clone: &Clone<'_>, site: &Site, files: &[(&str, &str)]) -> u64 {
    let upstream = format!("gerrit/{}", site.project.branch);
    let name = format!("c{}", unique());
    clone.fetch();
    clone.git(["checkout", "-q", "-B", &name, &upstream, "--no-track"]);
    for (file, content) in files {
        clone.write(file, content);
        clone.git(["add", "--", file]);
    }
    clone.commit_file(&format!("Change {name}"), &format!("{name}.txt"), &name);
    clone.submit_one("")
}

/// Checked, approved, landed.
pub fn landed(world: &World, site: &Site) {
    let [alice, carol] = ["alice", "carol"].map(|name| clone(world, name, site, &site.project));
    let number = change(&alice, site, &[]);
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
        let refused = site.as_admin(&alice, &format!("{words} {number}")).ends_with(4);
        assert!(refused.stderr.contains("is merged"), "{}", refused.stderr);
    }
    // Submitted, approved and followed in one go, by somebody who may.
    let name = format!("land-{}", unique());
    carol.fetch();
    carol.git(["checkout", "-q", "-B", &name, &format!("gerrit/{}", site.project.branch), "--no-track"]);
    carol.commit_file("Land it", &format!("{name}.txt"), "x");
    let document = carol.pyflow("submit --land --format json").success().json();
    assert_eq!(document["landing"]["changes"][0]["state"], "merged");
}

/// Flaky, and rechecked with its reason.
pub fn rechecked(world: &World, site: &Site) {
    let [alice, carol] = ["alice", "carol"].map(|name| clone(world, name, site, &site.project));
    let number = change(&alice, site, &[("FLAKE", &unique())]);
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
    let other = change(&alice, site, &[]);
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

/// Five in a queue.
pub fn queued(world: &World, site: &Site) {
    let [alice, carol] = ["alice", "carol"].map(|name| clone(world, name, site, &site.project));
    let slow = ("SLEEP", "120");
    let files: [&[(&str, &str)]; 5] = [&[slow], &[slow, ("FAIL", "")], &[], &[slow], &[slow]];
    let numbers = files.map(|files| change(&alice, site, files));
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
    let plan = site.as_admin(&carol, &format!("gate promote {fifth} -n --format json")).success().json();
    assert_eq!(plan["cost"]["items"], 4);
    assert!(plan["cost"]["running_jobs"].as_u64().unwrap() > 0, "{plan:#}");
    assert!(site.as_admin(&carol, &format!("gate promote {fifth}")).ends_with(2).stderr.contains("--yes"));
    drop(with_token(&carol, &format!("gate promote {fifth} --yes"), &site.requeue).ends_with(4));
    drop(with_token(&carol, &format!("gate promote {fifth} --yes"), "garbage").ends_with(7));
    drop(carol.pyflow(&format!("gate promote {fifth} --yes")).ends_with(site.without));
    let done = site.as_admin(&carol, &format!("gate promote {fifth} --yes --format json")).success().json();
    // The projects share the queue with whatever else is there.
    let at = |out: &Value| (out["effect"] == "seen").then(|| out["text"].as_str().unwrap().to_owned());
    assert!(at(&done).is_some_and(|text| text.starts_with("it is 1 of ")), "{done:#}");
    let head = site.as_admin(&carol, &format!("gate promote {fifth} --format json")).success().json();
    assert_eq!(head["effect"], "already");
    let leaves = site.as_admin(&carol, &format!("gate dequeue {fifth} -n --format json")).success().json();
    assert!(leaves["text"].as_str().unwrap().ends_with("what is behind it and needs it leaves, too"), "{leaves:#}");

    // What stands on another change goes nowhere without it.
    alice.fetch_patch_set(fifth, 1);
    alice.git(["checkout", "-q", "-B", &format!("above-{}", unique()), "FETCH_HEAD"]);
    alice.commit_file("Above", "above.txt", "above");
    let above = Clone::numbers(&alice.submit(""))[1];
    drop(alice.pyflow(&format!("status {above} --until tested --timeout 60s")).success());
    drop(carol.pyflow(&format!("approve {above},1")).success());
    until(&alice, above, "in the queue", |gate| gate["items"][0]["position"] == 6);
    let refused = site.as_admin(&carol, &format!("gate promote {above} --yes")).ends_with(4);
    assert!(
        refused.stderr.contains(&format!("change {above} needs {fifth}, which is before it")),
        "{}",
        refused.stderr
    );

    // What cannot be put there is told, and not asked.
    let unapproved = change(&alice, site, &[]);
    let refused = site.as_admin(&alice, &format!("gate enqueue {unapproved}")).ends_with(4);
    assert!(refused.stderr.contains("needs Code-Review"), "{}", refused.stderr);
    assert!(site.as_admin(&alice, "gate enqueue 99999").ends_with(4).stderr.contains("shows no change"));
    alice.amend("again.txt", "x");
    alice.submit("");
    assert!(
        site.as_admin(&alice, &format!("gate enqueue {unapproved},1"))
            .ends_with(4)
            .stderr
            .contains("is not the newest")
    );
    let elsewhere = clone(world, "alice", site, &site.other);
    assert!(
        site.as_admin(&elsewhere, &format!("gate enqueue {fifth}")).ends_with(4).stderr.contains("shows no change")
    );
    world.server.abandon("alice", unapproved);
    let gone = site.as_admin(&alice, &format!("gate enqueue {unapproved}")).ends_with(4);
    assert!(gone.stderr.contains("is abandoned\nhint: restore it"), "{}", gone.stderr);

    // Those before it are taken out: the one that failed is thrown out, and the next one lands.
    let dequeue = |number: u64| {
        let out = site.as_admin(&carol, &format!("gate dequeue {number} --yes --format json")).success().json();
        assert_eq!(out["effect"], "seen", "{out:#}");
    };
    dequeue(fifth);
    dequeue(numbers[0]);
    let ejected =
        alice.pyflow(&format!("status {} --until merged --timeout 60s --format json", numbers[1])).ends_with(1);
    assert!(events(&ejected).contains(&"failed".to_owned()), "{}", ejected.stdout);
    let landed = alice.pyflow(&format!("status {} --until merged --timeout 60s --format json", numbers[2])).success();
    assert!(events(&landed).contains(&"merged".to_owned()), "{}", landed.stdout);
    dequeue(numbers[3]);
    let gone = alice.pyflow(&format!("status {fifth} --format json")).success().json();
    // Taken out without a word: everything is there, and nothing runs.
    let kinds: Vec<&str> =
        gone["changes"][0]["blockers"].as_array().unwrap().iter().map(|b| b["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.last(), Some(&"not-started"), "{kinds:?}");
    let back = site.as_admin(&carol, &format!("gate enqueue {fifth} --format json")).success().json();
    assert!(at(&back).is_some_and(|text| text.starts_with("it is ") && text.ends_with(" in gate")), "{back:#}");
    drop(site.as_admin(&carol, &format!("gate dequeue {fifth} --yes")).success());
    for number in [numbers[0], numbers[1], numbers[3], above, fifth] {
        world.server.abandon("alice", number);
    }
}
