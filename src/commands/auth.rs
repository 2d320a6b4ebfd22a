//! `pyflow auth`: stores, removes and shows the credentials for the review server, for the gate
//! (`gate`) and for the registry of contributor agreements (`cla`).

mod cla;
mod gate;

use std::io::Read as _;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::context::{Context, Local, connect, environment, ladder};
use crate::cli::{AuthAction, AuthArgs, AuthRole};
use crate::config::{GateSystem, Settings};
use crate::error::{Context as _, Error, Kind, Result};
use crate::names::{Scheme, ServerUrl};
use crate::observe::Observe;
use crate::outcome::{Auth, Outcome};
use crate::secret::{self, Credential, Forgotten, Held, Ladder, Role, Source};

/// Runs the command.
pub fn run<'a>(local: Local<'a>, observe: &'a dyn Observe, args: &AuthArgs) -> Result<Outcome> {
    match args.role {
        AuthRole::Review => review(local, observe, &args.action),
        AuthRole::Gate => gate::run(local, observe, &args.action),
        AuthRole::Cla => cla::run(&local, observe, &args.action),
    }
    .map(Outcome::Auth)
}

fn review<'a>(local: Local<'a>, observe: &'a dyn Observe, action: &AuthAction) -> Result<Auth> {
    let review = &local.settings.review;
    if review.url.value.scheme() == Scheme::Ssh {
        return Err(Error::state(format!("{} is spoken to over ssh, which has keys of its own", review.url.value))
            .hint("`ssh-add -l` shows which keys are offered"));
    }
    match action {
        AuthAction::Login { user, with_token, insecure_storage } => {
            local.check_pin()?;
            login(&local, observe, user.as_deref(), *with_token, *insecure_storage)
        }
        AuthAction::Logout => {
            logout(Role::Review, &local.settings.review.url.value, ladder(&local, observe).user_name(), observe)
        }
        AuthAction::Status => {
            local.check_pin()?;
            status(local, observe)
        }
    }
}

/// A token is some hundred bytes; more is a mistake.
const MAX_TOKEN: u64 = 16 << 10;

fn login<'a>(
    local: &Local<'a>,
    observe: &'a dyn Observe,
    user: Option<&str>,
    with_token: bool,
    insecure: bool,
) -> Result<Auth> {
    let review = &local.settings.review;
    let url = &review.url.value;
    let known = user.map(str::to_owned).or_else(|| review.user.as_ref().map(|user| user.value.to_string()));
    let user = match known {
        Some(user) => user,
        None => observe.ask(&format!("User name on {}", url.origin()), None, "--user")?,
    };
    let question = format!("Password or token of {user} on {} (from the server's settings page)", url.origin());
    let secret = read_secret(observe, &question, with_token)?;
    let credential = Credential::new(url, user.clone(), secret.clone(), Source::Given);
    let held = Held::of(ladder(local, observe), Some(credential));
    let account = connect(local, Arc::new(held), observe)?.identity().map_err(|error| mistyped(error, &user))?;
    let name = account.map(|me| me.account.display().to_owned()).unwrap_or_default();
    let said = format!("{} knows you as {name}", url.origin());
    store(&ladder(local, observe), Some(user), &secret, insecure, &said)
}

/// What is stored is stored for a server, whatever it is to the project: one that is two things has
/// one credential, under the name of the first.
fn only_here(settings: &Settings, role: Role, url: &ServerUrl) -> Result<()> {
    let gate = match &settings.gate.system {
        GateSystem::Zuul { url, .. } => Some(&url.value),
        GateSystem::Review | GateSystem::None => None,
    };
    let others = [(Role::Review, Some(&settings.review.url.value)), (Role::Gate, gate)];
    let same = |(other, server): &(Role, Option<&ServerUrl>)| {
        *other != role && server.is_some_and(|server| server.origin() == url.origin())
    };
    others.into_iter().find(same).map_or(Ok(()), |(other, _)| {
        Err(Error::state(format!("{} is the {}, too: one credential is for both", url.origin(), other.label()))
            .hint(format!("store it: `pyflow auth login{}`", other.option())))
    })
}

/// Stores what the server has accepted; `said` is what it made of it.
fn store(ladder: &Ladder<'_>, user: Option<String>, secret: &SecretString, insecure: bool, said: &str) -> Result<Auth> {
    let place = secret::store(&ladder.server, user.as_deref().unwrap_or_default(), secret, insecure, &environment)?;
    Ok(Auth {
        action: "login",
        role: ladder.role,
        server: ladder.server.origin(),
        user,
        source: Some(place.label().to_owned()),
        answer: "accepted",
        text: format!("{said}; stored in {}", place.label()),
        hints: outranked(ladder, secret, place),
        exit: None,
    })
}

/// From standard input, or asked for.
fn read_secret(observe: &dyn Observe, question: &str, with_token: bool) -> Result<SecretString> {
    if !with_token {
        return observe.ask_secret(question, "--with-token");
    }
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_TOKEN)
        .read_to_string(&mut text)
        .or_error(|| Error::usage("the token on standard input could not be read"))?;
    Ok(SecretString::from(text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Where the server refuses what was typed, signing in is no advice.
fn mistyped(error: Error, user: &str) -> Error {
    if error.kind != Kind::Credentials {
        return error;
    }
    Error { hints: Vec::new(), ..error }
        .hint(format!("nothing was stored; is `{user}` the user name that the server's settings page shows?"))
        .hint("the server wants the token, or HTTP password, that this page makes, not the one of its web pages")
}

/// What comes before the place where the secret was stored, if something does.
fn outranked(ladder: &Ladder<'_>, secret: &SecretString, place: Source) -> Vec<String> {
    let found = match ladder.find() {
        Ok(Some(found)) if found.source != place && found.secret.expose_secret() != secret.expose_secret() => found,
        Ok(_) => return Vec::new(),
        Err(error) => return vec![error.message],
    };
    let (first, origin) = (found.source.label(), ladder.server.origin());
    vec![match found.source {
        Source::Environment => {
            let name = ladder.role.token_variable();
            format!("{first} comes first: {name} holds another one; unset it to use what was stored")
        }
        Source::GitCredential => format!(
            "{first} comes first, and has another one for {origin}; where the server refuses it, it is given up for what was stored (`git credential reject` erases it at once)"
        ),
        Source::Keyring | Source::File | Source::Given => {
            format!("{first} comes first, and has another one for {origin}")
        }
    }]
}

fn logout(role: Role, url: &ServerUrl, user: Option<String>, observe: &dyn Observe) -> Result<Auth> {
    let Forgotten { places, others } = secret::forget(url, user.as_deref(), &environment, observe)?;
    let names: Vec<&str> = places.iter().map(|place| place.label()).collect();
    let whom = user.map_or_else(|| url.origin(), |user| format!("{user} on {}", url.origin()));
    let text = if names.is_empty() {
        format!("nothing was stored for {whom}")
    } else {
        format!("removed what was stored for {whom} in {}", names.join(" and "))
    };
    let hints = others.into_iter().map(|(place, other)| {
        let (variable, option) = (role.user_variable(), role.option());
        format!(
            "{} holds what is {other}'s, and that stays; to remove it: `{variable}={other} pyflow auth logout{option}`",
            place.label()
        )
    });
    Ok(Auth {
        action: "logout",
        role,
        server: url.origin(),
        user: None,
        source: None,
        answer: "not-checked",
        text,
        hints: hints.collect(),
        exit: None,
    })
}

fn status<'a>(local: Local<'a>, observe: &'a dyn Observe) -> Result<Auth> {
    let origin = local.settings.review.url.value.origin();
    let context = Context::connect(local, observe)?;
    if context.credential_source().is_none() {
        return Ok(Auth {
            action: "status",
            role: Role::Review,
            server: origin.clone(),
            user: None,
            source: None,
            answer: "not-checked",
            text: format!("there are no credentials for {origin}"),
            hints: vec!["`pyflow auth login` stores a password or token".to_owned()],
            exit: Some(Kind::Credentials),
        });
    }
    let answer = context.server.identity();
    // A refusal may have changed it.
    let source = context.credential_source().map_or("nowhere", Source::label);
    let (answer, text, user, hints, exit) = match answer {
        Ok(me) => {
            let account = me.map(|me| me.account).unwrap_or_default();
            (
                "accepted",
                format!("{origin} knows you as {} (from {})", account.display(), source),
                account.username,
                Vec::new(),
                None,
            )
        }
        Err(error) if error.kind == Kind::Credentials => {
            ("rejected", error.message, None, error.hints, Some(Kind::Credentials))
        }
        Err(error) => return Err(error),
    };
    let source = Some(source.to_owned());
    Ok(Auth { action: "status", role: Role::Review, server: origin, user, source, answer, text, hints, exit })
}
