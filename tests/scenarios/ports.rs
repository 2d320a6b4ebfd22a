//! `pyflow ports`: a fix of a maintenance branch and its counterpart, from the first upload to the
//! report.

use crate::sandbox::{Clone, Project, ProjectOptions, Run, World};

crate::scenarios![
    a_fix_that_went_to_maintenance_first,
    a_fix_that_belongs_on_its_branch_alone,
    what_has_landed_and_what_is_open,
    fixes_that_are_marked_for_backport,
    a_pick_that_the_server_made,
    nothing_is_taken_for_granted,
];

const BRANCHES: &str = "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";

fn clone<'w>(world: &'w World, project: &Project) -> Clone<'w> {
    let clone = world.user("alice").clone(project);
    clone.write(".reviewconf", &(clone.reviewconf(project) + BRANCHES));
    clone
}

/// Starts work on a branch of the server.
fn start(clone: &Clone<'_>, branch: &str) {
    clone.fetch();
    clone.git(["checkout", "-q", "-B", "work", &format!("gerrit/{branch}"), "--no-track"]);
}

/// As a gate would start it.
fn job<'w>(clone: &Clone<'w>, number: u64, patch_set: u32, branch: &str) -> Run<'w> {
    clone.pyflow_with("ports --check", |command| {
        command.env("PYFLOW_CHANGE", number.to_string());
        command.env("PYFLOW_PATCHSET", patch_set.to_string());
        command.env("PYFLOW_BRANCH", branch);
    })
}

/// How wide a column is depends on the server's numbers.
fn table(run: &Run<'_>) -> String {
    let text = run.snapshot();
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        format!("{}{}", &line[..indent], cells.join("  "))
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn checks(document: &serde_json::Value) -> Vec<(String, String)> {
    let rows = document["checks"].as_array().unwrap().iter();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.map(|row| (text(row, "name"), text(row, "result"))).filter(|(name, _)| name == "ports").collect()
}

fn a_fix_that_went_to_maintenance_first(world: &World) {
    let project = world.project_with(&ProjectOptions { checked: true, ..ProjectOptions::default() });
    let alice = clone(world, &project);
    start(&alice, "3.13");
    alice.commit("Fix the parser");
    insta::assert_snapshot!(alice.pyflow("submit 3.13 --dry-run").snapshot(), @"
    would submit 1 commit for 3.13 (as you said)
    new       <commit>  Fix the parser
    warning: <commit> (Fix the parser) is for 3.13, and main has no counterpart of it [ports]
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    would move refs/heads/work to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/3.13
    ");
    let document = alice.submit("3.13");
    assert_eq!(checks(&document), [("ports".to_owned(), "warning".to_owned())]);
    let old = Clone::numbers(&document)[0];
    let fix = alice.head();
    insta::assert_snapshot!(job(&alice, old, 1, "3.13").snapshot(), @"
    no: change #1 (Fix the parser) is for 3.13, and main has no counterpart of it
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    [exit code: 1]
    ");

    start(&alice, "main");
    alice.git(["cherry-pick", &fix]);
    let document = alice.submit("main");
    assert_eq!(checks(&document), [], "nothing comes after main");
    let new = Clone::numbers(&document)[0];
    assert_ne!(old, new);
    insta::assert_snapshot!(job(&alice, old, 1, "3.13").snapshot(), @"
    no: change #1 (Fix the parser) is for 3.13, and its counterpart on main, change #2, is not approved yet
      hint: it can land once change #2 is approved
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    [exit code: 1]
    ");
    world.server.vote("carol", new, "Code-Review", 2);
    insta::assert_snapshot!(job(&alice, old, 1, "3.13").snapshot(), @"ok: change #1 (Fix the parser) is for 3.13, and change #2 is approved for main (same Change-Id)");
    let document = job_json(&alice, old);
    assert_eq!(document["rows"][0]["ports"][0]["state"], "approved");
    assert_eq!(document["rows"][0]["ports"][0]["evidence"][0]["kind"], "change-id");
}

fn job_json(clone: &Clone<'_>, number: u64) -> serde_json::Value {
    clone.pyflow(&format!("ports --check --format json {number}")).json()
}

fn a_fix_that_belongs_on_its_branch_alone(world: &World) {
    let project = world.project();
    let alice = clone(world, &project);
    start(&alice, "3.13");
    alice.commit("Fix what main no longer has\n\nForward-Port: not-needed");
    let number = alice.submit_one("3.13");
    insta::assert_snapshot!(job(&alice, number, 1, "3.13").snapshot(), @"
    no: change #1 (Fix what main no longer has) is for 3.13, and main has no counterpart of it; its `Forward-Port` line does not say why none is needed
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    [exit code: 1]
    ");
    alice.write(".reviewconf", &(alice.reviewconf(&project) + BRANCHES + "[ports]\nrequired = true\n"));
    insta::assert_snapshot!(alice.pyflow("submit 3.13").snapshot(), @"
    1 commit for 3.13 (as you said)
    unchanged #1,1  Fix what main no longer has  $SERVER/c/$PROJECT/+/#1
    stop: <commit> (Fix what main no longer has) is for 3.13, and main has no counterpart of it; its `Forward-Port` line does not say why none is needed [ports]
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
      hint: or send it as it is: `--no-verify=ports`
    nothing was sent
    [exit code: 1]
    ");
    assert_eq!(checks(&alice.submit("3.13 --no-verify ports")), [("ports".to_owned(), "skipped".to_owned())]);
    alice.reword("not-needed", "not-needed (main has no tabs any more)");
    let document = alice.submit("3.13");
    assert_eq!(checks(&document), [("ports".to_owned(), "ok".to_owned())]);
    insta::assert_snapshot!(job(&alice, number, 2, "3.13").snapshot(), @"ok: change #1 (Fix what main no longer has) is for 3.13, and no forward-port is needed (main has no tabs any more)");
    assert_eq!(job(&alice, number, 1, "3.13").code, Some(1), "the first patch set is what it was");
}

fn what_has_landed_and_what_is_open(world: &World) {
    let project = world.project();
    let alice = clone(world, &project);
    let land = |branch: &str| {
        let number = alice.submit_one(branch);
        world.server.land(number);
        alice.fetch();
        number
    };
    let pick = |branch: &str, from: &str| {
        start(&alice, branch);
        alice.git(["cherry-pick", from]);
    };
    start(&alice, "main");
    alice.commit("Fix the parser");
    land("main");
    let parser = alice.git(["rev-parse", "gerrit/main"]);
    pick("3.13", &parser);
    land("3.13");
    alice.commit("Fix the lexer");
    land("3.13");
    let lexer = alice.git(["rev-parse", "gerrit/3.13"]);
    alice.commit("Fix tabs\n\nForward-Port: not-needed (main has none)");
    land("3.13");
    insta::assert_snapshot!(table(&alice.pyflow("ports")), @"
    3 fixes of maintenance branches: 1 with a counterpart, 1 without a counterpart, 1 not needed
    change  subject  on  main  3.14
    #3  Fix the lexer  3.13  missing  missing
    #2  Fix the parser  3.13  change #1: same Change-Id  missing
    ");
    pick("main", &lexer);
    let open = alice.submit_one("main");
    insta::assert_snapshot!(table(&alice.pyflow("ports --all 3.13")), @"
    3 fixes of maintenance branches: 1 with a counterpart, 1 under review, 1 not needed
        change  subject  on  main  3.14
    <commit>  Fix tabs  3.13  not needed: main has none  not needed
    #3  Fix the lexer  3.13  open: change #5  missing
    #2  Fix the parser  3.13  change #1: same Change-Id  missing
    ");
    world.server.land(open);
    assert_eq!(alice.pyflow("ports --check").code, Some(0));
    alice.fetch();
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.git(["revert", "--no-edit", "HEAD"]);
    land("main");
    insta::assert_snapshot!(table(&alice.pyflow("ports --check gerrit/3.13~2..gerrit/3.13")), @"
    no: change #3 (Fix the lexer) is for 3.13, and main had it as change #5, and took it back with <commit>
      hint: take it back on 3.13, too, or bring it back to main
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    2 fixes of maintenance branches: 1 without a counterpart, 1 not needed
    [exit code: 1]
    ");
    insta::assert_snapshot!(alice.pyflow("ports --all --markdown --local").snapshot(), @"
    # Ports

    ## Fixes of maintenance branches

    - 1 with a counterpart
    - 1 without a counterpart
    - 1 not needed

    | fix | subject | on | main | 3.14 |
    | --- | --- | --- | --- | --- |
    | <commit> | Fix tabs | 3.13 | not needed: main has none | not needed |
    | <commit> | Fix the lexer | 3.13 | **taken back** (<commit>) | **missing** |
    | <commit> | Fix the parser | 3.13 | <commit>: same Change-Id | **missing** |

    > no server was asked (--local): a counterpart there would not show
    ");
    start(&alice, "3.14");
    alice.commit("Fix the printer");
    alice.submit_one("3.14");
    insta::assert_snapshot!(table(&alice.pyflow("ports --open")), @"
    1 fix of maintenance branches: 1 without a counterpart
    change  subject  on  main
    #7  Fix the printer  3.14  missing
    ");
}

fn fixes_that_are_marked_for_backport(world: &World) {
    let project = world.project();
    let alice = clone(world, &project);
    start(&alice, "main");
    alice.commit("Fix the parser\n\nBackport-To: 3.14, 3.13");
    alice.commit("Fix the lexer");
    let numbers = Clone::numbers(&alice.submit("main --hashtag backport-3.13"));
    for number in numbers {
        world.server.land(number);
    }
    alice.fetch();
    let parser = alice.git(["rev-parse", "gerrit/main~1"]);
    start(&alice, "3.14");
    alice.git(["cherry-pick", "-x", &parser]);
    let number = alice.submit_one("3.14");
    world.server.land(number);
    insta::assert_snapshot!(table(&alice.pyflow("ports --all")), @"
    1 fix of maintenance branches: 1 with a counterpart
    change  subject  on  main
    #3  Fix the parser  3.14  change #1: same Change-Id

    2 fixes are marked for backport: 2 not arrived
    change  subject  on  3.14  3.13
    #2  Fix the lexer  main  missing
    #1  Fix the parser  main  change #3: same Change-Id  missing
    hint: `pyflow backport 3.13 --change #2`
    ");
    let document = alice.pyflow("ports --check --format json 3.13").success().json();
    assert_eq!(document["counts"]["missing"], 2, "a mark is a wish, and no check stops for it");
}

fn a_pick_that_the_server_made(world: &World) {
    let project = world.project();
    let alice = clone(world, &project);
    start(&alice, "main");
    alice.commit("Fix the parser");
    let number = alice.submit_one("main");
    // A message of one's own without a Change-Id gets a new one.
    let body = serde_json::json!({ "destination": "3.13", "message": "Mend the parser" });
    let path = format!("changes/{number}/revisions/current/cherrypick");
    let picked = world.server.rest("alice", "POST", &path, Some(&body))["_number"].as_u64().unwrap();
    let document = job_json(&alice, picked);
    assert_eq!(document["rows"][0]["result"], "waiting");
    assert_eq!(document["rows"][0]["ports"][0]["counterpart"]["number"], number);
    assert_eq!(document["rows"][0]["ports"][0]["evidence"][0]["kind"], "server-pick");
    // And seen from the other side: the server is asked what it made of a change.
    start(&alice, "3.13");
    alice.commit("Fix the lexer");
    let number = alice.submit_one("3.13");
    let path = format!("changes/{number}/revisions/current/cherrypick");
    let body = serde_json::json!({ "destination": "main", "message": "Mend the lexer" });
    let picked = world.server.rest("alice", "POST", &path, Some(&body))["_number"].as_u64().unwrap();
    let document = job_json(&alice, number);
    assert_eq!(document["rows"][0]["ports"][0]["counterpart"]["number"], picked);
    assert_eq!(document["rows"][0]["ports"][0]["evidence"][0]["kind"], "server-pick");
}

fn nothing_is_taken_for_granted(world: &World) {
    let project = world.project();
    let alice = clone(world, &project);
    start(&alice, "3.13");
    alice.commit("Fix the parser");
    let number = alice.submit_one("3.13");
    insta::assert_snapshot!(job(&alice, number, 1, "main").snapshot(), @"
    ------- stderr -------
    error: PYFLOW_BRANCH is main, and the review server says that change #1 is for 3.13
    [exit code: 5]
    ");
    insta::assert_snapshot!(job(&alice, number, 2, "3.13").snapshot(), @"
    ------- stderr -------
    error: the review server shows no patch set 2 of change #1
    [exit code: 4]
    ");
    insta::assert_snapshot!(job(&alice, 999_999, 1, "3.13").snapshot(), @"
    ------- stderr -------
    error: the review server shows no change `999999`
    hint: it is not in $PROJECT, the project of this clone, or you may not see it
    [exit code: 4]
    ");
    let nobody = alice.pyflow_with(&format!("ports --check {number}"), |command| {
        command.env("PYFLOW_REVIEW_URL", "http://127.0.0.1:1");
    });
    assert_eq!(nobody.code, Some(3), "another server than the accepted one: {}", nobody.stderr);
    start(&alice, "main");
    alice.commit("Fix the lexer");
    let number = alice.submit_one("main");
    insta::assert_snapshot!(job(&alice, number, 1, "main").snapshot(), @"note: change #2 is for main, where fixes come first");
    insta::assert_snapshot!(alice.pyflow("ports main").snapshot(), @"
    ------- stderr -------
    error: main is where fixes come first; there is nothing after it
    hint: name a maintenance branch: 3.14, 3.13
    [exit code: 2]
    ");
    insta::assert_snapshot!(alice.pyflow("ports --local nothing").snapshot(), @"
    ------- stderr -------
    error: `nothing` is neither a maintenance branch nor a range A..B
    hint: the maintenance branches are 3.14, 3.13
    hint: a change is known to the server alone: leave `--local` away
    [exit code: 2]
    ");
    alice.write(".reviewconf", &alice.reviewconf(&project));
    insta::assert_snapshot!(table(&alice.pyflow("ports")), @r#"
    ------- stderr -------
    error: no maintenance branch is known, so that there is nothing to compare
    hint: name them in `.reviewconf`: `maintenance = ["3.14", "3.13"]` below [branches]
    hint: or for yourself: `git config --add pyflow.branches.maintenance 3.14`
    [exit code: 3]
    "#);
}
