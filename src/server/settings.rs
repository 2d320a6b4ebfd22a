//! `server.toml`: the projects and what is asked of changes to them. Read at start; no secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use super::gate::model::Pipeline;
use crate::error::{Context, Error, Kind, Result};

/// The whole file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// Who may read without an account.
    pub access: Access,
    /// What a push may be.
    pub receive: Receive,
    /// How changes get merged.
    pub gate: Gate,
    /// Contributor agreements by name.
    pub agreements: BTreeMap<String, Agreement>,
    /// The projects by name.
    pub projects: BTreeMap<String, ProjectSettings>,
}

/// Who may read without an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Access {
    /// Whether projects can be read without credentials; unset: on loopback only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_read: Option<bool>,
}

#[expect(clippy::derivable_impls, reason = "kept beside its siblings, where the defaults are numbers")]
impl Default for Access {
    fn default() -> Self {
        Self { anonymous_read: None }
    }
}

/// Limits on what is pushed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Receive {
    /// Largest pack in bytes.
    pub max_pack: u64,
    /// Most commits that one push may turn into changes.
    pub max_changes: usize,
}

impl Default for Receive {
    fn default() -> Self {
        // A full clone of a large project fits; a disk does not fill by one push.
        Self { max_pack: 512 * 1024 * 1024, max_changes: 500 }
    }
}

/// How changes are tested and merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Gate {
    /// When a change is merged.
    pub merge: MergeWhen,
    /// The tenant's name in Zuul's addresses.
    pub tenant: String,
    /// How many jobs run at once; unset: one for each processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<usize>,
    /// What jobs are shut in.
    pub sandbox: Sandbox,
    /// Folders of this machine that jobs may read, beside the system's programs and libraries.
    pub readable: Vec<PathBuf>,
    /// How many changes of a queue are tested at once, to begin with; 0: all, always.
    pub window: usize,
    /// The least that failures leave of it.
    pub window_floor: usize,
    /// The most that it grows to; 0: no limit.
    pub window_ceiling: usize,
    /// The word at the start of a comment that runs `check` again.
    pub recheck: String,
    /// The word at the start of a comment that brings an approved change back into the gate.
    pub reverify: String,
    /// The account that the gate votes and speaks as; made where it is not there.
    pub account: String,
    /// What is kept of a job's output, in bytes.
    pub max_log: u64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            merge: MergeWhen::default(),
            tenant: "pyflow".to_owned(),
            slots: None,
            sandbox: Sandbox::default(),
            readable: Vec::new(),
            // Zuul's own.
            window: 20,
            window_floor: 3,
            window_ceiling: 0,
            recheck: "recheck".to_owned(),
            reverify: "reverify".to_owned(),
            account: "gate".to_owned(),
            // Ten million characters are more than anybody reads, and a thousand such logs fit a disk.
            max_log: 10_000_000,
        }
    }
}

/// What jobs are shut in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sandbox {
    /// bubblewrap; where it does not work, no job runs.
    #[default]
    Bubblewrap,
    /// Nothing: jobs can do whatever the server can.
    None,
}

/// A job of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct JobSettings {
    /// A program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// Where it runs.
    pub pipelines: Vec<Pipeline>,
    /// Patterns of branches; empty: all.
    pub branches: Vec<String>,
    /// It runs where a change touches one of these; empty: always.
    pub files: Vec<String>,
    /// It does not run where a change touches nothing but these.
    pub ignore_files: Vec<String>,
    /// Jobs that must have succeeded before.
    pub needs: Vec<String>,
    /// Whether its failure keeps a change from being merged.
    pub voting: bool,
    /// How often it is tried before it has failed.
    pub attempts: u32,
    /// Seconds that it may take.
    pub timeout: u64,
    /// Megabytes of memory that each of its processes may use; 0: no limit.
    pub memory: u64,
    /// How many processes and threads it may have; 0: no limit.
    pub processes: u64,
    /// Whether it can reach the network.
    pub network: bool,
    /// Variables of its environment.
    pub environment: BTreeMap<String, String>,
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            pipelines: Pipeline::ALL.to_vec(),
            branches: Vec::new(),
            files: Vec::new(),
            ignore_files: Vec::new(),
            needs: Vec::new(),
            voting: true,
            attempts: 1,
            // Zuul's own.
            timeout: 1800,
            // More than tests and compilers take, and less than a machine has.
            memory: 4096,
            processes: 4096,
            network: false,
            environment: BTreeMap::new(),
        }
    }
}

/// When a change is merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeWhen {
    /// As soon as all its submit requirements are satisfied.
    #[default]
    OnApproval,
    /// Never by this server.
    Never,
}

/// A contributor agreement that people sign with `PUT /accounts/self/agreements`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Agreement {
    /// One line about it.
    pub description: String,
    /// Where its text is.
    pub url: String,
}

/// One project.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ProjectSettings {
    /// One line about it.
    pub description: String,
    /// How a change gets onto its branch.
    pub submit_type: SubmitType,
    /// The labels whose submit requirement applies; unset: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirements: Option<Vec<String>>,
    /// The agreement that pushers must have signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributor_agreement: Option<String>,
    /// Readable, but nothing can be pushed.
    pub closed_for_review: bool,
    /// The only groups that can see it; empty: everybody.
    pub visible_to: Vec<String>,
    /// The queue of the gate that it shares with other projects; unset: one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Patterns of branches on which nobody's own approval of their own work counts.
    pub no_self_approval: Vec<String>,
    /// What jobs get as `PYFLOW_PIN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Its jobs by name. Without any, approval alone decides.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<String, JobSettings>,
}

/// How a change gets onto its branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubmitType {
    /// A merge commit for every change, so that the target's first parents are what was tested.
    #[default]
    MergeAlways,
    /// Fast-forward where possible, else a merge commit.
    MergeIfNecessary,
    /// The change's own commit where it is based on the tip, else a copy of it there.
    RebaseIfNecessary,
    /// Only where the change is based on the tip.
    FastForwardOnly,
}

impl SubmitType {
    /// Gerrit's name for it.
    pub const fn gerrit_name(self) -> &'static str {
        match self {
            Self::MergeAlways => "MERGE_ALWAYS",
            Self::MergeIfNecessary => "MERGE_IF_NECESSARY",
            Self::RebaseIfNecessary => "REBASE_IF_NECESSARY",
            Self::FastForwardOnly => "FAST_FORWARD_ONLY",
        }
    }
}

impl Settings {
    /// Reads `DIR/server.toml`; unknown keys and names that cannot be are errors.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("server.toml");
        let text = std::fs::read_to_string(&path).or_error(|| {
            Error::state(format!("cannot read {}", path.display()))
                .hint(format!("`pyflow serve init --dir {} --project NAME` makes one", dir.display()))
        })?;
        let settings: Self =
            toml::from_str(&text).or_error(|| Error::state(format!("{} is not right", path.display())))?;
        if settings.gate.slots == Some(0) {
            return Err(Error::state(format!("{}: [gate] slots is 0, so no job would ever run", path.display()))
                .hint("without it there is one for each processor"));
        }
        for (name, project) in &settings.projects {
            if !super::names::is_project(name) {
                return Err(Error::state(format!("{}: {name:?} cannot be a project's name", path.display())));
            }
            if let Some(agreement) = &project.contributor_agreement
                && !settings.agreements.contains_key(agreement)
            {
                return Err(Error::state(format!("{}: there is no [agreements.{agreement}]", path.display())));
            }
            super::gate::jobs::Jobs::read(&project.jobs)
                .map_err(|why| Error::state(format!("{}: project {name}: {why}", path.display())))?;
            super::labels::no_self_approval(project)
                .map_err(|why| Error::state(format!("{}: project {name}: no-self-approval: {why}", path.display())))?;
            for label in project.requirements.iter().flatten() {
                super::labels::check(label).map_err(|error| Error {
                    kind: Kind::State,
                    message: format!("{}: project {name}: {}", path.display(), error.message),
                    ..error
                })?;
            }
        }
        Ok(settings)
    }

    /// Writes `DIR/server.toml` in one step.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let text = toml::to_string(self).or_error(|| Error::state("cannot write server.toml"))?;
        super::files::replace(&dir.join("server.toml"), text.as_bytes(), 0o644)
    }
}
