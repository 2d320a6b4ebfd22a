//! Questions about history. libgit2 answers them; where it cannot open the repository (reftable,
//! a partial clone's missing object), git's plumbing gives the same answers.
//!
//! It reads and never writes.

use std::path::Path;

use git2::{ErrorClass, ErrorCode};

use super::exec::Git;
use super::object::Commit;
use crate::error::{Context as _, Error, Result};
use crate::names::{BranchName, CommitId, RefName};

/// What HEAD is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// On a branch that has commits.
    Branch(BranchName, CommitId),
    /// At a commit, on no branch.
    Detached(CommitId),
    /// On a branch without commits yet.
    Unborn(String),
}

impl Head {
    /// The commit, unless there is none yet.
    pub const fn commit(&self) -> Option<&CommitId> {
        match self {
            Self::Branch(_, commit) | Self::Detached(commit) => Some(commit),
            Self::Unborn(_) => None,
        }
    }

    /// The branch, unless HEAD is detached or has no commit.
    pub const fn branch(&self) -> Option<&BranchName> {
        match self {
            Self::Branch(branch, _) => Some(branch),
            Self::Detached(_) | Self::Unborn(_) => None,
        }
    }
}

/// Reads one repository.
pub struct Reader<'a> {
    pub(super) library: Option<git2::Repository>,
    pub(super) git: Git<'a>,
}

impl<'a> Reader<'a> {
    /// Opens the repository; one that libgit2 refuses is read through git's plumbing.
    pub(super) fn open(git_dir: &Path, git: Git<'a>) -> Self {
        let library = git2::Repository::open(git_dir).ok();
        if library.is_none() {
            git.observe().trace("libgit2 does not open this repository; git's plumbing reads it");
        }
        Self { library, git }
    }

    /// Reads objects from this folder too.
    pub(super) fn also_read(&self, objects: &Path) {
        if let (Some(repository), Some(path)) = (&self.library, objects.to_str())
            && let Ok(odb) = repository.odb()
        {
            // Where this fails, git's plumbing still reads the object: `raw` falls back to it.
            odb.add_disk_alternate(path).ok();
        }
    }

    /// What HEAD is.
    pub fn head(&self) -> Result<Head> {
        let Some(repository) = &self.library else { return self.head_by_plumbing() };
        match repository.head() {
            Ok(head) => {
                let commit = id(head.peel_to_commit().or_error(|| Error::state("HEAD is not a commit"))?.id());
                if repository.head_detached().unwrap_or(false) {
                    return Ok(Head::Detached(commit));
                }
                let name = head.name().map_err(|_| no_name())?;
                match name.strip_prefix("refs/heads/") {
                    Some(branch) => Ok(Head::Branch(branch_name(branch)?, commit)),
                    None => Ok(Head::Detached(commit)),
                }
            }
            // An unborn branch, or something that git explains better.
            Err(_) => self.head_by_plumbing(),
        }
    }

    fn head_by_plumbing(&self) -> Result<Head> {
        let branch = self.git.output(["symbolic-ref", "-q", "HEAD"])?.stdout;
        let branch = std::str::from_utf8(&branch).map_err(|_| no_name())?.trim_end().to_owned();
        let commit = self.git.output(["rev-parse", "-q", "--verify", "HEAD^{commit}"])?;
        let short = branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned();
        if !commit.status.success() {
            return if short.is_empty() { Err(Error::state("HEAD is not a commit")) } else { Ok(Head::Unborn(short)) };
        }
        let commit = commit_id(&commit.text())?;
        if short.is_empty() { Ok(Head::Detached(commit)) } else { Ok(Head::Branch(branch_name(&short)?, commit)) }
    }

    /// The commit that a ref points at; `None` where there is no such ref. One that is there and
    /// cannot be read is an error: what is taken for gone is forgotten.
    pub fn resolve(&self, name: &RefName) -> Result<Option<CommitId>> {
        if let Some(repository) = &self.library {
            match repository.find_reference(name.as_str()).and_then(|reference| reference.peel_to_commit()) {
                Ok(commit) => return Ok(Some(id(commit.id()))),
                // The name is not there; an object that is missing is said the same of.
                Err(error) if error.code() == ErrorCode::NotFound && error.class() == ErrorClass::Reference => {
                    return Ok(None);
                }
                Err(_) => {}
            }
        }
        let output =
            self.git.output(["rev-parse", "-q", "--verify", "--end-of-options", &format!("{name}^{{commit}}")])?;
        if output.status.success() {
            return commit_id(&output.text()).map(Some);
        }
        // The same exit code stands for a ref that is not there and for one that is broken; of the
        // latter `for-each-ref` shows the name, or warns.
        let listed = self.git.output(["for-each-ref", "--format=%(refname)", "--", name.as_str()])?;
        let (shown, talk) = (listed.text(), listed.talk());
        if listed.status.success() && !shown.lines().any(|line| line == name.as_str()) && !talk.contains(name.as_str())
        {
            return Ok(None);
        }
        Err(Error::state(format!("{name} is there, but cannot be read as a commit"))
            .hint(format!("what git says of it: `git log -1 {name}`; `git fsck` tells more")))
    }

    /// The commit that a person's expression means (`HEAD~2`, a tag, an abbreviated id).
    pub fn revision(&self, text: &str) -> Result<CommitId> {
        let output =
            self.git.output(["rev-parse", "-q", "--verify", "--end-of-options", &format!("{text}^{{commit}}")])?;
        if output.status.success() {
            return commit_id(&output.text());
        }
        Err(Error::usage(format!("`{text}` is not a commit of this repository"))
            .hint("`git log --oneline` lists what is there"))
    }

    /// Whether the repository has this commit.
    pub fn has(&self, commit: &CommitId) -> bool {
        self.raw(commit).is_ok()
    }

    /// Reads a commit.
    pub fn commit(&self, commit: &CommitId) -> Result<Commit> {
        Commit::parse(commit.clone(), &self.raw(commit)?)
    }

    /// Reads several commits, in this order; where git's plumbing reads them, in one process.
    pub fn commits(&self, commits: &[CommitId]) -> Result<Vec<Commit>> {
        let known: Vec<Option<Vec<u8>>> = commits.iter().map(|commit| self.by_library(commit)).collect();
        let missing: Vec<&CommitId> =
            commits.iter().zip(&known).filter(|(_, bytes)| bytes.is_none()).map(|(commit, _)| commit).collect();
        let mut fetched = self.batch(&missing)?.into_iter();
        commits
            .iter()
            .zip(known)
            .map(|(commit, bytes)| {
                let bytes = bytes.or_else(|| fetched.next()).ok_or_else(|| not_here(commit))?;
                Commit::parse(commit.clone(), &bytes)
            })
            .collect()
    }

    /// git-cat-file(1), "BATCH OUTPUT": `ID commit SIZE`, newline, the object, newline.
    fn batch(&self, commits: &[&CommitId]) -> Result<Vec<Vec<u8>>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let list: String = commits.iter().flat_map(|commit| [commit.as_str(), "\n"]).collect();
        let (_, output) = self.git.feed_output(["cat-file", "--batch"], list.as_bytes())?;
        let mut rest = output.stdout.as_slice();
        let mut found = Vec::with_capacity(commits.len());
        for commit in commits {
            let read = || -> Option<(Vec<u8>, &[u8])> {
                let end = rest.iter().position(|byte| *byte == b'\n')?;
                let head = std::str::from_utf8(&rest[..end]).ok()?;
                let size = head.strip_prefix(commit.as_str())?.strip_prefix(" commit ")?.parse().ok()?;
                let (bytes, rest) = rest[end + 1..].split_at_checked(size)?;
                Some((bytes.to_vec(), rest.strip_prefix(b"\n")?))
            };
            let (bytes, after) = read().ok_or_else(|| not_here(commit))?;
            found.push(bytes);
            rest = after;
        }
        Ok(found)
    }

    fn by_library(&self, commit: &CommitId) -> Option<Vec<u8>> {
        let odb = self.library.as_ref()?.odb().ok()?;
        odb.read(oid(commit).ok()?).map(|object| object.data().to_vec()).ok()
    }

    fn raw(&self, commit: &CommitId) -> Result<Vec<u8>> {
        if let Some(bytes) = self.by_library(commit) {
            return Ok(bytes);
        }
        // Not there for libgit2 may still be fetched on demand by git (partial clone).
        let output = self.git.output(["cat-file", "commit", commit.as_str()])?;
        if output.status.success() { Ok(output.stdout) } else { Err(not_here(commit)) }
    }

    /// The commits that `tip` reaches and none of `without` does: parents before children.
    pub fn walk(&self, tip: &CommitId, without: &[CommitId]) -> Result<Vec<CommitId>> {
        self.walk_all(std::slice::from_ref(tip), without)
    }

    /// The same for several tips at once.
    pub fn walk_all(&self, tips: &[CommitId], without: &[CommitId]) -> Result<Vec<CommitId>> {
        if let Some(repository) = &self.library {
            let walk = || -> Result<Vec<CommitId>, git2::Error> {
                let mut walk = repository.revwalk()?;
                walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
                for tip in tips {
                    walk.push(oid(tip)?)?;
                }
                for commit in without {
                    walk.hide(oid(commit)?)?;
                }
                walk.map(|found| found.map(id)).collect()
            };
            if let Ok(commits) = walk() {
                return Ok(commits);
            }
        }
        let mut arguments = vec!["rev-list".to_owned(), "--topo-order".to_owned(), "--reverse".to_owned()];
        arguments.extend(tips.iter().map(ToString::to_string));
        arguments.extend(without.iter().map(|commit| format!("^{commit}")));
        self.git.read(arguments)?.lines().map(commit_id).collect()
    }

    /// The newest common ancestor; `None` where the histories have nothing in common.
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>> {
        if let Some(repository) = &self.library {
            match oid(one).and_then(|a| repository.merge_base(a, oid(other)?)) {
                Ok(base) => return Ok(Some(id(base))),
                Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
                Err(_) => {}
            }
        }
        let output = self.git.output(["merge-base", one.as_str(), other.as_str()])?;
        match output.status.code() {
            Some(0) => commit_id(output.text().lines().next().unwrap_or_default()).map(Some),
            Some(1) => Ok(None),
            _ => Err(Error::state(format!("the history of {} and {} cannot be read", one.short(), other.short()))),
        }
    }

    /// Refs below `prefix` (`refs/remotes/gerrit/`) and the commits they point at; refs that point
    /// at something else, and symbolic ones, are left out.
    pub fn refs(&self, prefix: &str) -> Result<Vec<(RefName, CommitId)>> {
        if let Some(repository) = &self.library {
            let list = || -> Result<Vec<(RefName, CommitId)>, git2::Error> {
                let mut found = Vec::new();
                for reference in repository.references_glob(&format!("{prefix}*"))? {
                    let reference = reference?;
                    if reference.kind() != Some(git2::ReferenceType::Direct) {
                        continue;
                    }
                    let name = reference.name().ok().and_then(|name| name.parse().ok());
                    if let (Some(name), Ok(commit)) = (name, reference.peel_to_commit()) {
                        found.push((name, id(commit.id())));
                    }
                }
                Ok(found)
            };
            if let Ok(found) = list() {
                return Ok(found);
            }
        }
        let format = "--format=%(refname) %(objectname) %(objecttype) %(symref)";
        let text = self.git.read(["for-each-ref", format, prefix])?;
        Ok(text
            .lines()
            .filter_map(|line| {
                let mut words = line.split(' ');
                let (name, commit, kind) = (words.next()?, words.next()?, words.next()?);
                let direct = words.next().is_none_or(str::is_empty);
                (kind == "commit" && direct).then_some((name.parse().ok()?, commit.parse().ok()?))
            })
            .collect())
    }

    /// Commits that the current branch, or a detached HEAD, has been at, newest first, as far as
    /// git remembers.
    pub fn history(&self, head: &Head) -> Result<Vec<CommitId>> {
        let name = head.branch().map_or_else(|| "HEAD".to_owned(), |branch| branch.full().to_string());
        if let Some(repository) = &self.library
            && let Ok(log) = repository.reflog(&name)
        {
            return Ok(log.iter().map(|entry| id(entry.id_new())).collect());
        }
        let output = self.git.output(["rev-list", "-g", "--end-of-options", &name])?;
        Ok(output.text().lines().filter_map(|line| line.parse().ok()).collect())
    }
}

fn not_here(commit: &CommitId) -> Error {
    Error::state(format!("commit {} is not in this repository", commit.short()))
}

pub(super) fn oid(commit: &CommitId) -> Result<git2::Oid, git2::Error> {
    let format = if commit.as_str().len() == 64 { git2::ObjectFormat::Sha256 } else { git2::ObjectFormat::Sha1 };
    git2::Oid::from_str_ext(commit.as_str(), format)
}

fn id(oid: git2::Oid) -> CommitId {
    oid.to_string().parse().expect("libgit2 prints ids as lowercase hexadecimal digits")
}

fn commit_id(text: &str) -> Result<CommitId> {
    text.parse().map_err(|_| Error::unknown(format!("git printed {text:?} where a commit id was expected")))
}

fn no_name() -> Error {
    Error::state("the name of the branch that HEAD is on is not UTF-8, so it cannot be told or moved by name")
        .hint("rename it: `git branch -m NAME`")
}

fn branch_name(text: &str) -> Result<BranchName> {
    text.parse().map_err(|why| {
        Error::state(format!("the branch name {text:?} cannot be used: {why}")).hint("rename it: `git branch -m NAME`")
    })
}
