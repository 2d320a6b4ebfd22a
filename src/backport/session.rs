//! What is remembered of backports that are not finished: everything that a later run needs to go
//! on, also in another folder, and under another `.reviewconf`. Values only; who acts on them saves
//! them first.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::message::Rules;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::review::model::SubmitOptions;

/// Name of the file in pyflow's folder.
pub const FILE: &str = "backport.json";
/// Counts up when the file's meaning changes.
const VERSION: u32 = 1;

/// The backports of this clone that are not finished, in the order in which they were begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    version: u32,
    /// Each is about one branch.
    pub backports: Vec<Backport>,
}

impl Default for Session {
    fn default() -> Self {
        Self { version: VERSION, backports: Vec::new() }
    }
}

/// A change on its way to one branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backport {
    /// Where it goes.
    pub branch: BranchName,
    /// What is picked.
    pub source: Source,
    /// Where the branch was when it was begun.
    pub onto: CommitId,
    /// What came of the commits that have been looked at, oldest first.
    pub done: Vec<Done>,
    /// What it waits for.
    pub stage: Stage,
    /// What was asked for.
    pub options: Options,
    /// The configuration that it began with.
    pub begun: Begun,
}

/// What is picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The commits, oldest first; at least one.
    pub commits: Vec<Original>,
    /// Number of the newest one's change on the server, where it has one.
    pub number: Option<u64>,
    /// Where a person looks at that.
    pub url: Option<String>,
}

/// One commit that is picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// The commit.
    pub commit: CommitId,
    /// Of a merge, the parent that it is compared with, counted from 1.
    pub mainline: Option<usize>,
    /// First line of its message.
    pub subject: String,
}

/// What came of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// It was picked, and this is the pick.
    Picked(CommitId),
    /// The branch has it already.
    Already,
    /// It was left out.
    Skipped,
}

/// What a backport waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A person resolves the conflict of the next commit, in a work tree of its own.
    Conflict {
        /// The files.
        files: Vec<String>,
        /// Whether the work tree is all made.
        made: bool,
    },
    /// Every commit is picked; what is missing is the way to the server, or the local branch.
    Ready,
}

/// What was asked for; `--continue` does the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Send it for review; else leave a local branch.
    pub push: bool,
    /// Go on over somebody else's patch set.
    pub replace: bool,
    /// What messages look like.
    pub rules: Rules,
    /// Branches whose names in brackets are no part of a subject.
    pub branches: Vec<BranchName>,
    /// What is asked of the server.
    pub submit: SubmitOptions,
}

/// The configuration that a backport began with: the branch it goes to may have another one, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// Name and text of the checked-in file.
    pub file: Option<(String, String)>,
    /// The remote, where an option named it.
    pub remote: Option<String>,
}

impl Session {
    /// Refuses what another version wrote.
    pub fn checked(self) -> Result<Self> {
        if self.version == VERSION {
            return Ok(self);
        }
        Err(Error::state("a backport that is not finished was begun by another version of pyflow")
            .hint("finish it with that version"))
    }

    /// The backport of these commits to this branch.
    pub fn find(&self, source: &Source, branch: &BranchName) -> Option<&Backport> {
        self.backports.iter().find(|backport| backport.is(source, branch))
    }

    /// Puts a backport in the place of its earlier self, or at the end.
    pub fn put(&mut self, backport: Backport) {
        match self.backports.iter_mut().find(|known| known.is(&backport.source, &backport.branch)) {
            Some(known) => *known = backport,
            None => self.backports.push(backport),
        }
    }

    /// Forgets a backport.
    pub fn remove(&mut self, backport: &Backport) {
        self.backports.retain(|known| !known.is(&backport.source, &backport.branch));
    }

    /// Those that go to one of these branches; all, where none is named.
    pub fn chosen(&self, branches: &[BranchName]) -> Result<Vec<Backport>> {
        if let Some(unknown) = branches.iter().find(|name| !self.backports.iter().any(|b| b.branch == **name)) {
            let error = Error::usage(format!("no backport to {unknown} waits"));
            return Err(match self.names().as_slice() {
                [] => error.hint("nothing waits: `pyflow backport BRANCH` begins one"),
                names => error.hint(format!("these do: {}", names.join(", "))),
            });
        }
        let chosen = |backport: &&Backport| branches.is_empty() || branches.contains(&backport.branch);
        Ok(self.backports.iter().filter(chosen).cloned().collect())
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.backports.iter().map(|backport| backport.branch.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Backport {
    fn is(&self, source: &Source, branch: &BranchName) -> bool {
        self.branch == *branch && self.source.commits == source.commits
    }

    /// The newest pick, or where the branch was.
    pub fn tip(&self) -> &CommitId {
        self.picks().last().unwrap_or(&self.onto)
    }

    /// The picks, oldest first.
    pub fn picks(&self) -> impl Iterator<Item = &CommitId> {
        self.done.iter().filter_map(|done| match done {
            Done::Picked(commit) => Some(commit),
            Done::Already | Done::Skipped => None,
        })
    }

    /// The commits that are still to come, oldest first.
    pub fn left(&self) -> &[Original] {
        self.source.commits.get(self.done.len()..).unwrap_or_default()
    }

    /// The commit that comes next.
    pub fn next(&self) -> Option<&Original> {
        self.left().first()
    }

    /// A name for folders and refs: the branch, and the newest commit of the source.
    pub fn name(&self) -> String {
        format!("{}-{}", self.branch.as_str().replace('/', "-"), self.source.last().commit.short())
    }

    /// Where its conflict is resolved.
    pub fn worktree(&self, state_dir: &Path) -> PathBuf {
        state_dir.join("backport").join(self.name())
    }
}

impl Source {
    /// The newest commit.
    pub fn last(&self) -> &Original {
        self.commits.last().expect("a source has at least one commit")
    }
}

#[cfg(test)]
mod tests {
    use super::{Backport, Begun, Done, Options, Original, Session, Source, Stage};
    use crate::backport::message::Rules;
    use crate::review::model::SubmitOptions;

    fn backport(branch: &str, digit: &str) -> Backport {
        let original = |digit: &str| Original {
            commit: digit.repeat(40).parse().unwrap(),
            mainline: None,
            subject: "Fix".to_owned(),
        };
        Backport {
            branch: branch.parse().unwrap(),
            source: Source { commits: vec![original("1"), original(digit)], number: None, url: None },
            onto: "a".repeat(40).parse().unwrap(),
            done: Vec::new(),
            stage: Stage::Ready,
            options: Options {
                push: true,
                replace: false,
                rules: Rules::default(),
                branches: Vec::new(),
                submit: SubmitOptions::default(),
            },
            begun: Begun { file: None, remote: None },
        }
    }

    #[test]
    fn several_backports_are_told_apart() {
        let mut session = Session::default();
        for one in [backport("3.13", "2"), backport("3.14", "2"), backport("3.13", "3")] {
            session.put(one);
        }
        assert_eq!(session.chosen(&[]).unwrap().len(), 3);
        assert_eq!(session.chosen(&["3.13".parse().unwrap()]).unwrap().len(), 2);
        let refused = session.chosen(&["3.1".parse().unwrap()]).unwrap_err();
        assert_eq!(refused.hints, ["these do: 3.13, 3.14"]);

        let mut first = backport("3.13", "2");
        assert_eq!(first.tip(), &first.onto);
        first.done = vec![Done::Already, Done::Picked("b".repeat(40).parse().unwrap())];
        assert_eq!(first.tip().short(), "bbbbbbbbbb");
        assert_eq!(first.next(), None);
        session.put(first.clone());
        assert_eq!(session.backports.len(), 3);
        assert_eq!(session.find(&first.source, &first.branch), Some(&first));
        session.remove(&first);
        assert_eq!(session.backports.len(), 2);
        assert_eq!(first.name(), "3.13-2222222222");

        let text = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&text).unwrap().checked().unwrap(), session);
        assert!(serde_json::from_str::<Session>(&text.replacen(":1", ":2", 1)).unwrap().checked().is_err());
    }
}
