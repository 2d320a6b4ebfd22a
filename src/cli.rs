//! What can be typed: the source of the help texts, the man pages and the completions.
//!
//! Nothing here decides or does anything; `commands` turns these values into plans. The commands are
//! here, their options in a file for each group of them.

mod branches;
mod chores;
mod gate;
mod review;
#[cfg(feature = "server")]
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::branches::{BackportArgs, Conflicts, PortsArgs};
pub use self::chores::{
    Annotations, ClaAction, ClaArgs, ClaSignArgs, NewsAddArgs, NewsCheckArgs, NewsCommand, NewsMergeArgs,
    NewsReleaseArgs, PatchcheckArgs,
};
pub use self::gate::{GateArgs, GateCommand, RecheckArgs, StatusArgs};
pub use self::review::{ApproveArgs, ListArgs, SetupArgs, SubmitArgs, UndoArgs, VoteArgs};
#[cfg(feature = "server")]
pub use self::serve::{
    DemoArgs, ServeAction, ServeArgs, ServeInitArgs, SubmitType, TokenArgs, UserAction, UserAddArgs,
};
use crate::observe::ColorChoice;

/// Takes a change from a local branch to landed on every branch that needs it.
#[derive(Debug, Parser)]
#[command(name = "pyflow", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Run as if started in this folder
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_name = "FORM", global = true, default_value = "text")]
    pub format: Format,
    /// When to use colours
    #[arg(long, value_name = "WHEN", global = true)]
    pub color: Option<ColorChoice>,
    /// Never ask; fail, and name the option that answers
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Leave out notes and progress; the result, warnings and errors stay
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show the git commands and HTTP requests
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// Form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document, described by a schema
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Learn, check and pin the review server of this clone
    Setup(SetupArgs),
    /// Check the stack and send it for review; run again to update
    Submit(Box<SubmitArgs>),
    /// Show where changes are, why they have not landed, and what to do next
    Status(StatusArgs),
    /// List open changes of the project
    List(ListArgs),
    /// Vote for exactly the patch set that was looked at
    Vote(VoteArgs),
    /// Give the votes that `.reviewconf` calls an approval
    Approve(ApproveArgs),
    /// Run the checks, or the merge, of a change again, and say why
    Recheck(RecheckArgs),
    /// Put a change into the gate, take it out, or put it at the head
    #[command(subcommand)]
    Gate(GateCommand),
    /// Look for whitespace and other slips in the changed files
    Patchcheck(PatchcheckArgs),
    /// Tell whose contributor agreement is missing; sign one where the server offers it
    Cla(ClaArgs),
    /// Clone a change to other branches, and send the clones for review
    Backport(Box<BackportArgs>),
    /// Show which fixes of maintenance branches lack a counterpart, and on which branch
    Ports(PortsArgs),
    /// Take back the last move of a branch that pyflow made
    Undo(UndoArgs),
    /// Write, check, merge and release news fragments
    #[command(subcommand)]
    News(NewsCommand),
    /// Store, remove or show the credentials for a server
    Auth(AuthArgs),
    /// Run the embedded review server
    #[cfg(feature = "server")]
    Serve(Box<ServeArgs>),
    /// Play the workflow in a scratch folder, with a server of its own
    #[cfg(feature = "server")]
    Demo(DemoArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Write the manual pages
    Man(ManArgs),
    /// Answer git's question for a password from a running pyflow
    #[command(hide = true)]
    CredentialHelper(CredentialHelperArgs),
}

/// Options of `pyflow auth`.
#[derive(Debug, Args)]
pub struct AuthArgs {
    /// What to do
    #[command(subcommand)]
    pub action: AuthAction,
    /// The server that it is about
    #[arg(long, value_name = "ROLE", global = true, default_value = "review")]
    pub role: AuthRole,
}

/// A server with credentials of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AuthRole {
    /// The review server
    Review,
    /// What merges changes
    Gate,
    /// Who keeps the contributor agreements
    Cla,
}

/// What `pyflow auth` does.
#[derive(Debug, Subcommand)]
pub enum AuthAction {
    /// Store a password or token, after the server has accepted it
    Login {
        /// User name on the server
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Read the password or token from standard input
        #[arg(long)]
        with_token: bool,
        /// Keep it in a file that only you can read, where there is no keyring
        #[arg(long)]
        insecure_storage: bool,
    },
    /// Remove what was stored
    Logout,
    /// Show which credentials are in use, where they come from, and whether the server takes them
    Status,
}

/// Options of `pyflow completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `pyflow man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder to write to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Options of the helper that git starts.
#[derive(Debug, Args)]
pub struct CredentialHelperArgs {
    /// Where the running pyflow listens
    pub socket: PathBuf,
    /// `get`, `store` or `erase`
    pub operation: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
