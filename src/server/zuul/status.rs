//! `/status`: the queues as they are.

use serde_json::{Value, json};

use super::{Call, DIALECT, change_url, host};
use crate::server::change::{self, Moment};
use crate::server::gate::model::{ChangeRef, Id, Pipeline, Subject, Verdict};
use crate::server::gate::snapshot::{ItemView, JobView, QueueView, Snapshot};

/// The whole document.
pub(super) fn status(call: &Call<'_>) -> Value {
    let snapshot = call.server.gate.snapshot();
    let now = change::now();
    let pipelines: Vec<Value> = Pipeline::ALL.iter().map(|p| pipeline(call, &snapshot, *p, now)).collect();
    json!({
        "zuul_version": format!("{DIALECT}+pyflow.{}", crate::server::VERSION),
        "trigger_event_queue": {"length": 0},
        "state": {
            "trigger_queue_discarding": false,
            // Nothing is lost: changes enter the queues, and their jobs wait.
            "trigger_queue_paused": snapshot.paused.is_some(),
            "result_queue_paused": false,
            "reason": snapshot.paused,
            "info": null,
        },
        "management_event_queue": {"length": 0},
        "connection_event_queues": {"gerrit": {"length": 0}},
        "last_reconfigured": call.server.started,
        "pipelines": pipelines,
    })
}

fn pipeline(call: &Call<'_>, snapshot: &Snapshot, pipeline: Pipeline, now: Moment) -> Value {
    let queues = snapshot.queues.iter().filter(|q| q.pipeline == pipeline);
    let shown: Vec<Value> = queues.filter_map(|q| queue(call, q, now)).collect();
    json!({
        "name": pipeline.name(),
        "description": pipeline.description(),
        "manager": pipeline.manager(),
        "state": "normal",
        "triggers": [{"driver": "gerrit"}],
        "trigger_events": 0,
        "result_events": 0,
        "management_events": 0,
        "change_queues": shown,
    })
}

/// A queue; `None` where there is nothing in it that may be seen.
fn queue(call: &Call<'_>, queue: &QueueView, now: Moment) -> Option<Value> {
    let mut ahead: Option<i64> = None;
    let mut heads = Vec::new();
    for head in queue.heads() {
        let mut list = Vec::new();
        for item in head {
            let remaining = remaining(item, now).map(|own| own.max(ahead.unwrap_or(0)));
            ahead = remaining.or(ahead);
            if call.sees(&item.subject.project) {
                list.extend(with_needs(call, queue.pipeline, item, remaining, now));
            }
        }
        if !list.is_empty() {
            heads.push(list);
        }
    }
    (!heads.is_empty())
        .then(|| json!({"name": queue.name, "branch": queue.branch, "window": queue.window, "heads": heads}))
}

/// `/status/change/N,P`: the items of a patch set, wherever they are.
pub(super) fn of_change(call: &Call<'_>, id: &str) -> Value {
    let Ok(wanted) = id.parse::<ChangeRef>() else { return json!([]) };
    let snapshot = call.server.gate.snapshot();
    let now = change::now();
    let items = snapshot.of_change(wanted.number).filter(|(_, item)| item.subject.change == wanted);
    let seen = items.filter(|(_, item)| call.sees(&item.subject.project));
    seen.map(|(queue, item)| shown(call, queue.pipeline, item, remaining(item, now), None, now)).collect()
}

/// Milliseconds until the longest job is over; unknown until all have started.
fn remaining(item: &ItemView, now: Moment) -> Option<i64> {
    if item.jobs.is_empty() {
        return None;
    }
    let each = item.jobs.iter().map(|job| match (job.result, job.started) {
        (Some(_), _) => Some(0),
        (None, Some(started)) => Some(left(job, started, now).unwrap_or(0)),
        (None, None) => None,
    });
    each.collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max())
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of a job's time limit")]
fn left(job: &JobView, started: Moment, now: Moment) -> Option<i64> {
    let estimated = job.estimated?;
    Some(((estimated * 1000.0) as i64 - (now - started)).max(0))
}

/// In `check` an item stands behind those below it in its stack, which are not tested here.
fn with_needs(call: &Call<'_>, pipeline: Pipeline, item: &ItemView, remaining: Option<i64>, now: Moment) -> Vec<Value> {
    if pipeline == Pipeline::Gate || item.needs.is_empty() {
        return vec![shown(call, pipeline, item, remaining, None, now)];
    }
    let index = call.server.store.index();
    let known: Vec<Subject> = item
        .needs
        .iter()
        .filter_map(|need| index.get(need.number).map(|c| (need, c)))
        .map(|(need, c)| Subject { change: *need, project: c.project.clone(), branch: c.branch.clone() })
        .collect();
    // Identities that stay the same for as long as the item does.
    let id = |at: usize| Id(item.id.0.wrapping_add(1 + at as u128));
    let mut out = Vec::new();
    for (at, subject) in known.iter().enumerate().rev() {
        let ahead = (at + 1 < known.len()).then(|| id(at + 1).to_string());
        let behind = if at == 0 { item.id } else { id(at - 1) };
        out.push(json!({
            "id": id(at).to_string(),
            "active": true,
            "live": false,
            "enqueue_time": item.enqueued,
            "failing_reasons": [],
            "item_ahead": ahead,
            "items_behind": [behind.to_string()],
            "remaining_time": null,
            "zuul_ref": null,
            "refs": [reference(call, subject, &owner(call, subject.change.number))],
            "jobs": [],
        }));
    }
    let ahead = (!known.is_empty()).then(|| id(0));
    out.push(shown(call, pipeline, item, remaining, ahead, now));
    out
}

/// The owner's name.
fn owner(call: &Call<'_>, number: u32) -> String {
    let owner = call.server.store.index().get(number).map(|c| c.owner);
    let accounts = call.server.accounts.read();
    owner.and_then(|id| accounts.get(id)).map(|a| a.username.clone()).unwrap_or_default()
}

fn reference(call: &Call<'_>, subject: &Subject, owner: &str) -> Value {
    json!({
        "id": subject.change.to_string(),
        "owner": owner,
        "project": subject.project,
        "project_canonical": format!("{}/{}", host(call.server), subject.project),
        "ref": subject.change.ref_name(),
        "url": change_url(call, &subject.project, subject.change),
    })
}

fn shown(
    call: &Call<'_>,
    pipeline: Pipeline,
    item: &ItemView,
    remaining: Option<i64>,
    ahead: Option<Id>,
    now: Moment,
) -> Value {
    let jobs: Vec<Value> = item.jobs.iter().map(|j| job(call, pipeline, j, now)).collect();
    json!({
        "id": item.id.to_string(),
        "active": item.active,
        "live": true,
        "enqueue_time": item.enqueued,
        "failing_reasons": item.failing.iter().map(|r| r.words()).collect::<Vec<_>>(),
        "item_ahead": item.ahead.or(ahead).map(|id| id.to_string()),
        "items_behind": item.behind.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "remaining_time": remaining,
        "zuul_ref": item.buildset.map(|id| format!("Z{id}")),
        "refs": [reference(call, &item.subject, &item.owner)],
        "jobs": jobs,
    })
}

/// Seconds since 1970, as Zuul gives them for jobs.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
fn seconds(moment: Option<Moment>) -> Option<f64> {
    moment.map(|m| m as f64 / 1000.0)
}

fn job(call: &Call<'_>, pipeline: Pipeline, job: &JobView, now: Moment) -> Value {
    let build = job.build.map(|id| id.to_string());
    // Without a build Zuul knows nothing of these.
    let known = |value: Value| if job.build.is_some() { value } else { Value::Null };
    let tenant = &call.server.settings.gate.tenant;
    let elapsed = job.started.map(|started| (job.ended.unwrap_or(now) - started).max(0));
    let remaining = match (job.started, job.ended) {
        (Some(_), Some(_)) => Some(0),
        (Some(started), None) => left(job, started, now),
        (None, _) => None,
    };
    json!({
        "name": job.name,
        "voting": job.voting,
        "dependencies": job.dependencies,
        "result": job.result.map(Verdict::name),
        "queued": job.queued.is_some(),
        "tries": job.tries,
        "waiting_status": job.waiting.as_ref().map(crate::server::gate::snapshot::Waiting::words),
        "uuid": build,
        "url": build.as_ref().map(|b| format!("stream/{b}?logfile=console.log")),
        "report_url": build.as_ref().map(|b| format!("{}t/{tenant}/build/{b}", call.server.base_url)),
        "execute_time": seconds(job.queued),
        "start_time": seconds(job.started),
        "end_time": seconds(job.ended),
        "elapsed_time": elapsed,
        "remaining_time": remaining,
        "estimated_time": job.started.map(|_| job.estimated.unwrap_or(0.0)),
        "pipeline": known(pipeline.name().into()),
        "retry": known((job.result == Some(Verdict::Retry)).into()),
        "canceled": known((job.result == Some(Verdict::Canceled)).into()),
        "paused": known(false.into()),
        "pre_fail": known(false.into()),
        "snapshotting": known(false.into()),
    })
}
