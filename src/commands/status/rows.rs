//! What a person sees of a round of questions: one row a change, with what stands in its way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::Mine;
use super::agreement::Agreements;
use super::failures::{self, Failures};
use super::look::{AGate, Found, GateAnswer, Look};
use crate::checkout::fetch;
use crate::checkout::merge::{Merge, Scratch, try_merge};
use crate::commands::context::Context;
use crate::commands::known;
use crate::error::{Kind, Result};
use crate::gate::model::{GateState, Item, ItemChange, Job, Place, Window};
use crate::gate::next::{
    Advice, Blocker, BlockerKind, LocalCommit, Rules, Situation, Unsigned, about_agreements, advise,
};
use crate::gate::report::{Report, ReportedJob};
use crate::gate::standing::{Seen, Standing};
use crate::names::{BranchName, CommitId};
use crate::outcome::change::ChangeRow;
use crate::outcome::status::{
    Gate, ItemRow, JobRow, ReportRow, ReportedJobRow, RequirementRow, Review, Scope, Status, StatusRow, Visibility,
};
use crate::review::model::{Account, Change, ChangeState, Requirement};

/// The whole document.
pub(super) fn status(
    context: &Context<'_>,
    look: &Look,
    scope: Scope,
    failures: &Failures,
    agreements: &Agreements<'_>,
) -> Result<Status> {
    let mut warnings = look.warnings.clone();
    let mut exit: Option<Kind> = None;
    let mut fails = |kind: Kind| exit = Some(exit.map_or(kind, |known| known.or(kind)));
    if let Some(error) = &look.review_error {
        warnings.push(format!("{}: only what the gate tells is known", error.message));
        fails(error.kind);
    } else if look.visibility == Visibility::Anonymous {
        warnings
            .push("asked without credentials: private changes, and projects that need a login, do not show".to_owned());
    }
    if let GateAnswer::Unreachable(error) = &look.gate {
        warnings.push(error.message.clone());
        warnings.extend(error.hints.iter().cloned());
        fails(error.kind);
    }
    warnings.extend(failures.not_read.iter().cloned());
    Ok(Status {
        changes: rows(context, look, failures, agreements)?,
        scope,
        visibility: look.visibility,
        core_developer: agreements.core_developer(),
        warnings,
        exit,
    })
}

/// The logs of everything that failed.
pub(super) fn failures(context: &Context<'_>, gate: &AGate<'_>, look: &Look) -> Failures {
    let mut failures = Failures::default();
    let Ok(Some(gate)) = gate else { return failures };
    let _working = context.observe.working("reading the logs of failed jobs");
    for change in look.found.iter().filter_map(|found| found.change.as_ref()) {
        let standing = Standing::of(change, look.gate.seen());
        if let (GateState::Failed, Some(report)) = (standing.state, standing.newest_of(change)) {
            failures::read(context, &**gate, change.number, report, &mut failures);
        }
    }
    failures
}

fn rows(
    context: &Context<'_>,
    look: &Look,
    failures: &Failures,
    agreements: &Agreements<'_>,
) -> Result<Vec<StatusRow>> {
    let merges = merges(context, &look.found);
    let rules = context.rules();
    let mut open_below: Option<u64> = None;
    let mut known = None;
    let mut rows = Vec::new();
    for (found, merges) in look.found.iter().zip(merges) {
        let unsigned = unsigned(context, found, look.me.as_ref(), agreements);
        rows.push(match &found.change {
            None if look.review_error.is_some() => unanswered(context, found, look),
            None => unsent(found.commit.as_ref(), &unsigned),
            Some(change) => {
                let open_parent = found.commit.is_some().then_some(open_below).flatten();
                let local = local(context, found.commit.as_ref(), change, look.me.as_ref(), &mut known)?;
                row(context, look, &rules, local, change, merges, open_parent, failures, &unsigned)
            }
        });
        open_below =
            found.change.as_ref().filter(|change| change.state == ChangeState::Open).map(|change| change.number);
    }
    Ok(rows)
}

#[allow(clippy::too_many_arguments, reason = "each is one thing that is known of the change")]
fn row(
    context: &Context<'_>,
    look: &Look,
    rules: &Rules,
    local: LocalCommit,
    change: &Change,
    merges: Option<bool>,
    open_parent: Option<u64>,
    failures: &Failures,
    unsigned: &[Unsigned],
) -> StatusRow {
    let standing = Standing::of(change, look.gate.seen());
    let failing_lines = failures.headlines(change.number);
    let situation = Situation {
        change,
        me: look.me.as_ref(),
        local,
        merges,
        fetched: (merges == Some(false)).then(|| fetched(context, &change.branch)).flatten(),
        open_parent,
        remote: context.remote.as_str(),
        rules,
        seen: look.gate.seen(),
        standing: &standing,
        failing_lines: &failing_lines,
        unsigned,
    };
    let Advice { blockers, next } = advise(&situation);
    StatusRow {
        change: ChangeRow::from(change),
        review: Some(review(&situation)),
        gate: match look.gate.seen() {
            Seen::NoGate => None,
            Seen::Queues(_) | Seen::Unreachable(_) => Some(gate(&standing, change, failures)),
        },
        blockers,
        next,
    }
}

/// What the commit is to the change, by the rule of `submit`'s check `newer`. `known` is found out
/// when it is first needed.
fn local(
    context: &Context<'_>,
    commit: Option<&Mine>,
    change: &Change,
    me: Option<&Account>,
    known: &mut Option<BTreeSet<CommitId>>,
) -> Result<LocalCommit> {
    let Some(commit) = commit else { return Ok(LocalCommit::None) };
    // The server may have the copy with a Change-Id, where the branch still has the original.
    if let Some(patch_set) = change.patch_set_of(&commit.sent) {
        let is_current = Some(patch_set.number) == change.current_patch_set;
        return Ok(if is_current { LocalCommit::Current } else { LocalCommit::Older(patch_set.number) });
    }
    let theirs = change.current().filter(|current| me.is_none_or(|me| me.id != current.uploader.id));
    let Some(theirs) = theirs else { return Ok(LocalCommit::Unsent) };
    if known.is_none() {
        *known = Some(known::commits(context, &context.checkout.read().head()?, &super::landed(context)?)?);
    }
    let seen = known.as_ref().is_some_and(|known| known.contains(&theirs.commit));
    Ok(if seen { LocalCommit::Unsent } else { LocalCommit::Parted })
}

/// Whose agreement is missing for the commit that a row is about.
fn unsigned(context: &Context<'_>, found: &Found, me: Option<&Account>, agreements: &Agreements<'_>) -> Vec<Unsigned> {
    if !agreements.are_wanted() {
        return Vec::new();
    }
    let change = found.change.as_ref();
    let mine = change.is_none_or(|change| me.is_some_and(|me| me.id == change.owner.id));
    let sent = change.and_then(Change::current).map(|current| &current.commit);
    let Some(commit) = found.commit.as_ref().map(|commit| &commit.id).or(sent) else { return Vec::new() };
    let branch = change.and_then(|change| change.branch.parse::<BranchName>().ok());
    let branch = branch.or_else(|| context.settings.review.branch.as_ref().map(|branch| branch.value.clone()));
    let tip = |branch: BranchName| context.checkout.read().resolve(&branch.tracking(&context.remote)).ok().flatten();
    let target = branch.and_then(tip);
    agreements.missing(context, commit, target.as_ref(), mine)
}

fn unsent(commit: Option<&Mine>, unsigned: &[Unsigned]) -> StatusRow {
    let mut blockers = about_agreements(unsigned, true);
    blockers.push(Blocker {
        kind: BlockerKind::NotSubmitted,
        text: "it is not on the review server".to_owned(),
        action: Some("send it: `pyflow submit`".to_owned()),
    });
    let next = blockers.iter().find_map(|blocker| blocker.action.clone());
    StatusRow { change: own(commit), review: None, gate: None, blockers, next }
}

fn own(commit: Option<&Mine>) -> ChangeRow {
    ChangeRow {
        subject: commit.map(|commit| commit.subject.clone()).unwrap_or_default(),
        commit: commit.map(|commit| commit.id.to_string()),
        ..ChangeRow::default()
    }
}

/// A change of which only the gate may know something.
fn unanswered(context: &Context<'_>, found: &Found, look: &Look) -> StatusRow {
    let project = context.settings.review.project.value.as_str();
    let standing = match (found.number, look.gate.seen()) {
        (Some(number), Seen::Queues(snapshot)) => Some((number, Standing::in_queues(project, number, snapshot))),
        _ => None,
    };
    let gate = standing.as_ref().map(|(number, standing)| {
        gate(standing, &Change { project: project.to_owned(), ..Change::seen_before(*number, 0) }, &Failures::default())
    });
    StatusRow {
        change: ChangeRow { number: found.number, ..own(found.commit.as_ref()) },
        review: None,
        gate,
        blockers: vec![Blocker {
            kind: BlockerKind::Unknown,
            text: "the review server did not answer: whether it may land is not known".to_owned(),
            action: None,
        }],
        next: Some("ask again in a moment: `pyflow status`".to_owned()),
    }
}

fn review(situation: &Situation<'_>) -> Review {
    let change = situation.change;
    let requirement = |requirement: &Requirement| RequirementRow {
        name: requirement.name.clone(),
        status: requirement.status,
        description: requirement.description.clone(),
    };
    Review {
        state: change.state,
        work_in_progress: change.work_in_progress,
        private: change.private,
        owner: change.owner.display().to_owned(),
        patch_set: change.current_patch_set,
        local_patch_set: match situation.local {
            LocalCommit::Current => change.current_patch_set,
            LocalCommit::Older(patch_set) => Some(patch_set),
            LocalCommit::None | LocalCommit::Unsent | LocalCommit::Parted => None,
        },
        requirements: change.requirements.as_ref().map(|list| list.iter().map(requirement).collect()),
        votes: change.votes.iter().map(Into::into).collect(),
        unresolved: change.unresolved,
        merges: situation.merges,
        topic: change.topic.clone(),
        updated: change.updated.map(|time| time.to_string()),
    }
}

fn gate(standing: &Standing<'_>, change: &Change, failures: &Failures) -> Gate {
    Gate {
        state: standing.state,
        paused: standing.paused.cloned(),
        items: standing.places.iter().map(|place| item(place, change)).collect(),
        last: standing.last.iter().map(|report| reported(report, change.number, failures)).collect(),
    }
}

fn item(place: &Place<'_>, change: &Change) -> ItemRow {
    let item: &Item = place.item();
    let own = item.changes.iter().find(|known: &&ItemChange| known.is(&change.project, change.number));
    ItemRow {
        pipeline: place.pipeline.name.clone(),
        queue: place.queue.name.clone(),
        live: true,
        state: item.state(),
        patch_set: own.and_then(|own| own.patch_set),
        position: place.position(),
        length: place.length(),
        window: match place.queue.window {
            Window::Items(size) => Some(size),
            Window::Unlimited | Window::Unknown => None,
        },
        outside_by: place.outside_by().filter(|_| item.state() == GateState::OutsideWindow),
        base: place.base(),
        eta_seconds: item.eta.map(|eta| eta.as_secs()),
        enqueued: item.enqueued.map(|time| time.to_string()),
        reasons: item.reasons.clone().unwrap_or_default(),
        jobs: item.jobs.iter().map(job).collect(),
    }
}

fn job(job: &Job) -> JobRow {
    JobRow {
        name: job.name.clone(),
        state: job.state,
        voting: job.voting,
        word: job.word.clone(),
        elapsed_seconds: job.elapsed.map(|time| time.as_secs()),
        remaining_seconds: job.remaining.map(|time| time.as_secs()),
        url: job.url.clone(),
    }
}

fn reported(report: &Report, change: u64, failures: &Failures) -> ReportRow {
    let age = report.time.map(|time| crate::observe::now().duration_since(time).as_secs());
    ReportRow {
        pipeline: report.pipeline.clone(),
        verdict: report.verdict,
        patch_set: report.patch_set,
        time: report.time.map(|time| time.to_string()),
        age_seconds: age.and_then(|seconds| u64::try_from(seconds).ok()),
        url: report.url.clone(),
        jobs: report.jobs.iter().map(|job| reported_job(job, change, failures)).collect(),
    }
}

fn reported_job(job: &ReportedJob, change: u64, failures: &Failures) -> ReportedJobRow {
    ReportedJobRow {
        name: job.name.clone(),
        state: job.state,
        word: job.word.clone(),
        voting: job.voting,
        seconds: job.took.map(|time| time.as_secs()),
        url: job.url.clone(),
        lines: failures.of(change, &job.name).map(|failure| failure.lines.clone()).unwrap_or_default(),
    }
}

/// For each open change, whether its newest patch set merges with its target as last fetched;
/// `None` where a commit is not here, or git could not try.
fn merges(context: &Context<'_>, found: &[Found]) -> Vec<Option<bool>> {
    let reader = context.checkout.read();
    let Ok(scratch) = Scratch::new() else { return vec![None; found.len()] };
    let git = scratch.git(&context.checkout.git, &context.checkout.common_dir);
    let mut targets: BTreeMap<String, Option<CommitId>> = BTreeMap::new();
    found
        .iter()
        .map(|found| {
            let change = found.change.as_ref().filter(|change| change.state == ChangeState::Open)?;
            let target = targets.entry(change.branch.clone()).or_insert_with(|| {
                let branch: BranchName = change.branch.parse().ok()?;
                reader.resolve(&branch.tracking(&context.remote)).ok().flatten()
            });
            let (target, current) = (target.as_ref()?, &change.current()?.commit);
            if !reader.has(current) {
                return None;
            }
            if reader.merge_base(target, current).ok()?.as_ref() == Some(target) {
                return Some(true);
            }
            match try_merge(&git, target, current).ok()? {
                Merge::Clean => Some(true),
                Merge::Conflicts(_) | Merge::Unrelated => Some(false),
                Merge::NotTried(_) => None,
            }
        })
        .collect()
}

/// How long ago a target was fetched; `None` where nothing tells, or the clock is another one.
fn fetched(context: &Context<'_>, branch: &str) -> Option<Duration> {
    let branch: BranchName = branch.parse().ok()?;
    let last = fetch::last(&context.checkout, &context.remote, &branch)?;
    SystemTime::from(crate::observe::now()).duration_since(last).ok()
}

/// The changes of a look with where they stand, for a watch.
pub(super) fn standings(look: &Look) -> impl Iterator<Item = (&Change, Standing<'_>)> {
    let changes = look.found.iter().filter_map(|found| found.change.as_ref());
    changes.map(|change| (change, Standing::of(change, look.gate.seen())))
}
