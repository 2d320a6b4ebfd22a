//! All changes in memory: what queries and pushes look things up in. Built at start from the refs.
//!
//! A value that is cheap to copy (everything in it is shared), so that readers and the one writer
//! never wait for each other: [`super::store::Store::index`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::Change;

/// Numbers of changes by a text that many of them may have.
type Numbers = BTreeSet<(Arc<str>, u32)>;

/// All changes of the server.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    changes: BTreeMap<u32, Arc<Change>>,
    by_commit: Numbers,
    by_key: Numbers,
}

impl Index {
    /// Puts a change in, or its new state. Patch sets only ever come on top, and the Change-Id stays.
    pub(super) fn put(&mut self, change: Arc<Change>) {
        let number = change.number;
        let known = self.changes.get(&number).map_or(0, |before| before.patch_sets.len());
        for patch_set in &change.patch_sets[known..] {
            self.by_commit.insert((patch_set.commit.id.as_str().into(), number));
        }
        if known == 0 {
            self.by_key.insert((change.key.as_str().into(), number));
        }
        self.changes.insert(number, change);
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
        starting(&self.by_commit, &prefix.to_ascii_lowercase()).collect()
    }

    /// Changes whose Change-Id is or begins with this.
    pub(super) fn with_key(&self, prefix: &str) -> BTreeSet<u32> {
        let lower = prefix.get(1..).map(str::to_ascii_lowercase).unwrap_or_default();
        starting(&self.by_key, &format!("I{lower}")).collect()
    }

    /// The changes with exactly this Change-Id in this project.
    pub(super) fn with_exact_key<'a>(
        &'a self,
        project: &'a str,
        key: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Change>> {
        let whole = move |c: &&Arc<Change>| c.key == key && c.project == project;
        starting(&self.by_key, key).filter_map(|number| self.changes.get(&number)).filter(whole)
    }
}

fn starting<'a>(numbers: &'a Numbers, prefix: &'a str) -> impl Iterator<Item = u32> + use<'a> {
    numbers.range((prefix.into(), 0)..).take_while(move |(text, _)| text.starts_with(prefix)).map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;

    #[test]
    fn changes_are_found_by_what_they_begin_with_and_a_copy_stays_as_it_was() {
        let mut index = Index::default();
        let mut change = sample(7);
        let (key, first) = (change.key.clone(), change.current().commit.id.clone());
        index.put(Arc::new(change.clone()));
        let before = index.clone();
        let mut next = change.current().clone();
        next.number = 2;
        next.commit.id = "f".repeat(40);
        change.patch_sets.push(next);
        index.put(Arc::new(change));
        for commit in [first.as_str(), &first[..8], &"F".repeat(7)] {
            assert_eq!(index.with_commit(commit), [7].into(), "{commit}");
        }
        assert_eq!(index.with_commit("e0"), BTreeSet::new());
        assert_eq!(index.with_key(&key.to_uppercase()[..6]), [7].into());
        assert_eq!(index.with_exact_key("plain", &key[..6]).count(), 0);
        let project = &index.get(7).unwrap().project;
        assert_eq!(index.with_exact_key(project, &key).count(), 1);
        assert_eq!(index.with_exact_key("other", &key).count(), 0);
        assert_eq!(before.with_commit(&"f".repeat(40)), BTreeSet::new());
        assert_eq!(before.get(7).unwrap().patch_sets.len(), 1);
    }
}
