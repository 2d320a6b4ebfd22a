//! `pyflow serve`: the embedded review server.
//!
//! Arguments become the server's own values here; nothing is printed.

use std::io::Read;
use std::path::Path;

use crate::cli::{ServeAction, ServeArgs, SubmitType, UserAction, UserAddArgs};
use crate::error::{Context, Error, Result};
use crate::observe::Observe;
use crate::outcome::{self, Outcome};
use crate::server::accounts::{self, AccountsFile, NewAccount};
use crate::server::init::{self, NewProject};
use crate::server::settings::{self, ProjectSettings};
use crate::server::{self, Serve};

/// Runs `pyflow serve …`.
pub fn run(directory: &Path, observe: &dyn Observe, arguments: &ServeArgs) -> Result<Outcome> {
    let dir = &directory.join(&arguments.dir);
    match &arguments.action {
        None => {
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
                    SubmitType::FastForwardOnly => settings::SubmitType::FastForwardOnly,
                },
                requirements: (!project.requirement.is_empty()).then(|| project.requirement.clone()),
                contributor_agreement: project.contributor_agreement.clone(),
                closed_for_review: project.closed_for_review,
                visible_to: project.visible_to.clone(),
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
            let (user, how) = match action {
                UserAction::Add(UserAddArgs { name, token, .. }) | UserAction::Token { name, token } => (name, token),
            };
            let secret = if how.token_stdin { given_token()? } else { accounts::new_token()? };
            match action {
                UserAction::Add(add) => {
                    let new = NewAccount {
                        username: add.name.clone(),
                        full_name: add.full_name.clone().unwrap_or_default(),
                        emails: add.email.clone(),
                        groups: add.group.clone(),
                    };
                    let _id = file.add(&new, &secret)?;
                }
                UserAction::Token { name, .. } => file.renew(name, &secret)?,
            }
            if let Some(path) = &how.token_file {
                server::write_secret(path, &secret)?;
            }
            let shown = (!how.token_stdin && how.token_file.is_none()).then_some(secret);
            Ok(said(format!("{user} can sign in"), shown))
        }
    }
}

fn said(text: String, token: Option<String>) -> Outcome {
    Outcome::Serve(outcome::Serve { text, token })
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
