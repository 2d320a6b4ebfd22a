//! The review server of a world: the embedded one in a process of its own, or a real Gerrit.

use std::cell::{Cell, RefCell};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Once, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{PYFLOW, Project};

/// Which server a scenario runs against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `pyflow serve`.
    Embedded,
    /// A real Gerrit that is up already (`tests/real/gerrit.sh`).
    Gerrit {
        /// `3.13`, `3.4`.
        version: String,
        /// Its URL.
        url: String,
    },
}

/// A running server.
pub struct Server {
    kind: Kind,
    /// The embedded server boots when its address is first asked for: its projects are made before.
    url: RefCell<Option<String>>,
    folder: PathBuf,
    child: RefCell<Option<Child>>,
    /// The only folder in which the embedded server finds programs.
    programs: RefCell<Option<String>>,
    /// The user that the embedded server runs as, where it is another one.
    user: Cell<Option<u32>>,
    /// The path that the embedded server is below, as a proxy would have it.
    prefix: Option<String>,
    client: reqwest::blocking::Client,
}

/// What a project is like.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is a trait of its own")]
pub struct ProjectOptions {
    /// Its branches; the first is the default.
    pub branches: Vec<&'static str>,
    /// Contributors must have signed the agreement.
    pub agreement: bool,
    /// Nobody may push for review.
    pub locked: bool,
    /// Only core developers see it.
    pub secret: bool,
    /// Verified and Workflow are needed, too.
    pub checked: bool,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self { branches: vec!["main", "3.14", "3.13"], agreement: false, locked: false, secret: false, checked: false }
    }
}

/// The people of every world, as the real server's script seeds them.
const PEOPLE: [(&str, &str, Option<&str>); 4] = [
    ("alice", "Alice Able", None),
    ("bob", "Bob Baker", None),
    ("carol", "Carol Core", Some("core")),
    ("ci", "Zuul CI", Some("ci")),
];

/// Where nobody listens, for now: an address that has to be known before the server is up.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The program, as another user.
fn as_user(user: u32) -> Command {
    let mut command = Command::new("setpriv");
    let user = user.to_string();
    command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "--", PYFLOW]);
    command
}

/// Everybody's password or token.
pub fn password(name: &str) -> String {
    format!("{name}-pw")
}

/// A person's full name.
pub fn full_name(name: &str) -> &'static str {
    PEOPLE.iter().find(|(login, ..)| *login == name).map_or("Nobody", |(_, full, _)| full)
}

impl Server {
    pub(super) fn start(kind: &Kind, folder: &Path) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider().install_default().ok();
        });
        let client = reqwest::blocking::Client::builder().no_proxy().build().expect("an HTTP client");
        match kind {
            Kind::Gerrit { url, .. } => {
                let url = RefCell::new(Some(url.clone()));
                Self {
                    kind: kind.clone(),
                    url,
                    folder: folder.to_owned(),
                    child: RefCell::default(),
                    programs: RefCell::default(),
                    user: Cell::default(),
                    prefix: None,
                    client,
                }
            }
            Kind::Embedded => {
                let dir = folder.join("server");
                std::fs::create_dir_all(&dir).expect("the server's folder");
                let (url, child) = (RefCell::default(), RefCell::default());
                let (programs, user) = (RefCell::default(), Cell::default());
                let server = Self { kind: kind.clone(), url, folder: dir, child, programs, user, prefix: None, client };
                server.settle_people();
                server
            }
        }
    }

    fn serve(&self, arguments: &[&str], input: &str) {
        let mut command = Command::new(PYFLOW);
        command
            .arg("serve")
            .args(arguments)
            .arg("--dir")
            .arg(&self.folder)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("pyflow serve");
        std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes()).ok();
        let output = child.wait_with_output().expect("pyflow serve ends");
        assert!(output.status.success(), "pyflow serve {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Everybody's account. The accounts are made once, by the program itself, and copied after that.
    fn settle_people(&self) {
        static ACCOUNTS: OnceLock<Vec<u8>> = OnceLock::new();
        let file = self.folder.join("accounts.toml");
        let accounts = ACCOUNTS.get_or_init(|| {
            self.add_people();
            std::fs::read(&file).expect("the accounts")
        });
        if !file.exists() {
            std::fs::write(&file, accounts).expect("the accounts");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        }
    }

    fn add_people(&self) {
        for (name, full, group) in PEOPLE {
            let email = format!("{name}@example.com");
            let mut arguments = vec!["user", "add", name, "--full-name", full, "--email", &email, "--token-stdin"];
            arguments.extend(group.iter().flat_map(|group| ["--group", group]));
            self.serve(&arguments, &password(name));
        }
    }

    /// Rewrites the embedded server's configuration, before it is first used.
    pub fn configure(&self, change: impl FnOnce(String) -> String) {
        assert!(self.url.borrow().is_none(), "a running server does not read its configuration again");
        let path = self.folder.join("server.toml");
        let text = std::fs::read_to_string(&path).expect("server.toml");
        std::fs::write(path, change(text)).expect("server.toml");
    }

    /// Lets the embedded server find programs in this folder only.
    pub fn search_only(&self, folder: &Path) {
        self.programs.replace(Some(folder.display().to_string()));
    }

    /// Lets the embedded server run as another user; root only. Tells whether that works here.
    pub fn run_as(&self, user: u32) -> bool {
        let works = as_user(user).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if works.is_ok_and(|status| status.success()) {
            let outside = self.folder.parent().expect("the world");
            std::fs::set_permissions(outside, std::fs::Permissions::from_mode(0o711)).expect("a mode");
            self.user.set(Some(user));
        }
        self.user.get().is_some()
    }

    /// A file in the embedded server's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Asks the embedded server to end, waits until it has, and starts it again, at another address.
    pub fn restart(&self) {
        if let Some(mut child) = self.child.take() {
            let told = Command::new("kill").arg(child.id().to_string()).status().expect("kill");
            assert!(told.success() && child.wait().expect("it ends").success(), "it does not end well: {}", self.log());
        }
        let url = self.boot();
        self.url.replace(Some(url));
    }

    fn spawn(&self) -> PathBuf {
        let ready = self.folder.join("ready");
        std::fs::remove_file(&ready).ok();
        let log = std::fs::File::create(self.folder.join("log.txt")).expect("a log");
        let mut command = self.user.get().map_or_else(|| Command::new(PYFLOW), as_user);
        if let Some(user) = self.user.get() {
            let given = Command::new("chown").args(["-R", &user.to_string()]).arg(&self.folder).status();
            assert!(given.is_ok_and(|status| status.success()), "the folder cannot be given to {user}");
        }
        command.args(["serve", "--ready-file"]).arg(&ready);
        match &self.prefix {
            None => command.args(["--listen", "127.0.0.1:0"]),
            Some(prefix) => {
                let address = free_address();
                command.args(["--listen", &address, "--canonical-url", &format!("http://{address}{prefix}")])
            }
        };
        let child = command
            .arg("--dir")
            .arg(&self.folder)
            .env_clear()
            .env("PATH", self.programs.borrow().clone().unwrap_or_else(|| std::env::var("PATH").unwrap_or_default()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("pyflow serve");
        self.child.replace(Some(child));
        ready
    }

    fn boot(&self) -> String {
        let mut ready = self.spawn();
        let began = Instant::now();
        while !ready.exists() {
            let ended = self.child.borrow_mut().as_mut().and_then(|child| child.try_wait().expect("a child"));
            if ended.is_some() && self.prefix.is_some() && self.log().contains("cannot listen on ") {
                // Somebody was quicker: another address.
                ready = self.spawn();
                continue;
            }
            assert!(ended.is_none(), "the server did not start: {}", self.log());
            assert!(began.elapsed() < Duration::from_secs(30), "the server did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(2));
        }
        let url = std::fs::read_to_string(ready).expect("the ready file");
        url.trim().trim_end_matches('/').to_owned()
    }

    /// Lets the embedded server say that it is below this path; it has not been asked for yet.
    pub(super) fn stand_below(&mut self, prefix: &str) {
        assert!(self.child.borrow().is_none(), "the server is up already");
        self.prefix = Some(prefix.to_owned());
    }

    /// Stops the server without a warning and starts it again, at another address.
    pub fn kill_and_restart(&self) {
        self.kill();
        let url = self.boot();
        self.url.replace(Some(url));
    }

    /// Stops the server without a warning once this has returned, whatever is done meanwhile.
    pub fn kill_after(&self, wait: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
        let id = self.child.borrow().as_ref().expect("it is up").id();
        std::thread::spawn(move || {
            wait();
            super::kill(id);
        })
    }

    /// Starts the server, which is not up, and stops it after this time, ready or not.
    pub fn kill_while_it_starts(&self, time: Duration) {
        self.spawn();
        std::thread::sleep(time);
        self.kill();
    }

    /// Stops the server without a warning.
    pub fn kill(&self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    /// What the server wrote to its standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log.txt")).unwrap_or_default()
    }

    /// Which server it is.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether it is a Gerrit of before submit requirements.
    pub fn is_old(&self) -> bool {
        matches!(&self.kind, Kind::Gerrit { version, .. } if version == "3.4")
    }

    /// Whether it is the embedded one.
    pub fn is_embedded(&self) -> bool {
        self.kind == Kind::Embedded
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        if let Some(url) = &*self.url.borrow() {
            return url.clone();
        }
        let url = self.boot();
        self.url.replace(Some(url.clone()));
        url
    }

    /// The same, without starting it.
    pub fn known_url(&self) -> Option<String> {
        self.url.borrow().clone()
    }

    /// Part of project names, so that runs against one real server do not meet.
    pub(super) fn run_id(&self) -> String {
        let folder = self.folder.to_string_lossy();
        let tail: String = folder.chars().filter(char::is_ascii_alphanumeric).collect();
        tail[tail.len().saturating_sub(12)..].to_lowercase()
    }

    /// Where git pushes.
    pub fn push_url(&self, project: &Project) -> String {
        format!("{}/a/{}", self.url(), project.name)
    }

    /// A URL with name and password in it, for setting worlds up with plain git.
    pub fn with_password(url: &str, name: &str) -> String {
        url.replacen("://", &format!("://{name}:{}@", password(name)), 1)
    }

    pub(super) fn create_project(&self, name: &str, options: &ProjectOptions) {
        match &self.kind {
            Kind::Embedded => {
                assert!(self.url.borrow().is_none(), "projects are made before the server is first used");
                let mut arguments = vec![
                    "init",
                    "--project",
                    name,
                    "--requirement",
                    "Code-Review",
                    "--submit-type",
                    "merge-if-necessary",
                ];
                for branch in &options.branches {
                    arguments.extend(["--branch", branch]);
                }
                if options.agreement {
                    arguments.extend(["--contributor-agreement", "PSF-CLA"]);
                }
                if options.locked {
                    arguments.push("--closed-for-review");
                }
                if options.checked {
                    arguments.extend(["--requirement", "Verified", "--requirement", "Workflow"]);
                }
                if options.secret {
                    arguments.extend(["--visible-to", "core"]);
                }
                self.serve(&arguments, "");
            }
            Kind::Gerrit { .. } => {
                let parent = match (options.agreement, options.locked, options.secret) {
                    _ if options.checked => "All-Projects",
                    (true, ..) => "cla-proj",
                    (_, true, _) => "locked",
                    (.., true) => "secret",
                    _ => "plain",
                };
                let body = json!({ "create_empty_commit": true, "branches": options.branches, "parent": parent, "submit_type": "MERGE_IF_NECESSARY" });
                self.rest("admin", "PUT", &format!("projects/{name}"), Some(&body));
                if options.agreement {
                    let body = json!({ "use_contributor_agreements": "TRUE" });
                    self.rest("admin", "PUT", &format!("projects/{name}/config"), Some(&body));
                }
            }
        }
    }

    /// One authenticated request, which must succeed.
    #[track_caller]
    pub fn rest(&self, user: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, text) = self.try_rest(user, method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {text}");
        if text.trim().is_empty() {
            Value::Null
        } else {
            serde_json::from_str(text.trim_start_matches(")]}'")).expect("JSON")
        }
    }

    /// One authenticated request; status and body.
    pub fn try_rest(&self, user: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        self.ask(user, method, path, body).expect("an answer")
    }

    /// The same of a server that may be gone; `None` where it did not answer to the end.
    pub fn ask(&self, user: &str, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, String)> {
        let url = format!("{}/a/{path}", self.url());
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, url).basic_auth(user, Some(password(user)));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().ok()?;
        Some((response.status().as_u16(), response.text().ok()?))
    }

    /// A change with everything that a test may look at.
    pub fn change(&self, number: u64) -> Value {
        self.rest(
            "carol",
            "GET",
            &format!(
                "changes/{number}/?o=ALL_REVISIONS&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS&o=MESSAGES&o=ALL_COMMITS"
            ),
            None,
        )
    }

    /// Votes as this user.
    pub fn vote(&self, user: &str, number: u64, label: &str, value: i32) {
        let body = json!({ "labels": { label: value } });
        self.rest(user, "POST", &format!("changes/{number}/revisions/current/review"), Some(&body));
    }

    /// Brings a change to its branch, by whatever way this server has.
    pub fn land(&self, number: u64) {
        self.vote("carol", number, "Code-Review", 2);
        if !self.is_embedded() {
            self.rest("carol", "POST", &format!("changes/{number}/submit"), Some(&json!({})));
        }
        let began = Instant::now();
        while self.change(number)["status"] != "MERGED" {
            assert!(began.elapsed() < Duration::from_secs(20), "change {number} does not land");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes the signature under the agreement back, as only the server's administrators can.
    pub fn unsign(&self, user: &str) {
        match &self.kind {
            // Nobody has signed anything in a new world.
            Kind::Embedded => {}
            Kind::Gerrit { .. } => {
                let (status, text) =
                    self.try_rest("admin", "DELETE", &format!("groups/CLA-Signed/members/{user}"), None);
                assert!(matches!(status, 204 | 404), "{status} {text}");
            }
        }
    }

    /// Gives a change up.
    pub fn abandon(&self, user: &str, number: u64) {
        self.rest(user, "POST", &format!("changes/{number}/abandon"), Some(&json!({})));
    }

    /// Every ref of a project, as the server's own git lists them.
    pub fn refs(&self, project: &Project) -> String {
        let url = Self::with_password(&self.push_url(project), if self.is_embedded() { "carol" } else { "admin" });
        let output =
            Command::new("git").args(["ls-remote", &url]).env("GIT_TERMINAL_PROMPT", "0").output().expect("git");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
