//! Whose agreement a change needs, and by which names a registry may know them. Pure.
//!
//! Gerrit asks the account that uploads ("User's Guide", "Contributor Agreements"). Trackers and
//! the bots behind commit statuses go by the addresses in commits: authors and committers. Who is
//! named in a `Co-authored-by` line is asked about, too, and never stops anything, since no bot in
//! use looks there.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::checkout::mailmap::Mailmap;
use crate::checkout::object::{Commit, Signature};
use crate::names::{CommitId, Malformed, is_invisible};

/// Who counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The account that uploads.
    Uploader,
    /// Authors and committers.
    Authors,
}

/// What somebody has to do with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Wrote a commit.
    Author,
    /// Committed it.
    Committer,
    /// Uploads it.
    Uploader,
    /// Is named in a `Co-authored-by` line.
    CoAuthor,
    /// Is who git's `user.email` says commits are made by here.
    Here,
    /// Was named on the command line.
    Named,
}

impl Part {
    /// Whether a missing signature stops the change.
    pub const fn counts(self) -> bool {
        match self {
            Self::Author | Self::Committer | Self::Uploader | Self::Named => true,
            Self::CoAuthor | Self::Here => false,
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Committer => "committer",
            Self::Uploader => "uploader",
            Self::CoAuthor => "co-author",
            Self::Here => "user.email",
            Self::Named => "named",
        }
    }
}

/// A name by which a registry may know somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// An address.
    Email(String),
    /// A name on GitHub.
    Login(Login),
}

impl Handle {
    /// Whether it is this address.
    pub fn is_email(&self, address: &str) -> bool {
        matches!(self, Self::Email(email) if same_address(email, address))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => f.write_str(email),
            Self::Login(login) => write!(f, "@{login}"),
        }
    }
}

/// A name on GitHub: letters, digits and single hyphens inside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Login(String);

impl Login {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the same name; GitHub keeps case and does not look at it.
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Login {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        // Older names end in a hyphen, and names of managed users hold `_`.
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text.is_empty() || text.len() > 64 || text.starts_with('-') || !text.chars().all(fine) {
            return Err(Malformed("a name on GitHub has letters, digits and `-`"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Somebody whose agreement is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As the commits have it.
    pub name: String,
    /// As the commits have it; empty where somebody was named by login.
    pub email: String,
    /// What the registry is asked by, the best first.
    pub handles: Vec<Handle>,
    /// What they have to do with the change.
    pub parts: BTreeSet<Part>,
    /// The commits that name them, oldest first.
    pub commits: Vec<CommitId>,
}

impl Person {
    /// Whether a missing signature stops the change.
    pub fn counts(&self) -> bool {
        self.parts.iter().any(|part| part.counts())
    }

    /// `Name <address>`, as far as it is known.
    pub fn display(&self) -> String {
        match (self.name.is_empty(), self.email.is_empty()) {
            (false, false) => format!("{} <{}>", self.name, self.email),
            (false, true) => self.name.clone(),
            (true, false) => self.email.clone(),
            (true, true) => "somebody without name and address".to_owned(),
        }
    }
}

/// Whether two addresses are one. The part before the `@` may be case-sensitive (RFC 5321, 2.4);
/// no registry in use, and no mail provider of note, treats it so.
pub fn same_address(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// What is behind the addresses in commits, as far as the project and the person have said it.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Git's `user.name` and `user.email`.
    pub here: Option<(String, String)>,
    /// Their name on GitHub.
    pub login: Option<Login>,
    /// The project's `.mailmap` as it is on the target: what a change adds to it is not believed.
    pub mailmap: Option<&'a Mailmap>,
}

/// GitHub's committer of what is made on its pages; nobody's address.
const WEB_FLOW: &str = "noreply@github.com";
/// Where GitHub gives everybody an address that reaches nobody.
const NOREPLY: &str = "@users.noreply.github.com";

/// The name in `ID+LOGIN@users.noreply.github.com`, or in the older form without the number.
pub fn noreply_login(email: &str) -> Option<Login> {
    let at = email.len().checked_sub(NOREPLY.len())?;
    let (local, domain) = email.split_at_checked(at)?;
    if !domain.eq_ignore_ascii_case(NOREPLY) {
        return None;
    }
    let login = match local.split_once('+') {
        Some((id, login)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => login,
        Some(_) => return None,
        None => local,
    };
    login.parse().ok()
}

/// The address without `+tag`; `None` where there is none to take off.
pub fn without_tag(email: &str) -> Option<String> {
    let (local, domain) = email.rsplit_once('@')?;
    let (bare, _) = local.split_once('+')?;
    (!bare.is_empty() && noreply_login(email).is_none()).then(|| format!("{bare}@{domain}"))
}

/// The names by which to ask about an address.
pub fn handles(name: &str, email: &str, known: &Known<'_>) -> Vec<Handle> {
    let mut handles: Vec<Handle> = Vec::new();
    let mut add = |handle: Handle| {
        if !handles.contains(&handle) {
            handles.push(handle);
        }
    };
    let mapped = known.mailmap.and_then(|map| map.address(name, email));
    for address in std::iter::once(email.to_owned()).chain(mapped) {
        if address.is_empty() {
            continue;
        }
        add(Handle::Email(address.clone()));
        if let Some(login) = noreply_login(&address) {
            add(Handle::Login(login));
        }
        if let Some(bare) = without_tag(&address) {
            add(Handle::Email(bare));
        }
    }
    let is_here = known.here.as_ref().is_some_and(|(_, here)| same_address(here, email));
    if let Some(login) = known.login.clone().filter(|_| is_here) {
        add(Handle::Login(login));
    }
    handles
}

/// The people behind these commits, oldest commit first; each address once.
pub fn of_commits(commits: &[Commit], known: &Known<'_>) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for commit in commits {
        let mut add = |signature: &Signature, part: Part| add(&mut people, signature, part, Some(&commit.id), known);
        add(&commit.author, Part::Author);
        if !same_address(&commit.committer.email, WEB_FLOW) {
            add(&commit.committer, Part::Committer);
        }
        for co_author in co_authors(&commit.message) {
            add(&co_author, Part::CoAuthor);
        }
    }
    people
}

/// Adds who would commit here, if that is somebody else.
pub fn and_here(people: &mut Vec<Person>, known: &Known<'_>) {
    if let Some((name, email)) = &known.here {
        let here = Signature { name: name.clone(), email: email.clone(), when: String::new() };
        add(people, &here, Part::Here, None, known);
    }
}

fn add(people: &mut Vec<Person>, who: &Signature, part: Part, commit: Option<&CommitId>, known: &Known<'_>) {
    let at = people.iter().position(|person| same_address(&person.email, &who.email)).unwrap_or_else(|| {
        let handles = handles(&who.name, &who.email, known);
        let (name, email) = (who.name.clone(), who.email.clone());
        people.push(Person { name, email, handles, parts: BTreeSet::new(), commits: Vec::new() });
        people.len() - 1
    });
    let person = &mut people[at];
    person.parts.insert(part);
    if let Some(commit) = commit.filter(|commit| person.commits.last() != Some(commit)) {
        person.commits.push(commit.clone());
    }
}

/// Who is named in `Co-authored-by` lines of the last paragraph, where git and the forges read
/// trailers (git-interpret-trailers(1)).
pub fn co_authors(message: &[u8]) -> Vec<Signature> {
    let text = String::from_utf8_lossy(message);
    let text = text.trim_end().replace("\r\n", "\n");
    let Some((_, last)) = text.rsplit_once("\n\n") else { return Vec::new() };
    let co_author = |line: &str| {
        let (key, value) = line.split_once(':')?;
        if !key.trim_end().eq_ignore_ascii_case("co-authored-by") {
            return None;
        }
        let (name, rest) = value.split_once('<')?;
        let email = rest.split_once('>')?.0.trim();
        let email = (!email.is_empty() && !email.contains('<')).then(|| email.to_owned())?;
        Some(Signature { name: name.trim().to_owned(), email, when: String::new() })
    };
    last.lines().filter_map(co_author).collect()
}

/// Somebody who was named on the command line: an address, `Name <address>` or `@login`.
pub fn named(text: &str, known: &Known<'_>) -> Result<Person, Malformed> {
    let wanted = Malformed("an address is wanted, or a name on GitHub: `alice@example.org`, `@alice`");
    if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Malformed("control and invisible characters are not allowed"));
    }
    let (name, email, handles) = if let Some(login) = text.strip_prefix('@') {
        (text.to_owned(), String::new(), vec![Handle::Login(login.parse()?)])
    } else {
        let (name, email) = name_and_address(text).ok_or(wanted)?;
        let handles = handles(&name, &email, known);
        (name, email, handles)
    };
    Ok(Person { name, email, handles, parts: BTreeSet::from([Part::Named]), commits: Vec::new() })
}

/// `Name <address>`, or an address alone.
pub fn name_and_address(text: &str) -> Option<(String, String)> {
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix('>')?.trim()),
        None => ("", text.trim()),
    };
    let (local, domain) = email.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | ',');
    let sound = !local.is_empty() && !domain.is_empty() && email.len() <= 254 && email.chars().all(plain);
    sound.then(|| (name.to_owned(), email.to_owned()))
}
