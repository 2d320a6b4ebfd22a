//! What is to be done for a submission or a vote, as steps. Pure: nothing here asks the server.
//!
//! Gerrit makes a change of each commit that it has not seen, so one push of the stack's tip does
//! it all; options of a push reach only the changes that it creates or updates (Gerrit 3.13 leaves
//! the unchanged ones of the same stack alone), so those get theirs by REST.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::change_id::ChangeId;
use super::options;
use super::path;
use crate::error::{Error, Result};
use crate::http::{Method, Request};
use crate::names::{CommitId, LabelName, ProjectName};
use crate::review::Ballot;
use crate::review::model::{
    Account, Change, ChangeState, Delivery, Draft, Located, Readiness, Step, SubmitOptions, View,
};

/// What the plan can count on.
pub(super) struct Means<'a> {
    pub(super) project: &'a ProjectName,
    /// Whether there is REST for what a push cannot do.
    pub(super) rest: bool,
}

pub(super) fn deliver(means: &Means<'_>, delivery: &Delivery, view: &View) -> Result<Vec<Step>> {
    options::check(&delivery.options)?;
    // Everything after `%` in `refs/for/…` is read as push options.
    if delivery.target.as_str().contains(['%', ',']) {
        return Err(Error::usage(format!("Gerrit takes no review for a branch of this name: `{}`", delivery.target)));
    }
    check_ids(&delivery.drafts)?;
    let Some(tip) = delivery.drafts.last() else { return Ok(Vec::new()) };
    let nothing = Located::default();
    let mut push = false;
    let mut known_elsewhere = false;
    let mut calls = Vec::new();
    for (at, draft) in delivery.drafts.iter().enumerate() {
        let located = view.located.get(at).unwrap_or(&nothing);
        match &located.change {
            None => {
                push = true;
                known_elsewhere |= located.elsewhere.iter().any(|c| c.patch_set_of(&draft.commit).is_some());
            }
            Some(change) => match change.patch_set_of(&draft.commit).map(|p| p.number) {
                None => {
                    refuse_closed(change)?;
                    push = true;
                }
                Some(number) if Some(number) == change.current_patch_set => {
                    if draft.commit == tip.commit && change.state == ChangeState::Abandoned {
                        refuse_closed(change)?;
                    }
                    if change.state == ChangeState::Open {
                        calls.extend(metadata(means, change, &draft.commit, &delivery.options, view)?);
                    }
                }
                Some(number) => {
                    // Below something new an older patch set is a fine parent; alone it is a step back.
                    if draft.commit == tip.commit && change.state != ChangeState::Merged {
                        return Err(stepped_back(change, number));
                    }
                }
            },
        }
    }
    let mut steps = Vec::new();
    if push {
        let mut options = delivery.options.clone();
        if known_elsewhere {
            options.base.extend(fork_points(&delivery.drafts, &options.base));
        }
        steps.push(Step::Push {
            source: tip.commit.clone(),
            target: format!("refs/for/{}", delivery.target),
            options: options::push_options(&options)?,
            expect: None,
        });
    }
    if !means.rest && !calls.is_empty() {
        return Err(Error::state("over ssh alone nothing can be set on changes that are already there as they are")
            .hint("give the server's https address as `review.url` (`pyflow setup`) and sign in: `pyflow auth login`")
            .hint("or leave out topic, hashtags, reviewers, labels and readiness"));
    }
    steps.extend(calls);
    steps.push(Step::Remember {
        sent: delivery.drafts.iter().map(|d| (d.change_id.clone(), d.commit.clone())).collect(),
    });
    Ok(steps)
}

/// Gerrit would refuse both after everything was sent.
fn check_ids(drafts: &[Draft]) -> Result<()> {
    let mut seen = HashSet::new();
    for draft in drafts {
        if draft.change_id.parse::<ChangeId>().is_err() {
            return Err(Error::state(format!("commit {} has a malformed Change-Id", draft.commit.short()))
                .hint("take the line out of the message; `pyflow submit` adds a new one"));
        }
        if !seen.insert(&draft.change_id) {
            let id = &draft.change_id;
            return Err(Error::state(format!("two commits of the stack have the same Change-Id {id}"))
                .hint("squash them into one, or take the Change-Id out of one of them (`git rebase -i`)"));
        }
    }
    Ok(())
}

fn refuse_closed(change: &Change) -> Result<()> {
    let number = change.number;
    match change.state {
        ChangeState::Open | ChangeState::Unknown => Ok(()),
        ChangeState::Merged => Err(Error::refused(format!("change {number} was merged, it takes no new patch set"))
            .hint("for a new change, take the Change-Id out of the commit's message")
            .hint(format!("`pyflow status {number}` shows what landed"))),
        ChangeState::Abandoned => {
            Err(Error::refused(format!("change {number} is abandoned, it takes no new patch set"))
                .hint("restore it on the server; or, for a new change, take the Change-Id out of the commit's message"))
        }
    }
}

fn stepped_back(change: &Change, ours: u32) -> Error {
    let number = change.number;
    let newer = change.current().map_or_else(String::new, |p| {
        format!(" (patch set {}, by {})", p.number, super::answers::plain(p.uploader.display()))
    });
    Error::refused(format!("this commit is patch set {ours} of change {number}, and there is a newer one{newer}"))
        .hint(format!("`pyflow status {number}` shows it"))
}

/// Parents of the stack that are not part of it. With them as `base=` Gerrit makes changes of
/// commits that are changes on another branch already ("Uploading Changes", "Base"); without, it
/// passes over them silently.
fn fork_points(drafts: &[Draft], given: &[CommitId]) -> Vec<CommitId> {
    let own = drafts.iter().map(|d| &d.commit).collect::<HashSet<_>>();
    let mut out: Vec<CommitId> = Vec::new();
    for parent in drafts.iter().flat_map(|d| &d.parents) {
        if !own.contains(parent) && !given.contains(parent) && !out.contains(parent) {
            out.push(parent.clone());
        }
    }
    out
}

/// What is asked and not yet so, for a change that the push does not touch.
fn metadata(
    means: &Means<'_>,
    change: &Change,
    commit: &CommitId,
    options: &SubmitOptions,
    view: &View,
) -> Result<Vec<Step>> {
    let base = path::change(means.project, change.number);
    let number = change.number;
    let mut steps = Vec::new();
    let mut step = |request: Request, purpose: String| steps.push(Step::Call { request, purpose });
    if let Some(topic) = options.topic.as_ref().filter(|t| change.topic.as_ref() != Some(t)) {
        step(
            Request::put(format!("{base}/topic"), json!({ "topic": topic })),
            format!("set the topic of change {number} to `{topic}`"),
        );
    }
    let asked = options.hashtags.iter().map(|t| options::plain_hashtag(t));
    let missing = asked.filter(|t| !change.hashtags.iter().any(|h| h == t)).collect::<Vec<_>>();
    if !missing.is_empty() {
        let list = missing.join("`, `");
        step(
            Request::post(format!("{base}/hashtags"), json!({ "add": missing })),
            format!("add the hashtags `{list}` to change {number}"),
        );
    }
    let lists = [
        (&options.reviewers, "REVIEWER", "review change", &change.reviewers),
        (&options.cc, "CC", "follow change", &change.cc),
    ];
    for (asked, state, what, present) in lists {
        for who in asked.iter().filter(|who| !present.iter().any(|a| is_called(a, who))) {
            let mut body = json!({ "reviewer": who, "state": state });
            if let Some(notify) = options.notify {
                body["notify"] = options::notify_word(notify).into();
            }
            step(Request::post(format!("{base}/reviewers"), body), format!("ask {who} to {what} {number}"));
        }
    }
    match options.readiness {
        Readiness::WorkInProgress if !change.work_in_progress => {
            step(Request::post(format!("{base}/wip"), json!({})), format!("mark change {number} as work in progress"));
        }
        Readiness::Ready if change.work_in_progress => {
            step(Request::post(format!("{base}/ready"), json!({})), format!("mark change {number} as ready"));
        }
        _ => {}
    }
    match options.private {
        Some(true) if !change.private => {
            step(Request::post(format!("{base}/private"), json!({})), format!("make change {number} private"));
        }
        Some(false) if change.private => step(
            Request { method: Method::Delete, ..Request::get(format!("{base}/private")) },
            format!("make change {number} visible to everybody"),
        ),
        _ => {}
    }
    if let Some(message) = &options.message {
        let body = json!({ "description": message });
        step(
            Request::put(format!("{base}/revisions/{commit}/description"), body),
            format!("describe the patch set of change {number}"),
        );
    }
    let mine = |label: &LabelName| {
        let me = view.me.as_ref()?;
        let vote = change.votes.iter().find(|v| v.label == label.as_str() && v.by.id == me.account.id)?;
        Some(vote.value)
    };
    let votes = options.labels.iter().filter(|(l, v)| mine(l) != Some(*v)).cloned().collect::<Vec<_>>();
    if !votes.is_empty() {
        let mut body = json!({ "labels": labels(&votes)? });
        if let Some(notify) = options.notify {
            body["notify"] = options::notify_word(notify).into();
        }
        step(
            Request::post(format!("{base}/revisions/{commit}/review"), body),
            format!("vote {} on change {number}", spelled(&votes)),
        );
    }
    Ok(steps)
}

/// Whether an account is the one that a person means by these words.
fn is_called(account: &Account, who: &str) -> bool {
    let address = who.rsplit_once('<').map_or(who, |(_, rest)| rest.trim_end_matches('>'));
    account.username.as_deref() == Some(who)
        || account.email.as_deref().is_some_and(|e| e.eq_ignore_ascii_case(address))
        || account.id == who
}

/// Steps that give a vote to exactly one patch set, which has to be the newest: Gerrit takes a vote
/// on an older one, echoes it, and does not count it.
pub(super) fn vote(means: &Means<'_>, change: &Change, patch_set: u32, ballot: &Ballot) -> Result<Vec<Step>> {
    let number = change.number;
    let message = ballot.message.as_deref().filter(|m| !m.trim().is_empty());
    if ballot.votes.is_empty() && message.is_none() {
        return Err(
            Error::usage("there is neither a vote nor a message to give").hint("`pyflow vote CHANGE LABEL=VALUE`")
        );
    }
    let commit = newest(means, change, patch_set)?;
    let mut body = json!({ "labels": labels(&ballot.votes)? });
    if let Some(message) = message {
        body["message"] = message.into();
    }
    let purpose = if ballot.votes.is_empty() {
        format!("comment on change {number}, patch set {patch_set}")
    } else {
        format!("vote {} on change {number}, patch set {patch_set}", spelled(&ballot.votes))
    };
    // By the commit, never `current`: a patch set that arrives in between gets no vote.
    let request = Request::post(format!("{}/revisions/{commit}/review", path::change(means.project, number)), body);
    Ok(vec![Step::Call { request, purpose }])
}

/// The step that merges exactly one patch set ("REST API - Changes", "Submit Revision").
pub(super) fn merge(means: &Means<'_>, change: &Change, patch_set: u32) -> Result<Vec<Step>> {
    let (number, commit) = (change.number, newest(means, change, patch_set)?);
    let request =
        Request::post(format!("{}/revisions/{commit}/submit", path::change(means.project, number)), json!({}));
    Ok(vec![Step::Call { request, purpose: format!("merge change {number}, patch set {patch_set}") }])
}

/// The commit of the patch set that was looked at, which has to be the newest.
fn newest<'c>(means: &Means<'_>, change: &'c Change, patch_set: u32) -> Result<&'c CommitId> {
    let number = change.number;
    if !means.rest {
        return Err(Error::state("this needs the review server's HTTP interface, and only ssh is set up").hint(
            "give the server's https address as `review.url` (`pyflow setup`) and sign in: `pyflow auth login`",
        ));
    }
    let newest = change.current_patch_set;
    if newest != Some(patch_set) {
        let newest = newest.map_or_else(|| "another one".to_owned(), |n| format!("patch set {n}"));
        return Err(Error::refused(format!(
            "patch set {patch_set} of change {number} is not the newest any more: that is {newest}"
        ))
        .hint(format!("look at what changed, then vote again: `pyflow status {number}`")));
    }
    let unknown = || Error::unknown(format!("the review server did not tell the commit of change {number}"));
    change.current().map(|patch_set| &patch_set.commit).ok_or_else(unknown)
}

fn labels(votes: &[(LabelName, i32)]) -> Result<Value> {
    let mut map = Map::new();
    for (label, value) in votes {
        if map.insert(label.to_string(), (*value).into()).is_some() {
            return Err(Error::usage(format!("{label} is voted on twice")));
        }
    }
    Ok(Value::Object(map))
}

fn spelled(votes: &[(LabelName, i32)]) -> String {
    votes.iter().map(|(label, value)| format!("{label}{value:+}")).collect::<Vec<_>>().join(" ")
}

/// The votes that were asked for and are not in the server's echo (`ReviewResult.labels`).
pub(super) fn dropped<'v>(answer: &Value, votes: &'v [(String, i32)]) -> Vec<&'v (String, i32)> {
    let echoed = |label: &str| {
        let value = answer.get("labels")?.get(label)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    votes.iter().filter(|(label, value)| echoed(label) != Some(i64::from(*value))).collect()
}
