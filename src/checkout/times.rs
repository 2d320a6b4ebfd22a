//! Times of object files, put back. Where a merge comes to an object that the repository has, git
//! does not write it again but sets its file's time to now, through alternates as well, so that no
//! gc takes it (git's `object-file.c`, `freshen_packed_object`). What only looks must not leave that.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Stores of stores that are followed, as far as git does (`alternates` in gitrepository-layout(5)).
const MOST_STORES: usize = 5;

/// When each object file, pack or loose, was last changed.
#[derive(Debug)]
pub(super) struct ObjectTimes(Vec<(PathBuf, SystemTime)>);

impl ObjectTimes {
    /// Notes the times below this folder of objects, and below those that it borrows from.
    pub(super) fn of(objects: &Path) -> Self {
        let mut noted = Vec::new();
        let mut stores = vec![objects.to_owned()];
        let mut at = 0;
        while let Some(store) = stores.get(at).cloned() {
            at += 1;
            if stores.len() < MOST_STORES {
                stores.extend(borrowed(&store));
            }
            for folder in entries(&store) {
                let name = folder.file_name().unwrap_or_default().as_bytes();
                if name == b"pack" || (name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit)) {
                    noted.extend(entries(&folder).filter_map(|file| modified(&file).map(|time| (file, time))));
                }
            }
        }
        Self(noted)
    }
}

impl Drop for ObjectTimes {
    /// What cannot be put back stays: there is nobody to tell, and no content is concerned.
    fn drop(&mut self) {
        for (file, time) in &self.0 {
            if modified(file).is_some_and(|now| now != *time)
                && let Ok(file) = File::open(file)
            {
                file.set_times(FileTimes::new().set_modified(*time)).ok();
            }
        }
    }
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(file).ok()?.modified().ok()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn borrowed(store: &Path) -> Vec<PathBuf> {
    let text = fs::read(store.join("info/alternates")).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && line[0] != b'#');
    lines.map(|line| store.join(OsStr::from_bytes(line))).collect()
}
