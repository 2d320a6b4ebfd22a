//! Backports that wait for a person: the work tree in which a conflict is resolved, and what comes
//! of it.

use super::picks::{self, Arrived};
use super::store::Store;
use crate::backport::session::{Backport, Done, Original, Stage};
use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::linked::{Linked, OneSided};
use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::names::{CommitId, RefName};
use crate::outcome::backport::{BranchRow, Result as Came};

/// What became of a conflict.
pub(super) enum Resolution {
    /// It is not resolved; why, and what helps.
    Waits(String, Vec<String>),
    /// The commit that stands for it.
    Made(CommitId),
}

/// The work tree of a backport.
pub(super) fn linked<'a>(checkout: &Checkout<'a>, backport: &Backport) -> Linked<'a> {
    checkout.linked(&backport.worktree(&checkout.state_dir()))
}

/// Makes the work tree of a conflict, or brings it to the next one, and tells about it. Where git
/// finds no conflict there (its attributes, or rerere, settle it), what it made counts as the
/// resolution.
pub(super) fn open(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &mut Backport,
    row: &mut BranchRow,
) -> Result<()> {
    let linked = linked(&context.checkout, backport);
    let Some(original) = backport.next().cloned() else { return Ok(()) };
    let commit = context.checkout.read().commit(&original.commit)?;
    let message = picks::composed(context, backport, &commit, &commit.message)?;
    clear(context, store, backport, row)?;
    {
        let _working = context.observe.working("making a work tree for the conflict");
        linked.add(backport.tip())?;
        linked.pick(&original.commit, original.mainline, &message)?;
    }
    if let Stage::Conflict { made, .. } = &mut backport.stage {
        *made = true;
    }
    store.put(backport)?;
    row.result = Came::Conflict;
    row.worktree = Some(backport.worktree(&context.checkout.state_dir()).display().to_string());
    row.hints.extend(how_to_go_on(&context.checkout, backport));
    Ok(())
}

/// What a person does with a conflict.
pub(super) fn how_to_go_on(checkout: &Checkout<'_>, backport: &Backport) -> Vec<String> {
    let branch = &backport.branch;
    let mut hints = add_or_remove(&linked(checkout, backport), backport);
    hints.extend([
        format!("resolve it there, `git add` the files, then `pyflow backport --continue {branch}`"),
        format!(
            "or leave it out: `pyflow backport --skip {branch}`; or give it up: `pyflow backport --abort {branch}`"
        ),
    ]);
    hints
}

/// What markers cannot show: a file that one side has changed and the other has removed.
fn add_or_remove(linked: &Linked<'_>, backport: &Backport) -> Vec<String> {
    let OneSided { absent, removed } =
        if linked.exists() { linked.one_sided().unwrap_or_default() } else { OneSided::default() };
    let branch = &backport.branch;
    let absent = (!absent.is_empty()).then(|| {
        format!(
            "{branch} does not have {}: `git rm` it to leave it so, or `git add` it to bring it back",
            absent.join(", ")
        )
    });
    let removed = (!removed.is_empty()).then(|| {
        format!(
            "the change removes {}, which is another on {branch}: `git rm` it, or `git add` it to keep it",
            removed.join(", ")
        )
    });
    absent.into_iter().chain(removed).collect()
}

/// Takes the work tree away. What is in it goes to the trash first.
pub(super) fn clear(
    context: &Context<'_>,
    store: &Store<'_, '_>,
    backport: &Backport,
    row: &mut BranchRow,
) -> Result<()> {
    let kept = clear_in(&context.checkout, store, backport)?;
    row.warnings.extend(kept.map(|kept| format!("what was in the work tree is kept as {kept}")));
    Ok(())
}

/// The same without the review server.
pub(super) fn clear_in(checkout: &Checkout<'_>, store: &Store<'_, '_>, backport: &Backport) -> Result<Option<RefName>> {
    let linked = linked(checkout, backport);
    if let Some((why, hints)) = severed(checkout, backport) {
        return Err(hints.into_iter().fold(Error::state(why), Error::hint));
    }
    if !linked.exists() {
        linked.remove()?;
        return Ok(None);
    }
    let kept = match snapshot(checkout, &linked, backport) {
        Ok(Some(commit)) => Some(store.trash(backport, &commit)?),
        Ok(None) => None,
        Err(why) => {
            let path = backport.worktree(&checkout.state_dir());
            return Err(Error::state(format!("what is in {} could not be kept: {}", path.display(), why.message))
                .hint("move what you need elsewhere, remove the folder, and try again"));
        }
    };
    linked.remove()?;
    Ok(kept)
}

/// Where the work tree was is a folder that git does not know: what is in it cannot be kept, and is
/// not pyflow's to remove.
fn severed(checkout: &Checkout<'_>, backport: &Backport) -> Option<(String, Vec<String>)> {
    let path = backport.worktree(&checkout.state_dir());
    linked(checkout, backport).is_severed().then(|| {
        let why = format!("{} has lost its .git file, so that what is in it cannot be kept", path.display());
        let hints = [
            "`git worktree repair` may bring it back",
            "or move what you need elsewhere, remove the folder, and try again",
        ];
        (why, hints.map(str::to_owned).to_vec())
    })
}

/// The work tree's content, where it is more than what the picks hold.
fn snapshot(checkout: &Checkout<'_>, linked: &Linked<'_>, backport: &Backport) -> Result<Option<CommitId>> {
    let original = backport.next().unwrap_or(backport.source.last());
    let commit = checkout.read().commit(&original.commit)?;
    let message = format!(
        "Work on {} ({}) for {}\n\nIt was in the work tree of a backport that was given up.\n",
        commit.id.short(),
        original.subject,
        backport.branch
    );
    let kept = linked.snapshot(&message, &commit.author)?;
    let reader = checkout.read();
    let tree = reader.commit(&kept)?.tree;
    let known = std::iter::once(backport.tip()).chain(backport.picks()).chain([&backport.onto]);
    for commit in known {
        if reader.commit(commit)?.tree == tree {
            return Ok(None);
        }
    }
    Ok(Some(kept))
}

/// Looks at a conflict that a person has, or has not, resolved.
pub(super) fn resolution(context: &Context<'_>, backport: &Backport, original: &Original) -> Result<Resolution> {
    match obstacle(&context.checkout, backport)? {
        Some((why, hints)) => Ok(Resolution::Waits(why, hints)),
        None => made(context, backport, original),
    }
}

/// What stands in the way of going on with a conflict, and what helps. It only looks.
pub(super) fn obstacle(checkout: &Checkout<'_>, backport: &Backport) -> Result<Option<(String, Vec<String>)>> {
    let Stage::Conflict { files, .. } = &backport.stage else { return Ok(None) };
    let linked = linked(checkout, backport);
    let path = backport.worktree(&checkout.state_dir());
    let branch = &backport.branch;
    if let Some(severed) = severed(checkout, backport) {
        return Ok(Some(severed));
    }
    if !linked.exists() {
        let hint = format!("`pyflow backport --continue {branch}` makes it anew");
        return Ok(Some((format!("its work tree {} is gone", path.display()), vec![hint])));
    }
    let standing = linked.standing()?;
    if !standing.unmerged.is_empty() {
        let mut hints = add_or_remove(&linked, backport);
        hints.push(format!("resolve them in {}, and mark each: `git add FILE`", path.display()));
        return Ok(Some((format!("these files are not resolved: {}", standing.unmerged.join(", ")), hints)));
    }
    let markers = linked.markers(files)?;
    if !markers.is_empty() {
        let places: Vec<String> = markers.iter().map(|marker| format!("{}:{}", marker.file, marker.line)).collect();
        let hint = format!("take them out in {}, and `git add` the files", path.display());
        return Ok(Some((format!("conflict markers are left in {}", places.join(", ")), vec![hint])));
    }
    if !standing.unstaged.is_empty() {
        let text = format!("these files are changed and not staged: {}", standing.unstaged.join(", "));
        let hint = "take them along: `git add -u`; or drop what is not meant: `git restore FILE`".to_owned();
        return Ok(Some((text, vec![hint])));
    }
    Ok(None)
}

/// The commit of a resolution: of what is staged, or of what the person has committed.
fn made(context: &Context<'_>, backport: &Backport, original: &Original) -> Result<Resolution> {
    let linked = linked(&context.checkout, backport);
    let (standing, staged) = (linked.standing()?, linked.staged()?);
    let reader = context.checkout.read();
    let (tip, branch) = (backport.tip(), &backport.branch);
    let before = reader.commit(tip)?;
    let by_hand = standing.head != *tip;
    let (tree, message) = if by_hand {
        let head = reader.commit(&standing.head)?;
        if head.parents != [tip.clone()] {
            return Ok(Resolution::Waits(
                format!("{} is not one commit on top of {}", standing.head.short(), tip.short()),
                vec![
                    format!("make one of them: `git reset --soft {}`, then `git commit`", tip.short()),
                    format!("or give it up: `pyflow backport --abort {branch}`"),
                ],
            ));
        }
        if staged != head.tree {
            return Ok(Resolution::Waits(
                "something is staged that is not in the commit".to_owned(),
                vec!["take it along: `git commit --amend --no-edit`; or `git restore --staged` it".to_owned()],
            ));
        }
        (head.tree, head.message)
    } else {
        (staged, reader.commit(&original.commit)?.message)
    };
    if tree == before.tree {
        let text = if standing.picking {
            "nothing is left of the change: the branch has everything that is staged"
        } else {
            "the pick was given up in its work tree, and nothing is staged"
        };
        return Ok(Resolution::Waits(
            text.to_owned(),
            vec![
                format!("leave it out: `pyflow backport --skip {branch}`"),
                format!("or give it up: `pyflow backport --abort {branch}`"),
            ],
        ));
    }
    let commit = reader.commit(&original.commit)?;
    let (tree, _) = picks::rehomed(context, &commit, original.mainline, tip, &tree)?;
    Ok(Resolution::Made(picks::commit_as(context, backport, original, &tree, &message, tip)?))
}

/// Goes on behind a commit that is settled: picks the rest, and says what waits now.
pub(super) fn behind(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &mut Backport,
    done: Done,
    row: &mut BranchRow,
) -> Result<()> {
    backport.done.push(done);
    let arrived = Arrived::read(context, &backport.onto, &backport.source.last().commit)?;
    let stopped = picks::walk(context, backport, &arrived, &mut row.warnings)?;
    // Held and remembered before the work tree goes that has it, too.
    store.put(backport)?;
    if let Some(stopped) = stopped {
        row.conflicts = stopped.conflicts.files;
        row.missing = stopped.missing;
        return open(context, store, backport, row);
    }
    clear(context, store, backport, row)
}

/// Signs that `cherry_picker` is paused, or stuck, in this clone, and the way out.
pub(super) fn cherry_picker(git: &Git<'_>) -> Option<String> {
    let value = |key: &str| {
        let output = git.output(["config", "--local", "--get", key]).ok()?;
        let text = output.text();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    let state = value("cherry-picker.state")?;
    let back = value("cherry-picker.previous-branch");
    let on_backport = git.output(["symbolic-ref", "--quiet", "--short", "HEAD"]).ok()?.text();
    let mut ways = Vec::new();
    if on_backport.starts_with("backport-") {
        ways.push("finish or give up the pick (`git status` tells which)".to_owned());
        ways.push(format!("`git checkout {}`", back.as_deref().unwrap_or("-")));
    }
    ways.push("`git config --local --remove-section cherry-picker`".to_owned());
    Some(format!(
        "cherry_picker is not finished here (its state is {state}); it does not stand in pyflow's way. To end it: {}",
        ways.join(", then ")
    ))
}
