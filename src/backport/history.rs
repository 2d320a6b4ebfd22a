//! What a branch's history says of where its commits came from, reverts taken into account. Pure.

use std::collections::BTreeSet;

use super::message;
use crate::names::CommitId;

/// A commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub commit: CommitId,
    /// Its message.
    pub message: Vec<u8>,
}

/// Those commits that no later one has reverted; a revert that was itself reverted does not count.
/// `newest_first` is how they are given, and returned.
pub fn live(newest_first: Vec<Entry>) -> Vec<Entry> {
    let mut dead: BTreeSet<CommitId> = BTreeSet::new();
    let mut kept = Vec::new();
    for entry in newest_first {
        if !dead.contains(&entry.commit) {
            dead.extend(message::reverted(&entry.message));
            kept.push(entry);
        }
    }
    kept
}

/// The commit that says it was picked from `original`, or that bears the same Change-Id.
pub fn counterpart<'e>(entries: &'e [Entry], original: &CommitId, change_id: &str) -> Option<&'e Entry> {
    let line = format!("Change-Id: {change_id}");
    entries.iter().find(|entry| {
        message::origins(&entry.message).contains(original)
            || entry.message.split(|b| *b == b'\n').any(|found| found.trim_ascii() == line.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::{Entry, counterpart, live};

    #[test]
    fn a_revert_takes_away_and_its_own_revert_gives_back() {
        let id = |digit: &str| digit.repeat(40);
        let entry =
            |digit: &str, text: String| Entry { commit: id(digit).parse().unwrap(), message: text.into_bytes() };
        let original = "f".repeat(40).parse().unwrap();
        let pick = entry("1", format!("Fix\n\n(cherry picked from commit {original})\n"));
        let revert = entry("2", format!("Revert \"Fix\"\n\nThis reverts commit {}.\n", id("1")));
        let again = entry("3", format!("Revert \"Revert\"\n\nThis reverts commit {}.\n", id("2")));
        let found = |entries: &[&Entry]| {
            let entries = live(entries.iter().map(|entry| (*entry).clone()).collect());
            counterpart(&entries, &original, "I0").is_some()
        };
        assert!(found(&[&pick]));
        assert!(!found(&[&revert, &pick]));
        assert!(found(&[&again, &revert, &pick]));
        let same_change = entry("4", "Fix\n\nChange-Id: I0\n".to_owned());
        assert!(found(&[&same_change]));
    }
}
