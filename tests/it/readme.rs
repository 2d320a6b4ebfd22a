//! The commands that the README shows are run, and print what it says.
//!
//! A block marked `console` is run in order with all others, in one scratch folder. A line that
//! begins with `$ ` is a command for the shell and must succeed; the lines after it are what it
//! prints (stdout, then stderr), where `...` stands for anything; a command without such lines may
//! print what it likes. A block marked `console no_run` is not run.

use std::path::{Path, PathBuf};

use crate::sandbox::{Clone, PYFLOW, World, kill};

/// A command, and what it should print.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    command: String,
    output: Vec<String>,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(mark) = line.strip_prefix("```") else { continue };
        for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
            match (mark.trim(), line.strip_prefix("$ ")) {
                ("console", Some(command)) => steps.push(Step { command: command.to_owned(), output: Vec::new() }),
                ("console", None) => steps.last_mut().expect("a command first").output.push(line.to_owned()),
                _ => {}
            }
        }
    }
    steps
}

/// Whether a text is a pattern in which `...` stands for anything.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split("...");
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn the_readme_tells_the_truth() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(file).expect("there is a README.md");
    let world = World::embedded();
    let clone = Clone { person: world.user("alice"), dir: world.path("readme") };
    std::fs::create_dir_all(&clone.dir).unwrap();
    let program = Path::new(PYFLOW).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let _server = Started(clone.dir.join("server.pid"));
    for step in steps(&text) {
        let run = clone.run("sh", ["-c", &step.command], |command| {
            // The person of the README has no credentials but those that it shows.
            command.env("PATH", &path).env_remove("PYFLOW_REVIEW_USER").env_remove("PYFLOW_REVIEW_TOKEN");
        });
        let printed = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(0), "{}\n{printed}", step.command);
        let wanted = step.output.join("\n");
        assert!(
            step.output.is_empty() || fits(printed.trim_end(), wanted.trim_end()),
            "{}\nprints\n{printed}\nand not\n{wanted}",
            step.command
        );
    }
}

/// A process whose number is in this file; ended where the test that started it fails.
struct Started(PathBuf);

impl Drop for Started {
    fn drop(&mut self) {
        let number = || std::fs::read_to_string(&self.0).ok()?.trim().parse().ok();
        if let Some(process) = number().filter(|_| std::thread::panicking()) {
            kill(process);
        }
    }
}

#[test]
fn blocks_and_patterns() {
    let text = "```console\n$ one\nout ...\n$ two\n```\n```console no_run\n$ no\n```\n```sh\n$ no\n```\n```console\n$ three\n```\n";
    let step = |command: &str, output: &[&str]| Step {
        command: command.to_owned(),
        output: output.iter().map(|line| (*line).to_owned()).collect(),
    };
    assert_eq!(steps(text), [step("one", &["out ..."]), step("two", &[]), step("three", &[])]);
    for (text, pattern) in [("a", "a"), ("abc", "a...c"), ("abc", "..."), ("abc", "...bc"), ("a\nb\nc", "a\n...\nc")] {
        assert!(fits(text, pattern), "{text:?} {pattern:?}");
    }
    for (text, pattern) in [("a", "b"), ("ab", "a"), ("abc", "a...d"), ("abc", "b..."), ("aba", "ab...ba")] {
        assert!(!fits(text, pattern), "{text:?} {pattern:?}");
    }
}
