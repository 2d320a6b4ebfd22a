//! What lands, in which order, and what is said about it.

use super::{Stage, job};
use crate::sandbox::{Random, World, soak};

const OPEN: &str = "sandbox = \"none\"\nslots = 8";

#[test]
fn a_change_is_checked_approved_tested_again_and_merged() {
    let world = World::embedded();
    let jobs = [
        job("unit", "attempts = 2", "test ! -e FAIL"),
        job("lint", "voting = false", "test ! -e UGLY"),
        job("docs", "needs = [\"unit\"]\nignore-files = [\"*.txt\"]", "true"),
    ];
    let stage = Stage::new(&world, OPEN, &jobs.concat());

    let number = stage.push_change("Fix the parser", &[("FAIL", ""), ("UGLY", "")]);
    stage.wait("check ends", || stage.reports(number) == 1);
    insta::assert_snapshot!(stage.said(number).join("\n====\n"), @r"
    Patch Set 1:

    Starting check jobs.
    ====
    Patch Set 1: Verified-1

    Build failed (check pipeline).
    URL

    - docs URL : SKIPPED Skipped due to failed job unit
    - lint URL : FAILURE (non-voting)
    - unit URL : FAILURE
    ");
    // A comment that begins with the word runs it again; one that mentions it does not.
    for words in ["please recheck", "recheck: a mirror was down"] {
        let body = serde_json::json!({ "message": words });
        world.server.rest("bob", "POST", &format!("changes/{number}/revisions/current/review"), Some(&body));
    }
    stage.wait("check ends again", || stage.reports(number) == 2);
    assert!(stage.said(number)[2].starts_with("Patch Set 1: -Verified\n\nStarting check jobs."));

    stage.clone.git(["rm", "-q", "FAIL"]);
    stage.clone.git(["commit", "-q", "--amend", "--no-edit"]);
    assert_eq!(stage.push(), number);
    stage.wait("check passes", || stage.verified(number) == 1);
    stage.approve(number);
    stage.wait_merged(&[number]);
    insta::assert_snapshot!(stage.said(number).last().expect("the gate's word"), @r"
    Patch Set 2: Verified+2

    Build succeeded.
    URL

    - docs URL : SUCCESS
    - lint URL : FAILURE (non-voting)
    - unit URL : SUCCESS
    ");
    assert_eq!(stage.landed("main"), ["Merge \"Fix the parser\""]);

    // A job that has no interest in what is touched is not run. What is tested is the merge with the
    // branch, which has become ugly meanwhile.
    let text = stage.push_change("Explain the parser", &[("doc.txt", "")]);
    stage.wait("check ends", || stage.reports(text) == 1);
    insta::assert_snapshot!(stage.said(text).last().expect("a word"), @r"
    Patch Set 1: Verified+1

    Build succeeded.
    URL

    - lint URL : FAILURE (non-voting)
    - unit URL : SUCCESS
    ");
}

#[test]
fn eight_approved_changes_land_in_one_round_and_in_two_where_the_third_fails() {
    let world = World::embedded();
    // Each job waits until all eight run, so that one round is one round. The one that fails does so
    // at once: those behind it are still at work.
    let folder = world.path("rounds");
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = folder.display();
    let script = format!(
        "echo $PYFLOW_CHANGE >> {at}/started\nwhile [ $(wc -l < {at}/started) -lt 8 ]; do sleep 0.01; done\n[ -e broken ] || exit 0\ngit log -1 --format=%s | grep -q three && exit 1\nsleep 30"
    );
    let stage = Stage::new(&world, OPEN, &job("unit", "pipelines = [\"gate\"]", &script));
    let names = ["one", "two", "three", "four", "five", "six", "seven", "eight"];
    for broken in [false, true] {
        std::fs::write(folder.join("started"), "").expect("a file");
        stage.fetch();
        let mut numbers = Vec::new();
        for name in names {
            let file = format!("{name}.txt");
            let mut files = vec![(file.as_str(), if broken { "better" } else { name })];
            if broken && name == "three" {
                files.push(("broken", ""));
            }
            numbers.push(stage.push_change(&format!("Write {name}"), &files));
        }
        for number in &numbers {
            stage.approve(*number);
        }
        let good: Vec<u64> =
            numbers.iter().enumerate().filter(|(at, _)| !broken || *at != 2).map(|(_, n)| *n).collect();
        stage.wait_merged(&good);
        let started = std::fs::read_to_string(folder.join("started")).expect("a file");
        let resets = stage.log().matches("reset of queue").count();
        assert_eq!((started.lines().count(), resets), if broken { (13, 1) } else { (8, 0) }, "{}", stage.log());
        if broken {
            assert_eq!(stage.verified(numbers[2]), -2);
        }
    }
}

#[test]
fn stacks_conflicts_vetoes_and_new_patch_sets() {
    let world = World::embedded();
    let stage = Stage::new(
        &world,
        OPEN,
        &job("unit", "pipelines = [\"gate\"]", "test ! -e FAIL; while [ -e SLOW ]; do sleep 0.02; done"),
    );
    // The child is approved first: it waits for its parent, and lands behind it.
    let parent = stage.push_change("Parent", &[("parent.txt", "one")]);
    let child = stage.push_on("HEAD", "Child", &[("child.txt", "")]);
    let rival = stage.push_change("Rival", &[("parent.txt", "another")]);
    stage.approve(child);
    assert_eq!(stage.said(child), Vec::<String>::new());
    stage.approve(parent);
    stage.wait_merged(&[parent, child]);
    assert_eq!(stage.landed("main"), ["Merge \"Parent\"", "Merge \"Child\""]);
    stage.approve(rival);
    stage.wait("the conflict is told", || stage.reports(rival) == 1);
    assert!(
        stage.said(rival)[1].contains("Merge Failed.\n\nThis change or one of its cross-repo"),
        "{:?}",
        stage.said(rival)
    );
    assert_eq!((stage.verified(rival), stage.status(rival).as_str()), (-2, "NEW"));
    // It comes back by a new vote, though the old one stands.
    stage.approve(rival);
    stage.wait("the conflict is told again", || stage.reports(rival) == 2);

    // What is no longer what was approved leaves, with what stands on it; a veto does the same.
    let slow = stage.push_on("gerrit/main", "Slow", &[("SLOW", "")]);
    let above = stage.push_on("HEAD", "Above", &[("above.txt", "")]);
    stage.approve(slow);
    stage.approve(above);
    stage.wait("both are there", || stage.said(above).len() == 1);
    stage.world.server.vote("carol", slow, "Code-Review", -2);
    stage.wait("the one above is told", || stage.reports(above) == 1);
    assert!(
        stage.said(above)[1]
            .contains(&"Build".replace("Build", "This change depends on a change that failed to merge."))
    );
    assert_eq!(stage.reports(slow), 0);
    assert!(stage.is_idle(), "{}", stage.queues());

    // What stands on an older patch set of what has landed would bring back what nobody approved.
    stage.fetch();
    let shrunk = stage.push_change("Shrunk", &[("kept", ""), ("dropped", "")]);
    let behind = stage.push_on("HEAD", "Behind", &[("behind", "")]);
    stage.clone.git(["checkout", "-q", "--detach", "HEAD^"]);
    stage.clone.git(["rm", "-q", "dropped"]);
    stage.clone.git(["commit", "-q", "--amend", "--no-edit"]);
    assert_eq!(stage.push(), shrunk);
    stage.approve(shrunk);
    stage.wait_merged(&[shrunk]);
    stage.wait("the queue is empty", || stage.is_idle());
    stage.approve(behind);
    assert!(stage.is_idle(), "{}", stage.queues());
    assert_eq!((stage.status(behind).as_str(), stage.said(behind).len()), ("NEW", 0));
    assert_eq!(stage.server_git(&["ls-tree", "--name-only", "main", "kept", "dropped"]), "kept");
}

/// A branch that is moved by hand meanwhile: it is tested again, and only what landed is called that.
#[test]
fn a_branch_that_has_moved_is_tested_again_and_the_history_says_what_landed() {
    let world = World::embedded();
    let go = world.path("go");
    let script = format!("while [ ! -e {} ]; do sleep 0.02; done", go.display());
    let stage = Stage::new(&world, OPEN, &job("unit", "pipelines = [\"gate\"]", &script));
    let number = stage.push_change("Fix the parser", &[("file", "")]);
    stage.approve(number);
    stage.wait("its job runs", || stage.said(number).len() == 1);
    let moved = stage.server_git(&["commit-tree", "-p", "main", "-m", "By hand", "main^{tree}"]);
    stage.server_git(&["update-ref", "refs/heads/main", &moved]);
    std::fs::write(&go, "").expect("a file");
    stage.wait_merged(&[number]);
    assert_eq!(stage.landed("main"), ["By hand", "Merge \"Fix the parser\""]);
    assert!(stage.log().contains("tested again: the branch has moved"), "{}", stage.log());
    let records = std::fs::read_to_string(world.server.file("gate/builds.jsonl")).expect("builds");
    let tip = stage.server_git(&["rev-parse", "main"]);
    let commits: Vec<String> = records
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["commit"].to_string())
        .collect();
    assert_eq!(commits, [format!("{tip:?}")]);
}

#[test]
fn rebasing_projects_land_the_copy_that_passed_and_fast_forwarding_ones_no_copy() {
    for kind in ["rebase-if-necessary", "fast-forward-only"] {
        let world = World::embedded();
        let (passed, go) = (world.path("passed"), world.path("go"));
        // Nothing lands before all are approved.
        let wait = format!("[ $PYFLOW_PIPELINE = check ] || while [ ! -e {} ]; do sleep 0.02; done", go.display());
        let script = format!("{wait}; git rev-parse HEAD >> {}", passed.display());
        let stage = Stage::of_kind(&world, kind, OPEN, &job("unit", "", &script));
        let first = stage.push_change("First", &[("first.txt", "")]);
        let second = stage.push_change("Second", &[("second.txt", "")]);
        let third = stage.push_on("HEAD", "Third", &[("third.txt", "")]);
        // One that is approved while it is being checked leaves `check` without a word.
        for number in [first, second, third] {
            stage.wait("check ends", || stage.reports(number) == 1);
        }
        for number in [first, second, third] {
            stage.approve(number);
        }
        std::fs::write(&go, "").expect("a file");
        if kind == "fast-forward-only" {
            stage.wait_merged(&[first]);
            stage.wait("the others do not", || stage.reports(third) == 2 && stage.reports(second) == 2);
            assert_eq!(stage.landed("main"), ["First"]);
            let said = stage.said(second);
            assert!(
                said[said.len() - 1].contains(" only fast-forwards, and this is not based on the tip of main"),
                "{said:?}"
            );
            continue;
        }
        stage.wait_merged(&[first, second, third]);
        assert_eq!(stage.landed("main"), ["First", "Second", "Third"]);
        let passed = std::fs::read_to_string(&passed).expect("a file");
        for commit in stage.server_git(&["rev-list", "main", "-3"]).lines() {
            assert!(passed.lines().any(|p| p == commit), "{commit} did not pass");
        }
        let change = stage.change(third);
        let tip = stage.server_git(&["rev-parse", "main"]);
        assert_eq!(change["current_revision"], tip.as_str());
        assert_eq!(change["revisions"][&tip]["_number"], 2);
    }
}

/// Dozens of changes with jobs that fail by content, alone and together, while some are amended,
/// abandoned, approved again. What the branch has in the end passed, commit by commit, as it is.
#[test]
fn every_commit_of_the_branch_passed_on_its_tree() {
    let world = World::embedded();
    let passed = world.path("passed");
    // Broken alone, or two halves that do not fit.
    let script = format!(
        "ls broken-* >/dev/null 2>&1 && exit 1\nfor left in left-*; do [ -e right-${{left#left-}} ] && exit 1; done\ngit rev-parse HEAD >> {}",
        passed.display()
    );
    let stage = Stage::new(
        &world,
        "sandbox = \"none\"\nslots = 4\nwindow = 6",
        &job("unit", "pipelines = [\"gate\"]", &script),
    );
    let mut random = Random::new();
    let mut changes: Vec<(u64, bool)> = Vec::new();
    let rounds = 30 * soak();
    for round in 0..rounds {
        let own = format!("file-{round}");
        let pair = format!("{}-{}", if random.below(2) == 0 { "left" } else { "right" }, random.below(6));
        let broken = format!("broken-{round}");
        let mut files = vec![(own.as_str(), "")];
        match random.below(6) {
            0 => files.push((broken.as_str(), "")),
            1 | 2 => files.push((pair.as_str(), "")),
            3 => files.push(("shared", own.as_str())),
            _ => {}
        }
        let is_broken = files.iter().any(|(name, _)| name.starts_with("broken-"));
        let below = if random.below(4) == 0 && round > 0 { "HEAD" } else { "gerrit/main" };
        changes.push((stage.push_on(below, &format!("Change {round}"), &files), is_broken));
        let (number, _) = changes[random.below(changes.len())];
        match random.below(8) {
            0 if stage.status(number) == "NEW" => {
                // It may land meanwhile.
                let path = format!("changes/{number}/abandon");
                let _refused_then = stage.world.server.try_rest("alice", "POST", &path, Some(&serde_json::json!({})));
            }
            1 => stage.fetch(),
            _ => {}
        }
        // It may have been abandoned.
        let vote = serde_json::json!({ "labels": { "Code-Review": 2 } });
        let path = format!("changes/{}/revisions/current/review", changes[round].0);
        let _refused_then = stage.world.server.try_rest("carol", "POST", &path, Some(&vote));
    }
    stage.wait(&format!("seed {}: the queues do not empty", random.seed), || stage.is_idle());
    let passed = std::fs::read_to_string(&passed).expect("a file");
    let commits = stage.server_git(&["rev-list", "--first-parent", "main"]);
    let root = stage.server_git(&["rev-list", "--max-parents=0", "main"]);
    let mut landed = 0;
    for commit in commits.lines().filter(|commit| *commit != root) {
        assert!(passed.lines().any(|p| p == commit), "seed {}: {commit} did not pass\n{}", random.seed, stage.log());
        landed += 1;
    }
    let merged = changes.iter().filter(|(number, _)| stage.status(*number) == "MERGED").count();
    assert_eq!(merged, landed, "seed {}", random.seed);
    assert!(landed * 4 > rounds, "seed {}: hardly anything landed\n{}", random.seed, stage.log());
    for (number, broken) in &changes {
        assert!(!broken || stage.status(*number) != "MERGED", "seed {}: {number} is broken", random.seed);
    }
}

#[test]
fn without_jobs_a_change_is_told_why_it_does_not_land() {
    let world = World::embedded();
    let stage = Stage::of_kind(&world, "fast-forward-only", OPEN, "");
    let first = stage.push_change("First", &[("first.txt", "")]);
    let second = stage.push_change("Second", &[("second.txt", "")]);
    stage.approve(first);
    stage.wait_merged(&[first]);
    for _ in 0..2 {
        stage.approve(second);
    }
    let messages = stage.change(second)["messages"].as_array().cloned().unwrap_or_default();
    let said = messages.iter().filter(|m| m["tag"] == "autogenerated:pyflow:gate").map(|m| m["message"].as_str());
    assert_eq!(
        said.collect::<Vec<_>>(),
        [Some(
            "Change could not be merged: this project only fast-forwards, and it is not based on the tip of main.\n\nPlease `git rebase` it onto main and upload it again."
        )]
    );

    // Nobody removes a reviewer by the way who may not do it.
    let path = format!("changes/{second}/revisions/current/review");
    let body = serde_json::json!({ "reviewers": [{ "reviewer": "carol", "state": "REMOVED" }] });
    let (status, words) = world.server.try_rest("bob", "POST", &path, Some(&body));
    assert_eq!((status, words.trim()), (403, "remove reviewer not permitted"));
    assert!(stage.change(second)["reviewers"]["REVIEWER"].to_string().contains("\"carol\""));
}

/// Without jobs; the store is damaged where one change is, and others land all the same.
#[test]
fn what_cannot_be_tried_is_told_and_keeps_nobody_waiting() {
    let world = World::embedded();
    let stage = Stage::new(&world, OPEN, "");
    let lines = |first: &str, last: &str| format!("{first}\n\n\n\n\n\n{last}\n");
    let land = |subject: &str, file: &str, content: &str| {
        let number = stage.push_change(subject, &[(file, content)]);
        stage.approve(number);
        stage.wait_merged(&[number]);
        number
    };
    land("Begin", "file", &lines("one", "six"));
    stage.fetch();
    let damaged = stage.push_change("Damaged", &[("file", &lines("ONE", "six"))]);
    let blob = stage.clone.git(["rev-parse", "HEAD:file"]);
    land("Other", "file", &lines("one", "SIX"));
    let whole = stage.push_change("Whole", &[("whole", "")]);
    std::fs::remove_file(stage.repository().join("objects").join(&blob[..2]).join(&blob[2..])).expect("a file");
    stage.approve(damaged);
    stage.approve(whole);
    stage.wait_merged(&[whole]);
    let change = stage.change(damaged);
    assert_eq!(change["status"], "NEW");
    assert!(
        change["messages"].to_string().contains("Change could not be merged, since this server failed"),
        "{change}"
    );
}
