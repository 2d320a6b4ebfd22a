//! Runs one job to its end: a checkout, walls, a process group, a clock, and a log that ends somewhere.
//!
//! The first process is a shell with a fixed script (the job's vector are its arguments, which it
//! does not read). It waits for a word on a pipe that the server holds, so that nothing runs before
//! its limits are set and its note is on disk; and when the pipe ends, because the server is gone, it ends the whole group.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use git2::Oid;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use super::checkout::Checkout;
use super::jobs::Job;
use super::model::{Id, Pipeline, Subject, Verdict};
use super::sandbox::{Place, Walls};
use super::{history, limits, orphans};
use crate::server::git::Git;
use crate::server::store::Project;

/// Where jobs look for programs: what is installed for everybody, and nobody's own folders.
pub(in crate::server) const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// `$@` is the job. The background part ends the group when the server's end of the pipe is closed;
/// it holds neither the job's output nor its input.
const SUPERVISOR: &str = r#"read -r go || exit 1
exec 3<&0
( exec >/dev/null 2>&1; cat <&3; kill -9 0 ) &
exec "$@" 3<&- </dev/null"#;

/// How long a log may stay open after its job's group was ended; who still holds it then is not of
/// the group.
const LOG_GRACE: Duration = Duration::from_secs(2);

/// A build that can be ended from elsewhere.
#[derive(Debug, Default)]
pub(super) struct Handle(Mutex<Stage>);

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Before,
    Running(Pid),
    Over,
    Killed,
}

impl Handle {
    /// Ends it with all its processes, or keeps it from beginning.
    pub(super) fn kill(&self) {
        let mut stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *stage {
            Stage::Running(group) => {
                end(group);
                *stage = Stage::Killed;
            }
            Stage::Before => *stage = Stage::Killed,
            Stage::Over | Stage::Killed => {}
        }
    }

    fn is_killed(&self) -> bool {
        matches!(*self.0.lock().unwrap_or_else(PoisonError::into_inner), Stage::Killed)
    }
}

/// Ends a group with its leader, who has not been waited for. The leader first: with bubblewrap the group is
/// made by the process itself (`setsid`), and there is none until it has come to that.
fn end(leader: Pid) {
    let _gone_already = kill_process(leader, Signal::KILL);
    let _not_there_yet = kill_process_group(leader, Signal::KILL);
}

/// Everything about one build.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) id: Id,
    pub(super) pipeline: Pipeline,
    pub(super) subject: &'a Subject,
    pub(super) job: &'a Arc<Job>,
    pub(super) onto: Oid,
    pub(super) commit: Oid,
}

/// Where and how builds run.
#[derive(Debug)]
pub(super) struct Yard<'a> {
    /// The gate's folder.
    pub(super) folder: &'a Path,
    pub(super) git: &'a Git,
    pub(super) walls: &'a Walls,
    pub(super) max_log: u64,
}

/// How a build ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) verdict: Verdict,
    pub(super) detail: Option<String>,
    pub(super) log: bool,
}

impl Yard<'_> {
    /// Runs a build in this thread, which must not end before it: bubblewrap watches the thread that
    /// started it. `started` is called when the command runs. The checkout is for whoever told how it ended to
    /// remove: that takes its time.
    pub(super) fn run(
        &self,
        build: &Build<'_>,
        project: &Project,
        handle: &Handle,
        started: &dyn Fn(),
    ) -> (Ended, Option<Checkout>) {
        let path = history::log_path(self.folder, build.id);
        let Ok(mut log) = Log::create(&path, self.max_log) else {
            return (trouble("its log cannot be written".to_owned(), false), None);
        };
        log.say(&format!("job {} for {} on {}", build.job.name, build.subject.change, build.subject.branch));
        log.say(&format!("commit {}", build.commit));
        log.say(&limits::words(&build.job.settings));
        let (ended, checkout) = self.in_checkout(build, project, handle, started, &mut log);
        let words = ended.detail.clone().unwrap_or_else(|| ended.verdict.name().to_owned());
        log.say(&words);
        (ended, checkout)
    }

    fn in_checkout(
        &self,
        build: &Build<'_>,
        project: &Project,
        handle: &Handle,
        started: &dyn Fn(),
        log: &mut Log,
    ) -> (Ended, Option<Checkout>) {
        let folder = self.folder.join("work").join(build.id.to_string());
        let branch = &build.subject.branch;
        let checkout = match Checkout::new(folder, self.git, project, branch, build.onto, build.commit) {
            Ok(checkout) => checkout,
            Err(error) => {
                for cause in error.causes() {
                    log.say(&cause);
                }
                return (trouble(error.message, true), None);
            }
        };
        let (tree, home, objects) = (checkout.tree(), checkout.home(), project.path.join("objects"));
        let network = build.job.settings.network;
        let place = Place { checkout: &tree, home: &home, objects: &objects, network };
        let mut command = self.walls.shell();
        command.args(["-c", SUPERVISOR, "sh"]).args(self.walls.around(&place, &build.job.settings.command));
        command.env_clear().envs(self.environment(build, project, &place)).current_dir(&tree);
        let ended = self
            .supervised(command, build, handle, started, log)
            .unwrap_or_else(|error| trouble(format!("it cannot be run: {error}"), true));
        (ended, Some(checkout))
    }

    fn environment(
        &self,
        build: &Build<'_>,
        project: &Project,
        place: &Place<'_>,
    ) -> Vec<(String, std::ffi::OsString)> {
        let change = build.subject.change;
        let mut all: Vec<(String, std::ffi::OsString)> = vec![
            ("PATH".into(), PATH.into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("CI".into(), "true".into()),
            ("HOME".into(), self.walls.home(place).into()),
            ("TMPDIR".into(), self.walls.home(place).into()),
            ("PWD".into(), self.walls.seen(place).into()),
        ];
        all.extend(build.job.settings.environment.iter().map(|(name, value)| (name.clone(), value.into())));
        let facts = [
            ("CHANGE", change.number.to_string()),
            ("PATCHSET", change.patch_set.to_string()),
            ("BRANCH", build.subject.branch.clone()),
            ("PROJECT", build.subject.project.clone()),
            ("PIPELINE", build.pipeline.name().to_owned()),
            ("JOB", build.job.name.clone()),
            ("BUILD", build.id.to_string()),
        ];
        all.extend(facts.map(|(name, value)| (format!("PYFLOW_{name}"), value.into())));
        all.extend(project.settings.pin.iter().map(|pin| ("PYFLOW_PIN".to_owned(), pin.into())));
        all
    }

    fn supervised(
        &self,
        mut command: Command,
        build: &Build<'_>,
        handle: &Handle,
        started: &dyn Fn(),
        log: &mut Log,
    ) -> std::io::Result<Ended> {
        let (output, input) = std::io::pipe()?;
        command.stdin(Stdio::piped()).stdout(input.try_clone()?).stderr(input);
        let began = Instant::now();
        let mut child = {
            let mut stage = handle.0.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*stage, Stage::Killed) {
                return Ok(canceled());
            }
            let child = command.spawn()?;
            *stage = Stage::Running(Pid::from_child(&child));
            child
        };
        // Our copies of the pipe's writing end go with the command.
        drop(command);
        let limited = limits::set(Pid::from_child(&child), &build.job.settings);
        let note = limited.and_then(|()| orphans::note(self.folder, build.id, child.id()));
        let mut pipe = child.stdin.take();
        let told = note.is_ok() && pipe.as_mut().is_some_and(|pipe| pipe.write_all(b"go\n").is_ok());
        if told {
            started();
        } else {
            handle.kill();
        }
        let limit = Duration::from_secs(build.job.settings.timeout);
        let (status, late) = log.follow(output, &mut child, handle, limit);
        drop(pipe);
        let took = began.elapsed().as_secs_f64();
        if late {
            let detail = format!("it took longer than {} s", limit.as_secs());
            return Ok(Ended { verdict: Verdict::TimedOut, detail: Some(detail), log: true });
        }
        note?;
        if handle.is_killed() {
            return Ok(canceled());
        }
        let status = status?;
        log.say(&format!("ended after {took:.1} s: {status}"));
        let verdict = if status.success() { Verdict::Success } else { Verdict::Failure };
        Ok(Ended { verdict, detail: status.signal().map(|signal| format!("ended by signal {signal}")), log: true })
    }
}

fn canceled() -> Ended {
    Ended { verdict: Verdict::Canceled, detail: None, log: true }
}

fn trouble(why: String, log: bool) -> Ended {
    Ended { verdict: Verdict::NodeFailure, detail: Some(why), log }
}

/// A log with a limit. What the gate says itself is never cut.
#[derive(Debug)]
struct Log {
    file: Arc<Mutex<File>>,
    limit: u64,
}

impl Log {
    fn create(path: &Path, limit: u64) -> std::io::Result<Self> {
        let folder = path.parent().map(PathBuf::from).unwrap_or_default();
        std::fs::create_dir_all(folder)?;
        Ok(Self { file: Arc::new(Mutex::new(File::create(path)?)), limit })
    }

    fn say(&self, words: &str) {
        // A full disk is not the job's fault; its result is known without the log.
        let _may_be_full = writeln!(self.file.lock().unwrap_or_else(PoisonError::into_inner), "pyflow: {words}");
    }

    /// Keeps the output of a child until it ends, is killed, or its time is over; then its whole
    /// group is ended. Tells how it ended, and whether it was late.
    fn follow(
        &self,
        mut output: std::io::PipeReader,
        child: &mut Child,
        handle: &Handle,
        limit: Duration,
    ) -> (std::io::Result<ExitStatus>, bool) {
        let (file, most) = (Arc::clone(&self.file), self.limit);
        let (read, closed) = channel();
        // Not scoped: what left the group may hold the pipe for longer than anybody waits.
        std::thread::spawn(move || {
            copy(&mut output, &file, most);
            let _nobody_waits = read.send(());
        });
        let leader = Pid::from_child(child);
        let (ended, waiting) = channel();
        let late = std::thread::scope(|scope| {
            scope.spawn(move || {
                // Not reaped yet: until then its number, and the group's, is nobody else's.
                let over = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(leader), over) {}
                let _sent = ended.send(());
            });
            let late = matches!(waiting.recv_timeout(limit), Err(RecvTimeoutError::Timeout));
            let mut stage = handle.0.lock().unwrap_or_else(PoisonError::into_inner);
            end(leader);
            if matches!(*stage, Stage::Running(_)) {
                *stage = Stage::Over;
            }
            late
        });
        let status = child.wait();
        let _all_of_it = closed.recv_timeout(LOG_GRACE);
        (status, late)
    }
}

/// Copies what a job says up to the limit; the rest is read, so that the job goes on, and dropped.
fn copy(output: &mut impl Read, file: &Mutex<File>, most: u64) {
    let mut left = most;
    let mut cut = false;
    let mut buffer = [0_u8; 16 * 1024];
    loop {
        let count = match output.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let kept = count.min(usize::try_from(left).unwrap_or(usize::MAX));
        left -= kept as u64;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _may_be_full = file.write_all(&buffer[..kept]);
        if kept < count && !cut {
            cut = true;
            let _may_be_full = write!(file, "\npyflow: more than {most} bytes; the rest of the output is not kept\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_finds_a_process_that_has_not_made_its_group_yet() {
        // It would go on to: as `setsid` does, which the server has only just started.
        let mut child = Command::new("sh").args(["-c", "read -r go; exit 7"]).stdin(Stdio::piped()).spawn().unwrap();
        let handle = Handle(Mutex::new(Stage::Running(Pid::from_child(&child))));
        handle.kill();
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(handle.is_killed());
    }
}
