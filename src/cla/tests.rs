//! Identities as tables; registries on answers that real servers gave (`fixtures/roundup-2.6`), and
//! on answers that no server should give.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::Answer::{CouldNotAsk, NotSigned, Signed, Unknown};
use super::identity::{Known, co_authors, handles, name_and_address, named, noreply_login, of_commits, without_tag};
use super::memory::{LIFETIME, Memory};
use super::*;
use crate::checkout::exec::Git;
use crate::checkout::object::{Commit, ObjectFormat};
use crate::error::Kind;
use crate::http::{Client, Limits};
use crate::names::ServerUrl;
use crate::observe::Observe;
use crate::secret::{Credential, Held, Ladder, Role, Source};
use crate::ui::{Options, Ui};

fn person(email: &str) -> Person {
    let handles = handles("", email, &Known::default());
    Person { name: String::new(), email: email.to_owned(), handles, parts: [Part::Author].into(), commits: Vec::new() }
}

fn commit(author: &str, committer: &str, message: &str) -> Commit {
    let text = format!(
        "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor {author} 1 +0000\ncommitter {committer} 1 +0000\n\n{message}\n"
    );
    Commit::parse(ObjectFormat::Sha1.commit_id(text.as_bytes()), text.as_bytes()).unwrap()
}

/// What a registry is asked about an address, in words.
fn asked(name: &str, email: &str, known: &Known<'_>) -> String {
    handles(name, email, known).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_address_is_asked_about_by_all_its_names() {
    let known = Known {
        here: Some(("Alice".to_owned(), "alice@home.example".to_owned())),
        login: Some("alicehub".parse().unwrap()),
        ..Known::default()
    };
    for (email, names) in [
        ("alice@example.org", "alice@example.org"),
        ("alice+patches@example.org", "alice+patches@example.org alice@example.org"),
        ("12345+alice@users.noreply.github.com", "12345+alice@users.noreply.github.com @alice"),
        ("alice@users.noreply.github.com", "alice@users.noreply.github.com @alice"),
        ("ALICE@Users.NoReply.GitHub.com", "ALICE@Users.NoReply.GitHub.com @ALICE"),
        // No form of GitHub's: the tag is a tag.
        ("x+alice@users.noreply.github.com", "x+alice@users.noreply.github.com x@users.noreply.github.com"),
        ("alice@users.noreply.github.com.evil.example", "alice@users.noreply.github.com.evil.example"),
        ("Alice@Home.Example", "Alice@Home.Example @alicehub"),
        ("+tag@example.org", "+tag@example.org"),
        ("no address", "no address"),
        ("", ""),
    ] {
        assert_eq!(asked("Alice", email, &known), names, "{email}");
    }
    assert_eq!(noreply_login("1+-x@users.noreply.github.com"), None);
    assert_eq!(without_tag("a+b+c@d").as_deref(), Some("a@d"));
}

#[test]
fn authors_and_committers_count_and_co_authors_are_told() {
    let commits = [
        commit("Alice <alice@example.org>", "Carol <carol@example.org>", "One"),
        commit(
            "alice a. <ALICE@example.org>",
            "GitHub <noreply@github.com>",
            "Two\n\nCo-authored-by: Bob <bob@example.org>\nco-Authored-By: Alice <alice@example.org>",
        ),
        commit(
            "Nobody <>",
            "Carol <carol@example.org>",
            "Three\n\nCo-authored-by: Eve <eve@example.org>\n\nIn the text, not at its end.",
        ),
    ];
    let people = of_commits(&commits, &Known::default());
    let told: Vec<String> = people
        .iter()
        .map(|p| {
            let parts: Vec<&str> = p.parts.iter().map(|part| part.label()).collect();
            format!(
                "{}: {} of {}{}",
                p.display(),
                parts.join(", "),
                p.commits.len(),
                if p.counts() { "" } else { ", told only" }
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    Alice <alice@example.org>: author, co-author of 2
    Carol <carol@example.org>: committer of 2
    Bob <bob@example.org>: co-author of 1, told only
    Nobody: author of 1
    ");
    assert!(people[3].handles.is_empty());
}

#[test]
fn people_are_named_by_address_or_login() {
    let known = Known::default();
    for (text, display) in [
        ("alice@example.org", "alice@example.org"),
        ("Alice Able <alice@example.org>", "Alice Able <alice@example.org>"),
        ("@alicehub", "@alicehub"),
    ] {
        assert_eq!(named(text, &known).unwrap().display(), display);
    }
    for bad in ["", "alice", "@", "@a b", "@-x", "<a@b", "a@", "@b@c", "a@b c", "a\n@b", "a@b\u{202e}", "a,b@c"] {
        assert!(named(bad, &known).is_err(), "{bad:?}");
    }
}

/// Says nothing and asks nobody.
fn silent() -> Ui {
    Ui::new(Options { quiet: true, no_input: true, ..Options::default() }, &|_| None)
}

type Requests = Arc<Mutex<Vec<String>>>;

/// Answers every request for a path with what `answer` says: status, type, body.
fn server(answer: impl Fn(&str) -> (u16, String, String) + Send + 'static) -> (ServerUrl, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let requests = Requests::default();
    let record = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            record.lock().unwrap().push(head);
            let (status, kind, body) = answer(&path);
            let text = format!(
                "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            drop(stream.write_all(text.as_bytes()));
        }
    });
    (url, requests)
}

/// A server's answers as clabot, or as nobody, sees them.
fn web<'a>(observe: &'a dyn Observe, server: &ServerUrl, role: Role, known: bool) -> Web<'a> {
    let credential =
        known.then(|| Credential::new(server, "clabot", SecretString::from("clabot-pw"), Source::Environment));
    let ladder = Ladder {
        role,
        server: server.clone(),
        user: None,
        git: Git::new(std::path::Path::new("."), observe),
        environment: Box::new(|_| None),
        observe,
        accepted: true,
    };
    let client = Client::new(observe, Limits::default()).for_role(role);
    Web { client, server: server.clone(), prefix: "", credential: Arc::new(Held::of(ladder, credential)) }
}

fn user(fields: &Value) -> String {
    json!({ "data": { "collection": fields, "@total_size": 1 } }).to_string()
}

/// What the tracker is taken to say when it answers every question about users like this.
fn tracker(status: u16, kind: &str, body: &str) -> (Reply, usize) {
    let (kind, body) = (kind.to_owned(), body.to_owned());
    let (url, requests) = server(move |_| (status, kind.clone(), body.clone()));
    let ui = silent();
    let roundup = Roundup { web: web(&ui, &url, Role::Cla, true) };
    let mut replies = ask(&roundup, &[person("alice@example.org"), person("bob@example.org")]);
    let count = requests.lock().unwrap().len();
    (replies.swap_remove(0), count)
}

#[test]
fn nothing_but_a_set_flag_of_the_very_address_is_a_signature() {
    let one = |fields: &str| {
        let mut all =
            json!({"address": "alice@example.org", "alternate_addresses": null, "username": "alice", "iscommitter": 0});
        let more: Value = serde_json::from_str(fields).unwrap();
        more.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
        user(&json!([all]))
    };
    let json = "application/json";
    for (what, status, kind, body, expected) in [
        ("signed", 200, json, one(r#"{"contrib_form": 1}"#), Signed),
        ("in JSON's own words", 200, json, one(r#"{"contrib_form": true}"#), Signed),
        ("not signed", 200, json, one(r#"{"contrib_form": 0}"#), NotSigned),
        ("never asked", 200, json, one(r#"{"contrib_form": null}"#), NotSigned),
        ("not shown", 200, json, one("{}"), CouldNotAsk),
        ("another word", 200, json, one(r#"{"contrib_form": "yes"}"#), CouldNotAsk),
        ("another number", 200, json, one(r#"{"contrib_form": 2}"#), CouldNotAsk),
        ("a longer address", 200, json, one(r#"{"contrib_form": 1, "address": "malice@example.org"}"#), Unknown),
        (
            "an address that goes on",
            200,
            json,
            one(r#"{"contrib_form": 1, "address": "alice@example.org.evil"}"#),
            Unknown,
        ),
        ("no address shown", 200, json, user(&json!([{"contrib_form": 1}])), CouldNotAsk),
        ("nobody", 200, json, user(&json!([])), Unknown),
        ("no list", 200, json, "{}".to_owned(), CouldNotAsk),
        ("a list of other things", 200, json, user(&json!([1])), CouldNotAsk),
        ("no JSON", 200, "text/html", "<html>Welcome</html>".to_owned(), CouldNotAsk),
        ("an empty answer", 200, json, String::new(), CouldNotAsk),
        ("failed", 500, "text/html", "<html>Sorry</html>".to_owned(), CouldNotAsk),
        ("elsewhere", 404, "text/html", "<html>404</html>".to_owned(), CouldNotAsk),
    ] {
        let (reply, _) = tracker(status, kind, &body);
        assert_eq!(reply.answer, expected, "{what}: {reply:?}");
        assert_eq!(reply.text.is_some(), expected == CouldNotAsk, "{what}: {reply:?}");
    }
}

/// Four wrong passwords lock an account (Roundup's `api_failed_login_limit`): one try is enough to know.
#[test]
fn after_a_refusal_nobody_else_is_asked_about() {
    for (status, kind, body, words) in [
        (
            401,
            "text/plain",
            "Invalid Login - Invalid login",
            "did not accept the credentials (from the environment): Invalid Login",
        ),
        (
            429,
            "text/plain",
            "Logins occurring too fast. Please wait: 150 seconds.",
            "takes no more questions for now: Logins occurring too fast. Please wait: 150 seconds.",
        ),
        (
            403,
            "application/json",
            r#"{"error":{"status":403,"msg":"User does not have search permission on \"user.address\""}}"#,
            "refused: User does not have search permission on \"user.address\"",
        ),
        (403, "application/json", r#"{"error":{"status":403,"msg":"x"#, "refused"),
    ] {
        let (reply, count) = tracker(status, kind, body);
        assert_eq!((reply.answer, count), (CouldNotAsk, 1), "{status}");
        assert!(reply.text.as_ref().is_some_and(|text| text.contains(words)), "{reply:?}");
        assert!(!reply.hints.is_empty());
    }
}

#[test]
fn the_page_of_a_tracker_is_asked_once_and_believed_word_by_word() {
    let page = |body: &'static str, emails: &[&str]| {
        let (url, requests) = server(move |_| (200, "text/html; charset=utf-8".to_owned(), body.to_owned()));
        let ui = silent();
        let people: Vec<Person> = emails.iter().map(|email| person(email)).collect();
        let replies = ask(&Clacheck { web: web(&ui, &url, Role::Cla, false) }, &people);
        let requests = requests.lock().unwrap().clone();
        (replies.iter().map(|reply| reply.answer).collect::<Vec<_>>(), requests)
    };
    let (a, b, c) = ("1+a@users.noreply.github.com", "2+b@users.noreply.github.com", "3+c@users.noreply.github.com");
    let (answers, requests) = page("{\"a\":true,\"b\":false,\"c\":null,\"d\":true}\n", &[a, b, c, "x@example.org"]);
    assert_eq!(answers, [Signed, NotSigned, Unknown, CouldNotAsk]);
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("GET /user?%40template=clacheck&github_names=a%2Cb%2Cc "), "{}", requests[0]);
    assert!(!requests[0].to_lowercase().contains("authorization"), "{}", requests[0]);
    for nonsense in ["{}", "{\"a\":1}", "{\"a\":\"true\"}", "{\"A\":true}", "[true]", "true", "", "<html></html>"] {
        assert_eq!(page(nonsense, &[a]).0, [CouldNotAsk], "{nonsense}");
    }
    let (answers, requests) = page("{}", &["x@example.org"]);
    assert_eq!((answers.as_slice(), requests.len()), ([CouldNotAsk].as_slice(), 0));
}

#[test]
fn a_commit_status_speaks_for_the_commits_below_it() {
    let ids: Vec<crate::names::CommitId> = ["1", "2", "3"].iter().map(|d| d.repeat(40).parse().unwrap()).collect();
    let of = |email: &str, commits: &[usize]| Person {
        commits: commits.iter().map(|at| ids[*at].clone()).collect(),
        ..person(email)
    };
    let answers = |word: &'static str| {
        let (url, requests) = server(move |path| match path {
            // The newest commit has not been uploaded, the next one has other statuses too.
            path if path.contains("/commits/333") => {
                (422, "application/json".to_owned(), json!({"message": "No commit found for SHA: 333"}).to_string())
            }
            path if path.contains("/commits/222") => {
                let list = json!([{"context": "ci", "state": "failure"}, {"context": "CLA Signing", "state": word, "target_url": "https://cla.example/1"}]);
                (200, "application/json".to_owned(), json!({"state": "failure", "statuses": list}).to_string())
            }
            _ => (
                200,
                "application/json".to_owned(),
                json!({"state": "pending", "total_count": 0, "statuses": null}).to_string(),
            ),
        });
        let ui = silent();
        let statuses =
            Statuses { web: web(&ui, &url, Role::Cla, true), context: "CLA Signing".to_owned(), commits: ids.clone() };
        let people = [
            of("a@example.org", &[0, 1]),
            of("b@example.org", &[2]),
            named("c@example.org", &Known::default()).unwrap(),
        ];
        let answers: Vec<Answer> = ask(&statuses, &people).iter().map(|reply| reply.answer).collect();
        (answers, requests.lock().unwrap().len())
    };
    for (word, answer) in [
        ("success", Signed),
        ("failure", NotSigned),
        ("pending", Unknown),
        ("error", CouldNotAsk),
        ("SUCCESS", CouldNotAsk),
        ("", CouldNotAsk),
    ] {
        assert_eq!(answers(word), (vec![answer, Unknown, CouldNotAsk], 2), "{word}");
    }
    // Where no commit is known the repository may not be, either; a forge says 404 of both.
    for (status, answer) in [(200, Unknown), (404, CouldNotAsk), (403, CouldNotAsk)] {
        let (url, requests) = server(move |path| {
            let status = if path.contains("/commits/") { 404 } else { status };
            (status, "application/json".to_owned(), json!({"message": "not found"}).to_string())
        });
        let ui = silent();
        let web = web(&ui, &url, Role::Cla, true);
        let statuses = Statuses { web, context: "CLA Signing".to_owned(), commits: ids.clone() };
        let reply = ask(&statuses, &[of("a@example.org", &[0])]).remove(0);
        assert_eq!((reply.answer, requests.lock().unwrap().len()), (answer, ids.len() + 1), "{status}");
    }
}

#[test]
fn gerrit_tells_of_the_account_and_of_the_project() {
    let agreements = |config: Value, signed: (u16, &'static str)| {
        let (url, _) = server(move |path| {
            if path.ends_with("/agreements") {
                (
                    signed.0,
                    if signed.0 == 200 { "application/json" } else { "text/plain" }.to_owned(),
                    signed.1.to_owned(),
                )
            } else {
                (
                    200,
                    "application/json; charset=UTF-8".to_owned(),
                    format!(")]}}'\n{}", json!({ "use_contributor_agreements": config })),
                )
            }
        });
        let ui = silent();
        let registry = Agreements { web: web(&ui, &url, Role::Review, true), project: "a/b".parse().unwrap() };
        let reply = ask(&registry, &[person("alice@example.org")]).remove(0);
        (reply.answer, reply.needed)
    };
    let yes = || json!({"configured_value": "TRUE", "inherited_value": false});
    let no = || json!({"configured_value": "INHERIT", "inherited_value": false});
    let inherits = || json!({"configured_value": "INHERIT", "inherited_value": true});
    let signed = (200, ")]}'\n[{\"name\":\"PSF-CLA\",\"url\":\"static/psf-cla.html\"}]");
    let unsigned = (200, ")]}'\n[]");
    // Recorded: Gerrit 3.13.5 with `auth.contributorAgreements = false`.
    let off = (405, "contributor agreements disabled\n");
    for (config, answer, expected) in [
        (yes(), signed, (Signed, true)),
        (yes(), unsigned, (NotSigned, true)),
        (inherits(), unsigned, (NotSigned, true)),
        (yes(), off, (NotSigned, true)),
        (no(), unsigned, (NotSigned, false)),
        (no(), off, (Unknown, false)),
        (Value::Null, off, (Unknown, false)),
        (json!({"configured_value": "MAYBE"}), signed, (CouldNotAsk, true)),
        (yes(), (200, ")]}'\n{}"), (CouldNotAsk, true)),
        (yes(), (200, "<html>"), (CouldNotAsk, true)),
        (yes(), (500, "Internal server error\n"), (CouldNotAsk, true)),
        (yes(), (401, "Unauthorized"), (CouldNotAsk, true)),
    ] {
        assert_eq!(agreements(config.clone(), answer), expected, "{config} {answer:?}");
    }
}

#[test]
fn a_list_is_the_whole_register() {
    let text = "\u{feff}# signed\n\nAlice Able <alice@example.org>\nBob@Example.org\r\n@CarolHub\n";
    let list = List::parse("signed", text.as_bytes()).unwrap();
    let answers: Vec<Answer> = [
        "ALICE@example.org",
        "alice+x@example.org",
        "bob@example.org",
        "9+carolhub@users.noreply.github.com",
        "lice@example.org",
        "",
    ]
    .iter()
    .map(|email| ask(&list, &[person(email)]).remove(0).answer)
    .collect();
    // An empty address is nobody's.
    assert_eq!(answers, [Signed, Signed, Signed, Signed, NotSigned, Unknown]);
    for (bytes, place) in
        [(&b"a@b\nnobody\n"[..], "signed:2: "), (b"a@b\n\n\xff", "signed:3: "), (b"@\n", "signed:1: ")]
    {
        let error = List::parse("signed", bytes).unwrap_err();
        assert!(error.kind == Kind::State && error.message.starts_with(place), "{error}");
    }
}

#[test]
fn only_a_yes_counts_later_and_for_an_hour() {
    let now: jiff::Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let (alice, bob) = (person("alice@example.org"), person("bob@example.org"));
    let signed = Reply { core_developer: Some(true), ..Reply::plain(Signed) };
    let unsigned = Reply::plain(NotSigned);
    let mut memory = Memory::default();
    assert!(memory.learn("r", [(&alice, &signed), (&bob, &unsigned)], now));
    assert!(!memory.learn("r", [], now));
    let recalled =
        |memory: &Memory, who: &Person, registry: &str, at| memory.recall(registry, who, at).map(|(reply, _)| reply);
    assert_eq!(recalled(&memory, &person("ALICE@example.org"), "r", now), Some(signed.clone()));
    assert_eq!(memory.core_developer("r", "alice@example.org", now), Some(true));
    let (soon, late) = (now + LIFETIME - jiff::SignedDuration::from_secs(1), now + LIFETIME);
    assert!(recalled(&memory, &alice, "r", soon).is_some());
    for (who, registry, at) in [
        (&alice, "r", late),
        (&alice, "r", now - jiff::SignedDuration::from_secs(1)),
        (&alice, "another", now),
        (&bob, "r", now),
        (&person(""), "r", now),
    ] {
        assert_eq!(recalled(&memory, who, registry, at), None, "{} {registry} {at}", who.email);
    }
    // A no takes the place of no question; it is known all the same.
    let missing = |memory: &Memory, at| [&alice, &bob].map(|who| memory.unsigned("r", who, at).is_some());
    assert_eq!((missing(&memory, now), missing(&memory, late)), ([false, true], [false, false]));
    // A signature that was taken back, and one that came.
    assert!(memory.learn("r", [(&alice, &unsigned), (&bob, &signed)], now));
    assert_eq!(recalled(&memory, &alice, "r", now), None);
    assert_eq!(missing(&memory, now), [true, false]);
    // What could not be asked is known of nobody.
    assert!(memory.learn("r", [(&alice, &Reply::plain(CouldNotAsk))], now));
    assert_eq!(missing(&memory, now), [false, false]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_message_and_no_list_makes_the_readers_panic(text in "(Co-authored-by: |<|>|@|\\+|a|users\\.noreply\\.github\\.com|\n|\r|:|#|\\PC){0,30}") {
        for co_author in co_authors(text.as_bytes()) {
            prop_assert!(!co_author.email.is_empty() && !co_author.email.contains(['<', '>', '\n']));
        }
        let known = Known::default();
        for handle in handles("x", &text, &known) {
            // Whoever is asked about is never somebody of another domain.
            if let Handle::Email(email) = handle {
                prop_assert_eq!(email.rsplit_once('@').map(|(_, d)| d), text.rsplit_once('@').map(|(_, d)| d));
            }
        }
        drop(named(&text, &known));
        drop(List::parse("f", text.as_bytes()));
        if let Some((_, email)) = name_and_address(&text) {
            let again = name_and_address(&format!("Name <{email}>"));
            prop_assert_eq!(again, Some(("Name".to_owned(), email)));
        }
    }
}
