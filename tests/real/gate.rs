//! A real Zuul in front of a real Gerrit: `PYFLOW_REAL_ZUUL` is its address (`tests/real/zuul.sh`).
//! Its queues are everybody's, so one story is told at a time.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::sandbox::{Kind, Project, World};
use crate::scenarios::gate::{self, Site, change, clone, with_token};

/// A name, the project that it is about, and what happens.
type Story = (&'static str, &'static str, fn(&World, &Site));

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let stories: [Story; 4] = [
        ("checked, approved, landed", "solo", gate::landed),
        ("flaky, and rechecked with its reason", "proj-a", gate::rechecked),
        ("five in a queue", "proj-a", gate::queued),
        ("private and paused", "solo", private_and_paused),
    ];
    let there = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(_), Some(url)) = (there("PYFLOW_REAL_ZUUL"), there("PYFLOW_REAL_GERRIT_313")) else {
        absent.push("not run: zuul (PYFLOW_REAL_ZUUL or PYFLOW_REAL_GERRIT_313 is not set)".to_owned());
        return Vec::new();
    };
    let kind = Kind::Gerrit { version: "3.13".to_owned(), url: url.trim_end_matches('/').to_owned() };
    stories
        .into_iter()
        .map(|(name, project, story)| {
            let kind = kind.clone();
            Trial::test(format!("zuul: {name}"), move || {
                let _one = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                story(&World::new(&kind), &site(project));
                Ok(())
            })
        })
        .collect()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn site(name: &str) -> Site {
    let project = |name: &str| Project { name: name.to_owned(), branch: "master".to_owned() };
    Site {
        project: project(name),
        other: project("proj-b"),
        gate: format!(
            "url = \"{}\"\ntenant = \"gate-tenant\"\nlogs = [\"{}\"]",
            variable("PYFLOW_REAL_ZUUL"),
            variable("PYFLOW_REAL_ZUUL_LOGS")
        ),
        approve: "{ Code-Review = 2, Workflow = 1 }",
        admin: variable("PYFLOW_REAL_ZUUL_TOKEN"),
        requeue: variable("PYFLOW_REAL_ZUUL_REQUEUE_TOKEN"),
        without: 7,
    }
}

fn private_and_paused(world: &World, site: &Site) {
    let alice = clone(world, "alice", site, &site.project);
    change(&alice, site, &[]);
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
    drop(with_token(&alice, "setup --yes", &site.admin).success());
    let unknown = alice.pyflow("status --format json").ends_with(7).json();
    assert_eq!(unknown["changes"][0]["gate"]["state"], "unknown");
    let seen = with_token(&alice, "status --format json", &site.admin).success().json();
    assert_ne!(seen["changes"][0]["gate"]["state"], "unknown");
}
