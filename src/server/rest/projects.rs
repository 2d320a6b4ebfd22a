//! `/projects/…`: what there is to push to.

use serde_json::{Map, Value, json};

use super::{Answer, Call, Refusal, json, ok};
use crate::server::labels::LABELS;
use crate::server::store::{Project, branch_tip};

/// `/projects/…`.
pub(super) fn projects(call: &Call<'_>, path: &[&str]) -> Answer {
    let [name, rest @ ..] = path else { return list(call) };
    if name.is_empty() {
        return list(call);
    }
    if call.method != "GET" {
        call.login()?;
        let known = call.server.store.project(name).is_some_and(|p| call.server.sees(call.me, p));
        let words = if known { "administrate server not permitted" } else { "create project not permitted" };
        return Err(Refusal::new(403, words));
    }
    let project = call.server.store.project(name).filter(|p| call.server.sees(call.me, p));
    let project = project.ok_or_else(|| Refusal::not_found(name))?;
    match rest {
        [] => ok(info(project, true)),
        ["description"] => ok(project.settings.description.clone()),
        ["HEAD"] => ok(head(project)?),
        ["config"] => ok(config(project)),
        ["branches"] => branches(call, project),
        ["branches", branch] => one_branch(project, branch),
        ["tags"] => tags(project),
        ["labels" | "submit_requirements" | "access"] => Err(Refusal::new(403, "read refs/meta/config not permitted")),
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn info(project: &Project, with_labels: bool) -> Value {
    let mut value = json!({"id": project.name.replace('/', "%2F")});
    if with_labels {
        value["name"] = project.name.clone().into();
        value["parent"] = "All-Projects".into();
    }
    if !project.settings.description.is_empty() {
        value["description"] = project.settings.description.clone().into();
    }
    value["state"] = "ACTIVE".into();
    if with_labels {
        let label = |l: &crate::server::labels::Label| {
            (l.name.to_owned(), json!({"values": json::values(l), "default_value": 0}))
        };
        value["labels"] = Value::Object(LABELS.iter().map(label).collect());
    }
    value
}

fn number(call: &Call<'_>, names: &[&str]) -> Result<Option<usize>, Refusal> {
    let Some(text) = call.one(names) else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| Refusal::new(400, format!("\"{text}\" is not a valid value for \"-{}\"", names[0])))
}

fn list(call: &Call<'_>) -> Answer {
    let limit = number(call, &["n", "limit"])?.unwrap_or(usize::MAX);
    let skip = number(call, &["S", "start"])?.unwrap_or(0);
    let prefix = call.one(&["p", "prefix"]).unwrap_or_default();
    let part = call.one(&["m", "match"]).unwrap_or_default().to_lowercase();
    let mut all = call
        .server
        .store
        .projects()
        .filter(|p| call.server.sees(call.me, p) && p.name.starts_with(prefix) && p.name.to_lowercase().contains(&part))
        .skip(skip);
    let mut out = Map::new();
    for project in all.by_ref().take(limit) {
        let mut value = info(project, false);
        if call.one(&["d", "description"]).is_none()
            && let Some(fields) = value.as_object_mut()
        {
            fields.remove("description");
        }
        out.insert(project.name.clone(), value);
    }
    if all.next().is_some()
        && let Some((_, last)) = out.iter_mut().next_back()
    {
        last["_more_projects"] = true.into();
    }
    ok(Value::Object(out))
}

fn head(project: &Project) -> Result<String, Refusal> {
    let repository = project.open()?;
    let head = repository.find_reference("HEAD")?;
    let target = head.symbolic_target().ok().flatten().map(str::to_owned);
    target.ok_or_else(|| Refusal::not_found("HEAD"))
}

/// Every setting as Gerrit gives it: what is configured, and what is inherited.
fn config(project: &Project) -> Value {
    let fixed = |inherited: bool| json!({"configured_value": "INHERIT", "inherited_value": inherited});
    let agreements = if project.settings.contributor_agreement.is_some() {
        json!({"configured_value": "TRUE", "inherited_value": false})
    } else {
        fixed(false)
    };
    let submit_type = project.settings.submit_type.gerrit_name();
    json!({
        "description": project.settings.description,
        "use_contributor_agreements": agreements,
        "use_content_merge": fixed(true),
        "use_signed_off_by": fixed(false),
        "create_new_change_for_all_not_in_target": fixed(false),
        "require_change_id": fixed(true),
        "reject_implicit_merges": fixed(true),
        "private_by_default": fixed(false),
        "work_in_progress_by_default": fixed(false),
        "enable_reviewer_by_email": fixed(false),
        "match_author_to_committer_date": fixed(false),
        "reject_empty_commit": fixed(false),
        "max_object_size_limit": {},
        "submit_type": submit_type,
        "default_submit_type": {"value": submit_type, "configured_value": submit_type, "inherited_value": submit_type},
        "actions": {},
        "commentlinks": {},
        "extension_panel_names": {},
    })
}

fn branches(call: &Call<'_>, project: &Project) -> Answer {
    if call.one(&["r", "regex"]).is_some() {
        return Err(Refusal::new(400, "Regular expressions are not supported by this server"));
    }
    let limit = number(call, &["n", "limit"])?.unwrap_or(usize::MAX);
    let skip = number(call, &["S", "s", "start"])?.unwrap_or(0);
    let part = call.one(&["m", "match"]).unwrap_or_default().to_lowercase();
    let repository = project.open()?;
    let mut all = Vec::new();
    if let Ok(head) = head(project) {
        let head = head.strip_prefix("refs/heads/").unwrap_or(&head).to_owned();
        all.push(("HEAD".to_owned(), head));
    }
    let mut heads = Vec::new();
    for reference in repository.references_glob("refs/heads/*")?.flatten() {
        if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
            heads.push((name.to_owned(), target.to_string()));
        }
    }
    heads.sort();
    all.extend(heads);
    let shown = all
        .into_iter()
        .filter(|(name, _)| name.strip_prefix("refs/heads/").unwrap_or(name).to_lowercase().contains(&part));
    ok(shown
        .skip(skip)
        .take(limit)
        .map(|(name, revision)| json!({"ref": name, "revision": revision}))
        .collect::<Value>())
}

fn one_branch(project: &Project, branch: &str) -> Answer {
    let name = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    if branch == "HEAD" {
        let head = head(project)?;
        return ok(json!({"ref": "HEAD", "revision": head.strip_prefix("refs/heads/").unwrap_or(&head)}));
    }
    let full = format!("refs/heads/{name}");
    let repository = project.open()?;
    let tip = crate::server::names::is_ref(&full).then(|| branch_tip(&repository, name)).flatten();
    let tip = tip.ok_or_else(|| Refusal::not_found(branch))?;
    ok(json!({"ref": full, "revision": tip.to_string()}))
}

fn tags(project: &Project) -> Answer {
    let repository = project.open()?;
    let mut all = Vec::new();
    for reference in repository.references_glob("refs/tags/*")?.flatten() {
        if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
            all.push((name.to_owned(), target.to_string()));
        }
    }
    all.sort();
    ok(all.into_iter().map(|(name, revision)| json!({"ref": name, "revision": revision})).collect::<Value>())
}
