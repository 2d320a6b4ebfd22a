//! pyflow takes a change from a local branch to *landed on every branch that needs it*.
//!
//! The map: the rooms in reading order, and what each is for. Imports run downwards, which a test
//! below looks after; only the commands know the embedded server.
//!
//! - [`commands`]: one file a command, from its arguments to a plan to an outcome
//! - [`cli`]: what can be typed; help, man pages and completions come from it
//! - [`ui`]: the terminal: text views, JSON, progress, questions
//! - [`outcome`]: what commands report, as values and documents
//! - [`config`]: what is configured, where each value came from, and the pin
//! - [`backport`]: a change cloned to other branches: which may get it, what its message says
//! - [`ports`]: the ledger: which fix has its counterpart on which branch
//! - [`news`]: fragments, one file for each entry, and what is made of them
//! - [`patchcheck`]: chores before review that files alone decide
//! - [`cla`]: who has signed the contributor agreement, asked of the registry that knows
//! - [`gate`]: what tests and merges approved changes; what is in a change's way, and what comes next
//! - [`review`]: the review server: its model, the seam, one executor, a folder for each system
//! - [`http`]: one client, its limits, its errors
//! - [`secret`]: where credentials are found, what they are bound to, how git is handed one
//! - [`checkout`]: the local repository: libgit2 reads, git acts; the stack, the journal
//! - `server`: the embedded review server and merge gate (feature `server`)
//! - [`observe`]: progress, talk and questions as a trait, which `ui` implements
//! - [`error`]: one shape of error: kind, message, hints, exit code
//! - [`names`]: a type for each kind of string that rooms share

#[cfg(not(unix))]
compile_error!("pyflow runs on Linux and macOS: tokens, locks and jobs rely on what these two have in common");

pub mod cli;
pub mod commands;
pub mod outcome;
pub mod ui;

pub mod config;

pub mod backport;
pub mod cla;
pub mod news;
pub mod patchcheck;
pub mod ports;

pub mod gate;
pub mod review;

pub mod checkout;
pub mod http;
pub mod secret;

#[cfg(feature = "server")]
pub mod server;

pub mod error;
pub mod names;
pub mod observe;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use cli::{Cli, Format};
use outcome::Outcome;
use ui::{Options, Ui};

/// Runs the program: parses, does, prints, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(usage) => return not_understood(&usage, &arguments),
    };
    let ui = Ui::new(options(&cli), &|name| std::env::var(name).ok());
    let done = commands::run(&cli, &ui, &ui).and_then(|outcome| {
        match &outcome {
            Outcome::Silent | Outcome::Told(_) => {}
            Outcome::Raw(text) => ui.raw(text)?,
            outcome => ui.print(outcome)?,
        }
        Ok(outcome.exit())
    });
    match done {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(kind)) => ExitCode::from(kind.exit_code()),
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Help and version are asked for; everything else is an error, which programs get as a document.
fn not_understood(usage: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let word = |at: usize| arguments.get(at).and_then(|argument| argument.to_str()).unwrap_or_default();
    let json = (0..arguments.len())
        .any(|at| word(at) == "--format=json" || (word(at) == "--format" && word(at + 1) == "json"));
    if json && usage.use_stderr() {
        let text = usage.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let error = lines.fold(error::Error::usage(message), error::Error::hint);
        let options = Options { format: ui::Format::Json, ..Options::default() };
        Ui::new(options, &|name| std::env::var(name).ok()).error(&error);
    } else {
        // clap chooses the stream; a closed one leaves nothing to say.
        usage.print().ok();
    }
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}

fn options(cli: &Cli) -> Options {
    let global = &cli.global;
    Options {
        format: match global.format {
            Format::Text => ui::Format::Text,
            Format::Json => ui::Format::Json,
        },
        color: global.color,
        quiet: global.quiet,
        verbose: global.verbose,
        no_input: global.no_input,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    /// The rooms of the map, from top to bottom.
    fn rooms() -> Vec<&'static str> {
        let lines = include_str!("lib.rs").lines().take_while(|line| line.starts_with("//!"));
        lines.filter_map(|line| line.strip_prefix("//! - ")?.split('`').nth(1)).collect()
    }

    /// The room's own files, without those that hold tests only.
    fn files(of: &Path) -> Vec<PathBuf> {
        let mut found = vec![of.with_extension("rs")];
        for entry in of.read_dir().into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(&path));
            } else if !path.ends_with("tests.rs") {
                found.push(path);
            }
        }
        found.retain(|file| file.is_file() && !file.ends_with("tests.rs"));
        found
    }

    #[test]
    fn imports_run_down_the_map() {
        let rooms = rooms();
        let declared = include_str!("lib.rs").lines();
        let declared = declared.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        let (declared, mapped) = (declared.collect::<BTreeSet<_>>(), rooms.iter().copied().collect());
        assert_eq!(declared, mapped, "every room is on the map");
        let place = |room: &str| rooms.iter().position(|known| *known == room).unwrap();
        for room in &rooms {
            for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room)) {
                let text = std::fs::read_to_string(&file).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                    for after in line.split("crate::").skip(1) {
                        let used = after.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
                        let known = used != "server" || ["commands", "server"].contains(room);
                        let fine = place(room) <= place(used) && known;
                        assert!(fine, "{} uses {used}: {line}", file.display());
                    }
                }
            }
        }
    }
}
