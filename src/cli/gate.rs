//! On the way to landing: `status`, `recheck`, `gate`.

use std::time::Duration;

use clap::{Args, Subcommand};

use crate::gate::watch::Until;

/// Options of `pyflow status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Changes: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's stack]
    #[arg(value_name = "CHANGE")]
    pub changes: Vec<String>,
    /// All my open changes in this project
    #[arg(long, conflicts_with = "changes")]
    pub mine: bool,
    /// Read the logs of failed jobs, and show the lines that tell what failed
    #[arg(long)]
    pub logs: bool,
    /// Look again and again, until every change has landed or has failed
    #[arg(short, long, conflicts_with = "logs")]
    pub watch: bool,
    /// Watch until this; the exit code is the outcome's
    #[arg(long, value_name = "WHAT")]
    pub until: Option<Until>,
    /// Watch no longer than this: `90s`, `15m`, `2h`
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
}

/// A year, in seconds: a clock that it is added to stays a clock.
const LONGEST: u64 = 366 * 24 * 3600;

/// `90`, `90s`, `15m`, `2h`.
fn time(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    let digits = Some(number).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    let seconds = digits.and_then(|number| number.parse::<u64>().ok()).and_then(|number| number.checked_mul(unit));
    match seconds {
        Some(seconds) if seconds > LONGEST => Err("that is longer than a year".to_owned()),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err("write for example `90s`, `15m` or `2h`".to_owned()),
    }
}

/// Options of `pyflow recheck`.
#[derive(Debug, Args)]
pub struct RecheckArgs {
    /// Change: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's]
    #[arg(value_name = "CHANGE")]
    pub change: Option<String>,
    /// The known bug that made it fail: a number, or its page's address
    #[arg(short, long, value_name = "BUG")]
    pub bug: Option<String>,
    /// What made it fail, in words
    #[arg(short, long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ask although nothing has failed, or something still runs
    #[arg(short, long)]
    pub force: bool,
    /// Wait no longer than this until it shows
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub timeout: Duration,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What `pyflow gate` does.
#[derive(Debug, Subcommand)]
pub enum GateCommand {
    /// Put a change into the gate
    Enqueue(GateArgs),
    /// Take a change out of the gate
    Dequeue(GateArgs),
    /// Merge it now: put a change at the head of its queue
    Promote(GateArgs),
}

/// Options of `pyflow gate enqueue`, `dequeue` and `promote`.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// Change: number, `number,patchset`, URL, Change-Id, branch or commit [default: HEAD's]
    #[arg(value_name = "CHANGE")]
    pub change: Option<String>,
    /// Pipeline, where several merge
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    /// Go on without a question about what it costs others
    #[arg(short, long)]
    pub yes: bool,
    /// Wait no longer than this until it shows
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "30s")]
    pub timeout: Duration,
    /// Show what would be done
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("0", 0)] {
            assert_eq!(time(text).map(|time| time.as_secs()), Ok(seconds), "{text}");
        }
        for bad in ["", "m", "-1", "+1", "1d", "99999999999999999999h", "10000000000000000000s", "9000h", "1.5h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
