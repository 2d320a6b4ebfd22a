//! Whom a typed reviewer means, in Gerrit's words where nobody is meant.

use std::collections::BTreeSet;

use super::accounts::Accounts;
use super::change::{Change, Moment, ReviewerState};

/// The accounts that `who` means: one person, or the members of a group.
pub(super) fn resolve(accounts: &Accounts, who: &str, myself: u32) -> Result<BTreeSet<u32>, String> {
    if matches!(who, "self" | "me") {
        return Ok(BTreeSet::from([myself]));
    }
    if let Some(account) = accounts.find(who) {
        return Ok(BTreeSet::from([account.id]));
    }
    let members: BTreeSet<u32> = accounts.members(who).map(|a| a.id).collect();
    if members.is_empty() {
        return Err(format!("Account '{who}' not found\n{who} does not identify a registered user or group"));
    }
    Ok(members)
}

/// Adds somebody to a change; tells whether that changed anything.
pub(super) fn add(change: &mut Change, account: u32, state: ReviewerState, by: u32, when: Moment) -> bool {
    // A person in copy does not take a reviewer's place away who is the change's owner.
    if account == change.owner && state != ReviewerState::Removed {
        return false;
    }
    let changed = change.set_reviewer(account, state, by, when);
    if changed && state == ReviewerState::Reviewer && account != by {
        change.want_attention(account, "Reviewer was added", when);
    }
    changed
}
