//! Jobs against the machine that they run on.

use std::process::Command;
use std::time::Duration;

use super::{Stage, job};
use crate::sandbox::{World, not_run};

fn has_bubblewrap() -> bool {
    let run = Command::new("bwrap").args(["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"]).output();
    run.is_ok_and(|output| output.status.success())
}

/// The number of processes whose command line holds a text.
fn processes(text: &str) -> usize {
    let all = std::fs::read_dir("/proc").expect("/proc").flatten();
    let lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(text)).count()
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
    let script = format!(
        r#"
say() {{ echo "=$1"; }}
[ -e SLEEP ] && sleep 4323.5
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
setsid sleep 4321.5 &
nohup sleep 4321.5 &
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
    assert_eq!(processes("4321.5"), 0, "it outlived its job");
    assert_eq!(std::fs::read_dir(world.server.file("gate/work")).expect("a folder").count(), 0);

    stage.push_change("Sleep", &[("SLEEP", "")]);
    stage.wait("it sleeps", || processes("sleep 4323.5") > 0);
    world.server.kill();
    stage.wait("it ends with its server", || processes("sleep 4323.5") == 0);
}

#[test]
fn time_and_output_have_limits_and_the_whole_group_ends() {
    let world = World::embedded();
    let jobs = [
        job("late", "timeout = 1", "sleep 4322.5 & sleep 4322.5"),
        job("loud", "", "yes | head -c 3000000; echo END >&2"),
        job("rude", "", "kill -9 $$"),
        "[projects.PROJECT.jobs.wrong]\ncommand = [\"/no/such/program\"]\n".to_owned(),
    ];
    let stage = Stage::new(&world, "sandbox = \"none\"\nslots = 8\nmax-log = 100000", &jobs.concat());
    let number = stage.push_change("Misbehave", &[("file.txt", "")]);
    stage.wait("check ends", || stage.reports(number) == 1);
    insta::assert_snapshot!(stage.said(number)[1], @r"
    Patch Set 1: Verified-1

    Build failed (check pipeline).
    URL

    - late URL : TIMED_OUT it took longer than 1 s
    - loud URL : SUCCESS
    - rude URL : FAILURE ended by signal 9
    - wrong URL : FAILURE
    ");
    assert_eq!(processes("4322.5"), 0, "it outlived its job");
    let records = std::fs::read_to_string(world.server.file("gate/builds.jsonl")).expect("builds");
    let record: serde_json::Value = serde_json::from_str(&records).expect("one record");
    let loud = stage.build_log(record["builds"][1]["uuid"].as_str().expect("a build"));
    assert!(loud.len() < 101_000, "{}", loud.len());
    assert!(loud.contains("pyflow: more than 100000 bytes; the rest of the output is not kept"));
    assert!(!loud.contains("END"));
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
    let stage = Stage::new(&world, "slots = 2", &jobs);
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
