//! The repository and its configuration, before anything is trusted: what is accepted, and whether
//! the remote leads where the configuration says. Nothing is contacted here.

use std::path::Path;

use super::{accept, environment, target};
use crate::checkout::Checkout;
use crate::checkout::journal::StateDir;
use crate::checkout::read::Head;
use crate::checkout::target::Target;
use crate::config::{
    self, Accepted, Found, GitConfig, Origin, Overrides, Pin, PinVerdict, Settings, Sourced, Transport, pin,
};
use crate::error::{Error, Result};
use crate::names::{BranchName, CommitId, RemoteName, Scheme, UserName};
use crate::observe::Observe;

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
