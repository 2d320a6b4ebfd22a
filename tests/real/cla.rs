//! A real Roundup: `PYFLOW_REAL_ROUNDUP` and `PYFLOW_REAL_ROUNDUP_STRICT` are the addresses of its
//! trackers (`tests/real/roundup.sh`). A real Gitea: `PYFLOW_REAL_GITEA` is the address of a repository
//! in its API (`tests/real/gitea.sh`). The review server beside them is the embedded one.

use libtest_mimic::Trial;
use serde_json::json;

use crate::sandbox::{Kind, ProjectOptions, World};
use crate::scenarios::tracker::{self, answers, known_as};

/// A name, and what happens with a tracker.
type Story = (&'static str, fn(&World, &str));

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |system: &str, variable: &str, list: &[Story]| {
        let Some(url) = std::env::var(variable).ok().filter(|url| !url.is_empty()) else {
            absent.push(format!("not run: {system} ({variable} is not set)"));
            return;
        };
        for (name, story) in list {
            let (url, story) = (url.clone(), *story);
            trials.push(Trial::test(format!("{system}: {name}"), move || {
                insta::allow_duplicates! { story(&World::embedded(), &url) };
                Ok(())
            }));
        }
    };
    add(
        "roundup",
        "PYFLOW_REAL_ROUNDUP",
        &[
            ("by address", tracker::by_address),
            ("by login", tracker::by_login),
            ("could not ask", tracker::could_not_ask),
            ("credentials of its own", tracker::credentials),
        ],
    );
    add("roundup", "PYFLOW_REAL_ROUNDUP_STRICT", &[("locked out", locked_out)]);
    add("gitea", "PYFLOW_REAL_GITEA", &[("the status of a commit", commit_status)]);
    // `.ci/run` boots the old server with its agreements switched off.
    match std::env::var("PYFLOW_REAL_GERRIT_34").ok().filter(|url| !url.is_empty()) {
        Some(url) => {
            let kind = Kind::Gerrit { version: "3.4".to_owned(), url: url.trim_end_matches('/').to_owned() };
            trials.push(Trial::test("gerrit 3.4: agreements switched off", move || {
                switched_off(&World::new(&kind));
                Ok(())
            }));
        }
        None => {
            absent.push("not run: gerrit 3.4: agreements switched off (PYFLOW_REAL_GERRIT_34 is not set)".to_owned());
        }
    }
    trials
}

/// A project asks for an agreement that nobody can sign.
fn switched_off(world: &World) {
    let info = world.server.rest("alice", "GET", "config/server/info", None);
    assert!(info["auth"]["use_contributor_agreements"].is_null(), "boot it with GERRIT_AGREEMENTS=0");
    let project = world.project_with(&ProjectOptions { agreement: true, ..ProjectOptions::default() });
    let clone = world.user("alice").clone(&project);
    clone.write(".reviewconf", &(clone.reviewconf(&project) + "\n[cla]\nkind = \"gerrit\"\n"));
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @r"
    not signed    Alice Able <alice@example.com>  uploader
      the server has agreements switched off, and the project asks for one
      hint: ask the server's administrators: pushes are refused, and nobody can sign
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("cla sign --yes").snapshot(), @r"
    ------- stderr -------
    error: the review server has agreements switched off: there is nothing to sign
    [exit code: 4]
    ");
    assert_eq!(clone.pyflow("submit").code, Some(1));
}

/// Four wrong passwords lock the name, and then the right one is refused too. One run is one try,
/// however many people it asks about.
fn locked_out(world: &World, strict: &str) {
    let clone = tracker::clone(world, strict);
    let ask = |password| {
        let words = "cla --refresh alice@example.org bob@example.org carol@example.org";
        let run = clone.pyflow_with(words, known_as("clabot", password));
        run.snapshot().replace(strict, "$TRACKER")
    };
    let first = ask("clabot-pw");
    assert!(first.starts_with("signed"), "is it locked from another run? `tests/real/roundup.sh wipe`\n{first}");
    for _ in 0..3 {
        assert!(ask("wrong").contains("did not accept the credentials"));
    }
    assert!(ask("clabot-pw").starts_with("signed"));
    for _ in 0..4 {
        assert!(ask("wrong").contains("could not ask"));
    }
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    insta::assert_snapshot!(ask("clabot-pw").chars().map(digits).collect::<String>(), @r"
    could not ask <alice@example.org>
    could not ask <bob@example.org>
    could not ask <carol@example.org>
      CLA registry $TRACKER takes no more questions for now: Logins occurring too fast. Please wait: 000 seconds.
      hint: wait as long as it says; every further try may make it longer
    [exit code: 0]
    ");
}

/// A bot answers for the newest commit of what was uploaded, in a status that is one of several.
fn commit_status(world: &World, repository: &str) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let cla = "\n[cla]\nkind = \"status\"\ncontext = \"CLA Signing\"\nsign = \"https://cla.example.org\"\n";
    clone.write(".reviewconf", &(clone.reviewconf(&project) + cla + &format!("url = \"{repository}\"\n")));
    drop(clone.pyflow("setup --yes").success());
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let says = |commit: &str, context: &str, state: &str| {
        let page = format!("https://cla.example.org/{context}").replace(' ', "-");
        let body =
            json!({"context": context, "state": state, "target_url": page, "description": "Please sign."}).to_string();
        let request = client.post(format!("{repository}/statuses/{commit}")).basic_auth("clabot", Some("clabot-pw"));
        let answer = request.header("content-type", "application/json").body(body).send().unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    };
    let ask = || clone.pyflow("cla --format json");
    let show = || clone.pyflow("cla").snapshot().replace(repository, "$REPOSITORY");
    let push = || {
        let (server, name) = repository.split_once("/api/v1/repos/").unwrap();
        let url = format!("{}/{name}.git", server.replacen("://", "://clabot:clabot-pw@", 1));
        clone.git(["push", "-q", &url, &format!("HEAD:refs/heads/{}", project.name)]);
    };

    clone.commit("Fix the parser");
    insta::assert_snapshot!(show(), @"
    the stack for main (review.branch, from .reviewconf:8)
    unknown       Alice Able <alice@example.com>  author, committer, user.email
      no status `CLA Signing` is on these commits yet; the bot answers after an upload
    hint: sign it on https://cla.example.org
    [exit code: 1]
    ");
    // What is asked about is the commit that the server has, with its Change-Id.
    clone.submit("");
    let first = clone.head();
    push();
    assert_eq!(answers(&ask().ends_with(1)), ["alice@example.com: unknown"], "nothing is set on it");
    says(&first, "ci", "success");
    assert_eq!(answers(&ask().ends_with(1)), ["alice@example.com: unknown"], "another status is none");
    for (state, code, answer) in [
        ("pending", 1, "unknown"),
        ("error", 5, "could-not-ask"),
        ("warning", 5, "could-not-ask"),
        ("success", 0, "signed"),
        ("failure", 1, "not-signed"),
    ] {
        says(&first, "CLA Signing", state);
        assert_eq!(answers(&ask().ends_with(code)), [format!("alice@example.com: {answer}")], "{state}");
    }
    insta::assert_snapshot!(show(), @"
    the stack for main (review.branch, from .reviewconf:8)
    not signed    Alice Able <alice@example.com>  author, committer, user.email
      set to failure (Please sign.)
      hint: more about it: https://cla.example.org/CLA-Signing
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("submit -n").ends_with(1).snapshot(), @"
    would submit 1 commit for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    stop: Alice Able <alice@example.com> has not signed the contributor agreement, says the status `CLA Signing`: set to failure (Please sign.) [cla]
      hint: more about it: https://cla.example.org/CLA-Signing
      hint: or send it all the same: `--no-verify=cla`
    nothing was sent
    [exit code: 1]
    ");
    says(&first, "CLA Signing", "success");
    says(&first, "ci", "failure");
    insta::assert_snapshot!(show(), @"
    the stack for main (review.branch, from .reviewconf:8)
    signed        Alice Able <alice@example.com>  author, committer, user.email
      set to success (Please sign.)
    ");

    // What was committed after the bot's answer is not in it.
    clone.git(["commit", "-q", "--allow-empty", "-m", "More", "--author", "Eve <eve@example.net>"]);
    assert_eq!(answers(&ask().ends_with(1)), ["alice@example.com: signed", "eve@example.net: unknown"]);
    let sent = clone.pyflow("submit -n --format json").success().json();
    let check = sent["checks"].as_array().unwrap().iter().find(|check| check["name"] == "cla").unwrap().clone();
    assert_eq!(check["result"], "warning", "{check:#}");

    let wrong = clone.pyflow_with("cla --format json", known_as("clabot", "wrong")).ends_with(5);
    assert_eq!(answers(&wrong), ["alice@example.com: could-not-ask", "eve@example.net: could-not-ask"]);
    let login = |password| {
        let words = "auth login --role cla --user clabot --with-token --insecure-storage";
        clone.feed(words, password, |_| {})
    };
    drop(login("wrong\n").ends_with(7));
    drop(login("clabot-pw\n").success());
    drop(clone.pyflow("auth status --role cla").success());
    clone.git(["config", "pyflow.cla.url", &repository.replace("/spam", "/nosuch")]);
    drop(clone.pyflow("setup --yes").success());
    // A repository that nobody sees is not one without statuses.
    insta::assert_snapshot!(show().replace(repository.trim_end_matches("spam"), "$REPOSITORY-"), @"
    the stack for main (review.branch, from .reviewconf:8)
    could not ask Alice Able <alice@example.com>  author, committer, user.email
    could not ask Eve <eve@example.net>  author
      the forge shows no repository at $REPOSITORY-nosuch
      hint: check `cla.url`: it is the repository's address in the forge's API
      hint: or is it private? sign in with a password or token: `pyflow auth login --role cla`
    note: the stack has several authors; a squash would carry the first one's address, alice@example.com, or the primary one of the account that merges
    [exit code: 5]
    ");
}
