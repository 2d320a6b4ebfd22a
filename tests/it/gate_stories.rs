//! The stories of `scenarios::gate`, told of the embedded server.

use serde_json::Value;

use crate::sandbox::{Clone, World, server};
use crate::scenarios::gate::{self, Site};

/// What the real Zuul's playbook does.
const RUN: &str = r#"
if [ -e FAIL ]; then echo "test_x.c:3: error: 1 is not 2"; exit 1; fi
if [ -e FLAKE ] && [ "$PYFLOW_JOB" = unit ]; then
    seen=SEEN-$(cat FLAKE)
    if [ ! -e "$seen" ]; then touch "$seen"; echo "FLAKE: connection to mirror timed out"; exit 1; fi
fi
if [ -e SLEEP ]; then sleep "$(cat SLEEP)"; fi
"#;

fn site(world: &World) -> Site {
    let (project, other) = (world.project(), world.project());
    let run = RUN.replace("SEEN", &world.path("seen").display().to_string());
    let job = |name: &str, pipeline: &str, keys: &str, script: &str| {
        format!(
            "[projects.{}.jobs.{name}]\ncommand = [\"/bin/sh\", \"-c\", '''{script}''']\npipelines = [\"{pipeline}\"]\n{keys}\n",
            project.name
        )
    };
    let jobs = [
        job("noop", "check", "", "true"),
        job("unit", "gate", "", &run),
        job("lint", "gate", "voting = false", &run),
        job("docs", "gate", "needs = [\"unit\"]", &run),
    ];
    world.server.configure(|text| {
        let text = text.replacen("sandbox = \"bubblewrap\"", "sandbox = \"none\"\nslots = 16", 1);
        let text = text.replacen("window = 20\nwindow-floor = 3", "window = 4\nwindow-floor = 2", 1);
        assert!(text.contains("slots = 16") && text.contains("window = 4\n"), "{text}");
        text + &jobs.concat()
    });
    let gate = format!("url = \"{}\"\ntenant = \"pyflow\"", world.server.url());
    let carol = Clone { person: world.user("carol"), dir: world.path("server") };
    let rita = "user add rita --email rita@example.com --group release-managers --token-stdin --dir .";
    assert_eq!(carol.feed(&format!("serve {rita}"), &server::password("rita"), |_| {}).code, Some(0));
    Site {
        project,
        other,
        gate,
        approve: "{ Code-Review = 2 }",
        admin: server::password("rita"),
        requeue: server::password("carol"),
        // It is the review server: one token is for both, and carol's is known.
        without: 4,
    }
}

#[test]
fn checked_approved_landed() {
    let world = World::embedded();
    gate::landed(&world, &site(&world));
}

#[test]
fn flaky_and_rechecked_with_its_reason() {
    let world = World::embedded();
    let site = site(&world);
    gate::rechecked(&world, &site);
    // A clock that is hours off, either way: what is not known is not shown, and nothing is negative.
    let alice = gate::clone(&world, "alice", &site, &site.project);
    let at = |now: &str| {
        let run = alice.pyflow_with("status 1 --format json", |command| {
            command.env("PYFLOW_NOW", now);
        });
        let row = run.success().json()["changes"][0].clone();
        row["gate"]["last"][0].clone()
    };
    let report = at("2026-01-01T00:00:00Z");
    assert_eq!(report["age_seconds"], Value::Null, "{report:#}");
    let time: jiff::Timestamp = report["time"].as_str().unwrap().parse().unwrap();
    let late = time.checked_add(jiff::SignedDuration::from_hours(3)).unwrap();
    assert_eq!(at(&late.to_string())["age_seconds"], 10_800);
}

#[test]
fn five_in_a_queue() {
    let world = World::embedded();
    gate::queued(&world, &site(&world));
}
