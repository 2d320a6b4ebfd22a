//! `pyflow patchcheck` as text: findings as compilers write them, then the rules as CPython's
//! `make patchcheck` did.

use super::with_commands;
use crate::outcome::patchcheck::{FindingRow, Patchcheck, RuleRow};
use crate::patchcheck::{Answer, Level};
use crate::ui::page::{Line, Page};
use crate::ui::{bad, caution, dim, good, name};

/// More of one file say nothing new to a person.
const SHOWN: usize = 10;

pub(super) fn text(report: &Patchcheck, out: &mut Page) {
    head(report, out);
    let in_files: Vec<&FindingRow> = report
        .findings
        .iter()
        .filter(|f| f.line.is_some() || !report.rules.iter().any(|rule| rule.id == f.rule))
        .collect();
    for of_file in in_files.chunk_by(|a, b| a.file == b.file) {
        for row in of_file.iter().take(SHOWN) {
            finding(row, out);
        }
        if let Some(more @ 1..) = of_file.len().checked_sub(SHOWN) {
            let file = of_file[0].file.as_deref().unwrap_or_default();
            out.line(dim(format!("{file}: {more} more; `--format json` lists all")));
        }
    }
    for rule in report.rules.iter().filter(|rule| rule.answer != Answer::Reminder) {
        self::rule(rule, out);
    }
    let mut reminders = report.rules.iter().filter(|rule| rule.answer == Answer::Reminder).peekable();
    if reminders.peek().is_some() {
        out.blank();
    }
    for rule in reminders {
        out.line(rule.text.as_str());
    }
    tail(report, out);
}

fn head(report: &Patchcheck, out: &mut Page) {
    let mut line = Line::new();
    line.add(files(report.files));
    match (&report.target, &report.base) {
        (Some(target), _) => line
            .add(" changed since ")
            .add(name(target))
            .add(dim(format!(" ({})", report.target_reason.as_deref().unwrap_or_default()))),
        (None, Some(base)) => line.add(" changed since ").add(name(&base[..10.min(base.len())])),
        (None, None) => line.add(" looked at"),
    };
    out.line(line);
}

fn finding(row: &FindingRow, out: &mut Page) {
    let mut line = Line::new();
    let place = match (&row.file, row.line) {
        (Some(file), Some(number)) => format!("{file}:{number}"),
        (Some(file), None) => file.clone(),
        (None, _) => String::new(),
    };
    line.add(name(place)).add(": ");
    line.add(if row.fixed {
        good("repaired")
    } else {
        match row.level {
            Level::Require => bad("required"),
            Level::Warn => caution("warning"),
            Level::Remind => caution("reminder"),
        }
    });
    line.add(format!(": {}", row.text)).add(dim(format!(" [{}]", row.rule)));
    out.line(line);
}

fn rule(row: &RuleRow, out: &mut Page) {
    let mut line = Line::new();
    line.add(format!("{} ... ", row.text)).add(match (row.answer, row.level) {
        (Answer::Yes, _) => good("yes"),
        (Answer::No, Level::Require) => bad("NO"),
        // As it always was: only what is asked of every change is shouted.
        (Answer::No, _) => caution(if row.always { "NO" } else { "no" }),
        (Answer::NotNeeded | Answer::Reminder, _) => dim("not needed"),
    });
    out.line(line);
}

fn tail(report: &Patchcheck, out: &mut Page) {
    let mut repairable: Vec<&str> =
        report.findings.iter().filter(|f| f.fixable && !f.fixed).filter_map(|f| f.file.as_deref()).collect();
    repairable.dedup();
    if report.findings.is_empty() {
        out.line(good("nothing was found"));
    }
    if !report.repaired.is_empty() {
        out.line(good(format!("repaired {}", files(report.repaired.len()))));
    }
    if !repairable.is_empty() && !report.fix {
        out.item(
            dim("hint:"),
            with_commands(&format!("{} can be repaired: `pyflow patchcheck --fix`", files(repairable.len()))),
        );
    }
}

fn files(count: usize) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}
