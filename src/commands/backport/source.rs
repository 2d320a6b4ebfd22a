//! What is cloned: from what a person has at hand to commits of this repository, and what the
//! server knows of them.

use super::request::Request;
use crate::backport::session::{Original, Source};
use crate::checkout::fetch;
use crate::checkout::object::Commit;
use crate::checkout::pick;
use crate::checkout::stack::Stack;
use crate::commands::context::Context;
use crate::commands::name::{self, Named, not_found};
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::status::Visibility;
use crate::review::model::{Change, ChangeState, Draft, View};
use crate::review::{ChangeName, ReviewServer};

/// What was named.
pub(super) enum What {
    /// Commits of this repository, oldest first.
    Commits(Vec<CommitId>),
    /// A change on the server.
    Change(ChangeName, String),
}

/// What is cloned, with what the server knows of it.
pub(super) struct Learned {
    pub(super) source: Source,
    /// The commits, oldest first.
    pub(super) commits: Vec<Commit>,
    /// Everything that bears them, on every branch.
    pub(super) view: View,
    /// The newest one's change.
    pub(super) change: Option<Change>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

impl What {
    pub(super) fn of(context: &Context<'_>, request: &Request) -> Result<Self> {
        let reader = context.checkout.read();
        let Some(text) = &request.change else {
            let head = reader.head()?;
            let Some(commit) = head.commit().cloned() else {
                return Err(Error::state("HEAD is a branch without commits: there is nothing to clone")
                    .hint("name a change: `pyflow backport --change 1841 3.14`"));
            };
            return Self::with_stack(context, request, commit);
        };
        if let Some((from, to)) = text.split_once("..") {
            if to.starts_with('.') {
                return Err(Error::usage(format!("`{text}` is a symmetric difference, which is no part of a stack"))
                    .hint("write `A..B`"));
            }
            let end = |text: &str| reader.revision(if text.is_empty() { "HEAD" } else { text });
            let (from, to) = (end(from)?, end(to)?);
            let commits = reader.walk(&to, std::slice::from_ref(&from))?;
            return if commits.is_empty() {
                Err(Error::usage(format!("`{text}` holds no commit"))
                    .hint(format!("`git log --oneline {text}` lists it")))
            } else {
                Ok(Self::Commits(commits))
            };
        }
        if let Some(name) = name::without_repository(text, &*context.server)? {
            return Ok(Self::Change(name, text.clone()));
        }
        let commit = reader.revision(text).map_err(|_| {
            Error::usage(format!("`{text}` is neither a change nor a branch or commit of this repository"))
                .hint("name a change by number (1841), number and patch set (1841,3), URL, Change-Id, branch or commit")
        })?;
        Self::with_stack(context, request, commit)
    }

    fn with_stack(context: &Context<'_>, request: &Request, tip: CommitId) -> Result<Self> {
        Ok(Self::Commits(if request.stack { stack(context, &tip)? } else { vec![tip] }))
    }

    /// What can be asked of the server while the branches are fetched.
    pub(super) fn question(&self, context: &Context<'_>) -> Result<Question> {
        Ok(match self {
            Self::Commits(commits) => {
                let commits = context.checkout.read().commits(commits)?;
                let drafts = commits.iter().map(|commit| draft(context, commit)).collect::<Result<Vec<_>>>()?;
                Question::Locate(drafts, default_branch(context))
            }
            Self::Change(name, _) => Question::Find(name.clone()),
        })
    }
}

/// What is asked of the server at first.
pub(super) enum Question {
    /// What bears these commits' Change-Ids.
    Locate(Vec<Draft>, BranchName),
    /// What this name means.
    Find(ChangeName),
}

/// What the server said.
pub(super) enum Answer {
    View(View),
    Changes(Vec<Change>),
}

impl Question {
    pub(super) fn ask(&self, server: &dyn ReviewServer) -> Result<Answer> {
        match self {
            Self::Locate(drafts, target) => server.locate(drafts, target).map(Answer::View),
            Self::Find(name) => {
                let found = server.find(std::slice::from_ref(name))?;
                Ok(Answer::Changes(found.into_iter().flatten().collect()))
            }
        }
    }
}

/// Puts together what is cloned, once the branches have been fetched.
pub(super) fn learn(context: &Context<'_>, request: &Request, what: &What, answer: Answer) -> Result<Learned> {
    let reader = context.checkout.read();
    let (mut commits, view, named) = match (what, answer) {
        (What::Commits(commits), Answer::View(view)) => (reader.commits(commits)?, view, None),
        (What::Commits(_), Answer::Changes(_)) | (What::Change(..), Answer::View(_)) => {
            return Err(Error::unknown("the answer of the review server is not one to what was asked"));
        }
        (What::Change(name, typed), Answer::Changes(found)) => {
            let named = Named { name: name.clone(), typed: typed.clone(), commit: None };
            let change = one(context, &named, found)?;
            let wanted = match what {
                What::Change(ChangeName::Number { patch_set, .. }, _) => *patch_set,
                _ => None,
            };
            let commit = patch_set(context, &change, wanted)?;
            let commits = if request.stack { stack(context, &commit)? } else { vec![commit] };
            let commits = reader.commits(&commits)?;
            let drafts = commits.iter().map(|commit| draft(context, commit)).collect::<Result<Vec<_>>>()?;
            (commits, context.server.locate(&drafts, &default_branch(context))?, Some(change))
        }
    };
    let mut notes = Vec::new();
    let mut change = None;
    let count = commits.len();
    for (at, (commit, located)) in commits.iter_mut().zip(&view.located).enumerate() {
        let named = named.clone().filter(|_| at + 1 == count);
        let known: Vec<&Change> = located.changes().collect();
        let origin = named.or_else(|| origin(context, commit, &known).cloned());
        if let Some(origin) = &origin
            && origin.state == ChangeState::Merged
            && let Some(current) = origin.current()
            && current.commit != commit.id
        {
            let landed = patch_set(context, origin, None)?;
            notes.push(format!(
                "change {} has landed as {}; that is what is picked, not {}",
                origin.number,
                landed.short(),
                commit.id.short()
            ));
            *commit = reader.commit(&landed)?;
        }
        if at + 1 == count {
            change = origin;
        }
    }
    if let Some(open) = change.as_ref().filter(|change| change.state == ChangeState::Open) {
        notes.push(format!("change {} has not landed yet: what it becomes later is not in its clones", open.number));
    }
    let originals = commits.iter().map(|commit| {
        // Told before anything is begun.
        pick::base(commit, request.mainline)?;
        let mainline = request.mainline.filter(|_| commit.parents.len() > 1);
        Ok(Original { commit: commit.id.clone(), mainline, subject: commit.subject() })
    });
    let source = Source {
        commits: originals.collect::<Result<_>>()?,
        number: change.as_ref().map(|change| change.number),
        url: change.as_ref().and_then(|change| change.url.clone()),
    };
    Ok(Learned { source, commits, view, change, notes })
}

/// Where new work lands first, as far as it is known here.
pub(super) fn default_branch(context: &Context<'_>) -> BranchName {
    let settings = &context.settings;
    let known = settings.branches.default.as_ref().or(settings.review.branch.as_ref());
    known.map_or_else(|| "main".parse().expect("a branch name"), |branch| branch.value.clone())
}

/// A commit as the server needs to know it. The message may lack a Change-Id: it has a fixed one.
fn draft(context: &Context<'_>, commit: &Commit) -> Result<Draft> {
    let (change_id, _) = context.server.change_id(&commit.id, &commit.message)?;
    Ok(Draft {
        original: commit.id.clone(),
        commit: commit.id.clone(),
        parents: commit.parents.clone(),
        change_id,
        subject: commit.subject(),
        committer_email: commit.committer.email.clone(),
    })
}

/// Of the changes that bear a commit's Change-Id, the one that is cloned: the one that it is a patch
/// set of, else the one where new work lands first.
fn origin<'c>(context: &Context<'_>, commit: &Commit, known: &[&'c Change]) -> Option<&'c Change> {
    let default = default_branch(context);
    let has = |change: &&&Change| change.patch_set_of(&commit.id).is_some();
    let on_default = |change: &&&Change| change.branch == default.as_str();
    let fits = known.iter().filter(has).find(on_default).or(known.iter().find(has));
    fits.or(known.iter().find(on_default)).copied()
}

/// The one of several changes that lands where new work does; else they are listed.
fn one(context: &Context<'_>, named: &Named, mut found: Vec<Change>) -> Result<Change> {
    let default = default_branch(context);
    match found.len() {
        0 => Err(not_found(
            context,
            named,
            if context.server.is_authenticated() { Visibility::Full } else { Visibility::Anonymous },
        )),
        1 => Ok(found.swap_remove(0)),
        _ => {
            if let Some(at) = found.iter().position(|change| change.branch == default.as_str()) {
                return Ok(found.swap_remove(at));
            }
            let error = Error::usage(format!("`{}` means several changes", named.typed));
            Err(found.iter().fold(error, |error, change| {
                error.hint(format!("{} on {}: {}", change.number, change.branch, change.subject))
            }))
        }
    }
}

/// The commits between the branches of the remote and a tip.
fn stack(context: &Context<'_>, tip: &CommitId) -> Result<Vec<CommitId>> {
    let reader = context.checkout.read();
    let prefix = format!("refs/remotes/{}/", context.remote);
    let without: Vec<CommitId> = reader.refs(&prefix)?.into_iter().map(|(_, commit)| commit).collect();
    let stack = Stack::between(reader, tip, &without)?;
    if stack.commits.is_empty() {
        return Err(Error::usage(format!(
            "{} is on a branch of {} already, so there is no stack above it",
            tip.short(),
            context.remote
        ))
        .hint("name the commits: `--change A..B`"));
    }
    if stack.commits.len() > context.settings.submit.max_stack.value {
        return Err(Error::usage(format!(
            "{} commits lie above the branches of {}: more than submit.max-stack ({})",
            stack.commits.len(),
            context.remote,
            context.settings.submit.max_stack.value
        ))
        .hint("name those that are meant: `--change A..B`"));
    }
    Ok(stack.commits.into_iter().map(|commit| commit.id).collect())
}

/// The commit of a patch set, of the newest where none is named; fetched where it is not here.
pub(super) fn patch_set(context: &Context<'_>, change: &Change, wanted: Option<u32>) -> Result<CommitId> {
    let number = wanted.or(change.current_patch_set);
    let Some(found) = change.patch_sets.iter().find(|patch_set| Some(patch_set.number) == number) else {
        return Err(match wanted {
            Some(wanted) => Error::refused(format!("change {} has no patch set {wanted}", change.number)),
            None => Error::unknown(format!("the review server did not tell the commit of change {}", change.number)),
        });
    };
    if !context.checkout.read().has(&found.commit) {
        let _working = context.network_progress(&format!("fetching change {}", change.number));
        context.fetched(|git| fetch::fetch_objects(git, &context.remote, [found.fetch().to_owned()]))?;
    }
    Ok(found.commit.clone())
}
