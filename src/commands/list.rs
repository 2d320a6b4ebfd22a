//! `pyflow list`: open changes of the project.

use super::context::Context;
use crate::cli::ListArgs;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::outcome::change::ChangeRow;
use crate::outcome::status::{List, ListRow, Visibility};
use crate::review::Query;
use crate::review::model::Change;

/// Runs the command.
pub fn run(context: &Context<'_>, args: &ListArgs) -> Result<Outcome> {
    let query = Query {
        mine: args.mine,
        reviewer: args.reviewer.clone(),
        topic: args.topic.clone(),
        branch: args.branch.clone(),
        raw: args.query.clone(),
        limit: args.limit,
        messages: false,
    };
    let _working = context.network_progress("asking the review server");
    let changes = context.server.list(&query)?;
    let visibility = if context.credential_source().is_some() || context.server.is_authenticated() {
        Visibility::Full
    } else {
        Visibility::Anonymous
    };
    Ok(Outcome::List(List { changes: changes.iter().map(row).collect(), visibility }))
}

fn row(change: &Change) -> ListRow {
    ListRow {
        change: ChangeRow::from(change),
        owner: change.owner.display().to_owned(),
        topic: change.topic.clone(),
        work_in_progress: change.work_in_progress,
        votes: change.votes.iter().map(Into::into).collect(),
        unresolved: change.unresolved,
        updated: change.updated.map(|time| time.to_string()),
        age_seconds: change.updated.map(|time| crate::observe::now().duration_since(time).as_secs().max(0)),
    }
}
