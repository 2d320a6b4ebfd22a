//! What `git push --porcelain` said, parsed; no server's words are interpreted here.

use std::io::Read;
use std::process::Stdio;

use super::exec::Git;
use crate::error::{Context as _, Error, Result};
use crate::names::{CommitId, RemoteName};

/// The verdict on one pushed ref, and everything that was said around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushReport {
    /// git's exit code; `None` where a signal ended it.
    pub exit_code: Option<i32>,
    /// The verdict line of each ref, in git's order.
    pub refs: Vec<RefVerdict>,
    /// What the server said (`remote: …`), one entry a line, without the prefix, trimmed at the end.
    pub remote: Vec<String>,
    /// What git itself and the `pre-push` hook said: `fatal: …`, `error: …`, and anything.
    pub local: Vec<String>,
}

/// One line of porcelain output; git-push(1), "OUTPUT".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefVerdict {
    /// ` `, `+`, `-`, `*`, `!` or `=`.
    pub flag: char,
    /// Source as git spells it.
    pub source: String,
    /// Ref on the server.
    pub target: String,
    /// `[new reference]`, or `[remote rejected] (reason)`, where a reason may span lines.
    pub summary: String,
}

impl PushReport {
    /// git's own lines among [`Self::local`]: `fatal: …` and `error: …`. What a hook prints stands
    /// among them too, and is nobody's verdict.
    pub fn own_words(&self) -> impl Iterator<Item = &str> {
        let is_own = |line: &&str| line.starts_with("fatal: ") || line.starts_with("error: ");
        self.local.iter().map(String::as_str).filter(is_own)
    }

    /// What the `pre-push` hook printed, where it is what ended the push. git then says that the
    /// push failed, and nothing else (transport.c, `transport_push`).
    pub fn refused_by_hook(&self) -> Option<Vec<&str>> {
        let failed = |line: &str| line.starts_with("error: failed to push some refs");
        let only_that = self.exit_code == Some(1)
            && self.refs.is_empty()
            && self.remote.is_empty()
            && self.local.last().is_some_and(|line| failed(line))
            && !self.own_words().any(|line| line.starts_with("fatal: ") || line.starts_with("error: src refspec"));
        only_that.then(|| self.local.iter().map(String::as_str).filter(|line| !failed(line)).collect())
    }

    /// Whether git and the server took everything.
    pub fn succeeded(&self) -> bool {
        self.exit_code == Some(0) && self.refs.iter().all(|verdict| verdict.flag != '!')
    }

    /// The server's reason in `[remote rejected] (reason)`, of the first ref that has one.
    pub fn rejection(&self) -> Option<&str> {
        let summary = &self.refs.iter().find(|verdict| verdict.flag == '!')?.summary;
        let (_, reason) = summary.split_once(" (")?;
        Some(reason.strip_suffix(')').unwrap_or(reason))
    }
}

/// Pushes one commit to one ref, with these push options and no others, and reads everything that
/// is said. Hooks run as they do for `git push`. A push that is refused is a report, not an error; an error means
/// that git could not be run.
pub fn push(
    git: &Git<'_>,
    remote: &RemoteName,
    source: &CommitId,
    target: &str,
    options: &[String],
    expect: Option<&CommitId>,
) -> Result<PushReport> {
    let mut arguments = vec![
        "push".to_owned(),
        "--porcelain".to_owned(),
        "--no-follow-tags".to_owned(),
        "--no-recurse-submodules".to_owned(),
    ];
    arguments.extend(options.iter().map(|option| format!("--push-option={option}")));
    arguments.extend(expect.iter().map(|commit| format!("--force-with-lease={target}:{commit}")));
    arguments.extend(["--end-of-options".to_owned(), remote.to_string(), format!("{source}:{target}")]);
    let broken = || Error::state("`git push` could not be started");
    // Options of git's configuration would come along where the plan has none: among them may be
    // `submit`. An empty value clears the list (git-config(1), "push.pushOption").
    let git = git.clone().with_setting("push.pushOption=");
    // A mirror is pushed whole or not at all, which no plan says (git-config(1), "remote.<name>.mirror").
    let git = git.with_setting(format!("remote.{remote}.mirror=false"));
    let mut child = git.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().or_error(broken)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (verdicts, talk) = std::thread::scope(|scope| {
        let verdicts = scope.spawn(move || drain(stdout));
        let talk = drain(stderr);
        (verdicts.join().unwrap_or_default(), talk)
    });
    let status = child.wait().or_error(broken)?;
    let mut report = parse(&verdicts, &talk);
    report.exit_code = status.code();
    Ok(report)
}

/// A server that talks without end is cut off here; what was said until then is kept.
const MAX_TALK: u64 = 4 << 20;

fn drain(pipe: Option<impl Read>) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(pipe) = pipe {
        let mut limited = pipe.take(MAX_TALK);
        // What was read before an error is still worth showing, so errors end the reading, no more.
        if limited.read_to_end(&mut text).is_ok() {
            std::io::copy(&mut limited.into_inner(), &mut std::io::sink()).ok();
        }
    }
    text
}

/// Reads porcelain output and talk, as `git push` writes them.
pub fn parse(stdout: &[u8], stderr: &[u8]) -> PushReport {
    let mut report = PushReport::default();
    let text = String::from_utf8_lossy(stdout);
    for line in text.lines() {
        let mut fields = line.splitn(3, '\t');
        match (fields.next(), fields.next(), fields.next()) {
            (Some(flag), Some(names), Some(summary)) if flag.chars().count() == 1 => {
                let (source, target) = names.split_once(':').unwrap_or((names, ""));
                report.refs.push(RefVerdict {
                    flag: flag.chars().next().unwrap_or(' '),
                    source: source.to_owned(),
                    target: target.to_owned(),
                    summary: summary.to_owned(),
                });
            }
            _ if line.starts_with("To ") || line == "Done" => {}
            _ => match report.refs.last_mut() {
                // A server's reason may hold a newline; the line goes on.
                Some(last) => {
                    last.summary.push('\n');
                    last.summary.push_str(line);
                }
                // git leaves its standard output to the `pre-push` hook.
                None => report.local.push(line.trim_end().to_owned()),
            },
        }
    }
    for line in String::from_utf8_lossy(stderr).split(['\n', '\r']) {
        match line.strip_prefix("remote: ").or_else(|| line.strip_prefix("remote:")) {
            Some(said) => report.remote.push(said.trim_end().to_owned()),
            None if line.trim().is_empty() => {}
            None => match report.local.last_mut() {
                // git dies with the server's reason as it came (pkt-line.c, "remote error: %s"), and
                // Gerrit's may begin with an empty line.
                Some(last) if last == "fatal: remote error:" => {
                    last.push(' ');
                    last.push_str(line.trim_end());
                }
                _ => report.local.push(line.trim_end().to_owned()),
            },
        }
    }
    report.remote.retain(|line| !line.is_empty());
    report
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn verdicts_reasons_of_two_lines_and_progress() {
        let report = parse(
            b"To http://127.0.0.1/a/plain\n!\tHEAD:refs/for/master\t[remote rejected] (same Change-Id in multiple changes.\nSquash the commits)\nDone\n",
            b"remote: \rremote: Processing changes: refs: 1, new: 2        \rremote: Processing changes: refs: 1, new: 2, done            \nremote: \nremote: SUCCESS        \nremote:   http://127.0.0.1/c/plain/+/2 second [NEW]        \nerror: failed to push some refs\n",
        );
        assert_eq!(report.rejection(), Some("same Change-Id in multiple changes.\nSquash the commits"));
        assert_eq!(report.remote[2..], ["SUCCESS", "  http://127.0.0.1/c/plain/+/2 second [NEW]"]);
        assert_eq!(report.local, ["error: failed to push some refs"]);
    }

    /// Gerrit 3.4, over HTTP: the reason is an error packet that begins with a newline.
    #[test]
    fn a_reason_that_begins_on_the_second_line_is_gits_own_word() {
        let report = parse(b"", b"hook talk\nfatal: remote error: \nUpload denied for project 'locked'\n");
        assert_eq!(report.own_words().collect::<Vec<_>>(), ["fatal: remote error: Upload denied for project 'locked'"]);
        let report = parse(b"", b"fatal: remote error: nosuch unavailable\nmore\n");
        assert_eq!(report.local, ["fatal: remote error: nosuch unavailable", "more"]);
    }
}
