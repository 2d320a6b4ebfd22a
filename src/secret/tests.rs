//! The ladder against a real git with a helper of our own, in a home folder of its own.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;
use crate::error::Kind;
use crate::observe::Working;

/// Keeps what was told.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

struct NoLine;

impl Working for NoLine {}

impl Observe for Told {
    fn working(&self, _what: &str) -> Box<dyn Working> {
        Box::new(NoLine)
    }
    fn note(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn warn(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn trace(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
    fn can_ask(&self) -> bool {
        true
    }
    fn confirm(&self, _question: &str, _flag: &str) -> Result<bool> {
        Err(Error::usage("nobody"))
    }
    fn choose(&self, _question: &str, _default: &[String], _flag: &str) -> Result<usize> {
        Err(Error::usage("nobody"))
    }
    fn ask(&self, _question: &str, _default: Option<&str>, _flag: &str) -> Result<String> {
        Err(Error::usage("nobody"))
    }
    fn ask_secret(&self, _question: &str, _flag: &str) -> Result<SecretString> {
        Err(Error::usage("nobody"))
    }
}

/// A home folder with a configuration of git, and an environment.
struct Home {
    folder: TempDir,
    told: Told,
    variables: HashMap<String, String>,
}

impl Home {
    fn new(gitconfig: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("gitconfig"), gitconfig).unwrap();
        let config = folder.path().join("config").to_str().unwrap().to_owned();
        let variables = [("PYFLOW_KEYRING", "off".to_owned()), ("PYFLOW_CONFIG_DIR", config)];
        Self { folder, told: Told::default(), variables: variables.map(|(k, v)| (k.to_owned(), v)).into() }
    }

    /// A home whose git has a helper that logs what it is asked and answers `get` with `answer`.
    fn with_helper(answer: &str) -> Self {
        let home = Self::new("");
        let log = home.log_path();
        let script = home.folder.path().join("helper");
        let text = format!(
            "#!/bin/sh\necho \"operation=$1\" >>'{log}'\ncat >>'{log}'\nif test \"$1\" = get; then printf '{answer}'; fi\n",
            log = log.display()
        );
        fs::write(&script, text).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(home.folder.path().join("gitconfig"), format!("[credential]\n\thelper = {}\n", script.display()))
            .unwrap();
        home
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    fn env(&self) -> impl Fn(&str) -> Option<String> + '_ {
        |name| self.variables.get(name).cloned()
    }

    fn git(&self) -> Git<'_> {
        Git::new(self.folder.path(), &self.told)
            .with_env("HOME", self.folder.path())
            .with_env("XDG_CONFIG_HOME", self.folder.path().join("xdg"))
            .with_env("GIT_CONFIG_GLOBAL", self.folder.path().join("gitconfig"))
            .with_env("GIT_CONFIG_NOSYSTEM", "1")
            .with_env("GIT_CEILING_DIRECTORIES", self.folder.path().parent().unwrap())
    }

    fn find_as(&self, role: Role, server: &ServerUrl, user: Option<&str>) -> Result<Option<Credential>> {
        let ladder = Ladder {
            role,
            server: server.clone(),
            user: user.map(str::to_owned),
            git: self.git(),
            environment: Box::new(self.env()),
            observe: &self.told,
            accepted: true,
        };
        ladder.find()
    }

    fn find(&self, user: Option<&str>) -> Result<Option<Credential>> {
        self.find_as(Role::Review, &server(), user)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config/credentials.toml")
    }
}

fn server() -> ServerUrl {
    "https://review.example.org:8443/r".parse().unwrap()
}

fn shown(credential: Option<&Credential>) -> Option<(&str, &str, Source)> {
    credential.map(|c| (c.user.as_str(), c.secret.expose_secret(), c.source))
}

#[test]
fn the_environment_comes_first_and_needs_a_name() {
    let mut home = Home::with_helper("username=git\\npassword=fromgit\\n");
    home.set("PYFLOW_REVIEW_TOKEN", "t");
    assert_eq!(home.find(None).unwrap_err().kind, Kind::Credentials);
    assert_eq!(shown(home.find(Some("alice")).unwrap().as_ref()), Some(("alice", "t", Source::Environment)));
    home.set("PYFLOW_REVIEW_USER", "bot");
    assert_eq!(shown(home.find(Some("alice")).unwrap().as_ref()), Some(("bot", "t", Source::Environment)));
    assert_eq!(home.log(), "");

    home.set("PYFLOW_GATE_TOKEN", "g");
    let gate = home.find_as(Role::Gate, &server(), None).unwrap();
    assert_eq!(shown(gate.as_ref()), Some(("", "g", Source::Environment)));
    // One role's token is not another's.
    let cla = home.find_as(Role::Cla, &server(), None).unwrap();
    assert_eq!(shown(cla.as_ref()), Some(("git", "fromgit", Source::GitCredential)));

    for (name, value) in
        [("PYFLOW_REVIEW_TOKEN", "t\nhost=evil"), ("PYFLOW_REVIEW_USER", "a:b"), ("PYFLOW_REVIEW_USER", "a\n")]
    {
        let before = home.variables.insert(name.to_owned(), value.to_owned()).unwrap();
        let error = home.find(None).unwrap_err();
        assert_eq!(error.kind, Kind::Credentials);
        assert!(!error.to_string().contains("evil"));
        home.set(name, &before);
    }
}

#[test]
fn git_is_asked_for_exactly_this_server_and_nobody_else_is() {
    let home = Home::with_helper("username=alice\\npassword=p\\n");
    let found = home.find(Some("alice")).unwrap().unwrap();
    assert_eq!(shown(Some(&found)), Some(("alice", "p", Source::GitCredential)));
    assert!(found.is_for(&"https://review.example.org:8443".parse().unwrap()));
    for other in ["https://review.example.org", "https://example.org:8443", "ssh://review.example.org:8443"] {
        assert!(!found.is_for(&other.parse().unwrap()), "{other}");
    }
    let asked = home.log();
    assert!(asked.contains("protocol=https\nhost=review.example.org:8443\nusername=alice\n"), "{asked}");
    assert!(!asked.contains("path="), "{asked}");
    // No secret in what --verbose shows, nor in what a debugger prints.
    assert!(!home.told.0.lock().unwrap().iter().any(|line| line.contains("password")));
    assert!(!format!("{found:?}").contains("\"p\"") && !format!("{found:?}").contains("password=p"));

    assert!(home.find(Some("alice\nhost=evil")).is_err());
}

#[test]
fn a_path_is_given_where_git_is_told_to_use_it() {
    let home = Home::with_helper("username=alice\\npassword=p\\n");
    let config = home.folder.path().join("gitconfig");
    let text = fs::read_to_string(&config).unwrap() + "\tuseHttpPath = true\n";
    fs::write(config, text).unwrap();
    assert!(home.find(None).unwrap().is_some());
    assert!(home.log().contains("path=r\n"), "{}", home.log());
}

#[test]
fn helpers_that_have_nothing_or_nonsense_are_passed_over() {
    // No helper at all: git would ask, and must not.
    assert!(Home::new("").find(None).unwrap().is_none());
    // An askpass program must not be started either.
    let asking = Home::new("[core]\n\taskPass = /bin/false\n");
    assert!(asking.find(Some("alice")).unwrap().is_none());
    for answer in [
        "",
        "quit=1\\n",
        "username=alice\\n",
        "username=mallory\\npassword=p\\n",
        "protocol=https\\nhost=evil.example.org\\nusername=alice\\npassword=p\\n",
        "username=alice\\npassword=\\377\\n",
    ] {
        let home = Home::with_helper(answer);
        assert!(home.find(Some("alice")).unwrap().is_none(), "{answer}");
    }
}

#[test]
fn only_what_git_filled_is_given_back_to_it() {
    let home = Home::with_helper("username=alice\\npassword=p\\npassword_expiry_utc=9999999999\\n");
    let found = home.find(None).unwrap().unwrap();
    let before = home.log();
    approve(&found, &server(), &home.git()).unwrap();
    let stored = home.log().strip_prefix(&before).unwrap().to_owned();
    assert!(stored.starts_with("operation=store\n") && stored.contains("password=p\n"), "{stored}");

    let before = home.log();
    let elsewhere = "https://other.example.org".parse().unwrap();
    reject_filled(&found, &elsewhere, &home.git()).unwrap();
    for source in [Source::Environment, Source::Keyring, Source::File, Source::GitCredential] {
        let other = Credential::new(&server(), "alice", "p".into(), source);
        reject_filled(&other, &server(), &home.git()).unwrap();
        approve(&other, &server(), &home.git()).unwrap();
    }
    assert_eq!(home.log(), before);
    reject_filled(&found, &server(), &home.git()).unwrap();
    let erased = home.log().strip_prefix(&before).unwrap().to_owned();
    assert!(erased.starts_with("operation=erase\n") && erased.contains("username=alice\n"), "{erased}");
}

#[test]
fn the_file_is_private_bound_and_forgotten() {
    let home = Home::new("");
    let (env, secret) = (home.env(), SecretString::from("t\"o'k"));
    let refused = store(&server(), "alice", &secret, false, &env).unwrap_err();
    assert_eq!(refused.kind, Kind::State);
    assert!(refused.hints[0].contains("--insecure-storage"));
    assert!(!home.file().exists());

    assert_eq!(store(&server(), "alice", &secret, true, &env).unwrap(), Source::File);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&home.file()), mode(home.file().parent().unwrap())), (0o600, 0o700));
    assert_eq!(shown(home.find(None).unwrap().as_ref()), Some(("alice", "t\"o'k", Source::File)));
    assert!(home.find(Some("bob")).unwrap().is_none());
    let other = "https://review.example.org".parse().unwrap();
    assert!(home.find_as(Role::Review, &other, None).unwrap().is_none());

    store(&other, "bob", &"u".into(), true, &env).unwrap();
    assert_eq!(fs::read_dir(home.file().parent().unwrap()).unwrap().count(), 1);
    let forgotten = |user| forget(&server(), user, &env, &home.told).unwrap();
    let others = forgotten(Some("bob"));
    assert_eq!((others.places, others.others), (vec![], vec![(Source::File, "alice".to_owned())]));
    assert_eq!(forgotten(Some("alice")).places, [Source::File]);
    assert_eq!(forgotten(None), Forgotten::default());
    assert!(home.find(None).unwrap().is_none());
    assert_eq!(shown(home.find_as(Role::Review, &other, None).unwrap().as_ref()), Some(("bob", "u", Source::File)));

    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(home.file(), fs::Permissions::from_mode(mode)).unwrap();
        let error = home.find(None).unwrap_err();
        assert_eq!(error.kind, Kind::State);
        assert!(error.message.contains("can be read by others") && error.hints[0].contains("chmod 600"), "{error}");
    }
}

#[test]
fn a_broken_file_is_told_without_its_contents() {
    let home = Home::new("");
    fs::create_dir_all(home.file().parent().unwrap()).unwrap();
    fs::write(home.file(), "[\"https://x\"]\ntoken = hunter2\n").unwrap();
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
    let error = home.find(None).unwrap_err();
    assert!(error.message.contains("credentials.toml:2 is not what pyflow wrote"), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn bad_names_and_tokens_are_not_stored() {
    let home = Home::new("");
    for (user, token) in [("a:b", "t"), ("a\n", "t"), ("a", "t\n"), ("a", "t\r\nx: y")] {
        assert!(store(&server(), user, &token.into(), true, &home.env()).is_err());
    }
    assert!(!home.file().exists());
}

#[test]
fn ssh_has_keys_of_its_own() {
    let mut home = Home::with_helper("username=alice\\npassword=p\\n");
    home.set("PYFLOW_REVIEW_USER", "bob");
    home.set("PYFLOW_REVIEW_TOKEN", "t");
    let ssh = "ssh://alice@review.example.org:29418".parse().unwrap();
    assert!(home.find_as(Role::Review, &ssh, None).unwrap().is_none());
    assert_eq!(home.log(), "");
}

/// A program that stands for `pyflow` as git's helper: this test executable, told to run
/// [`acts_as_helper`] alone, without the words of the test framework around its answer.
fn stand_in(folder: &Path) -> PathBuf {
    let path = folder.join("it's pyflow");
    let script = format!(
        "#!/bin/sh\ntest \"$1\" = credential-helper || exit 1\nSOCKET=$2 OPERATION=$3 '{}' --exact secret::tests::acts_as_helper \
         --nocapture --test-threads 1 | grep -E '^(username|password)='\n",
        std::env::current_exe().unwrap().display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Does something only where git runs it, through [`stand_in`].
#[test]
fn acts_as_helper() {
    let Some(socket) = std::env::var_os("SOCKET") else { return };
    let operation = std::env::var("OPERATION").unwrap();
    let mut answer = Vec::new();
    helper(Path::new(&socket), &operation, std::io::stdin(), &mut answer).unwrap();
    // A line of its own, behind what the test framework has written so far.
    let mut out = std::io::stdout().lock();
    std::io::Write::write_all(&mut out, b"\n").unwrap();
    std::io::Write::write_all(&mut out, &answer).unwrap();
}

fn fill(home: &Home, handover: &Handover, url: &str) -> String {
    let mut command = Command::new("git");
    command.args(["credential", "fill"]).current_dir(home.folder.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.folder.path());
    command.env("GIT_CONFIG_GLOBAL", home.folder.path().join("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "");
    for (name, value) in home.variables.iter().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env(name, value);
    }
    command.envs(handover.environment());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("url={url}\n\n").as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn git_gets_the_token_from_the_socket_and_from_nowhere_else() {
    let mut home = Home::with_helper("username=wrong\\npassword=wrong\\n");
    home.set("GIT_CONFIG_COUNT", "1");
    home.set("GIT_CONFIG_KEY_0", "credential.username");
    home.set("GIT_CONFIG_VALUE_0", "carol");
    let program = stand_in(home.folder.path());
    let credential = Credential::new(&server(), "alice", "s3cret".into(), Source::Keyring);
    let handover = Handover::by(&program, &server(), &credential, &home.env()).unwrap();

    let variables = format!("{:?}", handover.environment());
    assert!(!variables.contains("s3cret"));
    assert!(variables.contains("\"GIT_CONFIG_COUNT\", \"4\"") && variables.contains("GIT_CONFIG_KEY_1"), "{variables}");

    let got = fill(&home, &handover, "https://review.example.org:8443/r/a/python/cpython");
    assert!(got.contains("username=alice\npassword=s3cret\n"), "{got}");
    assert_eq!(home.log(), "", "another helper was asked");

    // Another server has the person's own helpers, and gets nothing of ours.
    let got = fill(&home, &handover, "https://example.org/x");
    assert!(got.contains("password=wrong") && !got.contains("s3cret"), "{got}");
    let got = fill(&home, &handover, "https://mallory@review.example.org:8443/x");
    assert!(!got.contains("s3cret"), "{got}");

    let socket = socket_of(&handover);
    drop(handover);
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
}

fn socket_of(handover: &Handover) -> PathBuf {
    let helper = handover.environment().into_iter().map(|(_, value)| value.into_string().unwrap());
    let helper = helper.into_iter().find(|value| value.starts_with('!')).unwrap();
    let words = shell_words::split(&helper).unwrap();
    let before = words.iter().position(|word| word == "credential-helper").unwrap();
    PathBuf::from(&words[before + 1])
}

#[test]
fn the_socket_answers_one_server_one_user_and_one_verb() {
    let home = Home::new("");
    let credential = Credential::new(&server(), "alice", "s3cret".into(), Source::File);
    let handover = Handover::new(&server(), &credential, &home.env()).unwrap();
    let socket = socket_of(&handover);
    assert_eq!(fs::metadata(socket.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let ask = |operation: &str, request: &str| {
        let mut answer = Vec::new();
        helper(&socket, operation, request.as_bytes(), &mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    };
    let right = "protocol=https\nhost=review.example.org:8443\n";
    assert_eq!(ask("get", &format!("capability[]=authtype\n{right}path=x\n\n")), "username=alice\npassword=s3cret\n");
    for (operation, request) in [
        ("store", right),
        ("erase", right),
        ("get", ""),
        ("get", "protocol=http\nhost=review.example.org:8443\n"),
        ("get", "protocol=https\nhost=review.example.org\n"),
        ("get", "protocol=https\nhost=review.example.org:8443\nusername=bob\n"),
        ("get", "\u{0}\n=\nhost\n"),
    ] {
        assert_eq!(ask(operation, request), "", "{operation} {request:?}");
    }
    drop(handover);
    assert_eq!(ask("get", right), "");

    let other = "https://other.example.org".parse().unwrap();
    assert!(Handover::new(&other, &credential, &home.env()).is_err());
    let broken = |_: &str| Some("many".to_owned());
    assert!(Handover::new(&server(), &credential, &broken).is_err());
}
