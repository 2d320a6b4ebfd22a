//! The last rung: `credentials.toml`, a table for each origin, readable by its owner alone.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};

use super::Environment;
use crate::error::{Context as _, Error, Result};

/// A person has a handful of servers; more than this is not a credentials file.
const MAX_SIZE: u64 = 1 << 20;

type Table = BTreeMap<String, BTreeMap<String, String>>;

/// `$PYFLOW_CONFIG_DIR/credentials.toml`, else in the system's place for configuration. `None`
/// where the person has no home folder.
fn path(env: Environment<'_>) -> Option<PathBuf> {
    let folder = match env("PYFLOW_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => directories::ProjectDirs::from("", "", "pyflow")?.config_dir().to_owned(),
    };
    Some(folder.join("credentials.toml"))
}

/// User name and secret for this origin. A file that others can read is an error of kind `state`.
pub(super) fn read(env: Environment<'_>, origin: &str) -> Result<Option<(String, SecretString)>> {
    let Some(path) = path(env) else { return Ok(None) };
    let mut entry = load(&path)?.remove(origin).unwrap_or_default();
    Ok(match (entry.remove("user"), entry.remove("token")) {
        (Some(user), Some(token)) => {
            super::check_user(&format!("the user name in {}", path.display()), &user)?;
            super::check_value(&format!("the token in {}", path.display()), &token)?;
            Some((user, token.into()))
        }
        _ => None,
    })
}

/// Sets or removes the entry for this origin; whether the file changed.
pub(super) fn write(env: Environment<'_>, origin: &str, entry: Option<(&str, &SecretString)>) -> Result<bool> {
    let Some(path) = path(env) else {
        return match entry {
            Some(_) => Err(Error::state("there is no home folder to store a credential in")
                .hint("PYFLOW_CONFIG_DIR names a folder for it")),
            None => Ok(false),
        };
    };
    let mut table = load(&path)?;
    match entry {
        Some((user, secret)) => {
            let values = [("user", user), ("token", secret.expose_secret())];
            table.insert(origin.to_owned(), values.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        }
        None => {
            if table.remove(origin).is_none() {
                return Ok(false);
            }
        }
    }
    let could_not = || Error::state(format!("{} could not be written", path.display()));
    let text = Zeroizing::new(toml::to_string(&table).or_error(could_not)?);
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder).or_error(could_not)?;
    // A temporary file is created 0600, and the rename keeps that: at no moment can others read it.
    let mut file = tempfile::Builder::new().prefix(".credentials-").tempfile_in(folder).or_error(could_not)?;
    file.write_all(text.as_bytes()).or_error(could_not)?;
    file.as_file().sync_all().or_error(could_not)?;
    file.persist(&path).or_error(could_not)?;
    Ok(true)
}

fn load(path: &Path) -> Result<Table> {
    let could_not = || Error::state(format!("{} could not be read", path.display()));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Table::new()),
        Err(e) => return Err(could_not().because(e)),
    };
    check_private(path, &file.metadata().or_error(could_not)?)?;
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_SIZE).read_to_string(&mut text).or_error(could_not)?;
    // The parser's message quotes the line, and with it a token.
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        Error::state(format!("{}:{line} is not what pyflow wrote there", path.display()))
            .hint("remove the file, and `pyflow auth login` again")
    })
}

fn check_private(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::state(format!(
            "{} can be read by others (mode {mode:04o}) and is not used",
            path.display()
        ))
        .hint(format!("chmod 600 {}; where others may have read it, make a new token", path.display())));
    }
    Ok(())
}

fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
