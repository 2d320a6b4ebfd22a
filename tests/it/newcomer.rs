//! What somebody meets who uses it for the first time, or out of order: each reason is the right one,
//! and each hint can be followed.

use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use crate::sandbox::{World, real_git};

#[test]
fn a_folder_that_is_not_there_is_not_a_git_that_is_not_there() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("-C /nonexistent status").snapshot(), @"
    ------- stderr -------
    error: there is no folder /nonexistent (from `-C`)
    [exit code: 2]
    ");
}

#[test]
fn odd_commits_are_told_in_the_plan_and_read_in_their_own_encoding() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", ""]);
    insta::assert_snapshot!(clone.pyflow("submit -n").snapshot(), @"
    ------- stderr -------
    error: commit <commit> has no message
    hint: say what the commit does: `git commit --amend` or `git rebase -i`
    [exit code: 3]
    ");
    clone.message(&format!("Fix it\n\nChange-Id: I{}\n", "0".repeat(40)));
    insta::assert_snapshot!(clone.pyflow("submit -n").snapshot(), @"
    ------- stderr -------
    error: the message of <commit> (Fix it) has a Change-Id that is none: only zeros are a placeholder, not a Change-Id
    hint: remove the line with `git commit --amend` or `git rebase -i`; pyflow adds a right one
    [exit code: 3]
    ");

    std::fs::write(clone.dir.join(".git/latin1"), b"Fix caf\xe9\n").unwrap();
    clone.git(["-c", "i18n.commitEncoding=latin1", "commit", "-q", "--amend", "--allow-empty", "-F", ".git/latin1"]);
    insta::assert_snapshot!(clone.pyflow("-q submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #1,1  Fix café  $SERVER/c/$PROJECT/+/#1
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix café  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - needs Code-Review: At least one Code-Review +2 and no -2
      next: nothing for you to do now; it waits for others
    ");
    let list = clone.pyflow("list --format json").success().json();
    assert_eq!(list["changes"][0]["subject"], "Fix café");

    insta::assert_snapshot!(clone.pyflow("submit -n -t late -r nobody@nowhere -l Code-Review=9").snapshot(), @"
    would submit 1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix café  $SERVER/c/$PROJECT/+/#1
    note: not looked at before it is sent: whether the server knows `nobody@nowhere`, whether you may vote Code-Review+9
    then set the topic of change #1 to `late`
    then ask nobody@nowhere to review change #1
    then vote Code-Review+9 on change #1
    ");
    drop(clone.pyflow("undo").success());
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"
    ------- stderr -------
    error: there is nothing to take back: no move that pyflow made here still stands
    hint: `git reflog` shows every move
    [exit code: 3]
    ");
    clone.commit("Not sent");
    insta::assert_snapshot!(clone.pyflow("vote Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: the review server shows no change for `HEAD` (<commit>)
    hint: if it has not been sent yet: `pyflow submit`
    [exit code: 4]
    ");
    // A mirror would be pushed whole; the plan says one ref.
    clone.git(["config", "remote.gerrit.mirror", "true"]);
    assert_eq!(clone.submit("")["changes"].as_array().map(Vec::len), Some(2));
    world.server.kill();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: review server $SERVER could not be reached: connection refused
    hint: is the server running, and is the port right?
    [exit code: 5]
    ");
}

fn nobody(command: &mut Command) {
    command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER");
}

#[test]
fn setup_says_what_it_would_ask_and_what_comes_next() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").bare_clone(&project);
    let conf = clone.reviewconf(&project).replace("branch = \"main\"\n", "").replace("\"gerrit\"\nbranch", "\"\"");
    clone.write(".reviewconf", &conf);
    clone.git(["remote", "set-url", "gerrit", "https://elsewhere.example.org/x"]);
    clone.git(["remote", "rename", "gerrit", "elsewhere"]);
    insta::assert_snapshot!(clone.pyflow("setup -n").snapshot(), @"
    ok      configuration: .reviewconf: project $PROJECT on $SERVER (from .reviewconf:5)
    would   pin: ask: Send changes to project $PROJECT on $SERVER?
      hint: `--yes` answers it; nothing is asked of the server before
    ");
    insta::assert_snapshot!(clone.pyflow_with("setup --yes", nobody).snapshot(), @"
    ok      configuration: .reviewconf: project $PROJECT on $SERVER (from .reviewconf:5)
    done    pin: accepted $SERVER and project $PROJECT
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    missing credentials: none were found for this server
    done    remote: added gerrit: $SERVER/a/$PROJECT
    missing fetch: there are no credentials for the review server
      hint: sign in with a token or HTTP password: `pyflow auth login`
    missing branch: no branch is configured to land on
      hint: the project's default is main: `pyflow setup --branch main`
    next: credentials: `pyflow auth login` stores a password or token
    ");
    insta::assert_snapshot!(clone.feed("auth login --user alice --with-token", "wrong", nobody).snapshot(), @"
    ------- stderr -------
    error: the review server did not accept the credentials
    hint: nothing was stored; is `alice` the user name that the server's settings page shows?
    hint: the server wants the token, or HTTP password, that this page makes, not the one of its web pages
    [exit code: 7]
    ");
    drop(clone.feed("auth login --user alice --with-token --insecure-storage", "alice-pw", nobody).success());
    clone.git(["config", "pyflow.review.user", "bob"]);
    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"
    nothing was stored for bob on $SERVER
    hint: the credentials file holds what is alice's, and that stays; to remove it: `PYFLOW_REVIEW_USER=alice pyflow auth logout`
    ");
    clone.git(["config", "pyflow.review.user", "alice"]);
    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"removed what was stored for alice on $SERVER in the credentials file");
    // The difference is shown line by line.
    clone.git(["config", "pyflow.review.project", "another"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: the configuration is not what this clone has accepted; nothing was sent
        review.project
          accepted: $PROJECT
          now:      another (git config pyflow.review.project)
    hint: if the change is meant, accept it: pyflow setup
    [exit code: 3]
    ");
    // A project that is not there comes before the remote that does not lead to it.
    insta::assert_snapshot!(clone.pyflow("setup --yes -n").snapshot(), @"
    ok      configuration: .reviewconf: project another on $SERVER (from .reviewconf:5)
    would   pin: accept $SERVER and project another
    wrong   remote: the git remote gerrit leads to $SERVER/a/$PROJECT, not to project another on $SERVER (.reviewconf:5)
      hint: keep gerrit, and add another one for reviews: `pyflow setup --remote review`
      hint: if it is the review server by another name: `git config pyflow.review.remote NAME`
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    wrong   project: the review server refused: Not found: another
      hint: it does not exist, or you may not see it
    next: project: give its name there: `pyflow setup --project NAME`
    [exit code: 3]
    ");
}

#[test]
fn a_server_is_told_early_what_it_cannot_do() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let serve = |words: &str| clone.pyflow(&format!("serve {words}")).snapshot();
    insta::assert_snapshot!(serve("init --dir s --project p --requirement Nope"), @r#"
    ------- stderr -------
    error: there is no label "Nope"
    hint: the labels are Code-Review, Verified, Workflow
    [exit code: 2]
    "#);
    insta::assert_snapshot!(serve("user add alice --dir s"), @"
    ------- stderr -------
    error: there is no folder $WORLD/alice-2/s
    hint: `pyflow serve init --dir $WORLD/alice-2/s --project NAME` makes it
    [exit code: 3]
    ");
    drop(clone.pyflow("serve init --dir s --project p").success());
    insta::assert_snapshot!(serve("init --dir s --project p"), @"
    ------- stderr -------
    error: there is a project p already in $WORLD/alice-2/s
    hint: serve it: `pyflow serve --dir $WORLD/alice-2/s`; or give the new one another name
    [exit code: 3]
    ");
    let unready = serve("--dir s --listen 127.0.0.1:0 --ready-file /nonexist/x");
    assert!(unready.contains("error: cannot write /nonexist/x") && !unready.contains("Serving"), "{unready}");
    clone.write("s/server.toml", "[projects.p]\nsubmit-tipe = \"x\"\n");
    insta::assert_snapshot!(serve("--dir s --listen 127.0.0.1:0"), @r#"
    ------- stderr -------
    error: $WORLD/alice-2/s/server.toml is not right
      caused by: TOML parse error at line 2, column 1
          |
        2 | submit-tipe = "x"
          | ^^^^^^^^^^^
        unknown field `submit-tipe`, expected one of `description`, `submit-type`, `requirements`, `contributor-agreement`, `closed-for-review`, `visible-to`, `queue`, `no-self-approval`, `pin`, `jobs`
    [exit code: 3]
    "#);
}

/// A name that no ref can be moved by, a move that is not the last one any more, and a pin that nobody can read.
#[test]
fn what_cannot_be_done_is_refused_and_the_hint_works() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let branch = std::ffi::OsStr::from_bytes(b"l3\xe9");
    clone.git(["config", "pyflow.review.branch", "main"]);
    clone.commit("Fix the parser");
    let work = clone.head();
    let git = |words: &[&std::ffi::OsStr]| {
        let mut command = Command::new(real_git());
        assert!(command.current_dir(&clone.dir).args(words).status().unwrap().success());
    };
    git(&["checkout".as_ref(), "-q".as_ref(), "-b".as_ref(), branch]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: the name of the branch that HEAD is on is not UTF-8, so it cannot be told or moved by name
    hint: rename it: `git branch -m NAME`
    [exit code: 3]
    ");
    assert_ne!(clone.git(["symbolic-ref", "-q", "HEAD"]), "");
    clone.git(["checkout", "-q", "work"]);
    clone.submit("");
    let sent = clone.head();
    assert_ne!(sent, work);

    // A later move was that of a detached HEAD: it is not the branch's turn.
    clone.git(["checkout", "-q", "--detach"]);
    clone.commit("Test the parser");
    clone.submit("main");
    let detached = clone.head();
    clone.git(["checkout", "-q", "work"]);
    let run = clone.pyflow("undo").ends_with(3);
    assert!(run.stderr.contains("`git checkout --detach"), "{}", run.stderr);
    assert_eq!(clone.git(["rev-parse", "work"]), sent);
    clone.git(["checkout", "-q", "--detach", &detached]);
    drop(clone.pyflow("undo").success());
    drop(clone.pyflow("undo").success());
    assert_eq!(clone.git(["rev-parse", "work"]), work);
    clone.git(["checkout", "-q", "work"]);

    for damage in [&b""[..], b"\xff", b"pyflow-pin 1\nnonsense\n"] {
        std::fs::write(clone.dir.join(".git/pyflow/pin"), damage).unwrap();
        let run = clone.pyflow("submit").ends_with(3);
        assert!(run.stderr.contains("`pyflow setup`"), "{}", run.stderr);
        let run = clone.pyflow("setup --no-input").ends_with(2);
        assert!(run.stderr.contains("--yes"), "{}", run.stderr);
        drop(clone.pyflow("setup --yes").success());
        clone.submit("");
    }
    let run = clone.pyflow_with("list", |command| {
        command.env("GIT_DIR", "/nonexistent");
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: there is no git repository at '/nonexistent', which the variable GIT_DIR names
    hint: `unset GIT_DIR`, or let it name the repository
    [exit code: 3]
    ");
    clone.git(["update-ref", "refs/heads/-dash", "HEAD"]);
    clone.git(["symbolic-ref", "HEAD", "refs/heads/-dash"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r#"
    ------- stderr -------
    error: the branch name "-dash" cannot be used: no part may start with `-` or `.`
    hint: rename it: `git branch -m NAME`
    [exit code: 3]
    "#);
}
