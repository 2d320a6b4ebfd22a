//! The embedded server: `serve`, `demo`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Options of `pyflow serve`.
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
    /// Take this repository over first, with its branches and tags; once it is here it is not read again
    #[arg(long, value_name = "PATH")]
    pub import: Option<PathBuf>,
    /// Name of the imported project [default: the folder's name]
    #[arg(long, value_name = "NAME", requires = "import")]
    pub project: Option<String>,
}

/// What `pyflow serve` does besides serving.
#[derive(Debug, Subcommand)]
pub enum ServeAction {
    /// Make the server's folder, and a project in it
    Init(ServeInitArgs),
    /// Manage accounts
    #[command(subcommand)]
    User(UserAction),
    /// Look for mistakes in `server.toml`, `accounts.toml` and the repositories
    CheckConfig,
}

/// Options of `pyflow serve init`.
#[derive(Debug, Args)]
pub struct ServeInitArgs {
    /// Name of the project
    #[arg(long, value_name = "NAME")]
    pub project: String,
    /// A branch to make; the first one is the default branch
    #[arg(long, value_name = "BRANCH")]
    pub branch: Vec<String>,
    /// Begin with the branches and tags of this repository
    #[arg(long, value_name = "PATH")]
    pub seed: Option<PathBuf>,
    /// One line about the project
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// A label whose approval is needed; none given: all
    #[arg(long, value_name = "LABEL")]
    pub requirement: Vec<String>,
    /// The agreement that contributors must have signed
    #[arg(long, value_name = "NAME")]
    pub contributor_agreement: Option<String>,
    /// Readable, but nothing can be pushed
    #[arg(long)]
    pub closed_for_review: bool,
    /// A group that can see the project; none given: everybody
    #[arg(long, value_name = "GROUP")]
    pub visible_to: Vec<String>,
    /// How changes get onto their branch
    #[arg(long, value_name = "TYPE")]
    pub submit_type: Option<SubmitType>,
}

/// How changes get onto their branch.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub enum SubmitType {
    /// A merge commit for every change
    #[default]
    MergeAlways,
    /// Fast-forward where possible
    MergeIfNecessary,
    /// The change's commit where possible, else a copy of it on the tip
    RebaseIfNecessary,
    /// Only where the change is based on the tip
    FastForwardOnly,
}

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Add an account and print its token, once
    Add(UserAddArgs),
    /// Give an account a new token; the old one is void
    Token {
        /// User name
        name: String,
        /// The token
        #[command(flatten)]
        token: TokenArgs,
    },
    /// Remove an account; what it did stays, with its name
    Remove {
        /// User name
        name: String,
    },
}

/// Options of `pyflow serve user add`.
#[derive(Debug, Args)]
pub struct UserAddArgs {
    /// User name
    pub name: String,
    /// The person's name
    #[arg(long, value_name = "TEXT")]
    pub full_name: Option<String>,
    /// An address that commits may bear; the first one is shown
    #[arg(long, value_name = "ADDRESS")]
    pub email: Vec<String>,
    /// A group: core, release-managers, ci, or one of your own
    #[arg(long, value_name = "GROUP")]
    pub group: Vec<String>,
    /// The token
    #[command(flatten)]
    pub token: TokenArgs,
}

/// Where a token comes from and goes to.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Write the token to this file (mode 0600) instead of printing it
    #[arg(long, value_name = "FILE", conflicts_with = "token_stdin")]
    pub token_file: Option<PathBuf>,
    /// Read the token from standard input instead of making one
    #[arg(long)]
    pub token_stdin: bool,
}

/// Options of `pyflow demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder to play in; it must not exist yet [default: a new temporary one]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Leave the server up and the folder in place, and tell what to try next
    #[arg(long)]
    pub keep: bool,
}
