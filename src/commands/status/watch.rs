//! `pyflow status --watch`: looks again and again, tells what happens, and ends with its outcome.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::agreement::Agreements;
use super::failures::Failures;
use super::look::{AGate, GateAnswer, Look, look};
use super::{Wanted, rows};
use crate::cli::StatusArgs;
use crate::commands::context::Context;
use crate::error::{Kind, Result};
use crate::gate::watch::{Event, EventKind, Mark, Pace, Round, Until, events, over};
use crate::outcome::status::{Event as Told, Status};
use crate::outcome::{Live, Reader};
use crate::review::ChangeName;

/// What a watch waits for, and how long.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// What ends it.
    pub until: Option<Until>,
    /// When it gives up.
    pub timeout: Option<Duration>,
    /// Reports that were there before, by change: only what comes after them counts.
    pub old: BTreeMap<u64, (String, String)>,
}

/// What the command line says; `None` where nothing is to be watched.
pub fn asked(args: &StatusArgs) -> Option<Waiting> {
    let watch = args.watch || args.until.is_some() || args.timeout.is_some();
    watch.then(|| Waiting { until: args.until, timeout: args.timeout, old: BTreeMap::new() })
}

/// Follows changes that were named by number, for a command that has just acted on them.
pub fn follow(context: &Context<'_>, numbers: &[u64], waiting: &Waiting, live: &dyn Live) -> Result<Status> {
    let wanted: Vec<Wanted> = numbers
        .iter()
        .map(|number| {
            let name = ChangeName::Number { number: *number, patch_set: None };
            Wanted::Name(crate::commands::name::Named { name, typed: number.to_string(), commit: None })
        })
        .collect();
    run(context, &context.gate(), &wanted, waiting, &Agreements::of(context), live)
}

/// Watches until it is over. What is remembered between two rounds does not grow.
pub(super) fn run(
    context: &Context<'_>,
    gate: &AGate<'_>,
    wanted: &[Wanted],
    waiting: &Waiting,
    agreements: &Agreements<'_>,
    live: &dyn Live,
) -> Result<Status> {
    let until = waiting.until.unwrap_or(Until::Merged);
    let deadline = waiting.timeout.map(|timeout| Instant::now() + timeout);
    let mut pace = Pace::new();
    let mut marks: BTreeMap<u64, Mark> = BTreeMap::new();
    let mut trouble: Option<String> = None;
    let mut wanted = wanted.to_vec();
    loop {
        let round = match look(context, gate, &wanted) {
            Ok(look) => {
                if let [Wanted::Mine { seen }] = wanted.as_mut_slice() {
                    seen.extend(look.found.iter().filter_map(|found| found.number));
                }
                let seen = Seen::new(&look, &marks, &waiting.old);
                let trouble_now = in_trouble(&look);
                let mut changed = !seen.events.is_empty();
                let status = rows::status(context, &look, super::scope(&wanted), &Failures::default(), agreements)?;
                let mut reader = if live.repaints() { live.picture(&status)? } else { Reader::Listening };
                if let Some(event) = about_servers(trouble.as_deref(), trouble_now.as_deref()) {
                    changed = true;
                    reader = tell(live, None, &event)?.or(reader);
                }
                for (number, mark, event) in &seen.events {
                    reader = tell(live, Some((*number, mark)), event)?.or(reader);
                }
                if seen.events.iter().any(|(.., event)| rings(event.event)) {
                    live.ring();
                }
                let end = if trouble_now.is_some() {
                    None
                } else {
                    over(&seen.marks.values().cloned().collect::<Vec<_>>(), until)
                };
                marks = seen.marks;
                let failed = trouble_now.is_some();
                trouble = trouble_now;
                let nothing = look.found.is_empty() && look.review_error.is_none();
                if nothing || reader == Reader::Gone {
                    return Ok(status);
                }
                if let Some(kind) = end {
                    live.ring();
                    tell(live, None, &ended(kind))?;
                    return Ok(Status { exit: kind, ..status });
                }
                if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    let kind = status.exit.map_or(Kind::NotYet, |kind| kind.or(Kind::NotYet));
                    let end = ended(Some(kind));
                    tell(live, None, &end)?;
                    let mut status = Status { exit: Some(kind), ..status };
                    // The picture that stays shows how things are, and not why nobody looks any more.
                    status.warnings.push(end.text);
                    return Ok(status);
                }
                match (failed, changed) {
                    (true, _) => Round::Failed,
                    (false, true) => Round::Changed,
                    (false, false) => Round::Same,
                }
            }
            // A server that does not answer now may answer later.
            Err(error)
                if error.kind == Kind::Unknown && (deadline.is_none_or(|deadline| Instant::now() < deadline)) =>
            {
                if let Some(event) = about_servers(trouble.as_deref(), Some(&error.message))
                    && tell(live, None, &event)? == Reader::Gone
                {
                    return Err(error);
                }
                trouble = Some(error.message);
                Round::Failed
            }
            Err(error) => return Err(error),
        };
        let wait = pace.after(round);
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        std::thread::sleep(left.map_or(wait, |left| wait.min(left)));
    }
}

/// What a round showed.
struct Seen {
    marks: BTreeMap<u64, Mark>,
    events: Vec<(u64, Mark, Event)>,
}

impl Seen {
    fn new(look: &Look, before: &BTreeMap<u64, Mark>, old: &BTreeMap<u64, (String, String)>) -> Self {
        let mut seen = Self { marks: BTreeMap::new(), events: Vec::new() };
        // What a server in trouble says of a change is not compared with what it said before.
        if in_trouble(look).is_some() {
            seen.marks.clone_from(before);
            return seen;
        }
        for (change, standing) in rows::standings(look) {
            let known = before.get(&change.number);
            let mark = Mark::of(change, &standing, known).ignoring(old.get(&change.number));
            seen.events.extend(events(known, &mark).into_iter().map(|event| (change.number, mark.clone(), event)));
            seen.marks.insert(change.number, mark);
        }
        seen
    }
}

fn in_trouble(look: &Look) -> Option<String> {
    match (&look.review_error, &look.gate) {
        (Some(error), _) | (None, GateAnswer::Unreachable(error)) => Some(error.message.clone()),
        (None, GateAnswer::Queues(_) | GateAnswer::NoGate) => None,
    }
}

fn about_servers(before: Option<&str>, now: Option<&str>) -> Option<Event> {
    match (before, now) {
        (None, Some(why)) => Some(Event { event: EventKind::Unreachable, text: why.to_owned() }),
        (Some(_), None) => Some(Event { event: EventKind::Reachable, text: "the servers answer again".to_owned() }),
        (None, None) | (Some(_), Some(_)) => None,
    }
}

fn ended(kind: Option<Kind>) -> Event {
    let text = match kind {
        None => "it is done",
        Some(Kind::No) => "it failed",
        Some(Kind::NotYet) => "the time ran out before it was done",
        Some(_) => "the time ran out, and how it stands is not known",
    };
    Event { event: EventKind::End, text: text.to_owned() }
}

/// What somebody who is not looking wants to know.
const fn rings(event: EventKind) -> bool {
    matches!(event, EventKind::Failed | EventKind::Left | EventKind::Merged | EventKind::Abandoned)
}

fn tell(live: &dyn Live, about: Option<(u64, &Mark)>, event: &Event) -> Result<Reader> {
    if live.repaints() {
        return Ok(Reader::Listening);
    }
    live.event(&Told {
        schema: Told::SCHEMA,
        time: crate::observe::now().to_string(),
        number: about.map(|(number, _)| number),
        event: event.event,
        state: about.map(|(_, mark)| mark.state()),
        text: event.text.clone(),
    })
}
