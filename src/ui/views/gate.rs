//! What a gate does, as text: its part of `pyflow status`, `pyflow recheck` and `pyflow gate`.

use super::{hints, with_commands};
use crate::gate::model::{GateState, JobState};
use crate::gate::next::pause;
use crate::gate::report::Verdict;
use crate::outcome::gate::{Again, Effect, Gate as Asked, Recheck};
use crate::outcome::status::{Event, Gate, ItemRow, JobRow, ReportRow};
use crate::ui::page::{Line, Page};
use crate::ui::table::{Column, Table};
use crate::ui::{Span, bad, caution, dim, good, name, plain, strong};

/// The lines of one change.
pub(super) fn standing(gate: &Gate, out: &mut Page) {
    if let Some(paused) = &gate.paused {
        out.item(caution("paused"), pause(paused));
    }
    for row in &gate.items {
        out.item(strong(&row.pipeline), item(row));
        if !row.jobs.is_empty() {
            out.indented(|out| {
                out.table(jobs(&row.jobs));
            });
        }
    }
    for report in &gate.last {
        let is_there = gate.items.iter().any(|item| item.pipeline == report.pipeline);
        if !is_there {
            reported(report, out);
        }
    }
    if gate.state == GateState::Unknown && gate.items.is_empty() {
        out.item(strong("gate"), caution("not known"));
    }
}

fn item(row: &ItemRow) -> Line {
    let mut line = Line::new();
    line.add(match row.state {
        GateState::Queued => plain("queued"),
        GateState::OutsideWindow => caution("outside the window"),
        GateState::Running => plain("running"),
        GateState::Failing => bad("failing"),
        GateState::Passed => good("passed"),
        _ => caution("not known"),
    });
    let queue = row.queue.as_ref().map(|queue| format!(" in the queue {queue}")).unwrap_or_default();
    if row.length > 1 || row.queue.is_some() {
        line.add(format!(", {} of {}{queue}", row.position, row.length));
    }
    if let Some(base) = &row.base {
        line.add(", on top of ").add(name(base));
    }
    if let Some(by) = row.outside_by {
        line.add(format!(", {by} more must leave first"));
    }
    match (row.state, row.eta_seconds) {
        (GateState::Running | GateState::Queued, Some(eta)) => {
            line.add(format!(", about {} left", time(eta)));
        }
        (GateState::Running, None) => {
            line.add(dim(", time left unknown"));
        }
        _ => {}
    }
    line
}

fn jobs(rows: &[JobRow]) -> Table {
    let mut table = Table::new([Column::left(""), Column::left(""), Column::right(""), Column::left("").shrinks()]);
    for row in rows {
        let took = match (row.state, row.elapsed_seconds, row.remaining_seconds) {
            (JobState::Running | JobState::Failing, Some(elapsed), Some(left)) => {
                format!("{} of about {}", time(elapsed), time(elapsed + left))
            }
            (JobState::Waiting | JobState::Skipped, ..) | (_, None, _) => String::new(),
            (_, Some(elapsed), _) => time(elapsed),
        };
        let told = row.word.as_deref().filter(|word| !matches!(*word, "SUCCESS" | "FAILURE" | "SKIPPED" | "CANCELED"));
        let silent = if row.voting == Some(false) { "non-voting" } else { "" };
        let note = [told.unwrap_or_default(), silent].into_iter().filter(|text| !text.is_empty());
        table.row([plain(&row.name), job(row.state), dim(took), dim(note.collect::<Vec<_>>().join(", "))]);
    }
    table
}

fn job(state: JobState) -> Span {
    match state {
        JobState::Waiting => dim("waits"),
        JobState::Running => plain("runs"),
        JobState::Failing => bad("failing"),
        JobState::Passed => good("passed"),
        JobState::Failed => bad("failed"),
        JobState::Skipped => dim("skipped"),
        JobState::Canceled => dim("stopped"),
        JobState::Unknown => caution("not known"),
    }
}

fn reported(report: &ReportRow, out: &mut Page) {
    let mut line = Line::new();
    line.add(match report.verdict {
        Verdict::Started => caution("was begun, and is in no queue now"),
        Verdict::Passed => good("passed"),
        Verdict::Failed => bad("failed"),
        Verdict::Conflict => bad("does not merge"),
        Verdict::NotMerged => bad("passed, and was not merged"),
        Verdict::DependencyFailed => bad("failed with a change that it needs"),
        Verdict::Unknown => caution("reported something that is not understood"),
    });
    if let Some(patch_set) = report.patch_set {
        line.add(dim(format!(", patch set {patch_set}")));
    }
    if let Some(age) = report.age_seconds {
        line.add(dim(match age {
            0 => ", just now".to_owned(),
            age => format!(", {} ago", time(age)),
        }));
    }
    out.item(strong(&report.pipeline), line);
    out.indented(|out| {
        for job in report.jobs.iter().filter(|job| job.state == JobState::Failed) {
            let mut line = Line::new();
            line.add(bad(&job.word));
            if let Some(seconds) = job.seconds {
                line.add(dim(format!(" in {}", time(seconds))));
            }
            if !job.voting {
                line.add(dim(", non-voting"));
            }
            if let Some(url) = &job.url {
                line.add("  ").add(crate::ui::link(url));
            }
            out.item(plain(&job.name), line);
            out.indented(|out| {
                for text in &job.lines {
                    out.line(text.as_str());
                }
            });
        }
    });
}

/// `41 s`, `3 min`, `1 h 20 min`.
pub(super) fn time(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 if seconds % 3600 < 60 => format!("{} h", seconds / 3600),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// One line of `pyflow status --watch`.
pub(super) fn event(event: &Event, out: &mut Page) {
    let mut line = Line::new();
    line.add(dim(event.time.get(11..19).unwrap_or(&event.time))).add("  ");
    if let Some(number) = event.number {
        line.add(name(number.to_string())).add("  ");
    }
    line.add(event.text.as_str());
    out.line(line);
}

pub(super) fn recheck(report: &Recheck, out: &mut Page) {
    let number = report.change.number.map(|number| number.to_string()).unwrap_or_default();
    let mut line = Line::new();
    line.add(name(format!("{number},{}", report.patch_set))).add("  ").add(strong(&report.change.subject));
    out.line(line);
    out.indented(|out| {
        for job in &report.failed {
            out.item(plain(&job.name), bad(&job.word));
            out.indented(|out| {
                for text in &job.lines {
                    out.line(text.as_str());
                }
            });
        }
        for earlier in &report.earlier {
            let time = earlier.time.as_deref().and_then(|time| time.get(..10)).unwrap_or_default();
            out.item(dim("before:"), format!("{} ({}, {time})", earlier.text, earlier.by));
        }
        let what = match report.again {
            Again::Checks => "the checks run again",
            Again::Merge => "it goes into the gate again",
        };
        let verb = if report.planned { "would ask" } else { "asked" };
        out.item(strong(format!("{verb}:")), with_commands(&report.requested));
        if let Some(effect) = report.effect {
            match effect {
                Effect::Seen | Effect::Already => out.item(good("seen:"), what),
                Effect::NotSeen => out.item(caution("not seen:"), "nothing runs yet"),
            };
        }
        for note in &report.notes {
            out.item(caution("note:"), with_commands(note));
        }
        hints(&report.hints, out);
    });
}

pub(super) fn asked(report: &Asked, out: &mut Page) {
    let number = report.change.number.map(|number| number.to_string()).unwrap_or_default();
    let mut line = Line::new();
    line.add(name(format!("{number},{}", report.patch_set))).add("  ").add(strong(&report.change.subject));
    out.line(line);
    out.indented(|out| {
        for step in &report.requested {
            out.item(strong(if report.planned { "would ask:" } else { "asked:" }), step.as_str());
        }
        if let Some(cost) = report.cost {
            let jobs = |count: usize| if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
            let items =
                if cost.items == 1 { "1 change begins".to_owned() } else { format!("{} changes begin", cost.items) };
            out.item(caution("cost:"), format!("{items} anew; stopped in the middle: {}", jobs(cost.running_jobs)));
        }
        let mark = match report.effect {
            None => dim("plan:"),
            Some(Effect::Seen | Effect::Already) => good("now:"),
            Some(Effect::NotSeen) => caution("not seen:"),
        };
        out.item(mark, report.text.as_str());
        hints(&report.hints, out);
    });
}
