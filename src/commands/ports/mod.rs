//! `pyflow ports`: which fixes of maintenance branches have their counterpart on the branches after
//! them; with `--check` an answer for a gate's job.
//!
//! What is wanted ([`request`]), what history ([`desk`]) and the review server ([`server`]) know, and
//! the rows that the ledger's answers make ([`rows`]). [`submit`] asks the same of a stack.

mod desk;
mod request;
mod rows;
mod server;
pub mod submit;

use super::context::{Context, Local};
use crate::checkout::fetch;
use crate::cli::{Format, PortsArgs};
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::names::{BranchName, Scheme};
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::ports::{Branches, Role};
use desk::{Desk, Source};
use request::{Request, Selection};

/// Runs the command.
pub fn run<'a>(local: Local<'a>, observe: &'a dyn Observe, args: &PortsArgs, format: Format) -> Result<Outcome> {
    if args.markdown && format == Format::Json {
        return Err(Error::usage("`--markdown` and `--format json` are two forms of one report").hint("choose one"));
    }
    let mut desk = Desk::new(branches(&local.settings)?);
    if args.local {
        let request = Request::new(args, &desk.branches, &local.checkout, None)?;
        desk.read_history(&local.checkout, &local.settings)?;
        let sources = request.landed(&desk, local.checkout.read())?;
        desk.compare(local.checkout.read(), &sources)?;
        desk.gaps.push("no server was asked (--local)".to_owned());
        return Ok(rows::outcome(&desk, &sources, &local.settings, args));
    }
    local.check_pin()?;
    // A gate's job has no remote; one that is there must lead to the server.
    if !local.remote_urls().is_empty() {
        local.check_remote()?;
    }
    let context = Context::connect(local, observe)?;
    let request = Request::new(args, &desk.branches, &context.checkout, Some(&context))?;
    let sources = match &request.selection {
        Selection::Landed(_) => landed_and_asked(&mut desk, &context, &request)?,
        Selection::Open(places) => {
            let sources = server::open(&mut desk, &context, places)?;
            asked_and_compared(&mut desk, &context, sources)?
        }
        Selection::Changes(wanted) => {
            let sources = server::changes(&mut desk, &context, wanted, args.check)?;
            asked_and_compared(&mut desk, &context, sources)?
        }
    };
    Ok(rows::outcome(&desk, &sources, &context.settings, args))
}

/// What the branches hold, then what the server knows of those fixes that are without a counterpart.
fn landed_and_asked(desk: &mut Desk, context: &Context<'_>, request: &Request) -> Result<Vec<Source>> {
    fetch(desk, context)?;
    desk.read_history(&context.checkout, &context.settings)?;
    let mut sources = request.landed(desk, context.checkout.read())?;
    server::marked(desk, context, request, &mut sources)?;
    desk.compare(context.checkout.read(), &sources)?;
    let unresolved = desk.unresolved(&sources);
    server::ask(desk, context, &unresolved)?;
    Ok(sources)
}

/// What the server says may be enough. Where it is not, branches are fetched and read.
fn asked_and_compared(desk: &mut Desk, context: &Context<'_>, sources: Vec<Source>) -> Result<Vec<Source>> {
    server::ask(desk, context, &sources)?;
    if !desk.unresolved(&sources).is_empty() {
        fetch(desk, context)?;
        desk.read_history(&context.checkout, &context.settings)?;
        desk.compare(context.checkout.read(), &sources)?;
    }
    Ok(sources)
}

/// Brings the branches up to date. A gate's job has no remote; there the server itself is asked.
fn fetch(desk: &mut Desk, context: &Context<'_>) -> Result<()> {
    let remote = &context.remote;
    let has_remote = !context.git_config.remote_urls(remote.as_str(), false).is_empty();
    let url = (!has_remote).then(|| format!("remote.{remote}.url={}", address(context)));
    let names: Vec<BranchName> = desk.branches.names().cloned().collect();
    let _working = context.network_progress(&format!("fetching {} branches from {remote}", names.len()));
    let missing = context.fetched(|git| {
        let git = match &url {
            Some(url) => &git.clone().with_setting(url),
            None => git,
        };
        fetch::fetch_several(git, remote, &names)
    })?;
    for branch in missing {
        desk.gaps.push(format!("there is no branch {branch} on the remote {remote}"));
    }
    Ok(())
}

/// Where the server has the project's git repository; `a/` is for those who sign in, as with its
/// other interface ([`crate::review::gerrit::rest`]).
fn address(context: &Context<'_>) -> String {
    let review = &context.settings.review;
    let (url, project) = (&review.url.value, &review.project.value);
    if url.scheme() != Scheme::Ssh && context.server.is_authenticated() {
        url.join(&format!("a/{project}"))
    } else {
        url.join(project.as_str())
    }
}

/// The branches that the project cares for; an error where it has not said which.
fn branches(settings: &Settings) -> Result<Branches> {
    let known = &settings.branches;
    let Some(default) = known.default.as_ref().or(settings.review.branch.as_ref()) else {
        return Err(Error::state("it is not known which branch new work lands on first")
            .hint("write it into `.reviewconf`: `default = \"main\"` below [branches]"));
    };
    let lists = [
        (&known.release_candidate, Role::ReleaseCandidate),
        (&known.maintenance, Role::Maintenance),
        (&known.security, Role::Security),
    ];
    let others = lists.into_iter().flat_map(|(list, role)| list.value.iter().map(move |name| (name.clone(), role)));
    let branches = Branches::new(default.value.clone(), others);
    if branches.is_alone() {
        return Err(Error::state("no maintenance branch is known, so that there is nothing to compare")
            .hint("name them in `.reviewconf`: `maintenance = [\"3.14\", \"3.13\"]` below [branches]")
            .hint("or for yourself: `git config --add pyflow.branches.maintenance 3.14`"));
    }
    Ok(branches)
}
