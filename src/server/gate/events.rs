//! The gate's own log: a line for each thing that it did, in a file that does not grow without end.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Context, Error, Result};

/// The log begins anew, beside the old one, from this size on.
pub(super) const MOST: u64 = 10_000_000;

/// The log.
#[derive(Debug)]
pub(super) struct Events {
    folder: PathBuf,
    file: File,
    most: u64,
    size: u64,
}

impl Events {
    /// Goes on with the one in the gate's folder.
    pub(super) fn open(folder: &Path, most: u64) -> Result<Self> {
        let path = folder.join("log.txt");
        let open = || -> std::io::Result<(File, u64)> {
            let file = OpenOptions::new().append(true).create(true).open(&path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        };
        let (file, size) = open().or_error(|| Error::state(format!("cannot write {}", path.display())))?;
        Ok(Self { folder: folder.to_owned(), file, most, size })
    }

    /// Writes a line. One that cannot be written is no reason to stop merging.
    pub(super) fn say(&mut self, words: &str) {
        if self.size > self.most
            && std::fs::rename(self.folder.join("log.txt"), self.folder.join("log.1.txt")).is_ok()
            && let Ok(anew) = Self::open(&self.folder, self.most)
        {
            *self = anew;
        }
        let line = format!("{} {words}\n", jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"));
        let _may_be_full = self.file.write_all(line.as_bytes());
        self.size += line.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_anew_beside_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap_or_default();
        let mut events = Events::open(dir.path(), 60).unwrap();
        for word in ["one", "two", "three", "four"] {
            events.say(word);
        }
        drop(events);
        let words = |name: &str| read(name).lines().map(|l| l.split(' ').skip(1).collect()).collect::<Vec<String>>();
        assert_eq!(
            (words("log.1.txt"), words("log.txt")),
            (vec!["one".into(), "two".into(), "three".into()], vec!["four".into()])
        );
        Events::open(dir.path(), 60).unwrap().say("five");
        assert_eq!(words("log.txt"), ["four", "five"]);
    }
}
