//! stub
use serde_json::{Value, json};
use super::{Answer, Call, Refusal};
use crate::server::accounts::{Account, CORE};
use crate::server::change::Change;
/// Whether an account is the owner or a core developer.
pub(super) fn is_owner_or_core(me: &Account, change: &Change) -> bool { me.id == change.owner || me.is_in(CORE) }
/// Whether a reviewer may be removed.
pub(super) fn may_remove(me: &Account, change: &Change, id: u32) -> bool { me.id == id || is_owner_or_core(me, change) }
/// x
pub(super) fn list_reviewers(_call: &Call<'_>, _change: &Change) -> Value { json!([]) }
/// x
pub(super) fn write(_call: &Call<'_>, _change: &Change, _rest: &[&str]) -> Answer { Err(Refusal::new(404, "Not Found")) }
