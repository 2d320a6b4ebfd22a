//! What was asked for: branches, a range, changes; from the command line, or from a gate that
//! started this as a job.

use super::desk::{Desk, Source};
use crate::checkout::Checkout;
use crate::checkout::read::Reader;
use crate::cli::PortsArgs;
use crate::commands::context::{Context, environment};
use crate::commands::name::{self, Named};
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::ports::Direction;
use crate::ports::{Branches, Standing, branches::DEFAULT};
use crate::review::ChangeName;

/// What to look into.
pub(super) struct Request {
    pub(super) selection: Selection,
}

pub(super) enum Selection {
    /// What has landed on maintenance branches.
    Landed(Landed),
    /// What is under review for these branches.
    Open(Vec<usize>),
    /// These changes.
    Changes(Vec<Wanted>),
}

/// What has landed.
pub(super) struct Landed {
    /// The branches; all maintenance branches where none was named.
    pub(super) places: Vec<usize>,
    /// Only what this commit does not have.
    since: Option<CommitId>,
    /// Ranges, by the commits at their ends.
    ranges: Vec<(CommitId, CommitId)>,
}

impl Landed {
    /// Whether fixes of the default branch that are marked for backport belong to it.
    pub(super) fn with_backports(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// A change, with what a gate says of it.
pub(super) struct Wanted {
    pub(super) named: Named,
    /// The patch set; `None`: the newest.
    pub(super) patch_set: Option<u32>,
    /// The branch that the gate tests it for.
    pub(super) branch: Option<BranchName>,
}

/// The variables that a gate gives its jobs.
const CHANGE: &str = "PYFLOW_CHANGE";
const PATCH_SET: &str = "PYFLOW_PATCHSET";
const BRANCH: &str = "PYFLOW_BRANCH";

impl Request {
    pub(super) fn new(
        args: &PortsArgs,
        branches: &Branches,
        checkout: &Checkout<'_>,
        context: Option<&Context<'_>>,
    ) -> Result<Self> {
        let reader = checkout.read();
        let plain = args.what.is_empty() && !args.open && args.since.is_none();
        let of_gate = if args.check && plain { from_gate(&environment)? } else { None };
        if let Some(wanted) = of_gate {
            if context.is_none() {
                return Err(Error::usage(format!("{CHANGE} names a change, and `--local` asks no server about it"))
                    .hint("leave `--local` away"));
            }
            return Ok(Self { selection: Selection::Changes(vec![wanted]) });
        }
        let (mut places, mut ranges, mut changes) = (Vec::new(), Vec::new(), Vec::new());
        for text in &args.what {
            if let Some((from, to)) = text.split_once("..") {
                if let Some(to) = to.strip_prefix('.') {
                    return Err(Error::usage(format!("{text} is a symmetric difference, and no range"))
                        .hint(format!("write {from}..{to}")));
                }
                let end = |text: &str| reader.revision(if text.is_empty() { "HEAD" } else { text });
                ranges.push((end(from)?, end(to)?));
            } else if let Some(place) = branches.place(text) {
                if place == DEFAULT {
                    return Err(Error::usage(format!("{text} is where fixes come first; there is nothing after it"))
                        .hint(format!("name a maintenance branch: {}", maintenance(branches))));
                }
                places.push(place);
            } else if let Some(context) = context {
                let named = name::parse(context, text).map_err(|error| {
                    error.hint(format!("or a maintenance branch ({}), or a range A..B", maintenance(branches)))
                })?;
                let patch_set = match &named.name {
                    ChangeName::Number { patch_set, .. } => *patch_set,
                    _ => None,
                };
                changes.push(Wanted { named, patch_set, branch: None });
            } else {
                return Err(Error::usage(format!("`{text}` is neither a maintenance branch nor a range A..B"))
                    .hint(format!("the maintenance branches are {}", maintenance(branches)))
                    .hint("a change is known to the server alone: leave `--local` away"));
            }
        }
        let several =
            usize::from(!changes.is_empty()) + usize::from(!ranges.is_empty()) + usize::from(!places.is_empty());
        if several > 1 || (args.since.is_some() && (!changes.is_empty() || !ranges.is_empty())) {
            return Err(Error::usage("branches, ranges and changes cannot be looked at together")
                .hint("name one kind of them; `--since` goes with branches"));
        }
        if args.open && (!changes.is_empty() || !ranges.is_empty()) {
            return Err(Error::usage("`--open` looks at what is open for branches, not at ranges or single changes")
                .hint("leave `--open` away, or name branches"));
        }
        if !changes.is_empty() {
            return Ok(Self { selection: Selection::Changes(changes) });
        }
        if places.is_empty() {
            places = branches.places().skip(1).collect();
        }
        if args.open {
            return Ok(Self { selection: Selection::Open(places) });
        }
        let since = args.since.as_ref().map(|tag| reader.revision(tag)).transpose()?;
        Ok(Self { selection: Selection::Landed(Landed { places, since, ranges }) })
    }

    /// The fixes that are looked into, newest first; and those of the default branch whose messages
    /// ask for backports.
    pub(super) fn landed(&self, desk: &Desk, reader: &Reader<'_>) -> Result<Vec<Source>> {
        let Selection::Landed(landed) = &self.selection else { return Ok(Vec::new()) };
        let mut sources = Vec::new();
        for place in &landed.places {
            let Some(tip) = &desk.tips[*place] else { continue };
            let mut without: Vec<CommitId> = desk.tips[DEFAULT].iter().cloned().collect();
            let mut found = Vec::new();
            if landed.ranges.is_empty() {
                without.extend(landed.since.clone());
                found = reader.walk(tip, &without)?;
            }
            for (from, to) in &landed.ranges {
                if Some(*place) == place_of(desk, reader, to)? {
                    found.extend(reader.walk(to, &[without.as_slice(), std::slice::from_ref(from)].concat())?);
                }
            }
            let fixes = found.iter().rev().filter_map(|commit| desk.fix_of(commit));
            sources.extend(fixes.map(|fix| Source::forward(&desk.branches, fix, *place)));
        }
        for (_, to) in &landed.ranges {
            if place_of(desk, reader, to)?.is_none() {
                let text = format!("the commit {} is not on a maintenance branch alone", to.short());
                return Err(Error::usage(text).hint(format!("end the range on one of {}", maintenance(&desk.branches))));
            }
        }
        if landed.with_backports() {
            sources.extend(self.marked(desk, reader)?);
        }
        Ok(sources)
    }

    fn marked(&self, desk: &Desk, reader: &Reader<'_>) -> Result<Vec<Source>> {
        let recent = self.recent(desk, reader)?;
        let mut marked = Vec::new();
        for (at, fix) in desk.fixes.iter().enumerate().rev() {
            let names = &fix.said.backport_to;
            if names.is_empty() || !fix.commit().is_some_and(|commit| recent.contains(commit)) {
                continue;
            }
            marked.extend(self.backport(desk, at, names.iter().filter_map(|name| desk.branches.place(name))));
        }
        Ok(marked)
    }

    /// The commits of the default branch that the request is about.
    pub(super) fn recent(&self, desk: &Desk, reader: &Reader<'_>) -> Result<std::collections::HashSet<CommitId>> {
        let since = match &self.selection {
            Selection::Landed(landed) => landed.since.clone(),
            Selection::Open(_) | Selection::Changes(_) => None,
        };
        let Some(tip) = &desk.tips[DEFAULT] else { return Ok(std::collections::HashSet::new()) };
        // Without a starting point it is everything that the branches do not have in common.
        match since {
            Some(since) => Ok(reader.walk(tip, &[since])?.into_iter().collect()),
            None => Ok(desk
                .fixes
                .iter()
                .filter(|fix| fix.standing(DEFAULT).is_some())
                .flat_map(|fix| fix.commits.clone())
                .collect()),
        }
    }

    /// A fix of the default branch that is meant for these branches, as far as they were asked for.
    pub(super) fn backport(&self, desk: &Desk, fix: usize, places: impl Iterator<Item = usize>) -> Option<Source> {
        let Selection::Landed(landed) = &self.selection else { return None };
        if !matches!(desk.fixes[fix].standing(DEFAULT), Some(Standing::Landed(_))) {
            return None;
        }
        let mut wanted: Vec<usize> = places.filter(|place| landed.places.contains(place)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        (!wanted.is_empty()).then_some(Source { fix, branch: DEFAULT, wanted, direction: Direction::Backport })
    }
}

/// The branch that a commit is on: the newest maintenance branch that has it. `None` for what the
/// default branch has, too.
fn place_of(desk: &Desk, reader: &Reader<'_>, commit: &CommitId) -> Result<Option<usize>> {
    for (place, tip) in desk.tips.iter().enumerate() {
        let Some(tip) = tip else { continue };
        if reader.merge_base(commit, tip)?.as_ref() == Some(commit) {
            return Ok((place != DEFAULT).then_some(place));
        }
    }
    Ok(None)
}

/// The names of all branches but the default one.
pub(super) fn maintenance(branches: &Branches) -> String {
    branches.names().skip(1).map(BranchName::as_str).collect::<Vec<_>>().join(", ")
}

/// What a gate says of the change that it tests. `None` outside of one.
fn from_gate(environment: &dyn Fn(&str) -> Option<String>) -> Result<Option<Wanted>> {
    let set = |name: &str| environment(name).filter(|text| !text.is_empty());
    let Some(typed) = set(CHANGE) else { return Ok(None) };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let wrong = |name: &str, text: &str, what: &str| {
        Err(Error::usage(format!("{name} is `{}`, and {what} is wanted", text.escape_debug())))
    };
    let Some(number) = typed.parse::<u64>().ok().filter(|_| digits(&typed)) else {
        return wrong(CHANGE, &typed, "a change's number");
    };
    let patch_set = match set(PATCH_SET) {
        None => None,
        Some(text) => match text.parse::<u32>().ok().filter(|_| digits(&text)) {
            Some(patch_set) => Some(patch_set),
            None => return wrong(PATCH_SET, &text, "a patch set's number"),
        },
    };
    let branch = match set(BRANCH) {
        None => None,
        Some(text) => match text.parse::<BranchName>() {
            Ok(branch) => Some(branch),
            Err(_) => return wrong(BRANCH, &text, "a branch's name"),
        },
    };
    let name = ChangeName::Number { number, patch_set };
    Ok(Some(Wanted { named: Named { name, typed, commit: None }, patch_set, branch }))
}

#[cfg(test)]
mod tests {
    use super::from_gate;

    #[test]
    fn a_gate_names_its_change() {
        let read = |variables: &[(&str, &str)]| {
            let found =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            from_gate(&found).map(|wanted| wanted.map(|w| (w.named.typed, w.patch_set, w.branch.map(String::from))))
        };
        assert_eq!(read(&[]).unwrap(), None);
        assert_eq!(read(&[("PYFLOW_CHANGE", "")]).unwrap(), None);
        assert_eq!(read(&[("PYFLOW_CHANGE", "17")]).unwrap(), Some(("17".to_owned(), None, None)));
        let all = [("PYFLOW_CHANGE", "17"), ("PYFLOW_PATCHSET", "2"), ("PYFLOW_BRANCH", "3.13")];
        assert_eq!(read(&all).unwrap(), Some(("17".to_owned(), Some(2), Some("3.13".to_owned()))));
        for bad in [
            [("PYFLOW_CHANGE", "+17"), ("PYFLOW_PATCHSET", "2")],
            [("PYFLOW_CHANGE", "17"), ("PYFLOW_PATCHSET", "x\n")],
            [("PYFLOW_CHANGE", "17"), ("PYFLOW_BRANCH", "-x")],
        ] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
    }
}
