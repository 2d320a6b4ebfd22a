//! A change put on another branch by the server: what `pyflow backport` and people with a browser rely on.

use serde_json::{Value, json};

use crate::sandbox::World;

crate::scenarios![picked_to_another_branch, picked_with_conflicts];

fn pick(world: &World, user: &str, number: u64, body: &Value) -> Result<Value, (u16, String)> {
    let path = format!("changes/{number}/revisions/current/cherrypick");
    match world.server.try_rest(user, "POST", &path, Some(body)) {
        (200, text) => Ok(serde_json::from_str(text.trim_start_matches(")]}'")).unwrap()),
        (status, text) => Err((status, text)),
    }
}

fn picked_to_another_branch(world: &World) {
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let number = clone.submit_one("--topic parser");
    let made = pick(world, "carol", number, &json!({"destination": "3.14"})).unwrap();
    assert_eq!((&made["branch"], &made["topic"]), (&"3.14".into(), &"parser-3.14".into()));
    assert_eq!(made["cherry_pick_of_change"], number);
    let change = world.server.change(made["_number"].as_u64().unwrap());
    assert_eq!(change["change_id"], world.server.change(number)["change_id"], "one Change-Id on both branches");
    let revision = &change["revisions"][change["current_revision"].as_str().unwrap()];
    assert_eq!(revision["commit"]["author"]["name"], "Alice Able");
    assert_eq!(revision["commit"]["committer"]["name"], "Carol Core");
    assert_eq!(revision["commit"]["parents"][0]["subject"], "Initial empty repository");
    // Again: the same change gets a patch set.
    let again = pick(world, "carol", number, &json!({"destination": "3.14"})).unwrap();
    assert_eq!(again["_number"], made["_number"]);
    let change = world.server.change(again["_number"].as_u64().unwrap());
    // Both are the same commit where they were made in the same second.
    let last = change["messages"].as_array().and_then(|messages| messages.last());
    assert_eq!(last.map(|message| &message["_revision_number"]), Some(&2.into()), "{change:#}");
    // A message without a Change-Id makes another change.
    let other = pick(world, "carol", number, &json!({"destination": "3.14", "message": "Fix it"})).unwrap();
    assert_ne!(other["change_id"], made["change_id"]);
    // What has landed there is not picked a second time.
    world.server.land(made["_number"].as_u64().unwrap());
    let (status, text) = pick(world, "carol", number, &json!({"destination": "3.14"})).unwrap_err();
    assert!(status == 400 && text.contains("because the change was closed (MERGED)"), "{status} {text}");
    let (status, text) =
        pick(world, "carol", number, &json!({"destination": "3.14", "message": "Fix it anew"})).unwrap_err();
    assert_eq!((status, text.as_str()), (409, "Cherry pick failed: identical tree\n"));
}

fn picked_with_conflicts(world: &World) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.git(["checkout", "-q", "-b", "older", "gerrit/3.13", "--no-track"]);
    clone.commit_file("Theirs", "same.txt", "theirs\n");
    world.server.land(clone.submit_one("3.13"));
    clone.git(["checkout", "-q", "work"]);
    clone.commit_file("Mine", "same.txt", "mine\n");
    let number = clone.submit_one("");
    let refs = world.server.refs(&project);
    let (status, text) = pick(world, "alice", number, &json!({"destination": "3.13"})).unwrap_err();
    assert!(status == 409 && text.starts_with("Cherry pick failed: merge conflict"), "{status} {text}");
    assert_eq!(world.server.refs(&project), refs, "nothing is made of it");
    let made = pick(world, "alice", number, &json!({"destination": "3.13", "allow_conflicts": true})).unwrap();
    assert_eq!((&made["contains_git_conflicts"], &made["work_in_progress"]), (&true.into(), &true.into()));
    let change = world.server.change(made["_number"].as_u64().unwrap());
    let said = change["messages"][0]["message"].as_str().unwrap();
    assert_eq!(
        said,
        "Patch Set 1: Cherry Picked from branch main.\n\nThe following files contain Git conflicts:\n* same.txt"
    );
    clone.fetch_patch_set(made["_number"].as_u64().unwrap(), 1);
    let file = clone.git(["show", "FETCH_HEAD:same.txt"]);
    let marks: Vec<&str> = file.lines().filter(|l| l.starts_with(['<', '>', '='])).collect();
    assert!(marks[0].ends_with("Theirs)") && marks[2].ends_with("Mine)"), "{file}");
}
