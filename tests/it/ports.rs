//! `pyflow ports` on histories that are made here; as a job of a gate; and its patch ids beside git's.

use std::process::{Command, Stdio};

use crate::sandbox::{Clone, Project, Random, World, real_git};

const BRANCHES: &str = "\n[branches]\ndefault = \"main\"\nmaintenance = [\"3.14\", \"3.13\"]\n";

fn clone<'w>(world: &'w World, project: &Project) -> Clone<'w> {
    let clone = world.user("alice").clone(project);
    clone.write(".reviewconf", &(clone.reviewconf(project) + BRANCHES));
    clone
}

/// Works on a branch as if it had been fetched like this.
fn on(clone: &Clone<'_>, branch: &str, work: impl FnOnce(&Clone<'_>)) -> String {
    clone.git(["checkout", "-q", "--detach", &format!("gerrit/{branch}")]);
    work(clone);
    clone.git(["update-ref", &format!("refs/remotes/gerrit/{branch}"), "HEAD"]);
    clone.head()
}

#[test]
fn a_history_with_every_kind_of_evidence() {
    let world = World::embedded();
    let alice = clone(&world, &world.project());
    let lines = |changed: &str| (0..9).map(|n| format!("line {n} {changed}\n")).collect::<Vec<_>>().concat();
    let title = on(&alice, "main", |main| drop(main.commit("gh-1: Fix the parser (GH-2)")));
    let quiet = on(&alice, "main", |main| drop(main.commit("Fix the lexer")));
    let rewritten = on(&alice, "main", |main| drop(main.commit_file("Fix the printer", "printer", &lines("on main"))));
    on(&alice, "3.14", |newer| drop(newer.git(["cherry-pick", "-x", &quiet])));
    on(&alice, "3.13", |alice| {
        alice.git(["cherry-pick", "--no-commit", &title]);
        alice.git(["commit", "-qm", "[3.13] gh-1: Fix the parser (GH-2) (#3)"]);
        alice.git(["cherry-pick", &quiet]);
        alice.message("Mend the lexer");
        alice.git(["cherry-pick", "--no-commit", &rewritten]);
        alice.write("printer", &lines("on main").replace("line 3 on main", "line 3 on 3.13"));
        alice.git(["commit", "-qa", "-C", &rewritten]);
        alice.commit("Only here");
        alice.commit("Never mind");
        alice.git(["revert", "--no-edit", "HEAD"]);
    });
    let before = alice.fingerprint();
    insta::assert_snapshot!(alice.pyflow("ports --local --all").snapshot(), @r#"
    7 fixes of maintenance branches: 3 with a counterpart, 1 likely, 1 without a counterpart, 2 taken back
        change  subject                                  on    main                                        3.14
    <commit>  Fix the lexer                            3.14  <commit>: cherry picked from <commit>
    <commit>  Revert "Never mind"                      3.13  takes back <commit>, which only 3.13 had
    <commit>  Never mind                               3.13  taken back on 3.13 by <commit>
    <commit>  Only here                                3.13  missing                                     missing
    <commit>  Fix the printer                          3.13  likely <commit>                           missing
    <commit>  Mend the lexer                           3.13  <commit>: same patch                      <commit>: same patch
    <commit>  [3.13] gh-1: Fix the parser (GH-2) (#3)  3.13  <commit>: same title with GH-2            missing
    note: no server was asked (--local): a counterpart there would not show
    "#);
    let document = alice.pyflow("ports --local --format json").success().json();
    let kinds = |row: &serde_json::Value| {
        let evidence = row["ports"][0]["evidence"].as_array().unwrap();
        let kinds: Vec<&str> = evidence.iter().map(|one| one["kind"].as_str().unwrap()).collect();
        (row["subject"].as_str().unwrap().to_owned(), row["result"].as_str().unwrap().to_owned(), kinds.join(" "))
    };
    let rows: Vec<_> = document["rows"].as_array().unwrap().iter().map(kinds).collect();
    let expected = [
        ("Fix the lexer", "found", "cherry-picked patch-id"),
        ("Revert \"Never mind\"", "taken-back", ""),
        ("Never mind", "taken-back", ""),
        ("Only here", "missing", ""),
        ("Fix the printer", "likely", "likely"),
        ("Mend the lexer", "found", "patch-id"),
        ("[3.13] gh-1: Fix the parser (GH-2) (#3)", "found", "title patch-id"),
    ];
    assert_eq!(
        rows,
        expected.map(|(subject, result, kinds)| (subject.to_owned(), result.to_owned(), kinds.to_owned()))
    );
    let since = alice.pyflow("ports --local --since gerrit/3.13~3 --format json 3.13").success().json();
    let subjects: Vec<_> = since["rows"].as_array().unwrap().iter().map(|row| row["subject"].clone()).collect();
    assert_eq!(subjects, ["Revert \"Never mind\"", "Never mind", "Only here"]);
    assert_eq!(alice.fingerprint(), before, "looking changes nothing");
    // Nobody asked the server, so that what is not there is not known to be missing.
    assert_eq!(alice.pyflow("ports --local --check").code, Some(5));
}

#[test]
fn a_job_of_a_gate() {
    let world = World::embedded();
    let project = world.project();
    let alice = clone(&world, &project);
    alice.git(["checkout", "-q", "-B", "work", "gerrit/3.13", "--no-track"]);
    alice.commit("Fix the parser");
    let number = alice.submit_one("3.13");
    let setup = alice.pyflow("setup --check");
    let pin = setup.stdout.lines().find_map(|line| line.strip_prefix("PYFLOW_PIN="));
    let pin = pin.unwrap_or_else(|| panic!("{}{}", setup.stdout, setup.stderr));
    // A job has the tree that is tested, and no remote.
    let job = alice.copy();
    job.git(["remote", "remove", "gerrit"]);
    job.git(["checkout", "-q", "--detach"]);
    std::fs::remove_dir_all(job.dir.join(".git/pyflow")).unwrap();
    let run = |pin: Option<&str>| {
        job.pyflow_with("ports --check", |command| {
            command.env("PYFLOW_CHANGE", number.to_string()).env("PYFLOW_PATCHSET", "1").env("PYFLOW_BRANCH", "3.13");
            command.envs(pin.map(|pin| ("PYFLOW_PIN", pin)));
        })
    };
    assert_eq!(run(None).code, Some(3), "nothing was accepted");
    insta::assert_snapshot!(run(Some(pin)).snapshot(), @"
    no: change #1 (Fix the parser) is for 3.13, and main has no counterpart of it
      hint: send the fix for main, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit main`
      hint: if it belongs on 3.13 alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`
    [exit code: 1]
    ");
    // The same fix on main, without anything that the server could know it by.
    let fix = alice.head();
    alice.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
    alice.git(["cherry-pick", &fix]);
    alice.message("Mend the parser");
    let other = alice.submit_one("main");
    world.server.land(other);
    insta::assert_snapshot!(run(Some(pin)).snapshot(), @"ok: change #1 (Fix the parser) is for 3.13, and <commit> is on main (same patch)");
    world.server.kill();
    let silent = run(Some(pin));
    assert_eq!(silent.code, Some(5), "{}", silent.stderr);
    assert_eq!(silent.stdout, "", "a server that does not answer is no yes and no no");
}

/// What git alone says of one commit.
fn patch_id(clone: &Clone<'_>, commit: &str) -> Option<String> {
    let environment = clone.person.environment();
    let git = |arguments: &[&str]| {
        let mut command = Command::new(real_git());
        command.args(arguments).current_dir(&clone.dir).env_clear().envs(&environment);
        command
    };
    let arguments = ["diff-tree", "-r", "--root", "--no-renames", "--full-index", "-p", commit];
    let mut diff = git(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let output = git(&["patch-id", "--stable"]).stdin(diff.stdout.take().unwrap()).output().unwrap();
    diff.wait().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().map(str::to_owned)
}

#[test]
fn patch_ids_of_many_are_those_of_each() {
    let world = World::embedded();
    let alice = clone(&world, &world.project());
    let mut random = Random::new();
    let seed = random.seed;
    let mut commits = Vec::new();
    for number in 0..40 * crate::sandbox::soak() {
        let name = ["a.txt", "b c.txt", "ä/d", "bin"][random.below(4)];
        let path = alice.dir.join(name);
        match random.below(6) {
            0 if path.exists() => std::fs::remove_file(&path).unwrap(),
            1 if path.exists() => {
                let mode = [0o644, 0o755][random.below(2)];
                std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            }
            2 if path.exists() => std::fs::rename(&path, alice.dir.join("moved")).unwrap(),
            _ => {
                // Also lines that look like what git prints around them.
                let words = ["x", "y", "@@ -1 +1 @@", "diff --git a/x b/x", "Binary files a and b differ", "", "\0"];
                let more = commits.last().map_or("z", String::as_str);
                let lines: Vec<&str> = (0..random.below(12))
                    .map(|_| {
                        if random.below(9) == 0 { more } else { words[random.below(if name == "bin" { 7 } else { 6 })] }
                    })
                    .collect();
                alice.write(name, &(lines.join("\n") + ["", "\n"][random.below(2)]));
            }
        }
        alice.git(["add", "-A"]);
        alice.git(["commit", "-q", "--allow-empty", "-m", &format!("Commit {number}")]);
        commits.push(alice.head());
    }
    let quiet = pyflow::ui::Ui::new(pyflow::ui::Options::default(), &|_| None);
    let checkout = pyflow::checkout::Checkout::discover(&alice.dir, &quiet).unwrap();
    let ids: Vec<pyflow::names::CommitId> = commits.iter().map(|commit| commit.parse().unwrap()).collect();
    let differences = checkout.read().differences(&ids).unwrap();
    let found = checkout.read().patch_ids(&differences).unwrap();
    let told = pyflow::ports::patch::read(&differences);
    for id in &ids {
        assert_eq!(found.get(id).cloned(), patch_id(&alice, id.as_str()), "PYFLOW_SEED={seed}: {id}");
        if found.contains_key(id) {
            assert!(told.contains_key(id), "PYFLOW_SEED={seed}: {id}");
        }
    }
    assert!(told.len() > 20 && told.values().any(|(_, binary)| *binary), "PYFLOW_SEED={seed}");
}
