//! The embedded server's pages as a browser draws them: headless Chromium, where one is in `PATH`.
//!
//! What the server sends is `gate_dialect`'s in the other program of tests; here it is what comes of it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;

use crate::sandbox::proxy::{Fault, Proxy};
use crate::sandbox::{Clone, ProjectOptions, Server, World, not_run};
use crate::{NotRun, trial};

/// What it is called, by systems.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What would mark the page if it came to run, or made an element.
const SUBJECT: &str = "Fix <img src=x onerror=document.body.id='owned'> <script>document.body.id='owned'</script>";
const BRANCH: &str = "3.14\"><svg/onload=document.body.id='owned'>";
const LOG: &str = "</pre><iframe srcdoc=x></iframe><script>document.body.id=`owned`</script>";

/// The test, or that there is no browser for it.
pub fn trials(absent: &mut Vec<String>, not_run: &NotRun) -> Vec<Trial> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = PROGRAMS.iter().flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    let Some(program) = places.find(|program| program.is_file()) else {
        absent.push(format!("not run: chromium: the page (no {} in PATH)", PROGRAMS.join(", no ")));
        return Vec::new();
    };
    let not_run = NotRun::clone(not_run);
    vec![trial("chromium: the page".to_owned(), not_run, move || page(&Browser { program }))]
}

struct Browser {
    program: PathBuf,
}

/// What there was to see.
struct Seen {
    /// The document, as it was in the end.
    dom: String,
    /// What was written to the console: violations of the policy, and errors of scripts.
    console: Vec<String>,
    /// Everything that the browser said.
    said: String,
}

impl Browser {
    /// Opens an address in a browser that has never run before.
    fn open(&self, world: &World, address: &str, more: &[&str]) -> Seen {
        let folder = world.path(&format!("browser-{}", world.unique()));
        std::fs::create_dir_all(&folder).unwrap();
        let (out, err) = (folder.join("out"), folder.join("err"));
        let mut command = Command::new(&self.program);
        command
            .args("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --no-proxy-server".split(' '))
            .args("--disable-background-networking --disable-component-update --disable-sync".split(' '))
            .args(["--enable-logging=stderr", &format!("--user-data-dir={}", folder.join("data").display())])
            .args(more)
            .args(["--dump-dom", address])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &folder)
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(&err).unwrap());
        let mut child = command.spawn().unwrap();
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if began.elapsed() > PATIENCE {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let said = read(err);
        let console = said.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        Seen { dom: read(out), console, said }
    }
}

/// A page that does what no page of the server does.
const CONTROL: &str = "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'\"><p>drawn</p><script>1</script>";

fn page(browser: &Browser) {
    let world = World::embedded();
    let control = world.path("control.html");
    std::fs::write(&control, CONTROL).unwrap();
    let seen = browser.open(&world, &format!("file://{}", control.display()), &[]);
    if !seen.dom.contains("<p>drawn</p>") {
        let why = seen.said.lines().last().unwrap_or("it says nothing").to_owned();
        not_run(&format!("{} draws nothing here: {why}", browser.program.display()));
        return;
    }
    let heard = |part: &str| seen.console.iter().any(|line| line.contains(part));
    assert!(heard("violates the following Content Security Policy"), "the console is not heard: {}", seen.said);

    let project = world.project_with(&ProjectOptions { branches: vec!["main", BRANCH], ..ProjectOptions::default() });
    let go = world.path("go");
    world.server.configure(|text| {
        let unit = format!(
            "echo \"{LOG}\"; test ! -e FAIL || exit 1; while [ ! -e {} ]; do sleep 0.02; done",
            go.display()
        );
        let jobs = format!(
            "[projects.{name}.jobs.unit]\ncommand = [\"/bin/sh\", \"-c\", '''{unit}''']\npipelines = [\"gate\"]\n[projects.{name}.jobs.docs]\ncommand = [\"true\"]\nneeds = [\"unit\"]\npipelines = [\"gate\"]\n",
            name = project.name
        );
        text.replace("sandbox = \"bubblewrap\"", "sandbox = \"none\"\nslots = 2") + &jobs
    });
    let clone = world.user("alice").clone(&project);
    let place = Server::with_password(&world.server.push_url(&project), "alice");
    let failed = push(&clone, &place, "main", "FAIL", "Break the parser");
    approve(&world, failed);
    wait("it fails", || records(&world) == 1);
    let running = push(&clone, &place, "main", "file", SUBJECT);
    approve(&world, running);
    push(&clone, &place, BRANCH, "file", "Fix the scanner");
    wait("its job runs", || get(&world, "").contains(">runs</span>"));

    // The queue with its item and jobs, the change, the log: as they are when they are opened.
    let url = format!("{}/", world.server.url());
    let home = browser.open(&world, &url, &[]);
    is_well(&home);
    for part in [
        "&lt;img src=x",
        "&lt;svg/onload",
        ">runs</span>",
        "waits for unit",
        "FAILURE",
        "passing jobs",
        ">the gate</td>",
    ] {
        assert!(home.dom.contains(part), "{part}: {}", home.dom);
    }
    let change = browser.open(&world, &format!("{url}c/{}/+/{running}", project.name), &[]);
    is_well(&change);
    for part in ["&lt;img src=x", "Code-Review", "fulfilled", "Number 1 of 1.", ">runs</span>"] {
        assert!(change.dom.contains(part), "{part}: {}", change.dom);
    }
    let build = home.dom.split("/build/").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let build = browser.open(&world, &format!("{url}t/pyflow/build/{build}"), &[]);
    is_well(&build);
    assert!(build.dom.contains("&lt;/pre&gt;&lt;iframe srcdoc=x&gt;"), "{}", build.dom);

    // Without its script the page says the same.
    let proxy = Proxy::to(&world);
    proxy.plan(|asked| (asked.path == "/-/page.js").then_some(Fault::Drop));
    let still = browser.open(&world, &format!("{}/", proxy.url()), &["--virtual-time-budget=10000"]);
    assert!(still.dom.contains(">runs</span>") && still.dom.contains("&lt;img src=x"), "{}", still.dom);
    assert_eq!(proxy.asked().iter().filter(|asked| asked.path == "/").count(), 1);

    // With it the page is drawn anew. While an answer is awaited the browser's clock stands still, so what
    // comes second is sure to be of a queue that has moved.
    let looks = AtomicUsize::new(0);
    let queues = world.server.file("gate/queue.json");
    proxy.plan(move |asked| {
        if asked.path == "/" && looks.fetch_add(1, Ordering::SeqCst) == 1 {
            std::fs::write(&go, "").unwrap();
            wait("it lands", || std::fs::read_to_string(&queues).unwrap().contains("\"items\":[]"));
        }
        None
    });
    let moved = browser.open(&world, &format!("{}/", proxy.url()), &["--virtual-time-budget=20000"]);
    is_well(&moved);
    assert!(!moved.dom.contains(">runs</span>"), "{}", moved.dom);
    assert!(moved.dom.contains("SUCCESS") && moved.dom.contains("FAILURE"), "{}", moved.dom);
    assert!(proxy.asked().iter().filter(|asked| asked.path == "/").count() >= 2);
}

/// Nothing was written to the console, no text has become an element or run, and the keyboard finds its way.
fn is_well(seen: &Seen) {
    let Seen { dom, console, .. } = seen;
    assert_eq!(*console, Vec::<String>::new(), "{dom}");
    assert_eq!((dom.matches("<script").count(), dom.contains("id=\"owned\"")), (1, false), "{dom}");
    for element in ["<img", "<svg", "<iframe", "<object", "<form"] {
        assert!(!dom.contains(element), "{element}: {dom}");
    }
    // What can be used is a link or a log that scrolls, in the order in which it stands there; the first leads past
    // the head.
    for other in ["<button", "<input", "role=\"", "onclick", "tabindex=\"1"] {
        assert!(!dom.contains(other), "{other}: {dom}");
    }
    let body = dom.split_once("<body").unwrap().1;
    let mut links = body.split("<a ").skip(1);
    assert!(links.next().is_some_and(|link| link.starts_with("class=\"skip\" href=\"#main\"")), "{body}");
    assert!(links.all(|link| link.split('>').next().is_some_and(|tag| tag.contains("href=\""))), "{body}");
    assert_eq!(body.matches("id=\"main\"").count(), 1, "{body}");
}

/// Pushes a commit with one more file on top of a branch; the number of its change.
fn push(clone: &Clone<'_>, url: &str, branch: &str, file: &str, subject: &str) -> u64 {
    clone.git(["checkout", "-q", "--detach", &format!("gerrit/{branch}")]);
    clone.write(file, "");
    clone.git(["add", "-f", "--", file]);
    clone.git(["commit", "-q", "-m", subject]);
    // The id of the commit is one that no other change has.
    let id = clone.git(["rev-parse", "HEAD"]);
    clone.git(["commit", "-q", "--amend", "-m", &format!("{subject}\n\nChange-Id: I{id}")]);
    let said = clone.try_git(["push", url, &format!("HEAD:refs/for/{branch}")]).success().stderr;
    said.rsplit("/+/").next().and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap()
}

fn approve(world: &World, number: u64) {
    world.server.vote("carol", number, "Code-Review", 2);
}

/// How many buildsets are over.
fn records(world: &World) -> usize {
    std::fs::read_to_string(world.server.file("gate/builds.jsonl")).unwrap_or_default().lines().count()
}

fn get(world: &World, path: &str) -> String {
    world.server.try_rest("carol", "GET", path, None).1
}

#[track_caller]
fn wait(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
