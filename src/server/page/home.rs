//! The first page: queues with their items and jobs, open changes, the newest results.

use super::html::Html;
use super::{Call, date, duration};
use crate::server::change::{Change, Moment, Status};
use crate::server::gate::model::{BuildsetRecord, Pipeline, Verdict};
use crate::server::gate::snapshot::{ItemView, JobView, QueueView, Snapshot, Waiting};
use crate::server::labels::{self, LABELS, VERIFIED};

/// How many changes are on a page, and how many results.
const CHANGES: usize = 100;
const RESULTS: usize = 20;

/// The page at `/`.
pub(super) fn page(call: &Call<'_>) -> Html {
    let snapshot = call.server.gate.snapshot();
    let mut html = Html::page(&call.root, "Merge gate");
    // The script draws these parts anew; without it the page does so itself, more rarely.
    html.raw("<noscript><p><a href=\"\">Reload</a> to see what has moved.</p></noscript>\n<div data-live>\n");
    queues(call, &snapshot, &mut html);
    html.raw("</div>\n");
    changes(call, &snapshot, &mut html);
    html.raw("<div data-live>\n");
    results(call, &mut html);
    html.raw("</div>\n");
    html
}

fn queues(call: &Call<'_>, snapshot: &Snapshot, html: &mut Html) {
    html.raw("<section id=\"queues\">\n<h2>Queues</h2>\n");
    if let Some(why) = &snapshot.paused {
        html.raw("<p class=\"bad\">No job runs: ").text(why).raw("</p>\n");
    }
    for pipeline in [Pipeline::Gate, Pipeline::Check] {
        html.raw("<h3>")
            .text(pipeline.name())
            .raw("</h3>\n<p class=\"quiet\">")
            .text(pipeline.description())
            .raw("</p>\n");
        let mut empty = true;
        for queue in snapshot.queues.iter().filter(|q| q.pipeline == pipeline) {
            empty &= !self::queue(call, queue, html);
        }
        if empty {
            html.raw("<p>Nothing is waiting.</p>\n");
        }
    }
    html.raw("</section>\n");
}

/// Shows a queue; whether there was anything to show.
fn queue(call: &Call<'_>, queue: &QueueView, html: &mut Html) -> bool {
    let seen: Vec<(usize, &ItemView)> =
        queue.items.iter().enumerate().filter(|(_, item)| call.sees(&item.subject.project)).collect();
    if seen.is_empty() {
        return false;
    }
    if queue.pipeline == Pipeline::Gate {
        html.raw("<h4>").text(&queue.name);
        if let Some(branch) = &queue.branch {
            html.raw(", branch ").text(branch);
        }
        html.raw("</h4>\n<p class=\"quiet\">");
        match queue.window {
            0 => html.raw("All of them are tested at once."),
            n => html.text(format_args!("The first {n} are tested at once.")),
        };
        html.raw("</p>\n");
    }
    html.raw("<ol class=\"queue\">\n");
    for (at, item) in seen {
        html.raw("<li").attribute("value", at + 1).raw(">");
        self::item(call, item, html);
        html.raw("</li>\n");
    }
    html.raw("</ol>\n");
    true
}

fn item(call: &Call<'_>, item: &ItemView, html: &mut Html) {
    let subject = &item.subject;
    let title = call.server.store.index().get(subject.change.number).map(|c| c.current().commit.subject.clone());
    let (class, state) = state(item);
    html.raw("<div class=\"item\"><p>")
        .link(
            format_args!("{}/c/{}/+/{}", call.root, subject.project, subject.change.number),
            format_args!("{} {}", subject.change, title.unwrap_or_default()),
        )
        .raw(" ")
        .mark(class, state)
        .raw("</p><p class=\"quiet\">")
        .text(format_args!("{}, {}, by {}, for ", subject.project, subject.branch, item.owner))
        .text(duration(call.now - item.enqueued));
    if item.resets > 0 {
        html.text(format_args!(", started again {} times", item.resets));
    }
    html.raw("</p>");
    jobs(call, &item.jobs, html);
    html.raw("</div>");
}

/// How an item stands, in a word and a colour.
fn state(item: &ItemView) -> (&'static str, String) {
    if let Some(reason) = item.failing.first() {
        return ("bad", format!("failing: {}", reason.words()));
    }
    if !item.active {
        return ("quiet", "waits for its turn".to_owned());
    }
    if item.jobs.is_empty() {
        return ("busy", "the merge is being prepared".to_owned());
    }
    if item.jobs.iter().all(|j| j.result.is_some()) {
        return ("good", "passed, waits for those ahead".to_owned());
    }
    if item.jobs.iter().all(|j| j.started.is_none()) {
        return ("quiet", "its jobs wait".to_owned());
    }
    ("busy", "jobs run".to_owned())
}

/// The colour of a result.
pub(super) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Success => "good",
        Verdict::Canceled | Verdict::Skipped | Verdict::Dequeued | Verdict::Retry => "quiet",
        Verdict::Failure
        | Verdict::TimedOut
        | Verdict::NodeFailure
        | Verdict::MergeConflict
        | Verdict::MergeFailure => "bad",
    }
}

/// The jobs of an item.
pub(super) fn jobs(call: &Call<'_>, jobs: &[JobView], html: &mut Html) {
    if jobs.is_empty() {
        return;
    }
    html.raw("<table><thead><tr><th scope=\"col\">Job</th><th scope=\"col\">State</th><th scope=\"col\">Time</th></tr></thead><tbody>\n");
    for job in jobs {
        html.raw("<tr><th scope=\"row\">");
        match job.build {
            Some(build) if job.started.is_some() => {
                let tenant = &call.server.settings.gate.tenant;
                html.link(format_args!("{}/t/{tenant}/build/{build}", call.root), &job.name)
            }
            _ => html.text(&job.name),
        };
        if !job.voting {
            html.raw(" <span class=\"quiet\">(does not count)</span>");
        }
        html.raw("</th><td>");
        match (job.result, job.started, &job.waiting) {
            (Some(result), ..) => html.mark(class(result), result.name()),
            (None, Some(_), _) => html.mark("busy", "runs"),
            (None, None, Some(Waiting::Dependencies(jobs))) => {
                html.mark("quiet", format_args!("waits for {}", jobs.join(", ")))
            }
            (None, None, Some(Waiting::Merge)) => html.mark("quiet", "waits for the merge"),
            (None, None, Some(Waiting::Slot)) => html.mark("quiet", "waits for a free slot"),
            (None, None, None) => html.mark("quiet", "waits"),
        };
        html.raw("</td><td>").text(time(job, call.now)).raw("</td></tr>\n");
    }
    html.raw("</tbody></table>");
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of a job's time limit")]
fn time(job: &JobView, now: Moment) -> String {
    let Some(started) = job.started else { return String::new() };
    let spent = duration(job.ended.unwrap_or(now) - started);
    match job.estimated.filter(|_| job.ended.is_none()) {
        Some(estimated) => format!("{spent} of about {}", duration((estimated * 1000.0) as i64)),
        None => spent,
    }
}

fn changes(call: &Call<'_>, snapshot: &Snapshot, html: &mut Html) {
    let skip: usize = call.parameter("skip").and_then(|s| s.parse().ok()).unwrap_or(0);
    html.raw("<section id=\"changes\">\n<h2>Open changes</h2>\n");
    let index = call.server.store.index();
    let mut open: Vec<_> = index.all().filter(|c| c.status == Status::New && call.sees(&c.project)).collect();
    open.sort_by_key(|c| std::cmp::Reverse((c.updated, c.number)));
    if open.is_empty() {
        html.raw("<p>No change is open.</p>\n</section>\n");
        return;
    }
    html.raw("<table class=\"wide\"><thead><tr><th scope=\"col\">Change</th><th scope=\"col\">Project, branch</th><th scope=\"col\">Owner</th><th scope=\"col\">Waits for</th><th scope=\"col\">Updated</th></tr></thead><tbody>\n");
    for change in open.iter().skip(skip).take(CHANGES) {
        html.raw("<tr><th scope=\"row\">")
            .link(
                format_args!("{}/c/{}/+/{}", call.root, change.project, change.number),
                format_args!("{} {}", change.number, change.current().commit.subject),
            )
            .raw("</th>")
            .cell(format_args!("{}, {}", change.project, change.branch))
            .cell(call.person(change.owner))
            .raw("<td data-what=\"waits for\">");
        let waits = waits_for(call, snapshot, change);
        if waits.is_empty() {
            html.mark("good", "nothing");
        } else {
            html.text(waits.join(", "));
        }
        html.raw("</td>").cell(date(change.updated)).raw("</tr>\n");
    }
    html.raw("</tbody></table>\n<p>");
    if skip > 0 {
        html.link(format_args!("{}/?skip={}#changes", call.root, skip.saturating_sub(CHANGES)), "Newer").raw(" ");
    }
    if skip.saturating_add(CHANGES) < open.len() {
        html.link(format_args!("{}/?skip={}#changes", call.root, skip.saturating_add(CHANGES)), "Older");
    }
    html.raw("</p>\n</section>\n");
}

/// What a change still lacks, in words.
fn waits_for(call: &Call<'_>, snapshot: &Snapshot, change: &Change) -> Vec<String> {
    let mut waits = Vec::new();
    if change.wip {
        waits.push("work in progress".to_owned());
    }
    if let Some(project) = call.server.store.project(&change.project) {
        let missing = LABELS
            .iter()
            .filter(|l| labels::verdict(l, change, &project.settings) == labels::Verdict::Unsatisfied)
            .map(|l| l.name.to_owned());
        waits.extend(missing);
        // A failure stands in the way, though nobody asks for the vote.
        let failed = change.current_votes().any(|vote| vote.label == VERIFIED && vote.value < 0);
        if failed && !waits.iter().any(|label| label == VERIFIED) {
            waits.push("passing jobs".to_owned());
        }
    }
    if waits.is_empty() && snapshot.of_change(change.number).any(|(queue, _)| queue.pipeline == Pipeline::Gate) {
        waits.push("the gate".to_owned());
    }
    match change.unresolved() {
        0 => {}
        1 => waits.push("1 comment".to_owned()),
        n => waits.push(format!("{n} comments")),
    }
    waits
}

fn results(call: &Call<'_>, html: &mut Html) {
    html.raw("<section id=\"results\">\n<h2>Newest results</h2>\n");
    let history = call.server.gate.history();
    let seen: Vec<&BuildsetRecord> =
        history.iter().map(AsRef::as_ref).filter(|set| call.sees(&set.subject.project)).take(RESULTS).collect();
    if seen.is_empty() {
        html.raw("<p>Nothing was tested yet.</p>\n</section>\n");
        return;
    }
    html.raw("<table class=\"wide\"><thead><tr><th scope=\"col\">Change</th><th scope=\"col\">Pipeline</th><th scope=\"col\">Result</th><th scope=\"col\">Project, branch</th><th scope=\"col\">When</th></tr></thead><tbody>\n");
    for set in seen {
        let tenant = &call.server.settings.gate.tenant;
        html.raw("<tr><th scope=\"row\">")
            .link(format_args!("{}/t/{tenant}/buildset/{}", call.root, set.uuid), set.subject.change)
            .raw("</th>")
            .cell(set.pipeline.name())
            .raw("<td>")
            .mark(class(set.result), set.result.name())
            .raw("</td>")
            .cell(format_args!("{}, {}", set.subject.project, set.subject.branch))
            .cell(date(set.ended))
            .raw("</tr>\n");
    }
    html.raw("</tbody></table>\n</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::gate::model::{ChangeRef, Id, Reason, Subject};

    #[test]
    fn an_item_is_told_in_one_word() {
        let job = |started, result| JobView {
            name: "unit".into(),
            voting: true,
            dependencies: Vec::new(),
            tries: 1,
            result,
            build: None,
            waiting: None,
            queued: None,
            started,
            ended: None,
            estimated: None,
        };
        let (waits, runs, over) = (job(None, None), job(Some(1), None), job(Some(1), Some(Verdict::Success)));
        let item = |active, failing: &[Reason], jobs: &[&JobView]| ItemView {
            id: Id(1),
            subject: Subject {
                change: ChangeRef { number: 1, patch_set: 1 },
                project: "p".into(),
                branch: "main".into(),
            },
            owner: "alice".into(),
            needs: Vec::new(),
            enqueued: 0,
            active,
            ahead: None,
            behind: Vec::new(),
            failing: failing.to_vec(),
            buildset: None,
            commit: None,
            resets: 0,
            jobs: jobs.iter().map(|job| (*job).clone()).collect(),
        };
        for (item, words) in [
            (item(true, &[Reason::JobFailed], &[&runs]), "failing: at least one job failed"),
            (item(false, &[], &[]), "waits for its turn"),
            (item(true, &[], &[]), "the merge is being prepared"),
            (item(true, &[], &[&waits, &waits]), "its jobs wait"),
            (item(true, &[], &[&waits, &runs]), "jobs run"),
            (item(true, &[], &[&over, &waits]), "jobs run"),
            (item(true, &[], &[&over, &over]), "passed, waits for those ahead"),
        ] {
            assert_eq!(state(&item).1, words);
        }
    }
}
