//! Puts the difference of one commit on another, in memory: `git merge-tree` of two throw-away commits
//! on a shared parent. Makes objects, moves no ref.

use git2::{Commit, Oid, Repository};

use super::git::Git;
use super::store::Project;
use crate::error::{Context, Error, Result};

/// What came of a pick.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// The tree that it makes.
    Clean(Oid),
    /// It conflicts.
    Conflicts {
        /// The tree, with conflict markers in it.
        tree: Oid,
        /// The files with conflicts; none where git cannot say which, as with a folder that was
        /// renamed to several places.
        files: Vec<String>,
    },
}

/// Puts what `commit` did to `parent` on top of `onto`.
pub(super) fn pick(
    git: &Git,
    project: &Project,
    repository: &Repository,
    (parent, commit): (&Commit<'_>, &Commit<'_>),
    onto: &Commit<'_>,
) -> Result<Picked> {
    let failed = || Error::state("cannot pick a commit");
    let (ours, theirs) = sides(repository, parent.tree_id(), onto.tree_id(), commit.tree_id()).or_error(failed)?;
    let arguments = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
    let arguments: Vec<String> =
        arguments.iter().map(|a| (*a).to_owned()).chain([ours.to_string(), theirs.to_string()]).collect();
    let output = git.run(&project.path, &arguments, b"")?;
    let mut parts = output.stdout.split(|b| *b == 0).filter(|p| !p.is_empty());
    let tree = parts.next().and_then(|id| std::str::from_utf8(id).ok()).and_then(|id| Oid::from_str(id).ok());
    // git-merge-tree(1), "EXIT STATUS" and "MISTAKES TO AVOID": the code tells, not the list of files.
    let (tree, files) = match (output.code, tree) {
        (Some(0), Some(tree)) => return Ok(Picked::Clean(tree)),
        (Some(1), Some(tree)) => (tree, parts.map(|p| String::from_utf8_lossy(p).into_owned()).collect::<Vec<_>>()),
        _ => return Err(failed().because(output.why())),
    };
    let names = [(ours, format!("HEAD   ({})", named(onto))), (theirs, format!("CHANGE ({})", named(commit)))];
    let tree = relabelled(repository, tree, &files, &names).or_error(failed)?;
    Ok(Picked::Conflicts { tree, files })
}

/// Two commits on a shared parent for `git merge-tree`, which are not needed after that: so it takes the
/// base from us, and does not look for one in the history. `--merge-base` came with git 2.40; this says the same
/// to older ones. The same trees make the same commits.
pub(super) fn sides(repository: &Repository, base: Oid, ours: Oid, theirs: Oid) -> Result<(Oid, Oid), git2::Error> {
    let throw_away = |tree: Oid, parents: &[&Commit<'_>]| -> Result<Oid, git2::Error> {
        let who = git2::Signature::new("pyflow", "pyflow@localhost", &git2::Time::new(0, 0))?;
        repository.commit(None, &who, &who, "throw-away", &repository.find_tree(tree)?, parents)
    };
    let base = repository.find_commit(throw_away(base, &[])?)?;
    Ok((throw_away(ours, &[&base])?, throw_away(theirs, &[&base])?))
}

fn named(commit: &Commit<'_>) -> String {
    format!("{} {}", commit.id(), super::footer::subject(&super::commits::message(commit)))
}

/// The tree with markers that name the commits which a person knows, as Gerrit's do.
fn relabelled(
    repository: &Repository,
    tree: Oid,
    files: &[String],
    names: &[(Oid, String); 2],
) -> Result<Oid, git2::Error> {
    let mut index = git2::Index::new()?;
    index.read_tree(&repository.find_tree(tree)?)?;
    for file in files {
        let Some(mut entry) = index.get_path(file.as_ref(), 0) else { continue };
        let Ok(blob) = repository.find_blob(entry.id) else { continue };
        let mut text = blob.content().to_vec();
        for (throw_away, name) in names {
            text = replaced(&text, throw_away.to_string().as_bytes(), name.as_bytes());
        }
        entry.id = repository.blob(&text)?;
        index.add(&entry)?;
    }
    index.write_tree_to(repository)
}

/// Bytes with every `from` in them replaced: files need not be text.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::super::merge;
    use super::*;
    use crate::server::settings::ProjectSettings;

    /// A commit with these files.
    fn commit(repository: &Repository, files: &[(&str, &str)], parents: &[Oid]) -> Oid {
        let empty = repository.find_tree(repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let mut update = git2::build::TreeUpdateBuilder::new();
        for (path, content) in files {
            let blob = repository.blob(content.repeat(50).as_bytes()).unwrap();
            update.upsert(*path, blob, git2::FileMode::Blob);
        }
        let tree = repository.find_tree(update.create_updated(repository, &empty).unwrap()).unwrap();
        let who = git2::Signature::new("alice", "alice@example.com", &git2::Time::new(0, 0)).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| repository.find_commit(*id).unwrap()).collect();
        repository.commit(None, &who, &who, "words\n", &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn gits_code_tells_a_conflict_and_what_it_could_not_try_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.git");
        let repository = Repository::init_bare(&path).unwrap();
        let project = Project::new("p".into(), path, ProjectSettings::default());
        let git = Git::new(dir.path()).unwrap();
        let base = commit(&repository, &[("d/a", "a"), ("d/b", "b"), ("d/c", "c"), ("d/e", "e")], &[]);
        // Half of the folder goes here, half there, and a new file cannot know with whom: git tells of a
        // conflict, and of no file.
        let split = commit(&repository, &[("one/a", "a"), ("one/b", "b"), ("two/c", "c"), ("two/e", "e")], &[base]);
        let more = [("d/a", "a"), ("d/b", "b"), ("d/c", "c"), ("d/e", "e"), ("d/new", "n")];
        let new = commit(&repository, &more, &[base]);
        let found = |id| repository.find_commit(id).unwrap();
        let picked =
            |commit, onto| pick(&git, &project, &repository, (&found(base), &found(commit)), &found(onto)).unwrap();
        let Picked::Conflicts { files, .. } = picked(new, split) else { panic!("read as clean") };
        assert_eq!(files, Vec::<String>::new());
        assert_eq!(merge::tree(&git, &project, &repository, split, new).unwrap(), None);

        let changed = [("d/a", "A"), ("d/b", "b"), ("d/c", "c"), ("d/e", "e")];
        let ours = commit(&repository, &changed, &[base]);
        let theirs = commit(&repository, &[("d/a", "?"), ("d/b", "b"), ("d/c", "c"), ("d/e", "e")], &[base]);
        assert!(matches!(picked(theirs, ours), Picked::Conflicts { files, .. } if files == ["d/a"]));
        assert!(matches!(picked(new, ours), Picked::Clean(_)));
        // A store that cannot be read is no conflict.
        let lost = repository.find_commit(theirs).unwrap().tree().unwrap().get_path("d/a".as_ref()).unwrap().id();
        let name = lost.to_string();
        std::fs::remove_file(project.path.join("objects").join(&name[..2]).join(&name[2..])).unwrap();
        let error = merge::tree(&git, &project, &repository, ours, theirs).unwrap_err();
        assert_eq!(error.message, "git could not try a merge");
        assert!(pick(&git, &project, &repository, (&found(base), &found(theirs)), &found(ours)).is_err());
    }
}
