//! Queries over ssh, for deployments without HTTP: `ssh … gerrit query --format=JSON`.
//!
//! Source: Gerrit Documentation, "gerrit query". Only reading is done here; ssh tells neither
//! requirements nor threads, and one connection costs a third of a second.

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::answers;
use super::wire::QueryLine;
use crate::checkout::exec::hide_secrets;
use crate::error::{Context as _, Error, Result};
use crate::names::ServerUrl;

/// What a finished ssh left behind.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// Exit code; `None` where a signal ended it.
    pub exit_code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Runs `ssh` with these arguments; the seam for tests.
pub trait Runner: Sync {
    /// The arguments follow the program and the person's own options.
    fn run(&self, arguments: &[String]) -> Result<Finished>;
}

/// Which program is ssh, found by git's rule: `GIT_SSH_COMMAND`, then `core.sshCommand`, then
/// `GIT_SSH`, then `ssh` (git(1), `GIT_SSH`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshProgram {
    words: Vec<OsString>,
    /// Whether it is OpenSSH's own `ssh`, so that `-o` is understood.
    openssh: bool,
}

impl SshProgram {
    /// From the three places where git looks. git hands the first two to a shell; here they are
    /// split as a shell would, and what only a shell can do is refused. `home` is what `~` means.
    pub fn find(
        ssh_command_variable: Option<&str>,
        core_ssh_command: Option<&str>,
        ssh_variable: Option<OsString>,
        home: Option<&str>,
    ) -> Result<Self> {
        let from = [(ssh_command_variable, "GIT_SSH_COMMAND"), (core_ssh_command, "core.sshCommand")];
        for (value, name) in from {
            if let Some(value) = value.filter(|v| !v.trim().is_empty()) {
                let words = split(value, home).ok_or_else(|| {
                    Error::state(format!(
                        "{name} holds shell syntax that pyflow does not run: `{}`",
                        answers::plain(value)
                    ))
                    .hint("use plain words and quotes, or put the options into ~/.ssh/config")
                })?;
                return Ok(Self::of(words.into_iter().map(OsString::from).collect()));
            }
        }
        Ok(Self::of(vec![ssh_variable.filter(|v| !v.is_empty()).unwrap_or_else(|| "ssh".into())]))
    }

    fn of(words: Vec<OsString>) -> Self {
        let openssh = words.first().is_some_and(|program| {
            std::path::Path::new(program).file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("ssh"))
        });
        Self { words, openssh }
    }

    fn is_plink(&self) -> bool {
        let stem = self.words.first().map(std::path::Path::new).and_then(std::path::Path::file_stem);
        stem.is_some_and(|s| s.eq_ignore_ascii_case("plink") || s.eq_ignore_ascii_case("tortoiseplink"))
    }
}

/// Splits as sh(1) does, quotes and backslashes included; `None` where a shell would do more than
/// split (variables, commands, redirections, patterns) or a quote is not closed.
fn split(command: &str, home: Option<&str>) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' => return None,
                        '\\' => match chars.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '~' if word.is_none() && matches!(chars.peek(), None | Some('/' | ' ')) => word = Some(home?.to_owned()),
            '$' | '`' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | '*' | '?' | '[' | '{' => return None,
            '#' | '~' if word.is_none() => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!words.is_empty()).then_some(words)
}

/// The ssh program of this machine.
pub struct Ssh {
    program: SshProgram,
    /// Whether a person is there to answer a question of ssh's.
    can_ask: bool,
    /// How long a connection may take.
    patience: Duration,
}

impl Ssh {
    /// A runner; with `can_ask` ssh may ask for a passphrase on the terminal.
    pub fn new(program: SshProgram, can_ask: bool, patience: Duration) -> Self {
        Self { program, can_ask, patience }
    }
}

impl Runner for Ssh {
    fn run(&self, arguments: &[String]) -> Result<Finished> {
        let Some((program, own)) = self.program.words.split_first() else {
            return Err(Error::state("no ssh program is set"));
        };
        let mut command = Command::new(program);
        command.args(own);
        if self.program.openssh {
            command.arg(format!("-oConnectTimeout={}", self.patience.as_secs()));
        }
        if !self.can_ask {
            if self.program.openssh {
                command.args(["-o", "BatchMode=yes"]);
            } else if self.program.is_plink() {
                command.arg("-batch");
            }
            command.env("SSH_ASKPASS", "").env("SSH_ASKPASS_REQUIRE", "never");
        }
        if self.program.is_plink() {
            // PuTTY's word for the port differs (git's connect.c, `VARIANT_PLINK`).
            command.args(arguments.iter().map(|a| if a == "-p" { "-P" } else { a }));
        } else {
            command.args(arguments);
        }
        hide_secrets(&mut command);
        let output = command.stdin(Stdio::null()).output().or_error(|| {
            Error::state(format!("`{}` could not be started", program.to_string_lossy()))
                .hint("install OpenSSH's client, or set GIT_SSH_COMMAND")
        })?;
        Ok(Finished { exit_code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
    }
}

/// A server that says "more" so often is not to be believed.
const MAX_PAGES: usize = 40;

/// The lines of the changes that match, all pages.
pub(super) fn query(
    runner: &dyn Runner,
    server: &ServerUrl,
    query: &str,
    limit: Option<usize>,
) -> Result<Vec<QueryLine>> {
    let mut out = Vec::new();
    for _ in 0..MAX_PAGES {
        let finished = runner.run(&arguments(server, query, out.len()))?;
        if finished.exit_code != Some(0) {
            return Err(answers::explain_ssh(&String::from_utf8_lossy(&finished.stderr), server));
        }
        let before = out.len();
        let more = read(&finished.stdout, &mut out)?;
        if let Some(limit) = limit.filter(|l| out.len() >= *l) {
            out.truncate(limit);
            return Ok(out);
        }
        if !more || out.len() == before {
            return Ok(out);
        }
    }
    Err(Error::unknown("the review server's list of changes has no end"))
}

/// The version, from `gerrit version 3.13.5` ("Command Line Tools", "gerrit version").
pub(super) fn version(runner: &dyn Runner, server: &ServerUrl) -> Result<String> {
    let mut arguments = destination(server);
    arguments.push("gerrit version".to_owned());
    let finished = runner.run(&arguments)?;
    if finished.exit_code != Some(0) {
        return Err(answers::explain_ssh(&String::from_utf8_lossy(&finished.stderr), server));
    }
    let said = String::from_utf8_lossy(&finished.stdout);
    let version = said.trim().strip_prefix("gerrit version ").map(answers::plain);
    version.ok_or_else(|| Error::unknown("what answers over ssh is not Gerrit"))
}

fn arguments(server: &ServerUrl, query: &str, start: usize) -> Vec<String> {
    let mut out = destination(server);
    let options = "--format=JSON --current-patch-set --patch-sets --all-approvals --all-reviewers";
    let start = if start > 0 { format!(" --start {start}") } else { String::new() };
    out.push(format!("gerrit query {options}{start} {}", quote(query)));
    out
}

fn destination(server: &ServerUrl) -> Vec<String> {
    let mut out = vec!["-x".to_owned()];
    if let Some(port) = server.port() {
        out.extend(["-p".to_owned(), port.to_string()]);
    }
    // A parsed URL's host and user cannot start with `-`.
    let host = server.host().trim_start_matches('[').trim_end_matches(']');
    out.push(match server.user() {
        Some(user) => format!("{user}@{host}"),
        None => host.to_owned(),
    });
    out
}

/// One word of the remote command line, which Gerrit splits as a shell does: single quotes.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Adds the changes to `out` and says whether the server has more. An error of the query itself
/// comes with exit code 0, as a line of type `error`.
fn read(stdout: &[u8], out: &mut Vec<QueryLine>) -> Result<bool> {
    let nonsense = || Error::unknown("the review server's answer over ssh could not be understood");
    let mut stats = None;
    for line in stdout.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()) {
        let line: QueryLine = serde_json::from_slice(line).or_error(nonsense)?;
        match line.kind.as_deref() {
            Some("stats") => stats = Some(line.more_changes),
            Some("error") => {
                let said = line.message.unwrap_or_default();
                let said = answers::plain(said.lines().next().unwrap_or_default());
                return Err(Error::refused(format!("the review server refused: {said}")));
            }
            _ => out.push(line),
        }
    }
    // Without the last line the answer was cut off: what is missing would read as "no such change".
    stats.ok_or_else(nonsense)
}

#[cfg(test)]
pub(super) mod recorded {
    use std::sync::Mutex;

    use super::{Finished, Result, Runner};
    use crate::error::Error;

    /// Answers in the order given, and what was run.
    #[derive(Default)]
    pub(in super::super) struct Recorded {
        pub(in super::super) answers: Mutex<std::collections::VecDeque<Finished>>,
        pub(in super::super) asked: Mutex<Vec<Vec<String>>>,
    }

    impl Recorded {
        pub(in super::super) fn new(answers: impl IntoIterator<Item = Finished>) -> Self {
            Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() }
        }
    }

    pub(in super::super) fn said(stdout: &str) -> Finished {
        Finished { exit_code: Some(0), stdout: stdout.into(), stderr: Vec::new() }
    }

    impl Runner for &Recorded {
        fn run(&self, arguments: &[String]) -> Result<Finished> {
            self.asked.lock().expect("no panic").push(arguments.to_vec());
            self.answers.lock().expect("no panic").pop_front().ok_or_else(|| Error::unknown("not recorded"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::recorded::{Recorded, said};
    use super::{Finished, SshProgram, query, split};
    use crate::error::Kind;
    use crate::names::ServerUrl;

    fn server() -> ServerUrl {
        "ssh://alice@127.0.0.1:29418".parse().expect("a URL")
    }

    #[test]
    fn pages_are_followed() {
        let recorded = Recorded::new([
            said(include_str!("../../../fixtures/gerrit-3.13/ssh-query-more.jsonl")),
            said(include_str!("../../../fixtures/gerrit-3.13/ssh-query.jsonl")),
        ]);
        let list = query(&&recorded, &server(), "project:\"plain\" topic:\"it's\"", None).expect("changes");
        assert_eq!(list.len(), 4);
        let asked = recorded.asked.lock().expect("no panic");
        assert_eq!(asked[0][..4], ["-x", "-p", "29418", "alice@127.0.0.1"]);
        assert!(asked[0][4].ends_with(r#" 'project:"plain" topic:"it'\''s"'"#), "{}", asked[0][4]);
        assert!(asked[1][4].contains(" --start 1 "));
    }

    #[test]
    fn errors_of_a_query_and_cut_answers_are_told() {
        let error = include_str!("../../../fixtures/gerrit-3.13/ssh-query-error.jsonl");
        let recorded = Recorded::new([said(error)]);
        let refused = query(&&recorded, &server(), "nosuchop:1", None).expect_err("an error");
        assert_eq!(refused.kind, Kind::Refused);
        assert_eq!(refused.message, "the review server refused: Unsupported operator nosuchop:1");
        let recorded = Recorded::new([said("{\"number\":1}\n")]);
        assert_eq!(query(&&recorded, &server(), "x", None).expect_err("cut off").kind, Kind::Unknown);
        let denied = "alice@127.0.0.1: Permission denied (publickey).\n";
        let recorded = Recorded::new([Finished { exit_code: Some(255), stdout: Vec::new(), stderr: denied.into() }]);
        assert_eq!(query(&&recorded, &server(), "x", None).expect_err("denied").kind, Kind::Credentials);
        let recorded = Recorded::new([said(include_str!("../../../fixtures/gerrit-3.13/ssh-query-none.jsonl"))]);
        assert!(query(&&recorded, &server(), "x", None).expect("an answer").is_empty());
    }

    #[test]
    fn the_program_is_found_by_gits_rule() {
        let words = |p: SshProgram| p.words.into_iter().map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>();
        let find = |a, b, c: Option<&str>| SshProgram::find(a, b, c.map(Into::into), Some("/home/a"));
        assert_eq!(words(find(None, None, None).expect("ssh")), ["ssh"]);
        assert_eq!(words(find(None, None, Some("my ssh")).expect("ssh")), ["my ssh"]);
        assert_eq!(words(find(None, Some("ssh -v"), Some("x")).expect("ssh")), ["ssh", "-v"]);
        assert_eq!(
            words(find(Some("ssh -i ~/.ssh/k"), Some("y"), None).expect("ssh")),
            ["ssh", "-i", "/home/a/.ssh/k"]
        );
        assert_eq!(find(Some("ssh $(id)"), None, None).expect_err("shell").kind, Kind::State);
    }

    #[test]
    fn commands_are_split_and_never_interpreted() {
        let words = |c| split(c, Some("/h"));
        let is = |list: &[&str]| Some(list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(r#"a 'b c' "d \" e" f\ g ''"#), is(&["a", "b c", "d \" e", "f g", ""]));
        for bad in ["a; b", "a | b", "a $HOME", "a `id`", "\"$(id)\"", "a 'b", "a > b", "a & b", "", "ssh *", "~bob/x"]
        {
            assert_eq!(words(bad), None, "{bad}");
        }
    }
}
