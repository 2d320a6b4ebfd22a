//! `/config/server/…` and `/accounts/…`.

use serde_json::{Map, Value, json};

use super::{Answer, Call, Refusal, Reply, json, ok};
use crate::server::VERSION;
use crate::server::accounts::Account;

/// The version of Gerrit whose dialect this is; peers parse it, so ours stands behind it.
const DIALECT: &str = "3.13.5";

/// `/config/server/…`.
pub(super) fn config(call: &Call<'_>, path: &[&str]) -> Answer {
    match (call.method, path) {
        ("GET", ["version"]) => ok(format!("{DIALECT}-pyflow-{VERSION}")),
        ("GET", ["info"]) => ok(info(call)),
        (_, [name, ..]) => Err(Refusal::not_found(name)),
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn info(call: &Call<'_>) -> Value {
    let base = &call.server.base_url;
    let mut auth = json!({"auth_type": "HTTP", "editable_account_fields": [], "git_basic_auth_policy": "HTTP"});
    let agreements = &call.server.settings.agreements;
    if !agreements.is_empty() {
        auth["use_contributor_agreements"] = true.into();
        auth["contributor_agreements"] = agreements.keys().map(|name| agreement(call, name)).collect();
    }
    let mut schemes = Map::new();
    if call.server.anonymous_read {
        schemes.insert(
            "anonymous http".into(),
            json!({"url": format!("{base}${{project}}"), "commands": {}, "clone_commands": {}}),
        );
    }
    let named = call.me.map_or_else(|| base.clone(), |me| base.replacen("://", &format!("://{}@", me.username), 1));
    schemes.insert(
        "http".into(),
        json!({"url": format!("{named}a/${{project}}"), "is_auth_required": true, "is_auth_supported": true, "commands": {}, "clone_commands": {}}),
    );
    json!({
        "accounts": {"visibility": "ALL", "default_display_name": "FULL_NAME"},
        "auth": auth,
        "change": {"allow_blame": false, "update_delay": 300, "mergeability_computation_behavior": "NEVER", "conflicts_predicate_enabled": false},
        "download": {"schemes": schemes, "archives": []},
        "gerrit": {"all_projects": "All-Projects", "all_users": "All-Users", "doc_search": false},
        "groups": {},
        "note_db_enabled": true,
        "plugin": {"js_resource_paths": []},
        "suggest": {"from": 1},
        "user": {"anonymous_coward_name": "Name of user not set"},
        "receive": {"enable_signed_push": false},
        "submit_requirement_dashboard_columns": [],
    })
}

fn agreement(call: &Call<'_>, name: &str) -> Value {
    let settings = call.server.settings.agreements.get(name);
    json!({
        "name": name,
        "description": settings.map(|a| a.description.clone()).unwrap_or_default(),
        "url": settings.map(|a| a.url.clone()).unwrap_or_default(),
        "auto_verify_group": {"id": name, "name": name, "options": {"visible_to_all": true}},
    })
}

/// `/accounts/…`.
pub(super) fn accounts(call: &Call<'_>, path: &[&str]) -> Answer {
    if call.me.is_none() && !call.server.anonymous_read {
        return Err(Refusal::new(403, "Authentication required"));
    }
    let [who, rest @ ..] = path else { return find(call) };
    let account = named(call, who)?;
    let mine = call.me.is_some_and(|me| me.id == account.id);
    let only_mine = |what: &str| if mine { Ok(()) } else { Err(Refusal::new(403, format!("{what} not permitted"))) };
    match (call.method, rest) {
        ("GET", [] | ["detail"]) => ok(json::full_account(account)),
        ("GET", ["name"]) => ok(account.display_name()),
        ("GET", ["username"]) => ok(account.username.clone()),
        ("GET", ["emails"]) => {
            only_mine("view secondary emails")?;
            let entry = |(at, email): (usize, &String)| {
                if at == 0 { json!({"email": email, "preferred": true}) } else { json!({"email": email}) }
            };
            ok(account.emails.iter().enumerate().map(entry).collect::<Value>())
        }
        ("GET", ["groups"]) => {
            only_mine("list groups")?;
            ok(account.groups.iter().map(|g| json!({"id": g, "name": g})).collect::<Value>())
        }
        ("GET", ["capabilities"]) => {
            only_mine("view capabilities")?;
            ok(json!({"emailReviewers": true, "queryLimit": {"min": 0, "max": super::changes::LIMIT}}))
        }
        (_, ["agreements"]) => agreements(call, account, mine),
        _ => Err(Refusal::new(404, "Not Found")),
    }
}

fn named<'a>(call: &'a Call<'_>, who: &str) -> Result<&'a Account, Refusal> {
    if matches!(who, "self" | "me") {
        let me = call.me.ok_or_else(|| Refusal::new(403, "Resolving account 'self' requires login"))?;
        return Ok(me);
    }
    call.accounts.find(who).ok_or_else(|| Refusal::new(404, format!("Account '{who}' not found")))
}

/// `/accounts/?q=…`: the accounts that a beginning means.
fn find(call: &Call<'_>) -> Answer {
    let wanted = call.one(&["q"]).unwrap_or_default().to_lowercase();
    let wanted = wanted.trim_start_matches("name:").trim_start_matches("username:").trim_start_matches("email:");
    if wanted.is_empty() {
        return Err(Refusal::new(400, "missing query field"));
    }
    let fits = |a: &&Account| {
        let name = a.full_name.to_lowercase();
        a.username.to_lowercase().starts_with(wanted)
            || name.contains(wanted)
            || a.emails.iter().any(|e| e.to_lowercase().starts_with(wanted))
    };
    let detailed = call.all("o").any(|o| o == "DETAILS") || call.query.iter().any(|(n, _)| n == "suggest");
    let found = call.accounts.list.iter().filter(|a| !a.removed).filter(fits).take(10);
    ok(found.map(|a| json::account(call, a.id, detailed)).collect::<Value>())
}

fn agreements(call: &Call<'_>, account: &Account, mine: bool) -> Answer {
    if call.server.settings.agreements.is_empty() {
        return Err(Refusal::new(405, "contributor agreements disabled"));
    }
    if !mine {
        return Err(Refusal::new(403, "not allowed to get contributor agreements"));
    }
    match call.method {
        "GET" => ok(account.agreements.iter().map(|name| agreement(call, name)).collect::<Value>()),
        "PUT" => {
            let name = call.field("name").unwrap_or_default().trim();
            if !call.server.settings.agreements.contains_key(name) {
                return Err(Refusal::new(422, "contributor agreement not found"));
            }
            call.server.accounts.sign(account.id, name)?;
            Ok(Reply::Json(200, name.into()))
        }
        _ => Err(Refusal::new(404, "Not Found")),
    }
}
