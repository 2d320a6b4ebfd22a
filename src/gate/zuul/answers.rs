//! What Zuul's answers mean that are not what was asked for.
//!
//! 401 is JSON, 403 is empty, every other error is a page for people whose only paragraph is the
//! message (`CherryPy`), and an unknown path below `api/` is answered with the web interface, as 200.

use super::wire::Refusal;
use crate::error::{Error, Kind};
use crate::http::Response;
use crate::names::ServerUrl;

/// Why an answer is none.
pub(super) fn explain(response: &Response, url: &ServerUrl, with_token: bool) -> Error {
    match response.status {
        200..=299 if response.is_html() => Error::unknown(format!(
            "the gate {url} answered with a page for people instead of data"
        ))
        .hint("is `gate.url` right? It is the address before `/api/`; where it is one tenant's own, leave `gate.tenant` out")
        .hint("`pyflow setup --check` tries it"),
        200..=299 => Error::unknown(format!("what the gate {url} answered could not be understood"))
            .hint("is `gate.url` the address of a Zuul?"),
        401 => {
            let said = refusal(response);
            let told = said.map(|said| format!(": {said}")).unwrap_or_default();
            let error = if with_token {
                Error::credentials(format!("the gate did not accept the token{told}"))
            } else {
                Error::credentials("the gate shows this only to those whom it knows")
            };
            error.hint(TOKEN)
        }
        403 if with_token => Error::refused("the gate knows your token, and does not allow this with it")
            .hint("a right may hold for some projects only; the gate's administrators give it"),
        403 => Error::credentials("the gate shows this only to those whom it knows").hint(TOKEN),
        404 | 400 | 405 | 415 | 422 => match paragraph(response) {
            Some(text) if text.ends_with("isn't ready") => {
                Error::unknown(format!("the gate has just started: {text}")).hint("try again in a minute")
            }
            Some(text) if text == "Unknown tenant" => Error::refused(format!("the gate {url} does not know the tenant"))
                .hint("`gate.tenant` in .reviewconf names it; the address of the gate's page has it after `/t/`"),
            Some(text) if text == "Unknown project" => {
                Error::refused("the gate does not know this project in that tenant")
                    .hint("is the project in the gate's tenant? `gate.tenant` in .reviewconf names that")
            }
            Some(text) => Error::refused(format!("the gate refused: {text}")),
            None => Error::unknown(format!("the gate {url} answered with HTTP {}", response.status)),
        },
        300..=399 => Error::unknown(format!("the gate {url} sent us elsewhere (HTTP {})", response.status))
            .hint("check `gate.url`, its scheme and path prefix"),
        status => {
            let error = Error::unknown(format!("the gate failed (HTTP {status})"));
            let error = match paragraph(response) {
                Some(text) => error.because(anyhow::anyhow!("it said: {text}")),
                None => error,
            };
            error.hint("try again in a moment")
        }
    }
}

/// What helps where a token is missing or wrong.
pub(super) const TOKEN: &str =
    "store a token that the gate's administrators made for you: `pyflow auth login --role gate`; or PYFLOW_GATE_TOKEN";

/// An error of kind `credentials` before anything is sent.
pub(super) fn no_token(url: &ServerUrl) -> Error {
    Error::new(Kind::Credentials, format!("this needs a token for the gate {url}, and there is none")).hint(TOKEN)
}

fn refusal(response: &Response) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(&response.body).ok()?;
    let text = refusal.description.text().or(refusal.error.text())?;
    Some(short(text))
}

/// The only `<p>` of `CherryPy`'s error page.
fn paragraph(response: &Response) -> Option<String> {
    let text = response.text();
    let from = text.find("<p>")? + "<p>".len();
    let text = &text[from..];
    let text = &text[..text.find("</p>")?];
    let plain = text.replace("&#x27;", "'").replace("&#39;", "'").replace("&quot;", "\"").replace("&lt;", "<");
    let plain = plain.replace("&gt;", ">").replace("&amp;", "&");
    Some(short(&plain)).filter(|text| !text.is_empty())
}

/// One line that fits into a message.
fn short(text: &str) -> String {
    /// As much as an error message should quote.
    const LONGEST: usize = 200;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible: String = line.chars().filter(|&c| !c.is_control() && !crate::names::is_invisible(c)).collect();
    match visible.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &visible[..end]),
        None => visible,
    }
}
