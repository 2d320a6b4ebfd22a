//! `.mailmap` as it is at a commit (gitmailmap(5)); libgit2 reads it.

use std::fmt;

use super::read::Reader;
use crate::error::Result;
use crate::names::CommitId;

/// Who stands for whom.
pub struct Mailmap(git2::Mailmap);

impl fmt::Debug for Mailmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailmap")
    }
}

/// A larger one is not read: GNU's and Linux's have some thousand lines.
const MOST: usize = 1 << 20;

impl Mailmap {
    /// Reads it; `None` where the commit has none that can be read.
    pub fn at(reader: &Reader<'_>, commit: &CommitId) -> Result<Option<Self>> {
        let bytes = reader.file_at(commit, ".mailmap")?.filter(|bytes| bytes.len() <= MOST);
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|text| git2::Mailmap::from_buffer(&text).ok()).map(Self))
    }
}

impl Mailmap {
    /// The address that stands for this one; `None` where that is itself.
    pub fn address(&self, name: &str, email: &str) -> Option<String> {
        // libgit2 takes no signature without a name or with angle brackets in it.
        let signature = git2::Signature::new(name, email, &git2::Time::new(0, 0)).ok()?;
        let mapped = self.0.resolve_signature(&signature).ok()?;
        let mapped = mapped.email().ok()?.to_owned();
        (mapped != email).then_some(mapped)
    }
}
