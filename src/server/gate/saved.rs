//! The queues on disk: what a restart begins with. Nothing of running jobs; they start anew.
//!
//! Written whole, in one step, before whoever changed the queues gets an answer.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::model::{ChangeRef, Pipeline};
use crate::error::{Context, Error, Result};
use crate::server::change::Moment;

/// The format. A server refuses a newer one.
const FORMAT: u32 = 1;
/// The file in the gate's folder.
const FILE: &str = "queue.json";

/// The queues, and what the gate knows of approvals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) format: u32,
    /// When it was written.
    #[serde(default)]
    pub(super) as_of: Moment,
    /// Windows of the gate's queues: name, branch, size.
    pub(super) windows: Vec<(String, String, usize)>,
    /// Everything in the pipelines, in order.
    pub(super) items: Vec<SavedItem>,
    /// Approved patch sets that the gate has taken notice of, by number.
    pub(super) approved: BTreeMap<u32, u32>,
    /// Those of them that wait for a change below them.
    pub(super) waiting: Vec<u32>,
}

/// A change in a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedItem {
    /// The pipeline.
    pub(super) pipeline: Pipeline,
    /// The patch set.
    pub(super) change: ChangeRef,
    /// When it entered.
    pub(super) enqueued: Moment,
}

impl Saved {
    /// What the last server left; `None` where there was none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::state(format!("cannot read {}", path.display())).because(e)),
        };
        let hint = format!("move {} away to start with empty queues; approve again what was in them", path.display());
        let damaged = || Error::state(format!("{} is not right", path.display()));
        let saved: Self = serde_json::from_slice(&text).or_error(damaged).map_err(|e| e.hint(hint))?;
        if saved.format > FORMAT {
            return Err(Error::state(format!("{} was written by a newer pyflow", path.display())));
        }
        Ok(Some(saved))
    }

    /// Puts it in place of what was there.
    pub(super) fn write(&mut self, folder: &Path, now: Moment) -> Result<()> {
        self.format = FORMAT;
        self.as_of = now;
        let text = serde_json::to_vec(self).or_error(|| Error::state("cannot save the queues"))?;
        crate::server::files::replace(&folder.join(FILE), &text, 0o644)
    }

    /// Whether there is anything new in it.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let Self { format: _, as_of: _, windows, items, approved, waiting } = self;
        (windows, items, approved, waiting) == (&other.windows, &other.items, &other.approved, &other.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_and_what_cannot_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Saved::read(dir.path()).unwrap(), None);
        let item = SavedItem { pipeline: Pipeline::Gate, change: ChangeRef { number: 4, patch_set: 2 }, enqueued: 5 };
        let mut saved = Saved { items: vec![item], approved: [(4, 2)].into(), ..Saved::default() };
        saved.write(dir.path(), 7).unwrap();
        assert_eq!(Saved::read(dir.path()).unwrap(), Some(saved));
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        let error = Saved::read(dir.path()).unwrap_err();
        assert!(error.hints[0].starts_with("move "), "{error:?}");
        std::fs::write(dir.path().join(FILE), r#"{"format":9,"windows":[],"items":[],"approved":{},"waiting":[]}"#)
            .unwrap();
        assert!(Saved::read(dir.path()).unwrap_err().message.ends_with("was written by a newer pyflow"));
    }
}
