//! `pyflow news` as a person types it, in repositories with and without a review server.

use crate::sandbox::{Clone, World};

const CONF: &str = "\n[news]\nstyle = \"blurb\"\nrequired = true\nexempt = [\"Doc/**\"]\n";

/// A clone whose `.reviewconf` asks for news.
fn clone(world: &World) -> Clone<'_> {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.write(".reviewconf", &(clone.reviewconf(&project) + CONF));
    clone
}

#[test]
fn add_check_and_submit() {
    let world = World::embedded();
    let clone = clone(&world);
    clone.commit_file("gh-123456: Fix spam", "Lib/spam.py", "spam");
    insta::assert_snapshot!(clone.pyflow("news check").snapshot(), @"
    wrong: Lib/spam.py changes, and there is no news fragment [missing]
    hint: write one: `pyflow news add`
    hint: is it staged and not committed yet? `pyflow news check --staged`
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  gh-123456: Fix spam
    stop: Lib/spam.py changes, and there is no news fragment [news]
      hint: write one: `pyflow news add`, and commit it
      hint: or send it as it is: `--no-verify=news`
    nothing was sent
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow_args(["news", "add", "-s", "library", "-m", "Fix spam for  eggs."]).snapshot(), @"
    wrote Misc/NEWS.d/next/Library/2026-11-20-12-00-00.gh-issue-123456.sw8MFt.rst and staged it
    issue 123456 is from the newest commit's subject
    ");
    insta::assert_snapshot!(clone.git(["status", "--short"]), @"A  Misc/NEWS.d/next/Library/2026-11-20-12-00-00.gh-issue-123456.sw8MFt.rst");
    drop(clone.pyflow("news check").ends_with(1));
    insta::assert_snapshot!(clone.pyflow("news check --staged").snapshot(), @"ok: 1 fragment is sound against main (review.branch, from .reviewconf:8)");
    clone.git(["commit", "-q", "--amend", "--no-edit"]);
    insta::assert_snapshot!(clone.pyflow("news check").snapshot(), @"ok: 1 fragment is sound against main (review.branch, from .reviewconf:8)");
    let document = clone.submit("");
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["name"] == "news" && check["result"] == "ok"), "{checks:?}");
}

#[test]
fn a_change_without_news_goes_by_flag_or_by_pattern() {
    let world = World::embedded();
    let clone = clone(&world);
    clone.commit_file("Explain spam", "Doc/spam.rst", "spam");
    drop(clone.pyflow("news check").success());
    clone.commit_file("Fix spam", "Lib/spam.py", "spam");
    drop(clone.pyflow("submit").ends_with(1));
    let document = clone.submit("--no-verify=news");
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["name"] == "news" && check["result"] == "skipped"), "{checks:?}");
}

#[test]
fn findings_as_json_and_as_annotations() {
    let world = World::embedded();
    let clone = clone(&world);
    clone.write("Misc/NEWS.d/next/Libary/2026-01-01.gh-issue-123456,2.abc.rst", "\n- x\n");
    clone.write("Misc/NEWS.d/next/Library/2026-01-01.gh-issue-99999.abc.rst", "Fine.\n");
    clone.git(["add", "."]);
    clone.git(["commit", "-q", "-m", "gh-123456: Fix spam"]);
    let run = clone.pyflow("news check --format json").ends_with(1);
    let document = run.json();
    let rules: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["directory", "body", "issue"]);
    insta::assert_snapshot!(clone.pyflow("news check --annotations github").snapshot(), @"
    ::error file=Misc/NEWS.d/next/Libary/2026-01-01.gh-issue-123456%2C2.abc.rst,title=news%3A directory::`Libary` is not the folder of one of blurb's sections
    ::error file=Misc/NEWS.d/next/Libary/2026-01-01.gh-issue-123456%2C2.abc.rst,line=2,title=news%3A body::the text begins with `- `, which blurb writes in front by itself
    ::warning file=Misc/NEWS.d/next/Library/2026-01-01.gh-issue-99999.abc.rst,title=news%3A issue::it is about issue 99999, and the commits are about 123456
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("news check --all").snapshot(), @"
    wrong: Misc/NEWS.d/next/Libary/2026-01-01.gh-issue-123456,2.abc.rst: `Libary` is not the folder of one of blurb's sections [directory]
    wrong: Misc/NEWS.d/next/Libary/2026-01-01.gh-issue-123456,2.abc.rst:2: the text begins with `- `, which blurb writes in front by itself [body]
    [exit code: 1]
    ");
}

#[test]
fn add_without_a_terminal_names_the_options() {
    let world = World::embedded();
    let clone = clone(&world);
    insta::assert_snapshot!(clone.pyflow("news add").snapshot(), @"
    ------- stderr -------
    error: the entry has no text, and there is no terminal for the editor
    hint: give it: `-m TEXT`, or `-F -` to read it from standard input
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("news add -m x").snapshot(), @"
    ------- stderr -------
    error: a question, and nobody to ask: Number of the issue
    hint: without a terminal, or with --no-input, --issue NUMBER is the answer
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("news add -m x -i 123456").snapshot(), @"
    ------- stderr -------
    error: a question, and nobody to ask: Section
    hint: without a terminal, or with --no-input, --section NAME is the answer
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("news add -m x -i 123456 --cve 2026-1234 -s Library").snapshot(), @"
    ------- stderr -------
    error: a CVE may only be named in the section Security, and this is Library
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("news add -m x -i 123456 --cve 2026").snapshot(), @"
    ------- stderr -------
    error: `2026` is not a CVE's name
    hint: `--cve CVE-2026-12345`
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow_args(["news", "add", "-m", "esc \u{1b}[31m", "-i", "123456", "-s", "Library"]).snapshot(), @"
    ------- stderr -------
    error: the entry cannot be written: it holds a control character, U+001B
    hint: say what changed, in whole sentences of reStructuredText
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.feed("news add -F - -i 123456 -s Library", b"caf\xe9", |_| {}).snapshot(), @"
    ------- stderr -------
    error: standard input is not UTF-8
      caused by: incomplete utf-8 byte sequence from index 3
    [exit code: 2]
    ");
    // Only CPython's issues begin so late.
    let document = clone.pyflow("news add -n -m x -i 1 -s Library --format json").success().json();
    assert_eq!(document["issue"], "1");
    clone.write("Include/Python.h", "");
    insta::assert_snapshot!(clone.pyflow("news add -m x -i 1 -s Library").snapshot(), @"
    ------- stderr -------
    error: the entry cannot be written: issue 1: the lowest number of an issue is 32426
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("news add -m x -i 123456 -s Spam").snapshot(), @"
    ------- stderr -------
    error: `Spam` is not one of blurb's sections
    hint: they are Security, Core and Builtins, Library, Documentation, Tests, Build, Windows, macOS, iOS, Android, FreeBSD, WASI, Emscripten, Unsupported platforms, IDLE, Tools/Demos, C API
    [exit code: 2]
    ");
    let before = clone.fingerprint();
    drop(clone.pyflow("news add -n -m x -i 123456 -s Library").success());
    assert_eq!(clone.fingerprint(), before);
    clone.git(["checkout", "-q", "-b", "gh-99999-spam"]);
    insta::assert_snapshot!(clone.feed("news add -F - -s C_API --no-stage", "From a pipe.\r\n", |_| {}).snapshot(), @"
    wrote Misc/NEWS.d/next/C_API/2026-11-20-12-00-00.gh-issue-99999.XupgOS.rst
    issue 99999 is from the branch's name, gh-99999-spam
    ");
    insta::assert_snapshot!(clone.git(["status", "--short", "-uall"]), @"
    ?? Include/Python.h
    ?? Misc/NEWS.d/next/C_API/2026-11-20-12-00-00.gh-issue-99999.XupgOS.rst
    ");
    insta::assert_snapshot!(clone.feed("news add -F - -s C_API", "From a pipe.\n", |_| {}).snapshot(), @"
    ------- stderr -------
    error: $WORLD/alice-2/Misc/NEWS.d/next/C_API/2026-11-20-12-00-00.gh-issue-99999.XupgOS.rst exists already
    hint: `--force` writes over it
    [exit code: 3]
    ");
}

#[test]
fn the_editor_is_gits_and_its_end_counts() {
    let world = World::embedded();
    let clone = clone(&world);
    let edit = |editor: &str| {
        clone.pyflow_with("news add -e -s Library -i 123456", |command| {
            command.env("GIT_EDITOR", editor);
        })
    };
    insta::assert_snapshot!(edit("false").snapshot(), @"
    ------- stderr -------
    error: the editor `false` ended with an error; no fragment was written
    hint: `git config core.editor` says which editor it is; `-m TEXT` needs none
    [exit code: 1]
    ");
    insta::assert_snapshot!(edit("true").snapshot(), @"
    ------- stderr -------
    error: no fragment was written: the entry has no text
    hint: the editor left the form as it was
    [exit code: 1]
    ");
    insta::assert_snapshot!(edit("nosuch --wait").snapshot(), @"
    ------- stderr -------
    nosuch --wait: 1: nosuch: not found
    error: the editor `nosuch --wait` ended with an error; no fragment was written
    hint: `git config core.editor` says which editor it is; `-m TEXT` needs none
    [exit code: 1]
    ");
    let spoiled = edit("sed -i -e 's/gh-issue: .*/gh-issue: spam/' -e '$aText.'");
    let kept = spoiled.stderr.split("what you wrote is in ").nth(1).unwrap().trim();
    let told = spoiled.snapshot().replace(kept.rsplit('-').next().unwrap(), "NAME");
    insta::assert_snapshot!(told, @"
    ------- stderr -------
    error: no fragment was written: line 2: `spam` is not an issue's number
    hint: what you wrote is in $WORLD/home-alice/pyflow-news-NAME
    [exit code: 1]
    ");
    assert!(std::fs::read_to_string(kept).unwrap().ends_with("Text.\n"));
    std::fs::remove_file(kept).unwrap();
    insta::assert_snapshot!(edit("f() { echo 'Written by hand.' >> \"$1\"; }; f").snapshot(), @"wrote Misc/NEWS.d/next/Library/2026-11-20-12-00-00.gh-issue-123456.71S7At.rst and staged it");
    // It is somebody else's program: no token reaches it.
    let curious = edit("f() { env | grep -c ^PYFLOW_REVIEW_TOKEN= >> \"$1\" || true; }; f").success();
    let written = curious.stdout.split(' ').nth(1).expect("a path").to_owned();
    let fragment = std::fs::read_to_string(clone.dir.join(written)).expect("a fragment");
    assert_eq!(fragment, "0\n");
    clone.git(["config", "core.editor", "f() { echo 'Again.' >> \"$1\"; }; f"]);
    drop(clone.pyflow("news add -e -s Tests -i 123456").success());
}

#[test]
fn nothing_is_written_through_a_link() {
    let world = World::embedded();
    let clone = clone(&world);
    let outside = world.path("outside");
    std::fs::create_dir_all(&outside).unwrap();
    clone.write("Misc/NEWS.d/next/README.rst", "");
    std::os::unix::fs::symlink(&outside, clone.dir.join("Misc/NEWS.d/next/Library")).unwrap();
    drop(clone.pyflow("news add -m x -i 123456 -s Library").ends_with(3));
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    drop(clone.pyflow("news merge out").ends_with(3));
    // Nor is a fragment that is a link one, wherever it leads.
    let fragment = clone.dir.join("Misc/NEWS.d/next/Tests/2026-01-01.gh-issue-123456.abc.rst");
    std::fs::create_dir(fragment.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("../README.rst", &fragment).unwrap();
    clone.git(["add", "Misc/NEWS.d/next/Tests"]);
    clone.git(["commit", "-q", "-m", "gh-123456: Fix spam"]);
    insta::assert_snapshot!(clone.pyflow("news check").snapshot(), @"
    wrong: Misc/NEWS.d/next/Tests/2026-01-01.gh-issue-123456.abc.rst: a fragment is a plain file, and this is a link or a submodule [kind]
    [exit code: 1]
    ");
}

#[test]
fn merge_and_release() {
    let world = World::embedded();
    let clone = clone(&world);
    clone.write(
        "Misc/NEWS.d/3.14.0.rst",
        ".. date: a\n.. gh-issue: 123455\n.. nonce: b\n.. release date: 2025-10-07\n.. section: Library\n\nOlder.\n",
    );
    drop(clone.pyflow_args(["news", "add", "-i", "123456", "--cve", "2026-12345", "-m", "Close the hole."]).success());
    insta::assert_snapshot!(clone.pyflow("news merge").snapshot(), @"wrote Misc/NEWS  (1 fragment)");
    insta::assert_snapshot!(clone.pyflow("news merge -").snapshot(), @"
    +++++++++++
    Python News
    +++++++++++

    What's New in Python next?
    ==========================

    *Release date: XXXX-XX-XX*

    Security
    --------

    - CVE-2026-12345, gh-123456: Close the hole.


    What's New in Python 3.14.0 final?
    ==================================

    *Release date: 2025-10-07*

    Library
    -------

    - gh-123455: Older.


    **(For information about older versions, consult the HISTORY file.)**
    ");
    let before = clone.fingerprint();
    drop(clone.pyflow("news merge").success());
    assert_eq!(clone.fingerprint(), before, "what is the same is not written again");
    clone.write("Misc/NEWS", "mine\n");
    insta::assert_snapshot!(clone.pyflow("news merge").snapshot(), @"
    ------- stderr -------
    error: Misc/NEWS exists, with other content
    hint: `--force` writes over it
    [exit code: 3]
    ");
    drop(clone.pyflow("news merge --force").success());
    let before = clone.fingerprint();
    drop(clone.pyflow("news release 3.15.0a1 -n").success());
    assert_eq!(clone.fingerprint(), before);
    insta::assert_snapshot!(clone.pyflow("news release 3.15.0a1").snapshot(), @"wrote Misc/NEWS.d/3.15.0a1.rst  (1 fragment; it is removed)");
    insta::assert_snapshot!(clone.git(["status", "--short"]), @"
    A  Misc/NEWS.d/3.15.0a1.rst
    ?? Misc/NEWS
    ?? Misc/NEWS.d/3.14.0.rst
    ");
    insta::assert_snapshot!(clone.pyflow("news release 3.15.0a1").snapshot(), @"
    ------- stderr -------
    error: Misc/NEWS.d/3.15.0a1.rst exists: 3.15.0a1 has its news already
    hint: name another version, or `--force` to write over it
    [exit code: 3]
    ");
    insta::assert_snapshot!(clone.pyflow("news release 3.15.0a2 --no-stage").snapshot(), @"wrote Misc/NEWS.d/3.15.0a2.rst  (0 fragments)");
    std::fs::remove_file(clone.dir.join("Misc/NEWS.d/3.15.0a2.rst")).unwrap();
    for command in [
        "news merge --format json x",
        "news release 3.15.0a2 --format json",
        "news add -m x -i 123456 -s IDLE --format json",
    ] {
        clone.pyflow(command).success().json();
    }
}

#[test]
fn towncrier_without_any_review_server() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").bare_clone(&project);
    insta::assert_snapshot!(clone.pyflow("news add").snapshot(), @r#"
    ------- stderr -------
    error: it is not clear what kind of news fragments this project has: there is no Misc/NEWS.d/next, and no [tool.towncrier] in towncrier.toml or pyproject.toml
    hint: say it in `.reviewconf`: `style = "blurb"` below `[news]`
    hint: or only here: `git config pyflow.news.style blurb`
    [exit code: 3]
    "#);
    clone.write("towncrier.toml", 
        "[tool.towncrier]\nname = \"Spam\"\ndirectory = \"news\"\n\n[tool.towncrier.fragment.feature]\n\n[tool.towncrier.fragment.note]\ncheck = false\n");
    clone.git(["add", "."]);
    clone.git(["commit", "-q", "-m", "Set up news"]);
    clone.git(["checkout", "-q", "-b", "gh-12"]);
    insta::assert_snapshot!(clone.pyflow("news add -k feature -m Eggs").snapshot(), @"
    wrote news/12.feature.rst and staged it
    issue 12 is from the branch's name, gh-12
    ");
    insta::assert_snapshot!(clone.pyflow("news add -k feature -m More").snapshot(), @"
    wrote news/12.feature.1.rst and staged it
    issue 12 is from the branch's name, gh-12
    ");
    insta::assert_snapshot!(clone.pyflow("news add -k spam -m More").snapshot(), @"
    ------- stderr -------
    error: `spam` is not a type of this project: feature, note
    hint: `--type` takes one of them
    [exit code: 2]
    ");
    clone.git(["commit", "-q", "-m", "Add eggs"]);
    insta::assert_snapshot!(clone.pyflow("news check HEAD~1").snapshot(), @"ok: 2 fragments are sound against HEAD~1");
    // A type that the project does not count is no entry, however sound the fragment.
    clone.write("news/13.note", "Not for readers.\n");
    clone.write("spam.py", "spam");
    clone.git(["add", "news", "spam.py"]);
    clone.git(["commit", "-q", "-m", "Fix spam"]);
    insta::assert_snapshot!(clone.pyflow("news check HEAD~1").snapshot(), @"
    reminder: spam.py changes, and there are only fragments of types that do not count [missing]
    hint: write one: `pyflow news add`
    hint: is it staged and not committed yet? `pyflow news check --staged`
    ");
    clone.git(["reset", "-q", "--hard", "HEAD~1"]);
    insta::assert_snapshot!(clone.pyflow("news merge").snapshot(), @"
    ------- stderr -------
    error: towncrier's news file holds every version already; there is nothing to merge
    hint: `pyflow news release VERSION --dry-run` shows the fragments as a version
    hint: `pyflow news release VERSION` adds it to the file
    [exit code: 2]
    ");
    insta::assert_snapshot!(clone.pyflow("news release 1.0 --date 2026-11-20").snapshot(), @"wrote NEWS.rst  (2 fragments; they are removed)");
    insta::assert_snapshot!(std::fs::read_to_string(clone.dir.join("NEWS.rst")).unwrap(), @"
    Spam 1.0 (2026-11-20)
    =====================

    Feature
    -------

    - More (#12)
    - Eggs (#12)
    ");
}
