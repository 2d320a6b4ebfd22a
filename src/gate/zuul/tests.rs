//! The adapter on recorded answers, and on documents that lack things.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Mutex;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::wire::Status;
use super::{Transport, Zuul};
use crate::error::{Error, Kind, Result};
use crate::gate::model::{Base, GateState, JobState, PipelineKind, Snapshot, Stopped, Window};
use crate::gate::{Action, Gate as _};
use crate::http::{Method, Request, Response};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/zuul-14/", $name))
    };
}

/// Answers in the order given; remembers what was asked, and whether with the token.
struct Recorded {
    answers: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<(Request, bool)>>,
    token: bool,
}

impl Recorded {
    fn new(token: bool, answers: impl IntoIterator<Item = Response>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default(), token }
    }

    fn paths(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(request, token)| format!("{}{}", request.path, if *token { " *" } else { "" })).collect()
    }
}

impl Transport for &Recorded {
    fn send(&self, request: &Request, token: bool) -> Result<Response> {
        self.asked.lock().unwrap().push((request.clone(), token));
        self.answers.lock().unwrap().pop_front().ok_or_else(|| Error::unknown("not recorded"))
    }

    fn has_token(&self) -> Result<bool> {
        Ok(self.token)
    }
}

fn answer(status: u16, kind: &str, body: &str) -> Response {
    Response { status, content_type: kind.to_owned(), body: body.into() }
}

fn json_answer(body: &str) -> Response {
    answer(200, "application/json", body)
}

fn page(status: u16, body: &str) -> Response {
    answer(status, "text/html", body)
}

fn zuul(recorded: &Recorded) -> Zuul<'_> {
    let tenant = "gate-tenant".parse().ok();
    Zuul::new("http://127.0.0.1:19000".parse().unwrap(), tenant, "proj-a".parse().unwrap(), recorded)
}

fn snapshot(document: &str) -> Snapshot {
    let recorded = Recorded::new(false, [json_answer(document)]);
    zuul(&recorded).look().unwrap()
}

/// Everything in the queues, one item a line.
fn shown(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    for pipeline in &snapshot.pipelines {
        for queue in &pipeline.queues {
            let _ = writeln!(out, "{} {:?} {:?} {:?}", pipeline.name, pipeline.kind, queue.name, queue.window);
            for item in &queue.items {
                let names: Vec<String> = item.changes.iter().map(super::super::model::ItemChange::name).collect();
                let jobs: Vec<String> = item
                    .jobs
                    .iter()
                    .map(|job| format!("{} {:?} {}", job.name, job.state, job.word.as_deref().unwrap_or("-")))
                    .collect();
                let base = if matches!(item.base, Base::Item(_)) { "on another" } else { "on the branch" };
                let live = if item.counts() { "" } else { " not live" };
                let _ = writeln!(out, "  {}{live} {:?} {base} [{}]", names.join(" "), item.state(), jobs.join(", "));
            }
        }
    }
    out
}

#[test]
fn queues_are_read_in_the_order_of_merging() {
    let six = snapshot(fixture!("status-gate-6-changes.json"));
    insta::assert_snapshot!(shown(&six), @r#"
    gate Gate Some("integrated") Items(5)
      3,1 Running on the branch [unit Running -, lint Running -, docs Waiting dependencies: unit]
      4,1 Running on another [unit Running -, lint Running -, docs Waiting dependencies: unit]
      5,1 Running on another [unit Running -, lint Running -, docs Waiting dependencies: unit]
      6,1 Running on another [unit Running -, lint Running -, docs Waiting dependencies: unit]
      7,1 Running on another [unit Running -, lint Running -, docs Waiting dependencies: unit]
      8,1 OutsideWindow on another []
    "#);
    let places = six.places("proj-b", 8);
    assert_eq!(places.len(), 1);
    let place = places[0];
    assert_eq!((place.position(), place.length(), place.outside_by()), (6, 6, Some(1)));
    assert_eq!(six.places("proj-a", 3)[0].base(), None);
    assert_eq!(six.places("127.0.0.1/proj-a", 3).len(), 0);
    let second = six.places("proj-b", 4);
    assert_eq!((second[0].position(), second[0].base().as_deref()), (2, Some("3,1")));
    // Another project's change of the same number is another change.
    assert!(six.places("proj-b", 3).is_empty());
    insta::assert_snapshot!(shown(&snapshot(fixture!("status-frozen-no-executor.json"))), @r#"
    gate Gate Some("integrated") Items(4)
      3,1 Queued on the branch [unit Waiting executor, lint Waiting executor, docs Waiting dependencies: unit]
      2,1 Queued on another [unit Waiting executor, lint Waiting executor, docs Waiting dependencies: unit]
    "#);
}

#[test]
fn what_others_stand_on_does_not_count() {
    let snapshot = snapshot(fixture!("status-nonlive.json"));
    assert_eq!(shown(&snapshot).lines().filter(|line| line.contains("28,1")).count(), 2);
    let places = snapshot.places("proj-a", 28);
    assert_eq!(places.len(), 1);
    assert_eq!((places[0].position(), places[0].length()), (1, 1));
    let above = snapshot.places("proj-b", 29);
    assert_eq!((above[0].position(), above[0].length(), above[0].base().as_deref()), (1, 1, Some("28,1")));
    let paused = snapshot.paused.unwrap();
    assert_eq!((paused.what, paused.reason.as_deref()), (Stopped::Results, Some("capture")));
}

/// Does something to every item of a document.
fn items(value: &mut Value, to: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|value| items(value, to)),
        Value::Object(map) => {
            if map.contains_key("refs") {
                to(value);
            } else {
                map.values_mut().for_each(|value| items(value, to));
            }
        }
        _ => {}
    }
}

/// Up to 8.3 an item is its change, and the items around it are named by changes (`zuul/model.py` of
/// 8.3.1, `QueueItem.formatJSON`).
fn older(document: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap();
    let mut names = std::collections::BTreeMap::new();
    items(&mut document, &mut |item| {
        names.insert(item["id"].as_str().unwrap().to_owned(), item["refs"][0]["id"].clone());
    });
    items(&mut document, &mut |item| {
        let own = item["refs"][0].clone();
        let ahead = item["item_ahead"].as_str().map_or(Value::Null, |id| names[id].clone());
        let map = item.as_object_mut().unwrap();
        map.remove("refs");
        map.insert("item_ahead".to_owned(), ahead);
        for key in ["id", "url", "ref", "project", "project_canonical", "owner"] {
            map.insert(key.to_owned(), own[key].clone());
        }
    });
    document.to_string()
}

#[test]
fn the_older_shape_says_the_same() {
    for document in [
        fixture!("status-1.json"),
        fixture!("status-gate-6-changes.json"),
        fixture!("status-nonlive.json"),
        fixture!("status-frozen-no-executor.json"),
    ] {
        assert_eq!(shown(&snapshot(&older(document))), shown(&snapshot(document)));
    }
    let six = snapshot(&older(fixture!("status-gate-6-changes.json")));
    assert_eq!(six.places("proj-b", 4)[0].base().as_deref(), Some("3,1"));
}

#[test]
fn times_that_are_guesses_are_known_as_such() {
    let with = |remaining: Value, estimated: Value, result: Value| {
        let job = json!({"name": "unit", "voting": true, "result": result, "start_time": 1.0, "elapsed_time": 3000,
            "remaining_time": remaining, "estimated_time": estimated});
        let item = json!({"id": "a", "live": true, "active": true, "failing_reasons": [], "item_ahead": null,
            "remaining_time": remaining, "refs": [{"id": "1,1", "project": "p"}], "jobs": [job]});
        let status: Status = serde_json::from_value(json!({"pipelines": [{"name": "gate", "manager": "dependent",
            "change_queues": [{"name": "q", "window": 20, "heads": [[item]]}]}]}))
        .unwrap();
        let item = status.into_snapshot().pipelines[0].queues[0].items[0].clone();
        (item.eta.map(|time| time.as_secs()), item.jobs[0].remaining.map(|time| time.as_secs()))
    };
    assert_eq!(with(json!(90_000), json!(100.0), json!(null)), (Some(90), Some(90)));
    // No history, or overdue: both are told as 0.
    assert_eq!(with(json!(0), json!(0.0), json!(null)), (None, None));
    assert_eq!(with(json!(0), json!(100.0), json!(null)), (None, None));
    assert_eq!(with(json!(null), json!(null), json!(null)), (None, None));
    assert_eq!(with(json!(0), json!(100.0), json!("SUCCESS")).0, Some(0));
    assert_eq!(with(json!(-5), json!("soon"), json!(null)), (None, None));
}

#[test]
fn errors_get_their_kind_and_words() {
    let look = |token: bool, answers: Vec<Response>| {
        let recorded = Recorded::new(token, answers);
        let error = zuul(&recorded).look().unwrap_err();
        let head = format!("{}: {}", error.kind.name(), error.message);
        format!("{}\n", std::iter::once(head).chain(error.hints).collect::<Vec<_>>().join("\n  "))
    };
    let mut told = String::new();
    for (token, answers) in [
        (false, vec![page(200, fixture!("spa-200.html"))]),
        (false, vec![page(404, fixture!("error-404-tenant.html"))]),
        (false, vec![answer(401, "application/json", fixture!("error-401.json"))]),
        (
            true,
            vec![
                answer(401, "application/json", fixture!("error-401.json")),
                answer(401, "application/json", fixture!("error-401-expired.json")),
            ],
        ),
        (true, vec![page(403, ""), page(403, fixture!("error-403.html"))]),
        (false, vec![page(403, "")]),
        (false, vec![page(500, fixture!("error-500.html"))]),
        (false, vec![page(502, "<html><body><h1>Bad Gateway</h1></body></html>")]),
        (false, vec![page(422, "<p>Tenant gate-tenant isn't ready</p>")]),
        (false, vec![json_answer("{\"pipelines\": [{\"name\": \"ga")]),
        (false, vec![json_answer("{}")]),
        (false, vec![json_answer("[]")]),
        (false, vec![answer(302, "", "")]),
    ] {
        told.push_str(&look(token, answers));
    }
    insta::assert_snapshot!(told, @"
    unknown: the gate http://127.0.0.1:19000 answered with a page for people instead of data
      is `gate.url` right? It is the address before `/api/`; where it is one tenant's own, leave `gate.tenant` out
      `pyflow setup --check` tries it
    refused: the gate http://127.0.0.1:19000 does not know the tenant
      `gate.tenant` in .reviewconf names it; the address of the gate's page has it after `/t/`
    credentials: the gate shows this only to those whom it knows
      store a token that the gate's administrators made for you: `pyflow auth login --role gate`; or PYFLOW_GATE_TOKEN
    credentials: the gate did not accept the token: Token has expired
      store a token that the gate's administrators made for you: `pyflow auth login --role gate`; or PYFLOW_GATE_TOKEN
    refused: the gate knows your token, and does not allow this with it
      a right may hold for some projects only; the gate's administrators give it
    credentials: the gate shows this only to those whom it knows
      store a token that the gate's administrators made for you: `pyflow auth login --role gate`; or PYFLOW_GATE_TOKEN
    unknown: the gate failed (HTTP 500)
      try again in a moment
    unknown: the gate failed (HTTP 502)
      try again in a moment
    unknown: the gate has just started: Tenant gate-tenant isn't ready
      try again in a minute
    unknown: what the gate http://127.0.0.1:19000 answered could not be understood
      is `gate.url` the address of a Zuul?
    unknown: what the gate http://127.0.0.1:19000 answered tells of no pipelines
      is `gate.url` the address of a Zuul?
    unknown: what the gate http://127.0.0.1:19000 answered tells of no pipelines
      is `gate.url` the address of a Zuul?
    unknown: the gate http://127.0.0.1:19000 sent us elsewhere (HTTP 302)
      check `gate.url`, its scheme and path prefix
    ");
}

#[test]
fn a_private_tenant_is_asked_with_the_token_from_then_on() {
    let refused = || answer(401, "application/json", fixture!("error-401.json"));
    let status = || json_answer(fixture!("status-idle.json"));
    let recorded = Recorded::new(true, [refused(), status(), status()]);
    let zuul = zuul(&recorded);
    zuul.look().unwrap();
    zuul.look().unwrap();
    let status = "api/tenant/gate-tenant/status";
    assert_eq!(recorded.paths(), [status.to_owned(), format!("{status} *"), format!("{status} *")]);
}

#[test]
fn rights_are_read_in_every_form() {
    let rights = |body: &str| {
        let recorded = Recorded::new(true, [json_answer(body)]);
        let rights = zuul(&recorded).rights().unwrap();
        (rights.enqueue, rights.dequeue, rights.promote)
    };
    assert_eq!(rights(fixture!("authorizations-admin.json")), (true, true, true));
    assert_eq!(rights(fixture!("authorizations-role-admin.json")), (true, true, true));
    assert_eq!(rights(fixture!("authorizations-old-rules.json")), (true, true, true));
    assert_eq!(rights(fixture!("authorizations-enqueue.json")), (true, false, false));
    assert_eq!(rights(fixture!("authorizations-none.json")), (false, false, false));
    assert_eq!(rights("{}"), (false, false, false));
    let none = Recorded::new(false, []);
    assert_eq!(zuul(&none).rights().unwrap_err().kind, Kind::Credentials);
}

#[test]
fn actions_are_asked_as_zuul_wants_them() {
    let recorded = Recorded::new(
        true,
        [json_answer(fixture!("enqueue-true.json")), page(400, fixture!("error-400-pipeline.html")), page(403, "")],
    );
    let zuul = zuul(&recorded);
    let (pipeline, change) = ("gate".to_owned(), "4,1".to_owned());
    let enqueue = zuul.request(&Action::Enqueue { pipeline: pipeline.clone(), change: change.clone() }).unwrap();
    assert_eq!(
        (enqueue.method, enqueue.path.as_str()),
        (Method::Post, "api/tenant/gate-tenant/project/proj-a/enqueue")
    );
    assert_eq!(enqueue.body, Some(json!({"pipeline": "gate", "change": "4,1"})));
    let promote = zuul.request(&Action::Promote { pipeline, change }).unwrap();
    assert_eq!(promote.path, "api/tenant/gate-tenant/promote");
    assert_eq!(promote.body, Some(json!({"pipeline": "gate", "changes": ["4,1"]})));
    zuul.call(&enqueue).unwrap();
    assert_eq!(zuul.call(&enqueue).unwrap_err().message, "the gate refused: Unknown pipeline");
    assert_eq!(zuul.call(&promote).unwrap_err().kind, Kind::Refused);
    assert!(recorded.asked.lock().unwrap().iter().all(|(_, token)| *token));
}

#[test]
fn a_site_of_one_tenant_has_shorter_paths() {
    let recorded = Recorded::new(false, [json_answer(fixture!("status-idle.json"))]);
    let zuul = Zuul::new("https://zuul.example.org/z".parse().unwrap(), None, "proj-a".parse().unwrap(), &recorded);
    zuul.look().unwrap();
    assert_eq!(recorded.paths(), ["api/status"]);
    let several = Recorded::new(false, [json_answer(fixture!("info-site.json"))]);
    let zuul = Zuul::new("https://zuul.example.org/z".parse().unwrap(), None, "proj-a".parse().unwrap(), &several);
    assert_eq!(zuul.introduce().unwrap_err().kind, Kind::State);
}

#[test]
fn setup_is_told_who_answers() {
    let answers = [json_answer(fixture!("info.json")), json_answer(fixture!("project.json"))];
    let recorded = Recorded::new(false, answers);
    insta::assert_snapshot!(zuul(&recorded).introduce().unwrap(), @"http://127.0.0.1:19000, tenant gate-tenant answers: Zuul, and knows proj-a");
    let answers = [json_answer(fixture!("info.json")), page(404, fixture!("error-404-project.html"))];
    let unknown = Recorded::new(false, answers);
    assert_eq!(zuul(&unknown).introduce().unwrap_err().kind, Kind::Refused);
}

#[test]
fn logs_are_found_by_the_build_where_only_its_page_is_known() {
    let recorded = Recorded::new(
        false,
        [json_answer("{\"log_url\": \"https://logs.example.org/77f1/\"}"), json_answer(fixture!("build.json"))],
    );
    let zuul = zuul(&recorded);
    let page = "http://127.0.0.1:19000/t/gate-tenant/build/77f1";
    assert_eq!(zuul.log_of(page).unwrap().as_deref(), Some("https://logs.example.org/77f1/"));
    assert_eq!(zuul.log_of(page).unwrap(), None);
    assert_eq!(zuul.log_of("https://logs.example.org/a/").unwrap().as_deref(), Some("https://logs.example.org/a/"));
    assert_eq!(recorded.paths(), ["api/tenant/gate-tenant/build/77f1"; 2]);
}

/// What a document says of a change: every item's state, and those of its jobs.
fn passes(snapshot: &Snapshot) -> usize {
    let items = || snapshot.pipelines.iter().flat_map(|p| &p.queues).flat_map(|q| &q.items);
    let jobs = items().flat_map(|item| &item.jobs).filter(|job| job.state == JobState::Passed).count();
    items().filter(|item| item.state() == GateState::Passed).count() + jobs
}

/// Every place in a document, as a JSON pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let here = format!("{at}/{key}");
                into.push(here.clone());
                places(value, &here, into);
            }
        }
        Value::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                let here = format!("{at}/{number}");
                into.push(here.clone());
                places(value, &here, into);
            }
        }
        _ => {}
    }
}

fn all_passed() -> Value {
    let text = fixture!("status-gate-6-changes.json").replace("\"result\": null", "\"result\": \"SUCCESS\"");
    serde_json::from_str(&text).unwrap()
}

/// Each single place of a document, taken out or replaced by something else: nothing panics, and
/// nothing passes that had not.
#[test]
fn a_missing_or_unknown_field_never_passes() {
    let whole = all_passed();
    let before = passes(&serde_json::from_value::<Status>(whole.clone()).unwrap().into_snapshot());
    assert!(before >= 20, "{before}");
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    for place in all {
        for other in
            [None, Some(Value::Null), Some(json!("UNHEARD_OF")), Some(json!(-1)), Some(json!([])), Some(json!({}))]
        {
            let mut document = whole.clone();
            if let Some(other) = &other {
                *document.pointer_mut(&place).unwrap() = other.clone();
            } else {
                let (parent, key) = place.rsplit_once('/').unwrap();
                match document.pointer_mut(parent).unwrap() {
                    Value::Object(map) => drop(map.remove(key)),
                    Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                    _ => {}
                }
            }
            // What is no document any more is an error, and so unknown.
            let Ok(status) = serde_json::from_value::<Status>(document) else { continue };
            let after = passes(&status.into_snapshot());
            assert!(after <= before, "{place} {other:?}: {before} -> {after}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let recorded = Recorded::new(false, [Response { status: 200, content_type: "application/json".into(), body: bytes }]);
        drop(zuul(&recorded).look());
    }

    /// Half an answer is no answer, wherever it was cut.
    #[test]
    fn half_an_answer_is_unknown(cut in 0_usize..8000) {
        let whole = fixture!("status-nonlive.json").trim_end();
        let half = &whole[..cut.min(whole.len() - 1)];
        let recorded = Recorded::new(false, [json_answer(half)]);
        prop_assert_eq!(zuul(&recorded).look().unwrap_err().kind, Kind::Unknown);
    }
}

#[test]
fn kinds_of_pipelines_and_windows() {
    let snapshot = snapshot(fixture!("status-idle.json"));
    assert_eq!(snapshot.kind("gate"), Some(PipelineKind::Gate));
    assert_eq!(snapshot.kind("check"), Some(PipelineKind::Check));
    assert_eq!(snapshot.kind("post"), Some(PipelineKind::Other));
    assert_eq!(snapshot.kind("nosuch"), None);
    let window = |window: Value| {
        let status: Status = serde_json::from_value(
            json!({"pipelines": [{"name": "gate", "change_queues": [{"window": window, "heads": []}]}]}),
        )
        .unwrap();
        status.into_snapshot().pipelines[0].queues[0].window
    };
    assert_eq!(window(json!(0)), Window::Unlimited);
    assert_eq!(window(json!(20)), Window::Items(20));
    assert_eq!(window(json!(null)), Window::Unknown);
    assert_eq!(window(json!(9_000_000_000_u64)), Window::Unknown);
}
