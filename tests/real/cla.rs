//! A real Roundup: `PYFLOW_REAL_ROUNDUP` and `PYFLOW_REAL_ROUNDUP_STRICT` are the addresses of its
//! trackers (`tests/real/roundup.sh`). The review server beside it is the embedded one.

use libtest_mimic::Trial;

use crate::sandbox::{Kind, ProjectOptions, World};
use crate::scenarios::tracker;

/// A name, and what happens with a tracker.
type Story = (&'static str, fn(&World, &str));

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |variable: &str, list: &[Story]| {
        let Some(url) = std::env::var(variable).ok().filter(|url| !url.is_empty()) else {
            absent.push(format!("not run: roundup ({variable} is not set)"));
            return;
        };
        for (name, story) in list {
            let (url, story) = (url.clone(), *story);
            trials.push(Trial::test(format!("roundup: {name}"), move || {
                insta::allow_duplicates! { story(&World::embedded(), &url) };
                Ok(())
            }));
        }
    };
    add(
        "PYFLOW_REAL_ROUNDUP",
        &[
            ("by address", tracker::by_address),
            ("by login", tracker::by_login),
            ("could not ask", tracker::could_not_ask),
        ],
    );
    add("PYFLOW_REAL_ROUNDUP_STRICT", &[("locked out", locked_out)]);
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
        let run = clone.pyflow_with(words, tracker::known_as("clabot", password));
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
