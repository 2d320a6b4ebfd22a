//! Jobs against the machine that they run on.

use std::process::Command;
use std::time::Duration;

use super::{Stage, job};
use crate::sandbox::{PYFLOW, World, not_run};

/// A number that nobody on this machine is likely to have.
const SOMEBODY: u32 = 63_471;

fn has_bubblewrap() -> bool {
    let run = Command::new("bwrap").args(["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"]).output();
    run.is_ok_and(|output| output.status.success())
}

/// What the command lines of this test's jobs hold: no other test's, and none of another run of it beside this one.
fn mark(number: u32) -> String {
    format!("{number}.{}", std::process::id())
}

/// The number of processes whose command line holds a text.
fn processes(text: &str) -> usize {
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(text)).count()
}

/// Those that were killed need a moment to be gone.
#[track_caller]
fn all_end(stage: &Stage<'_>, text: &str) {
    stage.wait("it outlived its job", || processes(text) == 0);
}

#[test]
fn a_job_in_the_sandbox_sees_its_checkout_and_nothing_else() {
    if !has_bubblewrap() {
        not_run("jobs in bubblewrap (bwrap is not installed, or does not work here)");
        return;
    }
    let world = World::embedded();
    let server = world.server.file("");
    let server = server.display();
    // A port that answers outside.
    let outside = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = outside.local_addr().expect("an address").port();
    let (left, asleep) = (mark(4321), mark(4323));
    let script = format!(
        r#"
say() {{ echo "=$1"; }}
[ -e SLEEP ] && sleep {asleep}
[ "$(cat file.txt)" = content ] && say checkout
[ "$(git rev-parse origin/main)" = "$(git rev-parse HEAD^)" ] && say history
echo x > new.txt && mkdir sub && say writable
cat {server}/accounts.toml && say ACCOUNTS
ls {server}/projects/*.git/refs && say REFS
cat /etc/shadow && say SHADOW
ls /root /home && say HOMES
for ref in HEAD refs/heads/main; do git push -q {server}/projects/*.git HEAD:refs/heads/main && say PUSHED; done
touch {server}/projects/*.git/objects/x && say OBJECTS
echo x > "$(cat .git/objects/info/alternates)/x" && say ALTERNATES
(exec 3<>/dev/tcp/127.0.0.1/{port}) && say NETWORK
git ls-remote http://127.0.0.1:{port}/ && say NETWORK
touch /usr/x && say USR
env | grep -q SECRET && say ENVIRONMENT
[ "$PYFLOW_CHANGE,$PYFLOW_PATCHSET $PYFLOW_BRANCH $PYFLOW_JOB $PYFLOW_PIPELINE $PYFLOW_PIN" = "1,1 main unit check pin-of-the-project" ] && say variables
[ $(ls -d /proc/[0-9]* | wc -l) -lt 20 ] && say processes
setsid sleep {left} &
nohup sleep {left} &
echo done
"#
    );
    let script = script.replace("'''", "");
    let pinned = format!("pin = \"pin-of-the-project\"\n{}", job("unit", "", &script).replace("/bin/sh", "/bin/bash"));
    let stage = Stage::new(&world, "slots = 2", &pinned);
    let number = stage.push_change("Look around", &[("file.txt", "content")]);
    stage.wait("check ends", || stage.reports(number) == 1);
    let log = stage.last_log();
    let said: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix('=')).collect();
    assert_eq!(said, ["checkout", "history", "writable", "variables", "processes"], "{log}");
    assert_eq!(stage.verified(number), 1, "{log}");
    all_end(&stage, &left);
    let left = || std::fs::read_dir(world.server.file("gate/work")).expect("a folder").count();
    stage.wait("its checkout is removed", || left() == 0);

    stage.push_change("Sleep", &[("SLEEP", "")]);
    stage.wait("it sleeps", || processes(&asleep) > 0);
    world.server.kill();
    stage.wait("it ends with its server", || processes(&asleep) == 0);
}

#[test]
fn time_and_output_have_limits_and_the_whole_group_ends() {
    let world = World::embedded();
    let late = mark(4322);
    let jobs = [
        job("late", "timeout = 1", &format!("sleep {late} & sleep {late}")),
        job("loud", "", "yes | head -c 3000000; echo END >&2"),
        job("rude", "", "kill -9 $$"),
        // One that asks for more memory than it may have, and one that may have it.
        job("hungry", "memory = 100", "dd if=/dev/zero of=/dev/null bs=300M count=1"),
        job("large", "", "dd if=/dev/zero of=/dev/null bs=300M count=1 2>/dev/null; ulimit -c"),
        "[projects.PROJECT.jobs.wrong]\ncommand = [\"/no/such/program\"]\n".to_owned(),
    ];
    let stage = Stage::new(&world, "sandbox = \"none\"\nslots = 8\nmax-log = 100000", &jobs.concat());
    let number = stage.push_change("Misbehave", &[("file.txt", "")]);
    stage.wait("check ends", || stage.reports(number) == 1);
    insta::assert_snapshot!(stage.said(number)[1], @r"
    Patch Set 1: Verified-1

    Build failed (check pipeline).
    URL

    - hungry URL : FAILURE
    - large URL : SUCCESS
    - late URL : TIMED_OUT it took longer than 1 s
    - loud URL : SUCCESS
    - rude URL : FAILURE ended by signal 9
    - wrong URL : FAILURE
    ");
    all_end(&stage, &late);
    let records = std::fs::read_to_string(world.server.file("gate/builds.jsonl")).expect("builds");
    let record: serde_json::Value = serde_json::from_str(&records).expect("one record");
    let log = |name: &str| {
        let builds = record["builds"].as_array().expect("builds");
        let build = builds.iter().find(|b| b["job"] == name).expect("one of this name");
        stage.build_log(build["uuid"].as_str().expect("an id"))
    };
    let loud = log("loud");
    assert!(loud.len() < 101_000, "{}", loud.len());
    assert!(loud.contains("pyflow: more than 100000 bytes; the rest of the output is not kept"));
    assert!(!loud.contains("END"));
    assert!(log("hungry").contains("pyflow: limits: memory of a process: 100 MB; processes: "), "{}", log("hungry"));
    assert!(log("large").contains("\n0\n"), "it leaves no core: {}", log("large"));
}

/// It goes on until nothing more can be started; the server takes changes and runs jobs all the while.
#[test]
fn a_job_that_multiplies_takes_nobody_down() {
    // The kernel limits no processes of root: its server gets a user of its own here.
    let world = World::embedded();
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if root && !world.server.run_as(SOMEBODY) {
        not_run("a job that multiplies (this is root, and setpriv cannot make it somebody else)");
        return;
    }
    let name = format!("bomb{}", std::process::id());
    let bomb = format!("{name}() {{ {name} | {name} & }}; {name}; while :; do sleep 1; done");
    let jobs = [job("bomb", "processes = 200\ntimeout = 3\nfiles = [\"BOMB\"]", &bomb), job("unit", "", "true")];
    let stage = Stage::new(&world, "sandbox = \"none\"\nslots = 4", &jobs.concat());
    let first = stage.push_change("Multiply", &[("BOMB", "")]);
    let second = stage.push_change("Go on", &[("file.txt", "")]);
    stage.approve(second);
    stage.wait_merged(&[second]);
    stage.wait("the first one ends", || stage.reports(first) == 1);
    assert_eq!(stage.verified(first), -1, "{:?}", stage.said(first));
    all_end(&stage, &name);
}

/// What `serve check-config` says of jobs where programs are looked for in this folder only.
fn checked(world: &World, bin: &std::path::Path) -> String {
    let mut command = Command::new(PYFLOW);
    command.args(["serve", "check-config", "--dir"]).arg(world.server.file("")).env("PATH", bin);
    let output = command.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("no job runs")).collect();
    assert_eq!(output.status.code(), Some(if lines.is_empty() { 0 } else { 3 }), "{text}");
    lines.join("\n")
}

#[test]
fn without_a_sandbox_nothing_runs_and_nothing_passes() {
    let world = World::embedded();
    let jobs = job("unit", "ignore-files = [\"*.md\"]", "true");
    // A folder in which git is, and bwrap is not.
    let bin = world.path("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let git = Command::new("sh").args(["-c", "command -v git"]).output().expect("sh").stdout;
    let git = String::from_utf8_lossy(&git).trim().to_owned();
    std::os::unix::fs::symlink(git, bin.join("git")).expect("a link");
    world.server.search_only(&bin);
    let project = world.project();
    assert_eq!(checked(&world, &bin), "", "{} has no job", project.name);
    let stage = Stage::new(&world, "slots = 2", &jobs);
    insta::assert_snapshot!(checked(&world, &bin), @r#"error: server.toml: no job runs: bubblewrap (bwrap) is not installed (install bubblewrap; or, where whoever pushes may do whatever the server can, write sandbox = "none" below [gate] in server.toml)"#);
    // There, and of no use: what was not seen to work is not there.
    let shell = "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n";
    std::fs::write(bin.join("bwrap"), shell).expect("a file");
    std::fs::set_permissions(bin.join("bwrap"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    insta::assert_snapshot!(checked(&world, &bin), @r#"error: server.toml: no job runs: bubblewrap does not work here: bwrap: No permissions to create new namespace (install bubblewrap; or, where whoever pushes may do whatever the server can, write sandbox = "none" below [gate] in server.toml)"#);
    std::fs::remove_file(bin.join("bwrap")).expect("a file");
    let text = stage.push_change("Only words", &[("README.md", "")]);
    stage.approve(text);
    stage.wait_merged(&[text]);
    let number = stage.push_change("Wait", &[("file.txt", "")]);
    stage.approve(number);
    stage.wait("it is in the gate", || stage.queues().contains("\"gate\""));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!((stage.reports(number), stage.status(number).as_str()), (0, "NEW"));
    let log = world.server.log();
    assert!(log.contains("no job runs: bubblewrap (bwrap) is not installed"), "{log}");
    assert!(log.contains("install bubblewrap"), "{log}");
}
