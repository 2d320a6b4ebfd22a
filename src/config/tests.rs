//! The room as a whole, on the files of `fixtures/`.

mod generated;
mod pin;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::patchcheck;
use super::reviewconf::{self, Version};
use super::{FileConf, Format, GitConfig, Overrides, Settings, Warning, keys, load, parse_file, resolve};
use crate::error::{Error, Kind};
use crate::names::{BranchName, ServerUrl, is_invisible};

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
fn the_checked_in_file_is_one_of_two() {
    let file = parse_file(Format::GitReview, "f", GITREVIEW.as_bytes()).unwrap();
    assert!(matches!(&file, FileConf::GitReview(_)));
    assert_eq!(file.format().file_name(), ".gitreview");
}
