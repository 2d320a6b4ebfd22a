//! What stands between a change and its target, and the one thing that this person can do next.
//! Pure; the only place that decides it.

use serde::Serialize;

use super::model::{Account, Change, ChangeState, Requirement, RequirementStatus};
use crate::names::LabelName;

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
}

/// The kinds of blockers; more may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockerKind {
    /// Not on the server.
    NotSubmitted,
    /// The server has another version than this clone.
    NotCurrent,
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
    /// A change below it that is still open.
    pub open_parent: Option<u64>,
    /// The git remote of the review server.
    pub remote: &'a str,
    /// The votes that approve a change.
    pub approve: &'a [(LabelName, i32)],
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
            let blocker = Blocker {
                kind: BlockerKind::Abandoned,
                text: "it is abandoned".to_owned(),
                action: Some(
                    "restore it on the server, or remove its Change-Id and submit it as a new change".to_owned(),
                ),
            };
            return Advice { next: blocker.action.clone(), blockers: vec![blocker] };
        }
        ChangeState::Open | ChangeState::Unknown => {}
    }
    let blockers = blockers(situation);
    let action = blockers.iter().find_map(|blocker| blocker.action.clone());
    let waiting = || (!blockers.is_empty()).then(|| "nothing for you to do now; it waits for others".to_owned());
    let next = action
        .or_else(waiting)
        .or_else(|| Some("nothing stands against it: the gate, or somebody who may, can merge it".to_owned()));
    Advice { blockers, next }
}

fn blockers(situation: &Situation<'_>) -> Vec<Blocker> {
    let change = situation.change;
    let mine = situation.me.is_some_and(|me| me.id == change.owner.id);
    let mut found = Vec::new();
    let mut add = |kind, text: String, action: Option<String>| found.push(Blocker { kind, text, action });
    match situation.local {
        LocalCommit::None | LocalCommit::Current => {}
        LocalCommit::Unsent => {
            let theirs = change.current().filter(|p| situation.me.is_some_and(|me| me.id != p.uploader.id));
            let newest = theirs.map_or_else(String::new, |p| {
                format!("; the newest patch set, {}, is by {}", p.number, p.uploader.display())
            });
            add(
                BlockerKind::NotCurrent,
                format!("your commit has not been sent{newest}"),
                Some("send it: `pyflow submit`".to_owned()),
            );
        }
        LocalCommit::Parted => {
            let (newest, by, fetch) = change.current().map_or((0, "somebody else", ""), |current| {
                (current.number, current.uploader.display(), current.fetch())
            });
            add(
                BlockerKind::NotCurrent,
                format!("your commit has not been sent, and was not made from the newest patch set, {newest}, by {by}"),
                Some(format!(
                    "look at it: `git fetch {} {fetch}`; build on it, or send yours in its place: `pyflow submit --replace`",
                    situation.remote
                )),
            );
        }
        LocalCommit::Older(patch_set) => {
            let current = change.current();
            let by = current.map_or_else(String::new, |p| format!(" by {}", p.uploader.display()));
            let newest = change.current_patch_set.unwrap_or(0);
            add(
                BlockerKind::NotCurrent,
                format!("your commit is patch set {patch_set}; the newest is {newest}{by}"),
                current.map(|current| {
                    format!(
                        "take over patch set {newest} before you go on: `git fetch {} {}`",
                        situation.remote,
                        current.fetch()
                    )
                }),
            );
        }
    }
    if change.work_in_progress {
        add(
            BlockerKind::WorkInProgress,
            "it is marked as work in progress".to_owned(),
            (mine && situation.local == LocalCommit::Current)
                .then(|| "when it is finished: `pyflow submit --ready`".to_owned()),
        );
    }
    if change.contains_conflicts {
        add(
            BlockerKind::ConflictMarkers,
            "it holds conflict markers".to_owned(),
            mine.then(|| "resolve them, and submit again".to_owned()),
        );
    }
    if situation.merges == Some(false) {
        add(
            BlockerKind::Conflict,
            format!("it conflicts with {} as last fetched", change.branch),
            mine.then(|| format!("rebase it onto {} and submit again", change.branch)),
        );
    }
    if let Some(unresolved @ 1..) = change.unresolved {
        let threads = if unresolved == 1 { "1 comment waits" } else { &format!("{unresolved} comments wait") };
        add(
            BlockerKind::Unresolved,
            format!("{threads} for an answer"),
            mine.then(|| "answer them on the server".to_owned()),
        );
    }
    if let Some(parent) = situation.open_parent {
        add(BlockerKind::Parent, format!("change {parent}, below it, has not landed"), None);
    }
    match &change.requirements {
        None => add(BlockerKind::Unknown, "the server does not tell what else it needs over ssh".to_owned(), None),
        Some(requirements) => {
            for requirement in requirements {
                if let Some((kind, text, action)) = requirement_blocker(requirement, situation, mine) {
                    add(kind, text, action);
                }
            }
        }
    }
    found
}

fn requirement_blocker(
    requirement: &Requirement,
    situation: &Situation<'_>,
    mine: bool,
) -> Option<(BlockerKind, String, Option<String>)> {
    let (change, me, name) = (situation.change, situation.me, &requirement.name);
    match requirement.status {
        RequirementStatus::Satisfied | RequirementStatus::NotApplicable => None,
        RequirementStatus::Unknown => {
            Some((BlockerKind::Unknown, format!("whether {name} is fulfilled is not known"), None))
        }
        RequirementStatus::Unsatisfied => {
            let against =
                change.votes.iter().filter(|vote| vote.label == *name && vote.value < 0).min_by_key(|vote| vote.value);
            let text = match (against, &requirement.description) {
                (Some(vote), _) => format!("{name} {} by {}", vote.value, vote.by.display()),
                (None, Some(why)) => format!("needs {name}: {}", why.trim_end_matches('.')),
                (None, None) => format!("needs {name}"),
            };
            let voted = me.is_some_and(|me| change.votes.iter().any(|vote| vote.label == *name && vote.by.id == me.id));
            let reviewing = me
                .is_some_and(|me| change.attention.iter().chain(&change.reviewers).any(|account| account.id == me.id));
            let this = format!("{},{}", change.number, change.current_patch_set.unwrap_or(1));
            let approves = |(label, value): &(LabelName, i32)| label.as_str() == name && change.may_give(name, *value);
            let action = if mine || voted {
                None
            } else if situation.approve.iter().any(approves) {
                Some(format!("review it: `pyflow approve {this}`, or `pyflow vote {this} {name}=VALUE`"))
            } else if reviewing && change.may_give(name, 1) {
                Some(format!("review it: `pyflow vote {this} {name}=VALUE`"))
            } else {
                None
            };
            Some((BlockerKind::Requirement, text, action))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Advice, BlockerKind, LocalCommit, Situation, advise};
    use crate::review::model::{Account, Change, ChangeState, Requirement, RequirementStatus, Vote};

    fn account(id: &str, name: &str) -> Account {
        Account { id: id.to_owned(), name: Some(name.to_owned()), ..Account::default() }
    }

    fn change() -> Change {
        Change {
            state: ChangeState::Open,
            branch: "main".to_owned(),
            owner: account("1", "Alice"),
            requirements: Some(vec![Requirement {
                name: "Code-Review".to_owned(),
                status: RequirementStatus::Unsatisfied,
                description: None,
            }]),
            unresolved: Some(0),
            ..Change::seen_before(7, 2)
        }
    }

    fn advice(change: &Change, me: &Account, local: LocalCommit) -> Advice {
        advise(&Situation {
            change,
            me: Some(me),
            local,
            merges: Some(true),
            open_parent: Some(5),
            remote: "gerrit",
            approve: &[("Code-Review".parse().expect("a label"), 2)],
        })
    }

    #[test]
    fn the_author_waits_and_the_reviewer_acts() {
        let mut change = change();
        change.reviewers = vec![account("2", "Bob")];
        let author = advice(&change, &account("1", "Alice"), LocalCommit::Current);
        assert_eq!(author.next.as_deref(), Some("nothing for you to do now; it waits for others"));
        assert_eq!(author.blockers[0].text, "change 5, below it, has not landed");
        change.may_vote = vec![("Code-Review".to_owned(), 1)];
        let stranger = advice(&change, &account("3", "Carol"), LocalCommit::None);
        assert_eq!(stranger.next.as_deref(), Some("nothing for you to do now; it waits for others"));
        let reviewer = advice(&change, &account("2", "Bob"), LocalCommit::None);
        assert_eq!(reviewer.next.as_deref(), Some("review it: `pyflow vote 7,2 Code-Review=VALUE`"));
        change.may_vote = vec![("Code-Review".to_owned(), 2)];
        let core = advice(&change, &account("3", "Carol"), LocalCommit::None);
        let both = "review it: `pyflow approve 7,2`, or `pyflow vote 7,2 Code-Review=VALUE`";
        assert_eq!(core.next.as_deref(), Some(both), "who may approve is told so without being asked by name");
        change.votes = vec![Vote { label: "Code-Review".to_owned(), value: -2, by: account("3", "Carol") }];
        let author = advice(&change, &account("1", "Alice"), LocalCommit::Current);
        assert_eq!(author.blockers[1].text, "Code-Review -2 by Carol");
    }

    #[test]
    fn an_unsent_commit_comes_first_and_unknown_is_never_yes() {
        let mut change = change();
        change.requirements = None;
        let advice = advice(&change, &account("1", "Alice"), LocalCommit::Unsent);
        assert_eq!(advice.next.as_deref(), Some("send it: `pyflow submit`"));
        assert_eq!(advice.blockers.last().map(|b| b.kind), Some(BlockerKind::Unknown));
    }

    #[test]
    fn a_merged_change_has_no_blockers() {
        let mut change = change();
        change.state = ChangeState::Merged;
        let done = advice(&change, &account("1", "Alice"), LocalCommit::Current);
        assert_eq!((done.blockers.len(), done.next), (0, None));
    }
}
