//! Which repository this is: one look at the folder, one at git's configuration, one at its version.
//!
//! The three questions run at the same time. `GIT_DIR` and its kin are honoured here and only
//! here: every later command is given the answer.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::exec::{Git, Output};
use super::merge::Scratch;
use super::object::ObjectFormat;
use super::read::Reader;
use crate::error::{Error, Result};
use crate::observe::Observe;

/// `merge-tree --write-tree` came with 2.38; everything else that pyflow needs is older.
const MINIMUM_GIT: (u32, u32) = (2, 38);

/// What makes git print its whole configuration, as `config::GitConfig` reads it.
pub const CONFIGURATION: [&str; 5] = ["config", "--list", "-z", "--show-origin", "--show-scope"];

/// A repository with a work tree.
pub struct Checkout<'a> {
    /// Top of the work tree.
    pub top: PathBuf,
    /// This work tree's git directory; for a linked work tree not the common one.
    pub git_dir: PathBuf,
    /// Where refs, objects and pyflow's own state live, shared by all work trees.
    pub common_dir: PathBuf,
    /// Hash of the repository.
    pub format: ObjectFormat,
    /// Whether history ends early (`--depth`).
    pub shallow: bool,
    /// What git printed for [`CONFIGURATION`], not parsed yet.
    pub configuration: Vec<u8>,
    /// Runs git in this repository.
    pub git: Git<'a>,
    reader: std::cell::OnceCell<Reader<'a>>,
    look_only: bool,
}

impl<'a> Checkout<'a> {
    /// Finds the repository that `directory` is in.
    pub fn discover(directory: &Path, observe: &'a dyn Observe) -> Result<Self> {
        let git = Git::new(directory, observe);
        let questions = [
            "rev-parse",
            "--is-bare-repository",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-object-format",
            "--is-shallow-repository",
            "--show-toplevel",
        ];
        let (place, configuration, version) = std::thread::scope(|scope| {
            let configuration = scope.spawn(|| git.inheriting().output(CONFIGURATION));
            let version = scope.spawn(|| git.read(["version"]));
            let place = git.inheriting().output(questions);
            (place, configuration.join(), version.join())
        });
        let version = version.map_err(|_| Error::state("git could not be asked for its version"))??;
        check_version(&version)?;
        let place = place?;
        let lines: Vec<PathBuf> =
            place.stdout.split(|b| *b == b'\n').map(|line| OsString::from_vec(line.to_vec()).into()).collect();
        let [bare, git_dir, common_dir, format, shallow, top, ..] = lines.as_slice() else {
            return Err(no_checkout(directory, &place, &lines));
        };
        if bare.as_os_str() == "true" || top.as_os_str().is_empty() {
            return Err(no_checkout(directory, &place, &lines));
        }
        let configuration =
            configuration.map_err(|_| Error::state("git could not be asked for its configuration"))??.stdout;
        Ok(Self {
            top: top.clone(),
            git_dir: git_dir.clone(),
            common_dir: directory.join(common_dir),
            format: format.to_string_lossy().parse()?,
            shallow: shallow.as_os_str() == "true",
            configuration,
            git: Git::new(top, observe).with_git_dir(git_dir),
            reader: std::cell::OnceCell::new(),
            look_only: false,
        })
    }

    /// Answers questions about history; opened when first asked.
    pub fn read(&self) -> &Reader<'a> {
        self.reader.get_or_init(|| Reader::open(&self.git_dir, self.git.clone()))
    }

    /// A reader of its own, for another thread.
    pub fn another_reader(&self) -> Reader<'a> {
        Reader::open(&self.git_dir, self.git.clone())
    }

    /// From here on nothing is written to the repository: git's new objects go to `scratch`, where
    /// history is read from as well, and optional locks are not taken. For `--dry-run`.
    pub fn look_only(&mut self, scratch: &Scratch) {
        self.git = scratch.git(&self.git, &self.common_dir);
        let reader = Reader::open(&self.git_dir, self.git.clone());
        reader.also_read(scratch.path());
        self.reader = reader.into();
        self.look_only = true;
    }

    /// Whether nothing may be written to the repository.
    pub const fn is_look_only(&self) -> bool {
        self.look_only
    }

    /// Folder for pyflow's own state, shared by all work trees. It may not exist yet.
    pub fn state_dir(&self) -> PathBuf {
        self.common_dir.join("pyflow")
    }
}

fn no_checkout(directory: &Path, said: &Output, lines: &[PathBuf]) -> Error {
    if lines.first().is_some_and(|bare| bare.as_os_str() == "true") {
        return Error::state(format!(
            "{} is a bare repository: there is no work tree to take a change from",
            directory.display()
        ))
        .hint("run pyflow in a clone of it");
    }
    let talk = said.talk();
    let first = talk.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
    // git says the same of a linked work tree whose repository is gone.
    if let Some(named) = first.strip_prefix("not a git repository: ").filter(|_| std::env::var_os("GIT_DIR").is_some())
    {
        return Error::state(format!("there is no git repository at {named}, which the variable GIT_DIR names"))
            .hint("`unset GIT_DIR`, or let it name the repository");
    }
    if first.starts_with("not a git repository") {
        return Error::state(format!("{} is not in a git repository", directory.display()))
            .hint("change to the folder of your clone, or name it with `-C DIR`");
    }
    if first.starts_with("this operation must be run in a work tree") {
        return Error::state(format!("{} is inside a git directory, not in a work tree", directory.display()))
            .hint("change to the folder with your files");
    }
    let error = Error::state(format!("git does not open the repository in {}: {first}", directory.display()));
    talk.lines()
        .find(|line| line.trim_start().starts_with("git config"))
        .into_iter()
        .fold(error, |error, line| error.hint(line.trim()))
}

/// `git version 2.39.5 (Apple Git-154)`.
fn check_version(text: &str) -> Result<()> {
    let mut numbers = text.split_whitespace().nth(2).unwrap_or_default().split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= MINIMUM_GIT => Ok(()),
        (Some(Ok(_)), Some(Ok(_))) => Err(Error::state(format!(
            "{text} is too old: pyflow needs git {}.{} or later",
            MINIMUM_GIT.0, MINIMUM_GIT.1
        ))
        .hint("install a newer git; `command -v git` shows which one is found")),
        _ => Err(Error::unknown(format!("`git version` said {text:?}, which is not a version"))),
    }
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn versions_of_every_vendor_are_understood() {
        for good in [
            "git version 2.38.0",
            "git version 2.39.5 (Apple Git-154)",
            "git version 2.47.3.windows.1",
            "git version 3.0",
            "git version 2.52.rc1.3",
        ] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["git version 2.37.9", "git version 1.99.0", "git version", "", "git version x.y"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
