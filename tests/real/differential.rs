//! One script of pushes and requests, played to the embedded server and to a real Gerrit; the answers
//! are compared as raw JSON and text. What may differ is written down in [`PERMITTED`], each with its
//! reason; a permission that nothing needs any more is an error, too.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};

use crate::sandbox::{Clone, Kind, Project, World};

/// Where answers may differ: the steps (`*`: all), the path in the answer, and why.
const PERMITTED: &[(&str, &str, &str)] = &[
    ("push without a Change-Id", "/said", "the hint has no line about scp: there is no SSH here"),
    ("*", "/answer/revisions/*/fetch/ssh", "there is no SSH here"),
    ("submitted together", "/answer/*/revisions/*/fetch/ssh", "there is no SSH here"),
    ("*", "/answer/messages/0", "where a push sets a hashtag, Gerrit forgets to say that there is a patch set"),
    ("pick in conflict", "/answer", "the files are named instead of the times of the commits"),
    ("landed", "/answer/submission_id", "the id of a submission is opaque"),
    ("words on what has landed", "/answer/change_info/submission_id", "the id of a submission is opaque"),
    ("project", "/answer/parent", "projects inherit from nothing here"),
];

/// The test, where there is a Gerrit of today.
pub fn trials(absent: &mut Vec<String>) -> Vec<Trial> {
    let url = std::env::var("PYFLOW_REAL_GERRIT_313").unwrap_or_default();
    if url.is_empty() {
        absent.push("not run: differential script (PYFLOW_REAL_GERRIT_313 is not set)".to_owned());
        return Vec::new();
    }
    let kind = Kind::Gerrit { version: "3.13".to_owned(), url: url.trim_end_matches('/').to_owned() };
    vec![Trial::test("differential: the same answers as Gerrit", move || compare(&kind))]
}

fn compare(kind: &Kind) -> Result<(), Failed> {
    let gerrit = Script::play(&World::new(kind));
    let ours = Script::play(&World::embedded());
    let mut differences = Vec::new();
    for ((title, theirs), (_, ours)) in gerrit.iter().zip(&ours) {
        differ(title, "", theirs, ours, &mut differences);
    }
    assert_eq!(gerrit.len(), ours.len(), "both played the same script");
    let mut needed = BTreeSet::new();
    let mut unexpected = Vec::new();
    for Difference { title, path, text } in differences {
        let found =
            PERMITTED.iter().position(|(step, place, _)| (*step == "*" || *step == title) && fits(&path, place));
        match found {
            Some(at) => drop(needed.insert(at)),
            None => unexpected.push(format!("{title}{path}: {text}")),
        }
    }
    let stale: Vec<String> = (0..PERMITTED.len())
        .filter(|at| !needed.contains(at))
        .map(|at| format!("nothing needs this permission: {:?}", PERMITTED[at]))
        .collect();
    unexpected.extend(stale);
    if unexpected.is_empty() {
        return Ok(());
    }
    Err(format!("{} steps, differences:\n{}", gerrit.len(), unexpected.join("\n")).into())
}

/// Whether a path fits a pattern in which `*` stands for one part.
fn fits(path: &str, pattern: &str) -> bool {
    let (path, pattern): (Vec<_>, Vec<_>) = (path.split('/').collect(), pattern.split('/').collect());
    path.len() >= pattern.len() && path.iter().zip(&pattern).all(|(part, wanted)| *wanted == "*" || part == wanted)
}

struct Difference {
    title: String,
    path: String,
    text: String,
}

fn add_to(out: &mut Vec<Difference>, title: &str, path: String, text: String) {
    out.push(Difference { title: title.to_owned(), path, text });
}

fn differ(title: &str, path: &str, theirs: &Value, ours: &Value, out: &mut Vec<Difference>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let path = format!("{path}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differ(title, &path, a, b, out),
                    (Some(a), None) => add_to(out, title, path, format!("only Gerrit has {a}")),
                    (None, Some(b)) => add_to(out, title, path, format!("only pyflow has {b}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differ(title, &format!("{path}/{at}"), a, b, out);
            }
        }
        (a, b) if a == b => {}
        (a, b) => add_to(out, title, path.to_owned(), format!("Gerrit {a}, pyflow {b}")),
    }
}

/// One run of the script.
struct Script<'w> {
    world: &'w World,
    project: Project,
    people: BTreeMap<String, String>,
    commits: RefCell<BTreeMap<String, String>>,
    log: RefCell<Vec<(String, Value)>>,
}

impl<'w> Script<'w> {
    fn play(world: &'w World) -> Vec<(String, Value)> {
        let project = world.project();
        let mut people = BTreeMap::new();
        for name in ["alice", "bob", "carol", "ci"] {
            let account = world.server.rest(name, "GET", "accounts/self", None);
            people.insert(account["_account_id"].to_string(), format!("<{name}>"));
        }
        let script = Self { world, project, people, commits: RefCell::default(), log: RefCell::default() };
        script.run();
        script.log.into_inner()
    }

    fn note(&self, title: &str, value: &Value) {
        let title = format!("{} {title}", self.log.borrow().len() + 1);
        let value = self.plain(value);
        // The title without its number names the step in the permissions.
        let title = title.split_once(' ').map_or(title.as_str(), |(_, t)| t).to_owned();
        self.log.borrow_mut().push((title, value));
    }

    fn ask(&self, title: &str, user: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, text) = self.world.server.try_rest(user, method, path, body);
        let answer = match text.strip_prefix(")]}'\n").and_then(|json| serde_json::from_str::<Value>(json).ok()) {
            Some(json) => json,
            None => text.into(),
        };
        if let Some(number) = answer["_number"].as_u64() {
            self.world.number_of(number);
        }
        self.note(title, &json!({"status": status, "answer": answer}));
        answer
    }

    /// Pushes; what git prints for programs and what the server says.
    fn push(&self, title: &str, clone: &Clone<'_>, arguments: &[&str]) -> Vec<u64> {
        self.learn(clone);
        let url = clone.url();
        let mut all = vec!["push", "--porcelain", url.as_str()];
        // Options go before the address.
        let options: Vec<&str> = arguments.iter().filter(|a| a.starts_with('-')).copied().collect();
        all.splice(2..2, options);
        all.extend(arguments.iter().filter(|a| !a.starts_with('-')));
        let run = clone.try_git(all);
        let said: Vec<String> = run
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("remote:"))
            .map(|line| line.rsplit('\r').next().unwrap_or_default().trim_start_matches("remote:").trim().to_owned())
            // Progress: how often it is drawn depends on time.
            .filter(|line| !line.is_empty() && (!line.starts_with("Processing changes") || line.ends_with("done")))
            .collect();
        let numbers: Vec<u64> =
            said.iter().filter_map(|line| line.split("/+/").nth(1)?.split(' ').next()?.parse().ok()).collect();
        for number in &numbers {
            self.world.number_of(*number);
        }
        let result: Vec<&str> = run.stdout.lines().skip_while(|l| l.starts_with("To ")).collect();
        self.note(title, &json!({"code": run.code, "result": result, "said": said}));
        numbers
    }

    /// Commits that are known by their subject from now on.
    fn learn(&self, clone: &Clone<'_>) {
        let log = clone.git(["log", "--all", "--format=%H %s"]);
        let mut commits = self.commits.borrow_mut();
        for (id, subject) in log.lines().filter_map(|line| line.split_once(' ')) {
            let known = commits.values().filter(|name| name.starts_with(&format!("<{subject}"))).count();
            commits.entry(id.to_owned()).or_insert_with(|| format!("<{subject} {known}>"));
        }
    }

    /// Without what differs from server to server and from run to run.
    fn plain(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Number(number) => match self.people.get(&number.to_string()) {
                Some(name) => name.clone().into(),
                None => value.clone(),
            },
            Value::Array(list) => {
                let mut list: Vec<Value> = list.iter().map(|v| self.plain(v)).collect();
                // Gerrit's order of these is by chance.
                for key in ["submittability_expression_result", "_account_id", "updated_by"] {
                    if list.iter().all(|v| v.get(key).is_some()) {
                        list.sort_by_key(|v| {
                            format!("{}{}{}", v["name"], v["_account_id"], v["reviewer"]["_account_id"])
                        });
                    }
                }
                list.into()
            }
            Value::Object(map) => {
                let mut out = Map::new();
                for (key, value) in map {
                    let key = self.people.get(key).cloned().unwrap_or_else(|| self.text(key));
                    // A revision has a number of its own.
                    let value = match (key.as_str(), value) {
                        // Of several who voted it names one, by chance.
                        ("applied_by", _) => "<a voter>".into(),
                        ("_number", value) if map.contains_key("kind") => value.clone(),
                        (
                            "_number" | "virtual_id_number" | "_change_number" | "cherry_pick_of_change",
                            Value::Number(number),
                        ) => self.known(&number.to_string()).unwrap_or_else(|| number.to_string()).into(),
                        _ => self.plain(value),
                    };
                    out.insert(key, value);
                }
                Value::Object(out)
            }
            other => other.clone(),
        }
    }

    fn known(&self, number: &str) -> Option<String> {
        self.world.known_number(number)
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.replace(&self.world.server.url(), "$SERVER").replace(&self.project.name, "$PROJECT");
        let host = self.world.server.url().replace("http://", "");
        text = text.replace(&host, "$HOST");
        for (id, name) in &self.people {
            text = text.replace(&format!("<GERRIT_ACCOUNT_{id}>"), name);
        }
        let commits = self.commits.borrow();
        let mut out = String::new();
        let mut rest = text.as_str();
        // Words of letters and digits, one after the other.
        while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            let end = rest[at..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |n| at + n);
            out.push_str(&rest[..at]);
            let word = &rest[at..end];
            let hex = word.bytes().all(|b| b.is_ascii_hexdigit());
            let before = out.as_str();
            if word.len() == 40 && hex {
                out.push_str(commits.get(word).map_or("<commit>", String::as_str));
            } else if word.len() == 7 && hex && commits.keys().any(|id| id.starts_with(word)) {
                let name = commits.iter().find(|(id, _)| id.starts_with(word)).map_or("", |(_, name)| name);
                out.push('~');
                out.push_str(name);
            } else if ["/+/", "~", "Change ", "change ", "Not found: ", "in revision "]
                .iter()
                .any(|end| before.ends_with(end))
                && !rest[end..].starts_with('.')
                && let Some(known) = self.known(word)
            {
                out.push_str(&known);
            } else if before.ends_with("refs/changes/") {
                let tail = &rest[end..];
                let number = tail.trim_start_matches('/').split('/').next().unwrap_or_default();
                match self.known(number) {
                    Some(known) => {
                        out.push_str(&known);
                        rest = &tail[1 + number.len()..];
                        continue;
                    }
                    None => out.push_str(word),
                }
            } else {
                out.push_str(word);
            }
            rest = &rest[end..];
        }
        out.push_str(rest);
        random_ids(&stamps(&out))
    }

    fn run(&self) {
        let alice = self.world.user("alice").bare_clone(&self.project);
        alice.git(["checkout", "-q", "-b", "work", "gerrit/main", "--no-track"]);
        self.pushing(&alice);
        let (one, two, three) = self.stack(&alice);
        self.reading(one, two, three);
        self.reviewing(one, two);
        self.editing(one);
        self.picking(&alice, one);
        self.ending(&alice, one, two);
        self.asking(one);
    }

    fn commit(&self, clone: &Clone<'_>, subject: &str, file: &str, content: &str, key: u32) {
        clone.commit_file(&format!("{subject}\n\nChange-Id: I{key:040x}\n"), file, content);
        self.learn(clone);
    }

    fn pushing(&self, alice: &Clone<'_>) {
        alice.commit_file("No id", "none", "x");
        self.push("push without a Change-Id", alice, &["HEAD:refs/for/main"]);
        alice.git(["reset", "-q", "--hard", "HEAD~"]);
        self.push("push nothing", alice, &["HEAD:refs/for/main"]);
        self.push("push to an unknown branch", alice, &["HEAD:refs/for/nosuch"]);
        self.push("push to the branch itself", alice, &["HEAD:refs/heads/other"]);
        self.commit(alice, "Bad options", "none", "x", 0xbad);
        for option in
            ["foo", "notify=WHAT", "l=Nope+1", "l=Code-Review+5", "l=Code-Review+2", "r=nobody", "submit", "wip,ready"]
        {
            self.push(&format!("push %{option}"), alice, &[&format!("HEAD:refs/for/main%{option}")]);
        }
        self.push("push to main", alice, &["HEAD:refs/heads/main"]);
        self.push("push a tag", alice, &["HEAD:refs/tags/v1"]);
        alice.git(["reset", "-q", "--hard", "HEAD~"]);
    }

    fn stack(&self, alice: &Clone<'_>) -> (u64, u64, u64) {
        self.commit(alice, "First", "first", "1\n", 1);
        self.commit(alice, "Second", "second", "2\n", 2);
        let made =
            self.push("push a stack", alice, &["-otopic=rt", "-ot=x", "-or=bob", "-occ=carol", "HEAD:refs/for/main"]);
        self.push("push it again", alice, &["HEAD:refs/for/main"]);
        let second = alice.amend("second", "2, better\n");
        self.learn(alice);
        assert!(!second.is_empty());
        self.push("push an update", alice, &["HEAD:refs/for/main%m=better"]);
        alice.reword("Second", "Second, reworded");
        self.push("push a new message", alice, &["HEAD:refs/for/main"]);
        alice.git(["checkout", "-q", "-b", "alone", "gerrit/main"]);
        self.commit(alice, "Alone", "alone", "a\n", 3);
        let alone = self.push("push work in progress", alice, &["HEAD:refs/for/main%wip"]);
        (made[0], made[1], alone[0])
    }

    fn reading(&self, one: u64, two: u64, three: u64) {
        let all = "o=ALL_REVISIONS&o=ALL_COMMITS&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS&o=MESSAGES&o=SUBMITTABLE&o=SUBMIT_REQUIREMENTS&o=REVIEWER_UPDATES";
        for (name, number) in [("first", one), ("second", two), ("work in progress", three)] {
            self.ask(&format!("{name} in full"), "alice", "GET", &format!("changes/{number}/?{all}"), None);
        }
        self.ask("detail", "bob", "GET", &format!("changes/{one}/detail"), None);
        self.ask("related", "alice", "GET", &format!("changes/{two}/revisions/current/related?o=SUBMITTABLE"), None);
        self.ask("related of one alone", "alice", "GET", &format!("changes/{three}/revisions/current/related"), None);
        self.ask("submitted together", "alice", "GET", &format!("changes/{two}/submitted_together"), None);
        self.ask(
            "submitted together, alone",
            "alice",
            "GET",
            &format!("changes/{three}/submitted_together?o=NON_VISIBLE_CHANGES"),
            None,
        );
        self.ask("mergeable", "alice", "GET", &format!("changes/{one}/revisions/current/mergeable"), None);
        self.ask("commit", "alice", "GET", &format!("changes/{one}/revisions/current/commit"), None);
        self.ask("no such revision", "alice", "GET", &format!("changes/{one}/revisions/9/commit"), None);
        self.ask("no such change", "alice", "GET", "changes/999999", None);
        self.ask("an escaped tilde", "alice", "GET", &format!("changes/{}%7E{one}", self.project.name), None);
        self.ask("an unknown option", "alice", "GET", &format!("changes/{one}?o=NOPE"), None);
    }

    fn reviewing(&self, one: u64, two: u64) {
        let review = |title: &str, user: &str, number: u64, body: Value| {
            self.ask(title, user, "POST", &format!("changes/{number}/revisions/current/review"), Some(&body))
        };
        review("review with words", "bob", one, json!({"message": "hello", "labels": {"Code-Review": 1}}));
        review("review with an unknown label", "bob", one, json!({"labels": {"Nope": 1, "Code-Review": 7}}));
        review("a vote above one's right", "bob", one, json!({"labels": {"Code-Review": 2}}));
        review("a vote as text", "carol", two, json!({"labels": {"Code-Review": "-1"}}));
        review(
            "inline comments",
            "bob",
            one,
            json!({"message": "see below", "comments": {
            "first": [{"line": 1, "message": "why?", "unresolved": true}, {"range": {"start_line": 1, "start_character": 0, "end_line": 1, "end_character": 1}, "message": "nit", "unresolved": false}],
            "/PATCHSET_LEVEL": [{"message": "in general", "unresolved": true}]}}),
        );
        let comments = self.ask("comments", "alice", "GET", &format!("changes/{one}/comments"), None);
        let id = |file: &str, words: &str| {
            let list = comments[file].as_array().into_iter().flatten();
            list.filter(|c| c["message"] == words).map(|c| c["id"].clone()).next().unwrap_or_default()
        };
        let (why, general) = (id("first", "why?"), id("/PATCHSET_LEVEL", "in general"));
        review(
            "a reply",
            "alice",
            one,
            json!({"comments": {"first": [{"in_reply_to": why, "line": 1, "message": "done", "unresolved": false}]}}),
        );
        self.ask("one thread is left", "alice", "GET", &format!("changes/{one}"), None);
        review(
            "a reply to the rest",
            "alice",
            one,
            json!({"comments": {"/PATCHSET_LEVEL": [{"in_reply_to": general, "message": "all done", "unresolved": false}]}}),
        );
        review("a comment on no file", "alice", one, json!({"comments": {"nosuch": [{"line": 1, "message": "x"}]}}));
        review(
            "an unknown reviewer",
            "alice",
            one,
            json!({"reviewers": [{"reviewer": "carol"}, {"reviewer": "nobody"}]}),
        );
        review("a reviewer more", "alice", one, json!({"reviewers": [{"reviewer": "carol"}]}));
        self.ask("counted", "alice", "GET", &format!("changes/{one}/?o=LABELS&o=MESSAGES"), None);
        self.ask(
            "review of no revision",
            "alice",
            "POST",
            &format!("changes/{one}/revisions/9/review"),
            Some(&json!({})),
        );
        self.ask(
            "requirements",
            "carol",
            "GET",
            &format!("changes/{two}?o=SUBMIT_REQUIREMENTS&o=SUBMITTABLE&o=DETAILED_LABELS"),
            None,
        );
    }

    fn editing(&self, one: u64) {
        let at = |rest: &str| format!("changes/{one}/{rest}");
        let post =
            |title: &str, user: &str, rest: &str, body: Value| self.ask(title, user, "POST", &at(rest), Some(&body));
        self.ask("topic", "alice", "PUT", &at("topic"), Some(&json!({"topic": "other"})));
        self.ask("a topic with quotes", "alice", "PUT", &at("topic"), Some(&json!({"topic": "a\"b"})));
        self.ask("no topic", "alice", "DELETE", &at("topic"), None);
        post("hashtags", "alice", "hashtags", json!({"add": ["#b", "a"], "remove": ["x"]}));
        post("a hashtag with a comma", "alice", "hashtags", json!({"add": ["a,b"]}));
        post("work in progress", "alice", "wip", json!({"message": "wait"}));
        post("work in progress again", "alice", "wip", json!({}));
        post("somebody else's work", "bob", "ready", json!({}));
        post("ready", "alice", "ready", json!({"message": "go"}));
        post("a reviewer", "alice", "reviewers", json!({"reviewer": "ci", "state": "CC"}));
        post("the reviewer again", "alice", "reviewers", json!({"reviewer": "ci", "state": "CC"}));
        post("a reviewer whom nobody knows", "alice", "reviewers", json!({"reviewer": "nobody"}));
        self.ask("reviewers", "alice", "GET", &at("reviewers"), None);
        self.ask("remove a reviewer", "alice", "DELETE", &at("reviewers/ci"), None);
        self.ask("remove nobody", "alice", "DELETE", &at("reviewers/ci"), None);
        post("abandon by somebody else", "bob", "abandon", json!({}));
        post("abandon", "alice", "abandon", json!({"message": "not now"}));
        post("abandon again", "alice", "abandon", json!({}));
        post("restore", "alice", "restore", json!({"message": "now"}));
        post("restore again", "alice", "restore", json!({}));
        post("submit", "alice", "submit", json!({}));
    }

    fn picking(&self, alice: &Clone<'_>, one: u64) {
        let pick = |title: &str, user: &str, number: u64, body: Value| {
            let answer =
                self.ask(title, user, "POST", &format!("changes/{number}/revisions/current/cherrypick"), Some(&body));
            answer["_number"].as_u64().unwrap_or_default()
        };
        self.ask("topic for picks", "alice", "PUT", &format!("changes/{one}/topic"), Some(&json!({"topic": "rt"})));
        let first = pick("pick", "alice", one, json!({"destination": "3.14"}));
        pick("pick by somebody else", "carol", one, json!({"destination": "3.13", "keep_reviewers": true}));
        pick("pick again", "alice", one, json!({"destination": "3.14", "topic": "chosen"}));
        pick("pick to nowhere", "alice", one, json!({"destination": "nosuch"}));
        pick("pick without a destination", "alice", one, json!({}));
        pick("pick on no commit", "alice", one, json!({"destination": "3.14", "base": "abc"}));
        let full = "o=CURRENT_REVISION&o=CURRENT_COMMIT&o=MESSAGES&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS";
        self.ask("what was picked", "alice", "GET", &format!("changes/{first}/?{full}"), None);
        alice.git(["checkout", "-q", "-b", "other", "gerrit/3.13"]);
        self.commit(alice, "In the way", "first", "other\n", 4);
        let way = self.push("push to 3.13", alice, &["HEAD:refs/for/3.13"])[0];
        self.world.server.land(way);
        alice.git(["checkout", "-q", "-b", "again", "gerrit/main"]);
        self.commit(alice, "In conflict", "first", "mine\n", 5);
        let mine = self.push("push what conflicts", alice, &["HEAD:refs/for/main"])[0];
        pick("pick in conflict", "alice", mine, json!({"destination": "3.13"}));
        let kept = pick("pick with conflicts", "alice", mine, json!({"destination": "3.13", "allow_conflicts": true}));
        self.ask("what was picked with conflicts", "alice", "GET", &format!("changes/{kept}/?{full}"), None);
        alice.fetch_patch_set(kept, 1);
        self.note("its file", &alice.git(["show", "FETCH_HEAD:first"]).into());
        self.ask("picks of it", "alice", "GET", &format!("changes/?q=cherrypickof:{mine}"), None);
        self.world.server.abandon("alice", kept);
        pick("pick onto what was given up", "alice", mine, json!({"destination": "3.13", "allow_conflicts": true}));
    }

    fn ending(&self, alice: &Clone<'_>, one: u64, two: u64) {
        self.world.server.land(one);
        self.ask("landed", "alice", "GET", &format!("changes/{one}/?o=MESSAGES&o=SUBMITTABLE"), None);
        let review = |title: &str, number: u64, body: Value| {
            self.ask(title, "carol", "POST", &format!("changes/{number}/revisions/current/review"), Some(&body))
        };
        review("a lower vote on what has landed", one, json!({"labels": {"Code-Review": 1}}));
        review("words on what has landed", one, json!({"message": "thanks"}));
        self.ask("abandon what has landed", "alice", "POST", &format!("changes/{one}/abandon"), Some(&json!({})));
        self.ask(
            "pick what has landed",
            "alice",
            "POST",
            &format!("changes/{one}/revisions/current/cherrypick"),
            Some(&json!({"destination": "main"})),
        );
        self.world.server.abandon("alice", two);
        self.ask(
            "given up",
            "alice",
            "GET",
            &format!("changes/{two}/?o=SUBMITTABLE&o=SUBMIT_REQUIREMENTS&o=LABELS"),
            None,
        );
        review("a vote on what was given up", two, json!({"labels": {"Code-Review": 2}}));
        alice.git(["checkout", "-q", "work"]);
        alice.amend("second", "2, too late\n");
        self.push("push to what was given up", alice, &["HEAD:refs/for/main"]);
    }

    fn asking(&self, one: u64) {
        let project = &self.project.name;
        let queries = [
            "status:open",
            "is:merged",
            "is:abandoned",
            "owner:alice",
            "owner:self -is:wip",
            "reviewer:bob",
            "branch:3.14 status:open",
            "topic:rt-3.13",
            "hashtag:a",
            "label:Code-Review=2",
            "label:Code-Review=2,user=carol",
            "message:conflict",
            "age:1d",
            "limit:1",
            "NOT is:open",
            "(branch:3.13 OR branch:3.14) is:open",
            "owner:nobody",
            "has:unresolved",
            "is:cherrypick",
        ];
        for query in queries {
            let full = url::form_urlencoded::byte_serialize(format!("project:{project} {query}").as_bytes())
                .collect::<String>();
            let found = self.world.server.rest("alice", "GET", &format!("changes/?q={full}"), None);
            let mut numbers: Vec<Value> =
                found.as_array().into_iter().flatten().map(|c| self.plain(c)["_number"].clone()).collect();
            if query == "limit:1" {
                numbers = vec![numbers.len().into(), found[0]["_more_changes"].clone()];
            }
            numbers.sort_by_key(ToString::to_string);
            self.note(&format!("query {query}"), &numbers.into());
        }
        for query in ["nosuchop:1", "(", "is:foo", "age:x", "", "parentof:x", "\"abc"] {
            let full = url::form_urlencoded::byte_serialize(query.as_bytes()).collect::<String>();
            self.ask(&format!("bad query {query}"), "alice", "GET", &format!("changes/?q={full}"), None);
        }
        self.ask("parents", "alice", "GET", &format!("changes/?q=parentof:{one}"), None);
        self.ask("account", "alice", "GET", "accounts/self", None);
        self.ask("no account", "alice", "GET", "accounts/nobody", None);
        self.ask("emails", "alice", "GET", "accounts/self/emails", None);
        self.ask("project", "alice", "GET", &format!("projects/{project}"), None);
        self.ask("no project", "alice", "GET", "projects/nosuch", None);
        self.ask("a branch", "alice", "GET", &format!("projects/{project}/branches/3.14"), None);
        self.ask("no branch", "alice", "GET", &format!("projects/{project}/branches/nosuch"), None);
        self.ask("bad JSON", "alice", "POST", &format!("changes/{one}/abandon"), Some(&json!([1])));
    }
}

/// Moments and dates of commits that a server made; answers to writes show milliseconds in Gerrit.
fn stamps(text: &str) -> String {
    let stamp = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000000").expect("a pattern");
    stamp.replace_all(text, "<time>").into_owned()
}

/// Comments have random ids.
fn random_ids(text: &str) -> String {
    let id = regex::Regex::new(r"\b[0-9a-f]{8}_[0-9a-f]{8}\b").expect("a pattern");
    id.replace_all(text, "<comment>").into_owned()
}
