//! To whom a token may go, and what it takes for a server to be accepted.

use std::process::Command;

use crate::sandbox::{Clone, World};

/// The environment of somebody who exports a token and says nothing more.
fn exported(command: &mut Command) {
    command.env_remove("PYFLOW_REVIEW_TOKEN_FOR");
}

/// A variable has no origin: a clone of somewhere else, whose own files name that place, gets no
/// token that was meant for another server.
#[test]
fn a_token_of_the_environment_waits_for_a_yes() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow_with("submit", exported).snapshot(), @"
    ------- stderr -------
    error: PYFLOW_REVIEW_TOKEN is set, and nothing says that it is for $SERVER: this clone has not accepted that server yet; nothing was sent
    hint: look at the server and accept it: `pyflow setup`
    hint: in CI: set PYFLOW_PIN, or say whom the token is for: PYFLOW_REVIEW_TOKEN_FOR=$SERVER
    [exit code: 3]
    ");
    for words in ["status", "list", "vote 1,1 Code-Review=1", "submit -n", "setup --check", "auth status"] {
        let run = clone.pyflow_with(words, exported).ends_with(3);
        assert!(run.stderr.contains("nothing says that it is for"), "{words}: {}", run.stderr);
    }
    // Said to be for another server it is not looked at; what is no address is told.
    let for_other = |c: &mut Command| {
        c.env("PYFLOW_REVIEW_TOKEN_FOR", "https://review.example.org");
    };
    drop(clone.pyflow_with("submit", for_other).ends_with(7));
    let nonsense = |c: &mut Command| {
        c.env("PYFLOW_REVIEW_TOKEN_FOR", "review");
    };
    assert!(clone.pyflow_with("submit", nonsense).ends_with(7).stderr.contains("PYFLOW_REVIEW_TOKEN_FOR"));

    drop(clone.pyflow_with("setup", exported).success());
    drop(clone.pyflow_with("submit", exported).success());
}

/// `PYFLOW_PIN` outweighs what the clone has accepted, so that `setup` cannot help where it differs.
#[test]
fn a_pin_of_the_environment() {
    let world = World::embedded();
    let (project, other) = (world.project(), world.project());
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let pin = clone.pyflow("setup --check --format json").success().json()["pin"].as_str().expect("a pin").to_owned();
    let pinned = |c: &mut Command| {
        c.env_remove("PYFLOW_REVIEW_TOKEN_FOR").env("PYFLOW_PIN", &pin);
    };
    drop(clone.pyflow_with("submit", pinned).success());
    clone.point_at(&other);
    for words in ["submit", "status", "setup --yes", "setup --check"] {
        let run = clone.pyflow_with(words, pinned).ends_with(3);
        assert!(run.stderr.contains("set PYFLOW_PIN to what"), "{words}: {}", run.stderr);
    }
    let malformed = |c: &mut Command| {
        c.env("PYFLOW_PIN", "v1:short");
    };
    assert!(clone.pyflow_with("status", malformed).ends_with(3).stderr.contains("PYFLOW_PIN"));
}

/// Nothing counts as accepted before everything else is in order, and the way out is named.
#[test]
fn setup_of_a_clone_from_elsewhere() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let mirror = clone.person.home.join("mirror.git");
    clone.git(["clone", "-q", "--bare", ".", &mirror.display().to_string()]);
    clone.git(["remote", "set-url", "gerrit", &mirror.display().to_string()]);
    let run = clone.pyflow("setup --yes").ends_with(3);
    let told = run.stdout + &run.stderr;
    assert!(told.contains("did not accept"), "{told}");
    assert!(!clone.dir.join(".git/pyflow/pin").exists(), "it is remembered as accepted");
    assert!(told.contains("`pyflow setup --remote review`"), "{told}");
    drop(clone.pyflow("setup --yes --remote review").success());
    clone.commit("Fix the parser");
    clone.submit_one("");
}

/// `.gitreview` becomes `.reviewconf` once the server has answered, and only then.
#[test]
fn import_waits_for_the_server() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    std::fs::remove_file(clone.dir.join(".reviewconf")).expect("a file");
    let url = world.server.url();
    let address = url.strip_prefix("http://").expect("an address");
    let (host, port) = address.split_once(':').expect("a port");
    let conf =
        format!("[gerrit]\nhost={host}\nport={port}\nproject={}\nscheme=http\ndefaultbranch=main\n", project.name);
    clone.write(".gitreview", &conf);
    world.server.kill();
    drop(clone.pyflow("setup --import --yes").ends_with(5));
    assert!(!clone.dir.join(".reviewconf").exists());
    world.server.kill_and_restart();
    let url = world.server.url();
    let (_, port) = url.rsplit_once(':').expect("a port");
    clone.write(
        ".gitreview",
        &conf.replace(&format!("port={}", address.split_once(':').expect("a port").1), &format!("port={port}")),
    );
    let remote = clone.git(["remote", "get-url", "gerrit"]);
    clone.git([
        "remote",
        "set-url",
        "gerrit",
        &remote.replace(address, url.strip_prefix("http://").expect("an address")),
    ]);
    drop(clone.pyflow("setup --import --yes").success());
    let written = std::fs::read_to_string(clone.dir.join(".reviewconf")).expect("a file");
    assert!(written.contains(&format!("project = \"{}\"", project.name)), "{written}");
    clone.commit("Fix the parser");
    clone.submit_one("");
    assert!(clone.pyflow("setup --import --yes").ends_with(3).stderr.contains("there is a .reviewconf already"));
}

/// What is for this machine goes through no proxy, whoever sets one.
#[test]
fn no_proxy_sees_a_token() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    clone.git(["config", "http.proxy", &proxy]);
    clone.commit("Fix the parser");
    let through = |c: &mut Command| {
        c.env("http_proxy", &proxy).env("HTTP_PROXY", &proxy).env("ALL_PROXY", &proxy);
    };
    drop(clone.pyflow_with("submit", through).success());
    assert!(listener.accept().is_err(), "somebody asked the proxy");
}

/// Free options go along with a push; where there is none, that is told.
#[test]
fn a_free_option_that_reaches_nothing_is_told() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let said = |clone: &Clone<'_>| clone.submit("-o publish-comments")["warnings"].to_string();
    clone.commit("Fix the parser");
    assert_eq!(said(&clone), "null");
    assert!(said(&clone).contains("not sent, since it goes with a push and nothing is new"));
    clone.commit("Test the parser");
    assert!(said(&clone).contains("does not reach the 1 of 2 changes that are unchanged"));
}
