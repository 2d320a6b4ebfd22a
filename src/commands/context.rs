//! What commands that speak to the review server stand on: the checkout, the configuration, the
//! pin, the credentials, the adapter. Nothing is contacted before the pin has been compared.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::fetch;
use crate::checkout::journal::StateDir;
use crate::checkout::object::Commit;
use crate::checkout::read::Head;
use crate::checkout::target::{Choice, Target};
use crate::checkout::write::{self, Rewrite};
use crate::config::{
    self, Accepted, Found, GateSystem, GitConfig, Origin, Overrides, Pin, PinVerdict, Reverify, Settings, Sourced,
    TenantName, Transport, pin,
};
use crate::error::{Error, Result};
use crate::gate::logs::Shelf;
use crate::gate::own::Own;
use crate::gate::zuul::{self, Zuul};
use crate::gate::{Gate, next};
use crate::http::{Client, Limits};
use crate::names::{BranchName, CommitId, RemoteName, Scheme, ServerUrl, UserName};
use crate::observe::{Observe, Working};
use crate::review::gerrit::Gerrit;
use crate::review::gerrit::rest::Http;
use crate::review::gerrit::ssh::{Ssh, SshProgram};
use crate::review::{ChangeName, ReviewServer};
use crate::secret::{self, Credential, Handover, Held, Ladder, Role, Source};

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
    /// git for network commands; it gets the credentials that pyflow holds.
    pub network: Git<'a>,
    /// The review server.
    pub server: Box<dyn ReviewServer + 'a>,
    /// Whom to tell and ask.
    pub observe: &'a dyn Observe,
    /// Whether the servers have been accepted by name.
    pub accepted: bool,
    credential: Arc<Held<'a>>,
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
    /// Whether the person has accepted the servers in this very run.
    pub said_yes: bool,
    /// The checked-in file that says so.
    pub file: Option<Found>,
}

/// A variable of the process's environment.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl<'a> Local<'a> {
    /// Reads repository and configuration; warnings about the latter are told.
    pub fn open(directory: &Path, observe: &'a dyn Observe, overrides: &Overrides) -> Result<Self> {
        let checkout = Checkout::discover(directory, observe)?;
        let file = config::find::find(&checkout.top)?;
        let top = checkout.top.clone();
        Self::with(checkout, observe, overrides, file, Some(&top))
    }

    /// The same under the checked-in file that something began with, whatever is in the tree now.
    pub fn as_begun(
        checkout: Checkout<'a>,
        observe: &'a dyn Observe,
        overrides: &Overrides,
        file: Option<Found>,
    ) -> Result<Self> {
        Self::with(checkout, observe, overrides, file, None)
    }

    fn with(
        checkout: Checkout<'a>,
        observe: &'a dyn Observe,
        overrides: &Overrides,
        file: Option<Found>,
        top: Option<&Path>,
    ) -> Result<Self> {
        let git_config = GitConfig::parse(&checkout.configuration)?;
        let (mut settings, warnings) = config::load(top, file.as_ref(), &git_config, &environment, overrides)?;
        if let Some(remote) = remote_in_use(&settings, &git_config) {
            settings.review.remote = remote;
        }
        if settings.review.user.is_none() {
            settings.review.user = user_of_remote(&settings, &git_config);
        }
        observe.prefer_color(settings.ui.color.value);
        for warning in warnings {
            observe.warn(&warning.to_string());
        }
        Ok(Self { checkout, git_config, settings, file, said_yes: false })
    }

    /// Where a stack wants to land.
    pub fn target(&self, named: Option<BranchName>, head: &Head, tip: &CommitId) -> Result<Target> {
        target(&self.checkout, &self.git_config, &self.settings, named, head, tip)
    }

    /// What this clone, or CI, has accepted.
    pub fn accepted(&self) -> Result<Option<Accepted>> {
        let variable = environment(pin::PIN_VARIABLE);
        pin::accepted(variable.as_deref(), || StateDir::new(self.checkout.state_dir()).read(pin::PIN_FILE))
    }

    /// Whether the servers have been accepted by name, by this clone, by CI or in this very run.
    pub fn has_accepted(&self) -> bool {
        self.said_yes || matches!(self.accepted(), Ok(Some(_)))
    }

    /// Compares the pin. A clone whose own remote points at the server has accepted it by that.
    pub fn check_pin(&self) -> Result<()> {
        let verdict = pin::compare(self.accepted()?.as_ref(), &Pin::of(&self.settings));
        if verdict == PinVerdict::NoPin && self.trusts_itself() {
            return Ok(());
        }
        pin::require(&verdict, &self.settings)
    }

    /// Whether the first use needs no question. A remote vouches for its own server, and for no
    /// other that the checked-in file names.
    pub fn trusts_itself(&self) -> bool {
        Pin::of(&self.settings).names_one_server() && pin::trusts_itself(&self.remote_urls(), &self.settings.review)
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
            // `usepushurl` always means this one; no file has the name.
            let named = if review.use_push_url.value && review.use_push_url.origin == *origin {
                format!("the one that `usepushurl` means, {origin}")
            } else {
                format!("the name is from {origin}")
            };
            return Err(Error::state(format!("there is no git remote {remote} ({named})"))
                .hint("`pyflow setup` adds it")
                .hint("or name the remote you use: `git config pyflow.review.remote NAME`"));
        }
        let chosen_by_person = !matches!(origin, Origin::Default | Origin::File { .. });
        let elsewhere = urls.iter().find(|url| !pin::leads_there(url, review));
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

/// Who the person is by the remote's ssh URL, where nothing else tells. In http URLs a user name may
/// be a token.
fn user_of_remote(settings: &Settings, git_config: &GitConfig) -> Option<Sourced<UserName>> {
    let review = &settings.review;
    let remote = review.remote.value.as_str();
    let urls = git_config.remote_urls(remote, true);
    let urls = urls.iter().filter(|url| pin::leads_there(url, review));
    let mut urls = urls.filter_map(|url| url.parse::<config::RemoteUrl>().ok());
    let url = urls.find(|url| *url.transport() == Transport::Server(Scheme::Ssh))?;
    Some(Sourced::new(url.user()?.parse().ok()?, Origin::Remote { name: remote.to_owned() }))
}

/// Remembers what these settings say as accepted.
fn accept(checkout: &Checkout<'_>, settings: &Settings) -> Result<()> {
    let pin = Pin::of(settings).to_text();
    let state = StateDir::new(checkout.state_dir());
    if state.read(pin::PIN_FILE)?.is_some_and(|stored| stored == pin) {
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
        let handover = credential.current().map(|credential| handover(&local, credential)).transpose()?.flatten();
        let variables = handover.as_ref().map(Handover::environment).unwrap_or_default();
        let network =
            variables.into_iter().fold(local.checkout.git.clone(), |git, (name, value)| git.with_env(name, value));
        let network = hardened(network, &local);
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
            _handover: handover,
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

    /// Why a fetch brought nothing, in the words of the table that pushes are read with, too.
    pub fn not_fetched(&self, why: fetch::Failure) -> Error {
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
fn handover(local: &Local<'_>, credential: &Credential) -> Result<Option<Handover>> {
    let url = &local.settings.review.url.value;
    if url.scheme() == Scheme::Ssh || credential.source == Source::GitCredential || credential.user.is_empty() {
        return Ok(None);
    }
    Handover::new(url, credential, &environment).map(Some)
}

/// git that keeps to what pyflow's own requests keep to (`http.rs`), whatever it is set to: it looks
/// at certificates, follows no redirect, and sends nothing for this machine through a proxy. Of two
/// settings git takes the one for the longer URL (git-config(1), `http.<url>.*`), so each is given
/// for the remote's own URLs as well.
fn hardened<'a>(git: Git<'a>, local: &Local<'_>) -> Git<'a> {
    let review = &local.settings.review;
    let mut urls = vec![review.url.value.origin()];
    let pushes = local.remote_urls();
    let fetches = local.git_config.remote_urls(review.remote.value.as_str(), false);
    // Parsed, so that no password stands in the arguments; an `=` would end the setting's name.
    let parsed = pushes.iter().chain(&fetches).filter_map(|url| url.parse::<config::RemoteUrl>().ok());
    urls.extend(
        parsed.map(|url| url.without_user().to_string()).filter(|url| url.starts_with("http") && !url.contains('=')),
    );
    urls.sort();
    urls.dedup();
    let git = git.with_setting("http.sslVerify=true").with_setting("http.followRedirects=false");
    urls.iter().fold(git, |git, url| {
        let git = git
            .with_setting(format!("http.{url}.sslVerify=true"))
            .with_setting(format!("http.{url}.followRedirects=false"));
        // An empty value is "no proxy", also over the environment's.
        if url.starts_with("http:") { git.with_setting(format!("http.{url}.proxy=")) } else { git }
    })
}

/// How long git and ssh wait for a server that says nothing at all; one that checks a large push
/// may be silent for longer than one that is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same, or what `PYFLOW_HTTP_TIMEOUT` sets; whole seconds, as git and ssh count.
fn patience() -> Result<Duration> {
    let set = environment("PYFLOW_HTTP_TIMEOUT").is_some_and(|text| !text.is_empty());
    let patience = if set { limits()?.total } else { PATIENCE };
    Ok(Duration::from_secs(patience.as_secs() + u64::from(patience.subsec_nanos() > 0)))
}

/// git itself waits for ever for a server that has gone silent. Where nothing else is configured it
/// gives up after this time without a byte (git-config(1), `http.lowSpeedTime`); what had arrived
/// by then is found out as after any cut connection.
fn with_patience<'a>(git: Git<'a>, git_config: &GitConfig, patience: Duration) -> Git<'a> {
    let in_environment = ["GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME"].map(environment);
    let in_config = ["http.lowspeedlimit", "http.lowspeedtime"].map(|key| git_config.text(key));
    if in_environment.iter().any(Option::is_some) || in_config.iter().any(Option::is_some) {
        return git;
    }
    git.with_env("GIT_HTTP_LOW_SPEED_LIMIT", "1").with_env("GIT_HTTP_LOW_SPEED_TIME", patience.as_secs().to_string())
}

/// The `GIT_SSH_COMMAND` for network commands; `None` where it stays what it is, as does every
/// program that may not be OpenSSH. `GIT_TERMINAL_PROMPT=0` does not reach ssh, which asks on the
/// terminal by itself; its batch mode stops that.
fn ssh_command(
    environment: secret::Environment<'_>,
    git_config: &GitConfig,
    can_ask: bool,
    patience: Duration,
) -> Option<String> {
    let own = environment("GIT_SSH_COMMAND").or_else(|| git_config.text("core.sshcommand").map(str::to_owned));
    let own = match (own, environment("GIT_SSH")) {
        (None, Some(_)) => return None,
        (own, _) => own,
    };
    let is_openssh = own.as_ref().is_none_or(|command| {
        let program = command.split_whitespace().next().unwrap_or_default();
        Path::new(program).file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("ssh"))
    });
    // The first value that ssh sees counts (ssh_config(5)), so that the person's own stays.
    let limit = format!("-oConnectTimeout={}", patience.as_secs());
    match (own, can_ask) {
        _ if !is_openssh => None,
        (Some(_), true) => None,
        (Some(own), false) => Some(format!("{own} -oBatchMode=yes {limit}")),
        (None, true) => Some(format!("ssh {limit}")),
        (None, false) => Some(format!("ssh -oBatchMode=yes {limit}")),
    }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ssh_command;
    use crate::config::GitConfig;

    #[test]
    fn ssh_gets_a_limit_and_keeps_what_the_person_set() {
        let command = |variables: &[(&str, &str)], config: &[u8], can_ask| {
            let environment = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            let config = GitConfig::parse(config).expect("configuration");
            ssh_command(&environment, &config, can_ask, Duration::from_secs(60))
        };
        assert_eq!(command(&[], b"", true).as_deref(), Some("ssh -oConnectTimeout=60"));
        assert_eq!(command(&[], b"", false).as_deref(), Some("ssh -oBatchMode=yes -oConnectTimeout=60"));
        assert_eq!(
            command(&[("GIT_SSH_COMMAND", "ssh -i key")], b"", false).as_deref(),
            Some("ssh -i key -oBatchMode=yes -oConnectTimeout=60")
        );
        assert_eq!(
            command(&[("GIT_SSH_COMMAND", "/usr/bin/ssh -i key")], b"", false).as_deref(),
            Some("/usr/bin/ssh -i key -oBatchMode=yes -oConnectTimeout=60")
        );
        assert_eq!(command(&[("GIT_SSH_COMMAND", "ssh -i key")], b"", true), None);
        assert_eq!(command(&[("GIT_SSH", "plink")], b"", false), None);
        let plink = b"local\0file:.git/config\0core.sshcommand\nplink -v\0";
        assert_eq!(command(&[], plink, false), None);
    }
}
