//! `pyflow submit`: checks, then sends the stack for review. Run again, it updates; with nothing
//! new, it changes nothing.
//!
//! fetch target ∥ locate ∥ who am I → plan → checks → push → settle → the branch moves.

use std::collections::BTreeSet;

use super::context::Context;
use super::request::{Request, Selection};
use crate::checkout::fetch;
use crate::checkout::journal::{Lock, RefMove, StateDir};
use crate::checkout::merge::{Merge, Scratch, try_merge};
use crate::checkout::object::Commit;
use crate::checkout::read::Head;
use crate::checkout::stack::Stack;
use crate::checkout::target::Target;
use crate::checkout::write::{self, Rewrite};
use crate::cli::SubmitArgs;
use crate::error::{Error, Kind, Result};
use crate::names::CommitId;
use crate::outcome::submit::{Sent, Submit};
use crate::outcome::{ChangeRow, Outcome};
use crate::review::checks::{self, Check, CheckName};
use crate::review::execute::{Executed, Executor, InFlight, SENT};
use crate::review::model::{Action, Delivery, Draft, Identity, Located, Readiness, Step, Submitted, View};

/// Runs the command.
pub fn run(context: &mut Context<'_>, args: &SubmitArgs) -> Result<Outcome> {
    let request = Request::new(args, context)?;
    if request.dry_run {
        let scratch = Scratch::new()?;
        context.checkout.look_only(&scratch);
        context.network = scratch.git(&context.network, &context.checkout.common_dir);
        return plan(context, &request).map(|plan| Outcome::Submit(plan.into_outcome(true)));
    }
    let lock = StateDir::new(context.checkout.state_dir()).lock(context.observe)?;
    let resumed = executor(context).resume(&context.server_name())?;
    if let Some(resumed) = &resumed {
        let n = resumed.submitted.len();
        context.observe.note(&format!("finished an interrupted submit of {n} {}", plural(n, "commit", "commits")));
    }
    let plan = plan(context, &request)?;
    if plan.exit().is_some() || plan.is_idle() {
        let outcome = plan.into_outcome(false);
        return Ok(Outcome::Submit(with_resumed(outcome, resumed)));
    }
    confirm_size(context, &plan, request.yes)?;
    context.accept()?;
    let outcome = act(context, plan, &lock)?;
    Ok(Outcome::Submit(with_resumed(outcome, resumed)))
}

/// Everything that is known before anything is sent.
struct Plan {
    target: Target,
    remote: String,
    rewrites: Vec<Rewrite>,
    head: Option<RefMove>,
    delivery: Delivery,
    view: View,
    steps: Vec<Step>,
    checks: Vec<Check>,
    warnings: Vec<String>,
}

impl Plan {
    /// The kind of the heaviest stop among the checks.
    fn exit(&self) -> Option<Kind> {
        self.checks.iter().filter_map(Check::stops_with).reduce(Kind::or)
    }

    /// Whether nothing would be sent, and no branch moved.
    fn is_idle(&self) -> bool {
        self.head.is_none() && self.steps.iter().all(|step| matches!(step, Step::Remember { .. }))
    }

    fn into_outcome(self, planned: bool) -> Submit {
        let exit = self.exit();
        let changes = self.delivery.drafts.iter().zip(&self.view.located);
        let target = self.target.branch.to_string();
        Submit {
            planned,
            changes: changes.map(|(draft, located)| expected(draft, located, &target)).collect(),
            target,
            target_reason: self.target.reason.to_string(),
            remote: self.remote,
            checks: self.checks.iter().map(Into::into).collect(),
            steps: if planned && exit.is_none() { self.steps } else { Vec::new() },
            moved: if planned && exit.is_none() { self.head.iter().map(Into::into).collect() } else { Vec::new() },
            warnings: self.warnings,
            remarks: Vec::new(),
            exit,
        }
    }
}

/// Decides what would be done. Reads the repository, the remote and the server; the only thing it
/// writes is the target's tracking ref, and in a dry run not even that.
fn plan(context: &Context<'_>, request: &Request) -> Result<Plan> {
    let reader = context.checkout.read();
    let head = reader.head()?;
    let Some(at) = head.commit().cloned() else {
        return Err(
            Error::state("HEAD is a branch without commits: there is nothing to submit").hint("commit something first")
        );
    };
    let tip = request.selection.tip(reader)?.unwrap_or_else(|| at.clone());
    let target = context.target(request.target.clone(), &head, &tip)?;
    let known = reader.resolve(&target.branch.tracking(&context.remote))?;

    // The stack as it looks before the fetch tells what to ask the server about; the fetch can
    // only make it shorter.
    let early = match &known {
        Some(known) => Some(Candidates::collect(context, request, &head, &tip, known)?),
        None => None,
    };
    let (fetched, view, me) = std::thread::scope(|scope| {
        let locate = early
            .as_ref()
            .filter(|early| !early.drafts().is_empty())
            .map(|early| scope.spawn(|| context.server.locate(early.drafts(), &target.branch)));
        let me = scope.spawn(|| context.server.identity());
        let _working = context.network_progress(&format!("fetching {} from {}", target.branch, context.remote));
        let fetched = fetch_target(context, request, &target);
        (fetched, locate.map(join), join(me))
    });
    let tracked = fetched?;
    let me = me?;
    let candidates = match early {
        Some(early) if Some(&tracked) == known.as_ref() => early,
        _ => Candidates::collect(context, request, &head, &tip, &tracked)?,
    };
    let view = located_again(context, &target, &candidates, view, me)?;
    Plan::new(context, request, target, &tracked, candidates, &view)
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn fetch_target(context: &Context<'_>, request: &Request, target: &Target) -> Result<CommitId> {
    if request.dry_run {
        return fetch::peek(&context.network, &context.remote, &target.branch, |commit| {
            context.checkout.read().has(commit)
        });
    }
    fetch::fetch(&context.network, &context.remote, &target.branch)?;
    let name = target.branch.tracking(&context.remote);
    context
        .checkout
        .read()
        .resolve(&name)?
        .ok_or_else(|| Error::unknown(format!("git fetched {}, but {name} is not there", target.branch)))
}

/// The commits that may be sent, and the copies that stand for them.
struct Candidates {
    /// Copies of everything between the target and the tip that moves.
    rewrites: Vec<Rewrite>,
    /// Below the part, then the part; oldest first.
    all: Vec<Draft>,
    /// How many of `all` lie below the part that is sent.
    below: usize,
    /// The move of the person's branch.
    head: Option<RefMove>,
    /// Commits of other branches that would come along.
    brought: usize,
}

impl Candidates {
    fn drafts(&self) -> &[Draft] {
        &self.all
    }

    fn collect(
        context: &Context<'_>,
        request: &Request,
        head: &Head,
        tip: &CommitId,
        target: &CommitId,
    ) -> Result<Self> {
        let reader = context.checkout.read();
        let mut without = vec![target.clone()];
        if request.base.is_empty() {
            // What the server's other branches hold is no new change there.
            let prefix = format!("refs/remotes/{}/", context.remote);
            without.extend(reader.refs(&prefix)?.into_iter().map(|(_, commit)| commit));
        } else {
            without.extend(request.base.iter().cloned());
        }
        let within = Stack::between(reader, tip, &without)?;
        let brought = reader.walk(tip, std::slice::from_ref(target))?.len() - within.commits.len();
        let brought = if within.is_linear() && request.base.is_empty() { brought } else { 0 };

        // Where HEAD is above the tip, the whole branch moves when a commit below gets a Change-Id.
        let at = head.commit().filter(|at| *at != tip);
        let above = at.map(|at| Stack::between(reader, at, &without)).transpose()?;
        let contains = |stack: &Stack| stack.commits.iter().any(|commit| commit.id == *tip);
        let moving = above.filter(contains).unwrap_or_else(|| within.clone());
        let rewrites = rewrites(context, &moving.commits)?;

        let part: BTreeSet<CommitId> = match request.selection.from(reader, tip)? {
            Some(from) => {
                without.push(from);
                reader.walk(tip, &without)?.into_iter().collect()
            }
            None => within.commits.iter().map(|commit| commit.id.clone()).collect(),
        };
        let inside: BTreeSet<&CommitId> = within.commits.iter().map(|commit| &commit.id).collect();
        let drafts = rewrites.iter().filter(|rewrite| inside.contains(&rewrite.original.id));
        let drafts: Vec<Draft> = drafts.map(|rewrite| draft(context, rewrite)).collect::<Result<_>>()?;
        let (all, below) = {
            let (part, below): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|d| part.contains(&d.original));
            let count = below.len();
            (below.into_iter().chain(part).collect::<Vec<_>>(), count)
        };
        let head = head.commit().and_then(|at| {
            let copy = rewrites.iter().find(|rewrite| rewrite.original.id == *at && rewrite.copied)?;
            let name = head.branch().map_or_else(|| "HEAD".to_owned(), |branch| branch.full().to_string());
            Some(RefMove { name, old: at.clone(), new: copy.commit.clone() })
        });
        Ok(Self { rewrites, all, below, head, brought })
    }
}

/// The copies with Change-Ids of those commits that lack one.
fn rewrites(context: &Context<'_>, commits: &[Commit]) -> Result<Vec<Rewrite>> {
    let mut messages = std::collections::BTreeMap::new();
    for commit in commits {
        if let (_, Some(message)) = context.server.change_id(&commit.id, &commit.message)? {
            messages.insert(commit.id.clone(), message);
        }
    }
    let rewrites = write::plan(commits, context.checkout.format, |commit| messages.get(&commit.id).cloned());
    if !context.signs_commits()
        && let Some(signed) = rewrites.iter().find(|rewrite| rewrite.resign)
    {
        let commit = &signed.original;
        return Err(Error::state(format!(
            "{} ({}) is signed, and a Change-Id has to be added at or below it, which would take the signature away",
            commit.id.short(),
            commit.subject()
        ))
        .hint("let git sign the copies: `git config commit.gpgSign true`")
        .hint("or add the Change-Ids yourself: `git rebase -i` with the server's commit-msg hook installed"));
    }
    Ok(rewrites)
}

fn draft(context: &Context<'_>, rewrite: &Rewrite) -> Result<Draft> {
    let commit = &rewrite.original;
    let (change_id, _) = context.server.change_id(&commit.id, &commit.message)?;
    Ok(Draft {
        original: commit.id.clone(),
        commit: rewrite.commit.clone(),
        parents: rewrite.parents.clone(),
        change_id,
        subject: commit.subject(),
        committer_email: commit.committer.email.clone(),
    })
}

/// What the server knows of the candidates: from the early answer where it covers them.
fn located_again(
    context: &Context<'_>,
    target: &Target,
    candidates: &Candidates,
    early: Option<Result<View>>,
    me: Option<Identity>,
) -> Result<View> {
    let drafts = candidates.drafts();
    let mut view = match early.transpose()? {
        // Aligned with the drafts by construction; a fetch that shortened the stack breaks that.
        Some(view) if view.located.len() == drafts.len() => view,
        _ if drafts.is_empty() => View { authenticated: me.is_some(), ..View::default() },
        _ => context.server.locate(drafts, &target.branch)?,
    };
    view.me = me.or(view.me);
    Ok(view)
}

impl Plan {
    fn new(
        context: &Context<'_>,
        request: &Request,
        target: Target,
        tracked: &CommitId,
        candidates: Candidates,
        view: &View,
    ) -> Result<Self> {
        let Candidates { rewrites, all, below, head, brought } = candidates;
        let split =
            |view: &View, range: std::ops::Range<usize>| View { located: view.located[range].to_vec(), ..view.clone() };
        let below_view = split(view, 0..below);
        let view = split(view, below..all.len());
        let (below, drafts) = all.split_at(below);
        let (below, drafts) = (below.to_vec(), drafts.to_vec());

        let skip = |name: CheckName| request.no_verify.contains(&name);
        let unless_skipped = |name: CheckName, check: &dyn Fn() -> Result<Check>| {
            if skip(name) { Ok(Check::skipped(name)) } else { check() }
        };
        let merge = || -> Result<Check> {
            let Some(last) = drafts.last() else { return Ok(Check::new(CheckName::Merge, Vec::new())) };
            let outcome = merges(context, tracked, &last.original)?;
            Ok(checks::merge(Some(&outcome), &target.branch, brought))
        };
        let news = || -> Result<Check> {
            match drafts.last() {
                Some(last) => {
                    super::news::check::for_submit(&context.checkout, &context.settings.news, tracked, &last.original)
                }
                None => Ok(Check::new(CheckName::News, Vec::new())),
            }
        };
        let work_in_progress = request.options.readiness == Readiness::WorkInProgress;
        let known = known_commits(context, &drafts, &view)?;
        let mut checks = vec![
            unless_skipped(CheckName::Subjects, &|| Ok(checks::subjects(&drafts, work_in_progress)))?,
            checks::change_ids(&drafts),
            checks::below(&below, &below_view),
            checks::closed(&drafts, &view),
            checks::newer(&drafts, &view, &known, request.replace, context.remote.as_str()),
            unless_skipped(CheckName::Committer, &|| Ok(checks::committer(&drafts, &view)))?,
            unless_skipped(CheckName::Merge, &merge)?,
        ];
        // A project that has not said how its news are written is not asked for any.
        if context.settings.news.style.is_some() {
            checks.push(unless_skipped(CheckName::News, &news)?);
        }
        let delivery = Delivery { drafts, target: target.branch.clone(), options: request.options.clone() };
        let mut plan = Self {
            remote: context.remote.to_string(),
            target,
            rewrites,
            head,
            delivery,
            view,
            steps: Vec::new(),
            checks,
            warnings: Vec::new(),
        };
        if plan.delivery.drafts.is_empty() {
            plan.head = None;
            plan.warnings.push(format!(
                "nothing to submit: {}/{} has every commit of this stack",
                plan.remote, plan.target.branch
            ));
        } else if plan.exit().is_none() {
            plan.steps = context.server.deliver(&plan.delivery, &plan.view)?;
        }
        Ok(plan)
    }
}

/// Whether the tip merges with the target, in memory.
fn merges(context: &Context<'_>, target: &CommitId, tip: &CommitId) -> Result<Merge> {
    if context.checkout.read().merge_base(target, tip)?.as_ref() == Some(target) {
        return Ok(Merge::Clean);
    }
    let scratch = Scratch::new()?;
    let git = if context.checkout.is_look_only() {
        context.checkout.git.clone()
    } else {
        scratch.git(&context.checkout.git, &context.checkout.common_dir)
    };
    try_merge(&git, target, tip)
}

/// Commits that this clone has sent, or that HEAD has been at: a change made on top of one of
/// them does not bury it.
fn known_commits(context: &Context<'_>, drafts: &[Draft], view: &View) -> Result<BTreeSet<CommitId>> {
    let differs = |(draft, located): (&Draft, &Located)| {
        let current = located.change.as_ref().and_then(|change| change.current());
        current.is_some_and(|current| current.commit != draft.commit)
    };
    if !drafts.iter().zip(&view.located).any(differs) {
        return Ok(BTreeSet::new());
    }
    let reader = context.checkout.read();
    let sent = reader.refs(SENT)?.into_iter().map(|(_, commit)| commit);
    Ok(sent.chain(reader.head_history()?).collect())
}

/// What the plan expects to happen to a change; `settle` decides.
fn expected(draft: &Draft, located: &Located, target: &str) -> Sent {
    let change = located.change.as_ref();
    let there = change.and_then(|change| change.patch_set_of(&draft.commit));
    let row = change.map_or_else(ChangeRow::default, ChangeRow::from);
    Sent {
        change: ChangeRow {
            subject: draft.subject.clone(),
            branch: target.to_owned(),
            change_id: Some(draft.change_id.clone()),
            commit: Some(draft.commit.to_string()),
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

/// More commits than usual are more often a wrong target than a long stack.
fn confirm_size(context: &Context<'_>, plan: &Plan, yes: bool) -> Result<()> {
    let (count, most) = (plan.delivery.drafts.len(), context.settings.submit.max_stack.value);
    if yes || count <= most {
        return Ok(());
    }
    let target = &plan.target.branch;
    if !context.observe.can_ask() {
        return Err(Error::usage(format!(
            "{count} commits would be sent for {target}, more than submit.max-stack ({most}, from {})",
            context.settings.submit.max_stack.origin
        ))
        .hint("if they are all meant: `pyflow submit --yes`")
        .hint("is the target right? `pyflow submit --dry-run` shows what would be sent"));
    }
    if context.observe.confirm(&format!("Send {count} commits for {target}?"), "--yes")? {
        return Ok(());
    }
    Err(Error::new(Kind::No, "nothing was sent"))
}

fn executor<'e, 'a>(context: &'e Context<'a>) -> Executor<'e, 'a> {
    Executor { checkout: &context.checkout, git: context.network.clone(), server: &*context.server }
}

/// Carries the plan out. The lock shows that no other pyflow acts on this clone.
fn act(context: &Context<'_>, mut plan: Plan, _lock: &Lock) -> Result<Submit> {
    let resigned = plan.rewrites.iter().any(|rewrite| rewrite.resign);
    plan.rewrites = write::write(&context.checkout.git, context.checkout.format, plan.rewrites)?;
    if resigned {
        plan.follow_signatures(context)?;
    }
    let flight = InFlight::new(
        context.server_name(),
        context.remote.clone(),
        &plan.delivery,
        &plan.view,
        plan.head.clone(),
        plan.steps.clone(),
    );
    let executed = {
        let _working =
            context.network_progress(&format!("sending {} to {}", commits(plan.delivery.drafts.len()), plan.remote));
        executor(context).run(&flight, &plan.view)?
    };
    let mut outcome = plan.into_outcome(false);
    outcome.changes = executed.submitted.iter().map(sent).collect();
    outcome.warnings.extend(executed.submitted.iter().filter_map(buried));
    outcome.warnings.extend(executed.not_moved);
    outcome.moved = executed.moved.iter().map(Into::into).collect();
    outcome.remarks = executed.remarks;
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

fn buried(submitted: &Submitted) -> Option<String> {
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

fn commits(count: usize) -> String {
    format!("{count} {}", plural(count, "commit", "commits"))
}

const fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

impl Selection {
    fn tip(&self, reader: &crate::checkout::read::Reader<'_>) -> Result<Option<CommitId>> {
        match self {
            Self::Range { to: Some(to), .. } => reader.revision(to).map(Some),
            Self::Range { to: None, .. } | Self::All | Self::Newest => Ok(None),
        }
    }

    fn from(&self, reader: &crate::checkout::read::Reader<'_>, tip: &CommitId) -> Result<Option<CommitId>> {
        match self {
            Self::All => Ok(None),
            Self::Newest => Ok(reader.commit(tip)?.parents.first().cloned()),
            Self::Range { from, .. } => reader.revision(from.as_deref().unwrap_or("HEAD")).map(Some),
        }
    }
}
