//! `pyflow submit --land`: what is approved, and what is told where it does not come to its end.

use crate::sandbox::proxy::{Fault, Proxy};
use crate::sandbox::{Clone, Project, World};

/// A core developer's clone of a project whose review server merges what it approves.
fn core<'w>(world: &'w World, project: &Project) -> Clone<'w> {
    let carol = world.user("carol").clone(project);
    let conf = carol.reviewconf(project) + "approve = { Code-Review = 2 }\n\n[gate]\nkind = \"review\"\n";
    carol.write(".reviewconf", &conf);
    carol
}

/// Somebody else's patch set is not approved by who sent the one before it.
#[test]
fn only_what_was_sent_is_approved() {
    let world = World::embedded();
    let project = world.project();
    let (carol, bob) = (core(&world, &project), world.user("bob").clone(&project));
    carol.commit_file("First", "first.txt", "carol's");
    let number = carol.submit_one("");
    bob.fetch_patch_set(number, 1);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("first.txt", "bob's");
    assert_eq!(bob.submit("")["changes"][0]["patch_set"], 2);
    carol.commit_file("Second", "second.txt", "carol's");
    insta::assert_snapshot!(carol.pyflow("submit --land").snapshot(), @"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,1  First  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Second  $SERVER/c/$PROJECT/+/#2
    warning: <commit> (First) is patch set 1 of change #1; the newest is 2, by Bob Baker [newer]
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    note: change #1 was not approved: patch set 1 of change #1 is not the newest any more: that is patch set 2
    next: look at what came after yours: `git fetch gerrit refs/changes/NN/#1/2 && git show FETCH_HEAD`
    ------- stderr -------
    1: sent  $SERVER/c/$PROJECT/+/#1
    2: sent  $SERVER/c/$PROJECT/+/#2
    change #1 was not approved: patch set 1 of change #1 is not the newest any more: that is patch set 2
    [exit code: 4]
    ");
    let change = world.server.change(number);
    assert_eq!(change["status"], "NEW");
    assert!(change["labels"]["Code-Review"]["approved"].is_null(), "{change:#}");
}

/// What happens behind the push hides nothing of what the push did.
#[test]
fn what_was_sent_is_told_although_the_vote_failed() {
    let world = World::embedded();
    let carol = core(&world, &world.project());
    let proxy = Proxy::to(&world);
    proxy.stand_before(&carol);
    proxy.plan(|asked| (asked.method == "POST" && asked.path.ends_with("/review")).then_some(Fault::Drop));
    carol.commit("Fix the parser");
    let document = carol.pyflow("submit --land --format json").ends_with(5).json();
    assert_eq!(document["changes"][0]["action"], "created");
    assert_eq!(document["landing"]["approved"], serde_json::json!([]));
    let told = document["warnings"][0].as_str().unwrap();
    assert!(told.starts_with("the commits are on the server; they were not followed to the end: "), "{told}");
}
