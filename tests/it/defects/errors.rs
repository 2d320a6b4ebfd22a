//! E: errors that say nothing, or the wrong thing.

use super::{change_ids, gitreview, plain_error, tree};
use crate::sandbox::{Clone, ProjectOptions, World};

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
