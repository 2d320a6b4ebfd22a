//! `[cla]`: who keeps the contributor agreements of the project, and where one signs.

use std::fmt;
use std::str::FromStr;

use super::news::TreePath;
use super::sourced::{Origin, Sourced};
use super::values::Text;
use crate::cla::Login;
use crate::error::Result;
use crate::names::{Malformed, Scheme, ServerUrl};

/// The table, as a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClaTable {
    /// The system.
    pub kind: Option<Sourced<ClaKind>>,
    /// Its address.
    pub url: Option<Sourced<ServerUrl>>,
    /// The name of the commit status.
    pub context: Option<Sourced<Text>>,
    /// The list file.
    pub path: Option<Sourced<TreePath>>,
    /// The page where one signs.
    pub sign: Option<Sourced<ServerUrl>>,
}

/// The system that keeps the agreements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaKind {
    /// A Roundup tracker whose users have a flag for it, as on bugs.python.org.
    Roundup,
    /// The review server, where that is Gerrit.
    Gerrit,
    /// A commit status that a bot sets.
    Status,
    /// A file in the tree that lists who has signed.
    File,
    /// Nobody: the project asks for no agreement.
    None,
}

impl ClaKind {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roundup => "roundup",
            Self::Gerrit => "gerrit",
            Self::Status => "status",
            Self::File => "file",
            Self::None => "none",
        }
    }
}

impl fmt::Display for ClaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ClaKind {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let all = [Self::Roundup, Self::Gerrit, Self::Status, Self::File, Self::None];
        let known = all.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or(Malformed("`roundup`, `gerrit`, `status`, `file` or `none` is wanted"))
    }
}

/// Who is asked, with everything that is needed to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registry {
    /// Nobody has said.
    Unset,
    /// Nobody: no agreement is asked for.
    None,
    /// A Roundup tracker.
    Roundup(Sourced<ServerUrl>),
    /// The review server.
    Gerrit,
    /// The statuses of commits, below the repository's address in a forge's API.
    Status(Sourced<ServerUrl>, Text),
    /// A file in the target's tree.
    File(TreePath),
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaSettings {
    /// Who is asked.
    pub registry: Registry,
    /// Where that was said.
    pub origin: Origin,
    /// The page where one signs, for people to open.
    pub sign: Option<Sourced<ServerUrl>>,
    /// The person's own name on GitHub.
    pub login: Option<Sourced<Login>>,
}

impl ClaSettings {
    /// The server that is asked, beside the review server: what the pin holds.
    pub const fn server(&self) -> Option<&Sourced<ServerUrl>> {
        match &self.registry {
            Registry::Roundup(url) | Registry::Status(url, _) => Some(url),
            Registry::Unset | Registry::None | Registry::Gerrit | Registry::File(_) => None,
        }
    }

    /// Puts the values together; a kind that lacks what it needs is an error.
    pub(super) fn new(table: ClaTable, login: Option<Sourced<Login>>) -> Result<Self> {
        let ClaTable { kind, url, context, path, sign } = table;
        for page in url.iter().chain(&sign) {
            if page.value.scheme() == Scheme::Ssh {
                return Err(page.origin.error("[cla]: an ssh address cannot be asked; write the https one"));
            }
        }
        let Some(Sourced { value: kind, origin }) = kind else {
            let others = [
                url.map(|url| ("url", url.origin)),
                context.map(|context| ("context", context.origin)),
                path.map(|path| ("path", path.origin)),
                sign.map(|sign| ("sign", sign.origin)),
            ];
            return match others.into_iter().flatten().next() {
                None => Ok(Self { registry: Registry::Unset, origin: Origin::Default, sign: None, login }),
                Some((key, origin)) => Err(origin
                    .error(format_args!("cla.{key} is there, and cla.kind is not"))
                    .hint("write `kind = \"roundup\"` below [cla]; or gerrit, status, file, none")),
            };
        };
        let lacks = |key: &str, example: &str| {
            origin
                .error(format_args!("cla.kind is `{kind}`, and cla.{key} is missing"))
                .hint(format!("write `{key} = \"{example}\"` below [cla]"))
        };
        let registry = match kind {
            ClaKind::None => Registry::None,
            ClaKind::Roundup => Registry::Roundup(url.ok_or_else(|| lacks("url", "https://bugs.example.org"))?),
            ClaKind::Gerrit => match url {
                None => Registry::Gerrit,
                Some(url) => {
                    return Err(url
                        .origin
                        .error("cla.url: `gerrit` is the review server itself, and takes no address")
                        .hint("remove the line"));
                }
            },
            ClaKind::Status => Registry::Status(
                url.ok_or_else(|| lacks("url", "https://api.forge.example/repos/owner/name"))?,
                context.ok_or_else(|| lacks("context", "CLA Signing"))?.value,
            ),
            ClaKind::File => Registry::File(path.ok_or_else(|| lacks("path", "CONTRIBUTORS"))?.value),
        };
        Ok(Self { registry, origin, sign, login })
    }
}
