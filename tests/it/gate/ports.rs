//! A gate that lets no fix onto a maintenance branch alone: `pyflow ports --check` as its job.

use super::{Stage, job};
use crate::sandbox::{PYFLOW, World};

const BRANCHES: &str = "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";

#[test]
fn a_fix_that_went_to_maintenance_alone_is_refused_until_main_has_it() {
    let world = World::embedded();
    // A server at a fixed address has its pin in `server.toml`; this one learns its address when it starts.
    let pin = world.path("pin");
    let script = format!("PYFLOW_PIN=$(cat {}) PYFLOW_KEYRING=off exec {PYFLOW} ports --check", pin.display());
    let stage = Stage::new(
        &world,
        "sandbox = \"none\"\nslots = 2",
        &job("ports", "branches = [\"3.*\"]\nnetwork = true", &script),
    );
    let alice = &stage.clone;
    let conf = alice.reviewconf(&stage.project) + BRANCHES;
    alice.write(".reviewconf", &conf);
    let setup = alice.pyflow("setup --check");
    let token = setup.stdout.lines().find_map(|line| line.strip_prefix("PYFLOW_PIN="));
    std::fs::write(&pin, token.unwrap_or_else(|| panic!("{}{}", setup.stdout, setup.stderr))).expect("the pin");

    alice.git(["checkout", "-q", "-B", "work", "gerrit/3.13", "--no-track"]);
    stage.commit("Fix the parser", &[(".reviewconf", &conf), ("fix.txt", "fixed\n")]);
    let fix = alice.head();
    let old = alice.submit_one("3.13");
    stage.wait("check ends", || stage.reports(old) == 1);
    insta::assert_snapshot!(stage.said(old).last().expect("the gate's word"), @"
    Patch Set 1: Verified-1

    Build failed (check pipeline).
    URL

    - ports URL : FAILURE
    ");
    let log = stage.last_log();
    let words = format!("no: change {old} (Fix the parser) is for 3.13, and main has no counterpart of it");
    assert!(log.contains(&words), "{log}");
    assert!(log.contains("Forward-Port: not-needed (REASON)"), "{log}");
    stage.approve(old);
    stage.wait("the gate throws it out", || stage.reports(old) == 2);
    assert_eq!(stage.landed("3.13"), [] as [&str; 0]);

    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.git(["cherry-pick", &fix]);
    let new = alice.submit_one("main");
    stage.approve(new);
    stage.wait_merged(&[new]);
    let body = serde_json::json!({ "message": "reverify" });
    world.server.rest("carol", "POST", &format!("changes/{old}/revisions/current/review"), Some(&body));
    stage.wait_merged(&[old]);
    assert_eq!(stage.landed("3.13"), ["Merge \"Fix the parser\""]);
    let log = stage.last_log();
    assert!(
        log.contains(&format!("ok: change {old} (Fix the parser) is for 3.13, and change {new} is on main")),
        "{log}"
    );
    assert_eq!(alice.pyflow("ports --check").code, Some(0), "the report says so, too");
}
