//! What an operator does with the embedded server: taking repositories over, accounts, looking for
//! mistakes, and what release managers may push.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::sandbox::{Clone, PYFLOW, Server, World, snapshot};

/// A server that is started by hand, and what it says.
struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    fn start(clone: &Clone<'_>, arguments: &[&str]) -> Self {
        let ready = clone.dir.join("ready");
        std::fs::remove_file(&ready).ok();
        let mut command = Command::new(PYFLOW);
        command.args(["serve", "--listen", "127.0.0.1:0", "--ready-file", "ready"]).args(arguments);
        command.current_dir(&clone.dir).env_clear().envs(clone.person.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("pyflow serve");
        let began = Instant::now();
        while !ready.exists() {
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none() && began.elapsed() < Duration::from_secs(30), "it did not start: {ended:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { child, url: std::fs::read_to_string(ready).expect("the ready file") }
    }

    /// Ends it with a signal; what it said, without its address.
    fn stop(mut self, world: &World) -> String {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill");
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().expect("a pipe"), &mut said).expect("text");
        assert!(self.child.wait().expect("it ends").success(), "{said}");
        said.replace(&self.url, "$SERVER/").replace(&world.path("").to_string_lossy().into_owned(), "$WORLD/")
    }
}

fn folder<'w>(world: &'w World, name: &str) -> Clone<'w> {
    let dir = world.path(name);
    std::fs::create_dir_all(&dir).unwrap();
    Clone { person: world.user("alice"), dir }
}

#[test]
fn a_repository_is_taken_over_with_its_branches_and_tags() {
    let world = World::embedded();
    let project = folder(&world, "sample");
    project.git(["init", "-q", "-b", "trunk"]);
    let first = project.commit("First");
    project.git(["tag", "-a", "-m", "The first", "v1"]);
    project.git(["branch", "3.14"]);
    project.git(["update-ref", "refs/remotes/origin/3.13", "HEAD"]);
    project.git(["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    project.git(["update-ref", "refs/notes/commits", "HEAD"]);
    project.commit("Second");
    let refs = project.git(["for-each-ref", "--format=%(objectname)\t%(refname)", "refs/heads", "refs/tags"]);
    let before = project.fingerprint();

    let place = folder(&world, "place");
    let serving = Serving::start(&place, &["--import", "../sample"]);
    let served = place.git(["ls-remote", "--refs", &format!("{}sample", serving.url)]);
    assert_eq!(served, refs);
    let head = place.git(["ls-remote", "--symref", &format!("{}sample", serving.url), "HEAD"]);
    assert!(head.starts_with("ref: refs/heads/trunk\tHEAD"), "{head}");
    insta::assert_snapshot!(serving.stop(&world), @"
    sample is taken over from $WORLD/sample: branches: 2, tags: 1
    warning: not taken, since these are only remote-tracking branches there: origin/3.13; make them branches before the import: `git -C $WORLD/sample branch NAME origin/NAME`
    Serving $WORLD/place/pyflow-server on $SERVER/
    ");
    assert_eq!(project.fingerprint(), before, "the repository is as it was");

    // Once is enough: what happens there later is not read, what happened here is not lost.
    project.commit("Third");
    let serving = Serving::start(&place, &["--import", "../sample"]);
    assert_eq!(place.git(["ls-remote", "--refs", &format!("{}sample", serving.url)]), refs);
    insta::assert_snapshot!(serving.stop(&world), @"
    sample is here already; $WORLD/sample is not read again
    Serving $WORLD/place/pyflow-server on $SERVER/
    ");
    assert!(!first.is_empty());
}

#[test]
fn what_cannot_be_taken_over_is_refused_and_leaves_nothing() {
    let world = World::embedded();
    let place = folder(&world, "place");
    // The world's own server gives the address that snapshots leave out.
    drop(world.project());
    let full = folder(&world, "full");
    full.git(["init", "-q", "-b", "main"]);
    full.commit("First");
    full.commit("Second");
    let source = format!("file://{}", full.dir.display());
    place.git(["clone", "-q", "--depth", "1", &source, "shallow"]);
    place.git(["init", "-q", "--object-format=sha256", "sha256"]);
    place.git(["init", "-q", "-b", "main", "empty"]);
    place.git(["clone", "-q", &source, "a name with blanks"]);
    place.write("folder/file", "x");
    let mut told = String::new();
    for arguments in [
        &["--import", "nowhere"][..],
        &["--import", "folder"],
        &["--import", "shallow"],
        &["--import", "sha256"],
        &["--import", "empty"],
        &["--import", "a name with blanks"],
        &["--import", "shallow", "--project", "../x"],
        &["--project", "x"],
    ] {
        let run = place.pyflow_args([&["serve", "--dir", "srv", "--listen", "127.0.0.1:0"], arguments].concat());
        writeln!(told, "$ serve {}\n{}", arguments.join(" "), run.snapshot().trim_end()).unwrap();
    }
    insta::assert_snapshot!(told, @r#"
    $ serve --import nowhere
    ------- stderr -------
    error: cannot read $WORLD/place/nowhere
      caused by: No such file or directory (os error 2)
    [exit code: 3]
    $ serve --import folder
    ------- stderr -------
    error: $WORLD/place/folder is not a git repository that this user may read
    [exit code: 3]
    $ serve --import shallow
    ------- stderr -------
    error: $WORLD/place/shallow is a shallow clone: its older history is not there
    hint: git -C $WORLD/place/shallow fetch --unshallow
    [exit code: 3]
    $ serve --import sha256
    ------- stderr -------
    error: $WORLD/place/sha256 names its objects by sha256; this server knows only sha1
    [exit code: 3]
    $ serve --import empty
    ------- stderr -------
    error: HEAD would be main, and there is no such branch
    hint: git -C $WORLD/place/empty switch BRANCH makes another one HEAD there
    [exit code: 3]
    $ serve --import a name with blanks
    ------- stderr -------
    error: "a name with blanks" cannot be a project's name
    hint: --project NAME gives it another one
    [exit code: 2]
    $ serve --import shallow --project ../x
    ------- stderr -------
    error: "../x" cannot be a project's name
    hint: parts of letters, digits, `.`, `_` and `-`, with `/` between them: `--project python/cpython`
    [exit code: 2]
    $ serve --project x
    ------- stderr -------
    error: the following required arguments were not provided:
      --import <PATH>

    Usage: pyflow serve --import <PATH> --dir <DIR> --listen <ADDR> --project <NAME>

    For more information, try '--help'.
    [exit code: 2]
    "#);
    let left = |path: &Path| std::fs::read_dir(path).map_or(0, Iterator::count);
    assert_eq!(left(&place.dir.join("srv/projects")), 0);
}

#[test]
fn accounts_come_and_go() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    // Nobody is added without a token that somebody has, or with an address that is none.
    for words in ["--email dave@example.com --token-file /nowhere/token", "--email dave", "--email dave@"] {
        drop(clone.serve(&format!("user add dave {words}")).ends_with(2));
    }
    let run = clone.serve("user add dave --full-name Dave --email dave@example.com --group core");
    let token = run.success().stdout.trim().to_owned();
    let asks = |token: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let request = client.get(format!("{}/a/accounts/self", world.server.url())).basic_auth("dave", Some(token));
        request.send().unwrap().status().as_u16()
    };
    assert_eq!((token.len(), asks(&token)), (64, 200));
    let renewed = clone.serve("user token dave").success().stdout.trim().to_owned();
    assert_eq!((asks(&token), asks(&renewed)), (401, 200));
    insta::assert_snapshot!(clone.serve("user remove dave").snapshot(), @"dave is removed");
    assert_eq!(asks(&renewed), 401);
    insta::assert_snapshot!(clone.serve("user remove dave").snapshot(), @r#"
    ------- stderr -------
    error: there is no user "dave"
    [exit code: 3]
    "#);
    insta::assert_snapshot!(clone.serve("user remove alice --format json").snapshot(), @r#"
    {
      "schema": "pyflow/serve/1",
      "text": "alice is removed"
    }
    "#);
    assert_eq!(clone.pyflow("status").code, Some(7), "alice can do nothing any more");
    let change = world.server.change(number);
    assert_eq!(change["owner"]["name"], "Alice Able", "her change still bears her name");
}

#[test]
fn mistakes_in_the_configuration_are_told() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    insta::assert_snapshot!(clone.serve("check-config").snapshot(), @"$WORLD/server: everything is right");
    let accounts = world.path("server/accounts.toml");
    let text = std::fs::read_to_string(&accounts).unwrap();
    std::fs::write(&accounts, format!("{text}\n[[account]]\nid = 7\nusername = \"alice\"\n")).unwrap();
    insta::assert_snapshot!(clone.serve("check-config").snapshot(), @"
    $WORLD/server: errors: 1, warnings: 1
    error: accounts.toml: user alice is there twice
    warning: accounts.toml: alice has no token and cannot sign in: pyflow serve user token alice
    [exit code: 3]
    ");
    let document = clone.serve("check-config --format json").ends_with(3).json();
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(2));
    // A job's program must be where jobs look for one.
    std::fs::write(&accounts, text).unwrap();
    let settings = world.path("server/server.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let jobs = |program: &str| format!("{text}\n[projects.{}.jobs.odd]\ncommand = [\"{program}\"]\n", project.name);
    for (program, found) in [("sh", false), ("/bin/sh", false), ("tools/test", false), ("nosuchprogram", true)] {
        std::fs::write(&settings, jobs(program)).unwrap();
        let run = clone.serve("check-config");
        let told = run.stdout.contains("job odd of") && run.stdout.contains("there is no program nosuchprogram");
        assert_eq!(told, found, "{program}: {}", run.stdout);
    }
}

/// Pushes; what came of it, and what the server said.
fn pushed(clone: &Clone<'_>, name: &str, url: &str, what: &str) -> String {
    let run = clone.try_git(["push", "--porcelain", url, what]);
    let said = run.stderr.lines().filter(|l| l.starts_with("remote: ") && !l.contains("Processing"));
    let said: Vec<&str> = said.map(str::trim_end).collect();
    let result: Vec<&str> = run.stdout.lines().filter(|l| l.contains('\t')).collect();
    format!("{name} {what}\n{}\n{}\n", result.join("\n"), said.join("\n"))
}

#[test]
fn release_managers_cut_branches_and_push_tags_of_what_has_landed() {
    let world = World::embedded();
    let project = world.project();
    let clone = world.user("alice").clone(&project);
    clone.commit("Fix the parser");
    let number = clone.submit_one("");
    world.server.land(number);
    clone.fetch();
    let add = clone.feed(
        &format!(
            "serve user add rita --email rita@example.com --group release-managers --token-stdin --dir {}",
            world.path("server").display()
        ),
        "rita-pw",
        |_| {},
    );
    assert_eq!(add.code, Some(0), "{}", add.stderr);
    let url = |name: &str| Server::with_password(&world.server.push_url(&project), name);
    clone.git(["tag", "-a", "-m", "A release", "v1", "gerrit/main"]);
    clone.git(["tag", "light", "gerrit/main"]);
    clone.commit("Not reviewed");
    clone.git(["tag", "-a", "-m", "Not reviewed", "v2"]);
    let push = |name: &str, what: &str| pushed(&clone, name, &url(name), what);
    let cut = "refs/remotes/gerrit/main:refs/heads/3.15";
    let mut told = String::new();
    for (name, what) in [
        ("alice", "v1"),
        ("carol", cut),
        ("rita", "v1"),
        ("rita", "light"),
        ("rita", cut),
        ("rita", "v2"),
        ("rita", "HEAD:refs/heads/3.16"),
        ("rita", "HEAD:refs/heads/3.15"),
        ("rita", ":refs/heads/3.15"),
        ("rita", "v1:refs/notes/x"),
        ("rita", "+v2:refs/tags/v1"),
    ] {
        told.push_str(&push(name, what));
    }
    insta::assert_snapshot!(snapshot::normalise(&world, &told), @"
    alice v1
    !	refs/tags/v1:refs/tags/v1	[remote rejected] (prohibited by Gerrit: not permitted: create)
    remote: error: branch refs/tags/v1:
    remote: You need 'Create' rights to create new references.
    remote: User: alice
    remote: Contact an administrator to fix the permissions
    carol refs/remotes/gerrit/main:refs/heads/3.15
    !	refs/remotes/gerrit/main:refs/heads/3.15	[remote rejected] (prohibited by Gerrit: not permitted: create)
    remote: error: branch refs/heads/3.15:
    remote: You need 'Create' rights to create new references.
    remote: User: carol
    remote: Contact an administrator to fix the permissions
    rita v1
    *	refs/tags/v1:refs/tags/v1	[new tag]

    rita light
    *	refs/tags/light:refs/tags/light	[new tag]

    rita refs/remotes/gerrit/main:refs/heads/3.15
    *	refs/remotes/gerrit/main:refs/heads/3.15	[new branch]

    rita v2
    !	refs/tags/v2:refs/tags/v2	[remote rejected] (a tag can only be made of what has landed)
    remote: ERROR: refs/tags/v2: <commit> is on no branch of this project
    remote: Send it for review first: push it to refs/for/BRANCH
    rita HEAD:refs/heads/3.16
    !	HEAD:refs/heads/3.16	[remote rejected] (a branch can only be made of what has landed)
    remote: ERROR: refs/heads/3.16: <commit> is on no branch of this project
    remote: Send it for review first: push it to refs/for/BRANCH
    rita HEAD:refs/heads/3.15
    !	HEAD:refs/heads/3.15	[remote rejected] (prohibited by Gerrit: not permitted: update)
    remote: error: branch refs/heads/3.15:
    remote: Push to refs/for/3.15 to create a review, or get 'Push' rights to update the branch.
    remote: User: rita
    remote: Contact an administrator to fix the permissions
    rita :refs/heads/3.15
    !	:refs/heads/3.15	[remote rejected] (prohibited by Gerrit: not permitted: delete)
    remote: error: branch refs/heads/3.15:
    remote: You need 'Delete Reference' rights or 'Push' rights with the
    remote: 'Force Push' flag set to delete references.
    remote: User: rita
    remote: Contact an administrator to fix the permissions
    rita v1:refs/notes/x
    !	refs/tags/v1:refs/notes/x	[remote rejected] (prohibited by Gerrit: not permitted: create)
    remote: error: branch refs/notes/x:
    remote: You need 'Create' rights to create new references.
    remote: User: rita
    remote: Contact an administrator to fix the permissions
    rita +v2:refs/tags/v1
    !	refs/tags/v2:refs/tags/v1	[remote rejected] (prohibited by Gerrit: not permitted: update)
    remote: error: branch refs/tags/v1:
    remote: Push to refs/for/refs/tags/v1 to create a review, or get 'Push' rights to update the branch.
    remote: User: rita
    remote: Contact an administrator to fix the permissions
    ");
    let refs: Vec<String> = world.server.refs(&project).lines().map(|l| l[41..].to_owned()).collect();
    let made = |name: &&String| name.contains("3.15") || name.starts_with("refs/tags");
    let made: Vec<&String> = refs.iter().filter(made).collect();
    assert_eq!(made, ["refs/heads/3.15", "refs/tags/light", "refs/tags/v1", "refs/tags/v1^{}"]);
}
