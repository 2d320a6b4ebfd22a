//! The same as Markdown, for a release manager's report.

use std::fmt::Write as _;

use super::{label, short, words};
use crate::outcome::ports::{Counts, Direction, PortCell, PortRow, Ports, RowResult};
use crate::ports::PortState;

pub(super) fn text(report: &Ports) -> String {
    let mut out = String::from("# Ports\n\n");
    let of = |direction| report.rows.iter().filter(move |row| row.direction == direction);
    for (direction, title) in [
        (Direction::Forward, "Fixes of maintenance branches"),
        (Direction::Backport, "Fixes that are marked for backport"),
    ] {
        let counts = words(&Counts::of(of(direction)), direction);
        if counts.is_empty() {
            continue;
        }
        let _ = writeln!(out, "## {title}\n");
        for (count, what) in counts {
            let _ = writeln!(out, "- {count} {what}");
        }
        out.push('\n');
        table(report, &of(direction).filter(|row| report.all || row.is_open()).collect::<Vec<_>>(), &mut out);
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "> {}\n", escaped(warning));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn table(report: &Ports, rows: &[&PortRow], out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let has = |branch: &str| rows.iter().any(|row| row.ports.iter().any(|port| port.branch == branch));
    let wanted: Vec<&str> = report.branches.iter().map(|row| row.branch.as_str()).filter(|name| has(name)).collect();
    out.push_str("| fix | subject | on |");
    for branch in &wanted {
        let _ = write!(out, " {} |", escaped(branch));
    }
    let _ = writeln!(out, "\n|{}", " --- |".repeat(3 + wanted.len()));
    for row in rows {
        let fix = linked(&label(row), row.change.url.as_deref());
        let _ = write!(out, "| {fix} | {} | {} |", escaped(&row.change.subject), escaped(&row.change.branch));
        for branch in &wanted {
            let port = row.ports.iter().find(|port| port.branch == *branch);
            let text = port.map(|port| cell(row, port, wanted.first() == Some(branch))).unwrap_or_default();
            let _ = write!(out, " {text} |");
        }
        out.push('\n');
    }
    out.push('\n');
}

fn cell(row: &PortRow, port: &PortCell, first: bool) -> String {
    match row.result {
        RowResult::NotNeeded if port.state <= PortState::Likely => {
            return match row.reason.as_deref().filter(|_| first) {
                Some(reason) => format!("not needed: {}", escaped(reason)),
                None => "not needed".to_owned(),
            };
        }
        RowResult::TakenBack => {
            return if first { escaped(row.text.as_deref().unwrap_or_default()) } else { String::new() };
        }
        _ => {}
    }
    let other = port.counterpart.as_ref().map(|change| {
        let text = match (change.number, &change.commit) {
            (Some(number), _) => number.to_string(),
            (None, commit) => short(commit.as_deref().unwrap_or_default()).to_owned(),
        };
        linked(&text, change.url.as_deref())
    });
    let other = other.unwrap_or_default();
    let evidence = port.evidence.first().map(|one| escaped(&one.text)).unwrap_or_default();
    match port.state {
        PortState::Missing => "**missing**".to_owned(),
        PortState::TakenBack => format!("**taken back** ({other})"),
        PortState::Likely => format!("likely {other}"),
        PortState::Open => format!("open: {other}"),
        PortState::Approved => format!("approved: {other}"),
        PortState::Merged => format!("{other}: {evidence}"),
    }
}

/// A link, where there is an address that can stand in one.
fn linked(text: &str, url: Option<&str>) -> String {
    let plain = |url: &&str| !url.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '|'));
    url.filter(plain).map_or_else(|| escaped(text), |url| format!("[{}]({url})", escaped(text)))
}

/// Text from others that stays text: no table, link, picture, mention or HTML of its own.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // An empty comment parts the sign from the name; invisible characters would not outlive
            // what clears the text for a terminal.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, linked};

    #[test]
    fn text_of_others_stays_text() {
        assert_eq!(escaped("a|b <img> [x](y) `c`\n*d*"), "a\\|b &lt;img> \\[x\\](y) \\`c\\` \\*d\\*");
        assert_eq!(escaped("thanks @team"), "thanks @<!-- -->team");
        assert_eq!(linked("17", Some("https://r.example.org/c/p/+/17")), "[17](https://r.example.org/c/p/+/17)");
        assert_eq!(linked("17", Some("https://r.example.org/) x")), "17");
    }
}
