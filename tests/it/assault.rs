//! Hostile clients of the embedded server: paths out of its folder, bodies without end, packs that are
//! none, names that git forbids, other people's pages. After each the server works as before.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::sandbox::{Clone, Project, World, server};

/// A connection to the server.
fn connect(world: &World) -> TcpStream {
    let url = world.server.url();
    let stream = TcpStream::connect(url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    stream
}

fn host(world: &World) -> String {
    world.server.url().trim_start_matches("http://").to_owned()
}

/// Sends bytes as they are; everything that comes back.
fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = connect(world);
    // A server that has read enough may close before all is sent.
    let _sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _read = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(world: &World, target: &str, more: &str) -> String {
    raw(world, format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", host(world)).as_bytes())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// `alice`, with her token, as Basic credentials.
fn alice() -> String {
    use base64::Engine as _;
    let code = base64::engine::general_purpose::STANDARD.encode(format!("alice:{}", server::password("alice")));
    format!("Authorization: Basic {code}\r\n")
}

/// It still answers, and takes a change.
fn alive(clone: &Clone<'_>, subject: &str) {
    clone.git(["checkout", "-q", "--detach", "gerrit/main"]);
    clone.commit(subject);
    clone.submit("");
}

fn stage(world: &World) -> (Project, Clone<'_>) {
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    (project, clone)
}

#[test]
fn paths_stay_where_they_are_served_from() {
    let world = World::embedded();
    let (project, clone) = stage(&world);
    let name = &project.name;
    let secret = "token-sha256";
    let mut targets: Vec<String> = Vec::new();
    for up in ["..", "%2e%2e", "..%2f", "%2e%2e%2f", "..%5c", ".%00.", "....//", "%252e%252e"] {
        for place in [
            "",
            "a/",
            "logs/",
            "t/pyflow/",
            "c/",
            "-/",
            "projects/",
            "a/projects/",
            "changes/",
            "api/tenant/pyflow/build/",
        ] {
            targets.push(format!("/{place}{up}/accounts.toml"));
            targets.push(format!("/{place}{up}/{up}/server/accounts.toml"));
        }
        targets.push(format!("/{up}/{name}/info/refs?service=git-upload-pack"));
        targets.push(format!("/{name}/{up}/{name}/info/refs?service=git-upload-pack"));
    }
    targets.extend([
        "//accounts.toml".to_owned(),
        "/accounts.toml".to_owned(),
        "/server.toml".to_owned(),
        "http://127.0.0.1/accounts.toml".to_owned(),
        format!("/projects/{name}.git/config"),
        format!("/{name}.git/config"),
        format!("/{name}/HEAD"),
        format!("/{name}/objects/info/packs"),
        format!("/{name}/info/refs"),
        format!("/a/{name}/git-upload-archive"),
    ]);
    for target in &targets {
        for more in [String::new(), alice()] {
            let answer = get(&world, target, &more);
            assert!(!answer.contains(secret) && !answer.contains("[core]"), "{target}: {answer}");
            assert!(matches!(status(&answer), 400 | 401 | 403 | 404 | 421), "{target}: {answer}");
        }
    }
    alive(&clone, "Still here");
}

#[test]
fn other_peoples_pages_and_names_are_refused() {
    let world = World::embedded();
    let (_, clone) = stage(&world);
    let ours = host(&world);
    for forged in ["evil.example.org", "127.0.0.1", "127.0.0.1:1", "localhost", ""] {
        let request = format!("GET /changes/ HTTP/1.1\r\nHost: {forged}\r\nConnection: close\r\n\r\n");
        assert!(matches!(status(&raw(&world, request.as_bytes())), 400 | 421), "{forged}");
    }
    assert_eq!(status(&raw(&world, b"GET /changes/ HTTP/1.1\r\nConnection: close\r\n\r\n")), 421);
    for target in ["/a/changes/1/abandon", "/api/tenant/pyflow/promote"] {
        for origin in
            ["https://evil.example.org", "null", "http://127.0.0.1:1", &format!("http://{ours}.evil.example.org")]
        {
            let body = "{}";
            let request = format!(
                "POST {target} HTTP/1.1\r\nHost: {ours}\r\nOrigin: {origin}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                alice(),
                body.len()
            );
            assert_eq!(status(&raw(&world, request.as_bytes())), 403, "{origin}");
        }
    }
    // A form or a script elsewhere can send text without asking; JSON it cannot.
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let body = "{\"message\": \"hello\"}";
        let request = format!(
            "POST /a/changes/1/revisions/current/review HTTP/1.1\r\nHost: {ours}\r\n{}Content-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            alice(),
            body.len()
        );
        assert_eq!(status(&raw(&world, request.as_bytes())), 415, "{content_type}");
    }
    alive(&clone, "Still here");
}

#[test]
fn bodies_end_where_the_limit_is_and_slow_clients_wait_alone() {
    let world = World::embedded();
    let (project, clone) = stage(&world);
    let ours = host(&world);
    // Twenty that have begun a request and say nothing more.
    let silent: Vec<TcpStream> = (0..20)
        .map(|at| {
            let mut stream = connect(&world);
            let beginning = match at % 4 {
                0 => String::new(),
                1 => format!("GET /changes/ HTTP/1.1\r\nHost: {ours}\r\n"),
                2 => format!(
                    "POST /a/changes/1/abandon HTTP/1.1\r\nHost: {ours}\r\n{}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
                    alice()
                ),
                _ => format!(
                    "POST /a/{}/git-receive-pack HTTP/1.1\r\nHost: {ours}\r\n{}Content-Length: 100000\r\n\r\n0000",
                    project.name,
                    alice()
                ),
            };
            stream.write_all(beginning.as_bytes()).unwrap();
            stream
        })
        .collect();
    alive(&clone, "Beside the slow ones");
    // Five megabytes where four are allowed: said, or cut off, never taken.
    let large = vec![b' '; 5 << 20];
    for target in ["/a/changes/1/abandon", "/api/tenant/pyflow/promote", "/"] {
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {ours}\r\n{}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            alice(),
            large.len()
        );
        let answer = raw(&world, &[head.as_bytes(), &large].concat());
        assert!(matches!(status(&answer), 0 | 405 | 413), "{target}: {answer}");
    }
    let long = format!("/{}", "a".repeat(300_000));
    assert!(matches!(status(&get(&world, &long, "")), 0 | 400 | 414 | 431));
    let header = format!("X-Long: {}\r\n", "a".repeat(600_000));
    assert!(matches!(status(&get(&world, "/changes/", &header)), 0 | 400 | 431));
    let many: String = (0..200).fold(String::new(), |mut all, n| {
        write!(all, "q=change:{n}&").unwrap();
        all
    });
    assert_eq!(status(&get(&world, &format!("/changes/?{many}"), "")), 400);
    let deep = format!("/changes/?q={}", "(".repeat(5000));
    assert_eq!(status(&get(&world, &deep, "")), 400);
    drop(silent);
    alive(&clone, "After the slow ones");
}

/// A push whose commands and pack are these bytes.
fn push(world: &World, project: &Project, commands: &[(&str, &str)], pack: &[u8]) -> String {
    let mut body = Vec::new();
    for (at, (id, name)) in commands.iter().enumerate() {
        let line = format!("{} {id} {name}{}\n", "0".repeat(40), if at == 0 { "\0report-status" } else { "" });
        body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    let head = format!(
        "POST /a/{}/git-receive-pack HTTP/1.1\r\nHost: {}\r\n{}Content-Type: application/x-git-receive-pack-request\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        project.name,
        host(world),
        alice(),
        body.len()
    );
    raw(world, &[head.as_bytes(), &body].concat())
}

#[test]
fn bad_packs_and_hostile_names_leave_nothing() {
    let world = World::embedded();
    let (project, clone) = stage(&world);
    alive(&clone, "Before");
    let refs = world.server.refs(&project);
    let head = clone.git(["rev-parse", "gerrit/main"]);
    let id = "1234567890123456789012345678901234567890";
    let empty = {
        use sha1::Digest as _;
        let mut pack = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
        let sum = sha1::Sha1::digest(&pack);
        pack.extend_from_slice(&sum);
        pack
    };
    // Packs: none, cut, of another kind, with a lie about how much is in it, without what is promised.
    let many = [&b"PACK\0\0\0\x02\xff\xff\xff\xff"[..], &[0x78; 64]].concat();
    for pack in
        [&b""[..], b"PACK", b"PACK\0\0\0\x09\0\0\0\0", b"NOPE\0\0\0\x02\0\0\0\x01", &many, &empty, &[0xff; 4096]]
    {
        let answer = push(&world, &project, &[(id, "refs/for/main")], pack);
        assert!(status(&answer) == 200 && answer.contains("unpack error"), "{answer}");
    }
    // Names: what git forbids, what is this server's own, what looks like another place.
    let names = [
        "refs/heads/../../../x",
        "refs/heads/a..b",
        "refs/heads/.x",
        "refs/heads/x.lock",
        "refs/heads/x y",
        "refs/heads/-x",
        "refs/heads/x\x01",
        "refs/heads/",
        "HEAD",
        "../x",
        "/etc/passwd",
        "refs/changes/01/1/1",
        "refs/changes/01/1/meta",
        "refs/meta/config",
        "refs/pyflow/x",
        "refs/for/../../x",
        "refs/for/",
        "refs/for/main%base=../../x",
        "refs/for/main%topic=\x1b[31m",
        "refs/heads/main",
    ];
    for name in names {
        let answer = push(&world, &project, &[(&head, name)], &empty);
        assert!(status(&answer) == 200, "{name:?}: {answer}");
        assert!(!answer.contains("\nok ") && !answer.contains(&format!("ok {name}")), "{name:?}: {answer}");
        // Nothing but what was sent itself comes back unasked for.
        assert!(!answer.replace(name, "").contains('\x1b'), "{name:?}: {answer}");
    }
    let hundreds: Vec<(String, String)> = (0..1500).map(|n| (head.clone(), format!("refs/heads/x{n}"))).collect();
    let hundreds: Vec<(&str, &str)> = hundreds.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    assert!(push(&world, &project, &hundreds, &empty).contains("too many commands"));
    assert_eq!(world.server.refs(&project), refs);
    let objects = world.path(&format!("server/projects/{}.git/objects", project.name));
    let left =
        std::fs::read_dir(objects).unwrap().flatten().filter(|e| e.file_name().to_string_lossy().starts_with("tmp_"));
    assert_eq!(left.count(), 0, "what was refused is gone");
    alive(&clone, "After");
}

/// A pack of this one commit, without its files.
fn commit_alone(clone: &Clone<'_>, id: &str) -> Vec<u8> {
    let mut git = std::process::Command::new("git");
    git.args(["pack-objects", "-q", "--stdout"]).current_dir(&clone.dir);
    git.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = git.spawn().expect("git");
    writeln!(child.stdin.take().expect("a pipe"), "{id}").expect("git reads");
    child.wait_with_output().expect("a pack").stdout
}

#[test]
fn a_commit_whose_files_are_in_another_project_only_is_not_taken() {
    let world = World::embedded();
    let (one, two) = (world.project(), world.project());
    // Both begin with the same history.
    let repository = |project: &Project| world.path(&format!("server/projects/{}.git", project.name));
    std::fs::remove_dir_all(repository(&two)).unwrap();
    let copied = std::process::Command::new("cp").arg("-r").args([repository(&one), repository(&two)]).status();
    assert!(copied.unwrap().success());
    let clone = world.user("alice").clone(&one);
    clone.commit("Fix the parser");
    clone.submit("");
    let commit = clone.git(["rev-parse", "HEAD"]);
    let answer = push(&world, &two, &[(&commit, "refs/for/main")], &commit_alone(&clone, &commit));
    assert!(answer.contains("unpack error") && answer.contains("ng refs/for/main"), "{answer}");
    assert!(!world.server.refs(&two).contains("refs/changes/"));
    alive(&clone, "After");
}

/// A server that shows nothing to strangers: not its changes, not its people, by no dialect.
#[test]
fn nothing_is_read_without_an_account_where_that_is_asked_for() {
    let world = World::embedded();
    let project = world.project();
    world.server.configure(|text| text.replacen("[access]\n", "[access]\nanonymous-read = false\n", 1));
    let clone = world.user("alice").clone(&project);
    clone.commit("Secret plans");
    let number = clone.submit_one("");
    for target in [
        "/changes/?q=status:open".to_owned(),
        format!("/changes/{number}/detail"),
        format!("/changes/{number}/revisions/1/patch"),
        "/projects/".to_owned(),
        format!("/projects/{}/branches/", project.name),
        "/accounts/?q=a&o=DETAILS".to_owned(),
        "/accounts/alice".to_owned(),
        format!("/{}/info/refs?service=git-upload-pack", project.name),
        "/api/tenant/pyflow/status".to_owned(),
        "/api/tenant/pyflow/builds".to_owned(),
        "/".to_owned(),
        format!("/c/{}/+/{number}", project.name),
    ] {
        let answer = get(&world, &target, "");
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let shown = ["Secret", "Alice", "alice@", "refs/heads/main"].iter().any(|word| body.contains(word));
        assert!(!shown && (status(&answer) != 200 || body.contains("[]") || body.contains("{}")), "{target}: {answer}");
    }
    let own = get(&world, "/a/changes/?q=status:open", &alice());
    assert!(status(&own) == 200 && own.contains("Secret plans"), "{own}");
}
