//! Carries out a plan, for every review server alike: journal, steps, settle, and the move of the
//! person's branch at the end.
//!
//! The journal is written before the first step. A run that ends in the middle, however it ends,
//! is finished by the next one: the server is asked what it has (`settle`), and the rest is done.

use serde::{Deserialize, Serialize};

use super::ReviewServer;
use super::model::{Action, Change, Delivery, Draft, Step, Submitted, View};
use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::journal::{StateDir, UndoEntry};
use crate::checkout::moves::{self, Position, RefMove};
use crate::checkout::push;
use crate::checkout::write::RefTransaction;
use crate::error::{Error, Kind, Result};
use crate::names::{BranchName, CommitId, RefName, RemoteName};

/// Name of the journal file of a submission.
const JOURNAL: &str = "submit.json";
/// Counts up when the file's meaning changes.
const VERSION: u32 = 1;

/// The command that sends: it is named where something has to be run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sender {
    /// `pyflow submit`.
    #[default]
    Submit,
    /// `pyflow backport`.
    Backport,
}

impl Sender {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Backport => "backport",
        }
    }

    /// What does the rest of something that it began.
    const fn again(self) -> &'static str {
        match self {
            Self::Submit => "run `pyflow submit` again",
            Self::Backport => "run `pyflow backport --continue`",
        }
    }
}

/// A submission that has begun: everything that a later run needs to finish it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InFlight {
    /// Format of this file.
    pub version: u32,
    /// The command that began it.
    #[serde(default)]
    pub sender: Sender,
    /// The review server's URL and project, as they were when it began.
    pub server: String,
    /// Where it is pushed.
    pub remote: RemoteName,
    /// The target branch.
    pub target: String,
    /// The commits.
    pub drafts: Vec<Draft>,
    /// For each draft, number and patch set of its change before.
    pub before: Vec<Option<(u64, u32)>>,
    /// The move of the person's branch that follows, where Change-Ids were added.
    pub head: Option<RefMove>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

impl InFlight {
    /// The journal of a plan.
    pub fn new(
        sender: Sender,
        server: String,
        remote: RemoteName,
        delivery: &Delivery,
        view: &View,
        head: Option<RefMove>,
        steps: Vec<Step>,
    ) -> Self {
        let before = view.located.iter().map(|located| {
            let change = located.change.as_ref()?;
            Some((change.number, change.current_patch_set?))
        });
        Self {
            version: VERSION,
            sender,
            server,
            remote,
            target: delivery.target.to_string(),
            drafts: delivery.drafts.clone(),
            before: before.collect(),
            head,
            steps,
        }
    }

    /// Whether commits are sent that were made for this. What was not is where the person, or a
    /// backport, keeps it, and finishing needs no more of it than its name.
    fn has_copies(&self) -> bool {
        self.drafts.iter().any(|draft| draft.commit != draft.original)
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Executed {
    /// The command that began it.
    pub sender: Sender,
    /// What the server made of each draft.
    pub submitted: Vec<Submitted>,
    /// The branch that moved, if one did.
    pub moved: Option<RefMove>,
    /// What the server said that a person should see.
    pub remarks: Vec<String>,
    /// Why the branch did not move although it should have.
    pub not_moved: Option<String>,
    /// A request that the server refused after the commits had arrived.
    pub undone: Vec<Error>,
}

/// Does what plans say.
pub struct Executor<'e, 'a> {
    /// The repository.
    pub checkout: &'e Checkout<'a>,
    /// git for network commands, with the credentials that the server wants.
    pub git: Git<'a>,
    /// The server.
    pub server: &'e dyn ReviewServer,
}

impl Executor<'_, '_> {
    /// Carries out a submission from its first step.
    pub fn run(&self, flight: &InFlight, view: &View) -> Result<Executed> {
        let state = self.state();
        let again = flight.sender.again();
        self.hold(flight)?;
        state.save(JOURNAL, flight)?;
        let mut remarks = Vec::new();
        let failure = self.push(flight, &mut remarks).err();
        let mut asked = if failure.is_none() { self.ask(flight) } else { Ok(Vec::new()) };
        // The server alone knows what came of it: also after a refusal or a cut connection.
        let settled = self.server.settle(&flight.drafts, view);
        let settled = match (settled, failure) {
            (Ok(settled), None) => settled,
            (Ok(settled), Some(error)) => {
                let arrived =
                    settled.iter().filter(|s| s.as_ref().is_some_and(|s| s.action != Action::Unchanged)).count();
                if arrived == 0 {
                    // Nothing reached the server, so there is nothing to finish.
                    self.forget(flight)?;
                    return Err(error);
                }
                if settled.iter().any(Option::is_none) {
                    return Err(error.hint(format!(
                        "{arrived} of {} changes are on the server all the same; {again}",
                        settled.len()
                    )));
                }
                remarks.push(format!("the push reported an error, but the server has every commit: {}", error.message));
                // So what was to follow the push is still to be done: another run's push came first, for example.
                asked = self.ask(flight);
                settled
            }
            (Err(unanswered), None) => {
                // A refusal to tell is no refusal of what was sent.
                return Err(Error::new(
                    unanswered.kind.or(Kind::Unknown),
                    format!("the push went through, but what came of it could not be read: {}", unanswered.message),
                )
                .hint(format!("{again}: it finds out, and sends nothing twice")));
            }
            // Whether it arrived is not known, whatever the push said.
            (Err(_), Some(error)) => {
                let error = Error { kind: error.kind.or(Kind::Unknown), ..error };
                return Err(error.hint(format!("{again}: it finds out what arrived, and sends nothing twice")));
            }
        };
        let submitted = all_settled(&flight.drafts, settled, again)?;
        let undone = asked.map_err(|error| {
            error.hint(format!("the commits are on the server; {again}: it does the rest, and sends nothing twice"))
        })?;
        let (moved, not_moved) = self.finish(flight)?;
        Ok(Executed { sender: flight.sender, submitted, moved, remarks, not_moved, undone })
    }

    /// Finishes a submission that another run began; `None` where there is none, or where nothing
    /// of it had reached the server.
    pub fn resume(&self, server_name: &str) -> Result<Option<Executed>> {
        let Some(flight) = self.in_flight()? else {
            sweep(self.checkout)?;
            return Ok(None);
        };
        if flight.version != VERSION {
            return Err(Error::state("an interrupted submit was begun by another version of pyflow")
                .hint("finish it with that version"));
        }
        let sender = flight.sender;
        if flight.server != server_name {
            return Err(Error::state(format!(
                "an interrupted {} to {} waits to be finished, but this clone now speaks to {server_name}",
                sender.name(),
                flight.server
            ))
            .hint(format!("go back to the configuration it began with, and {}", sender.again()))
            .hint(format!(
                "or give it up: remove {}; your own commits stay in your branch",
                self.state().file(JOURNAL).display()
            )));
        }
        let settled = self.server.settle(&flight.drafts, &before(&flight))?;
        if settled.iter().any(Option::is_none) {
            // The push did not arrive, or not whole. A new one brings the same commits.
            self.forget(&flight)?;
            return Ok(None);
        }
        let submitted = all_settled(&flight.drafts, settled, sender.again())?;
        let remarks = self.call_again(&flight)?;
        let (moved, not_moved) = self.finish(&flight)?;
        Ok(Some(Executed { sender, submitted, moved, remarks, not_moved, undone: Vec::new() }))
    }

    /// Asks once more for what the interrupted run was going to set on changes: setting it twice
    /// is setting it once. A refusal is told; it must not stand in the way of every later submit.
    fn call_again(&self, flight: &InFlight) -> Result<Vec<String>> {
        let refused = self.ask(flight).map_err(|error| {
            error.hint(format!(
                "an interrupted {} waits for this; to give that up, remove {}",
                flight.sender.name(),
                self.state().file(JOURNAL).display()
            ))
        })?;
        Ok(refused.into_iter().map(|error| error.message).collect())
    }

    /// The journal of a submission that has not ended.
    pub fn in_flight(&self) -> Result<Option<InFlight>> {
        self.state().load(JOURNAL)
    }

    /// Sends the commits; what the server said along the way is a remark.
    fn push(&self, flight: &InFlight, remarks: &mut Vec<String>) -> Result<()> {
        for step in &flight.steps {
            let Step::Push { source, target, options, expect } = step else { continue };
            let report = push::push(&self.git, &flight.remote, source, target, options, expect.as_ref())?;
            if !report.succeeded() {
                return Err(self.server.explain_push(&report));
            }
            remarks.extend(self.server.remarks(&report));
        }
        Ok(())
    }

    /// Asks for what is set on changes by requests of their own; what was refused. One reviewer whom
    /// nobody knows keeps nobody else away; a failure that may pass ends it.
    fn ask(&self, flight: &InFlight) -> Result<Vec<Error>> {
        let mut refused = Vec::new();
        for step in &flight.steps {
            let Step::Call { request, .. } = step else { continue };
            match self.server.call(request) {
                Ok(_) => {}
                Err(error) if can_be_asked_again(&error) => return Err(error),
                Err(error) => refused.push(error),
            }
        }
        Ok(refused)
    }

    /// Keeps the copies that the journal names from being collected.
    fn hold(&self, flight: &InFlight) -> Result<()> {
        let mut refs = RefTransaction::new("pyflow submit: hold what is in flight");
        if let Some(last) = flight.drafts.last().filter(|_| flight.has_copies()) {
            refs.set(&flight_ref("tip"), &last.commit);
        }
        if let Some(head) = &flight.head {
            refs.set(&flight_ref("new"), &head.new);
            refs.set(&flight_ref("old"), &head.old);
        }
        refs.commit(&self.checkout.git)
    }

    /// Moves the branch, remembers what was sent, and ends the journal.
    fn finish(&self, flight: &InFlight) -> Result<(Option<RefMove>, Option<String>)> {
        let state = self.state();
        for step in &flight.steps {
            if let Step::Remember { sent } = step {
                Memory::add(&state, sent)?;
            }
        }
        let (moved, not_moved) = match &flight.head {
            None => (None, None),
            Some(head) => match head.place.position(self.checkout)? {
                Position::At(now) if now == head.new => (Some(head.clone()), None),
                Position::At(now) if now == head.old => {
                    self.move_head(&state, head, flight)?;
                    (Some(head.clone()), None)
                }
                Position::OtherWorktree => {
                    (None, Some("the HEAD of the work tree that this was begun in stays as it is".to_owned()))
                }
                Position::At(_) | Position::Gone => (None, Some(went_on(flight, head))),
            },
        };
        let mut refs = RefTransaction::new("pyflow submit");
        release(flight, &mut refs);
        if moved.is_none() {
            refs.commit(&self.checkout.git)?;
        } else if self.checkout.read().resolve(&flight_ref("tip"))?.is_some() {
            // The move was made by an earlier run, which had no time to let go.
            refs.commit(&self.checkout.git)?;
        }
        state.remove(JOURNAL)?;
        Ok((moved, not_moved))
    }

    /// Gives up what did not reach the server. The person's own commits are in their branch.
    fn forget(&self, flight: &InFlight) -> Result<()> {
        self.state().remove(JOURNAL)?;
        let mut refs = RefTransaction::new("pyflow submit: nothing was sent");
        release(flight, &mut refs);
        refs.commit(&self.checkout.git)
    }

    /// The move is logged before it is made: what was logged and not made is recognised by its
    /// old value. One transaction moves the branch and lets go of what the journal held.
    fn move_head(&self, state: &StateDir, head: &RefMove, flight: &InFlight) -> Result<()> {
        let entry = UndoEntry { time: crate::observe::now(), command: "submit".to_owned(), moves: vec![head.clone()] };
        state.log_moves(&entry)?;
        let mut refs = RefTransaction::new("pyflow submit: add Change-Ids");
        head.add_to(&mut refs);
        moves::hold(&mut refs, self.checkout.read(), &state.moves()?)?;
        release(flight, &mut refs);
        // Something may be in the way (a lock file); the journal stays for when it is gone.
        refs.commit(&self.checkout.git)
            .map_err(|error| error.hint("the commits are on the server; `pyflow submit` then does the rest"))
    }

    fn state(&self) -> StateDir {
        StateDir::new(self.checkout.state_dir())
    }
}

/// Removes what a run left that was killed before its journal was written, or whose journal was
/// removed: copies, which can be made again. The caller holds the lock.
pub fn sweep(checkout: &Checkout<'_>) -> Result<()> {
    if StateDir::new(checkout.state_dir()).load::<InFlight>(JOURNAL)?.is_some() {
        return Ok(());
    }
    let mut refs = RefTransaction::new("pyflow submit: nothing is in flight");
    for (name, _) in checkout.read().refs(FLIGHT)? {
        refs.remove(&name);
    }
    refs.commit(&checkout.git)
}

/// Gives up a submission that was interrupted on its way to this branch; `false` where there is none.
/// The server may have it: whoever sends there next finds out.
pub fn give_up(checkout: &Checkout<'_>, sender: Sender, target: &BranchName, commits: &[&CommitId]) -> Result<bool> {
    let state = StateDir::new(checkout.state_dir());
    let Some(flight) = state.load::<InFlight>(JOURNAL)? else { return Ok(false) };
    let is_meant = flight.drafts.last().is_some_and(|draft| commits.contains(&&draft.commit));
    if flight.sender != sender || flight.target != target.as_str() || !is_meant {
        return Ok(false);
    }
    state.remove(JOURNAL)?;
    let mut refs = RefTransaction::new("pyflow: given up");
    release(&flight, &mut refs);
    refs.commit(&checkout.git)?;
    Ok(true)
}

/// Another answer may come later: the server did not answer, or did not know who asks.
fn can_be_asked_again(error: &Error) -> bool {
    matches!(error.kind, Kind::Unknown | Kind::Credentials)
}

fn release(flight: &InFlight, refs: &mut RefTransaction) {
    if flight.has_copies() {
        refs.remove(&flight_ref("tip"));
    }
    if flight.head.is_some() {
        refs.remove(&flight_ref("new"));
        refs.remove(&flight_ref("old"));
    }
}

/// Below this, commits that the journal names are held.
const FLIGHT: &str = "refs/pyflow/flight/";

fn flight_ref(name: &str) -> RefName {
    format!("{FLIGHT}{name}").parse().expect("a constant that is a ref name")
}

/// The branch has other commits now. A commit that was amended would get another Change-Id than its
/// original, and so become a second change.
fn went_on(flight: &InFlight, head: &RefMove) -> String {
    let lines = flight.drafts.iter().filter(|draft| draft.commit != draft.original);
    let lines: Vec<String> =
        lines.map(|draft| format!("`Change-Id: {}` ({})", draft.change_id, draft.subject)).collect();
    format!(
        "{} moved while the stack was being sent, and stays as it is. To go on with the same changes, put these lines at the end of the messages (`git rebase -i`, `reword`): {}",
        head.place.name(),
        lines.join(", ")
    )
}

/// Which commits this clone has sent, by Change-Id: a patch set that it sent itself is no surprise,
/// whoever the server says uploaded it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Newest last.
    sent: Vec<(String, CommitId)>,
}

impl Memory {
    /// Older ones are forgotten: their changes have long been merged.
    const MOST: usize = 1000;
    const FILE: &str = "sent.json";

    /// What is remembered.
    pub fn load(state: &StateDir) -> Result<Self> {
        Ok(state.load(Self::FILE)?.unwrap_or_default())
    }

    /// The commits.
    pub fn commits(&self) -> impl Iterator<Item = &CommitId> {
        self.sent.iter().map(|(_, commit)| commit)
    }

    fn add(state: &StateDir, sent: &[(String, CommitId)]) -> Result<()> {
        let mut memory = Self::load(state)?;
        memory.sent.retain(|known| !sent.contains(known));
        memory.sent.extend(sent.iter().cloned());
        let excess = memory.sent.len().saturating_sub(Self::MOST);
        memory.sent.drain(..excess);
        state.save(Self::FILE, &memory)
    }
}

/// The journal's memory of how things stood, in the form that `settle` compares with.
fn before(flight: &InFlight) -> View {
    let located = flight
        .before
        .iter()
        .map(|before| super::model::Located {
            change: before.map(|(number, patch_set)| Change::seen_before(number, patch_set)),
            elsewhere: Vec::new(),
        })
        .collect();
    View { me: None, located, authenticated: true, target: flight.target.parse().ok() }
}

fn all_settled(drafts: &[Draft], settled: Vec<Option<Submitted>>, again: &str) -> Result<Vec<Submitted>> {
    drafts
        .iter()
        .zip(settled)
        .map(|(draft, settled)| {
            settled.ok_or_else(|| {
                Error::new(
                    Kind::Unknown,
                    format!("the server took the push, but does not show {} ({})", draft.commit.short(), draft.subject),
                )
                .hint(format!("it may take a moment; {again}: it asks again, and sends nothing twice"))
            })
        })
        .collect()
}
