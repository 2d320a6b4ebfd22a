//! Picks in memory: how far a backport comes before it needs a person. Objects are written, and
//! nothing else.

use std::collections::BTreeMap;

use crate::backport::message;
use crate::backport::session::{Backport, Done, Original, Stage};
use crate::checkout::blame::{self, Touched};
use crate::checkout::changes::Change;
use crate::checkout::object::Commit;
use crate::checkout::pick::{self, Conflicts, Edit, Picked};
use crate::checkout::write::NewCommit;
use crate::commands::context::Context;
use crate::commands::news::Kind as Style;
use crate::commands::news::check::style_at;
use crate::error::{Error, Result};
use crate::names::CommitId;
use crate::news::{Place, rehome};
use crate::outcome::backport::Missing;
use crate::ports::there::There;
use crate::review::gerrit::change_id::footer;

/// What a branch has already.
pub(super) struct Arrived(There);

/// So many commits of a branch are read at most; older ones than these have no counterpart worth
/// finding.
const MOST_HISTORY: usize = 20_000;

impl Arrived {
    /// What `branch` has and `source` does not.
    pub(super) fn read(context: &Context<'_>, branch: &CommitId, source: &CommitId) -> Result<Self> {
        let reader = context.checkout.read();
        let ids = reader.walk(branch, std::slice::from_ref(source))?;
        let commits = reader.commits(&ids[ids.len().saturating_sub(MOST_HISTORY)..])?;
        let named = |commit: &'_ Commit| footer(&commit.message).id().map(String::from);
        Ok(Self(There::new(commits.iter().map(|commit| (commit.id.clone(), named(commit), commit.message.as_slice())))))
    }

    /// The commits of the branch that are the clones of these, by their originals.
    pub(super) fn counterparts(
        &self,
        context: &Context<'_>,
        commits: &[Commit],
    ) -> Result<BTreeMap<CommitId, CommitId>> {
        let mut named = Vec::new();
        for commit in commits {
            let (change_id, _) = context.server.change_id(&commit.id, &commit.message)?;
            named.push((commit.id.clone(), Some(change_id), commit.message.as_slice()));
        }
        Ok(self.0.counterparts(named))
    }
}

/// A conflict that stopped a backport.
pub(super) struct Stopped {
    pub(super) conflicts: Conflicts,
    /// What it may lack.
    pub(super) missing: Vec<Missing>,
}

/// Picks what is left of a backport, until it is ready or conflicts. `warnings` gets what a person
/// should look at.
pub(super) fn walk(
    context: &Context<'_>,
    backport: &mut Backport,
    arrived: &Arrived,
    warnings: &mut Vec<String>,
) -> Result<Option<Stopped>> {
    let reader = context.checkout.read();
    let left: Vec<CommitId> = backport.left().iter().map(|original| original.commit.clone()).collect();
    let there = arrived.counterparts(context, &reader.commits(&left)?)?;
    while let Some(original) = backport.next().cloned() {
        let commit = reader.commit(&original.commit)?;
        if let Some(there) = there.get(&commit.id) {
            if backport.source.commits.len() > 1 {
                warnings.push(format!(
                    "{} ({}) is there already, as {}",
                    commit.id.short(),
                    original.subject,
                    there.short()
                ));
            }
            backport.done.push(Done::Already);
            continue;
        }
        let tip = backport.tip().clone();
        let base = context.checkout.tree_of(pick::base(&commit, original.mainline)?)?;
        let (theirs, notes) = rehomed(context, &commit, original.mainline, &tip, &commit.tree)?;
        warnings.extend(notes);
        let ours = context.checkout.tree_of(Some(&tip))?;
        match context.checkout.pick(&ours, &base, &theirs)? {
            Picked::Clean(tree) => {
                let made = commit_as(context, backport, &original, &tree, &commit.message, &tip)?;
                backport.done.push(Done::Picked(made));
            }
            Picked::Nothing => backport.done.push(Done::Already),
            Picked::Conflicts(conflicts) => {
                let missing = missing(context, &commit, &original, &tip, arrived, &conflicts.files)?;
                backport.stage = Stage::Conflict { files: conflicts.files.clone(), made: false };
                return Ok(Some(Stopped { conflicts, missing }));
            }
        }
    }
    backport.stage = Stage::Ready;
    Ok(None)
}

/// Writes the clone of a commit: its author, the message by the project's rules, this tree.
pub(super) fn commit_as(
    context: &Context<'_>,
    backport: &Backport,
    original: &Original,
    tree: &str,
    message: &[u8],
    parent: &CommitId,
) -> Result<CommitId> {
    let commit = context.checkout.read().commit(&original.commit)?;
    let message = composed(context, backport, &commit, message)?;
    let new = NewCommit {
        tree,
        parents: std::slice::from_ref(parent),
        message: &message,
        author: commit.stored_author(),
        encoding: commit.encoding(),
        sign: context.signs_commits(),
    };
    new.write(&context.checkout.git).map_err(|why| Error {
        message: format!(
            "the clone of {} for {} could not be made: {}",
            commit.id.short(),
            backport.branch,
            why.message
        ),
        ..why
    })
}

/// The message of a clone, with the Change-Id that its original has, or would get.
pub(super) fn composed(context: &Context<'_>, backport: &Backport, commit: &Commit, message: &[u8]) -> Result<Vec<u8>> {
    let author = format!("{} <{}>", commit.author.name, commit.author.email);
    let origin = message::Origin {
        commit: &commit.id,
        author: &author,
        branch: &backport.branch,
        branches: &backport.options.branches,
    };
    let message = message::compose(message, backport.options.rules, &origin);
    let (_, with_id) = context.server.change_id(&commit.id, &message)?;
    Ok(with_id.unwrap_or(message))
}

/// A tree in which the news fragments that a commit brings lie where the target has them.
pub(super) fn rehomed(
    context: &Context<'_>,
    commit: &Commit,
    mainline: Option<usize>,
    target: &CommitId,
    tree: &str,
) -> Result<(String, Vec<String>)> {
    let as_it_is = || (tree.to_owned(), Vec::new());
    let reader = context.checkout.read();
    let Some(base) = pick::base(commit, mainline)? else { return Ok(as_it_is()) };
    let added: Vec<(String, String)> = reader
        .changed(base, &commit.id)?
        .into_iter()
        .filter(|file| file.change == Change::Added)
        .filter_map(|file| Some((file.path.to_str()?.to_owned(), file.new_content()?.to_owned())))
        .collect();
    if added.is_empty() {
        return Ok(as_it_is());
    }
    // A project without news, or whose news are not understood, has no fragments to carry.
    let settings = &context.settings.news;
    let (Ok(here), Ok(there)) = (style_at(reader, settings, &commit.id), style_at(reader, settings, target)) else {
        return Ok(as_it_is());
    };
    let has_folder = |folder: &str| reader.files_below(target, folder).is_ok_and(|files| !files.is_empty());
    let (mut edits, mut notes) = (Vec::new(), Vec::new());
    for (path, blob) in added {
        if here.style().place(&path) != Place::Fragment {
            continue;
        }
        let moved = match (&here, &there) {
            (Style::Blurb(here), Style::Blurb(there)) => rehome::blurb(&path, here, there, &has_folder),
            (here, there) => rehome::plain(&path, here.style(), there.style()),
        };
        let Some(moved) = moved else { continue };
        notes.extend(moved.note.map(|note| format!("{path}: {note}")));
        if moved.path != path {
            edits.push(Edit { from: Some(path), path: moved.path, mode: "100644".to_owned(), blob });
        }
    }
    if edits.is_empty() {
        return Ok((tree.to_owned(), notes));
    }
    Ok((context.checkout.tree_with(tree, &edits)?, notes))
}

/// So many commits that a branch may lack are named; more help nobody.
const MOST_MISSING: usize = 5;

/// Commits on the original's side that last touched the lines which it changes, and that the target
/// lacks: most often they are why it conflicts.
fn missing(
    context: &Context<'_>,
    commit: &Commit,
    original: &Original,
    target: &CommitId,
    arrived: &Arrived,
    files: &[String],
) -> Result<Vec<Missing>> {
    let Some(base) = pick::base(commit, original.mainline)? else { return Ok(Vec::new()) };
    let touched = blame::touched(&context.checkout.git, base, &commit.id, target, files)?;
    let ids: Vec<CommitId> = touched.iter().map(|touched| touched.commit.clone()).collect();
    let touching = context.checkout.read().commits(&ids)?;
    // A message that names no change well is no reason to say nothing.
    let well_named = |commit: &&Commit| context.server.change_id(&commit.id, &commit.message).is_ok();
    let well_named: Vec<Commit> = touching.iter().filter(well_named).cloned().collect();
    let there = arrived.counterparts(context, &well_named)?;
    let lacking = touched.into_iter().zip(touching).filter(|(touched, _)| !there.contains_key(&touched.commit));
    let mut found: Vec<_> = lacking
        .map(|(Touched { commit, file }, touching)| {
            let missing = Missing { commit: commit.to_string(), subject: touching.subject(), file };
            (seconds(&touching.committer.when), missing)
        })
        .collect();
    found.sort_by_key(|(when, _)| *when);
    Ok(found.into_iter().rev().map(|(_, missing)| missing).take(MOST_MISSING).collect())
}

/// `SECONDS ZONE`
fn seconds(when: &str) -> i64 {
    when.split(' ').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default()
}

/// The commit that is sent where a conflict is to be sent as it is: markers that name the branch and
/// the commit, a subject that says so.
pub(super) fn with_markers(
    context: &Context<'_>,
    backport: &Backport,
    original: &Original,
    conflicts: &Conflicts,
) -> Result<CommitId> {
    let reader = context.checkout.read();
    let labels = [backport.branch.to_string(), format!("{} ({})", original.commit.short(), original.subject)];
    let mut edits = Vec::new();
    for file in &conflicts.files {
        let listed =
            context.checkout.git.output(["--literal-pathspecs", "ls-tree", "-z", &conflicts.tree, "--", file])?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut words = text.split([' ', '\t']);
        let (Some(mode), Some("blob"), Some(blob)) = (words.next(), words.next(), words.next()) else { continue };
        let mut marked = reader.blob(blob)?;
        for (id, label) in conflicts.labels.iter().zip(&labels) {
            marked = replaced(&marked, id.as_str().as_bytes(), label.as_bytes());
        }
        let blob = context.checkout.store(&marked)?;
        edits.push(Edit { from: None, path: file.clone(), mode: mode.to_owned(), blob });
    }
    let tree = context.checkout.tree_with(&conflicts.tree, &edits)?;
    let message = reader.commit(&original.commit)?.message;
    let composed = composed(context, backport, &reader.commit(&original.commit)?, &message)?;
    let marked = message::with_conflicts(&composed, &conflicts.files);
    commit_as(context, backport, original, &tree, &marked, backport.tip())
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// Why a branch has it already, in words.
pub(super) fn why_already(
    context: &Context<'_>,
    backport: &Backport,
    arrived: &Arrived,
    commits: &[Commit],
) -> Result<String> {
    let reader = context.checkout.read();
    let last = &backport.source.last().commit;
    if reader.merge_base(last, &backport.onto)?.as_ref() == Some(last) {
        return Ok(format!("{} itself is there", last.short()));
    }
    if let [commit] = commits
        && let Some(there) = arrived.counterparts(context, commits)?.get(&commit.id)
    {
        return Ok(format!("it is there as {} ({})", there.short(), reader.commit(there)?.subject()));
    }
    Ok("everything that it changes is there".to_owned())
}
