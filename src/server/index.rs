//! All changes in memory: what queries and pushes look things up in. Built at start from the refs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::Change;

/// All changes of the server.
#[derive(Debug, Default)]
pub(super) struct Index {
    changes: BTreeMap<u32, Arc<Change>>,
    by_commit: BTreeMap<String, BTreeSet<u32>>,
    by_key: BTreeMap<String, BTreeSet<u32>>,
}

impl Index {
    /// Puts a change in, or its new state.
    pub(super) fn put(&mut self, change: Arc<Change>) {
        for patch_set in &change.patch_sets {
            if !self.by_commit.get(&patch_set.commit.id).is_some_and(|n| n.contains(&change.number)) {
                self.by_commit.entry(patch_set.commit.id.clone()).or_default().insert(change.number);
            }
        }
        self.by_key.entry(change.key.clone()).or_default().insert(change.number);
        self.changes.insert(change.number, change);
    }

    /// By number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<Change>> {
        self.changes.get(&number)
    }

    /// All, by number.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = &Arc<Change>> {
        self.changes.values()
    }

    /// The highest number.
    pub(super) fn last_number(&self) -> u32 {
        self.changes.keys().next_back().copied().unwrap_or(0)
    }

    /// Changes of which a patch set is this commit, or begins with it.
    pub(super) fn with_commit(&self, prefix: &str) -> BTreeSet<u32> {
        starting(&self.by_commit, &prefix.to_ascii_lowercase())
    }

    /// Changes whose Change-Id is or begins with this.
    pub(super) fn with_key(&self, prefix: &str) -> BTreeSet<u32> {
        let lower = prefix.get(1..).map(str::to_ascii_lowercase).unwrap_or_default();
        starting(&self.by_key, &format!("I{lower}"))
    }

    /// The changes with exactly this Change-Id in this project.
    pub(super) fn with_exact_key<'a>(&'a self, project: &'a str, key: &str) -> impl Iterator<Item = &'a Arc<Change>> {
        self.by_key
            .get(key)
            .into_iter()
            .flatten()
            .filter_map(|n| self.changes.get(n))
            .filter(move |c| c.project == project)
    }
}

fn starting(map: &BTreeMap<String, BTreeSet<u32>>, prefix: &str) -> BTreeSet<u32> {
    map.range(prefix.to_owned()..)
        .take_while(|(key, _)| key.starts_with(prefix))
        .flat_map(|(_, numbers)| numbers)
        .copied()
        .collect()
}
