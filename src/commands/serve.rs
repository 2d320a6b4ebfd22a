//! `pyflow serve`: the embedded review server.
//!
//! Arguments become the server's own values here; nothing is printed.

use std::io::Read;
use std::path::Path;

use crate::cli::{ServeAction, ServeArgs, SubmitType, TokenArgs, UserAction};
use crate::error::{Context, Error, Kind, Result};
use crate::observe::Observe;
use crate::outcome::{self, Outcome};
use crate::server::accounts::{self, AccountsFile, NewAccount};
use crate::server::check::{self, Level};
use crate::server::init::{self, NewProject};
use crate::server::settings::{self, ProjectSettings};
use crate::server::{self, Serve};

/// Runs `pyflow serve …`.
pub fn run(directory: &Path, observe: &dyn Observe, arguments: &ServeArgs) -> Result<Outcome> {
    let dir = &directory.join(&arguments.dir);
    match &arguments.action {
        None => {
            if let Some(path) = &arguments.import {
                init::import(dir, &directory.join(path), arguments.project.as_deref(), observe)?;
            }
            let serve = Serve {
                dir: dir.clone(),
                listen: arguments.listen,
                ready_file: arguments.ready_file.clone(),
                canonical_url: arguments.canonical_url.clone(),
            };
            server::serve(&serve, observe)?;
            Ok(Outcome::Silent)
        }
        Some(ServeAction::Init(project)) => {
            let settings = ProjectSettings {
                description: project.description.clone().unwrap_or_default(),
                submit_type: match project.submit_type.unwrap_or_default() {
                    SubmitType::MergeAlways => settings::SubmitType::MergeAlways,
                    SubmitType::MergeIfNecessary => settings::SubmitType::MergeIfNecessary,
                    SubmitType::RebaseIfNecessary => settings::SubmitType::RebaseIfNecessary,
                    SubmitType::FastForwardOnly => settings::SubmitType::FastForwardOnly,
                },
                requirements: (!project.requirement.is_empty()).then(|| project.requirement.clone()),
                contributor_agreement: project.contributor_agreement.clone(),
                closed_for_review: project.closed_for_review,
                visible_to: project.visible_to.clone(),
                ..ProjectSettings::default()
            };
            let new = NewProject {
                name: project.project.clone(),
                branches: project.branch.clone(),
                seed: project.seed.clone(),
                settings,
            };
            let path = init::init(dir, &new)?;
            Ok(said(format!("project {} is in {}", new.name, path.display()), None))
        }
        Some(ServeAction::User(action)) => {
            if !dir.is_dir() {
                return Err(Error::state(format!("there is no folder {}", dir.display()))
                    .hint(format!("`pyflow serve init --dir {} --project NAME` makes it", dir.display())));
            }
            let file = AccountsFile::new(dir);
            match action {
                UserAction::Add(add) => {
                    let new = NewAccount {
                        username: add.name.clone(),
                        full_name: add.full_name.clone().unwrap_or_default(),
                        emails: add.email.clone(),
                        groups: add.group.clone(),
                    };
                    sign_up(&add.name, &add.token, |secret| file.add(&new, secret).map(drop))
                }
                UserAction::Token { name, token: how } => sign_up(name, how, |secret| file.renew(name, secret)),
                UserAction::Remove { name } => {
                    file.remove(name)?;
                    Ok(said(format!("{name} is removed"), None))
                }
            }
        }
        Some(ServeAction::CheckConfig) => checked(dir),
    }
}

/// The new token, from wherever it was asked for.
fn token(how: &TokenArgs) -> Result<String> {
    if how.token_stdin { given_token() } else { accounts::new_token() }
}

/// Writes the token where it was asked for; else it is shown, this once. Where it cannot be written,
/// nobody gets one that nobody would have.
fn sign_up(user: &str, how: &TokenArgs, record: impl FnOnce(&str) -> Result<()>) -> Result<Outcome> {
    let secret = token(how)?;
    if let Some(path) = &how.token_file {
        server::check_secret_place(path)?;
    }
    record(&secret)?;
    if let Some(path) = &how.token_file {
        server::write_secret(path, &secret)?;
    }
    let shown = (!how.token_stdin && how.token_file.is_none()).then_some(secret);
    Ok(said(format!("{user} can sign in"), shown))
}

fn checked(dir: &Path) -> Result<Outcome> {
    let found = check::check(dir)?;
    let errors = found.iter().filter(|f| f.level == Level::Error).count();
    let text = match (errors, found.len() - errors) {
        (0, 0) => format!("{}: everything is right", dir.display()),
        (errors, warnings) => format!("{}: errors: {errors}, warnings: {warnings}", dir.display()),
    };
    let row = |finding: check::Finding| outcome::ServeFinding {
        level: match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
        },
        file: finding.file,
        text: finding.text,
    };
    let findings = found.into_iter().map(row).collect();
    Ok(Outcome::Serve(outcome::Serve { text, token: None, findings, exit: (errors > 0).then_some(Kind::State) }))
}

fn said(text: String, token: Option<String>) -> Outcome {
    Outcome::Serve(outcome::Serve { text, token, ..outcome::Serve::default() })
}

/// A token of the caller's choice, for tests and for scripts that manage secrets themselves.
fn given_token() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(4096).read_to_string(&mut text);
    read.or_error(|| Error::usage("cannot read a token from standard input"))?;
    let token = text.trim_end_matches(['\r', '\n']);
    if token.is_empty() || token.chars().any(char::is_control) {
        return Err(Error::usage("no token on standard input"));
    }
    Ok(token.to_owned())
}
