//! The documents of `pyflow recheck` and `pyflow gate`.

use serde::Serialize;

use super::change::ChangeRow;
use crate::error::Kind;

/// A change that is asked to be tested, or merged, again.
#[derive(Debug, Serialize)]
pub struct Recheck {
    /// Whether this is only a plan.
    pub planned: bool,
    /// The change.
    pub change: ChangeRow,
    /// The patch set.
    pub patch_set: u32,
    /// What is run again: the checks, or the merge.
    pub again: Again,
    /// What is sent, in words.
    pub requested: String,
    /// Why, as the person said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What had failed.
    pub failed: Vec<FailedJob>,
    /// What this change was rechecked for before, oldest first.
    pub earlier: Vec<Earlier>,
    /// Whether it shows; `null` for a plan.
    pub effect: Option<Effect>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why the effect may not show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// What is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Again {
    /// The tests of the change by itself.
    Checks,
    /// The tests together with what is before it, and the merge.
    Merge,
}

/// A job that had failed.
#[derive(Debug, Serialize)]
pub struct FailedJob {
    /// Its name.
    pub name: String,
    /// The gate's word for what came of it.
    pub word: String,
    /// Its log, or a page about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Lines of its log that tell what failed.
    pub lines: Vec<String>,
}

/// An earlier recheck.
#[derive(Debug, Clone, Serialize)]
pub struct Earlier {
    /// Who asked.
    pub by: String,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The patch set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch_set: Option<u32>,
    /// Their words.
    pub text: String,
}

/// Whether what was asked for shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It does.
    Seen,
    /// Not within the time.
    NotSeen,
    /// It was so already.
    Already,
}

/// Something that was asked of the gate.
#[derive(Debug, Serialize)]
pub struct Gate {
    /// Whether this is only a plan.
    pub planned: bool,
    /// `enqueue`, `dequeue`, `promote`
    pub action: &'static str,
    /// The change.
    pub change: ChangeRow,
    /// The patch set.
    pub patch_set: u32,
    /// What is sent, in words and in order; empty where there is nothing to do.
    pub requested: Vec<String>,
    /// What it costs others.
    pub cost: Option<Cost>,
    /// Whether it shows; `null` for a plan.
    pub effect: Option<Effect>,
    /// How things stand after it, in words.
    pub text: String,
    /// Why the effect may not show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// Why it ended with another exit code than 0.
    #[serde(skip)]
    pub exit: Option<Kind>,
}

/// What others lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Changes whose jobs begin anew.
    pub items: usize,
    /// Jobs that run now, and are stopped.
    pub running_jobs: usize,
}
