//! The room as a whole, on the files of `fixtures/`.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use proptest::option::of as option;
use proptest::prelude::*;

use super::backport::{BackportTable, Carried};
use super::cla::ClaTable;
use super::gate::GateTable;
use super::news::NewsTable;
use super::patchcheck::{self, PatchcheckTable};
use super::reviewconf::{self, BranchesTable, PortsTable, ReviewConf, ReviewTable, Version};
use super::{
    Accepted, Approve, Counterpart, FileConf, Format, GitConfig, Overrides, Pin, PinVerdict, ReviewKind, Settings,
    Sourced, Warning, keys, load, parse_file, pin, resolve,
};
use crate::error::{Error, Kind};
use crate::names::{BranchName, LabelName, ProjectName, RemoteName, ServerUrl, is_invisible};
use crate::news::StyleName;

const NO_ENVIRONMENT: &dyn Fn(&str) -> Option<String> = &|_| None;

fn fixtures(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(below)
}

fn files(below: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(fixtures(below)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "toml" || e == "gitreview"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// What a file alone comes to.
fn read(format: Format, bytes: &[u8]) -> Result<(Settings, Vec<Warning>), Error> {
    let file = parse_file(format, format.file_name(), bytes)?;
    resolve(Some(file), &GitConfig::default(), NO_ENVIRONMENT, &Overrides::default())
}

fn told(error: &Error) -> String {
    let mut text = format!("{}\n", error.message);
    for hint in &error.hints {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

const FOLDERS: [(&str, Format); 2] = [("reviewconf", Format::ReviewConf), ("gitreview", Format::GitReview)];

#[test]
fn valid_files_are_accepted() {
    for (folder, format) in FOLDERS {
        for path in files(&format!("{folder}/valid")) {
            let read = read(format, &fs::read(&path).unwrap());
            assert!(read.is_ok(), "{}: {}", path.display(), read.unwrap_err());
        }
    }
}

/// `PYFLOW_UPDATE_EXPECTED=1 cargo test` writes the messages; the difference is for review.
#[test]
fn invalid_files_get_the_message_that_stands_beside_them() {
    let update = std::env::var_os("PYFLOW_UPDATE_EXPECTED").is_some();
    for (folder, format) in FOLDERS {
        for path in files(&format!("{folder}/invalid")) {
            let error = read(format, &fs::read(&path).unwrap()).expect_err(&path.display().to_string());
            assert_eq!(error.kind, Kind::State, "{}", path.display());
            let beside = path.with_extension("expected");
            if update {
                fs::write(&beside, told(&error)).unwrap();
            }
            let expected = fs::read_to_string(&beside).unwrap_or_default();
            assert_eq!(told(&error), expected, "{}", path.display());
        }
    }
}

#[derive(serde::Deserialize)]
struct Hostile {
    name: String,
    file: String,
    content: Option<String>,
    hex: Option<String>,
    /// Whether it must be an error; otherwise it is harmless after all.
    refused: bool,
}

fn assert_harmless(name: &str, text: &str) {
    let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || is_invisible(*c));
    assert_eq!(bad, None, "{name}: {text:?}");
}

#[test]
fn hostile_files_are_refused_or_harmless() {
    let list = fs::read_to_string(fixtures("hostile/conf.json")).unwrap();
    let list: Vec<Hostile> = serde_json::from_str(&list).unwrap();
    assert!(list.len() >= 200);
    let mut wrong = Vec::new();
    for Hostile { name, file, content, hex, refused } in list {
        let name = format!("{file}: {name}");
        let format = if file == ".reviewconf" { Format::ReviewConf } else { Format::GitReview };
        let bytes = content.map_or_else(|| hex::decode(hex.unwrap_or_default()).unwrap(), String::into_bytes);
        match read(format, &bytes) {
            Err(error) => {
                assert_harmless(&name, &told(&error));
                assert!(!error.message.contains('\n'), "{name}: {error}");
                assert!(error.message.len() < 400, "{name}: {error}");
                assert!(!error.message.contains("secret"), "{name}: {error}");
                assert!(error.causes().is_empty(), "{name}");
                let line = error.message.strip_prefix(&format!("{file}:")).and_then(|rest| rest.split_once(": "));
                let line = line.is_some_and(|(line, _)| line.parse::<usize>().is_ok_and(|line| line > 0));
                let whole =
                    error.message.starts_with(&format!("{file} is larger")) || error.message.contains("does not tell");
                assert!(line || whole, "{name}: {error}");
                if !refused {
                    wrong.push(format!("{name}: refused: {error}"));
                }
            }
            Ok((settings, warnings)) => {
                assert_typed(&name, &settings);
                assert!(warnings.len() <= 50, "{name}");
                for warning in warnings {
                    assert_harmless(&name, &warning.to_string());
                    assert!(warning.to_string().len() < 400, "{name}: {warning}");
                }
                if refused {
                    wrong.push(format!(
                        "{name}: accepted: {} {}",
                        settings.review.url.value, settings.review.project.value
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever came through is what its type promises, seen from outside.
fn assert_typed(name: &str, settings: &Settings) {
    let review = &settings.review;
    let url = review.url.value.to_string();
    assert!(url.parse::<ServerUrl>().is_ok_and(|again| again == review.url.value), "{name}");
    let schemes = url.starts_with("https://") || url.starts_with("ssh://") || review.url.value.is_loopback();
    assert!(schemes && !url.contains(['\\', '%', '?', '#', ' ']), "{name}: {url}");
    assert!(!review.url.value.host().starts_with('-'), "{name}");
    let branches = &settings.branches;
    let lists = [&branches.maintenance, &branches.security, &branches.release_candidate, &branches.end_of_life];
    let branches = lists.into_iter().flat_map(|list| &list.value).map(BranchName::as_str);
    let names = [review.project.value.as_str(), review.remote.value.as_str()];
    for text in names.into_iter().chain(review.branch.iter().map(|b| b.value.as_str())).chain(branches) {
        assert_harmless(name, text);
        assert!(!text.is_empty() && !text.starts_with(['-', '/', '.']), "{name}: {text}");
        assert!(!text.contains([':', ' ', '*', '\\', '~', '^']) && !text.contains(".."), "{name}: {text}");
    }
    for (label, value) in review.approve.value.votes() {
        assert!(label.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
        assert!((-10..=10).contains(&value), "{name}");
    }
}

const CONF: &str =
    "version = 1\n[review]\nurl = \"https://file.example\"\nproject = \"from/file\"\nremote = \"file\"\n";
const GITREVIEW: &str = "[gerrit]\nhost=file.example\nproject=from/file.git\ndefaultremote=file\n";

fn settings(format: Format, text: &str, git: &[(&str, &str)], env: &[(&str, &str)], cli: &Overrides) -> Settings {
    let file = parse_file(format, format.file_name(), text.as_bytes()).unwrap();
    let git = GitConfig::from_pairs(git.iter().copied());
    let env = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    resolve(Some(file), &git, &env, cli).unwrap().0
}

#[test]
fn the_later_layer_wins_for_every_key_alike() {
    let git = [("pyflow.review.remote", "git"), ("pyflow.review.url", "https://git.example")];
    let env = [("PYFLOW_REVIEW_REMOTE", "env"), ("PYFLOW_REVIEW_PROJECT", "")];
    let mut cli = Overrides::default();
    let remote = |s: &Settings| (s.review.remote.value.to_string(), s.review.remote.origin.to_string());
    let of = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());

    let file = settings(Format::ReviewConf, CONF, &[], &[], &cli);
    assert_eq!(remote(&file), of("file", ".reviewconf:5"));
    assert_eq!(file.review.approve.value.to_string(), "Code-Review=2");
    let with_git = settings(Format::ReviewConf, CONF, &git, &[], &cli);
    assert_eq!(remote(&with_git), of("git", "git config pyflow.review.remote"));
    assert_eq!(with_git.review.url.value.to_string(), "https://git.example");
    assert!(matches!(with_git.review.url.origin, crate::config::Origin::GitConfig { .. }));
    assert!(matches!(with_git.review.project.origin, crate::config::Origin::File { .. }));
    let with_env = settings(Format::ReviewConf, CONF, &git, &env, &cli);
    assert_eq!(remote(&with_env), of("env", "PYFLOW_REVIEW_REMOTE"));
    assert_eq!(with_env.review.project.value.as_str(), "from/file");
    cli.set(&keys::REVIEW_REMOTE, "--remote", ["cli".to_owned()]);
    let with_cli = settings(Format::ReviewConf, CONF, &git, &env, &cli);
    assert_eq!(remote(&with_cli), of("cli", "--remote"));
}

/// What git-review's own suite asks (ConfigTestCase): command line, then `gitreview.*`, then the file.
#[test]
fn git_reviews_own_configuration_is_understood() {
    let cli = Overrides::default();
    let file = settings(Format::GitReview, GITREVIEW, &[], &[], &cli).review;
    assert_eq!(file.remote.value.as_str(), "file");
    assert_eq!(file.url.value.to_string(), "ssh://file.example:29418");
    assert_eq!((file.project.value.as_str(), file.branch), ("from/file", None));

    let git = [
        ("gitreview.remote", "git"),
        ("gitreview.username", "alice"),
        ("gitreview.scheme", "https"),
        ("gitreview.port", "8443"),
    ];
    let with_git = settings(Format::GitReview, GITREVIEW, &git, &[], &cli).review;
    assert_eq!(with_git.remote.value.as_str(), "git");
    assert_eq!(with_git.url.value.to_string(), "https://file.example:8443");
    assert_eq!(with_git.user.unwrap().value.as_str(), "alice");
    let ours = [git[0], ("pyflow.review.remote", "ours")];
    assert_eq!(settings(Format::GitReview, GITREVIEW, &ours, &[], &cli).review.remote.value.as_str(), "ours");

    // Beside a `.reviewconf` only the name counts.
    let beside = settings(Format::ReviewConf, CONF, &git, &[], &cli).review;
    assert_eq!((beside.remote.value.as_str(), beside.url.value.to_string().as_str()), ("file", "https://file.example"));
    assert_eq!(beside.user.unwrap().value.as_str(), "alice");

    let push_url = settings(Format::GitReview, &format!("{GITREVIEW}usepushurl=1\n"), &[], &[], &cli).review;
    assert_eq!((push_url.remote.value.as_str(), push_url.use_push_url.value), ("origin", true));
}

#[test]
fn a_persons_own_settings_come_from_git() {
    let git = [
        ("pyflow.submit.reviewers", "alice, bob"),
        ("pyflow.submit.reviewers", "carol@example.org"),
        ("pyflow.submit.hashtags", "#cleanup"),
        ("pyflow.submit.max-stack", "3"),
        ("pyflow.submit.notify", "OWNER_REVIEWERS"),
        ("pyflow.submit.readiness", "wip"),
        ("color.ui", "never"),
        ("pyflow.review.approve", "Code-Review=+1,Workflow=1"),
    ];
    let settings =
        settings(Format::ReviewConf, CONF, &git, &[("PYFLOW_SUBMIT_CC", "dave,erin")], &Overrides::default());
    let texts = |list: &[super::Text]| list.iter().map(|t| t.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(texts(&settings.submit.reviewers.value), ["alice", "bob", "carol@example.org"]);
    assert_eq!(texts(&settings.submit.cc.value), ["dave", "erin"]);
    assert_eq!(texts(&settings.submit.hashtags.value), ["cleanup"]);
    assert_eq!(settings.submit.max_stack.value, 3);
    assert_eq!(settings.ui.color.value, crate::observe::ColorChoice::Never);
    assert_eq!(settings.review.approve.value.to_string(), "Code-Review=1, Workflow=1");
}

#[test]
fn errors_name_the_layer_and_what_to_type() {
    let fail = |git: &[(&str, &str)], cli: &Overrides| {
        let git = GitConfig::from_pairs(git.iter().copied());
        resolve(None, &git, NO_ENVIRONMENT, cli).unwrap_err()
    };
    let none = Overrides::default();
    insta::assert_snapshot!(told(&fail(&[], &none)), @r"
    this repository has no .reviewconf and no .gitreview
    hint: pyflow setup --url https://… --project …
    ");
    insta::assert_snapshot!(told(&fail(&[("pyflow.review.url", "http://x")], &none)), @"git config pyflow.review.url: review.url: `http://x` cannot be used: http is allowed for this machine only; use https");
    let mut cli = Overrides::default();
    cli.set(&keys::SUBMIT_MAX_STACK, "--max-stack", ["0".to_owned()]);
    let error = fail(&[("pyflow.review.url", "https://x"), ("pyflow.review.project", "p")], &cli);
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Kind::Usage, "--max-stack: submit.max-stack: `0` cannot be used: a number from 1 is wanted")
    );
}

#[test]
fn unknown_keys_in_git_are_mentioned_once() {
    let git = GitConfig::from_pairs([
        ("pyflow.review.url", "https://x"),
        ("pyflow.review.project", "p"),
        ("pyflow.submit.max-stak", "1"),
        ("pyflow.submit.max-stak", "2"),
        ("pyflow.future.thing", "2"),
    ]);
    let warnings = resolve(None, &git, NO_ENVIRONMENT, &Overrides::default()).unwrap().1;
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r"
    git config pyflow.submit.max-stak: this pyflow has no such key; it is ignored; did you mean `submit.max-stack`?
    git config pyflow.future.thing: this pyflow has no such key; it is ignored
    ");
}

#[test]
fn requirements_compare_versions() {
    let file = |requires: &str| format!("version = 1\nrequires = \"{requires}\"\n");
    let accepts = |requires: &str, version| reviewconf::parse_for("f", file(requires).as_bytes(), version).is_ok();
    assert!(accepts(">=0.3", Version(0, 3, 0)));
    assert!(accepts(">= 0.3.1", Version(0, 10, 0)));
    assert!(!accepts(">=0.3.1", Version(0, 3, 0)));
    for bad in ["0.3", ">0.3", ">=1", ">=0.3.1.2", ">=0.+3", ">=0.x", ""] {
        assert!(!accepts(bad, Version(99, 0, 0)), "{bad}");
    }
}

#[test]
fn a_folder_is_loaded() {
    let top = tempfile::tempdir().unwrap();
    let load = || {
        let found = super::find::find(top.path())?;
        load(Some(top.path()), found.as_ref(), &GitConfig::default(), NO_ENVIRONMENT, &Overrides::default())
    };
    assert_eq!(load().unwrap_err().kind, Kind::State);
    fs::write(top.path().join(".gitreview"), GITREVIEW).unwrap();
    assert_eq!(load().unwrap().0.file, Some(Format::GitReview));
    fs::write(top.path().join(".reviewconf"), CONF).unwrap();
    let (settings, warnings) = load().unwrap();
    assert_eq!((settings.file, warnings.len()), (Some(Format::ReviewConf), 1));
}

fn review(text: &str) -> super::ReviewSettings {
    of(text).review
}

fn of(text: &str) -> Settings {
    settings(Format::ReviewConf, text, &[], &[], &Overrides::default())
}

/// git is the authority on its own configuration.
#[test]
fn git_agrees_about_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::write(&empty, "[pyflow \"submit\"]\n\treviewers = global\n").unwrap();
    let try_git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        command.env("GIT_CONFIG_GLOBAL", &empty).env("GIT_CONFIG_NOSYSTEM", "1");
        command.current_dir(folder.path()).args(arguments).output().unwrap()
    };
    let git = |arguments: &[&str]| {
        let output = try_git(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    git(&["init", "-q", "."]);
    for (key, value) in [
        ("remote.Ge.Rrit.url", "review:python/cpython"),
        ("remote.pushed.url", "review:a"),
        ("remote.pushed.pushurl", "review:b"),
        ("url.ssh://alice@h:29418/.insteadOf", "review:"),
        ("url.https://h/p/.insteadOf", "review:python/"),
        ("url.ssh://push/.pushInsteadOf", "review:"),
        ("pyflow.Submit.reviewers", "not this one"),
        ("PyFlow.submit.Reviewers", "line one\nline two"),
        ("pyflow.submit.empty", ""),
    ] {
        git(&["config", "--add", key, value]);
    }
    let conf = GitConfig::parse(&git(&crate::checkout::discover::CONFIGURATION)).unwrap();
    for remote in ["Ge.Rrit", "pushed"] {
        for (push, option) in [(false, "--all"), (true, "--push")] {
            let url = String::from_utf8(git(&["remote", "get-url", option, remote])).unwrap();
            assert_eq!(conf.remote_urls(remote, push), [url.trim_end()], "{remote} {option}");
        }
    }
    for key in ["pyflow.submit.reviewers", "pyflow.Submit.reviewers", "pyflow.submit.empty", "core.bare"] {
        let value = String::from_utf8(git(&["config", "--get", key])).unwrap();
        assert_eq!(conf.get(key).unwrap().text(), value.strip_suffix('\n').unwrap(), "{key}");
    }
    assert_eq!(conf.get_all("pyflow.submit.reviewers").len(), 2);
    for word in [
        "true",
        "Yes",
        "on",
        "1",
        "-1",
        "2k",
        "false",
        "no",
        "OFF",
        "0",
        "0k",
        "",
        "maybe",
        "1x",
        "k",
        " 1",
        "0x1",
        "0x",
        "0xg",
        "--1",
        "+1",
        "08",
        "010",
        "2g",
        "1g",
        "99999999999",
    ] {
        let output = try_git(&["-c", &format!("a.b={word}"), "config", "--type=bool", "a.b"]);
        let gits = output.status.success().then(|| output.stdout.starts_with(b"true"));
        assert_eq!(super::gitconfig::boolean(Some(word)), gits, "{word:?}");
    }
}

#[test]
fn a_gitreview_becomes_a_reviewconf() {
    let text = "[gerrit]\nhost=h\nproject=a/b.git\ndefaultbranch=main\nscheme=https\nusepushurl=1\n";
    let conf = super::gitreview::parse(".gitreview", text.as_bytes()).unwrap().to_review_conf().unwrap();
    insta::assert_snapshot!(reviewconf::render(&conf), @r#"
    # Where changes of this project go for review. Read by pyflow; anyone can propose a change to it,
    # so every clone asks before it follows one to another server.
    version = 1

    [review]
    kind = "gerrit"
    url = "https://h"  # the review server
    project = "a/b"  # the project's name there
    remote = "origin"  # the git remote to use or create
    branch = "main"  # where changes go when nothing else tells
    "#);
    assert!(super::gitreview::GitReview::default().to_review_conf().is_err());
}

#[test]
fn the_schema_has_the_keys_of_the_reader() {
    let schema = fs::read_to_string(fixtures("schema/reviewconf.json")).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    for key in keys::ALL.iter().filter(|key| key.in_file) {
        let (table, name) = key.name.split_once('.').unwrap();
        assert!(schema["properties"][table]["properties"][name].is_object(), "{}", key.name);
    }
    let count = |table: &str| schema["properties"][table]["properties"].as_object().unwrap().len();
    let of = |table: &str| keys::ALL.iter().filter(|k| k.in_file && k.name.starts_with(table)).count();
    for table in ["review", "gate", "cla", "branches"] {
        assert_eq!(count(table), of(&format!("{table}.")), "{table}");
    }
    assert_eq!(count("backport"), of("backport."));
    assert_eq!(count("patchcheck"), patchcheck::KEYS.len());
}

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

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9π_][a-zA-Z0-9\"'_#=é-]{0,8}(/[a-z0-9][a-z0-9\"]{0,5}){0,2}"
}

fn named<T: FromStr + Debug + Clone>() -> impl Strategy<Value = Option<Sourced<T>>> {
    option(name().prop_filter_map("a name", |text| text.parse().ok().map(Sourced::default)))
}

fn confs() -> impl Strategy<Value = ReviewConf> {
    let url = "(https|ssh)://[a-z0-9]{1,9}(\\.[a-z]{2,5})?(:[1-9][0-9]{0,3})?(/[a-z]{1,4})?";
    let url = url.prop_filter_map("a URL", |text| text.parse::<ServerUrl>().ok().map(Sourced::default));
    let vote = ("[A-Za-z][A-Za-z0-9-]{0,9}".prop_filter_map("a label", |l| l.parse::<LabelName>().ok()), -10..=10);
    let approve = proptest::collection::btree_map(vote.0, vote.1, 0..4)
        .prop_filter_map("votes", |votes| Approve::new(votes).ok().map(Sourced::default));
    let lists = proptest::collection::btree_set(name(), 0..9).prop_map(|names: BTreeSet<String>| {
        let names: Vec<BranchName> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let part = |at: usize| Sourced::default(names.iter().skip(at).step_by(4).cloned().collect::<Vec<BranchName>>());
        [part(0), part(1), part(2), part(3)]
    });
    let version = option((0u64..100, 0u64..100, 0u64..100));
    let required = option(proptest::bool::ANY);
    (
        version,
        option(url),
        named::<ProjectName>(),
        named::<RemoteName>(),
        named(),
        option(approve),
        option(lists),
        required,
    )
        .prop_map(|(version, url, project, remote, branch, approve, lists, required)| {
            let kind = project.is_some().then_some(Sourced::default(ReviewKind::Gerrit));
            let [maintenance, security, release_candidate, end_of_life] =
                lists.map_or([None, None, None, None], |lists| lists.map(Some));
            ReviewConf {
                requires: version.map(|(x, y, z)| Sourced::default(Version(x, y, z))),
                review: ReviewTable { kind, url, project, remote, branch, approve },
                gate: gate(required),
                cla: cla(required),
                news: news(required),
                branches: BranchesTable {
                    default: None,
                    maintenance,
                    security,
                    release_candidate,
                    end_of_life,
                    release_cycle: required.and("include/\"cycle\".json".parse().ok().map(Sourced::default)),
                },
                backport: backport(required),
                patchcheck: PatchcheckTable::default(),
                ports: PortsTable {
                    counterpart: required.map(|_| Sourced::default(Counterpart::Merged)),
                    required: required.map(Sourced::default),
                },
                warnings: Vec::new(),
            }
        })
}

/// A table with every key, or none; what belongs together is not the file's matter.
fn cla(whole: Option<bool>) -> ClaTable {
    let Some(_) = whole else { return ClaTable::default() };
    ClaTable {
        kind: "status".parse().ok().map(Sourced::default),
        url: "https://api.forge.example/repos/a/b".parse().ok().map(Sourced::default),
        context: "CLA \"Signing\"".parse().ok().map(Sourced::default),
        path: "Misc/ä \"b\"".parse().ok().map(Sourced::default),
        sign: "https://example.org/cla".parse().ok().map(Sourced::default),
    }
}

/// A table with every key, or none.
fn gate(is_there: Option<bool>) -> GateTable {
    let Some(required) = is_there else { return GateTable::default() };
    let reverify = if required { "comment:re \"verify\"" } else { "enqueue" };
    GateTable {
        kind: "zuul".parse().ok().map(Sourced::default),
        url: "https://zuul.example.org/z".parse().ok().map(Sourced::default),
        tenant: "a_b.c-d".parse().ok().map(Sourced::default),
        recheck: "/retest \"ü\"".parse().ok().map(Sourced::default),
        reverify: reverify.parse().ok().map(Sourced::default),
        reason: (if required { "required" } else { "optional" }).parse().ok().map(Sourced::default),
        logs: Some(Sourced::default("https://logs.example.org".parse().into_iter().collect())),
    }
}

/// A table with every key, or none.
fn news(required: Option<bool>) -> NewsTable {
    let Some(required) = required else { return NewsTable::default() };
    let exempt = ["Doc/**", "**/test_*.py", "a \"b\""].iter().filter_map(|text| text.parse().ok()).collect();
    NewsTable {
        style: Some(Sourced::default(StyleName::Blurb)),
        directory: "Misc/NEWS \"ü\".d".parse().ok().map(Sourced::default),
        required: Some(Sourced::default(required)),
        exempt: Some(Sourced::default(exempt)),
    }
}

/// A table with every key, or none.
fn backport(prefix: Option<bool>) -> BackportTable {
    let Some(prefix) = prefix else { return BackportTable::default() };
    BackportTable {
        prefix: Some(Sourced::default(prefix)),
        co_author: Some(Sourced::default(!prefix)),
        gh_numbers: Some(Sourced::default(prefix)),
        carry: Some(Sourced::default(Carried::ALL.to_vec())),
    }
}

/// Without the places, which a value that was never in a file has not.
fn bare(conf: ReviewConf) -> ReviewConf {
    fn bare<T>(value: Option<Sourced<T>>) -> Option<Sourced<T>> {
        value.map(|value| Sourced::default(value.value))
    }
    let ReviewConf { requires, review, gate, cla, news, branches, backport, patchcheck, ports, warnings } = conf;
    ReviewConf {
        requires: bare(requires),
        review: ReviewTable {
            kind: bare(review.kind),
            url: bare(review.url),
            project: bare(review.project),
            remote: bare(review.remote),
            branch: bare(review.branch),
            approve: bare(review.approve),
        },
        gate: GateTable {
            kind: bare(gate.kind),
            url: bare(gate.url),
            tenant: bare(gate.tenant),
            recheck: bare(gate.recheck),
            reverify: bare(gate.reverify),
            reason: bare(gate.reason),
            logs: bare(gate.logs),
        },
        cla: ClaTable {
            kind: bare(cla.kind),
            url: bare(cla.url),
            context: bare(cla.context),
            path: bare(cla.path),
            sign: bare(cla.sign),
        },
        news: NewsTable {
            style: bare(news.style),
            directory: bare(news.directory),
            required: bare(news.required),
            exempt: bare(news.exempt),
        },
        branches: BranchesTable {
            default: bare(branches.default),
            maintenance: bare(branches.maintenance),
            security: bare(branches.security),
            release_candidate: bare(branches.release_candidate),
            end_of_life: bare(branches.end_of_life),
            release_cycle: bare(branches.release_cycle),
        },
        backport: BackportTable {
            prefix: bare(backport.prefix),
            co_author: bare(backport.co_author),
            gh_numbers: bare(backport.gh_numbers),
            carry: bare(backport.carry),
        },
        patchcheck,
        ports: PortsTable { counterpart: bare(ports.counterpart), required: bare(ports.required) },
        warnings,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_reads_as_it_was(conf in confs()) {
        let text = reviewconf::render(&conf);
        let read = reviewconf::parse_for("f", text.as_bytes(), Version(100, 0, 0));
        let read = read.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(bare(read), conf);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (_, format) in FOLDERS {
            if let Err(error) = read(format, &bytes) {
                assert_harmless("bytes", &told(&error));
            }
        }
        drop(GitConfig::parse(&bytes));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "(\\[|\\]|gerrit|review|host|project|=|:|\"|'|\n| |\\PC|\u{1b}|%|\\{|\\}|version|1|https://|-|#){0,40}") {
        for (_, format) in FOLDERS {
            match read(format, text.as_bytes()) {
                Ok((settings, _)) => assert_typed(&text, &settings),
                Err(error) => assert_harmless("text", &told(&error)),
            }
        }
        if let Ok(url) = text.parse::<super::RemoteUrl>() {
            assert_harmless("remote", &url.to_string());
        }
    }
}

#[test]
fn the_checked_in_file_is_one_of_two() {
    let file = parse_file(Format::GitReview, "f", GITREVIEW.as_bytes()).unwrap();
    assert!(matches!(&file, FileConf::GitReview(_)));
    assert_eq!(file.format().file_name(), ".gitreview");
}
