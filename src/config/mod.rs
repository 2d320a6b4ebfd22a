//! What is configured, and where each value came from: `.reviewconf`, `.gitreview`, git's
//! configuration, the environment, the command line; and the pin, which remembers what a clone
//! has accepted.
//!
//! Everything but [`find`] is pure. Nothing here runs git or talks to a server.

use std::path::Path;

use crate::error::Result;

pub mod effective;
pub mod find;
pub mod gitconfig;
pub mod gitreview;
pub mod keys;
pub mod news;
pub mod patchcheck;
pub mod pin;
pub mod remote_url;
pub mod reviewconf;
pub mod sourced;
pub mod values;

pub use effective::{
    BranchSettings, FileConf, Overrides, PortsSettings, ReviewSettings, Settings, SubmitSettings, UiSettings, resolve,
    resolve_news,
};
pub use find::Format;
pub use gitconfig::GitConfig;
pub use news::{Exempt, NewsSettings};
pub use pin::{Accepted, Difference, Pin, PinVerdict};
pub use remote_url::{RemoteUrl, Transport};
pub use sourced::{Origin, Sourced, Warning};
pub use values::{Approve, Counterpart, ReviewKind, Text};

/// Reads what the checked-in file `path` says, in its format.
pub fn parse_file(format: Format, path: &str, bytes: &[u8]) -> Result<FileConf> {
    Ok(match format {
        Format::ReviewConf => FileConf::ReviewConf(reviewconf::parse(path, bytes)?),
        Format::GitReview => FileConf::GitReview(gitreview::parse(path, bytes)?),
    })
}

/// Finds and reads the checked-in file at the top of the work tree, and resolves it with
/// everything that outweighs it.
pub fn load(
    top: &Path,
    git: &GitConfig,
    env: &dyn Fn(&str) -> Option<String>,
    cli: &Overrides,
) -> Result<(Settings, Vec<Warning>)> {
    let found = find::find(top)?;
    let file = match &found {
        Some(found) => Some(parse_file(found.format, found.format.file_name(), &found.bytes)?),
        None => None,
    };
    let (settings, mut warnings) = resolve(file, git, env, cli)?;
    warnings.extend(found.and_then(|found| found.note));
    Ok((settings, warnings))
}

/// The same for the news alone.
pub fn load_news(
    top: &Path,
    git: &GitConfig,
    env: &dyn Fn(&str) -> Option<String>,
    cli: &Overrides,
) -> Result<NewsSettings> {
    let found = find::find(top)?;
    let file = found.map(|found| parse_file(found.format, found.format.file_name(), &found.bytes)).transpose()?;
    resolve_news(file, git, env, cli)
}

#[cfg(test)]
mod tests;
