//! Stacks of several commits.

use serde_json::json;

use crate::sandbox::{Clone, ProjectOptions, World};

crate::scenarios![
    updated_in_the_middle,
    reordered,
    only_the_newest,
    a_range,
    a_range_and_only,
    a_range_that_is_none,
    an_unsent_commit_below_the_part,
    on_an_older_patch_set,
    on_an_abandoned_change,
    on_a_landed_change,
    nothing_to_submit,
    a_merge_in_the_stack,
    an_empty_commit,
    only_the_middle_lacks_a_change_id,
    signed_and_signing,
    signed_and_not_signing,
    somebody_elses_patch_set_taken_over,
    more_than_max_stack,
    fixup_and_work_in_progress_subjects,
    in_conflict_with_the_target,
];

fn three(world: &World) -> (Clone<'_>, Vec<u64>) {
    let clone = world.user("alice").clone(&world.project());
    for subject in ["First", "Second", "Third"] {
        clone.commit(subject);
    }
    let numbers = Clone::numbers(&clone.submit(""));
    (clone, numbers)
}

pub(super) fn actions(document: &serde_json::Value) -> Vec<&str> {
    document["changes"].as_array().unwrap().iter().map(|change| change["action"].as_str().unwrap()).collect()
}

fn updated_in_the_middle(world: &World) {
    let (clone, numbers) = three(world);
    let top = clone.head();
    clone.git(["checkout", "-q", "--detach", "HEAD~"]);
    clone.amend("Second.txt", "better");
    clone.git(["rebase", "-q", "--onto", "HEAD", "HEAD@{1}", &top]);
    clone.git(["branch", "-q", "-f", "work", "HEAD"]);
    clone.git(["checkout", "-q", "work"]);
    let document = clone.submit("");
    assert_eq!(actions(&document), ["unchanged", "updated", "updated"]);
    assert_eq!(Clone::numbers(&document), numbers);
    let patch_sets: Vec<_> = document["changes"].as_array().unwrap().iter().map(|c| &c["patch_set"]).collect();
    assert_eq!(patch_sets, [&json!(1), &json!(2), &json!(2)]);
}

fn reordered(world: &World) {
    let (clone, numbers) = three(world);
    let (second, third) = (clone.git(["rev-parse", "HEAD~"]), clone.head());
    clone.git(["reset", "-q", "--hard", "HEAD~2"]);
    clone.git(["cherry-pick", &third, &second]);
    let document = clone.submit("");
    assert_eq!(actions(&document), ["unchanged", "updated", "updated"]);
    assert_eq!(Clone::numbers(&document), [numbers[0], numbers[2], numbers[1]]);
}

fn only_the_newest(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.submit("");
    clone.commit("Second");
    insta::assert_snapshot!(clone.pyflow("submit --only").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

fn a_range(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    for subject in ["First", "Second", "Third"] {
        clone.commit(subject);
    }
    insta::assert_snapshot!(clone.pyflow("submit gerrit/main..HEAD~").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    created   #1,1  First  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    // What lies above moved along, and is sent next.
    assert_eq!(clone.git(["log", "--format=%s", "gerrit/main..work"]), "Third\nSecond\nFirst");
    assert_eq!(actions(&clone.submit("HEAD~..")), ["created"]);
    assert_eq!(actions(&clone.submit("")), ["unchanged"; 3]);
}

fn a_range_and_only(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    insta::assert_snapshot!(clone.pyflow("submit --only HEAD~..HEAD").snapshot(), @"
    ------- stderr -------
    error: `--only` and a range `A..B` both choose what is sent
    hint: leave one of them out
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("submit main 3.14").snapshot(), @"
    ------- stderr -------
    error: both `main` and `3.14` are targets
    hint: a change lands on one branch; submit once for each
    [exit code: 2]
    ");
}

fn a_range_that_is_none(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    insta::assert_snapshot!(clone.pyflow("submit nosuch..HEAD").snapshot(), @"
    ------- stderr -------
    error: `nosuch` is not a commit of this repository
    hint: `git log --oneline` lists what is there
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("submit main...HEAD").snapshot(), @"
    ------- stderr -------
    error: `main...HEAD` is a symmetric difference, which is no part of a stack
    hint: write `A..B`
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("submit HEAD..HEAD").snapshot(), @"
    ------- stderr -------
    error: the range that was named holds no commit of this stack
    hint: `git log --oneline gerrit/main..HEAD` lists the stack
    [exit code: 2]
    ");
}

fn an_unsent_commit_below_the_part(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.commit("Second");
    insta::assert_snapshot!(clone.pyflow("submit --only").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  Second
    stop: <commit> (First) lies below the part that is sent, and the server does not have it as it is [below]
      hint: send it too: `pyflow submit`
      hint: or move your commit off it: `git rebase --onto`
    nothing was sent
    [exit code: 3]
    ");
}

/// A stack on an older patch set of an open change is fine, and is told.
fn on_an_older_patch_set(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.submit("");
    let older = clone.head();
    clone.amend("First.txt", "better");
    clone.submit("");
    clone.git(["reset", "-q", "--hard", &older]);
    clone.commit("Second");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,1  First  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    warning: <commit> (First) is patch set 1 of change #1; the newest is 2, by Alice Able [newer]
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

fn on_an_abandoned_change(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    world.server.abandon("alice", clone.submit_one(""));
    clone.commit("Second");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,1  First  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    warning: change #1 (First) is abandoned on the server [closed]
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

/// What has landed is no part of the stack any more.
fn on_a_landed_change(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    world.server.land(clone.submit_one(""));
    clone.commit("Second");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

fn nothing_to_submit(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let before = clone.head();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"note: nothing to submit: gerrit/main has every commit of this stack");
    assert_eq!(clone.head(), before);
    assert_eq!(clone.submit("")["changes"], json!([]));
}

/// Each commit of the side branch becomes a change, and the merge too.
fn a_merge_in_the_stack(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("On the line");
    clone.git(["checkout", "-q", "-b", "side", "gerrit/main", "--no-track"]);
    clone.commit("On the side");
    clone.git(["checkout", "-q", "work"]);
    clone.git(["merge", "-q", "--no-ff", "-m", "Merge the side", "side"]);
    let document = clone.submit("");
    assert_eq!(actions(&document), ["created"; 3]);
    assert_eq!(document["changes"][2]["subject"], "Merge the side");
    assert_eq!(clone.git(["rev-list", "--count", "--min-parents=2", "gerrit/main..work"]), "1");
    assert_eq!(actions(&clone.submit("")), ["unchanged"; 3]);
}

fn an_empty_commit(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["commit", "-q", "--allow-empty", "-m", "Nothing but words"]);
    assert_eq!(actions(&clone.submit("")), ["created"]);
}

fn only_the_middle_lacks_a_change_id(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let id = |n: u32| format!("Change-Id: I{n:040x}");
    clone.commit(&format!("First\n\n{}", id(1)));
    let first = clone.head();
    clone.commit("Second");
    clone.commit(&format!("Third\n\n{}", id(2)));
    let tree = clone.git(["rev-parse", "HEAD^{tree}"]);
    let dates = clone.git(["log", "-3", "--format=%an %ad %cn %cd"]);
    assert_eq!(actions(&clone.submit("")), ["created"; 3]);
    assert_eq!(clone.git(["rev-parse", "HEAD~2"]), first, "what has an id stays as it is");
    assert_eq!(clone.git(["rev-parse", "HEAD^{tree}"]), tree);
    assert_eq!(clone.git(["log", "-3", "--format=%an %ad %cn %cd"]), dates);
    assert_eq!(clone.git(["log", "-3", "--format=%(trailers:key=Change-Id)"]).matches("Change-Id").count(), 3);
}

fn signed_and_signing(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    if !clone.make_signing_key() {
        return;
    }
    clone.git(["config", "commit.gpgSign", "true"]);
    clone.commit("First");
    clone.commit("Second");
    assert_eq!(actions(&clone.submit("")), ["created"; 2]);
    for commit in ["HEAD", "HEAD~"] {
        let raw = clone.git(["cat-file", "commit", commit]);
        assert!(raw.contains("gpgsig") && raw.contains("Change-Id: I"), "{raw}");
    }
    assert_eq!(actions(&clone.submit("")), ["unchanged"; 2]);
    clone.amend("Second.txt", "better");
    assert_eq!(actions(&clone.submit("")), ["unchanged", "updated"]);
}

fn signed_and_not_signing(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    if !clone.make_signing_key() {
        return;
    }
    clone.commit("First");
    clone.write("second.txt", "second");
    clone.git(["add", "."]);
    clone.git(["commit", "-q", "-S", "-m", "Second"]);
    let mine = clone.head();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: <commit> (Second) is signed, and a Change-Id has to be added at or below it, which would take the signature away
    hint: let git sign the copies: `git config commit.gpgSign true`
    hint: or add the Change-Ids yourself: `git rebase -i` with the server's commit-msg hook installed
    [exit code: 3]
    ");
    assert_eq!(clone.head(), mine);
}

/// After somebody else's patch set has been fetched, checked out and amended, nothing is in the way.
fn somebody_elses_patch_set_taken_over(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let bob = world.user("bob").clone(&project);
    bob.fetch_patch_set(number, 1);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("Fixtheparser.txt", "bob's");
    assert_eq!(bob.submit("")["changes"][0]["patch_set"], 2);
    clone.fetch_patch_set(number, 2);
    clone.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    assert_eq!(actions(&clone.submit("")), ["unchanged"]);
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(clone.submit("")["changes"][0]["patch_set"], 3);
    // And bob is told in turn.
    bob.amend("Fixtheparser.txt", "bob's again");
    assert_eq!(bob.pyflow("submit").ends_with(4).stderr, "");
}

fn more_than_max_stack(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    for number in 1..=11 {
        clone.commit(&format!("Number {number}"));
    }
    let mine = clone.head();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: 11 commits would be sent for main, more than submit.max-stack (10, from the default)
    hint: if they are all meant: `pyflow submit --yes`
    hint: is the target right? `pyflow submit --dry-run` shows what would be sent
    [exit code: 2]
    ");
    assert_eq!(clone.head(), mine);
    assert_eq!(clone.pyflow("submit --no-input").ends_with(2).stdout, "");
    assert_eq!(clone.submit("--dry-run")["changes"].as_array().unwrap().len(), 11);
    let run = clone.pyflow_with("submit --format json", |command| {
        command.env("PYFLOW_SUBMIT_MAX_STACK", "11");
    });
    assert_eq!(actions(&run.success().json()), ["created"; 11]);
    clone.git(["config", "pyflow.submit.max-stack", "3"]);
    // What this clone has sent before is not asked about again.
    assert_eq!(actions(&clone.submit("")), ["unchanged"; 11]);
    for number in 12..=15 {
        clone.commit(&format!("Number {number}"));
    }
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: 4 commits would be sent for main, more than submit.max-stack (3, from git config pyflow.submit.max-stack)
    hint: if they are all meant: `pyflow submit --yes`
    hint: is the target right? `pyflow submit --dry-run` shows what would be sent
    [exit code: 2]
    ");
    assert_eq!(clone.submit("--yes")["changes"].as_array().unwrap().len(), 15);
}

fn fixup_and_work_in_progress_subjects(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.commit("fixup! Fix the parser");
    clone.commit("WIP: the lexer");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    3 commits for main (review.branch, from .reviewconf:8)
    new       <commit>  Fix the parser
    new       <commit>  fixup! Fix the parser
    new       <commit>  WIP: the lexer
    stop: <commit> (fixup! Fix the parser) is meant to be folded into another commit [subjects]
      hint: fold it in: `git rebase -i --autosquash`
      hint: or send it as it is: `--no-verify=subjects`
    stop: <commit> (WIP: the lexer) says that it is not finished [subjects]
      hint: send it as work in progress: `--wip`
      hint: or send it as it is: `--no-verify=subjects`
    nothing was sent
    [exit code: 3]
    ");
    assert_eq!(actions(&clone.submit("--no-verify=subjects")), ["created"; 3]);
}

/// It can be reviewed as it is; landing wants a rebase.
fn in_conflict_with_the_target(world: &World) {
    let project = world.project_with(&ProjectOptions::default());
    let clone = world.user("alice").clone(&project);
    clone.commit_file("Mine", "same.txt", "mine\n");
    let other = world.user("alice").clone(&project);
    other.commit_file("Theirs", "same.txt", "theirs\n");
    world.server.land(other.submit_one(""));
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #2,1  Mine  $SERVER/c/$PROJECT/+/#2
    warning: does not merge with main as it is now; in conflict: same.txt [merge]
      hint: it can be reviewed like this; to land it, rebase onto main and submit again
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}
