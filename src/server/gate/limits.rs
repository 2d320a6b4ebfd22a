//! What a job may take of the machine, and who goes first when the machine runs out of it.
//!
//! Set from outside while the job's first process waits for its word (`run`), and inherited by whatever
//! it starts. bubblewrap limits nothing of the kind. The kernel counts memory by process (setrlimit(2),
//! `RLIMIT_DATA`: what it may write to, not what a runtime only reserves) and processes by user; those
//! of a sandbox count by themselves (`user_namespaces`(7), Linux 5.14). Of root it limits no number.

use rustix::process::Pid;

use crate::server::settings::JobSettings;

/// Sets the limits of a process that has not begun.
#[cfg(target_os = "linux")]
pub(super) fn set(process: Pid, job: &JobSettings) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
    let limited = |number: u64| (number > 0).then_some(number);
    let wanted = [
        (Resource::Data, limited(job.memory.saturating_mul(1 << 20))),
        (Resource::Nproc, limited(job.processes)),
        // A picture of a job's memory is nobody's to keep.
        (Resource::Core, Some(0)),
    ];
    for (resource, limit) in wanted {
        // No more than the server may itself: that would need a right that it does not have.
        let most = getrlimit(resource).maximum;
        let limit = [limit, most].into_iter().flatten().min();
        let _before = prlimit(Some(process), resource, Rlimit { current: limit, maximum: limit })?;
    }
    // Where the kernel must end somebody to get memory back, let it be the job and not the server.
    let path = format!("/proc/{}/oom_score_adj", process.as_raw_nonzero());
    let _best_effort = std::fs::write(path, "1000");
    Ok(())
}

/// Limits of other processes can only be set on Linux.
#[cfg(not(target_os = "linux"))]
pub(super) fn set(_process: Pid, _job: &JobSettings) -> std::io::Result<()> {
    Ok(())
}

/// The limits in words, for the log: what a program says that meets one seldom names it.
pub(super) fn words(job: &JobSettings) -> String {
    let limit = |number: u64, unit: &str| if number == 0 { "no limit".to_owned() } else { format!("{number}{unit}") };
    let processes = unlimited_processes().map_or_else(|| limit(job.processes, ""), |why| format!("no limit ({why})"));
    format!("limits: memory of a process: {}; processes: {processes}", limit(job.memory, " MB"))
}

/// Why the limit on processes does not hold here, if it does not.
pub(in crate::server) fn unlimited_processes() -> Option<&'static str> {
    if !cfg!(target_os = "linux") {
        return Some("it can only be set on Linux");
    }
    rustix::process::geteuid().is_root().then_some("the kernel limits no processes of root")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_has_the_limits_of_its_job() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Pid::from_child(&child);
        let file = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap();
        let limit = |limits: &str, name: &str| {
            let line = limits.lines().find(|l| l.starts_with(name)).unwrap();
            line[name.len()..].split_whitespace().take(2).collect::<Vec<_>>().join(" ")
        };
        set(process, &JobSettings { memory: 64, processes: 77, ..JobSettings::default() }).unwrap();
        let limits = file("limits");
        assert_eq!(limit(&limits, "Max data size"), "67108864 67108864");
        assert_eq!(limit(&limits, "Max processes"), "77 77");
        assert_eq!(limit(&limits, "Max core file size"), "0 0");
        assert_eq!(file("oom_score_adj").trim(), "1000");
        child.kill().unwrap();
        child.wait().unwrap();

        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let own = std::fs::read_to_string("/proc/self/limits").unwrap();
        set(Pid::from_child(&child), &JobSettings { memory: 0, processes: 0, ..JobSettings::default() }).unwrap();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        for name in ["Max data size", "Max processes"] {
            let most = limit(&own, name).split(' ').next_back().unwrap().to_owned();
            assert_eq!(limit(&limits, name), format!("{most} {most}"), "no limit is what the server has itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
