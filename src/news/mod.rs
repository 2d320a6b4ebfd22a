//! News fragments: one file for each entry, so that no two changes meet in one file. Pure: paths
//! and bytes come in, paths, bytes and findings go out; no terminal, no network, no git.
//!
//! In reading order: [`Style`] is what a kind of fragments must be able to do, [`blurb`] and
//! [`towncrier`] do it, [`check`] decides whether a change has the fragment that it needs,
//! [`issue`] finds the issue that a branch or a subject names, [`rehome`] carries a fragment to
//! another branch. `python` holds Python's rules for text, which the bytes depend on.

pub mod blurb;
pub mod check;
pub mod issue;
mod python;
pub mod rehome;
pub mod towncrier;

use serde::Serialize;

use crate::error::Result;

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// No fragment where one is needed.
    Missing,
    /// The file's name.
    Name,
    /// The folder that it lies in.
    Directory,
    /// The section that it says it belongs to.
    Section,
    /// Metadata that are not understood, stand there twice, or do not belong together.
    Metadata,
    /// The issue: not a number, too low, or another one than the change's.
    Issue,
    /// No text.
    Empty,
    /// Text that begins as it must not, or holds control characters.
    Body,
    /// More than one entry in a file.
    Entries,
    /// The same entry once more.
    Duplicate,
    /// Not UTF-8, or with a byte order mark.
    Encoding,
    /// Not a plain file.
    Kind,
}

impl Rule {
    /// Its name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Name => "name",
            Self::Directory => "directory",
            Self::Section => "section",
            Self::Metadata => "metadata",
            Self::Issue => "issue",
            Self::Empty => "empty",
            Self::Body => "body",
            Self::Entries => "entries",
            Self::Duplicate => "duplicate",
            Self::Encoding => "encoding",
            Self::Kind => "kind",
        }
    }
}

/// What is wrong with one fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing.
    pub rule: Rule,
    /// The line in the file, from 1; `None` where it is about the file as a whole, or its name.
    pub line: Option<usize>,
    /// In words.
    pub text: String,
}

impl Problem {
    /// About a line.
    pub fn at(rule: Rule, line: usize, text: impl Into<String>) -> Self {
        Self { rule, line: Some(line), text: text.into() }
    }

    /// About the file or its name.
    pub fn of(rule: Rule, text: impl Into<String>) -> Self {
        Self { rule, line: None, text: text.into() }
    }
}

/// What a path of the tree is to a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Not in the folder of the news.
    Elsewhere,
    /// There, and no fragment: a README, a `.gitkeep`.
    Aside,
    /// A fragment, or what means to be one.
    Fragment,
    /// The news of a release: who changes it is releasing.
    Release,
}

/// What a new entry is to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The issue: `12345`; for towncrier any name, or `+` for none.
    pub issue: String,
    /// blurb's section; towncrier's, of which most projects have one without a name.
    pub section: Option<String>,
    /// towncrier's type.
    pub kind: Option<String>,
    /// A CVE.
    pub cve: Option<String>,
    /// The text, as the person wrote it.
    pub text: String,
    /// Local time, `2026-11-20-12-00-00`.
    pub date: String,
    /// Four random bytes, for names that need some.
    pub random: [u8; 4],
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// From the top of the tree, with `/`.
    pub path: String,
    /// Its bytes.
    pub content: String,
}

/// A kind of fragments.
pub trait Style {
    /// Its name in `.reviewconf`.
    fn name(&self) -> StyleName;

    /// The folder of the news, from the top of the tree, without `/` at its end.
    fn directory(&self) -> &str;

    /// What a path is.
    fn place(&self, path: &str) -> Place;

    /// What is wrong with a fragment of this path and content.
    fn examine(&self, path: &str, content: &[u8]) -> Vec<Problem>;

    /// The issue that a fragment names; `None` where it names none, or is not well-formed.
    fn issue(&self, path: &str) -> Option<String>;

    /// Whether a fragment is of a kind that fulfils the need for one.
    fn counts(&self, path: &str) -> bool;

    /// What no two fragments may share; `None` where names cannot clash.
    fn identity(&self, path: &str) -> Option<String>;

    /// Whether two fragments with the same text are a mistake.
    fn one_entry_for_a_text(&self) -> bool;

    /// The file for a new entry. `taken` tells which paths exist.
    fn compose(&self, draft: &Draft, taken: &dyn Fn(&str) -> bool) -> Result<NewFile>;

    /// What an entry can be filed under: sections, or types.
    fn choices(&self) -> Vec<String>;
}

/// The styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleName {
    /// CPython's.
    Blurb,
    /// towncrier's.
    Towncrier,
}

impl StyleName {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blurb => "blurb",
            Self::Towncrier => "towncrier",
        }
    }
}

impl std::fmt::Display for StyleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for StyleName {
    type Err = crate::names::Malformed;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "blurb" => Ok(Self::Blurb),
            "towncrier" => Ok(Self::Towncrier),
            _ => Err(crate::names::Malformed("the styles that this pyflow understands are `blurb` and `towncrier`")),
        }
    }
}

/// The line in which bytes stop being UTF-8; `None` where they do not.
fn line_of_bad_utf8(bytes: &[u8]) -> Option<usize> {
    let good = std::str::from_utf8(bytes).err()?.valid_up_to();
    Some(bytes[..good].split(|b| *b == b'\n').count())
}

/// Refuses what a terminal, or whatever prints the news, would act on instead of showing it.
pub fn no_control_characters(text: &str) -> std::result::Result<(), Problem> {
    let stays = |c: char| matches!(c, '\n' | '\r' | '\t');
    let Some((at, found)) = text.char_indices().find(|(_, c)| c.is_control() && !stays(*c)) else { return Ok(()) };
    let line = text[..at].split('\n').count();
    Err(Problem::at(Rule::Body, line, format!("it holds a control character, U+{:04X}", u32::from(found))))
}

/// A path below a folder, without the folder.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// A path in a folder.
fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
