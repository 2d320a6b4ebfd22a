//! The rows of the report: what the ledger says of each fix, and what that comes to by the project's
//! rule. Pure.

use super::desk::{Desk, Source};
use crate::cli::PortsArgs;
use crate::config::{Counterpart, Settings};
use crate::error::Kind;
use crate::outcome::Outcome;
use crate::outcome::change::ChangeRow;
use crate::outcome::ports::{BranchRow, Counts, Direction, EvidenceRow, PortCell, PortRow, Ports, RowResult};
use crate::ports::{Disclaimer, Ledger, Own, Port, PortState};

/// The report.
pub(super) fn outcome(desk: &Desk, sources: &[Source], settings: &Settings, args: &PortsArgs) -> Outcome {
    let rule = settings.ports.counterpart.value;
    let ledger = Ledger::new(&desk.branches, &desk.fixes);
    let rows: Vec<PortRow> = sources.iter().map(|source| row(desk, &ledger, source, rule)).collect();
    let mut warnings = desk.warnings.clone();
    let lacks = |row: &PortRow| {
        row.direction == Direction::Forward
            && matches!(row.result, RowResult::Missing | RowResult::Likely | RowResult::Waiting)
    };
    // What is not there may be where nobody looked: then it is not known, which is no "no".
    let unseen = !desk.gaps.is_empty();
    warnings.extend(desk.gaps.iter().map(|gap| format!("{gap}: a counterpart there would not show")));
    let exit = (args.check && rows.iter().any(lacks)).then_some(if unseen { Kind::Unknown } else { Kind::No });
    Outcome::Ports(Ports {
        branches: desk
            .branches
            .places()
            .map(|place| BranchRow {
                branch: desk.branches.name(place).to_string(),
                role: desk.branches.role(place),
                commit: desk.tips[place].as_ref().map(ToString::to_string),
            })
            .collect(),
        counterpart: rule,
        asked: desk.asked,
        counts: Counts::of(&rows),
        rows,
        warnings,
        check: args.check,
        all: args.all,
        markdown: args.markdown,
        exit,
    })
}

/// One fix.
pub(super) fn row(desk: &Desk, ledger: &Ledger<'_>, source: &Source, rule: Counterpart) -> PortRow {
    let fix = &desk.fixes[source.fix];
    let ports: Vec<(usize, Port)> =
        source.wanted.iter().map(|branch| (*branch, ledger.port(source.fix, *branch))).collect();
    let own = ledger.own(source.fix, source.branch);
    let forward = source.direction == Direction::Forward;
    let disclaimer = fix.said.disclaimer.as_ref().filter(|_| forward);
    let result = match (own, disclaimer.and_then(Disclaimer::reason)) {
        (Own::TakenBack(_) | Own::TakesBack(_), _) => RowResult::TakenBack,
        (Own::Stands, Some(_)) => RowResult::NotNeeded,
        // A forward-port is for the default branch; a backport for all that it is marked for.
        (Own::Stands, None) if forward => ports.first().map_or(RowResult::Found, |(_, port)| result(port.state, rule)),
        (Own::Stands, None) => {
            let worst = ports.iter().map(|(_, port)| port.state).min();
            worst.map_or(RowResult::Found, |state| result(state, Counterpart::Merged))
        }
    };
    let text = match own {
        Own::TakenBack(by) => Some(format!("taken back on {} by {}", name(desk, source.branch), label(desk, by))),
        Own::TakesBack(of) => {
            Some(format!("takes back {}, which only {} had", label(desk, of), name(desk, source.branch)))
        }
        Own::Stands if matches!(result, RowResult::Found | RowResult::NotNeeded) => None,
        Own::Stands => ports
            .iter()
            .find(|(_, port)| self::result(port.state, if forward { rule } else { Counterpart::Merged }) == result)
            .map(|(branch, port)| lack(desk, *branch, port, source, disclaimer)),
    };
    let hints = match result {
        RowResult::Missing | RowResult::Likely | RowResult::Waiting if forward => {
            hints(desk, source, ports.first().map(|(_, port)| port), rule)
        }
        RowResult::Missing if !forward => vec![backport(desk, source.fix, &ports)],
        _ => Vec::new(),
    };
    PortRow {
        direction: source.direction,
        change: change(desk, source.fix, source.branch),
        result,
        text,
        reason: disclaimer.and_then(Disclaimer::reason).map(str::to_owned),
        ports: ports.iter().map(|(branch, port)| cell(desk, *branch, port)).collect(),
        hints,
    }
}

/// What a counterpart that stands like this comes to.
fn result(state: PortState, rule: Counterpart) -> RowResult {
    match (state, rule) {
        (PortState::Merged, _)
        | (PortState::Approved, Counterpart::Approved | Counterpart::Open)
        | (PortState::Open, Counterpart::Open) => RowResult::Found,
        (PortState::Approved | PortState::Open, _) => RowResult::Waiting,
        (PortState::Likely, _) => RowResult::Likely,
        (PortState::TakenBack | PortState::Missing, _) => RowResult::Missing,
    }
}

/// What a branch lacks, in words.
fn lack(desk: &Desk, branch: usize, port: &Port, source: &Source, disclaimer: Option<&Disclaimer>) -> String {
    let branch = name(desk, branch);
    let of = port.fix.map(|fix| label(desk, fix)).unwrap_or_default();
    let lacks = match port.state {
        PortState::Missing if source.direction == Direction::Backport => {
            format!("it is marked for {branch}, and has not arrived there")
        }
        PortState::Missing if port.fix.is_some() => format!("{branch} has only a part of it, {of}"),
        PortState::Missing => format!("{branch} has no counterpart of it"),
        PortState::TakenBack => {
            let by = port.taken_back_by.map(|by| format!(" with {}", label(desk, by))).unwrap_or_default();
            format!("{branch} had it as {of}, and took it back{by}")
        }
        PortState::Likely => format!("{of} on {branch} looks like it, and nothing proves that it is"),
        PortState::Open => format!("its counterpart on {branch}, {of}, is not approved yet"),
        PortState::Approved | PortState::Merged => format!("its counterpart on {branch}, {of}, has not landed yet"),
    };
    match disclaimer {
        Some(Disclaimer::NoReason) => format!("{lacks}; its `Forward-Port` line does not say why none is needed"),
        Some(Disclaimer::NotUnderstood(text)) => {
            let shown: String = text.chars().take(60).collect();
            format!("{lacks}; its `Forward-Port` line says `{shown}`, which is not understood")
        }
        Some(Disclaimer::Misplaced) => format!("{lacks}; its `Forward-Port` line does not stand among the last lines"),
        Some(Disclaimer::Reason(_)) | None => lacks,
    }
}

/// What its author can do.
fn hints(desk: &Desk, source: &Source, port: Option<&Port>, rule: Counterpart) -> Vec<String> {
    let default = desk.branches.default_branch();
    let branch = name(desk, source.branch);
    let disclaim = format!(
        "if it belongs on {branch} alone, say why in the last lines of its message: `Forward-Port: not-needed (REASON)`"
    );
    let state = port.map_or(PortState::Missing, |port| port.state);
    let counterpart = port.and_then(|port| port.fix);
    match (state, counterpart) {
        (PortState::Likely, Some(other)) => {
            let commit = desk.fixes[other].commit().map_or_else(|| "COMMIT".to_owned(), ToString::to_string);
            vec![format!("if it is, say so in its message: `(cherry picked from commit {commit})`"), disclaim]
        }
        (PortState::Open | PortState::Approved, Some(other)) => {
            let wanted = if rule == Counterpart::Merged { "lands" } else { "is approved" };
            vec![format!("it can land once {} {wanted}", label(desk, other)), disclaim]
        }
        (PortState::TakenBack, _) => {
            vec![format!("take it back on {branch}, too, or bring it back to {default}"), disclaim]
        }
        _ => vec![
            format!(
                "send the fix for {default}, too, with the same Change-Id: `git cherry-pick` it there, and `pyflow submit {default}`"
            ),
            disclaim,
        ],
    }
}

/// What brings a fix to the branches that lack it.
fn backport(desk: &Desk, fix: usize, ports: &[(usize, Port)]) -> String {
    let lacking = ports.iter().filter(|(_, port)| port.state <= PortState::TakenBack);
    let names: Vec<String> = lacking.map(|(branch, _)| name(desk, *branch)).collect();
    let commit = desk.fixes[fix].commit().map(ToString::to_string);
    let change = desk.fixes[fix].number().map_or(commit.unwrap_or_default(), |number| number.to_string());
    format!("`pyflow backport {} --change {change}`", names.join(" "))
}

fn cell(desk: &Desk, branch: usize, port: &Port) -> PortCell {
    PortCell {
        branch: name(desk, branch),
        state: port.state,
        counterpart: port.fix.map(|fix| change(desk, fix, branch)),
        evidence: port
            .evidence
            .iter()
            .map(|one| EvidenceRow { kind: one.kind(), proof: one.is_proof(), text: one.text() })
            .collect(),
        taken_back_by: port.taken_back_by.and_then(|by| desk.fixes[by].commit()).map(ToString::to_string),
    }
}

fn change(desk: &Desk, fix: usize, branch: usize) -> ChangeRow {
    let fix = &desk.fixes[fix];
    ChangeRow {
        id: fix.known.as_ref().map(|known| known.id.clone()),
        number: fix.number(),
        change_id: fix.change_id.clone(),
        url: fix.known.as_ref().and_then(|known| known.url.clone()),
        subject: fix.said.subject.clone(),
        branch: name(desk, branch),
        commit: fix.commit().map(ToString::to_string),
    }
}

/// How people call a fix.
pub(super) fn label(desk: &Desk, fix: usize) -> String {
    let fix = &desk.fixes[fix];
    match (fix.number(), fix.commit()) {
        (Some(number), _) => format!("change {number}"),
        (None, Some(commit)) => commit.short().to_owned(),
        (None, None) => "a change".to_owned(),
    }
}

fn name(desk: &Desk, branch: usize) -> String {
    desk.branches.name(branch).to_string()
}
