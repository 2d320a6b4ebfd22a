//! `pyflow status`: where changes are, why they have not landed, what to do next.
//!
//! In reading order: `look` (review server and gate are asked, at the same time), `agreement` (whose
//! contributor agreement is missing), `rows` (what a person sees of it), `failures` (what logs of
//! failed jobs tell), `watch` (again and again).

mod agreement;
mod failures;
mod look;
mod rows;
pub mod watch;

use std::collections::BTreeSet;

use super::backport;
use super::context::Context;
use super::name::{self, Named};
use crate::checkout::stack::Stack;
use crate::cli::StatusArgs;
use crate::error::{Error, Result};
use crate::gate::Gate;
use crate::gate::model::Snapshot;
use crate::gate::next::Blocker;
use crate::gate::standing::Standing;
use crate::names::CommitId;
use crate::outcome::status::Scope;
use crate::outcome::{Live, Outcome};
use crate::review::ChangeName;
use crate::review::model::{Account, Change, ChangeState};

use agreement::Agreements;
pub use failures::{Failures, read as read_failures};

/// Runs the command.
pub fn run(context: &Context<'_>, args: &StatusArgs, live: &dyn Live) -> Result<Outcome> {
    let wanted = wanted(context, args)?;
    let gate = context.gate();
    let mut agreements = Agreements::of(context);
    let mine = wanted.iter().any(|wanted| matches!(wanted, Wanted::Commit(_) | Wanted::Mine { .. }));
    if let Some(waiting) = watch::asked(args) {
        if mine {
            agreements.ask();
        }
        let status = watch::run(context, &gate, &wanted, &waiting, &agreements, live)?;
        // The last picture stays; a stream of events is not followed by something else.
        return Ok(if live.repaints() { Outcome::Status(status) } else { Outcome::Told(status.exit) });
    }
    let look = {
        let _working = context.observe.working("asking the review server and the gate");
        std::thread::scope(|scope| {
            let asked = mine.then(|| scope.spawn(|| agreements.ask()));
            let look = look::look(context, &gate, &wanted);
            if let Some(asked) = asked {
                asked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
            look
        })?
    };
    let failures = if args.logs { rows::failures(context, &gate, &look) } else { Failures::default() };
    let mut status = rows::status(context, &look, scope(&wanted), &failures, &agreements)?;
    if args.changes.is_empty() {
        status.warnings.extend(backport::notes(&context.checkout)?);
    }
    Ok(Outcome::Status(status))
}

/// What is looked for.
#[derive(Clone)]
pub enum Wanted {
    /// A commit of the local stack.
    Commit(Mine),
    /// A change that was named.
    Name(Named),
    /// All of this person's open changes.
    Mine {
        /// Numbers of those that a watch has seen: it follows them to their end.
        seen: BTreeSet<u64>,
    },
}

/// A commit of the local stack.
#[derive(Clone)]
pub struct Mine {
    /// As it is in the branch.
    id: CommitId,
    /// As it is sent: the same, or its copy with a Change-Id.
    sent: CommitId,
    subject: String,
    change_id: String,
}

impl Wanted {
    fn commit(&self) -> Option<Mine> {
        match self {
            Self::Commit(commit) => Some(commit.clone()),
            Self::Name(_) | Self::Mine { .. } => None,
        }
    }
}

fn wanted(context: &Context<'_>, args: &StatusArgs) -> Result<Vec<Wanted>> {
    if args.mine {
        return Ok(vec![Wanted::Mine { seen: BTreeSet::new() }]);
    }
    if !args.changes.is_empty() {
        return args.changes.iter().map(|text| name::parse(context, text).map(Wanted::Name)).collect();
    }
    let reader = context.checkout.read();
    let head = reader.head()?;
    let Some(tip) = head.commit() else {
        return Err(Error::state("HEAD is a branch without commits").hint("name a change: `pyflow status 1841`"));
    };
    // Whatever the target is: what any branch of the server has is not waiting for anything.
    let landed = landed(context)?;
    if landed.is_empty() {
        return Err(Error::state(format!("nothing has been fetched from {} yet", context.remote))
            .hint(format!("`git fetch {}`", context.remote)));
    }
    let stack = Stack::between(reader, tip, &landed)?;
    let copies = context.copies(&stack.commits)?;
    copies
        .into_iter()
        .map(|copy| {
            let (change_id, _) = context.server.change_id(&copy.original.id, &copy.original.message)?;
            let subject = copy.original.subject();
            Ok(Wanted::Commit(Mine { id: copy.original.id, sent: copy.commit, subject, change_id }))
        })
        .collect()
}

/// What is asked about, for a person who is shown nothing.
fn scope(wanted: &[Wanted]) -> Scope {
    if matches!(wanted, [Wanted::Mine { .. }]) { Scope::Mine } else { Scope::Stack }
}

/// The server's branches as last fetched.
fn landed(context: &Context<'_>) -> Result<Vec<CommitId>> {
    let refs = context.checkout.read().refs(&format!("refs/remotes/{}/", context.remote))?;
    Ok(refs.into_iter().map(|(_, commit)| commit).collect())
}

/// What is shown is the newest patch set; whoever named another one hears so.
fn another_patch_set(named: &Named, change: &Change) -> Result<Option<String>> {
    let ChangeName::Number { number, patch_set: Some(asked) } = named.name else { return Ok(None) };
    let Some(newest) = change.current_patch_set.filter(|newest| *newest != asked) else { return Ok(None) };
    if change.patch_sets.iter().any(|patch_set| patch_set.number == asked) {
        return Ok(Some(format!(
            "patch set {asked} of change {number} is an older one; this is about {newest}, the newest"
        )));
    }
    Err(Error::refused(format!("change {number} has no patch set {asked}"))
        .hint(format!("the newest is {newest}: `pyflow status {number}`")))
}

/// One change for a command that acts on it, with what both servers know of it.
pub struct One {
    /// The change.
    pub change: Change,
    /// Its newest patch set, which is the one that was named where one was.
    pub patch_set: u32,
    look: look::Look,
}

impl One {
    /// Looks at the change that was named, or at HEAD's. A server that does not answer is an error:
    /// nothing is done to a change of which something is not known.
    pub fn read(context: &Context<'_>, gate: &dyn Gate, word: Option<&str>) -> Result<Self> {
        let named = match word {
            Some(word) => name::parse(context, word)?,
            None => name::head(context)?,
        };
        let asked = match named.name {
            ChangeName::Number { patch_set, .. } => patch_set,
            ChangeName::ChangeId(_) | ChangeName::Commit(_) | ChangeName::PicksOf(_) => None,
        };
        let one = Self::look(context, gate, named)?;
        match asked {
            Some(asked) if asked != one.patch_set => Err(Error::refused(format!(
                "patch set {asked} of change {} is not the newest: that is {}",
                one.change.number, one.patch_set
            ))
            .hint(format!("look at it first: `pyflow status {}`", one.change.number))),
            _ => Ok(one),
        }
    }

    /// Looks at it once more.
    pub fn again(&self, context: &Context<'_>, gate: &dyn Gate) -> Result<Self> {
        let name = ChangeName::Number { number: self.change.number, patch_set: None };
        Self::look(context, gate, Named { name, typed: self.change.number.to_string(), commit: None })
    }

    fn look(context: &Context<'_>, gate: &dyn Gate, named: Named) -> Result<Self> {
        let mut look = look::look_at(context, Ok(Some(gate)), &[Wanted::Name(named)])?;
        if let Some(error) = look.review_error.take() {
            return Err(error);
        }
        if let look::GateAnswer::Unreachable(error) = look.gate {
            return Err(error);
        }
        let change = look.found.first().and_then(|found| found.change.clone());
        let change = change.ok_or_else(|| Error::unknown("the review server did not tell of the change"))?;
        let patch_set = change.current_patch_set;
        let patch_set = patch_set.ok_or_else(|| Error::unknown("the review server did not tell the patch set"))?;
        Ok(Self { change, patch_set, look })
    }

    /// Refuses a change that is not open any more.
    pub fn must_be_open(&self) -> Result<()> {
        let state = match self.change.state {
            ChangeState::Open => return Ok(()),
            ChangeState::Merged => "is merged",
            ChangeState::Abandoned => "is abandoned",
            ChangeState::Unknown => "is in a state that this pyflow does not know",
        };
        Err(Error::refused(format!("change {} {state}", self.change.number)))
    }

    /// Who asks.
    pub fn me(&self) -> Option<&Account> {
        self.look.me.as_ref()
    }

    /// The queues.
    pub fn snapshot(&self) -> &Snapshot {
        static NOTHING: Snapshot = Snapshot { paused: None, pipelines: Vec::new() };
        match &self.look.gate {
            look::GateAnswer::Queues(snapshot) => snapshot,
            look::GateAnswer::NoGate | look::GateAnswer::Unreachable(_) => &NOTHING,
        }
    }

    /// Where it stands at the gate.
    pub fn standing(&self) -> Standing<'_> {
        Standing::of(&self.change, self.look.gate.seen())
    }

    /// What stands between it and its target.
    pub fn blockers(&self, context: &Context<'_>) -> Vec<Blocker> {
        let agreements = Agreements::of(context);
        let status = rows::status(context, &self.look, Scope::Stack, &Failures::default(), &agreements);
        let row = status.ok().and_then(|status| status.changes.into_iter().next());
        row.map(|row| row.blockers).unwrap_or_default()
    }
}

/// The one of several changes that lands on this checkout's target; else they are listed.
pub fn one_of(context: &Context<'_>, typed: &str, mut changes: Vec<Change>) -> Result<Change> {
    let reader = context.checkout.read();
    let head = reader.head()?;
    if let Some(tip) = head.commit()
        && let Ok(target) = context.target(None, &head, tip)
        && let Some(at) = changes.iter().position(|change| change.branch == target.branch.as_str())
    {
        return Ok(changes.swap_remove(at));
    }
    let error = Error::usage(format!("`{typed}` means several changes"));
    Err(changes
        .iter()
        .fold(error, |error, change| error.hint(format!("{} on {}: {}", change.number, change.branch, change.subject))))
}
