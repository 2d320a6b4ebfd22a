//! `pyflow ports` as text: what wants a look as a table, the rest as counts; for `--check` the words
//! for the author.

mod markdown;

use super::hints;
use crate::outcome::ports::{Counts, Direction, PortCell, PortRow, Ports, RowResult};
use crate::ports::PortState;
use crate::ui::page::{Line, Page};
use crate::ui::table::{Column, Table};
use crate::ui::{Span, bad, caution, dim, good, name, plain};

pub(super) fn text(report: &Ports, out: &mut Page) {
    if report.markdown {
        out.verbatim(&markdown::text(report));
        return;
    }
    if report.check {
        check(report, out);
    } else {
        table(report, Direction::Forward, out);
        table(report, Direction::Backport, out);
    }
    for warning in &report.warnings {
        out.item(caution("note:"), warning.as_str());
    }
}

fn table(report: &Ports, direction: Direction, out: &mut Page) {
    let rows: Vec<&PortRow> = report.rows.iter().filter(|row| row.direction == direction).collect();
    if rows.is_empty() && direction == Direction::Backport {
        return;
    }
    out.blank();
    out.line(summary(&rows, direction));
    let shown: Vec<&&PortRow> = rows.iter().filter(|row| report.all || row.is_open()).collect();
    if shown.is_empty() {
        return;
    }
    let wanted: Vec<&str> = report
        .branches
        .iter()
        .map(|branch| branch.branch.as_str())
        .filter(|branch| shown.iter().any(|row| row.ports.iter().any(|port| port.branch == *branch)))
        .collect();
    let mut columns = vec![Column::right("change"), Column::left("subject").shrinks(), Column::left("on")];
    columns.extend(wanted.iter().map(|branch| Column::left(branch).shrinks()));
    let mut table = Table::new(columns);
    for row in shown {
        let mut cells = vec![name(label(row)), plain(&row.change.subject), plain(&row.change.branch)];
        cells.extend(wanted.iter().map(|branch| {
            let port = row.ports.iter().find(|port| port.branch == *branch);
            port.map_or_else(|| plain(""), |port| cell(row, port, wanted.first() == Some(branch)))
        }));
        table.row(cells);
    }
    out.table(table);
    // What helps is the same for all of them.
    if let Some(row) = rows.iter().find(|row| direction == Direction::Backport && !row.hints.is_empty()) {
        hints(&row.hints, out);
    }
}

/// A branch's cell; what is said of the fix as a whole stands in the first one.
fn cell(row: &PortRow, port: &PortCell, first: bool) -> Span {
    match row.result {
        RowResult::NotNeeded if port.state <= PortState::Likely => {
            let reason = row.reason.as_deref().filter(|_| first).map(|reason| format!(": {reason}"));
            return dim(format!("not needed{}", reason.unwrap_or_default()));
        }
        RowResult::TakenBack => return dim(if first { row.text.as_deref().unwrap_or("taken back") } else { "" }),
        _ => {}
    }
    let other = port.counterpart.as_ref().map(|change| match (change.number, &change.commit) {
        (Some(number), _) => format!("change {number}"),
        (None, Some(commit)) => short(commit).to_owned(),
        (None, None) => String::new(),
    });
    let other = other.unwrap_or_default();
    let evidence = port.evidence.first().map_or("", |evidence| evidence.text.as_str());
    match port.state {
        PortState::Missing => bad("missing"),
        PortState::TakenBack => bad(format!("taken back ({other})")),
        PortState::Likely => caution(format!("likely {other}")),
        PortState::Open => caution(format!("open: {other}")),
        PortState::Approved => good(format!("approved: {other}")),
        PortState::Merged => good(format!("{other}: {evidence}")),
    }
}

fn summary(rows: &[&PortRow], direction: Direction) -> Line {
    let mut line = Line::new();
    line.add(match (direction, rows.len()) {
        (Direction::Forward, 1) => "1 fix of maintenance branches".to_owned(),
        (Direction::Forward, count) => format!("{count} fixes of maintenance branches"),
        (Direction::Backport, 1) => "1 fix is marked for backport".to_owned(),
        (Direction::Backport, count) => format!("{count} fixes are marked for backport"),
    });
    let counts = words(&Counts::of(rows.iter().copied()), direction);
    for (at, (count, what)) in counts.iter().enumerate() {
        line.add(if at == 0 { ": " } else { ", " });
        let text = format!("{count} {what}");
        line.add(if *what == "without a counterpart" || *what == "not arrived" { bad(text) } else { plain(text) });
    }
    line
}

/// The counts that are not zero.
fn words(counts: &Counts, direction: Direction) -> Vec<(usize, &'static str)> {
    let (found, missing) = match direction {
        Direction::Forward => ("with a counterpart", "without a counterpart"),
        Direction::Backport => ("arrived", "not arrived"),
    };
    let all = [
        (counts.found, found),
        (counts.waiting, "under review"),
        (counts.likely, "likely"),
        (counts.missing, missing),
        (counts.not_needed, "not needed"),
        (counts.taken_back, "taken back"),
    ];
    all.into_iter().filter(|(count, _)| *count > 0).collect()
}

/// For `--check`: what is in order is counted, what is not is said.
fn check(report: &Ports, out: &mut Page) {
    let forward: Vec<&PortRow> = report.rows.iter().filter(|row| row.direction == Direction::Forward).collect();
    for row in &forward {
        match row.result {
            RowResult::Missing | RowResult::Likely | RowResult::Waiting => {
                let mut line = Line::new();
                line.add(name(called(row)))
                    .add(format!(" ({}) is for {}, and ", row.change.subject, row.change.branch));
                line.add(row.text.as_deref().unwrap_or_default());
                out.item(bad("no:"), line);
                out.indented(|out| hints(&row.hints, out));
            }
            _ if forward.len() == 1 || report.all => {
                out.item(good("ok:"), in_order(row));
            }
            _ => {}
        }
    }
    if forward.len() > 1 {
        out.line(summary(&forward, Direction::Forward));
    }
}

fn in_order(row: &PortRow) -> Line {
    let mut line = Line::new();
    line.add(name(called(row))).add(format!(" ({}) is for {}, and ", row.change.subject, row.change.branch));
    match (row.result, row.ports.first()) {
        (RowResult::NotNeeded, _) => {
            line.add(format!("no forward-port is needed ({})", row.reason.as_deref().unwrap_or_default()))
        }
        (RowResult::TakenBack, _) => line.add(row.text.as_deref().unwrap_or_default()),
        (_, Some(port)) => {
            let how = match port.state {
                PortState::Approved => "is approved for",
                PortState::Open => "is under review for",
                _ => "is on",
            };
            let other = port.counterpart.as_ref().map(|change| {
                change.number.map_or_else(
                    || short(change.commit.as_deref().unwrap_or_default()).to_owned(),
                    |number| format!("change {number}"),
                )
            });
            let evidence: Vec<&str> = port.evidence.iter().map(|one| one.text.as_str()).collect();
            line.add(format!("{} {how} {}", other.unwrap_or_default(), port.branch))
                .add(dim(format!(" ({})", evidence.join("; "))))
        }
        (_, None) => line.add("nothing comes after it"),
    };
    line
}

/// The same inside a sentence.
fn called(row: &PortRow) -> String {
    if row.change.number.is_some() { format!("change {}", label(row)) } else { label(row) }
}

/// How a fix is called: the change's number, else its commit.
fn label(row: &PortRow) -> String {
    match (row.change.number, &row.change.commit) {
        (Some(number), _) => number.to_string(),
        (None, Some(commit)) => short(commit).to_owned(),
        (None, None) => String::new(),
    }
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}
