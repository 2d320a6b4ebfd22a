//! The plan of a submission: what is known, what the checks say, what would be done. Nothing is
//! sent here; only tracking refs move (the target's, and where the stack holds merges those of all
//! branches), and in a dry run not even they.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc;
use std::time::Duration;

use super::candidates::{Candidates, Tip};
use super::request::Request;
use crate::checkout::fetch;
use crate::checkout::journal::StateDir;
use crate::checkout::merge::{Merge, Scratch, try_merge};
use crate::checkout::moves::RefMove;
use crate::checkout::read::Head;
use crate::checkout::target::Target;
use crate::checkout::write::Rewrite;
use crate::commands::cla::submit::{Asked, StackCheck};
use crate::commands::context::Context;
use crate::commands::known;
use crate::commands::news;
use crate::commands::patchcheck::{CommitChecker, Found};
use crate::commands::ports;
use crate::error::{Error, Kind, Result};
use crate::names::CommitId;
use crate::outcome::ChangeRow;
use crate::outcome::submit::{Sent, Submit};
use crate::review::checks::{self, Check, CheckName};
use crate::review::execute::Memory;
use crate::review::model::{Action, Delivery, Draft, Identity, Located, Readiness, Step, Submitted, View};

/// Everything that is known before anything is sent.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) target: Target,
    pub(super) remote: String,
    pub(super) rewrites: Vec<Rewrite>,
    pub(super) head: Option<RefMove>,
    pub(super) delivery: Delivery,
    pub(super) view: View,
    pub(super) steps: Vec<Step>,
    pub(super) checks: Vec<Check>,
    pub(super) warnings: Vec<String>,
}

impl Plan {
    /// The kind of the heaviest stop among the checks.
    pub(super) fn exit(&self) -> Option<Kind> {
        self.checks.iter().filter_map(Check::stops_with).reduce(Kind::or)
    }

    /// An interrupted run had sent commits whose ids were made from them. One that was amended since
    /// would get another id, and so become a second change.
    pub(super) fn refuse_second_changes(&self, sent: &[Submitted]) -> Result<()> {
        let drafts = &self.delivery.drafts;
        let is_gone = |draft: &Draft| {
            draft.commit != draft.original
                && !drafts.iter().any(|d| d.original == draft.original || d.change_id == draft.change_id)
        };
        let Some(gone) = sent.iter().find(|sent| is_gone(&sent.draft)) else { return Ok(()) };
        let is_new = |(draft, located): (&Draft, &Located)| draft.commit != draft.original && located.change.is_none();
        let Some((new, _)) = drafts.iter().zip(&self.view.located).find(|pair| is_new(*pair)) else { return Ok(()) };
        Err(Error::state(format!(
            "an interrupted submit had sent change {} ({}), whose commit {} is not in this stack any more; {} ({}) would become a second change",
            gone.change.number, gone.draft.subject, gone.draft.original.short(), new.original.short(), new.subject
        ))
        .hint(format!(
            "if it is the same change, put this line at the end of its message (`git commit --amend`, `git rebase -i`): Change-Id: {}",
            gone.draft.change_id
        ))
        .hint("if it is another change, run `pyflow submit` again"))
    }

    /// Whether everything that an interrupted run had sent is in this stack still.
    pub(super) fn has_all(&self, sent: &[Submitted]) -> bool {
        sent.iter().all(|sent| self.delivery.drafts.iter().any(|draft| draft.original == sent.draft.original))
    }

    /// Free push options go along with a push, and reach only the changes that are in it.
    fn note_unused_options(&mut self) {
        let raw = &self.delivery.options.raw;
        if raw.is_empty() || self.delivery.drafts.is_empty() || self.exit().is_some() {
            return;
        }
        let given = raw.iter().map(|option| format!("`-o {option}`")).collect::<Vec<_>>().join(", ");
        let unchanged = self.delivery.drafts.iter().zip(&self.view.located).filter(|(draft, located)| {
            located.change.as_ref().is_some_and(|change| change.patch_set_of(&draft.commit).is_some())
        });
        let pushed = self.steps.iter().any(|step| matches!(step, Step::Push { .. }));
        match (pushed, unchanged.count()) {
            (false, _) => {
                self.warnings.push(format!("{given}: not sent, since it goes with a push and nothing is new"));
            }
            (true, 0) => {}
            (true, count) => self.warnings.push(format!(
                "{given}: goes with the push, and does not reach the {count} of {} changes that are unchanged",
                self.delivery.drafts.len()
            )),
        }
    }

    /// Whether nothing would be sent, and no branch moved.
    pub(super) fn is_idle(&self) -> bool {
        self.head.is_none() && self.steps.iter().all(|step| matches!(step, Step::Remember { .. }))
    }

    /// What is asked of the server beside the push, in words.
    pub(super) fn calls(&self) -> Vec<String> {
        let purpose = |step: &Step| match step {
            Step::Call { purpose, .. } => Some(purpose.clone()),
            Step::Push { .. } | Step::Remember { .. } => None,
        };
        self.steps.iter().filter_map(purpose).collect()
    }

    /// What only the server can tell, once it is asked to act.
    pub(super) fn not_checked(&self) -> Option<String> {
        let options = &self.delivery.options;
        let people = options.reviewers.iter().chain(&options.cc).map(|who| format!("whether the server knows `{who}`"));
        let votes = options.labels.iter().map(|(label, value)| format!("whether you may vote {label}{value:+}"));
        let open: Vec<String> = people.chain(votes).collect();
        let asks = self.steps.iter().any(|step| !matches!(step, Step::Remember { .. }));
        (asks && !open.is_empty()).then(|| format!("not looked at before it is sent: {}", open.join(", ")))
    }

    /// The document, as far as a plan goes.
    pub(super) fn into_outcome(self, dry_run: bool) -> Submit {
        let exit = self.exit();
        let changes = self.delivery.drafts.iter().zip(&self.view.located);
        let target = self.target.branch.to_string();
        let shows_steps = dry_run && exit.is_none();
        Submit {
            planned: dry_run || exit.is_some(),
            dry_run,
            changes: changes.map(|(draft, located)| expected(draft, located, &target, exit.is_some())).collect(),
            target,
            target_reason: self.target.reason.to_string(),
            remote: self.remote,
            checks: self.checks.iter().map(Into::into).collect(),
            moved: if shows_steps { self.head.iter().map(Into::into).collect() } else { Vec::new() },
            steps: if shows_steps { self.steps } else { Vec::new() },
            warnings: self.warnings,
            remarks: Vec::new(),
            landing: None,
            done: Vec::new(),
            exit,
        }
    }
}

/// A fetch that brings nothing takes git four processes, beside its helper's, and the server three
/// requests. So the server is first asked where its branch is, beside what else it is asked; where
/// the answer takes longer than this, the fetch begins without it. A person does not notice as much.
const TOLD: Duration = Duration::from_millis(40);

/// Decides what would be done.
pub(super) fn make(context: &Context<'_>, request: &Request) -> Result<Plan> {
    let reader = context.checkout.read();
    let tip = Tip::read(reader, &request.selection)?;
    let target = context.target(request.target.clone(), &on_branch(&tip), &tip.commit)?;
    let known = reader.resolve(&target.branch.tracking(&context.remote))?;

    // The stack as it looks before the fetch tells what to ask the server about, so that both go at
    // the same time. Where it is surprisingly long the fetch goes first: it may make it shorter.
    let collect = |target: &CommitId| Candidates::collect(context, request, &tip, target, &[]);
    let early = known.as_ref().map(collect).transpose()?;
    let most = context.settings.submit.max_stack.value;
    let asked = early.as_ref().map(Candidates::all).filter(|drafts| !drafts.is_empty() && drafts.len() <= most);
    let checker = (!request.no_verify.contains(&CheckName::Patchcheck)).then(|| CommitChecker::new(context));
    let agreements = StackCheck::new(context);
    let asks = agreements.as_ref().filter(|_| asked.is_some() && !request.no_verify.contains(&CheckName::Cla));
    let (fetched, located, me, found, answered) = std::thread::scope(|scope| {
        let found = asked.is_some().then_some(()).and(early.as_ref()).zip(checker.as_ref()).map(|(early, checker)| {
            let reader = context.checkout.another_reader();
            scope.spawn(move || checker.check(&reader, &early.drafts, &Found::default()))
        });
        let answered = asks.zip(early.as_ref()).zip(known.as_ref()).map(|((asks, early), target)| {
            let reader = context.checkout.another_reader();
            scope.spawn(move || asks.ask(&reader, &early.drafts, target, &Asked::default()))
        });
        let locate = asked.as_ref().map(|drafts| scope.spawn(|| context.server.locate(drafts, &target.branch)));
        let me = scope.spawn(|| context.server.identity());
        let _working = context.network_progress(&format!("fetching {} from {}", target.branch, context.remote));
        let unmoved = known.as_ref().and_then(|known| {
            let (tell, told) = mpsc::channel();
            let (server, branch) = (&context.server, &target.branch);
            scope.spawn(move || tell.send(server.branch_tip(branch)));
            told.recv_timeout(TOLD).ok()?.ok()?.filter(|tip| tip == known)
        });
        let fetched = unmoved.map_or_else(|| fetch_target(context, request, &target), Ok);
        (fetched, locate.map(join), join(me), found.map(join), answered.map(join))
    });
    let (tracked, located, me) = all_of(fetched, located.transpose(), me)?;
    let found = found.transpose()?.unwrap_or_default();
    let answered = answered.transpose()?.unwrap_or_default();
    let mut candidates = match early {
        Some(early) if Some(&tracked) == known.as_ref() => early,
        _ => collect(&tracked)?,
    };
    if candidates.merges {
        let published = context.fetched(|git| fetch::heads(git, &context.remote, request.dry_run))?;
        candidates = Candidates::collect(context, request, &tip, &tracked, &published)?;
    }
    let too_many = confirm_size(context, request, &target, &candidates.drafts)?;
    let earlier = asked.unwrap_or_default().into_iter().zip(located.map(|view| view.located).unwrap_or_default());
    let view = complete(context, &target, &candidates.all(), earlier.collect(), me)?;
    let patchcheck = match checker {
        // Most often every commit has been looked at while the fetch ran.
        Some(checker) => checker.check(reader, &candidates.drafts, &found)?.into_check(&candidates.drafts),
        None => Check::skipped(CheckName::Patchcheck),
    };
    let cla = match agreements {
        None => None,
        Some(_) if request.no_verify.contains(&CheckName::Cla) => Some(Check::skipped(CheckName::Cla)),
        Some(agreements) => {
            let answered = agreements.ask(reader, &candidates.drafts, &tracked, &answered)?;
            Some(agreements.into_check(&answered, &candidates.drafts))
        }
    };
    let learned = Learned { tip: &tip, tracked: &tracked, view: &view, patchcheck, cla };
    let mut plan = Plan::new(context, request, target, candidates, learned)?;
    plan.warnings.extend(too_many);
    Ok(plan)
}

/// HEAD as far as the choice of a target goes: a tip that was named has its own branch.
fn on_branch(tip: &Tip) -> Head {
    match &tip.branch {
        Some(branch) => Head::Branch(branch.clone(), tip.commit.clone()),
        None => tip.head.clone(),
    }
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Of several failures, the one whose exit code weighs most is told; of equals, what the server was
/// asked over HTTP, since git tells less.
fn all_of<A, B, C>(fetched: Result<A>, located: Result<B>, me: Result<C>) -> Result<(A, B, C)> {
    match (fetched, located, me) {
        (Ok(fetched), Ok(located), Ok(me)) => Ok((fetched, located, me)),
        (fetched, located, me) => {
            let errors = [located.err(), me.err(), fetched.err()].into_iter().flatten();
            let heaviest = errors.reduce(|one, other| if one.kind.or(other.kind) == one.kind { one } else { other });
            Err(heaviest.unwrap_or_else(|| Error::unknown("the plan could not be made")))
        }
    }
}

fn fetch_target(context: &Context<'_>, request: &Request, target: &Target) -> Result<CommitId> {
    if request.dry_run {
        let has = |commit: &CommitId| context.checkout.read().has(commit);
        return context.fetched(|git| fetch::peek(git, &context.remote, &target.branch, has));
    }
    context.fetched(|git| fetch::fetch(git, &context.remote, &target.branch))?;
    let name = target.branch.tracking(&context.remote);
    let missing = || Error::unknown(format!("git fetched {}, but {name} is not there", target.branch));
    context.checkout.read().resolve(&name)?.ok_or_else(missing)
}

/// More commits than usual are more often a wrong target than a long stack. Asked before the server
/// is asked about each of them; a dry run tells that it would be asked.
fn confirm_size(context: &Context<'_>, request: &Request, target: &Target, drafts: &[Draft]) -> Result<Option<String>> {
    let most = &context.settings.submit.max_stack;
    if request.yes || drafts.len() <= most.value {
        return Ok(None);
    }
    // What this clone has sent before has been confirmed before.
    let memory = Memory::load(&StateDir::new(context.checkout.state_dir()))?;
    let sent: BTreeSet<&CommitId> = memory.commits().collect();
    let count = drafts.iter().filter(|draft| !sent.contains(&draft.commit)).count();
    if count <= most.value {
        return Ok(None);
    }
    let text = format!(
        "{count} commits would be sent for {}, more than submit.max-stack ({}, from {})",
        target.branch, most.value, most.origin
    );
    if request.dry_run {
        return Ok(Some(format!("{text}: without `--yes` that is asked first")));
    }
    if !context.observe.can_ask() {
        let named = request.target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
        return Err(Error::usage(text)
            .hint(format!("if they are all meant: `pyflow submit{named} --yes`"))
            .hint(format!("is the target right? `pyflow submit{named} --dry-run` shows what would be sent")));
    }
    if context.observe.confirm(&format!("Send {count} commits for {}?", target.branch), "--yes")? {
        return Ok(None);
    }
    Err(Error::new(Kind::No, "nothing was sent"))
}

/// What the server knows of the drafts: from the early answer, and asked again for those that it
/// does not cover.
fn complete(
    context: &Context<'_>,
    target: &Target,
    drafts: &[Draft],
    earlier: Vec<(Draft, Located)>,
    me: Option<Identity>,
) -> Result<View> {
    let authenticated = context.server.is_authenticated();
    let mut known: BTreeMap<String, Located> =
        earlier.into_iter().map(|(draft, located)| (draft.change_id, located)).collect();
    let unknown: Vec<Draft> = drafts.iter().filter(|draft| !known.contains_key(&draft.change_id)).cloned().collect();
    if !unknown.is_empty() {
        let located = context.server.locate(&unknown, &target.branch)?.located;
        known.extend(unknown.into_iter().map(|draft| draft.change_id).zip(located));
    }
    let located = drafts.iter().map(|draft| known.get(&draft.change_id).cloned().unwrap_or_default()).collect();
    Ok(View { me, located, authenticated, target: Some(target.branch.clone()) })
}

/// What was found out before the plan.
struct Learned<'a> {
    tip: &'a Tip,
    tracked: &'a CommitId,
    view: &'a View,
    patchcheck: Check,
    /// `None` where the project has not said that it wants agreements.
    cla: Option<Check>,
}

impl Plan {
    fn new(
        context: &Context<'_>,
        request: &Request,
        target: Target,
        candidates: Candidates,
        learned: Learned<'_>,
    ) -> Result<Self> {
        let Learned { tip, tracked, view, patchcheck, cla } = learned;
        let Candidates { rewrites, below, drafts, head, brought, warnings, .. } = candidates;
        let (located_below, located) = view.located.split_at(below.len());
        let below_view = View { located: located_below.to_vec(), ..view.clone() };
        let view = View { located: located.to_vec(), ..view.clone() };

        let unless_skipped = |name: CheckName, check: &dyn Fn() -> Result<Check>| {
            if request.no_verify.contains(&name) { Ok(Check::skipped(name)) } else { check() }
        };
        let merge = || -> Result<Check> {
            let outcome = drafts.last().map(|last| merges(context, tracked, &last.original)).transpose()?;
            Ok(checks::merge(outcome.flatten().as_ref(), &target.branch, brought))
        };
        let news = || -> Result<Check> {
            let Some(last) = drafts.last() else { return Ok(Check::new(CheckName::News, Vec::new())) };
            news::check::for_submit(&context.checkout, &context.settings.news, tracked, &last.original)
        };
        let work_in_progress = request.options.readiness == Readiness::WorkInProgress;
        let known = known_commits(context, tip, tracked, &drafts, &view)?;
        let committer = || {
            let check = checks::committer(&drafts, &view, "`git commit --amend --no-edit`");
            Ok(check.or("if you may forge committers on this server: `--no-verify=committer`"))
        };
        let mut checks = vec![
            unless_skipped(CheckName::Subjects, &|| Ok(checks::subjects(&drafts, work_in_progress)))?,
            checks::change_ids(&drafts),
            checks::below(&below, &below_view),
            checks::closed(&drafts, &view),
            checks::newer(&drafts, &view, &known, request.replace, context.remote.as_str()),
            unless_skipped(CheckName::Committer, &committer)?,
            patchcheck,
            unless_skipped(CheckName::Merge, &merge)?,
        ];
        // A project that has not said how its news are written is not asked for any.
        if context.settings.news.style.is_some() {
            checks.push(unless_skipped(CheckName::News, &news)?);
        }
        checks.extend(cla);
        if let Some(place) = ports::submit::maintenance(&context.settings, &target.branch) {
            checks.push(unless_skipped(CheckName::Ports, &|| ports::submit::check(context, &place, &drafts, &view))?);
        }
        let delivery = Delivery { drafts, target: target.branch.clone(), options: request.options.clone() };
        let remote = context.remote.to_string();
        let mut plan = Self { target, remote, rewrites, head, delivery, view, steps: Vec::new(), checks, warnings };
        if plan.delivery.drafts.is_empty() && !below.is_empty() {
            return Err(Error::usage("the range that was named holds no commit of this stack")
                .hint(format!("`git log --oneline {}/{}..HEAD` lists the stack", plan.remote, plan.target.branch)));
        }
        if plan.delivery.drafts.is_empty() {
            plan.head = None;
            plan.nothing_to_submit(context, tip, tracked)?;
        } else if plan.exit().is_none() {
            plan.steps = context.server.deliver(&plan.delivery, &plan.view)?;
            plan.note_unused_options();
        }
        Ok(plan)
    }

    /// Either the target has everything, or another branch of the server has, so that the server
    /// would see nothing new.
    fn nothing_to_submit(&mut self, context: &Context<'_>, tip: &Tip, tracked: &CommitId) -> Result<()> {
        let reader = context.checkout.read();
        let (remote, branch) = (&context.remote, &self.target.branch);
        if reader.merge_base(tracked, &tip.commit)?.as_ref() == Some(&tip.commit) {
            self.warnings.push(format!("nothing to submit: {remote}/{branch} has every commit of this stack"));
            return Ok(());
        }
        for (name, commit) in reader.refs(&format!("refs/remotes/{remote}/"))? {
            if reader.merge_base(&commit, &tip.commit)?.as_ref() == Some(&tip.commit) {
                let name = name.as_str().trim_start_matches("refs/remotes/");
                return Err(Error::state(format!(
                    "{name} has every commit of this stack, so that the server would see nothing new for {branch}"
                ))
                .hint(format!("send them all the same: `pyflow submit {branch} --base {remote}/{branch}`"))
                .hint(format!("if {name} is no longer on the server: `git fetch --prune {remote}`")));
            }
        }
        self.warnings.push("nothing to submit: the part that was chosen holds no commit of this stack".to_owned());
        Ok(())
    }
}

/// Whether the tip merges with the target, in memory; `None` where a shallow clone has not enough
/// history to tell.
fn merges(context: &Context<'_>, target: &CommitId, tip: &CommitId) -> Result<Option<Merge>> {
    match context.checkout.read().merge_base(target, tip)? {
        None if context.checkout.shallow => return Ok(None),
        None => return Ok(Some(Merge::Unrelated)),
        Some(base) if base == *target => return Ok(Some(Merge::Clean)),
        Some(_) => {}
    }
    if context.checkout.is_look_only() {
        return try_merge(&context.checkout.git, target, tip).map(Some);
    }
    let scratch = Scratch::new()?;
    try_merge(&scratch.git(&context.checkout.git, &context.checkout.common_dir), target, tip).map(Some)
}

/// The commits that a newer patch set may follow; asked only where there is one.
fn known_commits(
    context: &Context<'_>,
    tip: &Tip,
    tracked: &CommitId,
    drafts: &[Draft],
    view: &View,
) -> Result<BTreeSet<CommitId>> {
    let differs = |(draft, located): (&Draft, &Located)| {
        let current = located.change.as_ref().and_then(|change| change.current());
        current.is_some_and(|current| current.commit != draft.commit)
    };
    if !drafts.iter().zip(&view.located).any(differs) {
        return Ok(BTreeSet::new());
    }
    known::commits(context, &on_branch(tip), std::slice::from_ref(tracked))
}

/// What the plan expects to happen to a change; `settle` decides. Where a check stopped it the commit is
/// the person's own, by the id that the check tells: no copy is made.
fn expected(draft: &Draft, located: &Located, target: &str, stopped: bool) -> Sent {
    let change = located.change.as_ref();
    let there = change.and_then(|change| change.patch_set_of(&draft.commit));
    let row = change.map_or_else(ChangeRow::default, ChangeRow::from);
    Sent {
        change: ChangeRow {
            subject: draft.subject.clone(),
            branch: target.to_owned(),
            change_id: Some(draft.change_id.clone()),
            commit: Some(if stopped { draft.original.to_string() } else { draft.commit.to_string() }),
            ..row
        },
        patch_set: there.map(|patch_set| patch_set.number),
        action: match (change, there) {
            (None, _) => Action::Created,
            (Some(_), Some(_)) => Action::Unchanged,
            (Some(_), None) => Action::Updated,
        },
    }
}
