//! What each outcome looks like: JSON is the outcome itself with its schema's name in front, text
//! is made here.

mod backport;
mod cla;
mod gate;
mod news;
mod patchcheck;
mod ports;
mod status;
mod submit;

use serde_json::{Map, Value};

use super::page::{Line, Page};
use super::{View, bad, caution, command, dim, good, name, strong};
use crate::outcome::{Auth, Outcome, Setup, SetupResult, Undo, Vote};

impl View for Outcome {
    fn text(&self, out: &mut Page) {
        match self {
            Self::Submit(submit) => submit::text(submit, out),
            Self::Status(status) => status::status(status, out),
            Self::List(list) => status::list(list, out),
            Self::Recheck(report) => gate::recheck(report, out),
            Self::Gate(report) => gate::asked(report, out),
            Self::Vote(vote) => votes(vote, out),
            Self::Setup(report) => setup(report, out),
            Self::Auth(report) => auth(report, out),
            Self::Patchcheck(report) => patchcheck::text(report, out),
            Self::Cla(report) => cla::text(report, out),
            Self::ClaSign(report) => cla::signed(report, out),
            Self::NewsAdd(report) => news::added(report, out),
            Self::NewsCheck(report) => news::checked(report, out),
            Self::NewsMerge(report) => news::merged(report, out),
            Self::NewsRelease(report) => news::released(report, out),
            Self::Backport(report) => backport::text(report, out),
            Self::Ports(report) => ports::text(report, out),
            Self::Undo(report) => undo(report, out),
            #[cfg(feature = "server")]
            Self::Serve(report) => serve(report, out),
            #[cfg(feature = "server")]
            Self::Demo(report) => demo(report, out),
            Self::Raw(_) | Self::Silent | Self::Told(_) => {}
        }
    }

    fn json(&self) -> Value {
        let mut document = Map::new();
        if let Some(schema) = self.schema() {
            document.insert("schema".to_owned(), schema.into());
        }
        // Plain data always has a form in JSON.
        if let Ok(Value::Object(fields)) = serde_json::to_value(self) {
            document.extend(fields);
        }
        Value::Object(document)
    }
}

/// What a watch shows while it goes on.
pub(super) fn picture(report: &crate::outcome::status::Status, out: &mut Page) {
    status::status(report, out);
}

/// One line of a watch.
pub(super) fn event(event: &crate::outcome::status::Event, out: &mut Page) {
    gate::event(event, out);
}

/// A line of its own for each hint.
fn hints(hints: &[String], out: &mut Page) {
    for hint in hints {
        out.item(dim("hint:"), with_commands(hint));
    }
}

/// Text in which what stands between backquotes is something to type.
fn with_commands(text: &str) -> Line {
    let mut line = Line::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            line.add(dim("`")).add(command(part)).add(dim("`"));
        } else if !part.is_empty() {
            line.add(part);
        }
    }
    line
}

fn votes(report: &Vote, out: &mut Page) {
    for voted in &report.changes {
        let number = voted.change.number.map(|n| n.to_string()).unwrap_or_default();
        let list: Vec<String> = voted.votes.iter().map(|vote| format!("{} {:+}", vote.label, vote.value)).collect();
        let mut line = Line::new();
        let at = format!("{number},{}", voted.patch_set);
        if let Some(error) = &voted.error {
            line.add(bad("not voted")).add(" on ").add(name(at)).add(format!(": {error}"));
        } else {
            line.add(good(if report.planned { "would vote" } else { "voted" }));
            line.add(format!(" {} on ", list.join(", "))).add(name(at)).add(format!("  {}", voted.change.subject));
        }
        out.line(line);
        out.indented(|out| {
            for warning in &voted.warnings {
                out.item(caution("warning:"), warning.as_str());
            }
            hints(&voted.hints, out);
        });
    }
}

fn setup(report: &Setup, out: &mut Page) {
    for finding in &report.findings {
        let mark = match finding.result {
            SetupResult::Ok => good("ok     "),
            SetupResult::Done => good("done   "),
            SetupResult::Planned => caution("would  "),
            SetupResult::Missing => caution("missing"),
            SetupResult::Wrong => bad("wrong  "),
        };
        let mut line = Line::new();
        line.add(strong(&finding.what)).add(": ");
        line.add(finding.text.as_str());
        out.item(mark, line);
        // What comes next is told once, at the end.
        let is_next = |hint: &&String| report.next.as_deref() == Some(format!("{}: {hint}", finding.what).as_str());
        let shown: Vec<String> = finding.hints.iter().filter(|hint| !is_next(hint)).cloned().collect();
        out.indented(|out| hints(&shown, out));
    }
    if let Some(next) = &report.next {
        out.item(strong("next:"), with_commands(next));
    }
    if let Some(pin) = &report.pin {
        out.line(format!("PYFLOW_PIN={pin}"));
    }
}

fn auth(report: &Auth, out: &mut Page) {
    out.line(report.text.as_str());
    hints(&report.hints, out);
}

fn undo(report: &Undo, out: &mut Page) {
    for moved in &report.moved {
        let mut line = Line::new();
        line.add(if report.planned { "would move " } else { "moved " }).add(name(&moved.name)).add(" back to ");
        line.add(name(&moved.new[..10.min(moved.new.len())]))
            .add(dim(format!("  (pyflow {}, {})", report.command, report.time)));
        out.line(line);
    }
}

#[cfg(feature = "server")]
fn serve(report: &crate::outcome::Serve, out: &mut Page) {
    match &report.token {
        Some(token) => out.line(token.as_str()),
        None => out.line(report.text.as_str()),
    };
    for finding in &report.findings {
        out.line(format!("{}: {}: {}", finding.level, finding.file, finding.text));
    }
}

#[cfg(feature = "server")]
fn demo(report: &crate::outcome::Demo, out: &mut Page) {
    if !report.next.is_empty() {
        out.section(&format!("The server is up at {}; to go on", report.server), |out| {
            for next in &report.next {
                // To be copied: never wrapped.
                out.verbatim(next);
            }
        });
    }
    if report.kept {
        out.blank().line(format!("everything is in {}", report.folder));
    }
}
