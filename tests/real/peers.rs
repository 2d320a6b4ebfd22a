//! Unchanged peers against the embedded server, over HTTP: git-review, zuul-client and plain git.
//!
//! `PYFLOW_PEER_GIT_REVIEW` and `PYFLOW_PEER_ZUUL_CLIENT` name the programs (`tests/real/peers.sh`).

use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::sandbox::{Clone, Project, Run, World, server};

/// The tests that these variables allow, and the names of those that are not run.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let mut trials = vec![Trial::test("peers: plain git", || {
        plain_git();
        Ok(())
    })];
    match peer("PYFLOW_PEER_GIT_REVIEW") {
        Some(program) => trials.push(Trial::test("peers: git-review", move || {
            git_review(&program);
            Ok(())
        })),
        None => absent.push("not run: git-review against pyflow serve (PYFLOW_PEER_GIT_REVIEW is not set)".to_owned()),
    }
    match peer("PYFLOW_PEER_ZUUL_CLIENT") {
        Some(program) => trials.push(Trial::test("peers: zuul-client", move || {
            zuul_client(&program);
            Ok(())
        })),
        None => {
            absent.push("not run: zuul-client against pyflow serve (PYFLOW_PEER_ZUUL_CLIENT is not set)".to_owned());
        }
    }
    trials
}

fn peer(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|path| !path.is_empty())
}

/// The change's number in what a push says.
fn number(run: &Run<'_>) -> u64 {
    let text = format!("{}{}", run.stdout, run.stderr);
    let number = text.split("/+/").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no change in {text}"))
}

/// Git alone: the hook of the server, pushes with options, patch sets, a shallow clone.
fn plain_git() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").bare_clone(&project);
    clone.git(["checkout", "-q", "-b", "work", "gerrit/main", "--no-track"]);
    let hook = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let hook = hook.get(format!("{}/tools/hooks/commit-msg", world.server.url())).send().unwrap().text().unwrap();
    clone.write(".git/hooks/commit-msg", &hook);
    Command::new("chmod").arg("+x").arg(clone.dir.join(".git/hooks/commit-msg")).status().unwrap();
    clone.commit("Fix the parser");
    assert!(clone.git(["log", "-1", "--format=%B"]).contains("Change-Id: I"));
    let url = clone.url();
    let run = clone.try_git(["push", "-o", "topic=parser", "-o", "r=bob", &url, "HEAD:refs/for/main"]);
    let number = number(&run.success());
    let change = world.server.change(number);
    assert_eq!((&change["topic"], &change["reviewers"]["REVIEWER"][0]["username"]), (&"parser".into(), &"bob".into()));
    clone.amend("Fixtheparser.txt", "better");
    let run = clone.try_git(["push", &url, "HEAD:refs/for/main"]).success();
    assert!(run.stderr.contains("SUCCESS") && !run.stderr.contains("[NEW]"), "{}", run.stderr);
    let run = clone.try_git(["push", &url, "HEAD:refs/for/main"]).ends_with(1);
    assert!(run.stderr.contains("(no new changes)"), "{}", run.stderr);
    clone.fetch_patch_set(number, 2);
    assert_eq!(clone.git(["rev-parse", "FETCH_HEAD"]), clone.head());
    world.server.land(number);
    let path = clone.person.home.join("shallow").display().to_string();
    clone.git(["clone", "-q", "--depth", "1", "-b", "main", &url, &path]);
    let anonymous = world.server.push_url(&project).replace("/a/", "/");
    assert!(clone.git(["ls-remote", &anonymous, "refs/heads/main"]).ends_with("refs/heads/main"));
}

/// A clone as git-review wants it: a checked-in `.gitreview` for the address without `/a`.
fn reviewed<'w>(world: &'w World, project: &Project, name: &str) -> Clone<'w> {
    let clone = world.user(name).bare_clone(project);
    let url = world.server.url();
    let (host, port) = url.trim_start_matches("http://").split_once(':').unwrap();
    let text = format!(
        "[gerrit]\nscheme=http\nhost={host}\nport={port}\nproject={}\ndefaultbranch=main\ndefaultremote=gerrit\n",
        project.name
    );
    clone.git(["remote", "set-url", "gerrit", &format!("{url}/{}", project.name)]);
    clone.git([
        "config",
        "credential.helper",
        &format!("!f() {{ echo username={name}; echo password={}; }}; f", server::password(name)),
    ]);
    clone.git(["checkout", "-q", "-b", "work", "gerrit/main", "--no-track"]);
    clone.write(".gitreview", &text);
    clone.write(".git/info/exclude", ".gitreview\n");
    clone
}

/// Runs git-review with these words.
fn run_review<'w>(program: &str, clone: &Clone<'w>, words: &str) -> Run<'w> {
    clone.run(program, words.split_whitespace().map(str::to_owned), |_| {})
}

fn git_review(program: &str) {
    let world = World::embedded();
    let project = world.project();
    let clone = reviewed(&world, &project, "alice");
    drop(run_review(program, &clone, "-s").success());
    assert!(clone.dir.join(".git/hooks/commit-msg").exists(), "the hook came from the server");

    // Submit, with topic and reviewers; update; nothing new.
    clone.commit("Fix the parser");
    let first = number(&run_review(program, &clone, "-R -t parser --reviewers bob carol --hashtags x --").success());
    let change = world.server.change(first);
    assert_eq!((&change["topic"], &change["hashtags"][0]), (&"parser".into(), &"x".into()));
    assert_eq!(change["reviewers"]["REVIEWER"].as_array().map(Vec::len), Some(2));
    clone.amend("Fixtheparser.txt", "better");
    assert_eq!(number(&run_review(program, &clone, "-R").success()), first);
    assert_eq!(world.server.change(first)["current_revision_number"], 2);
    let again = run_review(program, &clone, "-R");
    assert!(again.code == Some(1) && format!("{}{}", again.stdout, again.stderr).contains("no new changes"));

    // A stack.
    clone.git(["checkout", "-q", "-b", "stack", "gerrit/main", "--no-track"]);
    clone.commit("One");
    clone.commit("Two");
    let run = run_review(program, &clone, "-R -y -w").success();
    let said = format!("{}{}", run.stdout, run.stderr);
    assert_eq!((said.matches("[NEW]").count(), said.matches("[WIP]").count()), (2, 2), "{said}");

    // List, download, compare, cherry-pick, by somebody else.
    let bob = reviewed(&world, &project, "bob");
    drop(run_review(program, &bob, "-s").success());
    let list = run_review(program, &bob, "-l").success();
    assert!(list.stdout.contains(&first.to_string()) && list.stdout.contains("Fix the parser"), "{}", list.stdout);
    assert!(run_review(program, &bob, "-ll").success().stdout.contains("parser"));
    drop(run_review(program, &bob, &format!("-d {first}")).success());
    assert_eq!(bob.head(), clone.git(["rev-parse", "work"]));
    assert_eq!(bob.git(["branch", "--show-current"]), format!("review/{first}"));
    bob.git(["checkout", "-q", "work"]);
    let compared = run_review(program, &bob, &format!("-m {first},1-2")).success();
    assert!(compared.stdout.contains("better"), "{}{}", compared.stdout, compared.stderr);
    bob.git(["checkout", "-q", "work"]);
    drop(run_review(program, &bob, &format!("-x {first}")).success());
    assert_eq!(bob.git(["log", "-1", "--format=%s"]), "Fix the parser");
    drop(run_review(program, &bob, "-d 99999").ends_with(35));
}

/// A project whose job waits for a file, and clients of its gate.
struct Gate<'w> {
    world: &'w World,
    project: Project,
    clone: Clone<'w>,
    program: String,
}

impl Gate<'_> {
    fn client(&self, user: &str, words: &str) -> Run<'_> {
        let url = self.world.server.url();
        let token = server::password(user);
        let global = ["--zuul-url".to_owned(), url, "--auth-token".to_owned(), token];
        let words = words.replace("PROJECT", &self.project.name);
        let all = global.into_iter().chain(words.split_whitespace().map(str::to_owned));
        self.clone.run(&self.program, all, |_| {})
    }

    fn status(&self) -> Value {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let text =
            client.get(format!("{}/api/tenant/pyflow/status", self.world.server.url())).send().unwrap().text().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn order(&self) -> Vec<String> {
        let status = self.status();
        let queues = status["pipelines"][1]["change_queues"].as_array().cloned().unwrap_or_default();
        let heads = queues.iter().flat_map(|q| q["heads"].as_array().cloned().unwrap_or_default());
        let items = heads.flat_map(|head| head.as_array().cloned().unwrap_or_default());
        items.map(|i| i["refs"][0]["id"].as_str().unwrap().to_owned()).collect()
    }

    fn wait(&self, what: &str, test: impl Fn() -> bool) {
        let began = Instant::now();
        while !test() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}: {}", self.status());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn zuul_client(program: &str) {
    let world = World::embedded();
    let project = world.project();
    let hold = world.path("go").display().to_string();
    world.server.configure(|text| {
        let text = text.replacen("sandbox = \"bubblewrap\"", "sandbox = \"none\"", 1);
        format!(
            "{text}\n[projects.{}.jobs.unit]\ncommand = [\"/bin/sh\", \"-c\", 'echo the output of the job; while ! test -e {hold}; do sleep 0.02; done']\npipelines = [\"gate\"]\n",
            project.name
        )
    });
    let clone = world.user("alice").clone(&project);
    let words = format!(
        "serve user add rita --email rita@example.com --group release-managers --token-stdin --dir {}",
        world.path("server").display()
    );
    assert_eq!(clone.feed(&words, &server::password("rita"), |_| {}).code, Some(0));
    let gate = Gate { world: &world, project, clone, program: program.to_owned() };
    let numbers = ["First", "Second"].map(|subject| {
        gate.clone.git(["checkout", "-q", "--detach", "gerrit/main"]);
        gate.clone.commit(subject);
        let number = gate.clone.submit_one("");
        world.server.vote("carol", number, "Code-Review", 2);
        number
    });
    let [first, second] = numbers.map(|n| format!("{n},1"));
    gate.wait("both are in", || gate.order() == [first.clone(), second.clone()]);

    let promote = format!("promote --tenant pyflow --pipeline gate --changes {second}");
    assert_eq!(gate.client("alice", &promote).code, Some(1), "not for everybody");
    assert_eq!(gate.order(), [first.clone(), second.clone()]);
    drop(gate.client("rita", &promote).success());
    assert_eq!(gate.order(), [second.clone(), first.clone()]);
    let about = format!("--tenant pyflow --pipeline gate --project PROJECT --change {first}");
    drop(gate.client("rita", &format!("dequeue {about}")).success());
    assert_eq!(gate.order(), [second.as_str()]);
    drop(gate.client("carol", &format!("enqueue {about}")).success());
    assert_eq!(gate.order(), [second.clone(), first.clone()]);

    std::fs::write(world.path("go"), "").unwrap();
    gate.wait("all land", || gate.order().is_empty());
    let builds =
        gate.client("alice", "--format json builds --tenant pyflow --project PROJECT --pipeline gate --job unit");
    let builds: Value = serde_json::from_str(&builds.success().stdout).expect("JSON");
    let builds: Vec<&Value> = builds.as_array().unwrap().iter().filter(|b| b["result"] == "SUCCESS").collect();
    assert_eq!(builds.len(), 2);
    assert!(gate.client("alice", "builds --tenant pyflow").success().stdout.contains("unit"));
    let uuid = builds[0]["uuid"].as_str().unwrap();
    let info = gate.client("alice", &format!("build-info --tenant pyflow --uuid {uuid}")).success();
    assert!(info.stdout.contains("SUCCESS") && info.stdout.contains(uuid), "{}", info.stdout);
    let output = gate.client("alice", &format!("build-info --tenant pyflow --uuid {uuid} --show-job-output")).success();
    assert!(output.stdout.contains("the output of the job"), "{}", output.stdout);
    drop(gate.client("alice", "build-info --tenant pyflow --uuid 00000000000000000000000000000000").ends_with(1));
    let graph =
        gate.client("alice", "--format text job-graph --tenant pyflow --pipeline gate --project PROJECT --branch main");
    assert!(graph.success().stdout.contains("unit"));
}
