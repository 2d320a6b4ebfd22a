//! What lies between the program and the server: git's own configuration, hooks, silence, and a
//! stale password in git's helper.

use crate::sandbox::proxy::{Fault, Proxy};
use crate::sandbox::server::password;
use crate::sandbox::{Clone, World};
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

/// git alone would wait for ever.
#[test]
fn a_server_that_stays_silent_ends_gits_patience() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let proxy = Proxy::to(&world);
    proxy.stand_before(&clone);
    for service in ["git-upload-pack", "git-receive-pack"] {
        proxy.plan(move |asked| asked.path.contains(service).then_some(Fault::Hang));
        let run = clone.pyflow_with("submit", |c| {
            c.env("PYFLOW_HTTP_TIMEOUT", "1");
        });
        let run = run.ends_with(5);
        assert!(run.stderr.contains("stopped answering") || run.stderr.contains("too slow"), "{}", run.stderr);
    }
    proxy.heal();
    clone.submit_one("");
}

/// A helper of git's with a password that was right once.
fn stale_helper(clone: &Clone<'_>, forgets: bool) -> std::path::PathBuf {
    let folder = clone.person.home.join("helper");
    let kept = folder.join("kept");
    let forget = if forgets { format!("rm -f '{}'", kept.display()) } else { ":".to_owned() };
    script(
        &folder.join("helper"),
        &format!("case $1 in\nget) cat '{}' 2>/dev/null;;\nerase) {forget};;\nesac\nexit 0\n", kept.display()),
    );
    std::fs::write(&kept, "username=alice\npassword=once-it-was-right\n").unwrap();
    clone.git(["config", "credential.helper", &folder.join("helper").to_string_lossy()]);
    kept
}

/// What `auth login` stores stands below git's helper, which kept its wrong password for ever.
#[test]
fn a_stale_password_in_gits_helper_locks_nobody_out() {
    for forgets in [true, false] {
        let world = World::embedded();
        let clone = world.user("alice").clone(&world.project());
        clone.commit("Fix the parser");
        let kept = stale_helper(&clone, forgets);
        let without_token = |c: &mut std::process::Command| {
            c.env_remove("PYFLOW_REVIEW_TOKEN");
        };
        let refused = clone.pyflow_with("auth status", without_token).ends_with(7);
        assert!(refused.stderr.contains("git's credential helper"), "{}", refused.stderr);
        assert_eq!(kept.exists(), !forgets);
        std::fs::write(&kept, "username=alice\npassword=once-it-was-right\n").unwrap();

        let login =
            clone.feed("auth login --with-token --insecure-storage", &password("alice"), without_token).success();
        assert!(login.stdout.contains("git's credential helper comes first"), "{}", login.stdout);
        assert!(kept.exists(), "only a 401 to it is a reason to have it erased");
        let status = clone.pyflow_with("auth status", without_token).success();
        assert!(status.stdout.contains("from the credentials file"), "{}", status.stdout);
        assert_eq!(kept.exists(), !forgets);
        drop(clone.pyflow_with("list --mine", without_token).success());
        if forgets {
            drop(clone.pyflow_with("submit", without_token).success());
        }
    }
}
