//! Handles of a repository that are used again.
//!
//! libgit2 keeps what it has read of the history with the handle. With a new one for each landing, each would read
//! anew, commit by commit, all that has landed since the change was begun: a cost that grows with the queue.

use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::Repository;

use crate::error::Result;

/// So many are kept: the gate's own, and some for those who approve meanwhile.
const KEPT: usize = 3;

/// Those that nobody uses now.
#[derive(Default)]
pub(super) struct Handles(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    list: Vec<Repository>,
    /// How often all were let go.
    round: u64,
}

impl std::fmt::Debug for Handles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handles({})", self.locked().list.len())
    }
}

impl Handles {
    /// Works with one that was used before, or a new one. It is kept for the next where all went well.
    pub(super) fn with<T>(
        &self,
        open: impl FnOnce() -> Result<Repository>,
        work: impl FnOnce(&Repository) -> Result<T>,
    ) -> Result<T> {
        let (known, round) = {
            let mut idle = self.locked();
            (idle.list.pop(), idle.round)
        };
        let repository = known.map_or_else(open, Ok)?;
        let done = work(&repository)?;
        let mut idle = self.locked();
        if idle.round == round && idle.list.len() < KEPT {
            idle.list.push(repository);
        }
        Ok(done)
    }

    /// Lets all go, also those in use: the packs that they know have been replaced.
    pub(super) fn renew(&self) {
        let mut idle = self.locked();
        idle.list.clear();
        idle.round += 1;
    }

    fn locked(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn one_is_kept_until_something_fails_or_packs_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let opened = std::cell::Cell::new(0);
        let handles = Handles::default();
        let open = || {
            opened.set(opened.get() + 1);
            Ok(Repository::init_bare(dir.path()).unwrap())
        };
        let use_one = |work: fn() -> Result<()>| handles.with(open, |_| work());
        use_one(|| Ok(())).unwrap();
        use_one(|| Ok(())).unwrap();
        assert_eq!(opened.get(), 1);
        use_one(|| Err(Error::state("an object is missing"))).unwrap_err();
        use_one(|| Ok(())).unwrap();
        assert_eq!(opened.get(), 2);
        handles.renew();
        use_one(|| Ok(())).unwrap();
        assert_eq!(opened.get(), 3);
        // Two at once, and a pack is made while one of them is at work.
        let both = handles.with(open, |_| {
            handles.renew();
            handles.with(open, |_| Ok(()))
        });
        both.unwrap();
        assert_eq!((opened.get(), handles.locked().list.len()), (4, 1));
    }
}
