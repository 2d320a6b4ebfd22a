//! `pyflow status`: where changes are, why they have not landed, what to do next.
//!
//! One request for all of them. Whether a change merges is found out here, against the target as
//! it was last fetched.

use std::collections::{BTreeMap, BTreeSet};

use super::cla::Asking;
use super::context::Context;
use super::known;
use super::name::{self, Named, not_found};
use crate::checkout::merge::{Merge, Scratch, try_merge};
use crate::checkout::stack::Stack;
use crate::cli::StatusArgs;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::Outcome;
use crate::outcome::change::ChangeRow;
use crate::outcome::status::{RequirementRow, Review, Scope, Status, StatusRow, Visibility};
use crate::review::model::{Account, Change, ChangeState};
use crate::review::next::{Advice, Blocker, BlockerKind, LocalCommit, Situation, advise};
use crate::review::{ChangeName, Query};

/// Runs the command.
pub fn run(context: &Context<'_>, args: &StatusArgs) -> Result<Outcome> {
    let wanted = wanted(context, args)?;
    let (found, me) = {
        let _working = context.network_progress("asking the review server");
        std::thread::scope(|scope| {
            let me = scope.spawn(|| context.server.identity());
            let found = ask(context, &wanted);
            (found, me.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    };
    let (found, me) = (found?, me?);
    let visibility = if me.is_some() { Visibility::Full } else { Visibility::Anonymous };
    let me = me.map(|me| me.account);
    let mut warnings = Vec::new();
    let mut seen: Vec<(Option<Mine>, Option<Change>)> = Vec::new();
    for (item, mut changes) in found {
        match (changes.len(), &item) {
            (0, Wanted::Commit(commit)) => seen.push((Some(commit.clone()), None)),
            (0, Wanted::Name(named)) => return Err(not_found(named, visibility)),
            (0, Wanted::Mine) => {}
            (_, Wanted::Mine) => seen.extend(changes.drain(..).map(|change| (None, Some(change)))),
            (1, _) => seen.push((item.commit(), changes.pop())),
            _ => seen.push((item.commit(), Some(choose(context, &item, changes)?))),
        }
        if let (Wanted::Name(named), Some((_, Some(change)))) = (&item, seen.last()) {
            warnings.extend(another_patch_set(named, change)?);
        }
    }
    if visibility == Visibility::Anonymous {
        warnings
            .push("asked without credentials: private changes, and projects that need a login, do not show".to_owned());
    }
    // Whoever keeps the agreements may know this, too; nobody is asked for it here.
    let (settings, credential) = (&context.settings, Some(context.credential()));
    let (checkout, accepted) = (&context.checkout, context.accepted);
    let registry = Asking::new(settings, checkout, &context.git_config, context.observe, credential, accepted);
    let core_developer = registry.core_developer();
    let scope = if args.mine { Scope::Mine } else { Scope::Stack };
    let changes = rows(context, &seen, me.as_ref())?;
    Ok(Outcome::Status(Status { changes, scope, visibility, core_developer, warnings }))
}

/// What is looked for.
#[derive(Clone)]
enum Wanted {
    /// A commit of the local stack.
    Commit(Mine),
    /// A change that was named.
    Name(Named),
    /// All of this person's open changes.
    Mine,
}

/// A commit of the local stack.
#[derive(Clone)]
struct Mine {
    /// As it is in the branch.
    id: CommitId,
    /// As it is sent: the same, or its copy with a Change-Id.
    sent: CommitId,
    subject: String,
    change_id: String,
}

impl Wanted {
    fn commit(&self) -> Option<Mine> {
        match self {
            Self::Commit(commit) => Some(commit.clone()),
            Self::Name(_) | Self::Mine => None,
        }
    }
}

fn wanted(context: &Context<'_>, args: &StatusArgs) -> Result<Vec<Wanted>> {
    if args.mine {
        return Ok(vec![Wanted::Mine]);
    }
    if !args.changes.is_empty() {
        return args.changes.iter().map(|text| name::parse(context, text).map(Wanted::Name)).collect();
    }
    let reader = context.checkout.read();
    let head = reader.head()?;
    let Some(tip) = head.commit() else {
        return Err(Error::state("HEAD is a branch without commits").hint("name a change: `pyflow status 1841`"));
    };
    // Whatever the target is: what any branch of the server has is not waiting for anything.
    let landed = landed(context)?;
    if landed.is_empty() {
        return Err(Error::state(format!("nothing has been fetched from {} yet", context.remote))
            .hint(format!("`git fetch {}`", context.remote)));
    }
    let stack = Stack::between(reader, tip, &landed)?;
    let copies = context.copies(&stack.commits)?;
    copies
        .into_iter()
        .map(|copy| {
            let (change_id, _) = context.server.change_id(&copy.original.id, &copy.original.message)?;
            let subject = copy.original.subject();
            Ok(Wanted::Commit(Mine { id: copy.original.id, sent: copy.commit, subject, change_id }))
        })
        .collect()
}

/// The server's branches as last fetched.
fn landed(context: &Context<'_>) -> Result<Vec<CommitId>> {
    let refs = context.checkout.read().refs(&format!("refs/remotes/{}/", context.remote))?;
    Ok(refs.into_iter().map(|(_, commit)| commit).collect())
}

/// What is shown is the newest patch set; whoever named another one hears so.
fn another_patch_set(named: &Named, change: &Change) -> Result<Option<String>> {
    let ChangeName::Number { number, patch_set: Some(asked) } = named.name else { return Ok(None) };
    let Some(newest) = change.current_patch_set.filter(|newest| *newest != asked) else { return Ok(None) };
    if change.patch_sets.iter().any(|patch_set| patch_set.number == asked) {
        return Ok(Some(format!(
            "patch set {asked} of change {number} is an older one; this is about {newest}, the newest"
        )));
    }
    Err(Error::refused(format!("change {number} has no patch set {asked}"))
        .hint(format!("the newest is {newest}: `pyflow status {number}`")))
}

/// One request for everything.
fn ask(context: &Context<'_>, wanted: &[Wanted]) -> Result<Vec<(Wanted, Vec<Change>)>> {
    if let [Wanted::Mine] = wanted {
        let query = Query { mine: true, ..Query::default() };
        return Ok(vec![(Wanted::Mine, context.server.list(&query)?)]);
    }
    let name = |item: &Wanted| match item {
        Wanted::Commit(commit) => Some(ChangeName::ChangeId(commit.change_id.clone())),
        Wanted::Name(change) => Some(change.name.clone()),
        Wanted::Mine => None,
    };
    let names: Vec<ChangeName> = wanted.iter().filter_map(name).collect();
    let answers = if names.is_empty() { Vec::new() } else { context.server.find(&names)? };
    Ok(wanted.iter().cloned().zip(answers).collect())
}

/// A Change-Id that several changes bear means the one on this checkout's target.
fn choose(context: &Context<'_>, item: &Wanted, changes: Vec<Change>) -> Result<Change> {
    let typed = match item {
        Wanted::Name(named) => named.typed.clone(),
        Wanted::Commit(commit) => commit.id.short().to_owned(),
        Wanted::Mine => String::new(),
    };
    one_of(context, &typed, changes)
}

/// The one of several changes that lands on this checkout's target; else they are listed.
pub fn one_of(context: &Context<'_>, typed: &str, mut changes: Vec<Change>) -> Result<Change> {
    let reader = context.checkout.read();
    let head = reader.head()?;
    if let Some(tip) = head.commit()
        && let Ok(target) = context.target(None, &head, tip)
        && let Some(at) = changes.iter().position(|change| change.branch == target.branch.as_str())
    {
        return Ok(changes.swap_remove(at));
    }
    let error = Error::usage(format!("`{typed}` means several changes"));
    Err(changes
        .iter()
        .fold(error, |error, change| error.hint(format!("{} on {}: {}", change.number, change.branch, change.subject))))
}

fn rows(
    context: &Context<'_>,
    seen: &[(Option<Mine>, Option<Change>)],
    me: Option<&Account>,
) -> Result<Vec<StatusRow>> {
    let merges = merges(context, seen);
    let approve: Vec<_> =
        context.settings.review.approve.value.votes().map(|(label, value)| (label.clone(), value)).collect();
    let mut known = None;
    let mut open_below: Option<u64> = None;
    let mut rows = Vec::new();
    for ((commit, change), merges) in seen.iter().zip(merges) {
        rows.push(match change {
            None => unsent(commit.as_ref()),
            Some(change) => {
                let situation = Situation {
                    change,
                    me,
                    local: local(context, commit.as_ref(), change, me, &mut known)?,
                    merges,
                    open_parent: commit.is_some().then_some(open_below).flatten(),
                    remote: context.remote.as_str(),
                    approve: &approve,
                };
                row(&situation, &advise(&situation))
            }
        });
        open_below = change.as_ref().filter(|change| change.state == ChangeState::Open).map(|change| change.number);
    }
    Ok(rows)
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
        *known = Some(known::commits(context, &context.checkout.read().head()?, &landed(context)?)?);
    }
    let seen = known.as_ref().is_some_and(|known| known.contains(&theirs.commit));
    Ok(if seen { LocalCommit::Unsent } else { LocalCommit::Parted })
}

fn unsent(commit: Option<&Mine>) -> StatusRow {
    let send = "send it: `pyflow submit`".to_owned();
    StatusRow {
        change: ChangeRow {
            subject: commit.map(|commit| commit.subject.clone()).unwrap_or_default(),
            commit: commit.map(|commit| commit.id.to_string()),
            ..ChangeRow::default()
        },
        review: None,
        blockers: vec![Blocker {
            kind: BlockerKind::NotSubmitted,
            text: "it is not on the review server".to_owned(),
            action: Some(send.clone()),
        }],
        next: Some(send),
    }
}

fn row(situation: &Situation<'_>, advice: &Advice) -> StatusRow {
    let change = situation.change;
    let requirement = |requirement: &crate::review::model::Requirement| RequirementRow {
        name: requirement.name.clone(),
        status: requirement.status,
        description: requirement.description.clone(),
    };
    StatusRow {
        change: ChangeRow::from(change),
        review: Some(Review {
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
        }),
        blockers: advice.blockers.clone(),
        next: advice.next.clone(),
    }
}

/// For each open change, whether its newest patch set merges with its target as last fetched;
/// `None` where a commit is not here.
fn merges(context: &Context<'_>, seen: &[(Option<Mine>, Option<Change>)]) -> Vec<Option<bool>> {
    let reader = context.checkout.read();
    let Ok(scratch) = Scratch::new() else { return vec![None; seen.len()] };
    let git = scratch.git(&context.checkout.git, &context.checkout.common_dir);
    let mut targets: BTreeMap<String, Option<CommitId>> = BTreeMap::new();
    seen.iter()
        .map(|(_, change)| {
            let change = change.as_ref().filter(|change| change.state == ChangeState::Open)?;
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
            try_merge(&git, target, current).ok().map(|outcome| outcome == Merge::Clean)
        })
        .collect()
}
