//! Which commits last touched the lines that a commit changes. git answers; nothing is written.

use std::collections::BTreeMap;

use super::exec::Git;
use crate::error::Result;
use crate::names::CommitId;

/// A commit that touched some lines, and in which file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touched {
    /// The commit.
    pub commit: CommitId,
    /// The file, as `base` names it.
    pub file: String,
}

/// More ranges than this tell nobody anything.
const MOST_RANGES: usize = 50;

/// The commits between `without` and `base` that last touched the lines of `files` which `commit`
/// changes, and those beside them: `base` is the side that it was made on. Files that `base` does
/// not have are passed over.
pub fn touched(
    git: &Git<'_>,
    base: &CommitId,
    commit: &CommitId,
    without: &CommitId,
    files: &[String],
) -> Result<Vec<Touched>> {
    let mut arguments = vec!["--literal-pathspecs", "diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv"];
    arguments.extend(["--src-prefix=a/", "--dst-prefix=b/", "-M", base.as_str(), commit.as_str(), "--"]);
    arguments.extend(files.iter().map(String::as_str));
    let diff = git.output(arguments)?;
    let mut found = Vec::new();
    for (file, ranges) in ranges(&String::from_utf8_lossy(&diff.stdout)) {
        let mut arguments = vec!["blame".to_owned(), "--porcelain".to_owned(), "-w".to_owned()];
        arguments
            .extend(ranges.iter().take(MOST_RANGES).flat_map(|(from, to)| ["-L".to_owned(), format!("{from},{to}")]));
        arguments.extend([format!("{without}..{base}"), "--".to_owned(), file.clone()]);
        let output = git.output(&arguments)?;
        if output.status.success() {
            let commits = introduced(&String::from_utf8_lossy(&output.stdout));
            found.extend(commits.into_iter().map(|commit| Touched { commit, file: file.clone() }));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The line ranges of the old side in a diff without context, by file, with a line on either side.
fn ranges(diff: &str) -> BTreeMap<String, Vec<(usize, usize)>> {
    let mut found: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let mut file = None;
    for line in diff.lines() {
        if let Some(name) = line.strip_prefix("--- ") {
            file = name.strip_prefix("a/").map(|name| name.trim_end_matches('\t').to_owned());
        } else if let (Some(rest), Some(file)) = (line.strip_prefix("@@ -"), &file) {
            let old = rest.split(' ').next().unwrap_or_default();
            let (start, count) = old.split_once(',').unwrap_or((old, "1"));
            if let (Ok(start), Ok(count)) = (start.parse::<usize>(), count.parse::<usize>()) {
                // An insertion stands behind the line that it names.
                let end = if count == 0 { start + 1 } else { start + count };
                found.entry(file.clone()).or_default().push((start.saturating_sub(1).max(1), end));
            }
        }
    }
    found
}

/// The commits in git-blame(1)'s porcelain format that are no boundary.
fn introduced(porcelain: &str) -> Vec<CommitId> {
    let (mut all, mut boundary, mut at): (Vec<CommitId>, Vec<CommitId>, Option<CommitId>) =
        (Vec::new(), Vec::new(), None);
    for line in porcelain.lines() {
        if line == "boundary" {
            boundary.extend(at.clone());
        } else if !line.starts_with('\t')
            && let Ok(commit) = line.split(' ').next().unwrap_or_default().parse::<CommitId>()
        {
            all.push(commit.clone());
            at = Some(commit);
        }
    }
    all.retain(|commit| !boundary.contains(commit));
    all
}

#[cfg(test)]
mod tests {
    use super::{introduced, ranges};

    #[test]
    fn ranges_of_the_old_side() {
        let diff = "diff --git a/p.py b/p.py\n--- a/p.py\n+++ b/p.py\n@@ -3,2 +3 @@ def x\n-a\n-b\n+c\n@@ -9,0 +9 @@\n+d\n\
                    @@ -1 +1 @@\n-a\n+b\ndiff --git a/new b/new\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+x\n";
        let found = ranges(diff);
        assert_eq!(found["p.py"], [(2, 5), (8, 10), (1, 2)]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn boundaries_are_no_news() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let text = format!(
            "{one} 1 1 1\nauthor A\nboundary\nfilename f\n\ta\n{two} 2 2 1\nauthor B\nfilename f\n\tb\n{one} 3 3 1\n\tc\n"
        );
        let found: Vec<String> = introduced(&text).iter().map(ToString::to_string).collect();
        assert_eq!(found, [two]);
    }
}
