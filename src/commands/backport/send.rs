//! The way of a backport that is ready: to the server through the one executor, or into a local
//! branch.

use std::collections::BTreeSet;

use super::store::Store;
use crate::backport::session::Backport;
use crate::checkout::journal::StateDir;
use crate::checkout::write::RefTransaction;
use crate::commands::context::Context;
use crate::commands::submit::{buried, executor};
use crate::error::{Error, Kind, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::backport::{BranchRow, Result as Came};
use crate::review::checks::{self, Check, Verdict};
use crate::review::execute::{InFlight, Memory, Sender};
use crate::review::model::{Delivery, Draft, Step, View};

/// What will be sent.
pub(super) struct Prepared {
    delivery: Delivery,
    view: View,
    pub(super) steps: Vec<Step>,
}

/// The plan of one branch's way to the server; an error where the server would refuse.
pub(super) fn prepare(context: &Context<'_>, backport: &Backport, view: &View) -> Result<Prepared> {
    let drafts = drafts(context, backport)?;
    let all = view.for_target(&backport.branch);
    // What the branch has already, or was left out, is not sent.
    let located = drafts.iter().map(|draft| {
        let bears =
            |change: &&crate::review::model::Change| change.change_id.as_deref() == Some(draft.change_id.as_str());
        let found = all.located.iter().find(|located| located.changes().any(|change| bears(&change)));
        found.cloned().unwrap_or_default()
    });
    let view = View { located: located.collect(), ..all.clone() };
    let known = Memory::load(&StateDir::new(context.checkout.state_dir()))?;
    let known: BTreeSet<CommitId> = known.commits().cloned().collect();
    let found = [
        checks::change_ids(&drafts),
        checks::closed(&drafts, &view),
        checks::newer(&drafts, &view, &known, backport.options.replace, context.remote.as_str()),
        checks::committer(&drafts, &view, &begin_again(backport)),
    ];
    if let Some(stop) = found.iter().find_map(stop) {
        return Err(stop);
    }
    let delivery = Delivery { drafts, target: backport.branch.clone(), options: backport.options.submit.clone() };
    let steps = context.server.deliver(&delivery, &view)?;
    Ok(Prepared { delivery, view, steps })
}

/// What helps where the picks themselves cannot be sent.
fn begin_again(backport: &Backport) -> String {
    format!("`pyflow backport --abort {}`, and begin it again", backport.branch)
}

/// The first stop of a check, as an error.
fn stop(check: &Check) -> Option<Error> {
    let finding = check.findings.iter().find(|finding| finding.verdict == Verdict::Stop)?;
    let error = Error::new(finding.kind, finding.text.clone());
    Some(finding.hints.iter().fold(error, Error::hint))
}

/// The picks as the server needs to know them.
pub(super) fn drafts(context: &Context<'_>, backport: &Backport) -> Result<Vec<Draft>> {
    let reader = context.checkout.read();
    let draft = |commit: &CommitId| {
        let commit = reader.commit(commit)?;
        let (change_id, _) = context.server.change_id(&commit.id, &commit.message)?;
        Ok(Draft {
            original: commit.id.clone(),
            subject: commit.subject(),
            committer_email: commit.committer.email.clone(),
            commit: commit.id,
            parents: commit.parents,
            change_id,
        })
    };
    backport.picks().map(draft).collect()
}

/// Brings a backport that is ready to where it was asked to go. What fails stays, for `--continue`.
pub(super) fn finish(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &Backport,
    view: Option<&View>,
    mut row: BranchRow,
) -> (BranchRow, Option<Kind>) {
    row.result = Came::Ready;
    row.commit = Some(backport.tip().to_string());
    row.subject = context.checkout.read().commit(backport.tip()).ok().map(|commit| commit.subject());
    let came = if backport.options.push {
        send(context, store, backport, view, &mut row)
    } else {
        leave(context, store, backport, &mut row)
    };
    match came {
        Ok(exit) => (row, exit),
        Err(error) => {
            row.text = Some(error.message);
            row.hints.extend(error.hints);
            let again = begin_again(backport);
            if !row.hints.iter().any(|hint| hint.ends_with(&again)) {
                row.hints.push(format!("when that is settled: `pyflow backport --continue {}`", backport.branch));
            }
            (row, Some(error.kind))
        }
    }
}

fn send(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &Backport,
    view: Option<&View>,
    row: &mut BranchRow,
) -> Result<Option<Kind>> {
    let asked;
    let view = if let Some(view) = view {
        view
    } else {
        let me = context.server.identity()?;
        asked = View { me, ..context.server.locate(&drafts(context, backport)?, &backport.branch)? };
        &asked
    };
    let Prepared { delivery, view, steps } = prepare(context, backport, view)?;
    let flight =
        InFlight::new(Sender::Backport, context.server_name(), context.remote.clone(), &delivery, &view, None, steps);
    let executed = {
        let _working = context.network_progress(&format!("sending the backport to {}", backport.branch));
        executor(context).run(&flight, &view)?
    };
    row.result = Came::Pushed;
    row.warnings.extend(executed.submitted.iter().filter_map(buried));
    row.warnings.extend(executed.remarks);
    if let Some(newest) = executed.submitted.last() {
        row.number = Some(newest.change.number);
        row.url.clone_from(&newest.change.url);
        row.patch_set = Some(newest.patch_set);
        row.action = Some(newest.action);
    }
    store.remove(backport)?;
    let mut exit = None;
    for undone in executed.undone {
        row.warnings.push(format!("it is on the server, but one thing was not done: {}", undone.message));
        row.warnings.extend(undone.hints);
        exit = Some(exit.map_or(undone.kind, |kind: Kind| kind.or(undone.kind)));
    }
    Ok(exit)
}

/// The local branch for `--no-push`, in the form that `cherry_picker`'s users and tools know.
pub(super) fn local_branch(backport: &Backport) -> Result<BranchName> {
    let name = format!("backport-{}-{}", backport.source.last().commit.short(), backport.branch);
    name.parse().map_err(|why| Error::state(format!("{name} cannot be the name of a branch: {why}")))
}

fn leave(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &Backport,
    row: &mut BranchRow,
) -> Result<Option<Kind>> {
    let name = local_branch(backport)?;
    match context.checkout.read().resolve(&name.full())? {
        // An earlier run was killed behind it.
        Some(there) if there == *backport.tip() => {}
        Some(there) => {
            return Err(Error::state(format!("there is a local branch {name} already, at {}", there.short()))
                .hint(format!("look at it (`git log {name}`), and rename or delete it")));
        }
        None => {
            let mut refs = RefTransaction::new(format!("pyflow backport: {}", backport.source.last().commit.short()));
            refs.create(&name.full(), backport.tip());
            refs.commit(&context.checkout.git)?;
        }
    }
    row.local_branch = Some(name.to_string());
    store.remove(backport)?;
    Ok(None)
}
