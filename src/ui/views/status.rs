//! `pyflow status` and `pyflow list` as text.

use super::{gate, with_commands};
use crate::gate::next::BlockerKind;
use crate::outcome::change::VoteRow;
use crate::outcome::status::{List, Scope, Status, StatusRow, Visibility};
use crate::review::model::{ChangeState, RequirementStatus};
use crate::ui::page::{Line, Page};
use crate::ui::table::{Column, Table};
use crate::ui::{Span, bad, caution, dim, good, link, name, plain, strong};

pub(super) fn status(report: &Status, out: &mut Page) {
    if report.changes.is_empty() {
        out.line(match report.scope {
            Scope::Stack => "no changes here: every commit of this branch is on its target",
            Scope::Mine => "you have no open changes in this project",
        });
    }
    for (number, row) in report.changes.iter().enumerate() {
        if number > 0 {
            out.blank();
        }
        one(row, out);
    }
    let waits = |row: &StatusRow| row.review.as_ref().is_some_and(|review| review.state == ChangeState::Open);
    if report.core_developer == Some(true) && report.changes.iter().any(waits) {
        out.line(dim("you are a core developer, says the CLA registry: you may approve"));
    }
    for warning in &report.warnings {
        out.item(caution("note:"), with_commands(warning));
    }
}

fn one(row: &StatusRow, out: &mut Page) {
    let mark = match row.change.number {
        Some(number) => format!("{number} "),
        None => {
            row.change.commit.as_deref().map_or(String::new(), |commit| format!("{} ", &commit[..10.min(commit.len())]))
        }
    };
    let mut line = Line::new();
    line.add(strong(&row.change.subject));
    if let Some(review) = &row.review {
        line.add("  ").add(match review.state {
            ChangeState::Open if review.work_in_progress => caution("work in progress"),
            ChangeState::Open => plain("open"),
            ChangeState::Merged => good("merged"),
            ChangeState::Abandoned => bad("abandoned"),
            ChangeState::Unknown => caution("state unknown"),
        });
        line.add(dim(format!("  for {}", row.change.branch)));
    }
    out.item(name(mark), line);
    out.indented(|out| {
        if let Some(url) = &row.change.url {
            out.line(link(url));
        }
        if let Some(review) = &row.review {
            let mut facts = Line::new();
            if let Some(patch_set) = review.patch_set {
                facts.add(format!("patch set {patch_set}, owned by {}", review.owner));
            }
            for vote in &review.votes {
                facts.add("  ").add(vote_span(vote));
            }
            out.line(facts);
            let fulfilled: Vec<&str> = review
                .requirements
                .iter()
                .flatten()
                .filter(|r| r.status == RequirementStatus::Satisfied)
                .map(|r| r.name.as_str())
                .collect();
            if !fulfilled.is_empty() && review.state == ChangeState::Open {
                out.item(good("has"), fulfilled.join(", "));
            }
        }
        if let Some(gate) = &row.gate {
            gate::standing(gate, out);
        }
        // What the gate is doing stands in its own lines.
        let told = |kind| row.gate.is_some() && matches!(kind, BlockerKind::Testing | BlockerKind::OutsideWindow);
        for blocker in row.blockers.iter().filter(|blocker| !told(blocker.kind)) {
            out.item(caution("-"), blocker.text.as_str());
        }
        if let Some(next) = &row.next {
            out.item(strong("next:"), with_commands(next));
        }
    });
}

fn vote_span(vote: &VoteRow) -> Span {
    let by = vote.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let text = format!("{} {:+}{by}", vote.label, vote.value);
    if vote.value < 0 { bad(text) } else { good(text) }
}

pub(super) fn list(report: &List, out: &mut Page) {
    if report.changes.is_empty() {
        out.line(match report.visibility {
            Visibility::Full => "no open changes",
            Visibility::Anonymous => {
                "no open changes that can be seen without credentials; `pyflow auth login` stores some"
            }
        });
        return;
    }
    let mut table = Table::new([
        Column::right("change"),
        Column::left("subject").shrinks(),
        Column::left("votes"),
        Column::left("branch"),
        Column::left("owner").may_go(),
        Column::left("topic").may_go(),
        Column::right("age").may_go(),
    ]);
    for row in &report.changes {
        let mark = if row.work_in_progress { "WIP " } else { "" };
        table.row([
            name(row.change.number.map(|n| n.to_string()).unwrap_or_default()),
            plain(format!("{mark}{}", row.change.subject)),
            plain(votes(&row.votes)),
            plain(&row.change.branch),
            plain(&row.owner),
            dim(row.topic.as_deref().unwrap_or_default()),
            dim(row.age_seconds.map(age).unwrap_or_default()),
        ]);
    }
    out.table(table);
}

/// The vote that weighs most in each label: `CR+2 V-1`.
fn votes(votes: &[VoteRow]) -> String {
    let mut labels: Vec<(&str, i32)> = Vec::new();
    for vote in votes {
        match labels.iter_mut().find(|(label, _)| *label == vote.label) {
            // A no is what keeps a change from landing.
            Some((_, value)) => {
                *value = if vote.value < 0 || *value < 0 { vote.value.min(*value) } else { vote.value.max(*value) }
            }
            None => labels.push((&vote.label, vote.value)),
        }
    }
    let short = |label: &str| -> String { label.split('-').filter_map(|part| part.chars().next()).collect() };
    labels.iter().map(|(label, value)| format!("{}{value:+}", short(label))).collect::<Vec<_>>().join(" ")
}

/// The largest unit that is not zero.
fn age(seconds: i64) -> String {
    match seconds {
        0..60 => "now".to_owned(),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
