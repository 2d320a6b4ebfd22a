//! The same question as a check of `pyflow submit`, where the target is a maintenance branch.

use super::desk::{Desk, Source};
use super::{rows, server};
use crate::commands::context::Context;
use crate::config::{Counterpart, Settings};
use crate::error::{Kind, Result};
use crate::names::BranchName;
use crate::outcome::ports::{PortRow, RowResult};
use crate::ports::branches::DEFAULT;
use crate::ports::{Branches, Fix, Ledger, Place, Said, Standing};
use crate::review::checks::{Check, CheckName, Finding, Verdict};
use crate::review::model::{Draft, View};
use crate::review::named_change;

/// A maintenance branch among the others.
pub struct Maintenance {
    branches: Branches,
    place: usize,
}

/// The target as a maintenance branch; `None` where it is none.
pub fn maintenance(settings: &Settings, target: &BranchName) -> Option<Maintenance> {
    let branches = super::branches(settings).ok()?;
    let place = branches.place(target.as_str()).filter(|place| *place != DEFAULT)?;
    Some(Maintenance { branches, place })
}

/// Whether every commit that is sent has its counterpart on the default branch, sent or landed. Of
/// history this clone's own copy is read; the server is asked only for what that does not tell.
pub fn check(context: &Context<'_>, target: &Maintenance, drafts: &[Draft], view: &View) -> Result<Check> {
    let place = target.place;
    let mut desk = Desk::new(target.branches.clone());
    let mut sources: Vec<(Source, &Draft)> = Vec::new();
    for (draft, located) in drafts.iter().zip(&view.located) {
        for change in &located.elsewhere {
            server::know(&mut desk, context, change)?;
        }
        let commit = context.checkout.read().commit(&draft.original)?;
        let fix = desk.add(Fix {
            commits: vec![draft.original.clone(), draft.commit.clone()],
            on: vec![Place { branch: place, standing: Standing::Open }],
            said: Said::read(&commit.message),
            change_id: named_change(&commit.message),
            author: Some((commit.author.email, commit.author.when)),
            ..Fix::default()
        });
        sources.push((Source::to_default(fix, place), draft));
    }
    let all: Vec<Source> = sources.iter().map(|(source, _)| source.clone()).collect();
    if !desk.unresolved(&all).is_empty() {
        desk.read_history(&context.checkout, &context.settings)?;
        desk.compare(context.checkout.read(), &all)?;
        let unresolved = desk.unresolved(&all);
        server::ask(&mut desk, context, &unresolved)?;
    }
    let ledger = Ledger::new(&desk.branches, &desk.fixes);
    let required = context.settings.ports.required.value;
    // Both are sent at the same time: that the other one is under review is enough here.
    let found = sources.iter().map(|(source, draft)| (rows::row(&desk, &ledger, source, Counterpart::Open), *draft));
    let gap = desk.gaps.first().map(String::as_str);
    let findings = found.filter_map(|(row, draft)| finding(&row, draft, required, gap));
    Ok(Check::new(CheckName::Ports, findings.collect()))
}

/// `gap` is why a counterpart may be there that does not show.
fn finding(row: &PortRow, draft: &Draft, required: bool, gap: Option<&str>) -> Option<Finding> {
    if !matches!(row.result, RowResult::Missing | RowResult::Likely | RowResult::Waiting) {
        return None;
    }
    let mut hints = row.hints.clone();
    if required {
        hints.push("or send it as it is: `--no-verify=ports`".to_owned());
    }
    Some(Finding {
        verdict: if required { Verdict::Stop } else { Verdict::Warning },
        kind: Kind::No,
        commit: Some(draft.original.clone()),
        text: format!(
            "{} ({}) is for {}, and {}{}",
            draft.original.short(),
            draft.subject,
            row.change.branch,
            row.text.as_deref().unwrap_or_default(),
            gap.map(|gap| format!(", as far as can be seen: {gap}")).unwrap_or_default()
        ),
        hints,
    })
}
