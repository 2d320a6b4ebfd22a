//! `pyflow news`: fragments written, checked, merged and released.
//!
//! The style is what is configured, else what the tree looks like. Nothing here needs a review
//! server; `check` asks the local repository only.

mod add;
mod build;
pub mod check;

use std::path::Path;

use crate::checkout::Checkout;
use crate::checkout::files::inside;
use crate::cli::NewsCommand;
use crate::config::{self, GitConfig, NewsSettings, Overrides};
use crate::error::{Context as _, Error, Result};
use crate::news::blurb::{self, Blurb};
use crate::news::towncrier::{Towncrier, config as towncrier};
use crate::news::{Style, StyleName};
use crate::observe::Observe;
use crate::outcome::Outcome;

use super::context::environment;

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, command: &NewsCommand) -> Result<Outcome> {
    let news = News::open(directory, observe)?;
    match command {
        NewsCommand::Add(args) => add::run(&news, directory, args),
        NewsCommand::Check(args) => check::run(&news, args),
        NewsCommand::Merge(args) => build::merge(&news, directory, args),
        NewsCommand::Release(args) => build::release(&news, args),
    }
}

/// The repository, and what is configured for its news.
struct News<'a> {
    checkout: Checkout<'a>,
    git_config: GitConfig,
    settings: NewsSettings,
    observe: &'a dyn Observe,
}

impl<'a> News<'a> {
    fn open(directory: &Path, observe: &'a dyn Observe) -> Result<Self> {
        let checkout = Checkout::discover(directory, observe)?;
        let git_config = GitConfig::parse(&checkout.configuration)?;
        let settings = config::load_news(&checkout.top, &git_config, &environment, &Overrides::default())?;
        Ok(Self { checkout, git_config, settings, observe })
    }

    /// The style of the work tree.
    fn style(&self) -> Result<Kind> {
        let top = &self.checkout.top;
        let read = |name: &str| {
            let path = inside(top, name)?;
            match std::fs::read(&path) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(Error::state(format!("{name} cannot be read")).because(error)),
            }
        };
        let has_blurb = || Ok(top.join(blurb::DIRECTORY).join("next").is_dir());
        Kind::of(&self.settings, &read, &has_blurb)
    }
}

/// One of the styles, with what its project has configured.
pub(super) enum Kind {
    Blurb(Blurb),
    Towncrier(Box<Towncrier>),
}

impl Kind {
    /// The style that is configured; else the one that the tree shows.
    pub(super) fn of(
        settings: &NewsSettings,
        read: &dyn Fn(&str) -> Result<Option<Vec<u8>>>,
        has_blurb: &dyn Fn() -> Result<bool>,
    ) -> Result<Self> {
        let towncrier = || -> Result<Option<Self>> {
            let text = |name: &str| -> Result<Option<String>> {
                let bytes = read(name)?;
                bytes
                    .map(|bytes| String::from_utf8(bytes).or_error(|| Error::state(format!("{name} is not UTF-8"))))
                    .transpose()
            };
            let [own, project] = towncrier::FILES;
            let config = towncrier::parse(text(own)?.as_deref(), text(project)?.as_deref())?;
            Ok(config.map(|config| Self::Towncrier(Box::new(Towncrier { config }))))
        };
        let directory = settings.directory.as_ref();
        let blurb = || -> Result<Self> {
            let project = match read(blurb::CPYTHONS)? {
                Some(_) => blurb::Project::CPython,
                None => blurb::Project::Other,
            };
            let directory = directory.map_or(blurb::DIRECTORY, |path| path.value.as_str());
            Ok(Self::Blurb(Blurb::new(directory, project)))
        };
        match settings.style.as_ref().map(|style| style.value) {
            Some(StyleName::Blurb) => blurb(),
            Some(StyleName::Towncrier) => {
                if let Some(directory) = directory {
                    return Err(Error::state(format!(
                        "{}: news.directory is for blurb; towncrier's own configuration says where its fragments are",
                        directory.origin
                    )));
                }
                towncrier()?.ok_or_else(|| {
                    Error::state("the style of the news is towncrier, and neither towncrier.toml nor pyproject.toml has a table [tool.towncrier]")
                        .hint("add the table; an empty one means towncrier's defaults")
                })
            }
            None if directory.is_some() || has_blurb()? => blurb(),
            None => towncrier()?.ok_or_else(|| {
                Error::state("it is not clear what kind of news fragments this project has: there is no Misc/NEWS.d/next, and no [tool.towncrier] in towncrier.toml or pyproject.toml")
                    .hint("say it in `.reviewconf`: `style = \"blurb\"` below `[news]`")
                    .hint("or only here: `git config pyflow.news.style blurb`")
            }),
        }
    }

    pub(super) fn style(&self) -> &dyn Style {
        match self {
            Self::Blurb(blurb) => blurb,
            Self::Towncrier(towncrier) => &**towncrier,
        }
    }
}

/// Local time, as people and file names have it.
fn local_time() -> jiff::Zoned {
    crate::observe::now().to_zoned(jiff::tz::TimeZone::system())
}
