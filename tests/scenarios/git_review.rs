//! What git-review's own suite asks of submitting and setting up, in our terms.
//!
//! Rows as git-review 2.5.0's functional and unit tests have them; 15, 42 and 65 to 71 are about
//! downloading, or are skipped there. `=` marks a deliberate difference: the work tree is never
//! rebased, and no hook is ever installed.
//!
//! | row | what | here |
//! | --- | --- | --- |
//! | 1-3 | remote from the command line, git's configuration, the file | `remote_from_three_places` |
//! | 4 | a fresh clone, no hook | `=` `no_hook_and_still_a_change_id`; `push_table::every_commit_gets_a_change_id` |
//! | 5 | `--version` | `version` |
//! | 6-14 | hooks: installing, detached, outdated, subdirectory, `core.hooksPath` | `=` `no_hook_and_still_a_change_id`; `shapes::detached`, `shapes::a_subdirectory` |
//! | 16 | several commits ask, `-y` does not | `stack::more_than_max_stack` |
//! | 17, 18 | reviewers, cc | `options::reviewers_and_a_target_after_them`, `options::cc` |
//! | 19, 20 | unstaged and staged changes | `=` `shapes::a_dirty_tree_stays_as_it_is` |
//! | 21, 22 | dirty submodules | `shapes::with_a_dirty_submodule` |
//! | 23 | unknown target | `push_table::an_unknown_branch` |
//! | 24, 25 | a conflict, and the aborted rebase | `=` `a_conflict_leaves_no_rebase_behind`; `stack::in_conflict_with_the_target` |
//! | 26, 28 | the parent stays as it is | `=` `an_old_base_stays_the_base` |
//! | 27 | a branch that tracks another target | `=` `the_tracked_branch_is_the_target` |
//! | 29, 36-38 | rebase anyway | `=` `there_is_no_option_to_rebase` |
//! | 30 | detached, in French | `detached_in_french` |
//! | 31-34 | topics | `no_topic_that_nobody_asked_for`; `options::topic` |
//! | 35 | only open changes of this project | `listing::list_only_open_ones_of_this_project` |
//! | 39 | `--no-thin` | `configuration_of_push_is_gits` |
//! | 40, 41 | `insteadOf`, `pushInsteadOf` | `instead_of` |
//! | 43, 44 | nothing of the machine's configuration | every scenario: `sandbox::Person::environment` |
//! | 45 | an error that is not ASCII | `not_ascii` |
//! | 46-48 | the table of changes | `list_lines_up`; unit tests of `ui::table` |
//! | 49-51 | colours | `colours`; unit tests of `ui` |
//! | 52-55, 62, 63 | tracking: local, none, remote, and a target that is named | `the_tracked_branch_is_the_target`, `a_local_upstream_is_no_target` |
//! | 56-61 | HTTP errors, and git's credentials | `git_credentials`; `push_table::a_wrong_password`, `push_table::no_password` |
//! | 72-76 | ssh URLs | unit tests of `config::remote_url` |
//! | 77, 78 | git's version | `an_old_git` |

use crate::sandbox::{Clone, World};

crate::scenarios![
    remote_from_three_places,
    no_hook_and_still_a_change_id,
    version,
    a_conflict_leaves_no_rebase_behind,
    an_old_base_stays_the_base,
    the_tracked_branch_is_the_target,
    a_local_upstream_is_no_target,
    there_is_no_option_to_rebase,
    detached_in_french,
    no_topic_that_nobody_asked_for,
    configuration_of_push_is_gits,
    instead_of,
    not_ascii,
    list_lines_up,
    colours,
    git_credentials,
    an_old_git,
];

/// Rows 1 to 3.
fn remote_from_three_places(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let url = clone.git(["remote", "get-url", "gerrit"]);
    for name in ["from-config", "from-environment", "from-command-line"] {
        clone.git(["remote", "add", name, &url]);
        clone.git(["fetch", "-q", &clone.url(), &format!("+refs/heads/*:refs/remotes/{name}/*")]);
    }
    clone.commit("Fix the parser");
    assert_eq!(clone.submit("-n")["remote"], "gerrit");
    clone.git(["config", "pyflow.review.remote", "from-config"]);
    assert_eq!(clone.submit("-n")["remote"], "from-config");
    let words = |words: &str| {
        let run = clone.pyflow_with(&format!("submit --format json {words}"), |command| {
            command.env("PYFLOW_REVIEW_REMOTE", "from-environment");
        });
        run.success().json()["remote"].as_str().unwrap().to_owned()
    };
    assert_eq!(words("-n"), "from-environment");
    assert_eq!(words("-n --remote from-command-line"), "from-command-line");
    assert_eq!(words("--remote from-command-line"), "from-command-line");
}

/// Rows 4 and 6 to 14, as a difference: nothing is installed, wherever hooks are looked for, and
/// every commit has its Change-Id once it is sent.
fn no_hook_and_still_a_change_id(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let elsewhere = world.path("hooks");
    for (round, hooks) in
        [None, Some("hooks-here".into()), Some(elsewhere.to_string_lossy().into_owned())].iter().enumerate()
    {
        if let Some(hooks) = hooks {
            clone.git(["config", "core.hooksPath", hooks]);
        }
        clone.commit(&format!("Round {round}"));
        clone.submit("");
        assert!(clone.git(["log", "-1", "--format=%(trailers:key=Change-Id)"]).starts_with("Change-Id: I"));
    }
    assert!(!clone.dir.join(".git/hooks/commit-msg").exists());
    assert!(!clone.dir.join("hooks-here").exists() && !elsewhere.exists());
}

/// Row 5.
fn version(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let run = clone.pyflow("--version").success();
    assert_eq!(run.stdout, format!("pyflow {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(run.stderr, "");
}

/// Everything in the work tree, the index and git's record of HEAD.
fn tree(clone: &Clone<'_>) -> Vec<(std::path::PathBuf, String)> {
    let own = |path: &std::path::Path| {
        !path.starts_with(".git") || path.ends_with(".git/index") || path.starts_with(".git/logs/HEAD")
    };
    clone.fingerprint().into_iter().filter(|(path, _)| own(path)).collect()
}

/// Two who change one file: alice's commit is not based on what has landed.
fn outdated<'w>(world: &'w World, mine: &str) -> Clone<'w> {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit_file("Mine", mine, "mine\n");
    clone.submit("");
    clone.amend(mine, "mine, better\n");
    let other = world.user("alice").clone(&project);
    other.commit_file("Theirs", "same.txt", "theirs\n");
    world.server.land(other.submit_one(""));
    clone
}

/// Rows 24 and 25, as a difference: a conflict is told and sent, and no rebase is ever begun.
fn a_conflict_leaves_no_rebase_behind(world: &World) {
    let clone = outdated(world, "same.txt");
    let before = (tree(&clone), clone.head());
    let document = clone.submit("");
    assert_eq!(document["changes"][0]["action"], "updated");
    let merge = document["checks"].as_array().unwrap().iter().find(|check| check["name"] == "merge").unwrap();
    assert_eq!(merge["result"], "warning");
    assert_eq!((tree(&clone), clone.head()), before);
    assert!(!clone.dir.join(".git/rebase-merge").exists() && !clone.dir.join(".git/rebase-apply").exists());
}

/// Rows 26 and 28, as a difference: without a conflict nothing is said, and nothing rebased.
fn an_old_base_stays_the_base(world: &World) {
    let clone = outdated(world, "other.txt");
    let before = (tree(&clone), clone.head(), clone.git(["rev-parse", "HEAD~"]));
    let document = clone.submit("");
    let change = world.server.change(Clone::numbers(&document)[0]);
    let sent = &change["revisions"][change["current_revision"].as_str().unwrap()]["commit"]["parents"][0]["commit"];
    assert_eq!(sent, &before.2.clone());
    assert_eq!((tree(&clone), clone.head(), clone.git(["rev-parse", "HEAD~"])), before);
}

/// Rows 27, 54, 62 and 63: the upstream on the review remote is the target, unless one is named.
fn the_tracked_branch_is_the_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "-b", "maint", "--track", "gerrit/3.14"]);
    clone.commit("Fix the parser");
    let document = clone.submit("");
    assert_eq!(document["target"], "3.14");
    clone.amend("Fixtheparser.txt", "better");
    let again = clone.submit("");
    assert_eq!(again["changes"][0]["change_id"], document["changes"][0]["change_id"]);
    assert_eq!(again["changes"][0]["action"], "updated");
    let named = clone.submit("-n 3.13");
    assert_eq!((&named["target"], &named["target_reason"]), (&"3.13".into(), &"as you said".into()));
}

/// Rows 52, 53 and 55: what is tracked locally, or nowhere, or is not there any more.
fn a_local_upstream_is_no_target(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["branch", "-q", "topic"]);
    clone.git(["branch", "-q", "--set-upstream-to=topic", "work"]);
    clone.commit("Fix the parser");
    assert_eq!(clone.submit("-n")["target"], "main");
    clone.git(["branch", "-q", "--unset-upstream", "work"]);
    assert_eq!(clone.submit("-n")["target"], "main");
    clone.git(["config", "branch.work.remote", "gerrit"]);
    clone.git(["config", "branch.work.merge", "refs/heads/gone"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: there is no branch gone on the remote gerrit
    hint: `git ls-remote --heads gerrit` lists the branches that are there
    hint: name the branch that the change should land on: `pyflow submit BRANCH`
    [exit code: 4]
    ");
}

/// Rows 29 and 36 to 38, as a difference.
fn there_is_no_option_to_rebase(world: &World) {
    let clone = outdated(world, "other.txt");
    for option in ["-F", "-R", "-K", "--rebase", "--no-rebase", "--force-rebase", "--keep-rebase"] {
        let run = clone.pyflow(&format!("submit {option}")).ends_with(2);
        assert!(run.stderr.contains("unexpected argument"), "{}", run.stderr);
    }
    let before = (tree(&clone), clone.head());
    clone.git(["config", "gitreview.rebase", "1"]);
    clone.submit("");
    assert_eq!((tree(&clone), clone.head()), before);
}

/// Row 30: nothing is read from words that git translates.
fn detached_in_french(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "--detach"]);
    clone.commit("Corrige l'analyseur");
    let run = clone.pyflow_with("submit --format json", |command| {
        command.env("LANG", "fr_FR.UTF-8").env("LC_ALL", "fr_FR.UTF-8").env("LANGUAGE", "fr");
    });
    let document = run.success().json();
    assert_eq!((&document["target"], &document["changes"][0]["action"]), (&"main".into(), &"created".into()));
    assert!(world.server.change(Clone::numbers(&document)[0])["topic"].is_null());
}

/// Rows 31 to 34.
fn no_topic_that_nobody_asked_for(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    for branch in ["review/johndoe/123456", "bug/42", "feature"] {
        clone.git(["checkout", "-q", "-b", branch, "gerrit/main", "--no-track"]);
        clone.commit(&format!("Fix on {branch}"));
        let number = clone.submit_one("");
        assert!(world.server.change(number)["topic"].is_null(), "{branch}");
    }
    assert_eq!(clone.pyflow("submit --topic a --topic b").ends_with(2).stdout, "");
}

/// Row 39: what git can be told about pushes, git's configuration tells.
fn configuration_of_push_is_gits(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    for (key, value) in [
        ("push.default", "matching"),
        ("push.followTags", "true"),
        ("push.pushOption", "submit"),
        ("push.gpgSign", "false"),
        ("push.recurseSubmodules", "on-demand"),
        ("remote.gerrit.mirror", "false"),
        ("pack.window", "0"),
        ("fetch.prune", "true"),
    ] {
        clone.git(["config", key, value]);
    }
    clone.commit("Fix the parser");
    clone.git(["tag", "-a", "-m", "A tag", "v1"]);
    let number = clone.submit_one("");
    assert_eq!(world.server.change(number)["status"], "NEW", "no option comes from git's configuration");
    let refs = clone.git(["ls-remote", &clone.url(), "refs/tags/*"]);
    assert_eq!(refs, "", "no tag comes along");
}

/// Rows 40 and 41.
fn instead_of(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let base = format!("{}/a/", world.server.url());
    clone.git(["config", &format!("url.{base}.insteadOf"), "short:"]);
    clone.git(["remote", "set-url", "gerrit", &format!("short:{}", project.name)]);
    let run = clone.pyflow("submit --format json").success();
    assert_eq!(run.json()["changes"][0]["action"], "created");
    clone.git(["config", "--unset", &format!("url.{base}.insteadOf")]);
    let url = world.server.push_url(&project);
    let reading = url.replacen("://127.0.0.1", "://localhost", 1);
    clone.git(["remote", "set-url", "gerrit", &url]);
    clone.git(["config", &format!("url.{url}.pushInsteadOf"), &reading]);
    clone.amend("Fixtheparser.txt", "better");
    let run = clone.pyflow("submit --format json").success();
    assert_eq!(run.json()["changes"][0]["action"], "updated");
}

/// Row 45.
fn not_ascii(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit_file("Prüft 漢字 und 🐍", "prüfung/漢字.txt", "ü\n");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #1,1  Prüft 漢字 und 🐍  $SERVER/c/$PROJECT/+/#1
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    insta::assert_snapshot!(clone.pyflow("submit zürich").snapshot(), @"
    ------- stderr -------
    error: there is no branch zürich on the remote gerrit
    hint: `git ls-remote --heads gerrit` lists the branches that are there
    hint: name the branch that the change should land on: `pyflow submit BRANCH`
    [exit code: 4]
    ");
    let run = clone.pyflow_with("submit zürich", |command| {
        command.env("LC_ALL", "C");
    });
    assert!(run.ends_with(4).stderr.contains("zürich"));
}

/// Rows 46 to 48: a line for a change, whatever its subject is.
fn list_lines_up(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let long = "A subject that is much longer than any terminal is wide, ".repeat(4);
    clone.commit(long.trim_end_matches(", "));
    clone.commit("Short");
    clone.submit("");
    let run = clone.pyflow("list").success();
    assert_eq!(run.stdout.lines().count(), 3, "{}", run.stdout);
    let narrow = clone.pyflow_with("list", |command| {
        command.env("COLUMNS", "60");
    });
    assert_eq!(narrow.stdout, run.stdout, "what is no terminal has no width");
    assert_eq!(clone.pyflow("list --topic nosuch").success().stdout, "no open changes\n");
}

/// Rows 49 to 51.
fn colours(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    let coloured = |words: &str, name: &str, value: &str| {
        let run = clone.pyflow_with(words, |command| {
            command.env(name, value);
        });
        run.success().stdout.contains('\u{1b}')
    };
    assert!(!coloured("status", "X", "1"), "not a terminal");
    assert!(coloured("status --color always", "X", "1"));
    assert!(coloured("status", "CLICOLOR_FORCE", "1"));
    assert!(!coloured("status --color never", "CLICOLOR_FORCE", "1"));
    clone.git(["config", "color.ui", "always"]);
    assert!(coloured("status", "X", "1"), "git's own setting");
    clone.git(["config", "pyflow.ui.color", "never"]);
    assert!(!coloured("status", "X", "1"), "and pyflow's before it");
    assert!(!coloured("status --color always --format json", "X", "1"), "a document has no colours");
}

/// Rows 58 to 61: what git's credential helpers know is used, for git and for requests.
fn git_credentials(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let host = world.server.url().replacen("http://", "", 1);
    let store = |password: &str| {
        let file = clone.person.home.join("credentials");
        std::fs::write(&file, format!("http://alice:{password}@{host}\n")).unwrap();
        clone.git(["config", "credential.helper", &format!("store --file={}", file.display())]);
    };
    let run = |words: &str| {
        clone.pyflow_with(words, |command| {
            command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER");
        })
    };
    store("alice-pw");
    clone.commit("Fix the parser");
    assert_eq!(run("submit --format json").success().json()["changes"][0]["action"], "created");
    assert_eq!(run("status --format json").success().json()["visibility"], "full");
    store("wrong");
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(run("submit").ends_with(7).stdout, "");
}

/// Rows 77 and 78.
fn an_old_git(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let folder = world.path("old");
    std::fs::create_dir(&folder).unwrap();
    let shim = folder.join("git");
    let real = clone.run("sh", ["-c", "command -v git"], |_| {}).success().stdout;
    let script = format!(
        "#!/bin/sh\nfor word; do case \"$word\" in version|--version) echo 'git version 2.30.2'; exit ;; esac; done\nexec {} \"$@\"\n",
        real.trim()
    );
    std::fs::write(&shim, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&shim, mode).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let run = clone.pyflow_with("submit", |command| {
        command.env("PATH", path);
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: git version 2.30.2 is too old: pyflow needs git 2.38 or later
    hint: install a newer git; `command -v git` shows which one is found
    [exit code: 3]
    ");
}
