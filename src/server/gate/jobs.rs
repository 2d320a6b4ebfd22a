//! Which jobs a change gets: the configured ones of its project, by pipeline, branch and files.
//!
//! Pure. How a job is run is `run`'s; when, the engine's.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::model::Pipeline;
use crate::server::settings::JobSettings;

/// A job as the engine sees it.
#[derive(Debug)]
pub(crate) struct Job {
    /// Its name, unique in the project.
    pub name: String,
    /// Everything that was configured.
    pub settings: JobSettings,
    /// Branches that it is for; `None`: all.
    branches: Option<GlobSet>,
    /// It runs where one of these changes; `None`: whatever changes.
    files: Option<GlobSet>,
    /// It does not run where nothing but these changes.
    ignore: Option<GlobSet>,
}

/// Reads patterns as `.gitignore`'s readers expect them: `*` stays inside a folder, `**` does not.
fn patterns(list: &[String]) -> Result<Option<GlobSet>, globset::Error> {
    if list.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in list {
        set.add(GlobBuilder::new(pattern).literal_separator(true).build()?);
    }
    set.build().map(Some)
}

/// The jobs of a project.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Vec<Arc<Job>>);

impl Jobs {
    /// Reads a project's jobs. The error is for the operator and names the job.
    pub(crate) fn read(settings: &BTreeMap<String, JobSettings>) -> Result<Self, String> {
        let mut jobs = Vec::new();
        for (name, job) in settings {
            let named = |what: &str| format!("job {name}: {what}");
            if !is_job_name(name) {
                return Err(format!("{name:?} cannot be a job's name: letters, digits, '.', '_' and '-'"));
            }
            if job.command.first().is_none_or(String::is_empty) {
                return Err(named("command is empty; it wants a program and its arguments, as [\"make\", \"test\"]"));
            }
            if job.pipelines.is_empty() {
                return Err(named("pipelines is empty, so it would never run"));
            }
            if job.attempts == 0 || job.attempts > 10 {
                return Err(named("attempts is from 1 to 10"));
            }
            if job.timeout == 0 {
                return Err(named("timeout is in seconds, and 0 would end it at once"));
            }
            for need in &job.needs {
                let Some(needed) = settings.get(need) else {
                    return Err(named(&format!("needs {need}, which is no job")));
                };
                if job.voting && !needed.voting {
                    return Err(named(&format!("it is voting and needs {need}, which is not")));
                }
            }
            if let Some(bad) = job.environment.keys().find(|k| !is_variable(k)) {
                return Err(named(&format!("{bad:?} cannot be a variable of its environment")));
            }
            let wrong = |e: globset::Error| named(&format!("{e}"));
            jobs.push(Arc::new(Job {
                name: name.clone(),
                settings: job.clone(),
                branches: patterns(&job.branches).map_err(wrong)?,
                files: patterns(&job.files).map_err(wrong)?,
                ignore: patterns(&job.ignore_files).map_err(wrong)?,
            }));
        }
        if let Some(name) = in_a_circle(settings) {
            return Err(format!("job {name}: it needs itself, by way of the jobs that it needs"));
        }
        Ok(Self(jobs))
    }

    /// Whether there is none at all, so that approval alone decides.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.0.iter()
    }

    /// Those that a pipeline may run on a branch, before it is known what a change touches.
    pub(crate) fn of(&self, pipeline: Pipeline, branch: &str) -> Arc<[Arc<Job>]> {
        let wanted = |job: &&Arc<Job>| {
            job.settings.pipelines.contains(&pipeline) && job.branches.as_ref().is_none_or(|set| set.is_match(branch))
        };
        self.0.iter().filter(wanted).cloned().collect()
    }
}

impl Job {
    /// Whether a change to these files wants this job.
    pub(crate) fn wanted_for(&self, files: &[String]) -> bool {
        if self.files.as_ref().is_some_and(|set| !files.iter().any(|f| set.is_match(f))) {
            return false;
        }
        let only_ignored = |set: &GlobSet| !files.is_empty() && files.iter().all(|f| set.is_match(f));
        !self.ignore.as_ref().is_some_and(only_ignored)
    }

    /// A job for tests of the engine.
    #[cfg(test)]
    pub(crate) fn sample(name: &str, settings: JobSettings) -> Arc<Self> {
        let jobs = Jobs::read(&BTreeMap::from([(name.to_owned(), JobSettings { needs: vec![], ..settings.clone() })]));
        let job = jobs.unwrap().0.pop().unwrap();
        Arc::new(Self { settings, ..Arc::into_inner(job).unwrap() })
    }
}

/// A name that is part of addresses, messages and Zuul's documents.
fn is_job_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// A variable that a job may be given: no name that the gate itself sets.
fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with("PYFLOW_")
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A job that needs itself, by way of others.
fn in_a_circle(settings: &BTreeMap<String, JobSettings>) -> Option<&str> {
    settings.keys().map(String::as_str).find(|name| {
        let mut seen: Vec<&str> = Vec::new();
        let mut todo = vec![*name];
        while let Some(next) = todo.pop() {
            for need in settings.get(next).into_iter().flat_map(|job| &job.needs) {
                if need == name {
                    return true;
                }
                if !seen.contains(&need.as_str()) {
                    seen.push(need);
                    todo.push(need);
                }
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(text: &str) -> JobSettings {
        toml::from_str(&format!("command = [\"true\"]\n{text}")).unwrap()
    }

    #[test]
    fn files_decide_which_jobs_a_change_gets() {
        let table = [
            ("", &["Doc/a.rst"][..], true),
            ("files = [\"src/**\"]", &["src/a/b.c"], true),
            ("files = [\"src/*\"]", &["src/a/b.c"], false),
            ("files = [\"src/**\"]", &["Doc/a.rst", "README"], false),
            ("files = [\"src/**\"]", &[], false),
            ("ignore-files = [\"Doc/**\", \"*.md\"]", &["Doc/a.rst", "README.md"], false),
            ("ignore-files = [\"Doc/**\"]", &["Doc/a.rst", "a.c"], true),
            ("ignore-files = [\"Doc/**\"]", &[], true),
            ("files = [\"**\"]\nignore-files = [\"Doc/**\"]", &["Doc/a.rst"], false),
        ];
        for (settings, files, wanted) in table {
            let files: Vec<String> = files.iter().map(|f| (*f).to_owned()).collect();
            assert_eq!(Job::sample("j", job(settings)).wanted_for(&files), wanted, "{settings} {files:?}");
        }
    }

    #[test]
    fn pipelines_and_branches_decide_before_that() {
        let jobs = BTreeMap::from([
            ("a".to_owned(), job("")),
            ("b".to_owned(), job("pipelines = [\"gate\"]")),
            ("c".to_owned(), job("branches = [\"3.*\"]")),
        ]);
        let jobs = Jobs::read(&jobs).unwrap();
        let names = |pipeline, branch| jobs.of(pipeline, branch).iter().map(|j| j.name.clone()).collect::<String>();
        assert_eq!(names(Pipeline::Check, "main"), "a");
        assert_eq!(names(Pipeline::Gate, "main"), "ab");
        assert_eq!(names(Pipeline::Gate, "3.13"), "abc");
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let read = |jobs: &[(&str, &str)]| {
            Jobs::read(&jobs.iter().map(|(name, text)| ((*name).to_owned(), job(text))).collect()).map(|_| ())
        };
        let table: [(&[(&str, &str)], &str); 8] = [
            (&[("a b", "")], "\"a b\" cannot be a job's name: letters, digits, '.', '_' and '-'"),
            (&[("a", "needs = [\"b\"]")], "job a: needs b, which is no job"),
            (&[("a", "needs = [\"b\"]"), ("b", "voting = false")], "job a: it is voting and needs b, which is not"),
            (
                &[("a", "needs = [\"b\"]"), ("b", "needs = [\"a\"]")],
                "job a: it needs itself, by way of the jobs that it needs",
            ),
            (&[("a", "attempts = 0")], "job a: attempts is from 1 to 10"),
            (&[("a", "timeout = 0")], "job a: timeout is in seconds, and 0 would end it at once"),
            (&[("a", "pipelines = []")], "job a: pipelines is empty, so it would never run"),
            (
                &[("a", "environment = { PYFLOW_X = \"1\" }")],
                "job a: \"PYFLOW_X\" cannot be a variable of its environment",
            ),
        ];
        for (jobs, words) in table {
            assert_eq!(read(jobs).unwrap_err(), words);
        }
        assert!(read(&[("a", "files = [\"[\"]")]).unwrap_err().starts_with("job a: "));
        assert!(Jobs::read(&BTreeMap::from([("a".to_owned(), JobSettings::default())])).is_err());
    }
}
