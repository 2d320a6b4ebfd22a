//! Processes of jobs that outlived their server: none of them may run beside the next one.
//!
//! A job's first process waits for a word before it runs anything (`run`), and the word comes after
//! the note that is written here. So whatever runs has a note, and at the next start it is ended.
//! Linux's `/proc` tells a process apart from a later one of the same number by its start time, and
//! what left its group by the identity of its build in its environment.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::model::Id;
use crate::error::{Context, Error, Result};

/// How long the kernel may take to end what was killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// The note of a running job; gone when this is dropped.
#[derive(Debug)]
pub(super) struct Note(PathBuf);

impl Drop for Note {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.0);
    }
}

/// Notes that a job's first process exists.
pub(super) fn note(folder: &Path, build: Id, leader: u32) -> std::io::Result<Note> {
    let path = folder.join("running").join(build.to_string());
    std::fs::write(&path, format!("{leader} {}\n", started(leader).unwrap_or_default()))?;
    Ok(Note(path))
}

/// Ends what a server before this one has left, and waits until it is gone.
pub(super) fn end_all(folder: &Path) -> Result<usize> {
    let running = folder.join("running");
    let failed = || Error::state(format!("cannot read {}", running.display()));
    std::fs::create_dir_all(&running).or_error(failed)?;
    let mut ended = 0;
    for entry in std::fs::read_dir(&running).or_error(failed)? {
        let path = entry.or_error(failed)?.path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut words = text.split_whitespace();
        let leader = words.next().and_then(|w| w.parse::<u32>().ok());
        let since = words.next().and_then(|w| w.parse::<u64>().ok());
        let build = path.file_name().and_then(|n| n.to_str()?.parse::<Id>().ok());
        let began = Instant::now();
        let mut found = false;
        while let Some(left) = still_there(build, leader.zip(since)) {
            found = true;
            if began.elapsed() > PATIENCE {
                return Err(Error::state(format!("process {left} of a job of the last server cannot be ended"))
                    .hint(format!("end it, then start again: kill -9 {left}")));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        ended += usize::from(found);
        let _gone = std::fs::remove_file(&path);
    }
    Ok(ended)
}

/// Kills what is left of a job; one of its processes, if there was any.
fn still_there(build: Option<Id>, leader: Option<(u32, u64)>) -> Option<u32> {
    let mut left = None;
    if let Some((pid, since)) = leader
        && started(pid) == Some(since)
        && let Some(group) = pid_of(pid)
    {
        let _killed = kill_process_group(group, Signal::KILL);
        left = Some(pid);
    }
    let mark = format!("PYFLOW_BUILD={}", build?);
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<u32>().ok()) else { continue };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|b| *b == 0).any(|variable| variable == mark.as_bytes())
            && let Some(process) = pid_of(pid)
        {
            let _killed = kill_process(process, Signal::KILL);
            left = Some(pid);
        }
    }
    left
}

fn pid_of(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

/// When a process began, in ticks since boot; `None` for one that is not there or already ended
/// (proc(5), `/proc/pid/stat`: the name in parentheses may hold anything).
fn started(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_outlived_its_server_is_ended_and_others_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(end_all(dir.path()).unwrap(), 0);
        let sleep = |build: Option<Id>| {
            let mut command = Command::new("sleep");
            command.arg("60").process_group(0);
            if let Some(build) = build {
                command.env("PYFLOW_BUILD", build.to_string());
            }
            command.spawn().unwrap()
        };
        let ends = |child: &mut std::process::Child| child.wait().unwrap();
        // Known by its number and start, known by its environment, and somebody else's.
        let (mut noted, mut strayed, mut other) = (sleep(None), sleep(Some(Id(2))), sleep(None));
        std::mem::forget(note(dir.path(), Id(1), noted.id()).unwrap());
        std::mem::forget(note(dir.path(), Id(2), 4_000_000).unwrap());
        std::fs::write(dir.path().join("running").join(Id(3).to_string()), format!("{} 1\n", other.id())).unwrap();
        assert_eq!(end_all(dir.path()).unwrap(), 2);
        assert!(!ends(&mut noted).success() && !ends(&mut strayed).success());
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        ends(&mut other);
        assert_eq!(std::fs::read_dir(dir.path().join("running")).unwrap().count(), 0);
    }
}
