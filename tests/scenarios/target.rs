//! Where a stack wants to land when nobody says so.

use crate::sandbox::{Clone, World};

crate::scenarios![
    the_upstream_is_the_target,
    the_nearest_branch_is_the_target,
    a_tie_between_targets,
    the_configured_target,
    no_target_at_all,
];

/// Lands one commit on 3.14, so that the branches part.
fn part_branches(world: &World, clone: &Clone<'_>) {
    clone.git(["checkout", "-q", "-b", "old", "gerrit/3.14", "--no-track"]);
    clone.commit("Only in 3.14");
    world.server.land(clone.submit_one("3.14"));
    clone.fetch();
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
