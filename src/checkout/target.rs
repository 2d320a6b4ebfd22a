//! Where a stack wants to land, when nobody said so. Pure, but for the questions it asks of history.

use std::fmt;

use super::read::{Head, Reader};
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId, RemoteName};

/// The chosen target, and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The branch on the server.
    pub branch: BranchName,
    /// The reason, for the plan.
    pub reason: Reason,
}

/// Why a branch is the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It was named on the command line.
    Named,
    /// The local branch's upstream on the review remote.
    Upstream(BranchName),
    /// Of the configured branches, the one with the nearest merge base: so many commits away.
    Nearest(usize),
    /// `review.branch`, from the place that is named.
    Configured(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("as you said"),
            Self::Upstream(branch) => write!(f, "the upstream of {branch}"),
            Self::Nearest(1) => f.write_str("the nearest configured branch, 1 commit away"),
            Self::Nearest(n) => write!(f, "the nearest configured branch, {n} commits away"),
            Self::Configured(origin) => write!(f, "review.branch, from {origin}"),
        }
    }
}

/// What there is to choose from.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    /// Named on the command line.
    pub named: Option<BranchName>,
    /// The remote of the review server.
    pub remote: &'a RemoteName,
    /// `branch.NAME.remote` and `branch.NAME.merge` of the current branch.
    pub upstream: Option<(String, String)>,
    /// The branches of the `[branches]` table.
    pub branches: &'a [BranchName],
    /// `review.branch`, and where it was set.
    pub configured: Option<(BranchName, String)>,
}

impl Choice<'_> {
    /// Chooses: named, upstream, nearest, configured. A tie for nearest is an error of kind
    /// `usage` that lists the branches.
    pub fn choose(&self, reader: &Reader<'_>, head: &Head, tip: &CommitId) -> Result<Target> {
        if let Some(branch) = &self.named {
            return Ok(Target { branch: branch.clone(), reason: Reason::Named });
        }
        if let Some(target) = self.upstream(head) {
            return Ok(target);
        }
        if let Some(target) = self.nearest(reader, tip)? {
            return Ok(target);
        }
        if let Some((branch, origin)) = &self.configured {
            return Ok(Target { branch: branch.clone(), reason: Reason::Configured(origin.clone()) });
        }
        Err(Error::usage("it is not clear where this change should land: no target was named, and neither `review.branch` nor an upstream is set")
            .hint(format!("name the branch: `pyflow submit BRANCH`{}", self.known(reader)))
            .hint("or set it in `.reviewconf`: `branch = \"main\"` under `[review]`"))
    }

    /// The branches that were fetched, for a person to choose from; the first few of many.
    fn known(&self, reader: &Reader<'_>) -> String {
        const SHOWN: usize = 8;
        let prefix = format!("refs/remotes/{}/", self.remote);
        let refs = reader.refs(&prefix).unwrap_or_default();
        let names: Vec<&str> = refs.iter().filter_map(|(name, _)| name.as_str().strip_prefix(&prefix)).collect();
        match names.len() {
            0 => String::new(),
            1..=SHOWN => format!("; {} has {}", self.remote, names.join(", ")),
            more => format!("; {} has {} and {} more", self.remote, names[..SHOWN].join(", "), more - SHOWN),
        }
    }

    fn upstream(&self, head: &Head) -> Option<Target> {
        let local = head.branch()?;
        let (remote, merge) = self.upstream.as_ref()?;
        let branch: BranchName = merge.strip_prefix("refs/heads/")?.parse().ok()?;
        (remote == self.remote.as_str()).then(|| Target { branch, reason: Reason::Upstream(local.clone()) })
    }

    fn nearest(&self, reader: &Reader<'_>, tip: &CommitId) -> Result<Option<Target>> {
        let mut distances = Vec::new();
        for branch in self.branches {
            let Some(tracked) = reader.resolve(&branch.tracking(self.remote))? else { continue };
            if reader.merge_base(tip, &tracked)?.is_some() {
                distances.push((reader.walk(tip, &[tracked])?.len(), branch));
            }
        }
        let Some(least) = distances.iter().map(|(distance, _)| *distance).min() else { return Ok(None) };
        let nearest: Vec<&BranchName> =
            distances.iter().filter(|(d, _)| *d == least).map(|(_, branch)| *branch).collect();
        match nearest.as_slice() {
            [branch] => Ok(Some(Target { branch: (*branch).clone(), reason: Reason::Nearest(least) })),
            several => {
                let names: Vec<&str> = several.iter().map(|branch| branch.as_str()).collect();
                let mut error =
                    Error::usage(format!("this change could land on {}: all are equally near", names.join(" or ")));
                for name in &names {
                    error = error.hint(format!("`pyflow submit {name}`"));
                }
                Err(error)
            }
        }
    }
}
