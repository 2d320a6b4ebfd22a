//! `kill -9` at every step of a submit: nothing of the person's is touched, no commit is lost, and
//! the next submit ends as an undisturbed one would have.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use crate::sandbox::proxy::{Fault, Proxy};
use crate::sandbox::shim::{Shim, When};
use crate::sandbox::{Clone, Project, World};

/// What is submitted.
pub(crate) struct Work {
    /// Makes the commits; may submit before, for an update.
    prepare: fn(&Clone<'_>),
    /// The command that is killed.
    words: &'static str,
}

const ONE: Work = Work {
    prepare: |clone| {
        clone.commit("Fix the parser");
    },
    words: "submit",
};

const STACK: Work = Work {
    prepare: |clone| {
        for subject in ["Fix the parser", "Test the parser", "Document the parser"] {
            clone.commit(subject);
        }
    },
    words: "submit",
};

/// The two changes below get topic and reviewer by REST, the one on top by the push.
const UPDATE: Work = Work {
    prepare: |clone| {
        (STACK.prepare)(clone);
        clone.submit("");
        clone.amend("parser.txt", "better");
    },
    words: "submit --topic parser --reviewer bob",
};

/// A submit that is going to be disturbed, and how things were before.
pub(crate) struct Attempt<'w> {
    pub(crate) clone: Clone<'w>,
    work: &'static Work,
    belongings: BTreeMap<PathBuf, String>,
    tip: String,
    planned: Value,
}

impl<'w> Attempt<'w> {
    pub(crate) fn new(template: &Clone<'w>, work: &'static Work) -> Self {
        let clone = template.copy();
        (work.prepare)(&clone);
        let planned = clone.pyflow(&format!("{} --format json --dry-run", work.words)).success().json();
        Self { belongings: clone.belongings(), tip: clone.head(), clone, work, planned }
    }

    /// After a kill, whenever it came.
    #[track_caller]
    pub(crate) fn nothing_is_lost(&self, at: &str) {
        assert_eq!(self.clone.belongings(), self.belongings, "work tree or index changed: {at}");
        let holders = self.clone.git(["for-each-ref", "--contains", &self.tip, "refs/heads", "refs/pyflow"]);
        let held = !holders.is_empty() || self.clone.head() == self.end();
        assert!(held, "no ref holds {}: {at}", self.tip);
    }

    /// Where the branch ends after an undisturbed run.
    fn end(&self) -> String {
        let moved = self.planned["moved"].as_array().and_then(|moves| moves.first());
        moved.map_or_else(|| self.tip.clone(), |moved| moved["new"].as_str().expect("a commit").to_owned())
    }

    /// The second run ends as an undisturbed one, and the third has nothing to do.
    #[track_caller]
    pub(crate) fn finishes(&self, at: &str) {
        let again = self.clone.pyflow(&format!("{} --format json", self.work.words));
        assert_eq!(again.code, Some(0), "{at}\n{}\n{}", again.stdout, again.stderr);
        let again = again.json();
        assert_eq!(actions(&again), actions(&self.planned), "{at}: {again:#}");
        self.is_done(at);
        let on_server = self.on_server();
        let third = self.clone.pyflow(&format!("{} --format json", self.work.words)).success().json();
        assert!(actions(&third).iter().all(|action| action == "unchanged"), "{at}: {third:#}");
        assert_eq!(on_server, self.on_server(), "the third run changed something: {at}");
    }

    /// As after an undisturbed run: the same Change-Ids, each once, with the same patch sets.
    #[track_caller]
    fn is_done(&self, at: &str) {
        assert_eq!(self.clone.belongings(), self.belongings, "work tree or index changed: {at}");
        assert_eq!(self.clone.git(["rev-parse", "work"]), self.end(), "the branch ends elsewhere: {at}");
        assert_eq!(self.clone.git(["for-each-ref", "refs/pyflow/flight"]), "", "{at}");
        assert!(!self.clone.dir.join(".git/pyflow/submit.json").exists(), "the journal is there: {at}");
        let planned = self.planned["changes"].as_array().expect("changes");
        let on_server = self.on_server();
        assert_eq!(on_server.len(), planned.len(), "{at}: {on_server:#?}");
        for (change, there) in planned.iter().zip(&on_server) {
            assert_eq!(there["change_id"], change["change_id"], "{at}");
            let sets = there["revisions"].as_object().expect("revisions");
            let expected = if change["action"] == "updated" { 2 } else { 1 };
            assert_eq!(sets.len(), expected, "{at}: {there:#}");
            assert!(sets.contains_key(change["commit"].as_str().expect("a commit")), "{at}: {there:#}");
            if self.work.words == UPDATE.words {
                assert_eq!(there["topic"], "parser", "{at}: {there:#}");
                let reviewers = there["reviewers"]["REVIEWER"].as_array().expect("reviewers");
                assert!(reviewers.iter().any(|who| who["username"] == "bob"), "{at}: {there:#}");
            }
        }
    }

    /// The changes of this attempt as the server has them; every one that bears an id of ours.
    fn on_server(&self) -> Vec<Value> {
        let planned = self.planned["changes"].as_array().expect("changes");
        let found = planned.iter().flat_map(|change| {
            let id = change["change_id"].as_str().expect("a Change-Id");
            let path = format!("changes/?q=change:{id}&o=ALL_REVISIONS&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS");
            let found = self.clone.person.world.server.rest("carol", "GET", &path, None);
            found.as_array().expect("a list").clone()
        });
        found.collect()
    }
}

/// The `action` of each change of a document.
pub(crate) fn actions(document: &Value) -> Vec<String> {
    let changes = document["changes"].as_array().expect("changes");
    changes.iter().map(|change| change["action"].as_str().expect("an action").to_owned()).collect()
}

/// Kills the program at every git that it calls.
fn at_every_git(work: &'static Work, whens: &[When]) {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let shim = Shim::new(&world);
    for &when in whens {
        for at in 1.. {
            let attempt = Attempt::new(&template, work);
            let told = format!("{when:?} git {at}");
            let run = attempt.clone.pyflow_with(work.words, |command| shim.put_before(command, Some((at, when))));
            shim.settle();
            if run.code.is_some() {
                let calls = shim.calls();
                drop(run.success());
                assert!(calls < at && at > 5, "{told}: the program survived");
                attempt.is_done("undisturbed");
                break;
            }
            attempt.nothing_is_lost(&told);
            attempt.finishes(&told);
        }
    }
    none_twice(&world, &project);
}

/// No commit of any attempt became two changes.
fn none_twice(world: &World, project: &Project) {
    let path = format!("changes/?q=project:{}&o=CURRENT_REVISION&n=1000", project.name);
    let all = world.server.rest("carol", "GET", &path, None);
    let all = all.as_array().expect("a list");
    let ids: std::collections::BTreeSet<&str> = all.iter().filter_map(|change| change["change_id"].as_str()).collect();
    assert_eq!(ids.len(), all.len(), "a change is there twice");
    let commits: std::collections::BTreeSet<&str> =
        all.iter().filter_map(|change| change["current_revision"].as_str()).collect();
    assert_eq!(commits.len(), all.len(), "a commit is there twice");
}

#[test]
fn one_commit_at_every_git() {
    at_every_git(&ONE, &When::ALL);
}

#[test]
fn stack_at_every_git() {
    at_every_git(&STACK, &[When::Before, When::After]);
}

#[test]
fn update_at_every_git() {
    at_every_git(&UPDATE, &[When::Before, When::After]);
}

/// Kills the program at every request that it, or a git of its, sends.
fn at_every_request(work: &'static Work, faults: &[Fault]) {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let shim = Shim::new(&world);
    let proxy = Proxy::to(&world);
    proxy.stand_before(&template);
    for fault in faults {
        for at in 0.. {
            proxy.heal();
            let attempt = Attempt::new(&template, work);
            let (told, fault) = (format!("{fault:?} {at}"), fault.clone());
            proxy.plan(move |asked| (asked.number == at).then(|| fault.clone()));
            let change = |command: &mut std::process::Command| shim.put_before(command, None);
            let run = attempt.clone.pyflow_watched(work.words, change, |process| proxy.victim(process));
            shim.settle();
            proxy.settle();
            let asked = proxy.asked();
            proxy.heal();
            if run.code.is_some() {
                drop(run.success());
                assert!(asked.len() <= at && at > 5, "{told}: the program survived: {asked:#?}");
                attempt.is_done("undisturbed");
                break;
            }
            attempt.nothing_is_lost(&told);
            attempt.finishes(&told);
        }
    }
    none_twice(&world, &project);
}

#[test]
fn one_commit_at_every_request() {
    at_every_request(&ONE, &[Fault::KillBefore, Fault::KillWhile, Fault::KillAfter]);
}

#[test]
fn stack_at_every_request() {
    at_every_request(&STACK, &[Fault::KillAfter]);
}

#[test]
fn update_at_every_request() {
    at_every_request(&UPDATE, &[Fault::KillWhile, Fault::KillAfter]);
}
