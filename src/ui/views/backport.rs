//! `pyflow backport` as text.

use super::submit::then;
use super::{hints, with_commands};
use crate::outcome::backport::{Asked, Backports, BranchRow, Result};
use crate::review::model::Action;
use crate::ui::page::{Line, Page};
use crate::ui::{Span, bad, caution, dim, good, link, name, strong};

pub(super) fn text(report: &Backports, out: &mut Page) {
    if report.branches.is_empty() && report.request == Asked::List {
        out.line("no backport waits in this clone");
    }
    let mut last = None;
    for row in &report.branches {
        if last != Some(&row.origin.commit) {
            origin(row, report, out);
            last = Some(&row.origin.commit);
        }
        branch(row, report, out);
    }
    for warning in &report.warnings {
        out.item(caution("note:"), with_commands(warning));
    }
}

/// What is cloned.
fn origin(row: &BranchRow, report: &Backports, out: &mut Page) {
    let origin = &row.origin;
    let mut line = Line::new();
    if report.planned {
        line.add("would clone ");
    }
    line.add(name(&origin.commit[..10.min(origin.commit.len())])).add("  ").add(strong(&origin.subject));
    if origin.commits > 1 {
        line.add(dim(format!("  and {} below it", origin.commits - 1)));
    }
    if let Some(number) = origin.number {
        line.add(dim(format!("  (change {number})")));
    }
    out.line(line);
}

fn branch(row: &BranchRow, report: &Backports, out: &mut Page) {
    let mark: Span = match row.result {
        Result::Pushed => good(match row.action {
            Some(Action::Updated) => "updated ",
            _ => "pushed  ",
        }),
        Result::Ready => good("ready   "),
        Result::Conflict => bad("conflict"),
        Result::Already => dim("already "),
        Result::Refused => bad("refused "),
        Result::Dropped => dim("dropped "),
    };
    let mut line = Line::new();
    line.add(name(&row.branch));
    if let (Some(number), Some(patch_set)) = (row.number, row.patch_set) {
        line.add("  ").add(name(format!("{number},{patch_set}")));
    }
    if row.result != Result::Conflict
        && let Some(subject) = &row.subject
    {
        line.add("  ").add(strong(subject));
    }
    if let Some(url) = &row.url {
        line.add("  ").add(link(url));
    }
    if let Some(branch) = &row.local_branch {
        let verb = if report.planned { "would be the local branch " } else { "in the local branch " };
        line.add("  ").add(verb).add(name(branch));
    }
    if !row.conflicts.is_empty() {
        line.add(" in ").add(row.conflicts.join(", "));
    }
    if let Some(text) = &row.text {
        line.add(": ").add(text.as_str());
    }
    out.item(mark, line);
    out.indented(|out| details(row, report, out));
}

fn details(row: &BranchRow, report: &Backports, out: &mut Page) {
    if let Some(worktree) = &row.worktree {
        let mut line = Line::new();
        line.add("in ").add(name(worktree));
        out.line(line);
    }
    for missing in &row.missing {
        let mut line = Line::new();
        line.add(format!("{} lacks ", row.branch)).add(name(&missing.commit[..10.min(missing.commit.len())]));
        line.add(format!(" ({}), which touched the same lines of {}", missing.subject, missing.file));
        out.item(dim("why?"), line);
    }
    for warning in &row.warnings {
        out.item(caution("note:"), with_commands(warning));
    }
    hints(&row.hints, out);
    if report.planned {
        for step in &row.steps {
            // The commit gets its date, and so its id, when it is made.
            then(step, None, out);
        }
    }
}
