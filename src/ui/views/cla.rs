//! `pyflow cla` as text: a line for each person, the answer first.

use super::{hints, with_commands};
use crate::cla::{Answer, Part};
use crate::outcome::cla::{Cla, IdentityRow, Signing, SigningResult};
use crate::ui::page::{Line, Page};
use crate::ui::{bad, caution, dim, good, link, name, plain, strong};

pub(super) fn text(report: &Cla, out: &mut Page) {
    head(report, out);
    for (at, row) in report.identities.iter().enumerate() {
        identity(row, out);
        // What is wrong with all of them is said once.
        let same = |next: &IdentityRow| (&next.text, &next.hints) == (&row.text, &row.hints);
        if !report.identities.get(at + 1).is_some_and(same) {
            reason(row, out);
        }
    }
    for warning in &report.warnings {
        out.item(caution("note:"), warning.as_str());
    }
    hints(&report.hints, out);
}

fn head(report: &Cla, out: &mut Page) {
    let mut line = Line::new();
    match (&report.target, report.identities.len()) {
        (Some(target), 0) => line.add("nobody to ask about: no commits for ").add(name(target)),
        (Some(target), _) => line.add("the stack for ").add(name(target)),
        (None, _) => return,
    };
    line.add(dim(format!(" ({})", report.target_reason.as_deref().unwrap_or_default())));
    out.line(line);
}

fn identity(row: &IdentityRow, out: &mut Page) {
    let label = format!("{:<13}", row.answer.label());
    let mark = match row.answer {
        Answer::Signed => good(label),
        _ if !row.needed => dim(label),
        Answer::NotSigned => bad(label),
        Answer::Unknown | Answer::CouldNotAsk => caution(label),
    };
    let mut line = Line::new();
    line.add(strong(&row.name));
    if !row.email.is_empty() {
        line.add(if row.name.is_empty() { "" } else { " " }).add(name(format!("<{}>", row.email)));
    }
    let parts = row.parts.iter().filter(|part| **part != Part::Named);
    let mut facts: Vec<String> = parts.map(|part| part.label().to_owned()).collect();
    facts.extend(row.account.as_ref().map(|account| format!("account {account}")));
    facts.extend(row.found_by.as_ref().map(|by| format!("found by {by}")));
    facts.extend(row.core_developer.filter(|core| *core).map(|_| "core developer".to_owned()));
    facts.extend(row.remembered_from.as_ref().map(|time| format!("answer of {time}")));
    if !facts.is_empty() {
        line.add(dim(format!("  {}", facts.join(", "))));
    }
    out.item(mark, line);
}

fn reason(row: &IdentityRow, out: &mut Page) {
    out.indented(|out| {
        if let Some(text) = &row.text {
            out.line(text.as_str());
        }
        hints(&row.hints, out);
    });
}

pub(super) fn signed(report: &Signing, out: &mut Page) {
    let mut line = Line::new();
    line.add(match (report.result, report.planned) {
        (SigningResult::Unchanged, _) => plain("signed before: "),
        (SigningResult::Signed, true) => caution("would sign "),
        (SigningResult::Signed, false) => good("signed "),
    });
    line.add(name(&report.agreement)).add(format!(" on {} as {}", report.server, report.account));
    out.line(line);
    if let Some(url) = &report.url {
        let mut line = Line::new();
        line.add(link(url));
        out.item(dim("text:"), line);
    }
    if report.planned && report.result == SigningResult::Signed {
        out.item(dim("hint:"), with_commands("read it, then sign: `pyflow cla sign`"));
    }
}
