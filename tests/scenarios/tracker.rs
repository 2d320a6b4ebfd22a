//! What a Roundup tracker is asked, and what is made of its answers: the same story on a real one
//! (`tests/real/roundup.sh`) and on what that one has answered (`fixtures/roundup-2.6`).

use std::process::Command;

use crate::sandbox::{Clone, Run, World};

/// A clone whose project has its agreements in this tracker, and that has accepted it.
pub fn clone<'w>(world: &'w World, tracker: &str) -> Clone<'w> {
    let clone = unaccepted(world, tracker);
    drop(clone.pyflow_with("setup --yes", bot).success());
    clone
}

/// The same, as it is before anybody has said yes: a remote does not vouch for another server.
pub fn unaccepted<'w>(world: &'w World, tracker: &str) -> Clone<'w> {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let cla = format!("\n[cla]\nkind = \"roundup\"\nurl = \"{tracker}\"\nsign = \"https://example.org/sign\"\n");
    clone.write(".reviewconf", &(clone.reviewconf(&project) + &cla));
    clone
}

/// Lets a command ask as somebody.
pub fn known_as(name: &'static str, password: &'static str) -> impl FnOnce(&mut Command) {
    move |command| {
        command.env("PYFLOW_CLA_USER", name).env("PYFLOW_CLA_TOKEN", password);
    }
}

/// Lets a command ask as the bot that may see everybody.
pub fn bot(command: &mut Command) {
    known_as("clabot", "clabot-pw")(command);
}

/// Each identity's answer, beside the address or name that was asked about.
#[track_caller]
pub fn answers(run: &Run<'_>) -> Vec<String> {
    let document = run.json();
    let identities = document["identities"].as_array().unwrap();
    let row = |row: &serde_json::Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let who = if text("email").is_empty() { text("name") } else { text("email") };
        let by = text("found_by");
        let by = if by.is_empty() { by } else { format!(" by {by}") };
        let core = if row["core_developer"] == true { ", core" } else { "" };
        format!("{who}: {}{by}{core}", text("answer"))
    };
    identities.iter().map(row).collect()
}

/// By address, with the right to see addresses.
pub fn by_address(world: &World, tracker: &str) {
    let clone = clone(world, tracker);
    let people = [
        "alice@example.org",
        "ALICE@Example.ORG",
        "alice@work.example",
        "a.able@example.net",
        "bob@example.org",
        "carol@example.org",
        "lice@example.org",
        "alice@example.or",
        "work.example@alice",
        "nobody@example.net",
        "alice+patches@example.org",
        "1+AliceHub@users.noreply.github.com",
        "@bobhub",
        "@alicehub2",
        "@nosuch",
    ];
    let run = clone.pyflow_with(&format!("cla --format json {}", people.join(" ")), bot).ends_with(1);
    insta::assert_snapshot!(answers(&run).join("\n"), @r"
    alice@example.org: signed
    ALICE@Example.ORG: signed
    alice@work.example: signed
    a.able@example.net: signed
    bob@example.org: not-signed, core
    carol@example.org: not-signed
    lice@example.org: unknown
    alice@example.or: unknown
    work.example@alice: unknown
    nobody@example.net: unknown
    alice+patches@example.org: signed by alice@example.org
    1+AliceHub@users.noreply.github.com: signed by @AliceHub
    @bobhub: not-signed, core
    @alicehub2: not-signed
    @nosuch: unknown
    ");
    insta::assert_snapshot!(clone.pyflow_with("cla alice@example.org", bot).snapshot(), @"signed        <alice@example.org>  account alice, answer of 2026-11-20T12:00:00Z");
    insta::assert_snapshot!(clone.pyflow_with("cla bob@example.org nobody@example.net", bot).snapshot(), @r"
    not signed    <bob@example.org>  account bob, core developer
    unknown       <nobody@example.net>
    hint: sign it on https://example.org/sign
    [exit code: 1]
    ");
}

/// Where the tracker does not answer, or not to this account.
pub fn could_not_ask(world: &World, tracker: &str) {
    let clone = clone(world, tracker);
    let ask = |clone: &Clone<'_>, user, password| {
        let run = clone.pyflow_with("cla --refresh alice@example.org bob@example.org", known_as(user, password));
        run.ends_with(5).snapshot().replace(tracker, "$TRACKER")
    };
    insta::assert_snapshot!(ask(&clone, "clabot", "wrong"), @r"
    could not ask <alice@example.org>
    could not ask <bob@example.org>
      CLA registry $TRACKER did not accept the credentials (from the environment): Invalid Login - Invalid login
      hint: sign in with a password or token: `pyflow auth login --role cla`
    [exit code: 5]
    ");
    insta::assert_snapshot!(ask(&clone, "alice", "alice-pw"), @r#"
    could not ask <alice@example.org>
    could not ask <bob@example.org>
      CLA registry $TRACKER refused: User does not have search permission on "user.address"
      hint: the account that asks lacks a right there
    [exit code: 5]
    "#);
    let base = tracker.trim_end_matches("/bpo");
    clone.git(["config", "pyflow.cla.url", &format!("{base}/nosuch")]);
    drop(clone.pyflow("setup --yes").success());
    let run = clone.pyflow_with("cla --format json alice@example.org", bot).ends_with(5);
    assert_eq!(answers(&run), ["alice@example.org: could-not-ask"]);
}

/// By name on GitHub, as nobody.
pub fn by_login(world: &World, tracker: &str) {
    let clone = clone(world, tracker);
    let run = clone.pyflow("cla --format json @alicehub @BOBHUB @carolhub @nobody 7+alicehub@users.noreply.github.com");
    insta::assert_snapshot!(answers(&run.ends_with(1)).join("\n"), @r"
    @alicehub: signed
    @BOBHUB: not-signed
    @carolhub: not-signed
    @nobody: unknown
    7+alicehub@users.noreply.github.com: signed by @alicehub
    ");
    insta::assert_snapshot!(clone.pyflow("cla alice@example.com").snapshot(), @r"
    could not ask <alice@example.com>
      without credentials the tracker is asked by GitHub name, and that of alice@example.com is not known
      hint: your own: `git config pyflow.cla.login NAME`
      hint: signed in you can ask by address: `pyflow auth login --role cla`
    [exit code: 5]
    ");
    clone.git(["config", "pyflow.cla.login", "alicehub"]);
    insta::assert_snapshot!(clone.pyflow("cla alice@example.com").snapshot(), @"signed        <alice@example.com>  found by @alicehub");
}

/// Credentials of the tracker's own: stored after it has let their holder ask, and forgotten again.
pub fn credentials(world: &World, tracker: &str) {
    let clone = clone(world, tracker);
    let origin = tracker.trim_end_matches("/bpo");
    let show = |run: Run<'_>| run.snapshot().replace(origin, "$ORIGIN");
    let login = |user: &str, password: &str| {
        let words = format!("auth login --role cla --user {user} --with-token --insecure-storage");
        show(clone.feed(&words, &format!("{password}\n"), |_| {}))
    };
    let none = show(clone.pyflow("auth status --role cla"));
    insta::assert_snapshot!(none, @"
    there are no credentials for $ORIGIN
    hint: `pyflow auth login --role cla` stores a password or token
    [exit code: 7]
    ");
    insta::assert_snapshot!(login("clabot", "wrong"), @"
    ------- stderr -------
    error: CLA registry $ORIGIN/bpo did not accept the credentials (from this command): Invalid Login - Invalid login
    hint: nothing was stored; is `clabot` the user name there?
    [exit code: 7]
    ");
    // Who may not look for addresses would only take the place of asking as nobody.
    insta::assert_snapshot!(login("alice", "alice-pw"), @r#"
    ------- stderr -------
    error: CLA registry $ORIGIN/bpo refused: User does not have search permission on "user.address"
    hint: the account that asks lacks a right there
    hint: nothing was stored
    [exit code: 4]
    "#);
    assert_eq!(show(clone.pyflow("auth status --role cla")), none, "nothing was stored");
    insta::assert_snapshot!(login("clabot", "clabot-pw"), @"$ORIGIN lets clabot ask about contributor agreements; stored in the credentials file");
    let status = clone.pyflow("auth status --role cla --format json").success().json();
    assert_eq!((&status["role"], &status["user"]), (&"cla".into(), &"clabot".into()));
    let run = clone.pyflow("cla --format json alice@work.example").success();
    assert_eq!(answers(&run), ["alice@work.example: signed"], "asked by address");
    insta::assert_snapshot!(show(clone.pyflow_with("auth status --role cla", known_as("clabot", "wrong"))), @"
    CLA registry $ORIGIN/bpo did not accept the credentials (from the environment): Invalid Login - Invalid login
    hint: sign in with a password or token: `pyflow auth login --role cla`
    [exit code: 7]
    ");
    insta::assert_snapshot!(show(clone.pyflow("auth logout --role cla")), @"removed what was stored for $ORIGIN in the credentials file");
    assert_eq!(show(clone.pyflow("auth status --role cla")), none);
    clone.git(["config", "pyflow.cla.kind", "none"]);
    insta::assert_snapshot!(show(clone.pyflow("auth status --role cla")), @"
    ------- stderr -------
    error: there is no CLA registry here with credentials of its own
    hint: `kind` and `url` below [cla] in .reviewconf name one: a tracker, or a forge with commit statuses
    hint: credentials for the review server: `pyflow auth` without `--role cla`
    [exit code: 3]
    ");
}
