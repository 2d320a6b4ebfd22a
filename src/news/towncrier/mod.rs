//! towncrier's fragments: `ISSUE.TYPE[.COUNTER][.EXTENSION]`, as towncrier 26.9 reads, makes and
//! builds them, with the project's own configuration honoured.
//!
//! A template of the project's own is a program, which is towncrier's to run: such a project is told so.

pub mod config;
pub mod render;

#[cfg(test)]
mod tests;

use config::Config;

use super::{Draft, NewFile, Place, Problem, Rule, Style, StyleName, below, line_of_bad_utf8, within};
use crate::error::{Error, Kind, Result};

/// The style.
#[derive(Debug, Clone, PartialEq)]
pub struct Towncrier {
    /// The project's configuration.
    pub config: Config,
}

/// What a fragment's name says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Empty where the entry belongs to no issue.
    pub issue: String,
    /// The type.
    pub kind: String,
    /// Tells several entries of one issue and type apart.
    pub counter: u64,
}

/// Files that towncrier passes over, whatever the configuration says.
const ASIDE: [&str; 6] = [".gitignore", ".gitkeep", ".keep", "readme", "readme.md", "readme.rst"];

impl Towncrier {
    /// Reads a name as towncrier does: the type is searched from the end, everything before it is
    /// the issue.
    pub fn parse(&self, name: &str) -> Option<Name> {
        let parts: Vec<&str> = name.split('.').collect();
        let at = (1..parts.len()).rev().find(|at| self.config.kind(parts[*at]).is_some())?;
        let issue = parts[..at].join(".").trim().to_owned();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let issue = if digits(&issue) {
            let short = issue.trim_start_matches('0');
            if short.is_empty() { "0".to_owned() } else { short.to_owned() }
        } else {
            issue
        };
        let counter = parts.get(at + 1).filter(|part| digits(part)).and_then(|part| part.parse().ok()).unwrap_or(0);
        let orphan = !self.config.orphan_prefix.is_empty() && issue.starts_with(&self.config.orphan_prefix);
        Some(Name { issue: if orphan { String::new() } else { issue }, kind: parts[at].to_owned(), counter })
    }

    /// Index of the section whose folder this path lies in, and the name of the file.
    pub fn section_of<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let at = self.config.sections.iter().position(|section| section.folder == folder)?;
        Some((at, name))
    }

    fn is_aside(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        ASIDE.contains(&name.as_str()) || self.config.ignore.iter().any(|pattern| config::fnmatch(pattern, &name))
    }

    /// The section of an entry for which nobody named one: the first without a folder of its own.
    fn default_section(&self) -> usize {
        self.config.sections.iter().position(|section| section.path.is_empty()).unwrap_or(0)
    }
}

impl Style for Towncrier {
    fn name(&self) -> StyleName {
        StyleName::Towncrier
    }

    fn directory(&self) -> &str {
        &self.config.directory
    }

    fn place(&self, path: &str) -> Place {
        if path == self.config.filename {
            return Place::Release;
        }
        match self.section_of(path) {
            Some((_, name)) if self.is_aside(name) => Place::Aside,
            Some(_) => Place::Fragment,
            None if !self.config.directory.is_empty() && below(path, &self.config.directory).is_some() => Place::Aside,
            None => Place::Elsewhere,
        }
    }

    fn examine(&self, path: &str, content: &[u8]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some((_, name)) = self.section_of(path) else {
            return vec![Problem::of(Rule::Directory, "no section of this project has its fragments here")];
        };
        match self.parse(name) {
            None => problems.push(Problem::of(
                Rule::Name,
                format!("the name holds none of the types {}; ISSUE.TYPE is wanted", self.choices().join(", ")),
            )),
            Some(parsed) => {
                if parsed.issue.is_empty() && !name.starts_with(&self.config.orphan_prefix) {
                    problems.push(Problem::of(Rule::Issue, "the name names no issue"));
                }
                if !parsed.issue.is_empty() && !self.config.issue_matches(&parsed.issue) {
                    let pattern = &self.config.issue_pattern;
                    let text = format!("`{}` does not match the project's pattern for issues, {pattern}", parsed.issue);
                    problems.push(Problem::of(Rule::Issue, text));
                }
                let shown = self.config.kind(&parsed.kind).is_some_and(|kind| kind.show_content);
                if content.iter().all(u8::is_ascii_whitespace) && (shown || parsed.issue.is_empty()) {
                    problems.push(Problem::of(Rule::Empty, "the entry has no text"));
                }
            }
        }
        if let Some(line) = line_of_bad_utf8(content) {
            problems.push(Problem::at(Rule::Encoding, line, "this is not UTF-8"));
        }
        problems
    }

    fn issue(&self, path: &str) -> Option<String> {
        let (_, name) = self.section_of(path)?;
        self.parse(name)
            .map(|name| name.issue)
            .filter(|issue| issue.bytes().all(|b| b.is_ascii_digit()) && !issue.is_empty())
    }

    fn counts(&self, path: &str) -> bool {
        let kind = self.section_of(path).and_then(|(_, name)| self.parse(name));
        kind.and_then(|name| self.config.kind(&name.kind)).is_some_and(|kind| kind.check)
    }

    fn identity(&self, path: &str) -> Option<String> {
        let (section, name) = self.section_of(path)?;
        let name = self.parse(name).filter(|name| !name.issue.is_empty())?;
        Some(format!("{section}/{}.{}.{}", name.issue, name.kind, name.counter))
    }

    fn one_entry_for_a_text(&self) -> bool {
        false
    }

    fn compose(&self, draft: &Draft, taken: &dyn Fn(&str) -> bool) -> Result<NewFile> {
        let kind = draft.kind.as_deref().unwrap_or_default();
        if self.config.kind(kind).is_none() {
            return Err(Error::usage(format!("`{kind}` is not a type of this project: {}", self.choices().join(", ")))
                .hint("`--type` takes one of them"));
        }
        let section = match &draft.section {
            None => &self.config.sections[self.default_section()],
            Some(wanted) => self.config.sections.iter().find(|section| section.name == *wanted).ok_or_else(|| {
                let known: Vec<&str> = self.config.sections.iter().map(|section| section.name.as_str()).collect();
                Error::usage(format!("`{wanted}` is not a section of this project: {}", known.join(", ")))
            })?,
        };
        let orphan = !self.config.orphan_prefix.is_empty() && draft.issue == self.config.orphan_prefix;
        let issue = if orphan { format!("{}{}", draft.issue, hex::encode(draft.random)) } else { draft.issue.clone() };
        let plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | '.');
        if issue.is_empty() || issue.starts_with('-') || !issue.chars().all(plain) || issue.trim() != issue {
            return Err(Error::usage(format!("`{issue}` cannot be the issue in a fragment's name"))
                .hint("a number, or a word without dots and slashes"));
        }
        if !orphan && !self.config.issue_matches(&issue) {
            return Err(Error::usage(format!(
                "`{issue}` does not match the project's pattern for issues, {}",
                self.config.issue_pattern
            )));
        }
        let extension = self.config.extension();
        let name = |counter: u64| {
            let counter = if counter == 0 { String::new() } else { format!(".{counter}") };
            within(&section.folder, &format!("{issue}.{kind}{counter}{extension}"))
        };
        let path = (0..10_000).map(name).find(|path| !taken(path));
        let path = path.ok_or_else(|| Error::state(format!("there are too many fragments for issue {issue}")))?;
        let mut content = draft.text.clone();
        if content.trim().is_empty() {
            return Err(Error::new(Kind::No, "the entry has no text").hint("`-m TEXT` gives it"));
        }
        if self.config.create_eof_newline && !content.ends_with('\n') {
            content.push('\n');
        }
        Ok(NewFile { path, content })
    }

    fn choices(&self) -> Vec<String> {
        self.config.kinds.iter().map(|kind| kind.key.clone()).collect()
    }
}
