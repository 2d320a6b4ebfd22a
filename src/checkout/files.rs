//! Files of the work tree that a command was asked to write: whole or not at all, inside the tree,
//! and never over what is there unless that was said.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use super::exec::Git;
use crate::error::{Context as _, Error, Result};

/// Whether a file may take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// No: it is an error if something is there.
    Never,
    /// Yes.
    Allowed,
}

/// The place of a path of the tree on the disk. A symbolic link on the way is refused: anyone can
/// propose a tree in which a folder is a link to another place.
pub fn inside(top: &Path, path: &str) -> Result<PathBuf> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let mut at = top.to_owned();
    for part in relative.components() {
        at.push(part);
        if at.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            return Err(Error::state(format!(
                "{} is a symbolic link; nothing is read or written through it",
                at.display()
            ))
            .hint("put a folder or a file in its place"));
        }
    }
    if plain && !path.is_empty() { Ok(at) } else { Err(Error::state(format!("{path} is not a path of this tree"))) }
}

/// Writes a file, making its folders. Beside it first, then by one rename.
pub fn write(path: &Path, content: &[u8], overwrite: Overwrite) -> Result<()> {
    let broken = || {
        Error::state(format!("{} cannot be written", path.display())).hint("is the disk full, or the folder read-only?")
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).or_error(broken)?;
    // Of a new file the umask takes its part; a file that is replaced keeps its mode.
    let mode = fs::metadata(path).map_or(0o666, |meta| meta.permissions().mode() & 0o777);
    let mut file = tempfile::Builder::new()
        .prefix(".pyflow-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder)
        .or_error(broken)?;
    file.write_all(content).or_error(broken)?;
    file.as_file().sync_all().or_error(broken)?;
    match overwrite {
        Overwrite::Allowed => file.persist(path).or_error(broken).map(|_| ()),
        Overwrite::Never => match file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(Error::state(format!("{} exists already", path.display())).hint("`--force` writes over it"))
            }
            Err(error) => Err(broken().because(error.error)),
        },
    }
}

/// Starting a thread costs more than reading so many files.
const FILES_PER_THREAD: usize = 64;

/// What `make` makes of each plain file below a folder of the tree, from its path with `/` and its
/// content; in the order of the paths, several at a time. None where there is no such folder.
pub fn files_below<T: Send>(top: &Path, folder: &str, make: impl Fn(String, &[u8]) -> T + Sync) -> Result<Vec<T>> {
    let mut names = Vec::new();
    collect(top, folder, &mut names)?;
    names.sort_unstable();
    let read = |names: &mut [String]| -> Result<Vec<T>> {
        let mut content = Vec::new();
        let one = |name: &mut String| {
            let place = top.join(&*name);
            content.clear();
            // `fs::read` would ask for the size of each first.
            let read = fs::File::open(&place).and_then(|file| file.take(u64::MAX).read_to_end(&mut content));
            read.or_error(|| unread(&place))?;
            Ok(make(std::mem::take(name), &content))
        };
        names.iter_mut().map(one).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(names.len() / FILES_PER_THREAD + 1);
    let each = names.len().div_ceil(threads).max(1);
    let parts: Vec<Result<Vec<T>>> = std::thread::scope(|scope| {
        let mut parts = names.chunks_mut(each);
        let own = parts.next();
        let others: Vec<_> = parts.map(|part| scope.spawn(|| read(part))).collect();
        let others =
            others.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own.map(read).into_iter().chain(others).collect()
    });
    let mut all = Vec::with_capacity(names.len());
    for part in parts {
        all.extend(part?);
    }
    Ok(all)
}

fn unread(path: &Path) -> Error {
    Error::state(format!("{} cannot be read", path.display()))
}

/// The names of the files, by folders from the top: no link leads there.
fn collect(top: &Path, folder: &str, names: &mut Vec<String>) -> Result<()> {
    let place = inside(top, folder)?;
    let entries = match fs::read_dir(&place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unread(&place).because(error)),
    };
    for entry in entries {
        let entry = entry.or_error(|| unread(&place))?;
        let name = entry.file_name();
        let path = format!("{folder}/{}", name.to_string_lossy());
        let kind = entry.file_type().or_error(|| unread(&entry.path()))?;
        if kind.is_symlink() {
            inside(top, &path)?;
        } else if kind.is_dir() {
            collect(top, &path, names)?;
        } else if kind.is_file() && name.to_str().is_some() {
            names.push(path);
        } else if name.to_string_lossy().ends_with(".rst") {
            return Err(Error::state(format!("{path} is not a plain file with a name in UTF-8")));
        }
    }
    Ok(())
}

/// Stages files, ignored ones too.
pub fn stage(git: &Git<'_>, paths: &[&str]) -> Result<()> {
    pathspecs(git, &["add", "--force"], paths)
}

/// Removes files from the work tree and, where git knows them, from the index.
pub fn remove(git: &Git<'_>, top: &Path, paths: &[&str], from_index: bool) -> Result<()> {
    for path in paths {
        let place = inside(top, path)?;
        match fs::remove_file(&place) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::state(format!("{} cannot be removed", place.display())).because(error));
            }
            _ => {}
        }
    }
    if from_index { pathspecs(git, &["rm", "--cached", "--quiet", "--ignore-unmatch"], paths) } else { Ok(()) }
}

/// Names go by standard input: there may be thousands.
fn pathspecs(git: &Git<'_>, command: &[&str], paths: &[&str]) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut arguments = vec!["--literal-pathspecs"];
    arguments.extend(command);
    arguments.extend(["--pathspec-from-file=-", "--pathspec-file-nul"]);
    git.feed(arguments, paths.join("\0").as_bytes()).map(|_| ())
}
