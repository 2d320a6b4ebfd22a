//! One fix on every branch: `backport`, `ports`.

use clap::{Args, ValueEnum};

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
