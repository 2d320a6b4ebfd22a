//! `POST …/revisions/X/review`: votes, words, comments, reviewers and the state of work, in one step.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json::{self, Wanted};
use super::{Answer, Call, Refusal, Reply, edits};
use crate::server::accounts::{Account, CI, CORE};
use crate::server::change::{Change, Comment, Moment, Range, ReviewerState, Status};
use crate::server::labels;

/// Whether an account is the owner or a core developer: who may abandon, restore, and say how far work is.
pub(super) fn is_owner_or_core(me: &Account, change: &Change) -> bool {
    me.id == change.owner || me.is_in(CORE)
}

/// Whether a reviewer may be removed: by an owner only who has not voted against the change.
pub(super) fn may_remove(me: &Account, change: &Change, id: u32) -> bool {
    let against = || change.current_votes().any(|v| v.account == id && v.value < 0);
    me.id == id || me.is_in(CORE) || (me.id == change.owner && !against())
}

/// `ReviewInput`; fields that have no effect here are not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Input {
    message: Option<String>,
    labels: Option<BTreeMap<String, Value>>,
    comments: BTreeMap<String, Vec<CommentInput>>,
    reviewers: Vec<ReviewerInput>,
    tag: Option<String>,
    ready: bool,
    work_in_progress: bool,
}

/// `CommentInput`.
#[derive(Debug, Deserialize)]
struct CommentInput {
    message: Option<String>,
    line: Option<u32>,
    range: Option<Range>,
    side: Option<String>,
    in_reply_to: Option<String>,
    unresolved: Option<bool>,
}

/// `ReviewerInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReviewerInput {
    pub(super) reviewer: Option<String>,
    pub(super) state: Option<String>,
}

/// A value of a body as one of the shapes above.
pub(super) fn read<T: for<'a> Deserialize<'a> + Default>(body: &Value) -> Result<T, Refusal> {
    if body.is_null() {
        return Ok(T::default());
    }
    T::deserialize(body).map_err(|_| Refusal::new(400, "Invalid application/json in request"))
}

/// Answers a review of a patch set.
pub(super) fn review(call: &Call<'_>, change: &Change, revision: &str) -> Answer {
    let me = call.login()?;
    let patch_set = super::changes::patch_set(change, revision)?.number;
    let input: Input = read(&call.body)?;
    if input.ready && input.work_in_progress {
        return Err(Refusal::Json(400, json!({"error": "work_in_progress and ready are mutually exclusive"})));
    }
    if (input.ready || input.work_in_progress) && !is_owner_or_core(me, change) {
        return Err(Refusal::new(403, "toggle work in progress state not permitted"));
    }
    let votes = votes(me, input.labels.as_ref())?;
    let added = edits::resolve_all(call, change, &input.reviewers)?;
    check_files(call, change, patch_set, &input.comments)?;
    let (echo, after) = edits::edit(call, change.number, "Review", |change, now| {
        apply(me, change, patch_set, &votes, &input, now)?;
        Ok(edits::add_reviewers(call, change, &added, me.id, now))
    })?;
    let approves = |(label, value): (&String, &i8)| *value > 0 && label != labels::VERIFIED;
    let is_person = !me.is_in(CI);
    if is_person && patch_set == after.current().number {
        let words = input.message.as_deref().unwrap_or_default();
        call.server.reviewed(change.number, votes.iter().any(approves), words);
    }
    let mut out = Map::new();
    if input.labels.is_some() {
        out.insert("labels".into(), Value::Object(votes.into_iter().map(|(l, v)| (l, v.into())).collect()));
    }
    if !input.reviewers.is_empty() {
        let echo: Map<String, Value> = echo
            .into_iter()
            .map(|e| (e.get("input").and_then(Value::as_str).unwrap_or_default().to_owned(), e))
            .collect();
        out.insert("reviewers".into(), Value::Object(echo));
    }
    if input.ready {
        out.insert("ready".into(), true.into());
    }
    out.insert("change_info".into(), json::change(call, &after, &Wanted::default()));
    Ok(Reply::Json(200, Value::Object(out)))
}

/// The votes that are possible. Unknown labels and values are dropped in silence, a known value above
/// one's right is an error (seen on Gerrit 3.13).
fn votes(me: &Account, labels: Option<&BTreeMap<String, Value>>) -> Result<BTreeMap<String, i8>, Refusal> {
    let mut votes = BTreeMap::new();
    for (name, value) in labels.into_iter().flatten() {
        let value = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse::<i64>().ok(),
            _ => None,
        };
        let value = value.ok_or_else(|| Refusal::new(400, "Invalid application/json in request"))?;
        let (Some(label), Ok(value)) = (labels::find(name), i8::try_from(value)) else { continue };
        if !label.has(value) {
            continue;
        }
        if !label.permits(me, value) {
            return Err(Refusal::new(403, format!("Applying label \"{name}\": {value} is restricted")));
        }
        votes.insert(name.clone(), value);
    }
    Ok(votes)
}

/// Files that begin with a slash are not in the tree: the message, the patch set as a whole.
const MAGIC_FILES: [&str; 3] = ["/COMMIT_MSG", "/MERGE_LIST", "/PATCHSET_LEVEL"];

fn check_files(
    call: &Call<'_>,
    change: &Change,
    patch_set: u32,
    comments: &BTreeMap<String, Vec<CommentInput>>,
) -> Result<(), Refusal> {
    let mut files = comments.keys().filter(|f| !MAGIC_FILES.contains(&f.as_str())).peekable();
    if files.peek().is_none() {
        return Ok(());
    }
    let project = call.server.store.project(&change.project).ok_or_else(|| Refusal::not_found(&change.project))?;
    let repository = project.open()?;
    let shown = change.patch_set(patch_set).unwrap_or_else(|| change.current());
    let commit = repository.find_commit(git2::Oid::from_str(&shown.commit.id)?)?;
    let parent = commit.parents().next().map(|p| p.tree()).transpose()?;
    let tree = commit.tree()?;
    for file in files {
        let path = std::path::Path::new(file);
        if tree.get_path(path).is_err() && parent.as_ref().is_none_or(|p| p.get_path(path).is_err()) {
            return Err(Refusal::new(400, format!("file {file} not found in revision {},{patch_set}", change.number)));
        }
    }
    Ok(())
}

/// Puts everything on the change; says it in one message.
fn apply(
    me: &Account,
    change: &mut Change,
    patch_set: u32,
    votes: &BTreeMap<String, i8>,
    input: &Input,
    now: Moment,
) -> Result<(), Refusal> {
    // Only what is there can be answered: the identity of one that is to come can be guessed.
    let mut answers = input.comments.values().flatten().filter_map(|c| c.in_reply_to.as_deref());
    if !answers.all(|id| change.comments.iter().any(|c| c.id == id)) {
        return Err(Refusal::new(422, "Invalid parentUuid supplied for comment"));
    }
    let mut spelled = Vec::new();
    for (label, value) in votes {
        let before = change.votes.iter().find(|v| v.label == *label && v.account == me.id && v.patch_set == patch_set);
        let before = before.map_or(0, |v| v.value);
        if before == *value {
            continue;
        }
        match change.status {
            Status::Abandoned => return Err(Refusal::new(409, "change is closed")),
            Status::Merged if *value < before => {
                return Err(Refusal::new(409, format!("Cannot reduce vote on labels for closed change: {label}")));
            }
            Status::Merged | Status::New => {}
        }
        change.vote(label, me.id, *value, patch_set, now);
        spelled.push(labels::spelled(label, *value));
    }
    let comments: usize =
        input.comments.values().flatten().filter(|c| c.message.as_ref().is_some_and(|m| !m.trim().is_empty())).count();
    let message = input.message.as_deref().map(str::trim).filter(|m| !m.is_empty());
    if input.work_in_progress {
        change.wip = true;
        change.release_all_attention("Change was marked work in progress", now);
    } else if input.ready {
        change.wip = false;
        change.review_started = true;
        edits::ask_reviewers(change, now);
    }
    let message = message.or(if input.ready { Some("This change is ready for review.") } else { None });
    if spelled.is_empty() && message.is_none() && comments == 0 {
        return Ok(());
    }
    let mut text = format!("Patch Set {patch_set}:");
    for vote in &spelled {
        text.push(' ');
        text.push_str(vote);
    }
    if comments > 0 {
        let _fits = write!(text, "\n\n({comments} comment{})", if comments == 1 { "" } else { "s" });
    }
    if let Some(message) = message {
        text.push_str("\n\n");
        text.push_str(message);
    }
    let id = change.say(Some(me.id), input.tag.as_deref().filter(|t| t.len() <= 200), text, now);
    add_comments(me, change, patch_set, input, &id, now);
    answered(me, change, input, now);
    joined(me, change, !votes.is_empty(), now);
    Ok(())
}

/// It is the turn of those whose threads were answered.
fn answered(me: &Account, change: &mut Change, input: &Input, now: Moment) {
    let mut people = std::collections::BTreeSet::new();
    let mut wanted: Vec<&str> = input.comments.values().flatten().filter_map(|c| c.in_reply_to.as_deref()).collect();
    // What is stored may go round in circles: answers were once taken unread.
    let mut seen = std::collections::BTreeSet::new();
    while let Some(id) = wanted.pop() {
        if let Some(comment) = change.comments.iter().find(|c| c.id == id && seen.insert(id)) {
            people.insert(comment.author);
            wanted.extend(comment.in_reply_to.as_deref());
        }
    }
    for account in people.into_iter().filter(|account| *account != me.id) {
        change.want_attention(account, "Someone else replied on a comment you posted", now);
    }
}

/// Whoever speaks is among the reviewers (with a vote) or in copy, and it is the others' turn.
fn joined(me: &Account, change: &mut Change, voted: bool, now: Moment) {
    if voted {
        change.set_reviewer(me.id, ReviewerState::Reviewer, me.id, now);
    } else if me.id != change.owner && !change.reviewers.contains_key(&me.id) {
        change.set_reviewer(me.id, ReviewerState::Cc, me.id, now);
    }
    if me.is_in(CI) {
        return;
    }
    change.release_attention(me.id, "removed on reply", now);
    if me.id != change.owner {
        let owner = change.owner;
        change.want_attention(owner, "Someone else replied on the change", now);
    }
}

fn add_comments(me: &Account, change: &mut Change, patch_set: u32, input: &Input, message: &str, now: Moment) {
    use sha1::{Digest, Sha1};
    for (path, list) in &input.comments {
        for comment in list {
            let Some(text) = comment.message.as_deref().map(str::trim).filter(|m| !m.is_empty()) else { continue };
            let seed = format!("{message}\0{path}\0{}", change.comments.len());
            let id = hex::encode(&Sha1::digest(seed.as_bytes())[..8]);
            let parent = comment.in_reply_to.clone();
            let inherited =
                change.comments.iter().find(|c| Some(&c.id) == parent.as_ref()).is_some_and(|c| c.unresolved);
            change.comments.push(Comment {
                id: format!("{}_{}", &id[..8], &id[8..]),
                path: path.clone(),
                line: comment.line.or(comment.range.map(|r| r.end_line)).filter(|l| *l > 0),
                range: comment.range,
                side: comment.side.clone().filter(|s| s == "PARENT"),
                unresolved: comment.unresolved.unwrap_or(inherited),
                in_reply_to: parent,
                message: text.to_owned(),
                author: me.id,
                when: now,
                patch_set,
                change_message_id: message.to_owned(),
            });
        }
    }
}

/// Everything below a change that is not only read.
pub(super) fn write(call: &Call<'_>, change: &Arc<Change>, rest: &[&str]) -> Answer {
    match (call.method, rest) {
        ("POST", ["revisions", revision, "review"]) => review(call, change, revision),
        _ => edits::write(call, change, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::change::tests::sample;

    fn answering(parent: &str) -> Input {
        let body = json!({"comments": {"file": [{"message": "no", "in_reply_to": parent}]}});
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn only_what_is_there_is_answered_and_a_circle_ends() {
        let me: Account = serde_json::from_value(json!({"id": 7, "username": "bob"})).unwrap();
        let mut change = sample(1);
        // Its own identity, guessed before it is given.
        let guessed = apply(&me, &mut change, 1, &BTreeMap::new(), &answering("1234abcd_1234abcd"), 5);
        assert!(matches!(guessed, Err(Refusal::Text(422, _))));
        assert_eq!((change.comments.len(), change.messages.len()), (0, 0));

        let body = json!({"comments": {"file": [{"message": "why?"}]}});
        apply(&me, &mut change, 1, &BTreeMap::new(), &serde_json::from_value(body).unwrap(), 5).ok().unwrap();
        let id = change.comments[0].id.clone();
        // As a server stored it that did not look.
        change.comments[0].in_reply_to = Some(id.clone());
        apply(&me, &mut change, 1, &BTreeMap::new(), &answering(&id), 6).ok().unwrap();
        assert_eq!(change.comments[1].in_reply_to, Some(id));
    }
}
