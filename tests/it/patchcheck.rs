//! `pyflow patchcheck`, and the check of that name in `pyflow submit`.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::sandbox::{Clone, World};

const RULES: &str = r#"
[[patchcheck.whitespace]]
language = "python"
files = ["**/*.py"]
exclude = ["vendor/**"]

[[patchcheck.whitespace]]
language = "text"
files = ["**/*.md"]
"#;

const CPYTHON: &str = "\n[patchcheck]\npreset = \"cpython\"\n";

fn clone<'w>(world: &'w World, rules: &str) -> Clone<'w> {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.write(".reviewconf", &(clone.reviewconf(&project) + rules));
    clone
}

fn read(clone: &Clone<'_>, name: &str) -> String {
    std::fs::read_to_string(clone.dir.join(name)).unwrap()
}

#[test]
fn all_that_changed_is_looked_at() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Committed", "committed.py", "x = 1 \n");
    clone.commit_file("Spaces", "a b.py", "if x:\n  y\n");
    clone.commit_file("Umlaut", "ä.py", "if x:\n\ty\n");
    clone.commit_file("Unchanged since", "gone.py", "x = 1 \n");
    clone.git(["rm", "-q", "gone.py"]);
    clone.write("staged.py", "x = 1");
    clone.git(["add", "staged.py"]);
    clone.write("untracked\nwith newline.py", "x = '\t'\n\n");
    clone.write("vendor/copy.py", "x = 1 \n");
    clone.write("ignored.py", "x = 1 \n");
    clone.write(".git/info/exclude", ".reviewconf\nignored.py\n");
    clone.write("conflict.xyz", "<<<<<<< HEAD\n\0");
    clone.write("other.xyz", "a\n>>>>>>> theirs\n");
    // Another repository's commit is no file.
    clone.git(["update-index", "--add", "--cacheinfo", "160000", &clone.head(), "sub.py"]);
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @r"
    7 files changed since main (review.branch, from .reviewconf:8)
    a b.py:2: required: indented by 2 columns, 4 are wanted [indentation]
    committed.py:1: required: blanks at the end of the line [trailing-space]
    other.xyz:2: required: a conflict marker was left behind: >>>>>>> [conflict-marker]
    staged.py:1: required: no newline ends the last line [final-newline]
    untracked with newline.py:1: warning: a tab in a string; write `\t` [string-blanks]
    untracked with newline.py:2: required: blank lines at the end of the file [final-newline]
    ä.py:2: required: indented by 8 columns, 4 are wanted [indentation]
    ä.py:2: required: a tab, where spaces are wanted [tab]
    hint: 5 files can be repaired: `pyflow patchcheck --fix`
    ");
}

#[test]
fn moved_files_are_looked_at_where_their_content_changed() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    let long: String = (0..50).map(|n| format!("x{n} = {n}")).collect::<Vec<_>>().join("\n") + "\n";
    clone.commit_file("Base", "one.py", &format!("{long}a = 1 \n"));
    clone.commit_file("Base", "two.py", &format!("{long}b = 1 \n"));
    let base = clone.head();
    clone.git(["mv", "one.py", "moved.py"]);
    clone.git(["mv", "two.py", "edited.py"]);
    clone.write("edited.py", &format!("{long}b = 2 \n"));
    clone.git(["commit", "-qam", "Move"]);
    let report = clone.pyflow_args(["patchcheck", "--base", &base, "--format", "json"]).success().json();
    let files: Vec<_> = report["findings"].as_array().unwrap().iter().map(|f| f["file"].clone()).collect();
    assert_eq!(files, ["edited.py"]);
}

#[test]
fn what_others_landed_is_not_mine() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Mine", "mine.py", "x = 1\n");
    clone.git(["checkout", "-q", "-b", "other", "gerrit/main"]);
    clone.commit_file("Theirs", "theirs.py", "x = 1 \n");
    clone.git(["update-ref", "refs/remotes/gerrit/main", "HEAD"]);
    clone.git(["checkout", "-q", "work"]);
    let one = clone.pyflow("patchcheck").snapshot();
    insta::assert_snapshot!(one, @"
    1 file changed since main (review.branch, from .reviewconf:8)
    nothing was found
    ");
    // In a linked work tree `.git` is a file.
    let linked = world.path("linked");
    clone.git(["worktree", "add", "-q", "--detach", &linked.display().to_string(), "work"]);
    std::fs::copy(clone.dir.join(".reviewconf"), linked.join(".reviewconf")).unwrap();
    let there = clone.pyflow_with("patchcheck", |command| {
        command.current_dir(&linked);
    });
    assert_eq!(there.snapshot(), one);
    // On the branch itself nothing is mine but what is not committed.
    clone.git(["checkout", "-q", "-B", "main", "gerrit/main"]);
    clone.write("theirs.py", "x = 2 \n");
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    1 file changed since main (the upstream of main)
    theirs.py:1: required: blanks at the end of the line [trailing-space]
    hint: 1 file can be repaired: `pyflow patchcheck --fix`
    ");
}

#[test]
fn the_classic_list_in_its_own_words() {
    let world = World::embedded();
    let clone = clone(&world, CPYTHON);
    clone.commit_file("Docs", "Doc/library/os.rst", "OS\n==\n");
    clone.commit_file("Code", "Modules/posix.c", "int\tx;\n");
    clone.commit_file("Copy", "Modules/expat/x.c", "int\tx;\n");
    clone.commit_file("Configure", "configure.ac", "AC_INIT\n");
    clone.commit_file("Configure", "configure", "#!/bin/sh\n");
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    4 files changed since main (review.branch, from .reviewconf:8)
    Modules/posix.c:1: required: a tab, where spaces are wanted [tab]
    Docs modified ... yes
    Misc/ACKS updated ... NO
    Misc/NEWS.d updated with `blurb` ... NO
    configure regenerated ... yes
    pyconfig.h.in regenerated ... no

    Did you run the test suite and check for refleaks?
    hint: 1 file can be repaired: `pyflow patchcheck --fix`
    ");
    clone.git(["reset", "-q", "--hard", "gerrit/main"]);
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    0 files changed since main (review.branch, from .reviewconf:8)
    Docs modified ... not needed
    Misc/ACKS updated ... not needed
    Misc/NEWS.d updated with `blurb` ... not needed
    configure regenerated ... not needed
    pyconfig.h.in regenerated ... not needed
    nothing was found
    ");
    clone.commit_file("Python", "Lib/os.py", "x = 1\n");
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    1 file changed since main (review.branch, from .reviewconf:8)
    Docs modified ... NO
    Misc/ACKS updated ... NO
    Misc/NEWS.d updated with `blurb` ... NO
    configure regenerated ... not needed
    pyconfig.h.in regenerated ... not needed

    Did you run the test suite?
    ");
}

/// Nothing was looked at, which is not the same as nothing found.
#[test]
fn a_list_that_git_does_not_give_is_told() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Blanks", "blanks.py", "x = 1  \n");
    clone.write(".git/index", "no index");
    for words in ["patchcheck --check", "patchcheck --all"] {
        let run = clone.pyflow(words).ends_with(3);
        assert!(run.stdout.is_empty() && run.stderr.contains("git did not tell which files changed"), "{}", run.stderr);
    }
}

#[test]
fn check_is_for_ci_and_writes_nothing() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Tab in a string", "warned.py", "x = '\t'\n");
    assert_eq!(clone.pyflow("patchcheck --check --format json").success().json()["findings"][0]["level"], "warn");
    clone.commit_file("Blanks", "blanks.py", "x = 1  \nif x:\n  y\n");
    let before = clone.fingerprint();
    let run = clone.pyflow("patchcheck --check");
    assert_eq!(clone.fingerprint(), before);
    insta::assert_snapshot!(run.snapshot(), @r"
    2 files changed since main (review.branch, from .reviewconf:8)
    blanks.py:1: required: blanks at the end of the line [trailing-space]
    blanks.py:3: required: indented by 2 columns, 4 are wanted [indentation]
    warned.py:1: warning: a tab in a string; write `\t` [string-blanks]
    hint: 1 file can be repaired: `pyflow patchcheck --fix`
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("patchcheck --check --format json").ends_with(1).json()["findings"][0], @r#"{"file":"blanks.py","line":1,"rule":"trailing-space","level":"require","text":"blanks at the end of the line","fixed":false,"fixable":true}"#);
    // Without --check the same is told, and is no failure.
    assert!(clone.pyflow("patchcheck").success().stdout.contains("blanks.py:1"));
    assert_eq!(clone.fingerprint(), before);
}

#[test]
fn fix_writes_what_is_to_be_repaired_and_nothing_else() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.write("script.py", "if x:\r\n  y \r\n");
    std::fs::set_permissions(clone.dir.join("script.py"), PermissionsExt::from_mode(0o755)).unwrap();
    clone.write("fine.py", "x = 1\n");
    clone.write("told.py", "x = '''a \n'''\n");
    clone.write("latin1.py", "x\n");
    std::fs::write(clone.dir.join("latin1.py"), b"# coding: latin-1\nx = '\xe9' \n").unwrap();
    std::fs::write(clone.dir.join("wrong.py"), b"x = '\xe9' \n").unwrap();
    clone.write("locked.py", "x = 1 \n");
    std::fs::set_permissions(clone.dir.join("locked.py"), PermissionsExt::from_mode(0o444)).unwrap();
    let outside = world.path("outside.py");
    std::fs::write(&outside, "x = 1 \n").unwrap();
    symlink(&outside, clone.dir.join("link.py")).unwrap();
    let folder = world.path("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("inside.py"), "x = 1 \n").unwrap();
    clone.write("was/inside.py", "x = 1\n");
    clone.git(["add", "was/inside.py"]);
    std::fs::remove_dir_all(clone.dir.join("was")).unwrap();
    symlink(&folder, clone.dir.join("was")).unwrap();

    insta::assert_snapshot!(clone.pyflow("patchcheck --fix").snapshot(), @"
    6 files changed since main (review.branch, from .reviewconf:8)
    latin1.py:2: repaired: blanks at the end of the line [trailing-space]
    locked.py:1: required: blanks at the end of the line [trailing-space]
    script.py:2: repaired: indented by 2 columns, 4 are wanted [indentation]
    script.py:2: repaired: blanks at the end of the line [trailing-space]
    told.py:1: warning: blanks at the end of a line of a string [string-blanks]
    wrong.py:1: warning: the file is not UTF-8, and says of no other encoding [encoding]
    repaired 2 files
    ------- stderr -------
    warning: locked.py cannot be written: it is read-only: `chmod u+w` lets it be repaired
    [exit code: 3]
    ");
    assert_eq!(read(&clone, "script.py"), "if x:\r\n    y\r\n");
    assert_eq!(std::fs::metadata(clone.dir.join("script.py")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(std::fs::read(clone.dir.join("latin1.py")).unwrap(), b"# coding: latin-1\nx = '\xe9'\n");
    assert_eq!(std::fs::read_to_string(outside).unwrap(), "x = 1 \n");
    assert_eq!(std::fs::read_to_string(folder.join("inside.py")).unwrap(), "x = 1 \n");
    let again = clone.pyflow("patchcheck --fix --format json").ends_with(3).json();
    assert_eq!(again["repaired"], serde_json::json!([]));
}

#[test]
fn all_looks_at_the_whole_tree() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    for number in 0..200 {
        clone.write(&format!("d{}/f{number}.py", number % 7), if number % 50 == 3 { "x = 1 \n" } else { "x = 1\n" });
    }
    clone.git(["add", "."]);
    clone.git(["commit", "-qm", "Files"]);
    std::fs::remove_file(clone.dir.join("d0/f0.py")).unwrap();
    let below = clone.pyflow_with("patchcheck --all", |command| {
        command.current_dir(clone.dir.join("d1"));
    });
    insta::assert_snapshot!(below.snapshot(), @"
    199 files looked at
    d3/f3.py:1: required: blanks at the end of the line [trailing-space]
    d4/f53.py:1: required: blanks at the end of the line [trailing-space]
    d5/f103.py:1: required: blanks at the end of the line [trailing-space]
    d6/f153.py:1: required: blanks at the end of the line [trailing-space]
    hint: 4 files can be repaired: `pyflow patchcheck --fix`
    ");
}

/// libgit2 knows no partial clones; git does, and the answers are the same.
#[test]
fn what_the_library_cannot_open_git_reads() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Spaces", "a b.py", "if x:\n  y\n");
    clone.git(["mv", "a b.py", "ä.py"]);
    clone.write("staged.py", "x = 1");
    clone.git(["add", "staged.py"]);
    clone.write("untracked.py", "x = 1 \n");
    let (changed, all, planned) =
        (clone.pyflow("patchcheck"), clone.pyflow("patchcheck --all"), clone.pyflow("submit -n"));
    clone.git(["config", "core.repositoryformatversion", "1"]);
    clone.git(["config", "extensions.partialClone", "gerrit"]);
    assert_eq!(clone.pyflow("patchcheck").stdout, changed.stdout);
    assert!(changed.stdout.contains("ä.py:2: required: indented by 2 columns"), "{}", changed.stdout);
    assert_eq!(clone.pyflow("patchcheck --all").stdout, all.stdout);
    assert_eq!(clone.pyflow("submit -n").snapshot(), planned.snapshot());
    let told = clone.pyflow("patchcheck -v").stderr;
    assert!(told.contains("libgit2 does not open this repository"), "{told}");
    drop(clone.pyflow("patchcheck --fix").success());
    assert_eq!(read(&clone, "ä.py"), "if x:\n    y\n");
}

#[test]
fn without_a_list_of_files_nothing_is_said_to_be_fine() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    insta::assert_snapshot!(clone.pyflow("patchcheck 3.9").snapshot(), @"
    ------- stderr -------
    error: gerrit/3.9 (as you said) has not been fetched: there is nothing to compare with
    hint: `git fetch gerrit 3.9`
    hint: or name a commit: `pyflow patchcheck --base COMMIT`
    [exit code: 3]
    ");
    insta::assert_snapshot!(clone.pyflow("patchcheck --base nowhere").snapshot(), @"
    ------- stderr -------
    error: `nowhere` is not a commit of this repository
    hint: `git log --oneline` lists what is there
    [exit code: 2]
    ");
    clone.git(["checkout", "-q", "--orphan", "alone"]);
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    ------- stderr -------
    error: HEAD is a branch without commits: there is nothing to compare with
    hint: every file of the tree: `pyflow patchcheck --all`
    [exit code: 3]
    ");
    clone.git(["commit", "-q", "--allow-empty", "-m", "Root"]);
    insta::assert_snapshot!(clone.pyflow("patchcheck").snapshot(), @"
    ------- stderr -------
    error: HEAD and main have no commit in common
    hint: name the commit that this work began at: `pyflow patchcheck --base COMMIT`
    [exit code: 3]
    ");
    std::fs::write(clone.dir.join(".git/index"), "damaged").unwrap();
    insta::assert_snapshot!(clone.pyflow("patchcheck --all").snapshot(), @"
    ------- stderr -------
    error: git did not tell which files changed: fatal: $WORLD/alice-2/.git/index: index file smaller than expected
    [exit code: 3]
    ");
    let nowhere = world.path("nowhere");
    std::fs::create_dir(&nowhere).unwrap();
    let run = clone.pyflow_with("patchcheck --all", |command| {
        command.current_dir(&nowhere);
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: $WORLD/nowhere is not in a git repository
    hint: change to the folder of your clone, or name it with `-C DIR`
    [exit code: 3]
    ");
}

#[test]
fn submit_looks_at_what_is_committed() {
    let world = World::embedded();
    let clone = clone(&world, RULES);
    clone.commit_file("Add a parser", "parser.py", "if x:\n  y \n  z \n");
    clone.commit_file("Add a page", "page.md", "text\n");
    // Repaired in the work tree only.
    clone.write("parser.py", "if x:\n    y\n    z\n");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    new       <commit>  Add a parser
    new       <commit>  Add a page
    stop: <commit> (Add a parser): parser.py:2: indented by 2 columns, 4 are wanted, and 1 more like it [patchcheck]
    stop: <commit> (Add a parser): parser.py:2: blanks at the end of the line, and 1 more like it [patchcheck]
      hint: repair it: `pyflow patchcheck --fix`, then `git commit --amend` the commit
      hint: or send it as it is: `--no-verify=patchcheck`
    nothing was sent
    [exit code: 1]
    ");
    assert_eq!(world.server.refs(&project_of(&clone)).matches("refs/changes/").count(), 0);
    let plan = clone.pyflow("submit --dry-run --format json").ends_with(1).json();
    let check = plan["checks"].as_array().unwrap().iter().find(|check| check["name"] == "patchcheck").unwrap();
    assert_eq!(check["result"], "stop");
    let sent = clone.pyflow("submit --no-verify=patchcheck --format json").success().json();
    assert_eq!(sent["changes"].as_array().unwrap().len(), 2);
}

#[test]
fn submit_warns_of_rules_and_skips_what_only_moved() {
    let world = World::embedded();
    let rules =
        "\n[[patchcheck.rule]]\nid = \"lock\"\nwhen = [\"Cargo.toml\"]\ntouch = [\"Cargo.lock\"]\nlevel = \"warn\"\n";
    let clone = clone(&world, &format!("{RULES}{rules}"));
    clone.commit_file("Old slips", "old.py", "x = 1 \n");
    clone.git(["branch", "base"]);
    clone.git(["mv", "old.py", "new.py"]);
    clone.commit_file("Bump", "Cargo.toml", "a\n");
    insta::assert_snapshot!(clone.pyflow("submit --dry-run --base base").snapshot(), @"
    would submit 1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  Bump
    warning: <commit> (Bump): Cargo.lock changed with Cargo.toml ... no [patchcheck]
    would move refs/heads/work to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/main -o base=<commit>
    ");
}

fn project_of(clone: &Clone<'_>) -> crate::sandbox::Project {
    let url = clone.git(["remote", "get-url", "gerrit"]);
    let name = url.rsplit('/').next().unwrap().to_owned();
    crate::sandbox::Project { name, branch: "main".to_owned() }
}
