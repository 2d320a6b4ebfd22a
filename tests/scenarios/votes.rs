//! `pyflow vote` and `pyflow approve`: for exactly the patch set that was looked at.

use serde_json::json;

use crate::sandbox::{Clone, ProjectOptions, World};

crate::scenarios![
    by_number_and_patch_set,
    by_head,
    an_old_patch_set,
    not_said_which_patch_set,
    another_commit_than_any_patch_set,
    several_at_once,
    an_unknown_label,
    a_value_out_of_range,
    more_than_one_may,
    with_words,
    on_work_in_progress,
    before_the_checks_have_reported,
    approve_by_head,
    approve_what_is_configured,
    approve_is_not_for_everybody,
    a_merged_change,
    an_abandoned_change,
    no_vote_and_no_change,
    not_a_vote,
    an_unknown_change,
    only_shown,
    without_credentials,
];

/// Alice's change, and a clone of bob's that is at it.
fn change<'w>(world: &'w World, reviewer: &str) -> (Clone<'w>, Clone<'w>, u64) {
    let project = world.project();
    let alice = world.user("alice").clone(&project);
    alice.commit("Fix the parser");
    let number = alice.submit_one("");
    let other = world.user(reviewer).clone(&project);
    other.fetch_patch_set(number, 1);
    other.git(["checkout", "-q", "--detach", "FETCH_HEAD"]);
    (alice, other, number)
}

fn votes(world: &World, number: u64, label: &str) -> Vec<(String, i64)> {
    let change = world.server.change(number);
    let all = change["labels"][label]["all"].as_array().cloned().unwrap_or_default();
    let vote = |vote: &serde_json::Value| Some((vote["username"].as_str()?.to_owned(), vote["value"].as_i64()?));
    all.iter().filter_map(vote).filter(|(_, value)| *value != 0).collect()
}

fn by_number_and_patch_set(world: &World) {
    let (_, bob, number) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"voted Code-Review +1 on #1,1  Fix the parser");
    assert_eq!(votes(world, number, "Code-Review"), [("bob".to_owned(), 1)]);
    let document = bob.pyflow(&format!("vote {number},1 Code-Review=-1 --format json")).success().json();
    assert_eq!(document["changes"][0]["number"], number);
    assert_eq!(votes(world, number, "Code-Review"), [("bob".to_owned(), -1)]);
}

fn by_head(world: &World) {
    let (_, bob, number) = change(world, "bob");
    for words in ["vote Code-Review=1", "vote HEAD Code-Review=-1", "vote Code-Review=+1"] {
        bob.pyflow(words).success().snapshot();
    }
    assert_eq!(votes(world, number, "Code-Review"), [("bob".to_owned(), 1)]);
}

fn an_old_patch_set(world: &World) {
    let (alice, bob, number) = change(world, "bob");
    alice.amend("Fixtheparser.txt", "better");
    alice.submit("");
    insta::assert_snapshot!(bob.pyflow("vote Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: patch set 1 of change #1 is not the newest: that is 2 by Alice Able
    hint: look at it, then vote on `#1,2`
    [exit code: 4]
    ");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"
    ------- stderr -------
    error: patch set 1 of change #1 is not the newest: that is 2 by Alice Able
    hint: look at it, then vote on `#1,2`
    [exit code: 4]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn not_said_which_patch_set(world: &World) {
    let (_, bob, number) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number} Code-Review=1")).snapshot(), @"
    ------- stderr -------
    error: `#1` does not say which patch set you have looked at
    hint: the newest is 1: `#1,1`
    [exit code: 2]
    ");
    let id = world.server.change(number)["change_id"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(bob.pyflow(&format!("vote {id} Code-Review=1")).snapshot(), @"
    ------- stderr -------
    error: `<Change-Id>` does not say which patch set you have looked at
    hint: the newest is 1: `#1,1`
    [exit code: 2]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn another_commit_than_any_patch_set(world: &World) {
    let (_, bob, number) = change(world, "bob");
    bob.amend("Fixtheparser.txt", "not sent");
    insta::assert_snapshot!(bob.pyflow("vote Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: <commit> is no patch set of change #1: a vote would be for something else
    hint: the newest patch set is 1: look at it, then vote on `#1,1`
    [exit code: 4]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn several_at_once(world: &World) {
    let (alice, bob, first) = change(world, "bob");
    alice.commit("Fix the lexer");
    let second = Clone::numbers(&alice.submit(""))[1];
    insta::assert_snapshot!(bob.pyflow(&format!("vote {first},1 {second},1 Code-Review=1")).snapshot(), @"
    voted Code-Review +1 on #1,1  Fix the parser
    voted Code-Review +1 on #2,1  Fix the lexer
    ");
    // One that is not as it was looked at, and nothing is voted.
    insta::assert_snapshot!(bob.pyflow(&format!("vote {first},1 {second},2 Code-Review=-1")).snapshot(), @"
    ------- stderr -------
    error: patch set 2 of change #2 is not the newest: that is 1 by Alice Able
    hint: look at it, then vote on `#2,1`
    [exit code: 4]
    ");
    for number in [first, second] {
        assert_eq!(votes(world, number, "Code-Review"), [("bob".to_owned(), 1)]);
    }
}

/// Gerrit drops labels that it does not know, and says 200.
fn an_unknown_label(world: &World) {
    let (_, bob, number) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Nope=1")).snapshot(), @"
    not voted on #1,1: the review server dropped the vote Nope+1: no such label here, or no such value
      hint: labels here: Code-Review -2..+2, Verified -2..+2, Workflow -1..+1
    [exit code: 4]
    ");
}

fn a_value_out_of_range(world: &World) {
    let (_, carol, number) = change(world, "carol");
    insta::assert_snapshot!(carol.pyflow(&format!("vote {number},1 Code-Review=5")).snapshot(), @"
    not voted on #1,1: the review server dropped the vote Code-Review+5: no such label here, or no such value
      hint: labels here: Code-Review -2..+2, Verified -2..+2, Workflow -1..+1
    [exit code: 4]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn more_than_one_may(world: &World) {
    let (_, bob, number) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=2")).snapshot(), @"
    not voted on #1,1: you may not give Code-Review the value 2 here
      hint: `pyflow auth status` shows who you are there
    [exit code: 4]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn with_words(world: &World) {
    let (_, bob, number) = change(world, "bob");
    bob.pyflow_args(["vote", &format!("{number},1"), "Code-Review=1", "-m", "Good: é, 100 %21"]).success().snapshot();
    let messages = world.server.change(number)["messages"].to_string();
    assert!(messages.contains("Good: é, 100 %21"), "{messages}");
}

fn on_work_in_progress(world: &World) {
    let (alice, bob, number) = change(world, "bob");
    alice.submit("--wip");
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"
    voted Code-Review +1 on #1,1  Fix the parser
      warning: change #1 is marked as work in progress
    ");
}

fn before_the_checks_have_reported(world: &World) {
    let project = world.project_with(&ProjectOptions { checked: true, ..ProjectOptions::default() });
    let alice = world.user("alice").clone(&project);
    alice.commit("Fix the parser");
    let number = alice.submit_one("");
    let carol = world.user("carol").clone(&project);
    // Only what approves, and was taken, is early.
    insta::assert_snapshot!(carol.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"voted Code-Review +1 on #1,1  Fix the parser");
    insta::assert_snapshot!(carol.pyflow(&format!("vote {number},1 Nope=1")).snapshot(), @"
    not voted on #1,1: the review server dropped the vote Nope+1: no such label here, or no such value
      hint: labels here: Code-Review -2..+2, Verified -2..+2, Workflow -1..+1
    [exit code: 4]
    ");
    insta::assert_snapshot!(carol.pyflow(&format!("vote {number},1 Code-Review=2")).snapshot(), @"
    voted Code-Review +2 on #1,1  Fix the parser
      warning: the checks have not reported on change #1 yet
    ");
    world.server.vote("ci", number, "Verified", 1);
    insta::assert_snapshot!(carol.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"voted Code-Review +1 on #1,1  Fix the parser");
}

fn approve_by_head(world: &World) {
    let (_, carol, number) = change(world, "carol");
    insta::assert_snapshot!(carol.pyflow("approve").snapshot(), @"voted Code-Review +2 on #1,1  Fix the parser");
    let change = world.server.change(number);
    assert!(
        change["status"] == "MERGED" || votes(world, number, "Code-Review") == [("carol".to_owned(), 2)],
        "{change:#}"
    );
}

fn approve_what_is_configured(world: &World) {
    let project = world.project_with(&ProjectOptions { checked: true, ..ProjectOptions::default() });
    let alice = world.user("alice").clone(&project);
    alice.commit("Fix the parser");
    let number = alice.submit_one("");
    let carol = world.user("carol").clone(&project);
    let file = carol.reviewconf(&project) + "approve = { \"Code-Review\" = 2, \"Workflow\" = 1 }\n";
    carol.write(".reviewconf", &file);
    insta::assert_snapshot!(carol.pyflow(&format!("approve {number},1 -m Thanks")).snapshot(), @"
    voted Code-Review +2, Workflow +1 on #1,1  Fix the parser
      warning: the checks have not reported on change #1 yet
    ");
    assert_eq!(votes(world, number, "Code-Review"), [("carol".to_owned(), 2)]);
    assert_eq!(votes(world, number, "Workflow"), [("carol".to_owned(), 1)]);
}

fn approve_is_not_for_everybody(world: &World) {
    let (_, bob, number) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow("approve").snapshot(), @"
    not voted on #1,1: you may not give Code-Review the value 2 here
      hint: `pyflow auth status` shows who you are there
    [exit code: 4]
    ");
    assert_eq!(votes(world, number, "Code-Review"), []);
}

fn a_merged_change(world: &World) {
    let (_, bob, number) = change(world, "bob");
    world.server.land(number);
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"
    ------- stderr -------
    error: change #1 is merged: it waits for no votes
    [exit code: 4]
    ");
}

fn an_abandoned_change(world: &World) {
    let (_, bob, number) = change(world, "bob");
    world.server.abandon("alice", number);
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1")).snapshot(), @"
    ------- stderr -------
    error: change #1 is abandoned: it waits for no votes
    [exit code: 4]
    ");
}

fn no_vote_and_no_change(world: &World) {
    let (_, bob, _) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow("vote HEAD").snapshot(), @"
    ------- stderr -------
    error: no vote was given
    hint: for example `pyflow vote 1841,3 Code-Review=2`
    [exit code: 2]
    ");
    insta::assert_snapshot!(bob.pyflow("vote").snapshot(), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <CHANGE… LABEL=VALUE>...

    Usage: pyflow vote <CHANGE… LABEL=VALUE>...

    For more information, try '--help'.
    [exit code: 2]
    ");
    bob.git(["checkout", "-q", "gerrit/main"]);
    insta::assert_snapshot!(bob.pyflow("vote Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: the review server shows no change for `HEAD` (<commit>)
    hint: if it has not been sent yet: `pyflow submit`
    [exit code: 4]
    ");
}

fn not_a_vote(world: &World) {
    let (_, bob, number) = change(world, "bob");
    for vote in ["Code-Review=x", "=1", "-A=1", "Code,Review=1"] {
        let run = bob.pyflow_args(["vote", "--", &format!("{number},1"), vote]).ends_with(2);
        assert!(run.stderr.contains("hint: write LABEL=VALUE"), "{}", run.stderr);
    }
    insta::assert_snapshot!(bob.pyflow(&format!("vote {number},1 Code-Review=1 Code-Review=-1")).snapshot(), @"
    ------- stderr -------
    error: Code-Review is voted on twice
    [exit code: 2]
    ");
}

fn an_unknown_change(world: &World) {
    let (_, bob, _) = change(world, "bob");
    insta::assert_snapshot!(bob.pyflow("vote 99999999,1 Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: the review server shows no change `99999999,1`
    hint: it is not in $PROJECT, the project of this clone, or you may not see it
    [exit code: 4]
    ");
    insta::assert_snapshot!(bob.pyflow("vote nosuch Code-Review=1").snapshot(), @"
    ------- stderr -------
    error: `nosuch` is neither a change nor a branch or commit of this repository
    hint: name a change by number (1841), number and patch set (1841,3), URL, Change-Id, branch or commit
    [exit code: 2]
    ");
}

fn only_shown(world: &World) {
    let (_, bob, number) = change(world, "bob");
    let before = bob.fingerprint();
    insta::assert_snapshot!(bob.pyflow(&format!("vote -n {number},1 Code-Review=1")).snapshot(), @"would vote Code-Review +1 on #1,1  Fix the parser");
    let document = bob.pyflow("vote -n Code-Review=1 --format json").success().json();
    assert_eq!(document["planned"], json!(true));
    assert_eq!(votes(world, number, "Code-Review"), []);
    assert_eq!(bob.fingerprint(), before);
}

fn without_credentials(world: &World) {
    let (_, bob, number) = change(world, "bob");
    let run = bob.pyflow_with(&format!("vote {number},1 Code-Review=1"), |command| {
        command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER");
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: a vote is somebody's, and there are no credentials for the review server
    hint: sign in with a token or HTTP password: `pyflow auth login`
    [exit code: 7]
    ");
}
