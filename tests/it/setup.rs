//! From a fresh clone to one that may send: `setup --import`, the pin that CI gives, credentials
//! that are stored, a server below a path.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::sandbox::server::password;
use crate::sandbox::{Clone, Project, World};

/// A clone that has a `.gitreview` for this project, and no `.reviewconf`.
fn with_gitreview<'w>(world: &'w World, project: &Project, more: &str) -> Clone<'w> {
    let clone = world.user("alice").bare_clone(project);
    let address = world.server.url().replace("http://", "");
    let (host, port) = address.split_once(':').unwrap();
    let text = format!(
        "[gerrit]\nhost={host}\nport={port}\nscheme=http\nproject={}.git\ndefaultbranch=3.14\n{more}",
        project.name
    );
    clone.write(".gitreview", &text);
    clone
}

#[test]
fn what_gitreview_says_is_imported() {
    let world = World::embedded();
    let project = world.project();
    let clone = with_gitreview(&world, &project, "defaultremote=gerrit\n");
    clone.git(["checkout", "-q", "-b", "work", "gerrit/3.14", "--no-track"]);
    let before = clone.fingerprint();
    insta::assert_snapshot!(clone.pyflow("setup --import --dry-run").snapshot(), @"
    ok      configuration: .gitreview: project $PROJECT on $SERVER (from .gitreview:2)
    ok      pin: this clone's remote gerrit leads there already
    ok      remote: gerrit leads to the review server
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    would   import: write .reviewconf
    ok      branch: changes land on 3.14 (from .gitreview:6); the project's own default is main
    ");
    assert_eq!(clone.fingerprint(), before);

    insta::assert_snapshot!(clone.pyflow("setup --import").snapshot(), @"
    ok      configuration: .gitreview: project $PROJECT on $SERVER (from .gitreview:2)
    ok      pin: this clone's remote gerrit leads there already
    ok      remote: gerrit leads to the review server
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    done    import: wrote .reviewconf: look at it, and commit it
    ok      branch: changes land on 3.14 (from .gitreview:6); the project's own default is main
    ");
    let written = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    insta::assert_snapshot!(crate::sandbox::snapshot::normalise(&world, &written), @r#"
    # Where changes of this project go for review. Read by pyflow; anyone can propose a change to it,
    # so every clone asks before it follows one to another server.
    version = 1

    [review]
    kind = "gerrit"
    url = "$SERVER"  # the review server
    project = "$PROJECT"  # the project's name there
    remote = "gerrit"  # the git remote to use or create
    branch = "3.14"  # where changes go when nothing else tells
    "#);
    // It says the same, now from the new file; the old one may go.
    std::fs::remove_file(clone.dir.join(".gitreview")).unwrap();
    insta::assert_snapshot!(clone.pyflow("setup --check").snapshot(), @"
    ok      configuration: .reviewconf: project $PROJECT on $SERVER (from .reviewconf:7)
    ok      pin: this clone has accepted this server and project
    ok      remote: gerrit leads to the review server
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    ok      branch: changes land on 3.14 (from .reviewconf:10); the project's own default is main
    PYFLOW_PIN=v1:<commit>
    ");
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    assert_eq!(world.server.change(number)["branch"], "3.14");

    // A file that is there is never written over.
    let mine = std::fs::read(clone.dir.join(".reviewconf")).unwrap();
    let run = clone.pyflow("setup --import").ends_with(3);
    assert!(run.stderr.contains("there is a .reviewconf already"), "{}", run.stderr);
    assert_eq!(std::fs::read(clone.dir.join(".reviewconf")).unwrap(), mine);
}

#[test]
fn ci_gives_the_pin() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let pin = clone.pyflow("setup --check --format json").success().json()["pin"].as_str().unwrap().to_owned();
    let with = |words: &str, value: &str| {
        clone.pyflow_with(words, |command| {
            command.env("PYFLOW_PIN", value);
        })
    };
    clone.commit("Fix the parser");
    let refs = world.server.refs(&project);
    let refused = |value: &str| {
        for words in ["submit", "list", "status", "vote HEAD Code-Review=1", "auth status"] {
            let run = with(words, value).ends_with(3);
            assert!(
                run.stdout.is_empty() && run.stderr.contains("PYFLOW_PIN"),
                "{words}: {}{}",
                run.stdout,
                run.stderr
            );
        }
        with("submit", value).snapshot().replace(&pin, "$PIN")
    };
    // The remote leads there, which is enough without a pin, and is not with a wrong one.
    insta::assert_snapshot!(refused(&format!("v1:{}", "0".repeat(64))), @"
    ------- stderr -------
    error: the configuration is not what this clone has accepted; nothing was sent
        PYFLOW_PIN
          accepted: v1:<commit>
          now:      v1:<commit>
    hint: if the change is meant, set PYFLOW_PIN to what `pyflow setup --check` prints where it has been accepted
    [exit code: 3]
    ");
    insta::assert_snapshot!(refused("v1:\u{1b}[2Jnonsense"), @r#"
    ------- stderr -------
    error: PYFLOW_PIN: `v1:\u{1b}[2Jnonsense` is not a pin
    hint: print it where the configuration has been reviewed: pyflow setup --check
    [exit code: 3]
    "#);
    let mut other = pin.clone();
    other.truncate(pin.len() - 1);
    assert!(refused(&other).contains("is not a pin"));
    assert_eq!(world.server.refs(&project), refs);

    // The right one is accepted, in either case and with blanks around it.
    drop(with("submit --dry-run", &format!(" v1:{} ", pin[3..].to_uppercase())).success());
    drop(with("submit", &pin).success());
    assert_ne!(world.server.refs(&project), refs);
    // It outweighs what the clone has accepted: a changed file needs a new one.
    let conf = clone.reviewconf(&project) + "approve = { \"Code-Review\" = 1 }\n";
    clone.write(".reviewconf", &conf);
    drop(with("submit", &pin).ends_with(3));
    // Empty is unset: then the clone's own counts, and shows the difference.
    let run = with("submit", "").ends_with(3);
    assert!(!run.stderr.contains("PYFLOW_PIN") && run.stderr.contains("approve: Code-Review=1"), "{}", run.stderr);
}

#[test]
fn login_status_logout() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let file = clone.person.home.join(".config/pyflow/credentials.toml");
    let nobody = |command: &mut Command| {
        command.env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_REVIEW_TOKEN");
    };
    insta::assert_snapshot!(clone.pyflow_with("auth status", nobody).snapshot(), @"
    there are no credentials for $SERVER
    hint: `pyflow auth login` stores a password or token
    [exit code: 7]
    ");
    insta::assert_snapshot!(clone.feed("auth login --user alice --with-token --insecure-storage", "wrong\n", nobody).snapshot(), @"
    ------- stderr -------
    error: the review server did not accept the credentials
    hint: nothing was stored; is `alice` the user name that the server's settings page shows?
    hint: the server wants the token, or HTTP password, that this page makes, not the one of its web pages
    [exit code: 7]
    ");
    assert!(!file.exists(), "a token that the server refused was stored");
    insta::assert_snapshot!(clone.feed("auth login --user alice --with-token", &password("alice"), nobody).snapshot(), @"
    ------- stderr -------
    error: the system's keyring cannot be used: it is switched off, or this pyflow was built without it
    hint: --insecure-storage stores it in a file that only you can read; a git credential helper works too
    [exit code: 3]
    ");
    assert!(!file.exists(), "no file without the flag");

    insta::assert_snapshot!(clone.feed("auth login --user alice --with-token --insecure-storage", &password("alice"), nobody).snapshot(), @"$SERVER knows you as Alice Able; stored in the credentials file");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let status = clone.pyflow_with("auth status --format json", nobody).success().json();
    assert_eq!((&status["user"], &status["answer"]), (&"alice".into(), &"accepted".into()), "{status:#}");
    let run = clone.pyflow_with("submit", nobody).success();
    assert!(run.stdout.starts_with("1 commit for main"), "{}", run.stdout);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(&password("alice")));
    // What others can read is not used, and not believed to be absent.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let run = clone.pyflow_with("auth status", nobody).ends_with(3);
    assert!(run.stderr.contains("can be read by others"), "{}", run.stderr);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"removed what was stored for $SERVER in the credentials file");
    insta::assert_snapshot!(clone.pyflow_with("auth logout", nobody).snapshot(), @"nothing was stored for $SERVER");
    assert!(!std::fs::read_to_string(&file).unwrap_or_default().contains("alice"));
    let status = clone.pyflow_with("auth status --format json", nobody).ends_with(7).json();
    assert_eq!(status["answer"], "not-checked");
}

/// Many a Gerrit lives below a path: `https://example.org/r`.
#[test]
fn a_site_below_a_path() {
    let world = World::embedded_below("/code/review");
    let project = world.project();
    assert!(world.server.url().ends_with("/code/review"), "{}", world.server.url());
    let clone = world.user("alice").clone(&project);
    clone.git(["remote", "remove", "gerrit"]);
    let run = clone.pyflow("setup --yes").success();
    assert!(run.stdout.contains(&format!("added gerrit: {}/a/{}", world.server.url(), project.name)), "{}", run.stdout);
    clone.commit("Fix the parser");
    let done = clone.submit("--topic parser");
    let url = done["changes"][0]["url"].as_str().unwrap();
    assert_eq!(url, format!("{}/c/{}/+/{}", world.server.url(), project.name, Clone::numbers(&done)[0]));
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(clone.submit("")["changes"][0]["patch_set"], 2);
    for name in ["HEAD", url] {
        let status = clone.pyflow_args(["status", "--format", "json", name]).success().json();
        assert_eq!(status["changes"][0]["review"]["patch_set"], 2, "{name}: {status:#}");
    }
    drop(clone.pyflow("vote HEAD Code-Review=1").success());
    assert_eq!(clone.pyflow("list --mine --format json").success().json()["changes"].as_array().unwrap().len(), 1);
    let carol = world.user("carol").clone(&project);
    drop(carol.pyflow_args(["approve", &format!("{url}/2")]).success());
    assert_eq!(clone.pyflow("status --format json").success().json()["changes"][0]["review"]["state"], "merged");
    // At the root of the same host there is no review server.
    let root = world.server.url().replace("/code/review", "");
    clone.write(".reviewconf", &clone.reviewconf(&project).replace(&world.server.url(), &root));
    let run = clone.pyflow("setup --yes --dry-run").ends_with(5);
    assert!(run.stdout.contains("wrong   server: "), "{}{}", run.stdout, run.stderr);
}

/// A program that stands for ssh, and for a Gerrit behind it that tells its version and nothing else.
#[test]
fn over_ssh_a_token_plays_no_role() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let ssh = world.path("ssh");
    std::fs::write(&ssh, "#!/bin/sh\ncase \"$*\" in *version*) echo gerrit version 3.13.5 ;; *) exit 1 ;; esac\n")
        .unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    clone.write(
        ".reviewconf",
        "version = 1\n[review]\nkind = \"gerrit\"\nurl = \"ssh://review.example.org:29418\"\nproject = \"p\"\n",
    );
    clone.git(["remote", "set-url", "gerrit", "ssh://alice@review.example.org:29418/p"]);
    let setup = clone.pyflow_with("setup", |command| {
        command.env("GIT_SSH_COMMAND", &ssh).env("PYFLOW_REVIEW_USER", "bob").env_remove("PYFLOW_REVIEW_TOKEN_FOR");
    });
    insta::assert_snapshot!(setup.snapshot(), @"
    ok      configuration: .reviewconf: project p on ssh://review.example.org:29418 (from .reviewconf:4)
    ok      pin: this clone's remote gerrit leads there already
    ok      remote: gerrit leads to the review server
    ok      server: ssh://review.example.org:29418 answers: Gerrit 3.13.5
      hint: over ssh the server does not tell requirements; with its https address as `review.url` it does
    ok      credentials: ssh signs you in as bob
    ");
}
