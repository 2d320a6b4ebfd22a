//! What `pyflow backport BRANCH…` was asked, parsed: command line and configuration as one value.

use crate::backport::policy::{self, Said, Verdict};
use crate::cli::{BackportArgs, Conflicts};
use crate::commands::context::Context;
use crate::config::Origin;
use crate::error::{Error, Result};
use crate::names::BranchName;
use crate::ports::Role;
use crate::review::model::SubmitOptions;

/// The parsed request.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Request {
    /// The branches, and whether they may get it.
    pub(super) targets: Vec<Target>,
    /// The change, as it was typed.
    pub(super) change: Option<String>,
    /// All commits of the stack.
    pub(super) stack: bool,
    /// Of a merge, the parent it is compared with.
    pub(super) mainline: Option<usize>,
    /// Send it.
    pub(super) push: bool,
    /// What to do with a conflict.
    pub(super) conflicts: Conflicts,
    /// Go on over somebody else's patch set.
    pub(super) replace: bool,
    /// Show, do not do.
    pub(super) dry_run: bool,
    /// What is asked of the server by options and the person's own configuration; what is carried
    /// comes on top.
    pub(super) submit: SubmitOptions,
}

/// A branch.
pub(super) struct Target {
    pub(super) branch: BranchName,
    pub(super) role: Role,
    pub(super) verdict: Verdict,
}

impl Request {
    pub(super) fn new(args: &BackportArgs, context: &Context<'_>) -> Result<Self> {
        let defaults = &context.settings.submit;
        let with_defaults = |given: &[String], default: &[crate::config::Text]| {
            let default = default.iter().map(|text| text.as_str().to_owned());
            if given.is_empty() { default.collect() } else { given.to_vec() }
        };
        let submit = SubmitOptions {
            topic: args.topic.clone(),
            hashtags: with_defaults(&args.hashtags, &defaults.hashtags.value),
            reviewers: with_defaults(&args.reviewers, &defaults.reviewers.value),
            cc: with_defaults(&[], &defaults.cc.value),
            notify: defaults.notify.as_ref().map(|notify| notify.value),
            ..SubmitOptions::default()
        };
        Ok(Self {
            targets: targets(args, context)?,
            change: args.change.clone(),
            stack: args.stack,
            mainline: args.mainline,
            push: !args.no_push,
            conflicts: args.conflicts,
            replace: args.replace,
            dry_run: args.dry_run,
            submit,
        })
    }
}

/// Branches as a person types them.
pub(super) fn branches(words: &[String]) -> Result<Vec<BranchName>> {
    let mut branches: Vec<BranchName> = Vec::new();
    for text in words {
        let branch = text.parse().map_err(|why| {
            Error::usage(format!("{text:?} is not a branch name: {why}"))
                .hint("name the branch as the server does: `pyflow backport 3.14`")
        })?;
        if !branches.contains(&branch) {
            branches.push(branch);
        }
    }
    Ok(branches)
}

fn targets(args: &BackportArgs, context: &Context<'_>) -> Result<Vec<Target>> {
    let settings = &context.settings.branches;
    let branches = if args.all { settings.maintenance.value.clone() } else { branches(&args.branches)? };
    if branches.is_empty() {
        let maintained: Vec<&str> = settings.maintenance.value.iter().map(BranchName::as_str).collect();
        let error = if args.all {
            Error::usage("the project names no maintenance branches, so `--all` means none")
                .hint("name the branches: `pyflow backport 3.14 3.13`")
        } else {
            Error::usage("no branch was named").hint("for example `pyflow backport 3.14`")
        };
        return Err(match maintained.as_slice() {
            [] => error,
            names => error.hint(format!("maintenance branches are {}; `--all` means all of them", names.join(", "))),
        });
    }
    branches.into_iter().map(|branch| target(args, context, branch)).collect()
}

fn target(args: &BackportArgs, context: &Context<'_>, branch: BranchName) -> Result<Target> {
    let settings = &context.settings.branches;
    let Some((role, origin)) = settings.role(&branch) else {
        let known = settings.targets();
        let meant = crate::config::sourced::did_you_mean(branch.as_str(), known.iter().map(|branch| branch.as_str()));
        let known: Vec<&str> = known.into_iter().map(BranchName::as_str).collect();
        return Err(Error::usage(format!("the project has no branch {branch}{meant}"))
            .hint(format!("its branches are {}", known.join(", ")))
            .hint(format!("if {branch} is new: `maintenance` below [branches] in .reviewconf lists what gets fixes")));
    };
    let from = match origin {
        Origin::Default => "by default".to_owned(),
        origin => origin.to_string(),
    };
    // What no table says, the server's own default branch does.
    let is_default = role == Role::Unlisted
        && context.settings.review.branch.as_ref().is_some_and(|default| default.value == branch);
    let (role, from) = match &context.settings.review.branch {
        Some(default) if is_default => (Role::Default, default.origin.to_string()),
        _ => (role, from),
    };
    let manager = settings.managers.get(&branch).map(String::as_str);
    let verdict = policy::judge(&branch, role, Said { security: args.security }, manager, &from);
    Ok(Target { branch, role, verdict })
}
