//! `pyflow backport`: one fix on every branch that needs it.

use crate::sandbox::{Clone, Project, ProjectOptions, World};

crate::scenarios![
    one_clean_one_conflict_one_already,
    an_open_clone_follows_its_original,
    a_conflict_is_sent_as_it_is,
    two_branches_at_one_commit
];

pub const BEFORE: &str = "def spam(x):\n    y = x\n    return y\n\n\ndef eggs():\n    return 1\n";
pub const FIXED: &str = "def spam(x):\n    y = x + 1\n    return y\n\n\ndef eggs():\n    return 1\n";
pub const OTHER: &str = "def spam(z):\n    y = [z]\n    return y\n\n\ndef eggs():\n    return 1\n";

/// A project with a file on each of its branches, and alice's clone of it.
pub fn stage<'w>(world: &'w World, branches: &[(&'static str, &str)]) -> (Project, Clone<'w>) {
    let options =
        ProjectOptions { branches: branches.iter().map(|(name, _)| *name).collect(), ..ProjectOptions::default() };
    let project = world.project_with(&options);
    let alice = world.user("alice").clone(&project);
    for (branch, content) in branches {
        land(&alice, branch, "spam.py", content, &format!("Begin {branch}"));
    }
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    (project, alice)
}

/// Lands one commit on a branch; returns what was merged.
pub fn land(clone: &Clone<'_>, branch: &str, file: &str, content: &str, message: &str) -> (u64, String) {
    clone.fetch();
    clone.git(["checkout", "-q", "-B", "landing", &format!("gerrit/{branch}"), "--no-track"]);
    clone.commit_file(message, file, content);
    let number = clone.submit_one(branch);
    clone.person.world.server.land(number);
    clone.fetch();
    (number, clone.git(["rev-parse", &format!("gerrit/{branch}")]))
}

fn one_clean_one_conflict_one_already(world: &World) {
    let (_, alice) = stage(world, &[("main", BEFORE), ("3.14", BEFORE), ("3.13", OTHER), ("3.12", FIXED)]);
    land(&alice, "main", "spam.py", FIXED, "Fix spam for whole numbers");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let before = alice.belongings();
    insta::assert_snapshot!(alice.pyflow("backport 3.14 3.13 3.12 --topic spam").snapshot(), @"
    <commit>  Fix spam for whole numbers  (change #5)
    pushed   3.14  #6,1  Fix spam for whole numbers  $SERVER/c/$PROJECT/+/#6
    conflict 3.13 in spam.py
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      why? 3.13 lacks <commit> (Begin main), which touched the same lines of spam.py
      hint: resolve it there, `git add` the files, then `pyflow backport --continue 3.13`
      hint: or leave it out: `pyflow backport --skip 3.13`; or give it up: `pyflow backport --abort 3.13`
    already  3.12: everything that it changes is there
    [exit code: 6]
    ");
    assert_eq!(alice.belongings(), before);
    insta::assert_snapshot!(alice.pyflow("backport --continue").snapshot(), @"
    <commit>  Fix spam for whole numbers  (change #5)
    conflict 3.13 in spam.py: these files are not resolved: spam.py
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      hint: resolve them in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>, and mark each: `git add FILE`
    [exit code: 6]
    ");
    let listed = alice.pyflow("backport --list --format json").ends_with(6).json();
    let worktree = listed["branches"][0]["worktree"].as_str().expect("a work tree").to_owned();
    std::fs::write(format!("{worktree}/spam.py"), OTHER.replace("[z]", "[z + 1]")).unwrap();
    alice.git(["-C", &worktree, "add", "spam.py"]);
    let done = alice.pyflow_with("backport --continue 3.13", |command| {
        command.current_dir(&worktree);
    });
    insta::assert_snapshot!(done.snapshot(), @"
    <commit>  Fix spam for whole numbers  (change #5)
    pushed   3.13  #7,1  Fix spam for whole numbers  $SERVER/c/$PROJECT/+/#7
    note: the work tree that you were in is gone: `cd $WORLD/alice-2`
    ");
    insta::assert_snapshot!(alice.pyflow("backport --list").snapshot(), @"no backport waits in this clone");
    insta::assert_snapshot!(alice.pyflow("backport 3.14 3.13 3.12").snapshot(), @"
    <commit>  Fix spam for whole numbers  (change #5)
    already  3.14  $SERVER/c/$PROJECT/+/#6: change #6 is open for it
    already  3.13  $SERVER/c/$PROJECT/+/#7: change #7 is open for it
    already  3.12: everything that it changes is there
    ");
    assert_eq!(alice.belongings(), before);

    // Both say where they came from, and bear the original's Change-Id and topic.
    let landed = alice.git(["rev-parse", "gerrit/main"]);
    let found = world.server.rest("carol", "GET", &format!("changes/?q={}", open(&alice)), None);
    let change_id = alice.git(["log", "-1", "--format=%(trailers:key=Change-Id,valueonly)", "gerrit/main"]);
    for (branch, change) in ["3.13", "3.14"].iter().zip(by_branch(&found)) {
        let change = world.server.change(change["_number"].as_u64().expect("a number"));
        assert_eq!(change["branch"], *branch);
        assert_eq!(change["topic"], "spam");
        assert_eq!(change["change_id"], change_id.trim());
        let current = change["revisions"].as_object().expect("revisions").values().next().expect("a revision");
        let message = current["commit"]["message"].as_str().expect("a message");
        assert!(message.starts_with("Fix spam for whole numbers\n\n"), "{message}");
        assert!(message.contains(&format!("(cherry picked from commit {landed})")), "{message}");
        assert_eq!(current["commit"]["author"]["email"], "alice@example.com");
        let reviewers = change["reviewers"]["REVIEWER"].as_array().expect("reviewers");
        assert!(reviewers.iter().any(|who| who["username"] == "carol"), "carol approved the original: {change:#}");
    }
    for change in by_branch(&found) {
        world.server.land(change["_number"].as_u64().expect("a number"));
    }
    let told = alice.pyflow("backport 3.14 3.13 --format json").success().json();
    for row in told["branches"].as_array().expect("branches") {
        assert_eq!(row["result"], "already");
        assert!(row["text"].as_str().expect("a text").contains("has landed on 3.1"), "{told:#}");
    }
}

/// A query for the open changes of a clone's project.
fn open(clone: &Clone<'_>) -> String {
    let url = clone.git(["remote", "get-url", "gerrit"]);
    format!("project:{}+is:open&o=CURRENT_REVISION", url.rsplit('/').next().expect("a project"))
}

fn by_branch(found: &serde_json::Value) -> Vec<serde_json::Value> {
    let mut changes = found.as_array().expect("a list").clone();
    changes.sort_by_key(|change| change["branch"].as_str().expect("a branch").to_owned());
    changes
}

/// The clone of a change that is still under review gets a patch set when the original has; somebody
/// else's work on the clone is not buried.
fn an_open_clone_follows_its_original(world: &World) {
    let (project, alice) = stage(world, &[("main", BEFORE), ("3.14", BEFORE)]);
    alice.commit_file("Fix spam", "spam.py", FIXED);
    let number = alice.submit_one("main");
    let first = alice.pyflow(&format!("backport 3.14 --change {number} --format json")).success().json();
    let clone = first["branches"][0]["number"].as_u64().expect("a number");
    assert_eq!(first["branches"][0]["action"], "created");
    assert!(first["warnings"][0].as_str().expect("a note").contains("has not landed yet"), "{first:#}");

    alice.amend("spam.py", &FIXED.replace("x + 1", "x + 2"));
    alice.submit("main");
    let second = alice.pyflow("backport 3.14 --format json").success().json();
    assert_eq!(second["branches"][0]["action"], "updated");
    assert_eq!((&second["branches"][0]["number"], &second["branches"][0]["patch_set"]), (&clone.into(), &2.into()));

    // Carol improves the clone; then the original gets a third patch set.
    let carol = world.user("carol").clone(&project);
    carol.fetch_patch_set(clone, 2);
    carol.git(["checkout", "-q", "-B", "work", "FETCH_HEAD"]);
    carol.amend("spam.py", &FIXED.replace("x + 1", "x + 2.0"));
    carol.submit("3.14");
    alice.amend("spam.py", &FIXED.replace("x + 1", "x + 3"));
    alice.submit("main");
    insta::assert_snapshot!(alice.pyflow("backport 3.14").snapshot(), @"
    <commit>  Fix spam  (change #3)
    refused  3.14  $SERVER/c/$PROJECT/+/#4: change #4 is open for 3.14, by Carol Core, and was not picked from <commit>
      hint: look at it: `pyflow status #4`
      hint: send yours on top of it all the same: `pyflow backport 3.14 --replace`
    note: change #3 has not landed yet: what it becomes later is not in its clones
    [exit code: 4]
    ");
    assert_eq!(world.server.change(clone)["revisions"].as_object().expect("revisions").len(), 3);
    let replaced = alice.pyflow("backport 3.14 --replace --format json").success().json();
    assert_eq!(replaced["branches"][0]["patch_set"], 4);
    world.server.abandon("alice", clone);
    insta::assert_snapshot!(alice.pyflow("backport 3.14").snapshot(), @"
    <commit>  Fix spam  (change #3)
    refused  3.14  $SERVER/c/$PROJECT/+/#4: change #4 for 3.14 is abandoned, and takes no new patch set
      hint: restore it on the server, then run this again
    note: change #3 has not landed yet: what it becomes later is not in its clones
    [exit code: 4]
    ");
}

/// `--conflicts commit`: a work in progress that shows the conflict, and that nobody takes for done.
fn a_conflict_is_sent_as_it_is(world: &World) {
    let (_, alice) = stage(world, &[("main", BEFORE), ("3.14", OTHER)]);
    land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let before = alice.belongings();
    insta::assert_snapshot!(alice.pyflow("backport 3.14 --conflicts commit").snapshot(), @"
    <commit>  Fix spam  (change #3)
    conflict 3.14  #4,1  $SERVER/c/$PROJECT/+/#4 in spam.py
      why? 3.14 lacks <commit> (Begin main), which touched the same lines of spam.py
      hint: take the markers out and amend: change #4 is marked as work in progress until then
    [exit code: 6]
    ");
    let found = world.server.rest("carol", "GET", &format!("changes/?q={}", open(&alice)), None);
    let change = &by_branch(&found)[0];
    assert_eq!(change["work_in_progress"], true, "{change:#}");
    assert_eq!(change["subject"], "WIP: Fix spam");
    alice.fetch_patch_set(change["_number"].as_u64().expect("a number"), 1);
    let shown = alice.git(["show", "FETCH_HEAD:spam.py"]).replace(&alice.head()[..10], "<commit>");
    insta::assert_snapshot!(shown, @"
    <<<<<<< 3.14
    def spam(z):
        y = [z]
    =======
    def spam(x):
        y = x + 1
    >>>>>>> <commit> (Fix spam)
        return y


    def eggs():
        return 1
    ");
    assert_eq!(alice.belongings(), before);
    drop(alice.pyflow("backport --list").success());
}

/// Branches that have not parted get the very same commit, and a change each.
fn two_branches_at_one_commit(world: &World) {
    let alice = world.user("alice").clone(&world.project());
    alice.commit("Fix the parser");
    let done = alice.pyflow("backport 3.14 3.13 --format json").success().json();
    let rows = done["branches"].as_array().expect("branches");
    assert_eq!(rows[0]["commit"], rows[1]["commit"], "{done:#}");
    assert_ne!(rows[0]["number"], rows[1]["number"], "{done:#}");
    assert!(rows.iter().all(|row| row["result"] == "pushed" && row["action"] == "created"), "{done:#}");
}
