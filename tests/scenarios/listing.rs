//! `pyflow list` and `pyflow status`: what is there, and what to do next.

use serde_json::{Value, json};

use crate::sandbox::{Clone, ProjectOptions, Run, World};

crate::scenarios![
    list_as_a_table,
    list_nothing,
    list_filters,
    list_only_open_ones_of_this_project,
    list_anonymously,
    list_a_query_that_is_wrong,
    status_of_a_stack,
    status_of_a_named_change,
    status_of_something_unknown,
    status_on_the_target,
    status_before_submitting,
    status_of_mine,
    status_of_a_merged_change,
    status_of_an_abandoned_change,
    status_in_conflict,
    status_with_a_newer_patch_set,
    status_with_votes,
    status_work_in_progress,
    status_with_an_unresolved_comment,
    status_anonymously,
    status_of_one_change_id_on_two_branches,
];

/// Runs it at the server's own time, so that ages are short.
fn today<'w>(clone: &Clone<'w>, words: &str) -> Run<'w> {
    clone.pyflow_with(words, |command| {
        command.env_remove("PYFLOW_NOW");
    })
}

fn listed(clone: &Clone<'_>, words: &str) -> Vec<u64> {
    let document = clone.pyflow(&format!("list --format json {words}")).success().json();
    let mut numbers = Clone::numbers(&document);
    numbers.sort_unstable();
    numbers
}

fn states(document: &Value) -> Vec<&str> {
    let changes = document["changes"].as_array().unwrap();
    changes.iter().map(|change| change["review"]["state"].as_str().unwrap_or("none")).collect()
}

fn kinds(change: &Value) -> Vec<&str> {
    change["blockers"].as_array().unwrap().iter().map(|blocker| blocker["kind"].as_str().unwrap()).collect()
}

fn list_as_a_table(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("--topic parser --wip");
    world.server.vote("bob", number, "Code-Review", -1);
    insta::assert_snapshot!(today(&clone, "list").snapshot(), @"
    change  subject             votes  branch  owner       topic   age
    #1  WIP Fix the parser  CR-1   main    Alice Able  parser  now
    ");
    let document = clone.pyflow("list --format json").success().json();
    assert_eq!(document["changes"][0]["owner"], "Alice Able");
    assert_eq!(document["visibility"], "full");
}

fn list_nothing(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("list").snapshot(), @"no open changes");
    assert!(listed(&clone, "").is_empty());
}

fn list_filters(world: &World) {
    let project = world.project();
    let alice = world.user("alice").clone(&project);
    alice.commit("First");
    let first = alice.submit_one("--topic one -r bob");
    alice.git(["checkout", "-q", "-b", "other", "gerrit/3.14", "--no-track"]);
    alice.commit("Second");
    let second = alice.submit_one("3.14 --hashtag tag");
    let bob = world.user("bob").clone(&project);
    bob.commit("Third");
    let third = bob.submit_one("");
    let mut all = vec![first, second, third];
    all.sort_unstable();
    assert_eq!(listed(&alice, ""), all);
    assert_eq!(listed(&bob, "--mine"), [third]);
    assert_eq!(listed(&alice, "--reviewer bob"), [first]);
    assert_eq!(listed(&bob, "--reviewer self"), [first]);
    assert_eq!(listed(&bob, "--topic one"), [first]);
    assert_eq!(listed(&bob, "--branch 3.14"), [second]);
    assert_eq!(listed(&bob, "--query hashtag:tag"), [second]);
    assert_eq!(listed(&alice, "--mine --branch main"), [first]);
    assert_eq!(listed(&alice, "--limit 2").len(), 2);
    assert!(listed(&alice, "--topic nosuch").is_empty());
    // A filter cannot be left by what is in it.
    let run = alice.pyflow_args(["list", "--format", "json", "--topic", "nosuch OR status:open"]).success();
    assert_eq!(run.json()["changes"], json!([]));
}

fn list_only_open_ones_of_this_project(world: &World) {
    let (project, other) = (world.project(), world.project());
    let clone = world.user("alice").clone(&project);
    let mut numbers = Vec::new();
    for subject in ["Merged", "Abandoned", "Open"] {
        clone.git(["reset", "-q", "--hard", "gerrit/main"]);
        clone.commit(subject);
        numbers.push(clone.submit_one(""));
    }
    world.server.land(numbers[0]);
    world.server.abandon("alice", numbers[1]);
    let elsewhere = world.user("alice").clone(&other);
    elsewhere.commit("Elsewhere");
    elsewhere.submit("");
    assert_eq!(listed(&clone, ""), [numbers[2]]);
}

fn anonymously<'w>(clone: &Clone<'w>, words: &str) -> Run<'w> {
    clone.pyflow_with(words, |command| {
        command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_NOW");
    })
}

fn list_anonymously(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(anonymously(&clone, "list").snapshot(), @"no open changes that can be seen without credentials; `pyflow auth login` stores some");
    clone.commit("Fix the parser");
    clone.submit("");
    let document = anonymously(&clone, "list --format json").success().json();
    assert_eq!(document["visibility"], "anonymous");
    assert_eq!(document["changes"][0]["subject"], "Fix the parser");
    let run = anonymously(&clone, "list --mine");
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: your own changes can be listed only when you are signed in
    hint: sign in with a token or HTTP password: `pyflow auth login`
    [exit code: 7]
    ");
}

fn list_a_query_that_is_wrong(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("list --query nosuchop:1").snapshot(), @"
    ------- stderr -------
    error: the review server refused: Unsupported operator nosuchop:1
    hint: `--verbose` shows what was asked of it
    [exit code: 4]
    ");
}

fn status_of_a_stack(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.commit("Second");
    clone.submit("");
    clone.commit("Third");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  First  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: nothing for you to do now; it waits for others

    #2  Second  open  for main
      $SERVER/c/$PROJECT/+/#2
      patch set 1, owned by Alice Able
      - waits for change #1, below it
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: nothing for you to do now; it waits for others

    <commit>  Third
      - it is not on the review server
      next: send it: `pyflow submit`
    ");
    let document = clone.pyflow("status --format json").success().json();
    assert_eq!(states(&document), ["open", "open", "none"]);
    assert_eq!(document["visibility"], "full");
    assert_eq!(kinds(&document["changes"][1]), ["parent", "requirement"]);
    assert_eq!(kinds(&document["changes"][2]), ["not-submitted"]);
}

fn status_of_a_named_change(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let document = clone.submit("");
    let number = Clone::numbers(&document)[0];
    let change = &document["changes"][0];
    let (id, url) = (change["change_id"].as_str().unwrap(), change["url"].as_str().unwrap());
    let plain = format!("{}/{number}", world.server.url());
    let names = [
        number.to_string(),
        format!("{number},1"),
        id.to_owned(),
        url.to_owned(),
        format!("{url}/1"),
        plain,
        "work".to_owned(),
        "HEAD".to_owned(),
        clone.head(),
        clone.head()[..12].to_owned(),
    ];
    for name in names {
        let document = clone.pyflow_args(["status", "--format", "json", &name]).success().json();
        assert_eq!(Clone::numbers(&document), [number], "{name}");
    }
}

fn status_of_something_unknown(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("status nosuch").snapshot(), @"
    ------- stderr -------
    error: `nosuch` is neither a change nor a branch or commit of this repository
    hint: name a change by number (1841), number and patch set (1841,3), URL, Change-Id, branch or commit
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("status 99999999").snapshot(), @"
    ------- stderr -------
    error: the review server shows no change `99999999`
    hint: it is not in $PROJECT, the project of this clone, or you may not see it
    [exit code: 4]
    ");
    insta::assert_snapshot!(clone.pyflow(&format!("status I{}", "0".repeat(39) + "1")).snapshot(), @"
    ------- stderr -------
    error: the review server shows no change `<Change-Id>`
    hint: it is not in $PROJECT, the project of this clone, or you may not see it
    [exit code: 4]
    ");
    // Another project's change is told from one that does not exist.
    let url = format!("{}/c/library/+/1", clone.person.world.server.url());
    insta::assert_snapshot!(clone.pyflow(&format!("status {url}")).snapshot(), @"
    ------- stderr -------
    error: `$SERVER/c/library/+/#1` is a change of `library`, and this clone is for `$PROJECT`
    hint: run it in a clone of `library`
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("status https://elsewhere.example.org/c/x/+/1").snapshot(), @"
    ------- stderr -------
    error: `https://elsewhere.example.org/c/x/+/#1` is not the URL of a change: this clone's review server is $SERVER
    hint: a change of this server looks like $SERVER/c/PROJECT/+/NUMBER
    [exit code: 2]
    ");
}

fn status_on_the_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"no changes here: every commit of this branch is on its target");
}

fn status_before_submitting(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    <commit>  Fix the parser
      - it is not on the review server
      next: send it: `pyflow submit`
    ");
    let document = clone.pyflow("status --format json").success().json();
    assert_eq!(document["changes"][0].get("branch"), None, "no server tells one");
}

fn status_of_mine(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let bob = world.user("bob").clone(&project);
    insta::assert_snapshot!(bob.pyflow("status --mine").snapshot(), @"you have no open changes in this project");
    bob.commit("Bob's");
    bob.submit("");
    clone.git(["checkout", "-q", "gerrit/main"]);
    let document = clone.pyflow("status --mine --format json").success().json();
    assert_eq!(Clone::numbers(&document), [number]);
}

fn status_of_a_merged_change(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    world.server.land(number);
    let document = clone.pyflow(&format!("status {number} --format json")).success().json();
    assert_eq!(states(&document), ["merged"]);
    assert_eq!(kinds(&document["changes"][0]), [""; 0]);
    assert_eq!(document["changes"][0]["next"], Value::Null);
    clone.fetch();
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"no changes here: every commit of this branch is on its target");
}

fn status_of_an_abandoned_change(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.abandon("alice", clone.submit_one(""));
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  abandoned  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it is abandoned
      next: restore it on the server, or remove its Change-Id and submit it as a new change
    ");
}

fn status_in_conflict(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit_file("Mine", "same.txt", "mine\n");
    clone.submit("");
    let other = world.user("alice").clone(&project);
    other.commit_file("Theirs", "same.txt", "theirs\n");
    world.server.land(other.submit_one(""));
    clone.fetch();
    let before = clone.fingerprint();
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Mine  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it conflicts with main as last fetched
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: rebase it onto main and submit again
    ");
    assert_eq!(clone.fingerprint(), before);
}

fn status_with_a_newer_patch_set(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let bob = world.user("bob").clone(&project);
    bob.fetch_patch_set(number, 1);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("Fixtheparser.txt", "bob's");
    bob.submit("");
    insta::assert_snapshot!(bob.pyflow(&format!("status {number},99")).snapshot(), @"
    ------- stderr -------
    error: change #1 has no patch set 99
    hint: the newest is 2: `pyflow status #1`
    [exit code: 4]
    ");
    let older = bob.pyflow(&format!("status {number},1")).success().snapshot();
    insta::assert_snapshot!(older.lines().last().unwrap_or_default(), @"note: patch set 1 of change #1 is an older one; this is about 2, the newest");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 2, owned by Alice Able
      - your commit is patch set 1; the newest is 2 by Bob Baker
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: take over patch set 2 before you go on: `git fetch gerrit refs/changes/NN/#1/2`
    ");
    clone.amend("Fixtheparser.txt", "mine");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 2, owned by Alice Able
      - your commit has not been sent, and was not made from the newest patch set, 2, by Bob Baker
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: look at it: `git fetch gerrit refs/changes/NN/#1/2`; build on it, or send yours in its place: `pyflow submit --replace`
    ");
}

fn status_with_votes(world: &World) {
    let clone =
        world.user("alice").clone(&world.project_with(&ProjectOptions { checked: true, ..ProjectOptions::default() }));
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    world.server.vote("bob", number, "Code-Review", -1);
    world.server.vote("carol", number, "Code-Review", 2);
    let document = clone.pyflow("status --format json").success().json();
    let change = &document["changes"][0];
    assert_eq!(change["review"]["votes"].as_array().unwrap().len(), 2, "{change:#}");
    let status = |name: &str| {
        let all = change["review"]["requirements"].as_array().cloned().unwrap_or_default();
        all.iter().find(|r| r["name"] == name).map(|r| r["status"].clone())
    };
    if !world.server.is_old() {
        assert_eq!(status("Code-Review"), Some(json!("satisfied")), "{change:#}");
        assert_eq!(status("Verified"), Some(json!("unsatisfied")));
    }
}

fn status_work_in_progress(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("--wip");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  work in progress  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it is marked as work in progress
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: when it is finished: `pyflow submit --ready`
    ");
    // Somebody else's next step is another one.
    let bob = world.user("bob").clone(&project);
    insta::assert_snapshot!(bob.pyflow(&format!("status {number}")).snapshot(), @"
    #1  Fix the parser  work in progress  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it is marked as work in progress
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: nothing for you to do now; it waits for others
    ");
}

fn status_with_an_unresolved_comment(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let body = json!({ "comments": { "Fixtheparser.txt": [{ "line": 1, "message": "Why?", "unresolved": true }] } });
    let path = format!("changes/{number}/revisions/current/review");
    let (status, text) = world.server.try_rest("bob", "POST", &path, Some(&body));
    if status != 200 && world.server.is_embedded() {
        crate::sandbox::not_run(&format!("the embedded server has no comments yet: {status} {text}"));
        return;
    }
    let document = clone.pyflow("status --format json").success().json();
    assert_eq!(document["changes"][0]["review"]["unresolved"], 1, "{document:#}");
    assert!(kinds(&document["changes"][0]).contains(&"unresolved"));
    assert_eq!(document["changes"][0]["next"], "answer them on the server");
}

fn status_anonymously(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    let run = anonymously(&clone, "status");
    assert!(run.stdout.contains("asked without credentials"), "{}{}", run.stdout, run.stderr);
    let document = anonymously(&clone, "status --format json").success().json();
    assert_eq!(document["visibility"], "anonymous");
    assert_eq!(states(&document), ["open"]);
}

fn status_of_one_change_id_on_two_branches(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let first = clone.submit("");
    let second = clone.submit_one("3.14");
    let id = first["changes"][0]["change_id"].as_str().unwrap();
    let document = clone.pyflow(&format!("status {id} --format json")).success().json();
    assert_eq!(Clone::numbers(&document), Clone::numbers(&first), "the one on this checkout's target");
    clone.git(["config", "pyflow.review.branch", "3.14"]);
    let document = clone.pyflow(&format!("status {id} --format json")).success().json();
    assert_eq!(Clone::numbers(&document), [second]);
    clone.git(["config", "pyflow.review.branch", "3.13"]);
    insta::assert_snapshot!(clone.pyflow(&format!("status {id}")).snapshot(), @"
    ------- stderr -------
    error: `<Change-Id>` means several changes
    hint: #2 on 3.14: Fix the parser
    hint: #1 on main: Fix the parser
    [exit code: 2]
    ");
}
