//! The thin line: one commit becomes a change, and nothing else happens.

use crate::sandbox::World;

crate::scenarios![one_commit, update_in_place, nothing_new];

fn one_commit(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

fn update_in_place(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    updated   #1,2  Fix the parser  $SERVER/c/$PROJECT/+/#1
    ");
}

fn nothing_new(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    ");
}
