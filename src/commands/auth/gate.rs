//! The same for the gate: a token that stands alone, and what it allows.

use super::{logout, only_here, read_secret, store};
use crate::cli::AuthAction;
use crate::commands::context::{Context, Local, environment};
use crate::config::GateSystem;
use crate::error::{Error, Kind, Result};
use crate::gate::zuul::TenantName;
use crate::gate::{Gate as _, Rights};
use crate::names::ServerUrl;
use crate::observe::Observe;
use crate::outcome::Auth;
use crate::secret::{Credential, Role, Source};

/// Runs the command.
pub(super) fn run<'a>(local: Local<'a>, observe: &'a dyn Observe, action: &AuthAction) -> Result<Auth> {
    let GateSystem::Zuul { url, tenant } = local.settings.gate.system.clone() else {
        return Err(Error::state("there is no gate here that takes a token")
            .hint("`kind = \"zuul\"` and `url` below [gate] in .reviewconf name one")
            .hint("credentials for the review server: `pyflow auth` without `--role gate`"));
    };
    let (url, tenant) = (url.value, tenant.map(|tenant| tenant.value));
    if let AuthAction::Logout = action {
        let user = environment(Role::Gate.user_variable()).filter(|user| !user.is_empty());
        return logout(Role::Gate, &url, user, observe);
    }
    local.check_pin()?;
    let context = Context::connect(local, observe)?;
    match action {
        AuthAction::Login { user, with_token, insecure_storage } => {
            login(&context, &url, tenant.as_ref(), user.as_deref(), *with_token, *insecure_storage)
        }
        AuthAction::Logout | AuthAction::Status => status(&context, &url, tenant.as_ref()),
    }
}

fn login(
    context: &Context<'_>,
    url: &ServerUrl,
    tenant: Option<&TenantName>,
    user: Option<&str>,
    with_token: bool,
    insecure: bool,
) -> Result<Auth> {
    only_here(&context.settings, Role::Gate, url)?;
    let origin = url.origin();
    let question = format!("Token for {origin} (from the gate's administrators)");
    let secret = read_secret(context.observe, &question, with_token)?;
    let credential = Credential::new(url, user.unwrap_or_default(), secret.clone(), Source::Given);
    let zuul = context.zuul(url, tenant, Box::new(move || Ok(Some(credential.clone()))))?;
    let rights = zuul.rights().map_err(|error| match error.kind {
        Kind::Credentials => Error { hints: Vec::new(), ..error }.hint("nothing was stored; is it the whole token?"),
        _ => error,
    })?;
    let said = format!("{origin} accepts the token, which {}", allows(rights));
    store(&context.gate_ladder(url), user.map(str::to_owned), &secret, insecure, &said)
}

/// What a token is good for.
fn allows(rights: Rights) -> String {
    let Rights { enqueue, dequeue, promote } = rights;
    let may = [(enqueue, "enqueue"), (dequeue, "dequeue"), (promote, "promote")];
    let may: Vec<&str> = may.into_iter().filter_map(|(may, verb)| may.then_some(verb)).collect();
    match may.split_last() {
        None => "allows to look and nothing more".to_owned(),
        Some((last, [])) => format!("allows to {last}"),
        Some((last, others)) => format!("allows to {} and {last}", others.join(", ")),
    }
}

fn status(context: &Context<'_>, url: &ServerUrl, tenant: Option<&TenantName>) -> Result<Auth> {
    let auth = |source: Option<Source>, answer, text, hints, exit| Auth {
        action: "status",
        role: Role::Gate,
        server: url.origin(),
        user: None,
        source: source.map(|source| source.label().to_owned()),
        answer,
        text,
        hints,
        exit,
    };
    let Some(credential) = context.gate_token(url)()? else {
        let hints = vec!["`pyflow auth login --role gate` stores a token".to_owned()];
        let text = format!("there is no token for {}", url.origin());
        return Ok(auth(None, "not-checked", text, hints, Some(Kind::Credentials)));
    };
    let source = credential.source;
    match context.zuul(url, tenant, Box::new(move || Ok(Some(credential.clone()))))?.rights() {
        Ok(rights) => {
            let text =
                format!("{} accepts your token (from {}), which {}", url.origin(), source.label(), allows(rights));
            Ok(auth(Some(source), "accepted", text, Vec::new(), None))
        }
        Err(error) if error.kind == Kind::Credentials => {
            Ok(auth(Some(source), "rejected", error.message, error.hints, Some(Kind::Credentials)))
        }
        Err(error) => Err(error),
    }
}
