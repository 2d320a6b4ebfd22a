//! What lies between the program and the server: git's own configuration, hooks, silence, and a
//! stale password in git's helper.

use crate::sandbox::proxy::{Fault, Proxy};
use crate::sandbox::server::password;
use crate::sandbox::{Clone, World};
use crate::watch::{GitLog, script};

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

/// git goes by the remote's refspecs beside those that it is given, and these overwrite branches.
#[test]
fn refspecs_of_gits_configuration_move_no_branch() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    world.moves_on(&project);
    clone.commit("Not sent yet");
    clone.git(["branch", "-f", "main"]);
    let main = clone.head();
    clone.git(["config", "--add", "remote.gerrit.fetch", "+refs/heads/*:refs/heads/*"]);
    clone.git(["checkout", "-q", "-b", "fix", "gerrit/main", "--no-track"]);
    clone.commit("Fix the parser");
    clone.submit_one("main");
    assert_eq!(clone.git(["rev-parse", "main"]), main);
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
    hint: do what it asks for, then try again; nothing was sent
    hint: where the hook is: `git rev-parse --git-path hooks/pre-push`
    [exit code: 3]
    ");
    script(&clone.dir.join(".git/hooks/pre-push"), "echo 'Permission denied (just talking)' >&2\n");
    clone.submit_one("");
}

/// The server says where its branch is; only where that is not known here, or it does not say, git
/// is started to fetch it.
#[test]
fn a_target_that_has_not_moved_is_not_fetched() {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let proxy = Proxy::to(&world);
    proxy.stand_before(&template);
    let fetches = |clone: &Clone<'_>, words: &str| {
        drop(clone.pyflow(words).success());
        proxy.asked().iter().any(|asked| asked.path.contains("git-upload-pack"))
    };
    let clone = template.copy();
    clone.commit("Fix the parser");
    // How long the answer takes is up to the machine; once in so many it is in time.
    assert!((0..20).any(|_| {
        proxy.heal();
        !fetches(&clone, "submit -n")
    }));

    let json = |text: &str| Fault::answer(200, "application/json", text);
    let faults = [
        Fault::Drop,
        Fault::answer(404, "text/plain", "Not found: main"),
        Fault::answer(500, "text/plain", "no"),
        json(")]}'\n[]"),
        json(")]}'\n{\"ref\": \"refs/heads/main\"}"),
        Fault::Change(|body| String::from_utf8_lossy(&body).replace("heads/main", "heads/other").into_bytes()),
    ];
    for fault in faults {
        let clone = template.copy();
        clone.commit("Fix the parser");
        let told = format!("{fault:?}");
        proxy.plan(move |asked| asked.path.contains("/branches/").then(|| fault.clone()));
        assert!(fetches(&clone, "submit -n"), "{told}");
    }
    world.moves_on(&project);
    proxy.heal();
    let clone = template.copy();
    clone.commit("Fix the parser");
    assert!(fetches(&clone, "submit"));
    let refs = world.server.refs(&project);
    let main = clone.git(["rev-parse", "refs/remotes/gerrit/main"]);
    assert!(refs.contains(&format!("{main}\trefs/heads/main")), "{main}\n{refs}");
}

/// git alone would wait for ever.
#[test]
fn a_server_that_stays_silent_ends_gits_patience() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    world.moves_on(&project);
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
        let project = world.project();
        let clone = world.user("alice").clone(&project);
        clone.commit("Fix the parser");
        world.moves_on(&project);
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
        // git is handed what took its place, for a fetch that was refused as for the push.
        std::fs::write(&kept, "username=alice\npassword=once-it-was-right\n").unwrap();
        drop(clone.pyflow_with("submit", without_token).success());
    }
}

/// Nothing is written for a server that has not answered, and what is wrong is said once.
#[test]
fn setup_writes_after_the_server_has_answered() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["remote", "remove", "gerrit"]);
    let conf = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    clone.write(
        ".reviewconf",
        &format!("{}\n[from-the-future]\nkey = 1\n", conf.replace(&world.server.url(), "http://127.0.0.1:9")),
    );
    let before = std::fs::read(clone.dir.join(".git/config")).unwrap();
    let run = clone.pyflow("setup --yes --branch main").ends_with(5);
    assert_eq!(std::fs::read(clone.dir.join(".git/config")).unwrap(), before);
    assert_eq!(run.stderr.matches("from-the-future").count(), 1, "{}", run.stderr);
    clone.write(".reviewconf", &conf);
    let run = clone.pyflow("setup --yes --branch main").success();
    assert!(run.stdout.contains("added gerrit"), "{}", run.stdout);
    assert_eq!(clone.git(["config", "pyflow.review.branch"]), "main");
}

/// git-review's `usepushurl`: fetches go on as they were, pushes go to the review server.
#[test]
fn the_push_url_of_gitreview_is_set_up() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let mirror = world.path("mirror.git");
    clone.git(["clone", "-q", "--mirror", &clone.url(), &mirror.to_string_lossy()]);
    clone.git(["remote", "rename", "gerrit", "origin"]);
    clone.git(["remote", "set-url", "origin", &mirror.to_string_lossy()]);
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    let address = world.server.url().replace("http://", "");
    let (host, port) = address.split_once(':').unwrap();
    clone.write(
        ".gitreview",
        &format!(
            "[gerrit]\nhost={host}\nport={port}\nscheme=http\nproject={}\ndefaultbranch=main\ndefaultremote=fork\nusepushurl=1\n",
            project.name
        ),
    );
    let run = clone.pyflow("setup --yes").success();
    assert!(run.stdout.contains("pushes to origin go to"), "{}", run.stdout);
    assert!(clone.git(["config", "remote.origin.pushurl"]).starts_with(&world.server.url()));
    assert_eq!(clone.git(["config", "remote.origin.url"]), mirror.to_string_lossy());
    clone.commit("Fix the parser");
    clone.submit_one("");
    // As with git-review, `defaultremote` counts for nothing beside it.
    clone.git(["remote", "remove", "origin"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: there is no git remote origin (the one that `usepushurl` means, .gitreview:8)
    hint: `pyflow setup` adds it
    hint: or name the remote you use: `git config pyflow.review.remote NAME`
    [exit code: 3]
    ");
}

/// One `cat-file` for a stack, where libgit2 does not open the repository.
#[test]
fn a_repository_that_only_git_reads_is_read_at_once() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    for n in 0..4 {
        clone.commit(&format!("Commit {n}"));
    }
    clone.git(["config", "core.repositoryFormatVersion", "1"]);
    clone.git(["config", "extensions.partialClone", "gerrit"]);
    let log = GitLog::new(world.path("log"));
    let run = clone.pyflow_with("submit --verbose --dry-run", |c| log.watch(c)).success();
    assert!(run.stderr.contains("libgit2 does not open this repository"), "{}", run.stderr);
    let calls = log.calls();
    let read = |how: &str| {
        calls
            .iter()
            .filter(|call| call.iter().any(|word| word == "cat-file") && call.iter().any(|word| word == how))
            .count()
    };
    assert!(read("commit") < 2, "one for each commit: {calls:?}");
    assert!(read("--batch") > 0);
    assert_eq!(Clone::numbers(&clone.submit("")).len(), 4);
}
