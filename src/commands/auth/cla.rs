//! The same for the registry of contributor agreements, where that is a server of its own. Whoever it
//! lets in must also be let ask: an account that may not would only take the place of asking as nobody.

use std::sync::Arc;

use super::{logout, only_here, read_secret, store};
use crate::cli::AuthAction;
use crate::commands::cla::Asking;
use crate::commands::context::Local;
use crate::error::{Error, Kind, Result};
use crate::observe::Observe;
use crate::outcome::Auth;
use crate::secret::{Credential, Held, Ladder, Role, Source};

/// Runs the command.
pub(super) fn run<'a>(local: &Local<'a>, observe: &'a dyn Observe, action: &AuthAction) -> Result<Auth> {
    let asking = Asking::new(&local.settings, &local.checkout, &local.git_config, observe, None, local.has_accepted());
    let Some(ladder) = asking.own_ladder() else {
        return Err(Error::state("there is no CLA registry here with credentials of its own")
            .hint("`kind` and `url` below [cla] in .reviewconf name one: a tracker, or a forge with commit statuses")
            .hint("credentials for the review server: `pyflow auth` without `--role cla`"));
    };
    match action {
        AuthAction::Login { user, with_token, insecure_storage } => {
            local.check_pin()?;
            only_here(&local.settings, Role::Cla, &ladder.server)?;
            login(&asking, ladder, observe, user.as_deref(), *with_token, *insecure_storage)
        }
        AuthAction::Logout => logout(Role::Cla, &ladder.server, ladder.user_name(), observe),
        AuthAction::Status => {
            local.check_pin()?;
            status(&asking, ladder)
        }
    }
}

fn login<'a>(
    asking: &Asking<'a>,
    ladder: Ladder<'a>,
    observe: &dyn Observe,
    user: Option<&str>,
    with_token: bool,
    insecure: bool,
) -> Result<Auth> {
    let origin = ladder.server.origin();
    let user = match user {
        Some(user) => user.to_owned(),
        None => observe.ask(&format!("User name on {origin}"), None, "--user")?,
    };
    let secret = read_secret(observe, &format!("Password or token of {user} on {origin}"), with_token)?;
    let credential = Credential::new(&ladder.server, user.clone(), secret.clone(), Source::Given);
    let held = Arc::new(Held::of(ladder, Some(credential)));
    asking.admits(&held).map_err(|error| match error.kind {
        Kind::Credentials => {
            Error { hints: Vec::new(), ..error }.hint(format!("nothing was stored; is `{user}` the user name there?"))
        }
        Kind::Refused => error.hint("nothing was stored"),
        _ => error,
    })?;
    let said = format!("{origin} lets {user} ask about contributor agreements");
    store(held.ladder(), Some(user), &secret, insecure, &said)
}

fn status<'a>(asking: &Asking<'a>, ladder: Ladder<'a>) -> Result<Auth> {
    let origin = ladder.server.origin();
    let held = Arc::new(Held::find(ladder)?);
    let auth = |user: Option<String>, answer, text, hints, exit| Auth {
        action: "status",
        role: Role::Cla,
        server: origin.clone(),
        user,
        // A refusal may have changed it.
        source: held.current().map(|credential| credential.source.label().to_owned()),
        answer,
        text,
        hints,
        exit,
    };
    if held.current().is_none() {
        let hints = vec!["`pyflow auth login --role cla` stores a password or token".to_owned()];
        let text = format!("there are no credentials for {origin}");
        return Ok(auth(None, "not-checked", text, hints, Some(Kind::Credentials)));
    }
    let answer = asking.admits(&held);
    match answer {
        Ok(()) => {
            let user = held.current().map(|credential| credential.user.clone()).filter(|user| !user.is_empty());
            let as_whom = user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
            let from = held.current().map_or("nowhere", |credential| credential.source.label());
            let text = format!("{origin} lets you ask about contributor agreements{as_whom} (from {from})");
            Ok(auth(user, "accepted", text, Vec::new(), None))
        }
        Err(error) if error.kind == Kind::Credentials => {
            Ok(auth(None, "rejected", error.message, error.hints, Some(Kind::Credentials)))
        }
        Err(error) => Err(error),
    }
}
