//! `pyflow cla`: whose contributor agreement is on file, for the stack or for people who are named;
//! and the same question as a check of `pyflow submit`.

mod asking;
mod sign;
pub mod submit;

use super::context::Local;
use crate::checkout::mailmap::Mailmap;
use crate::checkout::object::Commit;
use crate::checkout::stack::Stack;
use crate::checkout::target::Target;
use crate::cla::identity::{self, Known};
use crate::cla::{Answer, Part, Person, Rule};
use crate::cli::{ClaAction, ClaArgs};
use crate::config::cla::Registry;
use crate::error::{Error, Kind, Result};
use crate::names::{BranchName, CommitId};
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::outcome::cla::{Cla, IdentityRow};
pub(crate) use asking::{Answered, Asking, Question};

/// Runs the command.
pub fn run<'a>(local: &Local<'a>, observe: &'a dyn Observe, args: &ClaArgs) -> Result<Outcome> {
    local.check_pin()?;
    let asking = Asking::new(&local.settings, &local.checkout, &local.git_config, observe, None, local.has_accepted());
    if let Some(ClaAction::Sign(args)) = &args.action {
        return sign::run(&asking, local, observe, args).map(Outcome::ClaSign);
    }
    if *asking.registry() == Registry::None {
        let mut report = report(&asking, &Scope::default());
        report.warnings.push(format!("this project asks for no agreement (from {})", local.settings.cla.origin));
        return Ok(Outcome::Cla(report));
    }
    let scope = Scope::of(local, &asking, args)?;
    let mut report = report(&asking, &scope);
    let mailmap = scope.tracked.as_ref().map(|commit| Mailmap::at(local.checkout.read(), commit)).transpose()?;
    let known = asking.known(mailmap.as_ref().and_then(Option::as_ref));
    let people = people(&asking, &scope, &known, args)?;
    let answered = {
        let _working = observe.working(&format!("asking {}", asking.called()));
        asking.ask(&Question {
            people: &people,
            commits: &scope.commits.iter().map(|commit| commit.id.clone()).collect::<Vec<_>>(),
            reader: local.checkout.read(),
            target: scope.tracked.as_ref(),
            refresh: args.refresh,
        })
    };
    asking.remember();
    conclude(&asking, &answered, &mut report);
    Ok(Outcome::Cla(report))
}

/// What is asked about, before anybody is asked.
#[derive(Default)]
struct Scope {
    /// The branch that the stack should land on, and why.
    target: Option<Target>,
    /// Where that branch was when it was last fetched.
    tracked: Option<CommitId>,
    /// The stack, oldest first.
    commits: Vec<Commit>,
}

impl Scope {
    fn of(local: &Local<'_>, asking: &Asking<'_>, args: &ClaArgs) -> Result<Self> {
        let reader = local.checkout.read();
        let head = reader.head()?;
        let named = args.target.as_ref().map(|text| {
            let branch = text.parse::<BranchName>();
            branch.map_err(|why| Error::usage(format!("{text:?} is not a branch name: {why}")))
        });
        let named = named.transpose()?;
        let remote = &local.settings.review.remote.value;
        let wants_stack = args.people.is_empty() && asking.rule() == Rule::Authors;
        let Some(tip) = head.commit() else {
            return Ok(Self::default());
        };
        if !wants_stack {
            // It only tells where a list, or the mailmap, is read: on what has landed, since anybody may
            // add themselves to a list on a branch of their own.
            let target = local.target(named, &head, tip).ok();
            let tracked = target.and_then(|target| reader.resolve(&target.branch.tracking(remote)).ok().flatten());
            return Ok(Self { target: None, tracked, commits: Vec::new() });
        }
        let target = local.target(named, &head, tip)?;
        let Some(tracked) = reader.resolve(&target.branch.tracking(remote))? else {
            return Err(Error::state(format!(
                "{remote}/{} ({}) has not been fetched: there is nothing to compare with",
                target.branch, target.reason
            ))
            .hint(format!("`git fetch {remote} {}`", target.branch))
            .hint("or name people: `pyflow cla alice@example.org`"));
        };
        let commits = Stack::between(reader, tip, std::slice::from_ref(&tracked))?.commits;
        Ok(Self { target: Some(target), tracked: Some(tracked), commits })
    }
}

fn report(asking: &Asking<'_>, scope: &Scope) -> Cla {
    let (registry, place) = asking.name_and_place();
    Cla {
        registry,
        place,
        target: scope.target.as_ref().map(|target| target.branch.to_string()),
        target_reason: scope.target.as_ref().map(|target| target.reason.to_string()),
        sign_url: asking.sign_url(),
        identities: Vec::new(),
        warnings: Vec::new(),
        hints: Vec::new(),
        exit: None,
    }
}

fn people(asking: &Asking<'_>, scope: &Scope, known: &Known<'_>, args: &ClaArgs) -> Result<Vec<Person>> {
    if args.people.is_empty() {
        let mut people = asking.people(&scope.commits, known);
        if asking.rule() == Rule::Authors {
            identity::and_here(&mut people, known);
        }
        return Ok(people);
    }
    if asking.rule() == Rule::Uploader {
        return Err(Error::usage("the review server tells of nobody's agreements but your own")
            .hint("about yourself: `pyflow cla`"));
    }
    let named = |text: &String| {
        identity::named(text, known).map_err(|why| {
            Error::usage(format!("{} cannot be asked about: {why}", crate::config::sourced::quoted(text)))
        })
    };
    args.people.iter().map(named).collect()
}

/// The exit code and what there is to say.
fn conclude(asking: &Asking<'_>, answered: &[Answered], report: &mut Cla) {
    // Without commits it is about those that will be made here.
    let nobody_else = !answered.iter().any(|answered| answered.person.counts());
    let mut missing = false;
    for Answered { person, reply, remembered } in answered {
        let row = IdentityRow::new(person, reply, *remembered, person.counts() || nobody_else);
        if row.needed && reply.answer != Answer::Signed {
            // Where the registry has said what helps, that is better.
            missing |= reply.answer != Answer::CouldNotAsk && reply.hints.is_empty();
            let kind = if reply.answer == Answer::CouldNotAsk { Kind::Unknown } else { Kind::No };
            report.exit = Some(report.exit.map_or(kind, |exit| exit.or(kind)));
        }
        report.identities.push(row);
    }
    if missing {
        report.hints.push(asking.how_to_sign());
    }
    other_address(answered, report);
    squash(asking, answered, report);
}

/// Commits that are made here bear an address that has not signed.
fn other_address(answered: &[Answered], report: &mut Cla) {
    let Some(here) = answered.iter().find(|answered| answered.person.parts.contains(&Part::Here)) else { return };
    if here.reply.answer == Answer::Signed {
        return;
    }
    let signed = answered.iter().filter(|a| a.reply.answer == Answer::Signed && a.person.counts());
    let mut of_same_name = signed.filter(|a| a.person.name == here.person.name);
    if let Some(other) = of_same_name.next() {
        report.warnings.push(format!(
            "commits made here bear {} (git's user.email), and it is {} that has signed",
            here.person.email, other.person.email
        ));
        report.hints.push(format!("commit with that address: `git config user.email {}`", other.person.email));
    }
}

/// A squash has one author; forges take the first commit's, or the primary address of the account.
fn squash(asking: &Asking<'_>, answered: &[Answered], report: &mut Cla) {
    let mut authors = answered.iter().filter(|answered| answered.person.parts.contains(&Part::Author));
    if let (Rule::Authors, Some(first), Some(_)) = (asking.rule(), authors.next(), authors.next()) {
        report.warnings.push(format!(
            "the stack has several authors; a squash would carry the first one's address, {}, or the primary one of the account that merges",
            first.person.email
        ));
    }
}
