//! Pushed objects wait in a folder of their own until the push is accepted, as in git itself.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Stdio;

use git2::Oid;

use super::git::Git;
use super::store::Project;

/// Below this many objects they are unpacked, from it on the pack is kept (git's `receive.unpackLimit`).
const UNPACK_LIMIT: u32 = 100;

/// Why objects cannot be taken, for the pusher.
#[derive(Debug)]
pub(super) struct Bad(pub String);

impl From<io::Error> for Bad {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// The folder; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Quarantine {
    folder: tempfile::TempDir,
}

impl Quarantine {
    /// Makes the folder inside the repository's objects, so that moving is renaming.
    pub(super) fn new(project: &Project) -> io::Result<Self> {
        // git's own prefix: `git gc` and `git prune` know and clear what a crash leaves.
        let folder =
            tempfile::Builder::new().prefix("tmp_objdir-incoming-").tempdir_in(project.path.join("objects"))?;
        Ok(Self { folder })
    }

    /// Where the objects are.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, git: &Git, project: &Project) -> std::process::Command {
        let mut command = git.command(&project.path);
        command
            .env("GIT_OBJECT_DIRECTORY", self.path())
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", project.path.join("objects"))
            .env("GIT_QUARANTINE_PATH", self.path());
        command
    }

    /// Unpacks or indexes the pack that `input` carries; its objects are checked one by one.
    pub(super) fn receive(
        &self,
        git: &Git,
        project: &Project,
        input: &mut impl Read,
        max_pack: u64,
    ) -> Result<(), Bad> {
        let mut head = [0_u8; 12];
        input.read_exact(&mut head).map_err(|_| Bad("eof before pack header was fully read".into()))?;
        if &head[..4] != b"PACK" {
            return Err(Bad("protocol error (pack signature mismatch detected)".into()));
        }
        let objects = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        let mut command = self.command(git, project);
        if objects < UNPACK_LIMIT {
            command.args(["unpack-objects", "-q", "--strict"]);
        } else {
            command.args(["index-pack", "--stdin", "--fix-thin", "--strict"]);
        }
        command.arg(format!("--max-input-size={max_pack}"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            let mut stderr = child.stderr.take();
            let words = scope.spawn(move || {
                let mut text = Vec::new();
                let _ended = stderr.as_mut().map(|s| s.take(64 * 1024).read_to_end(&mut text));
                text
            });
            if let Some(stdin) = &mut stdin {
                // A git that has seen enough closes its end; its exit code tells whether that was well.
                let _ended = stdin.write_all(&head).and_then(|()| io::copy(input, stdin));
            }
            drop(stdin.take());
            let status = child.wait();
            (status, words.join().unwrap_or_default())
        });
        let (status, words) = output;
        if status?.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&words);
        let last = words.lines().rfind(|l| !l.is_empty()).unwrap_or("unpacker error");
        Err(Bad(last.trim_start_matches("fatal: ").to_owned()))
    }

    /// Checks that everything reachable from `tip` is there, down to the branches and `known`.
    pub(super) fn check_connected(&self, git: &Git, project: &Project, tips: &[Oid], known: &[Oid]) -> Result<(), Bad> {
        use std::fmt::Write as _;
        let mut input = String::new();
        for tip in tips {
            let _fits = writeln!(input, "{tip}");
        }
        for id in known {
            let _fits = writeln!(input, "^{id}");
        }
        let mut command = self.command(git, project);
        command.args(["rev-list", "--objects", "--quiet", "--stdin", "--not", "--branches", "--tags"]);
        let output = super::git::finish(command, input.as_bytes()).map_err(|e| Bad(e.message))?;
        if output.ok() { Ok(()) } else { Err(Bad("missing necessary objects".into())) }
    }

    /// Moves the objects to the repository: loose ones first, then packs with their index last, so
    /// that nobody sees an index without its pack.
    pub(super) fn migrate(self, project: &Project) -> io::Result<()> {
        let target = project.path.join("objects");
        for entry in std::fs::read_dir(self.path())? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                continue;
            }
            let folder = target.join(entry.file_name());
            std::fs::create_dir_all(&folder)?;
            let mut files = std::fs::read_dir(entry.path())?.collect::<io::Result<Vec<_>>>()?;
            files.sort_by_key(|f| Path::new(&f.file_name()).extension().is_some_and(|e| e == "idx"));
            for file in files {
                let to = folder.join(file.file_name());
                if !to.exists() {
                    std::fs::rename(file.path(), to)?;
                }
            }
        }
        Ok(())
    }
}
