//! `pyflow cla` and the check of that name in `pyflow submit`, with a tracker that answers what a
//! real Roundup has answered.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::sandbox::{Clone, World, snapshot};
use crate::scenarios::tracker::{self, answers, bot};

/// The recorded answers (`fixtures/roundup-2.6/record.py` asks a real tracker for them).
struct Recorded {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Recorded {
    /// Serves them on loopback, until the test program ends.
    fn new() -> Self {
        let list: Value = serde_json::from_str(include_str!("../../fixtures/roundup-2.6/answers.json")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/bpo", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let question = question(&mut stream);
                record.lock().unwrap().push(question.clone());
                let answer = list.as_array().unwrap().iter().find(|entry| entry["question"] == question.as_str());
                let (status, kind, body) = match answer {
                    Some(entry) => {
                        (entry["status"].to_string(), entry["type"].as_str().unwrap(), entry["body"].as_str().unwrap())
                    }
                    None => ("500".to_owned(), "text/plain", "not recorded"),
                };
                let head =
                    format!("HTTP/1.0 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
                drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())));
            }
        });
        Self { url, asked }
    }

    /// How often it was asked since the last time.
    fn count(&self) -> usize {
        std::mem::take(&mut *self.asked.lock().unwrap()).len()
    }
}

/// Who asks for what: `clabot:clabot-pw /bpo/rest/data/user?address=alice@example.org`. Fields and page size are
/// the same in every question.
fn question(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let basic = head.lines().find_map(|line| line.strip_prefix("authorization: Basic "));
    let who = basic.unwrap_or("nobody");
    let path = head.split(' ').nth(1).unwrap_or_default();
    let path = path.split("&%40fields").next().unwrap_or_default();
    format!("{who} {}", path.replace("%40", "@").replace("%2C", ","))
}

#[test]
fn a_tracker_is_asked_by_address() {
    tracker::by_address(&World::embedded(), &Recorded::new().url);
}

#[test]
fn a_tracker_that_does_not_tell_has_not_said_yes() {
    tracker::could_not_ask(&World::embedded(), &Recorded::new().url);
}

#[test]
fn a_tracker_is_asked_by_login_without_credentials() {
    tracker::by_login(&World::embedded(), &Recorded::new().url);
}

#[test]
fn a_tracker_has_credentials_of_its_own() {
    tracker::credentials(&World::embedded(), &Recorded::new().url);
}

/// Who a commit is by: its author, and who committed it.
fn commit_by(clone: &Clone<'_>, subject: &str, author: &str, committer: &str) {
    clone.write(&format!("{subject}.txt"), subject);
    clone.git(["add", "."]);
    let (name, email) = committer.trim_end_matches('>').split_once(" <").unwrap();
    let run = clone.run("git", ["commit", "-q", "-m", subject, "--author", author], |command| {
        command.env("GIT_COMMITTER_NAME", name).env("GIT_COMMITTER_EMAIL", email);
    });
    drop(run.success());
}

#[test]
fn submit_stops_where_an_agreement_is_missing_and_asks_no_more_than_it_must() {
    let world = World::embedded();
    let recorded = Recorded::new();
    let clone = tracker::clone(&world, &recorded.url);
    recorded.count();
    let check = |words: &str| clone.pyflow_with(words, bot);
    let show = |words: &str| check(words).snapshot().replace(&recorded.url, "$TRACKER");

    let (alice, bob) = ("Alice Able <alice@example.com>", "Bob Baker <bob@example.org>");
    commit_by(&clone, "One", alice, alice);
    let before = snapshot::fingerprint(&clone.dir);
    let planned = check("submit -n --format json").success().json();
    assert_eq!(snapshot::fingerprint(&clone.dir), before, "a dry run remembered something");
    assert!(
        planned["checks"].as_array().unwrap().iter().any(|check| check["name"] == "cla" && check["result"] == "ok")
    );
    // The address is an alternate one: two questions.
    assert_eq!(recorded.count(), 2);
    drop(check("submit").success());
    assert_eq!(recorded.count(), 2);
    clone.amend("One.txt", "better");
    drop(check("submit --no-verify=cla").success());
    assert_eq!(recorded.count(), 0, "the check was left out");

    commit_by(&clone, "Two", bob, alice);
    insta::assert_snapshot!(show("submit"), @r"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,2  One  $SERVER/c/$PROJECT/+/#1
    new       <commit>  Two
    stop: Bob Baker <bob@example.org> has not signed the contributor agreement, says the tracker $TRACKER [cla]
      hint: sign it on https://example.org/sign
      hint: or send it all the same: `--no-verify=cla`
    nothing was sent
    [exit code: 1]
    ");
    // Alice's answer of a minute ago is remembered, and Bob may have signed since.
    assert_eq!(recorded.count(), 1);
    // Where changes stand is told without another question.
    let status = show("status");
    assert!(
        status.contains("- CLA not signed: Bob Baker <bob@example.org>, said the tracker $TRACKER just now\n"),
        "{status}"
    );
    assert!(!status.contains("not signed: Alice"), "{status}");
    assert_eq!(recorded.count(), 0);
    clone.git(["reset", "-q", "--hard", "HEAD^"]);
    commit_by(&clone, "Three", "Nobody <nobody@example.net>", alice);
    insta::assert_snapshot!(show("submit"), @r"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,2  One  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Three  $SERVER/c/$PROJECT/+/#2
    warning: Nobody <nobody@example.net> is not known to the tracker $TRACKER: no contributor agreement is on file [cla]
      hint: sign it on https://example.org/sign
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    clone.git(["reset", "-q", "--hard", "HEAD^"]);
    commit_by(&clone, "Four\n\nCo-authored-by: Bob Baker <bob@example.org>", alice, alice);
    insta::assert_snapshot!(show("submit -n"), @r"
    would submit 2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,2  One  $SERVER/c/$PROJECT/+/#1
    new       <commit>  Four
    warning: Bob Baker <bob@example.org> has not signed the contributor agreement, says the tracker $TRACKER [cla]
      hint: sign it on https://example.org/sign
    would move refs/heads/work to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/main
    ");

    // A tracker that is down warns and stops nothing.
    commit_by(&clone, "Five", bob, alice);
    clone.git(["config", "pyflow.cla.url", "http://127.0.0.1:9/bpo"]);
    insta::assert_snapshot!(show("submit -n"), @"
    ------- stderr -------
    error: the configuration is not what this clone has accepted; nothing was sent
        cla.url
          accepted: $TRACKER
          now:      http://127.0.0.1:9/bpo (git config pyflow.cla.url)
    hint: if the change is meant, accept it: pyflow setup
    [exit code: 3]
    ");
    drop(clone.pyflow_with("setup --yes", bot).success());
    insta::assert_snapshot!(show("submit"), @r"
    3 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,2  One  $SERVER/c/$PROJECT/+/#1
    created   #3,1  Four  $SERVER/c/$PROJECT/+/#3
    created   #4,1  Five  $SERVER/c/$PROJECT/+/#4
    warning: the contributor agreement of Alice Able <alice@example.com> and Bob Baker <bob@example.org> could not be asked about: CLA registry http://127.0.0.1:9/bpo could not be reached: connection refused [cla]
      hint: is the server running, and is the port right?
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
}

#[test]
fn the_stack_and_the_person_who_works_here_are_asked_about() {
    let world = World::embedded();
    let recorded = Recorded::new();
    let clone = tracker::clone(&world, &recorded.url);
    let show = |words: &str| clone.pyflow_with(words, bot).snapshot().replace(&recorded.url, "$TRACKER");
    clone.git(["config", "user.email", "nobody@example.net"]);
    // Nothing is committed yet: it is about who would.
    insta::assert_snapshot!(show("cla"), @r"
    the stack for main (review.branch, from .reviewconf:8)
    unknown       Alice Able <nobody@example.net>  user.email
    hint: sign it on https://example.org/sign
    [exit code: 1]
    ");
    let alice = "Alice Able <alice@example.org>";
    commit_by(&clone, "One", alice, alice);
    commit_by(&clone, "Two", "Alice Able <alice@work.example>", alice);
    insta::assert_snapshot!(show("cla"), @r"
    the stack for main (review.branch, from .reviewconf:8)
    signed        Alice Able <alice@example.org>  author, committer, account alice
    signed        Alice Able <alice@work.example>  author, account alice
    unknown       Alice Able <nobody@example.net>  user.email
    note: commits made here bear nobody@example.net (git's user.email), and it is alice@example.org that has signed
    note: the stack has several authors; a squash would carry the first one's address, alice@example.org, or the primary one of the account that merges
    hint: commit with that address: `git config user.email alice@example.org`
    ");
    recorded.count();
    drop(clone.pyflow_with("cla", bot).success());
    assert_eq!(recorded.count(), 2, "only a yes is remembered");
    drop(clone.pyflow_with("cla --refresh", bot).success());
    assert!(recorded.count() > 2);

    // The project's mailmap counts as the target has it; what the stack says of itself does not.
    commit_by(&clone, "Three", "Eve <eve@example.net>", alice);
    clone.commit_file("Map", ".mailmap", "Alice Able <alice@example.org> <eve@example.net>\n");
    assert!(answers(&clone.pyflow_with("cla --format json", bot)).contains(&"eve@example.net: unknown".to_owned()));
    clone.git(["update-ref", "refs/remotes/gerrit/main", "HEAD"]);
    commit_by(&clone, "Four", "Eve <eve@example.net>", alice);
    let run = clone.pyflow_with("cla --format json", bot);
    assert!(answers(&run).contains(&"eve@example.net: signed by alice@example.org".to_owned()), "{:?}", answers(&run));

    // A core developer is told so, and the tracker is not asked for it.
    clone.git(["reset", "-q", "--hard", "HEAD^"]);
    clone.git(["config", "user.email", "dana@example.org"]);
    clone.commit("Five");
    assert!(
        answers(&clone.pyflow_with("cla --format json", bot)).contains(&"dana@example.org: signed, core".to_owned())
    );
    recorded.count();
    let status = clone.pyflow("status --format json").success().json();
    assert_eq!((&status["core_developer"], recorded.count()), (&true.into(), 0));
}

#[test]
fn a_file_is_read_on_the_target_and_a_status_on_the_server() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let conf = clone.reviewconf(&project);
    clone.write(
        ".reviewconf",
        &format!("{conf}\n[cla]\nkind = \"file\"\npath = \"doc/signed\"\nsign = \"https://example.org/sign\"\n"),
    );
    clone.commit_file("Sign", "doc/signed", "# signed\nAlice Able <alice@example.com>\n");
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @r"
    the stack for main (review.branch, from .reviewconf:8)
    could not ask Alice Able <alice@example.com>  author, committer, user.email
      doc/signed (.reviewconf:11) is not in the target's tree
      hint: check `cla.path`; the file counts once it has landed
    [exit code: 5]
    ");
    insta::assert_snapshot!(clone.pyflow("submit -n").snapshot(), @r"
    would submit 1 commit for main (review.branch, from .reviewconf:8)
    new       <commit>  Sign
    warning: the contributor agreement of Alice Able <alice@example.com> could not be asked about: doc/signed (.reviewconf:11) is not in the target's tree [cla]
      hint: check `cla.path`; the file counts once it has landed
    would move refs/heads/work to the commits with Change-Ids; the files stay as they are
    then push <commit> to refs/for/main
    ");
    // Whose target nobody has fetched finds no list; least of all one on a branch of their own.
    let tip = clone.git(["rev-parse", "gerrit/main"]);
    clone.git(["update-ref", "-d", "refs/remotes/gerrit/main"]);
    let run = clone.pyflow("cla alice@example.com").ends_with(5);
    assert!(run.stdout.contains("could not ask"), "{}", run.stdout);
    clone.git(["update-ref", "refs/remotes/gerrit/main", &tip]);
    clone.git(["update-ref", "refs/remotes/gerrit/main", "HEAD"]);
    clone.commit("Fix the parser");
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @r"
    the stack for main (review.branch, from .reviewconf:8)
    signed        Alice Able <alice@example.com>  author, committer, user.email
    ");
    insta::assert_snapshot!(clone.pyflow("cla bob@example.com").snapshot(), @r"
    not signed    <bob@example.com>
    hint: sign it on https://example.org/sign
    [exit code: 1]
    ");

    clone.git(["config", "pyflow.cla.kind", "none"]);
    insta::assert_snapshot!(clone.pyflow("cla").snapshot(), @"note: this project asks for no agreement (from git config pyflow.cla.kind)");
    let sent = clone.pyflow("submit -n --format json").success().json();
    assert!(!sent["checks"].as_array().unwrap().iter().any(|check| check["name"] == "cla"));
    insta::assert_snapshot!(clone.pyflow("cla sign").snapshot(), @r"
    ------- stderr -------
    error: this project asks for no agreement (from git config pyflow.cla.kind)
    [exit code: 3]
    ");
}

#[test]
fn setup_says_whom_it_asks_and_pins_it() {
    let world = World::embedded();
    let recorded = Recorded::new();
    let clone = tracker::unaccepted(&world, &recorded.url);
    clone.git(["config", "user.email", "bob@example.org"]);
    let show = |words: &str| clone.pyflow_with(words, bot).snapshot().replace(&recorded.url, "$TRACKER");
    for words in ["cla", "submit", "status"] {
        let run = clone.pyflow_with(words, bot).ends_with(3);
        assert!(run.stderr.contains("has not accepted") && run.stderr.contains(&recorded.url[..17]), "{}", run.stderr);
    }
    assert_eq!(recorded.count(), 0, "nobody is asked before that");
    insta::assert_snapshot!(show("setup --yes"), @"
    ok      configuration: .reviewconf: project $PROJECT on $SERVER (from .reviewconf:5)
    done    pin: accepted $SERVER and project $PROJECT; contributor agreements at $TRACKER
    ok      remote: gerrit leads to the review server
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    missing cla: Alice Able <bob@example.org> has not signed, says the tracker $TRACKER
    ok      branch: changes land on main
    next: cla: sign it on https://example.org/sign
    ");
    let conf = std::fs::read_to_string(clone.dir.join(".reviewconf")).unwrap();
    clone.write(".reviewconf", &conf.replace(&recorded.url, "http://127.0.0.1:9/evil"));
    recorded.count();
    insta::assert_snapshot!(show("cla"), @"
    ------- stderr -------
    error: the configuration is not what this clone has accepted; nothing was sent
        cla.url
          accepted: $TRACKER
          now:      http://127.0.0.1:9/evil (.reviewconf:12)
    hint: if the change is meant, accept it: pyflow setup
    [exit code: 3]
    ");
    assert_eq!(clone.pyflow("submit").code, Some(3));
    insta::assert_snapshot!(show("setup --yes --dry-run"), @"
    ok      configuration: .reviewconf: project $PROJECT on $SERVER (from .reviewconf:5)
    would   pin: accept $SERVER and project $PROJECT; contributor agreements at http://127.0.0.1:9/evil
    ok      remote: gerrit leads to the review server
    ok      server: $SERVER answers: Gerrit 3.13.5-pyflow-0.1.0
    ok      credentials: you are alice (from the environment)
    missing cla: the tracker http://127.0.0.1:9/evil could not be asked (CLA registry http://127.0.0.1:9/evil could not be reached: connection refused)
    ok      branch: changes land on main
    next: cla: is the server running, and is the port right?
    ");
}
