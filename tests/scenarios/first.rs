//! The thin line: one commit becomes a change, and nothing else happens.

use crate::sandbox::World;

crate::scenarios![one_commit, update_in_place, nothing_new];

fn one_commit(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r"");
}

fn update_in_place(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    clone.amend("Fixtheparser.txt", "better");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r"");
}

fn nothing_new(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    clone.submit("");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r"");
}
