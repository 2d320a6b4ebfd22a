//! Reading commits for changes: their facts, and what kind of patch set one is after another.
//!
//! Merges in memory only, into an object store that is thrown away; moves nothing.

use git2::{Commit, Oid, Repository};

use super::change::{CommitFacts, Ident, Kind, Parent};

fn ident(signature: &git2::Signature<'_>) -> Ident {
    Ident {
        name: String::from_utf8_lossy(signature.name_bytes()).into_owned(),
        email: String::from_utf8_lossy(signature.email_bytes()).into_owned(),
        when: signature.when().seconds(),
        tz: signature.when().offset_minutes(),
    }
}

/// The whole message of a commit, by the encoding that it declares.
pub(super) fn message(commit: &Commit<'_>) -> String {
    let declared = commit.header_field_bytes("encoding").ok();
    let declared = declared.and_then(|name| encoding_rs::Encoding::for_label(&name));
    let text = declared.unwrap_or(encoding_rs::UTF_8).decode_without_bom_handling(commit.message_raw_bytes()).0;
    text.into_owned()
}

/// What answers need of a commit.
pub(super) fn facts(repository: &Repository, commit: &Commit<'_>) -> Result<CommitFacts, git2::Error> {
    let text = message(commit);
    let parents = commit
        .parents()
        .map(|p| Parent { commit: p.id().to_string(), subject: super::footer::subject(&message(&p)) })
        .collect::<Vec<_>>();
    let (insertions, deletions) = diffstat(repository, commit)?;
    Ok(CommitFacts {
        id: commit.id().to_string(),
        parents,
        author: ident(&commit.author()),
        committer: ident(&commit.committer()),
        subject: super::footer::subject(&text),
        message: text,
        insertions,
        deletions,
    })
}

/// Lines added and removed against the first parent; Gerrit says 0 for merges without conflicts,
/// which is what nearly all merges are.
fn diffstat(repository: &Repository, commit: &Commit<'_>) -> Result<(usize, usize), git2::Error> {
    if commit.parent_count() > 1 {
        return Ok((0, 0));
    }
    let old = commit.parents().next().map(|p| p.tree()).transpose()?;
    let stats = repository.diff_tree_to_tree(old.as_ref(), Some(&commit.tree()?), None)?.stats()?;
    Ok((stats.insertions(), stats.deletions()))
}

fn parent_trees(commit: &Commit<'_>) -> Vec<Oid> {
    commit.parents().map(|p| p.tree_id()).collect()
}

/// What `next` is after `prior` (Gerrit's `ChangeKindCacheImpl`).
pub(super) fn kind(repository: &Repository, prior: &Commit<'_>, next: &Commit<'_>) -> Kind {
    let same_message = prior.message_raw_bytes() == next.message_raw_bytes();
    if prior.tree_id() == next.tree_id() && parent_trees(prior) == parent_trees(next) {
        return if same_message { Kind::NoChange } else { Kind::NoCodeChange };
    }
    if prior.parent_count() == 1
        && next.parent_count() == 1
        && picked_tree(repository, prior, next) == Some(next.tree_id())
    {
        return if same_message { Kind::TrivialRebase } else { Kind::TrivialRebaseWithMessageUpdate };
    }
    Kind::Rework
}

/// The tree of `prior` picked onto the parent of `next`, if that goes without a conflict.
fn picked_tree(repository: &Repository, prior: &Commit<'_>, next: &Commit<'_>) -> Option<Oid> {
    // Trees of the trial go to memory and vanish with the repository handle.
    let odb = repository.odb().ok()?;
    let _memory = odb.add_new_mempack_backend(999).ok()?;
    let mut index = repository.cherrypick_commit(prior, &next.parent(0).ok()?, 0, None).ok()?;
    if index.has_conflicts() {
        return None;
    }
    index.write_tree_to(repository).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(repository: &Repository, content: &str, message: &str, parents: &[Oid]) -> Oid {
        let who = git2::Signature::new("a", "a@example.com", &git2::Time::new(0, 0)).unwrap();
        let mut tree = repository.treebuilder(None).unwrap();
        for file in content.split_whitespace() {
            let (name, text) = file.split_once('=').unwrap();
            tree.insert(name, repository.blob(text.as_bytes()).unwrap(), 0o100_644).unwrap();
        }
        let tree = repository.find_tree(tree.write().unwrap()).unwrap();
        let parents: Vec<_> = parents.iter().map(|p| repository.find_commit(*p).unwrap()).collect();
        repository.commit(None, &who, &who, message, &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn kinds_of_patch_sets() {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(dir.path()).unwrap();
        let base = commit(&repository, "a=1", "base", &[]);
        let other = commit(&repository, "a=1 z=1", "other", &[base]);
        let first = commit(&repository, "a=1 f=1", "fix", &[base]);
        let table = [
            (commit(&repository, "a=1 f=1", "fix", &[base]), Kind::NoChange),
            (commit(&repository, "a=1 f=1", "fix it", &[base]), Kind::NoCodeChange),
            (commit(&repository, "a=1 f=1 z=1", "fix", &[other]), Kind::TrivialRebase),
            (commit(&repository, "a=1 f=1 z=1", "fix it", &[other]), Kind::TrivialRebaseWithMessageUpdate),
            (commit(&repository, "a=1 f=2", "fix", &[base]), Kind::Rework),
        ];
        let prior = repository.find_commit(first).unwrap();
        for (next, wanted) in table {
            assert_eq!(kind(&repository, &prior, &repository.find_commit(next).unwrap()), wanted);
        }
    }
}
