//! One change as it stands on its branches: what history and the review server know of it.

use super::message::Said;
use super::patch::Patch;
use crate::names::CommitId;

/// One change. In history it is one commit, which several branches may share; on a review server
/// it is a change with all its patch sets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fix {
    /// The commit that landed; before that the newest patch set. Others behind it.
    pub commits: Vec<CommitId>,
    /// Where it is.
    pub on: Vec<Place>,
    /// What its message says.
    pub said: Said,
    /// What ties the clones of a change together on a review server (Gerrit's Change-Id).
    pub change_id: Option<String>,
    /// Address and time of the author, which a pick keeps.
    pub author: Option<(String, String)>,
    /// What the review server calls it.
    pub known: Option<Known>,
    /// What it changes, where that was looked at.
    pub patch: Option<Patch>,
}

/// A change on the review server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What the server's API calls it.
    pub id: String,
    /// The number that people say.
    pub number: u64,
    /// Where a person looks at it.
    pub url: Option<String>,
    /// The change that the server itself picked this one from.
    pub picked_from: Option<u64>,
}

/// A branch, by its place in the order, and how far the change has come there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The branch.
    pub branch: usize,
    /// How far it has come.
    pub standing: Standing,
}

/// How far a change has come on a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Under review.
    Open,
    /// Under review, with the votes that the project calls an approval.
    Approved,
    /// In the branch; later ones have higher numbers.
    Landed(usize),
}

/// Where in history stands what has landed and was not seen there: after everything else.
pub const UNSEEN: usize = usize::MAX;

impl Fix {
    /// Whether it was seen in the history of a branch.
    pub fn is_in_history(&self) -> bool {
        self.on.iter().any(|place| matches!(place.standing, Standing::Landed(at) if at != UNSEEN))
    }

    /// How far it has come on a branch; `None` where it is not there.
    pub fn standing(&self, branch: usize) -> Option<Standing> {
        self.on.iter().filter(|place| place.branch == branch).map(|place| place.standing).max()
    }

    /// The commit that stands for it.
    pub fn commit(&self) -> Option<&CommitId> {
        self.commits.first()
    }

    /// The number of the change on the server.
    pub fn number(&self) -> Option<u64> {
        self.known.as_ref().map(|known| known.number)
    }

    /// Author's time and subject: what a pick keeps even where its difference had to be changed.
    pub(super) fn likeness(&self) -> Option<(&str, &str)> {
        let (_, when) = self.author.as_ref()?;
        (!when.is_empty() && !self.said.title.text.is_empty()).then_some((when, &self.said.title.text))
    }
}
