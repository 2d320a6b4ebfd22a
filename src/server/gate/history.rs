//! What is over: buildsets with their builds, on disk one a line, in memory for questions.
//!
//! The file only grows while the server runs; at start it is cut to the newest. A line that was not
//! finished when the server was killed is passed over.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::model::{BuildsetRecord, Id, Subject, Verdict};
use crate::error::{Context, Error, Result};

/// How many buildsets are kept. Their logs go with them.
const KEPT: usize = 10_000;
/// How long a log stays that is in no record: of a build whose change began again, or whose server was killed.
/// No job runs and no change waits for as long.
const STRAYS: Duration = Duration::from_secs(30 * 24 * 3600);
/// They are looked for at each start, and after so many buildsets.
const SWEEP: usize = 1000;
/// How many of the last runs of a job tell how long it takes.
const SAMPLES: usize = 10;

/// A job on a branch of a project.
type Course = (String, String, String);

/// What is over.
#[derive(Debug)]
pub(crate) struct History {
    folder: PathBuf,
    file: File,
    /// Oldest first.
    records: VecDeque<Arc<BuildsetRecord>>,
    durations: BTreeMap<Course, VecDeque<f64>>,
    /// How many were kept since strays were looked for.
    unswept: usize,
}

/// Where the output of a build is.
pub(super) fn log_path(folder: &Path, build: Id) -> PathBuf {
    let name = build.to_string();
    folder.join("logs").join(&name[..2]).join(&name).join("job-output.txt")
}

impl History {
    /// Reads what there is in the gate's folder.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("builds.jsonl");
        let failed = || Error::state(format!("cannot read {}", path.display()));
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path).or_error(failed)?;
        let mut records = VecDeque::new();
        let mut lines = 0;
        let mut whole = true;
        let mut reader = BufReader::new(file.try_clone().or_error(failed)?);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).or_error(failed)? > 0 {
            whole = line.ends_with(b"\n");
            lines += 1;
            if let Ok(record) = serde_json::from_slice::<BuildsetRecord>(&line) {
                put(&mut records, Arc::new(record));
            }
            line.clear();
        }
        let mut history = Self { folder: folder.to_owned(), file, records, durations: BTreeMap::new(), unswept: 0 };
        if !whole {
            history.file.write_all(b"\n").or_error(failed)?;
        }
        if lines > 2 * KEPT {
            history.cut()?;
        }
        history.sweep(SystemTime::now());
        for record in history.records.clone() {
            history.learn(&record);
        }
        Ok(history)
    }

    /// Forgets all but the newest.
    fn cut(&mut self) -> Result<()> {
        let path = self.folder.join("builds.jsonl");
        let failed = || Error::state(format!("cannot write {}", path.display()));
        while self.records.len() > KEPT {
            let Some(old) = self.records.pop_front() else { break };
            for build in &old.builds {
                if let Some(folder) = log_path(&self.folder, build.uuid).parent() {
                    // A log that stays costs room, no correctness.
                    let _gone = std::fs::remove_dir_all(folder);
                }
            }
        }
        let mut text = Vec::new();
        for record in &self.records {
            serde_json::to_writer(&mut text, &**record).or_error(failed)?;
            text.push(b'\n');
        }
        crate::server::files::replace(&path, &text, 0o644)?;
        self.file = OpenOptions::new().append(true).open(&path).or_error(failed)?;
        Ok(())
    }

    /// Removes old logs that are in no record.
    fn sweep(&mut self, now: SystemTime) {
        self.unswept = 0;
        let Some(since) = now.checked_sub(STRAYS) else { return };
        let known: HashSet<String> =
            self.records.iter().flat_map(|r| &r.builds).map(|build| build.uuid.to_string()).collect();
        let inside = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
        for build in inside(&self.folder.join("logs")).flat_map(|shelf| inside(&shelf.path()).collect::<Vec<_>>()) {
            let old = build.metadata().and_then(|m| m.modified()).is_ok_and(|modified| modified < since);
            if old && build.file_name().to_str().is_some_and(|name| !known.contains(name)) {
                let _gone = std::fs::remove_dir_all(build.path());
            }
        }
    }

    /// Keeps a buildset; one that was kept before under its identity is replaced.
    pub(super) fn keep(&mut self, record: BuildsetRecord) -> Result<()> {
        let failed = || Error::state("cannot keep what was built");
        let mut line = serde_json::to_vec(&record).or_error(failed)?;
        line.push(b'\n');
        self.file.write_all(&line).or_error(failed)?;
        self.learn(&record);
        put(&mut self.records, Arc::new(record));
        if self.records.len() > 2 * KEPT {
            self.cut()?;
        }
        self.unswept += 1;
        if self.unswept == SWEEP {
            self.sweep(SystemTime::now());
        }
        Ok(())
    }

    fn learn(&mut self, record: &BuildsetRecord) {
        for build in record.builds.iter().filter(|b| b.result == Verdict::Success) {
            let Some(duration) = build.duration() else { continue };
            let subject = &record.subject;
            let course = (subject.project.clone(), subject.branch.clone(), build.job.clone());
            let samples = self.durations.entry(course).or_default();
            samples.push_back(duration);
            if samples.len() > SAMPLES {
                samples.pop_front();
            }
        }
    }

    /// How many seconds a job takes, if that is known.
    #[expect(clippy::cast_precision_loss, reason = "ten samples")]
    pub(super) fn estimate(&self, subject: &Subject, job: &str) -> Option<f64> {
        let course = (subject.project.clone(), subject.branch.clone(), job.to_owned());
        let samples = self.durations.get(&course)?;
        Some(samples.iter().sum::<f64>() / samples.len() as f64)
    }

    /// All of it, newest first.
    pub(super) fn newest_first(&self) -> Vec<Arc<BuildsetRecord>> {
        self.records.iter().rev().cloned().collect()
    }
}

fn put(records: &mut VecDeque<Arc<BuildsetRecord>>, record: Arc<BuildsetRecord>) {
    // What is told again was told lately.
    if let Some(old) = records.iter_mut().rev().take(100).find(|r| r.uuid == record.uuid) {
        *old = record;
    } else {
        records.push_back(record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::gate::model::{BuildRecord, ChangeRef, Pipeline};

    fn record(number: u32, result: Verdict) -> BuildsetRecord {
        let build = BuildRecord {
            uuid: Id(u128::from(number) << 100),
            job: "unit".into(),
            result,
            voting: true,
            last: true,
            started: Some(1000),
            ended: 1000 + i64::from(number) * 1000,
            detail: None,
            log: true,
        };
        BuildsetRecord {
            uuid: Id(number.into()),
            pipeline: Pipeline::Gate,
            item: Id(1),
            subject: Subject { change: ChangeRef { number, patch_set: 1 }, project: "p".into(), branch: "main".into() },
            result,
            message: "Build succeeded.".into(),
            enqueued: 0,
            ended: 1000,
            commit: None,
            builds: vec![build],
        }
    }

    #[test]
    fn what_is_kept_is_there_after_a_kill_in_the_middle_of_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let mut history = History::open(dir.path()).unwrap();
        history.keep(record(1, Verdict::Success)).unwrap();
        history.keep(record(3, Verdict::Success)).unwrap();
        let path = dir.path().join("builds.jsonl");
        let mut text = std::fs::read(&path).unwrap();
        let half = text[..40].to_vec();
        text.extend(half);
        std::fs::write(&path, text).unwrap();

        let mut history = History::open(dir.path()).unwrap();
        history.keep(record(3, Verdict::MergeFailure)).unwrap();
        let history = History::open(dir.path()).unwrap();
        let seen: Vec<_> = history.newest_first().iter().map(|r| (r.subject.change.number, r.result)).collect();
        assert_eq!(seen, [(3, Verdict::MergeFailure), (1, Verdict::Success)]);
        let subject = &record(1, Verdict::Success).subject;
        assert_eq!(history.estimate(subject, "unit"), Some(1.0));
        assert_eq!(history.estimate(subject, "other"), None);
    }

    #[test]
    fn logs_that_are_in_no_record_go_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let builds = [1, 2].map(|number: u128| Id(number << 100));
        for build in builds {
            std::fs::create_dir_all(log_path(dir.path(), build).parent().unwrap()).unwrap();
            std::fs::write(log_path(dir.path(), build), "words").unwrap();
        }
        let there = || builds.map(|build| log_path(dir.path(), build).exists());
        let mut history = History::open(dir.path()).unwrap();
        history.keep(record(1, Verdict::Success)).unwrap();
        history.sweep(SystemTime::now());
        assert_eq!(there(), [true, true], "a change that is still in a queue may have it");
        history.sweep(SystemTime::now() + STRAYS + Duration::from_secs(60));
        assert_eq!(there(), [true, false]);
        // A start looks for them, and so does a server that runs for long.
        for again in [true, false] {
            let folder = log_path(dir.path(), builds[1]).parent().unwrap().to_owned();
            std::fs::create_dir_all(&folder).unwrap();
            let old = SystemTime::now() - STRAYS - Duration::from_secs(60);
            File::open(&folder).unwrap().set_modified(old).unwrap();
            if again {
                history = History::open(dir.path()).unwrap();
            } else {
                history.unswept = SWEEP - 1;
                history.keep(record(1, Verdict::Success)).unwrap();
            }
            assert!(!folder.exists(), "{again}");
        }
    }
}
