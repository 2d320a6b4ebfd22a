//! The file that `branches.release-cycle` names: the roles of branches in the form of CPython's
//! `release-cycle.json` (the devguide's, and `peps.python.org/api/release-cycle.json`): an object
//! with an entry for each version, of which `branch`, `status` and `release_manager` count here.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::find::MAX_SIZE;
use super::news::TreePath;
use super::sourced::{Sourced, Warning, clean, quoted};
use super::values::target;
use crate::error::{Context as _, Error, Result};
use crate::names::{BranchName, is_invisible};
use crate::ports::Role;

/// What the file says of one branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The branch.
    pub branch: BranchName,
    /// Its role.
    pub role: Role,
    /// Who decides about it.
    pub manager: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    branch: String,
    status: String,
    #[serde(default)]
    release_manager: String,
}

/// Reads the file below `top`. What it says in words that are not known is warned of: it gives no
/// branch a role.
pub fn read(top: &Path, path: &Sourced<TreePath>) -> Result<(Vec<Cycle>, Vec<Warning>)> {
    let name = path.value.as_str();
    let wrong = |what: &str| Error::state(format!("{}: {name} {what}", path.origin));
    let mut at = top.to_owned();
    for part in name.split('/') {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(wrong("leads through a symbolic link; pyflow does not follow it"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(wrong("is not in this tree, so the branches' roles are not known")
                    .hint("check out a branch that has it, or correct `release-cycle` below [branches]"));
            }
            Err(error) => return Err(wrong("cannot be read").because(error)),
        }
    }
    if !at.is_file() {
        return Err(wrong("is not a file"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&at).or_error(|| wrong("cannot be read"))?;
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).or_error(|| wrong("cannot be read"))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(wrong("is larger than 64 KiB"));
    }
    let entries: BTreeMap<String, Entry> = serde_json::from_slice(&bytes).map_err(|error| {
        wrong("is not what is expected: an object with `branch` and `status` for each version")
            .hint(clean(&error.to_string()))
    })?;
    let (mut found, mut warnings) = (Vec::new(), Vec::new());
    for (version, entry) in entries {
        let warning = |text: String| Warning { origin: path.origin.clone(), text };
        let role = match entry.status.as_str() {
            "feature" => Role::Default,
            "prerelease" => Role::ReleaseCandidate,
            "bugfix" => Role::Maintenance,
            "security" => Role::Security,
            "end-of-life" => Role::EndOfLife,
            other => {
                let version = quoted(&version);
                warnings
                    .push(warning(format!("{name}: {version} has the status {}, which is not known", quoted(other))));
                continue;
            }
        };
        match target(&entry.branch) {
            Ok(branch) => found.push(Cycle { branch, role, manager: manager(&entry.release_manager) }),
            Err(why) => warnings.push(warning(format!("{name}: {} is not a branch: {why}", quoted(&entry.branch)))),
        }
    }
    Ok((found, warnings))
}

/// A name for messages; nothing where there is none, or an odd one.
fn manager(text: &str) -> Option<String> {
    let plain = text.len() <= 100 && !text.chars().any(|c| c.is_control() || is_invisible(c));
    (plain && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::config::{Origin, Sourced};
    use crate::ports::Role;

    #[test]
    fn cpythons_own_form() {
        let top = tempfile::tempdir().unwrap();
        let path = |name: &str| {
            let origin = Origin::File { path: ".reviewconf".to_owned(), line: 9 };
            Sourced::new(name.parse().unwrap(), origin)
        };
        let file = path("include/release-cycle.json");
        assert!(
            read(top.path(), &file)
                .unwrap_err()
                .message
                .starts_with(".reviewconf:9: include/release-cycle.json is not")
        );
        std::fs::create_dir(top.path().join("include")).unwrap();
        let write = |text: &str| std::fs::write(top.path().join("include/release-cycle.json"), text).unwrap();
        write(
            r#"{"3.15": {"branch": "main", "status": "feature", "pep": 790},
                "3.14": {"branch": "3.14", "status": "bugfix", "release_manager": "Hugo van Kemenade"},
                "3.12": {"branch": "3.12", "status": "security", "release_manager": "Thomas\u001b[31m"},
                "3.8": {"branch": "3.8", "status": "end-of-life"},
                "3.7": {"branch": "-x", "status": "end-of-life"},
                "3.6": {"branch": "3.6", "status": "asleep\u001b"}}"#,
        );
        let (found, warnings) = read(top.path(), &file).unwrap();
        let roles: Vec<_> =
            found.iter().map(|cycle| (cycle.branch.as_str(), cycle.role, cycle.manager.as_deref())).collect();
        assert_eq!(
            roles,
            [
                ("3.12", Role::Security, None),
                ("3.14", Role::Maintenance, Some("Hugo van Kemenade")),
                ("main", Role::Default, None),
                ("3.8", Role::EndOfLife, None),
            ]
        );
        let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("`3.6` has the status `asleep\\u{1b}`"), "{warnings:?}");
        for wrong in ["[]", "{\"3.14\": {}}", "x", ""] {
            write(wrong);
            assert!(read(top.path(), &file).unwrap_err().message.contains("is not what is expected"), "{wrong}");
        }
        write(&" ".repeat(70_000));
        assert!(read(top.path(), &file).unwrap_err().message.contains("larger"));
        std::os::unix::fs::symlink("/etc/passwd", top.path().join("link.json")).unwrap();
        assert!(read(top.path(), &path("link.json")).unwrap_err().message.contains("symbolic link"));
        assert!(read(top.path(), &path("include")).unwrap_err().message.contains("not a file"));
    }
}
