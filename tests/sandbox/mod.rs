//! A world of its own for each test: folders, people with homes, clones, and a review server.
//!
//! Everything is loopback and temporary. Nothing of the machine's configuration is seen; clock and
//! identities are fixed. What is run is the built program, as a person would run it.

#![allow(dead_code, reason = "two test programs share this room, and each uses its own part of it")]

pub mod proxy;
pub mod server;
pub mod shim;
pub mod snapshot;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

pub use server::{Kind, ProjectOptions, Server};

/// The program under test.
pub const PYFLOW: &str = env!("CARGO_BIN_EXE_pyflow");

/// Nothing that a test runs takes this long unless it hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// The time that every test lives in.
const NOW: i64 = 1_795_000_000;

/// A world.
pub struct World {
    /// The review server.
    pub server: Server,
    folder: tempfile::TempDir,
    /// What stands before the server, where something does: the credentials are for it, too.
    pub front: RefCell<Option<String>>,
    clock: Cell<i64>,
    counter: Cell<u32>,
    numbers: RefCell<Vec<String>>,
}

impl World {
    /// A world with this server.
    pub fn new(kind: &Kind) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = Server::start(kind, folder.path());
        Self {
            server,
            folder,
            front: RefCell::default(),
            clock: Cell::new(NOW),
            counter: Cell::new(0),
            numbers: RefCell::default(),
        }
    }

    /// A world with the embedded server.
    pub fn embedded() -> Self {
        Self::new(&Kind::Embedded)
    }

    /// A world with the embedded server below this path.
    pub fn embedded_below(path: &str) -> Self {
        let mut world = Self::embedded();
        world.server.stand_below(path);
        world
    }

    /// A folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new project with branches `main`, `3.14` and `3.13` that only needs Code-Review.
    pub fn project(&self) -> Project {
        self.project_with(&ProjectOptions::default())
    }

    /// A new project.
    pub fn project_with(&self, options: &ProjectOptions) -> Project {
        let name = format!("t{}-{}", self.unique(), self.server.run_id());
        self.server.create_project(&name, options);
        Project { name, branch: options.branches[0].to_owned() }
    }

    /// Somebody's work lands on the project's branch, so that every clone is behind.
    pub fn moves_on(&self, project: &Project) {
        // Whatever stands before the server stands before others.
        let front = self.front.take();
        let clone = self.user("carol").clone(project);
        clone.commit(&format!("Somebody else's work {}", self.unique()));
        self.server.land(clone.submit_one(""));
        self.front.replace(front);
    }

    /// Somebody: `alice` (contributor), `bob` (contributor, has signed nothing), `carol` (core
    /// developer), `ci`.
    pub fn user(&self, name: &str) -> Person<'_> {
        let home = self.path(&format!("home-{name}"));
        if !home.exists() {
            std::fs::create_dir_all(&home).expect("a home");
            let full = server::full_name(name);
            let config = format!(
                "[user]\n\tname = {full}\n\temail = {name}@example.com\n[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n[commit]\n\tgpgsign = false\n[maintenance]\n\tauto = false\n"
            );
            std::fs::write(home.join(".gitconfig"), config).expect("a .gitconfig");
        }
        Person { world: self, name: name.to_owned(), home }
    }

    /// A number that this world has not given yet.
    pub fn unique(&self) -> u32 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    fn tick(&self) -> i64 {
        self.clock.set(self.clock.get() + 60);
        self.clock.get()
    }
}

thread_local! {
    static NOT_RUN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Says that the rest of this test could not be run here, and why; the test then returns. Under the
/// usual harness it counts as passed, so the line goes around what that keeps back of passing tests;
/// `tests/real` asks with [`why_not_run`] and reports it itself.
pub fn not_run(why: &str) {
    NOT_RUN.set(Some(why.to_owned()));
    if let Some(test) = std::thread::current().name() {
        // `eprintln` is what harnesses capture; a handle of one's own is not.
        writeln!(std::io::stderr(), "not run: {test} ({why})").ok();
    }
}

/// Why the test that has just returned on this thread was not run, where it said so.
pub fn why_not_run() -> Option<String> {
    NOT_RUN.take()
}

/// A project on the server.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Its first branch.
    pub branch: String,
}

/// Somebody with a home.
pub struct Person<'w> {
    /// Where they live.
    pub world: &'w World,
    /// Login name.
    pub name: String,
    /// HOME.
    pub home: PathBuf,
}

impl<'w> Person<'w> {
    /// A clone of the project with the remote `gerrit`, a `.reviewconf` that is not checked in,
    /// and a branch `work` checked out on top of the project's first branch.
    pub fn clone(&self, project: &Project) -> Clone<'w> {
        let clone = self.bare_clone(project);
        clone.write(".reviewconf", &clone.reviewconf(project));
        clone.write(".git/info/exclude", ".reviewconf\n.gitreview\n");
        clone.git(["checkout", "-q", "-b", "work", &format!("gerrit/{}", project.branch), "--no-track"]);
        clone
    }

    /// A clone with the remote `gerrit` and nothing of pyflow's.
    pub fn bare_clone(&self, project: &Project) -> Clone<'w> {
        let dir = self.world.path(&format!("{}-{}", self.name, self.world.unique()));
        let remote = self.world.server.push_url(project);
        let with_password = Server::with_password(&remote, &self.name);
        let clone =
            Clone { person: Person { world: self.world, name: self.name.clone(), home: self.home.clone() }, dir };
        std::fs::create_dir_all(&clone.dir).expect("a folder");
        clone.git(["clone", "-q", "-o", "gerrit", &with_password, "."]);
        clone.git(["remote", "set-url", "gerrit", &remote]);
        clone
    }

    /// The environment of everything this person runs.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let date = format!("@{} +0000", self.world.tick());
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let variables = [
            ("HOME", text(&self.home)),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
            ("TMPDIR", text(&self.home)),
            ("XDG_CONFIG_HOME", text(&self.home.join(".config"))),
            ("GIT_CONFIG_GLOBAL", text(&self.home.join(".gitconfig"))),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_AUTHOR_DATE", date.clone()),
            ("GIT_COMMITTER_DATE", date),
            ("PYFLOW_NOW", "2026-11-20T12:00:00Z".to_owned()),
            ("PYFLOW_KEYRING", "off".to_owned()),
            ("PYFLOW_REVIEW_USER", self.name.clone()),
            ("PYFLOW_REVIEW_TOKEN", server::password(&self.name)),
        ];
        let server = self.world.front.borrow().clone().or_else(|| self.world.server.known_url());
        let bound = server.map(|url| ("PYFLOW_REVIEW_TOKEN_FOR", url));
        variables.into_iter().chain(bound).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A clone of a project.
pub struct Clone<'w> {
    /// Whose.
    pub person: Person<'w>,
    /// Top of its work tree.
    pub dir: PathBuf,
}

impl<'w> Clone<'w> {
    /// The usual `.reviewconf` for a project.
    pub fn reviewconf(&self, project: &Project) -> String {
        format!(
            "version = 1\n\n[review]\nkind = \"gerrit\"\nurl = \"{}\"\nproject = \"{}\"\nremote = \"gerrit\"\nbranch = \"{}\"\n",
            self.person.world.server.url(),
            project.name,
            project.branch
        )
    }

    /// Runs git, which must succeed; returns its output without the last newline.
    #[track_caller]
    pub fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let run = self.try_git(arguments);
        assert_eq!(run.code, Some(0), "git failed:\n{}{}", run.stdout, run.stderr);
        run.stdout.trim_end_matches('\n').to_owned()
    }

    /// Runs git and returns whatever came of it.
    pub fn try_git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'w> {
        let mut command = Command::new(real_git());
        command.args(arguments).current_dir(&self.dir).env_clear().envs(self.person.environment());
        Run::of(self.person.world, command, None)
    }

    /// Runs `pyflow` with these words, split at spaces.
    pub fn pyflow(&self, words: &str) -> Run<'w> {
        self.run(PYFLOW, words.split_whitespace(), |_| {})
    }

    /// Runs `pyflow` with exactly these arguments.
    pub fn pyflow_args<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run<'w> {
        self.run(PYFLOW, arguments, |_| {})
    }

    /// Runs `pyflow` with changes to the command: its environment, its folder.
    pub fn pyflow_with(&self, words: &str, change: impl FnOnce(&mut Command)) -> Run<'w> {
        self.run(PYFLOW, words.split_whitespace(), change)
    }

    /// Runs `pyflow serve` about the world's own server, with these words.
    pub fn serve(&self, words: &str) -> Run<'w> {
        let dir = self.person.world.path("server");
        let arguments = words.split_whitespace().map(Into::into).chain(["--dir".into(), dir.into_os_string()]);
        self.run(PYFLOW, ["serve".into()].into_iter().chain(arguments).collect::<Vec<std::ffi::OsString>>(), |_| {})
    }

    /// Runs a program in the top of the work tree.
    pub fn run<S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
        change: impl FnOnce(&mut Command),
    ) -> Run<'w> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.dir).env_clear().envs(self.person.environment());
        change(&mut command);
        Run::of(self.person.world, command, None)
    }

    /// The same, with something on standard input.
    pub fn feed(&self, words: &str, input: &(impl AsRef<[u8]> + ?Sized), change: impl FnOnce(&mut Command)) -> Run<'w> {
        let mut command = Command::new(PYFLOW);
        command.args(words.split_whitespace()).current_dir(&self.dir).env_clear().envs(self.person.environment());
        change(&mut command);
        Run::of(self.person.world, command, Some(input.as_ref()))
    }

    /// Starts `pyflow` and says which process it is before it is waited for; no prompt, no input.
    pub fn pyflow_watched(&self, words: &str, change: impl FnOnce(&mut Command), started: impl FnOnce(u32)) -> Run<'w> {
        let mut command = Command::new(PYFLOW);
        command.args(words.split_whitespace()).current_dir(&self.dir).env_clear().envs(self.person.environment());
        change(&mut command);
        Run::watched(self.person.world, command, None, started)
    }

    /// A copy of this clone, times included.
    pub fn copy(&self) -> Self {
        let world = self.person.world;
        let dir = world.path(&format!("{}-{}", self.person.name, world.unique()));
        let status = Command::new("cp").arg("-a").args([&self.dir, &dir]).status().expect("cp");
        assert!(status.success(), "cp failed");
        Clone { person: world.user(&self.person.name), dir }
    }

    /// What is the person's: the index and everything in the work tree, modification times
    /// included, without the git directory.
    pub fn belongings(&self) -> BTreeMap<PathBuf, String> {
        let own = |name: &Path| !name.starts_with(".git") || name == Path::new(".git/index");
        self.fingerprint().into_iter().filter(|(name, _)| own(name)).collect()
    }

    /// Writes a file, making folders as needed.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, content).expect("a file");
    }

    /// Commits one file that is named and filled after the subject; returns the commit's id.
    pub fn commit(&self, message: &str) -> String {
        let file: String = message.lines().next().unwrap_or("x").chars().filter(char::is_ascii_alphanumeric).collect();
        self.commit_file(message, &format!("{file}.txt"), message)
    }

    /// Commits a file with this content.
    pub fn commit_file(&self, message: &str, file: &str, content: &str) -> String {
        self.write(file, content);
        self.git(["add", "--", file]);
        self.git(["commit", "-q", "-m", message]);
        self.head()
    }

    /// Changes the newest commit's content, and keeps its message.
    pub fn amend(&self, file: &str, content: &str) -> String {
        self.write(file, content);
        self.git(["add", "--", file]);
        self.git(["commit", "-q", "--amend", "--no-edit"]);
        self.head()
    }

    /// The commit that HEAD is at.
    pub fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }

    /// Changes the newest commit's message: replaces one text by another.
    pub fn reword(&self, from: &str, to: &str) -> String {
        let message = self.git(["log", "-1", "--format=%B"]);
        assert!(message.contains(from), "{from:?} is not in {message:?}");
        self.message(&message.replacen(from, to, 1))
    }

    /// Gives the newest commit exactly this message.
    pub fn message(&self, message: &str) -> String {
        let file = self.person.home.join("message");
        std::fs::write(&file, message).expect("a message");
        let file = file.to_string_lossy().into_owned();
        self.git(["commit", "-q", "--amend", "--allow-empty", "--cleanup=verbatim", "-F", &file]);
        self.head()
    }

    /// Fetches a patch set to `FETCH_HEAD`.
    pub fn fetch_patch_set(&self, number: u64, patch_set: u32) {
        self.git(["fetch", "-q", &self.url(), &format!("refs/changes/{:02}/{number}/{patch_set}", number % 100)]);
    }

    /// Fetches the branches, as `git fetch gerrit` would with the right password.
    pub fn fetch(&self) {
        self.git(["fetch", "-q", &self.url(), "+refs/heads/*:refs/remotes/gerrit/*"]);
    }

    /// The remote's address, with the password that plain git needs.
    pub fn url(&self) -> String {
        Server::with_password(&self.git(["remote", "get-url", "gerrit"]), &self.person.name)
    }

    /// Lets this clone speak about another project.
    pub fn point_at(&self, project: &Project) {
        self.git(["remote", "set-url", "gerrit", &self.person.world.server.push_url(project)]);
        self.write(".reviewconf", &self.reviewconf(project));
    }

    /// Lets git sign with an ssh key where it is asked to; `false`, and said so, where there is no
    /// `ssh-keygen`.
    pub fn make_signing_key(&self) -> bool {
        let key = self.person.home.join("key");
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f"]).arg(&key);
        if !command.output().is_ok_and(|made| made.status.success()) {
            not_run("there is no ssh-keygen");
            return false;
        }
        self.git(["config", "gpg.format", "ssh"]);
        self.git(["config", "user.signingKey", &key.with_extension("pub").to_string_lossy()]);
        true
    }

    /// Submits, which must succeed, and returns the document.
    #[track_caller]
    pub fn submit(&self, words: &str) -> serde_json::Value {
        let document = self.pyflow(&format!("submit --format json {words}")).success().json();
        for change in document["changes"].as_array().into_iter().flatten() {
            self.person.world.number(&change["number"].to_string());
        }
        document
    }

    /// Submits one commit, which must succeed, and returns its change's number.
    #[track_caller]
    pub fn submit_one(&self, words: &str) -> u64 {
        let numbers = Self::numbers(&self.submit(words));
        assert_eq!(numbers.len(), 1, "one change was expected: {numbers:?}");
        numbers[0]
    }

    /// The numbers of the changes of a `submit` document, in the order of the stack.
    pub fn numbers(document: &serde_json::Value) -> Vec<u64> {
        let changes = document["changes"].as_array().expect("changes");
        changes.iter().map(|change| change["number"].as_u64().expect("a number")).collect()
    }

    /// Everything below the work tree, `.git` included: kind, mode, size, modification time, content.
    pub fn fingerprint(&self) -> BTreeMap<PathBuf, String> {
        snapshot::fingerprint(&self.dir)
    }
}

/// The git of this machine by its path: a child whose PATH is set and whose program is a bare name is forked and not
/// spawned, which costs a large test program more than git itself.
pub fn real_git() -> &'static Path {
    static GIT: LazyLock<PathBuf> = LazyLock::new(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let git = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file());
        git.expect("git in PATH")
    });
    &GIT
}

/// How many times as often the random tests run (`PYFLOW_SOAK`).
pub fn soak() -> usize {
    std::env::var("PYFLOW_SOAK").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Numbers that look random and come again with the same seed (`PYFLOW_SEED`), which failures name.
pub struct Random {
    /// What they follow from.
    pub seed: u64,
    state: u64,
}

impl Random {
    /// From the seed that is asked for, else from the clock.
    pub fn new() -> Self {
        let asked = std::env::var("PYFLOW_SEED").ok().and_then(|text| text.parse().ok());
        let clock =
            || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |t| t.subsec_nanos());
        let seed = asked.unwrap_or_else(|| clock().into());
        Self { seed, state: seed }
    }

    /// A number below `limit` (splitmix64).
    pub fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below a usize")
    }
}

/// Ends a process without a warning.
pub fn kill(process: u32) {
    Command::new("kill").args(["-9", &process.to_string()]).status().ok();
}

/// What a program printed, and how it ended.
#[must_use = "either snapshot the output or assert how it ended"]
pub struct Run<'w> {
    world: &'w World,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
}

impl<'w> Run<'w> {
    fn of(world: &'w World, command: Command, input: Option<&[u8]>) -> Self {
        Self::watched(world, command, input, |_| {})
    }

    fn watched(world: &'w World, mut command: Command, input: Option<&[u8]>, started: impl FnOnce(u32)) -> Self {
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let id = child.id();
        started(id);
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            std::io::Write::write_all(&mut pipe, input).ok();
        }
        let (done, waiting) = std::sync::mpsc::channel();
        let watch = std::thread::spawn(move || {
            if waiting.recv_timeout(LIMIT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                kill(id);
            }
        });
        let output = child.wait_with_output().expect("the program ends");
        done.send(()).ok();
        watch.join().ok();
        Self {
            world,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }

    /// It ended with 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.ends_with(0)
    }

    /// It ended with this code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "unexpected end\n{}\n------- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Its document, checked against its schema.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let document = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}):\n{}\n------- stderr\n{}", self.stdout, self.stderr));
        snapshot::validate(&document);
        document
    }

    /// Output, talk and exit code in one text, with what differs from run to run replaced.
    pub fn snapshot(&self) -> String {
        let mut text = self.stdout.clone();
        if !self.stderr.is_empty() {
            text.push_str("------- stderr -------\n");
            text.push_str(&self.stderr);
        }
        if self.code != Some(0) {
            let code = self.code.map_or_else(|| "signal".to_owned(), |code| code.to_string());
            text.push_str("[exit code: ");
            text.push_str(&code);
            text.push_str("]\n");
        }
        snapshot::normalise(self.world, &text)
    }
}

impl World {
    /// The name of a change that this world has made: `#1`, `#2` …
    pub fn number_of(&self, number: u64) -> String {
        self.number(&number.to_string())
    }

    /// The name of a change's number, if it is one of this world's.
    pub fn known_number(&self, number: &str) -> Option<String> {
        self.numbers.borrow().iter().position(|known| known == number).map(|at| format!("#{}", at + 1))
    }

    /// Replaces change numbers by `#1`, `#2` … in the order in which they were first seen.
    fn number(&self, text: &str) -> String {
        let mut numbers = self.numbers.borrow_mut();
        let at = numbers.iter().position(|known| known == text).unwrap_or_else(|| {
            numbers.push(text.to_owned());
            numbers.len() - 1
        });
        format!("#{}", at + 1)
    }
}
