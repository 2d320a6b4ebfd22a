//! `/changes/…`: finding changes and reading them. What changes them is in `review`.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};

use super::json::{self, Wanted};
use super::{Answer, Call, Refusal, Reply, ok};
use crate::server::change::{Change, PatchSet, Status};
use crate::server::query::{Bad, Context, Query};
use crate::server::store::branch_tip;
use crate::server::{change, footer, labels};

/// The most changes that one query gives.
pub(super) const LIMIT: usize = 500;

/// `/changes/…`.
pub(super) fn changes(call: &Call<'_>, path: &[&str]) -> Answer {
    let [id, rest @ ..] = path else { return list(call) };
    let change = find(call, id)?;
    match (call.method, rest) {
        ("GET", []) => ok(json::change(call, &change, &Wanted::read(call)?)),
        ("GET", ["detail"]) => {
            let wanted = Wanted::read(call)?.and(&[
                "LABELS",
                "DETAILED_LABELS",
                "DETAILED_ACCOUNTS",
                "MESSAGES",
                "REVIEWER_UPDATES",
            ]);
            ok(json::change(call, &change, &wanted))
        }
        ("GET", ["topic"]) => ok(change.topic.clone().unwrap_or_default()),
        ("GET", ["hashtags"]) => ok(json!(change.hashtags)),
        ("GET", ["messages"]) => ok(change.messages.iter().map(|m| json::message(call, m, true)).collect::<Value>()),
        ("GET", ["comments"]) => ok(comments(call, &change, |_| true)),
        ("GET", ["drafts" | "robotcomments"]) => ok(json!({})),
        ("GET", ["reviewers"]) => ok(super::edits::list_reviewers(call, &change)),
        ("GET", ["submitted_together"]) => submitted_together(call, &change),
        ("GET", ["revisions", revision, rest @ ..]) => read_revision(call, &change, revision, rest),
        _ => super::review::write(call, &change, rest),
    }
}

/// Whether the asking account may see a change.
fn sees(call: &Call<'_>, change: &Change) -> bool {
    call.server.store.project(&change.project).is_some_and(|p| call.server.sees(call.me, p))
}

/// The change of an id in any of Gerrit's forms; unknown and invisible are the same.
pub(super) fn find(call: &Call<'_>, id: &str) -> Result<Arc<Change>, Refusal> {
    let index = call.server.store.index();
    let numbers: BTreeSet<u32> = match id.split('~').collect::<Vec<_>>()[..] {
        [single] => match single.parse::<u32>() {
            Ok(number) => BTreeSet::from([number]),
            Err(_)
                if single.starts_with('I')
                    && single.len() > 4
                    && single[1..].bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                index.with_key(single)
            }
            Err(_) if (7..=40).contains(&single.len()) && single.bytes().all(|b| b.is_ascii_hexdigit()) => {
                index.with_commit(single)
            }
            Err(_) => BTreeSet::new(),
        },
        [project, number] => {
            let number = number.parse::<u32>().ok();
            number.filter(|n| index.get(*n).is_some_and(|c| c.project == project)).into_iter().collect()
        }
        [project, branch, key] if footer::is_id(key) => {
            let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch);
            index.with_exact_key(project, key).filter(|c| c.branch == branch).map(|c| c.number).collect()
        }
        _ => BTreeSet::new(),
    };
    let mut found = numbers.iter().filter_map(|n| index.get(*n)).filter(|c| sees(call, c));
    match (found.next(), found.next()) {
        (Some(change), None) => Ok(Arc::clone(change)),
        (Some(_), Some(_)) => Err(Refusal::new(404, format!("Multiple changes found for {id}"))),
        (None, _) => Err(Refusal::not_found(id.replace("%7E", "~").replace("%7e", "~"))),
    }
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Self {
        Self::new(bad.status, bad.text)
    }
}

/// `n=`: 0 and less mean the server's limit.
fn count(call: &Call<'_>) -> Result<usize, Refusal> {
    let Some(text) = call.one(&["n", "limit"]) else { return Ok(LIMIT) };
    let number: i64 =
        text.parse().map_err(|_| Refusal::new(400, format!("\"{text}\" is not a valid value for \"-n\"")))?;
    Ok(usize::try_from(number).ok().filter(|n| *n > 0).unwrap_or(LIMIT).min(LIMIT))
}

fn list(call: &Call<'_>) -> Answer {
    if call.method != "GET" {
        call.login()?;
        return Err(Refusal::new(405, "changes are made by pushing to refs/for/BRANCH"));
    }
    let wanted = Wanted::read(call)?;
    let count = count(call)?;
    let skip = match call.one(&["S", "start"]) {
        None => 0,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| Refusal::new(400, format!("\"{text}\" is not a valid value for \"-S\"")))?,
    };
    let queries: Vec<&str> = call.all("q").chain(call.all("query")).collect();
    // As long as a person's list of numbers; more is an attack on our patience.
    if queries.len() > 50 {
        return Err(Refusal::new(400, "limit of 50 queries"));
    }
    let index = call.server.store.index();
    let settings = |name: &str| call.server.store.project(name).map(|p| p.settings.clone());
    let context =
        Context { index: &index, accounts: &call.accounts, me: call.me, settings: &settings, now: change::now() };
    let run = |text: &str| -> Result<Value, Refusal> {
        let query = Query::parse(text, &context)?;
        let count = query.limit.map_or(count, |limit| limit.min(count));
        let found = query.run(&index);
        let mut found = found.into_iter().filter(|c| sees(call, c)).skip(skip);
        let mut out: Vec<Value> = found.by_ref().take(count).map(|c| json::change(call, c, &wanted)).collect();
        if found.next().is_some()
            && let Some(last) = out.last_mut()
        {
            last["_more_changes"] = true.into();
        }
        Ok(out.into())
    };
    match queries[..] {
        [] => ok(run("status:open")?),
        [one] => ok(run(one)?),
        _ => ok(queries.into_iter().map(run).collect::<Result<Vec<_>, _>>()?),
    }
}

/// The patch set that `current`, a number or a commit means.
pub(super) fn patch_set<'a>(change: &'a Change, revision: &str) -> Result<&'a PatchSet, Refusal> {
    let found = if revision == "current" {
        Some(change.current())
    } else if let Ok(number) = revision.parse::<u32>() {
        change.patch_set(number)
    } else if (4..=40).contains(&revision.len()) {
        change.patch_sets.iter().find(|p| p.commit.id.starts_with(revision))
    } else {
        None
    };
    found.ok_or_else(|| Refusal::not_found(revision))
}

fn read_revision(call: &Call<'_>, change: &Change, revision: &str, rest: &[&str]) -> Answer {
    let patch_set = patch_set(change, revision)?;
    match rest {
        ["commit"] => ok(json::commit(&patch_set.commit, true)),
        ["description"] => ok(patch_set.description.clone().unwrap_or_default()),
        ["review"] => {
            let wanted = Wanted::default().and(&[
                "DETAILED_LABELS",
                "DETAILED_ACCOUNTS",
                "CURRENT_REVISION",
                "SUBMITTABLE",
                "SUBMIT_REQUIREMENTS",
            ]);
            ok(json::change(call, change, &wanted))
        }
        ["mergeable"] => mergeable(call, change, patch_set),
        ["related"] => related(call, change, patch_set),
        ["comments"] => ok(comments(call, change, |c| c.patch_set == patch_set.number)),
        ["submit_type"] => {
            ok(call.server.store.project(&change.project).map_or("", |p| p.settings.submit_type.gerrit_name()))
        }
        ["actions"] => ok(super::actions::of(call, change)),
        ["patch"] => patch(call, change, patch_set),
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

/// `git format-patch` of a patch set, in base64 as Gerrit sends it.
fn patch(call: &Call<'_>, change: &Change, patch_set: &PatchSet) -> Answer {
    let project = call.server.store.project(&change.project).ok_or_else(|| Refusal::not_found(&change.project))?;
    let arguments = ["format-patch", "-1", "--stdout", "--end-of-options", &patch_set.commit.id];
    let output = call.server.store.git.run(&project.path, &arguments, b"")?;
    if !output.ok() {
        return Err(Refusal::new(500, "Internal server error"));
    }
    // The bytes as they are: files have encodings of their own.
    if call.query.iter().any(|(n, _)| n == "raw") {
        return Ok(Reply::Text("text/plain;charset=utf-8", output.stdout));
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&output.stdout);
    Ok(Reply::Text("text/plain;charset=iso-8859-1", encoded.into_bytes()))
}

fn mergeable(call: &Call<'_>, change: &Change, patch_set: &PatchSet) -> Answer {
    if change.status != Status::New {
        return Err(Refusal::new(409, format!("change is {}", change.status.name().to_lowercase())));
    }
    let project = call.server.store.project(&change.project).ok_or_else(|| Refusal::not_found(&change.project))?;
    let repository = project.open()?;
    let tip = branch_tip(&repository, &change.branch).ok_or_else(|| Refusal::not_found(&change.branch))?;
    let commit = git2::Oid::from_str(&patch_set.commit.id)?;
    let merged = tip == commit || repository.graph_descendant_of(tip, commit)?;
    let clean =
        merged || crate::server::merge::tree(&call.server.store.git, project, &repository, tip, commit)?.is_some();
    ok(json!({
        "submit_type": project.settings.submit_type.gerrit_name(),
        "strategy": "recursive",
        "mergeable": clean,
        "commit_merged": merged,
        "content_merged": merged,
    }))
}

/// The stack around a patch set, top first; nothing where it stands alone.
fn related(call: &Call<'_>, change: &Change, patch_set: &PatchSet) -> Answer {
    let index = call.server.store.index();
    let with_submittable = call.all("o").any(|o| o == "SUBMITTABLE");
    let stack = stack(&index, change, patch_set);
    let entry = |(change, patch_set): &(Arc<Change>, u32)| {
        let shown = change.patch_set(*patch_set).unwrap_or_else(|| change.current());
        let facts = &shown.commit;
        let mut value = json!({
            "project": change.project,
            "change_id": change.key,
            "commit": {
                "commit": facts.id,
                "parents": facts.parents.iter().map(|p| json!({"commit": p.commit})).collect::<Vec<_>>(),
                "author": json::commit(facts, false)["author"],
                "subject": facts.subject,
            },
            "_change_number": change.number,
            "_revision_number": shown.number,
            "_current_revision_number": change.current().number,
            "status": change.status.name(),
        });
        if change.wip {
            value["work_in_progress"] = true.into();
        }
        if with_submittable {
            let settings = call.server.store.project(&change.project).map(|p| p.settings.clone()).unwrap_or_default();
            value["submittable"] = labels::submittable(change, &settings).into();
        }
        value
    };
    let list: Vec<Value> = if stack.len() < 2 { Vec::new() } else { stack.iter().map(entry).collect() };
    ok(json!({"changes": list}))
}

/// Patch sets below and above one, by their parents: those of the same project, top first.
fn stack(index: &crate::server::index::Index, change: &Change, patch_set: &PatchSet) -> Vec<(Arc<Change>, u32)> {
    let of_commit = |id: &str| -> Option<(Arc<Change>, u32)> {
        index
            .with_commit(id)
            .into_iter()
            .filter_map(|n| index.get(n))
            .find(|c| c.project == change.project && c.branch == change.branch)
            .and_then(|c| c.patch_sets.iter().find(|p| p.commit.id == id).map(|p| (Arc::clone(c), p.number)))
    };
    let mut below = Vec::new();
    let mut seen = BTreeSet::from([change.number]);
    let mut at = patch_set.clone();
    while let Some((parent, number)) = at.commit.parents.iter().find_map(|p| of_commit(&p.commit)) {
        if !seen.insert(parent.number) {
            break;
        }
        at = parent.patch_set(number).unwrap_or_else(|| parent.current()).clone();
        below.push((parent, number));
    }
    let mut above: Vec<(Arc<Change>, u32)> = Vec::new();
    let mut tops = vec![patch_set.commit.id.clone()];
    // Children are looked for among open changes: a stack grows on what is under review.
    let open: Vec<&Arc<Change>> =
        index.all().filter(|c| c.status == Status::New && c.project == change.project).collect();
    while let Some(top) = tops.pop() {
        for child in open.iter().filter(|c| c.current().commit.parents.iter().any(|p| p.commit == top)) {
            if seen.insert(child.number) {
                above.push((Arc::clone(child), child.current().number));
                tops.push(child.current().commit.id.clone());
            }
        }
    }
    above.reverse();
    if let Some(own) = index.get(change.number) {
        above.push((Arc::clone(own), patch_set.number));
    }
    above.extend(below);
    above
}

/// The open changes that would land with this one: those below it.
fn submitted_together(call: &Call<'_>, change: &Change) -> Answer {
    let wanted: BTreeSet<&str> = call.all("o").collect();
    let hidden = wanted.contains("NON_VISIBLE_CHANGES");
    let index = call.server.store.index();
    let stack = stack(&index, change, change.current());
    let own = stack.iter().position(|(c, _)| c.number == change.number).unwrap_or(0);
    let below: Vec<&Arc<Change>> = stack[own..].iter().map(|(c, _)| c).filter(|c| c.status == Status::New).collect();
    let options = Wanted::default().and(&["CURRENT_REVISION", "SUBMITTABLE"]);
    let list: Vec<Value> =
        if below.len() < 2 { Vec::new() } else { below.into_iter().map(|c| json::change(call, c, &options)).collect() };
    if hidden { ok(json!({"changes": list, "non_visible_changes": 0})) } else { ok(list) }
}

/// Comments by file, as Gerrit gives them.
fn comments(call: &Call<'_>, change: &Change, wanted: impl Fn(&change::Comment) -> bool) -> Value {
    let mut out = serde_json::Map::new();
    // Gerrit's order within a file (`CommentJson`).
    let mut list: Vec<&change::Comment> = change.comments.iter().filter(|c| wanted(c)).collect();
    list.sort_by_key(|c| (c.patch_set, c.side.as_deref(), c.line, c.in_reply_to.as_deref(), c.message.as_str()));
    for comment in list {
        let mut value = json!({
            "author": json::account(call, comment.author, true),
            "change_message_id": comment.change_message_id,
            "unresolved": comment.unresolved,
            "patch_set": comment.patch_set,
            "id": comment.id,
            "updated": json::time(comment.when),
            "message": comment.message,
        });
        if let Some(patch_set) = change.patch_set(comment.patch_set) {
            value["commit_id"] = patch_set.commit.id.clone().into();
        }
        if let Some(line) = comment.line {
            value["line"] = line.into();
        }
        if let Some(range) = comment.range {
            value["range"] = json!(range);
        }
        if let Some(side) = &comment.side {
            value["side"] = side.clone().into();
        }
        if let Some(parent) = &comment.in_reply_to {
            value["in_reply_to"] = parent.clone().into();
        }
        if let Some(list) = out.entry(comment.path.clone()).or_insert_with(|| json!([])).as_array_mut() {
            list.push(value);
        }
    }
    Value::Object(out)
}
