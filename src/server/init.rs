//! `pyflow serve init`: makes a server's folder and its projects.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::git::Git;
use super::names;
use super::settings::{Agreement, ProjectSettings, Settings};
use super::store::project_path;
use crate::error::{Context, Error, Result};

/// What project to make.
#[derive(Debug, Clone, Default)]
pub struct NewProject {
    /// Its name.
    pub name: String,
    /// Its branches; the first one is HEAD's. With a seed: HEAD's branch, if given.
    pub branches: Vec<String>,
    /// A repository whose branches and tags are copied.
    pub seed: Option<PathBuf>,
    /// What `server.toml` is to say of it.
    pub settings: ProjectSettings,
}

/// Makes the folder where it is not there, and a project in it.
pub fn init(dir: &Path, new: &NewProject) -> Result<PathBuf> {
    if !names::is_project(&new.name) {
        return Err(Error::usage(format!("{:?} cannot be a project's name", new.name))
            .hint("parts of letters, digits, `.`, `_` and `-`, with `/` between them: `--project python/cpython`"));
    }
    let branches =
        if new.branches.is_empty() && new.seed.is_none() { vec!["main".to_owned()] } else { new.branches.clone() };
    if let Some(bad) = branches.iter().find(|b| b.starts_with('-') || !names::is_ref(&format!("refs/heads/{b}"))) {
        return Err(Error::usage(format!("{bad:?} cannot be a branch"))
            .hint("name it as git does, without `refs/heads/`: `--branch main`"));
    }
    for label in new.settings.requirements.iter().flatten() {
        super::labels::check(label)?;
    }
    make_folder(dir)?;
    let _lock = super::lock(dir)?;
    let mut settings = if dir.join("server.toml").exists() { Settings::read(dir)? } else { Settings::default() };
    let path = project_path(dir, &new.name);
    if settings.projects.contains_key(&new.name) || path.exists() {
        return Err(Error::state(format!("there is a project {} already in {}", new.name, dir.display()))
            .hint(format!("serve it: `pyflow serve --dir {}`; or give the new one another name", dir.display())));
    }
    let git = Git::new(dir)?;
    let made = make_repository(&git, &path, &branches, new.seed.as_deref());
    if let Err(error) = made {
        let _gone = std::fs::remove_dir_all(&path);
        return Err(error);
    }
    if let Some(agreement) = &new.settings.contributor_agreement {
        settings.agreements.entry(agreement.clone()).or_insert_with(|| Agreement {
            description: format!("Contributor agreement {agreement}"),
            url: String::new(),
        });
    }
    let mut project = new.settings.clone();
    if project.description.is_empty() {
        project.description.clone_from(&new.name);
    }
    settings.projects.insert(new.name.clone(), project);
    settings.write(dir)?;
    Ok(path)
}

fn make_folder(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(dir)
        .or_error(|| Error::state(format!("cannot create {}", dir.display())).hint("`--dir DIR` names another place"))
}

fn make_repository(git: &Git, path: &Path, branches: &[String], seed: Option<&Path>) -> Result<()> {
    let failed = || Error::state(format!("cannot create {}", path.display()));
    std::fs::create_dir_all(path).or_error(failed)?;
    let path = &std::path::absolute(path).or_error(failed)?;
    let repository = Repository::init_bare(path).or_error(failed)?;
    // Objects that no ref names yet may be on their way in; gc is run by hand.
    repository.config().and_then(|mut c| c.set_i32("gc.auto", 0)).or_error(failed)?;
    let head = if let Some(seed) = seed {
        copy(git, path, seed)?;
        let theirs = Repository::open(seed)
            .ok()
            .and_then(|r| r.find_reference("HEAD").ok()?.symbolic_target().ok()?.map(str::to_owned));
        branches.first().map(|b| format!("refs/heads/{b}")).or(theirs)
    } else {
        let who = git2::Signature::now("pyflow", "pyflow@localhost").or_error(failed)?;
        let tree = repository
            .treebuilder(None)
            .and_then(|t| t.write())
            .and_then(|t| repository.find_tree(t))
            .or_error(failed)?;
        let commit = repository.commit(None, &who, &who, "Initial empty repository\n", &tree, &[]).or_error(failed)?;
        for branch in branches {
            drop(repository.reference(&format!("refs/heads/{branch}"), commit, false, "").or_error(failed)?);
        }
        branches.first().map(|b| format!("refs/heads/{b}"))
    };
    let head = head.unwrap_or_else(|| "refs/heads/main".to_owned());
    if repository.find_reference(&head).is_err() {
        return Err(Error::state(format!("there is no {head} in the new repository"))
            .hint("--branch NAME says which one is HEAD"));
    }
    repository.set_head(&head).or_error(failed)
}

/// Copies branches and tags of a repository on this machine.
fn copy(git: &Git, path: &Path, seed: &Path) -> Result<()> {
    let seed = std::fs::canonicalize(seed).or_error(|| Error::state(format!("cannot read {}", seed.display())))?;
    let mut command = git.command(path);
    command
        .args(["fetch", "--quiet", "--no-write-fetch-head", "--"])
        .arg(&seed)
        .args(["refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"]);
    let output = super::git::finish(command, b"")?;
    if output.ok {
        return Ok(());
    }
    Err(Error::state(format!("cannot copy {}", seed.display())).because(anyhow::anyhow!(output.stderr)))
}
