//! One file a command: arguments -> plan -> outcome. No HTTP, no git plumbing, no printing.

pub mod auth;
pub mod backport;
pub mod cla;
pub mod context;
#[cfg(feature = "server")]
pub mod demo;
pub mod gate;
pub mod generate;
pub mod known;
pub mod list;
pub mod name;
pub mod news;
pub mod patchcheck;
pub mod ports;
pub mod recheck;
#[cfg(feature = "server")]
pub mod serve;
pub mod setup;
pub mod status;
pub mod submit;
pub mod undo;
pub mod vote;

use crate::cli::{Cli, Command};
use crate::config::{Overrides, keys};
use crate::error::{Context as _, Error, Result};
use crate::observe::Observe;
use crate::outcome::{Live, Outcome};
use context::Local;

/// Runs the command that was typed. What a command that watches has to show meanwhile goes to
/// `live`.
pub fn run(cli: &Cli, observe: &dyn Observe, live: &dyn Live) -> Result<Outcome> {
    let here = std::env::current_dir()
        .or_error(|| Error::state("the current folder is gone").hint("change to a folder that exists"))?;
    let directory = cli.global.directory.as_ref().map_or_else(|| here.clone(), |folder| here.join(folder));
    if !directory.is_dir() {
        return Err(Error::usage(format!("there is no folder {} (from `-C`)", directory.display())));
    }
    let open = |overrides: &Overrides| context::Context::open(&directory, observe, overrides);
    let plain = Overrides::default();
    match &cli.command {
        Command::Submit(args) => submit::run(&mut open(&remote(args.remote.as_ref()))?, args),
        Command::Status(args) => status::run(&open(&plain)?, args, live),
        Command::List(args) => list::run(&open(&plain)?, args),
        Command::Vote(args) => vote::vote(&open(&plain)?, args),
        Command::Recheck(args) => recheck::run(&open(&plain)?, args),
        Command::Gate(command) => gate::run(&open(&plain)?, command),
        Command::Approve(args) => vote::approve(&open(&plain)?, args),
        Command::Patchcheck(args) => patchcheck::run(&Local::open(&directory, observe, &plain)?, args),
        Command::Cla(args) => cla::run(&Local::open(&directory, observe, &plain)?, observe, args),
        Command::Backport(args) => backport::run(&directory, observe, args),
        Command::Ports(args) => ports::run(Local::open(&directory, observe, &plain)?, observe, args, cli.global.format),
        Command::Undo(args) => undo::run(&directory, observe, args),
        Command::Setup(args) => setup::run(&directory, observe, args),
        Command::News(command) => news::run(&directory, observe, command),
        Command::Auth(args) => auth::run(Local::open(&directory, observe, &plain)?, observe, args),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(&directory, observe, args),
        #[cfg(feature = "server")]
        Command::Demo(args) => demo::run(&directory, observe, args),
        Command::Completions(args) => Ok(Outcome::Raw(generate::completions(args.shell))),
        Command::Man(args) => generate::man_pages(&directory.join(&args.folder)).map(|()| Outcome::Silent),
        Command::CredentialHelper(args) => generate::credential_helper(args).map(|()| Outcome::Silent),
    }
}

/// The override that `--remote` is.
fn remote(name: Option<&String>) -> Overrides {
    let mut overrides = Overrides::default();
    overrides.set(&keys::REVIEW_REMOTE, "--remote", name.cloned());
    overrides
}
