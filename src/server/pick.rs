//! Puts the difference of one commit on another, in memory: `git merge-tree` of two throw-away commits
//! on a shared parent. Makes objects, moves no ref.

use git2::{Commit, Oid, Repository, Tree};

use super::git::Git;
use super::store::Project;
use crate::error::{Context, Error, Result};

/// What came of a pick.
#[derive(Debug)]
pub(super) struct Picked {
    /// The tree; with conflict markers in it where there are conflicts.
    pub tree: Oid,
    /// The files with conflicts.
    pub conflicts: Vec<String>,
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
    // `--merge-base` came with git 2.40; a shared parent says the same to older ones.
    let throw_away = |tree: &Tree<'_>, parents: &[&Commit<'_>]| -> Result<Oid, git2::Error> {
        let who = git2::Signature::new("pyflow", "pyflow@localhost", &git2::Time::new(0, 0))?;
        repository.commit(None, &who, &who, "throw-away", tree, parents)
    };
    let sides = || -> Result<(Oid, Oid), git2::Error> {
        let base = repository.find_commit(throw_away(&parent.tree()?, &[])?)?;
        Ok((throw_away(&onto.tree()?, &[&base])?, throw_away(&commit.tree()?, &[&base])?))
    };
    let (ours, theirs) = sides().or_error(failed)?;
    let arguments = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
    let arguments: Vec<String> =
        arguments.iter().map(|a| (*a).to_owned()).chain([ours.to_string(), theirs.to_string()]).collect();
    let output = git.run(&project.path, &arguments, b"")?;
    let mut parts = output.stdout.split(|b| *b == 0).filter(|p| !p.is_empty());
    let tree = parts.next().and_then(|id| std::str::from_utf8(id).ok()).and_then(|id| Oid::from_str(id).ok());
    let Some(tree) = tree else { return Err(failed().because(anyhow::anyhow!(output.stderr))) };
    let conflicts: Vec<String> = parts.map(|p| String::from_utf8_lossy(p).into_owned()).collect();
    if conflicts.is_empty() {
        return Ok(Picked { tree, conflicts });
    }
    let names = [(ours, format!("HEAD   ({})", named(onto))), (theirs, format!("CHANGE ({})", named(commit)))];
    let tree = relabelled(repository, tree, &conflicts, &names).or_error(failed)?;
    Ok(Picked { tree, conflicts })
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
