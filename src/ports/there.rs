//! What a branch has of some commits already: the ledger between them and the branch, by ids alone.
//! What is found here is not picked again, so that a title or a likeness is not enough.

use std::collections::BTreeMap;

use super::message::Title;
use super::{Fix, Ledger, Place, PortState, Said, Standing};
use crate::names::CommitId;

/// The places of the ledger: where the commits come from, and the branch.
const ORIGINALS: usize = 0;
const BRANCH: usize = 1;

/// The commits of a branch.
#[derive(Debug)]
pub struct There(Vec<Fix>);

/// A commit: its id, the id of its change, its message.
pub type Named<'m> = (CommitId, Option<String>, &'m [u8]);

impl There {
    /// A branch with these commits, the oldest first.
    pub fn new<'m>(commits: impl IntoIterator<Item = Named<'m>>) -> Self {
        let landed = |(at, commit)| fix(commit, BRANCH, at);
        Self(commits.into_iter().enumerate().map(landed).collect())
    }

    /// For each of these commits the one of the branch that is its clone and was not taken back.
    pub fn counterparts<'m>(&self, originals: impl IntoIterator<Item = Named<'m>>) -> BTreeMap<CommitId, CommitId> {
        let mut fixes: Vec<Fix> = originals.into_iter().map(|commit| fix(commit, ORIGINALS, 0)).collect();
        let count = fixes.len();
        for original in &mut fixes {
            // What was squashed from several is there with all of them only, and the pick will tell.
            if original.said.picked_from.len() > 1 {
                original.said.picked_from.clear();
            }
        }
        fixes.extend(self.0.iter().cloned());
        let ledger = Ledger::between(BRANCH + 1, &fixes);
        let found = fixes[..count].iter().enumerate().filter_map(|(at, original)| {
            let port = ledger.port(at, BRANCH);
            let there = port.fix.filter(|_| port.state == PortState::Merged)?;
            Some((original.commit()?.clone(), fixes[there].commit()?.clone()))
        });
        found.collect()
    }
}

fn fix((commit, change_id, message): Named<'_>, branch: usize, at: usize) -> Fix {
    Fix {
        commits: vec![commit],
        on: vec![Place { branch, standing: Standing::Landed(at) }],
        said: Said { title: Title::default(), ..Said::read(message) },
        change_id,
        ..Fix::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, There};
    use crate::names::CommitId;

    fn id(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn picked(from: char) -> String {
        format!("Fix\n\n(cherry picked from commit {})\n", id(from))
    }

    fn reverts(commit: char) -> String {
        format!("Revert \"Fix\"\n\nThis reverts commit {}.\n", id(commit))
    }

    /// Which commit of a branch, the oldest first, is the clone of `f`, whose change is `I0`.
    fn found(branch: &[(char, Option<&str>, &str)]) -> Option<CommitId> {
        fn named<'m>((commit, change, message): &(char, Option<&str>, &'m str)) -> Named<'m> {
            (id(*commit), change.map(str::to_owned), message.as_bytes())
        }
        let there = There::new(branch.iter().map(named));
        there.counterparts([named(&('f', Some("I0"), "gh-1: Fix (GH-2)"))]).remove(&id('f'))
    }

    #[test]
    fn a_revert_takes_away_and_its_own_revert_gives_back() {
        let (pick, revert, again) = (picked('f'), reverts('1'), reverts('2'));
        let (pick, revert, again) =
            (('1', None, pick.as_str()), ('2', None, revert.as_str()), ('3', None, again.as_str()));
        assert_eq!(found(&[pick]), Some(id('1')));
        assert_eq!(found(&[pick, revert]), None);
        assert_eq!(found(&[pick, revert, again]), Some(id('1')));
        let anew = picked('f');
        assert_eq!(found(&[pick, revert, ('4', None, &anew)]), Some(id('4')));
    }

    #[test]
    fn what_took_the_original_back_takes_back_its_clones() {
        // The revert names the commit of the branch that it was made for.
        let (pick, revert) = (picked('f'), format!("{}\n(cherry picked from commit {})\n", reverts('f'), id('e')));
        assert_eq!(found(&[('1', None, &pick), ('2', None, &revert)]), None);
    }

    #[test]
    fn only_ids_count() {
        assert_eq!(found(&[('1', Some("I0"), "Other words")]), Some(id('1')));
        assert_eq!(found(&[('1', Some("I1"), "gh-1: Fix (GH-2)")]), None);
        assert_eq!(found(&[('1', None, "[3.13] gh-1: Fix (GH-2) (#3)")]), None);
        let short = format!("Fix\n\n(cherry picked from commit {:.12})\n", id('f').as_str());
        assert_eq!(found(&[('1', None, &short)]), Some(id('1')));
    }

    #[test]
    fn one_of_several_origins_is_not_all_of_it() {
        let squashed =
            format!("Fix\n\n(cherry picked from commit {})\n(cherry picked from commit {})\n", id('1'), id('9'));
        let there = There::new([(id('1'), None, &b"Fix a half"[..])]);
        assert!(there.counterparts([(id('f'), None, squashed.as_bytes())]).is_empty());
        let forward = picked('1');
        assert_eq!(there.counterparts([(id('f'), None, forward.as_bytes())])[&id('f')], id('1'));
    }
}
