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
use crate::server::settings::{JobSettings, Sandbox, Settings};

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &DemoArgs) -> Result<Outcome> {
    let scratch = Scratch::new(directory, args)?;
    let mut stage = Stage::build(scratch.path(), observe)?;
    stage.play()?;
    let (folder, server) = (scratch.path().display().to_string(), stage.url.clone());
    let exit = stage.surprised.then_some(Kind::No);
    let kept = args.keep || args.folder.is_some();
    let next = if args.keep { stage.keep(scratch) } else { Vec::new() };
    Ok(Outcome::Demo(Demo { folder, server, steps: std::mem::take(&mut stage.steps), kept, next, exit }))
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
    /// Whether a command ended otherwise than the play has it.
    surprised: bool,
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

/// The number of the first change after those of the play.
const PLAYED: u64 = 9;

/// The sample project.
const PROJECT: &str = "sample";
/// The people: login, name, group.
const PEOPLE: [(&str, &str, Option<&str>); 3] =
    [("alice", "Alice Able", None), ("bob", "Bob Baker", None), ("carol", "Carol Core", Some("core"))];
/// A project that asks for news, for clean files and for an agreement.
const CHORES: &str = "library";
/// Its branches: the default one, and those that get fixes.
const BRANCHES: [&str; 3] = ["main", "3.14", "3.13"];
/// Its only module.
const PARSER: &str = "def parse(text):\n    return text.split()\n";
/// Its tests: every function that is used must be there.
const TESTS: &str = "sleep 0.3
for file in uses/*; do
    for name in $(cat \"$file\"); do
        grep -q \"^def $name(\" parser.py && continue
        echo \"$file uses $name, and parser.py has no such function\"
        exit 1
    done
done
";
/// How long the server may take to answer, or to test a change.
const PATIENCE: Duration = Duration::from_secs(20);

/// A change of the story: its branch, its subject, its files.
type Part<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

impl<'a> Stage<'a> {
    fn build(folder: &Path, observe: &'a dyn Observe) -> Result<Self> {
        let _working = observe.working("building the stage");
        let address = free_address()?;
        let url = format!("http://{address}");
        let folder = folder.to_owned();
        let mut stage = Self { folder, url, server: Server(None), steps: Vec::new(), surprised: false, observe };
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
        stage.pyflow(&stage.folder, &init, None)?;
        stage.configure_jobs()?;
        for (name, full, group) in PEOPLE {
            stage.person(name, full, group)?;
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
            "version = 1\n\n[review]\nkind = \"gerrit\"\nurl = \"{}\"\nproject = \"{PROJECT}\"\nremote = \"origin\"\nbranch = \"{}\"\n\n[branches]\ndefault = \"{}\"\nmaintenance = [{}]\n",
            self.url,
            BRANCHES[0],
            BRANCHES[0],
            maintenance.join(", ")
        );
        write(&seed.join(".reviewconf"), &conf)?;
        for (name, text) in [("parser.py", PARSER), ("uses/report", "parse\n"), ("tests.sh", TESTS)] {
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
        settings.gate.slots = Some(4);
        let tests = JobSettings { command: vec!["sh".to_owned(), "tests.sh".to_owned()], ..JobSettings::default() };
        if let Some(project) = settings.projects.get_mut(PROJECT) {
            project.jobs.insert("tests".to_owned(), tests);
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
        self.pyflow(&self.folder, &[&place[..], &rules[..]].concat(), None).map(drop)
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

    /// The workflow.
    fn play(&mut self) -> Result<()> {
        self.say("Alice writes a summary, on a branch of her own.");
        self.act("alice", "git checkout -q -b summary")?;
        write(&self.folder.join("alice/uses/summary"), "count\n")?;
        self.act("alice", "git add uses")?;
        self.act("alice", "git commit -q -m 'Add a summary'")?;
        self.say("She looks at what would happen, and sends it for review.");
        self.act("alice", "pyflow submit --dry-run main")?;
        self.act("alice", "pyflow submit main --topic summary")?;
        self.say("The server tests it at once. It fails: there is no function `count`.");
        self.until(1, &|change| verified(change) == Some(-1))?;
        self.act("alice", "pyflow status")?;
        self.say("She adds it. Run again, submit updates the change in place; now the tests pass.");
        let counting = "\n\ndef count(text):\n    return len(parse(text))\n";
        write(&self.folder.join("alice/parser.py"), &format!("{PARSER}{counting}"))?;
        self.act("alice", "git commit -q -a --amend --no-edit")?;
        self.act("alice", "pyflow submit main")?;
        self.until(1, &|change| verified(change) == Some(1))?;
        self.say("Carol, a core developer, sees it and approves exactly the patch set that she looked at.");
        self.act("carol", "pyflow list")?;
        self.act("carol", "pyflow approve 1,2")?;
        self.until(1, &is_merged)?;
        self.say("It was tested once more, merged with main, and has landed.");
        self.act("alice", "pyflow status")?;
        self.act("alice", "git fetch -q")?;
        self.every_branch()?;
        self.play_queue()?;
        self.chores()
    }

    /// Several changes at once, of which two do not fit together.
    fn play_queue(&mut self) -> Result<()> {
        self.say("Three more changes: a better name for `parse`, a new use of it, some news. Each passes alone.");
        self.act("alice", "git fetch -q")?;
        let renamed =
            format!("{}\n\ndef count(text):\n    return len(words(text))\n", PARSER.replace("parse(", "words("));
        let changes: [Part<'_>; 3] = [
            ("rename", "Call it words", &[("parser.py", &renamed), ("uses/report", "words\n")]),
            ("cloud", "Add a word cloud", &[("uses/cloud", "parse\n")]),
            ("news", "Tell the news", &[("NEWS", "What is new\n\n- a summary\n")]),
        ];
        for (branch, subject, files) in changes {
            self.act("alice", &format!("git checkout -q -b {branch} origin/main"))?;
            for (name, text) in files {
                write(&self.folder.join("alice").join(name), text)?;
            }
            self.act("alice", "git add .")?;
            self.act("alice", &format!("git commit -q -m '{subject}'"))?;
            self.act("alice", "pyflow submit main")?;
        }
        for number in 5..=7 {
            self.until(number, &|change| verified(change) == Some(1))?;
        }
        self.say("Carol approves all three. The gate tests each on top of those ahead of it, at the same time.");
        self.act("carol", "pyflow approve 5,1 6,1 7,1")?;
        for number in [5, 7] {
            self.until(number, &is_merged)?;
        }
        self.until(6, &|change| verified(change) == Some(-2))?;
        self.say("The word cloud calls what is called otherwise now: it was thrown out, the others have landed.");
        self.act("alice", "pyflow status 5 6 7")?;
        self.act("alice", "git fetch -q")?;
        self.act("alice", "git log --oneline --first-parent -4 origin/main")
    }

    /// Waits until a change is where the story wants it.
    fn until(&self, number: u32, there: &dyn Fn(&serde_json::Value) -> bool) -> Result<()> {
        let _working = self.observe.working("the server runs the tests");
        let began = Instant::now();
        loop {
            let text =
                self.pyflow(&self.folder.join("alice"), &["status", &number.to_string(), "--format", "json"], None)?;
            let document: serde_json::Value = serde_json::from_str(&text)
                .or_error(|| Error::unknown("`pyflow status` printed something else than its document"))?;
            if there(&document["changes"][0]["review"]) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(Error::state(format!("the server does not get done with change {number}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What a project wants before it looks at a change at all.
    fn chores(&mut self) -> Result<()> {
        self.say("Bob is new, in a project that wants news, clean files and a contributor agreement.");
        self.act("bob", "git checkout -q -b count")?;
        write(&self.folder.join("bob/count.py"), "def count(items):\n\treturn len(items) \n")?;
        self.act("bob", "git add count.py")?;
        self.act("bob", "git commit -q -m 'Count the items'")?;
        self.say("He is told everything at once, and nothing is sent.");
        self.act_and_expect(1, "bob", "pyflow submit")?;
        self.act("bob", "pyflow patchcheck --fix")?;
        self.act("bob", "pyflow news add --issue 123456 --section Library -m 'Items can be counted.'")?;
        self.act("bob", "git commit -q -a --amend --no-edit")?;
        self.act("bob", "pyflow cla sign --yes")?;
        self.act("bob", "pyflow submit")
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
        for number in 2..=4 {
            self.until(number, &is_merged)?;
        }
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
        self.act_and_expect(0, who, line)
    }

    /// The same for one that ends with this code.
    fn act_and_expect(&mut self, code: i32, who: &str, line: &str) -> Result<()> {
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
        self.surprised |= step.exit_code != Some(code);
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
            "git commit --allow-empty -m 'Try something' && pyflow submit main".to_owned(),
            "pyflow status".to_owned(),
            format!("cd ../carol && pyflow list && pyflow approve {PLAYED},1   # as Carol: a clone is its owner's"),
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
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("HOME", &self.folder);
        if let Some(width) = self.observe.width() {
            command.env("PYFLOW_COLUMNS", width.to_string());
        }
        command
    }
}

/// How the server's tests voted.
fn verified(review: &serde_json::Value) -> Option<i64> {
    let votes = review["votes"].as_array()?;
    votes.iter().find(|vote| vote["label"] == "Verified")?["value"].as_i64()
}

fn is_merged(review: &serde_json::Value) -> bool {
    review["state"] == "merged"
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
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text))
        .or_error(|| Error::state(format!("{} cannot be written", path.display())))
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
