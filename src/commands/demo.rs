//! `pyflow demo`: the workflow in a scratch folder, played by running the program's own commands
//! against a server of its own. Nothing outside the folder is read or written.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::DemoArgs;
use crate::error::{Context as _, Error, Kind, Result};
use crate::observe::Observe;
use crate::outcome::{Demo, DemoStep, Outcome};

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &DemoArgs) -> Result<Outcome> {
    let scratch = Scratch::new(directory, args)?;
    let mut stage = Stage::build(scratch.path(), observe)?;
    stage.play()?;
    let (folder, server) = (scratch.path().display().to_string(), stage.url.clone());
    let exit = stage.steps.iter().any(|step| step.exit_code != Some(0)).then_some(Kind::No);
    let next = if args.keep { stage.keep(scratch) } else { Vec::new() };
    Ok(Outcome::Demo(Demo { folder, server, steps: std::mem::take(&mut stage.steps), next, exit }))
}

/// The folder; removed at the end unless it is to be kept.
enum Scratch {
    Temporary(tempfile::TempDir),
    Named(PathBuf),
}

impl Scratch {
    fn new(directory: &Path, args: &DemoArgs) -> Result<Self> {
        let broken = || Error::state("the scratch folder cannot be made");
        let Some(folder) = &args.folder else {
            return Ok(Self::Temporary(tempfile::Builder::new().prefix("pyflow-demo-").tempdir().or_error(broken)?));
        };
        let folder = directory.join(folder);
        if folder.exists() {
            return Err(Error::usage(format!("{} is there already", folder.display()))
                .hint("name a folder that does not exist yet"));
        }
        std::fs::create_dir_all(&folder).or_error(broken)?;
        Ok(Self::Named(folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Named(folder) => folder,
        }
    }
}

/// The people, the server and what has been played.
struct Stage<'a> {
    folder: PathBuf,
    url: String,
    server: Server,
    steps: Vec<DemoStep>,
    observe: &'a dyn Observe,
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

/// The sample project.
const PROJECT: &str = "sample";
/// Its branches: the default one, and those that get fixes.
const BRANCHES: [&str; 3] = ["main", "3.14", "3.13"];
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

impl<'a> Stage<'a> {
    fn build(folder: &Path, observe: &'a dyn Observe) -> Result<Self> {
        let _working = observe.working("building the stage");
        let address = free_address()?;
        let url = format!("http://{address}");
        let mut stage = Self { folder: folder.to_owned(), url, server: Server(None), steps: Vec::new(), observe };
        stage.seed()?;
        let seed = stage.folder.join("seed");
        let mut init =
            vec!["serve", "init", "--dir", "server", "--project", PROJECT, "--requirement", "Code-Review", "--seed"];
        let seed = seed.to_string_lossy();
        init.push(&seed);
        for branch in BRANCHES {
            init.extend(["--branch", branch]);
        }
        stage.pyflow(&stage.folder, &init, None)?;
        for (name, full, group) in [("alice", "Alice Able", None), ("carol", "Carol Core", Some("core"))] {
            stage.person(name, full, group)?;
        }
        stage.serve(&address.to_string())?;
        for name in ["alice", "carol"] {
            stage.clone(name)?;
        }
        Ok(stage)
    }

    /// A small repository with maintenance branches and a checked-in `.reviewconf`.
    fn seed(&self) -> Result<()> {
        let seed = self.folder.join("seed");
        self.git(&self.folder, &["init", "-q", "-b", BRANCHES[0], "seed"])?;
        let maintenance: Vec<String> = BRANCHES[1..].iter().map(|branch| format!("\"{branch}\"")).collect();
        let conf = format!(
            "version = 1\n\n[review]\nkind = \"gerrit\"\nurl = \"{}\"\nproject = \"{PROJECT}\"\nremote = \"origin\"\nbranch = \"{}\"\n\n[branches]\ndefault = \"{}\"\nmaintenance = [{}]\n",
            self.url,
            BRANCHES[0],
            BRANCHES[0],
            maintenance.join(", ")
        );
        write(&seed.join(".reviewconf"), &conf)?;
        write(&seed.join("parser.py"), "def parse(text):\n    return text.split()\n")?;
        self.git(&seed, &["add", "."])?;
        self.git(
            &seed,
            &[
                "-c",
                "user.name=Sample",
                "-c",
                "user.email=sample@example.com",
                "commit",
                "-q",
                "-m",
                "Begin the sample project",
            ],
        )?;
        for branch in &BRANCHES[1..] {
            self.git(&seed, &["branch", branch])?;
        }
        // The branches part here, so that each has a history of its own.
        write(&seed.join("NEWS"), "What is new\n")?;
        self.git(&seed, &["add", "."])?;
        self.git(
            &seed,
            &[
                "-c",
                "user.name=Sample",
                "-c",
                "user.email=sample@example.com",
                "commit",
                "-q",
                "-m",
                "Begin the next release",
            ],
        )
        .map(drop)
    }

    fn person(&self, name: &str, full: &str, group: Option<&str>) -> Result<()> {
        let email = format!("{name}@example.com");
        let mut add = vec!["serve", "user", "add", name, "--dir", "server", "--full-name", full, "--email", &email];
        add.extend(group.iter().flat_map(|group| ["--group", group]));
        let output = self.pyflow(&self.folder, &add, None)?;
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
    fn clone(&self, name: &str) -> Result<()> {
        let helper = format!("store --file={}", quoted(&self.folder.join(format!("{name}.credentials"))));
        let remote = format!("{}/a/{PROJECT}", self.url);
        let folder = self.folder.join(name);
        self.git(&self.folder, &["-c", &format!("credential.helper={helper}"), "clone", "-q", &remote, name])?;
        let full = if name == "alice" { "Alice Able" } else { "Carol Core" };
        for (key, value) in [
            ("credential.helper", helper.as_str()),
            ("user.name", full),
            ("user.email", &format!("{name}@example.com")),
        ] {
            self.git(&folder, &["config", key, value])?;
        }
        Ok(())
    }

    /// The workflow.
    fn play(&mut self) -> Result<()> {
        self.say("Alice fixes a bug, on a branch of her own.");
        self.act("alice", "git checkout -q -b fix-parser")?;
        write(&self.folder.join("alice/parser.py"), "def parse(text):\n    return text.strip().split()\n")?;
        self.act("alice", "git commit -q -a -m 'Fix the parser for leading blanks'")?;
        self.say("She looks at what would happen, and sends it for review.");
        self.act("alice", "pyflow submit --dry-run main")?;
        self.act("alice", "pyflow submit main --topic parser")?;
        self.say("Run again, it updates the change in place.");
        write(&self.folder.join("alice/NEWS"), "What is new\n\n- the parser ignores leading blanks\n")?;
        self.act("alice", "git commit -q -a --amend --no-edit")?;
        self.act("alice", "pyflow submit main")?;
        self.act("alice", "pyflow status")?;
        self.say("Carol, a core developer, sees it and approves exactly the patch set that she looked at.");
        self.act("carol", "pyflow list")?;
        self.act("carol", "pyflow approve 1,2")?;
        self.say("It has landed.");
        self.act("alice", "pyflow status")?;
        self.act("alice", "git fetch -q")?;
        self.act("alice", "git log --oneline -3 origin/main")?;
        self.every_branch()
    }

    /// One fix on three branches with three commands.
    fn every_branch(&mut self) -> Result<()> {
        self.say("A bug that every branch has: one fix, three branches, three commands.");
        self.act("alice", "git checkout -q -b fix-empty origin/main --no-track")?;
        write(&self.folder.join("alice/tokens.py"), "def tokens(text):\n    return list(text or '')\n")?;
        self.act("alice", "git add tokens.py")?;
        self.act("alice", "git commit -q -m 'Accept empty input for tokens'")?;
        let began = Instant::now();
        self.act("alice", "pyflow submit main")?;
        self.act("alice", "pyflow backport 3.14 3.13")?;
        self.act("carol", "pyflow approve 2,1 3,1 4,1")?;
        let took = began.elapsed();
        if self.steps.iter().any(|step| step.exit_code != Some(0)) {
            return Ok(());
        }
        self.observe
            .note(&format!("# The fix is on three branches, {:.1} s after it was committed.", took.as_secs_f64()));
        self.act("alice", "git fetch -q")?;
        self.act("alice", "git log --oneline -1 origin/3.14")?;
        self.act("alice", "git log --oneline -1 origin/3.13")
    }

    fn say(&self, text: &str) {
        self.observe.note("");
        self.observe.note(&format!("# {text}"));
    }

    /// Runs a command as somebody, tells it as they would type it, then what it printed.
    fn act(&mut self, who: &str, line: &str) -> Result<()> {
        self.observe.note(&format!("{who}$ {line}"));
        let folder = self.folder.join(who);
        let words = words(line);
        let program = if words[0] == "pyflow" { own_path()? } else { PathBuf::from(&words[0]) };
        let output = self
            .command(&program, &folder)
            .args(&words[1..])
            .stdin(Stdio::null())
            .output()
            .or_error(|| Error::state(format!("`{line}` could not be started")))?;
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        for line in text.lines() {
            self.observe.note(line);
        }
        let step = DemoStep {
            who: who.to_owned(),
            command: line.to_owned(),
            output: text.into_owned(),
            exit_code: output.status.code(),
        };
        self.steps.push(step);
        Ok(())
    }

    /// Leaves the folder and the server; returns what to try next.
    fn keep(&mut self, scratch: Scratch) -> Vec<String> {
        if let Scratch::Temporary(folder) = scratch {
            // From here on it is the person's.
            let _kept = folder.keep();
        }
        let id = self.server.0.take().map(|child| child.id()).unwrap_or_default();
        vec![
            format!("cd {}", quoted(&self.folder.join("alice"))),
            "pyflow status".to_owned(),
            "git commit --allow-empty -m 'Try something' && pyflow submit main".to_owned(),
            format!("kill {id}   # ends the server"),
        ]
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> Result<String> {
        let output = self
            .command(Path::new("git"), folder)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .or_error(|| Error::state("git could not be started"))?;
        finished("git", arguments, &output)
    }

    fn pyflow(&self, folder: &Path, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let mut command = self.command(&own_path()?, folder);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .or_error(|| Error::state("pyflow could not start itself"))?;
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            pipe.write_all(input.as_bytes()).or_error(|| Error::state("pyflow could not be told its input"))?;
        }
        let output = child.wait_with_output().or_error(|| Error::state("pyflow could not be waited for"))?;
        finished("pyflow", arguments, &output)
    }

    /// A command that sees nothing of the person's own configuration and credentials.
    fn command(&self, program: &Path, folder: &Path) -> Command {
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
            .env("HOME", &self.folder);
        command
    }
}

fn finished(program: &str, arguments: &[&str], output: &std::process::Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it said nothing");
    Err(Error::state(format!("the stage could not be built: `{program} {}`: {first}", arguments.join(" "))))
}

fn own_path() -> Result<PathBuf> {
    std::env::current_exe().or_error(|| Error::state("the path of this program is not known"))
}

/// An address that nobody listens on. The checked-in `.reviewconf` names it before the server is up.
fn free_address() -> Result<std::net::SocketAddr> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .or_error(|| Error::state("there is no free port on 127.0.0.1"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).or_error(|| Error::state(format!("{} cannot be written", path.display())))
}

/// A path as a shell, and git's credential helpers, read it.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The words of a line of the play: split at spaces, single quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut inside = false;
    for c in line.chars() {
        match c {
            '\'' => inside = !inside,
            ' ' if !inside => words.push(String::new()),
            c => words.last_mut().expect("there is always a word").push(c),
        }
    }
    words
}
