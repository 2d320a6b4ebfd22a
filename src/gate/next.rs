//! What stands between a change and its target, and the one thing that this person can do next:
//! from the review and the gate together. Pure; the only place that decides it.

use std::time::Duration;

use serde::Serialize;

use super::model::{GateState, Item, JobState, Paused, PipelineKind, Place, Stopped};
use super::report::{Report, Verdict};
use super::standing::{Seen, Standing};
use crate::names::LabelName;
use crate::review::model::{Account, Change, ChangeState, Requirement, RequirementStatus, Vote};

/// Something between a change and its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// A word for programs.
    pub kind: BlockerKind,
    /// In words.
    pub text: String,
    /// What removes it, where somebody at this keyboard can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The label that is missing, where one is: what it is called is no sentence to be taken apart.
    #[serde(skip)]
    pub label: Option<String>,
}

impl Blocker {
    fn new(kind: BlockerKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), action: None, label: None }
    }

    fn action(self, action: Option<String>) -> Self {
        Self { action, ..self }
    }
}

/// The kinds of blockers; more may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockerKind {
    /// Not on the server.
    NotSubmitted,
    /// The server has another version than this clone.
    NotCurrent,
    /// The contributor agreement is not signed.
    Cla,
    /// Abandoned.
    Abandoned,
    /// Work in progress.
    WorkInProgress,
    /// Does not merge.
    Conflict,
    /// Holds conflict markers.
    ConflictMarkers,
    /// Comments wait for an answer.
    Unresolved,
    /// A requirement is not fulfilled.
    Requirement,
    /// A change below it has not landed.
    Parent,
    /// The administrators have stopped the gate.
    Paused,
    /// The gate is at work.
    Testing,
    /// Others must leave the queue first.
    OutsideWindow,
    /// It will leave the queue without being merged.
    Failing,
    /// It was tested, and not merged.
    Failed,
    /// Everything is there, and nothing runs.
    NotStarted,
    /// Not known.
    Unknown,
}

/// A change, and what this clone knows of it.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// As the server shows it.
    pub change: &'a Change,
    /// Who asks.
    pub me: Option<&'a Account>,
    /// What the local commit is to the change.
    pub local: LocalCommit,
    /// Whether it merges with the target as last fetched; `None` where that is not known.
    pub merges: Option<bool>,
    /// How long ago the target was fetched.
    pub fetched: Option<Duration>,
    /// A change below it that is still open.
    pub open_parent: Option<u64>,
    /// The git remote of the review server.
    pub remote: &'a str,
    /// The project's rules.
    pub rules: &'a Rules,
    /// What is known of the gate.
    pub seen: Seen<'a>,
    /// Where it stands there.
    pub standing: &'a Standing<'a>,
    /// The failing line of each failed job whose log was read.
    pub failing_lines: &'a [(String, String)],
    /// What is known to be missing of contributor agreements.
    pub unsigned: &'a [Unsigned],
}

/// A contributor agreement that is not there, as far as anybody can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsigned {
    /// Nothing is on file.
    Missing {
        /// Of whom, and who says so.
        text: String,
        /// What to do.
        how: String,
    },
    /// The registry was asked, and did not tell.
    NotTold(String),
}

/// What is missing of agreements, for somebody who can sign or not.
pub fn about_agreements(unsigned: &[Unsigned], mine: bool) -> Vec<Blocker> {
    let blocker = |unsigned: &Unsigned| match unsigned {
        Unsigned::Missing { text, how } => {
            Blocker::new(BlockerKind::Cla, format!("CLA not signed: {text}")).action(mine.then(|| how.clone()))
        }
        Unsigned::NotTold(why) => {
            Blocker::new(BlockerKind::Unknown, format!("whether the CLA is signed is not known: {why}"))
        }
    };
    unsigned.iter().map(blocker).collect()
}

/// What the project's configuration says about landing.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What approves a change.
    pub approve: Vec<(LabelName, i32)>,
    /// Whether the approver's votes bring a change back into the gate.
    pub revote: bool,
    /// The category in which the project's checks vote.
    pub checks: &'static str,
}

/// What the local commit is to the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalCommit {
    /// The change was named; no local commit is meant.
    None,
    /// It is the newest patch set.
    Current,
    /// It is this older patch set.
    Older(u32),
    /// It is no patch set: it has not been sent.
    Unsent,
    /// Neither, and the newest patch set is somebody else's, which it was not made from.
    Parted,
}

/// What a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// In the order in which they are best removed.
    pub blockers: Vec<Blocker>,
    /// The one next step.
    pub next: Option<String>,
}

/// Decides.
pub fn advise(situation: &Situation<'_>) -> Advice {
    let change = situation.change;
    match change.state {
        ChangeState::Merged => return Advice { blockers: Vec::new(), next: None },
        ChangeState::Abandoned => {
            let action = "restore it on the server, or remove its Change-Id and submit it as a new change".to_owned();
            let blocker = Blocker::new(BlockerKind::Abandoned, "it is abandoned").action(Some(action.clone()));
            return Advice { next: Some(action), blockers: vec![blocker] };
        }
        ChangeState::Open | ChangeState::Unknown => {}
    }
    let mut blockers = situation.of_the_clone();
    blockers.extend(about_agreements(situation.unsigned, situation.mine()));
    blockers.extend(situation.of_the_review());
    blockers.extend(situation.of_the_gate());
    if let Some(blocker) = situation.nothing_runs(&blockers) {
        blockers.push(blocker);
    }
    let next = Some(next(&blockers));
    Advice { blockers, next }
}

fn next(blockers: &[Blocker]) -> String {
    if let Some(action) = blockers.iter().find_map(|blocker| blocker.action.clone()) {
        return action;
    }
    let has = |kind| blockers.iter().any(|blocker| blocker.kind == kind);
    match blockers {
        [] => "nothing stands against it: the gate, or somebody who may, can merge it".to_owned(),
        _ if has(BlockerKind::Failing) => {
            "nothing for you to do now; when it has left the queue, `pyflow recheck` or a new patch set".to_owned()
        }
        _ if has(BlockerKind::Testing) || has(BlockerKind::OutsideWindow) => {
            "nothing for you to do now; the gate is at work".to_owned()
        }
        _ => "nothing for you to do now; it waits for others".to_owned(),
    }
}

impl Situation<'_> {
    fn mine(&self) -> bool {
        self.me.is_some_and(|me| me.id == self.change.owner.id)
    }

    fn when_mine(&self, action: impl Into<String>) -> Option<String> {
        self.mine().then(|| action.into())
    }

    /// What this clone has that the server has not, and the other way round.
    fn of_the_clone(&self) -> Vec<Blocker> {
        let change = self.change;
        match self.local {
            LocalCommit::None | LocalCommit::Current => Vec::new(),
            LocalCommit::Unsent => {
                let theirs = change.current().filter(|p| self.me.is_some_and(|me| me.id != p.uploader.id));
                let newest = theirs.map_or_else(String::new, |p| {
                    format!("; the newest patch set, {}, is by {}", p.number, p.uploader.display())
                });
                let text = format!("your commit has not been sent{newest}");
                vec![Blocker::new(BlockerKind::NotCurrent, text).action(Some("send it: `pyflow submit`".to_owned()))]
            }
            LocalCommit::Parted => {
                let (newest, by, fetch) = change.current().map_or((0, "somebody else", ""), |current| {
                    (current.number, current.uploader.display(), current.fetch())
                });
                let text = format!(
                    "your commit has not been sent, and was not made from the newest patch set, {newest}, by {by}"
                );
                let action = format!(
                    "look at it: `git fetch {} {fetch}`; build on it, or send yours in its place: `pyflow submit --replace`",
                    self.remote
                );
                vec![Blocker::new(BlockerKind::NotCurrent, text).action(Some(action))]
            }
            LocalCommit::Older(patch_set) => {
                let current = change.current();
                let by = current.map_or_else(String::new, |p| format!(" by {}", p.uploader.display()));
                let newest = change.current_patch_set.unwrap_or(0);
                let text = format!("your commit is patch set {patch_set}; the newest is {newest}{by}");
                let action = current.map(|current| {
                    let fetch = format!("`git fetch {} {}`", self.remote, current.fetch());
                    format!("take over patch set {newest} before you go on: {fetch}")
                });
                vec![Blocker::new(BlockerKind::NotCurrent, text).action(action)]
            }
        }
    }

    fn of_the_review(&self) -> Vec<Blocker> {
        let change = self.change;
        let mut found = Vec::new();
        if change.work_in_progress {
            let action = match self.local {
                LocalCommit::Current => self.when_mine("when it is finished: `pyflow submit --ready`"),
                LocalCommit::None => self.when_mine("when it is finished: `pyflow submit --ready`, on its branch"),
                LocalCommit::Older(_) | LocalCommit::Unsent | LocalCommit::Parted => None,
            };
            found.push(Blocker::new(BlockerKind::WorkInProgress, "it is marked as work in progress").action(action));
        }
        if change.contains_conflicts {
            let action = self.when_mine("resolve them, and submit again");
            found.push(Blocker::new(BlockerKind::ConflictMarkers, "it holds conflict markers").action(action));
        }
        if self.merges == Some(false) {
            let as_of =
                self.fetched.map_or_else(|| "as last fetched".to_owned(), |age| format!("(as of {})", ago(age)));
            let action = self.when_mine(format!("rebase it onto {} and submit again", change.branch));
            let text = format!("it conflicts with {} {as_of}", change.branch);
            found.push(Blocker::new(BlockerKind::Conflict, text).action(action));
        }
        if let Some(unresolved @ 1..) = change.unresolved {
            let threads = if unresolved == 1 { "1 comment waits" } else { &format!("{unresolved} comments wait") };
            let action = self.when_mine("answer them on the server");
            found.push(Blocker::new(BlockerKind::Unresolved, format!("{threads} for an answer")).action(action));
        }
        if let Some(parent) = self.open_parent {
            found.push(Blocker::new(BlockerKind::Parent, format!("waits for change {parent}, below it")));
        }
        match &change.requirements {
            None => {
                found.push(Blocker::new(BlockerKind::Unknown, "the server does not tell what else it needs over ssh"));
            }
            Some(requirements) => {
                found.extend(requirements.iter().filter_map(|requirement| self.requirement(requirement)));
            }
        }
        found
    }

    fn requirement(&self, requirement: &Requirement) -> Option<Blocker> {
        let name = &requirement.name;
        match requirement.status {
            RequirementStatus::Satisfied | RequirementStatus::NotApplicable => None,
            RequirementStatus::Unknown => {
                Some(Blocker::new(BlockerKind::Unknown, format!("whether {name} is fulfilled is not known")))
            }
            // What the gate votes is told by what the gate does.
            RequirementStatus::Unsatisfied if self.is_the_gates(name) && self.gate_speaks_for_itself() => None,
            RequirementStatus::Unsatisfied => {
                let wanted =
                    self.rules.approve.iter().find(|(label, _)| label.as_str() == name).map(|(_, value)| *value);
                let text = match (self.against(name), &requirement.description, wanted) {
                    (Some(vote), ..) => format!("{name} {} by {}", vote.value, vote.by.display()),
                    (None, ..) if self.is_the_gates(name) && matches!(self.seen, Seen::Queues(_)) => {
                        format!("needs {name}: the checks have not reported on it yet")
                    }
                    (None, Some(why), _) => format!("needs {name}: {}", why.trim_end_matches('.')),
                    (None, None, Some(value)) => format!("needs {name}{value:+} from a core developer"),
                    (None, None, None) => format!("needs {name}"),
                };
                let blocker = Blocker::new(BlockerKind::Requirement, text).action(self.review_it(name, wanted));
                Some(Blocker { label: Some(name.clone()), ..blocker })
            }
        }
    }

    fn against(&self, label: &str) -> Option<&Vote> {
        let votes = self.change.votes.iter().filter(|vote| vote.label == label && vote.value < 0);
        votes.min_by_key(|vote| vote.value)
    }

    /// What a reviewer, or a core developer, can do about a missing vote.
    fn review_it(&self, label: &str, wanted: Option<i32>) -> Option<String> {
        let (change, me) = (self.change, self.me?);
        let voted = change.votes.iter().any(|vote| vote.label == label && vote.by.id == me.id);
        if self.mine() || voted {
            return None;
        }
        let name = format!("{},{}", change.number, change.current_patch_set.unwrap_or(1));
        // Who may give the vote is asked where the vote is missing; the others are asked by name.
        if wanted.is_some_and(|value| change.may_give(label, value)) {
            return Some(format!("review it: `pyflow approve {name}`, or `pyflow vote {name} {label}=VALUE`"));
        }
        let asked = change.attention.iter().chain(&change.reviewers).any(|account| account.id == me.id);
        (asked && change.may_give(label, 1)).then(|| format!("review it: `pyflow vote {name} {label}=VALUE`"))
    }

    /// Whether a label is the gate's to vote on: it, or another program, has voted there; `Verified`
    /// is every site's name for that (Gerrit documentation, "Review Labels").
    fn is_the_gates(&self, label: &str) -> bool {
        if self.rules.approve.iter().any(|(known, _)| known.as_str() == label) {
            return false;
        }
        let by = |account: &Account| self.standing.last.iter().any(|report| report.by == account.id);
        label == self.rules.checks || self.change.votes.iter().any(|vote| vote.label == label && by(&vote.by))
    }

    /// What the gate does, or has reported, tells more than a vote that is missing: after the checks
    /// have passed it gives the last one itself, once the change is approved.
    fn gate_speaks_for_itself(&self) -> bool {
        let told = |report: &Report| report.verdict.is_failure() || report.verdict == Verdict::Passed;
        self.standing.on_the_way().is_some() || self.standing.newest_of(self.change).is_some_and(told)
    }

    fn of_the_gate(&self) -> Vec<Blocker> {
        let mut found = Vec::new();
        match self.seen {
            Seen::NoGate | Seen::Queues(_) => {}
            Seen::Unreachable(why) => {
                found.push(Blocker::new(
                    BlockerKind::Unknown,
                    format!("whether it is being tested is not known: {why}"),
                ));
            }
        }
        if let Some(paused) = self.standing.paused {
            found.push(Blocker::new(BlockerKind::Paused, pause(paused)));
        }
        match self.standing.on_the_way() {
            Some(place) => found.push(self.under_way(place)),
            None => found.extend(self.failed()),
        }
        found
    }

    fn under_way(&self, place: &Place<'_>) -> Blocker {
        let item = place.item();
        let where_ = match place.pipeline.kind {
            PipelineKind::Gate => format!("in {}, {} of {}", place.pipeline.name, place.position(), place.length()),
            PipelineKind::Check | PipelineKind::Other => format!("in {}", place.pipeline.name),
        };
        let older = item.changes.iter().find(|change| change.is(&self.change.project, self.change.number));
        let older =
            older.and_then(|change| change.patch_set).filter(|known| Some(*known) != self.change.current_patch_set);
        let where_ = older.map_or(where_.clone(), |old| format!("{where_}, with the older patch set {old}"));
        match item.state() {
            GateState::OutsideWindow => Blocker::new(
                BlockerKind::OutsideWindow,
                match place.outside_by() {
                    Some(by) => format!("{where_}: outside the window; {by} more must leave first"),
                    None => format!("{where_}: outside the window"),
                },
            ),
            GateState::Failing => {
                Blocker::new(BlockerKind::Failing, format!("{where_}: it will not merge: {}", why_failing(item)))
            }
            GateState::Unknown => {
                Blocker::new(BlockerKind::Unknown, format!("{where_}; how its jobs stand is not known"))
            }
            GateState::Passed => Blocker::new(
                BlockerKind::Testing,
                match place.base() {
                    Some(base) => format!("{where_}: every job has passed; it waits for {base} before it"),
                    None => format!("{where_}: every job has passed"),
                },
            ),
            _ => Blocker::new(BlockerKind::Testing, format!("{where_}: {}", progress(item))),
        }
    }

    /// What was reported last, where it stands in the way.
    fn failed(&self) -> Option<Blocker> {
        let report = self.standing.newest_of(self.change).filter(|report| report.verdict.is_failure())?;
        let (number, branch) = (self.change.number, &self.change.branch);
        let merging = self.standing.kind(report) == PipelineKind::Gate;
        let text = match report.verdict {
            Verdict::Conflict => "it does not merge with what is before it, or with its branch".to_owned(),
            Verdict::NotMerged => {
                let jobs = if report.jobs.is_empty() { "it" } else { "its jobs" };
                let text = format!("{jobs} passed in {}, and the review server did not merge it", report.pipeline);
                with_why(text, report)
            }
            Verdict::DependencyFailed => "a change that it needs has failed".to_owned(),
            _ => self.failed_jobs(report),
        };
        let look = if self.failing_lines.is_empty() && !report.failed_jobs().is_empty() {
            format!("look why (`pyflow status {number} --logs`), mend it and submit again")
        } else {
            "mend it and submit again".to_owned()
        };
        let again = format!("ask again, and say why: `pyflow recheck {number} --bug N`, or `--reason TEXT`");
        let approver = self.approver();
        let revote = merging && self.rules.revote && !self.may_approve() && report.verdict != Verdict::Conflict;
        let action = match report.verdict {
            Verdict::Conflict => self.when_mine(format!("rebase it onto {branch} and submit again")),
            Verdict::Failed if self.mine() => Some(if revote {
                format!("{look}; if the change is not to blame, ask {approver} to vote again")
            } else {
                format!("{look}; if the change is not to blame: `pyflow recheck {number} --bug N`, or `--reason TEXT`")
            }),
            _ if revote => None,
            _ if self.mine() || self.may_approve() => Some(again),
            _ => None,
        };
        let text = if revote { format!("{text}; {approver} must vote again") } else { text };
        Some(Blocker::new(BlockerKind::Failed, text).action(action))
    }

    fn failed_jobs(&self, report: &Report) -> String {
        /// As many as a line holds.
        const MOST: usize = 3;
        let jobs = report.failed_jobs();
        let told = jobs.iter().take(MOST).map(|job| {
            let line = self.failing_lines.iter().find(|(name, _)| *name == job.name);
            let word = if job.word == "FAILURE" { String::new() } else { format!(" ({})", job.word) };
            match line {
                Some((_, line)) => format!("{} failed{word}: `{line}`", job.name),
                None => format!("{} failed{word}", job.name),
            }
        });
        let told = told.collect::<Vec<_>>().join("; ");
        match jobs.len() {
            0 => with_why(format!("it failed in {}", report.pipeline), report),
            count if count > MOST => format!("{told}; and {} more, in {}", count - MOST, report.pipeline),
            _ => format!("{told}, in {}", report.pipeline),
        }
    }

    /// Everything that people can give is there, and the gate does nothing: its trigger is a vote,
    /// and votes that came before it could act, or by somebody else, do not count again.
    fn nothing_runs(&self, blockers: &[Blocker]) -> Option<Blocker> {
        let Seen::Queues(snapshot) = self.seen else { return None };
        let merges = snapshot.of_kind(PipelineKind::Gate).next().is_some();
        let requirements = self.change.requirements.as_ref()?;
        let approved = !self.rules.approve.is_empty()
            && self.rules.approve.iter().all(|(label, value)| {
                self.change.votes.iter().any(|vote| vote.label == label.as_str() && vote.value >= *value)
            });
        let open = requirements.iter().filter(|r| r.status == RequirementStatus::Unsatisfied);
        let only_the_gates = open.clone().all(|requirement| self.is_the_gates(&requirement.name));
        let in_the_way = blockers.iter().any(|blocker| blocker.kind != BlockerKind::Requirement);
        if !merges || !approved || !only_the_gates || in_the_way || self.standing.on_the_way().is_some() {
            return None;
        }
        let name = format!("{},{}", self.change.number, self.change.current_patch_set.unwrap_or(1));
        let i_approved = self.me.is_some_and(|me| self.approvals().any(|vote| vote.by.id == me.id));
        let action = i_approved.then(|| format!("vote again: `pyflow approve {name}`"));
        let text = format!("approved, all votes there, and nothing runs: {} must vote again", self.approver());
        Some(Blocker::new(BlockerKind::NotStarted, text).action(action))
    }

    /// The votes that approve, without those that everybody may give a value of.
    fn approvals(&self) -> impl Iterator<Item = &Vote> {
        let gives = |vote: &&Vote| {
            self.rules.approve.iter().any(|(label, value)| vote.label == label.as_str() && vote.value >= *value)
        };
        self.change.votes.iter().filter(gives)
    }

    fn approver(&self) -> String {
        // Who gave the last of the labels let it go: on sites with a Workflow label that is its voter.
        let last =
            self.rules.approve.iter().rev().find_map(|(label, _)| self.approvals().find(|v| v.label == label.as_str()));
        last.map_or_else(|| "the approver".to_owned(), |vote| format!("the approver ({})", vote.by.display()))
    }

    fn may_approve(&self) -> bool {
        !self.rules.approve.is_empty()
            && self.rules.approve.iter().all(|(label, value)| self.change.may_give(label.as_str(), *value))
    }
}

/// What administrators have stopped, in words.
pub fn pause(paused: &Paused) -> String {
    let what = match paused.what {
        Stopped::Discarding => {
            "gate paused by the administrators; votes and comments are thrown away, and must be given again later"
        }
        Stopped::Triggers => "gate paused by the administrators; votes and comments wait",
        Stopped::Results => "gate paused by the administrators; nothing is merged meanwhile",
    };
    match &paused.reason {
        Some(reason) => format!("{what}: {reason}"),
        None => what.to_owned(),
    }
}

/// Why an item will not merge: the jobs that failed, where that is the reason.
pub fn why_failing(item: &Item) -> String {
    let failed: Vec<&str> = item
        .jobs
        .iter()
        .filter(|job| job.counts() && matches!(job.state, JobState::Failed | JobState::Failing))
        .map(|job| job.name.as_str())
        .collect();
    let reasons = item.reasons.iter().flatten().map(String::as_str);
    let mut told: Vec<String> =
        reasons.filter(|reason| *reason != "at least one job failed").map(str::to_owned).collect();
    if !failed.is_empty() {
        told.insert(0, format!("{} failed", failed.join(", ")));
    } else if told.is_empty() {
        told.push("a job failed".to_owned());
    }
    told.join("; ")
}

fn progress(item: &Item) -> String {
    let over = item.jobs.iter().filter(|job| job.state.is_over()).count();
    match (item.jobs.len(), item.running()) {
        (0, _) => "its jobs have not begun".to_owned(),
        (all, 0) if over == 0 => {
            format!("its {} not begun", if all == 1 { "job has".to_owned() } else { format!("{all} jobs have") })
        }
        (all, running) => format!("{over} of {all} jobs done, {running} running"),
    }
}

/// An age, in the largest unit that is not zero.
pub fn ago(age: Duration) -> String {
    let count = |number: u64, unit: &str| format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" });
    match age.as_secs() {
        0..60 => "just now".to_owned(),
        seconds @ 60..3600 => count(seconds / 60, "minute"),
        seconds @ 3600..86_400 => count(seconds / 3600, "hour"),
        seconds => count(seconds / 86_400, "day"),
    }
}

/// The gate's own words, where it has said why.
fn with_why(text: String, report: &Report) -> String {
    match &report.why {
        Some(why) => format!("{text}: {why}"),
        None => text,
    }
}

#[cfg(test)]
mod tests;
