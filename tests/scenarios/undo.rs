//! `pyflow undo`: the last move of a branch, taken back.

use super::stack::actions;
use crate::sandbox::{Clone, World};

crate::scenarios![undone, nothing_to_undo, moved_on_since, what_would_change_files, a_branch_of_another_work_tree,];

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

/// Copies differ from their originals in messages alone; a log that says something else is not
/// believed.
fn what_would_change_files(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let mine = clone.commit("Fix the parser");
    clone.submit("");
    let sent = clone.head();
    let log = clone.dir.join(".git/pyflow/undo.json");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace(&mine, &clone.git(["rev-parse", "gerrit/main"]))).unwrap();
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"
    ------- stderr -------
    error: taking refs/heads/work back would change files
    hint: `git reset --keep <commit>` does it, and keeps what is not committed
    [exit code: 3]
    ");
    assert_eq!(clone.head(), sent);
}

fn a_branch_of_another_work_tree(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let dir = world.path("linked");
    clone.git(["worktree", "add", "-q", "-b", "linked", &dir.to_string_lossy(), "gerrit/main", "--no-track"]);
    let linked = Clone { person: world.user("alice"), dir };
    std::fs::copy(clone.dir.join(".reviewconf"), linked.dir.join(".reviewconf")).unwrap();
    let mine = linked.commit("Fix the parser");
    linked.submit("");
    let sent = linked.head();
    insta::assert_snapshot!(clone.pyflow("undo -n").snapshot(), @"
    ------- stderr -------
    error: refs/heads/linked is checked out in another work tree, $WORLD/linked, and stays as it is
    hint: take it back there: `pyflow -C $WORLD/linked undo`
    [exit code: 3]
    ");
    assert_eq!(clone.pyflow("undo").code, Some(3));
    assert_eq!(linked.head(), sent, "git moves no branch under another work tree either");
    drop(linked.pyflow("undo").success());
    assert_eq!(linked.head(), mine);
}
