//! `actions`: what the asking account could do with a change (documentation page `rest-api-changes`, `ActionInfo`).

use serde_json::{Map, Value, json};

use super::{Call, review};
use crate::server::change::{Change, Status};

/// The actions of a change; `submit` is nobody's, since the gate merges.
pub(super) fn of(call: &Call<'_>, change: &Change) -> Value {
    let Some(me) = call.me else { return json!({}) };
    let mut out = Map::new();
    let mut add = |name: &str, label: &str, title: &str| {
        out.insert(name.to_owned(), json!({"method": "POST", "label": label, "title": title, "enabled": true}));
    };
    if review::is_owner_or_core(me, change) {
        match change.status {
            Status::New => {
                add("abandon", "Abandon", "Abandon the change");
                if change.wip {
                    add("ready", "Start Review", "Set Ready For Review");
                } else {
                    add("wip", "WIP", "Set Work In Progress");
                }
            }
            Status::Abandoned => add("restore", "Restore", "Restore the change"),
            Status::Merged => {}
        }
    }
    Value::Object(out)
}
