//! pyflow takes a change from a local branch to *landed on every branch that needs it*.
//!
//! The rooms, in reading order. Imports run downwards: `commands` use the domain and the roles,
//! those use `checkout`, `http` and `secret`, and everything may use `names`, `observe` and `error`.

#[cfg(not(unix))]
compile_error!("pyflow runs on Linux and macOS: tokens, locks and jobs rely on what these two have in common");

pub mod cli;
pub mod commands;
pub mod outcome;
pub mod ui;

pub mod config;

pub mod gate;
pub mod review;

pub mod backport;
pub mod cla;
pub mod news;
pub mod patchcheck;
pub mod ports;

pub mod checkout;
pub mod http;
pub mod secret;

pub mod error;
pub mod names;
pub mod observe;

#[cfg(feature = "server")]
pub mod server;

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
