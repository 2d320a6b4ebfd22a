//! What is the person's stays as it is: the work tree and the index after everything that a submit
//! can come to, and the whole folder and the server after everything that only looks.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::sandbox::{Clone, Project, ProjectOptions, Run, World};

/// Runs the command, which leaves index and work tree alone.
#[track_caller]
fn keeps<'w>(clone: &Clone<'w>, words: &str, code: i32, change: impl FnOnce(&mut std::process::Command)) -> Run<'w> {
    let before = clone.belongings();
    let run = clone.pyflow_with(words, change).ends_with(code);
    assert_eq!(clone.belongings(), before, "`{words}` changed the work tree or the index");
    run
}

/// The whole folder, its own modification time and the person's home included.
fn everything(clone: &Clone<'_>) -> BTreeMap<PathBuf, String> {
    let mut all = clone.fingerprint();
    let top = clone.dir.metadata().expect("metadata");
    all.insert(PathBuf::from("."), format!("{}.{:09}", top.mtime(), top.mtime_nsec()));
    // The folder for temporary files is there; nothing may stay in it.
    let home = std::fs::read_dir(&clone.person.home).expect("a home");
    all.extend(home.map(|entry| (entry.expect("an entry").path(), String::new())));
    all
}

/// Runs the command, which changes nothing in the clone, and nothing on the server.
#[track_caller]
fn looks<'w>(clone: &Clone<'w>, project: &Project, words: &str, code: i32) -> Run<'w> {
    let server = &clone.person.world.server;
    let (folder, refs) = (everything(clone), server.refs(project));
    let run = clone.pyflow(words).ends_with(code);
    assert_eq!(everything(clone), folder, "`{words}` changed something");
    assert_eq!(server.refs(project), refs, "`{words}` changed the server");
    run
}

#[test]
fn work_tree_and_index_stay_whatever_a_submit_comes_to() {
    let world = World::embedded();
    let project = world.project();
    let closed = world.project_with(&ProjectOptions { locked: true, ..ProjectOptions::default() });
    let clone = world.user("alice").clone(&project);
    // Staged, changed and unknown files are there all the time.
    clone.write("unknown.txt", "not git's");
    clone.write("staged.txt", "staged");
    clone.git(["add", "staged.txt"]);
    clone.git(["commit", "-q", "-m", "Fix the parser", "--allow-empty", "--only"]);
    clone.write("staged.txt", "staged, then changed");

    let wrong = |command: &mut std::process::Command| {
        command.env("PYFLOW_REVIEW_TOKEN", "wrong");
    };
    drop(keeps(&clone, "submit", 7, wrong));
    drop(keeps(&clone, "submit", 0, |_| {}));
    drop(keeps(&clone, "submit", 0, |_| {}));
    drop(keeps(&clone, "undo", 0, |_| {}));
    drop(keeps(&clone, "submit", 0, |_| {}));
    clone.git(["commit", "-q", "-m", "Test the parser", "--allow-empty", "--only"]);
    clone.git(["commit", "-q", "-m", "fixup! Fix the parser", "--allow-empty", "--only"]);
    drop(keeps(&clone, "submit", 3, |_| {}));
    clone.git(["reset", "-q", "--soft", "HEAD^"]);
    drop(keeps(&clone, "submit --topic parser --reviewer nobody-of-this-name", 4, |_| {}));
    drop(keeps(&clone, "submit --topic parser", 0, |_| {}));

    let refused = world.user("alice").clone(&closed);
    refused.commit("Fix the parser");
    drop(keeps(&refused, "submit", 4, |_| {}));

    clone.git(["commit", "-q", "-m", "Document the parser", "--allow-empty", "--only"]);
    world.server.kill();
    drop(keeps(&clone, "submit", 5, |_| {}));
}

#[test]
fn a_dry_run_of_submit_changes_nothing_anywhere() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);

    drop(looks(&clone, &project, "submit -n", 0));
    clone.commit("Fix the parser");
    drop(looks(&clone, &project, "submit -n", 0));
    clone.commit("Test the parser");
    clone.commit("Document the parser");
    drop(looks(&clone, &project, "submit -n", 0));
    drop(looks(&clone, &project, "submit -n HEAD~2..HEAD~1", 3));
    drop(looks(&clone, &project, "submit -n gerrit/main..HEAD~1", 0));
    drop(looks(&clone, &project, "submit --dry-run --topic parser --reviewer bob --wip", 0));

    let numbers = Clone::numbers(&clone.submit(""));
    drop(looks(&clone, &project, "submit -n", 0));
    drop(looks(&clone, &project, "submit -n --only", 0));
    drop(looks(&clone, &project, "submit -n --topic parser", 0));
    clone.amend("Documenttheparser.txt", "better");
    drop(looks(&clone, &project, "submit -n", 0));
    drop(looks(&clone, &project, "undo -n", 3));

    // Somebody's work lands, so that objects are needed that this clone does not have.
    let other = world.user("bob").clone(&project);
    other.commit("Rename the lexer");
    world.server.land(Clone::numbers(&other.submit(""))[0]);
    let told = looks(&clone, &project, "submit -n", 0);
    let refs = world.server.refs(&project);
    let landed = refs.lines().find_map(|line| line.strip_suffix("\trefs/heads/main")).expect("a branch");
    assert_ne!(clone.try_git(["cat-file", "-e", landed]).code, Some(0), "the dry run fetched\n{}", told.stdout);

    // A conflict, and a stop.
    other.commit_file("Rewrite the parser", "Fixtheparser.txt", "wholly different");
    world.server.land(Clone::numbers(&other.submit(""))[0]);
    let told = looks(&clone, &project, "submit -n --format json", 0).json();
    let merge = told["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "merge");
    assert_eq!(merge.expect("a check")["result"], "warning", "{told:#}");
    clone.commit("fixup! Fix the parser");
    drop(looks(&clone, &project, "submit -n", 3));
    clone.git(["reset", "-q", "--hard", "HEAD^"]);

    world.server.abandon("alice", numbers[2]);
    drop(looks(&clone, &project, "submit -n", 4));
}

/// Where a merge comes to objects that the repository has, git sets their files' times to now.
#[test]
fn a_merge_that_comes_to_known_objects_leaves_their_times() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let base = clone.head();
    clone.commit("Fix the parser");
    world.server.land(clone.submit_one(""));
    clone.fetch();
    // Beside it the same commit in other words: what both come to is what the target has.
    clone.git(["reset", "-q", "--hard", &base]);
    clone.commit("Document the parser");
    let documented = clone.submit_one("");
    clone.git(["checkout", "-q", "-b", "both", "gerrit/main", "--no-track"]);
    clone.git(["cherry-pick", "work"]);
    clone.git(["checkout", "-q", "work"]);
    for packed in [false, true] {
        if packed {
            clone.git(["repack", "-q", "-a", "-d"]);
        }
        drop(looks(&clone, &project, "submit -n", 0));
        drop(looks(&clone, &project, &format!("status {documented}"), 0));
    }
    // A folder whose name is not UTF-8 is a folder like any other.
    let odd = clone.person.home.join(std::ffi::OsStr::from_bytes(b"d\xe9 \"x\""));
    std::fs::create_dir(&odd).expect("a folder");
    let status = std::process::Command::new("cp").arg("-a").args([&clone.dir, &odd.join("w")]).status().expect("cp");
    assert!(status.success());
    let clone = Clone { person: world.user("alice"), dir: odd.join("w") };
    let told = clone.pyflow("submit -n --format json").success().json();
    let merge = told["checks"].as_array().expect("checks").iter().find(|check| check["name"] == "merge");
    assert_eq!(merge.expect("a check")["result"], "ok", "{told:#}");
}

#[test]
fn a_dry_run_of_a_stack_with_a_merge() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.git(["checkout", "-q", "-b", "side"]);
    clone.commit("On the side");
    clone.git(["checkout", "-q", "work"]);
    clone.commit("In the middle");
    clone.git(["merge", "-q", "--no-ff", "-m", "Merge the side", "side"]);
    let told = looks(&clone, &project, "submit -n --format json", 0).json();
    assert_eq!(told["changes"].as_array().expect("changes").len(), 3, "{told:#}");
}

/// History that ends, and a repository that is elsewhere, while the target has moved on.
#[test]
fn a_dry_run_changes_nothing_in_a_shallow_clone_and_in_a_linked_work_tree() {
    let world = World::embedded();
    let project = world.project();
    let main = world.user("alice").clone(&project);
    let shallow = Clone { person: world.user("alice"), dir: world.path("shallow") };
    std::fs::create_dir(&shallow.dir).expect("a folder");
    shallow.git(["clone", "-q", "-o", "gerrit", "--depth", "1", "--no-single-branch", "-b", "main", &main.url(), "."]);
    shallow.git(["remote", "set-url", "gerrit", &world.server.push_url(&project)]);
    let linked = Clone { person: world.user("alice"), dir: world.path("linked") };
    main.git(["worktree", "add", "-q", "-b", "linked", &linked.dir.to_string_lossy(), "gerrit/main", "--no-track"]);
    for clone in [&shallow, &linked] {
        clone.write(".reviewconf", &clone.reviewconf(&project));
        clone.commit("Fix the parser");
    }
    let other = world.user("bob").clone(&project);
    for subject in ["Rename the lexer", "Rename the parser"] {
        other.commit(subject);
        world.server.land(*Clone::numbers(&other.submit("")).last().expect("a change"));
        other.fetch();
        other.git(["reset", "-q", "--hard", "gerrit/main"]);
    }
    let landed = other.git(["rev-parse", "gerrit/main"]);
    for clone in [&shallow, &linked] {
        let repository = main.fingerprint();
        drop(looks(clone, &project, "submit -n", 0));
        drop(looks(clone, &project, "submit -n 3.14 --topic parser", 0));
        drop(looks(clone, &project, "status", 0));
        assert_eq!(main.fingerprint(), repository, "the repository of the linked work tree");
        assert_ne!(clone.try_git(["cat-file", "-e", &landed]).code, Some(0), "the dry run fetched");
        // The dry run tells what then happens.
        let planned = clone.submit("-n");
        let done = clone.submit("");
        assert_eq!(planned["changes"][0]["commit"], done["changes"][0]["commit"]);
        drop(looks(clone, &project, "undo -n", 0));
        drop(looks(clone, &project, "submit -n", 0));
    }
    assert_eq!(shallow.git(["rev-parse", "--is-shallow-repository"]), "true");
}

#[test]
fn what_only_looks_changes_nothing_anywhere() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    drop(looks(&clone, &project, "setup -n", 0));
    drop(looks(&clone, &project, "setup --check", 0));
    clone.commit("Fix the parser");
    clone.submit("");
    for words in [
        "setup --dry-run",
        "setup --check",
        "undo -n",
        "status",
        "status --mine",
        "list",
        "list --mine",
        "vote -n HEAD Code-Review=2",
        "approve -n",
        "auth status",
        "submit -n",
    ] {
        drop(looks(&clone, &project, words, 0));
    }
    // The same in a clone that has nothing of pyflow's yet, and in a folder below.
    let bare = world.user("alice").bare_clone(&project);
    bare.write(".reviewconf", &bare.reviewconf(&project));
    bare.write("deep/er/file", "");
    for words in ["setup -n", "setup --check", "status", "list", "submit -n", "-C deep/er submit -n"] {
        drop(looks(&bare, &project, words, 0));
    }
    assert!(!bare.dir.join(".git/pyflow").exists());
}

#[test]
fn an_undisturbed_run_does_what_the_dry_run_said() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    clone.commit("Test the parser");
    let planned = looks(&clone, &project, "submit -n --format json", 0).json();
    let done = clone.submit("");
    assert_eq!(planned["planned"], true);
    for (planned, done) in
        planned["changes"].as_array().expect("changes").iter().zip(done["changes"].as_array().expect("changes"))
    {
        for key in ["change_id", "commit", "subject", "branch", "action"] {
            assert_eq!(planned[key], done[key], "{key}");
        }
    }
    assert_eq!(planned["moved"], done["moved"]);
    assert_eq!(done["moved"][0]["new"], clone.head());
}
