//! The pages of builds and buildsets, and logs as they are.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;

use super::html::Html;
use super::{Call, date, duration, home, nothing};
use crate::server::gate::model::{BuildsetRecord, Id, Pipeline, Subject, Verdict};
use crate::server::http::with_type;

/// How much of a log's end is on its page.
const TAIL: u64 = 64 * 1024;

/// What is known of a build, whether it is over or not.
struct Found {
    job: String,
    subject: Subject,
    pipeline: Pipeline,
    voting: bool,
    result: Option<Verdict>,
    started: Option<i64>,
    ended: Option<i64>,
    detail: Option<String>,
    buildset: Option<Id>,
    finished: bool,
}

fn finished(call: &Call<'_>, fits: impl Fn(&BuildsetRecord) -> bool) -> Option<Arc<BuildsetRecord>> {
    call.server.gate.history().into_iter().find(|set| fits(set)).filter(|set| call.sees(&set.subject.project))
}

fn find(call: &Call<'_>, id: Id) -> Option<Found> {
    if let Some(set) = finished(call, |set| set.builds.iter().any(|b| b.uuid == id)) {
        let build = set.builds.iter().find(|b| b.uuid == id)?;
        return Some(Found {
            job: build.job.clone(),
            subject: set.subject.clone(),
            pipeline: set.pipeline,
            voting: build.voting,
            result: Some(build.result),
            started: build.started,
            ended: Some(build.ended),
            detail: build.detail.clone(),
            buildset: Some(set.uuid),
            finished: true,
        });
    }
    let snapshot = call.server.gate.snapshot();
    let items = snapshot.queues.iter().flat_map(|queue| queue.items.iter().map(move |item| (queue, item)));
    let mut jobs = items.flat_map(|(queue, item)| item.jobs.iter().map(move |job| (queue, item, job)));
    let (queue, item, job) = jobs.find(|(.., job)| job.build == Some(id))?;
    call.sees(&item.subject.project).then(|| Found {
        job: job.name.clone(),
        subject: item.subject.clone(),
        pipeline: queue.pipeline,
        voting: job.voting,
        result: job.result,
        started: job.started,
        ended: job.ended,
        detail: None,
        buildset: item.buildset,
        finished: false,
    })
}

/// `/t/TENANT/build/UUID`.
pub(super) fn build(call: &Call<'_>, id: Id) -> Option<Html> {
    let found = find(call, id)?;
    let subject = &found.subject;
    let mut html = Html::page(&call.root, &format!("{} for {}", found.job, subject.change));
    html.raw("<div data-live>\n<p>");
    match found.result {
        Some(result) => html.mark(home::class(result), result.name()),
        None if found.started.is_some() => html.mark("busy", "runs"),
        None => html.mark("quiet", "waits"),
    };
    html.raw(" ").text(format_args!("{}, {}, pipeline {}", subject.project, subject.branch, found.pipeline.name()));
    if !found.voting {
        html.raw(", does not count");
    }
    if let Some(started) = found.started {
        html.text(format_args!(", for {}", duration(found.ended.unwrap_or(call.now) - started)));
    }
    html.raw("</p>\n");
    if let Some(detail) = &found.detail {
        html.raw("<p>").text(detail).raw("</p>\n");
    }
    html.raw("<p>").link(
        format_args!("{}/c/{}/+/{}", call.root, subject.project, subject.change.number),
        format_args!("Change {}", subject.change),
    );
    if let Some(buildset) = found.buildset.filter(|_| found.finished) {
        let tenant = &call.server.settings.gate.tenant;
        html.raw(" · ").link(format_args!("{}/t/{tenant}/buildset/{buildset}", call.root), "All jobs of this run");
    }
    html.raw("</p>\n<h2>Log</h2>\n");
    match tail(call, id) {
        Some((text, whole)) => {
            html.raw("<p>").link(format_args!("{}/logs/{id}/job-output.txt", call.root), "The whole log").raw("</p>\n");
            if !whole {
                html.raw("<p class=\"quiet\">Here is its end.</p>\n");
            }
            html.raw("<pre tabindex=\"0\" aria-label=\"Log\">").text(text).raw("</pre>\n");
        }
        None => {
            html.raw("<p>There is no log.</p>\n");
        }
    }
    html.raw("</div>\n");
    Some(html)
}

/// The end of a log, and whether that is all.
fn tail(call: &Call<'_>, id: Id) -> Option<(String, bool)> {
    let mut file = std::fs::File::open(call.server.gate.log(id)).ok()?;
    let length = file.metadata().ok()?.len();
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let text = if start == 0 { text.as_str() } else { text.split_once('\n').map_or("", |(_, rest)| rest) };
    Some((text.to_owned(), start == 0))
}

/// `/logs/UUID/job-output.txt`: whoever may see the change may read it.
pub(super) fn log(call: &Call<'_>, id: Id) -> Response {
    if find(call, id).is_none() {
        return nothing();
    }
    match std::fs::read(call.server.gate.log(id)) {
        Ok(bytes) => with_type(StatusCode::OK, "text/plain; charset=utf-8", bytes),
        Err(_) => nothing(),
    }
}

/// `/t/TENANT/buildset/UUID`.
pub(super) fn buildset(call: &Call<'_>, id: Id) -> Option<Html> {
    let set = finished(call, |set| set.uuid == id)?;
    let subject = &set.subject;
    let tenant = &call.server.settings.gate.tenant;
    let mut html = Html::page(&call.root, &format!("{} of {}", set.pipeline.name(), subject.change));
    html.raw("<p>")
        .mark(home::class(set.result), set.result.name())
        .raw(" ")
        .text(&set.message)
        .raw("</p>\n<p>")
        .link(
            format_args!("{}/c/{}/+/{}", call.root, subject.project, subject.change.number),
            format_args!("Change {}", subject.change),
        )
        .text(format_args!(" for {}, branch {}, {}", subject.project, subject.branch, date(set.ended)))
        .raw("</p>\n<table class=\"wide\"><thead><tr><th scope=\"col\">Job</th><th scope=\"col\">Result</th><th scope=\"col\">Time</th><th scope=\"col\">More</th></tr></thead><tbody>\n");
    for build in &set.builds {
        html.raw("<tr><th scope=\"row\">")
            .link(format_args!("{}/t/{tenant}/build/{}", call.root, build.uuid), &build.job)
            .raw("</th><td>")
            .mark(home::class(build.result), build.result.name())
            .raw("</td>")
            .cell(build.started.map(|started| duration(build.ended - started)).unwrap_or_default())
            .cell(build.detail.as_deref().unwrap_or_default())
            .raw("</tr>\n");
    }
    html.raw("</tbody></table>\n");
    Some(html)
}
