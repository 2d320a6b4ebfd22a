//! Keeping repositories quick while nobody pushes: loose refs and objects are packed.
//!
//! Nothing is ever deleted that was not packed first: objects that no ref names yet may belong to a
//! push that is under way, so pruning is the operator's, with the server stopped (`git gc`).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Server;
use super::git::Git;
use super::store::Project;
use crate::error::Result;

/// How often it is looked whether there is something to do.
const LOOK: Duration = Duration::from_secs(30);
/// How long nothing must have been written.
const QUIET: Duration = Duration::from_secs(60);
/// So many loose refs are worth the work: a start reads each as a file of its own.
const LOOSE_REFS: usize = 400;
/// So many loose objects are (`gc.auto` of git is 6700, estimated from one of 256 folders).
const LOOSE_OBJECTS: usize = 2000;

/// Looks again and again, until the server ends.
pub(super) async fn watch(server: Arc<Server>) {
    let mut clock = tokio::time::interval(LOOK);
    loop {
        let _now = clock.tick().await;
        let server = Arc::clone(&server);
        // Its failure is no one's failure: the repositories stay as they are.
        let _done = tokio::task::spawn_blocking(move || tidy_all(&server, Instant::now())).await;
    }
}

/// Packs what is worth it, one project after the other, as long as nobody writes.
fn tidy_all(server: &Server, now: Instant) {
    for project in server.store.projects() {
        let quiet = server.store.last_write().is_none_or(|last| now.saturating_duration_since(last) >= QUIET);
        if quiet && is_due(project) {
            let _later = tidy(&server.store.git, project);
        }
    }
}

/// Whether a repository has enough loose files.
fn is_due(project: &Project) -> bool {
    let mut refs = 0;
    count_files(&project.path.join("refs"), LOOSE_REFS, &mut refs);
    if refs >= LOOSE_REFS {
        return true;
    }
    // As git does it: ids are spread evenly, so one folder stands for all.
    let mut objects = 0;
    count_files(&project.path.join("objects").join("17"), LOOSE_OBJECTS / 256, &mut objects);
    objects >= LOOSE_OBJECTS / 256
}

fn count_files(folder: &Path, limit: usize, count: &mut usize) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if *count >= limit {
            return;
        }
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            count_files(&entry.path(), limit, count);
        } else {
            *count += 1;
        }
    }
}

/// Packs refs, then objects. Readers and writers may be at work: refs are locked by git one by one, and
/// a pack takes the place of others only when it is whole.
fn tidy(git: &Git, project: &Project) -> Result<()> {
    git.run(&project.path, &["pack-refs", "--all"], b"")?;
    git.run(&project.path, &["repack", "--geometric=2", "-d", "-l", "-q", "--write-midx"], b"")?;
    project.repacked();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::settings::ProjectSettings;

    #[test]
    fn loose_files_are_packed_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plain.git");
        let repository = git2::Repository::init_bare(&path).unwrap();
        let project = Project::new("plain".into(), path, ProjectSettings::default());
        let who = git2::Signature::new("a", "a@example.com", &git2::Time::new(0, 0)).unwrap();
        let mut commits = Vec::new();
        assert!(!is_due(&project));
        for number in 0..LOOSE_REFS {
            let blob = repository.blob(format!("{number}").as_bytes()).unwrap();
            let mut tree = repository.treebuilder(None).unwrap();
            tree.insert("f", blob, 0o100_644).unwrap();
            let tree = repository.find_tree(tree.write().unwrap()).unwrap();
            let commit = repository.commit(None, &who, &who, "x", &tree, &[]).unwrap();
            let name = format!("refs/changes/{:02}/{number}/meta", number % 100);
            drop(repository.reference(&name, commit, false, "").unwrap());
            commits.push((name, commit));
        }
        let nobodys = repository.blob(b"no ref names this yet").unwrap();
        assert!(is_due(&project));
        tidy(&Git::new(dir.path()).unwrap(), &project).unwrap();
        assert!(!is_due(&project));
        // Through the handle that was open all the time, and through a new one.
        for repository in [repository, project.open().unwrap()] {
            for (name, commit) in &commits {
                assert_eq!(repository.refname_to_id(name).unwrap(), *commit);
                repository.find_commit(*commit).unwrap().tree().unwrap();
            }
            repository.find_blob(nobodys).unwrap();
        }
    }
}
