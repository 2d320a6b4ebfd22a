//! How a person names a change: number, `number,patchset`, URL, Change-Id, branch, commit.

use super::context::Context;
use crate::error::{Error, Result};
use crate::names::ServerUrl;
use crate::review::ChangeName;

/// A name, and the local commit behind it where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// For the server.
    pub name: ChangeName,
    /// As it was typed, for messages.
    pub typed: String,
}

/// Reads one name. A number is a change number, never an abbreviated commit.
pub fn parse(context: &Context<'_>, text: &str) -> Result<Named> {
    let typed = text.to_owned();
    if let Some(name) = without_repository(text, &context.settings.review.url.value)? {
        return Ok(Named { name, typed });
    }
    let commit = context.checkout.read().revision(text).map_err(|_| {
        Error::usage(format!("`{text}` is neither a change nor a branch or commit of this repository"))
            .hint("name a change by number (1841), number and patch set (1841,3), URL, Change-Id, branch or commit")
    })?;
    Ok(Named { name: context.change_of(&commit)?, typed })
}

/// The forms that mean a change wherever one is. `None` for what only a repository can tell.
fn without_repository(text: &str, server: &ServerUrl) -> Result<Option<ChangeName>> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return from_url(text, server).map(Some);
    }
    if let Some(name) = number(text) {
        return Ok(Some(name));
    }
    if is_change_id(text) {
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

fn is_change_id(text: &str) -> bool {
    text.len() == 41 && text.starts_with('I') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// Gerrit's forms: `SERVER/c/PROJECT/+/N[/PS]`, `SERVER/c/N[/PS]`, `SERVER/#/c/N[/PS]`, `SERVER/N[/PS]`.
fn from_url(text: &str, server: &ServerUrl) -> Result<ChangeName> {
    let wrong = |why: &str| {
        Error::usage(format!("`{text}` is not the URL of a change: {why}"))
            .hint(format!("a change of this server looks like {}", server.join("c/PROJECT/+/NUMBER")))
    };
    let url = url::Url::parse(text).map_err(|_| wrong("it is not a URL"))?;
    let same_host = url.host_str().is_some_and(|host| {
        host.eq_ignore_ascii_case(server.host().trim_matches(['[', ']'])) || host.eq_ignore_ascii_case(server.host())
    });
    if !same_host {
        return Err(wrong(&format!("this clone's review server is {server}")));
    }
    let path = match url.fragment() {
        Some(fragment) if fragment.starts_with('/') => fragment.trim_start_matches('/').to_owned(),
        _ => {
            let path = url.path().trim_start_matches('/');
            let path = path.strip_prefix(server.path()).unwrap_or(path);
            path.trim_start_matches('/').to_owned()
        }
    };
    let rest = match path.split_once("/+/") {
        Some((_, rest)) => rest,
        None => path.strip_prefix("c/").unwrap_or(&path),
    };
    let mut parts = rest.trim_end_matches('/').split('/');
    let number = parts.next().and_then(digits).ok_or_else(|| wrong("it holds no change number"))?;
    // A patch set may be a range (`2..4`): the newer end is what the person looks at.
    let patch_set = parts.next().and_then(|part| digits(part.rsplit("..").next().unwrap_or(part)));
    Ok(ChangeName::Number { number, patch_set })
}

#[cfg(test)]
mod tests {
    use super::{is_change_id, without_repository};
    use crate::names::ServerUrl;
    use crate::review::ChangeName;

    #[test]
    fn every_form_that_people_paste() {
        let root: ServerUrl = "https://review.example.org".parse().expect("url");
        let below: ServerUrl = "https://example.org/r".parse().expect("url");
        let n = |number, patch_set| Some(ChangeName::Number { number, patch_set });
        for (server, text, expected) in [
            (&root, "1841", n(1841, None)),
            (&root, "1841,3", n(1841, Some(3))),
            (&root, "https://review.example.org/1841", n(1841, None)),
            (&root, "https://review.example.org/1841/", n(1841, None)),
            (&root, "https://review.example.org/1841/2", n(1841, Some(2))),
            (&root, "https://review.example.org/#/c/1841", n(1841, None)),
            (&root, "https://review.example.org/#/c/1841/2", n(1841, Some(2))),
            (&root, "https://review.example.org/c/1841", n(1841, None)),
            (&root, "https://review.example.org/c/org/proj/+/1841", n(1841, None)),
            (&root, "https://review.example.org/c/org/proj/+/1841/3/src/x.py#4", n(1841, Some(3))),
            (&root, "https://review.example.org/c/org/proj/+/1841/2..4", n(1841, Some(4))),
            (&below, "https://example.org/r/12345", n(12345, None)),
            (&below, "https://example.org/r/c/p/+/12", n(12, None)),
            (&root, "cafe123", None),
            (&root, "main", None),
            (&root, "+12", None),
        ] {
            assert_eq!(without_repository(text, server).ok().flatten(), expected, "{text}");
        }
        for bad in
            ["https://elsewhere.example.org/1841", "https://review.example.org/", "https://review.example.org/c/x/+/"]
        {
            assert!(without_repository(bad, &root).is_err(), "{bad}");
        }
        assert!(is_change_id(&format!("I{}", "a".repeat(40))));
    }
}
