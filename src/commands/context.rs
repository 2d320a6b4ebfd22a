//! What commands that speak to the review server stand on: the checkout, the configuration, the
//! pin, the credentials, the adapter. Nothing is contacted before the pin has been compared.

mod local;
mod network;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::fetch;
use crate::checkout::journal::StateDir;
use crate::checkout::merge::Scratch;
use crate::checkout::object::Commit;
use crate::checkout::read::Head;
use crate::checkout::target::{Choice, Target};
use crate::checkout::write::{self, Rewrite};
use crate::config::{Found, GateSystem, GitConfig, Overrides, Pin, Reverify, Settings, pin};
use crate::error::{Error, Kind, Result};
use crate::gate::logs::Shelf;
use crate::gate::own::Own;
use crate::gate::zuul::{self, TenantName, Zuul};
use crate::gate::{Gate, next};
use crate::http::{Client, Limits};
use crate::names::{BranchName, CommitId, RemoteName, Scheme, ServerUrl};
use crate::observe::{Observe, Working};
use crate::review::gerrit::Gerrit;
use crate::review::gerrit::rest::Http;
use crate::review::gerrit::ssh::{Ssh, SshProgram};
use crate::review::{ChangeName, ReviewServer};
use crate::secret::{Credential, Handover, Held, Ladder, Role, Source};
pub use local::Local;
use network::{hardened, patience, ssh_command, with_patience};

/// Everything that a command needs.
pub struct Context<'a> {
    /// The repository.
    pub checkout: Checkout<'a>,
    /// git's configuration.
    pub git_config: GitConfig,
    /// What is configured.
    pub settings: Settings,
    /// The checked-in file that says so.
    pub file: Option<Found>,
    /// The git remote of the review server.
    pub remote: RemoteName,
    /// The review server.
    pub server: Box<dyn ReviewServer + 'a>,
    /// Whom to tell and ask.
    pub observe: &'a dyn Observe,
    /// Whether the servers have been accepted by name.
    pub accepted: bool,
    /// git for network commands, without a credential.
    network: Git<'a>,
    credential: Arc<Held<'a>>,
    asks_on_the_terminal: bool,
    handover: Option<Handover>,
    /// The same for a credential that took the other one's place.
    later: OnceLock<Option<Handover>>,
}

/// A variable of the process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where a stack wants to land.
fn target(
    checkout: &Checkout<'_>,
    git_config: &GitConfig,
    settings: &Settings,
    named: Option<BranchName>,
    head: &Head,
    tip: &CommitId,
) -> Result<Target> {
    let upstream = head.branch().and_then(|branch| {
        let value = |key: &str| git_config.text(&format!("branch.{branch}.{key}")).map(str::to_owned);
        Some((value("remote")?, value("merge")?))
    });
    let branches: Vec<BranchName> = settings.branches.targets().into_iter().cloned().collect();
    let configured = settings.review.branch.as_ref();
    Choice {
        named,
        remote: &settings.review.remote.value,
        upstream,
        branches: &branches,
        configured: configured.map(|branch| (branch.value.clone(), branch.origin.to_string())),
    }
    .choose(checkout.read(), head, tip)
}

/// Remembers what these settings say as accepted.
fn accept(checkout: &Checkout<'_>, settings: &Settings) -> Result<()> {
    let pin = Pin::of(settings).to_text();
    let state = StateDir::new(checkout.state_dir());
    // One that cannot be read is replaced.
    if state.read(pin::PIN_FILE).is_ok_and(|stored| stored.as_ref() == Some(&pin)) {
        return Ok(());
    }
    state.replace(pin::PIN_FILE, pin.as_bytes())
}

impl<'a> Context<'a> {
    /// Opens the repository for a command that speaks to the review server.
    pub fn open(directory: &Path, observe: &'a dyn Observe, overrides: &Overrides) -> Result<Self> {
        Self::of(Local::open(directory, observe, overrides)?, observe)
    }

    /// The same for what has been read already.
    pub fn of(local: Local<'a>, observe: &'a dyn Observe) -> Result<Self> {
        local.check_pin()?;
        local.check_remote()?;
        Self::connect(local, observe)
    }

    /// Finds the credentials and makes the adapter. Sends nothing.
    pub fn connect(local: Local<'a>, observe: &'a dyn Observe) -> Result<Self> {
        let credential = Arc::new(Held::find(ladder(&local, observe))?);
        let url = &local.settings.review.url.value;
        let handover = credential.current().map(|credential| handover(url, credential)).transpose()?.flatten();
        let network = hardened(local.checkout.git.clone(), &local);
        // A credential that the server refuses is told as such; git asking for another one would be
        // a second answer to the same question.
        let network = if credential.current().is_some() { network.without_prompts() } else { network };
        let patience = patience()?;
        let network = with_patience(network, &local.git_config, patience);
        let network = match ssh_command(&environment, &local.git_config, observe.can_ask(), patience) {
            Some(command) => network.with_env("GIT_SSH_COMMAND", command),
            None => network,
        };
        let over_ssh = local.settings.review.url.value.scheme() == Scheme::Ssh
            || local.remote_urls().iter().any(|url| !url.starts_with("http"));
        let server = connect(&local, Arc::clone(&credential), observe)?;
        let accepted = local.has_accepted();
        let Local { checkout, git_config, settings, file, .. } = local;
        Ok(Self {
            remote: settings.review.remote.value.clone(),
            checkout,
            git_config,
            settings,
            file,
            network,
            server,
            observe,
            accepted,
            asks_on_the_terminal: observe.can_ask() && (over_ssh || credential.current().is_none()),
            credential,
            handover,
            later: OnceLock::new(),
        })
    }

    /// Where the credential in use comes from.
    pub fn credential_source(&self) -> Option<Source> {
        self.credential.current().map(|credential| credential.source)
    }

    /// The credential for the review server.
    pub fn credential(&self) -> Arc<Held<'a>> {
        Arc::clone(&self.credential)
    }

    /// The server and project, for the journal.
    pub fn server_name(&self) -> String {
        format!("{} {}", self.settings.review.url.value, self.settings.review.project.value)
    }

    /// The pin is written once a command has used what it says.
    pub fn accept(&self) -> Result<()> {
        accept(&self.checkout, &self.settings)
    }

    /// The gate; `None` where the project has none. Sends nothing.
    pub fn gate(&self) -> Result<Option<Box<dyn Gate + '_>>> {
        match &self.settings.gate.system {
            GateSystem::None => Ok(None),
            GateSystem::Review => Ok(Some(Box::new(Own))),
            GateSystem::Zuul { url, tenant } => {
                let (url, tenant) = (&url.value, tenant.as_ref().map(|tenant| &tenant.value));
                Ok(Some(Box::new(self.zuul(url, tenant, self.gate_token(url))?)))
            }
        }
    }

    /// A Zuul that is asked with what `find` finds.
    pub fn zuul(&self, url: &ServerUrl, tenant: Option<&TenantName>, find: zuul::Finder<'a>) -> Result<Zuul<'a>> {
        let transport = zuul::Http::new(self.http()?.for_role(Role::Gate), url.clone(), find);
        Ok(Zuul::new(url.clone(), tenant.cloned(), self.settings.review.project.value.clone(), transport))
    }

    /// Finds the credential for a gate. Beside the review server that one's will do, where one server
    /// is both.
    pub fn gate_token(&self, url: &ServerUrl) -> zuul::Finder<'a> {
        let (review, ladder) = (self.credential(), self.gate_ladder(url));
        Box::new(move || {
            let named = environment(Role::Gate.token_variable()).is_some_and(|token| !token.is_empty());
            match review.current().filter(|held| !named && held.is_for(&ladder.server)) {
                Some(held) => Ok(Some(held.clone())),
                None => ladder.find(),
            }
        })
    }

    /// Where the credential for a gate of its own is looked for.
    pub fn gate_ladder(&self, url: &ServerUrl) -> Ladder<'a> {
        Ladder {
            role: Role::Gate,
            server: url.clone(),
            user: None,
            git: self.checkout.git.clone(),
            environment: Box::new(environment),
            accepted: self.accepted,
            observe: self.observe,
        }
    }

    /// Where logs of jobs may be read from; `None` where there is no gate that has any.
    pub fn shelf(&self) -> Option<Shelf<'_>> {
        match &self.settings.gate.system {
            GateSystem::Zuul { url, .. } => Some(Shelf { gate: &url.value, others: &self.settings.gate.logs.value }),
            GateSystem::Review | GateSystem::None => None,
        }
    }

    /// What the configuration says about landing.
    pub fn rules(&self) -> next::Rules {
        let approve = self.settings.review.approve.value.votes();
        next::Rules {
            approve: approve.map(|(label, value)| (label.clone(), value)).collect(),
            revote: self.settings.gate.reverify.value == Reverify::Revote,
            checks: self.server.checks_label(),
        }
    }

    /// A client for requests that no adapter sends.
    pub fn http(&self) -> Result<Client<'a>> {
        Ok(Client::new(self.observe, limits()?))
    }

    /// Where a stack wants to land.
    pub fn target(&self, named: Option<BranchName>, head: &Head, tip: &CommitId) -> Result<Target> {
        target(&self.checkout, &self.git_config, &self.settings, named, head, tip)
    }

    /// The change that a local commit belongs to: by the Change-Id in its message, or the one it
    /// would get.
    pub fn change_of(&self, commit: &CommitId) -> Result<ChangeName> {
        let commit = self.checkout.read().commit(commit)?;
        let (change_id, _) = self.server.change_id(&commit.id, &commit.message)?;
        Ok(ChangeName::ChangeId(change_id))
    }

    /// The copies with Change-Ids of those commits that lack one, and of those above them. Nothing is
    /// written.
    pub fn copies(&self, commits: &[Commit]) -> Result<Vec<Rewrite>> {
        let mut messages = BTreeMap::new();
        for commit in commits {
            if let (_, Some(message)) = self.server.change_id(&commit.id, &commit.message)? {
                messages.insert(commit.id.clone(), message);
            }
        }
        Ok(write::plan(commits, self.checkout.format, |commit| messages.get(&commit.id).cloned()))
    }

    /// Whether git signs the person's commits.
    pub fn signs_commits(&self) -> bool {
        self.git_config.get_bool("commit.gpgsign").is_ok_and(|signs| signs.is_some_and(|signs| signs.value))
    }

    /// git for network commands, with the credential in use where git would not find that by itself.
    pub fn network(&self) -> Git<'a> {
        let handover = match self.credential.replacement() {
            None => &self.handover,
            Some(credential) => self.later.get_or_init(|| {
                handover(&self.settings.review.url.value, credential).unwrap_or_else(|error| {
                    self.observe.note(&error.message);
                    None
                })
            }),
        };
        let variables = handover.as_ref().map(Handover::environment).unwrap_or_default();
        variables.into_iter().fold(self.network.clone(), |git, (name, value)| git.with_env(name, value))
    }

    /// From here on nothing is written to the repository; new objects go into `scratch`.
    pub fn look_only(&mut self, scratch: &Scratch) {
        self.checkout.look_only(scratch);
        self.network = scratch.git(&self.network, &self.checkout.common_dir);
    }

    /// What comes of a fetch. Where git's helper has a password that the server refuses, and there is
    /// another one, it is tried with that, once.
    pub fn fetched<T>(&self, fetch: impl Fn(&Git<'a>) -> Result<T, fetch::Failure>) -> Result<T> {
        let is_replaced = || self.credential.replacement().is_some();
        let was_replaced = is_replaced();
        let error = match fetch(&self.network()) {
            Ok(fetched) => return Ok(fetched),
            Err(why) => self.not_fetched(why),
        };
        if error.kind != Kind::Credentials || was_replaced {
            return Err(error);
        }
        // Only a 401 to it tells that the password is wrong, and git's words may be about another
        // server. Whoever asks as somebody finds out, and finds the other one.
        if !is_replaced() {
            drop(self.server.identity());
        }
        if !is_replaced() {
            return Err(error);
        }
        fetch(&self.network()).map_err(|why| self.not_fetched(why))
    }

    /// Why a fetch brought nothing, in the words of the table that pushes are read with, too.
    fn not_fetched(&self, why: fetch::Failure) -> Error {
        match why {
            fetch::Failure::Known(error) => error,
            fetch::Failure::Talk(talk) => self.server.explain_fetch(&talk),
        }
    }

    /// A progress line for a git command that talks to the remote; none where ssh or git may ask
    /// for a password on the same terminal.
    pub fn network_progress(&self, what: &str) -> Option<Box<dyn Working>> {
        (!self.asks_on_the_terminal).then(|| self.observe.working(what))
    }
}

/// Where the credential for the review server is looked for, without a question.
pub fn ladder<'a>(local: &Local<'a>, observe: &'a dyn Observe) -> Ladder<'a> {
    let review = &local.settings.review;
    Ladder {
        role: Role::Review,
        server: review.url.value.clone(),
        user: review.user.as_ref().map(|user| user.value.to_string()),
        git: local.checkout.git.clone(),
        environment: Box::new(environment),
        observe,
        accepted: local.has_accepted(),
    }
}

/// Hands git a credential that it would not find by itself.
fn handover(url: &ServerUrl, credential: &Credential) -> Result<Option<Handover>> {
    if url.scheme() == Scheme::Ssh || credential.source == Source::GitCredential || credential.user.is_empty() {
        return Ok(None);
    }
    Handover::new(url, credential, &environment).map(Some)
}

/// The adapter for the configured system.
pub fn connect<'a>(
    local: &Local<'a>,
    credential: Arc<Held<'a>>,
    observe: &'a dyn Observe,
) -> Result<Box<dyn ReviewServer + 'a>> {
    let review = &local.settings.review;
    let (url, project) = (review.url.value.clone(), review.project.value.clone());
    Ok(match url.scheme() {
        Scheme::Ssh => {
            let user = review.user.as_ref().map(|user| user.value.to_string());
            let url = user.and_then(|user| url.with_user(&user)).unwrap_or(url);
            let program = SshProgram::find(
                environment("GIT_SSH_COMMAND").as_deref(),
                local.git_config.text("core.sshcommand"),
                std::env::var_os("GIT_SSH"),
                environment("HOME").as_deref(),
            )?;
            Box::new(Gerrit::over_ssh(url, project, Ssh::new(program, observe.can_ask(), patience()?)))
        }
        Scheme::Http | Scheme::Https => {
            let client = Client::new(observe, limits()?).for_role(Role::Review);
            let authenticated = credential.current().is_some();
            let web = Http { client, server: url.clone(), credential };
            Box::new(Gerrit::over_rest(url, project, web, authenticated))
        }
    })
}

/// `PYFLOW_HTTP_TIMEOUT`: seconds that one request may take.
pub fn limits() -> Result<Limits> {
    environment("PYFLOW_HTTP_TIMEOUT")
        .filter(|text| !text.is_empty())
        .map_or_else(|| Ok(Limits::default()), |text| Limits::from_seconds(&text))
}
