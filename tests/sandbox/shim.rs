//! A `git` of the test's own, first in PATH: it counts the program's calls, and kills the program
//! at one of them. It passes everything on to the real git.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::World;

/// When the program is killed, seen from the git that it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// git never gets to do its work.
    Before,
    /// git goes on as an orphan.
    While,
    /// git has done its work.
    After,
}

impl When {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Before, Self::While, Self::After];

    const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::While => "while",
            Self::After => "after",
        }
    }
}

/// A folder with the shim and its marks.
pub struct Shim {
    folder: PathBuf,
}

/// `set -C` makes a new file or fails, so that calls at the same time get numbers of their own. Built-in
/// commands alone: starting a program costs more than the rest of most calls.
const SCRIPT: &str = r#"#!/bin/sh
set -C
n=1
while ! { true >"$SHIM_MARKS/$n"; } 2>/dev/null; do n=$((n+1)); done
case "$n:$SHIM_WHEN" in
"$SHIM_AT:before") kill -9 $PPID; true >"$SHIM_MARKS/$n.end"; exit 1;;
"$SHIM_AT:while") kill -9 $PPID;;
esac
"$SHIM_GIT" "$@"
code=$?
case "$n:$SHIM_WHEN" in "$SHIM_AT:after") kill -9 $PPID;; esac
true >"$SHIM_MARKS/$n.end"
exit $code
"#;

impl Shim {
    /// A shim of its own for this world.
    pub fn new(world: &World) -> Self {
        let folder = world.path(&format!("shim-{}", world.unique()));
        std::fs::create_dir_all(folder.join("bin")).expect("a folder");
        let script = folder.join("bin/git");
        std::fs::write(&script, SCRIPT).expect("a script");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        Self { folder }
    }

    /// Lets this command run our git, which kills it at call `at`, counted from 1.
    pub fn put_before(&self, command: &mut Command, at: Option<(usize, When)>) {
        let marks = self.folder.join("marks");
        std::fs::remove_dir_all(&marks).ok();
        std::fs::create_dir_all(&marks).expect("a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("SHIM_MARKS", marks)
            .env("SHIM_GIT", super::real_git())
            .env("SHIM_AT", at.map_or(0, |(at, _)| at).to_string())
            .env("SHIM_WHEN", at.map_or("never", |(_, when)| when.word()));
    }

    /// How often git was called.
    pub fn calls(&self) -> usize {
        self.marks().iter().filter(|mark| mark.extension().is_none()).count()
    }

    /// Waits until every git that was started has come to its end.
    pub fn settle(&self) {
        let began = Instant::now();
        let open = || {
            let marks = self.marks();
            marks.iter().any(|mark| mark.extension().is_none() && !marks.contains(&mark.with_extension("end")))
        };
        while open() {
            assert!(began.elapsed() < Duration::from_secs(30), "a git does not end");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn marks(&self) -> BTreeSet<PathBuf> {
        let marks = std::fs::read_dir(self.folder.join("marks"));
        marks.map_or_else(|_| BTreeSet::new(), |marks| marks.flatten().map(|mark| mark.path()).collect())
    }
}
