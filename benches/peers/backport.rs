//! `pyflow backport` beside `cherry_picker`: one clean pick in a repository of many files. Both fetch,
//! pick and push; pyflow over HTTP to a review server of its own, `cherry_picker` to a bare repository
//! in the next folder. `PYFLOW_PEER_CHERRY_PICKER` names `cherry_picker` (`tests/real/peers.sh`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{PYFLOW, Server, Times, time};

/// Files of the repository, on each of its branches.
const FILES: usize = 100_000;
/// Runs; each one picks another fix.
const RUNS: usize = 5;
const BRANCHES: [&str; 3] = ["3.14", "3.13", "3.12"];

pub(super) fn measure(folder: &Path, command: &dyn Fn(&Path, &Path) -> Command) {
    println!("backport in {FILES} files (medians of {RUNS}, another fix each time)");
    let folder = folder.join("backport");
    std::fs::create_dir_all(&folder).unwrap();
    let origin = folder.join("origin");
    let git = |dir: &Path, arguments: &[&str]| {
        time(command(Path::new("git"), dir).args(arguments));
    };
    seed(&folder, &origin, command);
    let (server, url) = server(&folder, &origin);
    let clone = folder.join("clone");
    let command = |program: &Path, dir: &Path| {
        let mut command = command(program, dir);
        command.env("PYFLOW_REVIEW_TOKEN_FOR", &url);
        command
    };
    let remote = format!("{url}/a/large");
    git(&folder, &["clone", "-q", "-o", "gerrit", &remote.replacen("://", "://alice:alice-pw@", 1), "clone"]);
    git(&clone, &["remote", "set-url", "gerrit", &remote]);
    git(&clone, &["config", "user.name", "Alice"]);
    git(&clone, &["config", "user.email", "alice@example.com"]);
    std::fs::write(clone.join(".git/info/exclude"), ".reviewconf\n").unwrap();
    std::fs::write(
        clone.join(".reviewconf"),
        format!("version = 1\n[review]\nkind = \"gerrit\"\nurl = \"{url}\"\nproject = \"large\"\nbranch = \"main\"\n"),
    )
    .unwrap();
    let peer_clone = folder.join("peer");
    git(&folder, &["clone", "-q", "-b", "main", "origin", "peer"]);
    git(&peer_clone, &["config", "user.name", "Alice"]);
    git(&peer_clone, &["config", "user.email", "alice@example.com"]);

    let (mut one, mut three, mut local) = (
        Times::new("pyflow backport, one"),
        Times::new("pyflow backport, three"),
        Times::new("pyflow backport, --no-push"),
    );
    let mut peer = Times::new("cherry_picker, one");
    let program = std::env::var_os("PYFLOW_PEER_CHERRY_PICKER").map(PathBuf::from).filter(|path| path.exists());
    for run in 0..RUNS {
        let fix = |at: usize| format!("main~{}", 3 * run + at);
        let named = |at: usize| format!("gerrit/{}", fix(at));
        let before = times(&clone);
        one.add(time(command(Path::new(PYFLOW), &clone).args(["backport", "3.14", "--change", &named(0)])));
        three
            .add(time(command(Path::new(PYFLOW), &clone).arg("backport").args(BRANCHES).args(["--change", &named(1)])));
        local.add(time(command(Path::new(PYFLOW), &clone).args([
            "backport",
            "3.14",
            "--no-push",
            "--change",
            &named(2),
        ])));
        assert!(times(&clone) == before, "a file of the work tree was touched");
        if let Some(program) = &program {
            let id = command(Path::new("git"), &peer_clone).args(["rev-parse", &fix(0)]).output().unwrap();
            let id = String::from_utf8_lossy(&id.stdout).trim().to_owned();
            let mut pick = command(program, &peer_clone);
            peer.add(time(pick.args([
                "--no-auto-pr",
                "--pr-remote",
                "origin",
                "--upstream-remote",
                "origin",
                &id,
                "3.14",
            ])));
        }
    }
    one.print(None);
    three.print(None);
    local.print(None);
    if program.is_some() {
        peer.print(Some(&one));
        println!("  no file of pyflow's work tree was touched");
    } else {
        println!("  not run: cherry_picker (PYFLOW_PEER_CHERRY_PICKER is not set)");
    }
    drop(server);
}

/// Three maintenance branches with a commit of their own each, and fixes on the default branch.
fn seed(folder: &Path, origin: &Path, command: &dyn Fn(&Path, &Path) -> Command) {
    time(command(Path::new("git"), folder).args(["init", "-q", "--bare", "-b", "main", "origin"]));
    let mut stream = String::from(
        "commit refs/heads/main\nmark :1\ncommitter A <a@example.com> 1700000000 +0000\ndata 6\nBegin\n\n",
    );
    // What cherry_picker wants to find; `check_sha` has to be a commit that is there.
    stream.push_str("M 100644 inline README\ndata 5\nlarge\n");
    for number in 0..FILES {
        let text = format!("{number}\n\n\n\n\nend\n");
        writeln!(
            stream,
            "M 100644 inline d{}/e{}/f{number}\ndata {}\n{text}",
            number / 10_000,
            number / 500,
            text.len()
        )
        .unwrap();
    }
    for (at, branch) in BRANCHES.iter().enumerate() {
        let text = format!("{branch}\n");
        write!(
            stream,
            "commit refs/heads/{branch}\ncommitter A <a@example.com> {} +0000\ndata 7\nBranch\n\nfrom :1\nM 100644 inline VERSION\ndata {}\n{text}\n",
            1_700_000_100 + at,
            text.len()
        )
        .unwrap();
    }
    stream.push_str("reset refs/heads/main\nfrom :1\n\n");
    import(origin, &stream, command);
    let first = command(Path::new("git"), origin).args(["rev-parse", "main"]).output().unwrap();
    let first = String::from_utf8_lossy(&first.stdout).trim().to_owned();
    let conf = format!("team = \"example\"\nrepo = \"large\"\ncheck_sha = \"{first}\"\ndefault_branch = \"main\"\n");
    let mut stream = format!(
        "commit refs/heads/main\ncommitter A <a@example.com> 1700000200 +0000\ndata 5\nConf\n\nfrom {first}\nM 100644 inline .cherry_picker.toml\ndata {}\n{conf}\n",
        conf.len()
    );
    for fix in 0..3 * RUNS {
        let text = format!("{fix}\n\n\n\n\nfixed\n");
        let message = format!("Fix number {fix}\n");
        write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@example.com> {} +0000\ndata {}\n{message}\nM 100644 inline d0/e0/f{fix}\ndata {}\n{text}\n",
            1_700_000_300 + fix,
            message.len(),
            text.len()
        )
        .unwrap();
    }
    import(origin, &stream, command);
}

fn import(origin: &Path, stream: &str, command: &dyn Fn(&Path, &Path) -> Command) {
    let mut child =
        command(Path::new("git"), origin).args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn server(folder: &Path, origin: &Path) -> (Server, String) {
    let seed = origin.to_string_lossy().into_owned();
    let mut init =
        vec!["init", "--project", "large", "--requirement", "Code-Review", "--seed", &seed, "--branch", "main"];
    init.extend(BRANCHES.iter().flat_map(|branch| ["--branch", branch]));
    Server::with_alice(folder.join("server"), &init)
}

/// When each file of the work tree was last changed.
fn times(clone: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![clone.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let (path, metadata) = (entry.path(), entry.metadata().unwrap());
            if metadata.is_dir() && entry.file_name() != ".git" {
                folders.push(path);
            } else if metadata.is_file() {
                found.push((path, metadata.modified().unwrap()));
            }
        }
    }
    found.sort();
    found
}
