//! What commands that speak to the review server stand on: the checkout, the configuration, the
//! pin, the credentials, the adapter. Nothing is contacted before the pin has been compared.

use std::collections::BTreeMap;
use std::path::Path;

use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::journal::StateDir;
use crate::checkout::object::Commit;
use crate::checkout::read::Head;
use crate::checkout::target::{Choice, Target};
use crate::checkout::write::{self, Rewrite};
use crate::config::{self, Accepted, GitConfig, Origin, Overrides, Pin, PinVerdict, Settings, Sourced, pin};
use crate::error::{Error, Result};
use crate::http::{Client, Limits};
use crate::names::{BranchName, CommitId, RemoteName, Scheme};
use crate::observe::{Observe, Working};
use crate::review::gerrit::Gerrit;
use crate::review::gerrit::rest::Http;
use crate::review::gerrit::ssh::{Ssh, SshProgram};
use crate::review::{ChangeName, ReviewServer};
use crate::secret::{self, Credential, Handover, Role, Source};

/// Name of the pin in pyflow's folder.
const PIN: &str = "pin";

/// Everything that a command needs.
pub struct Context<'a> {
    /// The repository.
    pub checkout: Checkout<'a>,
    /// git's configuration.
    pub git_config: GitConfig,
    /// What is configured.
    pub settings: Settings,
    /// The git remote of the review server.
    pub remote: RemoteName,
    /// git for network commands; it gets the credentials that pyflow holds.
    pub network: Git<'a>,
    /// The review server.
    pub server: Box<dyn ReviewServer + 'a>,
    /// Whom to tell and ask.
    pub observe: &'a dyn Observe,
    /// Where the credentials come from.
    pub credential_source: Option<Source>,
    asks_on_the_terminal: bool,
    _handover: Option<Handover>,
}

/// The repository and its configuration, before anything is trusted.
pub struct Local<'a> {
    /// The repository.
    pub checkout: Checkout<'a>,
    /// git's configuration.
    pub git_config: GitConfig,
    /// What is configured.
    pub settings: Settings,
}

/// A variable of the process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl<'a> Local<'a> {
    /// Reads repository and configuration; warnings about the latter are told.
    pub fn open(directory: &Path, observe: &'a dyn Observe, overrides: &Overrides) -> Result<Self> {
        let checkout = Checkout::discover(directory, observe)?;
        let git_config = GitConfig::parse(&checkout.configuration)?;
        let (mut settings, warnings) = config::load(&checkout.top, &git_config, &environment, overrides)?;
        if let Some(remote) = remote_in_use(&settings, &git_config) {
            settings.review.remote = remote;
        }
        observe.prefer_color(settings.ui.color.value);
        for warning in warnings {
            observe.warn(&warning.to_string());
        }
        Ok(Self { checkout, git_config, settings })
    }

    /// Where a stack wants to land.
    pub fn target(&self, named: Option<BranchName>, head: &Head, tip: &CommitId) -> Result<Target> {
        target(&self.checkout, &self.git_config, &self.settings, named, head, tip)
    }

    /// What this clone, or CI, has accepted.
    pub fn accepted(&self) -> Result<Option<Accepted>> {
        if let Some(token) = environment(pin::PIN_VARIABLE).filter(|token| !token.is_empty()) {
            return pin::parse_token(&token).map(Some);
        }
        match std::fs::read_to_string(self.checkout.state_dir().join(PIN)) {
            Ok(text) => Pin::from_text(&text).map(|pin| Some(Accepted::Stored(pin))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::state("what this clone has accepted cannot be read").because(error)),
        }
    }

    /// Compares the pin. A clone whose own remote points at the server has accepted it by that.
    pub fn check_pin(&self) -> Result<()> {
        let review = &self.settings.review;
        let verdict = pin::compare(self.accepted()?.as_ref(), &Pin::of(review));
        if verdict == PinVerdict::NoPin && pin::trusts_itself(&self.remote_urls(), review) {
            return Ok(());
        }
        pin::require(&verdict, review)
    }

    /// Remembers what is configured now as accepted.
    pub fn accept(&self) -> Result<()> {
        accept(&self.checkout, &self.settings)
    }

    /// Push URLs of the review remote, rewritten as git would.
    pub fn remote_urls(&self) -> Vec<String> {
        self.git_config.remote_urls(self.settings.review.remote.value.as_str(), true)
    }

    /// Refuses a remote that is not there, or, where only the checked-in file chose it, one that
    /// leads elsewhere.
    pub fn check_remote(&self) -> Result<()> {
        let review = &self.settings.review;
        let (remote, origin) = (&review.remote.value, &review.remote.origin);
        let urls = self.remote_urls();
        if urls.is_empty() {
            return Err(Error::state(format!("there is no git remote {remote} (the name is from {origin})"))
                .hint("`pyflow setup` adds it")
                .hint("or name the remote you use: `git config pyflow.review.remote NAME`"));
        }
        let chosen_by_person = !matches!(origin, Origin::Default | Origin::File { .. });
        let elsewhere = urls.iter().find(|url| !pin::trusts_itself(std::slice::from_ref(*url), review));
        match elsewhere {
            Some(url) if !chosen_by_person => {
                let shown =
                    url.parse::<config::RemoteUrl>().map_or_else(|_| "another place".to_owned(), |url| url.to_string());
                Err(Error::state(format!(
                    "the git remote {remote} leads to {shown}, not to project {} on {} ({})",
                    review.project.value, review.url.value, review.url.origin
                ))
                .hint("if it is the review server by another name: `git config pyflow.review.remote NAME`")
                .hint("if not, `pyflow setup` shows what is wrong"))
            }
            _ => Ok(()),
        }
    }
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

/// Where nobody named a remote, and there is none by the usual name: one that leads to the project.
fn remote_in_use(settings: &Settings, git_config: &GitConfig) -> Option<Sourced<RemoteName>> {
    let review = &settings.review;
    let urls = |name: &str| git_config.remote_urls(name, true);
    if review.remote.origin != Origin::Default || !urls(review.remote.value.as_str()).is_empty() {
        return None;
    }
    let names = git_config.subsections("remote");
    let name = names.into_iter().find(|name| pin::trusts_itself(&urls(name), review))?;
    Some(Sourced::new(name.parse().ok()?, Origin::Remote { name: name.to_owned() }))
}

/// Remembers what these settings say as accepted.
fn accept(checkout: &Checkout<'_>, settings: &Settings) -> Result<()> {
    let pin = Pin::of(&settings.review).to_text();
    let path = checkout.state_dir().join(PIN);
    if std::fs::read_to_string(path).is_ok_and(|stored| stored == pin) {
        return Ok(());
    }
    StateDir::new(checkout.state_dir()).replace(PIN, pin.as_bytes())
}

impl<'a> Context<'a> {
    /// Opens the repository for a command that speaks to the review server.
    pub fn open(directory: &Path, observe: &'a dyn Observe, overrides: &Overrides) -> Result<Self> {
        let local = Local::open(directory, observe, overrides)?;
        local.check_pin()?;
        local.check_remote()?;
        Self::connect(local, observe)
    }

    /// Finds the credentials and makes the adapter. Sends nothing.
    pub fn connect(local: Local<'a>, observe: &'a dyn Observe) -> Result<Self> {
        let credential = credential(&local, observe)?;
        let credential_source = credential.as_ref().map(|credential| credential.source);
        let handover = credential.as_ref().map(|credential| handover(&local, credential)).transpose()?.flatten();
        let environment = handover.as_ref().map(Handover::environment).unwrap_or_default();
        let network =
            environment.into_iter().fold(local.checkout.git.clone(), |git, (name, value)| git.with_env(name, value));
        // pyflow's own requests look at certificates whatever git is set to, and so does a git that
        // gets the token: the origin's own setting is stronger than `http.sslVerify=false`.
        let network = network
            .with_setting("http.sslVerify=true")
            .with_setting(format!("http.{}.sslVerify=true", local.settings.review.url.value.origin()));
        let network = if observe.can_ask() { network } else { quiet_ssh(network, &local.git_config) };
        let network = with_patience(network, &local.git_config)?;
        let over_ssh = local.remote_urls().iter().any(|url| !url.starts_with("http"));
        let server = connect(&local, credential, observe)?;
        let Local { checkout, git_config, settings } = local;
        Ok(Self {
            remote: settings.review.remote.value.clone(),
            checkout,
            git_config,
            settings,
            network,
            server,
            observe,
            credential_source,
            asks_on_the_terminal: observe.can_ask() && (over_ssh || credential_source.is_none()),
            _handover: handover,
        })
    }

    /// The server and project, for the journal.
    pub fn server_name(&self) -> String {
        format!("{} {}", self.settings.review.url.value, self.settings.review.project.value)
    }

    /// The pin is written once a command has used what it says.
    pub fn accept(&self) -> Result<()> {
        accept(&self.checkout, &self.settings)
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

    /// A progress line for a git command that talks to the remote; none where ssh or git may ask
    /// for a password on the same terminal.
    pub fn network_progress(&self, what: &str) -> Option<Box<dyn Working>> {
        (!self.asks_on_the_terminal).then(|| self.observe.working(what))
    }
}

/// The credential for the review server, as far as one is at hand without a question.
fn credential(local: &Local<'_>, observe: &dyn Observe) -> Result<Option<Credential>> {
    let review = &local.settings.review;
    let user = review.user.as_ref().map(|user| user.value.to_string());
    secret::find(Role::Review, &review.url.value, user.as_deref(), &local.checkout.git, &environment, observe)
}

/// Hands git a credential that it would not find by itself.
fn handover(local: &Local<'_>, credential: &Credential) -> Result<Option<Handover>> {
    let url = &local.settings.review.url.value;
    if url.scheme() == Scheme::Ssh || credential.source == Source::GitCredential || credential.user.is_empty() {
        return Ok(None);
    }
    Handover::new(url, credential, &environment).map(Some)
}

/// git itself waits for ever for a server that has gone silent. Where nothing else is configured it
/// gives up after a minute without a byte (git-config(1), `http.lowSpeedTime`), or after what
/// `PYFLOW_HTTP_TIMEOUT` says; what had arrived by then is found out as after any cut connection.
fn with_patience<'a>(git: Git<'a>, git_config: &GitConfig) -> Result<Git<'a>> {
    let in_environment = ["GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME"].map(environment);
    let in_config = ["http.lowspeedlimit", "http.lowspeedtime"].map(|key| git_config.text(key));
    if in_environment.iter().any(Option::is_some) || in_config.iter().any(Option::is_some) {
        return Ok(git);
    }
    let seconds = if environment("PYFLOW_HTTP_TIMEOUT").is_some_and(|text| !text.is_empty()) {
        limits()?.total.as_secs().max(1)
    } else {
        // A server that checks a large push may be silent for longer than one that is asked.
        60
    };
    Ok(git.with_env("GIT_HTTP_LOW_SPEED_LIMIT", "1").with_env("GIT_HTTP_LOW_SPEED_TIME", seconds.to_string()))
}

/// `GIT_TERMINAL_PROMPT=0` does not reach ssh, which asks on the terminal by itself; OpenSSH's
/// batch mode stops that. A program that may not be OpenSSH is left as it is.
fn quiet_ssh<'a>(git: Git<'a>, git_config: &GitConfig) -> Git<'a> {
    if environment("GIT_SSH").is_some() {
        return git;
    }
    let command = environment("GIT_SSH_COMMAND").or_else(|| git_config.text("core.sshcommand").map(str::to_owned));
    match command {
        Some(command) if command.split_whitespace().next() != Some("ssh") => git,
        Some(command) => git.with_env("GIT_SSH_COMMAND", format!("{command} -oBatchMode=yes")),
        None => git.with_env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    }
}

/// The adapter for the configured system.
fn connect<'a>(
    local: &Local<'a>,
    credential: Option<Credential>,
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
            Box::new(Gerrit::over_ssh(url, project, Ssh::new(program, observe.can_ask())))
        }
        Scheme::Http | Scheme::Https => {
            let client = Client::new(observe, limits()?).for_role(Role::Review);
            let authenticated = credential.is_some();
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
