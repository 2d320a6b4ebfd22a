//! `pyflow submit` as text.

use super::{hints, with_commands};
use crate::gate::model::GateState;
use crate::names::CommitId;
use crate::outcome::submit::{Landed, Sent, Submit};
use crate::review::checks::Verdict;
use crate::review::model::{Action, Step};
use crate::ui::page::{Line, Page};
use crate::ui::{Span, bad, caution, dim, good, link, name, strong};

pub(super) fn text(report: &Submit, out: &mut Page) {
    head(report, out);
    for sent in &report.changes {
        change(sent, report, out);
    }
    for done in &report.done {
        out.item(good("done"), with_commands(done));
    }
    checks(report, out);
    for remark in &report.remarks {
        out.item(dim("server:"), remark.as_str());
    }
    for warning in &report.warnings {
        out.item(caution("note:"), warning.as_str());
    }
    for moved in &report.moved {
        let mut line = Line::new();
        line.add(if report.dry_run { "would move " } else { "moved " }).add(name(&moved.name));
        line.add(" to the commits with Change-Ids; the files stay as they are").add(dim(if report.dry_run {
            ""
        } else {
            " (`pyflow undo` takes it back)"
        }));
        out.line(line);
    }
    if report.dry_run {
        steps(&report.steps, out);
    }
    if report.stopped() {
        out.line(bad("nothing was sent"));
    }
    if let Some(landing) = &report.landing {
        for text in &landing.not_approved {
            out.item(caution("note:"), text.as_str());
        }
        for Landed { number, state } in &landing.changes {
            let mark = if *state == GateState::Merged { good("landed   ") } else { caution("not yet  ") };
            out.item(mark, name(number.to_string()));
        }
        for next in &landing.next {
            out.item(strong("next:"), with_commands(next));
        }
    }
}

fn head(report: &Submit, out: &mut Page) {
    let mut line = Line::new();
    let count = report.changes.len();
    let commits = if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
    let verb = if report.dry_run { "would submit " } else { "" };
    line.add(format!("{verb}{commits} for "))
        .add(name(&report.target))
        .add(dim(format!(" ({})", report.target_reason)));
    if count > 0 {
        out.line(line);
    }
}

fn change(sent: &Sent, report: &Submit, out: &mut Page) {
    let stopped = report.stopped();
    let mark: Span = match (sent.action, report.dry_run || stopped) {
        (Action::Created, true) => dim("new      "),
        (Action::Updated, true) => dim("update   "),
        (Action::Created, false) => good("created  "),
        (Action::Updated, false) => good("updated  "),
        (Action::Unchanged, _) => dim("unchanged"),
    };
    let mut line = Line::new();
    if let Some(number) = sent.change.number {
        let patch_set = sent.patch_set.map(|n| format!(",{n}")).unwrap_or_default();
        line.add(name(format!("{number}{patch_set}"))).add("  ");
    } else if let Some(commit) = &sent.change.commit {
        line.add(name(&commit[..10.min(commit.len())])).add("  ");
    }
    line.add(strong(&sent.change.subject));
    if let Some(url) = &sent.change.url {
        line.add("  ").add(link(url));
    }
    out.item(mark, line);
}

fn checks(report: &Submit, out: &mut Page) {
    for check in &report.checks {
        for (at, finding) in check.findings.iter().enumerate() {
            let mark = match finding.result {
                Verdict::Stop => bad("stop:"),
                _ => caution("warning:"),
            };
            let mut line = Line::new();
            line.add(finding.text.as_str()).add(dim(format!(" [{}]", check.name)));
            out.item(mark, line);
            // What helps with several helps once, behind the last of them.
            if check.findings.get(at + 1).is_none_or(|next| next.hints != finding.hints) {
                out.indented(|out| hints(&finding.hints, out));
            }
        }
    }
    let skipped: Vec<&str> =
        report.checks.iter().filter(|check| check.result == Verdict::Skipped).map(|check| check.name).collect();
    if !skipped.is_empty() {
        out.line(dim(format!("left out: {}", skipped.join(", "))));
    }
}

fn steps(steps: &[Step], out: &mut Page) {
    for step in steps {
        let source = if let Step::Push { source, .. } = step { Some(source) } else { None };
        then(step, source, out);
    }
}

/// One step of a plan; a push tells the commit where its id is known already.
pub(super) fn then(step: &Step, source: Option<&CommitId>, out: &mut Page) {
    match step {
        Step::Push { target, options, .. } => {
            let mut line = Line::new();
            line.add("push ");
            if let Some(source) = source {
                line.add(name(source.short())).add(" ");
            }
            line.add("to ").add(name(target));
            for option in options {
                line.add(dim(" -o ")).add(option.as_str());
            }
            out.item(dim("then"), line);
        }
        Step::Call { purpose, .. } => {
            out.item(dim("then"), with_commands(purpose));
        }
        Step::Remember { .. } => {}
    }
}
