//! The person's files: which of them changed, what is in them, and how one is replaced.
//!
//! Names come from git and are bytes; a file is only reached through folders of the tree, never
//! through a symbolic link. What to write is decided elsewhere.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use super::Checkout;
use crate::error::{Context as _, Error, Result};
use crate::names::CommitId;

/// Files that differ from a commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// Those that are there and have another content, by name.
    pub files: Vec<Vec<u8>>,
    /// All names that are touched: those, moved and removed ones.
    pub touched: Vec<Vec<u8>>,
}

impl Checkout<'_> {
    /// What differs from `base`: committed since, staged, not staged, and not known to git.
    pub fn changed_since(&self, base: &CommitId) -> Result<Changed> {
        let git = self.git.clone().with_env("GIT_OPTIONAL_LOCKS", "0");
        let diff =
            ["diff", "--raw", "-z", "-M", "--no-relative", "--no-ext-diff", "--no-textconv", "--ignore-submodules"];
        let ask = |arguments: &[&str]| {
            let output = git.output(arguments)?;
            if output.status.success() { Ok(output.stdout) } else { Err(no_list(&output.talk())) }
        };
        let (tree, index, new) = std::thread::scope(|scope| {
            // The index may hold what the work tree no longer has.
            let index = scope.spawn(|| ask(&[&diff[..], &["--cached", base.as_str(), "--"]].concat()));
            let new = scope.spawn(|| ask(&["ls-files", "-z", "--others", "--exclude-standard"]));
            let tree = ask(&[&diff[..], &[base.as_str(), "--"]].concat());
            (tree, index.join(), new.join())
        });
        let lost = |_| Error::state("git could not be asked which files changed");
        let mut changed = Changed::default();
        for raw in [tree?, index.map_err(lost)??] {
            changed.add(&raw);
        }
        let new = new.map_err(lost)??;
        let names = names(&new);
        changed.files.extend(names.clone());
        changed.touched.extend(names);
        for list in [&mut changed.files, &mut changed.touched] {
            list.sort_unstable();
            list.dedup();
        }
        Ok(changed)
    }

    /// Every file of the tree that git knows or does not ignore.
    pub fn every_file(&self) -> Result<Vec<Vec<u8>>> {
        let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output = self.git.output(arguments)?;
        if !output.status.success() {
            return Err(no_list(&output.talk()));
        }
        let mut files = names(&output.stdout);
        files.sort_unstable();
        files.dedup();
        Ok(files)
    }

    /// Reads and replaces files of the tree.
    pub fn files(&self) -> Files<'_> {
        Files { top: &self.top }
    }
}

/// The plain files of a work tree.
#[derive(Debug, Clone, Copy)]
pub struct Files<'t> {
    top: &'t Path,
}

impl Files<'_> {
    /// What a plain file of the tree holds; `None` for everything else, and where it is gone.
    pub fn read(&self, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let unreadable = || Error::state(format!("{} cannot be read", shown(name)));
        let Some(path) = self.inside(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        match fs::File::open(path) {
            Ok(mut file) => file.read_to_end(&mut bytes).or_error(unreadable)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable().because(error)),
        };
        Ok(Some(bytes))
    }

    /// Replaces a plain file of the tree at once, with the mode it has, if it still holds `before`.
    pub fn replace(&self, name: &[u8], before: &[u8], after: &[u8]) -> Result<()> {
        let not_written = || Error::state(format!("{} cannot be written", shown(name)));
        let moved = || Error::state(format!("{} has changed in the meantime and stays as it is", shown(name)));
        let path = self.inside(name)?.ok_or_else(moved)?;
        let permissions = fs::symlink_metadata(&path).or_error(not_written)?.permissions();
        if permissions.mode() & 0o200 == 0 {
            return Err(not_written().hint("it is read-only: `chmod u+w` lets it be repaired"));
        }
        let folder = path.parent().ok_or_else(not_written)?;
        let mut file = tempfile::Builder::new().prefix(".pyflow-").tempfile_in(folder).or_error(not_written)?;
        file.write_all(after).or_error(not_written)?;
        file.as_file().set_permissions(permissions).or_error(not_written)?;
        if fs::read(&path).or_error(not_written)? != before {
            return Err(moved());
        }
        file.persist(&path).or_error(not_written)?;
        Ok(())
    }

    /// The path of a name, if it is a plain file that no symbolic link leads to.
    fn inside(&self, name: &[u8]) -> Result<Option<PathBuf>> {
        let name = Path::new(OsStr::from_bytes(name));
        let mut path = self.top.to_owned();
        let mut plain = false;
        for component in name.components() {
            let Component::Normal(component) = component else { return Ok(None) };
            path.push(component);
            plain = match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => false,
                Ok(metadata) if metadata.is_file() => true,
                Ok(_) => return Ok(None),
                Err(error)
                    if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
                {
                    return Ok(None);
                }
                Err(error) => {
                    return Err(Error::state(format!("{} cannot be read", name.display())).because(error));
                }
            };
        }
        Ok(plain.then_some(path))
    }
}

impl Changed {
    /// Reads `:MODE MODE ID ID STATUS NUL PATH NUL [PATH NUL]` … (git-diff(1), "Raw output format").
    fn add(&mut self, raw: &[u8]) {
        let mut parts = raw.split(|b| *b == 0);
        while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
            let head = String::from_utf8_lossy(head);
            let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let [_, mode, .., status] = words.as_slice() else { continue };
            let moved = status.starts_with(['R', 'C']);
            self.touched.push(path.to_vec());
            let path = if moved { parts.next().unwrap_or_default() } else { path };
            self.touched.push(path.to_vec());
            // A file that only moved has nothing new in it; U has no mode of its own.
            let same = moved && status.ends_with("100");
            if !same && !status.starts_with('D') && (mode.starts_with("100") || status.starts_with('U')) {
                self.files.push(path.to_vec());
            }
        }
    }
}

fn names(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split(|b| *b == 0).filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Without the list nothing was looked at, which must never look like nothing was found.
fn no_list(talk: &str) -> Error {
    let first = talk.lines().next().unwrap_or("git said nothing");
    Error::state(format!("git did not tell which files changed: {first}"))
}

#[cfg(test)]
mod tests {
    use super::{Changed, Files};

    #[test]
    fn a_file_that_changed_in_the_meantime_stays_as_it_is() {
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join("a.py"), "edited").unwrap();
        let files = Files { top: top.path() };
        let error = files.replace(b"a.py", b"as it was read", b"repaired").unwrap_err();
        assert!(error.message.contains("has changed in the meantime"), "{error}");
        assert_eq!(std::fs::read(top.path().join("a.py")).unwrap(), b"edited");
        files.replace(b"a.py", b"edited", b"repaired").unwrap();
        assert_eq!(std::fs::read(top.path().join("a.py")).unwrap(), b"repaired");
    }

    #[test]
    fn raw_output_is_read_with_moves_and_odd_names() {
        let mut changed = Changed::default();
        changed.add(
            b":100644 100644 a b M\0a b.py\0:000000 100644 0 b A\0\xc3\xa4\n.py\0:100644 000000 a 0 D\0gone\0\
              :100644 100644 a a R100\0old\0moved\0:100644 100644 a b R087\0was\0is\0\
              :000000 120000 0 b A\0link\0:160000 160000 a b M\0module\0:000000 000000 0 0 U\0conflict\0",
        );
        let text =
            |names: &[Vec<u8>]| names.iter().map(|n| String::from_utf8_lossy(n).into_owned()).collect::<Vec<_>>();
        assert_eq!(text(&changed.files), ["a b.py", "ä\n.py", "is", "conflict"]);
        for name in ["gone", "old", "moved", "was"] {
            assert!(text(&changed.touched).contains(&name.to_owned()), "{name}");
        }
    }
}
