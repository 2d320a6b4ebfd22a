//! What Gerrit 3.4, of before submit requirements, says in its own words: what pyflow makes of them,
//! in place of the scenarios that assert a later version's.

use serde_json::json;

use crate::sandbox::{Clone, World};
use crate::scenarios::Scenario;

/// Each stands for the scenario of the same name.
const ALL: &[Scenario] = &[
    ("listing::status_in_conflict", status_in_conflict),
    ("listing::status_of_a_stack", status_of_a_stack),
    ("listing::status_with_a_newer_patch_set", status_with_a_newer_patch_set),
    ("listing::status_work_in_progress", status_work_in_progress),
    ("options::base", base),
    ("push_table::a_short_base", a_short_base),
    ("push_table::based_on_another_branch", based_on_another_branch),
    ("push_table::votes_that_the_update_outdates", votes_that_the_update_outdates),
];

/// Why a scenario cannot be played there.
pub fn not_here(name: &str) -> Option<&'static str> {
    (name == "cla::missing_signed_and_submitted").then_some("3.4 is booted with its agreements switched off")
}

/// What is asserted of 3.4 instead of this scenario.
pub fn instead(name: &str) -> Option<fn(&World)> {
    ALL.iter().find(|(other, _)| *other == name).map(|(_, scenario)| *scenario)
}

/// A label takes the place of a requirement.
fn status_of_a_stack(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("First");
    clone.commit("Second");
    let numbers = Clone::numbers(&clone.submit(""));
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  First  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - needs Code-Review+2 from a core developer
      next: nothing for you to do now; it waits for others

    #2  Second  open  for main
      $SERVER/c/$PROJECT/+/#2
      patch set 1, owned by Alice Able
      - waits for change #1, below it
      - needs Code-Review+2 from a core developer
      next: nothing for you to do now; it waits for others
    ");
    world.server.vote("carol", numbers[0], "Code-Review", 2);
    let document = clone.pyflow("status --format json").success().json();
    let requirements = |at: usize| document["changes"][at]["review"]["requirements"].clone();
    assert_eq!(requirements(0)[0]["name"], "Code-Review", "{document:#}");
    assert_eq!(requirements(0)[0]["status"], "satisfied", "{document:#}");
    assert_eq!(requirements(1)[0]["status"], "unsatisfied", "{document:#}");
}

fn status_in_conflict(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit_file("Mine", "same.txt", "mine\n");
    clone.submit("");
    let other = world.user("alice").clone(&project);
    other.commit_file("Theirs", "same.txt", "theirs\n");
    world.server.land(other.submit_one(""));
    clone.fetch();
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Mine  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it conflicts with main as last fetched
      - needs Code-Review+2 from a core developer
      next: rebase it onto main and submit again
    ");
}

fn status_with_a_newer_patch_set(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let bob = world.user("bob").clone(&project);
    bob.fetch_patch_set(number, 1);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("Fixtheparser.txt", "bob's");
    bob.submit("");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  open  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 2, owned by Alice Able
      - your commit is patch set 1; the newest is 2 by Bob Baker
      - needs Code-Review+2 from a core developer
      next: take over patch set 2 before you go on: `git fetch gerrit refs/changes/NN/#1/2`
    ");
}

fn status_work_in_progress(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("--wip");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"
    #1  Fix the parser  work in progress  for main
      $SERVER/c/$PROJECT/+/#1
      patch set 1, owned by Alice Able
      - it is marked as work in progress
      - needs Code-Review+2 from a core developer
      next: when it is finished: `pyflow submit --ready`
    ");
}

/// A base on another branch of the project is taken as it is: 3.4 looks for no implicit merge there.
fn base(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let first = clone.submit_one("");
    let fork = clone.git(["rev-parse", "HEAD~"]);
    assert_ne!(clone.submit_one(&format!("3.14 --base {}", &fork[..9])), first);
    clone.commit("Fix the lexer");
    insta::assert_snapshot!(clone.pyflow("submit --base HEAD~").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #3,1  Fix the lexer  $SERVER/c/$PROJECT/+/#3
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

/// It fails where later versions say what is wrong; nothing arrives.
fn a_short_base(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let (head, refs) = (clone.head(), world.server.refs(&project));
    insta::assert_snapshot!(clone.pyflow("submit -o base=b4cca42").snapshot(), @"
    ------- stderr -------
    error: the review server failed, as it does when a change is pushed twice at the same time
      caused by: the server said: error: internal error
    hint: try again: what has arrived is found out first
    [exit code: 5]
    ");
    assert_eq!((clone.head(), world.server.refs(&project)), (head, refs));
}

/// It takes what later versions refuse: pyflow's own warning is all that is said.
fn based_on_another_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "-b", "old", "gerrit/3.14", "--no-track"]);
    clone.commit("Only in 3.14");
    world.server.land(clone.submit_one("3.14"));
    clone.fetch();
    clone.git(["checkout", "-q", "-b", "fix", "gerrit/3.14", "--no-track"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit 3.13").snapshot(), @"
    1 commit for 3.13 (as you said)
    created   #2,1  Fix the parser  $SERVER/c/$PROJECT/+/#2
    warning: 1 commit below this stack is on another branch of the server and not on 3.13; landing it would bring it along [merge]
      hint: is 3.13 the branch that this work was started from? `pyflow submit BRANCH` names another
    moved refs/heads/fix to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

/// The vote is lost, and the push's answer does not say so.
fn votes_that_the_update_outdates(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    world.server.vote("bob", number, "Code-Review", 1);
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    ");
    let votes = &world.server.change(number)["labels"]["Code-Review"]["all"];
    let given: Vec<_> = votes.as_array().into_iter().flatten().filter(|vote| vote["value"] != json!(0)).collect();
    assert!(given.iter().all(|vote| vote["value"].is_null()), "{votes:#}");
}
