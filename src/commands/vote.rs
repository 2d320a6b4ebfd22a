//! `pyflow vote` and `pyflow approve`: votes for exactly the patch set that was looked at.

use super::context::Context;
use super::name::{self, Named, not_found};
use super::status::one_of;
use super::submit::request::parse_vote;
use crate::cli::{ApproveArgs, VoteArgs};
use crate::error::{Error, Result};
use crate::outcome::change::{ChangeRow, VoteRow};
use crate::outcome::status::Visibility;
use crate::outcome::{Outcome, Vote, Voted};
use crate::review::model::{Change, ChangeState, RequirementStatus, Step};
use crate::review::{Ballot, ChangeName};

/// Runs `pyflow vote`.
pub fn vote(context: &Context<'_>, args: &VoteArgs) -> Result<Outcome> {
    let (votes, changes): (Vec<&String>, Vec<&String>) =
        args.what.iter().partition(|word| word.contains('=') && !word.contains("://"));
    let votes = votes.into_iter().map(|text| parse_vote(text)).collect::<Result<Vec<_>>>()?;
    if votes.is_empty() {
        return Err(Error::usage("no vote was given").hint("for example `pyflow vote 1841,3 Code-Review=2`"));
    }
    let changes: Vec<String> = changes.into_iter().cloned().collect();
    cast(context, &changes, &Ballot { votes, message: args.message.clone() }, args.dry_run)
}

/// Runs `pyflow approve`.
pub fn approve(context: &Context<'_>, args: &ApproveArgs) -> Result<Outcome> {
    let approve = &context.settings.review.approve.value;
    let votes = approve.votes().map(|(label, value)| (label.clone(), value)).collect();
    cast(context, &args.changes, &Ballot { votes, message: args.message.clone() }, args.dry_run)
}

/// A change, and the patch set that was looked at.
struct Looked {
    change: Change,
    patch_set: u32,
}

fn cast(context: &Context<'_>, words: &[String], ballot: &Ballot, dry_run: bool) -> Result<Outcome> {
    if context.credential_source().is_none() && !context.server.is_authenticated() {
        return Err(Error::credentials("a vote is somebody's, and there are no credentials for the review server")
            .hint("sign in with a token or HTTP password: `pyflow auth login`"));
    }
    let named = if words.is_empty() {
        vec![name::head(context)?]
    } else {
        words.iter().map(|text| name::parse(context, text)).collect::<Result<Vec<_>>>()?
    };
    let looked = {
        let _working = context.network_progress("asking the review server");
        let asked: Vec<ChangeName> = named.iter().map(|named| named.name.clone()).collect();
        let answers = context.server.find(&asked)?;
        named.iter().zip(answers).map(|(named, changes)| looked(context, named, changes)).collect::<Result<Vec<_>>>()?
    };
    // Every vote is planned before the first one is given.
    let plans = looked
        .iter()
        .map(|looked| context.server.vote(&looked.change, looked.patch_set, ballot))
        .collect::<Result<Vec<_>>>()?;
    let mut outcome = Vote { planned: dry_run, changes: Vec::new(), exit: None };
    for (looked, steps) in looked.iter().zip(plans) {
        let given = if dry_run { Ok(()) } else { give(context, &steps) };
        let warnings = if given.is_ok() { warnings(context, &looked.change, ballot) } else { Vec::new() };
        if let Err(error) = &given {
            outcome.exit = Some(outcome.exit.map_or(error.kind, |kind| kind.or(error.kind)));
        }
        let (error, hints) = given.err().map(|error| (error.message, error.hints)).unzip();
        outcome.changes.push(Voted {
            change: ChangeRow::from(&looked.change),
            patch_set: looked.patch_set,
            votes: ballot
                .votes
                .iter()
                .map(|(label, value)| VoteRow { label: label.to_string(), value: *value, by: None })
                .collect(),
            warnings,
            error,
            hints: hints.unwrap_or_default(),
        });
    }
    if !dry_run {
        context.accept()?;
    }
    Ok(Outcome::Vote(outcome))
}

/// The adapter compares what the server echoed with what was asked.
fn give(context: &Context<'_>, steps: &[Step]) -> Result<()> {
    for step in steps {
        if let Step::Call { request, .. } = step {
            context.server.call(request)?;
        }
    }
    Ok(())
}

/// Decides which patch set was looked at: the one that was named, or the local commit.
fn looked(context: &Context<'_>, named: &Named, mut changes: Vec<Change>) -> Result<Looked> {
    let typed = &named.typed;
    let change = match changes.len() {
        0 => return Err(not_found(context, named, Visibility::Full)),
        1 => changes.swap_remove(0),
        _ => one_of(context, typed, changes)?,
    };
    let newest = change.current_patch_set.unwrap_or(0);
    let asked = match (&named.name, &named.commit) {
        (ChangeName::Number { patch_set: Some(patch_set), .. }, _) => *patch_set,
        (_, Some(commit)) => match change.patch_set_of(commit) {
            Some(patch_set) => patch_set.number,
            None => {
                return Err(Error::refused(format!(
                    "{} is no patch set of change {}: a vote would be for something else",
                    commit.short(),
                    change.number
                ))
                .hint(format!(
                    "the newest patch set is {newest}: look at it, then vote on `{},{newest}`",
                    change.number
                )));
            }
        },
        _ => {
            return Err(Error::usage(format!("`{typed}` does not say which patch set you have looked at"))
                .hint(format!("the newest is {newest}: `{},{newest}`", change.number)));
        }
    };
    if asked != newest {
        let by = change.current().map_or_else(String::new, |patch_set| format!(" by {}", patch_set.uploader.display()));
        return Err(Error::refused(format!(
            "patch set {asked} of change {} is not the newest: that is {newest}{by}",
            change.number
        ))
        .hint(format!("look at it, then vote on `{},{newest}`", change.number)));
    }
    if change.state != ChangeState::Open {
        let state = match change.state {
            ChangeState::Merged => "is merged",
            ChangeState::Abandoned => "is abandoned",
            ChangeState::Open | ChangeState::Unknown => "is not open",
        };
        return Err(Error::refused(format!("change {} {state}: it waits for no votes", change.number)));
    }
    Ok(Looked { change, patch_set: asked })
}

/// What somebody whose vote was taken should know.
fn warnings(context: &Context<'_>, change: &Change, ballot: &Ballot) -> Vec<String> {
    let approval: Vec<_> = context.settings.review.approve.value.votes().collect();
    let approves = ballot.votes.iter().any(|(label, value)| approval.iter().any(|(l, v)| *l == label && v <= value));
    let checks = context.server.checks_label();
    let waits = change.requirements.iter().flatten();
    let waits = waits.filter(|r| r.name == checks && r.status == RequirementStatus::Unsatisfied).count() > 0;
    let reported = change.votes.iter().any(|vote| vote.label == checks);
    let mut warnings: Vec<String> = Vec::new();
    if approves && waits && !reported {
        warnings.push(format!("the checks have not reported on change {} yet", change.number));
    }
    if change.work_in_progress {
        warnings.push(format!("change {} is marked as work in progress", change.number));
    }
    warnings
}
