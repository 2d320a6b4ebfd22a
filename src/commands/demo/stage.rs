//! Where the demo is played: a server, people with clones, and two projects. Knows nothing of the
//! story.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::interruption::Interruption;
use crate::error::{Context as _, Error, Kind, Result};
use crate::observe::Observe;
use crate::server::settings::{JobSettings, Sandbox, Settings};

/// The server, the people and their clones.
pub(super) struct Stage<'a> {
    pub(super) folder: PathBuf,
    pub(super) url: String,
    server: Server,
    pub(super) observe: &'a dyn Observe,
    interruption: Interruption,
}

/// The server's process; ends with this value.
struct Server(Option<Child>);

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// There while the mirror answers that tests get their data from.
pub(super) const MIRROR: &str = "mirror";
/// There while the tests take long.
pub(super) const SLOW: &str = "slow";

/// The sample project.
const PROJECT: &str = "sample";
/// The people: login, name, groups.
const PEOPLE: [(&str, &str, &[&str]); 3] =
    [("alice", "Alice Able", &[]), ("bob", "Bob Baker", &[]), ("carol", "Carol Core", &["core", "release-managers"])];
/// A project that asks for news, for clean files and for an agreement.
const CHORES: &str = "library";
/// Its branches: the default one, and those that get fixes.
const BRANCHES: [&str; 3] = ["main", "3.14", "3.13"];
/// Its only module.
pub(super) const PARSER: &str = "def parse(text):\n    return text.split()\n";
/// Its tests: every function that is used must be there.
const TESTS: &str = "sleep 0.3
while [ -e \"$STAGE/slow\" ]; do sleep 0.05; done
for file in uses/*; do
    for name in $(cat \"$file\"); do
        grep -q \"^def $name(\" parser.py && continue
        echo \"$file uses $name, and parser.py has no such function\"
        exit 1
    done
done
";
/// What the tests of each use need.
const DATA: &str = "[ -e \"$STAGE/mirror\" ] && exit
echo 'connection to mirror timed out'
exit 1
";
/// How long the server may take to answer, or to test a change.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

impl<'a> Stage<'a> {
    pub(super) fn build(folder: &Path, observe: &'a dyn Observe, interruption: &Interruption) -> Result<Self> {
        let _working = observe.working("building the stage");
        let address = free_address()?;
        let url = format!("http://{address}");
        let folder = folder.to_owned();
        let mut stage = Self { folder, url, server: Server(None), observe, interruption: interruption.clone() };
        stage.put_up(MIRROR)?;
        stage.seed()?;
        stage.seed_chores()?;
        let seed = stage.folder.join("seed");
        let mut init =
            vec!["serve", "init", "--dir", "server", "--project", PROJECT, "--requirement", "Code-Review", "--seed"];
        let seed = seed.to_string_lossy();
        init.push(&seed);
        for branch in BRANCHES {
            init.extend(["--branch", branch]);
        }
        stage.pyflow(&stage.folder, &init)?;
        stage.configure_jobs()?;
        for (name, full, groups) in PEOPLE {
            stage.person(name, full, groups)?;
        }
        stage.serve(&address.to_string())?;
        for (name, project) in [("alice", PROJECT), ("carol", PROJECT), ("bob", CHORES)] {
            stage.clone(name, project)?;
        }
        Ok(stage)
    }

    /// A small repository with maintenance branches and a checked-in `.reviewconf`.
    fn seed(&self) -> Result<()> {
        let seed = self.folder.join("seed");
        self.git(&self.folder, &["init", "-q", "-b", BRANCHES[0], "seed"])?;
        let maintenance: Vec<String> = BRANCHES[1..].iter().map(|branch| format!("\"{branch}\"")).collect();
        let conf = format!(
            "version = 1\n\n[review]\nkind = \"gerrit\"\nurl = \"{url}\"\nproject = \"{PROJECT}\"\nremote = \"origin\"\nbranch = \"{main}\"\n\n[gate]\nkind = \"zuul\"\nurl = \"{url}\"\ntenant = \"{tenant}\"\nreason = \"required\"\n\n[branches]\ndefault = \"{main}\"\nmaintenance = [{maintenance}]\n",
            url = self.url,
            main = BRANCHES[0],
            tenant = Settings::default().gate.tenant,
            maintenance = maintenance.join(", ")
        );
        write(&seed.join(".reviewconf"), &conf)?;
        for (name, text) in [("parser.py", PARSER), ("uses/report", "parse\n"), ("tests.sh", TESTS), ("data.sh", DATA)]
        {
            write(&seed.join(name), text)?;
        }
        self.commit(&seed, "Begin the sample project")?;
        // Each branch has a history of its own, and the default one is ahead of the others.
        for branch in &BRANCHES[1..] {
            self.git(&seed, &["checkout", "-q", "-b", branch, BRANCHES[0]])?;
            write(&seed.join("VERSION"), &format!("{branch}\n"))?;
            self.commit(&seed, &format!("Begin {branch}"))?;
        }
        self.git(&seed, &["checkout", "-q", BRANCHES[0]])?;
        write(&seed.join("NEWS"), "What is new\n")?;
        self.commit(&seed, "Begin the next release")
    }

    /// Commits everything as nobody in particular.
    fn commit(&self, seed: &Path, message: &str) -> Result<()> {
        self.git(seed, &["add", "."])?;
        let sample = ["-c", "user.name=Sample", "-c", "user.email=sample@example.com"];
        self.git(seed, &[&sample[..], &["commit", "-q", "-m", message]].concat()).map(drop)
    }

    /// The server runs the project's tests. What they are comes from this program, so nothing has to be
    /// shut in.
    fn configure_jobs(&self) -> Result<()> {
        let server = self.folder.join("server");
        let mut settings = Settings::read(&server)?;
        settings.gate.sandbox = Sandbox::None;
        settings.gate.slots = Some(8);
        let job = |script: &str, files: &[&str]| JobSettings {
            command: vec!["sh".to_owned(), script.to_owned()],
            files: files.iter().map(|&file| file.to_owned()).collect(),
            environment: [("STAGE".to_owned(), self.folder.display().to_string())].into(),
            ..JobSettings::default()
        };
        if let Some(project) = settings.projects.get_mut(PROJECT) {
            project.jobs.insert("tests".to_owned(), job("tests.sh", &[]));
            project.jobs.insert("data".to_owned(), job("data.sh", &["uses/*"]));
        }
        settings.write(&server)
    }

    /// The project with chores, and its place on the server.
    fn seed_chores(&self) -> Result<()> {
        self.git(&self.folder, &["init", "-q", "-b", BRANCHES[0], "seed-chores"])?;
        let seed = self.folder.join("seed-chores");
        let conf = format!(
            "version = 1\n\n[review]\nkind = \"gerrit\"\nurl = \"{}\"\nproject = \"{CHORES}\"\nremote = \"origin\"\nbranch = \"{}\"\n\n[cla]\nkind = \"gerrit\"\n\n[news]\nstyle = \"blurb\"\nrequired = true\n\n[[patchcheck.whitespace]]\nlanguage = \"python\"\nfiles = [\"**/*.py\"]\n",
            self.url, BRANCHES[0]
        );
        write(&seed.join(".reviewconf"), &conf)?;
        self.commit(&seed, "Begin the library")?;
        let seed = seed.to_string_lossy();
        let place = ["serve", "init", "--dir", "server", "--project", CHORES, "--branch", BRANCHES[0], "--seed", &seed];
        let rules = ["--requirement", "Code-Review", "--contributor-agreement", "Sample-CLA"];
        self.pyflow(&self.folder, &[&place[..], &rules[..]].concat()).map(drop)
    }

    fn person(&self, name: &str, full: &str, groups: &[&str]) -> Result<()> {
        let email = format!("{name}@example.com");
        let mut add = vec!["serve", "user", "add", name, "--dir", "server", "--full-name", full, "--email", &email];
        add.extend(groups.iter().flat_map(|group| ["--group", group]));
        let output = self.pyflow(&self.folder, &add)?;
        let token = output.lines().next().unwrap_or_default();
        let address = self.url.trim_start_matches("http://");
        write(&self.folder.join(format!("{name}.credentials")), &format!("http://{name}:{token}@{address}\n"))
    }

    fn serve(&mut self, address: &str) -> Result<()> {
        let ready = self.folder.join("ready");
        let log = std::fs::File::create(self.folder.join("server.log"))
            .or_error(|| Error::state("the server's log cannot be written"))?;
        let mut command = self.command(&own_path()?, &self.folder);
        command.args(["serve", "--dir", "server", "--listen", address, "--ready-file"]).arg(&ready);
        // A group of its own: Ctrl-C in a kept demo's terminal is not meant for the server.
        let child = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.server = Server(Some(child.or_error(|| Error::state("the server could not be started"))?));
        let began = Instant::now();
        while !ready.exists() {
            let ended =
                self.server.0.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|status| status.is_some()));
            if ended || began.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
                return Err(Error::state(format!(
                    "the server did not start: {}",
                    said.lines().next().unwrap_or("it said nothing")
                )));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// A clone as a person has it: git finds the password by a credential helper.
    fn clone(&self, name: &str, project: &str) -> Result<()> {
        let helper = format!("store --file={}", quoted(&self.folder.join(format!("{name}.credentials"))));
        let remote = format!("{}/a/{project}", self.url);
        let folder = self.folder.join(name);
        self.git(&self.folder, &["-c", &format!("credential.helper={helper}"), "clone", "-q", &remote, name])?;
        let full = PEOPLE.iter().find(|(login, ..)| *login == name).map_or(name, |(_, full, _)| full);
        for (key, value) in [
            ("credential.helper", helper.as_str()),
            ("user.name", full),
            ("user.email", &format!("{name}@example.com")),
        ] {
            self.git(&folder, &["config", key, value])?;
        }
        Ok(())
    }

    /// What the story turns on and off is a file.
    pub(super) fn put_up(&self, sign: &str) -> Result<()> {
        write(&self.folder.join(sign), "")
    }

    /// The same, off.
    pub(super) fn take_down(&self, sign: &str) -> Result<()> {
        let path = self.folder.join(sign);
        std::fs::remove_file(&path).or_error(|| Error::state(format!("{} cannot be removed", path.display())))
    }

    /// An error once somebody has interrupted.
    pub(super) fn goes_on(&self) -> Result<()> {
        if self.interruption.came() { Err(Error::new(Kind::Interrupted, "interrupted")) } else { Ok(()) }
    }

    /// The server goes on when the stage is gone; the number of its process.
    pub(super) fn leave_the_server(&mut self) -> u32 {
        self.server.0.take().map(|child| child.id()).unwrap_or_default()
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        self.finished(Path::new("git"), folder, arguments)
    }

    /// Runs this very program; what it printed.
    pub(super) fn pyflow(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        self.finished(&own_path()?, folder, arguments)
    }

    fn finished(&self, program: &Path, folder: &Path, arguments: &[&str]) -> Result<String> {
        self.goes_on()?;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let output = self
            .command(program, folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .or_error(|| Error::state(format!("{name} could not be started")))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().next().unwrap_or("it said nothing");
        Err(Error::state(format!("the stage could not be built: `{name} {}`: {first}", arguments.join(" "))))
    }

    /// A command that sees nothing of the person's own configuration and credentials.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PYFLOW_") || text.starts_with("GIT_") {
                command.env_remove(&name);
            }
        }
        let config = self.folder.join("gitconfig");
        if !config.exists() {
            // A failure shows at the first command that reads it.
            std::fs::write(&config, "").ok();
        }
        command
            .env("GIT_CONFIG_GLOBAL", config)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("PYFLOW_KEYRING", "off")
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("HOME", &self.folder);
        if let Some(width) = self.observe.width() {
            command.env("PYFLOW_COLUMNS", width.to_string());
        }
        command
    }
}

/// This very program.
pub(super) fn own_path() -> Result<PathBuf> {
    std::env::current_exe().or_error(|| Error::state("the path of this program is not known"))
}

/// An address that nobody listens on. The checked-in `.reviewconf` names it before the server is up.
fn free_address() -> Result<std::net::SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .or_error(|| Error::state("there is no free port on 127.0.0.1"))
}

/// Writes a file, and the folders that it is in.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text))
        .or_error(|| Error::state(format!("{} cannot be written", path.display())))
}

/// A path as a shell, and git's credential helpers, read it.
pub(super) fn quoted(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}
