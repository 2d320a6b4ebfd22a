//! `pyflow submit`: checks, then sends the stack for review. Run again, it updates; with nothing
//! new, it changes nothing.
//!
//! fetch target ∥ locate ∥ who am I → plan → checks → push → settle → the branch moves.

mod candidates;
mod land;
mod plan;
pub mod request;

use super::backport;
use super::context::Context;
use crate::checkout::journal::{Lock, StateDir};
use crate::checkout::merge::Scratch;
use crate::checkout::write;
use crate::cli::SubmitArgs;
use crate::error::{Error, Result};
use crate::names::CommitId;
use crate::outcome::submit::{Sent, Submit};
use crate::outcome::{ChangeRow, Outcome};
use crate::review::execute::{Executed, Executor, InFlight, Sender};
use crate::review::model::{Action, Step, Submitted};
use plan::Plan;
use request::Request;

/// Runs the command.
pub fn run(context: &mut Context<'_>, args: &SubmitArgs) -> Result<Outcome> {
    if let Some(backport) = backport::in_its_work_tree(&context.checkout)? {
        let branch = &backport.branch;
        return Err(Error::state(format!(
            "this is the work tree of the backport to {branch}, which `submit` does not send"
        ))
        .hint(format!("resolve its conflict, then `pyflow backport --continue {branch}`")));
    }
    let request = Request::new(args, context)?;
    if request.dry_run {
        let scratch = Scratch::new()?;
        context.look_only(&scratch);
        let mut plan = plan::make(context, &request)?;
        plan.warnings.extend(plan.not_checked());
        return Ok(Outcome::Submit(plan.into_outcome(true)));
    }
    let lock = StateDir::new(context.checkout.state_dir()).lock(context.observe)?;
    let mut resumed = executor(context).resume(&context.server_name())?;
    if let Some(resumed) = &resumed {
        let count = commits(resumed.submitted.len());
        context.observe.note(&format!("finished an interrupted {} of {count}", resumed.sender.name()));
    }
    let plan = plan::make(context, &request)?;
    if let Some(resumed) = resumed.as_mut().filter(|resumed| resumed.not_moved.is_some()) {
        plan.refuse_second_changes(&resumed.submitted)?;
        // The same commits get the same ids, and the branch may move now.
        resumed.not_moved.take_if(|_| plan.has_all(&resumed.submitted));
    }
    let outcome = if plan.exit().is_some() || plan.is_idle() {
        plan.into_outcome(false)
    } else {
        context.accept()?;
        act(context, plan, &lock)?
    };
    let outcome = with_resumed(outcome, resumed);
    // Nothing local is touched any more, and it may take an hour.
    drop(lock);
    let outcome = if args.land { land::run(context, outcome) } else { outcome };
    Ok(Outcome::Submit(outcome))
}

pub(super) fn executor<'e, 'a>(context: &'e Context<'a>) -> Executor<'e, 'a> {
    Executor { checkout: &context.checkout, git: context.network(), server: &*context.server }
}

/// Carries the plan out. The lock shows that no other pyflow acts on this clone.
fn act(context: &Context<'_>, mut plan: Plan, _lock: &Lock) -> Result<Submit> {
    let resigned = plan.rewrites.iter().any(|rewrite| rewrite.resign);
    plan.rewrites = write::write(&context.checkout.git, context.checkout.format, plan.rewrites)?;
    if resigned {
        plan.follow_signatures(context)?;
    }
    let flight = InFlight::new(
        Sender::Submit,
        context.server_name(),
        context.remote.clone(),
        &plan.delivery,
        &plan.view,
        plan.head.clone(),
        plan.steps.clone(),
    );
    let mut executed = {
        let count = commits(plan.delivery.drafts.len());
        let _working = context.network_progress(&format!("sending {count} to {}", plan.remote));
        executor(context).run(&flight, &plan.view)?
    };
    let asked = flight.steps.iter().filter(|step| matches!(step, Step::Call { .. })).count();
    let nothing_done = executed.submitted.iter().all(|submitted| submitted.action == Action::Unchanged)
        && executed.undone.len() == asked;
    if nothing_done && !executed.undone.is_empty() {
        return Err(executed.undone.swap_remove(0));
    }
    let done = plan.calls();
    let mut outcome = plan.into_outcome(false);
    outcome.changes = executed.submitted.iter().map(sent).collect();
    outcome.warnings.extend(executed.submitted.iter().filter_map(buried));
    outcome.warnings.extend(executed.not_moved);
    outcome.moved = executed.moved.iter().map(Into::into).collect();
    outcome.remarks = executed.remarks;
    if executed.undone.is_empty() {
        outcome.done = done;
    }
    for undone in executed.undone {
        outcome.exit = Some(outcome.exit.map_or(undone.kind, |kind| kind.or(undone.kind)));
        outcome.warnings.push(format!("the commits are on the server, but one thing was not done: {}", undone.message));
        outcome.warnings.extend(undone.hints);
    }
    Ok(outcome)
}

impl Plan {
    /// git signed the copies, so that their ids are known only now: the plan is made again.
    fn follow_signatures(&mut self, context: &Context<'_>) -> Result<()> {
        let find = |original: &CommitId| self.rewrites.iter().find(|rewrite| rewrite.original.id == *original);
        for draft in &mut self.delivery.drafts {
            if let Some(rewrite) = find(&draft.original) {
                draft.commit = rewrite.commit.clone();
                draft.parents = rewrite.parents.clone();
            }
        }
        if let Some(head) = &mut self.head
            && let Some(rewrite) = find(&head.old)
        {
            head.new = rewrite.commit.clone();
        }
        self.steps = context.server.deliver(&self.delivery, &self.view)?;
        Ok(())
    }
}

fn sent(submitted: &Submitted) -> Sent {
    Sent {
        change: ChangeRow {
            subject: submitted.draft.subject.clone(),
            commit: Some(submitted.draft.commit.to_string()),
            ..ChangeRow::from(&submitted.change)
        },
        patch_set: Some(submitted.patch_set),
        action: submitted.action,
    }
}

pub(super) fn buried(submitted: &Submitted) -> Option<String> {
    let buried = submitted.buried.as_ref()?;
    let number = submitted.change.number;
    Some(format!(
        "patch set {} of change {number}, by {}, arrived while yours was on its way and is no longer the newest; its commit is {}",
        buried.number,
        buried.uploader.display(),
        buried.commit
    ))
}

/// What an interrupted run had done counts as done by this one.
fn with_resumed(mut outcome: Submit, resumed: Option<Executed>) -> Submit {
    let Some(resumed) = resumed else { return outcome };
    for change in &mut outcome.changes {
        let before =
            resumed.submitted.iter().find(|s| Some(s.draft.commit.as_str()) == change.change.commit.as_deref());
        if let (Action::Unchanged, Some(before)) = (change.action, before) {
            change.action = before.action;
        }
    }
    outcome.moved.extend(resumed.moved.iter().map(Into::into));
    outcome.warnings.extend(resumed.submitted.iter().filter_map(buried));
    outcome.warnings.extend(resumed.not_moved);
    outcome.remarks.extend(resumed.remarks);
    outcome
}

pub(super) fn commits(count: usize) -> String {
    if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") }
}
