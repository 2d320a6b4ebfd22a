//! Addresses of changes, as people paste them.

use crate::error::{Error, Result};
use crate::names::{ProjectName, Scheme, ServerUrl};
use crate::review::ChangeName;

/// Gerrit's forms: `SERVER/c/PROJECT/+/N[/PS]`, `SERVER/c/N[/PS]`, `SERVER/#/c/N[/PS]`, `SERVER/N[/PS]`.
/// Where the project is told, it is this one.
pub(super) fn change(text: &str, server: &ServerUrl, project: &ProjectName) -> Result<ChangeName> {
    let wrong = |why: &str| {
        Error::usage(format!("`{text}` is not the URL of a change: {why}"))
            .hint(format!("a change of this server looks like {}", server.join("c/PROJECT/+/NUMBER")))
    };
    let url = url::Url::parse(text).map_err(|_| wrong("it is not a URL"))?;
    let same_host = url.host_str().is_some_and(|host| {
        host.eq_ignore_ascii_case(server.host().trim_matches(['[', ']'])) || host.eq_ignore_ascii_case(server.host())
    });
    // Another port is another server, a staging one for example. Where the review server is only
    // known by its ssh address, the port of its pages is not known.
    let same_port = match server.scheme() {
        Scheme::Ssh => true,
        Scheme::Http | Scheme::Https if url.port().is_none() && server.port().is_none() => true,
        Scheme::Http => url.port_or_known_default() == server.port().or(Some(80)),
        Scheme::Https => url.port_or_known_default() == server.port().or(Some(443)),
    };
    if !same_host || !same_port {
        return Err(wrong(&format!("this clone's review server is {server}")));
    }
    // Below another path of the same host is another server.
    let prefix = server.path().trim_matches('/');
    let path = url.path().trim_start_matches('/');
    let Some(path) =
        path.strip_prefix(prefix).filter(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
    else {
        return Err(wrong(&format!("this clone's review server is {server}")));
    };
    let path = match url.fragment() {
        Some(fragment) if fragment.starts_with('/') => fragment.trim_start_matches('/').to_owned(),
        _ => path.trim_start_matches('/').to_owned(),
    };
    let rest = match path.split_once("/+/") {
        Some((before, rest)) => {
            let named = before.strip_prefix("c/").unwrap_or(before);
            let named = percent_encoding::percent_decode_str(named).decode_utf8_lossy();
            if named != project.as_str() {
                return Err(Error::usage(format!(
                    "`{text}` is a change of `{named}`, and this clone is for `{project}`"
                ))
                .hint(format!("run it in a clone of `{named}`")));
            }
            rest
        }
        None => path.strip_prefix("c/").unwrap_or(&path),
    };
    let mut parts = rest.trim_end_matches('/').split('/');
    let number = parts.next().and_then(digits).ok_or_else(|| wrong("it holds no change number"))?;
    // A patch set may be a range (`2..4`): the newer end is what the person looks at.
    let patch_set = parts.next().and_then(|part| digits(part.rsplit("..").next().unwrap_or(part)));
    Ok(ChangeName::Number { number, patch_set })
}

/// Digits only: `parse` alone takes a sign, too.
fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::change;
    use crate::names::{ProjectName, ServerUrl};
    use crate::review::ChangeName;

    #[test]
    fn every_form_that_people_paste() {
        let root: ServerUrl = "https://review.example.org".parse().expect("url");
        let below: ServerUrl = "https://example.org/r".parse().expect("url");
        let port: ServerUrl = "https://review.example.org:8443".parse().expect("url");
        let ssh: ServerUrl = "ssh://review.example.org:29418".parse().expect("url");
        let project: ProjectName = "org/proj".parse().expect("project");
        for (server, text, number, patch_set) in [
            (&root, "https://review.example.org/1841", 1841, None),
            (&root, "https://review.example.org/1841/", 1841, None),
            (&root, "https://review.example.org/1841/2", 1841, Some(2)),
            (&root, "https://review.example.org/#/c/1841", 1841, None),
            (&root, "https://review.example.org/#/c/1841/2", 1841, Some(2)),
            (&root, "https://review.example.org/c/1841", 1841, None),
            (&root, "https://review.example.org/c/org/proj/+/1841", 1841, None),
            (&root, "https://review.example.org/c/org/proj/+/1841/3/src/x.py#4", 1841, Some(3)),
            (&root, "https://review.example.org/c/org/proj/+/1841/2..4", 1841, Some(4)),
            (&root, "http://review.example.org/1841", 1841, None),
            (&root, "https://review.example.org:443/1841", 1841, None),
            (&port, "https://review.example.org:8443/1841", 1841, None),
            (&ssh, "https://review.example.org/1841", 1841, None),
            (&below, "https://example.org/r/12345", 12345, None),
            (&below, "https://example.org/r/c/org%2Fproj/+/12", 12, None),
        ] {
            let found = change(text, server, &project).ok();
            assert_eq!(found, Some(ChangeName::Number { number, patch_set }), "{text}");
        }
        for bad in [
            "https://elsewhere.example.org/1841",
            "https://review.example.org:8443/1841",
            "https://review.example.org/",
            "https://review.example.org/c/org/proj/+/",
            "https://review.example.org/c/proj/+/1841",
        ] {
            assert!(change(bad, &root, &project).is_err(), "{bad}");
        }
        assert!(change("https://review.example.org/1841", &port, &project).is_err());
        // On the same host, below another path.
        for bad in [
            "https://example.org/c/org/proj/+/12",
            "https://example.org/r2/c/org/proj/+/12",
            "https://example.org/s/#/c/12",
        ] {
            assert!(change(bad, &below, &project).is_err(), "{bad}");
        }
    }
}
