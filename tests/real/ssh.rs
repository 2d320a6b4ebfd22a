//! The ssh side of a real Gerrit: pushes, and queries where `review.url` is an ssh address. Only
//! what differs from http is looked at: the address, the host key, the user's key, who asks whom.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::sandbox::{Clone, PYFLOW, Project, ProjectOptions, Run, World};

/// A scenario that needs the ssh side, too: its name, and what happens.
type Scenario = (&'static str, fn(&World, &Door));

/// Every one.
pub const ALL: &[Scenario] = &[
    ("submit_with_everything_over_ssh", submit_with_everything_over_ssh),
    ("submit_with_an_ssh_remote", submit_with_an_ssh_remote),
    ("setup_adds_the_remote", setup_adds_the_remote),
    ("what_the_server_refuses", what_the_server_refuses),
    ("keys_and_hosts_that_are_not_known", keys_and_hosts_that_are_not_known),
    ("nobody_is_asked", nobody_is_asked),
];

/// Where the ssh server is, and the keys of its users.
#[derive(Debug, Clone)]
pub struct Door {
    address: String,
    keys: PathBuf,
}

impl Door {
    /// `HOST:PORT`, and a folder with a key named after each user and `known_hosts`.
    pub fn new(address: &str, keys: &str) -> Self {
        Self { address: address.to_owned(), keys: keys.into() }
    }

    /// The server as this user.
    fn url(&self, user: &str) -> String {
        format!("ssh://{user}@{}", self.address)
    }

    /// A clone whose ssh knows this user's key and the server's, and nothing of the machine's own.
    fn clone<'w>(&self, world: &'w World, user: &str, project: &Project) -> Clone<'w> {
        let clone = world.user(user).clone(project);
        offer(&clone, &self.keys.join(user), &self.keys.join("known_hosts"));
        clone.git(["remote", "set-url", "gerrit", &format!("{}/{}", self.url(user), project.name)]);
        clone
    }

    /// Lets the review server be asked over ssh, too.
    fn ask_over_ssh(&self, clone: &Clone<'_>, user: &str, project: &Project) {
        let conf = clone.reviewconf(project);
        clone.write(".reviewconf", &conf.replace(&clone.person.world.server.url(), &self.url(user)));
    }
}

/// ssh looks its files up in the real home folder, whatever HOME says; so it is told.
fn offer(clone: &Clone<'_>, key: &Path, known_hosts: &Path) {
    let home = &clone.person.home;
    let known = home.join("known_hosts");
    std::fs::copy(known_hosts, &known).unwrap();
    let config = home.join("ssh_config");
    let text = format!(
        "Host *\n\tIdentityFile {}\n\tIdentitiesOnly yes\n\tUserKnownHostsFile {}\n\tGlobalKnownHostsFile none\n",
        key.display(),
        known.display()
    );
    std::fs::write(&config, text).unwrap();
    clone.git(["config", "core.sshCommand", &format!("ssh -F '{}'", config.display())]);
}

/// Runs `pyflow` as somebody who has no token.
fn keys_only<'w>(clone: &Clone<'w>, words: &str) -> Run<'w> {
    clone.pyflow_with(words, |command| {
        command.env_remove("PYFLOW_REVIEW_TOKEN");
    })
}

/// No port of the server's may differ from run to run in what is asserted.
fn told(door: &Door, text: &str) -> String {
    text.replace(&door.address, "$SSH")
}

fn submit_with_everything_over_ssh(world: &World, door: &Door) {
    let project = world.project();
    let clone = door.clone(world, "alice", &project);
    door.ask_over_ssh(&clone, "alice", &project);
    let version = if world.server.is_old() { "3.4" } else { "3.13" };
    let setup = told(door, &keys_only(&clone, "setup").snapshot());
    assert!(setup.contains(&format!("answers: Gerrit {version}")), "{setup}");
    clone.commit("Fix the parser");
    clone.commit("Test the parser");
    insta::assert_snapshot!(told(door, &keys_only(&clone, "submit --topic parser --reviewer bob").snapshot()), @"
    2 commits for main (review.branch, from .reviewconf:8)
    created   #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    created   #2,1  Test the parser  $SERVER/c/$PROJECT/+/#2
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    insta::assert_snapshot!(told(door, &clone.pyflow("submit").snapshot()), @"
    2 commits for main (review.branch, from .reviewconf:8)
    unchanged #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    unchanged #2,1  Test the parser  $SERVER/c/$PROJECT/+/#2
    ");
    clone.amend("Testtheparser.txt", "better");
    let done = clone.submit("");
    assert_eq!(done["changes"][1]["action"], "updated", "{done:#}");
    let numbers = Clone::numbers(&done);
    let change = world.server.change(numbers[1]);
    assert_eq!(change["topic"], "parser");
    assert_eq!(change["reviewers"]["REVIEWER"][0]["username"], "bob");
    assert_eq!(change["revisions"].as_object().unwrap().len(), 2);
    assert_eq!(change["current_revision"], clone.head());

    // What ssh does not tell is unknown, and what it cannot do is refused before it is tried.
    insta::assert_snapshot!(told(door, &clone.pyflow("status HEAD").snapshot()), @"
    #2  Test the parser  open  for main
      $SERVER/c/$PROJECT/+/#2
      patch set 2, owned by Alice Able
      - the server does not tell what else it needs over ssh
      next: nothing for you to do now; it waits for others
    ");
    assert_eq!(clone.pyflow("list --format json").success().json()["changes"].as_array().unwrap().len(), 2);
    insta::assert_snapshot!(told(door, &clone.pyflow("vote HEAD Code-Review=1").snapshot()), @"
    ------- stderr -------
    error: this needs the review server's HTTP interface, and only ssh is set up
    hint: give the server's https address as `review.url` (`pyflow setup`) and sign in: `pyflow auth login`
    [exit code: 3]
    ");
    insta::assert_snapshot!(told(door, &clone.pyflow("auth status").snapshot()), @"
    ------- stderr -------
    error: ssh://alice@$SSH is spoken to over ssh, which has keys of its own
    hint: `ssh-add -l` shows which keys are offered
    [exit code: 3]
    ");
    clone.amend("Testtheparser.txt", "better still");
    let before = world.server.refs(&project);
    assert_eq!(clone.submit("--dry-run")["changes"][1]["action"], "updated");
    assert_eq!(world.server.refs(&project), before);

    // Over ssh, too, somebody else's patch set is not buried.
    let bob = door.clone(world, "bob", &project);
    door.ask_over_ssh(&bob, "bob", &project);
    bob.git(["fetch", "-q", "gerrit", &format!("refs/changes/{:02}/{}/2", numbers[1] % 100, numbers[1])]);
    bob.git(["reset", "-q", "--hard", "FETCH_HEAD"]);
    bob.amend("Testtheparser.txt", "bob's");
    assert_eq!(bob.submit("")["changes"][1]["patch_set"], 3);
    let run = clone.pyflow("submit").ends_with(4);
    assert!(run.stdout.contains("patch set 3"), "{}{}", run.stdout, run.stderr);
}

/// The usual way to work with Gerrit: the web address for questions, ssh for git.
fn submit_with_an_ssh_remote(world: &World, door: &Door) {
    let project = world.project();
    let clone = door.clone(world, "alice", &project);
    clone.commit("Fix the parser");
    // The two ports have nothing to do with each other, so that somebody has to say yes once.
    let run = clone.pyflow("submit").ends_with(3);
    assert!(run.stderr.contains("pyflow setup"), "{}", run.stderr);
    let run = clone.pyflow("setup --yes").success();
    assert!(run.stdout.contains("gerrit leads to the review server"), "{}", run.stdout);
    insta::assert_snapshot!(clone.pyflow("submit --topic parser").snapshot(), @"
    1 commit for main (review.branch, from .reviewconf:8)
    created   #1,1  Fix the parser  $SERVER/c/$PROJECT/+/#1
    moved refs/heads/work to the commits with Change-Ids; the files stay as they are (`pyflow undo` takes it back)
    ");
    clone.amend("Fixtheparser.txt", "better");
    let done = clone.submit("");
    assert_eq!((&done["changes"][0]["action"], &done["changes"][0]["patch_set"]), (&"updated".into(), &2.into()));
    // By http, with the token that ssh never sees.
    let number = Clone::numbers(&done)[0];
    clone.submit("--topic lexer");
    assert_eq!(world.server.change(number)["topic"], "lexer");
    drop(clone.pyflow("vote HEAD Code-Review=1").success());
    let status = clone.pyflow("status --format json").success().json();
    assert_eq!(status["changes"][0]["review"]["requirements"][0]["name"], "Code-Review", "{status:#}");
    // Whose key it is decides who uploads.
    assert_eq!(world.server.change(number)["revisions"][clone.head()]["uploader"]["username"], "alice");
}

fn setup_adds_the_remote(world: &World, door: &Door) {
    let project = world.project();
    let clone = door.clone(world, "alice", &project);
    clone.git(["remote", "remove", "gerrit"]);
    let conf = clone.reviewconf(&project);
    clone.write(".reviewconf", &conf.replace(&world.server.url(), &format!("ssh://{}", door.address)));
    insta::assert_snapshot!(told(door, &keys_only(&clone, "setup --yes --user alice").snapshot()).replace(&version(&clone), "$VERSION"), @"
    ok      configuration: .reviewconf: project $PROJECT on ssh://$SSH (from .reviewconf:5)
    done    pin: accepted ssh://$SSH and project $PROJECT
    ok      server: ssh://$SSH answers: Gerrit $VERSION
      hint: over ssh the server does not tell requirements; with its https address as `review.url` it does
    ok      credentials: ssh signs you in as alice
    done    settings: git config pyflow.review.user alice
    done    remote: added gerrit: ssh://alice@$SSH/$PROJECT
    ");
    assert_eq!(clone.git(["remote", "get-url", "gerrit"]), format!("{}/{}", door.url("alice"), project.name));
    assert_ne!(clone.git(["rev-parse", "gerrit/main"]), "");
    clone.commit("Fix the parser");
    clone.submit_one("");
}

fn version(clone: &Clone<'_>) -> String {
    let document = clone.pyflow("setup --check --format json").json();
    document["version"].as_str().unwrap_or_else(|| panic!("{document:#}")).to_owned()
}

/// Over ssh Gerrit says before the push what http says after it, and in other places.
fn what_the_server_refuses(world: &World, door: &Door) {
    let refused = |user: &str, options: &ProjectOptions| {
        let project = world.project_with(options);
        let clone = if options.secret {
            let clone = door.clone(world, user, &world.project());
            clone.git(["remote", "set-url", "gerrit", &format!("{}/{}", door.url(user), project.name)]);
            clone
        } else {
            door.clone(world, user, &project)
        };
        door.ask_over_ssh(&clone, user, &project);
        let head = clone.commit("Fix the parser");
        let text = told(door, &clone.pyflow("submit").snapshot());
        assert_eq!(clone.head(), head);
        text
    };
    let locked = refused("alice", &ProjectOptions { locked: true, ..ProjectOptions::default() });
    insta::assert_snapshot!(locked, @"
    ------- stderr -------
    error: you may not upload to the project `$PROJECT`
    hint: ask the project's owners for the right to push for review
    [exit code: 4]
    ");
    let unsigned = refused("bob", &ProjectOptions { agreement: true, ..ProjectOptions::default() });
    assert!(unsigned.contains("no contributor agreement is on file for Bob Baker"), "{unsigned}");
    assert!(unsigned.contains("[exit code: 4]"), "{unsigned}");
    let secret = refused("alice", &ProjectOptions { secret: true, ..ProjectOptions::default() });
    insta::assert_snapshot!(secret, @"
    ------- stderr -------
    error: there is no project `$PROJECT`, or you may not see it
    hint: check `review.project` and who you are: `pyflow setup`, `pyflow auth status`
    [exit code: 4]
    ");
}

/// Queries and git both say it, each in its own way.
fn keys_and_hosts_that_are_not_known(world: &World, door: &Door) {
    let project = world.project();
    let (clone, empty) = (door.clone(world, "alice", &project), world.path("empty"));
    std::fs::write(&empty, "").unwrap();
    clone.commit("Fix the parser");
    let refs = world.server.refs(&project);
    let both = |code: i32, words: &str| {
        for url in [door.url("alice"), world.server.url()] {
            clone.git(["config", "pyflow.review.url", &url]);
            std::fs::remove_file(clone.dir.join(".git/pyflow/pin")).ok();
            let setup = clone.pyflow("setup --yes --no-input");
            let over_ssh = url.starts_with("ssh");
            assert_eq!(setup.code, Some(if over_ssh { code } else { 0 }), "{}{}", setup.stdout, setup.stderr);
            let run = clone.pyflow("submit --no-input").ends_with(code);
            assert!(run.stderr.contains(words) && run.stderr.contains("hint: "), "{url}: {}", run.stderr);
        }
    };
    // A host key that nobody has looked at is neither trusted nor remembered.
    offer(&clone, &door.keys.join("alice"), &empty);
    both(5, "ssh does not know the review server's host key");
    assert_eq!(std::fs::read_to_string(clone.person.home.join("known_hosts")).unwrap(), "");
    // A key that the server does not know.
    let stranger = world.path("stranger");
    keygen(&["-q", "-t", "ed25519", "-N", "", "-f"], &stranger);
    offer(&clone, &stranger, &door.keys.join("known_hosts"));
    both(7, "the review server accepted none of your ssh keys");
    assert_eq!(world.server.refs(&project), refs);
}

/// On a terminal ssh asks by itself, whatever standard input is; `--no-input` keeps it from that.
fn nobody_is_asked(world: &World, door: &Door) {
    let project = world.project();
    let clone = door.clone(world, "alice", &project);
    door.ask_over_ssh(&clone, "alice", &project);
    clone.commit("Fix the parser");
    let (locked, empty) = (world.path("locked"), world.path("empty"));
    std::fs::copy(door.keys.join("alice"), &locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o600)).unwrap();
    keygen(&["-q", "-p", "-P", "", "-N", "passphrase", "-f"], &locked);
    std::fs::write(&empty, "").unwrap();
    let known = door.keys.join("known_hosts");
    for (key, hosts, code, question) in
        [(&locked, &known, 7, "passphrase"), (&door.keys.join("alice"), &empty, 5, "fingerprint")]
    {
        offer(&clone, key, hosts);
        let said = on_a_terminal(&clone, &["submit", "--no-input"]);
        assert_eq!(said.code, Some(code), "{}", said.stdout);
        assert!(!said.stdout.contains(question), "{}", said.stdout);
    }
    // With a person there ssh may ask: the same terminal shows its question.
    offer(&clone, &locked, &known);
    let asked = on_a_terminal(&clone, &["list"]);
    assert!(asked.stdout.contains("passphrase"), "{}", asked.stdout);
}

/// Runs `pyflow` with a terminal of its own, on which somebody presses Enter now and then.
fn on_a_terminal<'w>(clone: &Clone<'w>, words: &[&str]) -> Run<'w> {
    const PTY: &str = "
import os, pty, select, sys
process, terminal = pty.fork()
if not process:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    if not select.select([terminal], [], [], .2)[0]:
        os.write(terminal, b'\\n')
        continue
    try:
        os.write(1, os.read(terminal, 4096))
    except OSError: # nobody holds its other end any more
        break
os._exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
";
    let mut arguments = vec!["-c", PTY, PYFLOW];
    arguments.extend(words);
    clone.run("python3", arguments, |_| {})
}

fn keygen(arguments: &[&str], key: &Path) {
    let made = Command::new("ssh-keygen").args(arguments).arg(key).stdin(Stdio::null()).output().expect("ssh-keygen");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
