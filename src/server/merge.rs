//! The gate's merge: a target branch moves only by fast-forward, to exactly the commit that was made
//! for it, and only by whoever holds the queue's lock.
//!
//! What is merged when is not decided here. The gate builds merges with [`prepare`], tests them, and
//! lands them with [`land`]; a project without jobs lands them untested.

use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{Commit, Oid, Repository};

use super::change::{self, Change, Kind, PatchSet, Status, Submitted};
use super::commits;
use super::git::{Git, RefMove};
use super::pick::{self, Picked};
use super::settings::SubmitType;
use super::store::{Project, Writing};
use crate::error::{Context, Error, Result};

/// The address of the committer of what is made here.
pub(super) const COMMITTER: &str = "pyflow@localhost";

/// Proof that nobody else merges.
#[derive(Debug)]
pub(super) struct QueueLock<'a> {
    _guard: MutexGuard<'a, ()>,
}

/// What gives out the lock.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<()>);

impl Queue {
    /// Waits for the right to merge.
    pub(super) fn lock(&self) -> QueueLock<'_> {
        QueueLock { _guard: self.0.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// The tree of a merge by `git merge-tree`, if it has no conflicts.
fn merged_tree(git: &Git, project: &Project, ours: Oid, theirs: Oid) -> Result<Option<Oid>> {
    let arguments =
        ["merge-tree".to_owned(), "--write-tree".into(), "--no-messages".into(), ours.to_string(), theirs.to_string()];
    let output = git.run(&project.path, &arguments, b"")?;
    let made = output.stdout.split(|b| *b == b'\n').next().and_then(|id| std::str::from_utf8(id).ok());
    // git-merge-tree(1), "EXIT STATUS": anything else is no answer, and one of a conflict names a tree.
    match (output.code, made.and_then(|id| Oid::from_str(id).ok())) {
        (Some(0), Some(tree)) => Ok(Some(tree)),
        (Some(1), Some(_)) => Ok(None),
        _ => Err(Error::state("git could not try a merge").because(output.why())),
    }
}

/// The tree of a merge. Where one side has changed nothing since the only common ancestor, it is the
/// other side's: most merges of a queue are like that, and need no process.
pub(super) fn tree(
    git: &Git,
    project: &Project,
    repository: &Repository,
    ours: Oid,
    theirs: Oid,
) -> Result<Option<Oid>> {
    let failed = || Error::state("cannot read the commits of a merge");
    let tree = |id: Oid| repository.find_commit(id).map(|c| c.tree_id());
    if let Ok(bases) = repository.merge_bases(ours, theirs)
        && let [base] = bases.iter().copied().collect::<Vec<_>>()[..]
    {
        let (base, our, their) =
            (tree(base).or_error(failed)?, tree(ours).or_error(failed)?, tree(theirs).or_error(failed)?);
        if base == our || our == their {
            return Ok(Some(their));
        }
        if base == their {
            return Ok(Some(our));
        }
        let (ours, theirs) = pick::sides(repository, base, our, their).or_error(failed)?;
        return merged_tree(git, project, ours, theirs);
    }
    merged_tree(git, project, ours, theirs)
}

/// A commit that is ready to become a branch's tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prepared {
    /// The tip that it was made for.
    pub onto: Oid,
    /// The new tip.
    pub commit: Oid,
}

/// Why a change cannot land where it is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cannot {
    /// It conflicts with what is there.
    Conflict,
    /// The project only fast-forwards, and the change is not on top of what is there.
    NotOnTip,
}

/// What of a change's history is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Its own commit; what is below it has landed, or is in `onto`.
    Own,
    /// Its commit and everything below it that is not on the branch.
    Stack,
}

/// Makes the commit that lands a change on `onto`, or tells why there is none.
pub(super) fn prepare(
    git: &Git,
    project: &Project,
    repository: &Repository,
    change: &Change,
    share: Share,
    onto: Oid,
) -> Result<Result<Prepared, Cannot>> {
    let failed = || Error::state("cannot prepare a merge");
    let commit = Oid::from_str(&change.current().commit.id).or_error(failed)?;
    let kind = project.settings.submit_type;
    if kind != SubmitType::MergeAlways && is_forward(repository, onto, commit).or_error(failed)? {
        return Ok(Ok(Prepared { onto, commit }));
    }
    match kind {
        SubmitType::FastForwardOnly => return Ok(Err(Cannot::NotOnTip)),
        SubmitType::RebaseIfNecessary => {
            let commits = shared(repository, commit, share, onto).or_error(failed)?;
            // A merge cannot be copied without taking its parents' work apart: it is merged, as in Gerrit, and so
            // is for its test what stands on one that has not landed.
            if commits.iter().all(|commit| commit.parent_count() == 1) {
                return rebased(git, project, repository, &commits, onto);
            }
        }
        SubmitType::MergeIfNecessary | SubmitType::MergeAlways => {}
    }
    let Some(tree) = tree(git, project, repository, onto, commit)? else { return Ok(Err(Cannot::Conflict)) };
    let make = || -> Result<Oid, git2::Error> {
        let tree = repository.find_tree(tree)?;
        let who = committer()?;
        let message = format!("Merge \"{}\"\n", change.current().commit.subject);
        let (ours, theirs) = (repository.find_commit(onto)?, repository.find_commit(commit)?);
        repository.commit(None, &who, &who, &message, &tree, &[&ours, &theirs])
    };
    Ok(Ok(Prepared { onto, commit: make().or_error(failed)? }))
}

/// Whether a branch moves forward, or stays, when it goes from one commit to another.
fn is_forward(repository: &Repository, from: Oid, to: Oid) -> Result<bool, git2::Error> {
    // Mostly it is on top of it: no need to look at the history.
    Ok(from == to
        || repository.find_commit(to)?.parent_ids().any(|parent| parent == from)
        || repository.graph_descendant_of(to, from)?)
}

fn committer() -> Result<git2::Signature<'static>, git2::Error> {
    git2::Signature::new("pyflow", COMMITTER, &git2::Time::new(change::now() / 1000, 0))
}

/// What of a change's history is to be on the branch, oldest first.
fn shared(repository: &Repository, commit: Oid, share: Share, onto: Oid) -> Result<Vec<Commit<'_>>, git2::Error> {
    if share == Share::Own {
        return Ok(vec![repository.find_commit(commit)?]);
    }
    let mut walk = repository.revwalk()?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
    walk.push(commit)?;
    walk.hide(onto)?;
    walk.map(|id| repository.find_commit(id?)).collect()
}

/// Copies commits with one parent each onto another one; authors and messages stay.
fn rebased(
    git: &Git,
    project: &Project,
    repository: &Repository,
    commits: &[Commit<'_>],
    onto: Oid,
) -> Result<Result<Prepared, Cannot>> {
    let failed = || Error::state("cannot rebase a change");
    let mut tip = onto;
    for commit in commits {
        let parent = commit.parent(0).or_error(failed)?;
        let below = repository.find_commit(tip).or_error(failed)?;
        let who = committer().or_error(failed)?;
        let tree = if parent.tree_id() == below.tree_id() {
            commit.tree_id()
        } else {
            match pick::pick(git, project, repository, (&parent, commit), &below)? {
                Picked::Clean(tree) => tree,
                Picked::Conflicts { .. } => return Ok(Err(Cannot::Conflict)),
            }
        };
        let tree = repository.find_tree(tree).or_error(failed)?;
        let message = commits::message(commit);
        tip = repository.commit(None, &commit.author(), &who, &message, &tree, &[&below]).or_error(failed)?;
    }
    Ok(Ok(Prepared { onto, commit: tip }))
}

/// Lands a prepared commit: the branch and the change move in one transaction, or nothing does.
/// A copy that a rebase made becomes the change's newest patch set, as in Gerrit.
pub(super) fn land(
    _lock: &QueueLock<'_>,
    writing: &Writing<'_>,
    project: &Project,
    repository: &Repository,
    mut change: Change,
    prepared: &Prepared,
    by: u32,
) -> Result<()> {
    if !is_forward(repository, prepared.onto, prepared.commit).unwrap_or(false) {
        return Err(Error::refused("not a fast-forward"));
    }
    let mut moves =
        vec![RefMove { name: format!("refs/heads/{}", change.branch), new: prepared.commit, old: prepared.onto }];
    moves.extend(landed(&mut change, repository, prepared.commit, by, change::now())?);
    writing.store(project, repository, vec![(change, "Merge".to_owned())], moves)
}

/// Makes a change one that has landed as `commit`. The ref of the patch set that it gets where that is a copy.
pub(super) fn landed(
    change: &mut Change,
    repository: &Repository,
    commit: Oid,
    by: u32,
    now: change::Moment,
) -> Result<Option<RefMove>> {
    let failed = || Error::state("cannot read what is to be merged");
    let landed = repository.find_commit(commit).or_error(failed)?;
    let copied = landed.parent_count() == 1 && commit.to_string() != change.current().commit.id;
    if copied {
        let number = change.current().number + 1;
        let patch_set = PatchSet {
            number,
            commit: commits::facts(repository, &landed).or_error(failed)?,
            uploader: change.current().uploader,
            created: now,
            kind: Kind::TrivialRebase,
            description: None,
            merged: None,
        };
        let votes: Vec<_> = change.current_votes().cloned().collect();
        change.votes.extend(votes.into_iter().map(|vote| change::Vote { patch_set: number, ..vote }));
        change.patch_sets.push(patch_set);
    }
    change.status = Status::Merged;
    change.release_all_attention("Change was submitted", now);
    change.submitted = Some(Submitted { by, when: now, submission_id: format!("{}-{now}", change.number) });
    let words = if copied {
        format!("Change has been successfully rebased and submitted as {commit}")
    } else {
        "Change has been successfully merged".to_owned()
    };
    change.say(Some(by), Some("autogenerated:gerrit:merged"), words, now);
    let copy = change.current().number;
    Ok(copied.then(|| RefMove { name: change.patch_set_ref(copy), new: commit, old: Oid::ZERO_SHA1 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;
    use crate::server::settings::ProjectSettings;

    /// A commit with these files beside those of its first parent.
    fn commit(repository: &Repository, names: &[&str], parents: &[Oid]) -> Oid {
        let parents: Vec<_> = parents.iter().map(|id| repository.find_commit(*id).unwrap()).collect();
        let below = parents.first().map(|p| p.tree().unwrap());
        let mut tree = repository.treebuilder(below.as_ref()).unwrap();
        for name in names {
            tree.insert(*name, repository.blob(name.as_bytes()).unwrap(), 0o100_644).unwrap();
        }
        let tree = repository.find_tree(tree.write().unwrap()).unwrap();
        let who = git2::Signature::new("alice", "alice@example.com", &git2::Time::new(0, 0)).unwrap();
        repository.commit(None, &who, &who, "words\n", &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_merge_below_a_change_is_tested_with_it_though_the_project_rebases() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.git");
        let repository = Repository::init_bare(&path).unwrap();
        let settings = ProjectSettings { submit_type: SubmitType::RebaseIfNecessary, ..ProjectSettings::default() };
        let project = Project::new("p".into(), path, settings);
        let git = Git::new(dir.path()).unwrap();
        let root = commit(&repository, &["root"], &[]);
        let tip = commit(&repository, &["landed"], &[root]);
        let below = commit(&repository, &["below"], &[root]);
        let side = commit(&repository, &["side"], &[root]);
        let merge = commit(&repository, &["side"], &[below, side]);
        let above = commit(&repository, &["above"], &[merge]);
        let prepared = |id: Oid, share| {
            let mut change = sample(1);
            change.patch_sets[0].commit = commits::facts(&repository, &repository.find_commit(id).unwrap()).unwrap();
            let made = prepare(&git, &project, &repository, &change, share, tip).unwrap().unwrap();
            let made = repository.find_commit(made.commit).unwrap();
            let names: Vec<_> = made.tree().unwrap().iter().map(|entry| entry.name().unwrap().to_owned()).collect();
            (names, made.parent_count())
        };
        let all = ["above", "below", "landed", "root", "side"].map(str::to_owned).to_vec();
        assert_eq!(prepared(above, Share::Stack), (all, 2));
        // Without a merge it is a copy; and alone, on what is below it as it has landed, a copy as well.
        let two = ["below", "landed", "root"].map(str::to_owned).to_vec();
        assert_eq!(prepared(below, Share::Stack), (two, 1));
        let own = ["above", "landed", "root"].map(str::to_owned).to_vec();
        assert_eq!(prepared(above, Share::Own), (own, 1));
    }
}
