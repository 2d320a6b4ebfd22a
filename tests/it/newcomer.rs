//! What somebody meets who uses it for the first time, or out of order: each reason is the right one,
//! and each hint can be followed.

use crate::sandbox::{Clone, PYFLOW, Person, World, kill};

#[test]
fn a_folder_that_is_not_there_is_not_a_git_that_is_not_there() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    insta::assert_snapshot!(clone.pyflow("-C /nonexistent status").snapshot(), @"");
}

#[test]
fn odd_commits_are_told_in_the_plan_and_read_in_their_own_encoding() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.git(["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", ""]);
    insta::assert_snapshot!(clone.pyflow("submit -n").snapshot(), @"");
    clone.message(&format!("Fix it\n\nChange-Id: I{}\n", "0".repeat(40)));
    insta::assert_snapshot!(clone.pyflow("submit -n").snapshot(), @"");

    std::fs::write(clone.dir.join(".git/latin1"), b"Fix caf\xe9\n").unwrap();
    clone.git(["-c", "i18n.commitEncoding=latin1", "commit", "-q", "--amend", "--allow-empty", "-F", ".git/latin1"]);
    insta::assert_snapshot!(clone.pyflow("-q submit").snapshot(), @"");
    insta::assert_snapshot!(clone.pyflow("status").snapshot(), @"");
    let list = clone.pyflow("list --format json").success().json();
    assert_eq!(list["changes"][0]["subject"], "Fix café");

    insta::assert_snapshot!(clone.pyflow("submit -n -t late -r nobody@nowhere -l Code-Review=9").snapshot(), @"");
    drop(clone.pyflow("undo").success());
    insta::assert_snapshot!(clone.pyflow("undo").snapshot(), @"");
    clone.commit("Not sent");
    insta::assert_snapshot!(clone.pyflow("vote Code-Review=1").snapshot(), @"");
    // A mirror would be pushed whole; the plan says one ref.
    clone.git(["config", "remote.gerrit.mirror", "true"]);
    assert_eq!(clone.submit("")["changes"].as_array().map(Vec::len), Some(2));
    world.server.kill();
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"");
}

fn nobody(command: &mut std::process::Command) {
    command.env_remove("PYFLOW_REVIEW_TOKEN").env_remove("PYFLOW_REVIEW_USER");
}

#[test]
fn setup_says_what_it_would_ask_and_what_comes_next() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").bare_clone(&project);
    let conf = clone.reviewconf(&project).replace("branch = \"main\"\n", "").replace("\"gerrit\"\nbranch", "\"\"");
    clone.write(".reviewconf", &conf);
    clone.git(["remote", "set-url", "gerrit", "https://elsewhere.example.org/x"]);
    clone.git(["remote", "rename", "gerrit", "elsewhere"]);
    insta::assert_snapshot!(clone.pyflow("setup -n").snapshot(), @"");
    insta::assert_snapshot!(clone.pyflow_with("setup --yes", nobody).snapshot(), @"");
    insta::assert_snapshot!(clone.feed("auth login --user alice --with-token", "wrong", nobody).snapshot(), @"");
    drop(clone.feed("auth login --user alice --with-token --insecure-storage", "alice-pw", nobody).success());
    clone.git(["config", "pyflow.review.user", "bob"]);
    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"");
    clone.git(["config", "pyflow.review.user", "alice"]);
    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"");
    // The difference is shown line by line.
    clone.git(["config", "pyflow.review.project", "another"]);
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @"");
}

#[test]
fn a_server_is_told_early_what_it_cannot_do() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let serve = |words: &str| clone.pyflow(&format!("serve {words}")).snapshot();
    insta::assert_snapshot!(serve("init --dir s --project p --requirement Nope"), @"");
    insta::assert_snapshot!(serve("user add alice --dir s"), @"");
    drop(clone.pyflow("serve init --dir s --project p").success());
    insta::assert_snapshot!(serve("init --dir s --project p"), @"");
    insta::assert_snapshot!(serve("--dir s --listen 127.0.0.1:0 --ready-file /nonexist/x"), @"");
    clone.write("s/server.toml", "[projects.p]\nsubmit-tipe = \"x\"\n");
    insta::assert_snapshot!(serve("--dir s --listen 127.0.0.1:0"), @"");
}

#[test]
fn the_demo_fits_and_can_be_gone_on_with() {
    let world = World::embedded();
    let Person { name, home, .. } = world.user("alice");
    std::fs::create_dir_all(world.path("stage")).unwrap();
    let person = Clone { person: Person { world: &world, name, home }, dir: world.path("stage") };
    let run = person.pyflow_with("demo --keep here", |command| {
        command.env("PYFLOW_COLUMNS", "60");
    });
    let run = run.success();
    let narrow = run.stderr.lines().filter(|line| line.contains("Fix the parser") && line.contains("main"));
    assert!(narrow.clone().count() > 0 && narrow.clone().all(|line| line.chars().count() <= 60), "{}", run.stderr);
    let commands: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let (last, first) = commands.split_last().unwrap();
    let program = std::path::Path::new(PYFLOW).parent().unwrap();
    let gone_on = person.run("bash", ["-ec", &first.join("\n")], |command| {
        nobody(command);
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).env("GIT_AUTHOR_NAME", "Alice Able").env("GIT_AUTHOR_EMAIL", "alice@example.com");
    });
    let server = last.split_whitespace().nth(1).unwrap().parse().unwrap();
    kill(server);
    assert_eq!(gone_on.code, Some(0), "{}{}", gone_on.stdout, gone_on.stderr);
    assert!(gone_on.stdout.contains("voted Code-Review +2 on 2,1"), "{}", gone_on.stdout);
    let told = run.stdout.lines().filter(|line| !line.starts_with("  ")).collect::<Vec<_>>().join("\n");
    assert!(told.starts_with("The server is up at http://127.0.0.1:"), "{told}");
    assert!(told.ends_with(&format!("everything is in {}", person.dir.join("here").display())), "{told}");
}
