//! What the logs of failed jobs tell. They are asked for only where somebody wants them.

use crate::commands::context::Context;
use crate::gate::Gate;
use crate::gate::logs::Failure;
use crate::gate::report::Report;

/// What was read, by change and job; and why something was not.
#[derive(Debug, Default)]
pub struct Failures {
    found: Vec<(u64, String, Failure)>,
    /// One sentence each.
    pub not_read: Vec<String>,
}

impl Failures {
    /// The lines of one job's log.
    pub fn of(&self, change: u64, job: &str) -> Option<&Failure> {
        self.found.iter().find(|(number, name, _)| *number == change && name == job).map(|(.., failure)| failure)
    }

    /// The line of each job of a change that says most.
    pub fn headlines(&self, change: u64) -> Vec<(String, String)> {
        let of_change = self.found.iter().filter(|(number, ..)| *number == change);
        of_change.filter_map(|(_, job, failure)| Some((job.clone(), failure.headline.clone()?))).collect()
    }
}

/// More failed jobs than these fail for the same reason.
const MOST_JOBS: usize = 3;

/// Reads the logs of the jobs that failed.
pub fn read(context: &Context<'_>, gate: &dyn Gate, change: u64, report: &Report, into: &mut Failures) {
    let Some(shelf) = context.shelf() else { return };
    let client = match context.http() {
        Ok(client) => client.for_role(crate::secret::Role::Gate),
        Err(error) => return into.not_read.push(error.message),
    };
    for job in report.failed_jobs().into_iter().take(MOST_JOBS) {
        let Some(page) = &job.url else { continue };
        let failure = match gate.log_of(page) {
            Ok(Some(address)) => shelf.read(&client, &address),
            Ok(None) => continue,
            Err(error) => Err(error),
        };
        match failure {
            Ok(failure) => into.found.push((change, job.name.clone(), failure)),
            Err(error) => into.not_read.push(format!("the log of {}: {}", job.name, error.message)),
        }
    }
}
