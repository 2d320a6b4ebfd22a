//! How a child git gets a token: it asks a credential helper, which asks this process.
//!
//! Arguments, URLs and the environment are visible to other processes or to hooks, so the token is
//! in none of them. The child's configuration (by `GIT_CONFIG_COUNT`, git-config(1)) names this
//! program as the only helper for one server; the helper connects to a socket in a private folder,
//! and the socket answers for that server alone, and only while the [`Handover`] lives.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;

use self::socket::Offer;
use super::{Credential, Environment, host_and_port};
use crate::error::{Context as _, Error, Result};
use crate::names::ServerUrl;

mod socket;

/// The most that a helper is told about a request; git's own are a few hundred bytes.
const MAX_REQUEST: u64 = 64 << 10;

/// A token on offer to child processes; dropped, it is on offer no more.
#[must_use = "the token is on offer only while this lives"]
pub struct Handover {
    variables: Vec<(OsString, OsString)>,
    _offer: Offer,
}

impl Handover {
    /// Offers `credential` to gits that get [`Self::environment`]. The helper that they run is
    /// this very program. Errors are of kind `state`: no temporary folder, or no socket in it.
    pub fn new(server: &ServerUrl, credential: &Credential, env: Environment<'_>) -> Result<Self> {
        let program = std::env::current_exe().or_error(|| Error::state("the path of this program is not known"))?;
        Self::by(&program, server, credential, env)
    }

    /// The same with another program as the helper.
    pub(super) fn by(
        program: &Path,
        server: &ServerUrl,
        credential: &Credential,
        env: Environment<'_>,
    ) -> Result<Self> {
        if !credential.is_for(server) {
            return Err(Error::credentials(format!("the credential is for {}, not for {server}", credential.origin())));
        }
        super::check_user("the user name", &credential.user)?;
        if credential.user.is_empty() {
            return Err(Error::credentials(format!("git wants a user name for {server}, and the credential has none")));
        }
        let (offer, socket) = Offer::new(server, credential)?;
        // git adds the operation as a last word. What is not answered is not worth a process.
        let ask = format!("{} credential-helper {}", quoted(program)?, quoted(&socket)?);
        let helper = format!("!ask() {{ test \"$1\" != get || exec {ask} get; }}; ask");
        let key = |name: &str| format!("credential.{}.{name}", server.origin());
        let settings = [
            // An empty value forgets the helpers that were named before (gitcredentials(7)): none of
            // them fills in a wrong password, and none of them stores ours.
            (key("helper"), String::new()),
            (key("helper"), helper),
            (key("username"), credential.user.clone()),
        ];
        Ok(Self { variables: as_variables(&settings, env)?, _offer: offer })
    }

    /// What to add to the environment of the child git. The secret is not in it.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        self.variables.clone()
    }
}

/// Settings as `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`, after those that are there already.
fn as_variables(settings: &[(String, String)], env: Environment<'_>) -> Result<Vec<(OsString, OsString)>> {
    let before = match env("GIT_CONFIG_COUNT").filter(|count| !count.is_empty()) {
        None => 0,
        Some(count) => count
            .parse::<usize>()
            .or_error(|| Error::state("GIT_CONFIG_COUNT in the environment is not a number; git would stop at it"))?,
    };
    let mut variables = vec![("GIT_CONFIG_COUNT".into(), (before + settings.len()).to_string().into())];
    for (number, (key, value)) in settings.iter().enumerate() {
        let number = before + number;
        variables.push((format!("GIT_CONFIG_KEY_{number}").into(), key.into()));
        variables.push((format!("GIT_CONFIG_VALUE_{number}").into(), value.into()));
    }
    Ok(variables)
}

/// A path as one word of the shell that git runs helpers with.
fn quoted(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Error::state(format!("the path {} is not UTF-8, and git could not be told of it", path.display()))
    })?;
    Ok(shell_words::quote(text).into_owned())
}

/// The helper's side: what `pyflow credential-helper SOCKET OPERATION` does (gitcredentials(7),
/// "Custom helpers"). Only `get` does anything; `store` and `erase` are passed over in silence, and
/// so is a socket that is gone: git then goes on without a credential.
pub fn helper(socket: &Path, operation: &str, stdin: impl Read, mut stdout: impl Write) -> io::Result<()> {
    if operation != "get" {
        return Ok(());
    }
    let mut text = String::new();
    stdin.take(MAX_REQUEST).read_to_string(&mut text)?;
    let wanted = |line: &&str| ["protocol=", "host=", "username="].iter().any(|key| line.starts_with(key));
    let request: String = text.lines().filter(wanted).flat_map(|line| [line, "\n"]).collect();
    match socket::ask(socket, &request) {
        Ok(answer) => stdout.write_all(&answer).and_then(|()| stdout.flush()),
        Err(_) => Ok(()),
    }
}

/// What a request may be answered with: only this server's, and only for this user.
fn answers(request: &str, server: &ServerUrl, credential: &Credential) -> bool {
    let value = |key: &str| {
        let mut pairs = request.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    value("protocol") == Some(server.scheme().as_str())
        && value("host").is_some_and(|host| host.eq_ignore_ascii_case(&host_and_port(server)))
        && value("username").is_none_or(|user| user == credential.user)
}
