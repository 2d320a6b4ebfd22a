//! `server.toml`: the projects and what is asked of changes to them. Read at start; no secrets.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

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

/// How changes get merged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Gate {
    /// When a change is merged.
    pub merge: MergeWhen,
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
    /// Only where the change is based on the tip.
    FastForwardOnly,
}

impl SubmitType {
    /// Gerrit's name for it.
    pub const fn gerrit_name(self) -> &'static str {
        match self {
            Self::MergeAlways => "MERGE_ALWAYS",
            Self::MergeIfNecessary => "MERGE_IF_NECESSARY",
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
        for (name, project) in &settings.projects {
            if !super::names::is_project(name) {
                return Err(Error::state(format!("{}: {name:?} cannot be a project's name", path.display())));
            }
            if let Some(agreement) = &project.contributor_agreement
                && !settings.agreements.contains_key(agreement)
            {
                return Err(Error::state(format!("{}: there is no [agreements.{agreement}]", path.display())));
            }
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
