//! The ledger on histories that are written down here, and on generated ones.

use proptest::prelude::*;

use super::{Evidence, Ledger, Own, PortState};
use crate::names::CommitId;
use crate::ports::Role;
use crate::ports::patch::Patch;
use crate::ports::{Branches, Fix, Known, Place, Said, Standing};

const MAIN: usize = 0;
const NEWER: usize = 1;
const OLDER: usize = 2;

fn branches() -> Branches {
    let others = ["3.14", "3.13"].map(|name| (name.parse().unwrap(), Role::Maintenance));
    Branches::new("main".parse().unwrap(), others)
}

fn id(number: usize) -> CommitId {
    format!("{number:040x}").parse().unwrap()
}

/// A commit on a branch; its id and its place in history are `number`.
fn landed(branch: usize, number: usize, message: &str) -> Fix {
    Fix {
        commits: vec![id(number)],
        on: vec![Place { branch, standing: Standing::Landed(number) }],
        said: Said::read(message.as_bytes()),
        author: Some(("a@example.org".to_owned(), number.to_string())),
        ..Fix::default()
    }
}

fn open(branch: usize, number: usize, message: &str, standing: Standing) -> Fix {
    let known = Known { number: number as u64, ..Known::default() };
    Fix { on: vec![Place { branch, standing }], known: Some(known), ..landed(branch, number, message) }
}

fn with_id(fix: Fix, change_id: &str) -> Fix {
    Fix { change_id: Some(change_id.to_owned()), ..fix }
}

/// What main has of the last of these.
fn port(fixes: &[Fix]) -> (PortState, Vec<Evidence>) {
    let port = Ledger::new(&branches(), fixes).port(fixes.len() - 1, MAIN);
    (port.state, port.evidence)
}

fn picked(number: usize) -> String {
    format!("Fix\n\n(cherry picked from commit {})\n", id(number))
}

fn reverts(number: usize) -> String {
    format!("Revert\n\nThis reverts commit {}.\n", id(number))
}

#[test]
#[allow(clippy::too_many_lines, reason = "it is one table")]
fn every_kind_of_evidence() {
    use PortState::{Approved, Likely, Merged, Missing, Open};
    let patch = |lines: &[u64], id: &str| Some(Patch::new(Some(id.to_owned()), lines.to_vec()));
    let server_pick = |fix: Fix, of: u64| {
        let known = Known { number: 9, picked_from: Some(of), ..Known::default() };
        Fix { known: Some(known), ..fix }
    };
    let same_time = |fix: Fix| Fix { author: Some(("a@example.org".to_owned(), "7".to_owned())), ..fix };
    let table: Vec<(&str, Fix, Fix, PortState, Vec<Evidence>)> = vec![
        (
            "Change-Id",
            with_id(landed(MAIN, 1, "Fix"), "I1"),
            with_id(landed(OLDER, 2, "Fix"), "I1"),
            Merged,
            vec![Evidence::ChangeId("I1".to_owned())],
        ),
        (
            "picked from",
            landed(MAIN, 1, "Fix"),
            landed(OLDER, 2, &picked(1)),
            Merged,
            vec![Evidence::PickedFrom(id(1))],
        ),
        ("picked to", landed(MAIN, 1, &picked(2)), landed(OLDER, 2, "Fix"), Merged, vec![Evidence::PickedTo(id(1))]),
        (
            "abbreviated",
            landed(MAIN, 0x00ab_cdef_0000_0000, "Fix"),
            landed(OLDER, 2, &format!("Fix\n\n(cherry picked from commit {:.30})", id(0x00ab_cdef_0000_0000).as_str())),
            Merged,
            vec![Evidence::PickedFrom(id(0x00ab_cdef_0000_0000))],
        ),
        (
            "one origin that nobody knows",
            landed(MAIN, 1, &picked(77)),
            landed(OLDER, 2, &picked(77)),
            Merged,
            vec![Evidence::SameOrigin(id(77).to_string())],
        ),
        (
            "the server picked it",
            open(MAIN, 1, "Fix", Standing::Approved),
            server_pick(landed(OLDER, 2, "Fix"), 1),
            Approved,
            vec![Evidence::ServerPick(1)],
        ),
        (
            "the server picked it to",
            server_pick(open(MAIN, 9, "Fix", Standing::Open), 2),
            open(OLDER, 2, "Fix", Standing::Open),
            Open,
            vec![Evidence::ServerPickedTo(9)],
        ),
        (
            "title of a squash",
            landed(MAIN, 1, "gh-1: Fix (GH-2)"),
            landed(OLDER, 2, "[3.13] gh-1: Fix (GH-2) (#3)"),
            Merged,
            vec![Evidence::Title("GH-2".to_owned())],
        ),
        (
            "title that was edited, with its prefix",
            landed(MAIN, 1, "gh-1: Fix (#2)"),
            landed(OLDER, 2, "[3.13] gh-1: Fix it for 3.13 (GH-2) (#3)"),
            Merged,
            vec![Evidence::Title("GH-2".to_owned())],
        ),
        (
            "title with an issue",
            landed(MAIN, 1, "bpo-1: Fix"),
            landed(OLDER, 2, "bpo-1: Fix"),
            Merged,
            vec![Evidence::Title("bpo-1".to_owned())],
        ),
        ("one issue, two fixes", landed(MAIN, 1, "gh-1: Fix"), landed(OLDER, 2, "gh-1: Fix more"), Missing, vec![]),
        ("one number, two fixes", landed(MAIN, 1, "Fix (#2)"), landed(OLDER, 2, "Fix more (#2)"), Missing, vec![]),
        ("one title, no number", landed(MAIN, 1, "Fix typo"), landed(OLDER, 2, "Fix typo"), Missing, vec![]),
        (
            "patch id",
            Fix { patch: patch(&[1], "p"), ..landed(MAIN, 1, "Fix") },
            Fix { patch: patch(&[1], "p"), ..landed(OLDER, 2, "Other words") },
            Merged,
            vec![Evidence::PatchId],
        ),
        (
            "likely",
            same_time(Fix { patch: patch(&[1, 2], "p"), ..landed(MAIN, 1, "Fix") }),
            same_time(Fix { patch: patch(&[1, 2, 3], "q"), ..landed(OLDER, 2, "[3.13] Fix") }),
            Likely,
            vec![Evidence::Likely],
        ),
        (
            "unlike",
            same_time(Fix { patch: patch(&[1, 2], "p"), ..landed(MAIN, 1, "Fix") }),
            same_time(Fix { patch: patch(&[3, 4], "q"), ..landed(OLDER, 2, "Fix") }),
            Missing,
            vec![],
        ),
        (
            "another branch is not main",
            with_id(landed(NEWER, 1, "Fix"), "I1"),
            with_id(landed(OLDER, 2, "Fix"), "I1"),
            Missing,
            vec![],
        ),
    ];
    for (what, counterpart, fix, state, evidence) in table {
        assert_eq!(port(&[counterpart, fix]), (state, evidence), "{what}");
    }
}

#[test]
fn the_strongest_evidence_stands_first() {
    let main = with_id(landed(MAIN, 1, "gh-1: Fix (#2)"), "I1");
    let message = format!("[3.13] gh-1: Fix (#2)\n\n(cherry picked from commit {})\n", id(1));
    let (_, evidence) = port(&[main, with_id(landed(OLDER, 2, &message), "I1")]);
    assert_eq!(evidence.iter().map(Evidence::kind).collect::<Vec<_>>(), ["change-id", "cherry-picked", "title"]);
}

#[test]
fn backports_of_backports_are_clones_of_the_first() {
    let fixes = [landed(MAIN, 1, "Fix"), landed(NEWER, 2, &picked(1)), landed(OLDER, 3, &picked(2))];
    assert_eq!(port(&fixes), (PortState::Merged, vec![Evidence::Through(id(2).short().to_owned())]));
    // The same commit, where history shares it.
    let mut shared = landed(OLDER, 1, "Fix");
    shared.on.push(Place { branch: MAIN, standing: Standing::Landed(1) });
    assert_eq!(port(&[shared]), (PortState::Merged, vec![Evidence::SameCommit]));
}

#[test]
fn a_counterpart_that_was_taken_back_is_none_until_it_comes_again() {
    let (main, older) = (landed(MAIN, 1, "Fix"), landed(OLDER, 9, &picked(1)));
    let state = |more: &[Fix]| port(&[std::slice::from_ref(&main), more, std::slice::from_ref(&older)].concat()).0;
    let revert = landed(MAIN, 2, &reverts(1));
    assert_eq!(state(std::slice::from_ref(&revert)), PortState::TakenBack);
    let reapply = landed(MAIN, 3, &reverts(2));
    assert_eq!(state(&[revert.clone(), reapply.clone()]), PortState::Merged);
    assert_eq!(state(&[revert.clone(), reapply, landed(MAIN, 4, &reverts(3))]), PortState::TakenBack);
    // Landed once more, under a commit of its own.
    assert_eq!(state(&[revert.clone(), landed(MAIN, 5, &picked(1))]), PortState::Merged);
    // A revert that was picked from another branch names that branch's commit.
    assert_eq!(state(&[landed(MAIN, 6, &reverts(9))]), PortState::TakenBack);
    // Under review it takes nothing back yet, and elsewhere it takes back what is there.
    assert_eq!(state(&[open(MAIN, 7, &reverts(1), Standing::Approved)]), PortState::Merged);
    assert_eq!(state(&[landed(NEWER, 8, &reverts(1))]), PortState::Merged);
}

#[test]
fn what_was_taken_back_on_its_own_branch_needs_nothing() {
    let fix = landed(OLDER, 1, "Fix");
    let revert = landed(OLDER, 2, &reverts(1));
    let fixes = [fix.clone(), revert.clone()];
    let all = branches();
    let ledger = Ledger::new(&all, &fixes);
    assert_eq!((ledger.own(0, OLDER), ledger.own(1, OLDER)), (Own::TakenBack(1), Own::TakesBack(0)));
    let fixes = [fix.clone(), revert.clone(), landed(OLDER, 3, &reverts(2))];
    let ledger = Ledger::new(&all, &fixes);
    assert_eq!((ledger.own(0, OLDER), ledger.own(1, OLDER)), (Own::Stands, Own::TakenBack(2)));
    // What takes back a commit that main has, too, is a change of its own.
    let mut shared = fix;
    shared.on.push(Place { branch: MAIN, standing: Standing::Landed(1) });
    let fixes = [shared, revert];
    assert_eq!(Ledger::new(&all, &fixes).own(1, OLDER), Own::Stands);
    // A revert that is under review is one, too.
    let fixes = [landed(OLDER, 1, "Fix"), open(OLDER, 2, &reverts(1), Standing::Open)];
    assert_eq!(Ledger::new(&all, &fixes).own(1, OLDER), Own::TakesBack(0));
}

#[test]
fn what_was_squashed_from_several_picks_is_there_where_all_of_them_are() {
    let both = format!("Fixes\n\n(cherry picked from commit {})\n(cherry picked from commit {})\n", id(1), id(2));
    let squashed = landed(OLDER, 9, &both);
    let on_main = [landed(MAIN, 1, "Fix"), landed(MAIN, 2, "Other"), squashed.clone()];
    assert_eq!(port(&on_main), (PortState::Merged, vec![Evidence::PickedFrom(id(1))]));
    let apart = [landed(MAIN, 1, "Fix"), landed(NEWER, 2, "Other"), squashed.clone()];
    assert_eq!(port(&apart).0, PortState::Missing, "main has one of them only");
    let all = branches();
    let ledger = Ledger::new(&all, &apart);
    assert_eq!(ledger.port(0, OLDER).state, PortState::Merged, "it has what each of them has");
    assert_eq!(ledger.port(0, NEWER).state, PortState::Missing, "and makes no clones of them");
    // A pick of a pick names both, and they are one.
    let chain = [landed(MAIN, 1, "Fix"), landed(NEWER, 2, &picked(1)), squashed];
    assert_eq!(port(&chain), (PortState::Merged, vec![Evidence::PickedFrom(id(1))]));
}

#[test]
fn hostile_messages_do_not_go_round_in_circles() {
    let own = |number: usize| format!("Fix\n\nThis reverts commit {0}.\n(cherry picked from commit {0})\n", id(number));
    let fixes = [landed(MAIN, 1, &own(1)), landed(OLDER, 2, &own(3)), landed(OLDER, 3, &own(2))];
    let all = branches();
    let ledger = Ledger::new(&all, &fixes);
    for fix in 0..3 {
        ledger.own(fix, OLDER);
        ledger.port(fix, MAIN);
    }
}

/// Commits with few Change-Ids, titles and origins, so that they meet; without reverts.
fn history() -> impl Strategy<Value = Vec<Fix>> {
    let commit = (0..3_usize, 0..4_usize, 0..6_usize, 0..4_usize, 0..3_u64);
    prop::collection::vec(commit, 1..14).prop_map(|commits| {
        let fix = |(number, (branch, change_id, origin, title, patch)): (usize, (usize, usize, usize, usize, u64))| {
            let origin =
                if origin > 2 { String::new() } else { format!("\n\n(cherry picked from commit {})", id(origin + 1)) };
            let title = ["Fix", "gh-1: Fix (GH-2)", "[3.13] gh-1: Fix (GH-2) (#3)", "Other (#4)"][title];
            let mut fix = landed(branch, number + 1, &format!("{title}{origin}"));
            fix.change_id = (change_id < 2).then(|| format!("I{change_id}"));
            fix.patch = (patch < 2).then(|| Patch::new(Some(patch.to_string()), vec![patch]));
            fix
        };
        commits.into_iter().enumerate().map(fix).collect()
    })
}

proptest! {
    #[test]
    fn a_counterpart_is_symmetric(fixes in history()) {
        let all = branches();
        let ledger = Ledger::new(&all, &fixes);
        for (one, fix) in fixes.iter().enumerate() {
            for branch in 0..3 {
                let port = ledger.port(one, branch);
                let Some(other) = port.fix.filter(|_| port.state != PortState::Likely) else { continue };
                let back = ledger.port(other, fix.on[0].branch);
                prop_assert_eq!(back.state, PortState::Merged);
                let (there, again) = (ledger.evidence(one, other), ledger.evidence(other, one));
                prop_assert_eq!(
                    there.iter().map(Evidence::kind).collect::<Vec<_>>(),
                    again.iter().map(Evidence::kind).collect::<Vec<_>>()
                );
                prop_assert!(!there.is_empty());
            }
        }
    }

    #[test]
    fn evidence_never_decreases_by_adding_commits(fixes in history()) {
        let all = branches();
        for known in 1..fixes.len() {
            let (before, after) = (Ledger::new(&all, &fixes[..known]), Ledger::new(&all, &fixes[..=known]));
            for fix in 0..known {
                for branch in 0..3 {
                    let (old, new) = (before.port(fix, branch), after.port(fix, branch));
                    prop_assert!(new.state >= old.state);
                    if let Some(other) = old.fix {
                        let kept = after.evidence(fix, other);
                        prop_assert!(old.evidence.iter().all(|one| !one.is_proof() || matches!(one, Evidence::Through(_)) || kept.contains(one)));
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_in_which_commits_are_told_does_not_matter(fixes in history(), seed in any::<usize>()) {
        let all = branches();
        let mut other = fixes.clone();
        let middle = seed % other.len();
        other.rotate_left(middle);
        let (one, two) = (Ledger::new(&all, &fixes), Ledger::new(&all, &other));
        for (fix, known) in fixes.iter().enumerate() {
            let there = other.iter().position(|moved| moved.commits == known.commits).unwrap();
            for branch in 0..3 {
                prop_assert_eq!(one.port(fix, branch).state, two.port(there, branch).state);
            }
        }
    }

    #[test]
    fn likeness_is_never_a_proof(fixes in history()) {
        let all = branches();
        let ledger = Ledger::new(&all, &fixes);
        for fix in 0..fixes.len() {
            for branch in 0..3 {
                let port = ledger.port(fix, branch);
                prop_assert_eq!(port.state == PortState::Likely, port.evidence == [Evidence::Likely]);
            }
        }
    }
}
