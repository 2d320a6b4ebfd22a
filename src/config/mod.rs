//! What is configured, and where each value came from: `.reviewconf`, `.gitreview`, git's
//! configuration, the environment, the command line; and the pin, which remembers what a clone
//! has accepted.
//!
//! Everything but [`find`] is pure. Nothing here runs git or talks to a server.

use std::path::Path;

use crate::error::Result;

pub mod backport;
pub mod cla;
pub mod effective;
pub mod find;
pub mod gate;
pub mod gitconfig;
pub mod gitreview;
pub mod keys;
pub mod news;
pub mod patchcheck;
pub mod pin;
pub mod release_cycle;
pub mod remote_url;
pub mod reviewconf;
pub mod sourced;
pub mod values;

pub use backport::{BackportSettings, Carried};
pub use cla::{ClaKind, ClaSettings};
pub use effective::{
    BranchSettings, FileConf, Overrides, PortsSettings, ReviewSettings, Settings, SubmitSettings, UiSettings, resolve,
    resolve_news,
};
pub use find::{Format, Found};
pub use gate::{GateKind, GateSettings, GateSystem, ReasonRule, Reverify};
pub use gitconfig::GitConfig;
pub use news::NewsSettings;
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

/// Resolves the checked-in file, where there is one, with everything that outweighs it. What else it
/// names in the tree is read below `top`; without one it is not read.
pub fn load(
    top: Option<&Path>,
    found: Option<&Found>,
    git: &GitConfig,
    env: &dyn Fn(&str) -> Option<String>,
    cli: &Overrides,
) -> Result<(Settings, Vec<Warning>)> {
    let file = found.map(|found| parse_file(found.format, found.format.file_name(), &found.bytes)).transpose()?;
    let (mut settings, mut warnings) = resolve(file, git, env, cli)?;
    if let (Some(path), Some(top)) = (&settings.branches.release_cycle, top) {
        let (cycle, unknown) = release_cycle::read(top, path)?;
        settings.branches.complete(cycle);
        warnings.extend(unknown);
    }
    warnings.extend(found.and_then(|found| found.note.clone()));
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
