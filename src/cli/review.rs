//! From a branch to the review server: `setup`, `submit`, `list`, `vote`, `approve`, `undo`.

use clap::Args;

use crate::review::checks::CheckName;
use crate::review::model::Notify;

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

/// Options of `pyflow undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}
