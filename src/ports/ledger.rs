//! Ties the clones of a change together and answers: has this fix a counterpart on that branch, by
//! what is that known, and has it been taken back since?
//!
//! What proves that two commits are one change proves it in both directions, and through a third:
//! two backports of one fix are clones of each other. A commit that was squashed from several picks
//! is a clone of none of them: it has what they have, and a branch has it where it has them all.
//! Likeness proves nothing and is not passed on.

use std::collections::{BTreeSet, HashMap};

use super::branches::{Branches, DEFAULT};
use super::fix::{Fix, Standing};
use crate::names::CommitId;

/// By what two commits are known to be the same change. The strongest first; `Likely` alone is
/// none of the proofs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// It is the same commit, in both branches.
    SameCommit,
    /// Both bear this Change-Id.
    ChangeId(String),
    /// Its message says that it was picked from this commit, which is the counterpart.
    PickedFrom(CommitId),
    /// The counterpart's message says that it was picked from this commit.
    PickedTo(CommitId),
    /// Both messages name the same origin.
    SameOrigin(String),
    /// The review server picked it from the counterpart, which is change so-and-so.
    ServerPick(u64),
    /// The review server picked the counterpart from it.
    ServerPickedTo(u64),
    /// The titles agree, and a number in them: `GH-12`.
    Title(String),
    /// Both change the same lines in the same way.
    PatchId,
    /// Both are clones of the change that stands here in words.
    Through(String),
    /// Author's time and subject agree, and most of the lines.
    Likely,
}

impl Evidence {
    /// Whether it proves anything.
    pub const fn is_proof(&self) -> bool {
        !matches!(self, Self::Likely)
    }

    /// Its name in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SameCommit => "same-commit",
            Self::ChangeId(_) => "change-id",
            Self::PickedFrom(_) | Self::PickedTo(_) | Self::SameOrigin(_) => "cherry-picked",
            Self::ServerPick(_) | Self::ServerPickedTo(_) => "server-pick",
            Self::Title(_) => "title",
            Self::PatchId => "patch-id",
            Self::Through(_) => "through",
            Self::Likely => "likely",
        }
    }

    /// In words.
    pub fn text(&self) -> String {
        match self {
            Self::SameCommit => "the same commit".to_owned(),
            Self::ChangeId(_) => "same Change-Id".to_owned(),
            Self::PickedFrom(commit) => format!("cherry picked from {}", commit.short()),
            Self::PickedTo(commit) => format!("{} was cherry picked from it", commit.short()),
            Self::SameOrigin(commit) => {
                format!("both cherry picked from {}", commit.get(..10).unwrap_or(commit))
            }
            Self::ServerPick(number) => format!("the server picked it from change {number}"),
            Self::ServerPickedTo(number) => format!("the server picked change {number} from it"),
            Self::Title(number) => format!("same title with {number}"),
            Self::PatchId => "same patch".to_owned(),
            Self::Through(other) => format!("both are clones of {other}"),
            Self::Likely => "same author date and subject, similar lines".to_owned(),
        }
    }
}

/// What a branch has of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// How it stands.
    pub state: PortState,
    /// The counterpart, or what looks like one.
    pub fix: Option<usize>,
    /// By what it is known, the strongest first.
    pub evidence: Vec<Evidence>,
    /// What took the counterpart back.
    pub taken_back_by: Option<usize>,
}

/// How the counterpart of a fix stands on a branch; the order is that of worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortState {
    /// There is none.
    Missing,
    /// It landed, was taken back, and has not come again.
    TakenBack,
    /// Something looks like it; nothing proves that it is.
    Likely,
    /// Under review.
    Open,
    /// Under review and approved.
    Approved,
    /// In the branch.
    Merged,
}

/// What a commit is for its own branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// A change that stands.
    Stands,
    /// Taken back by another one.
    TakenBack(usize),
    /// It takes back, or brings back, what only this branch had.
    TakesBack(usize),
}

/// All the fixes, tied together.
#[derive(Debug)]
pub struct Ledger<'f> {
    fixes: &'f [Fix],
    /// For each fix the number of its family.
    family: Vec<usize>,
    /// The fixes of each family, and those that were squashed from one of it.
    members: HashMap<usize, Vec<usize>>,
    /// Of a fix that was squashed from picks of several families, one of each.
    parts: Vec<Vec<usize>>,
    /// The commits that messages name as origins, where they are known.
    origins: Vec<Vec<usize>>,
    /// For each branch, what was taken back there, and by what.
    taken_back: Vec<HashMap<usize, usize>>,
    /// For each fix the families that its message takes back.
    reverts: Vec<BTreeSet<usize>>,
    /// By author's time and title.
    alike: HashMap<(String, String), Vec<usize>>,
}

/// Something that two clones of a change have in common.
#[derive(PartialEq, Eq, Hash)]
enum Tie<'a> {
    ChangeId(&'a str),
    Commit(&'a str),
    Number(u64),
    Title(&'a str, u64),
    Issue(&'a str),
    Patch(&'a str),
}

/// Picks of picks of picks: longer chains than this are told in another order than they were made.
const MOST_PASSES: usize = 32;

/// More members of one family are not compared with each other one by one.
const MOST_COMPARED: usize = 64;

impl<'f> Ledger<'f> {
    /// Ties these fixes together.
    pub fn new(branches: &Branches, fixes: &'f [Fix]) -> Self {
        Self::between(branches.places().len(), fixes)
    }

    /// The same for so many places, whatever their names.
    pub(super) fn between(places: usize, fixes: &'f [Fix]) -> Self {
        let ids = Ids::of(fixes);
        let origins: Vec<Vec<usize>> =
            fixes.iter().map(|fix| fix.said.picked_from.iter().filter_map(|id| ids.find(id)).collect()).collect();
        let mut families = Families::new(fixes.len());
        let parts = families.tie(fixes, &origins);
        let family: Vec<usize> = (0..fixes.len()).map(|fix| families.root(fix)).collect();
        let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
        for (fix, root) in family.iter().enumerate() {
            members.entry(*root).or_default().push(fix);
            for part in &parts[fix] {
                members.entry(family[*part]).or_default().push(fix);
            }
        }
        let reverts: Vec<BTreeSet<usize>> = fixes
            .iter()
            .map(|fix| fix.said.reverts.iter().filter_map(|id| ids.find(id)).map(|of| family[of]).collect())
            .collect();
        let mut alike: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for (at, fix) in fixes.iter().enumerate() {
            if let Some((when, title)) = fix.likeness() {
                alike.entry((when.to_owned(), title.to_owned())).or_default().push(at);
            }
        }
        let taken_back = (0..places).map(|branch| taken_back(fixes, &family, &reverts, branch)).collect();
        Self { fixes, family, members, parts, origins, taken_back, reverts, alike }
    }

    /// What a fix is for its own branch: whether it still stands there.
    pub fn own(&self, fix: usize, branch: usize) -> Own {
        if let Some(by) = self.taken_back[branch].get(&fix) {
            return Own::TakenBack(*by);
        }
        let at = self.fixes[fix].standing(branch);
        // What takes back something that the default branch has, too, is a change of its own.
        let only_here = |other: &usize| {
            let other = &self.fixes[*other];
            other
                .standing(branch)
                .is_some_and(|standing| matches!(standing, Standing::Landed(_)) && later(at, standing))
                && (branch == DEFAULT || other.standing(DEFAULT).is_none())
        };
        let taken = self.reverts[fix].iter().flat_map(|family| &self.members[family]);
        taken.copied().find(|other| *other != fix && only_here(other)).map_or(Own::Stands, Own::TakesBack)
    }

    /// What `branch` has of a fix.
    pub fn port(&self, fix: usize, branch: usize) -> Port {
        if let Some((state, other)) = self.best(fix, fix, branch) {
            return self.found(fix, state, other, branch);
        }
        let parts: Vec<_> = self.parts[fix].iter().map(|part| self.best(*part, fix, branch)).collect();
        let worst = parts.iter().map(|part| part.map_or(PortState::Missing, |(state, _)| state)).min();
        // Where only a part of it arrived, that is what there is to show.
        let shown = parts.iter().flatten().min_by_key(|(state, _)| *state);
        if let (Some(state), Some((_, other))) = (worst, shown) {
            return self.found(fix, state, *other, branch);
        }
        match self.lookalike(fix, branch) {
            Some(other) => Port {
                state: PortState::Likely,
                fix: Some(other),
                evidence: vec![Evidence::Likely],
                taken_back_by: None,
            },
            None => Port { state: PortState::Missing, fix: None, evidence: Vec::new(), taken_back_by: None },
        }
    }

    fn found(&self, fix: usize, state: PortState, other: usize, branch: usize) -> Port {
        let taken_back_by = self.taken_back[branch].get(&other).filter(|_| state == PortState::TakenBack);
        Port { state, fix: Some(other), evidence: self.evidence(fix, other), taken_back_by: taken_back_by.copied() }
    }

    /// The one of a fix's family that has come furthest on a branch; `except` counts only by itself.
    fn best(&self, fix: usize, except: usize, branch: usize) -> Option<(PortState, usize)> {
        let there = |other: &usize| self.fixes[*other].standing(branch).is_some();
        let family = self.members[&self.family[fix]].iter().copied().filter(|other| *other != except);
        let all = (fix == except).then_some(fix).into_iter().chain(family).filter(there);
        all.fold(None, |best: Option<(PortState, usize)>, other| {
            let state = self.state(other, branch);
            if best.is_none_or(|(known, _)| state > known) { Some((state, other)) } else { best }
        })
    }

    /// The fixes on a branch that were made at the same time under the same title: those whose
    /// lines are worth comparing.
    pub fn namesakes(&self, fix: usize, branch: usize) -> impl Iterator<Item = usize> {
        let key = self.fixes[fix].likeness().map(|(when, title)| (when.to_owned(), title.to_owned()));
        let found = key.and_then(|key| self.alike.get(&key)).into_iter().flatten().copied();
        found.filter(move |other| *other != fix && self.fixes[*other].standing(branch).is_some())
    }

    /// How a clone stands on a branch where it is.
    fn state(&self, fix: usize, branch: usize) -> PortState {
        match self.fixes[fix].standing(branch) {
            None => PortState::Missing,
            Some(Standing::Open) => PortState::Open,
            Some(Standing::Approved) => PortState::Approved,
            Some(Standing::Landed(_)) if self.taken_back[branch].contains_key(&fix) => PortState::TakenBack,
            Some(Standing::Landed(_)) => PortState::Merged,
        }
    }

    fn lookalike(&self, fix: usize, branch: usize) -> Option<usize> {
        let own = self.fixes[fix].patch.as_ref()?;
        self.namesakes(fix, branch).find(|other| {
            self.fixes[*other].patch.as_ref().is_some_and(|patch| patch.is_like(own))
                && self.state(*other, branch) != PortState::TakenBack
        })
    }

    /// By what two members of a family are known to be clones: directly, else through a third.
    fn evidence(&self, one: usize, other: usize) -> Vec<Evidence> {
        if one == other {
            return vec![Evidence::SameCommit];
        }
        let direct = self.direct(one, other);
        if !direct.is_empty() {
            return direct;
        }
        let families = std::iter::once(&one).chain(&self.parts[one]).map(|part| &self.members[&self.family[*part]]);
        let between = families.flat_map(|family| family.iter().take(MOST_COMPARED)).copied().find(|third| {
            *third != one
                && *third != other
                && !self.direct(one, *third).is_empty()
                && !self.direct(*third, other).is_empty()
        });
        vec![Evidence::Through(between.map_or_else(|| "one change".to_owned(), |third| self.name(third)))]
    }

    /// What these two have in common, the strongest first.
    fn direct(&self, one: usize, other: usize) -> Vec<Evidence> {
        let (a, b) = (&self.fixes[one], &self.fixes[other]);
        let mut found = Vec::new();
        if let (Some(id), true) = (&a.change_id, a.change_id == b.change_id) {
            found.push(Evidence::ChangeId(id.clone()));
        }
        if let (true, Some(commit)) = (self.origins[one].contains(&other), b.commit()) {
            found.push(Evidence::PickedFrom(commit.clone()));
        }
        if let (true, Some(commit)) = (self.origins[other].contains(&one), b.commit()) {
            found.push(Evidence::PickedTo(commit.clone()));
        }
        if let Some(origin) = a.said.picked_from.iter().find(|id| b.said.picked_from.contains(id)) {
            found.push(Evidence::SameOrigin(origin.clone()));
        }
        if let (Some(from), Some(to)) = (&a.known, &b.known) {
            if from.picked_from == Some(to.number) {
                found.push(Evidence::ServerPick(to.number));
            }
            if to.picked_from == Some(from.number) {
                found.push(Evidence::ServerPickedTo(to.number));
            }
        }
        if let Some(number) = title(a, b) {
            found.push(Evidence::Title(number));
        }
        let patch = |fix: &Fix| fix.patch.as_ref().and_then(|patch| patch.id.clone());
        if patch(a).is_some_and(|id| patch(b).as_ref() == Some(&id)) {
            found.push(Evidence::PatchId);
        }
        found.sort();
        found
    }

    fn name(&self, fix: usize) -> String {
        let fix = &self.fixes[fix];
        match (fix.number(), fix.commit()) {
            (Some(number), _) => format!("change {number}"),
            (None, Some(commit)) => commit.short().to_owned(),
            (None, None) => "one change".to_owned(),
        }
    }
}

/// The number that two titles of one change share, where they are such titles.
fn title(a: &Fix, b: &Fix) -> Option<String> {
    let (one, other) = (&a.said.title, &b.said.title);
    let shared = one.numbers.iter().find(|number| other.numbers.contains(number));
    let same_text = one.text == other.text && !one.text.is_empty();
    match shared {
        Some(number) if same_text || original(a, b) == Some(*number) || original(b, a) == Some(*number) => {
            Some(format!("GH-{number}"))
        }
        _ if one.prefixed && other.prefixed && shared.is_some() => shared.map(|number| format!("GH-{number}")),
        _ if same_text && one.names_issue => one.text.split([':', ',']).next().map(str::to_owned),
        _ => None,
    }
}

/// The number under which `origin` landed, where the backport's title says that it is its own.
fn original(backport: &Fix, origin: &Fix) -> Option<u64> {
    let landed = *origin.said.title.numbers.last()?;
    let says = backport.said.title.prefixed && !origin.said.title.prefixed;
    (says && backport.said.title.numbers.contains(&landed)).then_some(landed)
}

/// Whether `at` comes after `other` on the same branch; what has not landed comes last.
fn later(at: Option<Standing>, other: Standing) -> bool {
    match (at, other) {
        (Some(Standing::Landed(at)), Standing::Landed(other)) => at > other,
        (Some(Standing::Open | Standing::Approved), _) => true,
        _ => false,
    }
}

/// What has been taken back on a branch, and by what: from the newest to the oldest, so that what
/// takes back is known to stand itself.
fn taken_back(fixes: &[Fix], family: &[usize], reverts: &[BTreeSet<usize>], branch: usize) -> HashMap<usize, usize> {
    let mut landed: Vec<(usize, usize)> = fixes
        .iter()
        .enumerate()
        .filter_map(|(fix, facts)| match facts.standing(branch) {
            Some(Standing::Landed(at)) => Some((at, fix)),
            _ => None,
        })
        .collect();
    landed.sort_unstable();
    let mut active: HashMap<usize, usize> = HashMap::new();
    let mut found = HashMap::new();
    for (_, fix) in landed.into_iter().rev() {
        if let Some(by) = active.get(&family[fix]) {
            found.insert(fix, *by);
        } else {
            for family in &reverts[fix] {
                active.entry(*family).or_insert(fix);
            }
        }
    }
    found
}

/// Finds fixes by the ids of their commits, abbreviated ones, too.
struct Ids<'a>(Vec<(&'a str, usize)>);

impl<'a> Ids<'a> {
    fn of(fixes: &'a [Fix]) -> Self {
        let of = |(at, fix): (usize, &'a Fix)| fix.commits.iter().map(move |commit| (commit.as_str(), at));
        let mut all: Vec<(&str, usize)> = fixes.iter().enumerate().flat_map(of).collect();
        all.sort_unstable();
        Self(all)
    }

    /// The fix whose commit begins like this; `None` where several do.
    fn find(&self, id: &str) -> Option<usize> {
        let from = self.0.partition_point(|(commit, _)| *commit < id);
        let mut fitting = self.0[from..].iter().take_while(|(commit, _)| commit.starts_with(id));
        let (commit, fix) = fitting.next()?;
        fitting.all(|(other, _)| other == commit).then_some(*fix)
    }
}

/// Which fixes are clones of each other: disjoint sets that only ever grow together.
struct Families(Vec<usize>);

impl Families {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, fix: usize) -> usize {
        let mut at = fix;
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// The answer is, for each fix that was squashed from several, one of each family.
    fn tie(&mut self, fixes: &[Fix], origins: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut seen: HashMap<Tie<'_>, usize> = HashMap::new();
        for (fix, facts) in fixes.iter().enumerate() {
            for tie in ties(facts) {
                let first = *seen.entry(tie).or_insert(fix);
                self.join(first, fix);
            }
        }
        self.tie_titles(fixes);
        self.tie_origins(origins)
    }

    /// A pick of a pick names both, which are one family; what was squashed names several.
    fn tie_origins(&mut self, origins: &[Vec<usize>]) -> Vec<Vec<usize>> {
        let mut squashed: Vec<usize> = (0..origins.len()).filter(|fix| !origins[*fix].is_empty()).collect();
        for _ in 0..MOST_PASSES {
            let before = squashed.len();
            squashed.retain(|fix| {
                let one = self.distinct(&origins[*fix]).len() == 1;
                if one {
                    self.join(origins[*fix][0], *fix);
                }
                !one
            });
            if squashed.len() == before {
                break;
            }
        }
        let mut parts = vec![Vec::new(); origins.len()];
        for fix in squashed {
            parts[fix] = self.distinct(&origins[fix]);
        }
        parts
    }

    /// One of each family among these.
    fn distinct(&mut self, fixes: &[usize]) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        fixes.iter().copied().filter(|fix| seen.insert(self.root(*fix))).collect()
    }

    /// A title with `[3.13]` in front names the number of the change that it was cloned from.
    fn tie_titles(&mut self, fixes: &[Fix]) {
        let mut backports: HashMap<u64, usize> = HashMap::new();
        for (fix, facts) in fixes.iter().enumerate().filter(|(_, facts)| facts.said.title.prefixed) {
            for number in &facts.said.title.numbers {
                let first = *backports.entry(*number).or_insert(fix);
                self.join(first, fix);
            }
        }
        for (fix, facts) in fixes.iter().enumerate().filter(|(_, facts)| !facts.said.title.prefixed) {
            if let Some(backport) = facts.said.title.numbers.last().and_then(|number| backports.get(number)) {
                self.join(*backport, fix);
            }
        }
    }
}

fn ties(fix: &Fix) -> Vec<Tie<'_>> {
    let title = &fix.said.title;
    let mut ties: Vec<Tie<'_>> = fix.change_id.iter().map(|id| Tie::ChangeId(id)).collect();
    ties.extend(fix.commits.iter().map(|commit| Tie::Commit(commit.as_str())));
    // Also an origin that nobody knows here ties those together that name it alone.
    if let [origin] = fix.said.picked_from.as_slice() {
        ties.push(Tie::Commit(origin));
    }
    if let Some(known) = &fix.known {
        ties.push(Tie::Number(known.number));
        ties.extend(known.picked_from.map(Tie::Number));
    }
    if !title.text.is_empty() {
        ties.extend(title.numbers.iter().map(|number| Tie::Title(&title.text, *number)));
        if title.names_issue {
            ties.push(Tie::Issue(&title.text));
        }
    }
    ties.extend(fix.patch.iter().filter_map(|patch| patch.id.as_deref()).map(Tie::Patch));
    ties
}

#[cfg(test)]
mod tests;
