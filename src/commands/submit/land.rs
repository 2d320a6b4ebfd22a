//! `pyflow submit --land`: approves what was sent, as oneself where the project's policy allows, and
//! follows it to the end.

use std::collections::BTreeMap;

use crate::commands::context::Context;
use crate::commands::status::watch::{self, Waiting};
use crate::config::GateSystem;
use crate::error::{Error, Kind, Result};
use crate::gate::model::GateState;
use crate::gate::report;
use crate::gate::watch::{Until, identity};
use crate::observe::Observe;
use crate::outcome::status::{Event, Status};
use crate::outcome::submit::{Landed, Landing, Submit};
use crate::outcome::{Live, Reader};
use crate::review::model::{Change, ChangeState, Step};
use crate::review::{Ballot, ChangeName};

/// Approves and follows; the outcome says how it ended. Whatever goes wrong, what was sent is told.
pub(super) fn run(context: &Context<'_>, mut outcome: Submit) -> Submit {
    let sent: Vec<(u64, u32)> =
        outcome.changes.iter().filter_map(|sent| Some((sent.change.number?, sent.patch_set?))).collect();
    if sent.is_empty() || outcome.exit.is_some() {
        return outcome;
    }
    // It may take an hour, and nobody should have to wait for these.
    for change in outcome.changes.iter().map(|sent| &sent.change) {
        let address = change.url.as_deref().unwrap_or_default();
        context.observe.note(&format!("{}: sent  {address}", change.number.unwrap_or_default()));
    }
    let mut landing = Landing { approved: Vec::new(), not_approved: Vec::new(), changes: Vec::new(), next: Vec::new() };
    match land(context, &sent, &mut landing) {
        Ok(exit) => outcome.exit = exit,
        Err(error) => {
            outcome.exit = Some(error.kind);
            outcome
                .warnings
                .push(format!("the commits are on the server; they were not followed to the end: {}", error.message));
            outcome.warnings.extend(error.hints);
        }
    }
    outcome.landing = Some(landing);
    outcome
}

fn land(context: &Context<'_>, sent: &[(u64, u32)], landing: &mut Landing) -> Result<Option<Kind>> {
    let numbers: Vec<u64> = sent.iter().map(|(number, _)| *number).collect();
    let changes = find(context, &numbers)?;
    for change in changes.iter().filter(|change| change.state == ChangeState::Open) {
        let Some((_, patch_set)) = sent.iter().find(|(number, _)| *number == change.number) else { continue };
        match approve(context, change, *patch_set) {
            Ok(()) => landing.approved.push(change.number),
            Err(error) if matches!(error.kind, Kind::Refused | Kind::Credentials) => {
                let told = format!("change {} was not approved: {}", change.number, error.message);
                context.observe.note(&told);
                landing.not_approved.push(told);
            }
            Err(error) => return Err(error),
        }
    }
    // Where somebody has sent a newer patch set, what would land is not what was sent.
    let outdated = changes.iter().filter(|change| change.state == ChangeState::Open).filter(|change| {
        sent.iter().any(|(number, ours)| *number == change.number && change.current_patch_set != Some(*ours))
    });
    landing.next.extend(outdated.filter_map(|change| {
        let (remote, newest) = (&context.remote, change.current()?.fetch());
        Some(format!("look at what came after yours: `git fetch {remote} {newest} && git show FETCH_HEAD`"))
    }));
    if !landing.next.is_empty() {
        return Ok(Some(Kind::Refused));
    }
    if !landing.not_approved.is_empty() && context.settings.gate.system == GateSystem::None {
        // Nobody is known to go on with it.
        return Ok(Some(Kind::NotYet));
    }
    // What was reported before the approval is no answer to it.
    let old: BTreeMap<u64, (String, String)> = changes
        .iter()
        .filter_map(|change| {
            let newest = report::newest(change).into_iter().find(|report| report.patch_set == change.current_patch_set);
            Some((change.number, identity(&newest?)))
        })
        .collect();
    let waiting = Waiting { until: Some(Until::Merged), timeout: None, old };
    let status = watch::follow(context, &numbers, &waiting, &Talk(context.observe))?;
    told(&status, landing);
    Ok(status.exit)
}

fn find(context: &Context<'_>, numbers: &[u64]) -> Result<Vec<Change>> {
    let names: Vec<ChangeName> =
        numbers.iter().map(|number| ChangeName::Number { number: *number, patch_set: None }).collect();
    Ok(context.server.find(&names)?.into_iter().flatten().collect())
}

/// Votes for the patch set that was sent, and for no other.
fn approve(context: &Context<'_>, change: &Change, patch_set: u32) -> Result<()> {
    let votes = context.rules().approve;
    if let Some((label, value)) = votes.iter().find(|(label, value)| !change.may_give(label.as_str(), *value)) {
        return Err(Error::refused(format!("you may not vote {label}{value:+} on it")));
    }
    for step in context.server.vote(change, patch_set, &Ballot { votes, message: None })? {
        if let Step::Call { request, .. } = step {
            context.server.call(&request)?;
        }
    }
    Ok(())
}

fn told(status: &Status, landing: &mut Landing) {
    for row in &status.changes {
        let merged = row.review.as_ref().is_some_and(|review| review.state == ChangeState::Merged);
        let state = if merged { GateState::Merged } else { row.gate.as_ref().map_or(GateState::Unknown, |g| g.state) };
        landing.changes.push(Landed { number: row.change.number.unwrap_or_default(), state });
        landing.next.extend(row.next.iter().filter(|_| !merged).cloned());
    }
}

/// What happens meanwhile is talk: the outcome is one document.
struct Talk<'o>(&'o dyn Observe);

impl Live for Talk<'_> {
    fn repaints(&self) -> bool {
        false
    }

    fn picture(&self, _status: &Status) -> Result<Reader> {
        Ok(Reader::Listening)
    }

    fn event(&self, event: &Event) -> Result<Reader> {
        let about = event.number.map(|number| format!("{number}: ")).unwrap_or_default();
        self.0.note(&format!("{about}{}", event.text));
        Ok(Reader::Listening)
    }

    fn ring(&self) {}
}
