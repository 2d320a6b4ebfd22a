//! Values in Gerrit's JSON: accounts, times, changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Call, Refusal};
use crate::server::accounts::{Account, CI};
use crate::server::change::{Attention, Change, CommitFacts, Ident, Message, Moment, PatchSet, ReviewerState, Status};
use crate::server::labels::{self, LABELS, Label, Verdict};
use crate::server::settings::ProjectSettings;

/// `2026-11-20 15:18:52.000000000`, UTC.
pub(super) fn time(moment: Moment) -> String {
    let seconds = jiff::Timestamp::from_second(moment.div_euclid(1000)).unwrap_or_default();
    seconds.strftime("%Y-%m-%d %H:%M:%S.000000000").to_string()
}

/// An account by number; with names only where they are asked for.
pub(super) fn account(call: &Call<'_>, id: u32, detailed: bool) -> Value {
    match call.accounts.get(id) {
        Some(account) if detailed => full_account(account),
        _ => json!({"_account_id": id}),
    }
}

/// An account with everything that everybody may know.
pub(super) fn full_account(account: &Account) -> Value {
    let mut value = Map::new();
    value.insert("_account_id".into(), account.id.into());
    value.insert("name".into(), account.display_name().into());
    if let Some(email) = account.email() {
        value.insert("email".into(), email.into());
    }
    value.insert("username".into(), account.username.clone().into());
    if account.is_in(CI) {
        value.insert("tags".into(), json!(["SERVICE_USER"]));
    }
    Value::Object(value)
}

fn ident(ident: &Ident) -> Value {
    json!({"name": ident.name, "email": ident.email, "date": time(ident.when * 1000), "tz": ident.tz})
}

/// `CommitInfo`.
pub(super) fn commit(facts: &CommitFacts, with_id: bool) -> Value {
    let mut value = json!({
        "parents": facts.parents.iter().map(|p| json!({"commit": p.commit, "subject": p.subject})).collect::<Vec<_>>(),
        "author": ident(&facts.author),
        "committer": ident(&facts.committer),
        "subject": facts.subject,
        "message": facts.message,
    });
    if with_id {
        value["commit"] = facts.id.clone().into();
    }
    value
}

/// The values of `o=` that Gerrit 3.13 knows.
const OPTIONS: [&str; 31] = [
    "LABELS",
    "DETAILED_LABELS",
    "CURRENT_REVISION",
    "ALL_REVISIONS",
    "CURRENT_COMMIT",
    "ALL_COMMITS",
    "CURRENT_FILES",
    "ALL_FILES",
    "DETAILED_ACCOUNTS",
    "MESSAGES",
    "CURRENT_ACTIONS",
    "REVIEWED",
    "DRAFT_COMMENTS",
    "DOWNLOAD_COMMANDS",
    "WEB_LINKS",
    "CHECK",
    "CHANGE_ACTIONS",
    "COMMIT_FOOTERS",
    "PUSH_CERTIFICATES",
    "REVIEWER_UPDATES",
    "SUBMITTABLE",
    "TRACKING_IDS",
    "SKIP_MERGEABLE",
    "SKIP_DIFFSTAT",
    "SUBMIT_REQUIREMENTS",
    "CUSTOM_KEYED_VALUES",
    "STAR",
    "PARENTS",
    "ALL_REVIEWERS",
    "SKIP_COMMENTS",
    "NONE",
];

/// What of a change is wanted.
#[derive(Debug, Default)]
pub(super) struct Wanted(BTreeSet<&'static str>);

impl Wanted {
    /// The values of `o=`; an unknown one is an error.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Refusal> {
        let mut wanted = Self::default();
        for name in call.all("o").flat_map(|o| o.split(',')) {
            let known = OPTIONS.iter().find(|o| o.eq_ignore_ascii_case(name));
            wanted
                .0
                .insert(known.ok_or_else(|| Refusal::new(400, format!("\"{name}\" is not a valid value for \"-o\"")))?);
        }
        Ok(wanted)
    }

    /// These too.
    pub(super) fn and(mut self, more: &[&'static str]) -> Self {
        self.0.extend(more);
        self
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// `ChangeInfo`.
pub(super) fn change(call: &Call<'_>, change: &Change, wanted: &Wanted) -> Value {
    let detailed = wanted.has("DETAILED_ACCOUNTS");
    let settings = call.server.store.project(&change.project).map(|p| p.settings.clone()).unwrap_or_default();
    let current = change.current();
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        out.insert(name.to_owned(), value);
    };
    put("id", format!("{}~{}", encoded(&change.project), change.number).into());
    put("triplet_id", format!("{}~{}~{}", encoded(&change.project), encoded(&change.branch), change.key).into());
    put("project", change.project.clone().into());
    put("branch", change.branch.clone().into());
    if let Some(topic) = &change.topic {
        put("topic", topic.clone().into());
    }
    if !change.attention.is_empty() || !change.attention_past.is_empty() {
        put("attention_set", attention(call, &change.attention, detailed));
        put("removed_from_attention_set", attention(call, &change.attention_past, detailed));
    }
    put("hashtags", json!(change.hashtags));
    put("change_id", change.key.clone().into());
    put("subject", current.commit.subject.clone().into());
    put("status", change.status.name().into());
    put("created", time(change.created).into());
    put("updated", time(change.updated).into());
    if let Some(submitted) = &change.submitted {
        put("submitted", time(submitted.when).into());
        put("submitter", account(call, submitted.by, detailed));
    }
    if change.status == Status::New {
        put("submit_type", settings.submit_type.gerrit_name().into());
    }
    if wanted.has("SUBMITTABLE") && change.status == Status::New {
        put("submittable", labels::submittable(change, &settings).into());
    }
    if !wanted.has("SKIP_DIFFSTAT") {
        put("insertions", current.commit.insertions.into());
        put("deletions", current.commit.deletions.into());
    }
    put("total_comment_count", change.comments.len().into());
    put("unresolved_comment_count", change.unresolved().into());
    if change.wip {
        put("work_in_progress", true.into());
    }
    put("has_review_started", change.review_started.into());
    if let Some((number, patch_set)) = change.picked_from {
        put("cherry_pick_of_change", number.into());
        put("cherry_pick_of_patch_set", patch_set.into());
    }
    put("meta_rev_id", change.meta.map(|m| m.to_string()).unwrap_or_default().into());
    if let Some(submitted) = &change.submitted {
        put("submission_id", submitted.submission_id.clone().into());
    }
    put("_number", change.number.into());
    put("virtual_id_number", change.number.into());
    put("owner", account(call, change.owner, detailed));
    if wanted.has("CURRENT_ACTIONS") || wanted.has("CHANGE_ACTIONS") {
        put("actions", super::actions::of(call, change));
    }
    if wanted.has("LABELS") || wanted.has("DETAILED_LABELS") {
        let full = wanted.has("DETAILED_LABELS");
        put(
            "labels",
            Value::Object(LABELS.iter().map(|l| (l.name.to_owned(), label(call, l, change, detailed, full))).collect()),
        );
        if full {
            put("permitted_labels", permitted(call, change));
            put("removable_labels", removable_labels(call, change, detailed));
        }
        put("removable_reviewers", removable(call, change, detailed));
    }
    if wanted.has("LABELS") || wanted.has("DETAILED_LABELS") || wanted.has("ALL_REVIEWERS") {
        put("reviewers", reviewers(call, change, detailed));
        put("pending_reviewers", json!({}));
    }
    if wanted.has("REVIEWER_UPDATES") {
        let update = |u: &crate::server::change::ReviewerUpdate| {
            json!({"updated": time(u.when), "updated_by": account(call, u.by, detailed),
                "reviewer": account(call, u.account, detailed), "state": u.state.name()})
        };
        put("reviewer_updates", change.reviewer_updates.iter().map(update).collect());
    }
    if wanted.has("MESSAGES") {
        put("messages", change.messages.iter().map(|m| message(call, m, detailed)).collect());
    }
    put("current_revision_number", current.number.into());
    let all = wanted.has("ALL_REVISIONS") || wanted.has("ALL_COMMITS");
    if all || wanted.has("CURRENT_REVISION") || wanted.has("CURRENT_COMMIT") {
        put("current_revision", current.commit.id.clone().into());
        let shown: Vec<&PatchSet> = if all { change.patch_sets.iter().collect() } else { vec![current] };
        let revisions = shown.into_iter().map(|p| (p.commit.id.clone(), revision(call, change, p, wanted))).collect();
        put("revisions", Value::Object(revisions));
    }
    put("requirements", json!([]));
    put("submit_records", records(call, change));
    if wanted.has("SUBMIT_REQUIREMENTS") {
        put("submit_requirements", requirements(change, &settings));
    }
    Value::Object(out)
}

/// Whose turn it is, or was, by account.
fn attention(call: &Call<'_>, set: &BTreeMap<u32, Attention>, detailed: bool) -> Value {
    let entry = |(id, a): (&u32, &Attention)| {
        let value = json!({"account": account(call, *id, detailed), "last_update": time(a.when), "reason": a.reason});
        (id.to_string(), value)
    };
    Value::Object(set.iter().map(entry).collect())
}

/// A name inside an id: slashes as `%2F`.
fn encoded(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// `ChangeMessageInfo`.
pub(super) fn message(call: &Call<'_>, message: &Message, detailed: bool) -> Value {
    let mut value = json!({"id": message.id});
    if let Some(tag) = &message.tag {
        value["tag"] = tag.clone().into();
    }
    if let Some(author) = message.author {
        value["author"] = account(call, author, detailed);
    }
    value["date"] = time(message.when).into();
    value["message"] = message.text.clone().into();
    let named = message.text.split("<GERRIT_ACCOUNT_").skip(1).filter_map(|rest| rest.split('>').next()?.parse().ok());
    value["accounts_in_message"] =
        named.collect::<BTreeSet<u32>>().into_iter().map(|id| account(call, id, detailed)).collect();
    value["_revision_number"] = message.patch_set.into();
    value
}

/// `RevisionInfo`.
fn revision(call: &Call<'_>, change: &Change, patch_set: &PatchSet, wanted: &Wanted) -> Value {
    let detailed = wanted.has("DETAILED_ACCOUNTS");
    let name = change.patch_set_ref(patch_set.number);
    let url = |prefix: &str| format!("{}{prefix}{}", call.server.base_url, change.project);
    let mut fetch = Map::new();
    if call.server.anonymous_read {
        fetch.insert("anonymous http".into(), json!({"url": url(""), "ref": name}));
    }
    if let Some(me) = call.me {
        let with_name = url("a/").replacen("://", &format!("://{}@", me.username), 1);
        fetch.insert("http".into(), json!({"url": with_name, "ref": name}));
    }
    let mut value = json!({
        "kind": patch_set.kind.name(),
        "_number": patch_set.number,
        "created": time(patch_set.created),
        "uploader": account(call, patch_set.uploader, detailed),
        "ref": name,
        "fetch": fetch,
    });
    let is_current = patch_set.number == change.current().number;
    if wanted.has("ALL_COMMITS") || (wanted.has("CURRENT_COMMIT") && is_current) {
        value["commit"] = commit(&patch_set.commit, false);
    }
    if let Some(description) = &patch_set.description {
        value["description"] = description.clone().into();
    }
    value["branch"] = format!("refs/heads/{}", change.branch).into();
    if let Some(merged) = &patch_set.merged {
        value["conflicts"] = json!({"base": merged.base, "ours": merged.ours, "theirs": merged.theirs,
            "merge_strategy": "recursive", "contains_conflicts": merged.conflicts});
    }
    value
}

/// How values are spelled: `" 0"`, `"+1"`.
fn spelled(value: i8) -> String {
    if value == 0 { " 0".to_owned() } else { format!("{value:+}") }
}

/// `LabelInfo`.
fn label(call: &Call<'_>, label: &Label, change: &Change, detailed: bool, full: bool) -> Value {
    let mut out = Map::new();
    let votes: Vec<_> = change.current_votes().filter(|v| v.label == label.name).collect();
    let first =
        |fits: &dyn Fn(i8) -> bool| votes.iter().find(|v| fits(v.value)).map(|v| account(call, v.account, detailed));
    let shortcuts = [
        ("rejected", first(&|v| v == label.min())),
        ("approved", first(&|v| v == label.max())),
        ("disliked", first(&|v| v < 0 && v > label.min())),
        ("recommended", first(&|v| v > 0 && v < label.max())),
    ];
    // One shortcut, the weightiest, as Gerrit does.
    if let Some((name, Some(who))) = shortcuts.into_iter().find(|(_, who)| who.is_some()) {
        out.insert(name.into(), who);
        if matches!(name, "disliked" | "recommended") {
            let given = votes.iter().find(|v| (v.value < 0) == (name == "disliked"));
            out.insert("value".into(), given.map_or(0, |v| v.value).into());
        }
    }
    let given: BTreeSet<u32> = change.current_votes().map(|v| v.account).collect();
    let reviewers = change.reviewers.iter().filter(|(_, state)| **state == ReviewerState::Reviewer);
    let others = reviewers.map(|(id, _)| *id).filter(|id| *id != change.owner);
    let mut all = Vec::new();
    for id in given.iter().copied().chain(others).collect::<BTreeSet<u32>>() {
        let vote = votes.iter().find(|v| v.account == id);
        let range = call.accounts.get(id).and_then(|a| label.range(a));
        let mut entry = Map::new();
        if let Some(vote) = vote {
            entry.insert("value".into(), vote.value.into());
            entry.insert("date".into(), time(vote.when).into());
        } else if full && range.is_some() {
            entry.insert("value".into(), 0.into());
        }
        if let Some((min, max)) = range.filter(|_| full) {
            entry.insert("permitted_voting_range".into(), json!({"min": min, "max": max}));
        }
        if let Value::Object(person) = account(call, id, detailed) {
            entry.extend(person);
        }
        all.push(Value::Object(entry));
    }
    if !all.is_empty() {
        out.insert("all".into(), all.into());
    }
    out.insert("values".into(), values(label));
    out.insert("default_value".into(), 0.into());
    out.insert("optional".into(), true.into());
    Value::Object(out)
}

/// The values of a label with their meaning.
pub(super) fn values(label: &Label) -> Value {
    Value::Object(label.values.iter().map(|(v, text)| (spelled(*v), Value::from(*text))).collect())
}

/// What the asking account may vote.
fn permitted(call: &Call<'_>, change: &Change) -> Value {
    let Some(me) = call.me.filter(|_| change.status != Status::Abandoned) else { return json!({}) };
    let mut out = Map::new();
    for label in &LABELS {
        let Some((low, high)) = label.range(me) else { continue };
        let values: Vec<String> =
            label.values.iter().map(|v| v.0).filter(|v| (low..=high).contains(v)).map(spelled).collect();
        out.insert(label.name.to_owned(), json!(values));
    }
    Value::Object(out)
}

/// The votes that the asking account may take away: its own.
fn removable_labels(call: &Call<'_>, change: &Change, detailed: bool) -> Value {
    let Some(me) = call.me else { return json!({}) };
    let mine = change.current_votes().filter(|v| v.account == me.id);
    let entry = |v: &crate::server::change::Vote| {
        (v.label.clone(), json!({spelled(v.value): [account(call, me.id, detailed)]}))
    };
    Value::Object(mine.map(entry).collect())
}

fn removable(call: &Call<'_>, change: &Change, detailed: bool) -> Value {
    let Some(me) = call.me else { return json!([]) };
    let may = |id: u32| super::review::may_remove(me, change, id);
    change.reviewers.keys().filter(|id| may(**id)).map(|id| account(call, *id, detailed)).collect()
}

fn reviewers(call: &Call<'_>, change: &Change, detailed: bool) -> Value {
    let mut out = Map::new();
    for state in [ReviewerState::Reviewer, ReviewerState::Cc] {
        let list: Vec<Value> =
            change.reviewers.iter().filter(|(_, s)| **s == state).map(|(id, _)| account(call, *id, detailed)).collect();
        if !list.is_empty() {
            out.insert(state.name().to_owned(), list.into());
        }
    }
    Value::Object(out)
}

/// The old-style records: always OK, since labels do not block on their own; an abandoned change has
/// none (seen on Gerrit 3.13).
fn records(call: &Call<'_>, change: &Change) -> Value {
    if change.status == Status::Abandoned {
        return json!([]);
    }
    let labels: Vec<Value> = LABELS
        .iter()
        .map(|label| {
            let mut entry = json!({"label": label.name, "status": "MAY"});
            if let Some(vote) = change.current_votes().filter(|v| v.label == label.name).max_by_key(|v| v.when) {
                entry["applied_by"] = account(call, vote.account, false);
            }
            entry
        })
        .collect();
    let status = if change.status == Status::New { "OK" } else { "CLOSED" };
    json!([{"rule_name": "gerrit~DefaultSubmitRule", "status": status, "labels": labels}])
}

/// `SubmitRequirementResultInfo` for every requirement.
fn requirements(change: &Change, settings: &ProjectSettings) -> Value {
    let mut out: Vec<Value> = LABELS.iter().map(|label| requirement(label, change, settings)).collect();
    let verdict = labels::comments_verdict(change);
    let applies = verdict != Verdict::NotApplicable;
    out.push(json!({
        "name": "No-Unresolved-Comments",
        "description": "Changes that have unresolved comments are not submittable.",
        "status": verdict.name(),
        "is_legacy": false,
        "applicability_expression_result": {"fulfilled": applies, "status": if applies { "PASS" } else { "FAIL" }},
        "submittability_expression_result": {"expression": "-has:unresolved", "fulfilled": !applies,
            "status": if applies { "FAIL" } else { "NOT_EVALUATED" }, "passing_atoms": [],
            "failing_atoms": if applies { json!(["has:unresolved"]) } else { json!([]) }, "atom_explanations": {}},
    }));
    out.into()
}

fn requirement(label: &Label, change: &Change, settings: &ProjectSettings) -> Value {
    let name = label.name;
    let verdict = labels::verdict(label, change, settings);
    if verdict == Verdict::NotApplicable {
        return json!({
            "name": name,
            "description": "Not asked for in this project.",
            "status": verdict.name(),
            "is_legacy": false,
            "applicability_expression_result": {"fulfilled": false, "status": "FAIL"},
            "submittability_expression_result": {"expression": "is:true", "fulfilled": true, "status": "NOT_EVALUATED",
                "passing_atoms": [], "failing_atoms": [], "atom_explanations": {}},
        });
    }
    let (max, min) = labels::extremes(label, change);
    let atoms = [(format!("label:{name}=MAX"), max), (format!("label:{name}=MIN"), min)];
    let with =
        |wanted: bool| atoms.iter().filter(|(_, holds)| *holds == wanted).map(|(a, _)| a.clone()).collect::<Vec<_>>();
    let explanations: Map<String, Value> = atoms.iter().map(|(a, _)| (a.clone(), "".into())).collect();
    let fulfilled = verdict == Verdict::Satisfied;
    json!({
        "name": name,
        "description": label.requirement,
        "status": verdict.name(),
        "is_legacy": false,
        "submittability_expression_result": {
            "expression": format!("label:{name}=MAX AND -label:{name}=MIN"),
            "fulfilled": fulfilled,
            "status": if fulfilled { "PASS" } else { "FAIL" },
            "passing_atoms": with(true),
            "failing_atoms": with(false),
            "atom_explanations": explanations,
        },
    })
}
