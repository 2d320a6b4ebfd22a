//! The session on the disk, and the refs that hold what it names. Everything is saved before it is
//! acted on.

use crate::backport::session::{Backport, FILE, Session};
use crate::checkout::Checkout;
use crate::checkout::journal::StateDir;
use crate::checkout::write::RefTransaction;
use crate::error::Result;
use crate::names::{CommitId, RefName};

/// Below this, what the session names is held.
const HELD: &str = "refs/pyflow/backport/";
/// Of each backport: its newest pick, and the newest commit that is picked.
const HELD_PARTS: [&str; 2] = ["tip", "source"];
/// Below this is what was given up.
const TRASH: &str = "refs/pyflow/trash/backport/";

/// The session of a clone.
pub(super) struct Store<'s, 'a> {
    checkout: &'s Checkout<'a>,
    state: StateDir,
    session: Session,
}

impl<'s, 'a> Store<'s, 'a> {
    /// Reads it. The caller holds the lock if anything is going to be saved.
    pub(super) fn open(checkout: &'s Checkout<'a>) -> Result<Self> {
        let state = StateDir::new(checkout.state_dir());
        let session = state.load::<Session>(FILE)?.unwrap_or_default().checked()?;
        Ok(Self { checkout, state, session })
    }

    pub(super) const fn session(&self) -> &Session {
        &self.session
    }

    /// Saves a backport as it is now.
    pub(super) fn put(&mut self, backport: &Backport) -> Result<()> {
        let mut refs = RefTransaction::new("pyflow backport: hold what is not finished");
        refs.set(&held(backport, "tip"), backport.tip());
        // A change that was fetched by its number is on no branch here.
        refs.set(&held(backport, "source"), &backport.source.last().commit);
        refs.commit(&self.checkout.git)?;
        self.session.put(backport.clone());
        self.state.save(FILE, &self.session)
    }

    /// Forgets a backport that is finished, or was given up.
    pub(super) fn remove(&mut self, backport: &Backport) -> Result<()> {
        self.session.remove(backport);
        if self.session.backports.is_empty() {
            self.state.remove(FILE)?;
        } else {
            self.state.save(FILE, &self.session)?;
        }
        let mut refs = RefTransaction::new("pyflow backport: finished");
        for part in HELD_PARTS {
            refs.remove(&held(backport, part));
        }
        refs.commit(&self.checkout.git)
    }

    /// Keeps a commit that nothing else will hold any more; returns the ref.
    pub(super) fn trash(&self, backport: &Backport, commit: &CommitId) -> Result<RefName> {
        let name = named(TRASH, &format!("{}/{}", backport.name(), commit.short()));
        let mut refs = RefTransaction::new("pyflow backport: given up");
        refs.set(&name, commit);
        refs.commit(&self.checkout.git)?;
        Ok(name)
    }

    /// Removes what a run left that was killed between its two steps: refs that no backport of the
    /// session has.
    pub(super) fn sweep(&self) -> Result<()> {
        let mut refs = RefTransaction::new("pyflow backport: nothing is in flight");
        for (name, _) in self.checkout.read().refs(HELD)? {
            let is_known = |backport: &Backport| HELD_PARTS.iter().any(|part| held(backport, part) == name);
            if !self.session.backports.iter().any(is_known) {
                refs.remove(&name);
            }
        }
        refs.commit(&self.checkout.git)
    }
}

fn held(backport: &Backport, part: &str) -> RefName {
    named(HELD, &format!("{}/{part}", backport.name()))
}

fn named(below: &str, name: &str) -> RefName {
    format!("{below}{name}").parse().expect("a branch name and a commit id make a ref name")
}
