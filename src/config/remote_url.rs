//! The URL of a git remote, in every form that git accepts, without its password.
//!
//! It is only looked at: git gets the name of the remote, never a text of ours. The forms are
//! those of git-fetch(1), "GIT URLS".

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use super::sourced::clean;
use crate::names::{Malformed, Scheme, ServerUrl};

/// How git reaches a remote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Transport {
    /// One of those that a review server is reached by.
    Server(Scheme),
    /// git's own unauthenticated protocol.
    Git,
    /// A folder of this machine.
    Path,
    /// A remote helper, or a scheme that git has forgotten: `ext`, `ftp`.
    Other(String),
}

/// The URL of a git remote. A password is dropped when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RemoteUrl {
    transport: Transport,
    user: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    path: String,
    scp_like: bool,
}

impl RemoteUrl {
    /// How git reaches it.
    pub const fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The user name, as it stands there. In http URLs it may be a token: never print it.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The same for anybody.
    #[must_use]
    pub fn without_user(&self) -> Self {
        Self { user: None, ..self.clone() }
    }

    /// Host in lower case; IPv6 addresses are in brackets.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Port, where one stands there.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path as it stands there.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether this is where a clone of `project` on `server` pushes and fetches: the same host,
    /// by another protocol if need be, and the same project. Gerrit's `/a/` and an ending `.git`
    /// do not matter, and ssh has no path prefix.
    pub fn is_project(&self, server: &ServerUrl, project: &str) -> bool {
        let Transport::Server(scheme) = self.transport else { return false };
        if self.host.as_deref() != Some(server.host()) {
            return false;
        }
        // The ports of two protocols have nothing to do with each other.
        if scheme == server.scheme() && port_or_default(scheme, self.port) != port_or_default(scheme, server.port()) {
            return false;
        }
        let path = percent_decode_str(&self.path).decode_utf8_lossy();
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let behind_prefix = match (scheme, server.path()) {
            (_, "") => Some(path),
            (Scheme::Ssh, prefix) => {
                Some(path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path))
            }
            (_, prefix) => path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(path) = behind_prefix else { return false };
        path == project || (scheme != Scheme::Ssh && path.strip_prefix("a/") == Some(project))
    }
}

const fn port_or_default(scheme: Scheme, port: Option<u16>) -> u16 {
    match (port, scheme) {
        (Some(port), _) => port,
        (None, Scheme::Https) => 443,
        (None, Scheme::Http) => 80,
        (None, Scheme::Ssh) => 22,
    }
}

impl FromStr for RemoteUrl {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed("it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(Malformed("control characters are not allowed"));
        }
        if let Some((scheme, rest)) = text.split_once("://")
            && !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | ':'))
        {
            return from_url(scheme, rest);
        }
        if let Some((helper, address)) = text.split_once("::")
            && !helper.is_empty()
            && helper.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return Ok(Self { transport: Transport::Other(helper.to_owned()), ..path(address) });
        }
        Ok(from_scp(text).unwrap_or_else(|| path(text)))
    }
}

fn path(text: &str) -> RemoteUrl {
    let path = text.to_owned();
    RemoteUrl { transport: Transport::Path, user: None, host: None, port: None, path, scp_like: false }
}

fn from_url(scheme: &str, rest: &str) -> Result<RemoteUrl, Malformed> {
    let transport = match scheme.to_ascii_lowercase().as_str() {
        "https" => Transport::Server(Scheme::Https),
        "http" => Transport::Server(Scheme::Http),
        "ssh" | "git+ssh" | "ssh+git" => Transport::Server(Scheme::Ssh),
        "git" => Transport::Git,
        "file" => return Ok(path(rest)),
        other => return Ok(RemoteUrl { transport: Transport::Other(other.to_owned()), ..path("") }),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // Up to the last `@`, as git and curl read it: passwords and mail addresses hold some.
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (Some(user), address),
        None => (None, authority),
    };
    let user = user.map(|user| user.split(':').next().unwrap_or(user).to_owned()).filter(|user| !user.is_empty());
    let (host, port) = host_and_port(address)?;
    Ok(RemoteUrl { transport, user, host: Some(host), port, path: path.to_owned(), scp_like: false })
}

/// `[user@]host:path`, where no slash stands before the colon; `[user@host:port]:path` too.
fn from_scp(text: &str) -> Option<RemoteUrl> {
    let (address, path, port) = if let Some(rest) = text.strip_prefix('[')
        && let Some((inside, path)) = rest.split_once("]:")
    {
        let (address, port) = match inside.rsplit_once(':') {
            // More colons: an IPv6 address without a port.
            Some((address, port)) if !address.contains(':') => (address.to_owned(), port.parse().ok()),
            Some(_) => (format!("[{inside}]"), None),
            None => (inside.to_owned(), None),
        };
        (address, path, port)
    } else {
        let (before, _) = text.split_once('/').unwrap_or((text, ""));
        let start = before.find("@[").map_or(0, |at| before[at..].find(']').map_or(0, |end| at + end));
        let colon = start + before.get(start..)?.find(':')?;
        (text[..colon].to_owned(), &text[colon + 1..], None)
    };
    let (user, host) = match address.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, address.as_str()),
    };
    let host = host_and_port(host).ok()?.0;
    let transport = Transport::Server(Scheme::Ssh);
    Some(RemoteUrl { transport, user, host: Some(host), port, path: path.to_owned(), scp_like: true })
}

fn host_and_port(address: &str) -> Result<(String, Option<u16>), Malformed> {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (address, None),
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(port.parse().map_err(|_| Malformed("the port is not a number from 1 to 65535"))?),
    };
    if host.is_empty() {
        return Err(Malformed("the host name is missing"));
    }
    Ok((host.to_ascii_lowercase(), port))
}

/// For people: without what may be a password, and harmless on a terminal.
impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = match (&self.transport, &self.user) {
            (_, None) => String::new(),
            (Transport::Server(Scheme::Ssh) | Transport::Git, Some(user)) => format!("{}@", clean(user)),
            // Forges take tokens as user names.
            _ => "***@".to_owned(),
        };
        let host = clean(self.host.as_deref().unwrap_or_default());
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let path = clean(&self.path);
        match &self.transport {
            Transport::Path => f.write_str(&path),
            // An address for a helper may hold anything.
            Transport::Other(name) => write!(f, "{}::…", clean(name)),
            Transport::Server(_) if self.scp_like && port.is_empty() => write!(f, "{user}{host}:{path}"),
            Transport::Server(_) if self.scp_like => write!(f, "[{user}{host}{port}]:{path}"),
            Transport::Server(scheme) => write!(f, "{}://{user}{host}{port}{path}", scheme.as_str()),
            Transport::Git => write!(f, "git://{user}{host}{port}{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RemoteUrl, Transport};
    use crate::names::{Scheme, ServerUrl};

    fn parse(text: &str) -> RemoteUrl {
        text.parse().unwrap_or_else(|reason| panic!("{text}: {reason}"))
    }

    /// The forms of git-fetch(1), and those of git-review's own tests (two `@`, `%40`).
    #[test]
    fn every_form_of_git_is_read() {
        let cases = [
            ("ssh://alice@h:29418/p", Scheme::Ssh, Some("alice"), "h", Some(29418), "/p"),
            ("ssh://h/p", Scheme::Ssh, None, "h", None, "/p"),
            ("ssh://alice@example.org@h/p", Scheme::Ssh, Some("alice@example.org"), "h", None, "/p"),
            ("ssh://alice%40example.org@h/p", Scheme::Ssh, Some("alice%40example.org"), "h", None, "/p"),
            ("git+ssh://h/~/p", Scheme::Ssh, None, "h", None, "/~/p"),
            ("alice@H:p/q", Scheme::Ssh, Some("alice"), "h", None, "p/q"),
            ("h:p", Scheme::Ssh, None, "h", None, "p"),
            ("h:/p", Scheme::Ssh, None, "h", None, "/p"),
            ("[h:29418]:p", Scheme::Ssh, None, "h", Some(29418), "p"),
            ("[alice@h:29418]:p", Scheme::Ssh, Some("alice"), "h", Some(29418), "p"),
            ("[::1]:p", Scheme::Ssh, None, "[::1]", None, "p"),
            ("alice@[::1]:p", Scheme::Ssh, Some("alice"), "[::1]", None, "p"),
            ("https://alice:se:c@ret@h:8443/a/p", Scheme::Https, Some("alice"), "h", Some(8443), "/a/p"),
            ("http://[::1]:8080/p", Scheme::Http, None, "[::1]", Some(8080), "/p"),
            ("https://h", Scheme::Https, None, "h", None, ""),
        ];
        for (text, scheme, user, host, port, path) in cases {
            let url = parse(text);
            assert_eq!(url.transport(), &Transport::Server(scheme), "{text}");
            assert_eq!((url.user(), url.host(), url.port(), url.path()), (user, Some(host), port, path), "{text}");
        }
        for text in ["/srv/git/p.git", "../p", "./a:b", "file:///srv/p", "p"] {
            assert_eq!(parse(text).transport(), &Transport::Path, "{text}");
        }
        assert_eq!(parse("ext::sh -c id").transport(), &Transport::Other("ext".into()));
        assert_eq!(parse("git://h/p").transport(), &Transport::Git);
        for bad in ["", "https:///p", "https://h:99999/p", "https://h\n/p"] {
            assert!(bad.parse::<RemoteUrl>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_password_and_no_token_is_printed() {
        let cases = [
            ("https://alice:secret@h/p", "https://***@h/p"),
            ("https://secret@h/p", "https://***@h/p"),
            ("ssh://alice:secret@h:1/p", "ssh://alice@h:1/p"),
            ("alice@h:p", "alice@h:p"),
            ("[alice@h:1]:p", "[alice@h:1]:p"),
            ("ext::sh -c secret", "ext::…"),
            ("ftp://a:secret@h/p", "ftp::…"),
            ("/p\u{202e}", "/p\u{202e}"),
        ];
        for (text, shown) in &cases[..7] {
            let url = parse(text);
            assert_eq!(url.to_string(), *shown);
            assert!(!format!("{url:?}").contains("ret@"), "{url:?}");
        }
        assert_eq!(parse(cases[7].0).to_string(), "/p\\u{202e}");
    }

    #[test]
    fn a_remote_is_compared_with_a_server_and_a_project() {
        let server = |text: &str| text.parse::<ServerUrl>().unwrap();
        let yes = [
            ("https://h/p/q", "https://h"),
            ("https://h/a/p/q", "https://h"),
            ("https://alice@h/p/q.git", "https://h"),
            ("https://h:443/p/q/", "https://h"),
            ("https://h/r/a/p/q", "https://h/r"),
            ("https://h/r/p/q", "https://h/r"),
            ("ssh://alice@h:29418/p/q", "https://h/r"),
            ("alice@h:p/q.git", "https://h"),
            ("ssh://h:29418/p/q", "ssh://alice@h:29418"),
            ("https://h/p/q", "ssh://h:29418"),
            ("https://h/p%2Fq", "https://h"),
        ];
        for (remote, review) in yes {
            assert!(parse(remote).is_project(&server(review), "p/q"), "{remote} {review}");
        }
        let no = [
            ("https://h/p/qq", "https://h"),
            ("https://h/x/p/q", "https://h"),
            ("https://h.evil/p/q", "https://h"),
            ("https://h@evil/p/q", "https://h"),
            ("https://h:8443/p/q", "https://h"),
            ("https://h/p/q", "https://h/r"),
            ("ssh://h:22/p/q", "ssh://h:29418"),
            ("ssh://h/a/p/q", "ssh://h"),
            ("git://h/p/q", "https://h"),
            ("/h/p/q", "https://h"),
            ("ext::h/p/q", "https://h"),
        ];
        for (remote, review) in no {
            assert!(!parse(remote).is_project(&server(review), "p/q"), "{remote} {review}");
        }
    }
}
