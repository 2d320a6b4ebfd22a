//! The plan: what would become of each branch. Tracking refs move, in a dry run not even these;
//! objects are written; nothing is begun.

use std::collections::BTreeMap;

use super::picks::{self, Arrived, Stopped};
use super::request::{Request, Target};
use super::send;
use super::source::{self, Learned, What};
use crate::backport::message;
use crate::backport::policy::Verdict;
use crate::backport::session::{Backport, Begun, Options, Session, Stage};
use crate::checkout::fetch;
use crate::commands::context::Context;
use crate::config::Carried;
use crate::error::{Kind, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::backport::{BranchRow, Result as Came};
use crate::ports::Role;
use crate::review::model::{Account, Change, ChangeState, Readiness, SubmitOptions, View};

/// What would be done.
pub(super) struct Plan {
    pub(super) branches: Vec<Planned>,
    /// Everything that the server knows of the commits, on every branch.
    pub(super) view: View,
    pub(super) warnings: Vec<String>,
}

/// One branch.
pub(super) struct Planned {
    pub(super) row: BranchRow,
    pub(super) next: Next,
    /// The exit code's kind, where it is refused.
    pub(super) exit: Option<Kind>,
}

/// What follows for a branch.
pub(super) enum Next {
    /// Nothing.
    Nothing,
    /// It is picked, and can be sent.
    Send(Box<Backport>),
    /// It conflicts.
    Resolve(Box<Backport>, Box<Stopped>),
    /// It was begun before.
    GoOn(Box<Backport>),
}

impl Planned {
    fn nothing(row: BranchRow, exit: Option<Kind>) -> Self {
        Self { row, next: Next::Nothing, exit }
    }
}

/// Decides what would be done.
pub(super) fn make(context: &Context<'_>, request: &Request, begun: &Begun, session: &Session) -> Result<Plan> {
    let what = What::of(context, request)?;
    let question = what.question(context)?;
    let allowed = request.targets.iter().filter(|target| matches!(target.verdict, Verdict::Fine(_)));
    let allowed: Vec<BranchName> = allowed.map(|target| target.branch.clone()).collect();
    let (fetched, answer, me) = std::thread::scope(|scope| {
        let answer = scope.spawn(|| question.ask(&*context.server));
        let me = scope.spawn(|| context.server.identity());
        let _working =
            context.network_progress(&format!("fetching {} branches from {}", allowed.len(), context.remote));
        (tips(context, request, &allowed), join(answer), join(me))
    });
    let (tips, answer) = heaviest(fetched, answer)?;
    let mut learned = source::learn(context, request, &what, answer)?;
    learned.view.me = me?;
    let options = options(context, request, &learned);
    let mut branches = Vec::new();
    for target in &request.targets {
        branches.push(branch(context, request, target, tips.get(&target.branch), &learned, &options, begun, session)?);
    }
    Ok(Plan { branches, view: learned.view, warnings: learned.notes })
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Of two failures, the one whose exit code weighs more is told.
fn heaviest<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(a), Err(b)) => Err(if a.kind.or(b.kind) == a.kind { a } else { b }),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Where the branches are on the server now, with one fetch for all. Where new work lands is fetched,
/// too: what was merged is there.
fn tips(context: &Context<'_>, request: &Request, branches: &[BranchName]) -> Result<BTreeMap<BranchName, CommitId>> {
    if branches.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut wanted = branches.to_vec();
    let default = source::default_branch(context);
    if !wanted.contains(&default) {
        wanted.push(default);
    }
    let reader = context.checkout.read();
    if request.dry_run {
        let has = |commit: &CommitId| reader.has(commit);
        let found = context.fetched(|git| fetch::peek_several(git, &context.remote, &wanted, has))?;
        return Ok(found.into_iter().collect());
    }
    let missing = context.fetched(|git| fetch::fetch_several(git, &context.remote, &wanted))?;
    let mut found = BTreeMap::new();
    for branch in wanted.into_iter().filter(|branch| !missing.contains(branch)) {
        if let Some(commit) = reader.resolve(&branch.tracking(&context.remote))? {
            found.insert(branch, commit);
        }
    }
    Ok(found)
}

/// What is asked for, and what is carried over from the original on the server.
fn options(context: &Context<'_>, request: &Request, learned: &Learned) -> Options {
    let carry = &context.settings.backport.carry.value;
    let mut submit = request.submit.clone();
    if let Some(change) = &learned.change {
        carried(
            &mut submit,
            change,
            carry,
            learned.view.me.as_ref().map(|me| &me.account),
            context.server.checks_label(),
        );
    }
    let personal = &context.settings.submit;
    submit.topic = submit.topic.or_else(|| personal.topic.as_ref().map(|topic| topic.value.as_str().to_owned()));
    if submit.readiness == Readiness::Unchanged {
        submit.readiness = personal.readiness.value;
    }
    let settings = &context.settings.branches;
    let branches = settings.targets().into_iter().chain(&settings.end_of_life.value).cloned().collect();
    Options { push: request.push, replace: request.replace, rules: context.settings.backport.rules, branches, submit }
}

fn carried(submit: &mut SubmitOptions, change: &Change, carry: &[Carried], me: Option<&Account>, checks: &str) {
    if carry.contains(&Carried::Topic) && submit.topic.is_none() {
        submit.topic.clone_from(&change.topic);
    }
    if carry.contains(&Carried::Hashtags) {
        let new = change.hashtags.iter().filter(|tag| !submit.hashtags.contains(tag)).cloned().collect::<Vec<_>>();
        submit.hashtags.extend(new);
    }
    if carry.contains(&Carried::Reviewers) {
        let others = change.reviewers.iter().filter(|reviewer| me.is_none_or(|me| me.id != reviewer.id));
        // Whoever has only voted for the checks is no person, and comes by itself.
        let runs_checks = |reviewer: &Account| {
            let mut votes = change.votes.iter().filter(|vote| vote.by.id == reviewer.id).peekable();
            votes.peek().is_some() && votes.all(|vote| vote.label == checks)
        };
        for reviewer in others.filter(|reviewer| !runs_checks(reviewer)) {
            let name = reviewer.email.as_ref().or(reviewer.username.as_ref()).unwrap_or(&reviewer.id);
            if !submit.reviewers.contains(name) {
                submit.reviewers.push(name.clone());
            }
        }
    }
    if change.work_in_progress {
        submit.readiness = Readiness::WorkInProgress;
    }
    let patch_set = change.current_patch_set.map(|number| format!(", patch set {number}")).unwrap_or_default();
    submit.message = Some(format!("Backport of change {}{patch_set}", change.number));
}

#[allow(clippy::too_many_arguments, reason = "each is a fact of its own about the branch")]
fn branch(
    context: &Context<'_>,
    request: &Request,
    target: &Target,
    tip: Option<&CommitId>,
    learned: &Learned,
    options: &Options,
    begun: &Begun,
    session: &Session,
) -> Result<Planned> {
    let source = &learned.source;
    let mut row = BranchRow::new(target.branch.as_str(), Came::Refused, source);
    row.role = (target.role != Role::Unlisted).then_some(target.role);
    match &target.verdict {
        Verdict::Refused(why, hints) => {
            row.text = Some(why.clone());
            row.hints.clone_from(hints);
            return Ok(Planned::nothing(row, Some(Kind::No)));
        }
        Verdict::Fine(note) => row.warnings.extend(note.clone()),
    }
    // One that is ready and holds nothing was left out by a run that was killed at its end.
    let is_left_out = |known: &&Backport| known.stage == Stage::Ready && known.picks().next().is_none();
    if let Some(known) = session.find(source, &target.branch).filter(|known| !is_left_out(known)) {
        row.result = if known.stage == Stage::Ready { Came::Ready } else { Came::Conflict };
        return Ok(Planned { row, next: Next::GoOn(Box::new(known.clone())), exit: None });
    }
    let Some(tip) = tip else {
        row.text = Some(format!("there is no branch {} on the remote {}", target.branch, context.remote));
        row.hints.push(format!("`git ls-remote --heads {}` lists the branches that are there", context.remote));
        return Ok(Planned::nothing(row, Some(Kind::Refused)));
    };
    row = match on_server(context, request, target, learned, row)? {
        Ok(row) => row,
        Err(planned) => return Ok(*planned),
    };
    let mut backport = Backport {
        branch: target.branch.clone(),
        source: source.clone(),
        onto: tip.clone(),
        done: Vec::new(),
        stage: Stage::Ready,
        options: options.clone(),
        begun: begun.clone(),
    };
    let arrived = Arrived::read(context, tip, &source.last().commit)?;
    let mut warnings = Vec::new();
    let stopped = match picks::walk(context, &mut backport, &arrived, &mut warnings) {
        Ok(stopped) => stopped,
        Err(error) => {
            row.text = Some(error.message);
            row.hints = error.hints;
            return Ok(Planned::nothing(row, Some(error.kind)));
        }
    };
    row.warnings.extend(warnings);
    if let Some(stopped) = stopped {
        row.result = Came::Conflict;
        row.conflicts.clone_from(&stopped.conflicts.files);
        row.missing.clone_from(&stopped.missing);
        return Ok(Planned { row, next: Next::Resolve(Box::new(backport), Box::new(stopped)), exit: None });
    }
    if backport.picks().next().is_none() {
        row.result = Came::Already;
        row.text = Some(picks::why_already(context, &backport, &arrived, &learned.commits)?);
        return Ok(Planned::nothing(row, None));
    }
    row.result = Came::Ready;
    row.subject = Some(context.checkout.read().commit(backport.tip())?.subject());
    if request.dry_run && backport.options.push {
        match send::prepare(context, &backport, &learned.view) {
            Ok(prepared) => row.steps = prepared.steps,
            Err(error) => return Ok(Planned::nothing(refused(row, error.message, error.hints), Some(error.kind))),
        }
    }
    if !backport.options.push {
        let name = send::local_branch(&backport)?;
        if let Some(there) = context.checkout.read().resolve(&name.full())? {
            let text = format!("there is a local branch {name} already, at {}", there.short());
            let hints = vec![format!("look at it (`git log {name}`), and rename or delete it")];
            return Ok(Planned::nothing(refused(row, text, hints), Some(Kind::State)));
        }
        row.local_branch = Some(name.to_string());
    }
    Ok(Planned { row, next: Next::Send(Box::new(backport)), exit: None })
}

fn refused(mut row: BranchRow, text: String, hints: Vec<String>) -> BranchRow {
    row.result = Came::Refused;
    row.text = Some(text);
    row.hints = hints;
    row
}

/// What the server has for this branch decides before anything is picked: what has landed, what is
/// given up, what somebody else has made. The row comes back where nothing stands in the way.
fn on_server(
    context: &Context<'_>,
    request: &Request,
    target: &Target,
    learned: &Learned,
    mut row: BranchRow,
) -> Result<Result<BranchRow, Box<Planned>>> {
    let view = learned.view.for_target(&target.branch);
    let branch = &target.branch;
    let mut already = 0;
    for (commit, located) in learned.commits.iter().zip(&view.located) {
        let Some(change) = &located.change else { continue };
        let number = change.number;
        row.number = Some(number);
        row.url.clone_from(&change.url);
        match change.state {
            ChangeState::Merged => {
                row.text = Some(format!("change {number} has landed on {branch}"));
                already += 1;
            }
            ChangeState::Unknown => {
                let text = format!("the server does not say whether change {number} for {branch} is still open");
                let hints = vec!["look at it there, and run this again".to_owned()];
                return Ok(Err(Box::new(Planned::nothing(refused(row, text, hints), Some(Kind::Unknown)))));
            }
            ChangeState::Abandoned => {
                let text = format!("change {number} for {branch} is abandoned, and takes no new patch set");
                let hints = vec!["restore it on the server, then run this again".to_owned()];
                return Ok(Err(Box::new(Planned::nothing(refused(row, text, hints), Some(Kind::Refused)))));
            }
            ChangeState::Open => {
                let current = source::patch_set(context, change, None)?;
                let message = context.checkout.read().commit(&current)?.message;
                let origins = message::origins(&message);
                if origins.contains(&commit.id) && !request.replace {
                    row.text = Some(format!("change {number} is open for it"));
                    already += 1;
                    continue;
                }
                let uploader = change.current().map(|patch_set| &patch_set.uploader);
                let me = learned.view.me.as_ref().map(|me| me.account.id.as_str());
                let mine = me.is_some() && uploader.map(|uploader| uploader.id.as_str()) == me;
                if !request.replace && (origins.is_empty() || !mine) {
                    let by = uploader.map_or("somebody", Account::display);
                    let text = format!(
                        "change {number} is open for {branch}, by {by}, and was not picked from {}",
                        commit.id.short()
                    );
                    let hints = vec![
                        format!("look at it: `pyflow status {number}`"),
                        format!("send yours on top of it all the same: `pyflow backport {branch} --replace`"),
                    ];
                    return Ok(Err(Box::new(Planned::nothing(refused(row, text, hints), Some(Kind::Refused)))));
                }
            }
        }
    }
    if already == learned.commits.len() {
        row.result = Came::Already;
        return Ok(Err(Box::new(Planned::nothing(row, None))));
    }
    row.text = None;
    Ok(Ok(row))
}
