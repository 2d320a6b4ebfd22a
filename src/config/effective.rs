//! What holds, after all: defaults, file, git's configuration, environment, command line, of
//! which the later wins; for every key the same rule.
//!
//! Pure. The checked-in file may be hostile, so whatever the person says outweighs it; and what
//! it says itself is only used after the pin (`super::pin`) has been compared.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::backport::{BackportSettings, BackportTable, Carried};
use super::cla::{ClaSettings, ClaTable};
use super::find::{Format, GITREVIEW, REVIEWCONF};
use super::gate::{self, GateKind, GateSettings, GateSystem, GateTable};
use super::gitconfig::GitConfig;
use super::gitreview::{self, GitReview};
use super::keys::{self, Key};
use super::news::{NewsSettings, NewsTable, TreePath};
use super::patchcheck::PatchcheckTable;
use super::release_cycle::Cycle;
use super::reviewconf::{BranchesTable, PortsTable, ReviewConf, ReviewTable};
use super::sourced::{Origin, Sourced, Warning, did_you_mean, quoted};
use super::values::{Approve, Counterpart, ReviewKind, Text, color_choice, target};
use crate::backport::message;
use crate::error::{Error, Result};
use crate::names::{BranchName, LabelName, Malformed, ProjectName, RemoteName, ServerUrl, UserName};
use crate::observe::ColorChoice;
use crate::patchcheck::{Preset, Rules};
use crate::ports::Role;
use crate::review::model::{Notify, Readiness};

/// What the checked-in file says, whichever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum FileConf {
    /// `.reviewconf`
    ReviewConf(ReviewConf),
    /// `.gitreview`
    GitReview(GitReview),
}

impl FileConf {
    /// Which file it is.
    pub const fn format(&self) -> Format {
        match self {
            Self::ReviewConf(_) => Format::ReviewConf,
            Self::GitReview(_) => Format::GitReview,
        }
    }
}

/// Values that options on the command line carry, by key.
#[derive(Debug, Clone, Default)]
pub struct Overrides(BTreeMap<&'static str, (String, Vec<String>)>);

impl Overrides {
    /// The option `flag` gave `values` for `key`. No values: the option was not given.
    pub fn set(&mut self, key: &Key, flag: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<String> = values.into_iter().collect();
        if !values.is_empty() {
            self.0.insert(key.name, (flag.to_owned(), values));
        }
    }
}

/// Everything that is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which checked-in file there was.
    pub file: Option<Format>,
    /// The review server.
    pub review: ReviewSettings,
    /// What tests and merges.
    pub gate: GateSettings,
    /// The project's contributor agreements.
    pub cla: ClaSettings,
    /// The project's news fragments.
    pub news: NewsSettings,
    /// The project's branches.
    pub branches: BranchSettings,
    /// What backports look like.
    pub backport: BackportSettings,
    /// What `pyflow patchcheck` looks at: the project's own rules, and the preset's.
    pub patchcheck: Rules,
    /// What fixes of maintenance branches need on the others.
    pub ports: PortsSettings,
    /// Defaults for `pyflow submit`.
    pub submit: SubmitSettings,
    /// The terminal.
    pub ui: UiSettings,
}

/// The review server, and what is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewSettings {
    /// The system.
    pub kind: Sourced<ReviewKind>,
    /// Its address.
    pub url: Sourced<ServerUrl>,
    /// The project's name there.
    pub project: Sourced<ProjectName>,
    /// The git remote to use or create. From `Origin::Default` another remote that points there
    /// is as good.
    pub remote: Sourced<RemoteName>,
    /// Where changes go when nothing else tells.
    pub branch: Option<Sourced<BranchName>>,
    /// What `pyflow approve` votes.
    pub approve: Sourced<Approve>,
    /// The login name, where it is known.
    pub user: Option<Sourced<UserName>>,
    /// git-review's `usepushurl`: the address is the push URL of an existing remote.
    pub use_push_url: Sourced<bool>,
}

/// The project's branches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchSettings {
    /// Where new work lands first.
    pub default: Option<Sourced<BranchName>>,
    /// Branches that get bug fixes.
    pub maintenance: Sourced<Vec<BranchName>>,
    /// Branches that get security fixes.
    pub security: Sourced<Vec<BranchName>>,
    /// Branches on which a release is being prepared.
    pub release_candidate: Sourced<Vec<BranchName>>,
    /// Branches that get nothing any more.
    pub end_of_life: Sourced<Vec<BranchName>>,
    /// A file of the tree that tells the roles of those that no list names.
    pub release_cycle: Option<Sourced<TreePath>>,
    /// Who decides about a branch, where that file tells.
    pub managers: BTreeMap<BranchName, String>,
}

impl BranchSettings {
    /// The role of a branch, and where it was given; `None` where it was not. Where no branch has a
    /// role, none is asked for.
    pub fn role(&self, branch: &BranchName) -> Option<(Role, &Origin)> {
        if let Some(default) = self.default.as_ref().filter(|default| default.value == *branch) {
            return Some((Role::Default, &default.origin));
        }
        let lists = self.lists();
        let found = lists.iter().find(|(_, list)| list.value.contains(branch));
        if let Some((role, list)) = found {
            return Some((*role, &list.origin));
        }
        let none = lists.iter().all(|(_, list)| list.value.is_empty());
        none.then_some((Role::Unlisted, &Origin::Default))
    }

    fn lists(&self) -> [(Role, &Sourced<Vec<BranchName>>); 4] {
        [
            (Role::Maintenance, &self.maintenance),
            (Role::ReleaseCandidate, &self.release_candidate),
            (Role::Security, &self.security),
            (Role::EndOfLife, &self.end_of_life),
        ]
    }

    /// Adds what the file tells of branches that no list names.
    pub fn complete(&mut self, cycles: Vec<Cycle>) {
        let Some(origin) = self.release_cycle.as_ref().map(|path| path.origin.clone()) else { return };
        for Cycle { branch, role, manager } in cycles {
            let listed = self.default.as_ref().is_some_and(|default| default.value == branch)
                || self.lists().iter().any(|(_, list)| list.value.contains(&branch));
            if let Some(manager) = manager {
                self.managers.insert(branch.clone(), manager);
            }
            let list = match role {
                _ if listed => continue,
                Role::Default if self.default.is_none() => {
                    self.default = Some(Sourced::new(branch, origin.clone()));
                    continue;
                }
                Role::Default | Role::Unlisted => continue,
                Role::Maintenance => &mut self.maintenance,
                Role::ReleaseCandidate => &mut self.release_candidate,
                Role::Security => &mut self.security,
                Role::EndOfLife => &mut self.end_of_life,
            };
            if list.value.is_empty() {
                list.origin = origin.clone();
            }
            list.value.push(branch);
        }
    }

    /// Every branch that can be a target, the default first, each once.
    pub fn targets(&self) -> Vec<&BranchName> {
        let lists = [&self.maintenance, &self.security, &self.release_candidate];
        let all = self.default.iter().map(|b| &b.value).chain(lists.into_iter().flat_map(|list| &list.value));
        let mut targets: Vec<&BranchName> = Vec::new();
        for branch in all {
            if !targets.contains(&branch) {
                targets.push(branch);
            }
        }
        targets
    }
}

/// What fixes of maintenance branches need on the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortsSettings {
    /// How far the counterpart must have come.
    pub counterpart: Sourced<Counterpart>,
    /// Whether `pyflow submit` stops a fix without one.
    pub required: Sourced<bool>,
}

/// Defaults for `pyflow submit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitSettings {
    /// How many commits go without asking.
    pub max_stack: Sourced<usize>,
    /// Who reviews.
    pub reviewers: Sourced<Vec<Text>>,
    /// Who listens.
    pub cc: Sourced<Vec<Text>>,
    /// The topic.
    pub topic: Option<Sourced<Text>>,
    /// Tags, without `#`.
    pub hashtags: Sourced<Vec<Text>>,
    /// Who gets mail; `None`: the server's choice.
    pub notify: Option<Sourced<Notify>>,
    /// Work in progress or ready.
    pub readiness: Sourced<Readiness>,
}

/// The terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiSettings {
    /// When colours are used; `NO_COLOR` and `CLICOLOR_FORCE` are `ui`'s business.
    pub color: Sourced<ColorChoice>,
}

/// DESIGN's choice; more commits at once are more often a mistake than meant.
const MAX_STACK: usize = 10;

/// What holds, and what the person should know about it.
pub fn resolve(
    file: Option<FileConf>,
    git: &GitConfig,
    env: &dyn Fn(&str) -> Option<String>,
    cli: &Overrides,
) -> Result<(Settings, Vec<Warning>)> {
    let layers = Layers { git, env, cli };
    let mut warnings = unknown_keys(git);
    let format = file.as_ref().map(FileConf::format);
    let file = match file {
        Some(FileConf::ReviewConf(conf)) => FileLayer::from_review_conf(conf, git)?,
        Some(FileConf::GitReview(conf)) => {
            FileLayer::from_git_review(conf.overridden_by(GitReview::from_git_config(git)?))
        }
        None => FileLayer::from_git_review(GitReview::from_git_config(git)?),
    };
    let FileLayer { review, gate, cla, news, branches, backport, patchcheck, ports, pieces, warnings: from_file } =
        file;
    warnings.extend(from_file);

    let mut settings = Settings {
        file: format,
        gate: layers.gate(gate)?,
        cla: layers.cla(cla)?,
        news: layers.news(news)?,
        branches: layers.branches(branches)?,
        backport: layers.backport(backport)?,
        patchcheck: layers.patchcheck(patchcheck)?,
        ports: layers.ports(ports)?,
        submit: layers.submit()?,
        ui: layers.ui()?,
        review: layers.review(review, &pieces, format)?,
    };
    if settings.review.branch.is_none() {
        settings.review.branch.clone_from(&settings.branches.default);
    }
    Ok((settings, warnings))
}

/// What holds for the news alone: a project can have them without a review server that is known.
pub fn resolve_news(
    file: Option<FileConf>,
    git: &GitConfig,
    env: &dyn Fn(&str) -> Option<String>,
    cli: &Overrides,
) -> Result<NewsSettings> {
    let table = match file {
        Some(FileConf::ReviewConf(conf)) => conf.news,
        Some(FileConf::GitReview(_)) | None => NewsTable::default(),
    };
    Layers { git, env, cli }.news(table)
}

/// The file's values as the keys' lowest layer.
struct FileLayer {
    review: ReviewTable,
    gate: GateTable,
    cla: ClaTable,
    news: NewsTable,
    branches: BranchesTable,
    backport: BackportTable,
    patchcheck: PatchcheckTable,
    ports: PortsTable,
    /// What only git-review's configuration can say; its address is put together when it is needed.
    pieces: GitReview,
    warnings: Vec<Warning>,
}

impl FileLayer {
    fn from_review_conf(conf: ReviewConf, git: &GitConfig) -> Result<Self> {
        // Of git-review's own keys only the name is about the person; the others say where git-review goes.
        let pieces = GitReview { user: gitreview::user_from_git_config(git)?, ..GitReview::default() };
        Ok(Self {
            review: conf.review,
            gate: conf.gate,
            cla: conf.cla,
            news: conf.news,
            branches: conf.branches,
            backport: conf.backport,
            patchcheck: conf.patchcheck,
            ports: conf.ports,
            pieces,
            warnings: conf.warnings,
        })
    }

    fn from_git_review(mut conf: GitReview) -> Self {
        let review = ReviewTable {
            project: conf.project.clone(),
            remote: conf.remote.clone(),
            branch: conf.branch.clone(),
            ..ReviewTable::default()
        };
        let warnings = std::mem::take(&mut conf.warnings);
        Self {
            review,
            gate: GateTable::default(),
            cla: ClaTable::default(),
            news: NewsTable::default(),
            branches: BranchesTable::default(),
            backport: BackportTable::default(),
            patchcheck: PatchcheckTable::default(),
            ports: PortsTable::default(),
            pieces: conf,
            warnings,
        }
    }
}

/// The layers above the file.
struct Layers<'a> {
    git: &'a GitConfig,
    env: &'a dyn Fn(&str) -> Option<String>,
    cli: &'a Overrides,
}

/// What one layer says about a key, before it is interpreted.
struct Raw {
    values: Vec<(String, Origin)>,
    /// Of the key as a whole, also where the list is empty.
    origin: Origin,
}

impl Layers<'_> {
    /// What the highest layer that says anything says.
    fn raw(&self, key: &Key) -> Option<Raw> {
        if let Some((flag, values)) = self.cli.0.get(key.name) {
            let origin = Origin::CommandLine { flag: flag.clone() };
            let values = values.iter().map(|value| (value.clone(), origin.clone())).collect();
            return Some(Raw { values, origin });
        }
        let name = key.environment();
        // CI systems set variables to nothing when they mean to leave them out.
        if let Some(value) = (self.env)(&name).filter(|value| !value.is_empty()) {
            let origin = Origin::Environment { name };
            return Some(Raw { values: vec![(value, origin.clone())], origin });
        }
        let last = self.git.get(&key.git_config())?;
        let values = self.git.get_all(&key.git_config());
        let values = values.into_iter().map(|entry| (entry.text().to_owned(), entry.origin())).collect();
        Some(Raw { values, origin: last.origin() })
    }

    /// A key with one value. An empty one in git's configuration takes back what is below it.
    fn one<T>(
        &self,
        key: &Key,
        below: Option<Sourced<T>>,
        parse: impl Fn(&str) -> Result<T, Malformed>,
    ) -> Result<Option<Sourced<T>>> {
        let Some(raw) = self.raw(key) else { return Ok(below) };
        let Some((text, origin)) = raw.values.into_iter().next_back() else { return Ok(None) };
        parsed(key, &text, origin, parse).map(Some)
    }

    /// A key with several values.
    fn list<T>(
        &self,
        key: &Key,
        below: Option<Sourced<Vec<T>>>,
        parse: impl Fn(&str) -> Result<T, Malformed>,
    ) -> Result<Sourced<Vec<T>>> {
        let Some(raw) = self.raw(key) else { return Ok(below.unwrap_or_else(|| Sourced::default(Vec::new()))) };
        let mut list = Vec::new();
        for (text, origin) in raw.values {
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                list.push(parsed(key, part, origin.clone(), &parse)?.value);
            }
        }
        Ok(Sourced::new(list, raw.origin))
    }

    fn review(&self, file: ReviewTable, pieces: &GitReview, format: Option<Format>) -> Result<ReviewSettings> {
        let mut url = self.one(&keys::REVIEW_URL, file.url, ServerUrl::from_str)?;
        if url.is_none() {
            url = pieces.server_url()?;
        }
        let project = self.one(&keys::REVIEW_PROJECT, file.project, ProjectName::from_str)?;
        let (Some(url), Some(project)) = (&url, &project) else {
            return Err(incomplete(format, url.is_some(), project.is_some()));
        };
        let use_push_url = pieces.use_push_url.clone().unwrap_or(Sourced::default(false));
        let from_file = if use_push_url.value {
            // git-review ignores `defaultremote` then, too.
            fixed::<RemoteName>("origin").map(|remote| Sourced::new(remote, use_push_url.origin.clone()))
        } else {
            file.remote
        };
        let remote = self.one(&keys::REVIEW_REMOTE, from_file, RemoteName::from_str)?;
        let in_url = url.value.user().and_then(|user| user.parse().ok());
        let in_url = in_url.map(|user| Sourced::new(user, url.origin.clone()));
        let user = self.one(&keys::REVIEW_USER, pieces.user.clone().or(in_url), UserName::from_str)?;
        let kind = self.one(&keys::REVIEW_KIND, file.kind, ReviewKind::from_str)?;
        Ok(ReviewSettings {
            kind: kind.unwrap_or(Sourced::default(ReviewKind::Gerrit)),
            url: url.clone(),
            project: project.clone(),
            remote: or_default(remote, "gerrit")?,
            branch: self.one(&keys::REVIEW_BRANCH, file.branch, target)?,
            approve: match self.one(&keys::REVIEW_APPROVE, file.approve, Approve::from_str)? {
                Some(approve) => approve,
                None => Sourced::default(usual_approval()),
            },
            user,
            use_push_url,
        })
    }

    fn gate(&self, file: GateTable) -> Result<GateSettings> {
        let kind = self.one(&keys::GATE_KIND, file.kind, GateKind::from_str)?;
        let url = self.one(&keys::GATE_URL, file.url, gate::address)?;
        let tenant = self.one(&keys::GATE_TENANT, file.tenant, str::parse)?;
        let system = match (kind, url) {
            (None, None) | (Some(Sourced { value: GateKind::None, .. }), _) => GateSystem::None,
            (Some(Sourced { value: GateKind::Review, .. }), _) => GateSystem::Review,
            (Some(Sourced { value: GateKind::Zuul, .. }), Some(url)) => GateSystem::Zuul { url, tenant },
            (Some(Sourced { value: GateKind::Zuul, origin }), None) => {
                return Err(origin
                    .error("gate.kind: `zuul` needs to know where the gate is")
                    .hint("write `url = \"https://…\"` below [gate]"));
            }
            (None, Some(url)) => {
                return Err(url
                    .origin
                    .error("gate.url: nothing says what kind of gate that is")
                    .hint("write `kind = \"zuul\"` below [gate]"));
            }
        };
        Ok(GateSettings {
            system,
            recheck: or_default(self.one(&keys::GATE_RECHECK, file.recheck, Text::from_str)?, "recheck")?,
            reverify: or_default(self.one(&keys::GATE_REVERIFY, file.reverify, str::parse)?, "revote")?,
            reason: or_default(self.one(&keys::GATE_REASON, file.reason, str::parse)?, "optional")?,
            logs: self.list(&keys::GATE_LOGS, file.logs, gate::address)?,
        })
    }

    fn branches(&self, file: BranchesTable) -> Result<BranchSettings> {
        let parse = target;
        Ok(BranchSettings {
            default: self.one(&keys::BRANCHES_DEFAULT, file.default, parse)?,
            maintenance: self.list(&keys::BRANCHES_MAINTENANCE, file.maintenance, parse)?,
            security: self.list(&keys::BRANCHES_SECURITY, file.security, parse)?,
            release_candidate: self.list(&keys::BRANCHES_RELEASE_CANDIDATE, file.release_candidate, parse)?,
            end_of_life: self.list(&keys::BRANCHES_END_OF_LIFE, file.end_of_life, parse)?,
            release_cycle: self.one(&keys::BRANCHES_RELEASE_CYCLE, file.release_cycle, str::parse)?,
            managers: BTreeMap::new(),
        })
    }

    fn backport(&self, file: BackportTable) -> Result<BackportSettings> {
        let asked = |key, below| self.one(key, below, boolean).map(|value| value.is_some_and(|value| value.value));
        let carry = file.carry.or_else(|| Some(Sourced::default(Carried::ALL.to_vec())));
        Ok(BackportSettings {
            rules: message::Rules {
                prefix: asked(&keys::BACKPORT_PREFIX, file.prefix)?,
                co_author: asked(&keys::BACKPORT_CO_AUTHOR, file.co_author)?,
                gh_numbers: asked(&keys::BACKPORT_GH_NUMBERS, file.gh_numbers)?,
            },
            carry: self.list(&keys::BACKPORT_CARRY, carry, str::parse)?,
        })
    }

    fn patchcheck(&self, file: PatchcheckTable) -> Result<Rules> {
        let preset = self.one(&keys::PATCHCHECK_PRESET, file.preset, Preset::from_str)?;
        Ok(file.own.and(preset.map(|preset| preset.value)))
    }

    fn cla(&self, file: ClaTable) -> Result<ClaSettings> {
        let table = ClaTable {
            kind: self.one(&keys::CLA_KIND, file.kind, str::parse)?,
            url: self.one(&keys::CLA_URL, file.url, str::parse)?,
            context: self.one(&keys::CLA_CONTEXT, file.context, str::parse)?,
            path: self.one(&keys::CLA_PATH, file.path, str::parse)?,
            sign: self.one(&keys::CLA_SIGN, file.sign, str::parse)?,
        };
        ClaSettings::new(table, self.one(&keys::CLA_LOGIN, None, str::parse)?)
    }

    fn ports(&self, file: PortsTable) -> Result<PortsSettings> {
        let counterpart = self.one(&keys::PORTS_COUNTERPART, file.counterpart, Counterpart::from_str)?;
        let required = self.one(&keys::PORTS_REQUIRED, file.required, boolean)?;
        Ok(PortsSettings {
            counterpart: counterpart.unwrap_or(Sourced::default(Counterpart::Approved)),
            required: required.unwrap_or(Sourced::default(false)),
        })
    }

    fn news(&self, file: NewsTable) -> Result<NewsSettings> {
        let required = self.one(&keys::NEWS_REQUIRED, file.required, boolean)?;
        Ok(NewsSettings {
            style: self.one(&keys::NEWS_STYLE, file.style, str::parse)?,
            directory: self.one(&keys::NEWS_DIRECTORY, file.directory, str::parse)?,
            required: required.unwrap_or(Sourced::default(false)),
            exempt: self.list(&keys::NEWS_EXEMPT, file.exempt, str::parse)?,
        })
    }

    fn submit(&self) -> Result<SubmitSettings> {
        let hashtag = |text: &str| text.strip_prefix('#').unwrap_or(text).parse();
        Ok(SubmitSettings {
            max_stack: self.one(&keys::SUBMIT_MAX_STACK, None, stack_size)?.unwrap_or(Sourced::default(MAX_STACK)),
            reviewers: self.list(&keys::SUBMIT_REVIEWERS, None, Text::from_str)?,
            cc: self.list(&keys::SUBMIT_CC, None, Text::from_str)?,
            topic: self.one(&keys::SUBMIT_TOPIC, None, Text::from_str)?,
            hashtags: self.list(&keys::SUBMIT_HASHTAGS, None, hashtag)?,
            notify: self.one(&keys::SUBMIT_NOTIFY, None, notify)?,
            readiness: self
                .one(&keys::SUBMIT_READINESS, None, readiness)?
                .unwrap_or(Sourced::default(Readiness::Unchanged)),
        })
    }

    fn ui(&self) -> Result<UiSettings> {
        // A value that only git understands is git's to complain about.
        let gits = self.git.get("color.ui").and_then(|entry| {
            let text = entry.value.as_deref().unwrap_or("true");
            Some(Sourced::new(color_choice(text).ok()?, entry.origin()))
        });
        let color = self.one(&keys::UI_COLOR, gits, color_choice)?;
        Ok(UiSettings { color: color.unwrap_or(Sourced::default(ColorChoice::Auto)) })
    }
}

fn parsed<T>(
    key: &Key,
    text: &str,
    origin: Origin,
    parse: impl Fn(&str) -> Result<T, Malformed>,
) -> Result<Sourced<T>> {
    match parse(text) {
        Ok(value) => Ok(Sourced::new(value, origin)),
        Err(reason) => Err(origin.error(format_args!("{}: {} cannot be used: {reason}", key.name, quoted(text)))),
    }
}

fn or_default<T: FromStr<Err = Malformed>>(value: Option<Sourced<T>>, default: &str) -> Result<Sourced<T>> {
    let value = value.or_else(|| fixed(default).map(Sourced::default));
    value.ok_or_else(|| Error::state(format!("`{default}` is not a name")))
}

/// A name that stands in this file.
fn fixed<T: FromStr>(name: &str) -> Option<T> {
    name.parse().ok()
}

/// What approves a change on a Gerrit with nothing configured: its built-in label at its maximum.
fn usual_approval() -> Approve {
    let label = fixed::<LabelName>("Code-Review");
    label.and_then(|label| Approve::new([(label, 2)]).ok()).unwrap_or_default()
}

/// git's own words for yes and no.
fn boolean(text: &str) -> Result<bool, Malformed> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Malformed("`true` or `false` is wanted")),
    }
}

fn stack_size(text: &str) -> Result<usize, Malformed> {
    let number = text.parse().ok().filter(|size| *size > 0);
    number.ok_or(Malformed("a number from 1 is wanted"))
}

fn notify(text: &str) -> Result<Notify, Malformed> {
    match text.to_ascii_lowercase().replace('_', "-").as_str() {
        "none" => Ok(Notify::None),
        "owner" => Ok(Notify::Owner),
        "owner-reviewers" => Ok(Notify::OwnerReviewers),
        "all" => Ok(Notify::All),
        _ => Err(Malformed("`none`, `owner`, `owner-reviewers` or `all` is wanted")),
    }
}

fn readiness(text: &str) -> Result<Readiness, Malformed> {
    match text {
        "wip" | "work-in-progress" => Ok(Readiness::WorkInProgress),
        "ready" => Ok(Readiness::Ready),
        "unchanged" => Ok(Readiness::Unchanged),
        _ => Err(Malformed("`wip`, `ready` or `unchanged` is wanted")),
    }
}

/// The error where address or project is missing, with what to type.
fn incomplete(format: Option<Format>, has_url: bool, has_project: bool) -> Error {
    let missing = match (has_url, has_project) {
        (false, false) => "address and project",
        (false, true) => "address",
        (true, _) => "project",
    };
    match format {
        Some(Format::ReviewConf) => {
            let keys = match (has_url, has_project) {
                (false, false) => "`url = \"https://…\"` and `project = \"…\"`",
                (false, true) => "`url = \"https://…\"`",
                (true, _) => "`project = \"…\"`",
            };
            Error::state(format!("{REVIEWCONF} does not tell the review server's {missing}"))
                .hint(format!("write {keys} below [review]"))
        }
        Some(Format::GitReview) => {
            let keys = match (has_url, has_project) {
                (false, false) => "`host=` and `project=`",
                (false, true) => "`host=`",
                (true, _) => "`project=`",
            };
            Error::state(format!("{GITREVIEW} does not tell the review server's {missing}"))
                .hint(format!("write {keys} below [gerrit]"))
        }
        None if has_url || has_project => {
            Error::state(format!("nothing tells the review server's {missing}, and there is no {REVIEWCONF}"))
                .hint("pyflow setup --url https://… --project …")
        }
        None => Error::state(format!("this repository has no {REVIEWCONF} and no {GITREVIEW}"))
            .hint("pyflow setup --url https://… --project …"),
    }
}

/// `pyflow.*` in git's configuration that no key is: a typing error, or a newer pyflow's.
fn unknown_keys(git: &GitConfig) -> Vec<Warning> {
    let known = keys::ALL.map(|key| key.name);
    let mut told: Vec<&str> = Vec::new();
    let mut warnings = Vec::new();
    for entry in git.entries() {
        let Some(name) = entry.key.strip_prefix("pyflow.") else { continue };
        if !known.contains(&name) && !told.contains(&name) {
            told.push(name);
            let meant = did_you_mean(name, known);
            let text = format!("this pyflow has no such key; it is ignored{meant}");
            warnings.push(Warning { origin: entry.origin(), text });
        }
    }
    warnings
}
