//! `pyflow serve` in a process of its own, as every bench that wants a review server starts it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");

/// A server; its process ends with this value.
pub(crate) struct Server {
    dir: PathBuf,
    process: Option<Child>,
}

impl Server {
    /// A folder for one; nothing is in it yet, and nothing runs.
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, process: None }
    }

    /// One that is up: with the projects that `init` makes, and alice, who may approve. Its URL has no
    /// slash at its end.
    pub(crate) fn with_alice(dir: PathBuf, init: &[&str]) -> (Self, String) {
        let mut server = Self::new(dir);
        server.run(init);
        server.add_user("alice", &["--group", "core"]);
        let (url, _) = server.start();
        (server, url)
    }

    /// Its folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PYFLOW);
        command.arg("serve").args(words).arg("--dir").arg(&self.dir);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A `pyflow serve …` that comes to an end.
    pub(crate) fn run(&self, words: &[&str]) {
        assert!(self.command(words).stdin(Stdio::null()).status().unwrap().success(), "pyflow serve {words:?}");
    }

    /// Somebody whose token is their name and `-pw`.
    pub(crate) fn add_user(&self, name: &str, more: &[&str]) {
        let mut add = self.command(&["user", "add", name, "--email", &format!("{name}@example.com"), "--token-stdin"]);
        let mut child = add.args(more).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{name}-pw").as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Starts it; its URL, and how long it took until it could be used.
    pub(crate) fn start(&mut self) -> (String, Duration) {
        let ready = self.dir.with_extension("ready");
        std::fs::remove_file(&ready).ok();
        let mut command = self.command(&["--listen", "127.0.0.1:0", "--ready-file", &ready.to_string_lossy()]);
        let began = Instant::now();
        let mut process = command.stdin(Stdio::null()).spawn().unwrap();
        while !ready.exists() {
            assert!(process.try_wait().unwrap().is_none(), "pyflow serve ended");
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = began.elapsed();
        self.process = Some(process);
        (std::fs::read_to_string(ready).unwrap().trim().trim_end_matches('/').to_owned(), took)
    }

    /// Kills it; it can be started again.
    pub(crate) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// The process's number, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
