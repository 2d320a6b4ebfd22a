//! What towncrier's build makes of fragments: the text of a version, in towncrier's own layout for
//! reStructuredText and for Markdown, and the news file with it. Byte for byte the output of 26.9.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use regex::Regex;

use super::Towncrier;
use super::config::FragmentKind;
use crate::error::{Error, Kind, Result};
use crate::news::python::{Margins, fill, length, lines_with_ends, strip, strip_end, universal_newlines};
use crate::news::{NewFile, Place, Style as _};

/// A fragment's path, and its text.
pub type Fragment = (String, String);

/// What a version is called.
#[derive(Debug, Clone)]
pub struct Release<'a> {
    /// `1.2.0`
    pub version: &'a str,
    /// `2026-11-20`
    pub date: &'a str,
}

/// The entries of one type: text, and the issues that share it.
type Entries = Vec<(String, Vec<String>)>;

/// The news of one version.
struct Layout<'a> {
    style: &'a Towncrier,
    release: &'a Release<'a>,
    name: &'a str,
    /// For each section and type.
    entries: Vec<Vec<(&'a FragmentKind, Entries)>>,
}

/// The news file after this release. `before` is what it holds now.
pub fn release(
    style: &Towncrier,
    release: &Release<'_>,
    fragments: &[Fragment],
    before: Option<&str>,
) -> Result<NewFile> {
    let config = &style.config;
    if let Some(template) = &config.template {
        return Err(Error::state(format!("the project's news have a template of their own ({template})"))
            .hint(format!("that is towncrier's to run: `towncrier build --version {}`", release.version)));
    }
    let Some(name) = config.name.as_deref() else {
        return Err(Error::state("the project's name is in its package, which towncrier imports to ask for it")
            .hint("write `name = \"…\"` below [tool.towncrier]")
            .hint(format!("or let it do that: `towncrier build --version {}`", release.version)));
    };
    let layout = Layout { style, release, name, entries: grouped(style, fragments)? };
    let rendered = wrapped(style, &layout.render()?);
    let format =
        |text: &str| formatted(text, &[("name", name), ("version", release.version), ("project_date", release.date)]);
    let (title, content) = match &config.title_format {
        Some(Some(title)) => {
            let title = format(title)?;
            let line = config.underlines[0].repeat(length(&title));
            let content = if config.is_markdown() {
                [title.as_str(), rendered.as_str()].join("\n")
            } else {
                [title.as_str(), line.as_str(), rendered.as_str()].join("\n")
            };
            (title, content)
        }
        _ => (String::new(), rendered),
    };
    let path = if config.single_file { config.filename.clone() } else { format(&config.filename)? };
    let before = before.filter(|_| config.single_file).map(universal_newlines);
    let (head, old) = match before.as_deref() {
        None => (String::new(), ""),
        Some(text) => match text.split_once(&config.start_string) {
            Some((head, old)) => (
                format!("{}\n\n{}\n", strip_end(head), config.start_string),
                old.trim_start_matches(crate::news::python::is_space),
            ),
            None => (String::new(), text.trim_start_matches(crate::news::python::is_space)),
        },
    };
    if !title.is_empty() && old.contains(&title) {
        return Err(Error::new(Kind::No, format!("{path} has the news of {} already", release.version)));
    }
    let content =
        if old.is_empty() { format!("{head}{}\n", strip_end(&content)) } else { format!("{head}{content}{old}") };
    Ok(NewFile { path, content })
}

/// By section, in the order of the configuration; by type; texts with their issues, sorted.
fn grouped<'a>(style: &'a Towncrier, fragments: &[Fragment]) -> Result<Vec<Vec<(&'a FragmentKind, Entries)>>> {
    let config = &style.config;
    let mut found: Vec<BTreeMap<&str, Entries>> = config.sections.iter().map(|_| BTreeMap::new()).collect();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut sorted: Vec<&Fragment> =
        fragments.iter().filter(|(path, _)| style.place(path) == Place::Fragment).collect();
    sorted.sort();
    for (path, text) in sorted {
        let parsed = style.section_of(path).and_then(|(section, name)| Some((section, style.parse(name)?)));
        let Some((section, name)) = parsed else {
            if config.ignore.is_empty() {
                continue;
            }
            return Err(Error::new(Kind::No, format!("{path} is not a fragment's name"))
                .hint("if it is meant to be there, add it to `ignore` in towncrier's configuration"));
        };
        if let Some(other) = style.identity(path).and_then(|identity| seen.insert(identity, path)) {
            return Err(Error::new(Kind::No, format!("{other} and {path} stand for the same entry")));
        }
        if !name.issue.is_empty() && !config.issue_matches(&name.issue) {
            return Err(Error::new(
                Kind::No,
                format!("{path}: `{}` does not match {}", name.issue, config.issue_pattern),
            ));
        }
        let Some(kind) = config.kind(&name.kind) else { continue };
        let text = universal_newlines(text);
        let text = match (kind.show_content || name.issue.is_empty(), config.all_bullets) {
            (false, _) => String::new(),
            (true, true) => indented(strip(&text)),
            (true, false) => strip_end(&text).to_owned(),
        };
        let entries = found[section].entry(&kind.key).or_default();
        let at = entries.iter().position(|(known, _)| *known == text).unwrap_or_else(|| {
            entries.push((text, Vec::new()));
            entries.len() - 1
        });
        if !name.issue.is_empty() {
            entries[at].1.push(name.issue);
        }
    }
    let kinds = |mut of: BTreeMap<&str, Entries>| {
        let mut list = Vec::new();
        for kind in &config.kinds {
            let Some(mut entries) = of.remove(kind.key.as_str()) else { continue };
            for (_, issues) in &mut entries {
                issues.sort_by_key(|issue| issue_order(issue));
            }
            entries.sort_by_cached_key(|(text, issues)| {
                let text = if issues.is_empty() { text.clone() } else { String::new() };
                (text, issues.iter().map(|issue| issue_order(issue)).collect::<Vec<_>>())
            });
            if !config.all_bullets {
                entries.sort_by_key(|(text, _)| bullet_order(text));
            }
            list.push((kind, entries));
        }
        list
    };
    Ok(found.into_iter().map(kinds).collect())
}

/// Every line but the first moves in by two, except empty ones.
fn indented(text: &str) -> String {
    let line = |line: &str| if strip(line).is_empty() { line.to_owned() } else { format!("  {line}") };
    let text: String = lines_with_ends(text).into_iter().map(line).collect();
    text.chars().skip(2).collect()
}

/// Words first, then numbers with words around them, then plain numbers, each by its number.
fn issue_order(issue: &str) -> (bool, bool, String, i128) {
    let number = |digits: &str| digits.parse().unwrap_or(i128::MAX);
    let digit = |c: char| c.is_ascii_digit();
    if !issue.is_empty() && issue.chars().all(digit) {
        return (true, true, String::new(), number(issue));
    }
    let Some(from) = issue.find(digit) else { return (false, false, issue.to_owned(), -1) };
    let to = issue[from..].find(|c| !digit(c)).map_or(issue.len(), |end| from + end);
    (false, true, format!("{}{}", &issue[..from], &issue[to..]), number(&issue[from..to]))
}

fn bullet_order(text: &str) -> i8 {
    match text {
        "" => -1,
        text if text.starts_with("- ") => 0,
        text if text.starts_with("* ") => 1,
        text if text.starts_with("#. ") => 2,
        _ => 3,
    }
}

/// Python's `str.format` with these names, and nothing but names.
fn formatted(text: &str, values: &[(&str, &str)]) -> Result<String> {
    let unknown = || {
        Error::state(format!("the format `{text}` in towncrier's configuration holds more than names in braces"))
            .hint("that is towncrier's to read: `towncrier build`")
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let (name, after) = rest.split_once('}').filter(|_| brace == "{").ok_or_else(unknown)?;
        out.push_str(values.iter().find(|(known, _)| *known == name).ok_or_else(unknown)?.1);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// An issue's link must not become part of a block of code before it.
fn after_code(text: &str) -> String {
    let block = Regex::new(r"::\n\n(?:(?:  [ \t]+[^\n]*)?\n)*  [ \t]+[^\n]*\n?\z").expect("the pattern is well-formed");
    if block.is_match(text) { format!("{text}\n\n ") } else { text.to_owned() }
}

impl Layout<'_> {
    fn render(&self) -> Result<String> {
        if self.style.config.is_markdown() { self.markdown() } else { self.rst() }
    }

    fn issue(&self, issue: &str) -> Result<String> {
        match &self.style.config.issue_format {
            Some(format) => formatted(format, &[("issue", issue)]),
            None if issue.bytes().all(|b| b.is_ascii_digit()) => Ok(format!("#{issue}")),
            None => Ok(issue.to_owned()),
        }
    }

    fn issues<'i>(&self, issues: impl IntoIterator<Item = &'i String>) -> Result<Vec<String>> {
        issues.into_iter().map(|issue| self.issue(issue)).collect()
    }

    /// `NAME VERSION (DATE)`, without a name where there is none.
    fn title(&self) -> String {
        let Release { version, date } = self.release;
        if self.name.is_empty() { format!("{version} ({date})") } else { format!("{} {version} ({date})", self.name) }
    }

    fn rst(&self) -> Result<String> {
        let config = &self.style.config;
        let mut out = String::new();
        if config.title_format.is_none() {
            let title = self.title();
            let _ = write!(out, "{title}\n{}\n", config.underlines[0].repeat(length(&title)));
        }
        for (section, kinds) in config.sections.iter().zip(&self.entries) {
            let mut underline = &config.underlines[1];
            if !section.name.is_empty() {
                let _ = write!(out, "{}\n{}\n", section.name, underline.repeat(length(&section.name)));
                underline = &config.underlines[2];
            }
            out.push('\n');
            for (kind, entries) in kinds {
                let _ = write!(out, "{}\n{}\n\n", kind.name, underline.repeat(length(&kind.name)));
                for (text, issues) in entries {
                    let (text, issues) = (after_code(text), self.issues(issues)?.join(", "));
                    out.push_str("- ");
                    match (text.is_empty(), issues.is_empty()) {
                        (true, _) => out.push_str(&issues),
                        (false, true) => out.push_str(&text),
                        (false, false) => out.extend([&text, " (", &issues, ")"]),
                    }
                    out.push('\n');
                }
                out.push_str("\n\n");
            }
            if kinds.is_empty() {
                out.push_str("No significant changes.\n\n\n");
            }
        }
        // Jinja takes one newline off the end of a template, and there the loop's tag stands.
        Ok(out)
    }

    fn markdown(&self) -> Result<String> {
        let config = &self.style.config;
        let level = match &config.title_format {
            None => 1,
            Some(None) => 0,
            Some(Some(title)) => title
                .lines()
                .find_map(|line| {
                    let marks = line.len() - line.trim_start_matches('#').len();
                    let after = line[marks..].chars().next();
                    (marks > 0 && after.is_some_and(crate::news::python::is_space)).then_some(marks)
                })
                .unwrap_or(0),
        };
        let heading = |of: usize| "#".repeat((level + of).saturating_sub(1));
        let mut out = String::new();
        if config.title_format.is_none() {
            let _ = writeln!(out, "{} {}", heading(1), self.title());
        }
        out.push('\n');
        for (section, kinds) in config.sections.iter().zip(&self.entries) {
            if !section.name.is_empty() {
                let _ = write!(out, "\n{} {}\n\n", heading(2), section.name);
            }
            for (kind, entries) in kinds {
                let _ = write!(out, "{} {}\n\n", heading(if section.name.is_empty() { 2 } else { 3 }), kind.name);
                for (text, issues) in entries {
                    let text = after_code(text);
                    let issues: Vec<String> = self.issues(issues)?;
                    let short: Vec<&str> = issues.iter().map(|i| i.split(": ").next().unwrap_or(i)).collect();
                    let issues = short.join(", ");
                    let list = text.contains("\n  - ") || text.contains("\n  * ");
                    let _ = match (text.is_empty(), issues.is_empty(), list) {
                        (true, true, _) => Ok(()),
                        (true, false, _) => writeln!(out, "- {issues}"),
                        (false, true, _) => writeln!(out, "- {text}"),
                        (false, false, true) => write!(out, "- {text}\n\n  ({issues})\n"),
                        (false, false, false) => writeln!(out, "- {text} ({issues})"),
                    };
                }
                out.push('\n');
                let all: BTreeSet<&String> = entries.iter().flat_map(|(_, issues)| issues).collect();
                let mut all: Vec<&String> = all.into_iter().collect();
                all.sort_by_key(|issue| issue_order(issue));
                let links = self.issues(all)?;
                if links.first().is_some_and(|first| first.contains("]: ")) {
                    for link in links {
                        out.push_str(&link);
                        out.push('\n');
                    }
                    out.push('\n');
                }
            }
            if kinds.is_empty() {
                out.push_str("No significant changes.\n\n");
            }
        }
        out.push('\n');
        Ok(out)
    }
}

/// Each line by itself, where the project wants lines wrapped.
fn wrapped(style: &Towncrier, text: &str) -> String {
    let Some(width) = style.config.wrap else { return text.to_owned() };
    let lines = text.split('\n').map(|line| {
        let subsequent = match line {
            _ if style.config.all_bullets => "  ",
            line if line.starts_with("- ") || line.starts_with("* ") => "  ",
            line if line.starts_with("#. ") => "   ",
            _ => "",
        };
        fill(line, Margins { width, initial: "", subsequent }).text
    });
    lines.collect::<Vec<_>>().join("\n")
}
