//! The stack: the commits between the target and the tip, oldest first, and what can be said of
//! them without a server.

use super::object::Commit;
use super::read::Reader;
use crate::error::{Error, Result};
use crate::names::CommitId;

/// More commits than this between target and tip mean that the target is wrong, or unrelated.
const MAX_WALK: usize = 10_000;

/// The commits that a submission is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Oldest first; parents stand before children, also around merges.
    pub commits: Vec<Commit>,
    /// The newest one.
    pub tip: CommitId,
}

impl Stack {
    /// Commits that `tip` reaches and none of `without` does.
    pub fn between(reader: &Reader<'_>, tip: &CommitId, without: &[CommitId]) -> Result<Self> {
        let ids = reader.walk(tip, without)?;
        if ids.len() > MAX_WALK {
            return Err(Error::state(format!("{} commits lie between the target and {}", ids.len(), tip.short()))
                .hint("is the target the branch that this work was started from?"));
        }
        Ok(Self { commits: reader.commits(&ids)?, tip: tip.clone() })
    }

    /// Whether every commit has exactly one parent.
    pub fn is_linear(&self) -> bool {
        self.commits.iter().all(|commit| commit.parents.len() == 1)
    }
}

/// A commit that says of itself that it is not meant to be reviewed like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// `fixup!`, `squash!`, `amend!`: git-rebase(1) `--autosquash` folds it into another commit.
    Autosquash,
    /// `WIP`, `DO NOT MERGE` and their like.
    WorkInProgress,
}

/// Reads a subject as people and git write it.
pub fn unfinished(subject: &str) -> Option<Unfinished> {
    if ["fixup!", "squash!", "amend!"].iter().any(|mark| subject.starts_with(mark)) {
        return Some(Unfinished::Autosquash);
    }
    let lower = subject.to_lowercase();
    let lower = lower.trim_start_matches(['[', '(', '*', ' ']);
    let marks =
        ["wip", "work in progress", "do not merge", "do not submit", "do not mail", "don't merge", "dnm", "draft"];
    let marked = marks.iter().any(|mark| {
        lower.strip_prefix(mark).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with([':', ']', ')', '!', '*'])
                || (*mark != "draft" && rest.starts_with(' '))
        })
    });
    marked.then_some(Unfinished::WorkInProgress)
}

#[cfg(test)]
mod tests {
    use super::{Unfinished, unfinished};

    #[test]
    fn subjects_that_are_not_meant_for_review() {
        for (subject, expected) in [
            ("fixup! gh-1: x", Some(Unfinished::Autosquash)),
            ("squash! x", Some(Unfinished::Autosquash)),
            ("amend! x", Some(Unfinished::Autosquash)),
            ("WIP: parser", Some(Unfinished::WorkInProgress)),
            ("[WIP] parser", Some(Unfinished::WorkInProgress)),
            ("wip", Some(Unfinished::WorkInProgress)),
            ("DO NOT MERGE: parser", Some(Unfinished::WorkInProgress)),
            ("Draft: parser", Some(Unfinished::WorkInProgress)),
            ("Draft the parser", None),
            ("Wipe the slate", None),
            ("Fix fixup! handling", None),
            ("Mention WIP", None),
        ] {
            assert_eq!(unfinished(subject), expected, "{subject}");
        }
    }
}
