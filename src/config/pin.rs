//! The pin: what a clone has accepted, so that a file from a downloaded change cannot send
//! anything elsewhere.
//!
//! Pure: its text is stored by `checkout` in the common git directory. Overrides by the person's
//! own configuration are pinned as well; what is compared is what would be used.

use std::fmt::Write as _;
use std::iter;

use sha2::{Digest as _, Sha256};

use super::effective::{ReviewSettings, Settings};
use super::gate::GateSystem;
use super::remote_url::{RemoteUrl, Transport};
use super::sourced::{clean, quoted};
use crate::error::{Error, Result};
use crate::names::{Scheme, ServerUrl};

/// Where the text form belongs, below the common git directory.
pub const PIN_FILE: &str = "pin";
/// The environment variable that carries [`Pin::token`] in CI.
pub const PIN_VARIABLE: &str = "PYFLOW_PIN";

/// What helps where the stored form cannot be read.
const ANEW: &str = "`pyflow setup` shows what is configured now, and accepts it anew";

/// What decides where something is sent, and which votes are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The review server with its path prefix; no user name.
    pub review: String,
    /// The project there.
    pub project: String,
    /// The gate's origin and tenant.
    pub gate: Option<(String, String)>,
    /// The CLA registry, with its path, where it is a server of its own.
    pub cla: Option<String>,
    /// SHA-256 of `approve`, `recheck` and `reverify`, in hexadecimal.
    pub words: String,
}

/// What was accepted, in the form that is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The clone's own, with everything that a difference can be shown from.
    Stored(Pin),
    /// CI's: a hash.
    Token(String),
}

/// What comparing came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinVerdict {
    /// Go on.
    Same,
    /// Nothing may be sent.
    Different(Vec<Difference>),
    /// This clone has accepted nothing yet.
    NoPin,
}

/// One thing that is not as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `review.url`, `review.project` …
    pub field: &'static str,
    /// What was accepted.
    pub pinned: String,
    /// What the configuration says now.
    pub proposed: String,
}

impl Pin {
    /// What these settings would use.
    pub fn of(settings: &Settings) -> Self {
        let (review, gate) = (&settings.review, &settings.gate);
        let words = match gate.system {
            GateSystem::None => hash_words(&review.approve.value.to_string(), "", ""),
            GateSystem::Review | GateSystem::Zuul { .. } => hash_words(
                &review.approve.value.to_string(),
                gate.recheck.value.as_str(),
                &gate.reverify.value.to_string(),
            ),
        };
        Self {
            review: without_user(&review.url.value),
            project: review.project.value.to_string(),
            gate: gate_of(settings),
            cla: settings.cla.server().map(|url| without_user(&url.value)),
            words,
        }
    }

    /// Whether every server in it is the review server.
    pub fn names_one_server(&self) -> bool {
        // Behind the tenant stand the servers that logs may be read from.
        let gate = self.gate.iter().flat_map(|(gate, place)| iter::once(gate.as_str()).chain(place.split(' ').skip(1)));
        let others = gate.chain(self.cla.as_deref());
        let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin());
        let review = origin(&self.review);
        others.into_iter().all(|other| review.is_some() && origin(other) == review)
    }

    /// The form that is stored: a version, then one fact a line.
    pub fn to_text(&self) -> String {
        let mut text = format!("pyflow-pin 1\nreview {}\nproject {}\n", self.review, self.project);
        if let Some((origin, tenant)) = &self.gate {
            let _ = writeln!(text, "gate {origin} {tenant}");
        }
        if let Some(origin) = &self.cla {
            let _ = writeln!(text, "cla {origin}");
        }
        let _ = writeln!(text, "words {}", self.words);
        text
    }

    /// Reads the stored form. A damaged pin is an error, never "no pin".
    pub fn from_text(text: &str) -> Result<Self> {
        let damaged = || Error::state(format!("the file pyflow/{PIN_FILE} in the git directory is damaged")).hint(ANEW);
        let mut lines = text.lines();
        match lines.next() {
            Some("pyflow-pin 1") => {}
            Some(line) if line.starts_with("pyflow-pin ") => {
                return Err(Error::state(format!(
                    "the file pyflow/{PIN_FILE} in the git directory was written by a newer pyflow"
                ))
                .hint("install a newer pyflow, or accept the servers again: pyflow setup"));
            }
            _ => return Err(damaged()),
        }
        let (mut review, mut project, mut gate, mut cla, mut words) = (None, None, None, None, None);
        for line in lines {
            let (name, value) = line.split_once(' ').ok_or_else(damaged)?;
            let twice = match name {
                "review" => review.replace(value.to_owned()).is_some(),
                "project" => project.replace(value.to_owned()).is_some(),
                "gate" => {
                    let (origin, tenant) = value.split_once(' ').ok_or_else(damaged)?;
                    gate.replace((origin.to_owned(), tenant.to_owned())).is_some()
                }
                "cla" => cla.replace(value.to_owned()).is_some(),
                "words" => words.replace(value.to_owned()).is_some(),
                _ => true,
            };
            if twice {
                return Err(damaged());
            }
        }
        let (Some(review), Some(project), Some(words)) = (review, project, words) else { return Err(damaged()) };
        Ok(Self { review, project, gate, cla, words })
    }

    /// The compact form for CI: `v1:` and the SHA-256 of the text form.
    pub fn token(&self) -> String {
        format!("v1:{}", sha256(&self.to_text()))
    }
}

/// The gate, as the pin knows it; the words say what else the review server's own would do.
fn gate_of(settings: &Settings) -> Option<(String, String)> {
    let GateSystem::Zuul { url, tenant } = &settings.gate.system else { return None };
    let tenant = tenant.as_ref().map_or("-", |tenant| tenant.value.as_str()).to_owned();
    let logs = settings.gate.logs.value.iter().map(ServerUrl::origin);
    let place = iter::once(tenant).chain(logs).collect::<Vec<_>>().join(" ");
    Some((without_user(&url.value), place))
}

/// Origin and path; who the person is there is no part of a pin.
fn without_user(url: &ServerUrl) -> String {
    let (origin, path) = (url.origin(), url.path());
    if path.is_empty() { origin } else { format!("{origin}/{path}") }
}

/// Every word with its length, so that no two lists of words have the same text.
fn hash_words(approve: &str, recheck: &str, reverify: &str) -> String {
    let mut text = String::new();
    for (name, word) in [("approve", approve), ("recheck", recheck), ("reverify", reverify)] {
        let _ = writeln!(text, "{name} {} {word}", word.len());
    }
    sha256(&text)
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Reads `PYFLOW_PIN`.
pub fn parse_token(text: &str) -> Result<Accepted> {
    let text = text.trim();
    let hash = text.strip_prefix("v1:").filter(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
    match hash {
        Some(hash) => Ok(Accepted::Token(format!("v1:{}", hash.to_ascii_lowercase()))),
        None => Err(Error::state(format!("{PIN_VARIABLE}: {} is not a pin", quoted(text)))
            .hint("print it where the configuration has been reviewed: pyflow setup --check")),
    }
}

/// What was accepted: `PYFLOW_PIN`, where it is set, outweighs what the clone has stored.
pub fn accepted(variable: Option<&str>, stored: impl FnOnce() -> Result<Option<String>>) -> Result<Option<Accepted>> {
    if let Some(token) = variable.filter(|text| !text.is_empty()) {
        return parse_token(token).map(Some);
    }
    let stored = stored().map_err(|error| error.hint(ANEW))?;
    stored.map(|text| Pin::from_text(&text).map(Accepted::Stored)).transpose()
}

/// Compares what was accepted with what would be used.
pub fn compare(accepted: Option<&Accepted>, proposed: &Pin) -> PinVerdict {
    let mut differences = Vec::new();
    let mut differ = |field, pinned: &str, proposed: &str| {
        if pinned != proposed {
            differences.push(Difference { field, pinned: clean(pinned), proposed: clean(proposed) });
        }
    };
    match accepted {
        None => return PinVerdict::NoPin,
        Some(Accepted::Token(token)) => differ(PIN_VARIABLE, token, &proposed.token()),
        Some(Accepted::Stored(pinned)) => {
            let none = "nothing";
            let gate = |pin: &Pin| pin.gate.as_ref().map_or(none.to_owned(), |(o, tenant)| format!("{o} {tenant}"));
            differ("review.url", &pinned.review, &proposed.review);
            differ("review.project", &pinned.project, &proposed.project);
            differ("gate", &gate(pinned), &gate(proposed));
            differ("cla.url", pinned.cla.as_deref().unwrap_or(none), proposed.cla.as_deref().unwrap_or(none));
            differ("approve, recheck, reverify", &pinned.words, &proposed.words);
        }
    }
    if differences.is_empty() { PinVerdict::Same } else { PinVerdict::Different(differences) }
}

/// The error that stops a command, exit code 3; `Ok` where it may go on.
pub fn require(verdict: &PinVerdict, settings: &Settings) -> Result<()> {
    let (review, gate) = (&settings.review, &settings.gate);
    match verdict {
        PinVerdict::Same => Ok(()),
        PinVerdict::NoPin => {
            let mut servers = format!("{} ({})", review.url.value.origin(), review.url.origin);
            if let Some(url) = settings.cla.server() {
                let _ = write!(servers, ", {} ({})", url.value.origin(), url.origin);
            }
            if let GateSystem::Zuul { url, .. } = &gate.system {
                let _ = write!(servers, ", the gate {} ({})", url.value.origin(), url.origin);
            }
            for url in &gate.logs.value {
                let _ = write!(servers, ", logs at {} ({})", url.origin(), gate.logs.origin);
            }
            Err(Error::state(format!(
                "this clone has not accepted {servers} and project {} ({}) yet; nothing was sent",
                review.project.value, review.project.origin
            ))
            .hint("look at it and accept it: pyflow setup"))
        }
        PinVerdict::Different(differences) => {
            let mut message = String::from("the configuration is not what this clone has accepted; nothing was sent");
            for Difference { field, pinned, proposed } in differences {
                let (proposed, origin) = match *field {
                    "review.url" => (proposed.clone(), Some(&review.url.origin)),
                    "review.project" => (proposed.clone(), Some(&review.project.origin)),
                    "gate" => (
                        proposed.clone(),
                        match &gate.system {
                            GateSystem::Zuul { url, .. } => Some(&url.origin),
                            GateSystem::Review | GateSystem::None => None,
                        },
                    ),
                    "approve, recheck, reverify" => {
                        let again = match &gate.system {
                            GateSystem::None => String::new(),
                            GateSystem::Review | GateSystem::Zuul { .. } => {
                                format!("; recheck: {}; reverify: {}", gate.recheck.value, gate.reverify.value)
                            }
                        };
                        let words = format!("{} (approve: {}{again})", short(proposed), review.approve.value);
                        (words, Some(&review.approve.origin))
                    }
                    "cla.url" => (proposed.clone(), settings.cla.server().map(|url| &url.origin)),
                    _ => (proposed.clone(), None),
                };
                let from = origin.map(|origin| format!(" ({origin})")).unwrap_or_default();
                let _ = write!(message, "\n  {field}\n    accepted: {}\n    now:      {proposed}{from}", short(pinned));
            }
            let by_variable = differences.iter().any(|difference| difference.field == PIN_VARIABLE);
            Err(Error::state(message).hint(if by_variable {
                "if the change is meant, set PYFLOW_PIN to what `pyflow setup --check` prints where it has been accepted"
            } else {
                "if the change is meant, accept it: pyflow setup"
            }))
        }
    }
}

/// A hash that people compare by eye.
fn short(text: &str) -> String {
    let hash = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hash { format!("sha256 {}…", &text[..12]) } else { text.to_owned() }
}

/// Whether the first use needs no question: a remote that the person has set up already points at
/// this server and project. The checked-in file has no influence on a clone's remotes.
///
/// By another protocol only the usual port is the same server: who else listens on a host is not
/// the person's word.
pub fn trusts_itself(remote_urls: &[String], review: &ReviewSettings) -> bool {
    let server = &review.url.value;
    remote_urls.iter().any(|url| {
        let Ok(url) = url.parse::<RemoteUrl>() else { return false };
        let usual = server.port().is_none() || (server.scheme() == Scheme::Ssh && server.port() == Some(GERRIT_SSH));
        url.is_project(server, review.project.value.as_str())
            && (*url.transport() == Transport::Server(server.scheme()) || usual)
    })
}

/// The port that Gerrit's own ssh server listens on ("Server Configuration", `sshd.listenAddress`).
const GERRIT_SSH: u16 = 29418;

/// Whether what git has as a remote's URL is this server and project, by whatever protocol.
pub fn leads_there(url: &str, review: &ReviewSettings) -> bool {
    url.parse::<RemoteUrl>().is_ok_and(|url| url.is_project(&review.url.value, review.project.value.as_str()))
}
