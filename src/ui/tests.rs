//! What reaches which stream, in both formats.

use std::sync::Mutex;

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::error::Kind;

struct Two;

impl View for Two {
    fn text(&self, out: &mut Page) {
        out.line([strong("2"), plain(" changes")]);
    }
    fn json(&self) -> Value {
        json!({"changes": 2, "schema": "pyflow/list/1"})
    }
}

fn ui(options: Options, width: Option<usize>) -> Ui {
    let stream = || Stream { sink: Sink::Buffer(Mutex::default()), auto: false, paint: false.into(), width };
    Ui {
        options,
        stdout: stream(),
        stderr: stream(),
        progress: Progress::new(false),
        can_ask: false,
        printed: AtomicBool::new(false),
        picture: live::Picture::new(false, false),
    }
}

fn written(stream: &Stream) -> String {
    match &stream.sink {
        Sink::Buffer(buffer) => String::from_utf8(buffer.lock().unwrap().clone()).unwrap(),
        Sink::Out | Sink::Err => unreachable!("tests write to buffers"),
    }
}

fn wrong() -> Error {
    let cause = anyhow::anyhow!("Connection refused (os error 111)").context("tcp connect error");
    Error::unknown("review server https://review.example.org could not be reached:\u{1b}[31m connection refused")
        .because(cause)
        .hint("is the server running, and is the port right?")
        .hint("`pyflow setup --check` tries it")
}

#[test]
fn errors_for_people_wrap_behind_their_mark() {
    let narrow = ui(Options::default(), Some(60));
    narrow.error(&wrong());
    assert_snapshot!(written(&narrow.stderr), @r"
    error: review server https://review.example.org could not be
           reached: connection refused
      caused by: tcp connect error
      caused by: Connection refused (os error 111)
    hint: is the server running, and is the port right?
    hint: `pyflow setup --check` tries it
    ");
    let piped = ui(Options::default(), None);
    piped.error(&wrong());
    assert_eq!(written(&piped.stderr).lines().count(), 5);
    assert_eq!(written(&piped.stdout), "");
}

#[test]
fn errors_for_programs_are_one_document() {
    let options = Options { format: Format::Json, ..Options::default() };
    let first = ui(options, None);
    first.error(&wrong());
    assert_eq!(written(&first.stderr), "");
    assert_snapshot!(written(&first.stdout), @r#"
    {
      "schema": "pyflow/error/1",
      "kind": "unknown",
      "message": "review server https://review.example.org could not be reached: connection refused",
      "hints": [
        "is the server running, and is the port right?",
        "`pyflow setup --check` tries it"
      ],
      "causes": [
        "tcp connect error",
        "Connection refused (os error 111)"
      ]
    }
    "#);

    // A command that has printed its outcome prints no second document.
    let second = ui(options, None);
    second.print(&Two).unwrap();
    second.error(&wrong());
    assert_eq!(written(&second.stdout), "{\n  \"schema\": \"pyflow/list/1\",\n  \"changes\": 2\n}\n");
    assert!(written(&second.stderr).starts_with("error: "));
}

#[test]
fn data_and_talk_go_their_own_ways() {
    let plain = ui(Options::default(), None);
    plain.print(&Two).unwrap();
    plain.note("fetched\u{7}");
    plain.warn("old");
    plain.trace("git fetch");
    assert_eq!(written(&plain.stdout), "2 changes\n");
    assert_eq!(written(&plain.stderr), "fetched\nwarning: old\n");

    let quiet = ui(Options { quiet: true, ..Options::default() }, None);
    quiet.note("x");
    quiet.warn("y");
    quiet.error(&Error::state("z"));
    assert_eq!(written(&quiet.stderr), "warning: y\nerror: z\n");

    let verbose = ui(Options { verbose: true, ..Options::default() }, None);
    verbose.trace("git fetch");
    drop(verbose.working("x"));
    assert_eq!(written(&verbose.stderr), "+ git fetch\n");
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let ui = ui(Options::default(), None);
    assert!(!ui.can_ask());
    for error in [
        ui.confirm("Push 12 commits?", "--yes").unwrap_err(),
        ui.ask("User name", Some("alice"), "--user").unwrap_err(),
        ui.ask_secret("Token", "PYFLOW_REVIEW_TOKEN").unwrap_err(),
    ] {
        assert_eq!(error.kind, Kind::Usage);
        assert_eq!(error.hints.len(), 1);
    }
    assert_eq!(written(&ui.stderr), "");
}
