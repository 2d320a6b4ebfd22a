//! The table on recorded answers.

use std::collections::BTreeSet;

use super::table::{BEFORE, REASONS, Row};
use super::{captures, explain_forbidden, explain_push, explain_ssh, is_bare_forbidden, words};
use crate::checkout::push::{PushReport, RefVerdict};
use crate::error::{Error, Kind};
use crate::names::ServerUrl;

fn server() -> ServerUrl {
    "http://127.0.0.1:8080".parse().expect("a URL")
}

fn rejected(reason: &str) -> PushReport {
    PushReport {
        exit_code: Some(1),
        refs: vec![RefVerdict {
            flag: '!',
            source: "HEAD".into(),
            target: "refs/for/master".into(),
            summary: format!("[remote rejected] ({reason})"),
        }],
        ..PushReport::default()
    }
}

fn local(lines: &[&str]) -> PushReport {
    PushReport { exit_code: Some(128), local: lines.iter().map(|l| (*l).to_owned()).collect(), ..PushReport::default() }
}

/// What a person reads: the kind, the message, what helps.
fn read(said: &str, error: &Error) -> String {
    let hints = error.hints.iter().map(|hint| format!("\n    hint: {hint}"));
    format!("{said}\n  {}: {}{}\n", error.kind.name(), error.message, hints.collect::<String>())
}

/// Every row is the first that fits for one of these lines.
#[track_caller]
fn assert_every_row_is_met(table: &[Row], lines: &[&str]) {
    let first = |line: &str| table.iter().position(|row| captures(row.says, line).is_some());
    let met: BTreeSet<usize> = lines.iter().filter_map(|line| first(line)).collect();
    let unmet = (0..table.len()).filter(|row| !met.contains(row)).map(|row| table[row].says);
    assert_eq!(unmet.collect::<Vec<_>>(), [""; 0]);
}

#[test]
#[allow(clippy::too_many_lines, reason = "a line for each row of the table")]
fn every_reason_has_its_meaning() {
    let reasons = [
        "no new changes",
        "commit cc8b79e: missing Change-Id in message footer",
        "commit cc8b79e: invalid Change-Id line format in message footer",
        "commit cc8b79e: multiple Change-Id lines in message footer",
        "commit cc8b79e: Change-Id must be in message footer",
        "commit cc8b79e: missing subject; Change-Id must be in message footer",
        "same Change-Id in multiple changes.\nSquash the commits with the same Change-Id or ensure Change-Ids are unique for each commit",
        "branch nosuch not found",
        "change http://127.0.0.1:8080/c/plain/+/5 closed",
        "change https://evil.example/c/plain/+/5 closed",
        "commit d4067d5: invalid committer",
        "commit d4067d5: invalid author",
        "no common ancestry",
        "implicit merges detected",
        "prohibited by Gerrit: not permitted: update",
        "prohibited by Gerrit: not permitted: update by submit on refs/heads/master",
        "\"--foo\" is not a valid option",
        "\"WHAT\" is not a valid value for \"--notify\"",
        "label \"Nope\" is not a configured label",
        "label \"Code-Review\": 5 is not a valid value",
        "applying label \"Code-Review\": 2 is restricted",
        "the options 'wip' and 'ready' are mutually exclusive",
        "topic can't contain quotation marks.",
        "expected SHA1 for option --base: b4cca42",
        "Account 'nobody' not found\nnobody does not identify a registered user or group",
        "nobody does not identify a registered user or group",
        "reviewer user identifier is required",
        "conflict",
        "internal server error",
        "internal error",
        "duplicate request",
        "Client Provided Deadline Exceeded (client.timeout=1ms)",
        "see help",
        "a word\u{1b}[2J never heard",
    ];
    assert_every_row_is_met(REASONS, &reasons.map(|reason| reason.replace('\n', " ")).each_ref().map(String::as_str));
    let told = reasons.map(|reason| read(reason, &explain_push(&rejected(reason), &server()))).concat();
    insta::assert_snapshot!(told, @r#"
    no new changes
      refused: the review server has these commits already
        hint: `pyflow status` shows where the change is
    commit cc8b79e: missing Change-Id in message footer
      refused: commit cc8b79e has no Change-Id in the last paragraph of its message
        hint: `pyflow submit` adds the missing ones itself; a plain `git push` does not
    commit cc8b79e: invalid Change-Id line format in message footer
      refused: the Change-Id of commit cc8b79e is malformed
        hint: take the line out of the message (`git commit --amend`, `git rebase -i`), then `pyflow submit` adds a new one
    commit cc8b79e: multiple Change-Id lines in message footer
      refused: commit cc8b79e has more than one Change-Id
        hint: leave only the one of the change that the commit is for (`git commit --amend`, `git rebase -i`)
    commit cc8b79e: Change-Id must be in message footer
      refused: the Change-Id of commit cc8b79e is not in the last paragraph of its message
        hint: move the line to the end of the message (`git commit --amend`, `git rebase -i`)
    commit cc8b79e: missing subject; Change-Id must be in message footer
      refused: the message of commit cc8b79e is a Change-Id and nothing else
        hint: write a subject line, an empty line and then the Change-Id (`git commit --amend`)
    same Change-Id in multiple changes.
    Squash the commits with the same Change-Id or ensure Change-Ids are unique for each commit
      refused: two commits of the stack have the same Change-Id
        hint: squash them into one, or take the Change-Id out of one of them (`git rebase -i`)
    branch nosuch not found
      refused: the review server has no branch `nosuch` in this project
        hint: name the branch to land on: `pyflow submit TARGET`
    change http://127.0.0.1:8080/c/plain/+/5 closed
      refused: the change http://127.0.0.1:8080/c/plain/+/5 is closed: it was merged or abandoned
        hint: restore it on the server, or take the Change-Id out of the commit's message to make a new change
        hint: `pyflow status` shows where the change is
    change https://evil.example/c/plain/+/5 closed
      refused: the change 5 is closed: it was merged or abandoned
        hint: restore it on the server, or take the Change-Id out of the commit's message to make a new change
        hint: `pyflow status` shows where the change is
    commit d4067d5: invalid committer
      refused: the committer's address of commit d4067d5 is not registered in your account
        hint: register the address in the server's settings
        hint: or commit again as a registered one: set `git config user.email`, then `git commit --amend --no-edit --reset-author`
    commit d4067d5: invalid author
      refused: the author's address of commit d4067d5 is not registered in your account
        hint: register the address in the server's settings
    no common ancestry
      refused: the commits share no history with the branch on the review server
        hint: check that this is the right project: `pyflow setup`
    implicit merges detected
      refused: the stack is based on another branch, which it would merge along
        hint: rebase it onto the branch that it should land on, or name the right one: `pyflow submit TARGET`
    prohibited by Gerrit: not permitted: update
      refused: the review server does not permit this push: update
        hint: send for review instead: `pyflow submit`
    prohibited by Gerrit: not permitted: update by submit on refs/heads/master
      refused: you may not submit to refs/heads/master
        hint: send for review without `-o submit`: `pyflow submit`
    "--foo" is not a valid option
      refused: the review server knows no push option `--foo`
        hint: check `-o`
    "WHAT" is not a valid value for "--notify"
      refused: the review server does not take `WHAT` for `--notify`
        hint: check `-o`
    label "Nope" is not a configured label
      refused: there is no label `Nope` here
        hint: `pyflow status` lists the labels of a change; check `--label`
    label "Code-Review": 5 is not a valid value
      refused: the label `Code-Review` has no value 5
        hint: check `--label`
    applying label "Code-Review": 2 is restricted
      refused: you may not give Code-Review the value 2 here
        hint: leave the vote out, or give one that you may: `pyflow vote`
    the options 'wip' and 'ready' are mutually exclusive
      refused: a change cannot be work in progress and ready at once
        hint: give one of `--wip` and `--ready`
    topic can't contain quotation marks.
      refused: topic can't contain quotation marks
        hint: check `--topic`
    expected SHA1 for option --base: b4cca42
      refused: the base must be a full commit id, not `b4cca42`
        hint: check `--base` and `-o base=…`
    Account 'nobody' not found
    nobody does not identify a registered user or group
      refused: the review server knows nobody called `nobody`, and nothing was uploaded
        hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
    nobody does not identify a registered user or group
      refused: the review server knows nobody called `nobody`, and nothing was uploaded
        hint: check `--reviewer` and `--cc`: a user name, a registered address or a group
    reviewer user identifier is required
      refused: a reviewer's name is empty
        hint: check `--reviewer` and `--cc`
    conflict
      refused: the review server could not merge it because of a conflict; the change may have been created all the same
        hint: `pyflow status` shows where the change is
    internal server error
      unknown: the review server failed; whether it took the commits is not known yet
        hint: try again: what has arrived is found out first
    internal error
      unknown: the review server failed, as it does when a change is pushed twice at the same time
        hint: try again: what has arrived is found out first
    duplicate request
      unknown: the review server got two pushes for review in one
        hint: try again: what has arrived is found out first
    Client Provided Deadline Exceeded (client.timeout=1ms)
      unknown: the review server did not finish within the deadline that was set
        hint: leave `-o deadline=…` out, or give it more time
    see help
      refused: the review server printed the list of its push options
        hint: `-o help` asks for it, and sends nothing; leave it out
    a word[2J never heard
      refused: the review server refused the push: a word[2J never heard
    "#);
}

#[test]
fn the_servers_explanation_goes_along() {
    let mut report = rejected("commit d4067d5: invalid committer");
    report.remote = vec![
        "Processing changes: refs: 1        \rProcessing changes: refs: 1, done            ".into(),
        "ERROR: commit d4067d5: email address x@y is not registered in your account        ".into(),
        String::new(),
    ];
    let error = explain_push(&report, &server());
    assert_eq!(
        error.causes(),
        ["the server said: ERROR: commit d4067d5: email address x@y is not registered in your account"]
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "a line for each row of the table")]
fn what_is_refused_before_anything_is_sent() {
    let cla = "fatal: No Contributor Agreement on file for user Bob Baker <bob@example.com> (id=1000002)http://127.0.0.1:8080/settings#Agreements";
    let error = explain_push(&local(&[cla, "fatal: Could not read from remote repository."]), &server());
    assert_eq!(error.message, "no contributor agreement is on file for Bob Baker <bob@example.com>");
    assert_eq!(error.hints, ["sign it at http://127.0.0.1:8080/settings#Agreements, then try again"]);
    let other: ServerUrl = "https://review.example.org".parse().expect("a URL");
    assert!(!explain_push(&local(&[cla]), &other).hints[0].contains("127.0.0.1"));

    let lines = [
        "fatal: Upload denied for project 'locked'",
        "fatal: project nosuch not found",
        "fatal: Project not found: secret",
        "fatal: plain unavailable",
        "Host key verification failed.",
        "alice@127.0.0.1: Permission denied (publickey).",
        "Received disconnect from 127.0.0.1 port 29418:2: Too many authentication failures",
        "fatal: Authentication failed for 'http://127.0.0.1:8080/a/plain/'",
        "fatal: could not read Username for 'http://127.0.0.1:8080': terminal prompts disabled",
        "fatal: could not read Password for 'http://alice@127.0.0.1:8080': terminal prompts disabled",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 401",
        "fatal: unable to access 'http://127.0.0.1:8080/a/cla-proj/': The requested URL returned error: 403",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 302",
        "fatal: unable to update url base from redirection:",
        "fatal: repository 'http://127.0.0.1:8080/x/' not found",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 429",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 404",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 409",
        "fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 502",
        "fatal: unable to access 'https://x/': Could not resolve host: x",
        "ssh: connect to host 127.0.0.1 port 29418: Connection refused",
        "ssh: connect to host 10.0.0.1 port 29418: Connection timed out",
        "ssh: connect to host 10.0.0.1 port 29418: Operation timed out",
        "fatal: unable to access 'https://x/': Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds",
        "fatal: unable to access 'https://x/': Connection to x timed out",
        "ssh: connect to host 10.0.0.1 port 29418: Network is unreachable",
        "ssh: connect to host 10.0.0.1 port 29418: No route to host",
        "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 1 ms",
        "fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate",
        "fatal: mismatched algorithms: client sha1; server sha256",
        "fatal: the receiving end does not support algorithm 'sha256'",
        "fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none CRLfile: none",
        "fatal: '/nowhere' does not appear to be a git repository",
        "fatal: read error: Connection reset by peer",
        "fatal: write error: Broken pipe",
        "fatal: protocol error: unexpected disconnect while reading sideband packet",
        "fatal: the remote end hung up unexpectedly",
        "fatal: early EOF",
        "error: RPC failed; curl 56 recv failure",
        "fatal: unable to access 'https://x/': Empty reply from server",
        "fatal: unable to access 'https://x/': transfer closed with outstanding read data remaining",
        "fatal: unable to access 'https://x/': Received HTTP/0.9 when not allowed",
        "fatal: https://x/info/refs not valid: is this a git repository?",
        "error: Cannot access URL https://x/, return code 22",
        "fatal: something new",
    ];
    assert_every_row_is_met(BEFORE, &[&[words(cla)], lines.map(words).as_slice()].concat());
    let told = lines.map(|line| {
        // ssh's own lines come without a prefix, and git's word on them follows.
        let ssh = "fatal: Could not read from remote repository.";
        let own = line.starts_with("fatal: ") || line.starts_with("error: ");
        let lines = if own { vec![line] } else { vec![line, ssh] };
        read(line, &explain_push(&local(&lines), &server()))
    });
    insta::assert_snapshot!(told.concat(), @"
    fatal: Upload denied for project 'locked'
      refused: you may not upload to the project `locked`
        hint: ask the project's owners for the right to push for review
    fatal: project nosuch not found
      refused: there is no project `nosuch`, or you may not see it
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    fatal: Project not found: secret
      refused: there is no project `secret`, or you may not see it
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    fatal: plain unavailable
      refused: there is no project `plain`, or you may not see it
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    Host key verification failed.
      unknown: ssh does not know the review server's host key
        hint: connect once by hand (`ssh -p PORT USER@HOST`) and compare the key that it shows
    alice@127.0.0.1: Permission denied (publickey).
      credentials: the review server accepted none of your ssh keys
        hint: check that your public key is in the server's settings, and that the agent holds it: `ssh-add -l`
        hint: check the user name in the remote's URL: `pyflow setup`
    Received disconnect from 127.0.0.1 port 29418:2: Too many authentication failures
      credentials: the review server accepted none of your ssh keys
        hint: offer only the right key: `IdentitiesOnly yes` and `IdentityFile` in ~/.ssh/config
    fatal: Authentication failed for 'http://127.0.0.1:8080/a/plain/'
      credentials: the review server did not accept the credentials
        hint: sign in with a token or HTTP password: `pyflow auth login`
    fatal: could not read Username for 'http://127.0.0.1:8080': terminal prompts disabled
      credentials: there are no credentials for the review server
        hint: sign in with a token or HTTP password: `pyflow auth login`
    fatal: could not read Password for 'http://alice@127.0.0.1:8080': terminal prompts disabled
      credentials: there are no credentials for the review server
        hint: sign in with a token or HTTP password: `pyflow auth login`
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 401
      credentials: the review server did not accept the credentials
        hint: sign in with a token or HTTP password: `pyflow auth login`
    fatal: unable to access 'http://127.0.0.1:8080/a/cla-proj/': The requested URL returned error: 403
      refused: the review server forbids it and does not say why
        hint: the usual causes: a contributor agreement that is missing, no right to push, or a project that does not exist
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 302
      unknown: the review server http://127.0.0.1:8080 redirects elsewhere, which is not followed
        hint: check the network and `review.url`: `pyflow setup`
    fatal: unable to update url base from redirection:
      unknown: the review server http://127.0.0.1:8080 redirects elsewhere, which is not followed
        hint: check the network and `review.url`: `pyflow setup`
    fatal: repository 'http://127.0.0.1:8080/x/' not found
      refused: there is no such project at the remote's address
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 429
      unknown: the review server has too much to do: HTTP 429
        hint: try again: what has arrived is found out first
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 404
      refused: there is no such project at the remote's address
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 409
      refused: the review server refused git's request: HTTP 409
        hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    fatal: unable to access 'http://127.0.0.1:8080/x/': The requested URL returned error: 502
      unknown: the review server failed: HTTP 502
        hint: try again: what has arrived is found out first
    fatal: unable to access 'https://x/': Could not resolve host: x
      unknown: the review server's name could not be resolved
        hint: check the network and `review.url`: `pyflow setup`
    ssh: connect to host 127.0.0.1 port 29418: Connection refused
      unknown: the review server http://127.0.0.1:8080 could not be reached: connection refused
        hint: check the network and `review.url`: `pyflow setup`
    ssh: connect to host 10.0.0.1 port 29418: Connection timed out
      unknown: the review server http://127.0.0.1:8080 could not be reached: no answer
        hint: check the network and `review.url`: `pyflow setup`
    ssh: connect to host 10.0.0.1 port 29418: Operation timed out
      unknown: the review server http://127.0.0.1:8080 could not be reached: no answer
        hint: check the network and `review.url`: `pyflow setup`
    fatal: unable to access 'https://x/': Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds
      unknown: the review server http://127.0.0.1:8080 stopped answering
        hint: check the network and `review.url`: `pyflow setup`
    fatal: unable to access 'https://x/': Connection to x timed out
      unknown: the review server http://127.0.0.1:8080 could not be reached: no answer
        hint: check the network and `review.url`: `pyflow setup`
    ssh: connect to host 10.0.0.1 port 29418: Network is unreachable
      unknown: the review server http://127.0.0.1:8080 could not be reached
        hint: check the network and `review.url`: `pyflow setup`
    ssh: connect to host 10.0.0.1 port 29418: No route to host
      unknown: the review server http://127.0.0.1:8080 could not be reached
        hint: check the network and `review.url`: `pyflow setup`
    fatal: unable to access 'https://x/': Failed to connect to x port 443 after 1 ms
      unknown: the review server http://127.0.0.1:8080 could not be reached
        hint: check the network and `review.url`: `pyflow setup`
    fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate
      unknown: the review server's certificate was not accepted
        hint: check the address, and the certificates that git trusts (`http.sslCAInfo`)
    fatal: mismatched algorithms: client sha1; server sha256
      state: the server's repository names objects by another hash than this one
        hint: clone the server's repository, and bring your commits there with `git format-patch` and `git am`
    fatal: the receiving end does not support algorithm 'sha256'
      state: the server's repository names objects by another hash than this one
        hint: clone the server's repository, and bring your commits there with `git format-patch` and `git am`
    fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none CRLfile: none
      unknown: the review server's certificate was not accepted
        hint: check the address, and the certificates that git trusts (`http.sslCAInfo`)
    fatal: '/nowhere' does not appear to be a git repository
      state: there is no git repository at the remote's address
        hint: `pyflow setup` checks the remote and sets it up
    fatal: read error: Connection reset by peer
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: write error: Broken pipe
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: protocol error: unexpected disconnect while reading sideband packet
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: the remote end hung up unexpectedly
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: early EOF
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    error: RPC failed; curl 56 recv failure
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: unable to access 'https://x/': Empty reply from server
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: unable to access 'https://x/': transfer closed with outstanding read data remaining
      unknown: the connection to the review server was cut
        hint: try again: what has arrived is found out first
    fatal: unable to access 'https://x/': Received HTTP/0.9 when not allowed
      unknown: what answers at the remote's address is no git server
        hint: check the network and `review.url`: `pyflow setup`
    fatal: https://x/info/refs not valid: is this a git repository?
      unknown: what answers at the remote's address is no git server
        hint: check the network and `review.url`: `pyflow setup`
    error: Cannot access URL https://x/, return code 22
      unknown: what answers at the remote's address is no git server
        hint: check the network and `review.url`: `pyflow setup`
    fatal: something new
      unknown: the push did not get through: something new
        hint: try again: what has arrived is found out first
    ");
    assert_eq!(explain_push(&PushReport::default(), &server()).kind, Kind::Unknown);
    assert_eq!(explain_ssh("kex_exchange_identification: x\n", &server()).kind, Kind::Unknown);
}

#[test]
fn a_fetch_is_read_with_the_same_table() {
    use Kind::{Credentials, Refused, State, Unknown};
    for (talk, kind, message) in [
        (
            "fatal: project nosuch not found\nfatal: Could not read from remote repository.",
            Refused,
            "there is no project `nosuch`, or you may not see it",
        ),
        (
            "fatal: unable to access 'x': The requested URL returned error: 403",
            Refused,
            "the review server forbids it and does not say why",
        ),
        (
            "Host key verification failed.\nfatal: Could not read from remote repository.",
            Unknown,
            "ssh does not know the review server's host key",
        ),
        (
            "fatal: Authentication failed for 'http://127.0.0.1:8080/a/plain/'",
            Credentials,
            "the review server did not accept the credentials",
        ),
        (
            "fatal: '/nowhere' does not appear to be a git repository\nfatal: Could not read from remote repository.",
            State,
            "there is no git repository at the remote's address",
        ),
        ("talk\nfatal: something new", Unknown, "nothing could be fetched: something new"),
        ("", Unknown, "the fetch ended without a word"),
    ] {
        let error = super::explain_fetch(talk, &server());
        assert_eq!((error.kind, error.message.as_str()), (kind, message));
    }
}

#[test]
fn what_a_hook_prints_is_not_the_servers_word() {
    let failed = "error: failed to push some refs to 'http://127.0.0.1:8080/a/plain'";
    let hook = |lines: &[&str]| {
        let report = PushReport { exit_code: Some(1), ..local(&[lines, &[failed]].concat()) };
        explain_push(&report, &server())
    };
    let error = hook(&["Connection refused by policy", "returned error: 401", "a\u{1b}[2Jb", "more"]);
    assert_eq!(error.kind, Kind::State);
    assert_eq!(error.message, "your pre-push hook refused: Connection refused by policy / returned error: 401 / a[2Jb");
    assert_eq!(hook(&[]).message, "your pre-push hook refused, and did not say why");
    // A hook that lets the push go on, and has nothing to do with its end.
    let late = local(&["Permission denied (tests)", "fatal: the remote end hung up unexpectedly"]);
    assert_eq!(explain_push(&late, &server()).message, "the connection to the review server was cut");
    let late = local(&["project tests not found", "fatal: something new"]);
    assert_eq!(explain_push(&late, &server()).message, "the push did not get through: something new");
}

#[test]
fn the_body_behind_a_bare_403_is_read() {
    let recorded = |body: &[u8]| explain_forbidden(body, &server()).expect("a reason").message;
    assert!(is_bare_forbidden(&local(&["fatal: unable to access 'x': The requested URL returned error: 403"])));
    assert_eq!(
        recorded(include_bytes!("../../../../fixtures/gerrit-3.13/receive-pack-cla-proj.txt")),
        "no contributor agreement is on file for Bob Baker <bob@example.com>"
    );
    assert_eq!(
        recorded(include_bytes!("../../../../fixtures/gerrit-3.13/receive-pack-locked.txt")),
        "you may not upload to the project `locked`"
    );
    assert_eq!(
        recorded(include_bytes!("../../../../fixtures/gerrit-3.13/receive-pack-nosuch.txt")),
        "there is no project `nosuch`, or you may not see it"
    );
    assert_eq!(recorded(b"000dERR other"), "the review server refused: other");
    for body in [&b""[..], b"<html>", b"0000", b"ffffERR x", b"0004", b"00"] {
        assert!(explain_forbidden(body, &server()).is_none());
    }
}

#[test]
fn stars_stand_for_any_text() {
    assert_eq!(captures("a*c", "abc"), Some(vec!["b"]));
    assert_eq!(captures("*x*", "x"), Some(vec!["", ""]));
    assert_eq!(captures("a", "ab"), None);
    assert_eq!(captures("* z", "a z z"), Some(vec!["a z"]));
}

/// A lost connection, in git's words for the push and in those of its own machine.
#[test]
fn what_is_not_known_is_no_refusal() {
    let mut lost = rejected("remote failed to report status");
    lost.refs[0].summary = "[remote failure] (remote failed to report status)".into();
    let lost = explain_push(&lost, &server());
    assert_eq!(lost.kind, Kind::Unknown, "{}", lost.message);
    let busy = ["error: cannot fork() for git-remote-https: Resource temporarily unavailable"];
    assert!(!explain_push(&local(&busy), &server()).message.contains("there is no project"));
}
