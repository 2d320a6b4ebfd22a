//! Stacks, and the odd shapes that a checkout can have.

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
    detached,
    unborn,
    nothing_to_submit,
    shallow,
    a_merge_in_the_stack,
    sha256,
    reftable,
    a_linked_work_tree,
    a_subdirectory,
    inside_a_submodule,
    with_a_dirty_submodule,
    bare,
    git_dir_is_set,
    an_empty_commit,
    only_the_middle_lacks_a_change_id,
    signed_and_signing,
    signed_and_not_signing,
    somebody_elses_patch_set_taken_over,
    more_than_max_stack,
    the_upstream_is_the_target,
    the_nearest_branch_is_the_target,
    a_tie_between_targets,
    the_configured_target,
    no_target_at_all,
    undone,
    nothing_to_undo,
    moved_on_since,
    a_dirty_tree_stays_as_it_is,
    not_a_repository,
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

fn actions(document: &serde_json::Value) -> Vec<&str> {
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

fn detached(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "--detach"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    moved HEAD to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    assert_ne!(clone.try_git(["symbolic-ref", "-q", "HEAD"]).code, Some(0), "still detached");
    assert_eq!(clone.git(["rev-parse", "work"]), clone.git(["rev-parse", "gerrit/main"]));
    assert!(clone.git(["log", "-1", "--format=%B"]).contains("Change-Id: I"));
}

fn unborn(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "--orphan", "new"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: HEAD is a branch without commits: there is nothing to submit
    hint: commit something first
    [exit code: 3]
    ");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    ------- stderr -------
    error: HEAD is a branch without commits
    hint: name a change: `pyflow status 1841`
    [exit code: 3]
    ");
}

fn nothing_to_submit(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let before = clone.head();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"note: nothing to submit: gerrit/main has every commit of this stack");
    assert_eq!(clone.head(), before);
    assert_eq!(clone.submit("")["changes"], json!([]));
}

/// A shallow clone knows enough of history.
fn shallow(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    for subject in ["One", "Two"] {
        clone.commit(subject);
        world.server.land(clone.submit_one(""));
        clone.fetch();
    }
    let shallow = Clone { person: world.user("alice"), dir: world.path("shallow") };
    std::fs::create_dir(&shallow.dir).unwrap();
    shallow.git(["clone", "-q", "-o", "gerrit", "--depth", "1", "-b", "main", &clone.url(), "."]);
    shallow.git(["remote", "set-url", "gerrit", &world.server.push_url(&project)]);
    shallow.write(".reviewconf", &shallow.reviewconf(&project));
    shallow.write(".git/info/exclude", ".reviewconf\n");
    shallow.commit("Three");
    shallow.commit("Four");
    assert_eq!(actions(&shallow.submit("")), ["created", "created"]);
    shallow.amend("Four.txt", "better");
    assert_eq!(actions(&shallow.submit("")), ["unchanged", "updated"]);
    assert_eq!(shallow.git(["rev-parse", "--is-shallow-repository"]), "true");
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

/// Gerrit has no SHA-256 repositories; git's own words say so.
fn sha256(world: &World) {
    let project = world.project();
    let clone = Clone { person: world.user("alice"), dir: world.path("sha256") };
    std::fs::create_dir(&clone.dir).unwrap();
    clone.git(["init", "-q", "--object-format=sha256"]);
    clone.git(["remote", "add", "gerrit", &world.server.push_url(&project)]);
    clone.write(".reviewconf", &clone.reviewconf(&project));
    clone.commit("Fix the parser");
    let mine = clone.head();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: the server's repository names objects by another hash than this one
    hint: clone the server's repository, and bring your commits there with `git format-patch` and `git am`
    [exit code: 3]
    ");
    assert_eq!(clone.head(), mine);
}

/// References in a table: git 2.45 and newer.
fn reftable(world: &World) {
    let project = world.project();
    let clone = Clone { person: world.user("alice"), dir: world.path("reftable") };
    std::fs::create_dir(&clone.dir).unwrap();
    if clone.try_git(["init", "-q", "--ref-format=reftable"]).code != Some(0) {
        let version = clone.git(["version"]);
        crate::sandbox::not_run(&format!("{version} has no reftable (git 2.45 has)"));
        return;
    }
    clone.git(["remote", "add", "gerrit", &world.server.push_url(&project)]);
    clone.fetch();
    clone.git(["checkout", "-q", "-b", "work", "gerrit/main", "--no-track"]);
    clone.write(".reviewconf", &clone.reviewconf(&project));
    clone.write(".git/info/exclude", ".reviewconf\n");
    clone.commit("Fix the parser");
    assert_eq!(actions(&clone.submit("")), ["created"]);
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(actions(&clone.submit("")), ["updated"]);
}

fn a_linked_work_tree(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let dir = world.path("linked");
    clone.git(["worktree", "add", "-q", "-b", "linked", &dir.to_string_lossy(), "gerrit/main", "--no-track"]);
    let linked = Clone { person: world.user("alice"), dir };
    linked.write(".reviewconf", &linked.reviewconf(&project));
    linked.commit("Fix the parser");
    assert_eq!(actions(&linked.submit("")), ["created"]);
    // The other work tree's branch has not moved, and its state is shared.
    assert_eq!(clone.git(["rev-parse", "work"]), clone.git(["rev-parse", "gerrit/main"]));
    assert!(clone.dir.join(".git/pyflow").is_dir());
    assert!(clone.pyflow("undo -n").success().stdout.contains("refs/heads/linked"));
    linked.amend("Fixtheparser.txt", "better");
    assert_eq!(actions(&linked.submit("")), ["updated"]);
}

fn a_subdirectory(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit_file("Fix the parser", "deep/down/file.txt", "content");
    let dir = clone.dir.join("deep/down");
    let run = clone.pyflow_with("submit --format json", |command| {
        command.current_dir(&dir);
    });
    assert_eq!(actions(&run.success().json()), ["created"]);
    let run = clone.pyflow_with("submit --format json -C deep", |command| {
        command.current_dir(&clone.dir);
    });
    assert_eq!(actions(&run.success().json()), ["unchanged"]);
}

/// A clone with a submodule that is itself a clone of a second project.
fn with_submodule(world: &World) -> (Clone<'_>, Clone<'_>) {
    let (outer, inner) = (world.project(), world.project());
    let clone = world.user("alice").clone(&outer);
    clone.git([
        "-c",
        "protocol.allow=always",
        "submodule",
        "add",
        "-q",
        &world.user("alice").bare_clone(&inner).url(),
        "sub",
    ]);
    clone.git(["commit", "-q", "-m", "Add a submodule"]);
    let sub = Clone { person: world.user("alice"), dir: clone.dir.join("sub") };
    sub.git(["remote", "rename", "origin", "gerrit"]);
    sub.git(["remote", "set-url", "gerrit", &world.server.push_url(&inner)]);
    sub.write(".reviewconf", &sub.reviewconf(&inner));
    (clone, sub)
}

fn inside_a_submodule(world: &World) {
    let (clone, sub) = with_submodule(world);
    sub.git(["checkout", "-q", "-b", "work", "gerrit/main", "--no-track"]);
    let outer = clone.head();
    sub.commit("Inside");
    let document = sub.submit("");
    assert_eq!(actions(&document), ["created"]);
    assert_eq!(document["changes"][0]["subject"], "Inside");
    assert_eq!(clone.head(), outer);
}

/// Neither a changed nor a staged submodule is in the way, or touched.
fn with_a_dirty_submodule(world: &World) {
    let (clone, sub) = with_submodule(world);
    sub.commit("Not recorded above");
    clone.git(["add", "sub"]);
    sub.write("dirty.txt", "dirty");
    let state = || (clone.git(["status", "--porcelain"]), sub.fingerprint());
    let before = state();
    assert_eq!(clone.submit("")["changes"][0]["subject"], "Add a submodule");
    assert_eq!(state(), before);
}

fn bare(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["clone", "-q", "--bare", ".", "bare.git"]);
    let dir = clone.dir.join("bare.git");
    let run = clone.pyflow_with("submit", |command| {
        command.current_dir(&dir);
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: $WORLD/alice-2/bare.git is a bare repository: there is no work tree to take a change from
    hint: run pyflow in a clone of it
    [exit code: 3]
    ");
}

fn git_dir_is_set(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let elsewhere = world.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let run = clone.pyflow_with("submit --format json", |command| {
        command.current_dir(&elsewhere).env("GIT_DIR", clone.dir.join(".git")).env("GIT_WORK_TREE", &clone.dir);
    });
    assert_eq!(actions(&run.success().json()), ["created"]);
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

fn the_upstream_is_the_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "-b", "fix", "--track", "gerrit/3.14"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for 3.14 (the upstream of fix)
    created   #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    moved refs/heads/fix to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

/// Lands one commit on 3.14, so that the branches part.
fn part_branches(world: &World, clone: &Clone<'_>) {
    clone.git(["checkout", "-q", "-b", "old", "gerrit/3.14", "--no-track"]);
    clone.commit("Only in 3.14");
    world.server.land(clone.submit_one("3.14"));
    clone.fetch();
}

fn the_nearest_branch_is_the_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    part_branches(world, &clone);
    let branches = "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";
    let file = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    clone.write(".reviewconf", &format!("{file}{branches}"));
    clone.git(["checkout", "-q", "-b", "fix", "gerrit/3.14", "--no-track"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for 3.14 (the nearest configured branch, 1 commit away)
    created   #2,1  Fix the parser  $SERVER/c/$PROJECT/+/#2
    warning: <commit> (Fix the parser) is for 3.14, and main has no counterpart of it [ports]
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.14 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    moved refs/heads/fix to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

fn a_tie_between_targets(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    part_branches(world, &clone);
    let branches = "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";
    let file = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    clone.write(".reviewconf", &format!("{file}{branches}"));
    clone.git(["checkout", "-q", "work"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: this change could land on main or 3.14 or 3.13: all are equally near
    hint: `pyflow submit main`
    hint: `pyflow submit 3.14`
    hint: `pyflow submit 3.13`
    [exit code: 2]
    ");
    assert_eq!(clone.submit("3.13")["target"], "3.13");
}

fn the_configured_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let run = |name: &str, value: &str| {
        let run = clone.pyflow_with("submit -n --format json", |command| {
            command.env(name, value);
        });
        run.success().json()
    };
    assert_eq!(clone.submit("-n")["target"], "main");
    clone.git(["config", "pyflow.review.branch", "3.13"]);
    let document = clone.submit("-n");
    assert_eq!(document["target"], "3.13");
    assert!(document["target_reason"].as_str().unwrap().contains("git config"), "{document}");
    let document = run("PYFLOW_REVIEW_BRANCH", "3.14");
    assert_eq!(document["target"], "3.14");
    assert!(document["target_reason"].as_str().unwrap().contains("PYFLOW_REVIEW_BRANCH"), "{document}");
    assert_eq!(clone.submit("-n main")["target_reason"], "as you said");
}

fn no_target_at_all(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let file = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    let without: String = file.split_inclusive('\n').filter(|line| !line.starts_with("branch =")).collect();
    clone.write(".reviewconf", &without);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r#"
    ------- stderr -------
    error: it is not clear where this change should land: no target was named, and neither `review.branch` nor an upstream is set
    hint: name the branch: `pyflow submit BRANCH`; gerrit has 3.13, 3.14, main
    hint: or set it in `.reviewconf`: `branch = "main"` under `[review]`
    [exit code: 2]
    "#);
}

fn undone(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let mine = clone.commit("Fix the parser");
    clone.write("other.txt", "not finished");
    clone.submit("");
    let sent = clone.head();
    insta::assert_snapshot!(clone.pyflow("undo -n").snapshot(), @"would move refs/heads/work back to <commit>  (pyflow submit, 2026-11-20T12:00:00Z)");
    assert_eq!(clone.head(), sent);
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"moved refs/heads/work back to <commit>  (pyflow submit, 2026-11-20T12:00:00Z)");
    assert_eq!(clone.head(), mine);
    assert_eq!(clone.git(["status", "--porcelain"]), "?? other.txt");
    // The same commit finds its change again.
    let document = clone.submit("");
    assert_eq!(actions(&document), ["unchanged"]);
    assert_eq!(clone.head(), sent);
    let document = clone.pyflow("undo --format json").success().json();
    assert_eq!(document["schema"], "pyflow/undo/1");
}

fn nothing_to_undo(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"
    ------- stderr -------
    error: there is nothing to take back: no move that pyflow made here still stands
    hint: `git reflog` shows every move
    [exit code: 3]
    ");
}

fn moved_on_since(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.commit("More");
    let mine = clone.head();
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"
    ------- stderr -------
    error: refs/heads/work has moved since `pyflow submit` and stays as it is
    hint: it was at <commit> before: `git log <commit>`
    [exit code: 3]
    ");
    assert_eq!(clone.head(), mine);
}

/// Unstaged, staged and untracked changes are not in the way, and stay to the nanosecond.
fn a_dirty_tree_stays_as_it_is(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit_file("Fix the parser", "parser.txt", "one\n");
    clone.commit_file("Fix the lexer", "lexer.txt", "one\n");
    clone.write("parser.txt", "two\n");
    clone.write("lexer.txt", "two\n");
    clone.git(["add", "lexer.txt"]);
    clone.write("lexer.txt", "three\n");
    clone.write("untracked.txt", "new\n");
    let tree = || -> Vec<_> {
        let own = |path: &std::path::Path| !path.starts_with(".git") || path.ends_with(".git/index");
        clone.fingerprint().into_iter().filter(|(path, _)| own(path)).collect()
    };
    let before = (clone.git(["status", "--porcelain"]), tree());
    let run = clone.pyflow("submit --format json").success();
    assert_eq!(actions(&run.json()), ["created"; 2]);
    assert_eq!(tree(), before.1);
    assert_eq!(clone.pyflow("undo").success().stderr, "");
    assert_eq!(clone.pyflow("submit nosuch").ends_with(4).stdout, "");
    assert_eq!(tree(), before.1);
    assert_eq!(clone.git(["status", "--porcelain"]), before.0);
    assert_eq!(before.0, "MM lexer.txt\n M parser.txt\n?? untracked.txt");
}

fn not_a_repository(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let dir = world.path("nothing");
    std::fs::create_dir(&dir).unwrap();
    for words in ["submit", "status", "list", "undo"] {
        let run = clone.pyflow_with(words, |command| {
            command.current_dir(&dir);
        });
        let text = run.snapshot();
        assert_eq!(text.matches("error:").count(), 1, "{text}");
        if words == "submit" {
            insta::assert_snapshot!(text, @"
            ------- stderr -------
            error: $WORLD/nothing is not in a git repository
            hint: change to the folder of your clone, or name it with `-C DIR`
            [exit code: 3]
            ");
        } else {
            assert!(text.ends_with("[exit code: 3]\n"), "{text}");
        }
    }
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
