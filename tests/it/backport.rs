//! `pyflow backport` where it is told apart from `cherry_picker`: the defects that were found by
//! running that (D1 to D12), the two ways that worked there (`ok`), and what its users asked for.
//!
//! Their complaints, by number in its tracker: a branch is never deleted behind a push that failed (78,
//! 121), all targets are honoured after a conflict (50), titles and options survive `--continue` (7,
//! 41, 42), no local branch of the target is needed (124, 159), any work tree will do (17), the
//! person's own stays where and as it is (6, PR 61), a branch that exists is told (38), so is the
//! state (99, 147), and what is there already (60); changes by number, merges and ranges (13), any
//! remote (19), a target without configuration (core-workflow 277), and output that says what went
//! where (core-workflow 263). A page for a pull request, of whatever fork, is not opened.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::{Clone, World};
use crate::scenarios::backport::{BEFORE, FIXED, OTHER, land, stage};

/// The row of a branch.
pub(crate) fn row<'d>(document: &'d Value, branch: &str) -> &'d Value {
    let rows = document["branches"].as_array().expect("branches");
    rows.iter().find(|row| row["branch"] == branch).unwrap_or_else(|| panic!("no {branch} in {document:#}"))
}

/// Runs a backport and returns its document.
#[track_caller]
fn backport(clone: &Clone<'_>, words: &str, code: i32) -> Value {
    clone.pyflow(&format!("backport --format json {words}")).ends_with(code).json()
}

pub(crate) fn worktree(document: &Value, branch: &str) -> PathBuf {
    row(document, branch)["worktree"].as_str().expect("a work tree").into()
}

/// Nothing waits, and nothing of a backport is left but the trash.
#[track_caller]
pub(crate) fn nothing_is_left(clone: &Clone<'_>) {
    assert_eq!(clone.git(["for-each-ref", "refs/pyflow/backport", "refs/pyflow/flight"]), "");
    assert_eq!(clone.git(["for-each-ref", "--format=%(refname)", "refs/heads/backport-*"]), "");
    let trees = clone.git(["worktree", "list", "--porcelain"]);
    assert!(!trees.contains("/pyflow/backport/"), "{trees}");
    let folder = clone.dir.join(".git/pyflow/backport");
    assert!(!folder.exists() || folder.read_dir().expect("a folder").next().is_none(), "a work tree is left");
    assert!(!clone.dir.join(".git/pyflow/backport.json").exists());
    drop(clone.pyflow("backport --list").success());
}

fn message(clone: &Clone<'_>, document: &Value, branch: &str) -> String {
    clone.git(["log", "-1", "--format=%B", row(document, branch)["commit"].as_str().expect("a commit")])
}

fn resolve(clone: &Clone<'_>, worktree: &std::path::Path, content: &str) {
    std::fs::write(worktree.join("spam.py"), content).unwrap();
    clone.git(["-C", &worktree.display().to_string(), "add", "spam.py"]);
}

fn resolved() -> String {
    OTHER.replace("[z]", "[z + 1]")
}

/// **D1**: markers were committed and pushed. **D3**: a second backport wedged the first. **D4**: the
/// other targets were dropped after a conflict. **D5**: `--continue` from elsewhere erased the state.
/// **D10**: options were forgotten.
#[test]
fn d1_d3_d4_d5_d10_a_conflict_waits_and_the_rest_goes_on() {
    let world = World::embedded();
    let (project, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE), ("3.13", OTHER)]);
    let (_, fix) = land(&alice, "main", "spam.py", FIXED, "Fix spam");
    let (_, eggs) = land(&alice, "main", "spam.py", &FIXED.replace("return 1", "return 2"), "Fix eggs");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    // Staged, changed and unknown files are there all the time.
    alice.write("unknown.txt", "not git's");
    alice.write("staged.txt", "staged");
    alice.git(["add", "staged.txt"]);
    alice.write("spam.py", "being edited");
    let before = alice.belongings();

    let begun = backport(&alice, &format!("--change {fix} 3.13 3.14 --topic spam"), 6);
    assert_eq!(row(&begun, "3.13")["result"], "conflict");
    assert_eq!(row(&begun, "3.14")["result"], "pushed", "the other target went on");
    let tree = worktree(&begun, "3.13");
    assert!(std::fs::read_to_string(tree.join("spam.py")).unwrap().contains("<<<<<<< HEAD"));
    let status = alice.git(["-C", &tree.display().to_string(), "status"]);
    assert!(
        status.contains("You are currently cherry-picking") && status.contains("both modified:   spam.py"),
        "{status}"
    );

    let on_server = world.server.refs(&project);
    drop(backport(&alice, "--continue", 6));
    alice.git(["-C", &tree.display().to_string(), "add", "spam.py"]);
    insta::assert_snapshot!(alice.pyflow("backport --continue 3.13").snapshot(), @"
    <commit>  Fix spam  (change #4)
    conflict 3.13 in spam.py: conflict markers are left in spam.py:1
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      hint: take them out in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>, and `git add` the files
    [exit code: 6]
    ");
    assert_eq!(world.server.refs(&project), on_server, "nothing was sent");

    let second = backport(&alice, &format!("--change {eggs} 3.13"), 0);
    assert_eq!(row(&second, "3.13")["result"], "pushed", "{second:#}");
    let again = backport(&alice, &format!("--change {fix} 3.13"), 6);
    assert_eq!(worktree(&again, "3.13"), tree, "it was begun already");
    assert_eq!(backport(&alice, "--list", 6)["branches"].as_array().unwrap().len(), 1);

    // Resolved; then continued from another work tree of the person's.
    resolve(&alice, &tree, &resolved());
    std::fs::write(tree.join("spam.py"), resolved() + "# an afterthought\n").unwrap();
    let waits = backport(&alice, "--continue", 6);
    assert_eq!(row(&waits, "3.13")["text"], "these files are changed and not staged: spam.py");
    std::fs::write(tree.join("spam.py"), resolved()).unwrap();
    std::fs::write(tree.join("notes.txt"), "only here").unwrap();
    let elsewhere = world.path("elsewhere");
    alice.git(["worktree", "add", "-q", "--detach", &elsewhere.display().to_string()]);
    let done = alice.pyflow_with("backport --continue --format json", |command| {
        command.current_dir(&elsewhere);
    });
    let done = done.success().json();
    assert_eq!(row(&done, "3.13")["result"], "pushed");
    assert_eq!(world.server.change(row(&done, "3.13")["number"].as_u64().unwrap())["topic"], "spam");
    let message = message(&alice, &done, "3.13");
    assert!(
        message.starts_with("Fix spam\n\n") && message.contains(&format!("(cherry picked from commit {fix})")),
        "{message}"
    );
    let kept = row(&done, "3.13")["warnings"][0].as_str().unwrap();
    assert!(kept.contains("refs/pyflow/trash/backport/3.13-"), "{kept}");
    let kept = alice.git(["for-each-ref", "--format=%(refname)", "refs/pyflow/trash"]);
    assert_eq!(alice.git(["show", &format!("{kept}:notes.txt")]), "only here");
    alice.git(["worktree", "remove", &elsewhere.display().to_string()]);
    assert_eq!(alice.belongings(), before);
    nothing_is_left(&alice);
}

/// `ok`: a person who ends the pick with git's own commands. And the ways out: `--skip`, `--abort`.
#[test]
fn ok_by_hand_skipped_and_given_up() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.14", OTHER), ("3.13", OTHER)]);
    let (_, fix) = land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let before = alice.belongings();
    let in_tree = |tree: &std::path::Path, words: &[&str]| {
        let tree = tree.display().to_string();
        alice.git(["-c", "core.editor=true", "-C", &tree].iter().chain(words))
    };

    let begun = backport(&alice, "3.14 3.13", 6);
    let (first, second) = (worktree(&begun, "3.14"), worktree(&begun, "3.13"));
    resolve(&alice, &first, &resolved());
    in_tree(&first, &["cherry-pick", "--continue"]);
    in_tree(&second, &["cherry-pick", "--abort"]);
    // What is staged beside the commit, and a second commit, are not left out in silence.
    let waits = |text: &str| {
        let told = backport(&alice, "--continue 3.14", 6);
        let told = row(&told, "3.14")["text"].as_str().unwrap();
        assert!(told.contains(text), "{told}");
    };
    std::fs::write(first.join("more.txt"), "more").unwrap();
    in_tree(&first, &["add", "more.txt"]);
    waits("something is staged that is not in the commit");
    in_tree(&first, &["commit", "-q", "-m", "More"]);
    waits(" is not one commit on top of ");
    in_tree(&first, &["reset", "-q", "--hard", "HEAD^"]);
    insta::assert_snapshot!(alice.pyflow("backport --continue").snapshot(), @"
    <commit>  Fix spam  (change #4)
    pushed   3.14  #5,1  Fix spam  $SERVER/c/$PROJECT/+/#5
    conflict 3.13 in spam.py: the pick was given up in its work tree, and nothing is staged
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      hint: leave it out: `pyflow backport --skip 3.13`
      hint: or give it up: `pyflow backport --abort 3.13`
    [exit code: 6]
    ");
    let kept = alice.git(["for-each-ref", "refs/pyflow/trash"]);
    assert_eq!(kept, "", "there was nothing to keep");
    let open =
        world.server.rest("carol", "GET", "changes/?q=branch:3.14+is:open&o=CURRENT_REVISION&o=CURRENT_COMMIT", None);
    let message =
        open[0]["revisions"][open[0]["current_revision"].as_str().unwrap()]["commit"]["message"].as_str().unwrap();
    assert_eq!(message.matches("(cherry picked from commit").count(), 1, "{message}");
    assert!(message.contains(&fix), "{message}");

    drop(backport(&alice, "--abort 3.13", 0));
    nothing_is_left(&alice);
    let begun = backport(&alice, "3.13", 6);
    resolve(&alice, &worktree(&begun, "3.13"), "half done");
    insta::assert_snapshot!(alice.pyflow("backport --abort").snapshot(), @"
    <commit>  Fix spam  (change #4)
    dropped  3.13: what there was is kept as refs/pyflow/trash/backport/3.13-<commit>/<commit>
    ");
    let kept = alice.git(["for-each-ref", "--format=%(refname)", "refs/pyflow/trash"]);
    assert_eq!(alice.git(["show", &format!("{kept}:spam.py")]), "half done");
    nothing_is_left(&alice);

    let begun = backport(&alice, "3.13", 6);
    resolve(&alice, &worktree(&begun, "3.13"), OTHER);
    insta::assert_snapshot!(alice.pyflow("backport --continue").snapshot(), @"
    <commit>  Fix spam  (change #4)
    conflict 3.13 in spam.py: nothing is left of the change: the branch has everything that is staged
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      hint: leave it out: `pyflow backport --skip 3.13`
      hint: or give it up: `pyflow backport --abort 3.13`
    [exit code: 6]
    ");
    let skipped = backport(&alice, "--skip", 0);
    assert_eq!(row(&skipped, "3.13")["result"], "dropped");
    nothing_is_left(&alice);
    assert_eq!(alice.belongings(), before);
    for words in ["backport --continue", "backport --abort", "backport --skip"] {
        drop(alice.pyflow(words).ends_with(3));
    }

    // The folder of the work tree is removed by hand.
    let begun = backport(&alice, "3.13", 6);
    std::fs::remove_dir_all(worktree(&begun, "3.13")).unwrap();
    let told = backport(&alice, "--continue", 6);
    assert!(row(&told, "3.13")["text"].as_str().unwrap().contains("is made anew"), "{told:#}");
    assert!(worktree(&told, "3.13").join("spam.py").exists());
    drop(backport(&alice, "--abort", 0));
    nothing_is_left(&alice);
}

/// A file that the branch does not have. What waits is told elsewhere, too, and in its work tree.
#[test]
fn a_file_that_one_side_removed_and_what_waits_elsewhere() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.13", BEFORE)]);
    land(&alice, "main", "eggs.py", BEFORE, "Add eggs");
    land(&alice, "main", "eggs.py", FIXED, "Fix eggs");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    insta::assert_snapshot!(alice.pyflow("backport 3.13").snapshot(), @"
    <commit>  Fix eggs  (change #4)
    conflict 3.13 in eggs.py
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      why? 3.13 lacks <commit> (Add eggs), which touched the same lines of eggs.py
      hint: 3.13 does not have eggs.py: `git rm` it to leave it so, or `git add` it to bring it back
      hint: resolve it there, `git add` the files, then `pyflow backport --continue 3.13`
      hint: or leave it out: `pyflow backport --skip 3.13`; or give it up: `pyflow backport --abort 3.13`
    [exit code: 6]
    ");
    insta::assert_snapshot!(alice.pyflow("status").snapshot(), @"
    no changes here: every commit of this branch is on its target
    note: a backport to 3.13 waits for you: `pyflow backport --list 3.13`
    ");
    let tree = alice.dir.join(".git/pyflow/backport").read_dir().unwrap().next().unwrap().unwrap().path();
    let there = |words: &str| {
        let run = alice.pyflow_with(words, |command| {
            command.current_dir(&tree);
        });
        run.snapshot()
    };
    std::fs::copy(alice.dir.join(".reviewconf"), tree.join(".reviewconf")).unwrap();
    insta::assert_snapshot!(there("status"), @"
    no changes here: every commit of this branch is on its target
    note: this is the work tree of the backport to 3.13: resolve its conflict, then `pyflow backport --continue 3.13`
    ");
    insta::assert_snapshot!(there("submit"), @"
    ------- stderr -------
    error: this is the work tree of the backport to 3.13, which `submit` does not send
    hint: resolve its conflict, then `pyflow backport --continue 3.13`
    [exit code: 3]
    ");
    insta::assert_snapshot!(there("backport --continue"), @"
    <commit>  Fix eggs  (change #4)
    conflict 3.13 in eggs.py: these files are not resolved: eggs.py
      in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>
      hint: 3.13 does not have eggs.py: `git rm` it to leave it so, or `git add` it to bring it back
      hint: resolve them in $WORLD/alice-2/.git/pyflow/backport/3.13-<commit>, and mark each: `git add FILE`
    [exit code: 6]
    ");
    drop(backport(&alice, "--abort", 0));
    nothing_is_left(&alice);
}

/// What cannot be kept is not removed, whatever is asked for; and a branch that does not go on keeps no
/// other one from it.
#[test]
fn a_work_tree_that_git_lost_is_left_alone() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.14", OTHER), ("3.13", OTHER)]);
    land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let begun = backport(&alice, "3.14 3.13", 6);
    let [first, second] = ["3.14", "3.13"].map(|branch| worktree(&begun, branch));
    resolve(&alice, &second, &resolved());
    let link = std::fs::read(second.join(".git")).unwrap();
    std::fs::remove_file(second.join(".git")).unwrap();
    insta::assert_snapshot!(alice.pyflow("backport --abort 3.13").snapshot(), @"
    <commit>  Fix spam  (change #4)
    conflict 3.13: $WORLD/alice-2/.git/pyflow/backport/3.13-<commit> has lost its .git file, so that what is in it cannot be kept
      hint: `git worktree repair` may bring it back
      hint: or move what you need elsewhere, remove the folder, and try again
    [exit code: 6]
    ");
    for words in ["--continue 3.13", "--continue -n 3.13", "--skip 3.13"] {
        let told = alice.pyflow(&format!("backport --format json {words}")).json();
        let text = row(&told, "3.13")["text"].as_str().unwrap();
        assert!(text.contains("has lost its .git file"), "{words}: {text}");
    }
    assert_eq!(std::fs::read_to_string(second.join("spam.py")).unwrap(), resolved());

    // 3.14 is resolved and could not be sent; then a folder lies where its work tree was.
    std::fs::write(second.join(".git"), link).unwrap();
    resolve(&alice, &first, &resolved());
    let hook = alice.dir.join(".git/hooks/pre-push");
    crate::watch::script(&hook, "exit 1\n");
    assert_eq!(row(&backport(&alice, "--continue 3.14", 6), "3.14")["result"], "ready");
    std::fs::remove_file(&hook).unwrap();
    std::fs::create_dir_all(&first).unwrap();
    std::fs::write(first.join("notes.txt"), "only here").unwrap();
    let told = backport(&alice, "--continue", 6);
    assert_eq!((&row(&told, "3.14")["result"], &row(&told, "3.13")["result"]), (&"ready".into(), &"pushed".into()));
    assert_eq!(std::fs::read_to_string(first.join("notes.txt")).unwrap(), "only here");
    std::fs::remove_dir_all(&first).unwrap();
    assert_eq!(row(&backport(&alice, "--continue", 0), "3.14")["result"], "pushed");
    nothing_is_left(&alice);
}

/// **D2**: a push that failed lost the branch, with exit code 0. **D6**: what is there already looked
/// like a conflict. **D7**: an unknown branch wedged everything. **D8**: a dry run wrote. **D9**: a
/// branch that exists, or a target that does not. **D11**: `HEAD` was not resolved.
#[test]
fn d2_d6_d7_d8_d9_d11_what_goes_wrong_is_told_and_goes_on_later() {
    let world = World::embedded();
    let (project, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE), ("3.13", FIXED)]);
    let (_, fix) = land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let conf = alice.reviewconf(&project)
        + "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\", \"3.1\"]\nend-of-life = [\"2.7\"]\n";
    alice.write(".reviewconf", &conf);
    let before = alice.belongings();

    let all = alice.fingerprint();
    insta::assert_snapshot!(alice.pyflow("backport 3.14 nosuch").snapshot(), @"
    ------- stderr -------
    error: the project has no branch nosuch
    hint: its branches are main, 3.14, 3.13, 3.1
    hint: if nosuch is new: `maintenance` below [branches] in .reviewconf lists what gets fixes
    [exit code: 2]
    ");
    insta::assert_snapshot!(alice.pyflow("backport").snapshot(), @"
    ------- stderr -------
    error: no branch was named
    hint: for example `pyflow backport 3.14`
    hint: maintenance branches are 3.14, 3.13, 3.1; `--all` means all of them
    [exit code: 2]
    ");
    drop(alice.pyflow("backport -n 3.14").success());
    assert!(alice.fingerprint() == all, "something changed");

    alice.write(".git/hooks/pre-push", "#!/bin/sh\necho not now\nexit 1\n");
    let hook = alice.dir.join(".git/hooks/pre-push");
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let refs = world.server.refs(&project);
    insta::assert_snapshot!(alice.pyflow("backport 3.14 3.13 3.1 2.7").snapshot(), @"
    <commit>  Fix spam  (change #4)
    ready    3.14  Fix spam: your pre-push hook refused: not now
      hint: do what it asks for, then try again; nothing was sent
      hint: where the hook is: `git rev-parse --git-path hooks/pre-push`
      hint: when that is settled: `pyflow backport --continue 3.14`
    already  3.13: everything that it changes is there
    refused  3.1: there is no branch 3.1 on the remote gerrit
      hint: `git ls-remote --heads gerrit` lists the branches that are there
    refused  2.7: 2.7 gets nothing any more (.reviewconf:13)
      hint: who still needs it can keep it in a branch of their own
    [exit code: 6]
    ");
    assert_eq!(world.server.refs(&project), refs);
    let held = alice.git(["for-each-ref", "--format=%(objectname)", "refs/pyflow/backport/**/tip"]);
    assert_eq!(alice.git(["log", "-1", "--format=%s", &held]), "Fix spam");
    insta::assert_snapshot!(alice.pyflow("backport --list").snapshot(), @"
    <commit>  Fix spam  (change #4)
    ready    3.14: it is picked, and waits to be sent
      hint: `pyflow backport --continue 3.14`, or `--abort 3.14`
    [exit code: 6]
    ");
    // Given up, its picks are in the trash; then begun anew.
    let given_up = backport(&alice, "--abort 3.14", 0);
    let kept = alice.git(["for-each-ref", "--format=%(objectname)", "refs/pyflow/trash"]);
    assert_eq!(kept, held, "{given_up:#}");
    drop(backport(&alice, "3.14", 6));
    std::fs::remove_file(&hook).unwrap();
    insta::assert_snapshot!(alice.pyflow("backport --continue").snapshot(), @"
    <commit>  Fix spam  (change #4)
    pushed   3.14  #5,1  Fix spam  $SERVER/c/$PROJECT/+/#5
    ");
    nothing_is_left(&alice);

    // Local branches, by every way to say which commit.
    alice.git(["tag", "fixed"]);
    for name in ["HEAD", "fixed", &fix[..20], &fix] {
        let done = backport(&alice, &format!("--no-push --change {name} --replace 3.14"), 0);
        let branch = row(&done, "3.14")["local_branch"].as_str().unwrap();
        assert_eq!(branch, format!("backport-{}-3.14", &fix[..10]));
        assert!(message(&alice, &done, "3.14").contains(&fix));
        assert_eq!(alice.git(["rev-parse", branch]), row(&done, "3.14")["commit"]);
        if name != fix {
            alice.git(["branch", "-q", "-D", branch]);
        }
    }
    // The author's name in an encoding of its own.
    let tree = ["-c", "i18n.commitEncoding=ISO-8859-1", "commit-tree", "HEAD^{tree}", "-p", "HEAD~", "-m", "Latin"];
    let latin = alice.run("git", tree, |command| {
        command.env("GIT_AUTHOR_NAME", OsStr::from_bytes(b"Jos\xe9"));
    });
    let latin = latin.success().stdout;
    let done = backport(&alice, &format!("--no-push --change {} 3.14", latin.trim()), 0);
    let made = row(&done, "3.14");
    assert_eq!(alice.git(["log", "-1", "--format=%an", made["commit"].as_str().unwrap()]), "José");
    alice.git(["branch", "-q", "-D", made["local_branch"].as_str().unwrap()]);
    insta::assert_snapshot!(alice.pyflow("backport --no-push --replace 3.14").snapshot(), @"
    <commit>  Fix spam  (change #4)
    refused  3.14  Fix spam  $SERVER/c/$PROJECT/+/#5: there is a local branch backport-<commit>-3.14 already, at <commit>
      hint: look at it (`git log backport-<commit>-3.14`), and rename or delete it
    [exit code: 3]
    ");
    // What the server would refuse is told before anything is sent.
    let refs = world.server.refs(&project);
    alice.git(["config", "user.email", "nobody@example.net"]);
    insta::assert_snapshot!(alice.pyflow(&format!("backport --change {} 3.14", latin.trim())).snapshot(), @"
    <commit>  Latin
    ready    3.14  Latin: the committer of <commit> (Latin) is nobody@example.net, an address that your account on the server does not have (it has alice@example.com)
      hint: commit as yourself: `git config user.email alice@example.com`, then `pyflow backport --abort 3.14`, and begin it again
    [exit code: 6]
    ");
    assert_eq!(world.server.refs(&project), refs);
    drop(backport(&alice, "--abort 3.14", 0));
    assert_eq!(alice.belongings(), before);
}

/// **D12**: a sign of `cherry_picker`'s being stuck is recognised, and stands in nobody's way.
#[test]
fn d12_cherry_pickers_own_state_is_recognised() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE)]);
    let (_, fix) = land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", &format!("backport-{}-3.14", &fix[..7]), "gerrit/3.14", "--no-track"]);
    alice.git(["config", "cherry-picker.state", "BACKPORT_LOOPING"]);
    alice.git(["config", "cherry-picker.previous-branch", "work"]);
    insta::assert_snapshot!(alice.pyflow("backport --list").snapshot(), @"
    no backport waits in this clone
    note: cherry_picker is not finished here (its state is BACKPORT_LOOPING); it does not stand in pyflow's way. To end it: finish or give up the pick (`git status` tells which), then `git checkout work`, then `git config --local --remove-section cherry-picker`
    ");
    let done = backport(&alice, &format!("--change {fix} 3.14"), 0);
    assert_eq!(row(&done, "3.14")["result"], "pushed");
    assert_eq!(done["warnings"].as_array().unwrap().len(), 1, "{done:#}");
}

/// Who may get what, and what is said of it.
#[test]
fn branches_by_their_roles() {
    let world = World::embedded();
    let (project, alice) = stage(&world, &[("main", BEFORE), ("3.15", BEFORE), ("3.14", BEFORE), ("3.12", BEFORE)]);
    land(&alice, "main", "spam.py", FIXED, "Fix spam");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    let conf = alice.reviewconf(&project) + "\n[branches]\nrelease-cycle = \"include/release-cycle.json\"\n";
    alice.write(".reviewconf", &conf);
    insta::assert_snapshot!(alice.pyflow("backport -n 3.14").snapshot(), @"
    ------- stderr -------
    error: .reviewconf:11: include/release-cycle.json is not in this tree, so the branches' roles are not known
    hint: check out a branch that has it, or correct `release-cycle` below [branches]
    [exit code: 3]
    ");
    alice.write(
        "include/release-cycle.json",
        r#"{"3.16": {"branch": "main", "status": "feature"}, "3.15": {"branch": "3.15", "status": "prerelease"},
            "3.14": {"branch": "3.14", "status": "bugfix"}, "3.8": {"branch": "3.8", "status": "end-of-life"},
            "3.12": {"branch": "3.12", "status": "security", "release_manager": "Thomas Wouters"}}"#,
    );
    insta::assert_snapshot!(alice.pyflow("backport -n main 3.15 3.14 3.12 3.8").snapshot(), @"
    would clone <commit>  Fix spam  (change #5)
    refused  main: main is where new work lands first (.reviewconf:11); a backport goes to an older branch
      hint: send the change itself: `pyflow submit main`
    ready    3.15  Fix spam
      note: a release is being prepared on 3.15 (.reviewconf:11): its release manager decides what still goes in
      then push to refs/for/3.15 -o r=carol@example.com -o m=Backport%20of%20change%205%2C%20patch%20set%201
    ready    3.14  Fix spam
      then push to refs/for/3.14 -o r=carol@example.com -o m=Backport%20of%20change%205%2C%20patch%20set%201
    refused  3.12: 3.12 gets security fixes only (.reviewconf:11), and its release manager, Thomas Wouters, decides about them
      hint: if this is one: `pyflow backport 3.12 --security`
    refused  3.8: 3.8 gets nothing any more (.reviewconf:11)
      hint: who still needs it can keep it in a branch of their own
    [exit code: 1]
    ");
    let planned = backport(&alice, "-n --all", 0);
    assert_eq!(planned["branches"].as_array().unwrap().len(), 1);
    let done = backport(&alice, "3.12 --security", 0);
    assert_eq!(row(&done, "3.12")["result"], "pushed");
    assert_eq!(row(&done, "3.12")["role"], "security");
}

/// A whole stack, a range, a merge commit; one of the stack's commits conflicts.
#[test]
fn stacks_ranges_and_merges() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE), ("3.13", OTHER)]);
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.commit("Document spam");
    alice.commit_file("Fix spam", "spam.py", FIXED);
    alice.commit("Test spam");
    let begun = backport(&alice, "--stack 3.14 3.13", 6);
    assert_eq!(row(&begun, "3.14")["result"], "pushed");
    assert_eq!(row(&begun, "3.14")["origin"]["commits"], 3);
    let tree = worktree(&begun, "3.13");
    assert!(tree.join("Documentspam.txt").exists(), "the first of the stack is picked");
    resolve(&alice, &tree, &resolved());
    let done = backport(&alice, "--continue", 0);
    let commit = row(&done, "3.13")["commit"].as_str().unwrap();
    let subjects = alice.git(["log", "--format=%s", &format!("gerrit/3.13..{commit}")]);
    assert_eq!(subjects, "Test spam\nFix spam\nDocument spam");
    nothing_is_left(&alice);

    let range = backport(&alice, "--no-push --change HEAD~2..HEAD~1 3.14 --replace", 0);
    assert_eq!(row(&range, "3.14")["origin"]["commits"], 1);
    assert_eq!(row(&range, "3.14")["subject"], "Fix spam");

    alice.git(["checkout", "-q", "-b", "side", "gerrit/main", "--no-track"]);
    alice.commit("On the side");
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.git(["merge", "-q", "--no-ff", "-m", "Merge the side", "side"]);
    insta::assert_snapshot!(alice.pyflow("backport --no-push 3.14").snapshot(), @"
    ------- stderr -------
    error: <commit> (Merge the side) is a merge of 2 commits: which of them is the line that it was merged into?
    hint: most often the first: `--mainline 1`; `git show --no-patch` lists them
    [exit code: 2]
    ");
    insta::assert_snapshot!(alice.pyflow("backport --no-push 3.14 -m 3").snapshot(), @"
    ------- stderr -------
    error: <commit> (Merge the side) is a merge of 2 commits, and has no parent 3
    hint: `git show --no-patch <commit>` lists its parents
    [exit code: 2]
    ");
    let merged = backport(&alice, "--no-push 3.14 -m 1", 0);
    let commit = row(&merged, "3.14")["commit"].as_str().unwrap();
    assert_eq!(alice.git(["show", "--format=", "--name-only", commit]), "Ontheside.txt");
}

/// A site that wants what CPython has: the branch in front, the author named, `GH-`; and news whose
/// folders are spelled otherwise on an old branch.
#[test]
fn messages_and_news_as_the_site_wants_them() {
    let world = World::embedded();
    let (project, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE)]);
    land(
        &alice,
        "3.14",
        "Misc/NEWS.d/next/Core and Builtins/2025-01-01.gh-issue-100000.aaaaaa.rst",
        "Old.\n",
        "Old news",
    );
    let conf = alice.reviewconf(&project)
        + "\n[news]\nstyle = \"blurb\"\n\n[backport]\nprefix = true\nco-author = true\ngh-numbers = true\ncarry = [\"reviewers\"]\n";
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.write(".reviewconf", &conf);
    alice.write("spam.py", FIXED);
    alice.write("Misc/NEWS.d/next/Core_and_Builtins/2026-01-01.gh-issue-123456.abcdef.rst", "Spam counts.\n");
    alice.git(["add", "spam.py", "Misc"]);
    alice.git(["commit", "-q", "--author", "Bob Baker <bob@example.com>", "-m", "gh-123456: Fix spam (#98765)"]);
    let done = backport(&alice, "3.14", 0);
    let commit = row(&done, "3.14")["commit"].as_str().unwrap();
    insta::assert_snapshot!(
        world_text(&world, &alice.git(["show", "--name-status", "--format=%an%n%cn%n%B", commit])),
        @"
    Bob Baker
    Alice Able
    [3.14] gh-123456: Fix spam (GH-98765)

    Co-authored-by: Bob Baker <bob@example.com>
    (cherry picked from commit <commit>)
    Change-Id: <Change-Id>


    A	Misc/NEWS.d/next/Core and Builtins/2026-01-01.gh-issue-123456.abcdef.rst
    M	spam.py
    "
    );
}

fn world_text(world: &World, text: &str) -> String {
    crate::sandbox::snapshot::normalise(world, text)
}

/// The server goes away before the push, and comes back.
#[test]
fn without_a_server_nothing_is_begun() {
    let world = World::embedded();
    let (_, alice) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE)]);
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.commit_file("Fix spam", "spam.py", FIXED);
    let before = alice.belongings();
    world.server.kill();
    drop(alice.pyflow("backport 3.14").ends_with(5));
    nothing_is_left(&alice);
    assert_eq!(alice.belongings(), before);
}
