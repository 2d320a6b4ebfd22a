//! The chores before review: `patchcheck`, `cla`, `news`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
