//! The odd shapes that a checkout can have.

use super::stack::actions;
use crate::sandbox::{Clone, World};

crate::scenarios![
    detached,
    unborn,
    shallow,
    sha256,
    reftable,
    a_linked_work_tree,
    a_subdirectory,
    inside_a_submodule,
    with_a_dirty_submodule,
    bare,
    git_dir_is_set,
    a_dirty_tree_stays_as_it_is,
    not_a_repository,
];

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
