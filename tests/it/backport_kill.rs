//! `kill -9` at every git that `pyflow backport` calls, in each of its commands: `--list` tells the
//! truth, what was begun can be finished or given up, and nothing is lost or left.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::backport::{nothing_is_left, row, worktree};
use crate::sandbox::shim::{Shim, When};
use crate::sandbox::{Clone, Random, World, soak};
use crate::scenarios::backport::{BEFORE, OTHER, stage};

/// A clone with a fix of its own that is clean on 3.14 and conflicts on 3.13.
struct Attempt<'w> {
    clone: Clone<'w>,
    belongings: BTreeMap<PathBuf, String>,
    fix: String,
    /// What the fix puts in.
    value: u32,
}

/// The command that is killed.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Start,
    Continue,
    Skip,
    Abort,
}

const PHASES: [Phase; 4] = [Phase::Start, Phase::Continue, Phase::Skip, Phase::Abort];

impl<'w> Attempt<'w> {
    fn new(template: &Clone<'w>) -> Self {
        let clone = template.copy();
        let value = clone.person.world.unique();
        let fix = clone.commit_file(
            &format!("Fix spam {value}"),
            "spam.py",
            &BEFORE.replace("y = x", &format!("y = x + {value}")),
        );
        Self { belongings: clone.belongings(), clone, fix, value }
    }

    /// Kills a command at one of its gits; `false` where it came to its end before.
    fn kill(&self, shim: &Shim, phase: Phase, at: usize, when: When) -> bool {
        if !matches!(phase, Phase::Start) {
            let begun = self.clone.pyflow("backport 3.14 3.13 --format json").ends_with(6).json();
            self.resolve(&begun);
        }
        let words = match phase {
            Phase::Start => "backport 3.14 3.13",
            Phase::Continue => "backport --continue",
            Phase::Skip => "backport --skip",
            Phase::Abort => "backport --abort",
        };
        let run = self.clone.pyflow_with(words, |command| shim.put_before(command, Some((at, when))));
        shim.settle();
        run.code.is_none()
    }

    fn resolve(&self, document: &Value) {
        let tree = worktree(document, "3.13");
        std::fs::write(tree.join("spam.py"), OTHER.replace("[z]", &format!("[z + {}]", self.value))).unwrap();
        self.clone.git(["-C", &tree.display().to_string(), "add", "spam.py"]);
    }

    /// What holds after a kill, whenever it came.
    #[track_caller]
    fn nothing_is_lost(&self, told: &str) {
        assert_eq!(self.clone.belongings(), self.belongings, "work tree or index changed: {told}");
        assert_eq!(self.clone.head(), self.fix, "{told}");
        let listed = self.clone.pyflow("backport --list --format json");
        assert!(matches!(listed.code, Some(0 | 6)), "{told}: {}", listed.stderr);
        for row in listed.json()["branches"].as_array().unwrap() {
            match row["result"].as_str().unwrap() {
                "ready" if row["text"] == "it was left out" => assert!(row["commit"].is_null(), "{told}"),
                "ready" => {
                    let commit = row["commit"].as_str().unwrap();
                    let held = self.clone.git(["for-each-ref", "--contains", commit, "refs/pyflow/backport"]);
                    assert!(!held.is_empty(), "{told}: nothing holds {commit}");
                }
                "conflict" => {
                    let there = PathBuf::from(row["worktree"].as_str().unwrap()).join(".git").is_file();
                    assert_eq!(row["text"].is_null(), there, "{told}: {row:#}");
                }
                other => panic!("{told}: {other}"),
            }
        }
    }

    /// Begun again and resolved, it ends as an undisturbed one; or it is given up.
    #[track_caller]
    fn ends(&self, give_up: bool, told: &str) {
        if give_up {
            let run = self.clone.pyflow("backport --abort");
            assert!(matches!(run.code, Some(0 | 3)), "{told}: {}{}", run.stdout, run.stderr);
            nothing_is_left(&self.clone);
            return;
        }
        let again = self.clone.pyflow("backport 3.14 3.13 --format json");
        assert!(matches!(again.code, Some(0 | 6)), "{told}: {}{}", again.stdout, again.stderr);
        let again = again.json();
        assert!(["pushed", "already"].contains(&row(&again, "3.14")["result"].as_str().unwrap()), "{told}: {again:#}");
        if row(&again, "3.13")["result"] == "conflict" {
            if row(&again, "3.13")["worktree"].as_str().is_some_and(|tree| PathBuf::from(tree).join(".git").is_file()) {
                self.resolve(&again);
            }
            let mut done = self.clone.pyflow("backport --continue --format json");
            if done.code == Some(6) {
                // The work tree had to be made again.
                self.resolve(&done.json());
                done = self.clone.pyflow("backport --continue --format json");
            }
            assert_eq!(done.code, Some(0), "{told}: {}{}", done.stdout, done.stderr);
            assert_eq!(row(&done.json(), "3.13")["result"], "pushed", "{told}");
        }
        nothing_is_left(&self.clone);
        for branch in ["3.14", "3.13"] {
            let path = format!("changes/?q=branch:{branch}+message:\"Fix+spam+{}\"&o=ALL_REVISIONS", self.value);
            let found = self.clone.person.world.server.rest("carol", "GET", &path, None);
            let subject = format!("Fix spam {}", self.value);
            let found: Vec<&Value> =
                found.as_array().unwrap().iter().filter(|change| change["subject"] == subject).collect();
            assert_eq!(found.len(), 1, "{told}: {branch}: {found:#?}");
            assert_eq!(found[0]["revisions"].as_object().unwrap().len(), 1, "{told}: {branch}: sent twice");
        }
        assert_eq!(self.clone.belongings(), self.belongings, "{told}");
    }
}

/// Any command, at any of its gits: 100 kills are `PYFLOW_SOAK=17`, after which every place has its
/// turn.
#[test]
fn killed_anywhere() {
    let world = World::embedded();
    let (_, template) = stage(&world, &[("main", BEFORE), ("3.14", BEFORE), ("3.13", OTHER)]);
    let shim = Shim::new(&world);
    let mut random = Random::new();
    for round in 0..6 * soak() {
        let phase = PHASES[round % PHASES.len()];
        let (at, when) =
            (1 + random.below(if matches!(phase, Phase::Start) { 40 } else { 24 }), When::ALL[random.below(3)]);
        let give_up = random.below(3) == 0;
        let attempt = Attempt::new(&template);
        let told = format!("seed {}, round {round}: {phase:?}, {when:?} git {at}, give up: {give_up}", random.seed);
        attempt.kill(&shim, phase, at, when);
        attempt.nothing_is_lost(&told);
        attempt.ends(give_up, &told);
    }
    if soak() > 1 {
        at_every_git(&template, &shim);
    }
}

/// Every command, after each of its gits in turn.
fn at_every_git(template: &Clone<'_>, shim: &Shim) {
    for phase in PHASES {
        for at in 1.. {
            let attempt = Attempt::new(template);
            let told = format!("{phase:?}, after git {at}");
            if !attempt.kill(shim, phase, at, When::After) {
                assert!(at > 8, "{told}: it survived");
                break;
            }
            attempt.nothing_is_lost(&told);
            attempt.ends(at % 3 == 0, &told);
        }
    }
}
