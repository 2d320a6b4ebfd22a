//! What can be typed: the source of the help texts, the man pages and the completions.
//!
//! Nothing here decides or does anything; `commands` turns these values into plans.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Takes a change from a local branch to landed on every branch that needs it.
#[derive(Debug, Parser)]
#[command(name = "pyflow", version, propagate_version = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the embedded review server
    #[cfg(feature = "server")]
    Serve(ServeArgs),
}

/// Options of `pyflow serve`.
#[cfg(feature = "server")]
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ServeArgs {
    /// What to do instead of serving
    #[command(subcommand)]
    pub action: Option<ServeAction>,
    /// Folder that holds the server's repositories, accounts and configuration
    #[arg(long, value_name = "DIR", global = true, default_value = "pyflow-server")]
    pub dir: PathBuf,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8462")]
    pub listen: std::net::SocketAddr,
    /// Write the server's URL to this file once it answers
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// The https URL that people use, where a proxy stands in front
    #[arg(long, value_name = "URL")]
    pub canonical_url: Option<url::Url>,
}

/// What `pyflow serve` does besides serving.
#[cfg(feature = "server")]
#[derive(Debug, Subcommand)]
pub enum ServeAction {}
