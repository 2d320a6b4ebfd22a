//! The adapter as a whole, on recorded answers of Gerrit 3.13.

use serde_json::{Value, json};

use super::Gerrit;
use super::rest::recorded::{Recorded, json as answer, text};
use super::ssh::recorded::{Recorded as RecordedSsh, said};
use crate::checkout::push::PushReport;
use crate::error::Kind;
use crate::http::{Method, Request, Response};
use crate::names::{BranchName, CommitId};
use crate::review::model::{
    Action, Change, ChangeState, Delivery, Draft, Notify, Readiness, Step, SubmitOptions, View,
};
use crate::review::{Ballot, ChangeName, Query, ReviewServer as _};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/gerrit-3.13/", $name))
    };
}

/// As the recordings have them: two changes, the second with four patch sets, of which the third
/// is Bob's.
const FIRST: (&str, &str) = ("Ib6f52e20b9b576f30604b0ccfa5d3552f52033ba", "39f82f9c737dad2dd55cddf88496cf1e8b4b4b41");
const SECOND: &str = "I149628031cf59512f7a113c09e38505592acb08f";
const PATCH_SETS: [&str; 4] = [
    "6a08e5992f6599b1377a46c612e56f1e75f794e7",
    "493cc2f0bc1bf1c0b444c3a89a643b3796eee019",
    "60c5e834a7055c01aac701056ee0fbf3a5b2fc72",
    "fcac342f2953c883a56c4b183082a27fe79d5f8b",
];
const BASE: &str = "c109662c0777a072b99a00eb7d9f4667502bd6b2";
const NEW: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn gerrit(recorded: &Recorded) -> Gerrit<'_> {
    let url = "http://127.0.0.1:8080".parse().expect("a URL");
    Gerrit::over_rest(url, "plain".parse().expect("a project"), recorded, true)
}

fn gerrit_ssh(recorded: &RecordedSsh) -> Gerrit<'_> {
    let url = "ssh://alice@127.0.0.1:29418".parse().expect("a URL");
    Gerrit::over_ssh(url, "plain".parse().expect("a project"), recorded)
}

fn commit(text: &str) -> CommitId {
    text.parse().expect("a commit id")
}

fn branch(text: &str) -> BranchName {
    text.parse().expect("a branch")
}

fn draft(change_id: &str, id: &str, parent: &str) -> Draft {
    Draft {
        original: commit(id),
        commit: commit(id),
        parents: vec![commit(parent)],
        change_id: change_id.into(),
        subject: "subject".into(),
        committer_email: "alice@example.com".into(),
    }
}

fn label(name: &str) -> crate::names::LabelName {
    name.parse().expect("a label")
}

fn stack(top: &str) -> Vec<Draft> {
    vec![draft(FIRST.0, FIRST.1, BASE), draft(SECOND, top, FIRST.1)]
}

fn view_of(drafts: &[Draft], target: &str) -> View {
    let recorded = Recorded::new([answer(fixture!("query-locate.json"))]);
    gerrit(&recorded).locate(drafts, &branch(target)).expect("a view")
}

fn delivery(drafts: Vec<Draft>, target: &str, options: SubmitOptions) -> Delivery {
    Delivery { drafts, target: branch(target), options }
}

fn plan(delivery: &Delivery, view: &View) -> crate::error::Result<Vec<Step>> {
    gerrit(&Recorded::default()).deliver(delivery, view)
}

fn call(method: Method, path: &str, body: Option<Value>) -> Request {
    Request { method, path: path.into(), query: Vec::new(), body }
}

#[test]
fn locating_is_one_request() {
    let recorded = Recorded::new([answer(fixture!("query-locate.json"))]);
    let view = gerrit(&recorded).locate(&stack(NEW), &branch("master")).expect("a view");
    assert!(view.authenticated);
    let numbers = view.located.iter().map(|l| l.change.as_ref().map(|c| c.number)).collect::<Vec<_>>();
    assert_eq!(numbers, [Some(2), Some(3)]);
    assert!(view.located.iter().all(|l| l.elsewhere.is_empty()));
    let asked = recorded.asked.lock().expect("no panic");
    assert_eq!(asked.len(), 1);
    let (request, authenticated) = &asked[0];
    assert!(authenticated);
    assert_eq!(request.path, "changes/");
    assert_eq!(request.query[0].1, format!("project:\"plain\" (change:{} OR change:{SECOND})", FIRST.0));

    let view = view_of(&stack(NEW), "other");
    assert!(view.located.iter().all(|l| l.change.is_none() && l.elsewhere.len() == 1));
}

#[test]
fn another_projects_change_is_not_taken() {
    let recorded = Recorded::new([answer(fixture!("query-locate.json"))]);
    let url = "http://127.0.0.1:8080".parse().expect("a URL");
    let gerrit = Gerrit::over_rest(url, "proj-a".parse().expect("a project"), &recorded, true);
    let view = gerrit.locate(&stack(NEW), &branch("master")).expect("a view");
    assert!(view.located.iter().all(|l| l.change.is_none() && l.elsewhere.is_empty()));
}

#[test]
fn a_new_commit_is_pushed_and_the_rest_is_told_by_rest() {
    let drafts = stack(NEW);
    let options = SubmitOptions {
        topic: Some("t".into()),
        reviewers: vec!["bob".into(), "carol".into()],
        ..SubmitOptions::default()
    };
    let steps = plan(&delivery(drafts.clone(), "master", options), &view_of(&drafts, "master")).expect("a plan");
    let push = Step::Push {
        source: commit(NEW),
        target: "refs/for/master".into(),
        options: vec!["topic=t".into(), "r=bob".into(), "r=carol".into()],
        expect: None,
    };
    assert_eq!(steps[0], push);
    // The first change is not touched by the push; it has Bob as its reviewer already.
    let topic = call(Method::Put, "changes/plain~2/topic", Some(json!({"topic": "t"})));
    let carol = json!({"reviewer": "carol", "state": "REVIEWER"});
    let carol = call(Method::Post, "changes/plain~2/reviewers", Some(carol));
    let requests = steps.iter().filter_map(|s| match s {
        Step::Call { request, .. } => Some(request.clone()),
        _ => None,
    });
    assert_eq!(requests.collect::<Vec<_>>(), [topic, carol]);
    let sent = vec![(FIRST.0.to_owned(), commit(FIRST.1)), (SECOND.to_owned(), commit(NEW))];
    assert_eq!(steps.last(), Some(&Step::Remember { sent }));
}

#[test]
fn nothing_new_is_no_push() {
    let drafts = stack(PATCH_SETS[3]);
    let view = view_of(&drafts, "master");
    let steps = plan(&delivery(drafts.clone(), "master", SubmitOptions::default()), &view).expect("a plan");
    assert!(matches!(steps.as_slice(), [Step::Remember { .. }]), "{steps:?}");

    let everything = SubmitOptions {
        topic: Some("recorded".into()),
        hashtags: vec!["#tag-a".into(), "x".into()],
        cc: vec!["carol@example.com".into()],
        readiness: Readiness::WorkInProgress,
        private: Some(true),
        labels: vec![(label("Code-Review"), -1)],
        message: Some("new words".into()),
        notify: Some(Notify::None),
        ..SubmitOptions::default()
    };
    let only = vec![draft(SECOND, PATCH_SETS[3], FIRST.1)];
    let view = view_of(&only, "master");
    let steps = plan(&delivery(only, "master", everything), &view).expect("a plan");
    let purposes = steps.iter().filter_map(|s| match s {
        Step::Call { request, purpose } => Some(format!("{:?} {}: {purpose}", request.method, request.path)),
        _ => None,
    });
    let revision = format!("changes/plain~3/revisions/{}", PATCH_SETS[3]);
    assert_eq!(
        purposes.collect::<Vec<_>>(),
        [
            "Post changes/plain~3/hashtags: add the hashtags `x` to change 3".to_owned(),
            "Post changes/plain~3/reviewers: ask carol@example.com to follow change 3".to_owned(),
            "Post changes/plain~3/wip: mark change 3 as work in progress".to_owned(),
            "Post changes/plain~3/private: make change 3 private".to_owned(),
            format!("Put {revision}/description: describe the patch set of change 3"),
            format!("Post {revision}/review: vote Code-Review-1 on change 3"),
        ]
    );
}

#[test]
fn what_is_so_already_is_not_asked_again() {
    let drafts = stack(PATCH_SETS[3]);
    let mut view = view_of(&drafts, "master");
    let options = SubmitOptions {
        topic: Some("recorded".into()),
        hashtags: vec!["tag-a".into()],
        reviewers: vec!["Bob Baker <bob@example.com>".into()],
        readiness: Readiness::Ready,
        private: Some(false),
        labels: vec![(label("Code-Review"), 1)],
        ..SubmitOptions::default()
    };
    let wanted = delivery(drafts, "master", options);
    let calls = |view: &View| {
        let steps = plan(&wanted, view).expect("a plan");
        steps.into_iter().filter(|s| matches!(s, Step::Call { .. })).count()
    };
    // Without knowing who asks, nobody's vote is theirs.
    assert_eq!(calls(&view), 2);
    let alice = view.located[1].change.as_ref().map(|c| c.owner.clone()).expect("located");
    view.me = Some(crate::review::model::Identity { account: alice, emails: None });
    assert_eq!(calls(&view), 1, "she has voted on the second change only");
}

#[test]
fn a_commit_known_on_another_branch_gets_a_base() {
    let drafts = stack(PATCH_SETS[3]);
    let view = view_of(&drafts, "other");
    let steps = plan(&delivery(drafts, "other", SubmitOptions::default()), &view).expect("a plan");
    let Step::Push { options, target, .. } = &steps[0] else { panic!("{steps:?}") };
    assert_eq!(target, "refs/for/other");
    assert_eq!(options, &[format!("base={BASE}")]);
}

#[test]
fn what_gerrit_would_refuse_is_refused_in_the_plan() {
    let refused = |delivery: &Delivery, view: &View| plan(delivery, view).expect_err("refused");
    let fine = || delivery(stack(NEW), "master", SubmitOptions::default());

    let hidden = delivery(stack(NEW), "master%submit", SubmitOptions::default());
    assert_eq!(refused(&hidden, &View::default()).kind, Kind::Usage);

    let mut twice = fine();
    twice.drafts[1].change_id = FIRST.0.into();
    assert_eq!(refused(&twice, &View::default()).kind, Kind::State);

    for state in [ChangeState::Merged, ChangeState::Abandoned] {
        let mut view = view_of(&stack(NEW), "master");
        view.located[1].change.as_mut().expect("located").state = state;
        let error = refused(&fine(), &view);
        assert_eq!(error.kind, Kind::Refused);
        assert!(error.message.starts_with("change 3 "), "{}", error.message);
        // As a parent that is there already it is no obstacle.
        let mut view = view_of(&stack(NEW), "master");
        view.located[0].change.as_mut().expect("located").state = state;
        assert!(plan(&fine(), &view).is_ok());
    }

    let old = delivery(stack(PATCH_SETS[1]), "master", SubmitOptions::default());
    let error = refused(&old, &view_of(&stack(PATCH_SETS[1]), "master"));
    assert_eq!(
        error.message,
        "this commit is patch set 2 of change 3, and there is a newer one (patch set 4, by Alice Able)"
    );

    let raw = SubmitOptions { raw: vec!["submit".into()], ..SubmitOptions::default() };
    assert_eq!(refused(&delivery(stack(NEW), "master", raw), &View::default()).kind, Kind::Usage);
}

#[test]
fn an_older_patch_set_below_something_new_is_fine() {
    let mut drafts = stack(PATCH_SETS[1]);
    drafts.push(draft("I0123456789012345678901234567890123456789", NEW, PATCH_SETS[1]));
    let view = view_of(&drafts, "master");
    let steps = plan(&delivery(drafts, "master", SubmitOptions::default()), &view).expect("a plan");
    assert!(matches!(steps.as_slice(), [Step::Push { .. }, Step::Remember { .. }]), "{steps:?}");
}

/// A view from before some of the recorded patch sets were there.
fn earlier(current: u32) -> View {
    let mut view = view_of(&[draft(SECOND, PATCH_SETS[3], FIRST.1)], "master");
    let change = view.located[0].change.as_mut().expect("located");
    change.patch_sets.retain(|p| p.number <= current);
    change.current_patch_set = Some(current);
    view
}

fn settled(id: &str, before: &View) -> Option<crate::review::model::Submitted> {
    let recorded = Recorded::new([answer(fixture!("query-locate.json"))]);
    let mut list = gerrit(&recorded).settle(&[draft(SECOND, id, FIRST.1)], before).expect("settled");
    let asked = recorded.asked.lock().expect("no panic");
    assert_eq!(asked[0].0.query[0].1, format!("project:\"plain\" (commit:{id})"));
    list.remove(0)
}

#[test]
fn settling_decides_the_action_and_finds_what_was_buried() {
    let outcome = |id: &str, before: &View| {
        settled(id, before).map(|s| (s.patch_set, s.action, s.buried.map(|b| (b.number, b.uploader.id))))
    };
    assert_eq!(outcome(PATCH_SETS[3], &earlier(4)), Some((4, Action::Unchanged, None)));
    assert_eq!(outcome(PATCH_SETS[3], &earlier(3)), Some((4, Action::Updated, None)));
    assert_eq!(outcome(PATCH_SETS[3], &earlier(2)), Some((4, Action::Updated, Some((3, "1000002".into())))));
    assert_eq!(outcome(PATCH_SETS[0], &View::default()), Some((1, Action::Created, None)));
    assert_eq!(outcome(PATCH_SETS[1], &View::default()), Some((2, Action::Updated, None)));
    assert_eq!(outcome(NEW, &earlier(4)), None);
    let other = View { target: Some(branch("other")), ..View::default() };
    assert_eq!(outcome(PATCH_SETS[3], &other), None);
}

fn found(name: ChangeName) -> Vec<Change> {
    let recorded = Recorded::new([answer(fixture!("query-full.json"))]);
    gerrit(&recorded).find(&[name]).expect("an answer").remove(0)
}

#[test]
fn changes_are_found_by_each_of_their_names() {
    let names = [
        ChangeName::Number { number: 3, patch_set: None },
        ChangeName::ChangeId(SECOND.into()),
        ChangeName::Commit(commit(PATCH_SETS[0])),
    ];
    for name in names {
        assert_eq!(found(name).iter().map(|c| c.number).collect::<Vec<_>>(), [3]);
    }
    assert!(found(ChangeName::Number { number: 4, patch_set: None }).is_empty());
    let bad = gerrit(&Recorded::default()).find(&[ChangeName::ChangeId("I1 OR x".into())]);
    assert_eq!(bad.expect_err("refused").kind, Kind::Usage);
}

#[test]
fn votes_go_to_the_patch_set_that_was_looked_at() {
    let change = found(ChangeName::Number { number: 3, patch_set: None }).remove(0);
    let ballot = Ballot { votes: vec![(label("Code-Review"), 1)], message: Some("hello".into()) };
    let server = Recorded::default();
    let gerrit = gerrit(&server);
    let steps = gerrit.vote(&change, 4, &ballot).expect("a plan");
    let [Step::Call { request, purpose }] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(request.path, format!("changes/plain~3/revisions/{}/review", PATCH_SETS[3]));
    assert_eq!(request.body, Some(json!({"labels": {"Code-Review": 1}, "message": "hello"})));
    assert_eq!(purpose, "vote Code-Review+1 on change 3, patch set 4");
    assert_eq!(gerrit.vote(&change, 3, &ballot).expect_err("older").kind, Kind::Refused);
    let nothing = Ballot { votes: Vec::new(), message: None };
    assert_eq!(gerrit.vote(&change, 4, &nothing).expect_err("nothing").kind, Kind::Usage);
}

#[test]
fn a_dropped_vote_is_an_error() {
    let vote = |echo: &str, label: &str, value: i32| {
        let recorded = Recorded::new([answer(echo)]);
        let vote = Request::post("changes/plain~3/revisions/1/review", json!({"labels": {label: value}}));
        gerrit(&recorded).call(&vote)
    };
    assert!(vote(fixture!("review-echo.json"), "Code-Review", 1).is_ok());
    assert!(vote(")]}'\n{\"labels\": {\"Verified\": \"+1\"}}", "Verified", 1).is_ok());
    let error = vote(fixture!("review-dropped.json"), "Nope", 1).expect_err("dropped");
    assert_eq!(error.kind, Kind::Refused);
    assert!(error.message.contains("Nope+1"), "{}", error.message);
    assert!(vote(fixture!("review-echo.json"), "Code-Review", 2).is_err());

    // It is then asked which labels there are.
    let change = fixture!("query-full.json").replacen("[{", "{", 1);
    let change = answer(change.trim_end().trim_end_matches(']'));
    let recorded = Recorded::new([answer(fixture!("review-dropped.json")), change]);
    let vote = Request::post("changes/plain~3/revisions/1/review", json!({"labels": {"Nope": 1}}));
    let error = gerrit(&recorded).call(&vote).expect_err("dropped");
    assert_eq!(error.hints, ["labels here: Code-Review -2..+2, Verified -2..+2, Workflow -1..+1"]);
}

#[test]
fn calls_read_recorded_answers() {
    let put = Request::put("changes/plain~3/topic", json!({}));
    let run = |response: Response| {
        let recorded = Recorded::new([response]);
        gerrit(&recorded).call(&put)
    };
    assert_eq!(run(answer(fixture!("topic-set.json"))).expect("set"), json!("recorded-two"));
    assert_eq!(run(answer(fixture!("wip-set.json"))).expect("set"), json!(""));
    let gone = Response { status: 204, content_type: String::new(), body: fixture!("private-delete.txt").into() };
    assert_eq!(run(gone).expect("done"), Value::Null);
    assert!(run(answer(fixture!("reviewer-added.json"))).is_ok());
    // As Gerrit 3.4 says it: with status 200.
    let error = run(answer(fixture!("reviewer-unknown.json"))).expect_err("refused");
    assert_eq!(error.message, "the review server knows nobody called `nobody`");
    assert_eq!(run(text(403, fixture!("review-above-right.txt"))).expect_err("refused").kind, Kind::Refused);
}

#[test]
fn who_asks_is_asked_once() {
    struct ByPath<'a>(&'a Recorded);
    impl super::Transport for ByPath<'_> {
        fn send(&self, request: &Request, authenticated: bool) -> crate::error::Result<Response> {
            self.0.asked.lock().expect("no panic").push((request.clone(), authenticated));
            Ok(answer(match request.path.as_str() {
                "accounts/self" => fixture!("accounts-self.json"),
                _ => fixture!("accounts-self-emails.json"),
            }))
        }
    }
    let recorded = Recorded::default();
    let url = "http://127.0.0.1:8080".parse().expect("a URL");
    let gerrit = Gerrit::over_rest(url, "plain".parse().expect("a project"), ByPath(&recorded), true);
    for _ in 0..2 {
        let me = gerrit.identity().expect("an answer").expect("somebody");
        assert_eq!((me.account.id.as_str(), me.account.display()), ("1000001", "Alice Able"));
        assert_eq!(me.emails, Some(vec!["alice@example.com".into()]));
    }
    assert_eq!(recorded.asked.lock().expect("no panic").len(), 2);
}

#[test]
fn asking_as_nobody_says_so() {
    let recorded = Recorded::new([answer(fixture!("query-none.json"))]);
    let url = "http://127.0.0.1:8080".parse().expect("a URL");
    let gerrit = Gerrit::over_rest(url, "plain".parse().expect("a project"), &recorded, false);
    assert_eq!(gerrit.identity().expect("an answer"), None);
    let view = gerrit.locate(&stack(NEW), &branch("master")).expect("a view");
    assert!(!view.authenticated);
    assert!(!recorded.asked.lock().expect("no panic")[0].1);
    let mine = Query { mine: true, ..Query::default() };
    assert_eq!(gerrit.list(&mine).expect_err("refused").kind, Kind::Credentials);
}

#[test]
fn a_bare_403_is_asked_about_once() {
    let body = fixture!("receive-pack-locked.txt");
    let kind = "application/x-git-receive-pack-advertisement";
    let recorded = Recorded::new([Response { status: 403, content_type: kind.into(), body: body.into() }]);
    let report = PushReport {
        exit_code: Some(128),
        local: vec!["fatal: unable to access 'http://x/': The requested URL returned error: 403".into()],
        ..PushReport::default()
    };
    let error = gerrit(&recorded).explain_push(&report);
    assert_eq!(error.message, "you may not upload to the project `locked`");
    let asked = recorded.asked.lock().expect("no panic");
    assert_eq!((asked.len(), asked[0].0.path.as_str()), (1, "plain/info/refs"));
    drop(asked);
    // Without an answer the bare fact is told.
    assert_eq!(gerrit(&recorded).explain_push(&report).kind, Kind::Refused);
}

#[test]
fn ssh_reads_and_refuses_what_it_cannot_do() {
    let recorded = RecordedSsh::new([said(fixture!("ssh-query.jsonl")), said(fixture!("ssh-query.jsonl"))]);
    let server = gerrit_ssh(&recorded);
    let drafts = stack(PATCH_SETS[3]);
    let view = server.locate(&drafts, &branch("master")).expect("a view");
    assert_eq!(view.located[1].change.as_ref().map(|c| c.number), Some(3));
    let list = server.list(&Query { limit: Some(2), ..Query::default() }).expect("a list");
    assert_eq!(list.len(), 2);
    assert!(list.iter().all(|c| c.requirements.is_none()));

    let topic = SubmitOptions { topic: Some("x".into()), ..SubmitOptions::default() };
    let error = server.deliver(&delivery(drafts, "master", topic.clone()), &view).expect_err("no REST");
    assert_eq!(error.kind, Kind::State);
    let new = vec![draft("I0123456789012345678901234567890123456789", NEW, BASE)];
    assert!(server.deliver(&delivery(new, "master", topic), &View::default()).is_ok());
    assert_eq!(server.call(&Request::get("x")).expect_err("no REST").kind, Kind::State);
    assert_eq!(server.identity().expect("an answer").map(|me| me.account.id).as_deref(), Some("alice"));
}
