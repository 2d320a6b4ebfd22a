//! What a change does to lines: whether two changes are the same, or alike.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::names::CommitId;

/// What one commit changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    /// git's patch id; `None` where there is nothing that it could be trusted for.
    pub id: Option<String>,
    /// A number for each line that comes or goes, in ascending order.
    lines: Vec<u64>,
}

/// Half of the lines of two changes together are the same: a pick that had conflicts, not a
/// coincidence.
const ALIKE: f64 = 0.5;

impl Patch {
    /// With these lines.
    pub fn new(id: Option<String>, mut lines: Vec<u64>) -> Self {
        lines.sort_unstable();
        Self { id, lines }
    }

    /// Whether both are, in the main, the same change.
    #[allow(clippy::cast_precision_loss, reason = "a share of line counts, compared with one half")]
    pub fn is_like(&self, other: &Self) -> bool {
        let (mut one, mut two, mut same) = (0, 0, 0_usize);
        while let (Some(a), Some(b)) = (self.lines.get(one), other.lines.get(two)) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => one += 1,
                std::cmp::Ordering::Greater => two += 1,
                std::cmp::Ordering::Equal => {
                    (one, two, same) = (one + 1, two + 1, same + 1);
                }
            }
        }
        let all = self.lines.len() + other.lines.len() - same;
        all > 0 && same as f64 / all as f64 >= ALIKE
    }
}

/// Reads what `git diff-tree --stdin -p` prints: a commit's id on a line, then its difference.
/// With it whether a binary file is in it, for which a patch id says nothing (git-patch-id(1) looks
/// at lines).
pub fn read(diffs: &[u8]) -> HashMap<CommitId, (Vec<u64>, bool)> {
    let mut found: HashMap<CommitId, (Vec<u64>, bool)> = HashMap::new();
    let mut current: Option<CommitId> = None;
    // Lines of a hunk that are still to come, so that a changed line that looks like a header is none.
    let (mut old, mut new) = (0_u64, 0_u64);
    for line in diffs.split(|b| *b == b'\n') {
        if old > 0 || new > 0 {
            let lines = current.as_ref().and_then(|commit| found.get_mut(commit));
            match line.first() {
                Some(b'+') => new = new.saturating_sub(1),
                Some(b'-') => old = old.saturating_sub(1),
                Some(b'\\') => continue,
                _ => {
                    (old, new) = (old.saturating_sub(1), new.saturating_sub(1));
                    continue;
                }
            }
            if let (Some((lines, _)), false) = (lines, line[1..].trim_ascii().is_empty()) {
                let mut hasher = DefaultHasher::new();
                line[0].hash(&mut hasher);
                line[1..].trim_ascii().hash(&mut hasher);
                lines.push(hasher.finish());
            }
        } else if let Some(counts) = hunk(line) {
            (old, new) = counts;
        } else if line.starts_with(b"Binary files ") {
            if let Some((_, binary)) = current.as_ref().and_then(|commit| found.get_mut(commit)) {
                *binary = true;
            }
        } else if let Some(commit) = std::str::from_utf8(line).ok().and_then(|text| text.parse::<CommitId>().ok()) {
            found.entry(commit.clone()).or_default();
            current = Some(commit);
        }
    }
    found
}

/// `@@ -1,2 +3,4 @@`: how many lines of either side follow.
fn hunk(line: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(line.strip_prefix(b"@@ -")?.split(|b| *b == b'@').next()?).ok()?;
    let (old, new) = text.trim_end().split_once(" +")?;
    let count = |range: &str| range.split_once(',').map_or(Some(1), |(_, count)| count.parse().ok());
    Some((count(old)?, count(new)?))
}

#[cfg(test)]
mod tests {
    use super::{Patch, read};

    #[test]
    fn differences_are_told_apart_by_commit() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let text = format!(
            "{one}\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n same\n-{two}\n+@@ -1 +1 @@\n+\n\\ No newline at end of file\n\
             {two}\ndiff --git a/y b/y\nBinary files a/y and b/y differ\n"
        );
        let found = read(text.as_bytes());
        assert_eq!(found.len(), 2);
        let of = |id: &str| &found[&id.parse().unwrap()];
        assert_eq!((of(&one).0.len(), of(&one).1), (2, false));
        assert_eq!(of(&two), &(vec![], true));
    }

    #[test]
    fn half_of_the_lines() {
        let patch = |lines: &[u64]| Patch::new(None, lines.to_vec());
        assert!(patch(&[3, 1, 2]).is_like(&patch(&[1, 2, 3])));
        assert!(patch(&[1, 2, 3]).is_like(&patch(&[1, 2, 4])));
        assert!(!patch(&[1, 2, 3]).is_like(&patch(&[1, 4, 5])));
        assert!(!patch(&[]).is_like(&patch(&[])), "nothing is like nothing, and tells nothing");
    }
}
