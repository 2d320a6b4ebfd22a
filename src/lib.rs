//! pyflow takes a change from a local branch to *landed on every branch that needs it*.
//!
//! The rooms, in reading order. Imports run downwards: `commands` use the domain and the roles,
//! those use `checkout`, `http` and `secret`, and everything may use `names`, `observe` and `error`.

pub mod cli;
pub mod commands;
pub mod outcome;
pub mod ui;

pub mod config;

pub mod review;

pub mod news;

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

use cli::{Cli, Color, Format};
use outcome::Outcome;
use ui::{ColorChoice, Options, Ui};

/// Runs the program: parses, does, prints, and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            // clap chooses the stream; a closed one leaves nothing to say.
            usage.print().ok();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let ui = Ui::new(options(&cli), &|name| std::env::var(name).ok());
    let done = commands::run(&cli, &ui).and_then(|outcome| {
        match &outcome {
            Outcome::Silent => {}
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

fn options(cli: &Cli) -> Options {
    let global = &cli.global;
    Options {
        format: match global.format {
            Format::Text => ui::Format::Text,
            Format::Json => ui::Format::Json,
        },
        color: match global.color {
            None | Some(Color::Auto) => ColorChoice::Auto,
            Some(Color::Always) => ColorChoice::Always,
            Some(Color::Never) => ColorChoice::Never,
        },
        quiet: global.quiet,
        verbose: global.verbose,
        no_input: global.no_input,
    }
}
