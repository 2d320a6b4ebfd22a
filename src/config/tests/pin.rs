//! What a clone has accepted, beside what the files say now.

use super::super::{Accepted, Pin, PinVerdict, pin};
use super::{CONF, assert_harmless, of, review, told};
use crate::error::Kind;

#[test]
fn the_pin_tells_what_is_different() {
    let accepted = Pin::of(&of(CONF));
    assert_eq!(Pin::from_text(&accepted.to_text()).unwrap(), accepted);
    let stored = Accepted::Stored(accepted.clone());
    assert_eq!(pin::compare(Some(&stored), &accepted), PinVerdict::Same);
    assert_eq!(pin::compare(None, &accepted), PinVerdict::NoPin);
    let token = pin::parse_token(&accepted.token()).unwrap();
    assert_eq!(pin::compare(Some(&token), &accepted), PinVerdict::Same);
    let text = accepted.to_text();
    let found =
        |stored: Option<&str>, variable: Option<&str>| pin::accepted(variable, || Ok(stored.map(str::to_owned)));
    assert_eq!(found(Some(&text), None).unwrap(), Some(stored.clone()));
    assert_eq!(found(Some(&text), Some("")).unwrap(), Some(stored.clone()));
    let token_text = accepted.token();
    assert_eq!(found(Some("damaged"), Some(token_text.as_str())).unwrap(), Some(token.clone()));
    assert_eq!(found(None, None).unwrap(), None);

    let evil = of(
        "version = 1\n[review]\nurl = \"https://evil.example/r\"\nproject = \"from/evil\"\napprove = { Code-Review = 1 }\n",
    );
    let verdict = pin::compare(Some(&stored), &Pin::of(&evil));
    let error = pin::require(&verdict, &evil).unwrap_err();
    assert_eq!(error.kind, Kind::State);
    insta::assert_snapshot!(told(&error), @r"
    the configuration is not what this clone has accepted; nothing was sent
      review.url
        accepted: https://file.example
        now:      https://evil.example/r (.reviewconf:3)
      review.project
        accepted: from/file
        now:      from/evil (.reviewconf:4)
      approve, recheck, reverify
        accepted: sha256 6464507b0d1d…
        now:      sha256 b6779d284c8b… (approve: Code-Review=1) (.reviewconf:5)
    hint: if the change is meant, accept it: pyflow setup
    ");
    assert!(matches!(pin::compare(Some(&token), &Pin::of(&evil)), PinVerdict::Different(d) if d.len() == 1));
    assert!(pin::require(&PinVerdict::NoPin, &evil).unwrap_err().message.contains("evil.example"));

    // A user name is the person's; neither it nor the remote is part of the pin.
    let user = of(&CONF.replace("https://file.example", "ssh://alice@file.example"));
    let other = of(&CONF.replace("https://file.example", "ssh://file.example").replace("\"file\"", "\"x\""));
    assert_eq!(Pin::of(&user), Pin::of(&other));

    // Whom the addresses of commits are sent to is part of it.
    let asked = of(&format!("{CONF}[cla]\nkind = \"roundup\"\nurl = \"https://bugs.example/bpo\"\n"));
    assert_eq!(Pin::from_text(&Pin::of(&asked).to_text()).unwrap(), Pin::of(&asked));
    let verdict = pin::compare(Some(&stored), &Pin::of(&asked));
    insta::assert_snapshot!(told(&pin::require(&verdict, &asked).unwrap_err()), @r"
    the configuration is not what this clone has accepted; nothing was sent
      cla.url
        accepted: nothing
        now:      https://bugs.example/bpo (.reviewconf:8)
    hint: if the change is meant, accept it: pyflow setup
    ");
}

#[test]
fn a_gate_is_part_of_what_is_accepted() {
    let without = of(CONF);
    let with = |gate: &str| of(&format!("{CONF}[gate]\nkind = \"zuul\"\n{gate}"));
    let gate = with("url = \"https://zuul.example/z\"\ntenant = \"python\"\nlogs = [\"https://logs.example/x\"]\n");
    let all = Pin::of(&gate);
    assert_eq!(Pin::from_text(&all.to_text()).unwrap(), all);
    assert!(all.to_text().contains("gate https://zuul.example/z python https://logs.example\n"), "{}", all.to_text());

    // A clone that has accepted the review server alone asks for the gate.
    let stored = Accepted::Stored(Pin { words: all.words.clone(), ..Pin::of(&without) });
    let verdict = pin::compare(Some(&stored), &all);
    insta::assert_snapshot!(told(&pin::require(&verdict, &gate).unwrap_err()), @r"
    the configuration is not what this clone has accepted; nothing was sent
      gate
        accepted: nothing
        now:      https://zuul.example/z python https://logs.example (.reviewconf:8)
    hint: if the change is meant, accept it: pyflow setup
    ");
    let accepted = Accepted::Stored(all.clone());
    assert_eq!(pin::compare(Some(&accepted), &all), PinVerdict::Same);

    // Another one than was accepted stops everything; so do other words.
    for other in [
        with("url = \"https://evil.example/z\"\ntenant = \"python\"\nlogs = [\"https://logs.example\"]\n"),
        with("url = \"https://zuul.example/z\"\ntenant = \"other\"\nlogs = [\"https://logs.example\"]\n"),
        with("url = \"https://zuul.example/z\"\ntenant = \"python\"\nlogs = [\"https://evil.example\"]\n"),
        with(
            "url = \"https://zuul.example/z\"\ntenant = \"python\"\nlogs = [\"https://logs.example\"]\nrecheck = \"LGTM\"\n",
        ),
        without,
    ] {
        let verdict = pin::compare(Some(&accepted), &Pin::of(&other));
        assert!(pin::require(&verdict, &other).is_err(), "{:?}", other.gate);
    }
    // Beside the review server it is the same server.
    let beside = with("url = \"https://file.example/zuul\"\n");
    assert!(Pin::of(&beside).names_one_server() && !all.names_one_server());
    // The servers that logs are read from are servers, too.
    let logs = with("url = \"https://file.example/zuul\"\nlogs = [\"https://logs.example\"]\n");
    assert!(!Pin::of(&logs).names_one_server());
    let told = pin::require(&PinVerdict::NoPin, &logs).unwrap_err().message;
    assert!(told.contains("the gate https://file.example") && told.contains("logs at https://logs.example"), "{told}");
}

#[test]
fn a_damaged_pin_is_an_error_and_never_none() {
    let good = Pin::of(&of(CONF)).to_text();
    for bad in [
        "",
        "x",
        "pyflow-pin 2\n",
        "pyflow-pin 1\n",
        &good.replace("project", "projekt"),
        &format!("{good}review https://x\n"),
        &good.replace("review ", "review"),
    ] {
        assert!(Pin::from_text(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "v1:", "v1:xyz", "v2:0", &format!("v1:{}", "g".repeat(64)), "\u{1b}[31m"] {
        assert_harmless("token", &told(&pin::parse_token(bad).unwrap_err()));
    }
}

#[test]
fn a_clone_of_the_project_needs_no_question() {
    let review = review(CONF);
    let trusts =
        |urls: &[&str]| pin::trusts_itself(&urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>(), &review);
    assert!(trusts(&["/mirror", "https://alice:x@file.example/a/from/file.git"]));
    assert!(trusts(&["ssh://alice@file.example:29418/from/file"]));
    assert!(!trusts(&[]));
    assert!(!trusts(&["https://evil.example/from/file", "https://file.example/other", "ext::sh", "\n"]));
    // Whoever listens on another port of the same host is not who the person pushes to over ssh.
    let elsewhere = self::review(&CONF.replace("https://file.example", "https://file.example:9999"));
    assert_eq!(elsewhere.url.value.port(), Some(9999));
    assert!(!pin::trusts_itself(&["ssh://alice@file.example:29418/from/file".to_owned()], &elsewhere));
}
