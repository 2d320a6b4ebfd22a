//! `pyflow undo`: takes back the last move of refs that a command made and announced.

use std::path::Path;

use crate::checkout::Checkout;
use crate::checkout::journal::{StateDir, UndoEntry};
use crate::checkout::moves::{self, Place, Position, RefMove};
use crate::checkout::write::RefTransaction;
use crate::cli::UndoArgs;
use crate::error::{Error, Result};
use crate::observe::Observe;
use crate::outcome::{Outcome, Undo};

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &UndoArgs) -> Result<Outcome> {
    let checkout = Checkout::discover(directory, observe)?;
    let state = StateDir::new(checkout.state_dir());
    let lock = if args.dry_run { None } else { Some(state.lock(observe)?) };
    let mut entries = state.moves()?;
    let Some(at) = newest(&checkout, &entries)? else {
        return Err(Error::state("there is nothing to take back: no move that pyflow made here still stands")
            .hint("`git reflog` shows every move"));
    };
    let entry = entries.remove(at);
    check(&checkout, &entry)?;
    let back: Vec<_> = entry.moves.iter().map(RefMove::reversed).collect();
    if lock.is_some() {
        let mut refs = RefTransaction::new(format!("pyflow undo: {}", entry.command));
        for moved in &back {
            moved.add_to(&mut refs);
        }
        moves::hold(&mut refs, checkout.read(), &entries)?;
        refs.commit(&checkout.git)?;
        state.replace_moves(&entries)?;
    }
    Ok(Outcome::Undo(Undo {
        planned: args.dry_run,
        command: entry.command,
        time: to_the_second(entry.time).to_string(),
        moved: back.iter().map(Into::into).collect(),
    }))
}

fn to_the_second(time: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The newest entry of this work tree that was carried out. What was logged and never made (a kill
/// between the two) stands at its old value; a branch that was deleted cannot move. A detached HEAD that
/// was left for a branch is told: an older move is another one than what was meant.
fn newest(checkout: &Checkout<'_>, entries: &[UndoEntry]) -> Result<Option<usize>> {
    for (at, entry) in entries.iter().enumerate().rev() {
        let mut carried_out = true;
        for moved in &entry.moves {
            carried_out &= match moved.place.position(checkout)? {
                Position::At(now) => now != moved.old,
                Position::Gone => matches!(moved.place, Place::DetachedHead(_)),
                Position::OtherWorktree => false,
            };
        }
        if carried_out {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// All of an entry's moves are taken back, or none.
fn check(checkout: &Checkout<'_>, entry: &UndoEntry) -> Result<()> {
    for moved in &entry.moves {
        let (name, old) = (moved.place.name(), moved.old.short());
        let position = moved.place.position(checkout)?;
        if position == Position::Gone {
            return Err(Error::state(format!(
                "the last move was that of a detached HEAD, by `pyflow {}`, and HEAD is on a branch now",
                entry.command
            ))
            .hint(format!("to take it back: `git checkout --detach {}`, then `pyflow undo`", moved.new.short())));
        }
        if position != Position::At(moved.new.clone()) {
            return Err(Error::state(format!("{name} has moved since `pyflow {}` and stays as it is", entry.command))
                .hint(format!("it was at {old} before: `git log {old}`")));
        }
        if let Place::Branch(branch) = &moved.place
            && let Some(other) = moves::held_elsewhere(checkout, branch)?
        {
            let other = other.display();
            return Err(Error::state(format!(
                "{name} is checked out in another work tree, {other}, and stays as it is"
            ))
            .hint(format!("take it back there: `pyflow -C {other} undo`")));
        }
        // Files stay as they are only because the copies differ from their originals in nothing
        // but their messages.
        let tree = |commit| checkout.read().commit(commit).map(|commit| commit.tree);
        if tree(&moved.old)? != tree(&moved.new)? {
            return Err(Error::state(format!("taking {name} back would change files"))
                .hint(format!("`git reset --keep {old}` does it, and keeps what is not committed")));
        }
    }
    Ok(())
}
