//! Which commits may be sent, and the copies that stand for them.

use std::collections::BTreeSet;

use super::request::{Request, Selection};
use crate::checkout::moves::{Place, RefMove};
use crate::checkout::object::Commit;
use crate::checkout::read::{Head, Reader};
use crate::checkout::stack::Stack;
use crate::checkout::write::Rewrite;
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::review::model::Draft;

/// Where the stack ends.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    /// HEAD when it was looked at.
    pub(super) head: Head,
    /// The newest commit that is sent.
    pub(super) commit: CommitId,
    /// The local branch that was named as the end, where it is not HEAD's.
    pub(super) branch: Option<BranchName>,
}

impl Tip {
    pub(super) fn read(reader: &Reader<'_>, selection: &Selection) -> Result<Self> {
        let head = reader.head()?;
        let Some(at) = head.commit().cloned() else {
            return Err(Error::state("HEAD is a branch without commits: there is nothing to submit")
                .hint("commit something first"));
        };
        let Selection::Range { to: Some(to), .. } = selection else {
            return Ok(Self { head, commit: at, branch: None });
        };
        let commit = reader.revision(to)?;
        let named: Option<BranchName> = to.parse().ok();
        let branch = match named {
            Some(branch) if reader.resolve(&branch.full())?.as_ref() == Some(&commit) => Some(branch),
            _ => None,
        };
        Ok(Self { head, commit, branch })
    }
}

/// The commits that may be sent.
#[derive(Debug)]
pub(super) struct Candidates {
    /// Copies of everything between the target and the tip that moves.
    pub(super) rewrites: Vec<Rewrite>,
    /// Those below the part that is sent; oldest first.
    pub(super) below: Vec<Draft>,
    /// The part that is sent; oldest first.
    pub(super) drafts: Vec<Draft>,
    /// The move of the person's branch.
    pub(super) head: Option<RefMove>,
    /// Commits of other branches that would come along.
    pub(super) brought: usize,
    /// Whether the stack holds merges, so that it may hold commits of any branch.
    pub(super) merges: bool,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
}

impl Candidates {
    /// All drafts, those below the part first.
    pub(super) fn all(&self) -> Vec<Draft> {
        self.below.iter().chain(&self.drafts).cloned().collect()
    }

    /// The commits between `target` and the tip. What the server's other branches hold is no new
    /// change there: `published` are their heads, beside the tracking refs of the remote.
    pub(super) fn collect(
        context: &Context<'_>,
        request: &Request,
        tip: &Tip,
        target: &CommitId,
        published: &[CommitId],
    ) -> Result<Self> {
        let reader = context.checkout.read();
        let mut without = vec![target.clone()];
        if request.base.is_empty() {
            let prefix = format!("refs/remotes/{}/", context.remote);
            without.extend(reader.refs(&prefix)?.into_iter().map(|(_, commit)| commit));
            without.extend(published.iter().filter(|commit| reader.has(commit)).cloned());
        } else {
            without.extend(request.base.iter().cloned());
        }
        let within = Stack::between(reader, &tip.commit, &without)?;
        let merges = !within.is_linear();
        let between = reader.walk(&tip.commit, std::slice::from_ref(target))?.len();
        let brought = if merges || !request.base.is_empty() { 0 } else { between - within.commits.len() };

        let moving = Moving::of(reader, tip, &without, &within)?;
        let rewrites = context.copies(&moving.stack.commits)?;
        refuse_to_unsign(context, &rewrites)?;
        let part = part(reader, &request.selection, tip, &within, without)?;
        let inside: BTreeSet<&CommitId> = within.commits.iter().map(|commit| &commit.id).collect();
        let drafts = rewrites.iter().filter(|rewrite| inside.contains(&rewrite.original.id));
        let drafts: Vec<Draft> = drafts.map(|rewrite| draft(context, rewrite)).collect::<Result<_>>()?;
        let (drafts, below) = drafts.into_iter().partition(|draft| part.contains(&draft.original));

        let newest = rewrites.iter().find(|rewrite| rewrite.original.id == moving.at && rewrite.copied);
        let mut warnings = Vec::new();
        let head = match (newest, Moving::place(context, tip, &moving)) {
            (Some(copy), Some(place)) => Some(RefMove { place, old: moving.at.clone(), new: copy.commit.clone() }),
            (Some(copy), None) => {
                warnings.push(format!(
                    "no local branch ends at {}, so none moves to the commits with Change-Ids; {} has them",
                    moving.at.short(),
                    copy.commit.short()
                ));
                None
            }
            (None, _) => None,
        };
        Ok(Self { rewrites, below, drafts, head, brought, merges, warnings })
    }
}

/// The commits that get copies: the whole branch, where only a lower part of it is sent.
struct Moving {
    stack: Stack,
    /// Its newest commit.
    at: CommitId,
    /// Whether that is HEAD's.
    is_head: bool,
}

impl Moving {
    fn of(reader: &Reader<'_>, tip: &Tip, without: &[CommitId], within: &Stack) -> Result<Self> {
        if let Some(at) = tip.head.commit() {
            let stack = if *at == tip.commit { within.clone() } else { Stack::between(reader, at, without)? };
            if *at == tip.commit || stack.commits.iter().any(|commit| commit.id == tip.commit) {
                return Ok(Self { stack, at: at.clone(), is_head: true });
            }
        }
        Ok(Self { stack: within.clone(), at: tip.commit.clone(), is_head: false })
    }

    fn place(context: &Context<'_>, tip: &Tip, moving: &Self) -> Option<Place> {
        if moving.is_head {
            return Place::of_head(&context.checkout, &tip.head);
        }
        tip.branch.as_ref().map(|branch| Place::Branch(branch.full()))
    }
}

/// The commits of the part that was chosen.
fn part(
    reader: &Reader<'_>,
    selection: &Selection,
    tip: &Tip,
    within: &Stack,
    mut without: Vec<CommitId>,
) -> Result<BTreeSet<CommitId>> {
    match selection {
        Selection::All => Ok(within.commits.iter().map(|commit| commit.id.clone()).collect()),
        Selection::Newest => Ok(BTreeSet::from([tip.commit.clone()])),
        Selection::Range { from, .. } => {
            without.push(reader.revision(from.as_deref().unwrap_or("HEAD"))?);
            Ok(reader.walk(&tip.commit, &without)?.into_iter().collect())
        }
    }
}

/// A copy has no signature but one that git makes anew.
fn refuse_to_unsign(context: &Context<'_>, rewrites: &[Rewrite]) -> Result<()> {
    let signed = rewrites.iter().find(|rewrite| rewrite.resign);
    let Some(Commit { id, .. }) = signed.map(|rewrite| &rewrite.original).filter(|_| !context.signs_commits()) else {
        return Ok(());
    };
    let subject = signed.map(|rewrite| rewrite.original.subject()).unwrap_or_default();
    Err(Error::state(format!(
        "{} ({subject}) is signed, and a Change-Id has to be added at or below it, which would take the signature away",
        id.short()
    ))
    .hint("let git sign the copies: `git config commit.gpgSign true`")
    .hint("or add the Change-Ids yourself: `git rebase -i` with the server's commit-msg hook installed"))
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
