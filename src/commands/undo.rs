//! `pyflow undo`: takes back the last move of refs that a command made and announced.

use std::path::Path;

use crate::checkout::Checkout;
use crate::checkout::journal::{RefMove, StateDir, UndoEntry};
use crate::checkout::write::RefTransaction;
use crate::cli::UndoArgs;
use crate::error::{Error, Result};
use crate::names::{CommitId, RefName};
use crate::observe::Observe;
use crate::outcome::{Outcome, Undo};

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &UndoArgs) -> Result<Outcome> {
    let checkout = Checkout::discover(directory, observe)?;
    let state = StateDir::new(checkout.state_dir());
    let lock = if args.dry_run { None } else { Some(state.lock(observe)?) };
    // A move that was logged and then not made (a kill, a race) is passed over.
    let mut entries = state.moves()?;
    while let Some(entry) = entries.last() {
        if entry.moves.iter().any(|moved| value(&checkout, moved).is_some_and(|now| now == moved.new)) {
            break;
        }
        entries.pop();
    }
    let Some(entry) = entries.pop() else {
        return Err(Error::state(
            "there is no move to take back: pyflow has moved no branch here, or it has moved on since",
        )
        .hint("`git reflog` shows every move"));
    };
    check(&checkout, &entry)?;
    if lock.is_some() {
        take_back(&checkout, &entry)?;
        state.replace_moves(&entries)?;
    }
    let back = entry.moves.iter().map(|moved| RefMove {
        name: moved.name.clone(),
        old: moved.new.clone(),
        new: moved.old.clone(),
    });
    Ok(Outcome::Undo(Undo {
        planned: args.dry_run,
        command: entry.command.clone(),
        time: entry.time.to_string(),
        moved: back.map(|moved| (&moved).into()).collect(),
    }))
}

fn value(checkout: &Checkout<'_>, moved: &RefMove) -> Option<CommitId> {
    match moved.name.parse::<RefName>() {
        Ok(name) => checkout.read().resolve(&name).ok().flatten(),
        Err(_) => checkout.read().head().ok()?.commit().cloned(),
    }
}

/// All of an entry's moves are taken back, or none.
fn check(checkout: &Checkout<'_>, entry: &UndoEntry) -> Result<()> {
    for moved in &entry.moves {
        if value(checkout, moved).as_ref() != Some(&moved.new) {
            return Err(Error::state(format!(
                "{} has moved since `pyflow {}` and stays as it is",
                moved.name, entry.command
            ))
            .hint(format!("it was at {} before: `git log {}`", moved.old.short(), moved.old.short())));
        }
        // The undo keeps the tree only because the copies differ in their messages alone.
        let trees = [&moved.old, &moved.new].map(|commit| checkout.read().commit(commit).map(|commit| commit.tree));
        let [old, new] = trees;
        if old? != new? {
            return Err(Error::state(format!("taking {} back would change files", moved.name))
                .hint(format!("`git reset --keep {}`", moved.old.short())));
        }
    }
    Ok(())
}

fn take_back(checkout: &Checkout<'_>, entry: &UndoEntry) -> Result<()> {
    let mut refs = RefTransaction::new(format!("pyflow undo: {}", entry.command));
    for moved in &entry.moves {
        match moved.name.parse::<RefName>() {
            Ok(name) => refs.advance(&name, &moved.new, &moved.old),
            Err(_) => refs.advance_head(&moved.new, &moved.old),
        }
    }
    refs.commit(&checkout.git)
}
