//! `pyflow news check`, and the same question as a check of `pyflow submit`.

use super::{Kind as Style, News};
use crate::checkout::Checkout;
use crate::checkout::changes::{Change, ChangedFile as Changed, TreeFile};
use crate::checkout::read::Reader;
use crate::checkout::target::Choice;
use crate::cli::{Annotations, NewsCheckArgs};
use crate::config::{self, NewsSettings, Overrides};
use crate::error::{Error, Kind, Result};
use crate::names::{BranchName, CommitId};
use crate::news::check::{self, ChangedFile, Content, FileChange, Level, Policy, Present, Report};
use crate::news::{Place, Rule};
use crate::outcome::Outcome;
use crate::outcome::news::Checked;
use crate::patchcheck::Patterns;
use crate::review::checks::{Check, CheckName, Finding, Verdict};

/// Runs the command.
pub(super) fn run(news: &News<'_>, args: &NewsCheckArgs) -> Result<Outcome> {
    let reader = news.checkout.read();
    let head = reader.head()?;
    let Some(tip) = head.commit().cloned() else {
        return Err(
            Error::state("HEAD is a branch without commits: there is nothing to check").hint("commit something first")
        );
    };
    let style = style_at(reader, &news.settings, &tip)?;
    let (target, reason, report) = if args.all {
        (None, None, everything(reader, &style, &tip)?)
    } else {
        let (name, reason, commit) = target(news, args.target.as_deref(), &tip)?;
        let report = stack(reader, &news.settings, &style, &commit, &tip, args.staged)?;
        (Some(name), reason, report)
    };
    let requires = report.findings.iter().any(|finding| finding.level == Level::Require);
    let mut hints = Vec::new();
    if report.findings.iter().any(|finding| finding.rule == Rule::Missing) {
        hints.push("write one: `pyflow news add`".to_owned());
        if !args.staged && !args.all {
            hints.push("is it staged and not committed yet? `pyflow news check --staged`".to_owned());
        }
    }
    Ok(Outcome::NewsCheck(Checked {
        style: style.style().name(),
        target,
        target_reason: reason,
        fragments: report.fragments,
        findings: report.findings,
        hints,
        annotations: args.annotations == Some(Annotations::Github),
        exit: requires.then_some(Kind::No),
    }))
}

/// What the stack is compared with: its name, why, and the commit.
fn target(news: &News<'_>, named: Option<&str>, tip: &CommitId) -> Result<(String, Option<String>, CommitId)> {
    let reader = news.checkout.read();
    // A project whose review server nobody has configured has a target all the same, if it is named.
    let top = &news.checkout.top;
    let settings = config::find::find(top).and_then(|found| {
        config::load(Some(top), found.as_ref(), &news.git_config, &super::environment, &Overrides::default())
    });
    let settings = settings.map(|(settings, _)| settings);
    if let Some(named) = named {
        let tracked = match (&settings, named.parse::<BranchName>()) {
            (Ok(settings), Ok(branch)) => reader.resolve(&branch.tracking(&settings.review.remote.value))?,
            _ => None,
        };
        let commit = tracked.map_or_else(|| reader.revision(named), Ok)?;
        return Ok((named.to_owned(), None, commit));
    }
    let head = reader.head()?;
    let upstream = head.branch().and_then(|branch| {
        let value = |key: &str| news.git_config.text(&format!("branch.{branch}.{key}")).map(str::to_owned);
        Some((value("remote")?, value("merge")?))
    });
    let nowhere = || {
        Error::usage("it is not clear which branch this change should land on")
            .hint("name it: `pyflow news check main`, or any commit: `pyflow news check origin/main`")
    };
    if let Ok(settings) = &settings {
        let branches: Vec<BranchName> = settings.branches.targets().into_iter().cloned().collect();
        let configured = settings.review.branch.as_ref();
        let remote = &settings.review.remote.value;
        let configured = configured.map(|branch| (branch.value.clone(), branch.origin.to_string()));
        let choice = Choice { named: None, remote, upstream, branches: &branches, configured };
        let target = choice.choose(reader, &head, tip)?;
        let name = target.branch.tracking(remote);
        let commit = reader.resolve(&name)?.ok_or_else(|| {
            Error::state(format!("{name} is not there: {} was never fetched from {remote}", target.branch))
                .hint(format!("`git fetch {remote} {}`", target.branch))
        })?;
        return Ok((target.branch.to_string(), Some(target.reason.to_string()), commit));
    }
    let (remote, merge) = upstream.ok_or_else(nowhere)?;
    let branch: BranchName =
        merge.strip_prefix("refs/heads/").and_then(|name| name.parse().ok()).ok_or_else(nowhere)?;
    let remote = remote.parse().map_err(|_| nowhere())?;
    let commit = reader.resolve(&branch.tracking(&remote))?.ok_or_else(nowhere)?;
    Ok((branch.to_string(), head.branch().map(|local| format!("the upstream of {local}")), commit))
}

/// The style that a commit's tree has.
pub(in crate::commands) fn style_at(reader: &Reader<'_>, settings: &NewsSettings, tip: &CommitId) -> Result<Style> {
    let read = |name: &str| reader.file_at(tip, name);
    let has_blurb = || Ok(!reader.files_below(tip, &format!("{}/next", crate::news::blurb::DIRECTORY))?.is_empty());
    Style::of(settings, &read, &has_blurb)
}

/// The stack between a target and a tip, or what is staged on top of it.
fn stack(
    reader: &Reader<'_>,
    settings: &NewsSettings,
    style: &Style,
    target: &CommitId,
    tip: &CommitId,
    staged: bool,
) -> Result<Report> {
    let base = reader.merge_base(target, tip)?.ok_or_else(|| {
        Error::state(format!("{} and {} have no history in common", target.short(), tip.short()))
            .hint("is the target the branch that this work was started from?")
    })?;
    let changed = if staged { reader.staged(&base)? } else { reader.changed(&base, tip)? };
    let mut present = listed(style, reader.files_below(tip, style.style().directory())?);
    for file in &changed {
        let path = file.path.to_string_lossy();
        present.retain(|other| other.path != path);
        present.extend(file.now.as_ref().map(|now| Present { path: path.into_owned(), id: now.blob.clone() }));
    }
    present.sort();
    let files = changed.iter().map(|file| read(reader, style, file)).collect::<Result<Vec<_>>>()?;
    let commits = reader.walk(tip, std::slice::from_ref(target))?;
    let subjects = commits.iter().map(|commit| Ok(reader.commit(commit)?.subject())).collect::<Result<Vec<_>>>()?;
    let exempt = Patterns::new(&settings.exempt.value);
    let policy = Policy { required: settings.required.value, exempt: &|path| exempt.take(path.as_bytes()) };
    Ok(check::check(style.style(), &policy, &files, &present, &subjects))
}

/// Every fragment of a commit's tree.
fn everything(reader: &Reader<'_>, style: &Style, tip: &CommitId) -> Result<Report> {
    let tree = reader.files_below(tip, style.style().directory())?;
    let present = listed(style, tree.clone());
    let files = tree.into_iter().map(|now| {
        let file = Changed { path: now.path.clone(), change: Change::Added, was: None, now: Some(now) };
        read(reader, style, &file)
    });
    Ok(check::check_all(style.style(), &files.collect::<Result<Vec<_>>>()?, &present))
}

fn listed(style: &Style, files: Vec<TreeFile>) -> Vec<Present> {
    let present =
        files.into_iter().map(|file| Present { path: file.path.to_string_lossy().into_owned(), id: file.blob });
    present.filter(|file| style.style().place(&file.path) == Place::Fragment).collect()
}

/// A changed file as the domain has it; only fragments are read.
fn read(reader: &Reader<'_>, style: &Style, file: &Changed) -> Result<ChangedFile> {
    let path = file.path.to_string_lossy().into_owned();
    let content = match &file.now {
        Some(now) if style.style().place(&path) == Place::Fragment => {
            if now.plain {
                Content::Bytes(reader.blob(&now.blob)?)
            } else {
                Content::NotAFile
            }
        }
        _ => Content::Unread,
    };
    let change = match file.change {
        Change::Added => FileChange::Added,
        Change::Modified => FileChange::Modified,
        Change::Deleted => FileChange::Deleted,
    };
    Ok(ChangedFile { path, change, content })
}

/// The check of `pyflow submit`: the stack as committed, against the target as it was fetched.
pub fn for_submit(
    checkout: &Checkout<'_>,
    settings: &NewsSettings,
    target: &CommitId,
    tip: &CommitId,
) -> Result<Check> {
    let reader = checkout.read();
    if reader.merge_base(target, tip)?.is_none() {
        // Where the history is there, the check of the merge stops such a stack.
        let finding = Finding {
            verdict: Verdict::Warning,
            kind: Kind::No,
            commit: None,
            text: "what this stack changes could not be found out: its start is not in this clone".to_owned(),
            hints: if checkout.shallow { vec!["`git fetch --unshallow` fetches it".to_owned()] } else { Vec::new() },
        };
        return Ok(Check::new(CheckName::News, vec![finding]));
    }
    let style = style_at(reader, settings, tip)?;
    let report = stack(reader, settings, &style, target, tip, false)?;
    let findings = report.findings.into_iter().map(|finding| {
        let place = finding.file.map(|file| {
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{file}{line}: ")
        });
        let mut hints = Vec::new();
        if finding.rule == Rule::Missing {
            hints.push("write one: `pyflow news add`, and commit it".to_owned());
        }
        if finding.level == Level::Require {
            hints.push("or send it as it is: `--no-verify=news`".to_owned());
        }
        Finding {
            verdict: if finding.level == Level::Require { Verdict::Stop } else { Verdict::Warning },
            kind: Kind::No,
            commit: None,
            text: format!("{}{}", place.unwrap_or_default(), finding.text),
            hints,
        }
    });
    Ok(Check::new(CheckName::News, findings.collect()))
}
