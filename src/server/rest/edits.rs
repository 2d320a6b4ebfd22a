//! What changes a change beside a review: topic, hashtags, reviewers, state. Words as seen on Gerrit 3.13.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json::{self, Wanted};
use super::review::{ReviewerInput, is_owner_or_core, may_remove, read};
use super::{Answer, Call, Refusal, Reply, ok};
use crate::server::accounts::Account;
use crate::server::change::{self, Change, Moment, ReviewerState, Status};
use crate::server::gate::Happened;
use crate::server::labels::{self, LABELS};
use crate::server::people;

/// Changes a change under the right to write, on its newest state, and lets the gate look at it.
pub(super) fn edit<T>(
    call: &Call<'_>,
    number: u32,
    why: &str,
    edit: impl FnOnce(&mut Change, Moment) -> Result<T, Refusal>,
) -> Result<(T, Arc<Change>), Refusal> {
    let server = call.server;
    let gone = || Refusal::not_found(number);
    let writing = server.store.write();
    let mut change = Change::clone(server.store.index().get(number).ok_or_else(gone)?);
    let project = server.store.project(&change.project).ok_or_else(gone)?;
    let now = change::now();
    let value = edit(&mut change, now)?;
    change.updated = now;
    let repository = project.open()?;
    writing.store(project, &repository, vec![(change, why.to_owned())], Vec::new())?;
    drop(writing);
    if let Some(me) = call.me {
        server.changed(project, &[number], me.id, Happened::Edited);
    }
    let after = server.store.index().get(number).cloned().ok_or_else(gone)?;
    Ok((value, after))
}

/// It is the reviewers' turn.
pub(super) fn ask_reviewers(change: &mut Change, now: Moment) {
    let reviewers: Vec<u32> =
        change.reviewers.iter().filter(|(_, s)| **s == ReviewerState::Reviewer).map(|(a, _)| *a).collect();
    for account in reviewers {
        change.want_attention(account, "Change was marked ready for review", now);
    }
}

/// A reviewer as typed, with whom that means and as what.
pub(super) struct Wish {
    input: String,
    people: BTreeSet<u32>,
    state: ReviewerState,
}

fn wish(call: &Call<'_>, input: &ReviewerInput) -> Result<Wish, Value> {
    let who = input.reviewer.as_deref().map(str::trim).filter(|w| !w.is_empty());
    let who = who.ok_or_else(|| json!({"error": "reviewer user identifier is required"}))?;
    let state = match input.state.as_deref() {
        None | Some("REVIEWER") => ReviewerState::Reviewer,
        Some("CC") => ReviewerState::Cc,
        Some("REMOVED") => ReviewerState::Removed,
        Some(_) => return Err(json!({"input": who, "error": "unknown state"})),
    };
    let people = people::resolve(&call.accounts, who, call.me.map_or(0, |m| m.id))
        .map_err(|error| json!({"input": who, "error": error}))?;
    Ok(Wish { input: who.to_owned(), people, state })
}

impl Wish {
    /// This, if it may be had.
    fn permitted(self, me: &Account, change: &Change) -> Result<Self, Refusal> {
        if self.state == ReviewerState::Removed && !self.people.iter().all(|id| may_remove(me, change, *id)) {
            return Err(Refusal::new(403, "remove reviewer not permitted"));
        }
        Ok(self)
    }
}

/// The reviewers of a review; one that is unknown fails all.
pub(super) fn resolve_all(call: &Call<'_>, change: &Change, inputs: &[ReviewerInput]) -> Result<Vec<Wish>, Refusal> {
    let me = call.login()?;
    let results: Vec<_> = inputs.iter().map(|i| wish(call, i)).collect();
    if results.iter().all(Result::is_ok) {
        return results.into_iter().flatten().map(|wish| wish.permitted(me, change)).collect();
    }
    let mut echo = Map::new();
    for result in results {
        let value = result.map_or_else(|bad| bad, |wish| json!({"input": wish.input}));
        echo.insert(value.get("input").and_then(Value::as_str).unwrap_or_default().to_owned(), value);
    }
    Err(Refusal::Json(400, json!({"reviewers": echo, "error": "error adding reviewer"})))
}

/// Adds (or removes) them; what Gerrit answers for each.
pub(super) fn add_reviewers(call: &Call<'_>, change: &mut Change, wishes: &[Wish], by: u32, now: Moment) -> Vec<Value> {
    let mut out = Vec::new();
    for wish in wishes {
        let changed: Vec<u32> =
            wish.people.iter().copied().filter(|a| people::add(change, *a, wish.state, by, now)).collect();
        let list: Vec<Value> = changed.into_iter().map(|a| reviewer(call, change, a)).collect();
        let key = match wish.state {
            ReviewerState::Reviewer => "reviewers",
            ReviewerState::Cc => "ccs",
            ReviewerState::Removed => "removed",
        };
        out.push(json!({"input": wish.input, key: list}));
    }
    out
}

/// `ReviewerInfo`: with the votes that are open to the account.
fn reviewer(call: &Call<'_>, change: &Change, id: u32) -> Value {
    let mut approvals = Map::new();
    for label in &LABELS {
        let vote = change.current_votes().find(|v| v.account == id && v.label == label.name).map(|v| v.value);
        let may = call.accounts.get(id).and_then(|a| label.range(a)).is_some();
        if let Some(value) = vote.or(may.then_some(0)) {
            let text = if value == 0 { " 0".to_owned() } else { format!("{value:+}") };
            approvals.insert(label.name.to_owned(), text.into());
        }
    }
    let mut value = json!({"approvals": approvals});
    if let (Some(out), Value::Object(person)) = (value.as_object_mut(), json::account(call, id, true)) {
        out.extend(person);
    }
    value
}

/// `GET …/reviewers`.
pub(super) fn list_reviewers(call: &Call<'_>, change: &Change) -> Value {
    change.reviewers.keys().map(|id| reviewer(call, change, *id)).collect()
}

/// Below a change: everything that changes it, except reviews.
pub(super) fn write(call: &Call<'_>, change: &Arc<Change>, rest: &[&str]) -> Answer {
    match (call.method, rest) {
        ("POST", ["reviewers"]) => post_reviewer(call, change),
        ("DELETE", ["reviewers", who]) | ("POST", ["reviewers", who, "delete"]) => delete_reviewer(call, change, who),
        ("PUT" | "DELETE", ["topic"]) => topic(call, change),
        ("POST", ["hashtags"]) => hashtags(call, change),
        ("PUT", ["revisions", revision, "description"]) => description(call, change, revision),
        ("POST", ["wip"]) => work_in_progress(call, change, true),
        ("POST", ["ready"]) => work_in_progress(call, change, false),
        ("POST", ["revisions", revision, "cherrypick"]) => super::cherrypick::cherry_pick(call, change, revision),
        ("POST", ["abandon"]) => abandon(call, change),
        ("POST", ["restore"]) => restore(call, change),
        ("POST", ["submit"] | ["revisions", _, "submit"]) => {
            call.login()?;
            // The gate lands what was tested; nobody goes past it.
            Err(Refusal::new(403, "submit not permitted"))
        }
        ("POST", ["private"]) => {
            call.login()?;
            Err(Refusal::new(405, "private changes are not supported: this server cannot keep secrets"))
        }
        ("DELETE", []) => {
            call.login()?;
            Err(Refusal::new(403, "delete not permitted"))
        }
        _ if call.method != "GET" && call.me.is_none() => Err(Refusal::new(403, "Authentication required")),
        _ => Err(Refusal::not_found(rest.last().copied().unwrap_or_default())),
    }
}

fn post_reviewer(call: &Call<'_>, change: &Change) -> Answer {
    let me = call.login()?;
    let input: ReviewerInput = read(&call.body)?;
    let wish = wish(call, &input).map_err(|bad| Refusal::Json(400, bad))?.permitted(me, change)?;
    let (mut echo, _) =
        edit(call, change.number, "Add reviewers", |change, now| Ok(add_reviewers(call, change, &[wish], me.id, now)))?;
    ok(echo.pop().unwrap_or_default())
}

fn delete_reviewer(call: &Call<'_>, change: &Change, who: &str) -> Answer {
    let me = call.login()?;
    let id = if matches!(who, "self" | "me") { Some(me.id) } else { call.accounts.find(who).map(|a| a.id) };
    let id = id.filter(|id| change.reviewers.contains_key(id)).ok_or_else(|| Refusal::not_found(who))?;
    if !may_remove(me, change, id) {
        return Err(Refusal::new(403, "remove reviewer not permitted"));
    }
    let ((), _) = edit(call, change.number, "Remove a reviewer", |change, now| {
        let current = change.current().number;
        let lost: Vec<String> = change
            .votes
            .iter()
            .filter(|v| v.account == id && v.patch_set == current)
            .map(|v| format!("* {} by <GERRIT_ACCOUNT_{id}>\n", labels::spelled(&v.label, v.value)))
            .collect();
        change.votes.retain(|v| v.account != id || v.patch_set != current);
        let role = if change.reviewers.get(&id) == Some(&ReviewerState::Cc) { "cc" } else { "reviewer" };
        change.set_reviewer(id, ReviewerState::Removed, me.id, now);
        let text = if lost.is_empty() {
            format!("Removed {role} <GERRIT_ACCOUNT_{id}>.")
        } else {
            format!("Removed {role} <GERRIT_ACCOUNT_{id}> with the following votes:\n\n{}", lost.concat())
        };
        change.say(Some(me.id), Some("autogenerated:gerrit:deleteReviewer"), text, now);
        Ok(())
    })?;
    Ok(Reply::Empty)
}

fn topic(call: &Call<'_>, change: &Change) -> Answer {
    let me = call.login()?;
    let wanted = if call.method == "DELETE" { "" } else { call.field("topic").unwrap_or_default().trim() };
    if wanted.contains('"') {
        return Err(Refusal::new(400, "topic can't contain quotation marks."));
    }
    // Gerrit's own limit.
    if wanted.len() > 2048 || wanted.chars().any(char::is_control) {
        return Err(Refusal::new(400, "topic length exceeds the limit (2048)"));
    }
    let wanted = (!wanted.is_empty()).then(|| wanted.to_owned());
    if change.topic != wanted {
        let ((), _) = edit(call, change.number, "Set topic", |change, now| {
            let text = match (&change.topic, &wanted) {
                (None, Some(new)) => format!("Topic set to {new}"),
                (Some(old), Some(new)) => format!("Topic changed from {old} to {new}"),
                (Some(old), None) => format!("Topic {old} removed"),
                (None, None) => return Ok(()),
            };
            change.topic.clone_from(&wanted);
            change.say(Some(me.id), Some("autogenerated:gerrit:setTopic"), text, now);
            Ok(())
        })?;
    }
    wanted.map_or(Ok(Reply::Empty), ok)
}

/// `PUT …/revisions/N/description`, in the words of `%m=`.
fn description(call: &Call<'_>, change: &Change, revision: &str) -> Answer {
    let me = call.login()?;
    let number = super::changes::patch_set(change, revision)?.number;
    if !is_owner_or_core(me, change) {
        return Err(Refusal::new(403, "edit description not permitted"));
    }
    let wanted = call.field("description").unwrap_or_default().trim();
    if wanted.len() > 2048 {
        return Err(Refusal::new(400, "description length exceeds the limit (2048)"));
    }
    let wanted = (!wanted.is_empty()).then(|| wanted.to_owned());
    let ((), _) = edit(call, change.number, "Set description", |change, now| {
        let Some(patch_set) = change.patch_sets.iter_mut().find(|p| p.number == number) else { return Ok(()) };
        if patch_set.description != wanted {
            patch_set.description.clone_from(&wanted);
            let shown = wanted.as_deref().unwrap_or_default();
            let text = format!("Description of patch set {number} set to \"{shown}\"");
            change.say(Some(me.id), Some("autogenerated:gerrit:setPsDescription"), text, now);
        }
        Ok(())
    })?;
    wanted.map_or(Ok(Reply::Empty), ok)
}

/// `HashtagsInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HashtagsInput {
    add: Vec<String>,
    remove: Vec<String>,
}

fn hashtags(call: &Call<'_>, change: &Change) -> Answer {
    let me = call.login()?;
    let input: HashtagsInput = read(&call.body)?;
    let clean = |list: &[String]| -> Result<BTreeSet<String>, Refusal> {
        let mut out = BTreeSet::new();
        for tag in list {
            let tag = tag.trim().trim_start_matches('#').trim();
            if tag.contains(',') {
                return Err(Refusal::new(400, "hashtags may not contain commas"));
            }
            if !tag.is_empty() && tag.len() <= 200 && !tag.chars().any(char::is_control) {
                out.insert(tag.to_owned());
            }
        }
        Ok(out)
    };
    let (add, remove) = (clean(&input.add)?, clean(&input.remove)?);
    let ((), after) = edit(call, change.number, "Set hashtags", |change, now| {
        let added: Vec<String> = add.difference(&change.hashtags).cloned().collect();
        let removed: Vec<String> = remove.intersection(&change.hashtags).cloned().collect();
        change.hashtags.retain(|t| !remove.contains(t));
        change.hashtags.extend(added.iter().cloned());
        let line = |list: &[String], what: &str| {
            let plural = if list.len() == 1 { "" } else { "s" };
            (!list.is_empty()).then(|| format!("Hashtag{plural} {what}: {}", list.join(", ")))
        };
        let text: Vec<String> = [line(&added, "added"), line(&removed, "removed")].into_iter().flatten().collect();
        if !text.is_empty() {
            change.say(Some(me.id), Some("autogenerated:gerrit:setHashtag"), text.join("\n"), now);
        }
        Ok(())
    })?;
    ok(json!(after.hashtags))
}

/// A title with the caller's message below it.
fn with_message(call: &Call<'_>, title: &str) -> String {
    call.field("message")
        .map(str::trim)
        .filter(|m| !m.is_empty())
        .map_or_else(|| title.to_owned(), |m| format!("{title}\n\n{m}"))
}

fn closed(change: &Change) -> Result<(), Refusal> {
    if change.status == Status::New {
        return Ok(());
    }
    Err(Refusal::new(409, format!("change is {}", change.status.name().to_lowercase())))
}

fn work_in_progress(call: &Call<'_>, change: &Change, wip: bool) -> Answer {
    let me = call.login()?;
    if !is_owner_or_core(me, change) {
        return Err(Refusal::new(403, "toggle work in progress state not permitted"));
    }
    let ((), _) = edit(call, change.number, "Set work in progress", |change, now| {
        closed(change)?;
        if change.wip == wip {
            let words = if wip { "change is already work in progress" } else { "change is not work in progress" };
            return Err(Refusal::new(409, words));
        }
        change.wip = wip;
        let (title, tag) = if wip {
            change.release_all_attention("Change was marked work in progress", now);
            ("Set Work In Progress", "autogenerated:gerrit:setWorkInProgress")
        } else {
            change.review_started = true;
            ask_reviewers(change, now);
            ("Set Ready For Review", "autogenerated:gerrit:setReadyForReview")
        };
        change.say(Some(me.id), Some(tag), with_message(call, title), now);
        Ok(())
    })?;
    ok("")
}

fn abandon(call: &Call<'_>, change: &Change) -> Answer {
    let me = call.login()?;
    if !is_owner_or_core(me, change) {
        return Err(Refusal::new(403, "abandon not permitted"));
    }
    let ((), after) = edit(call, change.number, "Abandon", |change, now| {
        closed(change)?;
        change.status = Status::Abandoned;
        change.release_all_attention("Change was abandoned", now);
        change.say(Some(me.id), Some("autogenerated:gerrit:abandon"), with_message(call, "Abandoned"), now);
        Ok(())
    })?;
    ok(json::change(call, &after, &Wanted::default()))
}

fn restore(call: &Call<'_>, change: &Change) -> Answer {
    let me = call.login()?;
    if !is_owner_or_core(me, change) {
        return Err(Refusal::new(403, "restore not permitted"));
    }
    let ((), after) = edit(call, change.number, "Restore", |change, now| {
        if change.status != Status::Abandoned {
            return Err(Refusal::new(409, format!("change is {}", change.status.name().to_lowercase())));
        }
        change.status = Status::New;
        change.say(Some(me.id), Some("autogenerated:gerrit:restore"), with_message(call, "Restored"), now);
        Ok(())
    })?;
    ok(json::change(call, &after, &Wanted::default()))
}
