//! `pyflow recheck`: runs the checks, or the merge, of a change again, and says why.
//!
//! What had failed decides what is run again, and the site's configuration how that is asked for.
//! The answer to the request proves nothing, so it is looked for in the queues.

use std::time::{Duration, Instant};

use super::context::Context;
use super::status::{Failures, One, read_failures};
use crate::cli::RecheckArgs;
use crate::config::{GateSystem, ReasonRule, Reverify, Text};
use crate::error::{Error, Kind, Result};
use crate::gate::model::PipelineKind;
use crate::gate::next::pause;
use crate::gate::report::{Report, Verdict};
use crate::gate::watch::{Pace, Round, identity};
use crate::gate::{Action, Gate};
use crate::http::Request;
use crate::outcome::Outcome;
use crate::outcome::change::ChangeRow;
use crate::outcome::gate::{Again, Earlier, Effect, FailedJob, Recheck};
use crate::review::Ballot;
use crate::review::model::{Change, Step};

/// Runs the command.
pub fn run(context: &Context<'_>, args: &RecheckArgs) -> Result<Outcome> {
    if context.settings.gate.system == GateSystem::None {
        return Err(Error::state("nothing says what tests changes here: there is no [gate] in .reviewconf")
            .hint("where a comment is all that it takes, write `kind = \"review\"` below [gate]"));
    }
    let gate = context.gate()?.ok_or_else(|| Error::state("there is no gate"))?;
    let why = Why::of(args)?;
    let one = {
        let _working = context.observe.working("asking the review server and the gate");
        One::read(context, &*gate, args.change.as_deref())?
    };
    let plan = Plan::make(context, &*gate, &one, &why, args)?;
    let mut outcome = plan.outcome(&one, &why, args.dry_run);
    let mut failures = Failures::default();
    if let Some(report) = &plan.failed {
        let _working = context.observe.working("reading the logs of failed jobs");
        read_failures(context, &*gate, one.change.number, report, &mut failures);
        outcome.failed =
            report.failed_jobs().into_iter().map(|job| failed(job, one.change.number, &failures)).collect();
    }
    outcome.notes.extend(failures.not_read);
    if args.dry_run {
        return Ok(Outcome::Recheck(outcome));
    }
    for request in &plan.of_review {
        context.server.call(request)?;
    }
    for request in &plan.of_gate {
        gate.call(request)?;
    }
    context.accept()?;
    let _working = context.observe.working("waiting until it shows");
    let (effect, last) = wait(context, &*gate, &one, &plan, args.timeout)?;
    outcome.effect = effect;
    if effect == Some(Effect::NotSeen) {
        outcome.exit = Some(Kind::NotYet);
        outcome.hints = unseen(context, last.as_ref().unwrap_or(&one), plan.again);
    }
    Ok(Outcome::Recheck(outcome))
}

fn failed(job: &crate::gate::report::ReportedJob, change: u64, failures: &Failures) -> FailedJob {
    FailedJob {
        name: job.name.clone(),
        word: job.word.clone(),
        url: job.url.clone(),
        lines: failures.of(change, &job.name).map(|failure| failure.lines.clone()).unwrap_or_default(),
    }
}

/// Why it is asked for.
struct Why(Option<Text>);

impl Why {
    /// `bug 41`, `bug 41: the mirror is slow`, `the mirror is slow`.
    fn of(args: &RecheckArgs) -> Result<Self> {
        // It ends up in one line of a comment, behind the word.
        let line = |flag: &str, text: &String| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            text.parse::<Text>().map_err(|why| Error::usage(format!("{flag}: {why}")))
        };
        let bug = args.bug.as_ref().map(|bug| line("--bug", bug)).transpose()?;
        let reason = args.reason.as_ref().map(|reason| line("--reason", reason)).transpose()?;
        let text = match (bug, reason) {
            (None, None) => return Ok(Self(None)),
            (Some(bug), None) => format!("bug {bug}"),
            (None, Some(reason)) => reason.to_string(),
            (Some(bug), Some(reason)) => format!("bug {bug}: {reason}"),
        };
        text.parse().map(|text| Self(Some(text))).map_err(|why| Error::usage(format!("the reason: {why}")))
    }

    fn after(&self, word: &str) -> String {
        match &self.0 {
            Some(text) => format!("{word} {text}"),
            None => word.to_owned(),
        }
    }
}

/// What is asked, and of whom.
struct Plan {
    again: Again,
    failed: Option<Report>,
    /// In words.
    requested: String,
    of_review: Vec<Request>,
    of_gate: Vec<Request>,
    notes: Vec<String>,
    earlier: Vec<Earlier>,
    /// The report that was there before.
    before: Option<(String, String)>,
}

impl Plan {
    fn make(context: &Context<'_>, gate: &dyn Gate, one: &One, why: &Why, args: &RecheckArgs) -> Result<Self> {
        one.must_be_open()?;
        let (change, standing, settings) = (&one.change, one.standing(), &context.settings.gate);
        let number = change.number;
        if let Some(place) = standing.on_the_way().filter(|_| !args.force) {
            return Err(Error::refused(format!("change {number} is in {} already", place.pipeline.name))
                .hint(format!("wait for what comes of it: `pyflow status {number} --watch`"))
                .hint("`--force` asks all the same"));
        }
        let newest = standing.newest_of(change);
        let failed = newest.filter(|report| report.verdict.is_failure());
        if failed.is_none() && !args.force {
            return Err(nothing_failed(change, newest));
        }
        if let Some(report) = failed.filter(|report| report.verdict == Verdict::Conflict && !args.force) {
            return Err(Error::refused(format!(
                "change {number} does not merge (told by {}): another run would end the same",
                report.pipeline
            ))
            .hint(format!("rebase it onto {} and submit again", change.branch)));
        }
        let earlier = earlier(context, change);
        if why.0.is_none() && settings.reason.value == ReasonRule::Required {
            let error = Error::usage(format!("a recheck has to say why ({})", settings.reason.origin))
                .hint("the known bug: `--bug N`; something else: `--reason TEXT`");
            return Err(match earlier.last() {
                Some(last) => error.hint(format!("this change was rechecked before: {} ({})", last.text, last.by)),
                None => error,
            });
        }
        let again = match failed.map(|report| standing.kind(report)) {
            Some(PipelineKind::Gate) => Again::Merge,
            _ => Again::Checks,
        };
        let mut plan = Self {
            again,
            failed: failed.cloned(),
            requested: String::new(),
            of_review: Vec::new(),
            of_gate: Vec::new(),
            notes: Vec::new(),
            earlier,
            before: newest.map(identity),
        };
        match again {
            Again::Checks => plan.comment(context, one, &why.after(settings.recheck.value.as_str()))?,
            Again::Merge => plan.merge(context, gate, one, why)?,
        }
        Ok(plan)
    }

    fn comment(&mut self, context: &Context<'_>, one: &One, text: &str) -> Result<()> {
        self.of_review(context, one, &Ballot { votes: Vec::new(), message: Some(text.to_owned()) })?;
        self.requested = format!("comment `{text}`");
        // Every comment carries all votes of its author, so that the approver's own is a new approval
        // to a gate whose trigger is one.
        let rules = context.rules();
        let approved = |by: Option<&str>| {
            !rules.approve.is_empty()
                && rules.approve.iter().all(|(label, value)| {
                    one.change.votes.iter().any(|vote| {
                        vote.label == label.as_str() && vote.value >= *value && by.is_none_or(|by| vote.by.id == by)
                    })
                })
        };
        let mine = one.me().is_some_and(|me| {
            let last = rules.approve.last();
            one.change.votes.iter().any(|vote| {
                vote.by.id == me.id
                    && last.is_some_and(|(label, value)| vote.label == label.as_str() && vote.value >= *value)
            })
        });
        if self.again == Again::Checks && approved(None) && mine {
            self.notes.push("you have approved this change: your comment may also put it into the gate".to_owned());
        }
        Ok(())
    }

    fn of_review(&mut self, context: &Context<'_>, one: &One, ballot: &Ballot) -> Result<()> {
        for step in context.server.vote(&one.change, one.patch_set, ballot)? {
            if let Step::Call { request, .. } = step {
                self.of_review.push(request);
            }
        }
        Ok(())
    }

    fn merge(&mut self, context: &Context<'_>, gate: &dyn Gate, one: &One, why: &Why) -> Result<()> {
        let settings = &context.settings.gate;
        match &settings.reverify.value {
            Reverify::Comment(word) => self.comment(context, one, &why.after(word.as_str())),
            Reverify::Revote => {
                let votes = context.rules().approve;
                let missing = votes.iter().find(|(label, value)| !one.change.may_give(label.as_str(), *value));
                if let Some((label, value)) = missing {
                    return Err(Error::refused(format!(
                        "a change gets back into the gate by a new vote here ({}), and you may not vote {label}{value:+}",
                        settings.reverify.origin
                    ))
                    .hint(format!("ask who approved it: `pyflow status {}` shows the votes", one.change.number)));
                }
                let spelled: Vec<String> = votes.iter().map(|(label, value)| format!("{label}{value:+}")).collect();
                self.requested = format!("vote {} again", spelled.join(" "));
                self.of_review(context, one, &Ballot { votes, message: Some(why.after(MERGE_AGAIN)) })
            }
            Reverify::Enqueue => {
                let pipeline = self.failed.as_ref().map_or("gate", |report| &report.pipeline).to_owned();
                let change = format!("{},{}", one.change.number, one.patch_set);
                let action = Action::Enqueue { pipeline, change };
                super::gate::may(gate, &action)?;
                self.of_gate.push(gate.request(&action)?);
                self.requested = String::from("put it into the gate");
                if why.0.is_some() {
                    self.of_review(context, one, &Ballot { votes: Vec::new(), message: Some(why.after(MERGE_AGAIN)) })?;
                }
                Ok(())
            }
        }
    }

    fn outcome(&self, one: &One, why: &Why, planned: bool) -> Recheck {
        Recheck {
            planned,
            change: ChangeRow::from(&one.change),
            patch_set: one.patch_set,
            again: self.again,
            requested: self.requested.clone(),
            reason: why.0.as_ref().map(ToString::to_string),
            failed: Vec::new(),
            earlier: self.earlier.clone(),
            effect: None,
            notes: self.notes.clone(),
            hints: Vec::new(),
            exit: None,
        }
    }
}

/// Before the reason of a merge that is asked for by votes or over the gate's own interface; not the
/// site's word for the checks, which would run them as well.
const MERGE_AGAIN: &str = "merge again:";

fn nothing_failed(change: &Change, newest: Option<&Report>) -> Error {
    let number = change.number;
    let patch_set = change.current_patch_set.unwrap_or(1);
    let text = match newest.map(|report| (report.verdict, &report.pipeline)) {
        None => format!("nothing has been reported on patch set {patch_set} of change {number}"),
        Some((Verdict::Passed, pipeline)) => format!("change {number} has passed {pipeline}: nothing has failed"),
        Some((Verdict::Started, pipeline)) => {
            format!("change {number} began in {pipeline}, and is in no queue: it was taken out, or has not shown yet")
        }
        Some((_, pipeline)) => format!("what {pipeline} reported on change {number} is not understood"),
    };
    Error::refused(text)
        .hint(format!("`pyflow status {number}` shows where it stands"))
        .hint("`--force` asks all the same")
}

/// What this change was rechecked for before: comments of people that begin with the site's words.
fn earlier(context: &Context<'_>, change: &Change) -> Vec<Earlier> {
    let settings = &context.settings.gate;
    let mut words = vec![settings.recheck.value.as_str(), "recheck", "reverify", MERGE_AGAIN];
    if let Reverify::Comment(word) = &settings.reverify.value {
        words.push(word.as_str());
    }
    let said = |text: &str| {
        // Gerrit puts `Patch Set 3:` and the votes before what was typed.
        let text = text.trim();
        let typed = match text.split_once('\n') {
            Some((head, rest)) if head.starts_with("Patch Set ") => rest.trim(),
            _ => text,
        };
        let first = typed.lines().next().unwrap_or_default().to_lowercase();
        let begins = words.iter().any(|word| first.starts_with(&word.to_lowercase()));
        begins.then(|| typed.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let people = change.messages.iter().filter(|message| message.tag.is_none());
    people
        .filter_map(|message| {
            Some(Earlier {
                text: said(&message.text)?,
                by: message.author.display().to_owned(),
                time: message.time.map(|time| time.to_string()),
                patch_set: message.patch_set,
            })
        })
        .collect()
}

/// Waits until something new shows: an item in a queue, or a report that came of one.
fn wait(
    context: &Context<'_>,
    gate: &dyn Gate,
    one: &One,
    plan: &Plan,
    timeout: Duration,
) -> Result<(Option<Effect>, Option<One>)> {
    if timeout.is_zero() || context.settings.gate.system == GateSystem::Review {
        return Ok((None, None));
    }
    let deadline = Instant::now() + timeout;
    let mut pace = Pace::new();
    loop {
        let (round, seen) = match one.again(context, gate) {
            Ok(now) => {
                let standing = now.standing();
                let wanted = match plan.again {
                    Again::Checks => standing.on_the_way().is_some(),
                    Again::Merge => standing.in_gate().is_some(),
                };
                let reported = standing.newest_of(&now.change).map(identity) != plan.before;
                if wanted || reported || now.must_be_open().is_err() {
                    return Ok((Some(Effect::Seen), None));
                }
                drop(standing);
                (Round::Same, Some(now))
            }
            Err(error) if error.kind == Kind::Unknown && Instant::now() < deadline => (Round::Failed, None),
            Err(error) => return Err(error),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok((Some(Effect::NotSeen), seen));
        }
        // A person waits at the keyboard: the pause never gets long.
        std::thread::sleep(pace.after(round).min(Duration::from_secs(3)).min(left));
    }
}

/// Why nothing shows, as far as it can be seen.
fn unseen(context: &Context<'_>, one: &One, again: Again) -> Vec<String> {
    let settings = &context.settings.gate;
    let mut hints = Vec::new();
    if let Some(paused) = &one.snapshot().paused {
        hints.push(pause(paused));
    }
    if again == Again::Merge {
        hints.extend(super::gate::in_the_way(context, one));
    }
    hints.push(match (again, &settings.reverify.value) {
        (Again::Checks, _) => format!(
            "the site's trigger may want another word than `{}` (gate.recheck, from {}), or nothing behind it",
            settings.recheck.value, settings.recheck.origin
        ),
        (Again::Merge, way) => format!(
            "the site may want another way into the gate than `{way}` (gate.reverify, from {})",
            settings.reverify.origin
        ),
    });
    hints.push(format!("it may only be slow: `pyflow status {} --watch`", one.change.number));
    hints
}
