//! The git remote of the review server, and what pyflow keeps in this clone's configuration.

use super::exec::Git;
use crate::error::Result;
use crate::names::RemoteName;

/// Adds a remote.
pub fn add(git: &Git<'_>, remote: &RemoteName, url: &str) -> Result<()> {
    git.read(["remote", "add", "--", remote.as_str(), url]).map(drop)
}

/// Lets pushes to a remote go elsewhere than its fetches.
pub fn set_push_url(git: &Git<'_>, remote: &RemoteName, url: &str) -> Result<()> {
    set(git, &push_url_key(remote), url)
}

/// The key of [`set_push_url`].
pub fn push_url_key(remote: &RemoteName) -> String {
    format!("remote.{remote}.pushurl")
}

/// Sets a key of this clone.
pub fn set(git: &Git<'_>, key: &str, value: &str) -> Result<()> {
    git.read(["config", "--local", key, value]).map(drop)
}
