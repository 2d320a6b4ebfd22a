//! `pyflow gate`: puts a change into the gate, takes it out, or puts it at the head.
//!
//! A gate says yes to everything, and does what it can later. So what a request would come to is
//! looked up before it is sent, and whether it came to that is looked up after.

use std::time::{Duration, Instant};

use super::context::Context;
use super::status::One;
use crate::cli::{GateArgs, GateCommand};
use crate::config::GateSystem;
use crate::error::{Error, Kind, Result};
use crate::gate::model::{Item, Pipeline, PipelineKind, Place, Queue, Snapshot};
use crate::gate::next::{BlockerKind, pause};
use crate::gate::watch::{Pace, Round};
use crate::gate::{Action, Gate};
use crate::http::Request;
use crate::outcome::Outcome;
use crate::outcome::change::ChangeRow;
use crate::outcome::gate::{Cost, Effect, Gate as Asked};
use crate::review::ChangeName;
use crate::review::model::{Change, ChangeState, Step};

/// Runs the command.
pub fn run(context: &Context<'_>, command: &GateCommand) -> Result<Outcome> {
    let (verb, args) = match command {
        GateCommand::Enqueue(args) => (Verb::Enqueue, args),
        GateCommand::Dequeue(args) => (Verb::Dequeue, args),
        GateCommand::Promote(args) => (Verb::Promote, args),
    };
    let gate = context.gate()?.ok_or_else(|| {
        Error::state("the project has no gate: there is no [gate] in .reviewconf")
            .hint("`pyflow status` shows what the review server knows")
    })?;
    let one = {
        let _working = context.observe.working("asking the review server and the gate");
        One::read(context, &*gate, args.change.as_deref())?
    };
    one.must_be_open()?;
    let plan = if context.settings.gate.system == GateSystem::Review {
        merged_by_the_server(context, &*gate, &one, verb)?
    } else {
        Plan::make(context, &*gate, &one, verb, args.pipeline.as_deref())?
    };
    let mut outcome = plan.outcome(&one, verb, args.dry_run);
    if plan.asks.is_empty() {
        outcome.effect = Some(Effect::Already);
        return Ok(Outcome::Gate(outcome));
    }
    if args.dry_run {
        return Ok(Outcome::Gate(outcome));
    }
    confirm(context, &plan, args, verb)?;
    for ask in &plan.asks {
        match ask {
            Ask::Gate(_, request) => gate.call(request)?,
            Ask::Review(_, request) => context.server.call(request).map(drop)?,
        }
    }
    context.accept()?;
    let _working = context.observe.working("waiting until it shows");
    let (effect, now) = wait(context, &*gate, &one, verb, &plan, args.timeout)?;
    outcome.effect = effect;
    outcome.text = now.text;
    if effect == Some(Effect::NotSeen) {
        outcome.exit = Some(Kind::NotYet);
        outcome.hints = unseen(context, now.one.as_ref().unwrap_or(&one), verb);
    }
    Ok(Outcome::Gate(outcome))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Enqueue,
    Dequeue,
    Promote,
}

impl Verb {
    const fn word(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Dequeue => "dequeue",
            Self::Promote => "promote",
        }
    }
}

/// One request, in words and as it is sent.
enum Ask {
    Gate(String, Request),
    Review(String, Request),
}

struct Plan {
    /// Nothing where there is nothing to do.
    asks: Vec<Ask>,
    pipeline: String,
    cost: Option<Cost>,
    /// How things stand, or will.
    text: String,
}

/// Whether the token that is in use may do this; asked before anything is sent.
pub fn may(gate: &dyn Gate, action: &Action) -> Result<()> {
    if gate.rights()?.cover(action) {
        return Ok(());
    }
    Err(Error::refused(format!("your token for the gate does not allow `{}`", action.verb()))
        .hint("the gate's administrators give that right"))
}

/// The review server's own gate takes one change at a time, and knows no order.
fn merged_by_the_server(context: &Context<'_>, gate: &dyn Gate, one: &One, verb: Verb) -> Result<Plan> {
    let (number, patch_set) = (one.change.number, one.patch_set);
    let (pipeline, change) = ("gate".to_owned(), format!("{number},{patch_set}"));
    match verb {
        Verb::Enqueue => {}
        Verb::Dequeue => gate.request(&Action::Dequeue { pipeline, change }).map(drop)?,
        Verb::Promote => gate.request(&Action::Promote { pipeline, change }).map(drop)?,
    }
    refuse_what_cannot_land(context, one)?;
    let steps = context.server.merge(&one.change, patch_set)?;
    let asks = steps.into_iter().filter_map(|step| match step {
        Step::Call { request, purpose } => Some(Ask::Review(purpose, request)),
        Step::Push { .. } | Step::Remember { .. } => None,
    });
    Ok(Plan {
        asks: asks.collect(),
        pipeline: String::new(),
        cost: None,
        text: "the review server merges it".to_owned(),
    })
}

impl Plan {
    fn make(context: &Context<'_>, gate: &dyn Gate, one: &One, verb: Verb, named: Option<&str>) -> Result<Self> {
        let (standing, snapshot) = (one.standing(), one.snapshot());
        let places = standing.places.iter().filter(|place| named.is_none_or(|name| place.pipeline.name == name));
        let place = places.clone().find(|place| named.is_some() || place.pipeline.kind == PipelineKind::Gate);
        let pipeline = match place {
            Some(place) => place.pipeline,
            None => pipeline(snapshot, named)?,
        };
        let name = format!("{},{}", one.change.number, one.patch_set);
        let in_queue = place.and_then(|place| own(place, one));
        let older = in_queue.as_ref().filter(|known| **known != name);
        if let (Some(older), Verb::Enqueue | Verb::Promote) = (older, verb) {
            return Err(Error::refused(format!("the gate still has {older}, an older patch set of this change"))
                .hint("it leaves by itself in a moment; `pyflow gate dequeue` takes it out"));
        }
        let target = in_queue.clone().unwrap_or_else(|| name.clone());
        let mut plan = Self { asks: Vec::new(), pipeline: pipeline.name.clone(), cost: None, text: String::new() };
        let wanted = |action: Action| -> Result<Ask> {
            may(gate, &action)?;
            let words = match &action {
                Action::Enqueue { pipeline, change } => format!("put {change} into {pipeline}"),
                Action::Dequeue { pipeline, change } => format!("take {change} out of {pipeline}"),
                Action::Promote { pipeline, change } => format!("put {change} at the head of {pipeline}"),
            };
            gate.request(&action).map(|request| Ask::Gate(words, request))
        };
        let (pipeline_name, change) = (pipeline.name.clone(), target);
        match (verb, place) {
            (Verb::Enqueue, Some(place)) => plan.text = format!("it is there already: {}", position(place)),
            (Verb::Enqueue, None) => {
                refuse_what_cannot_land(context, one)?;
                plan.asks.push(wanted(Action::Enqueue { pipeline: pipeline_name, change })?);
                plan.text = String::from("it goes to the end of its queue");
            }
            (Verb::Dequeue, None) => plan.text = format!("it is not in {pipeline_name}: there is nothing to take out"),
            (Verb::Dequeue, Some(place)) => {
                plan.asks.push(wanted(Action::Dequeue { pipeline: pipeline_name, change })?);
                plan.cost = Some(Cost::of(place.behind()));
                plan.text = if place.behind().is_empty() {
                    format!("it is {}, and leaves", position(place))
                } else {
                    format!("it is {}, and leaves; what is behind it and needs it leaves, too", position(place))
                };
            }
            (Verb::Promote, Some(place)) if place.position() == 1 => {
                plan.text = String::from("it is at the head already: nothing can be merged before it");
            }
            (Verb::Promote, Some(place)) => {
                if let Some(below) = open_below(context, one)?
                    && place
                        .ahead()
                        .iter()
                        .any(|item| item.changes.iter().any(|change| change.is(&below.project, below.number)))
                {
                    return Err(Error::refused(format!(
                        "change {} needs {}, which is before it in {}, and must merge first",
                        one.change.number, below.number, place.pipeline.name
                    ))
                    .hint(format!("put that one at the head: `pyflow gate promote {}`", below.number)));
                }
                plan.asks.push(wanted(Action::Promote { pipeline: pipeline_name, change })?);
                plan.cost = Some(Cost::of(place.ahead()).and(Cost::of(place.behind())));
                plan.text = format!("it is {}, and goes to the head", position(place));
            }
            (Verb::Promote, None) => {
                refuse_what_cannot_land(context, one)?;
                plan.asks.push(wanted(Action::Enqueue { pipeline: pipeline_name.clone(), change: change.clone() })?);
                plan.asks.push(wanted(Action::Promote { pipeline: pipeline_name, change })?);
                plan.cost = queue_of(pipeline, one).map(|queue| Cost::of(&queue.items));
                plan.text = String::from("it is not in the gate yet");
            }
        }
        Ok(plan)
    }

    fn outcome(&self, one: &One, verb: Verb, planned: bool) -> Asked {
        let words = |ask: &Ask| match ask {
            Ask::Gate(words, _) | Ask::Review(words, _) => words.clone(),
        };
        Asked {
            planned,
            action: verb.word(),
            change: ChangeRow::from(&one.change),
            patch_set: one.patch_set,
            requested: self.asks.iter().map(words).collect(),
            cost: self.cost.filter(|cost| cost.items > 0),
            effect: None,
            text: self.text.clone(),
            hints: Vec::new(),
            exit: None,
        }
    }
}

impl Cost {
    /// What it costs these to begin anew.
    fn of(items: &[Item]) -> Self {
        let counting = items.iter().filter(|item| item.counts());
        Self { items: counting.clone().count(), running_jobs: counting.map(Item::running).sum() }
    }

    const fn and(self, other: Self) -> Self {
        Self { items: self.items + other.items, running_jobs: self.running_jobs + other.running_jobs }
    }
}

/// The pipeline that merges, where the change is in none yet.
fn pipeline<'s>(snapshot: &'s Snapshot, named: Option<&str>) -> Result<&'s Pipeline> {
    if let Some(name) = named {
        return snapshot.pipelines.iter().find(|pipeline| pipeline.name == name).ok_or_else(|| {
            let known: Vec<&str> = snapshot.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
            Error::usage(format!("the gate has no pipeline `{name}`")).hint(format!("it has {}", known.join(", ")))
        });
    }
    let merging: Vec<&Pipeline> = snapshot.of_kind(PipelineKind::Gate).collect();
    match merging[..] {
        [one] => Ok(one),
        [] => Err(Error::refused("the gate has no pipeline that merges").hint("`--pipeline NAME` names another one")),
        _ => {
            let all: Vec<&str> = merging.iter().map(|pipeline| pipeline.name.as_str()).collect();
            Err(Error::usage(format!("several pipelines merge: {}", all.join(", ")))
                .hint("say which: `--pipeline NAME`"))
        }
    }
}

/// The queue that a change will join, where another one of its project is in it.
fn queue_of<'s>(pipeline: &'s Pipeline, one: &One) -> Option<&'s Queue> {
    let of_project = |item: &Item| item.changes.iter().any(|change| change.is(&one.change.project, change.number));
    pipeline.queues.iter().find(|queue| queue.items.iter().any(of_project))
}

/// The open change that this one was made on top of.
fn open_below(context: &Context<'_>, one: &One) -> Result<Option<Change>> {
    let parents = one.change.current().map(|current| current.parents.as_slice()).unwrap_or_default();
    let names: Vec<ChangeName> = parents.iter().cloned().map(ChangeName::Commit).collect();
    if names.is_empty() {
        return Ok(None);
    }
    let found = context.server.find(&names)?;
    Ok(found.into_iter().flatten().find(|change| change.state == ChangeState::Open))
}

/// `1841,3`, as the gate has it.
fn own(place: &Place<'_>, one: &One) -> Option<String> {
    let mut changes = place.item().changes.iter();
    changes.find(|change| change.is(&one.change.project, one.change.number)).map(crate::gate::model::ItemChange::name)
}

fn position(place: &Place<'_>) -> String {
    format!("{} of {} in {}", place.position(), place.length(), place.pipeline.name)
}

/// What the gate would take no notice of is not asked: it asks the review server whether the change
/// could be submitted, and leaves it out without a word where not.
fn refuse_what_cannot_land(context: &Context<'_>, one: &One) -> Result<()> {
    let in_the_way = in_the_way(context, one);
    if in_the_way.is_empty() {
        return Ok(());
    }
    let error = Error::refused(format!("the gate would leave change {} out, and not say why", one.change.number));
    Err(in_the_way.into_iter().fold(error, Error::hint))
}

/// What keeps a change out of the gate, as the review server tells it.
pub fn in_the_way(context: &Context<'_>, one: &One) -> Vec<String> {
    let keeps_out = |kind: BlockerKind| {
        matches!(
            kind,
            BlockerKind::Requirement
                | BlockerKind::WorkInProgress
                | BlockerKind::Abandoned
                | BlockerKind::ConflictMarkers
        )
    };
    // What the checks vote, the gate finds out by itself.
    let checks = Some(context.server.checks_label());
    let blockers = one.blockers(context);
    blockers.into_iter().filter(|b| keeps_out(b.kind) && b.label.as_deref() != checks).map(|b| b.text).collect()
}

fn confirm(context: &Context<'_>, plan: &Plan, args: &GateArgs, verb: Verb) -> Result<()> {
    let Some(cost) = plan.cost.filter(|cost| cost.items > 0) else { return Ok(()) };
    if args.yes {
        return Ok(());
    }
    let changes = if cost.items == 1 { "1 change begins".to_owned() } else { format!("{} changes begin", cost.items) };
    let or_leaves = if verb == Verb::Dequeue { " or leaves with it," } else { "," };
    let jobs = match cost.running_jobs {
        1 => "1 running job is".to_owned(),
        count => format!("{count} running jobs are"),
    };
    let word = match verb {
        Verb::Enqueue => "Enqueue",
        Verb::Dequeue => "Dequeue",
        Verb::Promote => "Promote",
    };
    let question = format!("{word} it? {changes} anew{or_leaves} and {jobs} stopped");
    if context.observe.confirm(&question, "--yes")? {
        return Ok(());
    }
    Err(Error::new(Kind::No, "nothing was asked of the gate"))
}

/// How things stand after a while.
struct Now {
    text: String,
    one: Option<One>,
}

/// Waits until it shows.
fn wait(
    context: &Context<'_>,
    gate: &dyn Gate,
    one: &One,
    verb: Verb,
    plan: &Plan,
    timeout: Duration,
) -> Result<(Option<Effect>, Now)> {
    let deadline = Instant::now() + timeout;
    if timeout.is_zero() {
        return Ok((None, Now { text: "it was asked; what came of it was not waited for".to_owned(), one: None }));
    }
    let mut pace = Pace::new();
    loop {
        let (round, last) = match one.again(context, gate) {
            Ok(now) => match shows(&now, verb, &plan.pipeline) {
                Some(text) => return Ok((Some(Effect::Seen), Now { text, one: Some(now) })),
                None => (Round::Same, Some(now)),
            },
            Err(error) if error.kind == Kind::Unknown && Instant::now() < deadline => (Round::Failed, None),
            Err(error) => return Err(error),
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let text = format!("nothing of it shows after {} s", timeout.as_secs());
            return Ok((Some(Effect::NotSeen), Now { text, one: last }));
        }
        std::thread::sleep(pace.after(round).min(Duration::from_secs(3)).min(left));
    }
}

/// How it shows; `None` where it does not yet.
fn shows(now: &One, verb: Verb, pipeline: &str) -> Option<String> {
    let standing = now.standing();
    let place = standing.places.iter().find(|place| place.pipeline.name == pipeline);
    match (verb, place) {
        (Verb::Enqueue | Verb::Promote, _) if now.change.state == ChangeState::Merged => {
            Some("it has landed".to_owned())
        }
        (Verb::Enqueue, Some(place)) => Some(format!("it is {}", position(place))),
        (Verb::Promote, Some(place)) if place.position() == 1 => Some(format!("it is {}", position(place))),
        (Verb::Dequeue, None) => Some(format!("it is out of {pipeline}")),
        (Verb::Enqueue | Verb::Promote, None) | (Verb::Promote | Verb::Dequeue, Some(_)) => None,
    }
}

/// Why nothing shows, as far as it can be seen.
fn unseen(context: &Context<'_>, one: &One, verb: Verb) -> Vec<String> {
    let mut hints = Vec::new();
    if let Some(paused) = &one.snapshot().paused {
        hints.push(pause(paused));
    }
    hints.extend(in_the_way(context, one));
    let below = if verb == Verb::Dequeue { None } else { open_below(context, one).ok().flatten() };
    if let Some(below) = below {
        hints.push(format!("it needs change {0}, which is open: `pyflow status {0}`", below.number));
    }
    if verb != Verb::Dequeue && hints.is_empty() {
        hints.push(format!(
            "the gate takes only what it can merge: is {} in its tenant, and does it share the queue of what it depends on?",
            one.change.project
        ));
    }
    hints.push(format!("it may only be slow: `pyflow status {} --watch`", one.change.number));
    hints
}
