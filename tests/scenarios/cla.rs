//! Contributor agreements of the review server itself.

use crate::sandbox::{Clone, ProjectOptions, World};

crate::scenarios!(missing_signed_and_submitted, a_project_that_asks_for_none);

const GERRIT: &str = "\n[cla]\nkind = \"gerrit\"\n";

fn clone<'w>(world: &'w World, user: &str, options: &ProjectOptions) -> Clone<'w> {
    let project = world.project_with(options);
    let clone = world.user(user).clone(&project);
    clone.write(".reviewconf", &(clone.reviewconf(&project) + GERRIT));
    clone
}

/// The text of an agreement is where each server has it.
fn without_places(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("text: "));
    lines.map(|line| line.replace(" (static/psf-cla.html)", "")).collect::<Vec<_>>().join("\n")
}

fn missing_signed_and_submitted(world: &World) {
    let options = ProjectOptions { agreement: true, ..ProjectOptions::default() };
    let clone = clone(world, "carol", &options);
    world.server.unsign("carol");
    clone.commit("Fix the parser");
    let run = clone.pyflow("cla --format json").ends_with(1);
    let document = run.json();
    assert_eq!((&document["registry"], &document["identities"][0]["answer"]), (&"gerrit".into(), &"not-signed".into()));
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @r"
    not signed    Carol Core <carol@example.com>  uploader
    hint: sign it: `pyflow cla sign`, or on $SERVER/settings#Agreements
    [exit code: 1]
    ");
    insta::assert_snapshot!(clone.pyflow("submit").snapshot(), @r"
    1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  Fix the parser
    stop: you have not signed the contributor agreement, says the review server [cla]
      hint: sign it: `pyflow cla sign`, or on $SERVER/settings#Agreements
      hint: or send it all the same: `--no-verify=cla`
    nothing was sent
    [exit code: 1]
    ");
    let blockers = || clone.pyflow("status --format json").success().json()["changes"][0]["blockers"].clone();
    let missing = blockers()[0].clone();
    assert_eq!(
        (&missing["kind"], &missing["text"]),
        (&"cla".into(), &"CLA not signed: you, says the review server".into())
    );
    assert!(missing["action"].as_str().unwrap().starts_with("sign it: `pyflow cla sign`"), "{missing}");
    // Another check that is left out does not bring the server round.
    let refused = clone.pyflow("submit --no-verify=cla").ends_with(4);
    assert!(refused.stderr.contains("no contributor agreement is on file"), "{}", refused.stderr);

    insta::assert_snapshot!(without_places(&clone.pyflow("cla sign --dry-run").success().snapshot()), @r"
    would sign PSF-CLA on $SERVER as carol
    hint: read it, then sign: `pyflow cla sign`
    ");
    insta::assert_snapshot!(clone.pyflow("cla sign").snapshot().replace(" ($SERVER/static/psf-cla.html)", ""), @r"
    ------- stderr -------
    error: a question, and nobody to ask: Have you read PSF-CLA, and do you sign it as carol?
    hint: without a terminal, or with --no-input, --yes is the answer
    [exit code: 2]
    ");
    assert_eq!(clone.pyflow("cla --format json").ends_with(1).json()["identities"][0]["answer"], "not-signed");
    insta::assert_snapshot!(without_places(&clone.pyflow("cla sign PSF-CLA --yes").success().snapshot()), @"signed PSF-CLA on $SERVER as carol");
    assert_eq!(clone.pyflow("cla sign --yes --format json").success().json()["result"], "unchanged");
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @r"
    signed        Carol Core <carol@example.com>  uploader
      PSF-CLA
    ");
    let sent = clone.submit("");
    let check = sent["checks"].as_array().unwrap().iter().find(|check| check["name"] == "cla").unwrap();
    assert_eq!(check["result"], "ok");
    assert!(blockers().as_array().unwrap().iter().all(|blocker| blocker["kind"] != "cla"));

    let none = clone.pyflow("cla sign NoSuch --yes").ends_with(2).stderr;
    assert!(none.contains("no agreement `NoSuch`") && none.contains("hint: `pyflow cla sign \"PSF-CLA\"`"), "{none}");
    insta::assert_snapshot!(clone.pyflow("cla bob@example.com").snapshot(), @r"
    ------- stderr -------
    error: the review server tells of nobody's agreements but your own
    hint: about yourself: `pyflow cla`
    [exit code: 2]
    ");
    let nobody = clone.pyflow_with("cla", |command| {
        command.env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_REVIEW_TOKEN");
    });
    insta::assert_snapshot!(nobody.snapshot(), @r"
    could not ask Carol Core <carol@example.com>  uploader
      the review server tells of agreements only to those who sign in
      hint: `pyflow auth login` stores a password or token
    [exit code: 5]
    ");
    let wrong = clone.pyflow_with("cla --format json", |command| {
        command.env("PYFLOW_REVIEW_TOKEN", "wrong");
    });
    assert_eq!(wrong.ends_with(5).json()["identities"][0]["answer"], "could-not-ask");
    world.server.unsign("carol");
}

fn a_project_that_asks_for_none(world: &World) {
    let clone = clone(world, "bob", &ProjectOptions::default());
    clone.commit("Fix the parser");
    // The embedded server has no agreements at all, the real one has one that this project does not want.
    let document = clone.pyflow("cla --format json").success().json();
    assert_eq!(document["identities"][0]["needed"], false);
    assert_ne!(document["identities"][0]["answer"], "signed");
    let sent = clone.submit("");
    let checks = sent["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["name"] == "cla" && check["result"] == "ok"), "{checks:?}");
}
