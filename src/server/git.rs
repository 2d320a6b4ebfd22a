//! Runs the git executable for the server: a scrubbed environment, argument vectors, no shell.
//!
//! libgit2 writes and reads objects elsewhere; what moves refs, unpacks packs or merges comes here.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Seek as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};

/// How this server calls git: with a configuration of its own and nothing from its surroundings.
#[derive(Debug, Clone)]
pub(super) struct Git {
    config: PathBuf,
}

/// What a finished git said.
#[derive(Debug)]
pub(super) struct Output {
    /// What it ended with; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, for the log or the pusher.
    pub stderr: String,
}

impl Output {
    /// Whether it ended with 0.
    pub(super) fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Why it was of no use, in its own words.
    pub(super) fn why(self) -> anyhow::Error {
        match (self.stderr.is_empty(), self.code) {
            (false, _) => anyhow::anyhow!(self.stderr),
            (true, Some(code)) => anyhow::anyhow!("git ended with {code} and said nothing"),
            (true, None) => anyhow::anyhow!("git was ended by a signal"),
        }
    }

    /// Standard output as text, without the last newline.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end().to_owned()
    }
}

impl Git {
    /// Uses `DIR/gitconfig` as git's only configuration beside the repository's own; the file is
    /// created empty. (`/dev/null` is not used: a tool run as root may replace it.)
    pub(super) fn new(dir: &Path) -> Result<Self> {
        let config = dir.join("gitconfig");
        if !config.exists() {
            std::fs::write(&config, "").or_error(|| Error::state(format!("cannot write {}", config.display())))?;
        }
        let config = std::path::absolute(&config).unwrap_or(config);
        Ok(Self { config })
    }

    /// The environment of every git: what could point it elsewhere is gone.
    fn environment(&self) -> [(&'static str, &OsStr); 6] {
        [
            ("GIT_CONFIG_NOSYSTEM", OsStr::new("1")),
            ("GIT_CONFIG_GLOBAL", self.config.as_os_str()),
            ("GIT_TERMINAL_PROMPT", OsStr::new("0")),
            ("GIT_OPTIONAL_LOCKS", OsStr::new("0")),
            ("LC_MESSAGES", OsStr::new("C")),
            ("LANGUAGE", OsStr::new("C")),
        ]
    }

    /// A git command without a repository, ready for arguments.
    pub(super) fn anywhere(&self) -> Command {
        let mut command = Command::new("git");
        for name in foreign_variables() {
            command.env_remove(name);
        }
        command.envs(self.environment());
        command
    }

    /// A git command for `repository`, ready for arguments.
    pub(super) fn command(&self, repository: &Path) -> Command {
        let mut command = self.anywhere();
        command.arg("--git-dir").arg(repository).current_dir(repository);
        command
    }

    /// The same for tokio, killed with its request.
    pub(super) fn streaming(&self, repository: &Path) -> tokio::process::Command {
        let mut command = tokio::process::Command::from(self.command(repository));
        command.kill_on_drop(true);
        command
    }

    /// Runs git to its end, with `input` on its standard input.
    pub(super) fn run<S: AsRef<OsStr>>(&self, repository: &Path, arguments: &[S], input: &[u8]) -> Result<Output> {
        let mut command = self.command(repository);
        command.args(arguments);
        finish(command, input)
    }
}

/// Git's own variables in this process's environment; none of them may reach the server's git.
fn foreign_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("GIT_"))
        .collect()
}

/// Runs a prepared git with `input` on its standard input; input that git does not want is no error.
pub(super) fn finish(mut command: Command, input: &[u8]) -> Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().or_error(|| Error::state("cannot run git"))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Small inputs fit the pipe; a thread only where git could block on its own output meanwhile.
        if let Some(mut stdin) = stdin {
            if input.len() <= 32 * 1024 {
                let _ignored = stdin.write_all(input);
            } else {
                scope.spawn(move || {
                    let _ignored = stdin.write_all(input);
                });
            }
        }
        child.wait_with_output()
    })
    .or_error(|| Error::state("git did not finish"))?;
    Ok(Output {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
    })
}

/// One line of `git update-ref --stdin`: the ref, its new value, the value it must have now.
/// All zeros stand for "is not there", as on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RefMove {
    /// Full name of the ref.
    pub name: String,
    /// The new value; zeros delete it.
    pub new: git2::Oid,
    /// The value that it must have now; zeros where it must not exist.
    pub old: git2::Oid,
}

impl Git {
    /// Moves all these refs or none (`git update-ref --stdin`, which without commands for it is one
    /// transaction).
    ///
    /// It may outlive a server that is killed. So it gets the list as a file, whole before it begins; and
    /// it holds the `lock` on the server's folder until it has ended, as the standard output to which it
    /// writes nothing: the next server would take its locks on refs for stale ones, and read half of what
    /// it moves.
    pub(super) fn move_refs(&self, repository: &Path, moves: &[RefMove], lock: &File) -> Result<()> {
        if moves.is_empty() {
            return Ok(());
        }
        let mut lines = String::new();
        for RefMove { name, new, old } in moves {
            let line =
                if new.is_zero() { format!("delete {name} {old}\n") } else { format!("update {name} {new} {old}\n") };
            lines.push_str(&line);
        }
        let whole = || -> std::io::Result<(File, File)> {
            let mut list = tempfile::tempfile()?;
            list.write_all(lines.as_bytes())?;
            list.rewind()?;
            Ok((list, lock.try_clone()?))
        };
        let (list, lock) = whole().or_error(|| Error::state("cannot tell git which refs to move"))?;
        let mut command = self.command(repository);
        command.args(["update-ref", "--stdin"]).stdin(list).stdout(lock);
        let output = command.output().or_error(|| Error::state("cannot run git"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        Err(Error::refused("failed to update refs").because(anyhow::anyhow!(said)))
    }
}
