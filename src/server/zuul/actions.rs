//! What moves the queue: enqueue, dequeue, promote; and who may. As Zuul's, the answer is `true`
//! whatever comes of it: the effect is seen in `/status`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Answer, Call, No};
use crate::server::accounts::{Account, CORE, RELEASE_MANAGERS};
use crate::server::gate::NotTaken;
use crate::server::gate::model::{ChangeRef, Pipeline};

/// What a member of some group may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Enqueue,
    Dequeue,
    Promote,
}

impl Right {
    const ALL: [Self; 3] = [Self::Enqueue, Self::Dequeue, Self::Promote];

    const fn name(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Dequeue => "dequeue",
            Self::Promote => "promote",
        }
    }

    /// Core developers put changes in and take them out; ahead of everybody is a release manager's to say.
    fn is_of(self, account: &Account) -> bool {
        account.is_in(RELEASE_MANAGERS) || (self != Self::Promote && account.is_in(CORE))
    }
}

/// `/tenant/T/authorizations`.
pub(super) fn authorizations(call: &Call<'_>) -> Answer {
    let account = call.account()?;
    let mut permissions = json!({"read": true});
    for right in Right::ALL.into_iter().filter(|right| right.is_of(account)) {
        permissions[right.name()] = true.into();
    }
    Ok(json!({"zuul": {"permissions": permissions, "scope": [call.server.settings.gate.tenant]}}))
}

/// `/authorizations`: nobody may do anything with the server as a whole.
pub(super) fn root_authorizations(call: &Call<'_>) -> Answer {
    call.account()?;
    Ok(json!({"zuul": {"admin": false, "permissions": {"read": true}, "scope": ["*"]}}))
}

/// Who asks, if it may; then the body.
fn allowed<T: DeserializeOwned>(call: &Call<'_>, right: Right) -> Result<T, No> {
    if !right.is_of(call.account()?) {
        return Err(No::Right);
    }
    if !call.is_json {
        return Err(No::page(415, "Expected an entity of content type application/json"));
    }
    let value: Value = serde_json::from_slice(call.body).map_err(|_| No::page(400, "Invalid JSON document"))?;
    serde_json::from_value(value).map_err(|_| No::page(400, "Invalid request body"))
}

/// One change, or a ref, which no pipeline here takes.
#[derive(Debug, Deserialize)]
struct Input {
    pipeline: String,
    change: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

impl Input {
    fn change(&self) -> Result<(Pipeline, ChangeRef), No> {
        let pipeline = Pipeline::named(&self.pipeline).ok_or_else(|| No::page(400, "Unknown pipeline"))?;
        match (&self.change, &self.reference) {
            (Some(change), None) => {
                change.parse().map(|c| (pipeline, c)).map_err(|_| No::page(400, "Invalid request body"))
            }
            (None, Some(_)) => Err(No::page(400, "The pipelines of this server take changes, not refs")),
            _ => Err(No::page(400, "Invalid request body")),
        }
    }
}

/// `true`; why nothing came of it stands in the gate's log, as in Zuul's.
fn done(call: &Call<'_>, what: &str, result: Result<(), NotTaken>) -> Value {
    let who = call.reader().map_or("", |account| account.username.as_str());
    match result {
        Ok(()) => call.server.gate.event(&format!("{what} by {who}")),
        Err(why) => call.server.gate.event(&format!("{what} by {who}: nothing is done: {}", why.words())),
    }
    true.into()
}

/// `POST …/project/P/enqueue`.
pub(super) fn enqueue(call: &Call<'_>, project: &str) -> Answer {
    let input: Input = allowed(call, Right::Enqueue)?;
    let project = call.project(project)?;
    let (pipeline, change) = input.change()?;
    Ok(done(call, &format!("enqueue {change}"), call.server.gate_enqueue(&project.name, pipeline, change)))
}

/// `POST …/project/P/dequeue`.
pub(super) fn dequeue(call: &Call<'_>, project: &str) -> Answer {
    let input: Input = allowed(call, Right::Dequeue)?;
    let project = call.project(project)?;
    let (pipeline, change) = input.change()?;
    Ok(done(call, &format!("dequeue {change}"), call.server.gate_dequeue(&project.name, pipeline, change)))
}

/// Several changes, in the order in which they are wanted.
#[derive(Debug, Deserialize)]
struct Wanted {
    pipeline: String,
    changes: Vec<String>,
}

/// `POST …/promote`.
pub(super) fn promote(call: &Call<'_>) -> Answer {
    let input: Wanted = allowed(call, Right::Promote)?;
    let pipeline = Pipeline::named(&input.pipeline).ok_or_else(|| No::page(400, "Unknown pipeline"))?;
    let changes: Result<Vec<ChangeRef>, _> = input.changes.iter().map(|c| c.parse()).collect();
    let changes = changes.map_err(|_| No::page(400, "Invalid request body"))?;
    let visible = |change: &ChangeRef| {
        let project = call.server.store.index().get(change.number).map(|c| c.project.clone());
        project.is_some_and(|p| call.sees(&p))
    };
    let changes: Vec<ChangeRef> = changes.into_iter().filter(visible).collect();
    Ok(done(call, &format!("promote {}", input.changes.join(" ")), call.server.gate_promote(pipeline, &changes)))
}
