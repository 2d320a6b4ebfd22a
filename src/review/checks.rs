//! What is looked at before anything is sent: one shape for every check, and the checks that need
//! only the stack and what the server knows of it. Pure.
//!
//! Checks that have a room of their own (patchcheck, news, CLA) return the same shape.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::model::{Change, ChangeState, Draft, View};
use crate::checkout::merge::Merge;
use crate::checkout::stack::{Unfinished, unfinished};
use crate::error::Kind;
use crate::names::{BranchName, CommitId};

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, as `--no-verify` takes it.
    pub name: CheckName,
    /// Nothing, something to look at, or something that stops.
    pub result: Verdict,
    /// What was found, in the order of the stack.
    pub findings: Vec<Finding>,
}

/// The checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum CheckName {
    /// `fixup!` and work-in-progress subjects.
    Subjects,
    /// One Change-Id for each commit.
    #[value(hide = true)]
    ChangeIds,
    /// Commits below the part that is sent, which must be on the server already.
    #[value(hide = true)]
    Below,
    /// Changes that take no more patch sets.
    #[value(hide = true)]
    Closed,
    /// Patch sets by others that this stack does not contain.
    #[value(hide = true)]
    Newer,
    /// Addresses that the server will refuse.
    Committer,
    /// Whitespace and rules of the project, as `pyflow patchcheck` has them.
    Patchcheck,
    /// Whether it merges with the target.
    Merge,
    /// Whether it brings the news fragment that it needs.
    News,
    /// Whether those who wrote it have signed the contributor agreement.
    Cla,
    /// Whether a fix of a maintenance branch has its counterpart on the default branch.
    Ports,
}

impl CheckName {
    /// The name in output and options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subjects => "subjects",
            Self::ChangeIds => "change-ids",
            Self::Below => "below",
            Self::Closed => "closed",
            Self::Newer => "newer",
            Self::Committer => "committer",
            Self::Patchcheck => "patchcheck",
            Self::Merge => "merge",
            Self::News => "news",
            Self::Cla => "cla",
            Self::Ports => "ports",
        }
    }
}

/// The result of a check. The order is that of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Left out by `--no-verify`.
    Skipped,
    /// Nothing found.
    Ok,
    /// Told; work goes on.
    Warning,
    /// Told; nothing is sent.
    Stop,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs: `Warning` or `Stop`.
    pub verdict: Verdict,
    /// The exit code's kind where it stops.
    pub kind: Kind,
    /// The commit it is about.
    pub commit: Option<CommitId>,
    /// What was found.
    pub text: String,
    /// What to do about it.
    pub hints: Vec<String>,
}

impl Finding {
    fn stop(kind: Kind, draft: &Draft, text: String) -> Self {
        Self { verdict: Verdict::Stop, kind, commit: Some(draft.original.clone()), text, hints: Vec::new() }
    }

    fn warning(draft: &Draft, text: String) -> Self {
        Self {
            verdict: Verdict::Warning,
            kind: Kind::No,
            commit: Some(draft.original.clone()),
            text,
            hints: Vec::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl Check {
    /// A check with these findings; the heaviest one is its result.
    pub fn new(name: CheckName, findings: Vec<Finding>) -> Self {
        let result = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
        Self { name, result, findings }
    }

    /// A check that was left out.
    pub const fn skipped(name: CheckName) -> Self {
        Self { name, result: Verdict::Skipped, findings: Vec::new() }
    }

    /// The same with one more way out of each stop, which not every command has.
    #[must_use]
    pub fn or(mut self, hint: &str) -> Self {
        for finding in self.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Stop) {
            finding.hints.push(hint.to_owned());
        }
        self
    }

    /// The kind of its heaviest stop.
    pub fn stops_with(&self) -> Option<Kind> {
        self.findings.iter().filter(|f| f.verdict == Verdict::Stop).map(|f| f.kind).reduce(Kind::or)
    }
}

/// How a commit is named in a finding.
fn name(draft: &Draft) -> String {
    format!("{} ({})", draft.original.short(), draft.subject)
}

/// `fixup!` stops: it is folded into another commit before review. So does work in progress, unless
/// it is sent as such.
pub fn subjects(drafts: &[Draft], sent_as_work_in_progress: bool) -> Check {
    let findings = drafts.iter().filter_map(|draft| match unfinished(&draft.subject)? {
        Unfinished::Autosquash => Some(
            Finding::stop(Kind::State, draft, format!("{} is meant to be folded into another commit", name(draft)))
                .hint("fold it in: `git rebase -i --autosquash`")
                .hint("or send it as it is: `--no-verify=subjects`"),
        ),
        Unfinished::WorkInProgress if sent_as_work_in_progress => None,
        Unfinished::WorkInProgress => Some(
            Finding::stop(Kind::State, draft, format!("{} says that it is not finished", name(draft)))
                .hint("send it as work in progress: `--wip`")
                .hint("or send it as it is: `--no-verify=subjects`"),
        ),
    });
    Check::new(CheckName::Subjects, findings.collect())
}

/// Two commits with one Change-Id would be one change; the server refuses that after the upload.
pub fn change_ids(drafts: &[Draft]) -> Check {
    let mut seen: BTreeMap<&str, &Draft> = BTreeMap::new();
    let mut findings = Vec::new();
    for draft in drafts {
        if let Some(first) = seen.insert(&draft.change_id, draft) {
            findings.push(
                Finding::stop(
                    Kind::State,
                    draft,
                    format!("{} and {} bear the same Change-Id {}", name(first), name(draft), draft.change_id),
                )
                .hint("one change: squash them with `git rebase -i`")
                .hint("two changes: remove the Change-Id line from one of them with `git rebase -i` and `reword`"),
            );
        }
    }
    Check::new(CheckName::ChangeIds, findings)
}

/// The server makes a change of every commit it does not have; those below the part that is sent
/// must be there as they are.
pub fn below(drafts: &[Draft], view: &View) -> Check {
    let findings = drafts.iter().zip(&view.located).filter_map(|(draft, located)| {
        let there = located.change.as_ref().is_some_and(|change| change.patch_set_of(&draft.commit).is_some());
        (!there).then(|| {
            Finding::stop(
                Kind::State,
                draft,
                format!("{} lies below the part that is sent, and the server does not have it as it is", name(draft)),
            )
            .hint("send it too: `pyflow submit`")
            .hint("or move your commit off it: `git rebase --onto`")
        })
    });
    Check::new(CheckName::Below, findings.collect())
}

/// Merged and abandoned changes take no new patch sets.
pub fn closed(drafts: &[Draft], view: &View) -> Check {
    let findings = located(drafts, view).filter_map(|(draft, change)| {
        let what = match change.state {
            ChangeState::Merged => "merged",
            ChangeState::Abandoned => "abandoned",
            ChangeState::Open | ChangeState::Unknown => return None,
        };
        if change.patch_set_of(&draft.commit).is_some() {
            return Some(Finding::warning(
                draft,
                format!("change {} ({}) is {what} on the server", change.number, draft.subject),
            ));
        }
        let stop = Finding::stop(
            Kind::Refused,
            draft,
            format!(
                "change {} is {what}: it takes no new patch set, and {} bears its Change-Id",
                change.number,
                name(draft)
            ),
        );
        Some(match change.state {
            ChangeState::Merged => stop
                .hint("drop the commit that has landed: `git rebase` onto the fetched target")
                .hint("or, for a new change, remove its Change-Id line: `git commit --amend`"),
            _ => stop
                .hint("restore the change on the server first")
                .hint("or, for a new change, remove its Change-Id line: `git commit --amend`"),
        })
    });
    Check::new(CheckName::Closed, findings.collect())
}

/// A patch set by somebody else that this clone has never seen would be buried by a new one.
/// `known` holds the commits that this clone has sent, or that HEAD has been at.
pub fn newer(drafts: &[Draft], view: &View, known: &BTreeSet<CommitId>, replace: bool, remote: &str) -> Check {
    let me = view.me.as_ref().map(|me| me.account.id.as_str());
    let findings = located(drafts, view).filter_map(|(draft, change)| {
        let current = change.current()?;
        if change.state != ChangeState::Open || current.commit == draft.commit {
            return None;
        }
        if let Some(mine) = change.patch_set_of(&draft.commit) {
            return Some(Finding::warning(
                draft,
                format!(
                    "{} is patch set {} of change {}; the newest is {}, by {}",
                    name(draft),
                    mine.number,
                    change.number,
                    current.number,
                    current.uploader.display()
                ),
            ));
        }
        if known.contains(&current.commit) || me == Some(current.uploader.id.as_str()) {
            return None;
        }
        let text = format!(
            "patch set {} of change {} is by {}, and {} was not made from it",
            current.number,
            change.number,
            current.uploader.display(),
            name(draft)
        );
        Some(if replace {
            Finding::warning(draft, text)
        } else {
            Finding::stop(Kind::Refused, draft, text)
                .hint(format!(
                    "look at it: `git fetch {remote} {} && git diff FETCH_HEAD {}`",
                    current.fetch(),
                    draft.original.short()
                ))
                .hint("send yours on top of it all the same: `--replace`")
        })
    });
    Check::new(CheckName::Newer, findings.collect())
}

/// Servers that know their users' addresses refuse commits by others' committers. `again` is how the
/// commits are made once more.
pub fn committer(drafts: &[Draft], view: &View, again: &str) -> Check {
    let Some(emails) = view.me.as_ref().and_then(|me| me.emails.as_ref()) else {
        return Check::new(CheckName::Committer, Vec::new());
    };
    let registered = |address: &str| emails.iter().any(|email| email.eq_ignore_ascii_case(address));
    let sent_already = |draft: &Draft| {
        located(drafts, view).any(|(d, change)| d == draft && change.patch_set_of(&draft.commit).is_some())
    };
    let findings = drafts.iter().filter(|draft| !registered(&draft.committer_email) && !sent_already(draft)).map(|draft| {
        let known = emails.join(", ");
        Finding::stop(
            Kind::Refused,
            draft,
            format!("the committer of {} is {}, an address that your account on the server does not have (it has {known})", name(draft), draft.committer_email),
        )
        .hint(match emails.first() {
            Some(email) => format!("commit as yourself: `git config user.email {email}`, then {again}"),
            None => "register the address in your account's settings on the server".to_owned(),
        })
    });
    Check::new(CheckName::Committer, findings.collect())
}

/// Whether the tip merges with the target as it is now.
///
/// `brought` is the number of commits of other branches that landing the stack would bring along.
pub fn merge(outcome: Option<&Merge>, target: &BranchName, brought: usize) -> Check {
    let warning = |text: String, hint: String| Finding {
        verdict: Verdict::Warning,
        kind: Kind::No,
        commit: None,
        text,
        hints: vec![hint],
    };
    let mut findings = match outcome {
        Some(Merge::Conflicts(files)) => vec![warning(
            if files.is_empty() {
                format!("does not merge with {target} as it is now: folders were renamed")
            } else {
                format!("does not merge with {target} as it is now; in conflict: {}", few(files))
            },
            format!("it can be reviewed like this; to land it, rebase onto {target} and submit again"),
        )],
        Some(Merge::Unrelated) => vec![Finding {
            verdict: Verdict::Stop,
            kind: Kind::Refused,
            commit: None,
            text: format!("this stack shares no history with {target}"),
            hints: vec!["start from the target: `git rebase`, or `git cherry-pick` your commits onto it".to_owned()],
        }],
        Some(Merge::NotTried(why)) => vec![warning(
            format!("whether it merges with {target} could not be found out: {why}"),
            "the server finds out when it lands".to_owned(),
        )],
        Some(Merge::Clean) | None => Vec::new(),
    };
    if brought > 0 {
        findings.push(warning(
            if brought == 1 {
                format!("1 commit below this stack is on another branch of the server and not on {target}; landing it would bring it along")
            } else {
                format!("{brought} commits below this stack are on another branch of the server and not on {target}; landing it would bring them along")
            },
            format!("is {target} the branch that this work was started from? `pyflow submit BRANCH` names another"),
        ));
    }
    Check::new(CheckName::Merge, findings)
}

/// The first few of many names.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The drafts whose change the server knows.
fn located<'a>(drafts: &'a [Draft], view: &'a View) -> impl Iterator<Item = (&'a Draft, &'a Change)> {
    drafts.iter().zip(&view.located).filter_map(|(draft, located)| Some((draft, located.change.as_ref()?)))
}
