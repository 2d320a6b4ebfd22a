//! `/builds`, `/buildsets`: what is over, newest first, by filters; and builds that still run, by their id.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Answer, Call, No, change_url, iso};
use crate::server::gate::model::{BuildRecord, BuildsetRecord, Id, Subject};
use crate::server::gate::snapshot::{ItemView, JobView, QueueView};

/// How many there are in an answer where nobody says so, and at most.
const LIMIT: usize = 50;
const MOST: usize = 1000;

/// The buildsets that may be seen, newest first, each with its number.
fn visible(call: &Call<'_>) -> Vec<(usize, Arc<BuildsetRecord>)> {
    let all = call.server.gate.history();
    let count = all.len();
    all.into_iter()
        .enumerate()
        .map(|(at, set)| (count - at, set))
        .filter(|(_, set)| call.sees(&set.subject.project))
        .collect()
}

/// Whether one of the wanted values is this; nothing wanted is everything.
fn is(call: &Call<'_>, name: &str, value: &str) -> bool {
    let mut wanted = call.all(name).peekable();
    wanted.peek().is_none() || wanted.any(|w| w == value)
}

fn is_bool(call: &Call<'_>, name: &str, value: bool) -> bool {
    let mut wanted = call.all(name).peekable();
    wanted.peek().is_none()
        || wanted.any(|w| match w.to_ascii_lowercase().as_str() {
            "true" | "1" => value,
            "false" | "0" => !value,
            _ => false,
        })
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<usize>, No> {
    let text = call.all(name).last();
    text.map(|t| t.parse().map_err(|_| No::page(400, "limit, skip and idx are numbers"))).transpose()
}

fn page(call: &Call<'_>) -> Result<(usize, usize), No> {
    Ok((number(call, "skip")?.unwrap_or(0), number(call, "limit")?.unwrap_or(LIMIT).min(MOST)))
}

fn fits(call: &Call<'_>, set: &BuildsetRecord) -> bool {
    let subject = &set.subject;
    is(call, "project", &subject.project)
        && is(call, "pipeline", set.pipeline.name())
        && is(call, "branch", &subject.branch)
        && is(call, "change", &subject.change.number.to_string())
        && is(call, "patchset", &subject.change.patch_set.to_string())
        && is(call, "ref", &subject.change.ref_name())
        && is(call, "queue_item_uuid", &set.item.to_string())
        && call.all("newrev").next().is_none()
        && call.all("nodeset").next().is_none()
        && is_bool(call, "complete", true)
}

/// `/buildsets`.
pub(super) fn buildsets(call: &Call<'_>) -> Answer {
    let (skip, limit) = page(call)?;
    let (low, high) = (number(call, "idx_min")?, number(call, "idx_max")?);
    let found = visible(call).into_iter().filter(|(at, set)| {
        fits(call, set)
            && is(call, "uuid", &set.uuid.to_string())
            && is(call, "result", set.result.name())
            && low.is_none_or(|low| *at >= low)
            && high.is_none_or(|high| *at <= high)
    });
    Ok(found.skip(skip).take(limit).map(|(at, set)| buildset_value(call, at, &set)).collect())
}

/// `/builds`.
pub(super) fn builds(call: &Call<'_>) -> Answer {
    let (skip, limit) = page(call)?;
    let (low, high) = (number(call, "idx_min")?, number(call, "idx_max")?);
    let excluded: Vec<&str> = call.all("exclude_result").collect();
    let mut out = Vec::new();
    let mut passed = 0;
    for (at, set) in visible(call).into_iter().filter(|(_, set)| fits(call, set)) {
        for (nth, build) in set.builds.iter().enumerate().rev() {
            let number = build_number(at, nth);
            let wanted = is(call, "uuid", &build.uuid.to_string())
                && is(call, "job_name", &build.job)
                && is(call, "result", build.result.name())
                && is_bool(call, "voting", build.voting)
                && is_bool(call, "final", build.last)
                && is_bool(call, "held", false)
                && !excluded.contains(&build.result.name())
                && low.is_none_or(|low| number >= low)
                && high.is_none_or(|high| number <= high);
            if !wanted {
                continue;
            }
            passed += 1;
            if passed > skip {
                out.push(build_value(call, number, &set, build, true));
            }
            if out.len() >= limit {
                return Ok(out.into());
            }
        }
    }
    Ok(out.into())
}

/// A number that grows with time: buildsets have fewer builds than this.
const fn build_number(set: usize, nth: usize) -> usize {
    set * 1000 + nth
}

/// `/build/UUID`: also one that still runs.
pub(super) fn build(call: &Call<'_>, uuid: &str) -> Answer {
    let unknown = || No::page(404, "Build not found");
    let id: Id = uuid.parse().map_err(|_| unknown())?;
    for (at, set) in visible(call) {
        if let Some(nth) = set.builds.iter().position(|b| b.uuid == id) {
            let mut value = build_value(call, build_number(at, nth), &set, &set.builds[nth], true);
            value["buildset"]["refs"] = json!([reference(call, &set.subject)]);
            return Ok(value);
        }
    }
    let snapshot = call.server.gate.snapshot();
    let items = snapshot.queues.iter().flat_map(|queue| queue.items.iter().map(move |item| (queue, item)));
    let mut jobs = items.flat_map(|(queue, item)| item.jobs.iter().map(move |job| (queue, item, job)));
    let found = jobs.find(|(_, item, job)| job.build == Some(id) && call.sees(&item.subject.project));
    found.map(|(queue, item, job)| running(call, queue, item, job)).ok_or_else(unknown)
}

fn running(call: &Call<'_>, queue: &QueueView, item: &ItemView, job: &JobView) -> Value {
    let uuid = job.build.map(|b| b.to_string());
    json!({
        "_id": null,
        "uuid": uuid,
        "job_name": job.name,
        "result": job.result.map(crate::server::gate::model::Verdict::name),
        "held": false,
        "execute_time": job.queued.map(iso),
        "start_time": job.started.map(iso),
        "end_time": job.ended.map(iso),
        "duration": null,
        "voting": job.voting,
        "log_url": uuid.filter(|_| job.started.is_some()).map(|b| format!("{}logs/{b}/", call.server.base_url)),
        "nodeset": "",
        "error_detail": null,
        "final": true,
        "artifacts": [],
        "provides": [],
        "ref": reference(call, &item.subject),
        "pipeline": queue.pipeline.name(),
        "event_id": item.id.to_string(),
        "event_timestamp": iso(item.enqueued),
        "queue_item_uuid": item.id.to_string(),
        "buildset": {"uuid": item.buildset.map(|b| b.to_string()), "refs": [reference(call, &item.subject)]},
    })
}

/// `/buildset/UUID`.
pub(super) fn buildset(call: &Call<'_>, uuid: &str) -> Answer {
    let unknown = || No::page(404, "Buildset not found");
    let id: Id = uuid.parse().map_err(|_| unknown())?;
    let (at, set) = visible(call).into_iter().find(|(_, set)| set.uuid == id).ok_or_else(unknown)?;
    let mut value = buildset_value(call, at, &set);
    let builds = set.builds.iter().enumerate().map(|(nth, b)| build_value(call, build_number(at, nth), &set, b, false));
    value["builds"] = builds.collect();
    let change = set.subject.change;
    value["events"] = json!([{
        "event_time": iso(set.enqueued),
        "event_type": "triggered",
        "description": format!("Triggered by GerritChange {} {change}", set.subject.project),
    }]);
    Ok(value)
}

fn reference(call: &Call<'_>, subject: &Subject) -> Value {
    json!({
        "project": subject.project,
        "branch": subject.branch,
        "change": subject.change.number,
        "patchset": subject.change.patch_set.to_string(),
        "ref": subject.change.ref_name(),
        "oldrev": null,
        "newrev": null,
        "ref_url": change_url(call, &subject.project, subject.change),
    })
}

fn buildset_value(call: &Call<'_>, at: usize, set: &BuildsetRecord) -> Value {
    json!({
        "_id": at,
        "uuid": set.uuid.to_string(),
        "result": set.result.name(),
        "message": set.message,
        "pipeline": set.pipeline.name(),
        "event_id": set.item.to_string(),
        "event_timestamp": iso(set.enqueued),
        "queue_item_uuid": set.item.to_string(),
        "first_build_start_time": set.builds.iter().filter_map(|b| b.started).min().map(iso),
        "last_build_end_time": set.builds.iter().filter(|b| b.started.is_some()).map(|b| b.ended).max().map(iso),
        "user_id": null,
        "parameters": null,
        "refs": [reference(call, &set.subject)],
    })
}

fn build_value(call: &Call<'_>, number: usize, set: &BuildsetRecord, build: &BuildRecord, whole: bool) -> Value {
    let mut value = json!({
        "_id": number,
        "uuid": build.uuid.to_string(),
        "job_name": build.job,
        "result": build.result.name(),
        "held": false,
        "execute_time": build.started.map(iso),
        "start_time": build.started.map(iso),
        "end_time": iso(build.ended),
        "duration": build.duration(),
        "voting": build.voting,
        "log_url": build.log.then(|| format!("{}logs/{}/", call.server.base_url, build.uuid)),
        "nodeset": "",
        "error_detail": build.detail,
        "final": build.last,
        "artifacts": [],
        "provides": [],
        "ref": reference(call, &set.subject),
    });
    if whole {
        value["pipeline"] = set.pipeline.name().into();
        value["event_id"] = set.item.to_string().into();
        value["event_timestamp"] = iso(set.enqueued).into();
        value["queue_item_uuid"] = set.item.to_string().into();
        value["buildset"] = json!({"uuid": set.uuid.to_string()});
    }
    value
}
