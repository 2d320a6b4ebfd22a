//! `.gitreview`, git-review's file: every key that git-review 2.5 knows.
//!
//! The reader agrees with Python's `configparser` where a value stands on one line: `key = value`
//! or `key: value`, keys in any case, `#` and `;` at the beginning of a line, no comment behind a
//! value, no escapes, no quotes. What `configparser` would read in a way that a person does not
//! see (continued lines, `[DEFAULT]`) is refused. `%` is an ordinary character.
//!
//! No INI library is used: rust-ini joins lines that end in a backslash, lets a key or a section's
//! name span lines, and knows no line numbers.

use std::collections::BTreeSet;

use super::find::decode;
use super::gitconfig::GitConfig;
use super::reviewconf::{ReviewConf, ReviewTable};
use super::sourced::{Origin, Sourced, Warning, clean, did_you_mean, quoted};
use super::values::{ReviewKind, target};
use crate::error::{Error, Result};
use crate::names::{BranchName, Malformed, ProjectName, RemoteName, Scheme, ServerUrl, UserName, is_loopback};

/// Gerrit's port for ssh, as git-review assumes it.
const SSH_PORT: u16 = 29418;
/// The section that git-review reads.
const SECTION: &str = "gerrit";
/// A file full of unknown sections gets no screen full of warnings.
const MOST_SECTIONS_TOLD: usize = 8;
/// Every key that git-review 2.5 knows.
pub const KEYS: [&str; 11] = [
    "host",
    "port",
    "project",
    "scheme",
    "defaultbranch",
    "defaultremote",
    "defaultrebase",
    "track",
    "usepushurl",
    "notopic",
    "branchauthor",
];

/// What `.gitreview`, or `gitreview.*` in git's configuration, says. The address is in pieces,
/// since each piece can be overridden alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GitReview {
    /// How the server is spoken to; ssh where nothing is said.
    pub scheme: Option<Sourced<Scheme>>,
    /// Host name; behind a slash the path under which the site is, for http and https.
    pub host: Option<Sourced<String>>,
    /// Port.
    pub port: Option<Sourced<u16>>,
    /// Project, without `.git`.
    pub project: Option<Sourced<ProjectName>>,
    /// Where changes go. git-review takes `master` where nothing is said; that is a guess.
    pub branch: Option<Sourced<BranchName>>,
    /// The git remote.
    pub remote: Option<Sourced<RemoteName>>,
    /// Whether the server's address is the push URL of `origin` instead of a remote of its own.
    pub use_push_url: Option<Sourced<bool>>,
    /// Login name; only in git's configuration.
    pub user: Option<Sourced<UserName>>,
    /// Keys that have no meaning here.
    pub warnings: Vec<Warning>,
}

impl GitReview {
    /// What the person's `gitreview.*` says; git-review's documentation has `gitreview.host`, its
    /// code `gitreview.hostname`.
    pub fn from_git_config(git: &GitConfig) -> Result<Self> {
        let mut conf = Self::default();
        let keys = [
            ("hostname", "host"),
            ("host", "host"),
            ("port", "port"),
            ("project", "project"),
            ("scheme", "scheme"),
            ("branch", "defaultbranch"),
            ("remote", "defaultremote"),
            ("track", "track"),
            ("usepushurl", "usepushurl"),
        ];
        for (key, ours) in keys {
            if let Some(entry) = git.get(&format!("gitreview.{key}"))
                && !(key == "host" && conf.host.is_some())
                && entry.value.as_deref() != Some("")
            {
                conf.set(ours, entry.value.as_deref().unwrap_or("true"), entry.origin())?;
            }
        }
        conf.user = user_from_git_config(git)?;
        Ok(conf)
    }

    /// This, with what `over` says in its place.
    #[must_use]
    pub fn overridden_by(self, over: Self) -> Self {
        Self {
            scheme: over.scheme.or(self.scheme),
            host: over.host.or(self.host),
            port: over.port.or(self.port),
            project: over.project.or(self.project),
            branch: over.branch.or(self.branch),
            remote: over.remote.or(self.remote),
            use_push_url: over.use_push_url.or(self.use_push_url),
            user: over.user.or(self.user),
            warnings: self.warnings.into_iter().chain(over.warnings).collect(),
        }
    }

    /// The server's address from its pieces; `None` where there is no host.
    pub fn server_url(&self) -> Result<Option<Sourced<ServerUrl>>> {
        let Some(Sourced { value: host, origin }) = &self.host else { return Ok(None) };
        let scheme = self.scheme.as_ref().map_or(Scheme::Ssh, |scheme| scheme.value);
        let (name, prefix) = host.split_once('/').unwrap_or((host, ""));
        if scheme == Scheme::Ssh && !prefix.is_empty() {
            return Err(origin.error("a path behind the host is allowed with `scheme=https` only"));
        }
        if scheme == Scheme::Http && !is_loopback(name) {
            let origin = self.scheme.as_ref().map_or(origin, |scheme| &scheme.origin);
            return Err(origin
                .error("http would send passwords in plain text; it is allowed for this machine only")
                .hint("write `scheme=https`"));
        }
        let port = self.port.as_ref().map(|port| port.value).or((scheme == Scheme::Ssh).then_some(SSH_PORT));
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let slash = if prefix.is_empty() { "" } else { "/" };
        let url = format!("{}://{name}{port}{slash}{prefix}", scheme.as_str());
        match url.parse::<ServerUrl>() {
            Ok(url) => Ok(Some(Sourced::new(url, origin.clone()))),
            Err(reason) => Err(origin.error(format_args!("host: {} cannot be used: {reason}", quoted(host)))),
        }
    }

    /// The `.reviewconf` that says the same; what has no meaning there is left out.
    pub fn to_review_conf(&self) -> Result<ReviewConf> {
        let (Some(url), Some(project)) = (self.server_url()?, self.project.clone()) else {
            return Err(Error::state(".gitreview does not tell the review server's address and project")
                .hint("write `host=` and `project=` below [gerrit]"));
        };
        let remote = match &self.use_push_url {
            Some(Sourced { value: true, origin }) => {
                "origin".parse().ok().map(|name| Sourced::new(name, origin.clone()))
            }
            _ => self.remote.clone(),
        };
        let kind = Some(Sourced::default(ReviewKind::Gerrit));
        let branch = self.branch.clone();
        let review = ReviewTable { kind, url: Some(url), project: Some(project), remote, branch, approve: None };
        Ok(ReviewConf { review, ..ReviewConf::default() })
    }

    /// Takes one value; `key` is as in the file.
    fn set(&mut self, key: &str, value: &str, origin: Origin) -> Result<()> {
        match key {
            "host" => self.host = Some(parse_with(key, value, origin, host)?),
            "port" => self.port = Some(parse_with(key, value, origin, port)?),
            "scheme" => self.scheme = Some(parse_with(key, value, origin, scheme)?),
            "project" => {
                // Exactly the ending: `splitext` would cut `a.b` too.
                let name = |text: &str| text.strip_suffix(".git").unwrap_or(text).parse();
                self.project = Some(parse_with(key, value, origin, name)?);
            }
            "defaultbranch" => self.branch = Some(parse_with(key, value, origin, target)?),
            "defaultremote" => self.remote = Some(parse_with(key, value, origin, str::parse)?),
            // A branch's upstream is its target in any case.
            "track" => {
                if !parse_with(key, value, origin.clone(), boolean)?.value {
                    let text = "`track` cannot be switched off: a branch's upstream is its target; `pyflow submit TARGET` names another";
                    self.warnings.push(Warning { origin, text: text.to_owned() });
                }
            }
            "usepushurl" => self.use_push_url = Some(parse_with(key, value, origin, boolean)?),
            "defaultrebase" => {
                let text = "`defaultrebase` has no meaning here: pyflow never rebases the work tree; it tells whether the change merges";
                self.warnings.push(Warning { origin, text: text.to_owned() });
            }
            _ => {
                let text = format!("`{key}` has no meaning any more; pyflow sends a topic only when it is given one");
                self.warnings.push(Warning { origin, text });
            }
        }
        Ok(())
    }
}

/// `gitreview.username`, which is worth knowing also where git-review's file is not used.
pub(crate) fn user_from_git_config(git: &GitConfig) -> Result<Option<Sourced<UserName>>> {
    let Some(entry) = git.get("gitreview.username").filter(|entry| !entry.text().is_empty()) else { return Ok(None) };
    parse_with("username", entry.text(), entry.origin(), str::parse).map(Some)
}

/// Reads a `.gitreview`. `path` is what messages call it.
pub fn parse(path: &str, bytes: &[u8]) -> Result<GitReview> {
    let text = decode(path, bytes)?;
    let mut conf = GitReview::default();
    let mut seen: Vec<(String, usize)> = Vec::new();
    let mut section: Option<&str> = None;
    // Indentation of the key above: a line that is indented further would continue its value.
    let mut indentation: Option<usize> = None;
    let mut sections: BTreeSet<&str> = BTreeSet::new();
    for (index, raw) in text.split('\n').enumerate() {
        let origin = Origin::File { path: path.to_owned(), line: index + 1 };
        let line = raw.strip_suffix('\r').unwrap_or(raw);
        // A carriage return, a form feed or an escape sequence hides text from whoever looks at the file.
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(origin.error("control characters are not allowed"));
        }
        let content = line.trim_matches([' ', '\t']);
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let indented = line.len() - line.trim_start_matches([' ', '\t']).len();
        if indentation.is_some_and(|above| indented > above) {
            return Err(origin
                .error("the line is indented, which would continue the value above it")
                .hint("start every key at the beginning of its line"));
        }
        if content.starts_with('[') {
            let name = section_name(content, &origin)?;
            if sections.contains(name) {
                return Err(origin.error(format_args!("section [{}] stands there twice", clean(name))));
            }
            if name != SECTION {
                let warning = unknown_section(name, origin)?;
                if sections.len() < MOST_SECTIONS_TOLD {
                    conf.warnings.push(warning);
                }
            }
            sections.insert(name);
            section = Some(name);
            indentation = None;
            continue;
        }
        let Some(name) = section else {
            return Err(origin
                .error("a section is missing above this line")
                .hint("write `[gerrit]` in the first line"));
        };
        indentation = Some(indented);
        if name != SECTION {
            continue;
        }
        let (key, value) = assignment(content, &origin)?;
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == key) {
            return Err(origin.error(format_args!("`{key}` stands in line {first} already")));
        }
        seen.push((key.clone(), index + 1));
        conf.set(&key, value, origin)?;
    }
    if !sections.contains(SECTION) {
        return Err(Origin::File { path: path.to_owned(), line: 1 }
            .error("section [gerrit] is missing")
            .hint("write `[gerrit]`, and below it `host=` and `project=`"));
    }
    Ok(conf)
}

fn section_name<'a>(line: &'a str, origin: &Origin) -> Result<&'a str> {
    let name = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.filter(|name| !name.contains(['[', ']'])).ok_or_else(|| {
        origin.error(format_args!("{} is not a section", quoted(line))).hint("write `[gerrit]`, and nothing behind it")
    })
}

/// Other tools may keep sections of their own in the file; what looks like ours is a typing error.
fn unknown_section(name: &str, origin: Origin) -> Result<Warning> {
    let meant = did_you_mean(name.trim(), [SECTION]);
    if name == "DEFAULT" || !meant.is_empty() {
        return Err(origin.error(format_args!("section {} is not understood{meant}", quoted(name))));
    }
    Ok(Warning { origin, text: format!("section {} is not understood; it is ignored", quoted(name)) })
}

fn assignment<'a>(line: &'a str, origin: &Origin) -> Result<(String, &'a str)> {
    let Some((key, value)) = line.split_once(['=', ':']) else {
        return Err(origin.error(format_args!("{} is not `key=value`", quoted(line))));
    };
    let key = key.trim_matches([' ', '\t']).to_lowercase();
    if !KEYS.contains(&key.as_str()) {
        let known = KEYS;
        let meant = did_you_mean(&key, known);
        let error = origin.error(format_args!("{} is not a key of [gerrit]{meant}", quoted(&key)));
        return Err(if meant.is_empty() { error.hint(format!("its keys are {}", KEYS.join(", "))) } else { error });
    }
    let value = value.trim_matches([' ', '\t']);
    if value.is_empty() {
        return Err(origin.error(format_args!("`{key}` has no value")).hint("write a value, or remove the line"));
    }
    Ok((key, value))
}

fn parse_with<T>(
    key: &str,
    value: &str,
    origin: Origin,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Sourced<T>> {
    match parse(value) {
        Ok(value) => Ok(Sourced::new(value, origin)),
        Err(reason) => {
            Err(hint_for(key, origin.error(format_args!("{key}: {} cannot be used: {reason}", quoted(value)))))
        }
    }
}

fn hint_for(key: &str, error: Error) -> Error {
    match key {
        "host" => error.hint("write the bare name, as in `host=review.example.org`"),
        "project" => error.hint("write the project's name on the server, as in `project=python/cpython`"),
        _ => error,
    }
}

/// Host names and addresses; the rest of the rules are those of [`ServerUrl`].
fn host(text: &str) -> Result<String, Malformed> {
    let (name, prefix) = text.split_once('/').unwrap_or((text, ""));
    if text.contains("://") {
        return Err(Malformed("the scheme belongs on a line of its own: `scheme=https`"));
    }
    if text.contains('@') {
        return Err(Malformed("a user name belongs in `git config gitreview.username`"));
    }
    let bracketed = name.starts_with('[') && name.ends_with(']');
    if name.contains(':') && !bracketed {
        return Err(Malformed("the port belongs on a line of its own: `port=29418`"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_' | '~');
    let address = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '[' | ']');
    let fine = if bracketed { name.chars().all(address) } else { name.chars().all(plain) };
    if name.is_empty() || name.starts_with('-') || !fine || !prefix.chars().all(plain) {
        return Err(Malformed("only letters, digits, `.` and `-` are allowed"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn port(text: &str) -> Result<u16, Malformed> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse().ok().filter(|port| digits && *port != 0);
    number.ok_or(Malformed("a port is a number from 1 to 65535"))
}

fn scheme(text: &str) -> Result<Scheme, Malformed> {
    match text.to_ascii_lowercase().as_str() {
        "ssh" => Ok(Scheme::Ssh),
        "https" => Ok(Scheme::Https),
        "http" => Ok(Scheme::Http),
        _ => Err(Malformed("`ssh` or `https` is wanted")),
    }
}

/// `configparser`'s words.
fn boolean(text: &str) -> Result<bool, Malformed> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" => Ok(true),
        "0" | "no" | "false" | "off" => Ok(false),
        _ => Err(Malformed("`true` or `false` is wanted")),
    }
}
