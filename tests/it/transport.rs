//! What lies between the program and the server: git's own configuration, hooks, silence.

use crate::sandbox::World;
use crate::watch::script;

/// `push.pushOption` of git's configuration would merge what was sent for review.
#[test]
fn push_options_of_gits_configuration_are_not_sent() {
    let world = World::embedded();
    let clone = world.user("carol").clone(&world.project());
    clone.commit("Fix the parser");
    clone.git(["config", "--add", "push.pushOption", "submit"]);
    clone.git(["config", "--add", "push.pushOption", "topic=smuggled"]);
    let number = clone.submit_one("");
    let change = world.server.change(number);
    assert_eq!(change["status"], "NEW");
    assert_eq!(change["topic"], serde_json::Value::Null);
}

/// A hook's words look like a server's; they are the hook's all the same.
#[test]
fn a_pre_push_hook_that_refuses_is_named() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit_file("Fix the parser\n\nChange-Id: I0123456789012345678901234567890123456789", "a.txt", "a");
    script(&clone.dir.join(".git/hooks/pre-push"), "echo 'Connection refused: run the tests first'\nexit 1\n");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: your pre-push hook refused: Connection refused: run the tests first
    hint: do what it asks for, then run `pyflow submit` again; nothing was sent
    hint: where the hook is: `git rev-parse --git-path hooks/pre-push`
    [exit code: 3]
    ");
    script(&clone.dir.join(".git/hooks/pre-push"), "echo 'Permission denied (just talking)' >&2\n");
    clone.submit_one("");
}
