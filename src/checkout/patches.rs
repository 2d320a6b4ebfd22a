//! What many commits change, each beside its parent: git tells it in few processes, however many
//! commits there are. Merges tell nothing.

use std::collections::HashMap;

use super::read::Reader;
use crate::error::{Error, Result};
use crate::names::CommitId;

/// How git is asked for differences: without anything that a person's configuration or attributes
/// could change (git-diff-tree(1)). Binary files are told by their full names, as git-patch-id(1)
/// reads them.
const DIFF: [&str; 10] = [
    "diff-tree",
    "--stdin",
    "-r",
    "--root",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--full-index",
    "-p",
];

impl Reader<'_> {
    /// For each commit the names and kinds of what it changes, as one text that can be compared.
    pub fn touched(&self, commits: &[CommitId]) -> Result<HashMap<CommitId, String>> {
        let arguments = ["diff-tree", "--stdin", "-r", "--root", "--no-renames", "--name-status"];
        let text = self.ask(&arguments, commits)?;
        let mut found: HashMap<CommitId, String> = HashMap::new();
        let mut current: Option<&mut String> = None;
        for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            let line = String::from_utf8_lossy(line);
            if let Ok(commit) = line.parse::<CommitId>() {
                current = Some(found.entry(commit).or_default());
            } else if let Some(names) = &mut current {
                names.push_str(&line);
                names.push('\n');
            }
        }
        Ok(found)
    }

    /// The differences, as `git diff-tree --stdin -p` prints them: a commit's id on a line of its
    /// own, then what it changes.
    pub fn differences(&self, commits: &[CommitId]) -> Result<Vec<u8>> {
        self.ask(&DIFF, commits)
    }

    /// git's own stable patch ids (git-patch-id(1), `--stable`) of such differences. A commit that
    /// changes nothing has none.
    pub fn patch_ids(&self, differences: &[u8]) -> Result<HashMap<CommitId, String>> {
        let text = self.git.feed(["patch-id", "--stable"], differences)?;
        let pairs = text.lines().filter_map(|line| {
            let (patch, commit) = line.split_once(' ')?;
            Some((commit.parse().ok()?, patch.to_owned()))
        });
        Ok(pairs.collect())
    }

    fn ask(&self, arguments: &[&str], commits: &[CommitId]) -> Result<Vec<u8>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let list: String = commits.iter().flat_map(|commit| [commit.as_str(), "\n"]).collect();
        let (said, output) = self.git.feed_output(arguments, list.as_bytes())?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(Error::state(format!("`{said}` failed: {}", output.talk())))
        }
    }
}
