//! `pyflow demo`, the first command that the README gives a person: what they see, how each step
//! ends, and what is left when it is over. Nothing is said about which steps there are.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::{Clone, PYFLOW, Run, World, real_git};
use crate::watch::script;

/// Somebody who has just installed pyflow: no git identity, no token, an empty folder.
fn newcomer(world: &World) -> Clone<'_> {
    let person = Clone { person: world.user("dave"), dir: world.path("empty") };
    std::fs::remove_file(person.person.home.join(".gitconfig")).unwrap();
    std::fs::create_dir_all(&person.dir).unwrap();
    person
}

fn demo<'w>(person: &Clone<'w>, words: &str, path: &str) -> Run<'w> {
    person.pyflow_with(words, |command| alone(command, path))
}

/// Takes the sandbox's own settings away.
fn alone(command: &mut Command, path: &str) {
    for name in ["PYFLOW_REVIEW_USER", "PYFLOW_REVIEW_TOKEN", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "PYFLOW_NOW"] {
        command.env_remove(name);
    }
    command.env("PATH", path);
}

/// A PATH on which `pyflow` is the program under test.
fn path() -> String {
    format!("{}:{}", Path::new(PYFLOW).parent().unwrap().display(), std::env::var("PATH").unwrap())
}

/// Whether something answers at a URL.
fn is_up(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The lines `WHO$ COMMAND` of what was told.
fn typed(told: &str) -> Vec<&str> {
    let is_prompt = |line: &&str| {
        line.split_once("$ ").is_some_and(|(who, _)| !who.is_empty() && who.bytes().all(|b| b.is_ascii_lowercase()))
    };
    told.lines().filter(is_prompt).collect()
}

/// Ctrl-C in the middle: the server ends, and the folder goes.
#[test]
fn an_interrupted_demo_leaves_nothing() {
    let world = World::embedded();
    let person = newcomer(&world);
    let scratch = world.path("scratch");
    std::fs::create_dir_all(&scratch).unwrap();
    let run = person.pyflow_watched(
        "demo",
        |command| {
            alone(command, &path());
            command.env("TMPDIR", &scratch);
        },
        |process| {
            let scratch = scratch.clone();
            std::thread::spawn(move || {
                // The server is up, and the story has begun.
                let is_up = || inside(&scratch).iter().any(|folder| folder.join("alice/uses/summary").exists());
                while !is_up() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
            });
        },
    );
    assert_eq!(run.code, Some(130), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("interrupted, and its server is ended"), "{}", run.stderr);
    assert_eq!(inside(&scratch), Vec::<PathBuf>::new());
    let servers = Command::new("pgrep").args(["-f", &scratch.display().to_string()]).output();
    assert!(servers.is_ok_and(|found| found.stdout.is_empty()));
}

#[test]
fn everybody_sees_the_workflow_and_nothing_is_left() {
    let world = World::embedded();
    let person = newcomer(&world);
    let run = demo(&person, "demo", &path()).success();
    let told = format!("{}{}", run.stdout, run.stderr);
    let typed = typed(&told);
    assert!(typed.len() > 5, "{told}");
    for command in [
        "alice$ pyflow submit ",
        "alice$ pyflow status",
        "carol$ pyflow approve ",
        "alice$ pyflow recheck --bug ",
        "carol$ pyflow gate promote ",
    ] {
        assert!(typed.iter().any(|line| line.starts_with(command)), "{command}: {told}");
    }
    // Each command stands before what it printed, and each act has its sentence.
    let at = |text: &str| told.find(text).unwrap_or_else(|| panic!("no {text:?} in\n{told}"));
    assert!(at("\n# ") < at("alice$ pyflow submit "), "{told}");
    let order = ["alice$ pyflow submit ", "created ", "carol$ pyflow approve ", "  merged  "].map(at);
    assert!(order.is_sorted(), "{told}");
    // A failure that was nobody's fault is asked about again, and it shows; one change passes the
    // others; the last thing is a watch that sees them land.
    let order =
        ["data failed: `connection to mirror timed out`", "seen: the checks run again", "now: it is 1 of 3 in gate"];
    assert!(order.map(at).is_sorted(), "{told}");
    let last = typed[typed.len() - 1];
    assert!(last.starts_with("alice$ pyflow status ") && last.contains(" --watch --until merged"), "{last}");
    let watched: Vec<&str> = told[at(last)..].lines().skip(1).collect();
    assert!(!watched[0].ends_with("  merged") && watched.iter().any(|line| line.ends_with("  merged")), "{told}");
    assert!(!told.contains("error: ") && !told.contains("panicked"), "{told}");
    let server = &told[at("http://127.0.0.1:")..];
    let server = server.split("/c/").next().unwrap();
    assert!(server.len() > "http://127.0.0.1:".len() && !is_up(server), "{server} is still up");
    assert_eq!(inside(&person.dir), [] as [PathBuf; 0]);
    assert_eq!(inside(&person.person.home), [] as [PathBuf; 0], "TMPDIR and HOME");
}

#[test]
fn people_may_go_on() {
    let world = World::embedded();
    let person = newcomer(&world);
    let run = person.pyflow_with("demo --keep stage", |command| {
        alone(command, &path());
        command.env("PYFLOW_COLUMNS", "60");
    });
    let run = run.success();
    let listed: Vec<&str> =
        run.stderr.lines().filter(|line| line.contains("Add a summary") && line.contains("V+1")).collect();
    assert!(!listed.is_empty() && listed.iter().all(|line| line.chars().count() <= 60), "{}", run.stderr);
    let folder = person.dir.join("stage");
    let (next, told): (Vec<&str>, Vec<&str>) = run.stdout.lines().partition(|line| line.starts_with("  "));
    let server = told[0].strip_prefix("The server is up at ").and_then(|rest| rest.split(';').next()).unwrap();
    assert!(is_up(server), "the server was to stay up");
    assert_eq!(*told.last().unwrap(), format!("everything is in {}", folder.display()));

    // What it says to try next works as it stands; the last of it ends the server.
    let next: Vec<&str> = next.into_iter().map(str::trim_start).collect();
    assert!(next[0].starts_with("cd ") && next[next.len() - 1].starts_with("kill "), "{next:?}");
    let lines = format!("set -ex\n{}\n", next.join("\n"));
    let tried = person.run("sh", ["-c", &lines], |command| {
        command.env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_REVIEW_TOKEN").env("PATH", path());
    });
    let tried = tried.success();
    for begin in ["created ", "voted Code-Review +2 on "] {
        let there = |line: &str| line.starts_with(begin) && line.contains("Try something");
        assert!(tried.stdout.lines().any(there), "{}{}", tried.stdout, tried.stderr);
    }
    let began = std::time::Instant::now();
    while is_up(server) {
        assert!(began.elapsed() < Duration::from_secs(20), "the server does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    // A folder that is there is nobody's to play in.
    let again = demo(&person, "demo stage", &path()).ends_with(2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert!(folder.join("alice").is_dir());
}

/// A step that fails is seen in the exit code, nothing follows it, and the server ends all the same.
/// Programs get every step.
#[test]
fn a_step_that_fails_is_told() {
    let world = World::embedded();
    let person = newcomer(&world);
    let shim = world.path("shim");
    let body = format!("case \"$*\" in fetch*) exit 9;; esac\nexec '{}' \"$@\"\n", real_git().display());
    script(&shim.join("git"), &body);
    let run = demo(&person, "demo --format json", &format!("{}:{}", shim.display(), path())).ends_with(1);
    let document = run.json();
    let steps = document["steps"].as_array().unwrap();
    let failed = |step: &Value| step["exit_code"] == 9 && step["command"].as_str().unwrap().starts_with("git fetch");
    assert!(steps.iter().any(failed), "{document:#}");
    assert!(!is_up(document["server"].as_str().unwrap()), "the server is still up");
    let told: Vec<String> = steps
        .iter()
        .map(|step| format!("{}$ {}", step["who"].as_str().unwrap(), step["command"].as_str().unwrap()))
        .collect();
    assert_eq!(told, typed(&run.stderr));
    assert!(told.iter().all(|line| !line.starts_with("bob$")), "{told:?}");
    assert_eq!(inside(&person.person.home), [] as [PathBuf; 0]);
}
