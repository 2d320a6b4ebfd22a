//! The page of a change.

use super::html::Html;
use super::{Call, date, home};
use crate::server::change::{Change, Comment, Status};
use crate::server::labels::{self, LABELS, Verdict};

/// `/c/PROJECT/+/NUMBER`; `None` where there is none that may be seen.
pub(super) fn page(call: &Call<'_>, project: &str, number: &str) -> Option<Html> {
    let number: u32 = number.parse().ok()?;
    let change = call.server.store.index().get(number).cloned()?;
    if change.project != project || !call.sees(project) {
        return None;
    }
    let commit = &change.current().commit;
    let mut html = Html::page(&call.root, &format!("{number} {}", commit.subject));
    facts(call, &change, &mut html);
    html.raw("<div data-live>\n");
    requirements(call, &change, &mut html);
    gate(call, &change, &mut html);
    html.raw("</div>\n<section>\n<h2>Message</h2>\n<pre>").text(&commit.message).raw("</pre>\n</section>\n");
    patch_sets(call, &change, &mut html);
    comments(call, &change, &mut html);
    history(call, &change, &mut html);
    Some(html)
}

fn facts(call: &Call<'_>, change: &Change, html: &mut Html) {
    let (class, state) = match change.status {
        Status::New if change.wip => ("quiet", "work in progress"),
        Status::New => ("busy", "open"),
        Status::Merged => ("good", "landed"),
        Status::Abandoned => ("quiet", "abandoned"),
    };
    html.raw("<p>").mark(class, state).raw(" ");
    html.text(format_args!(
        "for {}, branch {}, by {}, patch set {}",
        change.project,
        change.branch,
        call.person(change.owner),
        change.current().number
    ));
    if let Some(topic) = &change.topic {
        html.raw(", topic ").text(topic);
    }
    html.raw("</p>\n");
    if let Some((number, _)) = change.picked_from {
        html.raw("<p>Picked from ")
            .link(format_args!("{}/c/{}/+/{number}", call.root, change.project), number)
            .raw("</p>\n");
    }
}

fn requirements(call: &Call<'_>, change: &Change, html: &mut Html) {
    let Some(project) = call.server.store.project(&change.project) else { return };
    html.raw("<section>\n<h2>Requirements</h2>\n<table><thead><tr><th scope=\"col\">What</th><th scope=\"col\">State</th><th scope=\"col\">Votes</th></tr></thead><tbody>\n");
    for label in &LABELS {
        let votes: Vec<String> = change
            .current_votes()
            .filter(|v| v.label == label.name)
            .map(|v| format!("{:+} {}", v.value, call.person(v.account)))
            .collect();
        let verdict = labels::verdict(label, change, &project.settings);
        if verdict == Verdict::NotApplicable && votes.is_empty() {
            continue;
        }
        let (class, words) = match verdict {
            Verdict::Satisfied => ("good", "fulfilled"),
            Verdict::Unsatisfied => ("bad", "missing"),
            Verdict::NotApplicable => ("quiet", "not asked for"),
        };
        html.raw("<tr><th scope=\"row\">").text(label.name).raw("</th><td>").mark(class, words).raw("</td>");
        html.cell(votes.join(", ")).raw("</tr>\n");
    }
    let unresolved = change.unresolved();
    if unresolved > 0 {
        html.raw("<tr><th scope=\"row\">Comments</th><td>").mark("bad", format_args!("{unresolved} unresolved"));
        html.raw("</td><td></td></tr>\n");
    }
    html.raw("</tbody></table>\n</section>\n");
}

fn gate(call: &Call<'_>, change: &Change, html: &mut Html) {
    let snapshot = call.server.gate.snapshot();
    html.raw("<section>\n<h2>Gate</h2>\n");
    let mut anything = false;
    for (queue, item) in snapshot.of_change(change.number) {
        anything = true;
        let position = queue.items.iter().position(|other| other.id == item.id).map_or(1, |at| at + 1);
        html.raw("<h3>").text(queue.pipeline.name()).raw("</h3>\n<p>");
        html.text(format_args!("Number {position} of {}. ", queue.items.len()));
        if let Some(reason) = item.failing.first() {
            html.mark("bad", reason.words());
        } else if !item.active {
            html.mark("quiet", "waits for its turn");
        }
        html.raw("</p>\n");
        home::jobs(call, &item.jobs, html);
    }
    let tenant = &call.server.settings.gate.tenant;
    let history = call.server.gate.history();
    let finished: Vec<_> = history.iter().filter(|s| s.subject.change.number == change.number).take(10).collect();
    if !finished.is_empty() {
        anything = true;
        html.raw("<table><thead><tr><th scope=\"col\">Patch set</th><th scope=\"col\">Pipeline</th><th scope=\"col\">Result</th><th scope=\"col\">When</th></tr></thead><tbody>\n");
        for set in finished {
            html.raw("<tr><th scope=\"row\">")
                .link(format_args!("{}/t/{tenant}/buildset/{}", call.root, set.uuid), set.subject.change)
                .raw("</th>")
                .cell(set.pipeline.name())
                .raw("<td>")
                .mark(home::class(set.result), set.result.name())
                .raw("</td>")
                .cell(date(set.ended))
                .raw("</tr>\n");
        }
        html.raw("</tbody></table>\n");
    }
    if !anything {
        html.raw("<p>It is in no queue, and was not tested yet.</p>\n");
    }
    html.raw("</section>\n");
}

fn patch_sets(call: &Call<'_>, change: &Change, html: &mut Html) {
    html.raw("<section>\n<h2>Patch sets</h2>\n<table class=\"wide\"><thead><tr><th scope=\"col\">Number</th><th scope=\"col\">Commit</th><th scope=\"col\">By</th><th scope=\"col\">When</th><th scope=\"col\">To fetch it</th></tr></thead><tbody>\n");
    for patch_set in change.patch_sets.iter().rev() {
        let fetch =
            format!("git fetch {}{} {}", call.server.base_url, change.project, change.patch_set_ref(patch_set.number));
        html.raw("<tr><th scope=\"row\">")
            .text(patch_set.number)
            .raw("</th><td><code>")
            .text(patch_set.commit.id.get(..10).unwrap_or_default())
            .raw("</code></td>")
            .cell(call.person(patch_set.uploader))
            .cell(date(patch_set.created))
            .raw("<td><code>")
            .text(fetch)
            .raw("</code></td></tr>\n");
    }
    html.raw("</tbody></table>\n</section>\n");
}

fn comments(call: &Call<'_>, change: &Change, html: &mut Html) {
    if change.comments.is_empty() {
        return;
    }
    html.raw("<section>\n<h2>Comments</h2>\n");
    let mut list: Vec<&Comment> = change.comments.iter().collect();
    list.sort_by_key(|c| (c.path.as_str(), c.line, c.when));
    for comment in list {
        html.raw("<article><h3>");
        match comment.path.as_str() {
            "/PATCHSET_LEVEL" => html.text("In general"),
            "/COMMIT_MSG" => html.text("Commit message"),
            path => html.text(path),
        };
        if let Some(line) = comment.line {
            html.text(format_args!(", line {line}"));
        }
        html.raw("</h3><p class=\"quiet\">")
            .text(format_args!(
                "{}, {}, patch set {}",
                call.person(comment.author),
                date(comment.when),
                comment.patch_set
            ))
            .raw(" ");
        if comment.unresolved {
            html.mark("bad", "unresolved");
        }
        html.raw("</p><pre>").text(&comment.message).raw("</pre></article>\n");
    }
    html.raw("</section>\n");
}

fn history(call: &Call<'_>, change: &Change, html: &mut Html) {
    html.raw("<section>\n<h2>History</h2>\n");
    for message in change.messages.iter().rev() {
        let author = message.author.map_or_else(|| "pyflow".to_owned(), |id| call.person(id));
        html.raw("<article><h3>")
            .text(format_args!("{author}, {}", date(message.when)))
            .raw("</h3><pre>")
            .text(named(call, &message.text))
            .raw("</pre></article>\n");
    }
    html.raw("</section>\n");
}

/// A message in which Gerrit's marks for accounts are names.
fn named(call: &Call<'_>, text: &str) -> String {
    let mut parts = text.split("<GERRIT_ACCOUNT_");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('>').and_then(|(id, rest)| Some((id.parse().ok()?, rest))) {
            Some((id, rest)) => {
                out.push_str(&call.person(id));
                out.push_str(rest);
            }
            None => out.push_str(part),
        }
    }
    out
}
