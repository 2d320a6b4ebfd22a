//! Every row of the table of what Gerrit answers to a push: what pyflow says and does instead.
//!
//! Most of them are told before anything is sent. What a plain `git push` of the same wrong thing
//! gets is the server's business, and tested with the embedded server.

use serde_json::json;

use crate::sandbox::{Clone, Project, ProjectOptions, World};

crate::scenarios![
    an_older_patch_set_again,
    landed_already,
    abandoned_and_unchanged,
    the_same_commit_for_a_second_branch,
    every_commit_gets_a_change_id,
    a_malformed_change_id,
    two_change_ids_in_a_commit,
    a_change_id_above_the_footer,
    a_change_id_and_nothing_else,
    a_link_instead_of_a_change_id,
    the_same_change_id_twice,
    an_unknown_branch,
    a_merged_change_amended,
    an_abandoned_change_amended,
    somebody_elses_committer,
    somebody_elses_author,
    an_orphan,
    based_on_another_branch,
    only_refs_for_is_written,
    an_unknown_push_option,
    a_label_that_there_is_not,
    a_value_that_the_label_has_not,
    a_restricted_vote,
    work_in_progress_and_ready,
    quotation_marks_in_a_topic,
    a_short_base,
    an_unknown_reviewer,
    an_unknown_cc,
    options_that_merge,
    one_push_for_a_stack,
    two_at_once,
    a_dry_run_sends_nothing,
    only_the_message_changed,
    only_the_author_changed,
    only_the_dates_changed,
    votes_that_the_update_outdates,
    somebody_elses_newer_patch_set,
    the_same_change_id_on_another_branch,
    no_agreement_signed,
    a_locked_project,
    an_unknown_project,
    an_invisible_project,
    a_wrong_password,
    no_password,
];

/// A stack's remote side: every ref but the server's own notes.
fn refs(world: &World, project: &Project) -> Vec<String> {
    let refs = world.server.refs(project);
    let own = |line: &&str| !line.ends_with("/meta") && !line.contains("refs/meta/") && !line.ends_with("\tHEAD");
    refs.lines().filter(own).map(ToOwned::to_owned).collect()
}

/// "no new changes", for an older patch set's commit.
fn an_older_patch_set_again(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.amend("Fixtheparser.txt", "better");
    clone.submit("");
    clone.git(["reset", "-q", "--hard", "HEAD@{1}"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: this commit is patch set 1 of change #1, and there is a newer one (patch set 2, by Alice Able)
    hint: `pyflow status #1` shows it
    [exit code: 4]
    ");
}

/// "no new changes", for a change that has landed as it is.
fn landed_already(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.land(clone.submit_one(""));
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"note: nothing to submit: gerrit/main has every commit of this stack");
}

/// "no new changes", for an abandoned change as it is.
fn abandoned_and_unchanged(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.abandon("alice", clone.submit_one(""));
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: change #1 is abandoned, it takes no new patch set
    hint: restore it on the server; or, for a new change, take the Change-Id out of the commit's message
    [exit code: 4]
    ");
}

/// "no new changes", for a commit that is a change on another branch: it gets its `base`.
fn the_same_commit_for_a_second_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let first = clone.submit_one("");
    let second = clone.submit("3.14");
    assert_eq!(second["changes"][0]["action"], "created");
    let number = Clone::numbers(&second)[0];
    assert_ne!(number, first);
    let (one, two) = (world.server.change(first), world.server.change(number));
    assert_eq!((&one["branch"], &two["branch"]), (&json!("main"), &json!("3.14")));
    assert_eq!(one["current_revision"], two["current_revision"]);
    assert_eq!(clone.submit("")["changes"][0]["number"], first);
    assert_eq!(clone.submit("3.14")["changes"][0]["number"], number);
}

/// "missing Change-Id": never happens.
fn every_commit_gets_a_change_id(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let (first, second) = (clone.commit("First"), clone.commit("Second\n\nWith a body.\n\nSigned-off-by: A <a@b.c>"));
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    created   #1,1  First  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    let log = clone.git(["log", "-2", "--format=%b%(trailers:key=Change-Id)"]);
    assert_eq!(log.matches("Change-Id: I").count(), 4, "{log}");
    assert_ne!((clone.git(["rev-parse", "HEAD~"]), clone.head()), (first, second));
    assert_eq!(clone.git(["status", "--porcelain"]), "");
}

fn odd_message(world: &World, message: &str) -> String {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    clone.message(message);
    let before = (clone.head(), refs(world, &project));
    let text = clone.pyflow("submit").snapshot();
    assert_eq!((clone.head(), refs(world, &project)), before, "something was moved or sent");
    text
}

/// "invalid Change-Id line format in message footer"
fn a_malformed_change_id(world: &World) {
    insta::assert_snapshot!(odd_message(world, "Fix the parser\n\nChange-Id: I1234\n"), @"
    ------- stderr -------
    error: the message of <commit> (Fix the parser) has a Change-Id that is none: `I` and 40 lowercase hexadecimal digits are wanted
    hint: remove the line with `git commit --amend` or `git rebase -i`; pyflow adds a right one
    [exit code: 3]
    ");
}

/// "multiple Change-Id lines in message footer"
fn two_change_ids_in_a_commit(world: &World) {
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    let message = format!("Fix the parser\n\nChange-Id: I{a}\nChange-Id: I{b}\n");
    insta::assert_snapshot!(odd_message(world, &message), @"
    ------- stderr -------
    error: the message of <commit> (Fix the parser) has several Change-Id lines
    hint: keep the one of the change that this commit is: `git commit --amend` or `git rebase -i`
    [exit code: 3]
    ");
}

/// "Change-Id must be in message footer"
fn a_change_id_above_the_footer(world: &World) {
    let message = format!("Fix the parser\n\nChange-Id: I{}\n\nMore to say.\n", "a".repeat(40));
    insta::assert_snapshot!(odd_message(world, &message), @"
    ------- stderr -------
    error: the message of <commit> (Fix the parser) has its Change-Id above the last paragraph, where the server does not look
    hint: move the line to the end of the message: `git commit --amend` or `git rebase -i`
    [exit code: 3]
    ");
}

/// "missing subject; Change-Id must be in message footer"
fn a_change_id_and_nothing_else(world: &World) {
    insta::assert_snapshot!(odd_message(world, &format!("Change-Id: I{}\n", "a".repeat(40))), @"
    ------- stderr -------
    error: the message of <commit> (Change-Id: <Change-Id>) has no subject, only a Change-Id
    hint: say what the commit does: `git commit --amend` or `git rebase -i`
    [exit code: 3]
    ");
}

/// `Link: <server>/id/I…` stands for a Change-Id.
fn a_link_instead_of_a_change_id(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let id = format!("I{}", "c".repeat(40));
    let sent = clone.message(&format!("Fix the parser\n\nLink: {}/id/{id}\n", world.server.url()));
    let document = clone.submit("");
    assert_eq!((&document["changes"][0]["change_id"], clone.head()), (&json!(id), sent));
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(clone.submit("")["changes"][0]["action"], "updated");
}

/// "same Change-Id in multiple changes."
fn the_same_change_id_twice(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    let footer = format!("\n\nChange-Id: I{}", "c".repeat(40));
    clone.commit(&format!("First{footer}"));
    clone.commit(&format!("Second{footer}"));
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    new       <commit>  First
    new       <commit>  Second
    stop: <commit> (First) and <commit> (Second) bear the same Change-Id <Change-Id> [change-ids]
      hint: one change: squash them with `git rebase -i`
      hint: two changes: remove the Change-Id line from one of them with `git rebase -i` and `reword`
    nothing was sent
    [exit code: 3]
    ");
}

/// "branch nosuch not found"
fn an_unknown_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit nosuch").snapshot(), @"
    ------- stderr -------
    error: there is no branch nosuch on the remote gerrit
    hint: `git ls-remote --heads gerrit` lists the branches that are there
    hint: name the branch that the change should land on: `pyflow submit BRANCH`
    [exit code: 4]
    ");
    // The old way to give a topic.
    insta::assert_snapshot!(clone.pyflow("submit main/topic").snapshot(), @"
    ------- stderr -------
    error: there is no branch main/topic on the remote gerrit
    hint: `git ls-remote --heads gerrit` lists the branches that are there
    hint: name the branch that the change should land on: `pyflow submit BRANCH`
    [exit code: 4]
    ");
}

/// "change … closed", after it was merged.
fn a_merged_change_amended(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.land(clone.submit_one(""));
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    update    #1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    stop: change #1 is merged: it takes no new patch set, and <commit> (Fix the parser) bears its Change-Id [closed]
      hint: drop the commit that has landed: `git rebase` onto the fetched target
      hint: or, for a new change, remove its Change-Id line: `git commit --amend`
    warning: does not merge with main as it is now; in conflict: Fixtheparser.txt [merge]
      hint: it can be reviewed like this; to land it, rebase onto main and submit again
    nothing was sent
    [exit code: 4]
    ");
}

/// "change … closed", after it was abandoned; the stack on top of it fails as a whole.
fn an_abandoned_change_amended(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.abandon("alice", clone.submit_one(""));
    clone.amend("Fixtheparser.txt", "better");
    clone.commit("On top");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    update    #1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    new       <commit>  On top
    stop: change #1 is abandoned: it takes no new patch set, and <commit> (Fix the parser) bears its Change-Id [closed]
      hint: restore the change on the server first
      hint: or, for a new change, remove its Change-Id line: `git commit --amend`
    nothing was sent
    [exit code: 4]
    ");
}

/// "invalid committer"
fn somebody_elses_committer(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["config", "user.email", "alice@elsewhere.example.org"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  Fix the parser
    stop: the committer of <commit> (Fix the parser) is alice@elsewhere.example.org, an address that your account on the server does not have (it has alice@example.com) [committer]
      hint: commit as yourself: `git config user.email alice@example.com`, then `git commit --amend --no-edit`
      hint: if you may forge committers on this server: `--no-verify=committer`
    nothing was sent
    [exit code: 4]
    ");
    // The check can be left out; then the server has the last word.
    insta::assert_snapshot!(clone.pyflow("submit --no-verify=committer").snapshot(), @"
    ------- stderr -------
    error: the committer's address of commit <commit> is not registered in your account
      caused by: the server said: ERROR: commit <commit>: email address alice@elsewhere.example.org is not registered in your account, and you lack 'forge committer' permission. / The following addresses are currently registered: / alice@example.com / To register an email address, visit: / $SERVER/settings#EmailAddresses
    hint: register the address in the server's settings
    hint: or commit again as a registered one: set `git config user.email`, then `git commit --amend --no-edit --reset-author`
    [exit code: 4]
    ");
}

/// A foreign author is fine.
fn somebody_elses_author(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.git(["commit", "-q", "--amend", "--no-edit", "--author", "Somebody Else <somebody@elsewhere.example.org>"]);
    let number = clone.submit_one("");
    let change = world.server.change(number);
    let commit = &change["revisions"][change["current_revision"].as_str().unwrap()]["commit"];
    assert_eq!(commit["author"]["email"], "somebody@elsewhere.example.org");
    assert_eq!(commit["committer"]["email"], "alice@example.com");
}

/// "no common ancestry"
fn an_orphan(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "--orphan", "new"]);
    clone.commit("From nothing");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  From nothing
    stop: this stack shares no history with main [merge]
      hint: start from the target: `git rebase`, or `git cherry-pick` your commits onto it
    nothing was sent
    [exit code: 4]
    ");
}

/// "implicit merges detected"
fn based_on_another_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.git(["checkout", "-q", "-b", "old", "gerrit/3.14", "--no-track"]);
    clone.commit("Only in 3.14");
    world.server.land(clone.submit_one("3.14"));
    clone.fetch();
    clone.git(["checkout", "-q", "-b", "fix", "gerrit/3.14", "--no-track"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit -n 3.13").snapshot(), @"
    would submit 1 commit for 3.13 (as you said)
    new       <commit>  Fix the parser
    warning: 1 commit below this stack is on another branch of the server and not on 3.13; landing it would bring it along [merge]
      hint: is 3.13 the branch that this work was started from? `pyflow submit BRANCH` names another
    would move refs/heads/fix to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/3.13
    ");
    insta::assert_snapshot!(clone.pyflow("submit 3.13").snapshot(), @"
    ------- stderr -------
    error: the stack is based on another branch, which it would merge along
      caused by: the server said: ERROR: Implicit Merge of <commit> Only in 3.14
    hint: rebase it onto the branch that it should land on, or name the right one: `pyflow submit TARGET`
    [exit code: 4]
    ");
}

/// "prohibited by Gerrit: not permitted: update": nothing but `refs/for/` is ever pushed.
fn only_refs_for_is_written(world: &World) {
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    let before = refs(world, &project);
    clone.commit("Fix the parser");
    let plan = clone.submit("--dry-run");
    assert_eq!(plan["steps"][0]["target"], "refs/for/main", "{plan:#}");
    clone.submit("");
    let after = refs(world, &project);
    let new: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(new.len() == 1 && new[0].contains("\trefs/changes/"), "{new:?}");
    assert!(before.iter().all(|line| after.contains(line)));
}

/// Submits with these words, which has to change nothing.
fn with_option(world: &World, words: &str) -> String {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    changes_nothing(world, &project, &clone, words)
}

fn changes_nothing(world: &World, project: &Project, clone: &Clone<'_>, words: &str) -> String {
    let before = (refs(world, project), clone.head());
    let text = clone.pyflow(&format!("submit {words}")).snapshot();
    assert_eq!((refs(world, project), clone.head()), before, "something was sent or moved");
    text
}

/// `"--foo" is not a valid option`
fn an_unknown_push_option(world: &World) {
    insta::assert_snapshot!(with_option(world, "-o foo"), @"
    ------- stderr -------
    error: the review server knows no push option `--foo`
    hint: check `-o`
    [exit code: 4]
    ");
}

/// `label "Nope" is not a configured label`
fn a_label_that_there_is_not(world: &World) {
    insta::assert_snapshot!(with_option(world, "--label Nope=1"), @"
    ------- stderr -------
    error: there is no label `Nope` here
    hint: `pyflow status` lists the labels of a change; check `--label`
    [exit code: 4]
    ");
}

/// `label "Code-Review": 5 is not a valid value`
fn a_value_that_the_label_has_not(world: &World) {
    insta::assert_snapshot!(with_option(world, "--label Code-Review=5"), @"
    ------- stderr -------
    error: the label `Code-Review` has no value 5
    hint: check `--label`
    [exit code: 4]
    ");
}

/// `applying label "Code-Review": 2 is restricted`
fn a_restricted_vote(world: &World) {
    insta::assert_snapshot!(with_option(world, "--label Code-Review=2"), @"
    ------- stderr -------
    error: you may not give Code-Review the value 2 here
    hint: leave the vote out, or give one that you may: `pyflow vote`
    [exit code: 4]
    ");
}

/// "the options 'wip' and 'ready' are mutually exclusive", and a value that `--notify` has not.
fn work_in_progress_and_ready(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "--wip --ready"), @"
    ------- stderr -------
    error: the argument '--wip' cannot be used with '--ready'

    Usage: pyflow submit --wip [TARGET|A..B]...

    For more information, try '--help'.
    [exit code: 2]
    ");
    // The same, hidden in a free option, is the server's to refuse.
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "--wip -o ready"), @"
    ------- stderr -------
    error: a change cannot be work in progress and ready at once
    hint: give one of `--wip` and `--ready`
    [exit code: 4]
    ");
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "--notify WHAT"), @"
    ------- stderr -------
    error: invalid value 'WHAT' for '--notify <WHOM>'
      [possible values: none, owner, owner-reviewers, all]

    For more information, try '--help'.
    [exit code: 2]
    ");
}

/// "topic can't contain quotation marks."
fn quotation_marks_in_a_topic(world: &World) {
    insta::assert_snapshot!(with_option(world, "--topic \"x\""), @"
    ------- stderr -------
    error: --topic: topic can't contain quotation marks
    [exit code: 2]
    ");
}

/// "expected SHA1 for option --base": `--base` takes what git knows and sends it in full.
fn a_short_base(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let plan = clone.submit("--dry-run --base gerrit/3.14");
    let base = clone.git(["rev-parse", "gerrit/3.14"]);
    let options = plan["steps"][0]["options"].to_string();
    assert!(options.contains(&format!("base={base}")), "{options}");
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "-o base=b4cca42"), @"
    ------- stderr -------
    error: the base must be a full commit id, not `<commit>`
    hint: check `--base` and `-o base=…`
    [exit code: 4]
    ");
}

/// "Account 'nobody' not found"
fn an_unknown_reviewer(world: &World) {
    insta::assert_snapshot!(with_option(world, "--reviewer nobody"), @"
    ------- stderr -------
    error: the review server knows nobody called `nobody`, and nothing was uploaded
    hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
    [exit code: 4]
    ");
}

/// The same for cc, where nothing else is new: told by REST in the same words.
fn an_unknown_cc(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "--cc nobody"), @"
    ------- stderr -------
    error: the review server knows nobody called `nobody`, and nothing was uploaded
    hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
    [exit code: 4]
    ");
    clone.submit("");
    insta::assert_snapshot!(clone.pyflow("submit --cc nobody").snapshot(), @"
    ------- stderr -------
    error: the review server knows nobody called `nobody`
    hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
    [exit code: 4]
    ");
}

/// `%submit`, with or without the right, and its relatives: never sent.
fn options_that_merge(world: &World) {
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(changes_nothing(world, &project, &clone, "-o submit"), @"
    ------- stderr -------
    error: -o: `submit` merges or skips rules and is never sent
    hint: `pyflow submit` sends for review; `pyflow approve` asks the gate to merge
    [exit code: 2]
    ");
    for option in ["submit", "SUBMIT", "--submit", "merged", "edit", "skip-validation", "submit=true"] {
        let run = clone.pyflow(&format!("submit -o={option}")).ends_with(2);
        assert!(run.stderr.contains("never sent"), "{}", run.stderr);
    }
}

/// "duplicate request" and "internal server error" for two `refs/for/` in one push: it is one.
fn one_push_for_a_stack(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    for subject in ["First", "Second", "Third"] {
        clone.commit(subject);
    }
    let plan = clone.submit("--dry-run");
    let pushes = plan["steps"].as_array().unwrap().iter().filter(|step| step["step"] == "push").count();
    assert_eq!(pushes, 1, "{plan:#}");
    assert_eq!(Clone::numbers(&clone.submit("")).len(), 3);
}

/// "internal error", where two push one change at the same moment: no change is made twice, and
/// running it again ends well.
fn two_at_once(world: &World) {
    let project = world.project();
    let one = world.user("alice").clone(&project);
    one.commit("Fix the parser");
    let number = one.submit_one("");
    let two = world.user("alice").clone(&project);
    two.fetch_patch_set(number, 1);
    two.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    one.amend("Fixtheparser.txt", "better");
    two.amend("Fixtheparser.txt", "best");
    let script = format!(
        "'{0}' submit & first=$!; cd '{1}'; '{0}' submit; second=$?; wait $first; echo \"codes $? $second\"",
        crate::sandbox::PYFLOW,
        two.dir.display()
    );
    let run = one.run("sh", ["-c", script.as_str()], |_| {}).success();
    let codes: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("codes ")).collect();
    assert!(codes[0].split(' ').all(|code| ["0", "4", "5"].contains(&code)), "{}{}", run.stdout, run.stderr);
    let change = world.server.change(number);
    let count = change["revisions"].as_object().unwrap().len();
    assert!((2..=3).contains(&count), "{count} patch sets");
    let clone = if change["current_revision"] == one.head() { one } else { two };
    assert_eq!(clone.submit("")["changes"][0]["number"], number);
}

/// `push -n` proves nothing; `submit -n` asks the server, and changes nothing there or here.
fn a_dry_run_sends_nothing(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("First");
    clone.submit("");
    clone.amend("First.txt", "better");
    clone.commit("Second");
    let before = (refs(world, &project), clone.fingerprint());
    insta::assert_snapshot!(clone.pyflow("submit -n --topic parser").snapshot(), @"
    would submit 2 commits for main (review.branch, from .reviewconf:8)
    update    #1  First  $SERVER/c/$PROJECT/+/#1
    new       <commit>  Second
    would move refs/heads/work to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/main -o topic=parser
    ");
    assert_eq!(refs(world, &project), before.0);
    assert_eq!(clone.fingerprint(), before.1);
}

/// `warning: …: no files changed, message updated`
fn only_the_message_changed(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.reword("Fix the parser", "Fix the parser's memory");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser's memory  $SERVER/c/$PROJECT/+/#1
    server: <commit>: no files changed, message updated
    ");
}

/// `warning: …: no files changed, author changed`
fn only_the_author_changed(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.git(["commit", "-q", "--amend", "--no-edit", "--author", "Somebody Else <somebody@elsewhere.example.org>"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    server: <commit>: no files changed, author changed
    ");
}

/// `warning: no changes between prior commit … and new commit …`
fn only_the_dates_changed(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.git(["commit", "-q", "--amend", "--no-edit"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    server: no changes between prior commit <commit> and new commit <commit>
    ");
}

/// `The following approvals got outdated and were removed:`
fn votes_that_the_update_outdates(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    world.server.vote("bob", clone.submit_one(""), "Code-Review", 1);
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    server: a vote was lost with the new patch set: Code-Review+1 by Bob Baker
    ");
}

/// "Stale base: Gerrit does not notice." pyflow does.
fn somebody_elses_newer_patch_set(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    let bob = world.user("bob").clone(&project);
    bob.fetch_patch_set(number, 1);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("Fixtheparser.txt", "bob's");
    bob.submit("");
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    update    #1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    stop: patch set 2 of change #1 is by Bob Baker, and <commit> (Fix the parser) was not made from it [newer]
      hint: look at it: `git fetch gerrit refs/changes/NN/#1/2 && git diff FETCH_HEAD <commit>`
      hint: send yours on top of it all the same: `--replace`
    nothing was sent
    [exit code: 4]
    ");
    assert_eq!(world.server.change(number)["revisions"].as_object().unwrap().len(), 2);
    insta::assert_snapshot!(clone.pyflow("submit --replace").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,3  Fix the parser  $SERVER/c/$PROJECT/+/#1
    warning: patch set 2 of change #1 is by Bob Baker, and <commit> (Fix the parser) was not made from it [newer]
    ");
}

/// One Change-Id, two branches: two changes, and the status means the one on this target.
fn the_same_change_id_on_another_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let first = clone.submit("");
    clone.git(["checkout", "-q", "-b", "backport", "gerrit/3.14", "--no-track"]);
    clone.commit_file("Something else first", "other.txt", "other");
    clone.git(["cherry-pick", "work"]);
    let second = clone.submit("3.14");
    assert_eq!(second["changes"][1]["change_id"], first["changes"][0]["change_id"]);
    assert_eq!(second["changes"][1]["action"], "created");
    assert_ne!(second["changes"][1]["number"], first["changes"][0]["number"]);
}

/// "No Contributor Agreement on file": with git's own words over HTTP being "403".
fn no_agreement_signed(world: &World) {
    let project = world.project_with(&ProjectOptions { agreement: true, ..ProjectOptions::default() });
    let clone = world.user("bob").clone(&project);
    let mine = clone.commit("Fix the parser");
    let run = clone.pyflow("submit").ends_with(4);
    let (text, server) = (format!("{}{}", run.stdout, run.stderr), world.server.url());
    assert!(text.contains("no contributor agreement is on file for Bob Baker"), "{text}");
    assert!(text.contains(&server) && text.to_lowercase().contains("agreements"), "where to sign is not told: {text}");
    assert_eq!(clone.head(), mine);
}

/// "Upload denied for project"
fn a_locked_project(world: &World) {
    let project = world.project_with(&ProjectOptions { locked: true, ..ProjectOptions::default() });
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: you may not upload to the project `$PROJECT`
    hint: ask the project's owners for the right to push for review
    [exit code: 4]
    ");
}

/// "project nosuch not found"
fn an_unknown_project(world: &World) {
    let mut project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    "nosuch".clone_into(&mut project.name);
    clone.point_at(&project);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: there is no project `nosuch`, or you may not see it
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    [exit code: 4]
    ");
}

/// "Project not found: secret": for somebody who may not see it, it is not there.
fn an_invisible_project(world: &World) {
    let project = world.project();
    let secret = world.project_with(&ProjectOptions { secret: true, ..ProjectOptions::default() });
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    clone.point_at(&secret);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    ------- stderr -------
    error: there is no project `$PROJECT`, or you may not see it
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    [exit code: 4]
    ");
}

/// "Authentication failed"
fn a_wrong_password(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let run = clone.pyflow_with("submit", |command| {
        command.env("PYFLOW_REVIEW_TOKEN", "wrong");
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: the review server did not accept the credentials
    hint: sign in with a token or HTTP password: `pyflow auth login`
    [exit code: 7]
    ");
}

/// "could not read Username": nobody is asked, and nothing waits.
fn no_password(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let run = clone.pyflow_with("submit", |command| {
        command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER");
    });
    insta::assert_snapshot!(run.snapshot(), @"
    ------- stderr -------
    error: there are no credentials for the review server
    hint: sign in with a token or HTTP password: `pyflow auth login`
    [exit code: 7]
    ");
}
