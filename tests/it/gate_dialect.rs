//! The embedded server's gate as Zuul's clients see it, and as people do: status, builds, verbs, pages.
//!
//! The shapes are those of a real Zuul 14.3 (the keys below are what it sends).

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::sandbox::{Clone, Project, World, server};

/// What a real Zuul's documents have.
const STATUS: &str =
    "connection_event_queues last_reconfigured management_event_queue pipelines state trigger_event_queue zuul_version";
const PIPELINE: &str =
    "change_queues description management_events manager name result_events state trigger_events triggers";
const QUEUE: &str = "branch heads name window";
const ITEM: &str =
    "active enqueue_time failing_reasons id item_ahead items_behind jobs live refs remaining_time zuul_ref";
const REF: &str = "id owner project project_canonical ref url";
const JOB: &str = "canceled dependencies elapsed_time end_time estimated_time execute_time name paused pipeline pre_fail queued remaining_time report_url result retry snapshotting start_time tries url uuid voting waiting_status";
const BUILD: &str = "_id artifacts buildset duration end_time error_detail event_id event_timestamp execute_time final held job_name log_url nodeset pipeline provides queue_item_uuid ref result start_time uuid voting";
const BUILDSET: &str = "_id event_id event_timestamp first_build_start_time last_build_end_time message parameters pipeline queue_item_uuid refs result user_id uuid";
const BUILD_REF: &str = "branch change newrev oldrev patchset project ref ref_url";

/// A server with a gate whose jobs end when a file appears.
struct Stage<'w> {
    world: &'w World,
    project: Project,
    clone: Clone<'w>,
    client: reqwest::blocking::Client,
}

impl<'w> Stage<'w> {
    /// `owner` pushes; the project is everybody's, or a group's.
    fn new(world: &'w World, owner: &str, visible_to: &str) -> Self {
        let project = world.project();
        let hold = world.path("go").display().to_string();
        world.server.configure(|text| {
            let text = text.replacen("sandbox = \"bubblewrap\"", "sandbox = \"none\"\nslots = 4", 1);
            let text = text.replacen("window = 20\nwindow-floor = 3", "window = 2\nwindow-floor = 2", 1);
            assert!(text.contains("slots = 4") && text.contains("window = 2\n"), "{text}");
            let job = format!(
                "[projects.{0}.jobs.unit]\ncommand = [\"/bin/sh\", \"-c\", 'cat *.txt; printf \"\\033[31m<b>\\n\"; while ! test -e {hold}; do sleep 0.02; done; test ! -e FAIL']\npipelines = [\"gate\"]\n[projects.{0}.jobs.docs]\ncommand = [\"/bin/true\"]\nneeds = [\"unit\"]\npipelines = [\"gate\"]\nvoting = false\n",
                project.name
            );
            let text = text.replacen("visible-to = []", &format!("visible-to = [{visible_to}]"), 1);
            format!("{text}\n{job}\n")
        });
        let clone = world.user(owner).clone(&project);
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        Self { world, project, clone, client }
    }

    /// Somebody more, whose token is the name and `-pw`.
    fn add(&self, name: &str, group: &str) {
        let dir = self.world.path("server");
        let words = format!(
            "serve user add {name} --email {name}@example.com --group {group} --token-stdin --dir {}",
            dir.display()
        );
        assert_eq!(self.clone.feed(&words, &server::password(name), |_| {}).code, Some(0));
    }

    fn change(&self, subject: &str, file: &str) -> u64 {
        self.clone.git(["checkout", "-q", "--detach", "gerrit/main"]);
        self.clone.commit_file(subject, file, subject);
        self.clone.submit_one("")
    }

    fn approve(&self, number: u64) {
        self.world.server.vote("carol", number, "Code-Review", 2);
    }

    /// A request as a browser or a Zuul client sends it; status, headers, body.
    fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> (u16, reqwest::header::HeaderMap, String) {
        let mut request = self.client.request(method.parse().unwrap(), format!("{}/{path}", self.world.server.url()));
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.headers().clone(), answer.text().unwrap())
    }

    fn api(&self, path: &str) -> Value {
        let (status, headers, text) = self.ask("GET", &format!("api/tenant/pyflow/{path}"), None, None);
        assert_eq!(status, 200, "{path}: {text}");
        assert_eq!(headers["content-type"], "application/json; charset=utf-8", "{path}");
        serde_json::from_str(&text).unwrap()
    }

    fn post(&self, path: &str, user: &str, body: &Value) -> (u16, String) {
        let token = format!("Bearer {}", server::password(user));
        let (status, _, text) =
            self.ask("POST", &format!("api/tenant/pyflow/{path}"), Some(&token), Some(&body.to_string()));
        (status, text)
    }

    /// The items of the gate, in order.
    fn items(&self) -> Vec<Value> {
        let status = self.api("status");
        let queues = status["pipelines"][1]["change_queues"].as_array().cloned().unwrap_or_default();
        let heads = queues.iter().flat_map(|q| q["heads"].as_array().cloned().unwrap_or_default());
        heads.flat_map(|head| head.as_array().cloned().unwrap_or_default()).collect()
    }

    fn order(&self) -> Vec<String> {
        self.items().iter().map(|i| i["refs"][0]["id"].as_str().unwrap().to_owned()).collect()
    }

    fn wait(&self, what: &str, test: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !test(self) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{what}: {}\n{}",
                self.api("status"),
                self.world.server.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Three changes in the gate, the first two with running jobs.
    fn three(&self) -> [u64; 3] {
        let numbers = ["First <script>alert(1)</script>", "Second", "Third"].map(|subject| {
            let file: String = subject.chars().filter(char::is_ascii_alphabetic).collect();
            let number = self.change(subject, &format!("{file}.txt"));
            self.approve(number);
            number
        });
        self.wait("two run", |s| {
            s.items()
                .iter()
                .filter(|i| !i["jobs"][1]["start_time"].is_null() || !i["jobs"][0]["start_time"].is_null())
                .count()
                == 2
        });
        numbers
    }

    fn go(&self) {
        std::fs::write(self.world.path("go"), "").unwrap();
    }
}

fn keys(value: &Value) -> String {
    value
        .as_object()
        .map(|m| m.keys().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

#[test]
fn the_queue_and_the_builds_have_zuuls_shapes() {
    let world = World::embedded();
    let stage = Stage::new(&world, "alice", "");
    let [first, second, third] = stage.three();
    let status = stage.api("status");
    assert_eq!(keys(&status), STATUS);
    let gate = &status["pipelines"][1];
    assert_eq!(
        (keys(gate), &gate["name"], &gate["manager"]),
        (PIPELINE.to_owned(), &"gate".into(), &"dependent".into())
    );
    let queue = &gate["change_queues"][0];
    assert_eq!((keys(queue), &queue["window"], &queue["branch"]), (QUEUE.to_owned(), &2.into(), &"main".into()));
    let items = stage.items();
    for item in &items {
        assert_eq!((keys(item), keys(&item["refs"][0])), (ITEM.to_owned(), REF.to_owned()));
        for job in item["jobs"].as_array().unwrap() {
            assert_eq!(keys(job), JOB);
        }
    }
    assert_eq!(stage.order(), [first, second, third].map(|n| format!("{n},1")));
    assert_eq!(
        (&items[2]["active"], &items[2]["jobs"], &items[2]["zuul_ref"]),
        (&false.into(), &json!([]), &Value::Null)
    );
    assert_eq!(items[1]["item_ahead"], items[0]["id"]);
    let job =
        |item: &Value, name: &str| item["jobs"].as_array().unwrap().iter().find(|j| j["name"] == name).unwrap().clone();
    let docs = job(&items[0], "docs");
    assert_eq!(
        (&docs["waiting_status"], &docs["uuid"], &docs["canceled"]),
        (&"dependencies: unit".into(), &Value::Null, &Value::Null)
    );
    let unit = job(&items[0], "unit");
    assert!(unit["start_time"].is_f64() && unit["elapsed_time"].is_i64() && unit["result"].is_null(), "{unit}");
    assert_eq!(stage.api(&format!("status/change/{second},1"))[0]["id"], items[1]["id"]);
    assert_eq!(stage.api(&format!("status/change/{second}")), json!([]));
    assert_eq!(stage.api("status/change/999999,1"), json!([]));
    // A build that still runs has a page and a log.
    let uuid = unit["uuid"].as_str().unwrap().to_owned();
    assert_eq!(stage.api(&format!("build/{uuid}"))["result"], Value::Null);
    stage.wait("the log has come", |s| {
        s.ask("GET", &format!("logs/{uuid}/job-output.txt"), None, None).2.contains("<b>")
    });

    stage.go();
    stage.wait("all land", |s| s.items().is_empty());
    let builds = stage.api("builds?job_name=unit&pipeline=gate");
    let builds = builds.as_array().unwrap();
    assert_eq!(builds.len(), 3);
    for build in builds {
        assert_eq!((keys(build), keys(&build["ref"])), (BUILD.to_owned(), BUILD_REF.to_owned()));
    }
    assert_eq!(
        (&builds[2]["uuid"], &builds[2]["result"], &builds[2]["ref"]["patchset"]),
        (&uuid.into(), &"SUCCESS".into(), &"1".into())
    );
    let count = |query: &str| stage.api(&format!("builds?{query}")).as_array().unwrap().len();
    let table = [
        (format!("change={second}"), 2),
        (format!("change={second}&change={first}&voting=true"), 2),
        ("voting=false".to_owned(), 3),
        ("result=FAILURE".to_owned(), 0),
        ("exclude_result=SUCCESS".to_owned(), 0),
        ("limit=1".to_owned(), 1),
        ("skip=5".to_owned(), 1),
        ("branch=3.14".to_owned(), 0),
        (format!("project={}", stage.project.name), 6),
        ("project=nosuch".to_owned(), 0),
        ("final=true&complete=true&held=false".to_owned(), 6),
    ];
    for (query, wanted) in table {
        assert_eq!(count(&query), wanted, "{query}");
    }
    let sets = stage.api(&format!("buildsets?change={first}"));
    assert_eq!((keys(&sets[0]), &sets[0]["result"]), (BUILDSET.to_owned(), &"SUCCESS".into()));
    let set = stage.api(&format!("buildset/{}", sets[0]["uuid"].as_str().unwrap()));
    assert_eq!((set["builds"].as_array().unwrap().len(), &set["events"][0]["event_type"]), (2, &"triggered".into()));
    assert_eq!(stage.api("tenant-status"), json!({"config_error_count": 0}));
    let project = stage.api(&format!("project/{}", stage.project.name));
    assert_eq!(project["configs"][0]["queue_name"], stage.project.name.as_str());
    let frozen = stage.api(&format!("pipeline/gate/project/{}/branch/main/freeze-jobs", stage.project.name));
    assert_eq!(frozen[0], json!({"name": "docs", "dependencies": [{"name": "unit", "soft": false}]}));
}

#[test]
fn the_verbs_move_the_queue_for_those_who_may() {
    let world = World::embedded();
    let stage = Stage::new(&world, "alice", "");
    stage.add("rita", "release-managers");
    let [first, second, third] = stage.three();
    let id = |n: u64| format!("{n},1");
    let project = stage.project.name.clone();
    let enqueue = format!("project/{project}/enqueue");
    let dequeue = format!("project/{project}/dequeue");

    // Who asks, and how Zuul says no.
    let body = json!({"pipeline": "gate", "changes": [id(third)]});
    let (status, headers, text) = stage.ask("POST", "api/tenant/pyflow/promote", None, Some(&body.to_string()));
    let error: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &error["error"]), (401, &"MissingAuthError".into()));
    assert!(headers["www-authenticate"].to_str().unwrap().starts_with("Bearer realm=\"127.0.0.1\""));
    for (token, wanted) in
        [("Basic YWxpY2U6cHc=", "InvalidAuthFormat"), ("Bearer nonsense", "AuthTokenUndecodedException")]
    {
        let (status, _, text) = stage.ask("POST", "api/tenant/pyflow/promote", Some(token), Some(&body.to_string()));
        assert_eq!((status, &serde_json::from_str::<Value>(&text).unwrap()["error"]), (401, &wanted.into()));
    }
    for user in ["alice", "carol", "ci"] {
        assert_eq!(stage.post("promote", user, &body), (403, String::new()), "{user}");
    }
    for (user, path) in [("alice", &enqueue), ("ci", &dequeue)] {
        let body = json!({"pipeline": "gate", "change": id(third)});
        assert_eq!(stage.post(path, user, &body), (403, String::new()), "{user}");
    }
    let rights = |user: &str| {
        let token = format!("Bearer {}", server::password(user));
        let (_, _, text) = stage.ask("GET", "api/tenant/pyflow/authorizations", Some(&token), None);
        serde_json::from_str::<Value>(&text).unwrap()["zuul"]["permissions"].clone()
    };
    assert_eq!(rights("alice"), json!({"read": true}));
    assert_eq!(rights("carol"), json!({"read": true, "enqueue": true, "dequeue": true}));
    assert_eq!(rights("rita"), json!({"read": true, "enqueue": true, "dequeue": true, "promote": true}));

    // What cannot be is a page with a sentence; what cannot happen is true, and nothing happens.
    let order = stage.order();
    let wrong = [
        ("promote", json!({"pipeline": "nosuch", "changes": []}), 400, "Unknown pipeline"),
        ("promote", json!({"pipeline": "gate"}), 400, "Invalid request body"),
        ("promote", json!({"pipeline": "gate", "changes": ["x"]}), 400, "Invalid request body"),
        ("project/nosuch/enqueue", json!({"pipeline": "gate", "change": "1,1"}), 404, "Unknown project"),
        ("project/nosuch/../x/enqueue", json!({"pipeline": "gate", "change": "1,1"}), 404, "Unknown project"),
        (&*enqueue, json!({"pipeline": "gate", "change": "abc"}), 400, "Invalid request body"),
        (&*enqueue, json!({"pipeline": "gate", "ref": "refs/heads/main"}), 400, "not refs"),
    ];
    for (path, body, status, words) in wrong {
        let (got, text) = stage.post(path, "rita", &body);
        assert!(got == status && text.contains(words) && text.contains("<p>"), "{path} {body}: {got} {text}");
    }
    let (status, _, _) = stage.ask("POST", &format!("api/tenant/nosuch/{enqueue}"), None, Some("{}"));
    assert_eq!(status, 404);
    let rita = format!("Bearer {}", server::password("rita"));
    let (status, _, _) = stage.ask("POST", "api/tenant/pyflow/promote", Some(&rita), None);
    assert_eq!(status, 415);
    for (path, body) in [
        (&*enqueue, json!({"pipeline": "gate", "change": "999999,1"})),
        (&*enqueue, json!({"pipeline": "gate", "change": id(first)})),
        (&*dequeue, json!({"pipeline": "check", "change": id(first)})),
        ("promote", json!({"pipeline": "gate", "changes": ["999999,1"]})),
    ] {
        assert_eq!(stage.post(path, "rita", &body), (200, "true".to_owned()), "{path} {body}");
    }
    assert_eq!(stage.order(), order);

    // What can, does.
    assert_eq!(stage.post("promote", "rita", &json!({"pipeline": "gate", "changes": [id(third)]})).0, 200);
    assert_eq!(stage.order(), [third, first, second].map(id));
    assert_eq!(stage.post(&dequeue, "carol", &json!({"pipeline": "gate", "change": id(first)})).0, 200);
    assert_eq!(stage.order(), [third, second].map(id));
    assert_eq!(stage.post(&enqueue, "carol", &json!({"pipeline": "gate", "change": id(first)})).0, 200);
    assert_eq!(stage.order(), [third, second, first].map(id));
    stage.go();
    stage.wait("all land", |s| s.items().is_empty());
}

#[test]
fn what_a_group_alone_sees_nobody_else_sees() {
    let world = World::embedded();
    let stage = Stage::new(&world, "carol", "\"core\"");
    let number = stage.change("Secret", "secret.txt");
    stage.approve(number);
    let token = format!("Bearer {}", server::password("carol"));
    let seen = |path: &str, token: Option<&str>| stage.ask("GET", path, token, None);
    let build = || {
        let (_, _, text) = seen("api/tenant/pyflow/status", Some(&token));
        let status: Value = serde_json::from_str(&text).unwrap();
        let jobs = status["pipelines"][1]["change_queues"][0]["heads"][0][0]["jobs"].clone();
        jobs.as_array().into_iter().flatten().find_map(|j| j["uuid"].as_str().map(str::to_owned))
    };
    stage.wait("it is tested", |_| build().is_some());
    let uuid = build().expect("a build");
    assert_eq!(stage.items(), Vec::<Value>::new(), "nobody sees that there is something");
    let private = [
        format!("api/tenant/pyflow/build/{uuid}"),
        format!("logs/{uuid}/job-output.txt"),
        format!("t/pyflow/build/{uuid}"),
        format!("c/{}/+/{number}", stage.project.name),
    ];
    for path in &private {
        let (status, _, text) = seen(path, None);
        assert!(status == 404 && !text.contains("Secret") && !text.contains("secret"), "{path}: {status} {text}");
    }
    let (_, _, home) = seen("", None);
    assert!(!home.contains("Secret") && !home.contains(&stage.project.name), "{home}");
    assert_eq!(seen(&private[0], Some(&token)).0, 200);
    stage.go();
    stage.wait("it lands", |s| s.world.server.change(number)["status"] == "MERGED");
    for path in ["api/tenant/pyflow/builds", "api/tenant/pyflow/buildsets", "api/tenant/pyflow/projects"] {
        assert_eq!(seen(path, None).2, "[]", "{path}");
    }
    assert_eq!(seen(&private[0], None).0, 404);
}

#[test]
fn pages_show_the_queue_to_everybody_and_run_nothing() {
    let world = World::embedded();
    let stage = Stage::new(&world, "alice", "");
    let [first, ..] = stage.three();
    // Hostile words, everywhere where people's words are shown.
    let words = "<img src=x onerror=alert(1)>\u{202e}\"'";
    let body = json!({"message": words, "comments": {"/PATCHSET_LEVEL": [{"message": words, "unresolved": true}]}});
    let third = stage.change("Unapproved", "u.txt");
    world.server.rest("bob", "POST", &format!("changes/{third}/revisions/current/review"), Some(&body));
    world.server.rest("alice", "PUT", &format!("changes/{third}/topic"), Some(&json!({"topic": "<b>t"})));
    stage.add("rita", "release-managers");
    let branch = "<img/src=x>'&";
    let url = |name: &str| server::Server::with_password(&world.server.push_url(&stage.project), name);
    stage.clone.git(["push", "-q", &url("rita"), &format!("refs/remotes/gerrit/main:refs/heads/{branch}")]);
    stage.clone.git(["checkout", "-q", "--detach", "gerrit/main"]);
    let id = format!("Change-Id: I{:040x}", world.unique());
    stage.clone.commit_file(&format!("For a branch\n\n{id}"), "branch.txt", "text");
    stage.clone.git(["push", "-q", &url("alice"), &format!("HEAD:refs/for/{branch}")]);
    let fourth = third + 1;
    stage.approve(fourth);
    let uuid = stage.items()[0]["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|j| j["uuid"].as_str().map(str::to_owned))
        .unwrap();
    stage.wait("the log has come", |s| {
        s.ask("GET", &format!("logs/{uuid}/job-output.txt"), None, None).2.contains("<b>")
    });
    let project = &stage.project.name;
    let pages = [
        format!("c/{project}/+/{fourth}"),
        String::new(),
        format!("c/{project}/+/{first}"),
        format!("c/{project}/+/{third}"),
        format!("t/pyflow/build/{uuid}"),
    ];
    for path in &pages {
        let (status, headers, html) = stage.ask("GET", path, None, None);
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"), "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        for bad in ["<script>alert", "<img", "<b>", "onerror=alert(1)>", "\u{202e}", "\u{1b}", " style=", "javascript:"]
        {
            assert!(!html.contains(bad), "{path} has {bad}");
        }
        // One script, of our own; every link is to this server; the document is what it says it is.
        assert_eq!(html.matches("<script").count(), 1, "{path}");
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">") && html.contains("<main id=\"main\""));
        let links = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        for link in links.filter(|l| !l.starts_with('#') && !l.is_empty()) {
            let (status, ..) = stage.ask("GET", link.split('#').next().unwrap().trim_start_matches('/'), None, None);
            assert_eq!(status, 200, "{path} links to {link}");
        }
    }
    let home = stage.ask("GET", "", None, None).2;
    for wanted in [
        "First &lt;script&gt;alert(1)&lt;/script&gt;",
        "waits for its turn",
        "waits for unit",
        "Code-Review",
        ">unit</a>",
    ] {
        assert!(home.contains(wanted), "{wanted}");
    }
    assert_eq!(home.matches("&lt;img/src=x&gt;&#39;&amp;").count(), 3, "queue, item, change: {home}");
    let change = stage.ask("GET", &pages[3], None, None).2;
    for wanted in [
        "Code-Review",
        "missing",
        "1 unresolved",
        "topic &lt;b&gt;t",
        "&lt;img src=x onerror=alert(1)&gt;",
        "refs/changes/",
    ] {
        assert!(change.contains(wanted), "{wanted}: {change}");
    }
    let log = stage.ask("GET", &format!("logs/{uuid}/job-output.txt"), None, None);
    assert_eq!(
        (log.1["content-type"].to_str().unwrap(), log.1["x-content-type-options"].to_str().unwrap()),
        ("text/plain; charset=utf-8", "nosniff")
    );
    for path in [
        "t/other/build/x",
        "t/pyflow/build/x",
        "logs/x/job-output.txt",
        "logs/../accounts.toml",
        "-/../x",
        "c/nosuch/+/1",
        "c/x",
    ] {
        assert_eq!(stage.ask("GET", path, None, None).0, 404, "{path}");
    }
    assert_eq!(stage.ask("POST", "", None, Some("{}")).0, 405);
    stage.go();
    stage.wait("all land", |s| s.items().is_empty());
    assert!(stage.ask("GET", "", None, None).2.contains("SUCCESS"));
}
