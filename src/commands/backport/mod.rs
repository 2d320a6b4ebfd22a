//! `pyflow backport`: clones a change to other branches. Each pick is made in memory; clean ones are
//! sent at once, a conflict waits in a work tree of its own, and the person's is not touched.
//!
//! what is meant → fetch ∥ locate → picks → remember → send, or make a work tree → what became of it.

mod picks;
mod plan;
mod request;
mod send;
mod source;
mod store;
mod waiting;

use std::path::Path;

use super::context::{Context, Local};
use super::remote;
use crate::backport::session::{Backport, Begun, Done, Stage};
use crate::checkout::Checkout;
use crate::checkout::journal::{Lock, StateDir};
use crate::checkout::merge::Scratch;
use crate::cli::{BackportArgs, Conflicts};
use crate::config::{Format, Found};
use crate::error::{Error, Kind, Result};
use crate::names::{CommitId, RefName};
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::outcome::backport::{Asked, Backports, BranchRow, Result as Came};
use crate::review::execute::{self, Sender};
use crate::review::model::{Readiness, View};
use plan::{Next, Plan};
use request::Request;
use store::Store;
use waiting::Resolution;

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &BackportArgs) -> Result<Outcome> {
    let asked = match (args.go_on, args.skip, args.abort, args.list) {
        (true, ..) => Asked::Continue,
        (_, true, ..) => Asked::Skip,
        (.., true, _) => Asked::Abort,
        (.., true) => Asked::List,
        _ => Asked::Start,
    };
    let report = match asked {
        Asked::Continue | Asked::Skip | Asked::Abort if args.dry_run => look(directory, observe, args, asked)?,
        Asked::Start => start(directory, observe, args)?,
        Asked::Continue | Asked::Skip => go_on(directory, observe, args, asked)?,
        Asked::Abort => abort(directory, observe, args)?,
        Asked::List => list(directory, observe, args)?,
    };
    Ok(Outcome::Backport(report))
}

/// What becomes of several branches.
struct Report {
    asked: Asked,
    rows: Vec<BranchRow>,
    exit: Option<Kind>,
    warnings: Vec<String>,
}

impl Report {
    const fn new(asked: Asked) -> Self {
        Self { asked, rows: Vec::new(), exit: None, warnings: Vec::new() }
    }

    /// Adds a row; one that waits for a person makes the exit code that of being stopped.
    fn add(&mut self, row: BranchRow, exit: Option<Kind>, unfinished: bool) {
        self.rows.push(row);
        for kind in exit.into_iter().chain(unfinished.then_some(Kind::Stopped)) {
            self.exit = Some(self.exit.map_or(kind, |known| known.or(kind)));
        }
    }

    fn finish(self, planned: bool) -> Backports {
        let Self { asked, rows, exit, warnings } = self;
        Backports { planned, request: asked, branches: rows, warnings, exit }
    }
}

fn start(directory: &Path, observe: &dyn Observe, args: &BackportArgs) -> Result<Backports> {
    let overrides = remote(args.remote.as_ref());
    let mut context = Context::open(directory, observe, &overrides)?;
    let request = Request::new(args, &context)?;
    let begun = Begun {
        file: context
            .file
            .as_ref()
            .map(|file| (file.format.file_name().to_owned(), String::from_utf8_lossy(&file.bytes).into_owned())),
        remote: args.remote.clone(),
    };
    let mut report = Report::new(Asked::Start);
    report.warnings.extend(waiting::cherry_picker(&context.checkout.git));
    if request.dry_run {
        let scratch = Scratch::new()?;
        context.look_only(&scratch);
        let session = Store::open(&context.checkout)?.session().clone();
        let plan = plan::make(&context, &request, &begun, &session)?;
        report.warnings.extend(plan.warnings);
        for planned in plan.branches {
            report.add(planned.row, planned.exit, false);
        }
        return Ok(report.finish(true));
    }
    let context = &context;
    let lock = StateDir::new(context.checkout.state_dir()).lock(observe)?;
    resume(context)?;
    let mut store = Store::open(&context.checkout)?;
    store.sweep()?;
    let plan = plan::make(context, &request, &begun, store.session())?;
    if plan.branches.iter().any(|planned| !matches!(planned.next, Next::Nothing)) {
        context.accept()?;
    }
    act(context, &mut store, plan, &request, &mut report, &lock)?;
    Ok(report.finish(false))
}

/// Carries the plan out. Everything is remembered before the first branch is sent, so that a kill
/// forgets none. The lock shows that no other pyflow acts on this clone.
fn act(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    plan: Plan,
    request: &Request,
    report: &mut Report,
    _lock: &Lock,
) -> Result<()> {
    let Plan { mut branches, view, warnings } = plan;
    report.warnings.extend(warnings);
    for planned in &mut branches {
        match &mut planned.next {
            Next::Send(backport) => store.put(backport)?,
            Next::Resolve(backport, stopped) => {
                if request.conflicts == Conflicts::Commit {
                    mark(context, backport, stopped, &mut planned.row)?;
                }
                store.put(backport)?;
            }
            Next::Nothing | Next::GoOn(_) => {}
        }
    }
    // Two branches at one commit get one and the same clone; what the server knows of it is asked anew
    // then, since it makes no second change of a commit unless it is told to.
    let mut sent: Vec<CommitId> = Vec::new();
    for planned in branches {
        let (mut row, exit) = (planned.row, planned.exit);
        match planned.next {
            Next::Nothing => report.add(row, exit, false),
            Next::Send(backport) => {
                let known = (!sent.contains(backport.tip())).then_some(&view);
                ready(context, store, &backport, known, row, report);
                sent.push(backport.tip().clone());
            }
            Next::Resolve(backport, _) if backport.stage == Stage::Ready => {
                ready(context, store, &backport, None, row, report);
            }
            Next::Resolve(mut backport, _) => match waiting::open(context, store, &mut backport, &mut row) {
                Ok(()) => report.add(row, None, true),
                Err(error) => stuck(row, &error, report),
            },
            Next::GoOn(backport) => {
                if backport.stage == Stage::Ready {
                    // An earlier run may have been killed before it took the work tree away.
                    match waiting::clear(context, store, &backport, &mut row) {
                        Ok(()) => ready(context, store, &backport, None, row, report),
                        Err(error) => stuck(row, &error, report),
                    }
                } else {
                    still_waits(&context.checkout, &backport, &mut row);
                    row.text = Some("it was begun before, and its conflict waits".to_owned());
                    report.add(row, None, true);
                }
            }
        }
    }
    Ok(())
}

/// A conflict that is sent as it is: a work in progress, whose files hold the markers.
fn mark(context: &Context<'_>, backport: &mut Backport, stopped: &picks::Stopped, row: &mut BranchRow) -> Result<()> {
    let Some(original) = backport.next().cloned() else { return Ok(()) };
    let commit = picks::with_markers(context, backport, &original, &stopped.conflicts)?;
    backport.done.push(Done::Picked(commit));
    if backport.next().is_some() {
        row.warnings.push("the commits above it are left out: they would hide the conflict".to_owned());
        let left = backport.source.commits.len() - backport.done.len();
        backport.done.extend(std::iter::repeat_n(Done::Skipped, left));
    }
    backport.stage = Stage::Ready;
    backport.options.submit.readiness = Readiness::WorkInProgress;
    Ok(())
}

/// Sends what is ready, or makes its local branch.
fn ready(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    backport: &Backport,
    view: Option<&View>,
    row: BranchRow,
    report: &mut Report,
) {
    let (mut row, exit) = send::finish(context, store, backport, view, row);
    let unfinished = store.session().find(&backport.source, &backport.branch).is_some();
    // With the markers in it, it is on the server and still waits for a person.
    let conflicts = !row.conflicts.is_empty() && row.result == Came::Pushed;
    if conflicts {
        row.result = Came::Conflict;
        row.hints.push(format!(
            "take the markers out and amend: change {} is marked as work in progress until then",
            row.number.unwrap_or_default()
        ));
    }
    report.add(row, exit, unfinished || conflicts);
}

/// One branch that does not go on is no reason to be silent about the others.
fn stuck(mut row: BranchRow, error: &Error, report: &mut Report) {
    row.text = Some(error.message.clone());
    row.hints.extend(error.hints.iter().cloned());
    report.add(row, Some(error.kind), true);
}

/// The row of a backport as it waits.
fn standing(backport: &Backport) -> BranchRow {
    BranchRow::of(backport, if backport.stage == Stage::Ready { Came::Ready } else { Came::Conflict })
}

/// What a row says of a conflict that waits.
fn still_waits(checkout: &Checkout<'_>, backport: &Backport, row: &mut BranchRow) {
    row.result = Came::Conflict;
    if let Stage::Conflict { files, .. } = &backport.stage {
        row.conflicts.clone_from(files);
    }
    row.worktree = Some(backport.worktree(&checkout.state_dir()).display().to_string());
    row.hints.extend(waiting::how_to_go_on(checkout, backport));
}

/// Finishes what a killed run, of this command or of `submit`, had sent.
fn resume(context: &Context<'_>) -> Result<()> {
    let resumed = super::submit::executor(context).resume(&context.server_name())?;
    if let Some(resumed) = resumed {
        let count = super::submit::commits(resumed.submitted.len());
        context.observe.note(&format!("finished an interrupted {} of {count}", resumed.sender.name()));
    }
    Ok(())
}

/// `--continue` and `--skip`. Each backport goes on under the configuration that it began with.
fn go_on(directory: &Path, observe: &dyn Observe, args: &BackportArgs, asked: Asked) -> Result<Backports> {
    let mut report = Report::new(asked);
    let checkout = settled(directory, observe)?;
    let state = StateDir::new(checkout.state_dir());
    let lock = state.lock(observe)?;
    let branches = request::branches(&args.branches)?;
    let store = Store::open(&checkout)?;
    store.sweep()?;
    let chosen = store.session().chosen(&branches)?;
    if chosen.is_empty() {
        return Err(Error::state("no backport waits in this clone").hint("`pyflow backport BRANCH` begins one"));
    }
    report.warnings.extend(waiting::cherry_picker(&checkout.git));
    let mut groups: Vec<(Begun, Vec<Backport>)> = Vec::new();
    for backport in chosen {
        match groups.iter_mut().find(|(begun, _)| *begun == backport.begun) {
            Some((_, members)) => members.push(backport),
            None => groups.push((backport.begun.clone(), vec![backport])),
        }
    }
    for (begun, members) in groups {
        match together(&checkout.top, observe, &begun, &members, asked, &mut report, &lock) {
            Err(error) if report.rows.is_empty() => return Err(error),
            Err(error) => members.iter().for_each(|backport| stuck(standing(backport), &error, &mut report)),
            Ok(()) => {}
        }
    }
    Ok(finished(report, directory, &checkout))
}

/// Goes on with backports that began with the same configuration; an error where that cannot be
/// opened any more, and so none of them was touched.
fn together(
    directory: &Path,
    observe: &dyn Observe,
    begun: &Begun,
    members: &[Backport],
    asked: Asked,
    report: &mut Report,
    lock: &Lock,
) -> Result<()> {
    let context = reopened(directory, observe, begun)?;
    resume(&context)?;
    let mut store = Store::open(&context.checkout)?;
    for backport in members {
        one(&context, &mut store, backport.clone(), asked, report, lock);
    }
    Ok(())
}

/// The backport in whose work tree the person is. Elsewhere nothing is read to find that out.
pub fn in_its_work_tree(checkout: &Checkout<'_>) -> Result<Option<Backport>> {
    if !checkout.top.starts_with(checkout.state_dir()) {
        return Ok(None);
    }
    let store = Store::open(checkout)?;
    Ok(store.session().backports.iter().find(|backport| is_here(checkout, backport)).cloned())
}

fn is_here(checkout: &Checkout<'_>, backport: &Backport) -> bool {
    backport.worktree(&checkout.state_dir()) == checkout.top
}

/// What `status` says of the backports that wait in this clone.
pub fn notes(checkout: &Checkout<'_>) -> Result<Vec<String>> {
    let note = |backport: &Backport| {
        let branch = &backport.branch;
        if is_here(checkout, backport) {
            format!(
                "this is the work tree of the backport to {branch}: resolve its conflict, then `pyflow backport --continue {branch}`"
            )
        } else {
            format!("a backport to {branch} waits for you: `pyflow backport --list {branch}`")
        }
    };
    Ok(Store::open(checkout)?.session().backports.iter().map(note).collect())
}

/// The clone, seen from a work tree that stays: this one may be that of a conflict, which goes.
fn settled<'a>(directory: &Path, observe: &'a dyn Observe) -> Result<Checkout<'a>> {
    let checkout = Checkout::discover(directory, observe)?;
    let own = checkout.state_dir();
    if checkout.top.starts_with(&own) {
        return Checkout::discover(&checkout.lasting_worktree(&own)?, observe);
    }
    Ok(checkout)
}

/// The document; where the person's folder went with a work tree it says where to go.
fn finished(mut report: Report, came_from: &Path, checkout: &Checkout<'_>) -> Backports {
    if !came_from.is_dir() {
        report.warnings.push(format!("the work tree that you were in is gone: `cd {}`", checkout.top.display()));
    }
    report.finish(false)
}

/// The configuration that something began with, in the clone as it is now.
fn reopened<'a>(directory: &Path, observe: &'a dyn Observe, begun: &Begun) -> Result<Context<'a>> {
    let checkout = Checkout::discover(directory, observe)?;
    let file = begun.file.as_ref().map(|(name, text)| {
        let format = if name == Format::GitReview.file_name() { Format::GitReview } else { Format::ReviewConf };
        Found { format, path: checkout.top.join(name), bytes: text.clone().into_bytes(), note: None }
    });
    let local = Local::as_begun(checkout, observe, &remote(begun.remote.as_ref()), file)?;
    Context::of(local, observe)
}

/// Goes on with one backport.
fn one(
    context: &Context<'_>,
    store: &mut Store<'_, '_>,
    mut backport: Backport,
    asked: Asked,
    report: &mut Report,
    _lock: &Lock,
) {
    let mut row = standing(&backport);
    let next = backport.next().cloned();
    if let (Stage::Conflict { made, .. }, Some(original)) = (&backport.stage, next) {
        let came = if asked == Asked::Skip {
            waiting::clear(context, store, &backport, &mut row)
                .and_then(|()| waiting::behind(context, store, &mut backport, Done::Skipped, &mut row))
        } else if *made && waiting::linked(&context.checkout, &backport).exists() {
            match waiting::resolution(context, &backport, &original) {
                Ok(Resolution::Made(commit)) => {
                    waiting::behind(context, store, &mut backport, Done::Picked(commit), &mut row)
                }
                Ok(Resolution::Waits(why, hints)) => {
                    still_waits(&context.checkout, &backport, &mut row);
                    row.text = Some(why);
                    row.hints = hints;
                    report.add(row, None, true);
                    return;
                }
                Err(error) => Err(error),
            }
        } else {
            // An earlier run was killed while it made the work tree, or somebody removed it.
            row.text = Some("its work tree was not there, and is made anew".to_owned());
            waiting::open(context, store, &mut backport, &mut row)
        };
        if let Err(error) = came {
            stuck(row, &error, report);
            return;
        }
        if backport.stage != Stage::Ready {
            still_waits_now(&context.checkout, &backport, &mut row);
            report.add(row, None, true);
            return;
        }
    } else if asked == Asked::Skip {
        row.text = Some("there is no conflict to leave out: it only waits to be sent".to_owned());
        row.hints.push(format!("`pyflow backport --continue {0}`, or `--abort {0}`", backport.branch));
        report.add(row, None, true);
        return;
    } else if let Err(error) = waiting::clear(context, store, &backport, &mut row) {
        // An earlier run may have been killed before it took the work tree away.
        stuck(row, &error, report);
        return;
    }
    if backport.picks().next().is_none() {
        row.result = if backport.done.contains(&Done::Skipped) { Came::Dropped } else { Came::Already };
        row.text = Some("nothing is left of it".to_owned());
        match store.remove(&backport) {
            Ok(()) => report.add(row, None, false),
            Err(error) => stuck(row, &error, report),
        }
        return;
    }
    ready(context, store, &backport, None, row, report);
}

/// The row of a conflict that this run has come to.
fn still_waits_now(checkout: &Checkout<'_>, backport: &Backport, row: &mut BranchRow) {
    let hints = std::mem::take(&mut row.hints);
    still_waits(checkout, backport, row);
    row.hints = hints;
}

/// `--abort`. It needs no server: what is given up here was never sent, or is there already.
fn abort(directory: &Path, observe: &dyn Observe, args: &BackportArgs) -> Result<Backports> {
    let checkout = settled(directory, observe)?;
    let state = StateDir::new(checkout.state_dir());
    let _lock = state.lock(observe)?;
    let mut store = Store::open(&checkout)?;
    store.sweep()?;
    execute::sweep(&checkout)?;
    let chosen = store.session().chosen(&request::branches(&args.branches)?)?;
    let mut report = Report::new(Asked::Abort);
    if chosen.is_empty() {
        return Err(Error::state("no backport waits in this clone, so there is nothing to give up")
            .hint("`pyflow undo` takes back moves of branches; changes on the server are abandoned there"));
    }
    for backport in chosen {
        let mut row = BranchRow::of(&backport, Came::Dropped);
        let mut kept = Vec::new();
        let given_up = give_up(&checkout, &mut store, &backport, &mut row, &mut kept);
        let kept: Vec<&str> = kept.iter().map(RefName::as_str).collect();
        let kept = (!kept.is_empty()).then(|| format!("what there was is kept as {}", kept.join(" and ")));
        match given_up {
            Ok(()) => {
                row.text = kept;
                report.add(row, None, false);
            }
            Err(error) => {
                row.result = standing(&backport).result;
                row.warnings.extend(kept);
                stuck(row, &error, &mut report);
            }
        }
    }
    Ok(finished(report, directory, &checkout))
}

/// Gives one up; what is in its work tree, and its picks, go to the trash before that.
fn give_up(
    checkout: &Checkout<'_>,
    store: &mut Store<'_, '_>,
    backport: &Backport,
    row: &mut BranchRow,
    kept: &mut Vec<RefName>,
) -> Result<()> {
    kept.extend(waiting::clear_in(checkout, store, backport)?);
    let picks: Vec<_> = backport.picks().collect();
    if execute::give_up(checkout, Sender::Backport, &backport.branch, &picks)? {
        row.warnings.push("it was on its way when that was interrupted: the server may have it".to_owned());
        row.hints.push(format!("look there: `pyflow list --branch {} --mine`", backport.branch));
    }
    if backport.tip() != &backport.onto {
        kept.push(store.trash(backport, backport.tip())?);
    }
    store.remove(backport)
}

/// What `--continue`, `--skip` and `--abort` would do.
fn look(directory: &Path, observe: &dyn Observe, args: &BackportArgs, asked: Asked) -> Result<Backports> {
    let checkout = Checkout::discover(directory, observe)?;
    let store = Store::open(&checkout)?;
    let mut report = Report::new(asked);
    for backport in store.session().chosen(&request::branches(&args.branches)?)? {
        let mut row = BranchRow::of(&backport, Came::Ready);
        let waits = backport.stage != Stage::Ready;
        match asked {
            Asked::Abort => {
                row.result = Came::Dropped;
                row.text = Some("it would be given up, and kept in the trash".to_owned());
            }
            Asked::Skip if waits => {
                row.result = Came::Dropped;
                let subject = backport.next().map(|original| original.subject.as_str()).unwrap_or_default();
                row.text = Some(format!("`{subject}` would be left out"));
            }
            _ if waits => match waiting::obstacle(&checkout, &backport)? {
                Some((why, hints)) => {
                    still_waits(&checkout, &backport, &mut row);
                    row.text = Some(why);
                    row.hints = hints;
                }
                None => row.text = Some("its conflict is resolved: it would go on".to_owned()),
            },
            _ => row.text = Some("it would be sent".to_owned()),
        }
        report.add(row, None, false);
    }
    Ok(report.finish(true))
}

/// `--list`. It only looks.
fn list(directory: &Path, observe: &dyn Observe, args: &BackportArgs) -> Result<Backports> {
    let checkout = Checkout::discover(directory, observe)?;
    let store = Store::open(&checkout)?;
    let mut report = Report::new(Asked::List);
    report.warnings.extend(waiting::cherry_picker(&checkout.git));
    for backport in store.session().chosen(&request::branches(&args.branches)?)? {
        let mut row = BranchRow::of(&backport, Came::Ready);
        if backport.stage == Stage::Ready {
            let picked = backport.picks().last();
            row.commit = picked.map(ToString::to_string);
            let text = if picked.is_some() { "it is picked, and waits to be sent" } else { "it was left out" };
            row.text = Some(text.to_owned());
            row.hints.push(format!("`pyflow backport --continue {0}`, or `--abort {0}`", backport.branch));
        } else {
            still_waits(&checkout, &backport, &mut row);
            if !waiting::linked(&checkout, &backport).exists() {
                row.text = Some("its work tree is not there".to_owned());
            }
        }
        report.add(row, None, true);
    }
    Ok(report.finish(false))
}
