//! Files and texts from strangers, against the whole program: every entry of
//! `fixtures/hostile/conf.json` is put into a clone, and pyflow is run over it.
//!
//! Nothing may be run, nothing contacted but the server that this clone has accepted, nothing
//! changed here or there, and nothing written to the terminal that it would obey.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::sandbox::{Clone, PYFLOW, World, snapshot, soak};
use crate::watch::{Doorbell, GitLog, is_trick, script};

/// A hostile file.
struct Entry {
    name: String,
    file: String,
    bytes: Vec<u8>,
    refused: bool,
}

fn entries() -> Vec<Entry> {
    let list: Value = serde_json::from_str(include_str!("../../fixtures/hostile/conf.json")).unwrap();
    let bytes = |entry: &Value| match (&entry["content"], &entry["hex"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::String(hex)) => {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        }
        _ => panic!("an entry without content: {entry}"),
    };
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    list.as_array()
        .unwrap()
        .iter()
        .map(|entry| Entry {
            name: text(entry, "name"),
            file: text(entry, "file"),
            bytes: bytes(entry),
            refused: entry["refused"].as_bool().unwrap(),
        })
        .collect()
}

/// One worker's clone, and what is watched while it works.
struct Post {
    dir: PathBuf,
    home: PathBuf,
    environment: BTreeMap<String, String>,
    git: GitLog,
}

/// What a run left behind.
struct Seen {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Post {
    fn run(&self, words: &[&str]) -> Seen {
        let mut command = Command::new(PYFLOW);
        command.args(words).current_dir(&self.dir).env_clear().envs(&self.environment);
        self.git.watch(&mut command);
        let output = command.stdin(Stdio::null()).output().unwrap();
        Seen {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Puts the file there, runs, and looks at what came of it.
    fn probe(&self, entry: &Entry, bytes: &[u8], words: &[&str], expect_refusal: bool) -> Option<i32> {
        let file = self.dir.join(&entry.file);
        std::fs::write(&file, bytes).unwrap();
        let before = snapshot::fingerprint(&self.dir);
        let seen = self.run(words);
        let told = || {
            let text = String::from_utf8_lossy(bytes);
            format!("{} {words:?} {:?}\n{text}\n{:?}\n{:?}", entry.name, seen.code, seen.stdout, seen.stderr)
        };
        assert!(matches!(seen.code, Some(0 | 2..=5 | 7)), "{}", told());
        if expect_refusal {
            assert_eq!(seen.code, Some(3), "{}", told());
            assert!(seen.stderr.starts_with("error: ") && seen.stdout.is_empty(), "{}", told());
        }
        assert!(!seen.stdout.chars().chain(seen.stderr.chars()).any(is_trick), "{}", told());
        assert!(!seen.stderr.contains("panicked"), "{}", told());
        assert_eq!(snapshot::fingerprint(&self.dir), before, "{}", told());
        std::fs::remove_file(file).unwrap();
        seen.code
    }
}

/// Options of git calls; what follows the end of options is data.
fn options(calls: &[Vec<String>]) -> BTreeSet<String> {
    let data = |word: &&String| !matches!(word.as_str(), "--" | "--end-of-options");
    let words = calls.iter().flat_map(|call| call.iter().take_while(data));
    words
        .filter(|word| word.starts_with('-'))
        .map(|word| word.split_once('=').map_or(word.as_str(), |(name, _)| name).to_owned())
        .collect()
}

fn post(world: &World, clone: &Clone<'_>, number: usize, proxy: &str, ssh: &Path) -> Post {
    // A home of its own: what a hostile value would leave there is found in the end.
    let home = world.path(&format!("home-of-{number}"));
    std::fs::create_dir_all(&home).unwrap();
    let mut environment = clone.person.environment();
    std::fs::copy(clone.person.home.join(".gitconfig"), home.join(".gitconfig")).unwrap();
    for (name, value) in &mut environment {
        if matches!(name.as_str(), "HOME" | "TMPDIR" | "XDG_CONFIG_HOME") {
            *value = home.to_string_lossy().into_owned();
        }
    }
    environment.insert("GIT_SSH_COMMAND".to_owned(), ssh.to_string_lossy().into_owned());
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        environment.insert(name.to_owned(), proxy.to_owned());
    }
    environment.insert("NO_PROXY".to_owned(), "127.0.0.1".to_owned());
    environment.insert("no_proxy".to_owned(), "127.0.0.1".to_owned());
    Post { dir: clone.dir.clone(), home, environment, git: GitLog::new(world.path(&format!("log-{number}"))) }
}

/// The file, naming the accepted server, so that its other values get further; and the stranger's
/// host is one that would notice.
fn near(entry: &Entry, url: &str, address: &str, evil: &Doorbell, project: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(&entry.bytes) else { return entry.bytes.clone() };
    let (host, port) = address.split_once(':').unwrap();
    let text = text
        .replace("host=good.example\n", &format!("host={host}\nport={port}\nscheme=http\n"))
        .replace("https://good.example", url)
        .replace("evil.example", &format!("localhost:{}", evil.address.port()))
        .replace("a/b", project);
    text.into_bytes()
}

#[test]
fn a_hostile_file_does_nothing() {
    const WORKERS: usize = 4;

    let world = World::embedded();
    let project = world.project();
    let (proxy, evil) = (Doorbell::new(), Doorbell::new());
    let ssh_log = world.path("ssh-log");
    let ssh = world.path("ssh");
    script(&ssh, &format!("echo \"$@\" >> '{}'\nexit 255\n", ssh_log.display()));
    let posts: Vec<Post> = (0..WORKERS)
        .map(|number| {
            let clone = world.user("carol").clone(&project);
            clone.commit("Fix the parser");
            std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
            post(&world, &clone, number, &format!("http://{}", proxy.address), &ssh)
        })
        .collect();
    // So that git has something to fetch.
    world.moves_on(&project);
    let refs = world.server.refs(&project);
    let url = world.server.url();
    let address = url.trim_start_matches("http://").to_owned();

    // What git is asked for when nothing is hostile.
    let usual = {
        let first = &posts[0];
        let conf = format!(
            "version = 1\n[review]\nkind = \"gerrit\"\nurl = \"{url}\"\nproject = \"{}\"\nbranch = \"main\"\n",
            project.name
        );
        std::fs::write(first.dir.join(".reviewconf"), conf).unwrap();
        for words in [&["submit", "-n"][..], &["setup", "--check", "--no-input"]] {
            let seen = first.run(words);
            assert_eq!(seen.code, Some(0), "{}{}", seen.stdout, seen.stderr);
        }
        std::fs::remove_file(first.dir.join(".reviewconf")).unwrap();
        let usual = options(&first.git.calls());
        assert!(usual.contains("-c"), "{usual:?}");
        usual
    };

    let entries = entries();
    assert!(entries.len() > 1000);
    // A third of them here, all with `PYFLOW_SOAK`, as `.ci/run` does it.
    let entries: Vec<Entry> = entries.into_iter().step_by(if soak() > 1 { 1 } else { 3 }).collect();
    let (next, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for post in &posts {
            scope.spawn(|| {
                while let Some((number, entry)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    entries.get(number).map(|entry| (number, entry))
                } {
                    let work = std::panic::AssertUnwindSafe(|| {
                        let commands = [&["setup", "--check", "--no-input"][..], &["submit", "--dry-run"]];
                        // What is refused is refused before anything else: one command of them will do.
                        let first = number % 2;
                        post.probe(entry, &entry.bytes, commands[first], entry.refused);
                        if !entry.refused {
                            post.probe(entry, &entry.bytes, commands[1 - first], false);
                        }
                        if !entry.refused || first == 1 {
                            let code = post.probe(
                                entry,
                                &near(entry, &url, &address, &evil, &project.name),
                                commands[1],
                                false,
                            );
                            accepted.fetch_add(usize::from(code == Some(0)), Ordering::Relaxed);
                        }
                    });
                    if std::panic::catch_unwind(work).is_err() {
                        failures.lock().unwrap().push(entry.name.clone());
                        std::fs::remove_file(post.dir.join(&entry.file)).ok();
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures:#?}");

    let accepted = accepted.into_inner();
    assert!(accepted >= if soak() > 1 { 10 } else { 3 }, "only {accepted} harmless files got as far as a plan");
    assert_eq!((proxy.rung(), evil.rung()), (0, 0), "somebody was contacted");
    for bell in [proxy, evil] {
        bell.must_work();
    }
    for call in std::fs::read_to_string(&ssh_log).unwrap_or_default().lines() {
        assert!(call.contains("127.0.0.1") && !call.contains("localhost"), "{call}");
    }
    assert_eq!(world.server.refs(&project), refs);
    for post in &posts {
        let calls = post.git.calls();
        let unusual: BTreeSet<String> = options(&calls).difference(&usual).cloned().collect();
        assert!(unusual.is_empty(), "git was given {unusual:?}");
        assert!(!calls.iter().flatten().any(|word| word == "push"));
        assert!(!post.git.environment().contains("carol-pw"));
        let left: Vec<_> = std::fs::read_dir(&post.home).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [".gitconfig"]);
    }
}

/// What a hostile file belongs to: the name of its trick's place.
fn class(entry: &Entry) -> (&str, &str) {
    (&entry.file, entry.name.split(": ").next().unwrap_or_default())
}

/// One file of each kind that is refused, one that is read, and every one that names a remote.
fn chosen(entries: &[Entry]) -> Vec<&Entry> {
    let mut seen = BTreeSet::new();
    let names_a_remote = |entry: &Entry| !entry.refused && class(entry).1.ends_with("remote");
    entries.iter().filter(|entry| seen.insert((class(entry), entry.refused)) || names_a_remote(entry)).collect()
}

/// Commands that send, and not only plan: what is accepted goes to the accepted server and project,
/// for review and nothing else, whatever else the file says. All the while strangers listen: at the
/// hosts that the files name, and behind every remote that they could choose.
#[test]
fn what_a_hostile_file_sends_goes_to_the_accepted_project() {
    let world = World::embedded();
    let (project, bystander) = (world.project(), world.project());
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    let (proxy, evil) = (Doorbell::new(), Doorbell::new());
    let ssh_log = world.path("ssh-log");
    let ssh = world.path("ssh");
    script(&ssh, &format!("echo \"$@\" >> '{}'\nexit 255\n", ssh_log.display()));
    let post = post(&world, &clone, 0, &format!("http://{}", proxy.address), &ssh);
    // A repository that would take everything, under every name that a file might give.
    let elsewhere = world.path("elsewhere.git");
    clone.git(["init", "-q", "--bare", &elsewhere.to_string_lossy()]);
    for name in ["fork", "origin", "HEAD", "x>pwned", "%2e%2e%2f", "x%submit", "x,submit", "\"x", "'x'", "x#y", "x"] {
        clone.git(["config", &format!("remote.{name}.url"), &elsewhere.to_string_lossy()]);
    }
    let untouched = || {
        let refs = world.server.refs(&project);
        let heads: Vec<String> =
            refs.lines().filter(|line| !line.contains("refs/changes/")).map(str::to_owned).collect();
        (heads, world.server.refs(&bystander), snapshot::fingerprint(&elsewhere))
    };
    // This clone has accepted the server once, so that no file is stopped for being the first.
    clone.write(".reviewconf", &clone.reviewconf(&project));
    drop(clone.pyflow("setup --no-input").success());
    std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
    let before = untouched();
    let url = world.server.url();
    let address = url.trim_start_matches("http://");

    let entries = entries();
    let mut chosen = chosen(&entries);
    if soak() == 1 {
        chosen = chosen.into_iter().step_by(3).collect();
    }
    let (mut submitted, mut voted) = (0, 0);
    for (number, entry) in chosen.iter().enumerate() {
        let near = near(entry, &url, address, &evil, &project.name);
        let commands = [
            &["submit", "--yes"][..],
            &["vote", "HEAD", "Code-Review=1"],
            &["approve", "HEAD"],
            &["setup", "--no-input"],
        ];
        let words = |seen: &Seen| format!("{}: {:?}\n{}{}", entry.name, seen.code, seen.stdout, seen.stderr);
        let file = clone.dir.join(&entry.file);
        if entry.refused {
            std::fs::write(&file, &near).unwrap();
            let seen = post.run(commands[number % commands.len()]);
            assert!(matches!(seen.code, Some(3)), "{}", words(&seen));
        } else {
            // As it stands it names a server that nobody has accepted.
            std::fs::write(&file, &entry.bytes).unwrap();
            let seen = post.run(commands[0]);
            assert_eq!(seen.code, Some(3), "{}", words(&seen));
            std::fs::write(&file, &near).unwrap();
            clone.amend("Fixtheparser.txt", &entry.name);
            let belongings = clone.belongings();
            // `.gitreview` may name no branch; then the person does.
            let named = entry.file == ".gitreview" && class(entry).1 != "defaultbranch";
            let submit = if named { &["submit", "--yes", "main"][..] } else { commands[0] };
            for words_of in [submit, commands[1], commands[2]] {
                let seen = post.run(words_of);
                assert!(matches!(seen.code, Some(0 | 3 | 4)), "{words_of:?} {}", words(&seen));
                assert!(!seen.stdout.chars().chain(seen.stderr.chars()).any(is_trick), "{}", words(&seen));
                submitted += usize::from(seen.code == Some(0) && words_of[0] == "submit");
                voted += usize::from(seen.code == Some(0) && words_of[0] == "vote");
            }
            assert_eq!(clone.belongings(), belongings, "{}", entry.name);
            assert_eq!(untouched(), before, "{}", entry.name);
        }
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(untouched(), before);
    // Without this nothing would have been shown.
    let (files, enough) = if soak() > 1 { (100, 10) } else { (40, 3) };
    assert!(chosen.len() > files && submitted >= enough && voted >= enough, "{} {submitted} {voted}", chosen.len());

    assert_eq!((proxy.rung(), evil.rung()), (0, 0), "somebody was contacted");
    for bell in [proxy, evil] {
        bell.must_work();
    }
    assert!(!ssh_log.exists(), "{:?}", std::fs::read_to_string(&ssh_log));
    let calls = post.git.calls();
    let pushes: Vec<&Vec<String>> = calls.iter().filter(|call| call.iter().any(|word| word == "push")).collect();
    assert!(pushes.len() >= submitted, "{}", pushes.len());
    for push in pushes {
        let end = push.iter().position(|word| word == "--end-of-options").unwrap_or_else(|| panic!("{push:?}"));
        let [remote, refspec] = &push[end + 1..] else { panic!("{push:?}") };
        let (commit, target) = refspec.split_once(':').unwrap_or_else(|| panic!("{push:?}"));
        assert_eq!((remote.as_str(), target, commit.len()), ("gerrit", "refs/for/main", 40), "{push:?}");
        assert!(!push.iter().any(|word| word.starts_with("--push-option")), "{push:?}");
    }
    assert!(!post.git.environment().contains("alice-pw"));
    // One change, for review, and nothing that nobody asked for.
    let all = world.server.rest("carol", "GET", "changes/?q=-is:abandoned&o=DETAILED_LABELS&n=1000", None);
    let [change] = all.as_array().unwrap().as_slice() else { panic!("{all:#}") };
    let at = ["project", "branch", "status"].map(|key| change[key].as_str().unwrap());
    assert_eq!(at, [project.name.as_str(), "main", "NEW"]);
    assert_eq!((&change["topic"], &change["hashtags"]), (&Value::Null, &serde_json::json!([])), "{change:#}");
    let given = change["labels"]["Code-Review"]["all"].as_array().unwrap();
    assert!(given.iter().all(|vote| matches!(vote["value"].as_i64(), None | Some(0 | 1))), "{change:#}");
    let left: Vec<_> = std::fs::read_dir(&post.home).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [".gitconfig"]);
    assert_eq!(clone.git(["status", "--porcelain", "--ignored"]), "", "a file was left");
}

/// What strangers may write into a subject.
const TEXTS: [&str; 8] = [
    "clear \u{1b}[2J\u{1b}[H the screen",
    "title \u{1b}]0;owned\u{7} and \u{1b}]8;;http://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "eight bits \u{9b}31m and \u{9d}0;owned\u{9c}",
    "right to left \u{202e}exe.txt\u{202c} and \u{2066}x\u{2069}",
    "back \u{8}\u{8}\u{8}\u{8} and over \rerror: all is well",
    "nothing \u{200b}\u{200d}\u{feff} to see",
    "tags \u{e0041}\u{e0042}",
    "answer \u{5}\u{1b}[c\u{1b}P$q\"p\u{1b}\\",
];

#[test]
fn a_hostile_text_of_the_server_stays_a_text() {
    let world = World::embedded();
    let project = world.project();
    let stranger = world.user("bob").clone(&project);
    let url = crate::sandbox::Server::with_password(&world.server.push_url(&project), "bob");
    for (number, text) in TEXTS.iter().enumerate() {
        stranger.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
        let message = format!("{text}\n\nChange-Id: I{number:040x}");
        stranger.write(&format!("{number}.txt"), text);
        stranger.git(["add", "."]);
        stranger.git(["commit", "-q", "--cleanup=verbatim", "-m", &message]);
        stranger.git(["push", "-q", &url, "HEAD:refs/for/main"]);
    }
    let clone = world.user("alice").clone(&project);
    let listed = clone.pyflow("list --format json").success();
    assert!(!listed.stdout.chars().any(is_trick), "{:?}", listed.stdout);
    let listed = listed.json();
    let changes = listed["changes"].as_array().unwrap();
    assert_eq!(changes.len(), TEXTS.len());
    let subjects: BTreeSet<&str> = changes.iter().map(|change| change["subject"].as_str().unwrap()).collect();
    let kept = TEXTS.iter().filter(|text| subjects.contains(*text)).count();
    // Gerrit's own subject has one line only: a carriage return may end it.
    assert!(kept + 1 >= TEXTS.len(), "{subjects:?}");
    let mut commands = vec![vec!["list".to_owned()], vec!["list".to_owned(), "-v".to_owned()]];
    for change in changes {
        let number = change["number"].to_string();
        commands.push(vec!["status".to_owned(), number.clone()]);
        commands.push(vec!["vote".to_owned(), format!("{number},1"), "Code-Review=1".to_owned()]);
    }
    for words in commands {
        let run = clone.pyflow_args(&words).success();
        assert!(!run.stdout.chars().chain(run.stderr.chars()).any(is_trick), "{words:?}: {}{}", run.stdout, run.stderr);
    }
    // Somebody who goes on with such a commit.
    for (number, text) in TEXTS.iter().enumerate() {
        let mine = &stranger;
        mine.git(["checkout", "-q", "-B", "work", "gerrit/main", "--no-track"]);
        mine.write(&format!("{number}-{number}.txt"), text);
        mine.git(["add", "."]);
        mine.git(["commit", "-q", "--cleanup=verbatim", "-m", text]);
        for words in ["submit -n", "submit -v", "status"] {
            let run = mine.pyflow(words).success();
            assert!(
                !run.stdout.chars().chain(run.stderr.chars()).any(is_trick),
                "{text:?} {words}: {:?}{:?}",
                run.stdout,
                run.stderr
            );
        }
    }
}
