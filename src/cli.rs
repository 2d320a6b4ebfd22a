//! What can be typed: the source of the help texts, the man pages and the completions.
//!
//! Nothing here decides or does anything; `commands` turns these values into plans.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::gate::watch::Until;
use crate::observe::ColorChoice;
use crate::review::checks::CheckName;
use crate::review::model::Notify;

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

/// Options of `pyflow setup`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct SetupArgs {
    /// URL of the review server, where no file names it
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Project on the review server, where no file names it
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Git remote to use or create
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
    /// Branch that changes land on unless said otherwise
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// User name on the review server
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Write a `.reviewconf` that says what `.gitreview` says
    #[arg(long)]
    pub import: bool,
    /// Accept what was found without a question
    #[arg(short, long)]
    pub yes: bool,
    /// Change nothing; tell whether everything is in place
    #[arg(long, conflicts_with_all = ["import", "yes"])]
    pub check: bool,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow submit`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct SubmitArgs {
    /// Branch that the change should land on, and a part of the stack
    #[arg(value_name = "TARGET|A..B", num_args = 0..=2)]
    pub what: Vec<String>,
    /// Send only the newest commit; those below it must be on the server already
    #[arg(long)]
    pub only: bool,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Send more commits than `submit.max-stack` without a question
    #[arg(short, long)]
    pub yes: bool,
    /// Go on although a newer patch set by somebody else would be replaced
    #[arg(long)]
    pub replace: bool,
    /// Group the changes under a topic
    #[arg(short, long, value_name = "NAME")]
    pub topic: Option<String>,
    /// Add a hashtag (can be repeated)
    #[arg(long = "hashtag", value_name = "TAG")]
    pub hashtags: Vec<String>,
    /// Ask somebody, or a group, to review (can be repeated)
    #[arg(short = 'r', long = "reviewer", value_name = "WHO")]
    pub reviewers: Vec<String>,
    /// Let somebody, or a group, know (can be repeated)
    #[arg(long, value_name = "WHO")]
    pub cc: Vec<String>,
    /// Mark as work in progress
    #[arg(short, long, conflicts_with = "ready")]
    pub wip: bool,
    /// Mark as ready for review
    #[arg(long)]
    pub ready: bool,
    /// Show to the owner and reviewers only
    #[arg(long, conflicts_with = "no_private")]
    pub private: bool,
    /// Show to everybody again
    #[arg(long)]
    pub no_private: bool,
    /// Vote with the upload: `Code-Review=-1` (can be repeated)
    #[arg(short, long = "label", value_name = "LABEL=VALUE")]
    pub labels: Vec<String>,
    /// Describe the patch set
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Who gets mail
    #[arg(long, value_name = "WHOM")]
    pub notify: Option<Notify>,
    /// Commits up to here are not part of it, although the target lacks them (can be repeated)
    #[arg(long, value_name = "COMMIT")]
    pub base: Vec<String>,
    /// Push option for the server, as it is (can be repeated)
    #[arg(short = 'o', long = "push-option", value_name = "OPTION")]
    pub push_options: Vec<String>,
    /// Approve what was sent, as oneself where that is allowed, and follow it until it has landed
    #[arg(long)]
    pub land: bool,
    /// Leave a check out (can be repeated)
    #[arg(long = "no-verify", value_name = "CHECK")]
    pub no_verify: Vec<CheckName>,
    /// Git remote of the review server
    #[arg(long, value_name = "NAME")]
    pub remote: Option<String>,
}

/// Options of `pyflow status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Changes: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's stack]
    #[arg(value_name = "CHANGE")]
    pub changes: Vec<String>,
    /// All my open changes in this project
    #[arg(long, conflicts_with = "changes")]
    pub mine: bool,
    /// Read the logs of failed jobs, and show the lines that tell what failed
    #[arg(long)]
    pub logs: bool,
    /// Look again and again, until every change has landed or has failed
    #[arg(short, long)]
    pub watch: bool,
    /// Watch until this; the exit code is the outcome's
    #[arg(long, value_name = "WHAT")]
    pub until: Option<Until>,
    /// Watch no longer than this: `90s`, `15m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
}

/// `90`, `90s`, `15m`, `2h`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let digits = Some(number).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    let seconds = digits.and_then(|number| number.parse::<u64>().ok()).and_then(|number| number.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(|| "write for example `90s`, `15m` or `2h`".to_owned())
}

/// Options of `pyflow recheck`.
#[derive(Debug, Args)]
pub struct RecheckArgs {
    /// Change: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's]
    #[arg(value_name = "CHANGE")]
    pub change: Option<String>,
    /// The known bug that made it fail: a number, or its page's address
    #[arg(short, long, value_name = "BUG")]
    pub bug: Option<String>,
    /// What made it fail, in words
    #[arg(short, long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ask although nothing has failed, or something still runs
    #[arg(short, long)]
    pub force: bool,
    /// Wait no longer than this until it shows
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub timeout: Duration,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What `pyflow gate` does.
#[derive(Debug, Subcommand)]
pub enum GateCommand {
    /// Put a change into the gate
    Enqueue(GateArgs),
    /// Take a change out of the gate
    Dequeue(GateArgs),
    /// Merge it now: put a change at the head of its queue
    Promote(GateArgs),
}

/// Options of `pyflow gate enqueue`, `dequeue` and `promote`.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// Change: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's]
    #[arg(value_name = "CHANGE")]
    pub change: Option<String>,
    /// Pipeline, where several merge
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Go on without a question about what it costs others
    #[arg(short, long)]
    pub yes: bool,
    /// Wait no longer than this until it shows
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub timeout: Duration,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only mine
    #[arg(long)]
    pub mine: bool,
    /// Only those that this person reviews; `self` is you
    #[arg(long, value_name = "WHO")]
    pub reviewer: Option<String>,
    /// Only those of a topic
    #[arg(long, value_name = "NAME")]
    pub topic: Option<String>,
    /// Only those for a branch
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// In the server's own query language, added to the rest
    #[arg(long, value_name = "QUERY")]
    pub query: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Options of `pyflow vote`.
#[derive(Debug, Args)]
pub struct VoteArgs {
    /// Changes, and votes: `1841,3 Code-Review=2`
    #[arg(value_name = "CHANGE… LABEL=VALUE", required = true)]
    pub what: Vec<String>,
    /// Say something with it
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow approve`.
#[derive(Debug, Args)]
pub struct ApproveArgs {
    /// Changes: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's]
    #[arg(value_name = "CHANGE")]
    pub changes: Vec<String>,
    /// Say something with it
    #[arg(short, long, value_name = "TEXT")]
    pub message: Option<String>,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow patchcheck`.
#[derive(Debug, Args)]
pub struct PatchcheckArgs {
    /// Branch that the change should land on; what differs from it is looked at
    #[arg(value_name = "TARGET", conflicts_with_all = ["base", "all"])]
    pub target: Option<String>,
    /// Look at what differs from this commit
    #[arg(long, value_name = "COMMIT", conflicts_with = "all")]
    pub base: Option<String>,
    /// Look at every file of the tree
    #[arg(long)]
    pub all: bool,
    /// Repair what can be repaired
    #[arg(long)]
    pub fix: bool,
    /// Write nothing, and exit with 1 where something has to be put right; for CI
    #[arg(long, conflicts_with = "fix")]
    pub check: bool,
}

/// Options of `pyflow cla`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ClaArgs {
    /// What to do instead
    #[command(subcommand)]
    pub action: Option<ClaAction>,
    /// People: an address, or `@NAME` for a name on GitHub [default: those of the stack]
    #[arg(value_name = "WHO")]
    pub people: Vec<String>,
    /// Branch that the stack should land on
    #[arg(long, value_name = "BRANCH", conflicts_with = "people")]
    pub target: Option<String>,
    /// Ask again, also where an answer of the last hour is known
    #[arg(long)]
    pub refresh: bool,
}

/// What `pyflow cla` does besides asking.
#[derive(Debug, Subcommand)]
pub enum ClaAction {
    /// Sign an agreement of the review server
    Sign(ClaSignArgs),
}

/// Options of `pyflow cla sign`.
#[derive(Debug, Args)]
pub struct ClaSignArgs {
    /// The agreement, where the server has several
    #[arg(value_name = "NAME")]
    pub agreement: Option<String>,
    /// Sign without a question: you have read the agreement
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow backport`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct BackportArgs {
    /// Branches that the change should land on, too; with the four options below, those that are meant
    #[arg(value_name = "BRANCH")]
    pub branches: Vec<String>,
    /// Go on with what waits, once its conflict is resolved or the server answers again
    #[arg(long = "continue", conflicts_with_all = ["skip", "abort", "list"])]
    pub go_on: bool,
    /// Leave out the commit that conflicts, and go on
    #[arg(long, conflicts_with_all = ["abort", "list"])]
    pub skip: bool,
    /// Give up what waits; it is kept under refs/pyflow/trash/
    #[arg(long, conflicts_with = "list")]
    pub abort: bool,
    /// Show what waits
    #[arg(long)]
    pub list: bool,
    /// The change: number, `number,patchset`, URL, Change-Id, branch, commit or A..B [default: HEAD's]
    #[arg(short, long, value_name = "CHANGE", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub change: Option<String>,
    /// Take all commits of the stack, not only the newest
    #[arg(long, conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub stack: bool,
    /// Of a merge commit, the parent that it is compared with, counted from 1
    #[arg(short, long, value_name = "N", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub mainline: Option<usize>,
    /// To every maintenance branch
    #[arg(long, conflicts_with_all = ["branches", "go_on", "skip", "abort", "list"])]
    pub all: bool,
    /// It is a security fix: security branches may get it
    #[arg(long, conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub security: bool,
    /// Leave local branches, and send nothing
    #[arg(long, conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub no_push: bool,
    /// What to do with a conflict
    #[arg(long, value_name = "WHAT", default_value = "wait", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub conflicts: Conflicts,
    /// Go on although a newer patch set by somebody else would be replaced
    #[arg(long, conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub replace: bool,
    /// Group the changes under a topic [default: the original's]
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub topic: Option<String>,
    /// Add a hashtag (can be repeated)
    #[arg(long = "hashtag", value_name = "TAG", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub hashtags: Vec<String>,
    /// Ask somebody, or a group, to review (can be repeated)
    #[arg(short = 'r', long = "reviewer", value_name = "WHO", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub reviewers: Vec<String>,
    /// Git remote of the review server
    #[arg(long, value_name = "NAME", conflicts_with_all = ["go_on", "skip", "abort", "list"])]
    pub remote: Option<String>,
    /// Show what would be done
    #[arg(short = 'n', long, conflicts_with = "list")]
    pub dry_run: bool,
}

/// What is done with a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Conflicts {
    /// It waits in a work tree of its own until a person has resolved it
    Wait,
    /// It is sent as work in progress, with the conflict markers in it
    Commit,
}

/// Options of `pyflow ports`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct PortsArgs {
    /// Maintenance branches, a range of commits, or changes [default: every maintenance branch]
    #[arg(value_name = "BRANCH|A..B|CHANGE")]
    pub what: Vec<String>,
    /// Only what came after this tag or commit
    #[arg(long, value_name = "TAG")]
    pub since: Option<String>,
    /// What is under review for these branches, in place of what has landed
    #[arg(long, conflicts_with_all = ["since", "local"])]
    pub open: bool,
    /// Show every fix, also those that are in order
    #[arg(short, long)]
    pub all: bool,
    /// Exit with 1 where a fix has neither counterpart nor disclaimer; a gate's job checks its change
    #[arg(long)]
    pub check: bool,
    /// Look only at what this clone has: fetch nothing, ask no server
    #[arg(long)]
    pub local: bool,
    /// Print the report as Markdown
    #[arg(long)]
    pub markdown: bool,
}

/// Options of `pyflow undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What `pyflow news` does.
#[derive(Debug, Subcommand)]
pub enum NewsCommand {
    /// Write a news fragment for a change, and stage it
    Add(NewsAddArgs),
    /// Tell whether the stack has the fragment it needs, and whether its fragments are sound
    Check(NewsCheckArgs),
    /// Write every entry, released or not, into one file
    Merge(NewsMergeArgs),
    /// Turn the fragments into the news of a release
    Release(NewsReleaseArgs),
}

/// Options of `pyflow news add`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct NewsAddArgs {
    /// The issue: a number, or its page's address [default: from branch or subject]
    #[arg(short, long, value_name = "ISSUE")]
    pub issue: Option<String>,
    /// Section of the entry
    #[arg(short, long, value_name = "NAME")]
    pub section: Option<String>,
    /// Type of the entry (towncrier)
    #[arg(short, long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// The CVE that it is about; the section is Security then
    #[arg(long, value_name = "CVE")]
    pub cve: Option<String>,
    /// Text of the entry
    #[arg(short, long, value_name = "TEXT", conflicts_with = "file")]
    pub message: Option<String>,
    /// Read the text from a file; `-` is standard input
    #[arg(short = 'F', long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Open the editor, also where a text is given or there is no terminal
    #[arg(short, long)]
    pub edit: bool,
    /// Leave the index as it is
    #[arg(long)]
    pub no_stage: bool,
    /// Write over a file that exists
    #[arg(short, long)]
    pub force: bool,
    /// Show what would be written
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow news check`.
#[derive(Debug, Args)]
pub struct NewsCheckArgs {
    /// Branch that the change should land on, or a commit that it is compared with
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// Count what is staged as part of the change
    #[arg(long, conflicts_with = "all")]
    pub staged: bool,
    /// Look at every fragment of HEAD's tree, whoever brought it
    #[arg(long, conflicts_with = "target")]
    pub all: bool,
    /// Print the findings as this CI system's annotations
    #[arg(long, value_name = "SYSTEM")]
    pub annotations: Option<Annotations>,
}

/// A CI system that shows findings beside the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Annotations {
    /// GitHub Actions and Gitea Actions
    Github,
}

/// Options of `pyflow news merge`.
#[derive(Debug, Args)]
pub struct NewsMergeArgs {
    /// File to write; `-` is standard output [default: the news folder without `.d`]
    #[arg(value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write over a file that exists
    #[arg(short, long, alias = "forced")]
    pub force: bool,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Options of `pyflow news release`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct NewsReleaseArgs {
    /// The version; `.` is the name of the tree's folder
    #[arg(value_name = "VERSION")]
    pub release: String,
    /// Date of the release, YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// Leave the fragments where they are
    #[arg(long)]
    pub keep: bool,
    /// Leave the index as it is
    #[arg(long)]
    pub no_stage: bool,
    /// Write over the version's file where it exists
    #[arg(short, long)]
    pub force: bool,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
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
    /// Take this repository over first, with its branches and tags; once it is here it is not read again
    #[arg(long, value_name = "PATH")]
    pub import: Option<PathBuf>,
    /// Name of the imported project [default: the folder's name]
    #[arg(long, value_name = "NAME", requires = "import")]
    pub project: Option<String>,
}

/// What `pyflow serve` does besides serving.
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
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
#[cfg(feature = "server")]
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder to play in; it must not exist yet [default: a new temporary one]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Leave the server up and the folder in place, and tell what to try next
    #[arg(long)]
    pub keep: bool,
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

    use super::time;

    #[test]
    fn the_definition_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("0", 0)] {
            assert_eq!(time(text).map(|time| time.as_secs()), Ok(seconds), "{text}");
        }
        for bad in ["", "m", "-1", "+1", "1d", "99999999999999999999h", "1.5h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
