//! `kill -9` at every step of a submit: nothing of the person's is touched, no commit is lost, and
//! the next submit ends as an undisturbed one would have.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::sandbox::proxy::{Asked, Fault, Proxy};
use crate::sandbox::shim::{Shim, When};
use crate::sandbox::{Clone, Project, Random, World, real_git, soak};
use crate::watch::script;

/// What is submitted.
pub(crate) struct Work {
    /// Makes the commits; may submit before, for an update.
    prepare: fn(&Clone<'_>),
    /// The command that is killed.
    words: &'static str,
    /// Whether git signs the copies, whose ids no plan can know.
    signed: bool,
}

const ONE: Work = Work {
    prepare: |clone| {
        clone.commit("Fix the parser");
    },
    words: "submit",
    signed: false,
};

/// HEAD is on no branch; the one that it was on has nothing to do with it.
const DETACHED: Work = Work {
    prepare: |clone| {
        clone.git(["checkout", "-q", "--detach"]);
        clone.commit("Fix the parser");
    },
    words: "submit",
    signed: false,
};

/// The person's git signs commits, so that it has to sign their copies.
const SIGNED: Work = Work {
    prepare: |clone| {
        clone.git(["config", "commit.gpgSign", "true"]);
        clone.commit("Fix the parser");
        clone.commit("Test the parser");
    },
    words: "submit",
    signed: true,
};

const STACK: Work = Work {
    prepare: |clone| {
        for subject in ["Fix the parser", "Test the parser", "Document the parser"] {
            clone.commit(subject);
        }
    },
    words: "submit",
    signed: false,
};

/// The two changes below get topic and reviewer by REST, the one on top by the push.
const UPDATE: Work = Work {
    prepare: |clone| {
        (STACK.prepare)(clone);
        clone.submit("");
        clone.amend("parser.txt", "better");
    },
    words: "submit --topic parser --reviewer bob",
    signed: false,
};

/// A submit that is going to be disturbed, and how things were before.
pub(crate) struct Attempt<'w> {
    pub(crate) clone: Clone<'w>,
    work: &'static Work,
    belongings: BTreeMap<PathBuf, String>,
    tip: String,
    /// What HEAD names: a branch, or nothing.
    on: String,
    planned: Value,
}

impl<'w> Attempt<'w> {
    pub(crate) fn new(template: &Clone<'w>, work: &'static Work) -> Self {
        let clone = template.copy();
        (work.prepare)(&clone);
        let planned = clone.pyflow(&format!("{} --format json --dry-run", work.words)).success().json();
        let on = clone.try_git(["symbolic-ref", "-q", "HEAD"]).stdout;
        Self { belongings: clone.belongings(), tip: clone.head(), on, clone, work, planned }
    }

    /// After a kill, whenever it came.
    #[track_caller]
    pub(crate) fn nothing_is_lost(&self, at: &str) {
        assert_eq!(self.clone.belongings(), self.belongings, "work tree or index changed: {at}");
        let holders = self.clone.git(["for-each-ref", "--contains", &self.tip, "refs/heads", "refs/pyflow"]);
        let held = !holders.is_empty() || self.is_at_end();
        // A detached HEAD holds what it is at.
        assert!(held || self.clone.head() == self.tip, "no ref holds {}: {at}", self.tip);
    }

    /// Whether what HEAD names is where an undisturbed run leaves it.
    fn is_at_end(&self) -> bool {
        let clone = &self.clone;
        if !self.work.signed {
            return clone.head() == self.end();
        }
        // A signature is not known before it is made; everything else of the copies is.
        let planned = self.planned["changes"].as_array().expect("changes");
        let raw = |commit: &str| clone.git(["cat-file", "commit", commit]);
        let parts = |commit: &str| clone.git(["log", "-1", "--format=%T %an %ae %ad %cn %ce %cd %s", commit]);
        planned.iter().rev().enumerate().all(|(depth, change)| {
            let (copy, original) = (format!("HEAD~{depth}"), format!("{}~{depth}", self.tip));
            let id = change["change_id"].as_str().expect("an id");
            let text = raw(&copy);
            text.contains("\ngpgsig ")
                && text.contains(&format!("\nChange-Id: {id}"))
                && parts(&copy) == parts(&original)
        })
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
        assert!(self.is_at_end(), "HEAD ends at {} and not at {}: {at}", self.clone.head(), self.end());
        assert_eq!(self.clone.try_git(["symbolic-ref", "-q", "HEAD"]).stdout, self.on, "{at}");
        assert_eq!(self.clone.git(["for-each-ref", "refs/pyflow/flight"]), "", "{at}");
        assert!(!self.clone.dir.join(".git/pyflow/submit.json").exists(), "the journal is there: {at}");
        let planned = self.planned["changes"].as_array().expect("changes");
        let on_server = self.on_server();
        assert_eq!(on_server.len(), planned.len(), "{at}: {on_server:#?}");
        let count = format!("-{}", planned.len());
        let stack = self.clone.git(["rev-list", "--reverse", &count, "HEAD"]);
        for ((change, there), commit) in planned.iter().zip(&on_server).zip(stack.lines()) {
            assert_eq!(there["change_id"], change["change_id"], "{at}");
            let sets = there["revisions"].as_object().expect("revisions");
            let expected = if change["action"] == "updated" { 2 } else { 1 };
            assert_eq!(sets.len(), expected, "{at}: {there:#}");
            assert!(sets.contains_key(commit), "{at}: {commit} is not in {there:#}");
            if !self.work.signed {
                assert_eq!(change["commit"], commit, "{at}");
            }
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
        let ids: Vec<&str> = planned.iter().filter_map(|change| change["change_id"].as_str()).collect();
        let query: Vec<String> = ids.iter().map(|id| format!("change:{id}")).collect();
        let options = "o=ALL_REVISIONS&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS";
        let path = format!("changes/?q={}&{options}", query.join("+OR+"));
        let found = self.clone.person.world.server.rest("carol", "GET", &path, None);
        let mut found = found.as_array().expect("a list").clone();
        found.sort_by_key(|change| ids.iter().position(|id| change["change_id"] == *id));
        found
    }
}

/// The `action` of each change of a document.
pub(crate) fn actions(document: &Value) -> Vec<String> {
    let changes = document["changes"].as_array().expect("changes");
    changes.iter().map(|change| change["action"].as_str().expect("an action").to_owned()).collect()
}

/// Where to kill: every third place, from another one on in each turn, and every one with `PYFLOW_SOAK`, as
/// `.ci/run` does it for one commit and for an update.
fn places(first: usize, turn: usize) -> impl Iterator<Item = usize> {
    let every = if soak() > 1 { 1 } else { 3 };
    (first + turn % every..).step_by(every)
}

/// Kills the program at every git that it calls.
fn at_every_git(work: &'static Work, whens: &[When]) {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    if work.signed && !template.make_signing_key() {
        return;
    }
    let shim = Shim::new(&world);
    for (turn, &when) in whens.iter().enumerate() {
        for at in places(1, turn) {
            let attempt = Attempt::new(&template, work);
            let told = format!("{when:?} git {at}");
            let run = attempt.clone.pyflow_with(work.words, |command| shim.put_before(command, Some((at, when))));
            shim.settle();
            if run.code.is_some() {
                let calls = shim.calls();
                drop(run.success());
                // Three questions at the start, and the push.
                assert!(calls < at && at > 4, "{told}: the program survived");
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
    at_every_git(&ONE, if soak() > 1 { &When::ALL } else { &When::ALL[1..] });
}

#[test]
fn stack_at_every_git() {
    at_every_git(&STACK, if soak() > 1 { &When::ALL } else { &[When::After] });
}

#[test]
fn update_at_every_git() {
    at_every_git(&UPDATE, if soak() > 1 { &When::ALL } else { &[When::After] });
}

#[test]
fn detached_at_every_git() {
    at_every_git(&DETACHED, if soak() > 1 { &When::ALL } else { &[When::After] });
}

#[test]
fn signed_at_every_git() {
    at_every_git(&SIGNED, if soak() > 1 { &When::ALL } else { &[When::After] });
}

/// The branch is where it was, or back; a second run brings it back where the first had not.
#[test]
fn undo_at_every_git() {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let shim = Shim::new(&world);
    let whens = if soak() > 1 { &When::ALL } else { &When::ALL[2..] };
    for work in [&ONE, &DETACHED] {
        for &when in whens {
            for at in places(1, 1) {
                // A copy of a detached HEAD is another work tree's: each is submitted by itself.
                let attempt = Attempt::new(&template, work);
                let clone = &attempt.clone;
                clone.submit("");
                let moved = clone.head();
                assert_ne!(moved, attempt.tip);
                let told = format!("{when:?} git {at}, {:?}", attempt.on);
                let run = clone.pyflow_with("undo", |command| shim.put_before(command, Some((at, when))));
                shim.settle();
                let head = clone.head();
                assert!(head == moved || head == attempt.tip, "{told}: HEAD is at {head}");
                if run.code.is_none() {
                    let again = clone.pyflow("undo");
                    assert_eq!(again.code, Some(if head == moved { 0 } else { 3 }), "{told}: {}", again.stderr);
                }
                assert_eq!(clone.head(), attempt.tip, "{told}");
                assert_eq!(clone.belongings(), attempt.belongings, "{told}");
                assert_eq!(clone.try_git(["symbolic-ref", "-q", "HEAD"]).stdout, attempt.on, "{told}");
                if run.code.is_some() {
                    drop(run.success());
                    assert!(shim.calls() < at && at > 2, "{told}: the program survived");
                    // The commit that was sent is the one that a submit makes again.
                    assert_eq!(actions(&clone.submit("")), ["unchanged"]);
                    assert_eq!(clone.head(), moved);
                    break;
                }
            }
        }
    }
    none_twice(&world, &project);
}

/// Kills the program at every request that it, or a git of its, sends.
fn at_every_request(work: &'static Work, faults: &[Fault]) {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let shim = Shim::new(&world);
    let proxy = Proxy::to(&world);
    proxy.stand_before(&template);
    for (turn, fault) in faults.iter().enumerate() {
        for at in places(0, turn) {
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

/// What kills at a request.
const KILLS: [Fault; 3] = [Fault::KillBefore, Fault::KillWhile, Fault::KillAfter];

#[test]
fn one_commit_at_every_request() {
    at_every_request(&ONE, if soak() > 1 { &KILLS } else { &KILLS[1..] });
}

#[test]
fn stack_at_every_request() {
    at_every_request(&STACK, if soak() > 1 { &KILLS } else { &KILLS[2..] });
}

#[test]
fn update_at_every_request() {
    at_every_request(&UPDATE, if soak() > 1 { &KILLS } else { &KILLS[2..] });
}

/// A submit whose push has arrived and which was killed then; the commits have no Change-Ids here.
fn arrived<'w>(template: &Clone<'w>, proxy: &Proxy, shim: &Shim, work: &'static Work) -> Attempt<'w> {
    proxy.heal();
    let attempt = Attempt::new(template, work);
    proxy.plan(|asked| (asked.method == "POST" && is_push(asked)).then_some(Fault::KillAfter));
    let change = |command: &mut std::process::Command| shim.put_before(command, None);
    let run = attempt.clone.pyflow_watched(work.words, change, |process| proxy.victim(process));
    shim.settle();
    proxy.settle();
    proxy.heal();
    assert_eq!(run.code, None, "it was not killed: {}", run.stderr);
    attempt.nothing_is_lost("after the push");
    attempt
}

fn is_push(asked: &Asked) -> bool {
    asked.path.ends_with("/git-receive-pack")
}

#[test]
fn more_was_committed_before_the_second_run() {
    let world = World::embedded();
    let template = world.user("alice").clone(&world.project());
    let (shim, proxy) = (Shim::new(&world), Proxy::to(&world));
    proxy.stand_before(&template);

    let attempt = arrived(&template, &proxy, &shim, &STACK);
    let clone = &attempt.clone;
    let more = clone.commit("Translate the parser");
    let done = clone.submit("");
    assert_eq!(actions(&done), ["created"; 4], "{done:#}");
    assert_eq!(done["changes"][2]["commit"], attempt.end());
    assert_eq!(clone.git(["log", "--format=%s", "--reverse", "gerrit/main.."]).lines().count(), 4);
    assert_eq!(clone.head(), done["changes"][3]["commit"].as_str().expect("a commit"));
    assert_ne!(clone.head(), more);
    assert_eq!(clone.git(["for-each-ref", "refs/pyflow/flight"]), "");
    assert_eq!(actions(&clone.submit("")), ["unchanged"; 4]);
    assert_eq!(attempt.on_server().len(), 3);

    // Amended without the Change-Id that the server knows it by: it would become a second change.
    let attempt = arrived(&template, &proxy, &shim, &ONE);
    let clone = &attempt.clone;
    clone.git(["commit", "-q", "--amend", "-m", "Mend the parser"]);
    let amended = clone.head();
    let run = clone.pyflow("submit").ends_with(3);
    assert!(run.stderr.contains("would become a second change"), "{}", run.stderr);
    let line = run.stderr.split("Change-Id: ").nth(1).and_then(|rest| rest.lines().next()).expect("a Change-Id");
    assert_eq!((clone.head(), attempt.on_server().len()), (amended, 1));
    clone.git(["commit", "-q", "--amend", "-m", &format!("Mend the parser\n\nChange-Id: {line}")]);
    assert_eq!(actions(&clone.submit("")), ["updated"]);
    assert_eq!(attempt.on_server().len(), 1);

    // On another branch: the branch that was submitted gets its Change-Ids all the same.
    let attempt = arrived(&template, &proxy, &shim, &ONE);
    let clone = &attempt.clone;
    clone.git(["checkout", "-q", "-b", "other", "gerrit/main", "--no-track"]);
    clone.commit("Another thing");
    assert_eq!(actions(&clone.submit("")), ["created"]);
    assert_eq!(clone.git(["rev-parse", "work"]), attempt.end());
}

/// What was to be set by REST on changes that the push does not touch is not forgotten, also when
/// the second run does not ask for it any more.
#[test]
fn the_rest_of_an_interrupted_update_is_done_by_a_plain_submit() {
    let world = World::embedded();
    let template = world.user("alice").clone(&world.project());
    let (shim, proxy) = (Shim::new(&world), Proxy::to(&world));
    proxy.stand_before(&template);
    let attempt = arrived(&template, &proxy, &shim, &UPDATE);
    let done = attempt.clone.submit("");
    assert_eq!(actions(&done), ["unchanged", "unchanged", "updated"], "{done:#}");
    attempt.is_done("after a plain submit");
}

/// What is between the clone and the move of its branch after everything was sent.
#[test]
fn a_lock_file_of_gits_own_is_named_and_waited_for() {
    let world = World::embedded();
    let template = world.user("alice").clone(&world.project());
    for (lock, sent) in [(".git/refs/heads/work.lock", true), (".git/refs/pyflow/flight/tip.lock", false)] {
        let attempt = Attempt::new(&template, &STACK);
        let clone = &attempt.clone;
        clone.write(lock, "");
        for _ in 0..2 {
            let run = clone.pyflow("submit").ends_with(3);
            assert!(
                run.stderr.contains("hint: ") && run.stderr.contains("if none is running, remove"),
                "{}",
                run.stderr
            );
            assert!(run.stderr.contains(lock.rsplit('/').next().expect("a name")), "{}", run.stderr);
            attempt.nothing_is_lost(lock);
            assert_eq!(clone.head(), attempt.tip);
            assert_eq!(attempt.on_server().len(), if sent { 3 } else { 0 });
        }
        std::fs::remove_file(clone.dir.join(lock)).expect("the lock is there");
        attempt.finishes(lock);
    }
}

/// Somebody commits in another terminal: while the push runs, and in the very moment in which the
/// branch would move. What they did stays, and both are told.
#[test]
fn a_branch_that_moves_meanwhile_stays_where_it_is() {
    let world = World::embedded();
    let template = world.user("alice").clone(&world.project());
    let git = real_git().display().to_string();
    let another_commit = |clone: &Clone<'_>| {
        let other = clone.commit("Another thing");
        clone.git(["reset", "-q", "--soft", "HEAD^"]);
        clone.git(["reset", "-q"]);
        (other.clone(), format!("'{git}' update-ref refs/heads/work {other}\n"))
    };

    let attempt = Attempt::new(&template, &ONE);
    let clone = &attempt.clone;
    let (other, moves) = another_commit(clone);
    script(&clone.dir.join(".git/hooks/pre-push"), &moves);
    let run = clone.pyflow("submit").success();
    assert!(run.stdout.contains("refs/heads/work moved while the stack was being sent"), "{}", run.stdout);
    assert!(run.stdout.contains("Change-Id: I"), "{}", run.stdout);
    assert_eq!((clone.head(), attempt.on_server().len()), (other, 1));

    let attempt = Attempt::new(&template, &ONE);
    let clone = &attempt.clone;
    let (other, moves) = another_commit(clone);
    let folder = world.path("racing");
    let race = format!("case \"$*\" in *'add Change-Ids'*) {moves};; esac\nexec '{git}' \"$@\"\n");
    script(&folder.join("git"), &race);
    let run = clone.pyflow_with("submit", |command| {
        command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default()));
    });
    let run = run.ends_with(3);
    assert!(run.stderr.contains("refs/heads/work"), "{}", run.stderr);
    assert_eq!((clone.head(), attempt.on_server().len()), (other.clone(), 1));
    // What was sent is in the stack still, so that nothing has to be done by hand.
    let again = clone.pyflow("submit").success();
    assert!(!again.stdout.contains("moved while"), "{}", again.stdout);
    assert_eq!(clone.git(["log", "--format=%s", "gerrit/main.."]), "Another thing\nFix the parser");
    assert_eq!((clone.git(["rev-parse", "HEAD^"]), attempt.on_server().len()), (attempt.end(), 1));
}

/// Puts something in the way.
type Spoil = fn(&Clone<'_>);

/// A full disk and a read-only folder look alike to the program: it cannot write what it needs.
#[test]
fn what_cannot_be_written_stops_a_submit_before_anything_is_sent() {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let mend = |clone: &Clone<'_>, name: &str| {
        let path = clone.dir.join(name);
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.expect("it is there");
    };
    let spoilt: [(&str, Spoil); 3] = [
        (".git/pyflow", |clone| clone.write(".git/pyflow", "a file")),
        (".git/pyflow/lock", |clone| clone.write(".git/pyflow/lock/folder", "")),
        (".git/pyflow/submit.json", |clone| clone.write(".git/pyflow/submit.json/folder", "")),
    ];
    for (name, spoil) in spoilt {
        let attempt = Attempt::new(&template, &ONE);
        let refs = world.server.refs(&project);
        spoil(&attempt.clone);
        let run = attempt.clone.pyflow("submit").ends_with(3);
        assert!(run.stderr.starts_with("error: ") && !run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        attempt.nothing_is_lost(name);
        assert_eq!(attempt.clone.head(), attempt.tip, "{name}");
        assert_eq!(world.server.refs(&project), refs, "{name}: something was sent");
        mend(&attempt.clone, name);
        let done = attempt.clone.submit("");
        assert_eq!(actions(&done), ["created"], "{name}");
        attempt.is_done(name);
    }
    // No temporary folder.
    let attempt = Attempt::new(&template, &ONE);
    let before = world.server.refs(&project);
    let nowhere = world.path("nowhere");
    let change = |command: &mut std::process::Command| {
        command.env("TMPDIR", &nowhere);
    };
    let run = attempt.clone.pyflow_with("submit", change).ends_with(3);
    assert!(run.stderr.contains("TMPDIR names a folder for temporary files"), "{}", run.stderr);
    assert_eq!(world.server.refs(&project), before);
    attempt.nothing_is_lost("no TMPDIR");
    attempt.finishes("no TMPDIR");
}

/// Two runs at once in one clone: the second waits, and finds nothing to do.
#[test]
fn two_submits_at_once_in_one_clone() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    (STACK.prepare)(&clone);
    let environments = [clone.person.environment(), clone.person.environment()];
    let children = environments.map(|environment| {
        let mut command = std::process::Command::new(crate::sandbox::PYFLOW);
        command.args(["submit", "--format", "json"]).current_dir(&clone.dir).env_clear().envs(environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pyflow")
    });
    let mut all = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        all.push(actions(&serde_json::from_slice(&output.stdout).expect("JSON")));
    }
    all.sort();
    assert_eq!(all, [vec!["created"; 3], vec!["unchanged"; 3]]);
    none_twice(&world, &project);
}

/// Two clones update one change at the same time: the one that comes second is told whose patch
/// set is no longer the newest.
#[test]
fn two_clones_push_the_same_change_at_once() {
    let world = World::embedded();
    let project = world.project();
    let alice = world.user("alice").clone(&project);
    let carol = world.user("carol").clone(&project);
    let proxy = Proxy::to(&world);
    proxy.stand_before(&alice);
    alice.commit("Fix the parser");
    let number = Clone::numbers(&alice.submit(""))[0];
    let head = alice.head();
    carol.git(["fetch", "-q", &alice.dir.display().to_string(), "work"]);
    carol.git(["reset", "-q", "--hard", &head]);
    alice.amend("Fixtheparser.txt", "by alice");
    let theirs = carol.amend("Fixtheparser.txt", "by carol");

    // Alice has looked at the server; carol pushes before alice does.
    let (said, pushing) = std::sync::mpsc::channel::<()>();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (said, wait) = (std::sync::Mutex::new(said), std::sync::Mutex::new(wait));
    proxy.plan(move |asked| {
        if asked.method == "POST" && is_push(asked) {
            said.lock().expect("no panic").send(()).ok();
            wait.lock().expect("no panic").recv_timeout(Duration::from_secs(20)).ok();
        }
        None
    });
    let done = std::thread::scope(|scope| {
        let environment = alice.person.environment();
        world.front.replace(None);
        let run = scope.spawn(|| {
            let mut command = std::process::Command::new(crate::sandbox::PYFLOW);
            command.args(["submit", "--format", "json"]).current_dir(&alice.dir).env_clear().envs(environment);
            command.stdin(Stdio::null()).output().expect("pyflow")
        });
        pushing.recv_timeout(Duration::from_secs(20)).expect("alice pushes");
        assert_eq!(actions(&carol.submit("")), ["updated"]);
        go.send(()).expect("the proxy waits");
        run.join().expect("no panic")
    });
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let done: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(actions(&done), ["updated"], "{done:#}");
    assert_eq!(done["changes"][0]["patch_set"], 3);
    let warnings = done["warnings"].to_string();
    assert!(
        warnings.contains("patch set 2") && warnings.contains("Carol Core") && warnings.contains(&theirs),
        "{done:#}"
    );

    // Carol's next patch set would bury alice's: that stops.
    carol.amend("Fixtheparser.txt", "by carol again");
    drop(carol.pyflow("submit").ends_with(4));
    assert_eq!(world.server.change(number)["revisions"].as_object().expect("revisions").len(), 3);
}

/// Kills at any place, several times in a row, and does not wait for the orphans: `PYFLOW_SOAK=N`
/// does it N times as often.
#[test]
fn killed_again_and_again() {
    let world = World::embedded();
    let project = world.project();
    let template = world.user("alice").clone(&project);
    let (shim, proxy) = (Shim::new(&world), Proxy::to(&world));
    proxy.stand_before(&template);
    let mut random = Random::new();
    let signs = template.make_signing_key();
    for round in 0..4 * soak() {
        proxy.heal();
        let works = [&ONE, &STACK, &UPDATE, &DETACHED, &SIGNED];
        let work = works[random.below(works.len() - usize::from(!signs))];
        let attempt = Attempt::new(&template, work);
        let mut told = format!("seed {}, round {round}:", random.seed);
        for _ in 0..=random.below(3) {
            if random.below(2) == 0 {
                let (at, when) = (1 + random.below(14), When::ALL[random.below(3)]);
                told = format!("{told} {when:?} git {at}");
                let change = |command: &mut std::process::Command| shim.put_before(command, Some((at, when)));
                drop(attempt.clone.pyflow_with(work.words, change));
                // Its marks are in one folder, which the next run empties.
                shim.settle();
            } else {
                let (at, fault) = (random.below(10), KILLS[random.below(3)].clone());
                told = format!("{told} {fault:?} {at}");
                proxy.plan(move |asked| (asked.number == at).then(|| fault.clone()));
                drop(attempt.clone.pyflow_watched(work.words, |_| {}, |process| proxy.victim(process)));
            }
            attempt.nothing_is_lost(&told);
        }
        proxy.heal();
        drop(attempt.clone.pyflow(work.words).success());
        proxy.settle();
        attempt.is_done(&told);
    }
    none_twice(&world, &project);
}

/// A branch that cannot be read now is there all the same: what waits for it goes on waiting.
#[test]
fn a_branch_that_cannot_be_read_is_not_taken_for_gone() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let proxy = Proxy::to(&world);
    proxy.stand_before(&clone);
    let commit = clone.commit("Fix the parser");
    let is_push = |asked: &Asked| asked.method == "POST" && asked.path.contains("git-receive-pack");
    proxy.plan(move |asked| is_push(asked).then_some(Fault::KillAfter));
    drop(clone.pyflow_watched("submit", |_| {}, |process| proxy.victim(process)));
    proxy.settle();
    proxy.heal();
    let (journal, work) = (clone.dir.join(".git/pyflow/submit.json"), clone.dir.join(".git/refs/heads/work"));
    clone.git(["checkout", "-q", "-b", "other", "gerrit/main", "--no-track"]);
    clone.commit("Document the parser");
    std::fs::write(&work, "not an id\n").unwrap();
    let run = clone.pyflow("submit").ends_with(3);
    assert!(run.stderr.contains("refs/heads/work is there, but cannot be read as a commit"), "{}", run.stderr);
    assert!(journal.exists());
    std::fs::write(&work, format!("{commit}\n")).unwrap();
    drop(clone.pyflow("submit").success());
    assert!(clone.git(["log", "-1", "--format=%B", "work"]).contains("Change-Id: "));
}
