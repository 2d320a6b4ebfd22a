//! Puts right what a git left that was killed with the server in the midst of a transaction.
//!
//! It moves refs one after the other, in the order in which it was told: a branch, patch sets, and the
//! snapshots of changes last. So where a snapshot is new everything that goes with it is there; where it is not,
//! this looks for what came before it. Only in what the last transaction can have been: no history is walked.

use std::collections::{BTreeMap, HashMap, HashSet};

use git2::{Commit, Oid, Repository};

use super::change::{self, Change, Status};
use super::footer::{self, Found};
use super::git::RefMove;
use super::store::branch_tip;
use super::{commits, merge};
use crate::error::{Context, Error, Result};

/// The patch set that a ref names: `refs/changes/NN/N/PS`.
fn patch_set(name: &str) -> Option<(u32, u32)> {
    let mut parts = name.strip_prefix("refs/changes/")?.split('/').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The highest number that refs of changes bear.
pub(super) fn last_number(repository: &Repository) -> Result<u32, git2::Error> {
    let mut last = 0;
    for name in repository.references_glob("refs/changes/*")?.names() {
        last = last.max(patch_set(name?).map_or(0, |(number, _)| number));
    }
    Ok(last)
}

/// Changes that have landed without knowing it are as they should be after this; who has to store them gets
/// their places.
pub(super) fn landed(repository: &Repository, changes: &mut [Change]) -> Result<Vec<usize>> {
    let failed = || Error::state("cannot read the tips of branches");
    let mut tips: BTreeMap<String, Option<Commit<'_>>> = BTreeMap::new();
    let mut found = Vec::new();
    for (at, change) in changes.iter_mut().enumerate().filter(|(_, c)| c.status == Status::New) {
        if !tips.contains_key(&change.branch) {
            let tip = branch_tip(repository, &change.branch).map(|id| repository.find_commit(id)).transpose();
            tips.insert(change.branch.clone(), tip.or_error(failed)?);
        }
        if let Some(Some(tip)) = tips.get(&change.branch)
            && is_landing_of(tip, change)
        {
            let approval = change.current_votes().filter(|v| v.value > 0).max_by_key(|v| v.when);
            let by = approval.map_or(change.owner, |v| v.account);
            // Its ref, where it gets a new patch set, is one of those that are missing.
            let _missing = merge::landed(change, repository, tip.id(), by, change::now())?;
            found.push(at);
        }
    }
    Ok(found)
}

/// Whether a branch's tip is what landed this change: its commit, a merge of it, or a copy.
fn is_landing_of(tip: &Commit<'_>, change: &Change) -> bool {
    let current = &change.current().commit.id;
    if tip.id().to_string() == *current {
        return true;
    }
    let ours = tip.committer().email() == Ok(merge::COMMITTER);
    let copy = || footer::change_id(&commits::message(tip)) == Found::Id(change.key.clone());
    let parents: Vec<String> = tip.parent_ids().map(|id| id.to_string()).collect();
    ours && match parents.as_slice() {
        [_, theirs] => theirs == current,
        [_] => copy(),
        _ => false,
    }
}

/// The moves after which each patch set of a snapshot has its ref, made again from the object, and no other ref
/// keeps a number from being given: what nobody was told that it is stored.
pub(super) fn patch_sets(refs: &HashMap<String, Oid>, changes: &[Change]) -> Vec<RefMove> {
    let mut moves = Vec::new();
    let mut named = HashSet::new();
    for change in changes {
        for patch_set in &change.patch_sets {
            let name = change.patch_set_ref(patch_set.number);
            let old = refs.get(&name).copied();
            if let Ok(new) = Oid::from_str(&patch_set.commit.id)
                && old != Some(new)
            {
                moves.push(RefMove { name: name.clone(), new, old: old.unwrap_or(Oid::ZERO_SHA1) });
            }
            named.insert(name);
        }
    }
    let strays = refs.iter().filter(|(name, _)| patch_set(name).is_some() && !named.contains(*name));
    moves.extend(strays.map(|(name, old)| RefMove { name: name.clone(), new: Oid::ZERO_SHA1, old: *old }));
    moves
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::change::tests::sample;
    use super::super::settings::{ProjectSettings, Settings};
    use super::super::store::{Store, project_path};
    use super::*;

    fn store(dir: &Path, projects: &[&str]) -> Result<Store> {
        let projects = projects.iter().map(|name| ((*name).to_owned(), ProjectSettings::default())).collect();
        let settings = Settings { projects, ..Settings::default() };
        Store::open(dir, &settings, std::fs::File::create(dir.join("lock")).unwrap())
    }

    fn commit(repository: &Repository, by: &str, message: &str, parents: &[Oid]) -> Oid {
        let who = git2::Signature::new("somebody", by, &git2::Time::new(0, 0)).unwrap();
        let tree = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| repository.find_commit(*id).unwrap()).collect();
        repository.commit(None, &who, &who, message, &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }

    /// A change of `project` that is this commit.
    fn put(store: &Store, project: &str, number: u32, commit: Oid) {
        let project = store.project(project).unwrap();
        let repository = project.open().unwrap();
        let mut change = sample(number);
        change.project.clone_from(&project.name);
        let commit = repository.find_commit(commit).unwrap();
        change.patch_sets[0].commit = commits::facts(&repository, &commit).unwrap();
        let moves = vec![RefMove { name: change.patch_set_ref(1), new: commit.id(), old: Oid::ZERO_SHA1 }];
        store.write().store(project, &repository, vec![(change, "Upload".to_owned())], moves).unwrap();
    }

    #[test]
    fn half_a_transaction_becomes_a_whole_one_or_none() {
        for kind in ["its commit", "a merge", "a copy", "somebody else's"] {
            let dir = tempfile::tempdir().unwrap();
            let repository = Repository::init_bare(project_path(dir.path(), "p")).unwrap();
            let root = commit(&repository, "alice@example.com", "Root", &[]);
            repository.reference("refs/heads/main", root, true, "").unwrap();
            let before = store(dir.path(), &["p"]).unwrap();
            let message = format!("Words\n\nChange-Id: {}\n", sample(1).key);
            let ours = commit(&repository, "alice@example.com", &message, &[root]);
            put(&before, "p", 1, ours);
            // The branch has moved, the snapshot has not.
            let other = commit(&repository, "alice@example.com", "Other", &[root]);
            let tip = match kind {
                "its commit" => ours,
                "a merge" => commit(&repository, merge::COMMITTER, "Merge", &[root, ours]),
                "a copy" => commit(&repository, merge::COMMITTER, &message, &[other]),
                _ => commit(&repository, "alice@example.com", &message, &[other]),
            };
            repository.reference("refs/heads/main", tip, true, "").unwrap();
            // Nor that of a new patch set, nor that of a new change.
            for stray in ["refs/changes/01/1/3", "refs/changes/02/2/1"] {
                repository.reference(stray, other, true, "").unwrap();
            }
            drop(before);
            let after = store(dir.path(), &["p"]).unwrap();
            let change = after.index().get(1).unwrap().clone();
            let landed = kind != "somebody else's";
            assert_eq!(change.status == Status::Merged, landed, "{kind}");
            assert_eq!(change.current().number, if kind == "a copy" { 2 } else { 1 }, "{kind}");
            let names = |glob| {
                let refs = repository.references_glob(glob).unwrap();
                refs.map(|r| r.unwrap().name().unwrap().to_owned()).collect::<Vec<_>>()
            };
            let mut wanted = vec!["refs/changes/01/1/1".to_owned(), "refs/changes/01/1/meta".to_owned()];
            if kind == "a copy" {
                wanted.insert(1, "refs/changes/01/1/2".to_owned());
            }
            let mut there = names("refs/changes/*");
            there.sort();
            assert_eq!(there, wanted, "{kind}");
            assert_eq!(after.write().next_number(), 2);
            drop(after);
            assert_eq!(
                store(dir.path(), &["p"]).unwrap().index().get(1).unwrap().status,
                change.status,
                "it is stored"
            );
        }
    }

    #[test]
    fn a_number_is_given_once_though_its_project_is_not_served_for_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let mut roots = Vec::new();
        for name in ["a/one", "two"] {
            let repository = Repository::init_bare(project_path(dir.path(), name)).unwrap();
            roots.push(commit(&repository, "alice@example.com", "Root", &[]));
        }
        put(&store(dir.path(), &["a/one", "two"]).unwrap(), "a/one", 7, roots[0]);
        let alone = store(dir.path(), &["two"]).unwrap();
        assert_eq!(alone.write().next_number(), 8);
        // As a server gave it that did not look.
        put(&alone, "two", 7, roots[1]);
        drop(alone);
        assert_eq!(store(dir.path(), &["a/one", "two"]).unwrap_err().message, "a/one and two both have a change 7");
    }
}
