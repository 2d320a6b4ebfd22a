//! One round of questions: review server and gate are asked at the same time, each once, whatever
//! the number of changes.

use super::{Mine, Wanted, another_patch_set, one_of};
use crate::commands::context::Context;
use crate::commands::name::not_found;
use crate::error::{Error, Kind, Result};
use crate::gate::Gate;
use crate::gate::model::Snapshot;
use crate::gate::standing::Seen;
use crate::outcome::status::Visibility;
use crate::review::model::{Account, Change};
use crate::review::{ChangeName, Query};

/// What both servers said.
pub(super) struct Look {
    /// What was looked for, and the change that it is.
    pub(super) found: Vec<Found>,
    /// Who asks.
    pub(super) me: Option<Account>,
    /// As whom the review server was asked.
    pub(super) visibility: Visibility,
    /// What a person should know of the names that were typed.
    pub(super) warnings: Vec<String>,
    /// What the gate said.
    pub(super) gate: GateAnswer,
    /// Why the review server said nothing.
    pub(super) review_error: Option<Error>,
}

/// One thing that was looked for.
pub(super) struct Found {
    /// The local commit that it is about.
    pub(super) commit: Option<Mine>,
    /// The number that was named, where a number was.
    pub(super) number: Option<u64>,
    /// The change.
    pub(super) change: Option<Change>,
}

/// What the gate said.
pub(super) enum GateAnswer {
    NoGate,
    Queues(Snapshot),
    Unreachable(Error),
}

impl GateAnswer {
    pub(super) fn seen(&self) -> Seen<'_> {
        match self {
            Self::NoGate => Seen::NoGate,
            Self::Queues(snapshot) => Seen::Queues(snapshot),
            Self::Unreachable(error) => Seen::Unreachable(&error.message),
        }
    }
}

/// The gate, or why it cannot be asked.
pub(super) type AGate<'a> = Result<Option<Box<dyn Gate + 'a>>>;

/// Asks both. A review server that cannot be reached is an error only where nobody else can tell
/// anything either.
pub(super) fn look(context: &Context<'_>, gate: &AGate<'_>, wanted: &[Wanted]) -> Result<Look> {
    look_at(context, gate.as_ref().map(Option::as_deref), wanted)
}

/// The same with a gate that somebody else holds.
pub(super) fn look_at(
    context: &Context<'_>,
    gate: Result<Option<&dyn Gate>, &Error>,
    wanted: &[Wanted],
) -> Result<Look> {
    let (found, me, queues) = std::thread::scope(|scope| {
        let me = scope.spawn(|| context.server.identity());
        let queues = match gate {
            Ok(Some(gate)) => Some(scope.spawn(|| gate.look())),
            Ok(None) | Err(_) => None,
        };
        let found = ask(context, wanted);
        let me = me.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let queues = queues.map(|queues| queues.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        (found, me, queues)
    });
    let gate = match (queues, gate) {
        (Some(Ok(snapshot)), _) => GateAnswer::Queues(snapshot),
        (Some(Err(error)), _) => GateAnswer::Unreachable(error),
        (None, Err(error)) => GateAnswer::Unreachable(again(error)),
        (None, Ok(_)) => GateAnswer::NoGate,
    };
    let (found, me) = match (found, me) {
        (Ok(found), Ok(me)) => (found, me),
        (Err(error), _) | (Ok(_), Err(error)) => {
            if error.kind != Kind::Unknown || !matches!(gate, GateAnswer::Queues(_)) {
                return Err(error);
            }
            let found = wanted.iter().flat_map(unanswered).collect();
            let visibility = Visibility::Anonymous;
            return Ok(Look { found, me: None, visibility, warnings: Vec::new(), gate, review_error: Some(error) });
        }
    };
    let visibility = if me.is_some() { Visibility::Full } else { Visibility::Anonymous };
    let (found, warnings) = resolve(context, found, visibility)?;
    Ok(Look { found, me: me.map(|me| me.account), visibility, warnings, gate, review_error: None })
}

/// The same error once more: an error cannot be copied with its cause.
fn again(error: &Error) -> Error {
    Error { kind: error.kind, message: error.message.clone(), hints: error.hints.clone(), cause: None }
}

/// What is looked for, where only the gate answered.
fn unanswered(wanted: &Wanted) -> Vec<Found> {
    let numbered = |number| Found { commit: None, number, change: None };
    match wanted {
        Wanted::Commit(commit) => vec![Found { commit: Some(commit.clone()), number: None, change: None }],
        Wanted::Name(named) => vec![numbered(match named.name {
            ChangeName::Number { number, .. } => Some(number),
            ChangeName::ChangeId(_) | ChangeName::Commit(_) | ChangeName::PicksOf(_) => None,
        })],
        Wanted::Mine { seen } => seen.iter().map(|number| numbered(Some(*number))).collect(),
    }
}

fn resolve(
    context: &Context<'_>,
    answers: Vec<(Wanted, Vec<Change>)>,
    visibility: Visibility,
) -> Result<(Vec<Found>, Vec<String>)> {
    let mut found: Vec<Found> = Vec::new();
    let mut warnings = Vec::new();
    for (item, mut changes) in answers {
        let mut add = |commit, change: Option<Change>| {
            found.push(Found { commit, number: change.as_ref().map(|change| change.number), change });
        };
        match (changes.len(), &item) {
            (0, Wanted::Commit(commit)) => add(Some(commit.clone()), None),
            (0, Wanted::Name(named)) => return Err(not_found(context, named, visibility)),
            (0, Wanted::Mine { .. }) => {}
            (_, Wanted::Mine { .. }) => changes.drain(..).for_each(|change| add(None, Some(change))),
            (1, _) => add(item.commit(), changes.pop()),
            _ => add(item.commit(), Some(choose(context, &item, changes)?)),
        }
        if let (Wanted::Name(named), Some(Found { change: Some(change), .. })) = (&item, found.last()) {
            warnings.extend(another_patch_set(named, change)?);
        }
    }
    Ok((found, warnings))
}

/// One request for everything; a second one for changes of a watch that have ended.
fn ask(context: &Context<'_>, wanted: &[Wanted]) -> Result<Vec<(Wanted, Vec<Change>)>> {
    if let [Wanted::Mine { seen }] = wanted {
        let query = Query { mine: true, messages: true, ..Query::default() };
        let mut changes = context.server.list(&query)?;
        // The list has open changes only; what has ended since is asked for by its number.
        let ended = seen.iter().filter(|number| !changes.iter().any(|change| change.number == **number));
        let ended: Vec<ChangeName> =
            ended.map(|number| ChangeName::Number { number: *number, patch_set: None }).collect();
        if !ended.is_empty() {
            changes.extend(context.server.find(&ended)?.into_iter().flatten());
        }
        return Ok(vec![(wanted[0].clone(), changes)]);
    }
    let name = |item: &Wanted| match item {
        Wanted::Commit(commit) => Some(ChangeName::ChangeId(commit.change_id.clone())),
        Wanted::Name(change) => Some(change.name.clone()),
        Wanted::Mine { .. } => None,
    };
    let names: Vec<ChangeName> = wanted.iter().filter_map(name).collect();
    let answers = if names.is_empty() { Vec::new() } else { context.server.find(&names)? };
    Ok(wanted.iter().cloned().zip(answers).collect())
}

/// A Change-Id that several changes bear means the one on this checkout's target.
fn choose(context: &Context<'_>, item: &Wanted, changes: Vec<Change>) -> Result<Change> {
    let typed = match item {
        Wanted::Name(named) => named.typed.clone(),
        Wanted::Commit(commit) => commit.id.short().to_owned(),
        Wanted::Mine { .. } => String::new(),
    };
    one_of(context, &typed, changes)
}
