//! Which checked-in file says where changes go, and its text; every oddity is refused before a
//! byte is interpreted.
//!
//! The top of the work tree may hold a file that a stranger proposed: a link that leads out of the
//! tree, a pipe that never ends, a gigabyte.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::sourced::{Origin, Warning};
use crate::error::{Context as _, Error, Result};

/// The file of ours, at the top of the work tree.
pub const REVIEWCONF: &str = ".reviewconf";
/// git-review's file, at the same place.
pub const GITREVIEW: &str = ".gitreview";
/// Real files have less than 4 KiB; all that is parsed stays in proportion to this.
pub const MAX_SIZE: u64 = 64 * 1024;

/// Which of the two formats a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.reviewconf`: TOML.
    ReviewConf,
    /// `.gitreview`: INI.
    GitReview,
}

impl Format {
    /// The file's name.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::ReviewConf => REVIEWCONF,
            Self::GitReview => GITREVIEW,
        }
    }
}

/// A file that was found and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its format.
    pub format: Format,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it, not yet interpreted.
    pub bytes: Vec<u8>,
    /// Something about the choice that the person should know.
    pub note: Option<Warning>,
}

/// Looks for `.reviewconf`, then for `.gitreview`, at the top of the work tree.
pub fn find(top: &Path) -> Result<Option<Found>> {
    if let Some(mut found) = read(top, Format::ReviewConf)? {
        if fs::symlink_metadata(top.join(GITREVIEW)).is_ok() {
            found.note = Some(Warning {
                origin: Origin::File { path: GITREVIEW.to_owned(), line: 1 },
                text: format!("not read, because there is a {REVIEWCONF}"),
            });
        }
        return Ok(Some(found));
    }
    read(top, Format::GitReview)
}

/// Reads one of the files; `None` where there is none.
pub fn read(top: &Path, format: Format) -> Result<Option<Found>> {
    let name = format.file_name();
    let path = top.join(name);
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(name).because(error)),
    };
    if metadata.file_type().is_symlink() {
        return Err(Error::state(format!("{name} is a symbolic link; pyflow does not follow it"))
            .hint(format!("make {name} a plain file")));
    }
    // Before it is opened: opening a pipe would wait for a writer.
    if !metadata.is_file() {
        return Err(Error::state(format!("{name} is not a file")).hint(format!("make {name} a plain file")));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).or_error(|| unreadable(name))?;
    // It may have grown since: one byte more than is allowed tells.
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).or_error(|| unreadable(name))?;
    Ok(Some(Found { format, path, bytes, note: None }))
}

fn unreadable(name: &str) -> Error {
    Error::state(format!("{name} cannot be read"))
}

/// The text of a configuration file: UTF-8 without a byte order mark, of a reasonable size.
pub(crate) fn decode<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let at = |line| Origin::File { path: path.to_owned(), line };
    if bytes.len() as u64 > MAX_SIZE {
        return Err(Error::state(format!("{path} is larger than {} KiB", MAX_SIZE / 1024))
            .hint("a configuration file has a few dozen lines; look at what is in it"));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(at(1).error("the file begins with a byte order mark").hint("save it as UTF-8 without one"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let line = line_at(bytes, error.valid_up_to());
        at(line).error("the file is not UTF-8").hint("save it as UTF-8")
    })
}

/// The line, from 1, that holds this byte.
pub(crate) fn line_at(bytes: &[u8], position: usize) -> usize {
    1 + bytes.iter().take(position).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::{Format, decode, find};
    use std::fs;

    #[test]
    fn the_first_file_wins_and_the_other_is_mentioned() {
        let top = tempfile::tempdir().unwrap();
        assert_eq!(find(top.path()).unwrap(), None);
        fs::write(top.path().join(".gitreview"), "x").unwrap();
        assert_eq!(find(top.path()).unwrap().unwrap().format, Format::GitReview);
        fs::write(top.path().join(".reviewconf"), "y").unwrap();
        let found = find(top.path()).unwrap().unwrap();
        assert_eq!((found.format, found.bytes.as_slice()), (Format::ReviewConf, &b"y"[..]));
        assert!(found.note.is_some());
    }

    #[test]
    fn links_folders_and_giants_are_refused() {
        let top = tempfile::tempdir().unwrap();
        let file = top.path().join(".reviewconf");
        std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
        assert!(find(top.path()).unwrap_err().message.contains("symbolic link"));
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(find(top.path()).unwrap_err().message.contains("not a file"));
        fs::remove_dir(&file).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
        assert!(find(top.path()).unwrap_err().message.contains("not a file"));
        drop(socket);
        fs::remove_file(&file).unwrap();
        fs::write(&file, vec![b'\n'; 70 * 1024]).unwrap();
        let found = find(top.path()).unwrap().unwrap();
        assert!(decode(".reviewconf", &found.bytes).unwrap_err().message.contains("64 KiB"));
    }

    #[test]
    fn text_is_utf8_without_a_mark() {
        assert!(decode("f", b"\xef\xbb\xbfa").unwrap_err().message.starts_with("f:1:"));
        assert!(decode("f", b"a\nb\xff").unwrap_err().message.starts_with("f:2:"));
        assert_eq!(decode("f", b"a").unwrap(), "a");
    }
}
