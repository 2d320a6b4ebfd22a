//! `.reviewconf`, read and written: TOML that a stranger may have proposed.
//!
//! A table is known here once a command uses it; others are ignored with a warning, since they
//! belong to a newer pyflow. An unknown key in a known table is a typing error. Every value
//! becomes a type whose rules keep options, paths and control characters out.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::Range;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::backport::{BackportTable, TreePath};
use super::cla::ClaTable;
use super::find::{decode, line_at};
use super::gate::{self, GateTable};
use super::news::NewsTable;
use super::patchcheck::PatchcheckTable;
use super::sourced::{Origin, Sourced, Warning, clean, did_you_mean, quoted};
use super::values::{Approve, Counterpart, ReviewKind, target};
use crate::error::{Error, Result};
use crate::names::{BranchName, LabelName, Malformed, ProjectName, RemoteName, ServerUrl};

/// What a `.reviewconf` says; what it leaves out is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewConf {
    /// The oldest pyflow that may use it.
    pub requires: Option<Sourced<Version>>,
    /// `[review]`
    pub review: ReviewTable,
    /// `[gate]`
    pub gate: GateTable,
    /// `[cla]`
    pub cla: ClaTable,
    /// `[news]`
    pub news: NewsTable,
    /// `[branches]`
    pub branches: BranchesTable,
    /// `[backport]`
    pub backport: BackportTable,
    /// `[patchcheck]`
    pub patchcheck: PatchcheckTable,
    /// `[ports]`
    pub ports: PortsTable,
    /// What was not understood.
    pub warnings: Vec<Warning>,
}

/// `[review]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReviewTable {
    /// The system.
    pub kind: Option<Sourced<ReviewKind>>,
    /// The server.
    pub url: Option<Sourced<ServerUrl>>,
    /// The project's name there.
    pub project: Option<Sourced<ProjectName>>,
    /// The git remote to use or create.
    pub remote: Option<Sourced<RemoteName>>,
    /// Where changes go when nothing else tells.
    pub branch: Option<Sourced<BranchName>>,
    /// What `pyflow approve` votes.
    pub approve: Option<Sourced<Approve>>,
}

/// `[branches]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BranchesTable {
    /// Where new work lands first.
    pub default: Option<Sourced<BranchName>>,
    /// Branches that get bug fixes.
    pub maintenance: Option<Sourced<Vec<BranchName>>>,
    /// Branches that get security fixes.
    pub security: Option<Sourced<Vec<BranchName>>>,
    /// Branches on which a release is being prepared.
    pub release_candidate: Option<Sourced<Vec<BranchName>>>,
    /// Branches that get nothing any more.
    pub end_of_life: Option<Sourced<Vec<BranchName>>>,
    /// A file of the tree that tells the roles of those that no list names.
    pub release_cycle: Option<Sourced<TreePath>>,
}

/// `[ports]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortsTable {
    /// What a fix of a maintenance branch needs on the default branch.
    pub counterpart: Option<Sourced<Counterpart>>,
    /// Whether submit stops a fix without one.
    pub required: Option<Sourced<bool>>,
}

/// A version of pyflow, as far as `requires` compares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u64, pub u64, pub u64);

impl Version {
    /// This pyflow's.
    pub fn current() -> Self {
        env!("CARGO_PKG_VERSION").parse().unwrap_or_default()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// `X.Y` or `X.Y.Z`
impl FromStr for Version {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed("a version is two or three numbers: `0.3`");
        // No `+3`, which the integer parser takes.
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        let parts: Option<Vec<u64>> = text.split('.').map(number).collect();
        match parts.as_deref() {
            Some([major, minor]) => Ok(Self(*major, *minor, 0)),
            Some([major, minor, patch]) => Ok(Self(*major, *minor, *patch)),
            _ => Err(malformed),
        }
    }
}

/// The format's own number; a file with another one is not guessed at.
const FORMAT_VERSION: i64 = 1;
/// More branches than any project maintains; a bound for hostile files.
const MOST_BRANCHES: usize = 1000;
/// A file full of unknown tables gets no screen full of warnings.
const MOST_WARNINGS: usize = 8;

const TOP_KEYS: [&str; 10] =
    ["version", "requires", "review", "gate", "cla", "news", "branches", "backport", "patchcheck", "ports"];
const REVIEW_KEYS: [&str; 6] = ["kind", "url", "project", "remote", "branch", "approve"];
const GATE_KEYS: [&str; 7] = ["kind", "url", "tenant", "recheck", "reverify", "reason", "logs"];
const CLA_KEYS: [&str; 5] = ["kind", "url", "context", "path", "sign"];
const NEWS_KEYS: [&str; 4] = ["style", "directory", "required", "exempt"];
const PORTS_KEYS: [&str; 2] = ["counterpart", "required"];
const BRANCHES_KEYS: [&str; 6] =
    ["default", "maintenance", "security", "release-candidate", "end-of-life", "release-cycle"];
const BACKPORT_KEYS: [&str; 4] = ["prefix", "co-author", "gh-numbers", "carry"];

/// Reads a `.reviewconf`. `path` is what messages call it.
pub fn parse(path: &str, bytes: &[u8]) -> Result<ReviewConf> {
    parse_for(path, bytes, Version::current())
}

/// The same, as the pyflow of this version would.
pub fn parse_for(path: &str, bytes: &[u8], pyflow: Version) -> Result<ReviewConf> {
    let document = Document { path, text: decode(path, bytes)? };
    let root = DeTable::parse(document.text).map_err(|error| document.not_toml(&error))?;
    let root = root.get_ref();

    // First, so that a file for a newer pyflow says so, whatever else in it is not understood.
    let requires = document.requires(root)?;
    if let Some(Sourced { value: wanted, origin }) = &requires
        && *wanted > pyflow
    {
        return Err(origin
            .error(format_args!("this project requires pyflow {wanted} or later; this is {pyflow}"))
            .hint("install a newer pyflow"));
    }
    document.format_version(root)?;
    let warnings = document.unknown_at_top(root, pyflow)?;
    Ok(ReviewConf {
        requires,
        review: document.review(root)?,
        gate: document.gate(root)?,
        cla: document.cla(root)?,
        news: document.news(root)?,
        branches: document.branches(root)?,
        backport: document.backport(root)?,
        patchcheck: document.patchcheck(root)?,
        ports: document.ports(root)?,
        warnings,
    })
}

/// The file's text, to turn positions into lines.
pub(super) struct Document<'a> {
    path: &'a str,
    text: &'a str,
}

impl Document<'_> {
    pub(super) fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::File { path: self.path.to_owned(), line: line_at(self.text.as_bytes(), span.start) }
    }

    fn not_toml(&self, error: &toml::de::Error) -> Error {
        let span = error.span().unwrap_or_default();
        let origin = self.origin(&span);
        if error.message() == "duplicate key" {
            let key = self.text.get(span).unwrap_or_default();
            return origin.error(format_args!("{} stands there twice", quoted(key)));
        }
        let message = error.message().trim().replace('\n', "; ");
        origin.error(format_args!("this is not TOML: {}", clean(&message)))
    }

    fn requires(&self, root: &DeTable<'_>) -> Result<Option<Sourced<Version>>> {
        let Some(value) = root.get("requires") else { return Ok(None) };
        let origin = self.origin(&value.span());
        let text = self.expect_string("requires", value)?;
        let version = text.strip_prefix(">=").and_then(|rest| rest.trim_start().parse().ok());
        match version {
            Some(version) => Ok(Some(Sourced::new(version, origin))),
            None => Err(origin.error(format_args!(
                "requires: {} is not understood: it is `>=` and a version of two or three numbers; write `requires = \">=0.3\"`",
                quoted(text)
            ))),
        }
    }

    fn format_version(&self, root: &DeTable<'_>) -> Result<()> {
        let Some(value) = root.get("version") else {
            return Err(Origin::File { path: self.path.to_owned(), line: 1 }
                .error("`version` is missing")
                .hint("write `version = 1` in the first line"));
        };
        let origin = self.origin(&value.span());
        match self.expect_integer("version", value)? {
            FORMAT_VERSION => Ok(()),
            other => Err(origin
                .error(format_args!("version {other} of this file is not understood; this pyflow knows version 1"))
                .hint("install a newer pyflow, or write `version = 1`")),
        }
    }

    /// Tables of a newer pyflow are warned of; anything else unknown is a typing error.
    fn unknown_at_top(&self, root: &DeTable<'_>, pyflow: Version) -> Result<Vec<Warning>> {
        let mut unknown: Vec<_> = root.iter().filter(|(key, _)| !TOP_KEYS.contains(&&**key.get_ref())).collect();
        unknown.sort_by_key(|(key, _)| key.span().start);
        let mut warnings: Vec<Warning> = Vec::new();
        let mut more = 0;
        for (key, value) in &unknown {
            let name = key.get_ref();
            let is_table = match value.get_ref() {
                DeValue::Table(_) => true,
                DeValue::Array(items) => !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()),
                _ => false,
            };
            if !is_table {
                let meant = did_you_mean(name, TOP_KEYS);
                let text = format!("{} is not a key of this file{meant}", quoted(name));
                return Err(self.origin(&key.span()).error(text));
            }
            if warnings.len() == MOST_WARNINGS {
                more += 1;
                continue;
            }
            // Close to a known table's name it may be a typing error, which would lose the table.
            let meant = did_you_mean(name, TOP_KEYS.into_iter().skip(2));
            let name = clean(&name.chars().take(60).collect::<String>());
            let text = format!("table [{name}] is not understood by this pyflow ({pyflow}); it is ignored{meant}");
            warnings.push(Warning { origin: self.origin(&key.span()), text });
        }
        if let (Some(last), true) = (warnings.last_mut(), more > 0) {
            let _ = write!(last.text, "; so are {more} more tables");
        }
        Ok(warnings)
    }

    fn review(&self, root: &DeTable<'_>) -> Result<ReviewTable> {
        let Some(table) = self.table(root, "review", &REVIEW_KEYS)? else { return Ok(ReviewTable::default()) };
        Ok(ReviewTable {
            kind: self.name(table, "review", "kind")?,
            url: self.name(table, "review", "url")?,
            project: self.name(table, "review", "project")?,
            remote: self.name(table, "review", "remote")?,
            branch: table.get("branch").map(|value| self.parse_string("review.branch", value, target)).transpose()?,
            approve: self.approve(table)?,
        })
    }

    fn gate(&self, root: &DeTable<'_>) -> Result<GateTable> {
        let Some(table) = self.table(root, "gate", &GATE_KEYS)? else { return Ok(GateTable::default()) };
        let logs = table.get("logs").map(|value| {
            let list = value.get_ref().as_array();
            let list = list.ok_or_else(|| self.wrong_type("gate.logs", value, "a list of addresses"))?;
            let origin = self.origin(&value.span());
            if list.len() > gate::MOST_LOG_SERVERS {
                return Err(origin.error(format_args!("gate.logs: more than {} servers", gate::MOST_LOG_SERVERS)));
            }
            let servers = list.iter().map(|item| Ok(self.parse_string("gate.logs", item, gate::address)?.value));
            Ok(Sourced::new(servers.collect::<Result<Vec<_>>>()?, origin))
        });
        Ok(GateTable {
            kind: self.name(table, "gate", "kind")?,
            url: table.get("url").map(|value| self.parse_string("gate.url", value, gate::address)).transpose()?,
            tenant: self.name(table, "gate", "tenant")?,
            recheck: self.name(table, "gate", "recheck")?,
            reverify: self.name(table, "gate", "reverify")?,
            reason: self.name(table, "gate", "reason")?,
            logs: logs.transpose()?,
        })
    }

    fn cla(&self, root: &DeTable<'_>) -> Result<ClaTable> {
        let Some(table) = self.table(root, "cla", &CLA_KEYS)? else { return Ok(ClaTable::default()) };
        Ok(ClaTable {
            kind: self.name(table, "cla", "kind")?,
            url: self.name(table, "cla", "url")?,
            context: self.name(table, "cla", "context")?,
            path: self.name(table, "cla", "path")?,
            sign: self.name(table, "cla", "sign")?,
        })
    }

    fn news(&self, root: &DeTable<'_>) -> Result<NewsTable> {
        let Some(table) = self.table(root, "news", &NEWS_KEYS)? else { return Ok(NewsTable::default()) };
        let exempt = table.get("exempt").map(|value| {
            let list = value.get_ref().as_array();
            let list = list.ok_or_else(|| self.wrong_type("news.exempt", value, "a list of patterns"))?;
            let patterns = list.iter().map(|item| Ok(self.parse_string("news.exempt", item, str::parse)?.value));
            Ok(Sourced::new(patterns.collect::<Result<Vec<_>>>()?, self.origin(&value.span())))
        });
        Ok(NewsTable {
            style: self.name(table, "news", "style")?,
            directory: self.name(table, "news", "directory")?,
            required: self.boolean(table, "news", "required")?,
            exempt: exempt.transpose()?,
        })
    }

    fn ports(&self, root: &DeTable<'_>) -> Result<PortsTable> {
        let Some(table) = self.table(root, "ports", &PORTS_KEYS)? else { return Ok(PortsTable::default()) };
        Ok(PortsTable {
            counterpart: self.name(table, "ports", "counterpart")?,
            required: self.boolean(table, "ports", "required")?,
        })
    }

    fn branches(&self, root: &DeTable<'_>) -> Result<BranchesTable> {
        let Some(table) = self.table(root, "branches", &BRANCHES_KEYS)? else { return Ok(BranchesTable::default()) };
        let mut seen = BTreeMap::new();
        let default = table.get("default");
        let default = default.map(|value| self.parse_string("branches.default", value, target)).transpose()?;
        if let Some(default) = &default {
            seen.insert(default.value.clone(), default.origin.clone());
        }
        Ok(BranchesTable {
            default,
            maintenance: self.branch_list(table, "maintenance", &mut seen)?,
            security: self.branch_list(table, "security", &mut seen)?,
            release_candidate: self.branch_list(table, "release-candidate", &mut seen)?,
            end_of_life: self.branch_list(table, "end-of-life", &mut seen)?,
            release_cycle: self.name(table, "branches", "release-cycle")?,
        })
    }

    fn backport(&self, root: &DeTable<'_>) -> Result<BackportTable> {
        let Some(table) = self.table(root, "backport", &BACKPORT_KEYS)? else { return Ok(BackportTable::default()) };
        let carry = table.get("carry").map(|value| {
            let list = value.get_ref().as_array();
            let list = list.ok_or_else(|| self.wrong_type("backport.carry", value, "a list"))?;
            let items = list.iter().map(|item| Ok(self.parse_string("backport.carry", item, str::parse)?.value));
            Ok(Sourced::new(items.collect::<Result<Vec<_>>>()?, self.origin(&value.span())))
        });
        Ok(BackportTable {
            prefix: self.boolean(table, "backport", "prefix")?,
            co_author: self.boolean(table, "backport", "co-author")?,
            gh_numbers: self.boolean(table, "backport", "gh-numbers")?,
            carry: carry.transpose()?,
        })
    }

    fn boolean(&self, table: &DeTable<'_>, of: &str, key: &str) -> Result<Option<Sourced<bool>>> {
        let Some(value) = table.get(key) else { return Ok(None) };
        let found = value.get_ref().as_bool();
        let found = found.ok_or_else(|| self.wrong_type(&format!("{of}.{key}"), value, "true or false"))?;
        Ok(Some(Sourced::new(found, self.origin(&value.span()))))
    }

    /// A known table, with no unknown keys in it.
    pub(super) fn table<'t, 'i>(
        &self,
        root: &'t DeTable<'i>,
        name: &str,
        keys: &[&str],
    ) -> Result<Option<&'t DeTable<'i>>> {
        let Some(value) = root.get(name) else { return Ok(None) };
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong_type(name, value, "a table"));
        };
        self.only(table, name, keys)?;
        Ok(Some(table))
    }

    /// Refuses unknown keys.
    pub(super) fn only(&self, table: &DeTable<'_>, name: &str, keys: &[&str]) -> Result<()> {
        let unknown = table.keys().filter(|key| !keys.contains(&&**key.get_ref()));
        if let Some(key) = unknown.min_by_key(|key| key.span().start) {
            let meant = did_you_mean(key.get_ref(), keys.iter().copied());
            let text = format!("{} is not a key of [{name}]{meant}", quoted(key.get_ref()));
            let error = self.origin(&key.span()).error(text);
            return Err(if meant.is_empty() { error.hint(format!("its keys are {}", keys.join(", "))) } else { error });
        }
        Ok(())
    }

    pub(super) fn name<T: FromStr<Err = Malformed>>(
        &self,
        table: &DeTable<'_>,
        of: &str,
        key: &str,
    ) -> Result<Option<Sourced<T>>> {
        let Some(value) = table.get(key) else { return Ok(None) };
        self.parse_string(&format!("{of}.{key}"), value, str::parse).map(Some)
    }

    fn branch_list(
        &self,
        table: &DeTable<'_>,
        key: &str,
        seen: &mut BTreeMap<BranchName, Origin>,
    ) -> Result<Option<Sourced<Vec<BranchName>>>> {
        let Some(value) = table.get(key) else { return Ok(None) };
        let full = format!("branches.{key}");
        let Some(array) = value.get_ref().as_array() else {
            return Err(self.wrong_type(&full, value, "a list of branches"));
        };
        let mut branches = Vec::new();
        for item in array {
            let branch = self.parse_string(&full, item, target)?;
            if let Some(first) = seen.get(&branch.value) {
                let text = format!("{full}: {} stands at {first} already", quoted(branch.value.as_str()));
                return Err(branch.origin.error(text).hint("a branch has one role; remove it from the other list"));
            }
            if seen.len() >= MOST_BRANCHES {
                return Err(branch.origin.error(format_args!("there are more than {MOST_BRANCHES} branches")));
            }
            seen.insert(branch.value.clone(), branch.origin);
            branches.push(branch.value);
        }
        Ok(Some(Sourced::new(branches, self.origin(&value.span()))))
    }

    fn approve(&self, table: &DeTable<'_>) -> Result<Option<Sourced<Approve>>> {
        let Some(value) = table.get("approve") else { return Ok(None) };
        let Some(labels) = value.get_ref().as_table() else {
            return Err(self
                .wrong_type("review.approve", value, "a table")
                .hint("write `approve = { \"Code-Review\" = 2 }`"));
        };
        let mut votes = Vec::new();
        for (label, vote) in labels {
            let origin = self.origin(&label.span());
            let name: LabelName = label.get_ref().parse().map_err(|reason| {
                origin.error(format_args!("review.approve: {} is not a label: {reason}", quoted(label.get_ref())))
            })?;
            let number = self.expect_integer("review.approve", vote)?;
            let number = i32::try_from(number).ok().filter(|n| Approve::VALUES.contains(n));
            let Some(number) = number else {
                return Err(origin.error("review.approve: a vote is a number from -10 to 10"));
            };
            votes.push((name, number));
        }
        let origin = self.origin(&value.span());
        match Approve::new(votes) {
            Ok(approve) => Ok(Some(Sourced::new(approve, origin))),
            Err(reason) => Err(origin.error(format_args!("review.approve: {reason}"))),
        }
    }

    pub(super) fn parse_string<T>(
        &self,
        full: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl FnOnce(&str) -> Result<T, Malformed>,
    ) -> Result<Sourced<T>> {
        let text = self.expect_string(full, value)?;
        let origin = self.origin(&value.span());
        match parse(text) {
            Ok(value) => Ok(Sourced::new(value, origin)),
            Err(reason) => Err(origin.error(format_args!("{full}: {} cannot be used: {reason}", quoted(text)))),
        }
    }

    pub(super) fn expect_string<'t>(&self, full: &str, value: &'t Spanned<DeValue<'_>>) -> Result<&'t str> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_type(full, value, "a string"))
    }

    fn expect_integer(&self, full: &str, value: &Spanned<DeValue<'_>>) -> Result<i64> {
        let Some(integer) = value.get_ref().as_integer() else {
            return Err(self.wrong_type(full, value, "a whole number"));
        };
        let parsed = i64::from_str_radix(integer.as_str(), integer.radix());
        parsed.map_err(|_| self.origin(&value.span()).error(format_args!("{full}: the number is too large")))
    }

    pub(super) fn wrong_type(&self, full: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Error {
        let found = match value.get_ref().type_str() {
            "integer" => "a whole number",
            "float" => "a decimal number",
            "boolean" => "true or false",
            "datetime" => "a date",
            "array" => "a list",
            "table" => "a table",
            _ => "a string",
        };
        self.origin(&value.span()).error(format_args!("{full}: {wanted} is wanted, and this is {found}"))
    }
}

/// The file for these values, with a line about each; what `pyflow setup --import` writes.
pub fn render(conf: &ReviewConf) -> String {
    let mut out = String::from(
        "# Where changes of this project go for review. Read by pyflow; anyone can propose a change to it,\n\
         # so every clone asks before it follows one to another server.\n\
         version = 1\n",
    );
    if let Some(requires) = &conf.requires {
        let _ = writeln!(out, "requires = \">={}\"", requires.value);
    }
    let review = &conf.review;
    out.push_str("\n[review]\n");
    line(&mut out, "kind", review.kind.as_ref(), "");
    line(&mut out, "url", review.url.as_ref(), "the review server");
    line(&mut out, "project", review.project.as_ref(), "the project's name there");
    line(&mut out, "remote", review.remote.as_ref(), "the git remote to use or create");
    line(&mut out, "branch", review.branch.as_ref(), "where changes go when nothing else tells");
    if let Some(approve) = &review.approve {
        let votes: Vec<String> =
            approve.value.votes().map(|(label, value)| format!("{} = {value}", string(label.as_str()))).collect();
        let inside = if votes.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", votes.join(", ")) };
        let _ = writeln!(out, "approve = {inside}  # what `pyflow approve` votes");
    }
    let gate = &conf.gate;
    if *gate != GateTable::default() {
        out.push_str("\n[gate]\n");
        line(&mut out, "kind", gate.kind.as_ref(), "");
        line(&mut out, "url", gate.url.as_ref(), "what tests and merges approved changes");
        line(&mut out, "tenant", gate.tenant.as_ref(), "the tenant there");
        line(&mut out, "recheck", gate.recheck.as_ref(), "a comment that begins so runs the checks again");
        line(&mut out, "reverify", gate.reverify.as_ref(), "how a change gets back into the gate");
        line(&mut out, "reason", gate.reason.as_ref(), "whether a recheck says why");
        if let Some(logs) = &gate.logs {
            let items: Vec<String> = logs.value.iter().map(|url| string(&url.to_string())).collect();
            let _ = writeln!(out, "logs = [{}]  # job logs may be read from these, too", items.join(", "));
        }
    }
    let cla = &conf.cla;
    if *cla != ClaTable::default() {
        out.push_str("\n[cla]\n");
        line(&mut out, "kind", cla.kind.as_ref(), "who keeps the contributor agreements");
        line(&mut out, "url", cla.url.as_ref(), "its address");
        line(&mut out, "context", cla.context.as_ref(), "the commit status that tells");
        line(&mut out, "path", cla.path.as_ref(), "the file that lists who has signed");
        line(&mut out, "sign", cla.sign.as_ref(), "where people sign");
    }
    let news = &conf.news;
    if *news != NewsTable::default() {
        out.push_str("\n[news]\n");
        line(&mut out, "style", news.style.as_ref(), "the kind of news fragments");
        line(&mut out, "directory", news.directory.as_ref(), "where they are");
        if let Some(required) = &news.required {
            let _ = writeln!(out, "required = {}  # whether a change without one is stopped", required.value);
        }
        if let Some(exempt) = &news.exempt {
            let items: Vec<String> = exempt.value.iter().map(|pattern| string(pattern.as_str())).collect();
            let _ = writeln!(out, "exempt = [{}]  # changes of these alone need none", items.join(", "));
        }
    }
    let ports = &conf.ports;
    if *ports != PortsTable::default() {
        out.push_str("\n[ports]\n");
        line(&mut out, "counterpart", ports.counterpart.as_ref(), "what a fix needs on the default branch");
        if let Some(required) = &ports.required {
            let _ = writeln!(out, "required = {}  # whether submit stops a fix without one", required.value);
        }
    }
    let branches = &conf.branches;
    if *branches != BranchesTable::default() {
        out.push_str("\n[branches]\n");
        line(&mut out, "default", branches.default.as_ref(), "where new work lands first");
        list(&mut out, "maintenance", branches.maintenance.as_ref(), "these get bug fixes");
        list(&mut out, "security", branches.security.as_ref(), "these get security fixes");
        list(&mut out, "release-candidate", branches.release_candidate.as_ref(), "a release is being prepared");
        list(&mut out, "end-of-life", branches.end_of_life.as_ref(), "these get nothing any more");
        line(&mut out, "release-cycle", branches.release_cycle.as_ref(), "tells the roles of the others");
    }
    let backport = &conf.backport;
    if *backport != BackportTable::default() {
        out.push_str("\n[backport]\n");
        for (key, value, about) in [
            ("prefix", &backport.prefix, "subjects begin with the branch"),
            ("co-author", &backport.co_author, "the author is named in a trailer"),
            ("gh-numbers", &backport.gh_numbers, "`#12345` becomes `GH-12345`"),
        ] {
            if let Some(value) = value {
                let _ = writeln!(out, "{key} = {}  # {about}", value.value);
            }
        }
        if let Some(carry) = &backport.carry {
            let items: Vec<String> = carry.value.iter().map(|item| string(item.as_str())).collect();
            let _ = writeln!(out, "carry = [{}]  # taken over from the original", items.join(", "));
        }
    }
    out
}

fn line<T: fmt::Display>(out: &mut String, key: &str, value: Option<&Sourced<T>>, about: &str) {
    if let Some(value) = value {
        let comment = if about.is_empty() { String::new() } else { format!("  # {about}") };
        let _ = writeln!(out, "{key} = {}{comment}", string(&value.value.to_string()));
    }
}

fn list(out: &mut String, key: &str, value: Option<&Sourced<Vec<BranchName>>>, about: &str) {
    if let Some(value) = value {
        let items: Vec<String> = value.value.iter().map(|branch| string(branch.as_str())).collect();
        let _ = writeln!(out, "{key} = [{}]  # {about}", items.join(", "));
    }
}

/// A TOML basic string; names may hold quotation marks.
fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
