//! git-review's defects in submitting and in setting up, each with a test that pyflow does not have
//! it. E: bad errors, B: bugs, S: security.
//!
//! Without a test here: **E4** (`y` taken for no; the answers are a table in `ui::prompt`) and
//! **E13** (no progress while a long push runs; drawn on terminals only, tested in `ui::progress`).
//! **B10** and **B14** concern commands that pyflow does not have (comparing patch sets; a hook
//! from the server): what comes nearest is tested. **B13** (`sed -i`) needs a `sed`; none is run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::sandbox::{Clone, Project, ProjectOptions, Run, World};
use crate::watch::{Doorbell, GitLog, is_trick, script};

/// A `.gitreview` for this world's server.
fn gitreview(world: &World, project: &Project, more: &str) -> String {
    let address = world.server.url().replace("http://", "");
    let (host, port) = address.split_once(':').unwrap();
    format!("[gerrit]\nhost={host}\nport={port}\nscheme=http\nproject={}\n{more}", project.name)
}

/// A program's error, and not a crash of it or of a tool below.
#[track_caller]
fn plain_error(run: Run<'_>, code: i32) -> Run<'_> {
    let run = run.ends_with(code);
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    let helps = ["hint: ", "did you mean"].iter().any(|word| run.stderr.contains(word));
    assert!(helps, "no hint: {}", run.stderr);
    for crash in ["panicked", "Traceback", "RUST_BACKTRACE", "fatal:", "exit status"] {
        assert!(!run.stderr.contains(crash), "{}", run.stderr);
    }
    run
}

/// The files of the work tree, `.git` left out.
fn tree(clone: &Clone<'_>) -> BTreeMap<PathBuf, String> {
    clone.fingerprint().into_iter().filter(|(path, _)| !path.starts_with(".git")).collect()
}

/// The Change-Id lines of a commit.
fn change_ids(clone: &Clone<'_>, commit: &str) -> Vec<String> {
    let text = clone.git(["log", "-1", "--format=%(trailers:key=Change-Id,valueonly)", commit]);
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn reviewers(world: &World, number: u64) -> Vec<String> {
    let change = world.server.change(number);
    let list = change["reviewers"]["REVIEWER"].as_array().cloned().unwrap_or_default();
    list.iter().map(|who| who["username"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Everything goes to standard output there, errors too, so that nothing can be piped.
#[test]
fn e1_errors_and_data_go_to_streams_of_their_own() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let failed = plain_error(clone.pyflow("submit nowhere/at/all"), 4);
    assert_eq!(failed.stdout, "");
    clone.commit("Fix the parser");
    let done = clone.pyflow("submit").success();
    assert!(done.stdout.contains("Fix the parser"));
    assert_eq!(done.stderr, "");
}

/// Outside a repository it names the git command that failed, and no way out.
#[test]
fn e2_outside_a_repository_it_says_so() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    for command in ["submit", "status", "setup", "list"] {
        let run = plain_error(
            clone.pyflow_with(command, |c| {
                c.current_dir(world.path("home-alice"));
            }),
            3,
        );
        assert!(!run.stderr.contains("rev-parse"), "{}", run.stderr);
        assert!(
            run.stderr.contains("not in a git repository") || run.stderr.contains("git repository"),
            "{}",
            run.stderr
        );
    }
}

/// A question with nobody at the terminal is a Python traceback.
#[test]
fn e3_without_a_terminal_the_option_that_answers_is_named() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    for n in 0..11 {
        clone.commit(&format!("Commit {n}"));
    }
    let run = plain_error(clone.pyflow("submit"), 2);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    // First use with a server that no remote leads to: whether to trust it is asked.
    clone.git(["remote", "rename", "gerrit", "origin"]);
    clone.git(["remote", "set-url", "origin", "https://elsewhere.example.org/x"]);
    let run = plain_error(clone.pyflow("setup"), 2);
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    // The name, where ssh needs one: asked of nobody, the login name is ssh's own business.
    clone.write(
        ".reviewconf",
        "version = 1\n[review]\nkind = \"gerrit\"\nurl = \"ssh://127.0.0.1:1\"\nproject = \"p\"\n",
    );
    drop(plain_error(clone.pyflow("setup --no-input"), 2));
}

/// A hashtag with a blank crashes the very check that should refuse it.
#[test]
fn e5_a_hashtag_with_a_blank_is_a_hashtag() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let run = clone.pyflow_args(["submit", "--format", "json", "--hashtag", "a b"]).success();
    let number = Clone::numbers(&run.json())[0];
    assert_eq!(world.server.change(number)["hashtags"], serde_json::json!(["a b"]));
}

/// Ranges of patch sets, a broken file, a quotation mark in a topic: tracebacks.
#[test]
fn e6_odd_input_is_an_error_or_is_taken_as_it_is() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let run = clone.pyflow_args(["submit", "--format", "json", "--topic", "it's so"]).success();
    let number = Clone::numbers(&run.json())[0];
    assert_eq!(world.server.change(number)["topic"], "it's so");
    drop(plain_error(clone.pyflow("status 1,1-2-3"), 2));
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    for broken in ["no section", "[gerrit\nhost=x", "[gerrit]\nhost", "\u{0}", "[gerrit]\nhost=a\nhost=b\n"] {
        clone.write(".gitreview", broken);
        let run = clone.pyflow("submit").ends_with(3);
        assert!(run.stderr.starts_with("error: .gitreview:"), "{}", run.stderr);
    }
}

/// A fetch that fails is followed by errors of a rebase that never began.
#[test]
fn e7_a_failed_fetch_is_told_and_nothing_else() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.kill();
    let run = plain_error(clone.pyflow("submit"), 5);
    assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);
    assert!(!run.stderr.contains("rebase"), "{}", run.stderr);
}

/// At a conflict it shows git's hints for a rebase that it has already given up.
#[test]
fn e8_a_conflict_is_a_warning_with_advice_that_works() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit_file("Mine", "f.txt", "mine\n");
    let other = world.user("carol").clone(&project);
    other.commit_file("Theirs", "f.txt", "theirs\n");
    world.server.land(Clone::numbers(&other.submit(""))[0]);
    let before = (tree(&clone), clone.git(["status", "--porcelain"]));
    let run = clone.pyflow("submit").success();
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("does not merge with main") && said.contains("f.txt"), "{said}");
    assert!(!said.contains("--continue") && !said.contains("--abort"), "{said}");
    assert_eq!(before, (tree(&clone), clone.git(["status", "--porcelain"])));
}

/// Without `defaultbranch` it pushes to `master`, whatever the project has.
#[test]
fn e9_a_project_with_main_needs_no_default_branch() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    clone.write(".gitreview", &gitreview(&world, &project, ""));
    clone.commit("Fix the parser");
    let run = clone.pyflow("submit --format json --remote gerrit");
    // Nothing tells which branch is meant: nothing is guessed, and those that are there are named.
    let error = run.ends_with(2).json();
    assert!(error["hints"][0].as_str().unwrap().contains("gerrit has 3.13, 3.14, main"), "{error:#}");
    assert_eq!(clone.pyflow("submit --format json main").success().json()["target"], "main");
    assert!(!world.server.refs(&project).contains("refs/heads/master"));
}

/// With a typing error in it, the file is said not to exist.
#[test]
fn e10_a_mistyped_key_is_named_with_its_line() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.write(".reviewconf", &clone.reviewconf(&project).replace("project =", "projcet ="));
    let run = plain_error(clone.pyflow("submit"), 3);
    assert!(run.stderr.contains(".reviewconf:6") && run.stderr.contains("project"), "{}", run.stderr);
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    clone.write(".gitreview", &gitreview(&world, &project, "").replace("host=", "hots="));
    let run = plain_error(clone.pyflow("submit"), 3);
    assert!(run.stderr.contains(".gitreview:") && run.stderr.contains("host"), "{}", run.stderr);
}

/// A server that is down is answered with a question for the user name.
#[test]
fn e11_a_server_that_is_down_is_called_that() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    world.server.kill();
    for command in ["setup", "setup --check", "setup --yes"] {
        let run = clone.pyflow(command).ends_with(5);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(text.contains("could not be reached") || text.contains("refused"), "{text}");
        assert!(!text.contains("user name") && !text.contains("username"), "{text}");
    }
}

/// A refused push is shown as it came: no reason in words, nothing to do about it.
#[test]
fn e12_every_refusal_has_a_reason_and_a_way_out() {
    let world = World::embedded();
    let agreement = world.project_with(&ProjectOptions { agreement: true, ..ProjectOptions::default() });
    let locked = world.project_with(&ProjectOptions { locked: true, ..ProjectOptions::default() });
    let plain = world.project();
    let raw = |text: &str| text.contains("remote:") || text.contains("! [remote rejected]");

    let clone = world.user("bob").clone(&agreement);
    clone.commit("Unsigned");
    let run = plain_error(clone.pyflow("submit"), 4);
    assert!(run.stderr.to_lowercase().contains("agreement") && !raw(&run.stderr), "{}", run.stderr);

    let clone = world.user("alice").clone(&locked);
    clone.commit("Not allowed");
    let run = plain_error(clone.pyflow("submit"), 4);
    assert!(!raw(&run.stderr), "{}", run.stderr);

    let clone = world.user("alice").clone(&plain);
    clone.commit("Landed");
    let run = plain_error(clone.pyflow("submit no-such-branch"), 4);
    assert!(run.stderr.contains("no-such-branch") && !raw(&run.stderr), "{}", run.stderr);
    let number = Clone::numbers(&clone.submit(""))[0];
    world.server.abandon("alice", number);
    clone.amend("Landed.txt", "again");
    let run = clone.pyflow("submit").ends_with(4);
    assert!(run.stdout.contains("abandoned") && run.stdout.contains("hint:"), "{}", run.stdout);

    clone.git(["checkout", "-q", "-b", "other", "gerrit/main", "--no-track"]);
    clone.git(["config", "user.email", "nobody@example.com"]);
    clone.commit("From elsewhere");
    let run = clone.pyflow("submit").ends_with(4);
    assert!(run.stdout.contains("nobody@example.com") && run.stdout.contains("hint:"), "{}", run.stdout);
}

/// A change that is not there is reported as its number and nothing else.
#[test]
fn e14_a_change_that_is_not_there_is_said_not_to_be_there() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let run = plain_error(clone.pyflow("status 99999"), 4);
    assert!(run.stderr.contains("no change `99999`"), "{}", run.stderr);
    assert!(run.stderr.contains("may not see it"), "{}", run.stderr);
}

/// On a detached HEAD it tries to delete the target branch after the push.
#[test]
fn e15_a_detached_head_is_sent_and_no_branch_is_touched() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "--detach"]);
    clone.commit("Fix the parser");
    let branches = clone.git(["for-each-ref", "refs/heads"]);
    clone.submit("");
    assert_eq!(clone.git(["for-each-ref", "refs/heads"]), branches);
    assert_eq!(change_ids(&clone, "HEAD").len(), 1);
    assert_eq!(clone.try_git(["symbolic-ref", "-q", "HEAD"]).code, Some(1), "still detached");
}

/// It prints no URL of its own, and nothing that a program could read.
#[test]
fn e16_the_result_has_urls_and_a_form_for_programs() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let document = clone.submit("");
    let url = document["changes"][0]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&world.server.url()), "{url}");
    assert!(clone.pyflow("submit").success().stdout.contains(&url));
}

/// `--reviewers alice BRANCH` takes the branch for a reviewer and pushes somewhere else.
#[test]
fn b1_an_option_never_eats_the_target() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "-b", "fix", "gerrit/3.14", "--no-track"]);
    clone.commit("Fix the parser");
    for words in ["--reviewer carol 3.14", "--cc carol 3.14", "--hashtag x 3.14", "--reviewer carol --cc ci 3.14"] {
        let document = clone.submit(words);
        assert_eq!(document["target"], "3.14", "{words}");
    }
    let document = clone.submit("--reviewer carol 3.14");
    assert_eq!(reviewers(&world, Clone::numbers(&document)[0]), ["carol"]);
}

/// Of a repeated `--reviewer` only the last counts.
#[test]
fn b2_options_can_be_repeated() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let document = clone.submit("--reviewer carol --reviewer bob --hashtag one --hashtag two");
    let number = Clone::numbers(&document)[0];
    let mut found = reviewers(&world, number);
    found.sort();
    assert_eq!(found, ["bob", "carol"]);
    assert_eq!(world.server.change(number)["hashtags"], serde_json::json!(["one", "two"]));
}

/// `cafe123` loses its first letters, and a URL below a path is read as another change.
#[test]
fn b3_names_of_changes_are_read_right() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("First");
    clone.commit("Second");
    let numbers = Clone::numbers(&clone.submit(""));
    let server = world.server.url();
    for number in &numbers {
        for name in [
            format!("{number}"),
            format!("{number},1"),
            format!("{server}/{number}"),
            format!("{server}/c/{}/+/{number}/1", project.name),
            format!("{server}/#/c/{number}"),
        ] {
            let run = clone.pyflow_args(["status", "--format", "json", &name]).success();
            assert_eq!(run.json()["changes"][0]["number"], *number, "{name}");
        }
    }
    let run = plain_error(clone.pyflow("status cafe123"), 2);
    assert!(run.stderr.contains("`cafe123`"), "{}", run.stderr);
    drop(plain_error(clone.pyflow("status https://elsewhere.example.org/1"), 2));
}

/// In a linked worktree the hook lands where git never looks, and changes go without Change-Id.
#[test]
fn b4_a_linked_worktree_is_as_good_as_the_first() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let linked = world.path("linked");
    clone.git(["worktree", "add", "-q", "-b", "linked", &linked.to_string_lossy(), "gerrit/main"]);
    let there = Clone { person: world.user("alice"), dir: linked };
    std::fs::copy(clone.dir.join(".reviewconf"), there.dir.join(".reviewconf")).unwrap();
    drop(there.pyflow("setup").success());
    there.commit("Fix the parser");
    let document = there.submit("");
    assert_eq!(change_ids(&there, "HEAD"), [document["changes"][0]["change_id"].as_str().unwrap()]);
    assert_eq!(document["changes"][0]["commit"], there.head());
}

/// `core.hooksPath = ~/hooks` is a traceback.
#[test]
fn b5_a_hooks_path_below_home_is_no_obstacle() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["config", "core.hooksPath", "~/hooks"]);
    drop(clone.pyflow("setup").success());
    clone.commit("Fix the parser");
    clone.submit("");
    assert_eq!(change_ids(&clone, "HEAD").len(), 1);
}

/// The first setup in a repository with a submodule fails half-way.
#[test]
fn b6_a_submodule_is_no_obstacle() {
    let world = World::embedded();
    let (outer, inner) = (world.project(), world.project());
    let clone = world.user("alice").clone(&outer);
    let sub = world.user("alice").clone(&inner);
    let from = sub.dir.to_string_lossy().into_owned();
    clone.git(["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &from, "sub"]);
    clone.git(["commit", "-q", "-m", "A submodule"]);
    drop(clone.pyflow("setup").success());
    drop(clone.pyflow("submit").success());
    // Inside it, it is its own repository, whose server nobody has named.
    let run = plain_error(
        clone.pyflow_with("submit", |c| {
            c.current_dir(clone.dir.join("sub"));
        }),
        3,
    );
    assert!(run.stderr.contains(".reviewconf") || run.stderr.contains("review"), "{}", run.stderr);
}

/// Where a hook of the person's fails, the commit goes without a Change-Id, and nobody says so.
#[test]
fn b7_a_failing_hook_does_not_cost_the_change_id() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    script(&clone.dir.join(".git/hooks/pre-commit"), "exit 1\n");
    script(&clone.dir.join(".git/hooks/commit-msg"), "exit 1\n");
    clone.submit("");
    assert_eq!(change_ids(&clone, "HEAD").len(), 1);
}

/// Two commits without the hook: neither gets a Change-Id, both are pushed.
#[test]
fn b8_every_commit_of_a_stack_gets_its_change_id() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.commit("Second");
    let document = clone.submit("");
    assert_eq!(Clone::numbers(&document).len(), 2);
    for (commit, change) in [("HEAD~1", 0), ("HEAD", 1)] {
        assert_eq!(change_ids(&clone, commit), [document["changes"][change]["change_id"].as_str().unwrap()]);
    }
}

/// `fixup!` commits are pushed without a Change-Id and without a word.
#[test]
fn b9_a_fixup_is_stopped_and_gets_a_change_id_where_it_is_meant() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    for word in ["fixup", "squash", "amend"] {
        clone.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
        clone.commit(&format!("{word}! Fix the parser"));
        let before = world.server.refs(&project);
        let run = clone.pyflow("submit").ends_with(3);
        assert!(run.stdout.contains("--autosquash"), "{}", run.stdout);
        assert_eq!(world.server.refs(&project), before);
        clone.submit("--no-verify=subjects");
        assert_eq!(change_ids(&clone, "HEAD").len(), 1, "{word}");
    }
}

/// After a patch set was checked out by number, comparing fails over a branch that is not tracked.
#[test]
fn b10_a_patch_set_that_was_checked_out_is_known_again() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = Clone::numbers(&clone.submit(""))[0];
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("");
    let url = clone.git(["remote", "get-url", "gerrit"]);
    let url = crate::sandbox::Server::with_password(&url, "alice");
    clone.git(["fetch", "-q", &url, &format!("refs/changes/{:02}/{number}/1", number % 100)]);
    clone.git(["checkout", "-q", "FETCH_HEAD"]);
    let status = clone.pyflow("status --format json").success().json();
    assert_eq!(status["changes"][0]["review"]["patch_set"], 2);
    assert_eq!(status["changes"][0]["review"]["local_patch_set"], 1);
}

/// `--yes` leaves one question over: the one for a HEAD that is on the server already.
#[test]
fn b11_nothing_to_send_is_no_question() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    for words in ["submit --yes", "submit"] {
        let run = clone.pyflow(words).success();
        assert!(format!("{}{}", run.stdout, run.stderr).contains("nothing to submit"), "{}", run.stdout);
    }
}

/// A project with a dot in its name is cut off at the dot when remotes are compared.
#[test]
fn b12_a_dot_in_a_project_name_is_part_of_it() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let conf = |project: &str| {
        format!(
            "version = 1\n[review]\nkind = \"gerrit\"\nurl = \"http://127.0.0.1:1\"\nproject = \"{project}\"\nremote = \"gerrit\"\nbranch = \"main\"\n"
        )
    };
    let check = |project: &str, remote: &str| {
        clone.write(".reviewconf", &conf(project));
        clone.git(["remote", "set-url", "gerrit", &format!("http://127.0.0.1:1/a/{remote}")]);
        clone.pyflow("submit")
    };
    for (project, remote) in
        [("org/proj.js", "org/proj.js"), ("org/proj.js", "org/proj.js.git"), ("org/proj", "org/proj.git")]
    {
        let run = check(project, remote).ends_with(5);
        assert!(!run.stderr.contains("leads to"), "{project} {remote}: {}", run.stderr);
    }
    for (project, remote) in [("org/proj.js", "org/proj"), ("org/proj", "org/proj.js"), ("org/proj.js", "org/proj.py")]
    {
        let run = plain_error(check(project, remote), 3);
        assert!(run.stderr.contains(project), "{project} {remote}: {}", run.stderr);
    }
}

/// A hook is fetched from the server and made executable, whatever the body is; over the wrong path
/// at that.
#[test]
fn b14_s5_nothing_from_the_server_is_ever_executable() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let hooks = || {
        let folder = std::fs::read_dir(clone.dir.join(".git/hooks")).map_or(0, Iterator::count);
        (folder, clone.git(["config", "--list", "--local"]))
    };
    let before = hooks();
    drop(clone.pyflow("setup --yes").success());
    clone.commit("Fix the parser");
    clone.submit("");
    assert_eq!(hooks(), before);
    let help = clone.pyflow("setup --help").success().stdout;
    assert!(!help.contains("hook"), "{help}");
}

/// A test rebase touches every file, runs hooks, and may leave the branch rebased.
#[test]
fn b15_work_tree_index_and_reflog_are_as_before() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    clone.submit("");
    let other = world.user("carol").clone(&project);
    other.commit("Unrelated");
    world.server.land(Clone::numbers(&other.submit(""))[0]);
    clone.amend("Fixtheparser.txt", "better");
    clone.write("untracked.txt", "mine");
    clone.write("Fixtheparser.txt", "not committed yet");
    for hook in ["pre-rebase", "post-checkout", "post-commit", "post-rewrite", "pre-commit", "commit-msg"] {
        script(&clone.dir.join(".git/hooks").join(hook), "touch \"$(git rev-parse --show-toplevel)/pwned\"\n");
    }
    let see = || {
        let index = clone.fingerprint().remove(std::path::Path::new(".git/index"));
        (tree(&clone), index, clone.git(["reflog"]), clone.head())
    };
    let before = see();
    assert_eq!(clone.submit("")["changes"][0]["action"], "updated");
    assert_eq!(see(), before);
}

/// A server that shows nothing to strangers has "no pending reviews".
#[test]
fn b16_what_cannot_be_seen_is_not_called_empty() {
    let world = World::embedded();
    let project = world.project_with(&ProjectOptions { secret: true, ..ProjectOptions::default() });
    let clone = world.user("carol").clone(&project);
    let anonymous = |c: &mut std::process::Command| {
        c.env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_REVIEW_TOKEN");
    };
    let run = clone.pyflow_with("list --format json", anonymous);
    if run.code == Some(0) {
        assert_eq!(run.json()["visibility"], "anonymous");
        let text = clone.pyflow_with("list", anonymous).success();
        assert!(format!("{}{}", text.stdout, text.stderr).contains("credentials"), "{}", text.stdout);
    } else {
        assert!(matches!(run.code, Some(4 | 7)), "{}{}", run.stdout, run.stderr);
    }
}

/// Values of the checked-in file become words of a command line: a push past review, a deletion.
#[test]
fn s1_the_checked_in_file_cannot_change_what_is_pushed() {
    let world = World::embedded();
    let project = world.project();
    // Carol may push anywhere.
    let clone = world.user("carol").clone(&project);
    clone.commit("Fix the parser");
    let before = world.server.refs(&project);
    let log = GitLog::new(world.path("log"));
    let hostile = [
        "main HEAD:refs/heads/main :refs/heads/3.14",
        "main:refs/heads/main",
        "+main",
        ":3.14",
        "--force",
        "--receive-pack=touch pwned",
        "-otopic",
        "main%submit",
        "main,submit",
        "refs/heads/main",
        "main\nHEAD:refs/heads/main",
        "$(touch pwned)",
    ];
    let reviewconf = clone.reviewconf(&project);
    for value in hostile {
        let quoted = serde_json::to_string(value).unwrap();
        for key in ["branch", "remote"] {
            let others = reviewconf.lines().filter(|line| !line.starts_with(&format!("{key} =")));
            let conf = others.collect::<Vec<_>>().join("\n") + &format!("\n{key} = {quoted}\n");
            clone.write(".reviewconf", &conf);
            plain_or_refused(&clone.pyflow_with("submit", |c| log.watch(c)), value);
        }
        std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
        for key in ["defaultbranch", "defaultremote", "project"] {
            let more = format!("defaultrebase=0\n{key}={value}\n");
            let text = gitreview(&world, &project, &more);
            let text =
                if key == "project" { text.replacen(&format!("project={}\n", project.name), "", 1) } else { text };
            clone.write(".gitreview", &text);
            plain_or_refused(&clone.pyflow_with("submit --yes", |c| log.watch(c)), value);
        }
        std::fs::remove_file(clone.dir.join(".gitreview")).unwrap();
    }
    assert_eq!(world.server.refs(&project), before, "{:#?}", log.calls());
    let pushes: Vec<_> = log.calls().into_iter().filter(|call| call.iter().any(|word| word == "push")).collect();
    assert!(pushes.is_empty(), "{pushes:#?}");
    assert!(!clone.dir.join("pwned").exists());
}

#[track_caller]
fn plain_or_refused(run: &Run<'_>, value: &str) {
    assert!(matches!(run.code, Some(2..=5)), "{value:?}: {:?} {}{}", run.code, run.stdout, run.stderr);
    assert!(!run.stderr.chars().any(is_trick), "{:?}", run.stderr);
}

/// A topic with a blank pushes a local branch as a branch of the server.
#[test]
fn s2_a_topic_is_a_topic() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    clone.git(["branch", "bar"]);
    clone.commit("Fix the parser");
    let heads =
        |refs: &str| refs.lines().filter(|line| line.contains("refs/heads/")).map(str::to_owned).collect::<Vec<_>>();
    let before = heads(&world.server.refs(&project));
    let log = GitLog::new(world.path("log"));
    let hostile = ["foo bar", "foo HEAD:refs/heads/main", "--force", "$(touch pwned)", "-o submit", "x\ny", "é %2C"];
    for topic in hostile {
        let topic_option = format!("--topic={topic}");
        let run = clone.run(crate::sandbox::PYFLOW, ["submit", "--format", "json", &topic_option], |c| log.watch(c));
        if run.code == Some(0) {
            let number = Clone::numbers(&run.json())[0];
            assert_eq!(world.server.change(number)["topic"], topic);
        } else {
            assert_eq!(run.code, Some(2), "{topic:?}: {}{}", run.stdout, run.stderr);
        }
    }
    assert_eq!(heads(&world.server.refs(&project)), before);
    for call in log.calls().iter().filter(|call| call.iter().any(|word| word == "push")) {
        let at = call.iter().position(|word| word == "--" || word == "--end-of-options").expect("an end of options");
        assert_eq!(call.len() - at, 3, "one remote, one refspec: {call:?}");
        assert!(call[at + 2].ends_with(":refs/for/main"), "{call:?}");
    }
    assert!(!clone.dir.join("pwned").exists());
}

/// A comma or a percent sign in a value adds push options: a merge past review, a vote.
#[test]
fn s3_a_value_cannot_smuggle_another_option() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    clone.commit("Fix the parser");
    let values =
        ["x,submit", "x%submit", "carol%l=Code-Review+2", "carol,l=Code-Review+2", "x%2Csubmit", "a,wip,private"];
    for value in values {
        for option in ["--topic", "--reviewer", "--cc", "--hashtag", "--message"] {
            let run = clone.pyflow_args(["submit", "--format", "json", &format!("{option}={value}")]);
            assert!(matches!(run.code, Some(0 | 1 | 2 | 4)), "{option} {value}: {}{}", run.stdout, run.stderr);
        }
        for (option, code) in [("-osubmit", 2), ("-o%submit", 2), ("-omerged", 2), ("-oedit", 2)] {
            let run = clone.pyflow_args(["submit", option]);
            assert_eq!(run.code, Some(code), "{option}: {}{}", run.stdout, run.stderr);
        }
    }
    let changes = clone.pyflow("list --format json").success().json();
    let changes = changes["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    let change = world.server.change(changes[0]["number"].as_u64().unwrap());
    assert_eq!(change["status"], "NEW");
    assert!(!change["work_in_progress"].as_bool().unwrap_or(false));
    assert_eq!(changes[0]["votes"], serde_json::json!([]));
}

/// Subjects and topics of strangers reach the terminal as they are.
#[test]
fn s4_a_strangers_text_does_not_steer_the_terminal() {
    let world = World::embedded();
    let project = world.project();
    let stranger = world.user("bob").clone(&project);
    stranger.commit_file("Fix \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m \u{202e}txt.exe", "a.txt", "a");
    let number = Clone::numbers(&stranger.submit(""))[0];
    world.server.rest(
        "bob",
        "PUT",
        &format!("changes/{number}/topic"),
        Some(&serde_json::json!({ "topic": "\u{202e}\u{200b}der" })),
    );
    let clone = world.user("alice").clone(&project);
    let number = number.to_string();
    for words in
        [vec!["list"], vec!["status", &number], vec!["vote", &number, "Code-Review=1"], vec!["list", "--color=always"]]
    {
        let run = clone.pyflow_args(&words);
        let text = format!("{}{}", run.stdout, run.stderr);
        // Colours of our own are the one thing that may stay.
        let text = text
            .split("\u{1b}[")
            .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').trim_start_matches('m'))
            .collect::<String>();
        assert!(!text.chars().any(is_trick), "{words:?}: {text:?}");
        assert!(!text.contains("[2J"), "{words:?}: {text:?}");
    }
    let run = clone.pyflow_args(["status", "--format", "json", &number]).success();
    assert!(!run.stdout.chars().any(is_trick), "{:?}", run.stdout);
    assert!(run.json()["changes"][0]["subject"].as_str().unwrap().contains("\u{1b}]0;owned\u{7}"));
}

/// On its first run it connects to whatever host the file names, with the user's name.
#[test]
fn s6_no_host_is_contacted_before_it_was_accepted() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let bell = Doorbell::new();
    let commands = [
        "submit",
        "submit -n",
        "status",
        "status 1",
        "list",
        "vote 1,1 Code-Review=1",
        "setup",
        "setup --check",
        "setup -n",
        "auth status",
        "auth login --user alice --with-token",
    ];
    let probe = |file: &str, text: &str| {
        for other in [".reviewconf", ".gitreview"] {
            std::fs::remove_file(clone.dir.join(other)).ok();
        }
        clone.write(file, text);
        for command in commands {
            let run = clone.feed(command, "alice-pw\n", |_| {});
            // A plan says what would be asked.
            let told = command == "setup -n" && run.code == Some(0) && run.stdout.contains("would   pin: ask: ");
            assert!(told || matches!(run.code, Some(2 | 3)), "{command}: {:?} {}{}", run.code, run.stdout, run.stderr);
        }
    };
    let conf = clone.reviewconf(&project).replace(&world.server.url(), &format!("http://{}", bell.address));
    let ssh = conf.replace("http://127.0.0.1", "ssh://localhost");
    let ini = gitreview(&world, &project, "")
        .replace(&world.server.url().replace("http://127.0.0.1:", "port="), &format!("port={}", bell.address.port()));
    for (file, text) in [(".reviewconf", &conf), (".reviewconf", &ssh), (".gitreview", &ini)] {
        probe(file, text);
    }
    // The same once this clone has accepted its own server.
    clone.write(".reviewconf", &clone.reviewconf(&project));
    std::fs::remove_file(clone.dir.join(".gitreview")).ok();
    drop(clone.pyflow("setup --yes").success());
    for (file, text) in [(".reviewconf", &conf), (".reviewconf", &ssh), (".gitreview", &ini)] {
        probe(file, text);
    }
    assert_eq!(bell.rung(), 0);
    bell.must_work();
}

/// With `http.sslVerify=false` somewhere, certificates are not looked at, and nobody says so.
#[test]
fn s7_no_setting_makes_an_unknown_certificate_good() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let impostor = Impostor::new();
    let url = format!("https://localhost:{}", impostor.port);
    clone.write(
        ".reviewconf",
        &format!("version = 1\n[review]\nkind = \"gerrit\"\nurl = \"{url}\"\nproject = \"p\"\nbranch = \"main\"\n"),
    );
    clone.git(["remote", "set-url", "gerrit", &format!("{url}/a/p")]);
    clone.git(["config", "http.sslVerify", "false"]);
    clone.git(["config", &format!("http.{url}/.sslVerify"), "false"]);
    clone.git(["config", &format!("http.{url}/a/p.sslVerify"), "false"]);
    for words in ["list", "status 1", "vote 1,1 Code-Review=1", "setup --check", "auth status", "submit", "submit -n"] {
        let run = clone.pyflow_with(words, |c| {
            c.env("GIT_SSL_NO_VERIFY", "1").env("PYFLOW_REVIEW_TOKEN_FOR", &url);
        });
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(5), "{words}: {text}");
        assert!(text.contains("certificate"), "{words}: {text}");
    }
    let heard = impostor.heard.lock().unwrap().clone();
    assert!(!heard.contains("uthorization"), "{heard}");
}

/// A server for TLS with a certificate that nobody vouches for.
struct Impostor {
    port: u16,
    heard: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Impostor {
    fn new() -> Self {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use std::io::Read as _;

        let certificate = CertificateDer::from_pem_slice(include_bytes!("../../fixtures/tls/certificate.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../fixtures/tls/key.pem")).unwrap();
        let config =
            rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let config = std::sync::Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::sync::Arc::<std::sync::Mutex<String>>::default();
        let notes = std::sync::Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(mut stream), Ok(mut connection)) = (stream, rustls::ServerConnection::new(config.clone()))
                else {
                    continue;
                };
                stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).ok();
                let mut words = [0; 4096];
                if let Ok(count) = rustls::Stream::new(&mut connection, &mut stream).read(&mut words) {
                    notes.lock().unwrap().push_str(&String::from_utf8_lossy(&words[..count]));
                }
            }
        });
        Self { port, heard }
    }
}

/// Paths become words of a shell.
#[test]
fn s8_s9_paths_and_hooks_of_the_tree_are_not_run() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let odd = "hooks $(touch pwned); 'x' \"y\" && touch pwned";
    clone.git(["config", "core.hooksPath", odd]);
    for hook in ["pre-review", "post-review", "commit-msg", "pre-commit", "pre-rebase"] {
        script(&clone.dir.join(odd).join(hook), "touch pwned \"$HOME/pwned\"\n");
        script(&clone.dir.join(".git/hooks").join(hook), "touch pwned \"$HOME/pwned\"\n");
    }
    clone.write(".git/info/exclude", ".reviewconf\nhooks*\n");
    clone.git(["-c", "core.hooksPath=/nowhere", "commit", "-q", "--allow-empty", "-m", "Fix the parser"]);
    drop(clone.pyflow("setup --yes").success());
    clone.submit("");
    assert!(!clone.dir.join("pwned").exists() && !world.path("home-alice/pwned").exists());
    assert_eq!(change_ids(&clone, "HEAD").len(), 1);
}

/// A password in a remote's URL is shown in `-v`, on setup and in errors.
#[test]
fn s10_a_password_in_a_url_is_never_shown() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let url = clone.git(["remote", "get-url", "gerrit"]);
    clone.git(["remote", "set-url", "gerrit", &url.replace("://", "://alice:sesame-4711@")]);
    clone.commit("Fix the parser");
    let token = |c: &mut std::process::Command| {
        c.env("PYFLOW_REVIEW_TOKEN", "alice-pw");
    };
    for words in [
        "setup -v",
        "setup --check -v",
        "submit -n -v",
        "submit -v",
        "submit -v --format json",
        "status -v",
        "list -v",
        "auth status -v",
    ] {
        let run = clone.pyflow_with(words, token);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("sesame") && !text.contains("alice-pw"), "{words}: {text}");
    }
    clone.git(["remote", "set-url", "gerrit", "http://alice:sesame-4711@127.0.0.1:1/a/elsewhere"]);
    for words in ["setup -v", "submit -v", "status"] {
        let run = clone.pyflow_with(words, token);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("sesame"), "{words}: {text}");
        assert_ne!(run.code, Some(0));
    }
}

/// The token reaches git by a way that neither arguments, environments nor hooks show.
#[test]
fn s10_a_token_is_in_no_argument_and_in_no_environment() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let seen = world.path("seen");
    std::fs::create_dir_all(&seen).unwrap();
    for hook in ["pre-push", "reference-transaction", "post-rewrite"] {
        script(
            &clone.dir.join(".git/hooks").join(hook),
            &format!(
                "{{ echo 'ran {hook}'; echo \"$@\"; env; for p in \"$PPID\" $$; do tr '\\0' ' ' < \"/proc/$p/cmdline\"; tr '\\0' '\\n' < \"/proc/$p/environ\"; done; }} >> '{}/hook' 2>&1\nexit 0\n",
                seen.display()
            ),
        );
    }
    let log = GitLog::new(world.path("log"));
    for words in ["setup -v", "submit -v --topic x", "status -v", "vote -v 1,1 Code-Review=1"] {
        let run = clone.pyflow_with(words, |c| log.watch(c));
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("alice-pw"), "{words}: {text}");
    }
    let hook = std::fs::read_to_string(seen.join("hook")).unwrap();
    assert!(hook.contains("ran pre-push"), "{hook}");
    assert!(!hook.contains("alice-pw"), "{hook}");
    assert!(!log.environment().contains("alice-pw"));
    assert!(!log.calls().iter().flatten().any(|word| word.contains("alice-pw")));
    // Nor is it left behind in a file.
    let found = clone.try_git(["grep", "--no-index", "-c", "alice-pw", "--", ".git"]);
    assert_eq!(found.stdout, "");
}
