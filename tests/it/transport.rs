//! What lies between the program and the server: git's own configuration, hooks, silence.

use crate::sandbox::World;

/// `push.pushOption` of git's configuration would merge what was sent for review.
#[test]
fn push_options_of_gits_configuration_are_not_sent() {
    let world = World::embedded();
    let clone = world.user("carol").clone(&world.project());
    clone.commit("Fix the parser");
    clone.git(["config", "--add", "push.pushOption", "submit"]);
    clone.git(["config", "--add", "push.pushOption", "topic=smuggled"]);
    let number = clone.submit_one("");
    let change = world.server.change(number);
    assert_eq!(change["status"], "NEW");
    assert_eq!(change["topic"], serde_json::Value::Null);
}
