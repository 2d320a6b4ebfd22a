//! B: bugs.

use super::{change_ids, plain_error, reviewers, tree};
use crate::sandbox::{Clone, ProjectOptions, World};
use crate::watch::script;

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
