//! S: what a stranger could do.

use super::{change_ids, gitreview};
use crate::sandbox::{Clone, Run, World};
use crate::watch::{Doorbell, GitLog, is_trick, script};

/// Values of the checked-in file become words of a command line: a push past review, a deletion.
#[test]
fn s1_the_checked_in_file_cannot_change_what_is_pushed() {
    let world = World::embedded();
    let project = world.project();
    // Carol may push anywhere.
    let clone = world.user("carol").clone(&project);
    clone.commit("Fix the parser");
    let before = world.server.refs(&project);
    let log = GitLog::new(world.path("log"));
    let hostile = [
        "main HEAD:refs/heads/main :refs/heads/3.14",
        "main:refs/heads/main",
        "+main",
        ":3.14",
        "--force",
        "--receive-pack=touch pwned",
        "-otopic",
        "main%submit",
        "main,submit",
        "refs/heads/main",
        "main\nHEAD:refs/heads/main",
        "$(touch pwned)",
    ];
    let reviewconf = clone.reviewconf(&project);
    for value in hostile {
        let quoted = serde_json::to_string(value).unwrap();
        for key in ["branch", "remote"] {
            let others = reviewconf.lines().filter(|line| !line.starts_with(&format!("{key} =")));
            let conf = others.collect::<Vec<_>>().join("\n") + &format!("\n{key} = {quoted}\n");
            clone.write(".reviewconf", &conf);
            plain_or_refused(&clone.pyflow_with("submit", |c| log.watch(c)), value);
        }
        std::fs::remove_file(clone.dir.join(".reviewconf")).unwrap();
        for key in ["defaultbranch", "defaultremote", "project"] {
            let more = format!("defaultrebase=0\n{key}={value}\n");
            let text = gitreview(&world, &project, &more);
            let text =
                if key == "project" { text.replacen(&format!("project={}\n", project.name), "", 1) } else { text };
            clone.write(".gitreview", &text);
            plain_or_refused(&clone.pyflow_with("submit --yes", |c| log.watch(c)), value);
        }
        std::fs::remove_file(clone.dir.join(".gitreview")).unwrap();
    }
    assert_eq!(world.server.refs(&project), before, "{:#?}", log.calls());
    let pushes: Vec<_> = log.calls().into_iter().filter(|call| call.iter().any(|word| word == "push")).collect();
    assert!(pushes.is_empty(), "{pushes:#?}");
    assert!(!clone.dir.join("pwned").exists());
}

#[track_caller]
fn plain_or_refused(run: &Run<'_>, value: &str) {
    assert!(matches!(run.code, Some(2..=5)), "{value:?}: {:?} {}{}", run.code, run.stdout, run.stderr);
    assert!(!run.stderr.chars().any(is_trick), "{:?}", run.stderr);
}

/// A topic with a blank pushes a local branch as a branch of the server.
#[test]
fn s2_a_topic_is_a_topic() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    clone.git(["branch", "bar"]);
    clone.commit("Fix the parser");
    let heads =
        |refs: &str| refs.lines().filter(|line| line.contains("refs/heads/")).map(str::to_owned).collect::<Vec<_>>();
    let before = heads(&world.server.refs(&project));
    let log = GitLog::new(world.path("log"));
    let hostile = ["foo bar", "foo HEAD:refs/heads/main", "--force", "$(touch pwned)", "-o submit", "x\ny", "é %2C"];
    for topic in hostile {
        let topic_option = format!("--topic={topic}");
        let run = clone.run(crate::sandbox::PYFLOW, ["submit", "--format", "json", &topic_option], |c| log.watch(c));
        if run.code == Some(0) {
            let number = Clone::numbers(&run.json())[0];
            assert_eq!(world.server.change(number)["topic"], topic);
        } else {
            assert_eq!(run.code, Some(2), "{topic:?}: {}{}", run.stdout, run.stderr);
        }
    }
    assert_eq!(heads(&world.server.refs(&project)), before);
    for call in log.calls().iter().filter(|call| call.iter().any(|word| word == "push")) {
        let at = call.iter().position(|word| word == "--" || word == "--end-of-options").expect("an end of options");
        assert_eq!(call.len() - at, 3, "one remote, one refspec: {call:?}");
        assert!(call[at + 2].ends_with(":refs/for/main"), "{call:?}");
    }
    assert!(!clone.dir.join("pwned").exists());
}

/// A comma or a percent sign in a value adds push options: a merge past review, a vote.
#[test]
fn s3_a_value_cannot_smuggle_another_option() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("carol").clone(&project);
    clone.commit("Fix the parser");
    let values =
        ["x,submit", "x%submit", "carol%l=Code-Review+2", "carol,l=Code-Review+2", "x%2Csubmit", "a,wip,private"];
    for value in values {
        for option in ["--topic", "--reviewer", "--cc", "--hashtag", "--message"] {
            let run = clone.pyflow_args(["submit", "--format", "json", &format!("{option}={value}")]);
            assert!(matches!(run.code, Some(0 | 1 | 2 | 4)), "{option} {value}: {}{}", run.stdout, run.stderr);
        }
        for (option, code) in [("-osubmit", 2), ("-o%submit", 2), ("-omerged", 2), ("-oedit", 2)] {
            let run = clone.pyflow_args(["submit", option]);
            assert_eq!(run.code, Some(code), "{option}: {}{}", run.stdout, run.stderr);
        }
    }
    let changes = clone.pyflow("list --format json").success().json();
    let changes = changes["changes"].as_array().unwrap().clone();
    assert_eq!(changes.len(), 1, "{changes:#?}");
    let change = world.server.change(changes[0]["number"].as_u64().unwrap());
    assert_eq!(change["status"], "NEW");
    assert!(!change["work_in_progress"].as_bool().unwrap_or(false));
    assert_eq!(changes[0]["votes"], serde_json::json!([]));
}

/// Subjects and topics of strangers reach the terminal as they are.
#[test]
fn s4_a_strangers_text_does_not_steer_the_terminal() {
    let world = World::embedded();
    let project = world.project();
    let stranger = world.user("bob").clone(&project);
    stranger.commit_file("Fix \u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m \u{202e}txt.exe", "a.txt", "a");
    let number = Clone::numbers(&stranger.submit(""))[0];
    world.server.rest(
        "bob",
        "PUT",
        &format!("changes/{number}/topic"),
        Some(&serde_json::json!({ "topic": "\u{202e}\u{200b}der" })),
    );
    let clone = world.user("alice").clone(&project);
    let number = number.to_string();
    for words in
        [vec!["list"], vec!["status", &number], vec!["vote", &number, "Code-Review=1"], vec!["list", "--color=always"]]
    {
        let run = clone.pyflow_args(&words);
        let text = format!("{}{}", run.stdout, run.stderr);
        // Colours of our own are the one thing that may stay.
        let text = text
            .split("\u{1b}[")
            .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').trim_start_matches('m'))
            .collect::<String>();
        assert!(!text.chars().any(is_trick), "{words:?}: {text:?}");
        assert!(!text.contains("[2J"), "{words:?}: {text:?}");
    }
    let run = clone.pyflow_args(["status", "--format", "json", &number]).success();
    assert!(!run.stdout.chars().any(is_trick), "{:?}", run.stdout);
    assert!(run.json()["changes"][0]["subject"].as_str().unwrap().contains("\u{1b}]0;owned\u{7}"));
}

/// On its first run it connects to whatever host the file names, with the user's name.
#[test]
fn s6_no_host_is_contacted_before_it_was_accepted() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let bell = Doorbell::new();
    let commands = [
        "submit",
        "submit -n",
        "status",
        "status 1",
        "list",
        "vote 1,1 Code-Review=1",
        "setup",
        "setup --check",
        "setup -n",
        "auth status",
        "auth login --user alice --with-token",
    ];
    let probe = |file: &str, text: &str| {
        for other in [".reviewconf", ".gitreview"] {
            std::fs::remove_file(clone.dir.join(other)).ok();
        }
        clone.write(file, text);
        for command in commands {
            let run = clone.feed(command, "alice-pw\n", |_| {});
            // A plan says what would be asked.
            let told = command == "setup -n" && run.code == Some(0) && run.stdout.contains("would   pin: ask: ");
            assert!(told || matches!(run.code, Some(2 | 3)), "{command}: {:?} {}{}", run.code, run.stdout, run.stderr);
        }
    };
    let conf = clone.reviewconf(&project).replace(&world.server.url(), &format!("http://{}", bell.address));
    let ssh = conf.replace("http://127.0.0.1", "ssh://localhost");
    let ini = gitreview(&world, &project, "")
        .replace(&world.server.url().replace("http://127.0.0.1:", "port="), &format!("port={}", bell.address.port()));
    for (file, text) in [(".reviewconf", &conf), (".reviewconf", &ssh), (".gitreview", &ini)] {
        probe(file, text);
    }
    // The same once this clone has accepted its own server.
    clone.write(".reviewconf", &clone.reviewconf(&project));
    std::fs::remove_file(clone.dir.join(".gitreview")).ok();
    drop(clone.pyflow("setup --yes").success());
    for (file, text) in [(".reviewconf", &conf), (".reviewconf", &ssh), (".gitreview", &ini)] {
        probe(file, text);
    }
    assert_eq!(bell.rung(), 0);
    bell.must_work();
}

/// With `http.sslVerify=false` somewhere, certificates are not looked at, and nobody says so.
#[test]
fn s7_no_setting_makes_an_unknown_certificate_good() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let impostor = Impostor::new();
    let url = format!("https://localhost:{}", impostor.port);
    clone.write(
        ".reviewconf",
        &format!("version = 1\n[review]\nkind = \"gerrit\"\nurl = \"{url}\"\nproject = \"p\"\nbranch = \"main\"\n"),
    );
    clone.git(["remote", "set-url", "gerrit", &format!("{url}/a/p")]);
    clone.git(["config", "http.sslVerify", "false"]);
    clone.git(["config", &format!("http.{url}/.sslVerify"), "false"]);
    clone.git(["config", &format!("http.{url}/a/p.sslVerify"), "false"]);
    for words in ["list", "status 1", "vote 1,1 Code-Review=1", "setup --check", "auth status", "submit", "submit -n"] {
        let run = clone.pyflow_with(words, |c| {
            c.env("GIT_SSL_NO_VERIFY", "1").env("PYFLOW_REVIEW_TOKEN_FOR", &url);
        });
        let text = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(5), "{words}: {text}");
        assert!(text.contains("certificate"), "{words}: {text}");
    }
    let heard = impostor.heard.lock().unwrap().clone();
    assert!(!heard.contains("uthorization"), "{heard}");
}

/// A server for TLS with a certificate that nobody vouches for.
struct Impostor {
    port: u16,
    heard: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Impostor {
    fn new() -> Self {
        use rustls::pki_types::pem::PemObject as _;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};
        use std::io::Read as _;

        let certificate =
            CertificateDer::from_pem_slice(include_bytes!("../../../fixtures/tls/certificate.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../../../fixtures/tls/key.pem")).unwrap();
        let config =
            rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let config = std::sync::Arc::new(config);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = std::sync::Arc::<std::sync::Mutex<String>>::default();
        let notes = std::sync::Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(mut stream), Ok(mut connection)) = (stream, rustls::ServerConnection::new(config.clone()))
                else {
                    continue;
                };
                stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).ok();
                let mut words = [0; 4096];
                if let Ok(count) = rustls::Stream::new(&mut connection, &mut stream).read(&mut words) {
                    notes.lock().unwrap().push_str(&String::from_utf8_lossy(&words[..count]));
                }
            }
        });
        Self { port, heard }
    }
}

/// Paths become words of a shell.
#[test]
fn s8_s9_paths_and_hooks_of_the_tree_are_not_run() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    let odd = "hooks $(touch pwned); 'x' \"y\" && touch pwned";
    clone.git(["config", "core.hooksPath", odd]);
    for hook in ["pre-review", "post-review", "commit-msg", "pre-commit", "pre-rebase"] {
        script(&clone.dir.join(odd).join(hook), "touch pwned \"$HOME/pwned\"\n");
        script(&clone.dir.join(".git/hooks").join(hook), "touch pwned \"$HOME/pwned\"\n");
    }
    clone.write(".git/info/exclude", ".reviewconf\nhooks*\n");
    clone.git(["-c", "core.hooksPath=/nowhere", "commit", "-q", "--allow-empty", "-m", "Fix the parser"]);
    drop(clone.pyflow("setup --yes").success());
    clone.submit("");
    assert!(!clone.dir.join("pwned").exists() && !world.path("home-alice/pwned").exists());
    assert_eq!(change_ids(&clone, "HEAD").len(), 1);
}

/// A password in a remote's URL is shown in `-v`, on setup and in errors.
#[test]
fn s10_a_password_in_a_url_is_never_shown() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    let url = clone.git(["remote", "get-url", "gerrit"]);
    clone.git(["remote", "set-url", "gerrit", &url.replace("://", "://alice:sesame-4711@")]);
    clone.commit("Fix the parser");
    let token = |c: &mut std::process::Command| {
        c.env("PYFLOW_REVIEW_TOKEN", "alice-pw");
    };
    for words in [
        "setup -v",
        "setup --check -v",
        "submit -n -v",
        "submit -v",
        "submit -v --format json",
        "status -v",
        "list -v",
        "auth status -v",
    ] {
        let run = clone.pyflow_with(words, token);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("sesame") && !text.contains("alice-pw"), "{words}: {text}");
    }
    clone.git(["remote", "set-url", "gerrit", "http://alice:sesame-4711@127.0.0.1:1/a/elsewhere"]);
    for words in ["setup -v", "submit -v", "status"] {
        let run = clone.pyflow_with(words, token);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("sesame"), "{words}: {text}");
        assert_ne!(run.code, Some(0));
    }
}

/// The token reaches git by a way that neither arguments, environments nor hooks show.
#[test]
fn s10_a_token_is_in_no_argument_and_in_no_environment() {
    let world = World::embedded();
    let clone = world.user("alice").clone(&world.project());
    clone.commit("Fix the parser");
    let seen = world.path("seen");
    std::fs::create_dir_all(&seen).unwrap();
    for hook in ["pre-push", "reference-transaction", "post-rewrite"] {
        script(
            &clone.dir.join(".git/hooks").join(hook),
            &format!(
                "{{ echo 'ran {hook}'; echo \"$@\"; env; for p in \"$PPID\" $$; do tr '\\0' ' ' < \"/proc/$p/cmdline\"; tr '\\0' '\\n' < \"/proc/$p/environ\"; done; }} >> '{}/hook' 2>&1\nexit 0\n",
                seen.display()
            ),
        );
    }
    let log = GitLog::new(world.path("log"));
    for words in ["setup -v", "submit -v --topic x", "status -v", "vote -v 1,1 Code-Review=1"] {
        let run = clone.pyflow_with(words, |c| log.watch(c));
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(!text.contains("alice-pw"), "{words}: {text}");
    }
    let hook = std::fs::read_to_string(seen.join("hook")).unwrap();
    assert!(hook.contains("ran pre-push"), "{hook}");
    assert!(!hook.contains("alice-pw"), "{hook}");
    assert!(!log.environment().contains("alice-pw"));
    assert!(!log.calls().iter().flatten().any(|word| word.contains("alice-pw")));
    // Nor is it left behind in a file.
    let found = clone.try_git(["grep", "--no-index", "-c", "alice-pw", "--", ".git"]);
    assert_eq!(found.stdout, "");
}
