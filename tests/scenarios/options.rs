//! What `pyflow submit` can ask besides the commits, and what comes of it on the server.

use serde_json::{Value, json};

use crate::sandbox::{Clone, Run, World};

crate::scenarios![
    topic,
    topic_as_it_is,
    hashtags,
    reviewers_and_a_target_after_them,
    a_reviewer_whom_nobody_knows_keeps_nobody_away,
    a_group_and_an_address,
    cc,
    work_in_progress_until_ready,
    private,
    label,
    message,
    notify,
    base,
    free_options,
    nothing_smuggled,
    defaults_of_ones_own,
    defaults_from_the_environment,
    options_carried_over_when_nothing_is_new,
    options_reach_the_unchanged_part_of_a_stack,
    a_vote_is_not_given_twice,
];

fn one(world: &World) -> Clone<'_> {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone
}

#[track_caller]
fn number(run: &Run<'_>) -> u64 {
    Clone::numbers(&run.json())[0]
}

/// Login names of those who are on a change in this role.
fn people(change: &Value, role: &str) -> Vec<String> {
    let list = change["reviewers"][role].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> = list.iter().map(|account| account["username"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn topic(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("--topic parser");
    assert_eq!(world.server.change(number)["topic"], "parser");
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("-t lexer");
    assert_eq!(world.server.change(number)["topic"], "lexer");
    // What is not asked stays as it is.
    clone.amend("Fixtheparser.txt", "best");
    clone.submit("");
    assert_eq!(world.server.change(number)["topic"], "lexer");
}

fn topic_as_it_is(world: &World) {
    let clone = one(world);
    let topic = "a,b c/é%2C_+";
    let run = clone.pyflow_args(["submit", "--format", "json", "--topic", topic]).success();
    assert_eq!(world.server.change(number(&run))["topic"], topic);
}

fn hashtags(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("--hashtag #one --hashtag two");
    assert_eq!(world.server.change(number)["hashtags"], json!(["one", "two"]));
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("--hashtag three");
    assert_eq!(world.server.change(number)["hashtags"], json!(["one", "three", "two"]));
    insta::assert_snapshot!(clone.pyflow("submit --hashtag a,b").snapshot(), @"
    ------- stderr -------
    error: --hashtag: `a,b` holds a comma
    hint: give each hashtag a --hashtag of its own
    [exit code: 2]
    ");
}

/// A target after options is a target, however often they are repeated.
/// On a change that is there already each is asked for by a request of their own.
fn a_reviewer_whom_nobody_knows_keeps_nobody_away(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let run = clone.pyflow("submit --reviewer nosuch --reviewer bob").ends_with(4);
    assert!(format!("{}{}", run.stdout, run.stderr).contains("nosuch"), "{}{}", run.stdout, run.stderr);
    assert_eq!(people(&world.server.change(number), "REVIEWER"), ["bob"]);
}

fn reviewers_and_a_target_after_them(world: &World) {
    let clone = one(world);
    let change = world.server.change(clone.submit_one("--reviewer bob -r carol 3.14"));
    assert_eq!(people(&change, "REVIEWER"), ["bob", "carol"]);
    assert_eq!(change["branch"], "3.14");
}

fn a_group_and_an_address(world: &World) {
    let clone = one(world);
    let group = if world.server.is_embedded() { "core" } else { "core-developers" };
    let change = world.server.change(clone.submit_one(&format!("-r {group} --cc bob@example.com")));
    assert!(people(&change, "REVIEWER").contains(&"carol".to_owned()), "{}", change["reviewers"]);
    assert_eq!(people(&change, "CC"), ["bob"]);
}

fn cc(world: &World) {
    let clone = one(world);
    let change = world.server.change(clone.submit_one("--cc bob --cc carol 3.14"));
    assert_eq!(people(&change, "CC"), ["bob", "carol"]);
    assert_eq!(people(&change, "REVIEWER"), [""; 0]);
    assert_eq!(change["branch"], "3.14");
}

fn work_in_progress_until_ready(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("--wip");
    assert_eq!(world.server.change(number)["work_in_progress"], true);
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("");
    assert_eq!(world.server.change(number)["work_in_progress"], true, "a plain update leaves it so");
    clone.submit("--ready");
    assert_ne!(world.server.change(number)["work_in_progress"], true);
    clone.amend("Fixtheparser.txt", "best");
    clone.submit("--wip");
    assert_eq!(world.server.change(number)["work_in_progress"], true);
}

/// The embedded server cannot keep secrets, and says so instead of pretending.
fn private(world: &World) {
    let clone = one(world);
    if world.server.is_embedded() {
        let mine = clone.head();
        insta::assert_snapshot!(clone.pyflow("submit --private").snapshot(), @"
        ------- stderr -------
        error: the review server refused the push: private changes are not supported: this server cannot keep secrets
        [exit code: 4]
        ");
        assert_eq!(clone.head(), mine);
        return;
    }
    let number = clone.submit_one("--private");
    assert_eq!(world.server.rest("alice", "GET", &format!("changes/{number}"), None)["is_private"], true);
    clone.submit("--no-private");
    assert_ne!(world.server.change(number)["is_private"], true);
    assert_eq!(clone.pyflow("submit --private --no-private").ends_with(2).stdout, "");
}

fn votes(change: &Value, label: &str) -> Vec<(String, i64)> {
    let all = change["labels"][label]["all"].as_array().cloned().unwrap_or_default();
    let vote = |vote: &Value| Some((vote["username"].as_str()?.to_owned(), vote["value"].as_i64()?));
    all.iter().filter_map(vote).filter(|(_, value)| *value != 0).collect()
}

fn label(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("--label Code-Review=-1");
    assert_eq!(votes(&world.server.change(number), "Code-Review"), [("alice".to_owned(), -1)]);
    insta::assert_snapshot!(clone.pyflow("submit --label Code-Review").snapshot(), @"
    ------- stderr -------
    error: `Code-Review` is not a vote: `LABEL=VALUE` is wanted
    hint: write LABEL=VALUE, for example `Code-Review=-1`
    [exit code: 2]
    ");
}

fn message(world: &World) {
    let clone = one(world);
    let text = "Moves a_b+c, 100 %21 sure: é";
    let run = clone.pyflow_args(["submit", "--format", "json", "--message", text]).success();
    let change = world.server.change(number(&run));
    let revision = change["current_revision"].as_str().unwrap();
    assert_eq!(change["revisions"][revision]["description"], text);
}

fn notify(world: &World) {
    let clone = one(world);
    for (round, whom) in ["none", "owner", "owner-reviewers", "all"].iter().enumerate() {
        clone.amend("Fixtheparser.txt", &round.to_string());
        let plan = clone.submit(&format!("-n --notify {whom}"));
        let spelled = whom.to_uppercase().replace('-', "_");
        assert!(plan["steps"][0]["options"].to_string().contains(&format!("notify={spelled}")), "{plan:#}");
        clone.submit(&format!("--notify {whom}"));
    }
}

/// `--base` is for a commit that is a change on another branch already: it says where the new one
/// begins. Inside the stack Gerrit takes it for a merge of another branch.
fn base(world: &World) {
    let clone = one(world);
    let first = clone.submit_one("");
    let fork = clone.git(["rev-parse", "HEAD~"]);
    let second = clone.submit_one(&format!("3.14 --base {}", &fork[..9]));
    assert_ne!(first, second);
    clone.commit("Fix the lexer");
    insta::assert_snapshot!(clone.pyflow("submit --base HEAD~").snapshot(), @"
    ------- stderr -------
    error: the stack is based on another branch, which it would merge along
      caused by: the server said: ERROR: Implicit Merge of <commit> Fix the parser
    hint: rebase it onto the branch that it should land on, or name the right one: `pyflow submit TARGET`
    [exit code: 4]
    ");
    insta::assert_snapshot!(clone.pyflow("submit --base nosuch").snapshot(), @"
    ------- stderr -------
    error: `nosuch` is not a commit of this repository
    hint: `git log --oneline` lists what is there
    [exit code: 2]
    ");
}

fn free_options(world: &World) {
    let clone = one(world);
    let change = world.server.change(clone.submit_one("-o topic=free -o hashtag=tag --push-option wip"));
    assert_eq!((&change["topic"], &change["hashtags"]), (&json!("free"), &json!(["tag"])));
    assert_eq!(change["work_in_progress"], true);
}

/// No value can bring an option of its own along.
fn nothing_smuggled(world: &World) {
    let clone = one(world);
    let run = clone.pyflow_args(["submit", "--format", "json", "--topic", "x,submit%l=Code-Review+2"]).success();
    let change = world.server.change(number(&run));
    assert_eq!((&change["topic"], &change["status"]), (&json!("x,submit%l=Code-Review+2"), &json!("NEW")));
    assert_eq!(votes(&change, "Code-Review"), []);
    clone.amend("Fixtheparser.txt", "better");
    for who in ["bob,submit", "bob%l=Code-Review+2", "bob\nsubmit"] {
        let run = clone.pyflow_args(["submit", "--reviewer", who]);
        assert!(matches!(run.code, Some(2 | 4)), "{who:?}: {}{}", run.stdout, run.stderr);
    }
    assert_eq!(world.server.change(number(&run))["revisions"].as_object().unwrap().len(), 1);
}

fn defaults_of_ones_own(world: &World) {
    let clone = one(world);
    for (key, value) in [
        ("topic", "mine"),
        ("reviewers", "bob"),
        ("reviewers", "carol"),
        ("cc", "ci"),
        ("hashtags", "tag"),
        ("readiness", "wip"),
        ("notify", "none"),
    ] {
        clone.git(["config", "--add", &format!("pyflow.submit.{key}"), value]);
    }
    let number = clone.submit_one("");
    let change = world.server.change(number);
    assert_eq!((&change["topic"], &change["hashtags"]), (&json!("mine"), &json!(["tag"])));
    assert_eq!(
        (people(&change, "REVIEWER"), people(&change, "CC")),
        (vec!["bob".into(), "carol".into()], vec!["ci".into()])
    );
    assert_eq!(change["work_in_progress"], true);
    // What is typed comes before.
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("--topic typed --ready");
    let change = world.server.change(number);
    assert_eq!(change["topic"], "typed");
    assert_ne!(change["work_in_progress"], true);
    clone.git(["config", "pyflow.submit.topik", "mine"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    done set the topic of change #1 to `mine`
    done mark change #1 as work in progress
    ------- stderr -------
    warning: git config pyflow.submit.topik: this pyflow has no such key; it is ignored; did you mean `submit.topic`?
    ");
}

fn defaults_from_the_environment(world: &World) {
    let clone = one(world);
    clone.git(["config", "pyflow.submit.topic", "config"]);
    let run = clone.pyflow_with("submit --format json", |command| {
        command.env("PYFLOW_SUBMIT_TOPIC", "environment").env("PYFLOW_SUBMIT_REVIEWERS", "bob,carol");
    });
    let change = world.server.change(number(&run.success()));
    assert_eq!(change["topic"], "environment");
    assert_eq!(people(&change, "REVIEWER"), ["bob", "carol"]);
}

/// Gerrit ignores options of a push that brings nothing new; they are carried over by REST.
fn options_carried_over_when_nothing_is_new(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("");
    let words = "submit --topic late --hashtag tag -r bob --cc carol --wip -l Code-Review=1 --message Described";
    insta::assert_snapshot!(clone.pyflow(&format!("{words} -n")).snapshot(), @"
    would submit 1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    note: not looked at before it is sent: whether the server knows `bob`, whether the server knows `carol`, whether you may vote Code-Review+1
    then set the topic of change #1 to `late`
    then add the hashtags `tag` to change #1
    then ask bob to review change #1
    then ask carol to follow change #1
    then mark change #1 as work in progress
    then describe the patch set of change #1
    then vote Code-Review+1 on change #1
    ");
    insta::assert_snapshot!(clone.pyflow(words).snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    done set the topic of change #1 to `late`
    done add the hashtags `tag` to change #1
    done ask bob to review change #1
    done ask carol to follow change #1
    done mark change #1 as work in progress
    done describe the patch set of change #1
    done vote Code-Review+1 on change #1
    ");
    let change = world.server.change(number);
    assert_eq!((&change["topic"], &change["hashtags"]), (&json!("late"), &json!(["tag"])));
    // Who votes becomes a reviewer.
    assert_eq!(people(&change, "REVIEWER"), ["alice", "bob"]);
    assert_eq!(people(&change, "CC"), ["carol"]);
    assert_eq!(votes(&change, "Code-Review"), [("alice".to_owned(), 1)]);
    assert_eq!(change["work_in_progress"], true);
    let revision = change["current_revision"].as_str().unwrap();
    assert_eq!(change["revisions"].as_object().unwrap().len(), 1);
    assert_eq!(change["revisions"][revision]["description"], "Described");
    // What is so already is not asked again.
    let plan = clone.submit("-n --topic late --hashtag tag -r bob --cc carol --wip -l Code-Review=1");
    assert!(
        plan["steps"].as_array().is_none_or(|steps| steps.iter().all(|step| step["step"] == "remember")),
        "{plan:#}"
    );
}

fn options_reach_the_unchanged_part_of_a_stack(world: &World) {
    let clone = one(world);
    clone.submit("");
    clone.commit("Fix the lexer");
    let numbers = Clone::numbers(&clone.submit("--topic both"));
    for number in numbers {
        assert_eq!(world.server.change(number)["topic"], "both");
    }
}

fn a_vote_is_not_given_twice(world: &World) {
    let clone = one(world);
    let number = clone.submit_one("--label Code-Review=1");
    let before = world.server.change(number)["messages"].as_array().unwrap().len();
    clone.submit("--label Code-Review=1");
    assert_eq!(world.server.change(number)["messages"].as_array().unwrap().len(), before);
}
