//! How a person names a change: number, `number,patchset`, URL, Change-Id, branch, commit.

use super::context::Context;
use crate::error::{Error, Result};
use crate::names::CommitId;
use crate::outcome::status::Visibility;
use crate::review::{ChangeName, ReviewServer};

/// A name, and the local commit behind it where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// For the server.
    pub name: ChangeName,
    /// As it was typed, for messages.
    pub typed: String,
    /// The local commit that was named.
    pub commit: Option<CommitId>,
}

/// Reads one name. A number is a change number, never an abbreviated commit.
pub fn parse(context: &Context<'_>, text: &str) -> Result<Named> {
    let typed = text.to_owned();
    if let Some(name) = without_repository(text, &*context.server)? {
        return Ok(Named { name, typed, commit: None });
    }
    let commit = context.checkout.read().revision(text).map_err(|_| {
        Error::usage(format!("`{text}` is neither a change nor a branch or commit of this repository"))
            .hint("name a change by number (1841), number and patch set (1841,3), URL, Change-Id, branch or commit")
    })?;
    Ok(Named { name: context.change_of(&commit)?, typed, commit: Some(commit) })
}

/// HEAD's change.
pub fn head(context: &Context<'_>) -> Result<Named> {
    let head = context.checkout.read().head()?;
    let commit = head.commit().cloned().ok_or_else(|| {
        Error::state("HEAD is a branch without commits").hint("name a change by number and patch set, such as 1841,3")
    })?;
    Ok(Named { name: context.change_of(&commit)?, typed: "HEAD".to_owned(), commit: Some(commit) })
}

/// Nothing by that name, which may also mean that it may not be seen.
pub fn not_found(context: &Context<'_>, named: &Named, visibility: Visibility) -> Error {
    let Named { typed, commit, .. } = named;
    let error = match commit {
        Some(commit) => Error::refused(format!("the review server shows no change for `{typed}` ({})", commit.short()))
            .hint("if it has not been sent yet: `pyflow submit`"),
        None => Error::refused(format!("the review server shows no change `{typed}`")),
    };
    match visibility {
        Visibility::Full if commit.is_some() => error,
        Visibility::Full => error.hint(format!(
            "it is not in {}, the project of this clone, or you may not see it",
            context.settings.review.project.value
        )),
        Visibility::Anonymous => error.hint("it may need a login: `pyflow auth login`"),
    }
}

/// The forms that mean a change wherever one is. `None` for what only a repository can tell.
pub fn without_repository(text: &str, server: &dyn ReviewServer) -> Result<Option<ChangeName>> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return server.name_in_url(text).map(Some);
    }
    if let Some(name) = number(text) {
        return Ok(Some(name));
    }
    if server.is_change_id(text) {
        return Ok(Some(ChangeName::ChangeId(text.to_owned())));
    }
    Ok(None)
}

/// `1841` and `1841,3`.
fn number(text: &str) -> Option<ChangeName> {
    let (number, patch_set) = match text.split_once(',') {
        Some((number, patch_set)) => (number, Some(digits(patch_set)?)),
        None => (text, None),
    };
    Some(ChangeName::Number { number: digits(number)?, patch_set })
}

/// Digits only: `parse` alone takes a sign, too.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::number;
    use crate::review::ChangeName;

    #[test]
    fn numbers_are_digits() {
        let n = |number, patch_set| Some(ChangeName::Number { number, patch_set });
        for (text, expected) in
            [("1841", n(1841, None)), ("1841,3", n(1841, Some(3))), ("cafe123", None), ("main", None), ("+12", None)]
        {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
