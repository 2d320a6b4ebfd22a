//! `pyflow serve init` and `--import`: makes a server's folder and its projects.

use std::path::{Path, PathBuf};

use git2::Repository;

use super::git::Git;
use super::names;
use super::settings::{Agreement, ProjectSettings, Settings};
use super::store::project_path;
use crate::error::{Context, Error, Result};
use crate::observe::Observe;

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
    if settings.projects.contains_key(&new.name) {
        return Err(Error::state(format!("there is a project {} already in {}", new.name, dir.display()))
            .hint(format!("serve it: `pyflow serve --dir {}`; or give the new one another name", dir.display())));
    }
    if path.exists() {
        return Err(Error::state(format!(
            "{} is there, and server.toml knows no project {}",
            path.display(),
            new.name
        ))
        .hint(format!("move it away, or add [projects.\"{}\"] to server.toml", new.name)));
    }
    let git = Git::new(dir)?;
    // Made beside its place, so that what a stop leaves is never taken for a project.
    let half = dir.join("projects").join(".new");
    let failed = || Error::state(format!("cannot create {}", path.display()));
    let _left_over = std::fs::remove_dir_all(&half);
    let made = make_repository(&git, &half, &branches, new.seed.as_deref()).and_then(|()| {
        std::fs::create_dir_all(path.parent().unwrap_or(dir)).or_error(failed)?;
        std::fs::rename(&half, &path).or_error(failed)
    });
    if let Err(error) = made {
        let _gone = std::fs::remove_dir_all(&half);
        return Err(error);
    }
    if let Some(agreement) = &new.settings.contributor_agreement {
        settings.agreements.entry(agreement.clone()).or_insert_with(|| Agreement {
            description: format!("Contributor agreement {agreement}"),
            url: String::new(),
        });
    }
    settings.projects.insert(new.name.clone(), new.settings.clone());
    settings.write(dir)?;
    Ok(path)
}

fn make_folder(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
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
        let theirs = copy(git, path, seed)?;
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
    let there = |name: &str| repository.find_reference(name).is_ok();
    let usual = || ["refs/heads/main", "refs/heads/master"].into_iter().find(|name| there(name)).map(str::to_owned);
    let head = head.or_else(usual).unwrap_or_else(|| "refs/heads/main".to_owned());
    if !there(&head) {
        let branch = head.trim_start_matches("refs/heads/");
        let error = Error::state(format!("HEAD would be {branch}, and there is no such branch"));
        return Err(match seed {
            Some(seed) => error.hint(format!("git -C {} switch BRANCH makes another one HEAD there", seed.display())),
            None => error,
        });
    }
    repository.set_head(&head).or_error(failed)
}

/// What a repository on this machine says to git; one line.
fn ask(git: &Git, path: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = git.anywhere();
    command.arg("-C").arg(path).args(arguments);
    super::git::finish(command, b"").ok().filter(super::git::Output::ok).map(|output| output.text())
}

/// Copies branches and tags of a repository on this machine; tells which branch its HEAD is.
fn copy(git: &Git, path: &Path, seed: &Path) -> Result<Option<String>> {
    let shown = seed.display();
    let seed = std::fs::canonicalize(seed).or_error(|| Error::state(format!("cannot read {shown}")))?;
    let Some(format) = ask(git, &seed, &["rev-parse", "--show-object-format"]) else {
        return Err(Error::state(format!("{shown} is not a git repository that this user may read")));
    };
    if format != "sha1" {
        return Err(Error::state(format!("{shown} names its objects by {format}; this server knows only sha1")));
    }
    if ask(git, &seed, &["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true") {
        return Err(Error::state(format!("{shown} is a shallow clone: its older history is not there"))
            .hint(format!("git -C {shown} fetch --unshallow")));
    }
    let mut command = git.command(path);
    command
        .args(["fetch", "--quiet", "--no-write-fetch-head", "--"])
        .arg(&seed)
        .args(["refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*"]);
    let output = super::git::finish(command, b"")?;
    if output.ok() {
        return Ok(ask(git, &seed, &["symbolic-ref", "--quiet", "HEAD"]));
    }
    Err(Error::state(format!("cannot copy {shown}")).because(anyhow::anyhow!(output.stderr)))
}

/// What an imported repository is called where nobody says so: the name of its folder.
fn folder_name(path: &Path) -> Result<String> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".git").unwrap_or(&name).to_owned();
    if names::is_project(&name) {
        return Ok(name);
    }
    Err(Error::usage(format!("{name:?} cannot be a project's name")).hint("--project NAME gives it another one"))
}

/// Takes a repository over, once: where the project is there already nothing is read.
pub fn import(dir: &Path, path: &Path, project: Option<&str>, observe: &dyn Observe) -> Result<()> {
    let path = &std::fs::canonicalize(path).or_error(|| Error::state(format!("cannot read {}", path.display())))?;
    let name = project.map_or_else(|| folder_name(path), |name| Ok(name.to_owned()))?;
    if dir.join("server.toml").exists() && Settings::read(dir)?.projects.contains_key(&name) {
        observe.note(&format!("{name} is here already; {} is not read again", path.display()));
        return Ok(());
    }
    let new = NewProject { name, seed: Some(path.to_owned()), ..NewProject::default() };
    let made = {
        let _progress = observe.working(&format!("copying {}", path.display()));
        init(dir, &new)?
    };
    let repository = Repository::open_bare(&made).or_error(|| Error::state("cannot open what was copied"))?;
    let count = |pattern: &str| repository.references_glob(pattern).map_or(0, Iterator::count);
    let (branches, tags) = (count("refs/heads/*"), count("refs/tags/*"));
    observe.note(&format!("{} is taken over from {}: branches: {branches}, tags: {tags}", new.name, path.display()));
    let left = only_remote(&Git::new(dir)?, path, &repository);
    if !left.is_empty() {
        observe.warn(&format!(
            "not taken, since these are only remote-tracking branches there: {}; make them branches before the import: \
             `git -C {} branch NAME origin/NAME`",
            left.join(", "),
            path.display()
        ));
    }
    Ok(())
}

/// Remote-tracking branches of a clone that have no branch here.
fn only_remote(git: &Git, path: &Path, repository: &Repository) -> Vec<String> {
    let list = ask(git, path, &["for-each-ref", "--format=%(refname)", "refs/remotes"]).unwrap_or_default();
    list.lines()
        .filter_map(|line| line.strip_prefix("refs/remotes/")?.split_once('/'))
        .filter(|(_, branch)| *branch != "HEAD" && super::store::branch_tip(repository, branch).is_none())
        .map(|(remote, branch)| format!("{remote}/{branch}"))
        .take(20)
        .collect()
}
