//! `pyflow backport`: one fix on every branch that needs it.

use crate::sandbox::{Clone, Project, ProjectOptions, World};

crate::scenarios![one_clean_one_conflict_one_already];

pub const BEFORE: &str = "def spam(x):\n    y = x\n    return y\n\n\ndef eggs():\n    return 1\n";
pub const FIXED: &str = "def spam(x):\n    y = x + 1\n    return y\n\n\ndef eggs():\n    return 1\n";
pub const OTHER: &str = "def spam(z):\n    y = [z]\n    return y\n\n\ndef eggs():\n    return 1\n";

/// A project with a file on each of its branches, and alice's clone of it.
pub fn stage<'w>(world: &'w World, branches: &[(&'static str, &str)]) -> (Project, Clone<'w>) {
    let options = ProjectOptions { branches: branches.iter().map(|(name, _)| *name).collect(), ..ProjectOptions::default() };
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
}
