//! The labels, who may vote them, which votes outlive a new patch set, and what a change needs.
//!
//! The set is that of the projects that run Zuul in front of Gerrit: Code-Review, Verified, Workflow.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::accounts::{Account, CI, CORE};
use super::change::{Change, Kind, Status};
use super::settings::ProjectSettings;
use crate::error::{Error, Result};

/// A label with its values and rules.
#[derive(Debug)]
pub(super) struct Label {
    /// Its name.
    pub name: &'static str,
    /// Values with their meaning, lowest first.
    pub values: &'static [(i8, &'static str)],
    /// Gerrit's spelling of the rule by which votes are copied to a new patch set.
    pub copy_condition: &'static str,
    /// Kinds of patch sets that votes outlive.
    copy_kinds: &'static [Kind],
    /// Whether the lowest vote (a veto) outlives every patch set.
    copy_minimum: bool,
    /// The text of its submit requirement.
    pub requirement: &'static str,
    /// What members of a group may vote, beside `everyone`.
    groups: &'static [(&'static str, i8, i8)],
    /// What every account may vote; `None`: nothing.
    everyone: Option<(i8, i8)>,
}

/// The label that the gate votes.
pub(super) const VERIFIED: &str = "Verified";

/// All labels, in the order in which Gerrit names them.
pub(super) static LABELS: [Label; 3] = [
    Label {
        name: "Code-Review",
        values: &[
            (-2, "Do not merge"),
            (-1, "This patch needs further work before it can be merged"),
            (0, "No score"),
            (1, "Looks good to me, but someone else must approve"),
            (2, "Looks good to me (core reviewer)"),
        ],
        copy_condition: "changekind:NO_CHANGE OR changekind:TRIVIAL_REBASE OR is:MIN",
        copy_kinds: &[Kind::NoChange, Kind::TrivialRebase],
        copy_minimum: true,
        requirement: "At least one Code-Review +2 and no -2.",
        groups: &[(CORE, -2, 2)],
        everyone: Some((-1, 1)),
    },
    Label {
        name: VERIFIED,
        values: &[(-2, "Fails"), (-1, "Doesn't seem to work"), (0, "No score"), (1, "Works for me"), (2, "Verified")],
        copy_condition: "changekind:NO_CODE_CHANGE OR changekind:NO_CHANGE",
        copy_kinds: &[Kind::NoCodeChange, Kind::NoChange],
        copy_minimum: false,
        requirement: "Verified +2 by the CI and no -2.",
        groups: &[(CI, -2, 2)],
        everyone: None,
    },
    Label {
        name: "Workflow",
        values: &[(-1, "Work in progress"), (0, "Ready for reviews"), (1, "Approved")],
        copy_condition: "changekind:NO_CHANGE",
        copy_kinds: &[Kind::NoChange],
        copy_minimum: false,
        requirement: "Approved by a core developer and not marked as work in progress.",
        groups: &[(CORE, -1, 1)],
        everyone: Some((-1, 0)),
    },
];

/// The label of this name; Gerrit compares names exactly.
pub(super) fn find(name: &str) -> Option<&'static Label> {
    LABELS.iter().find(|l| l.name == name)
}

/// Refuses a name that no label has.
pub(super) fn check(name: &str) -> Result<()> {
    if find(name).is_some() {
        return Ok(());
    }
    let known = LABELS.iter().map(|label| label.name).collect::<Vec<_>>().join(", ");
    Err(Error::usage(format!("there is no label {name:?}")).hint(format!("the labels are {known}")))
}

impl Label {
    /// The lowest value.
    pub(super) fn min(&self) -> i8 {
        self.values.first().map_or(0, |v| v.0)
    }

    /// The highest value.
    pub(super) fn max(&self) -> i8 {
        self.values.last().map_or(0, |v| v.0)
    }

    /// Whether it has this value.
    pub(super) fn has(&self, value: i8) -> bool {
        self.values.iter().any(|v| v.0 == value)
    }

    /// The range in which this account may vote.
    pub(super) fn range(&self, account: &Account) -> Option<(i8, i8)> {
        self.groups
            .iter()
            .filter(|(group, ..)| account.is_in(group))
            .map(|&(_, low, high)| (low, high))
            .chain(self.everyone)
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Whether this account may vote this.
    pub(super) fn permits(&self, account: &Account, value: i8) -> bool {
        value == 0 || self.range(account).is_some_and(|(low, high)| (low..=high).contains(&value))
    }

    /// Whether a vote outlives a new patch set of this kind.
    pub(super) fn copies(&self, value: i8, kind: Kind) -> bool {
        self.copy_kinds.contains(&kind) || (self.copy_minimum && value == self.min())
    }

    /// The copy condition with the atoms that held in `**`, as Gerrit's messages show it.
    pub(super) fn explained_condition(&self, value: i8, kind: Kind) -> String {
        let atoms = self.copy_condition.split(" OR ").map(|atom| {
            let holds = match atom {
                "is:MIN" => value == self.min(),
                _ => atom.strip_prefix("changekind:") == Some(kind.name()),
            };
            if holds { format!("**{atom}**") } else { atom.to_owned() }
        });
        atoms.collect::<Vec<_>>().join(" OR ")
    }
}

/// `Code-Review+2`, `-Verified` for a vote taken back.
pub(super) fn spelled(label: &str, value: i8) -> String {
    if value == 0 { format!("-{label}") } else { format!("{label}{value:+}") }
}

/// How a submit requirement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Fulfilled.
    Satisfied,
    /// Not yet.
    Unsatisfied,
    /// Not asked for here.
    NotApplicable,
}

impl Verdict {
    /// Gerrit's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Satisfied => "SATISFIED",
            Self::Unsatisfied => "UNSATISFIED",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

/// The branches on which nobody's own approval of their own work counts.
pub(super) fn no_self_approval(project: &ProjectSettings) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in &project.no_self_approval {
        set.add(Glob::new(pattern)?);
    }
    set.build()
}

/// Whether the label's maximum and minimum were voted on the current patch set.
pub(super) fn extremes(label: &Label, change: &Change) -> (bool, bool) {
    let votes = || change.current_votes().filter(|v| v.label == label.name);
    (votes().any(|v| v.value == label.max()), votes().any(|v| v.value == label.min()))
}

/// Whether the label has a maximum that counts. Where the project says so, an approval by the
/// change's owner or the patch set's uploader does not.
fn has_approval(label: &Label, change: &Change, project: &ProjectSettings) -> bool {
    let strict = label.name != VERIFIED
        && !project.no_self_approval.is_empty()
        // A list that cannot be read was refused at start; unknown is not yes.
        && no_self_approval(project).map_or(true, |set| set.is_match(&change.branch));
    let own = |account: u32| strict && (account == change.owner || account == change.current().uploader);
    change.current_votes().any(|v| v.label == label.name && v.value == label.max() && !own(v.account))
}

/// How the requirement of a label stands.
pub(super) fn verdict(label: &Label, change: &Change, project: &ProjectSettings) -> Verdict {
    if project.requirements.as_ref().is_some_and(|asked| !asked.iter().any(|l| l == label.name)) {
        return Verdict::NotApplicable;
    }
    let (_, vetoed) = extremes(label, change);
    if has_approval(label, change, project) && !vetoed { Verdict::Satisfied } else { Verdict::Unsatisfied }
}

/// How the requirement that no comment is unresolved stands.
pub(super) fn comments_verdict(change: &Change) -> Verdict {
    if change.unresolved() == 0 { Verdict::NotApplicable } else { Verdict::Unsatisfied }
}

/// Whether everything that people have to say is said: every submit requirement but Verified, which
/// is the gate's own answer, on work that is not in progress.
pub(super) fn approved(change: &Change, project: &ProjectSettings) -> bool {
    change.status == Status::New
        && !change.wip
        && LABELS
            .iter()
            .filter(|label| label.name != VERIFIED)
            .all(|label| verdict(label, change, project) != Verdict::Unsatisfied)
        && comments_verdict(change) != Verdict::Unsatisfied
}

/// Whether every submit requirement of an open change is satisfied. As in Gerrit this knows nothing
/// of conflicts, work in progress or parents.
pub(super) fn submittable(change: &Change, project: &ProjectSettings) -> bool {
    change.status == Status::New
        && LABELS.iter().all(|l| verdict(l, change, project) != Verdict::Unsatisfied)
        && comments_verdict(change) != Verdict::Unsatisfied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_outlive_patch_sets_by_the_copy_condition() {
        use Kind::{NoChange, NoCodeChange, Rework, TrivialRebase};
        let table = [
            ("Code-Review", 2, NoChange, true),
            ("Code-Review", 2, TrivialRebase, true),
            ("Code-Review", 2, NoCodeChange, false),
            ("Code-Review", 2, Rework, false),
            ("Code-Review", -2, Rework, true),
            ("Verified", 2, NoCodeChange, true),
            ("Verified", 2, TrivialRebase, false),
            ("Verified", -2, Rework, false),
            ("Workflow", 1, NoChange, true),
            ("Workflow", 1, NoCodeChange, false),
        ];
        for (label, value, kind, copied) in table {
            assert_eq!(find(label).unwrap().copies(value, kind), copied, "{label} {value} {kind:?}");
        }
        let label = find("Verified").unwrap();
        assert_eq!(label.explained_condition(2, NoCodeChange), "**changekind:NO_CODE_CHANGE** OR changekind:NO_CHANGE");
    }

    #[test]
    fn nobody_approves_their_own_work_where_that_is_the_policy() {
        let mut change = crate::server::change::tests::sample(1);
        let policy = ProjectSettings {
            requirements: Some(vec!["Code-Review".into()]),
            no_self_approval: vec!["3.*".into(), "release/**".into()],
            ..ProjectSettings::default()
        };
        change.vote("Code-Review", change.owner, 2, 1, 0);
        for (branch, approves) in [("main", true), ("3.15", false), ("release/a/b", false)] {
            change.branch = branch.into();
            assert_eq!(approved(&change, &policy), approves, "{branch}");
        }
        change.vote("Code-Review", 2, 2, 1, 0);
        assert!(approved(&change, &policy));
        change.vote("Code-Review", change.owner, -2, 1, 0);
        assert!(!approved(&change, &policy), "a veto of one's own counts");
    }
}
