//! What the review server knows: changes as fixes, and the questions about those that lack a
//! counterpart.

use std::collections::HashSet;

use super::desk::{Desk, Source};
use super::request::{Request, Selection, Wanted};
use crate::checkout::fetch;
use crate::commands::context::Context;
use crate::commands::name::not_found;
use crate::commands::status::one_of;
use crate::config::Approve;
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::ports::Direction;
use crate::outcome::status::Visibility;
use crate::ports::branches::DEFAULT;
use crate::ports::fix::UNSEEN;
use crate::ports::{Fix, Known, Place, Said, Standing};
use crate::review::model::{Change, ChangeState, PatchSet, RequirementStatus};
use crate::review::{ChangeName, Query, named_change};

/// Takes in a change. `None` where it is on no branch that counts, or given up.
pub(super) fn know(desk: &mut Desk, context: &Context<'_>, change: &Change) -> Result<Option<usize>> {
    let Some(branch) = desk.branches.place(&change.branch) else { return Ok(None) };
    let standing = match change.state {
        ChangeState::Merged => Standing::Landed(UNSEEN),
        ChangeState::Open if approved(change, &context.settings.review.approve.value) => Standing::Approved,
        ChangeState::Open => Standing::Open,
        ChangeState::Abandoned | ChangeState::Unknown => return Ok(None),
    };
    let known = Known {
        id: change.id.clone(),
        number: change.number,
        url: change.url.clone(),
        picked_from: change.picked_from,
    };
    // The commit of history that it is.
    let mut landed = change.patch_sets.iter().rev().filter_map(|patch_set| desk.fix_of(&patch_set.commit));
    let here = landed.find(|fix| {
        desk.fixes[*fix].number() == Some(change.number)
            || (change.state == ChangeState::Merged && desk.fixes[*fix].standing(branch).is_some())
    });
    if let Some(at) = here {
        let fix = &mut desk.fixes[at];
        fix.known = Some(known);
        fix.change_id = fix.change_id.take().or_else(|| change.change_id.clone());
        return Ok(Some(at));
    }
    let mut on = vec![Place { branch, standing }];
    if standing == Standing::Landed(UNSEEN) {
        on.extend(shared(desk, context, change, branch)?);
    }
    let current = change.current();
    let said = current.and_then(|current| current.message.as_ref()).map(|text| Said::read(text.as_bytes()));
    let said = said.unwrap_or_else(|| Said::read(change.subject.as_bytes()));
    let author = current.and_then(|current| current.author.as_ref());
    let mut commits: Vec<CommitId> = change.patch_sets.iter().rev().map(|patch_set| patch_set.commit.clone()).collect();
    if let Some(at) = current.and_then(|current| commits.iter().position(|commit| *commit == current.commit)) {
        commits.swap(0, at);
    }
    Ok(Some(desk.add(Fix {
        commits,
        on,
        said,
        change_id: change.change_id.clone(),
        author: author.map(|author| (author.email.clone(), author.when.clone())),
        known: Some(known),
        patch: None,
    })))
}

/// The branches that had a merged change before they parted.
fn shared(desk: &Desk, context: &Context<'_>, change: &Change, branch: usize) -> Result<Vec<Place>> {
    let reader = context.checkout.read();
    let Some(commit) = change.current().map(|current| &current.commit).filter(|commit| reader.has(commit)) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (place, tip) in desk.tips.iter().enumerate().filter(|(place, _)| *place != branch) {
        if let Some(tip) = tip
            && reader.merge_base(commit, tip)?.as_ref() == Some(commit)
        {
            found.push(Place { branch: place, standing: Standing::Landed(0) });
        }
    }
    Ok(found)
}

/// Whether it has the votes that the project calls an approval, and no veto. Where none are named
/// the server's own requirements decide.
fn approved(change: &Change, approve: &Approve) -> bool {
    if change.work_in_progress {
        return false;
    }
    if approve.is_empty() {
        let fulfilled = |status| matches!(status, RequirementStatus::Satisfied | RequirementStatus::NotApplicable);
        return change.requirements.as_ref().is_some_and(|list| list.iter().all(|one| fulfilled(one.status)));
    }
    approve.votes().all(|(label, value)| {
        let mut votes = change.votes.iter().filter(|vote| vote.label == label.as_str());
        votes.clone().any(|vote| vote.value >= value) && !votes.any(|vote| vote.value <= -value)
    })
}

/// Asks for the counterparts of these fixes: clones by Change-Id, commits that messages name, what
/// the server picked itself.
pub(super) fn ask(desk: &mut Desk, context: &Context<'_>, sources: &[Source]) -> Result<()> {
    desk.asked = true;
    let mut names: Vec<ChangeName> = Vec::new();
    for source in sources {
        let fix = &desk.fixes[source.fix];
        match (&fix.change_id, &fix.known, fix.commit()) {
            (Some(id), ..) => names.push(ChangeName::ChangeId(id.clone())),
            (None, None, Some(commit)) => names.push(ChangeName::Commit(commit.clone())),
            (None, ..) => {}
        }
        let origins = fix.said.picked_from.iter().filter_map(|id| id.parse::<CommitId>().ok());
        names.extend(origins.filter(|origin| desk.fix_of(origin).is_none()).map(ChangeName::Commit));
    }
    find(desk, context, names)?;
    let mut names: Vec<ChangeName> = Vec::new();
    let unresolved = desk.unresolved(sources);
    for known in unresolved.iter().filter_map(|source| desk.fixes[source.fix].known.as_ref()) {
        names.push(ChangeName::PicksOf(known.number));
        names.extend(known.picked_from.map(|number| ChangeName::Number { number, patch_set: None }));
    }
    find(desk, context, names)
}

fn find(desk: &mut Desk, context: &Context<'_>, mut names: Vec<ChangeName>) -> Result<()> {
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    if names.is_empty() {
        return Ok(());
    }
    let _working = context.observe.working("asking the review server for counterparts");
    for change in context.server.find(&names)?.iter().flatten() {
        know(desk, context, change)?;
    }
    Ok(())
}

/// The changes that were named, as fixes to look into.
pub(super) fn changes(desk: &mut Desk, context: &Context<'_>, wanted: &[Wanted], check: bool) -> Result<Vec<Source>> {
    let names: Vec<ChangeName> = wanted.iter().map(|wanted| wanted.named.name.clone()).collect();
    let answers = {
        let _working = context.observe.working("asking the review server");
        context.server.find(&names)?
    };
    let mut sources = Vec::new();
    for (wanted, mut found) in wanted.iter().zip(answers) {
        let typed = &wanted.named.typed;
        let visibility = if context.server.is_authenticated() { Visibility::Full } else { Visibility::Anonymous };
        let change = match found.len() {
            0 => return Err(not_found(context, &wanted.named, visibility)),
            1 => found.swap_remove(0),
            _ => one_of(context, typed, found)?,
        };
        let source = source(desk, context, wanted, &change)?;
        sources.extend(source.map(|source| if check { Source::to_default(source.fix, source.branch) } else { source }));
    }
    Ok(sources)
}

fn source(desk: &mut Desk, context: &Context<'_>, wanted: &Wanted, change: &Change) -> Result<Option<Source>> {
    let number = change.number;
    if let Some(branch) = wanted.branch.as_ref().filter(|branch| branch.as_str() != change.branch) {
        return Err(Error::unknown(format!(
            "PYFLOW_BRANCH is {branch}, and the review server says that change {number} is for {}",
            change.branch
        )));
    }
    match desk.branches.place(&change.branch) {
        Some(DEFAULT) => {
            desk.warnings.push(format!("change {number} is for {}, where fixes come first", change.branch));
            return Ok(None);
        }
        None => {
            desk.warnings.push(format!(
                "change {number} is for {}, which is not a maintenance branch: those are {}",
                change.branch,
                super::request::maintenance(&desk.branches)
            ));
            return Ok(None);
        }
        Some(_) => {}
    }
    if change.state == ChangeState::Abandoned {
        desk.warnings.push(format!("change {number} was abandoned: it goes nowhere"));
        return Ok(None);
    }
    let message = message(context, wanted, change)?;
    let Some(fix) = know(desk, context, change)? else {
        return Err(Error::unknown(format!("the review server does not say how change {number} stands")));
    };
    desk.fixes[fix].said = Said::read(&message);
    desk.fixes[fix].change_id = named_change(&message).or_else(|| change.change_id.clone());
    let branch = desk.branches.place(&change.branch).unwrap_or_default();
    Ok(Some(Source::forward(&desk.branches, fix, branch)))
}

/// The message of the patch set that counts: from the server, else from its commit.
fn message(context: &Context<'_>, wanted: &Wanted, change: &Change) -> Result<Vec<u8>> {
    let number = change.number;
    let patch_set: Option<&PatchSet> = match wanted.patch_set {
        None => change.current(),
        Some(wanted) => change.patch_sets.iter().find(|patch_set| patch_set.number == wanted),
    };
    let Some(patch_set) = patch_set else {
        let which = wanted.patch_set.map_or_else(|| "patch set".to_owned(), |wanted| format!("patch set {wanted}"));
        return Err(Error::refused(format!("the review server shows no {which} of change {number}")));
    };
    if let Some(message) = &patch_set.message {
        return Ok(message.clone().into_bytes());
    }
    let reader = context.checkout.read();
    if !reader.has(&patch_set.commit) {
        let refs = [patch_set.fetch().to_owned()];
        context.fetched(|git| fetch::fetch_objects(git, &context.remote, refs.clone()))?;
    }
    Ok(reader.commit(&patch_set.commit)?.message)
}

/// What is under review for these branches.
pub(super) fn open(desk: &mut Desk, context: &Context<'_>, places: &[usize]) -> Result<Vec<Source>> {
    let _working = context.observe.working("asking the review server for open changes");
    let mut sources = Vec::new();
    for place in places {
        let query = Query { branch: Some(desk.branches.name(*place).to_string()), ..Query::default() };
        for change in context.server.list(&query)? {
            if let Some(fix) = know(desk, context, &change)? {
                sources.push(Source::forward(&desk.branches, fix, *place));
            }
        }
    }
    Ok(sources)
}

/// Merged changes of the default branch that bear a hashtag for backports.
pub(super) fn marked(
    desk: &mut Desk,
    context: &Context<'_>,
    request: &Request,
    sources: &mut Vec<Source>,
) -> Result<()> {
    let Selection::Landed(landed) = &request.selection else { return Ok(()) };
    desk.asked = true;
    if !landed.with_backports() {
        return Ok(());
    }
    let tags: Vec<(usize, String)> =
        landed.places.iter().flat_map(|place| hashtags(desk.branches.name(*place)).map(|tag| (*place, tag))).collect();
    let _working = context.observe.working("asking the review server for fixes that are marked for backport");
    let recent = request.recent(desk, context.checkout.read())?;
    let all: Vec<String> = tags.iter().map(|(_, tag)| tag.clone()).collect();
    for change in context.server.marked(desk.branches.default_branch(), &all)? {
        let bears = |tag: &str| change.hashtags.iter().any(|own| own.eq_ignore_ascii_case(tag));
        let places: Vec<usize> = tags.iter().filter(|(_, tag)| bears(tag)).map(|(place, _)| *place).collect();
        let Some(fix) = know(desk, context, &change)? else { continue };
        if !desk.fixes[fix].commits.iter().any(|commit| recent.contains(commit)) {
            continue;
        }
        // Its message may ask for more.
        let known = sources.iter().position(|source| source.fix == fix && source.direction == Direction::Backport);
        let before = known.map(|at| sources.remove(at).wanted).unwrap_or_default();
        sources.extend(request.backport(desk, fix, places.into_iter().chain(before)));
    }
    Ok(())
}

/// How a change is marked for a branch: our own word, and that of CPython's labels.
fn hashtags(branch: &BranchName) -> [String; 2] {
    [format!("backport-{branch}"), format!("needs backport to {branch}")]
}
