//! `pyflow cla sign`: signs an agreement of the review server, which a person says yes to.

use super::Asking;
use crate::cla::{Offer, Rule};
use crate::cli::ClaSignArgs;
use crate::commands::context::Local;
use crate::config::cla::Registry;
use crate::error::{Error, Kind, Result};
use crate::observe::Observe;
use crate::outcome::cla::{Signing, SigningResult};

pub(super) fn run<'a>(
    asking: &Asking<'a>,
    local: &Local<'a>,
    observe: &dyn Observe,
    args: &ClaSignArgs,
) -> Result<Signing> {
    if *asking.registry() == Registry::None {
        return Err(Error::state(format!("this project asks for no agreement (from {})", local.settings.cla.origin)));
    }
    if asking.rule() != Rule::Uploader {
        let (kind, _) = asking.name_and_place();
        return Err(Error::state(format!(
            "nothing can be signed from here: cla.kind is `{kind}` (from {})",
            local.settings.cla.origin
        ))
        .hint(asking.how_to_sign()));
    }
    let agreements = asking.agreements()?;
    let (offers, signed) = {
        let _working = observe.working("asking the review server");
        let signed = agreements
            .signed()?
            .ok_or_else(|| Error::refused("the review server has agreements switched off: there is nothing to sign"))?;
        (agreements.offers()?, signed)
    };
    let offer = choose(&offers, args.agreement.as_deref())?;
    let account = agreements.web.credential.current().map(|credential| credential.user.clone()).unwrap_or_default();
    let mut signing = Signing {
        planned: args.dry_run,
        agreement: offer.name.clone(),
        url: offer.url.clone(),
        server: local.settings.review.url.value.to_string(),
        account,
        result: SigningResult::Signed,
    };
    if signed.contains(&offer.name) {
        signing.result = SigningResult::Unchanged;
        return Ok(signing);
    }
    if !offer.online {
        let text = format!("{} cannot be signed by a request; the server's administrators enter it", offer.name);
        let error = Error::refused(text);
        return Err(match &offer.url {
            Some(url) => error.hint(format!("its text, and how to send it in: {url}")),
            None => error,
        });
    }
    if args.dry_run {
        return Ok(signing);
    }
    let text = offer.url.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
    let question = format!("Have you read {}{text}, and do you sign it as {}?", offer.name, signing.account);
    if !args.yes && !observe.confirm(&question, "--yes")? {
        return Err(Error::new(Kind::No, "nothing was signed"));
    }
    agreements.sign(&offer.name)?;
    Ok(signing)
}

/// The agreement that was named, or the only one.
fn choose<'o>(offers: &'o [Offer], named: Option<&str>) -> Result<&'o Offer> {
    let list = |error: Error| offers.iter().fold(error, |error, offer| error.hint(line(offer)));
    match (named, offers) {
        (_, []) => Err(Error::refused("the review server has no agreement to sign")),
        (Some(named), _) => offers
            .iter()
            .find(|offer| offer.name == named)
            .ok_or_else(|| list(Error::usage(format!("the review server has no agreement `{named}`")))),
        (None, [only]) => Ok(only),
        (None, _) => Err(list(Error::usage("the review server has several agreements: name the one to sign"))),
    }
}

fn line(offer: &Offer) -> String {
    let mut line = format!("`pyflow cla sign {:?}`", offer.name);
    if !offer.description.is_empty() {
        line.push_str(": ");
        line.push_str(&offer.description);
    }
    line
}
