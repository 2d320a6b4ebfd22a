//! `pyflow news` as text, and its findings as a CI system's annotations.

use super::hints;
use crate::news::check::{Finding, Level};
use crate::outcome::news::{Added, Checked, Merged, Released, WriteAction};
use crate::ui::page::{Line, Page};
use crate::ui::{bad, caution, dim, good, name};

pub(super) fn added(report: &Added, out: &mut Page) {
    let mut line = Line::new();
    line.add(if report.planned { caution("would write ") } else { good("wrote ") }).add(name(&report.file));
    if report.staged {
        line.add(if report.planned { " and stage it" } else { " and staged it" });
    }
    out.line(line);
    if let Some(source) = &report.issue_source {
        out.line(dim(format!("issue {} is from {source}", report.issue)));
    }
    if report.planned {
        out.indented(|out| {
            out.verbatim(&report.content);
        });
    }
}

pub(super) fn checked(report: &Checked, out: &mut Page) {
    if report.annotations {
        for finding in &report.findings {
            out.verbatim(&annotation(finding));
        }
        return;
    }
    for finding in &report.findings {
        let mark = match finding.level {
            Level::Require => bad("wrong:"),
            Level::Warn => caution("warning:"),
            Level::Remind => caution("reminder:"),
        };
        let mut line = Line::new();
        if let Some(file) = &finding.file {
            let place = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            line.add(name(format!("{file}{place}"))).add(": ");
        }
        line.add(finding.text.as_str()).add(dim(format!(" [{}]", finding.rule.as_str())));
        out.item(mark, line);
    }
    hints(&report.hints, out);
    if report.findings.is_empty() {
        let against = match (&report.target, &report.target_reason) {
            (Some(target), Some(reason)) => format!(" against {target} ({reason})"),
            (Some(target), None) => format!(" against {target}"),
            _ => String::new(),
        };
        let found = match (report.fragments.len(), &report.target) {
            (0, Some(_)) => "no fragment is needed".to_owned(),
            (0, None) => "there is no fragment".to_owned(),
            (count, _) => format!("{} {} sound", fragments(count), if count == 1 { "is" } else { "are" }),
        };
        let mut line = Line::new();
        line.add(good("ok")).add(format!(": {found}")).add(dim(against));
        out.line(line);
    }
}

/// A workflow command of GitHub Actions ("Workflow commands", "Setting an error message"), with
/// what would end it or a property escaped.
fn annotation(finding: &Finding) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let level = match finding.level {
        Level::Require => "error",
        Level::Warn => "warning",
        Level::Remind => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = &finding.file {
        properties.push(format!("file={}", property(file)));
    }
    if let Some(line) = finding.line {
        properties.push(format!("line={line}"));
    }
    properties.push(format!("title={}", property(&format!("news: {}", finding.rule.as_str()))));
    format!("::{level} {}::{}", properties.join(","), data(&finding.text))
}

pub(super) fn merged(report: &Merged, out: &mut Page) {
    let mut line = Line::new();
    match (report.action, report.planned) {
        (WriteAction::Unchanged, _) => line.add(name(&report.file)).add(" is up to date"),
        (_, true) => line.add(caution("would write ")).add(name(&report.file)),
        (_, false) => line.add(good("wrote ")).add(name(&report.file)),
    };
    line.add(dim(format!("  ({})", fragments(report.fragments))));
    out.line(line);
}

fn fragments(count: usize) -> String {
    if count == 1 { "1 fragment".to_owned() } else { format!("{count} fragments") }
}

pub(super) fn released(report: &Released, out: &mut Page) {
    let mut line = Line::new();
    line.add(if report.planned { caution("would write ") } else { good("wrote ") }).add(name(&report.file));
    let fate = match (report.fragments.len(), report.planned) {
        (0, _) => "",
        _ if !report.removed => "",
        (1, false) => "; it is removed",
        (_, false) => "; they are removed",
        (1, true) => "; it would be removed",
        (_, true) => "; they would be removed",
    };
    line.add(dim(format!("  ({}{fate})", fragments(report.fragments.len()))));
    out.line(line);
    if let Some(content) = &report.content {
        out.indented(|out| {
            out.verbatim(content);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::annotation;
    use crate::news::Rule;
    use crate::news::check::{Finding, Level};

    #[test]
    fn an_annotation_cannot_be_broken_out_of() {
        let finding = Finding {
            file: Some("a:b,c\n::error::x.rst".to_owned()),
            line: Some(3),
            rule: Rule::Empty,
            level: Level::Require,
            text: "50%\n::set-env name=X::y".to_owned(),
            fixed: false,
        };
        assert_eq!(
            annotation(&finding),
            "::error file=a%3Ab%2Cc%0A%3A%3Aerror%3A%3Ax.rst,line=3,title=news%3A empty::50%25%0A::set-env name=X::y"
        );
    }
}
