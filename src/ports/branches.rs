//! What a branch is for, and which comes after which: a fix of an old branch belongs on every newer one.

use std::cmp::Reverse;

use crate::names::BranchName;

/// What a branch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// New work lands here first.
    Default,
    /// It gets bug fixes.
    Maintenance,
    /// A release is being prepared.
    ReleaseCandidate,
    /// It gets security fixes only.
    Security,
    /// It gets nothing any more.
    EndOfLife,
    /// The project has given no branch a role.
    Unlisted,
}

/// The branches that are cared for, the default branch first, then the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branches(Vec<(BranchName, Role)>);

impl Branches {
    /// Puts the branches in their order: by the numbers in their names where all of them have some,
    /// else as they are listed.
    pub fn new(default: BranchName, others: impl IntoIterator<Item = (BranchName, Role)>) -> Self {
        let mut others: Vec<(BranchName, Role)> = others.into_iter().filter(|(name, _)| *name != default).collect();
        if others.iter().all(|(name, _)| !version(name).is_empty()) {
            others.sort_by_key(|(name, _)| Reverse(version(name)));
        }
        others.insert(0, (default, Role::Default));
        Self(others)
    }

    /// The default branch.
    pub fn default_branch(&self) -> &BranchName {
        &self.0[DEFAULT].0
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &BranchName> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The place of a branch in the order.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(branch, _)| branch.as_str() == name)
    }

    /// The name at a place.
    pub fn name(&self, place: usize) -> &BranchName {
        &self.0[place].0
    }

    /// What the branch at a place is for.
    pub fn role(&self, place: usize) -> Role {
        self.0[place].1
    }

    /// The places of all, the default branch first.
    pub fn places(&self) -> std::ops::Range<usize> {
        0..self.0.len()
    }

    /// Whether there is only the default branch.
    pub const fn is_alone(&self) -> bool {
        self.0.len() < 2
    }

    /// Where a fix of the branch at `place` belongs, too: the default branch, and the newer branches
    /// that get such fixes. A branch for security fixes is none of them for an ordinary fix.
    pub fn after(&self, place: usize) -> Vec<usize> {
        let security = self.role(place) == Role::Security;
        (0..place).filter(|newer| security || self.role(*newer) != Role::Security).collect()
    }
}

/// The place of the default branch.
pub const DEFAULT: usize = 0;

/// The numbers in a name: `stable/2024.1` is 2024, 1.
fn version(name: &BranchName) -> Vec<u64> {
    name.as_str().split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Branches, Role};

    fn branches(others: &[(&str, Role)]) -> Branches {
        Branches::new("main".parse().unwrap(), others.iter().map(|(name, role)| (name.parse().unwrap(), *role)))
    }

    fn after(branches: &Branches, name: &str) -> Vec<String> {
        let places = branches.after(branches.place(name).unwrap());
        places.into_iter().map(|place| branches.name(place).to_string()).collect()
    }

    #[test]
    fn newer_branches_by_number() {
        let all = branches(&[
            ("3.9", Role::Maintenance),
            ("3.13", Role::Maintenance),
            ("main", Role::Maintenance),
            ("3.12", Role::Security),
            ("3.11", Role::Security),
            ("3.14", Role::ReleaseCandidate),
        ]);
        assert_eq!(after(&all, "3.9"), ["main", "3.14", "3.13"]);
        assert_eq!(after(&all, "3.11"), ["main", "3.14", "3.13", "3.12"]);
        assert_eq!(after(&all, "main"), Vec::<String>::new());
    }

    #[test]
    fn as_listed_where_names_have_no_numbers() {
        let all = branches(&[("zebra", Role::Maintenance), ("antelope", Role::Maintenance)]);
        assert_eq!(after(&all, "antelope"), ["main", "zebra"]);
    }
}
