//! Which commits a person has had in their hands here: what this clone has sent, and what the branch
//! was made from. A patch set that follows one of them buries nothing unseen; having only looked at
//! a commit (a fetch, a detached HEAD) is not enough.

use std::collections::BTreeSet;

use super::context::Context;
use crate::checkout::journal::StateDir;
use crate::checkout::read::Head;
use crate::error::Result;
use crate::names::CommitId;
use crate::review::execute::Memory;

/// How far back the branch's own log is read: a commit that it was made from stands near the end.
const MOST_HISTORY: usize = 200;

/// The commits, without those that `landed` reach.
pub fn commits(context: &Context<'_>, head: &Head, landed: &[CommitId]) -> Result<BTreeSet<CommitId>> {
    let reader = context.checkout.read();
    let memory = Memory::load(&StateDir::new(context.checkout.state_dir()))?;
    let mut known: BTreeSet<CommitId> = memory.commits().cloned().collect();
    for commit in reader.history(head)?.into_iter().take(MOST_HISTORY) {
        if !known.contains(&commit) && reader.has(&commit) {
            known.extend(reader.walk(&commit, landed)?);
        }
    }
    Ok(known)
}
