//! towncrier's own configuration: `[tool.towncrier]` in `towncrier.toml`, else in
//! `pyproject.toml`, at the top of the tree (towncrier's documentation, "Configuration
//! reference"). Like every checked-in file it is data from a stranger: no path leaves the tree.

use regex::Regex;
use toml::{Table, Value};

use crate::error::{Error, Result};

/// What is configured.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "towncrier's options are what they are")]
pub struct Config {
    /// Folder of the fragments, from the top of the tree.
    pub directory: String,
    /// The news file, from the top of the tree; a pattern where each version has its own.
    pub filename: String,
    /// Whether all versions share one file.
    pub single_file: bool,
    /// In the order of the file.
    pub sections: Vec<Section>,
    /// In the order in which they are printed.
    pub kinds: Vec<FragmentKind>,
    /// `None`: towncrier's own for the file's format; else the project's.
    pub template: Option<String>,
    /// After this the newest version is inserted.
    pub start_string: String,
    /// `None`: the template makes the title; `Some(None)`: there is none.
    pub title_format: Option<Option<String>>,
    /// How an issue is printed.
    pub issue_format: Option<String>,
    /// Of title, sections and types.
    pub underlines: Vec<String>,
    /// Longest line, where lines are wrapped.
    pub wrap: Option<usize>,
    /// Whether every fragment becomes an item of a list.
    pub all_bullets: bool,
    /// What the name of a fragment without an issue begins with.
    pub orphan_prefix: String,
    /// Whether a new fragment ends with a newline.
    pub create_eof_newline: bool,
    /// Whether a new fragment has the extension of the news file.
    pub create_add_extension: bool,
    /// Patterns of files that are no fragments, in lower case.
    pub ignore: Vec<String>,
    /// What an issue must look like; empty: anything.
    pub issue_pattern: String,
    /// The project's name, where it is known without importing its package.
    pub name: Option<String>,
    /// The project's version, where it is configured.
    pub version: Option<String>,
    pattern: Option<Regex>,
}

impl PartialEq for Config {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name; empty for the only one of most projects.
    pub name: String,
    /// Below the folder of the fragments.
    pub path: String,
    /// From the top of the tree.
    pub folder: String,
}

/// A type of fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentKind {
    /// In names: `bugfix`.
    pub key: String,
    /// In the news: `Bugfixes`.
    pub name: String,
    /// Whether the text is shown, not only the issue.
    pub show_content: bool,
    /// Whether one fulfils the need for a fragment.
    pub check: bool,
}

/// Where the configuration is looked for, in this order.
pub const FILES: [&str; 2] = ["towncrier.toml", "pyproject.toml"];

/// Reads the configuration. `None` where these files hold none.
pub fn parse(towncrier: Option<&str>, pyproject: Option<&str>) -> Result<Option<Config>> {
    let read = |file: &str, text: Option<&str>| -> Result<Option<Table>> {
        text.map(|text| text.parse::<Table>().map_err(|error| broken(file, error.message()))).transpose()
    };
    let (own, project) = (read(FILES[0], towncrier)?, read(FILES[1], pyproject)?);
    let file = if own.is_some() { FILES[0] } else { FILES[1] };
    let section = |table: &Table| Some(table.get("tool")?.get("towncrier")?.as_table()?.clone());
    let Some(table) = own.as_ref().or(project.as_ref()).and_then(section) else { return Ok(None) };
    let project_name = project.as_ref().and_then(|table| table.get("project")?.get("name")?.as_str());
    Reading { file, table: &table }.config(project_name).map(Some)
}

fn broken(file: &str, what: &str) -> Error {
    Error::state(format!("{file}: {what}")).hint("`towncrier build --draft` reads the same file")
}

struct Reading<'t> {
    file: &'t str,
    table: &'t Table,
}

impl Reading<'_> {
    fn wrong(&self, key: &str, wanted: &str) -> Error {
        broken(self.file, &format!("tool.towncrier.{key}: {wanted} is wanted"))
    }

    fn string(&self, key: &str) -> Result<Option<String>> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(key, "a string")),
        }
    }

    fn boolean(&self, key: &str, default: bool) -> Result<bool> {
        match self.table.get(key) {
            None => Ok(default),
            Some(Value::Boolean(value)) => Ok(*value),
            Some(_) => Err(self.wrong(key, "true or false")),
        }
    }

    /// A path below the top of the tree.
    fn path(&self, key: &str, text: &str) -> Result<String> {
        let text = text.replace('\\', "/");
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let hostile =
            |part: &&str| *part == ".." || part.eq_ignore_ascii_case(".git") || part.contains(char::is_control);
        if text.starts_with('/') || text.contains(':') || parts.iter().any(hostile) {
            return Err(self.wrong(key, "a path below the top of the tree"));
        }
        Ok(parts.join("/"))
    }

    fn config(&self, project_name: Option<&str>) -> Result<Config> {
        if self.table.contains_key("singlefile") {
            return Err(broken(self.file, "tool.towncrier.singlefile is not an option; `single_file` is"));
        }
        let package = self.string("package")?.filter(|name| !name.is_empty());
        let package = package.or_else(|| project_name.map(str::to_owned));
        let name = self.string("name")?.filter(|name| !name.is_empty());
        let name = match (name, &package, project_name) {
            (Some(name), ..) => Some(name),
            (None, Some(package), Some(_)) => Some(package.clone()),
            (None, Some(_), None) => None,
            (None, None, _) => Some(String::new()),
        };
        let filename = self.string("filename")?.unwrap_or_else(|| "NEWS.rst".to_owned());
        let filename = self.path("filename", &filename)?;
        let (directory, append) = match (self.string("directory")?, package) {
            (Some(directory), _) => (self.path("directory", &directory)?, ""),
            (None, package) => {
                let inside = self.string("package_dir")?.unwrap_or_else(|| ".".to_owned());
                let folder = format!("{inside}/{}", package.unwrap_or_default());
                (self.path("package_dir", &folder)?, "newsfragments")
            }
        };
        let sections = self.sections(&directory, append)?;
        let directory = match append {
            "" => directory,
            append => super::within(&directory, append),
        };
        let issue_pattern = self.string("issue_pattern")?.unwrap_or_default();
        let pattern = match issue_pattern.as_str() {
            "" => None,
            text => Some(Regex::new(&format!("^(?:{text})$")).map_err(|_| {
                broken(self.file, "tool.towncrier.issue_pattern is not a regular expression that pyflow understands")
            })?),
        };
        let markdown = extension_of(&filename) == ".md";
        let start_string = self.string("start_string")?.filter(|text| !text.is_empty());
        let usual =
            if markdown { "<!-- towncrier release notes start -->\n" } else { ".. towncrier release notes start\n" };
        Ok(Config {
            directory,
            sections,
            kinds: self.kinds()?,
            template: self.template()?,
            start_string: start_string.unwrap_or_else(|| usual.to_owned()),
            title_format: match self.table.get("title_format") {
                None => None,
                Some(Value::Boolean(false)) => Some(None),
                Some(Value::String(text)) if text.is_empty() => None,
                Some(Value::String(text)) => Some(Some(text.clone())),
                Some(_) => return Err(self.wrong("title_format", "a string, or false")),
            },
            issue_format: self.string("issue_format")?,
            underlines: self.underlines()?,
            wrap: match self.table.get("wrap") {
                None | Some(Value::Boolean(false)) => None,
                Some(Value::Boolean(true)) => Some(79),
                Some(Value::Integer(width)) => Some(usize::try_from(*width).ok().filter(|w| *w > 0).unwrap_or(79)),
                Some(_) => return Err(self.wrong("wrap", "true, false or a number")),
            },
            single_file: self.boolean("single_file", true)?,
            all_bullets: self.boolean("all_bullets", true)?,
            orphan_prefix: self.string("orphan_prefix")?.unwrap_or_else(|| "+".to_owned()),
            create_eof_newline: self.boolean("create_eof_newline", true)?,
            create_add_extension: self.boolean("create_add_extension", true)?,
            ignore: self.strings("ignore")?.iter().map(|name| name.to_lowercase()).collect(),
            issue_pattern,
            name,
            version: self.string("version")?,
            filename,
            pattern,
        })
    }

    fn strings(&self, key: &str) -> Result<Vec<String>> {
        let Some(value) = self.table.get(key) else { return Ok(Vec::new()) };
        let items =
            value.as_array().and_then(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        items.ok_or_else(|| self.wrong(key, "a list of strings"))
    }

    fn underlines(&self) -> Result<Vec<String>> {
        let mut lines = match self.table.get("underlines") {
            None => ["=", "-", "~"].map(str::to_owned).into(),
            // Python takes a string for a list of its characters.
            Some(Value::String(text)) => text.chars().map(String::from).collect(),
            Some(_) => self.strings("underlines")?,
        };
        if lines.is_empty() {
            return Err(self.wrong("underlines", "at least one line"));
        }
        lines.resize(lines.len().max(3), String::new());
        Ok(lines)
    }

    fn template(&self) -> Result<Option<String>> {
        let template = self.string("template")?;
        Ok(template.filter(|name| {
            !matches!(name.as_str(), "towncrier:default" | "towncrier:default.rst" | "towncrier:default.md")
        }))
    }

    fn sections(&self, directory: &str, append: &str) -> Result<Vec<Section>> {
        let section = |name: &str, path: &str| -> Result<Section> {
            let path = self.path("section.path", path)?;
            let parts: Vec<&str> = [directory, &path, append].into_iter().filter(|part| !part.is_empty()).collect();
            Ok(Section { name: name.to_owned(), folder: parts.join("/"), path })
        };
        let Some(value) = self.table.get("section") else { return Ok(vec![section("", "")?]) };
        let list = value.as_array().ok_or_else(|| self.wrong("section", "a list of tables"))?;
        let mut sections = Vec::new();
        for item in list {
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
            let path =
                item.get("path").and_then(Value::as_str).ok_or_else(|| self.wrong("section.path", "a string"))?;
            sections.retain(|known: &Section| known.name != name);
            sections.push(section(name, path)?);
        }
        if sections.is_empty() { Err(self.wrong("section", "at least one table")) } else { Ok(sections) }
    }

    fn kinds(&self) -> Result<Vec<FragmentKind>> {
        let flag = |item: &Value, key: &str| item.get(key).and_then(Value::as_bool).unwrap_or(true);
        if let Some(table) = self.table.get("fragment").and_then(Value::as_table).filter(|table| !table.is_empty()) {
            let mut keys: Vec<&String> = table.keys().collect();
            keys.sort();
            let kind = |key: &String| {
                let item = &table[key];
                let name = item.get("name").and_then(Value::as_str).map_or_else(|| capitalised(key), str::to_owned);
                FragmentKind {
                    key: key.clone(),
                    name,
                    show_content: flag(item, "showcontent"),
                    check: flag(item, "check"),
                }
            };
            return Ok(keys.into_iter().map(kind).collect());
        }
        if let Some(list) = self.table.get("type").and_then(Value::as_array).filter(|list| !list.is_empty()) {
            let mut kinds: Vec<FragmentKind> = Vec::new();
            for item in list {
                let name =
                    item.get("name").and_then(Value::as_str).ok_or_else(|| self.wrong("type.name", "a string"))?;
                let key =
                    item.get("directory").and_then(Value::as_str).map_or_else(|| name.to_lowercase(), str::to_owned);
                kinds.retain(|known| known.key != key);
                kinds.push(FragmentKind {
                    key,
                    name: name.to_owned(),
                    show_content: flag(item, "showcontent"),
                    check: flag(item, "check"),
                });
            }
            return Ok(kinds);
        }
        let usual = [
            ("feature", "Features", true),
            ("bugfix", "Bugfixes", true),
            ("doc", "Improved Documentation", true),
            ("removal", "Deprecations and Removals", true),
            ("misc", "Misc", false),
        ];
        let kind = |(key, name, show_content): (&str, &str, bool)| FragmentKind {
            key: key.to_owned(),
            name: name.to_owned(),
            show_content,
            check: true,
        };
        Ok(usual.map(kind).into())
    }
}

impl Config {
    /// A type by the name that it has in file names.
    pub fn kind(&self, key: &str) -> Option<&FragmentKind> {
        self.kinds.iter().find(|kind| kind.key == key)
    }

    /// Whether the project takes this for an issue.
    pub fn issue_matches(&self, issue: &str) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(issue))
    }

    /// What a new fragment's name ends with.
    pub fn extension(&self) -> &str {
        let extension = extension_of(&self.filename);
        let known = extension.eq_ignore_ascii_case(".rst") || extension.eq_ignore_ascii_case(".md");
        if self.create_add_extension && known { extension } else { "" }
    }

    /// Whether the news are Markdown.
    pub fn is_markdown(&self) -> bool {
        extension_of(&self.filename) == ".md"
    }
}

fn extension_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').filter(|at| *at > 0).map_or("", |at| &name[at..])
}

/// Python's `str.capitalize`.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect())
        .unwrap_or_default()
}

/// Python's `fnmatch`, as far as file names need it: `*`, `?`, and everything else for itself.
pub(super) fn fnmatch(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let mut reach = vec![false; name.len() + 1];
    reach[0] = true;
    for wanted in pattern {
        if wanted == '*' {
            let from = reach.iter().position(|at| *at).unwrap_or(reach.len());
            reach[from..].fill(true);
            continue;
        }
        for at in (0..name.len()).rev() {
            reach[at + 1] = reach[at] && (wanted == '?' || wanted == name[at]);
        }
        reach[0] = false;
    }
    reach.last().copied().unwrap_or(false)
}
