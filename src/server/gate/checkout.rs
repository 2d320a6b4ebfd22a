//! A fresh checkout for one job: a small repository of its own that borrows the project's objects.
//!
//! git fills the work tree, before anything of the pushed tree has run, with no hook and no filter:
//! the server's git knows no configuration but its own.

use std::path::{Path, PathBuf};

use git2::Oid;

use crate::error::{Context, Error, Result};
use crate::server::git::Git;
use crate::server::store::Project;

/// The folder of one job.
#[derive(Debug)]
pub(super) struct Checkout {
    folder: PathBuf,
}

impl Checkout {
    /// Makes the folder, with `commit` in its work tree and the branch at `onto`.
    pub(super) fn new(
        folder: PathBuf,
        git: &Git,
        project: &Project,
        branch: &str,
        onto: Oid,
        commit: Oid,
    ) -> Result<Self> {
        let failed = || Error::state("cannot make a checkout");
        let this = Self { folder };
        let own = this.tree().join(".git");
        let objects = project.path.join("objects");
        let upstream = format!("refs/remotes/origin/{branch}");
        let files = [
            ("HEAD".to_owned(), format!("{commit}\n")),
            (
                "config".into(),
                "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tlogallrefupdates = false\n".into(),
            ),
            ("objects/info/alternates".into(), format!("{}\n", objects.display())),
            (upstream, format!("{onto}\n")),
        ];
        std::fs::create_dir_all(this.home()).or_error(failed)?;
        for (name, text) in files {
            // A branch without a commit yet has no tracking ref.
            if name.starts_with("refs/") && onto.is_zero() {
                continue;
            }
            let path = own.join(name);
            path.parent().map_or(Ok(()), std::fs::create_dir_all).or_error(failed)?;
            std::fs::write(path, text).or_error(failed)?;
        }
        let mut command = git.command(&own);
        command.arg("--work-tree").arg(this.tree()).args(["reset", "--hard", "--quiet"]);
        // It makes no object, and need not look for each of them in the new repository first.
        command.env("GIT_OBJECT_DIRECTORY", objects);
        let output = crate::server::git::finish(command, b"")?;
        if output.ok() { Ok(this) } else { Err(failed().because(anyhow::anyhow!(output.stderr))) }
    }

    /// The work tree.
    pub(super) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// A folder beside it for whatever the job leaves at home.
    pub(super) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        remove(&self.folder);
    }
}

/// Removes a folder that a job has written to: it may have taken its own right to do so away.
pub(super) fn remove(folder: &Path) {
    if std::fs::remove_dir_all(folder).is_ok() {
        return;
    }
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        use std::os::unix::fs::PermissionsExt as _;
        let _mine = std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700));
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        todo.extend(entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()));
    }
    // What cannot be removed now is tried again at the next start.
    let _gone = std::fs::remove_dir_all(folder);
}
