//! What is known of the branches' fixes, from history and from the review server, as the ledger
//! takes it.

use std::collections::{HashMap, HashSet};

use crate::checkout::Checkout;
use crate::checkout::object::Commit;
use crate::checkout::read::Reader;
use crate::config::Settings;
use crate::error::Result;
use crate::names::CommitId;
use crate::outcome::ports::Direction;
use crate::ports::branches::DEFAULT;
use crate::ports::patch::{self, Patch};
use crate::ports::{Branches, Fix, Ledger, Own, Place, PortState, Said, Standing};
use crate::review::gerrit::change_id::footer;

/// Everything that is known so far.
pub(super) struct Desk {
    pub(super) branches: Branches,
    /// Where each branch is in this clone.
    pub(super) tips: Vec<Option<CommitId>>,
    pub(super) fixes: Vec<Fix>,
    /// Which fix a commit is.
    by_commit: HashMap<CommitId, usize>,
    /// Whether the review server was asked.
    pub(super) asked: bool,
    /// Why a counterpart may be there that does not show.
    pub(super) gaps: Vec<String>,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
}

/// A fix that is looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The fix.
    pub(super) fix: usize,
    /// The branch that it is on, or meant for.
    pub(super) branch: usize,
    /// The branches that should have it, too.
    pub(super) wanted: Vec<usize>,
    /// Which way it goes.
    pub(super) direction: Direction,
}

impl Source {
    /// A fix of a maintenance branch, which belongs on those after it.
    pub(super) fn forward(branches: &Branches, fix: usize, branch: usize) -> Self {
        Self { fix, branch, wanted: branches.after(branch), direction: Direction::Forward }
    }

    /// The same for a check, which asks for the default branch alone.
    pub(super) fn to_default(fix: usize, branch: usize) -> Self {
        Self { fix, branch, wanted: vec![DEFAULT], direction: Direction::Forward }
    }
}

impl Desk {
    pub(super) fn new(branches: Branches) -> Self {
        let tips = vec![None; branches.places().len()];
        Self {
            branches,
            tips,
            fixes: Vec::new(),
            by_commit: HashMap::new(),
            asked: false,
            gaps: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The fix that a commit is.
    pub(super) fn fix_of(&self, commit: &CommitId) -> Option<usize> {
        self.by_commit.get(commit).copied()
    }

    /// Adds a fix.
    pub(super) fn add(&mut self, fix: Fix) -> usize {
        for commit in &fix.commits {
            self.by_commit.entry(commit.clone()).or_insert(self.fixes.len());
        }
        self.fixes.push(fix);
        self.fixes.len() - 1
    }

    /// Reads what the branches do not have in common, as it was last fetched.
    pub(super) fn read_history(&mut self, checkout: &Checkout<'_>, settings: &Settings) -> Result<()> {
        let reader = checkout.read();
        self.find_tips(reader, settings)?;
        let tips: Vec<CommitId> = self.tips.iter().flatten().cloned().collect();
        let mut base = tips.first().cloned();
        for tip in tips.iter().skip(1) {
            let Some(known) = base else { break };
            base = reader.merge_base(&known, tip)?;
        }
        if checkout.shallow {
            self.gaps.push("this clone is shallow, so that its history ends early".to_owned());
        }
        let ids = reader.walk_all(&tips, base.as_slice())?;
        let commits = reader.commits(&ids)?;
        let graph = Graph::of(&commits);
        let on: Vec<Vec<bool>> =
            self.tips.iter().map(|tip| tip.as_ref().map_or_else(Vec::new, |tip| graph.reach(tip))).collect();
        for (at, commit) in commits.iter().enumerate() {
            let places = (0..on.len()).filter(|branch| on[*branch].get(at) == Some(&true));
            let places = places.map(|branch| Place { branch, standing: Standing::Landed(at) }).collect();
            // A merge brings other commits; what it says is about them.
            if commit.parents.len() < 2 {
                self.landed(commit, places, &graph);
            }
        }
        Ok(())
    }

    fn find_tips(&mut self, reader: &Reader<'_>, settings: &Settings) -> Result<()> {
        let remote = &settings.review.remote.value;
        // A repository that never fetched from the server may have the branches themselves.
        let fetched = !reader.refs(&format!("refs/remotes/{remote}/"))?.is_empty();
        for (place, name) in self.branches.names().enumerate() {
            let place_of = if fetched { name.tracking(remote) } else { name.full() };
            self.tips[place] = reader.resolve(&place_of)?;
            if self.tips[place].is_none() {
                self.gaps.push(format!("{name} is not in this clone ({place_of})"));
            }
        }
        Ok(())
    }

    fn landed(&mut self, commit: &Commit, places: Vec<Place>, graph: &Graph<'_>) {
        let mut said = Said::read(&commit.message);
        graph.open_merges(&mut said);
        let author = Some((commit.author.email.clone(), commit.author.when.clone()));
        let change_id = change_id(&commit.message);
        if let Some(known) = self.fix_of(&commit.id) {
            let fix = &mut self.fixes[known];
            fix.on.extend(places);
            (fix.said, fix.author, fix.change_id) = (said, author, change_id.or(fix.change_id.take()));
            return;
        }
        self.add(Fix {
            commits: vec![commit.id.clone()],
            on: places,
            said,
            change_id,
            author,
            known: None,
            patch: None,
        });
    }

    /// The fixes that still need a counterpart.
    pub(super) fn unresolved(&self, sources: &[Source]) -> Vec<Source> {
        let ledger = Ledger::new(&self.branches, &self.fixes);
        let open = |source: &&Source| {
            let fix = &self.fixes[source.fix];
            let disclaimed = fix.said.disclaimer.as_ref().is_some_and(|said| said.reason().is_some());
            let concerned = source.direction == Direction::Backport || !disclaimed;
            concerned
                && ledger.own(source.fix, source.branch) == Own::Stands
                && source.wanted.iter().any(|branch| ledger.port(source.fix, *branch).state <= PortState::Likely)
        };
        sources.iter().filter(open).cloned().collect()
    }

    /// Looks at what fixes change, where nothing else tells: each is compared with those that touch
    /// the same files, and with those of its author's time and title.
    pub(super) fn compare(&mut self, reader: &Reader<'_>, sources: &[Source]) -> Result<()> {
        let unresolved = self.unresolved(sources);
        let commit = |fix: usize| self.fixes[fix].commit().cloned();
        let wanted: HashSet<usize> = unresolved
            .iter()
            .map(|source| source.fix)
            .filter(|fix| commit(*fix).is_some_and(|commit| reader.has(&commit)))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let places: HashSet<usize> = unresolved.iter().flat_map(|source| source.wanted.iter().copied()).collect();
        let is_candidate = |fix: &Fix| fix.is_in_history() && fix.on.iter().any(|on| places.contains(&on.branch));
        let compared = (0..self.fixes.len()).filter(|fix| wanted.contains(fix) || is_candidate(&self.fixes[*fix]));
        let commits: HashMap<CommitId, usize> = compared.filter_map(|fix| Some((commit(fix)?, fix))).collect();
        let touched = reader.touched(&commits.keys().cloned().collect::<Vec<_>>())?;
        let files: HashSet<&String> =
            touched.iter().filter(|(commit, _)| wanted.contains(&commits[*commit])).map(|(_, files)| files).collect();
        let ledger = Ledger::new(&self.branches, &self.fixes);
        let namesakes: HashSet<usize> = unresolved
            .iter()
            .flat_map(|source| source.wanted.iter().map(move |branch| (source.fix, *branch)))
            .flat_map(|(fix, branch)| ledger.namesakes(fix, branch))
            .collect();
        let compared: Vec<CommitId> = commits
            .iter()
            .filter(|(commit, fix)| {
                touched.get(commit).is_some_and(|own| !own.is_empty() && files.contains(own)) || namesakes.contains(fix)
            })
            .map(|(commit, _)| commit.clone())
            .collect();
        for (commit, patch) in patches(reader, &compared)? {
            self.fixes[commits[&commit]].patch = Some(patch);
        }
        Ok(())
    }
}

/// So many commits' differences are held in memory at once.
const AT_ONCE: usize = 500;

fn patches(reader: &Reader<'_>, commits: &[CommitId]) -> Result<Vec<(CommitId, Patch)>> {
    let mut found = Vec::new();
    for some in commits.chunks(AT_ONCE) {
        let differences = reader.differences(some)?;
        let mut ids = reader.patch_ids(&differences)?;
        for (commit, (lines, binary)) in patch::read(&differences) {
            // Lines are all that a patch id looks at.
            let id = ids.remove(&commit).filter(|_| !binary);
            found.push((commit, Patch::new(id, lines)));
        }
    }
    Ok(found)
}

/// The Change-Id that a message bears, by the review server's rules.
pub(super) fn change_id(message: &[u8]) -> Option<String> {
    footer(message).id().map(String::from)
}

/// Commits and their parents; parents stand before children.
struct Graph<'c> {
    commits: &'c [Commit],
    at: HashMap<&'c CommitId, usize>,
}

impl<'c> Graph<'c> {
    fn of(commits: &'c [Commit]) -> Self {
        Self { commits, at: commits.iter().enumerate().map(|(at, commit)| (&commit.id, at)).collect() }
    }

    /// For each commit whether `tip` reaches it.
    fn reach(&self, tip: &CommitId) -> Vec<bool> {
        let mut reached = vec![false; self.commits.len()];
        if let Some(tip) = self.at.get(tip) {
            reached[*tip] = true;
        }
        for at in (0..self.commits.len()).rev() {
            if reached[at] {
                for parent in &self.commits[at].parents {
                    if let Some(parent) = self.at.get(parent) {
                        reached[*parent] = true;
                    }
                }
            }
        }
        reached
    }

    /// A revert of a merge takes back what the merge brought.
    fn open_merges(&self, said: &mut Said) {
        let merges: Vec<usize> = said
            .reverts
            .iter()
            .filter_map(|id| self.at.get(&id.parse::<CommitId>().ok()?).copied())
            .filter(|at| self.commits[*at].parents.len() > 1)
            .collect();
        for merge in merges.into_iter().take(MOST_MERGES) {
            let all = self.reach(&self.commits[merge].id);
            let before = self.reach(&self.commits[merge].parents[0]);
            let brought = (0..self.commits.len()).filter(|at| all[*at] && !before[*at]);
            said.reverts.extend(brought.map(|at| self.commits[at].id.to_string()));
        }
    }
}

/// One revert names no more merges than this.
const MOST_MERGES: usize = 8;
