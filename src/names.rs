//! A type for each kind of string that several rooms share: commits, branches, remotes, servers.
//!
//! Parsing is the only way to make one, so a value of these types needs no further check. They
//! do no I/O and know no server's dialect (a Gerrit Change-Id lives in `review::gerrit`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a string is not the name it should be; a clause that follows "… is not a branch name: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

macro_rules! string_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(text: &str) -> Result<Self, Malformed> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(text: String) -> Result<Self, Malformed> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<std::ffi::OsStr> for $name {
            fn as_ref(&self) -> &std::ffi::OsStr {
                self.0.as_ref()
            }
        }
    };
}

string_type!(
    /// The full id of a commit: 40 (SHA-1) or 64 (SHA-256) lowercase hexadecimal digits.
    CommitId,
    check_commit_id
);

impl CommitId {
    /// The first ten digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

fn check_commit_id(text: &str) -> Result<(), Malformed> {
    let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if hex && matches!(text.len(), 40 | 64) {
        Ok(())
    } else {
        Err(Malformed("40 or 64 lowercase hexadecimal digits are wanted"))
    }
}

string_type!(
    /// The short name of a branch (`main`, `feature/x`): what follows `refs/heads/`.
    BranchName,
    check_branch_name
);

impl BranchName {
    /// `refs/heads/NAME`.
    pub fn full(&self) -> RefName {
        RefName(format!("refs/heads/{}", self.0))
    }

    /// The ref in which `remote`'s copy of this branch is kept: `refs/remotes/REMOTE/NAME`.
    pub fn tracking(&self, remote: &RemoteName) -> RefName {
        RefName(format!("refs/remotes/{remote}/{}", self.0))
    }
}

fn check_branch_name(text: &str) -> Result<(), Malformed> {
    if text == "HEAD" {
        return Err(Malformed("`HEAD` is not a branch"));
    }
    check_ref_components(text)
}

string_type!(
    /// A full ref name: `refs/…`.
    RefName,
    check_ref_name
);

fn check_ref_name(text: &str) -> Result<(), Malformed> {
    if !text.starts_with("refs/") {
        return Err(Malformed("it must start with `refs/`"));
    }
    check_ref_components(text)
}

string_type!(
    /// The name of a git remote.
    RemoteName,
    check_remote_name
);

/// A remote's name is a path component of its tracking refs, and must not be read as a URL, as a
/// path or as an option. In `-c remote.NAME.url=…` the first `=` ends the key (git(1)): a name that
/// holds one could set another key.
fn check_remote_name(text: &str) -> Result<(), Malformed> {
    check_ref_components(text)?;
    if text.contains('=') {
        return Err(Malformed("`=` is not allowed"));
    }
    Ok(())
}

/// The rules of git-check-ref-format(1), and no leading `-` in any component, so that no name can
/// be read as an option.
fn check_ref_components(text: &str) -> Result<(), Malformed> {
    if text.is_empty() {
        return Err(Malformed("it is empty"));
    }
    if text.len() > MAX_REF_LENGTH {
        return Err(Malformed("it is longer than 1024 bytes"));
    }
    for c in text.chars() {
        match c {
            c if c.is_control() => return Err(Malformed("control characters are not allowed")),
            c if is_invisible(c) => return Err(Malformed("invisible characters are not allowed")),
            ' ' => return Err(Malformed("spaces are not allowed")),
            '~' | '^' | ':' | '?' | '*' | '[' | '\\' => {
                return Err(Malformed("none of ~ ^ : ? * [ \\ is allowed"));
            }
            _ => {}
        }
    }
    if text.contains("..") || text.contains("@{") || text == "@" {
        return Err(Malformed("`..`, `@{` and a lone `@` are not allowed"));
    }
    if text.ends_with('.') {
        return Err(Malformed("it must not end with a dot"));
    }
    for component in text.split('/') {
        if component.is_empty() {
            return Err(Malformed("it must not have an empty part between slashes"));
        }
        if component.starts_with(['-', '.']) {
            return Err(Malformed("no part may start with `-` or `.`"));
        }
        if component.to_ascii_lowercase().ends_with(".lock") {
            return Err(Malformed("no part may end with `.lock`"));
        }
    }
    Ok(())
}

/// Longer names cannot be created on common file systems; a bound keeps hostile files small.
const MAX_REF_LENGTH: usize = 1024;

/// Characters that show nothing or turn the reading direction round (Unicode TR 36, 3.2): a name
/// that holds one is not what it looks like.
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// RFC 1035, section 2.3.4, in written form.
const MAX_HOST_LENGTH: usize = 253;

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// TLS.
    Https,
    /// Plain text; allowed on loopback only.
    Http,
    /// OpenSSH.
    Ssh,
}

impl Scheme {
    /// As it is written in URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Ssh => "ssh",
        }
    }
}

/// The address of a server: scheme, host, port and an optional path prefix. It never holds a
/// password, so printing it is safe; a user name is kept apart (only ssh uses it).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl {
    scheme: Scheme,
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// Without leading or trailing slash; empty for a server at the root.
    path: String,
}

impl ServerUrl {
    /// Scheme of the URL.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// User name in an ssh URL.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The same server, spoken to as this user. `None` where `user` has characters that a URL's
    /// user name should not have.
    pub fn with_user(&self, user: &str) -> Option<Self> {
        check_user(user).ok()?;
        Some(Self { user: Some(user.to_owned()), ..self.clone() })
    }

    /// Host name or address; IPv6 addresses are in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, where it is not the scheme's own.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Path prefix without leading or trailing slash; empty for a server at the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Scheme, host and port: what credentials are bound to (RFC 6454).
    pub fn origin(&self) -> String {
        match self.port {
            Some(port) => format!("{}://{}:{port}", self.scheme.as_str(), self.host),
            None => format!("{}://{}", self.scheme.as_str(), self.host),
        }
    }

    /// Whether the host is this machine by its name or address, without asking a resolver.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// `path` below this server; the caller has encoded it.
    pub fn join(&self, path: &str) -> String {
        let path = path.trim_start_matches('/');
        if path.is_empty() { self.to_string() } else { format!("{self}/{path}") }
    }
}

/// Whether a URL's host is this machine by its name or address.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn check_user(user: &str) -> Result<(), Malformed> {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@');
    if user.is_empty() || user.starts_with('-') || !user.chars().all(fine) {
        return Err(Malformed("the user name has characters that are not allowed"));
    }
    Ok(())
}

impl FromStr for ServerUrl {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        // The URL parser drops tabs and newlines silently; what was reviewed must be what is used.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || is_invisible(c)) {
            return Err(Malformed("spaces, control and invisible characters are not allowed"));
        }
        // The URL parser reads `\` as `/`; git and curl do not.
        if text.contains('\\') {
            return Err(Malformed("a backslash is not allowed"));
        }
        let url = url::Url::parse(text).map_err(|_| Malformed("it is not a URL"))?;
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            "ssh" => Scheme::Ssh,
            _ => return Err(Malformed("only https, ssh, and http on loopback are allowed")),
        };
        if url.password().is_some() {
            return Err(Malformed("a password in a URL is not allowed"));
        }
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let host_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':');
        if host.len() > MAX_HOST_LENGTH {
            return Err(Malformed("the host name is longer than 253 characters"));
        }
        if host.is_empty() || host.starts_with('-') || !host.chars().all(host_char) {
            return Err(Malformed("the host name is missing or has characters that are not allowed"));
        }
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(Malformed("http is allowed for this machine only; use https"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Malformed("`?` and `#` are not allowed"));
        }
        let user = match url.username() {
            "" => None,
            _ if scheme != Scheme::Ssh => return Err(Malformed("a user name belongs in ssh URLs only")),
            user => {
                check_user(user)?;
                Some(user.to_owned())
            }
        };
        // The URL parser also tidies up: `https:host`, `0x7f.1`, `/a/../b`, letters that look like
        // others. What stands in the file must be what is used.
        let rest = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
        let Some(rest) = rest else { return Err(Malformed("`://` must follow the scheme")) };
        let (authority, typed_path) = rest.split_once('/').unwrap_or((rest, ""));
        let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
        let typed_host = match address.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => address,
        };
        if !typed_host.eq_ignore_ascii_case(&host) {
            return Err(Malformed("the host name is not in its plain form (an international name starts with `xn--`)"));
        }
        if url.port() == Some(0) {
            return Err(Malformed("0 is not a port"));
        }
        let path = url.path().trim_matches('/').to_owned();
        if typed_path.trim_matches('/') != path {
            return Err(Malformed("the path has parts that are not allowed"));
        }
        let dots = |part: &str| matches!(part, "." | "..") || part.starts_with('-');
        if path.split('/').any(dots) || path.contains('%') || path.contains("//") {
            return Err(Malformed("the path has parts that are not allowed"));
        }
        Ok(Self { scheme, user, host, port: url.port(), path })
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = Malformed;
    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<ServerUrl> for String {
    fn from(url: ServerUrl) -> Self {
        url.to_string()
    }
}

/// Without a trailing slash.
impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme.as_str())?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if !self.path.is_empty() {
            write!(f, "/{}", self.path)?;
        }
        Ok(())
    }
}

string_type!(
    /// A project's name on the review server: `python/cpython`.
    ProjectName,
    check_project_name
);

/// Gerrit's and the forges' rule: a relative path of plain parts.
fn check_project_name(text: &str) -> Result<(), Malformed> {
    check_ref_components(text)?;
    if text
        .contains(['%', '#', '"', '<', '>', '|', ';', '$', '`', '\'', '&', '(', ')', '@', '+', ',', '=', '!', '{', '}'])
    {
        return Err(Malformed("punctuation other than . _ - / is not allowed"));
    }
    Ok(())
}

string_type!(
    /// The name of a label that can be voted on: `Code-Review`.
    LabelName,
    check_label_name
);

/// Gerrit's `LabelType.checkName` and, since it travels in push options, nothing else.
fn check_label_name(text: &str) -> Result<(), Malformed> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain && !text.starts_with('-') && (1..=MAX_LABEL_LENGTH).contains(&text.len()) {
        Ok(())
    } else {
        Err(Malformed("only letters, digits and `-` are allowed, and no `-` at the beginning"))
    }
}

/// Gerrit sets no limit; no site has labels of this length.
const MAX_LABEL_LENGTH: usize = 100;

/// A vote as it is typed: `Code-Review=2`, `Code-Review=-1`, `Verified=+1`.
pub fn vote(text: &str) -> Result<(LabelName, i32), Malformed> {
    let (label, value) = text.split_once('=').ok_or(Malformed("`LABEL=VALUE` is wanted"))?;
    let label = label.parse()?;
    // One sign: `parse` alone would take the second one of `+-2`.
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    let number = digits.starts_with(|c: char| c.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    Ok((label, number.ok_or(Malformed("the value is no number"))?))
}

string_type!(
    /// The name that a person logs in with.
    UserName,
    check_user
);

#[cfg(test)]
mod tests {
    use super::{BranchName, CommitId, ProjectName, RemoteName, ServerUrl, vote};

    #[test]
    fn votes_have_a_label_and_one_number() {
        for (text, label, value) in
            [("Code-Review=+2", "Code-Review", 2), ("Verified=-1", "Verified", -1), ("Workflow=0", "Workflow", 0)]
        {
            assert_eq!(vote(text), Ok((label.parse().expect("a label"), value)), "{text}");
        }
        let bad = ["", "=1", "A", "A=", "A=x", "A,B=1", "-A=1", "A=1,B=2", "A=+-2", "A=++2", "A=--2", "A=+", "A = 1"];
        for bad in bad {
            assert!(vote(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn branch_names_follow_git_and_are_never_options() {
        for good in ["main", "3.14", "feature/x", "stable@2", "é"] {
            assert!(good.parse::<BranchName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "-x",
            "a/-x",
            "a b",
            "a\tb",
            "a..b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "[a",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.LOCK/b",
            "a.",
            "@",
            "a@{b",
            "HEAD",
            "a\u{202e}b",
            "a\u{7f}",
            "master HEAD:refs/heads/master",
        ] {
            assert!(bad.parse::<BranchName>().is_err(), "{bad:?}");
        }
        assert!("file:///x".parse::<RemoteName>().is_err());
        assert!("evil=x/repo".parse::<RemoteName>().is_err());
        assert!("a%2e".parse::<ProjectName>().is_err());
        assert!("0".repeat(40).parse::<CommitId>().is_ok());
        assert!("0".repeat(41).parse::<CommitId>().is_err());
    }

    #[test]
    fn server_urls_keep_what_is_safe_and_print_as_they_were() {
        for good in [
            "https://review.example.org",
            "https://example.org:8443/r/x",
            "ssh://alice@example.org:29418",
            "http://127.0.0.1:15080",
            "http://[::1]:8080/r",
            "http://localhost",
        ] {
            assert_eq!(good.parse::<ServerUrl>().map(|u| u.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "review.example.org",
            "http://example.org",
            "ftp://example.org",
            "ext::sh -c id",
            "file:///etc",
            "https://a:b@example.org",
            "https://a@example.org",
            "https://example.org/?x",
            "https://example.org/#x",
            "https://exa\nmple.org",
            "https://example.org/%2e%2e/",
            "ssh://-oProxyCommand=x@host",
            "ssh://-oProxyCommand=x/",
            "https://",
            "https:// example.org",
            "http://127.0.0.1.example.org",
            "ssh://a%0ab@host",
            "https:example.org",
            "https:///example.org",
            "https://good.example\\@evil.example",
            "https://0x7f.1",
            "https://ex\u{430}mple.org",
            "https://example.org/a/../b",
            "https://example.org:0",
        ] {
            assert!(bad.parse::<ServerUrl>().is_err(), "{bad:?}");
        }
    }
}
