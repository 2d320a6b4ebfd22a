//! pyflow takes a change from a local branch to landed on every branch that needs it.

use std::process::ExitCode;

pub mod checkout;
pub mod cli;
pub mod commands;
pub mod error;
pub mod http;
pub mod names;
pub mod observe;
pub mod review;
pub mod secret;
#[cfg(feature = "server")]
pub mod server;
pub mod ui;

/// Runs the program with these arguments.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let _cli = <cli::Cli as clap::Parser>::parse_from(arguments);
    ExitCode::SUCCESS
}
