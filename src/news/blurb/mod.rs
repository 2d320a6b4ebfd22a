//! blurb's fragments, as CPython has them.
//!
//! blurb itself works in CPython's tree only, and knows one folder; here the tree is anybody's and
//! the folder is configured. In CPython's, everything that blurb would refuse to read is refused;
//! elsewhere issues may have low numbers and versions any number in front.

pub mod name;
pub mod news;
pub mod sections;
pub mod text;

#[cfg(test)]
mod tests;

use news::{NEXT, Printed, Version};
use text::{Entry, Metadata, Rules};

use super::python::{strip_end, universal_newlines};
use super::{Draft, NewFile, Place, Problem, Rule, Style, StyleName, below, within};
use crate::error::{Error, Kind, Result};

/// blurb's own folder.
pub const DIRECTORY: &str = "Misc/NEWS.d";

/// A file that blurb knows CPython's tree by (`_blurb.py`, `find_repo_root`): whoever has it has
/// CPython's issues and versions.
pub const CPYTHONS: &str = "Include/Python.h";

/// What the names of its files end with, in lower case.
const ENDING: &str = ".rst";

/// The style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blurb {
    directory: String,
    /// The folder of the fragments.
    next: String,
    project: Project,
}

/// Whose news they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Project {
    /// CPython's: blurb reads them, too.
    CPython,
    /// Somebody else's, in blurb's form.
    Other,
}

/// One file of the news folder, read by [`Blurb::source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// From the top of the tree.
    path: String,
    /// A fragment has one; what is no news has none.
    entries: Result<Vec<Entry>, Problem>,
    /// The same as `merge` prints them.
    printed: Vec<String>,
}

impl SourceFile {
    fn entries(&self) -> Result<impl Iterator<Item = Printed<'_>>> {
        let entries = self.entries.as_ref().map_err(|problem| refused(&self.path, problem))?;
        Ok(entries.iter().zip(self.printed.iter().map(String::as_str)))
    }
}

impl Default for Blurb {
    fn default() -> Self {
        Self::new(DIRECTORY, Project::CPython)
    }
}

impl Blurb {
    /// The style, with its news in this folder.
    pub fn new(directory: &str, project: Project) -> Self {
        let directory = directory.trim_end_matches('/');
        Self { directory: directory.to_owned(), next: within(directory, NEXT), project }
    }

    /// Whether blurb itself reads this folder.
    fn is_blurbs_own(&self) -> bool {
        self.directory == DIRECTORY && self.project == Project::CPython
    }

    /// How numbers are read here.
    pub fn rules(&self) -> Rules {
        Rules { lowest_issue: if self.is_blurbs_own() { text::LOWEST_ISSUE } else { 1 } }
    }

    /// The folder of the fragments.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// The file of a release.
    pub fn version_file(&self, version: &str) -> String {
        within(&self.directory, &format!("{version}.rst"))
    }

    /// The file that `merge` writes where none is named: `Misc/NEWS` for `Misc/NEWS.d`.
    pub fn news_file(&self) -> Option<&str> {
        self.directory.strip_suffix(".d").filter(|rest| !rest.is_empty() && !rest.ends_with('/'))
    }

    /// The version whose file this is: `3.15.0a1` for `Misc/NEWS.d/3.15.0a1.rst`.
    pub fn version_of<'p>(&self, path: &'p str) -> Option<&'p str> {
        let name = below(path, &self.directory).filter(|name| !name.contains('/'))?;
        let version = name.strip_suffix(ENDING)?.split(ENDING).next()?;
        let known = if self.is_blurbs_own() {
            name.starts_with("2.") || name.starts_with("3.")
        } else {
            name.starts_with(|c: char| c.is_ascii_digit())
        };
        known.then_some(version)
    }

    /// Folder and name of what lies where fragments do, whatever it is called.
    fn fragment_parts<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        let rest = below(path, &self.next)?;
        Some(rest.rsplit_once('/').unwrap_or(("", rest)))
    }

    /// Whether blurb's `merge` reads this path: hidden files, READMEs and unknown folders it does not.
    fn is_merged(&self, path: &str) -> bool {
        self.fragment_parts(path).is_some_and(|(folder, name)| {
            sections::of_folder(folder).is_some()
                && name.ends_with(ENDING)
                && !name.starts_with('.')
                && name != "README.rst"
        })
    }

    /// Reads a file of the news folder. What is wrong with it is told once it is needed.
    pub fn source(&self, path: String, content: &[u8]) -> SourceFile {
        let entries = match self.fragment_parts(&path).filter(|_| self.is_merged(&path)) {
            Some((folder, name)) => name::lenient(folder, name)
                .and_then(|preset| text::parse(content, preset, self.rules()))
                .and_then(|entries| if entries.len() == 1 { Ok(entries) } else { Err(too_many()) }),
            None if self.version_of(&path).is_some() => text::parse(content, Metadata::new(), self.rules()),
            None => Ok(Vec::new()),
        };
        let printed = entries.iter().flatten().map(news::item).collect();
        SourceFile { path, entries, printed }
    }

    /// The entries of the fragments among these files, in the order in which they are printed: by
    /// section, and by name within one, the newest first.
    fn unreleased<'f>(&self, files: &'f [SourceFile]) -> Result<Vec<Printed<'f>>> {
        let mut found: Vec<(usize, &str, &SourceFile)> = Vec::new();
        for file in files.iter().filter(|file| self.is_merged(&file.path)) {
            let (folder, name) = self.fragment_parts(&file.path).unwrap_or_default();
            let section = sections::of_folder(folder);
            let rank = sections::SECTIONS.iter().position(|known| Some(*known) == section).unwrap_or_default();
            found.push((rank, name, file));
        }
        // Where a branch has the old folder too, its file of the same name comes second.
        found.sort_by(|(rank, name, file), (other_rank, other_name, other)| {
            rank.cmp(other_rank).then(other_name.cmp(name)).then(other.path.cmp(&file.path))
        });
        let entries = found.into_iter().map(|(_, _, file)| file.entries()).collect::<Result<Vec<_>>>()?;
        Ok(entries.into_iter().flatten().collect())
    }

    /// Everything as one file. `files` is what lies below the news folder.
    pub fn merge(&self, files: &[SourceFile]) -> Result<String> {
        let mut versions = vec![Version { name: NEXT, entries: self.unreleased(files)? }];
        for file in files {
            let Some(name) = self.version_of(&file.path) else { continue };
            let entries: Vec<Printed<'_>> = file.entries()?.collect();
            if entries.first().is_some_and(|(entry, _)| entry.get("release date").is_none()) {
                let problem = Problem::at(Rule::Metadata, 1, "its first entry has no `release date`");
                return Err(refused(&file.path, &problem));
            }
            versions.push(Version { name, entries });
        }
        versions.sort_by_cached_key(|version| std::cmp::Reverse(news::order(version.name)));
        Ok(news::merge(&versions))
    }

    /// The file of a release. What is written can be read again as the same entries, or nothing is.
    pub fn release(&self, version: &str, date: &str, files: &[SourceFile]) -> Result<NewFile> {
        let path = self.version_file(version);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if self.version_of(&path).is_none() || !version.chars().all(plain) {
            return Err(Error::usage(format!("`{version}` is not a version that could be released here"))
                .hint("`pyflow news release 3.15.0a1`"));
        }
        let mut entries: Vec<Entry> = self.unreleased(files)?.into_iter().map(|(entry, _)| entry.clone()).collect();
        let content = news::release(version, date, entries.clone());
        if let Some(first) = entries.first_mut() {
            first.metadata.insert("release date".to_owned(), date.to_owned());
            if text::parse(content.as_bytes(), Metadata::new(), self.rules()).as_ref() != Ok(&entries) {
                return Err(Error::new(Kind::No, format!("{path} would not hold the entries as they are: one of them has a line that means something else there"))
                    .hint("a line of a fragment that consists of `..` ends the entry; `pyflow news check --all` finds others"));
            }
        }
        Ok(NewFile { path, content })
    }

    /// The paths that a release takes away.
    pub fn released<'f>(&self, files: &'f [SourceFile]) -> Vec<&'f str> {
        files.iter().map(|file| file.path.as_str()).filter(|path| self.is_merged(path)).collect()
    }

    /// What the editor shows for a new entry.
    pub fn template(issue: &str, section: Option<&str>, cve: Option<&str>) -> String {
        let mut out = String::from("# The issue that this change is about, by its number.\n");
        out.extend([".. gh-issue: ", issue, "\n\n# The section: remove the `#` in front of one.\n"]);
        for known in sections::SECTIONS {
            let mark = if Some(known) == section { "" } else { "#" };
            out.extend([mark, ".. section: ", known, "\n"]);
        }
        out.push_str("\n# For the section Security: the CVE, where there is one.\n");
        match cve {
            Some(cve) => out.extend([".. cve: ", cve, "\n"]),
            None => out.push_str("#.. cve:\n"),
        }
        out.push_str("\n# Below, the entry: reStructuredText, without the issue's number in front.\n\n");
        out
    }

    /// Reads what came back from the editor.
    pub fn from_template(&self, content: &[u8], date: &str) -> Result<Draft, Problem> {
        let mut entries = text::parse(content, Metadata::new(), self.rules())?;
        let entry = entries.pop().filter(|_| entries.is_empty()).ok_or_else(too_many)?;
        let get = |name: &str| entry.get(name).map(str::to_owned);
        let nonzero = |number: &String| !number.bytes().all(|b| b == b'0');
        let issue = get("gh-issue").filter(nonzero).or_else(|| get("bpo").filter(nonzero).map(|n| format!("bpo-{n}")));
        let issue = issue.ok_or_else(|| Problem::of(Rule::Issue, "no issue is named"))?;
        Ok(Draft {
            issue,
            section: get("section"),
            cve: get("cve"),
            text: entry.body,
            date: date.to_owned(),
            ..Draft::default()
        })
    }
}

fn not_body() -> Problem {
    Problem::of(Rule::Body, "its first line would be read as a comment or as metadata (it begins with `#` or `..`)")
}

fn too_many() -> Problem {
    Problem::of(Rule::Entries, "there is more than one entry in this file: a line that consists of `..` ends an entry")
}

/// An error about a file of the tree.
fn refused(path: &str, problem: &Problem) -> Error {
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    Error::new(Kind::No, format!("{path}{line}: {}", problem.text))
        .hint("`pyflow news check --all` lists everything that is wrong")
}

impl Style for Blurb {
    fn name(&self) -> StyleName {
        StyleName::Blurb
    }

    fn directory(&self) -> &str {
        &self.directory
    }

    fn place(&self, path: &str) -> Place {
        let Some(rest) = below(path, &self.directory) else { return Place::Elsewhere };
        match self.fragment_parts(path) {
            Some((_, name)) if name == "README.rst" || name.starts_with(".git") => Place::Aside,
            Some(_) => Place::Fragment,
            None if self.version_of(path).is_some() => Place::Release,
            // `Misc/NEWS.d/Library/x.rst`: a fragment in the wrong place is lost without a word.
            None if rest.contains(".gh-issue-") || rest.contains(".bpo-") => Place::Fragment,
            None => Place::Aside,
        }
    }

    fn examine(&self, path: &str, content: &[u8]) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some((folder, name)) = self.fragment_parts(path) else {
            return vec![Problem::of(Rule::Directory, format!("a fragment belongs below {}/", self.next()))];
        };
        let named = name::strict(folder, name).map_err(|problem| problems.push(problem)).ok();
        if content.starts_with(b"\xef\xbb\xbf") {
            problems.push(Problem::at(
                Rule::Encoding,
                1,
                "a byte order mark stands at the beginning; it would be printed",
            ));
        }
        // A bad name must not hide a bad body: the name's part is made up for the reading.
        let preset = named.unwrap_or_else(|| {
            let section = sections::of_folder(folder).unwrap_or("Library");
            let issue = self.rules().lowest_issue.to_string();
            [("section", section), ("gh-issue", issue.as_str())].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        });
        match text::parse(content, preset, self.rules()) {
            Err(problem) => problems.push(problem),
            Ok(entries) if entries.len() != 1 => problems.push(too_many()),
            Ok(entries) => {
                let known = ["cve", "date", "gh-issue", "bpo", "nonce", "section"];
                for name in entries[0].metadata.keys().filter(|name| !known.contains(&name.as_str())) {
                    let text = format!("`.. {name}:` means nothing in a fragment, where only `.. cve:` may stand");
                    problems.push(Problem::of(Rule::Metadata, text));
                }
            }
        }
        problems
    }

    fn issue(&self, path: &str) -> Option<String> {
        let (folder, name) = self.fragment_parts(path)?;
        let metadata = name::strict(folder, name).ok()?;
        metadata.get("gh-issue").or_else(|| metadata.get("bpo")).cloned()
    }

    fn counts(&self, _path: &str) -> bool {
        true
    }

    fn identity(&self, _path: &str) -> Option<String> {
        None
    }

    fn one_entry_for_a_text(&self) -> bool {
        true
    }

    fn compose(&self, draft: &Draft, _taken: &dyn Fn(&str) -> bool) -> Result<NewFile> {
        let (tracker, number) = match draft.issue.strip_prefix("bpo-") {
            Some(number) => ("bpo", number),
            None => ("gh-issue", draft.issue.as_str()),
        };
        let section = draft.section.as_deref().unwrap_or_default();
        let written = universal_newlines(&draft.text);
        let blank = written.split_inclusive('\n').take_while(|line| strip_end(line).is_empty()).map(str::len).sum();
        let body = text::wrap_body(strip_end(written.get(blank..).unwrap_or_default()), "", "");
        let nonce = text::nonce(&body);
        let name = format!("{}.{tracker}-{number}.{nonce}.rst", draft.date);
        let folder = sections::folder(section);
        let path = within(&self.next, &format!("{folder}/{name}"));
        let cve = draft.cve.as_ref().map(|cve| format!(".. cve: {cve}\n\n")).unwrap_or_default();
        // The name comes from the body, and the file holds the body wrapped once more, as blurb's does.
        let wrapped = text::wrap_body(&body, "", "");
        let content = format!("{cve}{wrapped}");
        // What was written must be read again as what was meant: a first line that looks like
        // metadata or a comment would be lost, `..` would end the entry.
        let refuse = |problem: &Problem| {
            let error = Error::new(Kind::No, format!("the entry cannot be written: {}", problem.text));
            match problem.rule {
                Rule::Body | Rule::Empty | Rule::Entries => {
                    error.hint("say what changed, in whole sentences of reStructuredText")
                }
                _ => error,
            }
        };
        let preset = name::strict(folder, &name).map_err(|problem| refuse(&problem))?;
        let as_written =
            text::parse(written.as_bytes(), preset.clone(), self.rules()).map_err(|problem| refuse(&problem))?;
        let read = text::parse(content.as_bytes(), preset, self.rules()).map_err(|problem| refuse(&problem))?;
        match read.as_slice() {
            _ if as_written.len() != 1 => Err(refuse(&too_many())),
            [_] if as_written[0].body != body => Err(refuse(&not_body())),
            [entry] if entry.body == text::wrap_body(&wrapped, "", "") && entry.get("cve") == draft.cve.as_deref() => {
                Ok(NewFile { path, content })
            }
            [_] => Err(refuse(&not_body())),
            _ => Err(refuse(&too_many())),
        }
    }

    fn choices(&self) -> Vec<String> {
        sections::SECTIONS.map(str::to_owned).into()
    }
}
