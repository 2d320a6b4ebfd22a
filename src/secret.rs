//! Credentials: where they are looked for, what they are bound to, and how git is handed one.
//!
//! The ladder, for each role: the environment, `git credential fill`, the system's keyring, a file
//! that only its owner can read. Whatever is found is bound to scheme, host and port, and
//! [`crate::http::Client`] sends it nowhere else. Nothing here prints, and no type here can print
//! a secret. What a server's answer to a credential means is the adapters' business.

use std::sync::OnceLock;

use secrecy::zeroize::Zeroize as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::checkout::exec::Git;
use crate::error::{Error, Result};
use crate::names::{Scheme, ServerUrl};
use crate::observe::Observe;

mod file;
mod handover;
mod keyring;

pub use handover::{Handover, helper};

/// What a server is to the project. Each role has credentials of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Where changes are reviewed.
    Review,
    /// What merges them.
    Gate,
    /// Who has signed the contributor agreement.
    Cla,
}

impl Role {
    /// For messages: "review server".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Review => "review server",
            Self::Gate => "gate",
            Self::Cla => "CLA registry",
        }
    }

    /// What `pyflow auth` is told it by, with a space in front.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Review => "",
            Self::Gate => " --role gate",
            Self::Cla => " --role cla",
        }
    }

    /// The variable that names the user.
    pub const fn user_variable(self) -> &'static str {
        match self {
            Self::Review => "PYFLOW_REVIEW_USER",
            Self::Gate => "PYFLOW_GATE_USER",
            Self::Cla => "PYFLOW_CLA_USER",
        }
    }

    /// The variable that names the server which the secret is for.
    pub const fn token_for_variable(self) -> &'static str {
        match self {
            Self::Review => "PYFLOW_REVIEW_TOKEN_FOR",
            Self::Gate => "PYFLOW_GATE_TOKEN_FOR",
            Self::Cla => "PYFLOW_CLA_TOKEN_FOR",
        }
    }

    /// The variable that holds the secret. Children of pyflow never see it (`checkout::exec`).
    pub const fn token_variable(self) -> &'static str {
        match self {
            Self::Review => "PYFLOW_REVIEW_TOKEN",
            Self::Gate => "PYFLOW_GATE_TOKEN",
            Self::Cla => "PYFLOW_CLA_TOKEN",
        }
    }
}

/// Where a credential came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// `PYFLOW_<ROLE>_TOKEN`.
    Environment,
    /// `git credential fill`: whatever helper the person has set up for git.
    GitCredential,
    /// The system's keyring.
    Keyring,
    /// `credentials.toml` in pyflow's configuration folder.
    File,
    /// It has just been given to `pyflow auth login`, and is not stored yet.
    Given,
}

impl Source {
    /// For messages: "the environment".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Environment => "the environment",
            Self::GitCredential => "git's credential helper",
            Self::Keyring => "the keyring",
            Self::File => "the credentials file",
            Self::Given => "this command",
        }
    }
}

/// A user name and a secret, bound to one server.
#[derive(Debug, Clone)]
pub struct Credential {
    /// User name for Basic (RFC 7617). Empty where the secret is a token that stands alone, which
    /// is then sent as Bearer (RFC 6750).
    pub user: String,
    /// Password or token.
    pub secret: SecretString,
    /// Where it was found.
    pub source: Source,
    /// Scheme, host and port that it is for.
    origin: String,
    /// What `git credential fill` answered, to be handed back word for word: helpers keep more
    /// than a password in it (expiry, refresh tokens).
    filled: Option<SecretString>,
}

impl Credential {
    /// A credential for `server` and no other.
    pub fn new(server: &ServerUrl, user: impl Into<String>, secret: SecretString, source: Source) -> Self {
        Self { user: user.into(), secret, source, origin: server.origin(), filled: None }
    }

    /// The secret by itself, as a token that says who it is for.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { user: String::new(), ..self }
    }

    /// Scheme, host and port that it is for, as in RFC 6454.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it may be sent to `server`.
    pub fn is_for(&self, server: &ServerUrl) -> bool {
        self.origin == server.origin()
    }
}

/// A variable of the environment, or `None`; a function so that tests have an environment of
/// their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The same, for what outlives the call and is asked from another thread.
pub type OwnEnvironment<'a> = Box<dyn Fn(&str) -> Option<String> + Send + Sync + 'a>;

/// Where a credential is looked for, and for what.
pub struct Ladder<'a> {
    /// What the server is to the project.
    pub role: Role,
    /// Who it is for.
    pub server: ServerUrl,
    /// Who the configuration says the person is.
    pub user: Option<String>,
    /// Asks git's helpers.
    pub git: Git<'a>,
    /// The environment.
    pub environment: OwnEnvironment<'a>,
    /// Whom to tell.
    pub observe: &'a dyn Observe,
    /// Whether this clone, CI or the person has accepted the server by name. A clone's own remote
    /// is enough to ask a server, not to send it a token that was meant for another one.
    pub accepted: bool,
}

impl Ladder<'_> {
    /// The credential of the first rung that has one. Nothing is ever asked.
    ///
    /// A credential of somebody else than [`Self::user`] is passed over. An error means that a rung
    /// holds something that must not be used (a file that others can read, a value with a line
    /// break); a rung that does not work is told by [`Observe::note`] or [`Observe::trace`] and passed
    /// over.
    pub fn find(&self) -> Result<Option<Credential>> {
        if self.server.scheme() == Scheme::Ssh {
            // ssh has keys and an agent of its own.
            return Ok(None);
        }
        let bound = self.environment_is_for_it()?;
        let environment = |name: &str| {
            if name == self.role.token_variable() && !bound { None } else { (self.environment)(name) }
        };
        find(self.role, &self.server, self.user.as_deref(), &self.git, &environment, self.observe)
    }

    /// Whether the token of the environment may go to this server. A variable has no origin of its
    /// own, and whoever wrote the checked-in file chose the server.
    fn environment_is_for_it(&self) -> Result<bool> {
        let set = |name: &str| (self.environment)(name).filter(|value| !value.is_empty());
        if set(self.role.token_variable()).is_none() {
            return Ok(true);
        }
        let (token, owner, origin) = (self.role.token_variable(), self.role.token_for_variable(), self.server.origin());
        match set(owner) {
            Some(named) => match named.parse::<ServerUrl>() {
                Ok(named) => Ok(named.origin() == origin),
                Err(why) => Err(Error::credentials(format!("{owner} does not name a server: {why}"))
                    .hint(format!("set it to the server that {token} is for: https://review.example.org"))),
            },
            None if self.accepted => Ok(true),
            None => Err(Error::state(format!(
                "{token} is set, and nothing says that it is for {origin}: this clone has not accepted that server yet; nothing was sent"
            ))
            .hint("look at the server and accept it: `pyflow setup`")
            .hint(format!("in CI: set PYFLOW_PIN, or say whom the token is for: {owner}={origin}"))),
        }
    }

    /// What there is beside a credential that git's helper filled and the server refused. The
    /// helper is told to forget it, and may have another; one that does not forget is passed over.
    fn beside(&self, refused: &Credential) -> Result<Option<Credential>> {
        self.observe.note(&format!(
            "{} did not accept the password from git's credential helper, which is told to forget it",
            self.server.origin()
        ));
        reject_filled(refused, &self.server, &self.git)?;
        let is_other = |found: &Credential| found.secret.expose_secret() != refused.secret.expose_secret();
        match self.find()? {
            Some(found) if is_other(&found) || found.source != Source::GitCredential => Ok(Some(found)),
            Some(_) => stored(&self.server, self.user_name().as_deref(), &*self.environment, self.observe),
            None => Ok(None),
        }
    }

    /// Who the person is, as far as environment and configuration say.
    pub fn user_name(&self) -> Option<String> {
        named_user(self.role, &*self.environment).or_else(|| self.user.clone())
    }
}

/// The credential in use for one server. Where git's helper filled it and the server answers 401,
/// another one takes its place, once.
pub struct Held<'a> {
    ladder: Ladder<'a>,
    first: Option<Credential>,
    second: OnceLock<Option<Credential>>,
}

impl<'a> Held<'a> {
    /// Holds what is found on this ladder.
    pub fn find(ladder: Ladder<'a>) -> Result<Self> {
        let first = ladder.find()?;
        Ok(Self::of(ladder, first))
    }

    /// Holds this credential.
    pub const fn of(ladder: Ladder<'a>, credential: Option<Credential>) -> Self {
        Self { ladder, first: credential, second: OnceLock::new() }
    }

    /// Where it was looked for.
    pub const fn ladder(&self) -> &Ladder<'a> {
        &self.ladder
    }

    /// The one in use.
    pub fn current(&self) -> Option<&Credential> {
        self.replacement().or(self.first.as_ref())
    }

    /// The one that has taken the place of the first.
    pub fn replacement(&self) -> Option<&Credential> {
        self.second.get().and_then(Option::as_ref)
    }

    /// The one to use after the server answered 401 to `refused`; `None` where there is no other.
    /// Requests that run at the same time get the same answer.
    pub fn instead_of(&self, refused: &Credential) -> Option<&Credential> {
        let first = self.first.as_ref().filter(|first| std::ptr::eq(*first, refused))?;
        if first.source != Source::GitCredential {
            return None;
        }
        let find = || {
            self.ladder.beside(first).unwrap_or_else(|error| {
                self.ladder.observe.note(&error.message);
                None
            })
        };
        self.second.get_or_init(find).as_ref()
    }
}

/// The rungs, from the first to the last.
fn find(
    role: Role,
    server: &ServerUrl,
    user: Option<&str>,
    git: &Git<'_>,
    env: Environment<'_>,
    observe: &dyn Observe,
) -> Result<Option<Credential>> {
    let named = named_user(role, env);
    let user = named.as_deref().or(user);
    if let Some(credential) = from_environment(role, server, user, env)? {
        return Ok(Some(credential));
    }
    if let Some(credential) = from_git(server, user, git, observe)? {
        return Ok(Some(credential));
    }
    stored(server, user, env, observe)
}

/// `PYFLOW_<ROLE>_USER`.
fn named_user(role: Role, env: Environment<'_>) -> Option<String> {
    env(role.user_variable()).filter(|user| !user.is_empty())
}

/// What pyflow itself has stored: the rungs below git's.
fn stored(
    server: &ServerUrl,
    user: Option<&str>,
    env: Environment<'_>,
    observe: &dyn Observe,
) -> Result<Option<Credential>> {
    if keyring::is_on(env) {
        match keyring::read(&server.origin()) {
            Ok(Some((name, secret))) if is_same(user, &name) => {
                return Ok(Some(Credential::new(server, name, secret, Source::Keyring)));
            }
            Ok(_) => {}
            Err(keyring::Failure::Late) => observe.note(
                "the system's keyring did not answer within 3 s and was passed over; PYFLOW_KEYRING=off leaves it out",
            ),
            Err(keyring::Failure::Unusable(why)) => observe.trace(&format!("keyring: {why}")),
        }
    }
    Ok(file::read(env, &server.origin())?
        .filter(|(name, _)| is_same(user, name))
        .map(|(name, secret)| Credential::new(server, name, secret, Source::File)))
}

fn is_same(wanted: Option<&str>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}

fn from_environment(
    role: Role,
    server: &ServerUrl,
    user: Option<&str>,
    env: Environment<'_>,
) -> Result<Option<Credential>> {
    let Some(token) = env(role.token_variable()).filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    check_value(role.token_variable(), &token)?;
    let user = match (user.or(server.user()), role) {
        (Some(user), _) => {
            check_user(role.user_variable(), user)?;
            user
        }
        // A gate's token says by itself who it is for.
        (None, Role::Gate) => "",
        (None, Role::Review | Role::Cla) => {
            return Err(Error::credentials(format!("{} is set, but not whose it is", role.token_variable()))
                .hint(format!("set {} to the user name on {server}", role.user_variable())));
        }
    };
    Ok(Some(Credential::new(server, user, token.into(), Source::Environment)))
}

/// A line break in a value would smuggle further lines into git's credential protocol, or headers
/// into a request.
fn check_value(what: &str, value: &str) -> Result<()> {
    if value.chars().any(char::is_control) {
        return Err(Error::credentials(format!("{what} holds a line break or another control character"))
            .hint("store it again, without the newline at its end"));
    }
    Ok(())
}

/// Basic credentials end the user name at the first colon (RFC 7617, section 2).
fn check_user(what: &str, user: &str) -> Result<()> {
    check_value(what, user)?;
    if user.contains(':') {
        return Err(Error::credentials(format!("{what} holds a colon, which a user name cannot have")));
    }
    Ok(())
}

/// gitcredentials(7) and git-credential(1): a block of `key=value` lines each way.
fn from_git(
    server: &ServerUrl,
    user: Option<&str>,
    git: &Git<'_>,
    observe: &dyn Observe,
) -> Result<Option<Credential>> {
    let mut request = vec![format!("protocol={}", server.scheme().as_str()), format!("host={}", host_and_port(server))];
    if !server.path().is_empty() {
        // git itself drops it unless `credential.useHttpPath` is set.
        request.push(format!("path={}", server.path()));
    }
    if let Some(user) = user {
        check_user("the user name", user)?;
        request.push(format!("username={user}"));
    }
    let request = request.join("\n") + "\n\n";
    let (_, mut output) = quiet(git).feed_output(["credential", "fill"], request.as_bytes())?;
    if !output.status.success() {
        // No helper, and nobody may be asked: that is an ordinary "none".
        return Ok(None);
    }
    let answer = String::from_utf8(std::mem::take(&mut output.stdout));
    let answer = match answer {
        Ok(text) => SecretString::from(text),
        Err(error) => {
            error.into_bytes().zeroize();
            observe.note("git's credential helper answered with bytes that are not UTF-8 and was passed over");
            return Ok(None);
        }
    };
    let value = |key: &str| {
        let mut pairs = answer.expose_secret().lines().filter_map(|line| line.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let asked = (Some(server.scheme().as_str()), Some(host_and_port(server)));
    if (value("protocol"), value("host").map(str::to_owned)) != asked {
        observe.note("git's credential helper answered for another server and was passed over");
        return Ok(None);
    }
    let (Some(name), Some(secret)) = (value("username"), value("password")) else { return Ok(None) };
    if secret.is_empty() || !is_same(user, name) {
        return Ok(None);
    }
    check_user("the user name from git's credential helper", name)?;
    check_value("the password from git's credential helper", secret)?;
    let mut credential = Credential::new(server, name, secret.into(), Source::GitCredential);
    credential.filled = Some(answer.clone());
    Ok(Some(credential))
}

/// git without a question to anybody: no terminal, no askpass, no window of the credential manager.
fn quiet<'a>(git: &Git<'a>) -> Git<'a> {
    git.clone().without_prompts().with_env("GCM_INTERACTIVE", "never")
}

/// As git writes it: without the scheme's own port.
fn host_and_port(server: &ServerUrl) -> String {
    match server.port() {
        Some(port) => format!("{}:{port}", server.host()),
        None => server.host().to_owned(),
    }
}

/// Tells git's helpers that a credential they filled was good, so that they keep it. Does nothing
/// for credentials from elsewhere, or for another server's.
pub fn approve(credential: &Credential, server: &ServerUrl, git: &Git<'_>) -> Result<()> {
    give_back("approve", credential, server, git)
}

/// Tells git's helpers to erase a credential that they filled, after this very server answered
/// 401 to it. Does nothing for credentials from elsewhere, or for another server's: what somebody
/// stored for another purpose is not ours to erase.
pub fn reject_filled(credential: &Credential, server: &ServerUrl, git: &Git<'_>) -> Result<()> {
    give_back("reject", credential, server, git)
}

fn give_back(verb: &str, credential: &Credential, server: &ServerUrl, git: &Git<'_>) -> Result<()> {
    let filled = match &credential.filled {
        Some(filled) if credential.source == Source::GitCredential && credential.is_for(server) => filled,
        _ => return Ok(()),
    };
    let mut input = format!("{}\n", filled.expose_secret());
    let outcome = quiet(git).feed_output(["credential", verb], input.as_bytes());
    input.zeroize();
    outcome.map(|_| ())
}

/// Stores a credential for `server`: in the keyring, or, where `insecure` says so, in a file that
/// only its owner can read. Where the keyring cannot be used nothing is stored, and the error
/// (kind `state`) says how to choose the file.
pub fn store(
    server: &ServerUrl,
    user: &str,
    secret: &SecretString,
    insecure: bool,
    env: Environment<'_>,
) -> Result<Source> {
    check_user("the user name", user)?;
    check_value("the token", secret.expose_secret())?;
    if insecure {
        file::write(env, &server.origin(), Some((user, secret)))?;
        return Ok(Source::File);
    }
    let cannot = |why: String| {
        Error::state(format!("the system's keyring cannot be used: {why}"))
            .hint("--insecure-storage stores it in a file that only you can read; a git credential helper works too")
    };
    if !keyring::is_on(env) {
        return Err(cannot("it is switched off, or this pyflow was built without it".to_owned()));
    }
    keyring::write(&server.origin(), user, secret).map_err(|failure| cannot(failure.to_string()))?;
    Ok(Source::Keyring)
}

/// What [`forget`] did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Where something was removed.
    pub places: Vec<Source>,
    /// Where somebody else's stayed, and whose it is.
    pub others: Vec<(Source, String)>,
}

/// Removes what [`store`] stored for `server`, wherever it is, and says where it was. Where `user`
/// says who the person is, somebody else's stays. A keyring that cannot be asked is told by
/// [`Observe::note`].
pub fn forget(
    server: &ServerUrl,
    user: Option<&str>,
    env: Environment<'_>,
    observe: &dyn Observe,
) -> Result<Forgotten> {
    let mut forgotten = Forgotten::default();
    let origin = &server.origin();
    if keyring::is_on(env) {
        let removed = keyring::read(origin).and_then(|found| match found {
            Some((name, _)) if !is_same(user, &name) => {
                forgotten.others.push((Source::Keyring, name));
                Ok(false)
            }
            Some(_) => keyring::remove(origin),
            None => Ok(false),
        });
        match removed {
            Ok(true) => forgotten.places.push(Source::Keyring),
            Ok(false) => {}
            Err(failure) => observe.note(&format!("the system's keyring could not be asked: {failure}")),
        }
    }
    match file::read(env, origin)? {
        Some((name, _)) if !is_same(user, &name) => forgotten.others.push((Source::File, name)),
        Some(_) if file::write(env, origin, None)? => forgotten.places.push(Source::File),
        Some(_) | None => {}
    }
    Ok(forgotten)
}

#[cfg(test)]
mod tests;
