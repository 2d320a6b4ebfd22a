//! How the git executable is run: argument vectors only, a scrubbed environment, stable messages.
//!
//! It does not know what the commands mean. A spawned git never inherits a repository from the
//! environment (hooks and `rebase --exec` set `GIT_DIR`), speaks English where its words are
//! parsed, starts no file system monitor, and never sees a token.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::{Context as _, Error, Result};
use crate::observe::Observe;

/// Variables with which a parent git, or a hook, redirects a child: the ones that
/// `git rev-parse --local-env-vars` lists and that change which repository is meant.
const REDIRECTING: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// The git executable, and the folder and repository that it is run for.
#[derive(Clone)]
pub struct Git<'a> {
    program: OsString,
    directory: PathBuf,
    repository: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    settings: Vec<String>,
    interactive: bool,
    inherit: bool,
    observe: &'a dyn Observe,
}

/// What a finished git left behind.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its data.
    pub stdout: Vec<u8>,
    /// Its talk.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text, without the newline at its end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches('\n').to_owned()
    }

    /// Standard error as text.
    pub fn talk(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

impl<'a> Git<'a> {
    /// Runs git in `directory`, letting it find the repository.
    pub fn new(directory: &Path, observe: &'a dyn Observe) -> Self {
        Self {
            program: "git".into(),
            directory: directory.to_owned(),
            repository: None,
            environment: Vec::new(),
            settings: Vec::new(),
            interactive: observe.can_ask(),
            inherit: false,
            observe,
        }
    }

    /// The same, for a repository that is known.
    #[must_use]
    pub fn with_git_dir(mut self, git_dir: &Path) -> Self {
        self.repository = Some(git_dir.to_owned());
        self
    }

    /// The same, with one more variable in the environment.
    #[must_use]
    pub fn with_env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The same, with one setting (`key=value`) over the person's own. Others can read it.
    #[must_use]
    pub fn with_setting(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// The same, without any question to the person, whatever the terminal is.
    #[must_use]
    pub fn without_prompts(mut self) -> Self {
        self.interactive = false;
        self
    }

    /// The same, letting git read `GIT_DIR` and its kin from the environment: for discovery.
    #[must_use]
    pub fn inheriting(&self) -> Self {
        Self { inherit: true, ..self.clone() }
    }

    /// The folder that commands run in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whom to tell.
    pub fn observe(&self) -> &'a dyn Observe {
        self.observe
    }

    /// A command that is ready to be given its streams and spawned.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.directory);
        if !self.inherit {
            for name in REDIRECTING {
                command.env_remove(name);
            }
        }
        hide_secrets(&mut command);
        // It is stronger than any setting; see `Context::connect`.
        command.env_remove("GIT_SSL_NO_VERIFY");
        // LC_ALL=C would change the encoding, and C.UTF-8 is not everywhere.
        command.env_remove("LC_ALL").env_remove("LANGUAGE").env("LC_MESSAGES", "C");
        if !self.interactive {
            command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "").env("SSH_ASKPASS", "");
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command.args(["-c", "core.fsmonitor=false", "-c", "submodule.recurse=false"]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        if let Some(git_dir) = &self.repository {
            let mut option = OsString::from("--git-dir=");
            option.push(git_dir);
            command.arg(option);
        }
        command.args(arguments);
        command.stdin(Stdio::null());
        self.trace(&command);
        command
    }

    /// Runs a command and collects what it says, whatever its exit code.
    pub fn output<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Output> {
        let mut command = self.command(arguments);
        let output = command.output().or_error(|| self.could_not_start())?;
        Ok(Output { status: output.status, stdout: output.stdout, stderr: output.stderr })
    }

    /// Runs a command that is expected to succeed and returns its output as text.
    pub fn read<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String> {
        let mut command = self.command(arguments);
        let said = describe(&command);
        let output = command.output().or_error(|| self.could_not_start())?;
        let output = Output { status: output.status, stdout: output.stdout, stderr: output.stderr };
        if output.status.success() { Ok(output.text()) } else { Err(failed(&said, &output)) }
    }

    /// Runs a command that reads `input`, and is expected to succeed.
    pub fn feed<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Result<String> {
        let output = self.feed_output(arguments, input)?;
        if output.1.status.success() { Ok(output.1.text()) } else { Err(failed(&output.0, &output.1)) }
    }

    /// Runs a command that reads `input` and collects what it says; the text is the command line
    /// for messages.
    pub fn feed_output<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: &[u8],
    ) -> Result<(String, Output)> {
        let mut command = self.command(arguments);
        let said = describe(&command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .or_error(|| self.could_not_start())?;
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A child that ends early closes the pipe; its own words then say why.
            scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input)));
            child.wait_with_output()
        })
        .or_error(|| self.could_not_start())?;
        Ok((said, Output { status: output.status, stdout: output.stdout, stderr: output.stderr }))
    }

    /// The system says the same of a program and of a folder that is not there.
    fn could_not_start(&self) -> Error {
        if !self.directory.is_dir() {
            return Error::state(format!("there is no folder {}", self.directory.display()))
                .hint("change to the folder of your clone, or name it with `-C DIR`");
        }
        Error::state("git could not be started")
            .hint("install git 2.38 or later, and make sure that `git --version` works")
    }

    fn trace(&self, command: &Command) {
        self.observe.trace(&describe(command));
    }
}

/// Takes the variables through which tokens come to pyflow out of a child's environment: no child,
/// and so no hook, sees them.
pub fn hide_secrets(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PYFLOW_") && text.ends_with("_TOKEN") {
            command.env_remove(&name);
        }
    }
}

fn describe(command: &Command) -> String {
    let mut words = vec!["git".to_owned()];
    let mut arguments = command.get_args().map(|a| a.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next() {
        // The same in every command; they would hide what differs.
        if argument == "-c" {
            arguments.next();
        } else if !argument.starts_with("--git-dir=") {
            words.push(argument);
        }
    }
    words.join(" ")
}

/// What git could not do for a reason that lies outside of it, and what helps.
const OUTSIDE: [(&str, &str); 6] = [
    ("No space left on device", "the disk is full: make room, then run the same command again"),
    ("Disk quota exceeded", "your share of the disk is full: make room, then run the same command again"),
    ("Read-only file system", "the repository is on a file system that cannot be written to"),
    ("Permission denied", "the repository cannot be written to: who owns its files, and who are you?"),
    // refs.c; the second is git's wording before 2.46.
    ("aborted by the reference-transaction hook", HOOK),
    ("ref updates aborted by hook", HOOK),
];

const HOOK: &str = "a hook of this repository said no, and no ref was moved; where it is: `git rev-parse --git-path hooks/reference-transaction`";

/// The lock that git ran into: `Unable to create '….lock': File exists` (lockfile.c).
fn lock_file(talk: &str) -> Option<&str> {
    let (before, _) = talk.split_once(".lock': File exists")?;
    let start = before.rfind('\'')? + 1;
    talk.get(start..before.len() + ".lock".len())
}

fn failed(said: &str, output: &Output) -> Error {
    let talk = output.talk();
    let first = talk.lines().find(|l| l.starts_with("fatal:") || l.starts_with("error:")).or(talk.lines().next());
    let error = Error::state(match first {
        Some(line) => format!("`{said}` failed: {line}"),
        None => format!("`{said}` failed"),
    });
    if let Some(file) = lock_file(&talk) {
        return error
            .hint(format!("another git is at work here, or one was killed; if none is running, remove {file}"));
    }
    match OUTSIDE.iter().find(|(says, _)| talk.contains(says)) {
        Some((_, hint)) => error.hint(*hint),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::{ExitStatus, Output, failed};

    #[test]
    fn what_keeps_git_from_writing_is_told_with_what_helps() {
        let hint = |talk: &str| {
            let output = Output { status: ExitStatus::from_raw(128 << 8), stdout: Vec::new(), stderr: talk.into() };
            failed("git update-ref", &output).hints.concat()
        };
        for (talk, helps) in [
            ("fatal: Unable to create '/r/.git/refs/heads/x.lock': File exists.", "remove /r/.git/refs/heads/x.lock"),
            ("fatal: cannot lock ref: unable to write: No space left on device", "disk is full"),
            ("fatal: Unable to create '/r/x.lock': Read-only file system", "cannot be written to"),
            ("error: unable to append to '.git/logs/HEAD': Permission denied", "who owns its files"),
            ("fatal: in 'prepared' phase, update aborted by the reference-transaction hook", "a hook"),
            ("fatal: ref updates aborted by hook", "a hook"),
        ] {
            assert!(hint(talk).contains(helps), "{talk}: {}", hint(talk));
        }
        assert_eq!(hint("fatal: something else"), "");
    }
}
